"""What an operation means: each rule of the design, on an interpreter of this process."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import logging
import operator
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import LoopbackInterpreter, eventually

import ray_proxy
from ray_proxy import NotPicklableError, RemoteError, RemoteTraceback, StaleVarError, Var

# ------------------------------------------------------------------------------------- pipelined by default


def test_an_operation_returns_its_var_before_it_is_executed(env: LoopbackInterpreter) -> None:
    executed: list[int] = []
    var = env.put(executed)
    var.append(1)
    assert env.interpreter.count() == 0  # nothing has left yet
    assert len(var) == 1


def test_an_operation_nobody_waits_for_is_executed_after_a_moment(env: LoopbackInterpreter) -> None:
    env.put_named("x", 1)
    eventually(lambda: "x" in env.interpreter.names())


def test_a_long_pipeline_leaves_in_several_frames(env: LoopbackInterpreter) -> None:
    var = env.put(0)
    for _ in range(1000):
        var = var + 1
    assert var.fetch() == 1000


def test_intermediate_values_of_a_pipeline_are_freed_as_it_runs(env: LoopbackInterpreter) -> None:
    var = env.put(0)
    most = 0
    for _ in range(300):
        var = var + 1
        most = max(most, env.interpreter.count())
    var.fetch()
    assert most <= 3


# ------------------------------------------------------------------------------------------- deferred errors


def test_an_error_surfaces_where_the_value_is_needed(env: LoopbackInterpreter) -> None:
    broken = env.put({})["missing"]
    with pytest.raises(KeyError, match="missing"):
        broken.fetch()


@pytest.mark.parametrize(
    "need",
    [bool, len, list, repr, str, int, hash, lambda v: v.fetch(), lambda v: v in [1], lambda v: f"{v}"],
    ids=["bool", "len", "list", "repr", "str", "int", "hash", "fetch", "in", "format"],
)
def test_every_need_of_a_value_raises_the_error(env: LoopbackInterpreter, need: Any) -> None:
    broken = env.put({})["missing"]
    with pytest.raises(KeyError, match="missing"):
        need(broken)


def test_a_dependent_var_reports_the_same_first_error(env: LoopbackInterpreter) -> None:
    broken = env.put({})["missing"]
    dependent = (broken + 1).upper()[3]
    with pytest.raises(KeyError, match="missing"):
        dependent.fetch()


def test_a_failed_var_reports_its_error_each_time(env: LoopbackInterpreter) -> None:
    broken = env.put({})["missing"]
    for _ in range(2):
        with pytest.raises(KeyError):
            broken.fetch()


def test_the_error_tells_the_remote_traceback_and_the_local_line(env: LoopbackInterpreter) -> None:
    def fails() -> None:
        raise ValueError("remote trouble")

    var = env.run(fails)
    line = fails.__code__.co_firstlineno + 3
    with pytest.raises(ValueError, match="remote trouble") as caught:
        var.fetch()
    assert isinstance(caught.value.__cause__, RemoteTraceback)
    text = str(caught.value.__cause__)
    assert f'File "{__file__}", line {line}' in text
    assert "in fails" in text


def test_each_raise_is_an_exception_of_its_own(env: LoopbackInterpreter) -> None:
    broken = env.put({})["missing"]
    caught = []
    for _ in range(2):
        with pytest.raises(KeyError) as error:
            broken.fetch()
        caught.append(error.value)
    assert caught[0] is not caught[1]


def test_an_error_of_an_operation_without_result_is_raised_at_the_next_wait_once(env: LoopbackInterpreter) -> None:
    values = env.put([1])
    values[5] = 0
    with pytest.raises(IndexError):
        values.fetch()
    assert values.fetch() == [1]


@pytest.mark.parametrize("operation", ["setitem", "delitem", "setattr", "delattr", "del_named"])
def test_operations_without_result(env: LoopbackInterpreter, operation: str) -> None:
    value = env.put((1,))
    if operation == "setitem":
        value[0] = 2
    elif operation == "delitem":
        del value[0]
    elif operation == "setattr":
        value.name = 2
    elif operation == "delattr":
        del value.name
    else:
        env.del_named("missing")
    with pytest.raises((TypeError, AttributeError, KeyError)):
        value.fetch()
    assert value.fetch() == (1,)


def test_an_error_without_result_comes_before_any_value_even_a_known_one(env: LoopbackInterpreter) -> None:
    known = env.put(1) + 1
    assert known.fetch() == 2
    env.put(())[0] = 1
    with pytest.raises(TypeError):
        (known + 1).fetch()


def test_an_error_without_result_belongs_to_its_thread(env: LoopbackInterpreter) -> None:
    env.put(())[0] = 1
    seen: list[Any] = []
    thread = threading.Thread(target=lambda: seen.append(env.put([7]).fetch()))
    thread.start()
    thread.join()
    assert seen == [[7]]
    with pytest.raises(TypeError):
        env.put([8]).fetch()


def test_sync_raises_the_first_error_that_was_not_seen(env: LoopbackInterpreter) -> None:
    first = env.put({})["first"]
    second = env.put({})["second"]
    with pytest.raises(KeyError, match="first"):
        env.sync()
    env.sync()
    del first, second


def test_sync_passes_over_an_error_that_was_seen(env: LoopbackInterpreter) -> None:
    broken = env.put({})["missing"]
    with pytest.raises(KeyError):
        broken.fetch()
    env.sync()


def test_an_error_nobody_saw_is_logged_when_its_var_dies(
    env: LoopbackInterpreter, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "ray_proxy"):
        env.put([]).index("unseen")
        eventually(lambda: "unseen" in caplog.text)
    assert __file__ in caplog.text


def test_an_error_that_was_seen_is_not_logged(env: LoopbackInterpreter, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "ray_proxy"):
        broken = env.put({})["missing"]
        with pytest.raises(KeyError):
            broken.fetch()
        del broken
        env.put([]).index("unseen")
        eventually(lambda: "unseen" in caplog.text)
    assert "missing" not in caplog.text


def test_the_original_class_of_an_exception_defined_here_comes_back(env: LoopbackInterpreter) -> None:
    class MyError(Exception):
        pass

    def fails() -> None:
        raise MyError("mine", 5)

    with pytest.raises(MyError) as caught:
        env.run(fails).fetch()
    assert caught.value.args == ("mine", 5)


def test_an_exception_whose_init_takes_other_arguments_comes_back(env: LoopbackInterpreter) -> None:
    class Awkward(Exception):
        def __init__(self, one: int, two: int) -> None:
            super().__init__(f"{one}-{two}")
            self.one = one

    def fails() -> None:
        raise Awkward(1, 2)

    with pytest.raises(Awkward, match="1-2") as caught:
        env.run(fails).fetch()
    assert caught.value.one == 1


def test_an_exception_that_cannot_be_rebuilt_becomes_a_remote_error(env: LoopbackInterpreter) -> None:
    class Awkward(Exception):
        def __reduce__(self) -> Any:
            raise TypeError("no pickle")

    def fails() -> None:
        raise Awkward("reason")

    with pytest.raises(RemoteError, match="Awkward.*reason") as caught:
        env.run(fails).fetch()
    assert "in fails" in str(caught.value.__cause__)


def test_an_argument_that_cannot_be_pickled_is_named_and_nothing_is_sent(env: LoopbackInterpreter) -> None:
    values = env.put([])
    with pytest.raises(NotPicklableError, match=r"argument 2.*lock.*cannot be pickled"):
        values.insert(0, threading.Lock())
    with pytest.raises(NotPicklableError, match="argument 'key'"):
        values.sort(key=threading.Lock())
    assert values.fetch() == []


def test_a_result_that_cannot_be_pickled_stays_where_it_is(env: LoopbackInterpreter) -> None:
    lock = env.run(threading.Lock)
    with pytest.raises(NotPicklableError, match="lock"):
        lock.fetch()
    assert lock.acquire() == True  # noqa: E712


# --------------------------------------------------------------------------------------------------- eager


def test_eager_raises_where_the_operation_stands(eager_env: LoopbackInterpreter) -> None:
    values = eager_env.put([1])
    with pytest.raises(IndexError):
        values[100]
    with pytest.raises(IndexError):
        values[100] = 1
    with pytest.raises(AttributeError):
        values.nope
    with pytest.raises(TypeError):
        values + 1
    with pytest.raises(TypeError):
        values()


def test_eager_hasattr_is_true_or_false(eager_env: LoopbackInterpreter) -> None:
    values = eager_env.put([1])
    assert hasattr(values, "append")
    assert not hasattr(values, "nope")
    assert getattr(values, "nope", 5) == 5


def test_an_eager_block_waits_in_its_thread_alone(env: LoopbackInterpreter) -> None:
    values = env.put([1])
    others: list[Any] = []
    with env.eager():
        thread = threading.Thread(target=lambda: others.append(values[100]))
        thread.start()
        thread.join()
        with pytest.raises(IndexError):
            values[100]
    assert len(others) == 1
    with pytest.raises(IndexError):
        others[0].fetch()


def test_eager_in_place_gives_back_the_same_var_for_the_same_object(eager_env: LoopbackInterpreter) -> None:
    values = kept = eager_env.put([1])
    values += [2]
    assert values is kept
    number = before = eager_env.put(1)
    number += 1
    assert number is not before
    assert (number.fetch(), before.fetch()) == (2, 1)


# --------------------------------------------------------------------------------------------- names of Var


def test_only_fetch_and_env_are_names_of_var(env: LoopbackInterpreter) -> None:
    class Anything:
        id = 1
        status = 2
        session = 3
        _handle = 4
        env = 5
        fetch = 6

    var = env.put(Anything())
    assert (var.id, var.status, var.session, var._handle) == (1, 2, 3, 4)
    assert var.env is env
    assert ray_proxy.attr(var, "fetch") == 6
    assert ray_proxy.attr(var, "env") == 5


def test_setting_a_shadowed_name_says_what_to_do(env: LoopbackInterpreter) -> None:
    with pytest.raises(AttributeError, match="env.run"):
        env.put([]).fetch = 1


def test_probed_names_wait_and_raise_attribute_error_truthfully(env: LoopbackInterpreter) -> None:
    var = env.put([1])
    assert not hasattr(var, "__nope__")
    assert not hasattr(var, "_repr_html_")
    assert not hasattr(var, "_ipython_display_")
    assert hasattr(var, "__iter__")


def test_a_rich_display_gets_a_plain_value(env: LoopbackInterpreter) -> None:
    class Rich:
        def _repr_html_(self) -> str:
            return "<b>rich</b>"

    assert type(env.put(Rich())._repr_html_()) is str


def test_isinstance_never_raises_and_never_waits(env: LoopbackInterpreter) -> None:
    from collections.abc import Hashable, Mapping

    broken = env.put({})["missing"]
    for kind in (int, Mapping, Hashable, np.ndarray, Path, type):
        isinstance(broken, kind)
    assert isinstance(broken, Var)
    ray_proxy.wait([broken])


def test_class_is_the_remote_class(env: LoopbackInterpreter) -> None:
    class Thing:
        pass

    thing, another = env.put(Thing()), env.put(Thing)()
    thing.__class__.level = 3
    assert thing.level == 3
    assert thing.__class__.__name__ == "Thing"
    assert env.put("x").__class__ == str
    assert not hasattr(Var, "level")
    assert isinstance(another.fetch(), Thing)


def test_a_class_is_a_var_that_can_be_asked(env: LoopbackInterpreter) -> None:
    kind = env.put(int)
    assert isinstance(5, kind)
    assert not isinstance("5", kind)
    assert issubclass(bool, kind)
    assert issubclass(env.put(bool), int)


# --------------------------------------------------------------------------------------------- text


def test_print_shows_where_the_value_lives_and_its_repr(env: LoopbackInterpreter) -> None:
    assert str(env.put("10")) == "Var@loopback[loopb]:'10'"
    assert repr(env.put(10)) == "Var@loopback[loopb]:10"
    assert str(env.put([1])) == "Var@loopback[loopb]:[1]"


def test_a_format_is_that_of_the_value(env: LoopbackInterpreter) -> None:
    assert f"{env.put(3.14159):.2f}" == "3.14"
    assert f"{env.put([1])}" == "[1]"


# ------------------------------------------------------------------------------------------------ in place


def test_in_place_on_a_mutable_changes_the_one_object(env: LoopbackInterpreter) -> None:
    values = kept = env.put([1])
    values += [2]
    assert kept.fetch() == values.fetch() == [1, 2]


def test_in_place_on_an_immutable_leaves_the_other_name_alone(env: LoopbackInterpreter) -> None:
    number = kept = env.put(1)
    number += 1
    assert (kept.fetch(), number.fetch()) == (1, 2)


def test_a_failed_in_place_operation_loses_nothing(env: LoopbackInterpreter) -> None:
    model = env.put([1])
    model += 5
    with pytest.raises(TypeError):
        model.fetch()
    assert model.fetch() == [1]


def test_a_failed_in_place_operation_on_a_failed_var_stays_failed(env: LoopbackInterpreter) -> None:
    broken = env.put({})["missing"]
    broken += 1
    for _ in range(2):
        with pytest.raises(KeyError):
            broken.fetch()


# --------------------------------------------------------------------------------------------------- `with`


class Transaction:
    def __init__(self) -> None:
        self.ended: Any = None
        self.values: list[int] = []

    def __enter__(self) -> Transaction:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        self.ended = "committed" if kind is None else f"rolled back: {kind.__name__}"
        return False

    def fail(self) -> None:
        raise ValueError("in the middle")


def test_with_hands_the_error_of_a_pipelined_operation_to_exit(env: LoopbackInterpreter) -> None:
    var = env.put(Transaction())
    with pytest.raises(ValueError, match="in the middle"), var as transaction:
        transaction.fail()
    assert var.ended == "rolled back: ValueError"


def test_with_hands_a_local_error_to_exit(env: LoopbackInterpreter) -> None:
    var = env.put(Transaction())
    with pytest.raises(ZeroDivisionError), var:
        1 / 0
    assert var.ended == "rolled back: ZeroDivisionError"


def test_with_commits_when_all_went_well(env: LoopbackInterpreter) -> None:
    var = env.put(Transaction())
    with var as transaction:
        transaction.values.append(1)
    assert var.ended == "committed"


def test_an_error_that_was_handled_inside_the_block_does_not_reach_exit(env: LoopbackInterpreter) -> None:
    var = env.put(Transaction())
    with var as transaction, pytest.raises(ValueError):
        transaction.fail().fetch()
    assert var.ended == "committed"


def test_a_remote_exit_can_swallow(env: LoopbackInterpreter) -> None:
    import contextlib

    with env.run(contextlib.suppress, (ValueError,)):
        raise ValueError


def test_a_failed_enter_does_not_run_the_block(env: LoopbackInterpreter) -> None:
    entered = False
    with pytest.raises((AttributeError, TypeError)), env.put(5):
        entered = True
    assert not entered


# ----------------------------------------------------------------------------------------------------- hash


def test_hash_agrees_with_equality_for_values_that_ride_along(env: LoopbackInterpreter) -> None:
    assert env.put("x") in {"x"}
    assert {"x": 1}[env.put("x")] == 1
    assert hash(env.put(10) + 1) == hash(11)


def test_an_unhashable_value_raises(env: LoopbackInterpreter) -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(env.put([]))


# ----------------------------------------------------------------------------------------------- coroutines


def test_a_coroutine_is_run_to_its_end(env: LoopbackInterpreter) -> None:
    async def answer() -> int:
        await asyncio.sleep(0)
        return 42

    assert env.run(answer).fetch() == 42
    assert env.remote(answer)() == 42


def test_all_coroutines_share_one_loop(env: LoopbackInterpreter) -> None:
    async def loop() -> int:
        return id(asyncio.get_running_loop())

    assert env.run(loop).fetch() == env.run(loop).fetch()


def test_await_gives_the_value(env: LoopbackInterpreter) -> None:
    async def main() -> Any:
        return await (env.put(1) + 1), await asyncio.gather(*[env.put(i) for i in range(20)])

    assert asyncio.run(main()) == (2, list(range(20)))


def test_await_raises_the_error(env: LoopbackInterpreter) -> None:
    async def main() -> None:
        await env.put({})["missing"]

    with pytest.raises(KeyError):
        asyncio.run(main())


# ----------------------------------------------------------------------------------------------- unwrapping


class Box:
    def __init__(self, content: Any) -> None:
        self.content = content


def test_a_var_inside_an_argument_arrives_as_its_object(env: LoopbackInterpreter) -> None:
    inner = env.put({"a": 1})

    def same(argument: Any) -> bool:
        return argument["deep"][0].content is argument["direct"]

    assert env.run(same, ({"deep": [Box(inner)], "direct": inner},))


def test_a_var_in_a_closure_arrives_as_its_object(env: LoopbackInterpreter) -> None:
    values = env.put([1])
    assert env.run(lambda: type(values) is list)
    env.run(lambda: values.append(2))
    assert values.fetch() == [1, 2]


def test_a_var_in_a_slice_arrives_as_its_object(env: LoopbackInterpreter) -> None:
    start = env.put(1)
    assert env.put([1, 2, 3])[start:].fetch() == [2, 3]


# ------------------------------------------------------------------------------------- between interpreters


def test_the_result_lives_with_the_left_operand(env: LoopbackInterpreter, other: LoopbackInterpreter) -> None:
    result = env.put([1]) + other.put([2])
    assert result.env.id == env.id
    assert result.fetch() == [1, 2]


def test_it_lives_with_the_right_operand_where_the_left_declines(
    env: LoopbackInterpreter, other: LoopbackInterpreter
) -> None:
    class Right:
        def __radd__(self, left: Any) -> tuple[str, Any]:
            return ("radd", left)

    result = env.put(1) + other.put(Right())
    assert result.env.id == other.id
    assert result.fetch() == ("radd", 1)


def test_nothing_is_moved_to_a_left_operand_without_the_operator(
    env: LoopbackInterpreter, other: LoopbackInterpreter
) -> None:
    class Plain:
        pass

    class Right:
        def __radd__(self, left: Any) -> str:
            return type(left).__name__

        def __reduce__(self) -> Any:
            raise TypeError("it must not be moved")

    right = other.run(Right)
    result = env.put(Plain()) + right
    assert result == "Plain"


def test_operands_that_nobody_accepts_are_a_type_error_at_once(
    env: LoopbackInterpreter, other: LoopbackInterpreter
) -> None:
    with pytest.raises(TypeError, match=r"unsupported operand types for \+.*int.*list"):
        env.put(1) + other.put([])


def test_the_error_of_a_moved_operand_is_raised_at_once(env: LoopbackInterpreter, other: LoopbackInterpreter) -> None:
    with pytest.raises(KeyError, match="missing"):
        env.put([]).append(other.put({})["missing"])


def test_equality_across_interpreters(env: LoopbackInterpreter, other: LoopbackInterpreter) -> None:
    assert env.put([1]) == other.put([1])
    assert not env.put(object()) == other.put(object())
    assert env.put(object()) != other.put(object())


def test_a_var_of_another_interpreter_inside_an_argument_is_moved(
    env: LoopbackInterpreter, other: LoopbackInterpreter
) -> None:
    theirs = other.put([1, 2])
    assert env.put({"a": [theirs]}).fetch() == {"a": [[1, 2]]}
    assert env.run(lambda: sum(theirs)) == 3


# --------------------------------------------------------------------------------------------- reading ahead


def test_iteration_over_a_list_sees_what_the_loop_does_to_it(env: LoopbackInterpreter) -> None:
    local, values = [1, 2, 3], env.put([1, 2, 3])
    for item in local:
        if item < 3:
            local.append(item + 10)
    for var in values:
        if var < 3:
            values.append(var + 10)
    assert values.fetch() == local


def test_an_iterator_is_never_read_ahead(env: LoopbackInterpreter) -> None:
    log = env.put([])

    def numbers(log: Any) -> Any:
        for number in range(5):
            log.append(number)
            yield number

    generator = env.run(numbers, (log,))
    assert next(generator) == 0
    assert log.fetch() == [0]


def test_unread_items_hold_nothing(env: LoopbackInterpreter) -> None:
    assert next(iter(env.put([object() for _ in range(100)]))) is not None
    eventually(lambda: env.interpreter.count() == 0)


# ---------------------------------------------------------------------------------------- small values, life


def test_a_small_result_rides_along_and_costs_no_further_trip(env: LoopbackInterpreter) -> None:
    var = env.put(1) + 1
    env.sync()
    env.interpreter.close(env.session.name)  # any further trip would fail
    assert (int(var), bool(var), var.fetch(), str(var)) == (2, True, 2, "Var@loopback[loopb]:2")


def test_dropped_vars_free_their_values(env: LoopbackInterpreter) -> None:
    kept, dropped = env.put([1]), env.put([2])
    env.sync()
    assert env.interpreter.count() == 2
    del dropped
    eventually(lambda: env.interpreter.count() == 1)
    assert kept.fetch() == [1]


def test_cleared_vars_are_stale_and_say_so(env: LoopbackInterpreter) -> None:
    value = env.put([1])
    env["kept"] = [2]
    env.delete_unnamed_vars()
    with pytest.raises(StaleVarError, match="put_named"):
        value.fetch()
    assert env["kept"].fetch() == [2]


# ------------------------------------------------------------------------------------------------------ names


def test_named_variables(env: LoopbackInterpreter) -> None:
    env["a"] = 1
    made = env.put_named("b", [2])
    made.append(3)
    assert env["a"] == 1
    assert env.get_named("b").fetch() == [2, 3]
    assert "a" in env
    assert "c" not in env
    assert sorted(env.instance_names()) == ["a", "b"]
    assert {name: var.fetch() for name, var in env.get_named_instances().items()} == {"a": 1, "b": [2, 3]}
    del env["a"]
    assert "a" not in env
    with pytest.raises(KeyError, match="a"):
        env["a"].fetch()


def test_a_name_is_a_str(env: LoopbackInterpreter) -> None:
    with pytest.raises(TypeError, match="a str, not a int: 5"):
        env[5] = 1  # type: ignore[index]


# --------------------------------------------------------------------------------- functions of the package


def test_fetch_of_many(env: LoopbackInterpreter, other: LoopbackInterpreter) -> None:
    assert ray_proxy.fetch(env.put([1]), other.put([2]), env.put(3)) == ([1], [2], 3)
    assert ray_proxy.fetch() == ()
    with pytest.raises(KeyError):
        ray_proxy.fetch(env.put([1]), env.put({})["missing"])
    with pytest.raises(TypeError, match="a Var is needed, not a int: 5"):
        ray_proxy.fetch(5)  # type: ignore[arg-type]


def test_wait_gives_done_and_not_done(env: LoopbackInterpreter) -> None:
    variables = [env.put(i) for i in range(3)]
    done, waiting = ray_proxy.wait(variables, num_returns=3)
    assert ([int(v) for v in done], waiting) == ([0, 1, 2], [])
    with pytest.raises(ValueError, match="num_returns is 4"):
        ray_proxy.wait(variables, num_returns=4)


def test_as_completed_gives_each_once(env: LoopbackInterpreter) -> None:
    variables = [env.put(i) for i in range(5)]
    assert sorted(int(v) for v in ray_proxy.as_completed(variables)) == [0, 1, 2, 3, 4]


def test_remote_as_a_decorator(env: LoopbackInterpreter) -> None:
    @env.remote
    def double(x: Any) -> Any:
        return x * 2

    assert double("a") == "aa"


def test_a_module_is_imported_there(env: LoopbackInterpreter) -> None:
    assert env.module("math").sqrt(16.0) == 4.0
    assert env.module("os.path").basename("/a/b") == "b"
    with pytest.raises(ModuleNotFoundError):
        env.module("no_such_module").fetch()


def test_an_interpreter_that_is_left_is_destroyed() -> None:
    with LoopbackInterpreter.make() as env:
        value = env.put(1)
    with pytest.raises(ray_proxy.InterpreterDiedError):
        (value + 1).fetch()


# ------------------------------------------------------------------------------------------ numpy and pandas


def test_a_local_array_reaches_the_reflected_operator(env: LoopbackInterpreter) -> None:
    local, remote = np.arange(3.0), env.put(np.ones(3))
    for result, expected in ((local + remote, local + 1), (local / remote, local), (local < remote, local < 1)):
        assert type(result) is Var
        np.testing.assert_array_equal(result.fetch(), expected)


def test_functions_of_numpy_are_called_where_the_array_lives(env: LoopbackInterpreter) -> None:
    remote = env.put(np.arange(4.0))
    for result in (np.sin(remote), np.concatenate([remote, remote]), np.mean(remote)):
        assert type(result) is Var
    assert np.mean(remote) == 1.5


def test_asarray_fetches(env: LoopbackInterpreter) -> None:
    array = np.asarray(env.put(np.arange(3)))
    assert type(array) is np.ndarray
    assert np.array(env.put([1, 2]), dtype=float).tolist() == [1.0, 2.0]


def test_a_local_array_is_changed_in_place_by_a_remote_one(env: LoopbackInterpreter) -> None:
    local = kept = np.arange(3.0)
    local += env.put(np.ones(3))
    assert kept.tolist() == [1.0, 2.0, 3.0]


def test_fetched_arrays_are_writable(env: LoopbackInterpreter) -> None:
    array = env.put(np.zeros(3)).fetch()
    array[0] = 1
    remote = env.put(np.zeros(3))
    remote[0] = 5
    assert remote[0] == 5


def test_the_end_of_an_eager_block_raises_what_was_not_seen_before(env: LoopbackInterpreter) -> None:
    broken = env.put({})["before"]
    with pytest.raises(KeyError, match="before"), env.eager():
        assert env.put(1) + 1 == 2
    del broken


def test_run_says_what_args_is(env: LoopbackInterpreter) -> None:
    for wrong in ("abc", 5, env.put((1, 2))):
        with pytest.raises(TypeError, match=r"env\.run\(f, \(x,\)\)"):
            env.run(max, wrong)  # type: ignore[arg-type]


def test_leaving_an_interpreter_waits_for_its_work_and_raises_its_errors() -> None:
    done: list[int] = []
    with LoopbackInterpreter.make() as env:
        env.run(lambda: None)
        env.put(done)
    with pytest.raises(TypeError), LoopbackInterpreter.make() as env:
        env.put((1,))[0] = 1


def test_gather_of_vars_as_futures(env: LoopbackInterpreter) -> None:
    async def main() -> list[Any]:
        return await asyncio.gather(*map(asyncio.ensure_future, [env.put([1]), env.put({})]))  # type: ignore[arg-type]

    assert asyncio.run(main()) == [[1], {}]


def test_wait_and_as_completed_take_any_iterable(env: LoopbackInterpreter) -> None:
    assert [int(var) for var in ray_proxy.as_completed(env.put(i) for i in range(3))] == [0, 1, 2]
    assert len(ray_proxy.wait((env.put(i) for i in range(3)), num_returns=3)[0]) == 3
    with pytest.raises(TypeError, match="a list of Vars"):
        ray_proxy.wait(env.put([1]))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"fetch\(\*vars\)"):
        ray_proxy.fetch([env.put(1)])  # type: ignore[arg-type]


def test_a_none_that_is_not_known_yet_is_moved(env: LoopbackInterpreter, other: LoopbackInterpreter) -> None:
    nothing = other.put([]).append(1)
    assert env.run(lambda *values: values, (nothing, [nothing])).fetch() == (None, [None])


def test_a_loop_over_a_list_sees_what_an_iterator_does_to_it(env: LoopbackInterpreter) -> None:
    def drain(values: Any) -> Any:
        while values:
            yield values.pop()

    values = env.put([1, 2, 3, 4])
    taken = env.run(drain, (values,))
    seen = []
    for var in values:
        seen.append((int(var), int(next(taken))))
    assert seen == [(1, 4), (2, 3)]


def test_an_iteration_that_never_begins_holds_nothing(env: LoopbackInterpreter) -> None:
    iterator = iter(env.put(["a", "b"]))
    del iterator
    env.sync()
    assert env.interpreter.count() == 0


def test_an_iteration_goes_on_after_the_error_of_another_operation(env: LoopbackInterpreter) -> None:
    values, fixed = env.put([1, 2, 3]), env.put(())
    iterator = iter(values)
    assert next(iterator) == 1
    fixed[0] = 1
    with pytest.raises(TypeError):
        next(iterator)
    values.append(4)
    assert [int(var) for var in iterator] == [2, 3, 4]
    values.append(5)
    assert list(iterator) == []


def test_an_error_that_was_seen_is_the_same_for_what_depends_on_it_later(env: LoopbackInterpreter) -> None:
    broken = env.put({})["missing"]
    with pytest.raises(KeyError):
        broken.fetch()
    broken = broken + 1  # nobody holds the first Var any more
    env.sync()
    with pytest.raises(KeyError):
        broken.fetch()


# ------------------------------------------------------------- operators between interpreters, as the language does it


class _Base:
    def __add__(self, other: Any) -> Any:
        return "add"

    def __radd__(self, other: Any) -> Any:
        return "radd"

    def __lt__(self, other: Any) -> Any:
        return "lt"

    def __gt__(self, other: Any) -> Any:
        return "gt"

    def __repr__(self) -> str:
        return "base"


class _Inherits(_Base):
    pass


class _Overrides(_Base):
    def __radd__(self, other: Any) -> Any:
        return "own radd"

    def __gt__(self, other: Any) -> Any:
        return "own gt"


class _Yields(_Base):
    def __radd__(self, other: Any) -> Any:
        return NotImplemented

    def __gt__(self, other: Any) -> Any:
        return NotImplemented


class _Reflects:
    def __radd__(self, other: Any) -> Any:
        return "radd"

    def __rmul__(self, other: Any) -> Any:
        return "rmul"

    def __rmod__(self, other: Any) -> Any:
        return "rmod"

    def __repr__(self) -> str:
        return "reflects"


class _Appends(list[Any]):
    def __iadd__(self, other: Any) -> Any:
        return "iadd"


@pytest.mark.parametrize("operation", ["add", "iadd", "mul", "imul", "mod", "lt", "eq"])
@pytest.mark.parametrize("right", [[1], "a", 2, _Base(), _Inherits(), _Overrides(), _Yields(), _Reflects(), np.ones(2)])
@pytest.mark.parametrize("left", [[1, 2], (1,), "a%s", 2, _Base(), _Reflects(), _Appends()], ids=str)
def test_operands_of_two_interpreters_are_asked_as_the_language_asks_them(
    env: LoopbackInterpreter, other: LoopbackInterpreter, left: Any, right: Any, operation: str
) -> None:
    function = getattr(operator, operation)
    remote = env.put(left), other.put(right)
    try:
        expected = function(copy.copy(left), right)
    except Exception as error:
        with pytest.raises(type(error)):
            function(*remote)
        return
    np.testing.assert_equal(function(*remote).fetch(), expected)


@pytest.mark.parametrize("turn", range(8))  # by chance it is right without an order
def test_with_hands_the_first_error_of_two_interpreters_to_exit(
    env: LoopbackInterpreter, other: LoopbackInterpreter, turn: int
) -> None:
    var, values, others = env.put(Transaction()), env.put({}), other.put({})
    first, second = (values, others) if turn % 2 else (others, values)
    with pytest.raises(KeyError, match="first"), var:
        kept = first["first"], second["second"]
    assert var.ended == "rolled back: KeyError"
    del kept


def test_a_failed_in_place_operation_between_interpreters_leaves_nothing(
    env: LoopbackInterpreter, other: LoopbackInterpreter
) -> None:
    values, number = env.put([1]), other.put(5)
    other.sync()
    with pytest.raises(TypeError):
        values += number
    assert values.fetch() == [1]
    assert (env.interpreter.count(), other.interpreter.count()) == (1, 1)


def test_the_first_error_of_a_block_is_handed_to_exit_however_long_the_block_takes(env: LoopbackInterpreter) -> None:
    managed = env.run(contextlib.nullcontext, (5,))
    with pytest.raises(ZeroDivisionError), managed as entered:
        entered / 0  # nobody holds it
        env.session.settle()
        env.session.tick()  # the thread that logs what nobody can see any more comes by
        env.session.tick()
        entered.nope


def test_an_error_of_a_block_that_was_not_handed_to_exit_is_logged(
    env: LoopbackInterpreter, caplog: pytest.LogCaptureFixture
) -> None:
    managed = env.run(contextlib.nullcontext, (5,))
    with pytest.raises(ZeroDivisionError), managed as entered:
        entered / 0
        entered.nope
    eventually(lambda: "no attribute 'nope'" in caplog.text)

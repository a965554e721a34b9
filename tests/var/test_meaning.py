"""What an operation means: each rule of the design, on an interpreter of this process."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import LoopbackInterpreter, eventually

import ray_proxy
from ray_proxy import StaleVarError, Var

# --------------------------------------------------------------------------------------------- pipelined by default


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


# ------------------------------------------------------------------------------------------------------------ eager


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


def test_the_end_of_an_eager_block_raises_what_was_not_seen_before(env: LoopbackInterpreter) -> None:
    broken = env.put({})["before"]
    with pytest.raises(KeyError, match="before"), env.eager():
        assert env.put(1) + 1 == 2
    del broken


# ----------------------------------------------------------------------------------------------------- names of Var


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


# ------------------------------------------------------------------------------------------------------------- text


def test_print_shows_where_the_value_lives_and_its_repr(env: LoopbackInterpreter) -> None:
    assert str(env.put("10")) == "Var@loopback[loopb]:'10'"
    assert repr(env.put(10)) == "Var@loopback[loopb]:10"
    assert str(env.put([1])) == "Var@loopback[loopb]:[1]"


def test_a_format_is_that_of_the_value(env: LoopbackInterpreter) -> None:
    assert f"{env.put(3.14159):.2f}" == "3.14"
    assert f"{env.put([1])}" == "[1]"


# --------------------------------------------------------------------------------------------------------- in place


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


# ------------------------------------------------------------------------------------------------------------- hash


def test_hash_agrees_with_equality_for_values_that_ride_along(env: LoopbackInterpreter) -> None:
    assert env.put("x") in {"x"}
    assert {"x": 1}[env.put("x")] == 1
    assert hash(env.put(10) + 1) == hash(11)


def test_an_unhashable_value_raises(env: LoopbackInterpreter) -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(env.put([]))


# ------------------------------------------------------------------------------------------------------- coroutines


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


def test_gather_of_vars_as_futures(env: LoopbackInterpreter) -> None:
    async def main() -> list[Any]:
        return await asyncio.gather(*map(asyncio.ensure_future, [env.put([1]), env.put({})]))  # type: ignore[arg-type]

    assert asyncio.run(main()) == [[1], {}]


# ------------------------------------------------------------------------------------------------------- unwrapping


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


# ----------------------------------------------------------------------------------------------- small values, life


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


# ------------------------------------------------------------------------------------------------------------ names


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


# ----------------------------------------------------------------------- functions, modules, the interpreter itself


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

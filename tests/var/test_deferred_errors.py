"""Errors of pipelined operations: where they are raised, and whose they are."""

from __future__ import annotations

import logging
import os
import threading
from typing import Any

import pytest
from conftest import LoopbackInterpreter, eventually
from rig import Rig

import ray_proxy
from ray_proxy import InterpreterDiedError, NotPicklableError, RemoteError, RemoteTraceback

# ----------------------------------------------------------------------------------------- where an error is raised


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


def test_an_error_that_was_seen_is_the_same_for_what_depends_on_it_later(env: LoopbackInterpreter) -> None:
    broken = env.put({})["missing"]
    with pytest.raises(KeyError):
        broken.fetch()
    broken = broken + 1  # nobody holds the first Var any more
    env.sync()
    with pytest.raises(KeyError):
        broken.fetch()


# --------------------------------------------------------------------------------------------------- pending errors


def test_a_pending_error_is_raised_before_a_context_is_entered(env: LoopbackInterpreter) -> None:
    lock = env.run(threading.Lock)
    del env.put({})["missing"]
    with pytest.raises(KeyError), lock:
        pass
    assert not lock.locked()


def test_a_pending_error_is_raised_before_an_item_is_taken(env: LoopbackInterpreter) -> None:
    iterator = env.put(iter([1, 2]))
    del env.put({})["missing"]
    with pytest.raises(KeyError):
        next(iterator)
    assert [int(item) for item in iterator] == [1, 2]


def test_errors_that_nobody_can_see_any_more_are_logged_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    env = LoopbackInterpreter.make()
    del env.put({})["no result"]
    alive = env.put({})["alive"]
    env.session.settle()
    with caplog.at_level(logging.ERROR, "ray_proxy"):
        env.session.close()
    assert "no result" in caplog.text
    assert "alive" in caplog.text
    del alive


def test_a_pending_error_of_a_thread_that_ended_is_logged(
    env: LoopbackInterpreter, caplog: pytest.LogCaptureFixture
) -> None:
    def work() -> None:
        del env.put({})["of a thread"]
        env.session.settle()

    with caplog.at_level(logging.ERROR, "ray_proxy"):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        env.sync()
        del env.put({})["of this one"]
        with pytest.raises(KeyError):
            env.sync()
        eventually(lambda: "of a thread" in caplog.text)
    assert "of this one" not in caplog.text


def test_an_eager_block_after_errors_that_were_seen(env: LoopbackInterpreter) -> None:
    bad = env.put(1) // 0
    d = env.put({})
    d["a"] = bad
    with pytest.raises(ZeroDivisionError):
        env.sync()
    with env.eager():
        y = env.put([1]) + [1]
    assert y.fetch() == [1, 1]


def test_an_error_that_was_seen_is_the_same_for_what_is_answered_later_than_its_var_was_dropped() -> None:
    rig = Rig()
    (first, open_first), (second, open_second) = os.pipe(), os.pipe()
    try:
        env = rig.connect()
        env.sync()  # connected: what is flushed leaves
        read = env.run(os.read, (first, 1))
        broken = env.put({})["missing"]
        env.put({})["a"] = broken
        env.session.flush()
        read_more = env.run(os.read, (second, 1))
        depending = broken + 1
        del broken  # before its error has come
        env.session.flush()
        os.write(open_first, b"1")
        with pytest.raises(KeyError):  # the error of the assignment, which nobody holds any more
            eventually(lambda: not ray_proxy.wait([read]))  # it may be told of later than what was read
        os.write(open_second, b"2")
        env.sync()
        with pytest.raises(KeyError):
            depending.fetch()
        assert read_more.fetch() == b"2"
    finally:
        for end in (first, open_first, second, open_second):
            os.close(end)
        rig.close()


def test_sync_raises_the_first_of_many(env: LoopbackInterpreter) -> None:
    kept = [env.put({})["first"], *(env.put([])[0] for _ in range(149))]
    with pytest.raises(KeyError, match="first"):
        env.sync()
    del kept


def test_every_operation_on_an_ended_interpreter_raises(eager_env: LoopbackInterpreter) -> None:
    values = eager_env.put([1])
    eager_env.session.close()
    for _ in range(2):
        with pytest.raises(InterpreterDiedError):
            values[1] = 2
        with pytest.raises(InterpreterDiedError):
            values + [1]

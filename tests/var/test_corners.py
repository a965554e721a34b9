"""Corners of the meaning of operations, each found by somebody who looked for trouble."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import threading
import typing
from contextlib import ExitStack
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import LoopbackInterpreter, eventually
from rig import Rig

import ray_proxy
from ray_proxy import InterpreterDiedError, RemoteError, Var
from ray_proxy.session.ticker import ticker

# -------------------------------------------------------------------- one bad operation harms no other


@pytest.mark.parametrize("text", ["bad \udcff", "x" * 500_000], ids=["surrogate", "huge"])
def test_an_exception_with_an_odd_text_arrives(env: LoopbackInterpreter, text: str) -> None:
    class Odd(Exception):
        def __repr__(self) -> str:
            return text

    def fails() -> None:
        raise Odd

    with pytest.raises(Odd):
        env.run(fails).fetch()


def test_an_exception_whose_repr_exits_arrives(env: LoopbackInterpreter) -> None:
    class Exits(Exception):
        def __repr__(self) -> str:
            raise SystemExit

        def __reduce__(self) -> Any:
            raise SystemExit

    def fails() -> None:
        raise Exits

    with pytest.raises(RemoteError, match="whose repr fails"):
        env.run(fails).fetch()


def test_a_name_that_cannot_travel_is_an_error_of_its_operation_alone(env: LoopbackInterpreter) -> None:
    value = env.put(1)
    for bad in (
        lambda: getattr(value, "\udcff"),
        lambda: env.module("\udcff"),
        lambda: value(**{"\udcff": 1}),
    ):
        with pytest.raises(ValueError, match="lone surrogates"):
            bad()
    with pytest.raises(TypeError, match="the name of a module is a str, not a int: 5"):
        env.module(5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="the name of an attribute is a str"):
        ray_proxy.attr(value, 5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a keyword is a str"):
        env.run(dict, (), {5: 1})  # type: ignore[dict-item]
    with pytest.raises(TypeError, match="kwargs is a mapping"):
        env.run(dict, (), env.put({"a": 1}))  # type: ignore[arg-type]
    assert value + 1 == 2


def test_a_str_subclass_is_a_name_too(env: LoopbackInterpreter) -> None:
    class Name(str):
        pass

    assert getattr(env.put("a"), Name("upper"))() == "A"


def test_what_does_not_fit_into_a_frame_fails_alone(env: LoopbackInterpreter) -> None:
    d = env.put({})
    before = env.put(1) + 1
    d["k"] = b"x" * (65 << 20)
    with pytest.raises(ray_proxy.ProtocolError, match="does not fit into a frame"):
        env.sync()
    assert d.fetch() == {}
    assert before == 2


# ------------------------------------------------------------------------------------- lives long enough


def test_several_foreign_operands_of_one_call(env: LoopbackInterpreter, other: LoopbackInterpreter) -> None:
    a, b, c = (other.put([number]) for number in range(3))
    assert env.run(lambda *all: sum(all, []), (a, b, c)).fetch() == [0, 1, 2]
    assert env.run(sum, ([a, b, c], [])).fetch() == [0, 1, 2]
    target = env.put({})
    target[other.put("key")] = other.put("value")
    assert target.fetch() == {"key": "value"}


def test_arguments_made_by_an_iterator(env: LoopbackInterpreter) -> None:
    assert env.run(max, (env.put(i) for i in range(3))) == 2


def test_a_var_made_while_an_argument_is_pickled(env: LoopbackInterpreter) -> None:
    class Holder:
        def __init__(self, var: Any) -> None:
            self.var = var

        def __getstate__(self) -> Any:
            return {"var": self.var + 1}

    assert env.put(Holder(env.put(1))).var == 2


def test_nothing_that_was_moved_stays(env: LoopbackInterpreter, other: LoopbackInterpreter) -> None:
    theirs = other.put([1])
    env.run(len, (theirs,)).fetch()
    eventually(lambda: env.interpreter.count() == 0)


# --------------------------------------------------------------------------------------- pending errors


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
        with pytest.raises(KeyError):
            ray_proxy.wait([read])  # raises the error of the assignment, which nobody holds any more
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


def test_wait_raises_pending_errors_and_gives_no_more_than_was_asked_for(env: LoopbackInterpreter) -> None:
    variables = [env.put([i]) for i in range(3)]
    done, rest = ray_proxy.wait(variables)
    assert (len(done), len(rest)) == (1, 2)
    del env.put({})["missing"]
    with pytest.raises(KeyError):
        ray_proxy.wait([env.put([1])])


def test_as_completed_gives_vars_in_the_order_in_which_they_were_computed() -> None:
    rig = Rig()
    try:
        env = rig.connect()
        variables = [env.put([at]) * 2 for at in range(50)]
        assert list(map(id, ray_proxy.as_completed(variables))) == list(map(id, variables))
    finally:
        rig.close()


def test_as_completed_complains_at_once() -> None:
    with pytest.raises(TypeError, match="a Var is needed"):
        ray_proxy.as_completed([1])  # type: ignore[list-item]


def test_an_error_of_a_nested_foreign_var_is_that_error(env: LoopbackInterpreter, other: LoopbackInterpreter) -> None:
    bad = other.run(int, ("zz",))
    with pytest.raises(ValueError, match="zz"):
        env.run(len, ([bad],))


# ------------------------------------------------------------------------------------------------- `with`


class Recorder:
    def __init__(self) -> None:
        self.log: list[str] = []

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> Any:
        self.log.append(getattr(kind, "__name__", "None"))
        return threading.Lock() if kind is None else None  # an odd thing to return, and truthy

    async def __aenter__(self) -> Recorder:
        return self

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.log.append(getattr(kind, "__name__", "None"))


def test_a_block_is_that_of_its_task_or_thread(env: LoopbackInterpreter) -> None:
    first, second = env.put(Recorder()), env.put(Recorder())
    inside = asyncio.Event()

    async def a() -> None:
        with first:
            bad = env.put({})["a"]
            inside.set()
            await asyncio.sleep(0.01)
            del bad

    async def b() -> None:
        await inside.wait()
        with second:
            pass

    async def main() -> list[Any]:
        return await asyncio.gather(a(), b(), return_exceptions=True)

    errors = asyncio.run(main())
    assert isinstance(errors[0], KeyError)
    assert errors[1] is None
    assert (first.log.fetch(), second.log.fetch()) == (["KeyError"], ["None"])


def test_a_block_that_is_left_in_another_thread(env: LoopbackInterpreter) -> None:
    var = env.put(Recorder())
    stack = ExitStack()
    thread = threading.Thread(target=lambda: stack.enter_context(typing.cast(Any, var)))
    thread.start()
    thread.join()
    stack.close()
    assert var.log.fetch() == ["None"]


def test_a_block_waits_for_operations_on_other_interpreters(
    env: LoopbackInterpreter, other: LoopbackInterpreter
) -> None:
    var = env.put(Recorder())
    with pytest.raises(KeyError, match="elsewhere"), var:
        bad = other.put({})["elsewhere"]
    del bad
    assert var.log.fetch() == ["KeyError"]


def test_an_error_of_the_block_survives_an_exit_that_fails(env: LoopbackInterpreter) -> None:
    class Fails(Recorder):
        def __exit__(self, kind: Any, error: Any, trace: Any) -> Any:
            raise RuntimeError("exit failed")

    with pytest.raises(RuntimeError, match="exit failed") as caught, env.put(Fails()):
        raise ValueError("of the block")
    assert isinstance(caught.value.__context__, ValueError)


def test_what_is_no_context_manager_says_so(env: LoopbackInterpreter) -> None:
    with pytest.raises(TypeError, match="context manager protocol"), env.put(5):
        pass


def test_an_exception_without_a_pickle_reaches_the_remote_exit_as_its_text(env: LoopbackInterpreter) -> None:
    class Unpicklable(Exception):
        def __reduce__(self) -> Any:
            raise TypeError("no")

    var = env.put(Recorder())
    with pytest.raises(Unpicklable), var:
        raise Unpicklable
    assert var.log.fetch() == ["RemoteError"]


# ----------------------------------------------------------------------------------------- the data model


def test_hash_of_an_alias_and_of_a_moved_value_is_the_local_one(
    env: LoopbackInterpreter, other: LoopbackInterpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ray_proxy.interpreter.interpreter import OPERATORS

    monkeypatch.setitem(OPERATORS, "hash", lambda value: 12345)  # as in a process with another hash seed
    text = env.put("x")
    for same in (env.put(text), env.put_named("n", text), env["n"], env.put(other.put("x"))):
        assert hash(same) == hash("x")


def test_keywords_named_like_parameters(env: LoopbackInterpreter) -> None:
    assert env.put(dict)(self=1, name=2, id=3, args=4, session=5).fetch() == {
        "self": 1,
        "name": 2,
        "id": 3,
        "args": 4,
        "session": 5,
    }


def test_isinstance_of_a_failed_var_and_a_protocol_is_no_error(env: LoopbackInterpreter) -> None:
    bad = env.put(1) // 0
    assert isinstance(bad, typing.SupportsInt) in (True, False)
    assert not hasattr(bad, "__nope__")
    with pytest.raises(ZeroDivisionError):
        bad.fetch()


def test_a_var_is_an_instance_of_its_class(env: LoopbackInterpreter) -> None:
    var = env.put(5)
    assert isinstance(var, var.__class__)


def test_iteration_over_an_endless_range(env: LoopbackInterpreter) -> None:
    for item in env.put(range(10**30)):
        assert item == 0
        break


def test_dict_of_remote_pairs_and_of_a_remote_dict(env: LoopbackInterpreter) -> None:
    assert {k.fetch(): v.fetch() for k, v in dict(env.put([("a", 1)])).items()} == {"a": 1}
    assert {k: v.fetch() for k, v in dict(env.put({"a": 1})).items()} == {"a": 1}


def test_a_generator_gives_what_it_returns(env: LoopbackInterpreter) -> None:
    def numbers() -> Any:
        yield 1
        return "returned"

    def outer() -> Any:
        result = yield from env.run(numbers)
        yield result

    first, last = outer()
    assert first == 1
    assert last == "returned"


def test_a_coroutine_that_is_an_item_is_not_run(env: LoopbackInterpreter) -> None:
    async def answer() -> int:
        return 5

    def make() -> list[Any]:
        return [answer()]

    coroutines = env.run(make)
    assert env.run(lambda c: type(c).__name__, (coroutines[0],)) == "coroutine"
    coroutines[0].close()


def test_an_exception_that_refuses_attributes_arrives(env: LoopbackInterpreter) -> None:
    class Strict(Exception):
        def __setattr__(self, name: str, value: object) -> None:
            raise AttributeError(name)

    def fails() -> None:
        raise Strict("strict")

    with pytest.raises(Strict, match="strict"):
        env.run(fails).fetch()


def test_an_empty_attribute_name(env: LoopbackInterpreter) -> None:
    with pytest.raises(AttributeError):
        getattr(env.put(1), "").fetch()


@pytest.mark.parametrize("value", [10**400, -(2**63), 2**64, "\udcff", float("inf"), 1 + 2j, b"\xff" * 300, "ä" * 300])
def test_scalars_that_need_care(env: LoopbackInterpreter, value: Any) -> None:
    var = env.put([value])[0]
    assert var.fetch() == value
    assert var == value


# ------------------------------------------------------------------------------------------ numpy and pandas


def test_functions_that_write_into_a_local_array_do(env: LoopbackInterpreter) -> None:
    remote = env.put(np.arange(3.0))
    target = np.zeros(3)
    np.copyto(target, remote)
    assert target.tolist() == [0, 1, 2]
    np.add.at(target, env.put([0, 1]), 5)
    assert target.tolist() == [5, 6, 2]
    np.cumsum(remote, out=target)
    assert target.tolist() == [0, 1, 3]
    np.add(remote, 1, out=target)
    assert target.tolist() == [1, 2, 3]


def test_functions_that_write_into_a_remote_array_do(env: LoopbackInterpreter) -> None:
    remote = env.put(np.arange(3.0))
    np.add(np.ones(3), np.ones(3), out=remote)
    assert remote.fetch().tolist() == [2, 2, 2]


def test_a_local_series_or_frame_leaves_the_operator_to_the_var(env: LoopbackInterpreter) -> None:
    series, frame = pd.Series([1, 2]), pd.DataFrame({"a": [1, 2]})
    for local in (series, frame):
        remote = env.put(local)
        for result in (local + remote, local == remote, local * remote):
            assert type(result) is Var
        assert (local + remote).fetch().equals(local + local)


# --------------------------------------------------------------------------------------------- interrupts


def test_an_interrupt_while_waiting_leaves_the_session_whole(env: LoopbackInterpreter) -> None:
    class Stop(BaseException):
        pass

    def interrupt() -> None:
        raise Stop

    ticker.discard(env.session)  # else it may be what takes the reply
    question = env.session.question(ray_proxy.protocol.Names())
    question.callbacks = [interrupt]  # raises in the middle of taking the reply
    with contextlib.suppress(Stop):
        env.session.wait(question)
    question.callbacks = None
    assert (env.put(1) + 1).fetch(timeout=10) == 2
    assert question.settled


# ----------------------------------------------------------------------------------- what is sent, and when


def test_a_value_is_sent_as_it_was_when_it_was_put(env: LoopbackInterpreter) -> None:
    array = np.zeros(3)
    var = env.put(array)
    array += 1
    assert var.fetch().tolist() == [0, 0, 0]


def test_operations_before_the_channel_is_there_may_be_many() -> None:
    from ray_proxy.channels.loopback import LoopbackChannel
    from ray_proxy.interpreter.interpreter import Interpreter
    from ray_proxy.protocol import MAJOR, MINOR, Welcome
    from ray_proxy.session.session import Session

    session = Session()
    handles = [session.put([b"x" * 10_000]) for _ in range(8_000)]  # 80 MB: more than a frame holds
    session.attach(LoopbackChannel(Interpreter(), session.name), Welcome(MAJOR, MINOR, "late", "here", os.getpid()))
    session.settle(timeout=30)
    assert not any(handle.failure for handle in handles)
    session.close()


def test_polling_with_wait_leaves_nothing_behind(env: LoopbackInterpreter) -> None:
    from ray_proxy.var.var import _handle

    var = env.put(1)
    for _ in range(100):
        ray_proxy.wait([var], timeout=0)
    assert len(_handle(var).callbacks or ()) == 0


# ------------------------------------------------------------------------------------------ at the end of the stack


def test_a_wait_without_room_on_the_stack_breaks_nothing() -> None:
    def fetch(levels: int) -> Any:
        return fetch(levels - 1) if levels else value.fetch()

    rig = Rig()
    try:
        value = rig.connect(past_cable=True).put([1])
        refused = 0
        limit = sys.getrecursionlimit()
        for levels in range(limit - 200, limit):
            try:
                assert fetch(levels) == [1]
            except RecursionError:
                refused += 1
        assert refused > 0
        assert value.fetch() == [1]
    finally:
        rig.close()

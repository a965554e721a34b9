"""Corners of the meaning of operations, each found by somebody who looked for trouble."""

from __future__ import annotations

import contextlib
import os
import sys
import typing
from typing import Any

import numpy as np
import pytest
from conftest import LoopbackInterpreter
from rig import Rig

import ray_proxy
from ray_proxy import RemoteError
from ray_proxy.session.ticker import ticker

# --------------------------------------------------------------------------------- one bad operation harms no other


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


# ------------------------------------------------------------------------------------------------ lives long enough


def test_arguments_made_by_an_iterator(env: LoopbackInterpreter) -> None:
    assert env.run(max, (env.put(i) for i in range(3))) == 2


def test_a_var_made_while_an_argument_is_pickled(env: LoopbackInterpreter) -> None:
    class Holder:
        def __init__(self, var: Any) -> None:
            self.var = var

        def __getstate__(self) -> Any:
            return {"var": self.var + 1}

    assert env.put(Holder(env.put(1))).var == 2


# --------------------------------------------------------------------------------------------------- the data model


def test_hash_of_an_alias_and_of_a_moved_value_is_the_local_one(
    env: LoopbackInterpreter, other: LoopbackInterpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ray_proxy.interpreter.operators import OPERATORS

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


# ------------------------------------------------------------------------------------------------------- interrupts


def test_an_interrupt_while_waiting_leaves_the_session_whole(env: LoopbackInterpreter) -> None:
    class Stop(BaseException):
        pass

    def interrupt() -> None:
        raise Stop

    ticker.discard(env.session)  # else it may be what takes the reply
    question = env.session.question(ray_proxy.protocol.Names())
    env.session.ledger.watched[question] = [interrupt]  # raises in the middle of taking the reply
    with contextlib.suppress(Stop):
        env.session.wait(question)
    assert (env.put(1) + 1).fetch(timeout=10) == 2
    assert question.settled


# ------------------------------------------------------------------------------------------- what is sent, and when


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

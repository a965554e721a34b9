"""A frame is executed in slices; coroutines run on one event loop."""

# ruff: noqa: F811 (fixtures are imported, and are arguments of that name)

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import AsyncIterator

import numpy
import pytest
from recording import MemoryStore
from talks import (  # noqa: F401
    Talk,
    _nothing_left,
    broken,
    broken_after_a_turn,
    clock,
    error_at,
    interpreter,
    origin,
    pickled,
    second,
    shelf,
    talk,
)

from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.interpreter.run import REPLY_BYTES
from ray_proxy.protocol import (
    Bulk,
    Bytes,
    Call,
    Declined,
    Fetch,
    Frame,
    GetNamed,
    Items,
    Iter,
    Kept,
    Message,
    Op,
    Put,
    Ref,
    Reply,
    encode,
)


class Ticks:
    """An asynchronous iterator and context manager."""

    def __init__(self, last: int) -> None:
        self.left = last

    def __aiter__(self) -> AsyncIterator[int]:
        return self

    async def __anext__(self) -> int:
        if not self.left:
            raise StopAsyncIteration
        self.left -= 1
        return self.left

    async def __aenter__(self) -> int:
        return self.left

    async def __aexit__(self, kind: object, error: object, trace: object) -> bool:
        return isinstance(error, ValueError)


async def where_it_runs() -> tuple[int, int]:
    return threading.get_ident(), id(asyncio.get_running_loop())


async def after_a_turn(value: object) -> object:
    await asyncio.sleep(0)
    return value


async def nested_in_itself() -> str:
    inner: Reply = shelf["talk"](Call(0, pickled(after_a_turn), [1]))
    return error_at(inner, 0).text


async def count_asynchronously(last: int) -> AsyncIterator[int]:
    for number in range(last):
        yield number


# --------------------------------------------------------------------------------------------------- slices


def test_a_frame_can_be_executed_message_by_message(talk: Talk) -> None:
    frame = Frame(1, [Put(1, 1), Op(2, "add", [Ref(1), 1]), Op(3, "add", [Ref(2), 1])])
    replies = [talk.interpreter.execute("first", frame, start, seconds=0) for start in range(3)]
    assert [reply.executed for reply in replies] == [1, 2, 3]
    assert [reply.values for reply in replies] == [[], [(1, 2)], [(2, 3)]]


def test_an_error_in_a_slice_has_its_place_in_the_whole_frame(talk: Talk) -> None:
    frame = Frame(1, [Put(1, 1), Call(2, pickled(broken)), Put(3, Ref(2))])
    first, second = (talk.interpreter.execute("first", frame, start, seconds=0) for start in (1, 2))
    assert first.failures == [(1, 0)]
    assert second.failures == [(2, 0)]
    assert origin(first.errors[0]) == origin(second.errors[0]) == ("first", 1, 1)


def test_a_frame_without_a_limit_is_executed_at_once(talk: Talk) -> None:
    assert talk(*[Put(id, id) for id in range(1, 1001)]).executed == 1000


@pytest.mark.parametrize(
    "messages",
    [
        [Op(1, "mul", [pickled(bytearray(1)), REPLY_BYTES // 2]), *[Fetch(Ref(1))] * 8],
        [Op(1, "mul", [pickled([0]), REPLY_BYTES // 4]), *[Fetch(Ref(1))] * 8],
        [Op(1, "mul", ["x", 60_000]), *[Fetch(Ref(1))] * 40],
        [Op(1, "mul", [Bytes(b"x"), 60_000]), *[Fetch(Ref(1))] * 40],
        [Put(1, 0)] + [Op(0, "mul", [pickled(bytearray(1)), REPLY_BYTES // 2])] * 8,
        [Put(1, 0)] + [Op(0, "mul", ["x", 60_000])] * 40,
    ],
    ids=["buffers", "pickles", "str", "bytes", "answers of id 0", "str of id 0"],
)
def test_a_reply_that_has_grown_large_leaves_before_the_rest_is_executed(talk: Talk, messages: list[Message]) -> None:
    reply = talk(*messages)
    assert reply.executed < len(messages)
    assert len(encode(reply)) < 2 * REPLY_BYTES


def test_what_a_large_reply_left_over_is_executed_next(talk: Talk) -> None:
    frame = Frame(1, [Op(1, "mul", [pickled(bytearray(1)), REPLY_BYTES]), *[Fetch(Ref(1))] * 8])
    indices: list[int] = []
    executed = 0
    while executed < len(frame.messages):
        reply = talk.interpreter.execute("first", frame, executed)
        assert reply.executed > executed
        executed = reply.executed
        indices += [index for index, _ in reply.values]
    assert indices == list(range(1, 9))


# ------------------------------------------------------------------------------------------------ coroutines


def test_a_coroutine_gives_its_result(talk: Talk) -> None:
    talk(Call(1, pickled(after_a_turn), ["result"]))
    assert talk.value(Fetch(Ref(1))) == "result"


def test_coroutines_run_on_the_calling_thread_and_on_one_loop(talk: Talk, second: Talk) -> None:
    first = talk.value(Call(0, pickled(where_it_runs)))
    assert first[0] == threading.get_ident()
    assert second.value(Call(0, pickled(where_it_runs))) == first


def test_an_error_of_a_coroutine_is_that_of_its_message(talk: Talk) -> None:
    assert talk.error(Call(1, pickled(broken_after_a_turn))).text == "ValueError('broken')"
    assert talk.value(Call(0, pickled(after_a_turn), [5])) == 5


def test_a_coroutine_inside_another_is_refused_with_the_remedy(talk: Talk, second: Talk) -> None:
    shelf["talk"] = second
    text = talk.value(Call(0, pickled(nested_in_itself)))
    assert "RuntimeError" in text
    assert "plain" in text


def test_an_asynchronous_iterator_is_advanced(talk: Talk) -> None:
    talk(Call(1, pickled(Ticks), [2]), Op(2, "aiter", [Ref(1)]))
    reply = talk(Op(3, "anext", [Ref(2)]), Op(4, "anext", [Ref(2)]), Op(5, "anext", [Ref(2)]))
    assert reply.values == [(0, 1), (1, 0)]
    assert error_at(reply, 2).type_name == "StopAsyncIteration"


def test_an_asynchronous_generator_is_advanced(talk: Talk) -> None:
    talk(Call(1, pickled(count_asynchronously), [2]))
    assert talk(Op(2, "anext", [Ref(1)]), Op(3, "anext", [Ref(1)])).values == [(0, 0), (1, 1)]
    assert talk.error(Op(4, "anext", [Ref(1)])).type_name == "StopAsyncIteration"


def test_an_asynchronous_context_is_entered_and_left(talk: Talk) -> None:
    talk(Call(1, pickled(Ticks), [2]))
    assert talk.value(Op(0, "aenter", [Ref(1)])) == 2
    assert talk.value(Op(0, "aexit", [Ref(1), None])) is False
    assert talk.value(Op(0, "aexit", [Ref(1), pickled(ValueError())])) is True


# --------------------------------------------------------------------------------- what is told, and interrupts


def interpreter_with_session() -> Interpreter:
    made = Interpreter()
    made.open("s")
    return made


def test_a_half_is_declined_also_where_an_earlier_reply_to_it_is_kept() -> None:
    frame = Frame(1, [Op(1, "__add__", [1, "a"])])
    reply = interpreter_with_session().execute("s", frame, told={0: Declined()})
    assert (reply.values, reply.failures) == ([(0, Declined())], [])


def test_items_that_an_earlier_reply_has_told_take_the_place_of_what_comes_now() -> None:
    interpreter = interpreter_with_session()
    interpreter._names["pairs"] = [(1, "a"), (2, [3])]
    interpreter._names["array"] = numpy.array([1.5, 2.5], "f4")
    told = {
        2: Items([5, Bytes(b"b"), 6, Kept()], True, False, 2),
        5: Items([7.5, 2.5], True, False, 0, "<f4"),
    }
    pairs = [GetNamed(1, "pairs"), Op(2, "iterate", [Ref(1)]), Iter(3, Ref(2), 0, 5, 2)]
    array = [GetNamed(20, "array"), Op(21, "iterate", [Ref(20)]), Iter(22, Ref(21), 0, 5, 2)]
    asked = [Op(0, "repr", [Ref(id)]) for id in (3, 4, 8, 9, 10, 11, 22, 23)]
    reply = interpreter.execute("s", Frame(1, [*pairs, *array, *asked]), told=told)
    assert reply.failures == []
    assert dict(reply.values)[2] == Items([1, "a", 2, Kept()], True, False, 2)  # what has come now
    texts = [*map(repr, [(5, b"b"), (6, [3]), 5, b"b", 6, [3], numpy.float32(7.5), numpy.float32(2.5)])]
    assert [value for index, value in reply.values if index > 5] == texts


def test_what_is_told_before_the_end_is_told_once_with_its_errors() -> None:
    interpreter = interpreter_with_session()
    interpreter._names["tell"] = lambda: interpreter.runs[-1].tell(math.inf)  # as another thread does
    broken, depends = Op(2, "truediv", [1, 0]), Op(4, "add", [Ref(2), 1])
    frame = Frame(7, [GetNamed(1, "tell"), broken, Op(3, "add", [1, 2]), Call(5, Ref(1)), depends, Call(6, Ref(1))])
    parts: list[Reply] = []
    parts.append(interpreter.execute("s", frame, send=parts.append))
    assert [(part.frame, part.executed) for part in parts] == [(7, 3), (7, 5), (7, 6)]
    assert [part.values for part in parts] == [[(2, 3)], [(3, None)], [(5, None)]]
    assert [part.failures for part in parts] == [[(1, 0)], [(4, 0)], []]
    assert [len(part.errors) for part in parts] == [1, 1, 0]
    assert parts[0].errors == parts[1].errors


@pytest.mark.parametrize("again", [1, 3, 20])
def test_what_is_raised_while_an_error_is_told_is_the_error_in_its_place(again: int) -> None:
    """As an interrupt that comes then; and after so many of them, nothing of their own is told."""
    interpreter = interpreter_with_session()
    left = [None] * again

    def interrupted(token: str) -> None:
        if left:
            left.pop()
            raise KeyboardInterrupt(f"{len(left)} more")

    class Interrupting(MemoryStore):
        def discard(self, token: str) -> None:
            interrupted(token)

    interpreter.rehost(Interrupting())
    frame = Frame(1, [Call(1, Bulk("missing", 1), []), Op(2, "add", [1, 2])])
    reply = interpreter.execute("s", frame)
    assert (reply.executed, reply.failures, reply.values) == (2, [(0, 0)], [(1, 3)])
    assert reply.errors[0].type_name == ("KeyboardInterrupt" if again < 8 else "<class 'KeyboardInterrupt'>")
    assert not interpreter.interruptible

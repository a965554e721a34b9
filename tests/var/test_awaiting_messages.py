"""The message `await`, and the ends of generators, as the interpreter itself sees them: message by message."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import pytest
from awaitables import Ready, numbers, soon

from ray_proxy.interpreter.coroutines import CLOSING
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.protocol import Call, Del, Fetch, Frame, GetAttr, Message, Op, Put, Ref, Reply


class Messages:
    """An interpreter in this thread, and what it answers."""

    def __init__(self) -> None:
        self.interpreter = Interpreter()
        self.interpreter.open("s")
        self.number = 0

    def ask(self, *messages: Message) -> Reply:
        self.number += 1
        return self.interpreter.execute("s", Frame(self.number, list(messages)))

    def close(self) -> None:
        self.interpreter.close("s")
        if self.interpreter.coroutines.loop is not None:
            self.interpreter.coroutines.loop.close()


@pytest.fixture
def messages() -> Iterator[Messages]:
    messages = Messages()
    yield messages
    messages.close()


def test_a_generator_whose_end_hangs_holds_nobody_up(messages: Messages) -> None:
    ends: list[str] = []

    async def hanging() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            await later
            ends.append("ended")

    later: asyncio.Future[None] = asyncio.new_event_loop().create_future()
    messages.interpreter.coroutines.loop = later.get_loop()
    put(messages, 1, hanging())
    assert messages.ask(Op(0, "anext", [Ref(1)])).values == [(0, 1)]
    before = time.monotonic()
    assert messages.ask(Del([1])).failures == []
    assert CLOSING <= time.monotonic() - before < CLOSING + 2
    before = time.monotonic()
    assert messages.ask(Put(2, 5)).failures == []
    assert time.monotonic() - before < CLOSING / 2
    later.set_result(None)
    put(messages, 3, soon("next"))
    assert messages.ask(Op(0, "await", [Ref(3)])).values == [(0, "next")]
    assert ends == ["ended"]


def test_a_generator_whose_end_fails_fails_nothing_else(messages: Messages, caplog: pytest.LogCaptureFixture) -> None:
    async def failing() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            raise ValueError("at its end")

    put(messages, 1, failing())
    messages.ask(Op(0, "anext", [Ref(1)]))
    assert messages.ask(Del([1]), Op(0, "add", [1, 1])).values == [(1, 2)]
    assert "at its end" in caplog.text


def test_a_generator_ends_that_was_first_touched_by_a_plain_call(messages: Messages) -> None:
    ends: list[str] = []
    put(messages, 1, numbers(ends))
    messages.ask(GetAttr(2, Ref(1), "asend"), Call(3, Ref(2), [None]))
    assert messages.ask(Op(0, "await", [Ref(3)])).values == [(0, 0)]
    messages.ask(Del([1, 2, 3]))
    assert ends == ["ended"]


def test_await_of_what_cannot_be_awaited_gives_it_as_fetch_does(messages: Messages) -> None:
    for value in ([1, 2], 5, "text", int, {"a": (1,)}):
        put(messages, 1, value)
        await_it = messages.ask(Op(0, "await", [Ref(1)]))
        fetch_it = messages.ask(Fetch(Ref(1)))
        assert await_it.values == fetch_it.values
    assert messages.interpreter.coroutines.loop is None  # no event loop was made for that


def test_await_with_an_id_makes_a_variable_of_its_result(messages: Messages) -> None:
    put(messages, 1, Ready([1]))
    messages.ask(Op(2, "await", [Ref(1)]), Op(3, "await", [Ref(2)]))
    table = messages.interpreter._sessions["s"].table
    assert table[2] == [1]
    assert table[3] is table[2]


def test_await_of_a_class_whose_instances_are_awaitable_gives_the_class(messages: Messages) -> None:
    put(messages, 1, Ready)
    messages.ask(Op(2, "await", [Ref(1)]))
    assert messages.interpreter._sessions["s"].table[2] is Ready


def put(messages: Messages, id: int, value: object) -> None:
    """Variable `id` is this very object."""
    messages.interpreter._sessions["s"].table[id] = value


def test_what_stands_before_an_await_is_answered_before_it_waits(messages: Messages) -> None:
    put(messages, 1, Ready())
    put(messages, 2, [1])
    assert messages.ask(Op(3, "add", [2, 3]), Op(0, "await", [Ref(1)])).executed == 1
    assert messages.ask(Op(3, "add", [2, 3]), Op(0, "await", [Ref(2)])).executed == 2

"""One session with an interpreter, for tests that are lists of messages; and values that tell of themselves."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.interpreter.leases import lease_token
from ray_proxy.interpreter.operators import INPLACE
from ray_proxy.protocol import (
    Error,
    Frame,
    Message,
    Operand,
    Reply,
)
from ray_proxy.values.codec import Codec, resolve

TOKEN = lease_token("first", 1, "secret")


class Talk:
    """One session with an interpreter: send messages, get the reply to their frame."""

    def __init__(self, interpreter: Interpreter, session: str) -> None:
        self.interpreter = interpreter
        self.session = session
        self.number = 0
        interpreter.open(session)

    def __call__(self, *messages: Message) -> Reply:
        self.number += 1
        return self.interpreter.execute(self.session, Frame(self.number, list(messages)))

    def value(self, message: Message) -> Any:
        """The value that a single message gives; raises where it failed."""
        reply = self(message)
        assert not reply.failures, reply.errors
        return loaded(dict(reply.values).get(0))

    def error(self, *messages: Message) -> Error:
        """The error of the last of these messages, and of no other."""
        reply = self(*messages)
        assert [index for index, _ in reply.failures] == [len(messages) - 1]
        return error_at(reply, len(messages) - 1)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Thing:
    """A value that is neither small nor a builtin, and of which we know how many are alive."""

    alive: ClassVar[weakref.WeakSet[Thing]] = weakref.WeakSet()

    def __init__(self) -> None:
        self.alive.add(self)

    def fail(self) -> None:
        raise ValueError("failed")


class Same:
    """In place, each of its operators gives the object itself."""


for _name in INPLACE:
    setattr(Same, f"__i{_name}__", lambda self, other: self)


class Stand:
    """Pickled, it stands for a variable of the session."""

    def __init__(self, id: int) -> None:
        self.id = id

    def __reduce__(self) -> tuple[Any, ...]:
        return resolve, (self.id,)


shelf: dict[str, Any] = {}
"""Where user code of these tests finds what has no pickle."""


def broken() -> None:
    raise ValueError("broken")


def arguments(*args: object, **kwargs: object) -> tuple[object, object]:
    return args, kwargs


async def broken_after_a_turn() -> None:
    await asyncio.sleep(0)
    broken()


def pickled(value: object) -> Operand:
    """A value as an operand that is a pickle, or a scalar."""
    return Codec().dump(value)


def loaded(operand: object) -> Any:
    """The value of an operand in a reply."""
    return Codec().load(operand)


def error_at(reply: Reply, index: int) -> Error:
    return reply.errors[dict(reply.failures)[index]]


def origin(error: Error) -> tuple[str, int, int]:
    return error.session, error.frame, error.message


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def interpreter(clock: Clock) -> Interpreter:
    return Interpreter("here", clock=clock, lease=60)


@pytest.fixture
def talk(interpreter: Interpreter) -> Talk:
    return Talk(interpreter, "first")


@pytest.fixture
def second(interpreter: Interpreter) -> Talk:
    return Talk(interpreter, "second")


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    Thing.alive.clear()
    yield
    shelf.clear()

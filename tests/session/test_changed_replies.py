"""What a session makes of replies that were changed on their way."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from ray_proxy.channels.loopback import LoopbackChannel
from ray_proxy.errors import ProtocolError
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.protocol import (
    MAJOR,
    MINOR,
    Declined,
    Error,
    Items,
    Kept,
    Reply,
    Result,
    Welcome,
    decode_answer,
    encode,
)
from ray_proxy.session import items
from ray_proxy.session.session import Session

pytestmark = pytest.mark.usefixtures("hosting_as_before")


class Changed(LoopbackChannel):
    """Gives answers that were changed on their way."""

    def __init__(self, session: str, change: Callable[[Reply], Reply]) -> None:
        super().__init__(Interpreter("here"), session)
        self._change = change

    def pump(self, timeout: float | None) -> list[bytes]:
        answers = [decode_answer(data) for data in super().pump(timeout)]
        return [encode(self._change(answer)) for answer in answers if isinstance(answer, Reply)]


WELCOME = Welcome(MAJOR, MINOR, "here", "this host", os.getpid())


def changed(change: Callable[[Reply], Reply]) -> Session:
    """A session that hears answers changed like that."""
    session = Session()
    session.attach(Changed(session.name, change), WELCOME)
    return session


ERROR = Error("s", 1, 0, "ValueError", "ValueError()", "Traceback…")


@pytest.mark.parametrize(
    "change",
    [
        lambda reply: Reply(reply.frame, reply.executed, [(500, 1)]),
        lambda reply: Reply(reply.frame, reply.executed, [(-1, 1)]),
        lambda reply: Reply(reply.frame, reply.executed, [], [(500, 0)], [ERROR]),
        lambda reply: Reply(reply.frame, reply.executed, [], [(-1, 0)], [ERROR]),
        lambda reply: Reply(reply.frame, reply.executed, [], [(0, 1)], [ERROR]),
        lambda reply: Reply(reply.frame, reply.executed, [], [(0, -1)], [ERROR]),
        lambda reply: Reply(reply.frame, -1),
    ],
    ids=["value", "value before", "failure", "failure before", "error", "error before", "executed"],
)
def test_a_reply_of_what_is_not_there_breaks_the_session(change: Callable[[Reply], Reply]) -> None:
    session = changed(change)
    with pytest.raises(ProtocolError):
        session.fetch(session.op("add", 1, 2))
    with pytest.raises(ProtocolError):
        session.put(1)
    session.close()


def test_an_error_of_a_message_that_is_not_there_breaks_the_session() -> None:
    session = Session()
    error = Error(session.name, 1, 500, "ValueError", "ValueError()", "Traceback…")
    change = Changed(session.name, lambda reply: Reply(reply.frame, reply.executed, [], [(0, 0)], [error]))
    session.attach(change, WELCOME)
    with pytest.raises(ProtocolError):
        session.fetch(session.op("add", 1, 2))
    session.close()


@pytest.mark.parametrize("start", [-1, 0, 1])
@pytest.mark.parametrize(
    "value",
    [
        None,
        5,
        Declined(),
        Items([1, 2, 3], True),
        Items([1, 2, 3], True, False, 2),
        Items([1, 2, 3, 4, 5, 6], True, False, 2),
        Items([1, 2, 3], True, False, 3),
        Items([1, "x"], True, False, 0, "<f8"),
        Items([1, 2], True, False, 0, "no type"),
        Items([1, Kept()], True, False, 0, "<i4"),
    ],
    ids=repr,
)
def test_items_that_are_none_are_refused(start: int, value: Result) -> None:
    session = changed(lambda reply: Reply(reply.frame, reply.executed, [(index, value) for index, _ in reply.values]))
    source = session.put([1, 2])
    if start == 0 and isinstance(value, Declined):
        assert items.read(source, start, 2, 2) == value  # the answer where it is no builtin sequence
    else:
        with pytest.raises(ProtocolError):
            items.read(source, start, 2, 2)
    session.close()

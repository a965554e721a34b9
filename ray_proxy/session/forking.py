"""Forks of this process, and what is kept for others: all sessions are told before and after, `Children` remembers who
may inherit from one, and `Leases` under what."""

from __future__ import annotations

import os
import select
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from ..interpreter.leases import lease_token
from .printing import printer
from .ticker import ticker

PATIENCE = 5.0
"""Seconds that a fork waits for interpreters that are not there yet, for all together: the child could not use them."""


class Forked(Protocol):
    """What is told of forks."""

    def expect_fork(self, until: float) -> None: ...
    def before_fork(self) -> None: ...
    def after_fork_in_parent(self) -> None: ...
    def after_fork_in_child(self) -> None: ...


class Children:
    """Processes that were forked, and may inherit variables that are kept for them until they end.

    The end of a pipe tells of that: the child has the other one for as long as it lives, and never writes.
    """

    def __init__(self) -> None:
        self._pipe = (-1, -1)
        self._tokens: dict[int, str] = {}

    def expect(self) -> None:
        """A fork comes, and the child may inherit."""
        self._pipe = os.pipe()

    def expect_none(self) -> None:
        """A fork comes, and the child has nothing from us."""
        self._pipe = (-1, -1)

    def add(self, token: str) -> None:
        """In the parent, after the fork: what was expected is there, and this is what its variables are kept under."""
        reading, writing = self._pipe
        os.close(writing)
        self._tokens[reading] = token

    def is_expected(self) -> bool:
        return self._pipe[0] >= 0

    def forget(self) -> None:
        """In the child, after the fork: the others are the parent's."""
        if self._pipe[0] >= 0:
            os.close(self._pipe[0])  # the other end tells the parent that we live
        for pipe in self._tokens:
            os.close(pipe)
        self._tokens.clear()

    def ended(self) -> list[str]:
        """The tokens of children that have ended since the last look."""
        if not self._tokens:
            return []
        poll = select.poll()
        for pipe in list(self._tokens):  # a thread may fork meanwhile
            poll.register(pipe, select.POLLHUP)
        ended = [pipe for pipe, _ in poll.poll(0)]
        for pipe in ended:
            os.close(pipe)
        return [self._tokens.pop(pipe) for pipe in ended]


class Leases:
    """The leases that a session gives, and what is kept for a fork of this process.

    Attributes:
        lock: held from the numbering of a lease until its message is among the others.
        inherited: what the variables of this process are kept under, where it was forked and has not begun.
    """

    def __init__(self) -> None:
        self.lock: Any = threading.RLock()
        self.inherited: str | None = None
        self._count = 0
        self._children = Children()

    def token(self, session: str) -> str:
        """Of the next lease of that session."""
        self._count += 1
        return lease_token(session, self._count, uuid.uuid4().hex)

    def before_fork(self, session: str, is_started: bool, can_inherit: bool) -> str | None:
        """The token to keep all variables under, for the child; None where there is nothing to be kept now."""
        self._children.expect_none()
        if self.inherited is not None and not is_started:
            return None  # ourselves a child that has not begun: our children inherit from the same process
        self.inherited = None
        if can_inherit:
            self.inherited = self.token(session)
            self._children.expect()
        return self.inherited

    def after_fork_in_parent(self) -> None:
        if self._children.is_expected():
            token = self.inherit()
            assert token is not None
            self._children.add(token)

    def forked(self) -> None:
        """In the child."""
        self._children.forget()
        self.lock = threading.RLock()
        self._count = 0

    def inherit(self) -> str | None:
        """What this process inherits, once."""
        token, self.inherited = self.inherited, None
        return token

    def ended(self) -> list[str]:
        """What was kept for children that have ended."""
        return self._children.ended()


def tell_of_forks(sessions: Callable[[], Iterable[Forked]]) -> None:
    """Have all of them told of every fork of this process from now on."""
    told: list[Forked] = []
    one_at_a_time = threading.Lock()

    def before() -> None:
        one_at_a_time.acquire()  # two threads may fork at once
        told[:] = sessions()
        until = time.monotonic() + PATIENCE
        for session in told:
            session.expect_fork(until)
        for session in told:
            session.before_fork()

    def in_parent() -> None:
        for session in told:
            session.after_fork_in_parent()
        told.clear()
        one_at_a_time.release()

    def in_child() -> None:
        ticker.forget_all()
        printer.forked()
        for session in told:
            session.after_fork_in_child()
        told.clear()
        one_at_a_time.release()

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=before, after_in_parent=in_parent, after_in_child=in_child)

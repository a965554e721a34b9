"""Every wait for an answer: `Reader`.

There is no thread that reads, because waking one costs more than the whole trip: one of those who wait, the leader,
reads the channel for all. It wakes exactly those whose answers have come, and hands over to one other when it has its
own. What is in a reply is not known here.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Sequence
from threading import get_ident
from typing import Any, Protocol

from ..channels.channel import Channel, hosting, is_of_others
from ..errors import ProtocolError
from ..values.codec import shown
from .line import Line
from .printing import printer

_LONGEST = 1.0
"""Seconds after which one that waits for the leader looks by itself, lest an interrupt has lost the word for it."""


def deadline(timeout: float | None) -> float | None:
    """When a wait of so many seconds from now is over, by `time.monotonic`; None: never. Raises `TypeError`,
    `ValueError`."""
    if timeout is None:
        return None
    try:
        until = time.monotonic() + timeout
    except TypeError:
        until = None
    if not isinstance(until, float):
        raise TypeError(f"a timeout is a number of seconds, or None, and not {shown(timeout)}")
    if math.isnan(until):
        raise ValueError("a timeout is a number of seconds, or None, and not nan")
    return until


class Owner(Protocol):
    """The session of a reader."""

    line: Line
    grace: float
    hindrance: str

    def receive(self, data: bytes) -> bool:
        """Take an answer, perhaps once more; whether it counts as one. Raises `ProtocolError`."""

    def heard(self, answers: Sequence[bytes]) -> None:
        """These have been taken."""

    def send(self) -> None:
        """Send what is pending and can be sent without waiting."""

    def has_pending(self) -> bool: ...
    def lose(self, channel: Channel, error: OSError) -> None: ...
    def fail(self, error: BaseException) -> None: ...
    def label(self) -> str: ...


class Reader:
    """The threads of a session that wait, and which of them reads for all."""

    def __init__(self) -> None:
        self._leader: int | None = None
        """The thread that reads. Code that interrupts it reads as well."""
        self._followers: dict[Any, Callable[[], bool]] = {}
        """A locked lock for each other thread that waits, and when it has what it waits for."""

    def wait(self, owner: Owner, done: Callable[[], bool], until: float | None) -> None:
        """Wait until `done` says so; then all that has come before is written. Raises `TimeoutError` where `until`
        (`time.monotonic`) comes before."""
        try:
            self._wait(owner, done, until)
        except KeyboardInterrupt:  # at once
            raise
        except BaseException:
            printer.catch_up()
            raise
        printer.catch_up()

    def _wait(self, owner: Owner, done: Callable[[], bool], until: float | None) -> None:
        line = owner.line
        while not done():
            if printer.is_full():
                printer.catch_up()
            if owner.has_pending():
                owner.send()
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                if line.channel is not None:
                    self.lead(owner, done, 0)  # what has come is taken, also where nobody waits for more
                if done():
                    return
                raise TimeoutError(_late(owner))
            if hosting.wait is not None and hosting.thread == get_ident():
                # Serve calls that are nested in our own meanwhile, and do not read while we do.
                if line.channel is None or not self.lead(owner, done, 0):
                    hosting.wait(line.channel, 0.05 if left is None else min(left, 0.05))
            elif line.channel is None:
                if not line.ready.is_set():
                    line.ready.wait(left)
                elif not done():  # the session broke, and what waits is failed by whoever found out
                    time.sleep(0.001)
            elif not self.lead(owner, done, left):
                self._follow(done, left)

    def is_led(self) -> bool:
        """Whether a thread reads."""
        return self._leader is not None

    def lead(self, owner: Owner, done: Callable[[], bool], seconds: float | None) -> bool:
        """Read answers for everybody, until this thread has its own, or for so many seconds; with 0, what has come.

        False where another thread reads; and with 0, where nothing came.
        """
        if seconds == 0 and printer.is_full():
            return False
        me = get_ident()
        if (before := self._leader) is None or before == me: self._leader = me  # noqa: E701  # fmt: skip
        else:
            return False
        arrived, channel = False, None
        try:
            until = None if seconds is None else time.monotonic() + seconds
            while (channel := owner.line.channel) is not None and not done():
                left = None if until is None else max(0.0, until - time.monotonic())
                if self._read(owner, channel, left):
                    arrived = True
                elif left == 0 or owner.has_pending():
                    break
                if seconds == 0 or printer.is_full():
                    break
        finally:
            self._leader = before
            if before is None:
                self._pass_on()
            elif channel is not None:
                channel.wake()
        return arrived or seconds != 0

    def _read(self, owner: Owner, channel: Channel, seconds: float | None) -> bool:
        """Take what has come, or comes in that time. Whether anything has."""
        try:
            answers = channel.pump(seconds)
            beside = 0
            for data in answers:
                beside += not owner.receive(data)
                if self._followers:
                    self._tell()
            channel.confirm(answers, beside)
        except OSError as error:
            if is_of_others(error):
                raise
            owner.lose(channel, error)
            return True
        except ProtocolError as error:
            owner.fail(error)
            return True
        if answers:
            owner.heard(answers)
        return bool(answers)

    # -------------------------------------------------------------------------------------- followers

    def _follow(self, done: Callable[[], bool], seconds: float | None) -> None:
        """Wait until the leader has brought what this thread waits for, or reads no more."""
        follower = threading.Lock()
        follower.acquire()
        self._followers[follower] = done
        try:
            # Looked at after we were noted, so that no news is missed.
            if not done() and self._leader is not None:
                follower.acquire(timeout=_LONGEST if seconds is None else min(seconds, _LONGEST))
        finally:
            self._followers.pop(follower, None)

    def _tell(self) -> None:
        """Wake those who have what they wait for."""
        for follower, done in self._followers.copy().items():
            if done():
                self._wake(follower)

    def _pass_on(self) -> None:
        """Have one other read."""
        if hosting.wake is not None and hosting.thread != get_ident():
            hosting.wake()
        for follower in self._followers.copy():
            if self._wake(follower):
                return

    def tell_all(self) -> None:
        """Have all look: the channel is lost, or the session has ended."""
        if hosting.wake is not None and hosting.thread != get_ident():
            hosting.wake()
        for follower in self._followers.copy():
            self._wake(follower)

    def _wake(self, follower: Any) -> bool:
        if self._followers.pop(follower, None) is None:
            return False
        with contextlib.suppress(RuntimeError):
            follower.release()
        return True

    def forked(self) -> None:
        """In a forked process: the threads that wait are not here."""
        self._leader = None
        self._followers.clear()


def _late(owner: Owner) -> str:
    """Why there is no answer in time."""
    line, label = owner.line, owner.label()
    if line.ready.is_set():
        return (
            f"no answer from the interpreter {label} in the given time; the operation goes on there: "
            "ask again with a longer timeout, or end it with env.interrupt()"
        )
    if owner.hindrance:
        return f"the interpreter {label} does not answer yet: {owner.hindrance}"
    if line.is_begun:
        return (
            f"the link to the interpreter {label} is lost, and was not restored in the given "
            f"time; wait longer: its grace time is {owner.grace:g} s"
        )
    return (
        f"Ray has not placed the interpreter {label} in the given time; wait longer, or "
        "see by `ray status` which resources it lacks"
    )

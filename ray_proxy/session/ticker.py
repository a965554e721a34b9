"""One thread a process that sends what nobody waits for, and looks after dropped variables."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import select
import threading
import time
import weakref
from collections import deque
from typing import Protocol

logger: logging.Logger = logging.getLogger("ray_proxy")

MOMENT = 0.002
"""Seconds after which a frame leaves, if nobody asked for a value before."""
IDLE = 0.5
"""Seconds between two looks while nothing is asked for…"""
ATTENTIVE = 0.08
"""… and where the interpreter may ask."""
_QUIET_TICKS = 50


class Ticking(Protocol):
    """What the ticker needs of a session."""

    @property
    def is_attentive(self) -> bool:
        """It may be asked something at any time."""

    def tick(self) -> bool:
        """Send what has waited for a moment. Whether to come again soon."""

    def has_pending(self) -> bool:
        """Whether messages wait to be sent."""

    def expects(self) -> int:
        """What becomes readable where the interpreter says something that nobody here waits for; -1: nothing does."""

    def look_soon(self) -> None:
        """That is readable: the next tick reads."""


class Ticker:
    """Sends, for all sessions of the process, what nobody waits for."""

    awake: bool = False

    def __init__(self) -> None:
        self._sessions: weakref.WeakSet[Ticking] = weakref.WeakSet()
        self._held: set[Ticking] = set()
        """Those that have something under way: dropped by all others, they live until it is done."""
        self._kept: deque[tuple[float, object]] = deque(maxlen=64)
        self._lock = threading.RLock()
        self._bell, self._rope = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        """Something to read at the first is a call."""
        self._thread: threading.Thread | None = None

    def add(self, session: Ticking) -> None:
        with self._lock:
            self._sessions.add(session)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ray-proxy-ticker", daemon=True)
                self._thread.start()

    def discard(self, session: Ticking) -> None:
        with self._lock:
            self._sessions.discard(session)
            self._held.discard(session)

    def hold(self, session: Ticking) -> None:
        self._held.add(session)

    def release(self, session: Ticking) -> None:
        self._held.discard(session)

    def keep(self, thing: object, seconds: float) -> None:
        """Let something live for so long; a little longer where nothing else is to be done."""
        self._kept.append((time.monotonic() + seconds, thing))

    def drop_kept(self, before: float = math.inf) -> None:
        """Let go of what was kept until then (`time.monotonic`)."""
        while self._kept and self._kept[0][0] < before:
            self._kept.popleft()

    def forget_all(self) -> None:
        """In a child process after a fork: none of the sessions is ours, and the thread is not there."""
        os.close(self._bell)
        os.close(self._rope)
        self.__init__()  # type: ignore[misc]
        self.awake = False

    def sessions(self) -> list[Ticking]:
        with self._lock:
            return list(self._sessions)

    def wake(self) -> None:
        if not self.awake:
            self.awake = True
            with contextlib.suppress(BlockingIOError):  # it is full, which wakes as well
                os.write(self._rope, b"!")  # unlike an event, also where this interrupts itself

    def _run(self) -> None:
        quiet = 0
        while True:
            busy = False
            self.drop_kept(time.monotonic())
            for session in self.sessions():
                try:
                    busy = session.tick() or busy
                except Exception:
                    logger.exception("ray_proxy: a session is out of order; what nobody waits for is not sent any more")
                    self.discard(session)
                session = None  # type: ignore[assignment]  # hold none while asleep
            quiet = 0 if busy else quiet + 1
            if quiet < _QUIET_TICKS:
                time.sleep(MOMENT)
            else:
                # Dropped Vars do not wake us (`__del__` may take no lock), so look after them now and then.
                self.awake = False
                if any(session.has_pending() for session in self.sessions()):  # submitted while we were still awake
                    quiet = 0
                else:
                    quiet = 0 if self._is_called() else _QUIET_TICKS - 1

    def _is_called(self) -> bool:
        """Wait for a call, for a while, or until an interpreter says something of itself."""
        poll = select.poll()
        poll.register(self._bell, select.POLLIN)
        speakers: dict[int, weakref.ref[Ticking]] = {}
        seconds = IDLE
        for session in self.sessions():
            if session.is_attentive:
                seconds = ATTENTIVE
                number = session.expects()
                if number >= 0:
                    poll.register(number, select.POLLIN)
                    speakers[number] = weakref.ref(session)
        session = None  # type: ignore[assignment]  # hold none while asleep
        events = poll.poll(seconds * 1000)
        is_called = False
        for number, _ in events:
            if number == self._bell:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._bell, 4096)  # once is enough for all
                is_called = True
            elif (speaker := speakers[number]()) is not None:
                speaker.look_soon()
        if events and not is_called:
            time.sleep(MOMENT)  # what comes in a burst is read together; and where it is not read, this is no hot loop
        return is_called


ticker: Ticker = Ticker()

"""Signs of life: whether an interpreter that is long silent lives, so that a wait for it has an end: `Pulse`.

Ray's verdict on the interpreter's process ends the wait at once. Without any sign of life it ends after the grace time.
An answer on another connection is such a sign; on the same node, so is processor time that the process uses, because a
call that holds Python's lock answers nobody.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from ..channels.channel import Channel
from ..errors import InterpreterDiedError, RayProxyError
from ..protocol import Control, Status
from .line import Line

GRACE = 30.0
"""Seconds for which a lost or silent interpreter is waited for, where it does not say otherwise."""
PULSE = 2.0
"""An interpreter that is silent for so many seconds is asked for a sign of life, and again after as many."""
_STANDSTILL = 5.0
"""Seconds without an answer after which it is asked whether something holds it up."""
_CUT = 6.0
"""Seconds of silence after which another connection is tried beside one that may be cut."""


class Waiting(Protocol):
    """A session, which may wait for an answer."""

    line: Line
    grace: float

    def is_waiting(self) -> bool: ...
    def lose(self, channel: Channel, error: OSError, since: float | None = None) -> None: ...
    def fail(self, error: BaseException) -> None: ...
    def silence(self, seconds: float) -> str: ...
    def note_status(self, status: dict[str, Any]) -> None: ...


class Living(Protocol):
    def is_there(self, seconds: float) -> bool: ...
    def control(self, request: Control) -> dict[str, Any]: ...


class Pulse:
    """Asks an interpreter for signs of life while an answer is long in coming."""

    def __init__(self) -> None:
        self.heard: float = 0.0
        """When the interpreter gave its last sign of life, or was asked for one (`time.monotonic`)."""
        self._asks = threading.Lock()
        """Held by the thread that asks…"""
        self._tells = threading.Lock()
        """… and by the one that asks what holds the interpreter up: one that lets no thread run answers late."""

    def look(self, session: Waiting, link: Living) -> None:
        """Begin to ask, in a thread of its own, where it is time to."""
        if session.is_waiting() and time.monotonic() >= self.heard + PULSE:
            self._begin(self._asks, self._ask, session, link)

    def _begin(self, lock: threading.Lock, work: Callable[[Waiting, Living], None], *args: Any) -> None:
        """Do this in a thread, which holds that lock and releases it, unless there is one."""
        if not lock.acquire(blocking=False):
            return
        try:
            threading.Thread(target=work, args=args, name="ray-proxy-pulse", daemon=True).start()
        except RuntimeError:  # no thread is left now; the ticker comes again
            lock.release()

    def forked(self) -> None:
        self._asks, self._tells = threading.Lock(), threading.Lock()

    def _ask(self, session: Waiting, link: Living) -> None:
        alive = self.heard
        channel: Channel | None = None
        try:
            while session.is_waiting() and (channel := session.line.channel) is not None:
                asked = time.monotonic()
                if link.is_there(PULSE):
                    alive = asked
                    if alive - self.heard > _STANDSTILL:
                        self._begin(self._tells, self._tell, session, link)
                elif self.heard > alive:
                    return  # it has answered
                silent = time.monotonic() - max(alive, self.heard)
                if silent > session.grace:
                    raise InterpreterDiedError(session.silence(silent))
                if silent > _CUT and channel.may_be_cut:
                    error = TimeoutError(session.silence(silent))
                    session.lose(channel, error, since=time.monotonic() - silent)
                    return
                time.sleep(max(0, asked + PULSE - time.monotonic()))
        except InterpreterDiedError as error:
            session.fail(error)
        except OSError as error:
            if channel is not None:
                session.lose(channel, error)
        finally:
            self._asks.release()

    def _tell(self, session: Waiting, link: Living) -> None:
        try:
            with contextlib.suppress(OSError, RayProxyError):  # what that means is judged by who asks for signs of life
                session.note_status(link.control(Status()))
        finally:
            self._tells.release()

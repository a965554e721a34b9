"""What became of an operation, as far as is known now: `state`."""

from __future__ import annotations

import contextlib
import threading
import time
import weakref
from typing import Any, Literal

from ..protocol import Status
from ..session.session import Handle, Session
from .core import checked
from .interface import Var

State = Literal["pending", "running", "done", "failed"]
_OFTEN = 0.1
"""Seconds for which what an interpreter has told is taken for the present state."""
_PATIENCE = 0.3
"""Seconds that it is waited for."""


class _Told:
    """What an interpreter does."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.at = 0.0
        """When it was asked (`time.monotonic`)."""
        self.status: dict[str, Any] = {}
        self.is_asked = False


_told: weakref.WeakKeyDictionary[Session, _Told] = weakref.WeakKeyDictionary()


def state(var: Var[Any]) -> State:
    """``"pending"``, ``"running"``, ``"done"`` or ``"failed"``: what became of the operation that makes a Var.

    Never waits for the operation, nor for longer than 0.3 s. An interpreter is asked at most every 0.1 s what it is at.

    Raises:
        TypeError: it is no Var.
    """
    handle = checked(var)
    session = handle.session
    if handle.settled:
        return _settled(handle)
    if session.reader.lead(session, lambda: handle.settled, 0) and handle.settled:  # what has come is taken
        return _settled(handle)
    if session.broken is not None:
        return "failed"
    return "running" if running(handle, status_of(session)) is not None else "pending"


def _settled(handle: Handle) -> State:
    return "failed" if handle.failure is not None else "done"


def status_of(session: Session, patience: float = _PATIENCE) -> dict[str, Any]:
    """What its interpreter has told of itself within the last 0.1 s, or since; empty where it does not say.

    Args:
        patience: seconds that it is waited for.
    """
    told = _told.setdefault(session, _Told())
    with told.lock:
        if told.is_asked or time.monotonic() - told.at < _OFTEN or session.link is None or session.line.channel is None:
            return told.status
        told.is_asked = True
    done = threading.Event()
    link = session.link

    def ask() -> None:
        with contextlib.suppress(Exception):  # it has ended, or is out of reach
            told.status = link.control(Status())
        told.at, told.is_asked = time.monotonic(), False
        done.set()

    threading.Thread(target=ask, name="ray-proxy-state", daemon=True).start()
    done.wait(patience)
    return told.status


def running(handle: Handle, status: dict[str, Any]) -> float | None:
    """Since when the operation of a variable runs (seconds since 1970); None: it does not, as far as is known."""
    session = handle.session
    for name, frame, index, since in status.get("running", ()):
        flight = session.outbox.flights.get(frame) if name == session.name else None
        if flight is not None and index < len(flight.keys) and flight.keys[index] == handle.id:
            return float(since)
    return None

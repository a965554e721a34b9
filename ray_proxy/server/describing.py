"""Answers who looks at a variable, also while user code runs: `protocol.Describe`.

Where nothing runs, the object is asked itself, on the thread of user code; for a moment only, and then, or where
something runs, it is looked at from outside (`looking.reading`).
"""

from __future__ import annotations

import threading
import time
from typing import Any

from ..interpreter.interpreter import Interpreter
from ..looking.steps import look
from ..protocol import Describe, Interrupt
from .clients import Clients
from .floor import Floor
from .interrupts import LOOK, Interrupts

_BEGIN = 0.05
"""Seconds in which the thread of user code has to begin…"""
_END = 0.25
"""… and to end."""


class Describing:
    """Looks at variables."""

    def __init__(self, interpreter: Interpreter, clients: Clients, floor: Floor, interrupts: Interrupts) -> None:
        self._interpreter = interpreter
        self._clients = clients
        self._floor = floor
        self._interrupts = interrupts

    def describe(self, request: Describe) -> dict[str, Any]:
        """For the thread of a control connection."""
        try:
            told = self._described(request)
        except Exception as error:  # it shall hear something, whatever the object is
            told = {"found": False, "problem": type(error).__name__}
        return {"described": told}

    def _described(self, request: Describe) -> dict[str, Any]:
        if not request.obj and not request.name and not request.path:
            names = sorted(self._interpreter.names())[: request.limit]
            return {"found": True, "type": "", "keys": names, "members": []}
        found = self._interpreter.looked_at(request.session, request.obj, request.name)
        if not found:
            return {"found": False}
        if self._is_idle():
            attempt = _Attempt(self, found[0], request)
            self._interrupts.do_between(attempt.run)
            told = attempt.wait()
            if told is not None:
                return {**told, "running": False}
        told = look(found[0], request.path, request.aspect, request.limit, lively=False)
        return {**told, "running": bool(self._interrupts.calls)}

    def _is_idle(self) -> bool:
        if self._interrupts.calls or self._interrupts.collecting:
            return False
        return not any(client.work.tasks for client in self._clients.all())

    def ask(self, attempt: _Attempt) -> None:
        """For the thread of user code."""
        if self._is_idle():
            self._floor.beside_frames(LOOK, attempt.look)

    def stop(self) -> None:
        self._interrupts.ask(Interrupt(LOOK, [0]), lambda session: True)


class _Attempt:
    """An object is asked itself."""

    def __init__(self, describing: Describing, obj: object, request: Describe) -> None:
        self._describing = describing
        self._obj: object = obj
        self._request = request
        self._lock = threading.Lock()
        self._state = "waits"
        self._ended = threading.Event()
        self._told: dict[str, Any] | None = None

    def run(self) -> None:
        """For the thread of user code. Raises nothing."""
        with self._lock:
            if self._state != "waits":
                return
            self._state = "runs"
        try:
            self._describing.ask(self)
        except BaseException:  # it was interrupted, or the object does not know itself
            self._told = None
        finally:
            self._obj = None
            self._ended.set()

    def look(self) -> None:
        request, interpreter = self._request, self._describing._interpreter
        with interpreter.listening():
            self._told = look(self._obj, request.path, request.aspect, request.limit, lively=True)

    def wait(self) -> dict[str, Any] | None:
        """What was told; None: look at it from outside."""
        until = time.monotonic() + _END
        if not self._ended.wait(_BEGIN):
            with self._lock:
                if self._state == "waits":
                    self._state = "over"
                    return None
            if not self._ended.wait(max(0.0, until - time.monotonic())):
                self._describing.stop()
                return None
        return self._told

"""Project code that comes beside the frames: the answers to what was asked for, and edits that are applied at once.

It is recorded as the only frame of a session of its own, within the message that is executed: so whoever executes the
log again has it before that message. Knows no sockets.
"""

from __future__ import annotations

import contextlib
import threading
from typing import Any

from ..interpreter.interpreter import DEEPEST, Interpreter
from ..logs.writer import Writer
from ..protocol import Applied, Code, Deliver, Frame, Reply, encode
from .asking import PATIENCE, Asking
from .interrupts import Interrupts
from .printing import Printing


class Delivering:
    """Takes project code from control connections."""

    def __init__(
        self,
        interpreter: Interpreter,
        interrupts: Interrupts,
        asking: Asking,
        printing: Printing,
        log: Writer | None,
    ) -> None:
        self._interpreter = interpreter
        self._interrupts = interrupts
        self._asking = asking
        self._printing = printing
        self._log = log

    def deliver(self, request: Deliver) -> dict[str, Any]:
        """For the thread of a control connection; gives what that is told of it."""
        if not request.now:
            self._record(request.code, Applied(""))
            self._asking.deliver(request.session, request.code)
            return {}
        told: dict[str, Any] = {}
        done = threading.Event()

        def apply() -> None:
            if not (done.is_set() or told):
                # Of one who has no session, it is whoever's message is executed.
                prints = self._printing.begin_beside(request.session) if request.session else None
                try:
                    told.update(self._apply(request.code))
                finally:
                    self._printing.end(prints)
                self._printing.drain(request.session)
                done.set()

        self._interrupts.do_soon(apply)
        if not done.wait(PATIENCE):
            told["refused"] = (
                f"the interpreter's main thread runs code in C for more than {PATIENCE:g} s, in which nothing can be "
                "edited; save the file again later"
            )
        return told

    def _apply(self, code: Code) -> dict[str, Any]:
        """On the thread of user code, perhaps in the middle of a call."""
        try:
            applied = self._interpreter.code.take(code)
        except Exception as error:
            return {"refused": f"{type(error).__name__}: {error}"}
        self._record(code, applied)
        older = [(each.module, each.client, each.mtime_ns) for each in applied.older]
        return {"applied": applied.edits, "notes": applied.notes, "older": older}

    def _record(self, code: Code, applied: Applied) -> None:
        log = self._log
        if log is None:
            return
        progress, calls = self._interpreter.progress, self._interrupts.calls[-1:]
        within = (*calls[0], progress[2 * min(progress[0], DEEPEST)]) if calls else None
        runs = self._interpreter.runs[-1:]
        with runs[0].lock if runs else contextlib.nullcontext():
            log.delivered(code.client, encode(Frame(1, [code])), encode(Reply(1, 1, [(0, applied)])), within)

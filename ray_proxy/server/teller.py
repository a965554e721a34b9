"""Tells soon what was computed, where the message after it takes long: a thread that looks at what is executed.

Knows not what is told, nor to whom.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time

from ..interpreter.interpreter import Interpreter

_LOOK = 0.007
"""Seconds between two looks: a frame's slice takes less, or it is at its last message…"""
_MORE = 0.0005
"""… and so many after the end of the slice that is executed now."""


class Teller:
    """Looks while frames are begun, and sleeps while the same ones go on, or none: all is told of these.

    What is executed when a look finds it late is the last message of its slice. So a single late look is enough.
    """

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter
        self._begun = 0
        self._sleeps = False
        self._alarm = threading.Lock()
        self._alarm.acquire()
        self.closed = False

    def note_begin(self) -> None:
        """A frame is executed from now on. Called by the thread of user code."""
        self._begun += 1
        if self._sleeps:
            self.wake()

    def wake(self) -> None:
        self._sleeps = False
        with contextlib.suppress(RuntimeError):  # it is awake
            self._alarm.release()

    def run(self) -> None:
        while not self.closed:
            begun = self._begun
            runs = self._interpreter.runs[-1:]
            # Code in Python lets go of the lock only after 5 ms: then that of the run may be over already.
            until = runs[0].until + _MORE if runs else math.inf
            time.sleep(min(max(until - time.perf_counter(), _MORE), _LOOK))
            now = time.perf_counter()
            for run in self._interpreter.runs[:]:
                run.tell(now)
            self._sleeps = True
            if begun == self._begun and not self.closed:  # asked after `_sleeps` was set: none is begun unnoticed
                self._alarm.acquire()
            self._sleeps = False

"""A thread that waits for those who have none of their own, as those who await: `Watch`."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable

IDLE = 1.0
"""Seconds after which the thread ends, where nothing is to be waited for."""


class Watch:
    """Waits for one thing after the other, while there are any."""

    def __init__(self) -> None:
        self.forked()

    def forked(self) -> None:
        self._waits: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._running = threading.Lock()
        """Held by the thread."""

    def add(self, wait: Callable[[], None]) -> None:
        """Have this called, which waits, and may raise what it likes."""
        self._waits.put(wait)
        if self._running.acquire(blocking=False):
            threading.Thread(target=self._run, name="ray-proxy-watch", daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                wait = self._waits.get(timeout=IDLE)
            except queue.Empty:
                self._running.release()
                # One that was put between the two lines above found the lock taken.
                if self._waits.empty() or not self._running.acquire(blocking=False):
                    return
                continue
            with contextlib.suppress(Exception):  # it is told to those who watch
                wait()
            del wait

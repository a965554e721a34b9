"""`Flag`: an event that may be set and waited for in code that interrupts its own methods."""

from __future__ import annotations

import contextlib
import threading
from typing import Any


class Flag:
    """A `threading.Event` holds a lock in each of its methods: a signal handler that comes in the middle of one, and
    calls another, would wait for ever. This one holds none."""

    def __init__(self) -> None:
        self._is_set = False
        self._waiting: dict[Any, None] = {}
        """A locked lock for each thread that waits."""

    def is_set(self) -> bool:
        return self._is_set

    def clear(self) -> None:
        self._is_set = False

    def set(self) -> None:
        self._is_set = True
        for lock in self._waiting.copy():
            with contextlib.suppress(RuntimeError):  # it was released already
                lock.release()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, at most `timeout` seconds. Whether it is."""
        lock = threading.Lock()
        lock.acquire()
        self._waiting[lock] = None
        try:
            # Looked at after the lock was noted, so that no news is missed.
            if not self._is_set:
                lock.acquire(timeout=-1 if timeout is None else max(0.0, min(timeout, threading.TIMEOUT_MAX)))
        finally:
            self._waiting.pop(lock, None)
        return self._is_set

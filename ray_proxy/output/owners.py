"""Whose the output of Python code is: of the message that it runs for, also in tasks, threads, and jobs of pools.

A task of asyncio has the context of who made it. A thread has its own: there, who started it counts.
"""

from __future__ import annotations

import concurrent.futures.thread as pools
import functools
import threading
from contextvars import ContextVar
from typing import Any

from .pair import Owner

OWNER: ContextVar[Owner | None] = ContextVar("ray_proxy_output", default=None)
"""Set where a message is executed."""
_STARTER = "_ray_proxy_output"
"""The attribute of a thread that notes whose it is."""
_threads: dict[int, threading.Thread] = threading._active  # type: ignore[attr-defined]
"""By their numbers: `current_thread` would make one up for a thread that C code has begun."""


def owner() -> Owner | None:
    """Whose the code is that runs in this thread; None: it is not known."""
    own = OWNER.get()
    if own is None:
        own = getattr(_threads.get(threading.get_ident()), _STARTER, None)
    return own


@functools.cache
def note_in_threads() -> None:
    """From now on it is noted who starts a thread, and who gives a job to a pool of threads."""
    start = threading.Thread.start

    @functools.wraps(start)
    def noting(self: threading.Thread) -> None:
        setattr(self, _STARTER, owner())
        start(self)

    threading.Thread.start = noting  # type: ignore[method-assign]
    item: Any = pools._WorkItem

    class Job(item):  # type: ignore[misc]
        """A job of a pool, whose threads are others'."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.owner: Owner | None = owner()

        def run(self, *args: Any) -> None:
            token = OWNER.set(self.owner)
            try:
                super().run(*args)
            finally:
                OWNER.reset(token)

    setattr(pools, "_WorkItem", Job)  # noqa: B010

"""Interpreters that were pickled here are kept while other processes use them.

Ray counts the handles in what it pickles itself. Of others it knows nothing: once no counted one is left, it ends the
actor within 5 s, though a method of it runs. So who pickles an interpreter by itself, or is forked, keeps its own
handle, after all else here has let go, for as long as the interpreter has clients.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
import weakref
from typing import Any

from ..errors import InterpreterDiedError
from ..protocol import Status
from .here import here
from .link import Link

LOOK = 1.0
"""Seconds between looks whether an interpreter has clients."""
PATIENCE = 10.0
"""Seconds for which one is kept that has none: the pickle may be on its way."""


class Keeper:
    """Keeps handles in a thread of its own, which begins with the first pickle and lasts as long as the process."""

    def __init__(self) -> None:
        self.kept: dict[str, _Kept] = {}
        """The interpreters that are kept, by their ids."""
        self._come: queue.SimpleQueue[tuple[Any, str]] = queue.SimpleQueue()  # a finalizer may put into it
        self._armed: weakref.WeakSet[Link] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._begun = False

    def keep_after(self, link: Link) -> None:
        """Once this link is gone, keep what it leads to while others use that."""
        if link in self._armed or here().is_forked:
            return
        try:
            actor = link.actor
        except InterpreterDiedError:  # a guest's
            return
        with self._lock:
            self._armed.add(link)
            if not self._begun:
                threading.Thread(target=self._run, name="ray-proxy-keep", daemon=True).start()
                self._begun = True
        weakref.finalize(link, self._come.put, (actor, link.id)).atexit = False

    def _run(self) -> None:
        while True:
            with contextlib.suppress(queue.Empty):
                actor, id = self._come.get(timeout=LOOK if self.kept else None)
                self.kept[id] = _Kept(actor, id)
                del actor  # the link has it
            for id in list(self.kept):
                if self.kept[id].is_over():
                    del self.kept[id]


class _Kept(Link):
    """Holds the handle of an interpreter."""

    def __init__(self, actor: Any, id: str) -> None:
        super().__init__(actor, id)
        self._used = time.monotonic()
        """When it had a client last."""

    def is_over(self) -> bool:
        """Whether it has ended, or had no client for so long."""
        try:
            if self._is_used():
                self._used = time.monotonic()
                return False
        except InterpreterDiedError:
            return True
        return time.monotonic() - self._used > PATIENCE

    def _is_used(self) -> bool:
        """Whether it has clients, or may have: it is being placed, or does not answer now.

        Raises `InterpreterDiedError`.
        """
        with contextlib.suppress(InterpreterDiedError):
            self.published = self.published or self._find()
            if self.published is not None:
                return bool(self.control(Status())["clients"])
        self.raise_verdict()
        return True


keeper: Keeper = Keeper()

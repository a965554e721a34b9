"""Takes all that user code writes to stdout and stderr of this process, and hands it out with whose it is.

Each session has two files (`Pair`); those of the one whose message is executed are the descriptors 1 and 2, so that
children and C code write to them. What is printed between two messages is of the last one; before the first, and once
that session has ended, it is nobody's. A thread sleeps until something is written, and hands it out.

Knows not who is told.
"""

from __future__ import annotations

import contextlib
import faulthandler
import io
import logging
import os
import select
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from ..project.inotify import Inotify
from .libc import buffer_lines, flusher, write_all
from .owners import OWNER, note_in_threads, owner
from .pair import Emit, Owner, Pair
from .streams import Stream

logger: logging.Logger = logging.getLogger("ray_proxy")
_PAUSE = 0.01
"""Seconds in which what is written goes into one piece, once something is."""
_LOOK = 0.02
"""Seconds between two looks where the system does not tell of writes."""
_SELDOM = 0.1
"""Seconds between two looks at a client that reads nothing, at most."""
_ENDED = 16
"""The files of so many sessions that have ended are watched on: their threads and children may write still."""


def _emit_nothing(session: str, origin: int, stream: int, data: bytes, left_out: int, display: Any) -> None:
    pass


class Capture:
    """The output of this process. There is one, from when it is made on.

    Args:
        base: the path of the files, without what tells them apart: ``base.out`` and ``base.err`` are nobody's.

    Attributes:
        emit: takes what was written. It is called by any thread, holding a lock that excludes who prints for that
            session, and must not wait.
        look: called by the thread after each piece; whether it shall be called again soon, though nobody writes.
    """

    def __init__(self, base: str) -> None:
        self.emit: Emit = _emit_nothing
        self.look: Callable[[], bool] = lambda: False
        self._base = base
        self._count = 0
        self._nobody = Owner(Pair("", base), 0)
        self._current = self._nobody
        self._owners: dict[str, Owner] = {}
        """By the sessions, the last one of each."""
        self._ended: list[Pair] = []
        self._lock = threading.RLock()  # of these lists
        self._muted = 0
        self._forked = False
        self._closed = False
        self._woken = os.pipe()
        for descriptor in self._woken:
            os.set_blocking(descriptor, False)
        self._inotify: Inotify | None = None
        with contextlib.suppress(OSError, AttributeError):  # not Linux, or too many of this user
            self._inotify = Inotify()
        self._is_told = self._inotify is not None and self._inotify.hears(os.path.dirname(base))
        """The system tells of all that is written."""
        self._watches: dict[str, list[int]] = {}
        """By the sessions: the numbers of the watches of their files."""
        self._hear(self._nobody.pair)
        self._flush_c = flusher()
        self._streams = [Stream(number, self._write, owner, self._wake) for number in (1, 2)]
        self._install()

    def _install(self) -> None:
        for old in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
            if isinstance(old, io.TextIOWrapper):  # handlers of `logging` may have it, and write there as before
                with contextlib.suppress(OSError, ValueError):
                    old.flush()
                    old.reconfigure(line_buffering=True)
        self._nobody.pair.stand_in()
        out, err = self._streams
        sys.stdout = sys.__stdout__ = out  # type: ignore[misc]
        sys.stderr = sys.__stderr__ = err  # type: ignore[misc]
        buffer_lines()
        os.environ.setdefault("PYTHONUNBUFFERED", "1")  # or children speak only at their end
        if faulthandler.is_enabled():
            faulthandler.enable(2, all_threads=False)
        note_in_threads()
        os.register_at_fork(before=self._before_fork, after_in_parent=self._after_fork, after_in_child=self._be_child)
        threading.Thread(target=self._run, name="ray-proxy-output", daemon=True).start()

    # ------------------------------------------------------------------------------------- whoever prints

    def display(self, text: str, display: Any) -> None:
        """Write a text to stdout in whose place something may be shown."""
        self.flush()
        self._write(1, text.encode(errors="replace"), owner(), display)
        self._wake()

    def _write(self, number: int, data: bytes | memoryview, own: Owner | None, display: Any = None) -> None:
        if self._forked:
            write_all(number, data)
            return
        own = own or self._current
        if own.pair.closed:
            own = self._nobody
        own.pair.write(number, data, own.origin, display)

    def _wake(self) -> None:
        if not self._forked:
            with contextlib.suppress(OSError):  # full: it will wake all the same
                os.write(self._woken[1], b"!")

    # ----------------------------------------------------------------------------- the thread of user code

    def begin(self, session: str, origin: int) -> Owner:
        """What is written from here on is of this session. Gives whose it was before, for `end`."""
        before = self._current
        if before.pair.session == session and before.origin == origin:
            own = before
        else:
            own = self._owner(session, origin)
            self._switch(own)
        OWNER.set(own)
        return before

    def end(self, before: Owner) -> None:
        """A call that was nested in another one has ended."""
        if before is not self._current:
            self._switch(before)
        OWNER.set(before)

    def begin_beside(self, session: str) -> Owner:
        """As `begin`, for what is done beside messages, at the end of a session that may have printed nothing; without
        a session, for nobody."""
        return self.begin(session if session in self._owners else "", 0)

    def _owner(self, session: str, origin: int) -> Owner:
        with self._lock:
            known = self._owners.get(session) if session else self._nobody
            if known is None:
                self._count += 1
                try:
                    known = Owner(Pair(session, f"{self._base}-{self._count}"), origin)
                except OSError:  # the process has too many files, or the disk
                    return self._nobody
                self._hear(known.pair)
            elif known.origin != origin:
                known = Owner(known.pair, origin)
            if session:
                self._owners[session] = known
            return known

    def _switch(self, own: Owner) -> None:
        before = self._current
        self.flush()
        with before.pair.lock:
            if not before.pair.closed:
                before.pair.note()
        with own.pair.lock:
            if own.pair.closed:
                own = self._nobody
            own.pair.note()
            own.pair.origin = own.origin
        if own.pair is not before.pair:
            own.pair.stand_in()
        self._current = own

    def flush(self) -> None:
        """Have what was printed without an end of line written."""
        for stream in self._streams:
            if stream.waits:
                with contextlib.suppress(RuntimeError, ValueError):
                    stream.flush()
        self._flush_c()

    def drain(self, session: str) -> None:
        """Hand out what was written for this session so far. Cheap where that is nothing."""
        out, err = self._streams
        if out.waits or err.waits:
            self.flush()
        else:
            self._flush_c()
        own = self._owners.get(session)
        if own is not None and own.pair.any():
            own.pair.drain(self._emit)

    def forget(self, session: str) -> None:
        """The session has ended. What its threads and children write is handed out as before, for a while."""
        with self._lock:
            own = self._owners.pop(session, None)
            if own is None:
                return
            self._ended.append(own.pair)
            leaving = self._ended[:-_ENDED]
            del self._ended[:-_ENDED]
        if self._current.pair is own.pair:
            self._switch(self._nobody)
            OWNER.set(None)
        for pair in [own.pair, *leaving]:
            pair.drain(self._emit)
        for pair in leaving:
            for watch in self._watches.pop(pair.session, []):
                if self._inotify is not None:
                    self._inotify.unwatch(watch)
            pair.close()

    # ------------------------------------------------------------------------------------------ any thread

    @contextlib.contextmanager
    def muted(self) -> Iterator[None]:
        """What is written meanwhile is in the files, and not handed out."""
        self._muted += 1
        try:
            yield
        finally:
            self.drain_all()
            self._muted -= 1

    def _emit(self, session: str, origin: int, stream: int, data: bytes, left_out: int, display: Any) -> None:
        if not self._muted:
            self.emit(session, origin, stream, data, left_out, display)

    def drain_all(self) -> None:
        """Hand out what was written so far."""
        self.flush()
        self._drain_all()

    def _drain_all(self) -> None:
        with self._lock:
            pairs = [self._nobody.pair, *(own.pair for own in self._owners.values()), *self._ended]
        for pair in pairs:
            if not pair.closed and pair.any():
                pair.drain(self._emit)

    def close(self) -> None:
        """The process ends: hand out what was written so far, and no more."""
        self._closed = True
        self.drain_all()
        self._wake()
        with self._lock:
            pairs = [*(own.pair for own in self._owners.values()), *self._ended]
        for pair in pairs:
            if pair is not self._current.pair:
                pair.close()

    # ------------------------------------------------------------------------------------------ the thread

    def _run(self) -> None:
        poll = select.poll()
        poll.register(self._woken[0], select.POLLIN)
        if self._inotify is not None:
            poll.register(self._inotify.fileno(), select.POLLIN)
        again = complained = False
        pause = _PAUSE
        while not (self._closed or self._forked):
            most = pause if again else None if self._is_told else _LOOK
            pause = min(2 * pause, _SELDOM) if not poll.poll(None if most is None else 1000 * most) else _PAUSE
            time.sleep(_PAUSE)
            with contextlib.suppress(OSError):
                os.read(self._woken[0], 4096)
            try:
                waiting = [stream.look() for stream in self._streams]
                again = any(waiting)
                if self._inotify is not None:
                    for _ in self._inotify.events():
                        pass
                self._drain_all()
                again |= self.look()
            except Exception:
                again = False
                if not complained:
                    complained = True  # this is output, too
                    logger.exception("ray_proxy: what user code has printed was not told to its client")

    def _hear(self, pair: Pair) -> None:
        """Be told when something is written into these files."""
        if self._inotify is not None and self._is_told:
            try:
                self._watches[pair.session] = [self._inotify.watch_file(file.path) for file in pair.files]
            except OSError:  # no more watches for this user
                self._is_told = False
                self._wake()

    # ----------------------------------------------------------------------------------------------- forks

    def _before_fork(self) -> None:
        for stream in self._streams:
            stream.hold()
        self._flush_c()

    def _after_fork(self) -> None:
        for stream in self._streams:
            stream.let_go()

    def _be_child(self) -> None:
        """A child of user code writes to the descriptors 1 and 2, as they were."""
        self._forked = True
        for stream in self._streams:
            stream.renew_after_fork()


def base_of(folder: str, name: str) -> str:
    """The path of the files of an interpreter of this name, in this process, in a folder."""
    return os.path.join(folder, f"ray-proxy-{name}-{os.getpid()}")

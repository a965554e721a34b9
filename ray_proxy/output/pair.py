"""The two files that take the output of one session: what is in them, whose it is, and handing it out.

They are files, and no pipes, because a write into a file never waits for whoever reads: not a C function that keeps
Python's lock, nor a process that dies. They are only appended to, so what anybody has written, children as well, lies
between two ends; and what Python code writes, and what is executed when C code writes, says whose that is.

May be used from any thread, and from a signal handler that comes in the middle of its own work: each step leaves what
holds for itself.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from os import SEEK_END, lseek
from typing import Any

from .libc import punch, write_all

LIMIT = 1 << 20
"""Bytes that are handed out of what was written at once: of more, the beginning and the end."""
KEEP = 64 << 20
"""Bytes of each file that stay on the disk…"""
_PUNCH = 16 << 20
"""… and so many more, until it is worth giving them back."""
_CUTS = 4096
"""Where so many parts wait to be handed out, what both files got is told in the order of each alone."""

Emit = Callable[[str, int, int, bytes, int, Any], None]
"""Takes what was written: the session, its origin, the stream (1: stdout, 2: stderr), the bytes, how many were left out
before them, and what may be shown in their place."""


class _File:
    """One of the two. Its descriptor becomes 1 or 2, too: children inherit it.

    Attributes:
        noted: up to here it is known whose it is.
        told: up to here it is handed out.
        punched: up to here it was given back to the disk.
    """

    __slots__ = ("descriptor", "noted", "number", "path", "punched", "told")

    def __init__(self, number: int, path: str) -> None:
        self.number = number
        self.path = path
        self.descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.noted = self.told = self.punched = self.end()

    def end(self) -> int:
        return lseek(self.descriptor, 0, SEEK_END)

    def read(self, start: int, end: int) -> bytes:
        return os.pread(self.descriptor, end - start, start)


class _Cut:
    """A part of one file: from the end of the one before it to this end."""

    __slots__ = ("display", "end", "file", "origin")

    def __init__(self, file: _File, end: int, origin: int, display: Any = None) -> None:
        self.file = file
        self.end = end
        self.origin = origin
        self.display = display
        """What may be shown in its place."""


class Pair:
    """The files of one session.

    Args:
        session: whose they are; empty: nobody's.
        base: their path, without the ending.

    Attributes:
        origin: of what C code and children write.

    Raises:
        OSError: the files cannot be made.
    """

    def __init__(self, session: str, base: str) -> None:
        self.session: str = session
        self.origin: int = 0
        self.lock: threading.RLock = threading.RLock()  # type: ignore[valid-type, unused-ignore]
        self.closed: bool = False
        self._out = _File(1, base + ".out")
        try:
            self._err = _File(2, base + ".err")
        except OSError:
            os.close(self._out.descriptor)
            raise
        self.files: tuple[_File, _File] = (self._out, self._err)
        self._cuts: deque[_Cut] = deque()
        self._punches = True

    def stand_in(self) -> None:
        """What writes to the descriptors 1 and 2 writes here from now on, and children that are started do."""
        os.dup2(self._out.descriptor, 1)
        os.dup2(self._err.descriptor, 2)

    def write(self, number: int, data: bytes | memoryview, origin: int, display: Any = None) -> None:
        """Python code writes something; with a `display`, that may be shown in its place."""
        with self.lock:
            if self.closed:
                return
            self.note()
            file = self.files[number - 1]
            write_all(file.descriptor, data)
            end = file.end()
            if display is not None:
                file.noted = end
                self._cuts.append(_Cut(file, end, origin, display))
            elif end > file.noted:
                self._cut(file, end, origin)

    def note(self) -> None:
        """What C code and children have written so far is of the present origin."""
        for file in self.files:
            end = file.end()
            if end > file.noted:
                self._cut(file, end, self.origin)

    def _cut(self, file: _File, end: int, origin: int) -> None:
        file.noted = end
        cuts = self._cuts
        back = 1 if len(cuts) < _CUTS else 16
        for at in range(1, min(back, len(cuts)) + 1):
            cut = cuts[-at]
            if cut.file is file:
                if cut.origin == origin and cut.display is None:
                    cut.end = end
                    return
                break
        cuts.append(_Cut(file, end, origin))

    def any(self) -> bool:
        """Whether something waits to be handed out."""
        out, err = self.files
        return (
            bool(self._cuts)
            or lseek(out.descriptor, 0, SEEK_END) != out.told
            or lseek(err.descriptor, 0, SEEK_END) != err.told
        )

    def drain(self, emit: Emit) -> None:
        """Hand out what was written so far."""
        with self.lock:
            if self.closed:
                return
            self.note()
            while self._cuts:
                cut = self._cuts.popleft()
                try:
                    self._hand_out(cut, emit)
                finally:
                    cut.file.told = cut.end  # not before: whoever asks `any` meanwhile waits for the lock
            self._give_back()

    def _hand_out(self, cut: _Cut, emit: Emit) -> None:
        file, start, end, left_out = cut.file, cut.file.told, cut.end, 0
        if end - start > LIMIT:
            half = LIMIT // 2
            emit(self.session, cut.origin, file.number, file.read(start, start + half), 0, None)
            left_out, start = end - start - LIMIT, end - half
        emit(self.session, cut.origin, file.number, file.read(start, end), left_out, cut.display)

    def _give_back(self) -> None:
        """The disk does not fill up."""
        for file in self.files:
            if self._punches and file.told - file.punched > KEEP + _PUNCH:
                upto = (file.told - KEEP) & ~4095
                self._punches = punch(file.descriptor, file.punched, upto - file.punched)
                file.punched = upto

    def close(self) -> None:
        """Nobody hears any more what is written into them. Those that are empty are removed."""
        with self.lock:
            if self.closed:
                return
            self.closed = True
            for file in self.files:
                if not file.end():
                    with contextlib.suppress(OSError):
                        os.unlink(file.path)
                os.close(file.descriptor)


@dataclass(frozen=True, slots=True, eq=False)
class Owner:
    """Whose something is that is written.

    Attributes:
        pair: the files of the session.
        origin: what the client says of where it comes from (`Frame.origin`).
    """

    pair: Pair
    origin: int

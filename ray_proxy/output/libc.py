"""What of the C library is needed for output, where there is one that has it."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from typing import Any

_KEEP_SIZE, _PUNCH_HOLE = 0x1, 0x2
_LINES = 1
"""`_IOLBF`."""


def _library(kind: type[ctypes.CDLL]) -> Any:
    try:
        return kind(None, use_errno=True)
    except (OSError, TypeError):
        return None


def buffer_lines() -> None:
    """What C code prints is written line by line, as on a terminal, and not by 4 KB."""
    library = _library(ctypes.CDLL)
    try:
        library.setvbuf(ctypes.c_void_p.in_dll(library, "stdout"), None, _LINES, ctypes.c_size_t(0))
    except (AttributeError, ValueError):
        pass


def flusher() -> Callable[[], object]:
    """A function that writes what C code has printed without an end of line. 0.3 µs."""
    library = _library(ctypes.PyDLL)  # it keeps Python's lock: files never block, and to get that again takes longer
    try:
        stdout, flush = ctypes.c_void_p.in_dll(library, "stdout"), library.fflush
    except (AttributeError, ValueError):
        return lambda: None
    return lambda: flush(stdout)


def punch(descriptor: int, start: int, length: int) -> bool:
    """Give that part of a file back to the disk; what follows stays where it is. Whether the file system can do so."""
    library = _library(ctypes.CDLL)
    try:
        allocate = library.fallocate
    except AttributeError:
        return False
    allocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]
    punched: bool = allocate(descriptor, _KEEP_SIZE | _PUNCH_HOLE, start, length) == 0
    return punched


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write it to a file. What a full disk does not take is lost: user code shall not fail for it."""
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    except OSError:
        pass

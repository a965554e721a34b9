"""Who asks: the thread (`Here`), and the line of user code."""

from __future__ import annotations

import contextlib
import sys
import threading
import weakref
from collections import deque
from collections.abc import Iterable
from types import CodeType, FrameType
from typing import Any

from ..files import PACKAGE
from .failure import Pending

Where = tuple[CodeType, int]
"""A line of code."""


class ThreadState(threading.local):
    """What a session keeps of each thread that uses it."""

    def __init__(self) -> None:
        self.here: Here = Here()


class Here:
    __slots__ = ("__weakref__", "errors", "held", "unsettled")

    def __init__(self) -> None:
        self.errors: Pending = Pending()
        """Of operations without a result."""
        self.unsettled: deque[weakref.ref[Any]] = deque()
        """Operations that may yet add to them."""
        self.held: list[object] = []
        """What must live until the message that is being made has been submitted."""


_BETWEEN = (PACKAGE, contextlib.contextmanager.__code__.co_filename)
"""Files whose lines ask for nothing of themselves: ours, and what enters and leaves our `with` blocks."""


def caller() -> Where | None:
    """The line outside this package that asked for the operation."""
    frame = sys._getframe(2)
    while frame.f_code.co_filename.startswith(_BETWEEN):
        if frame.f_back is None:
            return None
        frame = frame.f_back
    return frame.f_code, frame.f_lineno


def line_of(frame: FrameType, code: CodeType) -> Where | None:
    """The line that a frame of this code is at, where that is outside this package. `caller`, without the search: each
    look at a frame costs 0.2 µs where an audit hook listens, and on 3.12 and later Ray's `filelock` does."""
    return None if code.co_filename.startswith(_BETWEEN) else (code, frame.f_lineno)


def places_of(askers: Iterable[Where | None]) -> tuple[list[tuple[str, int, str]], list[int]]:
    """Which lines have asked for these messages, as `Frame.places` and `Frame.lines` say it."""
    places: list[tuple[str, int, str]] = []
    lines: list[int] = []
    known: dict[tuple[int, int], int] = {}
    before, at = None, 0
    for where in askers:
        if where is None:
            lines.append(0)
            continue
        code, line = where
        if code is not before or line != at:  # a loop asks from the same line again and again
            before, at = code, line
            key = id(code), line  # to hash a code object takes long
            if key not in known:
                places.append((code.co_filename, line, code.co_name))
                known[key] = len(places)
            position = known[key]
        lines.append(position)
    return places, lines

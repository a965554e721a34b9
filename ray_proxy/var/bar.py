"""A bar that shows how far something is: by `tqdm`, where that is installed; else as text on stderr."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import Any, Protocol

_WIDTH = 30
_OFTEN = 0.1
"""Seconds between two updates of a text."""


class Bar(Protocol):
    def update(self, n: int = 1) -> Any:
        """So many more are done."""

    def close(self) -> Any:
        """Nothing more comes."""


class _Text:
    """Drawn over itself, on one line."""

    def __init__(self, total: int, desc: str) -> None:
        self._total, self._desc = total, desc
        self._done = 0
        self._began = time.monotonic()
        self._drawn = 0.0
        self._draw()

    def update(self, n: int = 1) -> None:
        self._done += n
        if time.monotonic() - self._drawn > _OFTEN:
            self._draw()

    def close(self) -> None:
        self._draw("\n")

    def _draw(self, end: str = "") -> None:
        self._drawn = time.monotonic()
        full = _WIDTH * self._done // max(1, self._total)
        seconds = self._drawn - self._began
        with contextlib.suppress(Exception):  # no stderr, or a closed one
            sys.stderr.write(f"\r{self._desc}|{'#' * full:{_WIDTH}}| {self._done}/{self._total} {seconds:.0f} s{end}")
            sys.stderr.flush()


class _None:
    def update(self, n: int = 1) -> None: ...
    def close(self) -> None: ...


@contextlib.contextmanager
def bar_of(total: int, wanted: bool, desc: str = "") -> Iterator[Bar]:
    """A bar for a block, or none."""
    bar: Bar = _made(total, desc) if wanted else _None()
    try:
        yield bar
    finally:
        bar.close()


def _made(total: int, desc: str) -> Bar:
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return _Text(total, f"{desc} " if desc else "")
    bar: Bar = tqdm(total=total, desc=desc or None)
    return bar

"""A process whose output is captured, for tests that run `alone`: what it hears is whose."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from types import TracebackType

from ray_proxy.output.capture import Capture

SOON = 10.0
"""Seconds after which a test gives up what should have happened long ago."""


class Heard:
    """A capture, and what it has handed out. At its end, the process prints as before: a failing test can be read."""

    def __init__(self) -> None:
        self.before = os.dup(1), os.dup(2), sys.stdout, sys.stderr
        self.base = os.path.join(tempfile.mkdtemp(), "ray-proxy-here")
        self.capture = Capture(self.base)
        self.pieces: list[tuple[str, int, int, bytes, int]] = []
        self.displays: list[tuple[bytes, object]] = []
        """What may be shown in the place of texts."""
        self.capture.emit = self._take

    def _take(self, session: str, origin: int, stream: int, data: bytes, left_out: int, display: object) -> None:
        self.pieces.append((session, origin, stream, data, left_out))
        if display is not None:
            self.displays.append((data, display))

    def __enter__(self) -> Heard:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.capture.flush()
        for number in (1, 2):
            os.dup2(self.before[number - 1], number)  # type: ignore[call-overload]
        sys.stdout, sys.stderr = self.before[2:]

    def of(self, session: str, stream: int = 1, origin: int | None = None) -> str:
        """What was handed out of one stream of a session so far, perhaps only that of an origin."""
        found = [data for one, at, number, data, _ in self.pieces if (one, number) == (session, stream)
                 and origin in (None, at)]  # fmt: skip
        return b"".join(found).decode()

    def now(self, session: str, stream: int = 1) -> str:
        """The same, after a drain, as before an answer."""
        self.capture.drain(session)
        return self.of(session, stream)

    def wait(self, session: str, text: str, stream: int = 1) -> None:
        """Wait until the thread has handed that out."""
        until = time.monotonic() + SOON
        while text not in self.of(session, stream):
            assert time.monotonic() < until, f"no {text!r} in {self.pieces!r}"
            time.sleep(0.001)

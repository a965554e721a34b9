"""`sys.stdout` and `sys.stderr` of an interpreter's process.

They write whole lines: C code gathers what `print` makes of its arguments. What has no end of line yet waits until
another one writes, or a moment has passed.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from typing import Any

from .pair import Owner

Write = Callable[[int, "bytes | memoryview", "Owner | None"], None]
"""Takes what is written to a stream, and whose it is; None: of whose message is executed."""

_MOMENT = 0.1
"""Seconds that a fork waits at most until other threads have printed."""
_write, _flush = io.TextIOWrapper.write, io.TextIOWrapper.flush


class _Bytes(io.RawIOBase):
    """The bytes below a stream. It cannot be closed: all clients of the interpreter have it."""

    mode = "wb"

    def __init__(self, number: int, take: Callable[[bytes | memoryview], None]) -> None:
        self.name = ("<stdout>", "<stderr>")[number - 1]
        self._number = number
        self._take = take

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._number

    def isatty(self) -> bool:
        return False

    def close(self) -> None:
        pass

    def write(self, data: Any) -> int:
        with memoryview(data).cast("B") as view:
            if view:
                self._take(view)
            return len(view)


class Stream(io.TextIOWrapper):
    """One of the two.

    Args:
        number: its descriptor, 1 or 2.
        write: takes what is written.
        owner: tells whose the code is that runs in this thread.
        wake: called when text waits that has no end of line: somebody shall `look` soon, and once more.
    """

    def __init__(self, number: int, write: Write, owner: Callable[[], Owner | None], wake: Callable[[], None]) -> None:
        self._take = write
        self._number = number
        self._asked_owner = owner
        self._wake = wake
        self._lock = threading.RLock()  # a signal handler may print in the middle of a print
        self._held = self._is_parents = False
        self._owner: Owner | None = None
        """Whose the text is that waits."""
        self.waits: bool = False
        """Text waits."""
        self._looked = False
        """Somebody has looked at it since the last write."""
        self._awaited = False
        """`wake` was called, and nobody has looked since."""
        self._bytes = _Bytes(number, self._take_bytes)
        super().__init__(
            _Bytes(number, self._take_text),
            "utf-8",
            "backslashreplace",
            newline="\n",
            line_buffering=True,
        )
        vars(self)["mode"] = "w"

    def write(self, text: str, /) -> int:
        owner = self._asked_owner()
        with self._lock:
            if owner is not self._owner:
                if self.waits:
                    _flush(self)
                self._owner = owner
            count = _write(self, text)
            self.waits = "\n" not in text and "\r" not in text and (self.waits or bool(text))
            self._looked = False
            if not self.waits or self._awaited:
                return count
            self._awaited = True
        self._wake()
        return count

    def look(self) -> bool:
        """Write what waits since the last look; whether something waits still. One `print` is many writes, and is not
        torn if it can be helped."""
        self._awaited = False
        if self.waits and self._looked:
            self.flush()
        self._looked = True
        return self.waits

    def flush(self) -> None:
        with self._lock:
            self.waits = False
            _flush(self)

    def reconfigure(self, **options: Any) -> None:
        """It goes on to write lines."""
        super().reconfigure(**{**options, "line_buffering": True, "write_through": False})

    @property
    def buffer(self) -> Any:
        """Takes bytes. What is written there may come from another thread than the text that waits."""
        return self._bytes

    def close(self) -> None:
        """It cannot be closed, for all clients of the interpreter have it."""
        self.flush()

    def _take_text(self, data: bytes | memoryview) -> None:
        if not self._is_parents:
            self._take(self._number, data, self._owner)

    def _take_bytes(self, data: bytes | memoryview) -> None:
        self.flush()
        self._take(self._number, data, self._asked_owner())

    def hold(self) -> None:
        """A child will be forked, and no thread shall be in the middle of a print."""
        self._held = self._lock.acquire(timeout=_MOMENT)

    def let_go(self) -> None:
        """In the parent, afterwards."""
        if self._held:
            self._held = False
            self._lock.release()

    def renew_after_fork(self) -> None:
        """In the child. The text that waits is the parent's, which writes it."""
        self._lock = threading.RLock()
        self._is_parents = True
        self.flush()
        self._is_parents = False

"""Writing a message log: records are made of what happens, and added to a file, until a recording has to stop.

May be used from several threads, from finalizers and handlers. Must never know sessions or what executes a message.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from ..errors import printable
from .file import LogFile
from .records import (
    MAGIC,
    Answered,
    Began,
    Ended,
    Expired,
    Left,
    Opened,
    Part,
    Record,
    Recovered,
    Restored,
    Sent,
    Stopped,
    Told,
    Value,
    Wrote,
    digest,
    framed,
)

logger: logging.Logger = logging.getLogger("ray_proxy")
LIMIT = 1 << 30
"""Bytes at which a recording stops, where nothing else is said."""
_OUTPUT = 4
"""One part in so many of that may be filled by what user code writes."""
_UNWRITTEN = "\n… what is written from here on is not in the log: it fills a quarter of its limit\n"
_PART = 16 << 20
"""Bytes of a bulk value that one record holds."""
ABANDONED = "abandoned"
"""Why a process records no more that is to be taken for dead."""


class Writer:
    """Adds records to a log. May be used from several threads.

    Args:
        path: the file, which must not exist.
        began: the first record.
        limit: bytes at which the recording stops.
        after: go on in a log that exists, after so many bytes (`Log.end`): what is torn behind them is cut off.
        clock: seconds, which never jump.
        wall: seconds since 1970.

    Raises:
        LogError: the file cannot be made, or is there already; or it has fewer than `after` bytes.
    """

    def __init__(
        self,
        path: str,
        began: Began,
        limit: int = LIMIT,
        after: int = 0,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.path = path
        self._clock, self._wall = clock, wall
        self._epoch = clock()
        """When the log began, by that clock."""
        self.stopped: str | None = None
        """Why nothing is recorded any more."""
        self.frames: int = 0
        """How many frames were recorded."""
        self.on_stop: Callable[[str], None] = lambda reason: None
        """Told why the recording stops against its owner's will; perhaps there is no room to record that."""
        self.waits: Callable[[OSError], bool] = lambda error: False
        """Asked where a record cannot be written: whether that shall be tried again."""
        self.is_recovered_from: bool = False
        """A new process of the interpreter is to go on from this log."""
        self._began = began
        self._limit = limit
        self._output_left = limit // _OUTPUT
        """Bytes of output that are still to be recorded."""
        self._lock = threading.RLock()  # a finalizer, or a handler of our warning, may record something itself
        self._file = LogFile(path, MAGIC + framed(began), after)

    def write(self, record: Record) -> None:
        """Add a record. Where that is not possible any more, the recording stops, and says so once."""
        data = framed(record)
        with self._lock:
            if self.stopped is not None:
                return
            reason = self._add(data)
            if not reason:
                self.frames += type(record) is Sent
        self._warn(reason)

    def _add(self, data: bytes) -> str:
        """Why the recording has stopped instead; empty: it has not."""
        while True:
            try:
                if lost := self._file.lost():
                    return self._stop(lost)
                if self._file.size + len(data) > self._limit:
                    return self._stop(f"the log has reached its limit of {self._limit:,} bytes")
                self._file.add(data)
                return ""
            except OSError as error:
                if not self.waits(error):
                    return self._stop(f"the log could not be written: {error.strerror}")

    def is_replaced(self) -> bool:
        """Whether another file is in the place of the log."""
        return self._file.is_replaced()

    def _stop(self, reason: str) -> str:
        self.stopped = reason
        if reason:
            self.on_stop(reason)
        try:
            if self._file.cut() >= self._file.size:  # in a log that was cut, what follows would be damage
                self._file.add(framed(Stopped(self._wall(), reason, self.now())))
        except OSError:
            with contextlib.suppress(OSError):
                self._file.cut()
        self._file.close()
        return reason

    def _warn(self, reason: str) -> None:
        """Holding no lock: whoever handles the warning may do anything."""
        if reason:
            logger.warning("ray_proxy: %s", self.complaint())

    def complaint(self) -> str:
        """What is told of a recording that has stopped."""
        loss = (
            "It cannot be recovered any more: fetch what must last, and create another interpreter with a new log"
            if self.is_recovered_from
            else "What follows is not in the log"
        )
        is_ours = self._began.side == "interpreter"
        what = "the interpreter's recording" if is_ours else f"the recording of {self._began.interpreter[:5]}"
        return printable(f"{what} to {self.path} has stopped: {self.stopped}. {loss}; the work goes on")

    def close(self) -> None:
        """The recording ends. Idempotent."""
        with self._lock:
            if self.stopped is None:
                self._stop("")

    def abandon(self) -> None:
        """Write no more, without a word: in a forked child, or where the process is to be taken for dead."""
        self._lock = threading.RLock()
        if self.stopped is None:
            self.stopped = ABANDONED
            self._file.close()

    def size(self) -> int:
        """Bytes of the file; 0 where it is gone."""
        with contextlib.suppress(OSError):
            return os.stat(self.path).st_size
        return 0

    # ------------------------------------------------------------------------------------------------ time

    def now(self) -> float:
        """The steady time: seconds since the log began."""
        return self._clock() - self._epoch

    def go_on_at(self, seconds: float) -> None:
        """It is so late now: what was recorded before, in this log or another, has come as far."""
        self._epoch = self._clock() - seconds

    # ------------------------------------------------------------------------------------ what is recorded

    def opened(self, session: str, client: str, worker: str = "") -> None:
        self.write(Opened(self._wall(), session, client, worker, self.now()))

    def sent(
        self, session: str, data: bytes, within: tuple[str, int, int] | None = None, at: float | None = None
    ) -> int:
        """The number of the frame in the log is returned, counted from 1; `at` is the steady time, if not now."""
        with self._lock:
            self.write(Sent(self._wall(), session, data, within, self.now() if at is None else at))
            return self.frames

    def answered(self, session: str, data: bytes, at: float | None = None) -> float:
        """The steady time of the answer is returned: `at`, or now."""
        now = self.now() if at is None else at
        self.write(Answered(self._wall(), session, data, now))
        return now

    def wrote(self, session: str, stream: int, data: bytes, left_out: int = 0) -> None:
        """User code has written this. It fills but a part of the log, so that a flood of it does not end a recording
        from which an interpreter is to be recovered."""
        left = self._output_left
        if left <= 0:
            return
        self._output_left = left - len(data)
        if len(data) >= left:
            data = data[:left] + _UNWRITTEN.encode()
        for start in range(0, len(data), _PART):
            part, missing = data[start : start + _PART], 0 if start else left_out
            self.write(Wrote(self._wall(), session, 1 if stream == 1 else 2, part, missing, self.now()))

    def ended(self, session: str, at: float | None = None) -> None:
        self.write(Ended(self._wall(), session, self.now() if at is None else at))

    def delivered(self, client: str, frame: bytes, answer: bytes, within: tuple[str, int, int] | None = None) -> None:
        """What came beside the frames, as the only frame of a session of its own, and what is answered to it."""
        session, at = uuid.uuid4().hex, self.now()
        self.opened(session, client)
        self.sent(session, frame, within, at)
        self.answered(session, answer, at)
        self.ended(session, at)

    def told(self, session: str, line: str | None, hidden: bool = False, within: tuple[int, int] | None = None) -> None:
        """The line that code of this session, in this message of it, has asked for."""
        self.write(Told(self._wall(), session, line, hidden, within, self.now()))

    def expired(self, at: float) -> None:
        self.write(Expired(self._wall(), at))

    def recovered(self) -> None:
        self.write(Recovered(self._wall(), os.getpid(), self.now()))

    def restored(self, session: str, token: str) -> Restored:
        """The record is returned."""
        record = Restored(self._wall(), session, token, self.now())
        self.write(record)
        return record

    def value(self, token: str, parts: Sequence[Any]) -> None:
        """A value that the interpreter gets: its pickle, and its buffers."""
        views = [memoryview(part).cast("B") for part in parts]
        size = sum(view.nbytes for view in views)
        reason = ""
        with self._lock:
            if self.stopped is None and self._file.size + size > self._limit:
                reason = self._stop(
                    f"a value of {size:,} bytes would exceed the limit of the log, {self._limit:,} bytes"
                )
        self._warn(reason)
        for number, view in enumerate(views):
            for at in range(0, view.nbytes, _PART):
                self.write(Part(token, number, bytes(view[at : at + _PART])))
        self.write(Value(token, len(views) - 1))

    def left(self, token: str, parts: Sequence[Any]) -> None:
        """A value that the interpreter gives."""
        self.write(Left(token, digest(parts)))

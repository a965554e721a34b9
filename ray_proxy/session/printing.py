"""What remote code writes is shown in this process: `Outputs` takes it, and `printer` writes it.

Whatever thread reads outputs only queues them. They are written by the thread that waits, before its wait is over, so
that what was printed stands before the value; else by a thread of its own, so that a stdout which blocks stops no
session.
"""

from __future__ import annotations

import codecs
import queue
import sys
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from threading import get_ident
from typing import Any, NamedTuple

from ..protocol import Display, Output
from . import origins

_DECODERS = 1000
"""So many streams of origins may stand in the middle of a character."""
_FULL = 256
"""So many wait to be written at most, about."""
_LAST = 2.0
"""Seconds that the end of the process waits for what is being written."""

_TEE = "InteractiveShell._tee.<locals>.write"
"""What IPython puts into the place of a stream's `write` while a cell runs."""


class _Item(NamedTuple):
    outputs: Outputs
    output: Output


class Outputs:
    """What one session is told beside the answers: taken once each, by its number."""

    def __init__(self) -> None:
        self.taken: int = 0
        """Number of the last one."""
        self.file: Any = None
        """Where they are written; None: to `sys.stdout` and `sys.stderr`."""
        self._decoders: OrderedDict[tuple[int, int], codecs.IncrementalDecoder] = OrderedDict()
        self._is_late = False
        """The last one was written while nobody was here."""
        self._ends = {1: "\n", 2: "\n"}
        """With what each stream has ended."""

    def is_new(self, number: int) -> bool:
        """Whether what has that number was not taken yet."""
        return number > self.taken

    def note(self, number: int) -> None:
        """It is taken."""
        self.taken = max(self.taken, number)

    def take(self, output: Output) -> bool:
        """Take an output, perhaps once more; whether it is new."""
        item, number, before = _Item(self, output), output.number, self.taken
        if number <= before:
            return False
        # The check and the commit: an interrupt between would lose what is written, or show it twice.
        if self.taken == before: self.taken = number; printer.queue.append(item)  # noqa: E701, E702  # fmt: skip
        printer.wake()
        return True

    def text(self, output: Output) -> tuple[str, str]:
        """As it is shown: what goes before it, and it."""
        key = output.origin, output.stream
        decoder = self._decoders.get(key)
        if decoder is None or output.left_out:
            decoder = self._decoders[key] = codecs.getincrementaldecoder("utf-8")("replace")
            while len(self._decoders) > _DECODERS:
                self._decoders.popitem(last=False)
        text, before = decoder.decode(output.data), ""
        line = "" if self._ends[output.stream] == "\n" else "\n"
        if output.left_out:
            before = f"{line}… {_size(output.left_out)} left out\n"
        if output.at and not self._is_late:
            before = f"{line}[written at {_clock(output.at)}, while nobody was here:]\n{before}"
        self._is_late = bool(output.at)
        self._ends[output.stream] = (before + text)[-1:] or self._ends[output.stream]
        return before, text

    def forked(self) -> None:
        """In a forked process, another session begins."""
        file = self.file
        self.__init__()  # type: ignore[misc]
        self.file = file


class Printer:
    """Writes what was taken, for all sessions of the process."""

    def __init__(self) -> None:
        self.queue: deque[_Item] = deque()
        self._lock = threading.RLock()  # a signal handler that waits for a Var may come just after it was taken
        self.writing: int | None = None
        """The thread that holds the lock: what it writes is not in the queue any more."""
        self._written = 0
        """Items that were taken out of the queue. Only who holds the lock changes it."""
        self._waits: deque[object] = deque()
        """One for each thread that waits until something is written. The printer's own thread lets them do it."""
        self._calls: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._is_over = False
        self.display: Callable[[Display], None] | None = None
        """Shows what remote code displays, in a notebook; None: its text is written."""

    def wake(self) -> None:
        """Something was queued. For any thread, also in a signal handler."""
        if self._thread is None and not self._is_over:
            self._thread = threading.Thread(target=self._run, name="ray-proxy-print", daemon=True)
            try:
                self._thread.start()
            except RuntimeError:  # no thread is left, or the process ends: whoever waits writes
                self._thread = None
        self._calls.put(None)

    def _run(self) -> None:
        while not self._is_over:
            self._calls.get()
            self._write(None)

    def show(self) -> None:
        """Write what is queued, and not what comes meanwhile. Returns once it is written, by this thread or another."""
        if self.writing == get_ident():
            return  # we came in the middle of our own writing, which goes on with it
        goal = self._written + len(self.queue) + 1  # another thread may be in the middle of one
        waits = object()
        self._waits.append(waits)
        try:
            self._write(goal)
        finally:
            self._waits.remove(waits)
            if self.queue:
                self.wake()

    def _write(self, goal: int | None) -> None:
        """Write what is queued, until so many items have left the queue; None: until somebody waits for that."""
        with self._lock:
            self.writing = get_ident()
            try:
                last: Any = None
                while self.queue:
                    if self._waits if goal is None else self._written >= goal:
                        break
                    outputs, output = self.queue.popleft()
                    self._written += 1
                    stream = outputs.file or (sys.stdout if output.stream == 1 else sys.stderr)
                    if last is not None and last is not stream:
                        _flush(last)
                    last = stream
                    if stream is not None:
                        before, text = outputs.text(output)
                        if output.display is None or self.display is None or outputs.file is not None:
                            origins.run_at(output.origin, _writes(stream, before + text))
                        else:
                            origins.run_at(output.origin, _writes(stream, before))
                            _flush(stream)
                            origins.run_at(output.origin, _shows(self.display, output.display))
                if last is not None:
                    _flush(last)
            finally:
                self.writing = None

    def is_full(self) -> bool:
        """Whether nothing more should be read, until some of it is written: then who tells it keeps the rest."""
        return len(self.queue) >= _FULL

    def catch_up(self) -> None:
        """Returns once all that was taken before is written."""
        if self.queue or self.writing is not None:
            self.show()

    def end(self) -> None:
        """The process ends: write what is queued, and nothing after that."""
        if self.writing != get_ident() and self._lock.acquire(timeout=_LAST):
            self._lock.release()
            self.show()
        self._is_over = True
        if self._lock.acquire(timeout=_LAST):  # else it is in the middle of a write that blocks
            self.writing = get_ident()

    def forked(self) -> None:
        """In a forked process: the parent writes what is queued, and its thread is not here."""
        display = self.display
        self.__init__()  # type: ignore[misc]
        self.display = display
        origins.forked()


def _writes(stream: Any, text: str) -> Callable[[], None]:
    def write() -> None:
        try:
            _write_of(stream)(text)
        except Exception:  # closed, or one of the user's that raises: remote code goes on all the same
            pass

    return write


def _shows(show: Callable[[Display], None], display: Display) -> Callable[[], None]:
    def shows() -> None:
        try:
            show(display)
        except Exception:  # the kernel ends
            pass

    return shows


def _write_of(stream: Any) -> Any:
    """IPython 9 keeps all that a cell writes, for ever; this may be days of output, which is kept where it was made."""
    write = stream.write
    while getattr(write, "__qualname__", "") == _TEE and "original_write" in write.__code__.co_freevars:
        write = write.__closure__[write.__code__.co_freevars.index("original_write")].cell_contents
    return write


def _flush(stream: Any) -> None:
    try:
        stream.flush()
    except Exception:
        pass


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def _clock(at: float) -> str:
    then, today = time.localtime(at), time.localtime()
    is_today = then[:3] == today[:3]
    return time.strftime("%H:%M:%S" if is_today else "%Y-%m-%d %H:%M:%S", then)


printer: Printer = Printer()

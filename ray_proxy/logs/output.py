"""What the code of a log writes when it is executed again, compared with what it has written."""

from __future__ import annotations

import codecs
import contextlib
import io
import sys
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

from .frames import Step
from .operations import Operation, operations_of
from .records import Wrote
from .replayer import Replayer
from .report import Difference
from .sameness import masked

_NAMES = {1: "stdout", 2: "stderr"}
_LONGEST = 200
"""Characters of a line that are told."""


class _Text:
    """One stream of one session, as far as both are not the same yet."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.was = ""
        self.now = ""
        self.first: Operation | None = None
        """With it the texts began to differ."""
        self.is_partial = False
        """Something of it is not in the log: what follows is not compared."""

    def add(self, data: bytes) -> None:
        self.was += self._decoder.decode(data)

    def is_same(self) -> bool:
        return self.was == self.now or masked(self.was) == masked(self.now)


class _Line(NamedTuple):
    was: str
    now: str


class Output:
    """Takes both: what is recorded, and what is written to `sys.stdout` and `sys.stderr` meanwhile.

    Child processes, and code that writes to file descriptors, are not heard now.
    """

    def __init__(self, replayer: Replayer) -> None:
        self._replayer = replayer
        self._texts: dict[tuple[str, int], _Text] = {}
        self._stdout, self._stderr = _Stream(self, 1), _Stream(self, 2)

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """What is written within goes here, and nowhere else."""
        with contextlib.redirect_stdout(self._stdout), contextlib.redirect_stderr(self._stderr):
            yield

    def heard(self, stream: int, text: str) -> None:
        """The code that is executed now has written this."""
        self._text(self._replayer.session, stream).now += text

    def recorded(self, record: Wrote) -> None:
        if not record.session:
            return  # written beside all messages: nobody does that again
        text = self._text(record.session, record.stream)
        text.is_partial |= bool(record.left_out)
        text.add(record.data)

    def compare(self, step: Step) -> None:
        """These operations are done: what is the same so far need not be kept."""
        for stream in _NAMES:
            text = self._texts.get((step.session, stream))
            if text is None:
                continue
            if text.is_same() or text.is_partial:
                text.was = text.now = ""
                text.first = None
            elif text.first is None:
                text.first = next(iter(operations_of(step)), None)

    def differences(self) -> Iterator[Difference]:
        """At the end of the log. What threads write late may come with a later operation than it did."""
        for (session, stream), text in self._texts.items():
            if text.is_same() or text.is_partial:
                continue
            was, now = _first_difference(text.was, text.now)
            name, operation = _NAMES[stream], text.first
            client = self._replayer.frames.client(session) if session else 0
            if operation is None:
                yield Difference(0, client, f"what was written to {name}", None, was, now)
            else:
                what = f"what {operation.text} has written to {name}"
                yield Difference(operation.number, client, what, operation.place, was, now)

    def _text(self, session: str, stream: int) -> _Text:
        return self._texts.setdefault((session, stream), _Text())


def _first_difference(was: str, now: str) -> _Line:
    ours, theirs = was.splitlines(keepends=True), now.splitlines(keepends=True)
    for one, other in zip(ours, theirs):
        if masked(one) != masked(other):
            return _Line(*(repr(line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…") for line in (one, other)))
    at = min(len(ours), len(theirs))
    return _Line(*(repr(lines[at][:_LONGEST]) if at < len(lines) else "nothing more" for lines in (ours, theirs)))


class Silence:
    """In the place of `Output`, where nothing is compared.

    Args:
        others: threads whose output is seen all the same.
    """

    def __init__(self, others: frozenset[int]) -> None:
        raws: tuple[Any, Any] = _Elsewhere(sys.stdout, others), _Elsewhere(sys.stderr, others)
        self._stdout, self._stderr = (
            io.TextIOWrapper(raw, "utf-8", "replace", newline="\n", write_through=True) for raw in raws
        )

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """What is written within is not seen."""
        with contextlib.redirect_stdout(self._stdout), contextlib.redirect_stderr(self._stderr):
            yield


class _Elsewhere(io.RawIOBase):
    """Writes what some threads write where it went before, and nothing else."""

    def __init__(self, before: Any, others: frozenset[int]) -> None:
        self._before, self._others = before, others

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        written = bytes(data)  # type: ignore[call-overload]
        if self._before is not None and threading.get_ident() in self._others:
            self._before.write(written.decode("utf-8", "replace"))
        return len(written)


class _Stream(io.TextIOWrapper):
    """In the place of `sys.stdout`."""

    def __init__(self, output: Output, stream: int) -> None:
        raw: Any = _Raw(output, stream)
        super().__init__(raw, "utf-8", "replace", newline="\n", write_through=True)


class _Raw(io.RawIOBase):
    """In the place of the file behind `sys.stdout`."""

    def __init__(self, output: Output, stream: int) -> None:
        self._output, self._stream = output, stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        written = bytes(data)  # type: ignore[call-overload]
        self._output.heard(self._stream, self._decoder.decode(written))
        return len(written)

"""A log as operations, one after the other, with what became of each.

Operations are numbered from 1 in the order of their answers, over all clients. Nothing of a log is executed here, and
no pickle is loaded.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

from .. import protocol
from ..errors import StaleVarError, printable
from ..protocol import Applied, Declined, Error, Items, Message, Pickled, Ref, Refused
from .frames import Frames, Step
from .opcodes import variables_in
from .reader import Log
from .records import Ended, Left, Opened, Part, Record, Recovered, Restored, Stopped, Told, Value, Wrote
from .text import LONGEST_ERROR, Place, located, render, shorten, show


class Operation(NamedTuple):
    """A message of a log, and what became of it.

    `client` counts the sessions of the log from 1. `value` is what was asked for, or rode along; `UNTOLD` where
    there is none. `error` is its failure, `first` whether it is where the error first happened. `refused` is why its
    frame was not executed. Neither of them, and not `answered`: nobody knows what became of it.
    """

    number: int
    time: float
    seconds: float
    """From the sending, or the beginning, of its frame to the answer."""
    client: int
    session: str
    frame: int
    at: int
    """Its index in the frame."""
    message: Message | None
    """None: the frame cannot be read."""
    place: Place | None
    answered: bool
    value: Any
    error: Error | None
    first: bool
    refused: str | None

    def __str__(self) -> str:
        return "  ".join(filter(None, (self.line(), self.where())))

    def line(self, who: str = "") -> str:
        """What was asked for, and what came of it: ``#17 v9 = v3 + 1 -> 11``."""
        return f"#{self.number} {who}{self.text} {self.outcome}".rstrip()

    def where(self, path: bool = False, function: bool = False) -> str:
        """The line of code that asked for it: ``(train.py:13)``; empty where that is not known."""
        return located(self.place, path, function)

    @property
    def failed(self) -> bool:
        return self.error is not None or self.refused is not None

    def concerns(self, variable: int) -> bool:
        """Whether it makes, uses or deletes the variable of that id."""
        message = self.message
        if isinstance(message, protocol.Del):
            return variable in message.ids
        return variable in made(message) or variable in references(message)

    def ids(self) -> tuple[int, int] | None:
        """The lowest and the highest id of the variables that it makes, uses or deletes; None: of none."""
        new = made(self.message)
        of_new = (new[0], new[-1]) if new else ()
        deleted = self.message.ids if isinstance(self.message, protocol.Del) else ()
        ids = [*of_new, *deleted, *references(self.message)]
        return (min(ids), max(ids)) if ids else None

    def as_dict(self) -> dict[str, Any]:
        """As JSON can say it: scalars stand for themselves, any other value is an object with its `kind`."""
        error, place = self.error, self.place
        return {
            "number": self.number,
            "time": self.time,
            "seconds": self.seconds,
            "client": self.client,
            "session": self.session,
            "frame": self.frame,
            "message": self.at,
            "kind": None if self.message is None else type(self.message).__name__,
            "text": self.text,
            "id": getattr(self.message, "id", None),
            "references": list(references(self.message)),
            "place": None if place is None else {"file": place[0], "line": place[1], "function": place[2]},
            "answered": self.answered,
            "outcome": self.outcome,
            "value": None if self.value is UNTOLD else _as_json(self.value),
            "error": error and {"type": error.type_name, "text": error.text, "traceback": error.traceback},
            "first": self.first,
            "refused": self.refused,
        }

    @property
    def text(self) -> str:
        """What was asked for: ``v9 = v3 + 1``."""
        if isinstance(self.value, Applied) and self.value.edits:
            return shorten(self.value.edits, LONGEST_ERROR)
        return "a frame that cannot be read" if self.message is None else render(self.message)

    @property
    def outcome(self) -> str:
        """What came of it: ``-> 11``, ``!! ZeroDivisionError('division by zero')``, or nothing that is worth a word."""
        value, id = self.value, getattr(self.message, "id", None)
        if self.refused is not None:
            return f"!! refused: {shorten(self.refused, LONGEST_ERROR)}"
        if self.error is not None:
            return f"!! {shorten(self.error.text, LONGEST_ERROR)}" + ("" if self.first else " (of an operand)")
        if not self.answered:
            return "?? never answered"
        if value is UNTOLD or (id and not isinstance(value, (Items, Declined))):
            return ""  # it is in its variable
        if isinstance(value, Applied):
            value = Applied("", value.notes, value.older)
            return f"-> {show(value)}" if value.notes or value.older else ""
        return f"-> {show(value)}"


UNTOLD: Any = type("UNTOLD", (), {"__repr__": lambda self: "UNTOLD"})()


class Note(NamedTuple):
    """What has happened beside the operations, in words; `client` is 0 where it concerns none of them."""

    time: float
    text: str
    client: int = 0
    name: str = ""
    """How a client that begins calls itself."""


class Written(NamedTuple):
    """What user code has written, to `stream` 1 (stdout) or 2 (stderr): whole lines, as far as they were ended before
    the next operation was done. Before it, `left_out` bytes are missing in the log."""

    time: float
    client: int
    """For which client; 0: for none."""
    stream: int
    text: str
    left_out: int

    def lines(self) -> list[str]:
        """As a terminal shows it in the end: what a progress bar has drawn over is gone."""
        lines = self.text.split("\n")
        lines = lines[:-1] if not lines[-1] else lines
        missing = [f"… {self.left_out:,} bytes are left out"] if self.left_out else []
        return [*missing, *(printable(line.rstrip("\r").rpartition("\r")[2]) for line in lines)]

    def as_dict(self) -> dict[str, Any]:
        """As JSON can say it."""
        kind = {1: "stdout", 2: "stderr"}[self.stream]
        return {
            "time": self.time,
            "client": self.client,
            "kind": kind,
            "text": self.text,
            "left_out": self.left_out,
        }


def operations(log: Log | str | os.PathLike[str]) -> Iterator[Operation]:
    """The operations of a log, or of that in a file, as a stream. Raises `LogError`."""
    log = log if isinstance(log, Log) else Log(log)
    return (event for event in events(log) if isinstance(event, Operation))


def events(log: Log) -> Iterator[Operation | Note | Written]:
    """The operations of a log, and what else has happened."""
    frames = Frames(log)
    lines = _Lines()
    for record in log:
        step = frames.take(record)
        if step is not None:
            yield from lines.end(step.client)
            yield from operations_of(step)
        elif isinstance(record, Wrote):
            yield from lines.take(record, frames.client(record.session) if record.session else 0)
        elif isinstance(record, Ended):
            yield from lines.end(frames.client(record.session))
            yield from _notes(record, frames)
        elif not isinstance(record, (Part, Value, Left)):
            yield from _notes(record, frames)
    yield from lines.end()
    for step in frames.rest():
        yield from operations_of(step)


class _Lines:
    """Joins what was written in pieces."""

    def __init__(self) -> None:
        self._begun: dict[tuple[int, int], tuple[float, bytes]] = {}
        """By client and stream, a line that has no end yet, and when that was written."""

    def take(self, record: Wrote, client: int) -> Iterator[Written]:
        key = client, record.stream
        if record.left_out:
            yield from self.end(client)
        data = self._begun.pop(key, (0.0, b""))[1] + record.data
        whole, end, rest = data.rpartition(b"\n")
        if whole or end or record.left_out:
            yield _written(record.time, key, whole + end, record.left_out)
        if len(rest) > _LONGEST_LINE:
            yield _written(record.time, key, rest)
        elif rest:
            self._begun[key] = record.time, rest

    def end(self, client: int | None = None) -> Iterator[Written]:
        """Give what of this client, or of all, has no end."""
        for key in [key for key in self._begun if client in (None, key[0])]:
            seconds, data = self._begun.pop(key)
            yield _written(seconds, key, data)


_LONGEST_LINE = 64 * 1024
"""Bytes of a line without an end that are waited for."""


def _written(seconds: float, key: tuple[int, int], data: bytes, left_out: int = 0) -> Written:
    return Written(seconds, *key, data.decode("utf-8", "replace"), left_out)


def _notes(record: Record, frames: Frames) -> Iterator[Note]:
    if isinstance(record, Opened):
        client = frames.client(record.session)
        yield Note(record.time, f"client {client} is {shorten(record.client)}", client, record.client)
    elif isinstance(record, Ended):
        client = frames.client(record.session)
        yield Note(record.time, f"client {client} has gone", client)
    elif isinstance(record, Recovered):
        yield Note(record.time, "the process of the interpreter died; a new one has rebuilt its state")
    elif isinstance(record, Restored):
        yield Note(record.time, "restored in a new interpreter")
    elif isinstance(record, Told):
        client = frames.client(record.session) if record.session else 0
        yield Note(record.time, _typed(record), client)
    elif isinstance(record, Stopped) and record.reason:
        yield Note(record.time, f"the recording stops: {shorten(record.reason, LONGEST_ERROR)}")


def _typed(told: Told) -> str:
    if told.hidden:
        return "a line was asked for, and typed unseen"
    return "a line was asked for, and there was none" if told.line is None else f"typed: {shorten(told.line)}"


def operations_of(step: Step) -> Iterator[Operation]:
    """The operations of a step."""
    frame, answer, client, session = step.frame, step.answer, step.client, step.session
    refused = answer.reason if isinstance(answer, Refused) else None
    seconds = step.seconds
    answered = answer is not None
    if frame is None:
        number = 0 if answer is None else answer.frame
        yield Operation(
            step.number, step.sent, seconds, client, session, number, 0, None, None, answered, UNTOLD, None, False,
            refused,
        )  # fmt: skip
        return
    values, failures = outcomes(answer)
    lines, places = frame.lines, frame.places
    for index in range(step.start, step.stop):
        line = lines[index] if index < len(lines) else 0
        place = places[line - 1] if 0 < line <= len(places) else None
        error = failures.get(index)
        first = error is not None and (error.session, error.frame, error.message) == (session, frame.number, index)
        yield Operation(
            step.number + index - step.start, step.sent, seconds, client, session, frame.number, index,
            frame.messages[index], place, answered, values.get(index, UNTOLD), error, first, refused,
        )  # fmt: skip


def outcomes(answer: Any) -> tuple[dict[int, Any], dict[int, Error]]:
    """Values and errors of a reply, by the index of their message."""
    if not isinstance(answer, protocol.Reply):
        return {}, {}
    return dict(answer.values), {index: answer.errors[at] for index, at in answer.failures}


def references(message: Any) -> Iterator[int]:
    """Ids of the variables that a message names as its operands, or inside of them."""
    for operand in _operands(message):
        if isinstance(operand, Ref):
            yield operand.id
        elif isinstance(operand, Pickled):
            yield from variables_in(operand.data)


def made(message: Any) -> range:
    """Ids of the variables that a message makes."""
    id: int = getattr(message, "id", 0)
    if isinstance(message, protocol.Iter):
        return message.ids()
    return range(id, id + 1) if id else range(0)


def _operands(message: Any) -> list[Any]:
    operands = [getattr(message, name, None) for name in ("obj", "value", "function")]
    return [*operands, *getattr(message, "args", ()), *getattr(message, "kwargs", {}).values()]


def _as_json(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"kind": "float", "text": show(value)}
    if isinstance(value, Items):
        items = {"kind": "items", "values": [_as_json(item) for item in value.values], "end": value.end}
        return {**items, "parts": value.parts} if value.parts else items
    return {"kind": type(value).__name__.lower(), "text": show(value)}


STALE = f"{StaleVarError.__module__}.{StaleVarError.__qualname__}"
"""How an error is told of a variable that is gone (`protocol.Error.type_name`)."""

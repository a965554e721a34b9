"""Where two logs part. Nothing of them is executed, and no pickle is loaded."""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec import Struct

from .. import protocol
from ..protocol import Bulk, Error, Pickled, Ref
from .frames import Frames, Step
from .naming import Name, Sessions, Variables
from .opcodes import taken_out
from .operations import STALE, UNTOLD, Operation, operations_of
from .reader import Log
from .records import Digest, Ended, Left, Part, Record, Restored, Value
from .sameness import masked
from .text import MOST_LISTED


class Parting(NamedTuple):
    """Where two logs part: the last operations that they share, and the first that each has on its own."""

    shared: list[Operation]
    ours: Operation | None
    theirs: Operation | None


def part(ours: Log, theirs: Log, context: int = 3) -> Parting | None:
    """Where two logs part; None: nowhere.

    Variables are the same where they have come in the same order, in each session; what their ids are does not matter.
    Not compared are times, lines of code, tokens, addresses (``0x7f…``), and when variables were deleted.
    """
    shared: deque[Operation] = deque(maxlen=context)
    one, two = _compared(ours), _compared(theirs)
    while True:
        a, b = next(one, None), next(two, None)
        if a is None and b is None:
            return None
        if a is None or b is None or not a.is_like(b):
            return Parting(list(shared), a and a.operation, b and b.operation)
        shared.append(a.operation)


class _Compared(NamedTuple):
    """An operation, and what is compared of it."""

    operation: Operation
    asked: Any
    value: Any

    def is_like(self, other: _Compared) -> bool:
        if self.asked != other.asked:
            return False
        # Whether the value of a variable rides along depends on when that was deleted.
        told = UNTOLD not in (self.operation.value, other.operation.value)
        return self.value == other.value or (not told and bool(getattr(self.operation.message, "id", 0)))


def _compared(log: Log) -> Iterator[_Compared]:
    frames, contents = Frames(log), _Contents()
    for record in log:
        if isinstance(record, Ended) and not frames.waits(record.session):
            contents.sessions.end(record.session)
        step = frames.take(record)
        contents.take(record)
        if step is not None:
            yield from _compared_of(step, contents)
    for step in frames.rest():
        yield from _compared_of(step, contents)


def _compared_of(step: Step, contents: _Contents) -> Iterator[_Compared]:
    texts: dict[int, str] = {}
    """Of errors, without addresses: very many messages may have failed with the same one."""
    for operation in operations_of(step):
        message, variables = operation.message, contents.sessions.of(operation.session)
        if isinstance(message, (protocol.Del, protocol.Forget)):
            continue
        contents.sessions.take(operation.session, message)
        asked = contents.of(message, variables)
        error: Any = operation.error
        if error is not None:
            if id(error) not in texts:
                texts[id(error)] = _text_of(error, variables)
            error = error.type_name, texts[id(error)], operation.first
        what = (operation.client, operation.answered, operation.refused, error, asked)
        yield _Compared(operation, what, contents.of(operation.value, variables))


def _text_of(error: Error, variables: Variables) -> str:
    text = masked(error.text)
    if error.type_name == STALE:  # it tells the id
        text = _VARIABLE_OF.sub(lambda found: f"variable {variables.name(int(found[1]))}", text)
    return text


_VARIABLE_OF = re.compile(r"\bvariable (\d{1,19})\b", re.ASCII)


class _Contents:
    """What is compared of messages and values; bulk values are known by their digests."""

    def __init__(self) -> None:
        self.sessions: Sessions = Sessions()
        self._parts: dict[str, Digest] = {}
        self._digests: dict[str, str] = {}

    def take(self, record: Record) -> None:
        """Note what this record tells of a bulk value, or of who has which variables."""
        if isinstance(record, Part):
            self._parts.setdefault(record.token, Digest()).add(record.buffer, record.data)
        elif isinstance(record, Value):
            self._digests[record.token] = self._parts.pop(record.token, Digest()).text(record.buffers)
        elif isinstance(record, Left):
            self._digests[record.token] = record.digest
        elif isinstance(record, Restored):
            self.sessions.keep(record.session, record.token)

    def of(self, value: Any, variables: Variables) -> Any:
        if isinstance(value, Ref):
            return Ref, variables.name(value.id)
        if isinstance(value, Pickled):
            data, ids = taken_out(value.data)
            return "pickled", _masked_pickle(data), [variables.name(id) for id in ids], value.buffers
        if isinstance(value, Bulk):
            return "bulk", value.size, self._digests.pop(value.token, None)
        if isinstance(value, Struct):
            names = [name for name in value.__struct_fields__ if name not in ("id", "token", "owner")]
            return type(value), _made(value, variables), [self.of(getattr(value, name), variables) for name in names]
        if isinstance(value, list):
            few = len(value) <= MOST_LISTED
            return [self.of(item, variables) for item in value] if few else self._of_many(value, variables)
        if isinstance(value, dict):
            return {name: self.of(item, variables) for name, item in sorted(value.items())}
        if isinstance(value, str):
            return masked(value)
        return type(value), repr(value)  # by which 1, 1.0 and True differ, and nan does not

    def _of_many(self, values: list[Any], variables: Variables) -> tuple[int, bytes]:
        """Of very many, so that they take no memory."""
        whole = hashlib.blake2b(digest_size=16)
        for value in values:
            whole.update(repr(self.of(value, variables)).encode(errors="backslashreplace") + b"\n")
        return len(values), whole.digest()


def _made(message: Any, variables: Variables) -> Name | None:
    """The variables that a message makes, by their order."""
    id: int = getattr(message, "id", 0)
    if not id:
        return None
    if isinstance(message, protocol.Iter):
        return variables.make_items(id, message.count * (1 + message.parts))
    return variables.make(id)


def _masked_pickle(data: bytes) -> bytes:
    """Without addresses, and without the tokens of classes and functions that travel by value, each time anew."""
    data = re.sub(rb"\b0x[0-9a-fA-F]{6,}", b"0x", data)
    if b"_make_skeleton_" in data:
        data = re.sub(rb"[0-9a-f]{32}", b"", data)
    if _FUNCTIONS.search(data):
        data = _DIGESTS.sub(b"", _TOKENS.sub(b"", data))
    return data


_TOKENS = re.compile(rb"(?<=[:,])[0-9a-f]{24}")
_FUNCTIONS = re.compile(rb"ray_proxy:k?l?:[0-9a-f]{24}|\x8c.k?:[0-9a-f]{24}", re.DOTALL)
"""The names of functions, as `pickler.Pickler` writes them, and what it calls those that have a wrapper…"""
_DIGESTS = re.compile(rb"C\x11[=#@].{16}", re.DOTALL)
"""… and the digests that it adds of values which are there, too: in these are tokens again."""

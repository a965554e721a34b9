"""Logs for tests: of records made by hand, or of an interpreter that is recorded as a server does it."""

from __future__ import annotations

import os
import pickle
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cloudpickle
import msgspec

from ray_proxy import operations, replay
from ray_proxy.errors import BulkTransferError
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.logs.operations import UNTOLD, Operation
from ray_proxy.logs.reader import Log
from ray_proxy.logs.records import (
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
)
from ray_proxy.logs.store import RecordingStore
from ray_proxy.logs.writer import Writer
from ray_proxy.protocol import MAJOR, MINOR, Del, Error, Frame, Message, Pickled, Refused, Reply, encode
from ray_proxy.values.codec import resolve

MAGIC = b"ray-proxy log 1\n"
BEGAN = Began(1000.0, MAJOR, MINOR, "interpreter", "1234567890", "node", 77, "3.11.7", False)
OPENED = Opened(1000.5, "s", "node[1]")
TOKEN = "0123456789abcdef0123456789abcdef.17.fedcba9876543210fedcba9876543210"
LIST = pickle.dumps([1, 2], 5)
RECORDS: list[Record] = [
    BEGAN,
    Opened(1.5, "s", "node[1]", "worker"),
    Sent(2.5, "s", b"a frame", None),
    Sent(2.5, "s", b"a frame", ("t", 3, 4)),
    Answered(3.5, "s", b"an answer"),
    Wrote(3.6, "s", 1, b"text"),
    Ended(4.5, "s"),
    Expired(5.0),
    Part("token", 1, bytes(range(256))),
    Value("token", 2),
    Left("token", "digest"),
    Restored(5.5, "s", "token"),
    Recovered(6.5, 99),
    Stopped(7.5, "a reason"),
    Began(1000.0, MAJOR, MINOR, "interpreter", "1234567890", "node", 77, "3.11.7", False, 600.0, 4711),
    Opened(1.5, "s", "node[1]", "worker", 0.5),
    Sent(2.5, "s", b"a frame", None, 1.5),
    Answered(3.5, "s", b"an answer", 2.5),
    Wrote(3.6, "s", 2, b"text", 1000, 2.6),
    Ended(4.5, "s", 3.5),
    Expired(5.0, 4.0),
    Restored(5.5, "s", "token", 4.5),
    Recovered(6.5, 99, 5.5),
    Stopped(7.5, "a reason", 6.5),
    Told(7.0, "s", "a line"),
    Told(7.0, "s", None, True, (3, 4), 6.0),
]
"""Of every kind."""


def framed(data: bytes) -> bytes:
    """A record in the file, spelled out anew: this is what the format promises."""
    return len(data).to_bytes(4, "big") + zlib.crc32(data).to_bytes(4, "big") + data


def content(*records: Record) -> bytes:
    """The content of a log of these records."""
    return MAGIC + b"".join(framed(msgspec.msgpack.encode(record)) for record in records)


def log_of(*records: Record) -> Log:
    return Log(content(BEGAN, *records))


def sent(number: int, *messages: Message, session: str = "s", time: float = 1001.0, **fields: Any) -> Sent:
    return Sent(time, session, encode(Frame(number, list(messages), **fields)))


def answered(answer: Reply | Refused, session: str = "s", time: float = 1002.0) -> Answered:
    return Answered(time, session, encode(answer))


class MemoryStore:
    """Values beside the channel, in memory: a store whose references are tuples."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.count = 0

    def _token(self) -> str:
        self.count += 1
        return f"token {self.count}"

    def leave(self, parts: Sequence[pickle.PickleBuffer], *owners: str) -> str:
        token = self._token()
        self.values[token] = [bytes(part.raw()) for part in parts]
        return token

    def take(self, token: str) -> list[memoryview]:
        try:
            return [memoryview(part) for part in self.values.pop(token)]
        except KeyError:
            raise BulkTransferError("nothing is there") from None

    def leave_value(self, value: object, *owners: str) -> str:
        return self.leave_ref(("ref", value))

    def leave_ref(self, ref: Any, *owners: str) -> str:
        token = self._token()
        self.values[token] = ref
        return token

    def take_ref(self, token: str) -> Any:
        return self.values.pop(token)

    def get(self, ref: Any) -> object:
        return ref[1]

    def is_ref(self, value: object) -> bool:
        return type(value) is tuple and value[:1] == ("ref",)

    def discard(self, token: str) -> None:
        self.values.pop(token, None)

    def forget(self, owner: str) -> None:
        pass


class Recorded:
    """An interpreter whose sessions are recorded to a file, at times that a test chooses."""

    def __init__(
        self,
        path: Path,
        bulk: bool = False,
        lease: float = 600.0,
        is_steady: bool = False,
        hash_seed: int | None = None,
    ) -> None:
        self.path = path
        self.now = 1000.0
        """By the clock on the wall."""
        self.steady: float | None = 0.0 if is_steady else None
        """Seconds since the beginning, where they are recorded."""
        self.store = MemoryStore() if bulk else None
        began = msgspec.structs.replace(BEGAN, bulk=bulk, lease=lease, hash_seed=hash_seed)
        self.writer = Writer(os.fspath(path), began)
        store = RecordingStore(self.store, self.writer, inside=True) if self.store else None
        self.interpreter = Interpreter(BEGAN.interpreter, store, self._time, lease)
        self._numbers: dict[str, int] = {}

    def _time(self) -> float:
        return self.now if self.steady is None else self.steady

    def open(self, session: str = "s", client: str = "node[1]") -> None:
        self._numbers[session] = 0
        self.writer.write(Opened(self.now, session, client, steady=self.steady))
        self.interpreter.open(session)

    def send(self, *messages: Message, session: str = "s", within: Any = None, **fields: Any) -> Frame:
        if session not in self._numbers:
            self.open(session)
        self._numbers[session] += 1
        frame = Frame(self._numbers[session], list(messages), **fields)
        self.writer.write(Sent(self.now, session, encode(frame), within, self.steady))
        return frame

    def execute(self, frame: Frame, session: str = "s", start: int = 0, stop: int | None = None) -> Reply:
        return self.answer(self.interpreter.execute(session, frame, start, stop=stop), session)

    def answer(self, reply: Reply, session: str = "s") -> Reply:
        self.writer.write(Answered(self.now, session, encode(reply), self.steady))
        return reply

    def ask(self, *messages: Message, session: str = "s") -> Reply:
        """The reply to a frame of these messages."""
        return self.execute(self.send(*messages, session=session), session)

    def close(self, session: str = "s") -> None:
        self.interpreter.close(session)
        self.writer.write(Ended(self.now, session, self.steady))

    def expire(self) -> None:
        """Let go of the leases that are over, as a server does."""
        if self.interpreter.expire():
            self.writer.write(Expired(self.now, self.steady))

    def log(self) -> Log:
        if self.writer.stopped is None:
            self.writer.write(Stopped(self.now, "", self.steady))
            self.writer.abandon()
        return Log(self.path)


def pickled(value: object) -> Pickled:
    """As an operand carries it, with its buffers."""
    buffers: list[pickle.PickleBuffer] = []
    data = cloudpickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    return Pickled(data, [bytearray(buffer.raw()) for buffer in buffers])


def texts(path: str) -> list[str]:
    """The operations of a log, with their outcomes, save deletions and waits."""
    log = Log(path)
    told = [
        f"{operation.text} {operation.outcome}".rstrip()
        for operation in operations(log)
        if not isinstance(operation.message, Del)
    ]
    assert log.problem is None
    return told


def count(path: str, kind: type) -> int:
    """How many records of that kind are in a log."""
    return sum(isinstance(record, kind) for record in Log(path))


def sames(path: str) -> None:
    """A replay finds nothing, and nothing is left out."""
    report = replay(path)
    assert report, str(report)
    assert report.problem is None


def here() -> int:
    """The line of the caller."""
    return sys._getframe(1).f_lineno


def error(text: str = "ValueError('x')", session: str = "s", frame: int = 1, message: int = 0) -> Error:
    """As a reply tells it."""
    return Error(session, frame, message, "ValueError", text, "Traceback…")


class Stand:
    """Pickled, it stands for a variable of the session, as a Var does."""

    def __init__(self, id: int) -> None:
        self.id = id

    def __reduce__(self) -> tuple[Any, ...]:
        return resolve, (self.id,)


def one(message: Message, *, value: Any = UNTOLD, failure: Error | None = None) -> Operation:
    """The operation of a log of one message."""
    reply = Reply(1, 1, [] if value is UNTOLD else [(0, value)])
    if failure is not None:
        reply = Reply(1, 1, reply.values, [(0, 0)], [failure])
    (operation,) = operations(log_of(sent(1, message), answered(reply)))
    return operation


def local_class() -> type:
    """One that travels by value."""

    class Local:
        def method(self) -> type:
            return Local

    return Local


def interpreter() -> Interpreter:
    """A fresh one, with the name of that of `BEGAN`."""
    return Interpreter(BEGAN.interpreter)


def read(source: str | bytes) -> tuple[list[Record], str | None]:
    """The records of a log, and what is wrong with the rest of it."""
    log = Log(source)
    return list(log), log.problem

"""Message logs: files of recorded frames and answers, that can be read, compared, replayed and restored from.

A log begins with `MAGIC`; then come records, each with four bytes of length and four of CRC-32 (both big-endian, of
what follows) and a MessagePack array as on the wire. Records are only ever added, each by one write, so a process that
is killed leaves all that it has acknowledged, and at most one torn record at the end.

Who records stands at one end of a channel: the interpreter, which sees all clients in the order of execution, or a
client, which sees itself. Knows files, `protocol` and `pickling`; must never know sessions or what executes a message.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import logging
import os
import pickle
import platform
import stat
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO, Literal, NamedTuple, Union

import cloudpickle
import msgspec
from msgspec import Struct

from .errors import LogError, ProtocolError
from .pickling import Store
from .protocol import MAJOR, MINOR, Frame, Refused, Reply, decode_answer, decode_frame, frame_number

logger: logging.Logger = logging.getLogger("ray_proxy")

MAGIC = b"ray-proxy log 1\n"
LIMIT = 1 << 30
"""Bytes at which a recording stops, where nothing else is said."""
_PART = 16 << 20
"""Bytes of a bulk value that one record holds."""
_READ = 1 << 20
_HEAD = 8
UNSENT = "the reply could not be sent: "
"""So begins the refusal of a frame that was executed all the same."""
ABANDONED = "abandoned"
"""Why a process records no more that is to be taken for dead."""
_LEASE = 600.0
"""Seconds that a lease of an interpreter lasts, where the recording does not say it."""
_TORN = "the last record is torn, for its writer has died or is at work"


# ----------------------------------------------------------------------------------------------- records


class _Record(Struct, array_like=True, tag=lambda name: name.lower(), gc=False):
    """Options that all records share. `time` is in seconds since 1970."""


class Began(_Record):
    """The first record: who records, with which version of the protocol; at which `side` of the channel.

    `bulk`: there is an object store beside the channel. A lease of the interpreter lasts `lease` seconds.
    """

    time: float
    major: int
    minor: int
    side: Literal["interpreter", "client"]
    interpreter: str
    host: str
    pid: int
    python: str
    bulk: bool
    lease: float = _LEASE


class Opened(_Record):
    """A session begins; `client` and `worker` say whose it is, as in `protocol.Hello`."""

    time: float
    session: str
    client: str
    worker: str = ""


class Sent(_Record):
    """A frame, as it was on the wire: an interpreter notes it when its execution begins, a client when it is sent.

    `within` names the message in whose execution an interpreter has begun with this frame: session, number of the
    frame, and index.
    """

    time: float
    session: str
    data: bytes
    within: Union[tuple[str, int, int], None] = None


class Answered(_Record):
    """A reply or refusal, as it was on the wire."""

    time: float
    session: str
    data: bytes


class Ended(_Record):
    """A session is over, and its variables are gone."""

    time: float
    session: str


class Part(_Record):
    """Bytes of a value that travelled beside the channel: of its pickle (`buffer` 0), or of one of its buffers."""

    token: str
    buffer: int
    data: bytes


class Value(_Record):
    """The value that an interpreter has got under this token is complete: a pickle, and `buffers` buffers."""

    token: str
    buffers: int


class Left(_Record):
    """A value was left by an interpreter beside the channel under this token; `digest` is that of its bytes."""

    token: str
    digest: str


class Restored(_Record):
    """What follows goes on from what is before, in a new interpreter.

    All variables of `session` are kept there under `token`, as by `protocol.Fork`.
    """

    time: float
    session: str
    token: str


class Recovered(_Record):
    """The process of the interpreter died here, and a new one has rebuilt its state from what is before."""

    time: float
    pid: int


class Stopped(_Record):
    """The recording ends here, in order; `reason` is empty, or says what was to follow and is missing."""

    time: float
    reason: str


Record = Union[Began, Opened, Sent, Answered, Ended, Part, Value, Left, Restored, Recovered, Stopped]

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Record).decode
_KINDS = {kind.__struct_config__.tag for kind in _Record.__subclasses__()}


# ----------------------------------------------------------------------------------------------- writing


class Writer:
    """Adds records to a log, which is locked meanwhile (`flock`). May be used from several threads.

    Args:
        path: the file, which must not exist.
        began: the first record.
        limit: bytes at which the recording stops.
        after: go on in a log that exists, after so many bytes (`Log.end`): what is torn behind them is cut off.

    Raises:
        LogError: the file cannot be made, or is there already; or it has fewer than `after` bytes.
    """

    def __init__(self, path: str, began: Began, limit: int = LIMIT, after: int = 0) -> None:
        self.path = path
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
        self._size = after
        """Bytes of the file up to its last whole record."""
        self._place = os.path.abspath(path)  # user code may change the folder
        self._inode = self._device = 0
        self._lock = threading.RLock()  # a finalizer, or a handler of our warning, may record something itself
        flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
        try:
            self._file = os.open(path, flags if after else flags | os.O_CREAT | os.O_EXCL, 0o600)
            with contextlib.suppress(OSError):  # of a file system without locks
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            try:
                if self._cut() < after:
                    raise LogError(f"{path} was cut since it was read: it had {after:,} bytes")
                if not after:
                    with contextlib.suppress(OSError):  # of a file system without modes
                        os.fchmod(self._file, 0o600)  # whatever the umask
                    head = MAGIC + _framed(began)
                    self._write(head)
                    self._size = len(head)
            except (OSError, LogError):
                os.close(self._file)
                if not after:
                    os.unlink(path)
                raise
        except FileExistsError:
            raise LogError(
                f"{path} exists, and a recording never replaces a file: move it away, or choose another name"
            ) from None
        except OSError as error:
            raise LogError(f"{path} cannot be written: {error.strerror}") from error

    def write(self, record: Record) -> None:
        """Add a record. Where that is not possible any more, the recording stops, and says so once."""
        data = _framed(record)
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
                if lost := self._lost():
                    return self._stop(lost)
                if self._size + len(data) > self._limit:
                    return self._stop(f"the log has reached its limit of {self._limit:,} bytes")
                self._write(data)
                break
            except OSError as error:
                if not self.waits(error):
                    return self._stop(f"the log could not be written: {error.strerror}")
        self._size += len(data)
        return ""

    def _lost(self) -> str:
        """What others have done to the log, by which it is lost; empty: nothing. What they have added is cut off."""
        try:
            there = os.stat(self._place)
        except (FileNotFoundError, NotADirectoryError):
            moved = os.fstat(self._file).st_nlink > 0
            return f"the log was {'moved away' if moved else 'removed'} while it was written"
        except OSError:  # we may not look there any more, as after `os.setuid`
            there = os.fstat(self._file)
        if there.st_ino != self._inode or there.st_dev != self._device:
            return "the log was replaced by another file while it was written"
        if there.st_size < self._size:
            return f"the log was cut from {self._size:,} to {there.st_size:,} bytes while it was written"
        if there.st_size > self._size:
            os.ftruncate(self._file, self._size)
        return ""

    def is_replaced(self) -> bool:
        """Whether another file is in the place of the log."""
        with contextlib.suppress(OSError):
            there = os.stat(self._place)
            return there.st_ino != self._inode or there.st_dev != self._device
        return False

    def _cut(self) -> int:
        """Cut off what there is of a record that an interrupt, the end of a process or a full disk has torn.

        Gives how many bytes there were.
        """
        there = os.fstat(self._file)
        self._inode, self._device = there.st_ino, there.st_dev
        if there.st_size > self._size:
            os.ftruncate(self._file, self._size)
        return there.st_size

    def _write(self, data: bytes) -> None:
        written = os.write(self._file, data)
        while written < len(data):
            written += os.write(self._file, data[written:])

    def _stop(self, reason: str) -> str:
        self.stopped = reason
        if reason:
            self.on_stop(reason)
        try:
            if self._cut() >= self._size:  # in a log that was cut, what follows would be damage
                self._write(_framed(Stopped(time.time(), reason)))
        except OSError:
            with contextlib.suppress(OSError):
                self._cut()
        os.close(self._file)
        return reason

    def _warn(self, reason: str) -> None:
        """Holding no lock: whoever handles the warning may do anything."""
        if reason:
            logger.warning(
                "ray_proxy: the recording of %s to %s has stopped: %s. What follows is not recorded, nor "
                "can it be recovered or restored; the work goes on.",
                self._began.interpreter[:5],
                self.path,
                reason,
            )

    def complaint(self) -> str:
        """What clients are told of a recording that has stopped."""
        loss = "It cannot be recovered any more" if self.is_recovered_from else "What follows is not in the log"
        return f"the interpreter's recording to {self.path} has stopped: {self.stopped}. {loss}"

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
            os.close(self._file)

    def size(self) -> int:
        """Bytes of the file; 0 where it is gone."""
        with contextlib.suppress(OSError):
            return os.stat(self.path).st_size
        return 0

    # ------------------------------------------------------------------------------------ what is recorded

    def opened(self, session: str, client: str, worker: str = "") -> None:
        self.write(Opened(time.time(), session, client, worker))

    def sent(self, session: str, data: bytes, within: tuple[str, int, int] | None = None) -> int:
        """The number of the frame in the log is returned, counted from 1."""
        with self._lock:
            self.write(Sent(time.time(), session, data, within))
            return self.frames

    def answered(self, session: str, data: bytes) -> None:
        self.write(Answered(time.time(), session, data))

    def ended(self, session: str) -> None:
        self.write(Ended(time.time(), session))

    def value(self, token: str, parts: Sequence[Any]) -> None:
        """A value that the interpreter gets: its pickle, and its buffers."""
        views = [memoryview(part).cast("B") for part in parts]
        size = sum(view.nbytes for view in views)
        reason = ""
        with self._lock:
            if self.stopped is None and self._size + size > self._limit:
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


def began(
    side: Literal["interpreter", "client"], interpreter: str, host: str, bulk: bool, lease: float = _LEASE
) -> Began:
    """The first record of a recording that begins now."""
    python = platform.python_version()
    return Began(time.time(), MAJOR, MINOR, side, interpreter, host, os.getpid(), python, bulk, lease)


class Digest:
    """That of the bytes of a pickle and its buffers, which come in their order, part by part."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=16)
        self._sizes: dict[int, int] = {}

    def add(self, buffer: int, data: Any) -> None:
        self._hash.update(data)
        self._sizes[buffer] = self._sizes.get(buffer, 0) + memoryview(data).nbytes

    def text(self, buffers: int) -> str:
        """It says their sizes, too."""
        return "-".join([self._hash.hexdigest(), *(str(self._sizes.get(at, 0)) for at in range(buffers + 1))])


def digest(parts: Sequence[Any]) -> str:
    """Of the bytes of a pickle and its buffers."""
    whole = Digest()
    for number, part in enumerate(parts):
        whole.add(number, memoryview(part).cast("B"))
    return whole.text(len(parts) - 1)


def _framed(record: Record) -> bytes:
    data = _encode(record)
    return len(data).to_bytes(4, "big") + zlib.crc32(data).to_bytes(4, "big") + data


class RecordingStore:
    """A store whose values are recorded on their way: `inside` the interpreter, or at a client."""

    def __init__(self, store: Store, writer: Writer, inside: bool) -> None:
        self.store: Store = store
        self._writer, self._inside = writer, inside
        self._refs: list[tuple[Any, str]] = []
        """The reference that was taken last, and its token: `get` comes next, if ever."""

    def leave(self, parts: Sequence[pickle.PickleBuffer], *owners: str) -> str:
        token = self.store.leave(parts, *owners)
        (self._writer.left if self._inside else self._writer.value)(token, [part.raw() for part in parts])
        return token

    def take(self, token: str) -> list[memoryview]:
        parts = self.store.take(token)
        (self._writer.value if self._inside else self._writer.left)(token, parts)
        return parts

    def leave_value(self, value: object, *owners: str) -> str:
        return self.store.leave_value(value, *owners)

    def leave_ref(self, ref: Any, *owners: str) -> str:
        return self.store.leave_ref(ref, *owners)

    def take_ref(self, token: str) -> Any:
        ref = self.store.take_ref(token)
        self._refs[:] = [(ref, token)]
        return ref

    def get(self, ref: Any) -> object:
        value = self.store.get(ref)
        for taken, token in self._refs:
            if taken is ref:
                buffers: list[pickle.PickleBuffer] = []
                with contextlib.suppress(Exception):  # then it cannot be had from the log, and a reader says so
                    data = cloudpickle.dumps(value, protocol=5, buffer_callback=buffers.append)
                    self._writer.value(token, [data, *(buffer.raw() for buffer in buffers)])
        self._refs.clear()
        return value

    def is_ref(self, value: object) -> bool:
        return self.store.is_ref(value)

    def discard(self, token: str) -> None:
        self.store.discard(token)

    def forget(self, owner: str) -> None:
        self.store.forget(owner)


# ----------------------------------------------------------------------------------------------- reading


class Log:
    """A log, as a stream of records: iterating reads the file from its beginning, a piece at a time.

    Args:
        source: a path, or the content of a log.

    Attributes:
        began: its first record.
        problem: after an iteration, what is wrong with the rest of the file, which was not read; None: nothing.
        damaged: that is more than a last record that is torn.

    Raises:
        LogError: there is no such file; it is no log; or its protocol is of another major version.
    """

    def __init__(self, source: str | os.PathLike[str] | bytes | memoryview) -> None:
        self._source = source if isinstance(source, (bytes, memoryview)) else os.fspath(source)
        self.name: str = self._source if isinstance(self._source, str) else "the log"
        self.problem: str | None = None
        self.damaged: bool = False
        self.end: int = 0
        """After an iteration, the number of bytes that were read."""
        first = next(iter(self), None)
        if not isinstance(first, Began):
            raise LogError(f"{self.name} tells nothing: {self.problem or 'no record is in it'}")
        self.began: Began = first

    def __iter__(self) -> Iterator[Record]:
        if not isinstance(self._source, str):
            yield from self._read(_View(memoryview(self._source)), len(self._source))
            return
        try:
            with open(self._source, "rb", _READ) as file:
                status = os.fstat(file.fileno())
                if not stat.S_ISREG(status.st_mode):  # what comes through a pipe could be read but once
                    raise LogError(f"{self._source} is no regular file, and a log is one")
                yield from self._read(file, status.st_size)
        except OSError as error:
            raise LogError(f"{self._source} cannot be read: {error.strerror}") from error

    def _read(self, file: BinaryIO | _View, size: int) -> Iterator[Record]:
        """The records of the first `size` bytes: what is added while we read is left for the next reading."""
        self.problem, self.damaged = None, False
        if bytes(file.read(len(MAGIC))) != MAGIC:
            raise LogError(f"{self.name} is no message log of ray-proxy: it does not begin with {MAGIC!r}")
        self.end = len(MAGIC)
        while self.end < size:
            left = size - self.end
            head = file.read(_HEAD)
            length = int.from_bytes(head[:4], "big")
            torn = min(left, len(head)) < _HEAD or length > left - _HEAD
            data = b"" if torn else file.read(length)
            if torn or zlib.crc32(data) != int.from_bytes(head[4:], "big"):
                self._leave_out(left, _TORN if torn or left == _HEAD + length else "a record is damaged")
                return
            try:
                record: Record | None = _decode(data)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                if not self._is_of_another_version(data):
                    self._leave_out(left, f"a record is damaged ({error})")
                    return
                record = None
            if self.end == len(MAGIC) and type(record) is not Began:
                self._leave_out(left, "the first record does not say who has recorded")
                return
            self.end += _HEAD + length
            if record is not None:
                if type(record) is Began:
                    self._check_version(record.major, record.minor)
                yield record

    def _leave_out(self, left: int, problem: str) -> None:
        self.damaged = problem != _TORN
        self.problem = f"at byte {self.end:,} {problem}: the {left:,} bytes from there on are left out"

    def _is_of_another_version(self, data: bytes | memoryview) -> bool:
        """Whether a record that does not decode is of a kind that a later minor version has added."""
        try:
            raw = msgspec.msgpack.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False
        if not isinstance(raw, list) or not raw or not isinstance(raw[0], str):
            return False
        if raw[0] == "began" and len(raw) > 3:
            self._check_version(raw[2], raw[3])
        return raw[0] not in _KINDS

    def _check_version(self, major: object, minor: object) -> None:
        if major != MAJOR:
            raise LogError(
                f"{self.name} was recorded with version {major}.{minor} of the protocol, and this is version "
                f"{MAJOR}.{MINOR}; read it with a release of ray-proxy that speaks {major}"
            )


class _View:
    """Reads from memory without copying."""

    def __init__(self, view: memoryview) -> None:
        self._view, self._at = view, 0

    def read(self, size: int) -> memoryview:
        self._at += size
        return self._view[self._at - size : self._at]


# ------------------------------------------------------------------------------------------ frames and answers


class Step(NamedTuple):
    """An answer, with the messages that it answers: those from `start` to `stop` of a frame.

    Each message is an operation of the log; operations are counted from 1 in the order of their answers, over all
    sessions, and `number` is that of the first. `client` is the session, counted from 1 in the order in which they
    began. Times are in seconds since 1970.
    """

    number: int
    client: int
    session: str
    frame: Frame | None
    """None where it cannot be read: then it counts as one operation."""
    start: int
    stop: int
    answer: Reply | Refused | None
    """None: the messages were never answered."""
    sent: float
    answered: float


class Unanswered:
    """A frame that is not answered to its end: how many of its messages are, and its number in the log."""

    __slots__ = ("answered", "frame", "number", "session", "time")

    def __init__(self, session: str, frame: Frame | None, number: int, time: float) -> None:
        self.session: str = session
        self.frame: Frame | None = frame
        self.number: int = number
        self.time: float = time
        self.answered: int = 0


class Frames:
    """Joins frames with their answers, record by record."""

    def __init__(self) -> None:
        self.count: int = 0
        """How many there were…"""
        self.last: tuple[int, Frame | None] = (0, None)
        """… and the last one, with its number in its session."""
        self.late: list[int] = []
        """Clients whose first frames came before the recording began."""
        self._clients: dict[str, int] = {}
        self._operations = 0
        self._unanswered: dict[str, dict[int, Unanswered]] = {}
        self._given_up: list[Unanswered] = []
        """Frames of sessions that have ended before."""

    def client(self, session: str) -> int:
        """The number of a session."""
        return self._clients.setdefault(session, len(self._clients) + 1)

    def take(self, record: Record) -> Step | None:
        """The step that this record completes."""
        if type(record) is Sent:
            self._sent(record)
        elif type(record) is Answered:
            return self._answered(record)
        elif type(record) is Opened:
            self.client(record.session)
        elif type(record) is Ended:
            self._given_up += self._unanswered.pop(record.session, {}).values()
        return None

    def _sent(self, record: Sent) -> None:
        self.count += 1
        number, frame = self.last = _frame_of(record.data)
        frames = self._unanswered.get(record.session)
        if frames is None:
            frames = self._unanswered[record.session] = {}
            if number > 1:
                self.late.append(self.client(record.session))
        frames[number] = Unanswered(record.session, frame, self.count, record.time)

    def _answered(self, record: Answered) -> Step | None:
        try:
            answer = decode_answer(record.data)
        except ProtocolError as error:
            raise LogError(f"the log has an answer that this version cannot read: {error}") from error
        frames = self._unanswered.get(record.session, {})
        sent = frames.get(answer.frame)
        if sent is None:
            if answer.frame or isinstance(answer, Reply):
                return None  # answered already, or sent before the recording began
            sent = Unanswered(record.session, None, 0, record.time)  # of the refused frame not even the number is known
        if sent.frame is None or isinstance(answer, Refused):
            frames.pop(answer.frame, None)
            return self._step(sent, 0 if sent.frame is None else len(sent.frame.messages), answer, record.time)
        if answer.executed >= len(sent.frame.messages):
            del frames[answer.frame]
        elif answer.executed <= sent.answered:
            return None  # twice the same, or a slice in which nothing could be done
        return self._step(sent, answer.executed, answer, record.time)

    def _step(self, sent: Unanswered, stop: int, answer: Reply | Refused | None, time: float) -> Step:
        start, number = sent.answered, self._operations + 1
        sent.answered = stop
        self._operations += 1 if sent.frame is None else stop - start
        client = self.client(sent.session)
        return Step(number, client, sent.session, sent.frame, start, stop, answer, sent.time, time)

    def find(self, session: str, number: int) -> Unanswered | None:
        """The frame of that number in its session, if it is not answered to its end."""
        return self._unanswered.get(session, {}).get(number)

    def unanswered(self) -> list[Unanswered]:
        """What is left at the end, or was when a process died; in the order in which it was sent."""
        left = [frame for frames in self._unanswered.values() for frame in frames.values()]
        return sorted(left, key=lambda frame: frame.number)

    def left(self) -> list[Unanswered]:
        """The same, and what was left of sessions that have ended."""
        return sorted([*self._given_up, *self.unanswered()], key=lambda frame: frame.number)

    def rest(self) -> Iterator[Step]:
        """At the end of the log, that as steps."""
        for sent in self.left():
            yield self._step(sent, 0 if sent.frame is None else len(sent.frame.messages), None, 0.0)


def _frame_of(data: bytes) -> tuple[int, Frame | None]:
    try:
        frame = decode_frame(data)
    except ProtocolError:
        return frame_number(data), None
    return frame.number, frame

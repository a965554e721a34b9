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
import re
import stat
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from io import BufferedReader, FileIO
from typing import Any, Literal, NamedTuple, Union

import cloudpickle
import msgspec
from msgspec import Struct

from ..errors import LogError, ProtocolError, printable
from ..protocol import MAJOR, MAX_FRAME, MINOR, Frame, Refused, Reply, decode_answer, decode_frame, frame_number
from ..values.store import Store
from .apart import LARGEST_SEED

logger: logging.Logger = logging.getLogger("ray_proxy")

MAGIC = b"ray-proxy log 1\n"
LIMIT = 1 << 30
"""Bytes at which a recording stops, where nothing else is said."""
_PART = 16 << 20
"""Bytes of a bulk value that one record holds."""
_READ = 1 << 20
_HEAD = 8
_HELD = 8 << 20
"""Bytes of frames without an answer that a reader holds in memory; others it reads again when they are answered."""
UNSENT = "the reply could not be sent: "
"""So begins the refusal of a frame that was executed all the same."""
ABANDONED = "abandoned"
"""Why a process records no more that is to be taken for dead."""
_LEASE = 600.0
"""Seconds that a lease of an interpreter lasts, where the recording does not say it."""
_NO_RECORD = "it does not begin as a record does"
_NOBODY = "does not say who has recorded, as the first one does"
_TORN = "the last record is torn, for its writer has died or is at work"


# ----------------------------------------------------------------------------------------------- records


class _Record(Struct, array_like=True, tag=lambda name: name.lower(), gc=False):
    """Options that all records share.

    `time` is in seconds since 1970, as the clock of the machine tells it, which may jump; `steady` is in seconds since
    the log began, by a clock that never does, and that stands still between the processes of an interpreter. None: the
    log was recorded by a release that did not tell.
    """


class Began(_Record):
    """The first record: who records, with which version of the protocol; at which `side` of the channel.

    `bulk`: there is an object store beside the channel. A lease of the interpreter lasts `lease` seconds. `hash_seed`
    is that of the interpreter's process (``PYTHONHASHSEED``), by which it hashes texts; None where nobody knows it.
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
    hash_seed: Union[int, None] = None


class Opened(_Record):
    """A session begins; `client` and `worker` say whose it is, as in `protocol.Hello`."""

    time: float
    session: str
    client: str
    worker: str = ""
    steady: Union[float, None] = None


class Sent(_Record):
    """A frame, as it was on the wire: an interpreter notes it when its execution begins, a client when it is sent.

    `within` names the message in whose execution an interpreter has begun with this frame: session, number of the
    frame, and index.
    """

    time: float
    session: str
    data: bytes
    within: Union[tuple[str, int, int], None] = None
    steady: Union[float, None] = None


class Answered(_Record):
    """A reply or refusal, as it was on the wire."""

    time: float
    session: str
    data: bytes
    steady: Union[float, None] = None


class Ended(_Record):
    """A session is over, and its variables are gone."""

    time: float
    session: str
    steady: Union[float, None] = None


class Expired(_Record):
    """Leases were over by now, and an interpreter has let go of what they held."""

    time: float
    steady: Union[float, None] = None


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
    steady: Union[float, None] = None


class Recovered(_Record):
    """The process of the interpreter died here, and a new one has rebuilt its state from what is before."""

    time: float
    pid: int
    steady: Union[float, None] = None


class Stopped(_Record):
    """The recording ends here, in order; `reason` is empty, or says what was to follow and is missing."""

    time: float
    reason: str
    steady: Union[float, None] = None


Record = Union[Began, Opened, Sent, Answered, Ended, Expired, Part, Value, Left, Restored, Recovered, Stopped]

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Record).decode
_KINDS = {str(kind.__struct_config__.tag).encode() for kind in _Record.__subclasses__()}
_FLOATS = {
    kind: [
        field.name
        for field in msgspec.structs.fields(kind)
        if field.type in (float, Union[float, None]) and field.name != "lease"
    ]
    for kind in _Record.__subclasses__()
}
"""Fields that tell a time."""


# ----------------------------------------------------------------------------------------------- writing


class Writer:
    """Adds records to a log, which is locked meanwhile (`flock`). May be used from several threads.

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
        if not self._is_ours(there):
            return "the log was replaced by another file while it was written"
        if there.st_size < self._size:
            return f"the log was cut from {self._size:,} to {there.st_size:,} bytes while it was written"
        if there.st_size > self._size:
            os.ftruncate(self._file, self._size)
        return ""

    def is_replaced(self) -> bool:
        """Whether another file is in the place of the log."""
        with contextlib.suppress(OSError):
            return not self._is_ours(os.stat(self._place))
        return False

    def _is_ours(self, there: os.stat_result) -> bool:
        return there.st_ino == self._inode and there.st_dev == self._device

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
                self._write(_framed(Stopped(self._wall(), reason, self.now())))
        except OSError:
            with contextlib.suppress(OSError):
                self._cut()
        os.close(self._file)
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
            os.close(self._file)

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

    def answered(self, session: str, data: bytes) -> float:
        """The steady time of the answer is returned."""
        now = self.now()
        self.write(Answered(self._wall(), session, data, now))
        return now

    def ended(self, session: str, at: float | None = None) -> None:
        self.write(Ended(self._wall(), session, self.now() if at is None else at))

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
    side: Literal["interpreter", "client"],
    interpreter: str,
    host: str,
    bulk: bool,
    lease: float = _LEASE,
    hash_seed: int | None = None,
) -> Began:
    """The first record of a recording that begins now."""
    python = platform.python_version()
    return Began(time.time(), MAJOR, MINOR, side, interpreter, host, os.getpid(), python, bulk, lease, hash_seed)


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


def timed(record: Record, seconds: float) -> Record:
    """With that steady time, where it could tell one and does not: for a log that began at another time."""
    if isinstance(record, (Began, Part, Value, Left)) or record.steady is not None:
        return record
    return msgspec.structs.replace(record, steady=seconds)


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

    The iteration raises `LogError` at the first record that is damaged, once all before it were given. It just ends
    before a last record that is torn, for such a one was never acknowledged: `problem` tells then.

    Args:
        source: a path, or the content of a log.

    Attributes:
        began: its first record.
        problem: after an iteration, what is wrong with the rest of the file, which was not read; None: nothing.
        number: of the record that was read last, counted from 1…
        offset: … and at which byte it begins.

    Raises:
        LogError: there is no such file; it is no log; its protocol is of another major version; or its first record is
            damaged.
    """

    def __init__(self, source: str | os.PathLike[str] | bytes | memoryview) -> None:
        self.source: str | bytes | memoryview = source if isinstance(source, (bytes, memoryview)) else os.fspath(source)
        self.name: str = self.source if isinstance(self.source, str) else "the log"
        self.problem: str | None = None
        self.number: int = 0
        self.offset: int = 0
        self.end: int = 0
        """After an iteration, the number of bytes that were read."""
        self._size = 0
        first = next(iter(self), None)
        if not isinstance(first, Began):
            raise LogError(f"{self.name} tells nothing: {self.problem or 'no record is in it'}")
        self.began: Began = first

    def __iter__(self) -> Iterator[Record]:
        if not isinstance(self.source, str):
            yield from self._read(_View(memoryview(self.source)), len(self.source))
            return
        try:
            with open_log(self.source) as file:
                yield from self._read(file, os.fstat(file.fileno()).st_size)
        except OSError as error:
            raise LogError(f"{self.source} cannot be read: {error.strerror}") from error

    def frame_at(self, offset: int) -> Frame | None:
        """The frame of the record that begins at that byte, once more."""
        try:
            if isinstance(self.source, str):
                with open_log(self.source) as file:
                    file.seek(offset)
                    record = _decode(file.read(int.from_bytes(file.read(_HEAD)[:4], "big")))
            else:
                view = _View(memoryview(self.source)[offset:])
                record = _decode(view.read(int.from_bytes(view.read(_HEAD)[:4], "big")))
        except (OSError, msgspec.DecodeError) as error:
            raise LogError(f"{self.name} has changed while it was read: {error}") from error
        return _frame_of(record.data)[1] if isinstance(record, Sent) else None

    def fault(self, what: str) -> LogError:
        """The error that the record which was read last does not fit: ``is an answer to nothing``."""
        problem = f"at byte {self.offset:,} record {self.number:,} {what}: the {self._size - self.offset:,} bytes"
        return LogError(f"{self.name}: {problem} from there on are left out")

    def _read(self, file: BufferedReader | _View, size: int) -> Iterator[Record]:
        """The records of the first `size` bytes: what is added while we read is left for the next reading."""
        self.problem, self.number, self._size = None, 0, size
        start = bytes(file.read(len(MAGIC)))
        if start != MAGIC:
            raise LogError(self._is_no_log(start))
        self.end = len(MAGIC)
        while self.end < size:
            self.number, self.offset = self.number + 1, self.end
            head, left = file.read(_HEAD), size - self.end - _HEAD
            if min(left, len(head) - _HEAD) < 0:
                return self._leave_out()
            length = int.from_bytes(head[:4], "big")
            if length > LARGEST:
                raise self._damage(f"its length is {length:,} bytes, and that of the largest {LARGEST:,}")
            data: bytes | bytearray | memoryview = file.read(min(length, left, _LOOK) if left > 0 else 0)
            if len(data) < length:  # it is torn, or so large that it is looked at before it is read
                if _tag_of(data) is None and (length <= left or len(data) >= _BEGINNING):
                    raise self._damage(_NO_RECORD)
                data = _whole(file, data, min(length, left))
            crc = int.from_bytes(head[4:], "big")
            if len(data) < length or zlib.crc32(data) != crc:
                if length < left:
                    raise self._damage("its checksum is wrong")
                if (end := _end_of(data, crc)) is not None:
                    raise self._damage(f"its length is {length:,} bytes, and it has {end:,}")
                return self._leave_out()
            record = self._decoded(data)
            self.end += _HEAD + length
            if record is not None:
                yield record
        return None

    def _is_no_log(self, start: bytes) -> str:
        if not start:
            return f"{self.name} is no message log of ray-proxy: it is empty"
        if other := re.match(rb"ray-proxy log (\d+)\n", start):
            format = other[1].decode()
            return (
                f"{self.name} is a message log of format {format}, and this is format 1: read it with a later release"
            )
        return f"{self.name} is no message log of ray-proxy: it does not begin with {MAGIC!r}"

    def seconds(self, record: Record) -> float | None:
        """The steady time of a record, as far as it is known: None where it tells no time."""
        steady: float | None = getattr(record, "steady", None)
        if steady is not None or isinstance(record, (Part, Value, Left)):
            return steady
        return record.time - self.began.time

    def _decoded(self, data: bytes | bytearray | memoryview) -> Record | None:
        """None: a later minor version has added such records."""
        try:
            record: Record = _decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            tag = _tag_of(data)
            if tag == b"began":
                self._check_version_of(data)
            if tag is None or tag in _KINDS:
                raise self._damage(_NO_RECORD if tag is None else str(error)) from error
            if self.number == 1:
                raise self.fault(_NOBODY) from error
            return None
        if type(record) is Began:
            self._check_version(record.major, record.minor)
            if not record.lease >= 0:
                raise self.fault(f"says that a lease lasts {record.lease} s")
            if record.hash_seed is not None and not 0 <= record.hash_seed <= LARGEST_SEED:
                raise self.fault(f"tells an impossible hash seed, {record.hash_seed}")
        elif self.number == 1:
            raise self.fault(_NOBODY)
        for name in _FLOATS[type(record)]:
            seconds = getattr(record, name)
            if seconds is not None and not _EARLIEST <= seconds <= _LATEST:
                raise self.fault(f"tells an impossible time, {seconds}")
        return record

    def _leave_out(self) -> None:
        left = self._size - self.end
        self.problem = f"at byte {self.end:,} {_TORN}: the {left:,} bytes from there on are left out"

    def _damage(self, why: str) -> LogError:
        return self.fault(f"is damaged ({_plain(why)})")

    def _check_version_of(self, data: bytes | bytearray | memoryview) -> None:
        """Of a first record that does not decode: it may be that of another major version."""
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raw = msgspec.msgpack.decode(data[:_LOOK])
            if isinstance(raw, list) and raw[:1] == ["began"] and len(raw) > 3:
                self._check_version(raw[2], raw[3])

    def _check_version(self, major: object, minor: object) -> None:
        if major != MAJOR:
            theirs = _plain(f"{major}.{minor}")
            raise LogError(
                f"{self.name} was recorded with version {theirs} of the protocol, and this is version "
                f"{MAJOR}.{MINOR}; read it with a release of ray-proxy that speaks {_plain(str(major))}"
            )


LARGEST: int = MAX_FRAME + (1 << 20)
"""Bytes of the largest record: it holds a frame, an answer, or a part of a value, and a little more."""
_LOOK = 1 << 16
"""So many bytes of a record are read at first…"""
_BEGINNING = 40
"""… and so many of them tell whether it is one: an array, of less than 65,536 elements, that begins with a tag."""
_DAY = 86400
_EARLIEST, _LATEST = -62_135_596_800.0 + _DAY, 253_402_300_800.0 - _DAY
"""Times from the year 1 to 9999, in every time zone."""


def open_log(path: str | os.PathLike[str]) -> BufferedReader:
    """A file to read from, if it is a regular one, or a link to one: nothing else is opened. Raises `LogError`."""
    try:
        kind = os.stat(path).st_mode
        if stat.S_ISREG(kind):
            file = FileIO(path, opener=_without_waiting)
            kind = os.fstat(file.fileno()).st_mode  # another one may have taken its place
            if stat.S_ISREG(kind):
                return BufferedReader(file, _READ)
            file.close()
    except OSError as error:
        raise LogError(f"{os.fspath(path)} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise LogError(f"{os.fspath(path)!r} cannot be read: no file can have such a name") from error
    what = next((name for holds, name in _NO_FILES.items() if holds(kind)), "something else")
    raise LogError(f"{os.fspath(path)} cannot be read: it is no regular file, as a log is one, but {what}")


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


_NO_FILES: dict[Callable[[int], bool], str] = {
    stat.S_ISDIR: "a folder",
    stat.S_ISFIFO: "a pipe",
    stat.S_ISSOCK: "a socket",
    stat.S_ISCHR: "a device",
    stat.S_ISBLK: "a device",
}


def _tag_of(start: bytes | bytearray | memoryview) -> bytes | None:
    """With which tag a record begins; None: with none."""
    at = 3 if start[:1] == b"\xdc" else 1
    if len(start) <= at or not (at == 3 or 0x91 <= start[0] <= 0x9F) or not 0xA1 <= start[at] <= 0xBF:
        return None
    tag = bytes(start[at + 1 : at + 1 + start[at] - 0xA0])
    return tag if len(tag) == start[at] - 0xA0 else None


def _whole(
    file: BufferedReader | _View, start: bytes | bytearray | memoryview, length: int
) -> bytes | bytearray | memoryview:
    """The content of a record that begins so; less, where the file ends before."""
    if len(start) == length:
        return start
    data = bytearray(length)
    data[: len(start)] = start
    with memoryview(data) as view:
        size = len(start) + file.readinto(view[len(start) :])
    return data if size == length else data[:size]


def _end_of(data: bytes | bytearray | memoryview, crc: int) -> int | None:
    """Where a record ends whose length is wrong: there its checksum is right. None: nowhere, so it is torn."""
    at = value = 0
    with memoryview(data) as view:
        for end in (*(found.start() - _HEAD for found in _BEGINS.finditer(data)), len(data)):
            if end >= at:
                at, value = end, zlib.crc32(view[at:end], value)
                if value == crc:
                    return end
    return None


_BEGINS = re.compile(b"[\x91-\x9f](?:" + b"|".join(re.escape(bytes([0xA0 + len(tag)]) + tag) for tag in _KINDS) + b")")
"""How records begin."""


def _plain(text: str, longest: int = 200) -> str:
    """Text of a log, so that it does nothing to a terminal."""
    text = text if len(text) <= longest else f"{text[:longest]}…"
    return text if text.isprintable() else text.encode("unicode_escape").decode()


class _View:
    """Reads from memory without copying what is not large."""

    def __init__(self, view: memoryview) -> None:
        self._view, self._at = view, 0

    def read(self, size: int) -> memoryview:
        self._at += size
        return self._view[self._at - size : self._at]

    def readinto(self, into: memoryview) -> int:
        data = self.read(into.nbytes)
        into[: data.nbytes] = data
        return data.nbytes


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
    seconds: float
    """From there to the answer."""
    at: float | None
    """The steady time by which leases were judged when these messages were executed."""


class Unanswered:
    """A frame that is not answered to its end: how many of its messages are, and its number in the log.

    It is held in memory, or read again where it is asked for, from its `place`: there may be very many that nobody has
    answered.
    """

    __slots__ = ("_frame", "_place", "answered", "at", "held", "number", "session", "size", "steady", "time")

    def __init__(
        self,
        frame: Frame | None,
        number: int,
        record: Sent | Answered,
        held: int = 0,
        place: Callable[[], Frame | None] | None = None,
    ) -> None:
        self.session: str = record.session
        self.number: int = number
        self.size: int = 1 if frame is None else len(frame.messages)
        """Of how many messages it is; one that cannot be read counts as one."""
        self.held: int = held
        """Bytes of it that are in memory."""
        self._frame = frame if place is None else None
        self._place = place
        self.time: float = record.time
        self.steady: float | None = record.steady
        self.at: float | None = record.steady
        """The steady time by which leases are judged in what is left of it: when it was begun, or answered last."""
        self.answered: int = 0

    @property
    def frame(self) -> Frame | None:
        """None where it cannot be read. Raises `LogError`."""
        return self._frame if self._place is None else self._place()

    def seconds_to(self, answer: Answered) -> float:
        if self.steady is not None and answer.steady is not None:
            return max(0.0, answer.steady - self.steady)
        return max(0.0, answer.time - self.time)


class Frames:
    """Joins frames with their answers, record by record of a log. Raises `LogError` where they do not fit."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._values: dict[str, tuple[int, int]] = {}
        """Of values that are not complete, by token: bytes of the pickle, and the last of its buffers."""
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
        self._held = 0
        """Bytes of frames in memory."""

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
        elif type(record) is Part or type(record) is Value:
            self._check_value(record)
        return None

    def _check_value(self, record: Part | Value) -> None:
        """Numbers of buffers are such as a pickle can have: each takes a byte of it."""
        pickled, last = self._values.pop(record.token, (0, 0))
        if isinstance(record, Value):
            if not last <= record.buffers <= pickled:
                raise self._log.fault(f"says that a value has {record.buffers:,} buffers, which its parts have not")
        elif record.buffer < 0:
            raise self._log.fault(f"is a part of buffer {record.buffer:,} of a value")
        else:
            pickled += 0 if record.buffer else len(record.data)
            self._values[record.token] = pickled, max(last, record.buffer)

    def _sent(self, record: Sent) -> None:
        self.count += 1
        number, frame = self.last = _frame_of(record.data)
        frames = self._unanswered.get(record.session)
        if frames is None:
            frames = self._unanswered[record.session] = {}
            if number > 1:
                self.late.append(self.client(record.session))
        size = len(record.data)
        if self._held + size > _HELD and frame is not None:
            frames[number] = Unanswered(frame, self.count, record, 0, partial(self._log.frame_at, self._log.offset))
            return
        self._held += size
        frames[number] = Unanswered(frame, self.count, record, size)

    def _answered(self, record: Answered) -> Step | None:
        try:
            answer = decode_answer(record.data)
        except ProtocolError as error:
            raise self._log.fault(f"is an answer that this version cannot read ({_plain(str(error))})") from error
        frames = self._unanswered.get(record.session, {})
        sent = frames.get(answer.frame)
        if sent is None:
            if answer.frame or isinstance(answer, Reply):
                return None  # answered already, or sent before the recording began
            sent = Unanswered(None, 0, record)  # of the refused frame not even the number is known
        frame = sent.frame
        if isinstance(answer, Reply):
            self._check_fit(answer, sent, frame)
        if frame is None or isinstance(answer, Refused):
            self._held -= sent.held if frames.pop(answer.frame, None) else 0
            return self._step(sent, frame, sent.size, answer, record)
        if answer.executed >= sent.size:
            del frames[answer.frame]
            self._held -= sent.held
        elif answer.executed <= sent.answered:
            sent.at = record.steady
            return None  # twice the same, or a slice in which nothing could be done
        return self._step(sent, frame, answer.executed, answer, record)

    def _check_fit(self, answer: Reply, sent: Unanswered, frame: Frame | None) -> None:
        """A reply tells of messages of its frame that were executed since the last one, and of errors that are there.

        Where an interrupt came between, a client has recorded the last replies twice: those are passed over.
        """
        errors = len(answer.errors)
        if any(not 0 <= at < errors for _, at in answer.failures):
            raise self._log.fault(f"is an answer that names an error past its {errors:,}")
        if frame is None:
            return  # of a later version
        size = sent.size
        if not 0 <= answer.executed <= size:
            done = f"{answer.executed:,} messages were executed of a frame of {size:,}"
            raise self._log.fault(f"is an answer that says that {done}")
        if answer.executed <= sent.answered:
            return
        for index, _ in (*answer.values, *answer.failures, *answer.warnings):
            if not sent.answered <= index < answer.executed:
                now = f"{sent.answered:,} to {answer.executed:,}"
                raise self._log.fault(f"is an answer that tells of message {index:,}, and is one to those from {now}")

    def _step(
        self,
        sent: Unanswered,
        frame: Frame | None,
        stop: int,
        answer: Reply | Refused | None,
        record: Answered | None,
    ) -> Step:
        start, number, at = sent.answered, self._operations + 1, sent.at
        sent.answered = stop
        self._operations += 1 if frame is None else stop - start
        client, seconds = self.client(sent.session), 0.0
        if record is not None:
            sent.at = record.steady
            seconds = sent.seconds_to(record)
        return Step(number, client, sent.session, frame, start, stop, answer, sent.time, seconds, at)

    def find(self, session: str, number: int) -> Unanswered | None:
        """The frame of that number in its session, if it is not answered to its end."""
        return self._unanswered.get(session, {}).get(number)

    def waits(self, session: str) -> bool:
        """Whether a frame of that session is not answered to its end."""
        return bool(self._unanswered.get(session))

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
            yield self._step(sent, sent.frame, sent.size, None, None)


def _frame_of(data: bytes) -> tuple[int, Frame | None]:
    try:
        frame = decode_frame(data)
    except ProtocolError:
        return frame_number(data), None
    return frame.number, frame

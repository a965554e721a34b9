"""Reading a message log, as a stream of records; what is torn, damaged or made up is told.

Nothing of a log is trusted: what it says of lengths, times and versions is looked at before it is used. Must never know
sessions or what executes a message.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import zlib
from collections.abc import Callable, Iterator
from io import BufferedReader, FileIO
from typing import Union, get_args

import msgspec

from ..errors import LogError, ProtocolError
from ..protocol import MAJOR, MAX_FRAME, MINOR, Frame, decode_frame, frame_number
from .apart import LARGEST_SEED
from .records import MAGIC, Began, Left, Part, Record, Sent, Value, decode

_READ = 1 << 20
_HEAD = 8
_NO_RECORD = "it does not begin as a record does"
_NOBODY = "does not say who has recorded, as the first one does"
_TORN = "the last record is torn, for its writer has died or is at work"
_KINDS = {str(kind.__struct_config__.tag).encode() for kind in get_args(Record)}
_FLOATS = {
    kind: [
        field.name
        for field in msgspec.structs.fields(kind)
        if field.type in (float, Union[float, None]) and field.name != "lease"
    ]
    for kind in get_args(Record)
}
"""Fields that tell a time."""


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
                    record = decode(file.read(int.from_bytes(file.read(_HEAD)[:4], "big")))
            else:
                view = _View(memoryview(self.source)[offset:])
                record = decode(view.read(int.from_bytes(view.read(_HEAD)[:4], "big")))
        except (OSError, msgspec.DecodeError) as error:
            raise LogError(f"{self.name} has changed while it was read: {error}") from error
        return frame_of(record.data)[1] if isinstance(record, Sent) else None

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
            record: Record = decode(data)
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
        return self.fault(f"is damaged ({plain(why)})")

    def _check_version_of(self, data: bytes | bytearray | memoryview) -> None:
        """Of a first record that does not decode: it may be that of another major version."""
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raw = msgspec.msgpack.decode(data[:_LOOK])
            if isinstance(raw, list) and raw[:1] == ["began"] and len(raw) > 3:
                self._check_version(raw[2], raw[3])

    def _check_version(self, major: object, minor: object) -> None:
        if major != MAJOR:
            theirs = plain(f"{major}.{minor}")
            raise LogError(
                f"{self.name} was recorded with version {theirs} of the protocol, and this is version "
                f"{MAJOR}.{MINOR}; read it with a release of ray-proxy that speaks {plain(str(major))}"
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


def plain(text: str, longest: int = 200) -> str:
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


def frame_of(data: bytes) -> tuple[int, Frame | None]:
    try:
        frame = decode_frame(data)
    except ProtocolError:
        return frame_number(data), None
    return frame.number, frame

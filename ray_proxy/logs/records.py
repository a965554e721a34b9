"""The records of a message log, and how each stands in the file.

A log begins with `MAGIC`; then come records, each with four bytes of length and four of CRC-32 (both big-endian, of
what follows) and a MessagePack array as on the wire. Records are only ever added, each by one write, so a process that
is killed leaves all that it has acknowledged, and at most one torn record at the end.

Who records stands at one end of a channel: the interpreter, which sees all clients in the order of execution, or a
client, which sees itself. Must never know files, sessions, or what executes a message.
"""

from __future__ import annotations

import hashlib
import os
import platform
import time
import zlib
from collections.abc import Callable, Sequence
from typing import Any, Literal, Union

import msgspec
from msgspec import Struct

from ..protocol import MAJOR, MINOR

MAGIC = b"ray-proxy log 1\n"
UNSENT = "the reply could not be sent: "
"""So begins the refusal of a frame that was executed all the same."""
_LEASE = 600.0
"""Seconds that a lease of an interpreter lasts, where the recording does not say it."""


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


class Wrote(_Record):
    """What user code has written for a session, to stdout (1) or stderr (2): before the answers that follow.

    `left_out` bytes before it are not here. Where it was not written for a session, that is empty.
    """

    time: float
    session: str
    stream: Literal[1, 2]
    data: bytes
    left_out: int = 0
    steady: Union[float, None] = None


class Told(_Record):
    """Code of a session has asked for a `line` of input, and was told this; None: there was none. What was typed
    `hidden` is not recorded. `within`: which message has asked, by the number of its frame, and its index.

    Since version 1.5; older ones pass it over.
    """

    time: float
    session: str
    line: Union[str, None]
    hidden: bool = False
    within: Union[tuple[int, int], None] = None
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


Record = Union[
    Began, Opened, Sent, Answered, Wrote, Told, Ended, Expired, Part, Value, Left, Restored, Recovered, Stopped
]
_encode = msgspec.msgpack.Encoder().encode
decode: Callable[[Any], Record] = msgspec.msgpack.Decoder(Record).decode


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


def framed(record: Record) -> bytes:
    data = _encode(record)
    return len(data).to_bytes(4, "big") + zlib.crc32(data).to_bytes(4, "big") + data

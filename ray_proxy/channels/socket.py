"""The direct channel: frames over a Unix or TCP socket, and the handshake that opens it.

On the wire: four bytes of length, big-endian, then that many bytes. Before anything else both sides prove, by
HMAC-SHA256 over nonces of both, that they know the key; nothing is decoded before, and the key never travels.
Knows bytes only, and nothing of what they mean.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import importlib
import math
import os
import select
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Union

import msgspec

from ..errors import AuthenticationError, ProtocolError
from ..protocol import MAX_FRAME

HANDSHAKE = 2.0
"""Seconds that a peer has to prove the key."""
SPIN = 100e-6 if len(getattr(os, "sched_getaffinity", lambda _: "?")(0)) > 1 else 0.0
"""Seconds for which both ends look for the next bytes before they sleep.

To be woken costs more than everything else in a trip (measured on 2 cores: 120 µs a trip, 30 µs where neither
end slept). With a single core there is nobody to look out for.
"""
_GOODBYE = 1.0
"""Seconds for which the end of a channel waits for another thread that sends."""
_RECEIVE = 64 * 1024  # a larger buffer is mapped and unmapped at each call (measured: 35 µs for 1 MiB)
_LARGE_RECEIVE = 256 * 1024  # of a frame that is larger still; about as much as a Unix socket holds
_ROOM = bytes(_LARGE_RECEIVE)
_LARGEST = 2**31
"""The largest reply that a client reads; the interpreter keeps to much less, save where one value is larger."""
_LARGE = 128 * 1024
"""Frames of more bytes are not copied more often than need be."""
_NONCE = 32
_MAGIC = b"ray-proxy\n"


Data = Union[bytes, bytearray]


class Address(NamedTuple):
    """Where an interpreter listens: on its node by the path of a Unix socket, from elsewhere by host and port."""

    path: str
    host: str
    port: int


class FrameReader:
    """Cuts a stream of bytes into frames. Raises `ProtocolError` for one over the limit, before it is read."""

    def __init__(self, limit: int = MAX_FRAME) -> None:
        self._buffer = bytearray()
        self._limit = limit
        self._large: bytearray | None = None
        """A large frame, which is received where it stays. It grows as it comes."""
        self._filled = self._size = 0

    def receive(self, connection: socket.socket) -> list[Data]:
        """Receive once; of a large frame, all that is there. Gives the frames that are complete now.

        Raises `OSError`, `ConnectionResetError` at the end of the stream.
        """
        large = self._large
        if large is None:
            data = connection.recv(_RECEIVE)
            if not data:
                raise ConnectionResetError("the stream has ended")
            return self.feed(data)
        while self._filled < self._size:
            if self._filled == len(large):
                large += _ROOM[: self._size - self._filled]
            with memoryview(large) as view, view[self._filled :] as rest:
                received = connection.recv_into(rest)
            if not received:
                raise ConnectionResetError("the stream has ended")
            self._filled += received
        self._large = None
        return [large]

    def feed(self, data: bytes) -> list[Data]:
        """The frames that are complete now."""
        buffer = self._buffer
        if not buffer and is_one_frame(data) and len(data) - 4 <= self._limit:
            return [data[4:]]
        buffer += data
        frames, rest = split(buffer, self._limit)
        if frames:
            self._buffer = rest
        return [*frames]

    def check(self) -> None:
        """Look at what is left behind the complete frames. Raises `ProtocolError`."""
        buffer = self._buffer
        if len(buffer) < 4:
            return
        size = int.from_bytes(buffer[:4], "big")
        if size > self._limit:
            raise ProtocolError(_too_large(size, self._limit))
        if size > _LARGE:
            self._large, self._filled, self._size = buffer[4:], len(buffer) - 4, size
            self._buffer = bytearray()


def is_one_frame(data: bytes) -> bool:
    """The usual case: exactly one frame."""
    return len(data) >= 4 and int.from_bytes(data[:4], "big") == len(data) - 4


def split(buffer: bytearray, limit: int) -> tuple[list[bytes], bytearray]:
    """The complete frames of a buffer, and what is left of it. The buffer stays as it is."""
    frames: list[bytes] = []
    at = 0
    while len(buffer) - at >= 4:
        size = int.from_bytes(buffer[at : at + 4], "big")
        if size > limit:
            if frames:
                break  # those come first
            raise ProtocolError(_too_large(size, limit))
        if len(buffer) - at - 4 < size:
            break
        frames.append(bytes(memoryview(buffer)[at + 4 : at + 4 + size]))
        at += 4 + size
    return frames, buffer[at:] if at else buffer


def _too_large(size: int, limit: int) -> str:
    return f"a frame of {size:,} bytes is over the limit of {limit:,}"


def framed(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


class SocketChannel:
    """The client's end. Sends never wait; whoever waits reads, for everybody, and sends what is left.

    No lock is taken: `channel` says how state is changed here.
    """

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(True)
        self._socket = connection
        self._outgoing: _Outgoing = _Outgoing()
        self._pushing: int | None = None
        """The thread that sends. Others leave it to that: it looks again when it is done."""
        self._chunks: list[bytes] = []
        """What was received and does not make a whole frame yet; an empty one is the end."""
        self._frames: Sequence[bytes] = ()
        self._bell, self._rope = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        """Something to read at the first ends a `pump` that waits."""
        self.received: int = 0
        self.may_be_cut: bool = connection.family != socket.AF_UNIX
        self._wanted = 4
        """Bytes of the chunks without which they need not be looked at."""

    def send(self, data: bytes, number: int = 0) -> None:
        chunks = (framed(data),) if len(data) <= _LARGE else (len(data).to_bytes(4, "big"), data)
        while True:
            before = self._outgoing
            if number and number <= before.taken:
                break
            queue = (*before.queue, *chunks)
            fresh = _Outgoing(queue, max(number, before.taken), before.attempt or self._attempt(chunks[0]))
            if self._outgoing is before: self._outgoing = fresh; break  # noqa: E701, E702  # fmt: skip
        self.push()

    def push(self) -> None:
        self._push_all()

    def _push_all(self) -> bool:
        """Send what can be sent without waiting. False where that is left to another thread, which is at it."""
        me = threading.get_ident()
        while True:
            attempt = self._outgoing.attempt
            if attempt is None:
                return True
            if (holder := self._pushing) is None or holder == me: self._pushing = me  # noqa: E701  # fmt: skip
            else:
                return False
            try:
                if not self._push(attempt):
                    return True
            finally:
                self._pushing = holder

    def _push(self, attempt: _Attempt) -> bool:
        """Send once. False where nothing can be sent without waiting."""
        is_room = True
        try:
            attempt.sent.extend(attempt.call)
        except (BlockingIOError, InterruptedError):
            is_room = False
        while True:
            before = self._outgoing
            if before.attempt is not attempt:
                return is_room
            queue = _after(before.queue, sum(attempt.sent))
            fresh = _Outgoing(queue, before.taken, self._attempt(queue[0]) if queue else None)
            if self._outgoing is before: self._outgoing = fresh; return is_room  # noqa: E701, E702  # fmt: skip

    def _attempt(self, chunk: bytes | memoryview) -> _Attempt:
        return _Attempt([], map(self._socket.send, (chunk,), (socket.MSG_DONTWAIT,)))

    def pump(self, timeout: float | None) -> Sequence[bytes]:
        if not self._frames:
            self._cut()  # an interrupt may have come after it was received
        if not self._frames:
            if self._chunks and not self._chunks[-1]:
                raise ConnectionResetError("the interpreter closed the connection")
            self._receive(timeout)
            self._cut()
        return self._frames

    def wake(self) -> None:
        with contextlib.suppress(OSError):  # it was closed; or it is full, which wakes as well
            os.write(self._rope, b"!")

    def confirm(self, answers: Sequence[bytes], beside: int = 0) -> None:
        received = self.received + len(answers) - beside
        if answers and self._frames is answers: self._frames, self.received = (), received  # noqa: E701  # fmt: skip

    def _cut(self) -> None:
        """Make frames of the chunks, once there is a whole one."""
        while True:
            chunks, given = self._chunks, self._frames
            count = len(chunks)
            if given or not count:
                return
            rest: list[bytes] = []
            if count == 1 and is_one_frame(chunks[0]):
                frames, wanted = [chunks[0][4:]], 4
            elif sum(map(len, chunks)) < self._wanted and chunks[-1]:
                return
            else:
                frames, left = split(bytearray().join(chunks), _LARGEST)
                wanted = 4 + int.from_bytes(left[:4], "big") if len(left) >= 4 else 4
                rest = [bytes(left)] if left else []
                if not chunks[-1]:
                    rest.append(b"")
            if self._frames is given and self._chunks is chunks and not chunks[count:]: self._frames, self._chunks, self._wanted = frames, rest, wanted; return  # noqa: E501, E701, E702  # fmt: skip

    def _receive(self, timeout: float | None) -> None:
        if self._socket.fileno() < 0:
            raise ConnectionResetError("the channel is closed")
        if timeout is None or timeout > 0:
            until = time.perf_counter() + (SPIN if timeout is None else min(SPIN, timeout))
            while True:
                if self._received():
                    return
                if time.perf_counter() > until:
                    break
        elif self._received() or not self._outgoing.queue:
            return
        poll = select.poll()
        try:
            poll.register(self._bell, select.POLLIN)
            poll.register(self._socket, select.POLLIN | (select.POLLOUT if self._outgoing.queue else 0))
        except ValueError:  # another thread has dropped it meanwhile
            raise ConnectionResetError("the channel is closed") from None
        for descriptor, event in poll.poll(None if timeout is None else max(0, timeout * 1000)):
            if descriptor == self._bell:
                with contextlib.suppress(OSError):
                    os.read(self._bell, 4096)
                continue
            if event & select.POLLOUT:
                self.push()
            if event & ~select.POLLOUT:
                self._received()

    def _received(self) -> bool:
        """Receive once, what is there."""
        if self._frames:
            return True  # for whoever came in between
        try:
            size = _RECEIVE if self._wanted <= _RECEIVE else _LARGE_RECEIVE
            self._chunks.extend(map(self._socket.recv, (size,), (socket.MSG_DONTWAIT,)))
        except BlockingIOError:
            return False
        return True

    def backlog(self) -> int:
        queue = self._outgoing.queue
        return sum(map(len, queue)) if queue else 0

    def fileno(self) -> int:
        return self._socket.fileno()

    def abandon(self) -> None:
        self._socket.close()
        self._close_bell()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.send(b"")  # behind what is left; where that cannot be sent now, the session ends with its process
            until = time.monotonic() + _GOODBYE
            while not self._push_all() and time.monotonic() < until:
                time.sleep(0.0005)
        self.drop()

    def drop(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes a thread that reads, which `close` does not
        with contextlib.suppress(OSError):
            self._socket.close()
        self.wake()

    def __del__(self) -> None:
        try:
            self._close_bell()
        except Exception:  # half made; or Python is shutting down, and `contextlib` is gone, too
            pass

    def _close_bell(self) -> None:
        bell, rope, self._bell, self._rope = self._bell, self._rope, -1, -1
        for end in (bell, rope):
            if end >= 0:
                os.close(end)


class _Attempt(msgspec.Struct, frozen=True, eq=False):
    """To send the first chunk of a queue, once."""

    sent: list[int]
    """How many bytes were sent, when that has been done."""
    call: Iterator[int]
    """Whoever comes first sends by this, in one call of C: ``sent.extend(call)``."""


class _Outgoing(msgspec.Struct, frozen=True, eq=False):
    """What a channel has to send. It is replaced as a whole."""

    queue: tuple[bytes | memoryview, ...] = ()
    """Frames, the first perhaps in part."""
    taken: int = 0
    """Number of the last frame."""
    attempt: _Attempt | None = None
    """At the first of the queue."""


def _after(queue: tuple[bytes | memoryview, ...], sent: int) -> tuple[bytes | memoryview, ...]:
    """What is left of a queue of which so many bytes are sent."""
    while queue and sent >= len(queue[0]):
        sent -= len(queue[0])
        queue = queue[1:]
    return (memoryview(queue[0])[sent:], *queue[1:]) if sent else queue


# ----------------------------------------------------------------------------------------------- handshake


def _without_openssl() -> Any:
    """SHA-256 by Python itself: OpenSSL stays locked in a process that is forked while another thread is in it."""
    for module in ("_sha2", "_sha256"):  # its name up to Python 3.11 is the second
        with contextlib.suppress(ImportError):
            return importlib.import_module(module).sha256
    return hashlib.sha256


_sha256: Any = _without_openssl()


def _hash(data: bytes = b"") -> Any:
    """As a function of Python's, because `hmac` hands those of C to OpenSSL."""
    return _sha256(data)


def _proof(key: bytes, role: bytes, first: bytes, second: bytes) -> bytes:
    return hmac.new(key, role + first + second, _hash).digest()


def _receive(connection: socket.socket, size: int, until: float) -> bytes:
    data = b""
    while len(data) < size:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the peer did not finish the handshake in time")
        connection.settimeout(None if left == math.inf else left)
        some = connection.recv(size - len(data))
        if not some:
            raise ConnectionResetError("the peer closed the connection during the handshake")
        data += some
    return data


def receive_frame(connection: socket.socket, until: float, limit: int = MAX_FRAME) -> bytes:
    """One frame from a blocking socket. Raises `TimeoutError` past `until` (`time.monotonic`), `ProtocolError`."""
    size = int.from_bytes(_receive(connection, 4, until), "big")
    if size > limit:
        raise ProtocolError(_too_large(size, limit))
    return _receive(connection, size, until)


def prove_to_server(connection: socket.socket, key: bytes, timeout: float = HANDSHAKE) -> None:
    """The client's half of the handshake. Raises `AuthenticationError`, `OSError`."""
    until = time.monotonic() + timeout
    theirs = _receive(connection, len(_MAGIC) + _NONCE, until)
    if not theirs.startswith(_MAGIC):
        raise AuthenticationError("the peer is no ray-proxy interpreter")
    theirs, ours = theirs[len(_MAGIC) :], os.urandom(_NONCE)
    connection.sendall(ours + _proof(key, b"client", theirs, ours))
    if not hmac.compare_digest(_receive(connection, 32, until), _proof(key, b"server", theirs, ours)):
        raise AuthenticationError("the interpreter did not prove that it knows the key")
    connection.settimeout(None)


def prove_to_client(connection: socket.socket, key: bytes, timeout: float = HANDSHAKE) -> None:
    """The server's half. Raises `AuthenticationError`, `OSError`. A fresh nonce makes replays worthless."""
    until = time.monotonic() + timeout
    ours = os.urandom(_NONCE)
    connection.sendall(_MAGIC + ours)
    answer = _receive(connection, _NONCE + 32, until)
    theirs, proof = answer[:_NONCE], answer[_NONCE:]
    if not hmac.compare_digest(proof, _proof(key, b"client", ours, theirs)):
        raise AuthenticationError("a peer did not prove that it knows the key")
    connection.sendall(_proof(key, b"server", ours, theirs))
    connection.settimeout(None)


_KEEPALIVE = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 4, "TCP_USER_TIMEOUT": 30_000}
"""When the kernel finds out that the peer's node has vanished: after 30 s.

A connection that ends though the peer lives, since it has read nothing for so long, is replaced.
"""


def set_up_tcp(connection: socket.socket) -> None:
    """Small frames leave at once, and an idle connection to a node that vanished comes to an end."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEPALIVE.items():
        with contextlib.suppress(AttributeError):  # not every system has each
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


def dial(address: Address, key: bytes, same_node: bool, timeout: float = 10.0) -> socket.socket:
    """An authenticated connection; by TCP, where this is another node, or the Unix socket is not there: a cleaner of
    temporary files has removed it. Raises `OSError`, `AuthenticationError`."""
    if same_node and address.path:
        try:
            return _dial(address, key, True, timeout)
        except FileNotFoundError:
            if not address.port:
                raise
    return _dial(address, key, False, timeout)


def _dial(address: Address, key: bytes, by_unix: bool, timeout: float) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX if by_unix else socket.AF_INET, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout)
        if by_unix:
            connection.connect(address.path)
        else:
            connection.connect((address.host, address.port))
            set_up_tcp(connection)
        prove_to_server(connection, key, timeout)
    except BaseException:
        connection.close()
        raise
    return connection

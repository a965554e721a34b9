"""The direct channel: frames over a Unix or TCP socket, and the handshake that opens it.

On the wire: four bytes of length, big-endian, then that many bytes. Before anything else both sides prove, by
HMAC-SHA256 over nonces of both, that they know the key; nothing is decoded before, and the key never travels.
Knows bytes only, and nothing of what they mean.
"""

from __future__ import annotations

import contextlib
import hmac
import math
import os
import select
import socket
import threading
import time
from collections import deque
from typing import NamedTuple

from ..errors import AuthenticationError, ProtocolError
from ..protocol import MAX_FRAME

HANDSHAKE = 2.0
"""Seconds that a peer has to prove the key."""
SPIN = 100e-6 if len(getattr(os, "sched_getaffinity", lambda _: "?")(0)) > 1 else 0.0
"""Seconds for which both ends look for the next bytes before they sleep.

To be woken costs more than everything else in a trip (measured on 2 cores: 120 µs a trip, 30 µs where neither
end slept). With a single core there is nobody to look out for.
"""
_RECEIVE = 64 * 1024  # a larger buffer is mapped and unmapped at each call (measured: 35 µs for 1 MiB)
_NONCE = 32
_MAGIC = b"ray-proxy\n"


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

    def feed(self, data: bytes) -> list[bytes]:
        """The frames that are complete now."""
        buffer = self._buffer
        if not buffer and len(data) >= 4 and int.from_bytes(data[:4], "big") == len(data) - 4:
            return [data[4:]]  # the usual case: exactly one frame
        buffer += data
        frames, at = [], 0
        while len(buffer) - at >= 4:
            size = int.from_bytes(buffer[at : at + 4], "big")
            if size > self._limit:
                raise ProtocolError(f"a frame of {size:,} bytes is over the limit of {self._limit:,}")
            if len(buffer) - at - 4 < size:
                break
            frames.append(bytes(memoryview(buffer)[at + 4 : at + 4 + size]))
            at += 4 + size
        if at:
            del buffer[:at]
        return frames


def framed(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


class SocketChannel:
    """The client's end. Sends never wait; whoever waits reads, for everybody, and sends what is left."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(True)
        self._socket = connection
        self._reader = FrameReader(2**32)
        self._unsent: deque[bytes | memoryview] = deque()
        self._backlog = 0
        self._sending = threading.RLock()

    def send(self, data: bytes) -> None:
        with self._sending:
            self._unsent.append(framed(data))
            self._backlog += len(data) + 4
            self.push()

    def push(self) -> None:
        with self._sending:
            while self._unsent:
                head = self._unsent[0]
                try:
                    sent = self._socket.send(head, socket.MSG_DONTWAIT)
                except (BlockingIOError, InterruptedError):
                    return
                self._backlog -= sent
                if sent == len(head):
                    self._unsent.popleft()
                else:
                    self._unsent[0] = memoryview(head)[sent:]

    def pump(self, timeout: float | None) -> list[bytes]:
        if timeout is not None or self._backlog:
            poll = select.poll()
            poll.register(self._socket, select.POLLIN | (select.POLLOUT if self._backlog else 0))
            readable = False
            for _, event in poll.poll(None if timeout is None else max(0, timeout * 1000)):
                if event & select.POLLOUT:
                    self.push()
                readable = bool(event & ~select.POLLOUT)
            if not readable:
                return []
        data = self._receive_soon()
        if data is None:
            data = self._socket.recv(_RECEIVE)
        if not data:
            raise ConnectionResetError("the interpreter closed the connection")
        return self._reader.feed(data)

    def _receive_soon(self) -> bytes | None:
        until = time.perf_counter() + SPIN
        while time.perf_counter() < until:
            try:
                return self._socket.recv(_RECEIVE, socket.MSG_DONTWAIT)
            except BlockingIOError:
                pass
        return None

    def backlog(self) -> int:
        return self._backlog

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes a thread that reads, which `close` does not
        with contextlib.suppress(OSError):
            self._socket.close()


# ----------------------------------------------------------------------------------------------- handshake


def _proof(key: bytes, role: bytes, first: bytes, second: bytes) -> bytes:
    return hmac.digest(key, role + first + second, "sha256")


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
        raise ProtocolError(f"a frame of {size:,} bytes is over the limit of {limit:,}")
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


def dial(address: Address, key: bytes, same_node: bool, timeout: float = 10.0) -> socket.socket:
    """An authenticated connection. Raises `OSError`, `AuthenticationError`."""
    connection = socket.socket(socket.AF_UNIX if same_node else socket.AF_INET, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout)
        if same_node:
            connection.connect(address.path)
        else:
            connection.connect((address.host, address.port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        prove_to_server(connection, key, timeout)
    except BaseException:
        connection.close()
        raise
    return connection

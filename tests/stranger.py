"""A client of its own, written from docs/protocol.md alone: nothing of ray_proxy is imported here."""

from __future__ import annotations

import hashlib
import hmac
import os
import socket
from typing import Any

from msgspec import msgpack

Address = str | tuple[str, int]
REPLY: list[Any] = ["reply", 0, 0, [], [], []]
WELCOME: list[Any] = ["welcome", 0, 0, "", "", 0, 30.0, 0]
"""With the defaults of fields that may be left out."""


class Refused(Exception):
    """The interpreter has refused something: its frame, the reason, and the kind."""


def connect(address: Address, key: bytes, hello: list[Any]) -> tuple[socket.socket, list[Any]]:
    """An authenticated connection, and the welcome. Raises `Refused`, or `OSError` where the peer is a wrong one."""
    connection = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
    try:
        connection.settimeout(30)
        connection.connect(address)
        prove(connection, key)
        send_packet(connection, hello)
        welcome = receive_packet(connection)
        if welcome[0] == "refused":
            raise Refused(*welcome[1:4])
        assert welcome[:2] == ["welcome", 1]
    except BaseException:
        connection.close()
        raise
    return connection, welcome + WELCOME[len(welcome) :]


def prove(connection: socket.socket, key: bytes) -> None:
    assert receive(connection, 10) == b"ray-proxy\n"
    theirs, ours = receive(connection, 32), os.urandom(32)
    connection.sendall(ours + hmac.digest(key, b"client" + theirs + ours, hashlib.sha256))
    assert hmac.compare_digest(receive(connection, 32), hmac.digest(key, b"server" + theirs + ours, hashlib.sha256))


def receive(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        some = connection.recv(size - len(data))
        if not some:
            raise ConnectionResetError("the interpreter has closed the connection")
        data += some
    return data


def receive_packet(connection: socket.socket) -> Any:
    return msgpack.decode(receive(connection, int.from_bytes(receive(connection, 4), "big")))


def send_packet(connection: socket.socket, value: Any) -> None:
    data = msgpack.encode(value)
    connection.sendall(len(data).to_bytes(4, "big") + data)


def ask_control(address: Address, key: bytes, request: list[Any]) -> dict[str, Any]:
    connection, _ = connect(address, key, ["hello", 1, 0, "", "control"])
    with connection:
        send_packet(connection, request)
        status: dict[str, Any] = receive_packet(connection)
        return status


class Outcome:
    """What became of a frame, put together from its replies."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.executed = -1
        self.values: dict[int, list[Any]] = {}
        self.errors: dict[int, list[Any]] = {}

    def value(self, index: int) -> Any:
        """The value that a message was asked for, or that rode along."""
        plain = [value for value in self.values.get(index, []) if not (isinstance(value, list) and value[0] == "ref")]
        return plain[0] if plain else None


class Client:
    """One session."""

    def __init__(self, address: Address, key: bytes, session: str | None = None) -> None:
        self.address, self.key = address, key
        self.session = session or os.urandom(16).hex()
        self.number = 0
        self.answers = 0
        self.kept: dict[int, list[Any]] = {}
        """Frames without their last answer."""
        self.outcomes: dict[int, Outcome] = {}
        self.connection, self.welcome = connect(address, key, ["hello", 1, 0, self.session])

    def send(self, *messages: list[Any]) -> int:
        """Send a frame; gives its number."""
        self.number += 1
        self.outcomes[self.number] = Outcome(len(messages))
        self.kept[self.number] = ["frame", self.number, list(messages), [], self.answers]
        send_packet(self.connection, self.kept[self.number])
        return self.number

    def read(self) -> int:
        """Take one answer; gives the frame that it belongs to."""
        answer = receive_packet(self.connection)
        self.answers += 1
        if answer[0] == "refused":
            self.kept.pop(answer[1], None)
            raise Refused(*answer[1:4])
        _, number, executed, values, failures, errors = (answer + REPLY[len(answer) :])[:6]
        outcome = self.outcomes[number]
        outcome.executed = executed
        for index, value in values:
            outcome.values.setdefault(index, []).append(value)
        for index, at in failures:
            outcome.errors[index] = errors[at]
        if executed == outcome.size:
            del self.kept[number]
        return number

    def wait(self, number: int) -> Outcome:
        while number in self.kept:
            self.read()
        return self.outcomes[number]

    def ask(self, *messages: list[Any]) -> Outcome:
        return self.wait(self.send(*messages))

    def drop(self) -> None:
        """The connection is lost."""
        self.connection.close()

    def resume(self) -> None:
        hello = ["hello", 1, 0, self.session, "frames", "", "", True, self.answers]
        connection, self.welcome = connect(self.address, self.key, hello)
        self.drop()
        self.connection = connection
        for number in range(self.welcome[7] + 1, self.number + 1):
            send_packet(self.connection, self.kept[number])

    def goodbye(self) -> None:
        with self.connection:
            self.connection.sendall(bytes(4))
            assert self.connection.recv(1) == b""

"""A server of this process, and who talks with it: peers that say what they like, or sessions at the end of a cable.

All real: sockets, handshakes, the server's threads. Only Ray is not there.
"""

from __future__ import annotations

import os
import random
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import cloudpickle
import pytest
from cable import Cable, CableInterpreter, CableLink
from conftest import eventually

from ray_proxy.channels.socket import (
    SocketChannel,
    dial,
    framed,
    prove_to_server,
    receive_frame,
)
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.interpreter.leases import LEASE
from ray_proxy.logs.records import began
from ray_proxy.logs.store import RecordingStore
from ray_proxy.logs.writer import Writer
from ray_proxy.output.capture import Capture
from ray_proxy.protocol import (
    MAJOR,
    MAX_FRAME,
    MINOR,
    Answer,
    Call,
    Control,
    Frame,
    GetAttr,
    Hello,
    Import,
    Message,
    Op,
    Pickled,
    Ref,
    Reply,
    Status,
    Welcome,
    decode_answer,
    decode_status,
    decode_welcome,
    encode,
)
from ray_proxy.server.server import GRACE, Server
from ray_proxy.session.session import Session
from ray_proxy.values.store import Store

SOON = 10.0
"""Seconds after which a test gives up what should have happened long ago."""


class Host:
    """A server, whose `serve` runs in a thread of its own each time it asks for that."""

    def __init__(
        self,
        bind: str | None = None,
        limit: int = MAX_FRAME,
        lease: float = LEASE,
        grace: float = GRACE,
        log: Writer | None = None,
        store: Store | None = None,
        name: str = "here",
        host: str = "this host",
        capture: Capture | None = None,
    ) -> None:
        self.interpreter = Interpreter(name, store, lease=lease)
        self.serving: list[threading.Thread] = []
        self.clients: list[Client] = []
        self.gates: list[Gate] = []
        self.server = Server(self.interpreter, host, self._start, bind, limit, grace=grace, log=log, capture=capture)

    def _start(self) -> None:
        thread = threading.Thread(target=self.server.serve, daemon=True)
        self.serving.append(thread)
        thread.start()

    def connect(self, session: str = "first", tcp: bool = False, code: bool = False, **more: Any) -> Client:
        """A client, whose hello says more perhaps."""
        client = Client(self, session, tcp, code, **more)
        self.clients.append(client)
        eventually(lambda: self.serving != [] and self.serving[-1].ident is not None)
        return client

    def gate(self) -> Gate:
        """Something that user code can wait for; open at the latest when the test ends."""
        self.gates.append(Gate())
        return self.gates[-1]

    def knock(self) -> socket.socket:
        """A connection that has proved nothing yet."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(SOON)
        connection.connect(self.server.address.path)
        return connection

    def dial(self, tcp: bool = False) -> socket.socket:
        """A connection that has proved the key, and said no hello yet."""
        return dial(self.server.address, self.server.key, not tcp)

    def status(self, request: Control | None = None) -> dict[str, Any]:
        """What a control connection tells, upon a request."""
        with self.dial() as connection:
            hello(connection, role="control")
            return ask_status(connection, request)

    def has_ended(self) -> bool:
        return not any(thread.is_alive() for thread in self.serving)

    def close(self) -> None:
        for client in self.clients:
            client.channel.close()
        self.server.close()
        for gate in self.gates:
            os.close(gate.writing)  # ends every read of it
        eventually(self.has_ended, SOON)
        for gate in self.gates:
            os.close(gate.reading)


class Rig:
    """An interpreter with its server, which serves in a thread, and the cable to it."""

    def __init__(
        self, grace: float = 30.0, lease: float = 600.0, log: str | None = None, store: Store | None = None
    ) -> None:
        """With the path of a `log`, the interpreter is recorded; with a `store`, bulk values go through that."""
        self.store = store
        writer = None if log is None else Writer(log, began("interpreter", "rig", "rig", store is not None, lease))
        inside = None if store is None or writer is None else RecordingStore(store, writer, inside=True)
        self.host = Host(lease=lease, grace=grace, log=writer, store=inside or store, name="rig", host="rig")
        self.interpreter, self.server = self.host.interpreter, self.host.server
        self.cable = Cable(self.server.address.path)
        self.envs: list[CableInterpreter] = []

    def connect(self, past_cable: bool = False) -> CableInterpreter:
        path = self.server.address.path if past_cable else self.cable.path
        session = Session(self.store, link=CableLink(path, self.server.key), env=CableInterpreter)
        env: CableInterpreter = session.env()
        self.envs.append(env)
        return env

    def break_after(self, bytes: tuple[int, int], seed: int) -> None:
        """Each later connection breaks after a random number of bytes."""
        numbers = random.Random(seed)
        self.cable.lives = lambda: numbers.randint(*bytes)
        self.cable.cut()

    def close(self) -> None:
        self.cable.held.clear()
        for env in self.envs:
            env.destroy()
        self.cable.close()
        self.server.close()  # `serve` goes on for the grace time of what the cable has cut off
        if self.server.log is not None:
            self.server.log.close()


class Client:
    """One session over a socket: send messages, get the replies to their frame."""

    def __init__(self, host: Host, session: str, tcp: bool, code: bool, **more: Any) -> None:
        self.host = host
        connection = host.dial(tcp)
        self.welcome = hello(connection, session, code=code, **more)
        self.channel = SocketChannel(connection)
        self.number = 0
        self.sizes: dict[int, int] = {}
        self.arrived: list[bytes] = []

    def send(self, *messages: Message, path: tuple[str, ...] = (), origin: int = 0) -> None:
        self.number += 1
        self.sizes[self.number] = len(messages)
        self.channel.send(encode(Frame(self.number, list(messages), list(path), origin=origin)))

    def answer(self) -> Answer:
        """The next answer."""
        until = time.monotonic() + SOON
        while not self.arrived:
            assert time.monotonic() < until, "no answer came"
            self.arrived += pumped(self.channel, 0.1)
        return decode_answer(self.arrived.pop(0))

    def reply(self) -> Reply:
        """The whole reply to the next frame, put together where it comes bit by bit."""
        whole = Reply(0, -1)
        while whole.executed < self.sizes.get(whole.frame, 0):
            part = self.answer()
            assert isinstance(part, Reply)
            failures = [(index, len(whole.errors) + at) for index, at in part.failures]
            values, failures = whole.values + part.values, whole.failures + failures
            whole = Reply(part.frame, part.executed, values, failures, whole.errors + part.errors)
        return whole

    def ask(self, *messages: Message) -> Reply:
        self.send(*messages)
        return self.reply()

    def works(self) -> bool:
        """Whether an operation is executed and answered."""
        return self.ask(Op(0, "add", [1, 2])).values == [(0, 3)]

    def send_raw(self, data: bytes) -> None:
        """Bytes that the channel would not send."""
        os.write(self.channel.fileno(), data)

    def sees_the_end(self) -> bool:
        """Whether the server closes the connection."""
        until = time.monotonic() + SOON
        while time.monotonic() < until:
            try:
                self.channel.pump(0.1)
            except OSError:
                return True
        return False


class Gate:
    """Something that user code can wait for, by plain messages, until the test opens it."""

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()

    def wait(self) -> Message:
        """Waits, where variable 1 is `os.read`."""
        return Call(0, Ref(1), [self.reading, 1])

    def open(self) -> None:
        os.write(self.writing, b"!")


class Recorder:
    """A client's half of the handshake that keeps what went over the wire."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.sent = b""
        self.received = b""

    def prove(self, key: bytes, and_then: bytes = b"") -> None:
        """Prove the key through a relay; `and_then` leaves at once behind the proof."""
        inner, outer = socket.socketpair()
        problems: list[BaseException] = []

        def run() -> None:
            try:
                prove_to_server(inner, key, SOON)
            except BaseException as problem:
                problems.append(problem)

        with inner, outer:
            thread = threading.Thread(target=run, daemon=True)
            thread.start()
            self._hear(outer, 42)
            self.sent += outer.recv(64, socket.MSG_WAITALL)
            self.connection.sendall(self.sent + and_then)
            self._hear(outer, 32)
            thread.join(SOON)
        if problems:
            raise problems[0]

    def _hear(self, outer: socket.socket, size: int) -> None:
        try:
            data = self.connection.recv(size, socket.MSG_WAITALL)
        except ConnectionResetError:
            data = b""
        self.received += data
        if data:
            outer.sendall(data)
        else:
            outer.shutdown(socket.SHUT_WR)


def pumped(channel: SocketChannel, timeout: float | None) -> list[bytes]:
    """The replies that come in that time, dealt with."""
    replies = channel.pump(timeout)
    channel.confirm(replies)
    return list(replies)


def hello(
    connection: socket.socket,
    session: str = "first",
    role: Any = "frames",
    minor: int = MINOR,
    code: bool = False,
    **more: Any,
) -> Welcome:
    connection.sendall(framed(encode(Hello(MAJOR, minor, session, role, code=code, **more))))
    return decode_welcome(receive_frame(connection, time.monotonic() + SOON))


def ask_status(connection: socket.socket, request: Control | None = None) -> dict[str, Any]:
    connection.sendall(framed(encode(Status() if request is None else request)))
    return decode_status(receive_frame(connection, time.monotonic() + SOON))


def rest(connection: socket.socket) -> bytes:
    """All that still comes, until the peer closes."""
    connection.settimeout(SOON)
    data = b""
    try:
        while some := connection.recv(4096):
            data += some
    except ConnectionResetError:
        pass
    return data


READ: list[Message] = [Import(2, "os"), GetAttr(1, Ref(2), "read")]
"""Makes variable 1 `os.read`."""

shelf: dict[str, Any] = {}
"""Where user code of these tests finds what has no pickle."""

over_both = pytest.mark.parametrize("tcp", [False, True], ids=["unix", "tcp"])
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def function(value: Callable[..., object]) -> Pickled:
    return Pickled(cloudpickle.dumps(value), [])

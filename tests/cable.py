"""A cable between a session and a server, that can be cut, held, or made to break after some bytes."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import socket
import tempfile
import threading
import time
from typing import Any

from ray_proxy.channels.socket import Address, SocketChannel, dial, framed, receive_frame
from ray_proxy.errors import AuthenticationError, InterpreterDiedError, RayProxyError
from ray_proxy.protocol import MAJOR, MINOR, Control, Hello, Welcome, decode_status, decode_welcome, encode
from ray_proxy.session.session import Session
from ray_proxy.var.env import SessionInterpreter


class Cable:
    """Forwards connections from a Unix socket of its own to a server's."""

    def __init__(self, target: str) -> None:
        self.folder = tempfile.mkdtemp(prefix="cable_")
        self.path = os.path.join(self.folder, "cable.sock")
        self.target = target
        self.held = threading.Event()
        """While set, nothing passes, and nobody is told."""
        self.plugged = True
        """While not, nobody can connect."""
        self.connections = 0
        self.lives = lambda: 1 << 60
        """Gives for each connection after how many bytes it breaks."""
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen(64)
        self._closed = False
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        while not self._closed:
            if not readable([self._listener], 0.05):
                continue
            near, _ = self._listener.accept()
            far = socket.socket(socket.AF_UNIX)
            if not self.plugged:
                near.close()
                far.close()
                continue
            far.connect(self.target)
            self.connections += 1
            self._pairs.append((near, far))
            self._threads.append(threading.Thread(target=self._forward, args=(near, far, self.lives()), daemon=True))
            self._threads[-1].start()

    def _forward(self, near: socket.socket, far: socket.socket, life: int) -> None:
        with near, far, contextlib.suppress(OSError):
            while not self._closed:
                if self.held.is_set():
                    time.sleep(0.005)
                    continue
                for source in readable([near, far], 0.02):
                    data = source.recv(min(4096, max(1, life)))
                    if not data or life <= 0:
                        return
                    life -= len(data)
                    (far if source is near else near).sendall(data)

    def cut(self) -> None:
        """Break all connections."""
        for pair in self._pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._closed = True
        self.cut()
        for thread in self._threads:
            thread.join(5)
        self._listener.close()
        shutil.rmtree(self.folder)


def readable(sockets: list[socket.socket], seconds: float) -> list[socket.socket]:
    """Those that have something to read within that time. `select.select` knows no descriptors above 1,023."""
    poll = select.poll()
    by_number = {one.fileno(): one for one in sockets}
    for number in by_number:
        poll.register(number, select.POLLIN)
    return [by_number[number] for number, _ in poll.poll(seconds * 1000)]


class CableLink:
    """Connects a session with a server; tries again for as long as the session's grace time."""

    def __init__(self, path: str, key: bytes) -> None:
        self.path = path
        self.key = key

    def _open(self, hello: Hello, seconds: float) -> tuple[socket.socket, Welcome]:
        until = time.monotonic() + seconds
        connection = self._dial(seconds)
        connection.sendall(framed(encode(hello)))
        try:
            return connection, decode_welcome(receive_frame(connection, until))
        except BaseException:
            connection.close()
            raise

    def _dial(self, seconds: float) -> socket.socket:
        return dial(Address(self.path, "", 0), self.key, True, seconds)

    def connect(self, session: Session) -> None:
        since, error = session.line.lost or (time.monotonic(), OSError("never connected"))
        while time.monotonic() < since + session.grace and not session.is_broken():
            resume, answers = session.resumption()
            taken = session.outputs.taken if resume else 0
            hello = Hello(MAJOR, MINOR, session.name, resume=resume, answers=answers, prints=True, output=taken)
            try:
                connection, welcome = self._open(hello, 1)
            except (OSError, AuthenticationError):
                time.sleep(0.01)
                continue
            except RayProxyError as refusal:
                session.fail(refusal)
                return
            connection.settimeout(None)
            session.attach(SocketChannel(connection), welcome)
            return
        session.fail(InterpreterDiedError(f"{session.silence(time.monotonic() - since)} ({error})"))

    def is_there(self, seconds: float) -> bool:
        try:
            self._open(Hello(MAJOR, MINOR, "", "control"), seconds)[0].close()
        except (OSError, AuthenticationError):
            return False
        return True

    def control(self, request: Control) -> dict[str, Any]:
        connection, _ = self._open(Hello(MAJOR, MINOR, "", "control"), 5)
        with connection:
            connection.sendall(framed(encode(request)))
            return decode_status(receive_frame(connection, time.monotonic() + 5))

    def interrupt(self, session: str, frames: list[int]) -> None:
        """Nobody is interrupted here."""

    def cancel(self, session: str, messages: list[tuple[int, int]]) -> None:
        """Nor is anything cancelled."""


class CableInterpreter(SessionInterpreter):
    """An interpreter at the end of a cable, as users see it."""

    @property
    def id(self) -> str:
        return self.session.interpreter

    def status(self) -> dict[str, Any]:
        return {}

    def get_host(self) -> str:
        return self.session.host

    def interrupt(self) -> None:
        """Nobody is interrupted here."""

    def destroy(self) -> None:
        self.session.close()


class FarLink(CableLink):
    """The same over TCP."""

    def __init__(self, host: str, port: int, key: bytes) -> None:
        super().__init__("", key)
        self.address = Address("", host, port)

    def _dial(self, seconds: float) -> socket.socket:
        return dial(self.address, self.key, False, seconds)

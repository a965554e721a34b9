"""Who may enter: greets connections, admits clients, and answers control connections.

Each connection is authenticated in a short-lived thread of its own, so that a silent peer delays nobody; and each
control connection is answered by its thread, also while user code runs. Knows not how frames are executed.
"""

from __future__ import annotations

import contextlib
import math
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Literal

from ..channels.socket import HANDSHAKE, framed, prove_to_client, receive_frame, set_up_tcp
from ..errors import AuthenticationError, ProtocolError, SessionLostError, VersionError
from ..interpreter.interpreter import Interpreter
from ..logs.writer import Writer
from ..protocol import (
    MAJOR,
    MAX_FRAME,
    MINOR,
    Cancel,
    Deliver,
    Describe,
    Hello,
    Interrupt,
    Refused,
    Tell,
    Welcome,
    Written,
    decode_control,
    decode_hello,
    encode,
)
from .clients import Client, Clients
from .delivering import Delivering
from .describing import Describing
from .floor import Floor
from .interrupts import Interrupts
from .printing import Printing
from .prompting import Prompting
from .work import SESSION_LOST, Work

_STRANGER_LIMIT = 64 * 1024
"""Bytes of a hello."""
_STRANGERS = 64
"""Connections that have not proved the key yet, each with a thread; where one more comes, the oldest is let go."""


class Door:
    """Lets clients in.

    Args:
        limit: largest frame, in bytes.
        host: name of this machine, for `Welcome`…
        grace: … and seconds for which a lost session is kept.
        start: called when the first client has come: shall make the right thread call `serve`.
        status: what a control connection is told.
        delivering: takes project code that comes over one…
        prompting: … and lines that user code waits for.
        describing: looks at variables.
        printing: tells clients what was written.
    """

    def __init__(
        self,
        interpreter: Interpreter,
        clients: Clients,
        floor: Floor,
        interrupts: Interrupts,
        log: Writer | None,
        limit: int,
        host: str,
        grace: float,
        start: Callable[[], None],
        status: Callable[[], dict[str, Any]],
        delivering: Delivering,
        printing: Printing,
        prompting: Prompting,
        describing: Describing,
    ) -> None:
        self.key: bytes = secrets.token_bytes(32)
        self._interpreter = interpreter
        self._clients = clients
        self._floor = floor
        self._interrupts = interrupts
        self._log = log
        self._limit = limit
        self._host = host
        self._grace = grace
        self._start = start
        self._status = status
        self._delivering = delivering
        self._printing = printing
        self._prompting = prompting
        self._describing = describing
        self.closed = False
        self._lock = threading.Lock()
        self._strangers: dict[socket.socket, None] = {}
        """Connections that have not proved the key and said hello yet, in the order in which they came."""

    def meet(self, connection: socket.socket) -> None:
        """Greet whoever it is in a thread of its own."""
        with self._lock:
            self._strangers[connection] = None
            if len(self._strangers) > _STRANGERS:
                # Not the newest: who has the key needs a moment, and a flood of strangers shall not keep it out.
                oldest = next(iter(self._strangers))
                del self._strangers[oldest]
                with contextlib.suppress(OSError):
                    oldest.shutdown(socket.SHUT_RDWR)  # its thread wakes, and closes it
        try:
            threading.Thread(target=self._greet, args=(connection,), name="ray-proxy-greet", daemon=True).start()
        except RuntimeError:  # no thread is left; the accepting one shall not be lost for that
            self._know(connection)
            connection.close()

    def _know(self, connection: socket.socket) -> None:
        """It is no stranger any more."""
        with self._lock:
            self._strangers.pop(connection, None)

    def _greet(self, connection: socket.socket) -> None:
        until = time.monotonic() + HANDSHAKE
        try:
            if connection.family == socket.AF_INET:
                set_up_tcp(connection)
            prove_to_client(connection, self.key)
            try:
                hello = decode_hello(receive_frame(connection, until, _STRANGER_LIMIT))
            except ProtocolError as error:
                kind: Literal["version", "protocol", "session"]
                kind = "version" if isinstance(error, VersionError) else "protocol"
                connection.sendall(framed(encode(Refused(0, str(error), kind))))
                raise
            self._know(connection)
            if hello.role == "control":
                connection.sendall(self._welcome_to(hello, 0))
                self._answer_control(connection)
            else:
                try:
                    self._admit(connection, hello)
                except (ProtocolError, SessionLostError) as error:
                    kind = "session" if isinstance(error, SessionLostError) else "protocol"
                    connection.sendall(framed(encode(Refused(0, str(error), kind))))
                    raise
        except (OSError, AuthenticationError, ProtocolError, SessionLostError):
            self._know(connection)
            connection.close()

    def _welcome_to(self, hello: Hello, frames: int) -> bytes:
        minor = min(MINOR, hello.minor)
        name = self._interpreter.name
        records = self._log is not None and self._log.stopped is None
        texts = self._interpreter.texts() if hello.role == "frames" and minor >= 4 else []
        return framed(encode(Welcome(MAJOR, minor, name, self._host, os.getpid(), self._grace, frames, records, texts)))

    def _admit(self, connection: socket.socket, hello: Hello) -> None:
        # Known before it is welcome: who has leased must be known when another one claims.
        with self._clients.lock:
            known = self._clients.named(hello.session)
            client = known or Client(Work(hello.session, hello.worker, self._log), self._limit)
            if known and not hello.resume and (client.work.taken or client in self._clients.leaving):
                raise ProtocolError(f"there is a session of the name {hello.session!r} already")
            if not known and hello.resume:
                raise SessionLostError(SESSION_LOST)
            start = False
            if not known:
                client.lost = time.monotonic()
                if self._log is not None:
                    self._log.opened(hello.session, hello.client, hello.worker)
                self._interpreter.open(hello.session)
                self._clients.incoming.append(client)
                start, self._clients.serving = not self._clients.serving, True
            self._interpreter.speak(hello.session, min(MINOR, hello.minor))
            client.is_askable = hello.code and hello.minor >= 4
        self._printing.welcome(client, hello.prints and hello.minor >= 5, hello.heir)
        with contextlib.suppress(OSError):  # then it is as one that is lost
            # By this thread: that of user code may be busy for long.
            answers = hello.answers if hello.resume else 0  # a session that begins has taken none, whatever it says
            client.attach(connection, answers, lambda frames: self._welcome_to(hello, frames), hello.output)
        self._floor.wake()
        if start:
            try:
                self._start()
            except BaseException:
                self._floor.drop_all()  # nobody is going to serve them
                raise

    def _answer_control(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ProtocolError), connection:
            while not self.closed:
                request = decode_control(receive_frame(connection, math.inf, MAX_FRAME))
                if isinstance(request, Interrupt):
                    self._interrupts.ask(request, self._is_here)
                elif isinstance(request, Cancel):
                    self._interrupts.cancel(request, self._is_here)
                    self._floor.wake()  # it may wait for something of this process
                elif isinstance(request, Tell):
                    self._prompting.tell(request)
                told: dict[str, Any] = {}
                if isinstance(request, Deliver):
                    told = self._delivering.deliver(request)
                elif isinstance(request, Written):
                    told = {"written": self._printing.written(request.since)}
                elif isinstance(request, Describe):
                    told = self._describing.describe(request)
                connection.sendall(framed(encode({**self._status(), **told})))

    def _is_here(self, session: str) -> bool:
        return any(client.work.session == session for client in self._clients.all())

"""Serves an interpreter to any number of clients over sockets.

User code runs on the thread that calls `serve`: libraries install signal handlers there, and interrupts reach
it. A side thread accepts connections, each authenticated in a short-lived thread of its own, so that a silent
peer delays nobody; and each control connection is answered by its thread, also while user code runs.

Knows sockets and the interpreter; must never know Ray. What starts `serve` on the right thread is its owner's.
"""

from __future__ import annotations

import contextlib
import math
import os
import secrets
import select
import selectors
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Literal

from ..channel import Channel, hosting
from ..errors import AuthenticationError, ProtocolError, StaleVarError, VersionError
from ..interpreter import Interpreter
from ..protocol import (
    MAJOR,
    MAX_FRAME,
    MINOR,
    Claim,
    Frame,
    Hello,
    Interrupt,
    Refused,
    Welcome,
    decode_control,
    decode_frame,
    decode_hello,
    encode,
    frame_number,
)
from .socket import _RECEIVE, HANDSHAKE, SPIN, Address, FrameReader, framed, prove_to_client, receive_frame

SLICE = 0.005
"""Seconds after which what is executed of a long frame is answered, and other clients have their turn."""
_UNREAD = 64
"""Frames of one client that are read ahead of their execution; past that its socket fills, and it waits."""
_UNSENT = 64 * 1024 * 1024
"""Bytes of replies that a client may leave unread before its frames are executed no more."""
_TURN = 1.0
"""Seconds between looks at leases while no frame comes."""
_OVERTAKEN = 10.0
"""Seconds that a claim waits for its lease."""
_CONTROL_LIMIT = 64 * 1024
SIGNAL = signal.SIGUSR1
"""Brings an interrupt to the thread of user code, where it breaks a sleep, a wait for a lock, and `ray.get`."""


class _Work:
    """A frame, or the refusal of one, and how many of its messages are executed."""

    __slots__ = ("claims", "executed", "frame", "waits")

    def __init__(self, frame: Frame | Refused) -> None:
        self.frame = frame
        self.executed = 0
        self.waits = 0.0
        """Until when it waits for a lease that it overtook."""
        self.claims: list[str] = []
        """Tokens without which it cannot be executed."""
        if isinstance(frame, Frame):
            self.claims = [message.token for message in frame.messages if type(message) is Claim]

    def is_nested(self) -> bool:
        return isinstance(self.frame, Frame) and bool(self.frame.path)


class _Client:
    """One connection that carries frames."""

    def __init__(self, connection: socket.socket, session: str, limit: int) -> None:
        connection.setblocking(False)
        self.socket = connection
        self.session = session
        self.reader = FrameReader(limit)
        self.work: deque[_Work] = deque()
        self.executing = False
        self.gone = False
        self.watched = 0
        """The events that the selector reports of it."""
        self.unsent = bytearray()

    def read(self) -> None:
        try:
            data = self.socket.recv(_RECEIVE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self.gone = True
            self.unsent.clear()
            return
        try:
            for chunk in (data, b""):  # a frame that is too large is told once those before it are taken
                for encoded in self.reader.feed(chunk):
                    self._take(encoded)
        except ProtocolError as error:  # nothing after it makes sense
            self.work.append(_Work(Refused(0, str(error))))
            self.gone = True

    def _take(self, encoded: bytes) -> None:
        try:
            self.work.append(_Work(decode_frame(encoded)))
        except ProtocolError as error:
            self.work.append(_Work(Refused(frame_number(encoded), str(error))))

    def send(self, data: bytes) -> None:
        self.unsent += framed(data)
        self.push()

    def push(self) -> None:
        try:
            while self.unsent:
                del self.unsent[: self.socket.send(self.unsent)]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:  # nobody listens; `read` finds the end, after what was sent before it
            self.unsent.clear()


class Server:
    """Listens for clients of an interpreter.

    Args:
        interpreter: executes their frames.
        host: name of this machine, for `Welcome`.
        start: called from a side thread when the first client has come: shall make the right thread call `serve`.
        bind: address of the TCP socket for clients of other nodes; None: none is opened.
        limit: largest frame, in bytes.
        parent: the folder in which that of the socket is made; None: the system's for temporary files.
    """

    def __init__(
        self,
        interpreter: Interpreter,
        host: str,
        start: Callable[[], None],
        bind: str | None = None,
        limit: int = MAX_FRAME,
        parent: str | None = None,
    ) -> None:
        self.key: bytes = secrets.token_bytes(32)
        self._interpreter = interpreter
        self._host = host
        self._start = start
        self._limit = limit
        self._lock = threading.Lock()
        self._clients: list[_Client] = []
        self._incoming: list[_Client] = []
        self._serving = False
        self._closed = False
        self._signalled = False
        self._terminated = False
        self._before_sigterm: Callable[[int, Any], Any] = lambda number, frame: None
        self._raised = False
        """The innermost call has been interrupted already."""
        self._executed = 0.0
        """When the last frame was executed: the next one is looked out for before we sleep."""
        self._calls: list[tuple[str, int]] = []
        """Session and number of the frames that are being executed now, each nested in the one before."""
        self._interrupted: set[tuple[str, int]] = set()
        """Frames in whose user code KeyboardInterrupt shall be raised; what is left of them is withdrawn."""
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._woken.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._folder = tempfile.mkdtemp(prefix="ray_proxy_", dir=parent)  # made with mode 0700
        path = os.path.join(self._folder, "frames.sock")
        self._listeners = [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)]
        self._listeners[0].bind(path)
        port = 0
        if bind is not None:
            self._listeners.append(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            self._listeners[1].bind((bind, 0))
            port = self._listeners[1].getsockname()[1]
        for listener in self._listeners:
            listener.listen(128)
        self.address: Address = Address(path, bind or "", port)
        threading.Thread(target=self._accept, name="ray-proxy-accept", daemon=True).start()

    def close(self) -> None:
        """Accept no more, and remove the socket's folder. Idempotent."""
        self._closed = True
        for listener in self._listeners:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def status(self) -> dict[str, Any]:
        """What the interpreter holds and does; may be called from any thread, also while user code runs."""
        return {
            "variables": self._interpreter.count(),
            "named": len(self._interpreter.names()),
            "leases": self._interpreter.leased(),
            "clients": len(self._clients) + len(self._incoming),
            "busy": bool(self._calls),
            "host": self._host,
            "pid": os.getpid(),
        }

    # ------------------------------------------------------------------------------- the side threads

    def _accept(self) -> None:
        poll = select.poll()
        by_number = {listener.fileno(): listener for listener in self._listeners}
        for number in by_number:
            poll.register(number, select.POLLIN)
        while not self._closed:
            for number, _ in poll.poll(1000):
                try:
                    connection, _ = by_number[number].accept()
                except OSError:
                    if self._closed:
                        return
                    continue
                threading.Thread(target=self._greet, args=(connection,), name="ray-proxy-greet", daemon=True).start()
            self._expire_while_idle()

    def _expire_while_idle(self) -> None:
        expired: list[object] = []  # let go of without the lock: their finalizers are users' code
        if self._lock.acquire(blocking=False):
            try:
                if not self._serving:
                    expired = self._interpreter.expire()
            finally:
                self._lock.release()
        del expired

    def _greet(self, connection: socket.socket) -> None:
        until = time.monotonic() + HANDSHAKE
        try:
            if connection.family == socket.AF_INET:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            prove_to_client(connection, self.key)
            try:
                hello = decode_hello(receive_frame(connection, until, _CONTROL_LIMIT))
            except ProtocolError as error:
                kind: Literal["version", "protocol"] = "version" if isinstance(error, VersionError) else "protocol"
                connection.sendall(framed(encode(Refused(0, str(error), kind))))
                raise
            minor = min(MINOR, hello.minor)
            welcome = framed(encode(Welcome(MAJOR, minor, self._interpreter.name, self._host, os.getpid())))
            if hello.role == "control":
                connection.sendall(welcome)
                self._answer_control(connection)
            else:
                # Known before it is welcome: who has leased must be known when another one claims.
                self._admit(connection, hello, welcome)
        except (OSError, AuthenticationError, ProtocolError):
            connection.close()

    def _admit(self, connection: socket.socket, hello: Hello, welcome: bytes) -> None:
        client = _Client(connection, hello.session, self._limit)
        with self._lock:
            self._incoming.append(client)
            start, self._serving = not self._serving, True
        with contextlib.suppress(OSError):  # its end is found by who reads from it
            connection.sendall(welcome)  # by this thread: that of user code may be busy for long
        self._wake()
        if start:
            try:
                self._start()
            except BaseException:
                self._drop_all()  # nobody is going to serve them
                raise

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # full: it will wake all the same
            self._waker.send(b"!")

    def _answer_control(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ProtocolError), connection:
            while not self._closed:
                request = decode_control(receive_frame(connection, math.inf, _CONTROL_LIMIT))
                if isinstance(request, Interrupt):
                    self._interrupt(request)
                connection.sendall(framed(encode(self.status())))

    def _interrupt(self, request: Interrupt) -> None:
        """Runs in the thread of a control connection; the signal brings the matter to the thread of user code."""
        if request.session:
            self._interrupted |= {(request.session, frame) for frame in request.frames}
        else:
            self._interrupted |= set(self._calls[-1:])
        thread = hosting.thread
        if thread is not None and self._signalled:
            signal.pthread_kill(thread, SIGNAL)

    def _on_signal(self, number: int, frame: Any) -> None:
        if self._interpreter.interruptible:
            self._raise_interrupt()

    def _raise_interrupt(self) -> None:
        """Raise, if the innermost call is to be interrupted. A frame that runs later is withdrawn when it comes."""
        if self._calls and self._calls[-1] in self._interrupted and not self._raised:
            self._raised = self._interpreter.interrupted = True
            raise KeyboardInterrupt

    def _listen_for_signals(self) -> None:
        if threading.current_thread() is threading.main_thread():
            signal.signal(SIGNAL, self._on_signal)
            self._signalled = True
            before = signal.getsignal(signal.SIGTERM)
            if callable(before) and getattr(before, "__self__", None) is not self:
                self._before_sigterm = before
                signal.signal(signal.SIGTERM, self._on_sigterm)

    def _on_sigterm(self, number: int, frame: Any) -> None:
        """The process shall end: what is raised for that is no error of the user code that happens to run."""
        self._terminated = True
        self._before_sigterm(number, frame)

    # ------------------------------------------------------------------------- the thread of user code

    def serve(self) -> None:
        """Serve until the last client has gone."""
        hosting.thread = threading.get_ident()
        hosting.wait = self._wait_for
        hosting.wake = self._wake
        self._listen_for_signals()
        look = 0.0
        try:
            while True:
                with self._lock:
                    if not self._clients and not self._incoming:
                        self._serving = False
                        return
                self._turn(_TURN)
                if time.monotonic() > look:
                    look = time.monotonic() + _TURN
                    self._interpreter.expire()
        except BaseException:
            # A fault of ours, or a signal that came between two calls: nobody shall wait for answers in vain.
            self._drop_all()
            raise
        finally:
            hosting.thread = hosting.wait = hosting.wake = None

    def _drop_all(self) -> None:
        with self._lock:
            clients = self._clients + self._incoming
            self._clients, self._incoming = [], []
            self._serving = False
        for client in clients:
            self._part_with(client)

    def _part_with(self, client: _Client) -> None:
        if client.watched:
            self._selector.unregister(client.socket)
        client.socket.close()
        self._interpreter.close(client.session)
        self._interrupted = {call for call in self._interrupted if call[0] != client.session}

    def _wait_for(self, channel: Channel, timeout: float) -> None:
        """User code waits for another interpreter: serve frames that come from inside other interpreters' calls.

        Those are nested in our own call, or their sender may be the one that we wait for.
        """
        self._serve_nested(timeout, channel.fileno())

    def _serve_nested(self, timeout: float, awaited: int) -> None:
        interpreter = self._interpreter
        interpreter.interruptible = False  # nothing may be raised in the middle of our own work
        try:
            self._turn(timeout, awaited)
        finally:
            interpreter.interruptible = True
        self._raise_interrupt()

    def claim(self, token: str) -> object:
        """The leased object itself, for a Var that is unpickled in this very process. Raises `StaleVarError`.

        Its lease may be on the way: the Var came with a reply or an argument, the lease on another connection.
        """
        until = time.monotonic() + _OVERTAKEN
        while self._is_to_come(token) and time.monotonic() < until:
            if threading.get_ident() == hosting.thread:
                self._serve_nested(0.05, -1)
            else:
                time.sleep(0.005)
        if self._is_to_come(token):
            raise StaleVarError(
                "a Var was unpickled in its own interpreter while its lease is still queued behind the very call that "
                "waits for it; pickle it, and sync, before that call begins"
            )
        return self._interpreter.claim(token)

    def _turn(self, timeout: float, awaited: int | None = None) -> None:
        """Wait for something to happen, read it, and execute one frame of each client."""
        nested = awaited is not None
        if self._incoming:
            self._welcome()
        if self._runnable(nested):
            timeout = 0
        if awaited is not None and awaited >= 0:
            self._selector.register(awaited, selectors.EVENT_READ, None)
        try:
            events: list[tuple[selectors.SelectorKey, int]] = []
            while timeout and not events and time.perf_counter() < self._executed + SPIN:
                events = self._selector.select(0)
            events = events or self._selector.select(timeout)
        finally:
            if awaited is not None and awaited >= 0:
                self._selector.unregister(awaited)
        for key, event in events:
            client = key.data
            if isinstance(client, _Client):
                if event & selectors.EVENT_WRITE:
                    client.push()
                if event & selectors.EVENT_READ:
                    client.read()
            elif key.fileobj is self._woken:
                with contextlib.suppress(BlockingIOError):
                    self._woken.recv(4096)
            else:
                return
        for client in self._runnable(nested):
            if client not in self._clients or not self._may_run(client, nested):
                continue  # what ran before it has waited, and has been here itself
            self._execute(client)
            self._executed = time.perf_counter()
            if nested:
                break  # the answer that is awaited may be there
        for client in self._clients[:]:
            self._watch(client)

    def _watch(self, client: _Client) -> None:
        """Watch for what this client can do next; see it off where that is nothing."""
        if client.gone and not client.work and not client.executing:
            self._clients.remove(client)
            self._part_with(client)
            return
        wanted = selectors.EVENT_READ if len(client.work) < _UNREAD and not client.gone else 0
        if client.unsent and not client.gone:
            wanted |= selectors.EVENT_WRITE
        if wanted != client.watched:
            if not client.watched:
                self._selector.register(client.socket, wanted, client)
            elif not wanted:
                self._selector.unregister(client.socket)
            else:
                self._selector.modify(client.socket, wanted, client)
            client.watched = wanted

    def _welcome(self) -> None:
        with self._lock:
            incoming, self._incoming = self._incoming, []
            self._clients += incoming
        for client in incoming:
            self._interpreter.open(client.session)
            self._watch(client)

    def _runnable(self, nested: bool) -> list[_Client]:
        return [client for client in self._clients if self._may_run(client, nested)]

    def _may_run(self, client: _Client, nested: bool) -> bool:
        if not client.work or len(client.unsent) >= _UNSENT:
            return False
        first = client.work[0]
        return (first.is_nested() if nested else not client.executing) and not (first.claims and self._overtook(client))

    def _overtook(self, client: _Client) -> bool:
        """Whether a frame claims what another client, who is here, has leased in a frame that is not executed yet."""
        work = client.work[0]
        if not any(token.partition(".")[0] != client.session and self._is_to_come(token) for token in work.claims):
            return False
        work.waits = work.waits or time.monotonic() + _OVERTAKEN
        return time.monotonic() < work.waits

    def _is_to_come(self, token: str) -> bool:
        session = token.partition(".")[0]
        return any(client.session == session for client in self._incoming) or self._interpreter.is_to_come(token)

    def _execute(self, client: _Client) -> None:
        """Execute one frame, or a slice of it.

        While it runs it is not among the client's work: what comes behind it may be nested in it.
        """
        work = client.work.popleft()
        frame = work.frame
        if isinstance(frame, Refused):
            client.send(encode(frame))
            return
        outer, client.executing = client.executing, True
        path, hosting.path = hosting.path, [*frame.path, self._interpreter.name]
        call = (client.session, frame.number)
        raised, self._raised = self._raised, False
        self._calls.append(call)
        try:
            if call in self._interrupted:
                reply = self._interpreter.withdraw(client.session, frame, work.executed)
            else:
                reply = self._interpreter.execute(client.session, frame, work.executed, SLICE)
        finally:
            self._calls.pop()
            self._raised = raised
            hosting.path = path
            client.executing = outer
        if self._terminated:
            raise SystemExit("the interpreter was told to end")
        if reply.executed == len(frame.messages):
            self._interrupted.discard(call)
        work.executed = reply.executed
        if work.executed < len(frame.messages):
            client.work.appendleft(work)
        try:
            data = encode(reply)
        except Exception as error:  # a value that passed our checks and cannot travel: the frame's client hears of it
            data = encode(Refused(frame.number, f"the reply could not be encoded: {error!a}"))
        client.send(data)

"""Serves an interpreter to any number of clients over sockets.

User code runs on the thread that calls `serve`: libraries install signal handlers there, and interrupts reach
it. A side thread accepts connections, each authenticated in a short-lived thread of its own, so that a silent
peer delays nobody; and each control connection is answered by its thread, also while user code runs.

Knows sockets and the interpreter; must never know Ray. What starts `serve` on the right thread is its owner's.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import math
import os
import secrets
import select
import selectors
import shutil
import signal
import socket
import struct
import sys
import tempfile
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Set
from typing import Any, Literal

from ..channels.channel import Channel, hosting
from ..channels.socket import (
    _LARGEST,
    _RECEIVE,
    HANDSHAKE,
    SPIN,
    Address,
    FrameReader,
    framed,
    prove_to_client,
    receive_frame,
    set_up_tcp,
)
from ..errors import AuthenticationError, DeadlockError, ProtocolError, SessionLostError, StaleVarError, VersionError
from ..interpreter.interpreter import DEEPEST, Interpreter
from ..logs import replayer
from ..logs.log import UNSENT, Writer
from ..protocol import (
    MAJOR,
    MAX_FRAME,
    MINOR,
    Claim,
    Frame,
    Hello,
    Inherit,
    Interrupt,
    Refused,
    Reply,
    Welcome,
    decode_control,
    decode_frame,
    decode_hello,
    encode,
    frame_number,
)

SLICE = 0.005
"""Seconds after which what is executed of a long frame is answered, and other clients have their turn."""
_UNREAD = 64
"""Frames of one client that are read ahead of their execution; past that its socket fills, and it waits."""
_UNSENT = 64 * 1024 * 1024
"""Bytes of replies that a client may leave unread before its frames are executed no more."""
_TURN = 1.0
"""Seconds between looks at leases while no frame comes."""
_OVERTAKEN = 10.0
"""Seconds that a claim waits for its lease, save those in which that cannot come: during a call, without a link."""
GRACE = 30.0
"""Seconds for which the session of a lost connection is kept, where nothing else is said."""
_DEADLOCK = 5
"""So many looks, a second apart, find the thread of user code in the same wait before what it keeps out is refused."""
_SESSION_LOST = (
    "this client's session is not in the interpreter any more, nor are its unnamed variables: the link was lost for "
    "longer than the interpreter's grace time; make them anew, and keep what must last under a name"
)
_RECORDS_LOST = (
    "this client has taken answers that are not in the log from which the interpreter was recovered: its last records "
    "were lost, as when a machine loses its power, and with them what this client knows; make its variables anew"
)
_CONTROL_LIMIT = 64 * 1024
_STRANGERS = 64
"""Connections that have not proved the key yet, each with a thread; where one more comes, the oldest is let go."""
_servers: weakref.WeakSet[Server] = weakref.WeakSet()
SIGNAL = signal.SIGUSR1
"""Brings an interrupt to the thread of user code, where it breaks a sleep, a wait for a lock, and `ray.get`."""


class _Work:
    """A frame, or the refusal of one, and how many of its messages are executed."""

    __slots__ = ("at", "blocked", "claims", "data", "executed", "frame", "looked", "number", "waited")

    def __init__(self, frame: Frame | Refused, data: bytes = b"") -> None:
        self.frame = frame
        self.data = data
        """As it was received, where it is to be recorded."""
        self.number = 0
        """Its number in the log, once it is there."""
        self.at: float | None = None
        """The steady time of its last record there: by that, leases are judged in what is executed next of it."""
        self.executed = 0
        self.blocked = False
        """It needs the value of a call of its own session that is being executed."""
        self.looked = math.inf
        """When it was last found to wait for a lease that it overtook…"""
        self.waited = 0.0
        """… and for how many seconds in which that could have come."""
        self.claims: list[str] = []
        """Tokens without which it cannot be executed."""
        if isinstance(frame, Frame):
            self.claims = [message.token for message in frame.messages if isinstance(message, (Claim, Inherit))]

    def is_nested(self) -> bool:
        return isinstance(self.frame, Frame) and bool(self.frame.path)

    def is_in(self, path: list[str]) -> bool:
        """Whether it is nested in the call of that path."""
        return isinstance(self.frame, Frame) and self.frame.path[: len(path)] == path


class _Client:
    """One session: what is taken and not executed of it, and the connection that carries it now, if there is one.

    The lock guards what threads other than that of user code get at: the one that greets a new connection for a session
    that has lost its own, and the one that looks after deadlocks.
    """

    def __init__(self, session: str, worker: str, limit: int, log: Writer | None = None) -> None:
        self.session = session
        self.worker = worker
        self._log = log
        self.lock = threading.Lock()
        self.socket: socket.socket | None = None
        self.lost = 0.0
        """Since when it has no connection (`time.monotonic`)."""
        self.ended = False
        """It has said goodbye, is known to be dead, or was lost for too long: nothing comes any more."""
        self.given_up = False
        """It has ended without a goodbye: what is left of its work is not executed."""
        self.work: deque[_Work] = deque()
        self.executing: list[str] | None = None
        """Path of the call of it that is being executed."""
        self.taken = 0
        """Number of the last frame."""
        self.early: Set[int] = frozenset()
        """Later ones that a process which has died has taken before."""
        self.answers: deque[bytes] = deque()
        """Those that it has not confirmed: they go again where its connection is lost."""
        self.confirmed = 0
        """How many there were before them."""
        self.was_warned = False
        """It was told that the recording of the interpreter has stopped."""
        self.kept = 0
        """Bytes of them."""
        self.unsent = bytearray()
        self.watched: socket.socket | None = None
        """The connection that the selector knows, for these events. Only the thread of user code gets at them."""
        self.events = 0
        self._limit = limit
        self._reader = FrameReader(limit)
        self._retired: list[socket.socket] = []
        """Connections that are over, but perhaps in the selector still."""
        self._process = -1
        """File descriptor of its process, if that is on this node."""

    def attach(self, connection: socket.socket, answers: int, welcome: Callable[[int], bytes]) -> None:
        """Go on over this connection, with what the client has not taken. Raises `OSError`, `SessionLostError`."""
        with self.lock:
            if self.ended:
                raise SessionLostError(_SESSION_LOST)
            if answers > self.confirmed + len(self.answers):
                raise SessionLostError(_RECORDS_LOST)
            connection.sendall(welcome(self.taken))
            connection.setblocking(False)
            self._part()
            self._confirm(answers)
            self.socket, self.lost = connection, 0.0
            self._reader = FrameReader(self._limit)
            self.unsent = bytearray().join(self.answers)
            self._process = _process_of(connection)

    def read(self) -> None:
        with self.lock:
            connection = self.socket
            if connection is None or self.ended:
                return
            try:
                data = connection.recv(_RECEIVE)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                data = b""
            if not data:
                self._lose()
                return
            try:
                for chunk in (data, b""):  # a frame that is too large is told once those before it are taken
                    for encoded in self._reader.feed(chunk):
                        self._take(encoded)
            except ProtocolError as error:  # nothing after it makes sense
                self.work.append(_Work(Refused(0, str(error))))
                self.ended = True

    def _take(self, encoded: bytes) -> None:
        if not encoded:
            self.ended = True  # its goodbye
        if self.ended:
            return
        try:
            frame = decode_frame(encoded)
        except ProtocolError as error:
            number = frame_number(encoded)
            self.taken += number == self.taken + 1
            self.work.append(_Work(Refused(number, str(error)), b"" if self._log is None else encoded))
            return
        self._confirm(frame.answers)
        if frame.number in self.early:
            return
        if frame.number != self.taken + 1:
            raise ProtocolError(f"frame {frame.number} came where frame {self.taken + 1} was due")
        self.taken += 1
        while self.taken + 1 in self.early:
            self.taken += 1
        self.work.append(_Work(frame, b"" if self._log is None else encoded))

    def _confirm(self, answers: int) -> None:
        while self.answers and self.confirmed < answers:
            self.kept -= len(self.answers.popleft())
            self.confirmed += 1

    def nested_in(self, path: list[str]) -> list[tuple[_Work, Frame]]:
        """Take out the frames that are nested in the call of that path."""
        taken = []
        with self.lock:
            for work in list(self.work):
                if isinstance(work.frame, Frame) and work.is_in(path):
                    self.work.remove(work)
                    taken.append((work, work.frame))
        return taken

    def next_work(self, nested: bool) -> _Work | None:
        """What can be executed next, where user code waits only of what other interpreters' calls have sent."""
        with self.lock:
            if not self.work:
                return None
            first = self.work[0]
            if not nested:
                return None if self.executing is not None else first
            if first.is_nested() and not first.blocked:
                return first
            if self.executing is None:
                return None
            # What is nested in our call goes before what waits for it.
            return next((work for work in self.work if work.is_in(self.executing) and not work.blocked), None)

    def take(self, work: _Work) -> bool:
        """Take it out; whether it was still there."""
        with self.lock:
            try:
                self.work.remove(work)
            except ValueError:
                return False
            return True

    def unblock(self) -> None:
        """A call has ended: what has waited for it may go on."""
        with self.lock:
            for work in self.work:
                work.blocked = False

    def send(self, data: bytes) -> float | None:
        """Record an answer, and send it: what was acknowledged is in the log, in the order in which it is counted.

        Gives the steady time of the record, where there is a log.
        """
        answer = framed(data)
        with self.lock:
            at = None if self._log is None else self._log.answered(self.session, data)
            self.answers.append(answer)
            self.kept += len(answer)
            if self.socket is not None:
                self.unsent += answer
                self._push(self.socket)
        return at

    def push(self) -> None:
        with self.lock:
            if self.socket is not None:
                self._push(self.socket)

    def _push(self, connection: socket.socket) -> None:
        try:
            while self.unsent:
                del self.unsent[: connection.send(self.unsent)]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:  # nobody listens; `read` finds the end, after what was sent before it
            self.unsent.clear()

    def is_full(self) -> bool:
        """Whether it has so many answers to read that it gets no more."""
        return (self.kept if self.socket is None else len(self.unsent)) >= _UNSENT

    def _lose(self) -> None:
        self.lost = time.monotonic()
        self._part(keep_process=True)

    def _part(self, keep_process: bool = False) -> None:
        """Let go of the connection; the selector may know it still."""
        if self.socket is not None:
            self._retired.append(self.socket)
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)
        self.socket = None
        self.unsent = bytearray()
        if self._process >= 0 and not keep_process:
            os.close(self._process)
            self._process = -1

    def connection(self) -> tuple[socket.socket | None, list[socket.socket]]:
        """The one that there is, and those that are over, which can be closed."""
        with self.lock:
            retired, self._retired = self._retired, []
            return self.socket, retired

    def end_if(self, over: Callable[[_Client], bool]) -> bool:
        """Give up a session that is still lost, if that is so of it; whether it did."""
        if not self.lost or self.ended or not over(self):
            return False
        with self.lock:
            if not self.lost:
                return False  # it has come back
            self.ended = self.given_up = True
            self.work.clear()
        return True

    def has_exited(self) -> bool:
        """Whether its process, on this node, is known to have ended."""
        with self.lock:
            if self._process < 0:
                return False
            poll = select.poll()
            poll.register(self._process, select.POLLIN)
            return bool(poll.poll(0))

    def close(self) -> None:
        with self.lock:
            self.ended = True
            self._part()


def _recovered(client: replayer.Client, limit: int, log: Writer | None) -> _Client:
    """A session whose process has died, and which goes on in this one."""
    here = _Client(client.session, client.worker, limit, log)
    here.lost = time.monotonic()
    here.taken, here.early, here.confirmed = client.taken, client.early, client.confirmed
    here.answers.extend(framed(answer.data) for answer in client.answers)
    here.kept = sum(map(len, here.answers))
    for sent in client.work:
        assert sent.frame is not None
        work = _Work(sent.frame)
        work.number, work.executed, work.at = sent.number, sent.answered, sent.at
        here.work.append(work)
    return here


def _process_of(connection: socket.socket) -> int:
    """A file descriptor that becomes readable when the peer's process ends; -1 where that cannot be known."""
    if connection.family != socket.AF_UNIX or not hasattr(os, "pidfd_open"):
        return -1
    try:
        (pid,) = struct.unpack("i8x", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return os.pidfd_open(pid) if pid > 0 else -1  # 0: a process of another namespace
    except OSError:
        return -1


class Server:
    """Listens for clients of an interpreter.

    Args:
        interpreter: executes their frames.
        host: name of this machine, for `Welcome`.
        start: called from a side thread when the first client has come: shall make the right thread call `serve`.
        bind: address of the TCP socket for clients of other nodes; None: none is opened.
        limit: largest frame, in bytes.
        parent: the folder in which that of the socket is made; None: the system's for temporary files.
        grace: seconds for which a session is kept whose connection was lost.
        is_dead: whether the worker of that id (`Hello.worker`) is known to have ended: then it is not kept.
        log: where frames and answers are recorded, each before it has an effect outside; None: nowhere.
        clients: sessions of the interpreter that go on, when their clients come back.
    """

    def __init__(
        self,
        interpreter: Interpreter,
        host: str,
        start: Callable[[], None],
        bind: str | None = None,
        limit: int = MAX_FRAME,
        parent: str | None = None,
        grace: float = GRACE,
        is_dead: Callable[[str], bool] = lambda worker: False,
        log: Writer | None = None,
        clients: Iterable[replayer.Client] = (),
    ) -> None:
        self.log = log
        self.key: bytes = secrets.token_bytes(32)
        self._interpreter = interpreter
        self._host = host
        self._start = start
        self._limit = limit
        self._grace = grace
        self._is_dead = is_dead
        self._lock = threading.Lock()
        self._door = threading.Lock()
        self._strangers: dict[socket.socket, None] = {}
        """Connections that have not proved the key and said hello yet, in the order in which they came."""
        self._clients = [_recovered(client, limit, log) for client in clients]
        self._incoming: list[_Client] = []
        self._serving = False
        self._closed = False
        self._forked = False
        self._signalled = False
        self.rebuilding = False
        """The interpreter's state is being rebuilt, by its owner: its leases do not end meanwhile."""
        self._terminated = False
        self._before_sigterm: Callable[[int, Any], Any] = lambda number, frame: None
        self._unseen = False
        """An interrupt was signalled, and the thread of user code has not noticed it."""
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
        self._served: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()
        self._waiting = 0
        """How many waits of user code, in which nested calls are served, the thread of user code is in."""
        self._stuck: tuple[object, ...] = ()
        self._stuck_looks = 0
        interpreter.coroutines.serve_in = self._serve_in
        _servers.add(self)
        for work, name in ((self._accept, "ray-proxy-accept"), (self._look, "ray-proxy-look")):
            threading.Thread(target=work, name=name, daemon=True).start()
        if self._clients:
            self._serving = True
            start()

    def close(self) -> None:
        """Accept no more, and remove the socket's folder. Idempotent."""
        self._closed = True
        for listener in self._listeners:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def abandon_after_fork(self) -> None:
        """In a child of user code: the clients are the parent's, and must see its end."""
        self._closed = self._forked = True
        self._interpreter.abandon_after_fork()
        hosting.thread = hosting.wait = hosting.wake = hosting.serve_in = None
        if self.log is not None:
            self.log.abandon()
        for listener in self._listeners:
            listener.close()
        for client in self._clients + self._incoming:
            if client.socket is not None:
                client.socket.close()

    def status(self) -> dict[str, Any]:
        """What the interpreter holds and does; may be called from any thread, also while user code runs."""
        log = self.log
        return {
            "variables": self._interpreter.count(),
            "named": len(self._interpreter.names()),
            "leases": self._interpreter.leased(),
            "clients": len(self._clients) + len(self._incoming),
            "lost": sum(bool(client.lost) for client in [*self._clients, *self._incoming]),
            "busy": bool(self._calls),
            "host": self._host,
            "pid": os.getpid(),
            "log": None if log is None else {"path": log.path, "bytes": log.size(), "stopped": log.stopped},
        }

    # ------------------------------------------------------------------------------- the side threads

    def _accept(self) -> None:
        poll = select.poll()
        by_number = {listener.fileno(): listener for listener in self._listeners}
        for number in by_number:
            poll.register(number, select.POLLIN)
        while not self._closed:
            for number, _ in poll.poll():
                try:
                    connection, _ = by_number[number].accept()
                except OSError:
                    if self._closed:
                        return
                    time.sleep(0.01)  # no file descriptor is left, perhaps
                    continue
                self._meet(_off_the_standard_files(connection))

    def _meet(self, connection: socket.socket) -> None:
        """Greet whoever it is in a thread of its own."""
        with self._door:
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
        with self._door:
            self._strangers.pop(connection, None)

    def _look(self) -> None:
        """Once a second: leases that end, sessions that were lost, calls that can never end."""
        while not self._closed:
            time.sleep(_TURN)
            self._expire_while_idle()
            for client in self._clients[:]:
                if client.end_if(self._is_over):
                    self._wake()
            if self._calls and any(client.work for client in self._clients):
                self._wake()  # there may be frames that were to wait for a time, and an event loop that sleeps
            self._look_for_deadlock()

    def _is_over(self, client: _Client) -> bool:
        """Whether a session that is lost is not to be resumed any more."""
        if time.monotonic() - client.lost > self._grace or client.has_exited():
            return True
        return bool(client.worker and self._is_dead(client.worker))

    def _look_for_deadlock(self) -> None:
        """Refuse what is nested in the call that runs now, where that has waited for something else for long."""
        line = sys._current_frames().get(hosting.thread or 0)
        stuck: tuple[object, ...] = ()
        if line is not None and self._calls and not self._waiting:
            waits = line.f_code.co_filename == threading.__file__ or (
                line.f_code.co_filename == selectors.__file__ and not any(loop.is_running() for loop in self._served)
            )
            stuck = (*self._calls, id(line), line.f_lasti) if waits else ()
        if not stuck or stuck != self._stuck:
            self._stuck, self._stuck_looks = stuck, 0
            return
        self._stuck_looks += 1
        if self._stuck_looks < _DEADLOCK:
            return
        path = hosting.path
        for client in self._clients + self._incoming:
            client.read()
            for work, frame in client.nested_in(path):
                cycle = " -> ".join(name[:5] for name in [*frame.path, self._interpreter.name])
                problem = DeadlockError(
                    f"the interpreters call each other in a cycle, {cycle}, and the last cannot serve the call, for "
                    "its main thread waits for a thread or a future of its own, and not for a Var; wait by fetch or "
                    "await, or use a second interpreter"
                )
                self._note_frame(client, work)
                client.send(encode(self._interpreter.withdraw(client.session, frame, work.executed, problem)))

    def _serve_in(self, loop: asyncio.AbstractEventLoop) -> None:
        """Serve nested calls also while this event loop, on the thread of user code, has nothing to do."""
        if hosting.thread != threading.get_ident():
            return
        if loop not in self._served:
            self._served.add(loop)
            with contextlib.suppress(NotImplementedError):  # a loop that watches no file descriptors
                loop.add_reader(self._selector.fileno(), self._serve_while_idle, loop)
        self._serve_soon(loop)

    def _serve_while_idle(self, loop: asyncio.AbstractEventLoop) -> None:
        self._serve_nested(0, -1)
        self._serve_soon(loop)

    def _serve_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        """What is read already makes no connection readable: without this, the loop would sleep over it."""
        if self._runnable(nested=True):
            loop.call_soon(self._serve_while_idle, loop)

    def _expire_while_idle(self) -> None:
        expired: list[object] = []  # let go of without the lock: their finalizers are users' code
        if self._lock.acquire(blocking=False):
            try:
                if not self._serving and not self.rebuilding:
                    expired = self._expire()
            finally:
                self._lock.release()
        del expired

    def _expire(self) -> list[object]:
        """What was held by leases whose time is over. That is recorded, so that a replay lets go of it at that time.

        It is recorded first: when the caller lets go of it, code of users may run.
        """
        if self.log is None:
            return self._interpreter.expire()
        now = self.log.now()
        expired = self._interpreter.expire(now)
        if expired:
            self.log.expired(now)
        return expired

    def _greet(self, connection: socket.socket) -> None:
        until = time.monotonic() + HANDSHAKE
        try:
            if connection.family == socket.AF_INET:
                set_up_tcp(connection)
            prove_to_client(connection, self.key)
            try:
                hello = decode_hello(receive_frame(connection, until, _CONTROL_LIMIT))
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
        records = self.log is not None and self.log.stopped is None
        return framed(encode(Welcome(MAJOR, minor, name, self._host, os.getpid(), self._grace, frames, records)))

    def _admit(self, connection: socket.socket, hello: Hello) -> None:
        # Known before it is welcome: who has leased must be known when another one claims.
        with self._lock:
            known = [client for client in self._clients + self._incoming if client.session == hello.session]
            client = known[0] if known else _Client(hello.session, hello.worker, self._limit, self.log)
            if known and not hello.resume and client.taken:
                raise ProtocolError(f"there is a session of the name {hello.session!r} already")
            if not known and hello.resume:
                raise SessionLostError(_SESSION_LOST)
            start = False
            if not known:
                client.lost = time.monotonic()
                if self.log is not None:
                    self.log.opened(hello.session, hello.client, hello.worker)
                self._interpreter.open(client.session)
                self._incoming.append(client)
                start, self._serving = not self._serving, True
            self._interpreter.speak(client.session, min(MINOR, hello.minor))
        with contextlib.suppress(OSError):  # then it is as one that is lost
            # By this thread: that of user code may be busy for long.
            answers = hello.answers if hello.resume else 0  # a session that begins has taken none, whatever it says
            client.attach(connection, answers, lambda frames: self._welcome_to(hello, frames))
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
            if any(client.session == request.session for client in [*self._clients, *self._incoming]):
                self._interrupted |= {(request.session, frame) for frame in request.frames}
        else:
            self._interrupted |= set(self._calls[-1:])
        self._unseen = True
        if self._signal():
            threading.Thread(target=self._insist, name="ray-proxy-interrupt", daemon=True).start()

    def _signal(self) -> bool:
        """Signal the thread of user code. Whether that can reach it.

        User code may have taken the signal for itself, and by default it ends the process: then what is left of the
        frame is withdrawn, once the code returns.
        """
        thread = hosting.thread
        if thread is None or not self._signalled or signal.getsignal(SIGNAL) != self._on_signal:
            return False
        signal.pthread_kill(thread, SIGNAL)
        return True

    def _insist(self) -> None:
        """Signal again until it is seen: one that comes just before a system call begins does not break that."""
        pause = 0.02
        while True:
            time.sleep(pause)
            if not self._unseen or self._closed or not self._signal():
                return
            pause = min(2 * pause, 1)

    def _on_signal(self, number: int, frame: Any) -> None:
        self._unseen = False
        if self._interpreter.interruptible:
            self._raise_interrupt()
        else:  # we are at work between two messages
            self._interpreter.overdue = self._raise_interrupt

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
        self._interpreter.progress = list(self._interpreter.progress)  # what is shared stays as it is now
        self._before_sigterm(number, frame)

    # ------------------------------------------------------------------------- the thread of user code

    def serve(self) -> None:
        """Serve until the last client has gone."""
        hosting.thread = threading.get_ident()
        hosting.wait = self._wait_for
        hosting.wake = self._wake
        hosting.serve_in = self._serve_in
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
                    self._expire()
        except BaseException:
            # A fault of ours, or a signal that came between two calls: nobody shall wait for answers in vain.
            if self._terminated:
                self.close()  # who comes back shall hear of the end of the process
                if self.log is not None:
                    self.log.abandon()  # the log shall not say that the sessions have ended: a new process may go on
            self._drop_all()
            raise
        finally:
            hosting.thread = hosting.wait = hosting.wake = hosting.serve_in = None

    def _drop_all(self) -> None:
        with self._lock:
            clients = self._clients + self._incoming
            self._clients, self._incoming = [], []
            self._serving = False
        for client in clients:
            self._part_with(client)

    def _part_with(self, client: _Client) -> None:
        client.close()
        self._forget(client)
        at = None if self.log is None else self.log.now()
        self._interpreter.close(client.session, at)
        if self.log is not None:
            self.log.ended(client.session, at)
        # In one step each, on one set: the threads of control connections add to it.
        self._interrupted -= {call for call in tuple(self._interrupted) if call[0] == client.session}

    def _wait_for(self, channel: Channel | None, timeout: float) -> None:
        """User code waits for another interpreter: serve frames that come from inside other interpreters' calls.

        Those are nested in our own call, or their sender may be the one that we wait for.
        """
        self._serve_nested(timeout, -1 if channel is None else channel.fileno())

    def _serve_nested(self, timeout: float, awaited: int) -> None:
        interpreter = self._interpreter
        if not interpreter.interruptible:
            # A finalizer, which the garbage collection has called in the middle of our own work: that goes first.
            poll = select.poll()
            if awaited >= 0:
                poll.register(awaited, select.POLLIN)
            poll.poll(min(timeout, 0.05) * 1000)
            return
        interpreter.interruptible = False  # nothing may be raised in the middle of our own work
        self._waiting += 1
        try:
            self._turn(timeout, awaited)
        finally:
            self._waiting -= 1
            interpreter.interruptible = True
        self._raise_interrupt()

    def claim(self, token: str) -> object:
        """The leased object itself, for a Var that is unpickled in this very process. Raises `StaleVarError`.

        Its lease may be on the way: the Var came with a reply or an argument, the lease on another connection.
        """
        until = time.monotonic() + _OVERTAKEN
        while self._interpreter.is_to_come(token) and time.monotonic() < until:
            if threading.get_ident() == hosting.thread:
                self._serve_nested(0.05, -1)
            else:
                time.sleep(0.005)
        if self._interpreter.is_to_come(token):
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
            try:
                self._selector.register(awaited, selectors.EVENT_READ, None)
            except (OSError, ValueError, KeyError):  # another thread has just closed it
                awaited, timeout = -1, 0
        try:
            events: list[tuple[selectors.SelectorKey, int]] = []
            while timeout and not events and time.perf_counter() < self._executed + SPIN:
                events = self._selector.select(0)
            events = events or self._selector.select(timeout)
        finally:
            if awaited is not None and awaited >= 0:
                with contextlib.suppress(KeyError, ValueError):
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
            work = self._next(client, nested) if client in self._clients else None
            if work is None or not client.take(work):
                continue  # what ran before it has waited, and has been here itself
            self._execute(client, work)
            self._executed = time.perf_counter()
            if nested:
                break  # the answer that is awaited may be there
        for client in self._clients[:]:
            self._watch(client)

    def _watch(self, client: _Client) -> None:
        """Watch for what this client can do next; see it off where that is nothing."""
        connection = self._forget(client)
        if client.ended and not client.work and not client.executing:
            self._clients.remove(client)
            self._part_with(client)
            return
        if connection is None:
            return
        wanted = 0
        if not client.ended:
            wanted = selectors.EVENT_READ if len(client.work) < _UNREAD else 0
            wanted |= selectors.EVENT_WRITE if client.unsent else 0
        if wanted != client.events:
            if not wanted:
                self._selector.unregister(connection)
            elif not client.events:
                self._selector.register(connection, wanted, client)
            else:
                self._selector.modify(connection, wanted, client)
            client.events = wanted
            client.watched = connection if wanted else None

    def _forget(self, client: _Client) -> socket.socket | None:
        """Let go of connections that are over; gives the present one."""
        connection, retired = client.connection()
        if client.watched is not None and client.watched is not connection:
            self._selector.unregister(client.watched)
            client.watched, client.events = None, 0
        for old in retired:
            old.close()
        return connection

    def _welcome(self) -> None:
        with self._lock:
            incoming, self._incoming = self._incoming, []
            self._clients += incoming
        for client in incoming:
            self._watch(client)

    def _runnable(self, nested: bool) -> list[_Client]:
        return [client for client in self._clients if self._next(client, nested) is not None]

    def _next(self, client: _Client, nested: bool) -> _Work | None:
        work = None if client.is_full() else client.next_work(nested)
        return None if work is None or (work.claims and self._overtook(client, work)) else work

    def _overtook(self, client: _Client, work: _Work) -> bool:
        """Whether a frame claims what another client, who is here, has leased in a frame that is not executed yet."""
        is_to_come = self._interpreter.is_to_come
        lessors = {token.partition(".")[0] for token in work.claims if is_to_come(token)} - {client.session}
        if not lessors:
            return False
        now = time.monotonic()
        if not any(other.lost for other in self._clients if other.session in lessors):
            # At most a turn, because a call that took longer has kept the lease from being read, too.
            work.waited += min(max(0.0, now - work.looked), _TURN)
        work.looked = now
        return work.waited < _OVERTAKEN

    def _execute(self, client: _Client, work: _Work) -> None:
        """Execute one frame, or a slice of it.

        While it runs it is not among the client's work: what comes behind it may be nested in it.
        """
        frame = work.frame
        self._note_frame(client, work)
        if self.log is not None and self.log.stopped and not client.was_warned:
            client.was_warned = True
            self._interpreter.warn(client.session, self.log.complaint())
        if isinstance(frame, Refused):
            client.send(encode(frame))
            return
        path, hosting.path = hosting.path, [*frame.path, self._interpreter.name]
        outer, client.executing = client.executing, hosting.path
        call = (client.session, frame.number)
        raised, self._raised = self._raised, False
        self._calls.append(call)
        try:
            if call in self._interrupted:
                withdrawn = KeyboardInterrupt("withdrawn before it was executed")
                reply = self._interpreter.withdraw(client.session, frame, work.executed, withdrawn)
            else:
                reply = self._interpreter.execute(
                    client.session, frame, work.executed, SLICE, number=work.number, at=work.at
                )
                if self._interpreter.not_yet:
                    self._interpreter.not_yet = False
                    if outer is not None and work.is_in(outer):
                        reply = self._refuse_for_ever(client, frame, reply.executed)
                    else:
                        work.blocked = True
        finally:
            self._calls.pop()
            self._raised = raised
            hosting.path = path
            client.executing = outer
            if self._forked:
                os._exit(0)  # a child of user code that has returned from it
            if self._signalled and signal.getsignal(SIGNAL) != self._on_signal:
                signal.signal(SIGNAL, self._on_signal)
        if not work.blocked:
            client.unblock()
        if self._terminated:
            raise SystemExit("the interpreter was told to end")
        if reply.executed == len(frame.messages):
            self._interrupted.discard(call)
        work.executed = reply.executed
        if work.executed < len(frame.messages) and not client.given_up:
            client.work.appendleft(work)
        try:
            data = encode(reply)
            if len(data) > _LARGEST:  # as the value of a session without an object store
                raise ProtocolError(f"it has {len(data):,} bytes, over the limit of {_LARGEST:,}")
        except Exception as error:  # a value that passed our checks and cannot travel: the frame's client hears of it
            data = encode(Refused(frame.number, f"{UNSENT}{error!a}"))
        work.at = client.send(data)

    def _note_frame(self, client: _Client, work: _Work) -> None:
        """Record a frame, before anything of it is executed."""
        if self.log is None or work.number or not work.data:
            return
        progress = self._interpreter.progress
        within = (*self._calls[-1], progress[2 * min(progress[0], DEEPEST)]) if self._calls else None
        work.at = self.log.now()
        work.number = self.log.sent(client.session, work.data, within, work.at)
        work.data = b""

    def _refuse_for_ever(self, client: _Client, frame: Frame, start: int) -> Reply:
        """A call needs the value of the very call that it is nested in."""
        cycle = " -> ".join(name[:5] for name in [*frame.path, self._interpreter.name])
        problem = DeadlockError(
            f"a call, {cycle}, needs a variable that is the result of the call it is nested in; return from the inner "
            "call first"
        )
        return self._interpreter.withdraw(client.session, frame, start, problem)


def _off_the_standard_files(connection: socket.socket) -> socket.socket:
    """The connection under a number past 2: where user code has closed these, what is printed would go to a client."""
    if connection.fileno() > 2:
        return connection
    number = fcntl.fcntl(connection, fcntl.F_DUPFD_CLOEXEC, 3)
    with open(os.devnull, "r+b", buffering=0) as nothing:
        os.dup2(nothing.fileno(), connection.detach())
    return socket.socket(fileno=number)


def _after_fork_in_child() -> None:
    for server in list(_servers):
        server.abandon_after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)

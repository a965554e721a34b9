"""The clients of an interpreter: each with its work, and the connection that carries it now, if there is one.

Knows not what frames mean, nor who executes them.
"""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable

from ..channels.socket import FrameReader
from ..errors import ProtocolError
from .outputs import Make, Outputs, Piece
from .work import Work

_UNSENT = 64 * 1024 * 1024
"""Bytes of replies that a client may leave unread before its frames are executed no more."""
_FEW = 1 << 16
"""Outputs are sent while fewer bytes are unsent: else they wait where they can be dropped…"""
_SOME = 1 << 21
"""… and before an answer, while so many are: they come before it then."""


class Client:
    """One client. The lock of its work guards its connection, too."""

    def __init__(self, work: Work, limit: int) -> None:
        self.work = work
        self.socket: socket.socket | None = None
        self.lost: float = 0.0
        """Since when it has no connection (`time.monotonic`)."""
        self.unsent: bytearray = bytearray()
        self.is_askable: bool = False
        """It can be asked for project code."""
        self.outputs: Outputs = Outputs()
        """What it is told beside its answers. The lock of the work guards it."""
        self._queued = 0
        """How many bytes were to be sent over the connection, so far."""
        self._broken = False
        """The connection takes no more: that is over, and `read` has not found its end yet."""
        self._watched: socket.socket | None = None
        """The connection that the selector knows, for these events. Only the thread of user code gets at them."""
        self._events = 0
        self._limit = limit
        self._reader = FrameReader(limit)
        self._retired: list[socket.socket] = []
        """Connections that are over, but perhaps in the selector still."""
        self._process = -1
        """File descriptor of its process, if that is on this node."""

    def attach(self, connection: socket.socket, answers: int, welcome: Callable[[int], bytes], output: int = 0) -> None:
        """Go on over this connection, with what the client has not taken: it has so many answers, and the outputs up to
        this number. Raises `OSError`, `SessionLostError`."""
        with self.work.lock:
            self.work.check(answers)
            connection.sendall(welcome(self.work.taken))
            connection.setblocking(False)
            self._part()
            self.work.confirm(answers)
            self.socket, self.lost = connection, 0.0
            self._reader = FrameReader(self._limit)
            self._process = _process_of(connection)
            # Outputs first: they were to come before some of the answers.
            self.unsent, self._broken = bytearray(self.outputs.resume(output)), False
            self._queued = len(self.unsent)
            self._tell(len(self.unsent) + _SOME)
            answers_again = b"".join(self.work.answers)
            self.unsent += answers_again
            self._queued += len(answers_again)
            self._push(connection)

    def read(self) -> None:
        with self.work.lock:
            connection = self.socket
            if connection is None or self.work.ended:
                return
            try:
                for encoded in self._reader.receive(connection):
                    self.work.come(encoded)
                self._reader.check()  # a frame that is too large is told once those before it are taken
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                self._lose()
            except ProtocolError as error:  # nothing after it makes sense
                self.work.refuse_all(str(error))

    def send(self, data: bytes, at: float | None = None) -> float | None:
        """Record an answer, as of that steady time or now, and send it. Gives the time, where there is a log."""
        with self.work.lock:
            answer, at = self.work.answer(data, at)
            if self.socket is not None:
                if self.outputs.any():
                    self._tell(_SOME)
                self.unsent += answer
                self._queued += len(answer)
                self._push(self.socket)
        return at

    def push(self) -> None:
        with self.work.lock:
            if self.socket is not None:
                self._push(self.socket)

    def tell(self, told: Make) -> bool:
        """Tell it something beside its answers, as soon as it can be; whether it is one that can be told."""
        with self.work.lock:
            if self.work.ended or not self.outputs.tell(told):
                return False
            self._push_outputs()
            return True

    def show(self, piece: Piece) -> bool:
        """Tell it what was written, as soon as it can be; whether it is one that can be told."""
        with self.work.lock:
            if self.work.ended or not self.outputs.prints:
                return False
            for part in piece.parts():
                self.outputs.add(part)
                self._push_outputs()
            return True

    def give_up_outputs(self) -> list[Piece]:
        """It takes no more of what was written. Gives what it has not taken."""
        with self.work.lock:
            return self.outputs.leave()

    def is_connected(self) -> bool:
        """Whether there is a connection, as far as is known."""
        return self.socket is not None and not self._broken and not self.work.ended

    def is_broken(self) -> bool:
        """Whether it has a connection that takes no more."""
        return self.socket is not None and self._broken

    def is_behind(self) -> bool:
        """Whether something waits to be sent that it could read now."""
        return self.socket is not None and not self._broken and (bool(self.unsent) or self.outputs.any())

    def _push_outputs(self) -> None:
        if self.socket is not None and not self._broken:
            self._push(self.socket)

    def _tell(self, most: int) -> None:
        """Have outputs sent, while there are fewer bytes that are not."""
        while len(self.unsent) < most and not self._broken:
            packet = self.outputs.next(self._queued)
            if packet is None:
                return
            self.unsent += packet
            self._queued += len(packet)

    def _push(self, connection: socket.socket) -> None:
        try:
            while True:
                if self.outputs.any():
                    self._tell(_FEW)
                if not self.unsent:
                    break
                del self.unsent[: connection.send(self.unsent)]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:  # nobody listens; `read` finds the end, after what was sent before it
            self._broken = True
            self.outputs.lose(self._queued - len(self.unsent))
            self.unsent.clear()
            return
        self.work.forget(len(self.unsent))

    def is_full(self) -> bool:
        """Whether it has so many answers to read that it gets no more."""
        return (self.work.kept if self.socket is None else len(self.unsent)) >= _UNSENT

    def _lose(self) -> None:
        self.lost = time.monotonic()
        self._part(keep_process=True)

    def _part(self, keep_process: bool = False) -> None:
        """Let go of the connection; the selector may know it still."""
        if self.socket is not None:
            self._retired.append(self.socket)
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)
            self.outputs.lose(self._queued - len(self.unsent))
        self.socket = None
        self.unsent = bytearray()
        if self._process >= 0 and not keep_process:
            os.close(self._process)
            self._process = -1

    def end_if(self, over: Callable[[Client], bool]) -> bool:
        """Give up a session that is still lost, if that is so of it; whether it did."""
        if not self.lost or self.work.ended or not over(self):
            return False
        with self.work.lock:
            if not self.lost:
                return False  # it has come back
            self.work.ended = self.work.given_up = True
            self.work.tasks.clear()
            self.work.waiting.clear()
        return True

    def has_exited(self) -> bool:
        """Whether its process, on this node, is known to have ended."""
        with self.work.lock:
            if self._process < 0:
                return False
            poll = select.poll()
            poll.register(self._process, select.POLLIN)
            return bool(poll.poll(0))

    def close(self) -> None:
        with self.work.lock:
            self.work.ended = True
            self._part()

    # ------------------------------------------------------------------------- for the thread of user code

    def listen(self, selector: selectors.BaseSelector, wanted: int) -> None:
        """Have the selector tell of these events of its connection, and of no others."""
        connection = self.let_go(selector)
        if connection is None or wanted == self._events:
            return
        if not wanted:
            selector.unregister(connection)
        elif not self._events:
            selector.register(connection, wanted, self)
        else:
            selector.modify(connection, wanted, self)
        self._events = wanted
        self._watched = connection if wanted else None

    def let_go(self, selector: selectors.BaseSelector) -> socket.socket | None:
        """Let go of connections that are over; gives the present one."""
        with self.work.lock:
            connection, retired, self._retired = self.socket, self._retired, []
        if self._watched is not None and self._watched is not connection:
            selector.unregister(self._watched)
            self._watched, self._events = None, 0
        for old in retired:
            old.close()
        return connection


class Clients:
    """All clients. The lock guards the lists: clients come by threads of their own."""

    def __init__(self, recovered: Iterable[Client] = ()) -> None:
        self.lock: threading.Lock = threading.Lock()
        self.present: list[Client] = list(recovered)
        self.incoming: list[Client] = []
        """Those that the thread of user code has not seen yet."""
        self.leaving: list[Client] = []
        """Those that are served no more, and whose variables are let go of now: their names are not free yet."""
        self.serving: bool = bool(self.present)
        """They are served, or will be: `serve` was asked for."""

    def all(self) -> list[Client]:
        return [*self.present, *self.incoming]

    def welcome(self) -> list[Client]:
        """Those that came are present from now on; gives them."""
        with self.lock:
            incoming, self.incoming = self.incoming, []
            self.present += incoming
        return incoming

    def named(self, session: str) -> Client | None:
        """The client of this name, also one that is leaving. The caller holds the lock."""
        return next((client for client in (*self.all(), *self.leaving) if client.work.session == session), None)

    def leave(self, client: Client) -> None:
        """It is served no more."""
        with self.lock:
            self.present.remove(client)
            self.leaving.append(client)

    def forget(self, client: Client) -> None:
        """Nothing is left of it: its name is free."""
        with self.lock:
            self.leaving.remove(client)

    def are_gone(self) -> bool:
        """Whether nobody is left; then they are served no more."""
        with self.lock:
            if self.present or self.incoming:
                return False
            self.serving = False
            return True

    def drop(self) -> list[Client]:
        """Nobody serves them any more: they leave. Gives them."""
        with self.lock:
            clients = self.present + self.incoming
            self.leaving += clients
            self.present, self.incoming = [], []
            self.serving = False
        return clients


def _process_of(connection: socket.socket) -> int:
    """A file descriptor that becomes readable when the peer's process ends; -1 where that cannot be known."""
    if connection.family != socket.AF_UNIX or not hasattr(os, "pidfd_open"):
        return -1
    try:
        (pid,) = struct.unpack("i8x", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return os.pidfd_open(pid) if pid > 0 else -1  # 0: a process of another namespace
    except OSError:
        return -1

"""What user code writes is told to the client whose message it runs for; what nobody takes is kept.

Knows not how it is captured, nor how it travels.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..output.capture import Capture
from ..output.pair import Owner
from ..protocol import Display
from .clients import Client, Clients
from .kept import Kept
from .outputs import Piece

_ENDED = 64
"""Of so many sessions that have ended it is known who is their heir."""


class Printing:
    """Joins the capture of a process, where there is one, and the clients.

    Attributes:
        on_output: told of what was written, before anybody is: the session, the stream, the bytes, and how many were
            left out before them. It is called by any thread, while nothing else is printed for that session, and must
            not wait for who prints.
            What was printed before a message was done is told before that is answered.
        begin: what is written from here on is of this session and origin. Gives what `end` is to be told. For the
            thread of user code.
        drain: tells what was written for this session so far, before it is told that a message is done. For any thread.
    """

    def __init__(self, clients: Clients, capture: Capture | None) -> None:
        self.on_output: Callable[[str, int, bytes, int], None] = lambda session, stream, data, left_out: None
        self._clients = clients
        self._capture = capture
        self._kept = Kept()
        self._heirs: dict[str, str] = {}
        """Of sessions that have ended."""
        self._lock = threading.RLock()
        """Held by who gives what one has not taken to another: all comes in its order."""
        self.begin: Callable[[str, int], Owner | None] = lambda session, origin: None
        self.drain: Callable[[str], None] = lambda session: None
        if capture is not None:
            self.begin, self.drain = capture.begin, capture.drain  # for each frame: no call more than need be
            capture.emit = self._tell
            capture.look = self._push

    # ------------------------------------------------------------------------------- the thread of user code

    def begin_beside(self, session: str) -> Owner | None:
        """As `begin`, for what is done beside messages."""
        return None if self._capture is None else self._capture.begin_beside(session)

    def end(self, before: Owner | None) -> None:
        """What is written is again whose it was before that."""
        if self._capture is not None and before is not None:
            self._capture.end(before)

    def forget(self, client: Client) -> None:
        """The session has ended."""
        if self._capture is not None:
            self._capture.forget(client.work.session)
        self._bequeath(client)

    # -------------------------------------------------------------------------------------------- any thread

    def flush(self) -> None:
        """Write what waits in streams."""
        if self._capture is not None:
            self._capture.flush()

    def welcome(self, client: Client, prints: bool, heir: str) -> None:
        """A client has come, or has come back, that is not connected yet: give it what was kept for it."""
        if self._capture is not None:
            self._capture.drain_all()
        others = [other for other in self._clients.all() if other is not client]
        with self._lock:
            client.outputs.heir = heir
            if not prints:
                self._bequeath(client)
                return
            for other in others:  # that the one before has died may be known, though user code runs
                if other.outputs.prints and other.has_exited():
                    other.read()
                    if other.end_if(Client.has_exited):
                        self._bequeath(other)
            client.outputs.prints = True  # from here on it may be given what others have not taken
            if not client.work.taken:
                for piece in self._kept.take(heir, all=not any(other.is_connected() for other in others)):
                    client.show(piece)

    def written(self, since: float) -> list[tuple[int, bytes]]:
        """What was written since then (seconds since the epoch), by all, as far as it is kept."""
        if self._capture is not None:
            self._capture.drain_all()
        return self._kept.written(since)

    def _tell(self, session: str, origin: int, stream: int, data: bytes, left_out: int, display: Any = None) -> None:
        if data or left_out:
            self.on_output(session, stream, data, left_out)
        piece = Piece(stream, data, origin, left_out, time.time(), display=display and Display(**display))
        self._kept.note(piece)
        client = next((each for each in self._clients.all() if each.work.session == session), None)
        if client is not None and client.show(piece):
            return
        with self._lock:
            self._leave(self._bequeath(client) if client is not None else self._heirs.get(session, ""), piece)

    def _bequeath(self, client: Client) -> str:
        """It takes nothing more: what it has not taken goes to its heir, who is told."""
        with self._lock:
            heir = client.outputs.heir
            self._heirs[client.work.session] = heir
            for session in list(self._heirs)[:-_ENDED]:
                del self._heirs[session]
            for piece in client.give_up_outputs():
                self._leave(heir, piece)
            return heir

    def _leave(self, heir: str, piece: Piece) -> None:
        """Tell an heir who is here, or keep it."""
        piece = replace(piece, origin=0, late=True)  # the origin is a number of another client
        for other in self._clients.all():
            if heir and other.outputs.heir == heir and other.show(piece):
                return
        self._kept.keep(heir, piece)

    def _push(self) -> bool:
        """Send on to clients that could not take more; whether one still cannot. User code may run for long."""
        behind = False
        for client in self._clients.all():
            if client.is_behind():
                client.push()
                behind |= client.is_behind()
        return behind

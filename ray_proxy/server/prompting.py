"""Asks a client for a line of input that code of users waits for, in whatever thread that runs.

The answer comes over a control connection, so nothing has to be served meanwhile. Knows not who reads lines.
"""

from __future__ import annotations

import queue
import threading

from ..channels.channel import hosting
from ..interpreter.interpreter import Interpreter
from ..interpreter.run import Run
from ..logs.writer import Writer
from ..output.owners import owner
from ..protocol import Prompt, Tell
from .asking import has_hung_up
from .clients import Client, Clients
from .interrupts import Interrupts
from .printing import Printing

_LOOK = 0.1
"""Seconds between looks whether the client that is asked still lives."""


class _Wait:
    """What one thread waits for."""

    def __init__(self) -> None:
        self.key: tuple[str, int] | None = None
        """Session and number of its prompt, once that was sent."""
        self.lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()


class Prompting:
    """Asks the client whose code it is."""

    def __init__(
        self,
        clients: Clients,
        interrupts: Interrupts,
        interpreter: Interpreter,
        printing: Printing,
        log: Writer | None,
    ) -> None:
        self._clients = clients
        self._interrupts = interrupts
        self._interpreter = interpreter
        self._printing = printing
        self._log: Writer | None = log
        self._waits: dict[tuple[str, int], _Wait] = {}
        self.closed: bool = False

    def ask(self, text: str, hidden: bool = False) -> str | None:
        """The line that the client's user has typed; None: there is no more input, or nobody who could be asked."""
        interpreter = self._interpreter
        if threading.get_ident() != hosting.thread or not interpreter.runs:
            return self._ask(text, hidden, None)
        if not interpreter.interruptible:
            return None  # a finalizer, in the middle of our own work
        interpreter.interruptible = False  # nothing may be raised in the middle of our own work
        try:
            self._interrupts.go_on()
            line = self._ask(text, hidden, interpreter.runs[-1])
        finally:
            interpreter.interruptible = True
        self._interrupts.raise_due()
        return line

    def _ask(self, text: str, hidden: bool, run: Run | None) -> str | None:
        """The same for code of this message, or of a thread of its own."""
        session, origin = self._whose()
        line = None
        try:
            line = self._line(session, origin, text, hidden, run is not None)
            return line
        finally:
            if self._log is not None:
                self._log.told(session, None if hidden else line, hidden, None if run is None else (run.number, run.at))

    def _whose(self) -> tuple[str, int]:
        """The session of the code that runs in this thread, and the origin of its frame."""
        own, calls = owner(), self._interrupts.calls[-1:]
        if own is not None and own.pair.session:
            return own.pair.session, own.origin
        return calls[0][0] if calls else "", 0

    def _line(self, session: str, origin: int, text: str, hidden: bool, is_message: bool) -> str | None:
        client = next((client for client in self._clients.all() if client.work.session == session), None)
        if client is None or self.closed:
            return None
        self._printing.drain(session)  # so that it is shown before
        wait = _Wait()

        def make(number: int) -> Prompt:
            wait.key = session, number
            self._waits[wait.key] = wait  # before it is sent
            return Prompt(number, text, origin, hidden)

        try:
            if not client.tell(make):
                return None
            while not self.closed:
                try:
                    return self._next(wait, is_message)
                except queue.Empty:
                    if _is_gone(client):
                        return None
            return None
        finally:
            if wait.key is not None:
                self._waits.pop(wait.key, None)

    def _next(self, wait: _Wait, is_message: bool) -> str | None:
        """What it is told soon; raises `queue.Empty`. A message can be interrupted meanwhile."""
        if not is_message:
            return wait.lines.get(timeout=_LOOK)
        self._interpreter.interruptible = True
        try:
            self._interrupts.raise_due()
            return wait.lines.get(timeout=_LOOK)
        finally:
            self._interpreter.interruptible = False

    def tell(self, request: Tell) -> None:
        """The client's answer. For the thread of a control connection."""
        wait = self._waits.get((request.session, request.number))
        if wait is not None:
            wait.lines.put(request.line)

    def abandon_after_fork(self) -> None:
        """A child of user code has no clients."""
        self.closed = True
        self._log = None


def _is_gone(client: Client) -> bool:
    """Whether its session has ended. It is found out here, for user code runs, and nobody else reads what it says."""
    client.push()
    if has_hung_up(client):
        client.read()
    return client.work.ended or client.has_exited()

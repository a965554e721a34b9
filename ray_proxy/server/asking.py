"""Asks clients for project code that an import waits for, from whatever thread that runs in.

The answer comes over a control connection, so nothing has to be served meanwhile. Knows not what a module is.
"""

from __future__ import annotations

import select
import threading
import time
from collections.abc import Callable, Sequence

from ..protocol import Ask, Code, encode
from .clients import Client, Clients
from .interrupts import Interrupts

PATIENCE = 10.0
"""Seconds in which a client that is there answers…"""
_HUNG_UP = 2.0
"""… and one comes back that has hung up."""
_LOOK = 0.05
"""Seconds between looks whether a client that is asked still lives."""

Wanted = tuple[str, str]
"""A module, by its name and nothing; or a resource, by its package and its path."""


class _Wait:
    """What an import waits for, and who is asked for it now."""

    def __init__(self, wanted: set[Wanted]) -> None:
        self.wanted = wanted
        self.session = ""
        self.unanswered: set[Wanted] = set()
        self.is_strange = False
        """The client has no project code, or no such package."""


class Asking:
    """Asks one client after the other, first the one whose message is executed, until all has come that is wanted.

    Args:
        take: takes what a client has sent.
    """

    def __init__(self, clients: Clients, interrupts: Interrupts, take: Callable[[Code], None]) -> None:
        self._clients = clients
        self._interrupts = interrupts
        self._take = take
        self._condition = threading.Condition()
        self._waits: list[_Wait] = []
        self._forked = False

    def ask(self, modules: Sequence[str], resources: Sequence[tuple[str, str]]) -> bool:
        """Returns once the clients that are there have answered, or will not; whether any has that may know: of a
        module or data file in a package, one that has the package."""
        wait = _Wait({*((module, "") for module in modules), *resources})
        message = encode(Ask(list(modules), list(resources)))
        with self._condition:
            self._waits.append(wait)
        is_answered = False
        try:
            for client in self._in_order():
                wait.session, wait.unanswered, wait.is_strange = client.work.session, set(wait.wanted), False
                client.send(message)
                self._wait_for(client, wait)
                is_answered = is_answered or not (wait.unanswered or wait.is_strange)
                if not wait.wanted:
                    break
            return is_answered
        finally:
            with self._condition:
                self._waits.remove(wait)

    def deliver(self, session: str, code: Code) -> None:
        """A client has sent this. For the thread of its control connection."""
        self._take(code)
        came = {(module.name, "") for module in code.modules}
        came |= {(told.package, told.path) for told in code.resources if told.kind != "none"}
        answered = came | {(name, "") for name in code.absent} | {(told.package, told.path) for told in code.resources}
        packages = {*code.absent}
        with self._condition:
            for wait in self._waits:
                wait.wanted -= came
                if wait.session == session:
                    wait.is_strange = not code.client or any(
                        _package(name, path) in packages for name, path in wait.unanswered
                    )
                    wait.unanswered -= answered
            self._condition.notify_all()

    def abandon_after_fork(self) -> None:
        """A child of user code has no clients: whoever asks hears at once that there is no answer."""
        self._condition = threading.Condition()
        self._waits.clear()
        self._forked = True

    def _in_order(self) -> list[Client]:
        calls = self._interrupts.calls[-1:]
        present = [] if self._forked else self._clients.all()
        clients = [client for client in present if client.is_askable and not client.work.ended]
        return sorted(clients, key=lambda client: not (calls and client.work.session == calls[0][0]))

    def _wait_for(self, client: Client, wait: _Wait) -> None:
        until, hung_up = time.monotonic() + PATIENCE, 0.0
        while wait.unanswered and time.monotonic() < until:
            if client.work.ended or client.has_exited():
                return
            if not has_hung_up(client):
                hung_up = 0.0
            elif time.monotonic() - (hung_up := hung_up or time.monotonic()) > _HUNG_UP:
                return
            with self._condition:
                if wait.unanswered:
                    self._condition.wait(_LOOK)


def _package(name: str, path: str) -> str:
    """The package that a module or data file lies in. Empty for a module that lies in none."""
    top, dot, _ = name.partition(".")
    return top if dot or path else ""


def has_hung_up(client: Client) -> bool:
    """Whether its connection is over. Nobody reads from it while user code runs."""
    connection = client.socket
    if connection is None:
        return True
    poll = select.poll()
    try:
        poll.register(connection, select.POLLRDHUP)
        return bool(poll.poll(0))
    except (OSError, ValueError):  # closed just now
        return True

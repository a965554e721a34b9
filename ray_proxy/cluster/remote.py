"""`RemoteInterpreter`: an interpreter that Ray hosts, as its client holds it."""

from __future__ import annotations

import atexit
import threading
import weakref
from collections.abc import Iterator, Mapping
from typing import Any

from ..doors import stand_behind
from ..errors import InterpreterDiedError
from ..logs.rebuilding import Restoration
from ..logs.report import Report
from ..protocol import Control, Interrupt, Status
from ..session.session import Session, close_all
from ..var.env import SessionInterpreter
from ..var.interface import Var
from .link import Link
from .mailbox import RayStore
from .relayed import OutsideStore, RelayLink, is_outside

# Ray registered its own shutdown when it was imported: what is done at the end of the process comes before it.
atexit.unregister(close_all)
atexit.register(close_all)

_sessions: weakref.WeakValueDictionary[str, Session] = weakref.WeakValueDictionary()
"""By interpreter id: this process has one session with each."""
_lock = threading.Lock()
_store = RayStore()
_outside_store = OutsideStore()


class Restored(Mapping[int, Var[Any]]):
    """What an interpreter has of a message log: the variables of the recorded client, by their ids.

    They live as long as this mapping, or a Var that was taken from it.

    Attributes:
        report: how the execution of the log went; ``report.differences`` lists what has turned out otherwise than
            recorded, with what it was and what it is.
        clients: whose variables were in the log, by the names of their sessions.
        client: whose these are.
    """

    def __init__(self, variables: dict[int, Var[Any]], restoration: Restoration) -> None:
        self._variables = variables
        self.report: Report = restoration.report
        self.clients: dict[str, str] = restoration.clients
        self.client: str = restoration.clients.get(restoration.session, "")

    def __getitem__(self, id: int) -> Var[Any]:
        return self._variables[id]

    def __iter__(self) -> Iterator[int]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)

    def __repr__(self) -> str:
        return f"<{len(self)} variables of {self.client or 'nobody'}>"


_LOOK = 2.0
"""Seconds between looks at what keeps an interpreter from answering."""


class RemoteInterpreter(SessionInterpreter):
    """An interpreter that Ray hosts. It can be pickled: its copy is the same interpreter.

    Attributes:
        restored: what it has of the log, on the handle that `RemoteInterpreterFactory.restore` gave; else None.
    """

    restored: Restored | None = None

    @property
    def id(self) -> str:
        return _links[self.session].id

    @property
    def actor(self) -> Any:
        """The Ray actor that hosts it."""
        return _links[self.session].actor

    def get_host(self) -> str:
        self.session.wait_ready()
        return self.session.host

    def status(self) -> dict[str, Any]:
        return self._control(Status())

    def interrupt(self) -> None:
        self._control(Interrupt("", []))

    def _control(self, request: Control) -> dict[str, Any]:
        link = _links[self.session]
        while True:
            try:
                self.session.wait_ready(_LOOK)
            except TimeoutError:
                link.raise_waiting()
            else:
                return link.control(request)

    def destroy(self) -> None:
        _links[self.session].destroy()
        # Without a goodbye, which might come before the end: then our variables were gone from its log, too.
        self.session.fail(
            InterpreterDiedError(f"the interpreter {self.id[:5]} was destroyed; rif.create() makes another"),
            goodbye=False,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return attach, (self.actor, self.id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RemoteInterpreter) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        session = self.session
        if session.host != "?":
            return f"<RemoteInterpreter {session.label()}>"
        state = "that was not reached" if session.is_broken() else "that is being placed by Ray"
        return f"<RemoteInterpreter [{session.interpreter[:5]}] {state}>"


_links: weakref.WeakKeyDictionary[Session, Link] = weakref.WeakKeyDictionary()


def attach(actor: Any, id: str, eager: bool = False, relay: bool = False) -> RemoteInterpreter:
    """The interpreter that this actor hosts. Nothing is sent to it before it is used."""
    with _lock:
        session = _sessions.get(id)
        if session is None or session.is_broken():
            outside = is_outside()
            link = RelayLink(actor, id) if relay or outside else Link(actor, id)
            session = Session(_outside_store if outside else _store, eager=eager, link=link, env=RemoteInterpreter)
            session.interpreter = id
            _sessions[id] = session
            _links[session] = link
    env: RemoteInterpreter = session.env()
    return env


stand_behind("ray_proxy", RemoteInterpreter, Restored)
stand_behind("ray_proxy.factory", attach)

"""`RemoteInterpreter`: an interpreter that Ray hosts, as its client holds it."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import pickle
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

import ray

from ..doors import stand_behind
from ..errors import InterpreterDiedError
from ..logs.rebuilding import Restoration
from ..logs.report import Report
from ..protocol import Control, Interrupt, Status, Written
from ..session.session import Session, close_all
from ..tracebacks import showing
from ..var.env import SessionInterpreter
from ..var.interface import Var
from .guest import GuestLink
from .here import cluster, here
from .keeping import keeper
from .link import Link
from .mailbox import RayStore
from .projects import Code, bringing_of
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
        return self.control(Status())

    def interrupt(self) -> None:
        self.control(Interrupt("", []))

    def control(self, request: Control) -> dict[str, Any]:
        """Make a request beside the operations; gives the interpreter's status. Raises `InterpreterDiedError`."""
        link = _links[self.session]
        while True:
            try:
                self.session.wait_ready(_LOOK)
            except TimeoutError:
                link.raise_waiting()
            else:
                return link.control(request)

    def _written(self, since: float) -> list[tuple[int, bytes]]:
        if not self.session.speaks(5):
            return []
        written: list[tuple[int, bytes]] = self.control(Written(since)).get("written", [])
        return written

    def destroy(self) -> None:
        _links[self.session].destroy()
        # Without a goodbye, which might come before the end: then our variables were gone from its log, too.
        self.session.fail(
            InterpreterDiedError(f"the interpreter {self.id[:5]} was destroyed; rif.create() makes another"),
            goodbye=False,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """For whatever process; what Ray itself pickles is `_with_its_actor`."""
        if is_outside():
            return _with_its_actor(self)
        link = _links[self.session]
        keeper.keep_after(link)
        handle, *origin = link.pickled()
        return attach, (ActorHandle(handle + b"\n" + json.dumps(origin).encode()), self.id)

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


class ActorHandle:
    """The handle of an interpreter's actor that was not loaded yet: Ray alone can do that, and not in every process.

    To releases that do not know this class, its pickle gives the actor itself: `pickle.loads` ignores what comes after.

    Args:
        data: the pickle of the actor's handle, which may be empty; then, on a line of JSON, its `origin`.

    Attributes:
        pickled: the first…
        origin: … and the name of its Ray, and where that is found.
    """

    def __init__(self, data: bytes) -> None:
        pickled, _, origin = data.rpartition(b"\n")
        self.pickled: bytes = pickled
        self.origin: list[str] = json.loads(origin)

    def can_be_loaded(self) -> bool:
        return bool(self.pickled) and cluster() == self.origin[0] and not here().is_forked

    def __reduce__(self) -> tuple[Any, ...]:
        either = _Found(getattr, _Found(import_module, "ray_proxy.factory"), "ActorHandle", pickle.loads)
        return either, (self.pickled + b"\n" + json.dumps(self.origin).encode(),)


class _Found:
    """Pickled as what a function gives, where it is loaded."""

    def __init__(self, function: Callable[..., Any], *args: object) -> None:
        self._parts = function, args

    def __call__(self, *args: object) -> None:
        """Nobody calls it here: it stands for what is called there."""

    def __reduce__(self) -> tuple[Any, ...]:
        return self._parts


def attach(
    actor: Any, id: str, eager: bool = False, relay: bool = False, code: Code | None = None, project: str = ""
) -> RemoteInterpreter:
    """The interpreter that this actor hosts, in whatever process this is called.

    `code` and `project` are as for `RemoteInterpreterFactory.create`. Without them, what was said before holds.

    What fails is raised where it is used: a pool, or a queue, would never say so. Where Ray has not pickled it, this
    process connects at once, though, since an interpreter without a counted handle lives as long as it has clients.
    """
    showing.install()  # once more: `ray.init` may have put a hook of its own in its place
    with _lock:
        session = _sessions.get(id)
        if session is not None and not session.is_broken():
            if code is not None or project:
                session.set_code(bringing_of(True if code is None else code, project))
        elif isinstance(actor, ActorHandle) and not actor.can_be_loaded():
            session = _begin(GuestLink(id, actor.pickled, *actor.origin), code=code, project=project)
        else:
            outside = is_outside()
            loaded = pickle.loads(actor.pickled) if isinstance(actor, ActorHandle) else actor
            link = RelayLink(loaded, id) if relay or outside else Link(loaded, id)
            session = _begin(link, _outside_store if outside else _store, eager, code, project)
    if isinstance(actor, ActorHandle) and not here().is_forked:
        session.start()
    env: RemoteInterpreter = session.env()
    return env


def _begin(
    link: Link, store: RayStore | None = None, eager: bool = False, code: Code | None = None, project: str = ""
) -> Session:
    session = Session(store, eager=eager, link=link, env=RemoteInterpreter)
    session.set_code(bringing_of(True if code is None else code, project))
    session.is_apart = store is None
    session.interpreter = link.id
    _sessions[link.id] = session
    _links[session] = link
    return session


def _with_its_actor(env: RemoteInterpreter) -> tuple[Any, ...]:
    """Where the pickle shows Ray that it holds the actor, which then lives as long as what the pickle is part of."""
    return attach, (env.actor, env.id)


def _before_fork() -> None:
    """A child cannot ask Ray for the handles that it passes on."""
    with contextlib.suppress(Exception):  # Ray was shut down; or others are added by another thread
        for link in [] if is_outside() or here().is_forked else list(_links.values()):
            keeper.keep_after(link)
            link.pickled()


def _after_fork_in_child() -> None:
    global _lock
    _lock = threading.Lock()  # a thread that is not here may have held it


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork_in_child)
ray.cloudpickle.CloudPickler.dispatch[RemoteInterpreter] = _with_its_actor

stand_behind("ray_proxy", RemoteInterpreter, Restored)
stand_behind("ray_proxy.factory", ActorHandle, attach)

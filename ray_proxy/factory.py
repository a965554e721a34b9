"""`RemoteInterpreterFactory`: create and find interpreters in a Ray cluster."""

from __future__ import annotations

import atexit
import threading
import weakref
from typing import Any

import ray

from .actor import InterpreterProcess, Link, Settings
from .channels.server import GRACE
from .env import SessionInterpreter
from .errors import InterpreterDiedError, InterpreterNotFoundError
from .interpreter import LEASE
from .mailbox import RayStore
from .protocol import Interrupt, Status
from .relay import OutsideStore, RelayLink, is_outside
from .session import Session, close_all

# Ray registered its own shutdown when it was imported: what is done at the end of the process comes before it.
atexit.unregister(close_all)
atexit.register(close_all)

_sessions: weakref.WeakValueDictionary[str, Session] = weakref.WeakValueDictionary()
"""By interpreter id: this process has one session with each."""
_lock = threading.Lock()
_store = RayStore()
_outside_store = OutsideStore()


class RemoteInterpreter(SessionInterpreter):
    """An interpreter that Ray hosts. It can be pickled: its copy is the same interpreter."""

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
        self.session.wait_ready()
        return _links[self.session].control(Status())

    def interrupt(self) -> None:
        self.session.wait_ready()
        _links[self.session].control(Interrupt("", []))

    def destroy(self) -> None:
        _links[self.session].destroy()
        self.session.fail(InterpreterDiedError(f"the interpreter {self.id[:5]} was destroyed"))

    def __reduce__(self) -> tuple[Any, ...]:
        return attach, (self.actor, self.id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RemoteInterpreter) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"<RemoteInterpreter {self.session.label()}>"


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


class RemoteInterpreterFactory:
    """Creates and finds interpreters.

    Args:
        ray_module: the module `ray`; may be left out.
        relay: frames travel through an actor inside the cluster, which a driver outside it (``ray.init("ray://…")``)
            needs and always has; True: also where the sockets of interpreters can be reached, which is faster. An
            interpreter that this process uses already goes on as it does.
    """

    def __init__(self, ray_module: Any = None, *, relay: bool = False) -> None:
        if ray_module is not None and ray_module is not ray:
            raise TypeError(f"RemoteInterpreterFactory takes the module ray, or nothing; not {ray_module!r}")
        self._relay = relay

    def create(
        self, *, eager: bool = False, grace: float = GRACE, lease: float = LEASE, **options: Any
    ) -> RemoteInterpreter:
        """Start an interpreter. Returns at once; operations wait until Ray has placed it.

        As any Ray actor, it needs a free CPU to be placed and none while it runs, unless `num_cpus` says so. It ends
        when nobody holds it or a Var of it any more; with ``lifetime="detached"``, when it is destroyed.

        Args:
            eager: every operation waits for its result, so that errors are raised where they happen.
            grace: seconds for which it keeps the variables of a client whose link is lost, and for which clients wait
                for it when it is silent, before their operations raise.
            lease: seconds for which it holds a pickled `Var` after its last pickling or claim.
            options: options of Ray actors: num_cpus, num_gpus, resources, name, namespace, lifetime, runtime_env,
                scheduling_strategy, … (`ray.actor.ActorClass.options`). An interpreter that Ray restarts has lost
                its variables.

        Raises:
            ValueError: an option that Ray refuses, one that would take user code off the main thread, or a time that
                is no number of seconds above 0.
        """
        for refused in ("max_concurrency", "concurrency_groups"):
            if refused in options:
                raise ValueError(
                    f"{refused} cannot be given: user code runs on the interpreter's main thread, one call at a "
                    "time; create several interpreters to run calls side by side"
                )
        actor = ray.remote(InterpreterProcess).options(**options).remote(Settings(grace, lease))
        env = attach(actor, actor._actor_id.hex(), eager, self._relay)
        env.session.start()
        return env

    def get(self, name: str, namespace: str | None = None) -> RemoteInterpreter:
        """The interpreter that was created with that name.

        Raises:
            InterpreterNotFoundError: there is none in this namespace.
        """
        try:
            actor = ray.get_actor(name, namespace)
        except ValueError as error:
            raise InterpreterNotFoundError(
                f"there is no interpreter named {name!r} in the Ray namespace "
                f"{namespace or ray.get_runtime_context().namespace!r}; one that shall outlive its creator needs "
                "lifetime='detached', and drivers of other namespaces find it with namespace=…"
            ) from error
        if not hasattr(actor, "ray_proxy_ready"):
            raise InterpreterNotFoundError(f"the Ray actor named {name!r} is no interpreter")
        return attach(actor, actor._actor_id.hex(), relay=self._relay)

    def __getitem__(self, name: str) -> RemoteInterpreter:
        """As `get`."""
        return self.get(name)

    def get_or_create(self, name: str, *, eager: bool = False, **options: Any) -> RemoteInterpreter:
        """The interpreter of that name. If there is none, it is created with these options; else they do nothing.

        Raises:
            ValueError: as for `create`.
        """
        return self.create(name=name, get_if_exists=True, eager=eager, **options)

    def destroy(self, name: str, namespace: str | None = None) -> None:
        """End the interpreter of that name. Raises `InterpreterNotFoundError`."""
        self.get(name, namespace).destroy()

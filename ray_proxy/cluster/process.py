"""The Ray actor that hosts an interpreter, and how clients find and reach it.

Ray places it, owns its resources and its life. It publishes its address and key in Ray's internal key-value
store, which needs the same access as calling the actor, and serves frames on its main thread.
"""

from __future__ import annotations

import atexit
import concurrent.futures
import contextlib
import logging
import math
import os
import queue
import re
import shutil
import socket
import stat
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import msgspec
import ray
from ray.experimental import internal_kv

from ..channels.channel import Channel, hosting
from ..channels.socket import Address, SocketChannel, dial, framed, receive_frame
from ..errors import AuthenticationError, InterpreterDiedError, LogError, ProtocolError, RayProxyError
from ..interpreter.interpreter import Interpreter
from ..interpreter.leases import LEASE
from ..logs import recovery, replayer
from ..logs.log import LIMIT, Log, Writer
from ..protocol import MAJOR, MINOR, Hello, Interrupt, Status, Welcome, decode_status, decode_welcome, encode
from ..server.server import GRACE, Server
from ..session.session import Session
from ..values import definitions
from ..var.var import hosted
from . import liveness
from .mailbox import RayStore

logger: logging.Logger = logging.getLogger("ray_proxy")

NAMESPACE = "ray_proxy"
_WARN_AFTER = 10.0
"""Seconds after which a client says that it still waits for Ray to place the interpreter; it says so again after twice
as many, and so on, …"""
_WARN_AGAIN = 600.0
"""… up to so many."""
_LAST_THREADS = 2.0
"""Seconds that an interpreter that nobody holds leaves to threads of user code which are no daemons."""
_POLL = 0.1
_LONGEST_FOLDER = 70  # the path of a Unix socket has at most 107 bytes
_DIAL = 10.0
_DIAL_AGAIN = 3.0
_VERDICT = 1.5
T = TypeVar("T")


class Settings(msgspec.Struct, frozen=True):
    """What an interpreter was created with, beside Ray's options.

    It travels as a pickle to an actor that may be of an older release: fields are only added, at the end, and are not
    in the pickle where they have their defaults.
    """

    grace: float = GRACE
    """Seconds for which a session whose channel was lost is kept, and a silent interpreter waited for."""
    lease: float = LEASE
    """Seconds for which a pickled Var is held after its last pickling or claim."""
    record: str = ""
    """Path of the log, where there shall be one, on the node of the interpreter."""
    record_limit: int = LIMIT
    """Bytes at which it stops."""
    recover: bool = False
    """Where Ray restarts the process, its state is rebuilt from the log."""

    def __post_init__(self) -> None:
        if not isinstance(self.record_limit, int) or self.record_limit <= 0:
            raise ValueError(f"record_limit is a number of bytes above 0, not {self.record_limit!r}")
        if self.recover and not self.record:
            raise ValueError(
                "recover=True needs a log to recover from: record=path, where every node sees the same file"
            )
        for name in ("grace", "lease"):
            seconds = getattr(self, name)
            if not isinstance(seconds, (int, float)) or not 0 < seconds < math.inf:
                raise ValueError(f"{name} is a number of seconds above 0, not {seconds!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        values = list(msgspec.structs.astuple(self))
        defaults = list(self.__struct_defaults__)
        while values and values[-1] == defaults[-1]:
            values.pop()
            defaults.pop()
        return Settings, tuple(values)


class Published(msgspec.Struct):
    """What an interpreter publishes under its actor id.

    Clients of all releases read it, those of other majors too, which shall hear of that by the interpreter's answer to
    their hello. So fields are only added, with defaults; none is taken away or changed.
    """

    address: Address
    node: str
    key: bytes
    pid: int
    restarts: int
    """How often Ray had restarted the actor when its present process began."""
    recovers: bool = False
    """The state of a process that Ray restarts is rebuilt from the log, and sessions go on there."""

    def __repr__(self) -> str:
        return f"Published({self.address}, {self.node})"  # never the key


class InterpreterProcess:
    """Hosts an interpreter in a Ray actor.

    Drivers of other releases create it, hold its handle, and call its methods: their names and arguments stay. No
    method is added or taken away, not even a private one: Ray exports the class with the names of all, and looks each
    up where the actor runs. What is new has a class of its own, which is used where it is needed.
    """

    def __init__(self, settings: Settings) -> None:
        context = ray.get_runtime_context()
        self._id = context.get_actor_id()
        store = RayStore()
        self._interpreter = Interpreter(self._id, store, lease=settings.lease, known=definitions.here)
        hosting.path = [self._id]  # also of what a recovery executes
        restarts = liveness.restarts(self._id)
        self._is_restarted = restarts > 0
        tell = _tell_waiting(self._id)
        if restarts:
            tell("")  # it was the process before that waited
        log: Writer | None = None
        clients: list[replayer.Client] = []
        hosted[self._id] = self._interpreter.claim
        if settings.record and restarts and settings.recover:
            hosting.rebuilding = True
            log, recovered = recovery.resume(
                self._interpreter, settings.record, settings.record_limit, store.leave_again, tell
            )
            hosting.rebuilding = False
            clients = recovered.clients
            logger.warning("ray_proxy: the interpreter %s has recovered. %s", self._id[:5], recovered.report)
        elif settings.record:
            path = settings.record + (f".{restarts}" if restarts else "")  # without recovery, each process has its own
            patience = recovery.Patience(self._id, tell) if restarts else None
            log = recovery.record(self._interpreter, path, settings.record_limit, settings.recover, patience)
        self._server = Server(
            self._interpreter,
            host=socket.gethostname(),
            start=self._start,
            bind=ray.util.get_node_ip_address(),
            parent=_session_folder(),
            grace=settings.grace,
            is_dead=liveness.is_dead,
            log=log,
            clients=clients,
        )
        hosted[self._id] = self._server.claim
        # The path is never empty: what our background threads send must not hold up the calls nested in ours.
        atexit.register(self._close)
        # Before Python waits for threads that are no daemons: those of user code may never end.
        threading._register_atexit(self._end_soon)  # type: ignore[attr-defined]
        _raylet.extend(_connections_to_raylet())
        address, key = self._server.address, self._server.key
        published = Published(address, context.get_node_id(), key, os.getpid(), restarts, settings.recover)
        internal_kv._internal_kv_put(self._id, msgspec.msgpack.encode(published), namespace=NAMESPACE)

    def ray_proxy_ready(self) -> None:
        """Returns once the interpreter listens."""

    def ray_proxy_serve(self) -> None:
        """Serve clients on the main thread, until the last has gone."""
        self._server.serve()

    def _start(self) -> None:
        # Ray drops calls of an actor that it restarts, as it may do with this one for a moment, unless it may retry.
        serve = ray.get_runtime_context().current_actor.ray_proxy_serve
        if self._is_restarted:
            serve = serve.options(max_task_retries=-1)
        serve.remote()  # the handle is not kept: an actor that holds itself is never collected

    def _close(self) -> None:
        self._server.close()
        if self._server.log is not None:
            recovery.end(self._server.log)
        with contextlib.suppress(Exception):
            unpublish(self._id)

    def _end_soon(self) -> None:
        def end() -> None:
            time.sleep(_LAST_THREADS)
            self._close()
            os._exit(0)

        threading.Thread(target=end, daemon=True).start()


class RestorableProcess(InterpreterProcess):
    """One that begins with the state of a log."""

    def ray_proxy_restore(self, content: list[Any], client: str) -> replayer.Restoration:
        """Rebuild the state that a log tells of, before any client has come. Raises `LogError`."""
        log, store, clock = Log(memoryview(content[0])), self._interpreter.store, self._interpreter.clock
        hosted[log.began.interpreter] = self._interpreter.claim  # for Vars that it had unpickled itself
        self._server.rebuilding = True
        try:
            return replayer.restore(log, self._interpreter, client, self._server.log)
        except BaseException:
            if self._server.log is not None:
                recovery.discard(self._server.log)
            raise
        finally:
            self._server.rebuilding = False
            hosted.pop(log.began.interpreter, None)
            self._interpreter.rehost(store, clock, same_time=self._server.log is not None)


_raylet: list[int] = []
"""File descriptors by whose end Ray's node manager finds out that this process has ended."""


def _connections_to_raylet() -> list[int]:
    found = []
    for name in os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []:
        with contextlib.suppress(OSError):
            if not stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                continue  # `socket` would refuse the duplicate, and leave it open
            with socket.socket(fileno=os.dup(int(name))) as connection:
                if "raylet" in str(connection.getpeername()):
                    found.append(int(name))
    return found


def _after_fork_in_child() -> None:
    for number in _raylet:
        with contextlib.suppress(OSError):
            os.close(number)  # or Ray takes us for alive as long as a child of user code is


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)


def _session_folder() -> str | None:
    """The folder of Ray's own session, so that the socket of a killed process is not left lying about elsewhere."""
    try:
        folder: str = ray._private.worker._global_node.get_session_dir_path()
    except AttributeError:  # no public way leads to it
        return None
    return folder if len(folder) <= _LONGEST_FOLDER and os.access(folder, os.W_OK) else None


def unpublish(id: str) -> None:
    internal_kv._internal_kv_del(id, namespace=NAMESPACE)
    internal_kv._internal_kv_del(id + _WAITS, namespace=NAMESPACE)


_WAITS = ".waits"
"""Ends the key under which stands what a process that was restarted waits for before it goes on."""


def _tell_waiting(id: str) -> Callable[[str], None]:
    """Publishes that, and takes it back once there is nothing."""

    def tell(text: str) -> None:
        with contextlib.suppress(Exception):  # it waits all the same
            if text:
                internal_kv._internal_kv_put(id + _WAITS, text.encode(), namespace=NAMESPACE)
            else:
                internal_kv._internal_kv_del(id + _WAITS, namespace=NAMESPACE)

    return tell


def _waits_for(id: str) -> str:
    """What the interpreter's restarted process waits for, so that it does not answer; empty: nothing is known of it."""
    found = internal_kv._internal_kv_get(id + _WAITS, namespace=NAMESPACE)
    return "" if found is None else found.decode(errors="replace")


def find(id: str) -> Published | None:
    """What the interpreter has published; None while it has not. Raises `InterpreterDiedError`."""
    require_ray(id)
    found = internal_kv._internal_kv_get(id, namespace=NAMESPACE)
    return None if found is None else msgspec.msgpack.decode(found, type=Published)


def require_ray(id: str) -> None:
    """Raises `InterpreterDiedError` after `ray.shutdown`: any call of Ray would start a new one by itself."""
    if not ray.is_initialized():
        raise InterpreterDiedError(
            f"the interpreter {id[:5]} is out of reach: Ray was shut down in this process; begin again with ray.init() "
            "and rif.get(name)"
        )


def clean_up_after(id: str, published: Published | None) -> None:
    """Remove what an interpreter's process, which had published this, could not remove itself when it was killed."""
    with contextlib.suppress(Exception):
        if published is None:
            return
        if find(id) == published:  # it is another process's after a restart
            unpublish(id)
        if published.node == here().node:
            shutil.rmtree(published.address.path.rpartition("/")[0], ignore_errors=True)


class _Here(NamedTuple):
    """This process, as Ray knows it."""

    job: str
    node: str
    worker: str
    pid: int

    @property
    def is_forked(self) -> bool:
        """Whether this is a child of the process that Ray knows, in which nothing of Ray works."""
        return self.pid != os.getpid()


_here: _Here | None = None


def here() -> _Here:
    """Facts of this process; in a forked one, those of its parent. After `ray.shutdown`, what they were."""
    global _here
    if _here is None or (not _here.is_forked and ray.is_initialized()):  # else it would start a new Ray
        context = ray.get_runtime_context()
        worker = ""
        with contextlib.suppress(AttributeError):  # older releases of Ray Client do not say it
            worker = liveness.worker_id()
        _here = _Here(context.get_job_id(), context.get_node_id(), worker, os.getpid())
    return _here


class Link:
    """How a session gets at an interpreter that Ray hosts. While it lives, Ray keeps the actor."""

    def __init__(self, actor: Any, id: str) -> None:
        self.actor = actor
        self.id = id
        self.published: Published | None = None
        self._is_restarting = False
        """Ray is making a new process, in which the sessions go on."""
        self._reached: Published | None = None
        """The process at the other end of the session's channel."""

    # ---------------------------------------------------------------------- what `session.Link` asks for

    def connect(self, session: Session) -> None:
        try:
            if self.published is None:
                self.published = _await_published(self.actor, self.id, self._find)
            self._connect(session)
        except RayProxyError as error:
            session.fail(error)
        except Exception as error:
            session.fail(InterpreterDiedError(f"the interpreter {self.id[:5]} could not be reached: {error!r}"))

    def is_there(self, seconds: float) -> bool:
        reached = self._reached or self.published
        self.raise_verdict()
        published = self.published
        assert published is not None
        if self._is_restarting or published is not reached:
            raise ConnectionResetError("the interpreter's process has died, and the session goes on in another one")
        before = _processor_time(published)
        try:
            connection, _ = _open(published, Hello(MAJOR, MINOR, "", "control"), seconds)
            connection.close()
        except (OSError, AuthenticationError, ProtocolError):
            # It may be at work in code that lets no other thread run, as `sorted` on a long list.
            after = _processor_time(published)
            return after is not None and before is not None and after > before
        return True

    def interrupt(self, session: str, frames: list[int]) -> None:
        self.control(Interrupt(session, frames))

    # ---------------------------------------------------------------------------------------------------

    def control(self, request: Status | Interrupt) -> dict[str, Any]:
        """Make a request, which is answered also while user code runs; gives the interpreter's status.

        Raises `InterpreterDiedError`.
        """
        until = time.monotonic() + _DIAL
        while True:
            published = self.published or find(self.id)
            if published is None:
                raise InterpreterDiedError(f"the interpreter {self.id[:5]} has ended")
            try:
                connection, _ = _open(published, Hello(MAJOR, MINOR, "", "control"), _DIAL)
                with connection:
                    connection.sendall(framed(encode(request)))
                    return decode_status(receive_frame(connection, time.monotonic() + _DIAL))
            except (OSError, AuthenticationError) as error:
                self.raise_verdict()
                self.raise_waiting()
                # Ray does not know at once that a process has died, and then makes another one.
                if not (published.recovers and (self._is_restarting or time.monotonic() < until)):
                    raise InterpreterDiedError(f"the interpreter {self.id[:5]} does not answer: {error}") from error
            time.sleep(_POLL)

    def raise_waiting(self) -> None:
        """Raise `InterpreterDiedError` where the new process of an interpreter waits until it can write its log."""
        if self._is_restarting and (hindrance := self._hindrance()):
            raise InterpreterDiedError(f"the interpreter {self.id[:5]} does not answer yet: {hindrance}")

    def _hindrance(self) -> str:
        waits = _within(_VERDICT, lambda: _waits_for(self.id))
        return f"its process has died, and a new one waits before it goes on: {waits}" if waits else ""

    def _tell_hindrance(self, session: Session) -> None:
        """Say once what a new process waits for, since whoever waits for it may wait for long."""
        hindrance = self._hindrance()
        if hindrance and hindrance != session.hindrance:
            logger.warning("ray_proxy: the interpreter %s does not answer yet: %s", self.id[:5], hindrance)
        session.hindrance = hindrance

    def destroy(self) -> None:
        """End the interpreter at once."""
        require_ray(self.id)
        published = self.published or find(self.id)
        ray.kill(self.actor)
        clean_up_after(self.id, published)

    def dial(self, hello: Hello, seconds: float) -> tuple[socket.socket, Welcome]:
        """An authenticated connection and the interpreter's welcome.

        Raises `OSError`, `AuthenticationError`, `ProtocolError`, `SessionLostError`.
        """
        assert self.published is not None
        return _open(self.published, hello, seconds)

    def _find(self) -> Published | None:
        return find(self.id)

    def _follow(self) -> None:
        """Go on with the process that has come in the place of another, once it is there."""
        before, found = self.published, _within(_VERDICT, self._find)
        if before is not None and found is not None and found.restarts > before.restarts:
            clean_up_after(self.id, before)
            self.published, self._is_restarting = found, False

    def _open(self, hello: Hello, seconds: float) -> tuple[Channel, Welcome]:
        connection, welcome = self.dial(hello, seconds)
        return SocketChannel(connection), welcome

    def _connect(self, session: Session) -> None:
        """Open a channel; tries again until the grace time is over, or the interpreter is known to have ended."""
        why: Exception | None
        since, why = session.lost() or (time.monotonic(), None)
        wait = 0.02
        while True:
            resume, answers = session.resumption()
            hello = Hello(MAJOR, MINOR, session.name, "frames", _client(), _worker(), resume, answers)
            published = self.published
            try:
                channel, welcome = self._open(hello, _DIAL_AGAIN if resume else _DIAL)
            except (OSError, AuthenticationError) as error:
                why = why or error
            else:
                self._reached = published
                session.attach(channel, welcome)
                return
            self.raise_verdict()
            if self._is_restarting and not hosting.rebuilding:
                since = time.monotonic()  # Ray's business, as when an interpreter is created
                self._tell_hindrance(session)
            silent = time.monotonic() - since
            if session.is_broken():
                return
            if silent > session.grace:
                raise InterpreterDiedError(f"{session.silence(silent)} ({why})") from why
            time.sleep(wait)
            wait = min(2 * wait, 1.0)

    def raise_verdict(self) -> None:
        """Raise `InterpreterDiedError` where Ray knows that the process has ended that we talk to."""
        if here().is_forked:
            return
        require_ray(self.id)
        # In a thread: Ray's control store may be out of reach, and a call of it then waits for long.
        reason = _within(_VERDICT, lambda: liveness.verdict(self.id))
        published = self.published
        now = _within(_VERDICT, lambda: liveness.restarts(self.id)) if reason is None else None
        restarted = now is not None and published is not None and now > published.restarts
        self._is_restarting = restarted and published is not None and published.recovers
        if self._is_restarting:
            self._follow()
        elif restarted:
            reason = "Ray has restarted its process, and its variables are gone; get it anew from the factory"
        if reason is not None:
            clean_up_after(self.id, self.published)
            if (fault := fault_of_log(reason)) is not None:
                raise InterpreterDiedError(f"the interpreter {self.id[:5]} has ended, and cannot recover: {fault}")
            if published is not None and published.recovers:
                reason += " It was not to be restarted again; rif.restore(log) builds another one from its log"
            raise InterpreterDiedError(f"the interpreter {self.id[:5]} has ended. {reason}")


def fault_of_log(reason: object) -> str | None:
    """What was wrong with a log, where Ray tells of the end of an actor that a `LogError` has ended; else None."""
    found = re.findall(r"ray_proxy\.errors\.LogError: ([^\n\x1b]+)", str(reason))
    return found[-1] if found else None


def _within(seconds: float, work: Callable[[], T]) -> T | None:
    """The result of work; None where it takes longer, or fails."""
    results: queue.SimpleQueue[T | None] = queue.SimpleQueue()

    def do() -> None:
        result = None
        with contextlib.suppress(Exception):
            result = work()
        results.put(result)

    threading.Thread(target=do, name="ray-proxy-ask", daemon=True).start()
    try:
        return results.get(timeout=seconds)
    except queue.Empty:
        return None


def _client() -> str:
    return f"{socket.gethostname()}[{os.getpid()}] job {here().job}"


def _worker() -> str:
    """By which Ray knows this process; a forked one it does not know."""
    return "" if here().is_forked else here().worker


def _open(published: Published, hello: Hello, seconds: float) -> tuple[socket.socket, Welcome]:
    connection, welcome = introduce(published, encode(hello), seconds)
    return connection, decode_welcome(welcome)


def introduce(
    published: Published, hello: bytes, seconds: float, same_node: bool = True
) -> tuple[socket.socket, bytes]:
    """An authenticated connection and the interpreter's welcome, as it came; by TCP also on its own node unless
    `same_node`. Raises `OSError`, `AuthenticationError`, `ProtocolError`, `SessionLostError`."""
    until = time.monotonic() + seconds
    connection = dial(published.address, published.key, same_node and published.node == here().node, seconds)
    try:
        connection.sendall(framed(hello))
        welcome = receive_frame(connection, until)
        decode_welcome(welcome)  # raises what is said instead
        connection.settimeout(None)
    except BaseException:
        connection.close()
        raise
    return connection, welcome


def _processor_time(published: Published) -> int | None:
    """Clock ticks that the interpreter's process has worked; None where that cannot be known here."""
    if published.node != here().node:
        return None
    try:
        with open(f"/proc/{published.pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
    except (OSError, ValueError):
        return None
    return int(fields[11]) + int(fields[12])


def _await_published(actor: Any, id: str, find: Callable[[], Published | None]) -> Published:
    published = find()
    if published is not None:
        return published
    ready = actor.ray_proxy_ready.remote()
    # A future, and no call of Ray while we wait: one that meets `ray.shutdown` ends the whole process.
    answer = ready.future()
    wait = _WARN_AFTER
    warn = time.monotonic() + wait
    while True:
        try:
            answer.result(timeout=_POLL)
        except concurrent.futures.TimeoutError:
            pass
        except ray.exceptions.RayError as error:
            if (fault := fault_of_log(error)) is not None:
                raise LogError(f"the interpreter {id[:5]} could not be started: {fault}") from None
            raise InterpreterDiedError(f"the interpreter {id[:5]} could not be started: {error}") from error
        done = answer.done()
        published = find()
        if published is not None:
            return published
        if done:
            raise InterpreterDiedError(f"the interpreter {id[:5]} has ended")
        if time.monotonic() > warn:
            wait = min(2 * wait, _WARN_AGAIN)
            warn += wait
            _warn_of_waiting(id)


def _warn_of_waiting(id: str) -> None:
    """Say what Ray waits for, unless it has placed the interpreter, and its process is being started."""
    require_ray(id)
    placing = _within(_VERDICT, lambda: liveness.placing(id))
    asked, why = "", f"Resources that are free: {_amounts(ray.available_resources())}"
    if placing is not None:
        if not placing.waits:
            return
        asked = f", which asks for {_amounts(placing.asked)}"
        which = "has" if placing.is_infeasible else "has free"
        nodes = [
            f"{name} {which} {_amounts({key: of[placing.is_infeasible].get(key, 0.0) for key in placing.asked})}"
            for name, of in placing.nodes.items()
        ]
        listed = "; ".join(nodes[:_NODES]) + (f"; and {len(nodes) - _NODES} more nodes" if len(nodes) > _NODES else "")
        why = (
            f"No node of the cluster has as much, whatever is free: it waits until one joins that has. {listed}"
            if placing.is_infeasible
            else listed
        )
    logger.warning(
        "Still waiting for Ray to place the interpreter %s%s. %s; `ray status` tells what it waits for.",
        id[:5],
        asked,
        why,
    )


_NODES = 4


def _amounts(resources: dict[str, float]) -> str:
    """Resources as a person reads them."""
    return ", ".join(
        f"{name}={amount / 2**30:.1f} GiB" if name in ("memory", "object_store_memory") else f"{name}={amount:g}"
        for name, amount in sorted(resources.items())
        if not name.startswith("node:")
    )


for _named in (Settings, InterpreterProcess, RestorableProcess):
    _named.__module__ = "ray_proxy.actor"  # the door at which other releases find it

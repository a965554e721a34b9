"""The Ray actor that hosts an interpreter.

Ray places it, owns its resources and its life. It publishes its address and key, and serves frames on its main thread.

`ray_proxy_serve` belongs to no client. A side thread calls it on its own actor when the first client has come, and it
returns when the last has gone: Ray keeps an actor for whoever has called a method that runs. While it runs, Ray answers
no other call of the actor, so nothing may depend on one.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import socket
import stat
import sys
import tempfile
import threading
import time
from typing import Any

import msgspec
import ray

from ..channels.channel import hosting
from ..doors import stand_behind
from ..interpreter import code, debugger, kept
from ..interpreter.interpreter import Interpreter
from ..interpreter.lines import Lines
from ..logs import recovery
from ..logs.reader import Log
from ..logs.rebuilding import Client, Restoration, restore
from ..logs.writer import Writer
from ..looking import displaying
from ..output.capture import Capture, base_of
from ..output.owners import OWNER, owner
from ..protocol import Display
from ..server.server import Server
from ..session import origins
from ..session.printing import printer
from ..values import definitions
from ..var.pickled import hosted
from . import liveness
from .mailbox import RayStore
from .published import Published, publish, tell_waiting, unpublish
from .settings import Settings
from .waits import serve_in_waits

logger: logging.Logger = logging.getLogger("ray_proxy.process")
"""For what is told of the process itself: by Ray, and not to whoever's message is executed."""
_LAST_THREADS = 2.0
"""Seconds that an interpreter that nobody holds leaves to threads of user code which are no daemons."""


class InterpreterProcess:
    """Hosts an interpreter in a Ray actor.

    Drivers of other releases create it, hold its handle, and call its methods: their names and arguments stay. No
    method is added or taken away, not even a private one: Ray exports the class with the names of all, and looks each
    up where the actor runs. What is new has a class of its own, which is used where it is needed.
    """

    def __init__(self, settings: Settings) -> None:
        context = ray.get_runtime_context()
        self._id = context.get_actor_id()
        self._capture = None if settings.output == "ray" else _captured(self._id)
        displaying.install()
        if self._capture is not None:
            displaying.show = self._capture.display
            printer.display = _pass_on  # what other interpreters display for our calls
        store = RayStore()
        code.here.install()
        self._interpreter = Interpreter(
            self._id, store, lease=settings.lease, known=definitions.here, code=code.here, frames=kept.here
        )
        kept.here.always = settings.debug
        serve_in_waits()
        hosting.path = [self._id]  # also of what a recovery executes
        origins.use_calls(OWNER, owner)
        restarts = liveness.restarts(self._id)
        self._is_restarted = restarts > 0
        tell = tell_waiting(self._id)
        if restarts:
            tell("")  # it was the process before that waited
        log: Writer | None = None
        clients: list[Client] = []
        hosted[self._id] = self._interpreter.claim
        if settings.record and restarts and settings.recover:
            hosting.rebuilding = True
            with _muted(self._capture):
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
            is_of_task=liveness.is_of_task,
            log=log,
            clients=clients,
            capture=None if settings.output is None else self._capture,
        )
        hosted[self._id] = self._server.claim
        Lines(self._server.prompting.ask).install()
        if self._capture is not None:
            sys.breakpointhook = debugger.stop
            os.environ.pop("PYTHONBREAKPOINT", None)  # Ray has named its own there, which waits for `ray debug`
        # The path is never empty: what our background threads send must not hold up the calls nested in ours.
        atexit.register(self._close)
        # Before Python waits for threads that are no daemons: those of user code may never end.
        threading._register_atexit(self._end_soon)  # type: ignore[attr-defined]
        _raylet.extend(_connections_to_raylet())
        address, key = self._server.address, self._server.key
        published = Published(address, context.get_node_id(), key, os.getpid(), restarts, settings.recover)
        publish(self._id, published)

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
        if self._capture is not None:
            self._capture.close()
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

    def ray_proxy_restore(self, content: list[Any], client: str) -> Restoration:
        """Rebuild the state that a log tells of, before any client has come. Raises `LogError`."""
        log, store, clock = Log(memoryview(content[0])), self._interpreter.store, self._interpreter.clock
        hosted[log.began.interpreter] = self._interpreter.claim  # for Vars that it had unpickled itself
        self._server.rebuilding = True
        try:
            with _muted(self._capture):
                return restore(log, self._interpreter, client, self._server.log)
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


def _pass_on(display: Display) -> None:
    text = display.forms.get("text/plain", "")
    displaying.show(f"{text}\n" if display.forms else "", msgspec.structs.asdict(display))


def _captured(name: str) -> Capture | None:
    """The output of this process from now on; None: its files cannot be made, and it is left as it is."""
    folder = _folder("get_logs_dir_path") or tempfile.gettempdir()
    logger.addHandler(logging.StreamHandler(os.fdopen(os.dup(2), "w", errors="backslashreplace")))
    logger.propagate = False
    try:
        return Capture(base_of(folder, name))
    except OSError as error:
        logger.warning("ray_proxy: what user code prints is left to Ray, for no file can be made: %s", error)
        return None


def _muted(capture: Capture | None) -> contextlib.AbstractContextManager[None]:
    """What is executed again is not shown again."""
    return contextlib.nullcontext() if capture is None else capture.muted()


def _session_folder() -> str | None:
    """The folder of Ray's own session, so that the socket of a killed process is not left lying about elsewhere."""
    return _folder("get_session_dir_path")


def _folder(name: str) -> str | None:
    """A folder of Ray's on this node."""
    try:
        folder: str = getattr(ray._private.worker._global_node, name)()
    except AttributeError:  # no public way leads to it
        return None
    return folder


stand_behind("ray_proxy.actor", InterpreterProcess, RestorableProcess)

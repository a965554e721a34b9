"""The Ray actor that hosts an interpreter, and how clients find and reach it.

Ray places it, owns its resources and its life. It publishes its address and key in Ray's internal key-value
store, which needs the same access as calling the actor, and serves frames on its main thread.
"""

from __future__ import annotations

import atexit
import concurrent.futures
import contextlib
import logging
import os
import shutil
import socket
import time
from typing import Any

import msgspec
import ray
from ray.experimental import internal_kv

from .channel import hosting
from .channels.server import Server
from .channels.socket import Address, SocketChannel, dial, framed, receive_frame
from .errors import AuthenticationError, InterpreterDiedError, ProtocolError
from .interpreter import Interpreter
from .mailbox import RayStore
from .protocol import MAJOR, MINOR, Hello, Interrupt, Status, Welcome, decode_status, decode_welcome, encode
from .session import Session
from .var import hosted

logger: logging.Logger = logging.getLogger("ray_proxy")

NAMESPACE = "ray_proxy"
_WARN_AFTER = 10.0
"""Seconds after which a client says that it still waits for Ray to place the interpreter."""
_POLL = 0.1
_LONGEST_FOLDER = 70  # the path of a Unix socket has at most 107 bytes
_DIAL = 10.0


class Published(msgspec.Struct):
    """What an interpreter publishes under its actor id."""

    address: Address
    node: str
    key: bytes

    def __repr__(self) -> str:
        return f"Published({self.address}, {self.node})"  # never the key


class InterpreterProcess:
    """Hosts an interpreter in a Ray actor."""

    def __init__(self) -> None:
        context = ray.get_runtime_context()
        self._id = context.get_actor_id()
        interpreter = Interpreter(self._id, RayStore())
        self._server = Server(
            interpreter,
            host=socket.gethostname(),
            start=self._start,
            bind=ray.util.get_node_ip_address(),
            parent=_session_folder(),
        )
        hosted[self._id] = self._server.claim
        # Never empty here: what our background threads send must not hold up the calls that are nested in ours.
        hosting.path = [self._id]
        atexit.register(self._close)
        published = Published(self._server.address, context.get_node_id(), self._server.key)
        internal_kv._internal_kv_put(self._id, msgspec.msgpack.encode(published), namespace=NAMESPACE)

    def ray_proxy_ready(self) -> None:
        """Returns once the interpreter listens."""

    def ray_proxy_serve(self) -> None:
        """Serve clients on the main thread, until the last has gone."""
        self._server.serve()

    def _start(self) -> None:
        # The handle is not kept: an actor that holds itself is never collected.
        ray.get_runtime_context().current_actor.ray_proxy_serve.remote()

    def _close(self) -> None:
        self._server.close()
        with contextlib.suppress(Exception):
            unpublish(self._id)


def _session_folder() -> str | None:
    """The folder of Ray's own session, so that the socket of a killed process is not left lying about elsewhere."""
    try:
        folder: str = ray._private.worker._global_node.get_session_dir_path()
    except AttributeError:  # no public way leads to it
        return None
    return folder if len(folder) <= _LONGEST_FOLDER and os.access(folder, os.W_OK) else None


def unpublish(id: str) -> None:
    internal_kv._internal_kv_del(id, namespace=NAMESPACE)


def find(id: str) -> Published | None:
    """What the interpreter has published; None while it has not. Raises `InterpreterDiedError`."""
    require_ray(id)
    found = internal_kv._internal_kv_get(id, namespace=NAMESPACE)
    return None if found is None else msgspec.msgpack.decode(found, type=Published)


def require_ray(id: str) -> None:
    """Raises `InterpreterDiedError` after `ray.shutdown`: any call of Ray would start a new one by itself."""
    if not ray.is_initialized():
        raise InterpreterDiedError(f"the interpreter {id[:5]} is out of reach: Ray was shut down in this process")


def clean_up_after(id: str, published: Published | None) -> None:
    """Remove what an interpreter's process, which had published this, could not remove itself when it was killed."""
    with contextlib.suppress(Exception):
        if published is None:
            return
        if find(id) == published:  # it is another process's after a restart
            unpublish(id)
        if published.node == ray.get_runtime_context().get_node_id():
            shutil.rmtree(published.address.path.rpartition("/")[0], ignore_errors=True)


def open_channel(published: Published, session: str, role: Any = "frames") -> tuple[socket.socket, Welcome]:
    """An authenticated connection and the interpreter's welcome. Raises `OSError`, `AuthenticationError`,
    `ProtocolError`."""
    same_node = published.node == ray.get_runtime_context().get_node_id()
    connection = dial(published.address, published.key, same_node, _DIAL)
    try:
        client = f"{socket.gethostname()} job {ray.get_runtime_context().get_job_id()}"
        connection.sendall(framed(encode(Hello(MAJOR, MINOR, session, role, client))))
        welcome = decode_welcome(receive_frame(connection, time.monotonic() + _DIAL))
        connection.settimeout(None)
    except BaseException:
        connection.close()
        raise
    return connection, welcome


def connect(session: Session, actor: Any, id: str) -> Published | None:
    """Bring about ``session.attach`` or ``session.fail``: waits for Ray to place the interpreter."""
    published = None
    try:
        published = _await_published(actor, id)
        try:
            connection, welcome = open_channel(published, session.name)
        except (OSError, AuthenticationError) as error:
            raise diagnose(actor, id, published, f"could not be reached: {error}") from error
    except (InterpreterDiedError, ProtocolError) as error:
        session.fail(error)
    except Exception as error:
        session.fail(InterpreterDiedError(f"the interpreter {id[:5]} could not be started: {error}"))
    else:
        session.attach(SocketChannel(connection), id, welcome.host)
    return published


def _await_published(actor: Any, id: str) -> Published:
    published = find(id)
    if published is not None:
        return published
    ready = actor.ray_proxy_ready.remote()
    # A future, and no call of Ray while we wait: one that meets `ray.shutdown` ends the whole process.
    answer = ready.future()
    warn = time.monotonic() + _WARN_AFTER
    while True:
        try:
            answer.result(timeout=_POLL)
        except concurrent.futures.TimeoutError:
            pass
        except ray.exceptions.RayError as error:
            raise InterpreterDiedError(f"the interpreter {id[:5]} could not be started: {error}") from error
        published = find(id)
        if published is not None:
            return published
        if answer.done():
            raise InterpreterDiedError(f"the interpreter {id[:5]} has ended")
        if time.monotonic() > warn:
            warn += _WARN_AFTER
            logger.warning(
                "Still waiting for Ray to place the interpreter %s. Resources that are free: %s; "
                "`ray status` tells what it waits for.",
                id[:5],
                ray.available_resources(),
            )


def diagnose(actor: Any, id: str, published: Published | None, what: str) -> InterpreterDiedError:
    """The error for an interpreter that is out of reach, with the reason that Ray knows."""
    try:
        require_ray(id)
    except InterpreterDiedError as error:
        return error
    try:
        ray.get(actor.ray_proxy_ready.remote(), timeout=1.5)
    except ray.exceptions.GetTimeoutError:
        reason = "Ray has not heard of its end; it may be busy, being restarted, or the link to it broken"
    except Exception as error:
        reason = str(error)
        clean_up_after(id, published)
    else:
        reason = "its process lives"
        if find(id) != published:
            reason = "Ray has restarted its process, and its variables are gone; get it anew from the factory"
    return InterpreterDiedError(f"the interpreter {id[:5]} {what}. {reason}")


def control(id: str, request: Status | Interrupt) -> dict[str, Any]:
    """Make a request, which is answered also while user code runs; gives the interpreter's status.

    Raises `InterpreterDiedError`.
    """
    published = find(id)
    if published is None:
        raise InterpreterDiedError(f"the interpreter {id[:5]} has ended")
    try:
        connection, _ = open_channel(published, "", "control")
        with connection:
            connection.sendall(framed(encode(request)))
            return decode_status(receive_frame(connection, time.monotonic() + _DIAL))
    except OSError as error:
        raise InterpreterDiedError(f"the interpreter {id[:5]} does not answer: {error}") from error

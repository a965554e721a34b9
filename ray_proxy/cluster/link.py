"""How a client reaches an interpreter: waits until Ray has placed it, connects, asks whether it is alive.

A call of the actor would wait until the interpreter has no clients left. So all goes over connections to its process,
and by what Ray itself knows of it.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import logging
import os
import pickle
import queue
import re
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import ray

from ..channels.channel import Channel, hosting
from ..channels.socket import SocketChannel, dial, framed, receive_frame
from ..errors import AuthenticationError, InterpreterDiedError, LogError, ProtocolError, RayProxyError
from ..protocol import MAJOR, MINOR, Cancel, Control, Hello, Interrupt, Welcome, decode_status, decode_welcome, encode
from ..session.session import Session
from . import liveness
from .here import address, cluster, here
from .published import Published, clean_up_after, find, require_ray, waits_for

logger: logging.Logger = logging.getLogger("ray_proxy")
_WARN_AFTER = 10.0
"""Seconds after which a client says that it still waits for Ray to place the interpreter; it says so again after twice
as many, and so on, …"""
_WARN_AGAIN = 600.0
"""… up to so many."""
POLL = 0.1
DIAL = 10.0
_DIAL_AGAIN = 3.0
VERDICT = 1.5
T = TypeVar("T")


class Link:
    """How a session gets at an interpreter that Ray hosts. While it lives, Ray keeps the actor."""

    def __init__(self, actor: Any, id: str) -> None:
        self._actor = actor
        self.id = id
        self.cluster: str = cluster()
        """Names its Ray."""
        self._handle: tuple[bytes, str] | None = None
        """The pickle of the actor's handle, and the address of its Ray."""
        self.published: Published | None = None
        self.is_restarting: bool = False
        """Ray is making a new process, in which the sessions go on."""
        self._reached: Published | None = None
        """The process at the other end of the session's channel."""

    @property
    def actor(self) -> Any:
        return self._actor

    def pickled(self) -> tuple[bytes, str, str]:
        """What others find the interpreter by: the actor's handle, for processes that its Ray knows, and that Ray's
        name and address, for others. Without them where Ray does not work here, if nobody has asked before."""
        if self._handle is None and not here().is_forked:
            with contextlib.suppress(Exception):  # Ray was shut down
                self._handle = pickle.dumps(self.actor), address()
        handle, where = self._handle or (b"", "")
        return handle, self.cluster, where

    # ------------------------------------------------------------------------- what `line.Link` asks for

    def connect(self, session: Session) -> None:
        try:
            if self.published is None:
                self.published = self._await()
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
        if self.is_restarting or published is not reached:
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

    def cancel(self, session: str, messages: list[tuple[int, int]]) -> None:
        self.control(Cancel(session, messages))

    # ---------------------------------------------------------------------------------------------------

    def control(self, request: Control) -> dict[str, Any]:
        """Make a request, which is answered also while user code runs; gives the interpreter's status.

        Raises `InterpreterDiedError`.
        """
        until = time.monotonic() + DIAL
        while True:
            published = self.published or self._find()
            if published is None:
                raise InterpreterDiedError(f"the interpreter {self.id[:5]} has ended")
            try:
                connection, _ = _open(published, Hello(MAJOR, MINOR, "", "control"), DIAL)
                with connection:
                    connection.sendall(framed(encode(request)))
                    return decode_status(receive_frame(connection, time.monotonic() + DIAL))
            except (OSError, AuthenticationError) as error:
                self.raise_verdict()
                self.raise_waiting()
                # Ray does not know at once that a process has died, and then makes another one.
                if not (published.recovers and (self.is_restarting or time.monotonic() < until)):
                    raise InterpreterDiedError(f"the interpreter {self.id[:5]} does not answer: {error}") from error
            time.sleep(POLL)

    def raise_waiting(self) -> None:
        """Raise `InterpreterDiedError` where the new process of an interpreter waits until it can write its log."""
        if self.is_restarting and (hindrance := self._hindrance()):
            raise InterpreterDiedError(f"the interpreter {self.id[:5]} does not answer yet: {hindrance}")

    def _hindrance(self) -> str:
        waits = within(VERDICT, lambda: waits_for(self.id))
        return f"its process has died, and a new one waits before it goes on: {waits}" if waits else ""

    def _tell_hindrance(self, session: Session) -> None:
        """Say once what a new process waits for, since whoever waits for it may wait for long."""
        hindrance = self._hindrance()
        if hindrance and hindrance != session.hindrance:
            logger.warning("ray_proxy: the interpreter %s does not answer yet: %s", self.id[:5], hindrance)
        session.hindrance = hindrance

    def destroy(self) -> None:
        """End the interpreter at once."""
        self._require()
        published = self.published or self._find()
        ray.kill(self.actor)
        clean_up_after(self.id, published)

    def dial(self, hello: Hello, seconds: float) -> tuple[socket.socket, Welcome]:
        """An authenticated connection and the interpreter's welcome.

        Raises `OSError`, `AuthenticationError`, `ProtocolError`, `SessionLostError`.
        """
        assert self.published is not None
        return _open(self.published, hello, seconds)

    def _require(self) -> None:
        """Raises `InterpreterDiedError` where nothing can be asked of its Ray any more."""
        require_ray(self.id, self.cluster)

    def _await(self) -> Published:
        """What the interpreter has published, once it is there. Raises `InterpreterDiedError`, `LogError`."""
        if here().is_forked:
            raise InterpreterDiedError(unknown_to_parent(self.id))
        return _await_published(self.actor, self.id, self._find)

    def _find(self) -> Published | None:
        self._require()
        return find(self.id)

    def _verdict(self) -> str | None:
        return liveness.verdict(self.id)

    def _restarts(self) -> int:
        return liveness.restarts(self.id)

    def _follow(self) -> None:
        """Go on with the process that has come in the place of another, once it is there."""
        before, found = self.published, within(VERDICT, self._find)
        if before is not None and found is not None and found.restarts > before.restarts:
            clean_up_after(self.id, before)
            self.published, self.is_restarting = found, False

    def _open(self, hello: Hello, seconds: float) -> tuple[Channel, Welcome]:
        connection, welcome = self.dial(hello, seconds)
        return SocketChannel(connection), welcome

    def _connect(self, session: Session) -> None:
        """Open a channel; tries again until the grace time is over, or the interpreter is known to have ended."""
        why: Exception | None
        since, why = session.line.lost or (time.monotonic(), None)
        wait = 0.02
        while True:
            resume, answers = session.resumption()
            hello = Hello(
                MAJOR, MINOR, session.name, "frames", client(), _worker(), resume, answers, True,
                True, session.outputs.taken if resume else 0, _heir(),
            )  # fmt: skip
            published = self.published
            try:
                channel, welcome = self._open(hello, _DIAL_AGAIN if resume else DIAL)
            except (OSError, AuthenticationError) as error:
                why = why or error
            else:
                self._reached = published
                session.attach(channel, welcome)
                return
            self.raise_verdict()
            if self.is_restarting and not hosting.rebuilding:
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
        self._require()
        # In a thread: Ray's control store may be out of reach, and a call of it then waits for long.
        reason = within(VERDICT, self._verdict)
        published = self.published
        now = within(VERDICT, self._restarts) if reason is None else None
        restarted = now is not None and published is not None and now > published.restarts
        self.is_restarting = restarted and published is not None and published.recovers
        if self.is_restarting:
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


def within(seconds: float, work: Callable[[], T]) -> T | None:
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


def client() -> str:
    """Names this process, for people."""
    return f"{socket.gethostname()}[{os.getpid()}] job {here().job or 'none'}"


def _heir() -> str:
    """A name that this notebook or program has again when it is started again; empty for what Ray starts."""
    if hosting.path:
        return ""
    notebook = os.environ.get("JPY_SESSION_NAME")
    if notebook:
        return f"notebook {os.path.abspath(notebook)}"
    program = os.path.abspath(sys.argv[0]) if sys.argv and sys.argv[0] not in ("", "-c", "-m") else "python"
    if os.path.basename(program) == "default_worker.py":
        return ""
    where = f" in {os.getcwd()}" if program == "python" or "ipykernel" in program else ""
    return f"{socket.gethostname()} {os.getuid()} {program}{where}"


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
    connection = dial(published.address, published.key, same_node and _is_near(published), seconds)
    try:
        connection.sendall(framed(hello))
        welcome = receive_frame(connection, until)
        decode_welcome(welcome)  # raises what is said instead
        connection.settimeout(None)
    except BaseException:
        connection.close()
        raise
    return connection, welcome


def _is_near(published: Published) -> bool:
    """Whether it is on the node of this process, as far as that can be told."""
    node = here().node
    return published.node == node if node else os.path.exists(published.address.path)


def unknown_to_parent(id: str) -> str:
    """Why a forked process cannot get at an interpreter, and what to do."""
    return (
        f"the interpreter {id[:5]} is out of reach: this process was forked before its parent had reached that, and "
        "Ray does not work in a forked process. Create the interpreter, and call env.sync(), before the fork, which is "
        "before a pool gets its first task; or have the pool spawn: multiprocessing.get_context('spawn')"
    )


def _processor_time(published: Published) -> int | None:
    """Clock ticks that the interpreter's process has worked; None where that cannot be known here."""
    if not _is_near(published):
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
            answer.result(timeout=POLL)
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
    placing = within(VERDICT, lambda: liveness.placing(id))
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

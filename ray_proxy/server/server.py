"""Serves an interpreter to any number of clients over sockets: makes the parts, and ends them.

User code runs on the thread that calls `serve`. One side thread accepts connections, another looks once a second after
what no frame tells of.

Knows sockets and the interpreter; must never know Ray. What starts `serve` on the right thread is its owner's.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable, Iterable
from typing import Any

from ..channels.channel import hosting
from ..channels.socket import Address
from ..interpreter.interpreter import Interpreter
from ..logs import rebuilding
from ..logs.writer import Writer
from ..output.capture import Capture
from ..protocol import MAX_FRAME
from .asking import Asking
from .clients import Client, Clients
from .delivering import Delivering
from .describing import Describing
from .doing import doing, waits
from .door import Door
from .executing import Executor
from .floor import Floor
from .interrupts import Interrupts
from .listeners import Listeners
from .printing import Printing
from .prompting import Prompting
from .teller import Teller
from .watch import Watch
from .work import recovered

GRACE = 30.0
"""Seconds for which the session of a lost connection is kept, where nothing else is said."""
_servers: weakref.WeakSet[Server] = weakref.WeakSet()


class Server:
    """Listens for clients of an interpreter.

    Args:
        interpreter: executes their frames.
        host: name of this machine, for `Welcome`.
        start: called from a side thread when the first client has come: shall make the right thread call `serve`.
        bind: address of the TCP socket for clients of other nodes; None: none is opened.
        limit: largest frame, in bytes.
        parent: the folder in which that of the socket is made; None: the system's for temporary files.
        grace: seconds for which a session is kept whose connection was lost.
        is_dead: whether the worker of that id (`Hello.worker`) is known to have ended: then it is not kept.
        is_of_task: whether the worker of that id runs tasks: it is served while user code waits for such.
        log: where frames and answers are recorded, each before it has an effect outside; None: nowhere.
        clients: sessions of the interpreter that go on, when their clients come back.
        capture: the output of this process, which clients are told; None: it is left alone.
    """

    def __init__(
        self,
        interpreter: Interpreter,
        host: str,
        start: Callable[[], None],
        bind: str | None = None,
        limit: int = MAX_FRAME,
        parent: str | None = None,
        grace: float = GRACE,
        is_dead: Callable[[str], bool] = lambda worker: False,
        log: Writer | None = None,
        is_of_task: Callable[[str], bool] = lambda worker: False,
        clients: Iterable[rebuilding.Client] = (),
        capture: Capture | None = None,
    ) -> None:
        self.log = log
        self._interpreter = interpreter
        self._host = host
        self._clients = Clients([_lost(client, limit, log) for client in clients])
        self._interrupts = Interrupts(interpreter)
        self._teller = Teller(interpreter)
        self.printing: Printing = Printing(self._clients, capture)
        if log is not None:
            self.printing.on_output = log.wrote
        self._executor = Executor(interpreter, self._interrupts, self._teller, self.printing, log)
        self._floor = Floor(
            interpreter, self._clients, self._executor, self._interrupts, self.printing, log, self.close, is_of_task
        )
        self._watch = Watch(self._clients, self._floor, self._executor, self._interrupts, grace, is_dead, start)
        self._asking = Asking(self._clients, self._interrupts, interpreter.code.deliver)
        interpreter.code.ask = self._asking.ask
        self.prompting: Prompting = Prompting(self._clients, self._interrupts, interpreter, self.printing, log)
        """Asks for what user code reads from stdin."""
        delivering = Delivering(interpreter, self._interrupts, self._asking, self.printing, log)
        self._door = Door(
            interpreter,
            self._clients,
            self._floor,
            self._interrupts,
            log,
            limit,
            host,
            grace,
            start,
            self.status,
            delivering,
            self.printing,
            self.prompting,
            Describing(interpreter, self._clients, self._floor, self._interrupts),
        )
        self._listeners = Listeners(bind, parent)
        self.key: bytes = self._door.key
        self.address: Address = self._listeners.address
        _servers.add(self)
        threading.Thread(
            target=self._listeners.accept, args=(self._door.meet,), name="ray-proxy-accept", daemon=True
        ).start()
        threading.Thread(target=self._watch.run, name="ray-proxy-look", daemon=True).start()
        threading.Thread(target=self._teller.run, name="ray-proxy-tell", daemon=True).start()
        if self._clients.serving:
            start()

    @property
    def rebuilding(self) -> bool:
        """The interpreter's state is being rebuilt, by its owner: its leases do not end meanwhile."""
        return self._watch.rebuilding

    @rebuilding.setter
    def rebuilding(self, rebuilding: bool) -> None:
        self._watch.rebuilding = rebuilding

    def serve(self) -> None:
        """Serve until the last client has gone. User code runs in the thread that calls this."""
        self._floor.serve()

    def claim(self, token: str) -> object:
        """The leased object itself, for a Var that is unpickled in this very process. Raises `StaleVarError`."""
        return self._floor.claim(token)

    def close(self) -> None:
        """Accept no more, and remove the socket's folder. Idempotent."""
        self._door.closed = self._watch.closed = self._interrupts.closed = self._teller.closed = True
        self.prompting.closed = True
        self._teller.wake()
        self._listeners.close()

    def abandon_after_fork(self) -> None:
        """In a child of user code: the clients are the parent's, and must see its end."""
        self._door.closed = self._watch.closed = self._interrupts.closed = self._executor.forked = True
        self._interpreter.abandon_after_fork()
        self._asking.abandon_after_fork()
        self.prompting.abandon_after_fork()
        hosting.thread = hosting.wait = hosting.wait_for_tasks = hosting.wake = hosting.serve_in = None
        if self.log is not None:
            self.log.abandon()
        self._listeners.abandon_after_fork()
        for client in self._clients.all():
            if client.socket is not None:
                client.socket.close()

    def status(self) -> dict[str, Any]:
        """What the interpreter holds and does; may be called from any thread, also while user code runs."""
        log = self.log
        return {
            "variables": self._interpreter.count(),
            "named": len(self._interpreter.names()),
            "leases": self._interpreter.leased(),
            "clients": len(self._clients.all()),
            "lost": sum(bool(client.lost) for client in self._clients.all()),
            "busy": bool(self._interrupts.calls) or self._interrupts.collecting,
            "doing": doing(self._interpreter, self._interrupts),
            "waits": waits([client.work for client in self._clients.all()]),
            "standstill": self._watch.standstill,
            "code": self._interpreter.code.listing(),
            "frames": self._interpreter.frames.count(),
            "running": [[run.session, run.number, run.at, run.since] for run in self._interpreter.runs[:]],
            "host": self._host,
            "pid": os.getpid(),
            "log": None if log is None else {"path": log.path, "bytes": log.size(), "stopped": log.stopped},
        }


def _lost(client: rebuilding.Client, limit: int, log: Writer | None) -> Client:
    """A client whose interpreter's process has died, and which goes on in this one when it comes back."""
    here = Client(recovered(client, log), limit)
    here.lost = time.monotonic()
    here.outputs.prints = True  # until it says otherwise
    return here


def _after_fork_in_child() -> None:
    for server in list(_servers):
        server.abandon_after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)

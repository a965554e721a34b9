"""The thread of user code: whose turn it is, and what is served while user code waits.

User code runs on the thread that calls `serve`: libraries install signal handlers there, and interrupts reach it.
Knows not who may enter.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import selectors
import socket
import threading
import time
import weakref
from collections.abc import Callable, Iterator

from ..channels.channel import Channel, hosting
from ..channels.socket import SPIN
from ..errors import StaleVarError
from ..interpreter.interpreter import Interpreter
from ..logs.writer import Writer
from .clients import Client, Clients
from .executing import Executor
from .interrupts import Interrupts
from .printing import Printing
from .work import Task

TURN = 1.0
"""Seconds between looks at leases while no frame comes."""
_UNREAD = 64
"""Frames of one client that are read ahead of their execution; past that its socket fills, and it waits…"""
_UNREAD_WAITING = 1024
"""… and so many while one waits for something of this process, since what ends that may be behind them."""
_TRY_AGAIN = 0.02
"""Seconds after which one that waits looks again: a thread of user code may have ended its wait."""
_OVERTAKEN = 10.0
"""Seconds that a claim waits for its lease, save those in which that cannot come: during a call, without a link."""


class Floor:
    """Serves clients in turn.

    Args:
        close: has no more clients accepted, when the process is told to end.
        is_of_task: whether the worker of that id (`Hello.worker`) runs tasks of the cluster, or an actor.
    """

    def __init__(
        self,
        interpreter: Interpreter,
        clients: Clients,
        executor: Executor,
        interrupts: Interrupts,
        printing: Printing,
        log: Writer | None,
        close: Callable[[], None],
        is_of_task: Callable[[str], bool] = lambda worker: False,
    ) -> None:
        self._interpreter = interpreter
        self._clients = clients
        self._executor = executor
        self._interrupts = interrupts
        self._printing = printing
        self._log = log
        self._close = close
        self._is_of_task = is_of_task
        self._executed = 0.0
        """When the last frame was executed: the next one is looked out for before we sleep."""
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._woken.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._served: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()
        self._lets_tasks_in = False
        """User code waits for tasks: what these ask for is nested in its call, though it does not say so."""
        self.waiting: int = 0
        """How many waits of user code, in which nested calls are served, the thread of user code is in."""
        interpreter.coroutines.serve_in = self._serve_in
        interpreter.give_way()
        interrupts.waiting = self._waiting
        interrupts.wake = self.wake

    # --------------------------------------------------------------------------------------- for any thread

    def wake(self) -> None:
        with contextlib.suppress(OSError):  # full: it will wake all the same
            self._waker.send(b"!")

    def _waiting(self) -> set[tuple[str, int]]:
        """The frames that wait for something of this process."""
        works = [client.work for client in self._clients.all()]
        return {work.call(task) for work in works for task in work.waiting[:]}

    def is_in_loop(self) -> bool:
        """Whether an event loop runs that serves nested calls while it is idle."""
        return any(loop.is_running() for loop in self._served)

    def drop_all(self) -> None:
        """Nobody is going to serve those that are here."""
        for client in self._clients.drop():
            self._part_with(client)

    def is_due(self) -> bool:
        """Whether there are leases whose time is over."""
        return self._interpreter.is_due(None if self._log is None else self._log.now())

    def claim(self, token: str) -> object:
        """The leased object itself, for a Var that is unpickled in this very process. Raises `StaleVarError`.

        Its lease may be on the way: the Var came with a reply or an argument, the lease on another connection.
        """
        until = time.monotonic() + _OVERTAKEN
        while self._interpreter.is_to_come(token) and time.monotonic() < until:
            if threading.get_ident() == hosting.thread:
                self._serve_nested(0.05, -1)
            else:
                time.sleep(0.005)
        if self._interpreter.is_to_come(token):
            raise StaleVarError(
                "a Var was unpickled in its own interpreter while its lease is still queued behind the very call that "
                "waits for it; pickle it, and sync, before that call begins"
            )
        return self._interpreter.claim(token)

    # ------------------------------------------------------------------------------- the thread of user code

    def serve(self) -> None:
        """Serve until the last client has gone."""
        hosting.thread = threading.get_ident()
        hosting.wait = self._wait_for
        hosting.wait_for_tasks = self._wait_for_tasks
        hosting.wake = self.wake
        hosting.serve_in = self._serve_in
        self._interrupts.listen()
        look = 0.0
        try:
            self._end_leases()
            while not self._clients.are_gone():
                self._turn(TURN)
                if time.monotonic() > look:
                    look = time.monotonic() + TURN
                    self._end_leases()
                if self._interrupts.terminated:
                    raise SystemExit("the interpreter was told to end")  # that came where nothing may be raised
        except BaseException:
            # A fault of ours, or a signal that came between two calls: nobody shall wait for answers in vain.
            if self._interrupts.terminated:
                self._close()  # who comes back shall hear of the end of the process
                if self._log is not None:
                    self._log.abandon()  # the log shall not say that the sessions have ended: a new process may go on
            self.drop_all()
            raise
        finally:
            self._interrupts.listen_no_more()
            hosting.thread = hosting.wait = hosting.wait_for_tasks = hosting.wake = hosting.serve_in = None

    def _part_with(self, client: Client) -> None:
        """See off a client that is leaving."""
        client.close()
        client.let_go(self._selector)
        session = client.work.session
        at = None if self._log is None else self._log.now()
        self.beside_frames(session, lambda: self._interpreter.close(session, at))
        if self._log is not None:
            self._log.ended(session, at)
        self._interrupts.forget(session)
        self._printing.forget(client)
        self._clients.forget(client)

    def _end_leases(self) -> None:
        """Let go of what is held by leases whose time is over. That is recorded first, so that a replay does the same
        at that time."""
        if not self.is_due():
            return
        now = None if self._log is None else self._log.now()
        expired = self._interpreter.expire(now)
        if self._log is not None and now is not None and expired:
            self._log.expired(now)
        self.beside_frames("", lambda: self._interpreter.let_go(expired))

    def beside_frames(self, session: str, work: Callable[[], None]) -> None:
        """Code of users may run in this, too: it counts as busy, and can be interrupted."""
        call = (session, 0)
        raised = self._interrupts.begin(call)
        prints = self._printing.begin_beside(session)
        try:
            work()
        finally:
            self._printing.end(prints)
            self._interrupts.end(raised)
            self._interrupts.interrupted.discard(call)

    def _wait_for(self, channel: Channel | None, timeout: float) -> None:
        """User code waits for another interpreter: serve frames that come from inside other interpreters' calls.

        Those are nested in our own call, or their sender may be the one that we wait for.
        """
        self._serve_nested(timeout, -1 if channel is None else channel.fileno())

    def _wait_for_tasks(self, seconds: float) -> None:
        """User code waits for tasks of the cluster, which call back by sessions of their own: they are served, too."""
        before, self._lets_tasks_in = self._lets_tasks_in, True
        try:
            self._serve_nested(seconds, -1)
        finally:
            self._lets_tasks_in = before

    def _serve_nested(self, timeout: float, awaited: int) -> None:
        interpreter, calls = self._interpreter, self._interrupts.calls
        if not interpreter.interruptible or not (calls and calls[-1][1]):
            # A finalizer, at the end of a session, or which the garbage collection has called in the middle of our own
            # work: that goes first.
            poll = select.poll()
            if awaited >= 0:
                poll.register(awaited, select.POLLIN)
            poll.poll(min(timeout, 0.05) * 1000)
            return
        interpreter.interruptible = False  # nothing may be raised in the middle of our own work
        self.waiting += 1
        try:
            self._turn(timeout, awaited)
        finally:
            self.waiting -= 1
            interpreter.interruptible = True
        self._interrupts.raise_due()

    def _turn(self, timeout: float, awaited: int | None = None) -> None:
        """Wait for something to happen, read it, and execute one frame of each client."""
        nested = awaited is not None
        self._interrupts.do_works()
        if self._clients.incoming:
            for client in self._clients.welcome():
                self._watch(client)
        ready = self._ready(nested)
        timeout = 0 if ready else min([timeout, *self._pauses()])
        if awaited is not None and awaited >= 0:
            try:
                self._selector.register(awaited, selectors.EVENT_READ, None)
            except (OSError, ValueError, KeyError):  # another thread has just closed it
                awaited, timeout = -1, 0
        try:
            events: list[tuple[selectors.SelectorKey, int]] = []
            while timeout and not events and time.perf_counter() < self._executed + SPIN:
                events = self._selector.select(0)
            events = events or self._selector.select(timeout)
        finally:
            if awaited is not None and awaited >= 0:
                with contextlib.suppress(KeyError, ValueError):
                    self._selector.unregister(awaited)
        for key, event in events:
            client = key.data
            if isinstance(client, Client):
                if event & selectors.EVENT_WRITE:
                    client.push()
                if event & selectors.EVENT_READ:
                    client.read()
            elif key.fileobj is self._woken:
                with contextlib.suppress(BlockingIOError):
                    self._woken.recv(4096)
            else:
                return
        for nth, (client, task) in enumerate(self._ready(nested) if events else ready):
            if nth and (client not in self._clients.present or not self._is_next(client, task, nested)):
                continue  # what ran before it has waited, and has been here itself, or has taken what this waits for
            if not client.work.take(task):
                continue
            self._executor.execute(client, task)
            self._executed = time.perf_counter()
            if nested:
                break  # the answer that is awaited may be there
        for client in self._clients.present[:]:
            self._watch(client)

    def _watch(self, client: Client) -> None:
        """Watch for what this client can do next; see it off where that is nothing."""
        work = client.work
        if work.ended and work.waiting and not work.executing and not self._due(client, nested=False):
            work.give_up_waits()
        if work.ended and not work.tasks and not work.executing:
            client.let_go(self._selector)
            self._clients.leave(client)
            self._part_with(client)
            return
        wanted = 0
        if not work.ended:
            most = _UNREAD_WAITING if work.waiting else _UNREAD
            wanted = selectors.EVENT_READ if len(work.tasks) < most else 0
            wanted |= selectors.EVENT_WRITE if client.unsent else 0
        client.listen(self._selector, wanted)

    def _ready(self, nested: bool) -> list[tuple[Client, Task]]:
        """The clients that have something to execute, and what."""
        present = self._clients.present
        due = [(client, task) for client in present if client.work.waiting for task in self._due(client, nested)]
        if len(due) > 1:
            due.sort(key=_since)
        found = [(client, self._next(client, nested)) for client in present]
        return due + [(client, task) for client, task in found if task is not None]

    def _due(self, client: Client, nested: bool) -> list[Task]:
        """What of this client has waited, and can be tried again."""
        nested = nested and not self._is_let_in(client)
        return [] if client.is_full() else client.work.due(nested, self._interrupts.interrupted)

    def _is_next(self, client: Client, task: Task, nested: bool) -> bool:
        """Whether that can be executed now."""
        return task in self._due(client, nested) if task.wait else self._next(client, nested) is task

    def _is_let_in(self, client: Client) -> bool:
        """Whether that is a task or an actor, which user code may wait for, and none of its own calls is executed."""
        worker = client.work.worker
        return self._lets_tasks_in and client.work.executing is None and bool(worker) and self._is_of_task(worker)

    def _pauses(self) -> Iterator[float]:
        """After so many seconds, those that wait look again."""
        for client in self._clients.present:
            for task in client.work.waiting:
                yield _TRY_AGAIN
                left = 0.0 if task.wait is None or task.wait.until is None else task.wait.until - time.monotonic()
                if left > 0:  # else it is ready, or has to wait for the call that is executed
                    yield left

    def _next(self, client: Client, nested: bool) -> Task | None:
        nested = nested and not self._is_let_in(client)
        task = None if client.is_full() else client.work.next(nested)
        return None if task is None or (task.claims and self._overtook(client, task)) else task

    def _overtook(self, client: Client, task: Task) -> bool:
        """Whether a frame claims what another client, who is here, has leased in a frame that is not executed yet."""
        is_to_come = self._interpreter.is_to_come
        lessors = {token.partition(".")[0] for token in task.claims if is_to_come(token)} - {client.work.session}
        if not lessors:
            return False
        now = time.monotonic()
        if not any(other.lost for other in self._clients.present if other.work.session in lessors):
            # At most a turn, because a call that took longer has kept the lease from being read, too.
            task.waited += min(max(0.0, now - task.looked), TURN)
        task.looked = now
        return task.waited < _OVERTAKEN

    # ----------------------------------------------------------------------------- event loops of user code

    def _serve_in(self, loop: asyncio.AbstractEventLoop) -> None:
        """Serve nested calls also while this event loop, on the thread of user code, has nothing to do."""
        if hosting.thread != threading.get_ident():
            return
        if loop not in self._served:
            self._served.add(loop)
            with contextlib.suppress(NotImplementedError):  # a loop that watches no file descriptors
                loop.add_reader(self._selector.fileno(), self._serve_while_idle, loop)
        self._serve_soon(loop)

    def _serve_while_idle(self, loop: asyncio.AbstractEventLoop) -> None:
        self._serve_nested(0, -1)
        self._serve_soon(loop)

    def _serve_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        """What is read already makes no connection readable: without this, the loop would sleep over it."""
        if self._ready(nested=True):
            loop.call_soon(self._serve_while_idle, loop)


def _since(waiting: tuple[Client, Task]) -> float:
    """When that has begun to wait: who was first has it first."""
    return waiting[1].wait.since if waiting[1].wait is not None else 0.0

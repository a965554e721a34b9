"""The side thread that looks after what no frame tells of: leases that end, lost sessions, calls that never end.

Knows not what is executed.
"""

from __future__ import annotations

import selectors
import sys
import threading
import time
from collections.abc import Callable

from ..channels.channel import hosting
from ..errors import DeadlockError
from .clients import Client, Clients
from .executing import Executor
from .floor import TURN, Floor
from .interrupts import Interrupts

_DEADLOCK = 5
"""So many looks, a second apart, find the thread of user code in the same wait before what it keeps out is refused."""


class Watch:
    """Looks once a second.

    Args:
        grace: seconds for which a session is kept whose connection was lost.
        is_dead: whether the worker of that id (`Hello.worker`) is known to have ended: then it is not kept.
        start: shall make the right thread call `serve`.
    """

    def __init__(
        self,
        clients: Clients,
        floor: Floor,
        executor: Executor,
        interrupts: Interrupts,
        grace: float,
        is_dead: Callable[[str], bool],
        start: Callable[[], None],
    ) -> None:
        self._clients = clients
        self._floor = floor
        self._executor = executor
        self._interrupts = interrupts
        self.grace = grace
        self._is_dead = is_dead
        self._start = start
        self.rebuilding = False
        """The interpreter's state is being rebuilt: its leases do not end meanwhile."""
        self.closed = False
        self._stuck: tuple[object, ...] = ()
        self._stuck_looks = 0

    def run(self) -> None:
        while not self.closed:
            time.sleep(TURN)
            self._end_leases_while_idle()
            for client in self._clients.present[:]:
                if client.end_if(self._is_over):
                    self._floor.wake()
            if self._interrupts.calls and any(client.work.tasks for client in self._clients.present):
                self._floor.wake()  # there may be frames that were to wait for a time, and an event loop that sleeps
            self._look_for_deadlock()

    def _is_over(self, client: Client) -> bool:
        """Whether a session that is lost is not to be resumed any more."""
        if time.monotonic() - client.lost > self.grace or client.has_exited():
            return True
        return bool(client.work.worker and self._is_dead(client.work.worker))

    def _look_for_deadlock(self) -> None:
        """Refuse what is nested in the call that runs now, where that has waited for something else for long."""
        line = sys._current_frames().get(hosting.thread or 0)
        stuck: tuple[object, ...] = ()
        if line is not None and self._interrupts.calls and not self._floor.waiting:
            waits = line.f_code.co_filename == threading.__file__ or (
                line.f_code.co_filename == selectors.__file__ and not self._floor.is_in_loop()
            )
            stuck = (*self._interrupts.calls, id(line), line.f_lasti) if waits else ()
        if not stuck or stuck != self._stuck:
            self._stuck, self._stuck_looks = stuck, 0
            return
        self._stuck_looks += 1
        if self._stuck_looks < _DEADLOCK:
            return
        path = hosting.path
        for client in self._clients.all():
            client.read()
            for task, frame in client.work.nested_in(path):
                problem = DeadlockError(
                    f"the interpreters call each other in a cycle, {self._executor.cycle(frame)}, and the last cannot "
                    "serve the call, for its main thread waits for a thread or a future of its own, and not for a Var; "
                    "wait by fetch or await, or use a second interpreter"
                )
                self._executor.refuse(client, task, frame, problem)

    def _end_leases_while_idle(self) -> None:
        """Have the thread of user code let go of leases that are over: finalizers are code of users."""
        with self._clients.lock:
            start = not self._clients.serving and not self.rebuilding and self._floor.is_due()
            self._clients.serving |= start
        if start:
            try:
                self._start()
            except Exception:  # the process is ending, perhaps
                self._floor.drop_all()

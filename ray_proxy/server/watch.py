"""The side thread that looks after what no frame tells of: leases that end, lost sessions, calls that never end.

Knows not what is executed.
"""

from __future__ import annotations

import os
import selectors
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

from ..channels.channel import hosting
from ..errors import DeadlockError
from ..files import PACKAGE
from ..interpreter import lines
from . import prompting
from .clients import Client, Clients
from .executing import Executor
from .floor import TURN, Floor
from .interrupts import Interrupts

_DEADLOCK = 5
"""So many looks, a second apart, find the thread of user code in the same place before what it keeps out is refused, or
told of it."""
_WAITS = (os.path.dirname(threading.__file__) + os.sep, prompting.__file__, lines.__file__)
"""Where code waits that was called for that."""


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
        self._place: tuple[object, ...] = ()
        """Where the thread of user code was at the last look…"""
        self._looks = 0
        """… and at how many before that; since when, and how much processor time it had used."""
        self._since = self._used = 0.0
        self.standstill: dict[str, object] | None = None
        """Where it stands for so long that others who wait behind it are told."""

    def run(self) -> None:
        while not self.closed:
            time.sleep(TURN)
            self._end_leases_while_idle()
            for client in self._clients.present[:]:
                if client.is_broken():  # the thread of user code may be busy for long, and print
                    client.read()
                if client.end_if(self._is_over):
                    self._floor.wake()
            if self._interrupts.calls and any(client.work.tasks for client in self._clients.present):
                self._floor.wake()  # there may be frames that were to wait for a time, and an event loop that sleeps
            self._look_at_line()

    def _is_over(self, client: Client) -> bool:
        """Whether a session that is lost is not to be resumed any more."""
        if time.monotonic() - client.lost > self.grace or client.has_exited():
            return True
        return bool(client.work.worker and self._is_dead(client.work.worker))

    def _look_at_line(self) -> None:
        """Where the call that runs now has stood in one place for long, refuse what is nested in it, if it waits for
        something else; and note who waits behind it."""
        line = sys._current_frames().get(hosting.thread or 0)
        place: tuple[object, ...] = ()
        if line is not None and self._interrupts.calls and not self._floor.waiting:
            place = (*self._interrupts.calls, id(line), line.f_lasti)
        if line is None or not place or place != self._place:
            self._place, self._looks, self.standstill = place, 0, None
            self._since, self._used = time.time(), _processor_time() if place else 0.0
            return
        self._looks += 1
        if self._looks < _DEADLOCK:
            return
        for client in self._clients.all():
            client.read()
        file = line.f_code.co_filename
        if file == threading.__file__ or (file == selectors.__file__ and not self._floor.is_in_loop()):
            self._refuse_nested()
        self.standstill = self._standstill(line)

    def _refuse_nested(self) -> None:
        path = hosting.path
        for client in self._clients.all():
            for task, frame in client.work.nested_in(path):
                problem = DeadlockError(
                    f"the interpreters call each other in a cycle, {self._executor.cycle(frame)}, and the last cannot "
                    "serve the call, for its main thread waits for a thread or a future of its own, and not for a Var; "
                    "wait by fetch or await, or use a second interpreter"
                )
                self._executor.refuse(client, task, frame, problem)

    def _standstill(self, line: FrameType) -> dict[str, object] | None:
        """What keeps out others than the thread whose call it is; None where nobody else has asked for anything."""
        runs = self._executor.threads()
        behind = [
            client.work.session
            for client in self._clients.all()
            if any(
                (client.work.session, task.thread) not in runs and not task.is_held() for task in [*client.work.tasks]
            )
        ]
        if not behind:
            return None
        own: FrameType | None = line
        while own is not None and own.f_code.co_filename.startswith(_WAITS) and own.f_back is not None:
            own = own.f_back  # the line that has called, say, `subprocess`
        at = line if own is None or own.f_code.co_filename.startswith(PACKAGE) else own
        computes = _processor_time() - self._used > self._looks * TURN / 50  # of a busy machine, too
        return {
            "file": at.f_code.co_filename.encode(errors="backslashreplace").decode(),
            "line": at.f_lineno or 0,
            "function": at.f_code.co_name.encode(errors="backslashreplace").decode(),
            "since": self._since,
            "computes": computes,
            "behind": behind,
        }

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


def _processor_time() -> float:
    """Seconds that the thread of user code has computed; 0 where that cannot be known."""
    if hosting.thread is None or not hasattr(time, "pthread_getcpuclockid"):
        return 0.0
    try:
        return time.clock_gettime(time.pthread_getcpuclockid(hosting.thread))
    except OSError:  # it has ended
        return 0.0

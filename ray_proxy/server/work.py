"""The work of one session: frames that came and are not executed, answers that are not confirmed, and their counts.

Knows no sockets, and not who executes.
"""

from __future__ import annotations

import itertools
import math
import threading
from collections import deque
from collections.abc import Iterable, Set
from typing import Any

from ..channels.socket import Data, framed
from ..errors import ProtocolError, SessionLostError
from ..interpreter.waits import Wait
from ..logs.rebuilding import Client as Recovered
from ..logs.writer import Writer
from ..protocol import Claim, Frame, Inherit, Refused, decode_frame, frame_number

SESSION_LOST = (
    "this client's session is not in the interpreter any more, nor are its unnamed variables: the link was lost for "
    "longer than the interpreter's grace time; make them anew, and keep what must last under a name"
)
_RECORDS_LOST = (
    "this client has taken answers that are not in the log from which the interpreter was recovered: its last records "
    "were lost, as when a machine loses its power, and with them what this client knows; make its variables anew"
)

_FORGOTTEN = (
    "this client has not taken answers that are not kept any more: more of them were sent than an interpreter keeps, "
    "and not confirmed, before the link was lost; make its variables anew, and confirm answers now and then"
)
UNCONFIRMED = 64 * 1024 * 1024
"""Bytes of answers that were sent and are kept for a client that does not confirm them."""

_CLAIMING = {Claim, Inherit}


class Task:
    """A frame, or the refusal of one, and how many of its messages are executed."""

    __slots__ = (
        "at", "blocked", "claims", "data", "executed", "frame", "lacks", "looked", "number", "overtakes", "thread",
        "wait", "waited",
    )  # fmt: skip

    def __init__(self, frame: Frame | Refused, data: Data = b"") -> None:
        self.frame: Frame | Refused = frame
        self.data: Data = data
        """As it was received, where it is to be recorded."""
        self.number: int = 0
        """Its number in the log, once it is there."""
        self.at: float | None = None
        """The steady time of its last record there: by that, leases are judged in what is executed next of it."""
        self.executed: int = 0
        self.blocked: bool = False
        """It needs the value of a call of its own session that is being executed."""
        self.thread: int = frame.thread if isinstance(frame, Frame) else 0
        """Of the client; 0: of any."""
        self.wait: Wait | None = None
        """Its next message waits for something of this process."""
        self.lacks: bool = False
        """It needs a variable of a frame that waits."""
        self.overtakes: list[Task] = []
        """What came before it, and goes after it."""
        self.looked: float = math.inf
        """When it was last found to wait for a lease that it overtook…"""
        self.waited: float = 0.0
        """… and for how many seconds in which that could have come."""
        self.claims: list[str] = []
        """Tokens without which it cannot be executed."""
        if isinstance(frame, Frame):
            messages: list[Any] = frame.messages
            if not _CLAIMING.isdisjoint(map(type, messages)):
                self.claims = [message.token for message in messages if type(message) in _CLAIMING]

    def is_held(self) -> bool:
        return self.wait is not None or self.lacks

    def is_nested(self) -> bool:
        return isinstance(self.frame, Frame) and bool(self.frame.path)

    def is_in(self, path: list[str]) -> bool:
        """Whether it is nested in the call of that path."""
        return isinstance(self.frame, Frame) and self.frame.path[: len(path)] == path


class Work:
    """One session: what is taken and not executed of it, and what is answered and not confirmed.

    The lock guards what threads other than that of user code get at: the one that greets a new connection for a session
    that has lost its own, and the one that looks after deadlocks. It guards the connection, too.
    """

    def __init__(self, session: str, worker: str = "", log: Writer | None = None) -> None:
        self.session: str = session
        self.worker: str = worker
        self._log = log
        self.lock: threading.Lock = threading.Lock()
        self.ended: bool = False
        """It has said goodbye, is known to be dead, or was lost for too long: nothing comes any more."""
        self.given_up = False
        """It has ended without a goodbye: what is left of its work is not executed."""
        self.tasks: deque[Task] = deque()
        self.waiting: list[Task] = []
        """Those of them that wait for something of this process."""
        self.executing: list[str] | None = None
        """Path of the call of it that is being executed."""
        self.taken: int = 0
        """Number of the last frame."""
        self.early: Set[int] = frozenset()
        """Later ones that a process which has died has taken before."""
        self.answers: deque[bytes] = deque()
        """Those that it has not confirmed: they go again where its connection is lost."""
        self.confirmed: int = 0
        """How many there were before them: confirmed, or forgotten."""
        self.kept: int = 0
        """Bytes of them."""
        self.was_warned = False
        """It was told that the recording of the interpreter has stopped."""

    # The caller holds the lock of these.

    def check(self, answers: int) -> None:
        """Whether it can go on with a client that has taken so many answers. Raises `SessionLostError`."""
        if self.ended:
            raise SessionLostError(SESSION_LOST)
        if answers > self.confirmed + len(self.answers):
            raise SessionLostError(_RECORDS_LOST)
        if answers < self.confirmed:
            raise SessionLostError(_FORGOTTEN)

    def come(self, encoded: Data) -> None:
        """The client has sent this; empty: its goodbye. Raises `ProtocolError`."""
        if not encoded:
            self.ended = True
        if self.ended:
            return
        try:
            frame = decode_frame(encoded)
        except ProtocolError as error:
            number = frame_number(encoded)
            self.taken += number == self.taken + 1
            self.tasks.append(Task(Refused(number, str(error)), b"" if self._log is None else encoded))
            return
        self.confirm(frame.answers)
        if frame.number in self.early:
            return
        if frame.number != self.taken + 1:
            raise ProtocolError(f"frame {frame.number} came where frame {self.taken + 1} was due")
        self.taken += 1
        while self.taken + 1 in self.early:
            self.taken += 1
        self.tasks.append(Task(frame, b"" if self._log is None else encoded))

    def refuse_all(self, problem: str) -> None:
        """Nothing that comes after this makes sense."""
        self.tasks.append(Task(Refused(0, problem)))
        self.ended = True

    def confirm(self, answers: int) -> None:
        """The client has taken so many answers."""
        while self.answers and self.confirmed < answers:
            self.kept -= len(self.answers.popleft())
            self.confirmed += 1

    def forget(self, unsent: int) -> None:
        """So many bytes of answers wait to be sent. Of those that were, no more are kept than `UNCONFIRMED` and one:
        who has not taken the others when its link is lost cannot go on."""
        while self.answers and self.kept - unsent - len(self.answers[0]) > UNCONFIRMED:
            self.kept -= len(self.answers.popleft())
            self.confirmed += 1

    def answer(self, data: bytes, at: float | None = None) -> tuple[bytes, float | None]:
        """Record an answer, and keep it: what was acknowledged is in the log, in the order in which it is counted.

        Gives it as it travels, and the steady time of the record, where there is a log: `at`, or now.
        """
        answer = framed(data)
        at = None if self._log is None else self._log.answered(self.session, data, at)
        self.answers.append(answer)
        self.kept += len(answer)
        return answer, at

    # These take it.

    def nested_in(self, path: list[str]) -> list[tuple[Task, Frame]]:
        """Take out the frames that are nested in the call of that path."""
        taken = []
        with self.lock:
            for task in list(self.tasks):
                if isinstance(task.frame, Frame) and task.is_in(path):
                    self._remove(task)
                    taken.append((task, task.frame))
        return taken

    def next(self, nested: bool) -> Task | None:
        """What can be executed next, where user code waits only of what other interpreters' calls have sent.

        What one thread has sent goes before what waits of another.
        """
        with self.lock:
            if not self.tasks:
                return None
            if not nested and self.executing is not None:
                return None
            first, held = self._first(self.tasks)
            if not nested:
                return first
            if first is not None and first.is_nested() and not first.blocked:
                return first
            if self.executing is None:
                return None
            # What is nested in our call goes before what waits for it.
            ours = [task for task in self.tasks if task.is_in(self.executing) and not task.blocked]
            return self._first(ours, held)[0]

    @staticmethod
    def _first(tasks: Iterable[Task], held: Set[int] = frozenset()) -> tuple[Task | None, Set[int]]:
        """The first task that does not wait, nor is behind one that does, and the threads of these."""
        for task in tasks:
            is_held = task.is_held()
            if not is_held and not held:
                return task, held
            if not task.thread:
                return None, held  # of any thread: all goes in its order
            if is_held:
                held = held | {task.thread}
            elif task.thread not in held:
                return task, held
        return None, held

    def call(self, task: Task) -> tuple[str, int]:
        """How an interrupt names it."""
        return self.session, task.frame.number if isinstance(task.frame, Frame) else 0

    def due(self, nested: bool, interrupted: Set[tuple[str, int]]) -> list[Task]:
        """What has waited, and can be tried again."""
        with self.lock:
            return [
                task
                for task in self.waiting
                if task.wait is not None
                and (self.executing is None or task.is_in(self.executing))
                and (task.is_nested() or not nested)
                and (task.wait.is_due() or self.call(task) in interrupted)
            ]

    def give_up_waits(self) -> None:
        """The session has ended: nobody shall wait for it, nor execute what is behind that."""
        with self.lock:
            while self.tasks and self._first(self.tasks)[0] is None:
                if self.tasks[0].wait is not None:
                    self.tasks[0].wait.plan.give_up()
                self._remove(self.tasks[0])

    def take(self, task: Task) -> bool:
        """Take it out; whether it was still there."""
        with self.lock:
            if task not in self.tasks:
                return False
            task.overtakes = []
            if self.waiting:
                before = itertools.takewhile(lambda other: other is not task, self.tasks)
                held = {other.thread for other in self.tasks if other.is_held()}
                task.overtakes = [other for other in before if other.thread in held]
            self._remove(task)
            return True

    def put_back(self, task: Task) -> None:
        """Something of it is left to be executed, before what came after it."""
        with self.lock:
            if self.given_up:
                return
            before = set(map(id, task.overtakes))
            place = sum(1 for other in self.tasks if id(other) in before)
            self.tasks.insert(place, task)
            if task.wait is not None:
                self.waiting.append(task)

    def _remove(self, task: Task) -> None:
        self.tasks.remove(task)
        if task in self.waiting:
            self.waiting.remove(task)

    def unblock(self) -> None:
        """A call has ended: what has waited for it may go on."""
        with self.lock:
            for task in self.tasks:
                task.blocked = task.lacks = False


def recovered(client: Recovered, log: Writer | None) -> Work:
    """The work of a session whose process has died, and which goes on in this one."""
    here = Work(client.session, client.worker, log)
    here.taken, here.early, here.confirmed = client.taken, client.early, client.confirmed
    here.answers.extend(framed(answer.data) for answer in client.answers)
    here.kept = sum(map(len, here.answers))
    for sent in client.work:
        assert sent.frame is not None
        task = Task(sent.frame)
        task.number, task.executed, task.at = sent.number, sent.answered, sent.at
        here.tasks.append(task)
    return here

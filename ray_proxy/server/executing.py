"""Executes one frame of a client, or a slice of it: records it, has the interpreter do it, and answers.

Knows no sockets, and not whose turn it is.
"""

from __future__ import annotations

import contextlib
import os

from ..channels.channel import hosting
from ..channels.socket import _LARGEST
from ..errors import DeadlockError, ProtocolError
from ..interpreter.interpreter import DEEPEST, Interpreter
from ..logs.records import UNSENT
from ..logs.writer import Writer
from ..protocol import Frame, Message, Refused, Reply, encode
from .clients import Client
from .interrupts import Interrupts
from .printing import Printing
from .teller import Teller
from .work import Task

SLICE = 0.005
"""Seconds after which what is executed of a long frame is answered, and other clients have their turn."""


class Executor:
    """Executes frames, on the thread of user code."""

    def __init__(
        self,
        interpreter: Interpreter,
        interrupts: Interrupts,
        teller: Teller,
        printing: Printing,
        log: Writer | None,
    ) -> None:
        self._interpreter = interpreter
        self._interrupts = interrupts
        self._teller = teller
        self._printing = printing
        self._log = log
        self.forked = False
        """This is a child of user code."""

    def execute(self, client: Client, task: Task) -> None:
        """Execute one frame, or a slice of it.

        While it runs it is not among the client's work: what comes behind it may be nested in it.
        """
        frame, work, interrupts = task.frame, client.work, self._interrupts
        for earlier in task.overtakes:  # the log tells what is still to be executed
            self._note(client, earlier)
        self._note(client, task)
        if self._log is not None and self._log.stopped and not work.was_warned:
            work.was_warned = True
            self._interpreter.warn(work.session, self._log.complaint())
        if isinstance(frame, Refused):
            client.send(encode(frame))
            return
        path, hosting.path = hosting.path, [*frame.path, self._interpreter.name]
        outer, work.executing = work.executing, hosting.path
        call = (work.session, frame.number)
        raised = interrupts.begin(call)
        prints = self._printing.begin(work.session, frame.origin)
        before, wait = task.executed, task.wait
        task.wait = None
        overtaken = [_left(earlier) for earlier in task.overtakes]
        self._interpreter.overtake(work.session, overtaken)
        try:
            if call in interrupts.interrupted:
                why = "withdrawn before it was executed" if wait is None else f"it waited in {wait.name}"
                withdrawn = KeyboardInterrupt(why)
                if wait is not None:
                    wait.plan.give_up()
                reply = self._interpreter.withdraw(work.session, frame, task.executed, withdrawn)
            else:
                # What is told before the end has the time of the last record: by that, the rest is judged.
                at = task.at
                self._teller.note_begin()
                reply = self._interpreter.execute(
                    work.session,
                    frame,
                    task.executed,
                    SLICE,
                    number=task.number,
                    at=at,
                    send=lambda part: self._answer(client, part, at),
                    wait=wait,
                )
                if self._interpreter.not_yet:
                    self._interpreter.not_yet = False
                    if self._interpreter.held is not None:
                        task.wait = self._interpreter.held
                    elif overtaken:
                        task.lacks = True
                    elif outer is not None and task.is_in(outer):
                        reply = self._refuse_for_ever(client, frame, reply.executed)
                    else:
                        task.blocked = True
        finally:
            interrupts.end(raised)
            self._interpreter.overtake(work.session, [])
            hosting.path = path
            work.executing = outer
            if interrupts.calls:
                self._printing.end(prints)
            if self.forked:
                self._printing.flush()
                os._exit(0)  # a child of user code that has returned from it
            interrupts.listen_again()
        is_held = task.is_held()
        if not (task.blocked or is_held):
            work.unblock()
        if interrupts.terminated:
            raise SystemExit("the interpreter was told to end")
        if reply.executed == len(frame.messages):
            interrupts.is_over(call)
        task.executed = reply.executed
        if task.executed < len(frame.messages):
            work.put_back(task)
        if task.executed > before or not is_held:
            task.at = self._answer(client, reply)

    def _answer(self, client: Client, reply: Reply, at: float | None = None) -> float | None:
        """Tell what is done, behind what was written meanwhile."""
        self._printing.drain(client.work.session)
        return client.send(_encoded(reply), at)

    def _note(self, client: Client, task: Task) -> None:
        """Record a frame, before anything of it is executed."""
        if self._log is None or task.number or not task.data:
            return
        progress, calls = self._interpreter.progress, self._interrupts.calls
        within = (*calls[-1], progress[2 * min(progress[0], DEEPEST)]) if calls else None
        runs = self._interpreter.runs[-1:]  # what is told of that call is told before this frame has begun, or after
        with runs[0].lock if runs else contextlib.nullcontext():
            task.at = self._log.now()
            task.number = self._log.sent(client.work.session, bytes(task.data), within, task.at)
        task.data = b""

    def threads(self) -> set[tuple[str, int]]:
        """Sessions, and threads of these, of what is being executed."""
        return {(run.session, run.thread) for run in self._interpreter.runs[:]}

    def refuse(self, client: Client, task: Task, frame: Frame, problem: DeadlockError) -> None:
        """Answer a frame, of which no more is executed. Called by the thread that looks after deadlocks."""
        self._note(client, task)
        client.send(encode(self._interpreter.withdraw(client.work.session, frame, task.executed, problem)))

    def _refuse_for_ever(self, client: Client, frame: Frame, start: int) -> Reply:
        """A call needs the value of the very call that it is nested in."""
        problem = DeadlockError(
            f"a call, {self.cycle(frame)}, needs a variable that is the result of the call it is nested in; return "
            "from the inner call first"
        )
        return self._interpreter.withdraw(client.work.session, frame, start, problem)

    def cycle(self, frame: Frame) -> str:
        """The interpreters that call each other, for people."""
        return " -> ".join(name[:5] for name in [*frame.path, self._interpreter.name])


def _left(task: Task) -> list[Message]:
    """Messages that are not executed yet."""
    return task.frame.messages[task.executed :] if isinstance(task.frame, Frame) else []


def _encoded(reply: Reply) -> bytes:
    """A reply as it travels, or the refusal that stands in its place."""
    try:
        data = encode(reply)
        if len(data) > _LARGEST:  # as the value of a session without an object store
            raise ProtocolError(f"it has {len(data):,} bytes, over the limit of {_LARGEST:,}")
    except Exception as error:  # a value that passed our checks and cannot travel: the frame's client hears of it
        data = encode(Refused(reply.frame, f"{UNSENT}{error!a}"))
    return data

"""Executes the records of a log on an interpreter.

What was done is done again, in the order in which it was done: objects that nothing can pickle are there again, and
what the recorded code did to the world outside is done again as well. What was interrupted, or cancelled, when it was
recorded is not executed, and fails as it did then. Code that asks for input gets the lines that it got then; of those
that were not recorded, the end of input.
"""

from __future__ import annotations

import math
import threading
import time
from asyncio import CancelledError
from collections import deque
from typing import NamedTuple

from .. import protocol
from ..errors import DeadlockError, InterpreterDiedError
from ..interpreter.coroutines import NESTED_COROUTINE
from ..interpreter.interpreter import Interpreter
from ..interpreter.lines import Lines
from ..interpreter.messages import tokens
from ..looking import displaying
from ..protocol import Error, Frame, Refused, Reply
from .frames import Frames, Step, Unanswered
from .operations import outcomes, references
from .reader import Log
from .records import UNSENT, Ended, Expired, Left, Opened, Part, Record, Restored, Sent, Stopped, Told, Value
from .stored import LoggedStore
from .text import shorten

LONGEST_REASON = 600
"""Characters that are told of why a recording has ended."""
MOST_NAMED = 10
"""So many clients are named, where there may be very many."""
_WITHHELD = {
    KeyboardInterrupt.__qualname__,
    *(f"{kind.__module__}.{kind.__qualname__}" for kind in (CancelledError, DeadlockError, InterpreterDiedError)),
}
"""Errors that came from outside of what was executed…"""
_NESTED = repr(RuntimeError(NESTED_COROUTINE))
"""… and the text of another one: a replay executes what was nested on its own."""
_CALLED_BACK = (
    "the interpreter's process died, and this could not be executed again when the state was rebuilt from the log: "
    "another interpreter called back while it was executed, and would wait for the recovery, which would wait for it. "
    "What it called back for is done"
)


class Replayed(NamedTuple):
    """A step of the log, and its answer now; None: it was not executed."""

    step: Step
    answer: Reply | None


class Begun(NamedTuple):
    """Messages of a frame that are to be executed from `start` on; `at` is the steady time by which that is judged."""

    session: str
    frame: Frame
    start: int
    at: float | None


class Replayer:
    """Executes the records of a log on an interpreter.

    Args:
        interpreter: a fresh one; None: one of this process, as that of the recording was. Until the log is through,
            its store and its clock are those of the recording.
    """

    def __init__(self, log: Log, interpreter: Interpreter | None = None) -> None:
        self.log = log
        self.began: float = time.perf_counter()
        self.now: float = 0.0
        """Seconds since the log began."""
        self._knows_time: bool = log.began.side == "interpreter"
        """By which time leases were judged, is known (`Step.at`): a client does not know when a frame was begun."""
        self.store: LoggedStore | None = LoggedStore() if log.began.bulk else None
        self.interpreter: Interpreter = interpreter or Interpreter(log.began.interpreter, lease=log.began.lease)
        self.interpreter.rehost(self.store, lambda: self.now)
        self.interpreter.repeat(True)
        self.frames: Frames = Frames(log)
        self.session: str = ""
        """Whose messages are executed now."""
        self.executed: int = 0
        self.withheld: int = 0
        self.stopped: str = ""
        """Why the recording has ended, where that was not its owner's will."""
        self.digests: dict[str, str] = {}
        """Of bulk results, by their recorded tokens."""
        self.keeps_told: bool = False
        """What clients were told of small values is put into their variables, whatever comes out now."""
        self.goes_on: bool = False
        """The interpreter is that of the recording, and others do not reach it before the log is through."""
        self._ahead: dict[tuple[str, int], Reply] = {}
        """What is executed of frames that are not answered yet, since others were nested in them."""
        self._told: dict[tuple[str, int, int], deque[str | None]] = {}
        """Lines that messages have asked for, by session, number of the frame, and index."""
        self._input: Lines | None = None
        self._called_back: dict[tuple[str, int], set[int]] = {}
        """By session and number of a frame: messages in which another interpreter has called back."""

    def problem(self) -> str | None:
        """What of the log is missing."""
        problems = [self.log.problem] if self.log.problem else []
        if self.stopped:
            problems.append(f"the recording ends early: {shorten(self.stopped, LONGEST_REASON)}")
        if self.frames.late:
            late = ", ".join([*map(str, self.frames.late[:MOST_NAMED]), *["…"] * (len(self.frames.late) > MOST_NAMED)])
            problems.append(
                f"the recording begins in the middle of the session of client {late}: what was made before is missing"
            )
        return "; ".join(problems) or None

    def apply(self, record: Record) -> Replayed | None:
        """Execute what this record says to be done."""
        if isinstance(record, Opened):
            self.interpreter.open(record.session)
        elif isinstance(record, Sent) and record.within is not None:
            self._catch_up(*record.within)
        elif isinstance(record, (Part, Value)):
            if self.store is not None:
                self.store.feed(record)
        elif isinstance(record, Left):
            self.digests[record.token] = record.digest
        elif isinstance(record, Restored):
            self.stopped, self.now = "", self._time_of(record)
            self._check_session(record.session)
            self.interpreter.keep(record.session, record.token)
        elif isinstance(record, Told):
            place = (record.session, *(record.within or (0, 0)))
            self._told.setdefault(place, deque()).append(record.line)
        elif isinstance(record, Stopped):
            self.stopped = record.reason
        elif isinstance(record, Ended):
            self.now = self._time_of(record)
            self.interpreter.close(record.session)
        elif isinstance(record, Expired):
            self.now = self._time_of(record)
            self.interpreter.expire()
        step = self.frames.take(record)
        if self.goes_on and isinstance(record, Sent) and record.within is not None:
            self._note_call_back(*record.within)
        replayed = None if step is None else self._replay(step)
        # Now, and not before: what was answered here had begun when the record before was made. Only the last message
        # of an answer can have taken long.
        self.now = self._time_of(record)
        return replayed

    def _time_of(self, record: Record) -> float:
        seconds = self.log.seconds(record)
        return self.now if seconds is None else seconds

    def _check_session(self, session: str) -> None:
        """Raise `LogError` where the last record needs a session that is not there."""
        if not self.interpreter.is_open(session):
            raise self.log.fault("needs a session that has not begun, or is over")

    def _replay(self, step: Step) -> Replayed:
        if step.frame is None or not isinstance(step.answer, Reply):
            if step.frame is not None and isinstance(step.answer, Refused) and step.answer.reason.startswith(UNSENT):
                self._execute(step, step.stop, None, step.number - step.start)
            return Replayed(step, None)
        return Replayed(step, self._execute(step, step.stop, step.answer, step.number - step.start))

    def _catch_up(self, session: str, number: int, index: int) -> None:
        """Execute what comes before a message in whose execution another frame has begun."""
        sent = self.frames.find(session, number)
        if sent is not None and sent.frame is not None:
            self._ahead[session, number] = self.execute(sent, min(index, len(sent.frame.messages)))

    def _note_call_back(self, session: str, number: int, index: int) -> None:
        """Whether the last frame comes from inside the call in whose execution it has begun."""
        (_, inner), outer = self.frames.last, self.frames.find(session, number)
        if inner is not None and outer is not None and outer.frame is not None:
            path = [*outer.frame.path, self.log.began.interpreter]
            if inner.path[: len(path)] == path:
                self._called_back.setdefault((session, number), set()).add(index)

    def was_called_back(self, sent: Unanswered, index: int) -> bool:
        """Whether another interpreter has called back in that message."""
        assert sent.frame is not None
        return index in self._called_back.get((sent.session, sent.frame.number), ())

    def execute(self, sent: Unanswered, stop: int) -> Reply:
        """Execute what is not answered of a frame, up to a message."""
        assert sent.frame is not None
        return self._execute(Begun(sent.session, sent.frame, sent.answered, sent.at), stop, None)

    def has_taken(self, message: protocol.Message) -> bool:
        """Whether a message without an answer has taken its values beside the channel: so it had begun."""
        return self.store is not None and any(map(self.store.has, tokens(message)))

    def done(self, sent: Unanswered) -> int:
        """How many messages of a frame are executed, that is not answered to its end."""
        ahead = self._ahead.get((sent.session, sent.frame.number)) if sent.frame is not None else None
        return sent.answered if ahead is None else ahead.executed

    def unanswered(self) -> int:
        """How many operations are without an answer."""
        return sum(sent.size - sent.answered for sent in self.frames.left())

    def _line(self, text: str, hidden: bool) -> str | None:
        """What was told to code that asks for a line, as far as that is known."""
        run = self.interpreter.runs[-1] if self.interpreter.runs else None
        for place in () if run is None else ((run.session, run.number, run.at), (run.session, 0, 0)):
            lines = self._told.get(place)
            if lines:
                return lines.popleft()
        return None

    def _execute(self, begun: Begun | Step, stop: int, recorded: Reply | None, number: int = 0) -> Reply:
        """Execute messages of a frame, save those that were interrupted when the reply to them was recorded.

        `number` and the index of a message are that of the operation.
        """
        session, frame, start = begun.session, begun.frame, begun.start
        judged = begun.at if self._knows_time else None
        assert frame is not None
        self._check_session(session)
        told, errors = outcomes(recorded)
        withheld: dict[int, Error | BaseException] = {**_withheld(session, frame, errors)}
        for index in self._called_back.get((session, frame.number), ()):
            withheld.setdefault(index, InterpreterDiedError(_CALLED_BACK))
        kept = told if self.keeps_told else None
        whole = self._ahead.pop((session, frame.number), None) or Reply(frame.number, start)
        at = whole.executed
        if kept is not None:
            self.interpreter.keep_told(session, frame, start, at, kept)
        while at < stop:
            if at in withheld:
                self.withheld += 1
                reply = self.interpreter.withdraw(session, frame, at, withheld[at], at + 1, deletions=True)
                if kept is not None:
                    self.interpreter.keep_told(session, frame, at, at + 1, kept)
            else:
                end = min((index for index in withheld if index > at), default=stop)
                self.interpreter.overtake(session, self.frames.overtaken(session, frame))
                self.session = session
                self._input = self._input or Lines(self._line, others=other_threads())
                with self._input.installed(), displaying.installed():
                    reply = self.interpreter.execute(
                        session, frame, at, math.inf, min(end, stop), number, at=judged, told=kept
                    )
                self.executed += reply.executed - at
            if reply.executed <= at:  # code of the log has changed what executes it
                raise self.log.fault(f"is of a frame whose message {at:,} cannot be executed")
            merge(whole, reply)
            at = reply.executed
        return whole


def other_threads() -> frozenset[int]:
    """The threads of this process that the code of the log has not begun."""
    idents = {thread.ident for thread in threading.enumerate() if thread.ident is not None}
    return frozenset(idents - {threading.get_ident()})


def _withheld(session: str, frame: Frame, errors: dict[int, Error]) -> dict[int, Error]:
    """Messages of a frame that were interrupted: not those that failed because they depend on one."""
    withheld: dict[int, Error] = {}
    failed: set[int] = set()
    for index, error in errors.items():
        outside = error.type_name in _WITHHELD or error.text == _NESTED
        if outside and (error.session, error.frame) == (session, frame.number):
            message = frame.messages[index]
            if error.message == index or failed.isdisjoint(references(message)):
                withheld[index] = error
            failed.add(getattr(message, "id", 0))
    return withheld


def merge(whole: Reply, reply: Reply) -> None:
    whole.executed = reply.executed
    whole.values += reply.values
    whole.failures += [(index, at + len(whole.errors)) for index, at in reply.failures]
    whole.errors += reply.errors

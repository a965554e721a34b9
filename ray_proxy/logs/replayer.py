"""Executes a log again: `replay(log)` compares every answer with the recorded one.

An interpreter is rebuilt by doing what was done, in the order in which it was done: objects that nothing can pickle are
there again, and what the recorded code did to the world outside is done again as well. What was interrupted when it
was recorded is not executed, and fails as it did then.
"""

from __future__ import annotations

import asyncio
import fnmatch
import math
import os
import pickle
import secrets
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .. import protocol
from ..errors import BulkTransferError, DeadlockError, InterpreterDiedError, LogError, StaleVarError, printable
from ..interpreter.coroutines import NESTED_COROUTINE
from ..interpreter.interpreter import DEEPEST, Interpreter
from ..interpreter.messages import tokens
from ..interpreter.operators import INPLACE_OPERATORS
from ..protocol import Bulk, Bytes, Error, Frame, Items, Pickled, Ref, Refused, Reply
from ..values.codec import Codec, Store
from ..values.definitions import Definitions
from . import apart
from .log import (
    UNSENT,
    Answered,
    Began,
    Ended,
    Expired,
    Frames,
    Left,
    Log,
    Opened,
    Part,
    Record,
    Restored,
    Sent,
    Step,
    Stopped,
    Unanswered,
    Value,
    Writer,
    digest,
    timed,
)
from .sameness import EXACT, Tolerance, masked, on_cpu, same, same_types
from .transcript import (
    UNTOLD,
    Operation,
    Place,
    located,
    made,
    operations,
    operations_of,
    outcomes,
    references,
    shorten,
    show,
)

DIFFERENCES = 10
"""So many differences are kept in a report; the others are counted."""
MISSING = 1000
"""So many are, where an interpreter is rebuilt."""
LONGEST_REASON = 600
"""Characters that are told of why a recording has ended."""
_WITHHELD = {
    KeyboardInterrupt.__qualname__,
    *(f"{kind.__module__}.{kind.__qualname__}" for kind in (DeadlockError, InterpreterDiedError)),
}
"""Errors that came from outside of what was executed…"""
_NESTED = repr(RuntimeError(NESTED_COROUTINE))
"""… and the text of another one: a replay executes what was nested on its own."""
_BULK = f"{BulkTransferError.__module__}.{BulkTransferError.__qualname__}"
_STALE = f"{StaleVarError.__module__}.{StaleVarError.__qualname__}"


class Difference(NamedTuple):
    """An operation whose outcome is not the recorded one."""

    number: int
    """Of the operation, as in `transcript.operations`."""
    client: int
    text: str
    """The operation: ``v9 = v3 + 1``."""
    place: Place | None
    """The line of code that asked for it, where that was recorded."""
    was: str
    now: str

    def __str__(self) -> str:
        place = located(self.place, path=True, function=True)
        asked = f"#{self.number} {printable(self.text)}{'  ' if place else ''}{place}"
        return f"{asked}\n    was {printable(self.was)}\n    is  {printable(self.now)}"


@dataclass
class Report:
    """What a replay has found. It is true where nothing differs."""

    operations: int = 0
    """How many were executed again."""
    seconds: float = 0.0
    differences: list[Difference] = field(default_factory=list)
    """The first of them."""
    different: int = 0
    """How many there are."""
    withheld: int = 0
    """Operations that were interrupted when they were recorded, and not executed."""
    unanswered: int = 0
    """Operations whose answer is not in the log, and which were not executed."""
    unknown: int = 0
    """Operations that need what was made before the recording began, and could not be executed."""
    unmatched: list[str] = field(default_factory=list)
    """Marks of volatile operations that no operation has matched."""
    problem: str | None = None
    """What of the recording is missing."""
    damaged: bool = False
    """It is damaged; or so much of it is missing that nothing can be said."""

    def add(self, differences: Iterable[Difference], limit: int = DIFFERENCES) -> None:
        for difference in differences:
            self.different += 1
            if len(self.differences) < limit:
                self.differences.append(difference)

    def finish(self, replayer: Replayer) -> None:
        """Take what the replayer knows at its end."""
        self.operations, self.withheld = replayer.executed, replayer.withheld
        self.unanswered = replayer.unanswered()
        self.problem = replayer.problem()
        self.damaged = self.problem is not None and not self.operations
        self.seconds = time.perf_counter() - replayer.began

    def __bool__(self) -> bool:
        return not self.different and not self.damaged

    def __str__(self) -> str:
        is_whole = self.problem is None and not self.unanswered
        right = "every answer is as recorded" if is_whole else "every answer that is there is as recorded"
        found = f"{self.different:,} answers differ" if self.different else right
        lines = [f"{self.operations:,} operations in {self.seconds:.2f} s: {found}"]
        lines += map(str, self.differences)
        if self.different > len(self.differences):
            lines.append(f"… and {self.different - len(self.differences):,} more")
        if self.withheld:
            lines.append(f"{self.withheld:,} operations were interrupted when recorded, and not executed again")
        if self.unanswered:
            lines.append(f"{self.unanswered:,} operations were never answered, and not executed")
        if self.unknown:
            lines.append(f"{self.unknown:,} operations need what was made before the recording began")
        lines += [f"the mark {mark!r} matches no operation" for mark in self.unmatched]
        if self.problem:
            lines.append(printable(self.problem))
        return "\n".join(lines)


def replay(
    log: Log | str | os.PathLike[str] | bytes,
    *,
    volatile: Sequence[str] = (),
    by_type: bool = False,
    rtol: float = 0.0,
    atol: float = 0.0,
    differences: int = DIFFERENCES,
    timeout: float | None = None,
    isolated: bool = False,
) -> Report:
    """Execute a log on a fresh interpreter, without Ray, and compare every answer.

    That is done in this process; or in another one, with the paths and the folder of this one, where that is asked for,
    a `timeout` is given, or the log tells by which hash seed the texts in the sets of its interpreter were in the order
    in which they were (`Began.hash_seed`), and that is not ours.

    Addresses in texts (``0x7f…``) are never compared, nor are tracebacks, of which the text differs between versions of
    Python.

    Args:
        log: a log, or its path or content.
        volatile: operations whose values are compared by their type alone, and so is what is computed from their
            results, or assigned from them: ``"#18"`` is an operation of that number, ``"v9"`` what variable 9 is made
            by, and everything else a pattern of `fnmatch` for the text of an operation, as in ``"*.time"``. What they
            are given to, as arguments of a method, may have to be named as well.
        by_type: compare all values by their type alone.
        rtol, atol: how far numbers may be apart that were computed with rounding, by another BLAS or GPU:
            ``|was - now| <= atol + rtol * |was|``, and NaN is NaN. These are floats, complex numbers, and those in
            arrays of numpy, frames of pandas and tensors of torch, of which the device is not compared then. Shapes and
            types are compared, and all else exactly; so is a value of 1 MB and more, of which there is but a checksum.
        differences: how many are told.
        timeout: seconds after which the code of the log is ended; None: never. The report is then false, and tells
            where that was.
        isolated: in a process of its own: there, code of the log that ends the process, or changes it, does no harm.

    Raises:
        LogError: the log cannot be read at all, or not by this version. Where it is damaged further on, the report
            tells, and is false.
        ValueError: `timeout` is not above 0; `rtol` or `atol` is negative or not finite.
    """
    if timeout is not None and not 0 < timeout < math.inf:
        raise ValueError(f"timeout is a number of seconds above 0, not {timeout!r}")
    tolerance = Tolerance(rtol, atol)
    tolerance.check()
    log = log if isinstance(log, Log) else Log(log)
    how = {"volatile": list(volatile), "by_type": by_type, "tolerance": tolerance, "differences": differences}
    if timeout is None and not isolated and log.began.hash_seed in (None, apart.hash_seed()):
        return _replay(log, how)
    return _replay_apart(log, how, timeout)


def _replay_apart(log: Log, how: dict[str, Any], timeout: float | None) -> Report:
    began = time.perf_counter()
    seed = apart.hash_seed() if log.began.hash_seed is None else log.began.hash_seed
    source = log.source if isinstance(log.source, str) else bytes(log.source)
    told = apart.call(__name__, "_replay_for_another", source, how, seed=seed, timeout=timeout)
    if not told.ended:
        report: Report = told.result
        return report
    report = Report() if told.result is None else told.result
    at = told.numbers[1] + told.numbers[2] if told.numbers[0] and told.numbers[1] else 0
    report.operations = max(report.operations, at - 1)
    report.problem = f"the replay has not come to its end, for {told.ended}"
    report.damaged = True
    if at:
        text = next((operation.text for operation in operations(log) if operation.number == at), "")
        report.problem += f", in operation #{at} {text}"
    report.seconds = time.perf_counter() - began
    return report


def _replay_for_another(
    tell: Callable[[Report], None], numbers: Any, source: str | bytes, how: dict[str, Any]
) -> Report:
    """In the other process."""
    return _replay(Log(source), how, tell, numbers)


def _replay(
    log: Log, how: dict[str, Any], tell: Callable[[Report], None] = lambda report: None, progress: Any = None
) -> Report:
    """Execute a log in this process.

    Args:
        tell: is called with what is found so far, when that is more than before.
        progress: shared memory, as `Interpreter.progress`, for the numbers of operations: what is being executed is the
            first number and the second.
    """
    report = Report()
    replayer = Replayer(log)
    if progress is not None:
        replayer.interpreter.progress = progress
    differences = how["differences"]
    comparison = _Comparison(replayer, how["volatile"], how["by_type"], how["tolerance"])

    def execute(halted: threading.Event) -> None:
        damage: LogError | None = None
        try:
            for record in replayer.log:
                if halted.is_set():
                    return
                replayed = replayer.apply(record)
                found = len(report.differences)
                if replayed is not None:
                    report.add(comparison.differences(replayed), differences)
                elif type(record) is Left:
                    report.add(comparison.late_differences(record), differences)
                if len(report.differences) > found:
                    tell(report)
        except LogError as error:
            damage = error
        report.finish(replayer)
        if damage is not None:
            report.problem = "; ".join([*([report.problem] if report.problem else []), str(damage)])
            report.damaged = True
        report.unknown, report.unmatched = comparison.unknown, comparison.unmatched()

    try:
        _without_running_loop(execute)
    finally:
        loop = replayer.interpreter.coroutines.loop
        if loop is not None and not loop.is_running():
            loop.close()
    return report


def _without_running_loop(work: Callable[[threading.Event], None]) -> None:
    """Do `work`, for which no event loop may be running: coroutines of the log are run by one of their own.

    In a notebook, and in any coroutine, one is running in this thread, so it is done in another one. An interrupt
    tells that one to halt after the record that it is at.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        work(threading.Event())
        return
    done: Future[None] = Future()
    halted = threading.Event()

    def run() -> None:
        try:
            work(halted)
        except BaseException as error:
            done.set_exception(error)
        else:
            done.set_result(None)

    try:
        threading.Thread(target=run, name="ray-proxy-replay", daemon=True).start()
        done.result()
    except BaseException:
        halted.set()
        raise


# --------------------------------------------------------------------------------------------- execution


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
        self.frames: Frames = Frames(log)
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
        self._called_back: dict[tuple[str, int], set[int]] = {}
        """By session and number of a frame: messages in which another interpreter has called back."""

    def problem(self) -> str | None:
        """What of the log is missing."""
        problems = [self.log.problem] if self.log.problem else []
        if self.stopped:
            problems.append(f"the recording ends early: {shorten(self.stopped, LONGEST_REASON)}")
        if self.frames.late:
            late = ", ".join(
                [*map(str, self.frames.late[:DIFFERENCES]), *["…"] * (len(self.frames.late) > DIFFERENCES)]
            )
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
                reply = self.interpreter.execute(
                    session, frame, at, math.inf, min(end, stop), number, at=judged, told=kept
                )
                self.executed += reply.executed - at
            if reply.executed <= at:  # code of the log has changed what executes it
                raise self.log.fault(f"is of a frame whose message {at:,} cannot be executed")
            _merge(whole, reply)
            at = reply.executed
        return whole


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


def _merge(whole: Reply, reply: Reply) -> None:
    whole.executed = reply.executed
    whole.values += reply.values
    whole.failures += [(index, at + len(whole.errors)) for index, at in reply.failures]
    whole.errors += reply.errors


# ---------------------------------------------------------------------------------------------- recovery


class Given(NamedTuple):
    """A value that an interpreter has left for a client, beside the channel."""

    token: str
    parts: list[bytes]
    owners: tuple[str, ...]


class Answer(NamedTuple):
    """An answer, as it travels, and the values that belong to it."""

    data: bytes
    values: list[Given]


class Client:
    """What an interpreter knows of a session, beside its variables, at the end of a log."""

    def __init__(self, session: str, client: str, worker: str) -> None:
        self.session = session
        self.client = client
        self.worker = worker
        self.taken: int = 0
        """Frames that have arrived, and none before them is missing…"""
        self.early: set[int] = set()
        """… and numbers of later ones: what is nested in a call goes before what waits for it."""
        self.confirmed: int = 0
        """Answers that it has said to have taken…"""
        self.answers: deque[Answer] = deque()
        """… and those after them."""
        self.work: list[Unanswered] = []
        """Frames that are left to be executed, from their first message that is not answered."""

    def sent(self, number: int, frame: Frame | None) -> None:
        if number > self.taken:
            self.early.add(number)
        while self.taken + 1 in self.early:
            self.taken += 1
            self.early.discard(self.taken)
        while frame is not None and self.answers and self.confirmed < frame.answers:
            self.answers.popleft()
            self.confirmed += 1


class Recovery:
    """Rebuilds an interpreter whose process has died, in two steps: what is in its log is executed; then `answers`.

    Args:
        interpreter: a fresh one.

    Attributes:
        clients: the sessions that go on.
        frames: how many frames are in the log.
        report: what has turned out otherwise than before.

    Raises:
        LogError: the log cannot be read.
    """

    def __init__(self, log: Log, interpreter: Interpreter) -> None:
        self._replayer, self._clients, report = _rebuild(log, interpreter, goes_on=True)
        self.report: Report = report
        self.clients: list[Client] = list(self._clients.values())
        self.frames: int = self._replayer.frames.count
        self.now: float = self._replayer.now
        """The steady time of the last record."""

    def answers(self, progress: Sequence[int] | None, store: Store | None) -> Iterator[tuple[Unanswered, bytes]]:
        """Answer what was being executed; gives the frames, and these answers to them, for the log to have.

        It is not executed again, for it may be what the process has died of: it fails with `InterpreterDiedError`. What
        is left of frames after that is the clients' `work`.

        Args:
            progress: `Interpreter.progress` of the process that has died; None, where it is lost: then all of a frame
                that was not answered fails.
            store: where values of these answers are left.
        """
        replayer = self._replayer
        if replayer.store is not None:
            replayer.store.outside = store
        left = [sent for sent in replayer.frames.unanswered() if sent.frame is not None]
        if any(sent.session not in self._clients for sent in left):
            raise LogError(f"{replayer.log.name} has a frame of a session that has never begun")
        for sent, answer in _answer_what_had_begun(replayer, left, progress):
            sent.answered = answer.executed
            data = protocol.encode(answer)
            self._clients[sent.session].answers.append(Answer(data, []))
            yield sent, data
        for sent in left:
            assert sent.frame is not None
            if sent.answered < len(sent.frame.messages) or not sent.frame.messages:
                self._clients[sent.session].work.append(sent)
        self.report.finish(replayer)

    def values(self) -> Iterator[Given]:
        """Of answers that clients may not have taken: the process has died in whose care they were."""
        return (value for client in self.clients for answer in client.answers for value in answer.values)


@dataclass
class Restoration:
    """What came of a log from which an interpreter was restored."""

    report: Report
    clients: dict[str, str]
    """Whose sessions had variables at the end of the log: descriptions of the clients, by the names of the sessions."""
    session: str
    """That of which the variables are given; empty where there is none."""
    token: str
    """Under which they are kept, as by `protocol.Fork`…"""
    variables: list[int]
    """… and their ids."""


def restore(log: Log, interpreter: Interpreter, client: str = "", copy: Writer | None = None) -> Restoration:
    """Rebuild the state that a log tells of, for a new client.

    Args:
        interpreter: a fresh one.
        client: whose variables are wanted: a part of the client's description, or the session's name; by default of
            whom there are most.
        copy: a new log, which shall tell the same.

    Raises:
        LogError: the log cannot be read, or there is no such client.
    """
    replayer, clients, report = _rebuild(log, interpreter, copy)
    report.finish(replayer)
    if copy is not None:
        copy.go_on_at(replayer.now)
    variables = {session: interpreter.variables(session) for session in clients}
    wanted = [
        session for session in clients if client in (session, "") or client in clients[session].client
    ]  # fmt: skip
    if client and len(wanted) != 1:
        told = [f"{shorten(other.client)} (session {shorten(name)})" for name, other in clients.items()]
        known = "; ".join(told[:DIFFERENCES] + ["…"] * (len(told) > DIFFERENCES)) or "none"
        many = f"{len(wanted)} clients" if wanted else "no client"
        raise LogError(f"{log.name} has {many} {client!r} at its end; there are: {known}")
    session = max(wanted, key=lambda session: len(variables[session]), default="")
    token = ""
    if session:
        token = f"{session}.restored.{secrets.token_hex(16)}"
        kept = Restored(time.time(), session, token, replayer.now) if copy is None else copy.restored(session, token)
        replayer.apply(kept)
    for name in clients:
        interpreter.close(name)
        if copy is not None:
            copy.ended(name)
    whose = {name: other.client for name, other in clients.items() if variables[name]}
    return Restoration(report, whose, session, token, variables.get(session, []))


def _rebuild(
    log: Log, interpreter: Interpreter, copy: Writer | None = None, goes_on: bool = False
) -> tuple[Replayer, dict[str, Client], Report]:
    """Execute a log; keeps account of its clients, and, if it `goes_on`, of values that they may not have taken."""
    replayer = Replayer(log, interpreter)
    replayer.goes_on, replayer.keeps_told = goes_on, True
    if replayer.store is not None:
        replayer.store.keeps = goes_on
    comparison = _Comparison(replayer, (), False)
    report = Report()
    clients: dict[str, Client] = {}
    for record in log:
        replayed = replayer.apply(record)
        if replayed is not None:
            report.add(comparison.differences(replayed), MISSING)
        if isinstance(record, Opened):
            clients[record.session] = Client(record.session, record.client, record.worker)
        elif isinstance(record, Sent) and record.session in clients:
            clients[record.session].sent(*replayer.frames.last)
        elif isinstance(record, Answered) and record.session in clients:
            clients[record.session].answers.append(Answer(record.data, _given(replayer, replayed)))
        elif isinstance(record, Ended):
            clients.pop(record.session, None)
        if copy is not None and not isinstance(record, (Began, Stopped)):
            copy.write(timed(record, replayer.now))
    return replayer, clients, report


def _given(replayer: Replayer, replayed: Replayed | None) -> list[Given]:
    """Values that belong to an answer, under the tokens that it has named."""
    store = replayer.store
    if store is None or not store.given:
        return []
    given, store.given = store.given, {}
    if replayed is None or replayed.answer is None:
        return []
    now, _ = outcomes(replayed.answer)
    then, _ = outcomes(replayed.step.answer)
    return [
        given[now[at].token]._replace(token=value.token)
        for at, value in then.items()
        if isinstance(value, Bulk) and isinstance(now.get(at), Bulk) and now[at].token in given
    ]


_CALLED_BACK = (
    "the interpreter's process died, and this could not be executed again when the state was rebuilt from the log: "
    "another interpreter called back while it was executed, and would wait for the recovery, which would wait for it. "
    "What it called back for is done"
)
_DIED = (
    "the interpreter's process died while this was being executed. It was not executed again when the state was "
    "rebuilt from the log, for it may be what the process has died of; ask for it again if it is not"
)


def _answer_what_had_begun(
    replayer: Replayer, left: list[Unanswered], progress: Sequence[int] | None
) -> Iterator[tuple[Unanswered, Reply]]:
    """Answers to frames that are left: to what the process has died in, and to what is known to have been done."""
    running = _running(replayer, left, progress)
    problem = InterpreterDiedError(_DIED)
    for sent, index, stop in running:
        assert sent.frame is not None
        answer = replayer.execute(sent, index)
        # Also deletions, in which the code of finalizers runs.
        rest = replayer.interpreter.withdraw(sent.session, sent.frame, index, problem, stop, deletions=True)
        _merge(answer, rest)
        yield sent, answer
    for sent in left:
        assert sent.frame is not None
        done = max((at + 1 for at, message in enumerate(sent.frame.messages) if replayer.has_taken(message)), default=0)
        done = max(done, replayer.done(sent))
        done += replayer.was_called_back(sent, done)
        if done > sent.answered:
            yield sent, replayer.execute(sent, done)


def _running(
    replayer: Replayer, left: list[Unanswered], progress: Sequence[int] | None
) -> list[tuple[Unanswered, int, int | None]]:
    """What was being executed, outermost first: a frame, and from which message to which."""
    if progress is None or progress[0] > DEEPEST:
        return [(sent, replayer.done(sent), None) for sent in left]
    by_number = {sent.number: sent for sent in left}
    slots = [(by_number.get(progress[2 * at + 1]), progress[2 * at + 2]) for at in range(progress[0])]
    if any(sent is not None and sent.frame is not None and at > len(sent.frame.messages) for sent, at in slots):
        return _running(replayer, left, None)  # that is not what a process has left there
    # What is answered already is not told anew: an earlier recovery has got so far.
    return [
        (sent, at, at + 1)
        for sent, at in slots
        if sent is not None and sent.frame is not None and replayer.done(sent) <= at < len(sent.frame.messages)
    ]


class LoggedStore:
    """`pickling.Store` of the bulk values in a log. What is left in it is not kept: its token is its digest.

    Attributes:
        outside: where values are left once the log is through.
        given: what was left lately, by token, if it `keeps` that.
    """

    def __init__(self) -> None:
        self.outside: Store | None = None
        self.keeps: bool = False
        self.given: dict[str, Given] = {}
        self._parts: dict[str, dict[int, bytearray]] = {}
        self._values: dict[str, tuple[dict[int, bytearray], int]] = {}
        """By token, the parts of a value that have bytes, and how many there are."""

    def feed(self, record: Part | Value) -> None:
        if isinstance(record, Part):
            self._parts.setdefault(record.token, {}).setdefault(record.buffer, bytearray()).extend(record.data)
        else:
            self._values[record.token] = self._parts.pop(record.token, {}), record.buffers + 1

    def has(self, token: str) -> bool:
        """Whether there is a value that was taken then, and not now."""
        return token in self._values

    def leave(self, parts: Sequence[pickle.PickleBuffer], *owners: str) -> str:
        if self.outside is not None:
            return self.outside.leave(parts, *owners)
        token = digest([part.raw() for part in parts])
        if self.keeps:  # copies: the memory is that of objects, which may change
            self.given[token] = Given(token, [bytes(part.raw()) for part in parts], owners)
        return token

    def take(self, token: str) -> list[memoryview]:
        value = self._values.pop(token, None)
        if value is None:
            raise BulkTransferError("a large value is not in the log: its recording had ended, or it never arrived")
        parts, count = value
        return [memoryview(parts.get(at) or bytearray()) for at in range(count)]

    def leave_value(self, value: object, *owners: str) -> str:
        return "" if self.outside is None else self.outside.leave_value(value, *owners)

    def leave_ref(self, ref: Any, *owners: str) -> str:
        return "" if self.outside is None else self.outside.leave_ref(ref, *owners)

    def take_ref(self, token: str) -> Any:
        if token not in self._values:
            raise BulkTransferError("an ObjectRef cannot be had from a log: what it refers to was kept by Ray")
        return _LoggedRef(token)

    def get(self, ref: Any) -> object:
        data, *buffers = self.take(ref.token)
        value: object = pickle.loads(data, buffers=buffers)
        return value

    def is_ref(self, value: object) -> bool:
        return False

    def discard(self, token: str) -> None:
        self._values.pop(token, None)
        if self.outside is not None:
            self.outside.discard(token)

    def forget(self, owner: str) -> None:
        pass


class _LoggedRef(NamedTuple):
    token: str


# -------------------------------------------------------------------------------------------- comparison


class _Comparison:
    def __init__(
        self, replayer: Replayer, volatile: Sequence[str], by_type: bool, tolerance: Tolerance = EXACT
    ) -> None:
        self._replayer = replayer
        self._by_type = by_type
        self._tolerance = tolerance
        self._volatile = _Volatile(volatile) if volatile else None
        self._unsettled: dict[str, tuple[Operation, Bulk]] = {}
        """By their recorded tokens, bulk results of which no digest is recorded yet, and what they are now."""
        self.unknown: int = 0
        """Operations that need what was made before the recording began."""
        self._unnamed: set[tuple[str, int, int]] = set()
        """Where names were asked for that had been given before."""

    def unmatched(self) -> list[str]:
        """Marks that no operation has matched."""
        return [] if self._volatile is None else self._volatile.unmatched()

    def _is_unknown(self, operation: Operation, error: Error | None) -> bool:
        """Whether an operation fails only because its session, or the interpreter, had begun before the recording."""
        if error is None or operation.error is not None or operation.client not in self._replayer.frames.late:
            return False
        place = (error.session, error.frame, error.message)
        if isinstance(operation.message, (protocol.GetNamed, protocol.DelNamed)) and error.type_name == "KeyError":
            self._unnamed.add(place)
        return error.type_name == _STALE or place in self._unnamed

    def differences(self, replayed: Replayed) -> Iterator[Difference]:
        step, now = replayed
        if self._volatile is None and _is_same(step.answer, now):
            return
        values, errors = outcomes(now)
        for operation in operations_of(step):
            by_type = (self._volatile is not None and self._volatile.take(operation)) or self._by_type
            if self._is_unknown(operation, errors.get(operation.at)):
                self.unknown += 1
                continue
            was, is_now = self._outcomes(operation, values.get(operation.at, UNTOLD), errors.get(operation.at), by_type)
            if was != is_now:
                yield _difference(operation, was, is_now)

    def late_differences(self, left: Left) -> Iterator[Difference]:
        """What a client has found only when it took the value."""
        unsettled = self._unsettled.pop(left.token, None)
        if unsettled is not None:
            operation, now = unsettled
            self._replayer.digests.pop(left.token, None)
            if left.digest != now.token:
                yield _difference(operation, show(operation.value), self._of_another_content(operation, now))

    def _outcomes(self, operation: Operation, value: Any, error: Error | None, by_type: bool) -> tuple[str, str]:
        """What came of it, then and now; the same text where that is the same."""
        equal = ("", "")
        if operation.refused is not None:
            return equal  # nothing was executed
        if operation.message is None:
            return "answered", "not executed, for its frame is of a later version of the protocol"
        if operation.error is not None or error is not None:
            if operation.error is None:
                return _told(operation.value), f"!! {_text_of(error)}"
            if error is None:
                return f"!! {_text_of(operation.error)}", _told(value)
            alike = _what_of(operation.error, by_type) == _what_of(error, by_type)
            return equal if alike else _told_apart(operation.error, error)
        if operation.value is UNTOLD and (value is UNTOLD or _rides_along(operation, value)):
            return equal
        if operation.value is UNTOLD or value is UNTOLD:
            return _told(operation.value), _told(value)
        if self._alike(operation, operation.value, value, by_type):
            return equal
        was, now = show(operation.value), show(value)
        is_bulk = isinstance(operation.value, Bulk) and isinstance(value, Bulk)
        is_told = was != now and not (is_bulk and any(self._tolerance))
        return (was, now) if is_told else (was, self._of_another_content(operation, value))

    def _of_another_content(self, operation: Operation, now: Any) -> str:
        text = f"{show(now)}, of another content"
        if not (isinstance(now, Bulk) and any(self._tolerance)):
            return text
        remedy = f"to compare it by its type alone, mark it as volatile: '#{operation.number}'"
        return f"{text}; so large a value is known by a checksum, which knows no tolerance: {remedy}"

    def _alike(self, operation: Operation, was: Any, now: Any, by_type: bool) -> bool:
        if type(was) is not type(now):
            return False
        if isinstance(was, Bulk):
            told = self._replayer.digests.pop(was.token, None)
            if by_type or told is not None:
                return by_type or told == now.token
            self._unsettled[was.token] = operation, now
            return bool(was.size == now.size)
        if isinstance(was, Pickled):
            return bool(was == now) or _same_values(was, now, by_type, self._tolerance)
        if by_type or isinstance(was, (protocol.Kept, protocol.Declined, protocol.Stored)):
            return True
        if isinstance(was, Items):
            return (len(was.values), was.end, was.frozen) == (len(now.values), now.end, now.frozen) and all(
                self._alike(operation, one, other, by_type) for one, other in zip(was.values, now.values)
            )
        if isinstance(was, (Bytes, Ref)):
            return bool(was == now)
        return same(was, now, self._tolerance)


class _Volatile:
    """Which operations are compared by their type alone: those that are marked, and what depends on them."""

    def __init__(self, marks: Sequence[str]) -> None:
        self._marked = {mark for mark in marks if mark[:1] in ("#", "v") and mark[1:].isdecimal()}
        self._patterns = [mark for mark in marks if mark not in self._marked]
        self._matched: set[str] = set()
        self._variables: dict[str, set[int]] = {}
        """By session, those that depend on marked operations…"""
        self._names: set[str] = set()
        """… names that do…"""
        self._tokens: dict[str, set[int]] = {}
        """… and what is kept under a token, of a `Fork` the variables."""

    def take(self, operation: Operation) -> bool:
        """Whether this operation is volatile. They are to be taken in their order."""
        message = operation.message
        variables = self._variables.setdefault(operation.session, set())
        if isinstance(message, protocol.Del):
            variables.difference_update(message.ids)
        elif isinstance(message, protocol.Fork):
            self._tokens[message.token] = set(variables)
        elif isinstance(message, protocol.Inherit):
            variables |= self._tokens.get(message.token, set())
        elif isinstance(message, protocol.Clear):
            variables.clear()
        volatile = self._is_volatile(operation, variables)
        if volatile:
            variables.update(_made(operation))
            variables.update(_changed(message))
        if isinstance(message, (protocol.SetNamed, protocol.DelNamed)):
            (self._names.add if volatile else self._names.discard)(message.name)
        elif isinstance(message, protocol.Lease) and volatile:
            self._tokens[message.token] = set()
        return volatile

    def unmatched(self) -> list[str]:
        """Marks that no operation has matched, in their order."""
        return [mark for mark in (*sorted(self._marked), *self._patterns) if mark not in self._matched]

    def _is_volatile(self, operation: Operation, variables: set[int]) -> bool:
        message = operation.message
        ids = made(message)
        marks = {f"#{operation.number}"} & self._marked
        marks |= {mark for mark in self._marked if mark[0] == "v" and int(mark[1:]) in ids}
        if self._patterns:
            text = operation.text
            marks |= {pattern for pattern in self._patterns if fnmatch.fnmatchcase(text, pattern)}
        self._matched |= marks
        if marks or not variables.isdisjoint(references(message)):
            return True
        if isinstance(message, protocol.GetNamed) and message.name in self._names:
            return True
        return isinstance(message, protocol.Claim) and message.token in self._tokens


def _made(operation: Operation) -> range:
    """Ids of the variables that an operation has made: of items, only so many as there were."""
    ids = made(operation.message)
    return ids[: len(operation.value.values)] if isinstance(operation.value, Items) else ids[:1]


def _changed(message: Any) -> Iterator[int]:
    """The variable that an assignment changes, which from then on depends on what was assigned."""
    if isinstance(message, protocol.Op) and (message.op in ("setitem", "setattr") or message.op in INPLACE_OPERATORS):
        yield from (operand.id for operand in message.args[:1] if isinstance(operand, Ref))


def _difference(operation: Operation, was: str, now: str) -> Difference:
    return Difference(operation.number, operation.client, operation.text, operation.place, was, now)


def _is_same(was: Any, now: Reply | None) -> bool:
    """The usual case, quickly."""
    if now is None:
        return not isinstance(was, Reply)  # what is answered and not executed has to be told
    if was.failures or now.failures:
        return False
    return was.values == now.values and protocol.encode(was.values) == protocol.encode(now.values)


def _same_values(was: Pickled, now: Pickled, by_type: bool, tolerance: Tolerance) -> bool:
    """Whether two pickles are of the same value."""
    try:
        one, other = (_loaded(value, any(tolerance)) for value in (was, now))
        return same_types(one, other) if by_type else same(one, other, tolerance)
    except KeyboardInterrupt:
        raise
    except BaseException:  # of users' code: it cannot be told
        return False


def _loaded(value: Pickled, anywhere: bool) -> Any:
    """Args: `anywhere`: a tensor need not be on the device on which it was, which may be none of this machine."""
    codec = Codec(variable=_Variable, known=Definitions())
    try:
        return codec.load(value)
    except Exception:
        torch = sys.modules.get("torch")
        if torch is None or not anywhere:
            raise
        with on_cpu(torch):
            return codec.load(value)


@dataclass(frozen=True)
class _Variable:
    """Stands for a variable inside a value."""

    id: int


def _told(value: Any) -> str:
    return "done" if value is UNTOLD else show(value)


def _rides_along(operation: Operation, value: Any) -> bool:
    """Whether nobody has asked for this value: such a one may not be told where it was deleted soon."""
    return bool(getattr(operation.message, "id", 0)) and not isinstance(value, (Ref, protocol.Declined))


def _text_of(error: Error | None) -> str:
    return "" if error is None else shorten(error.text)


def _what_of(error: Error, by_type: bool) -> Any:
    """What of an error is compared."""
    if by_type:
        return error.type_name
    if error.type_name == _BULK:  # its text is of what carried the value
        return error.type_name, "", error.session, error.frame, error.message
    return error.type_name, masked(error.text), error.session, error.frame, error.message


def _told_apart(was: Error, now: Error) -> tuple[str, str]:
    """Two errors, as texts that differ."""
    ways: list[Callable[[Error], str]] = [
        lambda error: f"!! {shorten(error.text)}",
        lambda error: f"!! {shorten(error.text)}, a {shorten(error.type_name)}",
        lambda error: f"!! {shorten(error.text)}, of message {error.message} of frame {error.frame}",
        lambda error: f"!! {printable(error.text)}, of session {shorten(error.session)}",
    ]
    pairs = [(tell(was), tell(now)) for tell in ways]
    differing = (pair for pair in pairs if masked(pair[0]) != masked(pair[1]))
    return next(differing, (pairs[0][0], f"{pairs[0][1]}, another error"))


for _named in (Difference, Report, Restoration):
    _named.__module__ = "ray_proxy.replayer"  # the door at which other releases find it

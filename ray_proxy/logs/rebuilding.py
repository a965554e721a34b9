"""Rebuilds an interpreter from a log: in place of one whose process has died, or for a new client.

That is executing the log again. What comes out otherwise than it did is told, and rebuilding goes on.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .. import protocol
from ..doors import stand_behind
from ..errors import InterpreterDiedError, LogError
from ..interpreter.interpreter import DEEPEST, Interpreter
from ..protocol import Bulk, Frame, Reply
from ..values.store import Store
from .comparison import Comparison
from .frames import Unanswered
from .operations import outcomes
from .reader import Log
from .records import Answered, Began, Ended, Opened, Restored, Sent, Stopped, timed
from .replayer import MOST_NAMED, Replayed, Replayer, merge
from .report import Report
from .stored import Given
from .text import shorten
from .writer import Writer

_DIFFERENCES = 1000
"""So many differences are kept where an interpreter is rebuilt; the others are counted."""


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
        replayer.interpreter.repeat(False)

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
    interpreter.repeat(False)
    report.finish(replayer)
    if copy is not None:
        copy.go_on_at(replayer.now)
    variables = {session: interpreter.variables(session) for session in clients}
    wanted = [
        session for session in clients if client in (session, "") or client in clients[session].client
    ]  # fmt: skip
    if client and len(wanted) != 1:
        told = [f"{shorten(other.client)} (session {shorten(name)})" for name, other in clients.items()]
        known = "; ".join(told[:MOST_NAMED] + ["…"] * (len(told) > MOST_NAMED)) or "none"
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
    comparison = Comparison(replayer, (), False)
    report = Report()
    clients: dict[str, Client] = {}
    for record in log:
        replayed = replayer.apply(record)
        if replayed is not None:
            report.add(comparison.differences(replayed), _DIFFERENCES)
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
        merge(answer, rest)
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


stand_behind("ray_proxy.replayer", Restoration)

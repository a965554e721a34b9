"""The frames of a log, joined with their answers: what was asked for, step by step, in the order of execution.

A stream, too: of what is not answered, only so much is held as memory bears. Must never know what executes a message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from ..errors import ProtocolError
from ..protocol import Ask, Frame, Message, Output, Prompt, Refused, Reply, decode_answer
from .reader import Log, frame_of, plain
from .records import Answered, Ended, Opened, Part, Record, Sent, Value

_HELD = 8 << 20
"""Bytes of frames without an answer that a reader holds in memory; others it reads again when they are answered."""


class Step(NamedTuple):
    """An answer, with the messages that it answers: those from `start` to `stop` of a frame.

    Each message is an operation of the log; operations are counted from 1 in the order of their answers, over all
    sessions, and `number` is that of the first. `client` is the session, counted from 1 in the order in which they
    began. Times are in seconds since 1970.
    """

    number: int
    client: int
    session: str
    frame: Frame | None
    """None where it cannot be read: then it counts as one operation."""
    start: int
    stop: int
    answer: Reply | Refused | None
    """None: the messages were never answered."""
    sent: float
    seconds: float
    """From there to the answer."""
    at: float | None
    """The steady time by which leases were judged when these messages were executed."""


class Unanswered:
    """A frame that is not answered to its end: how many of its messages are, and its number in the log.

    It is held in memory, or read again where it is asked for, from its `place`: there may be very many that nobody has
    answered.
    """

    __slots__ = ("_frame", "_place", "answered", "at", "held", "number", "session", "size", "steady", "time")

    def __init__(
        self,
        frame: Frame | None,
        number: int,
        record: Sent | Answered,
        held: int = 0,
        place: Callable[[], Frame | None] | None = None,
    ) -> None:
        self.session: str = record.session
        self.number: int = number
        self.size: int = 1 if frame is None else len(frame.messages)
        """Of how many messages it is; one that cannot be read counts as one."""
        self.held: int = held
        """Bytes of it that are in memory."""
        self._frame = frame if place is None else None
        self._place = place
        self.time: float = record.time
        self.steady: float | None = record.steady
        self.at: float | None = record.steady
        """The steady time by which leases are judged in what is left of it: when it was begun, or answered last."""
        self.answered: int = 0

    @property
    def frame(self) -> Frame | None:
        """None where it cannot be read. Raises `LogError`."""
        return self._frame if self._place is None else self._place()

    def seconds_to(self, answer: Answered) -> float:
        if self.steady is not None and answer.steady is not None:
            return max(0.0, answer.steady - self.steady)
        return max(0.0, answer.time - self.time)


class Frames:
    """Joins frames with their answers, record by record of a log. Raises `LogError` where they do not fit."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._values: dict[str, tuple[int, int]] = {}
        """Of values that are not complete, by token: bytes of the pickle, and the last of its buffers."""
        self.count: int = 0
        """How many there were…"""
        self.last: tuple[int, Frame | None] = (0, None)
        """… and the last one, with its number in its session."""
        self.late: list[int] = []
        """Clients whose first frames came before the recording began."""
        self._clients: dict[str, int] = {}
        self._operations = 0
        self._unanswered: dict[str, dict[int, Unanswered]] = {}
        self._given_up: list[Unanswered] = []
        """Frames of sessions that have ended before."""
        self._held = 0
        """Bytes of frames in memory."""

    def client(self, session: str) -> int:
        """The number of a session."""
        return self._clients.setdefault(session, len(self._clients) + 1)

    def take(self, record: Record) -> Step | None:
        """The step that this record completes."""
        if type(record) is Sent:
            self._sent(record)
        elif type(record) is Answered:
            return self._answered(record)
        elif type(record) is Opened:
            self.client(record.session)
        elif type(record) is Ended:
            self._given_up += self._unanswered.pop(record.session, {}).values()
        elif type(record) is Part or type(record) is Value:
            self._check_value(record)
        return None

    def _check_value(self, record: Part | Value) -> None:
        """Numbers of buffers are such as a pickle can have: each takes a byte of it."""
        pickled, last = self._values.pop(record.token, (0, 0))
        if isinstance(record, Value):
            if not last <= record.buffers <= pickled:
                raise self._log.fault(f"says that a value has {record.buffers:,} buffers, which its parts have not")
        elif record.buffer < 0:
            raise self._log.fault(f"is a part of buffer {record.buffer:,} of a value")
        else:
            pickled += 0 if record.buffer else len(record.data)
            self._values[record.token] = pickled, max(last, record.buffer)

    def _sent(self, record: Sent) -> None:
        self.count += 1
        number, frame = self.last = frame_of(record.data)
        frames = self._unanswered.get(record.session)
        if frames is None:
            frames = self._unanswered[record.session] = {}
            if number > 1:
                self.late.append(self.client(record.session))
        size = len(record.data)
        if self._held + size > _HELD and frame is not None:
            frames[number] = Unanswered(frame, self.count, record, 0, partial(self._log.frame_at, self._log.offset))
            return
        self._held += size
        frames[number] = Unanswered(frame, self.count, record, size)

    def _answered(self, record: Answered) -> Step | None:
        try:
            answer = decode_answer(record.data)
        except ProtocolError as error:
            raise self._log.fault(f"is an answer that this version cannot read ({plain(str(error))})") from error
        if isinstance(answer, (Output, Prompt)):
            raise self._log.fault("is no answer, but what came beside them")
        if isinstance(answer, Ask):
            return None  # it answers no message
        frames = self._unanswered.get(record.session, {})
        sent = frames.get(answer.frame)
        if sent is None:
            if answer.frame or isinstance(answer, Reply):
                return None  # answered already, or sent before the recording began
            sent = Unanswered(None, 0, record)  # of the refused frame not even the number is known
        frame = sent.frame
        if isinstance(answer, Reply):
            self._check_fit(answer, sent, frame)
        if frame is None or isinstance(answer, Refused):
            self._held -= sent.held if frames.pop(answer.frame, None) else 0
            return self._step(sent, frame, sent.size, answer, record)
        if answer.executed >= sent.size:
            del frames[answer.frame]
            self._held -= sent.held
        elif answer.executed <= sent.answered:
            sent.at = record.steady
            return None  # twice the same, or a slice in which nothing could be done
        return self._step(sent, frame, answer.executed, answer, record)

    def _check_fit(self, answer: Reply, sent: Unanswered, frame: Frame | None) -> None:
        """A reply tells of messages of its frame that were executed since the last one, and of errors that are there.

        Where an interrupt came between, a client has recorded the last replies twice: those are passed over.
        """
        errors = len(answer.errors)
        if any(not 0 <= at < errors for _, at in answer.failures):
            raise self._log.fault(f"is an answer that names an error past its {errors:,}")
        if frame is None:
            return  # of a later version
        size = sent.size
        if not 0 <= answer.executed <= size:
            done = f"{answer.executed:,} messages were executed of a frame of {size:,}"
            raise self._log.fault(f"is an answer that says that {done}")
        if answer.executed <= sent.answered:
            return
        for index, _ in (*answer.values, *answer.failures, *answer.warnings):
            if not sent.answered <= index < answer.executed:
                now = f"{sent.answered:,} to {answer.executed:,}"
                raise self._log.fault(f"is an answer that tells of message {index:,}, and is one to those from {now}")

    def _step(
        self,
        sent: Unanswered,
        frame: Frame | None,
        stop: int,
        answer: Reply | Refused | None,
        record: Answered | None,
    ) -> Step:
        start, number, at = sent.answered, self._operations + 1, sent.at
        sent.answered = stop
        self._operations += 1 if frame is None else stop - start
        client, seconds = self.client(sent.session), 0.0
        if record is not None:
            sent.at = record.steady
            seconds = sent.seconds_to(record)
        return Step(number, client, sent.session, frame, start, stop, answer, sent.time, seconds, at)

    def find(self, session: str, number: int) -> Unanswered | None:
        """The frame of that number in its session, if it is not answered to its end."""
        return self._unanswered.get(session, {}).get(number)

    def overtaken(self, session: str, frame: Frame) -> list[list[Message]]:
        """What of other threads of this session came before a frame, and is not answered yet."""
        frames = self._unanswered.get(session, {})
        if not frame.thread or len(frames) < 2:
            return []
        earlier = [sent for number, sent in frames.items() if number < frame.number]
        return [
            other.messages[sent.answered :]
            for sent in earlier
            if (other := sent.frame) is not None and other.thread not in (0, frame.thread)
        ]

    def waits(self, session: str) -> bool:
        """Whether a frame of that session is not answered to its end."""
        return bool(self._unanswered.get(session))

    def unanswered(self) -> list[Unanswered]:
        """What is left at the end, or was when a process died; in the order in which it was sent."""
        left = [frame for frames in self._unanswered.values() for frame in frames.values()]
        return sorted(left, key=lambda frame: frame.number)

    def left(self) -> list[Unanswered]:
        """The same, and what was left of sessions that have ended."""
        return sorted([*self._given_up, *self.unanswered()], key=lambda frame: frame.number)

    def rest(self) -> Iterator[Step]:
        """At the end of the log, that as steps."""
        for sent in self.left():
            yield self._step(sent, sent.frame, sent.size, None, None)

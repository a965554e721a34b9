"""What all levels share: how mutants are made, which of them may be executed, and what must hold of an answer."""

from __future__ import annotations

import mmap
import random
import struct
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from conversing import Told
from mutation import Mutator, mutant, plain, spliced, wire

from ray_proxy.errors import ProtocolError
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.interpreter.operators import OPERATORS
from ray_proxy.protocol import (
    MAX_FRAME,
    Call,
    Error,
    Fetch,
    Frame,
    GetAttr,
    GetNamed,
    Import,
    Items,
    Iter,
    Message,
    Op,
    Put,
    Ref,
    Refused,
    Reply,
    SetNamed,
    decode_answer,
    encode,
    frame_number,
)
from ray_proxy.values.codec import Codec

ROUND = 200
"""So many mutants are judged in a round, which begins with new sessions, and alone tells what its mutants are."""
SOON = 20.0
"""Seconds after which an answer is missing."""
LEASE = 600.0


class Progress:
    """Tells `benchmarks/fuzz.py`, by memory shared with it, what is in work: also if this process dies of it."""

    SIZE = 8 * 1024 * 1024
    HEADER = struct.Struct("<QQQ")

    def __init__(self, path: str) -> None:
        with open(path, "r+b") as file:
            self._memory = mmap.mmap(file.fileno(), self.SIZE)
        self._count = 0
        self.round = 0

    def note(self, data: bytes) -> None:
        self._count += 1
        data = data[: self.SIZE - self.HEADER.size]
        self._memory[self.HEADER.size : self.HEADER.size + len(data)] = data
        self._memory[: self.HEADER.size] = self.HEADER.pack(self._count, self.round, len(data))


class Tally:
    """What has happened."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.executed: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()

    def judged(self) -> int:
        return self.counts["executed"] + self.counts["refused"]

    def note(self, frame: Frame, failures: set[int]) -> None:
        """A frame was executed, and so many of its messages have failed."""
        self.counts["executed"] += 1
        for index, message in enumerate(frame.messages):
            kind = type(message).__name__
            if type(message) is Op:
                kind = f"operator {message.op}" if message.op in OPERATORS else "unknown operator"
            (self.failed if index in failures else self.executed)[kind] += 1


class Clock:
    """Seconds that pass when a round ends."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


# -------------------------------------------------------------------------------- what can be executed safely


def _forms(name: str) -> set[str]:
    return {name, f"i{name}", f"__{name}__", f"__r{name}__", f"__i{name}__"}


_POWERS = _forms("pow") | _forms("lshift") | {"round"}
_TIMES = _forms("mul")
_GROWING = _POWERS | _TIMES | _forms("add")
_MOST_GROWING = 8
_MOST_POWERS = 3


def is_bounded(frame: Frame) -> bool:
    """Whether a frame can be executed in no time. Not so: large powers, multiples and shifts of ints and sequences,
    many of them in a chain, and iterators without end, which only the two-armed `iter` makes here."""
    operators = [message for message in frame.messages if type(message) is Op]
    for message in operators:
        if message.op in ("iter", "aiter") and len(message.args) > 1:
            return False
        if message.op in _POWERS:
            by = message.args[:1] if message.op.startswith("__r") else message.args[1:]
            if any(type(operand) is not bool and not _is_small(operand, 3) for operand in by):
                return False
        if message.op in _TIMES and any(
            type(operand) is int and 256 < abs(operand) < 2**31 for operand in message.args
        ):
            return False
    powers = sum(message.op in _POWERS for message in operators)
    return powers <= _MOST_POWERS and sum(message.op in _GROWING for message in operators) <= _MOST_GROWING


def is_growing(frame: Frame) -> bool:
    """Whether it can make something large, of which then more is made."""
    return any(type(message) is Op and message.op in _GROWING for message in frame.messages)


def _is_small(operand: object, most: int) -> bool:
    return operand is None or type(operand) in (float, str) or (type(operand) is int and abs(operand) <= most)


def is_outgrown(value: object) -> bool:
    """Whether a value has become so large that what is done with it could take long."""
    if type(value) is int:
        return value.bit_length() > 70_000
    if type(value) in (str, bytes, bytearray):
        return len(value) > 2_500_000  # type: ignore[arg-type]
    return type(value) in (list, tuple, dict, set) and len(value) > 20_000  # type: ignore[arg-type]


# -------------------------------------------------------------------------------------------------- mutants


class Source:
    """Makes mutants of what is said in the corpus."""

    def __init__(self, told: list[Told]) -> None:
        self._told = told
        self._weights = [one.weight for one in told]
        self._frames = [data for one in told for data in one.frames]
        self._mutator = Mutator(map(plain, self._frames))

    def conversation(self, chance: random.Random) -> list[bytes]:
        """The frames of one, as they were."""
        (one,) = chance.choices(self._told, self._weights)
        return one.frames

    def mutant(self, chance: random.Random, original: bytes) -> bytes:
        """Another frame than this one."""
        while True:
            way = chance.random()
            if way < 0.12:
                data = mutant(chance, original)
            elif way < 0.15:
                data = spliced(chance, original, chance.choice(self._frames))
            else:
                data = wire(self._mutator.mutate(chance, plain(original)))
            if data != original and len(data) < MAX_FRAME:
                return data


class Kind:
    """Something else than frames that a peer says: how it is made, and how it is read."""

    def __init__(self, originals: Sequence[bytes], decode: Callable[[bytes], Any], *errors: type[Exception]) -> None:
        self.originals = list(originals)
        self.decode = decode
        self.errors: tuple[type[Exception], ...] = (ProtocolError, *errors)
        self._mutator = Mutator(map(plain, originals))

    def mutant(self, chance: random.Random) -> bytes:
        original = chance.choice(self.originals)
        if chance.random() < 0.3:
            return mutant(chance, original)
        return wire(self._mutator.mutate(chance, plain(original)))


# ------------------------------------------------------------------------------------------- what must hold


def check_refusal(data: bytes, error: ProtocolError) -> Refused:
    """The answer to a frame that cannot be read."""
    number = frame_number(data)
    assert type(number) is int
    assert 0 <= number < 2**64
    refused = Refused(number, str(error))
    assert decode_answer(encode(refused)) == refused, "the refusal does not arrive as it left"
    return refused


def check_reply(frame: Frame, reply: Reply, start: int, sessions: set[str]) -> bytes:
    """What is so of every reply to a frame; gives it encoded."""
    assert type(reply) is Reply, f"the answer is {reply!r:.200}"
    assert reply.frame == frame.number, f"the reply is to frame {reply.frame}"
    assert start <= reply.executed <= len(frame.messages), f"{reply.executed} of {len(frame.messages)} are executed"
    now = range(start, reply.executed)
    valued, failed = [index for index, _ in reply.values], [index for index, _ in reply.failures]
    assert all(index in now for index in valued + failed), f"{valued} or {failed} are not in {now}"
    assert len(failed) == len(set(failed)), f"some of {failed} fail twice"
    assert {at for _, at in reply.failures} == set(range(len(reply.errors))), f"{reply.failures} name other errors"
    for index, value in reply.values:
        message = frame.messages[index]
        if type(value) is Ref:
            assert type(message) is Op, f"{value} is the result of {message!r:.200}"
            assert value == message.args[0], f"{value} is no operand of {message!r:.200}"
        if type(value) is Items:
            assert type(message) is Iter, f"items are the result of {message!r:.200}"
            assert value.parts <= message.parts, f"items of {value.parts} parts are the result of {message!r:.200}"
            size = len(value.values) / (value.parts or 1)
            assert size <= message.count, f"{size} items are the result of {message!r:.200}"
            assert size == int(size), f"{len(value.values)} parts are the result of {message!r:.200}"
    for error in reply.errors:
        assert type(error) is Error
        assert error.session in sessions, f"an error of the session {error.session!r:.100}"
    data = encode(reply)
    assert encode(decode_answer(data)) == data, "the reply does not arrive as it left"
    return data


WITNESS: list[Message] = [
    Put(1, "kept"),
    Put(2, Codec().dump([1, {"two": b"three"}])),
    Import(3, "playground"),
    GetAttr(4, Ref(3), "number"),
    Call(5, Ref(4), [77]),
    GetAttr(6, Ref(3), "fails"),
    Call(7, Ref(6), ["own"]),
    SetNamed("only the witness's", Ref(2)),
    SetNamed("another of the witness's", 5),
]
WITNESSED: list[Message] = [
    *(Fetch(Ref(id)) for id in (1, 2, 5, 7)),
    GetNamed(0, "only the witness's"),
    GetNamed(0, "another of the witness's"),
    Op(0, "len", [Ref(2)]),
]
"""What the witness asks again and again, and always gets the same."""
NAMED = {"only the witness's", "another of the witness's"}


def same(reply: Reply) -> Any:
    """What a reply to the witness's questions tells, whenever it comes."""
    return reply.values, reply.failures, reply.errors


class Tables:
    """The tables of an interpreter's sessions: what each holds, by id and identity."""

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter

    def of(self, session: str) -> dict[int, object]:
        return self._interpreter._sessions[session].table

    def identities(self, session: str) -> list[tuple[int, int]]:
        return [(id_, id(value)) for id_, value in self.of(session).items()]

    def check_idle(self) -> None:
        """Nothing is left of what was being executed."""
        assert not self._interpreter.interruptible, "an interrupt would be raised outside of any message"
        assert not self._interpreter.interrupted, "an interrupt is being raised, but no message is executed"
        assert not self._interpreter.not_yet, "a frame waits for a call, but there is none"
        for session in self._interpreter._sessions.values():
            assert not session.running, f"frames of {session.name} are being executed for ever"

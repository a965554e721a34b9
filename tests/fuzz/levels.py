"""The levels that need no socket: decoder, interpreter, client."""

from __future__ import annotations

import gc
import itertools
import logging
import math
import random
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import conversing
import corpus
import playground
from conversing import NAME, renamed
from fuzzing import (
    LEASE,
    NAMED,
    ROUND,
    WITNESS,
    WITNESSED,
    Clock,
    Kind,
    Progress,
    Source,
    Tables,
    Tally,
    check_refusal,
    check_reply,
    is_bounded,
    is_growing,
    is_outgrown,
    same,
)
from mutation import Mutator, mutant, plain, wire

from ray_proxy.channels.socket import FrameReader, framed
from ray_proxy.errors import ProtocolError, RayProxyError, RemoteTraceback, SessionLostError
from ray_proxy.files import PACKAGE
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.protocol import (
    Call,
    DelNamed,
    Frame,
    GetAttr,
    Import,
    Message,
    Names,
    Ref,
    decode_answer,
    decode_control,
    decode_frame,
    decode_hello,
    decode_status,
    decode_welcome,
    encode,
    frame_number,
)
from ray_proxy.var.interface import handle_of

# --------------------------------------------------------------------------------------- level: interpreter


class InInterpreter:
    """Frames are decoded and executed, as the server does it."""

    NAMES = (NAME, "session1")

    def __init__(self, progress: Progress, tally: Tally) -> None:
        self.progress = progress
        self.tally = tally
        self.clock = Clock()
        self.store = conversing.MemoryStore()
        self.interpreter = Interpreter("here", self.store, self.clock, LEASE)
        self.tables = Tables(self.interpreter)
        self.source = Source(corpus.conversations())
        self.interpreter.open("witness")
        self.interpreter.execute("witness", Frame(1, WITNESS))
        self.witnessed = same(self.interpreter.execute("witness", Frame(2, WITNESSED)))
        self.kept = self.tables.identities("witness")
        assert len(self.kept) == 7, "the witness holds seven variables"
        self.numbers = len(playground.Number.alive)

    def round(self, chance: random.Random) -> None:
        for name in self.NAMES:
            self.interpreter.open(name)
            self.store.provide(name)
        until = self.tally.judged() + ROUND
        while self.tally.judged() < until:
            name = chance.choice(self.NAMES)
            for original in self.source.conversation(chance):
                for _ in range(chance.choice((0, 1, 1, 2, 3))):
                    self.judge(chance, name, renamed(self.source.mutant(chance, original), name))
                # As it was, so that those after it find what they need; save where mutants before it may have left
                # numbers that are too large for it.
                data = renamed(original, name)
                frame = decode_frame(data)
                if chance.random() < 0.85 and is_bounded(frame):
                    self.progress.note(data)
                    self.run(chance, name, frame)
            self.check_witness()
        self.end_round()

    def judge(self, chance: random.Random, name: str, data: bytes) -> None:
        self.progress.note(data)
        try:
            frame = decode_frame(data)
        except ProtocolError as error:
            check_refusal(data, error)
            self.tally.counts["refused"] += 1
            return
        self.tally.counts["decoded"] += 1
        again = encode(frame)
        assert encode(decode_frame(again)) == again, "the frame does not arrive as it left"
        if not is_bounded(frame):
            self.tally.counts["withheld"] += 1
            return
        self.tally.note(frame, self.run(chance, name, frame))

    def run(self, chance: random.Random, name: str, frame: Frame) -> set[int]:
        """Execute a frame; gives the messages that have failed."""
        others = [other for other in (*self.NAMES, "witness") if other != name]
        before = [self.tables.identities(other) for other in others]
        seconds = chance.choice((math.inf, math.inf, 0.0))
        withdrawn = chance.random() < 0.01
        failures: set[int] = set()
        executed, size = 0, len(frame.messages)
        while True:
            if withdrawn:
                reply = self.interpreter.withdraw(name, frame, executed, KeyboardInterrupt("withdrawn"))
            else:
                reply = self.interpreter.execute(name, frame, executed, seconds)
            check_reply(frame, reply, executed, {*self.NAMES})
            assert reply.executed > executed or not size, "a slice of the frame executes nothing"
            failures.update(index for index, _ in reply.failures)
            self.tally.errors.update(error.type_name for error in reply.errors)
            executed = reply.executed
            if executed == size:
                break
        self.tables.check_idle()
        after = [self.tables.identities(other) for other in others]
        assert after == before, "variables of another session have changed"
        if is_growing(frame) and any(map(is_outgrown, self.tables.of(name).values())):
            self.tally.counts["outgrown"] += 1
            self.interpreter.open(name)
        return failures

    def check_witness(self) -> None:
        assert self.tables.identities("witness") == self.kept, "the witness's variables are others"
        told = same(self.interpreter.execute("witness", Frame(2, WITNESSED)))
        assert told == self.witnessed, f"the witness hears {told!r:.500}"

    def end_round(self) -> None:
        """Nothing may be left of the sessions but names."""
        for name in self.NAMES:
            self.interpreter.close(name)
        self.clock.now += 2 * LEASE
        self.interpreter.expire()
        self.interpreter.open("cleaner")
        names = [name for name in self.interpreter.names() if name not in NAMED]
        turn: list[Message] = [Import(1, "playground"), GetAttr(2, Ref(1), "after_a_turn"), Call(0, Ref(2)), Names()]
        self.interpreter.execute("cleaner", Frame(1, [*map(DelNamed, names), *turn, *turn]))
        self.interpreter.close("cleaner")
        playground.tidy()
        gc.collect()
        left = {
            "variables": self.interpreter.count() - len(self.kept),
            "names": len(set(self.interpreter.names()) ^ NAMED),
            "leases": self.interpreter.leased(),
            "bulk values": len(self.store.left),
            "sessions": len(self.interpreter._sessions) - 1,
            "numbers": len(playground.Number.alive) - self.numbers,
        }
        self.store.number = 0  # tokens are part of what a round says
        assert not any(left.values()), f"left after all sessions have ended: {left}"

    def alone(self, frame: bytes) -> None:
        for name in self.NAMES:
            self.interpreter.open(name)
        self.judge(random.Random(0), self.NAMES[0], frame)
        self.check_witness()
        self.end_round()

    def end(self) -> None:
        self.check_witness()


# ------------------------------------------------------------------------------------------- level: decoder


class InDecoder:
    """All that a peer may say is read."""

    def __init__(self, progress: Progress, tally: Tally) -> None:
        self.progress = progress
        self.tally = tally
        told = corpus.conversations()
        said = [data for one in told for data in one.frames]
        heard = [data for one in told for data in one.answers] + corpus.answers()
        self.kinds = {
            "frame": Kind(said, decode_frame),
            "answer": Kind(heard, decode_answer),
            "hello": Kind(corpus.HELLOS, decode_hello),
            "welcome": Kind(corpus.WELCOMES, decode_welcome, SessionLostError),
            "control": Kind(corpus.CONTROLS, decode_control),
            "status": Kind(corpus.STATUSES, decode_status),
        }

    def round(self, chance: random.Random) -> None:
        stream = []
        for _ in range(ROUND):
            of = chance.choice(list(self.kinds))
            data = self.kinds[of].mutant(chance)
            stream.append(data)
            read_as = of if chance.random() < 0.9 else chance.choice(list(self.kinds))
            self.judge(read_as, data)
        self.check_stream(chance, stream)

    def judge(self, name: str, data: bytes) -> None:
        self.progress.note(data)
        kind = self.kinds[name]
        try:
            value = kind.decode(data)
        except kind.errors as error:
            self.tally.counts["refused"] += 1
            self.tally.errors[type(error).__name__] += 1
        else:
            self.tally.counts["executed"] += 1
            self.tally.counts["decoded"] += 1
            self.tally.executed[name] += 1
            again = encode(value)
            assert name == "status" or encode(kind.decode(again)) == again, f"the {name} does not arrive as it left"
        assert type(frame_number(data)) is int

    def check_stream(self, chance: random.Random, frames: list[bytes]) -> None:
        """However a stream is cut on its way, the same frames come of it."""
        rest = memoryview(b"".join(map(framed, frames)))
        reader, got = FrameReader(), []
        while rest:
            size = chance.choice((1, 3, 4, 5, 50, 5000, 100_000))
            got += reader.feed(bytes(rest[:size]))
            rest = rest[size:]
        assert got == frames, "the frames of a stream are others"

    def alone(self, data: bytes) -> None:
        for name in self.kinds:
            self.judge(name, data)

    def end(self) -> None:
        """Nothing can be left."""


# -------------------------------------------------------------------------------------------- level: client


def is_readable(answer: bytes) -> bool:
    try:
        decode_answer(answer)
    except ProtocolError:
        return False
    return True


class BadLine:
    """A channel to an interpreter of this process that changes the answers."""

    def __init__(self, level: InClient, chance: random.Random) -> None:
        self.received = 0
        self.may_be_cut = False
        self._level = level
        self._chance = chance
        self.interpreter = Interpreter("here", conversing.MemoryStore())
        self.interpreter.open(NAME)
        self.unreadable = False
        """An answer was given that cannot be read."""
        self._taken: bytes | None = None
        self._answers: list[bytes] = []
        self._given: list[bytes] = []

    def send(self, data: bytes, number: int) -> None:
        if data is self._taken:
            return
        self._taken = data
        frame = decode_frame(data)
        executed = -1
        while executed < len(frame.messages):
            reply = self.interpreter.execute(NAME, frame, max(executed, 0), self._chance.choice((0.0, math.inf)))
            executed = reply.executed
            self._answers += self._level.garbled(self._chance, encode(reply))

    def pump(self, timeout: float | None) -> list[bytes]:
        if not self._answers:
            raise ConnectionResetError("all is said")  # what is missing now will never come
        self._given = list(self._answers)
        self.unreadable = self.unreadable or not all(map(is_readable, self._given))
        return self._given

    def wake(self) -> None:
        pass

    def confirm(self, answers: Sequence[bytes], beside: int = 0) -> None:
        if answers is self._given:
            del self._answers[: len(answers)]
            self.received += len(answers)
            self._given = []

    def push(self) -> None:
        pass

    def backlog(self) -> int:
        return 0

    def fileno(self) -> int:
        return -1

    def close(self) -> None:
        self._answers = []

    drop = abandon = close


class InClient:
    """Answers are changed, and the session that hears them may break, by errors that are documented."""

    def __init__(self, progress: Progress, tally: Tally) -> None:
        self.progress = progress
        self.tally = tally
        told = corpus.conversations()
        self._heard = [data for one in told for data in one.answers] + corpus.answers()
        self._mutator = Mutator(map(plain, self._heard))
        logging.getLogger("ray_proxy").addHandler(logging.NullHandler())  # errors that nobody asks for are logged

    def round(self, chance: random.Random) -> None:
        until = self.tally.counts["answers"] + ROUND
        while self.tally.counts["answers"] < until:
            self.converse(chance)

    def garbled(self, chance: random.Random, answer: bytes) -> list[bytes]:
        """What is heard instead of an answer."""
        way = chance.random()
        if way < 0.5:
            return [answer]
        if way < 0.55:
            data = mutant(chance, answer)
        elif way < 0.6:
            data = chance.choice(self._heard)
        else:
            data = wire(self._mutator.mutate(chance, plain(answer)))
        self.tally.counts["answers"] += 1
        self.progress.note(data)
        return chance.choice(([data], [data], [data, answer], [answer, data], [answer, answer]))

    def converse(self, chance: random.Random) -> None:
        line = BadLine(self, chance)
        env = conversing.connect(line, NAME, line.interpreter.store)
        value: Any = None
        for _ in range(12):
            step = chance.choice(STEPS)
            value = self.judge(lambda: step(env, value))  # noqa: B023
            self.tally.counts["steps"] += 1
            assert env.session.is_broken() or not line.unreadable, "the session goes on after what it cannot read"
            if env.session.is_broken():
                self.tally.counts["broken"] += 1
                break
        value = None
        self.judge(env.session.tick)
        self.judge(lambda: env.sync(timeout=5))
        self.judge(env.destroy)

    def end(self) -> None:
        """Nothing can be left."""

    def judge(self, step: Callable[[], Any]) -> Any:
        try:
            return step()
        except BaseException as error:
            self.tally.errors[type(error).__name__] += 1
            # What user code raised, and what the unpickling of a changed value raises, may be anything.
            line = traceback.extract_tb(error.__traceback__)[-1]
            documented = (RayProxyError, TimeoutError, *DOCUMENTED.get(line.name, ()))
            theirs = is_remote(error) or not line.filename.startswith(PACKAGE)
            if not theirs and line.name not in ("_unpickle", "_explain_missing") and not isinstance(error, documented):
                raise AssertionError(f"{line.name} raises {error!r:.300}") from error
            return None


def is_remote(error: BaseException | None) -> bool:
    """Whether it has come from there: then the last one in its chain says so."""
    while error is not None:
        if isinstance(error, RemoteTraceback):
            return True
        error = error.__cause__ or error.__context__
    return False


DOCUMENTED = {
    **dict.fromkeys(("attribute", "_find"), (AttributeError,)),
    **dict.fromkeys(("next_item", "__next__"), (StopIteration,)),
    "__int__": (TypeError, ValueError, OverflowError),
}
"""What the data model of Python wants raised. That ``int(v)`` is no int, no session can know before."""


STEPS: list[Callable[[Any, Any], Any]] = [
    lambda env, value: env.put([1, "two", b"three"]),
    lambda env, value: env.put("text").fetch(),
    lambda env, value: env.run(playground.number, (5,)),
    lambda env, value: env.run(playground.number, (5,)).double().fetch(),
    lambda env, value: env.run(playground.fails, ("own",)).fetch(),
    lambda env, value: env.run(playground.fails, ("large",)),
    lambda env, value: value + 1,
    lambda env, value: len(value),
    lambda env, value: repr(value),
    lambda env, value: bool(value == 3),
    lambda env, value: [item.fetch() for item in itertools.islice(value, 5)],
    lambda env, value: list(itertools.islice(env.put([*range(40)]), 30)),
    lambda env, value: next(env.run(playground.count, (3,))).fetch(),
    lambda env, value: env.instance_names(),
    lambda env, value: env.put_named("name", value),
    lambda env, value: value.__setitem__(0, 5),
    lambda env, value: value.fetch(timeout=5),
    lambda env, value: value.__iadd__([1]),
    lambda env, value: env.sync(timeout=5),
    lambda env, value: env.session.lease(handle_of(env.put(1))),
    lambda env, value: int(env.put(4) + 1),
    lambda env, value: isinstance(env.run(playground.row), playground.Row),
    lambda env, value: env.put(bytes(2_100_000)).fetch(),
    lambda env, value: env.run(playground.row).__enter__(),
    lambda env, value: 3 in env.put([1, 2, 3]),
    lambda env, value: env.session.fetch(env.session.claim(f"{NAME}.1.x")),
    lambda env, value: env.delete_unnamed_vars(),
]

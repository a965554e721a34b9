"""The level of message logs: changed at random, they are shown, compared, replayed, recovered and restored."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import random
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import conversing
import corpus
import playground
from conversing import NAME, renamed
from fuzzing import ROUND, Clock, Progress, Tally, is_bounded, is_growing, is_outgrown
from mutation import INTEGERS, SCALARS, STRINGS, Mutator, mutant, plain, spliced, wire

from ray_proxy.errors import LogError, ProtocolError
from ray_proxy.interpreter.interpreter import DEEPEST, Interpreter
from ray_proxy.logs import recovery, replayer
from ray_proxy.logs.operations import Operation, events
from ray_proxy.logs.parting import part
from ray_proxy.logs.reader import Log
from ray_proxy.logs.rebuilding import Recovery, restore
from ray_proxy.logs.records import MAGIC, Answered, Began, Ended, Opened, Part, Recovered, Sent, Stopped, Value
from ray_proxy.logs.replaying import replay
from ray_proxy.logs.store import RecordingStore
from ray_proxy.logs.writer import Writer
from ray_proxy.protocol import MAJOR, MINOR, Frame, Reply, decode_frame, encode
from ray_proxy.tools import cli

STORED = Path(__file__).parent.parent / "logs" / "v1"
SECONDS = [float("nan"), float("inf"), float("-inf"), 1e300, -1e18, 2.6e11, -1.0, 0.0, 1e9, 2.5e11]
TAGS = ["began", "opened", "sent", "answered", "ended", "part", "value", "left", "restored", "recovered", "stopped"]
LENGTHS = [0, 1, 7, 8, 2**16, 2**24, 2**26, 2**26 + 2**20, 2**31 - 1, 2**31, 2**32 - 1]
LARGEST = 8 * 1024 * 1024
"""Bytes of a mutant: more would take long to be read again and again."""


class Bounded(Interpreter):
    """Lets go of a session in which something has become large: what is done with it could take long."""

    def execute(self, session: str, frame: Frame, *args: Any, **more: Any) -> Reply:
        reply = super().execute(session, frame, *args, **more)
        if is_growing(frame) and any(map(is_outgrown, self._sessions[session].table.values())):
            self.open(session)
        return reply


class Original:
    """A log that was recorded: the content of its records. `safe`: its code is that of the playground alone."""

    def __init__(self, data: bytes, safe: bool) -> None:
        self.safe = safe
        self.records: list[bytes] = []
        at = len(MAGIC)
        while at < len(data):
            length = int.from_bytes(data[at : at + 4], "big")
            self.records.append(data[at + 8 : at + 8 + length])
            at += 8 + length


def file_of(records: list[bytes]) -> bytes:
    return MAGIC + b"".join(map(framed, records))


def framed(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + zlib.crc32(data).to_bytes(4, "big") + data


def recorded(chance: random.Random, told: list[conversing.Told], path: Path) -> bytes:
    """The log of an interpreter to which this was said, by a client after the other, and nested in each other."""
    clock = Clock()
    writer = Writer(str(path), Began(clock.now, MAJOR, MINOR, "interpreter", "here", "here", 1, "3", True))
    memory = conversing.MemoryStore()
    interpreter = Bounded("here", RecordingStore(memory, writer, inside=True), clock)
    for number, one in enumerate(told):
        name = f"session{number}"
        writer.write(Opened(clock.now, name, f"client {number}", "worker"))
        interpreter.open(name)
        memory.provide(name)
        waiting: list[tuple[Frame, int]] = []
        for data in one.frames:
            data = renamed(data, name)
            frame = decode_frame(data)
            clock.now += chance.choice((0.0, 0.1, 50.0))
            outer = waiting[-1] if waiting else None
            within = None if outer is None else (name, outer[0].number, outer[1])
            writer.write(Sent(clock.now, name, data, within))
            if len(waiting) < 2 and len(frame.messages) > 1 and chance.random() < 0.2:
                stop = chance.randrange(1, len(frame.messages))
                writer.write(Answered(clock.now, name, encode(interpreter.execute(name, frame, stop=stop))))
                waiting.append((frame, stop))
                continue
            answer(chance, interpreter, writer, clock.now, name, frame, 0)
            if waiting and chance.random() < 0.5:
                answer(chance, interpreter, writer, clock.now, name, *waiting.pop())
        if chance.random() < 0.2:
            writer.write(Recovered(clock.now, 5))
        if chance.random() < 0.5:
            for frame, start in reversed(waiting):
                answer(chance, interpreter, writer, clock.now, name, frame, start)
            writer.write(Ended(clock.now, name))
            interpreter.close(name)
    if chance.random() < 0.5:
        writer.write(Stopped(clock.now, ""))
    writer.abandon()
    for number in range(len(told)):
        interpreter.close(f"session{number}")
    content = path.read_bytes()
    path.unlink()
    return content


def answer(
    chance: random.Random, interpreter: Interpreter, writer: Writer, now: float, name: str, frame: Frame, start: int
) -> None:
    executed = start if frame.messages else -1
    while executed < len(frame.messages):
        reply = interpreter.execute(name, frame, max(executed, 0), chance.choice((0.0, 1e9, 1e9)))
        executed = reply.executed
        writer.write(Answered(now, name, encode(reply)))


class InLog:
    """A log is read to its end, or `LogError` says why it is not; and what is read of it can be executed."""

    def __init__(self, progress: Progress, tally: Tally) -> None:
        self.progress = progress
        self.tally = tally
        chance = random.Random("logs")
        told = corpus.conversations()
        several = [chance.sample(told, 2) for _ in range(20)]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "log"
            logs = [recorded(chance, group, path) for group in [*([one] for one in told), *several]]
        small = [Original(data, True) for data in logs if len(data) < 200_000]
        self.originals = [*small, *(Original(path.read_bytes(), False) for path in sorted(STORED.glob("*.rplog")))]
        self.large = [Original(data, True) for data in logs if len(data) >= 200_000]
        records = [record for one in self.originals for record in one.records]
        trees = [tree for tree in map(plain, records) if tree[0] in ("sent", "answered")]
        self.mutator = Mutator([said for said in map(tree_of, (tree[3] for tree in trees)) if isinstance(said, list)])
        self.records = records
        self.path = f"/dev/shm/ray-proxy-fuzz-{os.getpid()}.rplog"
        replayer.Interpreter = Bounded  # type: ignore[misc]
        gc.collect()
        self.numbers = len(playground.Number.alive)

    # ------------------------------------------------------------------------------------------- mutants

    def mutant(self, chance: random.Random, original: Original) -> tuple[bytes, bool]:
        """A changed log; and whether its code is that of the playground."""
        records, safe = list(original.records), original.safe
        for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
            safe = self.change(chance, records) and safe
        data = file_of(records)
        way = chance.random()
        if way < 0.06:
            data = data[:24] + mutant(chance, data[24:])
        elif way < 0.1:
            data = data[: chance.randrange(len(data))]
        elif way < 0.12:
            data += bytes(chance.choice((1, 7, 8, 9, 100, 5000)))
        elif way < 0.14:
            data += chance.randbytes(chance.choice((1, 8, 20, 5000)))
        elif way < 0.17:
            at = len(file_of(records[: chance.randrange(len(records) + 1)]))
            data = data[:at] + chance.choice(LENGTHS).to_bytes(4, "big") + data[at + 4 :]
        elif way < 0.18:
            other = chance.choice(self.originals)
            data, safe = spliced(chance, data, file_of(other.records)), safe and other.safe
        return data, safe

    def change(self, chance: random.Random, records: list[bytes]) -> bool:
        """Change a record, or where it stands; whether what stands there now is of the playground alone."""
        if not records:
            return True
        at, other = chance.randrange(len(records)), chance.randrange(len(records))
        way = chance.random()
        if way < 0.5:
            records[at] = self.deeply(chance, records[at])
        elif way < 0.7:
            records[at] = self.fields(chance, records[at])
        elif way < 0.74:
            records[at] = mutant(chance, records[at])
        elif way < 0.79:
            records[at], records[other] = records[other], records[at]
        elif way < 0.84:
            records.insert(other, records[at])
        elif way < 0.88:
            del records[at : at + chance.choice((1, 1, 2, 5))]
        elif way < 0.9:
            records[at:at] = records[other : other + 20]
        elif way < 0.92:
            records.insert(at, chance.choice(self.records))
            return False
        elif way < 0.94:
            source = chance.choice(self.originals)
            records[at:] = source.records[chance.randrange(len(source.records)) :]
            return source.safe
        elif way < 0.96:
            token = chance.choice(("bulk1", "x"))
            number = chance.choice([0, 1, 2, *INTEGERS])
            kind: Any = (Part, Value)[chance.randrange(2)]
            with contextlib.suppress(OverflowError):
                records.insert(at, encode(kind(token, number, b"\x80\x05N.") if kind is Part else kind(token, number)))
        elif way < 0.98:
            records.insert(at, wire(chance.choice([["tomorrow", 1, {}], ["stopped", 1.0, "x"], ["sent"], []])))
        else:
            within = [NAME, chance.choice([1, 2, *INTEGERS]), chance.choice([0, 1, *INTEGERS])]
            tree = tree_of(records[at])
            if isinstance(tree, list) and tree and tree[0] == "sent":
                records[at] = wire([*tree[:4], within])
        return True

    def deeply(self, chance: random.Random, record: bytes) -> bytes:
        """The frame or answer in it is another one."""
        tree = tree_of(record)
        if not isinstance(tree, list) or len(tree) < 4 or tree[0] not in ("sent", "answered"):
            return self.fields(chance, record)
        said = tree_of(tree[3]) if isinstance(tree[3], bytes) else None
        if not isinstance(said, list) or chance.random() < 0.1:
            tree[3] = mutant(chance, tree[3]) if isinstance(tree[3], bytes) else tree[3]
        elif tree[0] == "answered" and len(said) > 2 and chance.random() < 0.3:
            number = said[2] if isinstance(said[2], int) else 0
            said[2] = chance.choice([min(number + 1, 2**64 - 1), max(number - 1, 0), *INTEGERS])
            tree[3] = wire(said)
        else:
            with contextlib.suppress(OverflowError, UnicodeEncodeError):
                tree[3] = wire(self.mutator.mutate(chance, said))
        return wire(tree)

    def fields(self, chance: random.Random, record: bytes) -> bytes:
        """One of its fields is another one."""
        tree = tree_of(record)
        if not isinstance(tree, list) or not tree:
            return mutant(chance, record)
        at, way = chance.randrange(len(tree)), chance.random()
        if at == 0:
            tree[0] = chance.choice(TAGS if way < 0.7 else STRINGS)
        elif isinstance(tree[at], float) or way < 0.2:
            tree[at] = chance.choice(SECONDS)
        elif way < 0.4:
            tree[at] = chance.choice(INTEGERS)
        elif way < 0.6:
            tree[at] = chance.choice([*STRINGS, "session0", "session1", "session9"])
        elif way < 0.7:
            tree[at] = chance.choice(SCALARS)
        elif way < 0.8:
            del tree[at:]
        elif way < 0.9:
            other = tree_of(chance.choice(self.records))
            tree[at] = chance.choice(other)
        else:
            tree.append(chance.choice([*SCALARS, *SECONDS, *INTEGERS]))
        return wire(tree)

    # ------------------------------------------------------------------------------------------- rounds

    def round(self, chance: random.Random) -> None:
        until = self.tally.judged() + ROUND
        while self.tally.judged() < until:
            original = chance.choice(self.originals if chance.random() < 0.99 else self.large)
            data, safe = self.mutant(chance, original)
            if data != file_of(original.records) and len(data) < LARGEST:
                self.judge(chance, data, original, safe)
        playground.tidy()
        gc.collect()
        left = len(playground.Number.alive) - self.numbers
        assert not left, f"{left} numbers are left after all logs were read"

    def judge(self, chance: random.Random, data: bytes, original: Original, safe: bool) -> None:
        self.progress.note(data)
        frames, whole = self.read(data)
        self.tally.counts["executed" if whole else "refused"] += 1
        self.attempt("show", lambda: show(data, chance.choice((None, 3, 2**63))), whole)
        self.attempt("diff", lambda: diff(data, file_of(original.records), chance.random() < 0.5), whole)
        if chance.random() < 0.02:
            self.command(chance, data, safe and all(map(is_bounded, frames)))
        if not safe:
            return
        if not all(map(is_bounded, frames)):
            self.tally.counts["withheld"] += 1
            return
        volatile = chance.choice(((), (), ("v3", "#5", "*.double*"), ("v1", "*")))
        report = self.attempt("replay", lambda: replay(data, volatile=volatile, by_type=chance.random() < 0.2))
        assert not report or whole, "a log that cannot be read to its end is as recorded"
        work = chance.choice((self.recover, self.restore, None))
        if work is not None:
            self.attempt(work.__name__, lambda: work(chance, data), None)

    def read(self, data: bytes) -> tuple[list[Frame], bool]:
        """The frames of a log that can be read, and whether it was read to its end."""
        frames, whole = [], False
        with contextlib.suppress(LogError):
            for record in Log(data):
                if isinstance(record, Sent):
                    with contextlib.suppress(ProtocolError):
                        frames.append(decode_frame(record.data))
            whole = True
        return frames, whole

    def attempt(self, what: str, work: Callable[[], Any], whole: bool | None = None) -> Any:
        """Its result, or None where `LogError` says that there is none. Nothing else may be raised."""
        try:
            result = work()
        except LogError as error:
            self.tally.failed[what] += 1
            self.tally.errors[type(error).__name__] += 1
            text = str(error)
            assert 0 < len(text) < 2000, f"{what} tells {len(text)} characters: {text:.500}"
            return None
        except BaseException as error:
            raise AssertionError(f"{what} raises {type(error).__name__}") from error
        self.tally.executed[what] += 1
        assert whole is not False or what == "diff", f"{what} says nothing of what is damaged"
        return result

    def recover(self, chance: random.Random, data: bytes) -> None:
        recovery._require_all(Log(data), False)
        rebuilt = Recovery(Log(data), Bounded("here", conversing.MemoryStore(), Clock()))
        progress: list[int] | None = [0] * (2 * DEEPEST + 1)
        if chance.random() < 0.5:
            number = chance.randrange(rebuilt.frames + 1)
            progress = [1, number, chance.choice([0, 1, 2, *INTEGERS[:16]]), *[0] * (2 * DEEPEST - 2)]
        elif chance.random() < 0.3:
            progress = None
        list(rebuilt.answers(progress, conversing.MemoryStore()))
        list(rebuilt.values())

    def restore(self, chance: random.Random, data: bytes) -> None:
        client = chance.choice(("", "", "client 1", "nobody"))
        restore(Log(data), Bounded("here", conversing.MemoryStore(), Clock()), client)

    def command(self, chance: random.Random, data: bytes, harmless: bool) -> None:
        """The same, as the command does it, of a file."""
        with open(self.path, "wb") as file:
            file.write(data)
        options = [["show"], ["show", "--long"], ["show", "--json"], ["show", "--errors"], ["show", "--variable", "v3"]]
        options += [["diff", self.path], *([["replay"], ["replay", "--volatile", "*"]] if harmless else [])]
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                code = self.attempt("command", lambda: cli.main(["log", *chance.choice(options), self.path]))
            assert code in (0, 1), f"the command exits with {code}"
        finally:
            os.unlink(self.path)

    def alone(self, data: bytes) -> None:
        self.judge(random.Random(0), data, self.originals[0], True)

    def end(self) -> None:
        """Nothing can be left."""


def tree_of(data: bytes) -> Any:
    """What plain MessagePack makes of it; None where it is none."""
    try:
        return plain(data)
    except Exception:
        return None


def show(data: bytes, variable: int | None) -> None:
    for event in events(Log(data)):
        time.strftime("%Y", time.localtime(event.time))
        if isinstance(event, Operation):
            json.dumps(event.as_dict())
            assert str(event).isprintable(), f"the text of an operation does something to a terminal: {str(event)!r}"
            if variable is not None:
                event.concerns(variable)


def diff(one: bytes, other: bytes, turned: bool) -> None:
    part(*map(Log, (other, one) if turned else (one, other)))

"""The level `socket`: frames, hellos and requests of control go through a server."""

from __future__ import annotations

import contextlib
import gc
import itertools
import os
import queue
import random
import socket
import threading
import time
from collections.abc import Iterator

import conversing
import corpus
import playground
from conversing import renamed
from fuzzing import (
    LEASE,
    NAMED,
    ROUND,
    SOON,
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
from mutation import plain, wire

from ray_proxy.channels.socket import dial, framed, receive_frame
from ray_proxy.errors import ProtocolError, VersionError
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.protocol import (
    MAJOR,
    MINOR,
    Call,
    Claim,
    Del,
    DelNamed,
    Frame,
    GetAttr,
    Hello,
    Import,
    Interrupt,
    Message,
    Names,
    Ref,
    Refused,
    Reply,
    decode_answer,
    decode_control,
    decode_frame,
    decode_hello,
    decode_status,
    decode_welcome,
    encode,
)
from ray_proxy.server.server import Server
from ray_proxy.values.codec import Codec

LONGEST = 60_000
"""A longer hello or request of control is refused for its length, before it is read."""
WAITS: list[Message] = [Import(8, "playground"), GetAttr(8, Ref(8), "after_a_turn"), Call(8, Ref(8)), Del([8])]
"""The interpreter has its event loop from then on."""


class Peer:
    """A client's connection, as bare as can be."""

    def __init__(self, server: Server, name: str) -> None:
        self.name = name
        self.number = 0
        self.answers = 0
        """How many it has taken; the server keeps those of which it has not heard so."""
        self.connection = dial(server.address, server.key, same_node=True)
        self.connection.sendall(framed(encode(Hello(MAJOR, MINOR, name))))
        decode_welcome(self.hear())

    def hear(self) -> bytes:
        try:
            return receive_frame(self.connection, time.monotonic() + SOON, 2**31)
        except TimeoutError:
            raise AssertionError(f"no answer comes within {SOON} s") from None

    def say(self, data: bytes) -> None:
        self.connection.settimeout(SOON)
        self.connection.sendall(framed(data))

    def is_cut(self) -> bool:
        """Whether the server closes the connection, and says nothing more."""
        self.connection.settimeout(SOON)
        try:
            return self.connection.recv(1) == b""
        except TimeoutError:
            return False
        except ConnectionError:
            return True

    def ask(self, messages: list[Message]) -> Reply:
        """The whole reply to these, put together where it comes bit by bit."""
        self.number += 1
        self.say(encode(Frame(self.number, messages, [], self.answers)))
        whole = Reply(self.number, -1)
        while whole.executed < len(messages):
            part = decode_answer(self.hear())
            self.answers += 1
            assert isinstance(part, Reply), f"the answer is {part!r:.300}"
            failures = [(index, len(whole.errors) + at) for index, at in part.failures]
            values, failures = whole.values + part.values, whole.failures + failures
            whole = Reply(part.frame, part.executed, values, failures, whole.errors + part.errors)
        return whole

    def leave(self) -> None:
        with contextlib.suppress(OSError):
            self.say(b"")
        self.connection.close()


class OverSocket:
    """The server runs on the main thread, as in an actor; what is said comes from another one."""

    PEERS = 3

    def __init__(self, progress: Progress, tally: Tally) -> None:
        self.progress = progress
        self.tally = tally
        self.clock = Clock()
        self.interpreter = Interpreter("here", conversing.MemoryStore(), self.clock, LEASE)
        self.tables = Tables(self.interpreter)
        self.source = Source(corpus.conversations())
        self.hellos = Kind(corpus.HELLOS, decode_hello)
        self.controls = Kind(corpus.CONTROLS, decode_control)
        self.starts: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self.server = Server(self.interpreter, "here", lambda: self.starts.put(True), grace=0.2)
        self.names: Iterator[str] = iter(())
        self.witness: Peer | None = None
        self.control: socket.socket | None = None

    def begin(self) -> None:
        self.witness = Peer(self.server, "witness")
        self.witness.ask([*WITNESS, *WAITS])
        self.witnessed = same(self.witness.ask(WITNESSED))
        self.kept = self.tables.identities("witness")
        self.numbers = len(playground.Number.alive)
        self.resources = self.taken()

    @staticmethod
    def taken() -> dict[str, int]:
        """What of the system this process has taken."""
        return {"file descriptors": len(os.listdir("/proc/self/fd")), "threads": threading.active_count()}

    def round(self, chance: random.Random) -> None:
        if self.witness is None:
            self.begin()
        self.names = (f"{self.progress.round:05d}{number:03d}" for number in itertools.count())
        peers: list[Peer | None] = [None] * self.PEERS
        turns = [self.conversation(chance) for _ in peers]
        until = self.tally.judged() + ROUND
        while self.tally.judged() < until:
            said: dict[int, tuple[Peer, bytes, bool]] = {}
            for at, turn in enumerate(turns):
                peer = peers[at] = peers[at] or Peer(self.server, next(self.names))
                data, is_mutant = next(turn)
                data = renamed(renumbered(data, peer.number + 1), peer.name)
                if self.may_be_said(data):
                    said[at] = peer, data, is_mutant
            self.progress.note(b"".join(framed(data) for _, data, _ in said.values()))
            for peer, data, _ in said.values():
                peer.say(data)
            if chance.random() < 0.05:
                self.interrupt(chance, [peer for peer, _, _ in said.values()])
            for at, (peer, data, is_mutant) in said.items():
                if not self.judge(peer, data, self.tally if is_mutant else Tally()) or chance.random() < 0.01:
                    peer.leave()
                    peers[at] = None
            if chance.random() < 0.02:
                self.say_hello(chance)
        for left in peers:
            if left is not None:
                left.leave()
        self.end_round()

    def conversation(self, chance: random.Random) -> Iterator[tuple[bytes, bool]]:
        """Frames, and whether each is a mutant; others are as they were, so that those after them find variables."""
        while True:
            for original in self.source.conversation(chance):
                for _ in range(chance.choice((0, 1, 1, 2, 3))):
                    yield self.source.mutant(chance, original), True
                if chance.random() < 0.85:
                    yield original, False

    def may_be_said(self, data: bytes) -> bool:
        try:
            frame = decode_frame(data)
        except ProtocolError:
            return len(data) > 0  # a frame of no bytes is a goodbye
        if not is_bounded(frame):
            self.tally.counts["withheld"] += 1
            return False
        return True

    def judge(self, peer: Peer, said: bytes, tally: Tally) -> bool:
        """Hear what is answered; whether more can be said."""
        due = peer.number + 1
        try:
            frame = decode_frame(said)
        except ProtocolError as error:
            refused = check_refusal(said, error)
            answer = decode_answer(peer.hear())
            assert answer == refused, f"the answer to what cannot be read is {answer!r:.300}"
            peer.number += refused.frame == due
            tally.counts["refused"] += 1
            return True
        tally.counts["decoded"] += 1
        if frame.number != due:
            answer = decode_answer(peer.hear())
            assert isinstance(answer, Refused), f"the answer to another number is {answer!r:.300}"
            assert peer.is_cut(), "the connection goes on after a frame of another number"
            tally.counts["refused"] += 1
            return False
        peer.number = due
        failures: set[int] = set()
        executed = -1
        while executed < len(frame.messages):
            answer = decode_answer(peer.hear())
            assert isinstance(answer, Reply), f"the answer is {answer!r:.300}"
            check_reply(frame, answer, max(executed, 0), {peer.name})
            failures.update(index for index, _ in answer.failures)
            tally.errors.update(error.type_name for error in answer.errors)
            executed = answer.executed
        tally.note(frame, failures)
        if is_growing(frame) and any(map(is_outgrown, self.tables.of(peer.name).values())):
            self.tally.counts["outgrown"] += 1
            return False
        return True

    def interrupt(self, chance: random.Random, peers: list[Peer]) -> None:
        """Say something to the control connection, understandable or not."""
        if self.control is None:
            self.control = dial(self.server.address, self.server.key, same_node=True)
            self.control.sendall(framed(encode(Hello(MAJOR, MINOR, "", "control"))))
            decode_welcome(receive_frame(self.control, time.monotonic() + SOON))
        data = self.controls.mutant(chance)
        if peers and chance.random() < 0.5:
            peer = chance.choice(peers)
            data = encode(Interrupt(peer.name, [peer.number + 1]))
        if len(data) > LONGEST:
            return
        self.control.sendall(framed(data))
        try:
            decode_control(data)
        except ProtocolError:
            with contextlib.suppress(ConnectionError):
                assert self.control.recv(1) == b"", "what cannot be read is answered on a control connection"
            self.control.close()
            self.control = None
        else:
            status = decode_status(receive_frame(self.control, time.monotonic() + SOON))
            assert status["clients"] >= 1, f"the status is {status}"
        self.tally.counts["controls"] += 1

    def say_hello(self, chance: random.Random) -> None:
        """Say a hello that may not be understood, on a connection of its own, and leave."""
        data = renamed(self.hellos.mutant(chance), next(self.names))
        if len(data) > LONGEST:
            return
        self.progress.note(data)
        with dial(self.server.address, self.server.key, same_node=True) as connection:
            connection.sendall(framed(data))
            answer = receive_frame(connection, time.monotonic() + SOON)
            refusal = refusal_of(data)
            if refusal is not None:
                assert decode_answer(answer) == refusal, "a wrong hello is refused for another reason"
            elif decode_hello(data).resume and decode_hello(data).role == "frames":
                refused = decode_answer(answer)
                assert isinstance(refused, Refused), "a session is resumed that never was"
                assert refused.kind == "session"
            else:
                assert decode_welcome(answer).interpreter == "here"
                connection.sendall(framed(b""))
        self.tally.counts["hellos"] += 1

    def end_round(self) -> None:
        assert self.witness is not None
        self.clock.now += 2 * LEASE
        stale = Claim(99, "witness.1.nothing")  # looking for it ends all leases that are over
        self.witness.ask([stale, Del([99])])
        names = self.witness.ask([Names()]).values[0][1]
        fuzzed = [name for name in Codec().load(names) if name not in NAMED]
        self.witness.ask([DelNamed(name) for name in fuzzed])
        told = same(self.witness.ask(WITNESSED))
        assert told == self.witnessed, f"the witness hears {told!r:.500}"
        assert self.tables.identities("witness") == self.kept, "the witness's variables are others"
        playground.tidy()

    def end(self) -> None:
        """All sessions but the witness's are given up in a moment, and nothing is left of them."""
        assert self.witness is not None
        if self.control is not None:
            self.control.close()
        until = time.monotonic() + SOON
        while True:
            self.witness.ask([])
            gc.collect()
            left = {
                **{key: self.server.status()[key] for key in ("clients", "lost", "variables", "leases", "named")},
                "sessions": len(self.interpreter._sessions),
                "numbers": len(playground.Number.alive) - self.numbers,
                "interrupts": len(self.server._interrupts.interrupted),
                "cancelled": len(self.interpreter.coroutines.cancelled),
                "connections": len(self.server._door._strangers),
                **self.taken(),
            }
            wanted = {"clients": 1, "sessions": 1, "variables": len(self.kept), "named": len(NAMED), **self.resources}
            if left == {**dict.fromkeys(left, 0), **wanted}:
                break
            assert time.monotonic() < until, f"left after all sessions have ended: {left}"
            time.sleep(0.05)
        self.tables.check_idle()
        self.witness.leave()
        self.server.close()

    def serve(self) -> None:
        """Serve whenever there are clients; an error is the server's."""
        while True:
            self.starts.get()
            self.server.serve()


def refusal_of(hello: bytes) -> Refused | None:
    """How a hello is answered that cannot be read."""
    try:
        decode_hello(hello)
    except VersionError as error:
        return Refused(0, str(error), "version")
    except ProtocolError as error:
        return Refused(0, str(error))
    return None


def renumbered(data: bytes, number: int) -> bytes:
    """With the number that is due, where it has one of the corpus: else hardly a frame would be executed."""
    try:
        tree = plain(data)
        if 0 < tree[1] < 100:
            tree[1] = number
            return wire(tree)
    except Exception:  # no frame at all
        pass
    return data

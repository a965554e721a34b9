"""What clients and interpreters say to each other: recorded of real sessions, and written by hand what those never say.

The same at each run: sessions and tokens have fixed names, and no frame leaves by the clock.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pickle
import re
import threading
from collections.abc import Callable, Sequence
from typing import Any

import cloudpickle
import playground
from cable import CableInterpreter as Env
from mutation import SESSION
from playground import Buffer, Number

from ray_proxy import fetch
from ray_proxy.channels.loopback import LoopbackChannel
from ray_proxy.errors import BulkTransferError
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.interpreter.leases import lease_token
from ray_proxy.interpreter.operators import OPERATORS
from ray_proxy.protocol import (
    MAJOR,
    MINOR,
    Bulk,
    Bytes,
    Call,
    Claim,
    Clear,
    Declined,
    Del,
    DelNamed,
    Error,
    Fetch,
    Forget,
    Fork,
    Frame,
    GetAttr,
    GetNamed,
    Hello,
    Import,
    Inherit,
    Interrupt,
    Items,
    Iter,
    Kept,
    Lease,
    Message,
    Names,
    Op,
    Operand,
    Pickled,
    Put,
    Ref,
    Refused,
    Release,
    Reply,
    SetNamed,
    Status,
    Stored,
    Welcome,
    encode,
)
from ray_proxy.session.session import Session
from ray_proxy.session.ticker import ticker
from ray_proxy.values.codec import Codec, resolve
from ray_proxy.values.store import Store
from ray_proxy.var.interface import handle_of

NAME = SESSION
"""The session that says all this. Another of a name as long takes its place by `renamed`."""
SECRET = "0123456789abcdef0123456789abcdef"
PROGRAM = Callable[[Env, Env], None]


def renamed(data: bytes, name: str) -> bytes:
    """The same, said by the session of that name."""
    assert len(name) == len(NAME)
    return data.replace(NAME.encode(), name.encode())


class Reference:
    """A reference of `MemoryStore`."""

    def __init__(self, value: object) -> None:
        self.value = value


class MemoryStore:
    """Carries bulk values, as Ray's object store does, from this process to itself."""

    def __init__(self) -> None:
        self.left: dict[str, tuple[tuple[str, ...], Any]] = {}
        self.number = 0
        self._lock = threading.Lock()

    def provide(self, owner: str) -> None:
        """Leave a few things that frames of the corpus may take."""
        for value in ([1, 2], {"three": Number(4)}):
            self.leave([pickle.PickleBuffer(pickle.dumps(value))], owner)
            self.leave_value(value, owner)

    def _leave(self, thing: object, owners: tuple[str, ...]) -> str:
        with self._lock:
            self.number += 1
            token = f"bulk{self.number}"
            self.left[token] = (owners, thing)
        return token

    def _take(self, token: str) -> Any:
        if token not in self.left:
            raise BulkTransferError(f"there is nothing under {token[:100]!r}")
        return self.left.pop(token)[1]

    def leave(self, parts: Sequence[pickle.PickleBuffer], *owners: str) -> str:
        return self._leave([bytes(part) for part in parts], owners)

    def take(self, token: str) -> list[memoryview]:
        parts = self._take(token)
        if isinstance(parts, Reference):
            raise BulkTransferError("there is a reference under that token")
        return [memoryview(part) for part in parts]

    def leave_value(self, value: object, *owners: str) -> str:
        return self._leave(Reference(value), owners)

    def leave_ref(self, ref: Any, *owners: str) -> str:
        return self._leave(ref, owners)

    def take_ref(self, token: str) -> Any:
        ref = self._take(token)
        if not isinstance(ref, Reference):
            raise BulkTransferError("there is no reference under that token")
        return ref

    def get(self, ref: Any) -> object:
        return ref.value

    def is_ref(self, value: object) -> bool:
        return type(value) is Reference

    def discard(self, token: str) -> None:
        self.left.pop(token, None)

    def forget(self, owner: str) -> None:
        with self._lock:
            self.left = {token: (owners, thing) for token, (owners, thing) in self.left.items() if owner not in owners}


# ------------------------------------------------------------------------------------------------ recording


class Recorder(LoopbackChannel):
    """Notes what is sent, and what is answered."""

    def __init__(self, interpreter: Interpreter, session: str) -> None:
        super().__init__(interpreter, session)
        self.sent: list[bytes] = []
        self.heard: list[bytes] = []
        self._pumped: list[bytes] = []

    def send(self, data: bytes) -> None:
        if not self.sent or data is not self.sent[-1]:
            self.sent.append(data)
        super().send(data)

    def pump(self, timeout: float | None) -> list[bytes]:
        self._pumped = super().pump(timeout)
        return self._pumped

    def confirm(self) -> None:
        self.heard += self._pumped
        self._pumped = []
        super().confirm()


def connect(channel: Any, name: str, store: Store | None, interpreter: str = "here") -> Env:
    """A session of that name over that channel, whose frames leave only where a value is needed."""
    session = Session(store=store, env=Env)
    ticker.discard(session)
    session.name = session.codec.owner = name
    session.attach(channel, Welcome(MAJOR, MINOR, interpreter, "here", os.getpid()))
    env: Env = session.env()
    return env


class Told:
    """A conversation: what the client said, frame by frame, and what it heard. `weight`: how often it is taken."""

    def __init__(self, program: str, frames: list[bytes], answers: list[bytes], weight: float = 1.0) -> None:
        self.program = program
        self.frames = frames
        self.answers = answers
        self.weight = weight


def record(program: PROGRAM) -> Told:
    """Run a program with an interpreter of its own, and another one beside it."""
    store = MemoryStore()
    channels = [Recorder(Interpreter(name, store), name) for name in (NAME, "session9")]
    envs = [connect(channel, name, store, name) for channel, name in zip(channels, (NAME, "session9"))]
    try:
        program(*envs)
        envs[0].sync()
    finally:
        for env in envs:
            env.destroy()
    secrets: dict[bytes, bytes] = {}

    def fixed(found: re.Match[bytes]) -> bytes:
        return secrets.setdefault(found[0], f"{len(secrets):0{len(found[0])}x}".encode())

    # Of the same length each: what a token, or the address of an object, is by chance.
    said = [re.sub(rb"[0-9a-f]{32}|(?<=0x)[0-9a-f]+", fixed, data) for data in channels[0].sent + channels[0].heard]
    return Told(program.__name__, said[: len(channels[0].sent)], said[len(channels[0].sent) :])


# ------------------------------------------------------------------------------------------------- programs


def computes(env: Env, other: Env) -> None:
    box = env.module("playground")
    number: Any = box.number(3)
    mixed = [number + 1, 2 - number, number**2, number @ number, divmod(number, 4), number << 1, -number, ~number]
    mixed += [abs(number), round(number, 1), number // box.ONE, number & 6, 5 | number, box.right() < number]
    text = env.put("a text") + " and more"
    real = env.put(2.5) * 3
    assert fetch(text, real)[1] == 7.5
    assert int(number) == 3
    assert bool(mixed[0]), float(number)
    assert [complex(number), hash(number), len(text), f"{number:>4}", repr(number), str(mixed[1])]
    assert (env.put(10) > 3).fetch()


def works_in_place(env: Env, other: Env) -> None:
    box = env.module("playground")
    number: Any = box.number(4)
    number += 1
    number += 2
    number *= 3
    items: Any = env.put([1, 2])
    items += [3]
    whole: Any = env.put(1)
    whole += 2
    failed: Any = box.number(5)
    failed -= 13
    with contextlib.suppress(ArithmeticError):
        env.sync()
    assert fetch(items, whole) == ([1, 2, 3], 3)
    odd: Any = box.odd()
    with contextlib.suppress(BaseException):
        odd += 1
        odd.fetch()


def holds_items(env: Env, other: Env) -> None:
    row: Any = env.run(playground.row)
    row[7] = "seven"
    row["näme"] = env.put([1, 2, 3])
    del row[0]
    assert 7 in row, len(row)
    assert list(reversed(row)), dir(row)
    row.left = 5
    row.left.real.fetch()
    del row.left
    with contextlib.suppress(AttributeError):
        row.left.fetch()
    items: Any = env.put([1, "two", b"three", None, 4.5, [6], "y" * 300])
    assert [str(item) for item in items]
    assert items[1].fetch() == "two"
    items.append(row)
    assert items.pop().items.fetch()
    assert [part.fetch() for part in env.put((1, 2))]
    assert [letter.fetch() for letter in env.put("abc")]
    assert [one.fetch() for one in env.module("playground").SPAN]
    keys: Any = env.put({"a": 1, "b": [2]})
    assert [key.fetch() for key in keys.items()]
    assert bytes(env.put(b"x")) == b"x"


def iterates(env: Env, other: Env) -> None:
    box = env.module("playground")
    assert [number.fetch() for number in box.count(4)]
    for make in (box.count_and_fail, box.at_once, box.fails):
        with contextlib.suppress(BaseException):
            for item in make():
                item.fetch()
    assert list(box.bag(1, 2))
    with contextlib.suppress(BaseException):
        next(box.odd())


def calls(env: Env, other: Env) -> None:
    number = env.run(playground.number, (5,))
    more = number.add(2, twice=True)
    assert more.double().add(other=number).fetch()
    assert env.run(playground.arguments, (1, number, [number, {"k": more}]), {"b": more, "a": "text"}).fetch()
    assert env.remote(playground.identity)({"deep": [number, (more,)]}).fetch()
    assert env.put([number, {"k": more}]).fetch()
    assert env.put({1, "two", None}).fetch()
    assert env.put(Buffer(b"out of band" * 20)).data.fetch()
    assert env.put(b"\0" * 300).fetch()
    assert env.put("y" * 300).fetch()
    assert env.put(1 << 70).fetch()
    assert env.put(playground.Text("own")).fetch()


def fails(env: Env, other: Env) -> None:
    box = env.module("playground")
    for name in playground.ERRORS:
        failed = box.fails(name)
        with contextlib.suppress(BaseException):
            (failed + 1).fetch()
    for value in (box.fails_in_a_chain(), box.absent, env.module("nowhere.at_all"), env.put(1) / 0, box()):
        with contextlib.suppress(Exception):
            fetch(value, value + 1)
    for value in (box.DEEP, box.LONE, box.HUGE, box.odd(), box.count(3), box.nothing()):
        with contextlib.suppress(BaseException):
            value.fetch()
        with contextlib.suppress(BaseException):
            repr(value)
    with contextlib.suppress(Exception):
        box.number(1).other = 3
        env.sync()


def waits(env: Env, other: Env) -> None:
    box = env.module("playground")

    session, row, many = env.session, box.row(), box.count_asynchronously(1)
    assert box.after_a_turn([1]).fetch() == [1]
    with contextlib.suppress(BaseException):
        box.fails_after_a_turn("leaving").fetch()
    # As `async with` and `async for` ask, which would need an event loop of this thread, as the interpreter does.
    session.fetch(session.op("aenter", handle_of(row)))
    assert session.ask("aexit", handle_of(row), ValueError("swallowed"))
    ticks = session.op("aiter", handle_of(many))
    with contextlib.suppress(StopAsyncIteration):
        for _ in range(3):
            session.fetch(session.op("anext", ticks))
    with box.row() as seven:
        assert seven == 7
    with contextlib.suppress(ValueError), box.row():
        raise ValueError("swallowed")
    number: Any = env.put(5)
    with contextlib.suppress(TypeError), number:
        pass


def names(env: Env, other: Env) -> None:
    env.put_named("näme", [1, 2])
    env["other"] = env["näme"]
    assert env.instance_names() == ["näme", "other"]
    env["other"].append(3)
    del env["näme"]
    with contextlib.suppress(KeyError):
        env["näme"].fetch()
    env.delete_unnamed_vars()
    assert "other" in env
    env.put(2).fetch()


def leases(env: Env, other: Env) -> None:
    number = env.run(playground.number, (8,))
    failed = env.run(playground.fails)
    tokens = [env.session.lease(handle_of(var)) for var in (number, failed)]
    claimed = [env.session.claim(token) for token in tokens]
    assert env.session.fetch(claimed[0]) == Number(8)
    with contextlib.suppress(playground.OwnError):
        env.session.fetch(claimed[1])
    with contextlib.suppress(Exception):
        env.session.fetch(env.session.claim("session8.1.gone"))


def moves(env: Env, other: Env) -> None:
    number = env.run(playground.number, (2,))
    theirs = other.run(playground.number, (3,))
    assert (number + theirs).fetch()
    assert (theirs - number).fetch()
    assert (env.put(2) * theirs).fetch()
    assert number == theirs or number < theirs
    theirs += number
    other.put([number, env.put("text"), env.module("playground").TEXT * 300]).fetch()
    env.run(playground.arguments, (theirs, [theirs])).fetch()


def carries_bulk(env: Env, other: Env) -> None:
    large: Any = env.put(bytes(1_100_000))
    assert len(large) == 1_100_000
    assert len(env.module("playground").LARGE.fetch()) == 1_100_000
    reference = env.session.value(env.session.request(handle_of(large), "ref"))
    assert len(env.put(reference)) == 1_100_000
    other.put([env.module("playground").TEXT * 300]).fetch()


def is_eager(env: Env, other: Env) -> None:
    with env.eager():
        number: Any = env.run(playground.number, (2,))
        number += 1
        number.value = 5
        with contextlib.suppress(playground.OwnError):
            env.run(playground.fails)
    assert len(fetch(*[env.put(item) for item in range(40)])) == 40


_NUMBERS = ["²", "-1", "0", "", "9" * 25, "9" * 5000]
"""No numbers of leases."""
PROGRAMS: list[PROGRAM] = [
    *(computes, works_in_place, holds_items, iterates, calls, fails, waits, names, leases, moves, carries_bulk),
    is_eager,
]


# -------------------------------------------------------------------------------------------------- by hand


def by_hand() -> list[Told]:
    """What a session of this release never says, or not so: all operands, all forms, what a forked process asks."""
    token, second, third = (lease_token(NAME, number, SECRET) for number in (1, 2, 3))
    load: list[Message] = [Import(1, "playground"), GetAttr(2, Ref(1), "number"), Call(3, Ref(2), [5])]
    value = Codec().dump([1, {"two": 2}])
    told: dict[str, list[list[Message]]] = {
        "forks": [
            [*load, Put(4, value), Fork(token)],
            [Clear(), Fetch(Ref(3))],
            [Inherit(token), Release(token), Fetch(Ref(3)), Inherit(token)],
        ],
        "leases": [
            [*load, Lease(Ref(3), token), Lease(Ref(2), third), Lease(Ref(99), second)],
            [Claim(10, token), Claim(11, third), Claim(12, second), Fetch(Ref(10)), Del([10, 11, 12, 99])],
            [Inherit(token), Release(token), Claim(13, token)],
        ],
        "forgets": [[Put(1, Codec().dump(playground.identity)), Forget(["token", "x"]), Call(0, Ref(1), [5])]],
        "tokens": [
            [Put(1, 5), *(Lease(Ref(1), f"{NAME}.{number}.x") for number in _NUMBERS)],
            [Claim(id, f"{NAME}.{number}.x") for id, number in enumerate(_NUMBERS, 2)],
        ],
        "operands": [
            [Put(id, operand) for id, operand in enumerate(OPERANDS, 1)],
            [Put(0, operand) for operand in OPERANDS],
            [Call(0, Ref(99), OPERANDS, {f"key{at}": operand for at, operand in enumerate(OPERANDS)})],
            [Fetch(Ref(id)) for id in range(1, len(OPERANDS) + 1)],
        ],
        "forms": [
            [Put(1, value), Fetch(Ref(1)), Fetch(Ref(1), "value", "owner"), Fetch(Ref(1), "move", "session9")],
            [Fetch(Ref(1), "ref"), Fetch(Ref(1), "ref", "owner"), Fetch(Ref(2), "move")],
            [Put(1, Bytes(bytes(70_000))), Fetch(Ref(1), "move"), Fetch(Ref(1), "move", "session9")],
        ],
        "items": [
            [Put(1, Codec().dump([1, "two", b"three", [4]])), Iter(10, Ref(1), 0, 3), Iter(20, Ref(1), 3, 16)],
            [Iter(30, Ref(10), 0, 4), Iter(40, Ref(1), -1, 1), Op(2, "iter", [Ref(1)]), Iter(50, Ref(2), -1, 3)],
            [Iter(60, Ref(2), -1, 300), Op(3, "iter", ["abc"]), Iter(70, Ref(3), -1, 2), Fetch(Ref(70)), Names()],
        ],
        "names": [
            [SetNamed("a", 1), SetNamed("b", value), GetNamed(1, "a"), GetNamed(0, "b"), GetNamed(2, "c")],
            [DelNamed("a"), DelNamed("c"), Names(), SetNamed("a", Ref(1)), SetNamed("b", Ref(2)), Del([1, 2])],
        ],
        "long": [[Put(id, id) for id in range(1, 100)], [Op(id, "neg", [Ref(id)]) for id in range(1, 100)]],
        "empty": [[], [Del([])], [Clear()], [Names()]],
    }
    return [
        Told(
            f"{name}, by hand",
            [
                encode(Frame(at, messages, [["here"], [], ["a", "b"]][at % 3], at))
                for at, messages in enumerate(said, 1)
            ],
            [],
        )
        for name, said in told.items()
    ]


def of_operators() -> list[Told]:
    """Each operator, with operands of all kinds."""
    load: list[Message] = [
        *(Import(1, "playground"), GetAttr(2, Ref(1), "number"), Call(3, Ref(2), [5]), Call(4, Ref(2), [6])),
        *(GetAttr(5, Ref(1), "row"), Call(6, Ref(5)), GetAttr(7, Ref(1), "Number"), Put(8, Codec().dump([1, "two"]))),
        *(GetAttr(9, Ref(1), "count_asynchronously"), Call(10, Ref(9))),
    ]
    shapes: list[list[list[Operand]]] = [
        [[2, 3], [Ref(3)]],
        [[Ref(3), 2], [Ref(3), Ref(4)]],
        [[Ref(6)], [Ref(6), 0], [Ref(6), 0, "item"], [Ref(6), None]],
        [[Ref(8), 1], [Ref(7), Ref(7)], [Ref(3), "value"], [Ref(10)]],
    ]
    frames = [
        [encode(Frame(1, [Op(0, name, shape[0]), *(Op(id, name, args) for id, args in enumerate(shape, 20))]))]
        for name in sorted(OPERATORS)
        for shape in shapes
    ]
    return [
        Told(f"operators {at}", [encode(Frame(1, load)), *itertools.chain(*frames[at : at + 8])], [], weight=0.3)
        for at in range(0, len(frames), 8)
    ]


class _Stand:
    """Stands in a pickle for a variable."""

    def __init__(self, id: int) -> None:
        self.id = id

    def __reduce__(self) -> Any:
        return resolve, (self.id,)


_NESTED = Codec().dump({"one": _Stand(1), "many": [_Stand(2), (_Stand(3),)]})
OPERANDS: list[Operand] = [
    *(None, True, False, 0, -(2**63), 2**64 - 1, 1.5, float("inf"), "", "naïve ☃", "x" * 300, Bytes(b"")),
    *(Bytes(bytes(range(256))), Ref(1), Ref(4), _NESTED, Codec().dump(Number(4)), Codec().dump(Buffer(b"b" * 50))),
    *(Codec().dump(playground.OwnError("sent")), Codec().dump(playground.identity), Codec().dump("\udc80")),
    *(Pickled(b"", []), Pickled(b"\x80\x05]q\0.", [bytearray(b"b")]), Bulk("bulk1", 9), Stored("bulk2")),
    *(Codec().dump({1, (2, "three")}), Codec().dump(slice(1, 2)), Codec().dump(1 << 70), Codec().dump(3 + 4j)),
]


def conversations() -> list[Told]:
    """All of them."""
    return [*map(record, PROGRAMS), *by_hand(), *of_operators()]


ERROR = Error(
    NAME, 3, 0, "ValueError", "ValueError('x')", "Traceback…", Pickled(cloudpickle.dumps(ValueError("x")), [])
)


def answers() -> list[bytes]:
    """Replies and refusals that the recorded ones do not have."""
    return [
        encode(answer)
        for answer in (
            Reply(1, 0),
            Reply(3, 2, [(0, 1), (1, Ref(2))], [(1, 0)], [ERROR]),
            Reply(1, 1, [(0, Items([None, True, 1, 1.5, "text", Bytes(b"x"), Kept()], end=True, frozen=True))]),
            Reply(2, 3, [(0, Declined()), (1, Bulk("bulk1", 9)), (2, Stored("bulk2"))]),
            Reply(2**63, 2**64 - 1, [(0, Bytes(b"x"))], [(0, 0), (0, 1)], [ERROR, ERROR]),
            Refused(0, "not understood"),
            Refused(3, "not understood", "session"),
            Refused(0, "of another version", "version"),
        )
    ]


HELLOS = [
    encode(hello)
    for hello in (
        Hello(MAJOR, MINOR, NAME),
        Hello(MAJOR, MINOR, NAME, "frames", "client", "ab" * 28, True, 3),
        Hello(MAJOR, MINOR + 1, "", "control", "client"),
        Hello(MAJOR + 1, MINOR, NAME),
    )
]
WELCOMES = [
    encode(Welcome(MAJOR, MINOR, "interpreter", "host", 1234, 30.0, 5)),
    encode(Welcome(MAJOR + 1, MINOR, "interpreter", "host", 1234)),
    encode(Refused(0, "refused")),
    encode(Refused(0, "refused", "version")),
    encode(Refused(0, "refused", "session")),
]
CONTROLS = [encode(Status()), encode(Interrupt(NAME, [1, 2, 3])), encode(Interrupt("", []))]
STATUSES = [encode({"variables": 3, "busy": True, "host": "here", "more": {"deep": [1, None, 2.5]}})]

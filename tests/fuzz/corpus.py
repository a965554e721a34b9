"""What clients and interpreters say to each other: recorded of real sessions, and written by hand what those never say.

The same at each run: sessions and tokens have fixed names, and no frame leaves by the clock.
"""

from __future__ import annotations

import itertools
from typing import Any

import cloudpickle
import playground
from conversing import NAME, Told, record
from corpus_programs import PROGRAMS
from playground import Buffer, Number

from ray_proxy.interpreter.leases import lease_token
from ray_proxy.interpreter.operators import OPERATORS
from ray_proxy.protocol import (
    MAJOR,
    MINOR,
    Bulk,
    Bytes,
    Call,
    Cancel,
    Claim,
    Clear,
    Code,
    Declined,
    Del,
    DelNamed,
    Describe,
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
    Module,
    Names,
    Op,
    Operand,
    Output,
    Pickled,
    Prompt,
    Put,
    Ref,
    Refused,
    Release,
    Reply,
    Resource,
    SetNamed,
    Status,
    Stored,
    Tell,
    Welcome,
    Written,
    encode,
)
from ray_proxy.values.codec import Codec, resolve

SECRET = "0123456789abcdef0123456789abcdef"


_NUMBERS = ["²", "-1", "0", "", "9" * 25, "9" * 5000]
"""No numbers of leases."""


# -------------------------------------------------------------------------------------------------- by hand


def _code(text: bytes, mtime_ns: int) -> Code:
    return Code([Module("fuzzed_code", text, "/fuzzed_code.py", "module", mtime_ns)], NAME)


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
        "code": [
            [_code(b"def f(): return 1\n", 1), Import(1, "fuzzed_code"), GetAttr(2, Ref(1), "f"), Call(0, Ref(2))],
            [_code(b"def f(): return 2\n", 2), Call(0, Ref(2)), _code(b"def f(: return 3\n", 3), Call(0, Ref(2))],
            [Code([], absent=["fuzzed_other"], resources=[Resource("fuzzed_code", "data", "file", b"data")])],
        ],
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
        "read ahead": [
            [Put(1, Codec().dump({1: "one", "two": [2]})), Put(2, Codec().dump({1, 2, 3})), Put(3, "abc")],
            [Op(id + 3, "iterate", [Ref(id)]) for id in (1, 2, 3)],
            [Iter(100 * id, Ref(id), 0, 2, 2) for id in (4, 5, 6)],
            [GetAttr(7, Ref(1), "items"), Call(8, Ref(7)), Op(9, "iterate", [Ref(8)]), Iter(900, Ref(9), 0, 5, 2)],
            [Op(10, "setitem", [Ref(1), 3, 4]), Iter(1000, Ref(9), 1, 5, 2), Iter(1100, Ref(5), 1, 1), Fetch(Ref(4))],
            [Op(11, "iter", ["abc"]), Op(12, "iterate", [Ref(11), True]), Iter(1200, Ref(12), 0, 2), Fetch(Ref(12))],
            [Iter(1300, Ref(12), 1, 2), Op(0, "len", [Ref(12)]), Iter(1400, Ref(12), -1, 2), Iter(1500, Ref(12), 5, 2)],
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
            Output(1, 1, b"text\n"),
            Output(2, 2, b"\xff", 7, 1000, 1.5),
            Prompt(3, "name? ", 7, True),
        )
    ]


HELLOS = [
    encode(hello)
    for hello in (
        Hello(MAJOR, MINOR, NAME),
        Hello(MAJOR, MINOR, NAME, "frames", "client", "ab" * 28, True, 3),
        Hello(MAJOR, MINOR, NAME, "frames", "client", "", True, 3, True, True, 5, "heir"),
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
CONTROLS = [
    encode(Status()),
    encode(Interrupt(NAME, [1, 2, 3])),
    encode(Interrupt("", [])),
    encode(Cancel(NAME, [(1, 0)])),
    encode(Tell(NAME, 1, "line")),
    encode(Tell(NAME, 1, None)),
    encode(Describe(NAME, 1, "", [("attribute", "name"), ("item", 1)], "members", 10)),
    encode(Describe("", 0, "named", aspect="about")),
    encode(Written(1.5)),
]
STATUSES = [encode({"variables": 3, "busy": True, "host": "here", "more": {"deep": [1, None, 2.5]}})]

"""One of each: messages, operands, results, and an error."""

from __future__ import annotations

import math

from ray_proxy.protocol import (
    Applied,
    Bulk,
    Bytes,
    Call,
    Claim,
    Clear,
    Code,
    Declined,
    Del,
    DelNamed,
    Error,
    Fetch,
    Forget,
    Fork,
    GetAttr,
    GetNamed,
    Import,
    Inherit,
    Items,
    Iter,
    Kept,
    Lease,
    Message,
    Module,
    Names,
    Older,
    Op,
    Operand,
    Pickled,
    Put,
    Ref,
    Release,
    Resource,
    Result,
    SetNamed,
    Stored,
)

MESSAGES: list[Message] = [
    Put(1, "text"),
    GetAttr(2, Ref(1), "name"),
    Call(3, Ref(1), [1, Ref(2)], {"key": Bytes(b"x")}),
    Op(4, "add", [Ref(3), 1]),
    Iter(5, Ref(4), -1, 10),
    Iter(5, Ref(4), 3, 10, 2),
    Fetch(Ref(1), "move"),
    Del([1, 2]),
    Import(6, "os.path"),
    SetNamed("name", 7),
    GetNamed(7, "name"),
    DelNamed("name"),
    Names(),
    Lease(Ref(1), "token"),
    Fork("token"),
    Inherit("token"),
    Release("token"),
    Forget(["token"]),
    Claim(8, "token"),
    Clear(),
    Code([Module("pkg.mod", b"x = 1\n", "/home/me/pkg/mod.py", "module", 1_700_000_000_000_000_000)], "host[1]"),
    Code([Module("pkg", b"", "/home/me/pkg", "namespace")], push=True),
    Code(
        [],
        absent=["other"],
        resources=[Resource("pkg", "data.txt", "file", b"data"), Resource("pkg", "", "folder", b"", ["data.txt"])],
    ),
]

OPERANDS: list[Operand] = [
    None,
    True,
    False,
    0,
    -(2**63),
    2**64 - 1,
    1.5,
    math.inf,
    "",
    "naïve ☃",
    Ref(1),
    Bytes(b""),
    Bytes(bytes(range(256))),
    Pickled(b"data", [bytearray(b"buffer"), bytearray()]),
    Bulk("token", 2**40),
    Stored("token"),
]

RESULTS: list[Result] = [
    *OPERANDS,
    Items([None, True, 1, 1.5, "text", Bytes(b"x"), Kept()], end=True, frozen=True),
    Items(["key", 1, "other", Kept()], end=False, parts=2),
    Items([1.5, 2.0], end=False, dtype="<f4"),
    Declined(),
    Applied("edit pkg.mod (1 function)", ["a note"], [Older("pkg", "host[2]", 1_700_000_000_000_000_000)]),
]

ERROR = Error("session", 3, 0, "ValueError", "ValueError('x')", "Traceback…", Pickled(b"data", [bytearray(b"b")]))

"""What people read of an operation, and what programs do, as JSON."""

from __future__ import annotations

import json
import math
from typing import Any, get_args

import cloudpickle
import pytest
from recording import LIST, TOKEN, Stand, answered, error, log_of, one, pickled, sent

from ray_proxy.interpreter.operators import OPERATORS
from ray_proxy.logs.operations import UNTOLD, Operation, operations, references
from ray_proxy.logs.text import render
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
    Pickled,
    Put,
    Ref,
    Release,
    Reply,
    Resource,
    SetNamed,
    Stored,
)

# -------------------------------------------------------------------------------------------- what was asked for


TEXTS: list[tuple[Message, str]] = [
    (Put(1, None), "v1 = None"),
    (Put(1, True), "v1 = True"),
    (Put(1, -5), "v1 = -5"),
    (Put(1, 2**64 - 1), "v1 = 18446744073709551615"),
    (Put(1, 1.5), "v1 = 1.5"),
    (Put(1, math.inf), "v1 = inf"),
    (Put(1, "text's"), 'v1 = "text\'s"'),
    (Put(1, "two\nlines \x1b[31m"), r"v1 = 'two\nlines \x1b[31m'"),
    (Put(1, "naïve ☃"), "v1 = 'naïve ☃'"),
    (Put(1, Ref(2)), "v1 = v2"),
    (Put(1, Bytes(b"\0x")), r"v1 = b'\x00x'"),
    (Put(1, Pickled(LIST)), f"v1 = <list, {len(LIST)} bytes>"),
    (Put(1, Pickled(LIST, [bytearray(1000), bytearray(2000)])), f"v1 = <list, {3000 + len(LIST):,} bytes>"),
    (Put(1, Pickled(b"no pickle")), "v1 = <pickle, 9 bytes>"),
    (Put(1, Bulk("token", 12_345_678)), "v1 = <a bulk value, 12,345,678 bytes>"),
    (Put(1, Stored("token")), "v1 = <an ObjectRef>"),
    (Put(0, 3), "3"),
    (GetAttr(4, Ref(1), "name"), "v4 = v1.name"),
    (GetAttr(4, Pickled(LIST), "append"), f"v4 = <list, {len(LIST)} bytes>.append"),
    (GetAttr(4, Ref(1), "wei\nrd\x1b"), r"v4 = v1.wei\nrd\x1b"),
    (Call(5, Ref(4)), "v5 = v4()"),
    (
        Call(5, Ref(4), [1, Ref(3), "x"], {"key": Bytes(b"b"), "flag": False}),
        "v5 = v4(1, v3, 'x', key=b'b', flag=False)",
    ),
    (Call(0, Ref(4), [Stored("token")]), "v4(<an ObjectRef>)"),
    (Iter(5, Ref(4), 0, 10), "v4[0:10] as v5…"),
    (Iter(5, Ref(4), 20, 10), "v4[20:30] as v5…"),
    (Iter(5, Ref(4), -1, 10), "next 10 of v4 as v5…"),
    (Fetch(Ref(1)), "fetch v1"),
    (Fetch(Ref(1), "move", "other"), "fetch v1 for another interpreter"),
    (Fetch(Ref(1), "ref"), "fetch v1 as an ObjectRef"),
    (Del([1, 22, 3]), "del v1, v22, v3"),
    (Del([]), "sync"),
    (Import(6, "os.path"), "v6 = import os.path"),
    (SetNamed("na'me", Ref(2)), 'env["na\'me"] = v2'),
    (GetNamed(7, "name"), "v7 = env['name']"),
    (DelNamed("name"), "del env['name']"),
    (Names(), "list(env)"),
    (Lease(Ref(1), TOKEN), "lease v1 as 01234567…3210"),
    (Fork(TOKEN), "keep all variables for a fork as 01234567…3210"),
    (Inherit(TOKEN), "inherit 01234567…3210"),
    (Release("short"), "release short"),
    (Forget(["one", "two"]), "forget 2 functions or classes"),
    (Claim(8, TOKEN), "v8 = claim 01234567…3210"),
    (Clear(), "del all variables"),
    (Code([Module("pkg.mod", b"x = 1", "/pkg/mod.py"), Module("pkg", b"", "/pkg")]), "code pkg.mod, pkg"),
    (Code([Module("we\nird", b"", "/x")], push=True), r"push we\nird"),
    (Code([], "", False, ["gone"], [Resource("pkg", "data.txt", "file", b"x")]), "code pkg/data.txt, no gone"),
]


@pytest.mark.parametrize(("message", "text"), TEXTS, ids=[text[:40] for _, text in TEXTS])
def test_the_text_of_a_message(message: Message, text: str) -> None:
    assert render(message) == text


@pytest.mark.parametrize(
    ("applied", "text"),
    [
        (Applied(""), "#1 code pkg"),
        (Applied("edit pkg (3 functions)"), "#1 edit pkg (3 functions)"),
        (Applied("edit pkg (1 class)", ["pkg.A is kept"]), "#1 edit pkg (1 class) -> pkg.A is kept"),
        (Applied("", [], [Older("pkg", "host[1]", 5)]), "#1 code pkg -> pkg is newer there"),
    ],
)
def test_what_became_of_project_code(applied: Applied, text: str) -> None:
    assert one(Code([Module("pkg", b"x = 1", "/pkg.py")]), value=applied).line() == text


def test_the_text_of_every_kind_of_message_and_operand_is_tested() -> None:
    assert {type(message) for message, _ in TEXTS} | {Op} == set(get_args(Message))
    values = {type(message.value) for message, _ in TEXTS if isinstance(message, Put)}
    assert values == {type(None), bool, int, float, str, Ref, Bytes, Pickled, Bulk, Stored}


BINARY = {
    "add": "+", "sub": "-", "mul": "*", "matmul": "@", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**",
    "lshift": "<<", "rshift": ">>", "and": "&", "or": "|", "xor": "^",
}  # fmt: skip
COMPARED = {"eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">="}
OPERATIONS: dict[str, tuple[Op, str]] = {
    **{name: (Op(3, name, [Ref(1), 2]), f"v3 = v1 {sign} 2") for name, sign in {**BINARY, **COMPARED}.items()},
    **{f"i{name}": (Op(3, f"i{name}", [Ref(1), 2]), f"v3 = (v1 {sign}= 2)") for name, sign in BINARY.items()},
    "neg": (Op(3, "neg", [Ref(1)]), "v3 = -v1"),
    "pos": (Op(3, "pos", [Ref(1)]), "v3 = +v1"),
    "invert": (Op(3, "invert", [Ref(1)]), "v3 = ~v1"),
    "truth": (Op(0, "truth", [Ref(1)]), "bool(v1)"),
    "contains": (Op(0, "contains", [Ref(1), 2]), "2 in v1"),
    "getitem": (Op(3, "getitem", [Ref(1), "key"]), "v3 = v1['key']"),
    "setitem": (Op(0, "setitem", [Ref(1), "key", Ref(2)]), "v1['key'] = v2"),
    "delitem": (Op(0, "delitem", [Ref(1), "key"]), "del v1['key']"),
    "setattr": (Op(0, "setattr", [Ref(1), "name", Ref(2)]), "v1.name = v2"),
    "delattr": (Op(0, "delattr", [Ref(1), "name"]), "del v1.name"),
    "enter": (Op(3, "enter", [Ref(1)]), "v3 = v1.__enter__()"),
    "exit": (Op(0, "exit", [Ref(1), None]), "v1.__exit__(None)"),
    "aenter": (Op(3, "aenter", [Ref(1)]), "v3 = v1.__aenter__()"),
    "aexit": (Op(0, "aexit", [Ref(1), None]), "v1.__aexit__(None)"),
    "anext": (Op(3, "anext", [Ref(1)]), "v3 = v1.__anext__()"),
    "implements": (Op(0, "implements", [Ref(1), "__len__"]), "implements(v1, '__len__')"),
    "round": (Op(3, "round", [Ref(1), 2]), "v3 = round(v1, 2)"),
    "isinstance": (Op(0, "isinstance", [Ref(1), Ref(2)]), "isinstance(v1, v2)"),
    "issubclass": (Op(0, "issubclass", [Ref(1), Ref(2)]), "issubclass(v1, v2)"),
    "format": (Op(0, "format", [Ref(1), ".2f"]), "format(v1, '.2f')"),
    "divmod": (Op(3, "divmod", [Ref(1), 2]), "v3 = divmod(v1, 2)"),
}


@pytest.mark.parametrize("name", OPERATORS)
def test_the_text_of_an_operator(name: str) -> None:
    if name in OPERATIONS:
        message, text = OPERATIONS[name]
        assert (message.op, render(message)) == (name, text)
    elif name.startswith("__"):
        assert render(Op(3, name, [Ref(1), 2])) == f"v3 = v1.{name}(2)"
    else:  # functions of one argument
        assert render(Op(3, name, [Ref(1)])) == f"v3 = {name}(v1)"


@pytest.mark.parametrize("count", range(5))
def test_operators_with_any_number_of_operands_have_a_text(count: int) -> None:
    for name in [*OPERATORS, "no such operator", "", "i", "__"]:
        text = render(Op(0, name, [Ref(at) for at in range(1, count + 1)]))
        assert all(f"v{at}" in text for at in range(1, count + 1))


def test_a_long_value_is_shortened() -> None:
    long = "a" * 1000 + "z" * 1000
    text = render(Put(1, long))
    assert len(text) < 130
    assert text.startswith("v1 = 'aaaa")
    assert text.endswith("zzzz'")
    assert "…" in text
    assert len(render(Put(1, Bytes(bytes(1000))))) < 130
    assert render(Put(1, "x" * 118)) == f"v1 = '{'x' * 118}'"


def test_which_variables_a_message_names() -> None:
    inside = Pickled(cloudpickle.dumps([Stand(7), {"a": Stand(300_000)}], protocol=5))
    message = Call(9, Ref(1), [Ref(2), 3, inside], {"key": Ref(4)})
    assert list(references(message)) == [1, 2, 7, 300_000, 4]
    assert list(references(Put(1, pickled(["resolve", 7])))) == []
    assert list(references(Put(1, Pickled(b"resolve garbage")))) == []


# ---------------------------------------------------------------------------------------------------------- JSON


KEYS = (
    "number time seconds client session frame message kind text id references place answered outcome value error first "
    "refused"
).split()


def as_json(operation: Operation) -> dict[str, Any]:
    """As a reader gets it that knows JSON and no more."""

    def refuse(name: str) -> Any:
        raise AssertionError(f"{name} is no JSON")

    told: dict[str, Any] = json.loads(json.dumps(operation.as_dict()), parse_constant=refuse)
    return told


def test_json_has_the_same_keys_for_every_operation() -> None:
    for message, _ in [*TEXTS, *OPERATIONS.values()]:
        for operation in (one(message), one(message, value=5), one(message, failure=error())):
            told = as_json(operation)
            assert list(told) == KEYS
            assert (told["kind"], told["text"]) == (type(message).__name__, render(message))


def test_an_operation_as_json() -> None:
    log = log_of(
        sent(4, Op(9, "add", [Ref(3), Ref(4)]), places=[("a.py", 7, "main")], lines=[1], time=100.0),
        answered(Reply(4, 1, [(0, 11)]), time=100.5),
    )
    (operation,) = operations(log)
    assert as_json(operation) == {
        "number": 1,
        "time": 100.0,
        "seconds": 0.5,
        "client": 1,
        "session": "s",
        "frame": 4,
        "message": 0,
        "kind": "Op",
        "text": "v9 = v3 + v4",
        "id": 9,
        "references": [3, 4],
        "place": {"file": "a.py", "line": 7, "function": "main"},
        "answered": True,
        "outcome": "",
        "value": 11,
        "error": None,
        "first": False,
        "refused": None,
    }


def test_an_error_as_json() -> None:
    told = as_json(one(Fetch(Ref(1)), failure=error("ValueError('x')")))
    assert told["error"] == {"type": "ValueError", "text": "ValueError('x')", "traceback": "Traceback…"}
    assert (told["first"], told["value"]) == (True, None)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (UNTOLD, None),
        (None, None),
        (True, True),
        (2**63 - 1, 2**63 - 1),
        (1.5, 1.5),
        ("te\nxt ☃", "te\nxt ☃"),
        (math.nan, {"kind": "float", "text": "nan"}),
        (-math.inf, {"kind": "float", "text": "-inf"}),
        (Bytes(b"x"), {"kind": "bytes", "text": "b'x'"}),
        (Pickled(LIST), {"kind": "pickled", "text": f"<list, {len(LIST)} bytes>"}),
        (Bulk("token", 5), {"kind": "bulk", "text": "<a bulk value, 5 bytes>"}),
        (Stored("token"), {"kind": "stored", "text": "<an ObjectRef>"}),
        (Ref(3), {"kind": "ref", "text": "v3"}),
        (Declined(), {"kind": "declined", "text": "NotImplemented"}),
        (
            Items([1, math.nan, Kept(), "x"], end=False),
            {
                "kind": "items",
                "values": [1, {"kind": "float", "text": "nan"}, {"kind": "kept", "text": "…"}, "x"],
                "end": False,
            },
        ),
    ],
)
def test_a_value_as_json(value: Any, told: Any) -> None:
    assert as_json(one(Fetch(Ref(1)), value=value))["value"] == told

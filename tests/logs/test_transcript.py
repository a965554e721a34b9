"""What people read of a log: each operation on a line, what came of it, and where two logs part."""

from __future__ import annotations

import array
import collections
import dataclasses
import datetime
import enum
import fractions
import functools
import io
import itertools
import json
import math
import operator
import pathlib
import pickle
import random
import re
import types
import uuid
from collections.abc import Callable
from typing import Any, get_args

import cloudpickle
import msgspec
import numpy as np
import pytest
from conftest import LoopbackInterpreter
from recording import BEGAN, MemoryStore, answered, content, log_of, sent

from ray_proxy.errors import LogError
from ray_proxy.interpreter.operators import OPERATORS
from ray_proxy.logs.log import (
    Answered,
    Ended,
    Left,
    Log,
    Opened,
    Part,
    Recovered,
    Restored,
    Sent,
    Stopped,
    Value,
    digest,
)
from ray_proxy.logs.transcript import (
    UNTOLD,
    Note,
    Operation,
    events,
    operations,
    part,
    pickled_type,
    references,
    render,
)
from ray_proxy.protocol import (
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
    GetAttr,
    GetNamed,
    Import,
    Inherit,
    Items,
    Iter,
    Kept,
    Lease,
    Message,
    Names,
    Op,
    Pickled,
    Put,
    Ref,
    Refused,
    Release,
    Reply,
    SetNamed,
    Stored,
    encode,
)
from ray_proxy.values.codec import Codec, resolve

TOKEN = "0123456789abcdef0123456789abcdef.17.fedcba9876543210fedcba9876543210"
LIST = pickle.dumps([1, 2], 5)


def pickled(value: object) -> Pickled:
    buffers: list[pickle.PickleBuffer] = []
    data = cloudpickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    return Pickled(data, [bytearray(buffer.raw()) for buffer in buffers])


def error(text: str = "ValueError('x')", session: str = "s", frame: int = 1, message: int = 0) -> Error:
    return Error(session, frame, message, "ValueError", text, "Traceback…")


# ------------------------------------------------------------------------------------------- what was asked for

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
]


@pytest.mark.parametrize(("message", "text"), TEXTS, ids=[text[:40] for _, text in TEXTS])
def test_the_text_of_a_message(message: Message, text: str) -> None:
    assert render(message) == text


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


class Stand:
    """Pickled, it stands for a variable of the session, as a Var does."""

    def __init__(self, id: int) -> None:
        self.id = id

    def __reduce__(self) -> tuple[Any, ...]:
        return resolve, (self.id,)


# --------------------------------------------------------------------------------------------- what came of it


def one(message: Message, *, value: Any = UNTOLD, failure: Error | None = None) -> Operation:
    """The operation of a log of one message."""
    reply = Reply(1, 1, [] if value is UNTOLD else [(0, value)])
    if failure is not None:
        reply = Reply(1, 1, reply.values, [(0, 0)], [failure])
    (operation,) = operations(log_of(sent(1, message), answered(reply)))
    return operation


@pytest.mark.parametrize(
    ("message", "value", "outcome"),
    [
        (Fetch(Ref(9)), 11, "-> 11"),
        (Fetch(Ref(9)), None, "-> None"),
        (Fetch(Ref(9)), "te\nxt", r"-> 'te\nxt'"),
        (Fetch(Ref(9)), math.nan, "-> nan"),
        (Fetch(Ref(9)), Bytes(b"x"), "-> b'x'"),
        (Fetch(Ref(9)), Pickled(LIST), f"-> <list, {len(LIST)} bytes>"),
        (Fetch(Ref(9), "move"), Bulk("token", 5_000_000), "-> <a bulk value, 5,000,000 bytes>"),
        (Fetch(Ref(9), "ref"), Stored("token"), "-> <an ObjectRef>"),
        (Op(0, "__add__", [Ref(1), 2]), Declined(), "-> NotImplemented"),
        (Op(3, "__add__", [Ref(1), 2]), Declined(), "-> NotImplemented"),
        (Iter(5, Ref(4), 0, 3), Items([1, "a", Kept()], end=True), "-> [1, 'a', …]"),
        (Iter(5, Ref(4), 0, 3), Items([1, None, Bytes(b"x")], end=False), "-> [1, None, b'x'] and more"),
        (Iter(5, Ref(4), 0, 3), Declined(), "-> NotImplemented"),
        (Op(3, "add", [Ref(1), 2]), 13, ""),  # it rides along, and is in v3
        (Op(3, "iadd", [Ref(1), 2]), Ref(1), ""),
        (Op(3, "add", [Ref(1), 2]), UNTOLD, ""),
        (Call(0, Ref(4)), UNTOLD, ""),
        (Del([1]), UNTOLD, ""),
    ],
)
def test_the_outcome_of_an_operation(message: Message, value: Any, outcome: str) -> None:
    operation = one(message, value=value)
    assert operation.outcome == outcome
    assert operation.value == value or value != value
    assert not operation.failed


def test_the_outcome_of_a_long_iteration_is_shortened() -> None:
    outcome = one(Iter(5, Ref(4), 0, 1000), value=Items(list(range(1000)), end=False)).outcome
    assert len(outcome) < 150
    assert outcome.endswith("999] and more")


def test_an_error_is_told_where_it_happened() -> None:
    operation = one(Fetch(Ref(1)), failure=error("ZeroDivisionError('division by zero')"))
    assert operation.outcome == "!! ZeroDivisionError('division by zero')"
    assert (operation.failed, operation.first) == (True, True)


@pytest.mark.parametrize("elsewhere", [{"session": "t"}, {"frame": 7}, {"message": 3}])
def test_an_error_of_an_operand_is_told_as_such(elsewhere: dict[str, Any]) -> None:
    operation = one(Fetch(Ref(1)), failure=error(**elsewhere))
    assert operation.outcome == "!! ValueError('x') (of an operand)"
    assert (operation.failed, operation.first) == (True, False)


def test_the_text_of_an_error_is_one_line_that_does_nothing_to_a_terminal() -> None:
    outcome = one(Fetch(Ref(1)), failure=error("two\nlines, \x1b[2J, \u202e and " + "x" * 5000 + "the end")).outcome
    assert outcome.startswith(r"!! two\nlines, \x1b[2J, \u202e and xxx")
    assert outcome.endswith("the end")
    assert len(outcome) < 700


def test_what_failed_in_place_has_an_error_and_its_left_operand() -> None:
    operation = one(Op(3, "iadd", [Ref(1), 2]), value=Ref(1), failure=error())
    assert (operation.outcome, operation.value) == ("!! ValueError('x')", Ref(1))


def test_a_refused_frame_tells_its_operations() -> None:
    log = log_of(sent(1, Put(1, 2), Fetch(Ref(1))), answered(Refused(1, "the reason")))
    assert [(operation.text, operation.outcome) for operation in operations(log)] == [
        ("v1 = 2", "!! refused: the reason"),
        ("fetch v1", "!! refused: the reason"),
    ]
    assert all(operation.failed and operation.error is None for operation in operations(log))


def test_a_frame_that_cannot_be_read_is_one_operation() -> None:
    garbage = Sent(1001.0, "s", msgspec.msgpack.encode(["frame", 1, "what?"]))
    log = log_of(garbage, answered(Refused(1, "not a valid frame")), sent(2, Put(1, 2)), answered(Reply(2, 1)))
    first, second = operations(log)
    assert (first.number, first.frame, first.message) == (1, 1, None)
    assert (first.text, first.outcome) == ("a frame that cannot be read", "!! refused: not a valid frame")
    assert (second.number, second.text) == (2, "v1 = 2")
    assert list(first.as_dict()["references"]) == []
    assert not first.concerns(1)


def test_a_frame_of_a_later_version_that_was_executed_is_one_operation() -> None:
    later = Sent(1001.0, "s", msgspec.msgpack.encode(["frame", 1, [["tomorrow", 1]]]))
    log = log_of(later, answered(Reply(1, 1)), answered(Reply(1, 2)), sent(2, Put(1, 2)), answered(Reply(2, 1)))
    assert [(op.number, op.text, op.outcome) for op in operations(log)] == [
        (1, "a frame that cannot be read", ""),
        (2, "v1 = 2", ""),
    ]


def test_a_frame_that_was_too_large_to_be_taken_is_one_operation() -> None:
    (operation,) = operations(log_of(answered(Refused(0, "a frame of 5 bytes is over the limit of 4"))))
    assert operation.outcome == "!! refused: a frame of 5 bytes is over the limit of 4"


def test_an_answer_of_a_later_version_is_an_error_that_says_so() -> None:
    log = log_of(sent(1, Put(1, 2)), Answered(1.0, "s", msgspec.msgpack.encode(["tomorrow", 1])))
    with pytest.raises(LogError, match="an answer that this version cannot read"):
        list(operations(log))


def test_what_was_never_answered_comes_last() -> None:
    log = log_of(
        sent(1, Put(1, 1), Put(2, 2), Put(3, 3)),
        answered(Reply(1, 1)),
        sent(1, Put(1, 5), session="t"),
        sent(2, Put(4, 4)),
        sent(2, Put(2, 6), session="t"),
        answered(Reply(1, 1), session="t"),
    )
    assert [(op.number, op.client, op.text, op.outcome) for op in operations(log)] == [
        (1, 1, "v1 = 1", ""),
        (2, 2, "v1 = 5", ""),
        (3, 1, "v2 = 2", "?? never answered"),
        (4, 1, "v3 = 3", "?? never answered"),
        (5, 1, "v4 = 4", "?? never answered"),
        (6, 2, "v2 = 6", "?? never answered"),
    ]


def test_what_a_client_that_has_gone_was_never_answered_is_told() -> None:
    log = log_of(sent(1, Put(1, 1), Put(2, 2)), answered(Reply(1, 1)), Ended(2.0, "s"), sent(1, Put(1, 3), session="t"))
    assert [(op.client, op.text, op.outcome) for op in operations(log)] == [
        (1, "v1 = 1", ""),
        (1, "v2 = 2", "?? never answered"),
        (2, "v1 = 3", "?? never answered"),
    ]


# ---------------------------------------------------------------------------------------- numbers and times


def test_operations_are_numbered_over_frames_slices_and_clients() -> None:
    log = log_of(
        Opened(1.0, "s", "one"),
        Opened(1.0, "t", "other"),
        sent(1, Put(1, 1), session="t", time=10.0),
        answered(Reply(1, 1), session="t", time=10.5),
        sent(1, Put(1, 1), Put(2, 2), Put(3, 3), session="s", time=20.0),
        answered(Reply(1, 2), session="s", time=21.0),
        sent(2, session="t", time=30.0),
        answered(Reply(2, 0), session="t", time=30.0),
        sent(3, Put(2, 2), session="t", time=30.0),
        answered(Reply(3, 1), session="t", time=29.0),
        answered(Reply(1, 3), session="s", time=22.0),
    )
    told = [(op.number, op.client, op.session, op.frame, op.at, op.time, op.seconds) for op in operations(log)]
    assert told == [
        (1, 2, "t", 1, 0, 10.0, 0.5),
        (2, 1, "s", 1, 0, 20.0, 1.0),
        (3, 1, "s", 1, 1, 20.0, 1.0),
        (4, 2, "t", 3, 0, 30.0, 0.0),
        (5, 1, "s", 1, 2, 20.0, 2.0),
    ]


def test_an_answer_that_came_twice_counts_once() -> None:
    reply = answered(Reply(1, 1, [(0, 5)]))
    log = log_of(
        sent(1, Fetch(Ref(1)), Fetch(Ref(2))), reply, reply, answered(Reply(1, 2)), answered(Reply(1, 2)), reply
    )
    assert [op.number for op in operations(log)] == [1, 2]
    log = log_of(sent(1, Put(1, 1)), answered(Refused(1, "no")), answered(Refused(1, "no")))
    assert [op.number for op in operations(log)] == [1]


def test_a_frame_that_was_made_twice_is_what_was_answered() -> None:
    """An interrupt between the recording of a frame and its sending: then it is made anew, with more in it."""
    log = log_of(sent(1, Put(1, 1)), sent(1, Put(1, 1), Put(2, 2)), answered(Reply(1, 2)))
    assert [op.text for op in operations(log)] == ["v1 = 1", "v2 = 2"]


def test_answers_to_what_was_sent_before_the_recording_are_passed_over() -> None:
    log = log_of(answered(Reply(3, 1, [(0, 5)])), answered(Refused(4, "no")), sent(5, Put(9, 1)), answered(Reply(5, 1)))
    assert [op.text for op in operations(log)] == ["v9 = 1"]


def test_the_line_of_code_that_asked_for_an_operation() -> None:
    places = [("/a/one.py", 3, "main"), ("/a/two.py", 5, "helper")]
    log = log_of(
        sent(1, Put(1, 1), Put(2, 2), Del([3]), Put(4, 4), Put(5, 5), places=places, lines=[2, 1, 0, 3]),
        answered(Reply(1, 5)),
    )
    assert [op.place for op in operations(log)] == [places[1], places[0], None, None, None]


def test_what_concerns_a_variable() -> None:
    log = log_of(
        sent(
            1,
            Put(3, 1),
            Op(9, "add", [Ref(3), 1]),
            Del([3, 4]),
            Iter(30, Ref(9), 0, 10),
            Fetch(Ref(33)),
            SetNamed("3", Ref(3)),
            Call(5, Ref(1), [], {"a": Ref(3)}),
            Call(5, Ref(1), [Pickled(cloudpickle.dumps([Stand(3)], protocol=5))]),
            Names(),
        ),
        answered(Reply(1, 9)),
    )
    assert [op.number for op in operations(log) if op.concerns(3)] == [1, 2, 3, 6, 7, 8]
    assert [op.number for op in operations(log) if op.concerns(33)] == [4, 5]
    assert [op.number for op in operations(log) if op.concerns(39)] == [4]
    assert [op.number for op in operations(log) if op.concerns(40) or op.concerns(0)] == []


def test_what_has_happened_beside_the_operations() -> None:
    log = log_of(
        Opened(1.0, "s", "node[1]"),
        Opened(2.0, "t", "no\x1bde[2]"),
        sent(1, Put(1, 1), session="t"),
        answered(Reply(1, 1), session="t"),
        Ended(3.0, "s"),
        Recovered(4.0, 5),
        Restored(5.0, "t", "token"),
        Part("token", 0, b"x"),
        Value("token", 0),
        Left("token", "digest"),
        Stopped(6.0, "the reason"),
    )
    notes = [event for event in events(log) if isinstance(event, Note)]
    assert notes == [
        Note(1.0, "client 1 is node[1]", 1, "node[1]"),
        Note(2.0, r"client 2 is no\x1bde[2]", 2, "no\x1bde[2]"),
        Note(3.0, "client 1 has gone", 1),
        Note(4.0, "the process of the interpreter died; a new one has rebuilt its state"),
        Note(5.0, "restored in a new interpreter"),
        Note(6.0, "the recording stops: the reason"),
    ]
    assert [event.client for event in events(log) if isinstance(event, Operation)] == [2]


def test_a_recording_that_ends_in_order_is_not_worth_a_word() -> None:
    assert list(events(log_of(Stopped(1.0, "")))) == []


# ------------------------------------------------------------------------------------------------------- JSON

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


# ---------------------------------------------------------------------------------- types, read off their pickles


@dataclasses.dataclass
class Point:
    x: int = 0


class Color(enum.Enum):
    RED = 1


class Plain:
    pass


class Slotted:
    __slots__ = ("x",)

    def __init__(self) -> None:
        self.x = [1]


class MyList(list):  # type: ignore[type-arg]
    pass


class MyDict(dict):  # type: ignore[type-arg]
    pass


class MyInt(int):
    pass


class WithState(Exception):
    def __init__(self) -> None:
        super().__init__("text")
        self.more = {"a": [1]}


Pair = collections.namedtuple("Pair", "a b")


def local() -> Callable[[int], int]:
    captured = [1]
    return lambda x: x + len(captured)


def local_class() -> type:
    class Local:
        def method(self) -> type:
            return Local

    return Local


def shared() -> list[Any]:
    part = [1, (2, 3)]
    return [part, part, {"again": part}]


def cyclic() -> list[Any]:
    cycle: list[Any] = [1]
    cycle.append({"self": cycle})
    return cycle


BUILTIN_VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 255, 65536, 2**31, -(2**40), 2**63, 2**70, -(2**2500), 1.5, math.nan, 1j, "", "text",
    "é" * 300, "x" * 70_000, "\ud800", b"", b"x", b"x" * 300, b"x" * 70_000, bytearray(), bytearray(b"xyz"),
    [], [1], list(range(5000)), [[], [[]]], (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), ((),), {}, {"a": 1},
    {number: [number] for number in range(3000)}, {(1, 2): {3}}, set(), {1, 2}, set(range(3000)), {(1,), "a"},
    frozenset(), frozenset({1}), frozenset({(1, frozenset({2}))}), range(5), range(0, 10, 2), slice(1, 2), slice(None),
    shared(), cyclic(), [Point(), Color.RED, local(), local_class()], ({"a": {1: [()]}}, [None, (True, "x")]),
    {"list": [], "tuple": (), "set": {1}}, object(), ValueError("x"), KeyError(), OSError(2, "no"), StopIteration(3),
    UnicodeDecodeError("utf-8", b"x", 0, 1, "y"), property(len), staticmethod(len), classmethod(len),
    zip([1], [2]), map(len, [[1]]), filter(None, [1]), enumerate([1]), Ellipsis.__class__, [1.5] * 300,
]  # fmt: skip
"""Values whose types are builtins."""


@pytest.mark.parametrize("value", BUILTIN_VALUES, ids=lambda value: repr(value)[:30])
def test_the_types_of_builtin_values(value: Any) -> None:
    kind = type(value)
    told = pickled_type(cloudpickle.dumps(value, protocol=5))
    if isinstance(value, type):
        assert told in ("type", "pickle", f"global {value.__name__}")
    else:
        assert told == kind.__name__


@pytest.mark.parametrize(
    "value", [iter([1]), iter((1,)), iter({1: 2}), iter("x"), reversed([1]), [1].append, iter(range(3))], ids=repr
)
def test_builtin_values_that_a_function_makes_are_none_that_we_could_name(value: Any) -> None:
    assert pickled_type(cloudpickle.dumps(value, protocol=5)) == "pickle"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (int, "global int"),
        (len, "global len"),
        (ValueError, "global ValueError"),
        (NotImplemented, "global NotImplemented"),
        (Ellipsis, "global Ellipsis"),
        (math.sqrt, "global math.sqrt"),
        (operator.add, "global _operator.add"),
        (np.dot, "global numpy.dot"),
        (collections.OrderedDict, "global collections.OrderedDict"),
        (dict.fromkeys, "pickle"),
        (type(None), "type"),
        (local(), "function"),
        (local_class(), "type"),
        (local_class()(), "Local"),
        (types, "module"),
        (Point(3), "test_transcript.Point"),
        ([Point(3)], "list"),
        (Color.RED, "test_transcript.Color"),
        (Plain(), "test_transcript.Plain"),
        (Slotted(), "test_transcript.Slotted"),
        (MyList([1, 2]), "test_transcript.MyList"),
        (MyDict(a=1), "test_transcript.MyDict"),
        (MyInt(3), "test_transcript.MyInt"),
        (Pair(1, 2), "test_transcript.Pair"),
        (WithState(), "test_transcript.WithState"),
        (collections.OrderedDict(a=1), "collections.OrderedDict"),
        (collections.defaultdict(list, a=[1]), "collections.defaultdict"),
        (collections.deque([1], 5), "collections.deque"),
        (collections.Counter("aab"), "collections.Counter"),
        (datetime.datetime(2020, 1, 1), "datetime.datetime"),
        (datetime.timedelta(1), "datetime.timedelta"),
        (fractions.Fraction(1, 3), "fractions.Fraction"),
        (uuid.UUID(int=5), "uuid.UUID"),
        (functools.partial(int, base=2), "functools.partial"),
        (operator.itemgetter(1), "operator.itemgetter"),
        (itertools.count(3), "itertools.count"),
        (re.compile("x"), "re.Pattern"),
        (types.SimpleNamespace(a=1), "types.SimpleNamespace"),
        (array.array("i", [1]), "array.array"),
        (random.Random(1), "random.Random"),
        (io.BytesIO(b"x"), "_io.BytesIO"),
        (Plain().__init__, "pickle"),
        (Point(3).__eq__, "method"),
        (types.MappingProxyType({"a": 1}), "types.MappingProxyType"),
        (np.arange(3), "numpy.ndarray"),
        (np.arange(6).reshape(2, 3).T, "numpy.ndarray"),
        (np.arange(6)[::2], "numpy.ndarray"),
        (np.array(["a", None], dtype=object), "numpy.ndarray"),
        (np.array([]), "numpy.ndarray"),
        (np.array(5), "numpy.ndarray"),
        (np.float64(1.5), "numpy.generic"),
        (np.dtype("f8"), "numpy.dtype"),
        (Stand(5), "Var"),
        ([Stand(5), Stand(6)], "list"),
        ({"a": Stand(5)}, "dict"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_the_types_of_other_values(value: Any, told: str) -> None:
    assert pickled_type(cloudpickle.dumps(value, protocol=5)) == told
    assert pickled_type(cloudpickle.dumps([value, (value,)], protocol=5)) == "list"


@pytest.mark.parametrize(
    "value", [pathlib.PurePosixPath("/x"), np.random.default_rng(1), np.ma.masked_array([1])], ids=repr
)
def test_of_other_values_something_is_told(value: Any) -> None:
    assert pickled_type(cloudpickle.dumps(value, protocol=5))


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "value", [[1, "a"], {"a": (1,)}, (1, 2), {1, 2}, "text", 5, 1.5, None, True, shared()], ids=repr
)
def test_pickles_of_every_protocol(value: Any, protocol: int) -> None:
    assert pickled_type(pickle.dumps(value, protocol)) == type(value).__name__


def test_bytes_that_are_no_pickle() -> None:
    numbers = random.Random(5)
    whole = cloudpickle.dumps([Point(3), local(), shared(), np.arange(3)], protocol=5)
    for _ in range(3000):
        damaged = bytearray(whole)
        for _ in range(numbers.randint(1, 5)):
            damaged[numbers.randrange(len(damaged))] = numbers.randrange(256)
        cut = bytes(damaged[numbers.randrange(3) : numbers.randrange(len(damaged))])
        assert isinstance(pickled_type(bytes(damaged)), str)
        assert pickled_type(cut) == "pickle" or cut.count(b".")
        assert isinstance(pickled_type(numbers.randbytes(numbers.randrange(50))), str)
    for data in (
        b"",
        b".",
        b"0.",
        b"(.",
        b"N0.",
        b"\x80\x05.",
        b"\x80\x05h\x07.",
        b"t.",
        b"\x93.",
        b"R.",
        b"\x81.",
        b"NR.",
    ):
        assert pickled_type(data) == "pickle"


def test_no_pickle_is_loaded() -> None:
    class Bomb:
        def __reduce__(self) -> Any:
            return exec, ("raise SystemExit",)

    data = pickle.dumps([Bomb()], 5)
    assert pickled_type(data) == "list"
    assert "list" in one(Put(1, Pickled(data))).text


def test_operands_of_a_session_are_told(env: LoopbackInterpreter) -> None:
    """What `Codec` makes of values, Vars among them."""
    var = env.put([1])
    codec = env.session.codec
    assert render(Put(1, codec.dump([var, 2]))).startswith("v1 = <list, ")
    assert render(Put(1, codec.dump({"a": np.arange(3)}))).startswith("v1 = <dict, ")
    assert list(references(Put(1, codec.dump((var, [var, env.put(2)]))))) == [1, 2]
    assert re.fullmatch(
        r"v1 = <a bulk value, 8,000,\d+ bytes>", render(Put(1, Codec(MemoryStore()).dump(np.zeros(10**6))))
    )


# -------------------------------------------------------------------------------------------- where two logs part

ONE: list[Any] = [
    Opened(1.0, "s", "node[1]"),
    sent(1, Put(1, 1), Op(2, "add", [Ref(1), 1]), Fetch(Ref(2))),
    answered(Reply(1, 3, [(1, 2), (2, 2)])),
    sent(2, Fetch(Ref(9))),
    answered(Reply(2, 1, [], [(0, 0)], [error(frame=2)])),
]


def parted(ours: list[Any], theirs: list[Any]) -> tuple[int, str | None, str | None] | None:
    """How many operations are shared (three at most), and what follows on each side."""
    parting = part(log_of(*ours), log_of(*theirs))
    if parting is None:
        assert part(log_of(*theirs), log_of(*ours)) is None
        return None

    def told(operation: Operation | None) -> str | None:
        return operation and f"#{operation.number} {operation.text} {operation.outcome}".rstrip()

    return len(parting.shared), told(parting.ours), told(parting.theirs)


def test_logs_that_tell_the_same() -> None:
    assert parted(ONE, ONE) is None
    assert parted([], []) is None


def test_times_sessions_lines_and_notes_are_not_compared() -> None:
    other: list[Any] = [
        Opened(50.0, "another", "elsewhere[9]"),
        sent(
            1, Put(1, 1), Op(2, "add", [Ref(1), 1]), session="another", time=7.0, places=[("b.py", 1, "f")], lines=[1]
        ),
        sent(2, Fetch(Ref(2)), session="another"),
        answered(Reply(1, 1), session="another"),
        answered(Reply(1, 2, [(1, 2)]), session="another", time=9.0),
        answered(Reply(2, 1, [(0, 2)]), session="another"),
        sent(3, Fetch(Ref(9)), session="another"),
        answered(Reply(3, 1, [], [(0, 0)], [error(session="another", frame=3)]), session="another"),
        Ended(60.0, "another"),
    ]
    assert parted(ONE, other) is None


def test_tokens_and_addresses_are_not_compared() -> None:
    def log(token: str, address: str) -> list[Any]:
        made = pickle.dumps([f"<object at {address}>"], 5)
        return [
            sent(
                1,
                Lease(Ref(1), token),
                Fork(token),
                Claim(2, token),
                Put(3, Bulk(token, 5)),
                Fetch(Ref(1), "move", token),
            ),
            answered(
                Reply(1, 5, [(4, Bulk(token, 5))], [(0, 0), (1, 1)], [error(f"<x at {address}>"), error(message=1)])
            ),
            sent(2, Fetch(Ref(3)), Fetch(Ref(4)), Put(4, Pickled(made))),
            answered(Reply(2, 2, [(0, f"<function f at {address}>"), (1, Pickled(made))])),
        ]

    assert parted(log(TOKEN, "0x7f0011223344"), log("f" * 60, "0x7fdeadbeef00")) is None


def test_the_names_that_cloudpickle_gives_to_classes_are_not_compared() -> None:
    def log() -> list[Any]:
        return [sent(1, Put(1, pickled(local_class()))), answered(Reply(1, 1))]

    one, other = log(), log()
    assert one[0].data != other[0].data
    assert parted(one, other) is None


def test_when_variables_were_deleted_is_not_compared() -> None:
    one = [sent(1, Put(1, 1), Op(2, "add", [Ref(1), 1]), Del([1, 2]), Names()), answered(Reply(1, 4, [(3, 5)]))]
    other = [
        sent(1, Put(1, 1), Op(2, "add", [Ref(1), 1])),
        answered(Reply(1, 2, [(1, 2)])),
        sent(2, Del([2]), Names(), Del([1]), Del([])),
        answered(Reply(2, 4, [(1, 5)])),
    ]
    assert parted(one, other) is None


def test_logs_part_in_an_operation() -> None:
    other = [*ONE[:3], sent(2, Fetch(Ref(1))), *ONE[4:]]
    assert parted(ONE, other) == (3, "#4 fetch v9 !! ValueError('x')", "#4 fetch v1 !! ValueError('x')")


def test_logs_part_in_an_outcome() -> None:
    other = [*ONE[:2], answered(Reply(1, 3, [(1, 2), (2, 3)])), *ONE[3:]]
    assert parted(ONE, other) == (2, "#3 fetch v2 -> 2", "#3 fetch v2 -> 3")


def test_a_log_that_ends_earlier() -> None:
    assert parted(ONE, ONE[:3]) == (3, "#4 fetch v9 !! ValueError('x')", None)
    assert parted(ONE[:3], ONE) == (3, None, "#4 fetch v9 !! ValueError('x')")
    assert parted([], ONE) == (0, None, "#1 v1 = 1")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Put(1, 1), Put(1, 1.0)),
        (Put(1, 1), Put(1, True)),
        (Put(1, 0), Put(1, -0.0)),
        (Put(1, 0.0), Put(1, -0.0)),
        (Put(1, "1"), Put(1, 1)),
        (Put(1, "x"), Put(1, Bytes(b"x"))),
        (Put(1, "x" * 500 + "a" + "x" * 500), Put(1, "x" * 500 + "b" + "x" * 500)),
        (Put(1, 1), Put(2, 1)),
        (Put(1, Ref(2)), Put(1, Ref(3))),
        (Put(1, pickled([1])), Put(1, pickled([2]))),
        (Put(1, pickled(np.arange(3))), Put(1, pickled(np.array([0, 1, 3])))),
        (Put(1, Bulk("a", 5)), Put(1, Bulk("a", 6))),
        (GetAttr(1, Ref(1), "a"), GetAttr(1, Ref(1), "b")),
        (Call(1, Ref(1), [1], {"a": 2}), Call(1, Ref(1), [1], {"b": 2})),
        (Call(1, Ref(1), [1], {"a": 2}), Call(1, Ref(1), [1], {"a": 3})),
        (Fetch(Ref(1)), Fetch(Ref(1), "move")),
        (Names(), Clear()),
        (SetNamed("a", 1), SetNamed("b", 1)),
    ],
)
def test_operations_that_differ(ours: Message, theirs: Message) -> None:
    def log(message: Message) -> list[Any]:
        return [sent(1, Put(1, 1), Put(2, 2), Put(3, 3), message), answered(Reply(1, 4))]

    assert parted(log(ours), log(ours)) is None
    assert parted(log(ours), log(theirs)) is not None


ANSWERS: list[Reply | Refused | None] = [
    None,
    Refused(1, "no"),
    Refused(1, "not that"),
    Reply(1, 1),
    Reply(1, 1, [(0, None)]),
    Reply(1, 1, [(0, 1)]),
    Reply(1, 1, [(0, 1.0)]),
    Reply(1, 1, [(0, True)]),
    Reply(1, 1, [(0, "1")]),
    Reply(1, 1, [(0, Bytes(b"1"))]),
    Reply(1, 1, [(0, pickled([1]))]),
    Reply(1, 1, [(0, pickled([2]))]),
    Reply(1, 1, [(0, Bulk("a", 5))]),
    Reply(1, 1, [(0, Bulk("a", 6))]),
    Reply(1, 1, [(0, Declined())]),
    Reply(1, 1, [(0, Items([1], True))]),
    Reply(1, 1, [(0, Items([1], False))]),
    Reply(1, 1, [(0, Items([1.0], True))]),
    Reply(1, 1, [(0, Items([1], True, True))]),
    Reply(1, 1, [], [(0, 0)], [error("ValueError('x')")]),
    Reply(1, 1, [], [(0, 0)], [error("ValueError('y')")]),
    Reply(1, 1, [], [(0, 0)], [error("ValueError('x')", frame=8)]),
    Reply(1, 1, [], [(0, 0)], [msgspec.structs.replace(error("ValueError('x')"), type_name="mine.ValueError")]),
]


def test_outcomes_that_differ() -> None:
    logs = [[sent(1, Fetch(Ref(1))), *([answered(answer)] if answer else [])] for answer in ANSWERS]
    for (at, ours), (other, theirs) in itertools.product(enumerate(logs), repeat=2):
        assert (parted(ours, theirs) is None) == (at == other), (ANSWERS[at], ANSWERS[other])


def test_what_rides_along_is_compared_where_both_tell_it() -> None:
    def log(*values: Any) -> list[Any]:
        return [sent(1, Op(3, "add", [Ref(1), 1])), answered(Reply(1, 1, [(0, value) for value in values]))]

    assert parted(log(5), log()) is None
    assert parted(log(5), log(5)) is None
    assert parted(log(5), log(6)) is not None


def test_bulk_values_are_compared_by_their_digests() -> None:
    def log(given: bytes, taken: bytes) -> list[Any]:
        return [
            Part("one", 0, given[:3]),
            Part("one", 0, given[3:]),
            Value("one", 0),
            sent(1, Put(1, Bulk("one", 6)), Fetch(Ref(1))),
            Left("two", digest([taken])),
            answered(Reply(1, 2, [(1, Bulk("two", 6))])),
        ]

    whole = log(b"abcdef", b"ABCDEF")
    assert parted(whole, log(b"abcdef", b"ABCDEF")) is None
    assert parted(whole, log(b"abcdeX", b"ABCDEF")) == (0, *["#1 v1 = <a bulk value, 6 bytes>"] * 2)
    assert parted(whole, log(b"abcdef", b"ABCDEX")) == (1, *["#2 fetch v1 -> <a bulk value, 6 bytes>"] * 2)


def test_the_context_of_a_parting() -> None:
    log = [record for n in range(1, 20) for record in (sent(n, Put(n, n)), answered(Reply(n, 1)))]
    other = [*log[:-2], sent(19, Put(19, 0)), answered(Reply(19, 1))]
    for context in (0, 1, 5, 100):
        parting = part(log_of(*log), log_of(*other), context)
        assert parting is not None
        assert [op.number for op in parting.shared] == list(range(max(1, 19 - context), 19))


def test_a_log_is_read_as_a_stream() -> None:
    log = log_of(*ONE, Sent(1.0, "s", encode(None)))
    assert next(iter(operations(log))).text == "v1 = 1"


def test_the_content_of_a_log_may_come_from_memory() -> None:
    assert [op.text for op in operations(Log(memoryview(content(BEGAN, *ONE))))] == [
        "v1 = 1",
        "v2 = v1 + 1",
        "fetch v2",
        "fetch v9",
    ]

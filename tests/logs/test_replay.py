"""A log executed again: every answer is compared with the recorded one, and what differs is told."""

from __future__ import annotations

import asyncio
import collections
import enum
import pickle
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cloudpickle
import msgspec
import numpy as np
import pytest
from conftest import LoopbackInterpreter
from recording import BEGAN, MemoryStore, Recorded, answered, content, sent

import ray_proxy
from ray_proxy import Log, LogError, Report, operations, replay
from ray_proxy.errors import DeadlockError, InterpreterDiedError
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.logs.log import Answered, Ended, Left, Opened, Part, Record, Recovered, Restored, Sent, Stopped, Value
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
    Fork,
    Frame,
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
    decode_answer,
    decode_frame,
    encode,
)
from ray_proxy.session import loopback
from ray_proxy.values.codec import resolve


@pytest.fixture
def recorded(tmp_path: Path) -> Recorded:
    return Recorded(tmp_path / "session.rplog")


@pytest.fixture
def bulk(tmp_path: Path) -> Recorded:
    """With a store beside the channel."""
    return Recorded(tmp_path / "bulk.rplog", bulk=True)


def function(code: str) -> Pickled:
    """A function, as an expression says it; by value."""
    return Pickled(
        cloudpickle.dumps(eval(code, {"__builtins__": __builtins__, "cloudpickle": cloudpickle}), protocol=5)
    )


def pickled(value: object) -> Pickled:
    buffers: list[pickle.PickleBuffer] = []
    data = cloudpickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    return Pickled(data, [bytearray(buffer.raw()) for buffer in buffers])


def doctored(recorded: Recorded, change: Callable[[Any], Any]) -> bytes:
    """The content of a log in which this was made of each answer; None: it is left out."""
    records: list[Record] = []
    for record in recorded.log():
        if isinstance(record, Answered):
            answer = change(decode_answer(record.data))
            if answer is None:
                continue
            record = msgspec.structs.replace(record, data=encode(answer))
        records.append(record)
    return content(*records)


def differences(report: Report) -> list[tuple[str, str, str]]:
    assert report.different == len(report.differences)
    assert bool(report) == (not report.differences)
    return [(f"#{found.number} {found.text}", found.was, found.now) for found in report.differences]


def same(log: Log) -> Report:
    """The report of a replay that found nothing; twice, because nothing of the first may be left."""
    first, again = replay(log), replay(log)
    assert str(first).replace(f"{first.seconds:.2f}", "") == str(again).replace(f"{again.seconds:.2f}", "")
    assert not first.differences, str(first)
    assert first
    return first


# ---------------------------------------------------------------------------------------------- what is the same

OF_EVERY_KIND: list[list[Message]] = [
    [Put(1, 1), Put(2, "text"), Put(3, Bytes(b"x")), Put(4, pickled([1, {"a": {2}}])), Fetch(Ref(4)), Fetch(Ref(1))],
    [Op(5, "add", [Ref(1), 1]), Op(6, "truediv", [Ref(1), 0]), Fetch(Ref(6)), Op(7, "add", [Ref(6), 1])],
    [GetAttr(8, Ref(4), "append"), Call(0, Ref(8), [Ref(5)]), Fetch(Ref(4)), Call(9, Ref(8), [1, 2])],
    [Put(10, function("lambda *a, **k: (a, k)")), Call(0, Ref(10), [1, Ref(4)], {"k": Ref(3)})],
    [Op(11, "iadd", [Ref(4), pickled([5])]), Op(12, "iadd", [Ref(1), 1]), Op(13, "iadd", [Ref(4), 5]), Fetch(Ref(13))],
    [Op(0, "__add__", [Ref(4), 1]), Op(14, "__add__", [Ref(4), 1]), Op(0, "__radd__", [Ref(1), 2])],
    [Iter(20, Ref(4), 0, 2), Iter(30, Ref(4), 2, 50), Iter(90, Ref(1), 0, 3), Op(15, "iter", [Ref(4)])],
    [Iter(100, Ref(15), -1, 2), Iter(110, Ref(15), -1, 99), Iter(120, Ref(4), -1, 2)],
    [Import(16, "math"), GetAttr(17, Ref(16), "pi"), Fetch(Ref(17)), Fetch(Ref(16)), Import(18, "no such module")],
    [
        SetNamed("a", Ref(4)),
        SetNamed("b", 5),
        Names(),
        GetNamed(19, "a"),
        DelNamed("b"),
        DelNamed("b"),
        GetNamed(40, "b"),
    ],
    [
        Del([5, 6]),
        Fetch(Ref(5)),
        Lease(Ref(4), "s.1.x"),
        Lease(Ref(4), "s.1.y"),
        Claim(41, "s.1.x"),
        Claim(42, "s.9.x"),
    ],
    [Fork("s.2.x"), Inherit("s.2.x"), Inherit("s.1.x"), Release("s.2.x"), Inherit("s.2.x"), Fetch(Ref(41))],
    [Op(0, "nonsense", [1]), Op(43, "repr", [Ref(16)]), Put(44, Pickled(b"garbage")), Fetch(Ref(4), "move")],
    [Put(45, float("nan")), Fetch(Ref(45)), Fetch(Ref(4), "ref"), Clear(), Fetch(Ref(4)), GetNamed(46, "a"), Names()],
    [],
]


def test_messages_of_every_kind(recorded: Recorded) -> None:
    for messages in OF_EVERY_KIND:
        recorded.ask(*messages)
    report = same(recorded.log())
    assert report.operations == sum(map(len, OF_EVERY_KIND))
    assert str(report).endswith(" s: every answer is as recorded")


def test_several_clients_and_sessions_that_end(recorded: Recorded) -> None:
    recorded.ask(Put(1, pickled([1])), SetNamed("shared", Ref(1)), session="a")
    recorded.ask(GetNamed(1, "shared"), Op(2, "iadd", [Ref(1), pickled([2])]), session="b")
    recorded.ask(Fetch(Ref(1)), session="a")
    recorded.close("a")
    recorded.ask(Fetch(Ref(1)), session="b")
    recorded.close("b")
    recorded.ask(GetNamed(1, "shared"), Fetch(Ref(1)), session="c")
    assert [op.value for op in operations(recorded.log())][-1] == pickled([1, 2])
    assert same(recorded.log()).operations == 8


def test_a_frame_that_was_answered_in_slices(recorded: Recorded) -> None:
    frame = recorded.send(Put(1, 1), Op(2, "add", [Ref(1), 1]), Del([1]), Fetch(Ref(2)), Op(3, "add", [Ref(1), 1]))
    recorded.execute(frame, stop=1)
    recorded.ask(Put(1, 5), session="other")
    recorded.execute(frame, start=1, stop=4)
    recorded.execute(frame, start=4)
    assert same(recorded.log()).operations == 6


def test_a_reply_that_was_cut_for_its_size(recorded: Recorded) -> None:
    text = "x" * 60_000
    frame = recorded.send(Put(1, text), *[Fetch(Ref(1)) for _ in range(60)])
    executed = 0
    while executed < 61:
        executed = recorded.execute(frame, start=executed).executed
    slices = [record for record in recorded.log() if isinstance(record, Answered)]
    assert len(slices) > 3
    assert same(recorded.log()).operations == 61


def test_a_frame_that_was_nested_in_a_call(recorded: Recorded) -> None:
    """What comes before that call has to be done first, and the call after what was nested in it."""
    shelf.clear()
    frame = recorded.send(
        Import(1, __name__),
        GetAttr(2, Ref(1), "call_back"),
        SetNamed("n", 1),
        Call(0, Ref(2)),
        GetNamed(3, "n"),
        Names(),
    )
    recorded.open("inner")

    def nested() -> None:
        inner = recorded.send(GetNamed(1, "n"), SetNamed("n", 2), session="inner", within=("s", 1, 3), path=["x"])
        recorded.execute(inner, "inner")

    shelf.append(nested)
    reply = recorded.execute(frame)
    assert dict(reply.values)[4] == 2
    shelf.append(lambda: None)  # in a replay, what was nested is executed on its own
    shelf.append(lambda: None)
    assert same(recorded.log()).operations == 8


shelf: list[Callable[[], None]] = []


def call_back() -> None:
    shelf.pop(0)()


def test_what_was_refused_is_not_executed(recorded: Recorded) -> None:
    recorded.ask(Put(1, pickled([1])))
    recorded.send(Op(2, "iadd", [Ref(1), pickled([2])]))
    recorded.writer.write(answered(Refused(2, "no")))
    recorded.writer.write(Sent(recorded.now, "s", b"garbage"))
    recorded.writer.write(answered(Refused(0, "garbage")))
    recorded._numbers["s"] = 2
    recorded.ask(Fetch(Ref(1)))
    report = same(recorded.log())
    assert report.operations == 2
    assert [op.number for op in operations(recorded.log())] == [1, 2, 3, 4]


def test_what_a_session_of_users_asks_for(tmp_path: Path, env: LoopbackInterpreter) -> None:
    with env.record(tmp_path / "session.rplog"):
        v = env.put([3, 1, 2])
        v.sort()
        assert v == [1, 2, 3]
        assert list(v) == [1, 2, 3]
        v[0] = 5
        v += [4]
        assert v[-1] == 4
        assert env.run(lambda values: sum(values), (v,)).fetch() == 14
        with pytest.raises(IndexError):
            v[10].fetch()
        assert 5 in v
        env["kept"] = v
        assert env["kept"].fetch() == [5, 2, 3, 4]
        math = env.module("math")
        assert math.sqrt(16.0) == 4.0
        array = env.put(np.arange(1000.0))
        assert float((array * 2).sum()) == 999_000.0
        assert (array + array).fetch().shape == (1000,)
        assert "{1, 2}" in repr(env.put({1, 2}))
        del v
    report = same(Log(tmp_path / "session.rplog"))
    assert report.operations > 30


def test_a_log_may_be_given_by_its_path_or_its_content(recorded: Recorded) -> None:
    recorded.ask(Put(1, 1), Fetch(Ref(1)))
    recorded.log()
    for source in (recorded.path, str(recorded.path), recorded.path.read_bytes(), Log(recorded.path)):
        assert replay(source).operations == 2


def test_a_log_of_nothing(recorded: Recorded) -> None:
    report = replay(recorded.log())
    assert (report.operations, bool(report)) == (0, True)


def test_no_log_at_all(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="cannot be read"):
        replay(tmp_path / "missing.rplog")


# ------------------------------------------------------------------------------------------------ what differs

DOCTORED: dict[str, tuple[list[Message], Any, Any, str, str]] = {
    # what is asked last; its recorded value, the one it is replaced by; how both are told
    "int": ([Fetch(Ref(1))], 11, 12, "12", "11"),
    "sign of zero": ([Op(0, "mul", [0.0, -1])], -0.0, 0.0, "0.0", "-0.0"),
    "int for bool": ([Op(0, "eq", [1, 1])], True, 1, "1", "True"),
    "int for float": ([Op(0, "float", [1])], 1.0, 1, "1", "1.0"),
    "number for nan": ([Op(0, "float", ["nan"])], float("nan"), 0.0, "0.0", "nan"),
    "str": ([Op(0, "repr", [Ref(1)])], "11", "12", "'12'", "'11'"),
    "bytes for str": ([Op(0, "repr", [Ref(1)])], "11", Bytes(b"11"), "b'11'", "'11'"),
    "bytes": ([Op(0, "bytes", [2])], Bytes(b"\0\0"), Bytes(b"\0"), r"b'\x00'", r"b'\x00\x00'"),
    "None for int": ([Fetch(Ref(1))], 11, None, "None", "11"),
    "long str": (
        [Op(0, "mul", ["x", 500])], "x" * 500, "x" * 250 + "y" + "x" * 249,
        f"'{'x' * 59}…{'x' * 29}'", f"'{'x' * 59}…{'x' * 29}', of another content",
    ),
    "list": (
        [Fetch(Ref(2))], pickled([1, [2]]), pickled([1, [3]]),
        "<list, n bytes>", "<list, n bytes>, of another content",
    ),
    "tuple for list": ([Fetch(Ref(2))], pickled([1, [2]]), pickled((1, [2])), "<tuple, n bytes>", "<list, n bytes>"),
    "declined": ([Op(0, "__add__", [Ref(1), "x"])], Declined(), 5, "5", "NotImplemented"),
    "not declined": ([Op(0, "__add__", [Ref(1), 1])], 12, Declined(), "NotImplemented", "12"),
    "left": ([Op(9, "iadd", [Ref(2), pickled([])])], Ref(2), Ref(1), "v1", "v2"),
    "item": ([Iter(9, Ref(2), 0, 5)], Items([1, Kept()], True), Items([2, Kept()], True), "[2, …]", "[1, …]"),
    "kept item": ([Iter(9, Ref(2), 0, 5)], Items([1, Kept()], True), Items([1, 2], True), "[1, 2]", "[1, …]"),
    "more items": ([Iter(9, Ref(2), 0, 1)], Items([1], False), Items([1], True), "[1]", "[1] and more"),
    "fewer items": ([Iter(9, Ref(2), 0, 5)], Items([1, Kept()], True), Items([1], True), "[1]", "[1, …]"),
    "frozen items": (
        [Iter(9, Ref(2), 0, 5)], Items([1, Kept()], True), Items([1, Kept()], True, True),
        "[1, …]", "[1, …], of another content",
    ),
    "no sequence": ([Iter(9, Ref(1), 0, 5)], Declined(), Items([], True), "[]", "NotImplemented"),
    "ride along": ([Op(9, "add", [Ref(1), 1])], 12, 13, "13", "12"),
    "names": ([Names()], pickled(["a"]), pickled(["b"]), "<list, n bytes>", "<list, n bytes>, of another content"),
}  # fmt: skip


@pytest.mark.parametrize("name", DOCTORED)
def test_a_value_that_differs(recorded: Recorded, name: str) -> None:
    messages, value, other, was, now = DOCTORED[name]
    recorded.ask(Put(1, 11), Put(2, pickled([1, [2]])), SetNamed("a", 1))
    (given,) = [given for _, given in recorded.ask(*messages).values]
    assert encode(given) == encode(value), "the test is out of date"
    text = next(op.text for op in operations(recorded.log()) if op.number == 4)
    same(recorded.log())
    log = doctored(recorded, lambda reply: Reply(2, 1, [(0, other)]) if reply.frame == 2 else reply)
    ((found, *told),) = differences(replay(log))
    assert found == f"#4 {text}"
    assert [re.sub(r"\d+ bytes", "n bytes", text) for text in told] == [was, now]


def test_a_value_that_is_missing_now_and_one_that_is_there(recorded: Recorded) -> None:
    recorded.ask(Put(1, function("lambda x: x")), Call(0, Ref(1), [5]), Call(0, Ref(1), [None]))
    log = doctored(recorded, lambda reply: Reply(1, 3, [(2, 7)]))
    text = next(operations(recorded.log())).text.removeprefix("v1 = ")
    assert text.startswith("<function, ")
    assert differences(replay(log)) == [("#2 v1(5)", "done", "5"), ("#3 v1(None)", "7", "done")]


def test_an_object_that_was_the_left_operand_and_is_not(recorded: Recorded) -> None:
    in_place, new = Op(2, "iadd", [Ref(1), pickled([2])]), Op(3, "add", [Ref(1), pickled([2])])
    assert recorded.ask(Put(1, pickled([1])), in_place, new).values == [(1, Ref(1))]
    log = doctored(recorded, lambda reply: Reply(1, 3))
    assert [found[1:] for found in differences(replay(log))] == [("done", "v1")]
    log = doctored(recorded, lambda reply: Reply(1, 3, [(1, Ref(1)), (2, Ref(1))]))
    assert [found[1:] for found in differences(replay(log))] == [("v1", "done")]


def test_an_operation_whose_half_is_declined_now(recorded: Recorded) -> None:
    recorded.ask(Put(1, 1), Op(2, "__add__", [Ref(1), "x"]))
    log = doctored(recorded, lambda reply: Reply(1, 2))
    assert [found[1:] for found in differences(replay(log))] == [("done", "NotImplemented")]


def failing(recorded: Recorded) -> None:
    recorded.ask(Put(1, 1), Op(2, "truediv", [Ref(1), 0]), Op(3, "add", [Ref(2), 1]), Fetch(Ref(1)))


def changed(reply: Reply, **fields: Any) -> Reply:
    """A reply whose only error has these fields."""
    return msgspec.structs.replace(reply, errors=[msgspec.structs.replace(reply.errors[0], **fields)])


DIVISION = "!! ZeroDivisionError('division by zero')"


@pytest.mark.parametrize(
    ("fields", "was", "now"),
    [
        ({"text": "Other('x')"}, "!! Other('x')", DIVISION),
        ({"type_name": "mine.Error"}, f"{DIVISION}, a mine.Error", f"{DIVISION}, a ZeroDivisionError"),
        ({"message": 0}, f"{DIVISION}, of message 0 of frame 1", f"{DIVISION}, of message 1 of frame 1"),
        ({"frame": 9}, f"{DIVISION}, of message 1 of frame 9", f"{DIVISION}, of message 1 of frame 1"),
        ({"session": "t"}, f"{DIVISION}, of session t", f"{DIVISION}, of session s"),
    ],
)
def test_an_error_that_differs(recorded: Recorded, fields: dict[str, Any], was: str, now: str) -> None:
    failing(recorded)
    same(recorded.log())
    log = doctored(recorded, lambda reply: changed(reply, **fields))
    assert differences(replay(log)) == [("#2 v2 = v1 / 0", was, now), ("#3 v3 = v2 + 1", was, now)]


def test_long_errors_that_differ_in_their_middle(recorded: Recorded) -> None:
    recorded.ask(Put(1, function("lambda: int('x' * 1000)")), Call(0, Ref(1)))
    other = "x" * 400 + "y" + "x" * 300
    log = doctored(recorded, lambda reply: changed(reply, text=f"ValueError({other})"))
    ((_, was, now),) = differences(replay(log))
    assert was != now


def test_tracebacks_and_pickles_of_errors_are_not_compared(recorded: Recorded) -> None:
    failing(recorded)
    log = doctored(recorded, lambda reply: changed(reply, traceback="another", value=None))
    assert replay(log)


def test_an_error_where_there_was_a_value_and_a_value_where_there_was_an_error(recorded: Recorded) -> None:
    failing(recorded)
    error = Error("s", 1, 3, "ValueError", "ValueError('x')", "")
    log = doctored(recorded, lambda reply: Reply(1, 4, [(1, 5)], [(3, 0)], [error]))
    assert differences(replay(log)) == [
        ("#2 v2 = v1 / 0", "5", DIVISION),
        ("#3 v3 = v2 + 1", "done", DIVISION),
        ("#4 fetch v1", "!! ValueError('x')", "1"),
    ]
    log = doctored(recorded, lambda reply: Reply(1, 4, [(3, 1)], [(0, 0), (1, 1), (2, 1)], [error, *reply.errors]))
    assert differences(replay(log)) == [("#1 v1 = 1", "!! ValueError('x')", "done")]


def test_answers_in_another_order(recorded: Recorded) -> None:
    recorded.ask(Put(1, pickled([])), SetNamed("x", Ref(1)), session="a")
    for session, value in (("a", 1), ("b", 2)):
        recorded.ask(GetNamed(2, "x"), GetAttr(3, Ref(2), "append"), Call(0, Ref(3), [value]), session=session)
    recorded.ask(Fetch(Ref(1)), session="a")
    records = list(recorded.log())
    same(recorded.log())
    frames = [at for at, record in enumerate(records) if isinstance(record, (Sent, Answered))]
    assert len(frames) == 8
    swapped = [*frames[:2], frames[4], frames[5], frames[2], frames[3], *frames[6:]]
    order = dict(zip(frames, swapped))
    opened = [record for record in records if isinstance(record, Opened)]
    rest = [records[order[at]] for at in frames]
    ((text, _, now),) = differences(replay(content(records[0], *opened, *rest)))
    assert text == "#9 fetch v1"
    assert now.endswith("of another content")


def test_a_frame_that_is_missing(recorded: Recorded) -> None:
    recorded.ask(Put(1, 11))
    recorded.ask(Op(2, "add", [Ref(1), 1]))
    recorded.ask(Fetch(Ref(2)))
    records = [
        record
        for record in recorded.log()
        if not (isinstance(record, Sent) and decode_frame(record.data).number == 2)
        and not (isinstance(record, Answered) and decode_answer(record.data).frame == 2)
    ]
    ((text, was, now),) = differences(replay(content(*records)))
    assert (text, was) == ("#2 fetch v2", "12")
    assert "StaleVarError" in now


def test_a_frame_of_a_later_version_that_was_executed_then_and_is_not_now(recorded: Recorded) -> None:
    recorded.ask(Put(1, 11))
    recorded.writer.write(Sent(1.0, "s", msgspec.msgpack.encode(["frame", 2, [["tomorrow", 1]]])))
    recorded.writer.write(answered(Reply(2, 1, [(0, 5)])))
    ((text, was, now),) = differences(replay(recorded.log()))
    assert (text, was) == ("#2 a frame that cannot be read", "answered")
    assert now == "not executed, for its frame is of a later version of the protocol"


def test_a_difference_names_its_client_and_its_line(recorded: Recorded) -> None:
    recorded.open("first")
    recorded.open("second")
    frame = recorded.send(Op(0, "add", [1, 2]), places=[("/a/b.py", 12, "main")], lines=[1], session="second")
    recorded.execute(frame, "second")
    recorded.ask(Fetch(Ref(1)), session="first")
    log = doctored(recorded, lambda reply: Reply(1, 1, [(0, 4)]))
    first, second = replay(log).differences
    assert (first.client, first.place, str(first)) == (
        2, ("/a/b.py", 12, "main"), "#1 1 + 2  (/a/b.py:12 in main)\n    was 4\n    is  3",
    )  # fmt: skip
    assert (second.client, second.place) == (1, None)
    told = {op.number: op.client for op in operations(Log(log))}
    assert told == {1: 2, 2: 1}


# ------------------------------------------------------------------------------- values, compared as they are used


class Box:
    """A class without an equality of its own."""

    def __init__(self, content: object) -> None:
        self.content = content


class Grumpy:
    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no")

    __hash__ = None  # type: ignore[assignment]


class Color(enum.Enum):
    RED = 1


def shared() -> Any:
    part = [1]
    return [part, part]


def array(**changes: Any) -> Any:
    values = np.zeros(5000)
    for at, value in changes.items():
        values[int(at[1:])] = value
    return values


ALIKE: list[tuple[Any, Any]] = [
    (shared(), [[1], [1]]),
    ({"a", "b", "c", "d"}, {"d", "c", "b", "a"}),
    ({"x": 1, "y": 2}, {"y": 2, "x": 1}),
    ([float("nan")], [float("nan")]),
    (np.array([np.nan, 1]), np.array([np.nan, 1])),
    (np.array([[1], [2]]), np.array([[1], [2]], order="F")),
    (Box(shared()), Box([[1], [1]])),
    (Box(Box({"a", "b"})), Box(Box({"b", "a"}))),
    (Grumpy(), Grumpy()),
    ("<Box object at 0x7f1234567890>", "<Box object at 0x7f0000000001>"),
    (["<Box object at 0x7f1234567890>"], ["<Box object at 0x7f0000000001>"]),
    (ValueError("at 0x7f1234567890"), ValueError("at 0x7f0000000001")),
    (Color.RED, Color.RED),
    (collections.Counter("aab"), collections.Counter("aba")),
]
UNLIKE: list[tuple[Any, Any]] = [
    ([1, 2], [2, 1]),
    ([1, 2], [1, 2, 3]),
    ([1], (1,)),
    ([1], [True]),
    ([1], [1.0]),
    ([0.0], [-0.0]),
    ({"a": 1}, {"a": 2}),
    ({"a": 1}, {"b": 1}),
    ({"a"}, {"b"}),
    (np.array([1]), np.array([1, 1])),
    (np.array([1]), np.array([1.0])),
    (np.zeros((2, 3)), np.zeros((3, 2))),
    (array(), array(_2500=1)),
    (Box(1), Box(2)),
    (Box(Box([1])), Box(Box([2]))),
    ("at 0x7f1234567890", "at 0x7f"),
    ("a" * 5000 + "x" + "a" * 5000, "a" * 5000 + "y" + "a" * 5000),
    (ValueError("x"), ValueError("y")),
    (ValueError("x"), TypeError("x")),
    (collections.Counter("aab"), collections.Counter("abb")),
    (Box(1), Grumpy()),
    (Box, Grumpy),
    (int, float),
    (len, abs),
    ("1", 1),
    (b"x", "x"),
]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [(*pair, True) for pair in ALIKE] + [(*pair, False) for pair in UNLIKE],
    ids=lambda value: repr(value)[:25],
)
def test_values_are_compared_by_what_is_in_them(recorded: Recorded, one: Any, other: Any, alike: bool) -> None:
    recorded.ask(Put(1, pickled(one)), Fetch(Ref(1)))
    assert same(recorded.log())
    another = Recorded(recorded.path.with_suffix(".other"))
    reply = another.ask(Put(1, pickled(other)), Fetch(Ref(1)))
    another.writer.abandon()
    assert bool(replay(doctored(recorded, lambda _: reply))) == alike


def test_functions_and_classes_that_travel_by_value(recorded: Recorded) -> None:
    recorded.ask(
        Put(1, function("lambda n: (lambda x: x + n)")),
        Call(2, Ref(1), [5]),
        Fetch(Ref(2)),
        Put(3, function("lambda: type('Local', (), {'x': 1})")),
        Call(4, Ref(3)),
        Fetch(Ref(4)),  # cloudpickle gives it another name in each process
        Call(5, Ref(4)),
        Fetch(Ref(5)),
    )
    same(recorded.log())
    other = Recorded(recorded.path.with_suffix(".other"))
    (_, value), *_ = other.ask(
        Put(1, function("lambda n: (lambda x: x - n)")), Call(2, Ref(1), [5]), Fetch(Ref(2))
    ).values
    other.writer.abandon()

    def replaced(reply: Reply) -> Reply:
        return Reply(1, 8, [(2, value), *reply.values[1:]])

    assert [found[0] for found in differences(replay(doctored(recorded, replaced)))] == ["#3 fetch v2"]


def test_variables_inside_values(recorded: Recorded) -> None:
    class Stand:
        def __init__(self, id: int) -> None:
            self.id = id

        def __reduce__(self) -> Any:
            return resolve, (self.id,)

    recorded.ask(Put(1, 5), Put(2, pickled([Stand(1), 7])), Fetch(Ref(2)))
    same(recorded.log())


def test_what_cannot_be_loaded_here_differs_if_its_bytes_do(recorded: Recorded) -> None:
    recorded.ask(Put(1, pickled([1])), Fetch(Ref(1)))
    log = doctored(recorded, lambda reply: Reply(1, 2, [(1, Pickled(b"garbage"))]))
    assert [found[1:] for found in differences(replay(log))] == [("<pickle, 7 bytes>", "<list, 17 bytes>")]


# ------------------------------------------------------------------------------------- what may differ: volatile


def volatile_log(recorded: Recorded) -> Log:
    """With values that differ each time it is executed."""
    recorded.ask(
        Import(1, "time"),
        GetAttr(2, Ref(1), "perf_counter_ns"),
        Call(3, Ref(2)),
        Op(4, "add", [Ref(3), 1]),
        Fetch(Ref(3)),
        Fetch(Ref(4)),
        Put(5, 7),
        Fetch(Ref(5)),
    )
    return recorded.log()


def numbers(report: Report) -> list[int]:
    return [found.number for found in report.differences]


@pytest.mark.parametrize("marks", [["#3"], ["v3"], ["#2"], ["*.perf_counter_ns"], ["v3 = *"], ["v2()", "v3 = v2*"]])
def test_what_is_marked_is_compared_by_its_type_and_so_is_what_depends_on_it(
    recorded: Recorded, marks: list[str]
) -> None:
    log = volatile_log(recorded)
    assert numbers(replay(log)) == [3, 4, 5, 6]
    assert replay(log, volatile=marks)


def test_what_is_not_marked_is_compared(recorded: Recorded) -> None:
    log = volatile_log(recorded)
    assert numbers(replay(log, volatile=["#4"])) == [3, 5]
    assert numbers(replay(log, volatile=["nothing at all", "v99", "#99"])) == [3, 4, 5, 6]
    assert numbers(replay(log, volatile=["#3", "#7"])) == []


def test_a_mark_does_not_hide_another_type(recorded: Recorded) -> None:
    volatile_log(recorded)
    log = doctored(recorded, lambda reply: Reply(1, 8, [(4, 1.5), (5, 2), (7, 7)]))
    assert numbers(replay(log, volatile=["#3"])) == [5]


def test_a_mark_does_not_hide_an_error(recorded: Recorded) -> None:
    volatile_log(recorded)
    error = Error("s", 1, 2, "ValueError", "ValueError('x')", "")
    log = doctored(recorded, lambda reply: Reply(1, 8, [(4, 1), (5, 2), (7, 7)], [(2, 0)], [error]))
    assert numbers(replay(log, volatile=["#3"])) == [3]


def test_errors_that_are_marked_are_compared_by_their_type(recorded: Recorded) -> None:
    failing(recorded)
    log = doctored(recorded, lambda reply: changed(reply, text="another"))
    assert numbers(replay(log)) == [2, 3]
    assert replay(log, volatile=["#2"])
    log = doctored(recorded, lambda reply: changed(reply, type_name="Other"))
    assert numbers(replay(log, volatile=["#2"])) == [2, 3]


NOW = function("lambda: __import__('time').perf_counter_ns()")
TAINTS: dict[str, list[Message]] = {
    "operand": [Op(9, "add", [1, Ref(3)]), Fetch(Ref(9))],
    "argument": [Call(9, pickled(int), [Ref(3)]), Fetch(Ref(9))],
    "keyword": [Call(9, pickled(dict), [], {"a": Ref(3)}), Fetch(Ref(9))],
    "method": [GetAttr(9, Ref(3), "__add__"), Call(10, Ref(9), [1]), Fetch(Ref(10))],
    "item": [Op(0, "setitem", [Ref(5), 0, Ref(3)]), Fetch(Ref(5))],
    "attribute": [Op(0, "setattr", [Ref(6), "x", Ref(3)]), GetAttr(9, Ref(6), "x"), Fetch(Ref(9))],
    "in place": [Op(9, "iadd", [Ref(5), pickled([1])]), Op(0, "setitem", [Ref(9), 0, Ref(3)]), Fetch(Ref(9))],
    "left operand": [Call(8, pickled(list), [pickled([1])]), Op(9, "imul", [Ref(3), 1]), Fetch(Ref(9))],
    "named": [SetNamed("n", Ref(3)), GetNamed(9, "n"), Fetch(Ref(9))],
    "leased": [Lease(Ref(3), "s.1.x"), Claim(9, "s.1.x"), Fetch(Ref(9))],
    "iterated": [Op(9, "repr", [Ref(3)]), Iter(20, Ref(9), 0, 30), Fetch(Ref(20)), Fetch(Ref(25)), Fetch(Ref(39))],
    "inside a pickle": [],  # see below
}


class Standing:
    """Pickled, it stands for a variable."""

    def __reduce__(self) -> Any:
        return resolve, (3,)


TAINTS["inside a pickle"] = [Put(9, Pickled(pickle.dumps([Standing()], 5))), Fetch(Ref(9))]


@pytest.mark.parametrize("way", TAINTS)
def test_what_is_computed_from_what_is_marked_is_marked_too(recorded: Recorded, way: str) -> None:
    namespace = pickled(type("Namespace", (), {})())
    recorded.ask(
        Put(1, 0), Put(2, NOW), Call(3, Ref(2)), Put(4, 4), Put(5, pickled([0])), Put(6, namespace), *TAINTS[way]
    )
    assert numbers(replay(recorded.log()))
    assert replay(recorded.log(), volatile=["v3"]), str(replay(recorded.log(), volatile=["v3"]))


def test_a_fork_inherits_the_marks(recorded: Recorded) -> None:
    recorded.ask(Put(2, NOW), Call(3, Ref(2)), Put(4, 1), Fork("s.1.x"))
    recorded.ask(Inherit("s.1.x"), Fetch(Ref(3)), Fetch(Ref(4)), session="child")
    assert numbers(replay(recorded.log())) == [2, 6]
    assert replay(recorded.log(), volatile=["#2"])
    assert numbers(replay(recorded.log(), volatile=["#3"])) == [2, 6]


def test_marks_end_where_a_name_or_variable_is_given_anew(recorded: Recorded) -> None:
    recorded.ask(Put(2, NOW), Call(3, Ref(2)), SetNamed("n", Ref(3)), SetNamed("n", 5), GetNamed(4, "n"))
    recorded.ask(Clear(), Put(3, 7))
    recorded.ask(Fetch(Ref(3)), GetNamed(5, "n"), Fetch(Ref(5)))
    log = doctored(recorded, lambda reply: Reply(3, 3, [(0, 8), (2, 6)]) if reply.frame == 3 else reply)
    assert numbers(replay(log, volatile=["#2"])) == [8, 10]


def test_all_values_may_be_compared_by_their_type(recorded: Recorded) -> None:
    log = volatile_log(recorded)
    assert replay(log, by_type=True)
    other = doctored(recorded, lambda reply: Reply(1, 8, [(4, 1), (5, 2), (7, 7.5)]))
    assert numbers(replay(other, by_type=True)) == [8]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (pickled([1]), pickled([2, 3]), True),
        (pickled([1]), pickled((1,)), False),
        (pickled(Box(1)), pickled(Box([2])), True),
        (pickled(Box(1)), pickled(Grumpy()), False),
        (1, 2, True),
        (1, 1.0, False),
        (1, True, False),
        ("a", Bytes(b"a"), False),
        (Bytes(b"a"), Bytes(b"bb"), True),
    ],
)
def test_types_of_values(recorded: Recorded, one: Any, other: Any, alike: bool) -> None:
    recorded.ask(Put(1, one), Fetch(Ref(1)))
    log = doctored(recorded, lambda reply: Reply(1, 2, [(1, other)]))
    assert bool(replay(log, by_type=True)) == alike
    assert not replay(log)


def test_items_by_their_type(recorded: Recorded) -> None:
    recorded.ask(Put(1, pickled([1, 2, 3])), Iter(5, Ref(1), 0, 9))
    assert replay(doctored(recorded, lambda reply: Reply(1, 2, [(1, Items([7], False))])), by_type=True)
    assert not replay(doctored(recorded, lambda reply: Reply(1, 2, [(1, Declined())])), by_type=True)


def test_addresses_are_never_compared(recorded: Recorded) -> None:
    recorded.ask(
        Put(1, function("lambda: object()")),
        Call(2, Ref(1)),
        Op(3, "repr", [Ref(2)]),
        Fetch(Ref(3)),
        Call(0, pickled(list), [pickled([1])]),
        Put(4, function("lambda x: [repr(x), {'a': repr(x)}]")),
        Call(0, Ref(4), [Ref(2)]),
        Op(5, "add", [Ref(2), 1]),
        GetAttr(6, Ref(2), "x"),
        Put(7, function("lambda x: (_ for _ in ()).throw(ValueError(repr(x)))")),
        Call(8, Ref(7), [Ref(2)]),
    )
    first, again = (op.value for op in operations(recorded.log()) if op.text == "fetch v3"), replay(recorded.log())
    assert "0x" in next(first)
    assert again, str(again)


# ------------------------------------------------------------------------- what was interrupted is not done again


def withdrawn(recorded: Recorded, problem: BaseException, messages: list[Message], done: int) -> None:
    """A frame of which so many messages were executed, and the rest withdrawn."""
    frame = recorded.send(*messages)
    recorded.execute(frame, stop=done)
    recorded.answer(recorded.interpreter.withdraw("s", frame, done, problem))


@pytest.mark.parametrize(
    "problem", [KeyboardInterrupt(), DeadlockError("cycle"), InterpreterDiedError("died")], ids=repr
)
def test_what_was_withdrawn_is_not_executed(recorded: Recorded, problem: BaseException) -> None:
    recorded.ask(Put(1, pickled([])), GetAttr(2, Ref(1), "append"))
    append = [Call(id, Ref(2), [id]) for id in range(5)]
    withdrawn(recorded, problem, [append[0], *append[3:], Op(5, "add", [Ref(3), 1]), Clear(), Del([3])], 1)
    recorded.ask(Fetch(Ref(1)), *[Fetch(Ref(id)) for id in (2, 3, 4, 5)])
    report = same(recorded.log())
    assert report.withheld == 3  # what depends on them fails of itself, and variables are deleted in any case
    assert report.operations == 2 + 1 + 2 + 5
    assert "3 operations were interrupted when recorded, and not executed again" in str(report)


def test_a_call_that_was_interrupted_in_its_middle(recorded: Recorded) -> None:
    recorded.ask(Put(1, pickled([])), GetAttr(2, Ref(1), "append"), Put(3, function(INTERRUPTED)))
    recorded.ask(Call(4, Ref(3), [Ref(1)]), Call(0, Ref(2), [2]), Op(5, "add", [Ref(4), 1]), Fetch(Ref(5)))
    report = replay(recorded.log())
    assert report, str(report)
    assert (report.operations, report.withheld) == (6, 1)  # what depends on it fails anew, of itself


INTERRUPTED = "lambda values: (_ for _ in ()).throw(KeyboardInterrupt())"


def test_an_operation_in_place_that_was_interrupted_stands_for_its_left_operand(recorded: Recorded) -> None:
    class Slow:
        def __init__(self) -> None:
            self.values = [1]

        def __iadd__(self, other: object) -> Slow:
            raise KeyboardInterrupt

    recorded.ask(Put(1, pickled(Slow())), Op(2, "iadd", [Ref(1), 1]), GetAttr(3, Ref(2), "values"), Fetch(Ref(3)))
    report = same(recorded.log())
    assert (report.operations, report.withheld) == (3, 1)


def test_an_iteration_that_was_interrupted(recorded: Recorded) -> None:
    recorded.ask(
        Put(1, function("lambda: (x if x < 2 else (_ for _ in ()).throw(KeyboardInterrupt()) for x in range(9))"))
    )
    recorded.ask(Call(2, Ref(1)), Iter(10, Ref(2), -1, 5), Iter(20, Ref(2), -1, 5))
    assert replay(recorded.log())


def test_a_call_that_raises_the_interrupt_itself_is_taken_for_interrupted(recorded: Recorded) -> None:
    recorded.ask(Put(1, function(INTERRUPTED)), Call(0, Ref(1), [1]))
    report = replay(recorded.log())
    assert (bool(report), report.withheld) == (True, 1)


def test_a_coroutine_that_was_refused_inside_another_one_is_not_run(recorded: Recorded) -> None:
    """A replay executes what was nested on its own, where it would run."""
    shelf.clear()
    recorded.ask(Import(1, __name__), GetAttr(2, Ref(1), "call_back_in_a_coroutine"))
    frame = recorded.send(Call(0, Ref(2)))
    recorded.open("inner")

    def nested() -> None:
        here: list[Message] = [Import(1, __name__), GetAttr(2, Ref(1), "call_back_in_a_coroutine"), Call(0, Ref(2))]
        inner = recorded.send(*here, session="inner", within=("s", 2, 0))
        recorded.execute(inner, "inner")

    shelf.append(nested)
    recorded.execute(frame)
    (failed,) = [op for op in operations(recorded.log()) if op.failed]
    assert "nested inside another coroutine" in failed.outcome
    shelf.extend([lambda: None] * 2)
    report = same(recorded.log())
    assert report.withheld == 1


async def call_back_in_a_coroutine() -> None:
    shelf.pop(0)()


def test_the_event_loop_of_a_replay_ends_with_it(recorded: Recorded) -> None:
    loops: list[asyncio.AbstractEventLoop] = []
    shelf[:] = [lambda: None, lambda: loops.append(asyncio.get_running_loop())]
    recorded.ask(Import(1, __name__), GetAttr(2, Ref(1), "call_back_in_a_coroutine"), Call(0, Ref(2)))
    replay(recorded.log())
    assert [loop.is_closed() for loop in loops] == [True]


def test_coroutines_are_replayed_where_an_event_loop_is_running(recorded: Recorded) -> None:
    """As in a notebook."""
    shelf[:] = [lambda: None] * 3
    recorded.ask(Import(1, __name__), GetAttr(2, Ref(1), "call_back_in_a_coroutine"), Call(0, Ref(2)))

    async def notebook() -> Report:
        return same(recorded.log())

    assert asyncio.run(notebook()).operations == 3


def test_an_interrupt_where_an_event_loop_is_running_ends_the_replay(recorded: Recorded) -> None:
    interrupted = threading.Event()
    done: list[int] = []
    shelf[:] = [lambda: None, lambda: done.append(1)]
    recorded.ask(Import(1, __name__), GetAttr(2, Ref(1), "call_back"))
    recorded.ask(Call(0, Ref(2)))
    recorded.ask(Call(0, Ref(2)))
    log = recorded.log()

    def signal_ourselves_and_wait() -> None:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        assert interrupted.wait(10)

    shelf[:] = [signal_ourselves_and_wait, lambda: done.append(2)]

    async def notebook() -> None:
        with pytest.raises(KeyboardInterrupt):
            replay(log)
        interrupted.set()
        while any(thread.name == "ray-proxy-replay" for thread in threading.enumerate()):
            await asyncio.sleep(0.001)

    loop = asyncio.new_event_loop()  # asyncio.run would take the interrupt for itself
    try:
        loop.run_until_complete(asyncio.wait_for(notebook(), 10))
    finally:
        loop.close()
    assert done == [1]


def test_what_depends_on_another_frames_interrupted_call_is_executed(recorded: Recorded) -> None:
    recorded.ask(Put(1, function(INTERRUPTED)), Call(2, Ref(1), [1]))
    recorded.ask(Fetch(Ref(2)), Op(3, "add", [1, 1]), Fetch(Ref(3)))
    report = same(recorded.log())
    assert (report.operations, report.withheld) == (4, 1)


# ---------------------------------------------------------------------------------------------- leases and forks


def test_leases_end_as_they_did_when_recorded(recorded: Recorded) -> None:
    recorded.ask(Put(1, pickled([1])), Lease(Ref(1), "s.1.x"), Lease(Ref(1), "s.2.x"))
    recorded.now += 500
    recorded.ask(Claim(1, "s.1.x"), Fetch(Ref(1)), session="other")
    recorded.now += 500
    recorded.ask(Claim(2, "s.1.x"), Claim(3, "s.2.x"), Fetch(Ref(2)), session="other")
    recorded.now += 600
    recorded.ask(Claim(4, "s.1.x"), session="other")
    failed = [op.number for op in operations(recorded.log()) if op.failed]
    assert failed == [7, 9]
    same(recorded.log())


def test_leases_last_as_long_as_those_of_the_recorded_interpreter(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path / "session.rplog", lease=10)
    recorded.ask(Put(1, pickled([1])), Lease(Ref(1), "s.1.x"))
    recorded.now += 9
    recorded.ask(Claim(2, "s.1.x"))
    recorded.now += 11
    recorded.ask(Claim(3, "s.1.x"))
    assert [op.number for op in operations(recorded.log()) if op.failed] == [4]
    same(recorded.log())


def test_a_claim_is_judged_at_the_time_at_which_it_was_executed(recorded: Recorded) -> None:
    """Which is before a long call that was answered with it."""
    recorded.ask(Put(1, pickled([1])), Lease(Ref(1), "s.1.x"))
    recorded.now += 590
    frame = recorded.send(Claim(2, "s.1.x"), Op(0, "add", [1, 1]))
    reply = recorded.interpreter.execute("s", frame)
    recorded.now += 5000  # so long took the second message
    recorded.answer(reply)
    recorded.ask(Claim(3, "s.1.x"))
    assert [op.number for op in operations(recorded.log()) if op.failed] == [5]
    same(recorded.log())


def test_what_a_fork_keeps_ends_one_lease_after_its_session(recorded: Recorded) -> None:
    recorded.ask(Put(1, pickled([1])), Fork("s.1.x"))
    recorded.now += 5000
    recorded.ask(Inherit("s.1.x"), Fetch(Ref(1)), session="child")
    recorded.close()
    recorded.now += 500
    recorded.ask(Inherit("s.1.x"), Fetch(Ref(1)), session="second")
    recorded.now += 1500
    recorded.ask(Inherit("s.1.x"), session="third")
    assert [op.number for op in operations(recorded.log()) if op.failed] == [7]
    same(recorded.log())


def test_sessions_share_what_they_lease_and_inherit(recorded: Recorded) -> None:
    recorded.ask(Put(1, pickled([1])), Lease(Ref(1), "s.1.x"), Fork("s.2.x"))
    recorded.ask(Claim(7, "s.1.x"), Op(8, "iadd", [Ref(7), pickled([2])]), session="other")
    recorded.ask(Inherit("s.2.x"), Release("s.2.x"), Fetch(Ref(1)), session="child")
    recorded.ask(Fetch(Ref(1)))
    assert [op.value for op in operations(recorded.log())][-1] == pickled([1, 2])
    same(recorded.log())


def test_what_was_restored_is_kept_again(recorded: Recorded) -> None:
    recorded.ask(Put(1, pickled([1])))
    recorded.interpreter.keep("s", "s.restored.x")
    recorded.writer.write(Restored(recorded.now, "s", "s.restored.x"))
    recorded.close()
    recorded.ask(Inherit("s.restored.x", True), Fetch(Ref(1)), session="new")
    same(recorded.log())


def test_what_was_recovered_goes_on(recorded: Recorded) -> None:
    recorded.ask(Put(1, pickled([1])))
    recorded.writer.write(Recovered(recorded.now, 5))
    recorded.ask(Fetch(Ref(1)))
    same(recorded.log())


# -------------------------------------------------------------------------------------------------- bulk values

LARGE = list(range(100))


def test_bulk_values_are_had_from_the_log(bulk: Recorded) -> None:
    assert bulk.store is not None
    array = np.arange(200_000.0)
    buffers: list[pickle.PickleBuffer] = []
    data = cloudpickle.dumps(array, protocol=5, buffer_callback=buffers.append)
    token = bulk.store.leave([pickle.PickleBuffer(data), *buffers])
    second = bulk.store.leave_ref(("ref", [1, 2]))
    bulk.ask(
        Put(1, Bulk(token, len(data) + array.nbytes)),
        Op(2, "mul", [Ref(1), 2]),
        Fetch(Ref(2)),
        Fetch(Ref(1), "move"),
        Put(3, Stored(second)),
        Fetch(Ref(3)),
        Fetch(Ref(3), "ref"),
    )
    values = {op.text: op.value for op in operations(bulk.log())}
    assert isinstance(values["fetch v2"], Bulk)
    assert isinstance(values["fetch v1 for another interpreter"], Bulk)
    assert isinstance(values["fetch v3 as an ObjectRef"], Stored)
    assert values["fetch v3"] == pickled([1, 2])
    assert same(bulk.log()).operations == 7


def test_bulk_results_are_compared_by_their_content(bulk: Recorded) -> None:
    bulk.ask(Put(1, function("lambda n: bytes([n]) * 2_000_000")), Call(0, Ref(1), [7]))
    same(bulk.log())
    records = list(bulk.log())
    at = next(at for at, record in enumerate(records) if isinstance(record, Left))
    records[at] = msgspec.structs.replace(records[at], digest="0" * 32)
    ((text, was, now),) = differences(replay(content(*records)))
    assert text == "#2 v1(7)"
    assert now == f"{was}, of another content"
    assert replay(content(*records), by_type=True)
    assert replay(content(*records), volatile=["#2"])


def test_a_bulk_result_of_another_size(bulk: Recorded) -> None:
    bulk.ask(Put(1, function("lambda n: bytes(n)")), Call(0, Ref(1), [2_000_000]))

    def grown(reply: Reply) -> Reply:
        ((index, value),) = reply.values
        assert isinstance(value, Bulk)
        return Reply(1, 2, [(index, Bulk("unknown", 1_999_999))])

    ((_, was, now),) = differences(replay(doctored(bulk, grown)))
    assert was == "<a bulk value, 1,999,999 bytes>"
    assert now.startswith("<a bulk value, 2,000,0")


def test_a_bulk_result_that_is_small_now(bulk: Recorded) -> None:
    bulk.ask(Put(1, pickled([1])), Fetch(Ref(1)))
    log = doctored(bulk, lambda reply: Reply(1, 2, [(1, Bulk("unknown", 5_000_000))]))
    assert [found[1:] for found in differences(replay(log))] == [
        ("<a bulk value, 5,000,000 bytes>", "<list, 17 bytes>")
    ]


def test_a_client_finds_the_digest_of_a_bulk_result_when_it_takes_it(tmp_path: Path) -> None:
    """Which is after the answer."""
    interpreter = Interpreter("bulk", MemoryStore())
    session = loopback.connect(interpreter, env=LoopbackInterpreter)
    env = session.env()
    with env.record(tmp_path / "client.rplog"):
        array = env.run(np.arange, (300_000,))
        assert array.fetch()[-1] == 299_999
        assert (array + array.fetch()).fetch()[-1] == 599_998
        env.put(np.zeros(200_000)).sum().fetch()
        not_taken = session.request(ray_proxy.var.interface.handle_of(array))
    del not_taken
    env.destroy()
    log = Log(tmp_path / "client.rplog")
    assert sum(isinstance(record, Left) for record in log) == 3
    same(log)
    records = list(log)
    at = next(at for at, record in enumerate(records) if isinstance(record, Left))
    records[at] = msgspec.structs.replace(records[at], digest="0" * 32)
    ((text, was, now),) = differences(replay(content(*records)))
    assert (text, now) == ("#2 fetch v1", f"{was}, of another content")
    assert replay(content(*records), by_type=True)


def test_a_bulk_value_that_is_not_in_the_log(bulk: Recorded) -> None:
    assert bulk.store is not None
    data = pickle.dumps(LARGE, 5)
    bulk.ask(Put(1, Bulk(bulk.store.leave([pickle.PickleBuffer(data)]), len(data))), Fetch(Ref(1)))
    same(bulk.log())
    records = [record for record in bulk.log() if not isinstance(record, (Part, Value))]
    found = differences(replay(content(*records)))
    assert [text for text, *_ in found] == ["#1 v1 = <a bulk value, 216 bytes>", "#2 fetch v1"]
    assert all("a large value is not in the log" in now for *_, now in found)


def test_a_bulk_value_that_had_not_arrived_does_not_arrive_again(bulk: Recorded) -> None:
    bulk.ask(Put(1, Bulk("lost", 5)), Fetch(Ref(1)))
    assert all("nothing is there" in op.outcome for op in operations(bulk.log()))
    assert same(bulk.log()).operations == 2
    bulk.writer.abandon()
    log = doctored(bulk, lambda reply: Reply(1, 2))
    assert len(differences(replay(log))) == 2


def test_a_reference_that_user_code_resolves_cannot_be_had_from_a_log(bulk: Recorded) -> None:
    assert bulk.store is not None
    token = bulk.store.leave_ref(("ref", 5))
    bulk.ask(Call(0, pickled(repr), [Stored(token)]))
    ((_, was, now),) = differences(replay(bulk.log()))
    assert "ref" in was
    assert "an ObjectRef cannot be had from a log" in now


def test_a_bulk_value_in_many_parts_and_with_empty_buffers(bulk: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ray_proxy.logs.log._PART", 1000)
    assert bulk.store is not None
    value = [np.arange(500), np.array([]), b"x" * 5000, np.arange(3)]
    buffers: list[pickle.PickleBuffer] = []
    data = cloudpickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    bulk.ask(Put(1, Bulk(bulk.store.leave([pickle.PickleBuffer(data), *buffers]), 9)), Fetch(Ref(1), "move"))
    bulk.ask(Op(2, "getitem", [Ref(1), 2]), Fetch(Ref(2)))
    assert sum(isinstance(record, Part) for record in bulk.log()) > 8
    same(bulk.log())


# --------------------------------------------------------------------------------------- logs that are not whole


def test_a_log_that_begins_in_the_middle_of_a_session(tmp_path: Path, env: LoopbackInterpreter) -> None:
    before = env.put([1])
    env.sync()
    with env.record(tmp_path / "session.rplog"):
        before.append(2)
        assert before.fetch() == [1, 2]
        assert env.put(5).fetch() == 5
    report = replay(tmp_path / "session.rplog")
    assert report
    assert report.unknown == 3  # before.append, its call, and the fetch
    assert "3 operations need what was made before the recording began" in str(report)
    assert str(report).endswith(
        "the recording begins in the middle of the session of client 1: what was made before is missing"
    )


def test_a_name_that_was_given_before_the_recording(tmp_path: Path, env: LoopbackInterpreter) -> None:
    env["before"] = [1]
    with env.record(tmp_path / "session.rplog"):
        assert env["before"][0] + 1 == 2
        env["after"] = 5
        assert env["after"] == 5
    report = replay(tmp_path / "session.rplog")
    assert report
    assert report.unknown


def test_what_differs_in_a_log_that_begins_in_the_middle_is_told(tmp_path: Path, env: LoopbackInterpreter) -> None:
    env.sync()
    with env.record(tmp_path / "session.rplog"):
        env.module("time").perf_counter().fetch()
    assert replay(tmp_path / "session.rplog").different


def test_a_mark_that_matches_nothing_is_told(tmp_path: Path, env: LoopbackInterpreter) -> None:
    with env.record(tmp_path / "session.rplog"):
        env.module("time").time().fetch()
    report = replay(tmp_path / "session.rplog", volatile=["#99", "*.time", "v77", "nothing*"])
    assert report
    assert report.unmatched == ["#99", "v77", "nothing*"]
    assert "the mark 'nothing*' matches no operation" in str(report)


def test_a_damaged_log_is_not_as_recorded(tmp_path: Path, env: LoopbackInterpreter) -> None:
    path = tmp_path / "session.rplog"
    with env.record(path):
        for number in range(3):
            assert env.put([number]).fetch() == [number]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    report = replay(path)
    assert not report
    assert report.damaged


def test_a_log_of_which_nothing_can_be_read_is_not_as_recorded(tmp_path: Path, env: LoopbackInterpreter) -> None:
    path = tmp_path / "session.rplog"
    with env.record(path):
        env.put([1]).fetch()
    with open(path, "r+b") as file:
        file.truncate(250)
    assert not replay(path)


def test_a_log_of_a_session_that_is_new(tmp_path: Path, env: LoopbackInterpreter) -> None:
    with env.record(tmp_path / "session.rplog"):
        assert env.put(5).fetch() == 5
    assert replay(tmp_path / "session.rplog").problem is None


def test_a_log_of_a_process_that_crashed(recorded: Recorded) -> None:
    recorded.ask(Put(1, 1))
    frame = recorded.send(Put(2, 2), Put(3, 3), Put(4, 4))
    recorded.execute(frame, stop=1)
    recorded.send(Put(1, 1), session="other")
    recorded.writer.abandon()
    data = recorded.path.read_bytes()
    report = replay(data)
    assert (bool(report), report.operations, report.unanswered, report.problem) == (True, 2, 3, None)
    assert "3 operations were never answered, and not executed" in str(report)
    report = replay(data[:-5])
    assert report.unanswered == 2
    assert report.problem is not None
    assert "the last record is torn" in report.problem
    assert str(report).endswith(report.problem)


def test_what_clients_that_have_gone_did_not_hear(recorded: Recorded) -> None:
    recorded.send(Put(1, 1), Put(2, 2))
    recorded.close()
    assert replay(recorded.log()).unanswered == 2


def test_a_log_whose_recording_was_stopped(recorded: Recorded) -> None:
    recorded.ask(Put(1, 1))
    recorded.writer.write(Stopped(2.0, "the log has reached its limit of 5 bytes"))
    report = replay(recorded.log())
    assert report
    assert report.problem is None  # the last word counts: it went on
    recorded.writer.abandon()
    report = replay(content(*list(recorded.log())[:-1]))
    assert report.problem == "the recording ends early: the log has reached its limit of 5 bytes"


# ---------------------------------------------------------------------------------------------------- the report


def test_the_text_of_a_report(recorded: Recorded) -> None:
    for number in range(1, 31):
        recorded.ask(Op(0, "add", [number, 1000]))
    log = doctored(recorded, lambda reply: Reply(reply.frame, 1, [(0, 1)]))
    report = replay(log)
    assert (report.different, len(report.differences), bool(report)) == (30, 10, False)
    lines = str(report).splitlines()
    assert lines[0] == f"30 operations in {report.seconds:.2f} s: 30 answers differ"
    assert lines[1:4] == ["#1 1 + 1000", "    was 1", "    is  1001"]
    assert lines[-1] == "… and 20 more"
    assert len(lines) == 32
    report = replay(log, differences=2)
    assert (report.different, len(report.differences)) == (30, 2)
    assert replay(log, differences=100).differences[29].number == 30


def test_a_report_of_many_operations() -> None:
    assert str(Report(1_234_567, 12.345)) == "1,234,567 operations in 12.35 s: every answer is as recorded"


def test_what_the_recorded_code_prints_is_printed(recorded: Recorded, capsys: pytest.CaptureFixture[str]) -> None:
    recorded.ask(Call(0, pickled(print), ["hello"]))
    replay(recorded.log())
    assert capsys.readouterr().out == "hello\nhello\n"


# ------------------------------------------------------------------------------------------------- as a stream


def test_a_log_is_replayed_without_being_held_in_memory(recorded: Recorded) -> None:
    """What is read and answered leaves nothing behind."""
    import tracemalloc

    text = "x" * 10_000
    for _ in range(300):
        recorded.ask(Put(1, text), Fetch(Ref(1)), Del([1]))
    log = recorded.log()
    assert recorded.path.stat().st_size > 5_000_000
    replay(log)
    tracemalloc.start()
    try:
        assert replay(log, volatile=["#1"])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3_000_000


def frames(number: int) -> Iterator[Record]:
    yield BEGAN
    yield Opened(1.0, "s", "node[1]")
    for at in range(1, number + 1):
        yield sent(at, Op(0, "add", [at, 1]))
        yield answered(Reply(at, 1, [(0, at + 1)]))


def test_many_frames() -> None:
    report = replay(content(*frames(5000)))
    assert (report.operations, bool(report)) == (5000, True)


def test_time_is_as_it_was_only_for_leases(recorded: Recorded) -> None:
    recorded.ask(Call(0, function("lambda: __import__('time').time() > 1_700_000_000")))
    assert time.time() > 1_700_000_000
    same(recorded.log())


def test_frames_without_an_end(recorded: Recorded) -> None:
    recorded.writer.write(Ended(1.0, "nobody"))
    recorded.writer.write(Sent(1.0, "s", encode(Frame(1, [Put(1, 1)])), ("nobody", 3, 4)))
    recorded.writer.write(Opened(1.0, "s", "late"))
    assert replay(recorded.log()).unanswered == 1

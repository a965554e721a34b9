"""What a replay tells of answers that differ from the recorded ones."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from recording import Recorded, answered, content, pickled
from replays import changed, differences, doctored, failing, function, same

from ray_proxy import Log, operations, replay
from ray_proxy.logs.records import Answered, Opened, Sent
from ray_proxy.protocol import (
    Bytes,
    Call,
    Declined,
    Error,
    Fetch,
    GetAttr,
    GetNamed,
    Items,
    Iter,
    Kept,
    Message,
    Names,
    Op,
    Put,
    Ref,
    Reply,
    SetNamed,
    decode_answer,
    decode_frame,
    encode,
)

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


@pytest.mark.parametrize(
    ("other", "was"),
    [
        (Items([1, "b"], True, False, 2), "[(1, 'b')]"),
        (Items([Kept()], True), "[…]"),
        (Items([1, "a"], True, False, 1), "[(1), ('a')]"),
    ],
)
def test_items_whose_parts_differ(recorded: Recorded, other: Items, was: str) -> None:
    recorded.ask(Put(1, pickled([(1, "a")])), Iter(2, Ref(1), 0, 5, 2))
    same(recorded.log())
    log = doctored(recorded, lambda reply: Reply(1, 2, [(1, other)]))
    assert [found[1:] for found in differences(replay(log))] == [(was, "[(1, 'a')]")]


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

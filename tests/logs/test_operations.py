"""A log as operations: in which order, when, and what came of each."""

from __future__ import annotations

import math
from typing import Any

import cloudpickle
import msgspec
import pytest
from recording import LIST, Stand, answered, error, log_of, one, sent

from ray_proxy.errors import LogError
from ray_proxy.logs.operations import UNTOLD, Note, Operation, events, operations
from ray_proxy.logs.records import Answered, Ended, Left, Opened, Part, Recovered, Restored, Sent, Stopped, Value
from ray_proxy.protocol import (
    Bulk,
    Bytes,
    Call,
    Declined,
    Del,
    Fetch,
    Items,
    Iter,
    Kept,
    Message,
    Names,
    Op,
    Pickled,
    Put,
    Ref,
    Refused,
    Reply,
    SetNamed,
    Stored,
)

# ----------------------------------------------------------------------------------------------- what came of it


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
        (Iter(5, Ref(4), 0, 3, 2), Items([1, "a", 2, Kept()], end=True, parts=2), "-> [(1, 'a'), (2, …)]"),
        (Iter(5, Ref(4), 0, 3), Items([1.5, 2.0], end=False, dtype="<f4"), "-> [1.5, 2.0] and more"),
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


# --------------------------------------------------------------------------------------------- numbers and times


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

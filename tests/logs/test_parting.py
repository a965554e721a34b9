"""Where two logs part."""

from __future__ import annotations

import itertools
import pickle
from typing import Any

import msgspec
import numpy as np
import pytest
from recording import BEGAN, TOKEN, answered, content, error, local_class, log_of, pickled, sent

from ray_proxy.logs.operations import Operation, operations
from ray_proxy.logs.parting import part
from ray_proxy.logs.reader import Log
from ray_proxy.logs.records import Ended, Left, Opened, Part, Sent, Value, digest
from ray_proxy.protocol import (
    Bulk,
    Bytes,
    Call,
    Claim,
    Clear,
    Declined,
    Del,
    Fetch,
    Fork,
    GetAttr,
    Items,
    Lease,
    Message,
    Names,
    Op,
    Pickled,
    Put,
    Ref,
    Refused,
    Reply,
    SetNamed,
    encode,
)

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

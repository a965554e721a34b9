"""What may differ in a replay: what is marked, what depends on it, and addresses."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from recording import Recorded, pickled
from replays import Box, Grumpy, changed, doctored, failing, function

from ray_proxy import Log, Report, operations, replay
from ray_proxy.protocol import (
    Bytes,
    Call,
    Claim,
    Clear,
    Declined,
    Error,
    Fetch,
    Fork,
    GetAttr,
    GetNamed,
    Import,
    Inherit,
    Items,
    Iter,
    Lease,
    Message,
    Op,
    Pickled,
    Put,
    Ref,
    Reply,
    SetNamed,
)
from ray_proxy.values.codec import resolve


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

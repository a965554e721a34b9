"""Values are compared by a replay as they are used, and not by the bytes of their pickles."""

from __future__ import annotations

import collections
import enum
from typing import Any

import numpy as np
import pytest
from conftest import label
from recording import Recorded, pickled
from replays import Box, Grumpy, differences, doctored, function, same

from ray_proxy import replay
from ray_proxy.protocol import Call, Fetch, Pickled, Put, Ref, Reply
from ray_proxy.values.codec import resolve


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
    ids=lambda value: label(value)[:25],
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

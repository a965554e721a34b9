"""`items += v` where `items` is a mutable builtin of this process: it changes, and stays the object that it is."""

from __future__ import annotations

import array
import collections
import operator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import LoopbackInterpreter

from ray_proxy import Var


def fetched(items: Any) -> list[Any]:
    return [item.fetch() if type(item) is Var else item for item in items]


class Listed(list[Any]):
    """A subclass that changes nothing of that."""


@pytest.mark.parametrize("kind", [list, Listed, collections.deque], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("added", [[2, "three"], (2, "three"), {2: 0, "three": 0}], ids=repr)
def test_adding_extends_it_with_vars(env: LoopbackInterpreter, kind: Any, added: Any) -> None:
    items = alias = kind([1])
    items += env.put(added)
    assert items is alias
    assert type(items) is kind
    assert [type(item) for item in items] == [int, Var, Var]
    assert fetched(items) == [1, 2, "three"]


def test_adding_takes_from_a_remote_iterator(env: LoopbackInterpreter) -> None:
    items = alias = [0]
    items += env.run(lambda: (number for number in (1, 2)))
    assert items is alias
    assert fetched(alias) == [0, 1, 2]


def test_a_deque_keeps_its_length(env: LoopbackInterpreter) -> None:
    items = collections.deque([1, 2], maxlen=2)
    items += env.put([3])
    assert fetched(items) == [2, 3]


def test_adding_bytes(env: LoopbackInterpreter) -> None:
    data = alias = bytearray(b"a")
    data += env.put(b"b")
    data += env.put(bytearray(b"c" * 1000))
    assert data is alias
    assert data == b"ab" + b"c" * 1000


def test_adding_an_array(env: LoopbackInterpreter) -> None:
    numbers = alias = array.array("i", [1])
    numbers += env.put(array.array("i", [2]))
    assert numbers is alias
    assert numbers == array.array("i", [1, 2])


@pytest.mark.parametrize(
    "here", [[1], bytearray(b"a"), collections.deque([1]), array.array("i", [1])], ids=lambda here: type(here).__name__
)
@pytest.mark.parametrize("number", [2, 0, True, np.int64(2)], ids=repr)
def test_multiplying_repeats_it(env: LoopbackInterpreter, here: Any, number: Any) -> None:
    expected = here * number
    items = alias = here[:] if not isinstance(here, collections.deque) else here.copy()
    items *= env.put(number)
    assert items is alias
    assert items == expected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [("s |= v", {1, 2, "a", 3}), ("s &= v", {2, "a"}), ("s -= v", {1}), ("s ^= v", {1, 3})],
)
@pytest.mark.parametrize("kind", [set, frozenset], ids=lambda kind: kind.__name__)
def test_sets(env: LoopbackInterpreter, statement: str, expected: set[Any], kind: Any) -> None:
    changed: set[Any] = {1, 2, "a"}
    space = {"s": changed, "v": env.put(kind([2, 3, "a"]))}
    exec(statement, space)
    assert space["s"] is changed
    assert set(fetched(changed)) == expected
    assert len(changed) == len(expected)
    assert [type(item) for item in changed if item not in (1, 2, "a")] == [Var] * (3 in expected)


def test_sets_of_what_does_not_ride_along(env: LoopbackInterpreter) -> None:
    changed = alias = {("a", 1), ("b", 2)}
    changed |= env.put({("b", 2), ("c", 3)})
    assert changed is alias
    assert set(fetched(changed)) == {("a", 1), ("b", 2), ("c", 3)}
    changed -= env.put({("a", 1), ("c", 3)})
    assert changed == {("b", 2)}


def test_a_set_of_vars(env: LoopbackInterpreter) -> None:
    class Thing:
        pass

    things = env.run(lambda: [Thing(), Thing()])
    changed: set[Any] = {things[0], things[1]}
    changed &= env.run(lambda things: {things[0]}, (things,))
    assert len(changed) == 1
    assert bool(env.run(operator.is_, (changed.pop(), things[0])))


# ------------------------------------------------------------------------------ where the language makes another


@pytest.mark.parametrize("remote", [np.array([2, 3]), pd.Series([2, 3])], ids=["ndarray", "Series"])
def test_an_operator_of_the_remote_type_goes_first(env: LoopbackInterpreter, remote: Any) -> None:
    items: Any = [1, 2]
    kept = items
    items += env.put(remote)
    assert type(items) is Var
    assert items.tolist() == [3, 5]
    assert kept == [1, 2]


def test_a_set_and_what_is_no_set_of_a_type_with_an_operator(env: LoopbackInterpreter) -> None:
    changed: Any = {1}
    changed |= env.run(lambda: {2: 0}.keys())
    assert type(changed) is Var
    assert changed == {1, 2}


def test_a_plain_operator_gives_a_var(env: LoopbackInterpreter) -> None:
    items = [1]
    result = items + env.put([2])
    assert type(result) is Var
    assert result == [1, 2]
    assert items == [1]


def test_operator_iadd_gives_a_var(env: LoopbackInterpreter) -> None:
    assert type(operator.iadd([1], env.put([2]))) is Var


def test_a_dict_takes_the_items(env: LoopbackInterpreter) -> None:
    table = alias = {"a": 1}
    table |= env.put({"b": 2})
    assert table is alias
    assert {key: value.fetch() if type(value) is Var else value for key, value in table.items()} == {"a": 1, "b": 2}


def test_an_array_of_numpy_is_written_into(env: LoopbackInterpreter) -> None:
    numbers = alias = np.array([1, 2])
    numbers += env.put([3, 4])
    assert numbers is alias
    assert numbers.tolist() == [4, 6]


# ------------------------------------------------------------------------------------------------ errors


def exception_of(statement: str, here: Any, value: Any) -> Exception:
    with pytest.raises(Exception) as caught:
        exec(statement, {"here": here, "v": value})
    return caught.value


@pytest.mark.parametrize(
    ("statement", "here", "value"),
    [
        ("here += v", [1], 5),
        ("here += v", [1], None),
        ("here += v", collections.deque([1]), 5),
        ("here += v", bytearray(b"a"), 5),
        ("here += v", bytearray(b"a"), [1]),
        ("here += v", array.array("i", [1]), [2]),
        ("here += v", array.array("i", [1]), array.array("b", [2])),
        ("here *= v", [1], 1.5),
        ("here *= v", [1], None),
        ("here *= v", [1], {}),
        ("here |= v", {1}, [2]),
        ("here -= v", {1}, 5),
    ],
)
def test_the_error_is_that_of_the_same_statement_with_the_value(
    env: LoopbackInterpreter, statement: str, here: Any, value: Any
) -> None:
    expected = exception_of(statement, here, value)
    before = list(here)
    error = exception_of(statement, here, env.put(value))
    assert (type(error), str(error)) == (type(expected), str(expected))
    assert list(here) == before


def test_a_failed_var_raises_its_error_and_changes_nothing(env: LoopbackInterpreter) -> None:
    items = [1]
    with pytest.raises(KeyError, match="missing"):
        items += env.put({})["missing"]
    assert items == [1]


def test_in_place_here_in_an_eager_interpreter(eager_env: LoopbackInterpreter) -> None:
    items = alias = [1]
    items += eager_env.put([2])
    items += eager_env.put(np.array([1])).tolist()
    assert items is alias
    assert fetched(items) == [1, 2, 1]

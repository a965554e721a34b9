"""Numbers that were computed with rounding may be apart in a replay, by as much as is said, and by no more."""

from __future__ import annotations

import array
import collections
import math
import pickle
import types
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from recording import Recorded

from ray_proxy import Report, replay
from ray_proxy.logs.records import Answered, Record
from ray_proxy.logs.sameness import Tolerance, same
from ray_proxy.protocol import Bulk, Call, Fetch, Items, Iter, Op, Pickled, Put, Ref, Reply, decode_answer, encode
from ray_proxy.tools.cli import main

NEAR = Tolerance(rtol=1e-6)
NAN, INF = math.nan, math.inf
E = 1 + 1e-9
"""What a number is multiplied by that is near."""
MIXED = np.dtype([("a", "i4"), ("b", "f8")])


def holding(value: Any) -> Any:
    return types.SimpleNamespace(value=value)


ALIKE: dict[str, tuple[Any, Any]] = {
    "float": (1.0, E),
    "nan": (NAN, -NAN),
    "inf": (INF, INF),
    "zero": (0.0, -0.0),
    "large": (1e308, 1e308 * E),
    "complex": (3 + 4j, (3 + 4j) * E),
    "complex with nan": (complex(NAN, 1), complex(NAN, E)),
    "array": (np.array([1, NAN, INF, -INF]), np.array([E, NAN, INF, -INF])),
    "array of float32": (np.ones(2, "f4"), np.ones(2, "f4") * np.float32(1 + 2e-7)),
    "array of complex": (np.array([complex(INF, 1), 1j]), np.array([complex(INF, E), 1j * E])),
    "array of nothing": (np.zeros((0, 2)), np.zeros((0, 2))),
    "array without a dimension": (np.array(1.0), np.array(E)),
    "array of objects": (np.array([1.0, "x", [2.0]], object), np.array([E, "x", [2.0 * E]], object)),
    "array of records": (np.array([(1, 2.0)], MIXED), np.array([(1, 2.0 * E)], MIXED)),
    "array with a mask": (np.ma.array([1.0, 2], mask=[0, 1]), np.ma.array([E, 2], mask=[0, 1])),
    "scalar of numpy": (np.float32(1), np.float32(1 + 2e-7)),
    "frame": (pd.DataFrame({"a": [1.0, NAN], "b": ["x", "y"]}), pd.DataFrame({"a": [E, NAN], "b": ["x", "y"]})),
    "series": (pd.Series([1.0], index=[0.5]), pd.Series([E], index=[0.5 * E])),
    "series that may miss": (pd.Series([1.0, None], dtype="Float64"), pd.Series([E, None], dtype="Float64")),
    "nested": ([{"k": (1.0, np.ones(2))}], [{"k": (E, np.ones(2) * E)}]),
    "set": ({1.0, 2.0}, {E, 2.0}),
    "key": ({0.1: "x"}, {0.1 * E: "x"}),
    "state": (holding([1.0]), holding([E])),
    "deque": (collections.deque([1.0]), collections.deque([E])),
    "array.array": (array.array("d", [1, 2]), array.array("d", [E, 2])),
}
APART: dict[str, tuple[Any, Any]] = {
    "float": (1.0, 1.001),
    "nan": (NAN, 1.0),
    "sign of inf": (INF, -INF),
    "inf": (INF, 1e308),
    "no inf": (1e308, INF),
    "from zero": (0.0, 1e-300),
    "type": (1.0, 1),
    "int": (10**9, 10**9 + 1),
    "bool": (True, False),
    "text": ("1.0", "1.000000001"),
    "dtype": (np.ones(1), np.ones(1, "f4")),
    "shape": (np.ones(2), np.ones((2, 1))),
    "array": (np.array([1.0, 2.0]), np.array([1.0, 2.1])),
    "array of int": (np.array([10**9]), np.array([10**9 + 1])),
    "array with nan": (np.array([NAN]), np.array([1.0])),
    "array with inf": (np.array([INF]), np.array([-INF])),
    "array of complex": (np.array([complex(INF, 1)]), np.array([complex(INF, 2)])),
    "type of scalar": (np.float64(1), np.float32(1)),
    "records": (np.array([(1, 2.0)], MIXED), np.array([(2, 2.0)], MIXED)),
    "mask": (np.ma.array([1.0, 2], mask=[0, 1]), np.ma.array([1.0, 2], mask=[0, 0])),
    "columns": (pd.DataFrame({"a": [1.0]}), pd.DataFrame({"b": [1.0]})),
    "frame": (pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": [1.1]})),
    "length": ([1.0], [1.0, 1.0]),
    "set": ({1.0, 2.0}, {1.0, 2.1}),
    "set of what has no order": ({1j, 1.0}, {1.1j, 1.0}),
}


@pytest.mark.parametrize("name", ALIKE)
def test_values_that_are_near(name: str) -> None:
    one, other = ALIKE[name]
    assert same(one, other, NEAR)
    assert same(other, one, NEAR)


@pytest.mark.parametrize("name", APART)
def test_values_that_are_not_near(name: str) -> None:
    one, other = APART[name]
    assert not same(one, other, NEAR)
    assert not same(other, one, NEAR)


def test_without_a_tolerance_all_is_exact() -> None:
    assert not same(1.0, E)
    assert not same(0.0, -0.0)
    assert not same(np.array([1.0]), np.array([E]))
    assert same(NAN, NAN)


def test_the_relative_tolerance_is_of_what_was_and_the_absolute_one_is_added() -> None:
    assert same(8.0, 10.0, Tolerance(rtol=0.25))
    assert not same(8.0, 10.5, Tolerance(rtol=0.25))
    assert same(10.5, 8.0, Tolerance(rtol=0.25))
    assert same(8.0, 10.5, Tolerance(rtol=0.25, atol=0.5))
    assert same(0.0, 0.5, Tolerance(atol=0.5))
    assert same(np.array([8.0, 0.0]), np.array([10.5, 0.5]), Tolerance(0.25, 0.5))


# ----------------------------------------------------------------------------------------------- in a replay


def doctored(recorded: Recorded, value: Any, at: int) -> list[Record]:
    """What was recorded, but this is the value of the last message then."""
    records: list[Record] = []
    for record in recorded.log():
        if isinstance(record, Answered):
            reply = decode_answer(record.data)
            assert isinstance(reply, Reply)
            values = [(index, value if index == at else told) for index, told in reply.values]
            record = Answered(record.time, record.session, encode(Reply(reply.frame, reply.executed, values)))
        records.append(record)
    return records


def replayed(recorded: Recorded, value: Any, at: int, **options: Any) -> Report:
    from recording import content

    return replay(content(*doctored(recorded, value, at)), **options)


def pickled(value: object) -> Pickled:
    return Pickled(pickle.dumps(value, 5))


def test_a_float_that_rides_along(recorded: Recorded) -> None:
    recorded.ask(Put(1, 0.1), Op(2, "add", [Ref(1), 0.2]))
    assert not replayed(recorded, 0.3, 1)
    assert replayed(recorded, 0.3, 1, rtol=1e-12)
    assert replayed(recorded, 0.3, 1, atol=1e-12)


def test_a_value_that_was_asked_for(recorded: Recorded) -> None:
    recorded.ask(Put(1, pickled([np.ones(3), {"x": 2.0}])), Fetch(Ref(1)))
    now = pickled([np.ones(3) * E, {"x": 2.0}])
    assert not replayed(recorded, now, 1)
    assert replayed(recorded, now, 1, rtol=1e-6)
    assert not replayed(recorded, pickled([np.ones(3), {"x": 2}]), 1, rtol=1e-6)


def test_items_of_an_iteration(recorded: Recorded) -> None:
    recorded.ask(Put(1, pickled([1.0, 2.0])), Iter(2, Ref(1), 0, 5))
    assert not replayed(recorded, Items([E, 2.0], True), 1)
    assert replayed(recorded, Items([E, 2.0], True), 1, rtol=1e-6)


def test_an_integer_is_exact(recorded: Recorded) -> None:
    recorded.ask(Put(1, 10**9), Op(2, "add", [Ref(1), 1]))
    assert not replayed(recorded, 10**9, 1, rtol=0.1, atol=10)


def test_a_value_of_which_there_is_a_checksum_knows_no_tolerance_and_the_difference_says_so(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path / "bulk.rplog", bulk=True)
    recorded.ask(Put(1, pickled(np.ones)), Call(2, Ref(1), [300_000]), Fetch(Ref(2)))
    records = list(recorded.log())
    for at, record in enumerate(records):
        if type(record).__name__ == "Left":
            records[at] = type(record)(record.token, "another")  # type: ignore[union-attr, call-arg]
    from recording import content

    exact, near = replay(content(*records)), replay(content(*records), rtol=1e-6)
    assert (exact.different, near.different) == (1, 1)
    assert "checksum" not in str(exact)
    assert "a checksum, which knows no tolerance: to compare it by its type alone, mark it as volatile: '#3'" in str(
        near
    )
    assert replay(content(*records), rtol=1e-6, volatile=["#3"])
    assert isinstance(decode_answer(records[-2].data).values[0][1], Bulk)  # type: ignore[union-attr]


@pytest.mark.parametrize("value", [-1e-9, NAN, INF, -INF])
@pytest.mark.parametrize("name", ["rtol", "atol"])
def test_what_is_no_tolerance(recorded: Recorded, name: str, value: float) -> None:
    recorded.ask(Put(1, 1))
    with pytest.raises(ValueError, match=f"{name} is a finite number that is not negative, and not {value}"):
        replay(recorded.log(), **{name: value})


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "much", ""])
def test_the_command_refuses_what_is_no_tolerance(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["log", "replay", "x.rplog", "--rtol", text])
    assert ended.value.code == 2
    assert "a finite number that is not negative is needed" in capsys.readouterr().err


def test_the_command_takes_a_tolerance(recorded: Recorded, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from recording import content

    recorded.ask(Put(1, 0.1), Op(2, "add", [Ref(1), 0.2]))
    path = tmp_path / "other.rplog"
    path.write_bytes(content(*doctored(recorded, 0.3, 1)))
    assert main(["log", "replay", str(path)]) == 1
    assert main(["log", "replay", str(path), "--rtol", "1e-12"]) == 0
    assert main(["log", "replay", str(path), "--atol", "1e-12"]) == 0

"""What a library makes of a value: its text, its array, and joblib's hash of it."""

from __future__ import annotations

import datetime
import io
import pathlib
import pickle
from collections.abc import Callable
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from conftest import LoopbackInterpreter, label

from ray_proxy import NotPicklableError, Var

# --------------------------------------------------------------------------------------------- text


@pytest.mark.parametrize("value", ["a title", 10, 1.5, None, [1, "two"], {"a": 1}], ids=repr)
def test_format_without_a_spec_gives_the_own_text_of_the_value(env: LoopbackInterpreter, value: object) -> None:
    var = env.put(value)
    assert f"{var}" == format(var, "") == "{}".format(var) == str(value)  # noqa: UP032


def test_format_of_a_value_that_rode_along_is_the_same(env: LoopbackInterpreter) -> None:
    var = env.put("a") + "b"
    assert var == "ab"
    assert f"{var}" == "ab"
    assert f"{var:>4}" == "  ab"


def test_format_asks_the_remote_type(env: LoopbackInterpreter) -> None:
    class Temperature:
        def __format__(self, spec: str) -> str:
            return f"{spec or 'plain'} degrees"

    var = env.run(Temperature)
    assert (f"{var}", f"{var:warm}") == ("plain degrees", "warm degrees")


def test_str_repr_and_percent_keep_the_mark(env: LoopbackInterpreter) -> None:
    var = env.put("text")
    marked = "Var@loopback[loopb]:'text'"
    assert str(var) == repr(var) == "%s" % var == f"{var!s}" == f"{var!r}" == marked  # noqa: UP031


def test_print_keeps_the_mark(env: LoopbackInterpreter, capsys: pytest.CaptureFixture[str]) -> None:
    print(env.put([1]))
    assert capsys.readouterr().out == "Var@loopback[loopb]:[1]\n"


def test_a_repr_of_several_lines_begins_on_a_line_of_its_own(env: LoopbackInterpreter) -> None:
    class Table:
        def __repr__(self) -> str:
            return "   a  b\n0  1  2"

    assert repr(env.run(Table)) == "Var@loopback[loopb]:\n   a  b\n0  1  2"


def test_text_of_a_failed_var_raises_its_error(env: LoopbackInterpreter) -> None:
    broken = env.put({})["missing"]
    for text in (str, repr, format, lambda var: f"{var}"):
        with pytest.raises(KeyError, match="missing"):
            text(broken)


# -------------------------------------------------------------------------------------------- arrays


class Frame(pd.DataFrame):
    """As geopandas has one."""


LABELLED = [
    pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}, index=[5, 6]),
    Frame({"a": [1, 2]}),
    pd.Series([1, 2], index=[3, 4], name="s"),
    pd.Index([1, 2], name="i"),
    pd.MultiIndex.from_tuples([(1, 2)], names=["x", "y"]),
    pd.Categorical(["a", "b"]),
    pd.array([1, 2], dtype="Int64"),
]


@pytest.mark.parametrize("value", LABELLED, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("take", [pd.DataFrame, pd.Series, pd.Index], ids=lambda take: take.__name__)
def test_pandas_gets_no_labelled_value_as_a_plain_array(
    env: LoopbackInterpreter, value: Any, take: Callable[[Any], Any]
) -> None:
    with pytest.raises(TypeError, match=rf"pandas asks .*{type(value).__name__}.*v\.fetch\(\)"):
        take(env.put(value))


@pytest.mark.parametrize("value", LABELLED, ids=lambda value: type(value).__name__)
def test_an_array_of_a_labelled_value_is_made_for_anyone_else(env: LoopbackInterpreter, value: Any) -> None:
    assert np.array_equal(np.asarray(env.put(value)), np.asarray(value))
    assert np.array_equal(np.atleast_1d(np.asarray(env.put(value))), np.asarray(value))


def test_an_array_that_a_function_asks_for_which_pandas_calls_is_made(env: LoopbackInterpreter) -> None:
    var = env.put(pd.Series([1, 2]))
    assert pd.Series([0]).apply(lambda _: np.asarray(var).sum()).tolist() == [3]


@pytest.mark.parametrize("take", [pd.DataFrame, pd.Series, pd.Index], ids=lambda take: take.__name__)
def test_pandas_gets_a_plain_array(env: LoopbackInterpreter, take: Callable[[Any], Any]) -> None:
    assert take(env.put(np.arange(3))).equals(take(np.arange(3)))


def test_pandas_makes_an_index_of_a_list(env: LoopbackInterpreter) -> None:
    assert pd.Index(env.put([1, 2])).tolist() == [1, 2]


@pytest.fixture
def as_xarray() -> dict[str, Any]:
    """What xarray does with data that it does not know, in a module of that name."""
    space: dict[str, Any] = {"__name__": "xarray.core.variable", "np": np}
    exec(
        "def as_compatible_data(data):\n    return data if hasattr(data, '__array_function__') else np.asarray(data)\n",
        space,
    )
    return space


def test_xarray_takes_no_labelled_value_for_an_array(env: LoopbackInterpreter, as_xarray: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"xarray asks .*Series.*v\.fetch\(\)"):
        as_xarray["as_compatible_data"](env.put(pd.Series([1, 2])))


def test_xarray_takes_a_remote_array_as_it_is(env: LoopbackInterpreter, as_xarray: dict[str, Any]) -> None:
    var = env.put(np.arange(3))
    assert as_xarray["as_compatible_data"](var) is var


@pytest.mark.parametrize("make", [np.asarray, np.array], ids=["asarray", "array"])
def test_no_array_without_a_copy(env: LoopbackInterpreter, make: Any) -> None:
    var = env.put(np.arange(3))
    with pytest.raises(ValueError, match="Unable to avoid copy"):
        make(var, copy=False)
    assert make(var, copy=None).tolist() == make(var, copy=True).tolist() == [0, 1, 2]


def test_a_local_array_reaches_the_reflected_operator(env: LoopbackInterpreter) -> None:
    local, remote = np.arange(3.0), env.put(np.ones(3))
    for result, expected in ((local + remote, local + 1), (local / remote, local), (local < remote, local < 1)):
        assert type(result) is Var
        np.testing.assert_array_equal(result.fetch(), expected)


def test_functions_of_numpy_are_called_where_the_array_lives(env: LoopbackInterpreter) -> None:
    remote = env.put(np.arange(4.0))
    for result in (np.sin(remote), np.concatenate([remote, remote]), np.mean(remote)):
        assert type(result) is Var
    assert np.mean(remote) == 1.5


def test_asarray_fetches(env: LoopbackInterpreter) -> None:
    array = np.asarray(env.put(np.arange(3)))
    assert type(array) is np.ndarray
    assert np.array(env.put([1, 2]), dtype=float).tolist() == [1.0, 2.0]


def test_a_local_array_is_changed_in_place_by_a_remote_one(env: LoopbackInterpreter) -> None:
    local = kept = np.arange(3.0)
    local += env.put(np.ones(3))
    assert kept.tolist() == [1.0, 2.0, 3.0]


def test_fetched_arrays_are_writable(env: LoopbackInterpreter) -> None:
    array = env.put(np.zeros(3)).fetch()
    array[0] = 1
    remote = env.put(np.zeros(3))
    remote[0] = 5
    assert remote[0] == 5


def test_functions_that_write_into_a_local_array_do(env: LoopbackInterpreter) -> None:
    remote = env.put(np.arange(3.0))
    target = np.zeros(3)
    np.copyto(target, remote)
    assert target.tolist() == [0, 1, 2]
    np.add.at(target, env.put([0, 1]), 5)
    assert target.tolist() == [5, 6, 2]
    np.cumsum(remote, out=target)
    assert target.tolist() == [0, 1, 3]
    np.add(remote, 1, out=target)
    assert target.tolist() == [1, 2, 3]


def test_functions_that_write_into_a_remote_array_do(env: LoopbackInterpreter) -> None:
    remote = env.put(np.arange(3.0))
    np.add(np.ones(3), np.ones(3), out=remote)
    assert remote.fetch().tolist() == [2, 2, 2]


def test_a_local_series_or_frame_leaves_the_operator_to_the_var(env: LoopbackInterpreter) -> None:
    series, frame = pd.Series([1, 2]), pd.DataFrame({"a": [1, 2]})
    for local in (series, frame):
        remote = env.put(local)
        for result in (local + remote, local == remote, local * remote):
            assert type(result) is Var
        assert (local + remote).fetch().equals(local + local)


# -------------------------------------------------------------------------------------------- joblib


class Model:
    def __init__(self, weight: float) -> None:
        self.weight = weight


HASHED: list[Any] = [
    5,
    "text",
    None,
    1.5,
    b"bytes",
    [1, "two"],
    {"a": [1], "b": 2},
    {"a", "b"},
    (1, (2,)),
    np.arange(6).reshape(2, 3),
    np.arange(6).reshape(2, 3).T,
    np.float64(1.5),
    np.dtype("f4"),
    LABELLED[0],
    datetime.date(2020, 1, 2),
    pathlib.PurePosixPath("/tmp"),
    Model(1.5),
    Model,
    len,
]


@pytest.mark.parametrize("value", HASHED, ids=lambda value: label(value)[:20])
def test_joblib_hashes_the_value(env: LoopbackInterpreter, value: Any) -> None:
    var = env.put(value)
    assert joblib.hash(var) == joblib.hash(var.fetch())


@pytest.mark.parametrize("value", [5, [1], np.arange(3), Model(1.5)], ids=lambda value: type(value).__name__)
def test_joblib_hashes_containers_with_vars(env: LoopbackInterpreter, value: Any) -> None:
    var, here = env.put(value), env.put(value).fetch()
    assert joblib.hash([var]) == joblib.hash([here])
    assert joblib.hash({"x": var, "y": (1, var)}) == joblib.hash({"x": here, "y": (1, here)})
    assert joblib.hash([var, var, 7]) == joblib.hash([here, here, 7])
    assert joblib.hash([var, 1, env.put([2])]) == joblib.hash([here, 1, [2]])


def test_joblib_tells_a_value_that_has_changed(env: LoopbackInterpreter) -> None:
    var = env.put([1])
    before = joblib.hash(var)
    var.append(2)
    assert joblib.hash(var) == joblib.hash([1, 2]) != before


def test_joblib_leaves_no_lease(env: LoopbackInterpreter) -> None:
    joblib.hash([env.put([1])])
    env.sync()
    assert env.interpreter.leased() == 0


@pytest.mark.parametrize("kind", [pickle.Pickler, pickle._Pickler], ids=["in C", "in Python"])  # type: ignore[attr-defined]
def test_what_is_really_pickled_is_leased(env: LoopbackInterpreter, kind: Any) -> None:
    class Pickler(kind):  # type: ignore[misc]
        def persistent_id(self, thing: object) -> str | None:
            return "the interpreter" if thing is env else None

    Pickler(io.BytesIO()).dump([env.put([1])])
    assert env.interpreter.leased() == 1


def test_joblib_memory_computes_once_for_a_value(env: LoopbackInterpreter, tmp_path: pathlib.Path) -> None:
    calls = []

    def total(items: Any, more: int = 0) -> int:
        calls.append(1)
        return int(sum(items)) + more

    cached = joblib.Memory(tmp_path, verbose=0).cache(total)
    var = env.put([1, 2])
    assert [cached(var), cached(var), cached(env.put([1, 2])), cached([1, 2])] == [3, 3, 3, 3]
    assert len(calls) == 1
    var.append(3)
    assert cached(var, more=1) == 7
    assert len(calls) == 2
    assert env.interpreter.leased() == 0


def test_joblib_raises_the_error_of_a_var(env: LoopbackInterpreter) -> None:
    with pytest.raises(KeyError, match="missing"):
        joblib.hash([env.put({})["missing"]])
    with pytest.raises(NotPicklableError):
        joblib.hash(env.run(lambda: (item for item in "ab")))

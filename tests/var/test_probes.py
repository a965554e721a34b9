"""Questions about a remote object: `hasattr`, `getattr`, C code and `help` hear the truth, and leave nothing behind."""

from __future__ import annotations

import collections
import functools
import inspect
import logging
import operator
import pydoc
import sys
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import LoopbackInterpreter

from ray_proxy import NotPicklableError, Var, attr
from ray_proxy.var.instructions import TELLS

needs_instructions = pytest.mark.skipif(not TELLS, reason="the instructions of this Python are not known")


@pytest.fixture(params=["pipelined", "eager"])
def env(request: pytest.FixtureRequest) -> Iterator[LoopbackInterpreter]:
    env = LoopbackInterpreter.make(eager=request.param == "eager")
    yield env
    env.destroy()


class Thing:
    value = 5

    @property
    def broken(self) -> int:
        raise ValueError("the property is broken")


def add(a: int, b: int = 2) -> int:
    """Adds."""
    return a + b


# --------------------------------------------------------------------------------------------------- truthful


@needs_instructions
@pytest.mark.parametrize("name", ["value", "nope", "__len__", "_private", "__array_interface__"])
def test_hasattr_says_what_the_object_says(env: LoopbackInterpreter, name: str) -> None:
    assert hasattr(env.put(Thing()), name) == hasattr(Thing(), name)


@needs_instructions
def test_getattr_gives_its_default_where_there_is_no_such_attribute(env: LoopbackInterpreter) -> None:
    thing = env.put(Thing())
    assert getattr(thing, "nope", "default") == "default"
    assert getattr(thing, "value", "default") == 5
    with pytest.raises(AttributeError, match="nope"):
        getattr(thing, "nope")  # noqa: B009
    with pytest.raises(AttributeError, match="nope"):
        operator.attrgetter("nope")(thing)
    assert operator.attrgetter("value")(thing) == 5


@needs_instructions
def test_hasattr_passes_on_what_is_no_attribute_error(env: LoopbackInterpreter) -> None:
    with pytest.raises(ValueError, match="the property is broken"):
        hasattr(env.put(Thing()), "broken")
    env.sync()


@needs_instructions
def test_a_probe_leaves_nothing_behind(env: LoopbackInterpreter, caplog: pytest.LogCaptureFixture) -> None:
    thing = env.put(Thing())
    env.sync()
    count = env.interpreter.count()
    with caplog.at_level(logging.ERROR, "ray_proxy"):
        for _ in range(10):
            assert not hasattr(thing, "nope")
            assert hasattr(thing, "value")
            assert getattr(thing, "nope", None) is None
        env.sync()
    assert env.interpreter.count() == count
    assert not caplog.records


def test_the_syntax_stays_pipelined() -> None:
    env = LoopbackInterpreter.make()
    thing = env.put(Thing())
    thing.value
    thing.value.real
    assert env.interpreter.count() == 0
    env.destroy()


def test_attr_is_the_pipelined_way_for_a_name_that_is_computed() -> None:
    env = LoopbackInterpreter.make()
    found = attr(env.put(Thing()), "value")
    assert env.interpreter.count() == 0
    assert found == 5
    env.destroy()


@needs_instructions
def test_of_a_failed_var_dunder_probes_say_no_and_all_others_raise_its_error() -> None:
    env = LoopbackInterpreter.make()
    failed = env.put([])[5]
    assert not hasattr(failed, "__len__")
    with pytest.raises(IndexError):
        hasattr(failed, "name")
    env.destroy()


@needs_instructions
def test_a_probe_does_not_take_the_error_of_an_earlier_operation() -> None:
    env = LoopbackInterpreter.make()
    numbers = env.put([1])
    numbers[5] = 1
    assert not hasattr(numbers, "nope")
    with pytest.raises(IndexError):
        env.sync()
    env.destroy()


# -------------------------------------------------------------------------------------------------- mappings


class Keyed:
    def keys(self) -> list[str]:
        return ["a", "b"]

    def __getitem__(self, key: str) -> str:
        return key * 2


MAPPINGS: dict[str, Any] = {"dict": {"a": 1, "b": [2]}, "ordered": collections.OrderedDict(a=1), "keyed": Keyed()}


@needs_instructions
@pytest.mark.parametrize("value", MAPPINGS.values(), ids=MAPPINGS)
def test_a_remote_mapping_is_unpacked_with_real_keys_and_remote_values(env: LoopbackInterpreter, value: Any) -> None:
    var, expected = env.put(value), dict(value)

    def take(**given: Any) -> dict[str, Any]:
        return given

    updated: dict[str, Any] = {}
    updated.update(var)
    merged: dict[str, Any] = {"z": 0}
    merged |= var
    for found in (dict(var), {**var}, take(**var), updated, collections.OrderedDict(var)):
        assert [type(key) for key in found] == [str] * len(expected)
        assert {key: item.fetch() for key, item in found.items()} == expected
        assert all(type(item) is Var for item in found.values())
    assert set(merged) == {"z", *expected}


@needs_instructions
def test_keys_of_a_remote_mapping_are_remote_where_the_syntax_asks(env: LoopbackInterpreter) -> None:
    assert type(env.put({"a": 1}).keys()) is Var
    assert sorted(env.put({"a": 1, "b": 2}).keys().fetch()) == ["a", "b"]


@needs_instructions
def test_what_has_no_keys_is_no_mapping(env: LoopbackInterpreter) -> None:
    assert not hasattr(env.put([1]), "keys")
    with pytest.raises(TypeError):
        {**env.put([1])}
    assert {key.fetch(): value.fetch() for key, value in dict(env.put([("a", 1)])).items()} == {"a": 1}


@needs_instructions
def test_a_key_that_cannot_travel_is_told_of(env: LoopbackInterpreter) -> None:
    mapping = env.run(lambda: {(number for number in ()): 1})
    with pytest.raises(NotPicklableError, match="a key of the remote mapping cannot travel"):
        dict(mapping)
    env.sync()


# ---------------------------------------------------------------------------------------- names, help, signatures


@needs_instructions
def test_names_and_documentation_are_real_strings(env: LoopbackInterpreter) -> None:
    there = env.put(add)
    for name in ("__name__", "__qualname__", "__module__", "__doc__"):
        assert type(getattr(there, name)) is str
        assert getattr(there, name) == getattr(add, name)
    assert getattr(there, "__annotations__") == add.__annotations__  # noqa: B009


@needs_instructions
def test_a_remote_function_can_be_wrapped(env: LoopbackInterpreter) -> None:
    there = env.put(add)

    @functools.wraps(there)
    def inner(*args: Any, **kwargs: Any) -> Any:
        return there(*args, **kwargs)

    assert (inner.__name__, inner.__doc__, inner(1).fetch()) == ("add", "Adds.", 3)
    assert inner.__annotations__ == add.__annotations__


@needs_instructions
def test_the_signature_is_that_of_the_remote_function(env: LoopbackInterpreter) -> None:
    assert inspect.signature(env.put(add)) == inspect.signature(add)
    assert str(inspect.signature(env.put(Keyed))) == "()"
    assert inspect.getdoc(env.put(add)) == "Adds."


HELPED: dict[str, Any] = {"function": add, "class": Thing, "instance": Keyed(), "module": collections}


@needs_instructions
@pytest.mark.parametrize("value", HELPED.values(), ids=HELPED)
def test_help_shows_the_remote_object(env: LoopbackInterpreter, value: Any) -> None:
    text = pydoc.plain(pydoc.render_doc(env.put(value)))
    assert "_handle" not in text
    assert "fetch" not in text
    assert {"add": "Adds.", "Thing": "broken", "collections": "OrderedDict"}.get(
        getattr(value, "__name__", ""), "keys"
    ) in text


def test_dir_holds_nothing_of_our_insides(env: LoopbackInterpreter) -> None:
    assert set(dir(env.put(Thing()))) - set(dir(Thing())) == {"fetch", "env"}


# ----------------------------------------------------------------------------------------------- numpy and others


@needs_instructions
@pytest.mark.parametrize("name", ["int64", "float32", "bool_"])
def test_a_remote_dtype_stands_for_a_real_one(env: LoopbackInterpreter, name: str) -> None:
    array = env.module("numpy").zeros(3, dtype=name)
    kind: Any = attr(env.module("numpy"), name)
    expected = np.dtype(name)
    for remote in (array.dtype, kind):
        assert np.dtype(remote) == expected
        assert np.zeros(3, dtype=remote).dtype == expected
        assert np.ones(3).astype(remote).dtype == expected
    assert pd.Series([1, 0]).astype(array.dtype).dtype == expected


@needs_instructions
def test_what_is_no_dtype_is_none(env: LoopbackInterpreter) -> None:
    with pytest.raises(TypeError):
        np.dtype(env.put([1, 2, object()]))
    env.sync()


# ------------------------------------------------------------------------------------------------ class statements


def test_a_class_with_a_remote_base_says_what_to_do(env: LoopbackInterpreter) -> None:
    base = env.put(Thing)
    with pytest.raises(TypeError, match=r"cannot derive from the remote .* env\.run\(function\)"):

        class Mine(base):  # type: ignore[misc,valid-type]
            pass

    with pytest.raises(TypeError, match=r"env\.run\(function\)"):

        class Other(dict, base):  # type: ignore[misc,type-arg,valid-type]
            pass


def test_raise_and_except_take_no_var(env: LoopbackInterpreter) -> None:
    error = env.put(ValueError("remote"))
    with pytest.raises(TypeError, match="must derive from BaseException"):
        raise error  # type: ignore[misc]
    with pytest.raises(ValueError, match="remote"):
        raise error.fetch()


def test_patterns_of_sequences_and_mappings_never_match(env: LoopbackInterpreter) -> None:
    matched = []
    for var in (env.put([1]), env.put({"a": 1})):
        match var:
            case [_]:
                matched.append("sequence")
            case {"a": _}:
                matched.append("mapping")
            case _:
                matched.append("neither")
    assert matched == ["neither", "neither"]


def test_a_mapping_proxy_is_unpacked(env: LoopbackInterpreter) -> None:
    var = env.run(lambda: MappingProxyType({"a": 1}))
    assert {key: value.fetch() for key, value in dict(var).items()} == {"a": 1}


def test_the_memory_of_probes_is_flat(env: LoopbackInterpreter) -> None:
    import tracemalloc

    space = {"v": env.put(Thing())}

    def run(count: int) -> None:
        for number in range(count):
            eval(f"hasattr(v, 'value') or {number}", space)

    run(2000)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    run(5000)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 100_000, sys.version

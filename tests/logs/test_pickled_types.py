"""Types are read off pickles, which are not loaded."""

from __future__ import annotations

import array
import collections
import dataclasses
import datetime
import enum
import fractions
import functools
import io
import itertools
import math
import operator
import pathlib
import pickle
import random
import re
import types
import uuid
from collections.abc import Callable
from typing import Any

import cloudpickle
import numpy as np
import pytest
from conftest import LoopbackInterpreter, label
from recording import MemoryStore, Stand, local_class, one

from ray_proxy.logs.opcodes import pickled_type
from ray_proxy.logs.operations import references
from ray_proxy.logs.text import render
from ray_proxy.protocol import Pickled, Put
from ray_proxy.values.codec import Codec


@dataclasses.dataclass
class Point:
    x: int = 0


class Color(enum.Enum):
    RED = 1


class Plain:
    pass


class Slotted:
    __slots__ = ("x",)

    def __init__(self) -> None:
        self.x = [1]


class MyList(list):  # type: ignore[type-arg]
    pass


class MyDict(dict):  # type: ignore[type-arg]
    pass


class MyInt(int):
    pass


class WithState(Exception):
    def __init__(self) -> None:
        super().__init__("text")
        self.more = {"a": [1]}


Pair = collections.namedtuple("Pair", "a b")


def local() -> Callable[[int], int]:
    captured = [1]
    return lambda x: x + len(captured)


def shared() -> list[Any]:
    part = [1, (2, 3)]
    return [part, part, {"again": part}]


def cyclic() -> list[Any]:
    cycle: list[Any] = [1]
    cycle.append({"self": cycle})
    return cycle


BUILTIN_VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 255, 65536, 2**31, -(2**40), 2**63, 2**70, -(2**2500), 1.5, math.nan, 1j, "", "text",
    "é" * 300, "x" * 70_000, "\ud800", b"", b"x", b"x" * 300, b"x" * 70_000, bytearray(), bytearray(b"xyz"),
    [], [1], list(range(5000)), [[], [[]]], (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), ((),), {}, {"a": 1},
    {number: [number] for number in range(3000)}, {(1, 2): {3}}, set(), {1, 2}, set(range(3000)), {(1,), "a"},
    frozenset(), frozenset({1}), frozenset({(1, frozenset({2}))}), range(5), range(0, 10, 2), slice(1, 2), slice(None),
    shared(), cyclic(), [Point(), Color.RED, local(), local_class()], ({"a": {1: [()]}}, [None, (True, "x")]),
    {"list": [], "tuple": (), "set": {1}}, object(), ValueError("x"), KeyError(), OSError(2, "no"), StopIteration(3),
    UnicodeDecodeError("utf-8", b"x", 0, 1, "y"), property(len), staticmethod(len), classmethod(len),
    zip([1], [2]), map(len, [[1]]), filter(None, [1]), enumerate([1]), Ellipsis.__class__, [1.5] * 300,
]  # fmt: skip
"""Values whose types are builtins."""


@pytest.mark.parametrize("value", BUILTIN_VALUES, ids=lambda value: label(value)[:30])
def test_the_types_of_builtin_values(value: Any) -> None:
    kind = type(value)
    told = pickled_type(cloudpickle.dumps(value, protocol=5))
    if isinstance(value, type):
        assert told in ("type", "pickle", f"global {value.__name__}")
    else:
        assert told == kind.__name__


@pytest.mark.parametrize(
    "value", [iter([1]), iter((1,)), iter({1: 2}), iter("x"), reversed([1]), [1].append, iter(range(3))], ids=label
)
def test_builtin_values_that_a_function_makes_are_none_that_we_could_name(value: Any) -> None:
    assert pickled_type(cloudpickle.dumps(value, protocol=5)) == "pickle"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (int, "global int"),
        (len, "global len"),
        (ValueError, "global ValueError"),
        (NotImplemented, "global NotImplemented"),
        (Ellipsis, "global Ellipsis"),
        (math.sqrt, "global math.sqrt"),
        (operator.add, "global _operator.add"),
        (np.dot, "global numpy.dot"),
        (collections.OrderedDict, "global collections.OrderedDict"),
        (dict.fromkeys, "pickle"),
        (type(None), "type"),
        (local(), "function"),
        (local_class(), "type"),
        (local_class()(), "Local"),
        (types, "module"),
        (Point(3), "test_pickled_types.Point"),
        ([Point(3)], "list"),
        (Color.RED, "test_pickled_types.Color"),
        (Plain(), "test_pickled_types.Plain"),
        (Slotted(), "test_pickled_types.Slotted"),
        (MyList([1, 2]), "test_pickled_types.MyList"),
        (MyDict(a=1), "test_pickled_types.MyDict"),
        (MyInt(3), "test_pickled_types.MyInt"),
        (Pair(1, 2), "test_pickled_types.Pair"),
        (WithState(), "test_pickled_types.WithState"),
        (collections.OrderedDict(a=1), "collections.OrderedDict"),
        (collections.defaultdict(list, a=[1]), "collections.defaultdict"),
        (collections.deque([1], 5), "collections.deque"),
        (collections.Counter("aab"), "collections.Counter"),
        (datetime.datetime(2020, 1, 1), "datetime.datetime"),
        (datetime.timedelta(1), "datetime.timedelta"),
        (fractions.Fraction(1, 3), "fractions.Fraction"),
        (uuid.UUID(int=5), "uuid.UUID"),
        (functools.partial(int, base=2), "functools.partial"),
        (operator.itemgetter(1), "operator.itemgetter"),
        (itertools.count(3), "itertools.count"),
        (re.compile("x"), "re.Pattern"),
        (types.SimpleNamespace(a=1), "types.SimpleNamespace"),
        (array.array("i", [1]), "array.array"),
        (random.Random(1), "random.Random"),
        (io.BytesIO(b"x"), "_io.BytesIO"),
        (Plain().__init__, "pickle"),
        (Point(3).__eq__, "method"),
        (types.MappingProxyType({"a": 1}), "types.MappingProxyType"),
        (np.arange(3), "numpy.ndarray"),
        (np.arange(6).reshape(2, 3).T, "numpy.ndarray"),
        (np.arange(6)[::2], "numpy.ndarray"),
        (np.array(["a", None], dtype=object), "numpy.ndarray"),
        (np.array([]), "numpy.ndarray"),
        (np.array(5), "numpy.ndarray"),
        (np.float64(1.5), "numpy.generic"),
        (np.dtype("f8"), "numpy.dtype"),
        (Stand(5), "Var"),
        ([Stand(5), Stand(6)], "list"),
        ({"a": Stand(5)}, "dict"),
    ],
    ids=lambda value: label(value)[:30],
)
def test_the_types_of_other_values(value: Any, told: str) -> None:
    assert pickled_type(cloudpickle.dumps(value, protocol=5)) == told
    assert pickled_type(cloudpickle.dumps([value, (value,)], protocol=5)) == "list"


@pytest.mark.parametrize(
    "value", [pathlib.PurePosixPath("/x"), np.random.default_rng(1), np.ma.masked_array([1])], ids=label
)
def test_of_other_values_something_is_told(value: Any) -> None:
    assert pickled_type(cloudpickle.dumps(value, protocol=5))


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "value", [[1, "a"], {"a": (1,)}, (1, 2), {1, 2}, "text", 5, 1.5, None, True, shared()], ids=repr
)
def test_pickles_of_every_protocol(value: Any, protocol: int) -> None:
    assert pickled_type(pickle.dumps(value, protocol)) == type(value).__name__


def test_bytes_that_are_no_pickle() -> None:
    numbers = random.Random(5)
    whole = cloudpickle.dumps([Point(3), local(), shared(), np.arange(3)], protocol=5)
    for _ in range(3000):
        damaged = bytearray(whole)
        for _ in range(numbers.randint(1, 5)):
            damaged[numbers.randrange(len(damaged))] = numbers.randrange(256)
        cut = bytes(damaged[numbers.randrange(3) : numbers.randrange(len(damaged))])
        assert isinstance(pickled_type(bytes(damaged)), str)
        assert pickled_type(cut) == "pickle" or cut.count(b".")
        assert isinstance(pickled_type(numbers.randbytes(numbers.randrange(50))), str)
    for data in (
        b"",
        b".",
        b"0.",
        b"(.",
        b"N0.",
        b"\x80\x05.",
        b"\x80\x05h\x07.",
        b"t.",
        b"\x93.",
        b"R.",
        b"\x81.",
        b"NR.",
    ):
        assert pickled_type(data) == "pickle"


def test_no_pickle_is_loaded() -> None:
    class Bomb:
        def __reduce__(self) -> Any:
            return exec, ("raise SystemExit",)

    data = pickle.dumps([Bomb()], 5)
    assert pickled_type(data) == "list"
    assert "list" in one(Put(1, Pickled(data))).text


def test_operands_of_a_session_are_told(env: LoopbackInterpreter) -> None:
    """What `Codec` makes of values, Vars among them."""
    var = env.put([1])
    codec = env.session.codec
    assert render(Put(1, codec.dump([var, 2]))).startswith("v1 = <list, ")
    assert render(Put(1, codec.dump({"a": np.arange(3)}))).startswith("v1 = <dict, ")
    assert list(references(Put(1, codec.dump((var, [var, env.put(2)]))))) == [1, 2]
    assert re.fullmatch(
        r"v1 = <a bulk value, 8,000,\d+ bytes>", render(Put(1, Codec(MemoryStore()).dump(np.zeros(10**6))))
    )

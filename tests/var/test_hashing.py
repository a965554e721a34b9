"""`hash(v)` agrees with ``==``, in sets and as keys of dicts."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import gc
import pathlib
import sys
import types
import uuid
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from conftest import LoopbackInterpreter, eventually, label

from ray_proxy import Var
from ray_proxy.interpreter.operators import OPERATORS
from ray_proxy.session.session import Session


class Color(enum.Enum):
    RED = 1


@dataclasses.dataclass(frozen=True)
class Point:
    x: int
    name: str


@dataclasses.dataclass(unsafe_hash=True)
class Changing:
    name: str


Pair = namedtuple("Pair", "a b")


@pytest.fixture
def salted(env: LoopbackInterpreter, monkeypatch: pytest.MonkeyPatch) -> LoopbackInterpreter:
    """An interpreter whose hashes are others than those of this process, save for identities."""

    def other(value: object) -> int:
        hashed = hash(value)
        return hashed if hashed in (id(value), object.__hash__(value)) else hashed ^ 0b1010100

    monkeypatch.setitem(OPERATORS, "hash", other)
    return env


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts, in its only item, how often an answer was waited for."""
    count = [0]
    original = Session.send

    def counting(self: Session) -> None:
        count[0] += bool(self.pending)
        original(self)

    monkeypatch.setattr(Session, "send", counting)
    return count


VALUES: list[Any] = [
    ("a", "b"),
    (1, ("a", None), 2.5),
    frozenset({"a", ("b", 1)}),
    pathlib.PurePosixPath("/tmp"),
    pathlib.Path("here"),
    datetime.date(2020, 1, 2),
    datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc),
    decimal.Decimal("1.10"),
    fractions.Fraction(1, 3),
    uuid.UUID(int=5),
    Color.RED,
    Point(1, "p"),
    Changing("c"),
    Pair("a", 2),
    (Point(1, "p"), Color.RED),
    "a" * 300,
    b"x" * 300,
    "short",
    b"short",
    5,
    2**70,
    -(2**65),
    1.5,
    2 + 3j,
    True,
    None,
    np.float64(1.5),
    np.int64(7),
    np.str_("text"),
    range(3),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: f"{type(value).__name__} {label(value):.20}")
def test_the_hash_is_that_of_the_value_here(salted: LoopbackInterpreter, value: Any) -> None:
    var = salted.run(functools.partial, (lambda: value,))()
    assert hash(var) == hash(value)
    assert var in {value}
    assert {value: "found"}[var] == "found"
    assert value in {var}
    assert {var: "found"}[value] == "found"


def test_vars_of_equal_values_are_one_key(salted: LoopbackInterpreter) -> None:
    first, second = salted.put(("a", 1)), salted.put(("a", 1))
    assert len({first, second}) == 1


def test_hash_agrees_between_two_interpreters(salted: LoopbackInterpreter, other: LoopbackInterpreter) -> None:
    assert hash(salted.put(("a",))) == hash(other.put(("a",)))


# ------------------------------------------------------------------------------- by identity: the remote hash


def make_plain() -> object:
    class Plain:
        pass

    return Plain()


def make_tensor() -> object:
    class Tensor:
        def __hash__(self) -> int:
            return id(self)

        def __eq__(self, other: object) -> bool:
            raise ValueError("ambiguous")

        def __reduce__(self) -> Any:
            raise AssertionError("it was brought here")

    return Tensor()


def make_bound_method() -> object:
    class Large:
        def method(self) -> None: ...

        def __reduce__(self) -> Any:
            raise AssertionError("it was brought here")

    return Large().method


@pytest.mark.parametrize(
    "make",
    [make_plain, make_tensor, make_bound_method]
    + [lambda: [1].append, lambda: make_plain, lambda: int, lambda: sys, lambda: Color],
    ids="object id bound builtin function class module enum".split(),
)
def test_what_hashes_by_identity_has_the_hash_that_it_has_there(
    env: LoopbackInterpreter, make: Callable[[], Any]
) -> None:
    def kept_and_hash() -> Any:
        value = make()
        return [value, hash(value)]

    there = env.run(kept_and_hash)
    var = there[0]
    assert hash(var) == hash(there[0]) == there[1]
    assert var in {var, 5}


def test_it_is_asked_once_for_what_hashes_by_identity(env: LoopbackInterpreter, trips: list[int]) -> None:
    var = env.run(make_plain)
    first = hash(var)
    before = trips[0]
    assert hash(var) == first
    assert trips[0] == before


def test_what_holds_an_identity_keeps_one_hash(env: LoopbackInterpreter) -> None:
    var = env.run(lambda: (object(), 1))
    hashed = hash(var)
    gc.collect()
    assert hash(var) == hashed
    assert {var: "found"}[var] == "found"


def test_nan_keeps_one_hash(env: LoopbackInterpreter) -> None:
    var = env.put((float("nan"), decimal.Decimal("NaN")))
    assert hash(var) == hash(var)


def test_a_hash_made_of_an_identity_and_more_keeps_one_value(env: LoopbackInterpreter) -> None:
    class Odd:
        def __hash__(self) -> int:
            return hash((id(self), "odd"))

    var = env.run(Odd)
    assert hash(var) == hash(var)


# ------------------------------------------------------------------------------------------------ trips


def test_a_value_is_brought_in_two_trips_and_then_its_hash_is_known(env: LoopbackInterpreter, trips: list[int]) -> None:
    var = env.put(("a", "b"))
    trips[0] = 0
    hash(var)
    assert trips[0] == 2
    hash(var)
    assert trips[0] == 2


def test_a_frozen_dataclass_is_hashed_once(env: LoopbackInterpreter, trips: list[int]) -> None:
    var = env.put(Point(1, "p"))
    hashed = hash(var)
    trips[0] = 0
    assert hash(var) == hashed
    assert trips[0] == 0


def test_a_value_that_can_change_is_hashed_anew(env: LoopbackInterpreter) -> None:
    var = env.put(Changing("a"))
    assert hash(var) == hash(Changing("a"))
    var.name = "b"
    assert hash(var) == hash(Changing("b"))


def test_looking_leaves_no_variable_behind(env: LoopbackInterpreter) -> None:
    var = env.put(("a",))
    hash(var)
    env.sync()
    assert env.interpreter.count() == 1


# ----------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize("value", [[1], {}, set(), ([],)], ids=repr)
def test_what_has_no_hash_raises_the_remote_error(env: LoopbackInterpreter, value: object) -> None:
    with pytest.raises(TypeError, match="unhashable") as caught:
        hash(env.put(value))
    assert caught.value.__cause__ is not None


def test_an_error_of_its_hash_is_raised(env: LoopbackInterpreter) -> None:
    class Bad:
        def __hash__(self) -> int:
            raise ValueError("no hash today")

    with pytest.raises(ValueError, match="no hash today"):
        hash(env.run(Bad))


def test_a_value_that_cannot_come_is_an_error_that_names_fetch(env: LoopbackInterpreter) -> None:
    class Unpicklable:
        def __hash__(self) -> int:
            return 5

        def __eq__(self, other: object) -> bool:
            return True

        def __reduce__(self) -> Any:
            raise TypeError("it stays here")

    var = env.run(Unpicklable)
    with pytest.raises(TypeError, match=r"Unpicklable.*it stays here.*fetch\(\)"):
        hash(var)
    env.sync()
    assert env.interpreter.count() == 1


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A module whose classes travel by name."""
    made = types.ModuleType("module_of_hashes")

    class Key:
        def __init__(self, name: str) -> None:
            self.name = name

        def __eq__(self, other: object) -> bool:
            return vars(self) == vars(other)

        def __hash__(self) -> int:
            return hash(self.name)

    Key.__module__, Key.__qualname__ = made.__name__, "Key"
    made.Key = Key  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, made.__name__, made)
    return made


def test_a_class_that_is_not_here_is_an_error_that_names_fetch(
    env: LoopbackInterpreter, module: types.ModuleType
) -> None:
    var = env.put(module.Key("a"))
    assert hash(var) == hash("a")
    module.Key.__reduce_ex__ = lambda self, protocol: (_Gone(), (self.name,))
    with pytest.raises(TypeError, match=r"module_of_hashes\.Key.*fetch\(\)"):
        hash(var)


class _Gone:
    """Pickled as what cannot be found where it is loaded."""

    def __call__(self, name: str) -> object:
        raise AssertionError

    def __reduce__(self) -> Any:
        return _find, ("module_that_is_not_here",)


def _find(name: str) -> object:
    raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def test_a_class_that_compares_by_identity_here_alone_is_an_error(
    env: LoopbackInterpreter, module: types.ModuleType
) -> None:
    class Key:
        """What this process knows under the same name."""

        def __init__(self, name: str) -> None:
            self.name = name

    var = env.put(module.Key("a"))
    module.Key.__reduce_ex__ = lambda self, protocol: (Key, (self.name,))
    with pytest.raises(TypeError, match=r"module_of_hashes\.Key.*by identity in this process.*fetch\(\)"):
        hash(var)


def test_a_class_that_has_no_hash_here_is_an_error(env: LoopbackInterpreter, module: types.ModuleType) -> None:
    class Key:
        def __init__(self, name: str) -> None:
            self.name = name

        def __eq__(self, other: object) -> bool:
            return False

    var = env.put(module.Key("a"))
    module.Key.__reduce_ex__ = lambda self, protocol: (Key, (self.name,))
    with pytest.raises(TypeError, match=r"module_of_hashes\.Key.*unhashable type.*fetch\(\)"):
        hash(var)


def test_a_failed_var_raises_its_error(env: LoopbackInterpreter) -> None:
    with pytest.raises(KeyError, match="missing"):
        hash(env.put({})["missing"])


def test_a_pending_error_is_raised_first(env: LoopbackInterpreter) -> None:
    var, items = env.put(("a",)), env.put([])
    hash(var)
    items[5] = 1
    eventually(lambda: bool(env.session.thread.here.errors))  # the ticker has sent it
    with pytest.raises(IndexError):
        hash(var)


def test_hash_in_an_eager_interpreter(eager_env: LoopbackInterpreter) -> None:
    assert eager_env.put(("a",)) in {("a",)}
    with pytest.raises(TypeError, match="unhashable"):
        hash(eager_env.put([]))


def test_a_class_that_travels_by_value_hashes_as_it_does_here(env: LoopbackInterpreter) -> None:
    class Key:
        def __init__(self, name: str) -> None:
            self.name = name

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Key) and self.name == other.name

        def __hash__(self) -> int:
            return hash((Key, self.name))

    local = Key("a")
    var = env.put(local)
    assert type(var) is Var
    assert hash(var) == hash(var)

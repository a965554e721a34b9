"""Operators are those of the language, halves of them, too."""

# ruff: noqa: F811 (fixtures are imported, and are arguments of that name)

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import pytest
from talks import (  # noqa: F401
    Talk,
    Thing,
    _nothing_left,
    clock,
    interpreter,
    pickled,
    talk,
)

from ray_proxy.interpreter.operators import BINARY, COMPARISONS, OPERATORS
from ray_proxy.protocol import (
    Call,
    Declined,
    Fetch,
    GetAttr,
    Items,
    Iter,
    Op,
    Operand,
    Put,
    Ref,
)


class Guard:
    """A context manager that swallows ValueErrors."""

    def __enter__(self) -> str:
        return "entered"

    def __exit__(self, kind: object, error: object, trace: object) -> bool:
        return isinstance(error, ValueError)


class Left:
    def __add__(self, other: object) -> str:
        return "left"

    def __radd__(self, other: object) -> str:
        return "left, reflected"


class Right(Left):
    def __radd__(self, other: object) -> str:
        return "right, reflected"


def refer_to_nothing() -> object:
    return NotImplemented


# ------------------------------------------------------------------------------------------------- operators


def apply(name: str, *args: Any) -> Any:
    """What the language itself makes of an operator."""
    function: Callable[..., Any] = divmod
    if name != "divmod":
        function = getattr(operator, {"and": "and_", "or": "or_"}.get(name, name))
    return function(*args)


NUMBERS = [name for name in BINARY if name != "matmul"]


@pytest.mark.parametrize("name", NUMBERS)
def test_a_binary_operator_is_that_of_the_language(talk: Talk, name: str) -> None:
    assert talk.value(Op(0, name, [13, 3])) == apply(name, 13, 3)


@pytest.mark.parametrize("name", [f"i{name}" for name in NUMBERS if name != "divmod"])
def test_an_in_place_operator_is_that_of_the_language(talk: Talk, name: str) -> None:
    assert talk.value(Op(0, name, [13, 3])) == apply(name, 13, 3)


@pytest.mark.parametrize("name", COMPARISONS)
def test_a_comparison_is_that_of_the_language(talk: Talk, name: str) -> None:
    pairs = [(1, 2), (2, 2), (3, 2)]
    assert [talk.value(Op(0, name, list(pair))) for pair in pairs] == [apply(name, *pair) for pair in pairs]


@pytest.mark.parametrize(
    ("name", "args", "result"),
    [
        ("neg", [5], -5),
        ("pos", [5], 5),
        ("invert", [5], -6),
        ("abs", [-5], 5),
        ("index", [5], 5),
        ("truth", [pickled([])], False),
        ("contains", [pickled([1, 2]), 2], True),
        ("round", [2.5], 2),
        ("round", [2.567, 1], 2.6),
        ("floor", [2.5], 2),
        ("ceil", [2.5], 3),
        ("trunc", [-2.5], -2),
        ("int", ["12"], 12),
        ("float", ["1.5"], 1.5),
        ("complex", [1, 2], 1 + 2j),
        ("len", ["text"], 4),
        ("hash", [5], 5),
        ("repr", ["text"], "'text'"),
        ("format", [5, ">3"], "  5"),
        ("bytes", [pickled([1])], b"\x01"),
        ("getitem", [pickled([1, 2]), 1], 2),
        ("length_hint", [pickled([1, 2])], 2),
        ("copy", [pickled([1])], [1]),
        ("deepcopy", [pickled([[1]])], [[1]]),
        ("isinstance", [5, pickled(int)], True),
        ("issubclass", [pickled(bool), pickled(int)], True),
        ("implements", [5, "__add__"], True),
        ("implements", [5, "__iadd__", "__add__"], True),
        ("implements", [5, "__matmul__"], False),
        ("implements", [pickled([]), "__hash__"], False),
        ("implements", [1.5, "__or__"], False),
        ("enter", [pickled(Guard())], "entered"),
        ("exit", [pickled(Guard()), None], False),
        ("exit", [pickled(Guard()), pickled(ValueError())], True),
        ("exit", [pickled(Guard()), pickled(TypeError())], False),
    ],
    ids=str,
)
def test_an_operator_gives_what_the_language_gives(talk: Talk, name: str, args: list[Operand], result: object) -> None:
    assert talk.value(Op(0, name, args)) == result


def test_operators_without_a_result_change_their_target(talk: Talk) -> None:
    talk(
        Put(1, pickled({"old": 1})),
        Op(0, "setitem", [Ref(1), "new", 2]),
        Op(0, "delitem", [Ref(1), "old"]),
        Call(2, pickled(Thing)),
        Op(0, "setattr", [Ref(2), "x", 1]),
        Op(0, "setattr", [Ref(2), "y", 2]),
        Op(0, "delattr", [Ref(2), "x"]),
        GetAttr(3, Ref(2), "__dict__"),
    )
    assert talk.value(Fetch(Ref(1))) == {"new": 2}
    assert talk.value(Fetch(Ref(3))) == {"y": 2}


def test_operators_without_a_result_answer_nothing(talk: Talk) -> None:
    assert talk(Put(1, pickled({})), Op(0, "setitem", [Ref(1), 1, 2])).values == []


def test_dir_lists_names(talk: Talk) -> None:
    assert talk.value(Op(0, "dir", [5])) == dir(5)


def test_reversed_gives_an_iterator(talk: Talk) -> None:
    talk(Put(1, pickled([1, 2])), Op(2, "reversed", [Ref(1)]))
    assert talk(Iter(10, Ref(2), -1, 5)).values == [(0, Items([2, 1], True))]


# --------------------------------------------------------------------------------- halves of an operator


HALVES = [name for name in OPERATORS if name.startswith("__")]


@pytest.mark.parametrize(
    ("name", "args", "result"),
    [
        ("__add__", [2, 3], 5),
        ("__radd__", [2.5, 3], 5.5),
        ("__rsub__", [2.5, 3], 0.5),
        ("__lt__", [2, 3], True),
        ("__eq__", [2, 2], True),
        ("__iadd__", [2, 3], 5),
        ("__divmod__", [7, 2], (3, 1)),
    ],
    ids=str,
)
def test_a_half_of_an_operator_gives_its_result(talk: Talk, name: str, args: list[Operand], result: object) -> None:
    reply = talk(Op(1, name, args))
    assert not reply.failures
    assert talk.value(Fetch(Ref(1))) == result


@pytest.mark.parametrize("name", HALVES)
def test_every_half_that_a_type_lacks_or_refuses_is_declined(talk: Talk, name: str) -> None:
    reply = talk(Call(1, pickled(Thing)), Op(2, name, [Ref(1), 5]))
    assert (reply.values, reply.failures) == ([(1, Declined())], [])


def test_a_half_that_answers_not_implemented_is_declined(talk: Talk) -> None:
    assert talk(Op(1, "__add__", [1, "text"])).values == [(0, Declined())]


def test_a_half_that_is_declined_makes_no_variable(talk: Talk) -> None:
    talk(Op(1, "__add__", [1, "text"]))
    assert talk.interpreter.count() == 0


def test_a_half_asked_without_a_variable_is_declined_as_well(talk: Talk) -> None:
    assert talk(Op(0, "__add__", [1, "text"])).values == [(0, Declined())]


def test_a_half_leaves_the_first_word_to_a_subclass_on_the_right(talk: Talk) -> None:
    talk(Call(1, pickled(Left)), Call(2, pickled(Right)))
    assert talk(Op(3, "__add__", [Ref(1), Ref(2)])).values == [(0, Declined())]
    assert talk(Op(4, "__radd__", [Ref(2), Ref(1)])).values == [(0, "right, reflected")]


def test_a_half_that_is_asked_last_is_asked_once(talk: Talk) -> None:
    talk(Call(1, pickled(Left)), Call(2, pickled(Right)))
    assert talk(Op(3, "__add__", [Ref(1), Ref(2), True])).values == [(0, "left")]
    assert talk(Op(4, "__add__", [Ref(1), 5, True])).values == [(0, Declined())]


def test_a_reflected_half_is_not_asked_after_one_of_its_own_type(talk: Talk) -> None:
    talk(Call(1, pickled(Right)), Call(2, pickled(Right)))
    assert talk(Op(3, "__radd__", [Ref(1), Ref(2)])).values == [(0, Declined())]


def test_a_half_in_place_gives_the_left_operand(talk: Talk) -> None:
    talk(Put(1, pickled([1])))
    assert talk(Op(2, "__iadd__", [Ref(1), pickled([2])])).values == [(0, Ref(1))]


def test_a_half_in_place_falls_back_to_the_plain_one(talk: Talk) -> None:
    talk(Put(1, pickled((1,))), Op(2, "__iadd__", [Ref(1), pickled((2,))]))
    assert talk.value(Fetch(Ref(2))) == (1, 2)


def test_an_error_inside_a_half_is_an_error(talk: Talk) -> None:
    assert talk.error(Op(1, "__truediv__", [1, 0])).type_name == "ZeroDivisionError"


def test_a_call_may_give_not_implemented(talk: Talk) -> None:
    reply = talk(Call(1, pickled(refer_to_nothing)))
    assert (reply.values, reply.failures) == ([], [])
    assert talk.value(Fetch(Ref(1))) is NotImplemented

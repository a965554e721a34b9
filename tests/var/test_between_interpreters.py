"""Operations whose operands live in two interpreters."""

from __future__ import annotations

import copy
import operator
from typing import Any

import numpy as np
import pytest
from conftest import LoopbackInterpreter, eventually

# -------------------------------------------------------------------------------------- what is moved, and to where


def test_the_result_lives_with_the_left_operand(env: LoopbackInterpreter, other: LoopbackInterpreter) -> None:
    result = env.put([1]) + other.put([2])
    assert result.env.id == env.id
    assert result.fetch() == [1, 2]


def test_it_lives_with_the_right_operand_where_the_left_declines(
    env: LoopbackInterpreter, other: LoopbackInterpreter
) -> None:
    class Right:
        def __radd__(self, left: Any) -> tuple[str, Any]:
            return ("radd", left)

    result = env.put(1) + other.put(Right())
    assert result.env.id == other.id
    assert result.fetch() == ("radd", 1)


def test_nothing_is_moved_to_a_left_operand_without_the_operator(
    env: LoopbackInterpreter, other: LoopbackInterpreter
) -> None:
    class Plain:
        pass

    class Right:
        def __radd__(self, left: Any) -> str:
            return type(left).__name__

        def __reduce__(self) -> Any:
            raise TypeError("it must not be moved")

    right = other.run(Right)
    result = env.put(Plain()) + right
    assert result == "Plain"


def test_operands_that_nobody_accepts_are_a_type_error_at_once(
    env: LoopbackInterpreter, other: LoopbackInterpreter
) -> None:
    with pytest.raises(TypeError, match=r"unsupported operand types for \+.*int.*list"):
        env.put(1) + other.put([])


def test_the_error_of_a_moved_operand_is_raised_at_once(env: LoopbackInterpreter, other: LoopbackInterpreter) -> None:
    with pytest.raises(KeyError, match="missing"):
        env.put([]).append(other.put({})["missing"])


def test_equality_across_interpreters(env: LoopbackInterpreter, other: LoopbackInterpreter) -> None:
    assert env.put([1]) == other.put([1])
    assert not env.put(object()) == other.put(object())
    assert env.put(object()) != other.put(object())


def test_a_var_of_another_interpreter_inside_an_argument_is_moved(
    env: LoopbackInterpreter, other: LoopbackInterpreter
) -> None:
    theirs = other.put([1, 2])
    assert env.put({"a": [theirs]}).fetch() == {"a": [[1, 2]]}
    assert env.run(lambda: sum(theirs)) == 3


def test_a_none_that_is_not_known_yet_is_moved(env: LoopbackInterpreter, other: LoopbackInterpreter) -> None:
    nothing = other.put([]).append(1)
    assert env.run(lambda *values: values, (nothing, [nothing])).fetch() == (None, [None])


def test_several_foreign_operands_of_one_call(env: LoopbackInterpreter, other: LoopbackInterpreter) -> None:
    a, b, c = (other.put([number]) for number in range(3))
    assert env.run(lambda *all: sum(all, []), (a, b, c)).fetch() == [0, 1, 2]
    assert env.run(sum, ([a, b, c], [])).fetch() == [0, 1, 2]
    target = env.put({})
    target[other.put("key")] = other.put("value")
    assert target.fetch() == {"key": "value"}


def test_nothing_that_was_moved_stays(env: LoopbackInterpreter, other: LoopbackInterpreter) -> None:
    theirs = other.put([1])
    env.run(len, (theirs,)).fetch()
    eventually(lambda: env.interpreter.count() == 0)


def test_an_error_of_a_nested_foreign_var_is_that_error(env: LoopbackInterpreter, other: LoopbackInterpreter) -> None:
    bad = other.run(int, ("zz",))
    with pytest.raises(ValueError, match="zz"):
        env.run(len, ([bad],))


# ------------------------------------------------------------------------------- operators, as the language does it


class _Base:
    def __add__(self, other: Any) -> Any:
        return "add"

    def __radd__(self, other: Any) -> Any:
        return "radd"

    def __lt__(self, other: Any) -> Any:
        return "lt"

    def __gt__(self, other: Any) -> Any:
        return "gt"

    def __repr__(self) -> str:
        return "base"


class _Inherits(_Base):
    pass


class _Overrides(_Base):
    def __radd__(self, other: Any) -> Any:
        return "own radd"

    def __gt__(self, other: Any) -> Any:
        return "own gt"


class _Yields(_Base):
    def __radd__(self, other: Any) -> Any:
        return NotImplemented

    def __gt__(self, other: Any) -> Any:
        return NotImplemented


class _Reflects:
    def __radd__(self, other: Any) -> Any:
        return "radd"

    def __rmul__(self, other: Any) -> Any:
        return "rmul"

    def __rmod__(self, other: Any) -> Any:
        return "rmod"

    def __repr__(self) -> str:
        return "reflects"


class _Appends(list[Any]):
    def __iadd__(self, other: Any) -> Any:
        return "iadd"


@pytest.mark.parametrize("operation", ["add", "iadd", "mul", "imul", "mod", "lt", "eq"])
@pytest.mark.parametrize("right", [[1], "a", 2, _Base(), _Inherits(), _Overrides(), _Yields(), _Reflects(), np.ones(2)])
@pytest.mark.parametrize("left", [[1, 2], (1,), "a%s", 2, _Base(), _Reflects(), _Appends()], ids=str)
def test_operands_of_two_interpreters_are_asked_as_the_language_asks_them(
    env: LoopbackInterpreter, other: LoopbackInterpreter, left: Any, right: Any, operation: str
) -> None:
    function = getattr(operator, operation)
    remote = env.put(left), other.put(right)
    try:
        expected = function(copy.copy(left), right)
    except Exception as error:
        with pytest.raises(type(error)):
            function(*remote)
        return
    np.testing.assert_equal(function(*remote).fetch(), expected)


def test_a_failed_in_place_operation_between_interpreters_leaves_nothing(
    env: LoopbackInterpreter, other: LoopbackInterpreter
) -> None:
    values, number = env.put([1]), other.put(5)
    other.sync()
    with pytest.raises(TypeError):
        values += number
    assert values.fetch() == [1]
    assert (env.interpreter.count(), other.interpreter.count()) == (1, 1)

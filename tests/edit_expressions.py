"""The expressions of random projects: what they say in a text, and which definitions they name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

Naming = Callable[[int], str]
"""How a definition is called where the expression stands."""


@dataclass(frozen=True)
class Number:
    value: int


@dataclass(frozen=True)
class Argument:
    """The argument of a function, or the number that an instance was made with."""

    text: str = "x"


@dataclass(frozen=True)
class Use:
    """The value of a constant, or of what was loaded."""

    key: int


@dataclass(frozen=True)
class Plus:
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Apply:
    """A call of a function with one argument."""

    key: int
    argument: Expression


@dataclass(frozen=True)
class Pair:
    left: Expression
    right: Expression


Expression = Number | Argument | Use | Plus | Apply | Pair


def text_of(expression: Expression, naming: Naming) -> str:
    if isinstance(expression, Number):
        return str(expression.value)
    if isinstance(expression, Argument):
        return expression.text
    if isinstance(expression, Use):
        return naming(expression.key)
    if isinstance(expression, Plus):
        return f"{text_of(expression.left, naming)} + {text_of(expression.right, naming)}"
    if isinstance(expression, Apply):
        return f"{naming(expression.key)}({text_of(expression.argument, naming)})"
    return f"({text_of(expression.left, naming)}, {text_of(expression.right, naming)})"


def uses_of(expression: Expression | None) -> Iterator[int]:
    """The definitions that it names."""
    if isinstance(expression, (Use, Apply)):
        yield expression.key
    if isinstance(expression, Apply):
        yield from uses_of(expression.argument)
    if isinstance(expression, (Plus, Pair)):
        yield from uses_of(expression.left)
        yield from uses_of(expression.right)

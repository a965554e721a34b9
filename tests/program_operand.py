"""Operands of random programs: expressions over their variables, and what they may name."""

from __future__ import annotations

import collections
import contextlib
import datetime
import decimal
import fractions
import functools
import math
import operator
import re
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import program_functions
import program_values

NAMESPACE: dict[str, Any] = {
    **{
        name: value
        for module in (program_values, program_functions)
        for name, value in vars(module).items()
        if getattr(value, "__module__", "") != "typing"
    },
    **{"is_": operator.is_, "Fraction": fractions.Fraction, "Decimal": decimal.Decimal, "deque": collections.deque},
    **{"datetime": datetime.datetime, "date": datetime.date, "timedelta": datetime.timedelta},
    **{"nan": math.nan, "inf": math.inf, "suppress": contextlib.suppress, "nullcontext": contextlib.nullcontext},
}
NAMES = [f"v{number}" for number in range(8)]
_NAME = re.compile(r"\bv\d\b")


@functools.lru_cache(10_000)
def compiled(source: str) -> types.CodeType:
    return compile(source, "<program>", "eval")


@dataclass(frozen=True)
class Operand:
    """An expression of Python, in which variables may stand."""

    source: str

    def __str__(self) -> str:
        return self.source

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_NAME.findall(self.source)))

    @property
    def is_name(self) -> bool:
        return self.source in NAMES


_OPERATORS = "add sub mul matmul truediv floordiv mod pow lshift rshift and_ or_ xor eq ne lt le gt ge"
OPERATORS = {divmod, *(getattr(operator, name) for name in _OPERATORS.split())}
"""Where their two operands live in two interpreters, both are asked."""
REFLECTED: dict[Any, Callable[..., Any]] = {
    operator.eq: operator.eq,
    operator.ne: operator.ne,
    operator.lt: operator.gt,
    operator.gt: operator.lt,
    operator.le: operator.ge,
    operator.ge: operator.le,
}

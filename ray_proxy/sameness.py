"""Whether two values that were computed at different times are the same.

Bytes of pickles do not tell: they differ by what is shared inside a value, and by the order of a set. Nor do ``==``,
which many classes do not define and arrays answer item by item, and `repr`, which leaves out most of a large value. So
values are taken apart as `pickle` does it, and compared piece by piece. Knows nothing of the rest of the package.
"""

from __future__ import annotations

import re
from types import FunctionType, ModuleType
from typing import Any

import cloudpickle

ADDRESS: re.Pattern[str] = re.compile(r"\b0x[0-9a-fA-F]{6,}")
"""An address in the text of a value or an error: differs from run to run."""


def masked(text: str) -> str:
    """Text without addresses."""
    return ADDRESS.sub("0x…", text)


def same_types(one: object, other: object) -> bool:
    """Whether two values are of the same type, or of types of the same name: some travel by value, or are made anew."""
    return type(one) is type(other) or _name(type(one)) == _name(type(other))


def same(one: object, other: object) -> bool:
    """Whether two values are the same; False where that cannot be told."""
    try:
        return _same(one, other, {})
    except Exception:  # of users' code, or for the depth of the value
        return False


def _same(one: Any, other: Any, seen: dict[tuple[int, int], Any]) -> bool:
    if one is other:
        return True
    if not same_types(one, other):
        return False
    kind = type(one)
    if kind is str:
        return masked(one) == masked(other)
    if kind in (float, complex):
        return repr(one) == repr(other)  # nan is nan, and 0.0 is not -0.0
    if kind in (int, bool, bytes, bytearray):
        return bool(one == other)
    if isinstance(one, type):
        return _name(one) == _name(other)
    if kind is ModuleType:
        return bool(one.__name__ == other.__name__)
    pair = (id(one), id(other))
    if pair in seen:
        return True  # further out it is being compared
    seen[pair] = one, other  # held, so that nothing else gets their ids
    if kind in (set, frozenset):
        return bool(one == other) or sorted(map(_text, one)) == sorted(map(_text, other))
    if kind is dict:
        return _same_items(one, other, seen)
    if kind in (list, tuple):
        return len(one) == len(other) and all(_same(*both, seen) for both in zip(one, other))
    return _same(_taken_apart(one), _taken_apart(other), seen)


def _same_items(one: dict[Any, Any], other: dict[Any, Any], seen: dict[tuple[int, int], Any]) -> bool:
    if one.keys() == other.keys():
        return all(_same(value, other[key], seen) for key, value in one.items())
    return _same(list(one.items()), list(other.items()), seen)


def _taken_apart(value: Any) -> Any:
    """What a pickle would hold of it."""
    if isinstance(value, FunctionType):
        return value.__code__, value.__defaults__, value.__kwdefaults__, value.__closure__, value.__dict__
    reduce = cloudpickle.CloudPickler.dispatch_table.get(type(value))
    reduced = value.__reduce_ex__(4) if reduce is None else reduce(value)
    if isinstance(reduced, str):
        return reduced
    made, (state, items, pairs) = reduced[:2], [*reduced[2:5], None, None, None][:3]
    return [*made, state, list(items or ()), list(pairs or ())]


def _name(kind: type) -> tuple[str, str]:
    return getattr(kind, "__module__", ""), kind.__qualname__  # one that is made where no module is has none


def _text(value: object) -> str:
    return masked(repr(value))

"""The operations that statements of random programs can do, and which of them have one result, of a modest size."""

from __future__ import annotations

import builtins
import collections
import copy
import enum
import fractions
import math
import operator
import types
from collections.abc import Callable, Sequence
from typing import Any

from program_described import objects_in
from program_machine import has_identity

BINARY: dict[str, tuple[str, Callable[..., Any]]] = {
    "add": ("{} + {}", operator.add),
    "sub": ("{} - {}", operator.sub),
    "mul": ("{} * {}", operator.mul),
    "matmul": ("{} @ {}", operator.matmul),
    "truediv": ("{} / {}", operator.truediv),
    "floordiv": ("{} // {}", operator.floordiv),
    "mod": ("{} % {}", operator.mod),
    "divmod": ("divmod({}, {})", divmod),
    "pow": ("{} ** {}", operator.pow),
    "lshift": ("{} << {}", operator.lshift),
    "rshift": ("{} >> {}", operator.rshift),
    "and": ("{} & {}", operator.and_),
    "or": ("{} | {}", operator.or_),
    "xor": ("{} ^ {}", operator.xor),
    "eq": ("{} == {}", operator.eq),
    "ne": ("{} != {}", operator.ne),
    "lt": ("{} < {}", operator.lt),
    "le": ("{} <= {}", operator.le),
    "gt": ("{} > {}", operator.gt),
    "ge": ("{} >= {}", operator.ge),
}
LAZY: dict[str, tuple[str, Callable[..., Any]]] = {
    **BINARY,
    "neg": ("-{}", operator.neg),
    "pos": ("+{}", operator.pos),
    "invert": ("~{}", operator.invert),
    "abs": ("abs({})", abs),
    "round": ("round({})", round),
    "round_to": ("round({}, {})", round),
    "floor": ("floor({})", math.floor),
    "ceil": ("ceil({})", math.ceil),
    "trunc": ("trunc({})", math.trunc),
    "reversed": ("reversed({})", reversed),
    "copy": ("copy({})", copy.copy),
    "deepcopy": ("deepcopy({})", copy.deepcopy),
    "getitem": ("{}[{}]", operator.getitem),
    "modpow": ("pow({}, {}, {})", pow),
}
"""Operations of the language with a result."""
INPLACE: dict[str, tuple[str, Callable[..., Any]]] = {
    name: (text.replace(" {}", "= {}"), getattr(operator, "i" + name))
    for name, (text, _) in BINARY.items()
    if hasattr(operator, "i" + name)
}
TELLS: dict[str, tuple[str, Callable[..., Any]]] = {
    "setitem": ("{}[{}] = {}", operator.setitem),
    "delitem": ("del {}[{}]", operator.delitem),
    "setattr": ("setattr({}, {}, {})", setattr),
    "delattr": ("delattr({}, {})", delattr),
}
"""Operations without a result."""
ASKS: dict[str, tuple[str, Callable[..., Any], bool]] = {
    "bool": ("bool({})", bool, True),
    "len": ("len({})", len, False),
    "int": ("int({})", int, True),
    "float": ("float({})", float, True),
    "complex": ("complex({})", complex, True),
    "index": ("index({})", operator.index, True),
    "hash": ("hash({})", hash, True),
    "repr": ("repr({})", repr, True),
    "bytes": ("bytes({})", bytes, False),
    "format": ("format({}, {})", format, True),
    "contains": ("contains({}, {})", operator.contains, False),
}
"""What Python must know now, and whether a known value answers it."""
ORDERLESS = set(
    "and or xor sub eq ne lt le gt ge copy deepcopy getitem bool len contains setitem setattr delattr "
    "append add discard remove insert get setdefault count take itself clear issubset issuperset isdisjoint union "
    "intersection difference symmetric_difference same pair appended partition is_ len bool isinstance content".split()
)
"""Operations that give the same for two sets that are equal, whose order may differ: by the history of the set, and
from process to process."""
KEEPS = set(
    "same pair appended is_ partition append insert get setdefault count take itself next iter type callable "
    "isinstance list tuple sum sorted len bool any all max min enumerate zip keywords setattr delattr eq ne "
    "copy".split()
)
"""Operations on what may hold an iterator, which change nothing while they exhaust it: an iterator over a list that
grows meanwhile has no end."""
SHARED = (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType, enum.Enum)
"""Objects of which a process has one: what is written on them would be seen by both sides."""


def _has_address(value: Any) -> bool:
    """Whether the text of a value tells where in memory it is."""
    try:
        return " at 0x" in repr(value)
    except Exception:
        return False


def has_order(values: Sequence[Any]) -> bool:
    return any(isinstance(part, (set, frozenset)) and len(part) > 1 for part in objects_in(values))


def has_iterator(values: Sequence[Any]) -> bool:
    return any(hasattr(type(part), "__next__") for part in objects_in(values))


def size(value: object, left: int = 600) -> int:
    """About how large a value is, written out; it ends soon after `left`."""
    total, waiting = 0, [value]
    while waiting and total < left:
        part = waiting.pop()
        total += 1
        if isinstance(part, (str, bytes, bytearray)):
            total += len(part) // 16
        elif isinstance(part, int):
            total += part.bit_length() // 16
        elif isinstance(part, fractions.Fraction):
            total += (part.numerator.bit_length() + part.denominator.bit_length()) // 16
        elif isinstance(part, (list, tuple, set, frozenset, collections.deque)):
            waiting += list(type(part).__iter__(part))
        elif isinstance(part, dict):
            waiting += [*dict.keys(part), *dict.values(part)]
        if not isinstance(part, SHARED):
            waiting += list(getattr(part, "__dict__", {}).values())
    return total


def _bits(value: object) -> int:
    if isinstance(value, fractions.Fraction):
        return value.numerator.bit_length() + value.denominator.bit_length()
    return value.bit_length() if isinstance(value, int) else 0


def is_modest_in(name: str, values: Sequence[Any]) -> bool:
    """Whether an operation on numbers, or on how many, stays small, and what it gives means something."""
    if name == "repr":
        return not _has_address(values[0])
    if name == "is_":
        return any(map(has_identity, values))
    if name == "type":  # one that has no name, as that of an iterator, has no pickle that can be loaded
        return type(values[0]).__module__ != "builtins" or hasattr(builtins, type(values[0]).__name__)
    if name in ("bytes", "bytearray"):
        return _bits(values[0]) < 10
    if name == "round_to":
        return _bits(values[1]) < 6
    if name == "lshift":
        return _bits(values[1]) < 10
    if name == "pow":
        return not isinstance(values[1], int) or _bits(values[0]) * abs(values[1]) < 4000
    if name == "modpow":
        return all(_bits(value) < 4000 for value in values)
    if name == "mul":
        for one, other in (values, values[::-1]):
            if isinstance(one, int) and isinstance(other, (str, bytes, bytearray, list, tuple, collections.deque)):
                return _bits(one) < 10 and max(one, 0) * size(other) < 600
    return True

"""Operators with a `Var` on either side, also across interpreters, and in place.

The methods are written into the class from the interpreter's own table of operators.
"""

from __future__ import annotations

import array
import collections
import operator
from collections.abc import Callable
from sys import _getframe
from typing import Any

from ..interpreter.operators import BINARY, COMPARISONS, INPLACE
from ..protocol import Declined
from ..session.session import Handle
from .core import ask, call_there, operand, operator_of, unary, wrap
from .instructions import is_inplace
from .interface import Var, handle_of

_INPLACE = {f"i{name}" for name in INPLACE}
_SYMBOLS = dict(zip([*BINARY, *COMPARISONS], "+ - * @ / // % divmod() ** << >> & | ^ == != < > <= >=".split()))
_CHANGED_HERE: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("add", "mul"), (list, bytearray, collections.deque, array.array)),
    **dict.fromkeys(("or", "and", "sub", "xor"), (set,)),
}
"""Builtin types that an operator in place changes, and whose Python asks a Var on the right first."""


def binary(name: str, left: object, right: object) -> Var[Any]:
    """``left + right``, of which at least one is a Var."""
    if type(left) is Var and type(right) is Var:
        first, second = handle_of(left), handle_of(right)
        if first.session is not second.session:
            return wrap(_across(name, first, second))
        return wrap(first.session.op(name, first, second))
    handle = handle_of(left if type(left) is Var else right)
    return wrap(handle.session.op(name, operand(left), operand(right)))


def _across(name: str, left: Handle, right: Handle) -> Handle:
    """An operator whose operands live in two interpreters: the left one's home, if its operator accepts.

    They are asked in the language's order: the left one declines at first where it is to be asked last.
    """
    inplace = name in _INPLACE
    plain = name[1:] if inplace else name
    reflected = f"__{COMPARISONS[plain]}__" if plain in COMPARISONS else f"__r{plain}__"
    methods = [f"__{name}__", f"__{plain}__"] if inplace else [f"__{name}__"]
    for method, home, other, last in (
        (methods, left, right, ()),
        ([reflected], right, left, ()),
        (methods, left, right, (True,)),
    ):
        if last and home.session.minor < 1:
            continue  # version 1.0 knew no third operand
        if home.session.ask("implements", home, *method):
            result = _half(method[0], home, other, *last)
            if result is not None:
                return result
    if plain in ("eq", "ne"):  # as the language does: then they are equal if they are identical
        return left.session.put(plain == "ne")
    types = [ask("format", type_of(side, "__qualname__"), "") for side in (left, right)]
    raise TypeError(f"unsupported operand types for {_SYMBOLS.get(plain, plain)}{'=' * inplace}: {' and '.join(types)}")


def _half(name: str, home: Handle, other: object, *last: object) -> Handle | None:
    """One side of an operator, asked where its operand lives; None if it declines."""
    session = home.session
    result = session.op(name, home, other, *last)
    session.wait(result.id)
    if isinstance(result.value, Declined):
        session.drop(result.id)
        return None
    try:
        session.raise_failure(result)
    except BaseException:
        session.drop(result.id)  # also one that failed in place, which stands for the left operand
        raise
    return result


def type_of(handle: Handle, name: str) -> Var[Any]:
    """Var of an attribute of a variable's type, such as its name."""
    session = handle.session
    kind = wrap(session.getattr(handle, "__class__"))
    return wrap(session.getattr(handle_of(kind), name))


def _inplace(name: str, left: Var[Any], right: object) -> Var[Any]:
    result = binary(name, left, right)
    handle = handle_of(result)
    # Known here only where the operation has waited. Then the same Var comes back for the same object.
    return left if handle.is_left and handle.settled and handle.session is handle_of(left).session else result


def _inplace_here(name: str, here: Any, var: Any) -> Any:
    """``here += v`` for a mutable builtin of this process, which changes, and stays the object that it is."""
    handle = handle_of(var)
    if isinstance(here, set) and ask("isinstance", var, (set, frozenset)):
        return _update_set(name, here, var)
    # As the language does it: an operator of the right operand goes before that of a sequence.
    if not handle.is_known() and ask("implements", var, f"__r{name}__"):
        result = _half(f"__r{name}__", handle, here)
        if result is not None:
            return wrap(result)
    if name == "add":
        # Items come as Vars; the others take nothing but bytes, or another array.
        here += iter(var) if isinstance(here, (list, collections.deque)) else var.fetch()
        return here
    if name == "mul" and ask("implements", var, "__index__"):
        here *= operator.index(var)
        return here
    kind = type_of(handle, "__qualname__")
    if name == "mul":
        raise TypeError(f"can't multiply sequence by non-int of type '{kind}'")
    raise TypeError(f"unsupported operand type(s) for {_SYMBOLS[name]}=: 'set' and '{kind}'")


def _update_set(name: str, here: set[Any], var: Any) -> set[Any]:
    """``here |= v`` of a remote set. What is added are Vars; what is known here is compared without a trip."""
    items = list(call_there(var, list, (var,), {}))
    there = {handle_of(item).value if handle_of(item).is_known() else item: item for item in items}
    if name == "and":
        here.difference_update([mine for mine in here if mine not in there])
        return here
    new = [item for key, item in there.items() if key not in here]
    if name != "or":
        here.difference_update(there)
    if name != "sub":
        here.update(new)
    return here


def install(kind: type) -> None:
    """Write the operator methods of Var from the tables of the interpreter."""

    def forward(name: str) -> Callable[..., Any]:
        def operate(self: Any, other: Any) -> Any:
            result = operator_of(name, handle_of(self), other, False, _getframe(1))
            return binary(name, self, other) if result is None else result

        return operate

    def reflected(name: str) -> Callable[..., Any]:
        def operate(self: Any, other: Any) -> Any:
            result = operator_of(name, handle_of(self), other, True, _getframe(1))
            return binary(name, other, self) if result is None else result

        return operate

    def reflected_here(name: str, kinds: tuple[type, ...]) -> Callable[..., Any]:
        def operate(self: Any, other: Any) -> Any:
            if issubclass(type(other), kinds) and is_inplace(_getframe(1)):
                return _inplace_here(name, other, self)
            return binary(name, other, self)

        return operate

    def inplace(name: str) -> Callable[..., Any]:
        return lambda self, other: _inplace(name, self, other)

    def alone(name: str) -> Callable[..., Any]:
        return lambda self, *args: unary(name, self, *args)

    methods: dict[str, Callable[..., Any]] = {}
    for name in BINARY:
        methods[f"__{name}__"] = forward(name)
        methods[f"__r{name}__"] = reflected(name)
    for name, kinds in _CHANGED_HERE.items():
        methods[f"__r{name}__"] = reflected_here(name, kinds)
    for name in INPLACE:
        methods[f"__i{name}__"] = inplace(f"i{name}")
    for name in COMPARISONS:
        methods[f"__{name}__"] = forward(name)
    for name in ("neg", "pos", "invert", "abs", "round", "floor", "ceil", "trunc"):
        methods[f"__{name}__"] = alone(name)
    methods["__pow__"] = _pow
    methods["__rpow__"] = _rpow
    for name, method in methods.items():
        method.__name__ = name
        method.__qualname__ = f"Var.{name}"
        setattr(kind, name, method)


def _pow(self: Var[Any], exponent: object, modulo: object = None) -> Var[Any]:
    return binary("pow", self, exponent) if modulo is None else call_there(self, pow, (self, exponent, modulo), {})


def _rpow(self: Var[Any], base: object, modulo: object = None) -> Var[Any]:
    return binary("pow", base, self) if modulo is None else call_there(self, pow, (base, self, modulo), {})

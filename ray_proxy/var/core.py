"""What every other file of this room needs: a Var of a handle, operands, operations.

Each operation of user code passes here. It must never know what Python asks of a `Var`.
"""

from __future__ import annotations

from typing import Any

from ..session import session as sessions
from ..session.handle import Handle
from ..values import codec as pickling
from .interface import Var, handle_of, set_handle

_new_object = object.__new__


def wrap(handle: Handle) -> Var[Any]:
    """The Var of a handle."""
    var: Var[Any] = _new_object(Var)
    set_handle(var, handle)
    return var


def operand(value: object) -> object:
    return handle_of(value) if type(value) is Var else value


def checked(var: Any) -> Handle:
    if type(var) is not Var:
        hint = "; several are given one by one: fetch(*vars)" if isinstance(var, (list, tuple)) else ""
        raise TypeError(f"a Var is needed, not a {type(var).__qualname__}: {pickling.shown(var)}{hint}")
    return handle_of(var)


def unary(name: str, var: Any, *args: object) -> Var[Any]:
    handle = handle_of(var)
    return wrap(handle.session.op(name, handle, *map(operand, args)))


def ask(name: str, var: Any, *args: object) -> Any:
    handle = handle_of(var)
    return handle.session.ask(name, handle, *map(operand, args))


def call_there(var: Any, function: object, args: Any, kwargs: Any) -> Var[Any]:
    """Call a local function where a Var lives."""
    given = [operand(argument) for argument in args]
    named = {name: operand(argument) for name, argument in kwargs.items()}
    return wrap(handle_of(var).session.call(function, given, named))


def attr(var: Var[Any], name: str) -> Var[Any]:
    """A remote attribute by name, also one that `Var` shadows: ``attr(v, "fetch")``."""
    handle = checked(var)
    return wrap(handle.session.getattr(handle, name))


sessions.as_var = wrap

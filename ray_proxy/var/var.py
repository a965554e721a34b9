"""Python's data model of a `Var`: what Python asks of an object, in terms of its session.

Python asks special methods of the type, so they are put into the class; every other name goes through
`__getattribute__` to the remote object, save `fetch`, `env` and the names that pickle, copy, numpy and torch
ask of the object that is really here. What takes more than a few lines stands in a file of its own.

This file must never know what carries the session's frames.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import AsyncIterator, Generator, Iterator
from sys import _getframe
from types import FunctionType
from typing import Any, cast

from ..session.asked import UNKNOWN
from . import arrays, blocks, helping, iteration, looks, operators
from .askers import asking_hasher
from .attributes import Documentation, attribute
from .core import ask, attribute_of, call_of, operand, operator_of, unary
from .error_text import is_part_of_error_text, is_part_of_report
from .gathering import value_of
from .hashing import hash_of
from .instructions import PROBE, SYNTAX, asked
from .interface import Var, handle_of
from .pickled import hashed_as_its_value, leased
from .remote_class import class_of
from .text import text_in_error

_own = object.__getattribute__
_TAB = "rlcompleter"
"""The module that completes in plain Python."""

_OWN = frozenset(
    "fetch env __reduce_ex__ __reduce__ __deepcopy__ __copy__ __await__ __mro_entries__ "
    "__array__ __array_ufunc__ __array_function__ __torch_function__ __pandas_priority__".split()
)


class _DataModel:
    """What every `Var` does, without types."""

    def __init__(self) -> None:
        raise TypeError("a Var is made by an interpreter: env.put(value), env.run(function), env[name]")

    # -------------------------------------------------------------------------------------- attributes

    def __getattribute__(self, name: str) -> Any:
        if name in _OWN:
            return _own(self, name)
        try:
            frame = _getframe(1)
        except ValueError:  # no Python code is there that could ask
            how = PROBE
        else:
            how = asked(frame.f_code, frame.f_lasti, name)
            if how == SYNTAX and name[:1] != "_":
                return attribute_of(handle_of(self), name, frame)
            if how != SYNTAX and frame.f_globals.get("__name__") == _TAB:
                raise AttributeError(name)  # it asks for all that it offers, and for the class, to offer that's names
        return class_of(self) if name == "__class__" else attribute(self, name, how)

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type, ...]:
        raise TypeError(
            f"a class of this process cannot derive from the remote {self!r}: make the class where its base lives, "
            "env.run(function) with a function that defines and returns it; or fetch the base, if it is wanted here"
        )

    def __setattr__(self, name: str, value: object) -> None:
        if name in ("fetch", "env"):
            raise AttributeError(
                f"{name!r} is a name of Var itself; to set the remote attribute: env.run(setattr, (v, {name!r}, value))"
            )
        handle = handle_of(self)
        handle.session.tell("setattr", handle, name, operand(value))

    def __delattr__(self, name: str) -> None:
        handle = handle_of(self)
        handle.session.tell("delattr", handle, name)

    def __dir__(self) -> list[str]:
        if is_part_of_report(self, sys._getframe().f_back):
            return []  # an error is printed at once, also where the interpreter is busy for long
        frame = sys._getframe().f_back
        if frame is not None and frame.f_globals.get("__name__") == _TAB:
            return sorted(looks.names_for_tab(handle_of(self)))  # Tab, which waits for nothing
        names: list[str] = ask("dir", self)
        return sorted({*names, "fetch", "env"}, key=str)

    # ------------------------------------------------------------------------- calls, items, membership

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return call_of(handle_of(self), args, kwargs, _getframe(1))

    def __getitem__(self, key: Any) -> Any:
        item = operator_of("getitem", handle_of(self), key, False, _getframe(1))
        return unary("getitem", self, key) if item is None else item

    def __setitem__(self, key: Any, value: Any) -> None:
        handle = handle_of(self)
        handle.session.tell("setitem", handle, operand(key), operand(value))

    def __delitem__(self, key: Any) -> None:
        handle = handle_of(self)
        handle.session.tell("delitem", handle, operand(key))

    def __contains__(self, item: object) -> bool:
        return cast(bool, ask("contains", self, item))

    def __instancecheck__(self, instance: object) -> bool:
        handle = handle_of(self)
        return cast(bool, handle.session.ask("isinstance", operand(instance), handle))

    def __subclasscheck__(self, subclass: object) -> bool:
        handle = handle_of(self)
        return cast(bool, handle.session.ask("issubclass", operand(subclass), handle))

    # ------------------------------------------------------------------------------ values needed here

    def __bool__(self) -> bool:
        return bool(_known(self, "truth"))

    def __int__(self) -> int:
        return int(_known(self, "int"))

    def __float__(self) -> float:
        return float(_known(self, "float"))

    def __complex__(self) -> complex:
        return complex(_known(self, "complex"))

    def __index__(self) -> int:
        return operator.index(_known(self, "index"))

    def __hash__(self) -> int:
        return hash_of(handle_of(self))

    def __len__(self) -> int:
        return cast(int, ask("len", self))

    def __length_hint__(self) -> int:
        return cast(int, ask("length_hint", self))

    def __bytes__(self) -> bytes:
        return cast(bytes, ask("bytes", self))

    def __repr__(self) -> str:
        if is_part_of_error_text(self, sys._getframe().f_back):
            return text_in_error(self)
        text = repr(self.fetch()) if handle_of(self).is_known() else str(ask("repr", self))
        first = "\n" if "\n" in text else ""  # the columns of several lines stay aligned
        return f"Var@{handle_of(self).session.label()}:{first}{text}"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        # Without a mark: what is formatted may go into a title or a file.
        return format(self.fetch(), spec) if handle_of(self).is_known() else cast(str, ask("format", self, spec))

    # -------------------------------------------------------------------------------------- iteration

    def __iter__(self) -> Iterator[Any]:
        return iteration.iterate(self)

    def __next__(self) -> Any:
        return iteration.next_item(self)

    async def __anext__(self) -> Any:
        return await anext(iteration.AsyncItems(self))

    def __reversed__(self) -> Any:
        return unary("reversed", self)

    def __aiter__(self) -> AsyncIterator[Any]:
        return iteration.AsyncItems(unary("aiter", self))

    # ------------------------------------------------------------------------------ `with` and `await`

    def __enter__(self) -> Any:
        return blocks.enter(self)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        return blocks.leave(self, error)

    async def __aenter__(self) -> Any:
        return await blocks.enter_async(self)

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        return await blocks.leave_async(self, error)

    def __await__(self) -> Generator[Any, None, Any]:
        return value_of(self).__await__()

    # --------------------------------------------------------------------- pickle, copy, numpy, torch

    def __copy__(self) -> Any:
        return unary("copy", self)

    def __deepcopy__(self, memo: object) -> Any:
        return unary("deepcopy", self)

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        hasher = asking_hasher()
        return leased(self) if hasher is None else hashed_as_its_value(self, hasher)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return arrays.array(self, dtype, copy)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **kwargs: Any) -> Any:
        return arrays.call_ufunc(self, ufunc, method, inputs, out, kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return arrays.call_function(self, func, args, kwargs)

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return arrays.call_torch(func, args, kwargs or {})

    def __del__(self) -> None:
        try:
            handle = handle_of(self)
            if handle.session.broken is None:
                handle.session.dead[handle.id] = None  # as `drop`, with no call in which an interrupt could come
        except Exception:  # half made, or the interpreter is shutting down
            pass


def _known(var: Any, name: str) -> Any:
    """The value itself, where it is known here; else what the operator gives there."""
    handle = handle_of(var)
    session, id = handle.session, handle.id
    ledger = session.ledger
    value = ledger.values.get(id, UNKNOWN)
    if value is not UNKNOWN and id not in session.unsettled and id not in ledger.failures:  # as `Handle.is_known`
        session.raise_pending()
        return value
    return session.ask(name, handle)


def _complete() -> None:
    """Put the data model into the class."""
    for name, method in vars(_DataModel).items():
        if isinstance(method, (FunctionType, classmethod)):
            method.__qualname__ = f"Var.{method.__name__}"
            setattr(Var, name, method)
    operators.install(Var)
    type.__setattr__(Var, "__doc__", Documentation(Var.__doc__))
    arrays.install(Var)
    helping.install()


_complete()

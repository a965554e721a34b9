"""`Var`: the Python data model of a remote object, in terms of a session.

Python asks special methods of the type, so they stand in the class; every other name goes through
`__getattribute__` to the remote object, save `fetch`, `env` and the names that pickle, copy, numpy and torch
ask of the object that is really here.

This file must never know what carries the session's frames.
"""

from __future__ import annotations

import array
import asyncio
import collections
import contextlib
import functools
import operator
import queue
import re
import sys
import time
import weakref
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator
from sys import _getframe
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

from ..channels.channel import hosting
from ..errors import NotPicklableError, RemoteError, StaleVarError
from ..interpreter.operators import BINARY, COMPARISONS, INPLACE
from ..protocol import Declined, Del, Error, Op, Ref
from ..session import session as sessions
from ..session.handle import Block, Handle, blocks, line_of
from ..session.session import Session
from ..values import codec as pickling
from . import probes
from .askers import asking_hasher, asking_library
from .error_text import is_part_of_error_text, is_part_of_report
from .hashing import hash_of
from .instructions import PROBE, SYNTAX, asked, is_inplace

if TYPE_CHECKING:
    from .interface import IRemoteInterpreter

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
T_co = TypeVar("T_co", covariant=True)

_AHEAD = 16
"""Items of a list that are read at the first trip; each further trip reads four times as many…"""
_MOST_AHEAD = 1024
"""… up to this many."""

_ABSENT = frozenset(
    "__array_struct__ __array_interface__ __array_prepare__ __array_wrap__ __array_finalize__ __array_priority__ "
    "__cuda_array_interface__ __dlpack__ __dlpack_device__ _asyncio_future_blocking _typ".split()
)
"""Names by which libraries look for memory, or the insides of their own classes, in this process: a Var has none."""


def _handle(var: Any) -> Handle:
    return _get_handle(var, Var)  # type: ignore[no-any-return]


def wrap(handle: Handle) -> Var[Any]:
    """The Var of a handle."""
    var: Var[Any] = _new_object(Var)
    _set_handle(var, handle)
    return var


def _operand(value: object) -> object:
    return _handle(value) if type(value) is Var else value


class _Remote(Generic[T_co]):
    """Python's data model for a remote object, without types: what every `Var` does."""

    __slots__ = ("__weakref__", "_handle")

    def __init__(self) -> None:
        raise TypeError("a Var is made by an interpreter: env.put(value), env.run(function), env[name]")

    # -------------------------------------------------------------------------------------- attributes

    def __getattribute__(self, name: str) -> Any:
        if name in _OWN:
            return _own(self, name)
        try:
            frame = _getframe(1)
        except ValueError:  # no Python code is there that could ask
            return _attribute(self, name, PROBE)
        code = frame.f_code
        how = asked(code, frame.f_lasti, name)
        if how == SYNTAX and name[:1] != "_":
            handle = _handle(self)
            return wrap(handle.session.getattr(handle, name, line_of(frame, code)))
        return _attribute(self, name, how)

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
        handle = _handle(self)
        handle.session.tell("setattr", handle, name, _operand(value))

    def __delattr__(self, name: str) -> None:
        handle = _handle(self)
        handle.session.tell("delattr", handle, name)

    def __dir__(self) -> list[str]:
        if is_part_of_report(self, sys._getframe().f_back):
            return []  # an error is printed at once, also where the interpreter is busy for long
        names: list[str] = _ask("dir", self)
        return sorted({*names, "fetch", "env"}, key=str)

    # ------------------------------------------------------------------------- calls, items, membership

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        handle = _handle(self)
        given = [_operand(argument) for argument in args]
        named = {name: _operand(argument) for name, argument in kwargs.items()}
        return wrap(handle.session.call(handle, given, named))

    def __getitem__(self, key: Any) -> Any:
        return _unary("getitem", self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        handle = _handle(self)
        handle.session.tell("setitem", handle, _operand(key), _operand(value))

    def __delitem__(self, key: Any) -> None:
        handle = _handle(self)
        handle.session.tell("delitem", handle, _operand(key))

    def __contains__(self, item: object) -> bool:
        return cast(bool, _ask("contains", self, item))

    def __instancecheck__(self, instance: object) -> bool:
        handle = _handle(self)
        return cast(bool, handle.session.ask("isinstance", _operand(instance), handle))

    def __subclasscheck__(self, subclass: object) -> bool:
        handle = _handle(self)
        return cast(bool, handle.session.ask("issubclass", _operand(subclass), handle))

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
        return hash_of(_handle(self))

    def __len__(self) -> int:
        return cast(int, _ask("len", self))

    def __length_hint__(self) -> int:
        return cast(int, _ask("length_hint", self))

    def __bytes__(self) -> bytes:
        return cast(bytes, _ask("bytes", self))

    def __repr__(self) -> str:
        if is_part_of_error_text(self, sys._getframe().f_back):
            return _text_in_error(self)
        text = repr(self.fetch()) if _handle(self).is_known() else str(_ask("repr", self))
        first = "\n" if "\n" in text else ""  # the columns of several lines stay aligned
        return f"Var@{_handle(self).session.label()}:{first}{text}"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        # Without a mark: what is formatted may go into a title or a file.
        return format(self.fetch(), spec) if _handle(self).is_known() else cast(str, _ask("format", self, spec))

    # -------------------------------------------------------------------------------------- iteration

    def __iter__(self) -> Iterator[Any]:
        return _iterate(self)

    def __next__(self) -> Any:
        handle = _handle(self)
        answer = handle.session.items(handle, -1, 1)
        assert not isinstance(answer, Declined)
        if not answer.values:
            raise StopIteration
        return wrap(cast(Handle, answer.values[0]))

    async def __anext__(self) -> Any:
        return await anext(_AsyncItems(self))

    def __reversed__(self) -> Any:
        return _unary("reversed", self)

    def __aiter__(self) -> AsyncIterator[Any]:
        return _AsyncItems(_unary("aiter", self))

    # ----------------------------------------------------------------------------------------- `with`

    def __enter__(self) -> Any:
        handle = _handle(self)
        session = handle.session
        session.clear_way()
        entered = session.op("enter", handle)
        var = wrap(entered)
        session.wait(entered)
        if entered.failure is not None:
            session.raise_failure(entered)
        _open_block(handle)
        return var

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        handle = _handle(self)
        block = _close_block(handle)
        for session in block.sessions:
            session.settle()
        missed = _first_missed(block, error)
        question = _exit_question("exit", handle, error or missed)
        handle.session.wait(question)
        return _swallowed(question, missed)

    async def __aenter__(self) -> Any:
        handle = _handle(self)
        session = handle.session
        await _settled(session.question(Del([])))
        session.raise_pending()
        entered = session.op("aenter", handle)
        var = wrap(entered)
        await _settled(entered)
        if entered.failure is not None:
            session.raise_failure(entered)
        _open_block(handle)
        return var

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        handle = _handle(self)
        block = _close_block(handle)
        for session in block.sessions:
            await _settled(session.question(Del([])))
        missed = _first_missed(block, error)
        question = _exit_question("aexit", handle, error or missed)
        await _settled(question)
        return _swallowed(question, missed)

    # --------------------------------------------------------------------- pickle, copy, numpy, torch

    def __copy__(self) -> Any:
        return _unary("copy", self)

    def __deepcopy__(self, memo: object) -> Any:
        return _unary("deepcopy", self)

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        hasher = asking_hasher()
        return _leased(self) if hasher is None else _hashed_as_its_value(self, hasher)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        import numpy

        if copy is False:
            raise ValueError("Unable to avoid copy: the array of a remote value is made here, of what v.fetch() gives")
        if _loses_labels(self):
            library = asking_library()
            module, name = _type_of(_handle(self), "__module__"), _type_of(_handle(self), "__qualname__")
            raise TypeError(
                f"{library} asks for the plain array of a remote {module}.{name}, without its names, index and types; "
                "give it the value itself, v.fetch()"
            )
        return numpy.asarray(self.fetch(), dtype=dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **kwargs: Any) -> Any:
        """``array + v`` becomes ``v.__radd__(array)``; any other ufunc is called where `v` lives, save one that
        writes into an array of this process."""
        if out is not None:
            kwargs["out"] = out
        if _writes_here(inputs[:1] if method == "at" else out):
            return getattr(ufunc, method)(*_fetched(inputs), **_fetched(kwargs))
        name = _UFUNCS.get(ufunc.__name__)
        if name is not None and method == "__call__" and not kwargs and len(inputs) == 2 and inputs[1] is self:
            return _binary(name, inputs[0], self)
        return _call_there(self, getattr(ufunc, method), inputs, kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if _writes_here(kwargs.get("out")) or (func.__name__ in _WRITERS and _writes_here(args[:1])):
            return func(*_fetched(args), **_fetched(kwargs))
        return _call_there(self, func, args, kwargs)

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        writes = _TORCH_WRITER.fullmatch(name) is not None
        if _writes_here(kwargs.get("out")) or (writes and _writes_here(args[:1])):
            return func(*_fetched(args), **_fetched(kwargs))
        return _call_there(next(_vars_in((args, kwargs))), func, args, kwargs)

    def __del__(self) -> None:
        try:
            handle = _handle(self)
            handle.session.drop(handle)
        except Exception:  # half made, or the interpreter is shutting down
            pass


if TYPE_CHECKING:
    from ray_proxy_members import Members as _Base  # what a `Var[T]` has of T, as type checkers see it
else:
    _Base = _Remote


class Var(_Base[T_co]):
    """The local handle of a remote variable whose value is a `T`.

    It behaves as the remote object does. Operations return a `Var` at once and are executed in order in the
    interpreter; what Python must know now (``bool(v)``, ``len(v)``, ``print(v)``, iteration, ``v in …``) waits.

    Only `fetch` and `env` are its own names; for a remote attribute of that name see `ray_proxy.attr`.
    """

    __slots__ = ()

    def fetch(self, timeout: float | None = None, copy: bool = True) -> T_co:
        """The value, here.

        Args:
            timeout: seconds to wait; None waits for as long as it takes.
            copy: False gives the arrays of a large value as read-only views of Ray's object store.

        Raises:
            TimeoutError: no answer yet; nothing is cancelled.
            NotPicklableError: the value cannot travel.
            Exception: the error of the operation that should have made the value.
        """
        handle = _handle(self)
        return cast(T_co, handle.session.fetch(handle, timeout, copy))

    @property
    def env(self) -> IRemoteInterpreter:
        """The interpreter in which the value lives."""
        return cast("IRemoteInterpreter", _handle(self).session.env())

    def __await__(self) -> Generator[Any, None, T_co]:
        return _value(self).__await__()

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Var[Any]: ...
        def __setattr__(self, name: str, value: Any) -> None: ...
        def __delattr__(self, name: str) -> None: ...


# The slot is taken out of the class, so that a remote attribute of that name is not shadowed.
_slot = _Remote.__dict__["_handle"]
_get_handle = _slot.__get__
_set_handle = _slot.__set__
del _Remote._handle  # type: ignore[attr-defined]
_new_object = object.__new__
_own = object.__getattribute__

_OWN = frozenset(
    "fetch env __reduce_ex__ __reduce__ __deepcopy__ __copy__ __await__ __mro_entries__ "
    "__array__ __array_ufunc__ __array_function__ __torch_function__ __pandas_priority__".split()
)


# ---------------------------------------------------------------------------------------------- attributes


def _attribute(var: Any, name: str, how: int) -> Any:
    """What is asked for by a probe, or by a name that is always waited for; `how` is that of `instructions`."""
    if name in _ABSENT:
        raise AttributeError(name)
    if name == "__class__":
        return _class_of(var)
    handle = _handle(var)
    if how == SYNTAX and not probes.ALWAYS.fullmatch(name):
        return wrap(handle.session.getattr(handle, name))
    if name == "keys":
        probes.find_keys(handle, how)
        return functools.partial(_keys, var)
    found = probes.answer(handle, name, how)
    if type(found) is not Handle:
        return found
    remote = wrap(found)
    if name.startswith("_repr_"):
        return lambda *args, **kwargs: remote(*args, **kwargs).fetch()  # what displays it takes no proxies
    if name in _REAL_INSTEAD and probes.called(how):
        return _REAL_INSTEAD[name](remote)
    return remote


def _keys(var: Var[Any], *args: Any, **kwargs: Any) -> Any:
    """What `dict(v)` calls; with arguments it is any other method."""
    return attr(var, "keys")(*args, **kwargs) if args or kwargs else probes.keys(_handle(var))


def _no_metaclass(*args: object, **kwargs: object) -> Any:
    """The `__prepare__` of a remote metaclass, as the statement `class` finds it."""
    raise TypeError(
        "a remote class cannot be the metaclass of a class of this process: make the class where its metaclass lives, "
        "env.run(function) with a function that defines and returns it"
    )


def _real_dict(remote: Var[Any]) -> dict[Any, Any]:
    """The values stay where they are: those of a module, for one, cannot all travel."""
    return {key: remote[key] for key in probes.keys(_handle(remote))}


_REAL_INSTEAD: dict[str, Callable[[Var[Any]], Any]] = {
    "__dict__": _real_dict,
    "__annotations__": _real_dict,
    "__type_params__": tuple,
    "__prepare__": lambda remote: _no_metaclass,
}
"""What a call that asks for such an attribute gets in its place, where it takes nothing but a real one."""


class _Documentation:
    """`__doc__` of `Var`. `help(v)` asks for it past `Var.__getattribute__`, and shows what it gets."""

    def __init__(self, text: str | None) -> None:
        self._text = text

    def __get__(self, var: Any, kind: type) -> str | None:
        return self._text if var is None else probes.help_text(_handle(var))


type.__setattr__(Var, "__doc__", _Documentation(Var.__doc__))


# ----------------------------------------------------------------------------------------------- operators


def _unary(name: str, var: Any, *args: object) -> Var[Any]:
    handle = _handle(var)
    return wrap(handle.session.op(name, handle, *map(_operand, args)))


def _ask(name: str, var: Any, *args: object) -> Any:
    handle = _handle(var)
    return handle.session.ask(name, handle, *map(_operand, args))


def _text_in_error(var: Any) -> str:
    """What stands for a Var in the text of an error that holds it; its own error is not raised by that."""
    handle = _handle(var)
    session = handle.session
    mark = f"Var@{session.label()}:"
    try:
        if handle.is_known():
            return mark + repr(handle.value)
        failure = handle.failure
        if failure is None:
            question = session.question(Op(0, "repr", [Ref(handle.id)]))
            session.wait(question)
            failure = question.failure
            if failure is None:
                text: str = session.codec.load(question.value)
                return mark + text
        problem = failure.error.text if isinstance(failure.error, Error) else repr(failure.error)
    except Exception as error:
        problem = repr(error)
    return f"<{mark} it has failed with {problem}; its fetch() raises that>"


def _known(var: Any, name: str) -> Any:
    """The value itself, where it is known here; else what the operator gives there."""
    handle = _handle(var)
    if handle.is_known():
        handle.session.raise_pending()
        return handle.value
    return handle.session.ask(name, handle)


def _binary(name: str, left: object, right: object) -> Var[Any]:
    """``left + right``, of which at least one is a Var."""
    if type(left) is Var and type(right) is Var:
        first, second = _handle(left), _handle(right)
        if first.session is not second.session:
            return wrap(_across(name, first, second))
        return wrap(first.session.op(name, first, second))
    handle = _handle(left if type(left) is Var else right)
    return wrap(handle.session.op(name, _operand(left), _operand(right)))


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
    types = [_ask("format", _type_of(side, "__qualname__"), "") for side in (left, right)]
    raise TypeError(f"unsupported operand types for {_SYMBOLS.get(plain, plain)}{'=' * inplace}: {' and '.join(types)}")


def _half(name: str, home: Handle, other: object, *last: object) -> Handle | None:
    """One side of an operator, asked where its operand lives; None if it declines."""
    session = home.session
    result = session.op(name, home, other, *last)
    session.wait(result)
    if isinstance(result.value, Declined):
        session.drop(result)
        return None
    try:
        session.raise_failure(result)
    except BaseException:
        session.drop(result)  # also one that failed in place, which stands for the left operand
        raise
    return result


def _type_of(handle: Handle, name: str) -> Var[Any]:
    """Var of an attribute of a variable's type, such as its name."""
    session = handle.session
    kind = wrap(session.getattr(handle, "__class__"))
    return wrap(session.getattr(_handle(kind), name))


def _inplace(name: str, left: Var[Any], right: object) -> Var[Any]:
    result = _binary(name, left, right)
    handle = _handle(result)
    # Known here only where the operation has waited. Then the same Var comes back for the same object.
    return left if handle.left and handle.settled and handle.session is _handle(left).session else result


def _inplace_here(name: str, here: Any, var: Any) -> Any:
    """``here += v`` for a mutable builtin of this process, which changes, and stays the object that it is."""
    handle = _handle(var)
    if isinstance(here, set) and _ask("isinstance", var, (set, frozenset)):
        return _update_set(name, here, var)
    # As the language does it: an operator of the right operand goes before that of a sequence.
    if not handle.is_known() and _ask("implements", var, f"__r{name}__"):
        result = _half(f"__r{name}__", handle, here)
        if result is not None:
            return wrap(result)
    if name == "add":
        # Items come as Vars; the others take nothing but bytes, or another array.
        here += iter(var) if isinstance(here, (list, collections.deque)) else var.fetch()
        return here
    if name == "mul" and _ask("implements", var, "__index__"):
        here *= operator.index(var)
        return here
    kind = _type_of(handle, "__qualname__")
    if name == "mul":
        raise TypeError(f"can't multiply sequence by non-int of type '{kind}'")
    raise TypeError(f"unsupported operand type(s) for {_SYMBOLS[name]}=: 'set' and '{kind}'")


def _update_set(name: str, here: set[Any], var: Any) -> set[Any]:
    """``here |= v`` of a remote set. What is added are Vars; what is known here is compared without a trip."""
    items = list(_call_there(var, list, (var,), {}))
    there = {_handle(item).value if _handle(item).is_known() else item: item for item in items}
    if name == "and":
        here.difference_update([mine for mine in here if mine not in there])
        return here
    new = [item for key, item in there.items() if key not in here]
    if name != "or":
        here.difference_update(there)
    if name != "sub":
        here.update(new)
    return here


_CHANGED_HERE: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("add", "mul"), (list, bytearray, collections.deque, array.array)),
    **dict.fromkeys(("or", "and", "sub", "xor"), (set,)),
}
"""Builtin types that an operator in place changes, and whose Python asks a Var on the right first."""

_INPLACE = {f"i{name}" for name in INPLACE}
_SYMBOLS = dict(zip([*BINARY, *COMPARISONS], "+ - * @ / // % divmod() ** << >> & | ^ == != < > <= >=".split()))
_UFUNCS = {
    "add": "add",
    "subtract": "sub",
    "multiply": "mul",
    "matmul": "matmul",
    "divide": "truediv",
    "true_divide": "truediv",
    "floor_divide": "floordiv",
    "remainder": "mod",
    "divmod": "divmod",
    "power": "pow",
    "left_shift": "lshift",
    "right_shift": "rshift",
    "bitwise_and": "and",
    "bitwise_or": "or",
    "bitwise_xor": "xor",
    "equal": "eq",
    "not_equal": "ne",
    "less": "lt",
    "greater": "gt",
    "less_equal": "le",
    "greater_equal": "ge",
}


_WRITERS = frozenset("copyto put place putmask fill_diagonal put_along_axis".split())
"""Functions of numpy that write into their first argument."""


_TORCH_WRITER = re.compile(
    r"\w*[^_]_|__setitem__|__i(?:add|sub|mul|matmul|truediv|floordiv|mod|pow|[lr]shift|and|or|xor)__"
)
"""Methods of tensors that write into their tensor."""


def _writes_here(target: Any) -> bool:
    """Whether what numpy or torch is to write into is an array of this process."""
    targets = target if isinstance(target, tuple) else (target,)
    here = [item for item in targets if item is not None and type(item) is not Var]
    if here and len(here) < sum(item is not None for item in targets):
        raise TypeError("the arrays to write into are partly remote and partly here; use one call for each")
    return bool(here)


def _fetched(value: Any) -> Any:
    """The same with every Var replaced by its value."""
    if type(value) is Var:
        return value.fetch()
    if isinstance(value, (list, tuple)):
        return type(value)(_fetched(item) for item in value)
    if isinstance(value, dict):
        return {name: _fetched(item) for name, item in value.items()}
    return value


_LABELLING = {"pandas", "xarray"}
"""Packages that keep names and index of what they know, and take the plain array of anything else."""
_LABELLED = "to_frame to_pandas to_dataframe __dataframe__ __arrow_c_stream__ __arrow_c_array__ _from_sequence".split()
"""Methods of types whose values have names, an index, or types of their own: of pandas (and its extension arrays), of
xarray, polars, pyarrow, and others."""


def _loses_labels(var: Any) -> bool:
    """Whether a library is about to take a remote value for a plain array that it would know better by itself."""
    return asking_library() in _LABELLING and cast(bool, _ask("implements", var, *_LABELLED))


class _ArrayFunction:
    """`__array_function__`, by which xarray takes a Var for an array: not there where labels would be lost."""

    def __init__(self, function: Any) -> None:
        self._function = function

    def __get__(self, var: Any, kind: object = None) -> Any:
        if var is None:
            return self._function
        if _loses_labels(var):
            raise AttributeError("__array_function__")
        return self._function.__get__(var)


def _install_operators() -> None:
    """Write the operator methods of Var from the tables of the interpreter."""

    def forward(name: str) -> Callable[..., Any]:
        return lambda self, other: _binary(name, self, other)

    def reflected(name: str) -> Callable[..., Any]:
        return lambda self, other: _binary(name, other, self)

    def reflected_here(name: str, kinds: tuple[type, ...]) -> Callable[..., Any]:
        def operate(self: Any, other: Any) -> Any:
            if issubclass(type(other), kinds) and is_inplace(sys._getframe(1)):
                return _inplace_here(name, other, self)
            return _binary(name, other, self)

        return operate

    def inplace(name: str) -> Callable[..., Any]:
        return lambda self, other: _inplace(name, self, other)

    def unary(name: str) -> Callable[..., Any]:
        return lambda self, *args: _unary(name, self, *args)

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
        methods[f"__{name}__"] = unary(name)
    methods["__pow__"] = _pow
    methods["__rpow__"] = _rpow
    for name, method in methods.items():
        method.__name__ = name
        method.__qualname__ = f"Var.{name}"
        setattr(_Remote, name, method)


def _pow(self: Var[Any], exponent: object, modulo: object = None) -> Var[Any]:
    return _binary("pow", self, exponent) if modulo is None else _call_there(self, pow, (self, exponent, modulo), {})


def _rpow(self: Var[Any], base: object, modulo: object = None) -> Var[Any]:
    return _binary("pow", base, self) if modulo is None else _call_there(self, pow, (base, self, modulo), {})


_install_operators()
_Remote.__array_function__ = _ArrayFunction(_Remote.__array_function__)  # type: ignore[assignment,method-assign]
# pandas leaves an operator to the operand of the higher priority.
_Remote.__pandas_priority__ = 1_000_000  # type: ignore[attr-defined]


def _call_there(var: Any, function: object, args: Any, kwargs: Any) -> Var[Any]:
    """Call a local function where a Var lives."""
    given = [_operand(argument) for argument in args]
    named = {name: _operand(argument) for name, argument in kwargs.items()}
    return wrap(_handle(var).session.call(function, given, named))


def _vars_in(value: Any) -> Iterator[Var[Any]]:
    if type(value) is Var:
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _vars_in(item)
    elif isinstance(value, dict):
        yield from _vars_in(list(value.values()))


# -------------------------------------------------------------------------------------------------- `with`


def _open_block(owner: Handle) -> None:
    blocks.set((*blocks.get(), Block(owner)))


def _close_block(owner: Handle) -> Block:
    """The innermost open block of this Var; an empty one where it was opened in another thread or task."""
    opened = blocks.get()
    for at in reversed(range(len(opened))):
        if opened[at].owner is owner:
            blocks.set(opened[:at] + opened[at + 1 :])
            return opened[at]
    return Block(owner)


def _first_missed(block: Block, error: BaseException | None) -> BaseException | None:
    """The first error of the block's operations that nobody has seen, where it ends without one; it is over then."""
    unseen = [(place, failure) for place, failure in block.failures if not failure.seen]
    missed = block.owner.session.see(min(unseen, key=operator.itemgetter(0))[1]) if unseen and error is None else None
    block.is_open = False
    block.failures.clear()  # they refer to the block
    for session in block.sessions:
        session.look_at_unseen()
    return missed


def _exit_question(name: str, handle: Handle, error: BaseException | None) -> Handle:
    """Ask for the remote `__exit__`; an error that has no pickle goes as a stand-in of its text."""
    session = handle.session
    try:
        operand = session.operand(error, "the error of the block")
    except NotPicklableError:
        operand = session.operand(RemoteError(type(error).__qualname__, repr(error)), "the error of the block")
    return session.question(Op(0, name, [Ref(handle.id), operand]))


def _swallowed(question: Handle, missed: BaseException | None) -> bool:
    if question.failure is not None:
        question.session.raise_failure(question)
    if missed is not None and not question.value:
        raise missed
    return bool(question.value)


# --------------------------------------------------------------------------------------------- `__class__`


class _RemoteClass(type):
    """The class of ``v.__class__``: a real class, because `isinstance` and `issubclass` take nothing else, whose
    names and calls are those of the remote class. So nothing is ever written on `Var` itself."""

    def __getattribute__(cls, name: str) -> Any:
        if name in _CLASS_OWN:
            return type.__getattribute__(cls, name)
        try:
            frame = _getframe(1)
        except ValueError:
            return _attribute(_remote_class(cls), name, PROBE)
        return _attribute(_remote_class(cls), name, asked(frame.f_code, frame.f_lasti, name))

    def __setattr__(cls, name: str, value: object) -> None:
        setattr(_remote_class(cls), name, value)

    def __delattr__(cls, name: str) -> None:
        delattr(_remote_class(cls), name)

    def __call__(cls, /, *args: Any, **kwargs: Any) -> Any:
        return _remote_class(cls)(*args, **kwargs)

    def __eq__(cls, other: object) -> Any:
        return cls is other or _remote_class(cls) == (_remote_class(other) if type(other) is _RemoteClass else other)

    def __ne__(cls, other: object) -> Any:
        return not (cls == other)

    __hash__ = type.__hash__

    def __instancecheck__(cls, instance: object) -> bool:
        remote = _remote_class(cls)
        return cast(bool, _handle(remote).session.ask("isinstance", _operand(instance), _handle(remote)))

    def __repr__(cls) -> str:
        return repr(_remote_class(cls))

    def __dir__(cls) -> list[str]:
        return dir(_remote_class(cls))


_CLASS_OWN = frozenset(
    "__mro__ __bases__ __base__ __dict__ __subclasses__ __class__ __abstractmethods__ __flags__ mro __hash__ "
    "__instancecheck__ __subclasscheck__ __subclasshook__ __weakref__ __type_params__ __orig_bases__".split()
)


def _remote_class(cls: type) -> Var[Any]:
    """The Var of the remote class itself."""
    var = type.__getattribute__(cls, "__dict__")["__ray_proxy_var__"]()
    if var is None:
        raise StaleVarError(
            "the Var whose class this is was dropped; keep it, or take the class as a Var: attr(v, '__class__')"
        )
    return attr(var, "__class__")


def _class_of(var: Any) -> type:
    # Weakly: a class is part of reference cycles, so that each `isinstance` would keep the remote value until
    # the next full garbage collection. `keep` makes `f(x).__class__.__name__` work for all that.
    _handle(var).session.keep(var)
    namespace = {"__slots__": (), "__ray_proxy_var__": weakref.ref(var)}
    return type.__new__(_RemoteClass, "Var", (object,), namespace)


# ------------------------------------------------------------------------------------------------ iteration


def _iterate(var: Any) -> Iterator[Any]:
    """`iter(v)`. Fails at once, as Python does, where the remote object cannot be iterated."""
    handle = _handle(var)
    session = handle.session
    remote = wrap(session.op("iter", handle))
    operations = session.operations
    first = session.items(handle, 0, _AHEAD)
    session.raise_failure(_handle(remote))
    if isinstance(first, Declined):
        return _Items(remote)
    return _Sequence(var, first, operations)


class _Items:
    """Items of a remote iterator, one trip each: it must not be advanced unasked."""

    def __init__(self, remote: Var[Any]) -> None:
        self._remote = remote

    def __iter__(self) -> _Items:
        return self

    def __next__(self) -> Any:
        return next(self._remote)


class _Sequence:
    """Items of a builtin sequence, read ahead; what is unread is read again once anything else was done there."""

    def __init__(self, var: Var[Any], batch: Any, operations: int) -> None:
        self._var: Var[Any] | None = var
        self._position = 0
        self._ahead = _AHEAD
        self._take(batch, operations)

    def _take(self, batch: Any, operations: int) -> None:
        self._items = [wrap(item) for item in reversed(batch.values)]
        self._end, self._frozen, self._operations = batch.end, batch.frozen, operations

    def __iter__(self) -> _Sequence:
        return self

    def __next__(self) -> Any:
        if self._var is None:
            raise StopIteration
        session = _handle(self._var).session
        if not self._frozen and session.operations != self._operations:
            # Where the loop works on this interpreter, reading far ahead is for nothing.
            self._read(1 if self._items else self._further())
        elif not self._items and not self._end:
            self._read(self._further())
        if not self._items:
            self._var = None  # for good, as with any iterator
            raise StopIteration
        self._position += 1
        return self._items.pop()

    def _further(self) -> int:
        return min(self._ahead * 4, _MOST_AHEAD)

    def _read(self, ahead: int) -> None:
        session = _handle(self._var).session
        operations = session.operations
        # Only then is anything changed here: what this raises may be the error of an earlier operation.
        self._take(session.items(_handle(self._var), self._position, ahead), operations)
        self._ahead = ahead


class _AsyncItems:
    """Items of a remote asynchronous iterator."""

    def __init__(self, remote: Any) -> None:
        self._remote = remote

    def __aiter__(self) -> _AsyncItems:
        return self

    async def __anext__(self) -> Any:
        item = _unary("anext", self._remote)
        handle = _handle(item)
        await _settled(handle)
        handle.session.raise_failure(handle)
        return item


# ------------------------------------------------------------------------------------------------- waiting


async def _settled(handle: Handle) -> None:
    """Wait in an event loop until a handle is settled."""
    if handle.settled:
        return
    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not future.done():
            future.set_result(None)

    def wake_soon() -> None:
        try:
            loop.call_soon_threadsafe(wake)
        except RuntimeError:  # the loop was closed meanwhile: nobody waits any more
            pass

    if hosting.serve_in is not None:
        hosting.serve_in(loop)  # what we wait for may call us
    handle.session.on_settled(handle, wake_soon)
    await future


async def _value(var: Var[Any]) -> Any:
    handle = _handle(var)
    session = handle.session
    if handle.is_known():
        session.raise_pending()
        return handle.value
    if not session.is_begun():
        await _settled(session.question(Del([])))  # then it is known how to ask
    question = session.request_awaited(handle)
    try:
        await _settled(question)
    except BaseException:
        session.cancel(question)
        raise
    return session.value(question)


@overload
def fetch(a: Var[A], /, *, timeout: float | None = None, copy: bool = True) -> tuple[A]: ...
@overload
def fetch(a: Var[A], b: Var[B], /, *, timeout: float | None = None, copy: bool = True) -> tuple[A, B]: ...
@overload
def fetch(a: Var[A], b: Var[B], c: Var[C], /, *, timeout: float | None = None, copy: bool = True) -> tuple[A, B, C]: ...
@overload
def fetch(
    a: Var[A], b: Var[B], c: Var[C], d: Var[D], /, *, timeout: float | None = None, copy: bool = True
) -> tuple[A, B, C, D]: ...
@overload
def fetch(
    a: Var[A], b: Var[B], c: Var[C], d: Var[D], e: Var[E], /, *, timeout: float | None = None, copy: bool = True
) -> tuple[A, B, C, D, E]: ...
@overload
def fetch(*vars: Var[T], timeout: float | None = None, copy: bool = True) -> tuple[T, ...]: ...
def fetch(*vars: Var[Any], timeout: float | None = None, copy: bool = True) -> tuple[Any, ...]:
    """The values of many Vars, in one trip to each of their interpreters.

    Args:
        timeout: seconds for all together.
        copy: as for `Var.fetch`.

    Raises:
        TypeError: an argument is no Var.
        TimeoutError: they did not all come in time; nothing is cancelled.
        InterpreterDiedError: an interpreter has ended.
        Exception: the error of the first Var that failed; the others stay as they are.
    """
    until = None if timeout is None else time.monotonic() + timeout
    handles = [_checked(var) for var in vars]
    questions = [handle.session.request(handle) for handle in handles]
    for session in {handle.session for handle in handles}:
        session.flush()
    values = []
    for at, question in enumerate(questions):
        left = None if until is None else max(0.0, until - time.monotonic())
        try:
            values.append(question.session.value(question, left, copy))
        except BaseException:
            for rest in questions[at + 1 :]:
                rest.session.abandon(rest)
            raise
    return tuple(values)


def wait(
    vars: Iterable[Var[T]], num_returns: int = 1, timeout: float | None = None
) -> tuple[list[Var[T]], list[Var[T]]]:
    """Wait until `num_returns` of the Vars are computed (or failed), as `ray.wait` does.

    An interpreter answers at the end of a frame, or between two of its operations once it has taken 5 ms: what was
    computed just before a long operation, in the same frame, is told of with that one's result.

    Args:
        timeout: seconds; None waits for as long as it takes.

    Returns:
        At most `num_returns` Vars that are done, and the others, each in the order given.

    Raises:
        ValueError: `num_returns` is not between 0 and the number of Vars.
    """
    vars = _listed(vars)
    if not 0 <= num_returns <= len(vars):
        raise ValueError(f"num_returns is {num_returns}, but there are {len(vars)} Vars")
    arrived: set[int] = set()
    with contextlib.closing(_arrivals(vars, timeout)) as arrivals, contextlib.suppress(TimeoutError):
        while len(arrived) < num_returns:
            arrived.add(next(arrivals))
    for session in {_handle(var).session for var in vars}:
        session.raise_pending()
    return (
        [var for at, var in enumerate(vars) if at in arrived],
        [var for at, var in enumerate(vars) if at not in arrived],
    )


def as_completed(vars: Iterable[Var[T]], timeout: float | None = None) -> Iterator[Var[T]]:
    """The Vars in the order in which they are computed (or fail), each as soon as `wait` would give it.

    Args:
        timeout: seconds for all together.

    Raises:
        TypeError: one of them is no Var.
        TimeoutError: not all were computed in that time.
    """
    listed = _listed(vars)
    return (listed[at] for at in _arrivals(listed, timeout))


def _arrivals(vars: list[Var[T]], timeout: float | None) -> Generator[int, None, None]:
    """The positions of Vars, as they are computed. Raises `TimeoutError` where one is not in time."""
    handles = [_checked(var) for var in vars]
    until = None if timeout is None else time.monotonic() + timeout
    return _arriving(handles, until)


def _arriving(handles: list[Handle], until: float | None) -> Generator[int, None, None]:
    news: queue.SimpleQueue[int] = queue.SimpleQueue()
    callbacks = [functools.partial(news.put, at) for at in range(len(handles))]
    for handle, callback in zip(handles, callbacks):
        handle.session.on_settled(handle, callback)
    arrived: set[int] = set()
    try:
        while len(arrived) < len(handles):
            try:
                at = news.get(block=False)
            except queue.Empty:
                left = None if until is None else until - time.monotonic()
                if left is not None and left <= 0:
                    missing = len(handles) - len(arrived)
                    raise TimeoutError(f"{missing} of {len(handles)} Vars are not computed yet") from None
                if handles[0].session.turn(0.02 if left is None else min(left, 0.02)):
                    continue
                try:
                    at = news.get(timeout=left)
                except queue.Empty:
                    continue
            if at not in arrived:
                arrived.add(at)
                yield at
    finally:
        for handle, callback in zip(handles, callbacks):
            handle.session.off_settled(handle, callback)


def _listed(vars: Iterable[Var[T]]) -> list[Var[T]]:
    if type(vars) is Var:
        raise TypeError("a list of Vars is needed, not a Var; its items are Vars: list(v)")
    return list(vars)


def attr(var: Var[Any], name: str) -> Var[Any]:
    """A remote attribute by name, also one that `Var` shadows: ``attr(v, "fetch")``."""
    handle = _checked(var)
    return wrap(handle.session.getattr(handle, name))


def ref(var: Var[Any]) -> Any:
    """A Ray `ObjectRef` of the value, made in the interpreter: the value does not pass through this process."""
    handle = _checked(var)
    return handle.session.value(handle.session.request(handle, "ref"))


def _checked(var: Any) -> Handle:
    if type(var) is not Var:
        hint = "; several are given one by one: fetch(*vars)" if isinstance(var, (list, tuple)) else ""
        raise TypeError(f"a Var is needed, not a {type(var).__qualname__}: {pickling.shown(var)}{hint}")
    return _handle(var)


# ------------------------------------------------------------------------------------------------- pickling

hosted: dict[str, Callable[[str], object]] = {}
"""By id, the interpreters that this process hosts, with how they claim a leased object."""


def load(env: Any, token: str) -> Any:
    """Unpickle a Var: the object itself inside its own interpreter, a claim everywhere else."""
    claim = hosted.get(env.id)
    if claim is not None:
        return claim(token)
    return wrap(env.session.claim(token))


def _leased(var: Any) -> tuple[Any, ...]:
    """The pickle of a Var: whoever loads it claims the variable."""
    session = _handle(var).session
    return load, (session.env(), session.lease(_handle(var)))


def _hashed_as_its_value(var: Any, hasher: Any) -> tuple[Any, ...]:
    """Have joblib hash the value in the place of its Var: as the same object wherever that comes again.

    It asks as for a pickle, and would write what it is given, too. So that is left out, once.
    """
    values: dict[Any, Any] = vars(hasher).setdefault("_ray_proxy_values", {})
    handle = _handle(var)
    if handle not in values:
        values[handle] = var.fetch()
    hasher.save(values[handle])

    def save_nothing(*args: object, obj: object = None) -> None:
        del hasher.save_reduce

    hasher.save_reduce = save_nothing
    return _hashed_as_its_value, ()


def _reduce(var: Var[Any], codec: pickling.Codec) -> pickling.Reduced:
    session = None if codec.target is None else codec.target()
    if isinstance(session, Session):
        session.hold(var)  # it may live in nothing but what is being pickled
        try:
            return pickling.resolve, (session.here(_handle(var)),)
        except Exception as error:
            raise pickling.OperandError(error) from error
    return _leased(var)


def _is_near(var: Var[Any], codec: pickling.Codec) -> bool:
    """Whether it lives where the codec's values go, and still does: the object of an error is not kept for ever."""
    handle = _handle(var)
    if codec.target is None or codec.target() is not handle.session:
        return False
    with contextlib.suppress(Exception):
        handle.session.wait(handle)
    return handle.settled and handle.failure is None


pickling.register_reducer(Var, _reduce, lambda var: (_handle(var).session.name, _handle(var).id))
pickling.register_nearness(Var, _is_near)
sessions.as_var = wrap


load.__module__ = "ray_proxy.var"  # the door at which other releases find it

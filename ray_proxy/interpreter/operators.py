"""The operators that a message can name, and which operand the language asks first where the two live apart.

Knows neither messages nor variables: an operator is a function of objects.
"""

from __future__ import annotations

import asyncio
import builtins
import concurrent.futures
import copy
import inspect
import math
import operator
import types
from collections.abc import Callable, Sequence
from typing import Any

from ..values.codec import travels_as_reference
from .reading import iterate

BINARY = "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and or xor".split()
"""Operators with a reflected form: ``x + y`` asks ``x.__add__(y)``, then ``y.__radd__(x)``."""
INPLACE = [name for name in BINARY if name != "divmod"]
COMPARISONS = {"eq": "eq", "ne": "ne", "lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}
"""Each comparison with its reflection."""


def _function(name: str) -> Callable[..., Any]:
    if name == "divmod":
        return divmod
    function: Callable[..., Any] = getattr(operator, {"and": "and_", "or": "or_"}.get(name, name))
    return function


def _half(method: str) -> Callable[[Any, Any], Any]:
    """One side of a binary operator, as the language asks it: on the type, NotImplemented where missing."""

    def half(target: Any, other: Any) -> Any:
        function = _special(type(target), method)
        return NotImplemented if function is None else function(target, other)

    return half


def _special(kind: type, method: str) -> Any:
    """A special method of a type, as operators find it: not that of its metaclass; None where there is none."""
    return getattr(kind, method) if any(method in vars(base) for base in kind.__mro__) else None


def _left_half(name: str, reflected: str) -> Callable[..., Any]:
    method = f"__{name}__"
    half = _half(method)

    def left_half(target: Any, other: Any, last: bool = False) -> Any:
        return half(target, other) if _yields(target, other, name, reflected) == last else NotImplemented

    return left_half


def _yields(left: Any, right: Any, name: str, reflected: str) -> bool:
    """Whether the language asks the right operand first, and the left one last."""
    ours, theirs = type(left), type(right)
    special = _special(theirs, reflected)
    if ours is not theirs and ours in theirs.__mro__:
        # A subclass on the right: in comparisons always, else if it has a reflected method of its own.
        return name in COMPARISONS or (special is not None and special is not _special(ours, reflected))
    if name not in _OF_SEQUENCES or special is None or theirs is int:
        return False
    return _is_of_sequences(_special(ours, f"__{name}__")) and _is_of_sequences(_special(ours, reflected), True)


_OF_SEQUENCES = {"add", "mul"}


def _is_of_sequences(method: Any, missing: bool = False) -> bool:
    """Whether it is the concatenation, or the repetition, of a builtin sequence, which the language tries only after
    the reflected operator of any other type."""
    if method is None:
        return missing
    return isinstance(method, types.WrapperDescriptorType) and issubclass(method.__objclass__, Sequence)


def _right_half(name: str) -> Callable[[Any, Any], Any]:
    half = _half(f"__r{name}__")
    # Where both are of one type, the language does not ask the same operator again.
    return lambda target, other: NotImplemented if type(target) is type(other) else half(target, other)


def _inplace_half(name: str) -> Callable[..., Any]:
    method = f"__i{name}__"
    half, plain, reflected = _half(method), _left_half(name, f"__r{name}__"), f"__r{name}__"

    def inplace_half(target: Any, other: Any, last: bool = False) -> Any:
        late = _is_of_sequences(_special(type(target), method)) and _yields(target, other, name, reflected)
        result = half(target, other) if late == last else NotImplemented
        return plain(target, other, last) if result is NotImplemented else result

    return inplace_half


def _implements(target: object, *methods: str) -> bool:
    return any(_special(type(target), method) is not None for method in methods)


def _awaited(method: str) -> Callable[..., Any]:
    """A special method that is awaited by the statement it belongs to."""

    async def run(target: Any, *args: Any) -> Any:
        return await getattr(type(target), method)(target, *args)

    return run


def _enter(target: Any) -> Any:
    kind = type(target)
    if not (hasattr(kind, "__enter__") and hasattr(kind, "__exit__")):
        raise TypeError(f"{kind.__qualname__!r} object does not support the context manager protocol")
    return kind.__enter__(target)


def _exit(target: Any, error: BaseException | None) -> bool:
    """Whether the error was swallowed."""
    return bool(type(target).__exit__(target, *_exc_info(error)))


def _await(target: Any) -> Any:
    """What ``await target`` gives; the target itself, where it cannot be awaited, or travels as a reference."""
    return _awaiting(target) if is_awaitable(target) else target


def is_awaitable(target: Any) -> bool:
    """Whether ``await target`` gives something else than the target itself."""
    kind = type(target)
    if travels_as_reference(kind):
        return False  # an ObjectRef, a Var: they come to whoever awaits, and can be awaited there
    if kind is types.GeneratorType:
        return bool(target.gi_code.co_flags & inspect.CO_ITERABLE_COROUTINE)
    return _special(kind, "__await__") is not None or isinstance(target, concurrent.futures.Future)


async def _awaiting(target: Any) -> Any:
    if isinstance(target, asyncio.Future):
        loop = target.get_loop()
        if loop is not asyncio.get_running_loop() and loop.is_running():  # in a thread of user code
            target = asyncio.run_coroutine_threadsafe(_awaiting(target), loop)
    if isinstance(target, concurrent.futures.Future):
        target = asyncio.wrap_future(target)  # so that the loop does its other work meanwhile
    return await target


async def _aexit(target: Any, error: BaseException | None) -> bool:
    return bool(await type(target).__aexit__(target, *_exc_info(error)))


def _exc_info(error: BaseException | None) -> tuple[Any, Any, Any]:
    return (None, None, None) if error is None else (type(error), error, error.__traceback__)


OPERATORS: dict[str, Callable[..., Any]] = {
    **{name: _function(name) for name in BINARY},
    **{f"i{name}": getattr(operator, f"i{name}") for name in INPLACE},
    **{name: getattr(operator, name) for name in COMPARISONS},
    **{name: getattr(operator, name) for name in ("neg", "pos", "invert", "index", "truth", "contains")},
    **{name: getattr(builtins, name) for name in ("abs", "round", "int", "float", "complex", "len", "hash")},
    **{name: getattr(builtins, name) for name in ("repr", "format", "bytes", "dir", "iter", "reversed")},
    **{name: getattr(builtins, name) for name in ("setattr", "delattr", "aiter", "isinstance", "issubclass")},
    **{name: getattr(operator, name) for name in ("getitem", "setitem", "delitem", "length_hint")},
    **{name: getattr(math, name) for name in ("floor", "ceil", "trunc")},
    **{name: getattr(copy, name) for name in ("copy", "deepcopy")},
    "enter": _enter,
    "exit": _exit,
    "aenter": _awaited("__aenter__"),
    "aexit": _aexit,
    "anext": _awaited("__anext__"),
    "await": _await,
    "iterate": iterate,
    "implements": _implements,
    # The halves of an operator whose operands live in two interpreters: each is asked where its target lives.
    # Where the language asks the left one after the right one, it is asked again with a third argument, True.
    **{f"__{name}__": _left_half(name, f"__r{name}__") for name in BINARY},
    **{f"__r{name}__": _right_half(name) for name in BINARY},
    **{f"__i{name}__": _inplace_half(name) for name in INPLACE},
    **{f"__{name}__": _left_half(name, f"__{back}__") for name, back in COMPARISONS.items()},
}
"""The operators that `Op` can name. ``isinstance``, ``truth``… are as in `builtins` and `operator`."""

HALVES = {name for name in OPERATORS if name.startswith("__")}
"""Those that may answer that the other operand is to be asked."""
INPLACE_OPERATORS = {f"i{name}" for name in INPLACE} | {f"__i{name}__" for name in INPLACE}
"""Operators whose result may be the very object of the left operand; it stays what it was where they fail."""

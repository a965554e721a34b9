"""Objects as texts that are the same here and there, their copies as they arrive, and all objects that are in one."""

from __future__ import annotations

import collections
import functools
import inspect
import itertools
import re
import types
from collections.abc import Iterator, Sequence
from typing import Any

import cloudpickle

from ray_proxy.errors import NotPicklableError, RemoteError, StaleVarError

_ADDRESS = re.compile(r"0x[0-9a-f]+")


def described(value: object, numbers: dict[int, Any] | None = None) -> str:
    """All that is to be seen of a value: types, contents, and which objects in it are the same; no addresses."""
    numbers = {} if numbers is None else numbers
    kind = type(value)
    name = kind.__qualname__
    inner = functools.partial(described, numbers=numbers)
    if value is None or kind in (bool, int, complex, bytes, types.EllipsisType, types.NotImplementedType):
        return hex(value) if kind is int and value.bit_length() > 1000 else repr(value)  # type: ignore[attr-defined, arg-type]
    if kind is float:
        return repr(value)
    if kind is str:
        return _ADDRESS.sub("0x", repr(value))
    if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType)):
        bound = getattr(value, "__self__", None)
        of = "" if bound is None or isinstance(bound, types.ModuleType) else f" of {inner(bound)}"
        return f"{getattr(value, '__qualname__', value.__name__)}{of}"
    if isinstance(value, types.MethodType):
        return f"{value.__qualname__} of {inner(value.__self__)}"
    if id(value) in numbers:
        return f"<{numbers[id(value)][0]}>"
    numbers[id(value)] = (len(numbers), value)  # kept, so that no other object gets this address
    if kind in (slice, range) or kind.__module__ in ("fractions", "decimal", "_decimal", "datetime", "uuid"):
        return repr(value)
    if isinstance(value, BaseException):
        return error_described(value)
    if hasattr(kind, "__next__"):
        return f"{name}{inner(_rest(value))}"
    parts = []
    if isinstance(value, (list, tuple, collections.deque)):
        parts += [inner(item) for item in kind.__iter__(value)]
    elif isinstance(value, (set, frozenset)):
        parts += sorted(described(item) for item in value)
    elif isinstance(value, (dict, types.MappingProxyType)):
        parts += [f"{inner(key)}: {inner(item)}" for key, item in value.items()]
    elif isinstance(value, (int, float, str, bytes, bytearray)):
        base = next(base for base in (int, float, str, bytes, bytearray) if isinstance(value, base))
        parts.append(repr(bytes(value)) if base is bytearray else base.__repr__(value))  # type: ignore[arg-type]
    for key, item in [*getattr(value, "__dict__", {}).items(), *_slots(value)]:
        parts.append(f"{key}={inner(item)}")
    return f"{name}({', '.join(parts)})"


def _slots(value: object) -> list[tuple[str, Any]]:
    names = [name for base in type(value).__mro__ for name in vars(base).get("__slots__", ()) if base is not object]
    return [(name, getattr(value, name)) for name in names if name != "__weakref__" and hasattr(value, name)]


def _rest(iterator: Any) -> object:
    """What an iterator still gives. It is exhausted by that: only copies of values are described."""
    if inspect.isgenerator(iterator):
        return ...
    try:
        return list(itertools.islice(iterator, 200))
    except Exception as error:
        return error


def error_described(error: BaseException) -> str:
    """An error's type and arguments; the type alone where the text is a matter of this package."""
    if isinstance(error, RemoteError):
        return f"RemoteError({error.type_name})"
    name = type(error).__qualname__
    if isinstance(error, (NotPicklableError, StaleVarError)):
        return name
    return f"{name}{described(error.args)}"


def picklable(value: object) -> bool:
    try:
        cloudpickle.loads(cloudpickle.dumps(value, protocol=5))
    except Exception:
        return False
    return True


def copied(value: object) -> Any:
    """The value as it arrives in another process. Raises `NotPicklableError`."""
    if type(value) in (int, str, bytes, bool):
        return value
    if type(value) is float:
        return value if value == value else float("nan")  # which is equal to nothing but itself
    try:
        data = cloudpickle.dumps(value, protocol=5)
    except Exception as error:
        raise NotPicklableError(str(error)) from None
    return cloudpickle.loads(data)


def objects_in(values: Sequence[Any], limit: int = 400) -> Iterator[object]:
    """All objects of values, in depth, up to so many."""
    waiting, seen, count = list(values), {}, 0
    while waiting and count < limit:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen[id(value)] = value
        count += 1
        yield value
        if isinstance(value, (list, tuple, set, frozenset, collections.deque)):
            waiting += list(type(value).__iter__(value))
        elif isinstance(value, dict):
            waiting += [*dict.keys(value), *dict.values(value)]
        elif isinstance(value, types.MethodType) or (
            isinstance(value, types.BuiltinFunctionType) and not isinstance(value.__self__, types.ModuleType)
        ):
            waiting.append(value.__self__)
        elif not isinstance(value, (type, types.FunctionType, types.ModuleType)):
            waiting += list(getattr(value, "__dict__", {}).values())

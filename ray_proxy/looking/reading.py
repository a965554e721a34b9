"""Reading objects without running any code of users: no property, no `__getattr__`, `__dir__`, `__eq__` or `__repr__`.

Any thread may do that, also while user code runs. Each read of a dict or a class is one step of Python's.
"""

from __future__ import annotations

import builtins
import types
from collections.abc import Iterator
from itertools import islice
from typing import Any

_mro = type.__dict__["__mro__"].__get__
_namespace = type.__dict__["__dict__"].__get__
_name = type.__dict__["__qualname__"].__get__
_attribute = object.__getattribute__

ABSENT: Any = type("_Absent", (), {"__repr__": lambda self: "ABSENT"})()
"""There is no such thing, or it cannot be told without running code."""
MOST = 200_000
"""Items of a dict that are looked through, in about 10 ms."""
PLAIN = frozenset({str, int, float, bool, type(None)})
"""Types of keys that can be told."""
_AT_ONCE = frozenset({types.FunctionType, types.BuiltinFunctionType, types.MethodDescriptorType, type})
"""What a class attribute of such a type is, is told by itself, not by what it gives when it is bound."""
_ACCESSORS = frozenset({"CachedAccessor", "_CachedAccessor", "Accessor"})
"""Descriptors of pandas and xarray that hold the class of what they give."""


class Some:
    """An object that was not made: all that is known of it is its class."""

    __slots__ = ("kind",)

    def __init__(self, kind: type) -> None:
        self.kind: type = kind


def kind_of(obj: object) -> type:
    return obj.kind if type(obj) is Some else type(obj)


def mro_of(kind: type) -> tuple[type, ...]:
    found: tuple[type, ...] = _mro(kind)
    return found


def is_class(obj: object) -> bool:
    return type in mro_of(type(obj))


def namespace_of(kind: type) -> dict[str, Any]:
    """A copy of the names of a class."""
    return dict(_namespace(kind))


def own_names(obj: object) -> dict[Any, Any]:
    """The `__dict__` of an object, if it has a real one; else an empty one."""
    if type(obj) is Some or is_class(obj):
        return {}
    for kind in mro_of(type(obj)):
        found = _namespace(kind).get("__dict__", ABSENT)
        if found is not ABSENT:
            if type(found) not in (types.GetSetDescriptorType, types.MemberDescriptorType):
                return {}
            break
    try:
        names = _attribute(obj, "__dict__")
    except Exception:  # it has none
        return {}
    return names if type(names) is dict else {}


def type_name(kind: type) -> str:
    """Module and name of a class, as its definition gave them."""
    module = ABSENT
    for each in mro_of(kind)[:1]:
        module = _namespace(each).get("__module__", ABSENT)
    name: str = _name(kind)
    return name if type(module) is not str or module == "builtins" else f"{module}.{name}"


def first(items: Any, count: int) -> list[Any]:
    """The first of a dict's view. The garbage collector may run code in the middle, which may change the dict."""
    for _ in range(5):
        try:
            return list(islice(items, count))
        except RuntimeError:
            continue
    return []


def names_of_class(kind: type) -> Iterator[str]:
    for each in mro_of(kind):
        yield from (name for name in first(_namespace(each), MOST) if type(name) is str)


def members(obj: object) -> list[str]:
    """The names of an object's attributes, in order: without `__getattr__`, as they are in dicts and classes."""
    names = {name for name in first(own_names(obj), MOST) if type(name) is str}
    if is_class(obj):
        names.update(names_of_class(obj))  # type: ignore[arg-type]
    elif type(obj) is not types.ModuleType:
        names.update(names_of_class(kind_of(obj)))
    return ordered(names)


def ordered(names: Any) -> list[str]:
    """Those first that are not private."""
    return sorted(names, key=lambda name: (name.startswith("__"), name.startswith("_"), name))


def keys(obj: object, limit: int) -> list[Any]:
    """The keys of a dict, as far as they are plain."""
    if type(obj) is Some or dict not in mro_of(type(obj)):
        return []
    return [key for key in first(dict.keys(obj), limit) if type(key) in PLAIN]  # type: ignore[arg-type]


def class_attribute(kind: type, name: str) -> Any:
    for each in mro_of(kind):
        found = _namespace(each).get(name, ABSENT)
        if found is not ABSENT:
            return found
    return ABSENT


def attribute(obj: object, name: str) -> Any:
    """An attribute, or `Some` where only its class is known; else `ABSENT`."""
    if is_class(obj):
        found = class_attribute(obj, name)  # type: ignore[arg-type]
        return bound(found) if found is not ABSENT else bound(class_attribute(type(obj), name))
    if type(obj) is types.ModuleType:
        return own_names(obj).get(name, ABSENT)
    found = class_attribute(kind_of(obj), name)
    is_data = found is not ABSENT and class_attribute(type(found), "__set__") is not ABSENT
    if not is_data:
        names = own_names(obj)
        if name in names:
            return names[name]
    if type(found) is types.MemberDescriptorType and type(obj) is not Some:
        try:
            return found.__get__(obj)
        except AttributeError:  # a slot that is empty
            return ABSENT
    return bound(found)


def bound(found: Any) -> Any:
    """What a class attribute is, or what it gives, where that is known without asking it."""
    kind = type(found)
    if found is ABSENT or kind in _AT_ONCE:
        return found
    if kind in (classmethod, staticmethod):
        return found.__func__
    if kind is property:
        return _annotated(found.fget)
    if _name(kind) in _ACCESSORS:
        inner = own_names(found).get("_accessor", ABSENT)
        return Some(inner) if inner is not ABSENT and is_class(inner) else ABSENT
    return found if class_attribute(kind, "__get__") is ABSENT else ABSENT


def _annotated(getter: object) -> Any:
    """What a property is said to give, as the accessors of polars are."""
    if type(getter) is not types.FunctionType or type(getter.__annotations__) is not dict:
        return ABSENT
    kind = getter.__annotations__.get("return", ABSENT)
    if type(kind) is str:
        kind = getter.__globals__.get(kind, vars(builtins).get(kind, ABSENT))
    return Some(kind) if kind is not ABSENT and is_class(kind) else ABSENT


def item(obj: object, key: object) -> Any:
    """An item of a real dict, list or tuple."""
    kind = type(obj)
    if kind is dict:
        # Not `obj[key]`: a key with the same hash would be asked whether it is equal.
        items = first(obj.items(), MOST)  # type: ignore[attr-defined]
        return next((value for known, value in items if type(known) is type(key) and known == key), ABSENT)
    if kind in (list, tuple) and type(key) is int:
        try:
            return obj[key]  # type: ignore[index]
        except IndexError:
            return ABSENT
    return ABSENT

"""What an object says of itself: its `__dir__`, its keys, columns, `repr`. That is code of users, and may take long.

Only on the thread of user code, while nothing else runs there.
"""

from __future__ import annotations

import contextlib
import inspect
import types
from typing import Any

from . import describing, reading
from .reading import ABSENT, PLAIN, Some, class_attribute, mro_of

_TABLES = frozenset({"pandas", "polars", "xarray"})
"""Libraries whose objects have columns, which are attributes and items, and can be taken without harm."""


def _is_table(obj: object) -> bool:
    """Whether one of these libraries has made its class, or a base of it."""
    for kind in mro_of(type(obj)):
        module = reading.namespace_of(kind).get("__module__", ABSENT)
        if type(module) is str and module.partition(".")[0] in _TABLES:
            return True
    return False


def members(obj: object) -> list[str]:
    """What `dir` gives, with the columns of a table."""
    if type(obj) is Some:
        return reading.members(obj)
    names = {name for name in dir(obj) if type(name) is str}
    if _is_table(obj):
        names.update(name for name in _columns(obj) if type(name) is str and name.isidentifier())
    return reading.ordered(names)


def keys(obj: object, limit: int) -> list[Any]:
    found = reading.keys(obj, limit)
    if found or type(obj) is Some:
        return found
    if class_attribute(type(obj), "_ipython_key_completions_") is not ABSENT:
        found = list(obj._ipython_key_completions_())  # type: ignore[attr-defined]
    elif _is_table(obj):
        found = _columns(obj)
    elif type(obj).__module__ == "numpy" and type(obj).__name__ in ("ndarray", "void", "recarray"):
        found = list(obj.dtype.names or ())  # type: ignore[attr-defined]
    return [
        key if type(key) in PLAIN else str(key) for key in found[:limit] if type(key) in PLAIN or isinstance(key, str)
    ]


def _columns(obj: Any) -> list[Any]:
    if class_attribute(type(obj), "columns") is not ABSENT:
        return list(obj.columns)
    if class_attribute(type(obj), "data_vars") is not ABSENT:
        return list(obj)
    return []


def attribute(obj: object, name: str) -> Any:
    found = reading.attribute(obj, name)
    if found is ABSENT and type(obj) is not Some and _is_table(obj) and name in _columns(obj):
        return getattr(obj, name, ABSENT)
    return found


def item(obj: object, key: Any) -> Any:
    found = reading.item(obj, key)
    if found is not ABSENT or type(obj) is Some:
        return found
    if dict in mro_of(type(obj)):
        return dict.get(obj, key, ABSENT)  # type: ignore[call-overload]
    if _is_table(obj):
        with contextlib.suppress(KeyError, IndexError, TypeError):
            return obj[key]  # type: ignore[index]
    return ABSENT


def about(obj: object) -> dict[str, str]:
    """As what runs no code, with what the object shows of itself."""
    told = describing.about(obj)
    if type(obj) is Some:
        return told
    with contextlib.suppress(Exception):
        told["text"] = describing._cut(repr(obj))
    if callable(obj) or isinstance(obj, type):
        with contextlib.suppress(Exception):
            told["signature"] = str(inspect.signature(obj))
    if not told.get("docstring") and not isinstance(obj, types.ModuleType):
        with contextlib.suppress(Exception):
            told["docstring"] = inspect.getdoc(obj) or ""
    return {name: value for name, value in told.items() if value}

"""What an object is, in words: type, signature, docstring, source. Runs no code of users."""

from __future__ import annotations

import inspect
import linecache
import re
import sys
import types
from typing import Any

from .reading import ABSENT, PLAIN, Some, class_attribute, first, is_class, kind_of, namespace_of, own_names, type_name

LONGEST = 2000
"""Characters of the text of an object…"""
SOURCE = 100_000
"""… and of its source."""
_DEEPEST = 3
_WIDEST = 8
_BRACKETS: dict[type, str] = {list: "[]", tuple: "()", set: "{}", frozenset: "{}", dict: "{}"}
_SHORT = 200


def about(obj: object) -> dict[str, str]:
    """Type, signature, docstring, source, file and text, as far as they are known."""
    told = {"signature": signature(obj), "docstring": docstring(obj), "text": text(obj), **_definition(obj)}
    if not is_class(obj) and type(obj) is not Some and _function(obj) is None:
        kind = type(obj)
        told = {**_definition(kind), **told, "docstring": docstring(obj) or docstring(kind)}
    return {name: value for name, value in told.items() if value}


def _function(obj: object) -> types.FunctionType | None:
    if type(obj) is types.MethodType:
        obj = obj.__func__
    for _ in range(10):
        if type(obj) is not types.FunctionType:
            return None
        inner = own_names(obj).get("__wrapped__", ABSENT)
        if type(inner) is not types.FunctionType:
            return obj
        obj = inner
    return None


def signature(obj: object) -> str:
    function = _function(obj)
    if function is not None:
        return _signature(function, type(obj) is types.MethodType)
    if is_class(obj):
        init = class_attribute(obj, "__init__")  # type: ignore[arg-type]
        new = class_attribute(obj, "__new__")  # type: ignore[arg-type]
        made = init if type(init) is types.FunctionType else new.__func__ if type(new) is staticmethod else None
        return _signature(made, True) if type(made) is types.FunctionType else ""
    if type(obj) is Some:
        return ""
    if type(obj) is types.BuiltinFunctionType:
        try:
            return str(inspect.signature(obj))
        except ValueError:
            return ""
    called = class_attribute(type(obj), "__call__")
    return _signature(called, True) if type(called) is types.FunctionType else ""


def _signature(function: types.FunctionType, is_bound: bool) -> str:
    """Of a copy, whose defaults and annotations can be shown without asking them."""
    copy = types.FunctionType(
        function.__code__,
        {},
        function.__name__,
        None if function.__defaults__ is None else tuple(map(_shown, function.__defaults__)),
        function.__closure__,
    )
    if type(function.__kwdefaults__) is dict:
        copy.__kwdefaults__ = {name: _shown(value) for name, value in function.__kwdefaults__.items()}
    notes = function.__annotations__
    copy.__annotations__ = {name: _shown(note, True) for name, note in notes.items()} if type(notes) is dict else {}
    found = inspect.signature(copy)
    if is_bound and found.parameters:
        found = found.replace(parameters=list(found.parameters.values())[1:])
    return str(found)


class _Words:
    """Shown as these."""

    def __init__(self, words: str) -> None:
        self._words = words

    def __repr__(self) -> str:
        return self._words


def _shown(value: object, is_annotation: bool = False) -> object:
    if type(value) is str and is_annotation:
        return _Words(value)
    if is_annotation and is_class(value):
        name = type_name(value)  # type: ignore[arg-type]
        return _Words(name)
    if is_annotation and _is_of_typing(value):
        return _Words(repr(value)) if all(map(_is_simple, getattr(value, "__args__", ()))) else _Words("...")
    return _Words(text(value))


def _is_simple(argument: object) -> bool:
    if type(argument) is type or argument is None or argument is ...:
        return True
    return _is_of_typing(argument) and all(map(_is_simple, getattr(argument, "__args__", ())))


def _is_of_typing(note: object) -> bool:
    return namespace_of(type(note)).get("__module__", ABSENT) in ("typing", "types") or type(note) is types.GenericAlias


def docstring(obj: object) -> str:
    if type(obj) is Some:
        return docstring(obj.kind)
    function = _function(obj)
    found: Any = function.__doc__ if function is not None else own_names(obj).get("__doc__", ABSENT)
    if function is None and is_class(obj):
        found = namespace_of(obj).get("__doc__", ABSENT)  # type: ignore[arg-type]
    if type(obj) in (types.BuiltinFunctionType, types.MethodDescriptorType):
        found = obj.__doc__
    return inspect.cleandoc(found) if type(found) is str else ""


def _definition(obj: object) -> dict[str, str]:
    """Source and file."""
    function = _function(obj)
    if function is not None:
        code = function.__code__
        return _source(code.co_filename, code.co_firstlineno, function.__globals__)
    if type(obj) is types.ModuleType:
        file = own_names(obj).get("__file__", ABSENT)
        return {"file": file} if type(file) is str else {}
    return _source_of_class(obj) if is_class(obj) else {}  # type: ignore[arg-type]


def _source(file: str, line: int, globals: dict[str, Any] | None) -> dict[str, str]:
    lines = linecache.getlines(file, globals)
    try:
        block = "".join(inspect.getblock(lines[line - 1 :])) if lines else ""
    except Exception:  # the file has another text by now
        block = ""
    return {"file": file, "source": inspect.cleandoc("\n" + block)[:SOURCE] if block else ""}


def _source_of_class(kind: type) -> dict[str, str]:
    names = namespace_of(kind)
    module = names.get("__module__", ABSENT)
    home = sys.modules.get(module) if type(module) is str else None
    globals = own_names(home) if home is not None else {}
    qualname: str = type.__dict__["__qualname__"].__get__(kind)
    name = qualname.rpartition(".")[2]
    is_found = qualname.partition(".")[0] in globals  # else the module of that name is another program's
    file = globals.get("__file__", ABSENT) if is_found else ABSENT
    last: int | None = None
    for value in names.values():
        function = value.__func__ if type(value) in (classmethod, staticmethod) else value
        if type(function) is types.FunctionType and function.__module__ == module:
            code = function.__code__
            if f"{name}." in getattr(code, "co_qualname", function.__qualname__):
                file, last = code.co_filename, min(last or code.co_firstlineno, code.co_firstlineno)
    if type(file) is not str:
        return {}
    lines = linecache.getlines(file, globals or None)
    begin = re.compile(rf"\s*class\s+{re.escape(name)}\b")
    found = [at for at, line in enumerate(lines[:last]) if begin.match(line)]
    return _source(file, found[-1] + 1, globals or None) if found else {"file": file}


def text(obj: object, depth: int = 0) -> str:
    """What `repr` gives of builtins; of others, their type alone."""
    kind = type(obj)
    if kind is str or kind is bytes:
        return _cut(repr(obj if len(obj) <= _SHORT else obj[:_SHORT] + obj[:0]))  # type: ignore[arg-type,index]
    if kind is int:
        return repr(obj) if obj.bit_length() < 4000 else f"<int of {obj.bit_length()} bits>"  # type: ignore[attr-defined]
    if kind in PLAIN or kind in (complex, types.EllipsisType):
        return repr(obj)
    if kind in _BRACKETS:
        return _shown_items(obj, depth)
    if kind is types.ModuleType:
        return f"<module {own_names(obj).get('__name__', '')!r}>"
    if is_class(obj):
        return f"<class '{type_name(obj)}'>"  # type: ignore[arg-type]
    function = _function(obj)
    if function is not None:
        return f"<function {function.__qualname__}>"
    return f"<{type_name(kind_of(obj))} object>"


def _shown_items(obj: Any, depth: int) -> str:
    kind = type(obj)
    before, after = _BRACKETS[kind][0], _BRACKETS[kind][1]
    if depth >= _DEEPEST:
        return f"{before}...{after}"
    items = first(obj.items() if kind is dict else obj, _WIDEST)
    if kind is dict:
        shown = [f"{text(key, depth + 1)}: {text(value, depth + 1)}" for key, value in items]
    else:
        shown = [text(value, depth + 1) for value in items]
    more = [f"... ({len(obj)})"] if len(obj) > len(items) else []
    inside = ", ".join([*shown, *more])
    if kind is tuple and len(obj) == 1:
        inside += ","
    if kind in (set, frozenset) and not obj:
        return f"{kind.__name__}()"
    return _cut(f"{before}{inside}{after}" if kind is not frozenset else f"frozenset({{{inside}}})")


def _cut(words: str) -> str:
    return words if len(words) <= LONGEST else words[: LONGEST - 3] + "..."

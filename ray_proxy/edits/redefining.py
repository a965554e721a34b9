"""A class or function that is defined again, in a cell of a notebook say: the live one becomes as the new one.

The rules are those for an edited module. The texts are those that `linecache` has, if it has them; without them, what a
class body says replaces what the program has set.
"""

from __future__ import annotations

import ast
import contextlib
import gc
import linecache
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

from .binding import Binder
from .codes import Successors, pair
from .functions import LiveFunctions, find_functions, functions_in
from .holders import redirect
from .journal import Journal
from .replaced import Replaced
from .statements import DEFINITIONS, Definition

_UNKNOWN = ast.parse("def unknown(): ...").body[0]
"""Stands for a definition whose text is not known."""


def redefine(old: Any, new: Any, notes: list[str] | None = None) -> Any:
    """Let a live class or function become as the one that was defined again.

    Args:
        old: the live one.
        new: the one that a text has just made.
        notes: what cannot be applied to live objects is appended here.

    Returns:
        The object that lives on: the old one, or the new one where CPython cannot change the old one. Whoever held the
        other one holds it now.
    """
    if old is new:
        return old
    collecting = gc.isenabled()
    gc.disable()
    try:
        lives = _Redefinition(old, new, [] if notes is None else notes).run()
        if isinstance(new, type) and lives is not new:
            _leave_bases(new)  # it may live on for a while: its caller holds it
        return lives
    finally:
        if isinstance(new, type):
            del new
            gc.collect(0)
        if collecting:
            gc.enable()


class _Gone:
    """The base of a class in whose place another one has stayed: it is no subclass of its own bases any more."""


def _leave_bases(kind: type) -> None:
    with contextlib.suppress(TypeError):  # another layout
        vars(type)["__bases__"].__set__(kind, (_Gone,))


class _Redefinition:
    """One object on its way from one definition to the next."""

    def __init__(self, old: Any, new: Any, notes: list[str]) -> None:
        self._old: Any = old
        self._new: Any = new
        self._journal: Journal = Journal()
        self._replaced: Replaced = Replaced()
        self._namespace: dict[str, Any] = _namespace_of(old)
        self._functions: LiveFunctions = LiveFunctions(self._namespace, self._journal, self._replaced, notes.append)
        self._binder: Binder = Binder(
            old.__module__, self._namespace, self._journal, self._replaced, self._functions, notes.append, set()
        )

    def run(self) -> Any:
        try:
            lives = self._bind()
            redirect(self._replaced, self._journal, [self.__dict__])
        except BaseException:
            self._journal.roll_back()
            raise
        return lives

    def _bind(self) -> Any:
        old, new = self._old, self._new
        nodes = _definition_of(old), _definition_of(new)
        if _file_of(old) == _file_of(new):  # then linecache has only one of the two texts
            nodes = None, nodes[1]
        successors = self._successors()
        self._functions.find(
            find_functions([self._namespace])[id(self._namespace)],
            lambda code: successors.get(code),
            _functions_of(old),
        )
        self._functions.settle(everything=False)
        decorators = [None if node is None else [ast.dump(d) for d in node.decorator_list] for node in nodes]
        self._binder.fresh = decorators[0] is None or decorators[0] != decorators[1]
        for function in _functions_of(new):
            self._functions.adopt(function, self._binder.fresh)
        if isinstance(old, type) and isinstance(new, type):
            lives: Any = self._binder.classes.merge(old, new, *nodes)
        else:
            node = nodes[1] or _UNKNOWN
            lives = self._binder.bind(old, new, nodes[0], node, owned=True)
        self._binder.finish()
        self._functions.settle(everything=True)
        self._functions.adopted.clear()
        return lives

    def _successors(self) -> Successors:
        before: dict[str, list[CodeType]] = {}
        for function in _functions_of(self._old):
            before.setdefault(function.__qualname__, []).append(function.__code__)
        successors: Successors = {}
        for function in _functions_of(self._new):
            codes = before.get(function.__qualname__)
            if codes:
                pair([codes.pop(0)], [function.__code__], successors)
        return successors


def _functions_of(value: object) -> Iterator[FunctionType]:
    """The functions that a definition has made, in classes and wrappers, too."""
    namespace = _namespace_of(value)
    nobody = LiveFunctions(namespace, Journal(), Replaced(), lambda note: None)
    yield from functions_in(value, namespace, nobody)


def _namespace_of(value: Any) -> dict[str, Any]:
    """The globals of a definition."""
    for part in (value, *vars(value).values()) if hasattr(value, "__dict__") else (value,):
        function = getattr(part, "__func__", getattr(part, "fget", getattr(part, "__wrapped__", part)))
        if type(function) is FunctionType and function.__module__ == value.__module__:
            return function.__globals__
    module = sys.modules.get(value.__module__)
    return {"__name__": value.__module__} if module is None else vars(module)


def _code_of(value: object) -> CodeType | None:
    function = next(iter(_functions_of(value)), None)
    return None if function is None else function.__code__


def _file_of(value: object) -> str | None:
    code = _code_of(value)
    return None if code is None else code.co_filename


def _definition_of(value: Any) -> Definition | None:
    """The definition in the text that `linecache` has."""
    code = _code_of(value)
    if code is None:
        return None
    try:
        tree = ast.parse("".join(linecache.getlines(code.co_filename)))
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, DEFINITIONS) and node.name == value.__name__:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            if first <= code.co_firstlineno <= (node.end_lineno or first):
                return node
    return None

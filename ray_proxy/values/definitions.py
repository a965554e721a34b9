"""What a process knows of the classes and functions that travel by value, so that each is set up in it once.

cloudpickle sets a class or function up anew each time its pickle is loaded: class attributes go back to what they were,
functions get copies of their globals. Here each has a token that travels with it, and so have the module globals and
the closure cells that functions share. Who loads a token that is known takes what is there.

Whoever made something owns it. Globals and cells that changed at their owner since they were last sent replace what is
there; anybody else's only fill in what is missing. Whether something changed is told by the digest of its pickle, which
travels with it, so that a sender keeps no books. Tokens of classes are cloudpickle's.

Any thread may use a `Definitions`. This file must never know how a pickle is written (`pickler`) or read (`unpickler`).
"""

from __future__ import annotations

import functools
import os
import secrets
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable
from types import CellType, FunctionType, ModuleType
from typing import Any

import cloudpickle.cloudpickle as _cloudpickle

from ..doors import stand_behind
from .naming import Names

Digest = bytes
"""Tells whether a value has changed. It begins with one of the four below."""
PLAIN, LARGE, REFERENCE, EMPTY = b"=", b"#", b"@", b"0"
"""What a digest is of: a value; one that is not compared again for its size, or for the variables inside it; a
definition, a module or a variable; a cell without content."""


class Applied:
    """What came from the owner last: its digest there, and a mark of the value as it was here then."""

    __slots__ = ("digest", "mark")

    def __init__(self, digest: Digest, mark: object) -> None:
        self.digest: Digest = digest
        self.mark: object = mark


class Namespace:
    """The globals that functions of one module share.

    Attributes:
        is_own: of a module of this process.
        module: whose they are, in this process. Then they last as long as the module, and functions come and go. None
            where they are those of an `exec`, or another process's.
    """

    __slots__ = ("__weakref__", "_module", "applied", "globals", "is_own", "token")

    def __init__(self, token: str, globals: dict[str, Any], is_own: bool, module: ModuleType | None = None) -> None:
        self.token: str = token
        self.globals: dict[str, Any] = globals
        self.is_own: bool = is_own
        self._module = None if module is None else weakref.ref(module)
        self.applied: dict[str, Applied] = {}

    @property
    def module(self) -> ModuleType | None:
        return None if self._module is None else self._module()

    def stay(self) -> None:
        """Be known for as long as anything uses these globals, also a function that was made by one that came."""
        self.globals[_ITSELF] = self


class Cell:
    """A closure cell that functions share."""

    __slots__ = ("__weakref__", "applied", "cell", "is_own", "name", "token")

    def __init__(self, token: str, cell: CellType, name: str, is_own: bool) -> None:
        self.token: str = token
        self.cell: CellType = cell
        self.name: str = name
        self.is_own: bool = is_own
        self.applied: Applied | None = None

    def content(self) -> Any:
        """What is in it, or `ABSENT`."""
        try:
            return self.cell.cell_contents
        except ValueError:
            return ABSENT

    def is_used(self) -> bool:
        """Whether anybody but us refers to the cell."""
        return sys.getrefcount(self.cell) > _UNUSED


ABSENT: Any = type("ABSENT", (), {"__repr__": lambda self: "ABSENT"})()
"""The content of an empty cell, and the value of a name that is not bound."""
_ITSELF = "__ray_proxy_namespace__"
_SAMPLE = Cell("", CellType(), "", True)
_UNUSED = sys.getrefcount(_SAMPLE.cell)


class Known:
    """A function that is known, and what it shares with others. Goes with the function."""

    __slots__ = ("_left", "cells", "namespace", "token")

    def __init__(
        self, token: str, namespace: Namespace | None, cells: tuple[Cell, ...], left: deque[Cell] | None = None
    ) -> None:
        self.token: str = token
        self.namespace: Namespace | None = namespace
        self.cells: tuple[Cell, ...] = cells
        self._left = left

    def __del__(self) -> None:
        if self._left is not None:  # a frame may go on using them, and give them to its next function
            self._left.extend(self.cells)


class Definitions:
    """The classes and functions of one process (in tests, of an interpreter) that have come or gone by value."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._known: weakref.WeakKeyDictionary[Any, Known] = weakref.WeakKeyDictionary()
        self._functions: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()
        self._classes: weakref.WeakValueDictionary[str, type] = weakref.WeakValueDictionary()
        self._namespaces: weakref.WeakValueDictionary[str, Namespace] = weakref.WeakValueDictionary()
        self._by_globals: weakref.WeakValueDictionary[int, Namespace] = weakref.WeakValueDictionary()
        self._of_modules: weakref.WeakKeyDictionary[ModuleType, Namespace] = weakref.WeakKeyDictionary()
        """Those of modules last as long as the module: its functions may come and go."""
        self._cells: weakref.WeakValueDictionary[str, Cell] = weakref.WeakValueDictionary()
        self._by_cell: weakref.WeakValueDictionary[int, Cell] = weakref.WeakValueDictionary()
        self._left: deque[Cell] = deque()
        """Cells of functions that are gone."""
        self.names: Names = Names()
        self._named_globals: weakref.WeakValueDictionary[str, Namespace] = weakref.WeakValueDictionary()

    # ------------------------------------------------------------------------------------- what is sent

    def know(self, function: Any, keep_cells: bool) -> Known:
        """What is known of a function that is about to be sent.

        Args:
            keep_cells: know its cells for as long as a frame uses them, also when it is gone; see `sweep`.
        """
        known = self._known.get(function)
        if known is None:
            with self._lock:
                known = self._known.get(function)
                if known is None:
                    known = self._new(function, keep_cells)
                    self._functions[known.token] = function
                    self._known[function] = known
        return known

    def _new(self, function: Any, keep_cells: bool) -> Known:
        if not isinstance(function, FunctionType):  # one of `cached` or `dispatching`
            return Known(_token(), None, ())
        names = function.__code__.co_freevars
        cells = tuple(self._cell(cell, name) for cell, name in zip(function.__closure__ or (), names))
        return Known(_token(), self.namespace(function.__globals__), cells, self._left if keep_cells else None)

    def namespace(self, globals: dict[str, Any]) -> Namespace:
        """What is known of a module's globals."""
        with self._lock:
            namespace = self._by_globals.get(id(globals))
            if namespace is None:
                name = globals.get("__name__")
                module = sys.modules.get(name) if isinstance(name, str) else None
                if not (isinstance(module, ModuleType) and vars(module) is globals):
                    module = None
                namespace = Namespace(_token(), globals, True, module)
                self._by_globals[id(globals)] = self._namespaces[namespace.token] = namespace
                if module is not None:
                    self._of_modules[module] = namespace
            return namespace

    def _cell(self, cell: CellType, name: str) -> Cell:
        known = self._by_cell.get(id(cell))
        if known is None:
            known = Cell(_token(), cell, name, True)
            self._by_cell[id(cell)] = self._cells[known.token] = known
        return known

    def know_class(self, token: str, kind: type) -> None:
        """A class is about to be sent under this token."""
        self._classes.setdefault(token, kind)

    def sweep(self) -> None:
        """Let go of cells that no function and no frame uses any more."""
        for _ in range(len(self._left)):
            try:
                cell = self._left.popleft()
            except IndexError:
                return
            if cell.is_used():
                self._left.append(cell)

    # ------------------------------------------------------------------------------------ what has come

    def known(self, function: Any) -> Known | None:
        return self._known.get(function)

    def function(self, token: str) -> Any:
        """The function, or what is called like one, of that token; None where there is none."""
        return self._functions.get(token)

    def kind(self, token: str) -> type | None:
        """The class of that token."""
        return self._classes.get(token)

    def namespace_of(self, token: str, name: str = "") -> Namespace | None:
        """What is known of the globals of that token; or, of those of that name, which came from another process."""
        found = self._namespaces.get(token)
        if found is None and name and (found := self._named_globals.get(name)) is not None:
            self._namespaces[token] = found
        return found

    def name_globals(self, name: str, namespace: Namespace) -> None:
        """Of the globals of that name, these came last."""
        self._named_globals.setdefault(name, namespace)

    def stand_for(self, token: str, definition: Any) -> None:
        """A definition stands for another one, which has come under this token."""
        if isinstance(definition, type):
            self._classes[token] = definition
            with _cloudpickle._DYNAMIC_CLASS_TRACKER_LOCK:
                _cloudpickle._DYNAMIC_CLASS_TRACKER_BY_ID[token] = definition
                _cloudpickle._DYNAMIC_CLASS_TRACKER_BY_CLASS[definition] = token
        else:
            self._functions[token] = definition

    def cell_of(self, token: str) -> Cell | None:
        return self._cells.get(token)

    def adopt(self, functions: list[tuple[Any, Known]], classes: list[tuple[str, type]]) -> None:
        """Know what has come; what it shares may be known already."""
        with self._lock:
            for token, kind in classes:
                self._classes.setdefault(token, kind)
                with _cloudpickle._DYNAMIC_CLASS_TRACKER_LOCK:
                    _cloudpickle._DYNAMIC_CLASS_TRACKER_BY_ID.setdefault(token, kind)
            for function, known in functions:
                self._functions.setdefault(known.token, function)
                self._known[function] = known
                namespace = known.namespace
                if namespace is not None:
                    self._namespaces.setdefault(namespace.token, namespace)
                    self._by_globals.setdefault(id(namespace.globals), namespace)
                for cell in known.cells:
                    self._cells.setdefault(cell.token, cell)
                    self._by_cell.setdefault(id(cell.cell), cell)

    def counts(self) -> dict[str, int]:
        """How much is known, of each kind."""
        return {
            "functions": len(self._functions),
            "classes": len(self._classes),
            "namespaces": len(self._namespaces),
            "cells": len(self._cells),
        }


def carrier(cell: Cell) -> FunctionType:
    """A function that has no use but to bring the content of a cell where the cell is known."""

    def carry() -> object:
        return content

    content = None
    return FunctionType(carry.__code__, {"__name__": __name__}, "carry", None, (cell.cell,))


def _token() -> str:
    return secrets.token_hex(12)


here: Definitions = Definitions()
"""Those of this process."""


def _after_fork_in_child() -> None:
    here._lock = threading.RLock()  # a thread that is not here may hold it


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)


# ------------------------------------------------------------------------- functions that pickles call by name


def cached(token: str, function: Callable[..., Any], maxsize: int | None, typed: bool) -> Any:
    """Inside a pickle, makes what stood under `functools.lru_cache`, with an empty cache."""
    return functools.lru_cache(maxsize, typed)(function)


def dispatching(token: str, default: Callable[..., Any]) -> Any:
    """Inside a pickle, makes what stood under `functools.singledispatch`."""
    return functools.singledispatch(default)


def complete(made: Any, state: tuple[dict[str, Any], list[tuple[type, Any]], object]) -> None:
    """Gives what `cached` or `dispatching` has made its attributes, and the functions registered for types.

    Last comes where it is bound to its name, which is no business of cloudpickle's.
    """
    attributes, registered, _ = state
    made.__dict__.update(attributes)
    for kind, function in registered:
        made.register(kind, function)


stand_behind("ray_proxy.definitions", cached, dispatching, complete)

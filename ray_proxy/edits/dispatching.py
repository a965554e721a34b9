"""Implementations that a module's text registers with functions under `functools.singledispatch`."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from types import FunctionType
from typing import Any

from .functions import is_filled
from .journal import Container, Journal
from .replaced import Replaced
from .statements import Statement, dispatchers_of


class Registrations:
    """What one edit does to the registries of dispatching functions.

    Args:
        gone: the old statements that are not in the new text, or run again.
        namespace: the live namespace of the module.
    """

    def __init__(self, gone: Iterable[Statement], namespace: dict[str, Any]) -> None:
        self._namespace: dict[str, Any] = namespace
        self._registries: dict[FunctionType, dict[type, Any]] = {}
        self._caches: list[MutableMapping[type, Any]] = []
        self._spans: dict[FunctionType, list[tuple[int, int]]] = {}
        for old in gone:
            for dispatcher in dispatchers_of(old, namespace):
                if dispatcher not in self._registries:
                    variables = _variables_of(dispatcher)
                    self._registries[dispatcher] = variables["registry"]
                    self._caches.append(variables["dispatch_cache"])
                self._spans.setdefault(dispatcher, []).append((old.first, old.last))

    def containers(self) -> list[Container]:
        return list(self._registries.values())

    def withdraw(self, journal: Journal) -> None:
        """Take out what the old statements have registered. The general implementation stays."""
        for dispatcher, registry in self._registries.items():
            journal.keep(registry)
            for kind, implementation in list(registry.items()):
                if kind is not object and self._is_made_in(implementation, self._spans[dispatcher]):
                    del registry[kind]
        for cache in self._caches:
            journal.on_undo(cache.clear)

    def finish(self, replaced: Replaced) -> None:
        """Let the registries hold live functions, and forget what was looked up in them."""
        for registry in self._registries.values():
            for kind, implementation in list(registry.items()):
                registry[kind] = replaced.of(implementation)
        for cache in self._caches:
            cache.clear()

    def _is_made_in(self, implementation: object, spans: list[tuple[int, int]]) -> bool:
        """Whether it is a function of these lines of the module, or a wrapper around one."""
        todo: list[tuple[Any, int]] = [(implementation, 0)]
        while todo:
            part, depth = todo.pop()
            if type(part) is not FunctionType or depth > 5:
                continue
            if part.__globals__ is self._namespace and any(
                first <= part.__code__.co_firstlineno <= last for first, last in spans
            ):
                return True
            todo += [(cell.cell_contents, depth + 1) for cell in part.__closure__ or () if is_filled(cell)]
        return False


def _variables_of(dispatcher: FunctionType) -> dict[str, Any]:
    """What its lookup works with. The attributes of the dispatcher may be those of one that was made later."""
    lookup = _cells(dispatcher)["dispatch"]
    return _cells(lookup)


def _cells(function: FunctionType) -> dict[str, Any]:
    pairs = zip(function.__code__.co_freevars, function.__closure__ or ())
    return {name: cell.cell_contents for name, cell in pairs if is_filled(cell)}

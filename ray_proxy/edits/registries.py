"""Containers that decorators, base classes and metaclasses fill when a definition is executed.

A definition that is executed again would register twice, or be refused. So what it has made is taken out first. Where
nobody puts the new one in, the old entry comes back to its place.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from types import FunctionType, ModuleType
from typing import Any

from .functions import is_filled
from .journal import Container, Journal, refill

_LARGEST = 20_000
"""Larger containers are data, not registries."""
_DEEPEST = 4


def containers_around(roots: Iterable[object]) -> Iterator[Container]:
    """The containers that can be reached from objects: in closures, attributes, classes, and inside each other."""
    todo: list[tuple[Any, int]] = [(root, 0) for root in roots]
    seen: set[int] = set()
    while todo:
        value, depth = todo.pop()
        if id(value) in seen or depth > _DEEPEST:
            continue
        seen.add(id(value))
        kind = type(value)
        if kind in (dict, list, set):
            if len(value) <= _LARGEST and not (kind is dict and "__builtins__" in value):
                yield value
                inside = value.values() if kind is dict else value
                todo += [(part, depth + 1) for part in inside if _may_hold(part)]
        elif kind is FunctionType:
            todo += [(cell.cell_contents, depth + 1) for cell in value.__closure__ or () if is_filled(cell)]
        elif isinstance(value, type):
            if value.__flags__ & (1 << 9):  # made by a class statement
                todo += [(part, depth + 1) for part in vars(value).values() if _may_hold(part)]
        elif isinstance(value, functools.partial):
            todo += [(part, depth + 1) for part in (value.func, *value.args)]
        elif not isinstance(value, ModuleType):
            attributes = getattr(value, "__dict__", None)
            if type(attributes) is dict and len(attributes) <= 200 and "__wrapped__" not in attributes:
                todo += [(part, depth + 1) for part in list(attributes.values())]


def _may_hold(value: object) -> bool:
    return not isinstance(value, (str, bytes, int, float, tuple, ModuleType, type(None)))


def made_by(value: object, name: str) -> list[Any]:
    """What a definition has made: what the name is bound to, and what that wraps, as far as it bears the name."""
    found: list[Any] = []
    todo = [value]
    while todo and len(found) < 50:
        part = todo.pop()
        bears = name in (getattr(part, "__name__", None), getattr(part, "name", None))
        if any(part is other for other in found) or not (bears or part is value):
            continue
        if isinstance(part, (str, int, float, bytes, tuple, list, dict, set, ModuleType, type(None))):
            continue
        found.append(part)
        if isinstance(part, type):
            continue
        attributes = getattr(part, "__dict__", None)
        if isinstance(attributes, dict):
            todo += list(attributes.values())
        if isinstance(part, FunctionType):
            todo += [cell.cell_contents for cell in part.__closure__ or () if is_filled(cell)]
        for attribute in ("__wrapped__", "__func__", "func"):
            todo.append(getattr(part, attribute, None))
    return found


class Withdrawn:
    """What was taken out of registries before definitions are executed again.

    Args:
        journal: knows the containers.
        values: what is taken out.
        besides: containers that somebody else takes care of.
    """

    def __init__(self, journal: Journal, values: Iterable[object], besides: Iterable[Container] = ()) -> None:
        self._values: dict[int, object] = {id(value): value for value in values}
        self._taken: list[tuple[Container, Container]] = []
        if not self._values:
            return
        left_alone = {id(container) for container in besides}
        for container, before in journal.kept():
            if id(container) in left_alone:
                continue
            if isinstance(container, dict):
                keys = [key for key, value in container.items() if id(value) in self._values or id(key) in self._values]
                for key in keys:
                    del container[key]
                found = bool(keys)
            else:
                left = [value for value in container if id(value) not in self._values]
                found = len(left) < len(container)
                if found:
                    refill(container, left if isinstance(container, list) else set(left))
            if found:
                self._taken.append((container, before))

    def put_back(self, only: Container | None = None) -> None:
        """Give entries that nobody has made anew back to their places: all, or those of one container."""
        taken, self._taken = self._taken, []
        for container, before in taken:
            if only is not None and container is not only:
                self._taken.append((container, before))
                continue
            if isinstance(container, dict) and isinstance(before, dict):
                refill(container, {**{key: container.get(key, value) for key, value in before.items()}, **container})
            elif isinstance(container, list):
                added = [value for value in container if not any(value is other for other in before)]
                refill(container, [*before, *added])
            else:
                container.update(before)

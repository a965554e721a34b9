"""Who holds an object that was replaced gets the one that stays."""

from __future__ import annotations

import functools
import gc
import sys
from collections.abc import Iterable
from types import CellType, FunctionType, GetSetDescriptorType
from typing import Any

from .journal import Journal
from .replaced import Replaced

_FEW = 20
"""From so many objects on, a search in Python is faster than `gc.get_referrers`, which compares each with each."""


def redirect(replaced: Replaced, journal: Journal, own: Iterable[object]) -> None:
    """Let containers, cells, partials and classes hold what stays. A list that has it already has it once.

    Args:
        replaced: what is gone, and what stays.
        journal: where the changes are noted.
        own: objects of the edit itself, which are left alone.
    """
    pairs = list(replaced)
    parts = _parts_of(pairs)
    gone = _held_elsewhere([pair[0] for pair in pairs], parts)
    if not gone:
        return
    classes = {id(pair[0]) for pair in pairs if isinstance(pair[0], type)}
    mine = {id(part) for part in (*own, pairs, gone, *pairs, parts)}
    mine.update(id(part) for part in parts if type(part) is dict)  # those of classes that are gone
    of = replaced.of
    owners = _Owners()
    for holder in holders_of(gone):
        if id(holder) in mine:
            continue
        kind = type(holder)
        if kind is CellType:
            journal.set(holder, "cell_contents", of(holder.cell_contents))
        elif isinstance(holder, functools.partial):
            if of(holder.func) is not holder.func:
                _redirect_partial(holder, replaced, journal)
        elif isinstance(holder, dict):
            _redirect_dict(holder, replaced, journal, classes, owners)
        elif isinstance(holder, list):
            journal.keep(holder)
            out: list[Any] = []
            for item in holder:
                stays = of(item)
                if stays is item or not any(other is stays for other in holder):
                    out.append(stays)
            holder[:] = out
        elif isinstance(holder, set):
            journal.keep(holder)
            for item in [item for item in holder if of(item) is not item]:
                holder.discard(item)
                holder.add(of(item))


def holders_of(values: list[Any]) -> list[Any]:
    """What the garbage collector knows to hold one of these."""
    if len(values) < _FEW:
        return gc.get_referrers(*values)
    ids = {id(value) for value in values}
    holders: list[Any] = []
    for candidate in gc.get_objects():
        kind = type(candidate)
        if kind in (list, set):
            found = not ids.isdisjoint(map(id, candidate))
        elif kind is CellType or isinstance(candidate, functools.partial):
            found = not ids.isdisjoint(map(id, gc.get_referents(candidate)))
        elif isinstance(candidate, dict):
            found = not (ids.isdisjoint(map(id, candidate.values())) and ids.isdisjoint(map(id, candidate)))
        else:
            continue
        if found and candidate is not values:
            holders.append(candidate)
    return holders


def withdraw_new(values: Iterable[object], replaced: Replaced, own: Iterable[object]) -> None:
    """After a failure: take what the refused text has made out of registries that nobody has looked into before."""
    made = list(values)
    if not made:
        return
    ids = {id(value) for value in made}
    mine = {id(part) for part in (*own, made, values)}
    for holder in holders_of(made):
        if id(holder) in mine or (isinstance(holder, dict) and "__builtins__" in holder):
            continue
        if type(holder) is dict:
            for key in [key for key, value in holder.items() if id(value) in ids]:
                stays = replaced.of(holder[key])
                if id(stays) in ids:
                    del holder[key]
                else:
                    holder[key] = stays
        elif type(holder) is list:
            holder[:] = [item for item in holder if id(item) not in ids]


_INSIDE = (dict, tuple, FunctionType, CellType, property, staticmethod, classmethod, GetSetDescriptorType)


def _parts_of(pairs: list[tuple[Any, Any]]) -> list[Any]:
    """The objects that are gone, and for classes what they consist of."""
    parts = [pair[0] for pair in pairs]
    todo = [part for part in parts if isinstance(part, type)]
    seen = {id(part) for part in parts}
    for _ in range(4):  # a class, its `__dict__`, a property in it, its function, a cell
        found = []
        for part in gc.get_referents(*todo) if todo else ():
            is_namespace = type(part) is dict and "__builtins__" in part
            if id(part) not in seen and type(part) in _INSIDE and not is_namespace:
                seen.add(id(part))
                found.append(part)
        parts += found
        todo = found
    return parts


def _held_elsewhere(gone: list[Any], parts: list[Any]) -> list[Any]:
    """Those that are held by more than the edit itself and each other. To search the heap takes milliseconds."""
    inside: dict[int, int] = {}
    for held in gc.get_referents(*parts):
        inside[id(held)] = inside.get(id(held), 0) + 1
    # A pair, both lists, the variable of the loop, and the argument hold each of them, too.
    return [value for value in gone if sys.getrefcount(value) - inside.get(id(value), 0) > 5]


def _redirect_partial(holder: Any, replaced: Replaced, journal: Journal) -> None:
    before = holder.__reduce__()[2]
    journal.on_undo(lambda: holder.__setstate__(before))
    function, *rest = before
    holder.__setstate__((replaced.of(function), *rest))


def _redirect_dict(
    holder: dict[Any, Any], replaced: Replaced, journal: Journal, classes: set[int], owners: _Owners
) -> None:
    of = replaced.of
    owner = owners.of(holder)
    if owner is not None:
        if id(owner) not in classes:
            for name, value in list(holder.items()):
                if of(value) is not value and isinstance(name, str):
                    journal.set(owner, name, of(value))
        return
    journal.keep(holder)
    for key, value in list(holder.items()):
        if of(key) is not key:
            del holder[key]
            holder.setdefault(of(key), of(value))
        elif of(value) is not value:
            holder[key] = of(value)


class _Owners:
    """The classes that dicts belong to: such a dict must not be changed past its class."""

    def __init__(self) -> None:
        self._known: dict[int, type] | None = None

    def of(self, namespace: dict[Any, Any]) -> type | None:
        if "__module__" not in namespace or "__doc__" not in namespace:
            return None
        if self._known is None:
            self._known = {}
            for candidate in gc.get_objects():
                if isinstance(candidate, type):
                    for part in gc.get_referents(candidate):
                        if type(part) is dict:
                            self._known[id(part)] = candidate
        return self._known.get(id(namespace))

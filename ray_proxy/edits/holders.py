"""Who holds an object that was replaced gets the one that stays."""

from __future__ import annotations

import functools
import gc
import sys
from collections.abc import Iterable
from types import CellType
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
    gone = [pair[0] for pair in pairs if _may_be_held(pair[0])]
    if not gone:
        return
    classes = {id(pair[0]) for pair in pairs if isinstance(pair[0], type)}
    mine = {id(part) for part in (*own, pairs, gone, *pairs)}
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
    made = [value for value in values if _may_be_held(value)]
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


def _may_be_held(value: object) -> bool:
    """Whether anything but the edit itself seems to hold a replaced object. Searching the heap costs milliseconds."""
    if isinstance(value, type):
        return True
    return sys.getrefcount(value) > 3  # the pair, our argument, and that of getrefcount


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

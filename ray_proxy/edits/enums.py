"""The members of an Enum whose text was edited: those that are held stay the same objects."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

from .journal import MISSING, Journal

_TABLES = (
    "_flag_mask_ _all_bits_ _singles_mask_ _boundary_ _unhashable_values_ _hashable_values_ _unhashable_values_map_ "
    "_inverted_"
).split()


def is_member_table(new: enum.EnumMeta, name: str) -> bool:
    """Whether the entry of the class is made of its members, which are merged one by one."""
    return name in new._member_map_ or (name[:1] == name[-1:] == "_" and name[1:2] != "_")


def merge_members(live: Any, new: Any, journal: Journal, note: Callable[[str], None]) -> None:
    """Give a live Enum the members of the new one."""
    for table in (live._member_names_, live._member_map_, live._value2member_map_):
        journal.keep(table)
    same_value_needed = issubclass(new, (int, str, float, bytes))
    known, now = dict(live._member_map_), {}
    for name, member in new._member_map_.items():
        held = known.get(name)
        if held is not None and (not same_value_needed or held._value_ == member._value_):
            journal.keep(held.__dict__)
            held.__dict__.update({**member.__dict__, "__objclass__": live})
            now[id(member)] = held
            continue
        if held is not None:
            kind = type(member).__mro__[-2].__name__
            note(
                f"{live.__module__}.{live.__qualname__}.{name}: a member that is of type {kind} cannot change its "
                f"value; holders keep the old member"
            )
        object.__setattr__(member, "__class__", live)
        member.__dict__["__objclass__"] = live
        now[id(member)] = member
    live._member_names_[:] = new._member_names_
    live._member_map_.clear()
    live._member_map_.update({name: now[id(member)] for name, member in new._member_map_.items()})
    values = {value: now[id(member)] for value, member in new._value2member_map_.items() if id(member) in now}
    live._value2member_map_.clear()
    live._value2member_map_.update(values)
    for name in known:
        if name not in new._member_map_ and name in vars(live):
            journal.set(live, name, MISSING)
    for name, value in vars(new).items():
        if name in new._member_map_:
            if id(value) in now:
                value = now[id(value)]
            elif hasattr(value, "member"):  # the descriptor that 3.11 and later put in its place
                value.member = now.get(id(value.member), value.member)
            journal.set(live, name, value)
        elif name in _TABLES:
            journal.set(live, name, value)

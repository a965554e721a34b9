"""Doors: the modules at which pickles, and actors of other releases, find what stands elsewhere now."""

from __future__ import annotations

from types import FunctionType
from typing import Any


def stand_behind(door: str, *named: Any) -> None:
    """Have these classes and functions found at a door, and the methods, too: Ray pickles those of an actor by name."""
    for thing in named:
        thing.__module__ = door
        for method in vars(thing).values():
            if isinstance(method, FunctionType):
                method.__module__ = door

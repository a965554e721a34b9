"""Doors: the modules at which pickles, and actors of other releases, find what stands elsewhere now."""

from __future__ import annotations

import importlib
from types import FunctionType
from typing import Any


def stand_behind(door: str, *named: Any) -> None:
    """Have these classes and functions found at a door, and the methods, too: Ray pickles those of an actor by name."""
    for thing in named:
        thing.__module__ = door
        for method in vars(thing).values():
            if isinstance(method, FunctionType):
                method.__module__ = door


def open_doors(*doors: str) -> None:
    """Have these doors there: cloudpickle pickles by value what it does not find at a door that was imported."""
    for door in doors:
        importlib.import_module(f"ray_proxy.{door}")

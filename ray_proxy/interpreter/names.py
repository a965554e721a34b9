"""The named variables of an interpreter: the namespace of a module, so that cells that run there have them as globals.

Knows neither messages nor what a cell is.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterator, MutableMapping
from contextvars import ContextVar
from types import ModuleType
from typing import Any

import cloudpickle

MODULE = "__remote__"
"""The module's name. Classes that cells define are found there by pickles within the process."""
_OF_PYTHON = frozenset(
    {*vars(ModuleType("")), "__builtins__", "__annotations__", "__annotate__", "__conditional_annotations__"}
)
"""What Python keeps in the namespace of a module."""


class Names(MutableMapping[str, object]):
    """Names and their objects, in the order in which they were given.

    Attributes:
        module: has them as its attributes, beside what Python keeps there, which has no name.
        table: its namespace.
        texts: of functions and classes that cells have defined, what tells their texts from others.
    """

    def __init__(self) -> None:
        self.module: ModuleType = ModuleType(MODULE, "The named variables of an interpreter of ray-proxy.")
        self.table: dict[str, Any] = vars(self.module)
        self.texts: dict[str, tuple[str, weakref.ref[Any]]] = {}

    def __contains__(self, name: object) -> bool:
        return name in self.table and name not in _OF_PYTHON

    def __getitem__(self, name: str) -> object:
        if name in _OF_PYTHON:
            raise KeyError(name)
        return self.table[name]

    def __setitem__(self, name: str, value: object) -> None:
        if name in _OF_PYTHON:
            raise ValueError(f"{name!r} is what Python itself keeps in a module: choose another name")
        self.table[name] = value

    def __delitem__(self, name: str) -> None:
        if name in _OF_PYTHON:
            raise KeyError(name)
        del self.table[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name in self.table.copy() if name not in _OF_PYTHON)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def install(self) -> None:
        """Have the module found by its name in this process. What it defines travels by value: it is nowhere else."""
        if sys.modules.get(MODULE) is not self.module:
            sys.modules[MODULE] = self.module
            cloudpickle.register_pickle_by_value(self.module)

    def remove(self) -> None:
        """It is found no more."""
        if sys.modules.get(MODULE) is self.module:
            cloudpickle.unregister_pickle_by_value(self.module)
            del sys.modules[MODULE]


executing: ContextVar[Names] = ContextVar("ray_proxy_names")
"""The names of the interpreter that executes this thread's, or coroutine's, message."""

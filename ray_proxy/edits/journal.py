"""What an edit has changed, so that it can be undone."""

from __future__ import annotations

import contextlib
import inspect
import sys
import warnings
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

Container = dict[Any, Any] | list[Any] | set[Any]


class _Missing:
    """No value."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()
_KIND = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
_BY_SLOT = frozenset({"__bases__", "__class__", "__abstractmethods__", "__doc__"})
"""Attributes of classes that are no plain entries of their `__dict__`."""


class Journal:
    """Changes attributes and remembers what they were. Containers are copied before, and compared after."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], object]] = []
        self._copies: dict[int, tuple[Container, Container]] = {}

    def set(self, owner: Any, name: str, value: object) -> None:
        """Set an attribute, past any `__setattr__` of the program; MISSING deletes it."""
        is_class = isinstance(owner, type)
        put, delete = (type.__setattr__, type.__delattr__) if is_class else (object.__setattr__, object.__delattr__)
        if is_class and name not in _BY_SLOT:
            had = vars(owner).get(name, MISSING)
        else:
            had = getattr(owner, name, MISSING)
        if value is MISSING:
            delete(owner, name)
        else:
            put(owner, name, value)
        if had is MISSING:
            self._undo.append(lambda: delete(owner, name))
        else:
            self._undo.append(lambda: put(owner, name, had))

    def set_item(self, attributes: dict[str, Any], name: str, value: object) -> None:
        """Set an entry of a `__dict__`. Some entries are named as attributes that the object has beside it."""
        had = attributes.get(name, MISSING)
        attributes[name] = value
        if had is MISSING:
            self._undo.append(lambda: attributes.pop(name, None))
        else:
            self._undo.append(lambda: attributes.__setitem__(name, had))

    def set_code(self, function: FunctionType, code: CodeType) -> None:
        had = function.__code__
        _set_code(function, code)
        self._undo.append(lambda: _set_code(function, had))

    def on_undo(self, call: Callable[[], object]) -> None:
        self._undo.append(call)

    def keep(self, container: Container) -> None:
        """Remember what is in it now, if that is not remembered."""
        if id(container) not in self._copies:
            self._copies[id(container)] = (container, container.copy())

    def kept(self) -> list[tuple[Container, Container]]:
        """The containers, and what was in them."""
        return list(self._copies.values())

    def roll_back(self) -> None:
        """Undo everything, the last first. What cannot be undone does not hinder the rest."""
        while self._undo:
            with contextlib.suppress(Exception):
                self._undo.pop()()
        for container, copy in self._copies.values():
            if not same_content(container, copy):
                refill(container, copy)


def _set_code(function: FunctionType, code: CodeType) -> None:
    if (function.__code__.co_flags ^ code.co_flags) & _KIND and sys.version_info >= (3, 13):
        with warnings.catch_warnings():  # a generator may become a function here: what it yields is its own affair
            warnings.simplefilter("ignore", DeprecationWarning)
            function.__code__ = code
    else:
        function.__code__ = code


def same_content(container: Container, other: Container) -> bool:
    """Whether both hold the same objects, in the same order; nothing is asked of the objects."""
    if len(container) != len(other):
        return False
    if isinstance(container, dict) and isinstance(other, dict):
        pairs = zip(container.items(), other.items())
        return all(a is c and b is d for (a, b), (c, d) in pairs)
    if isinstance(container, list):
        return all(a is b for a, b in zip(container, other))
    return {id(item) for item in container} == {id(item) for item in other}


def refill(container: Container, content: Container) -> None:
    """Give a container that content; it stays the same object."""
    if isinstance(container, list):
        container[:] = content
    elif isinstance(container, dict):
        container.clear()
        container.update(content)
    else:
        container.clear()
        container.update(content)

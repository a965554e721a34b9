"""Classes and functions that travel by value under a name: one that is defined again takes the place of another.

A notebook's cell that is run again makes a class of the same qualified name, and so does another kernel of the same
notebook. Such a one is an edit of that which is live in an interpreter. What is made again by the very same code is
not: a loop makes several. This file must never know how a pickle is written or read.
"""

from __future__ import annotations

import base64
import json
import secrets
import weakref
from types import CodeType, FunctionType
from typing import Any, NamedTuple


class Name(NamedTuple):
    """The name of a definition.

    Attributes:
        key: the project, the module and the qualified name.
        origin: the process, and by which of its texts of that name it was made.
    """

    key: str
    origin: str


class Names:
    """The named definitions of a process: those that it sends, and those that have come."""

    def __init__(self) -> None:
        self._process = secrets.token_hex(8)
        self._sent: dict[str, tuple[object, int]] = {}
        """By key, what tells the last text from others, and how many there were."""
        self._come: dict[str, tuple[str, list[weakref.ref[Any]]]] = {}
        self.digests: weakref.WeakKeyDictionary[type, dict[str, bytes]] = weakref.WeakKeyDictionary()
        """Of the attributes of classes, as they came last."""

    def name(self, project: str, definition: Any) -> Name | None:
        """The name under which a definition travels; None where it has none of its own."""
        qualified: str = definition.__qualname__
        code = _code_of(definition)
        if not project or not qualified.isidentifier() or not isinstance(definition.__module__, str):
            return None  # it belongs to a class, or to a function
        if isinstance(definition, FunctionType) and definition.__code__.co_name != qualified:
            return None  # what a decorator has put in the place of another function
        key = f"{project}\n{definition.__module__}:{qualified}"
        last, number = self._sent.get(key, (None, 0))
        if last is not code:
            number += 1
            self._sent[key] = code, number
        return Name(key, f"{self._process}.{number}")

    def before(self, name: Name, kind: type) -> Any:
        """The live definition in whose place one of that name comes; None where there is none, or more than one."""
        origin, refs = self._come.get(name.key, ("", []))
        live = [definition for ref in refs if (definition := ref()) is not None]
        is_another = origin != name.origin and len(live) == 1 and isinstance(live[0], kind)
        return live[0] if is_another else None

    def come(self, name: Name, definition: Any) -> None:
        """It is live from now on."""
        origin, refs = self._come.get(name.key, ("", []))
        refs = [ref for ref in refs if ref() is not None] if origin == name.origin else []
        self._come[name.key] = name.origin, [*refs, weakref.ref(definition)]


def _code_of(definition: Any) -> object:
    """What is the same for all that the same text makes: the code of a function, or of the first one of a class."""
    if isinstance(definition, FunctionType):
        return definition.__code__
    return next((code for value in vars(definition).values() if (code := _code_in(value)) is not None), definition)


def _code_in(value: object) -> CodeType | None:
    function = getattr(value, "__func__", None) or getattr(value, "fget", None) or value
    return function.__code__ if isinstance(function, FunctionType) else None


def spelled(name: Name | None, of_globals: str) -> str:
    """A function's name, and that of its globals, as they travel in a text without colons."""
    return base64.urlsafe_b64encode(json.dumps([name, of_globals]).encode()).decode()


def read(text: str) -> tuple[Name | None, str]:
    name, of_globals = json.loads(base64.urlsafe_b64decode(text))
    return None if name is None else Name(*name), of_globals

"""From the text of a cell to a Var in it, and the path from there: ``df["a"].str``. Nothing is evaluated."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from ..looking import reading
from ..looking.reading import ABSENT
from ..looking.steps import Path
from ..var.interface import IRemoteInterpreter, Var, handle_of
from ..var.looks import look_at, look_at_name

_BRACKETS = {")": "(", "]": "[", "}": "{"}


class Place:
    """A Var, or an interpreter, and a path from there."""

    def __init__(self, owner: Any, path: Path, is_plain: bool) -> None:
        self.owner: Any = owner
        self.path: Path = path
        self.is_plain: bool = is_plain
        """Nothing but attributes and items lead there; else only calls or worse would tell."""

    @property
    def is_interpreter(self) -> bool:
        return type(self.owner) is not Var

    def look(self, aspect: str) -> dict[str, Any]:
        if not self.is_plain:
            return {"found": False}
        if not self.is_interpreter:
            return look_at(handle_of(self.owner), self.path, aspect)
        if not self.path:
            if aspect == "keys":
                return look_at_name(self.owner.session, "", [], "keys")
            return {"found": True, "members": reading.ordered(set(reading.names_of_class(type(self.owner))))}
        (kind, name), *path = self.path
        if kind != "item" or type(name) is not str:
            return {"found": False}
        return look_at_name(self.owner.session, name, path, aspect)


def place_of(expression: str, *namespaces: Mapping[str, Any]) -> Place | None:
    """Where an expression leads, if that is to something remote; None: it begins with something of this process."""
    try:
        node: Any = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    steps: list[Any] = []
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute):
            steps.append(("attribute", node.attr))
            node = node.value
        elif isinstance(node, ast.Subscript):
            key = _literal(node.slice)
            steps.append(("item", key) if type(key) in reading.PLAIN else ("other", None))
            node = node.value
        elif isinstance(node, ast.Call):
            steps.append(("other", None))
            node = node.func
        else:
            return None
    obj = next((names[node.id] for names in namespaces if node.id in names), ABSENT)
    steps.reverse()
    for at in range(len(steps) + 1):
        if type(obj) is Var or IRemoteInterpreter in reading.mro_of(type(obj)):
            rest = steps[at:]
            if type(obj) is not Var and rest[:1] and rest[0][0] == "attribute":
                return None  # a method of an interpreter is of this process
            return Place(obj, rest, all(kind != "other" for kind, _ in rest))
        if at < len(steps):
            kind, key = steps[at]
            if obj is ABSENT or kind == "other":
                return None
            obj = reading.attribute(obj, key) if kind == "attribute" else reading.item(obj, key)
    return None


def _literal(node: ast.AST) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        return ABSENT


def before(text: str) -> str:
    """The expression that a text ends with, as ``v.a`` of ``f(1, v.a``."""
    at, depth = len(text), 0
    while at:
        char = text[at - 1]
        if char in "\"'" and depth:
            begin = text.rfind(char, 0, at - 1)
            if begin < 0:
                break
            at = begin
            continue
        if char in _BRACKETS:
            depth += 1
        elif char in "([{":
            if not depth:
                break
            depth -= 1
        elif not depth and not (char.isalnum() or char in "_."):
            break
        at -= 1
    return text[at:]


def opening(text: str) -> int | None:
    """Where the call begins, in whose arguments a text ends: the place of its bracket."""
    at, depth = len(text), 0
    while at:
        at -= 1
        char = text[at]
        if char in "\"'":
            at = text.rfind(char, 0, at)
            if at < 0:
                return None
        elif char in _BRACKETS:
            depth += 1
        elif char in "([{":
            if not depth:
                return at if char == "(" else None
            depth -= 1
    return None

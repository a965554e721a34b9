"""How a type checker spells types, for two of them to be compared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from checkers import Mode

VAR = {"mypy": "ray_proxy.var.interface.Var", "mypy-plugin": "ray_proxy.var.interface.Var"}
_COROUTINE = re.compile(r"(?:typing\.|types\.)?Coroutine(?:Type)?$")
_CLASS_OF_LITERAL = ((r"^b['\"]", "bytes"), (r"^['\"]", "str"), (r"^(True|False)$", "bool"), (r"^-?\d", "int"))
_SAME = {"Unknown": "Any", "NoReturn": "Never", "...": "EllipsisType"}


@dataclass(frozen=True)
class Spelling:
    """How a type checker spells types.

    Attributes:
        aliases: what stands for a name, of those that it writes in place of what they stand for.
        bases: of each class, itself and its bases; mypy writes only the base of a union of both.
        defaults: of each class, the parameters that stand for those that are left out.
    """

    mode: Mode
    aliases: Mapping[str, str] = field(default_factory=dict)
    bases: Mapping[str, frozenset[str]] = field(default_factory=dict)
    defaults: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def lifted(self, local: str) -> str:
        """The text of what the `Var` has to be, of the text of what the object gives."""
        found = self.normal(local)
        name, items = _subscript(found)
        if _COROUTINE.match(name) and len(items) == 3:
            found = items[2]
        return f"{VAR.get(self.mode, 'Var')}[{found}]"

    def normal(self, text: str) -> str:
        """One spelling of a type, of those that the type checker uses for the same."""
        text = " ".join(text.split()).replace("builtins.", "")
        items = _split(text, "|")
        if len(items) > 1:
            return self._union(part for item in items for part in _split(self.normal(item), "|"))
        if text.startswith("(") and _closing(text, 0) == len(text) - 1:
            return self.normal(text[1:-1])
        name, items = _subscript(text)
        if not items:
            return self._name(text.rstrip("?*"))
        if name.rpartition(".")[2] == "Literal":
            return self._union(map(_class_of_literal, items))
        if name.rpartition(".")[2] in ("TypeIs", "TypeGuard"):
            return "bool"
        items = [self.normal(item) for item in items]
        defaults = self.defaults.get(name, ())
        while items and len(items) <= len(defaults) and items[-1] == self.normal(defaults[len(items) - 1]):
            items.pop()
        return f"{name}[{', '.join(items)}]" if items else name

    def _name(self, text: str) -> str:
        if text in self.aliases:
            return self.normal(self.aliases[text])
        return _SAME.get(text, text)

    def _union(self, items: Iterable[str]) -> str:
        distinct = set(items)
        for item in tuple(distinct):
            if any(other in self.bases.get(item, ()) for other in distinct - {item}):
                distinct.discard(item)
        return " | ".join(sorted(distinct))


def _class_of_literal(text: str) -> str:
    for pattern, name in _CLASS_OF_LITERAL:
        if re.match(pattern, text):
            return name
    return text.rpartition(".")[0] or text


def _subscript(text: str) -> tuple[str, list[str]]:
    """The name and the parameters of ``name[a, b]``; no parameters where it is something else."""
    text = text.rstrip("?*")
    found = re.match(r"([\w.@]+)\[", text)
    if found is None or _closing(text, found.end() - 1) != len(text) - 1:
        return text, []
    return found[1], _split(text[found.end() : -1], ",")


def _split(text: str, separator: str) -> list[str]:
    """The parts between separators that stand in no bracket and no quotes."""
    parts, start, at = [], 0, 0
    while at < len(text):
        if text[at] in "([{'\"":
            at = _closing(text, at)
        elif text[at] == separator:
            parts.append(text[start:at].strip())
            start = at + 1
        at += 1
    return [*parts, text[start:].strip()]


def _closing(text: str, at: int) -> int:
    """The place of the bracket or quote that ends what begins at `at`."""
    if text[at] in "'\"":
        end = at + 1
        while end < len(text) and text[end] != text[at]:
            end += 2 if text[end] == "\\" else 1
        return end
    pairs = {"(": ")", "[": "]", "{": "}"}
    end = at + 1
    while end < len(text) and text[end] != pairs[text[at]]:
        if text[end] in "([{'\"":
            end = _closing(text, end)
        end += 1
    return end

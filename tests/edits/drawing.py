# ruff: noqa: E501  (a statement stands on one line)
"""Programs of two modules, drawn at random and edited at random. They keep no state and call nothing at import.

So a live program that was edited must do what a fresh one of the same texts does.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

PRELUDE = """\
import functools
def deco(f):
    @functools.wraps(f)
    def w(*a): return ('w', f(*a))
    return w
def times(n):
    def d(f):
        def w(*a): return (n, f(*a))
        return w
    return d
"""


@dataclass
class Piece:
    """A statement that binds one name; `number` and `other` are what edits change."""

    kind: str
    name: str
    number: int
    other: str
    flag: int = 0

    def text(self) -> str:
        return KINDS[self.kind].format(name=self.name, number=self.number, other=self.other)


KINDS = {
    "constant": "{name} = {number}\n",
    "computed": "{name} = ({number}, {other})\n",
    "function": "def {name}(a={number}): return (a, {number}, show({other}))\n",
    "default": "def {name}(a={other}): return show(a)\n",
    "generator": "def {name}(a=1):\n    yield {number}\n    yield show({other})\n",
    "decorated": "@deco\ndef {name}(a=1): return (a, {number}, show({other}))\n",
    "multiplied": "@times({number})\ndef {name}(a=1): return (a, show({other}))\n",
    "cached": "@functools.lru_cache\ndef {name}(a=1): return (a, {number})\n",
    "closure": "def {name}(a=1):\n    b = {number}\n    def inner(): return (a, b, {number})\n    return inner()\n",
    "class": "class {name}:\n    x = {number}\n    y = {other}\n    def m(self): return (self.x, {number}, show({other}))\n",
    "properties": (
        "class {name}:\n    @property\n    def x(self): return {number}\n    @staticmethod\n    def y(): return show({other})\n"
        "    @classmethod\n    def m(cls): return (cls.__name__, {number})\n"
    ),
    "table": "{name} = {{'a': {number}, {number}: 'b'}}\n",
    "lambda": "{name} = lambda a=1: (a, {number}, show({other}))\n",
    "branch": "if {number} % 2:\n    def {name}(a=1): return ('odd', a)\nelse:\n    def {name}(a=1): return ('even', {number})\n",
    "tried": "try:\n    from nowhere_{number} import {name}\nexcept ImportError:\n    {name} = {number}\n",
    "alias": "{name} = {other}\n",
}
VALUES = ("constant", "computed", "table", "alias", "tried")


@dataclass
class Program:
    """The pieces of each of two modules; the second takes names from the first."""

    draw: random.Random
    pieces: dict[str, list[Piece]] = field(default_factory=lambda: {"m": [], "b": []})
    taken: list[str] = field(default_factory=list)
    star: bool = False

    def texts(self) -> dict[str, str]:
        head = PRELUDE + SHOW
        imports = "from $ import *\n" if self.star else "".join(f"from $ import {name}\n" for name in self.taken)
        return {
            "m": head + "".join(piece.text() for piece in self.pieces["m"]),
            "b": head + imports + "".join(piece.text() for piece in self.pieces["b"]),
        }

    def edit(self) -> None:
        """Change something; names that are used stand before what uses them."""
        for _ in range(self.draw.randint(1, 4)):
            key = self.draw.choice(["m", "m", "b"])
            pieces = self.pieces[key]
            action = self.draw.choice(["add", "add", "number", "number", "kind", "remove", "move", "other"])
            if action == "add" or len(pieces) < 3:
                names = [f"{key}{number}" for number in range(12)]
                free = [name for name in names if name not in {piece.name for piece in pieces}]
                if free:
                    piece = Piece(self.draw.choice([*KINDS]), self.draw.choice(free), self.draw.randrange(9), "0")
                    pieces.insert(self.draw.randrange(len(pieces) + 1), piece)
            elif action == "number":
                self.draw.choice(pieces).number = self.draw.randrange(9)
            elif action == "kind":
                self.draw.choice(pieces).kind = self.draw.choice([*KINDS])
            elif action == "remove":
                pieces.remove(self.draw.choice(pieces))
            elif action == "move":
                piece = pieces.pop(self.draw.randrange(len(pieces)))
                pieces.insert(self.draw.randrange(len(pieces) + 1), piece)
            else:
                at = self.draw.randrange(len(pieces))
                before = [piece.name for piece in pieces[:at]]
                pieces[at].other = self.draw.choice(["0", *before, *(self.taken if key == "b" else ())])
        self.star = self.draw.random() < 0.3
        there = [piece.name for piece in self.pieces["m"]]
        self.taken = [name for name in there if self.draw.random() < 0.5] if not self.star else there
        self.mend()

    def mend(self) -> None:
        """Let no statement use a name that is not bound before it."""
        for key, pieces in self.pieces.items():
            bound = {"0", *(self.taken if key == "b" else ())}
            for piece in pieces:
                if piece.other not in bound:
                    piece.other = "0"
                bound.add(piece.name)


SHOW = """\
def show(value, depth=0):
    if depth > 4: return '...'
    if isinstance(value, type):
        try: o = value()
        except Exception as e: return repr(e)
        return [value.__name__, *((n, show(getattr(o, n), depth + 1)) for n in ('x', 'y', 'm') if hasattr(o, n))]
    if type(value).__name__ == 'generator': return [show(v, depth + 1) for v in value]
    if callable(value): return show(value(), depth + 1)
    if isinstance(value, (tuple, list)): return [show(v, depth + 1) for v in value]
    if isinstance(value, dict): return sorted(map(repr, value.items()))
    return value if isinstance(value, (int, str)) else type(value).__name__
"""

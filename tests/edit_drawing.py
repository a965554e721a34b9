"""How random projects and their parts are drawn: definitions that fit what is there."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from typing import TypeVar

from edit_definitions import (
    Class,
    Constant,
    Container,
    Counter,
    Decoration,
    Decorator,
    Definition,
    Function,
    Loaded,
    Member,
    Registry,
)
from edit_expressions import Apply, Argument, Expression, Number, Pair, Plus, Use
from edit_project import STYLES, Project
from hypothesis import strategies as st

T = TypeVar("T")
KINDS = "function function function class class constant constant decorator loaded counter container registry".split()
MEMBERS = "method method static class property cached value value loaded".split()
LETTERS = {
    "method": "m",
    "static": "m",
    "class": "m",
    "property": "p",
    "cached": "c",
    "value": "v",
    "loaded": "w",
}


class Drawer:
    """Draws parts of projects.

    Attributes:
        project: what there is so far.
    """

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw: st.DrawFn = draw
        self.numbers = itertools.count()
        """Keys of definitions, and whatever must not come twice."""
        self.project: Project = self._empty()

    def pick(self, choices: Sequence[T]) -> T:
        return self.draw(st.sampled_from(choices))

    def chance(self, percent: int) -> bool:
        return self.draw(st.integers(0, 99)) >= 100 - percent

    def number(self) -> int:
        return self.draw(st.integers(0, 9))

    def _empty(self) -> Project:
        count = self.draw(st.integers(1, 4))
        styles = {(at, other): self.pick(STYLES) for at in range(count) for other in range(at)}
        return Project("$", self.draw(st.booleans()), ((),) * count, {}, styles)

    def fill(self, most: int) -> None:
        for _ in range(self.draw(st.integers(2, most))):
            self.project = self.with_new(self.project)

    def with_new(self, project: Project) -> Project:
        """With one more definition, at the end of a module."""
        home = self.draw(st.integers(0, len(project.modules) - 1))
        self.project = project
        definition = self.definition(self.pick(KINDS), home)
        modules = list(project.modules)
        modules[home] = (*modules[home], definition.key)
        return dataclasses.replace(project.with_definition(definition), modules=tuple(modules))

    # What can be named

    def before(self, home: int, key: int, *kinds: type[Definition]) -> list[int]:
        """What an import of a module finds, of these kinds."""
        keys = [other for keys in self.project.modules[: home + 1] for other in keys if other < key]
        return [other for other in keys if isinstance(self.project.definitions[other], kinds)]

    def plain_functions(self, key: int) -> list[int]:
        definitions = self.project.definitions.values()
        return [one.key for one in definitions if one.key < key and isinstance(one, Function) and one.flavor == "plain"]

    def number_of(self, names: Sequence[int], argument: str | None) -> Expression:
        """An expression for a number."""
        simple: list[Expression] = [Number(self.number())]
        if argument is not None:
            simple.append(Argument(argument))
        if names:
            simple.append(Use(self.pick(names)))
        found = self.pick(simple)
        return Plus(found, self.pick(simple)) if self.chance(25) else found

    def at_import(self, home: int, key: int) -> Expression:
        return self.number_of(self.before(home, key, Constant, Loaded), None)

    def later(self, key: int, argument: str = "x") -> Expression:
        """The body of a function."""
        known = self.project.definitions.values()
        names = [one.key for one in known if one.key < key and isinstance(one, (Constant, Loaded))]
        said = self.number_of(names, argument)
        functions = self.plain_functions(key)
        if functions and self.chance(40):
            return Pair(Apply(self.pick(functions), said), self.number_of(names, argument))
        return said

    # Definitions

    def definition(self, kind: str, home: int) -> Definition:
        key = next(self.numbers)
        name = f"{kind[0].upper() if kind != 'function' else 'f'}{key}"
        if kind == "constant":
            return Constant(key, f"K{key}", self.at_import(home, key), self.chance(10))
        if kind == "loaded":
            return Loaded(key, name, self.at_import(home, key))
        if kind == "counter":
            return Counter(key, f"N{key}", self.number(), 1 + self.number())
        if kind == "container":
            return Container(key, f"T{key}", self.pick(["dict", "list", "set"]), self.items())
        if kind == "registry":
            functions = self.before(home, key, Function)
            return Registry(key, name, tuple(self.pick(functions) for _ in range(2)) if functions else ())
        if kind == "decorator":
            takes = self.draw(st.booleans())
            return Decorator(key, f"d{key}", self.tag(key), takes, self.draw(st.booleans()))
        if kind == "class":
            return self.cls(key, name, home)
        return self.function(key, name, home)

    def tag(self, key: int) -> Expression:
        names = [one.key for one in self.project.definitions.values() if one.key < key and isinstance(one, Constant)]
        return self.number_of(names, None)

    def items(self) -> tuple[tuple[int, int], ...]:
        return tuple({self.number(): self.number() for _ in range(self.draw(st.integers(0, 3)))}.items())

    def function(self, key: int, name: str, home: int) -> Function:
        flavor = self.pick(["plain", "plain", "plain", "maker", "generator", "async"])
        default = self.at_import(home, key) if self.chance(30) else None
        function = Function(key, name, self.later(key), default, flavor)
        if flavor == "maker":
            return dataclasses.replace(function, made=self.later(key, "y"))
        constants = self.before(home, key, Constant)
        if constants and self.chance(15):
            when = self.pick(constants), self.number()
            return dataclasses.replace(function, when=when, otherwise=self.later(key))
        return dataclasses.replace(function, decorations=self.decorations(home, key, flavor))

    def decorations(self, home: int, key: int, flavor: str) -> tuple[Decoration, ...]:
        out: list[Decoration] = []
        decorators = self.before(home, key, Decorator)
        if decorators and self.chance(50):
            for _ in range(self.pick([1, 1, 2])):
                decorator = self.project.definitions[self.pick(decorators)]
                assert isinstance(decorator, Decorator)
                out.append(Decoration(decorator.key, self.number() if decorator.takes else None))
        if flavor == "plain" and self.chance(20):
            out.insert(self.draw(st.integers(0, len(out))), Decoration(None))
        return tuple(out)

    def cls(self, key: int, name: str, home: int) -> Class:
        flavor = self.pick(["plain", "plain", "plain", "slots", "dataclass", "enum"])
        cls = Class(key, name, (), flavor)
        if flavor == "plain":
            cls = dataclasses.replace(cls, base=self.base(home, key))
        if flavor in ("dataclass", "enum"):
            cls = dataclasses.replace(cls, fields=self.fields(flavor))
        for _ in range(self.draw(st.integers(0, 3))):
            cls = self.with_member(cls, home)
        return cls

    def base(self, home: int, key: int) -> int | None:
        classes = self.before(home, key, Class)
        plain = [one for one in classes if getattr(self.project.definitions[one], "flavor", "") == "plain"]
        return self.pick(plain) if plain and self.chance(60) else None

    def fields(self, flavor: str) -> tuple[tuple[str, int], ...]:
        names = ["A", "B", "C"] if flavor == "enum" else ["a", "b"]
        count = self.draw(st.integers(1, len(names)))
        values = self.draw(st.permutations(range(1, 5))) if flavor == "enum" else [self.number() for _ in names]
        return tuple(zip(names[:count], values))

    def with_member(self, cls: Class, home: int) -> Class:
        """With a new member, or another one in the place of one."""
        kinds = [kind for kind in MEMBERS if _fits(kind, cls.flavor)]
        member = self.member(cls, home, self.pick(kinds))
        others = tuple(one for one in cls.members if one.name != member.name)
        return dataclasses.replace(cls, members=(*others, member))

    def member(self, cls: Class, home: int, kind: str, name: str = "") -> Member:
        letter = LETTERS[kind]
        number = next(self.numbers) if kind == "cached" else self.draw(st.integers(0, 1))
        name = name or f"{letter}{number}"
        own = "self.value" if cls.flavor == "enum" else "self.x"
        if kind == "value":  # a number alone, so that it is clear whether an edit touches it
            return Member(name, kind, Number(self.number()))
        if kind == "loaded":
            return Member(name, kind, self.at_import(home, cls.key))
        body = self.later(cls.key, own if kind in ("property", "cached") else "x")
        default = self.at_import(home, cls.key) if letter == "m" and self.chance(20) else None
        says_super = kind == "method" and cls.base is not None and self.chance(40)
        return Member(name, kind, body, default, says_super)


def _fits(kind: str, flavor: str) -> bool:
    if flavor == "enum":
        return kind in ("method", "static", "class", "property")
    return not (flavor == "slots" and kind == "cached")

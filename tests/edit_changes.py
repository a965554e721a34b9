"""Random edits of random projects: each gives the next project, or none where it would be no sound one."""

from __future__ import annotations

import dataclasses

from edit_definitions import (
    Class,
    Constant,
    Container,
    Counter,
    Decorator,
    Definition,
    Function,
    Loaded,
    Registry,
)
from edit_drawing import Drawer
from edit_project import STYLES, Project
from hypothesis import strategies as st

CHANGES = "alter alter alter alter alter alter alter add remove rename move move reorder noise style".split()


class Changes:
    """Edits a project. Each method is one kind of edit."""

    def __init__(self, drawer: Drawer) -> None:
        self._drawer: Drawer = drawer

    def changed(self, project: Project, most: int = 3) -> Project:
        """The project after some edits."""
        for _ in range(self._drawer.draw(st.integers(1, most))):
            self._drawer.project = project
            after = getattr(self, self._drawer.pick(CHANGES))(project)
            if after is not None:
                after = _without_stale(after)
                project = after if after.is_sound() else project
        return project

    def _any(self, project: Project) -> int | None:
        return self._drawer.pick(sorted(project.definitions)) if project.definitions else None

    def add(self, project: Project) -> Project | None:
        return self._drawer.with_new(project)

    def remove(self, project: Project) -> Project | None:
        key = self._any(project)
        if key is None or project.users(key):
            return None
        definitions = {other: one for other, one in project.definitions.items() if other != key}
        modules = tuple(tuple(other for other in keys if other != key) for keys in project.modules)
        return dataclasses.replace(project, definitions=definitions, modules=modules)

    def rename(self, project: Project) -> Project | None:
        key = self._any(project)
        if key is None:
            return None
        definition = project.definitions[key]
        left = frozenset(pair for pair in project.left if pair[1] != key)
        number = next(self._drawer.numbers)
        project = dataclasses.replace(project, left=left)
        return project.with_definition(dataclasses.replace(definition, name=f"{definition.name[0]}{number}"))

    def move(self, project: Project) -> Project | None:
        """To another module; perhaps the first one then imports the name from there."""
        key = self._any(project)
        if key is None:
            return None
        home, new = project.home(key), self._drawer.draw(st.integers(0, len(project.modules) - 1))
        if new == home:
            return None
        modules = [tuple(other for other in keys if other != key) for keys in project.modules]
        row = self._drawer.draw(st.integers(0, len(modules[new])))
        modules[new] = (*modules[new][:row], key, *modules[new][row:])
        left = project.left
        if new < home and self._drawer.chance(60):
            left = frozenset({*left, (home, key)})
        return dataclasses.replace(project, modules=tuple(modules), left=left)

    def reorder(self, project: Project) -> Project | None:
        at = self._drawer.draw(st.integers(0, len(project.modules) - 1))
        modules = list(project.modules)
        modules[at] = tuple(self._drawer.draw(st.permutations(modules[at])))
        return dataclasses.replace(project, modules=tuple(modules))

    def noise(self, project: Project) -> Project | None:
        key = self._any(project)
        if key is None:
            return None
        return dataclasses.replace(project, noise={**project.noise, key: self._drawer.draw(st.integers(0, 4))})

    def style(self, project: Project) -> Project | None:
        if not project.styles:
            return None
        pair = self._drawer.pick(sorted(project.styles))
        return dataclasses.replace(project, styles={**project.styles, pair: self._drawer.pick(STYLES)})

    # One definition

    def alter(self, project: Project) -> Project | None:
        key = self._any(project)
        if key is None:
            return None
        after = self._altered(project.definitions[key], project.home(key))
        return project.with_definition(after)

    def _altered(self, definition: Definition, home: int) -> Definition:
        drawer = self._drawer
        if isinstance(definition, (Constant, Loaded)):
            return dataclasses.replace(definition, value=drawer.at_import(home, definition.key))
        if isinstance(definition, Counter):
            if drawer.draw(st.booleans()):
                return dataclasses.replace(definition, start=drawer.number())
            return dataclasses.replace(definition, step=drawer.number())
        if isinstance(definition, Container):
            kind = drawer.pick(["dict", "list", "set"]) if drawer.chance(15) else definition.kind
            return dataclasses.replace(definition, kind=kind, items=drawer.items())
        if isinstance(definition, Registry):
            functions = drawer.before(home, definition.key, Function)
            return dataclasses.replace(definition, keys=tuple(functions[:3]))
        if isinstance(definition, Decorator):
            return dataclasses.replace(definition, tag=drawer.tag(definition.key))
        if isinstance(definition, Function):
            return self._altered_function(definition, home)
        assert isinstance(definition, Class)
        return self._altered_class(definition, home)

    def _altered_function(self, function: Function, home: int) -> Function:
        drawer, key = self._drawer, function.key
        part = drawer.pick("body body default decorations flavor when made".split())
        if part == "default":
            return dataclasses.replace(function, default=drawer.at_import(home, key) if drawer.chance(60) else None)
        if part == "made" and function.flavor == "maker":
            return dataclasses.replace(function, made=drawer.later(key, "y"))
        if part == "decorations" and function.flavor != "maker" and function.when is None:
            return dataclasses.replace(function, decorations=drawer.decorations(home, key, function.flavor))
        if part == "when" and not function.decorations and function.flavor != "maker":
            constants = drawer.before(home, key, Constant)
            if not constants or function.when is not None:
                return dataclasses.replace(function, when=None, otherwise=None)
            when = drawer.pick(constants), drawer.number()
            return dataclasses.replace(function, when=when, otherwise=drawer.later(key))
        if part == "flavor" and function.when is None:
            if any(key in one.uses_later() for one in drawer.project.definitions.values()):
                return function  # whoever calls it takes what it gives for a value
            flavor = drawer.pick(["plain", "generator", "async", "maker"])
            made = drawer.later(key, "y") if flavor == "maker" else None
            kept = function.decorations if flavor == "plain" else ()
            return dataclasses.replace(function, flavor=flavor, made=made, decorations=kept)
        return dataclasses.replace(function, body=drawer.later(key))

    def _altered_class(self, cls: Class, home: int) -> Class:
        drawer = self._drawer
        part = drawer.pick("member member member drop base fields order".split())
        if part == "drop" and cls.members:
            gone = drawer.pick(cls.members)
            return dataclasses.replace(cls, members=tuple(one for one in cls.members if one is not gone))
        if part == "base" and cls.flavor == "plain":
            return dataclasses.replace(cls, base=drawer.base(home, cls.key))
        if part == "fields" and cls.flavor in ("dataclass", "enum"):
            return dataclasses.replace(cls, fields=drawer.fields(cls.flavor))
        if part == "order":
            return dataclasses.replace(cls, members=tuple(drawer.draw(st.permutations(cls.members))))
        if cls.members and drawer.chance(60):
            old = drawer.pick(cls.members)
            kind = drawer.pick(["method", "static", "class"]) if old.name[0] == "m" else old.kind
            new = drawer.member(cls, home, kind, old.name)
            return dataclasses.replace(cls, members=tuple(new if one is old else one for one in cls.members))
        return drawer.with_member(cls, home)


def _without_stale(project: Project) -> Project:
    """Names that have gone, or have come home, are taken from nobody any more."""
    homes = {key: at for at, keys in enumerate(project.modules) for key in keys}
    left = frozenset((at, key) for at, key in project.left if homes.get(key, at) < at)
    return dataclasses.replace(project, left=left)

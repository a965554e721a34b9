"""What random projects do, told from their descriptions: the text in force, and what earlier texts have made.

Whatever has no state is found out afresh from the description each time. State is: what was loaded, counters,
containers, caches, instances, and attributes that the program has set. An edit touches it only where its own statement
was edited. Nothing here executes a text or knows of the engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from edit_definitions import (
    Class,
    Constant,
    Container,
    Counter,
    Decorator,
    Definition,
    Function,
    Loaded,
    Member,
)
from edit_expressions import Apply, Argument, Expression, Number, Plus, Use
from edit_project import Project

_STAY = ("closure", "member")
"""What does not move with what it was made of."""


@dataclass
class Held:
    """An object that the program holds.

    Attributes:
        kind: function, partial, listed, closure, instance, derived, method, member or container.
        key: of what it was made; of a method, the class that defines it.
        state: attributes, or captured variables.
        name: of a method or member.
    """

    kind: str
    key: int
    state: dict[str, Any] = field(default_factory=dict)
    name: str = ""


class Model:
    """A project that runs, without running it.

    Attributes:
        project: the one whose text is in force.
        loads: what was loaded since it was asked last.
        held: the objects that the program holds, by the names of its variables.
    """

    def __init__(self, project: Project) -> None:
        self.project: Project = project
        self.loads: list[str] = []
        self.held: dict[str, Held] = {}
        self.values: dict[int, Any] = {}
        """What was loaded, by the key of its definition; the number of a counter; the content of a container."""
        self.members: dict[tuple[int, str], int] = {}
        """What class bodies have loaded."""
        self.set: dict[tuple[int, str], int] = {}
        """Attributes of classes that the program has set."""
        self.caches: dict[int, dict[int, Any]] = {}
        self.counts: dict[tuple[int, int], int] = {}
        """How often a decorated function was called, by its key and the decorator's place."""
        self._take(Project(project.prefix, project.is_package, (), {}), project)

    # ------------------------------------------------------------------------------------------ edits

    def edit(self, project: Project) -> None:
        """A new text is in force."""
        old, self.project = self.project, project
        self.held = {name: held for name, held in self.held.items() if self._lives_on(held, old)}
        self._take(old, project)

    def _lives_on(self, held: Held, old: Project) -> bool:
        """Whether what it was made of is still there; what was removed or renamed is nobody's business any more."""
        key, new = held.key, self.project
        if key not in new.definitions:
            return False
        (home, name), (new_home, new_name) = old.place(key), new.place(key)
        before, after = old.definitions[key], new.definitions[key]
        if name != new_name or (home != new_home and ((home, key) not in new.left or held.kind in _STAY)):
            return False
        if isinstance(before, Function) and isinstance(after, Function):
            return held.kind != "closure" or before.flavor == after.flavor
        if isinstance(before, Class) and isinstance(after, Class):
            if held.kind == "member":
                return held.name in dict(after.fields)
            if held.kind == "method":
                member, now = before.member(held.name), after.member(held.name)
                return member is not None and now is not None and member.kind == now.kind
        if isinstance(before, Container) and isinstance(after, Container):
            return before.kind == after.kind
        return True

    def _take(self, old: Project, new: Project) -> None:
        for keys in new.modules:
            for key in keys:
                definition, was = new.definitions[key], old.definitions.get(key)
                is_there = was is not None and old.place(key) == new.place(key)
                is_same = is_there and old.statement(key) == new.statement(key)
                self._take_one(definition, was if is_there else None, is_same, old, new)
        for state in (self.values, self.caches):
            for key in [key for key in state if key not in new.definitions]:
                del state[key]

    def _take_one(
        self, definition: Definition, was: Definition | None, is_same: bool, old: Project, new: Project
    ) -> None:
        key = definition.key
        if isinstance(definition, Loaded):
            if not is_same:
                self.loads.append(definition.name)
                self.values[key] = self.value(definition.value) * 10 + 7
        elif isinstance(definition, Counter):
            if not isinstance(was, Counter) or was.start != definition.start:
                self.values[key] = definition.start
        elif isinstance(definition, Container):
            if not is_same:
                self._fill(definition, was)
        elif isinstance(definition, Function):
            if not is_same:
                self.caches[key] = {}
            if not isinstance(was, Function) or old.decorators(key) != new.decorators(key):
                self.counts.update({(key, at): 0 for at in range(len(definition.decorations))})
        elif isinstance(definition, Class):
            self._take_class(definition, was, old, new)

    def _fill(self, container: Container, was: Definition | None) -> None:
        content = _content(container)
        live: Any = self.values.get(container.key)
        if not isinstance(was, Container) or was.kind != container.kind:
            self.values[container.key] = content
        elif isinstance(live, dict):
            for name, _ in was.items:
                if name not in content:
                    live.pop(name, None)
            live.update(content)
        elif isinstance(live, list):
            live[:] = content
        else:
            live.clear()
            live.update(content)

    def _take_class(self, cls: Class, was: Definition | None, old: Project, new: Project) -> None:
        key = cls.key
        for member in cls.members:
            before = was.member(member.name) if isinstance(was, Class) else None
            if before is not None and old.part(key, before) == new.part(key, member):
                continue
            self.set.pop((key, member.name), None)
            if member.kind == "loaded":
                self.loads.append(member.name)
                self.members[key, member.name] = self.value(member.body) * 10 + 7
            for held in self.held.values():
                if member.kind == "cached" and held.kind in ("instance", "derived") and key in self.chain(held.key):
                    held.state.pop(member.name, None)  # what the old text has computed
        for owner, name in [*self.set]:
            if owner == key and cls.member(name) is None:
                del self.set[owner, name]

    # ------------------------------------------------------------------------------------ what has no state

    def value(self, expression: Expression, x: Any = 0) -> Any:
        if isinstance(expression, Number):
            return expression.value
        if isinstance(expression, Argument):
            return x
        if isinstance(expression, Use):
            used = self.project.definitions[expression.key]
            return self.value(used.value) if isinstance(used, Constant) else self.values[expression.key]
        if isinstance(expression, Apply):
            return self.call(expression.key, self.value(expression.argument, x))
        left, right = self.value(expression.left, x), self.value(expression.right, x)
        return left + right if isinstance(expression, Plus) else (left, right)

    def call(self, key: int, x: int) -> Any:
        function = self.project.definitions[key]
        assert isinstance(function, Function)
        return self._decorated(function, x, 0)

    def _decorated(self, function: Function, x: int, at: int) -> Any:
        if at == len(function.decorations):
            return self._body(function, x)
        decoration = function.decorations[at]
        if decoration.key is None:
            cache = self.caches[function.key]
            if x not in cache:
                cache[x] = self._decorated(function, x, at + 1)
            return cache[x]
        decorator = self.project.definitions[decoration.key]
        assert isinstance(decorator, Decorator)
        place = function.key, at
        self.counts[place] += 1
        tag = (self.value(decorator.tag), *(() if decoration.tag is None else (decoration.tag,)))
        return (*tag, self.counts[place], self._decorated(function, x, at + 1))

    def _body(self, function: Function, x: int) -> Any:
        body = function.body
        if function.when is not None and not self.value(Use(function.when[0])) > function.when[1]:
            assert function.otherwise is not None
            body = function.otherwise
        said = self.value(body, x)
        if function.default is not None:
            said = (said, self.value(function.default))
        return [x, said] if function.flavor == "generator" else said

    def closure(self, key: int, x: int) -> dict[str, Any]:
        """What a function captures that a maker makes."""
        function = self.project.definitions[key]
        assert isinstance(function, Function)
        return {"kept": self._body(function, x), "x": x}

    def call_closure(self, key: int, captured: dict[str, Any], y: int) -> Any:
        function = self.project.definitions[key]
        assert isinstance(function, Function)
        assert function.made is not None
        return captured["kept"], captured["x"], self.value(function.made, y), y

    def count(self, key: int) -> int:
        counter = self.project.definitions[key]
        assert isinstance(counter, Counter)
        self.values[key] += counter.step
        number: int = self.values[key]
        return number

    # --------------------------------------------------------------------------------------- classes

    def cls(self, key: int) -> Class:
        cls = self.project.definitions[key]
        assert isinstance(cls, Class)
        return cls

    def chain(self, key: int | None) -> list[int]:
        """A class and its bases, in the order of look-up."""
        found: list[int] = []
        while key is not None:
            found.append(key)
            key = self.cls(key).base
        return found

    def find(self, key: int, name: str) -> tuple[int, Member] | None:
        for owner in self.chain(key):
            member = self.cls(owner).member(name)
            if member is not None:
                return owner, member
        return None

    def class_value(self, key: int, name: str) -> int:
        """An attribute that is no function."""
        found = self.find(key, name)
        assert found is not None
        owner, member = found
        if (owner, name) in self.set:
            return self.set[owner, name]
        number: int = self.members[owner, name] if member.kind == "loaded" else self.value(member.body)
        return number

    def method(self, key: int, name: str, x: int) -> Any:
        """What a method, static method or class method gives."""
        owners = [owner for owner in self.chain(key) if self.cls(owner).member(name) is not None]
        if not owners:
            raise AttributeError(name)
        member = self.cls(owners[0]).member(name)
        assert member is not None
        said = self.value(member.body, x)
        if member.default is not None:
            said = (said, self.value(member.default))
        if member.says_super:
            base = self.cls(owners[0]).base
            if base is None:
                raise AttributeError(name)
            said = (said, self.method(base, name, x))
        return said

    def attribute(self, held: Held, name: str) -> Any:
        """A property, also a cached one, of an instance."""
        found = self.find(held.key, name)
        assert found is not None
        _, member = found
        if member.kind != "cached":
            return self.value(member.body, held.state["x"])
        if name not in held.state:
            held.state[name] = self.value(member.body, held.state["x"])
        return held.state[name]

    def instance(self, key: int, x: int) -> dict[str, Any]:
        """The attributes of a new instance."""
        cls = self.cls(key)
        return {"x": x, **(dict(cls.fields) if cls.flavor == "dataclass" else {})}


def _content(container: Container) -> Any:
    if container.kind == "dict":
        return dict(container.items)
    numbers = [value for _, value in container.items]
    return numbers if container.kind == "list" else set(numbers)

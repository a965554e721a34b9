"""A random project: modules of definitions that import each other, as data and as texts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field

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
from edit_expressions import Expression, text_of

STYLES = ("module", "from", "star", "alias")
"""How a module imports another: `import p.m`, `from p.m import a, b`, `from p.m import *`, `from . import m as m_`."""


@dataclass(frozen=True)
class Project:
    """Modules, each of which imports only earlier ones; functions import later ones when they are called.

    Attributes:
        prefix: what names in `sys.modules` begin with; of a package, its name.
        modules: for each module, the keys of its definitions, in the order of the text.
        styles: how a module imports an earlier one.
        noise: for a definition, so many lines of comment above it.
        left: names that a module takes from another, because what was defined in it has moved there.
    """

    prefix: str
    is_package: bool
    modules: tuple[tuple[int, ...], ...]
    definitions: dict[int, Definition]
    styles: dict[tuple[int, int], str] = field(default_factory=dict)
    noise: dict[int, int] = field(default_factory=dict)
    left: frozenset[tuple[int, int]] = frozenset()

    def module_name(self, at: int) -> str:
        return f"{self.prefix}.m{at}" if self.is_package else f"{self.prefix}_m{at}"

    def home(self, key: int) -> int:
        return next(at for at, keys in enumerate(self.modules) if key in keys)

    def place(self, key: int) -> tuple[int, str]:
        """The module, and the name in it."""
        return self.home(key), self.definitions[key].name

    def users(self, key: int) -> list[Definition]:
        """The definitions that name it."""
        return [one for one in self.definitions.values() if key in {*one.uses_at_import(), *one.uses_later()}]

    def with_definition(self, definition: Definition) -> Project:
        return dataclasses.replace(self, definitions={**self.definitions, definition.key: definition})

    def is_sound(self) -> bool:
        """Whether each module can be imported afresh."""
        place = {key: (at, row) for at, keys in enumerate(self.modules) for row, key in enumerate(keys)}
        for key, definition in self.definitions.items():
            if any(used not in place or place[used] >= place[key] for used in definition.uses_at_import()):
                return False
            if any(used not in place or used >= key for used in definition.uses_later()):
                return False
        names = [definition.name for definition in self.definitions.values()]
        return len(set(names)) == len(names)

    def texts(self) -> tuple[str, ...]:
        return tuple(_Writer(self, at).text() for at in range(len(self.modules)))

    def statement(self, key: int) -> str:
        """The text of a definition, without what stands above it."""
        return "\n".join(_Writer(self, self.home(key)).lines(self.definitions[key]))

    def decorators(self, key: int) -> list[str]:
        """The decorators of a function, as the text says them."""
        return [line for line in self.statement(key).splitlines() if line.startswith("@")]

    def routes(self, key: int) -> list[str]:
        """The ways by which the modules have it, as `m0.K1`."""
        home, name = self.place(key)
        found = [f"m{home}.{name}"]
        for at in range(home + 1, len(self.modules)):
            writer = _Writer(self, at)
            writer.text()
            if writer.has(home, name) or (at, key) in self.left:
                found.append(f"m{at}.{name}")
        return found

    def part(self, key: int, member: Member) -> str:
        """The text of a member of a class."""
        return "\n".join(_Writer(self, self.home(key)).member(member))


class _Writer:
    """Writes the text of one module, and notes what that must import."""

    def __init__(self, project: Project, at: int) -> None:
        self._project: Project = project
        self._at: int = at
        self._needed: dict[int, set[str]] = {}
        self._lazy: list[str] = []

    def text(self) -> str:
        project = self._project
        lines: list[str] = []
        for key in project.modules[self._at]:
            noise = project.noise.get(key, 0)
            lines += ["", *(f"# {number} of {noise}" for number in range(noise))]
            lines += self.lines(project.definitions[key])
        for at, key in sorted(project.left):
            if at == self._at:
                self._needed.setdefault(project.home(key), set())
        return "\n".join([*self._imports(), *lines, ""])

    def has(self, other: int, name: str) -> bool:
        """Whether the module binds a name of another one."""
        style = self._style(other)
        return other in self._needed and (style == "star" or (style == "from" and name in self._needed[other]))

    def _imports(self) -> Iterator[str]:
        yield "import dataclasses, enum, functools"
        yield "from edit_probes import load"
        project = self._project
        for other, names in sorted(self._needed.items()):
            name, style = project.module_name(other), self._style(other)
            if style == "module":
                yield f"import {name}"
            elif style == "alias":
                yield f"from . import m{other} as m{other}_" if project.is_package else f"import {name} as m{other}_"
            elif style == "star":
                yield f"from {self._relative(other)} import *"
            elif names:
                yield f"from {self._relative(other)} import {', '.join(sorted(names))}"
        for at, key in sorted(project.left):
            if at == self._at:
                other, name = project.place(key)
                yield f"from {self._relative(other)} import {name}"

    def _relative(self, other: int) -> str:
        return f".m{other}" if self._project.is_package else self._project.module_name(other)

    def _style(self, other: int) -> str:
        return self._project.styles.get((self._at, other), "from")

    def name(self, key: int) -> str:
        """How this module calls a definition."""
        project = self._project
        other, name = project.place(key)
        if other == self._at:
            return name
        if other > self._at:
            self._lazy.append(f"from {project.module_name(other)} import {name}")
            return name
        needed = self._needed.setdefault(other, set())
        style = self._style(other)
        if style == "module":
            return f"{project.module_name(other)}.{name}"
        if style == "alias":
            return f"m{other}_.{name}"
        needed.add(name)
        return name

    def say(self, expression: Expression) -> str:
        return text_of(expression, self.name)

    # Definitions

    def lines(self, definition: Definition) -> list[str]:
        name = definition.name
        if isinstance(definition, Constant):
            return [f"{name}{': int' * definition.annotated} = {self.say(definition.value)}"]
        if isinstance(definition, Loaded):
            return [f"{name} = load('{name}', {self.say(definition.value)})"]
        if isinstance(definition, Counter):
            return [*self.counter_start(definition), *self._counting(definition)]
        if isinstance(definition, Container):
            return [f"{name} = {_literal(definition)}"]
        if isinstance(definition, Registry):
            pairs = [f"'f{at}': {self.name(key)}" for at, key in enumerate(definition.keys)]
            return [f"{name} = {{{', '.join(pairs)}}}"]
        if isinstance(definition, Decorator):
            return self._decorator(definition)
        if isinstance(definition, Function):
            return self._function(definition)
        assert isinstance(definition, Class)
        return self._class(definition)

    @staticmethod
    def counter_start(counter: Counter) -> list[str]:
        return [f"{counter.name} = {counter.start}"]

    @staticmethod
    def _counting(counter: Counter) -> list[str]:
        name = counter.name
        return [f"def count_{name}():", f"    global {name}", f"    {name} += {counter.step}", f"    return {name}"]

    def _decorator(self, decorator: Decorator) -> list[str]:
        tag, lazy = self._later(decorator.tag)
        inner = [
            "def outer(function):",
            "    count = 0",
            *["    @functools.wraps(function)"] * decorator.wraps,
            "    def wrapper(*args):",
            "        nonlocal count",
            "        count += 1",
            *(f"        {line}" for line in lazy),
            f"        return {tag}, {'tag, ' * decorator.takes}count, function(*args)",
            "    return wrapper",
        ]
        if not decorator.takes:
            return [inner[0].replace("outer", decorator.name), *inner[1:]]
        return [f"def {decorator.name}(tag):", *_indented(inner), "    return outer"]

    def _later(self, expression: Expression) -> tuple[str, list[str]]:
        """What is said in a function, and the imports that stand before it."""
        self._lazy = []
        said = self.say(expression)
        lazy, self._lazy = list(dict.fromkeys(self._lazy)), []
        return said, lazy

    def _decorations(self, decorations: tuple[Decoration, ...]) -> Iterator[str]:
        for one in decorations:
            if one.key is None:
                yield "@functools.lru_cache(maxsize=None)"
            else:
                yield f"@{self.name(one.key)}" + (f"({one.tag})" if one.tag is not None else "")

    def _function(self, function: Function) -> list[str]:
        if function.when is None:
            return self._plain_function(function, function.body)
        key, least = function.when
        assert function.otherwise is not None
        return [
            f"if {self.name(key)} > {least}:",
            *_indented(self._plain_function(function, function.body)),
            "else:",
            *_indented(self._plain_function(function, function.otherwise)),
        ]

    def _plain_function(self, function: Function, body: Expression) -> list[str]:
        default = "" if function.default is None else f", d={self.say(function.default)}"
        said, lazy = self._later(body)
        if function.default is not None:
            said = f"({said}, d)"
        lines = [*self._decorations(function.decorations)]
        lines.append(f"{'async ' * (function.flavor == 'async')}def {function.name}(x{default}):")
        lines += _indented(lazy)
        if function.flavor == "generator":
            lines += ["    yield x", f"    yield {said}"]
        elif function.flavor == "maker":
            assert function.made is not None
            lines.append(f"    kept = {said}")
            made, lazy = self._later(function.made)
            lines += ["    def made(y):", *_indented(_indented(lazy)), f"        return kept, x, {made}, y"]
            lines.append("    return made")
        else:
            lines.append(f"    return {said}")
        return lines

    def _class(self, cls: Class) -> list[str]:
        bases = {"enum": "(enum.Enum)"}.get(cls.flavor, "")
        if cls.base is not None:
            bases = f"({self.name(cls.base)})"
        lines = ["@dataclasses.dataclass"] * (cls.flavor == "dataclass") + [f"class {cls.name}{bases}:"]
        if cls.flavor == "enum":
            lines += [f"    {name} = {value}" for name, value in cls.fields]
        elif cls.flavor == "dataclass":
            lines += ["    x: int", *(f"    {name}: int = {value}" for name, value in cls.fields)]
        elif cls.flavor == "slots":
            lines += ["    __slots__ = ('x',)"]
        if cls.flavor in ("slots", "plain") and cls.base is None:
            lines += ["    def __init__(self, x):", "        self.x = x"]
        for member in cls.members:
            lines += _indented(self.member(member))
        return [*lines, *["    pass"] * (len(lines) == 1)]

    def member(self, member: Member) -> list[str]:
        name = member.name
        if member.kind == "value":
            return [f"{name} = {self.say(member.body)}"]
        if member.kind == "loaded":
            return [f"{name} = load('{name}', {self.say(member.body)})"]
        said, lazy = self._later(member.body)
        default = "" if member.default is None else f", d={self.say(member.default)}"
        if member.default is not None:
            said = f"({said}, d)"
        if member.says_super:
            said = f"({said}, super().{name}(x))"
        first = {
            "method": f"def {name}(self, x{default}):",
            "static": f"def {name}(x{default}):",
            "class": f"def {name}(cls, x{default}):",
        }.get(member.kind, f"def {name}(self):")
        over = {
            "static": ["@staticmethod"],
            "class": ["@classmethod"],
            "property": ["@property"],
            "cached": ["@functools.cached_property"],
        }.get(member.kind, [])
        return [*over, first, *_indented(lazy), f"    return {said}"]


def _literal(container: Container) -> str:
    if container.kind == "dict":
        return repr(dict(container.items))
    numbers = [value for _, value in container.items]
    return repr(numbers) if container.kind == "list" else repr(set(numbers)) if numbers else "set()"


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]

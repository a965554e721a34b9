"""A random history of a project: its texts, edits, and operations with what they must give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import edit_probes
from edit_changes import Changes
from edit_definitions import (
    Class,
    Constant,
    Container,
    Counter,
    Definition,
    Function,
    Loaded,
    Registry,
)
from edit_drawing import Drawer
from edit_model import Held, Model
from hypothesis import strategies as st

Texts = dict[str, str]
FAULTS = {"def broken(:": "SyntaxError", "raise ValueError": "ValueError", "missing": "NameError"}


@dataclass(frozen=True)
class Edit:
    """New texts of modules, and the error that they raise."""

    texts: Texts
    error: str | None = None

    def __str__(self) -> str:
        said = [f"--- {name}\n{text.rstrip()}" for name, text in self.texts.items()]
        return "\n".join([f"edit{f', which raises {self.error}' if self.error else ''}:", *said, "---"])


@dataclass(frozen=True)
class Ask:
    """An expression, and the text of its value. In expressions, `m0` is a module, and `h0` an object that is held."""

    expression: str
    expected: str

    def __str__(self) -> str:
        return f"assert {self.expression} == {self.expected}"


@dataclass(frozen=True)
class Make:
    """An object that is held from now on."""

    target: str
    expression: str

    def __str__(self) -> str:
        return f"{self.target} = {self.expression}"


@dataclass(frozen=True)
class History:
    """Texts, in which `$` stands for what the names of the modules begin with, and steps."""

    names: tuple[str, ...]
    is_package: bool
    texts: tuple[str, ...]
    steps: tuple[Edit | Ask | Make, ...]

    def __str__(self) -> str:
        first = Edit(dict(zip(self.names, self.texts)))
        return "\n".join(map(str, [first, *self.steps]))

    __repr__ = __str__


class Storyteller:
    """Draws a history, and tells by the model what each operation must give."""

    def __init__(self, drawer: Drawer) -> None:
        self._drawer: Drawer = drawer
        self._changes: Changes = Changes(drawer)
        self._model: Model = Model(drawer.project)
        self.steps: list[Edit | Ask | Make] = []

    # Edits

    def edit(self) -> None:
        project = self._model.project
        after = self._changes.changed(project)
        old, new = project.texts(), after.texts()
        texts = {project.module_name(at): text for at, text in enumerate(new) if text != old[at]}
        if self._drawer.chance(15):
            self._break(dict(zip(map(project.module_name, range(len(new))), new)), texts)
        elif texts:
            self._model.edit(after)
            self.steps.append(Edit(texts))
            self._ask_loads()

    def _break(self, every: Texts, texts: Texts) -> None:
        """Some line of a module raises, so that nothing has changed."""
        name = self._drawer.pick(list(every))
        fault = self._drawer.pick(list(FAULTS))
        lines = every[name].split("\n")
        gaps = [at for at, line in enumerate(lines) if not line]
        lines.insert(self._drawer.pick(gaps), fault)
        self.steps.append(Edit({**texts, name: "\n".join(lines)}, FAULTS[fault]))
        self.steps.append(Make("_", "loads()"))  # what the refused text has loaded, it has loaded

    def _ask_loads(self) -> None:
        self.ask("sorted(loads())", sorted(self._model.loads))
        self._model.loads.clear()

    # Operations

    def begin(self) -> None:
        count = len(self._model.project.modules)
        for at in self._drawer.draw(st.permutations(range(count))):
            self.ask(f"bool(m{at})", True)
        self._ask_loads()

    def ask(self, expression: str, value: Any) -> None:
        self.steps.append(Ask(expression, repr(value)))

    def try_(self, expression: str, give: Callable[[], Any]) -> None:
        """Ask, where the model may raise, too."""
        try:
            value = repr(give())
        except AttributeError as error:
            value = type(error).__name__
        self.steps.append(Ask(expression, value))

    def hold(self, expression: str, held: Held) -> None:
        name = f"h{next(self._drawer.numbers)}"
        self.steps.append(Make(name, expression))
        self._model.held[name] = held

    def operate(self) -> None:
        model, drawer = self._model, self._drawer
        if model.held and drawer.chance(45):
            name = drawer.pick(list(model.held))
            self._operate_on(name, model.held[name])
        elif model.project.definitions:
            key = drawer.pick(sorted(model.project.definitions))
            self._operate(model.project.definitions[key], drawer.pick(model.project.routes(key)))

    def _operate(self, definition: Definition, way: str) -> None:
        model, key, x = self._model, definition.key, self._drawer.number()
        if isinstance(definition, Constant):
            self.ask(way, model.value(definition.value))
        elif isinstance(definition, Loaded):
            self.ask(way, model.values[key])
        elif isinstance(definition, Counter):
            own = "m{}.{}".format(*model.project.place(key))  # who has taken the number has an old one
            self.ask(own.replace(".", ".count_") + "()", model.count(key))
        elif isinstance(definition, Container):
            self._operate_container(way, key)
        elif isinstance(definition, Registry):
            self._operate_registry(definition, way, x)
        elif isinstance(definition, Function):
            self._operate_function(definition, way, x)
        elif isinstance(definition, Class):
            self._operate_class(definition, way, x)

    def _operate_container(self, way: str, key: int) -> None:
        content = self._model.values[key]
        what = self._drawer.pick(["value", "put", "taken", "hold"])
        if what == "hold":
            self.hold(way, Held("container", key))
        elif what == "put":
            value = 100 + self._drawer.number()
            self.ask(f"put({way}, {value})", None)
            edit_probes.put(content, value)
        elif what == "taken":
            self.ask(f"taken({way})", None)
            edit_probes.taken(content)
        self.ask(f"sorted({way})", sorted(content))
        if isinstance(content, dict):
            self.ask(f"sorted({way}.items())", sorted(content.items()))

    def _operate_registry(self, registry: Registry, way: str, x: int) -> None:
        self.ask(f"len({way})", len(registry.keys))
        for at, key in enumerate(registry.keys):
            function = self._model.project.definitions[key]
            assert isinstance(function, Function)
            if function.flavor != "maker":
                self.ask(f"{way}['f{at}']({x})", self._model.call(key, x))

    def _operate_function(self, function: Function, way: str, x: int) -> None:
        model, key = self._model, function.key
        if self._drawer.chance(40):
            if function.flavor == "maker" and self._drawer.chance(60):
                self.hold(f"{way}({x})", Held("closure", key, model.closure(key, x)))
            else:
                kind = self._drawer.pick(["function", "partial", "listed"])
                text = {"function": way, "partial": f"partial({way}, {x})", "listed": f"[{way}]"}[kind]
                self.hold(text, Held(kind, key, {"x": x}))
        self._call(way, f"{x}", function, x)

    def _call(self, way: str, said: str, function: Function, x: int) -> None:
        model, key = self._model, function.key
        if function.flavor == "maker":
            self.ask(f"{way}({said})(3)", model.call_closure(key, model.closure(key, x), 3))
        else:
            self.ask(f"{way}({said})", model.call(key, x))

    # Classes

    def _operate_class(self, cls: Class, way: str, x: int) -> None:
        model, key = self._model, cls.key
        if cls.flavor == "enum":
            self._operate_enum(cls, way)
            return
        values = [name for owner in model.chain(key) for name in _values(model.cls(owner))]
        what = self._drawer.pick(["make", "make", "derived", "set", "value"])
        if what == "set" and values:
            name = self._drawer.pick(values)
            found = model.find(key, name)
            if found is not None and found[0] == key:
                model.set[key, name] = 200 + x
                self.ask(f"assigned({way}, {name!r}, {200 + x})", None)
        elif what == "value" and values:
            name = self._drawer.pick(values)
            self.ask(f"{way}.{name}", model.class_value(key, name))
        elif what == "derived" and cls.flavor == "plain":
            self.hold(f"derived({way})", Held("derived", key, model.instance(key, 1)))
        else:
            self.hold(f"{way}({x})", Held("instance", key, model.instance(key, x)))

    def _operate_enum(self, cls: Class, way: str) -> None:
        self.ask(f"[(one.name, one.value) for one in {way}]", list(cls.fields))
        name, value = self._drawer.pick(cls.fields)
        if self._drawer.chance(50):
            self.hold(f"{way}.{name}", Held("member", cls.key, {"x": value}, name))
        self.ask(f"{way}({value}) is {way}.{name}", True)

    # Held objects

    def _operate_on(self, name: str, held: Held) -> None:
        model, x = self._model, self._drawer.number()
        definition = model.project.definitions[held.key]
        way = self._drawer.pick(model.project.routes(held.key))
        if isinstance(definition, Function):
            if held.kind == "closure":
                self.ask(f"{name}({x})", model.call_closure(held.key, held.state, x))
            elif held.kind == "partial":
                self._call(name, "", definition, held.state["x"])
            else:
                self._call(f"{name}[0]" if held.kind == "listed" else name, f"{x}", definition, x)
        elif held.kind == "container":
            self.ask(f"{name} is {way}", True)
            self._operate_container(name, held.key)
        elif held.kind == "method":
            self.try_(f"{name}({x})", lambda: model.method(held.key, held.name, x))
        elif isinstance(definition, Class):
            self._operate_on_instance(name, held, definition, way, x)

    def _operate_on_instance(self, name: str, held: Held, cls: Class, way: str, x: int) -> None:
        model, key = self._model, held.key
        if held.kind == "member":
            held.state["x"] = dict(cls.fields)[held.name]
            self.ask(f"{name} is {way}.{held.name}", True)
        else:
            self.ask(f"isinstance({name}, {way}), {name}.x", (True, held.state["x"]))
            if held.kind == "instance":
                self.ask(f"type({name}) is {way}", True)
        members = {member.name: member for owner in reversed(model.chain(key)) for member in model.cls(owner).members}
        if self._drawer.chance(20) and held.kind == "instance":
            self.ask(f"copied({name}).x", held.state["x"])
        if not members:
            return
        member = self._drawer.pick(list(members.values()))
        if member.name[0] == "m":
            if self._drawer.chance(30):
                owner = next(one for one in model.chain(key) if model.cls(one).member(member.name) is not None)
                self.hold(f"{name}.{member.name}", Held("method", owner, {}, member.name))
            self.try_(f"{name}.{member.name}({x})", lambda: model.method(key, member.name, x))
        elif member.kind in ("property", "cached"):
            self.ask(f"{name}.{member.name}", model.attribute(held, member.name))
        else:
            self.ask(f"{name}.{member.name}", model.class_value(key, member.name))


def _values(cls: Class) -> list[str]:
    return [member.name for member in cls.members if member.kind == "value"]


@st.composite
def histories(draw: st.DrawFn, edits: int = 6) -> History:
    """Histories of up to so many edits."""
    drawer = Drawer(draw)
    drawer.fill(10)
    project = drawer.project
    teller = Storyteller(drawer)
    teller.begin()
    for _ in range(draw(st.integers(1, edits))):
        for _ in range(draw(st.integers(1, 5))):
            teller.operate()
        teller.edit()
    for _ in range(draw(st.integers(1, 8))):
        teller.operate()
    names = tuple(map(project.module_name, range(len(project.modules))))
    return History(names, project.is_package, project.texts(), tuple(teller.steps))

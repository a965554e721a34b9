"""The edit of one module: executes what runs of its new text in the live namespace, or undoes it."""

from __future__ import annotations

import ast
import linecache
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any

from .binding import Binder
from .codes import all_codes, nested_codes
from .dispatching import Registrations
from .functions import LiveFunctions, functions_in
from .holders import withdraw_new
from .importers import public_names, resolved
from .journal import MISSING, Journal
from .plan import Plan
from .program import DONE, LIVE, MAY_RUN, Program, old_definition
from .registries import Withdrawn, containers_around, made_by
from .replaced import Replaced
from .report import Changes
from .statements import DEFINITIONS, Definition, Statement, assignment_to, definition_named, meant
from .texts import Text

CameBack = Callable[[str, str, object], "tuple[type, ast.AST | None] | None"]


class Edit:
    """A module on its way from one text to the next.

    Made without touching anything: an error of the new text is raised then. `begin` and `execute` change the live
    module; `roll_back` makes it as it was.

    Args:
        module: the module.
        old: the text in force.
        new: the next one, and how many statements at its head and its end are as they were.
        seed: the names of the module that have changed because another module was edited, with what they were; also
            `other.name`, if that is how it says the name of another module.
        note: where to tell what cannot be applied to live objects.
        came_back: finds the live class that a definition was before it was absent, and what its text said: of the
            module, the name, and what the name is bound to.
    """

    def __init__(
        self,
        module: ModuleType,
        old: Text,
        new: tuple[Text, int, int],
        seed: Mapping[str, object],
        note: Callable[[str], None],
        came_back: CameBack,
    ) -> None:
        self.module: ModuleType = module
        self.namespace: dict[str, Any] = module.__dict__
        self.text: Text = new[0]
        self.seed: Mapping[str, object] = seed
        self._note: Callable[[str], None] = note
        self._came_back: CameBack = came_back
        self._back: list[type] = []
        self.plan: Plan = Plan(old, *new, self.namespace, self.seed)
        self._program: Program = Program(self.plan, self.text.file)
        self.journal: Journal = Journal()
        self.replaced: Replaced = Replaced()
        self.before: dict[str, Any] = {}
        self._functions: LiveFunctions = LiveFunctions(self.namespace, self.journal, self.replaced, note)
        self._binder: Binder = Binder(
            module.__name__, self.namespace, self.journal, self.replaced, self._functions, note, self.plan.changed
        )
        self._registrations: Registrations = Registrations(self.plan.unregistered, self.namespace)
        self._prior: dict[str, Any] = {}
        self._found: list[FunctionType] = []

    # In this order

    def begin(self, functions: Iterable[FunctionType]) -> None:
        """Find the live functions of the module, and copy what may change.

        Args:
            functions: those whose globals are the module's.
        """
        self.before = self._binder.before = dict(self.namespace)
        functions = self._found = list(functions)
        program = self._program
        by_place = {(old.co_name, old.co_firstlineno): pair for old, pair in program.successors.items()}
        files = {self.plan.old.file, self.text.file, getattr(self.module, "__file__", None)}
        known: dict[CodeType, tuple[CodeType, bool] | None] = {}

        def successor(code: CodeType) -> tuple[CodeType, bool] | None:
            if id(code) in program.new_codes:
                return None
            if code not in known:
                pair = program.successors.get(code)
                if pair is None and code.co_filename in files:
                    pair = by_place.get((code.co_name, code.co_firstlineno))
                    moved = program.moved(code) if pair is None else None
                    if moved is not None:
                        pair = (moved, False)
                        program.new_codes.update(map(id, all_codes(moved)))  # nor do they move once more
                known[code] = pair
            return known[code]

        if program.successors or program.unmoved:
            self._functions.find(functions, successor)
        if self._may_touch_containers():
            for container in containers_around(self._roots()):
                if container is not self.namespace:
                    self.journal.keep(container)

    def execute(self) -> None:
        """Run what runs. Whatever it raises is the text's own error; then the edit must be rolled back."""
        for name in self.plan.lost:
            gone = self.namespace.pop(name, None)
            if name == "__doc__":
                self.namespace[name] = None
            del gone
        if self.plan.lost:
            self.namespace.update((name, value) for name, value in self._starred() if name in self.plan.lost)
        annotations = self.namespace.get("__annotations__")
        if isinstance(annotations, dict):
            self.journal.keep(annotations)
            for name in self.plan.unannotated:
                annotations.pop(name, None)
        self._registrations.withdraw(self.journal)
        withdrawn = Withdrawn(self.journal, self._withdrawn(), self._registrations.containers())
        self._binder.put_back = withdrawn.put_back
        self._functions.settle(everything=False)
        for piece in self._program.pieces:
            if piece.guarded:
                self._execute_guarded(piece.code)
            elif piece.runs:
                self._start(piece.statement)
                self._with_live_values(piece.code)
                self._done(piece.statement)
        withdrawn.put_back()
        self._binder.finish()
        self._registrations.finish(self.replaced)
        self._functions.settle(everything=True)
        self._functions.adopted.clear()
        self.show_text()

    def _starred(self) -> Iterator[tuple[str, Any]]:
        """What the module's `import *` binds that do not run now."""
        for new in self.plan.news:
            node = new.node
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*" and new not in self.plan.runs:
                source = sys.modules.get(resolved(node, self.module))
                names = () if source is None else public_names(vars(source))
                yield from ((name, vars(source)[name]) for name in names if name in vars(source))

    def show_text(self) -> None:
        """Let tracebacks show the new text."""
        entry = self.text.for_linecache()
        for file in {self.text.file, self.plan.old.file}:
            had = linecache.cache.get(file)
            linecache.cache[file] = entry
            if had is None:
                self.journal.on_undo(lambda file=file: linecache.cache.pop(file, None))  # type: ignore[misc]
            else:
                self.journal.on_undo(lambda file=file, had=had: linecache.cache.__setitem__(file, had))  # type: ignore[misc]

    def roll_back(self) -> None:
        made = [value for name, value in self.namespace.items() if self.before.get(name, MISSING) is not value]
        made = [value for value in made if callable(value) and getattr(value, "__module__", 0) == self.module.__name__]
        lived = {id(value) for value in (*self.before.values(), *self._found, *self._back)}
        made = [value for value in made if id(value) not in lived]  # a refused name may mean what was there before
        lives = [gone for gone, _ in self.replaced if not any(gone is value for value in self.before.values())]
        withdraw_new([*made, *lives], self.replaced, [self.namespace, self.before])
        self.journal.roll_back()
        for name in [name for name in self.namespace if name not in self.before]:
            del self.namespace[name]
        if list(self.namespace) == list(self.before):
            self.namespace.update(self.before)
        else:
            self.namespace.clear()
            self.namespace.update(self.before)

    @property
    def runs_definitions(self) -> bool:
        """Whether it makes functions or classes that are dropped once live ones have become as they are."""
        return any(isinstance(new.node, DEFINITIONS) for new in self.plan.runs)

    def moved_names(self) -> set[str]:
        """The names that are bound to another object now, or to none."""
        names = (self.plan.changed | self.plan.lost) & self.namespace.keys()
        if "*" in self.plan.changed:
            names |= self.namespace.keys()
        moved = {name for name in names if self.was(name) is not self.namespace[name]}
        gone = [*self.plan.lost, *(name for name in self.seed if "." not in name)]
        return moved | {name for name in gone if name not in self.namespace}

    def was(self, name: str) -> object:
        """What the name was bound to before, or MISSING."""
        return self.seed[name] if name in self.seed else self.before.get(name, MISSING)

    def unplanned(self, moved: set[str]) -> frozenset[str]:
        """Those of these names that `import *` has bound: what depends on them was not known before."""
        return frozenset(moved & self.namespace.keys() - self.plan.changed)

    def changes(self) -> Changes:
        functions: list[str] = []
        classes: list[str] = []
        names = sorted(self.seed)
        for new in self.plan.news:
            if new in self.plan.runs and not new.is_block:
                if isinstance(new.node, DEFINITIONS):
                    (classes if isinstance(new.node, ast.ClassDef) else functions).append(new.node.name)
                else:
                    names += sorted(new.binds)
        names += sorted(self.plan.lost)
        return Changes(*(tuple(dict.fromkeys(found)) for found in (functions, classes, names)))

    def kept_notes(self) -> list[str]:
        """What was not executed again, although it uses something that changed."""
        return [
            f"{self.module.__name__}: {', '.join(sorted(new.binds))} (line {new.first}) was not edited and stays as it "
            f"is, although it uses {', '.join(used)}"
            for new, used in self.plan.kept
        ]

    # Executing

    def _execute_guarded(self, code: CodeType) -> None:
        parts, running = self._program.parts, self.plan.runs | self.plan.in_handlers

        def may_run(number: int) -> bool:
            if parts[number] not in running:
                return False
            self._start(parts[number])
            return True

        self.namespace[MAY_RUN], self.namespace[DONE] = may_run, lambda number: self._done(parts[number])
        try:
            self._with_live_values(code)
        finally:
            self.namespace.pop(MAY_RUN, None)
            self.namespace.pop(DONE, None)

    def _with_live_values(self, code: CodeType) -> None:
        if not any(LIVE in part.co_names for part in (code, *nested_codes(code))):
            exec(code, self.namespace)
            return
        self.namespace[LIVE] = lambda cls, name: vars(self.before[cls])[name]
        try:
            exec(code, self.namespace)
        finally:
            self.namespace.pop(LIVE, None)

    def _start(self, statement: Statement) -> None:
        names = self.namespace if "*" in statement.binds else statement.binds
        self._prior = {name: self.namespace.get(name, MISSING) for name in names}

    def _done(self, statement: Statement) -> None:
        """A statement has bound its names: bind them to the live objects, where these became as the new ones."""
        node = statement.node
        if statement not in self.plan.runs and statement not in self.plan.in_handlers:
            return
        is_definition = isinstance(node, DEFINITIONS)
        old = old_definition(self.plan, statement)
        binder = self._binder
        binder.fresh = (
            isinstance(node, DEFINITIONS)
            and isinstance(old, DEFINITIONS)
            and [ast.dump(d) for d in old.decorator_list] != [ast.dump(d) for d in node.decorator_list]
        )
        binder.edited = statement not in self.plan.dependents
        self._functions.adopted.clear()
        for name, was in self._prior.items():
            value = self.namespace.get(name, MISSING)
            if value is MISSING or (value is was and not is_definition):
                continue
            if "*" in statement.binds and was is sys.modules.get(f"{self.module.__name__}.{name}", MISSING):
                self.namespace[name] = was  # its own submodule, which an import has bound after the star, once
                continue
            for function in functions_in(value, self.namespace, self._functions):
                self._functions.adopt(function, binder.fresh)
            if statement in self.plan.alike:
                self.namespace[name] = self.replaced.of(value)  # `was` is the one before it, of another type
                continue
            binder.name = name
            if isinstance(node, ast.ClassDef) and isinstance(value, type):
                back = self._came_back(self.module.__name__, name, was)
                if back is not None:
                    self.namespace[name] = self._bind_back(back[0], value, back[1], node)
                    continue
            owned = definition_named(name, self.plan.olds) is not None
            was_said = assignment_to(name, self.plan.olds) if isinstance(node, ast.ImportFrom) else old
            lives = binder.bind(was, value, was_said, node, owned)
            if lives is not value:
                self.namespace[name] = lives
        self._prior = {}

    def _bind_back(self, live: type, new: type, said: ast.AST | None, node: ast.ClassDef) -> Any:
        self._back.append(live)
        if live.__module__ != self.module.__name__:
            return self._binder.move_class(live, new)
        return self._binder.bind(live, new, said, node, owned=True)

    def absent(self) -> Iterator[tuple[str, type, ast.AST | None]]:
        """The classes that the old text defined and the new one does not: where they stood, what is there or was
        there, and what the old text said."""
        here = self.module.__name__
        for name, was in self.before.items():
            if isinstance(was, type) and was.__module__ == here and was.__qualname__ == name:
                now = self.namespace.get(name, MISSING)
                node = definition_named(name, self.plan.olds)
                if now is MISSING:
                    yield name, was, node
                elif isinstance(now, type) and now.__module__ != here and now.__name__ == name:
                    yield name, now, node

    # What may be touched

    def _may_touch_containers(self) -> bool:
        """Whether anything runs but bare definitions of functions."""
        return any(
            not isinstance(new.node, (ast.FunctionDef, ast.AsyncFunctionDef)) or new.node.decorator_list
            for new in self.plan.runs
            if not new.is_block
        )

    def _definitions(self) -> Iterator[Definition]:
        for new in self.plan.news:
            if new in self.plan.runs and isinstance(new.node, DEFINITIONS):
                yield new.node

    def _roots(self) -> Iterator[object]:
        """The module's objects, and what its decorators and base classes may write to."""
        yield from self.before.values()
        yield from self._functions.closures()
        homes: dict[str, ModuleType] = {}
        for node in self._definitions():
            for used in (*node.decorator_list, *getattr(node, "bases", [])):
                value = meant(used, self.namespace)
                home = sys.modules.get(str(getattr(value, "__module__", None)))
                yield value
                if home is not None and home is not self.module and not _is_library(home):
                    homes[home.__name__] = home
        for home in homes.values():
            yield from [held for held in vars(home).values() if type(held) in (dict, list, set)]

    def _withdrawn(self) -> Iterator[object]:
        for node in self._definitions():
            if (node.decorator_list or isinstance(node, ast.ClassDef)) and node.name in self.before:
                yield from made_by(self.before[node.name], node.name)


def _is_library(module: ModuleType) -> bool:
    return module.__name__.split(".")[0] in sys.stdlib_module_names

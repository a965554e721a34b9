"""Edits of modules that are loaded: `remember` the text of each, `apply` the next ones; `redefine` is for one object.

An edit runs only the statements whose text has changed, in the live namespaces. Functions, classes and containers stay
the same objects, so that whoever holds one has the new text. All the edits of one call are applied, or none.

Call `apply` between two operations, from one thread at a time. Other threads may run code of the modules meanwhile: a
function that is being executed ends with its old text.
"""

from __future__ import annotations

import ast
import gc
import linecache
import sys
import weakref
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType, ModuleType

from .absent import Absent
from .edit import Edit
from .functions import find_functions
from .holders import redirect
from .importers import imported_by, readers, takers
from .journal import MISSING, Journal
from .redefining import redefine
from .refusal import retell
from .replaced import Replaced
from .report import Changes, NewText, Report, UnknownText
from .statements import definition_named
from .texts import Text

__all__ = ["apply", "redefine", "remember"]

_texts: weakref.WeakKeyDictionary[ModuleType, Text] = weakref.WeakKeyDictionary()
"""The text in force of each module."""
_absent = Absent()
_RETRIED = (ImportError, AttributeError, NameError)
"""Errors that may come from a module whose edit comes later in the same batch."""


def remember(module: ModuleType, text: str) -> None:
    """Say which text a module was executed from. Call it at the import."""
    known = Text(text, getattr(module, "__file__", None) or f"<{module.__name__}>")
    _texts[module] = known
    linecache.cache[known.file] = known.for_linecache()


def apply(edits: Sequence[NewText]) -> Report:
    """Let loaded modules run new texts: all of them, or none. Each comes after those that it imports.

    Raises:
        UnknownText: a module is not loaded, or its present text is not known.
        BaseException: what the new text raises: a SyntaxError, or whatever one of its statements does. Then everything
            is as it was before, and the texts in force are the old ones.
    """
    batch = _Batch()
    collecting = gc.isenabled()
    gc.disable()  # what is made here stays in the youngest generation, so that one cheap collection finds it
    try:
        try:
            batch.run(edits)
        except BaseException as error:
            batch.roll_back()
            refused = retell(error, batch.tried)
        else:
            return batch.commit()
    finally:
        has_made = batch.has_made
        del batch
        if has_made:  # what was merged into live objects leaves `__subclasses__()`, and is no live function later
            gc.collect(0)
        if collecting:
            gc.enable()
    raise refused


def _known_texts() -> dict[ModuleType, Text]:
    """The texts in force. Other threads may import modules meanwhile: `keyrefs` copies the keys at once."""
    modules = [reference() for reference in _texts.keyrefs()]
    found = {module: _texts.get(module) for module in modules if module is not None}
    return {module: text for module, text in found.items() if text is not None}


class _Waiting:
    """An edit that is still to be applied."""

    def __init__(self, module: ModuleType, new: NewText | None, seed: Mapping[str, object] | None = None) -> None:
        self.module: ModuleType = module
        self.new: NewText | None = new  # None: the text stays; only names that it has taken from others change
        self.seed: dict[str, object] = dict(seed or {})  # each with what it was before
        self.next: tuple[Text, int, int] | None = None


class _Batch:
    """The edits of one call."""

    def __init__(self) -> None:
        self._done: list[Edit] = []
        self._texts: dict[ModuleType, Text] = _known_texts()
        self._nexts: dict[ModuleType, Text] = self._texts  # once those that are being applied are in force
        self._notes: list[str] = []
        self._replaced: Replaced = Replaced()
        self._undo: list[Callable[[], object]] = []
        self._journal: Journal = Journal()
        self._modules: frozenset[str] = frozenset(sys.modules)
        self.has_made: bool = False
        self.tried: list[Text] = []

    def run(self, edits: Sequence[NewText]) -> None:
        waiting = [_Waiting(self._module_of(new.module), new) for new in edits]
        prepared = [(one, self._prepare(one)) for one in waiting]  # errors of syntax come before anything changes
        place = {edit: at for at, edit in enumerate(_in_order([edit for _, edit in prepared]))}
        prepared.sort(key=lambda pair: place[pair[1]])
        seen: set[tuple[ModuleType, frozenset[str]]] = set()
        while prepared:
            functions = find_functions([edit.namespace for _, edit in prepared])
            self._nexts = {**self._texts, **{edit.module: edit.text for _, edit in prepared}}
            is_any_applied = False
            again: list[_Waiting] = []
            follow: list[_Waiting] = []
            errors: list[BaseException] = []
            for one, edit in prepared:
                live = [found for found in functions[id(edit.namespace)] if not self._replaced.holds(found)]
                try:
                    self._apply(edit, live)
                except _RETRIED as raised:
                    edit.roll_back()
                    again.append(one)
                    errors.append(raised)
                except BaseException:
                    edit.roll_back()
                    raise
                else:
                    is_any_applied = True
                    follow += self._followers(edit, seen)  # at once: the next edit may compute with what it has taken
            if errors and not is_any_applied:
                raise _cause(errors, [one.module for one in again])
            for one in follow:
                later = next((other for other in again if other.module is one.module), None)
                if later is None:
                    again.append(one)
                else:
                    later.seed = {**one.seed, **later.seed}
            prepared = [(one, self._prepare(one)) for one in again]
        redirect(self._replaced, self._journal, [edit.before for edit in self._done])

    def _module_of(self, name: str) -> ModuleType:
        module = sys.modules.get(name)
        if module is None:
            raise UnknownText.not_loaded(name)
        if module not in self._texts:
            raise UnknownText.not_remembered(name)
        return module

    def _prepare(self, one: _Waiting) -> Edit:
        old = self._texts[one.module]
        if one.next is None:
            if one.new is None:
                one.next = (old, len(old.statements), 0)
            else:
                one.next = old.edited(one.new.text, one.new.file)
                self.tried.append(one.next[0])
        return Edit(one.module, old, one.next, one.seed, self._notes.append, self._came_back)

    def _apply(self, edit: Edit, functions: Sequence[FunctionType]) -> None:
        edit.begin(functions)
        self.has_made |= edit.runs_definitions
        edit.execute()
        self._done.append(edit)
        self._undo.append(edit.roll_back)
        self._texts[edit.module] = edit.text
        self.has_made |= bool(len(edit.replaced))
        self._replaced.update(edit.replaced)

    def _came_back(self, module: str, name: str, was: object) -> tuple[type, ast.AST | None] | None:
        found: tuple[type, ast.AST | None] | None = None
        if was is MISSING:
            found = _absent.of(module, name)
        elif isinstance(was, type) and was.__module__ != module and was.__name__ == name:
            found = was, None
        if found is None or (found[0].__module__ != module and self._is_defined(found[0])):
            return None
        return found

    def _is_defined(self, live: type) -> bool:
        """Whether another module goes on defining the class."""
        home = sys.modules.get(live.__module__)
        text = None if home is None else self._nexts.get(home)
        return text is None or definition_named(live.__qualname__, text.flat) is not None

    def _followers(self, edit: Edit, seen: set[tuple[ModuleType, frozenset[str]]]) -> list[_Waiting]:
        """Give the new objects to modules that have taken names from the edited one, and let these follow."""
        moved = edit.moved_names()
        if not moved:
            return []
        found: list[_Waiting] = []
        starred = edit.unplanned(moved)
        if starred:
            found.append(_Waiting(edit.module, None, {name: edit.was(name) for name in starred}))
        taking = list(takers(edit.module, moved, {**edit.before, **edit.seed}, self._nexts))
        for other, taken in taking:
            for here, there in taken.items():
                self._take(other, here, edit.namespace.get(there, MISSING))
        for other, taken in [*taking, *readers(edit.module, moved, self._nexts)]:
            seed = {here: edit.was(there) for here, there in taken.items()}
            if (other, frozenset(seed)) not in seen:
                seen.add((other, frozenset(seed)))
                found.append(_Waiting(other, None, seed))
        return found

    def _take(self, module: ModuleType, name: str, value: object) -> None:
        namespace = module.__dict__
        had = namespace.get(name, MISSING)
        if had is MISSING:
            self._undo.append(lambda: namespace.pop(name, None))
        else:
            self._undo.append(lambda: namespace.__setitem__(name, had))
        if value is MISSING:
            namespace.pop(name, None)
        else:
            namespace[name] = value

    def roll_back(self) -> None:
        self._journal.roll_back()
        while self._undo:
            self._undo.pop()()
        for name in sys.modules.keys() - self._modules:
            if _is_of_project(sys.modules[name]):
                self._forget_import(name)

    @staticmethod
    def _forget_import(name: str) -> None:
        module = sys.modules.pop(name)
        parent, _, last = name.rpartition(".")
        if vars(sys.modules.get(parent, module)).get(last) is module:
            delattr(sys.modules[parent], last)

    def commit(self) -> Report:
        changed: dict[str, Changes] = {}
        for edit in self._done:
            _texts[edit.module] = edit.text
            found = edit.changes()
            had = changed.get(edit.module.__name__)
            if had is not None:
                parts = zip((had.functions, had.classes, had.names), (found.functions, found.classes, found.names))
                found = Changes(*(tuple(dict.fromkeys([*one, *other])) for one, other in parts))
            changed[edit.module.__name__] = found
            self._notes += edit.kept_notes()
            for name, live, node in edit.absent():
                _absent.put(edit.module.__name__, name, live, node)
        return Report(changed, tuple(dict.fromkeys(self._notes)))


def _in_order(edits: Sequence[Edit]) -> list[Edit]:
    """The edits, each after those of modules that its text imports: as an import would execute them."""
    by_name = {edit.module.__name__: edit for edit in edits}
    ordered: dict[Edit, None] = {}
    entered: set[Edit] = set()
    todo = [(edit, False) for edit in reversed(edits)]
    while todo:
        edit, is_after = todo.pop()
        if is_after:
            ordered[edit] = None
        elif edit not in entered:
            entered.add(edit)
            todo.append((edit, True))
            names = [name for name in imported_by(edit.text, edit.module) if name in by_name]
            todo += [(by_name[name], False) for name in reversed(names)]
    return list(ordered)


def _cause(errors: Sequence[BaseException], failed: Sequence[ModuleType]) -> BaseException:
    """The error that is to be told: one that does not merely miss a name in a module that failed itself."""

    def follows(error: BaseException) -> bool:
        if isinstance(error, ImportError):
            return any(error.name == module.__name__ for module in failed)
        return isinstance(error, AttributeError) and any(getattr(error, "obj", None) is module for module in failed)

    return next((error for error in errors if not follows(error)), errors[0])


def _is_of_project(module: object) -> bool:
    """Whether a module that a refused text has imported can be imported again: what is installed stays."""
    file = getattr(module, "__file__", None)
    if not isinstance(file, str) or not file.endswith(".py"):
        return False
    return not file.startswith((sys.prefix, sys.base_prefix)) and "site-packages" not in file

"""What a name is bound to after the new text has bound it anew: the live object, changed in place, or the new one."""

from __future__ import annotations

import ast
import contextlib
import dis
import functools
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

from .classes import Classes
from .functions import LiveFunctions, is_filled
from .journal import MISSING, Container, Journal, refill
from .replaced import Replaced
from .statements import DEFINITIONS

_CACHED = type(functools.lru_cache(len))


class Binder:
    """Decides for the names of one module.

    Attributes:
        fresh: whether the decorators of the definition at hand were edited: then what they have set is taken anew.
        edited: whether its text was edited, and it does not only follow from something else.
        name: the name at hand.
        before: the names of the module before the edit.
        put_back: puts into a container what was taken out for a time.
        classes: what merges classes.
    """

    def __init__(
        self,
        module: str,
        namespace: dict[str, Any],
        journal: Journal,
        replaced: Replaced,
        functions: LiveFunctions,
        note: Callable[[str], None],
        changed: set[str],
    ) -> None:
        self._module: str = module
        self._namespace: dict[str, Any] = namespace
        self._journal: Journal = journal
        self._replaced: Replaced = replaced
        self._functions: LiveFunctions = functions
        self._busy: set[tuple[int, int]] = set()
        self._later: list[tuple[FunctionType, Any]] = []
        self.fresh: bool = False
        self.edited: bool = True
        self.name: str | None = None
        self.before: dict[str, Any] = {}
        self.put_back: Callable[[Container], None] = lambda container: None
        self.classes: Classes = Classes(journal, replaced, functions, note, self.bind, changed)

    def bind(
        self, was: Any, new: Any, old_node: ast.AST | None = None, node: ast.AST | None = None, owned: bool = False
    ) -> Any:
        """The object that lives on.

        Args:
            was: what the name was bound to, or MISSING.
            new: what the new text has bound it to.
            old_node: what the old text said there, if it is known.
            node: what the new text says there.
            owned: whether the old object was made for this name: then nobody means anything else by it.
        """
        if was is new or was is MISSING:
            return new
        if (id(was), id(new)) in self._busy:
            return was
        if self._replaced.holds(new):
            lives = self._replaced.of(new)
            if lives is not was and owned and isinstance(node, DEFINITIONS):
                self._hand_over(was, lives)
            return lives
        if not owned and self._is_somebody_else_s(was, old_node):
            return new
        if isinstance(node, ast.ImportFrom) and not isinstance(was, type):
            self._bind_moved(was, new, old_node, owned)
            return new
        self._busy.add((id(was), id(new)))
        try:
            lives = self._bind_alike(was, new, old_node, node, owned)
        finally:
            self._busy.discard((id(was), id(new)))
        if lives is not MISSING:
            return lives
        is_made = type(was) is FunctionType or (isinstance(node, DEFINITIONS) and not isinstance(was, type))
        if is_made and callable(was) and callable(new) and (owned or self._is_same_thing(was, new, node)):
            self._hand_over(was, new)
        return new

    def _bind_moved(self, was: Any, new: Any, old_node: ast.AST | None, owned: bool) -> None:
        """What was made here stands in another module now: who holds it gets what is there."""
        if type(was) is type(new) and type(was) in (dict, list, set):
            if old_node is not None:
                self._replaced.put(was, new)
        elif callable(was) and callable(new) and (owned or self._is_made_here(was)):
            self._hand_over(was, new)

    def _is_made_here(self, value: Any) -> bool:
        """Whether it is a function of this module. One that was imported is its own module's, whatever comes after."""
        return type(value) is FunctionType and value.__globals__ is self._namespace

    def _is_somebody_else_s(self, was: Any, old_node: ast.AST | None) -> bool:
        """Whether the old object was not made for this name: then it must not become something else."""
        if isinstance(old_node, (ast.Assign, ast.AnnAssign)) and isinstance(old_node.value, (ast.Name, ast.Attribute)):
            return True
        return any(value is was and name != self.name for name, value in self.before.items())

    def _is_same_thing(self, was: Any, new: Any, node: ast.AST | None) -> bool:
        """Whether both are made by one definition of this module."""
        if getattr(was, "__module__", None) != self._module or getattr(new, "__module__", None) != self._module:
            return False
        names = [getattr(value, "__qualname__", None) for value in (was, new)]
        if names == [None, None]:  # objects of a class of the program; those that decorators make often have its name
            name = getattr(node, "name", None)
            return all(name in (getattr(part, "__name__", None), getattr(part, "name", None)) for part in (was, new))
        return names[0] == names[1] and "<lambda>" not in str(names[0])

    def _wraps_same(self, was: Any, new: Any, node: ast.AST | None) -> bool:
        """Whether both are caches around one function, in the decorators of a definition."""
        inner, made = was.__wrapped__, new.__wrapped__
        if not isinstance(node, DEFINITIONS) or type(inner) is not FunctionType or type(made) is not FunctionType:
            return False
        return self._functions.code_now(inner) == self._functions.code_now(made)

    def _bind_alike(self, was: Any, new: Any, old_node: ast.AST | None, node: ast.AST | None, owned: bool) -> Any:
        """The object that lives on of two of one kind, or MISSING."""
        if isinstance(was, type) and isinstance(new, type):
            return self._bind_class(was, new, old_node, node)
        if type(was) is FunctionType:
            if type(new) is FunctionType and self._functions.code_now(was) == self._functions.code_now(new):
                return self._bind_function(was, new, node)
        elif type(was) is not type(new):
            return MISSING
        elif type(was) is _CACHED:
            is_same = owned or self._is_same_thing(was, new, node) or self._wraps_same(was, new, node)
            if is_same and was.cache_parameters() == new.cache_parameters():
                if self.bind(was.__wrapped__, new.__wrapped__, None, node) is not was.__wrapped__:
                    self._replaced.put(was, new)  # what a cache is around cannot be changed
                    return new
                if self.edited:
                    was.cache_clear()
                self._replaced.put(new, was)
                return was
        elif type(was) is functools.partial:
            return self._bind_partial(was, new)
        elif type(was) in (dict, list, set):
            if not isinstance(node, DEFINITIONS) and old_node is not None:
                return self._bind_container(was, new, old_node, node)
        elif isinstance(node, DEFINITIONS) and (owned or self._is_same_thing(was, new, node)):
            return self._bind_object(was, new, node) if hasattr(was, "__dict__") else MISSING
        return MISSING

    def _bind_class(self, was: type, new: type, old_node: ast.AST | None, node: ast.AST | None) -> Any:
        has_moved = was.__module__ == self._module != new.__module__ and was.__name__ == new.__name__
        if has_moved and not isinstance(node, DEFINITIONS):  # it stands in another module now
            return self.move_class(was, new)
        if new.__module__ == was.__module__ == self._module and new.__qualname__ == was.__qualname__:
            return self.classes.merge(was, new, old_node, node)
        return MISSING

    def move_class(self, was: type, new: type) -> type:
        """A class stands in another module now, and so do its methods."""
        home = vars(sys.modules.get(was.__module__, was))
        for name, value in vars(was).items():
            moved = vars(new).get(name)
            own = type(value) is FunctionType and value.__globals__ is home
            if own and type(moved) is FunctionType and moved is not value:
                self._functions.forward(value, moved)
        return self.classes.replace(was, new, f"it has moved to {new.__module__}")

    def _bind_function(self, was: FunctionType, new: FunctionType, node: ast.AST | None) -> Any:
        """Two functions of one code: one of this module, or a wrapper that some decorator has made."""
        own = was.__globals__ is self._namespace
        if own and not self._functions.swap(was, self._functions.code_now(new), new, self.fresh):
            return new
        from_library = was.__globals__.get("__name__", "").split(".")[0] in sys.stdlib_module_names
        stored = {i.argval for i in dis.get_instructions(new.__code__) if i.opname == "STORE_DEREF"}
        for name, held, made in zip(new.__code__.co_freevars, was.__closure__ or (), new.__closure__ or ()):
            if name == "__class__" or not is_filled(held) or not is_filled(made):
                continue
            before, after = held.cell_contents, made.cell_contents
            if before is after:
                continue
            if callable(after):
                after = self.bind(before, after, None, node)
            elif not self.fresh:  # state of the wrapper stays; what the decorator was given is as it was
                is_state = isinstance(after, (dict, list, set)) and (after or not self.edited)
                if name in stored or from_library or is_state:
                    continue
            if after is not before:
                self._journal.set(held, "cell_contents", after)
        if not own:
            for name, value in list(vars(new).items()):
                before = vars(was).get(name, MISSING)
                if callable(value) and before is not MISSING:
                    value = self.bind(before, value, None, node)
                if value is not before and (callable(value) or self.fresh):
                    self._journal.set_item(vars(was), name, value)
        if hasattr(was, "cache_clear") and self.edited:
            was.cache_clear()
        self._replaced.put(new, was)
        return was

    def _bind_partial(self, was: Any, new: Any) -> Any:
        before = was.__reduce__()[2]
        self._journal.on_undo(lambda: was.__setstate__(before))
        function, *rest = new.__reduce__()[2]
        was.__setstate__((self.bind(was.func, function), *rest))
        return was

    def _bind_object(self, was: Any, new: Any, node: ast.AST | None) -> Any:
        """Two objects that a decorator has made."""
        for name, value in list(vars(new).items()):
            before = vars(was).get(name, MISSING)
            if callable(value) and before is not MISSING:
                value = self.bind(before, value, None, node)
            if value is not before and (callable(value) or self.fresh or before is MISSING):
                self._journal.set_item(vars(was), name, value)
        if hasattr(was, "cache_clear") and self.edited:
            was.cache_clear()
        self._replaced.put(new, was)
        return was

    def _bind_container(self, was: Any, new: Any, old_node: ast.AST | None, node: ast.AST | None) -> Container:
        """A container whose line was edited keeps its identity. Keys that the program has put into a dict stay."""
        self.put_back(was)
        before = was.copy()
        self._journal.on_undo(lambda: refill(was, before))
        if type(was) is dict:
            said, says = _entries(old_node), _entries(node) or {}
            for key in [key for key in was if (said is None or key in said) and key not in new]:
                del was[key]
            for key, value in new.items():
                is_made_here = not isinstance(says.get(key), (ast.Name, ast.Attribute))
                is_next = key in was and callable(value) and is_made_here
                was[key] = self.bind(was[key], value) if is_next else value
        else:
            refill(was, new)
        content: Container = was
        return content

    def _hand_over(self, was: Any, new: Any) -> None:
        """A name is bound to something of another kind: who holds the old object gets the new one, or calls it."""
        functions, replaced = self._functions, self._replaced
        inside = [made for made in functions.adopted if replaced.holds(made) and replaced.of(made) is was]
        for made in inside:  # the old object is wrapped by the new one: so it cannot be the inner one, too
            replaced.drop(made)
        if type(was) is FunctionType and was.__globals__ is self._namespace:
            if was in functions and not functions.is_inner(was) and not inside:
                self._later.append((was, new))
                return
            functions.forward(was, new)
        replaced.put(was, new)

    def finish(self) -> None:
        """Let functions that no statement has made anew call what their names are bound to."""
        for was, new in self._later:
            if was not in self._functions.made:
                self._functions.forward(was, new)
                self._replaced.put(was, new)


def _entries(node: ast.AST | None) -> dict[Any, ast.expr] | None:
    """The entries of a dict that a statement writes out, by their keys, as far as these are constants."""
    said = getattr(node, "value", None)
    if not isinstance(said, ast.Dict):
        return None
    entries: dict[Any, ast.expr] = {}
    for key, value in zip(said.keys, said.values):
        with contextlib.suppress(ValueError, TypeError):
            entries[None if key is None else ast.literal_eval(key)] = value
    return entries

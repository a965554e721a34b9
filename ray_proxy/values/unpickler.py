"""How values are read from pickles: as by cloudpickle, which would set up some things twice.

What is read may come from any release of version 1, and from cloudpickle alone.
"""

from __future__ import annotations

import functools
import io
import pickle
from collections.abc import Callable, Sequence
from types import FunctionType, MemberDescriptorType
from typing import Any

import cloudpickle.cloudpickle as _cloudpickle

from . import definitions, naming
from .definitions import ABSENT, EMPTY, PLAIN, REFERENCE, Applied, Cell, Definitions, Digest, Known, Namespace
from .naming import Name
from .pickler import MARK, NAMED, Bound, Digester
from .streams import Copies


class Unpickler(pickle.Unpickler):
    """Reads one value. What it defines is known, and what it changes is changed, once all of it was read.

    Args:
        adopts: what others own is known here from then on, as in an interpreter.
        copies: takes the streams that came in arguments.
        warn: takes a text for whoever has sent it.

    Attributes:
        came: the functions and classes that have come with a token, and the globals that last as long as the client.
    """

    def __init__(
        self,
        data: Any,
        buffers: Sequence[Any],
        known: Definitions,
        adopts: bool,
        copies: Copies,
        warn: Callable[[str], object] = lambda text: None,
    ) -> None:
        super().__init__(io.BytesIO(data), buffers=buffers)
        self._known = known
        self._adopts = adopts
        self._copies = copies
        self._warn = warn
        self._fresh: dict[int, tuple[Any, Known]] = {}
        self._functions: dict[str, Any] = {}
        self._classes: dict[str, type] = {}
        self._namespaces: dict[str, Namespace] = {}
        self._cells: dict[str, Cell] = {}
        self._found: dict[int, type] = {}
        self._bound: dict[int, Bound | None] = {}
        self._undo: list[Callable[[], object]] = []
        self._applied_now: list[tuple[Applied, Any]] = []
        self.came: list[tuple[str, Any]] = []
        self._names: list[tuple[Name, str, Any]] = []
        """Named definitions that have come, with their tokens."""
        self._named_globals: list[tuple[str, Namespace]] = []

    def read(self) -> Any:
        """The value; or `AGAIN`, where it brings definitions in whose place live ones stand from now on: then all else
        is as it was, and it has to be read once more. What it changes is undone where it cannot be read."""
        try:
            value = self.load()
            if self._names and self._redefine_all():
                return AGAIN
            if self._fresh or self._classes:
                self._known.adopt(list(self._fresh.values()) if self._adopts else [], list(self._classes.items()))
            for name, _, definition in self._names:
                self._known.names.come(name, definition)
                if isinstance(definition, type):
                    self._known.names.digests[definition] = self._digests(definition)
            for of_globals, namespace in self._named_globals:
                self._known.name_globals(of_globals, namespace)
            for applied, content in self._applied_now:
                applied.mark = self._mark_of(content, applied.digest)
            return value
        except BaseException:
            for undo in reversed(self._undo):
                undo()
            raise
        finally:
            # What `find_class` gave refers to us: without this, all that was read would stay until the next full
            # garbage collection.
            self.memo = {}
            self._undo.clear()
            self._fresh.clear()
            self._applied_now.clear()

    def _redefine_all(self) -> bool:
        """Change live definitions in whose place others have come. They stand for these. Whether there were any."""
        names = self._known.names
        found = [
            (name, token, live, fresh)
            for name, token, fresh in self._names
            if (live := names.before(name, type if isinstance(fresh, type) else FunctionType)) is not None
        ]
        if not found:
            return False
        while self._undo:
            self._undo.pop()()
        for name, token, live, fresh in found:
            lives_on = self._redefine(live, fresh)
            if lives_on is fresh and id(fresh) in self._fresh:  # of another kind: the live one calls it from now on
                self._known.adopt([self._fresh[id(fresh)]], [])
            self._known.stand_for(token, lives_on)
            names.come(name, lives_on)
        return True

    def _redefine(self, live: Any, fresh: Any) -> Any:
        """Change a live definition as its new text says; attributes that this leaves alone stay as they are."""
        from ..edits.applying import redefine

        if not isinstance(live, type):
            return redefine(live, fresh)
        notes: list[str] = []
        digests = self._known.names.digests
        before, now = digests.get(live, {}), self._digests(fresh)
        for name, digest in now.items():
            if before.get(name) == digest and name in vars(live):
                type.__setattr__(fresh, name, vars(live)[name])
        lives_on = redefine(live, fresh, notes)
        digests[lives_on] = now
        for note in notes:
            self._warn(note)
        return lives_on

    def _digests(self, kind: type) -> dict[str, bytes]:
        """Of the attributes of a class that are no definitions."""
        digester = functools.partial(Digester, self._known, False)
        digests = {name: digester().digest(value) for name, value in vars(kind).items() if _is_data(name, value)}
        return {name: digest for name, digest in digests.items() if digest[:1] == PLAIN}

    def find_class(self, module: str, name: str) -> Any:
        if module in ("cloudpickle.cloudpickle", "ray_proxy.definitions"):
            ours = _OURS.get(name)
            if ours is not None:
                return functools.partial(ours, self)
        return self._copies.watching(module, name) or super().find_class(module, name)

    # ------------------------------------------------------------------------------------- functions

    def make_function(self, code: Any, globals: dict[str, Any], name: Any, defaults: Any, closure: Any) -> Any:
        if type(name) is not str or not name.startswith(MARK + ":"):  # by a peer that has no tokens
            return _cloudpickle._make_function(code, globals, name, defaults, closure)
        _, flags, token, of_namespace, of_cells = name.split(":")
        is_kept = "k" in flags
        of_cells, _, spelled = of_cells.partition(f",{NAMED}")
        called, of_globals = naming.read(spelled) if spelled and self._adopts else (None, "")
        function = self._function(token)
        namespace = self._namespace(of_namespace, globals, of_globals)
        if is_kept and "l" in flags and not namespace.is_own:
            self.came.append((of_namespace, namespace))
        if function is None:
            cells = tuple(
                self._cell(token, cell, name)
                for token, cell, name in zip(of_cells.split(","), closure or (), code.co_freevars)
            )
            closure = None if closure is None else tuple(cell.cell for cell in cells)
            function = FunctionType(code, namespace.globals, None, defaults, closure)
            self._note(token, function, namespace, cells)
            if called is not None:
                self._names.append((called, token, function))
        if is_kept:
            self.came.append((token, function))
        return function

    def _function(self, token: str) -> Any:
        function = self._functions.get(token)
        return self._known.function(token) if function is None else function

    def _note(self, token: str, function: Any, namespace: Namespace | None, cells: tuple[Cell, ...]) -> None:
        self._functions[token] = function
        self._fresh[id(function)] = function, Known(token, namespace, cells)

    def _namespace(self, token: str, globals: dict[str, Any], name: str = "") -> Namespace:
        namespace = self._known.namespace_of(token, name) or self._namespaces.get(token)
        if namespace is None:
            globals["__builtins__"] = __builtins__
            namespace = self._namespaces[token] = Namespace(token, globals, False)
            if self._adopts:
                namespace.stay()
        if name:
            self._named_globals.append((name, namespace))
        return namespace

    def _cell(self, token: str, cell: Any, name: str) -> Cell:
        found = self._known.cell_of(token) or self._cells.get(token)
        if found is None:
            found = self._cells[token] = Cell(token, cell, name, False)
        return found

    def set_function(self, function: Any, state: Any) -> None:
        attributes, slots = state
        *_, mark = slots.get("_cloudpickle_submodules") or [None]
        if not (isinstance(mark, tuple) and mark[0] == MARK):
            _cloudpickle._function_setstate(function, state)
            return
        _, digests, of_cells, bound = mark
        _, known = self._fresh.get(id(function), (None, None))
        is_fresh = known is not None
        known = known or self._known.known(function)
        assert known is not None
        assert known.namespace is not None
        globals, closure = slots.pop("__globals__"), slots.pop("__closure__")
        del slots["_cloudpickle_submodules"]
        if is_fresh or not known.namespace.is_own:
            for name, value in globals.items():
                self._offer_global(known.namespace, name, value, digests.get(name), function)
        for cell, given, digest in zip(known.cells, closure or (), of_cells):
            try:
                self._offer_content(cell, given.cell_contents, digest, function)
            except ValueError:
                pass  # it is empty
        if is_fresh:
            vars(function).update(attributes)
            for name, value in slots.items():
                setattr(function, name, value)
        self._bind(bound, function, known.cells)

    def _offer_global(self, namespace: Namespace, name: str, value: Any, digest: Digest | None, function: Any) -> None:
        here = namespace.globals.get(name, ABSENT)
        if here is ABSENT:
            self._put_global(namespace, name, value, digest)
        elif not namespace.is_own and digest is not None:
            applied = namespace.applied.get(name)
            if applied is None or applied.digest != digest:
                if here is not value and self._was_changed(applied, here, digest):
                    self._warn_of(f"the global {name!r} of {function.__qualname__}")
                self._put_global(namespace, name, value, digest)

    def _put_global(self, namespace: Namespace, name: str, value: Any, digest: Digest | None) -> None:
        self._will_restore(namespace.globals, name)
        namespace.globals[name] = value
        if digest is not None and not namespace.is_own:
            self._will_restore(namespace.applied, name)
            namespace.applied[name] = self._applied(value, digest)

    def _bind(self, bound: Bound | None, value: Any, cells: tuple[Cell, ...] = ()) -> None:
        """Have a definition found under its name."""
        if bound is None:
            return
        token, name = bound
        if token:
            namespace = self._known.namespace_of(token) or self._namespaces.get(token)
            # Where it is not known, no function that is here could find it.
            if namespace is not None and not namespace.is_own:
                self._put_global(namespace, name, value, REFERENCE)
        for cell in cells:
            if not token and cell.name == name and not cell.is_own:
                self._put_content(cell, value, Applied(EMPTY, id(value)))

    def _offer_content(self, cell: Cell, content: Any, digest: Digest | None, function: Any) -> None:
        here, applied = cell.content(), cell.applied
        if cell.is_own or (here is not ABSENT and (digest is None or (applied and applied.digest == digest))):
            return
        if here is not ABSENT and here is not content and self._was_changed(applied, here, digest):
            self._warn_of(f"{cell.name!r}, which {function.__qualname__} closes over,")
        self._put_content(cell, content, None if digest is None else self._applied(content, digest))

    def _put_content(self, cell: Cell, content: Any, applied: Applied | None) -> None:
        before, before_applied = cell.content(), cell.applied

        def restore() -> None:
            cell.applied = before_applied
            if before is ABSENT:
                del cell.cell.cell_contents
            else:
                cell.cell.cell_contents = before

        self._undo.append(restore)
        cell.cell.cell_contents = content
        cell.applied = applied

    def _will_restore(self, mapping: dict[str, Any], name: str) -> None:
        before = mapping.get(name, ABSENT)
        self._undo.append(
            functools.partial(mapping.pop, name, None)
            if before is ABSENT
            else functools.partial(mapping.__setitem__, name, before)
        )

    def _applied(self, value: Any, digest: Digest) -> Applied:
        applied = Applied(digest, None)
        self._applied_now.append((applied, value))  # what is inside it is known once all is read
        return applied

    def _mark_of(self, value: Any, digest: Digest) -> object:
        """By which it is told later whether the value has changed here."""
        if not self._adopts or digest[:1] != PLAIN:
            return id(value)
        return Digester(self._known, False).digest(value)

    def _was_changed(self, applied: Applied | None, value: Any, digest: Digest | None) -> bool:
        """Whether a value is another one than that which has come last, and than the one of this digest that comes."""
        if applied is None:
            return Digester(self._known, False).digest(value) != digest
        return self._mark_of(value, applied.digest) not in (applied.mark, digest)

    def _warn_of(self, what: str) -> None:
        self._warn(
            f"{what} was changed in the interpreter, and here, too, since it was last sent: what came from here has "
            "replaced the other; change it on one side only, or read what is there with env.run before you send it"
        )

    # `functools.lru_cache` and `functools.singledispatch`

    def make_cached(self, token: str, function: Any, maxsize: int | None, typed: bool) -> Any:
        return self._wrapper(token, lambda: functools.lru_cache(maxsize, typed)(function))

    def make_dispatching(self, token: str, default: Any) -> Any:
        return self._wrapper(token, lambda: functools.singledispatch(default))

    def _wrapper(self, token: str, make: Callable[[], Any]) -> Any:
        flags, token = token.split(":")
        wrapper = self._function(token)
        if wrapper is None:
            wrapper = make()
            self._note(token, wrapper, None, ())
        if "k" in flags:
            self.came.append((token, wrapper))
        return wrapper

    def complete(self, made: Any, state: Any) -> None:
        if id(made) in self._fresh:
            definitions.complete(made, state)
        self._bind(state[2], made)

    # --------------------------------------------------------------------------------------- classes

    def make_class(self, make: Callable[..., Any], *made_of: Any) -> Any:
        *made_of_, token, extra = made_of
        kind = self._classes.get(token) or self._known.kind(token)
        if kind is None:
            kind = make(*made_of_, None, extra)
            assert isinstance(kind, type)
            with _cloudpickle._DYNAMIC_CLASS_TRACKER_LOCK:
                _cloudpickle._DYNAMIC_CLASS_TRACKER_BY_CLASS[kind] = token
            self._classes[token] = kind
            if self._adopts and isinstance(extra, dict) and NAMED in extra:
                self._names.append((Name(*extra[NAMED]), token, kind))
        else:
            self._found[id(kind)] = kind
        if isinstance(extra, dict) and MARK in extra:
            is_kept, self._bound[id(kind)] = extra[MARK]
            if is_kept:
                self.came.append((token, kind))
        return kind

    def set_class(self, kind: Any, state: Any) -> Any:
        if id(kind) not in self._found:  # what is there stays as it is
            _cloudpickle._class_setstate(kind, state)
            for name, (member, attributes) in state[1].get(MARK, {}).items():
                if name != member:
                    kind._member_map_[name] = kind[member]
                    type.__setattr__(kind, name, kind[member])
                vars(kind[member]).update(attributes)
        self._bind(self._bound.get(id(kind)), kind)
        return kind


AGAIN: Any = type("AGAIN", (), {"__repr__": lambda self: "AGAIN"})()
"""What is given where a pickle has to be read once more."""


def _is_data(name: str, value: object) -> bool:
    """Whether an attribute of a class is a value that a program may have changed since."""
    is_of_class = isinstance(value, (FunctionType, type, staticmethod, classmethod, property, MemberDescriptorType))
    return not is_of_class and not (name.startswith("__") and name.endswith("__"))


_OURS: dict[str, Callable[..., Any]] = {
    "_make_function": Unpickler.make_function,
    "_function_setstate": Unpickler.set_function,
    "_make_skeleton_class": lambda self, *made_of: self.make_class(_cloudpickle._make_skeleton_class, *made_of),
    "_make_skeleton_enum": lambda self, *made_of: self.make_class(_cloudpickle._make_skeleton_enum, *made_of),
    "_class_setstate": Unpickler.set_class,
    "cached": Unpickler.make_cached,
    "dispatching": Unpickler.make_dispatching,
    "complete": Unpickler.complete,
}
"""What the names in pickles stand for here."""

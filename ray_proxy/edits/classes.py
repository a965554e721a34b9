"""A class whose text was edited: the live class becomes as the new one, in place.

What the program has changed in it since stays, where the text of that attribute was not edited. Where CPython refuses
(another layout, bases of a class directly under `object`), the new class takes the name, and instances and subclasses
move to it where they can.
"""

from __future__ import annotations

import abc
import ast
import collections
import enum
import functools
import gc
import types
from collections.abc import Callable
from typing import Any

from .enums import is_member_table, merge_members
from .functions import LiveFunctions, is_filled
from .journal import MISSING, Journal
from .program import stable_names
from .replaced import Replaced
from .statements import DEFINITIONS, Facts

_SKIPPED = frozenset({"__dict__", "__weakref__", "__module__", "_abc_impl", "__slots__"})
_OF_TEXT = frozenset({"__hash__", "__match_args__", "__orig_bases__", "__parameters__"})
_DESCRIPTORS = (types.FunctionType, staticmethod, classmethod, property)
_FIELD = type(collections.namedtuple("_", "x").x)  # type: ignore[attr-defined]
"""What stands for a field in the class of a named tuple, and knows its place."""
_LAYOUT = (types.MemberDescriptorType, types.GetSetDescriptorType)
Bind = Callable[..., Any]


class Bridge:
    """Stands before the new bases of a class that was directly under `object`: so both have the same layout."""


class Classes:
    """Merges new classes into live ones.

    Args:
        bind: what decides what a name is bound to: the live object, or the new one.
        changed: the names of the module that have another meaning now.
    """

    def __init__(
        self,
        journal: Journal,
        replaced: Replaced,
        functions: LiveFunctions,
        note: Callable[[str], None],
        bind: Bind,
        changed: set[str],
    ) -> None:
        self._journal: Journal = journal
        self._replaced: Replaced = replaced
        self._functions: LiveFunctions = functions
        self._note: Callable[[str], None] = note
        self._bind: Bind = bind
        self._changed: set[str] = changed

    def merge(self, live: type, new: type, old_node: ast.AST | None, new_node: ast.AST | None) -> type:
        """Make the live class as the new one. Returns the class that lives on."""
        has_other_fields = issubclass(live, tuple) and _fields(live) != _fields(new)
        why = self._take_shape(live, new)
        if has_other_fields and not why:
            self._tell_fields(live)
        is_enum = isinstance(new, enum.EnumMeta)
        if is_enum and not why:
            merge_members(live, new, self._journal, self._note)
        skipped = {name for name in vars(new) if name in _SKIPPED or (is_enum and is_member_table(new, name))}  # type: ignore[arg-type]
        self._take_attributes(live, new, old_node, new_node, skipped, why)
        self._drop_attributes(live, new, old_node, skipped, why)
        if isinstance(live, abc.ABCMeta):
            live._abc_caches_clear()  # type: ignore[attr-defined]
        if not why:
            self._replaced.put(new, live)
            return live
        return self.replace(live, new, why)

    def _take_shape(self, live: type, new: type) -> str:
        """Give the live class the bases and the metaclass of the new one. Returns why it cannot have them."""
        why = _differs_in_layout(live, new)
        for name, before, after in (
            ("__bases__", live.__bases__, new.__bases__),
            ("__class__", type(live), type(new)),
        ):
            if not why and before != after:
                try:
                    self._journal.set(live, name, after)
                except TypeError as error:
                    why = str(error)
        return why

    def _tell_fields(self, live: type) -> None:
        """An instance of a named tuple has as many values, in the same order, as when it was made."""
        kinds = [live]
        for kind in kinds:
            subclasses: list[type] = kind.__subclasses__()
            kinds += [below for below in subclasses if below not in kinds]
        stay = sum(type(holder) is kind for kind in kinds for holder in gc.get_referrers(kind))
        if stay:
            self._note(f"{_name(live)}: its fields differ; {_keep(stay)} the old values with the new methods")

    # Attributes

    def _take_attributes(
        self,
        live: type,
        new: type,
        old_node: ast.AST | None,
        new_node: ast.AST | None,
        skipped: set[str],
        why: str,
    ) -> None:
        stable = stable_names(old_node, new_node, self._changed)
        stale: list[str] = []
        for name, value in list(vars(new).items()):
            if name in skipped or isinstance(value, _LAYOUT):
                continue
            was = vars(live).get(name, MISSING)
            if name in stable and was is not MISSING and not isinstance(value, (*_DESCRIPTORS, _FIELD)):
                if isinstance(value, functools.cached_property) and isinstance(was, functools.cached_property):
                    value = self._cached_property(was, value, stale)
                elif why and not isinstance(was, types.MemberDescriptorType):
                    type.__setattr__(new, name, was)
                if value is was or not isinstance(value, functools.cached_property):
                    continue
            value = self._member(live, new, name, was, value, old_node, new_node, stale)
            if value is was:
                continue
            if not why:
                _point_cells(value, new, live)
            elif isinstance(value, _DESCRIPTORS) and was is not MISSING:
                continue  # its code was swapped
            try:
                self._journal.set(live, name, value)
            except (TypeError, AttributeError) as error:
                self._note(f"{_name(live)}.{name}: {error}")
        if stale:
            self._forget_cached(live, stale)

    def _drop_attributes(self, live: type, new: type, old_node: ast.AST | None, skipped: set[str], why: str) -> None:
        """Remove what the text no longer says; what the program has set stays."""
        is_text_known = isinstance(old_node, ast.ClassDef)
        body = (
            {name for node in getattr(old_node, "body", ()) for name in Facts(node).binds} if is_text_known else set()
        )
        for name, value in list(vars(live).items()):
            if name in vars(new) or name in skipped:
                continue
            is_special = name[:2] == name[-2:] == "__" and callable(value)
            is_made = not is_text_known and hasattr(type(value), "__get__")  # by what made the class, `namedtuple` say
            goes = name in body or is_special or name in _OF_TEXT or is_made
            if goes and not isinstance(value, (types.MemberDescriptorType, enum.Enum)) and name not in _SKIPPED:
                self._journal.set(live, name, MISSING)
            elif why and not name.startswith("__") and name not in body and not isinstance(value, _LAYOUT):
                type.__setattr__(new, name, value)  # what the program has set

    def _member(
        self,
        live: type,
        new: type,
        name: str,
        was: Any,
        value: Any,
        old_node: ast.AST | None,
        new_node: ast.AST | None,
        stale: list[str],
    ) -> Any:
        """What an attribute of the live class becomes: what it is, if that does the same now."""
        replaced = self._replaced
        if isinstance(value, (staticmethod, classmethod)):
            if type(was) is type(value) and replaced.of(value.__func__) is was.__func__:
                return was
            if was is MISSING or not replaced.holds(value.__func__):
                return value
            return type(value)(replaced.of(value.__func__))
        if type(value) is property:
            parts = [replaced.of(part) for part in (value.fget, value.fset, value.fdel)]
            if type(was) is property and parts == [was.fget, was.fset, was.fdel] and was.__doc__ == value.__doc__:
                return was
            return property(parts[0], parts[1], parts[2], value.__doc__)
        if isinstance(value, functools.cached_property):
            return self._cached_property(was, value, stale)
        if type(value) in (dict, list, set):
            # Where the old text is not known, an empty container says nothing: what the program has put in stays.
            return was if not value and type(was) is type(value) and not isinstance(old_node, ast.ClassDef) else value
        before, after = _defined(old_node, name), _defined(new_node, name)
        if after is None and callable(value) and not isinstance(value, type):
            after = new_node
        return self._bind(was, value, before, after, before is not None)

    def _cached_property(self, was: Any, value: Any, stale: list[str]) -> Any:
        if not isinstance(was, functools.cached_property) or self._replaced.of(value.func) is not was.func:
            return value
        if was.func in self._functions.altered and was.attrname:
            stale.append(was.attrname)
        return was

    @staticmethod
    def _forget_cached(live: type, names: list[str]) -> None:
        """Forget what the old text of a cached property has computed."""
        for holder in gc.get_referrers(live):
            if type(holder) is live and hasattr(holder, "__dict__"):
                for name in names:
                    holder.__dict__.pop(name, None)

    # Classes that cannot be changed in place

    def replace(self, live: type, new: type, why: str) -> type:
        """Let the new class take the place of the live one."""
        new = self._made_compatible(live, new)
        stay = 0
        for holder in gc.get_referrers(live):
            if type(holder) is live:
                try:
                    self._journal.set(holder, "__class__", new)
                except TypeError:
                    stay += 1
            elif isinstance(holder, type) and holder is not live and live in holder.__bases__:
                try:
                    bases = tuple(new if base is live else base for base in holder.__bases__)
                    self._journal.set(holder, "__bases__", bases)
                except TypeError as error:
                    self._note(f"{_name(holder)}: keeps the old base ({error})")
        if stay:
            self._note(f"{_name(live)}: {why}; {_keep(stay)} the old layout with the new methods")
        else:
            for value in list(vars(live).values()):
                _point_cells(value, live, new, self._journal)
        self._replaced.put(live, new)
        return new

    def _made_compatible(self, live: type, new: type) -> type:
        """The new class, with a base before its own that has the old layout, if instances can move only so."""
        try:
            set_class(live, new)
        except TypeError:
            pass
        else:
            return new
        if live.__bases__ != (object,) or "__dict__" not in vars(live) or new.__bases__ == (object,):
            return new
        if isinstance(new, enum.EnumMeta):
            return new
        own = ("__dict__", "__weakref__", "_abc_impl")
        body = {k: v for k, v in vars(new).items() if k not in own and not isinstance(v, types.MemberDescriptorType)}
        try:
            wide: type = type(new)(new.__name__, (Bridge, *new.__bases__), body)
            set_class(live, wide)
        except Exception:  # of CPython, or of a metaclass of the program
            return new
        for value in list(vars(wide).values()):
            _point_cells(value, new, wide)
        self._replaced.put(new, wide)
        return wide


def set_class(live: type, new: type) -> None:
    """Try it with an instance of the live class: TypeError says why it cannot be."""
    abstract = vars(live).get("__abstractmethods__")
    if abstract:  # an abstract class has no instances, but its subclasses have
        type.__setattr__(live, "__abstractmethods__", frozenset())
    try:
        object.__setattr__(object.__new__(live), "__class__", new)
    finally:
        if abstract:
            type.__setattr__(live, "__abstractmethods__", abstract)


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _keep(instances: int) -> str:
    return f"{instances} live {'instances keep' if instances > 1 else 'instance keeps'}"


def _fields(kind: type) -> object:
    """The names of the values of a named tuple, in their order."""
    return getattr(kind, "_fields", None)


def _defined(node: ast.AST | None, name: str) -> ast.AST | None:
    """The definition of that name in the body of a class."""
    body = getattr(node, "body", ())
    return next((part for part in body if isinstance(part, DEFINITIONS) and part.name == name), None)


def _differs_in_layout(live: type, new: type) -> str:
    def slots(cls: type) -> tuple[object, ...]:
        members = sorted(name for name, value in vars(cls).items() if isinstance(value, types.MemberDescriptorType))
        return members, "__dict__" in vars(cls), "__weakref__" in vars(cls)

    if any("__slots__" in vars(cls) for cls in (live, new)) and slots(live) != slots(new):
        return "its __slots__ differ"
    if live.__basicsize__ != new.__basicsize__ and live.__bases__ == new.__bases__:
        return "the layout of its instances differs"
    return ""


def _point_cells(value: Any, old: type, new: type, journal: Journal | None = None) -> None:
    """Let `super()` and `__class__` in a method mean the class that lives on."""
    parts = [
        value,
        *(getattr(value, name, None) for name in ("__func__", "fget", "fset", "fdel", "func", "__wrapped__")),
    ]
    for part in parts:
        for cell in getattr(part, "__closure__", None) or ():
            if is_filled(cell) and cell.cell_contents is old:
                if journal is None:
                    cell.cell_contents = new
                else:
                    journal.set(cell, "cell_contents", new)

"""How an exception is taken apart and rebuilt, with all it carries and without its `__init__`.

Python's own way, ``(type, args, __dict__)``, calls the class with `args` again, which runs `__init__` a second time,
fails where that takes other arguments, and loses `__slots__`, the fields of builtin exceptions, and causes. Here an
exception is made by `__new__`, and then given its state. One with a `__reduce__`, a `__reduce_ex__` or an entry in
`copyreg` of its own is rebuilt as that says, and its notes and causes come with it. Nothing is loaded for a trial.

It must never know what a codec, a session or a `Var` is.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..doors import stand_behind

LONGEST_CHAIN = 32
"""So many causes and contexts of an exception travel, one behind the other."""
LARGEST_PART = 64 * 1024
"""Bytes of an attribute, where the whole exception is too large."""
_SHORT = 256

State = tuple[dict[str, Any], dict[str, Any], tuple[Any, ...]]
"""What an exception carries beside `args`: its `__dict__`; its fields, which are slots, what builtin exceptions keep,
and causes; and what its own `__setstate__` is given, if it has one."""

_BUILTIN = tuple(kind for kind in vars(builtins).values() if isinstance(kind, type) and issubclass(kind, BaseException))
_GROUP: Any = getattr(builtins, "BaseExceptionGroup", None)
_PLAIN = {
    kind
    for kind in _BUILTIN
    if not (_GROUP is not None and issubclass(kind, _GROUP))
    and not any(
        type(member) is types.MemberDescriptorType
        for base in kind.__mro__
        if base is not BaseException
        for member in vars(base).values()
    )
}
"""Those that keep nothing but `args`: their `__init__` does nothing, and their pickle is the usual one."""
_THEIRS = {
    name: {id(vars(kind)[name]) for kind in (object, *_BUILTIN) if name in vars(kind)}
    for name in ("__reduce__", "__reduce_ex__", "__getstate__", "__setstate__", "__setattr__")
}
"""Of each method, those that come with Python's exceptions."""
_dict_of: Callable[[BaseException], dict[str, Any]] = vars(BaseException)["__dict__"].__get__
_args: Any = vars(BaseException)["args"]
_OF_ALL: Mapping[str, Any] = vars(BaseException)


def _member(kind: type, name: str) -> Any:
    """What stands under a name in a class, or the first of its bases that has it; None where none has."""
    return next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None)


def _registered(table: Mapping[type, Any], kind: type) -> Any:
    """The reducer of a class, if it has one in that table that is meant for it. tblib registers one for all exceptions,
    which loses their fields, and needs tblib at the other end."""
    own = table.get(kind)
    function = own.func if isinstance(own, functools.partial) else own
    return None if getattr(function, "__module__", "") == "tblib.pickling_support" else own


def _has_own(problem: BaseException, name: str) -> bool:
    member = _member(type(problem), name)
    return name in _dict_of(problem) or (member is not None and id(member) not in _THEIRS[name])


# ------------------------------------------------------------------------------------------------ taking apart


class Reducer:
    """How the exceptions inside one pickle are reduced.

    Args:
        minor: the version of the protocol that whoever loads the pickle speaks.
        stand_in: what travels in the place of an `obj` of an AttributeError that is not small; None: nothing does.
        size: gives the size of a value's pickle, or raises: then a cause that cannot be pickled is left out. None takes
            all of them.
        lenient: attributes that cannot be pickled, or are large, are left out as well.

    Attributes:
        chained: an exception with a cause was met.
        left: what was left out, in words.
    """

    def __init__(
        self,
        minor: int,
        stand_in: Callable[[Any], Any] = lambda obj: None,
        size: Callable[[object], int] | None = None,
        lenient: bool = False,
    ) -> None:
        self.chained: bool = False
        self.left: dict[str, None] = {}
        self._minor = minor
        self._stand_in = stand_in
        self._size = size
        self._lenient = lenient
        self._depths: dict[int, int] = {}
        """By id, how far an exception is from the first of its chain."""
        self._verdicts: dict[int, tuple[object, bool]] = {}
        """By id, what was tried, and whether it can be taken."""

    def reduce(self, problem: BaseException, table: Mapping[type, Callable[[Any], Any]]) -> Any:
        """What `reducer_override` returns for an exception.

        Args:
            table: reducers by type, as in `copyreg.dispatch_table`.
        """
        own = _registered(table, type(problem))
        if own is not None or _has_own(problem, "__reduce__") or _has_own(problem, "__reduce_ex__"):
            return self._with_rest(problem, own)
        carried, fields, own_state = self._state(problem)
        if not (carried or fields) and type(problem) in _PLAIN:
            return type(problem), _args.__get__(problem)
        args, fields = _arguments(problem, fields)
        made: tuple[Any, ...] = (bare_exception, (type(problem), args, {}))
        if not (carried or fields or own_state):
            return made
        if _can_be_set(problem, carried, fields):
            return (*made, {**carried, **fields})  # by `BaseException.__setstate__`, which every release has
        if self._minor < 2:
            return bare_exception, (type(problem), args, dict(_dict_of(problem)))
        return (*made, (carried, fields, own_state), None, None, set_state)

    def _with_rest(self, problem: BaseException, reduce: Callable[[Any], Any] | None) -> Any:
        """As its own reducer says, with its notes and causes."""
        fields = {**_notes(problem), **self._causes(problem)}
        if not fields or self._minor < 2:
            return NotImplemented
        reduced = problem.__reduce_ex__(5) if reduce is None else reduce(problem)
        if not isinstance(reduced, tuple) or len(reduced) > 5:
            return reduced
        state, *items = [*reduced[2:], None, None, None][:3]
        return (*reduced[:2], ({}, fields, () if state is None else (state,)), *items, set_state)

    def _state(self, problem: BaseException) -> State:
        carried, slots, own_state = _own_state(problem)
        fields = {**slots, **dict(_builtin_fields(problem, self._stand_in))}
        if self._lenient:
            carried = {name: value for name, value in carried.items() if self._takes(problem, name, value)}
            fields = {name: value for name, value in fields.items() if self._takes(problem, name, value)}
        return carried, {**fields, **self._causes(problem)}, own_state

    def _causes(self, problem: BaseException) -> dict[str, Any]:
        causes: dict[str, Any] = {}
        depth = self._depths.get(id(problem), 0)
        for name, cause in (("__cause__", problem.__cause__), ("__context__", problem.__context__)):
            if cause is None or depth >= LONGEST_CHAIN:
                continue
            self.chained = True
            self._depths.setdefault(id(cause), depth + 1)
            if self._size is None or self._fits(cause, None):
                causes[name] = cause
        if causes or problem.__suppress_context__:
            causes["__suppress_context__"] = problem.__suppress_context__  # after the cause, which sets it
        return causes

    def _takes(self, problem: BaseException, name: str, value: object) -> bool:
        if self._fits(value, LARGEST_PART):
            return True
        self.left[f"the attribute {name!r} of the {type(problem).__name__}, a {type(value).__qualname__}"] = None
        return False

    def _fits(self, value: object, limit: int | None) -> bool:
        """Whether a value can be pickled, in so many bytes."""
        if self._size is None:
            return True
        if id(value) not in self._verdicts:
            self._verdicts[id(value)] = value, True  # where it refers to itself
            try:
                size = self._size(value)
                fits = limit is None or size <= limit
            except Exception:
                fits = False
            self._verdicts[id(value)] = value, fits
        return self._verdicts[id(value)][1]


def _arguments(problem: Any, fields: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What `bare_exception` is given, and the fields that it needs then."""
    args = _args.__get__(problem)
    if _GROUP is None or not isinstance(problem, _GROUP):
        return args, fields
    # The `args` of a group are what its class was called with; what makes it may be something else.
    return (problem.message, list(problem.exceptions)), {"args": args, **fields}


def _can_be_set(problem: BaseException, carried: dict[str, Any], fields: dict[str, Any]) -> bool:
    """Whether ``setattr(problem, name, value)`` is the right way to give it its state."""
    if _has_own(problem, "__setstate__") or _has_own(problem, "__setattr__"):
        return False
    kind = type(problem)
    shown = (type(name) is str and not hasattr(type(_member(kind, name)), "__set__") for name in carried)
    return all(shown) and all(type(_member(kind, name)) in (*_MEMBERS, type(None)) for name in fields)


def _own_state(problem: BaseException) -> State:
    """What the class's own code has put into an exception, as it wants that to be pickled."""
    has_setter = _has_own(problem, "__setstate__")
    if _has_own(problem, "__getstate__"):
        state: Any = problem.__getstate__()  # type: ignore[attr-defined, unused-ignore]
        if has_setter:
            return {}, _notes(problem), () if state is None else (state,)
        if isinstance(state, dict):
            return dict(state), {}, ()
        if isinstance(state, tuple) and len(state) == 2:  # as `object.__getstate__` gives it, where there are slots
            return dict(state[0] or {}), dict(state[1] or {}), ()
    carried = dict(_dict_of(problem))
    slots = dict(_slots(problem))
    if not has_setter:
        return carried, slots, ()
    return {}, {**slots, **_notes(problem)}, (carried,) if carried else ()


def _notes(problem: BaseException) -> dict[str, Any]:
    carried = _dict_of(problem)
    return {"__notes__": carried["__notes__"]} if "__notes__" in carried else {}


def _slots(problem: BaseException) -> Iterator[tuple[str, Any]]:
    for base in reversed(type(problem).__mro__):
        if base in _BUILTIN:
            continue
        for name, member in vars(base).items():
            if type(member) is types.MemberDescriptorType:
                with contextlib.suppress(AttributeError):  # it is not set
                    yield name, member.__get__(problem)


def _builtin_fields(problem: BaseException, stand_in: Callable[[Any], Any]) -> Iterator[tuple[str, Any]]:
    """What Python's own exceptions keep beside `args`; what is None is not set, which some of their texts tell."""
    for base in type(problem).__mro__:
        if base not in _BUILTIN or base in (BaseException, _GROUP):
            continue
        for name, member in vars(base).items():
            if type(member) is types.MemberDescriptorType:
                value = member.__get__(problem)
                if base is AttributeError and name == "obj" and not is_small(value):
                    value = stand_in(value)
                if value is not None:
                    yield name, value
    if isinstance(problem, OSError):
        with contextlib.suppress(AttributeError):
            yield "characters_written", vars(OSError)["characters_written"].__get__(problem)


def is_small(obj: object) -> bool:
    """Whether the `obj` of an AttributeError travels as it is: a scalar, or a short str or bytes."""
    kind = type(obj)
    return obj is None or kind in (bool, int, float, complex) or (kind in (str, bytes) and len(obj) <= _SHORT)  # type: ignore[arg-type]


# -------------------------------------------------------------------------------------------------- rebuilding


def bare_exception(kind: type[BaseException], args: tuple[Any, ...], state: dict[str, Any]) -> BaseException:
    """An exception of that class, as it was, without its `__init__`."""
    problem = _made(kind, args)
    _args.__set__(problem, args)
    _dict_of(problem).update(state)
    return problem


stand_behind("ray_proxy.interpreter", bare_exception)


def _made(kind: type[BaseException], args: tuple[Any, ...]) -> BaseException:
    """A new exception, by the `__new__` of its class; by that of Python's own class, where the class's takes others
    than `args`."""
    try:
        problem = kind.__new__(kind, *args)
        if type(problem) is kind and (_GROUP is None or not isinstance(problem, _GROUP) or _has_members(problem, args)):
            return problem
    except Exception:
        pass
    new = next(new for base in kind.__mro__ if isinstance(new := vars(base).get("__new__"), types.BuiltinFunctionType))
    try:
        made: BaseException = new(kind, *args)
        if type(made) is kind:
            return made
    except Exception:
        pass
    made = new(kind)
    return made


def _has_members(problem: Any, args: tuple[Any, ...]) -> bool:
    """Whether a group is that of its `args`, and not one that its own `__new__` has made of them once more."""
    return len(args) == 2 and problem.message == args[0] and list(problem.exceptions) == list(args[1])


def set_state(problem: BaseException, state: State) -> None:
    """Give an exception what it has carried."""
    carried, fields, own_state = state
    if not isinstance(problem, BaseException):
        return  # its own reducer has made something else of it
    _dict_of(problem).update(carried)
    for name, value in fields.items():
        # By the member itself: the class may hide it behind a property, or refuse to be changed.
        member = next(
            (vars(base)[name] for base in type(problem).__mro__ if type(vars(base).get(name)) in _MEMBERS), None
        )
        if member is not None:
            member.__set__(problem, value)
        else:
            _dict_of(problem)[name] = value
    for given in own_state:
        problem.__setstate__(given)


_MEMBERS = (types.MemberDescriptorType, types.GetSetDescriptorType)


def copied(problem: BaseException) -> BaseException:
    """A new exception like this one, with no traceback: neither `__init__` nor a reducer of its own is called."""
    args, fields = _arguments(problem, {})
    fresh = bare_exception(type(problem), args, _dict_of(problem))
    fields = {**fields, **dict(_slots(problem)), **dict(_builtin_fields(problem, lambda obj: obj))}
    causes = {name: getattr(problem, name) for name in ("__cause__", "__context__", "__suppress_context__")}
    set_state(fresh, ({}, {**fields, **causes}, ()))
    return fresh


def detach(problem: BaseException, context: BaseException) -> None:
    """Take a context away from an exception, and from those in its chain: it has nothing to do with them."""
    seen: set[int] = set()
    todo = [problem]
    while todo:
        part = todo.pop()
        seen.add(id(part))
        if part.__context__ is context:
            part.__context__ = None
        todo += [other for other in (part.__cause__, part.__context__) if other is not None and id(other) not in seen]


def part_of(problem: BaseException, name: str) -> Any:
    """An attribute that all exceptions have, such as `__cause__`, as Python keeps it: a class may tell another."""
    return _OF_ALL[name].__get__(problem)


def set_cause(problem: BaseException, cause: BaseException) -> None:
    """Also where its class refuses, as a frozen dataclass does."""
    _OF_ALL["__cause__"].__set__(problem, cause)


def last_shown(problem: BaseException) -> BaseException:
    """The last of the causes that Python prints with an exception: itself where it has none."""
    seen = set()
    while True:
        seen.add(id(problem))
        cause = part_of(problem, "__cause__")
        if cause is None and not part_of(problem, "__suppress_context__"):
            cause = part_of(problem, "__context__")
        if cause is None or id(cause) in seen:
            return problem
        problem = cause


def parts(problem: BaseException) -> list[Any]:
    """What an exception holds that its text may tell: `args`, attributes and fields."""
    fields = {**dict(_slots(problem)), **dict(_builtin_fields(problem, lambda obj: obj))}
    return [*_args.__get__(problem), *_dict_of(problem).values(), *fields.values()]


stand_behind("ray_proxy.exceptions", set_state)

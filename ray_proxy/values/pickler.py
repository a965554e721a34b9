"""How values are written into pickles: as by cloudpickle, which would have some things set up twice.

What is written can be read by any release of version 1, and by cloudpickle alone: all that is added stands where these
look past it.

This file must never know what a `Var`, a session, or Ray is: those who do register how their types are reduced.
"""

from __future__ import annotations

import builtins
import functools
import getpass
import hashlib
import os
import pickle
import threading
import types
import typing
from collections.abc import Callable
from types import CodeType, FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import cloudpickle
import cloudpickle.cloudpickle as _cloudpickle

from ..protocol import MINOR
from . import definitions, naming
from .definitions import ABSENT, EMPTY, LARGE, PLAIN, REFERENCE, Cell, Definitions, Digest, Known
from .exceptions import Reducer
from .reducers import IDENTITIES, REDUCERS, Reduced
from .streams import Streams
from .tensors import Storages

MARK = "ray_proxy"
NAMED = "ray_proxy_name="
"""Stands before what names a definition."""
_NO_FILE = "<dynamic-code>"
"""What cloudpickle calls the file of a code object."""
_DIGEST = hashlib.blake2b
_SIZE_OF_LARGE = 1024 * 1024
"""Bytes of a value's pickle from which on it is not pickled again only to warn that both sides have changed it."""
Bound = tuple[str, str]
"""The token of globals, or nothing for the function's own closure, and the name under which it is found there."""


class Binding(NamedTuple):
    """The name under which a function or class shall be found by those that share its globals, or a cell."""

    definition: Any
    name: str
    globals: dict[str, Any] | None
    """Where it is bound; None: in its own closure alone."""
    is_replaced: Callable[[object], bool]
    """Whether a value of that name here is an earlier one that it takes the place of."""


if TYPE_CHECKING:

    class _Base(pickle.Pickler):  # what of cloudpickle's is used, which has no types
        def __init__(self, file: Any, protocol: int, buffer_callback: Callable[[Any], Any]) -> None: ...
        def reducer_override(self, obj: Any) -> Any: ...
        def _dynamic_function_reduce(self, function: FunctionType) -> Any: ...
else:
    _Base = cloudpickle.Pickler


_REPLACED = ((builtins, "input"), (getpass, "getpass"))
"""Functions in whose place a notebook puts methods of its own: they travel by their names."""


class Pickler(_Base):
    """Writes one value.

    Args:
        codec: handed to the registered reducers.
        is_client: what is sent is kept there for as long as it lives here.
        streams: how files and streams travel.
        exceptions: how exceptions do.
        binding: given by `env.remote`.

    Attributes:
        sent: the functions and classes that were written, with their tokens.
        cells: those that were empty.
        modules: names of those that functions, classes and modules were named by.
        files: those of the functions that were written.
        last: what it was asked for last, which is at fault where a pickling fails.
    """

    def __init__(
        self,
        file: Any,
        codec: Any,
        buffer_callback: Callable[[Any], Any],
        known: Definitions,
        is_client: bool,
        streams: Streams,
        exceptions: Reducer,
        binding: Binding | None = None,
    ) -> None:
        super().__init__(file, protocol=5, buffer_callback=buffer_callback)
        self.codec = codec
        self.known = known
        self.is_client = is_client
        self.streams = streams
        self.exceptions = exceptions
        self.binding = binding
        self.storages: Storages = Storages()
        self.last: object = None
        self.sent: list[tuple[str, Any]] = []
        self.cells: list[Cell] = []
        self.modules: set[str] = set()
        self.files: set[str] = set()

    def reducer_override(self, obj: Any) -> Any:
        # Asked only for what the C pickler has no fast path for, while `persistent_id` would be asked for
        # every single int of a list (measured: 15 times slower on a list of a million ints).
        self.last = obj
        kind = type(obj)
        reduce = REDUCERS.get(kind)
        if reduce is not None:
            return reduce(obj, self.codec)
        if issubclass(kind, self.streams.kinds):
            reduced = self.streams.reduce(obj)
            if reduced is not NotImplemented:
                return reduced
        if issubclass(kind, BaseException):
            return self.exceptions.reduce(obj, self.dispatch_table)
        if kind is FunctionType:
            if not _cloudpickle._should_pickle_by_reference(obj):
                return self.function(obj)
            self.modules.add(obj.__module__)
            return NotImplemented
        if issubclass(kind, type):
            reduced = super().reducer_override(obj)
            if reduced is not NotImplemented and len(reduced) == 6:
                return self.kind(obj, reduced)
            self.modules.add(obj.__module__)
            return reduced
        if kind is MethodType:
            for module, name in _REPLACED:
                if obj == getattr(module, name):
                    return getattr, (module, name)
        if kind is CodeType:
            return self.code(obj)
        if kind is ModuleType:
            self.modules.add(obj.__name__)
            return super().reducer_override(obj)
        if kind is _Cached:
            return NotImplemented if _is_importable(obj) else self.cached(obj)
        if kind is functools.cached_property and "lock" in vars(obj):  # before Python 3.12
            state = {name: value for name, value in vars(obj).items() if name not in ("func", "lock")}
            return functools.cached_property, (obj.func,), state
        reduced = self.storages.reduce(obj)
        return super().reducer_override(obj) if reduced is NotImplemented else reduced

    # ------------------------------------------------------------------------------------- functions

    def function(self, function: FunctionType) -> Reduced:
        if function.__code__ is _DISPATCHING:
            return self.dispatching(function)
        make, made_of, (state, slots), *rest = super()._dynamic_function_reduce(function)
        known = self.known.know(function, self.is_client)
        namespace = known.namespace
        assert namespace is not None
        self.sent.append((known.token, function))
        module = namespace.module
        if module is not None:
            self.sent.append((namespace.token, module))
        cells = [cell.content() for cell in known.cells]
        if self.binding is not None:
            self._leave_out(function, slots, cells)
        bound = self._bound(function, {cell.name: content for cell, content in zip(known.cells, cells)})
        self.cells += [
            cell
            for cell, content in zip(known.cells, cells)
            if content is ABSENT and cell.is_own and ("", cell.name) != bound
        ]
        globals = slots["__globals__"]
        digests = {name: self.digest(value) for name, value in globals.items()} if namespace.is_own else {}
        of_cells = [self.digest(content) if cell.is_own else None for cell, content in zip(known.cells, cells)]
        # Both stand where others drop them: this list once all of its modules are imported, and the name of a function
        # once it gets its own.
        self.files.add(function.__code__.co_filename)
        slots["_cloudpickle_submodules"] = [*slots["_cloudpickle_submodules"], (MARK, digests, of_cells, bound)]
        code, base, _, defaults, closure = made_of
        tokens = ",".join(cell.token for cell in known.cells)
        flags = f"{'k' * self.is_client}{'l' * (module is not None)}"
        name = f"{MARK}:{flags}:{known.token}:{namespace.token}:{tokens}"
        project = self.codec.project if self.is_client else ""
        if project and module is not None:
            # Behind the tokens of cells: who knows of no names takes only as many as there are cells.
            named = self.known.names.name(project, function)
            name += f",{NAMED}{naming.spelled(named, f'{project} {module.__name__}')}"
        return (make, (code, base, name, defaults, closure), (state, slots), *rest)

    def code(self, code: CodeType) -> Reduced:
        """With the file that it is from, which cloudpickle leaves out: tracebacks name it."""
        make, args = _cloudpickle._code_reduce(code)
        return make, tuple(code.co_filename if type(part) is str and part == _NO_FILE else part for part in args)

    def _leave_out(self, function: FunctionType, slots: dict[str, Any], cells: list[Any]) -> None:
        """An earlier definition of the bound name does not travel: the new one takes its place."""
        binding = self.binding
        assert binding is not None
        if function.__globals__ is binding.globals and binding.is_replaced(slots["__globals__"].get(binding.name)):
            slots["__globals__"] = {name: value for name, value in slots["__globals__"].items() if name != binding.name}
        if function is binding.definition and binding.name in function.__code__.co_freevars:
            at = function.__code__.co_freevars.index(binding.name)
            if binding.is_replaced(cells[at]):
                cells[at] = ABSENT
                closure = list(slots["__closure__"])
                closure[at] = types.CellType()
                slots["__closure__"] = tuple(closure)

    def _bound(self, definition: Any, cells: dict[str, Any] = {}) -> Bound | None:  # noqa: B006 is only read
        """The name that this definition gets, and among which globals."""
        binding = self.binding
        if binding is None or binding.definition is not definition:
            return None
        if binding.name in cells:
            return ("", binding.name) if cells[binding.name] is ABSENT else None
        return None if binding.globals is None else (self.known.namespace(binding.globals).token, binding.name)

    def digest(self, value: object) -> Digest:
        """Tells whether a global or the content of a cell has changed since it was last sent."""
        if value is ABSENT:
            return EMPTY
        if type(value) is ModuleType:
            return REFERENCE + value.__name__.encode()
        return Digester(self.known, self.is_client).digest(value)

    def cached(self, wrapper: Any) -> Reduced:
        """What `functools.lru_cache` has made: with its parameters, and an empty cache."""
        known = self.known.know(wrapper, self.is_client)
        self.sent.append((known.token, wrapper))
        parameters = wrapper.cache_parameters()
        attributes = {name: value for name, value in vars(wrapper).items() if name not in _OF_WRAPPERS}
        return (
            definitions.cached,
            (self._wrapper_token(known), wrapper.__wrapped__, parameters["maxsize"], parameters["typed"]),
            (attributes, [], self._bound(wrapper)),
            None,
            None,
            definitions.complete,
        )

    def dispatching(self, wrapper: Any) -> Reduced:
        """What `functools.singledispatch` has made."""
        known = self.known.know(wrapper, self.is_client)
        self.sent.append((known.token, wrapper))
        registered = dict(wrapper.registry)
        default = registered.pop(object)
        attributes = {name: value for name, value in vars(wrapper).items() if name not in _OF_WRAPPERS}
        made_of = (self._wrapper_token(known), default)
        state = (attributes, list(registered.items()), self._bound(wrapper))
        return (definitions.dispatching, made_of, state, None, None, definitions.complete)

    def _wrapper_token(self, known: Known) -> str:
        return f"{'k' * self.is_client}:{known.token}"

    # --------------------------------------------------------------------------------------- classes

    def kind(self, kind: type, reduced: Reduced) -> Reduced:
        """A class, as cloudpickle reduces it: with its slots, and with new locks in the place of its own."""
        make, made_of, (attributes, slots), *rest = reduced
        *made_of, token, _ = made_of
        self.known.know_class(token, kind)
        self.sent.append((token, kind))
        members = [name for name, value in vars(kind).items() if _is_member(value, kind)]
        if make is _cloudpickle._make_skeleton_enum:
            # Where cloudpickle makes the members, it forgets aliases, and what each member's `__init__` has set on it.
            members_ = kind.__members__.items()  # type: ignore[attr-defined]
            slots = {MARK: {name: (member.name, _attributes(member)) for name, member in members_}}
        elif "__slots__" in vars(kind) and _takes_slots(kind):
            arguments = dict(made_of[-1])
            own = [name for name in ("__dict__", "__weakref__") if name in vars(kind) and name not in arguments]
            arguments["__slots__"] = (*members, *own)
            made_of[-1] = arguments
            given = vars(kind)["__slots__"]
            attributes["__slots__"] = given if isinstance(given, (str, dict)) else tuple(given) or tuple(members)
        new: dict[int, _New] = {}
        attributes = {name: _renewed(value, new) for name, value in attributes.items() if name not in members}
        extra: dict[str, Any] = {MARK: (self.is_client, self._bound(kind))}
        if self.is_client:
            named = self.known.names.name(self.codec.project, kind)
            extra.update({} if named is None else {NAMED: tuple(named)})
        else:
            token = self.codec.tokens.get(kind, token)
        return (make, (*made_of, token, extra), (attributes, slots), *rest)


class Digester(Pickler):
    """Takes the digest of a value: of its pickle, in which definitions, variables and modules stand for themselves."""

    def __init__(self, known: Definitions, is_client: bool) -> None:
        self._hash = _DIGEST(digest_size=16)
        self._size = 0
        self._has_references = False
        super().__init__(self, None, self._take, known, is_client, Streams(False), Reducer(MINOR))

    def write(self, data: Any) -> int:
        self._hash.update(data)
        self._size += len(data)
        return len(data)

    def _take(self, buffer: pickle.PickleBuffer) -> None:
        view = buffer.raw()
        self._hash.update(view)
        self._size += view.nbytes

    def digest(self, value: object) -> Digest:
        try:
            self.dump(value)
        except Exception:  # it cannot be pickled, which the one who sends it is told of
            return LARGE + os.urandom(16)
        if isinstance(value, (FunctionType, type, ModuleType, _Cached)) or type(value) in REDUCERS:
            kind = REFERENCE
        else:
            kind = LARGE if self._has_references or self._size >= _SIZE_OF_LARGE else PLAIN
        return kind + self._hash.digest()

    def reducer_override(self, obj: Any) -> Any:
        kind = type(obj)
        if kind in REDUCERS:
            self._has_references = True
            identity = IDENTITIES.get(kind)
            return _Stand, (os.urandom(16) if identity is None else identity(obj),)
        if issubclass(kind, type) and obj not in _OF_PYTHON and not _cloudpickle._should_pickle_by_reference(obj):
            return _Stand, (_cloudpickle._get_or_create_tracker_id(obj),)
        return super().reducer_override(obj)

    def code(self, code: CodeType) -> Reduced:
        reduced: Reduced = _cloudpickle._code_reduce(code)
        return reduced

    def function(self, function: Any) -> Reduced:
        return _Stand, (self.known.know(function, self.is_client).token,)

    def cached(self, wrapper: Any) -> Reduced:
        return self.function(wrapper)

    def dispatching(self, wrapper: Any) -> Reduced:
        return self.function(wrapper)


class _Stand:
    """Stands for a definition in a digest. Never loaded."""


class _New:
    """A lock of a class: it arrives new and unlocked, as another one of its kind."""

    def __init__(self, make: Callable[..., Any], *args: object) -> None:
        self._reduced = make, args

    def __reduce__(self) -> Reduced:
        return self._reduced


def _renewed(value: object, new: dict[int, _New]) -> object:
    """The attribute of a class as it travels."""
    kind = type(value)
    if kind not in _LOCKS:
        return value
    if id(value) not in new:
        args = (_renewed(value._lock, new),) if isinstance(value, threading.Condition) else ()  # type: ignore[attr-defined]
        new[id(value)] = _New(_LOCKS[kind], *args)
    return new[id(value)]


_LOCKS: dict[type, Callable[..., Any]] = {
    type(threading.Lock()): threading._allocate_lock,  # type: ignore[attr-defined]
    type(threading.RLock()): threading.RLock,
    threading.Event: threading.Event,
    threading.Condition: threading.Condition,
}
_OF_PYTHON = {type(None), type(Ellipsis), type(NotImplemented), *_cloudpickle._BUILTIN_TYPE_NAMES}
_Cached: type = type(functools.lru_cache(lambda: None))
_DISPATCHING = functools.singledispatch(lambda value: None).__code__  # type: ignore[attr-defined]
_OF_WRAPPERS = frozenset(
    (
        *functools.WRAPPER_ASSIGNMENTS,
        *("__wrapped__", "cache_parameters", "register", "dispatch", "registry", "_clear_cache"),
    )
)
"""Attributes that the makers of such wrappers give them."""


def _attributes(member: Any) -> dict[str, Any]:
    """What the member of an enumeration has beside its name and value."""
    own = ("_value_", "_name_", "__objclass__", "_sort_order_")
    return {name: value for name, value in vars(member).items() if name not in own}


def _takes_slots(kind: type) -> bool:
    """Whether a class of this kind may be made with slots in its namespace: some metaclasses make their own."""
    make = type(kind).__new__
    is_own = isinstance(make, types.BuiltinMethodType) and make is not type.__new__
    return not is_own and typing.NamedTuple not in getattr(kind, "__orig_bases__", ())


def _is_member(value: object, kind: type) -> bool:
    return type(value) is MemberDescriptorType and value.__objclass__ is kind


def _is_importable(obj: Any) -> bool:
    found = _cloudpickle._lookup_module_and_qualname(obj)
    return found is not None and not _cloudpickle._is_registered_pickle_by_value(found[0])

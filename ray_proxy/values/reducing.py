"""How values are written into pickles and read from them: as by cloudpickle, which would set up some things twice.

What is written can be read by any release of version 1, and by cloudpickle alone: all that is added stands where these
look past it. What is read may come from any of them.

This file must never know what a `Var`, a session, or Ray is: those who do register how their types are reduced.
"""

from __future__ import annotations

import functools
import hashlib
import io
import os
import pickle
import threading
import types
import typing
from collections.abc import Callable, Sequence
from types import FunctionType, MemberDescriptorType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import cloudpickle
import cloudpickle.cloudpickle as _cloudpickle

from ..protocol import MINOR
from . import definitions
from .definitions import ABSENT, EMPTY, LARGE, PLAIN, REFERENCE, Applied, Cell, Definitions, Digest, Known, Namespace
from .exceptions import Reducer
from .refusals import Copies, Streams

Reduced = tuple[Any, ...]
"""What `__reduce__` returns: a function of a module, and its arguments."""

_MARK = "ray_proxy"
_DIGEST = hashlib.blake2b
_SIZE_OF_LARGE = 1024 * 1024
"""Bytes of a value's pickle from which on it is not pickled again only to warn that both sides have changed it."""

REDUCERS: dict[type, Callable[[Any, Any], Reduced]] = {}
"""How objects of exactly these types are reduced: see `register_reducer`."""
_identities: dict[type, Callable[[Any], object]] = {}


def register_reducer(
    kind: type, reduce: Callable[[Any, Any], Reduced], identity: Callable[[Any], object] | None = None
) -> None:
    """Objects of exactly this type are reduced by this function inside operands.

    Args:
        reduce: takes the object and the codec.
        identity: what is the same as long as the object stands for the same; None: that cannot be told.
    """
    REDUCERS[kind] = reduce
    if identity is not None:
        _identities[kind] = identity


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


# ------------------------------------------------------------------------------------------------ writing


if TYPE_CHECKING:

    class _Base(pickle.Pickler):  # what of cloudpickle's is used, which has no types
        def __init__(self, file: Any, protocol: int, buffer_callback: Callable[[Any], Any]) -> None: ...
        def reducer_override(self, obj: Any) -> Any: ...
        def _dynamic_function_reduce(self, function: FunctionType) -> Any: ...
else:
    _Base = cloudpickle.Pickler


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
        self.last: object = None
        self.sent: list[tuple[str, Any]] = []
        self.cells: list[Cell] = []

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
            return NotImplemented if _cloudpickle._should_pickle_by_reference(obj) else self.function(obj)
        if issubclass(kind, type):
            reduced = super().reducer_override(obj)
            return reduced if reduced is NotImplemented or len(reduced) != 6 else self.kind(obj, reduced)
        if kind is _Cached:
            return NotImplemented if _is_importable(obj) else self.cached(obj)
        if kind is functools.cached_property and "lock" in vars(obj):  # before Python 3.12
            state = {name: value for name, value in vars(obj).items() if name not in ("func", "lock")}
            return functools.cached_property, (obj.func,), state
        return super().reducer_override(obj)

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
        slots["_cloudpickle_submodules"] = [*slots["_cloudpickle_submodules"], (_MARK, digests, of_cells, bound)]
        code, base, _, defaults, closure = made_of
        tokens = ",".join(cell.token for cell in known.cells)
        flags = f"{'k' * self.is_client}{'l' * (module is not None)}"
        name = f"{_MARK}:{flags}:{known.token}:{namespace.token}:{tokens}"
        return (make, (code, base, name, defaults, closure), (state, slots), *rest)

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
            slots = {_MARK: {name: (member.name, _attributes(member)) for name, member in members_}}
        elif "__slots__" in vars(kind) and _takes_slots(kind):
            arguments = dict(made_of[-1])
            own = [name for name in ("__dict__", "__weakref__") if name in vars(kind) and name not in arguments]
            arguments["__slots__"] = (*members, *own)
            made_of[-1] = arguments
            given = vars(kind)["__slots__"]
            attributes["__slots__"] = given if isinstance(given, (str, dict)) else tuple(given) or tuple(members)
        new: dict[int, _New] = {}
        attributes = {name: _renewed(value, new) for name, value in attributes.items() if name not in members}
        extra = {_MARK: (self.is_client, self._bound(kind))}
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
            identity = _identities.get(kind)
            return _Stand, (os.urandom(16) if identity is None else identity(obj),)
        if issubclass(kind, type) and obj not in _OF_PYTHON and not _cloudpickle._should_pickle_by_reference(obj):
            return _Stand, (_cloudpickle._get_or_create_tracker_id(obj),)
        return super().reducer_override(obj)

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


# ------------------------------------------------------------------------------------------------ reading


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

    def read(self) -> Any:
        """The value. What it changes is undone where it cannot be read."""
        try:
            value = self.load()
            if self._fresh or self._classes:
                self._known.adopt(list(self._fresh.values()) if self._adopts else [], list(self._classes.items()))
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

    def find_class(self, module: str, name: str) -> Any:
        if module in ("cloudpickle.cloudpickle", "ray_proxy.definitions"):
            ours = _OURS.get(name)
            if ours is not None:
                return functools.partial(ours, self)
        return self._copies.watching(module, name) or super().find_class(module, name)

    # ------------------------------------------------------------------------------------- functions

    def make_function(self, code: Any, globals: dict[str, Any], name: Any, defaults: Any, closure: Any) -> Any:
        if type(name) is not str or not name.startswith(_MARK + ":"):  # by a peer that has no tokens
            return _cloudpickle._make_function(code, globals, name, defaults, closure)
        _, flags, token, of_namespace, of_cells = name.split(":")
        is_kept = "k" in flags
        function = self._function(token)
        namespace = self._namespace(of_namespace, globals)
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
        if is_kept:
            self.came.append((token, function))
        return function

    def _function(self, token: str) -> Any:
        function = self._functions.get(token)
        return self._known.function(token) if function is None else function

    def _note(self, token: str, function: Any, namespace: Namespace | None, cells: tuple[Cell, ...]) -> None:
        self._functions[token] = function
        self._fresh[id(function)] = function, Known(token, namespace, cells)

    def _namespace(self, token: str, globals: dict[str, Any]) -> Namespace:
        namespace = self._known.namespace_of(token) or self._namespaces.get(token)
        if namespace is None:
            globals["__builtins__"] = __builtins__
            namespace = self._namespaces[token] = Namespace(token, globals, False)
            if self._adopts:
                namespace.stay()
        return namespace

    def _cell(self, token: str, cell: Any, name: str) -> Cell:
        found = self._known.cell_of(token) or self._cells.get(token)
        if found is None:
            found = self._cells[token] = Cell(token, cell, name, False)
        return found

    def set_function(self, function: Any, state: Any) -> None:
        attributes, slots = state
        mark = (slots.get("_cloudpickle_submodules") or [])[-1:]
        if not (mark and isinstance(mark[0], tuple) and mark[0][0] == _MARK):
            _cloudpickle._function_setstate(function, state)
            return
        _, digests, of_cells, bound = mark[0]
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
        else:
            self._found[id(kind)] = kind
        if isinstance(extra, dict) and _MARK in extra:
            is_kept, self._bound[id(kind)] = extra[_MARK]
            if is_kept:
                self.came.append((token, kind))
        return kind

    def set_class(self, kind: Any, state: Any) -> Any:
        if id(kind) not in self._found:  # what is there stays as it is
            _cloudpickle._class_setstate(kind, state)
            for name, (member, attributes) in state[1].get(_MARK, {}).items():
                if name != member:
                    kind._member_map_[name] = kind[member]
                    type.__setattr__(kind, name, kind[member])
                vars(kind[member]).update(attributes)
        self._bind(self._bound.get(id(kind)), kind)
        return kind


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

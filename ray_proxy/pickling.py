"""Values to operands and back: which travel readable, which as a pickle in the frame, which as bulk.

Used alike by the session and by the interpreter. It knows the operands of `protocol` and cloudpickle; it must
never know what a session, a `Var` or Ray is: those who do register how their types are reduced.
"""

from __future__ import annotations

import copy
import io
import pickle
import threading
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import cloudpickle

from .errors import BulkTransferError, NotPicklableError, ProtocolError
from .protocol import Bulk, Bytes, Operand, Pickled, Ref, Stored

Reduced = tuple[Any, ...]
"""What `__reduce__` returns: a function of a module, and its arguments."""

BULK = 1024 * 1024
"""Pickles of this size and more, in bytes, go through the object store."""
MOVED_BULK = 64 * 1024
"""The same for a value on its way to another interpreter, which would pass through the client otherwise."""
_LONGEST_READABLE = 64 * 1024

SMALL = 256
"""A str or bytes of at most this length rides along in replies."""


class Store(Protocol):
    """Carries values beside the channel, each to be taken once by the other side."""

    def leave(self, parts: Sequence[pickle.PickleBuffer], *owners: str) -> str:
        """Leave buffers; returns the token under which the other side takes them. Raises `BulkTransferError`.

        Nobody takes them once one of the owners, names of sessions, was forgotten: then they are dropped.
        """

    def take(self, token: str) -> list[memoryview]:
        """Read-only views of the buffers, which live as long as the views. Raises `BulkTransferError`."""

    def leave_value(self, value: object, *owners: str) -> str:
        """Store a value as the store itself does it, and leave the reference to it. Raises `BulkTransferError`."""

    def leave_ref(self, ref: Any, *owners: str) -> str:
        """Leave a reference to a stored value."""

    def take_ref(self, token: str) -> Any:
        """The reference left under that token. Raises `BulkTransferError`."""

    def get(self, ref: Any) -> object:
        """The value behind a reference, writable."""

    def is_ref(self, value: object) -> bool:
        """Whether a value is a reference of this store."""

    def discard(self, token: str) -> None:
        """Drop what nobody is going to take."""

    def forget(self, owner: str) -> None:
        """Drop what this owner (a session's name) left and nobody took, and what comes of it from now on."""


_reducers: dict[type, Callable[[Any, Codec], Reduced]] = {}


def register_reducer(kind: type, reduce: Callable[[Any, Codec], Reduced]) -> None:
    """Objects of exactly this type are reduced by this function inside operands."""
    _reducers[kind] = reduce


def travels_as_reference(kind: type) -> bool:
    """Whether objects of exactly this type are reduced by a registered function: what arrives stands for the same."""
    return kind in _reducers


class OperandError(Exception):
    """Raised by a reducer whose object could not be had, which is no fault of its pickling."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(error)
        self.error = error


class _Loading(threading.local):
    codec: Codec | None = None


_loading = _Loading()


def loading_codec() -> Codec:
    """The codec whose pickle is being loaded by this thread: for functions that reducers name."""
    if _loading.codec is None:
        raise ProtocolError("this pickle belongs inside a frame and cannot be loaded on its own")
    return _loading.codec


def resolve(id: int) -> object:
    """Inside a pickle, stands where a `Var` of the receiving interpreter stood."""
    return loading_codec().variable(id)


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    def __init__(self, file: io.BytesIO, codec: Codec, buffer_callback: Callable[[Any], Any]) -> None:
        super().__init__(file, protocol=5, buffer_callback=buffer_callback)
        self._codec = codec

    def reducer_override(self, obj: Any) -> Any:
        # Asked only for what the C pickler has no fast path for, while `persistent_id` would be asked for
        # every single int of a list (measured: 15 times slower on a list of a million ints).
        reduce = _reducers.get(type(obj))
        return super().reducer_override(obj) if reduce is None else reduce(obj, self._codec)


class Codec:
    """Encodes and decodes the values of one session.

    Args:
        store: what carries bulk values, or None: then everything travels inside frames.
        owner: the session's name; what it leaves in the store and nobody takes is dropped with it.
        variable: gives the object of a variable id; None on the side that has no variables.
        target: gives whoever asks for the encoding, for the reducers of types of upper layers.
    """

    def __init__(
        self,
        store: Store | None = None,
        owner: str = "",
        variable: Callable[[int], object] | None = None,
        target: Callable[[], object] | None = None,
    ) -> None:
        self.store = store
        self.owner = owner
        self.target = target
        self.warnings: list[str] = []
        """What whoever asked for an operation shall be told, beside its result."""
        self._variable = variable

    def variable(self, id: int) -> object:
        if self._variable is None:
            raise ProtocolError(f"a reference to variable {id} came where there are no variables")
        return self._variable(id)

    def dump(self, value: object, what: str = "the value", bulk: int = BULK, owner: str | None = None) -> Operand:
        """Operand of a value, as it is at this moment.

        Args:
            what: names it in the `NotPicklableError` that is raised where it has no pickle.
            bulk: size in bytes from which on it goes through the store.
            owner: a session with which too, beside this codec's, a bulk value is dropped that nobody took.
        """
        kind = type(value)
        if value is None or kind is bool or kind is float:
            return value  # type: ignore[return-value]
        if kind is int:
            if -(2**63) <= value < 2**63:  # type: ignore[operator]
                return value  # type: ignore[return-value]
        elif kind is str:
            if len(value) <= _LONGEST_READABLE and _encodable(value):  # type: ignore[arg-type]
                return value  # type: ignore[return-value]
        elif kind is bytes and len(value) <= _LONGEST_READABLE:  # type: ignore[arg-type]
            return Bytes(value)  # type: ignore[arg-type]
        return self._pickle(value, what, bulk, (self.owner,) if owner is None else (self.owner, owner))

    def _pickle(self, value: object, what: str, bulk: int, owners: tuple[str, ...]) -> Pickled | Bulk | Stored:
        if self.target is not None and self.store is not None and self.store.is_ref(value):
            return Stored(self.store.leave_ref(value, self.owner))
        buffers: list[pickle.PickleBuffer] = []
        file = io.BytesIO()
        try:
            _Pickler(file, self, buffers.append).dump(value)
            views = [buffer.raw() for buffer in buffers]
        except OperandError as error:
            raise error.error from None
        except BulkTransferError:  # of a reference inside it
            raise
        except Exception as error:
            if RecursionError in (type(error), type(error.__cause__)):  # cloudpickle tells it by the second
                raise NotPicklableError(f"{what}, {_described(value)}, is nested too deeply to be pickled") from error
            remedy = (
                "create it in the interpreter instead, with env.run(function) or env.module(name)"
                if self._variable is None
                else "leave it where it is, and fetch a part of it, or what env.run(function, (v,)) makes of it"
            )
            raise NotPicklableError(f"{what}, {_described(value)}, cannot be pickled: {error}; {remedy}") from error
        data = file.getvalue()  # a view of it could outlive the file, which the garbage collection then complains of
        size = len(data) + sum(view.nbytes for view in views)
        if self.store is not None and size >= bulk:
            return Bulk(self.store.leave([pickle.PickleBuffer(data), *buffers], *owners), size)
        # Copies: the frame leaves later, and the owner of this memory may change it meanwhile.
        return Pickled(data, [bytearray(view) for view in views])

    def load(self, operand: object, copy: bool = True) -> Any:
        """Value of an operand.

        Args:
            copy: False gives arrays of a bulk value as read-only views of the object store.
        """
        kind = type(operand)
        if kind is Ref:
            return self.variable(operand.id)  # type: ignore[attr-defined]
        if kind is Bytes:
            return operand.data  # type: ignore[attr-defined]
        if kind is Pickled:
            return self._unpickle(operand.data, operand.buffers)  # type: ignore[attr-defined]
        if kind is Bulk:
            data, *views = self._store().take(operand.token)  # type: ignore[attr-defined]
            return self._unpickle(data, [bytearray(view) for view in views] if copy else views)
        if kind is Stored:
            return self._store().take_ref(operand.token)  # type: ignore[attr-defined]
        return operand

    def _store(self) -> Store:
        if self.store is None:
            raise BulkTransferError("a bulk value came over a channel that has no object store beside it")
        return self.store

    def _unpickle(self, data: Any, buffers: Sequence[Any]) -> object:
        before, _loading.codec = _loading.codec, self
        try:
            return pickle.loads(data, buffers=buffers)
        except (ImportError, AttributeError) as error:
            self._explain_missing(error)
            raise
        finally:
            _loading.codec = before

    def _explain_missing(self, error: Exception) -> None:
        """Raise it with the remedy, if a class or function of a value was looked up in its module in vain."""
        if type(error) is not ModuleNotFoundError and not str(error).startswith("Can't get attribute"):
            return
        where = "in this process" if self._variable is None else "where the interpreter runs"
        remedy = (
            f"{error}. A value names it; install it {where} as well, in the same version, or let what the module "
            "defines travel by value: cloudpickle.register_pickle_by_value(module), before it is sent"
        )
        if isinstance(error, ImportError):
            raise ModuleNotFoundError(remedy, name=error.name) from None
        raise type(error)(remedy) from None


def writable(value: object) -> object:
    """The value, or a copy of it if it stands on memory that cannot be written, as what Ray hands out does."""
    buffers: list[pickle.PickleBuffer] = []
    cloudpickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    if any(buffer.raw().readonly for buffer in buffers):
        return copy.deepcopy(value)
    return value


def inline_size(operand: object) -> int:
    """About how many bytes an operand takes in a frame."""
    if isinstance(operand, str):
        return len(operand)
    if isinstance(operand, Bytes):
        return len(operand.data)
    if isinstance(operand, Pickled):
        return memoryview(operand.data).nbytes + sum(memoryview(buffer).nbytes for buffer in operand.buffers)
    return 0


def rides_along(value: object) -> bool:
    """Whether a value is small and immutable: it is sent with the reply, and known here from then on."""
    kind = type(value)
    if value is None or kind is bool or kind is float:
        return True
    if kind is int:
        return -(2**63) <= value < 2**63  # type: ignore[operator]
    if kind is str:
        return len(value) <= SMALL and _encodable(value)  # type: ignore[arg-type]
    return kind is bytes and len(value) <= SMALL  # type: ignore[arg-type]


def _encodable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:  # lone surrogates: MessagePack has no way to say them, a pickle has
        return False
    return True


def _described(value: object) -> str:
    try:
        text = repr(value)
    except Exception:
        text = "whose repr fails"
    return f"a {type(value).__qualname__}: {text[:100]}"

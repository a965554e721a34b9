"""Values to operands and back: which travel readable, which as a pickle in the frame, which as bulk.

Used alike by the session and by the interpreter. It knows the operands of `protocol` and cloudpickle; it must
never know what a session, a `Var` or Ray is: those who do register how their types are reduced.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import io
import pickle
import re
import threading
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

import cloudpickle

from ..doors import stand_behind
from ..errors import BulkTransferError, NotPicklableError, ProtocolError
from ..protocol import MINOR, Bulk, Bytes, Operand, Pickled, Ref, Stored
from . import definitions, refusals
from .definitions import Cell, Definitions
from .exceptions import Reducer
from .pickler import Binding, Pickler
from .reducers import REDUCERS, Reduced
from .store import Store
from .streams import Copies, Streams
from .unpickler import AGAIN, Unpickler

BULK = 2_000_000
"""Pickles of this size and more, in bytes, go through the object store. That takes 10 ms and more, mostly in calls of
the mailbox; a frame on a Unix socket takes 2 ms for each megabyte."""
MOVED_BULK = 64 * 1024
"""The same for a value on its way to another interpreter, which would pass through the client otherwise."""
_LONGEST_READABLE = 64 * 1024

SMALL = 256
"""A str or bytes of at most this length rides along in replies."""


_nearness: dict[type, Callable[[Any, Codec], bool]] = {}


def register_nearness(kind: type, is_near: Callable[[Any, Codec], bool]) -> None:
    """Tell whether an object of exactly this type can be sent without that moving anything or waiting for anything."""
    _nearness[kind] = is_near


def travels_as_reference(kind: type) -> bool:
    """Whether objects of exactly this type are reduced by a registered function: what arrives stands for the same."""
    return kind in REDUCERS


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


def claimed(token: str) -> object:
    """Inside a pickle, stands where the `obj` of an AttributeError stood that its interpreter keeps under a token."""
    codec = loading_codec()
    session: Any = None if codec.target is None else codec.target()
    return None if session is None else session.take_obj(token)


class _KeptObj:
    __slots__ = ("token",)

    def __init__(self, token: str) -> None:
        self.token = token

    def __reduce__(self) -> Reduced:
        return claimed, (self.token,)


class Codec:
    """Encodes and decodes the values of one session.

    Args:
        store: what carries bulk values, or None: then everything travels inside frames.
        owner: the session's name; what it leaves in the store and nobody takes is dropped with it.
        variable: gives the object of a variable id; None on the side that has no variables.
        target: gives whoever asks for the encoding, for the reducers of types of upper layers.
        known: the classes and functions that travel by value; those of this process by default.
    """

    def __init__(
        self,
        store: Store | None = None,
        owner: str = "",
        variable: Callable[[int], object] | None = None,
        target: Callable[[], object] | None = None,
        known: Definitions | None = None,
    ) -> None:
        self.store = store
        self.known: Definitions = definitions.here if known is None else known
        self.owner = owner
        self.target = target
        self.minor: int = MINOR
        """The version of the protocol that is spoken."""
        self.keep: Callable[[object], str] | None = None
        """Keeps an object that does not travel for whoever loads the value; gives the token to claim it by."""
        self.project: str = ""
        """Names the project whose definitions take the place of those of the same name; empty: none does."""
        self.tokens: weakref.WeakKeyDictionary[type, str] = weakref.WeakKeyDictionary()
        """By which the other side knows classes that have come from there."""
        self.on_named: Callable[[set[str], set[str]], None] | None = None
        """Told which modules a pickle names, and the files of functions in it, before its message is given."""
        self.warnings: list[str] = []
        """What whoever asked for an operation shall be told, beside its result."""
        self.copies: Copies = Copies()
        """Streams that came in arguments of the message that is being executed."""
        self.gone: deque[str] = deque()
        """Tokens of classes and functions that were sent, and have ended here."""
        self.empty: dict[str, Cell] = {}
        """Cells that were empty when they were sent, by their tokens."""
        self.held: dict[str, object] = {}
        """By its token, what has come and lives as long as the sender's."""
        self._sent: dict[str, weakref.ref[Any]] = {}
        self._functions_of: weakref.WeakKeyDictionary[type, dict[str, weakref.ref[FunctionType]]] = (
            weakref.WeakKeyDictionary()
        )
        """Of classes that were sent."""
        self._variable = variable

    def variable(self, id: int) -> object:
        if self._variable is None:
            raise ProtocolError(f"a reference to variable {id} came where there are no variables")
        return self._variable(id)

    def dump(
        self,
        value: object,
        what: str = "the value",
        bulk: int = BULK,
        owner: str | None = None,
        argument: bool = False,
        binding: Binding | None = None,
    ) -> Operand:
        """Operand of a value, as it is at this moment.

        Args:
            what: names it in the `NotPicklableError` that is raised where it has no pickle.
            bulk: size in bytes from which on it goes through the store.
            owner: a session with which too, beside this codec's, a bulk value is dropped that nobody took.
            argument: it is one of a call, so that what is written to it there would be lost: see `streams.Streams`.
            binding: the name that a function or class gets among those it shares its globals with.
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
        owners = (self.owner,) if owner is None else (self.owner, owner)
        return self._pickle(value, what, bulk, owners, argument, binding)

    def _pickle(
        self, value: object, what: str, bulk: int, owners: tuple[str, ...], argument: bool, binding: Binding | None
    ) -> Pickled | Bulk | Stored:
        if self.target is not None and self.store is not None and self.store.is_ref(value):
            return Stored(self.store.leave_ref(value, self.owner))
        streams, exceptions = Streams(argument), self._exceptions()
        pickler, buffers, file = self._pickler(exceptions, streams, binding)
        try:
            try:
                pickler.dump(value)
            except Exception:
                if not exceptions.chained:
                    raise
                # Once more, without the causes of exceptions that cannot be pickled.
                streams = Streams(argument)
                pickler, buffers, file = self._pickler(self._exceptions(trying=True), streams, binding)
                pickler.dump(value)
            pickler.last = value
            views = [buffer.raw() for buffer in buffers]
        except OperandError as error:
            raise error.error from None
        except BulkTransferError:  # of a reference inside it
            raise
        except Exception as error:
            if RecursionError in (type(error), type(error.__cause__)):  # cloudpickle tells it by the second
                described = refusals.described(value)
                reason = "is nested too deeply to be pickled; pass it in parts"
                raise NotPicklableError(f"{what}, {described}, {reason}") from error
            there = self._variable is not None
            text = refusals.explained(value, what, pickler.last, error, REDUCERS, there)
            raise NotPicklableError(text) from error
        if streams.at_end and self._variable is None:
            refused = refusals.closed_over(value, what, streams.at_end, REDUCERS)
            if refused is not None:
                raise NotPicklableError(refused)
        if pickler.sent and self._variable is None:
            self._note(pickler)
        if self.on_named is not None and (pickler.modules or pickler.files):
            self.on_named(pickler.modules, pickler.files)
        data = file.getvalue()  # a view of it could outlive the file, which the garbage collection then complains of
        size = len(data) + sum(view.nbytes for view in views)
        if self.store is not None and size >= bulk:
            return Bulk(self.store.leave([pickle.PickleBuffer(data), *buffers], *owners), size)
        # Copies: the frame leaves later, and the owner of this memory may change it meanwhile.
        return Pickled(data, [bytearray(view) for view in views])

    def _exceptions(self, trying: bool = False, lenient: bool = False) -> Reducer:
        def size(value: object) -> int:
            data, buffers = self._write(value, exceptions)
            return len(data) + sum(buffer.raw().nbytes for buffer in buffers)

        def stand_in(obj: object) -> object:
            is_near = _nearness.get(type(obj))
            if is_near is not None:
                return obj if is_near(obj, self) else None
            return _KeptObj(self.keep(obj)) if self.keep is not None and self.minor >= 2 else None

        exceptions = Reducer(self.minor, stand_in, size if trying else None, lenient)
        return exceptions

    def _pickler(
        self, exceptions: Reducer, streams: Streams, binding: Binding | None = None
    ) -> tuple[Pickler, list[pickle.PickleBuffer], io.BytesIO]:
        buffers: list[pickle.PickleBuffer] = []
        file = io.BytesIO()
        is_client = self._variable is None
        pickler = Pickler(file, self, buffers.append, self.known, is_client, streams, exceptions, binding)
        return pickler, buffers, file

    def _write(self, value: object, exceptions: Reducer) -> tuple[bytes, list[pickle.PickleBuffer]]:
        pickler, buffers, file = self._pickler(exceptions, Streams(False))
        pickler.dump(value)
        return file.getvalue(), buffers

    def dump_error(self, problem: BaseException, limit: int) -> tuple[Pickled | None, list[str]]:
        """The pickle of an exception that was raised, which keeps no memory of others; None where it has none of at
        most `limit` bytes. And what had to be left out of it, so that it has one: attributes, in words, and causes."""
        for trying in (False, True):
            exceptions = self._exceptions(trying, lenient=trying)
            with contextlib.suppress(Exception):
                data, buffers = self._write(problem, exceptions)
                views = [buffer.raw() for buffer in buffers]
                if len(data) + sum(view.nbytes for view in views) <= limit:
                    return Pickled(data, [bytearray(view) for view in views]), list(exceptions.left)
        return None, []

    def _note(self, pickler: Pickler) -> None:
        """Classes and functions were sent: the other side is told when they end here."""
        gone = self.gone
        for token, thing in pickler.sent:
            if token not in self._sent:
                self._sent[token] = weakref.ref(thing, functools.partial(_append, gone, token))
            if isinstance(thing, type):
                self._look_at(thing)
        for cell in pickler.cells:
            self.empty[cell.token] = cell

    def _look_at(self, kind: type) -> None:
        """Warn where a function of a class is another one than when the class was first sent: it does not travel."""
        functions = {name: function for name, value in vars(kind).items() if (function := _function_in(value))}
        before = self._functions_of.get(kind)
        if before is None:
            self._functions_of[kind] = {name: weakref.ref(function) for name, function in functions.items()}
            return
        for name, function in functions.items():
            if name not in before or before[name]() is not function:
                before[name] = weakref.ref(function)
                called = kind.__qualname__
                self.warnings.append(
                    f"{called}.{name} is not what it was when {called} was sent: the interpreter goes on with what it "
                    f"has; to replace it there, env.run(setattr, ({called}, {name!r}, {called}.{name}))"
                )

    def ended(self) -> list[str]:
        """The tokens of what was sent, and has ended here since this was last asked."""
        tokens = []
        while self.gone:
            try:
                tokens.append(self.gone.popleft())
            except IndexError:  # another thread was quicker
                break
            self._sent.pop(tokens[-1], None)
        return tokens

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
        adopts = self._variable is not None
        try:
            if type(data) is bytes and not _DEFINES.search(data):
                return pickle.loads(data, buffers=buffers)
            unpickler = Unpickler(data, buffers, self.known, adopts, self.copies, self.warnings.append)
            value = unpickler.read()
            if value is AGAIN:
                unpickler = Unpickler(data, buffers, self.known, adopts, self.copies, self.warnings.append)
                value = unpickler.read()
            if adopts:
                self.held.update(unpickler.came)
                self.tokens.update((thing, token) for token, thing in unpickler.came if isinstance(thing, type))
            return value
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


_DEFINES = re.compile(rb"cloudpickle\.cloudpickle|ray_proxy\.definitions|IO\.__setstate__")
"""What stands in a pickle that brings classes, functions or streams; any other is read by `pickle.loads`, which is
quicker."""


def _append(gone: deque[str], token: str, ref: object) -> None:
    gone.append(token)


def _function_in(value: object) -> FunctionType | None:
    """The function of a method, whatever its kind."""
    if isinstance(value, (staticmethod, classmethod)):
        value = value.__func__
    elif isinstance(value, property):
        value = value.fget
    return value if isinstance(value, FunctionType) else None


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


def shown(value: object) -> str:
    """The repr of a value, for the text of an error, which must not raise another one."""
    try:
        return repr(value)
    except Exception:
        return "whose repr fails"


stand_behind("ray_proxy.pickling", resolve, claimed)

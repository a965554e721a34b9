"""`hash(v)`: the hash of a remote value that agrees with ``==``.

An object that hashes by identity has the hash that it has there. All else is hashed here, as its equals in this process
are: the hash of a str, a path or an Enum differs from process to process.
"""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import fractions
import pathlib
import types
import uuid
import weakref
from typing import Any

from ..errors import BulkTransferError, NotPicklableError
from ..protocol import Call, Op, Ref
from ..session.asked import UNKNOWN
from ..session.session import Handle
from ..values import codec as pickling

_ID = pickling.Codec().dump(id)
_BOUND = pickling.Codec().dump(
    (types.MethodType, types.BuiltinMethodType, types.MethodWrapperType, weakref.ReferenceType)
)
"""Types whose hash is made of the identity of another object, which may be large: it is not brought here for that."""

_PLAIN = {int, bool, float, complex, str, bytes, type(None), range, decimal.Decimal, fractions.Fraction, uuid.UUID}
_PLAIN |= {datetime.date, datetime.datetime, datetime.time, datetime.timedelta, datetime.timezone}
_PLAIN |= {pathlib.PurePosixPath, pathlib.PureWindowsPath, pathlib.PosixPath, pathlib.WindowsPath}
"""Types of values that never change, and hash by what they are."""


def hash_of(handle: Handle) -> int:
    """The hash of a variable's value. Raises `TypeError` where it has none, or none that could agree with ``==``."""
    session, hashes = handle.session, handle.session.ledger.hashes
    if not handle.is_known() and handle.id not in hashes:
        target = Ref(handle.id)
        address = session.question(Call(0, _ID, [target]))
        bound = session.question(Op(0, "isinstance", [target, _BOUND]))
        there: int = session.ask("hash", handle)
        if not handle.is_known():  # it has not come along with that answer
            if bound.value is True or _is_of(there, address.value):
                hashes[handle.id] = there
                return there
            return _hash_here(handle, there)
    session.raise_pending()
    hashed = hashes.get(handle.id)
    return hash(handle.value) if hashed is None else hashed


def _is_of(hashed: int, address: object) -> bool:
    """Whether a hash is that of an identity: `object.__hash__` takes the address without its lowest bits."""
    return type(address) is int and hashed in (address, address >> 4)


def _hash_here(handle: Handle, there: int) -> int:
    value = _brought(handle)
    if _hash_method(value) is object.__hash__:
        raise _no_hash(handle, "its class compares by identity in this process, and not there")
    try:
        here = hash(value)
    except TypeError as error:
        raise _no_hash(handle, f"in this process it has none: {error}") from error
    if not _is_plain(value):
        if _hash_of_copy(value, here) != here:
            return there  # an identity is in it, so that nothing of this process can equal it
        if not _is_frozen(value):
            return here
    handle.session.ledger.hashes[handle.id] = here
    return here


def _brought(handle: Handle) -> Any:
    """The value, here. Raises `TypeError` where it cannot come."""
    session = handle.session
    question = session.request(handle)
    try:
        session.wait(question)
        session.raise_pending()
        if question.failure is not None:
            error = session.see(question.failure)
            if isinstance(error, NotPicklableError):
                raise _no_hash(handle, f"it cannot come: {error}") from error
            raise error
    except BaseException:
        session.abandon(question)
        raise
    try:
        return None if question.value is UNKNOWN else session.codec.load(question.value)
    except BulkTransferError:
        raise
    except Exception as error:  # of the class that is missing here, or of its unpickling
        raise _no_hash(handle, f"it cannot come: {type(error).__name__}: {error}") from error


def _no_hash(handle: Handle, why: str) -> TypeError:
    session = handle.session
    kind = session.call(type, [handle], {})
    name = session.ask("format", kind, "")
    session.drop(kind.id)
    return TypeError(
        f"unhashable Var: {name} has a hash of its own, so the value is needed here to hash it as its equals are, and "
        f"{why}; hash a part of it that can be had by fetch(), as in v.name.fetch()"
    )


def _hash_method(value: Any) -> Any:
    return type(value).__hash__


def _is_plain(value: Any) -> bool:
    """Whether it is of types, all through, of which a copy has the same hash for ever."""
    if type(value) in _PLAIN:
        return bool(value == value)  # NaN hashes by identity
    if _hash_method(value) in (tuple.__hash__, frozenset.__hash__):
        return all(map(_is_plain, value))
    return isinstance(value, enum.Enum)


def _is_frozen(value: Any) -> bool:
    """Whether it is a dataclass that never changes."""
    parameters = getattr(type(value), "__dataclass_params__", None)
    return getattr(parameters, "frozen", False) is True and all(
        _is_plain(getattr(value, field.name, None)) for field in dataclasses.fields(value)
    )


def _hash_of_copy(value: object, otherwise: int) -> int:
    codec = pickling.Codec()
    try:
        return hash(codec.load(codec.dump(value)))
    except Exception:  # what has travelled once and cannot again
        return otherwise

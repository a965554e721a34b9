"""The bulk values of a log, as a store of the interpreter that executes it again."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..errors import BulkTransferError
from ..values.store import Store
from .records import Part, Value, digest


class Given(NamedTuple):
    """A value that an interpreter has left for a client, beside the channel."""

    token: str
    parts: list[bytes]
    owners: tuple[str, ...]


class LoggedStore:
    """`store.Store` of the bulk values in a log. What is left in it is not kept: its token is its digest.

    Attributes:
        outside: where values are left once the log is through.
        given: what was left lately, by token, if it `keeps` that.
    """

    def __init__(self) -> None:
        self.outside: Store | None = None
        self.keeps: bool = False
        self.given: dict[str, Given] = {}
        self._parts: dict[str, dict[int, bytearray]] = {}
        self._values: dict[str, tuple[dict[int, bytearray], int]] = {}
        """By token, the parts of a value that have bytes, and how many there are."""

    def feed(self, record: Part | Value) -> None:
        if isinstance(record, Part):
            self._parts.setdefault(record.token, {}).setdefault(record.buffer, bytearray()).extend(record.data)
        else:
            self._values[record.token] = self._parts.pop(record.token, {}), record.buffers + 1

    def has(self, token: str) -> bool:
        """Whether there is a value that was taken then, and not now."""
        return token in self._values

    def leave(self, parts: Sequence[pickle.PickleBuffer], *owners: str) -> str:
        if self.outside is not None:
            return self.outside.leave(parts, *owners)
        token = digest([part.raw() for part in parts])
        if self.keeps:  # copies: the memory is that of objects, which may change
            self.given[token] = Given(token, [bytes(part.raw()) for part in parts], owners)
        return token

    def take(self, token: str) -> list[memoryview]:
        value = self._values.pop(token, None)
        if value is None:
            raise BulkTransferError("a large value is not in the log: its recording had ended, or it never arrived")
        parts, count = value
        return [memoryview(parts.get(at) or bytearray()) for at in range(count)]

    def leave_value(self, value: object, *owners: str) -> str:
        return "" if self.outside is None else self.outside.leave_value(value, *owners)

    def leave_ref(self, ref: Any, *owners: str) -> str:
        return "" if self.outside is None else self.outside.leave_ref(ref, *owners)

    def take_ref(self, token: str) -> Any:
        if token not in self._values:
            raise BulkTransferError("an ObjectRef cannot be had from a log: what it refers to was kept by Ray")
        return _LoggedRef(token)

    def get(self, ref: Any) -> object:
        data, *buffers = self.take(ref.token)
        value: object = pickle.loads(data, buffers=buffers)
        return value

    def is_ref(self, value: object) -> bool:
        return False

    def discard(self, token: str) -> None:
        self._values.pop(token, None)
        if self.outside is not None:
            self.outside.discard(token)

    def forget(self, owner: str) -> None:
        pass


class _LoggedRef(NamedTuple):
    token: str

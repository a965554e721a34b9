"""A store whose values are recorded while they pass. Must never know sessions or what executes a message."""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Sequence
from typing import Any

import cloudpickle

from ..values.store import Store
from .writer import Writer


class RecordingStore:
    """A store whose values are recorded on their way: `inside` the interpreter, or at a client."""

    def __init__(self, store: Store, writer: Writer, inside: bool) -> None:
        self.store: Store = store
        self._writer, self._inside = writer, inside
        self._refs: list[tuple[Any, str]] = []
        """The reference that was taken last, and its token: `get` comes next, if ever."""

    def leave(self, parts: Sequence[pickle.PickleBuffer], *owners: str) -> str:
        token = self.store.leave(parts, *owners)
        (self._writer.left if self._inside else self._writer.value)(token, [part.raw() for part in parts])
        return token

    def take(self, token: str) -> list[memoryview]:
        parts = self.store.take(token)
        (self._writer.value if self._inside else self._writer.left)(token, parts)
        return parts

    def leave_value(self, value: object, *owners: str) -> str:
        return self.store.leave_value(value, *owners)

    def leave_ref(self, ref: Any, *owners: str) -> str:
        return self.store.leave_ref(ref, *owners)

    def take_ref(self, token: str) -> Any:
        ref = self.store.take_ref(token)
        self._refs[:] = [(ref, token)]
        return ref

    def get(self, ref: Any) -> object:
        value = self.store.get(ref)
        for taken, token in self._refs:
            if taken is ref:
                buffers: list[pickle.PickleBuffer] = []
                with contextlib.suppress(Exception):  # then it cannot be had from the log, and a reader says so
                    data = cloudpickle.dumps(value, protocol=5, buffer_callback=buffers.append)
                    self._writer.value(token, [data, *(buffer.raw() for buffer in buffers)])
        self._refs.clear()
        return value

    def is_ref(self, value: object) -> bool:
        return self.store.is_ref(value)

    def discard(self, token: str) -> None:
        self.store.discard(token)

    def forget(self, owner: str) -> None:
        self.store.forget(owner)

"""What carries values beside the channel (`Store`)."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any, Protocol


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

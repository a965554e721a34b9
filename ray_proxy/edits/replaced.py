"""Which objects take the place of which."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Replaced:
    """Objects that are gone for those that stay: new ones for live ones, or old ones that could not be changed."""

    def __init__(self) -> None:
        self._pairs: dict[int, tuple[Any, Any]] = {}

    def put(self, gone: object, stays: object) -> None:
        self._pairs[id(gone)] = (gone, stays)

    def drop(self, gone: object) -> None:
        self._pairs.pop(id(gone), None)

    def holds(self, gone: object) -> bool:
        return id(gone) in self._pairs

    def of(self, value: Any) -> Any:
        """What stands for the value now: itself, if it was not replaced."""
        pair = self._pairs.get(id(value))
        return value if pair is None else pair[1]

    def update(self, other: Replaced) -> None:
        self._pairs.update(other._pairs)

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        return iter([pair for pair in self._pairs.values() if pair[0] is not pair[1]])  # no new references to them

    def __len__(self) -> int:
        return len(self._pairs)

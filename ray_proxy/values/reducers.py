"""How objects of types of later rooms are reduced inside operands: those who have such a type register it here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Reduced = tuple[Any, ...]
"""What `__reduce__` returns: a function of a module, and its arguments."""
REDUCERS: dict[type, Callable[[Any, Any], Reduced]] = {}
"""How objects of exactly these types are reduced: see `register_reducer`."""
IDENTITIES: dict[type, Callable[[Any], object]] = {}


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
        IDENTITIES[kind] = identity

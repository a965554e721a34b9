"""The types whose members need no generator: the overlay in the wheel, and every other, has them."""

from __future__ import annotations

BUNDLED = tuple(
    f"builtins.{name}"
    for name in (
        "int float complex bool str bytes bytearray memoryview range slice "
        "tuple list dict set frozenset enumerate zip map filter reversed"
    ).split()
)
"""Classes by the module of their definition."""

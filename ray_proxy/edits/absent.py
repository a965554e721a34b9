"""Classes whose definitions are absent from the texts: cut and not yet pasted, say, or moved to another module."""

from __future__ import annotations

import ast
import weakref


class Absent:
    """The classes by the place where they stood. Nothing is kept alive for the sake of its return."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], tuple[weakref.ref[type], ast.AST | None]] = {}

    def put(self, module: str, name: str, live: type, node: ast.AST | None) -> None:
        """A definition has gone.

        Args:
            module: where it stood.
            name: its name there.
            live: the class, or the one in another module that has taken its place.
            node: what the last text said.
        """
        self._found = {place: pair for place, pair in self._found.items() if pair[0]() is not None}
        self._found[module, name] = (weakref.ref(live), node)

    def of(self, module: str, name: str) -> tuple[type, ast.AST | None] | None:
        """The class that stood there, if it is still alive, and what its text said."""
        reference, node = self._found.get((module, name), (None, None))
        live = None if reference is None else reference()
        return None if live is None else (live, node)

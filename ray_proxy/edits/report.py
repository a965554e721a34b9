"""What goes into an edit, and what is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class NewText:
    """The text that a module shall run.

    Attributes:
        module: the name of the module in `sys.modules`.
        text: its whole text.
        file: the name that tracebacks show.
    """

    module: str
    text: str
    file: str


@dataclass(frozen=True)
class Changes:
    """What changed in one module: qualified names, in the order of the text."""

    functions: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        counted = [
            (len(self.classes), "class", "classes"),
            (len(self.functions), "function", "functions"),
            (len(self.names), "name", "names"),
        ]
        return ", ".join(f"{n} {one if n == 1 else many}" for n, one, many in counted if n) or "no definitions"


@dataclass(frozen=True)
class Report:
    """What an edit did.

    Attributes:
        changed: for each module, what changed in it. A module that took a changed name from another is there, too.
        notes: what could not be applied to live objects: which, and why.
    """

    changed: Mapping[str, Changes]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "edit " + ", ".join(f"{module} ({changes})" for module, changes in self.changed.items())


class UnknownText(LookupError):
    """An edit names a module that is not loaded, or whose present text nobody has told."""

    def __init__(self, module: str, reason: str) -> None:
        super().__init__(f"module {module!r} cannot be edited: {reason}")
        self.module: str = module

    @classmethod
    def not_loaded(cls, module: str) -> UnknownText:
        return cls(module, "it is not in sys.modules. Import it; the import runs the new text.")

    @classmethod
    def not_remembered(cls, module: str) -> UnknownText:
        return cls(module, "its text is not known. Call remember(module, text) when it is imported.")

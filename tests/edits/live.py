"""Modules in a folder of their own, which a test edits while they are loaded."""

from __future__ import annotations

import asyncio
import importlib
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from ray_proxy.edits.applying import apply, remember
from ray_proxy.edits.report import NewText, Report

numbers = itertools.count()


class Live:
    """Loads texts as modules, and applies edits to them. In texts, `$` stands for the name of the first module.

    Attributes:
        m: the first module that was loaded.
        s: what a test keeps.
    """

    def __init__(self, folder: Path) -> None:
        self.folder: Path = folder
        self.name: str = f"live{next(numbers)}"
        self.m: Any = None
        self.s: dict[str, Any] = {}
        self.report: Report | None = None

    def load(self, **texts: str) -> Any:
        """Import modules from these texts, in this order; the one named `m` is the first, others are `$_name`."""
        for key, text in texts.items():
            self.path(key).write_text(self.filled(text))
        importlib.invalidate_caches()
        for key, text in texts.items():
            module = importlib.import_module(self.module_name(key))
            remember(module, self.filled(text))
            self.m = self.m or module
        return self.m

    def edit(self, **texts: str) -> Report:
        """Apply these texts as one edit."""
        self.report = apply([NewText(self.module_name(k), self.filled(t), str(self.path(k))) for k, t in texts.items()])
        return self.report

    def module(self, key: str) -> ModuleType:
        return sys.modules[self.module_name(key)]

    def module_name(self, key: str) -> str:
        return self.name if key == "m" else f"{self.name}_{key}"

    def path(self, key: str) -> Path:
        return self.folder / f"{self.module_name(key)}.py"

    def filled(self, text: str) -> str:
        return text.replace("$", self.name)

    def run(self, code: str) -> None:
        exec(self.filled(code), self.names())

    def value(self, expression: str) -> Any:
        return eval(self.filled(expression), self.names())

    def names(self) -> dict[str, Any]:
        return {"m": self.m, "s": self.s, "sys": sys, "asyncio": asyncio, "report": self.report, "module": self.module}


def living(folder: Path) -> Iterator[Live]:
    """What the fixture `live` is."""
    sys.path.insert(0, str(folder))
    live = Live(folder)
    yield live
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.startswith(live.name)]:
        del sys.modules[name]

"""A word when a module has been imported, whoever imports it."""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


class Imported(MetaPathFinder):
    """A finder that finds what the others do, and calls a function when the module is there.

    Args:
        then: by the names of modules, what is called with each. It must not raise.
    """

    def __init__(self, then: dict[str, Callable[[ModuleType], None]]) -> None:
        self._then = then
        self._here = threading.local()
        """Its attributes are names that this thread looks for."""

    def install(self) -> None:
        sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        then = self._then.get(fullname)
        if then is None or hasattr(self._here, fullname):
            return None
        setattr(self._here, fullname, True)
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            delattr(self._here, fullname)
        loader: Any = None if spec is None else spec.loader
        if not hasattr(loader, "exec_module") or not hasattr(loader, "__dict__"):
            return spec
        execute = loader.exec_module

        def execute_and_tell(module: ModuleType) -> None:
            vars(loader).pop("exec_module", None)  # as it was, for whoever asks the loader of that module
            execute(module)
            then(module)

        loader.exec_module = execute_and_tell
        return spec

"""A project that tests edit: modules in a folder on `sys.path`, which nothing else in the cluster has there."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import textwrap
from pathlib import Path
from types import ModuleType, TracebackType

MODEL = """
    LOADED = []

    def load():
        LOADED.append(1)
        return {"weight": 10}

    WEIGHTS = load()

    class Model:
        def __init__(self):
            self.state = 5

        def predict(self, x):
            return self.state * x

    class Larger(Model):
        pass

    def evaluate(model):
        return model.predict(100)

    def loaded():
        return len(LOADED)

    def is_model(thing):
        return isinstance(thing, Model)
"""
"""A module that loads something, once."""
LOGGED = """
    import logged_helper

    LOADED = []

    def load():
        LOADED.append(1)
        return 10

    WEIGHT = load()

    class Model:
        def __init__(self):
            self.calls = 0

        def predict(self, x):
            self.calls += 1
            return x * logged_helper.factor()

        def late(self):
            import logged_late
            return logged_late.VALUE

    def count(model):
        return model.calls, len(LOADED)
"""
"""One that needs `logged_helper`, and imports `logged_late` when it is asked for that."""


class Saved:
    """The folder, which is on `sys.path` while this is entered. What was imported from it is forgotten at the end.

    Names of modules are each used by one test: the interpreters of a file are shared.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> Saved:
        self.folder.mkdir(exist_ok=True)
        sys.path.insert(0, str(self.folder))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        sys.path.remove(str(self.folder))
        for name in [name for name, module in list(sys.modules.items()) if self._has(module)]:
            del sys.modules[name]

    def _has(self, module: object) -> bool:
        places = [getattr(module, "__file__", None) or "", *map(str, getattr(module, "__path__", ()))]
        return any(place.startswith(str(self.folder)) for place in places)

    def write(self, file: str, text: str) -> Path:
        """Save a file, with its folders."""
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    def edit(self, file: str, old: str, new: str) -> None:
        """Save a file with another text, as an editor does: in one step."""
        path = self.folder / file
        text = path.read_text()
        assert old in text, f"{old!r} is not in {file}"
        beside = path.with_name(f"{path.name}.new")
        beside.write_text(text.replace(old, new))
        os.replace(beside, path)

    def load(self, name: str) -> ModuleType:
        importlib.invalidate_caches()
        return importlib.import_module(name)

    def module(self, name: str, text: str) -> ModuleType:
        """Save a module, and import it."""
        self.write(f"{name}.py", text)
        return self.load(name)

    def take_away(self) -> None:
        """There is nothing in the folder any more."""
        shutil.rmtree(self.folder)
        self.folder.mkdir()

"""Imports project code in an interpreter that may have none of its files: what clients have sent, or are asked for.

It stands at both ends of `sys.meta_path`. The first finder knows what was sent, which goes before any copy on this
disk, and asks for submodules of it. The last one asks for a top-level name that nothing else has found. Libraries try
many names that are nowhere (`import cupy`), and a client far away is slow to ask; so only imports in project code, and
in code that travelled by value, are asked for. An answer of no is kept until another text comes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import FrameType, ModuleType

from ..errors import ResourceError
from .loader import Loader, Running, spec_of
from .places import Places, contents_of
from .resources import Fetch, Resources
from .sources import Sources
from .texts import ModuleText, Resource, Unanswered, namespace_text, read_module

Ask = Callable[[str], None]
"""Asks the clients for a module. Returns when they have answered: `Sources` has it then, or nobody has. Raises
`Unanswered` where nobody is left to answer."""

_ON_BEHALF = frozenset(
    ("importlib", "_frozen_importlib", "_frozen_importlib_external", "pickle", "cloudpickle", "pkgutil", "runpy")
)
"""Modules that import for whoever calls them."""
_BOOTSTRAP = "<frozen importlib._bootstrap>"
_US = __name__.partition(".")[0]


class Importer:
    """The finders of one interpreter.

    Args:
        sources: what was sent.
        ask: asks clients for a module.
        fetch: asks clients for a data file.
        executes: is told of each module, and its text, just before the text is executed.
    """

    def __init__(
        self,
        sources: Sources,
        ask: Ask,
        fetch: Fetch,
        executes: Callable[[ModuleType, ModuleText], None] = lambda module, text: None,
    ) -> None:
        self._sources = sources
        self._ask = ask
        self._fetch = fetch
        self._executes = executes
        self._resources = Resources(self._fetched)
        self._running = Running()
        self._expected: dict[str, str] = {}
        self._refused: dict[str, object] = {}
        self._installed = Places()
        self._asking: dict[str, bool] = {}
        """Of files, by their names in frames, whether imports in them are asked for."""
        self._first = _First(self)
        self._last = _Last(self)

    def install(self) -> None:
        """Puts the finders into `sys.meta_path`, once."""
        if self._first not in sys.meta_path:
            sys.meta_path.insert(0, self._first)
        if self._last not in sys.meta_path:
            sys.meta_path.append(self._last)

    def remove(self) -> None:
        """Takes the finders out. Modules that they have loaded stay."""
        for finder in (self._first, self._last):
            if finder in sys.meta_path:
                sys.meta_path.remove(finder)

    def expect(self, names: Iterable[str], sender: str) -> None:
        """A client has said that it has these top-level names: they are asked for, whoever imports them."""
        self._expected = {**self._expected, **dict.fromkeys(names, sender)}
        self.forget()

    def forget(self) -> None:
        """Asks again for what nobody had: another client may have it."""
        self._refused.clear()

    def running(self) -> dict[int, tuple[str, ...]]:
        """The modules that are being imported now, outermost first, by the identifier of the thread."""
        return self._running.now()

    def adopt(self, name: str) -> ModuleText | None:
        """Takes the file of a module that is loaded from this disk as its text in force, so that edits can be applied.

        None if `sources` has a text, if the module is not loaded, or if it has no file of Python source.
        """
        contents = contents_of(sys.modules.get(name))
        if contents is None or self._sources.get(name) is not None:
            return None
        file, path = contents.get("__file__"), contents.get("__path__")
        if file is None and path is not None:
            text = namespace_text(name, next(iter(path), ""))  # type: ignore[call-overload]
        elif isinstance(file, str) and file.endswith((".py", ".pyw")):
            try:
                text = read_module(name, os.path.abspath(file), path is not None)[0]
            except OSError:
                return None
        else:
            return None
        self._sources.take(text, "")
        return text

    # ------------------------------------------------------------------------------------------ finding

    def find_sent(self, name: str, path: Sequence[str] | None) -> ModuleSpec | None:
        """What was sent; a submodule of what was sent is asked for."""
        text = self._sources.get(name)
        if text is None:
            parent = name.rpartition(".")[0]
            if not parent:
                return self._find_beside(name) if self._is_of_project(sys._getframe(2)) else None
            if self._sources.get(parent) is None:
                return None
            text, is_answered = self._answer(name)
            if not is_answered:
                here = PathFinder.find_spec(name, path)
                if here is None and not _is_only_sought(sys._getframe(1)):
                    raise self._gone(name, self._sources.owner_of(name), parent)
                return here
        return None if text is None else self._spec(text, path)

    def _find_beside(self, name: str) -> ModuleSpec | None:
        """A top-level module of the user that is on this disk, too: clients are asked for it first, since they edit it.
        What none of them has is imported as ever."""
        if name in sys.stdlib_module_names:
            return None
        here = PathFinder.find_spec(name)
        if here is None or not here.has_location or here.origin is None or not self._installed.is_users(here.origin):
            return None
        text, _ = self._answer(name)
        return None if text is None else self._spec(text, None)

    def find_unknown(self, name: str, path: Sequence[str] | None) -> ModuleSpec | None:
        """A top-level name that nothing else has found. Called by a finder, which `import` calls."""
        if "." in name or not (name in self._expected or self._is_of_project(sys._getframe(2))):
            return None
        text, is_answered = self._answer(name)
        if not is_answered:
            owner, had = self._expected.get(name), name
            if owner is None:  # then whoever has sent what imports it
                had = self._importing(sys._getframe(2))
                owner = self._sources.owner_of(had)
            if owner is not None and not _is_only_sought(sys._getframe(1)):
                raise self._gone(name, owner, had)
        return None if text is None else self._spec(text, path)

    def _answer(self, name: str) -> tuple[ModuleText | None, bool]:
        """What clients have answered, and whether any has. An error that is raised for that has no context: clients of
        other releases could not load it."""
        try:
            return self._asked(name), True
        except Unanswered:
            return None, False

    def _asked(self, name: str) -> ModuleText | None:
        if self._refused.get(name) is self._sources.revision:
            return None
        self._ask(name)
        text = self._sources.get(name)
        if text is None:
            self._refused[name] = self._sources.revision
        return text

    @staticmethod
    def _gone(name: str, owner: str | None, had: str) -> ModuleNotFoundError:
        """The error of an import that nobody is left to answer."""
        error = ModuleNotFoundError(f"No module named {name!r}")
        if owner:
            error.msg += f": client {owner}, which had {'it' if had == name else repr(had)}, is gone"
        # Where `from package import name` finds no module of just this name, it says that there is no such attribute.
        if not _is_in_from_import(sys._getframe(1)):
            error.name = name
        return error

    def _spec(self, text: ModuleText, path: Sequence[str] | None) -> ModuleSpec:
        loader = Loader(self._sources, self._resources, self._running, self._executes, text)
        here = PathFinder.find_spec(text.name, path) if text.namespace else None
        # A namespace package may have portions on this disk, too.
        portions = here.submodule_search_locations if here is not None and here.loader is None else None
        return spec_of(text, loader, portions or ())

    def _is_of_project(self, frame: FrameType | None) -> bool:
        """Whether an import is one of project code, or of code that travelled, by the frames that it comes from."""
        while frame is not None:
            name = frame.f_globals.get("__name__")
            if not (isinstance(name, str) and _ON_BEHALF.intersection(name.split("."))):
                return self._may_ask(frame.f_code.co_filename, name)
            frame = frame.f_back
        return True

    @staticmethod
    def _importing(frame: FrameType | None) -> str:
        """The name of the module that an import is for. Empty where it has none."""
        while frame is not None:
            name = frame.f_globals.get("__name__")
            if isinstance(name, str) and not _ON_BEHALF.intersection(name.split(".")):
                return name
            frame = frame.f_back
        return ""

    def _may_ask(self, file: str, name: object) -> bool:
        known = self._asking.get(file)
        if known is None:
            ours = isinstance(name, str) and name.partition(".")[0] == _US
            known = self._asking[file] = ours or not self._installed.is_installed(file)
        return known

    # ------------------------------------------------------------------------------------------ data files

    def _fetched(self, package: str, path: str) -> Resource | None:
        try:
            return self._fetch(package, path)
        except Unanswered as problem:
            owner = self._sources.owner_of(package)
            had = f": client {owner}, which had it, is gone" if owner is not None else ""
            raise ResourceError(f"no data file {path!r} of package {package!r}{had}") from problem


def _is_in_from_import(frame: FrameType | None) -> bool:
    """Whether the innermost import that is going on is of the names in `from package import …`."""
    while frame is not None and frame.f_code.co_filename != _BOOTSTRAP:
        frame = frame.f_back
    while frame is not None and frame.f_code.co_filename == _BOOTSTRAP:
        if frame.f_code.co_name == "_handle_fromlist":
            return True
        frame = frame.f_back
    return False


def _is_only_sought(frame: FrameType | None) -> bool:
    """Whether it is `importlib.util.find_spec` that looks for a module: it wants to hear that there is none."""
    while frame is not None and frame.f_code.co_filename in (__file__, _BOOTSTRAP):
        frame = frame.f_back
    return frame is not None and frame.f_globals.get("__name__") == "importlib.util"


class _First:
    """The finder at the front of `sys.meta_path`."""

    def __init__(self, importer: Importer) -> None:
        self._importer = importer

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return self._importer.find_sent(name, path)

    def invalidate_caches(self) -> None:
        self._importer.forget()


class _Last:
    """The finder at the end of `sys.meta_path`."""

    def __init__(self, importer: Importer) -> None:
        self._importer = importer

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        finders = list(sys.meta_path)
        behind = finders[finders.index(self) + 1 :] if self in finders else []
        for finder in behind:  # put there later: they come first all the same, save those of other interpreters
            if isinstance(finder, _Last):
                continue
            find = getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = None if find is None else find(name, path, target)
            if spec is not None:
                return spec
        return self._importer.find_unknown(name, path)

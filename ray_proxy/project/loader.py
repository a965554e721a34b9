"""Makes a module from a text that a client has sent: what stands in its `__spec__` and `__loader__`."""

from __future__ import annotations

import importlib.abc
import linecache
import os
import threading
from collections.abc import Callable, Iterable
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType

from .resources import ResourcePath, ResourceReader, Resources
from .sources import Sources
from .texts import ModuleText


class Running:
    """The modules that are being executed now, by thread. What is in them is not yet all that it will be."""

    def __init__(self) -> None:
        self._now: dict[int, tuple[str, ...]] = {}

    def now(self) -> dict[int, tuple[str, ...]]:
        """The names, outermost first, under the identifier of the thread that executes them."""
        return dict(self._now)

    def execute(self, name: str, code: CodeType, contents: dict[str, object]) -> None:
        thread = threading.get_ident()
        before = self._now.get(thread, ())
        self._now[thread] = (*before, name)
        try:
            exec(code, contents)
        finally:
            if before:
                self._now[thread] = before
            else:
                self._now.pop(thread, None)


class Loader(importlib.abc.Loader):
    """Loads one module from `Sources`. It takes the text that is in force when the module is executed.

    Args:
        executes: is told of a module and its text just before the text is executed in it.
    """

    def __init__(
        self,
        sources: Sources,
        resources: Resources,
        running: Running,
        executes: Callable[[ModuleType, ModuleText], None],
        text: ModuleText,
    ) -> None:
        self._sources = sources
        self._resources = resources
        self._running = running
        self._executes = executes
        self._first = text

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        text = self._text
        code = self._compiled(text)
        self._executes(module, text)
        self._running.execute(text.name, code, vars(module))

    def get_filename(self, fullname: str) -> str:
        """The path at the client."""
        return self._text.file

    def is_package(self, fullname: str) -> bool:
        return self._text.package

    def get_source(self, fullname: str) -> str | None:
        text = self._text
        try:
            return None if text.namespace else text.source
        except (SyntaxError, UnicodeDecodeError) as problem:
            raise ImportError(f"the text of module {text.name!r} cannot be decoded: {problem}") from problem

    def get_code(self, fullname: str) -> CodeType:
        return self._compiled(self._text)

    def get_data(self, path: str) -> bytes:
        """A data file, by its path at the client (for `pkgutil.get_data`)."""
        text = self._text
        below = os.path.relpath(path, text.folder)
        if not text.package or below.startswith(os.pardir + os.sep):
            raise FileNotFoundError(2, f"not a data file of package {text.name!r}", path)
        return self._resources.data(text.name, below.replace(os.sep, "/"), path)

    def get_resource_reader(self, fullname: str) -> ResourceReader | None:
        text = self._text
        package = text.name if text.package else text.name.rpartition(".")[0]
        return ResourceReader(ResourcePath(self._resources, package, text.folder)) if package else None

    @property
    def _text(self) -> ModuleText:
        return self._sources.get(self._first.name) or self._first

    def _compiled(self, text: ModuleText) -> CodeType:
        show(text)
        try:
            return compile(text.text, text.file, "exec", dont_inherit=True)
        except SyntaxError as error:
            text.show_line(error)
            raise


def spec_of(text: ModuleText, loader: Loader, folders: Iterable[str] = ()) -> ModuleSpec:
    """The spec of a module.

    Args:
        folders: of a namespace package, its other portions on this disk.
    """
    spec = ModuleSpec(text.name, loader, origin=text.file, is_package=text.package)
    if text.namespace:
        spec.origin = None
    else:
        spec.has_location = True
    if text.package:
        spec.submodule_search_locations = list(dict.fromkeys((text.folder, *folders)))
    return spec


def show(text: ModuleText) -> None:
    """Tracebacks and `inspect.getsource` show the lines of this text, though no such file, or an older one, is here."""
    if not text.namespace:
        try:
            source = text.source
        except (SyntaxError, UnicodeDecodeError):
            return
        # Without an mtime, as of what a loader gives, `linecache.checkcache` leaves the entry alone.
        linecache.cache[text.file] = (len(source), None, source.splitlines(keepends=True), text.file)

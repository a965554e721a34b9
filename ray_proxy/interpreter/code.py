"""Project code in an interpreter: the texts that clients have sent, and what is done with them.

They are imported when they are needed, and one that differs from the text in force is an edit of the live module. What
is not there is asked for; who asks clients is not known here.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import linecache
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from types import ModuleType

from .. import protocol
from ..edits.applying import apply, remember
from ..edits.report import NewText, Report
from ..errors import ProtocolError, ResourceError
from ..project.importer import Importer
from ..project.sources import Held, Sources
from ..project.texts import ModuleText, Resource, Unanswered, digest
from ..protocol import Applied, Code, Older, Text

_BEGAN = time.time_ns()
"""When this process began, about."""
_TAKEN = {*sys.stdlib_module_names, *sys.builtin_module_names, "__main__", "ray", "ray_proxy"}
"""Top-level names that no project has."""


class ProjectCode:
    """The project code of a process.

    Args:
        is_guest: the process has modules of its own that may have the same names, as one that replays a log: those are
            put aside until `end`. Else a module that came from this disk is the one that is edited.
    """

    def __init__(self, is_guest: bool = False) -> None:
        self.sources: Sources = Sources()
        self.ask: Callable[[Sequence[str], Sequence[tuple[str, str]]], bool] = lambda modules, resources: False
        """Asks clients for modules, and for resources (package, path); returns whether any has answered."""
        self._importer = Importer(self.sources, self._ask_module, self._ask_resource, _executes)
        self._is_guest = is_guest
        self._aside: dict[str, ModuleType] = {}
        """Modules of this process in whose place others are."""
        self._adopted: set[str] = set()
        """Modules that came from this disk, and were not edited yet."""
        self._resources: dict[tuple[str, str], Resource] = {}
        self._problems: dict[tuple[str, str], str] = {}
        """Why a resource did not come."""
        self._asked: list[object] = []
        """What is asked for now."""
        self._lock = threading.RLock()
        self._is_installed = False

    def install(self) -> None:
        """Import from the texts from now on. Idempotent."""
        if not self._is_installed:
            self._is_installed = True
            self._importer.install()

    def end(self) -> None:
        """Import no more, and put back the modules that this process had of its own."""
        self._importer.remove()
        for held in self.sources.listing() if self._is_guest else ():
            sys.modules.pop(held.text.name, None)
        sys.modules.update(self._aside)
        self._aside.clear()

    def texts(self) -> list[Text]:
        """What is in force, as a client is told that comes."""
        texts = [held.text for held in self.sources.listing()]
        return [Text(text.name, text.digest, text.file, text.mtime_ns) for text in texts]

    def listing(self) -> list[dict[str, object]]:
        """The same for people, by module: the digest, in hexadecimal, the file, when that was saved and when the text
        came (seconds since 1970), and from whom."""
        return [
            {
                "module": held.text.name,
                "digest": held.text.digest.hex(),
                "file": held.text.file,
                "saved": held.text.mtime_ns / 1e9,
                "taken": held.since,
                "client": held.sender,
            }
            for held in self.sources.listing()
        ]

    # ------------------------------------------------------------------------------------ what clients send

    def take(self, code: Code) -> Applied:
        """Take what is newer, and apply the edits among it. Raises what a text raises; then nothing has changed."""
        with self._lock:
            self.install()
            self._take_resources(code.resources)
            fresh: list[ModuleText] = []
            edits: list[ModuleText] = []
            older: list[Older] = []
            for text in map(_text_of, code.modules):
                if text.name.partition(".")[0] in _TAKEN:
                    raise ProtocolError(
                        f"the project has a module {text.name!r}, which is a name of Python's own modules, of Ray or "
                        "of Ray-Proxy: such a one is not edited nor hidden in an interpreter. Rename it"
                    )
                force = self._in_force(text.name)
                if force is not None and force.digest == text.digest:
                    continue
                if not (code.push or self.sources.would_take(text, code.client)):
                    assert force is not None
                    older.append(Older(text.name, self.sources.owner_of(text.name) or "", force.mtime_ns))
                elif text.name in sys.modules and force is not None:
                    edits.append(text)
                else:
                    fresh.append(text)
            report = self._apply(edits, fresh, code.client)
            return Applied("" if report is None else str(report), [] if report is None else list(report.notes), older)

    def _apply(self, edits: list[ModuleText], fresh: list[ModuleText], client: str) -> Report | None:
        """Edit live modules, which may import the fresh ones."""
        before = {text.name: self.sources.held(text.name) for text in fresh}
        for text in fresh:
            self.sources.take(text, client)
        if not edits:
            return None
        order = {name: at for at, name in enumerate(sys.modules)}
        edits.sort(key=lambda text: order[text.name])
        for text in edits:
            force = self.sources.get(text.name)
            assert force is not None
            if force.name in self._adopted:
                _executes(sys.modules[text.name], force)
                self._adopted.discard(force.name)
        try:
            report = apply([NewText(text.name, text.source, text.file) for text in edits])
        except BaseException as error:
            for name, held in before.items():
                self.sources.put_back(name, held)
            if isinstance(error, SyntaxError):
                for text in edits:
                    text.show_line(error)
            raise
        for text in edits:
            self.sources.take(text, client)
        importlib.invalidate_caches()
        return report

    def deliver(self, code: Code) -> None:
        """Take what an import waits for: only what is not there yet. For any thread."""
        self._take_resources(code.resources)
        for module in code.modules:
            if self.sources.get(module.name) is None and module.name not in sys.modules:
                self.sources.take(_text_of(module), code.client)

    def _take_resources(self, resources: Iterable[protocol.Resource]) -> None:
        for told in resources:
            key = told.package, told.path
            if not told.package:
                lines = told.data.decode(errors="replace").splitlines(keepends=True)
                linecache.cache[told.path] = len(told.data), None, lines, told.path
            elif told.kind != "none":
                names = tuple(told.names) if told.kind == "folder" else None
                self._resources[key] = Resource(*key, told.data, names)
            elif told.problem:
                self._problems[key] = told.problem

    def _in_force(self, name: str) -> ModuleText | None:
        force = self.sources.get(name)
        live = sys.modules.get(name)
        if force is not None or live is None:
            return force
        if self._is_guest:
            for other in [*sys.modules]:
                if f"{other}.".startswith(f"{name}."):
                    self._aside[other] = sys.modules.pop(other)
            return None
        adopted = self._importer.adopt(name)
        if adopted is not None:
            self._adopted.add(name)
            if not _is_as_imported(adopted.file, adopted.mtime_ns):
                # Its text has changed here since: which one was executed is not known, so none of it counts as that.
                adopted = replace(adopted, text=b"", mtime_ns=0, digest=digest(b""))
                self.sources.take(adopted, "")
        return adopted

    # ------------------------------------------------------------------------------------------- asking

    def _ask_module(self, name: str) -> None:
        if not self._ask([name], []):
            raise Unanswered(name)

    def _ask_resource(self, package: str, path: str) -> Resource | None:
        key = package, path
        if key not in self._resources and not self._ask([], [key]):
            raise Unanswered(path)
        if key in self._problems:
            raise ResourceError(self._problems.pop(key))
        return self._resources.get(key)

    def _ask(self, modules: list[str], resources: list[tuple[str, str]]) -> bool:
        wanted = [*modules, *resources]
        self._asked += wanted
        try:
            return self.ask(modules, resources)
        finally:
            for one in wanted:
                self._asked.remove(one)

    # ------------------------------------------------------------------------------------ what is passed on

    @property
    def revision(self) -> object:
        """Another object whenever a text has come."""
        return self.sources.revision

    def held(self, name: str) -> Held | None:
        """The text of a module that is in force."""
        return self.sources.held(name)

    def seek(self, name: str) -> None:
        """Ask for a module that another interpreter has asked this process for."""
        if name not in self._asked:  # interpreters may be clients of each other
            with contextlib.suppress(Unanswered):
                self._ask_module(name)

    def seek_resource(self, package: str, path: str) -> Resource | None:
        """A data file, for another interpreter. Raises `ResourceError`."""
        if (package, path) in self._asked:
            return None
        try:
            return self._ask_resource(package, path)
        except Unanswered:
            return None


def _executes(module: ModuleType, text: ModuleText) -> None:
    """A module is about to be made from this text, or was."""
    remember(module, text.source)


def _is_as_imported(file: str, mtime_ns: int) -> bool:
    """Whether a file is the one that was imported, as far as its compiled copy tells, or else its age."""
    try:
        with open(importlib.util.cache_from_source(file), "rb") as cached:
            head = cached.read(16)
    except (OSError, NotImplementedError):
        return mtime_ns < _BEGAN
    return head[4:8] != bytes(4) or int.from_bytes(head[8:12], "little") == mtime_ns // 10**9 & 0xFFFFFFFF


def _text_of(module: protocol.Module) -> ModuleText:
    is_namespace = module.kind == "namespace"
    is_package = is_namespace or module.kind == "package"
    return ModuleText(
        module.name, module.text, module.file, is_package, module.mtime_ns, digest(module.text), is_namespace
    )


here: ProjectCode = ProjectCode()
"""That of the interpreter that this process hosts."""

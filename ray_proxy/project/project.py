"""What of this process's modules is project code: the user's own, which an interpreter may ask for.

It answers for nothing else, and never for a file outside the folders of the project, with links resolved. Nothing here
imports a module or runs user code, save `import`'s own note of where a namespace package lies. Any thread may ask.
"""

from __future__ import annotations

import os
import sys
import weakref
from collections.abc import Iterable, Iterator, Sequence
from types import ModuleType
from typing import Protocol

from ..errors import ResourceError
from .imports import imports_of
from .places import Found, Places, contents_of, inside, path_of
from .sources import Held
from .texts import ModuleText, Resource, namespace_text, read_module

LARGEST_RESOURCE = 1 << 20
"""Bytes of the largest data file that is sent."""
_MAIN = ("__main__", "__mp_main__")


class Sent(Protocol):
    """What this process was sent itself, as an interpreter: it passes that on to another one."""

    @property
    def revision(self) -> object:
        """Another object whenever a text has come."""

    def held(self, name: str) -> Held | None:
        """The text of a module that is in force."""

    def seek(self, name: str) -> None:
        """Ask for a module that was not sent yet."""

    def seek_resource(self, package: str, path: str) -> Resource | None:
        """A data file; asked for, if it was not sent yet. Raises `ResourceError`."""


class Project:
    """The project code of this process.

    Args:
        code: True finds it; False: there is none. Else names of modules and packages, each with all beneath it, and
            paths of files and folders: what they name is project code, and nothing else.
        sent: is project code, too.

    Raises:
        ValueError: an entry of `code` is neither a module that can be found, nor a path.
    """

    def __init__(self, code: bool | Sequence[str] = True, sent: Sent | None = None) -> None:
        self._places = Places()
        self._on = bool(code)
        self._sent = sent if self._on else None
        self._named = None if isinstance(code, bool) else _Named(code, self._places)
        self._known: dict[str, tuple[weakref.ref[ModuleType], Found | None]] = {}
        self._imports: dict[str, tuple[bytes, tuple[str, ...]]] = {}

    def has(self, name: str) -> bool:
        """Whether a module is project code. The answer for a loaded module is kept."""
        return self._locate(name) is not None or self.sent(name) is not None

    @property
    def revision(self) -> object:
        """Another object whenever one of the texts that were sent here may be another one."""
        return None if self._sent is None else self._sent.revision

    def sent(self, name: str) -> ModuleText | None:
        """The text of a module that this process was sent. It has no file here."""
        held = None if self._sent is None else self._sent.held(name)
        ours = held is not None and held.sender and (self._named is None or self._named.has(name, held.text.file))
        return held.text if held is not None and ours else None

    def seek(self, name: str) -> None:
        """Have a module sent here that is to be passed on."""
        if self._sent is not None and not self.has(name):
            self._sent.seek(name)

    def text(self, name: str) -> ModuleText | None:
        """The text of a module of the project, as its file is now. None if there is no such module, or file.

        The module need not be loaded.
        """
        sent = self.sent(name)
        if sent is not None:
            return sent
        found = self._locate(name)
        if found is None:
            return None
        if not found.file:
            return namespace_text(name, found.folders[0])
        try:
            return read_module(name, found.file, bool(found.folders))[0]
        except OSError:
            return None

    def closure(self, names: Iterable[str]) -> list[ModuleText]:
        """These modules, their parent packages, and what they import in turn while they are imported.

        What was imported is there as far as it is loaded here; a module that is named need not be. A module comes after
        those that it imports.
        """
        return list(self._walk(names))

    def order(self, names: Iterable[str]) -> list[str]:
        """The names, of which each comes after those that it imports."""
        wanted = dict.fromkeys(names)
        if len(wanted) < 2:
            return list(wanted)
        found = [text.name for text in self._walk(wanted) if text.name in wanted]
        return [*found, *(name for name in wanted if name not in set(found))]

    def tops(self) -> set[str]:
        """Top-level names that are project code, as far as that is known without a search."""
        loaded = {name.partition(".")[0] for name in list(sys.modules)}
        named = set() if self._named is None else {name.partition(".")[0] for name in self._named.names}
        return {name for name in loaded if name in sys.modules and self.has(name)} | named

    def resource(self, package: str, path: str) -> Resource | None:
        """A data file in a package of the project, or what a folder in it holds. None if there is no such thing.

        Args:
            path: below the package's folder, with slashes. Empty for that folder itself.

        Raises:
            ResourceError: the file is too large to be sent.
        """
        if self._sent is not None and self.sent(package) is not None:
            return self._sent.seek_resource(package, path)
        found = self._locate(package)
        if found is None or not found.folders or (not found.file and package not in sys.modules):
            return None  # a folder that nobody has imported is no package that anybody knows of
        parts = [part for part in path.split("/") if part]
        if path.startswith("/") or ".." in parts or "\0" in path:
            return None
        real = os.path.dirname(os.path.realpath(found.file)) if found.file else ""
        for folder in found.folders:
            target = os.path.realpath(os.path.join(folder, *parts))
            within = {os.path.realpath(folder), *([real] if real else [])}
            if inside(target, within) and os.path.exists(target):
                return _read_resource(package, "/".join(parts), target)
        return None

    # ------------------------------------------------------------------------------------------ finding modules

    def _locate(self, name: str) -> Found | None:
        if not self._on or name in _MAIN:
            return None
        module = sys.modules.get(name)
        if module is not None:
            known = self._known.get(name)
            if known is not None and known[0]() is module:
                return known[1]
            contents = contents_of(module)
            if contents is not None:
                found = self._loaded(name, contents)
                self._known[name] = (weakref.ref(module), found)
                return found
        return self._unloaded(name)

    def _loaded(self, name: str, contents: dict[str, object]) -> Found | None:
        if getattr(contents.get("__spec__"), "name", name) != name:
            return None  # another name of a module that has its own
        file, folders = contents.get("__file__"), path_of(contents)
        if isinstance(file, str):
            found = Found(os.path.abspath(file), folders, file.endswith((".py", ".pyw")))
            if not found.is_source or not os.path.isfile(found.file):
                return None
        elif file is None and folders:
            found = Found("", folders, False)
        else:
            return None
        return self._allowed(name, found)

    def _unloaded(self, name: str) -> Found | None:
        extra = () if self._named is None else self._named.roots
        sought = self._places.find(name, extra)
        if sought is None or not (sought[0].is_source or not sought[0].file):
            return None
        found = self._allowed(name, sought[0])
        if found is None:
            return None
        roots = [*self._places.roots(), *extra] if self._named is None else [*sought[1], *extra]
        top = contents_of(sys.modules.get(name.partition(".")[0]))
        if top is not None:
            roots += path_of(top)
        real = [os.path.realpath(root) for root in roots]
        folders = [os.path.realpath(path) for path in ((found.file,) if found.file else found.folders)]
        return found if all(inside(path, [*real, *self._places.editable()]) for path in folders) else None

    def _allowed(self, name: str, found: Found) -> Found | None:
        """What of a module is project code: a namespace package may be so in part."""
        if found.file:
            return found if self._is_ours(name, found.file) else None
        folders = tuple(folder for folder in found.folders if self._is_ours(name, folder))
        return Found("", folders, False) if folders else None

    def _is_ours(self, name: str, path: str) -> bool:
        if self._named is None:
            return self._places.is_users(path)
        return self._named.has(name, path)

    # ------------------------------------------------------------------------------------------ following imports

    def _walk(self, names: Iterable[str]) -> Iterator[ModuleText]:
        """The closure of names. Modules may import each other in a ring: each is met once."""
        met: set[str] = set()
        for name in names:
            above: list[tuple[ModuleText | None, Iterator[str]]] = [(None, iter(_chain(name)))]
            while above:
                text, rest = above[-1]
                other = next((other for other in rest if other not in met), None)
                if other is not None:
                    met.add(other)
                    found = self.text(other)
                    if found is not None:
                        above.append((found, self._imported_by(found)))
                else:
                    above.pop()
                    if text is not None:
                        yield text

    def _imported_by(self, text: ModuleText) -> Iterator[str]:
        known = self._imports.get(text.name)
        if known is None or known[0] != text.digest:
            known = self._imports[text.name] = (text.digest, () if text.namespace else imports_of(text))
        for imported in known[1]:
            for name in _exported(imported[:-2]) if imported.endswith(".*") else (imported,):
                for part in _chain(name):
                    if part in sys.modules and self.has(part):
                        yield part


class _Named:
    """What `code=[…]` names."""

    def __init__(self, entries: Sequence[str], places: Places) -> None:
        if isinstance(entries, (str, bytes)):
            raise ValueError(f"code={entries!r} is one name, not a list of names: write code=[{entries!r}]")
        self.names: set[str] = set()
        self.roots: tuple[str, ...] = ()
        self._paths: list[str] = []
        for entry in map(os.fspath, entries):
            if entry and (entry in sys.modules or places.find(entry) is not None) and entry not in _MAIN:
                self.names.add(entry)
            elif entry and os.path.exists(entry):
                path = os.path.abspath(entry)
                self._paths.append(os.path.realpath(path))
                self.roots = (*self.roots, _root_of(path))
            else:
                raise ValueError(
                    f"code: {entry!r} is neither a module that can be found on sys.path, nor a file or folder in "
                    f"{os.getcwd()}. Name a package, a module, a path, or say code=True."
                )
        self._places = places

    def has(self, name: str, path: str) -> bool:
        real = os.path.realpath(path)
        if self._places.is_this_package(real):
            return False
        return any(part in self.names for part in _chain(name)) or inside(real, self._paths)


def _root_of(path: str) -> str:
    """The folder that would have to be on `sys.path` for what lies at a path."""
    folder = path if os.path.isdir(path) else os.path.dirname(path)
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder = os.path.dirname(folder)
    return folder


def _exported(package: str) -> list[str]:
    """What `from package import *` imports, which may be submodules."""
    names = (contents_of(sys.modules.get(package)) or {}).get("__all__")
    return [f"{package}.{name}" for name in names if isinstance(name, str)] if isinstance(names, (list, tuple)) else []


def _chain(name: str) -> list[str]:
    """A name's parent packages, and it."""
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]


def _read_resource(package: str, path: str, target: str) -> Resource:
    if os.path.isdir(target):
        with os.scandir(target) as entries:
            names = sorted(entry.name + ("/" if entry.is_dir() else "") for entry in entries)
        return Resource(package, path, b"", tuple(names))
    with open(target, "rb") as stream:
        data = stream.read(LARGEST_RESOURCE + 1)
    if len(data) > LARGEST_RESOURCE:
        raise ResourceError(
            f"{path!r} of package {package!r} has {os.path.getsize(target)} bytes; data files of more than 1 MB are "
            f"not sent with code. Put what is in it with env.put and pass that, or name the file in Ray's runtime_env."
        )
    return Resource(package, path, data, None)

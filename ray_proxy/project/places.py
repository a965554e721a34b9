"""Where code lies: which folders hold what was installed, which the user's own, and where a module's file would be.

Files are looked at, and what import tools have noted in plain dictionaries. Nothing is imported, and no finder is
asked, because a finder may be user code. Any thread may ask.
"""

from __future__ import annotations

import json
import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import BYTECODE_SUFFIXES, EXTENSION_SUFFIXES
from types import ModuleType
from urllib.parse import unquote, urlsplit

_PACKAGE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
_OWN = (_PACKAGE, _PACKAGE + "_members")
_COMPILED = (*EXTENSION_SUFFIXES, *BYTECODE_SUFFIXES)


@dataclass(frozen=True, slots=True)
class Found:
    """Where a module lies.

    Attributes:
        file: its file. Empty for a namespace package.
        folders: where its submodules lie. Empty for what is no package.
        is_source: the file is Python source. False for a namespace package.
    """

    file: str
    folders: tuple[str, ...]
    is_source: bool


def inside(path: str, folders: Iterable[str]) -> bool:
    """Whether a path lies in one of these folders, or is one. Links must be resolved in all of them."""
    return any(path == folder or path.startswith(folder.rstrip(os.sep) + os.sep) for folder in folders)


def contents_of(module: object) -> dict[str, object] | None:
    """The `__dict__` of a module, without waking a lazy one. None for an object that only stands for a module."""
    if not issubclass(type(module), ModuleType):
        return None
    found = object.__getattribute__(module, "__dict__")
    return found if type(found) is dict else None


def path_of(contents: dict[str, object]) -> tuple[str, ...]:
    """The folders that a loaded package is searched in."""
    path = contents.get("__path__")
    if path is None:
        return ()
    try:
        return tuple(os.path.abspath(folder) for folder in path if isinstance(folder, str))  # type: ignore[attr-defined]
    except Exception:  # the path of a namespace package asks its parent, which may be gone
        return ()


def find_in(folders: Iterable[str], tail: str) -> Found | None:
    """What `import` would find for the last part of a name in these folders, in their order."""
    portions = []
    for folder in folders:
        base = os.path.join(folder, tail)
        is_folder = os.path.isdir(base)
        if is_folder:
            package = _first(os.path.join(base, "__init__"), (base,))
            if package is not None:
                return package
        module = _first(base, ())
        if module is not None:
            return module
        if is_folder:
            portions.append(base)
    return Found("", tuple(portions), False) if portions else None


def _first(base: str, folders: tuple[str, ...]) -> Found | None:
    for suffix in (*EXTENSION_SUFFIXES, ".py", *BYTECODE_SUFFIXES):
        if os.path.isfile(base + suffix):
            return Found(base + suffix, folders, suffix == ".py")
    return None


class Places:
    """The folders of this Python process."""

    def __init__(self) -> None:
        kinds = ("stdlib", "platstdlib", "scripts")
        paths = [sysconfig.get_paths()[kind] for kind in kinds]
        try:
            paths.append(sysconfig.get_path("scripts", f"{os.name}_user"))
        except KeyError:  # a platform without a user scheme
            pass
        if sys.prefix != sys.base_prefix:
            paths.append(os.path.dirname(os.__file__))
        paths += _OWN
        self._installed = sorted(
            {path for found in paths for path in (os.path.abspath(found), os.path.realpath(found))}
        )
        self._editable: tuple[str, ...] | None = None

    def is_installed(self, path: str) -> bool:
        """Whether a path is of the standard library, of what an installer has written, or of this package."""
        parts = path.split(os.sep)
        return "site-packages" in parts or "dist-packages" in parts or inside(path, self._installed)

    def is_this_package(self, path: str) -> bool:
        """Whether a path is of Ray-Proxy."""
        return inside(path, _OWN)

    def is_users(self, file: str) -> bool:
        """Whether a file, or a folder, is the user's own."""
        real = os.path.realpath(file)
        if self.is_installed(real):
            return False
        # What is linked from `site-packages` is the user's if it was installed so (`flit install --symlink`). Where an
        # installer links all files to its cache (`uv --link-mode=symlink`), it is not.
        return not self.is_installed(file) or inside(real, self.editable())

    def roots(self) -> list[str]:
        """The folders of `sys.path` that are the user's: of the script, of `PYTHONPATH`, of editable installs."""
        return [folder for folder in _path() if not self.is_installed(os.path.realpath(folder))]

    def editable(self) -> tuple[str, ...]:
        """The source folders of editable installs, as installers note them (PEP 610). Links are resolved."""
        if self._editable is None:
            self._editable = tuple(os.path.realpath(folder) for folder in _noted_sources())
        return self._editable

    def find(self, name: str, extra: Sequence[str] = ()) -> tuple[Found, tuple[str, ...]] | None:
        """Where a module would be found that is not loaded, and the folders that it was searched in.

        Args:
            extra: folders that are searched after those of `sys.path`.
        """
        parts = name.split(".")
        if not all(part.isidentifier() for part in parts):
            return None
        mapped = _mapped(name)
        if mapped is not None:
            return mapped, (os.path.dirname(mapped.folders[0] if mapped.folders else mapped.file),)
        parent = name.rpartition(".")[0]
        if not parent:
            if name in sys.builtin_module_names:
                return None
            folders: tuple[str, ...] = (*_path(), *extra)
        else:
            contents = contents_of(sys.modules.get(parent))
            if contents is not None:
                folders = path_of(contents)
            else:
                above = self.find(parent, extra)
                folders = above[0].folders if above is not None else ()
        found = find_in(folders, parts[-1])
        return None if found is None else (found, folders)


def _path() -> Iterator[str]:
    for entry in list(sys.path):
        if isinstance(entry, str):
            folder = os.path.abspath(entry)  # the empty entry is the folder of this process
            if os.path.isdir(folder):
                yield folder


def _noted_sources() -> Iterator[str]:
    for folder in _path():
        if os.path.basename(folder) not in ("site-packages", "dist-packages"):
            continue
        for entry in os.listdir(folder):
            if not entry.endswith(".dist-info"):
                continue
            try:
                with open(os.path.join(folder, entry, "direct_url.json"), encoding="utf-8") as stream:
                    noted = json.load(stream)
                if noted["dir_info"]["editable"]:
                    yield unquote(urlsplit(noted["url"]).path)
            except (OSError, ValueError, LookupError, TypeError):
                continue  # not editable, or not from a folder


def _mapped(name: str) -> Found | None:
    """A module that an editable install maps to its file: of setuptools (`__editable___…_finder`), or `editables`."""
    for owner, attribute in _maps():
        contents = contents_of(sys.modules.get(owner))
        mapping = None if contents is None else contents.get(attribute)
        if owner == "editables.redirector" and mapping is not None:
            mapping = vars(mapping).get("_redirections")
        if not isinstance(mapping, dict):
            continue
        target = mapping.get(name)
        if isinstance(target, list):  # the portions of a namespace package
            return Found("", tuple(os.path.abspath(folder) for folder in target), False)
        if isinstance(target, str):
            return _target(os.path.abspath(target))
    return None


def _maps() -> Iterator[tuple[str, str]]:
    for owner in list(sys.modules):
        if owner.startswith("__editable__") and owner.endswith("_finder"):
            yield owner, "MAPPING"
            yield owner, "NAMESPACES"
    yield "editables.redirector", "RedirectingFinder"


def _target(path: str) -> Found | None:
    if os.path.basename(path) == "__init__.py":
        path = os.path.dirname(path)
    base, suffix = os.path.splitext(path)
    folder, tail = os.path.split(base if suffix == ".py" or suffix in _COMPILED else path)
    found = find_in((folder,), tail)
    return found if found is None or found.file else Found("", (path,), False)

"""Finds classes and modules by name, in mypy's analysis of the packages that they come from.

It is mypy that reads the packages, not we: its build knows stubs, generics, overloads, plugins and inferred types.
Nothing here knows what a `Var` is, or writes anything.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from mypy import build
from mypy.config_parser import parse_config_file
from mypy.errors import CompileError
from mypy.modulefinder import BuildSource, FindModuleCache, ModuleNotFoundReason, compute_search_paths
from mypy.nodes import MypyFile, SymbolNode, SymbolTableNode, TypeAlias, TypeInfo, Var
from mypy.options import Options
from mypy.types import CallableType, Instance, Overloaded, get_proper_type

from ..errors import StubgenError

_PROGRAM = "_ray_proxy_stubgen"
_STAND_INS = """
from typing import Generic, Protocol, TypeVar
T = TypeVar("T", covariant=True)
K = TypeVar("K")
class Var(Generic[T]): ...
class _List(Protocol[T]): ...
class _Set(Protocol[T]): ...
class _Dict(Protocol[K, T]): ...
"""
"""`ray_proxy.Var`, so that mypy need not read what that is made of, and protocols that the overlay declares."""
_TYPESHED = Path(build.default_data_dir()) / "typeshed" / "stdlib"
CACHE = ".mypy_cache/ray-proxy"


@dataclass(frozen=True)
class Target:
    """A name that was asked for: ``package.module:Class.Nested`` or ``package.Class``, and where it was found."""

    name: str
    module: str
    path: tuple[str, ...]
    """The class in the module; empty where the module itself is meant."""


class Analysis:
    """mypy's view of what some targets are made of."""

    def __init__(self, names: Iterable[str], modules: Iterable[str]) -> None:
        """Analyse.

        Args:
            names: classes.
            modules: dotted names of modules.

        Raises:
            StubgenError: there is no such class or module, or mypy cannot read it.
        """
        options = _options()
        finder = FindModuleCache(compute_search_paths([], options, build.default_data_dir()), None, options)
        located = [_locate(name, finder) for name in names]
        self.targets: list[Target] = [target for target in located if target.path]
        self.modules: list[str] = sorted(
            {target.module for target in located if not target.path}
            | {_locate_module(name, finder) for name in modules}
        )
        wanted = sorted({target.module for target in self.targets} | set(self.modules))
        program = [*(f"import {module}" for module in wanted), _STAND_INS]
        try:
            result = build.build([BuildSource(None, _PROGRAM, "\n".join(program) + "\n")], options)
        except CompileError as error:
            raise StubgenError("mypy cannot read the packages:\n" + "\n".join(error.messages)) from error
        self.files: dict[str, MypyFile] = result.files
        own = self.files[_PROGRAM].names
        self.var: TypeInfo = cast(TypeInfo, own["Var"].node)
        self.containers: dict[str, TypeInfo] = {
            f"builtins.{name}": cast(TypeInfo, own[f"_{name.capitalize()}"].node) for name in ("list", "set", "dict")
        }
        """By mutable container, the protocol of one whose items may be Vars."""
        self._paths = {name: state.abspath for name, state in result.graph.items() if state.abspath}

    def info(self, target: Target) -> TypeInfo:
        """The class of a target.

        Raises:
            StubgenError: there is no such name, or it is no class.
        """
        names: Mapping[str, SymbolTableNode] = self.files[target.module].names
        node: SymbolNode | None = None
        for at, part in enumerate(target.path):
            symbol = names.get(part)
            if symbol is None or symbol.node is None:
                missing = ".".join(target.path[: at + 1])
                raise StubgenError(f"{target.name}: module {target.module} has no {missing}")
            node = symbol.node
            names = node.names if isinstance(node, (TypeInfo, MypyFile)) else {}
        found = _class(node)
        if found is None:
            kind = "a module; ask for it by --module" if isinstance(node, MypyFile) else "no class that mypy can see"
            raise StubgenError(f"{target.name} is {kind}")
        return found

    def class_(self, fullname: str) -> TypeInfo:
        """A class by the name of its definition, of a module that was read."""
        module, _, name = fullname.rpartition(".")
        return cast(TypeInfo, self.files[module].names[name].node)

    def path(self, module: str) -> Path | None:
        """The file that mypy read for a module: a stub, or the source."""
        found = self._paths.get(module)
        return None if found is None else Path(found)

    def is_standard(self, module: str) -> bool:
        """Whether a module is of the standard library."""
        path = self.path(module)
        return path is not None and _TYPESHED in path.parents

    def is_own(self, module: str) -> bool:
        """Whether a module is the user's, not one that was installed."""
        path = self.path(module)
        return path is not None and _TYPESHED not in path.parents and "site-packages" not in path.parts


def _class(node: SymbolNode | None) -> TypeInfo | None:
    if isinstance(node, TypeInfo):
        return node
    if isinstance(node, TypeAlias):
        target = get_proper_type(node.target)
        return target.type if isinstance(target, Instance) else None
    if isinstance(node, Var) and node.type is not None:  # ``Name = Class``, inferred
        kind = get_proper_type(node.type)
        if isinstance(kind, (CallableType, Overloaded)) and kind.is_type_obj():
            return kind.type_object()
    return None


def _options() -> Options:
    stated = Options()
    parse_config_file(stated, lambda: None, None)
    options = Options()
    # Only what says where code is, and what mypy cannot know of it: settings such as `follow_imports = "skip"` would
    # make the classes that are asked for unknown.
    options.mypy_path = stated.mypy_path
    options.plugins = [name for name in stated.plugins if name != "ray_proxy.mypy_plugin"]
    options.config_file = stated.config_file
    options.python_version = sys.version_info[:2]
    options.python_executable = sys.executable
    options.cache_dir = CACHE
    options.ignore_errors = True
    options.follow_imports = "silent"
    return options


def _locate(name: str, finder: FindModuleCache) -> Target:
    if ":" in name:
        module, _, path = name.partition(":")
        if not module or not path:
            raise StubgenError(f"{name!r} is not a name: package.module:Class")
        return Target(name, _locate_module(module, finder), tuple(path.split(".")))
    parts = name.split(".")
    if len(parts) == 1 and not isinstance(finder.find_module(name), str):
        parts = ["builtins", *parts]
    for end in range(len(parts), 0, -1):
        module = ".".join(parts[:end])
        if isinstance(finder.find_module(module), str):
            return Target(name, module, tuple(parts[end:]))
    return Target(name, _locate_module(parts[0], finder), tuple(parts[1:]))  # says why


def _locate_module(module: str, finder: FindModuleCache) -> str:
    found = finder.find_module(module)
    if isinstance(found, str):
        return module
    if found is ModuleNotFoundReason.FOUND_WITHOUT_TYPE_HINTS:
        raise StubgenError(
            f"module {module} has no types: its package ships no py.typed, and no stubs for it are installed"
        )
    reasons = {
        ModuleNotFoundReason.APPROVED_STUBS_NOT_INSTALLED: "its stubs are not installed; mypy --install-types does it",
        ModuleNotFoundReason.WRONG_WORKING_DIRECTORY: "it is seen only from another working directory",
    }
    raise StubgenError(f"module {module} was not found: {reasons.get(found, f'{sys.executable} has no such module')}")

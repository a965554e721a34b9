"""Docstrings and default values of members: of the file that mypy read, else of the object itself.

Types are mypy's business; this is only for the eyes of the reader who hovers over a name.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
import tokenize
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_LINES = 12

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Written:
    """What a definition says that its type does not."""

    names: tuple[str, ...] = ()
    """Of the parameters that may be given by position: of those that may not be named, mypy does not keep them."""
    defaults: Mapping[str, str] = field(default_factory=dict)
    """The text of default values, by parameter; an ellipsis for one that is long."""


class Docs:
    """What files and objects say of members, by module and name."""

    def __init__(self, path: Callable[[str], Path | None]) -> None:
        """Args:
        path: gives the file of a module.
        """
        self._path = path
        self._objects: dict[str, Any] = {}
        self._files: dict[Path, dict[str, list[_Function]]] = {}

    def text(self, module: str, name: str) -> str:
        """The docstring of ``Class.member`` of a module, clean of indentation; empty where there is none."""
        for node in self._nodes(module, name):
            found = ast.get_docstring(node)
            if found:
                return _first(found)
        return _first(self._of_object(module, name))

    def definitions(self, module: str, name: str) -> list[Written]:
        """What is written in each definition of a function, in order: none where there is no source."""
        return [_written(node) for node in self._nodes(module, name)]

    def _nodes(self, module: str, name: str) -> list[_Function]:
        path = self._path(module)
        if path is None:
            return []
        if path not in self._files:
            self._files[path] = _definitions(path)
        return self._files[path].get(name, [])

    def _of_object(self, module: str, name: str) -> str:
        """The docstring at run time, where there is no source to read it from: a stub speaks of what is compiled."""
        path = self._path(module)
        if path is None or path.suffix != ".pyi":
            return ""
        found = self._module(module)
        for part in name.split("."):
            found = inspect.getattr_static(found, part, None)
            if found is None:
                return ""
        try:
            return inspect.getdoc(found) or ""
        except Exception:  # whatever a property of somebody's class does
            return ""

    def _module(self, module: str) -> Any:
        if module not in self._objects:
            try:
                self._objects[module] = importlib.import_module(module)
            except BaseException as error:  # a stub need not have a module; a module may do anything
                if isinstance(error, KeyboardInterrupt):
                    raise
                self._objects[module] = None
        return self._objects[module]


def _definitions(path: Path) -> dict[str, list[_Function]]:
    """The functions of a file by their qualified names, in order."""
    try:
        with tokenize.open(path) as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, UnicodeDecodeError):
        return {}
    found: dict[str, list[_Function]] = {}
    _collect(tree.body, "", found)
    return found


def _collect(body: list[ast.stmt], prefix: str, found: dict[str, list[_Function]]) -> None:
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found.setdefault(prefix + node.name, []).append(node)
        elif isinstance(node, ast.ClassDef):
            _collect(node.body, f"{prefix}{node.name}.", found)
        elif isinstance(node, ast.If):
            known = _version_test(node.test)
            if known is not False:
                _collect(node.body, prefix, found)
            if known is not True:
                _collect(node.orelse, prefix, found)


def _first(text: str) -> str:
    """The text, or the beginning of a long one: whoever hovers does not read pages."""
    lines = text.strip().split("\n")
    return "\n".join(lines if len(lines) <= _LINES else [*lines[: _LINES - 1], "…"]).strip()


def _version_test(test: ast.expr) -> bool | None:
    """What a test of ``sys.version_info`` says here; None of any other test."""
    if not ast.unparse(test).startswith("sys.version_info"):
        return None
    try:
        return bool(eval(ast.unparse(test), {"sys": sys}))
    except Exception:
        return None


def _written(node: _Function) -> Written:
    named = [*node.args.posonlyargs, *node.args.args]
    pairs = list(zip(reversed(named), reversed(node.args.defaults)))
    pairs += [(name, value) for name, value in zip(node.args.kwonlyargs, node.args.kw_defaults) if value is not None]
    return Written(
        tuple(name.arg.lstrip("_") for name in named), {name.arg.lstrip("_"): _literal(value) for name, value in pairs}
    )


def _literal(node: ast.expr) -> str:
    """The text of a default value where it is short and plain, else an ellipsis."""
    constant = node.operand if isinstance(node, ast.UnaryOp) else node
    text = ast.unparse(node)
    return text if isinstance(constant, ast.Constant) and len(text) <= 20 and "\n" not in text else "..."

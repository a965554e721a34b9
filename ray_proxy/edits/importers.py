"""Modules that took a name from an edited one: `from m import K`, `from m import f as g`, `from m import *`."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from .journal import MISSING
from .texts import Text


def takers(
    module: ModuleType, names: set[str], before: Mapping[str, Any], texts: Mapping[ModuleType, Text]
) -> Iterator[tuple[ModuleType, dict[str, str]]]:
    """Modules in which names of the module are bound, and still to what they were bound to in it.

    Args:
        module: the edited one.
        names: those of its names that are bound to another object now.
        before: its namespace before the edit.
        texts: the modules of the project, with the texts in force.

    Yields:
        A module, and for each name there the name in the edited module, which may no longer have it.
    """
    before = {name: value for name, value in before.items() if value is not MISSING}
    for other, text in list(texts.items()):
        if other is module or not any(_resolved(source, other) == module.__name__ for source in text.sources):
            continue
        taken: dict[str, str] = {}
        last = {name: statement for statement in text.flat for name in statement.binds}
        for statement in text.flat:
            node = statement.node
            if isinstance(node, ast.ImportFrom):
                if resolved(node, other) != module.__name__:
                    continue
                is_star = node.names[0].name == "*"
                for here, there in _aliases(node, module, before):
                    was = before.get(there, MISSING)
                    is_taken = there in names and other.__dict__.get(here, MISSING) is was
                    is_taken = is_taken and last.get(here, statement) is statement  # not bound by another one, too
                    if is_taken and (is_star or (was is not MISSING and there in vars(module))):
                        taken[here] = there
        if taken:
            yield other, taken


def imported_by(text: Text, module: ModuleType) -> Iterator[str]:
    """The names of the modules that a text of the module imports when it is executed, in order."""
    for statement in text.flat:
        node = statement.node
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = resolved(node, module)
            yield source
            yield from (f"{source}.{alias.name}" for alias in node.names)


def readers(
    module: ModuleType, names: set[str], texts: Mapping[ModuleType, Text]
) -> Iterator[tuple[ModuleType, dict[str, str]]]:
    """Modules that read names of the module as `module.name` when they are imported.

    Yields:
        A module, and for each dotted name there the name in the edited module.
    """
    for other, text in list(texts.items()):
        if other is module or not any(f".{name}" in text.source for name in names):
            continue
        found: dict[str, str] = {}
        for statement in text.flat:
            for said in statement.facts.reads:
                path, _, name = said.rpartition(".")
                if path and name in names and _meant(path, other) is module:
                    found[said] = name
        if found:
            yield other, found


def _meant(path: str, module: ModuleType) -> object:
    """The module that a dotted name means in another one."""
    found: object = module
    for name in path.split("."):
        if not isinstance(found, ModuleType):
            return None
        found = vars(found).get(name)
    return found


def resolved(node: ast.ImportFrom, importer: ModuleType) -> str:
    """The name of the module that the statement takes names from."""
    return _resolved("." * node.level + (node.module or ""), importer)


def public_names(namespace: Mapping[str, Any]) -> Iterator[str]:
    """What `import *` takes from a module that has these names."""
    yield from namespace.get("__all__", [name for name in namespace if not name.startswith("_")])


def _resolved(source: str, importer: ModuleType) -> str:
    """The name of the module that a `from` in a module means."""
    if not source.startswith("."):
        return source
    try:
        return importlib.util.resolve_name(source, importer.__package__ or "")
    except ImportError:
        return ""


def _aliases(node: ast.ImportFrom, module: ModuleType, before: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The names that the statement binds, each with its name in the module."""
    for alias in node.names:
        if alias.name != "*":
            yield alias.asname or alias.name, alias.name
            continue
        for namespace in (vars(module), before):  # also the names that it no longer has
            yield from ((name, name) for name in public_names(namespace))

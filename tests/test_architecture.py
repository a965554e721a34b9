"""The layers of docs/architecture.md are those of the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from conftest import ROOT

PACKAGE = ROOT / "ray_proxy"


def layers() -> list[set[str]]:
    """Modules of the package by layer, lowest first, as the table has them."""
    page = (ROOT / "docs" / "architecture.md").read_text()
    table = page[page.index("## Layers") : page.index("## The way of")]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return [{name.strip("/").removesuffix(".py") for name in re.findall(r"`([\w/.]+)`", row)} for row in rows]


def layer_of(path: Path) -> int:
    name = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return next(at for at, names in enumerate(layers()) if name in names)


def imports(path: Path) -> set[str]:
    """What a file imports when it runs: modules of the package by their first name, others with a leading dot."""
    found: set[str] = set()
    todo: list[ast.AST] = [ast.parse(path.read_text())]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.ImportFrom):
            ours = node.level == (2 if path.parent != PACKAGE else 1)
            names = [node.module] if node.module else [alias.name for alias in node.names]
            found |= {("" if ours else ".") + str(name).partition(".")[0] for name in names}
        elif isinstance(node, ast.Import):
            found |= {"." + alias.name.partition(".")[0] for alias in node.names}
        todo.extend(ast.iter_child_nodes(node))
    return found


def files() -> list[Path]:
    return [path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py"]


def test_every_file_is_in_the_table() -> None:
    for path in files():
        layer_of(path)


def test_each_file_knows_only_those_of_its_layer_and_below() -> None:
    for path in files():
        for name in imports(path):
            if (PACKAGE / f"{name}.py").exists() or (PACKAGE / name / "__init__.py").exists():
                assert layer_of(PACKAGE / f"{name}.py") <= layer_of(path), f"{path.name} imports {name}"


def test_ray_is_known_from_liveness_on() -> None:
    first = next(at for at, names in enumerate(layers()) if "liveness" in names)
    for path in files():
        assert (".ray" in imports(path)) <= (layer_of(path) >= first), path.name

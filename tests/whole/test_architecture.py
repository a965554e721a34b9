"""The rooms of docs/architecture.md are those of the code."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from conftest import ROOT

PACKAGE = ROOT / "ray_proxy"


def table() -> list[str]:
    """The files of the package, and folders that stand as a whole, in the order of the table."""
    page = (ROOT / "docs" / "architecture.md").read_text()
    rows = page[page.index("## Rooms") : page.index("## The way of")].splitlines()
    first = [row.split("|")[1] for row in rows if row.startswith("| `")]
    return [name for cell in first for name in re.findall(r"`([\w/.]+)`", cell)]


def files() -> list[str]:
    return sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


def place(file: str) -> int:
    """Where a file stands in the table. The file that makes a folder a package stands behind all others of it."""
    order = table()
    room, _, name = file.rpartition("/")
    if f"{room.partition('/')[0]}/" in order:
        return order.index(f"{room.partition('/')[0]}/")
    if name == "__init__.py":
        return max(at for at, other in enumerate(order) if other.startswith(f"{room}/")) if room else len(order)
    return order.index(file)


def nodes(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node


def ours(file: str) -> set[str]:
    """The files of the package that a file imports, for types or within a function, too."""
    room = file.split("/")[:-1]
    found = set()
    for node in nodes(ast.parse((PACKAGE / file).read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = [*room[: len(room) - node.level + 1], *(node.module or "").split(".")]
            for alias in node.names:
                names = [part for part in base if part]
                deeper, here = "/".join([*names, alias.name]) + ".py", "/".join(names) + ".py"
                known = [name for name in (deeper, here) if (PACKAGE / name).exists()]
                found.add(known[0] if known else "/".join([*names, "__init__.py"]))
    return found


def others(file: str) -> set[str]:
    """The packages of others that a file imports."""
    found = set()
    for node in nodes(ast.parse((PACKAGE / file).read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(str(node.module).partition(".")[0])
    return found


def test_the_table_names_each_file_once() -> None:
    order = table()
    assert len(set(order)) == len(order)
    assert [name for name in order if not (PACKAGE / name).exists()] == []
    for file in files():
        place(file)


@pytest.mark.parametrize("file", files())
def test_a_file_imports_only_what_stands_before_it(file: str) -> None:
    within = {other for other in ours(file) if place(other) == place(file)}  # of a folder that stands as a whole
    later = {other for other in ours(file) if place(other) >= place(file)}
    assert later - (within if "/" in file else set()) == set()


def test_only_what_is_ray_s_imports_ray() -> None:
    first = min(place(file) for file in files() if file.startswith("cluster/"))
    assert [file for file in files() if "ray" in others(file) and place(file) < first] == []


@pytest.mark.parametrize(
    "program",
    ["import ray_proxy.protocol", "import ray_proxy; ray_proxy.Log, ray_proxy.Var", "import ray_proxy.tools.cli"],
)
def test_what_needs_no_ray_does_not_import_it(program: str) -> None:
    check = f"{program}; import sys; sys.exit('ray' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], cwd=ROOT).returncode == 0


def test_the_names_that_import_ray_are_there_all_the_same() -> None:
    program = "import ray_proxy; assert set(ray_proxy.__all__) <= set(dir(ray_proxy)); from ray_proxy import *"
    assert subprocess.run([sys.executable, "-c", f"{program}; RemoteInterpreterFactory"], cwd=ROOT).returncode == 0


@pytest.mark.parametrize("name", ["actor", "cluster.link", "mailbox"])
def test_all_doors_of_what_is_ray_s_open_at_once(name: str) -> None:
    """What stands behind one that was never imported would be pickled by value."""
    doors = ["ray_proxy.actor", "ray_proxy.factory", "ray_proxy.mailbox", "ray_proxy.relay"]
    program = f"import sys, ray_proxy.{name}; assert set({doors}) <= set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT).returncode == 0

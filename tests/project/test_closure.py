"""Which modules go with those that are named, and in what order."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import projects
import pytest

from ray_proxy.project.project import Project

source = projects.source


def closure(source: Path, files: projects.Files, *names: str, load: bool = True) -> list[str]:
    projects.write(source, files)
    if load:
        for name in names:
            importlib.import_module(name)
    return [text.name for text in Project().closure(names)]


def test_what_a_module_imports_comes_before_it(source: Path) -> None:
    files = {"a.py": "import b\nimport c", "b.py": "import d", "c.py": "import d", "d.py": "import os, json"}
    assert closure(source, files, "a") == ["d", "b", "c", "a"]


def test_the_parent_packages_of_a_module_go_with_it(source: Path) -> None:
    files = {"p/__init__.py": "", "p/q/__init__.py": "import r", "p/q/m.py": "", "r.py": ""}
    assert closure(source, files, "p.q.m") == ["p", "r", "p.q", "p.q.m"]


@pytest.mark.parametrize(
    "statement",
    [
        "from . import x",
        "from .x import K",
        "from p.x import *",
        "import p.x as y",
        "from p import x as y, m",
        "from .x import K as J",
        "if True:\n    try:\n        from . import x\n    finally:\n        pass",
        "class A:\n    from . import x",
        "x = [1]; from . import x",
    ],
)
def test_every_way_to_import_at_import_time_is_followed(statement: str, source: Path) -> None:
    files = {"p/__init__.py": "", "p/x.py": "K = 1", "p/m.py": statement}
    assert closure(source, files, "p.m") == ["p", "p.x", "p.m"]


def test_an_import_from_a_package_above_is_followed(source: Path) -> None:
    files = {
        "p/__init__.py": "",
        "p/x.py": "",
        "p/q/__init__.py": "",
        "p/q/m.py": "from .. import x\nfrom ..x import *",
    }
    assert closure(source, files, "p.q.m") == ["p", "p.q", "p.x", "p.q.m"]


def test_a_star_import_of_a_package_is_followed_to_the_submodules_that_it_exports(source: Path) -> None:
    files = {"p/__init__.py": "__all__ = ['x']", "p/x.py": "", "p/y.py": "", "m.py": "from p import *"}
    assert closure(source, files, "m") == ["p", "p.x", "m"]


def test_an_import_within_a_function_is_not_followed(source: Path) -> None:
    files = {"a.py": "def f():\n    import b\nf()", "b.py": ""}
    assert closure(source, files, "a") == ["a"]
    assert "b" in sys.modules


def test_what_was_not_imported_here_is_not_sent(source: Path) -> None:
    files = {
        "a.py": "if False:\n    import b\nTYPE_CHECKING = False\nif TYPE_CHECKING:\n    import c",
        "b.py": "",
        "c.py": "",
    }
    assert closure(source, files, "a") == ["a"]


def test_modules_that_import_each_other_come_once(source: Path) -> None:
    files = {"a.py": "import b", "b.py": "import c", "c.py": "import a, b"}
    assert closure(source, files, "a") == ["c", "b", "a"]


def test_a_module_that_is_not_loaded_comes_with_its_parents(source: Path) -> None:
    files = {"p/__init__.py": "", "p/m.py": "import p.x", "p/x.py": ""}
    assert closure(source, files, "p.m", load=False) == ["p", "p.m"]


def test_a_text_that_cannot_be_compiled_comes_without_imports(source: Path) -> None:
    assert closure(source, {"a.py": "import b (", "b.py": ""}, "a", load=False) == ["a"]


def test_the_imports_of_an_edited_file_are_those_of_its_new_text(source: Path) -> None:
    projects.write(source, {"a.py": "import b", "b.py": "", "c.py": ""})
    for name in ("a", "c"):
        importlib.import_module(name)
    project = Project()
    assert [text.name for text in project.closure(["a"])] == ["b", "a"]
    projects.write(source, {"a.py": "import c, b"})
    assert [text.name for text in project.closure(["a"])] == ["c", "b", "a"]


def test_imports_are_found_in_a_large_module(source: Path) -> None:
    """Beyond 255 constants and names, an instruction needs more than one byte for its argument."""
    constants = "\n".join(f"v{n} = 'c{n}'" for n in range(300))
    assert closure(source, {"a.py": constants + "\nfrom b import K", "b.py": "K = 1"}, "a") == ["b", "a"]


def test_a_long_chain_of_imports_is_followed(source: Path) -> None:
    files = {f"chain{n}.py": f"import chain{n + 1}" for n in range(600)} | {"chain600.py": ""}
    projects.write(source, files)
    for n in range(600, -1, -1):
        importlib.import_module(f"chain{n}")
    names = [text.name for text in Project().closure(["chain0"])]
    assert names == [f"chain{n}" for n in range(600, -1, -1)]


def test_other_modules_are_not_sent(source: Path) -> None:
    assert closure(source, {"a.py": "import json, msgspec\nfrom ray_proxy import errors"}, "a") == ["a"]


def test_names_are_put_in_the_order_of_import(source: Path) -> None:
    projects.write(source, {"a.py": "import b", "b.py": "import c", "c.py": ""})
    importlib.import_module("a")
    assert Project().order(["a", "gone", "c"]) == ["c", "a", "gone"]


@pytest.mark.parametrize("text", ["", "\n", "# -*- coding: latin-1 -*-\nx = 'é'\n", "x = 1\r\n", "no newline"])
def test_a_text_is_the_bytes_of_its_file(text: str, source: Path) -> None:
    data = text.encode("latin-1")
    (source / "bytes.py").write_bytes(data)
    found = Project().text("bytes")
    assert found is not None
    assert found.text == data
    assert (found.name, found.file, found.package) == ("bytes", str(source / "bytes.py"), False)
    assert found.mtime_ns == (source / "bytes.py").stat().st_mtime_ns
    assert len(found.digest) == 16

"""Data files of packages: what a client gives, and how remote code reads them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import projects
import pytest
from projects import elsewhere, text_of

from ray_proxy.errors import ResourceError
from ray_proxy.project.project import LARGEST_RESOURCE, Project
from ray_proxy.project.texts import Resource

PACKAGE = [text_of("pkg", "", package=True), text_of("pkg.m", "")]
FILES = [
    Resource("pkg", "", b"", ("__init__.py", "data/", "notes.txt")),
    Resource("pkg", "notes.txt", "é\n".encode(), None),
    Resource("pkg", "data", b"", ("x.bin",)),
    Resource("pkg", "data/x.bin", b"\0\1", None),
]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("(files('pkg') / 'notes.txt').read_text('utf-8')", "é\n"),
        ("files('pkg').joinpath('data', 'x.bin').read_bytes()", b"\0\1"),
        ("files('pkg').joinpath('data/x.bin').open('rb').read()", b"\0\1"),
        ("[(child.name, child.is_dir()) for child in files('pkg').iterdir()]",
         [("__init__.py", False), ("data", True), ("notes.txt", False)]),
        ("[child.name for child in (files('pkg') / 'data').iterdir()]", ["x.bin"]),
        ("(files('pkg') / 'nothing').is_file()", False),
        ("importlib.resources.open_binary('pkg', 'notes.txt').read()", "é\n".encode()),
        ("importlib.resources.read_text('pkg', 'notes.txt', encoding='utf-8')", "é\n"),
        ("importlib.resources.is_resource('pkg', 'notes.txt')", True),
        ("sorted(importlib.resources.contents('pkg'))", ["__init__.py", "data", "notes.txt"]),
        ("pkgutil.get_data('pkg', 'data/x.bin')", b"\0\1"),
    ],
)  # fmt: skip
def test_remote_code_reads_data_files(expression: str, value: object) -> None:
    program = f"""
        import importlib.resources, pkgutil, warnings
        from importlib.resources import files
        warnings.simplefilter('ignore')
        print(ascii({expression}))
    """
    assert elsewhere(program, PACKAGE, resources=FILES) == [ascii(value)]


def test_a_data_file_is_there_as_a_file_for_a_time() -> None:
    program = """
        from importlib.resources import as_file, files
        with as_file(files('pkg') / 'notes.txt') as path:
            print(path.read_bytes(), path.suffix)
        print(path.exists())
    """
    assert elsewhere(program, PACKAGE, resources=FILES) == ["b'\\xc3\\xa9\\n' .txt", "False"]


def test_a_data_file_is_fetched_once() -> None:
    program = """
        from importlib.resources import files
        print([(files('pkg') / 'data/x.bin').read_bytes() for _ in range(3)], fetched)
    """
    assert elsewhere(program, PACKAGE, resources=FILES) == [f"{[bytes([0, 1])] * 3} [('pkg', 'data/x.bin')]"]


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("(files('pkg') / 'no').read_bytes()", "FileNotFoundError /client/home/pkg/no"),
        ("(files('pkg') / 'data').read_bytes()", "IsADirectoryError /client/home/pkg/data"),
        ("list((files('pkg') / 'notes.txt').iterdir())", "NotADirectoryError /client/home/pkg/notes.txt"),
        ("pkgutil.get_data('pkg', '../secret')", "FileNotFoundError /client/home/pkg/../secret"),
        ("(files('pkg') / 'notes.txt').open('w')", "ValueError None"),
    ],
)
def test_what_cannot_be_read_is_the_usual_error(expression: str, error: str) -> None:
    program = f"""
        import pkgutil
        from importlib.resources import files
        try:
            {expression}
        except Exception as problem:
            print(type(problem).__name__, getattr(problem, 'filename', None))
    """
    assert elsewhere(program, PACKAGE, resources=FILES) == [error]


def test_the_client_that_had_a_data_file_is_named_when_it_is_gone() -> None:
    program = """
        from importlib.resources import files
        try:
            (files('pkg') / 'notes.txt').read_bytes()
        except ResourceError as error:
            print(error)
    """
    expected = ["no data file 'notes.txt' of package 'pkg': client there:1, which had it, is gone"]
    assert elsewhere(program, PACKAGE, resources=None) == expected


# ------------------------------------------------------------------------------------------ what a client gives


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on `sys.path` with the package `datapkg`."""
    projects.write(tmp_path / "src", {"datapkg/__init__.py": "", "datapkg/data/x.txt": "x", "secret.txt": "s"})
    monkeypatch.syspath_prepend(tmp_path / "src")
    yield tmp_path / "src"
    for name in ("datapkg", "spread"):
        sys.modules.pop(name, None)


def test_a_client_gives_files_and_listings_of_a_package(folder: Path) -> None:
    project = Project()
    assert project.resource("datapkg", "data/x.txt") == Resource("datapkg", "data/x.txt", b"x", None)
    assert project.resource("datapkg", "") == Resource("datapkg", "", b"", ("__init__.py", "data/"))
    assert project.resource("datapkg", "nothing") is None


@pytest.mark.parametrize("path", ["../secret.txt", "data/../../secret.txt", "/etc/passwd", "data/\0"])
def test_nothing_outside_the_package_is_given(folder: Path, path: str) -> None:
    assert Project().resource("datapkg", path) is None


def test_a_link_out_of_the_package_is_not_followed(folder: Path) -> None:
    (folder / "datapkg" / "out.txt").symlink_to(folder / "secret.txt")
    (folder / "datapkg" / "within.txt").symlink_to(folder / "datapkg" / "data" / "x.txt")
    assert Project().resource("datapkg", "out.txt") is None
    assert Project().resource("datapkg", "within.txt") == Resource("datapkg", "within.txt", b"x", None)


def test_a_folder_that_nobody_imported_is_no_package_with_data(folder: Path) -> None:
    projects.write(folder, {"spread/x.txt": "x"})
    assert Project().resource("spread", "x.txt") is None
    __import__("spread")
    assert Project().resource("spread", "x.txt") == Resource("spread", "x.txt", b"x", None)


def test_nothing_is_given_of_what_is_no_project_code(folder: Path) -> None:
    assert Project().resource("email", "architecture.rst") is None
    assert Project(False).resource("datapkg", "data/x.txt") is None


def test_a_large_file_is_an_error_that_says_what_to_do(folder: Path) -> None:
    (folder / "datapkg" / "fits").write_bytes(bytes(LARGEST_RESOURCE))
    (folder / "datapkg" / "large").write_bytes(bytes(LARGEST_RESOURCE + 1))
    found = Project().resource("datapkg", "fits")
    assert found is not None
    assert len(found.data) == LARGEST_RESOURCE
    with pytest.raises(ResourceError, match="'large' of package 'datapkg' has 1048577 bytes.*env.put.*runtime_env"):
        Project().resource("datapkg", "large")

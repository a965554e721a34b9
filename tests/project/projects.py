"""Projects of tests: files in a folder, and a fresh process that imports what this one has."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest
from conftest import ROOT

from ray_proxy.project.texts import ModuleText, Resource, digest, read_module

Files = Mapping[str, str]


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on `sys.path`. What was imported from the test's folder is forgotten at the end."""
    folder = tmp_path / "source"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    before = set(sys.modules)
    yield folder
    for name in set(sys.modules) - before:
        contents = object.__getattribute__(sys.modules[name], "__dict__")
        if str(tmp_path) in str(contents.get("__file__") or contents.get("__path__")):
            del sys.modules[name]


def write(folder: Path, files: Files) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))


def text_of(name: str, source: str, *, file: str = "", package: bool = False, mtime_ns: int = 1) -> ModuleText:
    """A text that no file of this machine holds."""
    where = name.replace(".", "/") + ("/__init__.py" if package else ".py")
    data = textwrap.dedent(source).encode()
    return ModuleText(name, data, file or f"/client/home/{where}", package, mtime_ns, digest(data))


def read(name: str, file: Path) -> ModuleText:
    return read_module(name, str(file), file.name == "__init__.py")[0]


def script(folder: Path, program: str, *, path: Iterable[Path] = (), arguments: Iterable[str] = ()) -> list[str]:
    """What a script in a folder prints. It has `Project` and `project = Project()`, and `here`, the folder."""
    start = """
        import pathlib, sys
        sys.path.append(%r)
        from ray_proxy.project.project import Project
        project, here = Project(), pathlib.Path(__file__).resolve().parent
    """
    file = folder / "script.py"
    file.write_text(textwrap.dedent(start % str(ROOT)) + textwrap.dedent(program))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))}
    done = subprocess.run(
        [sys.executable, *arguments, str(file)], capture_output=True, text=True, timeout=60, env=environment, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


INTERPRETER = """
import pickle, sys
sys.path.append({root!r})
from ray_proxy.project.importer import Importer
from ray_proxy.project.sources import Sources
from ray_proxy.errors import ResourceError
from ray_proxy.project.texts import Unanswered
sent, answers, resources = pickle.load(sys.stdin.buffer)
sources, asked, executed, fetched = Sources(), [], [], []
for text in sent:
    sources.take(text, "there:1")
def ask(name):
    asked.append(name)
    if answers is None:
        raise Unanswered("nobody")
    if name in answers:
        sources.take(answers[name], "there:2")
def fetch(package, path):
    fetched.append((package, path))
    if resources is None:
        raise Unanswered("nobody")
    return resources.get((package, path))
importer = Importer(sources, ask, fetch, lambda module, text: executed.append(text.name))
importer.install()
"""


def elsewhere(
    program: str,
    sent: Iterable[ModuleText] = (),
    answers: Iterable[ModuleText] | None = (),
    resources: Iterable[Resource] | None = (),
    folder: Path | None = None,
) -> list[str]:
    """What a program prints in a fresh process that has `importer` and `sources`, and none of the files.

    Args:
        sent: the texts that it has.
        answers: those that a client answers when it is asked. None: nobody is there.
    """
    given = (
        list(sent),
        None if answers is None else {text.name: text for text in answers},
        None if resources is None else {(found.package, found.path): found for found in resources},
    )
    done = subprocess.run(
        [sys.executable, "-c", INTERPRETER.format(root=str(ROOT)) + textwrap.dedent(program)],
        input=pickle.dumps(given),
        capture_output=True,
        timeout=60,
        cwd=folder or "/",
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().splitlines()

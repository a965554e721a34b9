"""The application in `examples/typed_pipeline`: it runs, each checker passes it, and finds the mistakes in a copy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

sys.path.append(str(ROOT / "tests" / "typing"))

import checkers
from checkers import MODES, Mode, Project

pytestmark = pytest.mark.torch

APPLICATION = Path("examples", "typed_pipeline")
README = ROOT / APPLICATION / "README.md"
TYPINGS = ROOT / APPLICATION / "typings"
"""The overlay that the application has."""

MISTAKES = {
    "__main__.py": ("evaluate(answering, unseen)", "evaluate(unseen, answering)"),
    "data.py": ("points.part(0, middle)", "points.part('0', middle)"),
    "serving.py": ("temperature=2.0", "temprature=2.0"),
    "training.py": ("set_to_none=True", "set_to_nnoe=True"),
}
"""By module: what it says, and what it says by mistake. The types of all that is called are inferred, or remote."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For configurations and caches; all runs of a checker share them."""
    return tmp_path_factory.mktemp("pipeline")


def copied(to: Path) -> Path:
    """A copy of the application, in a folder where a checker reads the full names of its modules off its place."""
    shutil.copytree(
        ROOT / APPLICATION, to / APPLICATION, ignore=shutil.ignore_patterns("__pycache__", "typings", "*.toml")
    )
    (to / APPLICATION.parent / "__init__.py").touch()
    return to


def errors(mode: Mode, source: Path, folder: Path) -> dict[str, list[str]]:
    """What a checker complains of, by ``module:line``."""
    overlay = None if mode == "mypy-plugin" else TYPINGS
    report = checkers.check(
        mode, (source / APPLICATION).glob("*.py"), Project(folder / mode, overlay, [source]), timeout=500
    )
    return {
        f"{file.name}:{line}": [str(error) for error in said.errors]
        for file, lines in report.items()
        for line, said in lines.items()
        if said.errors
    }


def test_it_runs(cluster: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", ".".join(APPLICATION.parts)],
        env={**os.environ, "RAY_ADDRESS": cluster},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("2594 weights, 3000 points to learn from, 1000 to be judged by\n")
    epochs = re.findall(r"^epoch (\d): loss (\d\.\d+), (\d+\.\d)% right$", done.stdout, re.MULTILINE)
    assert [int(number) for number, _, _ in epochs] == [1, 2, 3, 4, 5, 6]
    assert float(epochs[-1][1]) < float(epochs[0][1]) / 2
    assert float(epochs[-1][2]) > 85
    assert re.findall(r"^\(\S+, \S+\) is of class ([01]): \d+%$", done.stdout, re.MULTILINE) == ["1", "0", "0", "1"]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", MODES)
def test_it_is_clean(mode: Mode, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkers, "NOT_THE_SUBJECT", [])  # all of pyright's strict rules
    assert errors(mode, copied(tmp_path), folder) == {}


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "command", re.findall(r"^    ((?:mypy|pyright|pyrefly|ty) .*?)(?: +#.*)?$", README.read_text(), re.MULTILINE)
)
def test_the_commands_of_its_readme_find_nothing(command: str, tmp_path: Path) -> None:
    program, *options = command.split()
    binary = checkers.binary(program)
    inside = {"PATH": f"{binary.parent}{os.pathsep}{os.environ['PATH']}", "VIRTUAL_ENV": sys.prefix}
    done = subprocess.run(
        [binary, *options],
        env={**os.environ, **inside, "MYPY_CACHE_DIR": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", MODES)
def test_mistakes_are_found(mode: Mode, folder: Path, tmp_path: Path) -> None:
    source = copied(tmp_path)
    places = set()
    for name, (right, wrong) in MISTAKES.items():
        file = source / APPLICATION / name
        before, found, after = file.read_text().partition(right)
        assert found
        file.write_text(before + wrong + after)
        places.add(f"{name}:{before.count(chr(10)) + 1}")
    assert set(errors(mode, source, folder)) == places


def test_no_type_is_forced() -> None:
    for path in (ROOT / APPLICATION).glob("*.py"):
        assert not re.search(r"\bAny\b|\bcast\b|: ignore", path.read_text()), path.name

"""Runs one type checker over files and gives what it said of each line, in one form for all.

Knows the checkers and their configuration; knows nothing of the cases, nor of what they expect.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

Mode = Literal["mypy-plugin", "mypy", "pyright", "basedpyright", "pyrefly", "ty"]
MODES: tuple[Mode, ...] = get_args(Mode)

NOT_THE_SUBJECT = """
    reportMissingModuleSource reportMissingTypeStubs reportPrivateUsage reportUnknownArgumentType
    reportUnknownLambdaType reportUnknownMemberType reportUnknownParameterType reportUnknownVariableType
    reportUnnecessaryComparison reportUnnecessaryContains reportUnusedExpression reportUnusedFunction
    reportUnusedVariable
""".split()
"""Strict rules of pyright about style, and about what libraries leave open."""


class CheckerMissing(Exception):
    """The checker is not installed beside this interpreter."""


class CheckerFailed(Exception):
    """The checker did not check: it crashed, or refused its configuration."""


@dataclass(frozen=True)
class Complaint:
    """One error, and the name of the checker's rule."""

    message: str
    rule: str

    def __str__(self) -> str:
        return f"{' '.join(self.message.split())} [{self.rule}]"


@dataclass
class Said:
    """What a checker said of one line.

    Attributes:
        errors: in its order.
        revealed: the types of its `reveal_type` calls, as it spells them.
    """

    errors: list[Complaint] = field(default_factory=list)
    revealed: list[str] = field(default_factory=list)


Report = dict[Path, dict[int, Said]]
"""By file and line; lines of which nothing was said are left out."""


@dataclass(frozen=True)
class Project:
    """A folder with the configuration of one checker.

    Attributes:
        folder: where the configuration is written, and the cache of mypy.
        overlay: a folder with a `ray_proxy_members.pyi` that stands before the installed one; None for none.
        search: further folders with modules that the files import.
    """

    folder: Path
    overlay: Path | None = None
    search: Sequence[Path] = ()

    def paths(self) -> list[str]:
        """All folders that come before the installed packages."""
        return [str(path) for path in (*([self.overlay] if self.overlay else []), *self.search)]


def check(mode: Mode, files: Iterable[Path], project: Project, timeout: float = 600) -> Report:
    """Run a checker over files.

    Args:
        timeout: seconds for the whole run.

    Raises:
        CheckerMissing: it is not installed beside this interpreter.
        CheckerFailed: it gave no report.
    """
    files = [file.resolve() for file in files]
    project.folder.mkdir(parents=True, exist_ok=True)
    command, parse = _CHECKERS[mode](mode, project)
    done = subprocess.run(
        [*command, *map(str, files)],
        cwd=project.folder,
        env={**os.environ, "NO_COLOR": "1", "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    try:
        remarks = list(parse(done.stdout))
    except (ValueError, KeyError):
        remarks = []
    if done.returncode not in (0, 1) or (done.returncode and not remarks):
        raise CheckerFailed(f"{mode} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    report: Report = {file: defaultdict(Said) for file in files}
    for remark in remarks:
        lines = report.get((project.folder / remark.file).resolve())
        if lines is None:
            continue  # of a file that was imported, not asked for
        if remark.revealed is not None:
            lines[remark.line].revealed.append(remark.revealed)
        else:
            lines[remark.line].errors.append(Complaint(remark.message, remark.rule))
    return {file: dict(lines) for file, lines in report.items()}


def binary(name: str) -> Path:
    """The program of that name beside this interpreter.

    Raises:
        CheckerMissing: there is none.
    """
    path = Path(sys.executable).parent / name
    if not path.exists():
        raise CheckerMissing(f"{name} is not installed beside {sys.executable}")
    return path


# ------------------------------------------------------------------------------- configuration and reports


@dataclass(frozen=True)
class _Remark:
    file: str
    line: int
    message: str
    rule: str
    revealed: str | None = None


Parse = Callable[[str], Iterator[_Remark]]
Command = tuple[list[str], Parse]


def _revealed(pattern: str, message: str) -> str | None:
    found = re.match(pattern, message)
    return found and found[1]


def _mypy(mode: Mode, project: Project) -> Command:
    config = project.folder / "mypy.ini"
    lines = [
        "[mypy]",
        "strict = true",
        f"python_executable = {sys.executable}",
        f"mypy_path = {os.pathsep.join(project.paths())}",
        f"cache_dir = {project.folder / 'cache'}",
        "plugins = ray_proxy.mypy_plugin" if mode == "mypy-plugin" else "",
    ]
    config.write_text("\n".join(lines))

    def parse(output: str) -> Iterator[_Remark]:
        for line in output.splitlines():
            said = json.loads(line)
            revealed = _revealed(r'Revealed type is "(.*)"$', said["message"])
            if said["severity"] == "error" or revealed is not None:
                yield _Remark(said["file"], said["line"], said["message"], said["code"] or "", revealed)

    return [str(binary("mypy")), "--config-file", str(config), "--output", "json"], parse


def _pyright(mode: Mode, project: Project) -> Command:
    settings: dict[str, Any] = {"typeCheckingMode": "strict", **dict.fromkeys(NOT_THE_SUBJECT, False)}
    settings["extraPaths"] = [str(path) for path in project.search]
    if project.overlay is not None:
        settings["stubPath"] = str(project.overlay)
    config = project.folder / "pyrightconfig.json"
    config.write_text(json.dumps(settings))

    def parse(output: str) -> Iterator[_Remark]:
        for said in json.loads(output)["generalDiagnostics"]:
            line = said["range"]["start"]["line"] + 1
            revealed = _revealed(r'Type of ".*" is "(.*)"$', said["message"])
            if said["severity"] == "error" or revealed is not None:
                yield _Remark(said["file"], line, said["message"], said.get("rule", ""), revealed)

    return [str(binary(mode)), "--outputjson", "--pythonpath", sys.executable, "--project", str(config)], parse


def _pyrefly(mode: Mode, project: Project) -> Command:
    config = project.folder / "pyrefly.toml"
    lines = [
        f"python-interpreter-path = {json.dumps(sys.executable)}",
        f"search-path = {json.dumps(project.paths())}",
    ]
    config.write_text("\n".join(lines))

    def parse(output: str) -> Iterator[_Remark]:
        for said in json.loads(output)["errors"]:
            revealed = _revealed(r"revealed type: (.*)$", said["description"])
            if said["severity"] == "error" or revealed is not None:
                yield _Remark(said["path"], said["line"], said["description"], said["name"], revealed)

    options = ["--config", str(config), "--output-format", "json", "--relative-to", "", "--summary=none"]
    return [str(binary("pyrefly")), "check", *options], parse


def _ty(mode: Mode, project: Project) -> Command:
    config = project.folder / "ty.toml"
    lines = [
        "[environment]",
        f"python = {json.dumps(sys.executable)}",
        f"extra-paths = {json.dumps(project.paths())}",
    ]
    config.write_text("\n".join(lines))

    def parse(output: str) -> Iterator[_Remark]:
        for said in json.loads(output):
            rule, place = said["check_name"], said["location"]
            message = said["description"].removeprefix(f"{rule}: ")
            revealed = _revealed(r"Revealed type: `(.*)`$", message)
            if said["severity"] in ("major", "critical") or revealed is not None:
                yield _Remark(place["path"], place["positions"]["begin"]["line"], message, rule, revealed)

    options = ["--config-file", str(config), "--output-format", "gitlab", "--no-progress"]
    return [str(binary("ty")), "check", *options], parse


_CHECKERS: dict[Mode, Callable[[Mode, Project], Command]] = {
    "mypy-plugin": _mypy,
    "mypy": _mypy,
    "pyright": _pyright,
    "basedpyright": _pyright,
    "pyrefly": _pyrefly,
    "ty": _ty,
}

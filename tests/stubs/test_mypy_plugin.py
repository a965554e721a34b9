"""What mypy says of programs over Vars with the plugin, and that nothing outside of the programs changes it."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from textwrap import dedent

import pytest

pytest.importorskip("mypy", reason="the plugin is mypy's")

from mypy import api
from mypy.plugin import Plugin
from specifications import COMMON, OVERLAY, SPECIFICATIONS, TWINS

from ray_proxy import mypy_plugin
from ray_proxy.mypy_plugin.hooks import VarPlugin
from ray_proxy.mypy_plugin.there import There

CONFIGURATION = """
[mypy]
plugins = ray_proxy.mypy_plugin
strict = True
python_version = 3.11
cache_dir = {cache}
mypy_path = {path}

[mypy-common]
implicit_reexport = True

[mypy-ray.*,cloudpickle.*,msgspec.*]
follow_imports = skip
ignore_missing_imports = True
"""
Report = dict[int, list[str]]


class Programs:
    """A folder of programs, and mypy's remarks about each of their lines."""

    def __init__(self, folder: Path, search: Path | None = None) -> None:
        self.folder = folder
        self._configuration = folder / "mypy.ini"
        self._configuration.write_text(CONFIGURATION.format(cache=folder / "cache", path=search or folder))

    def write(self, name: str, text: str) -> None:
        (self.folder / f"{name}.py").write_text(text)

    def check(self, *names: str) -> dict[str, Report]:
        """Check programs, by default all."""
        files = [str(self.folder / f"{name}.py") for name in names] or [*map(str, sorted(self.folder.glob("*.py")))]
        told, errors, code = api.run([*files, "--config-file", str(self._configuration), "--show-traceback"])
        assert code in (0, 1), f"{told}\n{errors}"
        assert not errors
        report: dict[str, Report] = defaultdict(lambda: defaultdict(list))
        for file, line, remark in re.findall(r"^(.*)\.py:(\d+): ((?:error|note): .*)$", told, re.MULTILINE):
            unqualified = re.sub(r"\b(?:[A-Za-z_]\w*\.)+(?=[A-Za-z_])|`-?\d+", "", remark)
            report[Path(file).name][int(line)].append(unqualified)
        return report


def file_name(sentence: str) -> str:
    return re.sub(r"\W+", "_", sentence)


def program(text: str) -> str:
    """A specification as mypy shall read it."""
    lines = re.sub(r"^(\s*)(.*?)  #: .*$", r"\1reveal_type(\2)", dedent(text), flags=re.MULTILINE)
    return "from common import *" + re.sub(r"^((?:async )?def \w+\(.*\)):$", r"\1 -> None:", lines, flags=re.MULTILINE)


def twin(annotation: str, expressions: str) -> str:
    """A function of expressions, one a line."""
    body = "\n".join(f"    reveal_type({expression})" for expression in expressions.split("; "))
    return f"from common import *\ndef f(v: {annotation}) -> None:\n{body}\n"


def misses(told: Report, text: str) -> list[str]:
    """The lines of a specification of which mypy tells another thing than their marks."""
    wrong = []
    for at, line in enumerate(dedent(text).split("\n"), 1):
        kind, wanted = "", ""
        for mark, kind_of_mark in (("  #: ", "note: Revealed type is "), ("  # error: ", "error: ")):
            if mark in line:
                kind, wanted = kind_of_mark, line.partition(mark)[2]
        wanted = f'"{wanted}"' if kind.startswith("note") else wanted
        remarks = [remark for remark in told.get(at, []) if remark.startswith("error: ") or "Revealed" in remark]
        if (
            bool(remarks) != bool(kind)
            or not all(remark.startswith(kind) for remark in remarks)
            or (remarks and not any(wanted in remark for remark in remarks))
        ):
            wrong.append(f"{at}: {line.strip()}: {remarks}")
    return wrong


def without_failed(told: Report) -> Report:
    """Where there is an error, the result that mypy goes on with is nobody's."""
    return {
        line: [
            remark for remark in remarks if "Revealed" not in remark or not any("error: " in told for told in remarks)
        ]
        for line, remarks in told.items()
    }


def lifted(told: Report) -> Report:
    """What is told of values, as it is to be told of their Vars."""
    revealed = re.compile(r'(Revealed type is )"(.*)"')
    return {line: [revealed.sub(r'\1"Var[\2]"', remark) for remark in remarks] for line, remarks in told.items()}


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    programs = Programs(tmp_path_factory.mktemp("programs"))
    programs.write("common", COMMON)
    for sentence, text in SPECIFICATIONS.items():
        programs.write(file_name(sentence), program(text))
    for kind, expressions in TWINS.items():
        programs.write(file_name(f"here {kind}"), twin(kind, expressions))
        programs.write(file_name(f"there {kind}"), twin(f"Var[{kind}]", expressions))
    return programs


@pytest.fixture(scope="module")
def told(programs: Programs) -> dict[str, Report]:
    return programs.check()


@pytest.mark.parametrize("sentence", SPECIFICATIONS)
def test_mypy_knows_that(told: dict[str, Report], sentence: str) -> None:
    assert misses(told[file_name(sentence)], SPECIFICATIONS[sentence]) == []


@pytest.mark.parametrize("kind", TWINS)
def test_an_expression_over_a_var_gives_the_var_of_what_it_gives_over_the_value(
    told: dict[str, Report], kind: str
) -> None:
    here, there = told[file_name(f"here {kind}")], told[file_name(f"there {kind}")]
    assert without_failed(there) == lifted(without_failed(here))


def test_a_second_run_takes_the_same_from_the_cache(programs: Programs, told: dict[str, Report]) -> None:
    sentence = "a Var is held against protocols by the members of T"
    programs.write(file_name(sentence), program(SPECIFICATIONS[sentence]) + "\n")
    assert programs.check() == told


def test_a_failure_inside_is_a_var_of_anything(
    programs: Programs, told: dict[str, Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise AssertionError("as mypy's own functions do")

    monkeypatch.setattr(There, "check", fails)
    programs.write(
        "failing",
        program("""
        def f(p: Var[Path], n: Var[int]):
            p.parent  #: Var[Any]
            n + 1  #: Var[Any]
            p.parent.nope(1)["a"]  #: Var[Any]
    """),
    )
    report = programs.check("failing")["failing"]
    assert [remark for remarks in report.values() for remark in remarks] == ['note: Revealed type is "Var[Any]"'] * 3


def test_an_overlay_changes_nothing(told: dict[str, Report], tmp_path: Path) -> None:
    (tmp_path / "typings").mkdir()
    (tmp_path / "typings/ray_proxy_members.pyi").write_text(dedent(OVERLAY))
    programs = Programs(tmp_path, tmp_path / "typings")
    programs.write("common", COMMON)
    names = [file_name(sentence) for sentence in SPECIFICATIONS]
    for name, text in zip(names, SPECIFICATIONS.values()):
        programs.write(name, program(text))
    report = programs.check()
    assert {name: report[name] for name in names} == {name: told[name] for name in names}


@pytest.mark.parametrize("version", ["2.99.0", "3.0.0+dev"])
def test_a_newer_mypy_is_told_of_and_tried(version: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert mypy_plugin.plugin(version) is VarPlugin
    assert f"tested with mypy 1.18 to 2.4, and this is {version}" in capsys.readouterr().err


def test_an_older_mypy_is_told_of_and_goes_without(capsys: pytest.CaptureFixture[str]) -> None:
    assert mypy_plugin.plugin("1.17.1") is Plugin
    assert "needs mypy 1.18 or newer, and is off: this is 1.17.1" in capsys.readouterr().err


def test_of_a_known_mypy_nothing_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert mypy_plugin.plugin("2.4.1") is VarPlugin
    assert capsys.readouterr() == ("", "")

"""Each type checker says of each case what the case expects. How a case is written: `expectations`.

The first test of a checker waits for its run over all cases, which takes up to a minute. Two checkers run at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
import suite
from checkers import MODES, CheckerMissing, Complaint, Mode, Project, Report, Said, check
from expectations import BadCase, judge, read

pytestmark = pytest.mark.timeout(900)  # the first test of a checker waits for its run over all cases


Run = Callable[[Mode, bool], Report]


@pytest.fixture(scope="session")
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """What a checker says of all its cases, or why it does not. The first call begins the runs of all."""
    asked = {item.callspec.params.get("mode") for item in request.session.items if hasattr(item, "callspec")}
    begun: dict[tuple[Mode, bool], Future[Report]] = {}

    def begin(torch: bool) -> None:
        overlay = suite.overlay(tmp_path_factory.getbasetemp(), torch)
        folder = tmp_path_factory.mktemp("project")
        for mode in (mode for mode in MODES if mode in asked):
            begun[mode, torch] = pool.submit(suite.run, mode, overlay, folder, torch)

    def run(mode: Mode, torch: bool) -> Report:
        if (mode, torch) not in begun:
            begin(torch)
        try:
            return begun[mode, torch].result()
        except CheckerMissing as missing:
            pytest.skip(str(missing))

    with ThreadPoolExecutor(2) as pool:
        yield run
        pool.shutdown(cancel_futures=True)  # of an interrupted run


def each(torch: bool) -> list[object]:
    """Every mode with every case that it is held to."""
    return [
        pytest.param(mode, case, id=f"{mode}-{case.stem}") for mode in MODES for case in suite.cases_for(mode, torch)
    ]


@pytest.mark.types
@pytest.mark.parametrize(("mode", "case"), each(torch=False))
def test_a_checker_says_what_the_case_expects(mode: Mode, case: Path, run: Run) -> None:
    hold(case, mode, run(mode, False))


@pytest.mark.torch
@pytest.mark.parametrize(("mode", "case"), each(torch=True))
def test_a_checker_says_what_the_case_with_torch_expects(mode: Mode, case: Path, run: Run) -> None:
    hold(case, mode, run(mode, True))


def hold(case: Path, mode: Mode, report: Report) -> None:
    outcome = judge(case, report[case.resolve()], mode)
    if outcome.failures:
        head = f"{mode} meets {outcome.passed} of {outcome.total} expectations"
        pytest.fail("\n".join([head, *outcome.failures]), pytrace=False)


# ------------------------------------------------------------------------------------ the suite itself


def written(folder: Path, *lines: str) -> Path:
    case = folder / "case.py"
    case.write_text("\n".join(["from typing_extensions import assert_type, reveal_type", *lines, ""]))
    return case


def test_an_expectation_is_one_statement(tmp_path: Path) -> None:
    case = written(
        tmp_path,
        "def numbers(v: list[int]) -> None:",
        "    assert_type(v[0], int)",
        "    v[0] = 3",
        "    for item in v:",
        "        item.uper()  # error: plugin",
        "    v + 3  # error  # limit: ty pyrefly",
        "    v.upper()  # error",
    )
    assert [(it.line, it.kind, it.plugin, sorted(it.limits)) for it in read(case)] == [
        (3, "type", False, []),
        (4, "silence", False, []),
        (5, "silence", False, []),
        (6, "error", True, []),
        (7, "error", False, ["pyrefly", "ty"]),
        (8, "error", False, []),
    ]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["def f(x: int) -> None:", "    x.upper(  # error", "    )"], "an expectation is one line"),
        (["def f(x: int) -> None:", "    x + 1"], "f does not end with an error for all"),
        (["def f(x: int) -> None:", "    x.up()  # error: plugin"], "f does not end with an error for all"),
        (["def f(x: int) -> None:", "    x.up()  # eror"], "unknown mark 'eror'"),
        (["def f(x: int) -> None:", "    x.up()  # error  # limit: typ"], "unknown mark 'limit: typ'"),
        (["x = 1  # error"], "a mark without a statement"),
    ],
)
def test_a_case_that_is_badly_written_is_refused(lines: list[str], reason: str, tmp_path: Path) -> None:
    with pytest.raises(BadCase, match=reason):
        read(written(tmp_path, *lines))


def test_a_failure_tells_line_source_expectation_and_report(tmp_path: Path) -> None:
    case = written(tmp_path, "def f(x: int) -> None:", "    assert_type(x, str)", "    x + 1  # error")
    outcome = judge(case, {3: Said([Complaint("it is int", "assert-type")])}, "mypy")
    assert (outcome.passed, outcome.total) == (0, 2)
    assert outcome.failures == [
        "case.py:3: assert_type(x, str)\n    expected this type\n    said it is int [assert-type]",
        "case.py:4: x + 1  # error\n    expected an error\n    said nothing",
    ]


def test_a_limit_excuses_its_checker_only_while_it_holds(tmp_path: Path) -> None:
    case = written(tmp_path, "def f(x: int) -> None:", "    x[0]  # error  # limit: ty", "    x.upper()  # error")
    error = Said([Complaint("no", "rule")])
    assert judge(case, {4: error}, "ty").failures == []
    assert judge(case, {4: error}, "ty").passed == 1
    assert "expected to be a limit of ty, and it is none" in judge(case, {3: error, 4: error}, "ty").failures[0]
    assert "expected an error" in judge(case, {4: error}, "mypy").failures[0]


def test_an_error_outside_of_the_cases_is_a_failure(tmp_path: Path) -> None:
    case = written(tmp_path, "import nothing", "def f(x: int) -> None:", "    x.upper()  # error")
    error = Said([Complaint("no such module", "import")])
    assert "expected no error outside of the cases" in judge(case, {2: error, 4: error}, "ty").failures[0]


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "mypy-plugin"])
def test_a_checker_reports_errors_and_revealed_types_by_line(mode: Mode, tmp_path: Path) -> None:
    overlay, library = tmp_path / "overlay", tmp_path / "library"
    overlay.mkdir()
    library.mkdir()
    (overlay / "ray_proxy_members.pyi").write_text("marker: int\n")
    (library / "goods.py").write_text("def price(name: str) -> int | None:\n    return 3\n")
    case = written(
        tmp_path,
        "from goods import price",
        "from ray_proxy_members import marker",
        "reveal_type(marker)",
        "reveal_type(price('a'))",
        "price(3)",
        "assert_type(price('a'), str)",
    )
    try:
        report = check(mode, [case], Project(tmp_path / "project", overlay, [library]))
    except CheckerMissing as missing:
        pytest.skip(str(missing))
    lines = report[case.resolve()]
    assert {line: said.revealed for line, said in lines.items() if said.revealed} == {4: ["int"], 5: ["int | None"]}
    assert sorted(line for line, said in lines.items() if said.errors) == [6, 7]
    assert all(error.message and error.rule for said in lines.values() for error in said.errors)

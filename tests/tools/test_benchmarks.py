"""The arithmetic of `benchmarks/bench.py` on given numbers, and that it runs. Nothing here asserts a time."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from conftest import ROOT

sys.path.append(str(ROOT / "benchmarks"))

from contest.contenders import ENTRIES, OURS
from contest.figures import BYTES, MICROS, MILLIS, RATE, Spread, ratios, shown, spread
from contest.harness import Outcome
from contest.report import BEGIN, END, Report
from contest.works import WORKS, Row

ROWS = [Row("call", "a `call`", MICROS), Row("chain", "a chain", RATE)]


@pytest.fixture
def report() -> Report:
    """Of a run of three rounds, in which the bare socket took half our time."""
    figures = {
        "call": {OURS: [40.0, 10.0, 20.0], "bare socket": [20.0, 5.0, 10.0]},
        "chain": {OURS: [100.0, 300.0, 200.0], "bare socket": [200.0, 600.0, 400.0]},
    }
    outcome = Outcome(figures, {key: dict.fromkeys(figures[key], 7) for key in figures}, [], [0.5, 1.5, 4.0], 60.0)
    return Report(outcome, ROWS, ENTRIES[:2], 3, False)


def test_spread_is_the_median_and_the_quartiles() -> None:
    assert spread([5, 1, 4, 2, 3]) == Spread(2, 3, 4)
    assert spread([4, 1, 2, 3]) == Spread(1.75, 2.5, 3.25)
    assert spread([1, 2]) == Spread(1.25, 1.5, 1.75)
    assert spread([7]) == Spread(7, 7, 7)


def test_units_make_figures_of_seconds_and_bytes() -> None:
    assert MICROS.figure(0.5, 1000) == 500
    assert MILLIS.figure(0.5, 1000) == 500
    assert RATE.figure(0.5, 1000) == 2000
    assert BYTES.figure(5000, 100) == 50


def test_a_ratio_is_their_time_over_ours_whatever_the_unit() -> None:
    assert ratios(MICROS, [30, 10], [10, 20]) == [3, 0.5]
    assert ratios(RATE, [30, 10], [10, 20]) == [1 / 3, 2]
    assert ratios(MICROS, [30, 10], [10, -1]) == [3]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1234567, "1,230,000"), (123.4, "123"), (12.34, "12.3"), (0.01234, "0.0123"), (-2.5, "-2.5")],
)
def test_three_digits_are_shown(value: float, text: str) -> None:
    assert shown(value) == text


def test_the_table_has_medians_quartiles_and_ratios(report: Report) -> None:
    assert report.table().splitlines() == [
        f"| what | unit | {OURS} | bare socket |",
        "| --- | --- | ---: | ---: |",
        "| a `call` | µs | 20 (15 – 30) | 10 (×0.5) |",
        "| a chain | /s | 200 (150 – 250) | 400 (×0.5) |",
    ]
    assert "0.5 at first, 1.5 in the median, 4.0 at most" in report.conditions()


def test_the_page_keeps_its_text(report: Report, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    report.write_page(page)
    text = page.read_text()
    assert text.startswith(f"before\n{BEGIN}\n")
    assert text.endswith(f"{END}\nafter\n")
    assert report.table() in text
    assert "old" not in text
    dots = ElementTree.parse(tmp_path / "page.svg").findall(".//{*}g/{*}circle")
    assert len(dots) == len(ROWS)


def test_rows_have_keys_of_their_own() -> None:
    keys = [row.key for work in WORKS for row in work.rows]
    assert len(keys) == len(set(keys))


@pytest.mark.timeout(300)
def test_it_runs(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    command = [sys.executable, str(ROOT / "benchmarks" / "bench.py"), "--quick", "--only", "chain", "--rounds", "1"]
    done = subprocess.run([*command, "--json", str(path)], capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| chain of `v = v + 1`, then a fetch | /s |" in done.stdout
    row = json.loads(path.read_text())["rows"]["chain"]
    assert {name: len(samples) for name, samples in row["samples"].items()} == {
        OURS: 1,
        "bare socket": 1,
        "Ray actor": 1,
    }

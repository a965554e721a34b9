"""Print the Markdown table of how many expectations of each case each type checker meets.

``python tests/typing/table.py [--torch]``
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import suite
from checkers import MODES, CheckerMissing, Mode
from expectations import Outcome, judge


def outcomes(torch: bool) -> dict[Mode, dict[str, Outcome]]:
    """By mode and case; a mode whose checker is not installed is left out."""
    found: dict[Mode, dict[str, Outcome]] = {}
    with tempfile.TemporaryDirectory() as folder:
        overlay = suite.overlay(Path(folder), torch)
        for mode in MODES:
            try:
                report = suite.run(mode, overlay, Path(folder), torch)
            except CheckerMissing:
                continue
            found[mode] = {
                case.stem: judge(case, report[case.resolve()], mode) for case in suite.cases_for(mode, torch)
            }
    return found


def table(found: dict[Mode, dict[str, Outcome]], names: list[str]) -> str:
    """A row for each case, and one for all together."""
    rows = [["case", *found], ["---", *("---:" for _ in found)]]
    for name in names:
        rows.append([f"`{name}`", *(_cell([by[name]] if name in by else []) for by in found.values())])
    rows.append(["**all**", *(_cell(list(by.values())) for by in found.values())])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cell(some: list[Outcome]) -> str:
    return f"{sum(it.passed for it in some)}/{sum(it.total for it in some)}" if some else ""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--torch", action="store_true", help="the cases with PyTorch")
    torch = parser.parse_args().torch
    print(table(outcomes(torch), [case.stem for case in suite.cases(torch)]))

"""What holds after an edit, case by case: each is data in one of the files `cases_*.py`."""

from __future__ import annotations

import sys

import cases_classes
import cases_dispatching
import cases_functions
import cases_modules
import cases_newer
import pytest
from case import Case
from live import Live
from thirty import CASES as THIRTY

CASES = [*cases_functions.CASES, *cases_classes.CASES, *cases_modules.CASES, *cases_dispatching.CASES]
if sys.version_info >= (3, 12):
    CASES += cases_newer.CASES


@pytest.mark.parametrize("name", THIRTY)
def test_one_of_the_thirty(live: Live, name: str) -> None:
    before, setup, after, check = THIRTY[name]
    live.load(m=before)
    live.run(setup)
    try:
        live.edit(m=after)
    except (SyntaxError, ValueError):
        assert "error" in name
    assert live.value(check)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_edit(live: Live, case: Case) -> None:
    live.load(**case.before)
    live.run(case.prelude)
    live.run(case.setup)
    report = live.edit(**case.after)
    assert live.value(case.check), (str(report), report.notes)

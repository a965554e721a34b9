"""Random edits of random projects give what the texts in force say, and keep what earlier texts have made.

`EDITS=2000` runs so many edits, drawn anew; the ordinary suite runs a few projects that are always the same. A history
that fails is printed as it was shrunk: its texts, its edits, its operations, and what the last one gave.
"""

from __future__ import annotations

import gc
import itertools
import os
import secrets
import time
from collections.abc import Iterator

import pytest
from edit_history import Edit, History, histories
from edit_machine import Machine
from hypothesis import HealthCheck, Phase, given, seed, settings

EDITS = int(os.environ.get("EDITS", "0"))
"""So many edits in all; 0: the few of the ordinary suite."""
SEED = int(os.environ.get("EDITS_SEED", "0")) or (secrets.randbelow(10**9) if EDITS else 1)
FEW = 60
"""Projects of the ordinary suite."""
AT_ONCE = 10
"""Projects that are drawn in one go of Hypothesis: it draws the next ones as variations of these."""
GO = settings(
    max_examples=AT_ONCE,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
    report_multiple_bugs=False,
)


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    """An edit looks through the heap for what it must change: nothing of what is there now."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def test_random_edits_do_what_the_texts_say() -> None:
    projects: set[str] = set()
    edits = steps = 0
    began = time.monotonic()

    @GO
    @given(histories())
    def run(history: History) -> None:
        nonlocal edits, steps
        Machine(history).run()
        if str(history) not in projects:
            projects.add(str(history))
            edits += sum(isinstance(step, Edit) for step in history.steps)
            steps += len(history.steps)

    for number in itertools.count():
        if (edits >= EDITS) if EDITS else (len(projects) >= FEW):
            break
        seed(f"{SEED} {number}")(run)()
    if EDITS:
        seconds = time.monotonic() - began
        print(f"\n{len(projects):,} projects, {edits:,} edits, {steps:,} steps in {seconds:.0f} s; EDITS_SEED={SEED}")

"""Random notebooks give the same through an interpreter as the rule says: see `program_cells`.

`make programs` runs many, drawn anew; the ordinary suite runs a few that are always the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import LoopbackInterpreter
from hypothesis import HealthCheck, given, seed, settings
from notebook import solitary  # noqa: F401 the fixture
from program_amount import MANY, SEED
from program_cells import Cells, notebooks

SHARE = {"loopback": 0.7, "process": 0.3}
"""How many of all run with an interpreter of this process, and with one in a process of its own."""
FEW = {"loopback": 150, "process": 50}


@pytest.fixture(params=list(SHARE))
def channel(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def env(channel: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    env = LoopbackInterpreter.make() if channel == "loopback" else request.getfixturevalue("solitary").connect()
    yield env
    env.destroy()


def test_random_notebooks_do_what_the_rule_says(env: Any, channel: str) -> None:
    count = int(MANY * SHARE[channel]) if MANY else FEW[channel]
    ran = 0

    @seed(f"{SEED} {channel}")
    @settings(max_examples=count, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(notebooks())
    def run(steps: list[tuple[Any, ...]]) -> None:
        nonlocal ran
        ran += 1
        cells = Cells(env)
        try:
            cells.run(steps)
        finally:
            cells.close()

    run()
    if MANY:
        print(f"\n{ran:,} notebooks, {channel}; PROGRAMS_SEED={SEED}")

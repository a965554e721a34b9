"""What was computed is told of soon, also while the call that follows it in the frame runs on.

That is within 20 ms, where that call lets other threads run; here it waits for an event, so no time is measured.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from cable import CableInterpreter
from rig import Rig

import ray_proxy

PATIENCE = 20.0
SOON = 5.0
"""Seconds after which what is told too late has failed."""

gate = threading.Event()


def wait_for_gate() -> bool:
    return gate.wait(PATIENCE)


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    gate.clear()
    yield rig
    gate.set()
    rig.close()


def in_one_frame(rig: Rig, env: CableInterpreter) -> tuple[Any, Any]:
    """A call that is quick and one that waits for the gate: given before there is a channel, so they leave together."""
    quick, slow = env.run(list, ((1, 2),)), env.run(wait_for_gate)
    rig.cable.plugged = True
    return quick, slow


def which(var: object, quick: object, slow: object) -> str:
    """Its name; a Var in an assertion that fails would be waited for, to be shown."""
    return "quick" if var is quick else "slow" if var is slow else ""


def unplugged(rig: Rig) -> CableInterpreter:
    rig.cable.plugged = False
    return rig.connect()


def test_wait_gives_the_quick_one_before_the_slow_one_behind_it_ends(rig: Rig) -> None:
    for _ in range(3):  # one that took 5 ms by chance is told of in time
        gate.clear()
        quick, slow = in_one_frame(rig, unplugged(rig))
        ready, pending = ray_proxy.wait([quick, slow], timeout=SOON / 2)
        assert [which(var, quick, slow) for var in (*ready, None, *pending)] == ["quick", "", "slow"]
        gate.set()
        assert slow.fetch(timeout=PATIENCE)


def test_as_completed_gives_the_quick_one_before_the_slow_one_behind_it_ends(rig: Rig) -> None:
    for _ in range(3):
        gate.clear()
        quick, slow = in_one_frame(rig, unplugged(rig))
        arriving = ray_proxy.as_completed([slow, quick], timeout=SOON / 2)
        assert which(next(arriving), quick, slow) == "quick"
        gate.set()
        assert which(next(arriving), quick, slow) == "slow"


def test_a_small_value_in_front_of_a_slow_call_is_known_before_that_ends(rig: Rig) -> None:
    for _ in range(3):
        gate.clear()
        env = unplugged(rig)
        number, slow = env.run(sum, ((1, 2),)), env.run(wait_for_gate)
        rig.cable.plugged = True
        ready, _ = ray_proxy.wait([number], timeout=SOON / 2)
        assert len(ready) == 1
        assert number.fetch(timeout=SOON / 2) == 3  # a question would wait behind the slow call
        gate.set()
        assert slow.fetch(timeout=PATIENCE)

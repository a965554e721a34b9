"""`state(v)`: what became of an operation, without waiting for it."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import cloudpickle
import pytest
from conftest import LoopbackInterpreter, eventually

import ray_proxy
from ray_proxy import RemoteInterpreter, Var

cloudpickle.register_pickle_by_value(sys.modules[__name__])

PATIENCE = 20.0
BOUND = 2.0
"""Seconds for what is meant to take 0.3 at most."""


def wait_for(path: str) -> str:
    while not Path(path).exists():
        time.sleep(0.01)
    return path


def spin(seconds: float) -> None:
    """Lets no other thread run for as long: one call of C."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        sorted(range(1_000_000, 0, -1), key=str)


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """While there is no such file, `wait_for` waits."""
    return tmp_path / "gate"


@pytest.fixture
def held(there: RemoteInterpreter, gate: Path) -> Var[str]:
    """A Var that is computed once the gate is open."""
    var = there.run(wait_for, (str(gate),))
    eventually(lambda: ray_proxy.state(var) == "running", PATIENCE)
    return var


def timed(function: Callable[[], object]) -> float:
    begun = time.monotonic()
    function()
    return time.monotonic() - begun


def test_what_runs_is_running_and_what_comes_after_it_is_pending(there: RemoteInterpreter, held: Var[str]) -> None:
    after = there.run(len, (held,))
    assert (ray_proxy.state(held), ray_proxy.state(after)) == ("running", "pending")


def test_it_is_done_without_anybody_waiting(held: Var[str], gate: Path) -> None:
    gate.touch()
    eventually(lambda: ray_proxy.state(held) == "done", PATIENCE)


def test_it_has_failed_and_the_error_is_not_raised(there: RemoteInterpreter) -> None:
    failed = there.run(int, ("x",))
    depends = failed + 1
    eventually(lambda: ray_proxy.state(failed) == "failed", PATIENCE)
    eventually(lambda: ray_proxy.state(depends) == "failed", PATIENCE)
    with pytest.raises(ValueError, match="invalid literal"):
        failed.fetch()


def test_it_waits_for_nothing(there: RemoteInterpreter, held: Var[str]) -> None:
    assert timed(lambda: [ray_proxy.state(held) for _ in range(100)]) < BOUND


def test_an_interpreter_that_lets_no_thread_run_is_not_waited_for(there: RemoteInterpreter) -> None:
    spinning = there.run(spin, (5.0,))
    there.session.flush()
    assert timed(lambda: ray_proxy.state(spinning)) < BOUND


def test_in_a_thread_it_is_the_same(held: Var[str]) -> None:
    told: list[str] = []
    thread = threading.Thread(target=lambda: told.append(ray_proxy.state(held)))
    thread.start()
    thread.join(PATIENCE)
    assert told == ["running"]


def test_one_of_an_interpreter_that_is_gone_has_failed_unless_its_value_came(there: RemoteInterpreter) -> None:
    came = there.put([1])
    there.sync()
    lost = there.run(time.sleep, (60,))
    there.session.flush()
    there.destroy()
    assert (ray_proxy.state(came), ray_proxy.state(lost)) == ("done", "failed")


def test_here_it_is_done_at_once(env: LoopbackInterpreter) -> None:
    value, failed = env.put([1]), env.run(int, ("x",))
    ray_proxy.wait([value, failed], 2)
    assert (ray_proxy.state(value), ray_proxy.state(failed)) == ("done", "failed")


def test_what_is_no_var_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="Var"):
        ray_proxy.state(1)  # type: ignore[arg-type]

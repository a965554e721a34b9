"""What Ray knows of the end of processes, as `ray_proxy.cluster.liveness` asks it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
import ray
from conftest import eventually

from ray_proxy.cluster import liveness

pytestmark = pytest.mark.faults


@ray.remote
class _Worker:
    def identity(self) -> tuple[int, str]:
        return os.getpid(), liveness.worker_id()


def test_a_living_worker_and_this_driver_are_not_dead(cluster: str) -> None:
    worker = _Worker.remote()  # type: ignore[attr-defined]
    _, id = ray.get(worker.identity.remote())
    assert not liveness.is_dead(id)
    assert not liveness.is_dead(liveness.worker_id())
    assert liveness.verdict(worker._actor_id.hex()) is None


def test_a_killed_actor_is_dead_with_a_reason(cluster: str) -> None:
    worker = _Worker.remote()  # type: ignore[attr-defined]
    pid, id = ray.get(worker.identity.remote())
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: liveness.is_dead(id), 6)
    eventually(lambda: liveness.verdict(worker._actor_id.hex()) is not None, 6)
    assert "worker process has died" in str(liveness.verdict(worker._actor_id.hex()))


def test_a_killed_driver_is_dead(cluster: str) -> None:
    code = (
        "import ray, time; ray.init(); from ray_proxy.cluster import liveness; print(liveness.worker_id(), flush=True)"
    )
    driver = subprocess.Popen(
        [sys.executable, "-c", f"{code}; time.sleep(100)"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "RAY_ADDRESS": cluster},
    )
    assert driver.stdout is not None
    id = driver.stdout.readline().split()[-1]
    assert not liveness.is_dead(id)
    driver.kill()
    driver.wait()
    eventually(lambda: liveness.is_dead(id), 6)


def test_an_unknown_worker_is_not_known_to_be_dead(cluster: str) -> None:
    assert not liveness.is_dead("ab" * 28)
    assert not liveness.is_dead("nonsense")

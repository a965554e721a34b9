"""A node that is lost: its interpreters end for their clients, those of other nodes go on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator

import pytest
from conftest import ROOT

pytestmark = pytest.mark.faults

CLUSTER = """
import sys
from ray.cluster_utils import Cluster

node = {"num_cpus": 16, "node_ip_address": "127.0.0.1", "object_store_memory": 200_000_000}
cluster = Cluster(True, False, head_node_args={**node, "include_dashboard": False, "resources": {"head": 100}})
other = cluster.add_node(**node, resources={"other": 100})
print(cluster.address, other.all_processes["raylet"][0].process.pid, flush=True)
sys.stdin.read()
cluster.shutdown()
"""

DRIVER = """
import os, signal, time
import ray, ray_proxy
raylet = int(os.environ["RAYLET"])
ray.init(log_to_driver=False)
rif = ray_proxy.RemoteInterpreterFactory()
ours = rif.create(resources={"head": 1}).put([1])
env = rif.create(resources={"other": 1}, grace=5)
lost = env.put([2])
print(">", ours.fetch(), lost.fetch())
processes = [raylet, env.status()["pid"]]
"""


@pytest.fixture
def run() -> Iterator[Callable[[str], list[str]]]:
    """Runs a program as a driver on the first node of a cluster of two; gives the lines that it prints."""
    folder = tempfile.mkdtemp(prefix="two_", dir="/tmp")  # else `ray.init()` of any other program finds this cluster
    environ = {**os.environ, "RAY_TMPDIR": folder, "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
    holder = subprocess.Popen(
        [sys.executable, "-c", CLUSTER],
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    try:
        address, raylet = holder.stdout.readline().split()

        def run(code: str) -> list[str]:
            done = subprocess.run(
                [sys.executable, "-c", DRIVER + code],
                env={**environ, "RAY_ADDRESS": address, "RAYLET": raylet},
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=100,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            return [line[2:] for line in done.stdout.splitlines() if line.startswith("> ")]  # Ray prints, too

        yield run
    finally:
        holder.stdin.close()
        holder.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


USE = """
start = time.monotonic()
try:
    (lost + [3]).fetch()
except ray_proxy.InterpreterDiedError as error:
    print(">", " ".join(str(error).split()))
    print(">", time.monotonic() - start)
print(">", (ours + [4]).fetch())
"""


def test_a_node_whose_processes_are_killed_is_an_error_within_the_grace_time(run: Callable[[str], list[str]]) -> None:
    values, text, seconds, other = run("for process in processes: os.kill(process, signal.SIGKILL)\n" + USE)
    assert values == "[1] [2]"
    assert "silent since" in text or "has ended" in text
    assert float(seconds) < 15
    assert other == "[1, 4]"


def test_a_node_that_falls_silent_is_an_error_after_the_grace_time(run: Callable[[str], list[str]]) -> None:
    values, text, seconds, other = run(
        "for process in processes: os.kill(process, signal.SIGSTOP)\n"
        + USE
        + "for process in processes: os.kill(process, signal.SIGCONT)\n"
    )
    assert values == "[1] [2]"
    assert "silent since" in text
    assert 4 < float(seconds) < 25
    assert other == "[1, 4]"

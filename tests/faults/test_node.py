"""A node that is lost: its interpreters end for their clients, those of other nodes go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import programs
import pytest

pytestmark = pytest.mark.faults

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
    with programs.two_nodes() as environ:
        # Ray prints, too.
        yield lambda code: [
            line[2:] for line in programs.run(DRIVER + code, environ).splitlines() if line.startswith("> ")
        ]


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

"""Links between nodes that are cut: three network namespaces, and a router in the middle that forwards nothing."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ROOT

pytestmark = pytest.mark.faults

SERVER = """
import sys, threading
sys.path.insert(0, "tests")
from ray_proxy.server.server import Server
from ray_proxy.interpreter.interpreter import Interpreter
wanted = threading.Event()
server = Server(Interpreter("far"), "far", wanted.set, bind="10.231.1.2", grace=float(sys.argv[1]))
print(server.address.port, server.key.hex(), flush=True)
def tell():
    for _ in sys.stdin:
        print(server.status()["variables"], flush=True)
threading.Thread(target=tell, daemon=True).start()
while True:
    wanted.wait()
    wanted.clear()
    server.serve()
"""

CLIENT = """
import sys
sys.path.insert(0, "tests")
from cable import CableInterpreter, FarLink
from ray_proxy.session.session import Session
link = FarLink("10.231.1.2", int(sys.argv[1]), bytes.fromhex(sys.argv[2]))
env = Session(link=link, env=CableInterpreter).env()
numbers = env.put([])
numbers.fetch()
print("ready", flush=True)
try:
    for number in range(int(sys.argv[3])):
        numbers.append(number)
        if number % 500 == 0:
            assert len(numbers) == number + 1
            print(number, flush=True)
            sys.stdin.readline()
    assert numbers.fetch() == list(range(int(sys.argv[3])))
    print("right", flush=True)
    sys.stdin.readline()
except Exception as error:
    print(type(error).__name__, error, flush=True)
"""


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def may_make_namespaces() -> bool:
    if shutil.which("ip") is None:
        return False
    with contextlib.suppress(subprocess.CalledProcessError):
        run("ip", "netns", "add", "rp_probe")
        run("ip", "netns", "del", "rp_probe")
        return True
    return False


class Network:
    """near (10.231.0.2) - router - far (10.231.1.2)"""

    def __init__(self) -> None:
        self.processes: list[subprocess.Popen[str]] = []
        for name in ("rp_near", "rp_router", "rp_far"):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        for number, name in enumerate(("rp_near", "rp_far")):
            ours, its = f"rp_v{number}", f"rp_r{number}"
            run("ip", "link", "add", ours, "netns", name, "type", "veth", "peer", "name", its, "netns", "rp_router")
            run("ip", "-n", name, "addr", "add", f"10.231.{number}.2/24", "dev", ours)
            run("ip", "-n", "rp_router", "addr", "add", f"10.231.{number}.1/24", "dev", its)
            run("ip", "-n", name, "link", "set", ours, "up")
            run("ip", "-n", "rp_router", "link", "set", its, "up")
            run("ip", "-n", name, "route", "add", "default", "via", f"10.231.{number}.1")
        self.forward(True)

    def forward(self, whether: bool) -> None:
        """Without it, packets vanish, and nobody is told."""
        command = f"echo {int(whether)} > /proc/sys/net/ipv4/ip_forward"
        run("ip", "netns", "exec", "rp_router", "sh", "-c", command)

    def start(self, name: str, code: str, *args: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            ["ip", "netns", "exec", name, sys.executable, "-c", code, *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self.processes.append(process)
        return process

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.communicate()
        for name in ("rp_near", "rp_router", "rp_far"):
            run("ip", "netns", "del", name)


@pytest.fixture
def network() -> Iterator[Network]:
    if not may_make_namespaces():
        pytest.skip("making network namespaces needs the program ip and the rights of root")
    network = Network()
    yield network
    network.close()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


def go_on(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def start_both(network: Network, grace: float, count: int) -> tuple[Any, Any]:
    server = network.start("rp_far", SERVER, str(grace))
    client = network.start("rp_near", CLIENT, *line(server).split(), str(count))
    assert line(client) == "ready"
    assert line(client) == "0"
    return server, client


def test_a_link_that_is_cut_and_restored_within_the_grace_time_loses_and_repeats_nothing(network: Network) -> None:
    _, client = start_both(network, 30, 5000)
    network.forward(False)
    go_on(client)
    time.sleep(9)  # long enough that another connection is tried
    network.forward(True)
    for _ in range(9):
        assert line(client).isdigit()
        go_on(client)
    assert line(client) == "right"


def test_a_link_that_is_cut_for_a_moment_loses_and_repeats_nothing(network: Network) -> None:
    _, client = start_both(network, 30, 10_000)
    for _ in range(19):
        network.forward(False)
        go_on(client)
        time.sleep(0.3)
        network.forward(True)
        assert line(client).isdigit()
    go_on(client)
    assert line(client) == "right"


def test_a_link_that_stays_cut_is_an_error_after_the_grace_time_and_frees_the_variables(network: Network) -> None:
    server, client = start_both(network, 5, 5000)
    go_on(server)
    assert int(line(server)) == 1
    network.forward(False)
    start = time.monotonic()
    go_on(client)
    text = line(client)
    assert text.startswith("InterpreterDiedError")
    assert "silent since" in text
    assert time.monotonic() - start < 25  # 5 s, 2 s between looks, and 3 s of another try
    while True:  # there, the kernel has to find out: 30 s, and 5 s of grace
        go_on(server)
        if line(server) == "0":
            break
        assert time.monotonic() - start < 105
        time.sleep(0.5)

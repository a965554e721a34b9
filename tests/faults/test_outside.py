"""Interpreters as a driver outside the cluster (Ray Client) needs them: through a relay."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import ROOT, eventually

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def run_outside() -> Iterator[Callable[[str], str]]:
    """Runs a program as a driver of Ray Client, of a cluster of its own; gives what it printed."""
    port, gcs = free_port(), free_port()
    # With tokens, the default of Ray 2.60, a client sends its own only where RAY_AUTH_MODE=token is set for it.
    environ = {key: value for key, value in os.environ.items() if key != "RAY_ADDRESS"} | {"RAY_AUTH_MODE": "disabled"}
    # Ray forks a server for each driver, from a process whose threads are in gRPC. With gRPC's handlers for forks,
    # every other one of these children has died at once: "Starting Ray client server failed" (grpcio 1.85).
    environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"
    start = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block", "--num-cpus=16"]
    options = ["--node-ip-address=127.0.0.1", "--include-dashboard=false", "--object-store-memory=300000000"]
    ports = [f"--port={gcs}", f"--ray-client-server-port={port}"]
    with tempfile.TemporaryDirectory(prefix="rp", ignore_cleanup_errors=True) as folder:
        log = Path(folder, "log")
        with log.open("w") as file:
            command = [*start, *options, *ports, f"--temp-dir={folder}"]
            server = subprocess.Popen(command, stdout=file, stderr=file, env=environ, cwd=ROOT, start_new_session=True)
        try:
            eventually(lambda: "ray start" in log.read_text() or server.poll() is not None, 60)
            assert server.poll() is None, log.read_text()
            yield lambda code: _run_outside(_OUTSIDE.format(port=port) + code, environ)
        finally:
            os.killpg(server.pid, signal.SIGKILL)  # told to end, it takes half a minute
            server.wait()


def _run_outside(code: str, environ: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


_OUTSIDE = """
import asyncio, os, signal, threading, time
import numpy as np, pytest, ray, ray_proxy
ray.init("ray://127.0.0.1:{port}", namespace="tests")
rif = ray_proxy.RemoteInterpreterFactory()
"""


def test_drivers_outside_the_cluster_use_interpreters_as_any_other(run_outside: Callable[[str], str]) -> None:
    printed = run_outside(
        """
env = rif.create()
n = env.put(10)
assert n == 10 and [int(item) for item in env.put([1, 2, 3])] == [1, 2, 3]
x = n
for _ in range(1000):
    x = x + 1
assert x.fetch() == 1010
with pytest.raises(KeyError, match="missing"):
    env.put({})["missing"].fetch()

slow, fast = env.run(time.sleep, (0.2,)), env.put([5])
assert ray_proxy.fetch(slow, fast) == (None, [5])
assert len(ray_proxy.wait([slow, fast], num_returns=2)[0]) == len(list(ray_proxy.as_completed([slow, fast]))) == 2

async def later():
    return await (env.put(2) + 1)

assert asyncio.run(later()) == 3

with rif.create(name="eager", eager=True, num_cpus=0) as eager:
    with pytest.raises(ZeroDivisionError):
        eager.put(1) / 0
    assert rif["eager"] == eager
    assert (env.put([1]) + eager.put([2])).fetch() == [1, 2]
assert env.status()["clients"] == 1

# bulk values, references
big = np.arange(2_500_000.0)
remote = env.put(big)
remote += 1
remote[0] = 7
back = remote.fetch()
back[1] = 9
assert (back[0], back[1], back[2], big[0]) == (7, 9, 3, 0)
reference = ray_proxy.ref(env.put([1, 2]))
assert ray.get(reference) == [1, 2]
assert env.put(reference).fetch() == [1, 2]

# to tasks and actors, and back
var = env.put([1])

@ray.remote(num_cpus=0)
def work(env, argument):
    argument["deep"][0].append(2)
    env["from the task"] = 5
    env.sync()
    return env, env.put([7])

there, made = ray.get(work.remote(env, {"deep": [var]}))
assert var.fetch() == [1, 2]
assert there == env and env["from the task"] == 5
assert made.fetch() == [7]

@ray.remote(num_cpus=0)
class Holder:
    def __init__(self, var):
        self.var = var

    def value(self):
        return self.var.fetch()

assert ray.get(Holder.remote(var).value.remote()) == [1, 2]
other = rif.create()
assert other.run(lambda env: env["from the task"].fetch(), (env,)).fetch() == 5

# what nobody waits for is sent before the process ends
rif.create(name="kept", lifetime="detached")["x"] = [1, 2]
print(env.get_host())
"""
    )
    assert printed == socket.gethostname() + "\n"

    run_outside(
        """
assert rif["kept"]["x"].fetch() == [1, 2]
rif.destroy("kept")
env = rif.create()
env.sync()

def press(what):
    while not env.status()["busy"]:
        time.sleep(0.01)
    what()

for what in (env.interrupt, lambda: os.kill(os.getpid(), signal.SIGINT)):
    call = env.run(time.sleep, (60,))
    env.session.flush()
    threading.Thread(target=press, args=(what,)).start()
    with pytest.raises(KeyboardInterrupt):
        call.fetch()
assert env.put([1]).fetch() == [1]

# the session goes on over another relay
killed = ray_proxy.cluster.remote._links[env.session]._station
count = env.put([0])
for number in range(600):
    count[0] += 1
    if number == 300:
        ray.kill(killed.actor)
assert count[0] == 600

start = time.monotonic()
with pytest.raises(ray_proxy.InterpreterDiedError, match="has ended. The actor is dead because its worker process"):
    env.run(os._exit, (3,)).fetch()
assert time.monotonic() - start < 6

env = rif.create(lifetime="detached", name="detached")
var = env.put([1])
env.sync()
rif["detached"].destroy()
with pytest.raises(ray_proxy.InterpreterDiedError):
    var.fetch()
with pytest.raises(ray_proxy.InterpreterNotFoundError):
    for _ in range(1000):
        rif.get("detached")
        time.sleep(0.01)
"""
    )


def test_what_remote_code_writes_reaches_drivers_outside_the_cluster(run_outside: Callable[[str], str]) -> None:
    printed = run_outside(
        """
import contextlib, io
env = rif.create()

def talk(text, seconds=0.0):
    time.sleep(seconds)
    print(text)
    return text

print("value", env.run(talk, ("before the value",)).fetch())

taken = io.StringIO()
with env.output(file=taken):
    late = env.run(talk, ("nobody waits", 0.3))
    end = time.monotonic() + 20
    while "nobody waits" not in taken.getvalue() and time.monotonic() < end:
        time.sleep(0.01)
assert taken.getvalue() == "nobody waits\\n", taken.getvalue()

# once each, in order, over one relay after another; and the answers are counted without them
killed = ray_proxy.cluster.remote._links[env.session]._station
taken = io.StringIO()
with env.output(file=taken):
    count = env.put([0])
    for number in range(300):
        count[0] += 1
        env.run(talk, (str(number),)).fetch()
        if number == 150:
            ray.kill(killed.actor)
    assert count[0] == 300
assert taken.getvalue().split() == [str(number) for number in range(300)], taken.getvalue()
env.run(talk, ("the last words", 0.3))
"""
    )
    assert printed.splitlines() == ["before the value", "value before the value", "the last words"]

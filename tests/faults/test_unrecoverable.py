"""What keeps an interpreter from recovering, or makes it wait; recovering on another node."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import programs
import pytest
import recovering
from conftest import ROOT, of_its_own_mounts
from recovering import Create, kill

from ray_proxy import InterpreterDiedError, RayProxyWarning, RemoteInterpreter, Var
from ray_proxy.logs import recovery

create = recovering.create
env = recovering.env
pytestmark = pytest.mark.faults


# ------------------------------------------------------------------------------------- what keeps it from recovering


def died(env: RemoteInterpreter, var: Var[Any]) -> str:
    """Why an interpreter that was killed did not recover."""
    kill(env)
    start = time.monotonic()
    with pytest.raises(InterpreterDiedError) as error:
        var.fetch(timeout=60)
    assert time.monotonic() - start < 20
    return str(error.value)


def log_of(env: RemoteInterpreter) -> str:
    path: str = env.status()["log"]["path"]
    return path


def test_a_log_that_has_reached_its_limit_cannot_be_recovered_from(create: Create) -> None:
    env = create(record_limit=3000)
    x = env.put([1])
    for number in range(100):
        x.append(number)
    env.sync()
    assert "limit" in env.status()["log"]["stopped"]
    assert "does not tell all of the interpreter's past, because the log has reached its limit" in died(env, x)


def test_a_log_that_was_deleted_cannot_be_recovered_from(env: RemoteInterpreter) -> None:
    x = env.put([1])
    x.fetch()
    os.unlink(log_of(env))
    assert "cannot be read: No such file" in died(env, x)


def test_without_the_file_that_says_what_is_executed_it_recovers(env: RemoteInterpreter) -> None:
    x = env.put([1])
    x.fetch()
    os.unlink(log_of(env) + recovery.PROGRESS)
    kill(env)
    assert x.fetch(timeout=60) == [1]


def test_the_reason_why_a_log_was_lost_is_told_when_its_interpreter_cannot_recover(env: RemoteInterpreter) -> None:
    x = env.put([1])
    x.fetch()
    os.unlink(log_of(env))
    with pytest.warns(RayProxyWarning, match="the log was removed while it was written. It cannot be recovered"):
        assert (x + [2]).fetch() == [1, 2]
    assert "because the log was removed while it was written" in died(env, x)


ON_A_FULL_DISK = """
import contextlib, os, signal, subprocess, threading, time
import ray, ray_proxy
from ray_proxy import InterpreterDiedError
from ray_proxy.cluster import liveness

def fill():
    with open(disk + "/filler", "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(512))

def failure(work):
    start = time.monotonic()
    try:
        return work()
    except (TimeoutError, InterpreterDiedError, KeyboardInterrupt) as error:
        assert time.monotonic() - start < 15
        return f"{type(error).__name__}: {error}"

def kill_on_full_disk(name, **options):
    env = rif.create(record=f"{disk}/{name}.rplog", recover=True, grace=2, **options)
    x = env.put([1])
    env.sync()
    pid = env.status()["pid"]
    fill()
    os.kill(pid, signal.SIGKILL)
    x.append(2)
    print(">", failure(lambda: x.fetch(timeout=5)))  # longer than the grace time
    return env, x

subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], check=True)
ray.init(num_cpus=4, include_dashboard=False, log_to_driver=False, _node_ip_address="127.0.0.1")
rif = ray_proxy.RemoteInterpreterFactory()
env, x = kill_on_full_disk("one", max_restarts=1)
print(">", failure(env.status))
print(">", failure(env.interrupt))
threading.Timer(1, os.kill, [os.getpid(), signal.SIGINT]).start()
print(">", failure(x.fetch))
threading.Timer(3, os.unlink, [disk + "/filler"]).start()
print(">", x.fetch(timeout=60), liveness.restarts(env.id), env.status()["log"]["stopped"])
env.destroy()
env, x = kill_on_full_disk("two", max_restarts=1)
pid = liveness._actor(env.id).pid
print(">", os.path.exists(f"/proc/{pid}"))
env.destroy()
until = time.monotonic() + 20
while os.path.exists(f"/proc/{pid}") and time.monotonic() < until:
    time.sleep(0.05)
print(">", os.path.exists(f"/proc/{pid}"))
"""


def test_a_restart_waits_for_room_on_a_full_disk_and_clients_with_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [*of_its_own_mounts(), sys.executable, "-c", f"disk = {str(tmp_path)!r}\n{ON_A_FULL_DISK}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = [line[2:] for line in done.stdout.splitlines() if line.startswith("> ")]
    waits = "one.rplog.now cannot be written: No space left on device; make room there"
    assert told[0].startswith("TimeoutError")
    for line in told[1:3]:
        assert line.startswith("InterpreterDiedError")
    for line in told[:3]:
        assert line.endswith(waits)
    assert "does not answer yet: its process has died" in done.stderr  # said to who waits
    assert told[3].startswith("KeyboardInterrupt")
    assert told[4] == "[1, 2] 1 None"
    assert told[6:] == ["True", "False"]


# ----------------------------------------------------------------------------------------------------- other nodes

ON_ANOTHER_NODE = """
import os, signal, sys, time
import ray, ray_proxy
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy
raylet = int(os.environ["RAYLET"])
ray.init(log_to_driver=False)
other = next(node["NodeID"] for node in ray.nodes() if "other" in node["Resources"])
rif = ray_proxy.RemoteInterpreterFactory()
env = rif.create(
    record=sys.argv[1],
    recover=True,
    max_restarts=3,
    grace=120,  # Ray may need a minute to find that a node is silent
    scheduling_strategy=NodeAffinitySchedulingStrategy(other, soft=True),
)
x = env.put([1])
env["x"] = x
assert x.fetch() == [1]
before = env.run(lambda: os.getpid()).fetch(), env.run(lambda: ray.get_runtime_context().get_node_id()).fetch()
assert before[1] == other
processes = [raylet, before[0]]
for process in processes: os.kill(process, signal.SIGNAL)
start = time.monotonic()
x.append(2)
print(">", x.fetch(timeout=110), env["x"].fetch(), env.status()["log"]["stopped"])
assert env.status()["pid"] != before[0]
for process in processes if signal.SIGNAL == signal.SIGSTOP else []: os.kill(process, signal.SIGCONT)
time.sleep(3)  # what was stopped has its chance to do harm
x.append(3)
print(">", x.fetch(timeout=80))
env.destroy()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=lambda number: number.name)
def test_ray_restarts_it_on_another_node(tmp_path: Path, number: signal.Signals) -> None:
    log = repr(str(tmp_path / "shared.rplog"))
    program = ON_ANOTHER_NODE.replace("SIGNAL", number.name).replace("sys.argv[1]", log)
    with programs.two_nodes() as environ:
        told = [line[2:] for line in programs.run(program, environ).splitlines() if line.startswith("> ")]
    assert told == ["[1, 2] [1, 2] None", "[1, 2, 3]"]

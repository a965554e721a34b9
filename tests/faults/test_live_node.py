"""Interpreters on a node whose disk has nothing of the project: they run it, and go on without whoever has sent it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import ROOT, of_its_own_mounts
from saved import Saved

pytestmark = pytest.mark.faults

NODE = """
import subprocess, sys
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", sys.argv[1]], check=True)
from ray.cluster_utils import Cluster

node = {"num_cpus": 16, "node_ip_address": "127.0.0.1", "object_store_memory": 300_000_000}
cluster = Cluster(True, False, head_node_args={**node, "include_dashboard": False})
print(cluster.address, flush=True)
sys.stdin.read()
cluster.shutdown()
"""
Start = Callable[[str], "subprocess.CompletedProcess[str]"]


@pytest.fixture
def saved(tmp_path: Path) -> Saved:
    """The folder of the project, which drivers have, and the node has not."""
    folder = tmp_path / "source"
    folder.mkdir()
    saved = Saved(folder)
    saved.write("faraway/__init__.py", "from .model import Model\n")
    saved.write("faraway/model.py", MODEL)
    saved.write("faraway/helper.py", "def factor():\n    return 2\n")
    saved.write("faraway/late.py", "VALUE = 'late'\n")
    return saved


MODEL = """
    from . import helper

    LOADED = []

    class Model:
        def __init__(self):
            LOADED.append(1)
            self.calls = 0

        def predict(self, x):
            self.calls += 1
            return x * helper.factor()

        def late(self):
            from . import late
            return late.VALUE

        def fail(self):
            raise LookupError("nothing is there")
"""


@pytest.fixture
def driver(saved: Saved) -> Iterator[Start]:
    """Runs a program as a driver of the node."""
    folder = tempfile.mkdtemp(prefix="bare_", dir="/tmp")
    environ = {**os.environ, "RAY_TMPDIR": folder, "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "PYTHONPATH": str(ROOT)}
    holder = subprocess.Popen(
        [*of_its_own_mounts(), sys.executable, "-c", NODE, str(saved.folder)],
        env=environ,
        cwd=os.sep,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        address = holder.stdout.readline().strip()

        def run(program: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, "-c", DRIVER + program, str(saved.folder)],
                env={**environ, "RAY_ADDRESS": address},
                cwd=os.sep,
                capture_output=True,
                text=True,
                timeout=100,
                check=False,
            )

        yield run
    finally:
        holder.stdin.close()
        holder.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


DRIVER = """
import os, pathlib, signal, sys, traceback
import ray, ray_proxy
ray.init(log_to_driver=False, namespace="tests", logging_level="error")
rif = ray_proxy.RemoteInterpreterFactory()
folder = pathlib.Path(sys.argv[1])
"""
FIRST = """
sys.path.insert(0, str(folder))
import faraway
env = rif.create(
    name="bare", lifetime="detached", record=str(folder.parent / "bare.rplog"), recover=True, max_restarts=3, num_cpus=0
)
print(env.run(os.listdir, (str(folder),)).fetch())
env["model"] = model = env.run(faraway.Model)
print(model.predict(3).fetch(), model.late().fetch())
helper = folder / "faraway" / "helper.py"
helper.write_text(helper.read_text().replace("2", "3"))
print(env.run(faraway.Model.predict, (model, 3)).fetch(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
SECOND = """
env = rif.get("bare")
model = env["model"]
print(model.predict(3).fetch(), model.late().fetch())
os.kill(env.status()["pid"], signal.SIGKILL)
print(model.predict(3).fetch(timeout=60), model.calls.fetch(), model.late().fetch())
try:
    model.fail().fetch()
except LookupError as error:
    print('raise LookupError("nothing is there")' in str(error.__cause__))
print(sorted(live.module for live in env.code()))
env.destroy()
"""


def test_a_node_without_the_files_runs_the_project_when_its_client_is_killed_and_when_it_is(driver: Start) -> None:
    first = driver(FIRST)
    assert first.stdout.splitlines() == ["[]", "6 late", "9"], first.stderr
    assert first.returncode == -signal.SIGKILL
    second = driver(SECOND)
    modules = "['faraway', 'faraway.helper', 'faraway.late', 'faraway.model']"
    assert second.stdout.splitlines() == ["9 late", "9 4 late", "True", modules], second.stderr

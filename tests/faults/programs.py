"""Other processes that faults need: a driver that can be killed, and programs on a small Ray of their own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping

from conftest import ROOT


class Driver:
    """Another driver of the cluster, which runs the lines that it is given."""

    def __init__(self, cluster: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", "import sys\nfor line in sys.stdin: exec(line); print('done', flush=True)"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "RAY_ADDRESS": cluster},
            cwd=ROOT,
        )
        self.run("import numpy as np, ray, ray_proxy; ray.init(namespace='tests', log_to_driver=False)")
        self.run("factory = ray_proxy.RemoteInterpreterFactory()")

    def run(self, line: str) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(line, file=self.process.stdin, flush=True)
        assert self.process.stdout.readline() == "done\n", f"it failed at: {line}"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


_BEGIN = """
import os, sys, time
import numpy as np
import ray, ray_proxy
from ray_proxy import BulkTransferError, InterpreterDiedError, RemoteInterpreterFactory
from ray_proxy.cluster.mailbox import NAME, NAMESPACE

ray.init(
    address="local",
    num_cpus=16,
    include_dashboard=False,
    log_to_driver=False,
    _node_ip_address="127.0.0.1",
    object_store_memory=80_000_000,
    _system_config=CONFIG,
)
factory = RemoteInterpreterFactory()
"""


def run(program: str, environ: Mapping[str, str]) -> str:
    """Run a program to its end; gives what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environ,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run_on_own_cluster(program: str, config: Mapping[str, object] | None = None, **environ: str) -> str:
    """Run a program after `_BEGIN`, which makes a Ray that ends with it and `factory`; gives what it printed."""
    inherited = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
    return run(f"CONFIG = {json.dumps(dict(config or {}))}\n{_BEGIN}\n{program}", {**inherited, **environ})


_TWO = """
import sys
from ray.cluster_utils import Cluster

node = {"num_cpus": 16, "node_ip_address": "127.0.0.1", "object_store_memory": 300_000_000}
cluster = Cluster(True, False, head_node_args={**node, "include_dashboard": False, "resources": {"head": 100}})
other = cluster.add_node(**node, resources={"other": 100})
print(cluster.address, other.all_processes["raylet"][0].process.pid, flush=True)
sys.stdin.read()
cluster.shutdown()
"""


@contextlib.contextmanager
def two_nodes() -> Iterator[dict[str, str]]:
    """A cluster of two nodes, with the resources ``head`` and ``other``.

    Gives the environment of drivers on the first node; ``RAYLET`` in it is the process of Ray on the second one.
    """
    # A folder of its own: else `ray.init()` of any other program would find this cluster.
    folder = tempfile.mkdtemp(prefix="two_", dir="/tmp")
    # Ray takes "127.0.0.1" for this machine's outer address, where no node listens, unless it is told not to.
    environ = {**os.environ, "RAY_TMPDIR": folder, "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
    holder = subprocess.Popen(
        [sys.executable, "-c", _TWO],
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
        yield {**environ, "RAY_ADDRESS": address, "RAYLET": raylet}
    finally:
        holder.stdin.close()
        holder.wait(60)
        shutil.rmtree(folder, ignore_errors=True)

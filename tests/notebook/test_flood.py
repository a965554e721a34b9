"""Minutes of output at full speed: kernel, client in a terminal, and their interpreters stay as large as they are.

For `SECONDS` (of the environment; 600).
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT
from kernels import Kernel

pytestmark = pytest.mark.notebook
SECONDS = float(os.environ.get("SECONDS", "600"))
SLACK = 30
"""By how many MB a process may have grown since it was under way."""
FLOOD = """
def flood(seconds):
    import sys, time
    until, lines = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        for _ in range(1000):
            print("line", lines, "of what is written as fast as it can be")
            lines += 1
    return lines
"""
CLIENT = (
    """
import os, sys
import ray
from ray_proxy import RemoteInterpreterFactory
ray.init(address="auto", namespace="flood", log_to_driver=False, logging_level="ERROR")
env = RemoteInterpreterFactory().create(num_cpus=0)
print(os.getpid(), env.run(os.getpid).fetch(), file=sys.stderr, flush=True)
"""
    + FLOOD
    + """
lines = env.run(flood, (float(sys.argv[1]),)).fetch()
print(lines, file=sys.stderr)
env.destroy()
"""
)


def megabytes(process: int) -> float:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.timeout(SECONDS + 300)
def test_memory_is_flat_while_output_comes_at_full_speed(kernel: Kernel, cluster: str, tmp_path: Path) -> None:
    pids = kernel.cell("import os\nprint(os.getpid(), env.run(os.getpid).fetch())").text().split()
    program = tmp_path / "client.py"
    program.write_text(CLIENT)
    environ = {**os.environ, "RAY_ADDRESS": cluster, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, program, str(SECONDS)],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as client:
        try:
            assert client.stderr is not None
            pids += client.stderr.readline().split()
            processes = dict(zip(["kernel", "its interpreter", "client", "its interpreter too"], map(int, pids)))
            assert kernel.cell(FLOOD).errors == []
            cell = kernel.start(f"lines = env.run(flood, ({SECONDS},)).fetch()")
            sizes: list[dict[str, float]] = []
            shown, looked = 0, 0.0
            begun = time.monotonic()

            def is_done() -> bool:
                nonlocal shown, looked
                shown += len(cell.text())
                assert not cell.errors
                cell.outputs.clear()
                if time.monotonic() > looked + SECONDS / 100 and client.poll() is None:
                    looked = time.monotonic()
                    if looked - begun < SECONDS:
                        sizes.append({name: megabytes(process) for name, process in processes.items()})
                return cell.is_idle and cell.reply is not None

            kernel.until(is_done, SECONDS + 120)
            lines = client.stderr.readline()
            assert client.wait(60) == 0, lines
        finally:
            client.kill()
    under_way = sizes[len(sizes) // 5]
    grown = {name: max(size[name] for size in sizes[len(sizes) // 5 :]) - under_way[name] for name in under_way}
    print(f"{shown / 1e6:.0f} MB were shown in the cell in {SECONDS:.0f} s; {under_way} grew by {grown}")
    print([round(s["kernel"]) for s in sizes])
    assert shown > 1e5 * SECONDS
    assert int(lines) > 0
    assert max(grown.values()) < SLACK, (under_way, grown)

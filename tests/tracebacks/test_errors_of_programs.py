"""What a program shows of errors of remote code that nobody handles, on its main thread and on others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

BEGIN = """
import ray, ray_proxy, threading
ray.init(address={address!r}, namespace="tests", log_to_driver=False, logging_level="ERROR")
env = ray_proxy.RemoteInterpreterFactory().create(num_cpus=0)

def fails():
    return 1 / 0  # there

def wraps():
    try:
        env.run(fails).fetch()  # asked
    except ZeroDivisionError as error:
        raise LookupError("wrapped") from error
"""
THREAD = """
thread = threading.Thread(target=wraps, name="of-wraps")
thread.start()
thread.join()
env.destroy()
"""
GROUP = """
import asyncio

async def task():
    await env.run(fails)  # asked

async def main():
    async with asyncio.TaskGroup() as group:
        group.create_task(task())

asyncio.run(main())
"""
NOTE = """
import json
json.dumps({"a": [env.put(object())]})  # asked
"""


def shown(address: str, folder: Path, program: str) -> str:
    """What it writes to stderr."""
    path = folder / "program.py"
    path.write_text(BEGIN.format(address=address) + program)
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, str(path)], env=environ, capture_output=True, text=True, timeout=120)
    assert "ray_proxy/" not in done.stderr
    assert "RemoteTraceback" not in done.stderr
    assert done.stderr.count("# asked") == 1
    return done.stderr


def test_on_a_thread_one_that_a_remote_one_has_led_to(cluster: str, tmp_path: Path) -> None:
    text = shown(cluster, tmp_path, THREAD)
    assert "Exception in thread of-wraps:" in text
    assert (
        text.index("# there") < text.index("ZeroDivisionError: division by zero") < text.index("LookupError: wrapped")
    )


@pytest.mark.skipif(sys.version_info < (3, 11), reason="there are no groups of errors before Python 3.11")
def test_a_group(cluster: str, tmp_path: Path) -> None:
    text = shown(cluster, tmp_path, GROUP)
    assert text.index("# there") < text.index("ZeroDivisionError: division by zero")


def test_a_note(cluster: str, tmp_path: Path) -> None:
    assert "ray_proxy: the argument is a Var" in shown(cluster, tmp_path, NOTE)

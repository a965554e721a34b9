"""`ray-proxy watch` applies edits as files are saved, also to a loop that runs."""

from __future__ import annotations

import importlib
import queue
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import ray
from conftest import eventually

from ray_proxy import RemoteInterpreter, RemoteInterpreterFactory

LOOP = """
import time
SEEN = []
def step(): return 1
def run():
    while step() < 3:
        SEEN.append(step())
        time.sleep(0.001)
    return sorted(set(SEEN))
"""


class Watching:
    """The command, and the lines that it prints."""

    def __init__(self, name: str, folder: Path) -> None:
        context = ray.get_runtime_context()
        where = ["--namespace", context.namespace, "--address", context.gcs_address]
        command = [sys.executable, "-m", "ray_proxy", "watch", name, *where]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder
        )
        self.lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line.strip())

    def line(self) -> str:
        return self.lines.get(timeout=60)


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(tmp_path))
    name = f"looping_{uuid.uuid4().hex[:8]}"
    (tmp_path / f"{name}.py").write_text(LOOP)
    yield importlib.import_module(name)
    del sys.modules[name]


def save(module: Any, old: str, new: str) -> None:
    path = Path(module.__file__)
    path.write_text(path.read_text().replace(old, new))


@pytest.fixture
def env(rif: RemoteInterpreterFactory) -> Iterator[tuple[str, RemoteInterpreter]]:
    name = uuid.uuid4().hex
    env = rif.create(name=name)
    yield name, env
    env.destroy()


def test_a_loop_that_runs_has_the_next_text_at_its_next_call(
    env: tuple[str, RemoteInterpreter], module: Any, tmp_path: Path
) -> None:
    name, here = env
    result = here.run(module.run)
    eventually(lambda: here.status()["busy"], 30)
    watching = Watching(name, tmp_path.parent)  # wherever it is started
    try:
        assert watching.line() == "watching 1 of the 1 modules that the interpreter has"
        save(module, "return 1", "return 2")
        assert watching.line() == f"edit {module.__name__} (1 function)"
        save(module, "def step(): return 2", "def step( return 2")
        assert watching.line().startswith("refused: SyntaxError")
        save(module, "def step( return 2", "def step(): return 3")
        assert watching.line() == f"edit {module.__name__} (1 function)"
        assert result.fetch(timeout=30) == [1, 2]
        watching.process.send_signal(signal.SIGINT)
        assert watching.process.wait(30) == 0
    finally:
        watching.process.kill()
        watching.process.wait()

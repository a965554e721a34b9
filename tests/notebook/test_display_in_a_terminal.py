"""Vars as results in IPython on a terminal: waited for, shown as text, one error, and Ctrl-C."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import eventually
from terminal import Terminal

from ray_proxy import RemoteInterpreter, RemoteInterpreterFactory

pytest.importorskip("IPython")

BEGIN = """
import ray, ray_proxy
ray.init(address={address!r}, namespace="tests", log_to_driver=False, logging_level="ERROR")
env = ray_proxy.RemoteInterpreterFactory().get("shown")
"""
SHOWN = """
class Shown:
    def __repr__(self):
        return "its text"
    def _repr_html_(self):
        open({path!r}, "w").close()
        return "html"
"""
SLEEPS = """
def sleeps(path):
    import time
    open(path, "w").close()
    time.sleep(3600)
"""


@pytest.fixture(scope="module")
def env(rif: RemoteInterpreterFactory) -> Iterator[RemoteInterpreter]:
    env = rif.create(num_cpus=0, name="shown")
    env.sync()
    yield env
    env.destroy()


@pytest.fixture
def shell(env: RemoteInterpreter, cluster: str, tmp_path: Path) -> Iterator[Terminal]:
    program = tmp_path / "program.py"
    program.write_text(BEGIN.format(address=cluster) + SHOWN.format(path=str(tmp_path / "html")) + SLEEPS)
    shell = Terminal(
        ["-m", "IPython", "--simple-prompt", "--no-banner", "--no-confirm-exit", "--colors=NoColor", "-i", str(program)]
    )
    shell.expect("In [1]: ")
    yield shell
    shell.close()


def result(shell: Terminal, line: str) -> str:
    """What is shown after this line."""
    shell.type(line + "\n")
    shown = shell.expect("In [")
    shell.expect("]: ")
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown).strip()


def test_it_is_text_with_the_mark_of_a_var(shell: Terminal) -> None:
    assert re.search(r"Out\[1\]: Var@\S+:\[1, 2\]$", result(shell, "env.put([1, 2])"))


def test_only_text_is_made(shell: Terminal, tmp_path: Path) -> None:
    assert result(shell, "env.put(Shown())").endswith(":its text")
    assert not (tmp_path / "html").exists()


def test_a_failed_one_is_one_error(shell: Terminal) -> None:
    shown = result(shell, "env.run(int, ('x',))")
    assert shown.count("ValueError: invalid literal") == 1
    assert len(shown.splitlines()) <= 25


def test_it_is_waited_for_and_ctrl_c_leaves(shell: Terminal, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    shell.type(f"env.run(sleeps, ({str(begun)!r},))\n")
    eventually(begun.exists, 30)
    shell.type("\x03")
    shell.expect("KeyboardInterrupt")
    shell.expect("]: ")
    assert result(shell, "env.put(1)").endswith(":1")

"""What code prints is in the log of its interpreter, and in that of its client; what is executed again is not shown."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ray_proxy import Log, RemoteInterpreterFactory, replay
from ray_proxy.logs.operations import Operation, Written, events
from ray_proxy.protocol import Call
from ray_proxy.tools.cli import main


def talk(words: str) -> str:
    import sys

    print(words)
    print(words.upper(), file=sys.stderr)
    return words


def told(path: Path) -> list[str]:
    """Outputs of a log, and where the calls are among them."""
    lines = []
    for event in events(Log(path)):
        if isinstance(event, Written):
            lines += event.lines()
        elif isinstance(event, Operation) and isinstance(event.message, Call):
            lines.append("call")
    return lines


def test_the_log_of_an_interpreter(rif: RemoteInterpreterFactory, tmp_path: Path) -> None:
    path = tmp_path / "log"
    env = rif.create(num_cpus=0, record=str(path))
    assert env.run(talk, ("one",)).fetch() == "one"
    assert env.run(talk, ("two",)).fetch() == "two"
    env.destroy()
    assert told(path) == ["one", "ONE", "call", "two", "TWO", "call"]
    assert replay(path, output=True)


def test_the_log_of_a_client(rif: RemoteInterpreterFactory, tmp_path: Path) -> None:
    path = tmp_path / "log"
    env = rif.create(num_cpus=0)
    with env.record(path):
        assert env.run(talk, ("one",)).fetch() == "one"
    env.destroy()
    assert told(path) == ["one", "ONE", "call"]
    assert replay(path, output=True)


def test_the_command_shows_it(
    rif: RemoteInterpreterFactory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "log"
    env = rif.create(num_cpus=0, record=str(path))
    env.run(talk, ("one",)).fetch()
    env.destroy()
    capsys.readouterr()
    assert main(["log", "show", str(path)]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert "| one" in shown
    assert "! ONE" in shown


def test_what_a_restoration_executes_again_is_not_shown(
    rif: RemoteInterpreterFactory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "log"
    env = rif.create(num_cpus=0, record=str(path))
    env["x"] = env.run(talk, ("one",))
    env.sync()
    env.destroy()
    assert "one" in capsys.readouterr().out
    again = rif.restore(str(path), num_cpus=0)
    assert again["x"] == "one"
    time.sleep(0.2)  # for what shall not come
    assert capsys.readouterr().out == ""
    again.destroy()

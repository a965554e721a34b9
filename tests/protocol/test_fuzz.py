"""Frames that were changed at random: a short run of what `make fuzz` does at length, and that it finds faults."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, get_args

import pytest
from conftest import ROOT
from recording import BEGAN, content

from ray_proxy.interpreter.operators import OPERATORS
from ray_proxy.logs.records import Answered, Opened, Sent
from ray_proxy.protocol import (
    Call,
    Clear,
    Del,
    Forget,
    Frame,
    GetAttr,
    Import,
    Message,
    Names,
    Op,
    Ref,
    Release,
    Reply,
    SetNamed,
    encode,
)

FRAMES = 25_000
SHARES = {"interpreter": 0.75, "socket": 0.25, "decoder": 1.0, "client": 0.1, "log": 0.02}
"""How many of the frames each level has, as in `benchmarks/fuzz.py`: the longest ones first."""


def fuzz(*args: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "fuzz.py"), *map(str, args)],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def judged(*messages: Message, patience: float = 60) -> str:
    """What is told of a frame of these messages, which is at fault."""
    frame = encode(Frame(1, list(messages))).hex()
    done = fuzz("--level", "interpreter", "--frame", frame, "--patience", patience)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"the last frame: {frame}\n" in done.stdout
    assert done.stdout.endswith("violations: interpreter\n")
    return done.stdout


def at_once(runs: list[tuple[object, ...]], folder: Path) -> list[dict[str, Any]]:
    """Of each run of a level, what has happened; two run at a time, in processes of their own."""
    paths = [folder / f"{number}.json" for number in range(len(runs))]
    with ThreadPoolExecutor(2) as pool:
        for done in pool.map(lambda run, path: fuzz(*run, "--json", path), runs, paths):
            assert done.returncode == 0, done.stdout + done.stderr
    return [level for path in paths for level in json.loads(path.read_text())]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Of each level, what has happened."""
    runs = [(int(FRAMES * share), "--seed", 1, "--level", level) for level, share in SHARES.items()]
    return {level["level"]: level for level in at_once(runs, tmp_path_factory.mktemp("fuzz"))}


def test_every_changed_frame_is_executed_or_refused(told: dict[str, dict[str, Any]]) -> None:
    counts = [told[level]["counts"] for level in ("interpreter", "socket")]
    assert sum(count["executed"] + count["refused"] for count in counts) >= FRAMES
    assert sum(count["executed"] for count in counts) > FRAMES / 2
    assert sum(count["withheld"] for count in counts) < FRAMES / 20


def test_every_message_and_operator_is_executed_and_nearly_every_one_fails(told: dict[str, dict[str, Any]]) -> None:
    messages = {kind.__name__ for kind in get_args(Message)} - {Op.__name__}
    operators = {f"operator {name}" for name in OPERATORS}
    level = told["interpreter"]
    assert (messages | operators) - level["executed"].keys() == set()
    assert messages - level["failed"].keys() <= {kind.__name__ for kind in (Clear, Del, Forget, Names, Release)}
    assert len(operators - level["failed"].keys()) < 10


def test_everything_that_is_read_is_also_refused(told: dict[str, dict[str, Any]]) -> None:
    assert told["decoder"]["executed"].keys() == {"frame", "answer", "hello", "welcome", "control", "status"}
    assert told["decoder"]["counts"]["refused"] > FRAMES / 4
    assert told["client"]["counts"]["broken"] > 100


def test_every_changed_log_is_read_or_refused(told: dict[str, dict[str, Any]]) -> None:
    level = told["log"]
    assert min(level["counts"]["executed"], level["counts"]["refused"]) > FRAMES / 500
    work = {"show", "diff", "replay", "recover", "restore"}
    assert work <= level["executed"].keys()
    assert work <= level["failed"].keys()
    assert level["counts"]["withheld"] < FRAMES / 200


@pytest.mark.parametrize("level", ["interpreter", "log"])
def test_a_round_is_the_same_each_time(level: str, tmp_path: Path) -> None:
    first, second = at_once([("--level", level, "--round", 7)] * 2, tmp_path)
    for what in ("counts", "errors", "executed", "failed"):
        assert first[what] == second[what]


def call(module: str, function: str, *args: Any) -> list[Message]:
    return [Import(1, module), GetAttr(2, Ref(1), function), Call(3, Ref(2), list(args))]


def test_a_frame_that_ends_the_process_is_told() -> None:
    text = judged(*call("os", "abort"))
    assert "VIOLATION at the level interpreter, round 0: the process has ended with -6" in text
    assert "Fatal Python error: Aborted" in text


def test_a_frame_that_hangs_is_told() -> None:
    text = judged(*call("time", "sleep", 1000), patience=2)
    assert "it hangs: no frame was done with in 2 s" in text
    assert "in _call\n" in text  # the stack


def test_a_frame_that_changes_what_another_session_sees_is_told() -> None:
    assert "the witness hears" in judged(SetNamed("only the witness's", 5))


def test_a_frame_that_leaves_something_is_told() -> None:
    text = judged(*call("playground", "number"), Import(4, "builtins"), Op(0, "setattr", [Ref(4), "left", Ref(3)]))
    assert "'numbers': 1" in text


def test_a_log_that_hangs_is_told() -> None:
    sleep = Frame(1, call("time", "sleep", 1000))
    reply = Reply(1, 3, [(2, None)])
    log = content(BEGAN, Opened(1.0, "s", "client"), Sent(1.0, "s", encode(sleep)), Answered(1.0, "s", encode(reply)))
    done = fuzz("--level", "log", "--frame", log.hex(), "--patience", 2)
    assert done.returncode == 1
    assert "it hangs: no frame was done with in 2 s" in done.stdout
    assert f"the last frame: {log.hex()}\n" in done.stdout
    assert "in _call\n" in done.stdout

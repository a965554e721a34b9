"""Lines that code has asked for, in a log: whoever executes it again has them from there, and asks nobody."""

from __future__ import annotations

import builtins
import os
from pathlib import Path
from typing import Any

import cloudpickle
import pytest
from recording import content

from ray_proxy import replay
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.logs.reader import Log
from ray_proxy.logs.rebuilding import Recovery, restore
from ray_proxy.logs.records import Answered, Began, Opened, Record, Sent, Told
from ray_proxy.protocol import MAJOR, MINOR, Call, Frame, Message, Pickled, Put, Ref, Reply, encode
from ray_proxy.tools.cli import main


def ask() -> str:
    try:
        return input("name? ")
    except EOFError:
        return "the end"


@pytest.fixture(autouse=True)
def nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(prompt: object = "") -> str:
        raise AssertionError("the user was asked")

    monkeypatch.setattr(builtins, "input", refuse)


def log(
    *told: Told, replies: bool = True, values: tuple[Any, ...] = ("Ada", "Eve"), side: Any = "interpreter"
) -> bytes:
    """Two messages of one frame ask for a line each."""
    function: Message = Put(1, Pickled(cloudpickle.dumps(ask), []))
    frame = Frame(1, [function, Call(2, Ref(1), []), Call(3, Ref(1), [])])
    records: list[Record] = [
        Began(1000.0, MAJOR, MINOR, side, "1234567890", "node", 77, "3.11.7", False),
        Opened(1000.5, "s", "node[1]"),
        Sent(1001.0, "s", encode(frame)),
        *told,
    ]
    if replies:
        records.append(Answered(1002.0, "s", encode(Reply(1, 3, list(enumerate(values, 1))))))
    return content(*records)


def told(line: str | None, index: int | None) -> Told:
    return Told(1001.5, "s", line, False, None if index is None else (1, index))


def test_each_message_gets_its_line() -> None:
    assert replay(log(told("Eve", 2), told("Ada", 1)))


def test_what_is_not_recorded_is_the_end_of_input() -> None:
    assert replay(log(told("Eve", 2), values=("the end", "Eve")))
    assert replay(log(values=("the end", "the end")))


def test_a_client_does_not_know_which_message_has_asked_and_the_order_counts() -> None:
    assert replay(log(told("Ada", None), told("Eve", None), side="client"))


def test_another_line_is_a_difference() -> None:
    assert not replay(log(told("Adam", 1), told("Eve", 2)))


def test_the_state_is_restored_with_the_lines() -> None:
    interpreter = Interpreter()
    restoration = restore(Log(log(told("Ada", 1), told("Eve", 2))), interpreter)
    assert restoration.report
    assert restoration.variables == [1, 2, 3]


def test_a_recovery_has_them_also_where_the_answer_was_not_recorded() -> None:
    """A process has died between the line and the answer: what it is known to have done is done again."""
    interpreter = Interpreter()
    recovery = Recovery(Log(log(told("Ada", 1), told("Eve", 2), replies=False)), interpreter)
    progress = [1, 1, 2, *[0] * 126]
    (answer,) = [data for _, data in recovery.answers(progress, None)]
    assert b"Ada" in answer
    assert b"InterpreterDiedError" in answer


def test_the_command_shows_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "log"
    path.write_bytes(log(told("Ada", 1), told(None, 2), Told(1001.7, "s", None, True)))
    assert main(["log", "show", os.fspath(path)]) == 0
    shown = capsys.readouterr().out
    assert "typed: Ada" in shown
    assert "a line was asked for, and there was none" in shown
    assert "a line was asked for, and typed unseen" in shown

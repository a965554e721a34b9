"""What stands in a log does nothing to a terminal, wherever a text of it is printed, and is never two lines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from conftest import ROOT
from recording import BEGAN, answered, content, log_of, sent

from ray_proxy import LogError, Report, operations, replay
from ray_proxy.errors import printable
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.logs.reader import Log
from ray_proxy.logs.rebuilding import restore
from ray_proxy.logs.records import Opened, Stopped
from ray_proxy.logs.report import Difference
from ray_proxy.protocol import (
    Call,
    Claim,
    Error,
    Fetch,
    GetAttr,
    GetNamed,
    Import,
    Lease,
    Op,
    Pickled,
    Put,
    Ref,
    Refused,
    Reply,
    SetNamed,
)
from ray_proxy.tools.cli import main

EVIL = "\x1b[2J\x1b]0;title\x07\r\n\x85\x9b31m\u202e\u2066\u200e\u2028\u2029\u200b\ufeff\x7f\x00"
"""Sequences and single characters of control, for the direction of text, for new lines, and of no width."""


def is_harmless(text: str) -> bool:
    return all(line.isprintable() for line in text.split("\n"))


def evil_log() -> list[Any]:
    messages = [
        Put(1, f"v{EVIL}"),
        GetAttr(2, Ref(1), f"attr{EVIL}"),
        Import(3, f"mod{EVIL}"),
        SetNamed(f"name{EVIL}", Ref(1)),
        GetNamed(4, f"name{EVIL}"),
        Call(5, Ref(1), [f"a{EVIL}"], {f"kw{EVIL}": 1}),
        Op(6, f"op{EVIL}", [Ref(1)]),
        Op(7, f"__op{EVIL}", [Ref(1)]),
        Lease(Ref(1), f"s{EVIL}"),
        Claim(8, f"t{EVIL}"),
        Put(9, Pickled(f"cevil\nname{EVIL}\n.".encode())),
        Fetch(Ref(1)),
    ]
    place = (f"/home/{EVIL}/file{EVIL}", 3, f"func{EVIL}")
    error = Error("s", 1, 1, f"Type{EVIL}", f"text{EVIL}", f"tb{EVIL}", None)
    return [
        msgspec.structs.replace(BEGAN, interpreter=f"i{EVIL}", host=f"h{EVIL}", python=f"p{EVIL}"),
        Opened(1.0, "s", f"client{EVIL}"),
        Opened(1.0, f"t{EVIL}", f"other{EVIL}"),
        sent(1, *messages, places=[place], lines=[1] * len(messages)),
        answered(Reply(1, len(messages), [(11, f"value{EVIL}")], [(1, 0), (2, 0)], [error])),
        sent(2, Put(1, 2)),
        answered(Refused(2, f"refused{EVIL}")),
        sent(3, Put(20, 1), places=[place], lines=[1]),
        Stopped(1.0, f"because{EVIL}"),
    ]


@pytest.fixture
def evil(tmp_path: Path) -> str:
    path = tmp_path / f"log{EVIL.replace(chr(0), '')}.rplog"
    path.write_bytes(content(*evil_log()))
    return str(path)


Command = Callable[..., str]
"""Runs ``ray-proxy log`` with arguments; gives what it has printed."""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*arguments: str) -> str:
        main(["log", *arguments])
        return "".join(capsys.readouterr())

    return run


def test_a_process_prints_nothing_that_a_terminal_obeys(evil: str, run: Command) -> None:
    command = [sys.executable, "-m", "ray_proxy", "log", "show", evil]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=60, check=False)
    text = (done.stdout + done.stderr).decode()
    assert is_harmless(text)
    assert text == run("show", evil)


@pytest.mark.parametrize(
    "arguments",
    [
        ["show"],
        ["show", "--long"],
        ["show", "--json"],
        ["show", "--client", "nobody"],
        ["show", "--client", f"x{EVIL.replace(chr(0), '')}"],
        ["show", "--variable", "v999"],
        ["show", "--variable", f"v{EVIL.replace(chr(0), '')}"],
        ["show", "--errors", "--client", "2"],
        ["replay"],
        ["replay", "--volatile", f"x{EVIL.replace(chr(0), '')}"],
    ],
)
def test_the_commands_print_nothing_that_a_terminal_obeys(evil: str, run: Command, arguments: list[str]) -> None:
    text = run(*arguments, evil)
    assert text
    assert is_harmless(text)


def test_a_diff_prints_nothing_that_a_terminal_obeys(evil: str, run: Command) -> None:
    other = f"{evil}.other"
    for records in ([], evil_log()[:-5], [*evil_log()[:3], *evil_log()[5:]]):
        Path(other).write_bytes(content(*(records or evil_log())))
        text = run("diff", evil, other)
        assert text
        assert is_harmless(text)
    Path(other).write_bytes(b"no log")
    assert is_harmless(run("diff", evil, other))
    assert is_harmless(run("diff", evil, f"{evil}.missing"))


def test_each_operation_is_one_line(evil: str, run: Command) -> None:
    text = run("show", evil)
    assert len(text.splitlines()) == len(list(operations(evil))) + 3  # two clients, and the end of the recording
    assert all(str(operation).isprintable() for operation in operations(evil))


def test_json_gives_the_texts_back_and_is_ascii(evil: str, run: Command) -> None:
    text = run("show", "--json", evil)
    assert text.isascii()
    told = [json.loads(line) for line in text.splitlines()]
    assert told[0]["place"]["function"] == f"func{EVIL}"
    assert told[11]["value"] == f"value{EVIL}"


def test_the_text_of_a_difference() -> None:
    difference = Difference(1, 1, f"text{EVIL}", (f"f{EVIL}", 1, f"g{EVIL}"), f"was{EVIL}", f"now{EVIL}")
    assert is_harmless(str(difference))
    assert len(str(difference).splitlines()) == 3


def test_the_text_of_a_report() -> None:
    report = Report(1, 1.0, unmatched=[f"mark{EVIL}"], problem=f"problem{EVIL}")
    assert is_harmless(str(report))
    assert len(str(report).splitlines()) == 3


@pytest.mark.parametrize("name", ["text", "type_name", "session"])
@pytest.mark.parametrize(
    "change", [lambda text: text + EVIL, lambda text: text + "0x1234567", lambda text: text + "\\n"]
)
def test_the_texts_of_errors_that_differ(name: str, change: Callable[[str], str]) -> None:
    was = Error("s", 1, 0, "builtins.ZeroDivisionError", "ZeroDivisionError('division by zero')", "")
    was = msgspec.structs.replace(was, **{name: change(getattr(was, name))})
    log = log_of(Opened(1.0, "s", "c"), sent(1, Op(1, "truediv", [1, 0])), answered(Reply(1, 1, [], [(0, 0)], [was])))
    report = replay(log)
    assert report.different == 1 or name == "text"  # addresses are not compared
    assert is_harmless(str(report))


def test_an_error_of_a_log_is_one_line(evil: str, tmp_path: Path) -> None:
    with pytest.raises(LogError) as raised:
        restore(Log(content(*evil_log())), Interpreter("x"), client="nobody")
    assert str(raised.value).isprintable()
    assert "client\\x1b[2J" in str(raised.value)
    with pytest.raises(LogError) as raised:
        Log(f"{evil}.missing")
    assert str(raised.value).isprintable()


@pytest.mark.parametrize("letter", ["\ud800", "\u00ad", "\u061c", "\U000e0001", "\ue000", "\u00a0", "\u3000"])
def test_what_cannot_be_seen_is_escaped(letter: str) -> None:
    assert printable(f"a{letter}b").isascii()


@pytest.mark.parametrize("text", ["", "naïve ☃", "日本", "e\u0301", "a\\n"])
def test_what_can_be_seen_stays(text: str) -> None:
    assert printable(text) == text

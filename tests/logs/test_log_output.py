"""What user code writes, in message logs: read by people, and compared by replays."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from recording import BEGAN, OPENED, Recorded, answered, content, log_of, pickled, sent

from ray_proxy import Log, operations, replay
from ray_proxy.logs.operations import Written, events
from ray_proxy.logs.records import Ended, Wrote
from ray_proxy.logs.writer import Writer
from ray_proxy.looking import displaying
from ray_proxy.protocol import Call, Put, Ref, Reply
from ray_proxy.tools.cli import main


def wrote(data: bytes, stream: Any = 1, session: str = "s", left_out: int = 0) -> Wrote:
    return Wrote(1001.5, session, stream, data, left_out)


def written(*records: Any) -> list[Written]:
    return [event for event in events(log_of(OPENED, *records)) if isinstance(event, Written)]


def shown(tmp_path: Path, capsys: pytest.CaptureFixture[str], *records: Any, options: tuple[str, ...] = ()) -> str:
    path = tmp_path / "log"
    path.write_bytes(content(BEGAN, OPENED, *records))
    assert main(["log", "show", str(path), *options]) == 0
    return capsys.readouterr().out


# ------------------------------------------------------------------------------------------------- reading


def test_pieces_are_joined_to_lines_of_each_stream() -> None:
    told = written(wrote(b"one "), wrote(b"! ", 2), wrote(b"line\nand"), wrote(b"error\n", 2))
    assert [(one.stream, one.text) for one in told] == [(1, "one line\n"), (2, "! error\n"), (1, "and")]


def test_a_line_without_an_end_comes_before_the_operation_that_follows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records = sent(1, Put(1, 5)), wrote(b"begun"), answered(Reply(1, 1)), wrote(b" later\n")
    assert shown(tmp_path, capsys, *records).splitlines()[1:] == ["| begun", "#1 v1 = 5", "|  later"]


def test_a_character_in_two_pieces_is_one() -> None:
    (one,) = written(wrote("ä".encode()[:1]), wrote("ä".encode()[1:] + b"\n"))
    assert one.text == "ä\n"


def test_what_is_missing_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "| … 1,000 bytes are left out\n| rest" in shown(tmp_path, capsys, wrote(b"rest\n", left_out=1000))


def test_of_a_progress_bar_its_last_state_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(tmp_path, capsys, wrote(b"\r 50%\r100%\n", 2)).splitlines()[-1] == "! 100%"


def test_it_does_nothing_to_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "\x1b" not in shown(tmp_path, capsys, wrote(b"\x1b[31mred\x1b[2J\n"))


def test_it_can_be_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "text" not in shown(tmp_path, capsys, wrote(b"text\n"), options=("--no-output",))


def test_it_is_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = shown(tmp_path, capsys, wrote(b"a\nb\n", 2), options=("--json",)).splitlines()
    told = json.loads(line)
    assert (told["kind"], told["client"], told["text"], told["left_out"]) == ("stderr", 1, "a\nb\n", 0)


def test_it_is_told_whose_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = OPENED.__class__(1000.5, "t", "node[2]")
    lines = shown(tmp_path, capsys, other, wrote(b"mine\n"), wrote(b"theirs\n", session="t")).splitlines()
    assert lines[-2:] == ["c1 | mine", "c2 | theirs"]


def test_what_was_written_for_nobody_is_shown_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(tmp_path, capsys, wrote(b"late\n", session="")).splitlines()[-1] == "| late"


def test_the_end_of_a_session_ends_its_lines() -> None:
    told = list(events(log_of(OPENED, wrote(b"no end"), Ended(1002.0, "s"))))
    assert isinstance(told[1], Written)
    assert told[1].text == "no end"


def test_operations_are_those_of_the_log_without_it() -> None:
    log = log_of(OPENED, sent(1, Put(1, 5)), wrote(b"text\n"), answered(Reply(1, 1)))
    assert [str(operation) for operation in operations(log)] == ["#1 v1 = 5"]


# ------------------------------------------------------------------------------------------------- writing


def test_it_fills_no_more_than_a_quarter_of_the_limit(tmp_path: Path) -> None:
    writer = Writer(str(tmp_path / "log"), BEGAN, limit=100_000)
    for _ in range(1000):
        writer.wrote("s", 1, b"x" * 999 + b"\n")
    writer.close()
    records = [record for record in Log(tmp_path / "log") if isinstance(record, Wrote)]
    assert 25_000 < sum(len(record.data) for record in records) < 26_000
    assert records[-1].data.decode().rstrip().endswith("it fills a quarter of its limit")
    assert writer.stopped == ""


def test_what_is_larger_than_a_record_is_written_in_parts(tmp_path: Path) -> None:
    writer = Writer(str(tmp_path / "log"), BEGAN)
    writer.wrote("s", 2, bytes(40 << 20), 7)
    writer.close()
    records = [record for record in Log(tmp_path / "log") if isinstance(record, Wrote)]
    assert sum(len(record.data) for record in records) == 40 << 20
    assert [record.left_out for record in records] == [7, 0, 0]


# ------------------------------------------------------------------------------------------------ replaying


def program(text: str) -> Any:
    """A function that runs this."""
    scope: dict[str, Any] = {}
    exec(f"def function():\n    import os, sys, threading\n    {text}", scope)
    return scope["function"]


def recorded(tmp_path: Path, text: str, *outputs: Wrote) -> Path:
    """A log in which a call of that function has written these."""
    recorded = Recorded(tmp_path / "recorded")
    recorded.ask(Put(1, pickled(program(text))))
    frame = recorded.send(Call(2, Ref(1)))
    for output in outputs:
        recorded.writer.write(output)
    recorded.execute(frame)
    recorded.close()
    recorded.log()
    return recorded.path


def test_the_same_output_is_the_same(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = recorded(tmp_path, "print('a', 1); print('b', file=sys.stderr)", wrote(b"a 1\n"), wrote(b"b\n", 2))
    capfd.readouterr()
    assert replay(path, output=True)
    assert capfd.readouterr() == ("", "")


def test_what_is_displayed_is_compared_by_its_text(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with displaying.installed():
        path = recorded(tmp_path, "display([1, 2])", wrote(b"[1, 3]\n"))
    capfd.readouterr()
    (difference,) = replay(path, output=True).differences
    assert (difference.was, difference.now) == (r"'[1, 3]\n'", r"'[1, 2]\n'")
    assert capfd.readouterr() == ("", "")


def test_another_output_is_a_difference(tmp_path: Path) -> None:
    path = recorded(tmp_path, "print('same'); print('now')", wrote(b"same\nthen\n"))
    report = replay(path, output=True)
    (difference,) = report.differences
    assert (difference.was, difference.now) == (r"'then\n'", r"'now\n'")
    assert difference.number == 2
    assert "has written to stdout" in difference.text
    assert not report


def test_nothing_is_compared_unless_that_is_asked_for(tmp_path: Path) -> None:
    assert replay(recorded(tmp_path, "print('now')", wrote(b"then\n")))


def test_what_is_executed_again_is_not_shown_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = recorded(tmp_path, "print('again'); print('and', file=sys.stderr)", wrote(b"again\n"))
    capfd.readouterr()
    assert replay(path)
    assert capfd.readouterr() == ("", "")


def test_output_that_is_missing_now_or_then_is_a_difference(tmp_path: Path) -> None:
    (more,) = replay(recorded(tmp_path, "print('now')"), output=True).differences
    assert (more.was, more.now) == ("nothing more", r"'now\n'")
    (less,) = replay(recorded(tmp_path / "..", "pass", wrote(b"then\n")), output=True).differences
    assert (less.was, less.now) == (r"'then\n'", "nothing more")


def test_addresses_are_not_compared(tmp_path: Path) -> None:
    assert replay(recorded(tmp_path, "print(object())", wrote(b"<object object at 0x7f0123456789>\n")), output=True)


def test_where_a_part_is_missing_in_the_log_nothing_is_compared(tmp_path: Path) -> None:
    assert replay(recorded(tmp_path, "print('now')", wrote(b"then\n", left_out=5)), output=True)


def test_what_bytes_are_written_is_compared_too(tmp_path: Path) -> None:
    path = recorded(tmp_path, "sys.stdout.buffer.write(b'raw\\n'); sys.stdout.buffer.flush()", wrote(b"raw\n"))
    assert replay(path, output=True)


def test_the_streams_of_this_process_are_as_they_were(tmp_path: Path) -> None:
    before = sys.stdout, sys.stderr
    replay(recorded(tmp_path, "print('now')", wrote(b"now\n")), output=True)
    assert (sys.stdout, sys.stderr) == before


def test_the_command_compares_it_on_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = recorded(tmp_path, "print('now')", wrote(b"then\n"))
    assert main(["log", "replay", str(path)]) == 0
    assert main(["log", "replay", "--output", str(path)]) == 1
    assert "was 'then\\n'" in capsys.readouterr().out

"""The command `ray-proxy log`: what it prints, and its exit codes."""

from __future__ import annotations

import io
import json
import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from conftest import ROOT, LoopbackInterpreter
from recording import BEGAN, content, sent

from ray_proxy.logs.operations import operations
from ray_proxy.logs.reader import Log
from ray_proxy.logs.records import Answered, Opened, Recovered, Stopped
from ray_proxy.protocol import (
    Call,
    Del,
    Error,
    Fetch,
    Iter,
    Op,
    Pickled,
    Put,
    Ref,
    Refused,
    Reply,
    decode_answer,
    encode,
)
from ray_proxy.tools.cli import main

ERROR = Error("a", 2, 0, "ZeroDivisionError", "ZeroDivisionError('division by zero')", "Traceback…")


def answered(answer: Reply | Refused, session: str = "a") -> Answered:
    return Answered(1002.5, session, encode(answer))


@pytest.fixture
def log(tmp_path: Path) -> str:
    """Of two clients."""
    path = tmp_path / "session.rplog"
    places = [("/home/me/one.py", 7, "main")]
    path.write_bytes(
        content(
            BEGAN,
            Opened(1000.0, "a", "node[1]"),
            sent(1, Put(3, 10), Op(9, "add", [Ref(3), 1]), Fetch(Ref(9)), session="a", places=places, lines=[1, 1, 1]),
            answered(Reply(1, 3, [(1, 11), (2, 11)])),
            Opened(1000.0, "b", "elsewhere[12]"),
            sent(1, Put(3, "text"), session="b"),
            answered(Reply(1, 1), "b"),
            sent(2, Op(10, "truediv", [Ref(9), 0]), Fetch(Ref(10)), Del([9]), session="a"),
            answered(Reply(2, 3, [], [(0, 0), (1, 0)], [ERROR])),
            sent(3, Call(4, Ref(3)), session="a"),
            Recovered(1003.0, 5),
        )
    )
    return str(path)


def run(*arguments: str) -> int:
    return main(["log", *arguments])


# ---------------------------------------------------------------------------------------------------- show


def test_show_prints_a_line_for_each_operation(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", log) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out.splitlines() == [
        "-- client 1 is node[1]",
        "#1 v3 = 10  (one.py:7)",
        "#2 v9 = v3 + 1  (one.py:7)",
        "#3 fetch v9 -> 11  (one.py:7)",
        "-- client 2 is elsewhere[12]",
        "#4 c2 v3 = 'text'",
        "#5 c1 v10 = v9 / 0 !! ZeroDivisionError('division by zero')",
        "#6 c1 fetch v10 !! ZeroDivisionError('division by zero') (of an operand)",
        "#7 c1 del v9",
        "-- the process of the interpreter died; a new one has rebuilt its state",
        "#8 c1 v4 = v3() ?? never answered",
    ]


def test_show_long_has_times_and_whole_paths(
    log: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    try:
        assert run("show", "--long", log) == 0
    finally:
        monkeypatch.undo()
        time.tzset()
    assert (
        "1970-01-01 00:16:41.000 +1.500000 #3 fetch v9 -> 11  (/home/me/one.py:7 in main)"
        in capsys.readouterr().out.splitlines()
    )


@pytest.mark.parametrize(
    ("arguments", "numbers"),
    [
        (["--errors"], [5, 6]),
        (["--variable", "v9"], [2, 3, 5, 7]),
        (["--variable", "9"], [2, 3, 5, 7]),
        (["--variable", "v3"], [1, 2, 4, 8]),
        (["--variable", "v3", "--client", "2"], [4]),
        (["--client", "1"], [1, 2, 3, 5, 6, 7, 8]),
        (["--client", "2"], [4]),
        (["--client", "elsewhere"], [4]),
        (["--client", "node[1]"], [1, 2, 3, 5, 6, 7, 8]),
        (["--errors", "--client", "2"], []),
        (["--errors", "--variable", "v10"], [5, 6]),
    ],
)
def test_show_filters(log: str, capsys: pytest.CaptureFixture[str], arguments: list[str], numbers: list[int]) -> None:
    assert run("show", log, *arguments) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("--")]
    assert [int(line.split()[0][1:]) for line in lines] == numbers
    assert run("show", "--json", log, *arguments) == 0
    assert [json.loads(line)["number"] for line in capsys.readouterr().out.splitlines()] == numbers


@pytest.mark.parametrize("options", [[], ["--json"], ["--long"], ["--errors"]])
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--client", "nobody"], "has no client 'nobody'; there are: 1 node[1]; 2 elsewhere[12]"),
        (["--client", "12"], "has no client '12'; there are: 1 node[1]; 2 elsewhere[12]"),
        (["--client", "0"], "has no client '0'; there are: 1 node[1]; 2 elsewhere[12]"),
        (["--client", "9" * 5000], "; there are: 1 node[1]; 2 elsewhere[12]"),
        (["--variable", "v999"], "has no v999 among the variables: they are from v3 to v10"),
        (["--variable", "v5"], "has no v5 among the variables: they are from v3 to v10"),
        (
            ["--variable", "v9", "--client", "2"],
            "has no v9 among the variables of the client '2': they are from v3 to v3",
        ),
        (["--variable", "v9", "--client", "xy"], "has no client 'xy'; there are: 1 node[1]; 2 elsewhere[12]"),
    ],
)
def test_a_filter_for_what_is_not_there_says_what_is(
    log: str, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str, options: list[str]
) -> None:
    assert run("show", log, *arguments, *options) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"ray-proxy log: {log} ")
    assert printed.err.endswith(f"{told}\n")


@pytest.mark.parametrize("options", [[], ["--json"]])
@pytest.mark.parametrize(
    "arguments", [["--errors", "--client", "2"], ["--errors", "--variable", "v3", "--client", "elsewhere"]]
)
def test_a_filter_that_no_operation_matches_says_so(
    log: str, capsys: pytest.CaptureFixture[str], arguments: list[str], options: list[str]
) -> None:
    assert run("show", log, *arguments, *options) == 0
    printed = capsys.readouterr()
    assert not [line for line in printed.out.splitlines() if not line.startswith("--")]
    assert printed.err == f"{log}: none of the 8 operations matches\n"


def test_a_log_without_clients_or_variables_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "empty.rplog"
    path.write_bytes(content(BEGAN))
    assert run("show", str(path)) == 0
    assert run("show", str(path), "--client", "1") == 1
    assert run("show", str(path), "--variable", "v1") == 1
    assert capsys.readouterr().err.splitlines() == [
        f"ray-proxy log: {path} has no client '1'; there are: none",
        f"ray-proxy log: {path} has no v1 among the variables: there are none",
    ]


def test_of_thousands_of_clients_some_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "many.rplog"
    path.write_bytes(content(BEGAN, *(Opened(1.0, f"s{at}", f"node[{at}]" * 1000) for at in range(5000))))
    assert run("show", str(path), "--client", "4999") == 0
    assert run("show", str(path), "--client", "[4999]") == 0
    capsys.readouterr()
    assert run("show", str(path), "--client", "nobody") == 1
    told = capsys.readouterr().err
    assert told.endswith("; and 4,980 more\n")
    assert len(told) < 4000


def test_an_iteration_over_very_much_costs_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "long.rplog"
    path.write_bytes(content(BEGAN, sent(1, Iter(5, Ref(4), 0, 10**12)), answered(Reply(1, 1), "s")))
    assert run("show", str(path), "--variable", "v3") == 1
    assert capsys.readouterr().err.endswith(f"they are from v4 to v{4 + 10**12}\n")
    assert run("diff", str(path), str(path)) == 0


def test_print_of_an_operation_is_the_line_of_the_command(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    run("show", log, "--client", "2")
    run("show", log, "--variable", "v9", "--errors")
    lines = [line.replace(" c2", "").replace(" c1", "") for line in capsys.readouterr().out.splitlines()]
    told = [str(operation) for operation in operations(log)]
    assert told[0] == "#1 v3 = 10  (one.py:7)"
    assert lines[1:] == [told[3], told[4]]


def test_show_of_one_client_tells_nothing_of_the_other(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    run("show", log, "--client", "2")
    assert capsys.readouterr().out.splitlines() == ["-- client 2 is elsewhere[12]", "#4 c2 v3 = 'text'"]


def test_a_variable_is_named_as_the_log_shows_it(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", log, "--variable", "x9") == 1
    assert capsys.readouterr().err == "ray-proxy log: a variable is named as the log shows it, v9, and not 'x9'\n"


def test_json_has_an_object_a_line(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", "--json", log) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["number"] for each in told] == list(range(1, 9))
    assert len({tuple(each) for each in told}) == 1
    assert (told[2]["text"], told[2]["value"], told[2]["place"]["file"]) == ("fetch v9", 11, "/home/me/one.py")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_errors_are_red_on_a_terminal(log: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    run("show", log)
    lines = terminal.getvalue().splitlines()
    assert [line.startswith("\033[31m#") for line in lines] == [False] * 6 + [True, True, False, False, True]
    assert lines[1] == "#1 v3 = 10\033[2m  (one.py:7)\033[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    run("show", log)
    assert "\033" not in terminal.getvalue()


def test_show_says_what_of_a_torn_log_is_left_out(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    os.truncate(log, os.path.getsize(log) - 3)
    assert run("show", log) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines()[-1] == "#8 c1 v4 = v3() ?? never answered"
    assert printed.err.startswith(f"{log}: at byte ")
    assert "the last record is torn" in printed.err


def test_show_says_why_a_recording_has_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "stopped.rplog"
    path.write_bytes(content(BEGAN, Stopped(1.0, "the log has reached its limit of 5 bytes")))
    run("show", str(path))
    assert capsys.readouterr().out == "-- the recording stops: the log has reached its limit of 5 bytes\n"


@pytest.mark.parametrize("action", [["show"], ["replay"], ["diff", "other"]])
def test_what_is_no_log_is_told_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], action: list[str]
) -> None:
    path = tmp_path / "x"
    path.write_text("no log")
    assert run(*action, str(path)) == 1
    assert run(*action, str(tmp_path / "missing")) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert all(line.startswith("ray-proxy log: ") for line in printed.err.splitlines())


def test_without_an_action_the_usage_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == 2
    assert "usage: ray-proxy log" in capsys.readouterr().err


# ---------------------------------------------------------------------------------------------------- diff


def changed(log: str, value: int) -> str:
    """A copy in which the first fetch gives another value."""
    records = list(Log(log))
    answer = decode_answer(records[3].data)  # type: ignore[union-attr]
    assert isinstance(answer, Reply)
    answer = msgspec.structs.replace(answer, values=[(1, 11), (2, value)])
    records[3] = answered(answer)
    Path(f"{log}.{value}").write_bytes(content(*records))
    return f"{log}.{value}"


def test_diff_of_logs_that_tell_the_same(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("diff", log, changed(log, 11)) == 0
    assert capsys.readouterr().out == "the logs tell the same\n"


def test_diff_says_where_logs_part(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    other = changed(log, 12)
    assert run("diff", log, other) == 1
    assert capsys.readouterr().out.splitlines() == [
        "  #1 v3 = 10",
        "  #2 v9 = v3 + 1",
        "- #3 fetch v9 -> 11  (/home/me/one.py:7)",
        "+ #3 fetch v9 -> 12  (/home/me/one.py:7)",
    ]


def test_diff_says_which_log_ends_earlier(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(f"{log}.short").write_bytes(content(*list(Log(log))[:4]))
    assert run("diff", log, f"{log}.short") == 1
    assert capsys.readouterr().out.splitlines()[-2:] == ["- #4 v3 = 'text'", f"+ {log}.short ends here"]


def test_diff_of_a_log_that_is_torn_does_not_say_that_they_tell_the_same(
    log: str, capsys: pytest.CaptureFixture[str]
) -> None:
    other = changed(log, 11)
    with open(other, "ab") as file:
        file.write(b"\0\0\1\0torn")
    assert run("diff", log, other) == 1
    printed = capsys.readouterr()
    assert printed.out == "the logs tell the same as far as they can be read\n"
    assert printed.err.startswith(f"{other}: at byte ")


def test_diff_says_where_lines_that_look_alike_differ(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = []
    for letter in "ab":
        text = "x" * 500 + letter + "x" * 500
        paths.append(str(tmp_path / letter))
        Path(paths[-1]).write_bytes(content(BEGAN, sent(1, Put(1, text)), answered(Reply(1, 1), "s")))
    assert run("diff", *paths) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "they differ in what is left out of these lines"


# -------------------------------------------------------------------------------------------------- replay


def recorded(env: LoopbackInterpreter, path: Path) -> str:
    with env.record(path):
        v = env.put(10)
        assert (v + 1).fetch() == 11
        env.run(print, ("the code prints this",)).fetch()
    return str(path)


def test_replay_that_finds_nothing(
    env: LoopbackInterpreter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = recorded(env, tmp_path / "session.rplog")
    capsys.readouterr()
    assert run("replay", path) == 0
    printed = capsys.readouterr()
    assert printed.out.endswith(" s: every answer is as recorded\n")
    assert printed.err == "", "what the code prints is not shown again"


def test_replay_that_finds_a_difference(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("replay", changed(log, 12)) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(" s: 1 answers differ")
    assert lines[1:4] == ["#3 fetch v9  (/home/me/one.py:7 in main)", "    was 12", "    is  11"]
    assert "1 operations were never answered, and not executed" in lines


def test_replay_with_what_may_differ(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    other = changed(log, 12)
    assert run("replay", other, "--volatile", "#3") == 0
    assert run("replay", other, "--volatile", "v9") == 0
    assert run("replay", other, "--volatile", "fetch*") == 0
    assert run("replay", other, "--volatile", "#1", "--volatile", "#4") == 0  # what depends on #1 is marked, too
    assert run("replay", other, "--volatile", "#4") == 1
    assert run("replay", other, "--by-type") == 0
    assert run("replay", other, "--differences", "0") == 1
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "… and 1 more", "1 operations were never answered, and not executed"
    ]  # fmt: skip


def test_replay_finds_modules_of_the_folder_it_is_called_in(tmp_path: Path, log: str) -> None:
    (tmp_path / "beside.py").write_text("def double(x):\n    return 2 * x\n")
    program = (
        "import sys\nsys.path.insert(0, 'tests')\n"
        "from pathlib import Path\nfrom recording import Recorded\nfrom ray_proxy.protocol import *\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        f"recorded = Recorded(Path({str(tmp_path / 'module.rplog')!r}))\n"
        "recorded.ask(Import(1, 'beside'), GetAttr(2, Ref(1), 'double'), Call(0, Ref(2), [21]))\nrecorded.log()\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT, env=environment(), timeout=60)
    # As the installed command starts, whose own folder is on the path and not that of the caller.
    code = "import sys; sys.path = [p for p in sys.path if p]; from ray_proxy.tools.cli import run; run()"
    command = [sys.executable, "-c", code, "log", "replay", "module.rplog"]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert "every answer is as recorded" in done.stdout


# ----------------------------------------------------------------------------------------------- as a process


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def test_a_reader_that_has_seen_enough_ends_it_quietly(tmp_path: Path) -> None:
    path = tmp_path / "long.rplog"
    records = [record for n in range(1, 20_001) for record in (sent(n, Put(n, n)), answered(Reply(n, 1), "s"))]
    path.write_bytes(content(BEGAN, Opened(1.0, "s", "node[1]"), *records))
    command = f"{sys.executable} -m ray_proxy log show {path} | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], env=environment(), cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert (done.stdout, done.stderr) == ("-- client 1 is node[1]\n0\n", "")


def test_text_that_the_terminal_cannot_show_is_escaped(tmp_path: Path) -> None:
    path = tmp_path / "snow.rplog"
    path.write_bytes(content(BEGAN, sent(1, Put(1, "snow ☃")), answered(Reply(1, 1), "s")))
    command = [sys.executable, "-m", "ray_proxy", "log", "show", str(path)]
    done = subprocess.run(
        command, env=environment(PYTHONIOENCODING="ascii"), cwd=ROOT, capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"#1 v1 = 'snow \\u2603'\n", b"")


def test_diff_says_so_where_the_lines_do_not_tell_the_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, id, value in (("a", 1, [1]), ("b", 3, [2])):
        put = sent(1, Put(id, Pickled(pickle.dumps(value))))
        (tmp_path / name).write_bytes(content(BEGAN, put, answered(Reply(1, 1))))
    assert main(["log", "diff", str(tmp_path / "a"), str(tmp_path / "b")]) == 1
    assert capsys.readouterr().out.endswith("they differ in what is left out of these lines\n")

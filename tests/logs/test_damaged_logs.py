"""What is damaged, and what is no file: it is told, and nothing of it is used."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import ray
from recording import BEGAN, OPENED, Recorded, answered, content, interpreter, sent

from ray_proxy import RemoteInterpreterFactory, operations, replay
from ray_proxy.errors import LogError
from ray_proxy.logs.reader import Log, open_log
from ray_proxy.logs.rebuilding import Recovery, restore
from ray_proxy.logs.records import Ended, Opened
from ray_proxy.protocol import Put, Reply
from ray_proxy.tools.cli import main

# ----------------------------------------------------------------------------------------------- what is damaged


def damaged(recorded: Recorded) -> bytes:
    """A log of five operations, with a byte that is wrong in the answer to the fourth."""
    for number in range(1, 6):
        recorded.ask(Put(number, number))
    recorded.log()
    data = bytearray(recorded.path.read_bytes())
    last = max(at for at in range(len(data)) if data[at:].startswith(b"\xa8answered"))
    before = max(at for at in range(last) if data[at:].startswith(b"\xa8answered"))
    data[before + 2] ^= 1
    recorded.path.write_bytes(data)
    return bytes(data)


def test_the_error_names_the_record_its_byte_and_what_is_left() -> None:
    records = [OPENED, sent(1, Put(1, 1)), answered(Reply(1, 1)), Ended(2000.0, "s")]
    data = bytearray(content(BEGAN, *records))
    at = len(content(BEGAN, *records[:2]))
    data[at + 20] ^= 1
    log = Log(bytes(data))
    read = []
    with pytest.raises(LogError) as raised:
        read.extend(log)
    assert str(raised.value) == (
        f"the log: at byte {at:,} record 4 is damaged (its checksum is wrong): the {len(data) - at:,} bytes from there "
        "on are left out"
    )
    assert (log.number, log.offset, log.end) == (4, at, at)


def test_what_is_before_it_is_told(recorded: Recorded) -> None:
    told = []
    with pytest.raises(LogError, match=r"at byte [\d,]+ record 10 is damaged"):
        told.extend(operations(Log(damaged(recorded))))
    assert [operation.text for operation in told] == ["v1 = 1", "v2 = 2", "v3 = 3"]


def test_show_prints_what_is_before_it_and_fails(recorded: Recorded, capsys: pytest.CaptureFixture[str]) -> None:
    damaged(recorded)
    assert main(["log", "show", str(recorded.path)]) == 1
    printed = capsys.readouterr()
    assert "#3 v3 = 3" in printed.out
    assert "#4" not in printed.out
    assert "record 10 is damaged" in printed.err


def test_two_logs_are_never_the_same_where_one_is_damaged(
    recorded: Recorded, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = damaged(recorded)
    before = tmp_path / "before.rplog"
    with pytest.raises(LogError):
        before.write_bytes(content(*Log(data)))
    log, records = Log(data), []
    with pytest.raises(LogError):
        for record in log:
            records.append(record)
    before.write_bytes(content(*records))
    for one, other in ((recorded.path, before), (before, recorded.path), (recorded.path, recorded.path)):
        assert main(["log", "diff", str(one), str(other)]) == 1
        printed = capsys.readouterr()
        assert "the same" not in printed.out
        assert "record 10 is damaged" in printed.err or "ends here" in printed.out


def test_a_replay_compares_what_is_before_it_and_is_false(recorded: Recorded) -> None:
    report = replay(damaged(recorded))
    assert not report
    assert (report.operations, report.different, report.damaged) == (3, 0, True)
    assert report.problem is not None
    assert "record 10 is damaged" in report.problem
    assert "record 10 is damaged" in str(report)


def test_no_interpreter_is_rebuilt_from_it(recorded: Recorded) -> None:
    data = damaged(recorded)
    with pytest.raises(LogError, match="record 10 is damaged"):
        restore(Log(data), interpreter())
    with pytest.raises(LogError, match="record 10 is damaged"):
        Recovery(Log(data), interpreter())


def test_nor_is_an_actor_started_for_it(recorded: Recorded) -> None:
    damaged(recorded)
    program = (
        "import sys, ray, ray_proxy\n"
        "try: ray_proxy.RemoteInterpreterFactory(ray).restore(sys.argv[1])\n"
        "except ray_proxy.LogError as error: print(error)\n"
        "print(ray.is_initialized())\n"
    )
    command = [sys.executable, "-c", program, str(recorded.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "record 10 is damaged" in done.stdout
    assert done.stdout.endswith("\nFalse\n")


# ----------------------------------------------------------------------------------------------- what is no file


def pipe(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def unix_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def loop(path: Path) -> None:
    path.symlink_to(path)


READERS: dict[str, Callable[[Path], object]] = {
    "log": Log,
    "open": open_log,
    "replay": replay,
    "restore": lambda path: RemoteInterpreterFactory(ray).restore(path),
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@pytest.mark.parametrize(
    ("make", "told"),
    [
        (pipe, "no regular file, as a log is one, but a pipe"),
        (folder, "no regular file, as a log is one, but a folder"),
        (unix_socket, "no regular file, as a log is one, but a socket"),
        (device, "no regular file, as a log is one, but a device"),
        (loop, "Too many levels of symbolic links"),
    ],
)
def test_what_is_no_file_is_refused_without_opening_it(
    make: Callable[[Path], None], told: str, read: Callable[[Path], object], tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket has to be short
    path = Path("odd.rplog")
    make(path)
    with pytest.raises(LogError, match=f"odd.rplog cannot be read: .*{told}"):
        read(path)


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@pytest.mark.parametrize("name", ["a\0b", "\ud800"], ids=ascii)
def test_a_name_that_no_file_can_have(name: str, read: Callable[[Path], object]) -> None:
    with pytest.raises(LogError, match="' cannot be read: no file can have such a name"):
        read(Path(name))


def test_a_link_to_a_log_is_read(recorded: Recorded, tmp_path: Path) -> None:
    recorded.ask(Put(1, 1))
    recorded.log()
    (tmp_path / "link").symlink_to(recorded.path)
    assert len(list(operations(tmp_path / "link"))) == 1


# ---------------------------------------------------------------------------------------------- torn, or damaged


@pytest.mark.parametrize("at", [0, 1, 2, 3])
@pytest.mark.parametrize("last", [True, False])
def test_a_length_that_is_wrong_is_damage_and_no_torn_record(at: int, last: bool) -> None:
    records = [Opened(1.0, "s", "c"), sent(1, Put(1, 1)), answered(Reply(1, 1)), Ended(9.0, "s")]
    start = len(content(BEGAN, *records[: 3 if last else 1]))
    data = bytearray(content(BEGAN, *records))
    data[start + at] ^= 0x02
    with pytest.raises(
        LogError, match=rf"at byte {start:,} record {5 if last else 3} is damaged \(its (length|checksum) is"
    ):
        list(Log(bytes(data)))


def test_a_record_that_is_torn_at_any_byte_is_torn() -> None:
    whole, end = content(BEGAN, Opened(1.0, "s", "c"), sent(1, Put(1, b"x" * 300))), len(content(BEGAN))
    for size in range(end + 1, len(whole)):
        log = Log(whole[:size])
        list(log)
        assert log.problem is None or "torn" in log.problem


def test_a_log_of_a_later_format_is_told_apart_from_what_is_no_log() -> None:
    with pytest.raises(LogError, match="log of format 9, and this is format 1: read it with a later release"):
        Log(b"ray-proxy log 9\n" + bytes(100))
    with pytest.raises(LogError, match="it is empty"):
        Log(b"")

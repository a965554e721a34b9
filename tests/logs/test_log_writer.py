"""Writing message logs: where it must stop, and what interrupts it."""

from __future__ import annotations

import ast
import logging
import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest
from conftest import ROOT
from forks import in_child
from recording import BEGAN, RECORDS, content, framed, read

from ray_proxy.errors import LogError
from ray_proxy.logs.reader import Log
from ray_proxy.logs.records import Began, Ended, Part, Recovered, Sent, Stopped, Value
from ray_proxy.logs.writer import Writer

# ---------------------------------------------------------------------------------------------------- the writer


def test_a_recording_never_replaces_a_file(path: str) -> None:
    Path(path).write_bytes(b"precious")
    with pytest.raises(LogError, match=r"session\.rplog exists, and a recording never replaces a file: move it away"):
        Writer(path, BEGAN)
    assert Path(path).read_bytes() == b"precious"


def test_nor_what_a_link_names(path: str, tmp_path: Path) -> None:
    os.symlink(tmp_path / "elsewhere", path)
    with pytest.raises(LogError, match="exists"):
        Writer(path, BEGAN)
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_that_cannot_be_made(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"nowhere/session\.rplog cannot be written: No such file or directory"):
        Writer(str(tmp_path / "nowhere" / "session.rplog"), BEGAN)


def test_others_cannot_read_a_log(path: str) -> None:
    Writer(path, BEGAN).close()
    assert os.stat(path).st_mode & 0o777 == 0o600


def test_a_recording_ends_with_a_word_of_it(path: str, caplog: pytest.LogCaptureFixture) -> None:
    writer = Writer(path, BEGAN)
    assert writer.stopped is None
    writer.close()
    writer.close()
    writer.write(RECORDS[1])
    (began, stopped), problem = read(path)
    assert (began, problem) == (BEGAN, None)
    assert isinstance(stopped, Stopped)
    assert (stopped.reason, writer.stopped) == ("", "")
    assert not caplog.records


def test_a_recording_that_is_abandoned_ends_without_a_word(path: str, caplog: pytest.LogCaptureFixture) -> None:
    writer = Writer(path, BEGAN)
    writer.abandon()
    writer.abandon()
    writer.write(RECORDS[1])
    writer.close()
    assert read(path) == ([BEGAN], None)
    assert not caplog.records


def test_frames_are_counted(path: str) -> None:
    writer = Writer(path, BEGAN)
    assert [writer.sent("s", b"a"), writer.sent("t", b"b", ("s", 1, 0))] == [1, 2]
    writer.write(Sent(1.0, "s", b"c"))  # as it is copied from another log
    assert writer.sent("s", b"d") == 4
    writer.close()
    assert [record.data for record in Log(path) if isinstance(record, Sent)] == [b"a", b"b", b"c", b"d"]


def test_a_log_is_gone_on_with_after_what_was_read_of_it(path: str) -> None:
    Path(path).write_bytes(content(*RECORDS)[:-3])
    log = Log(path)
    list(log)
    writer = Writer(path, log.began, after=log.end)
    writer.write(Recovered(1.0, 5))
    writer.abandon()
    assert read(path) == ([*RECORDS[:-1], Recovered(1.0, 5)], None)


def test_a_log_to_go_on_with_has_to_be_there(path: str) -> None:
    with pytest.raises(LogError, match="cannot be written: No such file"):
        Writer(path, BEGAN, after=100)


def test_several_threads_record_whole_records_in_the_order_of_each(path: str) -> None:
    writer = Writer(path, BEGAN)
    numbers: dict[int, list[int]] = {thread: [] for thread in range(8)}

    def work(thread: int) -> None:
        for number in range(300):
            numbers[thread].append(writer.sent(str(thread), b"%d" % number * (1 + 40 * thread)))

    threads = [threading.Thread(target=work, args=(thread,)) for thread in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    records, problem = read(path)
    assert problem is None
    sent = [record for record in records if isinstance(record, Sent)]
    for name, theirs in numbers.items():
        mine = [(number, record.data) for number, record in enumerate(sent, 1) if record.session == str(name)]
        assert mine == [(number, b"%d" % at * (1 + 40 * name)) for at, number in enumerate(theirs)]


# -------------------------------------------------------------------------------------------- where it must stop


def stopped(path: str) -> str:
    """Why a recording has stopped, by its last record."""
    records, problem = read(path)
    assert problem is None
    last = records[-1]
    assert isinstance(last, Stopped)
    return last.reason


def test_a_recording_stops_at_its_limit_and_says_so_once(path: str, caplog: pytest.LogCaptureFixture) -> None:
    writer = Writer(path, BEGAN, limit=2000)
    for _ in range(50):
        writer.sent("s", b"x" * 100)
    assert writer.stopped == "the log has reached its limit of 2,000 bytes"
    assert stopped(path) == writer.stopped
    assert os.path.getsize(path) < 2100
    assert len(read(path)[0]) > 10
    (warning,) = caplog.records
    assert warning.levelno == logging.WARNING
    assert warning.getMessage() == (
        f"ray_proxy: the interpreter's recording to {path} has stopped: the log has reached its limit of 2,000 bytes. "
        "What follows is not in the log; the work goes on"
    )


def test_a_record_that_just_fits_is_recorded(path: str) -> None:
    record = Sent(1.0, "s", b"x" * 1000)
    limit = len(content(BEGAN, record))
    writer = Writer(path, BEGAN, limit=limit)
    writer.write(record)
    assert writer.stopped is None
    writer.write(Ended(1.0, "s"))
    assert writer.stopped is not None
    assert len(read(path)[0]) == 3


def test_nothing_small_is_recorded_after_what_was_too_large(path: str) -> None:
    writer = Writer(path, BEGAN, limit=2000)
    writer.sent("s", b"x" * 5000)
    writer.sent("s", b"small")
    assert [type(record) for record in Log(path)] == [Began, Stopped]


def test_a_limit_that_is_reached_at_once_leaves_a_log_that_says_so(path: str) -> None:
    writer = Writer(path, BEGAN, limit=10)
    writer.write(RECORDS[1])
    assert [type(record) for record in Log(path)] == [Began, Stopped]
    assert stopped(path) == "the log has reached its limit of 10 bytes"


def test_a_large_value_is_recorded_in_parts(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ray_proxy.logs.writer._PART", 100)
    writer = Writer(path, BEGAN)
    writer.value("token", [b"p" * 250, b"", bytearray(b"q" * 100)])
    writer.abandon()
    assert list(Log(path))[1:] == [
        Part("token", 0, b"p" * 100),
        Part("token", 0, b"p" * 100),
        Part("token", 0, b"p" * 50),
        Part("token", 2, b"q" * 100),
        Value("token", 2),
    ]


def test_a_value_past_the_limit_is_not_begun(path: str) -> None:
    writer = Writer(path, BEGAN, limit=50_000_000)
    writer.sent("s", b"x")
    writer.value("token", [b"pickle", memoryview(bytes(60_000_000))])
    assert writer.stopped == "a value of 60,000,006 bytes would exceed the limit of the log, 50,000,000 bytes"
    assert stopped(path) == writer.stopped
    assert os.path.getsize(path) < 1000


def test_a_log_that_is_gone_on_with_has_its_limit_with_what_is_in_it(path: str) -> None:
    Path(path).write_bytes(content(BEGAN, Sent(1.0, "s", b"x" * 1000)))
    writer = Writer(path, BEGAN, limit=1500, after=os.path.getsize(path))
    writer.sent("s", b"x" * 1000)
    assert stopped(path) == writer.stopped == "the log has reached its limit of 1,500 bytes"


def run(program: str, *args: str) -> str:
    """What a program prints in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", program, *args],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("room", [700, 701, 743, 744, 760, 785])
def test_where_no_byte_fits_any_more_the_log_ends_with_its_last_whole_record(
    path: str, room: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The limit of the system cuts a write in the middle, as a full disk does."""

    def fill() -> list[str]:
        writer = Writer(path, BEGAN)
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
        for number in range(30):
            writer.write(Sent(float(number), "s", b"x" * 50))
        return caplog.messages

    printed = in_child(fill)  # it keeps the limit
    records, problem = read(path)
    assert problem is None
    sent = [record for record in records if isinstance(record, Sent)]
    assert [record.time for record in sent] == list(map(float, range(len(sent))))
    assert room - len(content(BEGAN, *sent)) < len(framed(msgspec.msgpack.encode(sent[0])))
    (told,) = ast.literal_eval(printed)
    assert told.count("has stopped: the log could not be written: File too large") == 1


NO_ROOM = """
import os, resource, sys
from ray_proxy.errors import LogError
from ray_proxy.logs.writer import Writer
from recording import BEGAN
resource.setrlimit(resource.RLIMIT_FSIZE, (5, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
before = set(os.listdir("/proc/self/fd"))
try:
    Writer(sys.argv[1], BEGAN)
except LogError as error:
    print(error, os.path.exists(sys.argv[1]), set(os.listdir("/proc/self/fd")) == before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_where_not_even_the_beginning_can_be_written_there_is_no_log(path: str) -> None:
    assert run(NO_ROOM, path) == f"{path} cannot be written: File too large False True\n"


# -------------------------------------------------------------------------------------------- what interrupts it


def test_what_an_interrupt_has_torn_is_cut_off_before_the_next_record(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that is interrupted in its middle: seldom on a local disk, and not on others."""
    writer = Writer(path, BEGAN)
    writer.write(RECORDS[1])
    real = os.write

    def torn(file: int, data: bytes) -> int:
        real(file, data[: len(data) // 2])
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("ray_proxy.logs.writer.os.write", torn)
        with pytest.raises(KeyboardInterrupt):
            writer.write(RECORDS[2])
    writer.write(RECORDS[3])
    writer.abandon()
    assert read(path) == ([BEGAN, RECORDS[1], RECORDS[3]], None)


def test_who_handles_the_warning_may_ask_for_something_that_is_recorded(path: str) -> None:
    writer = Writer(path, BEGAN, limit=1000)

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            writer.write(RECORDS[1])

    handler = Handler()
    logging.getLogger("ray_proxy").addHandler(handler)
    try:
        thread = threading.Thread(target=writer.sent, args=("s", bytes(1000)), daemon=True)
        thread.start()
        thread.join(10)
        assert not thread.is_alive()
    finally:
        logging.getLogger("ray_proxy").removeHandler(handler)
    assert [type(record) for record in Log(path)] == [Began, Stopped]


def test_a_killed_writer_leaves_all_that_it_has_told_of(path: str) -> None:
    program = (
        "import sys\n"
        "from ray_proxy.logs.writer import Writer\n"
        "from recording import BEGAN\n"
        "writer = Writer(sys.argv[1], BEGAN)\n"
        "while True:\n"
        "    print(writer.sent('s', b'x' * 3000), flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, path],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    told = [int(process.stdout.readline()) for _ in range(500)]
    os.kill(process.pid, signal.SIGKILL)
    told += [int(line) for line in process.stdout.read().splitlines(keepends=True) if line.endswith(b"\n")]
    process.wait()
    records, problem = read(path)
    assert len(records) - 1 in (told[-1], told[-1] + 1)
    assert problem is None or "the last record is torn" in problem


def test_a_forked_child_leaves_the_log_to_its_parent(path: str) -> None:
    writer = Writer(path, BEGAN)
    held = threading.Event()
    release = threading.Event()

    def hold() -> None:
        with writer._lock:  # as a thread that records just now
            held.set()
            release.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(30)
    child = os.fork()
    if not child:
        signal.alarm(20)
        writer.abandon()
        writer.write(RECORDS[1])
        writer.close()
        os._exit(0)
    release.set()
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    writer.write(RECORDS[2])
    writer.abandon()
    assert read(path) == ([BEGAN, RECORDS[2]], None)

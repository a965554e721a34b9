"""The files of message logs: what is in them, what survives of them, and when a recording ends."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from conftest import ROOT
from recording import BEGAN, MAGIC, content, framed

from ray_proxy.errors import LogError
from ray_proxy.logs.reader import Log
from ray_proxy.logs.records import (
    Answered,
    Began,
    Ended,
    Expired,
    Left,
    Opened,
    Part,
    Record,
    Recovered,
    Restored,
    Sent,
    Stopped,
    Value,
)
from ray_proxy.logs.writer import Writer
from ray_proxy.protocol import MAJOR, MINOR

RECORDS: list[Record] = [
    BEGAN,
    Opened(1.5, "s", "node[1]", "worker"),
    Sent(2.5, "s", b"a frame", None),
    Sent(2.5, "s", b"a frame", ("t", 3, 4)),
    Answered(3.5, "s", b"an answer"),
    Ended(4.5, "s"),
    Expired(5.0),
    Part("token", 1, bytes(range(256))),
    Value("token", 2),
    Left("token", "digest"),
    Restored(5.5, "s", "token"),
    Recovered(6.5, 99),
    Stopped(7.5, "a reason"),
    Began(1000.0, MAJOR, MINOR, "interpreter", "1234567890", "node", 77, "3.11.7", False, 600.0, 4711),
    Opened(1.5, "s", "node[1]", "worker", 0.5),
    Sent(2.5, "s", b"a frame", None, 1.5),
    Answered(3.5, "s", b"an answer", 2.5),
    Ended(4.5, "s", 3.5),
    Expired(5.0, 4.0),
    Restored(5.5, "s", "token", 4.5),
    Recovered(6.5, 99, 5.5),
    Stopped(7.5, "a reason", 6.5),
]


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "session.rplog")


def read(source: str | bytes) -> tuple[list[Record], str | None]:
    """The records of a log, and what is wrong with the rest of it."""
    log = Log(source)
    return list(log), log.problem


def damage(source: str | bytes) -> tuple[list[Record], str]:
    """The records of a log before the one that is damaged, and the error that tells of that."""
    log, records = Log(source), []
    with pytest.raises(LogError) as raised:
        for record in log:
            records.append(record)
    return records, str(raised.value)


# ---------------------------------------------------------------------------------------------- the format


def test_all_kinds_of_records_are_tested() -> None:
    assert {type(record) for record in RECORDS} == set(get_args(Record))


def test_a_log_is_what_its_description_says(path: str) -> None:
    writer = Writer(path, BEGAN)
    for record in RECORDS[1:]:
        writer.write(record)
    writer.abandon()
    assert Path(path).read_bytes() == content(*RECORDS)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_each_kind_of_record_is_read_as_it_was_written(record: Record, path: str) -> None:
    writer = Writer(path, BEGAN)
    writer.write(record)
    writer.abandon()
    assert read(path) == ([BEGAN, record], None)
    assert Log(path).began == BEGAN


def test_a_log_is_read_from_its_content_as_from_its_file(path: str) -> None:
    data = content(*RECORDS)
    Path(path).write_bytes(data)
    assert list(Log(data)) == list(Log(memoryview(data))) == list(Log(path)) == list(Log(Path(path))) == RECORDS


def test_a_log_can_be_read_again() -> None:
    log = Log(content(*RECORDS))
    assert list(log) == list(log) == RECORDS
    assert log.end == len(content(*RECORDS))


def test_records_of_a_later_minor_version_are_passed_over() -> None:
    later = framed(msgspec.msgpack.encode(["tomorrow", 1, {"of": "what"}]))
    data = content(BEGAN) + later + content(*RECORDS[1:])[len(MAGIC) :]
    assert read(data) == (RECORDS, None)


def test_fields_of_a_later_minor_version_are_passed_over() -> None:
    later = framed(msgspec.msgpack.encode(["ended", 4.5, "s", 3.5, "a new field"]))
    assert read(content(BEGAN) + later) == ([BEGAN, Ended(4.5, "s", 3.5)], None)


@pytest.mark.parametrize("fields", [[2.5, MAJOR + 1, 3], [2.5, MAJOR + 1, 3, "other", {}]])
def test_a_log_of_another_major_version_is_refused_whatever_else_it_says(fields: list[Any]) -> None:
    data = MAGIC + framed(msgspec.msgpack.encode(["began", *fields]))
    with pytest.raises(LogError, match=rf"version {MAJOR + 1}\.3 .* this is version {MAJOR}\.{MINOR}; read it with"):
        Log(data)


def test_a_log_of_another_major_version_is_refused() -> None:
    with pytest.raises(LogError, match="read it with a release of ray-proxy that speaks 7"):
        Log(content(msgspec.structs.replace(BEGAN, major=7)))


@pytest.mark.parametrize("data", [b"", b"x", b"no log at all", MAGIC[:-1], MAGIC.upper() + content(BEGAN)])
def test_what_is_no_log_is_refused(data: bytes, path: str) -> None:
    Path(path).write_bytes(data)
    for source in (data, path):
        with pytest.raises(LogError, match="is no message log of ray-proxy"):
            Log(source)


def test_a_log_without_a_first_record_is_refused() -> None:
    with pytest.raises(LogError, match="the log tells nothing: no record is in it"):
        Log(MAGIC)
    with pytest.raises(LogError, match=r"tells nothing: at byte 16 the last record is torn.*: the 3 bytes from there"):
        Log(MAGIC + b"\0\0\0")
    with pytest.raises(LogError, match="at byte 16 record 1 does not say who has recorded, as the first one does"):
        Log(content(*RECORDS[1:]))


def test_a_file_that_is_not_there(path: str) -> None:
    with pytest.raises(LogError, match=r"session\.rplog cannot be read: No such file"):
        Log(path)


def test_a_folder_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="cannot be read"):
        Log(tmp_path)


def test_a_pipe_is_no_log_since_a_log_is_read_more_than_once(path: str) -> None:
    os.mkfifo(path)
    with open(path, "r+b", buffering=0) as pipe:
        pipe.write(content(*RECORDS))
        with pytest.raises(LogError, match="is no regular file"):
            Log(path)


# ------------------------------------------------------------------------------------------ what is damaged


def test_what_comes_before_a_torn_record_is_read_wherever_it_is_torn(path: str) -> None:
    whole = content(*RECORDS)
    last = len(whole) - len(content(*RECORDS[:-1]))
    for missing in range(1, last):
        torn = whole[:-missing]
        Path(path).write_bytes(torn)
        for source in (torn, path):
            log = Log(source)
            assert list(log) == RECORDS[:-1]
            at, rest = len(whole) - last, last - missing
            assert log.end == at
            assert log.problem == (
                f"at byte {at:,} the last record is torn, for its writer has died or is at work: the {rest:,} bytes "
                "from there on are left out"
            )


def test_a_log_that_ends_with_a_whole_record_has_no_problem() -> None:
    assert read(content(*RECORDS[:-1])) == (RECORDS[:-1], None)


@pytest.mark.parametrize("zeros", [1, 7, 8, 9, 16, 4096])
def test_zeros_at_the_end_as_file_systems_leave_them_are_left_out(zeros: int) -> None:
    data = content(*RECORDS)
    records, problem = read(data + bytes(zeros)) if zeros < 8 else damage(data + bytes(zeros))
    assert records == RECORDS
    assert problem is not None
    assert f"at byte {len(data):,} " in problem
    assert f"the {zeros:,} bytes from there on are left out" in problem


def test_a_byte_that_is_wrong_anywhere_never_gives_a_record_that_is_wrong() -> None:
    whole = content(*RECORDS)
    began = len(content(BEGAN))
    for at in range(len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 0x11
        if at < began:
            with pytest.raises(LogError):
                Log(bytes(damaged))
            continue
        # What the last record says cannot be told from one that is torn; nor can a length that is past the end.
        log, records, problem = Log(bytes(damaged)), [], None
        try:
            for record in log:
                records.append(record)
            problem = log.problem
        except LogError as error:
            problem = str(error)
        assert records == RECORDS[: len(records)]
        assert len(content(*records)) <= at
        assert problem is not None
        assert f"at byte {len(content(*records)):,} " in problem


def test_damage_in_the_middle_is_told_from_a_torn_end() -> None:
    data = bytearray(content(*RECORDS))
    data[len(content(*RECORDS[:5])) + 10] ^= 1
    records, told = damage(bytes(data))
    assert records == RECORDS[:5]
    assert "record 6 is damaged (its checksum is wrong)" in told
    data = bytearray(content(*RECORDS))
    data[-1] ^= 1
    _, problem = read(bytes(data))
    assert problem is not None
    assert "the last record is torn" in problem


@pytest.mark.parametrize(
    "data",
    [b"", b"\xc1", b"\x93", b"\x07", b"\xa5ended", b"\x92\xa5ended\xc1", b"\x92\xa5ended\xa1\xff", b"\x91" * 5000]
    + [msgspec.msgpack.encode(raw) for raw in (["ended", "noon", "s"], ["ended", 1.0], [7, 1.0], [], {})],
    ids=lambda data: data[:20].hex(),
)
def test_a_record_of_a_sound_checksum_that_is_none_is_damage(data: bytes) -> None:
    records, problem = damage(content(BEGAN) + framed(data) + content(*RECORDS[1:])[len(MAGIC) :])
    assert records == [BEGAN]
    assert f"at byte {len(content(BEGAN)):,} record 2 is damaged (" in problem


# ---------------------------------------------------------------------------------- while it is being written


def test_a_log_is_read_as_it_was_when_the_reading_began(path: str) -> None:
    writer = Writer(path, BEGAN)
    writer.write(RECORDS[1])
    log = Log(path)
    records = iter(log)
    assert [next(records), next(records)] == RECORDS[:2]
    for _ in range(3):
        writer.write(RECORDS[2])
    assert list(records) == []
    assert log.problem is None
    assert read(path) == ([*RECORDS[:2], *[RECORDS[2]] * 3], None)
    writer.close()


def test_a_log_that_is_being_written_is_read_up_to_a_whole_record(path: str) -> None:
    writer = Writer(path, BEGAN)
    numbers = range(3000)

    def write() -> None:
        for number in numbers:
            writer.write(Sent(float(number), "s", b"x" * (number % 700)))

    thread = threading.Thread(target=write)
    thread.start()
    reads = 0
    while thread.is_alive() or not reads:
        records, problem = read(path)
        assert [record.time for record in records[1:]] == list(map(float, range(len(records) - 1)))  # type: ignore[union-attr]
        assert problem is None or "the last record is torn, for its writer has died or is at work" in problem
        reads += 1
    thread.join()
    assert len(read(path)[0]) == 1 + len(numbers)
    writer.close()


def test_a_reading_outlives_that_the_end_of_the_file_is_cut_off(path: str) -> None:
    writer = Writer(path, BEGAN)
    writer.write(Sent(1.0, "s", b"x" * 2_000_000))
    writer.write(Sent(2.0, "s", b"x" * 2_000_000))
    log = Log(path)
    records = iter(log)
    next(records), next(records)
    os.truncate(path, os.path.getsize(path) - 1000)
    assert list(records) == []
    assert log.problem is not None
    assert "the last record is torn" in log.problem
    writer.abandon()


# --------------------------------------------------------------------------------------------- the writer


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


# ------------------------------------------------------------------------------------------ where it must stop


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


FULL_DISK = """
import logging, resource, sys
from ray_proxy.logs.records import Sent
from ray_proxy.logs.writer import Writer
from recording import BEGAN
logging.basicConfig(stream=sys.stdout, format="%(message)s")
writer = Writer(sys.argv[1], BEGAN)
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), hard))
for number in range(30):
    writer.write(Sent(float(number), "s", b"x" * 50))
"""


@pytest.mark.parametrize("room", [700, 701, 743, 744, 760, 785])
def test_where_no_byte_fits_any_more_the_log_ends_with_its_last_whole_record(path: str, room: int) -> None:
    """The limit of the system cuts a write in the middle, as a full disk does."""
    printed = run(FULL_DISK, path, str(room))
    records, problem = read(path)
    assert problem is None
    sent = [record for record in records if isinstance(record, Sent)]
    assert [record.time for record in sent] == list(map(float, range(len(sent))))
    assert room - len(content(BEGAN, *sent)) < len(framed(msgspec.msgpack.encode(sent[0])))
    assert printed.count("has stopped: the log could not be written: File too large") == 1
    assert len(printed.splitlines()) == 1


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


# ---------------------------------------------------------------------------------------- what interrupts it


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

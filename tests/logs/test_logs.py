"""The format of message logs, and reading them: also torn, damaged, or while they are written."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from recording import BEGAN, MAGIC, RECORDS, content, framed, read

from ray_proxy.errors import LogError
from ray_proxy.logs.reader import Log
from ray_proxy.logs.records import Ended, Record, Sent
from ray_proxy.logs.writer import Writer
from ray_proxy.protocol import MAJOR, MINOR


def damage(source: str | bytes) -> tuple[list[Record], str]:
    """The records of a log before the one that is damaged, and the error that tells of that."""
    log, records = Log(source), []
    with pytest.raises(LogError) as raised:
        for record in log:
            records.append(record)
    return records, str(raised.value)


# ---------------------------------------------------------------------------------------------------- the format


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


# ----------------------------------------------------------------------------------------------- what is damaged


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


# ------------------------------------------------------------------------------------- while it is being written


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

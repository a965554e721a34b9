"""Logs that were made to do harm: what they say is looked at before it is used."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

import msgspec
import pytest
from recording import BEGAN, MAGIC, OPENED, Recorded, answered, content, framed, interpreter, sent

from ray_proxy import operations, replay
from ray_proxy.errors import LogError
from ray_proxy.interpreter.interpreter import DEEPEST
from ray_proxy.logs.parting import part
from ray_proxy.logs.reader import LARGEST, Log
from ray_proxy.logs.rebuilding import Recovery, restore
from ray_proxy.logs.records import Began, Ended, Opened, Part, Record, Recovered, Restored, Sent, Stopped, Value
from ray_proxy.logs.stored import LoggedStore
from ray_proxy.protocol import (
    Bulk,
    Bytes,
    Call,
    Del,
    Error,
    Fetch,
    Frame,
    Iter,
    Op,
    Put,
    Ref,
    Refused,
    Reply,
    encode,
    frame_number,
)
from ray_proxy.tools.cli import main

ERROR = Error("s", 1, 0, "ValueError", "ValueError()", "")


def faulty(*records: Record) -> tuple[bytes, str]:
    """A log whose last record but one is at fault; and what of the error names that."""
    before, whole = content(BEGAN, *records[:-2]), content(BEGAN, *records)
    return whole, f"at byte {len(before):,} record {len(records)} "


# -------------------------------------------------------------------------------------------- lengths and memory


def refused_in_bounds(path: Path) -> str:
    """The error of a log that is refused in no time, and with little memory."""
    since = time.process_time()
    tracemalloc.start()
    try:
        with pytest.raises(LogError) as raised:
            list(Log(path))
        assert tracemalloc.get_traced_memory()[1] < 100 << 20
    finally:
        tracemalloc.stop()
    assert time.process_time() - since < 5
    return str(raised.value)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "record 2 is damaged (it does not begin as a record does)"),
        ((1900 << 20).to_bytes(4, "big") + b"1234", "(its length is 1,992,294,400 bytes, and that of the largest"),
        (b"\xff\xff\xff\xff" + b"1234", "(its length is 4,294,967,295 bytes, and that of the largest"),
        (LARGEST.to_bytes(4, "big") + b"1234", "(it does not begin as a record does)"),
        (LARGEST.to_bytes(4, "big") + b"1234" + b"\x95\xa4sent", "(its checksum is wrong)"),
    ],
)
def test_a_hole_of_two_gigabytes_is_not_read(tmp_path: Path, data: bytes, told: str) -> None:
    path = tmp_path / "sparse.rplog"
    path.write_bytes(content(BEGAN) + data)
    os.truncate(path, 2 << 30)
    assert told in refused_in_bounds(path)


def test_neither_as_the_first_record(tmp_path: Path) -> None:
    path = tmp_path / "sparse.rplog"
    path.write_bytes(MAGIC)
    os.truncate(path, 2 << 30)
    assert "record 1 is damaged (it does not begin as a record does)" in refused_in_bounds(path)


@pytest.mark.parametrize("bytes_", [b"\xdd\xff\xff\xff\xff", b"\x91" * 1_000_000, b"\x92\xa4sent\xdd\xff\xff\xff\xff"])
def test_what_says_to_be_large_inside_of_a_record_takes_no_memory(tmp_path: Path, bytes_: bytes) -> None:
    path = tmp_path / "bomb.rplog"
    path.write_bytes(content(BEGAN) + framed(bytes_) + content(OPENED)[len(MAGIC) :])
    assert "record 2 is damaged" in refused_in_bounds(path)


def test_the_largest_frame_fits_into_a_record() -> None:
    data = bytes((64 << 20) - 10)
    log = Log(content(BEGAN, OPENED, Sent(1.0, "s" * 32, data, ("t" * 32, 2**63, 2**63))))
    *_, last = log
    assert isinstance(last, Sent)
    assert last.data == data


def test_the_number_of_a_large_frame_that_cannot_be_read_is_found_without_reading_it() -> None:
    data = b"\x93\xa5frame\x07\xdd" + (5_000_000).to_bytes(4, "big") + b"\xc0" * 5_000_000
    tracemalloc.start()
    try:
        assert frame_number(data) == 7
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


# --------------------------------------------------------------------------------------------------------- times


IMPOSSIBLE = [float("nan"), float("inf"), float("-inf"), -1e18, 1e18, 1e300, -6.3e10, 2.6e11]


@pytest.mark.parametrize("moment", IMPOSSIBLE)
@pytest.mark.parametrize(
    "record", [OPENED, sent(1), answered(Reply(1, 0)), Ended(1.0, "s"), Recovered(1.0, 5), Stopped(1.0, "x")]
)
def test_a_time_that_no_calendar_has(record: Record, moment: float) -> None:
    data, where = faulty(OPENED, msgspec.structs.replace(record, time=moment), Ended(2000.0, "s"))
    with pytest.raises(LogError, match=f"{where}tells an impossible time"):
        list(Log(data))


@pytest.mark.parametrize("moment", IMPOSSIBLE)
def test_a_log_does_not_begin_at_such_a_time(moment: float) -> None:
    with pytest.raises(LogError, match="at byte 16 record 1 tells an impossible time"):
        Log(content(msgspec.structs.replace(BEGAN, time=moment)))


@pytest.mark.parametrize("moment", [-1.0, 0.0, 2e10, -6.2e10, 2.5e11])
def test_other_odd_times_are_shown(
    moment: float, recorded: Recorded, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded.ask(Put(1, 1))
    records = [
        msgspec.structs.replace(record, time=moment) if hasattr(record, "time") else record for record in recorded.log()
    ]
    path = tmp_path / "odd.rplog"
    path.write_bytes(content(*records))
    for option in ("--long", "--json"):
        assert main(["log", "show", option, str(path)]) == 0
    assert replay(path)
    assert "v1 = 1" in capsys.readouterr().out


@pytest.mark.parametrize("lease", [float("nan"), -1.0, float("-inf")])
def test_a_lease_that_cannot_be(lease: float) -> None:
    with pytest.raises(LogError, match="record 1 says that a lease lasts"):
        Log(content(msgspec.structs.replace(BEGAN, lease=lease)))


def test_leases_that_never_end_are_none_of_them(tmp_path: Path) -> None:
    assert replay(Recorded(tmp_path / "log", lease=float("inf")).log())


# ------------------------------------------------------------------------------------ what does not fit together


FRAME = sent(1, Put(1, 1), Put(2, 2), Fetch(Ref(1)))
MISFITS: dict[str, tuple[Reply, str]] = {
    "more": (Reply(1, 4), "is an answer that says that 4 messages were executed of a frame of 3"),
    "for ever": (Reply(1, 10**18), "is an answer that says that 1,000,000,000,000,000,000 messages were executed"),
    "negative": (Reply(1, -1), "is an answer that says that -1 messages were executed of a frame of 3"),
    "value": (Reply(1, 3, [(3, 5)]), "is an answer that tells of message 3, and is one to those from 0 to 3"),
    "value before": (Reply(1, 3, [(-1, 5)]), "is an answer that tells of message -1"),
    "value later": (Reply(1, 1, [(2, 5)]), "is an answer that tells of message 2, and is one to those from 0 to 1"),
    "failure": (Reply(1, 3, [], [(7, 0)], [ERROR]), "is an answer that tells of message 7"),
    "error": (Reply(1, 3, [], [(0, 1)], [ERROR]), "is an answer that names an error past its 1"),
    "error before": (Reply(1, 3, [], [(0, -1)], [ERROR]), "is an answer that names an error past its 1"),
    "warning": (Reply(1, 3, [], [], [], [(9, "x")]), "is an answer that tells of message 9"),
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize(("reply", "told"), MISFITS.values(), ids=MISFITS)
def test_an_answer_that_does_not_fit_its_frame(reply: Reply, told: str) -> None:
    data, where = faulty(OPENED, FRAME, answered(reply), Ended(2000.0, "s"))
    for read in (
        lambda: list(operations(Log(data))),
        lambda: part(Log(data), Log(data)),
        lambda: restore(Log(data), interpreter()),
        lambda: Recovery(Log(data), interpreter()),
    ):
        with pytest.raises(LogError, match=f"{where}{told}"):
            read()
    report = replay(data)
    assert not report
    assert told in str(report.problem)


def test_an_answer_to_a_frame_that_cannot_be_read_names_no_error_that_is_not_there() -> None:
    later = Sent(1001.0, "s", msgspec.msgpack.encode(["frame", 1, [["tomorrow", 1]]]))
    data, where = faulty(OPENED, later, answered(Reply(1, 1, [], [(0, 5)])), Ended(2000.0, "s"))
    with pytest.raises(LogError, match=f"{where}is an answer that names an error past its 0"):
        list(operations(Log(data)))


def test_an_answer_that_cannot_be_read_does_nothing_to_a_terminal() -> None:
    odd = msgspec.structs.replace(answered(Reply(1, 1)), data=msgspec.msgpack.encode(["\x1b[2J" * 1000, 1]))
    data, where = faulty(OPENED, FRAME, odd, Ended(2000.0, "s"))
    with pytest.raises(LogError, match=f"{where}is an answer that this version cannot read") as raised:
        list(operations(Log(data)))
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 1000


def test_answers_that_an_interrupted_client_has_recorded_twice_are_passed_over() -> None:
    first, second = answered(Reply(1, 1)), answered(Reply(1, 2))
    records = [FRAME, first, second, first, second, answered(Reply(1, 3, [(2, 1)])), second, answered(Refused(1, "x"))]
    assert [op.answered for op in operations(Log(content(BEGAN, OPENED, *records)))] == [True] * 3
    assert replay(content(BEGAN, OPENED, *records))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("index", [-(2**63), -1, 3, 2**63])
def test_a_frame_within_a_message_that_is_not_there_is_replayed_in_bounds(index: int) -> None:
    inner = Sent(1002.0, "t", encode(Frame(1, [Put(1, 1)])), ("s", 1, index))
    records = [OPENED, Opened(1000.5, "t", "x"), FRAME, inner, answered(Reply(1, 1), session="t")]
    report = replay(content(BEGAN, *records, answered(Reply(1, 3, [(2, 1)]))))
    assert report.operations == 4


@pytest.mark.parametrize(
    "records",
    [
        [sent(1, Put(1, 1)), answered(Reply(1, 1))],
        [OPENED, Ended(1001.0, "s"), sent(1, Put(1, 1)), answered(Reply(1, 1))],
        [Restored(1001.0, "s", "token")],
    ],
)
def test_what_is_of_a_session_that_is_not_there_is_not_executed(records: list[Record]) -> None:
    data = content(BEGAN, *records)
    report = replay(data)
    assert not report
    assert f"record {len(records) + 1} needs a session that has not begun, or is over" in str(report.problem)
    with pytest.raises(LogError, match="needs a session that has not begun, or is over"):
        restore(Log(data), interpreter())


def test_nor_is_such_a_frame_gone_on_with_after_a_recovery() -> None:
    rebuilt = Recovery(Log(content(BEGAN, sent(1, Put(1, 1)))), interpreter())
    with pytest.raises(LogError, match="has a frame of a session that has never begun"):
        list(rebuilt.answers(None, None))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("index", [4, 2**64 - 1])
def test_progress_that_names_a_message_which_is_not_there_counts_as_lost(index: int) -> None:
    progress = [1, 1, index, *[0] * (2 * DEEPEST - 2)]
    ((_, data),) = Recovery(Log(content(BEGAN, OPENED, FRAME)), interpreter()).answers(progress, None)
    ((_, lost),) = Recovery(Log(content(BEGAN, OPENED, FRAME)), interpreter()).answers(None, None)
    assert data == lost


# -------------------------------------------------------------------------------------------------------- values


BULK = msgspec.structs.replace(BEGAN, bulk=True)
VALUE = pickle.dumps([1, 2], 5)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "records",
    [
        [Part("token", 0, VALUE), Value("token", 2**40)],
        [Part("token", 0, VALUE), Value("token", -1)],
        [Part("token", 0, VALUE), Value("token", 2**63)],
        [Part("token", 0, VALUE), Part("token", 2**50, b"x"), Value("token", 1)],
        [Value("token", 1)],
        [Part("token", -1, b"x"), Value("token", 1)],
    ],
)
def test_buffers_that_no_pickle_can_have(records: list[Record]) -> None:
    data = content(BULK, OPENED, *records, sent(1, Put(1, Bulk("token", 5))), answered(Reply(1, 1)))
    tracemalloc.start()
    try:
        for read in (lambda: list(operations(Log(data))), lambda: part(Log(data), Log(data))):
            with pytest.raises(LogError, match="buffer"):
                read()
        assert not replay(data)
        assert tracemalloc.get_traced_memory()[1] < 1 << 24
    finally:
        tracemalloc.stop()


def test_buffers_without_bytes_are_there() -> None:
    store = LoggedStore()
    for record in (Part("token", 0, VALUE), Part("token", 2, b"x"), Value("token", 3)):
        store.feed(record)
    assert [bytes(one) for one in store.take("token")] == [VALUE, b"", b"x", b""]


# -------------------------------------------------------------------------------------------- what would be long


@pytest.mark.parametrize(
    "message",
    [
        Call(1, Ref(1), [None] * 1_000_000),
        Call(1, Ref(1), [], {f"a{number}": 1 for number in range(100_000)}),
        Op(1, "f", [None] * 1_000_000),
        Del(list(range(1, 500_000))),
    ],
    ids=["call", "call by name", "operator", "del"],
)
def test_of_very_many_operands_the_first_are_shown(message: Any) -> None:
    (operation,) = operations(Log(content(BEGAN, sent(1, message), answered(Reply(1, 1)))))
    assert len(str(operation)) < 30_000
    assert " more" in str(operation)


@pytest.mark.timeout(20)
def test_a_long_error_of_very_many_messages_is_compared_once() -> None:
    failed = msgspec.structs.replace(ERROR, text="0x0123456789 " * 500_000)
    reply = Reply(1, 1000, [], [(at, 0) for at in range(1000)], [failed])
    data = content(BEGAN, OPENED, sent(1, *[Put(1, 1)] * 1000), answered(reply))
    assert part(Log(data), Log(data)) is None


def test_very_many_operands_are_compared_in_bounds() -> None:
    one, other = (
        content(BEGAN, OPENED, sent(1, Call(1, Ref(1), [None] * 30_000 + [last])), answered(Reply(1, 1)))
        for last in (1, 1.0)
    )
    tracemalloc.start()
    try:
        assert part(Log(one), Log(one)) is None
        assert part(Log(one), Log(other)) is not None
        assert tracemalloc.get_traced_memory()[1] < 3 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.timeout(20)
def test_a_count_without_an_end_is_no_work_for_marks() -> None:
    frame = sent(1, Put(1, "abc"), Iter(2, Ref(1), 0, 2**63), Put(3, 5))
    report = replay(content(BEGAN, OPENED, frame, answered(Reply(1, 3))), volatile=["v3", "*"])
    assert report.operations == 3


def test_a_reason_without_an_end_is_shortened() -> None:
    report = replay(content(BEGAN, OPENED, Stopped(1001.0, "x\x1b" * 100_000)))
    assert report.problem is not None
    assert len(report.problem) < 2000
    assert report.problem.isprintable()


def test_a_first_record_of_another_version_does_nothing_to_a_terminal() -> None:
    data = MAGIC + framed(msgspec.msgpack.encode(["began", 1.0, "\x1b[2J" * 1000, 2]))
    with pytest.raises(LogError, match="read it with a release of ray-proxy that speaks") as raised:
        Log(data)
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 1000


def test_a_second_first_record_changes_nothing(recorded: Recorded) -> None:
    recorded.ask(Put(1, 1))
    records = list(recorded.log())
    other = Began(5.0, 1, 0, "client", "other", "", 1, "", True)
    assert replay(content(*records[:2], other, *records[2:])).operations == 1


# -------------------------------------------------------------------------------------- frames without an answer


def unanswered(count: int, size: int, *then: Record) -> bytes:
    """A log of so many frames of so many bytes, which nobody has answered; then comes this."""
    frames = (sent(number, Put(number, Bytes(bytes(size)))) for number in range(1, count + 1))
    return content(BEGAN, Opened(1.0, "s", "c"), *frames, *then)


def test_frames_that_nobody_has_answered_are_not_all_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(unanswered(200, 1 << 20))
    program = (
        "import resource, sys; from ray_proxy.logs.operations import operations\n"
        "from ray_proxy.logs.parting import part\n"
        "from ray_proxy.logs.reader import Log\n"
        "def most(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10\n"
        "before = most()\n"
        "print(sum(not operation.answered for operation in operations(sys.argv[1])))\n"
        "print(part(Log(sys.argv[1]), Log(sys.argv[1])))\n"
        "print(most() - before)\n"
    )
    command = [sys.executable, "-c", program, str(path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert told[:2] == ["200", "None"]
    assert int(told[2]) < 100


@pytest.mark.parametrize("is_file", [True, False])
def test_a_frame_that_was_not_held_is_read_again_for_its_answer(is_file: bool, tmp_path: Path) -> None:
    data = unanswered(20, 1 << 20, answered(Reply(20, 1)), answered(Reply(1, 1)))
    path = tmp_path / "log"
    path.write_bytes(data)
    report = replay(path if is_file else data)
    assert report, report
    assert (report.operations, report.unanswered) == (2, 18)

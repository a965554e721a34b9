"""Replays of logs that are not whole: their beginning, their middle or their end is missing."""

from __future__ import annotations

from pathlib import Path

from conftest import LoopbackInterpreter
from recording import Recorded, content

from ray_proxy import replay
from ray_proxy.logs.records import Stopped
from ray_proxy.protocol import Put


def test_a_log_that_begins_in_the_middle_of_a_session(tmp_path: Path, env: LoopbackInterpreter) -> None:
    before = env.put([1])
    env.sync()
    with env.record(tmp_path / "session.rplog"):
        before.append(2)
        assert before.fetch() == [1, 2]
        assert env.put(5).fetch() == 5
    report = replay(tmp_path / "session.rplog")
    assert report
    assert report.unknown == 3  # before.append, its call, and the fetch
    assert "3 operations need what was made before the recording began" in str(report)
    assert str(report).endswith(
        "the recording begins in the middle of the session of client 1: what was made before is missing"
    )


def test_a_name_that_was_given_before_the_recording(tmp_path: Path, env: LoopbackInterpreter) -> None:
    env["before"] = [1]
    with env.record(tmp_path / "session.rplog"):
        assert env["before"][0] + 1 == 2
        env["after"] = 5
        assert env["after"] == 5
    report = replay(tmp_path / "session.rplog")
    assert report
    assert report.unknown


def test_what_differs_in_a_log_that_begins_in_the_middle_is_told(tmp_path: Path, env: LoopbackInterpreter) -> None:
    env.sync()
    with env.record(tmp_path / "session.rplog"):
        env.module("time").perf_counter().fetch()
    assert replay(tmp_path / "session.rplog").different


def test_a_mark_that_matches_nothing_is_told(tmp_path: Path, env: LoopbackInterpreter) -> None:
    with env.record(tmp_path / "session.rplog"):
        env.module("time").time().fetch()
    report = replay(tmp_path / "session.rplog", volatile=["#99", "*.time", "v77", "nothing*"])
    assert report
    assert report.unmatched == ["#99", "v77", "nothing*"]
    assert "the mark 'nothing*' matches no operation" in str(report)


def test_a_damaged_log_is_not_as_recorded(tmp_path: Path, env: LoopbackInterpreter) -> None:
    path = tmp_path / "session.rplog"
    with env.record(path):
        for number in range(3):
            assert env.put([number]).fetch() == [number]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    report = replay(path)
    assert not report
    assert report.damaged


def test_a_log_of_which_nothing_can_be_read_is_not_as_recorded(tmp_path: Path, env: LoopbackInterpreter) -> None:
    path = tmp_path / "session.rplog"
    with env.record(path):
        env.put([1]).fetch()
    with open(path, "r+b") as file:
        file.truncate(250)
    assert not replay(path)


def test_a_log_of_a_session_that_is_new(tmp_path: Path, env: LoopbackInterpreter) -> None:
    with env.record(tmp_path / "session.rplog"):
        assert env.put(5).fetch() == 5
    assert replay(tmp_path / "session.rplog").problem is None


def test_a_log_of_a_process_that_crashed(recorded: Recorded) -> None:
    recorded.ask(Put(1, 1))
    frame = recorded.send(Put(2, 2), Put(3, 3), Put(4, 4))
    recorded.execute(frame, stop=1)
    recorded.send(Put(1, 1), session="other")
    recorded.writer.abandon()
    data = recorded.path.read_bytes()
    report = replay(data)
    assert (bool(report), report.operations, report.unanswered, report.problem) == (True, 2, 3, None)
    assert "3 operations were never answered, and not executed" in str(report)
    report = replay(data[:-5])
    assert report.unanswered == 2
    assert report.problem is not None
    assert "the last record is torn" in report.problem
    assert str(report).endswith(report.problem)


def test_what_clients_that_have_gone_did_not_hear(recorded: Recorded) -> None:
    recorded.send(Put(1, 1), Put(2, 2))
    recorded.close()
    assert replay(recorded.log()).unanswered == 2


def test_a_log_whose_recording_was_stopped(recorded: Recorded) -> None:
    recorded.ask(Put(1, 1))
    recorded.writer.write(Stopped(2.0, "the log has reached its limit of 5 bytes"))
    report = replay(recorded.log())
    assert report
    assert report.problem is None  # the last word counts: it went on
    recorded.writer.abandon()
    report = replay(content(*list(recorded.log())[:-1]))
    assert report.problem == "the recording ends early: the log has reached its limit of 5 bytes"

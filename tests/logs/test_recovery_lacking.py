"""Recoveries from logs that lack something."""

from __future__ import annotations

import gc
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from lives import Lives, Mother, open_files

from ray_proxy import InterpreterDiedError, SessionLostError, replay
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.logs import recovery
from ray_proxy.logs.records import MAGIC
from ray_proxy.logs.writer import LIMIT


@pytest.fixture
def other(mother: Mother, tmp_path: Path) -> Iterator[Lives]:
    with Lives(mother, tmp_path / "other.rplog", name="other") as lives:
        yield lives


def test_without_word_of_what_was_executed_all_of_a_frame_without_an_answer_fails(lives: Lives) -> None:
    env = lives.connect()
    x = env.put([1])
    env.sync()
    lives.kill()
    first = x + [2]
    killed = env.run(os._exit, (1,))
    last = x + [3]
    lives.begin(slice=60)
    lives.wait()
    os.unlink(lives.path + recovery.PROGRESS)
    lives.begin()
    for failed in (first, killed, last):
        with pytest.raises(InterpreterDiedError, match="died while this"):
            failed.fetch()
    assert (x + [4]).fetch() == [1, 4]


@pytest.mark.parametrize("content", [b"", bytes(100), bytes(8 * 130) + b"more"], ids=["empty", "short", "long"])
def test_a_word_of_what_was_executed_that_is_not_whole_is_none(lives: Lives, content: bytes) -> None:
    env = lives.connect()
    x = env.put([1])
    env.sync()
    lives.kill()
    Path(lives.path + recovery.PROGRESS).write_bytes(content)
    lives.begin()
    assert (x + [4]).fetch() == [1, 4]


def test_a_log_that_is_gone_is_an_error(lives: Lives) -> None:
    lives.connect().put([1]).fetch()
    lives.kill()
    os.unlink(lives.path)
    with pytest.raises(RuntimeError, match="LogError: .*session.rplog cannot be read: No such file"):
        lives.begin(resumes=True)


def test_a_log_of_another_interpreter_is_an_error_and_stays_as_it_is(lives: Lives, other: Lives) -> None:
    lives.connect().put([1]).fetch()
    lives.kill()
    other.kill()
    os.rename(other.path, lives.path)
    before = Path(lives.path).read_bytes()
    with pytest.raises(RuntimeError, match="LogError: .* is the log of another interpreter"):
        lives.begin()
    assert Path(lives.path).read_bytes() == before


def test_a_log_whose_recording_has_stopped_does_not_tell_all(mother: Mother, tmp_path: Path) -> None:
    with Lives(mother, tmp_path / "short.rplog", limit=5000) as lives:
        env = lives.connect()
        for number in range(200):
            env.put([number]).fetch()
        assert lives.status()["log"]["stopped"] == "the log has reached its limit of 5,000 bytes"
        lives.kill()
        with pytest.raises(RuntimeError, match="does not tell all of the interpreter's past, because the log has"):
            lives.begin()


def test_a_recording_that_stopped_without_room_for_a_word_of_it_does_not_tell_all(lives: Lives) -> None:
    def fill(path: str) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(path), resource.RLIM_INFINITY))

    env = lives.connect()
    x = env.put([1])
    env.run(fill, (lives.path,)).fetch()  # as a disk that is full
    assert (x + [2]).fetch() == [1, 2]
    assert "could not be written" in lives.status()["log"]["stopped"]
    lives.kill()
    with pytest.raises(RuntimeError, match="tell all of the interpreter's past, because the log could not be written"):
        lives.begin()


def test_a_log_that_is_damaged_in_its_middle_is_not_recovered_from(lives: Lives) -> None:
    env = lives.connect()
    for number in range(20):
        env.put([number]).fetch()
    lives.kill()
    data = bytearray(Path(lives.path).read_bytes())
    data[len(data) // 2] ^= 1
    Path(lives.path).write_bytes(data)
    with pytest.raises(RuntimeError, match="LogError: .* at byte .* damaged"):
        lives.begin()
    assert Path(lives.path).read_bytes() == data


def test_a_torn_record_is_as_one_that_was_never_written(lives: Lives) -> None:
    env = lives.connect()
    x = env.put([1])
    env.sync()
    lives.kill()
    with open(lives.path, "ab") as file:
        file.write((1000).to_bytes(4, "big") + b"torn")
    lives.begin()
    assert (x + [2]).fetch() == [1, 2]
    report = replay(lives.path)
    assert (bool(report), report.problem) == (True, None)


def test_wherever_a_log_is_cut_what_is_left_is_a_beginning(lives: Lives, tmp_path: Path) -> None:
    env = lives.connect()
    x = env.put([])
    env["x"] = x
    for number in range(60):
        x.append(number)
        if number % 7 == 0:
            assert len(x) == number + 1
    env.sync()
    lives.kill()
    whole = Path(lives.path).read_bytes()
    start = len(MAGIC) + 8 + int.from_bytes(whole[len(MAGIC) : len(MAGIC) + 4], "big")
    known = 0
    for end in [*range(start, len(whole), 7), len(whole)]:
        path = tmp_path / f"cut{end}.rplog"
        path.write_bytes(whole[:end])
        interpreter = Interpreter("lives")
        writer, _ = recovery.resume(interpreter, str(path), LIMIT)
        values = interpreter._names.get("x", [])
        assert values == list(range(len(values)))
        assert len(values) >= known  # more of the log never tells less
        known = len(values)
        writer.abandon()
    assert known == 60
    gc.collect()  # interpreters are cycles, and each has a file mapped


def test_a_recovery_that_has_ended_leaves_no_file_open(lives: Lives) -> None:
    lives.connect()["x"] = 1
    lives.kill()
    writer, _ = recovery.resume(Interpreter("lives"), lives.path, LIMIT)
    assert lives.path in open_files()
    recovery.end(writer)
    assert lives.path not in open_files()


def test_a_client_that_knows_more_than_the_log_hears_of_it(lives: Lives) -> None:
    env = lives.connect()
    x = env.put([1])
    env.sync()
    size = os.path.getsize(lives.path)
    (x + [2]).fetch()
    lives.kill()
    os.truncate(lives.path, size)  # as where the power was lost before the last records were on the disk
    lives.begin()
    with pytest.raises(SessionLostError, match="last records were lost"):
        x.fetch()
    assert lives.connect().put([3]).fetch() == [3]

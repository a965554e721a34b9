"""A log that others remove, replace or cut while it is written, and what lies beside it."""

from __future__ import annotations

import os
import stat
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from lives import Lives, Mother, told
from recording import BEGAN

from ray_proxy import replay
from ray_proxy.errors import LogError
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.logs import recovery
from ray_proxy.logs.reader import Log
from ray_proxy.logs.records import Answered
from ray_proxy.logs.writer import LIMIT, Writer
from ray_proxy.protocol import Reply, decode_answer

REMEDY = "fetch what must last, and create another interpreter with a new log"
LOSS = f"It cannot be recovered any more: {REMEDY}; the work goes on"


# ------------------------------------------------------------------------------------------- while it is written


def remove(path: str) -> None:
    os.unlink(path)


def move(path: str) -> None:
    os.rename(path, f"{path}.1")


def rotate(path: str) -> None:
    os.rename(path, f"{path}.1")
    Path(path).write_text("another file")


def cut(path: str) -> None:
    os.truncate(path, os.path.getsize(path) - 10)


def empty(path: str) -> None:
    os.truncate(path, 0)


HARMS: dict[Callable[[str], None], str] = {
    remove: "the log was removed while it was written",
    move: "the log was moved away while it was written",
    rotate: "the log was replaced by another file while it was written",
    cut: "the log was cut from",
    empty: "the log was cut from",
}


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
def test_harm_to_a_log_is_noticed_told_and_remembered(lives: Lives, harm: Callable[[str], None]) -> None:
    env, other = lives.connect(), lives.connect()
    x, y = env.put([1]), other.put([2])
    env.sync()
    other.sync()
    harm(lives.path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        x.append(2)
        assert x.fetch() == [1, 2]  # the work goes on
        x.append(3)
        env.sync()
    assert HARMS[harm] in lives.status()["log"]["stopped"]
    complaint = f"the interpreter's recording to {lives.path} has stopped: {lives.status()['log']['stopped']}. "
    assert told(caught) == [complaint + LOSS]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert y.fetch() == [2]
        y.append(3)
        other.sync()
    assert told(caught) == [complaint + LOSS]
    lives.kill()
    with pytest.raises(RuntimeError, match=f"LogError: .*does not tell all .*, because {HARMS[harm]}"):
        lives.begin(resumes=True)


def test_a_file_that_took_the_place_of_a_log_stays_as_it_is(lives: Lives) -> None:
    env = lives.connect()
    x = env.put([1])
    env.sync()
    rotate(lives.path)
    x.append(2)
    env.sync()
    Path(lives.path + recovery.PROGRESS).write_text("of another interpreter")
    env.destroy()
    assert lives.end() == 0
    assert Path(lives.path).read_text() == "another file"
    assert Path(lives.path + recovery.PROGRESS).read_text() == "of another interpreter"


def test_a_log_that_was_moved_away_tells_so_at_its_end(lives: Lives) -> None:
    env = lives.connect()
    x = env.put([1])
    env.sync()
    move(lives.path)
    x.append(2)
    env.sync()
    report = replay(f"{lives.path}.1")
    assert report, report
    assert report.problem == "the recording ends early: the log was moved away while it was written"


def test_nothing_is_written_into_a_log_that_was_cut(lives: Lives) -> None:
    env = lives.connect()
    x = env.put([1])
    env.sync()
    cut(lives.path)
    left = Path(lives.path).read_bytes()
    x.append(2)
    env.sync()
    env.destroy()
    assert lives.end() == 0
    assert Path(lives.path).read_bytes() == left


def test_a_log_that_was_cut_gets_no_end_in_order(tmp_path: Path) -> None:
    writer = Writer(str(tmp_path / "log"), BEGAN)
    writer.sent("s", b"x" * 100)
    cut(writer.path)
    left = Path(writer.path).read_bytes()
    writer.close()
    assert Path(writer.path).read_bytes() == left


def test_what_was_added_by_others_is_cut_off_and_the_recording_goes_on(lives: Lives) -> None:
    env = lives.connect()
    x = env.put([1])
    env.sync()
    with open(lives.path, "ab") as file:
        file.write(b"junk" * 10)
    x.append(2)
    env.sync()
    assert lives.status()["log"]["stopped"] is None
    lives.kill()
    lives.begin()
    assert x.fetch() == [1, 2]


def test_code_that_changes_the_folder_or_the_mode_does_no_harm(lives: Lives) -> None:
    env = lives.connect()
    x = env.put([1])
    env.run(os.chdir, ("/",))
    env.run(os.chmod, (lives.path, 0o400))
    assert (x + [2]).fetch() == [1, 2]
    assert lives.status()["log"]["stopped"] is None


def test_a_log_of_a_relative_path_is_found_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    writer = Writer("log", BEGAN)
    monkeypatch.chdir("/")
    writer.sent("s", b"x")
    assert writer.stopped is None
    writer.abandon()


def test_clients_of_a_recording_that_reached_its_limit_are_told_once_each(mother: Mother, tmp_path: Path) -> None:
    with Lives(mother, tmp_path / "short.rplog", limit=5000) as lives, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        env = lives.connect()
        for number in range(200):
            env.put([number]).fetch()
        late = lives.connect()
        for number in range(3):
            late.put([number]).fetch()
        reason = f"the log has reached its limit of 5,000 bytes. {LOSS}"
        assert told(caught) == [f"the interpreter's recording to {lives.path} has stopped: {reason}"] * 2
        answers = [decode_answer(record.data) for record in Log(lives.path) if isinstance(record, Answered)]
        assert answers
        assert not any(answer.warnings for answer in answers if isinstance(answer, Reply))


def test_a_client_whose_protocol_has_no_warnings_gets_none(
    mother: Mother, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Lives(mother, tmp_path / "short.rplog", limit=3000) as lives, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        monkeypatch.setattr("cable.MINOR", 1)
        env = lives.connect()
        for number in range(100):
            env.put([number]).fetch()
        assert lives.status()["log"]["stopped"]
        assert told(caught) == []


# ------------------------------------------------------------------------------------------- what lies beside it


@pytest.mark.parametrize("umask", [0, 0o277, 0o777], ids=oct)
def test_a_log_and_what_lies_beside_it_are_for_their_owner_alone_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    path = str(tmp_path / "session.rplog")
    before = os.umask(umask)
    try:
        writer = recovery.record(Interpreter("lives"), path, LIMIT, True)
        first = modes(tmp_path)
        # The log is open still, as that of a process that was silent.
        again, _ = recovery.resume(Interpreter("lives"), path, LIMIT)
        second = modes(tmp_path)
    finally:
        os.umask(before)
    writer.abandon()
    again.abandon()
    assert first == second == {"session.rplog": 0o600, "session.rplog.now": 0o600}


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def test_a_link_that_was_put_in_the_place_of_the_next_file_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    path = str(tmp_path / "session.rplog")
    os.symlink(victim, f"{path}{recovery.PROGRESS}.{os.getpid()}")
    recovery.record(Interpreter("lives"), path, LIMIT, True).abandon()
    assert victim.read_text() == "precious"


def test_the_word_of_an_earlier_release_that_a_recording_had_stopped_is_read(lives: Lives) -> None:
    lives.connect().put([1]).fetch()
    lives.kill()
    beside = Path(lives.path + recovery.PROGRESS)
    beside.write_bytes(beside.read_bytes()[: recovery._SIZE - 8] + (1).to_bytes(8, sys.byteorder))
    with pytest.raises(RuntimeError, match="does not tell all .* because its recording had stopped"):
        lives.begin()


def test_a_reason_that_is_too_long_is_shortened(tmp_path: Path) -> None:
    path = str(tmp_path / "session.rplog")
    writer = recovery.record(Interpreter("lives"), path, LIMIT, True)
    writer.on_stop("é" * 2000)
    writer.abandon()
    with pytest.raises(LogError, match="because é{504}$"):
        recovery.resume(Interpreter("lives"), path, LIMIT)

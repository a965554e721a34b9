"""The time of a log is that of a steady clock: leases end at the same time in life, in a recovery, and in a replay."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from conftest import eventually
from lives import Clocks, Lives, Mother
from recording import BEGAN, Recorded, content
from releases import unpacked

from ray_proxy import StaleVarError, Var, operations, replay
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.interpreter.leases import lease_token
from ray_proxy.logs.reader import Log
from ray_proxy.logs.rebuilding import restore
from ray_proxy.logs.records import Answered, Expired, Opened, Restored, Sent, began
from ray_proxy.logs.replayer import Replayer
from ray_proxy.logs.writer import Writer
from ray_proxy.protocol import Claim, Frame, Lease, Put, Ref, encode
from ray_proxy.var.core import wrap
from ray_proxy.var.interface import handle_of

LEASE = 600.0


@pytest.fixture
def clocks(tmp_path: Path) -> Clocks:
    return Clocks(str(tmp_path / "clocks"))


@pytest.fixture
def lives(mother: Mother, tmp_path: Path, clocks: Clocks) -> Iterator[Lives]:
    with Lives(mother, tmp_path / "session.rplog", clocks=clocks.path, lease=LEASE) as lives:
        yield lives


def leased(lives: Lives) -> tuple[Var[list[str]], str]:
    """A variable, and the token of a lease of it that begins now."""
    env = lives.connect()
    v = env.put(["leased"])
    token = env.session.lease(handle_of(v))
    env.sync()
    return v, token


def claimed(v: Var[list[str]], token: str) -> Var[list[str]]:
    """What another session would get."""
    return wrap(handle_of(v).session.claim(token))


def outcome(v: Var[list[str]]) -> list[str] | None:
    try:
        return v.fetch()
    except StaleVarError:
        return None


@pytest.mark.parametrize("seconds", [3600, -3600])
def test_the_clock_on_the_wall_may_jump(lives: Lives, clocks: Clocks, seconds: float) -> None:
    v, token = leased(lives)
    env = lives.envs[0]
    clocks.jump(seconds)
    w = claimed(v, token)
    w.append("more")
    env["w"] = w
    env.sync()
    lives.kill()
    clocks.jump(-2 * seconds)
    lives.begin()
    assert env["w"].fetch() == ["leased", "more"]
    report = replay(lives.path)
    assert report, report


def test_a_lease_that_is_over_is_over_in_a_recovery_and_in_a_replay(lives: Lives, clocks: Clocks) -> None:
    v, token = leased(lives)
    clocks.pass_by(LEASE + 1)
    with pytest.raises(StaleVarError):
        claimed(v, token).fetch()
    lives.kill()
    assert "every answer" in lives.begin()
    with pytest.raises(StaleVarError):
        claimed(v, token).fetch()
    assert replay(lives.path)


def test_time_goes_on_where_a_process_has_died(lives: Lives, clocks: Clocks) -> None:
    v, token = leased(lives)
    clocks.pass_by(LEASE / 2)
    assert v.pop().fetch() == "leased"  # by which it is recorded how late it is
    v.append("leased")
    lives.kill()
    clocks.pass_by(LEASE)  # none passes while there is no process
    lives.begin()
    clocks.pass_by(LEASE / 2 - 60)
    assert claimed(v, token).fetch() == ["leased"]
    assert replay(lives.path)


def test_a_lease_lasts_no_longer_for_a_recovery(lives: Lives, clocks: Clocks) -> None:
    v, token = leased(lives)
    clocks.pass_by(LEASE / 2)
    assert v.pop().fetch() == "leased"
    lives.kill()
    lives.begin()
    clocks.pass_by(LEASE / 2 + 1)
    with pytest.raises(StaleVarError):
        claimed(v, token).fetch()
    assert replay(lives.path)


def test_that_leases_are_let_go_of_is_recorded(lives: Lives, clocks: Clocks) -> None:
    leased(lives)
    clocks.pass_by(LEASE + 1)
    eventually(lambda: lives.status()["leases"] == 0)
    log = Log(lives.path)
    replayer = Replayer(log)
    for record in log:
        before = replayer.interpreter.leased()
        replayer.apply(record)
        if isinstance(record, Expired):
            assert before == 1
            assert replayer.interpreter.leased() == 0
            break
    else:
        pytest.fail("nothing of it is in the log")


def test_steady_times_never_go_back_over_deaths(lives: Lives, clocks: Clocks) -> None:
    v, _ = leased(lives)
    for _ in range(3):
        clocks.pass_by(100)
        v.append("x")
        v.pop().fetch()
        lives.kill()
        clocks.jump(-5000)
        lives.begin()
    assert v.fetch() == ["leased"]
    times = [record.steady for record in Log(lives.path) if isinstance(record, (Opened, Sent, Answered))]
    assert times == sorted(times)
    assert 300 <= times[-1] < 400


def test_the_seconds_to_an_answer_are_those_of_the_steady_clock(lives: Lives, clocks: Clocks) -> None:
    v, _ = leased(lives)
    for seconds in (3600, -7200):
        clocks.jump(seconds)
        v.append("x")
        v.pop().fetch()
    assert all(0 <= operation.seconds < 60 for operation in operations(lives.path))


def test_what_is_claimed_while_time_passes_is_judged_alike(lives: Lives, clocks: Clocks) -> None:
    """The time passes inside a frame, in user code between the lease and the claim."""
    v, token = leased(lives)
    env = lives.envs[0]

    def wait(path: str) -> None:
        import lives

        lives.Clocks(path).pass_by(1000)

    env.run(wait, (clocks.path,))
    w = claimed(v, token)
    was = outcome(w)
    lives.kill()
    lives.begin()
    assert outcome(w) == was
    assert replay(lives.path)


def test_a_log_that_tells_no_steady_time_is_judged_by_the_clock_on_the_wall(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path / "old.rplog")
    recorded.open()
    recorded.writer.abandon()
    log = Log(recorded.path)
    assert [log.seconds(record) for record in log] == [0.0, 0.0]
    assert log.began.hash_seed is None


def test_a_client_does_not_know_when_a_frame_was_begun(tmp_path: Path) -> None:
    """It was sent while a call took long: then it is judged by the last record before its answer."""
    first = msgspec.structs.replace(BEGAN, side="client")
    token = lease_token("s", 1, "secret")
    interpreter = Interpreter(BEGAN.interpreter)
    interpreter.open("s")
    frames = [
        Frame(1, [Put(1, 1), Lease(Ref(1), token)]),
        Frame(2, [Claim(5, token)]),
    ]
    replies = [interpreter.execute("s", frames[0])]
    late = Interpreter(BEGAN.interpreter)
    late.open("s")
    replies.append(late.execute("s", frames[1]))  # where there is no such lease any more
    records = [Opened(0.0, "s", "here", steady=0.0)]
    records += [Sent(0.0, "s", encode(frame), None, 0.0) for frame in frames]
    records += [Answered(1000.0, "s", encode(reply), 1000.0) for reply in replies]
    report = replay(Log(content(first, *records)))
    assert report, report


def test_a_restored_interpreter_goes_on_at_the_time_of_its_log(lives: Lives, clocks: Clocks, tmp_path: Path) -> None:
    v, _ = leased(lives)
    clocks.pass_by(1000)
    assert v.append("more").fetch() is None
    lives.kill()
    path = str(tmp_path / "copy.rplog")
    interpreter = Interpreter("lives")
    copy = Writer(path, began("interpreter", "lives", "here", False))
    restore(Log(lives.path), interpreter, copy=copy)
    kept = [record.steady for record in Log(path) if isinstance(record, Restored)]
    assert copy.now() >= kept[0] >= 1000
    copy.close()
    assert replay(path)


def test_readers_of_protocol_1_1_read_it(lives: Lives, tmp_path: Path) -> None:
    v, _ = leased(lives)
    v.append("more")
    assert v[0].fetch() == "leased"
    lives.kill()
    lives.begin()
    assert v.fetch() == ["leased", "more"]
    program = (
        "import sys; from ray_proxy import operations, replay\n"
        "for operation in operations(sys.argv[1]): print(operation.text)\n"
        "print(bool(replay(sys.argv[1])))"
    )
    release = unpacked(tmp_path, "1.1")
    done = subprocess.run(
        [sys.executable, "-c", program, lives.path],
        env={**os.environ, "PYTHONPATH": str(release.folder)},
        cwd=os.sep,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [*(operation.text for operation in operations(lives.path)), "True"]


FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"


@pytest.mark.faults
@pytest.mark.skipif(not os.path.exists(FAKETIME), reason="needs libfaketime, a package of Debian")
def test_a_machine_whose_clock_jumps(tmp_path: Path) -> None:
    """The clock of the whole process, and not only that of its log."""
    told, path = tmp_path / "now", tmp_path / "session.rplog"
    told.write_text("+0")
    faked = {
        "LD_PRELOAD": FAKETIME,
        "FAKETIME_TIMESTAMP_FILE": str(told),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    mother = Mother({**os.environ, **faked})
    try:
        with Lives(mother, path, lease=LEASE) as lives:
            v, token = leased(lives)
            env = lives.envs[0]
            told.write_text("+1h")
            w = claimed(v, token)
            w.append("more")
            env["w"] = w
            env.sync()
            lives.kill()
            told.write_text("-1h")
            lives.begin()
            assert env["w"].fetch() == ["leased", "more"]
            assert max(op.time for op in operations(path)) - min(op.time for op in operations(path)) > 3000
    finally:
        mother.close()
    report = replay(path)
    assert report, report

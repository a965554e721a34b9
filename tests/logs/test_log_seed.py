"""An interpreter gives again what it gave: sets in the same order, and the small values that clients were told."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lives import Lives, Mother
from recording import Recorded

from ray_proxy import LogError, RemoteInterpreterFactory, replay
from ray_proxy.interpreter.leases import lease_token
from ray_proxy.logs.reader import Log
from ray_proxy.protocol import Call, Claim, GetAttr, Import, Lease, Put, Ref, Reply
from ray_proxy.tools.cli import main

SEED = 4711


def texts() -> set[str]:
    return {str(number) for number in range(12)}


@pytest.fixture(scope="module")
def mother() -> Iterator[Mother]:
    """With a hash seed, as Ray starts the process of an interpreter with a log."""
    mother = Mother({**os.environ, "PYTHONHASHSEED": str(SEED)})
    yield mother
    mother.close()


# ------------------------------------------------------------------------------------------------ hash seeds


def test_a_log_tells_the_hash_seed_of_its_interpreter(lives: Lives) -> None:
    assert Log(lives.path).began.hash_seed == SEED


def test_a_replay_has_the_hash_seed_of_the_log(lives: Lives) -> None:
    env = lives.connect()
    ordered = env.run(list, (env.run(texts),))
    assert sorted(ordered.fetch()) == sorted(texts())
    report = replay(lives.path)
    assert report, report


def test_the_command_replays_with_the_hash_seed_of_the_log(lives: Lives, capsys: pytest.CaptureFixture[str]) -> None:
    env = lives.connect()
    env.run(list, (env.run(texts),)).fetch()
    assert main(["log", "replay", lives.path]) == 0
    assert "every answer is as recorded" in capsys.readouterr().out


@pytest.mark.parametrize("timeout", ["0", "-1", "nan", "soon"])
def test_a_timeout_that_is_none_is_wrong_usage_of_the_command(timeout: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["log", "replay", "session.rplog", "--timeout", timeout])


def test_the_command_exits_with_1_where_the_time_is_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorded = Recorded(tmp_path / "session.rplog")
    recorded.ask(Import(1, "time"), GetAttr(2, Ref(1), "sleep"))
    frame = recorded.send(Call(3, Ref(2), [1000], {}))
    recorded.answer(Reply(frame.number, 1))
    recorded.log()
    assert main(["log", "replay", str(recorded.path), "--timeout", "0.2"]) == 1
    assert "ended after 0.2 s, in operation #3 v3 = v2(1000)" in capsys.readouterr().out


def test_differences_come_back_from_the_other_process(lives: Lives) -> None:
    env = lives.connect()
    for _ in range(15):
        env.run(time.perf_counter).fetch()
    report = replay(lives.path, differences=3)
    assert not report
    assert report.different >= 15
    assert len(report.differences) == 3
    assert replay(lives.path, by_type=True)


def test_a_log_that_cannot_be_replayed_is_the_same_error(lives: Lives, tmp_path: Path) -> None:
    lives.connect().put(1).fetch()
    lives.kill()
    with pytest.raises(LogError, match="no message log"):
        (tmp_path / "not.rplog").write_bytes(b"x" * 100)
        replay(tmp_path / "not.rplog", timeout=60)


# ------------------------------------------------------------------------------------------------ an end


def test_the_code_of_a_log_is_ended_when_its_time_is_over(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path / "session.rplog")
    os.environ["RAY_PROXY_TEST_SLEEP"] = "0"
    sleep = "__import__('time').sleep(float(__import__('os').environ['RAY_PROXY_TEST_SLEEP']))"
    try:
        recorded.ask(Import(1, "builtins"), GetAttr(2, Ref(1), "eval"), Call(3, Ref(2), ["1 + 1"], {}))
        recorded.ask(Call(4, Ref(2), [sleep], {}))
        os.environ["RAY_PROXY_TEST_SLEEP"] = "1000"
        log = recorded.log()
        report = replay(log, timeout=0.3)
    finally:
        del os.environ["RAY_PROXY_TEST_SLEEP"]
    assert not report
    assert report.operations == 3
    assert report.problem is not None
    assert "it was ended after 0.3 s, in operation #4 v4 = v2(" in report.problem


def test_what_was_found_before_the_end_is_told(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path / "session.rplog")
    recorded.ask(Import(1, "time"), GetAttr(2, Ref(1), "perf_counter"), Call(3, Ref(2), [], {}))
    recorded.ask(Import(4, "os"), GetAttr(5, Ref(4), "_exit"))
    frame = recorded.send(Call(6, Ref(5), [3], {}))
    recorded.answer(Reply(frame.number, 1, [(0, None)]))
    report = replay(recorded.log(), timeout=60)
    assert [difference.text for difference in report.differences] == ["v3 = v2()"]
    assert report.problem is not None
    assert "exit code 3, in operation #6 v6 = v5(3)" in report.problem


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf")])
def test_a_timeout_is_a_number_of_seconds(timeout: float, tmp_path: Path) -> None:
    recorded = Recorded(tmp_path / "session.rplog")
    recorded.ask(Put(1, 1))
    with pytest.raises(ValueError, match="seconds above 0"):
        replay(recorded.log(), timeout=timeout)


# ------------------------------------------------------------------------------- what clients were told


def test_a_random_number_is_after_a_recovery_what_it_was(lives: Lives) -> None:
    env = lives.connect()
    x = env.module("random").random()
    y = x * 2
    told = x.fetch()
    env["x"] = x
    env.sync()
    lives.kill()
    report = lives.begin()
    assert "1 answers differ" in report
    assert (x + 0).fetch() == (env["x"] + 0).fetch() == x.fetch() == told
    assert (y + 0).fetch() == y.fetch() == told * 2


def test_also_where_it_goes_into_a_list_before_it_is_answered(lives: Lives) -> None:
    env = lives.connect()
    numbers = env.put([])
    x = env.module("random").random()
    numbers.append(x)
    before = numbers.fetch()
    lives.kill()
    lives.begin()
    assert numbers.fetch() == before


def test_also_where_it_fails_now(lives: Lives, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("what it was")
    env = lives.connect()
    content = env.run(Path.read_text, (path,))
    assert content.fetch() == "what it was"
    path.unlink()
    lives.kill()
    assert "!! FileNotFoundError" in lives.begin()
    assert content.upper().fetch() == "WHAT IT WAS"


def test_also_items_of_an_iterator(lives: Lives) -> None:
    env = lives.connect()
    numbers = env.run(lambda: (__import__("random").random() for _ in range(100)))
    first = next(iter(numbers))
    told = first.fetch()
    lives.kill()
    lives.begin()
    assert (first + 0).fetch() == told


def test_what_is_not_small_is_what_it_is_now(lives: Lives) -> None:
    env = lives.connect()
    pair = env.run(lambda: [time.perf_counter()])
    before = pair.fetch()
    lives.kill()
    lives.begin()
    assert pair.fetch() != before


def test_texts_of_a_set_come_in_the_same_order_after_a_recovery(lives: Lives) -> None:
    env = lives.connect()
    values = env.run(texts)
    ordered = env.run(list, (values,)).fetch()
    half = env.run(iter, (values,))
    first = [next(half).fetch() for _ in range(4)]
    lives.kill()
    assert "every answer is as recorded" in lives.begin()
    assert env.run(list, (values,)).fetch() == ordered
    assert first + [next(half).fetch() for _ in range(8)] == ordered


# ---------------------------------------------------------------------------------------------------- over Ray


def seed_of(env: Any) -> str | None:
    seed: str | None = env.run(os.getenv, ("PYTHONHASHSEED",)).fetch()
    return seed


def test_an_interpreter_without_a_log_has_no_hash_seed(rif: RemoteInterpreterFactory) -> None:
    env = rif.create(num_cpus=0)
    assert seed_of(env) is None
    env.destroy()


def test_an_interpreter_with_a_log_is_given_one_and_a_restored_one_has_it_too(
    rif: RemoteInterpreterFactory, tmp_path: Path
) -> None:
    env = rif.create(num_cpus=0, record=tmp_path / "session.rplog")
    seed = seed_of(env)
    assert seed is not None
    env["ordered"] = env.run(lambda: list({str(number) for number in range(12)}))
    ordered = env["ordered"].fetch()
    env.destroy()
    assert Log(tmp_path / "session.rplog").began.hash_seed == int(seed)
    again = rif.restore(tmp_path / "session.rplog", num_cpus=0, record=tmp_path / "again.rplog")
    assert again["ordered"].fetch() == ordered
    assert again.restored is not None
    assert again.restored.report, again.restored.report
    again.destroy()
    assert Log(tmp_path / "again.rplog").began.hash_seed == int(seed)
    assert replay(tmp_path / "again.rplog")


def test_a_hash_seed_that_is_given_is_kept(rif: RemoteInterpreterFactory, tmp_path: Path) -> None:
    path = tmp_path / "session.rplog"
    env = rif.create(num_cpus=0, record=path, runtime_env={"env_vars": {"PYTHONHASHSEED": "77", "MINE": "1"}})
    assert (seed_of(env), env.run(os.getenv, ("MINE",)).fetch()) == ("77", "1")
    env.destroy()
    assert Log(path).began.hash_seed == 77


def test_other_variables_of_the_environment_are_kept(rif: RemoteInterpreterFactory, tmp_path: Path) -> None:
    env = rif.create(num_cpus=0, record=tmp_path / "session.rplog", runtime_env={"env_vars": {"MINE": "1"}})
    assert seed_of(env) is not None
    assert env.run(os.getenv, ("MINE",)).fetch() == "1"
    env.destroy()


@pytest.mark.parametrize("seed", ["abc", "-1", "4294967296"])
def test_a_hash_seed_that_is_none_is_refused(seed: str, rif: RemoteInterpreterFactory, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="PYTHONHASHSEED is a number from 0 to 4294967295, or 'random', and not"):
        rif.create(record=tmp_path / "session.rplog", runtime_env={"env_vars": {"PYTHONHASHSEED": seed}})


def test_where_chance_is_asked_for_it_is_drawn_here(rif: RemoteInterpreterFactory, tmp_path: Path) -> None:
    path = tmp_path / "session.rplog"
    env = rif.create(num_cpus=0, record=path, runtime_env={"env_vars": {"PYTHONHASHSEED": "random"}})
    assert str(seed_of(env)).isdecimal()
    env.destroy()
    assert Log(path).began.hash_seed is not None


def test_a_path_of_bytes_is_a_path_and_an_empty_one_is_none(rif: RemoteInterpreterFactory, tmp_path: Path) -> None:
    env = rif.create(num_cpus=0, record=os.fsencode(tmp_path / "session.rplog"))  # type: ignore[arg-type]
    assert env.put([1]).fetch() == [1]
    env.destroy()
    assert (tmp_path / "session.rplog").exists()
    with pytest.raises(ValueError, match="not an empty one"):
        rif.create(record="")


def test_leases_that_were_over_are_over_in_a_restored_interpreter(
    tmp_path: Path, rif: RemoteInterpreterFactory
) -> None:
    recorded = Recorded(tmp_path / "session.rplog", lease=3, is_steady=True)
    token = lease_token("s", 1, "secret")
    recorded.ask(Put(1, 1), Lease(Ref(1), token))
    assert recorded.steady is not None
    recorded.steady += 4
    assert recorded.ask(Claim(2, token)).failures
    recorded.log()
    env = rif.restore(recorded.path, num_cpus=0)
    assert env.restored is not None
    assert env.restored.report, env.restored.report
    env.destroy()


def test_code_that_ends_its_process_does_not_end_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded = Recorded(tmp_path / "session.rplog")
    recorded.ask(Import(1, "os"), GetAttr(2, Ref(1), "_exit"))
    frame = recorded.send(Call(3, Ref(2), [0], {}))
    recorded.answer(Reply(frame.number, 1))
    recorded.log()
    assert main(["log", "replay", str(recorded.path)]) == 1
    assert "exit code 0, in operation #3 v3 = v2(0)" in capsys.readouterr().out
    assert not replay(recorded.path, isolated=True)


def test_answers_that_are_missing_are_not_said_to_be_there(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path / "session.rplog")
    recorded.ask(Put(1, 1))
    recorded.send(Put(2, 1))
    assert "every answer that is there is as recorded" in str(replay(recorded.log()))

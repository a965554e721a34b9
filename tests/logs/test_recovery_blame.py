"""What a process was executing when it died is not executed again, and fails."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lives import Lives, Mother

from ray_proxy import InterpreterDiedError, ProtocolError


@pytest.fixture
def other(mother: Mother, tmp_path: Path) -> Iterator[Lives]:
    with Lives(mother, tmp_path / "other.rplog", name="other") as lives:
        yield lives


def test_exactly_the_message_fails_that_the_process_has_died_of(lives: Lives) -> None:
    env = lives.connect()
    x = env.put([])
    results = []
    for number in range(120):
        results.append(x.append(number))
        if number == 60:
            killer = env.run(os._exit, (3,))
    env.session.flush()
    lives.die_and_begin()
    with pytest.raises(InterpreterDiedError, match="died while this was being executed"):
        killer.fetch()
    assert [result.fetch() for result in results] == [None] * 120
    assert x.fetch() == list(range(120))


KILLERS: dict[str, Any] = {
    "exit": lambda: os._exit(1),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "segfault": lambda: ctypes.string_at(0),
    "abort": lambda: os.abort(),
}


@pytest.mark.parametrize("killer", KILLERS)
def test_whatever_it_dies_of(lives: Lives, killer: str) -> None:
    env = lives.connect()
    x = env.put([1])
    killed = env.run(KILLERS[killer])
    later = x + [2]
    env.session.flush()
    lives.die_and_begin()
    with pytest.raises(InterpreterDiedError):
        killed.fetch()
    assert later.fetch() == [1, 2]


def test_no_memory_is_no_death(lives: Lives) -> None:
    env = lives.connect()
    with pytest.raises(MemoryError):
        env.run(lambda: bytearray(1 << 62)).fetch()
    assert env.put([1]).fetch() == [1]


def test_what_depends_on_the_message_that_killed_fails_too(lives: Lives) -> None:
    env = lives.connect()
    killer = env.run(os._exit, (1,))
    dependent = killer + 1
    env.session.flush()
    lives.die_and_begin()
    with pytest.raises(InterpreterDiedError):
        dependent.fetch()
    lives.kill()
    lives.begin()
    with pytest.raises(InterpreterDiedError):
        (dependent + 1).fetch()


def test_an_operation_in_place_that_kills_leaves_its_left_operand(lives: Lives) -> None:
    class Deadly:
        def __radd__(self, other: object) -> None:
            os._exit(1)

    env = lives.connect()
    total = env.put(5)
    deadly = env.run(Deadly)
    total += deadly
    env.session.flush()
    lives.die_and_begin()
    with pytest.raises(InterpreterDiedError):
        env.sync()
    assert total.fetch() == 5
    lives.kill()
    lives.begin()
    assert total.fetch() == 5


def test_a_finalizer_that_kills_does_so_once(lives: Lives) -> None:
    class Deadly:
        def __del__(self) -> None:
            os._exit(1)

    env = lives.connect()
    x = env.put([1])
    deadly = env.run(Deadly)
    env.sync()
    del deadly
    env.session.flush()
    lives.die_and_begin()
    assert x.fetch() == [1]
    lives.kill()
    lives.begin()
    assert x.fetch() == [1]


def test_a_forked_child_of_user_code_does_not_tell_what_its_parent_executes(lives: Lives) -> None:
    def fork_and_die() -> None:
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            os._exit(1)

    env = lives.connect()
    x = env.put([])
    x.append(1)
    killer = env.run(fork_and_die)
    x.append(2)
    env.session.flush()
    lives.die_and_begin()
    with pytest.raises(InterpreterDiedError):
        killer.fetch()
    assert x.fetch() == [1, 2]


def test_what_ran_when_the_process_was_told_to_end_is_not_done_again(lives: Lives) -> None:
    def work(seen: list[str]) -> None:
        seen.append("begun")
        with contextlib.suppress(SystemExit):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)
        seen.append("ended")

    env = lives.connect()
    seen = env.put([])
    killed = env.run(work, (seen,))
    seen.append("later")
    env.session.flush()
    lives.die_and_begin()
    with pytest.raises(InterpreterDiedError):
        killed.fetch()
    assert seen.fetch() == ["later"]


def test_two_clients_and_the_operation_of_one_kills(lives: Lives) -> None:
    one, two = lives.connect(), lives.connect()
    shared = one.put([])
    one["shared"] = shared
    one.sync()
    ours = two["shared"]
    two.sync()
    killer = one.run(os._exit, (1,))
    after = [shared.append(number) for number in range(100)]
    theirs = [ours.append(-number) for number in range(100)]
    one.session.flush()
    two.session.flush()
    lives.die_and_begin()
    with pytest.raises(InterpreterDiedError):
        killer.fetch()
    assert [var.fetch() for var in [*after, *theirs]] == [None] * 200
    values = shared.fetch()
    assert [number for number in values if number > 0] == list(range(1, 100))
    assert sorted(values) == sorted([*range(100), *(-number for number in range(100))])


def test_what_was_executed_and_whose_answer_could_not_be_sent_counts(mother: Mother, tmp_path: Path) -> None:
    with Lives(mother, tmp_path / "session.rplog", largest=5000) as lives:
        env = lives.connect()
        x = env.put([])
        env.sync()
        append = x.append
        append("x" * 10_000)
        with pytest.raises(ProtocolError, match="could not be sent"):
            x.fetch()
        assert len(x) == 1
        lives.kill()
        lives.begin()
        assert len(x) == 1

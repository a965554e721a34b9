"""An interpreter whose process dies goes on in another one: everything is there again."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import eventually
from lives import FolderStore, Lives, Mother, die_once_in, open_files

from ray_proxy import InterpreterDiedError, Var, replay
from ray_proxy.logs import recovery
from ray_proxy.logs.reader import Log
from ray_proxy.var.core import wrap
from ray_proxy.var.interface import handle_of


@pytest.fixture
def other(mother: Mother, tmp_path: Path) -> Iterator[Lives]:
    with Lives(mother, tmp_path / "other.rplog", name="other") as lives:
        yield lives


# ------------------------------------------------------------------------------------------- what is there again


def test_variables_names_and_their_identity_are_as_they_were(lives: Lives) -> None:
    env = lives.connect()
    x = env.put([1, 2])
    pair = env.run(lambda value: (value, value), (x,))
    env["x"] = x
    x.append(3)
    square = env.run(lambda: lambda number: number * number)
    env.sync()
    lives.kill()
    lives.begin()
    assert x.fetch() == [1, 2, 3]
    pair[0].append(4)
    assert (x.fetch(), pair[1].fetch(), env["x"].fetch()) == ([1, 2, 3, 4],) * 3
    assert square(12) == 144


def test_what_was_asked_for_while_there_is_no_process_is_done_by_the_next(lives: Lives) -> None:
    env = lives.connect()
    x = env.put([])
    env.sync()
    lives.kill()
    for number in range(1000):
        x.append(number)
    lives.begin()
    assert x.fetch() == list(range(1000))


def test_an_iterator_goes_on_where_it_was(lives: Lives) -> None:
    env = lives.connect()
    squares = env.run(lambda: (number * number for number in range(100)))
    items = iter(env.put(list(range(1000))))
    assert [next(squares).fetch() for _ in range(5)] == [0, 1, 4, 9, 16]
    assert next(items) == 0
    lives.kill()
    lives.begin()
    assert next(squares) == 25
    assert [item.fetch() for item in items] == list(range(1, 1000))


def test_in_place_operations_and_what_they_share(lives: Lives) -> None:
    env = lives.connect()
    x = y = env.put([1])
    x += [2]
    total = env.put(1)
    total += 1
    assert (x.fetch(), total.fetch()) == ([1, 2], 2)
    lives.kill()
    lives.begin()
    x += [3]
    total += 1
    assert (x.fetch(), y.fetch(), total.fetch()) == ([1, 2, 3], [1, 2, 3], 3)


def test_an_error_is_the_same_error_afterwards(lives: Lives) -> None:
    env = lives.connect()
    broken = env.put(1) / 0
    with pytest.raises(ZeroDivisionError):
        broken.fetch()
    lives.kill()
    lives.begin()
    with pytest.raises(ZeroDivisionError):
        (broken + 1).fetch()


def test_coroutines_and_their_loop(lives: Lives) -> None:
    async def later(values: list[int]) -> int:
        await asyncio.sleep(0.01)
        values.append(1)
        return len(values)

    env = lives.connect()
    x = env.put([])
    assert env.run(later, (x,)) == 1
    lives.kill()
    lives.begin()
    assert env.run(later, (x,)) == 2


def test_a_pickled_var_is_claimed_after_the_death_of_its_process(lives: Lives) -> None:
    env, other = lives.connect(), lives.connect()
    x = env.put([1])
    token = env.session.lease(handle_of(x))
    env.sync()
    lives.kill()
    lives.begin()
    again = wrap(other.session.claim(token))
    again.append(2)
    assert (again.fetch(), x.fetch()) == ([1, 2], [1, 2])


def test_an_await_goes_on_over_a_death(lives: Lives) -> None:
    env = lives.connect()
    x = env.put([1])
    env.sync()

    async def ask() -> list[int]:
        later = asyncio.ensure_future(as_future(x + [2]))
        await asyncio.to_thread(lives.kill)
        last = x + [3]
        await asyncio.to_thread(lives.begin)
        return [*await later, *await last]

    async def as_future(var: Var[list[int]]) -> list[int]:
        return await var

    assert asyncio.run(ask()) == [1, 2, 1, 3]


def test_eager_operations_wait_for_the_next_process(lives: Lives) -> None:
    env = lives.connect()
    x = env.put([])
    env.sync()
    threading.Timer(0.2, lambda: (lives.kill(), lives.begin())).start()
    until = time.monotonic() + 1
    failed = done = 0
    with env.eager():
        while time.monotonic() < until:
            try:
                x.append(done)
                done += 1
            except InterpreterDiedError:
                failed += 1
    assert failed <= 1
    assert x.fetch() == list(range(done))


def test_interrupted_operations_are_not_done_again(lives: Lives) -> None:
    def work(seen: list[str]) -> None:
        seen.append("begun")
        raise KeyboardInterrupt

    env = lives.connect()
    seen = env.put([])
    with pytest.raises(KeyboardInterrupt):
        env.run(work, (seen,)).fetch()
    assert seen.fetch() == ["begun"]
    lives.kill()
    lives.begin()
    assert seen.fetch() == []


def test_several_deaths_in_a_row(lives: Lives) -> None:
    env = lives.connect()
    x = env.put([])
    for number in range(10):
        lives.kill()
        x.append(number)  # where none is there: one that dies while it executes this may not have done it
        lives.begin()
        if number % 3 == 0:
            x.fetch()
            lives.kill()
            lives.begin()
    assert x.fetch() == list(range(10))


def test_status_tells_of_the_log(lives: Lives) -> None:
    env = lives.connect()
    env.put([1]).fetch()
    lives.kill()
    lives.begin()
    env.put([1]).fetch()
    assert lives.status()["log"] == {"path": lives.path, "bytes": os.path.getsize(lives.path), "stopped": None}


def test_a_log_tells_how_long_leases_last(mother: Mother, tmp_path: Path) -> None:
    with Lives(mother, tmp_path / "short.rplog", lease=5) as lives:
        assert Log(lives.path).began.lease == 5


def test_an_interpreter_that_ends_in_order_leaves_a_log_and_nothing_else(lives: Lives) -> None:
    env = lives.connect()
    assert (env.put(1) + 1).fetch() == 2
    assert os.path.exists(lives.path + recovery.PROGRESS)
    env.destroy()
    assert lives.end() == 0
    assert not os.path.exists(lives.path + recovery.PROGRESS)
    report = replay(lives.path)
    assert report, report
    assert (report.problem, report.unanswered) == (None, 0)


def test_a_process_that_was_only_stopped_does_no_harm_when_it_goes_on(lives: Lives) -> None:
    # As on a node that fell silent, and which Ray has taken for dead: it still has the log of the other open.
    env = lives.connect()
    x = env.put([1])
    env.sync()
    lives.kill()
    lives.begin(grace=0.1)
    env.sync()
    stopped, lives.pid = lives.pid, 0
    os.kill(stopped, signal.SIGSTOP)
    lives.begin()
    assert env.session.line.channel is not None
    env.session.lose(env.session.line.channel, ConnectionResetError("its process has died, as Ray says"))
    x.append(2)
    env.sync()
    assert lives.path in _open_in(stopped)
    os.kill(stopped, signal.SIGCONT)
    # It has given up the client that it has lost, and found that another file is in the place of its log.
    eventually(lambda: lives.path not in _open_in(stopped))
    os.kill(stopped, signal.SIGKILL)
    lives.mother.ask({"wait": stopped})
    lives.kill()
    lives.begin()
    assert x.fetch() == [1, 2]


def _open_in(pid: int) -> list[str]:
    """The files that a process has open; also such as are gone."""
    return [path.removesuffix(" (deleted)") for path in open_files(pid)]


# --------------------------------------------------------------------------------------------------- bulk values


@pytest.fixture
def bulky(mother: Mother, tmp_path: Path) -> Iterator[Lives]:
    """With a store beside its channels."""
    with Lives(mother, tmp_path / "session.rplog", store=str(tmp_path / "store")) as lives:
        yield lives


def test_large_values_are_there_again(bulky: Lives) -> None:
    env = bulky.connect()
    text = "x" * 3_000_000
    x = env.put([text, 1])
    assert (x + [2]).fetch() == [text, 1, 2]
    bulky.kill()
    bulky.begin()
    assert (x + [3]).fetch() == [text, 1, 3]
    assert (env.put([text])[0] == text).fetch()


def test_a_large_result_that_was_given_and_not_taken_is_given_again(bulky: Lives) -> None:
    env = bulky.connect()
    x = env.put(["x" * 3_000_000])
    question = env.session.request(handle_of(x))
    x.append(1)
    env.session.settle()
    bulky.kill()
    bulky.begin()
    assert env.session.value(question) == ["x" * 3_000_000]
    assert x[1] == 1


def test_large_values_of_the_frame_that_kills(bulky: Lives) -> None:
    # Some come before the message that kills, and one with it; one result is given by the process that dies.
    env = bulky.connect()
    x = env.put(["x" * 2_000_000])
    env.sync()
    bulky.kill()  # what is asked for meanwhile leaves in one frame
    question = env.session.request(handle_of(x))
    x.append("y" * 2_000_000)
    killed = env.run(lambda text: os._exit(1), ("z" * 2_000_000,))
    x.append("v" * 2_000_000)
    bulky.begin(slice=60)
    bulky.die_and_begin()
    with pytest.raises(InterpreterDiedError):
        killed.fetch()
    assert env.session.value(question) == ["x" * 2_000_000]
    assert [text[0] for text in x.fetch()] == ["x", "y", "v"]
    assert FolderStore(bulky.options["store"]).count() == 0


def test_large_values_that_were_taken_and_not_answered(bulky: Lives) -> None:
    env = bulky.connect()
    x = env.put([])
    append = x.append
    env.sync()
    bulky.kill()
    append("x" * 2_000_000)
    append("y")
    env.run(die_once_in, ("send", bulky.path))
    bulky.begin(slice=60)
    bulky.die_and_begin()
    assert x.fetch() == ["x" * 2_000_000, "y"]

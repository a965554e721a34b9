"""An interpreter whose process dies goes on in another one: what was acknowledged is there, and nothing is done twice.

With real processes that are really killed, and without Ray, which has its part in `tests/faults/test_recover.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import functools
import gc
import os
import random
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cable import CableInterpreter
from conftest import eventually
from lives import DiedAtOnceError, FolderStore, Lives, Mother, Tally, die_once_in, peer

from ray_proxy import DeadlockError, InterpreterDiedError, ProtocolError, SessionLostError, Var, replay
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.logs import recovery
from ray_proxy.logs.log import LIMIT, MAGIC, Log
from ray_proxy.var.core import wrap
from ray_proxy.var.interface import handle_of


@pytest.fixture
def other(mother: Mother, tmp_path: Path) -> Iterator[Lives]:
    with Lives(mother, tmp_path / "other.rplog", name="other") as lives:
        yield lives


# -------------------------------------------------------------------------------------------- what is there again


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
        x.append(number)
        lives.kill()
        lives.begin()
        if number % 3 == 0:
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
    assert env.session._channel is not None
    env.session._lose(env.session._channel, ConnectionResetError("its process has died, as Ray says"))
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


# ------------------------------------------------------------------------------------------ what was being executed


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


# ------------------------------------------------------------------------------------------ what a log may lack


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


def open_files(pid: int = 0) -> list[str]:
    folder = f"/proc/{pid or 'self'}/fd"
    paths = []
    for number in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):  # that of the folder itself
            paths.append(os.readlink(f"{folder}/{number}"))
    return paths


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


# ------------------------------------------------------------------------------------------------- bulk values


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


# ------------------------------------------------------------------------------------------------ nested calls


def call(path: str, name: str) -> object:
    """Call what has that name in the interpreter with that log."""
    return peer(path)[name]().fetch()


def test_a_call_from_another_interpreter_that_kills(lives: Lives, other: Lives) -> None:
    here, there = lives.path, other.path
    env, env2 = lives.connect(), other.connect()

    def outer() -> object:
        return call(there, "middle")

    def middle(seen: list[object]) -> object:
        try:
            return call(here, "inner")
        except InterpreterDiedError as error:
            seen.append(error)
            raise

    env["outer"] = outer
    env["inner"] = lambda: os._exit(1)
    env["state"] = state = env.put([1])
    seen = env2.put([])
    env2["middle"] = env2.run(functools.partial, (middle, seen))
    env2.sync()
    killed = env["outer"]()
    state.append(2)
    env.session.flush()
    lives.die_and_begin()
    with pytest.raises(InterpreterDiedError):
        killed.fetch()
    assert state.fetch() == [1, 2]
    assert len(seen.fetch()) == 1


def test_a_call_that_was_called_back_is_not_done_again_and_what_called_back_is(lives: Lives, other: Lives) -> None:
    # The other interpreter would call back once more, and wait for the process that waits for it.
    here, there = lives.path, other.path
    env, env2 = lives.connect(), other.connect()
    env["inner"] = inner = env.put([0])
    env2["middle"] = lambda: [peer(here)["inner"].append(1).fetch()]
    x = env.put([])
    x.append(1)
    called = env.run(call, (there, "middle"))
    alone = env2.run(len, ([1, 2],))
    x.append(2)
    assert (called.fetch(), alone.fetch()) == ([None], 2)
    assert inner.fetch() == [0, 1]
    lives.kill()
    report = lives.begin()
    assert (x.fetch(), inner.fetch()) == ([1, 2], [0, 1])
    assert "called back for" in report
    with pytest.raises(InterpreterDiedError, match="called back"):
        (called + [1]).fetch()


def test_the_small_result_of_a_call_that_was_called_back_is_what_its_client_knows(lives: Lives, other: Lives) -> None:
    here, there = lives.path, other.path
    env, env2 = lives.connect(), other.connect()
    env["inner"] = env.put([0])
    env2["middle"] = lambda: peer(here)["inner"].pop().fetch() + 7
    called = env.run(call, (there, "middle"))
    assert called.fetch() == 7
    lives.kill()
    assert "called back for" in lives.begin()
    assert (called + 1).fetch() == 8


def test_what_a_call_has_done_by_others_is_done_once_though_its_answer_is_lost(lives: Lives, other: Lives) -> None:
    here, there = lives.path, other.path
    env, env2 = lives.connect(), other.connect()

    def outer() -> None:
        call(there, "middle")
        die_once_in("send", here)

    x = env.put([])
    env["inner"] = inner = env.put([0])
    env2["middle"] = lambda: peer(here)["inner"].append(1).fetch()
    append, call_outer = x.append, env.put(outer)
    env.sync()
    env2.sync()
    lives.kill()
    append(1)
    told = call_outer()
    append(2)
    lives.begin(slice=60)
    lives.die_and_begin()
    with pytest.raises(InterpreterDiedError):
        told.fetch(timeout=30)
    assert (x.fetch(), inner.fetch()) == ([1, 2], [0, 1])


def test_nested_calls_are_served_by_an_event_loop_that_was_rebuilt(lives: Lives, other: Lives) -> None:
    async def nothing() -> None:
        pass

    async def outer(there: str) -> object:
        return await asyncio.to_thread(call, there, "middle")

    here, there = lives.path, other.path
    env, env2 = lives.connect(), other.connect()
    env["inner"] = lambda: "inner"
    env2["middle"] = functools.partial(call, here, "inner")
    env2.sync()
    env.run(nothing).fetch()
    lives.kill()
    lives.begin()
    assert env.run(outer, (there,)) == "inner"


@pytest.mark.faults  # what can never end is refused after some seconds
def test_frames_that_were_answered_out_of_their_order_are_not_executed_again(lives: Lives, other: Lives) -> None:
    # One session sends: a call, what waits behind it, and what is nested in that call and refused before.
    here, there = lives.path, other.path
    env, env2 = lives.connect(), other.connect()
    order = env.put([])
    env["order"] = order

    def begin() -> list[str]:
        interpreter = peer(here)
        interpreter.sync()
        first = interpreter["first"]()
        interpreter.session.flush()
        second = interpreter["order"].append("second")
        interpreter.session.flush()
        told = []
        for var in (first, second):
            try:
                told.append(str(var.fetch()))
            except InterpreterDiedError:
                told.append("died")
        return told

    def first() -> None:
        waiting = threading.Thread(target=call, args=(there, "nested"))
        waiting.start()
        waiting.join()
        os._exit(1)

    def nested() -> None:
        with contextlib.suppress(DeadlockError):
            peer(here)["order"].append("nested").fetch()

    env["first"] = first
    env.sync()
    env2["begin"], env2["nested"] = begin, nested
    told = env2["begin"]()
    env2.session.flush()
    lives.die_and_begin()
    assert told.fetch(timeout=30) == ["died", "None"]
    assert order.fetch() == ["second"]
    assert env2.run(lambda: peer(here)["order"].fetch()).fetch(timeout=30) == ["second"]


# -------------------------------------------------------------------------------------------------- under load


def text(number: int) -> str:
    """One that travels beside the channel."""
    return str(number) * (1 << 20)


class Worker:
    """A client under load, and what must be in the interpreter by its books."""

    def __init__(self, env: CableInterpreter, seed: int) -> None:
        self.env = env
        self.random = random.Random(seed)
        self.failures = 0
        self.done = 0
        self.list = env.put([])
        self.tally = env.run(Tally)
        self.dict = env.put({})
        self.total = env.put(0)
        self.grown = env.put([])
        self.texts = env.put([])
        self.squares = env.run(lambda: (number * number for number in range(10**9)))
        env.sync()
        self.listed: list[int] = []
        self.tallied: list[int] = []
        self.keys = 0
        self.added = 0
        self.extended = 0
        self.taken = 0
        self.large: list[int] = []
        self.waiting: list[tuple[list[int], int, Var[object]]] = []

    def work(self, operations: int) -> None:
        """Ask for that much, and look at all of it."""
        for _ in range(operations):
            self.done += 1
            kind = self.random.randrange(100)
            if kind < 40:
                self.waiting.append((self.listed, self.done, self.list.append(self.done)))
            elif kind < 60:
                self.waiting.append((self.tallied, self.done, self.tally.add(self.done)))
            elif kind < 75:
                self.dict[self.done] = kind
                self.keys += 1
            elif kind < 85:
                self.total += 1
                self.added += 1
            elif kind < 93:
                self.grown += [self.done]
                self.extended += 1
            elif kind < 95:
                self.take()
            elif kind < 99 and self.env.session.has_store():
                self.waiting.append((self.large, self.done, self.texts.append(text(self.done))))
            else:
                self.look()
        self.look()

    def take(self) -> None:
        try:
            square = next(self.squares)
        except InterpreterDiedError:
            self.failures += 1
        else:
            assert self.fetch(lambda: square) == self.taken * self.taken
            self.taken += 1

    def look(self) -> None:
        """What was asked for is done once, or has failed; and that is told once."""
        self.failures += self.errors()
        for books, number, result in self.waiting:
            if handle_of(result).failure is None:
                books.append(number)
        self.waiting.clear()
        assert self.fetch(lambda: self.list) == self.listed
        assert self.fetch(lambda: self.tally.seen) == self.tallied
        assert self.fetch(lambda: self.texts) == list(map(text, self.large))
        missing = self.keys - len(self.fetch(lambda: self.dict))
        missing += self.added - self.fetch(lambda: self.total)
        missing += self.extended - len(self.fetch(lambda: self.grown))
        self.failures += self.errors()
        assert 0 <= missing <= self.failures

    def fetch(self, var: Callable[[], Var[Any]]) -> Any:
        """A value, of which the asking may be what fails."""
        while True:
            try:
                return var().fetch(timeout=60)
            except InterpreterDiedError:
                self.failures += 1

    def errors(self) -> int:
        """How many operations have failed that were not told yet."""
        count = 0
        while True:
            try:
                self.env.sync(timeout=60)
                return count
            except InterpreterDiedError:
                count += 1


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.faults) for seed in range(1, 25))])
def test_whenever_a_process_is_killed_each_operation_counts_once_and_at_most_one_fails(lives: Lives, seed: int) -> None:
    outlive(lives, seed, kills=12)


def outlive(lives: Lives, seed: int, kills: int, clients: int = 3) -> dict[str, int]:
    """Kill an interpreter under load again and again; gives what happened."""
    numbers = random.Random(seed)
    workers = [Worker(lives.connect(), seed * 10 + number) for number in range(clients)]
    over = threading.Event()
    errors: list[BaseException] = []

    def work(worker: Worker) -> None:
        try:
            while not over.is_set():
                worker.work(worker.random.randrange(1, 1500))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for _ in range(kills):
        time.sleep(numbers.random() ** 3 * 0.2)  # at moments that nobody chose
        lives.kill()
        lives.begin()
    over.set()
    for thread in threads:
        thread.join(60)
    assert not errors, errors
    return account(lives, workers, kills)


def account(lives: Lives, workers: list[Worker], deaths: int) -> dict[str, int]:
    """At the end: no more has failed than there were deaths, and the log tells what was."""
    for worker in workers:
        worker.look()
    failures = sum(worker.failures for worker in workers)
    operations = sum(worker.done for worker in workers)
    assert failures <= deaths
    workers.clear()
    for env in lives.envs:
        env.destroy()
    assert lives.end() == 0
    report = replay(lives.path)
    assert report, report
    return {"deaths": deaths, "operations": operations, "messages": report.operations, "failed": failures}


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.faults) for seed in range(1, 25))])
def test_whichever_line_of_ours_a_process_dies_at(bulky: Lives, seed: int) -> None:
    die_at_lines(bulky, seed, deaths=60)


def die_at_lines(lives: Lives, seed: int, deaths: int) -> dict[str, int]:
    """Have processes die at lines of the package, also while they recover; gives what happened."""
    numbers = random.Random(seed)
    workers = [Worker(lives.connect(), seed * 10 + number) for number in range(2)]
    died = 0
    lives.kill()

    def live() -> None:
        nonlocal died
        while died < deaths:
            with contextlib.suppress(DiedAtOnceError):
                lives.begin(die_at=1 + int(numbers.expovariate(1 / 4000)))
                lives.wait()
            died += 1
        lives.begin()

    living = threading.Thread(target=live)
    living.start()
    try:
        while living.is_alive():
            for worker in workers:
                worker.work(worker.random.randrange(1, 60))
    finally:
        deaths = died  # no more of them, where one of us has failed
        living.join()
    return account(lives, workers, deaths)

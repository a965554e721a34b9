"""Interpreters that Ray restarts go on: `rif.create(record=…, recover=True, max_restarts=…)`.

What holds of a recovery itself is tested without Ray, in `tests/logs/test_recovery.py`. This is about the process that
Ray makes, and how clients find it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import programs
import pytest
import ray
import recovering
from conftest import eventually
from lives import failed
from recovering import Create, kill

from ray_proxy import InterpreterDiedError, RemoteInterpreter, RemoteInterpreterFactory, Var, replay
from ray_proxy.logs import recovery

create = recovering.create
env = recovering.env
pytestmark = pytest.mark.faults


# --------------------------------------------------------------------------------------------- a process is killed


def test_what_was_there_is_there_again(env: RemoteInterpreter) -> None:
    x = env.put([1, 2])
    env["x"] = x
    squares = env.run(lambda: (number * number for number in range(100)))
    assert [next(squares).fetch() for _ in range(3)] == [0, 1, 4]
    big = env.put(np.arange(300_000.0))
    total = big.sum()
    assert float(total) == big.fetch().sum()
    before = env.status()["pid"]
    kill(env)
    x.append(3)
    assert x.fetch(timeout=60) == [1, 2, 3]
    assert next(squares) == 9
    assert (env["x"].fetch(), float(big.sum()), len(big.fetch())) == ([1, 2, 3], float(total), 300_000)
    assert env.status()["pid"] != before


@pytest.mark.parametrize("seed", range(3))
def test_under_load_each_operation_counts_once(env: RemoteInterpreter, seed: int) -> None:
    numbers = random.Random(seed)
    x = env.put([])
    env.sync()
    over, goes_on = threading.Event(), threading.Event()
    kills = 0

    def kill_it() -> None:
        nonlocal kills
        while not over.is_set():
            goes_on.wait(1)  # a process that is killed before it has begun does no work for anybody
            if not goes_on.is_set():
                continue
            goes_on.clear()
            time.sleep(numbers.random() * 2)  # at moments that nobody chose
            with contextlib.suppress(InterpreterDiedError, ProcessLookupError):
                kill(env)
                kills += 1

    killing = threading.Thread(target=kill_it, daemon=True)
    killing.start()
    expected, failures, number = [], 0, 0
    until = time.monotonic() + 12
    while time.monotonic() < until or kills < 3:
        asked = []
        for _ in range(numbers.randrange(1, 800)):
            number += 1
            asked.append((number, x.append(number)))
        failures += errors_of(env)
        for done, result in asked:
            try:
                result.fetch()
                expected.append(done)
            except InterpreterDiedError:
                pass
        try:
            assert x.fetch(timeout=60) == expected
            goes_on.set()
        except InterpreterDiedError:
            failures += 1
    over.set()
    killing.join()
    assert failures <= kills
    assert kills > 2
    assert number > 1000


def errors_of(env: RemoteInterpreter) -> int:
    """How many operations have failed that were not told yet."""
    count = 0
    while True:
        try:
            env.sync(timeout=60)
            return count
        except InterpreterDiedError as error:
            count += failed(error)


KILLERS: dict[str, Callable[[], object]] = {
    "exit": lambda: os._exit(1),
    "exit in order": lambda: os._exit(0),
    "segfault": lambda: ctypes.string_at(0),
    "SIGTERM": lambda: [os.kill(os.getpid(), signal.SIGTERM), time.sleep(60)],
}


@pytest.mark.parametrize("killer", KILLERS)
def test_exactly_the_message_fails_that_the_process_has_died_of(env: RemoteInterpreter, killer: str) -> None:
    x = env.put([])
    results = []
    for number in range(120):
        results.append(x.append(number))
        if number == 60:
            killed = env.run(KILLERS[killer])
    with pytest.raises(InterpreterDiedError, match="died while this was being executed"):
        killed.fetch(timeout=60)
    assert [result.fetch() for result in results] == [None] * 120
    assert x.fetch() == list(range(120))


def test_a_death_after_the_last_restart_is_told_with_its_reason_in_time(create: Create) -> None:
    env = create(max_restarts=2)
    x = env.put([1])
    for number in range(2):
        with pytest.raises(InterpreterDiedError, match="died while this was being executed"):
            env.run(os._exit, (1,)).fetch(timeout=60)
        assert (x + [number]).fetch(timeout=60) == [1, number]
    killed = env.run(os._exit, (1,))
    start = time.monotonic()
    with pytest.raises(InterpreterDiedError, match=r"has ended.*rif\.restore"):
        killed.fetch(timeout=60)
    assert time.monotonic() - start < 10
    with pytest.raises(InterpreterDiedError):
        x.fetch()


def test_status_of_an_interpreter_that_was_restarted(env: RemoteInterpreter) -> None:
    env.put([1]).fetch()
    before = env.status()
    kill(env)
    after = env.status()
    assert after["pid"] != before["pid"]
    assert after["log"]["path"] == before["log"]["path"]
    assert after["log"]["stopped"] is None


def test_an_await_goes_on_over_a_recovery(env: RemoteInterpreter) -> None:
    x = env.put([1])
    env.sync()

    async def ask() -> list[int]:
        kill(env)
        return await (x + [2])

    assert asyncio.run(ask()) == [1, 2]


def test_eager_operations_wait_for_the_recovery(create: Create) -> None:
    env = create(eager=True)
    x = env.put([1])
    kill(env)
    x.append(2)
    assert x.fetch() == [1, 2]


# ------------------------------------------------------------------------------------------------- several clients


def test_another_driver_goes_on_too(create: Create, cluster: str) -> None:
    env = create(name="shared between drivers")
    ours = env.put([1])
    env["shared"] = ours
    env.sync()
    driver = programs.Driver(cluster)
    try:
        driver.run("env = factory.get('shared between drivers'); theirs = env['shared']; theirs.append(2); env.sync()")
        kill(env)
        driver.run("theirs.append(3); assert theirs.fetch() == [1, 2, 3]")
        assert ours.fetch() == [1, 2, 3]
        assert env.status()["clients"] == 2
        kill(env)
        driver.kill()
        # It never comes back: its variables go, and ours stay.
        assert ours.fetch() == [1, 2, 3]
        eventually(lambda: env.status()["clients"] == 1, 30)
        assert env.status()["variables"] == 1
    finally:
        driver.kill()


def test_a_var_that_was_pickled_before_is_claimed_after(env: RemoteInterpreter) -> None:
    x = env.put([1])
    pickled = cloudpickle.dumps(x)
    kill(env)
    cloudpickle.loads(pickled).append(2)
    assert ray.get(_with_three.remote(x)) == [1, 2, 3]
    assert x.fetch() == [1, 2, 3]


@ray.remote
def _with_three(var: Var[list[int]]) -> list[int]:
    var.append(3)
    return var.fetch()


def test_a_task_that_holds_a_var_goes_on_over_a_recovery(env: RemoteInterpreter, tmp_path: Path) -> None:
    x = env.put([1])
    env.sync()
    task = _use_twice.remote([x], str(tmp_path))
    eventually((tmp_path / "used").exists, 30)
    kill(env)
    (tmp_path / "killed").touch()
    assert ray.get(task) == [1, 2, 3]
    assert x.fetch() == [1, 2, 3]


@ray.remote
def _use_twice(vars: list[Var[list[int]]], folder: str) -> list[int]:
    vars[0].append(2)
    vars[0].fetch()
    Path(folder, "used").touch()
    while not Path(folder, "killed").exists():
        time.sleep(0.01)
    vars[0].append(3)
    return vars[0].fetch()


def test_a_var_that_its_own_interpreter_has_unpickled(env: RemoteInterpreter) -> None:
    x = env.put([1])
    same = env.run(cloudpickle.loads, (cloudpickle.dumps(x),))
    same.append(2)
    assert x.fetch() == [1, 2]
    kill(env)
    same.append(3)
    assert x.fetch(timeout=60) == [1, 2, 3]


def test_a_forked_child_hears_of_the_end_and_its_parent_goes_on(create: Create) -> None:
    # Nothing of Ray works in it, so it cannot find the new process.
    env = create(grace=3)
    x = env.put([1])
    env.sync()
    there, here = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        code = 1
        with contextlib.suppress(BaseException):
            x.append(2)
            env.sync()
            os.write(there[1], b"!")
            os.read(here[0], 1)
            try:
                x.fetch(timeout=60)
            except InterpreterDiedError as error:
                code = 0 if "silent since" in str(error) else 2
        os._exit(code)
    assert os.read(there[0], 1) == b"!"
    kill(env)
    assert x.fetch(timeout=60) == [1, 2]
    os.write(here[1], b"!")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    for number in (*there, *here):
        os.close(number)


def test_an_object_ref_is_resolved_from_the_log(env: RemoteInterpreter) -> None:
    array = env.put(ray.put(np.arange(1000)))
    assert int(array.sum()) == 499_500
    kill(env)
    assert int(array.sum()) == 499_500


# ----------------------------------------------------------------------------------------- between interpreters


def test_calls_between_interpreters_of_which_one_dies(create: Create) -> None:
    one, two = create(), create()
    state = one.put([])
    one["deadly"] = lambda: os._exit(1)
    one["add"] = state.append
    one.sync()  # another session asks for the names

    def middle(env: RemoteInterpreter, name: str) -> str:
        try:
            return str(env[name](1).fetch() if name == "add" else env[name]().fetch())
        except InterpreterDiedError:
            return "it died"

    def outer(env: RemoteInterpreter, name: str, inner: RemoteInterpreter) -> Any:
        return env.run(middle, (inner, name)).fetch()

    assert two.run(middle, (one, "add")) == "None"
    assert one.run(outer, (two, "add", one)) == "None"
    assert state.fetch() == [1, 1]
    assert two.run(middle, (one, "deadly")).fetch(timeout=60) == "it died"
    assert state.fetch() == [1, 1]
    with pytest.raises(InterpreterDiedError):
        one.run(outer, (two, "deadly", one)).fetch(timeout=60)
    assert state.fetch() == [1, 1]
    assert two.run(middle, (one, "add")).fetch(timeout=60) == "None"
    assert state.fetch() == [1, 1, 1]


def test_two_that_have_called_each_other_recover_at_once(create: Create) -> None:
    # Each asks the other again, while neither is there: they give up after a while, and what has asked fails.
    one, two = create(), create()
    x, y = one.put([1]), two.put([2])

    assert one.run(lambda env: env.put([1, 2, 3]).fetch(), (two,)).fetch() == [1, 2, 3]
    assert two.run(lambda env: env.put([1, 2, 3]).fetch(), (one,)).fetch() == [1, 2, 3]
    pids = [env.status()["pid"] for env in (one, two)]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    assert (x.fetch(timeout=80), y.fetch(timeout=80)) == ([1], [2])


def test_through_a_relay(create: Create, tmp_path: Path) -> None:
    rif = RemoteInterpreterFactory(relay=True)
    with rif.create(record=tmp_path / "relayed.rplog", recover=True, max_restarts=3) as env:
        x = env.put([1])
        for number in range(2, 4):
            env.sync()
            kill(env)
            x.append(number)
        assert x.fetch(timeout=60) == [1, 2, 3]
        with pytest.raises(InterpreterDiedError, match="died while this was being executed"):
            env.run(os._exit, (1,)).fetch(timeout=60)
        assert env.status()["log"]["stopped"] is None


# ---------------------------------------------------------------------------------------------------- its life


def test_it_ends_when_nobody_holds_it_also_after_a_recovery(create: Create, tmp_path: Path) -> None:
    rif = RemoteInterpreterFactory()
    path = tmp_path / "dropped.rplog"
    env = rif.create(record=path, recover=True, max_restarts=3)
    x = env.put([1])
    kill(env)
    assert x.fetch() == [1]
    pid = env.status()["pid"]
    del x, env
    eventually(lambda: not os.path.exists(f"/proc/{pid}"), 20)
    report = replay(path)
    assert report, report
    assert report.problem is None
    assert not os.path.exists(f"{path}{recovery.PROGRESS}")


def test_a_detached_interpreter_recovers_when_its_creator_has_gone(
    rif: RemoteInterpreterFactory, run_program: Callable[..., str], tmp_path: Path
) -> None:
    path = tmp_path / "session.rplog"
    run_program(
        "import sys, ray\n"
        "from ray_proxy import RemoteInterpreterFactory\n"
        "ray.init(log_to_driver=False, namespace='tests')\n"
        "options = dict(name='phoenix', lifetime='detached', recover=True, max_restarts=3)\n"
        "env = RemoteInterpreterFactory().create(record=sys.argv[1], **options)\n"
        "env['model'] = {'weights': [1, 2, 3]}\n"
        "env.sync()\n",
        str(path),
    )
    with rif.get("phoenix") as env:
        for _ in range(2):
            assert env["model"].fetch() == {"weights": [1, 2, 3]}
            kill(env)
        assert env["model"].fetch() == {"weights": [1, 2, 3]}

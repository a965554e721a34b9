"""Vars and interpreters in tasks of Ray, and values between interpreters."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import cloudpickle
import numpy as np
import pytest
import ray
from conftest import eventually

import ray_proxy
from ray_proxy import (
    IRemoteInterpreter,
    RemoteInterpreter,
    RemoteInterpreterFactory,
    Var,
)

# ---------------------------------------------------------------------------------------------- Vars abroad


def test_a_var_works_in_a_ray_task(first: RemoteInterpreter) -> None:
    @ray.remote
    def task(argument: Any) -> Any:
        var = argument["deep"][0]
        var.append(2)
        return (type(var).__name__, var.fetch(), var.env.id)

    var = first.put([1])
    assert ray.get(task.remote({"deep": [var]})) == ("Var", [1, 2], first.id)
    assert var.fetch() == [1, 2]


def test_a_var_works_in_many_tasks_at_once(first: RemoteInterpreter) -> None:
    @ray.remote(num_cpus=0)
    def task(var: Any, number: int) -> int:
        return int(var[number])

    var = first.put(list(range(4)))
    assert ray.get([task.remote(var, number) for number in range(4)]) == [0, 1, 2, 3]


def test_a_var_in_its_own_interpreter_is_the_object(first: RemoteInterpreter) -> None:
    var = first.put([1])
    pickled = cloudpickle.dumps(var)
    assert first.run(lambda data: __import__("pickle").loads(data) is var, (pickled,))


def test_a_pickled_var_is_the_same_variable_here(first: RemoteInterpreter) -> None:
    var = first.put([1])
    cloudpickle.loads(cloudpickle.dumps(var)).append(2)
    assert var.fetch() == [1, 2]


def test_an_interpreter_works_in_a_ray_task(first: RemoteInterpreter) -> None:
    @ray.remote
    def task(env: IRemoteInterpreter) -> None:
        env["from the task"] = 5
        env.sync()  # what several clients do has no order but the one that their waits give it

    ray.get(task.remote(first))
    assert first["from the task"] == 5
    del first["from the task"]


def test_a_task_frees_what_it_made(rif: RemoteInterpreterFactory) -> None:
    @ray.remote
    def task(env: IRemoteInterpreter) -> int:
        return int(env.put([1])[0])

    with rif.create() as env:
        env.sync()
        before = env.status()["variables"]
        assert ray.get(task.remote(env)) == 1
        eventually(lambda: env.status()["variables"] == before)


def test_variables_of_a_driver_that_ended_are_gone(
    rif: RemoteInterpreterFactory, run_program: Callable[..., str]
) -> None:
    with rif.create(name="visited") as env:
        env.sync()
        run_program(
            "import ray, ray_proxy\n"
            "ray.init(namespace='tests', log_to_driver=False)\n"
            "env = ray_proxy.RemoteInterpreterFactory()['visited']\n"
            "kept = [env.put([n]) for n in range(10)]\n"
            "env.sync()\n"
            "env['named'] = kept[3]\n"
        )
        eventually(lambda: env.status()["variables"] == 0)
        assert env["named"].fetch() == [3]


# ------------------------------------------------------------------------------------ between interpreters


def test_small_operands_move_in_frames(first: RemoteInterpreter, second: RemoteInterpreter) -> None:
    assert (first.put([1]) + second.put([2])).fetch() == [1, 2]


def test_interpreters_send_to_each_other_a_thousand_times(first: RemoteInterpreter, second: RemoteInterpreter) -> None:
    here, there = first.put([1]), second.put([2])
    problems: list[BaseException] = []

    def send(target: RemoteInterpreter, var: Var[Any], expected: list[int]) -> None:
        try:
            for _ in range(1000):
                assert target.put(var).fetch(timeout=60) == expected
        except BaseException as problem:
            problems.append(problem)

    threads = [
        threading.Thread(target=send, args=(second, here, [1])),
        threading.Thread(target=send, args=(first, there, [2])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)
    assert problems == []


def test_interpreters_in_the_middle_of_calls_on_each_others_values(
    first: RemoteInterpreter, second: RemoteInterpreter
) -> None:
    here, there = first.put([0]), second.put([0])

    def work(theirs: Any) -> int:
        """Runs in one interpreter, on a value of the other, which does the same at that moment."""
        for _ in range(500):
            theirs[0] += 1
            if not theirs[0] > 0:
                raise AssertionError
        return 500

    # A plain pickle keeps the Var a Var: as an argument it would be moved to where the function runs.
    pickled_here, pickled_there = cloudpickle.dumps(here), cloudpickle.dumps(there)
    in_first = first.run(lambda data: work(cloudpickle.loads(data)), (pickled_there,))
    in_second = second.run(lambda data: work(cloudpickle.loads(data)), (pickled_here,))
    for result in (in_first, in_second):
        assert result.fetch(timeout=100) == 500
    assert ray_proxy.fetch(here[0], there[0]) == (500, 500)


def test_a_call_that_comes_back_to_its_own_interpreter(first: RemoteInterpreter, second: RemoteInterpreter) -> None:
    values = first.put([1])
    back = cloudpickle.dumps(values)
    helper = second.put(lambda: cloudpickle.loads(back).append(2).fetch())
    pickled_helper = cloudpickle.dumps(helper)

    def outer() -> list[int]:
        cloudpickle.loads(pickled_helper)().fetch()
        return list(values)

    assert first.run(outer).fetch(timeout=30) == [1, 2]


def test_a_var_that_comes_home_in_a_value_is_its_object(first: RemoteInterpreter, second: RemoteInterpreter) -> None:
    values = first.put([1])
    pickled = cloudpickle.dumps(values)
    bringer = cloudpickle.dumps(second.put(lambda: {"brought": cloudpickle.loads(pickled)}))

    def outer() -> bool:
        # The value comes with a reply, while its lease comes on another connection.
        return all(cloudpickle.loads(bringer)().fetch()["brought"] is values for _ in range(20))

    assert first.run(outer).fetch(timeout=60)


def test_what_is_sent_between_nested_calls_holds_none_of_them_up(
    first: RemoteInterpreter, second: RemoteInterpreter
) -> None:
    values = cloudpickle.dumps(first.put([5]))

    def in_second() -> int:
        loaded = cloudpickle.loads(values)
        temporary = [loaded[0] + number for number in range(10)]  # dropped when this has returned
        return int(temporary[-1])

    bringer = cloudpickle.dumps(second.put(in_second))

    def in_first() -> list[int]:
        results = []
        for _ in range(5):
            results.append(cloudpickle.loads(bringer)().fetch())
            time.sleep(0.01)  # in this time the other process tells us what it has dropped
        return results

    assert first.run(in_first).fetch(timeout=60) == [14] * 5


def test_wait_inside_an_interpreter_serves_nested_calls(first: RemoteInterpreter, second: RemoteInterpreter) -> None:
    values = cloudpickle.dumps(first.put([5]))
    bringer = cloudpickle.dumps(second.put(lambda: int(cloudpickle.loads(values)[0])))

    def in_first() -> tuple[int, int]:
        done, _ = ray_proxy.wait([cloudpickle.loads(bringer)()], timeout=30)
        completed = list(ray_proxy.as_completed([cloudpickle.loads(bringer)()], timeout=30))
        return len(done), len(completed)

    assert first.run(in_first).fetch(timeout=70) == (1, 1)


def test_a_claim_of_a_var_that_was_stale_when_it_was_pickled_is_an_error(
    rif: RemoteInterpreterFactory, second: RemoteInterpreter
) -> None:
    with rif.create() as env:
        var = env.put([1])
        env.delete_unnamed_vars()
        pickled = cloudpickle.dumps(var)
        with pytest.raises(ray_proxy.StaleVarError):
            second.run(lambda: cloudpickle.loads(pickled).fetch()).fetch(timeout=8)
        with pytest.raises(ray_proxy.StaleVarError):
            env.sync()  # pickling it has failed, too


def test_a_moved_value_outlives_the_session_with_its_source(
    rif: RemoteInterpreterFactory, second: RemoteInterpreter
) -> None:
    source = rif.create()
    theirs = source.run(np.ones, (500_000,))
    second.run(time.sleep, (0.5,))
    moved = second.put(theirs)
    del source, theirs
    assert moved.sum().fetch(timeout=60) == 500_000

"""Interpreters on a real Ray: placing, finding, sharing and ending them, and what travels."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pytest
import ray
from conftest import eventually

import ray_proxy
from ray_proxy import (
    InterpreterDiedError,
    InterpreterNotFoundError,
    IRemoteInterpreter,
    RemoteInterpreter,
    RemoteInterpreterFactory,
    Var,
)
from ray_proxy.cluster.mailbox import NAME, NAMESPACE


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def left_in_mailbox() -> int:
    count: int = ray.get(ray.get_actor(NAME, NAMESPACE).count.remote())
    return count


# -------------------------------------------------------------------------------------------------- factory


def test_the_factory_takes_the_module_ray_or_nothing(cluster: str) -> None:
    RemoteInterpreterFactory(ray)
    RemoteInterpreterFactory()
    with pytest.raises(TypeError, match="the module ray"):
        RemoteInterpreterFactory("ray")


def test_an_interpreter_is_what_its_abstract_base_says(first: RemoteInterpreter) -> None:
    assert isinstance(first, IRemoteInterpreter)


def test_user_code_runs_on_the_main_thread_of_another_process(first: RemoteInterpreter) -> None:
    assert first.run(os.getpid) != os.getpid()
    assert first.run(lambda: threading.current_thread() is threading.main_thread())


def test_a_named_interpreter_is_found(rif: RemoteInterpreterFactory) -> None:
    with rif.create(name="found") as env:
        env["x"] = 1
        assert rif.get("found").id == rif["found"].id == rif.get_or_create("found").id == env.id
        assert rif["found"]["x"] == 1


def test_get_or_create_creates(rif: RemoteInterpreterFactory) -> None:
    with rif.get_or_create("made", num_cpus=0) as env:
        assert rif["made"].id == env.id


def test_destroy_by_name(rif: RemoteInterpreterFactory) -> None:
    pid = int(rif.create(name="gone", lifetime="detached").run(os.getpid))
    rif.destroy("gone")
    eventually(lambda: not is_alive(pid))
    with pytest.raises(InterpreterNotFoundError, match="no interpreter named 'gone'"):
        rif.get("gone")


def test_an_actor_that_is_no_interpreter_is_refused(rif: RemoteInterpreterFactory) -> None:
    @ray.remote
    class Plain:
        pass

    plain = Plain.options(name="plain").remote()
    with pytest.raises(InterpreterNotFoundError, match="is no interpreter"):
        rif.get("plain")
    del plain


def test_options_that_would_take_user_code_off_the_main_thread_are_refused(rif: RemoteInterpreterFactory) -> None:
    for option in ("max_concurrency", "concurrency_groups"):
        with pytest.raises(ValueError, match=option):
            rif.create(**{option: 2})


def test_options_of_ray_pass_through(rif: RemoteInterpreterFactory) -> None:
    with rif.create(num_cpus=2, runtime_env={"env_vars": {"MY_OPTION": "given"}}) as env:
        assert env.run(os.getenv, ("MY_OPTION",)) == "given"
        assert env.run(lambda: ray.get_runtime_context().get_assigned_resources()["CPU"]) == 2.0
    with pytest.raises(ValueError, match="no_such_option"):
        rif.create(no_such_option=1)


def test_a_runtime_env_that_fails_is_an_error_and_no_hang(rif: RemoteInterpreterFactory) -> None:
    env = rif.create(runtime_env={"pip": ["/no/such/package"]})
    with pytest.raises(InterpreterDiedError, match="could not be started"):
        env.put([1]).fetch(timeout=60)


def test_waiting_for_resources_is_said(rif: RemoteInterpreterFactory, monkeypatch: Any, caplog: Any) -> None:
    monkeypatch.setattr("ray_proxy.cluster.link._WARN_AFTER", 0.1)
    with caplog.at_level(logging.WARNING, "ray_proxy"):
        env = rif.create(num_gpus=64)
        eventually(lambda: "Still waiting for Ray to place the interpreter" in caplog.text)
    with pytest.raises(TimeoutError):
        env.put([1]).fetch(timeout=0.1)
    env.destroy()
    with pytest.raises(InterpreterDiedError):
        env.put([1]).fetch(timeout=10)


def test_status_counts_variables_and_clients_while_user_code_runs(rif: RemoteInterpreterFactory) -> None:
    with rif.create() as env:
        kept = env.put([1])
        env.sync()
        status = env.status()
        assert (status["variables"], status["clients"], status["busy"]) == (1, 1, False)
        sleeping = env.run(time.sleep, (1.5,))
        env.session.flush()
        eventually(lambda: env.status()["busy"], 1.2)
        sleeping.fetch()
        del kept


def test_host_and_label(first: RemoteInterpreter) -> None:
    import socket

    assert first.get_host() == socket.gethostname()
    assert repr(first.put("10")) == f"Var@{socket.gethostname()}[{first.id[:5]}]:'10'"


# --------------------------------------------------------------------------------------------------- eager


def test_eager_interpreter(rif: RemoteInterpreterFactory) -> None:
    with rif.create(eager=True) as env:
        values = env.put([1])
        assert not hasattr(values, "nope")
        with pytest.raises(IndexError):
            values[100]
        with pytest.raises(TypeError):
            values + 1


# ----------------------------------------------------------------------------------------- many at one time


def test_two_interpreters_work_at_the_same_time(
    first: RemoteInterpreter, second: RemoteInterpreter, tmp_path: Path
) -> None:
    def meet(mine: Path, other: Path) -> bool:
        mine.touch()
        until = time.monotonic() + 30
        while not other.exists() and time.monotonic() < until:
            time.sleep(0.001)
        return other.exists()

    one, two = tmp_path / "one", tmp_path / "two"
    assert ray_proxy.fetch(first.run(meet, (one, two)), second.run(meet, (two, one))) == (True, True)


def test_as_completed_and_wait_over_interpreters(first: RemoteInterpreter, second: RemoteInterpreter) -> None:
    slow, fast = first.run(time.sleep, (1,)), second.run(time.sleep, (0,))
    done, waiting = ray_proxy.wait([slow, fast], num_returns=1)
    assert done[0] is fast
    assert waiting[0] is slow
    assert [var is slow for var in ray_proxy.as_completed([slow, fast])] == [False, True]


def test_results_of_a_long_frame_come_as_they_are_ready(first: RemoteInterpreter) -> None:
    quick = first.put(1) + 1
    first.run(time.sleep, (0.02,))
    slow = first.run(time.sleep, (1,))
    done, waiting = ray_proxy.wait([quick, slow])
    assert done[0] is quick
    assert waiting[0] is slow


def test_many_threads_use_one_interpreter(first: RemoteInterpreter) -> None:
    counter = first.put({"n": 0})
    results: list[int] = []

    def work(number: int) -> None:
        var = first.put(number)
        for _ in range(50):
            var = var + 1
            if not var > 0:
                return
        counter["n"] += 1
        results.append(int(var))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(results) == [number + 50 for number in range(8)]


def test_a_second_driver_uses_an_interpreter_that_is_being_served(
    rif: RemoteInterpreterFactory, run_program: Callable[..., str]
) -> None:
    with rif.create(name="shared") as env:
        env["list"] = [1]
        env.sync()
        printed = run_program(
            "import ray, ray_proxy\n"
            "ray.init(namespace='tests', log_to_driver=False)\n"
            "env = ray_proxy.RemoteInterpreterFactory(ray)['shared']\n"
            "env['list'].append(2)\n"
            "print(env['list'].fetch(), env.status()['clients'])\n"
        )
        assert printed.split("\n")[0] == "[1, 2] 2"
        assert env["list"].fetch() == [1, 2]
        eventually(lambda: env.status()["clients"] == 1)


def test_a_detached_interpreter_outlives_its_creator(
    rif: RemoteInterpreterFactory, run_program: Callable[..., str]
) -> None:
    run_program(
        "import ray, ray_proxy\n"
        "ray.init(namespace='tests', log_to_driver=False)\n"
        "env = ray_proxy.RemoteInterpreterFactory(ray).create(name='model', lifetime='detached')\n"
        "env['weights'] = [1, 2]\n"  # nothing waits: it must be sent nevertheless before the process ends
    )
    assert rif["model"]["weights"].fetch() == [1, 2]
    rif.destroy("model")


def test_many_tasks_of_an_event_loop(first: RemoteInterpreter, second: RemoteInterpreter) -> None:
    async def one(env: RemoteInterpreter, number: int) -> int:
        value: int = await (env.put(number) + 1)
        return value

    async def main() -> list[int]:
        return await asyncio.gather(*[one(env, number) for number in range(100) for env in (first, second)])

    assert asyncio.run(main()) == [number + 1 for number in range(100) for _ in (1, 2)]


def test_an_event_loop_goes_on_while_a_var_is_awaited(first: RemoteInterpreter) -> None:
    async def main() -> int:
        ticks = 0
        waiting = asyncio.ensure_future(_value(first.run(time.sleep, (0.5,))))
        while not waiting.done():
            await asyncio.sleep(0.01)
            ticks += 1
        return ticks

    async def _value(var: Var[Any]) -> Any:
        return await var

    assert asyncio.run(main()) > 5


def test_async_with_and_async_for(first: RemoteInterpreter) -> None:
    class Source:
        def __init__(self) -> None:
            self.open = False

        async def __aenter__(self) -> Source:
            self.open = True
            return self

        async def __aexit__(self, *exc_info: Any) -> None:
            self.open = False

        async def items(self) -> Any:
            for item in range(3):
                await asyncio.sleep(0)
                yield item

    async def main() -> list[Any]:
        var = first.put(Source())
        async with var as source:
            assert source.open
            items = [await item async for item in source.items()]
        assert not var.open
        return items

    assert asyncio.run(main()) == [0, 1, 2]


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


# --------------------------------------------------------------------------------------------- bulk values


def test_a_bulk_value_there_and_back(first: RemoteInterpreter) -> None:
    big = np.random.default_rng(0).random(13_000_000)  # 104 MB
    remote = first.put(big)
    back = remote.fetch()
    np.testing.assert_array_equal(back, big)
    assert left_in_mailbox() == 0


def test_bulk_values_arrive_writable(first: RemoteInterpreter) -> None:
    big = np.zeros(500_000)
    remote = first.put(big)
    remote += 1
    remote[0] = 5
    back = remote.fetch()
    back[1] = 7
    assert (back[0], back[1], back[2], big[0]) == (5, 7, 1, 0)


def test_fetch_without_a_copy_is_read_only(first: RemoteInterpreter) -> None:
    view = first.put(np.zeros(500_000)).fetch(copy=False)
    assert not view.flags.writeable


def test_the_bytes_of_a_bulk_array_pass_through_no_pickle(first: RemoteInterpreter) -> None:
    big = np.zeros(5_000_000)
    operand = first.session.codec.dump([big, {"again": big}])
    assert type(operand).__name__ == "Bulk"
    head, *buffers = first.session.codec.store.take(operand.token)  # type: ignore[union-attr]
    assert len(head) < 1000
    assert [buffer.nbytes for buffer in buffers] == [40_000_000]


def test_large_values_without_buffers(first: RemoteInterpreter) -> None:
    for value in (b"x" * 3_000_000, "ä" * 3_000_000, list(range(500_000)), {str(i): i for i in range(200_000)}):
        assert first.put(value).fetch() == value
    assert left_in_mailbox() == 0


def test_many_large_arguments_of_one_call(first: RemoteInterpreter) -> None:
    many = [np.full(100_000, number, dtype=np.uint8) for number in range(200)]  # 20 MB, none of them bulk alone
    assert first.run(lambda *arrays: sum(int(array[0]) for array in arrays), many) == sum(range(200))


def test_many_large_results_of_one_frame(first: RemoteInterpreter) -> None:
    many = [first.run(bytes, (900_000,)) for _ in range(100)]
    assert {len(value) for value in ray_proxy.fetch(*many)} == {900_000}


def test_ref_is_made_in_the_interpreter(first: RemoteInterpreter) -> None:
    reference = ray_proxy.ref(first.put([1, 2]))
    assert isinstance(reference, ray.ObjectRef)
    assert ray.get(reference) == [1, 2]


def test_put_of_an_object_ref_takes_the_value_from_ray(first: RemoteInterpreter) -> None:
    reference = ray.put(np.arange(500_000))
    remote = first.put(reference)
    remote[0] = 9  # writable, though Ray's own copy is not
    assert remote[:2].fetch().tolist() == [9, 1]
    assert ray.get(reference)[0] == 0


def test_an_object_ref_inside_an_argument_stays_one(first: RemoteInterpreter) -> None:
    reference = ray.put("value")
    assert first.run(
        lambda argument: (type(argument["ref"]).__name__, ray.get(argument["ref"])), ({"ref": reference},)
    ).fetch() == (
        "ObjectRef",
        "value",
    )
    assert first.run(lambda ref: ray.get(ref), (reference,)) == "value"


def test_an_object_ref_comes_back_as_one(first: RemoteInterpreter) -> None:
    reference = first.run(lambda: [ray.put("made there")]).fetch()[0]
    assert ray.get(reference) == "made there"


def test_an_abandoned_bulk_answer_does_not_stay_in_the_mailbox(first: RemoteInterpreter) -> None:
    first.run(time.sleep, (0.3,))
    big = first.run(np.zeros, (500_000,))
    with pytest.raises(TimeoutError):
        big.fetch(timeout=0.05)
    assert len(big.fetch()) == 500_000
    eventually(lambda: left_in_mailbox() == 0)


# ------------------------------------------------------------------------------------ between interpreters


def test_an_operand_moves_without_touching_this_process(first: RemoteInterpreter, second: RemoteInterpreter) -> None:
    size = 13_000_000  # 104 MB
    left, right = first.run(np.ones, (size,)), second.run(np.ones, (size,))
    ray_proxy.fetch(left[0], right[0])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    total = left + right
    assert total.env.id == first.id
    assert total.sum() == 2.0 * size
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert (after - before) * 1024 < 50_000_000
    assert left_in_mailbox() == 0


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


# ----------------------------------------------------------------------------------- what is left behind


def test_bulk_arguments_of_a_call_that_fails_do_not_stay_in_the_mailbox(first: RemoteInterpreter) -> None:
    big = np.zeros(500_000)
    failed = first.put({})["missing"]
    with pytest.raises(KeyError):
        first.run(len, (failed, big)).fetch()
    with pytest.raises(ray_proxy.NotPicklableError):
        first.run(len, (big, threading.Lock()))
    eventually(lambda: left_in_mailbox() == 0)


def test_bulk_values_on_their_way_to_a_destroyed_interpreter_do_not_stay(rif: RemoteInterpreterFactory) -> None:
    env = rif.create()
    env.run(time.sleep, (30,))
    on_their_way = [env.put(np.zeros(500_000)) for _ in range(3)]
    env.session.flush()
    env.destroy()
    del on_their_way
    eventually(lambda: left_in_mailbox() == 0)


def test_a_mailbox_that_was_killed_is_replaced(first: RemoteInterpreter) -> None:
    big = np.zeros(500_000)
    first.put(big).fetch()
    ray.kill(ray.get_actor(NAME, NAMESPACE))

    def works() -> bool:
        try:
            return len(first.put(big).fetch(timeout=60)) == len(big)
        except ray_proxy.BulkTransferError:
            return False  # what was under way is lost, and says so

    eventually(works, 60)


def test_a_forked_child_uses_its_parents_vars(run_program: Callable[..., str]) -> None:
    printed = run_program(
        "import os, sys, ray, ray_proxy\n"
        "ray.init(log_to_driver=False)\n"
        "var = ray_proxy.RemoteInterpreterFactory().create().put([1])\n"
        "var.fetch()\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    print((var + [2]).fetch(), flush=True)\n"
        "    os._exit(0)\n"
        "os.waitpid(child, 0)\n"
        "print((var + [3]).fetch())\n"
    )
    assert printed == "[1, 2]\n[1, 3]\n"


# ---------------------------------------------------------------------------------------------------- its end


def test_dropping_the_last_handle_ends_the_process(rif: RemoteInterpreterFactory) -> None:
    env = rif.create()
    var = env.put([1])
    pid = int(env.run(os.getpid))
    del env
    assert var.fetch() == [1]  # a Var is a handle too
    del var
    eventually(lambda: not is_alive(pid), 10)


def test_an_interpreter_goes_on_for_its_other_clients(rif: RemoteInterpreterFactory) -> None:
    @ray.remote
    class Holder:
        def __init__(self, env: IRemoteInterpreter) -> None:
            self.var = env.put([1])

        def value(self) -> Any:
            return self.var.fetch()

    env = rif.create()
    holder = Holder.remote(env)
    assert ray.get(holder.value.remote()) == [1]
    pid = int(env.run(os.getpid))
    del env
    assert ray.get(holder.value.remote()) == [1]
    del holder
    eventually(lambda: not is_alive(pid))


def test_destroy_ends_the_process_at_once(rif: RemoteInterpreterFactory) -> None:
    env = rif.create()
    var = env.put([1])
    pid = int(env.run(os.getpid))
    folder = os.path.dirname(ray_proxy.cluster.published.find(env.id).address.path)  # type: ignore[union-attr]
    env.destroy()
    eventually(lambda: not is_alive(pid))
    with pytest.raises(InterpreterDiedError):
        var.fetch()
    assert not os.path.exists(folder)
    assert ray_proxy.cluster.published.find(env.id) is None


def test_an_interpreter_that_dies_is_an_error_with_the_reason(rif: RemoteInterpreterFactory) -> None:
    env = rif.create()
    env.sync()
    with pytest.raises(InterpreterDiedError, match="has ended. The actor is dead because its worker process has died"):
        env.run(os._exit, (3,)).fetch(timeout=60)
    with pytest.raises(InterpreterDiedError):
        env.put([1]).fetch()


def test_the_socket_folder_of_an_interpreter_that_ended_is_removed(rif: RemoteInterpreterFactory) -> None:
    env = rif.create()
    env.sync()
    folder = os.path.dirname(ray_proxy.cluster.published.find(env.id).address.path)  # type: ignore[union-attr]
    assert os.path.exists(folder)
    del env
    eventually(lambda: not os.path.exists(folder))


def test_a_restarted_interpreter_is_reached_anew(rif: RemoteInterpreterFactory) -> None:
    env = rif.create(name="restarted", max_restarts=1)
    env["x"] = 1
    env.sync()
    with pytest.raises(InterpreterDiedError):
        env.run(os._exit, (1,)).fetch(timeout=60)

    def is_back() -> bool:
        try:
            return "x" not in rif["restarted"]
        except InterpreterDiedError:
            return False

    eventually(is_back, 30)
    rif.destroy("restarted")


def test_after_ray_shutdown_nothing_starts_a_new_ray(run_program: Callable[..., str]) -> None:
    printed = run_program(
        "import ray, ray_proxy\n"
        "ray.init(log_to_driver=False)\n"
        "rif = ray_proxy.RemoteInterpreterFactory()\n"
        "var = rif.create().put([1])\n"
        "var.fetch()\n"
        "unused = rif.create()\n"
        "ray.shutdown()\n"
        "try:\n"
        "    (var + [1]).fetch()\n"
        "except ray_proxy.InterpreterDiedError as error:\n"
        "    print(error)\n"
        "print(ray.is_initialized())\n"
    )
    assert "Ray was shut down in this process" in printed
    assert printed.endswith("False\n")


def test_work_that_is_not_done_when_a_program_ends_is_said(run_program: Callable[..., str]) -> None:
    printed = run_program(
        "import logging, sys, time, ray, ray_proxy\n"
        "logging.basicConfig(stream=sys.stdout)\n"
        "ray_proxy.session.session.PATIENCE = 0.5\n"
        "ray.init(log_to_driver=False)\n"
        "env = ray_proxy.RemoteInterpreterFactory().create()\n"
        "call = env.run(time.sleep, (30,))\n"
    )
    assert "is still at work for it" in printed

"""The life of a remote value: as long as anybody can reach it, wherever the Var has gone, and no longer."""

from __future__ import annotations

import gc
import multiprocessing
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import cloudpickle
import pytest
import ray
from conftest import LoopbackInterpreter, eventually

from ray_proxy import RemoteInterpreter, RemoteInterpreterFactory, Var


@pytest.fixture
def env(rif: RemoteInterpreterFactory) -> Iterator[RemoteInterpreter]:
    env = rif.create(lease=12)  # time enough for a worker to start on a busy machine
    env.sync()
    yield env
    env.destroy()


def variables(env: RemoteInterpreter) -> int:
    count: int = env.status()["variables"]
    return count


# -------------------------------------------------------------------------------------------- the end of a Var


def test_a_dropped_var_is_freed_at_the_next_frame(env: RemoteInterpreter) -> None:
    x, y = env.put([1]), env.put([2])
    env.sync()
    del x
    y.fetch()
    assert variables(env) == 1


def test_a_dropped_var_is_freed_within_a_second_though_nothing_is_asked(env: RemoteInterpreter) -> None:
    x = env.put([1])
    env.sync()
    time.sleep(0.3)  # the ticker has gone to rest
    del x
    eventually(lambda: variables(env) == 0, 3)


def test_vars_in_cycles_are_freed_by_the_garbage_collection(env: RemoteInterpreter) -> None:
    for number in range(100):
        cycle: list[Any] = [env.put([number])]
        cycle.append(cycle)
    del cycle
    gc.collect()
    env.sync()
    assert variables(env) == 0


def test_vars_dropped_in_a_finalizer_of_the_garbage_collection_block_nobody(env: RemoteInterpreter) -> None:
    class Holder:
        def __init__(self) -> None:
            self.me = self
            self.var = env.put([1])

        def __del__(self) -> None:
            self.var = self.var + [2]  # even an operation

    for _ in range(50):
        Holder()
    gc.collect()
    env.sync()
    eventually(lambda: variables(env) == 0, 3)


def test_vars_dropped_by_many_threads_are_all_freed(env: RemoteInterpreter) -> None:
    def work() -> None:
        for number in range(200):
            env.put([number]) + [1]

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    env.sync()
    eventually(lambda: variables(env) == 0, 3)


def test_many_that_were_dropped_leave_nothing_that_later_operations_look_through() -> None:
    env = LoopbackInterpreter.make()
    n = env.put(1)
    made = [n + i for i in range(20_000)]
    del made
    assert n + 1 == 2
    assert env.session.dead.__sizeof__() < 10_000


def test_a_program_that_ends_with_vars_in_every_place_ends_quietly(run_program: Callable[..., str]) -> None:
    printed = run_program(
        "import atexit, sys, threading, weakref, ray\n"
        "from ray_proxy import RemoteInterpreterFactory\n"
        "ray.init(log_to_driver=False)\n"
        "sys.stderr = sys.stdout\n"
        "env = RemoteInterpreterFactory().create()\n"
        "kept = [env.put([number]) for number in range(10)]\n"
        "kept.append(kept)\n"
        "class Late:\n"
        "    var = env.put('late')\n"
        "    def __del__(self):\n"
        "        del self.__class__.var\n"
        "late = Late()\n"
        "atexit.register(lambda: print('at exit', kept[0].fetch()))\n"
        "threading.local().var = env.put('local')\n"
        "sys.modules['held'] = late\n"
        "kept[0].fetch()\n"
    )
    assert printed == "at exit [0]\n"


def test_the_object_itself_is_let_go(env: RemoteInterpreter) -> None:
    def make() -> Any:
        import builtins

        class Thing:
            pass

        thing = Thing()
        builtins.watched = weakref.ref(thing)  # type: ignore[attr-defined]
        return thing

    def is_alive() -> bool:
        import builtins

        return builtins.watched() is not None  # type: ignore[attr-defined,no-any-return]

    thing = env.run(make)
    assert env.run(is_alive).fetch()
    del thing
    assert not env.run(is_alive).fetch()


# ------------------------------------------------------------------------------------------ a Var that travels


@ray.remote
def _use(vars: list[Var[Any]]) -> Any:
    return vars[0].fetch()


@ray.remote
def _make(env: RemoteInterpreter) -> list[Var[Any]]:
    return [env.put(["made there"])]


@pytest.mark.faults  # slow: a lease has to end
def test_a_var_in_the_object_store_works_for_many_receivers_and_is_freed_after(env: RemoteInterpreter) -> None:
    x = env.put([1])
    reference = ray.put([x])
    del x
    assert ray.get([_use.remote([reference][0]) for _ in range(4)]) == [[1]] * 4
    del reference
    eventually(lambda: variables(env) + env.status()["leases"] == 0, 36)


@pytest.mark.faults
def test_a_var_returned_by_a_task_outlives_the_task_and_its_lease(env: RemoteInterpreter) -> None:
    (x,) = ray.get(_make.remote(env))
    eventually(lambda: env.status()["leases"] == 0, 36)
    assert x.fetch() == ["made there"]
    del x
    eventually(lambda: variables(env) + env.status()["leases"] == 0, 36)


def test_a_var_sent_to_a_thread_works_there(env: RemoteInterpreter) -> None:
    x = env.put([1])
    got: list[Any] = []
    thread = threading.Thread(target=lambda var: got.append((var + [2]).fetch()), args=(x,))
    thread.start()
    thread.join()
    assert got == [[1, 2]]


def _in_spawned(pickle: bytes, address: str, answer: Any) -> None:
    ray.init(address=address, log_to_driver=False)
    answer.send(cloudpickle.loads(pickle).fetch())
    answer.recv()


@pytest.mark.faults
def test_a_var_sent_to_a_spawned_process_works_there_though_its_sender_drops_it(
    env: RemoteInterpreter, cluster: str
) -> None:
    x = env.put([1])
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    child = context.Process(target=_in_spawned, args=(cloudpickle.dumps(x), cluster, theirs))
    child.start()
    del x
    try:
        assert ours.poll(60)
        assert ours.recv() == [1]
        ours.send("end")
    finally:
        child.join(30)
    eventually(lambda: variables(env) + env.status()["leases"] == 0, 36)


def test_a_var_works_in_the_workers_of_a_forked_pool(env: RemoteInterpreter) -> None:
    x = env.put([1])
    x.fetch()
    with multiprocessing.get_context("fork").Pool(3, _remember, (x,)) as pool:
        assert pool.map(_add, range(20)) == [[1, number] for number in range(20)]
    eventually(lambda: variables(env) == 1, 15)


_remembered: list[Var[Any]] = []


def _remember(var: Var[Any]) -> None:
    _remembered.append(var)


def _add(number: int) -> Any:
    return (_remembered[0] + [number]).fetch()


def test_inside_its_own_interpreter_a_var_is_the_object_itself(env: RemoteInterpreter) -> None:
    x = env.put([1])
    assert env.run(lambda: isinstance(x, Var)).fetch() is False
    assert env.run(lambda: x).fetch() == [1]
    assert env.run(lambda y: x is y, (x,)).fetch() is True

"""Vars as arguments and results of the processes that Python's own pools, queues and pipes know, and Ray does not."""

from __future__ import annotations

import multiprocessing
import pickle
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.pool import Pool
from typing import Any

import numpy as np
import pytest
import ray
from conftest import eventually
from joblib.externals import loky

from ray_proxy import RemoteInterpreter, RemoteInterpreterFactory, Var
from ray_proxy.cluster import published
from ray_proxy.cluster.remote import ActorHandle, attach
from ray_proxy.var.pickled import load

SOON = 30.0
FORK = multiprocessing.get_context("fork")


def value(var: Any) -> Any:
    return var.fetch()


def error(var: Any) -> str:
    """What using it raises, within 10 s."""
    began = time.monotonic()
    try:
        var.fetch()
    except Exception as error:
        assert time.monotonic() < began + 10
        return f"{type(error).__name__}: {error}"
    return "none"


def lengthened(var: Var[list[int]]) -> Var[list[int]]:
    return var + [2]


def size_of(var: Any) -> int:
    return len((var * 2).fetch())


def ask_pipe(pipe: Any) -> None:
    pipe.send(pipe.recv().fetch())


def error_of_pickle(data: bytes) -> str:
    return error(pickle.loads(data))


def use_all(pool: Pool, env: RemoteInterpreter, other: RemoteInterpreter) -> None:
    """Small values, large ones, a Var made there, an interpreter: each as an argument of a task."""
    small, large = env.put([1]), env.put(np.zeros(300_000))
    assert pool.map_async(value, [small] * 4).get(SOON) == [[1]] * 4
    assert pool.apply_async(size_of, (large,)).get(SOON) == 300_000
    assert pool.apply_async(lengthened, (small,)).get(SOON).fetch() == [1, 2]
    failed = env.put(1) / 0
    assert pool.apply_async(error, (failed,)).get(SOON).startswith("ZeroDivisionError")
    assert error(failed).startswith("ZeroDivisionError")  # seen here, too: `sync` has nothing to raise later
    assert pool.apply_async(pid_of, (env,)).get(SOON) == env.status()["pid"]
    assert pool.apply_async(put_into, (env, other)).get(SOON) == other.get_host()


def put_into(env: RemoteInterpreter, other: RemoteInterpreter) -> Any:
    """The host of an interpreter, as another one finds it."""
    return env.run(lambda: other.get_host()).fetch()


def pid_of(env: RemoteInterpreter) -> Any:
    return env.status()["pid"]


@pytest.fixture
def env(first: RemoteInterpreter) -> Iterator[RemoteInterpreter]:
    first.sync()
    return first


def test_a_var_works_as_the_argument_of_a_forked_pool(env: RemoteInterpreter, second: RemoteInterpreter) -> None:
    with FORK.Pool(2) as pool:
        use_all(pool, env, second)


def test_a_var_works_in_a_forked_executor_a_queue_and_a_pipe(env: RemoteInterpreter) -> None:
    var = env.put([1])
    with ProcessPoolExecutor(1, mp_context=FORK) as executor:
        assert executor.submit(value, var).result(SOON) == [1]
    given: Any = FORK.Queue()
    ours, theirs = FORK.Pipe()
    answers: Any = FORK.Queue()
    children = [
        FORK.Process(target=lambda: answers.put(given.get().fetch())),
        FORK.Process(target=ask_pipe, args=(theirs,)),
    ]
    for child in children:
        child.start()
    given.put(var)
    ours.send(var)
    assert answers.get(timeout=SOON) == [1]
    assert ours.poll(SOON)
    assert ours.recv() == [1]
    for child in children:
        child.join(SOON)


def test_a_var_in_a_process_that_was_forked_before_its_interpreter_says_so(
    rif: RemoteInterpreterFactory, cluster: str
) -> None:
    with FORK.Pool(1) as pool:
        assert pool.apply_async(int).get(SOON) == 0
        with rif.create() as env:
            told = pool.apply_async(error, (env.put([1]),)).get(SOON)
            assert told.startswith("InterpreterDiedError: ")
            assert "forked before" in told
            assert "env.sync()" in told
            assert pool.apply_async(error, (env.put([1]),)).get(SOON) == told
        assert pool.apply_async(int).get(SOON) == 0


def test_so_does_one_of_an_interpreter_that_nobody_has_used_before(rif: RemoteInterpreterFactory) -> None:
    env = ray.get(ray.remote(lambda: RemoteInterpreterFactory().create(name="unused", lifetime="detached")).remote())
    with FORK.Pool(1) as pool:
        assert "forked before" in pool.apply_async(error, (env.put([1]),)).get(SOON)
    env.destroy()


@pytest.mark.parametrize("way", ["spawn", "forkserver"])
def test_a_var_connects_by_itself_in_a_process_without_ray(
    rif: RemoteInterpreterFactory, env: RemoteInterpreter, second: RemoteInterpreter, way: str
) -> None:
    with multiprocessing.get_context(way).Pool(1) as pool:
        use_all(pool, env, second)
        assert pool.apply_async(ray.is_initialized).get(SOON) is False
        with rif.create() as ending:
            var = ending.put([1])
            assert pool.apply_async(value, (var,)).get(SOON) == [1]
            late = pickle.dumps(var)
        eventually(lambda: "has ended" in pool.apply_async(error_of_pickle, (late,)).get(SOON))


def test_so_it_does_in_a_worker_of_loky(env: RemoteInterpreter) -> None:
    executor = loky.ProcessPoolExecutor(1)
    try:
        assert executor.submit(value, env.put([1])).result(SOON) == [1]
    finally:
        executor.shutdown(kill_workers=True)


def test_where_it_connects_with_ray_itself_the_object_store_is_used(
    env: RemoteInterpreter, second: RemoteInterpreter, cluster: str
) -> None:
    context = multiprocessing.get_context("spawn")
    options = {"log_to_driver": False, "logging_level": "error"}
    with context.Pool(1, connect, (cluster, options)) as pool:
        use_all(pool, env, second)
        assert pool.apply_async(has_store, (env,)).get(SOON) is True


def connect(address: str, options: dict[str, Any]) -> None:
    ray.init(address=address, **options)


def has_store(env: RemoteInterpreter) -> bool:
    return env.session.has_store()


def error_of_nobodys() -> str:
    """What a Var of a Ray that is not there raises."""
    return error(load(attach(ActorHandle(b'\n["another Ray", "127.0.0.1:9"]'), "00" * 16), "nobody.1.x"))


def test_a_var_whose_ray_is_out_of_reach_names_the_initializer() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        told = pool.apply_async(error_of_nobodys).get(SOON)
    assert told.startswith("InterpreterDiedError: ")
    assert "initializer=ray.init, initargs=('127.0.0.1:9',)" in told


@pytest.mark.usefixtures("cluster")
def test_where_the_process_is_connected_with_another_ray_it_says_so() -> None:
    told = error_of_nobodys()
    assert told.startswith("InterpreterDiedError: ")
    assert "of another Ray than the one that this process is connected with" in told
    assert "initializer" not in told


def test_a_var_whose_interpreter_its_ray_does_not_know_says_so(cluster: str) -> None:
    told = error(load(attach(ActorHandle(f'\n["another Ray", "{cluster}"]'.encode()), "00" * 16), "nobody.1.x"))
    assert told.startswith("InterpreterDiedError: ")
    assert "has ended. Ray does not know it" in told


def test_an_error_of_loading_is_raised_where_the_var_is_used(rif: RemoteInterpreterFactory) -> None:
    with rif.create(eager=True) as env:
        var = load(env, "nobody.1.x")
        assert error(var).startswith("StaleVarError")
    assert error(load(env, "nobody.1.x")).startswith("InterpreterDiedError")


def test_the_key_is_in_no_pickle(env: RemoteInterpreter) -> None:
    found = published.find(env.id)
    assert found is not None
    for pickled in (pickle.dumps(env), pickle.dumps(env.put([1])), ray.cloudpickle.dumps(env)):
        assert found.key not in pickled


def test_a_pickle_is_the_same_interpreter_here(env: RemoteInterpreter) -> None:
    assert pickle.loads(pickle.dumps(env)) is env
    assert ray.get(ray.put(env)) is env

"""Where an interpreter can be used from: event loops, threads, and tasks and actors of Ray."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import ray

from ray_proxy import InterpreterDiedError, IRemoteInterpreter, RemoteInterpreter, RemoteInterpreterFactory, Var

# -------------------------------------------------------------------------------------------------- asyncio


Gate = Callable[[RemoteInterpreter], tuple[Var[int], Callable[[], None]]]


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """Makes a call that returns 7 once a function is called; gives the call and the function."""
    path = tmp_path / "gate"
    os.mkfifo(path)

    def make(env: RemoteInterpreter) -> tuple[Var[int], Callable[[], None]]:
        def wait() -> int:
            path.read_bytes()  # until it is written to
            return 7

        return env.run(wait), lambda: path.open("wb").close()

    return make


def test_each_of_a_hundred_tasks_gets_its_own_value_or_error(first: RemoteInterpreter) -> None:
    values = first.put({number: number * 2 for number in range(0, 100, 2)})

    async def one(number: int) -> int:
        found: int = await values[number]
        return found

    async def main() -> list[Any]:
        return await asyncio.gather(*map(one, range(100)), return_exceptions=True)

    for number, got in enumerate(asyncio.run(main())):
        if number % 2:
            assert isinstance(got, KeyError)
            assert got.args == (number,)
        else:
            assert got == number * 2


def test_an_await_that_is_cancelled_leaves_the_session_intact(first: RemoteInterpreter, gate: Gate) -> None:
    call, let_go = gate(first)

    async def main() -> int:
        waiting = asyncio.ensure_future(call)
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        let_go()
        value: int = await first.run(int, ("5",))
        return value

    assert asyncio.run(main()) == 5
    assert call.fetch() == 7  # nothing was cancelled there


def test_an_await_with_a_timeout_cancels_nothing(first: RemoteInterpreter, gate: Gate) -> None:
    call, let_go = gate(first)

    async def main() -> int:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(call, 0.05)
        let_go()
        value: int = await asyncio.wait_for(call, 30)
        return value

    assert asyncio.run(main()) == 7


def test_cancelling_one_of_many_awaits_leaves_the_others(first: RemoteInterpreter, gate: Gate) -> None:
    call, let_go = gate(first)

    async def value(var: Var[int]) -> int:
        got: int = await var
        return got

    async def main() -> list[Any]:
        tasks = [asyncio.ensure_future(value(call + number)) for number in range(20)]
        await asyncio.sleep(0.05)
        for task in tasks[::2]:
            task.cancel()
        let_go()
        return await asyncio.gather(*tasks, return_exceptions=True)

    for number, got in enumerate(asyncio.run(main())):
        assert got == 7 + number if number % 2 else isinstance(got, asyncio.CancelledError)


def test_an_async_iteration_can_be_left_early(first: RemoteInterpreter) -> None:
    async def numbers() -> Any:
        for number in range(1000):
            yield number

    source = first.put(numbers)

    async def main() -> list[int]:
        got: list[int] = []
        async for item in source():
            got.append(await item)
            if len(got) == 3:
                break
        return got

    assert asyncio.run(main()) == [0, 1, 2]
    assert first.run(int, ("5",)) == 5


def test_an_error_of_an_async_iteration_comes_where_it_was(first: RemoteInterpreter) -> None:
    async def numbers() -> Any:
        yield 1
        raise ValueError("no more")

    source = first.put(numbers)

    async def main() -> list[int]:
        got: list[int] = []
        with pytest.raises(ValueError, match="no more"):
            async for item in source():
                got.append(await item)
        return got

    assert asyncio.run(main()) == [1]


# -------------------------------------------------------------------------------------------------- threads


def in_threads(count: int, work: Callable[[int], Any]) -> list[Any]:
    """What `work(number)` gave or raised in each thread."""
    results: list[Any] = [None] * count

    def run(number: int) -> None:
        try:
            results[number] = work(number)
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    return results


def test_sixteen_threads_work_with_vars_of_their_own(first: RemoteInterpreter) -> None:
    def work(number: int) -> list[int]:
        own = first.put([number])
        for step in range(30):
            own.append(own[-1] + 1)
            assert own[step + 1] == number + step + 1
        value: list[int] = own.fetch()
        return value

    assert in_threads(16, work) == [list(range(number, number + 31)) for number in range(16)]


def test_an_error_without_a_result_is_raised_in_the_thread_that_caused_it(first: RemoteInterpreter) -> None:
    shared: Any = first.put({})
    together = threading.Barrier(16)

    def work(number: int) -> int:
        if number % 2:
            del shared[f"missing {number}"]  # has no result: raised by the next wait of this thread
        together.wait(60)
        return int(first.put(number) + 1)

    for number, got in enumerate(in_threads(16, work)):
        if number % 2:
            assert isinstance(got, KeyError)
            assert got.args == (f"missing {number}",)
        else:
            assert got == number + 1


# -------------------------------------------------------------------------------- tasks and actors of Ray


def test_an_interpreter_made_in_a_task_can_be_returned(rif: RemoteInterpreterFactory) -> None:
    @ray.remote  # type: ignore[untyped-decorator]
    def make() -> IRemoteInterpreter:
        env = RemoteInterpreterFactory().create()
        env["made"] = "in a task"
        env.sync()
        return env

    env = ray.get(make.remote())
    assert env["made"] == "in a task"
    assert env.put(1) + 1 == 2


def test_a_var_made_in_a_task_can_be_returned(first: RemoteInterpreter) -> None:
    @ray.remote  # type: ignore[untyped-decorator]
    def make(env: IRemoteInterpreter) -> Any:
        return {"var": env.put([1, 2])}

    var = ray.get(make.remote(first))["var"]
    var.append(3)
    assert (var.fetch(), var.env.id) == ([1, 2, 3], first.id)


def test_a_var_of_an_interpreter_made_in_a_task_keeps_it(rif: RemoteInterpreterFactory) -> None:
    @ray.remote  # type: ignore[untyped-decorator]
    def make() -> Any:
        return RemoteInterpreterFactory().create().put([1, 2])

    var = ray.get(make.remote())
    assert var.fetch() == [1, 2]
    assert var.env.put(3) == 3


def test_an_actor_keeps_an_interpreter_and_a_var(first: RemoteInterpreter) -> None:
    @ray.remote
    class Counter:
        def __init__(self, env: IRemoteInterpreter, counts: Any) -> None:
            self.env, self.counts = env, counts

        def count(self, name: str) -> int:
            self.counts[name] = self.counts.get(name, 0) + self.env.put(1)
            return int(self.counts[name])

    counts: Any = first.put({})
    counter = Counter.remote(first, counts)  # type: ignore[attr-defined]
    assert ray.get([counter.count.remote("a") for _ in range(3)]) == [1, 2, 3]
    assert counts.fetch() == {"a": 3}


def test_an_async_actor_awaits_vars_in_many_methods_at_once(first: RemoteInterpreter) -> None:
    @ray.remote
    class Server:
        def __init__(self, env: IRemoteInterpreter) -> None:
            self.env = env

        async def square(self, number: int) -> int:
            value: int = await (self.env.put(number) * number)
            return value

    server = Server.remote(first)  # type: ignore[attr-defined]
    assert ray.get([server.square.remote(number) for number in range(30)]) == [n * n for n in range(30)]


def test_a_var_in_the_object_store_is_read_by_several_tasks(first: RemoteInterpreter) -> None:
    @ray.remote(num_cpus=0)  # type: ignore[untyped-decorator]
    def add(kept: Any, number: int) -> Any:
        kept["var"].append(number)
        kept["var"].env.sync()  # the task shall not end before it is done
        return kept["var"].env.id

    var: Any = first.put([])
    kept = ray.put({"var": var})
    assert set(ray.get([add.remote(kept, number) for number in range(4)])) == {first.id}
    assert sorted(var.fetch()) == [0, 1, 2, 3]


def test_an_interpreter_in_the_object_store_is_read_by_several_tasks(first: RemoteInterpreter) -> None:
    @ray.remote(num_cpus=0)  # type: ignore[untyped-decorator]
    def name(env: Any, number: int) -> None:
        env[f"task {number}"] = number
        env.sync()

    kept = ray.put(first)
    ray.get([name.remote(kept, number) for number in range(4)])
    for number in range(4):
        assert first[f"task {number}"] == number
        del first[f"task {number}"]


def test_an_interpreter_ends_with_the_actor_that_made_it_and_says_so(cluster: str) -> None:
    @ray.remote
    class Maker:
        def make(self) -> IRemoteInterpreter:
            env = RemoteInterpreterFactory().create()
            env.sync()
            return env

    maker = Maker.remote()  # type: ignore[attr-defined]
    env = ray.get(maker.make.remote())
    assert env.put(1) + 1 == 2
    ray.kill(maker)

    def use() -> None:
        while True:
            env.put([1]).fetch(timeout=30)

    with pytest.raises(InterpreterDiedError, match="its owner has died"):
        use()


def test_an_interpreter_can_be_made_in_an_interpreter(first: RemoteInterpreter) -> None:
    def make() -> Any:
        env = RemoteInterpreterFactory().create()
        return env, env.put([5])

    env, var = first.run(make).fetch()
    assert env.id == var.env.id != first.id
    var.append(6)
    assert var.fetch() == [5, 6]


def test_tasks_with_an_error_get_it_from_the_interpreter(first: RemoteInterpreter) -> None:
    @ray.remote  # type: ignore[untyped-decorator]
    def task(var: Any) -> Any:
        return var["missing"].fetch()

    with pytest.raises(KeyError, match="missing"):
        ray.get(task.remote(first.put({})))

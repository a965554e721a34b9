"""Interpreters on a real Ray: placing, finding, sharing and ending them."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

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


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


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

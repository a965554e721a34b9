"""The end of clients and interpreters: who hears of it, in what time, and what becomes of variables."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import cloudpickle
import pytest
import ray
from conftest import ROOT, eventually

from ray_proxy import InterpreterDiedError, RemoteInterpreter, RemoteInterpreterFactory, StaleVarError

pytestmark = pytest.mark.faults


@pytest.fixture
def env(rif: RemoteInterpreterFactory) -> Iterator[RemoteInterpreter]:
    env = rif.create()
    env.sync()
    yield env
    env.destroy()


@pytest.fixture
def impatient(rif: RemoteInterpreterFactory) -> Iterator[RemoteInterpreter]:
    env = rif.create(grace=3)
    env.sync()
    yield env
    env.destroy()


@pytest.fixture
def start_driver(cluster: str) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a driver of the cluster in a process of its own, and returns when it has printed a line."""
    drivers: list[subprocess.Popen[str]] = []

    def start(code: str, *args: str) -> subprocess.Popen[str]:
        driver = subprocess.Popen(
            [sys.executable, "-c", code, *args],
            env={**os.environ, "RAY_ADDRESS": cluster},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        drivers.append(driver)
        assert driver.stdout is not None
        assert driver.stdout.readline() == "ready\n"
        return driver

    yield start
    for driver in drivers:
        driver.kill()
        driver.wait()


def seconds_of(work: Callable[[], Any]) -> float:
    start = time.monotonic()
    work()
    return time.monotonic() - start


# ------------------------------------------------------------------------------------- interpreters that end


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV], ids=lambda number: number.name)
def test_a_killed_interpreter_is_an_error_within_two_seconds(
    env: RemoteInterpreter, rif: RemoteInterpreterFactory, number: signal.Signals
) -> None:
    with rif.create() as other:
        kept = other.put([1])
        waiting = env.run(time.sleep, (60,))
        env.session.flush()
        eventually(lambda: env.status()["busy"])
        failures: list[BaseException] = []

        def wait() -> None:
            try:
                waiting.fetch()
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=wait) for _ in range(3)]
        for thread in threads:
            thread.start()
        os.kill(env.status()["pid"], number)

        def all_end() -> None:
            for thread in threads:
                thread.join(30)

        assert seconds_of(all_end) < 6
        assert [type(error) for error in failures] == [InterpreterDiedError] * 3
        assert "has ended" in str(failures[0])
        with pytest.raises(InterpreterDiedError, match="has ended"):
            env.put(1).fetch()
        assert kept.fetch() == [1]


def test_an_idle_interpreter_that_was_killed_is_an_error_at_the_next_operation(env: RemoteInterpreter) -> None:
    x = env.put([1])
    x.fetch()
    os.kill(env.status()["pid"], signal.SIGKILL)

    def use() -> None:
        with pytest.raises(InterpreterDiedError, match="has ended"):
            x.fetch()

    assert seconds_of(use) < 6


def test_an_interpreter_that_ray_restarts_is_an_error_that_says_so(rif: RemoteInterpreterFactory) -> None:
    env = rif.create(max_restarts=1)
    x = env.put([1])
    x.fetch()
    os.kill(env.status()["pid"], signal.SIGKILL)

    def use() -> None:
        with pytest.raises(InterpreterDiedError, match="restarted its process, and its variables are gone"):
            x.fetch()

    assert seconds_of(use) < 6
    again = ray.get(_identity.remote(env))  # another process finds the new one
    assert again == 5
    env.destroy()


@ray.remote
def _identity(env: RemoteInterpreter) -> int:
    five: int = env.put(5).fetch()
    return five


def test_a_stopped_interpreter_is_not_waited_for_past_the_grace_time(impatient: RemoteInterpreter) -> None:
    x = impatient.put([1])
    x.fetch()
    pid = impatient.status()["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:

        def use() -> None:
            with pytest.raises(InterpreterDiedError, match=r"silent since .* grace time is 3 s"):
                x.fetch()

        assert seconds_of(use) < 15  # the silence is asked about every 2 s
    finally:
        os.kill(pid, signal.SIGCONT)


def test_an_interpreter_that_is_stopped_for_less_than_the_grace_time_loses_nothing(env: RemoteInterpreter) -> None:
    x = env.put([])
    pid = env.status()["pid"]
    os.kill(pid, signal.SIGSTOP)
    threading.Timer(4, os.kill, (pid, signal.SIGCONT)).start()
    for number in range(1000):
        x.append(number)
    assert x.fetch() == list(range(1000))


def test_an_interpreter_whose_code_lets_no_thread_run_is_waited_for(impatient: RemoteInterpreter) -> None:
    # On the same node its use of the processor is a sign of life; `sum` holds the lock for several seconds.
    def hold() -> float:
        start = time.monotonic()
        while time.monotonic() < start + 7:
            sum(range(30_000_000))
        sum(range(400_000_000))
        return time.monotonic() - start

    assert impatient.run(hold).fetch() > 7


def test_dropping_the_last_handle_ends_the_process_within_two_seconds(rif: RemoteInterpreterFactory) -> None:
    env = rif.create()
    x = env.put([1])
    x.fetch()
    pid = env.status()["pid"]
    del env
    assert x.fetch() == [1]
    del x
    eventually(lambda: not os.path.exists(f"/proc/{pid}"), 6)


def test_destroy_ends_the_process_at_once_though_user_code_runs(rif: RemoteInterpreterFactory) -> None:
    env = rif.create()
    waiting = env.run(time.sleep, (60,))
    env.session.flush()
    eventually(lambda: env.status()["busy"])
    pid = env.status()["pid"]
    env.destroy()
    eventually(lambda: not os.path.exists(f"/proc/{pid}"), 6)
    with pytest.raises(InterpreterDiedError, match="destroyed"):
        waiting.fetch()


# ------------------------------------------------------------------------------------------ clients that end

HOLDER = """
import sys, time, cloudpickle, ray
ray.init(log_to_driver=False)
env = cloudpickle.loads(bytes.fromhex(sys.argv[1]))
held = [env.put([number]) for number in range(10)]
env["named by it"] = held[3]
env.sync()
print("ready", flush=True)
time.sleep(100)
"""


def held_by_ray(env: RemoteInterpreter) -> str:
    return cloudpickle.dumps(env).hex()


@pytest.fixture
def detached(rif: RemoteInterpreterFactory) -> Iterator[RemoteInterpreter]:
    env = rif.create(name="kept", lifetime="detached")
    env.sync()
    yield env
    env.destroy()


def test_the_unnamed_variables_of_a_killed_driver_are_gone_within_five_seconds(
    detached: RemoteInterpreter, start_driver: Callable[..., subprocess.Popen[str]]
) -> None:
    ours = detached.put([1])
    detached["ours"] = ours
    detached.sync()
    driver = start_driver(HOLDER, held_by_ray(detached))
    assert detached.status()["variables"] == 11
    driver.kill()
    driver.wait()
    eventually(lambda: detached.status()["variables"] == 1, 15)
    assert ours.fetch() == [1]
    assert (detached["ours"].fetch(), detached["named by it"].fetch()) == ([1], [3])


def test_the_variables_of_a_driver_that_ended_are_gone_at_once(
    detached: RemoteInterpreter, run_program: Callable[..., str]
) -> None:
    run_program(HOLDER.replace("time.sleep(100)", ""), held_by_ray(detached))
    eventually(lambda: detached.status()["variables"] == 0, 3)


def test_the_variables_of_a_stopped_driver_stay(
    detached: RemoteInterpreter, start_driver: Callable[..., subprocess.Popen[str]]
) -> None:
    driver = start_driver(HOLDER, held_by_ray(detached))
    driver.send_signal(signal.SIGSTOP)
    detached.put([1]).fetch()
    assert detached.status()["variables"] >= 10
    assert detached.status()["lost"] == 0


def test_the_variables_of_a_killed_actor_are_gone_within_five_seconds(env: RemoteInterpreter) -> None:
    @ray.remote
    class Holder:
        def hold(self, env: RemoteInterpreter) -> int:
            self.held = [env.put([number]) for number in range(10)]
            env.sync()
            return os.getpid()

    holder = Holder.remote()  # type: ignore[attr-defined]
    pid = ray.get(holder.hold.remote(env))
    assert env.status()["variables"] == 10
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: env.status()["variables"] == 0, 15)


def test_a_named_variable_is_found_from_a_new_process_after_its_creator_was_killed(
    rif: RemoteInterpreterFactory,
    start_driver: Callable[..., subprocess.Popen[str]],
    run_program: Callable[..., str],
) -> None:
    creator = start_driver(
        "import time, ray\n"
        "from ray_proxy import RemoteInterpreterFactory\n"
        "ray.init(log_to_driver=False, namespace='tests')\n"
        "env = RemoteInterpreterFactory().create(name='models', lifetime='detached')\n"
        "env['model'] = {'weights': [1, 2, 3]}\n"
        "env.sync()\n"
        "print('ready', flush=True)\n"
        "time.sleep(100)\n"
    )
    creator.kill()
    creator.wait()
    printed = run_program(
        "import ray\n"
        "from ray_proxy import RemoteInterpreterFactory\n"
        "ray.init(log_to_driver=False, namespace='tests')\n"
        "print(RemoteInterpreterFactory().get('models')['model'].fetch())\n"
    )
    assert printed == "{'weights': [1, 2, 3]}\n"
    rif.destroy("models")


def test_a_pickle_is_held_for_the_lease_time_though_its_sender_has_left(
    rif: RemoteInterpreterFactory, run_program: Callable[..., str]
) -> None:
    with rif.create(name="leaser", lifetime="detached", lease=5) as env:
        env.sync()
        printed = run_program(
            "import cloudpickle, ray\n"
            "from ray_proxy import RemoteInterpreterFactory\n"
            "ray.init(log_to_driver=False, namespace='tests')\n"
            "x = RemoteInterpreterFactory().get('leaser').put([1])\n"
            "print(cloudpickle.dumps(x).hex())\n"
        )
        pickle = bytes.fromhex(printed)
        assert cloudpickle.loads(pickle).fetch() == [1]
        eventually(lambda: env.status()["leases"] == 0, 20)
        with pytest.raises(StaleVarError, match=r"kept for 5 s after .*put_named.*rif.create\(lease=seconds\)"):
            cloudpickle.loads(pickle).fetch()


def test_a_claim_extends_a_lease(rif: RemoteInterpreterFactory) -> None:
    with rif.create(lease=3) as env:
        pickle = cloudpickle.dumps(env.put([1]))
        start = time.monotonic()
        while time.monotonic() < start + 5:
            assert cloudpickle.loads(pickle).fetch() == [1]
            time.sleep(0.2)  # the time that passes is what is tested


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), "long", None])
@pytest.mark.parametrize("option", ["grace", "lease"])
def test_a_time_that_is_no_number_of_seconds_is_refused(
    rif: RemoteInterpreterFactory, option: str, seconds: Any
) -> None:
    with pytest.raises(ValueError, match=f"{option} is a number of seconds above 0"):
        rif.create(**{option: seconds})

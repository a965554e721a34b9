"""Remote code that waits by Ray for what calls back into its own interpreter."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

import cloudpickle
import pytest
import ray
from conftest import eventually
from ray.exceptions import GetTimeoutError

from ray_proxy import RemoteInterpreter, Var

pytestmark = pytest.mark.faults
cloudpickle.register_pickle_by_value(sys.modules[__name__])


@ray.remote(num_cpus=0)
class Worker:
    """Uses a Var of the interpreter that waits for it."""

    def __init__(self) -> None:
        self.value: Any = None

    def keep(self, value: Var[Any]) -> None:
        self.value = value

    def use(self) -> Any:
        return self.value.fetch()

    def fail(self) -> Any:
        raise LookupError(self.value.fetch())

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@pytest.fixture
def worker(there: RemoteInterpreter) -> Iterator[Any]:
    worker: Any = Worker.remote()
    ray.get(worker.keep.remote(there.put([1, 2])))
    yield worker
    ray.kill(worker)


def test_what_ray_get_waits_for_is_served(there: RemoteInterpreter, worker: Any) -> None:
    assert there.run(lambda w: ray.get(w.use.remote()), (worker,)).fetch(timeout=60) == [1, 2]
    assert there.run(lambda w: ray.get([w.use.remote(), w.use.remote()]), (worker,)).fetch(timeout=60) == [[1, 2]] * 2

    def twice(w: Any) -> Any:
        ref = w.use.remote()
        return ray.get([ref, ref], timeout=30)

    assert there.run(twice, (worker,)).fetch(timeout=60) == [[1, 2]] * 2
    assert there.run(lambda: ray.get([ray.put(n) for n in range(3)])).fetch(timeout=60) == [0, 1, 2]
    assert there.run(lambda: ray.get([])).fetch(timeout=60) == []


def test_what_ray_wait_waits_for_is_served(there: RemoteInterpreter, worker: Any) -> None:
    def wait(w: Any) -> Any:
        refs = [w.use.remote(), w.use.remote(), w.sleep.remote(60)]
        ready, rest = ray.wait(refs, num_returns=2)
        none, all = ray.wait(rest, timeout=0.01)
        return len(ready), len(rest), len(none), len(all), ray.get(ready)

    assert there.run(wait, (worker,)).fetch(timeout=60) == (2, 1, 0, 1, [[1, 2], [1, 2]])
    with pytest.raises(ValueError, match="num_returns"):
        there.run(lambda: ray.wait([ray.put(1)], num_returns=2)).fetch(timeout=60)
    with pytest.raises(TypeError):
        there.run(lambda: ray.wait(ray.put(1))).fetch(timeout=60)


def test_errors_and_timeouts_are_those_of_ray(there: RemoteInterpreter, worker: Any) -> None:
    with pytest.raises(LookupError):
        there.run(lambda w: ray.get(w.fail.remote()), (worker,)).fetch(timeout=60)
    with pytest.raises(GetTimeoutError):
        there.run(lambda w: ray.get(w.sleep.remote(60), timeout=0.1), (worker,)).fetch(timeout=60)
    with pytest.raises((TypeError, ValueError)):
        there.run(lambda: ray.get(5)).fetch(timeout=60)


def test_a_task_that_is_waited_for_may_wait_itself(there: RemoteInterpreter, worker: Any) -> None:
    """Its call in the interpreter is nested in ours, and what that waits for in that."""

    @ray.remote(num_cpus=0)
    def task(env: RemoteInterpreter, w: Any) -> Any:
        return env.run(lambda w: ray.get(w.use.remote()) + [3], (w,)).fetch()

    def outer(env: Any, w: Any) -> Any:
        return ray.get(task.remote(env, w))

    assert there.run(outer, (there, worker)).fetch(timeout=60) == [1, 2, 3]


def test_an_interrupt_ends_ray_get(there: RemoteInterpreter, worker: Any) -> None:
    waits = there.run(lambda w: ray.get(w.sleep.remote(60)), (worker,))
    there.session.flush()
    eventually(lambda: there.status()["busy"])
    there.interrupt()
    with pytest.raises(KeyboardInterrupt):
        waits.fetch(timeout=60)
    assert there.put([1]).fetch() == [1]

"""A minute of measurements, printed: is the direct channel in use, and how far are we from the floor?

Run: python benchmarks/smoke.py (starts a Ray of its own, on this machine)
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import ray

import ray_proxy
from ray_proxy import RemoteInterpreterFactory


def median(work: Callable[[], Any], runs: int) -> float:
    """Median seconds of a call."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


@ray.remote
class Plain:
    """A Ray actor, to compare with."""

    def call(self) -> int:
        return 10


def main() -> None:
    ray.init(include_dashboard=False, log_to_driver=False, logging_level="error")
    rif = RemoteInterpreterFactory(ray)
    env, other = rif.create(), rif.create()
    logs = tempfile.TemporaryDirectory()
    recorded = rif.create(record=f"{logs.name}/session.rplog")
    n, recorded_n = env.put(10), recorded.put(10)
    ray_proxy.fetch(n, other.put(1))

    def chain() -> None:
        v = env.put(0)
        for _ in range(1000):
            v = v + 1
        assert v.fetch() == 1000

    def pipeline() -> None:
        for _ in range(20_000):
            n + 1
        env.sync()

    def recorded_pipeline() -> None:
        for _ in range(20_000):
            recorded_n + 1
        recorded.sync()

    def across() -> None:
        (large_here + large_there)[0].fetch()

    def put() -> None:
        env.put(big)
        env.sync()

    values = env.put(list(range(20_000)))
    big = np.random.default_rng(0).random(13_000_000)
    here, there = env.put([1]), other.put([2])
    large_here, large_there = env.run(np.ones, (13_000_000,)), other.run(np.ones, (13_000_000,))
    plain = Plain.remote()  # type: ignore[attr-defined]
    ray.get(plain.call.remote())

    print(f"one Ray actor call, to compare:         {median(lambda: ray.get(plain.call.remote()), 300) * 1e6:10.0f} us")
    print(f"bool(n == 10):                          {median(lambda: bool(n == 10), 3000) * 1e6:10.0f} us")
    print(f"1,000 chained v = v + 1, and a fetch:   {median(chain, 20) * 1e3:10.1f} ms")
    print(f"pipelined operations:                   {20_000 / median(pipeline, 3):10,.0f} a second")
    print(f"the same, recorded:                     {20_000 / median(recorded_pipeline, 3):10,.0f} a second")
    start = time.perf_counter()
    report = ray_proxy.replay(f"{logs.name}/session.rplog")
    assert report, report
    print(
        f"replay of them:                         {report.operations / (time.perf_counter() - start):10,.0f} a second"
    )
    print(f"iteration over remote ints:             {20_000 / median(lambda: list(values), 3):10,.0f} a second")
    print(f"[1] + [2] across two interpreters:      {median(lambda: here + there, 300) * 1e6:10.0f} us")
    print(f"put of 104 MB:                          {median(put, 5) * 1e3:10.0f} ms")
    remote = env.put(big)
    print(f"fetch of 104 MB:                        {median(remote.fetch, 5) * 1e3:10.0f} ms")
    print(f"x1 + x2 of 104 MB across interpreters:  {median(across, 5) * 1e3:10.0f} ms")
    start = time.perf_counter()
    ray_proxy.fetch(env.run(time.sleep, (1,)), other.run(time.sleep, (1,)))
    print(f"two interpreters, each sleep(1):        {time.perf_counter() - start:10.2f} s")
    ray.shutdown()


if __name__ == "__main__":
    main()

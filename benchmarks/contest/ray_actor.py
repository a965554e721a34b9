"""A plain Ray actor: what one would write without this package."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import ray

from .contenders import Contender, import_seconds, timed, timed_in_threads
from .target import Target


class Hosted(Target):
    """What the actor is made of. An array is sent from there as a result."""

    def array(self, size: int) -> Any:
        return np.ones(size, np.uint8)


class RayActor(Contender):
    less = {"chain": 50, "fan": 50, "call": 5, "threads": 4}

    def start(self, cluster: str) -> None:
        ray.init(address=cluster, log_to_driver=False, logging_level="error")
        self._class: Any = ray.remote(Hosted)
        self._actor: Any = self._class.remote()
        self._call()

    def stop(self) -> None:
        ray.shutdown()

    def chain(self, size: int) -> float:
        start = time.perf_counter()
        ref: Any = 10
        for _ in range(size):
            ref = self._actor.plus.remote(ref)
        assert ray.get(ref) == size + 10
        return time.perf_counter() - start

    def fan(self, size: int) -> float:
        start = time.perf_counter()
        made = [self._actor.plus.remote(i) for i in range(size)]
        assert ray.get(made[-1]) == size
        del made
        return time.perf_counter() - start

    def _call(self) -> None:
        assert ray.get(self._actor.f.remote(3)) == 6

    def call(self, size: int) -> float:
        return timed(size, self._call)

    def threads(self, size: int, count: int) -> float:
        return timed_in_threads(size, count, lambda: self._call)

    def put(self, size: int) -> float:
        """`ray.put`: the value is in the store, and no actor has it yet."""
        array: Any = np.ones(size, np.uint8)
        start = time.perf_counter()
        ref = ray.put(array)
        seconds = time.perf_counter() - start
        del ref
        return seconds

    def fetch(self, size: int) -> float:
        start = time.perf_counter()
        array = ray.get(self._actor.array.remote(size)).copy()
        seconds = time.perf_counter() - start
        assert array.nbytes == size
        return seconds

    def view(self, size: int) -> float:
        start = time.perf_counter()
        array = ray.get(self._actor.array.remote(size))
        seconds = time.perf_counter() - start
        assert array.nbytes == size
        return seconds

    def creation(self, size: int) -> float:
        start = time.perf_counter()
        actor = self._class.remote()
        assert ray.get(actor.f.remote(3)) == 6
        seconds = time.perf_counter() - start
        ray.kill(actor)
        return seconds

    def imports(self, size: int) -> float:
        return import_seconds()[0]

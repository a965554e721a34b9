"""This package, as a user writes it."""

from __future__ import annotations

import gc
import importlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import ray

from ray_proxy import RemoteInterpreterFactory

from .contenders import Contender, import_seconds, timed, timed_in_threads
from .target import Target


def counted(size: int) -> Iterator[int]:
    yield from range(size)


def memory(pid: int) -> int:
    """Bytes of a process's memory that are in RAM."""
    return int(subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], check=True, capture_output=True).stdout) * 1024


class Ours(Contender):
    def start(self, cluster: str) -> None:
        ray.init(address=cluster, log_to_driver=False, logging_level="error")
        self._rif = RemoteInterpreterFactory(ray)
        self._env = self._rif.create()
        self._n: Any = self._env.put(10)
        self._target: Any = self._env.put(Target())
        self._logs = tempfile.TemporaryDirectory()
        self._made: dict[str, Any] = {}
        assert self._target.f(3).fetch() == 6

    def stop(self) -> None:
        self._made.clear()
        self._env.destroy()
        ray.shutdown()
        self._logs.cleanup()

    def chain(self, size: int) -> float:
        start = time.perf_counter()
        v = self._n
        for _ in range(size):
            v = v + 1
        assert v.fetch() == size + 10
        return time.perf_counter() - start

    def fan(self, size: int) -> float:
        n = self._n
        start = time.perf_counter()
        made = [n + i for i in range(size)]
        assert made[-1].fetch() == size + 9
        del made
        self._env.sync()
        return time.perf_counter() - start

    def pipeline(self, size: int) -> float:
        v: Any = self._target
        start = time.perf_counter()
        for _ in range(size // 4):
            last = v.a.b[0](1)
        assert last.fetch() == 2
        return time.perf_counter() - start

    def truth(self, size: int) -> float:
        n = self._n
        return timed(size, lambda: bool(n == 10))

    def _call(self) -> None:
        assert self._target.f(3).fetch() == 6

    def call(self, size: int) -> float:
        return timed(size, self._call)

    def threads(self, size: int, count: int) -> float:
        return timed_in_threads(size, count, lambda: self._call)

    def iterate(self, size: int, kind: str) -> float:
        if kind == "generator":
            values: Any = self._env.run(counted, (size,))
        else:
            makers: dict[str, Any] = {
                "list": list,
                "tuple": tuple,
                "range": lambda numbers: numbers,
                "str": lambda numbers: "x" * len(numbers),
                "set": set,
                "frozenset": frozenset,
                "dict": dict.fromkeys,
                "keys": dict.fromkeys,
                "values": lambda numbers: dict(zip(numbers, numbers)),
                "items": lambda numbers: dict(zip(numbers, numbers)),
                "array": lambda numbers: np.array(numbers, float),
                "series": lambda numbers: importlib.import_module("pandas").Series(numbers, dtype=float),
            }
            values = self._env.put(makers[kind](range(size)))
        if kind in ("keys", "values", "items"):
            values = {"keys": values.keys, "values": values.values, "items": values.items}[kind]()
        self._env.sync()
        start = time.perf_counter()
        total: Any = 0
        if kind == "items":
            for key, value in values:
                total += int(key) + int(value)
        elif kind in ("array", "series"):
            for item in values:
                total += float(item)
        elif kind == "str":
            for item in values:
                total += bool(item)
        else:
            for item in values:
                total += int(item)
        seconds = time.perf_counter() - start
        assert total == (size if kind == "str" else size * (size - 1) // 2 * (2 if kind == "items" else 1))
        return seconds

    # ------------------------------------------------------------------------------------------ large values

    def put(self, size: int) -> float:
        array: Any = np.ones(size, np.uint8)
        start = time.perf_counter()
        var = self._env.put(array)
        self._env.sync()
        seconds = time.perf_counter() - start
        del var
        self._env.sync()
        return seconds

    def _fetch(self, size: int, copy: bool) -> float:
        var = self._env.run(np.ones, (size, np.uint8))
        self._env.sync()
        start = time.perf_counter()
        array = var.fetch(copy=copy)
        seconds = time.perf_counter() - start
        assert array.nbytes == size
        del var, array
        self._env.sync()
        return seconds

    def fetch(self, size: int) -> float:
        return self._fetch(size, copy=True)

    def view(self, size: int) -> float:
        return self._fetch(size, copy=False)

    # ------------------------------------------------------------------------------- several interpreters, logs

    def across(self, size: int) -> float:
        if "other" not in self._made:
            self._made["other"] = self._rif.create()
        here, there = self._env.put([1]), self._made["other"].put([2])
        assert (here + there).fetch() == [1, 2]
        return timed(size, lambda: (here + there)[1].fetch())

    def recording(self, size: int) -> dict[str, float]:
        """Processor time with a log less the same without one."""
        if "recorded" not in self._made:
            self._made["recorded"] = self._rif.create(record=f"{self._logs.name}/benchmark.rplog")

        def used(env: Any) -> tuple[float, float]:
            n = env.put(10)
            there = env.run(time.process_time).fetch()
            here = time.process_time()
            for _ in range(size):
                n + 1
            env.sync()
            here = time.process_time() - here
            return here, env.run(time.process_time).fetch() - there

        (here, there), (here_recorded, there_recorded) = used(self._env), used(self._made["recorded"])
        return {"client": here_recorded - here, "interpreter": there_recorded - there}

    # ------------------------------------------------------------------------------------------------- memory

    def _memories(self) -> tuple[int, int]:
        """Of this process and of the interpreter, when both have done what was asked."""
        self._env.sync()
        gc.collect()
        self._env.run(gc.collect).fetch()
        return memory(os.getpid()), memory(self._env.run(os.getpid).fetch())

    def memory(self, size: int) -> dict[str, float]:
        self.chain(1000)
        n = self._n
        here, there = self._memories()
        made = [n + i for i in range(size)]
        here_full, there_full = self._memories()
        del made
        return {"client": here_full - here, "interpreter": there_full - there}

    def dropped(self, size: int) -> dict[str, float]:
        """In ten heaps, each of which is dropped whole."""
        self.chain(1000)
        n = self._n
        here, there = self._memories()
        grown: dict[str, float] = {}
        for turn in (1, 2):
            for _ in range(10):
                made = [n + i for i in range(size // 10)]
                del made
            here_now, there_now = self._memories()
            grown[f"client {turn}"], grown[f"interpreter {turn}"] = here_now - here, there_now - there
        return grown

    # --------------------------------------------------------------------------------------------- beginnings

    def creation(self, size: int) -> float:
        start = time.perf_counter()
        env = self._rif.create()
        assert env.put(1).fetch() == 1
        seconds = time.perf_counter() - start
        env.destroy()
        return seconds

    def imports(self, size: int) -> float:
        return import_seconds()[1]

"""Who takes part, and what all of them share."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import multiprocessing
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Any, ClassVar

from .works import Work


class Contender:
    """One way to work with an object of another process. Each lives in a process of its own.

    Its methods are works, see `works.py`. Libraries are imported by `start`, never before.
    """

    less: ClassVar[dict[str, int]] = {}
    """By how much a work is divided, by method: for those that would take minutes. Figures are per operation."""

    def takes(self, work: Work) -> bool:
        """Whether it takes part in that work."""
        return hasattr(self, work.method)

    def start(self, cluster: str) -> None:
        """Start the other process. `cluster` is the address of a Ray."""

    def stop(self) -> None:
        """End it."""


class Entry:
    """A contender by its name: where it is, and the distribution without which it cannot take part."""

    def __init__(self, name: str, where: str, module: str, distribution: str, peer: bool = True) -> None:
        self.name, self.where, self.module, self.distribution, self.peer = name, where, module, distribution, peer

    def is_installed(self) -> bool:
        return importlib.util.find_spec(self.module) is not None

    def make(self) -> Contender:
        module, _, name = self.where.partition(":")
        contender: Contender = getattr(importlib.import_module(f"contest.{module}"), name)()
        return contender


OURS = "ray-proxy"
ENTRIES = [
    Entry(OURS, "ours:Ours", "ray_proxy", "ray-proxy", peer=False),
    Entry("bare socket", "bare:Bare", "msgspec", "msgspec", peer=False),
    Entry("bare, no spin", "bare:Sleeping", "msgspec", "msgspec", peer=False),
    Entry("Ray actor", "ray_actor:RayActor", "ray", "ray", peer=False),
    Entry("RPyC", "peers:RPyC", "rpyc", "rpyc"),
    Entry("Pyro5", "peers:Pyro5", "Pyro5", "Pyro5"),
    Entry("Dask actor", "peers:DaskActor", "distributed", "distributed"),
]


# ------------------------------------------------------------------------------------- what works are made of


def timed(size: int, call: Callable[[], object]) -> float:
    """Seconds of so many calls, one after the other."""
    start = time.perf_counter()
    for _ in range(size):
        call()
    return time.perf_counter() - start


def timed_in_threads(size: int, count: int, make: Callable[[], Callable[[], object]]) -> float:
    """Seconds of so many calls by `count` threads together. Each thread makes its own call first."""
    barrier = threading.Barrier(count + 1)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            call = make()
            call()
            barrier.wait()
            timed(size // count, call)
        except BaseException as error:
            errors.append(error)
            barrier.abort()

    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    with contextlib.suppress(threading.BrokenBarrierError):
        barrier.wait()
    start = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - start
    if errors:
        raise errors[0]
    return seconds


@contextlib.contextmanager
def served(serve: Callable[..., None], *args: Any) -> Iterator[Any]:
    """Another process that runs ``serve(*args, ready)``; what it has sent over `ready` when it can be reached."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=serve, args=(*args, there), daemon=True)
    process.start()
    try:
        if not here.poll(30):
            raise TimeoutError("the server did not start in 30 s")
        yield here.recv()
    finally:
        process.kill()
        process.join()


Ready = Connection
"""The end of a pipe by which a server tells that it can be reached."""


IMPORTS = """
import time
start = time.perf_counter()
import ray
middle = time.perf_counter()
import ray_proxy
print(middle - start, time.perf_counter() - middle)
"""


def import_seconds() -> tuple[float, float]:
    """Of Ray, and of this package after it, in a new process."""
    command = [sys.executable, "-c", IMPORTS]
    rays, ours = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(rays), float(ours)

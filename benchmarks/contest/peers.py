"""Libraries that do something alike: RPyC, Pyro5, the actors of Dask. Those that can use a Unix socket do.

None has types that the project's checks could see, and each may be absent, so all are imported by name.
"""

from __future__ import annotations

import contextlib
import importlib
import tempfile
import time
from typing import Any

from .contenders import Contender, Ready, served, timed, timed_in_threads
from .target import Target
from .works import Work


def library(name: str) -> Any:
    return importlib.import_module(name)


# --------------------------------------------------------------------------------------------------- RPyC


def serve_rpyc(path: str, ready: Ready) -> None:
    server = library("rpyc.utils.server").ThreadedServer(library("rpyc").SlaveService, socket_path=path)
    server._listen()
    ready.send(None)
    server.start()


class RPyC(Contender):
    """Its classic mode, where every object can be reached. A value cannot be used before it is there, so the chain is
    one of asynchronous calls that add to a sum, a hundred at a time."""

    less = {"chain": 20, "pipeline": 20, "iterate": 10}

    def takes(self, work: Work) -> bool:
        return super().takes(work) and (work.method != "iterate" or work.args == ("list",))

    def start(self, cluster: str) -> None:
        self._stack = contextlib.ExitStack()
        path = f"{self._stack.enter_context(tempfile.TemporaryDirectory())}/s"
        self._stack.enter_context(served(serve_rpyc, path))
        rpyc = library("rpyc")
        self._asynchronous = rpyc.async_
        self._connection = rpyc.utils.classic.unix_connect(path)
        self._stack.callback(self._connection.close)
        self._target = self._connection.modules["contest.target"].Target()
        self._call()

    def stop(self) -> None:
        self._stack.close()

    def chain(self, size: int) -> float:
        add = self._asynchronous(self._target.add)
        before = self._target.total
        start = time.perf_counter()
        result = 0
        for first in range(0, size, 100):  # without a limit both ends wait for the other to read
            results = [add(1) for _ in range(min(100, size - first))]
            result = results[-1].value
        assert result == before + size
        return time.perf_counter() - start

    def pipeline(self, size: int) -> float:
        target = self._target

        def step() -> None:
            assert target.a.b[0](1) == 2

        return timed(size // 4, step)

    def _call(self) -> None:
        assert self._target.f(3) == 6

    def call(self, size: int) -> float:
        return timed(size, self._call)

    def threads(self, size: int, count: int) -> float:
        return timed_in_threads(size, count, lambda: self._call)

    def iterate(self, size: int, kind: str) -> float:
        values = self._connection.builtin.list(self._connection.builtin.range(size))
        start = time.perf_counter()
        total = 0
        for item in values:
            total += item
        assert total == size * (size - 1) // 2
        return time.perf_counter() - start


# -------------------------------------------------------------------------------------------------- Pyro5


def serve_pyro(path: str, ready: Ready) -> None:
    api = library("Pyro5.api")
    daemon = api.Daemon(unixsocket=path)
    uri = daemon.register(api.expose(Target)(), "target")
    ready.send(str(uri))
    daemon.requestLoop()


class Pyro5(Contender):
    """Its batches hold 1,000 calls. As with RPyC, the object keeps the sum."""

    less = {"chain": 5, "fan": 5}

    def start(self, cluster: str) -> None:
        self._api = library("Pyro5.api")
        self._stack = contextlib.ExitStack()
        path = f"{self._stack.enter_context(tempfile.TemporaryDirectory())}/s"
        self._uri = self._stack.enter_context(served(serve_pyro, path))
        self._proxy = self._stack.enter_context(self._api.Proxy(self._uri))
        assert self._proxy.f(3) == 6

    def stop(self) -> None:
        self._stack.close()

    def chain(self, size: int) -> float:
        before = self._proxy.add(0)
        start = time.perf_counter()
        result = 0
        for first in range(0, size, 1000):
            batch = self._api.BatchProxy(self._proxy)
            for _ in range(min(1000, size - first)):
                batch.add(1)
            *_, result = batch()
        assert result == before + size
        return time.perf_counter() - start

    def fan(self, size: int) -> float:
        start = time.perf_counter()
        made: list[int] = []
        for first in range(0, size, 1000):
            batch = self._api.BatchProxy(self._proxy)
            for i in range(first, min(first + 1000, size)):
                batch.plus(i)
            made.extend(batch())
        assert made[-1] == size
        del made
        return time.perf_counter() - start

    def call(self, size: int) -> float:
        proxy = self._proxy
        return timed(size, lambda: proxy.f(3))

    def threads(self, size: int, count: int) -> float:
        """A proxy belongs to one thread, so each has its own."""

        def make() -> Any:
            proxy = self._api.Proxy(self._uri)
            return lambda: proxy.f(3)

        return timed_in_threads(size, count, make)


# --------------------------------------------------------------------------------------------------- Dask


class DaskActor(Contender):
    """One worker process of one thread; calls of an actor go to it directly."""

    less = {"call": 5, "threads": 4}

    def start(self, cluster: str) -> None:
        distributed = library("distributed")
        self._stack = contextlib.ExitStack()
        local = distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None)
        self._stack.enter_context(local)
        client = self._stack.enter_context(distributed.Client(local))
        self._actor = client.submit(Target, actor=True).result()
        self._call()

    def stop(self) -> None:
        self._stack.close()

    def _call(self) -> None:
        assert self._actor.f(3).result() == 6

    def call(self, size: int) -> float:
        return timed(size, self._call)

    def threads(self, size: int, count: int) -> float:
        return timed_in_threads(size, count, lambda: self._call)

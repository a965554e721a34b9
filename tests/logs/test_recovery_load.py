"""Recoveries under load: processes are killed at any time, and at any line of ours."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cable import CableInterpreter
from lives import DiedAtOnceError, Lives, Mother, Tally, failed

from ray_proxy import InterpreterDiedError, Var, replay
from ray_proxy.var.interface import handle_of


@pytest.fixture
def bulky(mother: Mother, tmp_path: Path) -> Iterator[Lives]:
    """With a store beside its channels."""
    with Lives(mother, tmp_path / "session.rplog", store=str(tmp_path / "store")) as lives:
        yield lives


def text(number: int) -> str:
    """One that travels beside the channel."""
    return str(number) * (1 << 20)


class Worker:
    """A client under load, and what must be in the interpreter by its books."""

    def __init__(self, env: CableInterpreter, seed: int) -> None:
        self.env = env
        self.random = random.Random(seed)
        self.failures = 0
        self.done = 0
        self.list = env.put([])
        self.tally = env.run(Tally)
        self.dict = env.put({})
        self.total = env.put(0)
        self.grown = env.put([])
        self.texts = env.put([])
        self.squares = env.run(lambda: (number * number for number in range(10**9)))
        env.sync()
        self.listed: list[int] = []
        self.tallied: list[int] = []
        self.keys = 0
        self.added = 0
        self.extended = 0
        self.taken = 0
        self.large: list[int] = []
        self.waiting: list[tuple[list[int], int, Var[object]]] = []

    def work(self, operations: int) -> None:
        """Ask for that much, and look at all of it."""
        for _ in range(operations):
            self.done += 1
            kind = self.random.randrange(100)
            if kind < 40:
                self.waiting.append((self.listed, self.done, self.list.append(self.done)))
            elif kind < 60:
                self.waiting.append((self.tallied, self.done, self.tally.add(self.done)))
            elif kind < 75:
                self.dict[self.done] = kind
                self.keys += 1
            elif kind < 85:
                self.total += 1
                self.added += 1
            elif kind < 93:
                self.grown += [self.done]
                self.extended += 1
            elif kind < 95:
                self.take()
            elif kind < 99 and self.env.session.has_store():
                self.waiting.append((self.large, self.done, self.texts.append(text(self.done))))
            else:
                self.look()
        self.look()

    def take(self) -> None:
        try:
            square = next(self.squares)
        except InterpreterDiedError as error:
            self.failures += failed(error)
        else:
            assert self.fetch(lambda: square) == self.taken * self.taken
            self.taken += 1

    def look(self) -> None:
        """What was asked for is done once, or has failed; and that is told once."""
        self.failures += self.errors()
        for books, number, result in self.waiting:
            if handle_of(result).failure is None:
                books.append(number)
        self.waiting.clear()
        assert self.fetch(lambda: self.list) == self.listed
        assert self.fetch(lambda: self.tally.seen) == self.tallied
        assert self.fetch(lambda: self.texts) == list(map(text, self.large))
        missing = self.keys - len(self.fetch(lambda: self.dict))
        missing += self.added - self.fetch(lambda: self.total)
        missing += self.extended - len(self.fetch(lambda: self.grown))
        self.failures += self.errors()
        assert 0 <= missing <= self.failures

    def fetch(self, var: Callable[[], Var[Any]]) -> Any:
        """A value, of which the asking may be what fails."""
        while True:
            try:
                return var().fetch(timeout=60)
            except InterpreterDiedError as error:
                self.failures += failed(error)

    def errors(self) -> int:
        """How many operations have failed that were not told yet."""
        count = 0
        while True:
            try:
                self.env.sync(timeout=60)
                return count
            except InterpreterDiedError as error:
                count += failed(error)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.faults) for seed in range(1, 25))])
def test_whenever_a_process_is_killed_each_operation_counts_once_and_at_most_one_fails(lives: Lives, seed: int) -> None:
    outlive(lives, seed, kills=12)


def outlive(lives: Lives, seed: int, kills: int, clients: int = 3) -> dict[str, int]:
    """Kill an interpreter under load again and again; gives what happened."""
    numbers = random.Random(seed)
    workers = [Worker(lives.connect(), seed * 10 + number) for number in range(clients)]
    over = threading.Event()
    errors: list[BaseException] = []

    def work(worker: Worker) -> None:
        try:
            while not over.is_set():
                worker.work(worker.random.randrange(1, 1500))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for _ in range(kills):
        time.sleep(numbers.random() ** 3 * 0.2)  # at moments that nobody chose
        lives.kill()
        lives.begin()
    over.set()
    for thread in threads:
        thread.join(60)
    assert not errors, errors
    return account(lives, workers, kills)


def account(lives: Lives, workers: list[Worker], deaths: int) -> dict[str, int]:
    """At the end: no more has failed than there were deaths, and the log tells what was."""
    for worker in workers:
        worker.look()
    failures = sum(worker.failures for worker in workers)
    operations = sum(worker.done for worker in workers)
    assert failures <= deaths
    workers.clear()
    for env in lives.envs:
        env.destroy()
    assert lives.end() == 0
    report = replay(lives.path)
    assert report, report
    return {"deaths": deaths, "operations": operations, "messages": report.operations, "failed": failures}


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.faults) for seed in range(1, 25))])
def test_whichever_line_of_ours_a_process_dies_at(bulky: Lives, seed: int) -> None:
    die_at_lines(bulky, seed, deaths=60)


def die_at_lines(lives: Lives, seed: int, deaths: int) -> dict[str, int]:
    """Have processes die at lines of the package, also while they recover; gives what happened."""
    numbers = random.Random(seed)
    workers = [Worker(lives.connect(), seed * 10 + number) for number in range(2)]
    died = 0
    lives.kill()

    def live() -> None:
        nonlocal died
        while died < deaths:
            with contextlib.suppress(DiedAtOnceError):
                lives.begin(die_at=1 + int(numbers.expovariate(1 / 4000)))
                lives.wait()
            died += 1
        lives.begin()

    living = threading.Thread(target=live)
    living.start()
    try:
        while living.is_alive():
            for worker in workers:
                worker.work(worker.random.randrange(1, 60))
    finally:
        deaths = died  # no more of them, where one of us has failed
        living.join()
    return account(lives, workers, deaths)

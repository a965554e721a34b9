"""Random programs on an interpreter that recovers, while its clock jumps, its process is killed, and its disk is full.

What is there at the end is what plain Python has.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lives import Clocks, Lives, Mother

from ray_proxy import InterpreterDiedError, StaleVarError, Var, replay
from ray_proxy.var.core import wrap
from ray_proxy.var.interface import handle_of

LEASE = 600.0
SLACK = 60.0
"""Seconds about the end of a lease in which nobody claims it: a run takes a few."""
RUNS = int(os.environ.get("STORMS", "8"))
STEPS = 60
TEXTS = [f"text {number}" for number in range(40)]


@pytest.fixture(scope="module")
def mother() -> Iterator[Mother]:
    mother = Mother({**os.environ, "PYTHONHASHSEED": "4711"})
    yield mother
    mother.close()


class Leased:
    """A lease, and when it is over."""

    def __init__(self, token: str, value: list[int], over: float) -> None:
        self.token, self.value, self.over = token, value, over


class Storm:
    """One program, and what plain Python makes of it."""

    def __init__(self, lives: Lives, clocks: Clocks, seed: int) -> None:
        self.random = random.Random(seed)
        self.lives, self.clocks = lives, clocks
        self.env = lives.connect()
        self.now = 0.0
        """Seconds that have passed while there was a process."""
        self.outstanding: list[tuple[Var[Any], Callable[[], None]]] = []
        """Results of operations of which we have not heard, and what they do here."""
        self.numbers: list[Any] = []
        self.remote_numbers = self.env.put([])
        self.table: dict[str, Any] = {}
        self.remote_table = self.env.put({})
        self.named: dict[str, int] = {}
        self.words: list[str] = []
        """Of a set of texts, in its order."""
        self.taken: list[str] = []
        self.leases: list[Leased] = []
        self.failed = self.kills = self.jumps = self.full = 0
        self.remote_words = self.env.run(lambda texts: set(texts), (TEXTS,))
        self.words = self.env.run(list, (self.remote_words,)).fetch()
        self.half = self.env.run(iter, (self.remote_words,))
        self.draw = self.env.module("random").random
        self.settle()

    def run(self) -> None:
        steps = [self.append, self.append, self.set_item, self.name, self.take, self.chance, self.lease, self.claim]
        steps += [self.pass_by, self.jump, self.kill]
        for _ in range(STEPS):
            self.random.choice(steps)()
        self.settle()
        self.look()

    def ask(self, result: Var[Any], here: Callable[[], None]) -> None:
        self.outstanding.append((result, here))
        if self.random.random() < 0.2:
            self.settle()

    def settle(self) -> None:
        """Hear of all that was asked for; do here what was done there."""
        while True:
            try:
                self.env.sync(timeout=60)
                break
            except InterpreterDiedError:
                pass
        for result, here in self.outstanding:
            failure = handle_of(result).failure
            if failure is None:
                here()
            else:
                self.failed += 1
                failure.seen = True
        self.outstanding.clear()

    # ------------------------------------------------------------------------------------------- steps

    def append(self) -> None:
        number = self.random.randrange(1000)
        self.ask(self.remote_numbers.append(number), lambda: self.numbers.append(number))

    def set_item(self) -> None:
        key, number = self.random.choice("abcdef"), self.random.randrange(1000)
        self.ask(
            self.remote_table.update({key: number}) if key < "d" else self.remote_table.setdefault(key, number),
            lambda: self.table.update({key: number}) if key < "d" else self.table.setdefault(key, number),
        )

    def name(self) -> None:
        key, number = self.random.choice("xyz"), self.random.randrange(1000)
        self.settle()
        self.env[key] = number
        self.settle()
        self.named[key] = number
        assert self.env[key].fetch() == number

    def take(self) -> None:
        if len(self.taken) + len(self.outstanding) < len(TEXTS):
            item = self.env.run(next, (self.half,))
            self.ask(item, lambda: self.taken.append(item.fetch()))

    def chance(self) -> None:
        """What a client was told stays, and what is computed with it."""
        x = self.draw()
        self.ask(self.remote_numbers.append(x), lambda: self.numbers.append(x.fetch()))
        self.settle()

    def lease(self) -> None:
        self.settle()
        value = [self.random.randrange(1000)]
        v = self.env.put(value)
        token = self.env.session.lease(handle_of(v))
        self.ask(v.copy(), lambda: self.leases.append(Leased(token, value, self.now + LEASE)))
        self.settle()

    def claim(self) -> None:
        self.settle()
        for leased in self.leases:
            if abs(leased.over - self.now) < SLACK:
                continue
            claimed = wrap(self.env.session.claim(leased.token))
            try:
                value = claimed.fetch(timeout=60)
            except StaleVarError:
                assert leased.over < self.now
            else:
                assert leased.over > self.now
                assert value == leased.value
                leased.over = self.now + LEASE

    def pass_by(self) -> None:
        self.settle()
        seconds = self.random.choice([100, 250, 500])
        self.clocks.pass_by(seconds)
        self.now += seconds
        self.remote_numbers.copy().fetch()  # by which the log knows how late it is

    def jump(self) -> None:
        self.clocks.jump(self.random.choice([-1, 1]) * self.random.choice([1, 60, 3600, 10**6]))
        self.jumps += 1

    def kill(self) -> None:
        if self.random.random() < 0.5:
            self.settle()
        else:
            self.env.session.flush()
        self.lives.kill()
        self.kills += 1
        if self.random.random() < 0.5:
            self.jump()
        self.begin()

    def begin(self) -> None:
        if self.random.random() < 0.3:
            self.full += 1
            self.lives.begin(room=self.random.choice([0, 1, 7, 30, 100, 300]))
        else:
            self.lives.begin()

    # -------------------------------------------------------------------------------------- the end

    def look(self) -> None:
        assert self.remote_numbers.fetch() == self.numbers
        assert self.remote_table.fetch() == self.table
        assert {key: self.env[key].fetch() for key in self.named} == self.named
        assert self.env.run(list, (self.remote_words,)).fetch() == self.words
        assert self.taken == self.words[: len(self.taken)]
        assert self.failed <= self.kills


@pytest.mark.parametrize("seed", range(RUNS))
def test_whatever_happens_all_is_as_in_plain_python(seed: int, mother: Mother, tmp_path: Path) -> None:
    clocks = Clocks(str(tmp_path / "clocks"))
    with Lives(mother, tmp_path / "session.rplog", clocks=clocks.path, lease=LEASE) as lives:
        storm = Storm(lives, clocks, seed)
        storm.run()
        print(f"{storm.kills} kills, {storm.full} onto a full disk; {storm.jumps} jumps; {storm.failed} have failed")
        for env in lives.envs:
            env.destroy()
        assert lives.end() == 0
        report = replay(lives.path, by_type=True)
        assert report, report

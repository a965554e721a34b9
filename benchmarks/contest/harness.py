"""The rounds: in each, every contender does every work in turn, in a process of its own.

Knows nothing of the contenders but their names, and nothing of how results are shown.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from .contenders import Contender, Entry
from .figures import Spread, ratios, spread
from .works import Row, Work

PATIENCE = 300.0
"""Seconds for one sample, after which its contender has failed at it."""

Figures = dict[str, list[float]]
"""Of a row: for each contender its figure in each round that it took part in."""


class Failed(Exception):
    """A contender has failed at a work, or could not be started."""


# ------------------------------------------------------------------------------- in a contender's process


def attend(entry: Entry, cluster: str, works: list[Work], pipe: Connection) -> None:
    """The process of a contender: does what it is asked for until the pipe is closed."""
    contender = entry.make()
    try:
        contender.start(cluster)
    except Exception:
        pipe.send((None, traceback.format_exc()))
        return
    pipe.send(([contender.takes(work) for work in works], ""))
    while True:
        try:
            at, size = pipe.recv()
        except (EOFError, OSError):
            break
        try:
            pipe.send((_sample(contender, works[at], size), ""))
        except Exception:
            pipe.send((None, traceback.format_exc()))
    contender.stop()


def _sample(contender: Contender, work: Work, size: int) -> tuple[dict[str, float], int]:
    size = max(1, size // contender.less.get(work.method, 1))
    gc.collect()
    raw: Any = getattr(contender, work.method)(size, *work.args)
    return (raw if isinstance(raw, dict) else {"": raw}), size


# -------------------------------------------------------------------------------------------- in the harness


class Booth:
    """A contender's process, as the harness sees it."""

    def __init__(self, entry: Entry, cluster: str, works: list[Work]) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.name = entry.name
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=attend, args=(entry, cluster, works, theirs))
        self._process.start()
        theirs.close()
        try:
            self.takes: list[bool] = self._answer(f"{entry.name} did not start")
        except Failed:
            self.close()
            raise

    def sample(self, at: int, size: int) -> tuple[dict[str, float], int]:
        """What the work at that place of the list returned, by its parts; and the size that it really had."""
        try:
            self._pipe.send((at, size))
            answer: tuple[dict[str, float], int] = self._answer(f"{self.name} failed")
        except (OSError, EOFError) as error:
            raise Failed(f"the process of {self.name} has ended: {error!r}") from error
        return answer

    def _answer(self, what: str) -> Any:
        if not self._pipe.poll(PATIENCE):
            self._process.kill()
            raise Failed(f"{what}: no answer in {PATIENCE:.0f} s")
        try:
            answer, error = self._pipe.recv()
        except EOFError:
            raise Failed(f"{what}: its process has ended") from None
        if error:
            raise Failed(f"{what}:\n{error}")
        return answer

    def close(self) -> None:
        self._pipe.close()
        self._process.join(30)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


@dataclass
class Outcome:
    """All samples of a run.

    Attributes:
        figures: by row and contender, in the unit of the row.
        sizes: by row and contender, how many operations (items, bytes) a sample had.
        failures: what went wrong, as text.
        loads: the load average of the last minute at the beginning of each round.
    """

    figures: dict[str, Figures] = field(default_factory=dict)
    sizes: dict[str, dict[str, int]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def spread(self, row: Row, name: str) -> Spread | None:
        samples = self.figures.get(row.key, {}).get(name)
        return spread(samples) if samples else None

    def ratio(self, row: Row, name: str, ours: str) -> Spread | None:
        """How many times our time they took, round by round."""
        figures = self.figures.get(row.key, {})
        found = ratios(row.unit, figures.get(name, []), figures.get(ours, []))
        return spread(found) if found else None


class Contest:
    """A run of some works by some contenders."""

    def __init__(
        self,
        works: Iterable[Work],
        entries: Iterable[Entry],
        cluster: str,
        quick: bool = False,
        tell: Callable[[str], None] = print,
    ) -> None:
        self._works, self._entries, self._cluster = list(works), list(entries), cluster
        self._quick, self._tell = quick, tell
        self._booths: list[Booth] = []
        self._out: set[tuple[int, str]] = set()
        """Works at which a contender has failed, and which it does not try again."""
        self.outcome = Outcome()

    def run(self, rounds: int) -> Outcome:
        start = time.monotonic()
        try:
            for entry in self._entries:
                self._tell(f"starting: {entry.name}")
                try:
                    self._booths.append(Booth(entry, self._cluster, self._works))
                except Failed as failure:
                    self._fail(str(failure))
            for number in range(rounds):
                self.outcome.loads.append(os.getloadavg()[0])
                for at, work in enumerate(self._works):
                    if number < work.rounds:
                        began = time.monotonic()
                        self._work(number, at, work)
                        if number == 0:
                            self._tell(f"  {work.rows[0].key}: {time.monotonic() - began:.1f} s")
                self._tell(f"round {number + 1} of {rounds}, {time.monotonic() - start:.0f} s so far")
        finally:
            for booth in self._booths:
                booth.close()
        self.outcome.seconds = time.monotonic() - start
        return self.outcome

    def _fail(self, text: str) -> None:
        self._tell(text)
        self.outcome.failures.append(text)

    def _work(self, number: int, at: int, work: Work) -> None:
        """One work by all, next to each other. Another one begins in each round, so nobody always follows the same."""
        first = number % max(1, len(self._booths))
        for booth in self._booths[first:] + self._booths[:first]:
            if booth.takes[at] and (at, booth.name) not in self._out:
                try:
                    self._take(number, at, work, booth)
                except Failed as failure:
                    self._out.add((at, booth.name))
                    self._fail(f"{work.method}: {failure}")

    def _take(self, number: int, at: int, work: Work, booth: Booth) -> None:
        size = work.quick if self._quick else work.size
        if work.fresh:
            entry = next(entry for entry in self._entries if entry.name == booth.name)
            booth = Booth(entry, self._cluster, self._works)
        try:
            if work.warm and number == 0:
                booth.sample(at, max(1, size // 10))
            raw, size = booth.sample(at, size)
        finally:
            if work.fresh:
                booth.close()
        for row in work.rows:
            figure = row.unit.figure(raw[row.part], size)
            self.outcome.figures.setdefault(row.key, {}).setdefault(booth.name, []).append(figure)
            self.outcome.sizes.setdefault(row.key, {})[booth.name] = size

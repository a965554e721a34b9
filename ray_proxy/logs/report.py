"""What a replay has found: its differences, and what could not be executed."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from ..doors import stand_behind
from ..errors import printable
from .replayer import Replayer
from .text import Place, located

DIFFERENCES = 10
"""So many differences are kept in a report; the others are counted."""


class Difference(NamedTuple):
    """An operation whose outcome is not the recorded one."""

    number: int
    """Of the operation, as in `operations.operations`."""
    client: int
    text: str
    """The operation: ``v9 = v3 + 1``."""
    place: Place | None
    """The line of code that asked for it, where that was recorded."""
    was: str
    now: str

    def __str__(self) -> str:
        place = located(self.place, path=True, function=True)
        asked = f"#{self.number} {printable(self.text)}{'  ' if place else ''}{place}"
        return f"{asked}\n    was {printable(self.was)}\n    is  {printable(self.now)}"


@dataclass
class Report:
    """What a replay has found. It is true where nothing differs."""

    operations: int = 0
    """How many were executed again."""
    seconds: float = 0.0
    differences: list[Difference] = field(default_factory=list)
    """The first of them."""
    different: int = 0
    """How many there are."""
    withheld: int = 0
    """Operations that were interrupted when they were recorded, and not executed."""
    unanswered: int = 0
    """Operations whose answer is not in the log, and which were not executed."""
    unknown: int = 0
    """Operations that need what was made before the recording began, and could not be executed."""
    unmatched: list[str] = field(default_factory=list)
    """Marks of volatile operations that no operation has matched."""
    problem: str | None = None
    """What of the recording is missing."""
    damaged: bool = False
    """It is damaged; or so much of it is missing that nothing can be said."""

    def add(self, differences: Iterable[Difference], limit: int = DIFFERENCES) -> None:
        for difference in differences:
            self.different += 1
            if len(self.differences) < limit:
                self.differences.append(difference)

    def finish(self, replayer: Replayer) -> None:
        """Take what the replayer knows at its end."""
        self.operations, self.withheld = replayer.executed, replayer.withheld
        self.unanswered = replayer.unanswered()
        self.problem = replayer.problem()
        self.damaged = self.problem is not None and not self.operations
        self.seconds = time.perf_counter() - replayer.began

    def __bool__(self) -> bool:
        return not self.different and not self.damaged

    def __str__(self) -> str:
        is_whole = self.problem is None and not self.unanswered
        right = "every answer is as recorded" if is_whole else "every answer that is there is as recorded"
        found = f"{self.different:,} answers differ" if self.different else right
        lines = [f"{self.operations:,} operations in {self.seconds:.2f} s: {found}"]
        lines += map(str, self.differences)
        if self.different > len(self.differences):
            lines.append(f"… and {self.different - len(self.differences):,} more")
        if self.withheld:
            lines.append(f"{self.withheld:,} operations were interrupted when recorded, and not executed again")
        if self.unanswered:
            lines.append(f"{self.unanswered:,} operations were never answered, and not executed")
        if self.unknown:
            lines.append(f"{self.unknown:,} operations need what was made before the recording began")
        lines += [f"the mark {mark!r} matches no operation" for mark in self.unmatched]
        if self.problem:
            lines.append(printable(self.problem))
        return "\n".join(lines)


stand_behind("ray_proxy.replayer", Difference, Report)

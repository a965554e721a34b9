"""Arithmetic of samples: medians, quartiles, ratios, units. Knows nothing of processes or of who is measured."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import NamedTuple


class Spread(NamedTuple):
    """The median of some samples, and the quartiles below and above it."""

    low: float
    median: float
    high: float


def spread(samples: Sequence[float]) -> Spread:
    """Quartiles by linear interpolation, both ends of the samples included; of one sample, that sample."""
    if len(samples) == 1:
        return Spread(samples[0], samples[0], samples[0])
    low, median, high = statistics.quantiles(samples, n=4, method="inclusive")
    return Spread(low, median, high)


class Unit(NamedTuple):
    """How a raw sample (seconds or bytes of a whole work) becomes a figure."""

    name: str
    scale: float = 1.0
    each: bool = False
    """Divided by the size of the work."""
    rate: bool = False
    """The size of the work divided by the sample: more is better."""

    def figure(self, raw: float, size: float) -> float:
        if self.rate:
            return self.scale * size / raw
        return self.scale * raw / (size if self.each else 1)


MICROS = Unit("µs", 1e6, each=True)
MILLIS = Unit("ms", 1e3)
RATE = Unit("/s", rate=True)
BYTES = Unit("B", each=True)
MEGABYTES = Unit("MB", 1e-6)


def ratios(unit: Unit, theirs: Sequence[float], ours: Sequence[float]) -> list[float]:
    """Their time over ours, round by round: 3 means that they took three times as long, whatever the unit.

    Samples of one round were taken next to each other, so a load that comes and goes touches both. Of a difference
    that came out as nothing or less there is no ratio.
    """
    pairs = [(b, a) if unit.rate else (a, b) for a, b in zip(theirs, ours) if a > 0 and b > 0]
    return [a / b for a, b in pairs]


def shown(value: float) -> str:
    """Three digits that count: 1,230,000; 12.3; 0.0123."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        digits = len(str(int(abs(value)))) - 3
        return f"{round(value, -digits):,.0f}"
    return f"{value:.3g}"

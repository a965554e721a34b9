"""The data: two spirals in the plane, one class each."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from ray_proxy import IRemoteInterpreter, Var


@dataclass(frozen=True)
class Points:
    """Points with their classes.

    Attributes:
        inputs: one row per point, of two coordinates.
        labels: the class of each point, 0 or 1.
    """

    inputs: Tensor
    labels: Tensor

    def part(self, start: int, stop: int) -> Points:
        """The points from `start` on, before `stop`."""
        return Points(self.inputs[start:stop], self.labels[start:stop])

    def __len__(self) -> int:
        return len(self.labels)


def spirals(env: IRemoteInterpreter, count: int, *, turns: float = 1.5, noise: float = 0.02) -> Var[Points]:
    """Points on the spirals, in random order; they are computed in the interpreter, and stay there."""
    torch = env.module("torch")
    labels = torch.randint(0, 2, (count,))
    radius = torch.rand(count).sqrt()
    angle = radius * (2 * math.pi * turns) + labels * math.pi
    inputs = torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)
    inputs += torch.randn(inputs.shape) * noise
    return env.remote(Points)(inputs, labels)


def split(points: Var[Points], fraction: float) -> tuple[Var[Points], Var[Points]]:
    """The first part of that size, and the rest."""
    count = len(points)
    middle = round(count * fraction)
    return points.part(0, middle), points.part(middle, stop=count)


def batches(points: Var[Points], size: int) -> Iterator[Var[Points]]:
    """The points, so many at a time."""
    for start in range(0, len(points), size):
        yield points.part(start, start + size)

"""The model, which takes its time to load."""

from __future__ import annotations

import time
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Shape:
    """How large a model is."""

    hidden: int = 32
    classes: int = 2


class Model(nn.Module):
    """Tells the class of a point of the plane."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.lift = nn.Linear(2, shape.hidden)
        self.mix = nn.Linear(shape.hidden, shape.hidden)
        self.decide = nn.Linear(shape.hidden, shape.classes)

    def forward(self, inputs: Tensor, *, temperature: float = 1.0) -> Tensor:
        """The score of each class, for each row."""
        lifted = torch.sin(3 * self.lift(inputs))
        scores: Tensor = self.decide(torch.relu(self.mix(lifted)))
        return scores / temperature

    def count(self) -> int:
        """The number of its weights."""
        return sum(parameter.numel() for parameter in self.parameters())


def load(shape: Shape) -> Model:
    """A new model."""
    time.sleep(1)  # stands for the minutes that a large one takes
    return Model(shape)

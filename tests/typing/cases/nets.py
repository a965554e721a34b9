"""The user's own model."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Model(nn.Module):
    def __init__(self, size: int, *, hidden: int = 8) -> None:
        super().__init__()
        self.hidden = hidden
        self.linear = nn.Linear(size, hidden)

    def forward(self, x: Tensor, scale: float = 1.0) -> Tensor:
        return torch.relu(x) * scale

    def predict(self, x: Tensor) -> list[int]:
        return [int(x.argmax())]

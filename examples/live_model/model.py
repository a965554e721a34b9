"""A model that is slow to load. `run.py` edits a copy of this file while the model is in memory."""

from __future__ import annotations

import time

LOADS = [0]


def load() -> list[float]:
    LOADS[0] += 1
    time.sleep(1)  # stands for minutes
    return [0.5, 2.0]


WEIGHTS = load()


class Model:
    def __init__(self) -> None:
        self.asked = 0

    def predict(self, x: float) -> float:
        self.asked += 1
        return WEIGHTS[0] * x


def score(model: Model) -> float:
    return model.predict(10)


def loads() -> int:
    return LOADS[0]

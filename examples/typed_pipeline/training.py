"""Training: every operation runs in the interpreter of the model, and nothing here waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor
from torch.optim import Optimizer

from ray_proxy import Var

from .data import Points, batches
from .model import Model


@dataclass(frozen=True)
class Schedule:
    """How long a model learns, and how fast."""

    epochs: int = 6
    batch: int = 128
    rate: float = 0.1
    decay: float = 0.8


def train(
    model: Var[Model], points: Var[Points], losses: Var[list[float]], schedule: Schedule
) -> Iterator[Var[dict[str, Tensor]]]:
    """Train a model on points that live beside it; each step of the iteration is an epoch.

    Args:
        losses: to which the mean loss of each epoch is added.

    Yields:
        a copy of the weights, which the next epoch leaves as it is.
    """
    torch = model.env.module("torch")
    optimizer = torch.optim.SGD(model.parameters(), lr=schedule.rate, momentum=0.9)
    parts = list(batches(points, schedule.batch))
    for _ in range(schedule.epochs):
        loss = torch.stack([step(model, optimizer, part) for part in parts]).mean()
        losses.append(loss.item())
        yield model.env.run(copy_of, (model.state_dict(),))
        slow_down(optimizer, schedule.decay)


def step(model: Var[Model], optimizer: Var[Optimizer], batch: Var[Points]) -> Var[Tensor]:
    """One step down the slope of the loss, which is returned."""
    torch = model.env.module("torch")
    loss = torch.nn.functional.cross_entropy(model.forward(batch.inputs), batch.labels)
    optimizer.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)  # loss.backward(), but with annotations
    optimizer.step()
    return loss.detach()


def slow_down(optimizer: Var[Optimizer], factor: float) -> None:
    """Make the steps smaller."""
    for group in optimizer.param_groups:
        group["lr"] *= factor


def copy_of(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same weights, in tensors of their own."""
    return {name: weight.clone() for name, weight in weights.items()}

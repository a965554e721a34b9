"""The service: a model that stays loaded in its interpreter, under a name, for whoever asks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from ray_proxy import IRemoteInterpreter, Var

from .data import Points
from .model import Model, Shape, load

NAME = "model"


@dataclass(frozen=True)
class Report:
    """How good a model is.

    Attributes:
        accuracy: the share of the points that it tells right.
        confusion: for each class, how many of its points were taken for which class.
    """

    accuracy: float
    confusion: list[list[int]]


def open_service(env: IRemoteInterpreter, shape: Shape) -> None:
    """Load the model, unless it is there; it stays for as long as the interpreter does."""
    if NAME not in env:
        env.put_named(NAME, env.run(load, (shape,)).eval())


def served(env: IRemoteInterpreter) -> Var[Model]:
    """The model of the service."""
    model: Var[Model] = env.get_named(NAME)
    return model


def evaluate(model: Var[Model], points: Var[Points]) -> Var[Report]:
    """Ask the model for points whose classes are known."""
    torch = model.env.module("torch")
    with torch.no_grad():
        guesses = model.forward(points.inputs).argmax(dim=1)
    right = guesses == points.labels
    classes = model.shape.classes
    confusion = (points.labels * classes + guesses).bincount(minlength=classes**2).reshape(classes, -1)
    return model.env.remote(Report)(right.float().mean().item(), confusion.tolist())


async def ask(model: Var[Model], x: float, y: float) -> str:
    """One question to the service."""
    torch = model.env.module("torch")
    with torch.no_grad():
        chances = model.forward(torch.tensor([[x, y]]), temperature=2.0).softmax(dim=1)[0]
    best = chances.argmax()
    chance = await chances[best].item()
    return f"({x:.2f}, {y:.2f}) is of class {int(best)}: {chance:.0%}"


async def ask_all(model: Var[Model], questions: Iterable[tuple[float, float]]) -> list[str]:
    """Many questions at once."""
    return await asyncio.gather(*(ask(model, x, y) for x, y in questions))

"""Train in one interpreter; a second one, the service, judges what was learnt meanwhile, and answers questions."""

from __future__ import annotations

import asyncio

import ray_proxy
from ray_proxy import IRemoteInterpreter, Var

from .cluster import cluster
from .data import spirals, split
from .model import Shape, load
from .serving import Report, ask_all, evaluate, open_service, served
from .training import Schedule, train

QUESTIONS = [(0.0, 0.5), (0.0, -0.5), (0.6, 0.0), (-0.6, 0.0)]


def pipeline(workshop: IRemoteInterpreter, service: IRemoteInterpreter) -> None:
    """The whole application, on two interpreters."""
    shape = Shape(hidden=48)
    open_service(service, shape)
    workshop.module("torch").manual_seed(1)
    model = workshop.run(load, (shape,))  # both load at the same time
    known, unseen = split(spirals(workshop, 4000), fraction=0.75)
    print(f"{model.count():d} weights, {len(known)} points to learn from, {len(unseen)} to be judged by")

    answering = served(service)
    unseen = service.put(unseen)  # from here on it lives beside the model that is judged
    losses: Var[list[float]] = workshop.put([])
    reports: list[Var[Report]] = []
    for weights in train(model, known, losses, Schedule()):
        answering.load_state_dict(weights)  # waits for the weights and moves them…
        reports.append(evaluate(answering, unseen))  # … and while they are judged, the next epoch runs

    for epoch, (loss, report) in enumerate(zip(losses.fetch(), ray_proxy.fetch(*reports)), 1):
        print(f"epoch {epoch}: loss {loss:.3f}, {report.accuracy:.1%} right")
    print("taken for class 0 and 1:", *reports[-1].confusion.fetch())
    for answer in asyncio.run(ask_all(answering, QUESTIONS)):
        print(answer)


def main() -> None:
    with cluster() as rif, rif.create(num_cpus=1) as workshop, rif.create(num_cpus=1) as service:
        pipeline(workshop, service)


if __name__ == "__main__":
    main()

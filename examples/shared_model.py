"""One model, loaded once, for the processes, threads and coroutines of a program.

Run: python examples/shared_model.py (starts a Ray of its own, on this machine)
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import ray

from ray_proxy import RemoteInterpreterFactory, Var


class Model:
    def __init__(self) -> None:
        time.sleep(1)  # slow to load
        self.asked = 0

    def predict(self, x: int) -> int:
        self.asked += 1
        return x * x


def ask(model: Var[Model], x: int) -> int:
    answer: int = model.predict(x).fetch()
    return answer


async def ask_all(model: Var[Model], numbers: range) -> list[int]:
    return list(await asyncio.gather(*[model.predict(x) for x in numbers]))


def main() -> None:
    env = RemoteInterpreterFactory().create()
    model = env.remote(Model)()
    env.sync()  # before processes are forked
    numbers, models = range(8), [model] * 8
    with ProcessPoolExecutor(2) as processes, ThreadPoolExecutor(2) as threads:
        print("processes: ", list(processes.map(ask, models, numbers)))
        print("threads:   ", list(threads.map(ask, models, numbers)))
    print("coroutines:", asyncio.run(ask_all(model, numbers)))
    print("one model was asked", model.asked.fetch(), "times")


if __name__ == "__main__":
    ray.init(include_dashboard=False, log_to_driver=False)
    main()

"""Ray-Proxy on a GPU: the first examples with ``.cuda()``, what an operation costs, and that the memory comes back.

``python benchmarks/gpu.py [FILE]`` needs PyTorch with CUDA and a GPU; it prints JSON, and writes it to FILE.
"""

from __future__ import annotations

import json
import logging
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import ray
import torch

import ray_proxy
from ray_proxy import RemoteInterpreterFactory


def micros(work: Callable[[], object], count: int) -> float:
    """Median time of one call in microseconds, over `count` calls after ten to warm up."""
    for _ in range(10):
        work()
    times = []
    for _ in range(count):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return round(statistics.median(times) * 1e6, 1)


def used() -> int:
    """Memory of the GPU that is in use, in MiB."""
    asked = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
    return int(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()[0])


def measure() -> dict[str, Any]:
    before = used()
    ray.init(num_gpus=1, include_dashboard=False, logging_level=logging.ERROR)
    rif = RemoteInterpreterFactory(ray)
    env = rif.create(num_gpus=1)
    remote_torch = env.put(torch)
    start = time.perf_counter()
    y = remote_torch.arange(10).cuda() + 1
    assert y.cpu().fetch().tolist() == list(range(1, 11))
    first = time.perf_counter() - start
    assert y.is_cuda
    assert y.device.type == "cuda"

    found: dict[str, Any] = {
        "gpu": env.run(torch.cuda.get_device_name).fetch(),
        "python": platform.python_version(),
        "ray": ray.__version__,
        "torch": torch.__version__,
        "ray_proxy": ray_proxy.__version__,
        "first_cuda_value_s": round(first, 2),
    }
    x = env.put(torch.zeros(8)).cuda()

    def chain() -> None:
        nonlocal x
        for _ in range(1000):
            x += 1
        env.sync()

    def waited() -> None:
        nonlocal x
        x += 1
        env.sync()

    found["x += 1, a thousand pipelined, us each"] = round(micros(chain, 20) / 1000, 2)
    found["x += 1 and wait for it, us"] = micros(waited, 500)
    found["bool(x.sum() > 0), us"] = micros(lambda: bool(x.sum() > 0), 500)
    big = remote_torch.ones(256, 1024, 1024).cuda()  # 1 GiB of float32
    start = time.perf_counter()
    assert big.sum() == 256 * 1024 * 1024
    here = (big[:64].cpu()).fetch()  # 256 MiB
    found["256 MiB from the GPU to here, s"] = round(time.perf_counter() - start, 2)
    assert here.shape == (64, 1024, 1024)
    held = used()
    del big
    y = None  # type: ignore[assignment]
    remote_torch.cuda.empty_cache()
    env.sync()
    dropped = used()
    start = time.perf_counter()
    env.destroy()
    while used() > before + 64 and time.perf_counter() - start < 30:
        time.sleep(0.05)
    found["memory of the GPU, MiB"] = {
        "before": before,
        "with 1 GiB in a Var": held,
        "the Var dropped, the cache emptied": dropped,
        "after destroy": used(),
    }
    found["destroy until the memory is free, s"] = round(time.perf_counter() - start, 2)
    assert held - before > 1024
    assert held - dropped >= 1000
    assert used() <= before + 64
    ray.shutdown()

    if torch.cuda.is_available():  # the same in this process, once the other has left the GPU
        local = torch.zeros(8).cuda()

        def step() -> None:
            nonlocal local
            local += 1

        found["x += 1 in this process, us"] = micros(step, 2000)
    return found


if __name__ == "__main__":
    text = json.dumps(measure(), indent=2)
    print(text)
    if len(sys.argv) > 1:
        with open(sys.argv[1], "w") as file:
            file.write(text + "\n")

"""Ray, for the time of a block."""
# Ray's own functions are annotated in part.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager

import ray

from ray_proxy import RemoteInterpreterFactory


@contextmanager
def cluster() -> Generator[RemoteInterpreterFactory]:
    """Connect to the cluster at RAY_ADDRESS, or start one on this machine."""
    ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    try:
        yield RemoteInterpreterFactory(ray)
    finally:
        ray.shutdown()

"""This process, as Ray knows it."""

from __future__ import annotations

import contextlib
import os
from typing import NamedTuple

import ray

from . import liveness


class Here(NamedTuple):
    """This process, as Ray knows it."""

    job: str
    node: str
    worker: str
    pid: int

    @property
    def is_forked(self) -> bool:
        """Whether this is a child of the process that Ray knows, in which nothing of Ray works."""
        return self.pid != os.getpid()


_here: Here | None = None


def here() -> Here:
    """Facts of this process; in a forked one, those of its parent. After `ray.shutdown`, what they were."""
    global _here
    if _here is None or (not _here.is_forked and ray.is_initialized()):  # else it would start a new Ray
        context = ray.get_runtime_context()
        worker = ""
        with contextlib.suppress(AttributeError):  # older releases of Ray Client do not say it
            worker = liveness.worker_id()
        _here = Here(context.get_job_id(), context.get_node_id(), worker, os.getpid())
    return _here

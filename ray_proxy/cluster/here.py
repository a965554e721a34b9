"""This process, as Ray knows it."""

from __future__ import annotations

import contextlib
import os
from typing import NamedTuple

import ray

from . import liveness


class Here(NamedTuple):
    """This process, as Ray knows it; with empty texts, where it does not."""

    job: str
    node: str
    worker: str
    pid: int

    @property
    def is_forked(self) -> bool:
        """Whether this is a child of a process that has used Ray, in which nothing of Ray works."""
        return self.pid != os.getpid()


_here: Here | None = None


def here() -> Here:
    """Facts of this process; in a forked one, those of its parent. After `ray.shutdown`, what they were."""
    global _here
    if (_here is None or not _here.is_forked) and ray.is_initialized():  # else it would start a new Ray
        context = ray.get_runtime_context()
        worker = ""
        with contextlib.suppress(AttributeError):  # older releases of Ray Client do not say it
            worker = liveness.worker_id()
        _here = Here(context.get_job_id(), context.get_node_id(), worker, os.getpid())
    return _here or Here("", "", "", os.getpid())


def note_use() -> None:
    """This process uses something of Ray, though it may not be connected: nothing of Ray works in its children."""
    global _here
    if _here is None:
        _here = here()


def cluster() -> str:
    """Names the Ray that this process is connected with; empty where there is none."""
    if not ray.is_initialized():
        return ""
    if ray.util.client.ray.is_connected():  # without a call of it
        return str(getattr(ray.util.client.ray.get_context().client_worker, "_client_id", "client"))
    with contextlib.suppress(AttributeError):
        name: str = ray.get_runtime_context().worker.node.session_name
        return name
    return "unnamed"


def connection() -> str:
    """Names the connection of this process with Ray: handles of actors last as long as that."""
    name = cluster()
    if not name or ray.util.client.ray.is_connected():
        return name
    return f"{name} {ray.get_runtime_context().get_job_id()}"  # jobs of two clusters may have the same number


def address() -> str:
    """Where any process finds this Ray's control store; empty without one."""
    if not ray.is_initialized():
        return ""
    where: str = ray.get_runtime_context().gcs_address
    return where


def _before_fork() -> None:
    with contextlib.suppress(Exception):
        if _here is None and ray.is_initialized():
            here()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork)

"""What Ray knows of the end of a process: its verdict on a worker (a client), and on an actor (an interpreter).

Asked of Ray's global control store, in less than a millisecond and without a call of any actor. Ray has no public way
to these two tables that works without its dashboard (`ray.util.state` needs it), hence the private accessor; where it
is missing, nobody is ever known to be dead, and the grace time decides.
"""

from __future__ import annotations

import contextlib
from typing import Any

import ray


def worker_id() -> str:
    """Names this process to Ray: a driver, or the worker of a task or actor."""
    id: str = ray.get_runtime_context().get_worker_id()
    return id


def is_dead(worker: str) -> bool:
    """Whether Ray has seen the end of that worker or driver. False where it does not know."""
    with contextlib.suppress(Exception):
        from ray.core.generated import gcs_pb2

        found = _accessor().get_worker_info(ray.WorkerID(bytes.fromhex(worker)))
        return found is not None and not gcs_pb2.WorkerTableData.FromString(found).is_alive
    return False


def verdict(actor: str) -> str | None:
    """Why an actor has ended for good, in Ray's words; None where it lives, is being restarted, or is unknown."""
    data = _actor(actor)
    if data is None or data.state != data.DEAD:
        return None
    return _reason(data.death_cause)


def restarts(actor: str) -> int:
    """How often Ray has begun to restart an actor's process; 0 where it does not know."""
    data = _actor(actor)
    return 0 if data is None else data.num_restarts


def _actor(actor: str) -> Any:
    with contextlib.suppress(Exception):
        from ray.core.generated import gcs_pb2

        found = _accessor().get_actor_info(ray.ActorID(bytes.fromhex(actor)))
        return None if found is None else gcs_pb2.ActorTableData.FromString(found)
    return None


def _reason(cause: Any) -> str:
    kind = cause.WhichOneof("context")
    context = getattr(cause, kind) if kind else None
    for field in ("error_message", "formatted_exception_string"):
        text: str = getattr(context, field, "")
        if text:
            return text
    return "Ray gives no reason"


def _accessor() -> Any:
    return ray._private.state.state._connect_and_get_accessor()

"""What Ray knows of the life of a process: whether an actor (an interpreter) is placed, and its verdict on a worker (a
client) and on an actor.

Asked of Ray's global control store, in less than a millisecond and without a call of any actor. Ray has no public way
to these tables that works without its dashboard (`ray.util.state` needs it), hence the private accessor; where it is
missing, as in a driver outside the cluster, nobody is ever known to be dead, and the grace time decides.
"""

from __future__ import annotations

import contextlib
import time
from typing import Any, NamedTuple

import ray


def worker_id() -> str:
    """Names this process to Ray: a driver, or the worker of a task or actor."""
    id: str = ray.get_runtime_context().get_worker_id()
    return id


def is_of_task(worker: str) -> bool:
    """Whether that worker runs tasks or an actor, and is no driver: Ray makes the ids of drivers of those of their
    jobs."""
    return bool(worker[8:].strip("f"))


def is_dead(worker: str) -> bool:
    """Whether Ray has seen the end of that worker or driver. False where it does not know."""
    with contextlib.suppress(Exception):
        from ray.core.generated import gcs_pb2

        found = _accessor().get_worker_info(ray.WorkerID(bytes.fromhex(worker)))
        return found is not None and not gcs_pb2.WorkerTableData.FromString(found).is_alive
    return False


def verdict(actor: str, accessor: Any = None, unknown: str | None = None) -> str | None:
    """Why an actor has ended for good, in Ray's words; None where it lives, or is being restarted.

    Args:
        accessor: of the Ray that is asked; None: of that of this process.
        unknown: what is said of one that it does not know.
    """
    data = _actor(actor, accessor)
    if data is None:
        return unknown
    return _reason(data.death_cause) if data.state == data.DEAD else None


def restarts(actor: str, accessor: Any = None) -> int:
    """How often Ray has begun to restart an actor's process; 0 where it does not know."""
    data = _actor(actor, accessor)
    return 0 if data is None else data.num_restarts


class Placing(NamedTuple):
    """How far Ray is with placing an actor."""

    waits: bool
    """No node has what it asks for; else only its process is being started."""
    asked: dict[str, float]
    """The resources that it asks for."""
    nodes: dict[str, tuple[dict[str, float], dict[str, float]]]
    """Of each node, by a name of it, what is free and what there is."""
    is_infeasible: bool
    """No node has as much, whatever is free."""


def placing(actor: str) -> Placing | None:
    """How far Ray is with placing an actor; None where it does not know."""
    data = _actor(actor)
    if data is None:
        return None
    asked = dict(data.required_resources) or {"CPU": 1.0}  # what an actor that asks for nothing needs to be placed
    nodes = _nodes()
    demands = _demands()
    if demands is None:
        queued = infeasible = not any(_has(total, asked) for _, total in nodes.values())
    else:
        queued, infeasible = demands.get(frozenset(asked.items()), (False, False))
    waits = data.state != data.ALIVE and not data.pid and (queued or infeasible)
    return Placing(waits, asked, nodes, infeasible)


def _demands() -> dict[frozenset[tuple[str, float]], tuple[bool, bool]] | None:
    """By what is asked for, whether anybody waits for that to be free, and whether for a node that has as much."""
    with contextlib.suppress(Exception):
        from ray.core.generated import gcs_pb2

        usage = gcs_pb2.ResourceUsageBatchData.FromString(_accessor().get_all_resource_usage())
        return {
            frozenset(demand.shape.items()): (
                bool(demand.num_ready_requests_queued or demand.backlog_size),
                bool(demand.num_infeasible_requests_queued),
            )
            for demand in usage.resource_load_by_shape.resource_demands
        }
    return None


def _nodes() -> dict[str, tuple[dict[str, float], dict[str, float]]]:
    with contextlib.suppress(Exception):
        free = ray._private.state.available_resources_per_node()
        return {
            f"{node['NodeManagerHostname']}[{node['NodeID'][:5]}]": (free.get(node["NodeID"], {}), node["Resources"])
            for node in ray.nodes()
            if node["Alive"]
        }
    return {}


def _has(resources: dict[str, float], asked: dict[str, float]) -> bool:
    return all(resources.get(name, 0) >= amount for name, amount in asked.items())


class Ended(NamedTuple):
    """The end of an actor that had a name."""

    reason: str
    """In Ray's words."""
    at: str
    """The time of day."""
    is_detached: bool


def ended(name: str, namespace: str) -> Ended | None:
    """The end of the last actor of that name; None where Ray remembers none."""
    with contextlib.suppress(Exception):
        from ray.core.generated import gcs_pb2

        sought = name.encode()
        dead = [data for data in _accessor().get_actor_table(None, "DEAD") if sought in data]
        actors = [gcs_pb2.ActorTableData.FromString(data) for data in dead]
        named = [data for data in actors if (data.name, data.ray_namespace) == (name, namespace)]
        last = max(named, key=lambda data: data.end_time)
        at = time.strftime("%H:%M:%S", time.localtime(last.end_time / 1000))
        return Ended(_reason(last.death_cause), at, last.is_detached)
    return None


def namespaces(name: str) -> list[str]:
    """Those in which an actor of that name lives."""
    with contextlib.suppress(Exception):
        return sorted(
            found["namespace"] for found in ray.util.list_named_actors(all_namespaces=True) if found["name"] == name
        )
    return []


def _actor(actor: str, accessor: Any = None) -> Any:
    with contextlib.suppress(Exception):
        from ray.core.generated import gcs_pb2

        found = (accessor or _accessor()).get_actor_info(ray.ActorID(bytes.fromhex(actor)))
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

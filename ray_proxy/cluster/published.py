"""What an interpreter publishes in Ray's internal key-value store, by which its clients find it.

The store needs the same access as calling the actor.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable

import msgspec
import ray
from ray.experimental import internal_kv

from ..channels.socket import Address
from ..errors import InterpreterDiedError
from .here import cluster, here

NAMESPACE = "ray_proxy"


class Published(msgspec.Struct):
    """What an interpreter publishes under its actor id.

    Clients of all releases read it, those of other majors too, which shall hear of that by the interpreter's answer to
    their hello. So fields are only added, with defaults; none is taken away or changed.
    """

    address: Address
    node: str
    key: bytes
    pid: int
    restarts: int
    """How often Ray had restarted the actor when its present process began."""
    recovers: bool = False
    """The state of a process that Ray restarts is rebuilt from the log, and sessions go on there."""

    def __repr__(self) -> str:
        return f"Published({self.address}, {self.node})"  # never the key


def publish(id: str, published: Published) -> None:
    """Done by the interpreter's process, once it listens."""
    internal_kv._internal_kv_put(id, msgspec.msgpack.encode(published), namespace=NAMESPACE)


def unpublish(id: str) -> None:
    internal_kv._internal_kv_del(id, namespace=NAMESPACE)
    internal_kv._internal_kv_del(id + _WAITS, namespace=NAMESPACE)


def find(id: str) -> Published | None:
    """What the interpreter has published; None while it has not. Raises `InterpreterDiedError`."""
    require_ray(id)
    found = internal_kv._internal_kv_get(id, namespace=NAMESPACE)
    return None if found is None else msgspec.msgpack.decode(found, type=Published)


def require_ray(id: str, of: str = "") -> None:
    """Raises `InterpreterDiedError` after `ray.shutdown`: any call of Ray would start a new one by itself; and where
    this process is connected with another Ray by now than the one of that name (`here.cluster`)."""
    if not ray.is_initialized():
        raise InterpreterDiedError(
            f"the interpreter {id[:5]} is out of reach: its Ray has ended, for Ray was shut down in this process; "
            "call ray.init() again, and create an interpreter, or get one that has a name there"
        )
    if of and cluster() != of:
        raise InterpreterDiedError(
            f"the interpreter {id[:5]} is out of reach: its Ray has ended for this process, which was shut down and "
            "connected with another one; get or create an interpreter there, and make what is needed anew"
        )


def clean_up_after(id: str, published: Published | None) -> None:
    """Remove what an interpreter's process, which had published this, could not remove itself when it was killed."""
    with contextlib.suppress(Exception):
        if published is None:
            return
        if find(id) == published:  # it is another process's after a restart
            unpublish(id)
        if published.node == here().node:
            shutil.rmtree(published.address.path.rpartition("/")[0], ignore_errors=True)


_WAITS = ".waits"
"""Ends the key under which stands what a process that was restarted waits for before it goes on."""


def tell_waiting(id: str) -> Callable[[str], None]:
    """Publishes that, and takes it back once there is nothing."""

    def tell(text: str) -> None:
        with contextlib.suppress(Exception):  # it waits all the same
            if text:
                internal_kv._internal_kv_put(id + _WAITS, text.encode(), namespace=NAMESPACE)
            else:
                internal_kv._internal_kv_del(id + _WAITS, namespace=NAMESPACE)

    return tell


def waits_for(id: str) -> str:
    """What the interpreter's restarted process waits for, so that it does not answer; empty: nothing is known of it."""
    found = internal_kv._internal_kv_get(id + _WAITS, namespace=NAMESPACE)
    return "" if found is None else found.decode(errors="replace")

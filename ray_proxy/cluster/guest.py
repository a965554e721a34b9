"""The way of a guest: a process that uses an interpreter of a Ray that it is not connected with.

It was spawned, and has not called `ray.init`; or was forked off one that uses Ray, which then does not work in it. What
the interpreter has published is read from Ray's control store itself, and values travel in frames, as no object store
is at hand.
"""

from __future__ import annotations

import pickle
import socket
import time
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
import ray

from ..errors import InterpreterDiedError
from . import liveness
from .here import cluster, here, note_use
from .link import POLL, Link, logger, unknown_to_parent, within
from .published import NAMESPACE, Published

_KNOCK = 3.0
"""Seconds that Ray's control store has to take a connection…"""
_ANSWER = 4.0
"""… and then to answer."""
_WARN_AFTER = 10.0
"""Seconds after which a guest says that it still waits for the interpreter to be placed; then after twice as many."""
_UNKNOWN = "Ray does not know it, or not any more"
_raylet: Any = ray._raylet
"""There is no public way to that store without `ray.init`."""
T = TypeVar("T")


class GuestLink(Link):
    """How a session of such a process gets at an interpreter. Where this was forked, only if its parent has before.

    Args:
        handle: the pickle of the actor's handle, which is passed on; empty where that is not known.
        cluster, address: the name of its Ray, and where its control store is.
    """

    def __init__(self, id: str, handle: bytes, cluster: str, address: str) -> None:
        super().__init__(None, id)
        self.cluster = cluster
        self._passed = handle, cluster, address
        self._address = address

    @property
    def actor(self) -> Any:
        handle, name, _ = self._passed
        if here().is_forked or cluster() != name or not handle:
            raise InterpreterDiedError(
                f"the actor of the interpreter {self.id[:5]} is out of reach, as this process is not connected with "
                f"its Ray. {self._remedy()}"
            )
        return pickle.loads(handle)

    def pickled(self) -> tuple[bytes, str, str]:
        return self._passed

    def _require(self) -> None:
        """It needs no Ray here."""

    def _await(self) -> Published:
        if here().is_forked:
            raise InterpreterDiedError(unknown_to_parent(self.id))
        warn = time.monotonic() + _WARN_AFTER
        while True:
            found = self._ask(lambda: _published(self._address, self.id))
            if found is not None:
                return found
            reason = self._ask(lambda: _of_actor(self._address, lambda all: liveness.verdict(self.id, all, _UNKNOWN)))
            if reason is not None:
                raise InterpreterDiedError(f"the interpreter {self.id[:5]} has ended. {reason}")
            if time.monotonic() > warn:
                warn += 2 * _WARN_AFTER
                logger.warning("Still waiting for Ray to place the interpreter %s; see `ray status`", self.id[:5])
            time.sleep(POLL)

    def _find(self) -> Published | None:
        return _published(self._address, self.id)

    def _verdict(self) -> str | None:
        return _of_actor(self._address, lambda accessor: liveness.verdict(self.id, accessor))

    def _restarts(self) -> int:
        return _of_actor(self._address, lambda accessor: liveness.restarts(self.id, accessor))

    def _ask(self, work: Callable[[], T]) -> T:
        """What Ray's control store says. Raises `InterpreterDiedError` where that is out of reach."""
        why: Exception = TimeoutError(f"no answer within {_ANSWER:.0f} s")

        def do() -> tuple[T] | None:
            nonlocal why
            try:
                return (work(),)
            except Exception as error:
                why = error
                return None

        answer = within(_KNOCK + _ANSWER, do)
        if answer is None:
            at = self._address or "an unknown address"
            if cluster() in ("", self.cluster):
                reason = f"this process is not connected with Ray, and Ray's control store at {at} cannot be asked"
                remedy = self._remedy()
            else:
                reason = (
                    "it is of another Ray than the one that this process is connected with, and its control store at "
                    f"{at} cannot be asked"
                )
                remedy = "Where that Ray has ended, so have its interpreters: make anew here what is needed"
            raise InterpreterDiedError(f"the interpreter {self.id[:5]} is out of reach: {reason}: {why}. {remedy}")
        return answer[0]

    def _remedy(self) -> str:
        return (
            "Connect each process with Ray before it gets a Var, as by the initializer of its pool: "
            f"initializer=ray.init, initargs=({self._address!r},)"
        )


def _published(address: str, id: str) -> Published | None:
    """What the interpreter has published in the Ray at that address. Raises whatever hinders that."""
    _knock(address)
    found = _raylet.GcsClient(address=address).internal_kv_get(id.encode(), NAMESPACE.encode(), timeout=_ANSWER)
    return None if found is None else msgspec.msgpack.decode(found, type=Published)


def _of_actor(address: str, ask: Callable[[Any], T]) -> T:
    """What Ray's table of actors there says."""
    _knock(address)
    accessor = _raylet.GlobalStateAccessor(_raylet.GcsClientOptions.create(address, None, True, True))
    accessor.connect()
    return ask(accessor)  # and let go of it: one that lasts would end this process a minute after the end of that Ray


def _knock(address: str) -> None:
    """Raises `OSError` where nobody listens: Ray would try for a minute, and then end this process."""
    note_use()
    host, _, port = address.rpartition(":")
    if not port.isdecimal():
        raise ConnectionError("the pickle does not tell its address")
    socket.create_connection((host.strip("[]"), int(port)), _KNOCK).close()

"""Bulk values beside the channel: through Ray's object store, handed over in a mailbox.

A small named actor, one a cluster, in which one side leaves an ObjectRef under a token and the other takes it.
The ref is nested in a list, so that Ray counts it as borrowed by the mailbox until it is taken. Only the token
travels in the frame, so order is the frame's order.
"""

from __future__ import annotations

import asyncio
import pickle
import time
import uuid
from collections.abc import Sequence
from typing import Any

import ray

from . import pickling
from .errors import BulkTransferError

NAME = "ray_proxy_mailbox"
NAMESPACE = "ray_proxy"
PATIENCE = 30.0
"""Seconds that a taker waits for what its peer said it has left; it is on its way when the token arrives."""


class Mailbox:
    """The actor. Its methods run on one event loop, so they need no lock."""

    def __init__(self) -> None:
        self._left: dict[str, tuple[str, list[Any]]] = {}
        self._unwanted: dict[str, float] = {}
        """Tokens that were discarded before they were left, with the time (`time.monotonic`)."""
        self._waiting: dict[str, asyncio.Event] = {}

    async def leave(self, token: str, owner: str, refs: list[Any]) -> None:
        if self._unwanted.pop(token, None) is not None:
            return
        self._left[token] = (owner, refs)
        waiting = self._waiting.pop(token, None)
        if waiting is not None:
            waiting.set()

    async def take(self, token: str) -> list[Any] | None:
        if token not in self._left:
            event = self._waiting[token] = asyncio.Event()
            try:
                await asyncio.wait_for(event.wait(), PATIENCE)
            except asyncio.TimeoutError:
                self._waiting.pop(token, None)
                return None
        return self._left.pop(token)[1]

    async def discard(self, token: str) -> None:
        if self._left.pop(token, None) is None:
            now = time.monotonic()
            self._unwanted[token] = now
            while self._unwanted and next(iter(self._unwanted.values())) < now - PATIENCE:
                del self._unwanted[next(iter(self._unwanted))]

    async def forget(self, owner: str) -> None:
        for token in [token for token, (theirs, _) in self._left.items() if theirs == owner]:
            del self._left[token]

    async def count(self) -> int:
        return len(self._left)


class RayStore:
    """`pickling.Store` by Ray's object store and the mailbox."""

    def __init__(self) -> None:
        self._job = ""
        self._mailbox: Any = None
        self._last: Any = None
        """The answer of the mailbox to what was left last."""

    def mailbox(self) -> Any:
        """The cluster's mailbox, started with the first bulk value."""
        job = ray.get_runtime_context().get_job_id()  # another one after another `ray.init`
        if self._mailbox is None or self._job != job:
            self._job = job
            self._mailbox = (
                ray.remote(Mailbox)
                .options(
                    name=NAME,
                    namespace=NAMESPACE,
                    get_if_exists=True,
                    lifetime="detached",
                    num_cpus=0,
                    max_concurrency=1000,
                )
                .remote()
            )
        return self._mailbox

    def leave(self, parts: Sequence[pickle.PickleBuffer], owner: str) -> str:
        return self.leave_ref(ray.put(list(parts)), owner)

    def take(self, token: str) -> list[memoryview]:
        parts = ray.get(self.take_ref(token))
        return [memoryview(part) for part in parts]

    def leave_value(self, value: object, owner: str) -> str:
        return self.leave_ref(ray.put(value), owner)

    def leave_ref(self, ref: Any, owner: str) -> str:
        token = uuid.uuid4().hex
        if self._last is not None and ray.wait([self._last], timeout=0)[0]:
            try:
                ray.get(self._last)
            except ray.exceptions.RayError:  # it has died: start another one
                self._mailbox = None
        self._last = self.mailbox().leave.remote(token, owner, [ref])
        return token

    def take_ref(self, token: str) -> Any:
        try:
            refs = ray.get(self.mailbox().take.remote(token))
        except ray.exceptions.RayActorError as error:
            self._mailbox = None
            raise BulkTransferError(f"a large value was lost with the mailbox, send it again: {error}") from error
        if refs is None:
            raise BulkTransferError(
                f"a large value did not arrive within {PATIENCE:.0f} s: its sender, or Ray's mailbox actor, has died"
            )
        return refs[0]

    def is_ref(self, value: object) -> bool:
        return isinstance(value, ray.ObjectRef)

    def get(self, ref: Any) -> object:
        return pickling.writable(ray.get(ref))

    def discard(self, token: str) -> None:
        if ray.is_initialized():
            self.mailbox().discard.remote(token)

    def forget(self, owner: str) -> None:
        if not ray.is_initialized():
            return
        try:
            mailbox = self._mailbox or ray.get_actor(NAME, NAMESPACE)
        except ValueError:
            return  # there has been no bulk value yet
        mailbox.forget.remote(owner)


def take_ref(token: str) -> Any:
    """Inside a pickle, stands where an ObjectRef stood."""
    codec = pickling.loading_codec()
    if codec.store is None:
        raise BulkTransferError("an ObjectRef came over a channel that has no object store beside it")
    return codec.store.take_ref(token)


def _reduce(ref: Any, codec: pickling.Codec) -> pickling.Reduced:
    # Pickled out of band, Ray would pin the object for the life of the process.
    if codec.store is None:
        reduced: pickling.Reduced = ref.__reduce__()
        return reduced
    return take_ref, (codec.store.leave_ref(ref, codec.owner),)


pickling.register_reducer(ray.ObjectRef, _reduce)

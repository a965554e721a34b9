"""Bulk values beside the channel: through Ray's object store, handed over in a mailbox.

A small named actor, one a cluster, in which one side leaves an ObjectRef under a token and the other takes it.
The ref is nested in a list, so that Ray counts it as borrowed by the mailbox until it is taken. Only the token
travels in the frame; it is told when the mailbox has the ref, so that what is not there is never on its way.
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import time
import uuid
from collections.abc import Sequence
from typing import Any

import cloudpickle
import ray

from ..doors import stand_behind
from ..errors import BulkTransferError
from ..values import codec as pickling
from ..values.reducers import Reduced, register_reducer
from . import liveness
from .here import connection

NAME = "ray_proxy_mailbox"
NAMESPACE = "ray_proxy"
LOOK = 2.0
"""Seconds between looks for values whose sender has died."""
_REFUSED = 60.0
"""Seconds for which what comes of a session that has ended is refused; what was on its way has come by then."""
_PATIENCE = 60.0
"""Seconds that a process waits for the mailbox, which may have to be started on a busy machine."""
_REMEDY = "send it again"


class Mailbox:
    """The actor. Its methods run on one event loop, so they need no lock.

    The cluster has one, of the release that needed it first, and all others call it: what its methods take and give
    stays, and as with `InterpreterProcess` none is added.
    """

    def __init__(self) -> None:
        self._left: dict[str, tuple[tuple[str, ...], str, list[Any]]] = {}
        """By token: the sessions with whose end it is dropped, the worker that has left it, and the refs."""
        self._ended: dict[str, float] = {}
        """Sessions that were forgotten, with the time (`time.monotonic`), oldest first."""
        self._looking: asyncio.Task[None] | None = None

    async def leave(self, token: str, owners: tuple[str, ...], worker: str, refs: list[Any]) -> None:
        if not self._ended.keys().isdisjoint(owners):
            return
        self._left[token] = (owners, worker, refs)
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())

    async def take(self, token: str) -> list[Any] | None:
        left = self._left.pop(token, None)
        return None if left is None else left[2]

    async def discard(self, token: str) -> None:
        self._left.pop(token, None)

    async def forget(self, owner: str) -> None:
        now = time.monotonic()
        self._ended.pop(owner, None)
        self._ended[owner] = now
        while next(iter(self._ended.values())) < now - _REFUSED:
            del self._ended[next(iter(self._ended))]
        for token in [token for token, (owners, _, _) in self._left.items() if owner in owners]:
            del self._left[token]

    async def count(self) -> int:
        return len(self._left)

    async def _look(self) -> None:
        """While anything is here: drop what dead processes have left. Nobody else may know of it."""
        while self._left:
            await asyncio.sleep(LOOK)
            workers = {worker for _, worker, _ in self._left.values()}
            dead = await asyncio.to_thread(lambda: set(filter(liveness.is_dead, workers)))  # noqa: B023 awaited here
            for token in [token for token, (_, worker, _) in self._left.items() if worker in dead]:
                del self._left[token]
        self._looking = None


class RayStore:
    """`store.Store` by Ray's object store and the mailbox."""

    def __init__(self) -> None:
        self._connection = ""
        self._mailbox: Any = None

    def mailbox(self) -> Any:
        """The cluster's mailbox, started with the first bulk value."""
        _require_ray()
        here = connection()  # another one after another `ray.init`
        mailbox = self._mailbox
        if mailbox is None or self._connection != here:
            self._connection = here
            mailbox = self._mailbox = (
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
        return mailbox

    def _ask(self, method: str, *args: object) -> Any:
        """Call the mailbox. One that has died is replaced."""
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                answer = getattr(self.mailbox(), method).remote(*args)
                return ray.get(answer, timeout=max(0.0, until - time.monotonic()))
            except ray.exceptions.GetTimeoutError as error:
                reason: Exception = error
            except (ray.exceptions.RayActorError, ValueError) as error:
                # Ray goes on giving the dead one for a moment, or knows that the name is taken and not by whom.
                self._mailbox = None
                reason = error
            if time.monotonic() > until:
                raise BulkTransferError(
                    f"a large value cannot be handed over: Ray's actor {NAME!r} in the namespace {NAMESPACE!r} has not "
                    f"answered for {_PATIENCE:.0f} s; if it lives and hangs, ray.kill it, and a new one takes over. "
                    f"{reason}"
                ) from reason
            time.sleep(0.05)

    def leave(self, parts: Sequence[pickle.PickleBuffer], *owners: str) -> str:
        return self.leave_ref(_put(list(parts)), *owners)

    def leave_again(self, token: str, parts: Sequence[bytes], *owners: str) -> None:
        """Leave buffers under a token that a process has given which has died."""
        self._hand_over(token, _put([pickle.PickleBuffer(part) for part in parts]), *owners)

    def take(self, token: str) -> list[memoryview]:
        try:
            parts = ray.get(self.take_ref(token))
        except ray.exceptions.RayError as error:
            raise BulkTransferError(
                f"a large value was lost with the process that has sent it, or does not fit into this node; {_REMEDY}. "
                f"{error}"
            ) from error
        return [memoryview(part) for part in parts]

    def leave_value(self, value: object, *owners: str) -> str:
        return self.leave_ref(_put(value), *owners)

    def leave_ref(self, ref: Any, *owners: str) -> str:
        token = uuid.uuid4().hex
        self._hand_over(token, ref, *owners)
        return token

    def _hand_over(self, token: str, ref: Any, *owners: str) -> None:
        _require_ray()
        try:
            self._ask("leave", token, owners, _worker(), [ref])
        except BaseException:  # an interrupt may come once it is there
            self.discard(token)
            raise

    def take_ref(self, token: str) -> Any:
        refs = self._ask("take", token)
        if refs is None:
            raise BulkTransferError(
                "a large value was lost on its way: the process that has sent it, its session, or Ray's actor "
                f"{NAME!r}, which kept it for its receiver, has ended; {_REMEDY}"
            )
        return refs[0]

    def is_ref(self, value: object) -> bool:
        return isinstance(value, ray.ObjectRef)

    def get(self, ref: Any) -> object:
        return pickling.writable(ray.get(ref))

    def discard(self, token: str) -> None:
        if self._mailbox is not None and ray.is_initialized() and self._connection == connection():
            self._mailbox.discard.remote(token)

    def forget(self, owner: str) -> None:
        if not ray.is_initialized():
            return
        try:
            mailbox = ray.get_actor(NAME, NAMESPACE)  # that of today: ours may have died
        except ValueError:
            return  # there has been no bulk value yet
        mailbox.forget.remote(owner)


def _require_ray() -> None:
    """Any call of Ray would start a new one by itself."""
    if not ray.is_initialized():
        raise BulkTransferError(
            "a large value cannot be handed over: Ray was shut down in this process; begin again with ray.init() and "
            "rif.get(name)"
        )


def _worker() -> str:
    with contextlib.suppress(AttributeError):  # older releases of Ray Client do not say it
        return liveness.worker_id()
    return ""


def _put(value: object) -> Any:
    _require_ray()
    try:
        return ray.put(value)
    except (ray.exceptions.ObjectStoreFullError, ray.exceptions.OutOfDiskError) as error:
        raise BulkTransferError(
            f"a value of {_size(value):,} bytes does not fit into Ray's object store: {str(error).splitlines()[0]}. "
            "Pass it in parts; let go of ObjectRefs, and of arrays that were fetched with copy=False; or give Ray "
            "more: object_store_memory, or room where it spills"
        ) from error


def _size(value: object) -> int:
    buffers: list[pickle.PickleBuffer] = []
    data = cloudpickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    return len(data) + sum(buffer.raw().nbytes for buffer in buffers)


def take_ref(token: str) -> Any:
    """Inside a pickle, stands where an ObjectRef stood."""
    codec = pickling.loading_codec()
    if codec.store is None:
        raise BulkTransferError("an ObjectRef came over a channel that has no object store beside it")
    return codec.store.take_ref(token)


def reduce_ref(ref: Any, codec: pickling.Codec) -> Reduced:
    # Pickled out of band, Ray would pin the object for the life of the process.
    if codec.store is None:
        reduced: Reduced = ref.__reduce__()
        return reduced
    return take_ref, (codec.store.leave_ref(ref, codec.owner),)


register_reducer(ray.ObjectRef, reduce_ref, ray.ObjectRef.hex)


stand_behind("ray_proxy.mailbox", Mailbox, take_ref)

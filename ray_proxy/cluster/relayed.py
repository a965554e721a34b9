"""The client's end of the way through a relay: the channel and the link over its calls, and a store of copies."""

from __future__ import annotations

import atexit
import concurrent.futures
import contextlib
import queue
import threading
import time
import weakref
from collections import deque
from collections.abc import Sequence
from typing import Any, Literal

import msgspec
import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from ..channels.channel import Channel, hosting
from ..errors import BulkTransferError, InterpreterDiedError
from ..protocol import Control, Hello, Welcome, decode_welcome, encode
from ..values import codec as pickling
from ..values.reducers import Reduced, register_reducer
from .here import connection, here
from .link import DIAL, VERDICT, Link
from .mailbox import RayStore, reduce_ref
from .published import Published
from .relay import GOODBYE, TELL, Relay, take_actor

_START = 60.0
"""Seconds that a relay has to start."""
_CALL = 5.0
"""Seconds that a call of the relay may take beside what it does there."""
_LOOK = 0.5
"""Seconds between looks whether Ray was shut down: what Ray owes us then never comes."""
_MOMENT = 0.001
"""Seconds that the next call waits for a frame to take with it, after answers came: one call for a trip, not two."""


class _Station:
    """The relay of this process. It ends when no link holds it any more, and with this process's job."""

    def __init__(self) -> None:
        self.connection: str = connection()
        self.lost: bool = False
        self._started = threading.Event()
        nearby = NodeAffinitySchedulingStrategy(here().node, soft=True)
        options = {"num_cpus": 0, "max_concurrency": 1000, "scheduling_strategy": nearby}
        self.actor: Any = ray.remote(Relay).options(**options).remote()

    def ask(self, seconds: float, method: str, *args: object) -> Any:
        """What that method answers. Raises what it raised, or `ConnectionError` where the relay is lost."""
        try:
            if not self._started.is_set():
                self.actor.ready.remote().future().result(_START)
                self._started.set()
            return getattr(self.actor, method).remote(*args).future().result(seconds + _CALL)
        except ray.exceptions.RayTaskError as error:
            raise error.cause from None
        except (ray.exceptions.RayError, concurrent.futures.TimeoutError) as error:
            self.lost = True
            with contextlib.suppress(Exception):
                ray.kill(self.actor)  # it may hang: who else uses it shall know
            raise ConnectionError(f"the relay of this process was lost: {error!r}") from error


_station: weakref.ref[_Station] | None = None
_lock = threading.Lock()


def _current_station() -> _Station:
    global _station
    with _lock:
        station = None if _station is None else _station()
        if station is None or station.lost or station.connection != connection():
            station = _Station()
            _station = weakref.ref(station)
        return station


class RelayChannel:
    """`channel.Channel` by calls of a relay.

    They are made by a thread of its own, which no interrupt reaches. What that thread shares with those who send and
    read is written by one side only.
    """

    def __init__(self, station: _Station, passage: int) -> None:
        self._station, self._passage = station, passage
        self._frames: deque[tuple[int, bytes]] = deque()
        """To be sent, with their numbers; perhaps one twice, where code came in between."""
        self._handed = 0
        """Bytes that the relay was given…"""
        self._passed = 0
        """… and what it is known to have passed on."""
        self._answers: tuple[int, tuple[bytes, ...]] = (0, ())
        """Number of the first, and those that are not confirmed; perhaps some that are."""
        self._given: Sequence[bytes] = ()
        self._ended: BaseException | None = None
        self._closing: Literal["close", "drop"] | None = None
        self._news = threading.Lock()
        """Free when there may be something new to read."""
        self._woken = False
        """What waits for that shall not any more."""
        self._events: queue.SimpleQueue[concurrent.futures.Future[Any] | None] = queue.SimpleQueue()
        self._taken = 0
        """Number of the last frame."""
        self._done = 0
        """How many of them were confirmed, those that do not count included."""
        self.received: int = 0
        self.may_be_cut = True
        thread = threading.Thread(target=self._work, name="ray-proxy-relay", daemon=True)
        _workers.add(thread)
        thread.start()

    def send(self, data: bytes, number: int = 0) -> None:
        if self._ended is not None or self._closing is not None:
            raise ConnectionResetError(f"the channel is closed: {self._ended}")
        if not number or number > self._taken:
            self._frames.append((number, data))
            self._taken = max(number, self._taken)
        self.push()

    def push(self) -> None:
        self._events.put(None)

    def pump(self, timeout: float | None) -> Sequence[bytes]:
        until = None if timeout is None else time.monotonic() + timeout
        if self._unsent():
            self.push()  # an interrupt may have come between a frame and the word of it
        while not self._given:
            first, answers = self._answers
            self._given = answers[self._done - first :]
            if self._given:
                break
            if self._ended is not None or self._closing is not None:
                raise ConnectionResetError(f"the interpreter, or the relay to it, closed the connection: {self._ended}")
            left = -1 if until is None else until - time.monotonic()
            if not (self._news.acquire(timeout=left) if until is None or left > 0 else self._news.acquire(False)):
                break
            if self._woken:
                self._woken = False
                break
        return self._given

    def wake(self) -> None:
        self._woken = True
        self._tell()

    def confirm(self, answers: Sequence[bytes], beside: int = 0) -> None:
        done, received = self._done + len(answers), self.received + len(answers) - beside
        if answers and self._given is answers: self._given, self._done, self.received = (), done, received  # noqa: E701  # fmt: skip

    def backlog(self) -> int:
        ahead = self._handed - self._passed
        return sum(len(data) for _, data in self._unsent()) + (
            ahead if ahead > 2 * TELL else 0
        )  # it does not tell of less

    def fileno(self) -> int:
        return -1

    def close(self) -> None:
        self._closing = self._closing or "close"
        self.push()

    def drop(self) -> None:
        self._closing = self._closing or "drop"
        self.push()

    def abandon(self) -> None:
        self._closing = "drop"  # the thread is the parent's

    def _unsent(self) -> tuple[tuple[int, bytes], ...]:
        while True:
            with contextlib.suppress(RuntimeError):  # another thread has added or taken one meanwhile
                return tuple(self._frames)

    # ------------------------------------------------------------------------------------- the thread

    def _work(self) -> None:
        try:
            self._carry()
        except Exception as error:
            self._ended = error
        finally:
            self._tell()

    def _carry(self) -> None:
        relay = self._station.actor
        sent, last, due = 0, 0, 0.0
        poll: concurrent.futures.Future[Any] | None = None
        held: list[Any] = []  # calls whose results nobody needs: under Ray Client, to drop one waits for its start
        while True:
            if connection() != self._station.connection:
                raise ConnectionError("Ray was shut down in this process")
            closing = self._closing
            unsent = self._unsent() if closing != "drop" else ()
            frames = []
            for number, data in unsent:
                if not number or number > last:
                    frames.append(data)
                    last = max(number, last)
            if closing is None and poll is None and (frames or time.monotonic() >= due):
                first, answers = self._answers
                taken = first + len(answers)
                poll = relay.receive.remote(self._passage, taken, self._passed, sent, frames).future()
                poll.add_done_callback(self._events.put)
            elif frames:
                held.append(relay.send.remote(self._passage, sent, frames))
            if frames:
                sent += len(frames)
                self._handed += sum(map(len, frames))
            for _ in unsent:
                self._frames.popleft()
            if closing is not None:
                end = relay.close.remote(self._passage, sent if closing == "close" else None)
                with contextlib.suppress(Exception):
                    end.future().result(2 * GOODBYE)
                return
            event = None
            with contextlib.suppress(queue.Empty):
                event = self._events.get(timeout=_LOOK if poll is not None else max(0.0, due - time.monotonic()))
            if event is None:
                continue
            news = event.result()
            poll, due = None, time.monotonic() + _MOMENT
            if news is None:
                raise ConnectionResetError("the interpreter closed the connection")
            self._passed, came = news
            if came:
                first, answers = self._answers
                before = self._done
                done = before - first
                self._answers = before, (*answers[done:], *came)
                self._tell()
            held.clear()

    def _tell(self) -> None:
        with contextlib.suppress(RuntimeError):  # it is free already
            self._news.release()
        if hosting.wake is not None:
            hosting.wake()


_workers: weakref.WeakSet[threading.Thread] = weakref.WeakSet()


def _finish() -> None:
    """At the end of the process, after sessions have said goodbye and before Ray goes: what is left is sent."""
    until = time.monotonic() + 2 * GOODBYE
    for thread in list(_workers):
        thread.join(max(0.0, until - time.monotonic()))


class RelayLink(Link):
    """How a session gets at an interpreter through this process's relay."""

    def __init__(self, actor: Any, id: str) -> None:
        super().__init__(actor, id)
        self._station: _Station | None = None
        self._seen = b""
        """What the interpreter has published, as the relay told it: with fields that this release does not know."""
        _register_client_types()

    def is_there(self, seconds: float) -> bool:
        try:
            return bool(self._ask(seconds, "is_there", self._seen, seconds))
        except OSError:
            return False

    def control(self, request: Control) -> dict[str, Any]:
        try:
            status: dict[str, Any] = self._ask(2 * DIAL, "control", self._seen, encode(request))
        except OSError as error:
            raise InterpreterDiedError(f"the interpreter {self.id[:5]} cannot be asked now: {error}") from error
        return status

    def raise_verdict(self) -> None:
        with contextlib.suppress(OSError):
            # An older relay does not say it, and gives None.
            self.is_restarting: bool = bool(self._ask(2 * VERDICT, "raise_verdict", self._seen))
            if self.is_restarting:
                self._follow()

    def destroy(self) -> None:
        self._require()
        ray.kill(self.actor)
        with contextlib.suppress(OSError):
            if self.published is not None:
                self._ask(_CALL, "clean_up_after", self._seen)

    def _find(self) -> Published | None:
        found: bytes | None = self._ask(_CALL, "find")
        if found is None:
            return None
        self._seen = found
        return msgspec.msgpack.decode(found, type=Published)

    def _open(self, hello: Hello, seconds: float) -> tuple[Channel, Welcome]:
        passage, welcome = self._ask(2 * seconds, "open", self._seen, encode(hello), seconds)
        assert self._station is not None
        return RelayChannel(self._station, passage), decode_welcome(welcome)

    def _ask(self, seconds: float, method: str, *args: object) -> Any:
        if here().is_forked:
            raise InterpreterDiedError(
                f"the interpreter {self.id[:5]} is out of reach: this process was forked, and a relay is reached by "
                "Ray, which does not work in a forked process; use the interpreter in the parent"
            )
        self._require()
        if self._station is None or self._station.lost:
            self._station = _current_station()
        return self._station.ask(seconds, method, self.id, *args)


def is_outside() -> bool:
    """Whether this process is a driver outside the cluster (Ray Client)."""
    return bool(ray.util.client.ray.is_connected())


class OutsideStore(RayStore):
    """Ray's object store, where views of it do not reach: what is taken are copies."""

    def take(self, token: str) -> list[memoryview]:
        # A plain `ray.get` of buffers that lie in the object store never returns there (Ray 2.60).
        try:
            parts = _current_station().actor.parts.remote(self.take_ref(token)).future().result()
        except ray.exceptions.RayActorError as error:
            raise BulkTransferError(f"a large value was lost with the relay, ask for it again: {error}") from error
        return [memoryview(part) for part in parts]


def _register_client_types() -> None:
    """References and handles inside values travel as those that the cluster knows."""
    if is_outside():
        from ray.util.client.common import ClientActorHandle, ClientObjectRef

        register_reducer(ClientObjectRef, reduce_ref, ClientObjectRef.hex)
        register_reducer(ClientActorHandle, _reduce_actor, lambda handle: handle.actor_ref.hex())


def _reduce_actor(handle: Any, codec: pickling.Codec) -> Reduced:
    assert codec.store is not None
    return take_actor, (codec.store.leave_value([handle], codec.owner),)


atexit.register(_finish)

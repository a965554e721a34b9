"""The way to interpreters whose sockets cannot be reached, as from a driver outside the cluster (Ray Client).

A `Relay` is an actor inside the cluster, one for each client process. It opens the connections by the handshake, so
that no key leaves the cluster, and passes frames and answers on as the bytes that they are. A call of each channel
waits there for answers, so that they come without delay. What the relay holds can be lost with it: the session then
goes on over another one.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import contextlib
import itertools
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
from ..channels.socket import framed
from ..errors import BulkTransferError, InterpreterDiedError
from ..protocol import Hello, Interrupt, Status, Welcome, decode_control, decode_welcome, encode
from ..values import codec as pickling
from . import process as actors
from .mailbox import RayStore, _reduce as _reduce_ref
from .process import Link, Published

_TELL = 256 * 1024
"""Bytes of frames that are passed on before the client is told of it without an answer to tell it with."""
_START = 60.0
"""Seconds that a relay has to start."""
_CALL = 5.0
"""Seconds that a call of the relay may take beside what it does there."""
_LOOK = 0.5
"""Seconds between looks whether Ray was shut down: what Ray owes us then never comes."""
_MOMENT = 0.001
"""Seconds that the next call waits for a frame to take with it, after answers came: one call for a trip, not two."""
_GOODBYE = 2.0
"""Seconds for which frames that are left are passed on at the end."""


# -------------------------------------------------------------------------------------- inside the cluster


class _Passage:
    """A connection to an interpreter, for one channel of a client. Lives on the relay's event loop."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._frames: dict[int, list[bytes]] = {}
        """By the number of their first: calls may overtake each other, as Ray does not keep the order of large ones."""
        self._next = 0
        self._passed = 0
        self._answers: deque[bytes] = deque()
        self._taken = 0
        self._ended = False
        self._news = asyncio.Event()
        self._due = asyncio.Event()
        self._tasks = [asyncio.ensure_future(self._read()), asyncio.ensure_future(self._write())]

    def send(self, first: int, frames: list[bytes]) -> None:
        self._frames[first] = frames
        self._due.set()

    async def receive(self, taken: int, passed: int) -> tuple[int, list[bytes]] | None:
        while self._answers and self._taken < taken:
            self._answers.popleft()
            self._taken += 1
        while not self._answers and self._passed - passed < _TELL:
            if self._ended:
                return None
            self._news.clear()
            await self._news.wait()
        return self._passed, list(self._answers)

    async def close(self, frames: int | None) -> None:
        """End; after so many frames, and with a goodbye, where they are given and can be passed on in time."""
        if frames is not None:
            until = time.monotonic() + _GOODBYE
            while self._next < frames and not self._ended and time.monotonic() < until:
                await asyncio.sleep(0.01)
            if self._next >= frames:
                self._writer.write(framed(b""))
        self._writer.close()
        with contextlib.suppress(OSError, asyncio.TimeoutError):
            await asyncio.wait_for(self._writer.wait_closed(), _GOODBYE)
        for task in self._tasks:
            task.cancel()
        self._end()

    async def _read(self) -> None:
        with contextlib.suppress(OSError, EOFError):
            while True:
                size = int.from_bytes(await self._reader.readexactly(4), "big")
                self._answers.append(await self._reader.readexactly(size))
                self._news.set()
        self._end()

    async def _write(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                for frame in self._frames.pop(self._next, ()):
                    self._writer.write(framed(frame))
                    await self._writer.drain()
                    self._next += 1
                    self._passed += len(frame)
                    self._news.set()
                if self._next not in self._frames:
                    self._due.clear()
                    await self._due.wait()
        # What the interpreter has said before is still read: the end is found there.

    def _end(self) -> None:
        self._ended = True
        self._news.set()


class Relay:
    """The actor. `seen` is what the client knows of an interpreter: `Published`, without its key.

    It may be of another release than its client: what its methods take and give stays, and as with
    `InterpreterProcess` none is added.
    """

    def __init__(self) -> None:
        self._passages: dict[int, _Passage] = {}
        self._numbers = itertools.count()

    async def ready(self) -> None:
        """Returns once it works."""

    async def find(self, id: str) -> bytes | None:
        """What an interpreter has published, but its key. Raises `InterpreterDiedError`."""
        found = await asyncio.to_thread(actors.find, id)
        return None if found is None else _keyless(found)

    async def open(self, id: str, seen: bytes, hello: bytes, seconds: float) -> tuple[int, bytes]:
        """A connection: its number, and the interpreter's welcome. Raises as `actor.introduce`.

        Both may say what only the client and the interpreter know: they are passed on as they are.
        """
        # By TCP on the same node, too: an interpreter holds the end of the process at a Unix socket for its client's.
        connection, welcome = await asyncio.to_thread(
            lambda: actors.introduce(_published(id, seen), hello, seconds, same_node=False)
        )
        connection.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=connection)
        number = next(self._numbers)
        self._passages[number] = _Passage(reader, writer)
        return number, welcome

    async def send(self, passage: int, first: int, frames: list[bytes]) -> None:
        """Pass on these frames, of which the first has that number, counted from 0."""
        if passage in self._passages:
            self._passages[passage].send(first, frames)

    async def receive(
        self, passage: int, taken: int, passed: int, first: int, frames: list[bytes]
    ) -> tuple[int, list[bytes]] | None:
        """As `send`; then how many bytes of frames were passed on, and the answers after those `taken`. Waits until
        there is something to tell. None: the connection has ended, and all answers are taken."""
        if frames:
            self._passages[passage].send(first, frames)
        return await self._passages[passage].receive(taken, passed)

    async def close(self, passage: int, frames: int | None) -> None:
        """End a connection; after so many frames and with a goodbye, where they are given."""
        if passage in self._passages:
            await self._passages[passage].close(frames)
            del self._passages[passage]

    async def control(self, id: str, seen: bytes, request: bytes) -> dict[str, Any]:
        """As `actor.Link.control`."""
        return await asyncio.to_thread(lambda: _link(id, seen).control(decode_control(request)))

    async def is_there(self, id: str, seen: bytes, seconds: float) -> bool:
        """As `actor.Link.is_there`."""
        return await asyncio.to_thread(lambda: _link(id, seen).is_there(seconds))

    async def raise_verdict(self, id: str, seen: bytes) -> bool:
        """As `actor.Link.raise_verdict`; whether its session goes on in another process, which may be there already."""
        link = _link(id, seen)
        before = link.published
        await asyncio.to_thread(link.raise_verdict)
        return link._is_restarting or link.published is not before

    async def clean_up_after(self, id: str, seen: bytes) -> None:
        """As `actor.clean_up_after`."""
        await asyncio.to_thread(lambda: actors.clean_up_after(id, _published(id, seen)))

    async def parts(self, parts: list[Any]) -> list[bytes]:
        """The buffers of a bulk value, as Ray Client can carry them."""
        return [bytes(part) for part in parts]


def _link(id: str, seen: bytes) -> Link:
    link = Link(None, id)
    link.published = _published(id, seen)
    return link


def _published(id: str, seen: bytes) -> Published:
    """By the very process that the client knows: another one is not the interpreter that it means."""
    found, known = actors.find(id), msgspec.msgpack.decode(seen, type=Published)
    return found if found is not None and _process(found) == _process(known) else known


def _process(published: Published) -> tuple[object, ...]:
    """What no other process has; the client may be of a release that does not know every field."""
    return published.address, published.node, published.pid, published.restarts


def _keyless(published: Published) -> bytes:
    return msgspec.msgpack.encode(msgspec.structs.replace(published, key=b""))


# --------------------------------------------------------------------------------------------- at the client


class _Station:
    """The relay of this process. It ends when no link holds it any more, and with this process's job."""

    def __init__(self, job: str) -> None:
        self.job = job
        self.lost: bool = False
        self._started = threading.Event()
        nearby = NodeAffinitySchedulingStrategy(actors.here().node, soft=True)
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
        job = ray.get_runtime_context().get_job_id()  # another one after another `ray.init`
        station = None if _station is None else _station()
        if station is None or station.lost or station.job != job:
            station = _Station(job)
            _station = weakref.ref(station)
        return station


class RelayChannel:
    """`channel.Channel` by calls of a relay.

    They are made by a thread of its own, which no interrupt reaches. What that thread shares with those who send and
    read is written by one side only.
    """

    def __init__(self, station: _Station, passage: int) -> None:
        self._station, self._passage = station, passage
        self._frames: deque[bytes] = deque()
        """To be sent; but the last one stays, by which it is known when it comes again."""
        self._sent_of_it = 0
        """How many of these are sent: 0 or 1."""
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
        self._events: queue.SimpleQueue[concurrent.futures.Future[Any] | None] = queue.SimpleQueue()
        self.received: int = 0
        self.may_be_cut = True
        thread = threading.Thread(target=self._work, name="ray-proxy-relay", daemon=True)
        _workers.add(thread)
        thread.start()

    def send(self, data: bytes) -> None:
        if self._ended is not None or self._closing is not None:
            raise ConnectionResetError(f"the channel is closed: {self._ended}")
        if not self._frames or self._frames[-1] is not data:
            self._frames.append(data)
        self.push()

    def push(self) -> None:
        self._events.put(None)

    def pump(self, timeout: float | None) -> Sequence[bytes]:
        until = None if timeout is None else time.monotonic() + timeout
        if self._unsent():
            self.push()  # an interrupt may have come between a frame and the word of it
        while not self._given:
            first, answers = self._answers
            self._given = answers[self.received - first :]
            if self._given:
                break
            if self._ended is not None or self._closing is not None:
                raise ConnectionResetError(f"the interpreter, or the relay to it, closed the connection: {self._ended}")
            left = -1 if until is None else until - time.monotonic()
            if not (self._news.acquire(timeout=left) if until is None or left > 0 else self._news.acquire(False)):
                break
        return self._given

    def confirm(self) -> None:
        self.received, self._given = self.received + len(self._given), ()

    def backlog(self) -> int:
        ahead = self._handed - self._passed
        return sum(map(len, self._unsent())) + (ahead if ahead > 2 * _TELL else 0)  # it does not tell of less

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

    def _unsent(self) -> tuple[bytes, ...]:
        while True:
            with contextlib.suppress(RuntimeError):  # another thread has added or taken one meanwhile
                return tuple(self._frames)[self._sent_of_it :]

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
        sent, due = 0, 0.0
        poll: concurrent.futures.Future[Any] | None = None
        held: list[Any] = []  # calls whose results nobody needs: under Ray Client, to drop one waits for its start
        while True:
            if not ray.is_initialized():
                raise ConnectionError("Ray was shut down in this process")
            closing = self._closing
            frames = list(self._unsent()) if closing != "drop" else []
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
                for _ in range(len(frames) - 1 + self._sent_of_it):
                    self._frames.popleft()
                self._sent_of_it = 1
            if closing is not None:
                end = relay.close.remote(self._passage, sent if closing == "close" else None)
                with contextlib.suppress(Exception):
                    end.future().result(2 * _GOODBYE)
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
                done = self.received - first
                self._answers = self.received, (*answers[done:], *came)
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
    until = time.monotonic() + 2 * _GOODBYE
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

    def control(self, request: Status | Interrupt) -> dict[str, Any]:
        try:
            status: dict[str, Any] = self._ask(2 * actors._DIAL, "control", self._seen, encode(request))
        except OSError as error:
            raise InterpreterDiedError(f"the interpreter {self.id[:5]} cannot be asked now: {error}") from error
        return status

    def raise_verdict(self) -> None:
        with contextlib.suppress(OSError):
            # An older relay does not say it, and gives None.
            self._is_restarting = bool(self._ask(2 * actors._VERDICT, "raise_verdict", self._seen))
            if self._is_restarting:
                self._follow()

    def destroy(self) -> None:
        actors.require_ray(self.id)
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
        if actors.here().is_forked:
            raise InterpreterDiedError(
                f"the interpreter {self.id[:5]} is out of reach: this process was forked, and a relay is reached by "
                "Ray, which does not work in a forked process; use the interpreter in the parent"
            )
        actors.require_ray(self.id)
        if self._station is None or self._station.lost:
            self._station = _current_station()
        return self._station.ask(seconds, method, self.id, *args)


def is_outside() -> bool:
    """Whether this process is a driver outside the cluster (Ray Client)."""
    return bool(ray.util.client.ray.is_connected())


# ----------------------------------------------------------------------------- what Ray Client has of its own


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

        pickling.register_reducer(ClientObjectRef, _reduce_ref, ClientObjectRef.hex)
        pickling.register_reducer(ClientActorHandle, _reduce_actor, lambda handle: handle.actor_ref.hex())


def _reduce_actor(handle: Any, codec: pickling.Codec) -> pickling.Reduced:
    assert codec.store is not None
    return take_actor, (codec.store.leave_value([handle], codec.owner),)


def take_actor(token: str) -> Any:
    """Inside a pickle, stands where the handle of an actor stood."""
    store = pickling.loading_codec().store
    assert store is not None
    return ray.get(store.take_ref(token))[0]


atexit.register(_finish)


for _named in (Relay, take_actor):
    _named.__module__ = "ray_proxy.relay"  # the door at which other releases find it

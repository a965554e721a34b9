"""The way through the cluster to interpreters whose sockets a client cannot reach (Ray Client).

A `Relay` is an actor inside the cluster, one for each client process. It opens the connections by the handshake, so
that no key leaves the cluster, and passes frames and answers on as the bytes that they are. A call of each channel
waits there for answers, so that they come without delay. What the relay holds can be lost with it: the session then
goes on over another one. The client's end is `relayed`.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections import deque
from typing import Any

import msgspec
import ray

from ..channels.socket import framed
from ..doors import stand_behind
from ..protocol import decode_control
from ..values import codec as pickling
from . import published as publishing
from .link import Link, introduce
from .published import Published

TELL = 256 * 1024
"""Bytes of frames that are passed on before the client is told of it without an answer to tell it with."""
GOODBYE = 2.0
"""Seconds for which frames that are left are passed on at the end."""


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
        while not self._answers and self._passed - passed < TELL:
            if self._ended:
                return None
            self._news.clear()
            await self._news.wait()
        return self._passed, list(self._answers)

    async def close(self, frames: int | None) -> None:
        """End; after so many frames, and with a goodbye, where they are given and can be passed on in time."""
        if frames is not None:
            until = time.monotonic() + GOODBYE
            while self._next < frames and not self._ended and time.monotonic() < until:
                await asyncio.sleep(0.01)
            if self._next >= frames:
                self._writer.write(framed(b""))
        self._writer.close()
        with contextlib.suppress(OSError, asyncio.TimeoutError):
            await asyncio.wait_for(self._writer.wait_closed(), GOODBYE)
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
        found = await asyncio.to_thread(publishing.find, id)
        return None if found is None else _keyless(found)

    async def open(self, id: str, seen: bytes, hello: bytes, seconds: float) -> tuple[int, bytes]:
        """A connection: its number, and the interpreter's welcome. Raises as `link.introduce`.

        Both may say what only the client and the interpreter know: they are passed on as they are.
        """
        # By TCP on the same node, too: an interpreter holds the end of the process at a Unix socket for its client's.
        connection, welcome = await asyncio.to_thread(
            lambda: introduce(_published(id, seen), hello, seconds, same_node=False)
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
        """As `Link.control`."""
        return await asyncio.to_thread(lambda: _link(id, seen).control(decode_control(request)))

    async def is_there(self, id: str, seen: bytes, seconds: float) -> bool:
        """As `Link.is_there`."""
        return await asyncio.to_thread(lambda: _link(id, seen).is_there(seconds))

    async def raise_verdict(self, id: str, seen: bytes) -> bool:
        """As `Link.raise_verdict`; whether its session goes on in another process, which may be there already."""
        link = _link(id, seen)
        before = link.published
        await asyncio.to_thread(link.raise_verdict)
        return link.is_restarting or link.published is not before

    async def clean_up_after(self, id: str, seen: bytes) -> None:
        """As `published.clean_up_after`."""
        await asyncio.to_thread(lambda: publishing.clean_up_after(id, _published(id, seen)))

    async def parts(self, parts: list[Any]) -> list[bytes]:
        """The buffers of a bulk value, as Ray Client can carry them."""
        return [bytes(part) for part in parts]


def _link(id: str, seen: bytes) -> Link:
    link = Link(None, id)
    link.published = _published(id, seen)
    return link


def _published(id: str, seen: bytes) -> Published:
    """By the very process that the client knows: another one is not the interpreter that it means."""
    found, known = publishing.find(id), msgspec.msgpack.decode(seen, type=Published)
    return found if found is not None and _process(found) == _process(known) else known


def _process(published: Published) -> tuple[object, ...]:
    """What no other process has; the client may be of a release that does not know every field."""
    return published.address, published.node, published.pid, published.restarts


def _keyless(published: Published) -> bytes:
    return msgspec.msgpack.encode(msgspec.structs.replace(published, key=b""))


def take_actor(token: str) -> Any:
    """Inside a pickle, stands where the handle of an actor stood."""
    store = pickling.loading_codec().store
    assert store is not None
    return ray.get(store.take_ref(token))[0]


stand_behind("ray_proxy.relay", Relay, take_actor)

"""The least possible: the same messages over a Unix socket, with nothing around them.

Both sides prove a key once, as `multiprocessing.connection` does it. Then the client makes messages of the protocol,
encodes a frame of 256 of them, sends it; the server decodes and executes it, and answers with the values, which the
client decodes. There are no handles, no errors, no order between threads, no recovery. As in this package, both ends
look for the next bytes for 100 µs before they sleep. That is for idle cores, where being woken takes long. Where
processes wait for a core it makes a trip slower, because who has looked has used up its turn. So there is a second one
that sleeps at once.
"""

from __future__ import annotations

import contextlib
import operator
import os
import socket
import tempfile
import threading
import time
from multiprocessing.connection import Client, Listener
from typing import Any

import msgspec

from ray_proxy.protocol import Call, Del, Frame, GetAttr, Op, Ref, Reply

from .contenders import Contender, Ready, served, timed, timed_in_threads
from .target import Target
from .works import Work

MESSAGES = 256
"""Of a frame, as in this package."""
FLIGHTS = 8
"""Frames on their way at most: fewer than fill the socket's buffers, so neither end waits for the other to read."""
SPIN = 100e-6
"""Seconds for which both ends look before they sleep, as in this package."""
NUMBER, OBJECT, FREE = 1, 2, 3
"""Variables that the server begins with: 10, and a `Target`; and the first id that is free."""

encode = msgspec.msgpack.Encoder().encode
decode_frame = msgspec.msgpack.Decoder(Frame).decode
decode_reply = msgspec.msgpack.Decoder(Reply).decode
OPERATORS: dict[str, Any] = {"add": operator.add, "eq": operator.eq, "getitem": operator.getitem}
OPERATORS |= {"next": next, "counted": lambda size: (number for number in range(size))}
SMALL = frozenset({bool, int, float, str, type(None)})


class Wire:
    """One end: messages of bytes, each after four bytes of length."""

    def __init__(self, fd: int, spin: float) -> None:
        self._socket = socket.socket(fileno=os.dup(fd))
        self._spin = spin
        self._buffer = b""

    def send(self, data: bytes) -> None:
        self._socket.sendall(len(data).to_bytes(4, "big") + data)

    def receive(self) -> bytes:
        buffer = self._buffer
        while len(buffer) < 4 or len(buffer) < 4 + int.from_bytes(buffer[:4], "big"):
            data = self._receive()
            if not data:
                raise EOFError
            buffer = buffer + data if buffer else data
        end = 4 + int.from_bytes(buffer[:4], "big")
        self._buffer = buffer[end:]
        return buffer[4:end]

    def _receive(self) -> bytes:
        until = time.perf_counter() + self._spin
        while time.perf_counter() < until:
            with contextlib.suppress(BlockingIOError):
                return self._socket.recv(65536, socket.MSG_DONTWAIT)
        return self._socket.recv(65536)


def execute(table: dict[int, Any], frame: Any) -> Reply:
    values: list[Any] = []
    for at, message in enumerate(frame.messages):
        kind = type(message)
        if kind is Op:
            result = OPERATORS[message.op](*[table[a.id] if type(a) is Ref else a for a in message.args])
        elif kind is GetAttr:
            result = getattr(table[message.obj.id], message.name)
        elif kind is Call:
            result = table[message.function.id](*message.args)
        else:
            for id in message.ids:
                del table[id]
            continue
        if message.id:
            table[message.id] = result
        if type(result) in SMALL:
            values.append((at, result))
    return Reply(frame.number, len(frame.messages), values)


def serve(path: str, key: bytes, spin: float, ready: Ready) -> None:
    with Listener(path, "AF_UNIX", authkey=key) as listener:
        ready.send(None)
        with listener.accept() as connection:
            wire = Wire(connection.fileno(), spin)
            table: dict[int, Any] = {NUMBER: 10, OBJECT: Target()}
            with contextlib.suppress(EOFError):
                while True:
                    wire.send(encode(execute(table, decode_frame(wire.receive()))))


class Bare(Contender):
    """Looks before it sleeps."""

    _spin = SPIN

    def takes(self, work: Work) -> bool:
        return super().takes(work) and (work.method != "iterate" or work.args == ("generator",))

    def start(self, cluster: str) -> None:
        self._stack = contextlib.ExitStack()
        path, key = f"{self._stack.enter_context(tempfile.TemporaryDirectory())}/s", os.urandom(32)
        self._stack.enter_context(served(serve, path, key, self._spin))
        connection = self._stack.enter_context(Client(path, "AF_UNIX", authkey=key))
        self._wire = Wire(connection.fileno(), self._spin)
        self._number = self._waiting = 0
        self._value: Any = None
        self._lock = threading.Lock()

    def stop(self) -> None:
        self._stack.close()

    def _send(self, messages: list[Any]) -> None:
        self._number += 1
        self._wire.send(encode(Frame(self._number, messages)))
        self._waiting += 1
        while self._waiting > FLIGHTS:
            self._take()

    def _take(self) -> None:
        values = decode_reply(self._wire.receive()).values
        self._waiting -= 1
        if values:
            self._value = values[-1][1]

    def _settle(self) -> Any:
        """The last value of all that was sent."""
        while self._waiting:
            self._take()
        return self._value

    def chain(self, size: int) -> float:
        start = time.perf_counter()
        messages: list[Any] = []
        last, dead = NUMBER, []
        for id in range(FREE, FREE + size):
            messages.append(Op(id, "add", [Ref(last), 1]))
            dead.append(id)
            last = id
            if len(messages) >= MESSAGES:
                messages.append(Del(dead[:-1]))
                dead = dead[-1:]
                self._send(messages)
                messages = []
        self._send(messages)
        assert self._settle() == size + 10
        seconds = time.perf_counter() - start
        self._send([Del(dead)])
        return seconds

    def fan(self, size: int) -> float:
        start = time.perf_counter()
        messages: list[Any] = []
        for i in range(size):
            messages.append(Op(FREE + i, "add", [Ref(NUMBER), i]))
            if len(messages) >= MESSAGES:
                self._send(messages)
                messages = []
        self._send(messages)
        assert self._settle() == size + 9
        for first in range(FREE, FREE + size, MESSAGES):
            self._send([Del(list(range(first, min(first + MESSAGES, FREE + size))))])
        self._settle()
        return time.perf_counter() - start

    def pipeline(self, size: int) -> float:
        start = time.perf_counter()
        messages: list[Any] = []
        id = FREE
        for _ in range(size // 4):
            messages += (
                GetAttr(id, Ref(OBJECT), "a"),
                GetAttr(id + 1, Ref(id), "b"),
                Op(id + 2, "getitem", [Ref(id + 1), 0]),
                Call(id + 3, Ref(id + 2), [1]),
            )
            id += 4
            if len(messages) >= MESSAGES:
                self._send([*messages, Del(list(range(id - len(messages), id)))])
                messages = []
        if messages:
            self._send([*messages, Del(list(range(id - len(messages), id)))])
        assert self._settle() == 2
        return time.perf_counter() - start

    def _equals(self) -> None:
        self._send([Op(0, "eq", [Ref(NUMBER), 10])])
        assert self._settle() is True

    def _call(self) -> None:
        self._send([GetAttr(FREE, Ref(OBJECT), "f"), Call(0, Ref(FREE), [3]), Del([FREE])])
        assert self._settle() == 6

    def _locked_call(self) -> None:
        with self._lock:
            self._call()

    def truth(self, size: int) -> float:
        return timed(size, self._equals)

    def call(self, size: int) -> float:
        return timed(size, self._call)

    def threads(self, size: int, count: int) -> float:
        return timed_in_threads(size, count, lambda: self._locked_call)

    def iterate(self, size: int, kind: str) -> float:
        """A generator, one item a trip."""
        self._send([Op(FREE, "counted", [size])])
        self._settle()
        start = time.perf_counter()
        total = 0
        for _ in range(size):
            self._send([Op(0, "next", [Ref(FREE)])])
            total += self._settle()
        seconds = time.perf_counter() - start
        assert total == size * (size - 1) // 2
        self._send([Del([FREE])])
        self._settle()
        return seconds


class Sleeping(Bare):
    """Sleeps at once. Of use only where each message is waited for."""

    _spin = 0.0

    def takes(self, work: Work) -> bool:
        return super().takes(work) and work.method in ("truth", "call", "threads", "iterate")

"""Conversations of a client with an interpreter of this process, as they are recorded."""

from __future__ import annotations

import os
import pickle
import re
import threading
from collections.abc import Callable, Sequence
from typing import Any

from cable import CableInterpreter as Env
from mutation import SESSION
from playground import Number

from ray_proxy.channels.loopback import LoopbackChannel
from ray_proxy.errors import BulkTransferError
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.protocol import (
    MAJOR,
    MINOR,
    Welcome,
)
from ray_proxy.session.session import Session
from ray_proxy.session.ticker import ticker
from ray_proxy.values.store import Store

NAME = SESSION
"""The session that says all this. Another of a name as long takes its place by `renamed`."""
PROGRAM = Callable[[Env, Env], None]


def renamed(data: bytes, name: str) -> bytes:
    """The same, said by the session of that name."""
    assert len(name) == len(NAME)
    return data.replace(NAME.encode(), name.encode())


class Reference:
    """A reference of `MemoryStore`."""

    def __init__(self, value: object) -> None:
        self.value = value


class MemoryStore:
    """Carries bulk values, as Ray's object store does, from this process to itself."""

    def __init__(self) -> None:
        self.left: dict[str, tuple[tuple[str, ...], Any]] = {}
        self.number = 0
        self._lock = threading.Lock()

    def provide(self, owner: str) -> None:
        """Leave a few things that frames of the corpus may take."""
        for value in ([1, 2], {"three": Number(4)}):
            self.leave([pickle.PickleBuffer(pickle.dumps(value))], owner)
            self.leave_value(value, owner)

    def _leave(self, thing: object, owners: tuple[str, ...]) -> str:
        with self._lock:
            self.number += 1
            token = f"bulk{self.number}"
            self.left[token] = (owners, thing)
        return token

    def _take(self, token: str) -> Any:
        if token not in self.left:
            raise BulkTransferError(f"there is nothing under {token[:100]!r}")
        return self.left.pop(token)[1]

    def leave(self, parts: Sequence[pickle.PickleBuffer], *owners: str) -> str:
        return self._leave([bytes(part) for part in parts], owners)

    def take(self, token: str) -> list[memoryview]:
        parts = self._take(token)
        if isinstance(parts, Reference):
            raise BulkTransferError("there is a reference under that token")
        return [memoryview(part) for part in parts]

    def leave_value(self, value: object, *owners: str) -> str:
        return self._leave(Reference(value), owners)

    def leave_ref(self, ref: Any, *owners: str) -> str:
        return self._leave(ref, owners)

    def take_ref(self, token: str) -> Any:
        ref = self._take(token)
        if not isinstance(ref, Reference):
            raise BulkTransferError("there is no reference under that token")
        return ref

    def get(self, ref: Any) -> object:
        return ref.value

    def is_ref(self, value: object) -> bool:
        return type(value) is Reference

    def discard(self, token: str) -> None:
        self.left.pop(token, None)

    def forget(self, owner: str) -> None:
        with self._lock:
            self.left = {token: (owners, thing) for token, (owners, thing) in self.left.items() if owner not in owners}


class Recorder(LoopbackChannel):
    """Notes what is sent, and what is answered."""

    def __init__(self, interpreter: Interpreter, session: str) -> None:
        super().__init__(interpreter, session)
        self.sent: list[bytes] = []
        self.heard: list[bytes] = []

    def send(self, data: bytes, number: int = 0) -> None:
        if not self.sent or data is not self.sent[-1]:
            self.sent.append(data)
        super().send(data, number)

    def confirm(self, answers: Sequence[bytes], beside: int = 0) -> None:
        self.heard += answers
        super().confirm(answers)


def connect(channel: Any, name: str, store: Store | None, interpreter: str = "here") -> Env:
    """A session of that name over that channel, whose frames leave only where a value is needed."""
    session = Session(store=store, env=Env)
    ticker.discard(session)
    session.name = session.codec.owner = name
    session.attach(channel, Welcome(MAJOR, MINOR, interpreter, "here", os.getpid()))
    env: Env = session.env()
    return env


class Told:
    """A conversation: what the client said, frame by frame, and what it heard. `weight`: how often it is taken."""

    def __init__(self, program: str, frames: list[bytes], answers: list[bytes], weight: float = 1.0) -> None:
        self.program = program
        self.frames = frames
        self.answers = answers
        self.weight = weight


def record(program: PROGRAM) -> Told:
    """Run a program with an interpreter of its own, and another one beside it."""
    store = MemoryStore()
    channels = [Recorder(Interpreter(name, store), name) for name in (NAME, "session9")]
    envs = [connect(channel, name, store, name) for channel, name in zip(channels, (NAME, "session9"))]
    try:
        program(*envs)
        envs[0].sync()
    finally:
        for env in envs:
            env.destroy()
    secrets: dict[bytes, bytes] = {}

    def fixed(found: re.Match[bytes]) -> bytes:
        return secrets.setdefault(found[0], f"{len(secrets):0{len(found[0])}x}".encode())

    # Of the same length each: what a token, or the address of an object, is by chance.
    said = [re.sub(rb"[0-9a-f]{32}|(?<=0x)[0-9a-f]+", fixed, data) for data in channels[0].sent + channels[0].heard]
    return Told(program.__name__, said[: len(channels[0].sent)], said[len(channels[0].sent) :])

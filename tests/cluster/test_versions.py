"""Releases that differ work together, if the major version of their protocol is the same; if not, they say so at once.

A client and an interpreter of two `releases` run in processes of their own, without Ray, and hold the conversations of
`peer`. Over Ray, see `faults/test_versions_over_ray.py`.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import os
import pickle
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import conversations
import msgspec
import pytest
from cable import Cable
from conftest import eventually
from releases import ADDED, Peer, Release, assert_refused, close, in_the_future, make_releases
from rig import Rig

import ray_proxy
from ray_proxy import ProtocolError, SessionLostError, protocol
from ray_proxy.channels.socket import Address, dial, framed, receive_frame
from ray_proxy.cluster.published import Published
from ray_proxy.protocol import (
    MAJOR,
    MINOR,
    Bytes,
    Call,
    Fetch,
    Frame,
    Hello,
    Interrupt,
    Op,
    Pickled,
    Put,
    Ref,
    Status,
    decode_welcome,
)
from ray_proxy.server.server import GRACE

SOON = 10.0
"""Seconds after which a test gives up what should have happened long ago."""


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Release]:
    return make_releases(tmp_path_factory.mktemp)


@dataclass
class Peers:
    """A client and an interpreter of each release, which do without Ray."""

    clients: dict[str, Peer]
    interpreters: dict[str, Peer]


@pytest.fixture(scope="module")
def peers(releases: dict[str, Release]) -> Iterator[Peers]:
    # All at once: each takes a second to start.
    peers = Peers(
        {name: Peer(release, "client", name) for name, release in releases.items()},
        {name: Peer(release, "interpreter", name) for name, release in releases.items()},
    )
    yield peers
    close([*peers.clients.values(), *peers.interpreters.values()])


# --------------------------------------------------------------------------------- a client and an interpreter

MIXED = [
    pytest.param((client, interpreter), id=f"{client} client, {interpreter} interpreter")
    for client in ("1.0", "1.1", "1.2", "1.3", "1.4", "present", "newer")
    for interpreter in ("1.0", "1.1", "1.2", "1.3", "1.4", "present", "newer")
    if client != interpreter
    and ("present" in (client, interpreter) or {"1.1", "1.2", "1.3", "1.4"}.isdisjoint((client, interpreter)))
]


@dataclass
class Pair:
    """A client of one release, and an interpreter of another."""

    client: Peer
    interpreter: Peer


@pytest.fixture(params=MIXED)
def pair(peers: Peers, request: pytest.FixtureRequest) -> Pair:
    client, interpreter = request.param
    return Pair(peers.clients[client], peers.interpreters[interpreter])


@pytest.mark.parametrize("topic", [conversation.__name__ for conversation in conversations.CONVERSATIONS])
def test_two_releases_understand_each_other(pair: Pair, topic: str) -> None:
    pair.client.ask(topic, pair.interpreter.address)


def test_the_smaller_minor_is_spoken(pair: Pair) -> None:
    minors = pair.client.release.version[1], pair.interpreter.release.version[1]
    assert pair.client.ask("spoken", pair.interpreter.address) == min(minors)


def test_a_client_that_says_goodbye_leaves_nothing_behind(pair: Pair) -> None:
    pair.client.ask("many", pair.interpreter.address, 100)
    eventually(lambda: holds(pair.interpreter) == NOTHING)


def holds(interpreter: Peer) -> dict[str, Any]:
    """What an interpreter has that sessions leave behind."""
    with Raw(interpreter) as raw:
        raw.ask(["hello", interpreter.release.version[0], 0, "", "control"])
        told = raw.ask(["status"])
    return {name: told[name] for name in NOTHING}


NOTHING = {"clients": 0, "lost": 0, "variables": 0, "named": 0, "busy": False}


def test_each_operation_is_executed_once_over_a_link_that_breaks(pair: Pair, cable: Callable[[Peer], Cable]) -> None:
    broken = cable(pair.interpreter)
    lives = iter(range(2000, 1_000_000, 1000))
    broken.lives = lambda: next(lives)
    pair.client.ask("many", {**pair.interpreter.address, "path": broken.path}, 1000)
    assert broken.connections > 5


@pytest.fixture
def cable() -> Iterator[Callable[[Peer], Cable]]:
    """Makes cables to interpreters."""
    cables: list[Cable] = []

    def make(interpreter: Peer) -> Cable:
        cables.append(Cable(interpreter.address["path"]))
        return cables[-1]

    yield make
    for cable in cables:
        cable.close()


@pytest.mark.parametrize("releases_of", [("1.0", "newer"), ("newer", "1.0")], ids=str)
def test_a_var_pickled_by_one_release_is_unpickled_by_another(peers: Peers, releases_of: tuple[str, str]) -> None:
    giver, taker = (peers.clients[name] for name in releases_of)
    interpreter = peers.interpreters["present"].address
    taker.ask("unpickled", interpreter, giver.ask("pickled", interpreter))


@pytest.mark.parametrize("client", ["1.0", "present", "newer"])
def test_values_move_between_interpreters_of_two_releases(peers: Peers, client: str) -> None:
    for one, other in (("1.0", "present"), ("newer", "1.0")):
        interpreters = [peers.interpreters[name].address for name in (one, other)]
        peers.clients[client].ask("between", *interpreters)


def test_the_conversations_say_every_message_there_is(peers: Peers) -> None:
    for conversation in conversations.CONVERSATIONS:
        peers.clients["present"].ask(conversation.__name__, peers.interpreters["present"].address)
    messages = {kind.__name__ for kind in protocol.Message.__args__}
    assert set(peers.interpreters["present"].ask("said")) == messages


# ------------------------------------------------------------------------------------ what no release says yet


class Raw:
    """A client that says what it likes: lists, as they travel."""

    def __init__(self, interpreter: Peer) -> None:
        address = interpreter.address
        self.socket = dial(Address(address["path"], "", 0), bytes.fromhex(address["key"]), True)

    def __enter__(self) -> Raw:
        return self

    def __exit__(self, *error: object) -> None:
        with contextlib.suppress(OSError):  # it may have been refused
            self.socket.sendall(framed(b""))
        self.socket.close()

    def say(self, said: object) -> None:
        self.socket.sendall(framed(msgspec.msgpack.encode(said)))

    def hear(self) -> Any:
        return msgspec.msgpack.decode(receive_frame(self.socket, time.monotonic() + SOON))

    def ask(self, said: object) -> Any:
        self.say(said)
        return self.hear()

    def open(self, session: str) -> Any:
        return self.ask(["hello", MAJOR, MINOR, session])


@pytest.fixture(params=["1.0", "present"])
def interpreter(peers: Peers, request: pytest.FixtureRequest) -> Peer:
    return peers.interpreters[request.param]


def test_the_newer_release_says_more_in_everything(peers: Peers) -> None:
    with Raw(peers.interpreters["newer"]) as raw:
        assert raw.open("curious")[-1] == ADDED
        reply = raw.ask(["frame", 1, [["op", 1, "neg", [["bytes", b"x"]]], ["op", 2, "mul", [["bytes", b"x"], 2]]]])
        assert (reply[-1], reply[5][0][-1], reply[3][0][1][-1]) == (ADDED, ADDED, ADDED)


def test_what_a_newer_client_adds_is_ignored(interpreter: Peer) -> None:
    with Raw(interpreter) as raw:
        welcome = raw.ask(in_the_future(Hello(MAJOR, 99, "ahead of its time")))
        assert welcome[:3] == ["welcome", MAJOR, interpreter.release.version[1]]
        two = Pickled(pickle.dumps([2]))
        messages = [
            Put(1, Bytes(b"x")),
            Op(2, "mul", [Ref(1), 2]),
            Call(0, Pickled(pickle.dumps(len)), [two]),
            Fetch(Ref(2)),
        ]
        reply = raw.ask(in_the_future(Frame(1, messages)))
        assert reply[:3] == ["reply", 1, 4]
        assert dict(reply[3]) == {1: ["bytes", b"xx"], 2: 1, 3: ["bytes", b"xx"]}


def test_what_a_newer_client_adds_to_a_control_request_is_ignored(interpreter: Peer) -> None:
    with Raw(interpreter) as raw:
        raw.ask(in_the_future(Hello(MAJOR, 99, "", "control")))
        for request in (Status(), Interrupt("nobody", [1])):
            assert raw.ask(in_the_future(request))["pid"] == interpreter.address["pid"]


@pytest.mark.parametrize(
    "message",
    [["teleport", 2, ["ref", 1]], ["put", 2, ["entangled", 1]], ["call", 2, ["ref", 1], [["entangled", 1]]]],
    ids=str,
)
def test_a_message_that_is_not_known_is_refused_with_its_frame_and_no_other(interpreter: Peer, message: Any) -> None:
    with Raw(interpreter) as raw:
        raw.open(f"ahead of its time {uuid.uuid4().hex}")  # the one before may not be seen off yet
        raw.say(["frame", 1, [["put", 1, 5]]])
        raw.say(["frame", 2, [["setnamed", "half", 1], message]])
        raw.say(["frame", 3, [["op", 2, "add", [["ref", 1], 1]], ["getnamed", 3, "half"]]])
        first, refused, last = raw.hear(), raw.hear(), raw.hear()
        assert first[:3] == ["reply", 1, 1]
        assert (refused[:2], refused[3]) == (["refused", 2], "protocol")
        assert re.search("'teleport'|'entangled'", refused[2])
        assert last[:4] == ["reply", 3, 2, [[0, 6]]]
        assert last[5][0][4] == "KeyError"  # nothing of the refused frame was done


class Teleport(protocol._Tagged):
    """A message of the future."""

    id: int


def test_a_message_that_the_interpreter_does_not_know_is_an_error_of_its_own(rig: Rig) -> None:
    env = rig.connect()
    kept = env.put([1])
    env.sync()
    with pytest.raises(ProtocolError, match="'teleport'"):
        env.session.value(env.session.question(Teleport(0)))
    assert (kept + [2]).fetch() == [1, 2]


def test_a_session_that_is_lost_is_told_as_such_by_any_release(interpreter: Peer) -> None:
    with Raw(interpreter) as raw:
        raw.say(["hello", MAJOR, MINOR, "lost", "frames", "", "", True, 3])
        with pytest.raises(SessionLostError):
            decode_welcome(receive_frame(raw.socket, time.monotonic() + SOON))


# ------------------------------------------------------------------------------------------------ another major

MAJORS = [
    *[(client, "next_major") for client in ("1.0", "present", "newer")],
    *[("next_major", interpreter) for interpreter in ("1.0", "present", "newer")],
]


@pytest.mark.parametrize(("client", "interpreter"), MAJORS)
def test_releases_of_two_majors_refuse_each_other_at_once(
    peers: Peers, cable: Callable[[Peer], Cable], client: str, interpreter: str
) -> None:
    asker, asked = peers.clients[client], peers.interpreters[interpreter]
    between = cable(asked)
    assert_refused(asker.ask("refused", {**asked.address, "path": between.path}), asker.release, asked.release)
    assert between.connections == 1  # nobody has tried again


def test_a_client_of_another_major_harms_nobody(peers: Peers) -> None:
    interpreter = peers.interpreters["present"]
    # A session of an earlier test whose goodbye was cut off, with its cable, is kept for the grace time.
    eventually(lambda: holds(interpreter) == NOTHING, GRACE + 10)
    with Raw(interpreter) as raw:
        raw.open("first")
        raw.ask(["frame", 1, [["put", 1, 5]]])
        peers.clients["next_major"].ask("refused", interpreter.address)
        assert raw.ask(["frame", 2, [["fetch", ["ref", 1]]]])[:4] == ["reply", 2, 1, [[0, 5]]]
        eventually(lambda: holds(interpreter)["clients"] == 1)
    peers.clients["1.0"].ask("values", interpreter.address)


def test_an_interpreter_of_another_major_serves_its_own_clients(peers: Peers) -> None:
    interpreter = peers.interpreters["next_major"]
    peers.clients["present"].ask("refused", interpreter.address)
    peers.clients["next_major"].ask("values", interpreter.address)
    eventually(lambda: holds(interpreter) == NOTHING)


# ------------------------------------------------------------------------------------- what Ray keeps and exports

PUBLISHED = Published(Address("/folder/frames.sock", "10.0.0.1", 1234), "node", b"key", 5, 0)


class LaterPublished(Published):
    """What an interpreter of a later release may publish."""

    zone: str = "anywhere"


def test_what_a_later_release_publishes_is_read() -> None:
    later = LaterPublished(*msgspec.structs.astuple(PUBLISHED), "here")
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(later), type=Published) == PUBLISHED


def test_a_later_release_reads_what_is_published_now() -> None:
    read = msgspec.msgpack.decode(msgspec.msgpack.encode(PUBLISHED), type=LaterPublished)
    assert read == LaterPublished(*msgspec.structs.astuple(PUBLISHED), "anywhere")


def test_version_1_0_and_this_release_read_what_each_other_publish() -> None:
    """The form in which interpreters of version 1.0 publish, which no release can change."""
    fields = {
        "address": ["/folder/frames.sock", "10.0.0.1", 1234],
        "node": "node",
        "key": b"key",
        "pid": 5,
        "restarts": 0,
    }
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(fields), type=Published) == PUBLISHED
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(PUBLISHED)).items() >= fields.items()


def test_the_classes_that_ray_exports_have_the_methods_of_version_1_0(peers: Peers) -> None:
    """Ray's export of a class names each, and the actor's process, which may be of another release, looks them up."""
    assert peers.clients["present"].ask("methods") == peers.clients["1.0"].ask("methods")


@pytest.mark.parametrize(
    "door", ["actor.InterpreterProcess", "actor.RestorableProcess", "mailbox.Mailbox", "relay.Relay"]
)
def test_a_class_that_ray_exports_is_found_at_its_door_and_so_are_its_methods(door: str) -> None:
    module, name = door.split(".")
    kind = getattr(importlib.import_module(f"ray_proxy.{module}"), name)
    methods = [method for _, method in inspect.getmembers(kind, inspect.isfunction)]
    assert {thing.__module__ for thing in (kind, *methods)} == {f"ray_proxy.{module}"}


OF_CODE = "Var IRemoteInterpreter RemoteInterpreter RemoteInterpreterFactory as_completed attr fetch ref wait".split()
FIND = """import importlib, sys
for place in sys.argv[1:]:
    module, _, name = place.partition(":")
    getattr(importlib.import_module(module), name)
"""
NAMES = "import sys, ray_proxy\nfor name in sys.argv[1:]: print(getattr(ray_proxy, name).__module__)"


@pytest.mark.parametrize("release", ["1.0", "1.1", "1.2", "1.3", "1.4"])
def test_what_code_that_travels_by_value_refers_to_is_found_by_any_release(
    releases: dict[str, Release], release: str
) -> None:
    """By the module that each release says: a pickle of a function names its globals so."""

    def told(folder: Path, code: str, *arguments: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(folder)}
        command = [sys.executable, "-c", code, *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=os.sep).stdout

    for module, name in zip(told(releases[release].folder, NAMES, *OF_CODE).split(), OF_CODE):
        assert getattr(importlib.import_module(module), name) is getattr(ray_proxy, name)
    here = [f"{getattr(ray_proxy, name).__module__}:{name}" for name in OF_CODE]
    told(releases[release].folder, FIND, *here)

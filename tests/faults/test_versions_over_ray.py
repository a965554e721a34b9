"""Drivers and interpreters of two releases on one Ray: what they find each other by, and all that travels by Ray.

The conversations are those of `test_versions.py`. Drivers say by PYTHONPATH which package their actors run, as a
cluster does in whose image it is installed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import conversations
import msgspec
import pytest
import ray
from releases import Peer, Release, assert_refused, assert_runs, close, in_the_future, make_releases

from ray_proxy import InterpreterNotFoundError, RemoteInterpreterFactory
from ray_proxy.channels.socket import Address, framed, prove_to_client, receive_frame
from ray_proxy.cluster.mailbox import RayStore
from ray_proxy.cluster.published import Published
from ray_proxy.cluster.relay import Relay
from ray_proxy.protocol import MAJOR, Hello, Welcome

pytestmark = pytest.mark.faults  # half a minute of starting processes


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Release]:
    return make_releases(tmp_path_factory.mktemp)


@pytest.fixture(scope="module")
def drivers(cluster: str, releases: dict[str, Release]) -> Iterator[dict[str, Peer]]:
    """A driver of each release, which has made an interpreter of its own release; that has the same name."""
    names = ("1.0", "present", "next_major")
    folders = {name: str(releases[name].folder) for name in names}
    drivers = {name: Peer(releases[name], "driver", folders[name], RAY_ADDRESS=cluster) for name in names}
    for name, driver in drivers.items():
        driver.ask("create", name, folders[name])
    yield drivers
    for name in names:
        destroy(name)  # also what it cannot talk to
    close(drivers.values())


def destroy(name: str) -> None:
    with contextlib.suppress(InterpreterNotFoundError):  # it could not be created
        RemoteInterpreterFactory().destroy(name)


@dataclass
class Pair:
    """A driver of one release, and an interpreter of another, which a driver of that has made."""

    driver: Peer
    interpreter: dict[str, str]
    other: Peer
    """The driver that has made it."""


@pytest.fixture(params=[("1.0", "present"), ("present", "1.0")], ids="{0[0]} driver, {0[1]} interpreter".format)
def pair(drivers: dict[str, Peer], request: pytest.FixtureRequest) -> Pair:
    driver, interpreter = request.param
    return Pair(drivers[driver], {"name": interpreter}, drivers[interpreter])


def test_the_interpreter_runs_another_release_than_the_driver(pair: Pair) -> None:
    assert_runs(pair.driver.ask("runs", pair.interpreter), pair.other.release)
    assert pair.driver.release != pair.other.release


@pytest.mark.parametrize("topic", [conversation.__name__ for conversation in conversations.CONVERSATIONS_OVER_RAY])
def test_two_releases_understand_each_other_over_ray(pair: Pair, topic: str) -> None:
    pair.driver.ask(topic, pair.interpreter)


@pytest.mark.parametrize(("one", "other"), [("1.0", "present"), ("present", "1.0")])
def test_calls_are_nested_between_interpreters_of_two_releases(pair: Pair, one: str, other: str) -> None:
    pair.driver.ask("nested", {"name": one}, {"name": other})


def test_values_move_between_interpreters_of_two_releases_over_ray(pair: Pair) -> None:
    pair.driver.ask("between", {"name": "1.0"}, {"name": "present"})


def test_a_var_and_a_handle_that_one_release_has_pickled_are_unpickled_by_another(pair: Pair) -> None:
    pair.driver.ask("unpickled", pair.interpreter, pair.other.ask("pickled", pair.interpreter))
    pair.other.ask("unpickled", pair.interpreter, pair.driver.ask("pickled", pair.interpreter))


@pytest.fixture
def no_mailbox(cluster: str) -> Iterator[None]:
    """There is none, so that whoever needs one makes it."""
    ray.kill(RayStore().mailbox())
    yield
    ray.kill(RayStore().mailbox())


def test_the_mailbox_of_one_release_serves_another(pair: Pair, no_mailbox: None) -> None:
    pair.other.ask("bulk", pair.interpreter)  # makes it
    assert_runs(pair.other.ask("mailbox_runs"), pair.other.release)
    pair.driver.ask("bulk", pair.interpreter)
    pair.driver.ask("references", pair.interpreter)


def test_a_driver_creates_an_interpreter_of_another_release(pair: Pair) -> None:
    made = {"name": "made by another"}
    pair.driver.ask("create", made["name"], str(pair.other.release.folder))
    try:
        assert_runs(pair.driver.ask("runs", made), pair.other.release)
        pair.driver.ask("values", made)
        pair.driver.ask("bulk", made)
    finally:
        destroy(made["name"])


@pytest.mark.parametrize("relay", [False, True], ids=["by a socket", "by a relay"])
@pytest.mark.parametrize(("driver", "interpreter"), [("present", "next_major"), ("next_major", "present")])
def test_releases_of_two_majors_refuse_each_other_over_ray(
    drivers: dict[str, Peer], releases: dict[str, Release], driver: str, interpreter: str, relay: bool
) -> None:
    said = drivers[driver].ask("refused", {"name": interpreter, "relay": relay})
    assert_refused(said, releases[driver], releases[interpreter])
    drivers[interpreter].ask("values", {"name": interpreter})  # nothing has happened to it


@pytest.mark.parametrize(("outside", "inside"), [("1.0", "newer"), ("newer", "1.0")])
def test_a_relay_of_one_release_serves_a_driver_of_another(
    cluster: str, releases: dict[str, Release], outside: str, inside: str
) -> None:
    """All that is inside the cluster is of one release: the relay, the interpreter, and what that publishes."""
    folder = str(releases[inside].folder)
    driver = Peer(releases[outside], "driver", folder, RAY_ADDRESS=cluster)
    reached = {"name": "reached by a relay", "relay": True}
    driver.ask("create", reached["name"], folder, True)
    try:
        assert_runs(driver.ask("runs", reached), releases[inside])
        assert_runs(driver.ask("relay_runs"), releases[inside])
        for topic in ("values", "bulk", "interrupts", "oneself"):
            driver.ask(topic, reached)
    finally:
        destroy(reached["name"])
        close([driver])


class Reflector:
    """What listens as an interpreter does, and answers one hello with the given welcome."""

    def __init__(self, welcome: bytes) -> None:
        self.welcome = welcome
        self.hello = b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        address = Address("", *self.listener.getsockname())
        self.published = Published(address, "node", b"k" * 32, os.getpid(), 0)
        self.thread = threading.Thread(target=self._answer, daemon=True)
        self.thread.start()

    def _answer(self) -> None:
        connection, _ = self.listener.accept()
        with self.listener, connection:
            prove_to_client(connection, self.published.key)
            self.hello = receive_frame(connection, time.monotonic() + 10)
            connection.sendall(framed(self.welcome))
            connection.recv(1)  # until the relay lets go of it


def test_a_relay_passes_on_what_it_does_not_know(cluster: str) -> None:
    """A client and an interpreter that are both newer than the relay between them."""
    hello = msgspec.msgpack.encode(in_the_future(Hello(MAJOR, 99, "session")))
    welcome = msgspec.msgpack.encode(in_the_future(Welcome(MAJOR, 99, "new", "host", 1)))
    interpreter = Reflector(welcome)

    async def passed() -> bytes:
        relay = Relay()
        number, told = await relay.open("ab" * 16, msgspec.msgpack.encode(interpreter.published), hello, 10)
        await relay.close(number, None)
        return told

    assert asyncio.run(passed()) == welcome
    assert interpreter.hello == hello
    interpreter.thread.join(10)

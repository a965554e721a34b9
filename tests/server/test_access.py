"""Who gets at an interpreter: what a peer without the key can do, and what a peer with it can break."""

from __future__ import annotations

import contextlib
import os
import pickle
import random
import socket
import subprocess
import sys
import threading
import time
import tracemalloc
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import eventually
from mutation import mutant, mutants
from rig import SOON, Host, Recorder, ask_status, hello, linux, over_both, rest

from ray_proxy.channels.socket import HANDSHAKE, Address, dial, framed, receive_frame
from ray_proxy.protocol import (
    MAJOR,
    MINOR,
    Del,
    Fetch,
    Frame,
    GetNamed,
    Hello,
    Interrupt,
    Names,
    Op,
    Pickled,
    Put,
    Ref,
    SetNamed,
    Status,
    decode_hello,
    encode,
)
from ray_proxy.server import door

pytestmark = pytest.mark.usefixtures("hosting_as_before")

GREETING = len(b"ray-proxy\n") + 32
"""Bytes that a peer hears before it has proved the key: the magic word and a nonce."""


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host(bind="127.0.0.1", grace=0.1)  # clients that are cut off here do not come back
    yield host
    host.close()


def knock(host: Host, tcp: bool = False) -> socket.socket:
    """A connection that has proved nothing yet."""
    if not tcp:
        return host.knock()
    return socket.create_connection((host.server.address.host, host.server.address.port), SOON)


class Deed:
    """Its unpickling makes a folder."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> Any:
        return os.mkdir, (self.path,)


def does(path: Path) -> Frame:
    """A frame that makes a folder, as soon as it is unpickled."""
    return Frame(1, [Put(1, Pickled(pickle.dumps(Deed(path)), []))])


# ------------------------------------------------------------------------------------------ without the key


TLS_HELLO = bytes.fromhex("16030100c8010000c40303") + bytes(190)

STRANGERS: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda greeting: b"",
    "an empty frame": lambda greeting: framed(b""),
    "a hello at once": lambda greeting: framed(encode(Hello(MAJOR, MINOR, "s"))) + bytes(64),
    "a request of HTTP": lambda greeting: (
        b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n" + b"X: y\r\n" * 9 + b"\r\n"
    ),
    "a hello of TLS": lambda greeting: TLS_HELLO,
    "noise": lambda greeting: random.Random(0).randbytes(5000),
    "zeros": lambda greeting: bytes(64),
    "its own greeting back": lambda greeting: greeting + greeting,
    "its own nonce and an empty proof": lambda greeting: greeting[-32:] + bytes(32),
    "half a proof": lambda greeting: bytes(40),
    "a frame of 2 GB": lambda greeting: (2**31).to_bytes(4, "big") + bytes(60),
}


@over_both
@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_peer_without_the_key_hears_a_greeting_and_nothing_more(host: Host, stranger: str, tcp: bool) -> None:
    with knock(host, tcp) as connection:
        greeting = connection.recv(GREETING, socket.MSG_WAITALL)
        assert len(greeting) == GREETING
        with contextlib.suppress(OSError):  # it may be cut in the middle
            connection.sendall(STRANGERS[stranger](greeting))
            connection.shutdown(socket.SHUT_WR)
        assert rest(connection) == b""
    assert host.server.status()["clients"] == 0
    assert not host.serving


def test_nothing_is_decoded_or_unpickled_before_the_key_is_proved(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[bytes] = []

    def seen(data: bytes) -> Hello:
        decoded.append(data)
        return decode_hello(data)

    monkeypatch.setattr(door, "decode_hello", seen)
    said = framed(encode(Hello(MAJOR, MINOR, "s"))) + framed(encode(does(tmp_path / "done")))
    for proof in (b"", bytes(64), os.urandom(64)):
        with host.knock() as connection:
            with contextlib.suppress(OSError):  # it may be cut in the middle
                connection.sendall(proof + said + bytes(64))
                connection.shutdown(socket.SHUT_WR)
            rest(connection)
    assert decoded == []
    assert not (tmp_path / "done").exists()
    with host.dial() as connection:
        connection.sendall(said)
        eventually((tmp_path / "done").exists)  # the same from who has the key
    assert len(decoded) == 1


class Relay:
    """Stands between a client and a server, as who taps the line would, and keeps what the client says."""

    def __init__(self, to: str, path: Path) -> None:
        self.said = b""
        self._to = to
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self.address = Address(str(path), "", 0)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        client, _ = self._listener.accept()
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(self._to)
            back = threading.Thread(target=self._pass, args=(server, client), daemon=True)
            back.start()
            while data := client.recv(4096):
                self.said += data
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)
            back.join(SOON)

    @staticmethod
    def _pass(source: socket.socket, to: socket.socket) -> None:
        try:
            while data := source.recv(4096):
                to.sendall(data)
        except OSError:
            pass  # the client has left

    def close(self) -> None:
        self._thread.join(SOON)
        self._listener.close()


@over_both
@pytest.mark.parametrize("still_there", [False, True], ids=["after it", "beside it"])
def test_a_replayed_conversation_does_nothing(host: Host, tmp_path: Path, tcp: bool, still_there: bool) -> None:
    done = tmp_path / "done"
    relay = Relay(host.server.address.path, tmp_path / "relay")
    client = dial(relay.address, host.server.key, same_node=True)
    hello(client, "recorded")
    client.sendall(framed(encode(does(done))))
    receive_frame(client, time.monotonic() + SOON)
    done.rmdir()  # so the recorded conversation does do something
    if not still_there:
        client.close()
        relay.close()
    with knock(host, tcp) as connection:
        connection.sendall(relay.said)
        assert len(rest(connection)) == GREETING
    eventually(lambda: host.server.status()["clients"] == still_there)
    assert not done.exists()
    client.close()
    relay.close()


def test_the_proof_of_the_server_is_none_of_a_client(host: Host) -> None:
    with host.knock() as connection:
        seen = Recorder(connection)
        seen.prove(host.server.key)
    with host.knock() as connection:
        connection.sendall(seen.sent[:32] + seen.received[-32:])
        assert len(rest(connection)) == GREETING


def test_a_proof_for_one_connection_is_none_for_another(host: Host) -> None:
    with host.knock() as connection, host.knock() as other:
        greeting = other.recv(GREETING, socket.MSG_WAITALL)
        seen = Recorder(connection)
        seen.prove(host.server.key)
        assert greeting != seen.received[:GREETING]
        other.sendall(seen.sent)
        assert rest(other) == b""


# ----------------------------------------------------------------------------------------------- silent peers


@over_both
def test_twenty_silent_peers_delay_nobody(host: Host, tcp: bool) -> None:
    silent = [knock(host, way) for way in (False, True) for _ in range(10)]
    begin = time.monotonic()
    assert host.connect(tcp=tcp).works()
    assert time.monotonic() - begin < HANDSHAKE / 2  # less than one of them may take
    for connection in silent:
        connection.close()


def test_a_peer_that_drips_its_proof_or_its_hello_is_cut_at_the_deadline(host: Host) -> None:
    begin = time.monotonic()
    dripping = [host.knock(), host.dial()]
    for connection in dripping:
        connection.settimeout(1)
    while dripping and time.monotonic() - begin < SOON:
        for connection in dripping[:]:  # a byte each, every second or two
            try:
                connection.send(b"\0")
                ended = connection.recv(GREETING) == b""
            except TimeoutError:
                continue
            except OSError:
                ended = True
            if ended:
                dripping.remove(connection)
                connection.close()
    assert not dripping
    assert time.monotonic() - begin < 3 * HANDSHAKE


@linux
def test_five_hundred_silent_peers_take_a_bounded_number_of_threads(host: Host) -> None:
    before = threading.active_count()
    silent = [knock(host, tcp=True) for _ in range(500)]
    assert threading.active_count() - before < 100
    begin = time.monotonic()
    assert host.connect(tcp=True).works()
    assert time.monotonic() - begin < HANDSHAKE / 2
    for connection in silent:
        connection.close()


WITHOUT_DESCRIPTORS = """
import os, resource, socket, sys, threading, time
from ray_proxy.server.server import Server
from ray_proxy.channels.socket import dial
from ray_proxy.interpreter.interpreter import Interpreter

server = Server(Interpreter("here"), "host", lambda: None, bind="127.0.0.1")
lent = socket.socket(socket.AF_UNIX)  # taken before there are none left
resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
taken = []
try:
    while True:
        taken.append(os.dup(0))
except OSError:
    pass
lent.connect(server.address.path)  # cannot be accepted now
before = time.process_time()
time.sleep(1)
print(time.process_time() - before)
for number in taken:
    os.close(number)
lent.settimeout(10)
print(lent.recv(10))
dial(server.address, server.key, same_node=False).close()
print("dialled")
"""


@linux
def test_a_process_without_file_descriptors_accepts_again_when_it_has_some() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_DESCRIPTORS], capture_output=True, text=True, timeout=60, check=False
    )
    burnt, greeting, dialled = done.stdout.splitlines()
    assert (greeting, dialled) == (r"b'ray-proxy\n'", "dialled")
    assert float(burnt) < 0.3  # of the second in which it could do nothing but wait


WITHOUT_THREADS = """
import threading
from ray_proxy.server.server import Server
from ray_proxy.channels.socket import dial
from ray_proxy.interpreter.interpreter import Interpreter

server = Server(Interpreter("here"), "host", lambda: None, bind="127.0.0.1")
start = threading.Thread.start

def refuse(thread):
    raise RuntimeError("can't start new thread")  # as at the limit of processes of a user or a container

threading.Thread.start = refuse
try:
    dial(server.address, server.key, same_node=True)
except OSError:
    print("refused")
threading.Thread.start = start
dial(server.address, server.key, same_node=True).close()
print("dialled")
"""


def test_a_process_that_cannot_start_a_thread_refuses_one_peer_and_goes_on() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_THREADS], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.splitlines() == ["refused", "dialled"], done.stderr


# ------------------------------------------------------------------------------------------ what is too large


def growth(act: Callable[[], object]) -> int:
    """Bytes that Python held at most during an act, more than before."""
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size", [2**31, 2**32 - 1])
@pytest.mark.parametrize("role", ["frames", "control", "hello"])
def test_a_header_of_gigabytes_takes_no_memory(host: Host, role: str, size: int) -> None:
    junk = bytes(64 * 1024)

    def send() -> None:
        with host.dial() as connection:
            if role != "hello":
                hello(connection, role=role)
            connection.settimeout(SOON)
            try:
                connection.sendall(size.to_bytes(4, "big"))
                for _ in range(1000):  # 64 MB
                    connection.sendall(junk)
            except OSError:
                return  # cut, as it must be
            pytest.fail("all of it was taken")

    assert growth(send) < 8_000_000
    assert host.connect("next").works()


def test_a_frame_that_is_announced_takes_memory_only_as_it_comes(host: Host) -> None:
    client = host.connect()

    def send() -> None:
        client.send_raw((60_000_000).to_bytes(4, "big") + bytes(1000))
        assert host.connect("next").works()

    assert growth(send) < 8_000_000


# --------------------------------------------------------------------------------------- malformed on purpose


@pytest.fixture
def witness(host: Host) -> Iterator[Callable[[], None]]:
    """Checks that a client that was there all the time has noticed nothing."""
    client = host.connect("witness")
    client.ask(Put(1, "kept"))

    def check() -> None:
        assert client.ask(Fetch(Ref(1))).values == [(0, "kept")]
        assert len(host.serving) == 1

    yield check
    check()


def test_malformed_hellos_leave_other_clients_untouched(host: Host, witness: Callable[[], None]) -> None:
    originals = [
        encode(Hello(MAJOR, MINOR, "fuzz", "frames", "client", "ab" * 28, False, 0)),
        encode(Hello(MAJOR, MINOR, "fuzz", "frames", "client", "", True, 3)),
        encode(Hello(MAJOR, MINOR, "", "control", "client")),
    ]
    for number, data in enumerate(mutants(1, originals, 1000)):
        with host.dial() as connection:
            connection.sendall(framed(data))
            connection.shutdown(socket.SHUT_WR)
            rest(connection)
        if number % 100 == 0:
            witness()
    eventually(lambda: host.server.status()["clients"] == 1)


def test_malformed_frames_are_each_answered_and_leave_other_clients_untouched(
    host: Host, witness: Callable[[], None]
) -> None:
    harmless: list[list[Any]] = [
        [Put(1, 5), Op(2, "add", [Ref(1), 1]), Fetch(Ref(2)), Del([1])],
        [SetNamed("näme", 2.5), GetNamed(3, "näme"), Names()],
        [Put(1, Pickled(pickle.dumps([1]), [bytearray(3)])), Fetch(Ref(1), "value")],
    ]
    chance = random.Random(2)
    client, answered = host.connect("fuzz"), 0
    for number in range(2000):
        frame = Frame(answered + 1, chance.choice(harmless), ["here", "there"])
        client.send_raw(framed(mutant(chance, encode(frame))))
        answer = client.answer()
        if answer.frame == answered + 1:
            answered += 1
        else:  # its number could not be read, or was not the next one, after which nothing makes sense
            client.channel.close()
            client, answered = host.connect(f"fuzz {number}"), 0
        if number % 100 == 0:
            witness()


def test_malformed_streams_leave_other_clients_untouched(host: Host, witness: Callable[[], None]) -> None:
    stream = framed(encode(Frame(1, [Put(1, 5)]))) + framed(encode(Frame(2, [Op(0, "add", [1, 2])])))
    for number, data in enumerate(mutants(3, [stream], 300)):
        with host.dial() as connection:
            hello(connection, uuid.uuid4().hex)
            connection.sendall(data)  # lengths and all
            connection.shutdown(socket.SHUT_WR)
            rest(connection)
        if number % 30 == 0:
            witness()
    eventually(lambda: host.server.status()["clients"] == 1)


def test_malformed_requests_of_control_leave_other_clients_untouched(host: Host, witness: Callable[[], None]) -> None:
    originals = [encode(Status()), encode(Interrupt("nobody", [1, 2, 3]))]
    for number, data in enumerate(mutants(4, originals, 500)):
        with host.dial() as connection:
            hello(connection, role="control")
            connection.sendall(framed(data))
            connection.shutdown(socket.SHUT_WR)
            rest(connection)
        if number % 50 == 0:
            witness()
    with host.dial() as connection:
        hello(connection, role="control")
        assert ask_status(connection)["clients"] == 1

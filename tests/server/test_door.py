"""The handshake and the hello: who is let in, and what it is told."""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections.abc import Callable

import pytest
from conftest import eventually
from rig import SOON, Host, Recorder, function, hello, over_both, rest

from ray_proxy.channels.socket import (
    HANDSHAKE,
    SocketChannel,
    dial,
    framed,
    prove_to_client,
    prove_to_server,
    receive_frame,
)
from ray_proxy.errors import AuthenticationError, ProtocolError, VersionError
from ray_proxy.protocol import (
    MAJOR,
    MINOR,
    Call,
    Frame,
    GetAttr,
    Hello,
    Ref,
    Reply,
    Welcome,
    decode_answer,
    decode_welcome,
    encode,
)
from ray_proxy.server import door

pytestmark = pytest.mark.usefixtures("hosting_as_before")

KEY = b"k" * 32


# ---------------------------------------------------------------------------------------------- handshake


@over_both
def test_a_peer_with_the_key_is_welcomed(host: Host, tcp: bool) -> None:
    welcome = host.connect(tcp=tcp).welcome
    assert welcome == Welcome(MAJOR, MINOR, "here", "this host", os.getpid())


def test_the_key_never_travels(host: Host) -> None:
    with host.knock() as connection:
        seen = Recorder(connection)
        seen.prove(host.server.key)
        assert host.server.key not in seen.sent + seen.received


def test_a_peer_with_a_wrong_key_hears_nothing_more(host: Host) -> None:
    with host.knock() as connection:
        seen = Recorder(connection)
        with pytest.raises((AuthenticationError, ConnectionError)):
            seen.prove(b"wrong" * 8, and_then=framed(encode(Hello(MAJOR, MINOR, "s"))))
        assert rest(connection) == b""


def test_a_peer_with_a_wrong_key_is_not_admitted(host: Host) -> None:
    with pytest.raises((AuthenticationError, ConnectionError)):
        dial(host.server.address, b"wrong" * 8, same_node=True)
    assert host.status()["clients"] == 0
    assert not host.serving


def test_what_a_peer_with_a_wrong_key_says_is_not_decoded(host: Host) -> None:
    with host.knock() as connection:
        seen = Recorder(connection)
        with pytest.raises((AuthenticationError, ConnectionError)):
            seen.prove(b"wrong" * 8, and_then=framed(b"\xc1"))
        assert rest(connection) == b""  # no `Refused`, as what is decoded and wrong would get


def test_an_interpreter_that_does_not_know_the_key_is_refused(pair: tuple[socket.socket, socket.socket]) -> None:
    client, impostor = pair
    impostor.sendall(b"ray-proxy\n" + os.urandom(32) + os.urandom(32))
    with pytest.raises(AuthenticationError, match="did not prove"):
        prove_to_server(client, KEY)


def test_an_interpreter_that_sends_the_clients_own_proof_back_is_refused(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    client, impostor = pair
    problems: list[BaseException] = []

    def prove() -> None:
        try:
            prove_to_server(client, KEY)
        except AuthenticationError as problem:
            problems.append(problem)

    thread = threading.Thread(target=prove, daemon=True)
    thread.start()
    impostor.sendall(b"ray-proxy\n" + os.urandom(32))
    answer = impostor.recv(64, socket.MSG_WAITALL)
    impostor.sendall(answer[32:])
    thread.join(SOON)
    assert len(problems) == 1


def test_a_peer_that_is_no_interpreter_is_told_as_such(pair: tuple[socket.socket, socket.socket]) -> None:
    client, other = pair
    other.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" + b" " * 64)
    with pytest.raises(AuthenticationError, match="no ray-proxy interpreter"):
        prove_to_server(client, KEY)


def test_a_recorded_handshake_is_worthless(host: Host) -> None:
    with host.knock() as connection:
        seen = Recorder(connection)
        seen.prove(host.server.key)
    with host.knock() as connection:
        connection.sendall(seen.sent + framed(encode(Hello(MAJOR, MINOR, "s"))))
        assert len(rest(connection)) == len(b"ray-proxy\n") + 32  # the new nonce, and no proof
    assert host.status()["clients"] == 0


def test_each_handshake_has_a_nonce_of_its_own(host: Host) -> None:
    with host.knock() as one, host.knock() as other:
        assert one.recv(42, socket.MSG_WAITALL) != other.recv(42, socket.MSG_WAITALL)


@over_both
def test_a_silent_peer_delays_nobody(host: Host, tcp: bool) -> None:
    silent = [host.knock() for _ in range(5)]
    begin = time.monotonic()
    assert host.connect(tcp=tcp).works()
    assert time.monotonic() - begin < HANDSHAKE / 2
    for connection in silent:
        connection.close()


@pytest.mark.parametrize("prove", [prove_to_client, prove_to_server])
def test_a_silent_peer_is_not_waited_for_past_the_deadline(
    pair: tuple[socket.socket, socket.socket], prove: Callable[..., None]
) -> None:
    with pytest.raises(TimeoutError):
        prove(pair[0], KEY, timeout=0.05)


def test_a_peer_that_drips_bytes_is_not_waited_for_past_the_deadline(pair: tuple[socket.socket, socket.socket]) -> None:
    over = threading.Event()

    def drip() -> None:
        while not over.wait(0.02):
            pair[1].send(b"x")

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    try:
        with pytest.raises(TimeoutError):
            prove_to_client(pair[0], KEY, timeout=0.2)
    finally:
        over.set()
        thread.join(SOON)


def test_a_peer_that_leaves_during_the_handshake_harms_nobody(host: Host) -> None:
    host.knock().close()
    with host.knock() as connection:
        connection.sendall(b"x" * 10)
    assert host.connect().works()


def test_a_peer_that_says_no_hello_is_let_go(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "HANDSHAKE", 0.1)
    with host.dial() as connection:
        assert rest(connection) == b""


# -------------------------------------------------------------------------------------------------- hello


def test_a_hello_of_another_major_is_refused_with_both_versions(host: Host) -> None:
    with host.dial() as connection:
        connection.sendall(framed(encode(Hello(MAJOR + 1, 0, "s"))))
        with pytest.raises(VersionError, match=rf"version {MAJOR + 1}\.0 .* version {MAJOR}\.{MINOR}"):
            decode_welcome(receive_frame(connection, time.monotonic() + SOON))
        assert rest(connection) == b""


def test_a_hello_of_another_major_is_not_admitted(host: Host) -> None:
    with host.dial() as connection:
        connection.sendall(framed(encode(Hello(MAJOR + 1, 0, "s"))))
        rest(connection)
    assert host.status()["clients"] == 0
    assert not host.serving


def test_a_hello_that_does_not_decode_is_refused_with_its_field(host: Host) -> None:
    with host.dial() as connection:
        connection.sendall(framed(encode(["hello", MAJOR, MINOR, "s", "admin"])))
        with pytest.raises(ProtocolError, match="at `role`"):
            decode_welcome(receive_frame(connection, time.monotonic() + SOON))


def test_a_hello_that_is_too_large_is_refused(host: Host) -> None:
    with host.dial() as connection:
        connection.sendall((1 << 20).to_bytes(4, "big"))
        with pytest.raises(ProtocolError, match="over the limit"):
            decode_welcome(receive_frame(connection, time.monotonic() + SOON))


def test_a_peer_that_leaves_after_its_hello_harms_nobody(short_host: Host) -> None:
    host = short_host
    for _ in range(10):
        with host.dial() as connection:
            connection.sendall(framed(encode(Hello(MAJOR, MINOR, uuid.uuid4().hex))))
    assert host.connect().works()
    eventually(lambda: host.status()["clients"] == 1)


@pytest.mark.parametrize(("minor", "spoken"), [(0, 0), (MINOR, MINOR), (MINOR + 5, MINOR)])
def test_the_smaller_minor_is_spoken(host: Host, minor: int, spoken: int) -> None:
    with host.dial() as connection:
        assert hello(connection, role="control", minor=minor).minor == spoken


@pytest.mark.parametrize("minor", range(MINOR + 1))
def test_the_obj_of_an_error_is_named_to_who_can_know_it(host: Host, minor: int) -> None:
    with host.dial() as connection:
        hello(connection, minor=minor)
        connection.sendall(framed(encode(Frame(1, [Call(1, function(list)), GetAttr(2, Ref(1), "nope")]))))
        reply = decode_answer(receive_frame(connection, time.monotonic() + SOON))
        SocketChannel(connection).close()
    assert isinstance(reply, Reply)
    assert reply.errors[0].obj == ("first.obj.1.1" if minor >= 2 else "")


def test_a_session_that_begins_has_taken_no_answers_whatever_its_hello_says(host: Host) -> None:
    with host.dial() as connection:
        connection.sendall(framed(encode(Hello(MAJOR, MINOR, "new", "frames", "client", "", False, 3))))
        assert decode_welcome(receive_frame(connection, time.monotonic() + 10)).frames == 0
        connection.sendall(framed(b""))  # goodbye


def test_the_name_of_a_session_is_free_once_its_variables_are_let_go_of(host: Host) -> None:
    gate = host.gate()
    reading = gate.reading

    def make() -> object:
        class Held:
            def __del__(self) -> None:
                os.read(reading, 1)

        return Held()

    client = host.connect()
    client.ask(Call(1, function(make), []))
    client.channel.close()  # goodbye
    eventually(lambda: host.status()["busy"] and not host.status()["clients"])
    with (
        host.dial() as connection,
        pytest.raises(ProtocolError, match="there is a session of the name 'first' already"),
    ):
        hello(connection)
    gate.open()
    eventually(lambda: not host.status()["busy"])
    assert host.connect().works()

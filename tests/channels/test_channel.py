"""The direct channel: sockets, the handshake that opens them, and the server that executes what they bring."""

from __future__ import annotations

import asyncio
import os
import select
import socket
import stat
import sys
import threading
import time
import uuid
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import cloudpickle
import pytest
from conftest import eventually
from rig import SOON, Client, Host, Recorder, ask_status, hello, pumped, rest

from ray_proxy.channels.channel import hosting
from ray_proxy.channels.loopback import LoopbackChannel
from ray_proxy.channels.socket import (
    HANDSHAKE,
    FrameReader,
    SocketChannel,
    dial,
    framed,
    prove_to_client,
    prove_to_server,
    receive_frame,
)
from ray_proxy.errors import AuthenticationError, ProtocolError, VersionError
from ray_proxy.interpreter.interpreter import Interpreter, lease_token
from ray_proxy.protocol import (
    MAJOR,
    MINOR,
    Call,
    Claim,
    Declined,
    Error,
    Fetch,
    Frame,
    GetAttr,
    Hello,
    Import,
    Interrupt,
    Items,
    Lease,
    Message,
    Names,
    Op,
    Pickled,
    Put,
    Ref,
    Refused,
    Reply,
    Result,
    SetNamed,
    Welcome,
    decode_answer,
    decode_welcome,
    encode,
)
from ray_proxy.server import server as server_module
from ray_proxy.session.session import Session
from ray_proxy.values.codec import Codec

KEY = b"k" * 32
GOODBYE = framed(b"")
TOKEN = lease_token("first", 1, "secret")


READ: list[Message] = [Import(2, "os"), GetAttr(1, Ref(2), "read")]
"""Makes variable 1 `os.read`."""

shelf: dict[str, Any] = {}
"""Where user code of these tests finds what has no pickle."""


def wait_for_the_other_interpreter() -> str:
    """User code that waits for another interpreter, as a session in it does."""
    channel: SocketChannel = shelf["channel"]
    assert hosting.wait is not None
    shelf["waiting"].set()
    until = time.monotonic() + SOON
    while time.monotonic() < until:
        if channel.pump(0):
            return "answered"
        hosting.wait(channel, 0.05)
    return "never answered"


def function(value: Callable[..., object]) -> Pickled:
    return Pickled(cloudpickle.dumps(value), [])


@pytest.fixture(autouse=True)
def _hosting_as_before() -> Iterator[None]:
    before = hosting.path, hosting.thread, hosting.wait
    yield
    hosting.path, hosting.thread, hosting.wait = before
    shelf.clear()


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host(bind="127.0.0.1")
    yield host
    host.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    with one, other:
        one.settimeout(SOON)
        other.settimeout(SOON)
        yield one, other


@pytest.fixture
def channel(pair: tuple[socket.socket, socket.socket]) -> SocketChannel:
    return SocketChannel(pair[0])


@pytest.fixture
def peer(pair: tuple[socket.socket, socket.socket]) -> socket.socket:
    """The other end of `channel`."""
    return pair[1]


over_both = pytest.mark.parametrize("tcp", [False, True], ids=["unix", "tcp"])


# ---------------------------------------------------------------------------- cutting bytes into frames


FRAMES = [b"one", b"", b"x" * 300, b"\x00\x00\x00\x01"]
STREAM = b"".join(map(framed, FRAMES))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 64, len(STREAM)])
def test_a_stream_is_cut_into_frames_whatever_pieces_it_comes_in(size: int) -> None:
    reader = FrameReader()
    pieces = [STREAM[at : at + size] for at in range(0, len(STREAM), size)]
    assert [frame for piece in pieces for frame in reader.feed(piece)] == FRAMES


def test_a_stream_may_be_split_anywhere() -> None:
    for at in range(len(STREAM) + 1):
        reader = FrameReader()
        assert reader.feed(STREAM[:at]) + reader.feed(STREAM[at:]) == FRAMES


def test_a_frame_is_given_as_soon_as_it_is_complete() -> None:
    reader = FrameReader()
    assert reader.feed(framed(b"one")[:-1]) == []
    assert reader.feed(b"e" + framed(b"two")[:2]) == [b"one"]
    assert reader.feed(framed(b"two")[2:]) == [b"two"]


def test_a_frame_over_the_limit_is_refused_by_its_length_alone() -> None:
    with pytest.raises(ProtocolError, match=r"1,001 bytes is over the limit of 1,000"):
        FrameReader(1000).feed((1001).to_bytes(4, "big"))


def test_a_frame_over_the_limit_is_refused_where_it_comes_whole() -> None:
    with pytest.raises(ProtocolError, match=r"1,001 bytes is over the limit of 1,000"):
        FrameReader(1000).feed(framed(b"x" * 1001))


def test_a_frame_of_just_the_limit_is_read() -> None:
    assert FrameReader(1000).feed(framed(b"x" * 1000)) == [b"x" * 1000]


def test_a_single_frame_is_received_from_a_socket(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[0].sendall(framed(b"one") + framed(b"two"))
    until = time.monotonic() + SOON
    assert [receive_frame(pair[1], until), receive_frame(pair[1], until)] == [b"one", b"two"]


def test_a_single_frame_over_the_limit_is_refused_before_it_is_read(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[0].sendall(framed(b"x" * 1001))
    with pytest.raises(ProtocolError, match="over the limit"):
        receive_frame(pair[1], time.monotonic() + SOON, 1000)
    assert pair[1].recv(2000) == b"x" * 1001


def test_a_single_frame_is_not_waited_for_past_its_deadline(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[0].sendall(framed(b"one")[:-1])
    with pytest.raises(TimeoutError):
        receive_frame(pair[1], time.monotonic() + 0.05)


# ------------------------------------------------------------------------------------ the client's channel


def test_a_sent_frame_arrives_with_its_length(channel: SocketChannel, peer: socket.socket) -> None:
    channel.send(b"frame")
    assert peer.recv(100) == b"\x00\x00\x00\x05frame"


def test_a_reply_is_pumped(channel: SocketChannel, peer: socket.socket) -> None:
    peer.sendall(framed(b"one") + framed(b"two"))
    assert pumped(channel, None) == [b"one", b"two"]


def test_a_reply_is_given_again_until_it_is_confirmed(channel: SocketChannel, peer: socket.socket) -> None:
    peer.sendall(framed(b"one"))
    assert list(channel.pump(SOON)) == [b"one"]
    assert list(channel.pump(SOON)) == [b"one"]
    channel.confirm()
    assert list(channel.pump(0)) == []


def test_a_frame_that_is_sent_twice_leaves_once(channel: SocketChannel, peer: socket.socket) -> None:
    frame = b"frame"
    channel.send(frame)
    channel.send(frame)
    channel.send(b"next")
    channel.close()
    assert rest(peer) == framed(b"frame") + framed(b"next") + GOODBYE


def test_a_pump_without_a_reply_ends_in_time(channel: SocketChannel) -> None:
    assert pumped(channel, 0) == []
    assert pumped(channel, 0.01) == []


def test_a_pump_for_part_of_a_reply_gives_nothing_yet(channel: SocketChannel, peer: socket.socket) -> None:
    peer.sendall(framed(b"one")[:5])
    assert pumped(channel, SOON) == []
    peer.sendall(framed(b"one")[5:])
    assert pumped(channel, SOON) == [b"one"]


def test_a_pump_raises_at_the_end_of_the_channel(channel: SocketChannel, peer: socket.socket) -> None:
    peer.close()
    with pytest.raises(ConnectionError):
        for _ in range(3):  # the end may be noticed by one call and raised by the next
            pumped(channel, SOON)


def test_replies_before_the_end_of_the_channel_are_pumped(channel: SocketChannel, peer: socket.socket) -> None:
    peer.sendall(framed(b"last"))
    peer.close()
    assert pumped(channel, SOON) == [b"last"]


def test_a_send_to_a_peer_that_left_raises(channel: SocketChannel, peer: socket.socket) -> None:
    peer.close()
    with pytest.raises(OSError):
        channel.send(b"frame")


def test_a_send_never_waits_for_the_peer(channel: SocketChannel, peer: socket.socket) -> None:
    frames = [bytes([number]) * 1_000_000 for number in range(5)]
    for frame in frames:
        channel.send(frame)
    assert channel.backlog() > 0
    reader = FrameReader()
    got: list[bytes] = []
    while len(got) < len(frames):
        channel.push()
        got += reader.feed(peer.recv(1 << 20))
    assert got == frames
    assert channel.backlog() == 0


def test_a_pump_sends_what_is_left_to_send(channel: SocketChannel, peer: socket.socket) -> None:
    channel.send(b"x" * 5_000_000)
    left = channel.backlog()
    peer.recv(1 << 20)
    eventually(lambda: pumped(channel, 0.01) == [] and channel.backlog() < left)


def test_a_channel_is_known_by_its_file_descriptor(channel: SocketChannel, peer: socket.socket) -> None:
    peer.sendall(b"x")
    assert select.select([channel.fileno()], [], [], SOON)[0] == [channel.fileno()]


def test_a_channel_can_be_closed_twice(channel: SocketChannel, peer: socket.socket) -> None:
    channel.close()
    channel.close()
    assert rest(peer) == GOODBYE


def test_a_channel_that_is_dropped_says_no_goodbye(channel: SocketChannel, peer: socket.socket) -> None:
    channel.drop()
    assert rest(peer) == b""


def test_a_closed_channel_takes_nothing(channel: SocketChannel) -> None:
    channel.close()
    with pytest.raises(OSError):
        channel.send(b"frame")


@pytest.mark.parametrize("timeout", [None, 0, 0.01])
def test_a_closed_channel_gives_nothing(channel: SocketChannel, timeout: float | None) -> None:
    channel.close()
    with pytest.raises(OSError):
        channel.pump(timeout)


def test_closing_a_channel_wakes_the_thread_that_reads_it(channel: SocketChannel) -> None:
    problems: list[BaseException] = []
    reading = threading.Event()

    def read() -> None:
        reading.set()
        try:
            while True:
                pumped(channel, None)
        except BaseException as problem:
            problems.append(problem)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    assert reading.wait(SOON)
    channel.close()
    thread.join(SOON)
    assert not thread.is_alive()
    assert isinstance(problems[0], OSError)


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
    monkeypatch.setattr(server_module, "HANDSHAKE", 0.1)
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


# ------------------------------------------------------------------------------------------------- serving


@over_both
def test_a_frame_is_executed_and_answered(host: Host, tcp: bool) -> None:
    client = host.connect(tcp=tcp)
    assert client.ask(Put(1, 20), Op(2, "add", [Ref(1), 1])) == Reply(1, 2, [(1, 21)])


@over_both
def test_many_frames_are_answered_in_order(host: Host, tcp: bool) -> None:
    client = host.connect(tcp=tcp)
    for number in range(500):
        client.send(Op(0, "add", [number, 1]))
    assert [client.reply().values for _ in range(500)] == [[(0, number + 1)] for number in range(500)]


@over_both
def test_a_large_value_comes_and_goes_whole(host: Host, tcp: bool) -> None:
    client = host.connect(tcp=tcp)
    value = os.urandom(5_000_000)
    client.send(Put(1, Codec().dump(value)), Fetch(Ref(1)))
    reply = client.reply()
    assert Codec().load(reply.values[0][1]) == value


def test_a_reply_that_no_client_would_read_is_refused_and_harms_nobody(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "_LARGEST", 1000)
    client, other = host.connect("first"), host.connect("second")
    client.ask(Op(1, "bytes", [2000]))
    client.send(Fetch(Ref(1)))
    answer = client.answer()
    assert isinstance(answer, Refused)
    assert answer.frame == 2
    assert "over the limit of 1,000" in answer.reason
    assert client.works()
    assert other.works()


def test_an_error_is_answered(host: Host) -> None:
    reply = host.connect().ask(Op(1, "truediv", [1, 0]))
    assert reply.errors[0].type_name == "ZeroDivisionError"


def test_user_code_runs_on_the_thread_that_serves(host: Host) -> None:
    reply = host.connect().ask(Call(0, function(threading.get_ident)))
    assert reply.values == [(0, host.serving[0].ident)]


def test_clients_of_both_sockets_share_names_and_nothing_else(host: Host) -> None:
    first, second = host.connect("first"), host.connect("second", tcp=True)
    first.ask(Put(1, "ours"), SetNamed("name", 5))
    second.ask(Put(1, "theirs"))
    assert first.ask(Fetch(Ref(1))).values == [(0, "ours")]
    assert second.ask(Fetch(Ref(1)), Names()).values[0] == (0, "theirs")
    assert host.interpreter.names() == ["name"]


def test_serve_is_started_by_the_first_client_alone(host: Host) -> None:
    assert not host.serving
    assert all(host.connect(name).works() for name in ("first", "second"))
    assert len(host.serving) == 1


def test_serve_returns_when_the_last_client_has_left(host: Host) -> None:
    first, second = host.connect("first"), host.connect("second")
    assert first.works()
    first.channel.close()
    assert second.works()
    assert not host.has_ended()
    second.channel.close()
    eventually(host.has_ended)


def test_serve_is_started_again_for_a_later_client(host: Host) -> None:
    for number in range(1, 4):
        client = host.connect()
        assert client.works()
        client.channel.close()
        eventually(host.has_ended)
        assert len(host.serving) == number


def test_the_variables_of_a_client_go_with_it(host: Host) -> None:
    first, second = host.connect("first"), host.connect("second")
    first.ask(Put(1, 1), Put(2, 2))
    second.ask(Put(1, 1))
    first.channel.close()
    eventually(lambda: host.interpreter.count() == 1)


def test_what_a_client_sent_before_it_left_is_executed(host: Host) -> None:
    client, gate = host.connect(), host.gate()
    client.send(*READ, gate.wait())
    eventually(lambda: host.server.status()["busy"])
    client.send(SetNamed("name", 5))
    assert client.channel.backlog() == 0
    client.channel.close()
    gate.open()
    eventually(host.has_ended)
    assert host.interpreter.names() == ["name"]


def test_a_client_that_disappears_within_a_frame_leaves_others_untouched(short_host: Host) -> None:
    host = short_host
    first, second = host.connect("first"), host.connect("second")
    first.ask(Put(1, 1))
    second.ask(Put(1, "kept"))
    first.send_raw(framed(encode(Frame(2, [SetNamed("half", 1)])))[:-1])
    first.channel.drop()
    eventually(lambda: host.interpreter.count() == 1)
    assert second.ask(Fetch(Ref(1))).values == [(0, "kept")]
    assert host.interpreter.names() == []


def test_a_client_that_disappears_with_replies_unread_leaves_others_untouched(host: Host) -> None:
    first, second = host.connect("first"), host.connect("second")
    first.send(Op(1, "mul", [Codec().dump(bytearray(1)), 5_000_000]), Fetch(Ref(1)), Fetch(Ref(1)))
    first.channel.close()
    assert second.works()
    eventually(lambda: host.status()["clients"] == 1)


def test_serve_returns_though_a_client_left_tens_of_megabytes_unread(host: Host) -> None:
    client = host.connect()
    client.ask(Op(1, "mul", [Codec().dump(bytearray(1)), 40_000_000]))
    client.send(Fetch(Ref(1)))
    client.send(SetNamed("second", 2), Fetch(Ref(1)))
    client.send(SetNamed("third", 3))
    eventually(lambda: "second" in host.interpreter.names())
    client.channel.close()
    eventually(host.has_ended)


def test_a_client_that_does_not_read_delays_nobody(host: Host) -> None:
    first, second = host.connect("first"), host.connect("second")
    first.send(Op(1, "mul", [Codec().dump(bytearray(1)), 10_000_000]), Fetch(Ref(1)))
    assert second.works()
    assert len(Codec().load(first.reply().values[-1][1])) == 10_000_000


def test_a_long_frame_is_answered_bit_by_bit(host: Host) -> None:
    client = host.connect()
    client.send(Import(1, "time"), GetAttr(2, Ref(1), "sleep"), *[Call(3, Ref(2), [0.02])] * 3)
    executed = [0]
    while executed[-1] < 5:
        part = client.answer()
        assert isinstance(part, Reply)
        assert part.frame == 1
        executed.append(part.executed)
    assert executed[-3:] == [3, 4, 5]


def test_other_clients_have_their_turn_within_a_long_frame(host: Host) -> None:
    first, second = host.connect("first"), host.connect("second")
    begin, end = host.gate(), host.gate()
    sleep: list[Message] = [Import(3, "time"), GetAttr(4, Ref(3), "sleep"), *[Call(5, Ref(4), [0.02])] * 2]
    first.send(*READ, begin.wait(), *sleep, end.wait())
    eventually(lambda: host.server.status()["busy"])
    second.send(Op(0, "add", [1, 2]))
    begin.open()
    assert second.reply().values == [(0, 3)]  # while the first client's frame waits for its end


def test_a_claim_of_a_lease_that_has_ended_is_stale_though_its_session_is_there(short_host: Host) -> None:
    host = short_host
    first, second = host.connect("first"), host.connect("second")
    first.ask(Put(1, 5), Lease(Ref(1), TOKEN))
    eventually(lambda: host.interpreter.leased() == 0)
    reply = second.ask(Claim(1, TOKEN))
    assert reply.errors[0].type_name == "ray_proxy.errors.StaleVarError"


def test_a_claim_of_the_sessions_own_ended_lease_is_stale(short_host: Host) -> None:
    host = short_host
    client = host.connect("first")
    client.ask(Put(1, 5), Lease(Ref(1), TOKEN))
    eventually(lambda: host.interpreter.leased() == 0)
    assert client.ask(Claim(2, TOKEN)).errors[0].type_name == "ray_proxy.errors.StaleVarError"


def test_a_lease_can_be_claimed_in_its_own_frame(host: Host) -> None:
    client = host.connect("first")
    reply = client.ask(Put(1, 5), Lease(Ref(1), TOKEN), Claim(2, TOKEN))
    assert reply.values == [(2, 5)]


def test_a_claim_that_overtakes_its_lease_waits_for_it(host: Host) -> None:
    first, second = host.connect("first"), host.connect("second")
    second.send(Claim(1, TOKEN))
    assert pumped(second.channel, 0.1) == []
    first.ask(Put(1, 5), Lease(Ref(1), TOKEN))
    assert second.reply().values == [(0, 5)]


def test_a_claim_whose_lease_never_comes_is_stale_when_its_session_has_left(host: Host) -> None:
    first, second = host.connect("first"), host.connect("second")
    second.send(Claim(1, TOKEN))
    assert pumped(second.channel, 0.1) == []
    first.channel.close()
    assert second.reply().errors[0].type_name == "ray_proxy.errors.StaleVarError"


def test_user_code_that_waits_for_another_interpreter_lets_nested_frames_in(host: Host) -> None:
    ours, theirs = socket.socketpair()
    shelf["channel"], shelf["waiting"] = SocketChannel(ours), threading.Event()
    first, second, third = (host.connect(name) for name in ("first", "second", "third"))
    assert all(client.works() for client in (first, second, third))
    first.send(Call(0, function(wait_for_the_other_interpreter)))
    assert shelf["waiting"].wait(SOON)
    third.send(Op(0, "add", [1, 2]))
    second.send(Op(0, "add", [1, 2]), path=("here", "there"))
    assert second.reply().values == [(0, 3)]
    assert pumped(third.channel, 0.1) == []  # not nested in the call, so it has to wait for its end
    theirs.sendall(framed(b"answer"))
    assert first.reply().values == [(0, "answered")]
    assert third.reply().values == [(0, 3)]
    shelf["channel"].close()
    theirs.close()


async def opened(served: bool = False) -> str:
    """User code that waits in an event loop; `served`, as one that awaits a Var."""
    if served:
        assert hosting.serve_in is not None
        hosting.serve_in(asyncio.get_running_loop())
    shelf["waiting"].set()
    await asyncio.wait_for(shelf["opened"].wait(), SOON)
    return "answered"


def run_opened() -> str:
    return asyncio.run(opened(served=True))


def open_it() -> None:
    shelf["opened"].set()


def wait_and_run_opened() -> str:
    return wait_for_the_other_interpreter() and run_opened()


def wait_and_give_opened() -> Coroutine[Any, Any, str]:
    wait_for_the_other_interpreter()
    return opened()


def answer_it() -> None:
    shelf["theirs"].sendall(framed(b"answer"))


def waiting_and_another(host: Host, awaits: Callable[[], Any]) -> tuple[Client, Client]:
    """A client whose call waits to be `opened`, and another client."""
    shelf["waiting"], shelf["opened"] = threading.Event(), asyncio.Event()
    first, second = host.connect("first"), host.connect("second")
    assert first.works()
    assert second.works()
    first.send(Call(0, function(awaits)))
    assert shelf["waiting"].wait(SOON)
    return first, second


@pytest.mark.parametrize("awaits", [run_opened, opened])
def test_nested_frames_that_come_at_once_are_all_served_while_an_event_loop_waits(
    host: Host, awaits: Callable[[], Any]
) -> None:
    first, second = waiting_and_another(host, awaits)
    frames = [Frame(2, [Op(0, "add", [1, 2])], ["here"]), Frame(3, [Call(0, function(open_it))], ["here"])]
    second.send_raw(b"".join(framed(encode(frame)) for frame in frames))
    assert first.reply().values == [(0, "answered")]


@pytest.mark.parametrize("awaits", [wait_and_run_opened, wait_and_give_opened])
def test_what_was_read_before_an_event_loop_waits_is_served_in_it(host: Host, awaits: Callable[[], Any]) -> None:
    ours, theirs = socket.socketpair()
    shelf["channel"], shelf["theirs"] = SocketChannel(ours), theirs
    first, second = waiting_and_another(host, awaits)
    frames = [Frame(2, [Call(0, function(answer_it))], ["here"]), Frame(3, [Call(0, function(open_it))], ["here"])]
    second.send_raw(b"".join(framed(encode(frame)) for frame in frames))
    assert first.reply().values == [(0, "answered")]
    shelf["channel"].close()
    theirs.close()


def test_what_was_received_before_an_interrupt_is_not_waited_for(channel: SocketChannel, peer: socket.socket) -> None:
    peer.sendall(framed(b"reply"))
    channel._receive(SOON)  # Ctrl-C comes before it is cut into frames
    assert pumped(channel, 0.1) == [b"reply"]
    peer.sendall(framed(b"last"))
    peer.close()
    channel._receive(SOON)
    channel._receive(SOON)
    assert pumped(channel, 0.1) == [b"last"]
    with pytest.raises(ConnectionResetError):
        channel.pump(0.1)


# -------------------------------------------------------------------------------------------- wrong frames


def test_an_undecodable_frame_is_refused_and_the_next_one_works(host: Host) -> None:
    client = host.connect()
    client.channel.send(encode(["frame", 1, [["put", 1, 5], ["op", 3, "add", 5]]]))
    refused = client.answer()
    assert isinstance(refused, Refused)
    assert (refused.frame, refused.kind) == (1, "protocol")
    assert "messages[1].args" in refused.reason
    client.number = 1
    assert client.works()


def test_nothing_of_a_refused_frame_is_done(host: Host) -> None:
    client = host.connect()
    client.channel.send(encode(["frame", 1, [["put", 1, 5], ["setnamed", "name", 5], ["nonsense"]]]))
    assert isinstance(client.answer(), Refused)
    assert host.interpreter.count() == 0
    assert host.interpreter.names() == []


def test_a_frame_whose_number_cannot_be_read_is_refused_as_frame_0(host: Host) -> None:
    client = host.connect()
    client.channel.send(b"\xc1")
    refused = client.answer()
    assert isinstance(refused, Refused)
    assert refused.frame == 0
    assert client.works()


def test_a_refusal_comes_in_the_order_of_the_frames(host: Host) -> None:
    client = host.connect()
    client.send(Op(0, "add", [1, 2]))
    client.channel.send(encode(["frame", 2]))
    client.number = 2
    client.send(Op(0, "add", [1, 2]))
    assert [type(client.answer()) for _ in range(3)] == [Reply, Refused, Reply]


@pytest.fixture
def short_host() -> Iterator[Host]:
    """One whose leases, and whose patience with lost clients, are short."""
    host = Host(lease=0.01, grace=0.2)
    yield host
    host.close()


@pytest.fixture
def small_host() -> Iterator[Host]:
    """Takes frames of at most 100,000 bytes."""
    host = Host(limit=100_000)
    yield host
    host.close()


def test_a_frame_over_the_limit_is_refused_before_it_comes(small_host: Host) -> None:
    client = small_host.connect()
    client.send_raw((100_001).to_bytes(4, "big"))
    refused = client.answer()
    assert isinstance(refused, Refused)
    assert "100,001 bytes is over the limit of 100,000" in refused.reason
    assert client.sees_the_end()


def test_a_frame_over_the_limit_leaves_other_clients_untouched(small_host: Host) -> None:
    first, second = small_host.connect("first"), small_host.connect("second")
    second.ask(Put(1, "kept"))
    first.send_raw((100_001).to_bytes(4, "big") + b"x" * 50_000)
    assert isinstance(first.answer(), Refused)
    assert second.ask(Fetch(Ref(1))).values == [(0, "kept")]


def test_a_frame_before_one_over_the_limit_is_executed(small_host: Host) -> None:
    client = small_host.connect()
    client.send_raw(framed(encode(Frame(1, [SetNamed("name", 5)]))) + (100_001).to_bytes(4, "big"))
    assert client.reply() == Reply(1, 1)
    assert isinstance(client.answer(), Refused)


# ------------------------------------------------------------------------------------------------- control


def test_the_status_tells_what_the_interpreter_holds(host: Host) -> None:
    host.connect().ask(Put(1, 1), Put(2, 2), SetNamed("name", 5))
    status = host.status()
    assert (status["variables"], status["named"], status["clients"], status["busy"]) == (2, 1, 1, False)
    assert (status["host"], status["pid"]) == ("this host", os.getpid())


def test_the_status_is_told_while_user_code_runs(host: Host) -> None:
    client, gate = host.connect(), host.gate()
    client.send(*READ, gate.wait())
    eventually(lambda: host.status()["busy"])
    gate.open()
    client.reply()
    eventually(lambda: not host.status()["busy"])


def test_a_control_connection_is_asked_again_and_again(host: Host) -> None:
    with host.dial() as connection:
        hello(connection, role="control")
        assert [ask_status(connection)["clients"] for _ in range(3)] == [0, 0, 0]


def test_a_control_connection_does_not_make_the_interpreter_serve(host: Host) -> None:
    host.status()
    assert not host.serving


def test_a_new_client_is_welcomed_while_user_code_runs(host: Host) -> None:
    first, gate = host.connect("first"), host.gate()
    first.send(*READ, gate.wait())
    eventually(lambda: host.server.status()["busy"])
    second = host.connect("second")
    second.send(Op(0, "add", [1, 2]))
    gate.open()
    assert second.reply().values == [(0, 3)]


def test_a_control_connection_that_talks_nonsense_is_closed(host: Host) -> None:
    with host.dial() as connection:
        hello(connection, role="control")
        connection.sendall(framed(encode(["control", "shutdown"])))
        assert rest(connection) == b""
    assert host.status()["clients"] == 0


# -------------------------------------------------------------------------------- what the server leaves


def test_the_folder_of_the_socket_is_open_to_its_owner_alone(host: Host) -> None:
    folder = os.path.dirname(host.server.address.path)
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700


def test_the_folder_of_the_socket_is_removed_on_close(host: Host) -> None:
    folder = os.path.dirname(host.server.address.path)
    host.server.close()
    host.server.close()
    assert not os.path.exists(folder)


@over_both
def test_a_closed_server_takes_no_more_clients(host: Host, tcp: bool) -> None:
    host.server.close()
    with pytest.raises(OSError):
        host.dial(tcp)


def test_a_closed_server_serves_the_clients_it_has(host: Host) -> None:
    client = host.connect()
    host.server.close()
    assert client.works()


def test_without_an_address_to_bind_no_port_is_opened() -> None:
    host = Host()
    assert host.server.address.port == 0
    assert host.connect().works()
    host.close()


def test_the_tcp_socket_listens_on_the_given_address_alone(host: Host) -> None:
    assert host.server.address.host == "127.0.0.1"
    with socket.create_connection((host.server.address.host, host.server.address.port), SOON) as connection:
        assert connection.recv(10, socket.MSG_WAITALL) == b"ray-proxy\n"


def test_no_two_servers_have_the_same_key(host: Host) -> None:
    another = Host()
    assert host.server.key != another.server.key
    assert len(host.server.key) == 32
    another.close()


def test_the_key_is_never_shown(host: Host) -> None:
    client = host.connect()
    shown = [host.server, host.server.address, host.status(), client.welcome, client.channel, vars(client.channel)]
    for text in map(repr, shown):
        assert repr(host.server.key)[2:-1] not in text
        assert host.server.key.hex() not in text


# ------------------------------------------------------------------------------------ found by changed frames


def test_a_claim_by_an_endless_number_delays_nobody(host: Host) -> None:
    first, second = host.connect("first"), host.connect("second")
    reply = second.ask(Claim(1, lease_token("first", 1, "x").replace(".1.", f".{'9' * 5000}.")))
    assert reply.errors[0].type_name == "ray_proxy.errors.StaleVarError"
    assert first.works()


class Changed(LoopbackChannel):
    """Gives answers that were changed on their way."""

    def __init__(self, session: str, change: Callable[[Reply], Reply]) -> None:
        super().__init__(Interpreter("here"), session)
        self._change = change

    def pump(self, timeout: float | None) -> list[bytes]:
        answers = [decode_answer(data) for data in super().pump(timeout)]
        return [encode(self._change(answer)) for answer in answers if isinstance(answer, Reply)]


WELCOME = Welcome(MAJOR, MINOR, "here", "this host", os.getpid())


def changed(change: Callable[[Reply], Reply]) -> Session:
    """A session that hears answers changed like that."""
    session = Session()
    session.attach(Changed(session.name, change), WELCOME)
    return session


ERROR = Error("s", 1, 0, "ValueError", "ValueError()", "Traceback…")


@pytest.mark.parametrize(
    "change",
    [
        lambda reply: Reply(reply.frame, reply.executed, [(500, 1)]),
        lambda reply: Reply(reply.frame, reply.executed, [(-1, 1)]),
        lambda reply: Reply(reply.frame, reply.executed, [], [(500, 0)], [ERROR]),
        lambda reply: Reply(reply.frame, reply.executed, [], [(-1, 0)], [ERROR]),
        lambda reply: Reply(reply.frame, reply.executed, [], [(0, 1)], [ERROR]),
        lambda reply: Reply(reply.frame, reply.executed, [], [(0, -1)], [ERROR]),
        lambda reply: Reply(reply.frame, -1),
    ],
    ids=["value", "value before", "failure", "failure before", "error", "error before", "executed"],
)
def test_a_reply_of_what_is_not_there_breaks_the_session(change: Callable[[Reply], Reply]) -> None:
    session = changed(change)
    with pytest.raises(ProtocolError):
        session.fetch(session.op("add", 1, 2))
    with pytest.raises(ProtocolError):
        session.put(1)
    session.close()


def test_an_error_of_a_message_that_is_not_there_breaks_the_session() -> None:
    session = Session()
    error = Error(session.name, 1, 500, "ValueError", "ValueError()", "Traceback…")
    change = Changed(session.name, lambda reply: Reply(reply.frame, reply.executed, [], [(0, 0)], [error]))
    session.attach(change, WELCOME)
    with pytest.raises(ProtocolError):
        session.fetch(session.op("add", 1, 2))
    session.close()


@pytest.mark.parametrize("start", [-1, 0, 1])
@pytest.mark.parametrize("value", [None, 5, Declined(), Items([1, 2, 3], True)], ids=repr)
def test_items_that_are_none_are_refused(start: int, value: Result) -> None:
    session = changed(lambda reply: Reply(reply.frame, reply.executed, [(index, value) for index, _ in reply.values]))
    source = session.put([1, 2])
    if start == 0 and isinstance(value, Declined):
        assert session.items(source, start, 2) == value  # the answer where it is no builtin sequence
    else:
        with pytest.raises(ProtocolError):
            session.items(source, start, 2)
    session.close()


def test_interrupts_of_sessions_that_are_not_there_leave_nothing(host: Host) -> None:
    client = host.connect()
    with host.dial() as connection:
        hello(connection, role="control")
        for session, frame in (("nobody", 1), ("first", 2)):
            connection.sendall(framed(encode(Interrupt(session, [frame, frame + 1]))))
            receive_frame(connection, time.monotonic() + SOON)
    assert host.server._interrupted == {("first", 2), ("first", 3)}
    client.channel.close()
    eventually(lambda: not host.server._interrupted)


def test_a_client_may_leave_while_another_one_is_interrupted(host: Host) -> None:
    host.connect("first")
    witness = host.connect("witness")

    def interrupt() -> None:
        with host.dial() as connection:
            hello(connection, role="control")
            for number in range(0, 50_000, 500):
                connection.sendall(framed(encode(Interrupt("first", list(range(number, number + 500))))))
                receive_frame(connection, time.monotonic() + SOON)

    thread = threading.Thread(target=interrupt, daemon=True)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # so that the two meet
    try:
        thread.start()
        while thread.is_alive():
            host.connect(uuid.uuid4().hex).channel.close()
            assert witness.works()
    finally:
        sys.setswitchinterval(before)
        thread.join(SOON)


def test_a_session_that_begins_has_taken_no_answers_whatever_its_hello_says(host: Host) -> None:
    with host.dial() as connection:
        connection.sendall(framed(encode(Hello(MAJOR, MINOR, "new", "frames", "client", "", False, 3))))
        assert decode_welcome(receive_frame(connection, time.monotonic() + 10)).frames == 0
        connection.sendall(framed(b""))  # goodbye

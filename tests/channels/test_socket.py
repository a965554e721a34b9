"""The client's end of a socket: bytes are cut into frames, and nothing is lost on the way."""

from __future__ import annotations

import os
import select
import socket
import sys
import threading
import time
from types import FrameType

import pytest
from conftest import eventually
from rig import SOON, pumped, rest

from ray_proxy.channels.socket import (
    FrameReader,
    SocketChannel,
    framed,
    receive_frame,
)
from ray_proxy.errors import ProtocolError

pytestmark = pytest.mark.usefixtures("hosting_as_before")

GOODBYE = framed(b"")


@pytest.fixture
def channel(pair: tuple[socket.socket, socket.socket]) -> SocketChannel:
    return SocketChannel(pair[0])


@pytest.fixture
def peer(pair: tuple[socket.socket, socket.socket]) -> socket.socket:
    """The other end of `channel`."""
    return pair[1]


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


def received(connection: socket.socket, reader: FrameReader, count: int) -> list[bytes]:
    """The next frames of a stream, as a server reads them."""
    frames: list[bytes] = []
    while len(frames) < count:
        frames += map(bytes, reader.receive(connection))
        reader.check()
    return frames


@pytest.mark.parametrize("size", [131_072, 131_073, 300_000, 3_000_000])
def test_a_large_frame_is_received_among_small_ones(pair: tuple[socket.socket, socket.socket], size: int) -> None:
    frames = [b"before", os.urandom(size), b"between", os.urandom(size), b""]
    sender = threading.Thread(target=pair[0].sendall, args=(b"".join(map(framed, frames)),))
    sender.start()
    assert received(pair[1], FrameReader(), 5) == frames
    sender.join()


def test_of_a_large_frame_all_that_is_there_is_received_and_no_more(pair: tuple[socket.socket, socket.socket]) -> None:
    reader, frame = FrameReader(), os.urandom(200_000)
    pair[1].setblocking(False)
    pair[0].send(framed(frame)[:100])
    assert reader.receive(pair[1]) == []
    reader.check()
    with pytest.raises(BlockingIOError):
        reader.receive(pair[1])
    pair[0].send(framed(frame)[100:50_000])
    with pytest.raises(BlockingIOError):
        reader.receive(pair[1])
    pair[0].send(framed(frame)[50_000:] + framed(b"next"))
    assert received(pair[1], reader, 2) == [frame, b"next"]


def test_the_end_of_a_stream_in_a_large_frame_is_told(pair: tuple[socket.socket, socket.socket]) -> None:
    reader = FrameReader()
    pair[0].send(framed(bytes(200_000))[:1000])
    pair[0].close()
    assert reader.receive(pair[1]) == []
    reader.check()
    with pytest.raises(ConnectionResetError):
        reader.receive(pair[1])


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
    channel.confirm(channel.pump(SOON))
    assert list(channel.pump(0)) == []


def test_a_frame_that_is_sent_twice_leaves_once(channel: SocketChannel, peer: socket.socket) -> None:
    frame = b"frame"
    channel.send(frame, 1)
    channel.send(frame, 1)
    channel.send(b"next", 2)
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


def test_a_goodbye_follows_what_another_thread_is_sending(channel: SocketChannel, peer: socket.socket) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def stop(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code is SocketChannel._push.__code__:
            inside.set()
            go_on.wait(10)

    def send() -> None:
        sys.setprofile(stop)
        channel.send(b"frame", 1)

    sender, closer = threading.Thread(target=send), threading.Thread(target=channel.close)
    sender.start()
    inside.wait(10)
    closer.start()
    closer.join(0.2)
    go_on.set()
    closer.join()
    sender.join()
    assert peer.recv(100) == framed(b"frame") + GOODBYE


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

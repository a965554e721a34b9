"""A client that takes its answers and never confirms them."""

from __future__ import annotations

import socket
import time

from rig import SOON, Client, Host, rest

from ray_proxy.channels.socket import framed, receive_frame
from ray_proxy.protocol import (
    MAJOR,
    MINOR,
    Fetch,
    Hello,
    Op,
    Ref,
    Refused,
    Welcome,
    decode_answer,
    decode_welcome,
    encode,
)
from ray_proxy.server.work import UNCONFIRMED, Work

SIZE = 4 << 20
ENOUGH = UNCONFIRMED // SIZE + 8


def taken(client: Client, count: int) -> Work:
    """The work of this client, after so many large answers that it has taken."""
    client.ask(Op(1, "mul", ["x", SIZE]))
    for _ in range(count):
        client.ask(Fetch(Ref(1)))
    (there,) = client.host.server._clients.all()
    return there.work


def resumed(host: Host, answers: int) -> tuple[socket.socket, bytes]:
    """A connection that resumes the session, and what it hears first."""
    connection = host.dial()
    connection.sendall(framed(encode(Hello(MAJOR, MINOR, "first", resume=True, answers=answers))))
    return connection, receive_frame(connection, time.monotonic() + SOON)


def test_no_more_is_kept_than_the_limit_and_one_answer(host: Host) -> None:
    client = host.connect()
    work = taken(client, ENOUGH)
    assert UNCONFIRMED < work.kept < UNCONFIRMED + 2 * SIZE
    assert work.kept == sum(map(len, work.answers))
    assert client.works()


def test_a_session_that_would_need_what_is_forgotten_is_refused(host: Host) -> None:
    client = host.connect()
    taken(client, ENOUGH)
    connection, answer = resumed(host, 1)
    refusal = decode_answer(answer)
    assert isinstance(refusal, Refused)
    assert refusal.kind == "session"
    assert "not kept any more" in refusal.reason
    assert rest(connection) == b""
    assert client.works()


def test_one_that_has_taken_it_goes_on(host: Host) -> None:
    client = host.connect()
    work = taken(client, ENOUGH)
    connection, answer = resumed(host, work.confirmed + len(work.answers))
    assert isinstance(decode_welcome(answer), Welcome)
    connection.sendall(framed(b""))
    assert rest(connection) == b""

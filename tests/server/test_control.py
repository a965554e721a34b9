"""Control connections, interrupts that come on them, and what a server leaves behind."""

from __future__ import annotations

import os
import socket
import stat
import sys
import threading
import time
import uuid

import pytest
from conftest import eventually
from rig import READ, SOON, Host, ask_status, function, hello, over_both, rest

from ray_proxy.channels.socket import (
    framed,
    receive_frame,
)
from ray_proxy.protocol import (
    Call,
    Cancel,
    Interrupt,
    Op,
    Put,
    SetNamed,
    encode,
)

pytestmark = pytest.mark.usefixtures("hosting_as_before")

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


def test_the_status_names_what_is_done(host: Host) -> None:
    def waits_here(reading: int) -> None:
        os.read(reading, 1)

    assert host.connect().works()
    assert host.status()["doing"] == []
    client, gate = host.clients[0], host.gate()
    client.send(*READ, Put(3, 5), gate.wait())
    eventually(lambda: host.status()["busy"])
    assert host.status()["doing"] == ["a call of read (message 3 of frame 2 of session first)"]
    gate.open()
    client.reply()
    gate = host.gate()
    client.send(Call(0, function(waits_here), [gate.reading]))
    eventually(lambda: host.status()["busy"])
    (line,) = host.status()["doing"][1:]
    assert line.endswith(f":{waits_here.__code__.co_firstlineno + 1} in waits_here")
    gate.open()
    client.reply()


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


def test_interrupts_of_sessions_that_are_not_there_leave_nothing(host: Host) -> None:
    client = host.connect()
    with host.dial() as connection:
        hello(connection, role="control")
        for session, frame in (("nobody", 1), ("first", 2)):
            connection.sendall(framed(encode(Interrupt(session, [frame, frame + 1]))))
            receive_frame(connection, time.monotonic() + SOON)
    assert host.server._interrupts.interrupted == {("first", 2), ("first", 3)}
    client.channel.close()
    eventually(lambda: not host.server._interrupts.interrupted)


def test_nor_do_cancellations_of_sessions_and_frames_that_are_over(host: Host) -> None:
    client = host.connect()
    cancelled = host.interpreter.coroutines.cancelled
    with host.dial() as connection:
        hello(connection, role="control")
        for session, frame in (("nobody", 1), ("first", 1), ("first", 2)):
            connection.sendall(framed(encode(Cancel(session, [(frame, 0), (frame, 5)]))))
            receive_frame(connection, time.monotonic() + SOON)
    assert cancelled == {("first", 1, 0), ("first", 1, 5), ("first", 2, 0), ("first", 2, 5)}
    client.ask(Put(1, 5))
    assert cancelled == {("first", 2, 0), ("first", 2, 5)}
    client.channel.close()
    eventually(lambda: not cancelled)


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

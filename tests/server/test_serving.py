"""Frames are executed in turn, and answered; clients come and leave."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest
from conftest import eventually
from rig import READ, Host, function, over_both, pumped

from ray_proxy.channels.socket import (
    framed,
)
from ray_proxy.interpreter.leases import lease_token
from ray_proxy.protocol import (
    Call,
    Claim,
    Fetch,
    Frame,
    GetAttr,
    Import,
    Lease,
    Message,
    Names,
    Op,
    Put,
    Ref,
    Refused,
    Reply,
    SetNamed,
    encode,
)
from ray_proxy.server import executing
from ray_proxy.values.codec import Codec

pytestmark = pytest.mark.usefixtures("hosting_as_before")

TOKEN = lease_token("first", 1, "secret")


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
    monkeypatch.setattr(executing, "_LARGEST", 1000)
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


# ------------------------------------------------------------------------------------ found by changed frames


def test_a_claim_by_an_endless_number_delays_nobody(host: Host) -> None:
    first, second = host.connect("first"), host.connect("second")
    reply = second.ask(Claim(1, lease_token("first", 1, "x").replace(".1.", f".{'9' * 5000}.")))
    assert reply.errors[0].type_name == "ray_proxy.errors.StaleVarError"
    assert first.works()

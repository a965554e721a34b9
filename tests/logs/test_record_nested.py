"""Nested calls in the log of an interpreter."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from recording import count, pickled, sames, texts
from rig import Host

from ray_proxy import Log, operations, replay
from ray_proxy.channels.channel import hosting
from ray_proxy.logs.records import Sent, began
from ray_proxy.logs.writer import Writer
from ray_proxy.protocol import Call, Fetch, GetNamed, Op, Put, Ref, SetNamed
from ray_proxy.server import floor, watch

shelf: dict[str, Any] = {}
"""Where user code of these tests finds what has no pickle."""


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = hosting.path, hosting.thread, hosting.wait
    yield
    hosting.path, hosting.thread, hosting.wait = before
    shelf.clear()


def serve_until_told() -> str:
    """User code that waits for another interpreter, as a session in it does."""
    if hosting.wait is not None:
        shelf["waiting"].set()
        until = time.monotonic() + 10
        while not shelf["go"].is_set() and time.monotonic() < until:
            hosting.wait(None, 0.05)
    return "served"


def test_nested_calls_are_recorded_within_the_call_that_they_are_nested_in(recorded_host: Host, path: str) -> None:
    shelf["waiting"], shelf["go"] = threading.Event(), threading.Event()
    outer, inner = recorded_host.connect(), recorded_host.connect("second")
    assert outer.works()
    outer.send(SetNamed("n", 1), Call(0, pickled(serve_until_told)), GetNamed(5, "n"), Fetch(Ref(5)))
    assert shelf["waiting"].wait(10)
    inner.send(GetNamed(1, "n"), Fetch(Ref(1)), SetNamed("n", 2), path=("here", "there"))
    assert dict(inner.reply().values)[1] == 1
    shelf["go"].set()
    assert dict(outer.reply().values) == {1: "served", 2: 2, 3: 2}
    withins = [record.within for record in Log(path) if isinstance(record, Sent)]
    assert withins == [None, None, ("first", 2, 1)]
    sames(path)


def test_a_call_nested_in_a_nested_call(recorded_host: Host, path: str) -> None:
    shelf["waiting"], shelf["go"] = threading.Event(), threading.Event()
    clients = [recorded_host.connect(name) for name in ("first", "second", "third")]
    assert clients[0].works()
    clients[0].send(Put(1, 1), Call(0, pickled(serve_until_told)))
    assert shelf["waiting"].wait(10)
    shelf["waiting"].clear()
    clients[1].send(Call(0, pickled(serve_until_told)), path=("here", "there"))
    assert shelf["waiting"].wait(10)
    clients[2].send(Op(0, "add", [1, 2]), path=("here", "there", "here", "there"))
    assert clients[2].reply().values == [(0, 3)]
    shelf["go"].set()
    assert clients[1].reply().values == clients[0].reply().values[:0] + [(0, "served")]
    withins = [record.within for record in Log(path) if isinstance(record, Sent)]
    assert withins == [None, None, ("first", 2, 1), ("second", 1, 0)]
    sames(path)


def test_a_frame_that_waits_for_the_call_of_its_own_session_is_recorded_once(recorded_host: Host, path: str) -> None:
    """It needs what is being made: it is tried, and executed when the call has ended."""
    shelf["waiting"], shelf["go"] = threading.Event(), threading.Event()
    client = recorded_host.connect()
    assert client.works()
    client.send(Call(5, pickled(serve_until_told)))
    assert shelf["waiting"].wait(10)
    client.send(Op(6, "add", [Ref(5), "!"]), path=("elsewhere",))
    shelf["later"] = threading.Timer(0.2, shelf["go"].set)
    shelf["later"].start()
    assert client.reply().values == [(0, "served")]
    assert client.reply().values == [(0, "served!")]
    assert count(path, Sent) == 3
    assert [op.text for op in operations(Log(path))][1:] == [
        f"v5 = {texts(path)[1].partition(' = ')[2]}", "v6 = v5 + '!'",
    ]  # fmt: skip
    sames(path)


def wait_for_event() -> str:
    shelf["waiting"].set()
    shelf["go"].wait(20)
    return "done"


def test_what_can_never_be_served_is_refused_and_recorded(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floor, "TURN", 0.05)
    monkeypatch.setattr(watch, "TURN", 0.05)
    monkeypatch.setattr(watch, "_DEADLOCK", 2)
    shelf["waiting"], shelf["go"] = threading.Event(), threading.Event()
    host = Host(log=Writer(path, began("interpreter", "here", "this host", False)))
    try:
        outer, inner = host.connect(), host.connect("second")
        assert outer.works()
        outer.send(Call(0, pickled(wait_for_event)))
        assert shelf["waiting"].wait(10)
        inner.send(Op(0, "add", [1, 2]), Op(7, "add", [1, 2]), path=("here", "there"))
        reply = inner.reply()
        assert {error.type_name for error in reply.errors} == {"ray_proxy.errors.DeadlockError"}
        shelf["go"].set()
        assert outer.reply().values == [(0, "done")]
        assert inner.ask(Fetch(Ref(7))).failures
    finally:
        host.close()
        assert host.server.log is not None
        host.server.log.close()
    told = texts(path)
    assert told[1].startswith("1 + 2 !! DeadlockError(")
    report = replay(path)
    assert report, str(report)
    assert report.withheld == 2


def test_a_call_that_needs_the_result_of_the_call_it_is_nested_in(recorded_host: Host, path: str) -> None:
    shelf["waiting"], shelf["go"] = threading.Event(), threading.Event()
    client = recorded_host.connect()
    assert client.works()
    client.send(Call(5, pickled(serve_until_told)))
    assert shelf["waiting"].wait(10)
    client.send(Op(0, "add", [Ref(5), "!"]), path=("here", "there"))
    reply = client.reply()
    assert [error.type_name for error in reply.errors] == ["ray_proxy.errors.DeadlockError"]
    shelf["go"].set()
    assert client.reply().values == [(0, "served")]
    report = replay(path)
    assert report, str(report)
    assert report.withheld == 1

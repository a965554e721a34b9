"""Who looks at a variable is answered, whatever runs."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

import pytest
from conftest import eventually
from rig import Host, function

from ray_proxy import RemoteInterpreter
from ray_proxy.protocol import Call, Describe, Put, Ref, SetNamed

pytestmark = pytest.mark.usefixtures("hosting_as_before")

BOUND = 2.0
"""Seconds that an answer may take on a machine that is busy; it is meant to take 0.3."""


class Asked:
    """Tells by which thread it was asked."""

    asked: list[int] = []

    def __dir__(self) -> list[str]:
        self.asked.append(threading.get_ident())
        return ["said"]


class Slow:
    def __dir__(self) -> list[str]:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            pass
        return []


def make_asked() -> Any:
    return Asked()


def make_slow() -> Any:
    return Slow()


def looping(stop: int) -> None:
    os.set_blocking(stop, False)
    while True:
        try:
            os.read(stop, 1)
        except BlockingIOError:
            continue
        return


def described(host: Host, **more: Any) -> dict[str, Any]:
    begun = time.monotonic()
    told: dict[str, Any] = host.status(Describe("first", **more))["described"]
    assert time.monotonic() - begun < BOUND
    return told


def test_an_idle_interpreter_asks_the_object_on_the_thread_of_user_code(host: Host) -> None:
    Asked.asked.clear()
    client = host.connect()
    client.ask(Put(1, function(make_asked)), Call(2, Ref(1), []))
    told = described(host, obj=2)
    assert told["members"] == ["said"]
    assert told["running"] is False
    assert Asked.asked == [host.serving[-1].ident]


@pytest.mark.parametrize("kind", ["loop", "wait"])
def test_a_busy_one_looks_without_asking(host: Host, kind: str) -> None:
    Asked.asked.clear()
    client, gate = host.connect(), host.gate()
    client.ask(Put(1, function(make_asked)), Call(2, Ref(1), []), Put(4, function(looping)), Put(5, function(os.read)))
    busy = Call(6, Ref(4), [gate.reading]) if kind == "loop" else Call(6, Ref(5), [gate.reading, 1])
    client.send(busy)
    eventually(lambda: host.status()["busy"])
    told = described(host, obj=2)
    assert told["found"]
    assert told["running"]
    assert told["type"].endswith("Asked")
    assert "asked" in told["members"]
    assert Asked.asked == []
    assert not described(host, obj=6)["found"], "it is not there yet"
    gate.open()
    client.reply()


def test_an_object_that_takes_long_is_given_up_and_the_next_frame_is_executed(first: RemoteInterpreter) -> None:
    first["slow"] = first.run(make_slow)
    first.sync()
    begun = time.monotonic()
    told = first.control(Describe("", name="slow"))["described"]
    assert told["found"]
    assert "__dir__" in told["members"]
    assert first.run(int, ("5",)).fetch() == 5
    assert time.monotonic() - begun < 10


def test_names_and_paths(host: Host) -> None:
    host.connect().ask(Put(1, 5), SetNamed("number", Ref(1)), SetNamed("text", "abc"))
    assert described(host, aspect="keys")["keys"] == ["number", "text"]
    assert described(host, name="number", aspect="about")["about"]["text"] == "5"
    assert "real" in described(host, name="number")["members"]
    assert "__call__" in described(host, name="text", path=[("attribute", "upper")])["members"]
    for more in ({"name": "other"}, {"obj": 77}, {"name": "text", "path": [("attribute", "none")]}):
        assert described(host, **more)["found"] is False


def test_no_more_than_asked_for(host: Host) -> None:
    host.connect().ask(Put(1, function(make_table)), Call(2, Ref(1), []))
    assert described(host, obj=2, aspect="keys", limit=3)["keys"] == ["k0", "k1", "k2"]


def make_table() -> dict[str, int]:
    return {f"k{number}": number for number in range(100_000)}

"""What is served while user code waits, in a call or in an event loop."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from rig import SOON, Client, Host, function, pumped, shelf

from ray_proxy.channels.channel import hosting
from ray_proxy.channels.socket import (
    SocketChannel,
    framed,
)
from ray_proxy.protocol import (
    Call,
    Frame,
    Op,
    encode,
)

pytestmark = pytest.mark.usefixtures("hosting_as_before")


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

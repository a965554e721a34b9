"""A call that stands in one place, with operations of others behind it: told once, and no error."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import threading
from collections.abc import Callable, Iterator

import pytest
from cable import CableInterpreter
from conftest import eventually
from lives import Lives
from rig import SOON, Host, function

from ray_proxy.protocol import Call, Op
from ray_proxy.server import watch

opened = threading.Event()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch, hosting_as_before: None) -> Iterator[None]:
    monkeypatch.setattr(watch, "TURN", 0.05)
    opened.clear()
    yield
    opened.set()


def stand() -> str:
    opened.wait(60)
    return "opened"


def compute() -> str:
    while not opened.is_set():
        hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 1_000_000)
    return "opened"


@pytest.mark.parametrize(("stands", "computes"), [(stand, False), (compute, True)])
def test_the_status_tells_where_a_call_stands_that_others_wait_behind(
    soon: None, host: Host, stands: Callable[[], str], computes: bool
) -> None:
    first, second = host.connect("first"), host.connect("second")
    assert first.works()
    assert second.works()
    first.send(Call(0, function(stands)))
    eventually(lambda: host.status()["busy"])
    second.send(Op(0, "add", [1, 2]))
    eventually(lambda: host.status()["standstill"] is not None)
    told = host.status()["standstill"]
    assert (told["file"], told["line"]) == (__file__, stands.__code__.co_firstlineno + 1 + computes)
    assert (told["function"], told["computes"], told["behind"]) == (stands.__name__, computes, ["second"])
    opened.set()
    assert first.reply().values == [(0, "opened")]
    assert second.reply().values == [(0, 3)]
    eventually(lambda: host.status()["standstill"] is None)


def test_what_a_thread_has_put_behind_its_own_call_is_nothing_to_tell(soon: None, host: Host) -> None:
    first = host.connect()
    assert first.works()
    first.send(Call(0, function(stand)))
    eventually(lambda: host.status()["busy"])
    first.send(Op(0, "add", [1, 2]))
    eventually(lambda: host.server._watch._looks > 2 * watch._DEADLOCK)
    assert host.status()["standstill"] is None
    opened.set()
    assert first.reply().values == [(0, "opened")]


def test_whoever_waits_behind_a_wait_logs_once_where_and_what_to_do(
    lives: Lives, caplog: pytest.LogCaptureFixture
) -> None:
    """Another client, and another thread of the same one; for the call itself nothing is logged."""
    caplog.set_level(logging.WARNING, "ray_proxy")
    reading, writing = os.pipe()
    path = f"/proc/{os.getpid()}/fd/{reading}"

    def stands(path: str) -> str:
        import os  # of the interpreter's process

        return os.read(os.open(path, os.O_RDONLY), 1).decode()

    def said() -> list[str]:
        return [record.getMessage() for record in caplog.records if "behind a call" in record.getMessage()]

    env, other = lives.connect(), lives.connect()
    other.sync()
    call = env.run(stands, (path,))
    env.session.flush()
    eventually(lambda: lives.status()["busy"])
    results: list[object] = []

    def ask(client: CableInterpreter) -> None:
        results.append(client.put([1]).fetch())

    threads = [threading.Thread(target=ask, args=(client,), daemon=True) for client in (env, other)]
    for thread in threads:
        thread.start()
    eventually(lambda: len(said()) == 2, 3 * SOON)
    os.write(writing, b"!")
    assert call.fetch() == "!"
    for thread in threads:
        thread.join(SOON)
    assert results == [[1], [1]]
    assert len(said()) == 2
    assert all(f":{stands.__code__.co_firstlineno + 3}, in stands, since " in text for text in said())
    assert all("env.interrupt() ends it" in text for text in said())
    os.close(reading)
    os.close(writing)


def test_who_waits_behind_a_get_of_its_own_is_told_once(lives: Lives, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "ray_proxy")
    env, other = lives.connect(), lives.connect()
    queue = env.module("queue").Queue()
    env["queue"] = queue
    got = queue.get()
    results: list[object] = []
    thread = threading.Thread(target=lambda: results.append(env.put([1]).fetch()), daemon=True)

    def said() -> list[str]:
        return [record.getMessage() for record in caplog.records if "behind its own" in record.getMessage()]

    env.put([2])
    waiting = threading.Thread(target=env.session.settle, daemon=True)
    waiting.start()
    thread.start()
    thread.join(SOON)
    assert results == [[1]]  # another thread is not kept out
    eventually(lambda: len(said()) == 1, 3 * SOON)
    assert "Queue.get (frame " in said()[0]
    other["queue"].put(7)
    waiting.join(SOON)
    assert got == 7
    assert len(said()) == 1


def test_a_get_that_is_waited_for_is_not_told(lives: Lives, caplog: pytest.LogCaptureFixture) -> None:
    env = lives.connect()
    got = env.module("queue").Queue().get()
    env.session.flush()
    eventually(lambda: len(lives.status()["waits"]) == 1)
    with contextlib.suppress(TimeoutError):
        got.fetch(timeout=0.1)
    assert not lives.status()["waits"][0].endswith("behind it")
    env.put(1)
    env.session.flush()
    eventually(lambda: lives.status()["waits"][0].endswith("with 1 operation of its thread behind it"))

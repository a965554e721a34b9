"""Recoveries of interpreters that call one another."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from lives import Lives, Mother, die_once_in, peer

from ray_proxy import DeadlockError, InterpreterDiedError


@pytest.fixture
def other(mother: Mother, tmp_path: Path) -> Iterator[Lives]:
    with Lives(mother, tmp_path / "other.rplog", name="other") as lives:
        yield lives


def call(path: str, name: str) -> object:
    """Call what has that name in the interpreter with that log."""
    return peer(path)[name]().fetch()


def test_a_call_from_another_interpreter_that_kills(lives: Lives, other: Lives) -> None:
    here, there = lives.path, other.path
    env, env2 = lives.connect(), other.connect()

    def outer() -> object:
        return call(there, "middle")

    def middle(seen: list[object]) -> object:
        try:
            return call(here, "inner")
        except InterpreterDiedError as error:
            seen.append(error)
            raise

    env["outer"] = outer
    env["inner"] = lambda: os._exit(1)
    env["state"] = state = env.put([1])
    seen = env2.put([])
    env2["middle"] = env2.run(functools.partial, (middle, seen))
    env2.sync()
    killed = env["outer"]()
    state.append(2)
    env.session.flush()
    lives.die_and_begin()
    with pytest.raises(InterpreterDiedError):
        killed.fetch()
    assert state.fetch() == [1, 2]
    assert len(seen.fetch()) == 1


def test_a_call_that_was_called_back_is_not_done_again_and_what_called_back_is(lives: Lives, other: Lives) -> None:
    # The other interpreter would call back once more, and wait for the process that waits for it.
    here, there = lives.path, other.path
    env, env2 = lives.connect(), other.connect()
    env["inner"] = inner = env.put([0])
    env2["middle"] = lambda: [peer(here)["inner"].append(1).fetch()]
    x = env.put([])
    x.append(1)
    called = env.run(call, (there, "middle"))
    alone = env2.run(len, ([1, 2],))
    x.append(2)
    assert (called.fetch(), alone.fetch()) == ([None], 2)
    assert inner.fetch() == [0, 1]
    lives.kill()
    report = lives.begin()
    assert (x.fetch(), inner.fetch()) == ([1, 2], [0, 1])
    assert "called back for" in report
    with pytest.raises(InterpreterDiedError, match="called back"):
        (called + [1]).fetch()


def test_the_small_result_of_a_call_that_was_called_back_is_what_its_client_knows(lives: Lives, other: Lives) -> None:
    here, there = lives.path, other.path
    env, env2 = lives.connect(), other.connect()
    env["inner"] = env.put([0])
    env2["middle"] = lambda: peer(here)["inner"].pop().fetch() + 7
    called = env.run(call, (there, "middle"))
    assert called.fetch() == 7
    lives.kill()
    assert "called back for" in lives.begin()
    assert (called + 1).fetch() == 8


def test_what_a_call_has_done_by_others_is_done_once_though_its_answer_is_lost(lives: Lives, other: Lives) -> None:
    here, there = lives.path, other.path
    env, env2 = lives.connect(), other.connect()

    def outer() -> None:
        call(there, "middle")
        die_once_in("send", here)

    x = env.put([])
    env["inner"] = inner = env.put([0])
    env2["middle"] = lambda: peer(here)["inner"].append(1).fetch()
    append, call_outer = x.append, env.put(outer)
    env.sync()
    env2.sync()
    lives.kill()
    append(1)
    told = call_outer()
    append(2)
    lives.begin(slice=60)
    lives.die_and_begin()
    with pytest.raises(InterpreterDiedError):
        told.fetch(timeout=30)
    assert (x.fetch(), inner.fetch()) == ([1, 2], [0, 1])


def test_nested_calls_are_served_by_an_event_loop_that_was_rebuilt(lives: Lives, other: Lives) -> None:
    async def nothing() -> None:
        pass

    async def outer(there: str) -> object:
        return await asyncio.to_thread(call, there, "middle")

    here, there = lives.path, other.path
    env, env2 = lives.connect(), other.connect()
    env["inner"] = lambda: "inner"
    env2["middle"] = functools.partial(call, here, "inner")
    env2.sync()
    env.run(nothing).fetch()
    lives.kill()
    lives.begin()
    assert env.run(outer, (there,)) == "inner"


@pytest.mark.faults  # what can never end is refused after some seconds
def test_frames_that_were_answered_out_of_their_order_are_not_executed_again(lives: Lives, other: Lives) -> None:
    # One session sends: a call, what waits behind it, and what is nested in that call and refused before.
    here, there = lives.path, other.path
    env, env2 = lives.connect(), other.connect()
    order = env.put([])
    env["order"] = order

    def begin() -> list[str]:
        interpreter = peer(here)
        interpreter.sync()
        first = interpreter["first"]()
        interpreter.session.flush()
        second = interpreter["order"].append("second")
        interpreter.session.flush()
        told = []
        for var in (first, second):
            try:
                told.append(str(var.fetch()))
            except InterpreterDiedError:
                told.append("died")
        return told

    def first() -> None:
        waiting = threading.Thread(target=call, args=(there, "nested"))
        waiting.start()
        waiting.join()
        os._exit(1)

    def nested() -> None:
        with contextlib.suppress(DeadlockError):
            peer(here)["order"].append("nested").fetch()

    env["first"] = first
    env.sync()
    env2["begin"], env2["nested"] = begin, nested
    told = env2["begin"]()
    env2.session.flush()
    lives.die_and_begin()
    assert told.fetch(timeout=30) == ["died", "None"]
    assert order.fetch() == ["second"]
    assert env2.run(lambda: peer(here)["order"].fetch()).fetch(timeout=30) == ["second"]

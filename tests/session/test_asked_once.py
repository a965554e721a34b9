"""A value that was asked for is asked for once, however often somebody looks whether it is there.

A wait that gives up (`fetch(timeout=…)`, `asyncio.wait_for`) leaves its question behind, and the next wait for the same
value takes that up, unless an operation came between: then the value may be another one.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from cable import CableInterpreter
from rig import Rig

import ray_proxy

PATIENCE = 10.0
TRIES = 10


class Counted:
    """Counts how often it is pickled: the interpreter is in this process."""

    pickled = 0

    def __init__(self, items: list[int]) -> None:
        self.items = items

    def add(self, item: int) -> None:
        self.items.append(item)

    def __reduce__(self) -> tuple[Any, ...]:
        Counted.pickled += 1
        return Counted, (self.items,)


computed: list[Counted] = []
gate = threading.Event()


def slow() -> Counted:
    """Computes until the gate is opened."""
    gate.wait(3 * PATIENCE)
    computed.append(Counted([1]))
    return computed[-1]


@pytest.fixture
def env() -> Iterator[CableInterpreter]:
    rig = Rig()
    Counted.pickled = 0
    computed.clear()
    gate.clear()
    env = rig.connect(past_cable=True)
    env.sync()
    yield env
    gate.set()
    rig.close()


def polled(fetch: Any) -> Any:
    """What `fetch`, given seconds, gives when it was tried in vain a few times."""
    for _ in range(TRIES):
        with pytest.raises(TimeoutError):
            fetch(0.02)
    gate.set()
    return fetch(PATIENCE)


def test_a_fetch_with_a_timeout_in_a_loop_has_the_value_pickled_once(env: CableInterpreter) -> None:
    var = env.run(slow)
    assert polled(lambda seconds: var.fetch(timeout=seconds)).items == [1]
    env.sync(timeout=PATIENCE)
    assert (len(computed), Counted.pickled) == (1, 1)


def test_a_fetch_of_many_with_a_timeout_in_a_loop_has_each_pickled_once(env: CableInterpreter) -> None:
    first, second = env.run(slow), env.put(Counted([2]))
    assert [value.items for value in polled(lambda seconds: ray_proxy.fetch(first, second, timeout=seconds))] == [
        [1],
        [2],
    ]
    env.sync(timeout=PATIENCE)
    assert Counted.pickled == 3  # one of them when it was put


def test_wait_for_in_a_loop_has_the_value_pickled_once(env: CableInterpreter) -> None:
    var = env.run(slow)

    async def main() -> Any:
        for _ in range(TRIES):
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(var, 0.02)
        gate.set()
        return await asyncio.wait_for(var, PATIENCE)

    assert asyncio.run(main()).items == [1]
    env.sync(timeout=PATIENCE)
    assert (len(computed), Counted.pickled) == (1, 1)


def test_a_poll_ends_with_the_value_though_each_try_is_shorter_than_the_pickling(env: CableInterpreter) -> None:
    """Else a value that takes longer than a try to pickle, or to send, never comes."""
    var = env.run(Slowly)
    until = time.monotonic() + 2
    while True:
        try:
            value = var.fetch(timeout=0.02)
            break
        except TimeoutError:
            assert time.monotonic() < until, f"it did not come, and was pickled {Counted.pickled} times"
    assert (value, Counted.pickled) == ("pickled", 1)


class Slowly:
    def __reduce__(self) -> tuple[Any, ...]:
        Counted.pickled += 1
        time.sleep(0.2)
        return str, ("pickled",)


# ------------------------------------------------------------------------------------------- when it is asked anew


def test_an_operation_between_two_tries_is_seen_by_the_second(env: CableInterpreter) -> None:
    var = env.run(slow)
    with pytest.raises(TimeoutError):
        var.fetch(timeout=0.02)
    var.add(2)
    gate.set()
    assert var.fetch(timeout=PATIENCE).items == [1, 2]


def test_an_operation_on_another_var_between_two_tries_is_seen_too(env: CableInterpreter) -> None:
    var = env.run(slow)
    with pytest.raises(TimeoutError):
        var.fetch(timeout=0.02)
    env.run(Counted.add, (var, 2))
    gate.set()
    assert var.fetch(timeout=PATIENCE).items == [1, 2]


def test_a_value_that_was_taken_is_asked_for_anew(env: CableInterpreter) -> None:
    """It may have changed by itself; and what one fetch has given belongs to who got it."""
    var = env.run(slow)
    gate.set()
    first = var.fetch(timeout=PATIENCE)
    first.add(7)
    computed[0].add(2)
    assert var.fetch(timeout=PATIENCE).items == [1, 2]


def test_two_threads_that_fetch_get_an_object_each(env: CableInterpreter) -> None:
    var = env.run(slow)
    values: list[Counted] = []
    threads = [threading.Thread(target=lambda: values.append(var.fetch(timeout=PATIENCE))) for _ in range(4)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert [value.items for value in values] == [[1]] * 4
    assert len({id(value) for value in values}) == 4
    assert len({id(value.items) for value in values}) == 4


def test_an_error_that_comes_late_is_raised_by_the_try_that_gets_it(env: CableInterpreter) -> None:
    var = env.run(slow_failure)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            var.fetch(timeout=0.02)
    gate.set()
    with pytest.raises(KeyError, match="too late"):
        var.fetch(timeout=PATIENCE)
    assert env.put([1]).fetch(timeout=PATIENCE) == [1]


def slow_failure() -> None:
    gate.wait(3 * PATIENCE)
    raise KeyError("too late")

"""Frames are cut by bytes, too: what fits operation by operation never fails for its sum.

And the failure of an operation that is too large alone is that operation's, and that of what depends on it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from cable import CableInterpreter
from conftest import eventually, main_thread_waits
from rig import Rig

import ray_proxy
from ray_proxy.errors import ProtocolError, StaleVarError
from ray_proxy.protocol import MAX_FRAME

THIRD = MAX_FRAME // 3 + 1000
"""Bytes: two fit into a frame, three do not."""
PATIENCE = 30.0


@pytest.fixture
def env(rig: Rig) -> CableInterpreter:
    """There, and known."""
    env = rig.connect(past_cable=True)
    env.sync()
    return env


@pytest.fixture
def unplugged(rig: Rig) -> CableInterpreter:
    """An interpreter that nobody can connect to yet: what it is asked for collects."""
    rig.cable.plugged = False
    return rig.connect()


class Sink:
    """Takes texts, and tells how long they were."""

    def __init__(self) -> None:
        self.lengths: list[int] = []

    def __setitem__(self, at: int, text: bytes | str) -> None:
        self.lengths.append(len(text))


# ------------------------------------------------------------------------------------------------ their sum


def test_operations_that_collect_before_the_channel_is_there_do_not_fail_for_their_sum(
    rig: Rig, unplugged: CableInterpreter
) -> None:
    names = [f"{number}{'x' * THIRD}" for number in range(4)]
    for number, name in enumerate(names):
        unplugged.put_named(name, number)
    found = [unplugged.get_named(name) for name in names]
    rig.cable.plugged = True
    assert ray_proxy.fetch(*found, timeout=PATIENCE) == (0, 1, 2, 3)
    assert unplugged.instance_names() == names


def test_values_that_collect_before_the_channel_is_there_do_not_fail_for_their_sum(
    rig: Rig, unplugged: CableInterpreter
) -> None:
    def plug() -> None:
        eventually(main_thread_waits)  # it has given too much, and waits before it gives more
        rig.cable.plugged = True

    thread = threading.Thread(target=plug)
    thread.start()
    try:
        values = [unplugged.put(b"x" * THIRD) for _ in range(4)]
    finally:
        thread.join()
    assert [len(value) for value in values] == [THIRD] * 4


def test_operations_without_a_result_do_not_fail_for_their_sum(rig: Rig, unplugged: CableInterpreter) -> None:
    names = [f"{number}{'x' * THIRD}" for number in range(4)]
    for number, name in enumerate(names):
        unplugged[name] = number
    rig.cable.plugged = True
    unplugged.sync(timeout=PATIENCE)
    assert unplugged.instance_names() == names


def test_values_that_are_asked_for_together_do_not_fail_for_their_sum(env: CableInterpreter) -> None:
    values = [env.run(bytes, (THIRD,)) for _ in range(4)]
    assert [len(value) for value in ray_proxy.fetch(*values, timeout=PATIENCE)] == [THIRD] * 4


def test_many_operations_of_middle_size_are_executed_in_their_order(rig: Rig, unplugged: CableInterpreter) -> None:
    sink = unplugged.put(Sink())
    for number in range(500):
        sink[number] = "x" * (90_000 + number)
    rig.cable.plugged = True
    assert sink.lengths.fetch(timeout=PATIENCE) == [90_000 + number for number in range(500)]


# --------------------------------------------------------------------------------------------- too large alone

TOO_LARGE = MAX_FRAME + 1
NOT_FITTING = r"does not fit into a frame"


def test_a_value_that_is_too_large_fails_with_its_own_error(env: CableInterpreter) -> None:
    value = env.put(b"x" * TOO_LARGE)
    with pytest.raises(ProtocolError, match=NOT_FITTING):
        value.fetch(timeout=PATIENCE)


def test_what_depends_on_a_value_that_is_too_large_fails_with_that_error(env: CableInterpreter) -> None:
    value = env.put(b"x" * TOO_LARGE)
    sum_of_it, call_with_it = value + b"y", env.run(len, (value,))
    for dependant in (sum_of_it, call_with_it):
        with pytest.raises(ProtocolError, match=NOT_FITTING):
            dependant.fetch(timeout=PATIENCE)


def test_what_is_around_an_operation_that_is_too_large_is_executed(env: CableInterpreter) -> None:
    items = env.put([])
    items.append("before")
    too_large = items.append(b"x" * TOO_LARGE)
    items.append("after")
    assert items.fetch(timeout=PATIENCE) == ["before", "after"]
    with pytest.raises((ProtocolError, StaleVarError)):  # which of them is another test's
        too_large.fetch(timeout=PATIENCE)
    assert items.fetch(timeout=PATIENCE) == ["before", "after"]


def test_an_operation_without_a_result_that_is_too_large_raises_its_error_once(env: CableInterpreter) -> None:
    sink = env.put(Sink())
    sink[0] = "before"
    sink[1] = b"x" * TOO_LARGE
    sink[2] = "after"
    with pytest.raises(ProtocolError, match=NOT_FITTING):
        sink.lengths.fetch(timeout=PATIENCE)
    assert sink.lengths.fetch(timeout=PATIENCE) == [6, 5]


# ----------------------------------------------------------------------------------------- a forked process

FORKED = f"""
import os, ray, ray_proxy
ray.init(namespace="tests", log_to_driver=False)
with ray_proxy.RemoteInterpreterFactory(ray).create(num_cpus=0) as env:
    env.sync()
    child = os.fork()
    if not child:
        values = [env.put(b"x" * {THIRD}) for _ in range(4)]
        failed = 0
        for value in values:
            try:
                assert len(value) == {THIRD}
            except ray_proxy.RayProxyError as error:
                failed += 1
        os._exit(failed)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), "failed")
"""


def test_large_values_of_a_forked_process_do_not_fail_for_their_sum(run_program: Callable[..., str]) -> None:
    """It has no object store, and collects until it has a channel of its own."""
    assert run_program(FORKED).endswith("0 failed\n")

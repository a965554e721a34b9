"""Bulk values when a client, the mailbox, or the room in the object store goes away."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import numpy as np
import pytest
import ray
from conftest import eventually
from programs import Driver, run_on_own_cluster

from ray_proxy import BulkTransferError, RemoteInterpreter, RemoteInterpreterFactory
from ray_proxy.cluster.mailbox import LOOK, NAME, NAMESPACE, RayStore

pytestmark = pytest.mark.faults

BIG = np.arange(500_000)
NO_DISK = {"local_fs_capacity_threshold": 0.0001}
"""Ray then takes any disk for full: nothing is spilled, and nothing is mapped from files instead of memory."""


def left_in_mailbox() -> int:
    count: int = ray.get(ray.get_actor(NAME, NAMESPACE).count.remote())
    return count


def kill_mailbox() -> None:
    """End its process; Ray has not heard of it when this returns."""
    os.kill(ray.get(ray.get_actor(NAME, NAMESPACE).__ray_call__.remote(lambda self: os.getpid())), signal.SIGKILL)


@pytest.fixture
def store(first: RemoteInterpreter) -> Iterator[RayStore]:
    """A store whose mailbox is there, and empty before and after."""
    first.put(BIG).fetch()
    eventually(lambda: left_in_mailbox() == 0)
    yield RayStore()
    eventually(lambda: left_in_mailbox() == 0)


@pytest.fixture
def driver(cluster: str) -> Iterator[Driver]:
    driver = Driver(cluster)
    yield driver
    driver.kill()


# ----------------------------------------------------------------------------------------- a client is killed


def test_what_a_client_left_that_was_killed_before_its_session_was_connected_is_dropped(
    store: RayStore, driver: Driver
) -> None:
    ours = store.leave_value("ours", "a session")
    driver.run("env = factory.create(num_cpus=1000)  # there is never room for it")
    driver.run("env.put(np.zeros(500_000))")
    assert left_in_mailbox() == 2
    driver.kill()
    eventually(lambda: left_in_mailbox() == 1, 3 * LOOK)
    assert ray.get(store.take_ref(ours)) == "ours"


def test_what_a_client_left_that_was_killed_before_it_sent_the_frame_is_dropped(
    store: RayStore, rif: RemoteInterpreterFactory, driver: Driver
) -> None:
    env = rif.create(name="visited by one who is killed")
    kept = env.put([1])
    driver.run("env = factory['visited by one who is killed']; env.put([2]).fetch()")
    driver.run("env.session.operand(np.zeros(500_000), 'an argument that is on no frame yet', [])")
    assert left_in_mailbox() == 1
    driver.kill()
    eventually(lambda: left_in_mailbox() == 0, 3 * LOOK)
    np.testing.assert_array_equal(env.put(BIG).fetch(), BIG)
    assert kept.fetch() == [1]
    env.destroy()


def test_an_answer_that_a_killed_interpreter_has_left_is_dropped(
    store: RayStore, rif: RemoteInterpreterFactory
) -> None:
    env = rif.create()
    leave = (
        "from ray_proxy.cluster.mailbox import RayStore; RayStore().leave_value('an answer', 'a session that stays')"
    )
    env.run(exec, (leave,)).fetch()
    assert left_in_mailbox() == 1
    os.kill(env.status()["pid"], signal.SIGKILL)
    eventually(lambda: left_in_mailbox() == 0, 3 * LOOK)


def test_what_comes_of_a_session_that_has_ended_is_not_taken_in(store: RayStore) -> None:
    store.forget("a session that has ended")
    token = store.leave_value("late", "a session that has ended")
    assert left_in_mailbox() == 0
    with pytest.raises(BulkTransferError, match="its session.*has ended; send it again"):
        store.take_ref(token)


def test_what_moves_between_interpreters_is_dropped_when_either_session_ends(store: RayStore) -> None:
    for round, ended in enumerate(("giver", "taker")):
        store.leave_value("moved", f"giver {round}", f"taker {round}")
        store.forget(f"{ended} {round}")
        eventually(lambda: left_in_mailbox() == 0)


# ---------------------------------------------------------------------------------------- the mailbox is killed


def test_what_was_in_a_killed_mailbox_is_lost_and_the_next_transfers_work(
    store: RayStore, first: RemoteInterpreter
) -> None:
    first.run(time.sleep, (1,))
    under_way = first.put(BIG)
    first.session.flush()
    kill_mailbox()
    began = time.monotonic()
    np.testing.assert_array_equal(first.put(BIG).fetch(), BIG)
    assert time.monotonic() - began < 15
    with pytest.raises(BulkTransferError, match="was lost on its way: .*; send it again"):
        under_way.fetch()


def test_a_put_and_a_fetch_right_after_the_mailbox_was_killed_work(store: RayStore, first: RemoteInterpreter) -> None:
    for _ in range(3):
        there = first.run(np.arange, (500_000,))
        first.sync()
        kill_mailbox()
        np.testing.assert_array_equal(there.fetch(), BIG)  # the interpreter leaves
        kill_mailbox()
        assert first.put(BIG).sum() == BIG.sum()  # this process leaves


def test_clients_and_interpreters_that_knew_the_killed_mailbox_find_the_new_one(
    store: RayStore, first: RemoteInterpreter, second: RemoteInterpreter, rif: RemoteInterpreterFactory, driver: Driver
) -> None:
    env = rif.create(name="knew the mailbox")
    there = second.put(BIG)
    there.sum().fetch()
    driver.run("env = factory['knew the mailbox']; big = np.arange(500_000); v = env.put(big); v.fetch()")
    kill_mailbox()
    assert first.put(BIG).sum() == BIG.sum()
    assert first.run(np.sum, (there,)) == BIG.sum()  # from one interpreter to another
    driver.run("assert (env.put(big) == v.fetch()).all()")
    env.destroy()


def test_a_mailbox_that_ray_was_told_to_kill_is_replaced(store: RayStore, first: RemoteInterpreter) -> None:
    ray.kill(ray.get_actor(NAME, NAMESPACE))
    np.testing.assert_array_equal(first.put(BIG).fetch(), BIG)


# --------------------------------------------------------------------------------------- the object store is full


def test_a_value_too_large_for_the_object_store_is_an_error_that_names_size_and_remedy() -> None:
    printed = run_on_own_cluster(
        """
env = factory.create()
kept = env.put([1])
large = np.zeros(25_000_000)
there = env.run(np.zeros, (25_000_000,))
for transfer in (
    lambda: env.put(large),
    lambda: kept.append(large),
    lambda: there.fetch(),
    lambda: ray_proxy.ref(there),
    lambda: factory.create().put(there),
):
    try:
        transfer()
    except BulkTransferError as error:
        print(error)
    kept.append(1)
    assert len(env.put(np.zeros(1_000_000)).fetch()) == 1_000_000
assert kept.fetch() == [1] * 6
""",
        NO_DISK,
    )
    lines = printed.splitlines()
    assert len(lines) == 5
    for line in lines:
        assert "a value of 200,000," in line
        assert "does not fit into Ray's object store: Local disk is full" in line
        assert "object_store_memory" in line


def test_after_all_transfers_the_object_store_is_empty() -> None:
    run_on_own_cluster(
        """
def fits(transfer):
    # Ray frees what was there before a moment after the last reference to it is gone.
    until = time.monotonic() + 6
    while True:
        try:
            return transfer()
        except (BulkTransferError, ray.exceptions.OutOfDiskError):
            assert time.monotonic() < until
            time.sleep(0.1)

one, two = factory.create(), factory.create()
large = np.ones(7_000_000)  # 56 MB of 80: what stays leaves no room for the next
for _ in range(3):
    there = fits(lambda: one.put(large))
    assert fits(lambda: there.fetch()).sum() == large.sum()
    assert fits(lambda: two.put(there)).sum() == large.sum()
    assert len(ray.get(fits(lambda: ray_proxy.ref(there)))) == len(large)
assert ray.get(ray.get_actor(NAME, NAMESPACE).count.remote()) == 0
""",
        NO_DISK,
    )


def test_what_a_killed_client_has_left_leaves_the_object_store() -> None:
    run_on_own_cluster(
        """
import subprocess
code = '''
import os, signal, numpy as np, ray, ray_proxy
ray.init(log_to_driver=False)
ray_proxy.RemoteInterpreterFactory().create(num_cpus=1000).put(np.ones(7_000_000))
os.kill(os.getpid(), signal.SIGKILL)
'''
address = ray.get_runtime_context().gcs_address
assert subprocess.run([sys.executable, "-c", code], env={**os.environ, "RAY_ADDRESS": address}).returncode == -9
until = time.monotonic() + 6
while True:
    try:
        ray.put(np.ones(7_000_000))
        break
    except ray.exceptions.OutOfDiskError:
        assert time.monotonic() < until
        time.sleep(0.1)
""",
        NO_DISK,
    )

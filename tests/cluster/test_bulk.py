"""Bulk values, which travel through Ray's object store, and what is left behind."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest
import ray
from conftest import eventually

import ray_proxy
from ray_proxy import (
    RemoteInterpreter,
    RemoteInterpreterFactory,
)
from ray_proxy.cluster.mailbox import NAME, NAMESPACE


def left_in_mailbox() -> int:
    count: int = ray.get(ray.get_actor(NAME, NAMESPACE).count.remote())
    return count


# --------------------------------------------------------------------------------------------- bulk values


def test_a_bulk_value_there_and_back(first: RemoteInterpreter) -> None:
    big = np.random.default_rng(0).random(13_000_000)  # 104 MB
    remote = first.put(big)
    back = remote.fetch()
    np.testing.assert_array_equal(back, big)
    assert left_in_mailbox() == 0


def test_bulk_values_arrive_writable(first: RemoteInterpreter) -> None:
    big = np.zeros(500_000)
    remote = first.put(big)
    remote += 1
    remote[0] = 5
    back = remote.fetch()
    back[1] = 7
    assert (back[0], back[1], back[2], big[0]) == (5, 7, 1, 0)


def test_fetch_without_a_copy_is_read_only(first: RemoteInterpreter) -> None:
    view = first.put(np.zeros(500_000)).fetch(copy=False)
    assert not view.flags.writeable


def test_the_bytes_of_a_bulk_array_pass_through_no_pickle(first: RemoteInterpreter) -> None:
    big = np.zeros(5_000_000)
    operand = first.session.codec.dump([big, {"again": big}])
    assert type(operand).__name__ == "Bulk"
    head, *buffers = first.session.codec.store.take(operand.token)  # type: ignore[union-attr]
    assert len(head) < 1000
    assert [buffer.nbytes for buffer in buffers] == [40_000_000]


def test_large_values_without_buffers(first: RemoteInterpreter) -> None:
    for value in (b"x" * 3_000_000, "ä" * 3_000_000, list(range(500_000)), {str(i): i for i in range(200_000)}):
        assert first.put(value).fetch() == value
    assert left_in_mailbox() == 0


def test_many_large_arguments_of_one_call(first: RemoteInterpreter) -> None:
    many = [np.full(100_000, number, dtype=np.uint8) for number in range(200)]  # 20 MB, none of them bulk alone
    assert first.run(lambda *arrays: sum(int(array[0]) for array in arrays), many) == sum(range(200))


def test_many_large_results_of_one_frame(first: RemoteInterpreter) -> None:
    many = [first.run(bytes, (900_000,)) for _ in range(100)]
    assert {len(value) for value in ray_proxy.fetch(*many)} == {900_000}


def test_ref_is_made_in_the_interpreter(first: RemoteInterpreter) -> None:
    reference = ray_proxy.ref(first.put([1, 2]))
    assert isinstance(reference, ray.ObjectRef)
    assert ray.get(reference) == [1, 2]


def test_put_of_an_object_ref_takes_the_value_from_ray(first: RemoteInterpreter) -> None:
    reference = ray.put(np.arange(500_000))
    remote = first.put(reference)
    remote[0] = 9  # writable, though Ray's own copy is not
    assert remote[:2].fetch().tolist() == [9, 1]
    assert ray.get(reference)[0] == 0


def test_an_object_ref_inside_an_argument_stays_one(first: RemoteInterpreter) -> None:
    reference = ray.put("value")
    assert first.run(
        lambda argument: (type(argument["ref"]).__name__, ray.get(argument["ref"])), ({"ref": reference},)
    ).fetch() == (
        "ObjectRef",
        "value",
    )
    assert first.run(lambda ref: ray.get(ref), (reference,)) == "value"


def test_an_object_ref_comes_back_as_one(first: RemoteInterpreter) -> None:
    reference = first.run(lambda: [ray.put("made there")]).fetch()[0]
    assert ray.get(reference) == "made there"


def test_an_abandoned_bulk_answer_does_not_stay_in_the_mailbox(first: RemoteInterpreter) -> None:
    first.run(time.sleep, (0.3,))
    big = first.run(np.zeros, (500_000,))
    with pytest.raises(TimeoutError):
        big.fetch(timeout=0.05)
    assert len(big.fetch()) == 500_000
    eventually(lambda: left_in_mailbox() == 0)


def test_an_operand_moves_without_touching_this_process(first: RemoteInterpreter, second: RemoteInterpreter) -> None:
    size = 13_000_000  # 104 MB
    left, right = first.run(np.ones, (size,)), second.run(np.ones, (size,))
    ray_proxy.fetch(left[0], right[0])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    total = left + right
    assert total.env.id == first.id
    assert total.sum() == 2.0 * size
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert (after - before) * 1024 < 50_000_000
    assert left_in_mailbox() == 0


# ----------------------------------------------------------------------------------- what is left behind


def test_bulk_arguments_of_a_call_that_fails_do_not_stay_in_the_mailbox(first: RemoteInterpreter) -> None:
    big = np.zeros(500_000)
    failed = first.put({})["missing"]
    with pytest.raises(KeyError):
        first.run(len, (failed, big)).fetch()
    with pytest.raises(ray_proxy.NotPicklableError):
        first.run(len, (big, threading.Lock()))
    eventually(lambda: left_in_mailbox() == 0)


def test_bulk_values_on_their_way_to_a_destroyed_interpreter_do_not_stay(rif: RemoteInterpreterFactory) -> None:
    env = rif.create()
    env.run(time.sleep, (30,))
    on_their_way = [env.put(np.zeros(500_000)) for _ in range(3)]
    env.session.flush()
    env.destroy()
    del on_their_way
    eventually(lambda: left_in_mailbox() == 0)


def test_a_mailbox_that_was_killed_is_replaced(first: RemoteInterpreter) -> None:
    big = np.zeros(500_000)
    first.put(big).fetch()
    ray.kill(ray.get_actor(NAME, NAMESPACE))

    def works() -> bool:
        try:
            return len(first.put(big).fetch(timeout=60)) == len(big)
        except ray_proxy.BulkTransferError:
            return False  # what was under way is lost, and says so

    eventually(works, 60)


def test_a_forked_child_uses_its_parents_vars(run_program: Callable[..., str]) -> None:
    printed = run_program(
        "import os, sys, ray, ray_proxy\n"
        "ray.init(log_to_driver=False)\n"
        "var = ray_proxy.RemoteInterpreterFactory().create().put([1])\n"
        "var.fetch()\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    print((var + [2]).fetch(), flush=True)\n"
        "    os._exit(0)\n"
        "os.waitpid(child, 0)\n"
        "print((var + [3]).fetch())\n"
    )
    assert printed == "[1, 2]\n[1, 3]\n"

"""Bulk values in a replay: those of the log are taken, those that are given are compared."""

from __future__ import annotations

import pickle
from pathlib import Path

import cloudpickle
import msgspec
import numpy as np
import pytest
from conftest import LoopbackInterpreter
from recording import MemoryStore, Recorded, content, pickled
from replays import differences, doctored, function, same

import ray_proxy
from ray_proxy import Log, operations, replay
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.logs.records import Left, Part, Value
from ray_proxy.protocol import Bulk, Call, Fetch, Op, Put, Ref, Reply, Stored
from ray_proxy.session import loopback


@pytest.fixture
def bulk(tmp_path: Path) -> Recorded:
    """With a store beside the channel."""
    return Recorded(tmp_path / "bulk.rplog", bulk=True)


LARGE = list(range(100))


def test_bulk_values_are_had_from_the_log(bulk: Recorded) -> None:
    assert bulk.store is not None
    array = np.arange(300_000.0)
    buffers: list[pickle.PickleBuffer] = []
    data = cloudpickle.dumps(array, protocol=5, buffer_callback=buffers.append)
    token = bulk.store.leave([pickle.PickleBuffer(data), *buffers])
    second = bulk.store.leave_ref(("ref", [1, 2]))
    bulk.ask(
        Put(1, Bulk(token, len(data) + array.nbytes)),
        Op(2, "mul", [Ref(1), 2]),
        Fetch(Ref(2)),
        Fetch(Ref(1), "move"),
        Put(3, Stored(second)),
        Fetch(Ref(3)),
        Fetch(Ref(3), "ref"),
    )
    values = {op.text: op.value for op in operations(bulk.log())}
    assert isinstance(values["fetch v2"], Bulk)
    assert isinstance(values["fetch v1 for another interpreter"], Bulk)
    assert isinstance(values["fetch v3 as an ObjectRef"], Stored)
    assert values["fetch v3"] == pickled([1, 2])
    assert same(bulk.log()).operations == 7


def test_bulk_results_are_compared_by_their_content(bulk: Recorded) -> None:
    bulk.ask(Put(1, function("lambda n: bytes([n]) * 2_000_000")), Call(0, Ref(1), [7]))
    same(bulk.log())
    records = list(bulk.log())
    at = next(at for at, record in enumerate(records) if isinstance(record, Left))
    records[at] = msgspec.structs.replace(records[at], digest="0" * 32)
    ((text, was, now),) = differences(replay(content(*records)))
    assert text == "#2 v1(7)"
    assert now == f"{was}, of another content"
    assert replay(content(*records), by_type=True)
    assert replay(content(*records), volatile=["#2"])


def test_a_bulk_result_of_another_size(bulk: Recorded) -> None:
    bulk.ask(Put(1, function("lambda n: bytes(n)")), Call(0, Ref(1), [2_000_000]))

    def grown(reply: Reply) -> Reply:
        ((index, value),) = reply.values
        assert isinstance(value, Bulk)
        return Reply(1, 2, [(index, Bulk("unknown", 1_999_999))])

    ((_, was, now),) = differences(replay(doctored(bulk, grown)))
    assert was == "<a bulk value, 1,999,999 bytes>"
    assert now.startswith("<a bulk value, 2,000,0")


def test_a_bulk_result_that_is_small_now(bulk: Recorded) -> None:
    bulk.ask(Put(1, pickled([1])), Fetch(Ref(1)))
    log = doctored(bulk, lambda reply: Reply(1, 2, [(1, Bulk("unknown", 5_000_000))]))
    assert [found[1:] for found in differences(replay(log))] == [
        ("<a bulk value, 5,000,000 bytes>", "<list, 17 bytes>")
    ]


def test_a_client_finds_the_digest_of_a_bulk_result_when_it_takes_it(tmp_path: Path) -> None:
    """Which is after the answer."""
    interpreter = Interpreter("bulk", MemoryStore())
    session = loopback.connect(interpreter, env=LoopbackInterpreter)
    env = session.env()
    with env.record(tmp_path / "client.rplog"):
        array = env.run(np.arange, (300_000,))
        assert array.fetch()[-1] == 299_999
        assert (array + array.fetch()).fetch()[-1] == 599_998
        env.put(np.zeros(300_000)).sum().fetch()
        not_taken = session.request(ray_proxy.var.interface.handle_of(array))
    del not_taken
    env.destroy()
    log = Log(tmp_path / "client.rplog")
    assert sum(isinstance(record, Left) for record in log) == 3
    same(log)
    records = list(log)
    at = next(at for at, record in enumerate(records) if isinstance(record, Left))
    records[at] = msgspec.structs.replace(records[at], digest="0" * 32)
    ((text, was, now),) = differences(replay(content(*records)))
    assert (text, now) == ("#2 fetch v1", f"{was}, of another content")
    assert replay(content(*records), by_type=True)


def test_a_bulk_value_that_is_not_in_the_log(bulk: Recorded) -> None:
    assert bulk.store is not None
    data = pickle.dumps(LARGE, 5)
    bulk.ask(Put(1, Bulk(bulk.store.leave([pickle.PickleBuffer(data)]), len(data))), Fetch(Ref(1)))
    same(bulk.log())
    records = [record for record in bulk.log() if not isinstance(record, (Part, Value))]
    found = differences(replay(content(*records)))
    assert [text for text, *_ in found] == ["#1 v1 = <a bulk value, 216 bytes>", "#2 fetch v1"]
    assert all("a large value is not in the log" in now for *_, now in found)


def test_a_bulk_value_that_had_not_arrived_does_not_arrive_again(bulk: Recorded) -> None:
    bulk.ask(Put(1, Bulk("lost", 5)), Fetch(Ref(1)))
    assert all("nothing is there" in op.outcome for op in operations(bulk.log()))
    assert same(bulk.log()).operations == 2
    bulk.writer.abandon()
    log = doctored(bulk, lambda reply: Reply(1, 2))
    assert len(differences(replay(log))) == 2


def test_a_reference_that_user_code_resolves_cannot_be_had_from_a_log(bulk: Recorded) -> None:
    assert bulk.store is not None
    token = bulk.store.leave_ref(("ref", 5))
    bulk.ask(Call(0, pickled(repr), [Stored(token)]))
    ((_, was, now),) = differences(replay(bulk.log()))
    assert "ref" in was
    assert "an ObjectRef cannot be had from a log" in now


def test_a_bulk_value_in_many_parts_and_with_empty_buffers(bulk: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ray_proxy.logs.writer._PART", 1000)
    assert bulk.store is not None
    value = [np.arange(500), np.array([]), b"x" * 5000, np.arange(3)]
    buffers: list[pickle.PickleBuffer] = []
    data = cloudpickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    bulk.ask(Put(1, Bulk(bulk.store.leave([pickle.PickleBuffer(data), *buffers]), 9)), Fetch(Ref(1), "move"))
    bulk.ask(Op(2, "getitem", [Ref(1), 2]), Fetch(Ref(2)))
    assert sum(isinstance(record, Part) for record in bulk.log()) > 8
    same(bulk.log())

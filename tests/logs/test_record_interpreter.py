"""An interpreter records all its clients."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import numpy as np
from cable import CableInterpreter
from conftest import eventually
from recording import MemoryStore, count, here, pickled, sames, texts
from rig import Host, Rig, function

from ray_proxy import Log, operations
from ray_proxy.logs.records import Answered, Ended, Left, Opened, Sent, Value, began
from ray_proxy.logs.writer import Writer
from ray_proxy.protocol import Call, Del, Op, Put, Ref, Refused, decode_answer, encode


def test_an_interpreter_records_all_its_clients_in_the_order_of_execution(recorded_rig: Rig, path: str) -> None:
    one, other = recorded_rig.connect(), recorded_rig.connect()
    one["shared"] = v = one.put([1])
    one.sync()
    theirs = other["shared"]
    theirs.append(2)
    other.sync()
    assert v.fetch() == [1, 2]
    v += [3]
    v.fetch()
    log = Log(path)
    assert (log.began.side, log.began.interpreter, log.began.bulk) == ("interpreter", "rig", False)
    opened = [record for record in log if isinstance(record, Opened)]
    assert [record.session for record in opened] == [one.session.name, other.session.name]
    told = [(op.client, op.text) for op in operations(log) if not isinstance(op.message, Del)]
    assert [text for client, text in told if client == 2] == ["v1 = env['shared']", "v2 = v1.append", "v3 = v2(2)"]
    assert told[-1] == (1, "fetch v3")
    sames(path)


def waits_for(path: str) -> int:
    while not os.path.exists(path):
        time.sleep(0.001)
    return 1


def test_what_is_told_before_a_long_call_is_recorded_in_order_and_once(
    recorded_host: Host, path: str, tmp_path: Path
) -> None:
    client = recorded_host.connect()
    client.send(Op(1, "add", [1, 2]), Op(2, "add", [Ref(1), 1]), Call(3, function(waits_for), [str(tmp_path / "go")]))
    answers = [client.answer()]
    while len(answers) < 2 and answers[-1].executed < 2:  # type: ignore[union-attr]
        answers.append(client.answer())
    (tmp_path / "go").touch()
    answers.append(client.answer())
    assert [value for answer in answers for value in answer.values] == [(0, 3), (1, 4), (2, 1)]  # type: ignore[union-attr]
    assert answers[-1].executed == 3  # type: ignore[union-attr]
    client.channel.close()
    eventually(recorded_host.has_ended)
    assert [decode_answer(record.data) for record in Log(path) if isinstance(record, Answered)] == answers
    sames(path)


def test_an_interpreter_that_records_is_told_the_lines_of_code(recorded_rig: Rig, path: str) -> None:
    env = recorded_rig.connect()
    env.sync()
    _, line = env.put(7), here()
    env.sync()
    (place,) = [op.place for op in operations(Log(path)) if isinstance(op.message, Put)]
    assert place == (__file__, line, "test_an_interpreter_that_records_is_told_the_lines_of_code")


def test_an_interpreter_that_records_no_more_does_not_ask_for_them(path: str) -> None:
    host = Host(log=Writer(path, began("interpreter", "here", "this host", False), limit=2000))
    try:
        client = host.connect()
        assert client.welcome.records
        client.ask(Put(1, "x" * 3000))
        assert not host.connect("second").welcome.records
        assert host.server.status()["log"]["stopped"] == "the log has reached its limit of 2,000 bytes"
        assert client.works()
    finally:
        host.close()


def test_the_status_tells_of_the_log(recorded_rig: Rig, path: str) -> None:
    env = recorded_rig.connect()
    env.put(1).fetch()
    log = recorded_rig.server.status()["log"]
    assert (log["path"], log["stopped"]) == (path, None)
    assert log["bytes"] == os.path.getsize(path)


def test_an_answer_is_in_the_log_when_it_arrives(recorded_rig: Rig, path: str) -> None:
    env = recorded_rig.connect()
    for number in range(200):
        assert (env.put(number) + 1).fetch() == number + 1
        answers = [decode_answer(record.data) for record in Log(path) if isinstance(record, Answered)]
        values = [value for answer in answers for _, value in answer.values]  # type: ignore[union-attr]
        assert values[-1] == number + 1  # the last answer may be that of a deletion, which has none


def test_clients_that_go_are_recorded(recorded_rig: Rig, path: str) -> None:
    env = recorded_rig.connect()
    env.put([1])
    env.sync()
    env.destroy()
    eventually(lambda: count(path, Ended) == 1)
    sames(path)


def test_many_clients_at_once(recorded_rig: Rig, path: str) -> None:
    envs = [recorded_rig.connect() for _ in range(4)]
    envs[0]["log"] = []
    envs[0].sync()

    def work(env: CableInterpreter, number: int) -> None:
        log = env["log"]
        for at in range(100):
            log.append((number, at))
            if at % 7 == 0:
                assert len(log) > at
        env.sync()

    threads = [threading.Thread(target=work, args=(env, number)) for number, env in enumerate(envs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(envs[0]["log"]) == 400
    assert len({op.client for op in operations(Log(path))}) == 4
    sames(path)


def test_bulk_values_of_an_interpreter(path: str) -> None:
    rig = Rig(log=path, store=MemoryStore())
    try:
        env = rig.connect()
        array = env.put(np.arange(300_000))
        assert (array * 2).fetch()[-1] == 599_998
        assert env.put("small").fetch() == "small"
    finally:
        rig.close()
    assert Log(path).began.bulk
    assert (count(path, Value), count(path, Left)) == (1, 1)
    sames(path)


def test_a_long_frame_is_recorded_slice_by_slice(recorded_host: Host, path: str) -> None:
    client, other = recorded_host.connect(), recorded_host.connect("second")
    client.ask(Put(1, pickled(short_sleep)), Put(2, pickled([])))
    client.send(*[Call(0, Ref(1), [number]) for number in range(40)])
    other.ask(Put(1, 1))
    assert len(client.reply().values) == 40
    slices = [record for record in Log(path) if isinstance(record, Answered) and record.session == "first"]
    assert len(slices) > 4
    assert [op.message.args for op in operations(Log(path)) if isinstance(op.message, Call)] == [[n] for n in range(40)]
    assert count(path, Sent) == 3
    sames(path)


def short_sleep(number: int) -> int:
    time.sleep(0.001)
    return number


def test_frames_that_cannot_be_read_are_recorded_with_their_refusal(recorded_host: Host, path: str) -> None:
    client = recorded_host.connect()
    client.channel.send(encode(["frame", 1, [["put", 1, 5], ["op", 3, "add", 5]]]))
    assert isinstance(client.answer(), Refused)
    client.number = 1
    assert client.works()
    client.channel.send(b"\xc1 no MessagePack at all")
    assert isinstance(client.answer(), Refused)
    told = [(op.number, op.text, op.outcome) for op in operations(Log(path))]
    assert told[0][:2] == (1, "a frame that cannot be read")
    assert "messages[1].args" in told[0][2]
    assert told[1] == (2, "1 + 2", "-> 3")
    assert told[2][:2] == (3, "a frame that cannot be read")
    sames(path)


def test_a_frame_that_is_too_large_is_recorded_by_its_refusal(path: str) -> None:
    host = Host(limit=1000, log=Writer(path, began("interpreter", "here", "this host", False)))
    try:
        client = host.connect()
        assert client.works()
        client.channel.send(b"x" * 2000)
        assert isinstance(client.answer(), Refused)
        eventually(lambda: count(path, Ended) == 1)
    finally:
        host.close()
    assert texts(path) == [
        "1 + 2 -> 3",
        "a frame that cannot be read !! refused: a frame of 2,000 bytes is over the limit of 1,000",
    ]
    sames(path)


def test_a_session_that_says_nothing_sensible_any_more_ends_in_the_log(recorded_host: Host, path: str) -> None:
    client = recorded_host.connect()
    assert client.works()
    client.number = 7
    client.send(Op(0, "add", [1, 2]))
    refused = client.answer()
    assert isinstance(refused, Refused)
    assert client.sees_the_end()
    eventually(lambda: count(path, Ended) == 1)
    assert texts(path)[-1].startswith("a frame that cannot be read !! refused: frame 8 came where frame 2 was due")
    sames(path)

"""Recordings of sessions whose channels break, and of processes that fork."""

from __future__ import annotations

import os
import threading

import pytest
from conftest import LoopbackInterpreter, eventually
from forks import in_child
from recording import sames
from rig import Rig

from ray_proxy import InterpreterDiedError, Log, operations
from ray_proxy.logs.records import Stopped
from ray_proxy.protocol import Call, Del, Put

# ---------------------------------------------------------------------------------------------- resumed sessions


@pytest.mark.parametrize("seed", range(3))
def test_over_channels_that_break_nothing_is_recorded_twice_in_effect(recorded_rig: Rig, path: str, seed: int) -> None:
    env = recorded_rig.connect()
    recorded_rig.break_after((1000, 8000), seed)
    client = path + ".client"
    with env.record(client):
        v = env.put([])
        append = v.append
        for number in range(600):
            append(number)
            if number % 50 == 0:
                assert len(v) == number + 1
            if number % 70 == 0:
                with pytest.raises(ZeroDivisionError):
                    (env.put(1) / 0).fetch()
        assert v.fetch() == list(range(600))
    assert recorded_rig.cable.connections > 3
    for log in (path, client):
        given = [op.message.args for op in operations(Log(log)) if isinstance(op.message, Call)]
        assert given == [[number] for number in range(600)]
        assert all(op.answered for op in operations(Log(log)))
        sames(log)


def test_frames_that_wait_for_a_channel_are_recorded_when_they_are_sent(recorded_rig: Rig, path: str) -> None:
    env = recorded_rig.connect()
    client = path + ".client"
    with env.record(client):
        v = env.put([])
        env.sync()
        recorded_rig.cable.plugged = False
        recorded_rig.cable.cut()
        eventually(lambda: env.session.line.lost is not None)
        for number in range(300):
            v.append(number)
        recorded_rig.cable.plugged = True
        assert len(v) == 300
    for log in (path, client):
        assert [op.message.args for op in operations(Log(log)) if isinstance(op.message, Call)] == [
            [number] for number in range(300)
        ]
        sames(log)


def test_a_recording_begins_when_the_interpreter_is_there(recorded_rig: Rig, path: str) -> None:
    """So it can say which one it is, and nothing is left to be sent from before."""
    recorded_rig.cable.plugged = False
    env = recorded_rig.connect()
    before = env.put(1)
    threading.Timer(0.2, lambda: setattr(recorded_rig.cable, "plugged", True)).start()
    with env.record(path + ".client"):
        assert env.put(2).fetch() == 2
    log = Log(path + ".client")
    assert (log.began.interpreter, log.began.host) == ("rig", "rig")
    assert [op.text for op in operations(log) if isinstance(op.message, Put)] == ["v2 = 2"]
    assert before.fetch() == 1


def test_an_interpreter_that_is_gone_cannot_be_recorded(env: LoopbackInterpreter, path: str) -> None:
    env.destroy()
    with pytest.raises(InterpreterDiedError), env.record(path):
        pass
    assert not os.path.exists(path)


# ---------------------------------------------------------------------------------------------------------- fork


def test_a_forked_child_leaves_the_recordings_to_its_parent(recorded_rig: Rig, path: str) -> None:
    env = recorded_rig.connect()
    client = path + ".client"
    with env.record(client):
        v = env.put([1])
        env.sync()
        assert in_child(lambda: (v + [2]).fetch()) == "[1, 2]"
        size = os.path.getsize(client)
        assert in_child(lambda: [(v + [number]).fetch() for number in range(20)] and "done") == "'done'"
        assert os.path.getsize(client) < size + 2000
        assert v.fetch() == [1]
    assert [type(record) for record in Log(client)].count(Stopped) == 1
    sames(client)
    env.destroy()
    assert len({op.client for op in operations(Log(path))}) == 3  # the interpreter's has the children, too
    sames(path)


def test_a_forked_child_that_leaves_the_block_does_not_end_the_recording(recorded_rig: Rig, path: str) -> None:
    env = recorded_rig.connect()
    client = path + ".client"
    pid = 0
    try:
        with env.record(client):
            env.put(1)
            env.sync()
            pid = os.fork()
            if not pid:
                raise SystemExit
            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
            env.put(2)
    except SystemExit:
        os._exit(0 if env.session.outbox.recorder is None and not env.session.line.is_begun else 1)
    assert [op.text for op in operations(Log(client)) if isinstance(op.message, Put)] == ["v1 = 1", "v2 = 2"]


def test_a_forked_child_may_record_on_its_own(recorded_rig: Rig, path: str) -> None:
    env = recorded_rig.connect()
    with env.record(path + ".parent"):
        v = env.put([1])
        env.sync()

        def record() -> list[int]:
            with env.record(path + ".child"):
                fetched: list[int] = (v + [2]).fetch()
            return fetched

        assert in_child(record) == "[1, 2]"
    told = [op.text for op in operations(Log(path + ".child")) if not isinstance(op.message, Del)]
    assert told[-1] == "fetch v2"
    assert [op for op in operations(Log(path + ".parent")) if op.text == "fetch v2"] == []

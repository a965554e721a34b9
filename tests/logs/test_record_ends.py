"""Recordings of processes that are killed or interrupted."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import msgspec
import pytest
from cable import CableInterpreter, CableLink
from conftest import ROOT, eventually, press_ctrl_c
from rig import Rig

from ray_proxy import InterpreterDiedError, Log, operations, replay
from ray_proxy.channels.socket import framed, receive_frame
from ray_proxy.logs.records import Stopped
from ray_proxy.protocol import MAJOR, MINOR, Call, Fetch, Hello, Interrupt, encode
from ray_proxy.session.session import Session

SERVING = """
import signal, sys, threading
from ray_proxy.server.server import Server
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.logs.records import began
from ray_proxy.logs.writer import Writer
ready = threading.Event()
log = Writer(sys.argv[1], began("interpreter", "served", "here", False))
server = Server(Interpreter("served"), "here", ready.set, grace=1.0, log=log)
print(server.address.path, server.key.hex(), flush=True)
while True:
    ready.wait()
    ready.clear()
    server.serve()
"""


class Served:
    """An interpreter in a process of its own, which is recorded and serves in its main thread."""

    def __init__(self, path: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVING, path],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        address, key = self.process.stdout.readline().split()
        self.link = InterruptingLink(address, bytes.fromhex(key))
        self.envs: list[CableInterpreter] = []

    def connect(self) -> CableInterpreter:
        self.envs.append(Session(link=self.link, env=CableInterpreter).env())
        return self.envs[-1]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        self.kill()
        for env in self.envs:
            env.destroy()
        assert self.process.stdout is not None
        self.process.stdout.close()


class InterruptingLink(CableLink):
    """Interrupts user code, as the link over Ray does it; and knows when the process has ended."""

    def interrupt(self, session: str, frames: list[int]) -> None:
        connection, _ = self._open(Hello(MAJOR, MINOR, "", "control"), 5)
        with connection:
            connection.sendall(framed(encode(Interrupt(session, frames))))
            receive_frame(connection, time.monotonic() + 5)

    def is_busy(self) -> bool:
        connection, _ = self._open(Hello(MAJOR, MINOR, "", "control"), 5)
        with connection:
            connection.sendall(framed(encode(["status"])))
            return bool(msgspec.msgpack.decode(receive_frame(connection, time.monotonic() + 5))["busy"])


@pytest.fixture
def served(path: str) -> Iterator[Served]:
    served = Served(path)
    yield served
    served.close()


def test_what_a_killed_interpreter_has_answered_is_in_its_log(served: Served, path: str) -> None:
    env = served.connect()
    v = env.put([])
    append = v.append
    env.sync()
    killer = threading.Timer(0.5, served.kill)
    killer.start()
    answered = 0
    with pytest.raises(InterpreterDiedError):
        while True:
            append(answered)
            assert len(v) == answered + 1
            answered += 1
    killer.join()
    assert answered > 10
    log = Log(path)
    told = list(operations(log))
    assert log.problem is None or "the last record is torn" in log.problem
    lengths = [op.value for op in told if op.text == "len(v1)" and op.answered]
    assert lengths[:answered] == list(range(1, answered + 1))
    assert len(lengths) - answered in (0, 1)
    report = replay(path)
    assert report, str(report)


def test_a_client_whose_interpreter_dies_has_a_log_that_ends_in_order(served: Served, path: str) -> None:
    env = served.connect()
    client = path + ".client"
    with pytest.raises(InterpreterDiedError), env.record(client):
        v = env.put([1])
        assert v.fetch() == [1]
        sleeping = env.run(time.sleep, (60,))
        env.session.flush()
        eventually(served.link.is_busy)
        served.kill()
        sleeping.fetch()
    records = list(Log(client))
    assert isinstance(records[-1], Stopped)
    last = list(operations(Log(client)))[-1]
    assert (last.text, last.answered) == ("fetch v2", False)
    report = replay(client)
    assert report, str(report)
    assert report.unanswered >= 2


def test_ctrl_c_in_a_recorded_call_is_not_done_again(served: Served, path: str) -> None:
    env = served.connect()
    client = path + ".client"
    with env.record(client):
        log = env.put([])
        env.sync()
        call = env.run(time.sleep, (60,))
        log.append("withdrawn")
        env.session.flush()
        pressing = press_ctrl_c(served.link.is_busy)
        with pytest.raises(KeyboardInterrupt):
            call.fetch()
        pressing.join()
        log.append("after")
        assert log.fetch() == ["after"]
    for each in (path, client):
        started = time.monotonic()
        report = replay(each)
        assert report, str(report)
        assert report.withheld >= 2
        assert time.monotonic() < started + 30


def test_a_killed_client_has_recorded_what_it_was_told(recorded_rig: Rig, path: str) -> None:
    program = (
        "import sys\n"
        "from cable import CableInterpreter, CableLink\n"
        "from ray_proxy.session.session import Session\n"
        "env = Session(link=CableLink(sys.argv[1], bytes.fromhex(sys.argv[2])), env=CableInterpreter).env()\n"
        "with env.record(sys.argv[3]):\n"
        "    v = env.put([])\n"
        "    while True:\n"
        "        v.append(1)\n"
        "        print(len(v), flush=True)\n"
    )
    client = path + ".client"
    process = subprocess.Popen(
        [sys.executable, "-c", program, recorded_rig.server.address.path, recorded_rig.server.key.hex(), client],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    told = [int(process.stdout.readline()) for _ in range(100)]
    process.kill()
    told += [int(line) for line in process.stdout.read().splitlines(keepends=True) if line.endswith(b"\n")]
    process.wait()
    process.stdout.close()
    assert told == list(range(1, len(told) + 1))
    lengths = [op.value for op in operations(Log(client)) if op.text == "len(v1)" and op.answered]
    assert lengths[: len(told)] == told
    report = replay(client)
    assert report, str(report)


def test_a_child_that_user_code_forks_leaves_the_log_alone(served: Served, path: str) -> None:
    env = served.connect()

    def fork_and_return() -> int:
        import os

        pid = os.fork()
        if pid:
            os.waitpid(pid, 0)
        return pid

    assert env.run(fork_and_return).fetch() > 0
    assert env.put(5).fetch() == 5
    told = [op for op in operations(Log(path)) if isinstance(op.message, (Call, Fetch))]
    assert [op.answered for op in told] == [True] * 3
    assert Log(path).problem is None

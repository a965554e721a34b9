"""What random programs under faults have found: several forks at once, forks without a link, Ctrl-C heard once."""

from __future__ import annotations

import gc
import hmac
import os
import signal
import socket
import threading
import time
import weakref
from collections.abc import Callable

import numpy as np
import pytest
from conftest import eventually, press_ctrl_c

from ray_proxy import RemoteInterpreter, RemoteInterpreterFactory
from ray_proxy.channels.socket import _hash, _proof
from ray_proxy.cluster.process import _connections_to_raylet
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.interpreter.leases import lease_token
from ray_proxy.protocol import Claim, Fetch, Frame, Import, Op, Put, Ref
from ray_proxy.server.clients import Client
from ray_proxy.server.server import Server
from ray_proxy.server.work import Task, Work


def _in_child(work: Callable[[], bool]) -> int:
    """Exit code of a forked process: 0 where that is true there."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            signal.alarm(40)
            code = 0 if work() else 2
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _cut(env: RemoteInterpreter) -> None:
    env.session.line.channel._socket.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]


def test_threads_that_fork_at_once(rif: RemoteInterpreterFactory) -> None:
    with rif.create() as env, rif.create() as other:
        codes: list[int] = []

        def work(number: int) -> None:
            value, there = env.put(number) + 1, other.put(number) + 2
            env.sync(), other.sync()
            for _ in range(10):
                codes.append(_in_child(lambda: value.fetch() == number + 1 and there.fetch() == number + 2))
                assert (value + there).fetch() == 2 * number + 3

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(100)
        assert codes == [0] * 40


def test_a_forked_process_gets_and_sends_large_values(first: RemoteInterpreter) -> None:
    large = first.run(np.arange, (300_000,))
    first.sync()

    def work() -> bool:
        doubled = (large + large.fetch()).fetch()
        return doubled[-1] == 2 * 299_999

    assert _in_child(work) == 0
    assert large.fetch()[-1] == 299_999


def test_a_process_that_forks_while_the_link_is_lost(first: RemoteInterpreter) -> None:
    value = first.put([1])
    first.sync()
    session = first.session
    connect, session._connect = session._connect, lambda: None  # type: ignore[method-assign]
    try:
        _cut(first)
        value.append(2)
        eventually(lambda: session.line.channel is None)
        threading.Timer(0.5, connect).start()

        def work() -> bool:
            session._connect = connect  # type: ignore[method-assign]
            return value.fetch() == [1, 2]

        assert _in_child(work) == 0
    finally:
        session._connect = connect  # type: ignore[method-assign]
    assert value.fetch() == [1, 2]


def test_ctrl_c_is_raised_once(first: RemoteInterpreter) -> None:
    slow = first.run(time.sleep, (20,))
    pressing = press_ctrl_c(lambda: first.status()["busy"])
    with pytest.raises(KeyboardInterrupt):
        slow.fetch()
    pressing.join()
    first.sync()  # and not once more here
    with pytest.raises(KeyboardInterrupt):
        slow.fetch()  # it has no value all the same


def test_ctrl_c_is_not_raised_again_for_operations_without_a_result_that_it_withdrew(first: RemoteInterpreter) -> None:
    items, sums = first.put({}), first.put([1])
    first.sync()
    slow = first.run(time.sleep, (20,))
    first.session.flush()
    items["key"] = "withdrawn"
    first.session.flush()
    sums += [2]
    pressing = press_ctrl_c(lambda: first.status()["busy"])
    with pytest.raises(KeyboardInterrupt):
        slow.fetch()
    pressing.join()
    first.sync()
    assert (items.fetch(), sums.fetch()) == ({}, [1])


def test_what_depends_on_an_interrupted_operation_fails_with_its_error() -> None:
    interpreter = Interpreter()
    interpreter.open("s")
    messages = [Import(1, "time"), Op(2, "getitem", [Ref(1), 1]), Op(3, "neg", [Ref(2)]), Put(4, 1), Fetch(Ref(3))]
    frame = Frame(1, messages)
    done = interpreter.execute("s", frame, 0, seconds=0)
    while done.executed < 2:
        done = interpreter.execute("s", frame, done.executed, seconds=0)
    reply = interpreter.withdraw("s", frame, 2, KeyboardInterrupt("withdrawn"))
    errors = {index: reply.errors[at] for index, at in reply.failures}
    assert (errors[2].message, errors[4].message) == (1, 1)
    assert errors[2] == errors[4] == done.errors[0]
    assert "withdrawn" in errors[3].text


class _Local:
    pass


def test_a_lost_link_keeps_nothing_of_who_found_it(first: RemoteInterpreter) -> None:
    def find() -> weakref.ref[_Local]:
        local = _Local()
        slow = first.run(time.sleep, (0.5,))
        threading.Timer(0.2, lambda: _cut(first)).start()
        assert slow.fetch() is None
        return weakref.ref(local)

    for _ in range(3):  # which thread finds it is a matter of chance
        found = find()
        gc.collect()
        assert found() is None


def test_a_claim_waits_for_its_lease_also_through_a_long_call() -> None:
    server = Server(Interpreter("here"), "this host", lambda: None)
    try:
        lessor, claimer = (Client(Work(name), 1000) for name in ("lessor", "claimer"))
        for client in (lessor, claimer):
            server._interpreter.open(client.work.session)
        task = Task(Frame(1, [Claim(1, lease_token("lessor", 1, "secret"))]))
        assert server._floor._overtook(claimer, task)
        task.looked -= 100  # meanwhile there was a call of another client
        assert server._floor._overtook(claimer, task)
        for _ in range(20):  # meanwhile it could have come
            task.looked -= 0.6
            waits = server._floor._overtook(claimer, task)
        assert not waits
    finally:
        server.close()


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="asks the kernel of Linux")
def test_looking_for_connections_leaves_no_file_open() -> None:
    before = len(os.listdir("/proc/self/fd"))
    _connections_to_raylet()
    assert len(os.listdir("/proc/self/fd")) == before


def test_the_proof_of_the_key_is_made_without_openssl() -> None:
    assert _proof(b"key", b"role", b"a", b"b") == hmac.digest(b"key", b"roleab", "sha256")
    assert type(_hash()).__module__ != "_hashlib"  # whose locks do not survive a fork

"""Recordings: what is in the log of a client, and in that of an interpreter, whatever becomes of either."""

from __future__ import annotations

import logging
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cloudpickle
import msgspec
import numpy as np
import pytest
from cable import CableInterpreter, CableLink
from conftest import ROOT, LoopbackInterpreter, eventually, press_ctrl_c
from forks import in_child
from recording import MemoryStore
from rig import Host, Rig

from ray_proxy import InterpreterDiedError, Log, LogError, ProtocolError, fetch, operations, replay
from ray_proxy.channels.channel import hosting
from ray_proxy.channels.socket import framed, receive_frame
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.logs.log import Answered, Began, Ended, Left, Opened, Sent, Stopped, Value, Writer, began
from ray_proxy.protocol import (
    MAJOR,
    MINOR,
    Call,
    Del,
    Fetch,
    Frame,
    GetNamed,
    Hello,
    Interrupt,
    Op,
    Pickled,
    Put,
    Ref,
    Refused,
    SetNamed,
    decode_answer,
    decode_frame,
    encode,
)
from ray_proxy.server import server as servers
from ray_proxy.session import loopback
from ray_proxy.session.session import Session


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "session.rplog")


@pytest.fixture
def rig(path: str) -> Iterator[Rig]:
    """An interpreter that is recorded."""
    rig = Rig(log=path)
    yield rig
    rig.close()


@pytest.fixture
def host(path: str) -> Iterator[Host]:
    """The same, for clients that say what they like."""
    host = Host(log=Writer(path, began("interpreter", "here", "this host", False)))
    yield host
    host.close()
    assert host.server.log is not None
    host.server.log.close()


def texts(path: str) -> list[str]:
    """The operations of a log, with their outcomes, save deletions and waits."""
    log = Log(path)
    told = [
        f"{operation.text} {operation.outcome}".rstrip()
        for operation in operations(log)
        if not isinstance(operation.message, Del)
    ]
    assert log.problem is None
    return told


def count(path: str, kind: type) -> int:
    return sum(isinstance(record, kind) for record in Log(path))


def sames(path: str) -> None:
    """A replay finds nothing, and nothing is left out."""
    report = replay(path)
    assert report, str(report)
    assert report.problem is None


def function(value: object) -> Pickled:
    return Pickled(cloudpickle.dumps(value, protocol=5))


shelf: dict[str, Any] = {}
"""Where user code of these tests finds what has no pickle."""


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = hosting.path, hosting.thread, hosting.wait
    yield
    hosting.path, hosting.thread, hosting.wait = before
    shelf.clear()


# ---------------------------------------------------------------------------------------------- by a client


def test_what_is_asked_for_in_the_block_is_recorded(env: LoopbackInterpreter, path: str) -> None:
    before = env.put(5)
    with env.record(path):
        v = env.put(10)
        assert (v + 1).fetch() == 11
    assert (before + v).fetch() == 15
    assert texts(path) == ["v2 = 10", "v3 = v2 + 1", "fetch v3 -> 11"]
    log = Log(path)
    assert isinstance(log.began, Began)
    assert (log.began.side, log.began.interpreter, log.began.host) == ("client", "loopback", "loopback")
    assert (log.began.major, log.began.minor, log.began.pid, log.began.bulk) == (MAJOR, MINOR, os.getpid(), False)
    _, opened, *_, stopped = log
    assert isinstance(opened, Opened)
    assert opened.session == env.session.name
    assert opened.client.endswith(f"[{os.getpid()}]")
    assert isinstance(stopped, Stopped)


def test_nothing_that_was_asked_for_before_the_block_is_recorded(env: LoopbackInterpreter, path: str) -> None:
    unsent = env.put([1])
    question = env.session.request(unsent_handle(unsent))
    with env.record(path):
        env.put(2)
        assert env.session.value(question) == [1]
    assert texts(path) == ["v2 = 2"]
    assert count(path, Sent) == count(path, Answered)


def unsent_handle(var: Any) -> Any:
    from ray_proxy.var.var import _handle

    return _handle(var)


def test_nor_is_anything_after_it(env: LoopbackInterpreter, path: str) -> None:
    with env.record(path):
        pass
    size = os.path.getsize(path)
    env.put(1).fetch()
    env.sync()
    assert os.path.getsize(path) == size
    assert texts(path) == []


def test_the_block_ends_when_all_is_done(env: LoopbackInterpreter, path: str) -> None:
    with env.record(path):
        v = env.put([1])
        v.append(2)
    assert texts(path) == ["v1 = <list, 17 bytes>", "v2 = v1.append", "v3 = v2(2)"] or len(texts(path)) == 3
    assert all(operation.answered for operation in operations(Log(path)))


def test_an_error_leaves_the_block_and_is_recorded(env: LoopbackInterpreter, path: str) -> None:
    with pytest.raises(ZeroDivisionError), env.record(path):
        (env.put(1) / 0).fetch()
    assert texts(path)[-1] == "fetch v2 !! ZeroDivisionError('division by zero') (of an operand)"
    assert isinstance(list(Log(path))[-1], Stopped)
    sames(path)


def test_an_error_of_ours_leaves_the_block(env: LoopbackInterpreter, path: str) -> None:
    with pytest.raises(ValueError, match="ours"), env.record(path):
        env.put(1)
        raise ValueError("ours")
    assert texts(path) == ["v1 = 1"]
    with env.record(path + "2"):  # the first is over
        env.put(2)
    assert texts(path + "2") == ["v2 = 2"]


def test_an_error_without_a_result_is_raised_after_the_block_as_ever(env: LoopbackInterpreter, path: str) -> None:
    values = env.put([1])
    with env.record(path):
        values[5] = 0
    with pytest.raises(IndexError):
        env.sync()


def test_a_second_recording_is_refused_and_leaves_no_file(env: LoopbackInterpreter, path: str) -> None:
    with env.record(path):
        env.put(1)
        already = pytest.raises(LogError, match=rf"this process records the interpreter to {path} already")
        with already, env.record(path + "2"):
            pass
        env.put(2)
    assert not os.path.exists(path + "2")
    assert texts(path) == ["v1 = 1", "v2 = 2"]


def test_a_file_that_exists_is_refused_and_nothing_is_changed(env: LoopbackInterpreter, path: str) -> None:
    Path(path).write_text("precious")
    with pytest.raises(LogError, match="exists, and a recording never replaces a file"), env.record(path):
        pass
    assert Path(path).read_text() == "precious"
    with env.record(path + "2"):
        assert env.put(1).fetch() == 1
    assert len(texts(path + "2")) > 0


def test_two_interpreters_are_recorded_side_by_side(
    env: LoopbackInterpreter, other: LoopbackInterpreter, path: str
) -> None:
    with env.record(path), other.record(path + "2"):
        assert env.run(max, (env.put(1), other.put(2))).fetch() == 2
    assert texts(path) == ["v1 = 1", "v2 = 2", "v3 = <global max, 31 bytes>(v1, v2)", "fetch v3 -> 2"]
    assert texts(path + "2")[0] == "v1 = 2"


def test_a_relative_path_is_of_the_folder_in_which_the_block_began(
    env: LoopbackInterpreter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with env.record("session.rplog"):
        monkeypatch.chdir("/")
        env.put(1)
    assert texts(str(tmp_path / "session.rplog")) == ["v1 = 1"]


def test_a_recording_that_reaches_its_limit_leaves_the_work_alone(
    env: LoopbackInterpreter, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with env.record(path, limit=20_000):
        v = env.put([])
        for number in range(1000):
            v.append(number)
            if number % 100 == 0:
                assert len(v) == number + 1
        assert len(v) == 1000
    assert os.path.getsize(path) < 21_000
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "has reached its limit of 20,000 bytes" in caplog.text
    report = replay(path)
    assert report
    assert report.problem == "the recording ends early: the log has reached its limit of 20,000 bytes"


def test_a_frame_that_is_refused(env: LoopbackInterpreter, path: str) -> None:
    with env.record(path):
        env.session._pending.append(Put("no id", 1))  # type: ignore[arg-type]
        env.session._handles.append(None)
        with pytest.raises(ProtocolError):
            env.put(1).fetch()
    (refused, *_) = operations(Log(path))
    assert refused.text == "a frame that cannot be read"
    assert "messages[0].id" in refused.outcome


def test_bulk_values_are_in_the_log(path: str) -> None:
    env = loopback.connect(Interpreter("bulk", MemoryStore()), env=LoopbackInterpreter).env()
    with env.record(path):
        array = env.put(np.arange(300_000))
        assert (array + 1).fetch()[0] == 1
    assert Log(path).began.bulk
    assert (count(path, Value), count(path, Left)) == (1, 1)
    sames(path)
    assert isinstance(env.session.codec.store, MemoryStore)
    env.destroy()


def test_everything_that_is_recorded_can_be_replayed(env: LoopbackInterpreter, path: str) -> None:
    numbers = random.Random(1)
    with env.record(path):
        values = [env.put(number) for number in range(10)]
        for _ in range(500):
            one, other = numbers.choice(values), numbers.choice(values)
            way = numbers.randrange(6)
            if way == 0:
                values.append(one + other)
            elif way == 1:
                values.append(one // other)  # perhaps by zero
            elif way == 2 and len(values) > 5:
                values.remove(one) if False else values.pop(numbers.randrange(len(values)))
            elif way == 3:
                env[f"n{numbers.randrange(3)}"] = one
            elif way == 4:
                values.append(env.run(lambda x, y: [x, y], (one, other))[0])
            else:
                try:
                    fetch(one, other)
                except ZeroDivisionError:
                    pass
    assert len(texts(path)) > 400
    sames(path)


# ------------------------------------------------------------------------------------------------- the places


def here() -> int:
    """The line of the caller."""
    return sys._getframe(1).f_lineno


def places(path: str) -> list[tuple[str, int, str] | None]:
    return [op.place for op in operations(Log(path)) if not isinstance(op.message, Del)]


def helper(env: Any) -> tuple[Any, int]:
    return env.put(1), here()


def test_the_line_of_each_operation(env: LoopbackInterpreter, path: str) -> None:
    name = "test_the_line_of_each_operation"
    with env.record(path):
        v, first = env.put(1), here()
        w, second = v + 1, here()
        _, there = helper(env)
        w.fetch(), (third := here())
    assert places(path) == [
        (__file__, first, name),
        (__file__, second, name),
        (__file__, there, "helper"),
        (__file__, third, name),
    ]


def test_the_line_of_operations_in_a_loop(env: LoopbackInterpreter, path: str) -> None:
    lines = []
    with env.record(path):
        for number in range(500):
            if number % 2:
                _, line = env.put(number), here()
            else:
                _, line = env.put(-number), here()
            lines.append(line)
    assert [place and place[1] for place in places(path)] == lines
    frames = [decode_frame(record.data) for record in Log(path) if isinstance(record, Sent)]
    assert max(len(frame.places) for frame in frames) == 3  # each line once a frame: these two, and the block's


def test_the_line_of_operations_in_a_comprehension(env: LoopbackInterpreter, path: str) -> None:
    with env.record(path):
        made, line = [env.put(number) for number in range(3)], here()
        doubled = list(map(lambda v: v * 2, made))  # noqa: C417
        generated = [*(v + 1 for v in doubled)]
    del generated
    name = "test_the_line_of_operations_in_a_comprehension"
    listed = "<listcomp>" if sys.version_info < (3, 12) else name
    assert places(path) == [
        *[(__file__, line, listed)] * 3,
        *[(__file__, line + 1, "<lambda>")] * 3,
        *[(__file__, line + 2, "<genexpr>")] * 3,
    ]


def test_the_line_of_each_kind_of_operation(env: LoopbackInterpreter, path: str) -> None:
    lines = []
    with env.record(path):
        v, line = env.put([3, 1, 2]), here()
        lines += [line]
        v.sort(), (line := here())
        lines += [line, line]
        v[0], (line := here())
        lines += [line]
        v[0] = 5
        line = here() - 1
        lines += [line]
        del v[0]
        line = here() - 1
        lines += [line]
        list(v), (line := here())
        after_iteration = line
        env["a"] = v
        line = here()
        len(v), v == 1, 1 in v, bool(v), repr(v)
        env.module("math").pi
        env.run(len, (v,))
        with env.run(threading.Lock) as locked:
            bool(locked)
    told = [place for place in places(path) if place is not None]
    assert [place[1] for place in told][: len(lines)] == lines
    assert after_iteration in [place[1] for place in told]
    assert {place[0] for place in told} == {__file__}
    assert [place[1] for place in told] == sorted(place[1] for place in told)


def test_the_line_of_the_wait_at_the_end_of_a_block_is_that_of_the_block(env: LoopbackInterpreter, path: str) -> None:
    with env.record(path):
        line = here() + 1
        with env.eager():
            env.put(1)
    name = "test_the_line_of_the_wait_at_the_end_of_a_block_is_that_of_the_block"
    waits = [op.place for op in operations(Log(path)) if op.text == "sync"]
    assert waits == [(__file__, line, name), (__file__, line - 2, name)]


def test_the_line_of_what_is_deleted_is_not_known(env: LoopbackInterpreter, path: str) -> None:
    with env.record(path):
        v = env.put(1)
        del v
        kept = env.put(2)
    del kept
    assert [op.place is None for op in operations(Log(path)) if isinstance(op.message, Del) and op.message.ids] == [
        True
    ]


def test_the_line_of_operations_of_threads(env: LoopbackInterpreter, path: str) -> None:
    lines: dict[int, int] = {}

    def one(number: int) -> None:
        for _ in range(100):
            _, lines[number] = env.put(number), here()

    def other(number: int) -> None:
        for _ in range(100):
            _, lines[number] = env.put(number), here()

    with env.record(path):
        threads = [threading.Thread(target=work, args=(at,)) for at, work in enumerate([one, other, one, other])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    told = Counter((op.message.value, op.place) for op in operations(Log(path)) if isinstance(op.message, Put))
    assert told == {
        (at, (__file__, lines[at], name)): 100 for at, name in enumerate(["one", "other", "one", "other"])
    }  # fmt: skip


def test_the_line_of_eager_operations(eager_env: LoopbackInterpreter, env: LoopbackInterpreter, path: str) -> None:
    with eager_env.record(path):
        _, line = eager_env.put(1), here()
    with env.record(path + "2"), env.eager():
        _, other = env.put(1), here()
    name = "test_the_line_of_eager_operations"
    assert places(path)[0] == (__file__, line, name)
    assert places(path + "2")[0] == (__file__, other, name)


def test_lines_travel_only_where_something_is_recorded(
    env: LoopbackInterpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Frame] = []
    send = env.session._channel.send  # type: ignore[union-attr]
    monkeypatch.setattr(env.session._channel, "send", lambda data: (seen.append(decode_frame(data)), send(data)))
    env.put(1).fetch()
    assert seen
    assert all(not frame.places and not frame.lines for frame in seen)


def test_the_lines_of_a_frame_of_which_something_cannot_be_sent(
    env: LoopbackInterpreter, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with env.record(path):
        env.put(1)
        env.session._submit(Put(77, "\ud800"), env.session._item(77, None))  # type: ignore[arg-type]
        _, line = env.put(2), here()
    (one, other) = (op for op in operations(Log(path)) if isinstance(op.message, Put))
    assert one.place is not None
    assert other.place == (__file__, line, "test_the_lines_of_a_frame_of_which_something_cannot_be_sent")


# ---------------------------------------------------------------------------------------- interrupts of a client


class Rain:
    """Interrupts the main thread now and then, where it has armed itself for one."""

    def __init__(self) -> None:
        self.armed = False
        self.interrupts = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._fall, args=(threading.main_thread().ident,))

    def _fall(self, target: int) -> None:
        while not self._over.wait(0.0007):
            signal.pthread_kill(target, signal.SIGUSR2)

    def _on_signal(self, number: int, frame: Any) -> None:
        while self.armed and frame is not None:
            if frame.f_code.co_name == "__del__":
                return  # nobody would hear of it
            frame = frame.f_back
        if self.armed:
            self.armed = False
            self.interrupts += 1
            raise KeyboardInterrupt

    def __enter__(self) -> Rain:
        self._before = signal.signal(signal.SIGUSR2, self._on_signal)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.armed = False
        self._over.set()
        self._thread.join()
        signal.signal(signal.SIGUSR2, self._before)


def test_interrupts_that_rain_lose_nothing(path: str) -> None:
    """What was answered is in the log, and each operation is once in it."""
    rig = Rig()
    env = rig.connect(past_cable=True)
    done: list[int] = []
    with env.record(path), Rain() as rain:
        values = env.put([])
        append = values.append
        env.sync()
        for number in range(3000):
            try:
                rain.armed = True
                append(number)
                if number % 3 == 0:
                    done.append((values[-1] + 0).fetch())
                rain.armed = False
            except KeyboardInterrupt:
                pass
        whole = values.fetch()
    assert rain.interrupts > 10
    assert set(done) <= set(whole)
    log = Log(path)
    given = [op.message.args[0] for op in operations(log) if isinstance(op.message, Call)]
    assert given == whole  # each once, and in its order
    assert set(done) <= {op.value for op in operations(log) if isinstance(op.message, Fetch) and op.text != "fetch v1"}
    assert log.problem is None
    sames(path)
    rig.close()


def test_an_interrupt_at_the_end_of_the_block_ends_the_recording(
    env: LoopbackInterpreter, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(timeout: float | None = None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), env.record(path):
        env.put(1)
        monkeypatch.setattr(env.session, "settle", interrupted)  # Ctrl-C while it waits
    monkeypatch.undo()
    assert isinstance(list(Log(path))[-1], Stopped)
    with env.record(path + "2"):
        env.put(2)
    assert texts(path + "2") == ["v2 = 2"]


def test_threads_that_end_while_others_read(env: LoopbackInterpreter, path: str) -> None:
    """The recording ends while another thread takes answers."""
    stop = threading.Event()
    problems: list[BaseException] = []

    def work() -> None:
        try:
            while not stop.is_set():
                assert (env.put(1) + 1).fetch() == 2
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(40):
        with env.record(f"{path}{number}"):
            env.put(number)
    stop.set()
    for thread in threads:
        thread.join()
    assert problems == []
    for number in range(40):
        log = Log(f"{path}{number}")
        assert any(isinstance(op.message, Put) and op.message.value == number for op in operations(log))
        assert log.problem is None


# -------------------------------------------------------------------------------------- by an interpreter


def test_an_interpreter_records_all_its_clients_in_the_order_of_execution(rig: Rig, path: str) -> None:
    one, other = rig.connect(), rig.connect()
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


def test_an_interpreter_that_records_is_told_the_lines_of_code(rig: Rig, path: str) -> None:
    env = rig.connect()
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


def test_the_status_tells_of_the_log(rig: Rig, path: str) -> None:
    env = rig.connect()
    env.put(1).fetch()
    log = rig.server.status()["log"]
    assert (log["path"], log["stopped"]) == (path, None)
    assert log["bytes"] == os.path.getsize(path)


def test_an_answer_is_in_the_log_when_it_arrives(rig: Rig, path: str) -> None:
    env = rig.connect()
    for number in range(200):
        assert (env.put(number) + 1).fetch() == number + 1
        last = [record for record in Log(path) if isinstance(record, Answered)][-1]
        assert dict(decode_answer(last.data).values)  # type: ignore[union-attr]


def test_clients_that_go_are_recorded(rig: Rig, path: str) -> None:
    env = rig.connect()
    env.put([1])
    env.sync()
    env.destroy()
    eventually(lambda: count(path, Ended) == 1)
    sames(path)


def test_many_clients_at_once(rig: Rig, path: str) -> None:
    envs = [rig.connect() for _ in range(4)]
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


def test_a_long_frame_is_recorded_slice_by_slice(host: Host, path: str) -> None:
    client, other = host.connect(), host.connect("second")
    client.ask(Put(1, function(short_sleep)), Put(2, function([])))
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


def test_frames_that_cannot_be_read_are_recorded_with_their_refusal(host: Host, path: str) -> None:
    client = host.connect()
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


def test_a_session_that_says_nothing_sensible_any_more_ends_in_the_log(host: Host, path: str) -> None:
    client = host.connect()
    assert client.works()
    client.number = 7
    client.send(Op(0, "add", [1, 2]))
    refused = client.answer()
    assert isinstance(refused, Refused)
    assert client.sees_the_end()
    eventually(lambda: count(path, Ended) == 1)
    assert texts(path)[-1].startswith("a frame that cannot be read !! refused: frame 8 came where frame 2 was due")
    sames(path)


# ------------------------------------------------------------------------------------------------ nested calls


def serve_until_told() -> str:
    """User code that waits for another interpreter, as a session in it does."""
    if hosting.wait is not None:
        shelf["waiting"].set()
        until = time.monotonic() + 10
        while not shelf["go"].is_set() and time.monotonic() < until:
            hosting.wait(None, 0.05)
    return "served"


def test_nested_calls_are_recorded_within_the_call_that_they_are_nested_in(host: Host, path: str) -> None:
    shelf["waiting"], shelf["go"] = threading.Event(), threading.Event()
    outer, inner = host.connect(), host.connect("second")
    assert outer.works()
    outer.send(SetNamed("n", 1), Call(0, function(serve_until_told)), GetNamed(5, "n"), Fetch(Ref(5)))
    assert shelf["waiting"].wait(10)
    inner.send(GetNamed(1, "n"), Fetch(Ref(1)), SetNamed("n", 2), path=("here", "there"))
    assert dict(inner.reply().values)[1] == 1
    shelf["go"].set()
    assert dict(outer.reply().values) == {1: "served", 2: 2, 3: 2}
    withins = [record.within for record in Log(path) if isinstance(record, Sent)]
    assert withins == [None, None, ("first", 2, 1)]
    sames(path)


def test_a_call_nested_in_a_nested_call(host: Host, path: str) -> None:
    shelf["waiting"], shelf["go"] = threading.Event(), threading.Event()
    clients = [host.connect(name) for name in ("first", "second", "third")]
    assert clients[0].works()
    clients[0].send(Put(1, 1), Call(0, function(serve_until_told)))
    assert shelf["waiting"].wait(10)
    shelf["waiting"].clear()
    clients[1].send(Call(0, function(serve_until_told)), path=("here", "there"))
    assert shelf["waiting"].wait(10)
    clients[2].send(Op(0, "add", [1, 2]), path=("here", "there", "here", "there"))
    assert clients[2].reply().values == [(0, 3)]
    shelf["go"].set()
    assert clients[1].reply().values == clients[0].reply().values[:0] + [(0, "served")]
    withins = [record.within for record in Log(path) if isinstance(record, Sent)]
    assert withins == [None, None, ("first", 2, 1), ("second", 1, 0)]
    sames(path)


def test_a_frame_that_waits_for_the_call_of_its_own_session_is_recorded_once(host: Host, path: str) -> None:
    """It needs what is being made: it is tried, and executed when the call has ended."""
    shelf["waiting"], shelf["go"] = threading.Event(), threading.Event()
    client = host.connect()
    assert client.works()
    client.send(Call(5, function(serve_until_told)))
    assert shelf["waiting"].wait(10)
    client.send(Op(6, "add", [Ref(5), "!"]), path=("elsewhere",))
    shelf["later"] = threading.Timer(0.2, shelf["go"].set)
    shelf["later"].start()
    assert client.reply().values == [(0, "served")]
    assert client.reply().values == [(0, "served!")]
    assert count(path, Sent) == 3
    assert [op.text for op in operations(Log(path))][1:] == [
        f"v5 = {texts(path)[1].partition(' = ')[2]}", "v6 = v5 + '!'",
    ]  # fmt: skip
    sames(path)


def wait_for_event() -> str:
    shelf["waiting"].set()
    shelf["go"].wait(20)
    return "done"


def test_what_can_never_be_served_is_refused_and_recorded(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "_TURN", 0.05)
    monkeypatch.setattr(servers, "_DEADLOCK", 2)
    shelf["waiting"], shelf["go"] = threading.Event(), threading.Event()
    host = Host(log=Writer(path, began("interpreter", "here", "this host", False)))
    try:
        outer, inner = host.connect(), host.connect("second")
        assert outer.works()
        outer.send(Call(0, function(wait_for_event)))
        assert shelf["waiting"].wait(10)
        inner.send(Op(0, "add", [1, 2]), Op(7, "add", [1, 2]), path=("here", "there"))
        reply = inner.reply()
        assert {error.type_name for error in reply.errors} == {"ray_proxy.errors.DeadlockError"}
        shelf["go"].set()
        assert outer.reply().values == [(0, "done")]
        assert inner.ask(Fetch(Ref(7))).failures
    finally:
        host.close()
        assert host.server.log is not None
        host.server.log.close()
    told = texts(path)
    assert told[1].startswith("1 + 2 !! DeadlockError(")
    report = replay(path)
    assert report, str(report)
    assert report.withheld == 2


def test_a_call_that_needs_the_result_of_the_call_it_is_nested_in(host: Host, path: str) -> None:
    shelf["waiting"], shelf["go"] = threading.Event(), threading.Event()
    client = host.connect()
    assert client.works()
    client.send(Call(5, function(serve_until_told)))
    assert shelf["waiting"].wait(10)
    client.send(Op(0, "add", [Ref(5), "!"]), path=("here", "there"))
    reply = client.reply()
    assert [error.type_name for error in reply.errors] == ["ray_proxy.errors.DeadlockError"]
    shelf["go"].set()
    assert client.reply().values == [(0, "served")]
    report = replay(path)
    assert report, str(report)
    assert report.withheld == 1


# ----------------------------------------------------------------------------------------------- resumed sessions


@pytest.mark.parametrize("seed", range(3))
def test_over_channels_that_break_nothing_is_recorded_twice_in_effect(rig: Rig, path: str, seed: int) -> None:
    env = rig.connect()
    rig.break_after((1000, 8000), seed)
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
    assert rig.cable.connections > 3
    for log in (path, client):
        given = [op.message.args for op in operations(Log(log)) if isinstance(op.message, Call)]
        assert given == [[number] for number in range(600)]
        assert all(op.answered for op in operations(Log(log)))
        sames(log)


def test_frames_that_wait_for_a_channel_are_recorded_when_they_are_sent(rig: Rig, path: str) -> None:
    env = rig.connect()
    client = path + ".client"
    with env.record(client):
        v = env.put([])
        env.sync()
        rig.cable.plugged = False
        rig.cable.cut()
        eventually(lambda: env.session.lost() is not None)
        for number in range(300):
            v.append(number)
        rig.cable.plugged = True
        assert len(v) == 300
    for log in (path, client):
        assert [op.message.args for op in operations(Log(log)) if isinstance(op.message, Call)] == [
            [number] for number in range(300)
        ]
        sames(log)


def test_a_recording_begins_when_the_interpreter_is_there(rig: Rig, path: str) -> None:
    """So it can say which one it is, and nothing is left to be sent from before."""
    rig.cable.plugged = False
    env = rig.connect()
    before = env.put(1)
    threading.Timer(0.2, lambda: setattr(rig.cable, "plugged", True)).start()
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


# ------------------------------------------------------------------------------------------------------ fork


def test_a_forked_child_leaves_the_recordings_to_its_parent(rig: Rig, path: str) -> None:
    env = rig.connect()
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


def test_a_forked_child_that_leaves_the_block_does_not_end_the_recording(rig: Rig, path: str) -> None:
    env = rig.connect()
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
        os._exit(0 if env.session._writer is None and not env.session._begun else 1)
    assert [op.text for op in operations(Log(client)) if isinstance(op.message, Put)] == ["v1 = 1", "v2 = 2"]


def test_a_forked_child_may_record_on_its_own(rig: Rig, path: str) -> None:
    env = rig.connect()
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


# ------------------------------------------------------------------------------------------- processes that end

SERVING = """
import signal, sys, threading
from ray_proxy.server.server import Server
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.logs.log import Writer, began
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


def test_a_killed_client_has_recorded_what_it_was_told(rig: Rig, path: str) -> None:
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
        [sys.executable, "-c", program, rig.server.address.path, rig.server.key.hex(), client],
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

"""A client records its session, also where interrupts rain."""

from __future__ import annotations

import logging
import os
import random
import signal
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import LoopbackInterpreter
from recording import MemoryStore, count, sames, texts
from rig import Rig

from ray_proxy import Log, LogError, ProtocolError, fetch, operations, replay
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.logs.records import Answered, Began, Left, Opened, Sent, Stopped, Value
from ray_proxy.protocol import MAJOR, MINOR, Call, Fetch, Put
from ray_proxy.session import loopback

# --------------------------------------------------------------------------------------------------- by a client


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
    from ray_proxy.var.interface import handle_of

    return handle_of(var)


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
        env.session.submit(None, Put("no id", 1))  # type: ignore[arg-type]
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

"""Interrupts: Ctrl-C in a wait, and `env.interrupt`, reach the user code that is meant and no other."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import cloudpickle
import pytest
from conftest import eventually, press_ctrl_c

import ray_proxy
from ray_proxy import RemoteInterpreter, RemoteInterpreterFactory
from ray_proxy.channels.channel import hosting
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.protocol import Interrupt, Op, Ref
from ray_proxy.server.interrupts import SIGNAL, Interrupts
from ray_proxy.var.interface import handle_of


@pytest.fixture
def ctrl_c() -> Iterator[Any]:
    """Sends Ctrl-C to this process once it waits, and the interpreter is busy."""
    threads: list[threading.Thread] = []

    def send(env: RemoteInterpreter, times: int = 1) -> None:
        threads.append(press_ctrl_c(lambda: env.status()["busy"], times))

    yield send
    for thread in threads:
        thread.join()


@pytest.fixture
def env(rif: RemoteInterpreterFactory) -> Iterator[RemoteInterpreter]:
    env = rif.create()
    env.sync()
    yield env
    env.destroy()


def blocking() -> dict[str, Any]:
    """Functions that do not return, by what they wait in; local ones, so that they travel by value."""

    def blocked_in_a_lock() -> None:
        lock = threading.Lock()
        lock.acquire()
        lock.acquire()

    async def blocked_in_a_coroutine() -> None:
        await asyncio.sleep(60)

    def blocked_in_ray() -> None:
        import ray

        @ray.remote(num_cpus=0)
        def slow() -> None:
            time.sleep(60)

        task = slow.remote()
        try:
            ray.get(task)
        finally:
            ray.cancel(task, force=True)

    def busy_in_python() -> None:
        while True:
            pass

    return {
        "sleep": lambda: time.sleep(60),
        "lock": blocked_in_a_lock,
        "coroutine": blocked_in_a_coroutine,
        "ray.get": blocked_in_ray,
        "loop": busy_in_python,
    }


@pytest.mark.parametrize("blocked_in", ["sleep", "lock", "coroutine", "ray.get", "loop"])
def test_ctrl_c_interrupts_the_remote_call_and_raises_here(
    env: RemoteInterpreter, ctrl_c: Any, blocked_in: str
) -> None:
    kept = env.put([1])
    call = env.run(blocking()[blocked_in])
    ctrl_c(env)
    with pytest.raises(KeyboardInterrupt):
        call.fetch()
    eventually(lambda: not env.status()["busy"])
    assert kept.fetch() == [1]  # the interpreter and its variables stay


def test_what_is_queued_behind_the_interrupted_call_is_withdrawn(env: RemoteInterpreter, ctrl_c: Any) -> None:
    log = env.put([])
    env.sync()
    env.run(time.sleep, (60,))
    log.append("must not happen")
    env.session.flush()
    more = log.append("nor this")
    ctrl_c(env)
    with pytest.raises(KeyboardInterrupt):
        more.fetch()
    assert log.fetch() == []


def test_a_second_ctrl_c_stops_waiting(env: RemoteInterpreter, ctrl_c: Any) -> None:
    def stubborn() -> str:
        until = time.monotonic() + 3
        while time.monotonic() < until:
            try:
                time.sleep(3)
            except KeyboardInterrupt:
                pass
        return "finished"

    call = env.run(stubborn)
    ctrl_c(env, times=2)
    with pytest.raises(KeyboardInterrupt):
        call.fetch()
    assert env.status()["busy"]
    assert call.fetch() == "finished"


def test_no_call_of_another_client_is_hit(env: RemoteInterpreter, rif: RemoteInterpreterFactory) -> None:
    with rif.create() as other:
        pickled = cloudpickle.dumps(env)

        def elsewhere() -> str:
            """Another client of `env`, in the process of another interpreter."""
            result: str = cloudpickle.loads(pickled).run(lambda: time.sleep(1) or "done").fetch()
            return result

        theirs = other.run(elsewhere)
        other.session.flush()
        eventually(lambda: env.status()["busy"])
        mine = env.run(lambda: "mine")
        env.session.flush()
        env.session.link.interrupt(env.session.name, list(env.session.outbox.flights))  # type: ignore[union-attr]
        assert theirs.fetch() == "done"
        with pytest.raises(KeyboardInterrupt):
            mine.fetch()


def test_an_interrupt_while_a_result_is_pickled_is_the_error_of_its_message(env: RemoteInterpreter) -> None:
    class Interrupting:
        """Pickled, it does what an interrupt does that comes in this moment."""

        def __pos__(self) -> Any:
            return self

        def __reduce__(self) -> tuple[Any, ...]:
            from ray_proxy.server import interrupts, server

            (this,) = (serving._interrupts for serving in server._servers)
            this.interrupted |= set(this.calls[-1:])
            signal.raise_signal(interrupts.SIGNAL)
            return (str, ())

    value = env.run(Interrupting)
    env.sync()
    asked = env.session.question(Op(0, "pos", [Ref(handle_of(value).id)]))
    call = env.run(time.sleep, (60,))
    with pytest.raises(KeyboardInterrupt):
        env.session.value(asked)
    with pytest.raises(KeyboardInterrupt):  # it is withdrawn with the rest of its frame
        call.fetch(timeout=30)


def test_an_interrupt_is_signalled_again_where_the_first_signal_was_not_noticed(env: RemoteInterpreter) -> None:
    """As one that comes just before a system call begins: Python looks for signals after it, which it did not break."""

    def sort() -> None:
        import ctypes

        libc = ctypes.CDLL(None)
        for_ever = ctypes.cast(libc.pause, ctypes.c_void_p)  # compares, and returns at a signal
        libc.qsort((ctypes.c_int * 8)(*range(8)), 8, ctypes.sizeof(ctypes.c_int), for_ever)

    call = env.run(sort)
    env.session.flush()
    eventually(lambda: env.status()["busy"])
    env.interrupt()
    with pytest.raises(KeyboardInterrupt):
        call.fetch(timeout=30)


@pytest.mark.usefixtures("hosting_as_before")
def test_a_finalizer_that_the_garbage_collector_calls_between_two_calls_is_interrupted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    interrupts = Interrupts(Interpreter())
    problems: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda problem: problems.append(problem.exc_type))

    class Cycle:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            assert interrupts.collecting
            interrupts.ask(Interrupt("", []), lambda session: False)
            time.sleep(60)

    handlers = [(number, signal.getsignal(number)) for number in (SIGNAL, signal.SIGTERM)]
    hosting.thread = threading.get_ident()
    interrupts.listen()
    try:
        Cycle()
        gc.collect()
        assert problems == [KeyboardInterrupt]
        assert not interrupts.collecting
        interrupts.ask(Interrupt("", []), lambda session: False)  # there is nothing to interrupt
        gc.collect()
    finally:
        interrupts.listen_no_more()
        for number, handler in handlers:
            signal.signal(number, handler)


def test_an_interrupt_from_elsewhere(env: RemoteInterpreter) -> None:
    call = env.run(time.sleep, (60,))
    env.session.flush()
    eventually(lambda: env.status()["busy"])
    env.interrupt()
    with pytest.raises(KeyboardInterrupt):
        call.fetch(timeout=30)


def test_an_interrupt_of_an_idle_interpreter_is_nothing(env: RemoteInterpreter) -> None:
    env.interrupt()
    assert env.put(1) + 1 == 2


def test_an_interrupt_reaches_through_nested_calls(
    env: RemoteInterpreter, rif: RemoteInterpreterFactory, ctrl_c: Any
) -> None:
    with rif.create() as other:
        pickled = cloudpickle.dumps(other)

        def outer() -> None:
            cloudpickle.loads(pickled).run(time.sleep, (60,)).fetch()

        call = env.run(outer)
        ctrl_c(other)
        with pytest.raises(KeyboardInterrupt):
            call.fetch()
        eventually(lambda: not other.status()["busy"])


def test_interrupts_that_rain_break_nothing(env: RemoteInterpreter) -> None:
    stop = threading.Event()

    def rain() -> None:
        while not stop.wait(0.002):
            env.interrupt()

    thread = threading.Thread(target=rain)
    thread.start()
    try:
        interrupted = 0
        for number in range(2000):
            try:
                assert (env.put([number])[0] + 1).fetch(timeout=30) == number + 1
            except KeyboardInterrupt:
                interrupted += 1
    finally:
        stop.set()
        thread.join()
    assert ray_proxy.fetch(env.put(1), env.put([2])) == (1, [2])


def test_a_timeout_cancels_nothing(env: RemoteInterpreter) -> None:
    call = env.run(lambda: time.sleep(0.5) or "done")
    with pytest.raises(TimeoutError):
        call.fetch(timeout=0.05)
    assert call.fetch() == "done"

"""A cancelled `await` cancels the coroutine that it is for: what it leaves alone, and what is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import cloudpickle
import pytest
from conftest import eventually
from test_waits import press_when_asleep, timed_out

import ray_proxy
from ray_proxy import RemoteInterpreter, RemoteInterpreterFactory

# Its functions and classes travel by value: an interpreter does not have this file.
cloudpickle.register_pickle_by_value(sys.modules[__name__])

PATIENCE = 20.0


class Work:
    """Coroutines and functions, and what they have done."""

    def __init__(self) -> None:
        self.done: list[str] = []

    async def forever(self) -> list[int]:
        self.done.append("begun")
        await asyncio.sleep(3600)
        return [1]

    async def stubborn(self) -> list[str]:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            self.done.append("cancelled")
        return ["its value"]

    async def clean_up(self) -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0.2)
            self.done.append("cleaned up")

    async def for_a_second(self) -> list[str]:
        await asyncio.sleep(1)
        return ["done"]

    def plain(self, seconds: float = 0) -> str:
        time.sleep(seconds)
        self.done.append("plain")
        return "plain"

    async def __aenter__(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)
        self.done.append("entered")

    async def __aexit__(self, kind: Any, error: Any, traceback: Any) -> None:
        self.done.append(f"left by {kind and kind.__name__}")


@pytest.fixture
def work(there: RemoteInterpreter) -> Any:
    work = there.run(Work)
    there.sync()
    return work


def done(work: Any) -> list[str]:
    found: list[str] = work.done.fetch(timeout=PATIENCE)
    return found


# --------------------------------------------------------------------------------- what is left alone


def test_other_operations_of_its_frame_are_executed(there: RemoteInterpreter, work: Any) -> None:
    async def main() -> Any:
        before, call, after = there.put([1]), work.forever(), work.plain()
        await timed_out(call)
        return before.fetch(timeout=PATIENCE), after.fetch(timeout=PATIENCE)

    assert asyncio.run(main()) == ([1], "plain")
    assert done(work) == ["begun", "plain"]


def test_one_that_is_not_begun_yet_never_begins(work: Any) -> None:
    async def main() -> None:
        work.plain(0.6)
        call = work.forever()
        work.plain()
        await timed_out(call, 0.1)

    asyncio.run(main())
    assert done(work) == ["plain", "plain"]


def test_a_plain_function_that_is_not_begun_yet_is_executed(work: Any) -> None:
    async def main() -> None:
        work.plain(0.6)
        await timed_out(work.plain(), 0.1)

    asyncio.run(main())
    assert done(work) == ["plain", "plain"]


def test_its_end_is_not_cancelled_again(work: Any) -> None:
    asyncio.run(timed_out(work.clean_up()))
    assert done(work) == ["cleaned up"]


def test_one_that_goes_on_all_the_same_has_its_value(work: Any) -> None:
    call = work.stubborn()
    asyncio.run(timed_out(call))
    assert call.fetch(timeout=PATIENCE) == ["its value"]
    assert done(work) == ["cancelled"]


@pytest.mark.parametrize("how", ["an operation", "an argument inside a list"])
def test_nothing_is_cancelled_that_another_wait_needs(there: RemoteInterpreter, work: Any, how: str) -> None:
    async def main() -> Any:
        call = work.for_a_second()
        needs = call[0] if how == "an operation" else there.run(lambda items: items[0][0], ([call],))
        other = asyncio.ensure_future(needs)
        await asyncio.sleep(0)
        await timed_out(call)
        return await other

    assert asyncio.run(main()) == "done"


@pytest.mark.parametrize("wait", ["fetch", "wait"])
def test_nor_one_that_a_thread_waits_for_among_others(there: RemoteInterpreter, work: Any, wait: str) -> None:
    async def main() -> Any:
        first, call = work.plain(0.5), work.for_a_second()
        waits = {
            "fetch": lambda: ray_proxy.fetch(first, call, timeout=PATIENCE),
            "wait": lambda: ray_proxy.wait([first, call], 2, timeout=PATIENCE),
        }
        other = asyncio.ensure_future(asyncio.to_thread(waits[wait]))
        await asyncio.sleep(0.1)
        await timed_out(call, 0.1)
        await other
        return call.fetch(timeout=PATIENCE)

    assert asyncio.run(main()) == ["done"]


def test_an_older_interpreter_is_asked_for_nothing(
    there: RemoteInterpreter, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(there.session, "minor", 1)
    monkeypatch.setattr(there.session.link, "cancel", lambda *request: asked.append(request))
    call = work.for_a_second()
    asyncio.run(timed_out(call))
    assert call.fetch(timeout=PATIENCE) == ["done"]
    assert not asked


# ---------------------------------------------------------------------------------- what is left behind


def test_who_asks_later_hears_that_it_was_cancelled(work: Any) -> None:
    call = work.forever()
    asyncio.run(timed_out(call))
    with pytest.raises(asyncio.CancelledError):
        call.fetch(timeout=PATIENCE)


def test_nobody_else_has_to_hear_of_it(there: RemoteInterpreter, work: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with there.module("asyncio").Lock():
            await timed_out(work.forever())

    with caplog.at_level(logging.ERROR, "ray_proxy"):
        asyncio.run(main())
        there.sync()
        assert done(work) == ["begun"]
    assert not caplog.records


def test_many_are_cancelled_at_once(there: RemoteInterpreter, work: Any) -> None:
    async def main() -> None:
        await asyncio.gather(*(timed_out(work.forever()) for _ in range(100)))

    asyncio.run(main())
    assert set(done(work)) == {"begun"}
    eventually(lambda: not there.status()["busy"])


def test_one_is_cancelled_that_waits_for_its_interpreter(rif: RemoteInterpreterFactory) -> None:
    with rif.create(num_cpus=0) as env:
        queue = env.module("asyncio").Queue()

        async def main() -> None:
            item = queue.get()
            await asyncio.wait({task := asyncio.ensure_future(item)}, timeout=0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(main())
        assert queue.qsize().fetch(timeout=PATIENCE) == 0


def test_what_was_entered_though_it_was_cancelled_is_left(work: Any) -> None:
    async def main() -> None:
        async with work:
            raise AssertionError("nobody is told that it was entered")

    asyncio.run(timed_out(main()))
    eventually(lambda: done(work) == ["entered", "left by CancelledError"], PATIENCE)


def test_a_block_is_left_whose_end_is_cancelled(there: RemoteInterpreter, work: Any) -> None:
    lock = there.module("asyncio").Lock()

    async def main() -> None:
        async with lock:
            work.plain(0.6)

    asyncio.run(timed_out(main(), 0.2))
    assert lock.locked().fetch(timeout=PATIENCE) is False


def test_it_is_not_executed_again_by_a_replay(rif: RemoteInterpreterFactory, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with rif.create(num_cpus=0, record=str(log)) as env:
        work = env.run(Work)
        env.sync()
        asyncio.run(timed_out(work.forever()))
        assert work.plain().fetch(timeout=PATIENCE) == "plain"
    report = ray_proxy.replay(str(log))  # and so it ends
    assert report.withheld >= 1
    assert not report.differences


# ----------------------------------------------------------------------------------------------- Ctrl-C


async def _await(var: Any) -> Any:
    return await var


async def _gather(var: Any) -> None:
    await asyncio.gather(_await(var), asyncio.sleep(3600))


async def _beside(var: Any) -> None:
    task = asyncio.ensure_future(var)
    await asyncio.sleep(3600)
    await task


@pytest.mark.parametrize("handler", ["of asyncio", "of the user"])
@pytest.mark.parametrize("main", [_await, _gather, _beside])
def test_ctrl_c_interrupts_a_plain_function_that_is_awaited(
    there: RemoteInterpreter, work: Any, main: Any, handler: str
) -> None:
    """Where the handler is another one, as ever with Python 3.10, KeyboardInterrupt leaves the event loop."""
    before = signal.getsignal(signal.SIGINT)
    if handler == "of the user":
        signal.signal(signal.SIGINT, lambda number, frame: signal.default_int_handler(number, frame))
    presses = press_when_asleep(lambda: there.status()["busy"])
    try:
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(main(work.plain(30)))
    finally:
        presses.join()
        signal.signal(signal.SIGINT, before)
    eventually(lambda: not there.status()["busy"], 5)
    assert done(work) == []


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.timeout is new in 3.11")
def test_a_timeout_of_the_main_task_interrupts_nothing(work: Any) -> None:
    async def main() -> None:
        async with asyncio.timeout(0.1):
            await work.plain(0.5)

    with pytest.raises(TimeoutError):
        asyncio.run(main())
    assert done(work) == ["plain"]


def test_a_timeout_after_ctrl_c_interrupts_nothing(work: Any) -> None:
    async def clean_up() -> None:
        await timed_out(work.plain(0.5), 0.1)

    try:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(PATIENCE)
    except KeyboardInterrupt:
        asyncio.run(clean_up())
    assert done(work) == ["plain"]


# ------------------------------------------------------------------------- waits for something of the interpreter


@pytest.fixture
def nothing_waits(first: RemoteInterpreter) -> Any:
    yield
    eventually(lambda: first.status()["waits"] == [])


@pytest.mark.usefixtures("nothing_waits")
def test_a_get_that_was_waited_for_in_vain_takes_nothing_and_keeps_nothing_out(first: RemoteInterpreter) -> None:
    queue = first.module("queue").Queue()

    async def main() -> Any:
        for _ in range(3):
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(queue.get(), 0.1)
                pytest.fail("there is nothing in it")
        queue.put(7)
        return await asyncio.wait_for(queue.get(), PATIENCE)

    assert asyncio.run(main()) == 7


@pytest.mark.usefixtures("nothing_waits")
@pytest.mark.parametrize(
    "method", [("threading", "Lock", "acquire"), ("threading", "Event", "wait"), ("threading", "Semaphore", "acquire")]
)
def test_so_it_is_with_a_lock_and_an_event(first: RemoteInterpreter, method: tuple[str, str, str]) -> None:
    module, kind, wait = method
    thing = getattr(first.module(module), kind)()
    if wait == "acquire":
        assert thing.acquire()

    async def main() -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(getattr(thing, wait)(), 0.1)
            pytest.fail("it cannot be had")
        await asyncio.wait_for(first.put([1]), PATIENCE)

    asyncio.run(main())
    if wait == "acquire":
        thing.release()
        assert thing.acquire()  # nobody has it

"""`wait`, `as_completed` and `await` are waits as `fetch` is one: what interrupts them, cancels them, and they cost."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from types import FrameType
from typing import Any

import cloudpickle
import pytest
from conftest import LoopbackInterpreter, eventually

import ray_proxy
from ray_proxy import RemoteInterpreter, Var

# Its functions and classes travel by value: an interpreter does not have this file.
cloudpickle.register_pickle_by_value(sys.modules[__name__])

PACKAGE = str(Path(ray_proxy.__file__).parent)
PATIENCE = 20.0
SOON = 5.0
"""Seconds after which what hangs today has failed."""


# ------------------------------------------------------------------------------------------------- Ctrl-C


def press_when_asleep(busy: Callable[[], object]) -> threading.Thread:
    """Ctrl-C, once the interpreter is busy and the main thread sleeps; gives the thread that presses."""

    def asleep() -> bool:
        places = set()
        for _ in range(4):
            frame = sys._current_frames()[threading.main_thread().ident or 0]
            places.add((id(frame.f_code), frame.f_lasti))
            time.sleep(0.03)
        return len(places) == 1

    def press() -> None:
        eventually(lambda: bool(busy()) and asleep(), PATIENCE)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    return thread


async def _await(var: Any) -> Any:
    return await var


WAITS: dict[str, Callable[[Any], object]] = {
    "fetch": lambda var: var.fetch(),
    "fetch of many": lambda var: ray_proxy.fetch(var, var),
    "wait": lambda var: ray_proxy.wait([var]),
    "as_completed": lambda var: list(ray_proxy.as_completed([var])),
    "await": lambda var: asyncio.run(_await(var)),
}


@pytest.mark.parametrize("wait", WAITS)
def test_ctrl_c_interrupts_the_remote_call(there: RemoteInterpreter, wait: str) -> None:
    kept = there.put([1])
    call = there.run(time.sleep, (30,))
    presses = press_when_asleep(lambda: there.status()["busy"])
    with pytest.raises(KeyboardInterrupt):
        WAITS[wait](call)
    presses.join()
    until = time.monotonic() + SOON
    while there.status()["busy"] and time.monotonic() < until:
        time.sleep(0.05)
    eventually(lambda: not there.status()["busy"])
    assert kept.fetch(timeout=SOON) == [1]  # the interpreter and its variables stay


# ---------------------------------------------------------------------------------------- what a wait costs


def calls_of_ours(work: Callable[[], object]) -> int:
    """How many functions of ours are called."""
    calls = 0

    def count(frame: FrameType, event: str, arg: object) -> None:
        nonlocal calls
        calls += event == "call" and frame.f_code.co_filename.startswith(PACKAGE)

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


def wait_for_one_after_the_other(vars: list[Var[Any]]) -> None:
    pending = vars
    while pending:
        done, pending = ray_proxy.wait(pending, timeout=PATIENCE)
        assert len(done) == 1


def test_waiting_for_one_after_the_other_costs_as_much_for_each(env: LoopbackInterpreter) -> None:
    def cost(count: int) -> int:
        vars = [env.put([number]) for number in range(count)]
        env.sync()
        return calls_of_ours(lambda: wait_for_one_after_the_other(vars))

    assert cost(160) < 3 * cost(80)


def test_so_it_is_while_many_are_not_computed_yet(env: LoopbackInterpreter) -> None:
    def cost(count: int) -> int:
        vars = [env.put([number]) for number in range(count)]  # on their way; the first wait brings them all
        return calls_of_ours(lambda: wait_for_one_after_the_other(vars))

    assert cost(160) < 3 * cost(80)


def test_as_completed_costs_as_much_for_each(env: LoopbackInterpreter) -> None:
    def cost(count: int) -> int:
        vars = [env.put([number]) for number in range(count)]
        env.sync()
        return calls_of_ours(lambda: list(ray_proxy.as_completed(vars)))

    assert cost(160) < 3 * cost(80)


# ------------------------------------------------------------------------- a cancelled `await` cancels its call


class Ends:
    """Coroutines that do not end by themselves, and how they have ended."""

    def __init__(self) -> None:
        self.ended: list[str] = []

    async def forever(self) -> list[int]:
        try:
            await asyncio.sleep(3600)
        except BaseException as error:
            self.ended.append(type(error).__name__)
            raise
        return [1]

    async def __aenter__(self) -> Any:
        return await self.forever()

    async def __aexit__(self, *error: object) -> None:
        pass

    async def __aiter__(self) -> AsyncIterator[int]:
        yield 1
        await self.forever()

    def forever_in_python(self) -> str:
        for _ in range(20):
            time.sleep(0.05)
        self.ended.append("by itself")
        return "done"

    async def for_a_while(self) -> list[str]:
        try:
            await asyncio.sleep(1)
        except BaseException as error:
            self.ended.append(type(error).__name__)
            raise
        self.ended.append("by itself")
        return ["done"]


@pytest.fixture
def ends(there: RemoteInterpreter) -> Any:
    ends = there.run(Ends)
    there.sync()
    return ends


def how_it_ended(there: RemoteInterpreter, ends: Any) -> list[str]:
    """Raises `TimeoutError` where it goes on; then it is interrupted, as who reports the failure asks for Vars."""
    try:
        ended: list[str] = ends.ended.fetch(timeout=SOON)
    except TimeoutError:
        there.interrupt()
        raise
    eventually(lambda: not there.status()["busy"])
    return ended


async def timed_out(awaitable: Any, seconds: float = 0.3) -> None:
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(awaitable, seconds)


async def cancelled(work: Coroutine[Any, Any, None], there: RemoteInterpreter) -> None:
    """Raises `TimeoutError` where the task goes on though it was cancelled."""
    task = asyncio.ensure_future(work)
    await asyncio.sleep(0.3)
    task.cancel()
    ended, _ = await asyncio.wait({task}, timeout=SOON)
    if not ended:
        there.interrupt()
        raise TimeoutError("it goes on")


def test_a_timed_out_await_cancels_the_coroutine_whose_call_made_the_var(there: RemoteInterpreter, ends: Any) -> None:
    asyncio.run(timed_out(ends.forever()))
    assert how_it_ended(there, ends) == ["CancelledError"]


def test_a_cancelled_task_cancels_the_coroutine_whose_call_made_the_var(there: RemoteInterpreter, ends: Any) -> None:
    async def main() -> None:
        task = asyncio.ensure_future(_await(ends.forever()))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert how_it_ended(there, ends) == ["CancelledError"]


def test_a_cancelled_async_with_cancels_its_enter(there: RemoteInterpreter, ends: Any) -> None:
    async def main() -> None:
        async with ends:
            pass

    asyncio.run(timed_out(main()))
    assert how_it_ended(there, ends) == ["CancelledError"]


def test_a_cancelled_await_within_async_with_cancels_its_coroutine(there: RemoteInterpreter, ends: Any) -> None:
    lock = there.run(_lock)

    async def main() -> None:
        async with lock:
            await ends.forever()

    asyncio.run(cancelled(main(), there))
    assert how_it_ended(there, ends) == ["CancelledError"]
    assert not lock.locked()


async def _lock() -> asyncio.Lock:
    return asyncio.Lock()


def test_a_cancelled_async_for_cancels_the_step(there: RemoteInterpreter, ends: Any) -> None:
    seen = []

    async def main() -> None:
        async for item in ends:
            seen.append(item)

    asyncio.run(timed_out(main()))
    assert how_it_ended(there, ends) == ["CancelledError"]
    assert len(seen) == 1


def test_an_interpreter_is_free_after_a_queue_was_waited_for_in_vain(there: RemoteInterpreter) -> None:
    queue = there.module("asyncio").Queue()

    async def main() -> Any:
        await timed_out(queue.get())
        queue.put_nowait("item")
        return queue.qsize().fetch(timeout=SOON)

    try:
        assert asyncio.run(main()) == 1
    finally:
        there.interrupt()


# ------------------------------------------------------------------------------------- … and nothing else


def test_a_cancelled_await_of_what_depends_on_it_cancels_nothing(there: RemoteInterpreter, ends: Any) -> None:
    made = ends.for_a_while()
    asyncio.run(timed_out(made[0]))
    assert made.fetch(timeout=PATIENCE) == ["done"]
    assert how_it_ended(there, ends) == ["by itself"]


def test_shield_protects(there: RemoteInterpreter, ends: Any) -> None:
    async def main() -> Any:
        made = asyncio.ensure_future(ends.for_a_while())
        await timed_out(asyncio.shield(made))
        return await made

    assert asyncio.run(main()) == ["done"]
    assert how_it_ended(there, ends) == ["by itself"]


def test_a_plain_function_goes_on(there: RemoteInterpreter, ends: Any) -> None:
    made = ends.forever_in_python()
    asyncio.run(timed_out(made))
    assert made.fetch(timeout=PATIENCE) == "done"
    assert how_it_ended(there, ends) == ["by itself"]


def test_a_fetch_with_a_timeout_cancels_nothing(there: RemoteInterpreter, ends: Any) -> None:
    made = ends.for_a_while()
    with pytest.raises(TimeoutError):
        made.fetch(timeout=0.2)
    assert made.fetch(timeout=PATIENCE) == ["done"]
    assert how_it_ended(there, ends) == ["by itself"]


def test_wait_and_as_completed_with_a_timeout_cancel_nothing(there: RemoteInterpreter, ends: Any) -> None:
    made = ends.for_a_while()
    ready, _ = ray_proxy.wait([made], timeout=0.2)
    assert len(ready) == 0
    with pytest.raises(TimeoutError):
        list(ray_proxy.as_completed([made], timeout=0.2))
    assert made.fetch(timeout=PATIENCE) == ["done"]
    assert how_it_ended(there, ends) == ["by itself"]


def test_nothing_is_cancelled_that_another_task_awaits(there: RemoteInterpreter, ends: Any) -> None:
    async def main() -> Any:
        made = ends.for_a_while()
        other = asyncio.ensure_future(_await(made))
        await timed_out(made)
        return await other

    assert asyncio.run(main()) == ["done"]
    assert how_it_ended(there, ends) == ["by itself"]


def test_nothing_is_cancelled_that_a_thread_fetches(there: RemoteInterpreter, ends: Any) -> None:
    made = ends.for_a_while()
    values: list[Any] = []
    thread = threading.Thread(target=lambda: values.append(made.fetch(timeout=PATIENCE)))
    thread.start()
    asyncio.run(timed_out(made))
    thread.join(PATIENCE)
    assert values == [["done"]]
    assert how_it_ended(there, ends) == ["by itself"]


def test_the_last_of_several_awaits_that_is_cancelled_cancels_it(there: RemoteInterpreter, ends: Any) -> None:
    async def main() -> None:
        made = ends.forever()
        await asyncio.gather(timed_out(made, 0.2), timed_out(made, 0.4))

    asyncio.run(main())
    assert how_it_ended(there, ends) == ["CancelledError"]

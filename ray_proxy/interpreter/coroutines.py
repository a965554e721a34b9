"""The event loop of an interpreter: its coroutines, and the ends of asynchronous generators.

Knows neither messages nor variables.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any

CLOSING = 1.0
"""Seconds that the `finally` of asynchronous generators is waited for that nobody refers to any more; then it goes on
beside the next coroutine."""

NESTED_COROUTINE = (
    "a coroutine cannot be run by a call that is nested inside another coroutine of the same interpreter; "
    "make the inner function a plain one, or use a second interpreter"
)


class Coroutines:
    """Runs coroutines on one loop, which lives as long as the interpreter."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        """Ours, once there is one."""
        self.serve_in: Callable[[asyncio.AbstractEventLoop], None] = lambda loop: None
        """Told of an event loop before a coroutine runs in it."""
        self.forsaken: deque[AsyncGenerator[Any, Any]] = deque()
        """Asynchronous generators that nobody refers to any more, and whose `finally` has not run."""
        self.closing: set[asyncio.Task[None]] = set()
        """What runs it in our event loop…"""
        self._late: set[asyncio.Task[None]] = set()
        """… and has not ended in time."""
        self.name: Callable[[], object] = lambda: None
        """What a coroutine is called that begins now, for `cancel`."""
        self.cancelled: set[Any] = set()
        """Names of those that shall be cancelled. It is changed in one step each: other threads add to it."""
        self._running: tuple[object, asyncio.Task[Any]] | None = None

    def run(self, coroutine: Coroutine[Any, Any, Any], loop: asyncio.AbstractEventLoop | None = None) -> Any:
        """Run a coroutine to its end on the loop that lives as long as the interpreter, or on this one."""
        return self._run(coroutine, loop, self.name())

    def cancel(self, name: object) -> None:
        """Cancel the coroutine of that name: the one that runs, or will be run. For any thread."""
        self.cancelled.add(name)
        running = self._running  # looked at after it was noted
        if running is not None and running[0] == name:
            with contextlib.suppress(RuntimeError):  # user code has closed that loop
                running[1].get_loop().call_soon_threadsafe(self._cancel_due)

    def is_cancelled(self, name: object) -> bool:
        """Whether what has that name shall be cancelled."""
        return name in self.cancelled

    def _cancel_due(self) -> None:
        """Cancel what runs, if it shall be, once: what it does then may take long, and is not disturbed."""
        if self._running is not None and self._running[0] in self.cancelled:
            self.cancelled.discard(self._running[0])
            self._running[1].cancel()

    def _run(self, coroutine: Coroutine[Any, Any, Any], loop: asyncio.AbstractEventLoop | None, name: object) -> Any:
        if self.loop is None:
            self.loop = loop or asyncio.new_event_loop()
        if self.loop.is_running():
            coroutine.close()
            raise RuntimeError(NESTED_COROUTINE)
        loop = loop or self.loop
        self.serve_in(loop)
        asyncio.set_event_loop(loop)
        if loop is self.loop:
            loop.call_soon(self.hook)
        task = loop.create_task(coroutine)
        before = self._running
        try:
            self._running = name, task
            self._cancel_due()
            return loop.run_until_complete(task)
        except BaseException:
            if not task.done():  # an interrupt came between: it must not go on with the next coroutine
                task.cancel()
                with contextlib.suppress(BaseException):
                    loop.run_until_complete(task)
            raise
        finally:
            self._running = before

    # ------------------------------------------------------------- the end of asynchronous generators

    def hook(self) -> Any:
        """From now on, asynchronous generators are made known to us; gives what `sys.set_asyncgen_hooks` is to be
        called with when that is over."""
        before = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(finalizer=self._forsake)
        return before

    def _forsake(self, generator: AsyncGenerator[Any, Any]) -> None:
        """Nobody refers to it any more. Called in whichever thread has noticed."""
        self.forsaken.append(generator)
        loop = self.loop
        if loop is not None and loop.is_running():
            with contextlib.suppress(RuntimeError):  # it has been closed
                loop.call_soon_threadsafe(self._begin_to_close)

    def _begin_to_close(self) -> None:
        while self.forsaken:
            task = asyncio.get_running_loop().create_task(_closed(self.forsaken.popleft()))
            self.closing.add(task)
            task.add_done_callback(self.closing.discard)
            task.add_done_callback(self._late.discard)

    def close_forsaken(self) -> None:
        """Have their `finally` run, for a second at most."""
        if not (self.forsaken or self.closing) or asyncio._get_running_loop() is not None:
            return  # a loop that runs does so itself

        async def close() -> None:
            self._begin_to_close()
            if self.closing:
                _, late = await asyncio.wait(self.closing, timeout=CLOSING)
                self._late |= late
                self.closing -= late

        self._run(close(), None, None)


def idle_loop(target: Any) -> asyncio.AbstractEventLoop | None:
    """The event loop of a future, where it is another one that nobody runs: one that user code has made before it
    knew of ours."""
    if not isinstance(target, asyncio.Future):
        return None
    loop = target.get_loop()
    return None if loop.is_running() or loop.is_closed() else loop


async def _closed(generator: AsyncGenerator[Any, Any]) -> None:
    try:
        await generator.aclose()
    except Exception as problem:
        asyncio.get_running_loop().call_exception_handler(
            {"message": "the end of an asynchronous generator has failed", "exception": problem, "asyncgen": generator}
        )

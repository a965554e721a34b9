"""Whether Ctrl-C is what has cancelled an `await`."""

from __future__ import annotations

import asyncio
import functools
import signal
import sys
from types import CodeType, FrameType
from typing import Any

from ..interpreter.coroutines import Coroutines

_AT_THE_END: list[CodeType] = [
    function.__code__
    for function in (getattr(asyncio.runners, "_cancel_all_tasks", None), Coroutines._run)
    if function is not None
]
"""What cancels the coroutines of an event loop that an error has ended."""


def is_ctrl_c() -> bool:
    """Whether a cancellation that has just come to a coroutine is made of Ctrl-C. Call it outside of any `except`.

    Since Python 3.11, `asyncio.run` makes one of the first Ctrl-C, for the main task. Nothing else tells it from that
    of a timeout than a count of its own, which is private. Otherwise KeyboardInterrupt has left the event loop, and all
    that is left there is cancelled.
    """
    return _is_counted() or (isinstance(sys.exc_info()[1], KeyboardInterrupt) and _is_at_the_end(sys._getframe(1)))


def _is_counted() -> bool:
    handler = signal.getsignal(signal.SIGINT)
    runner: Any = getattr(handler.func, "__self__", None) if isinstance(handler, functools.partial) else None
    if not getattr(runner, "_interrupt_count", 0) or runner.get_loop() is not asyncio._get_running_loop():
        return False
    main = handler.keywords.get("main_task")  # type: ignore[union-attr]
    return main is None or main.cancelling() > 0


def _is_at_the_end(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code in _AT_THE_END:
            return True
        frame = frame.f_back
    return False

"""`ray.get` and `ray.wait` in the user code of an interpreter: what they wait for may call back, and is served."""

from __future__ import annotations

import functools
import math
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import ray
from ray._private import worker

from ..channels.channel import hosting
from ..files import PACKAGE

_TURN = 0.05
"""Seconds after which a wait looks whether its time is over."""
_LOOK = 1.0
"""Seconds after which the thread that waits for Ray looks whether anybody still waits for it."""


def serve_in_waits() -> None:
    """From now on, `ray.get` and `ray.wait` serve what is nested in them, where they wait on the thread of user code.

    Functions of this process that were imported from Ray before are not concerned.
    """
    wait, get = ray.wait, ray.get

    @functools.wraps(get)
    def serving_get(object_refs: Any, *args: Any, **options: Any) -> Any:
        refs = _refs(object_refs)
        timeout = options.get("timeout")
        if not refs or args or not _is_served(sys._getframe(1).f_code.co_filename) or not _is_time(timeout):
            return get(object_refs, *args, **options)
        begun = time.monotonic()
        _serve(lambda seconds: len(wait(refs, num_returns=len(refs), timeout=seconds)[0]) == len(refs), timeout)
        if timeout is not None:
            options["timeout"] = max(0.0, timeout - (time.monotonic() - begun))
        return get(object_refs, **options)

    @functools.wraps(wait)
    def serving_wait(ray_waitables: Any, *args: Any, **options: Any) -> Any:
        timeout = options.get("timeout")
        if args or timeout == 0 or not _is_served(sys._getframe(1).f_code.co_filename) or not _is_time(timeout):
            return wait(ray_waitables, *args, **options)
        wanted = options.get("num_returns", 1)
        options["timeout"] = 0
        first = wait(ray_waitables, **options)  # raises where it is not asked for as it should be
        if len(first[0]) >= wanted:
            return first
        _serve(lambda seconds: len(wait(ray_waitables, **{**options, "timeout": seconds})[0]) >= wanted, timeout)
        return wait(ray_waitables, **options)

    for module in (ray, worker):  # pickles name the second
        module.get, module.wait = serving_get, serving_wait  # type: ignore[attr-defined, unused-ignore]


def _refs(waited: Any) -> list[Any]:
    """What is waited for; empty where it is something else than ObjectRefs."""
    refs = [waited] if isinstance(waited, ray.ObjectRef) else waited
    if type(refs) is not list or not all(isinstance(ref, ray.ObjectRef) for ref in refs):
        return []
    return list(dict.fromkeys(refs))


def _is_served(file: str) -> bool:
    """Whether user code waits, which that file is of, and on its thread."""
    is_ours = file.startswith(PACKAGE)  # of the middle of our own work
    return not is_ours and hosting.wait_for_tasks is not None and hosting.thread == threading.get_ident()


def _is_time(timeout: Any) -> bool:
    return timeout is None or (type(timeout) in (int, float) and timeout >= 0 and not math.isnan(timeout))


def _serve(is_there: Callable[[float], bool], timeout: float | None) -> None:
    """Serve until that is there, which waits for so many seconds; a thread does so meanwhile. Or until the timeout."""
    until = math.inf if timeout is None else time.monotonic() + timeout
    if is_there(0):
        return
    over = threading.Event()

    def watch() -> None:
        try:
            while not over.is_set() and not is_there(_LOOK):
                pass
        finally:
            over.set()
            if hosting.wake is not None:
                hosting.wake()

    threading.Thread(target=watch, name="ray-proxy-ray-wait", daemon=True).start()
    try:
        while not over.is_set() and (left := until - time.monotonic()) > 0 and hosting.wait_for_tasks is not None:
            hosting.wait_for_tasks(min(left, _TURN))
    finally:
        over.set()

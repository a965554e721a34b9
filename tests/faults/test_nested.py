"""Interpreters that call each other, in calls nested in each other: served where that can be, refused where not."""

from __future__ import annotations

import asyncio
import builtins
import sys
import threading
import time
from typing import Any

import cloudpickle
import numpy as np
import pytest

from ray_proxy import DeadlockError, RemoteInterpreter

pytestmark = pytest.mark.faults


def test_a_call_back_into_the_caller_is_served_while_it_fetches(
    first: RemoteInterpreter, second: RemoteInterpreter
) -> None:
    assert first.run(lambda: second.run(lambda: first.run(lambda: 5).fetch() + 1).fetch() + 1).fetch() == 7


def shelf() -> list[Any]:
    """A list that the functions of one process share."""
    return vars(builtins).setdefault("shelf", [])  # type: ignore[no-any-return]


cloudpickle.register_pickle_by_value(sys.modules[__name__])


def test_ping_pong_goes_deep(first: RemoteInterpreter, second: RemoteInterpreter) -> None:
    def down(depth: int, here: RemoteInterpreter, there: RemoteInterpreter) -> int:
        if depth == 0:
            return 0
        result: int = there.run(down, (depth - 1, there, here)).fetch()
        return result + 1

    assert first.run(down, (20, first, second)).fetch() == 20


def test_bulk_values_move_within_nested_calls(first: RemoteInterpreter, second: RemoteInterpreter) -> None:
    def there() -> Any:
        inner = first.run(np.ones, (2_000_000,))
        return inner.fetch() + 1

    result = first.run(lambda: second.run(there).fetch().sum()).fetch()
    assert result == 4_000_000


def test_a_call_back_is_served_while_the_caller_awaits(first: RemoteInterpreter, second: RemoteInterpreter) -> None:
    async def outer() -> int:
        inner: int = await second.run(lambda: first.run(lambda: 5).fetch() + 1)
        return inner + 1

    assert first.run(outer).fetch(timeout=30) == 7


def test_a_call_back_is_served_while_an_event_loop_of_user_code_awaits(
    first: RemoteInterpreter, second: RemoteInterpreter
) -> None:
    def outer() -> int:
        async def inner() -> int:
            value: int = await second.run(lambda: first.run(lambda: 5).fetch() + 1)
            return value

        return asyncio.run(inner()) + 1

    assert first.run(outer).fetch(timeout=30) == 7


def test_a_call_back_is_served_while_a_coroutine_waits_for_a_thread(
    first: RemoteInterpreter, second: RemoteInterpreter
) -> None:
    async def outer() -> int:
        inner = second.run(lambda: first.run(lambda: 5).fetch() + 1)
        return await asyncio.to_thread(inner.fetch) + 1

    assert first.run(outer).fetch(timeout=30) == 7


def test_a_cycle_that_can_never_end_is_a_deadlock_error(first: RemoteInterpreter, second: RemoteInterpreter) -> None:
    def outer() -> list[str]:
        errors: list[str] = []

        def work() -> None:
            try:
                second.run(lambda: first.run(lambda: 5).fetch() + 1).fetch()
            except DeadlockError as error:
                errors.append(str(error))

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()  # the main thread cannot serve the call from the other interpreter
        return errors

    (text,) = first.run(outer).fetch(timeout=60)
    assert f"{first.id[:5]} -> {second.id[:5]} -> {first.id[:5]}" in text
    assert "wait by fetch or await" in text
    assert first.put([1]).fetch() == [1]


def test_a_call_that_only_takes_long_is_no_deadlock(first: RemoteInterpreter, second: RemoteInterpreter) -> None:
    def outer() -> int:
        inner = second.run(lambda: first.run(lambda: 5).fetch() + 1)
        inner.env.session.flush()
        time.sleep(8)  # it serves nobody meanwhile, and goes on by itself
        value: int = inner.fetch()
        return value + 1

    assert first.run(outer).fetch(timeout=60) == 7


def test_what_was_asked_for_behind_a_call_waits_for_its_end(
    first: RemoteInterpreter, second: RemoteInterpreter
) -> None:
    def outer() -> list[Any]:
        inner = second.run(lambda: first.run(time.sleep, (0.3,)).fetch() or "done")
        inner.env.session.flush()
        after = inner + "!"  # its frame comes while the call before it waits for us
        after.env.session.flush()
        return [after.fetch(), inner.fetch()]

    assert first.run(outer).fetch(timeout=60) == ["done!", "done"]


def test_what_is_made_behind_a_call_can_be_used_within_it(first: RemoteInterpreter, second: RemoteInterpreter) -> None:
    def outer() -> Any:
        inner = second.run(lambda: first.run(lambda: (shelf().pop() + [3]).fetch()).fetch())
        inner.env.session.flush()
        later = second.put([1, 2])
        later.env.session.flush()
        shelf().append(later)
        return inner.fetch()

    assert first.run(outer).fetch(timeout=60) == [1, 2, 3]


def test_a_call_that_needs_the_value_of_the_call_it_is_nested_in_is_a_deadlock_error(
    first: RemoteInterpreter, second: RemoteInterpreter
) -> None:
    def outer() -> str:
        inner = second.run(lambda: first.run(lambda: (shelf().pop() + [3]).fetch()).fetch())
        shelf().append(inner)
        try:
            return str(inner.fetch())
        except DeadlockError as error:
            return str(error)

    assert "result of the call it is nested in" in first.run(outer).fetch(timeout=60)

"""Errors do not pile up: a loop that fails a thousand times tells so once, and keeps and logs little of it."""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Iterator

import pytest
from cable import CableInterpreter
from conftest import LoopbackInterpreter, eventually
from rig import Rig

import ray_proxy
from ray_proxy.session.failure import Failure

PATIENCE = 10.0
MANY = 999
LOST = 60
KEPT = 256
"""Unseen failures, at most."""
IN_FULL = 10
"""Texts in full, a second."""
TEXT = 4 * 1024
"""Characters of one text, at most."""


@pytest.fixture(params=["loopback", "socket"])
def env(request: pytest.FixtureRequest) -> Iterator[CableInterpreter | LoopbackInterpreter]:
    if request.param == "loopback":
        here = LoopbackInterpreter.make()
        yield here
        here.destroy()
    else:
        rig = Rig()
        yield rig.connect(past_cable=True)
        rig.close()


Env = CableInterpreter | LoopbackInterpreter


class Full:
    """Takes nothing."""

    def __setitem__(self, key: int, value: int) -> None:
        raise ValueError(f"there is no place for item {key}")


def added_text(error: BaseException) -> str:
    """What was said beside the error's own text: in notes, or in the text where Python has none."""
    return "\n".join(getattr(error, "__notes__", [])) if sys.version_info >= (3, 11) else str(error)


def fail(env: Env, count: int, first: int = 0) -> None:
    full = env.put(Full())
    for number in range(first, first + count):
        full[number] = 0


# ---------------------------------------------------------------------------------------- what is raised


def test_the_next_wait_raises_the_first_and_says_how_many_more(env: Env) -> None:
    fail(env, MANY)
    with pytest.raises(ValueError, match="item 0") as caught:
        env.put([1]).fetch(timeout=PATIENCE)
    assert f"+ {MANY - 1} more" in added_text(caught.value)


def test_none_of_the_others_is_raised_again(env: Env) -> None:
    fail(env, MANY)
    with pytest.raises(ValueError, match="item 0"):
        env.put([1]).fetch(timeout=PATIENCE)
    for number in range(5):
        assert env.put([number]).fetch(timeout=PATIENCE) == [number]
        env.sync(timeout=PATIENCE)


def test_sync_does_the_same(env: Env) -> None:
    fail(env, MANY)
    with pytest.raises(ValueError, match="item 0") as caught:
        env.sync(timeout=PATIENCE)
    assert f"+ {MANY - 1} more" in added_text(caught.value)
    assert env.put([1]).fetch(timeout=PATIENCE) == [1]


def test_a_single_error_says_nothing_of_others(env: Env) -> None:
    fail(env, 1)
    with pytest.raises(ValueError, match="item 0") as caught:
        env.put([1]).fetch(timeout=PATIENCE)
    assert "more" not in added_text(caught.value)
    assert env.put([1]).fetch(timeout=PATIENCE) == [1]


def test_what_fails_after_the_first_was_raised_is_raised_at_the_next_wait(env: Env) -> None:
    for _ in range(2):
        fail(env, 1)
        with pytest.raises(ValueError, match="item 0"):
            env.put([1]).fetch(timeout=PATIENCE)
    assert env.put([1]).fetch(timeout=PATIENCE) == [1]


def test_of_two_errors_the_second_is_told_with_the_first(env: Env) -> None:
    fail(env, 2)
    with pytest.raises(ValueError, match="item 0") as caught:
        env.put([1]).fetch(timeout=PATIENCE)
    assert "+ 1 more" in added_text(caught.value)


def test_the_error_of_a_var_is_raised_by_that_var_alone(env: Env) -> None:
    """It is no error without a result: nobody else is told, however many there are."""
    failed = [env.put(number) / 0 for number in range(5)]
    assert env.put([1]).fetch(timeout=PATIENCE) == [1]
    for var in failed:
        with pytest.raises(ZeroDivisionError) as caught:
            var.fetch(timeout=PATIENCE)
        assert "more" not in added_text(caught.value)


# ------------------------------------------------------------------------------------- what is kept and logged


class Long(Exception):
    """Its text is of 50,000 characters."""

    def __init__(self, number: int) -> None:
        super().__init__(f"failure {number} " + "x" * 50_000)


def failures_kept() -> int:
    """Of those of the items from 7,000,000 on: other tests may have left some."""
    gc.collect()
    failures = [thing for thing in gc.get_objects() if type(thing) is Failure]
    return sum("for item 7000" in failure.text() for failure in failures)


def test_so_many_failures_without_a_result_are_kept_at_most(env: Env) -> None:
    fail(env, 2 * KEPT, first=7_000_000)
    env.session.settle(PATIENCE)
    assert 1 <= failures_kept() <= KEPT
    with pytest.raises(ValueError, match="item 7000000"):
        env.sync(timeout=PATIENCE)
    assert failures_kept() <= 1  # those that it has told of are let go of


def raise_long(number: int) -> None:
    raise Long(number)


def lose_many(env: Env) -> None:
    """Vars that fail, and that nobody asks for, and nobody can."""
    run = env.put(raise_long)
    for number in range(LOST):
        run(number)
    env.session.settle(PATIENCE)


def told(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.name == "ray_proxy" and record.levelno >= logging.ERROR]


def test_of_lost_errors_few_are_logged_in_full_and_the_rest_is_counted(
    env: Env, caplog: pytest.LogCaptureFixture
) -> None:
    lose_many(env)
    eventually(lambda: counted(caplog) == LOST)
    texts = [record for record in told(caplog) if "failure " in record.getMessage()]
    for record in texts:
        within = [other for other in texts if record.created <= other.created < record.created + 1]
        assert len(within) <= IN_FULL + 1  # a second may begin between two of them
    assert "failure 0 " in texts[0].getMessage()


def counted(caplog: pytest.LogCaptureFixture) -> int:
    """How many failures the log tells of: one by one, or by their number."""
    total = 0
    for record in told(caplog):
        text = record.getMessage()
        if "failure " in text:
            total += 1
        else:
            total += sum(int(word.replace(",", "")) for word in text.split() if word.replace(",", "").isdigit())
    return total


def test_no_text_in_the_log_is_long(env: Env, caplog: pytest.LogCaptureFixture) -> None:
    env.put(raise_long)(1)
    env.session.settle(PATIENCE)
    eventually(lambda: bool(told(caplog)))
    (record,) = told(caplog)
    assert "failure 1 " in record.getMessage()
    assert "in raise_long" in record.getMessage()  # the end of the traceback is what a reader needs
    assert len(record.getMessage()) <= TEXT + 1024


def test_a_failure_that_somebody_has_seen_is_not_logged(env: Env, caplog: pytest.LogCaptureFixture) -> None:
    var = env.put(1) / 0
    with pytest.raises(ZeroDivisionError):
        var.fetch(timeout=PATIENCE)
    del var
    ray_proxy.fetch(env.put([1]), timeout=PATIENCE)
    env.destroy()
    assert told(caplog) == []


def test_errors_that_nobody_saw_when_the_session_ends_are_bounded_as_well(
    env: Env, caplog: pytest.LogCaptureFixture
) -> None:
    fail(env, MANY)
    env.session.settle(PATIENCE)
    env.destroy()
    records = told(caplog)
    assert records
    assert "item 0" in records[0].getMessage()
    assert len(records) <= IN_FULL + 1
    assert sum(len(record.getMessage()) for record in records) <= (IN_FULL + 1) * (TEXT + 1024)

"""Causes, contexts and groups travel with their exceptions."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

import erring
import pytest
from conftest import LoopbackInterpreter
from erring import Counted, Message, chain, fetched, made, noted, raised

from ray_proxy import RemoteTraceback
from ray_proxy.values.exceptions import LONGEST_CHAIN

_nothing_was_made = erring.nothing_was_made
travelled = erring.travelled


# ---------------------------------------------------------------------------------------------------- causes


def test_causes_and_contexts(travelled: Callable[..., Any]) -> None:
    error = travelled(chain)
    second = error.__context__
    assert (type(second), second.code) == (Message, 7)
    assert repr(second.__cause__) == "KeyError('first')"
    assert second.__suppress_context__
    assert second.__context__ is second.__cause__
    assert made == []


def test_a_context_that_is_not_shown(travelled: Callable[..., Any]) -> None:
    def make() -> BaseException:
        error = ValueError("text")
        error.__context__, error.__suppress_context__ = KeyError("hidden"), True
        return error

    error = travelled(make)
    assert repr(error.__context__) == "KeyError('hidden')"
    assert error.__suppress_context__


def test_the_remote_traceback_is_the_cause_of_the_last_of_the_chain(env: LoopbackInterpreter) -> None:
    error = raised(env, chain)
    assert error.__cause__ is None
    last: Any = error.__context__.__cause__  # type: ignore[union-attr]
    assert isinstance(last.__cause__, RemoteTraceback)
    assert "in chain" in str(last.__cause__)
    text = "".join(traceback.format_exception(type(error), error, None))
    places = [text.index(part) for part in ("KeyError: 'first'", "Message: second: 7", "ValueError: third")]
    assert places == sorted(places)


def test_the_remote_traceback_is_the_cause_of_an_error_without_one(env: LoopbackInterpreter) -> None:
    def make() -> BaseException:
        error = ValueError("text")
        error.__context__, error.__suppress_context__ = KeyError("hidden"), True
        return error

    assert isinstance(raised(env, lambda: ValueError("text")).__cause__, RemoteTraceback)
    assert isinstance(raised(env, make).__cause__, RemoteTraceback)


def test_the_cause_of_an_error_stays_the_original_one(env: LoopbackInterpreter) -> None:
    def fail() -> None:
        raise ValueError("outer") from OSError(2, "no", "file.txt")

    with pytest.raises(ValueError, match="outer") as caught:
        env.run(fail).fetch()
    cause: Any = caught.value.__cause__
    assert (type(cause), cause.filename) == (FileNotFoundError, "file.txt")
    assert isinstance(cause.__cause__, RemoteTraceback)


def linked(depth: int) -> BaseException:
    first = error = ValueError(0)
    for at in range(1, depth):
        error.__context__ = ValueError(at)
        error = error.__context__
    return first


def test_a_long_chain_is_cut(travelled: Callable[..., Any]) -> None:
    error = travelled(lambda: linked(5000))
    length = 0
    while isinstance(error, ValueError):
        assert error.args == (length,)
        error, length = error.__context__, length + 1
    assert length == LONGEST_CHAIN + 1


def test_a_chain_that_ends_in_itself(travelled: Callable[..., Any]) -> None:
    def make() -> BaseException:
        error, other = ValueError("one"), KeyError("other")
        error.__cause__, other.__cause__ = other, error
        return error

    error = travelled(make)
    assert error.__cause__.args == ("other",)
    assert error.__cause__.__cause__ is error or isinstance(error.__cause__.__cause__, RemoteTraceback)


def test_a_cause_that_cannot_be_pickled_is_left_out(travelled: Callable[..., Any]) -> None:
    def make() -> BaseException:
        error = Message(7, path="outer")
        error.__cause__ = ValueError("middle")
        error.__cause__.__cause__ = KeyError(threading.Lock())
        return error

    error = travelled(make)
    assert (error.code, repr(error.__cause__)) == (7, "ValueError('middle')")
    assert error.__cause__.__cause__ is None or isinstance(error.__cause__.__cause__, RemoteTraceback)


def test_an_unpicklable_end_of_a_long_chain_does_not_take_long(env: LoopbackInterpreter) -> None:
    def chained() -> BaseException:
        errors = [Counted() for _ in range(LONGEST_CHAIN - 1)]
        for one, other in zip(errors, [*errors[1:], KeyError(threading.Lock())]):
            one.__cause__ = one.__context__ = other
        return errors[0]

    error = fetched(env, chained)
    length = 0
    while isinstance(error, Counted):
        error, length = error.__cause__, length + 1  # type: ignore[assignment]
    assert length == LONGEST_CHAIN - 1
    assert len(made) < LONGEST_CHAIN**2 * 2


# ---------------------------------------------------------------------------------------------------- groups

if sys.version_info >= (3, 11):
    from builtins import BaseExceptionGroup, ExceptionGroup

    class Numbered(ExceptionGroup):  # type: ignore[type-arg]
        def __new__(cls, errors: list[Exception], code: int) -> Numbered:
            made.append("new")
            self = super().__new__(cls, f"number {code}", errors)
            self.code = code
            return self

        code: int

    def test_a_group(travelled: Callable[..., Any]) -> None:
        error = travelled(lambda: noted(ExceptionGroup("all", [Message(7, path="in"), OSError(2, "no", "file")])))
        assert (type(error), error.message, error.__notes__) == (ExceptionGroup, "all", ["a note"])
        first, second = error.exceptions
        assert (first.code, second.filename) == (7, "file")
        assert isinstance(error.split(Message)[0], ExceptionGroup)

    def test_a_group_with_a_new_of_its_own(travelled: Callable[..., Any]) -> None:
        error = travelled(lambda: Numbered([ValueError("in")], 7))
        assert (type(error), error.message, error.code) == (Numbered, "number 7", 7)
        assert repr(error.exceptions) == "(ValueError('in'),)"

    def test_a_group_of_interrupts(travelled: Callable[..., Any]) -> None:
        error = travelled(lambda: BaseExceptionGroup("all", [KeyboardInterrupt()]))
        assert type(error) is BaseExceptionGroup

"""Exceptions that are raised: what cannot come along, and a new one for each raise."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import erring
import pytest
from conftest import LoopbackInterpreter
from erring import Message, OwnReduce, Slotted, fetched, made, noted, raise_it, raised

from ray_proxy import InterpreterDiedError, NotPicklableError, RemoteError
from ray_proxy.errors import LogError
from ray_proxy.protocol import Pickled
from ray_proxy.values.codec import Codec

_nothing_was_made = erring.nothing_was_made
travelled = erring.travelled


# ------------------------------------------------------------------------------------------- what cannot come along


def with_attributes() -> BaseException:
    error = Message(7, path="here")
    error.lock = threading.Lock()  # type: ignore[attr-defined]
    return error


def test_an_error_that_is_raised_comes_without_the_attribute_that_cannot_be_pickled(env: LoopbackInterpreter) -> None:
    error: Any = raised(env, with_attributes)
    assert (type(error), error.code, error.path) == (Message, 7, "here")
    assert not hasattr(error, "lock")
    assert "Left in the interpreter" in str(error.__cause__)
    assert "the attribute 'lock' of the Message, a lock" in str(error.__cause__)


def test_an_error_that_is_raised_comes_without_an_attribute_that_is_large(env: LoopbackInterpreter) -> None:
    def make() -> BaseException:
        error: Any = Message(7, path="here")
        error.data = bytes(2_000_000)
        return error

    error: Any = raised(env, make)
    assert (error.code, error.path, hasattr(error, "data")) == (7, "here", False)
    assert "the attribute 'data' of the Message, a bytes" in str(error.__cause__)


def test_an_error_whose_args_cannot_be_pickled_has_a_stand_in(env: LoopbackInterpreter) -> None:
    error = raised(env, lambda: ValueError(threading.Lock()))
    assert isinstance(error, RemoteError)
    assert error.type_name == "ValueError"


def test_an_exception_that_is_a_value_is_whole_or_refused(env: LoopbackInterpreter) -> None:
    with pytest.raises(NotPicklableError, match="lock"):
        fetched(env, with_attributes)
    with pytest.raises(NotPicklableError, match="lock"):
        env.put(with_attributes())


def test_the_pickle_of_an_error_keeps_no_memory_of_others() -> None:
    memory = bytearray(100)
    error: Any = ValueError("text")
    error.memory = memory
    value, _ = Codec().dump_error(error, 1000)
    memory.extend(b"it can be resized: nobody has a view of it")
    assert isinstance(value, Pickled)


# ----------------------------------------------------------------------------------------- nothing is run for a trial


def test_the_init_of_an_error_is_not_run_for_a_trial(env: LoopbackInterpreter) -> None:
    raised(env, lambda: Message(7, path="here"))
    assert made == ["init"]


def test_the_reducer_of_an_error_is_run_once(env: LoopbackInterpreter) -> None:
    assert repr(raised(env, OwnReduce)) == "ValueError('of my own')"
    assert made == ["reduce"]


# -------------------------------------------------------------------------------------------- a new one for each raise


def test_each_raise_has_an_exception_of_its_own(env: LoopbackInterpreter) -> None:
    failed = env.run(raise_it, (lambda: Slotted("text", 7),))
    errors: list[Any] = []
    for _ in range(2):
        with pytest.raises(Slotted) as caught:
            failed.fetch()
        errors.append(caught.value)
    one, other = errors
    assert one is not other
    assert one.__traceback__ is not other.__traceback__
    assert one.__cause__ is not other.__cause__


def test_each_raise_of_an_error_of_this_process_has_one_too(env: LoopbackInterpreter) -> None:
    error = Slotted("text", 7)
    error.__cause__ = KeyError("why")
    noted(error)
    env.session.fail(error)
    made.clear()
    errors: list[Any] = []
    for _ in range(2):
        with pytest.raises(Slotted) as caught:
            env.put(1)
        errors.append(caught.value)
    one, other = errors
    assert one is not other is not error
    assert (one.code, one.secret(), one.__notes__) == (7, [7], ["a note"])
    assert one.__cause__ is error.__cause__
    assert made == []


@pytest.mark.parametrize("error", [InterpreterDiedError("gone"), LogError("x"), RemoteError("my.Error", "text")])
def test_the_errors_of_the_package_travel(travelled: Callable[..., Any], error: BaseException) -> None:
    came = travelled(lambda: error)
    assert (type(came), came.args, vars(came)) == (type(error), error.args, vars(error))

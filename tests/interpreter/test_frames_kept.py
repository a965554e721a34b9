"""The frames of errors: freed at once, or kept for a debugger where that is wanted."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import cloudpickle
import pytest

from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.interpreter.kept import MOST
from ray_proxy.protocol import Call, Frame, Op, Pickled, Put, Ref


class Local:
    """What a variable of a failing call holds."""


live: list[weakref.ref[Local]] = []


def fails(error: Callable[[], BaseException] = ValueError) -> None:
    import test_frames_kept

    local = test_frames_kept.Local()
    test_frames_kept.live.append(weakref.ref(local))
    raise error()


raises: list[Any] = []


def fails_so() -> None:
    import test_frames_kept

    fails(test_frames_kept.raises.pop())


class Torch(RuntimeError):
    __module__, __qualname__ = "torch.cuda", "OutOfMemoryError"


class OfTorch(Torch):
    pass


@pytest.fixture
def interpreter() -> Interpreter:
    live.clear()
    interpreter = Interpreter()
    interpreter.open("s")
    interpreter.open("t")
    return interpreter


def fail(interpreter: Interpreter, number: int = 1, function: Any = fails, session: str = "s") -> None:
    code = Pickled(cloudpickle.dumps(function), [])
    reply = interpreter.execute(session, Frame(number, [Put(1, code), Call(0, Ref(1), [])]))
    assert reply.failures


def test_what_a_failing_call_holds_is_freed_at_once(interpreter: Interpreter) -> None:
    fail(interpreter)
    assert [local() for local in live] == [None]
    assert interpreter.frames.count() == 0


def test_where_that_is_wanted_the_frames_are_kept(interpreter: Interpreter) -> None:
    interpreter.frames.always = True
    fail(interpreter)
    problem = interpreter.frames.get("s", (1, 1))
    assert isinstance(problem, ValueError)
    assert live[0]() is not None


def test_one_client_may_want_them_and_another_one_not(interpreter: Interpreter) -> None:
    interpreter.frames.want("s")
    fail(interpreter, session="t")
    assert interpreter.frames.count() == 0
    fail(interpreter)
    assert interpreter.frames.count() == 1
    interpreter.frames.want("s", False)
    fail(interpreter, number=2)
    assert interpreter.frames.count() == 1


def test_those_of_the_last_errors_of_each_client_are_kept(interpreter: Interpreter) -> None:
    interpreter.frames.always = True
    fail(interpreter, session="t")
    for number in range(1, MOST + 3):
        fail(interpreter, number)
    assert interpreter.frames.count() == MOST + 1
    assert interpreter.frames.get("s", (2, 1)) is None
    assert interpreter.frames.get("s", (3, 1)) is not None


def test_they_are_let_go_of_when_the_session_ends(interpreter: Interpreter) -> None:
    interpreter.frames.want("s")
    fail(interpreter)
    interpreter.close("s")
    assert interpreter.frames.count() == 0
    assert live[0]() is None
    assert not interpreter.frames.are_wanted("s")


@pytest.mark.parametrize("kind", [MemoryError, Torch, OfTorch], ids=lambda kind: kind.__name__)
def test_those_of_an_error_for_want_of_memory_never_are(interpreter: Interpreter, kind: Any) -> None:
    interpreter.frames.always = True
    raises.append(kind)
    fail(interpreter, function=fails_so)
    assert interpreter.frames.count() == 0
    assert live[0]() is None


def test_nor_those_of_an_error_that_has_come_of_one(interpreter: Interpreter) -> None:
    def catches() -> None:
        try:
            fails(MemoryError)
        except MemoryError as error:
            raise RuntimeError("no room") from error

    interpreter.frames.always = True
    fail(interpreter, function=catches)
    assert interpreter.frames.count() == 0


def test_nor_those_in_which_no_code_of_the_user_has_run(interpreter: Interpreter) -> None:
    interpreter.frames.always = True
    assert interpreter.execute("s", Frame(1, [Op(0, "truediv", [1, 0])])).failures
    assert interpreter.frames.count() == 0

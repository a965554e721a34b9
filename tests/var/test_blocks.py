"""`with v`: which errors are handed to the remote `__exit__`, and where a block ends."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import typing
from contextlib import ExitStack
from typing import Any

import pytest
from conftest import LoopbackInterpreter, eventually

# ---------------------------------------------------------------------------------- errors are handed to `__exit__`


class Transaction:
    def __init__(self) -> None:
        self.ended: Any = None
        self.values: list[int] = []

    def __enter__(self) -> Transaction:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        self.ended = "committed" if kind is None else f"rolled back: {kind.__name__}"
        return False

    def fail(self) -> None:
        raise ValueError("in the middle")


def test_with_hands_the_error_of_a_pipelined_operation_to_exit(env: LoopbackInterpreter) -> None:
    var = env.put(Transaction())
    with pytest.raises(ValueError, match="in the middle"), var as transaction:
        transaction.fail()
    assert var.ended == "rolled back: ValueError"


def test_with_hands_a_local_error_to_exit(env: LoopbackInterpreter) -> None:
    var = env.put(Transaction())
    with pytest.raises(ZeroDivisionError), var:
        1 / 0
    assert var.ended == "rolled back: ZeroDivisionError"


def test_with_commits_when_all_went_well(env: LoopbackInterpreter) -> None:
    var = env.put(Transaction())
    with var as transaction:
        transaction.values.append(1)
    assert var.ended == "committed"


def test_an_error_that_was_handled_inside_the_block_does_not_reach_exit(env: LoopbackInterpreter) -> None:
    var = env.put(Transaction())
    with var as transaction, pytest.raises(ValueError):
        transaction.fail().fetch()
    assert var.ended == "committed"


def test_a_remote_exit_can_swallow(env: LoopbackInterpreter) -> None:
    import contextlib

    with env.run(contextlib.suppress, (ValueError,)):
        raise ValueError


def test_a_failed_enter_does_not_run_the_block(env: LoopbackInterpreter) -> None:
    entered = False
    with pytest.raises((AttributeError, TypeError)), env.put(5):
        entered = True
    assert not entered


@pytest.mark.parametrize("turn", range(8))  # by chance it is right without an order
def test_with_hands_the_first_error_of_two_interpreters_to_exit(
    env: LoopbackInterpreter, other: LoopbackInterpreter, turn: int
) -> None:
    var, values, others = env.put(Transaction()), env.put({}), other.put({})
    first, second = (values, others) if turn % 2 else (others, values)
    with pytest.raises(KeyError, match="first"), var:
        kept = first["first"], second["second"]
    assert var.ended == "rolled back: KeyError"
    del kept


def test_the_first_error_of_a_block_is_handed_to_exit_however_long_the_block_takes(env: LoopbackInterpreter) -> None:
    managed = env.run(contextlib.nullcontext, (5,))
    with pytest.raises(ZeroDivisionError), managed as entered:
        entered / 0  # nobody holds it
        env.session.settle()
        env.session.tick()  # the thread that logs what nobody can see any more comes by
        env.session.tick()
        entered.nope


def test_an_error_of_a_block_that_was_not_handed_to_exit_is_logged(
    env: LoopbackInterpreter, caplog: pytest.LogCaptureFixture
) -> None:
    managed = env.run(contextlib.nullcontext, (5,))
    with pytest.raises(ZeroDivisionError), managed as entered:
        entered / 0
        entered.nope
    eventually(lambda: "no attribute 'nope'" in caplog.text)


# ------------------------------------------------------------------------------- tasks, threads, other interpreters


class Recorder:
    def __init__(self) -> None:
        self.log: list[str] = []

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> Any:
        self.log.append(getattr(kind, "__name__", "None"))
        return threading.Lock() if kind is None else None  # an odd thing to return, and truthy

    async def __aenter__(self) -> Recorder:
        return self

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.log.append(getattr(kind, "__name__", "None"))


def test_a_block_is_that_of_its_task_or_thread(env: LoopbackInterpreter) -> None:
    first, second = env.put(Recorder()), env.put(Recorder())
    inside = asyncio.Event()

    async def a() -> None:
        with first:
            bad = env.put({})["a"]
            inside.set()
            await asyncio.sleep(0.01)
            del bad

    async def b() -> None:
        await inside.wait()
        with second:
            pass

    async def main() -> list[Any]:
        return await asyncio.gather(a(), b(), return_exceptions=True)

    errors = asyncio.run(main())
    assert isinstance(errors[0], KeyError)
    assert errors[1] is None
    assert (first.log.fetch(), second.log.fetch()) == (["KeyError"], ["None"])


def test_a_block_that_is_left_in_another_thread(env: LoopbackInterpreter) -> None:
    var = env.put(Recorder())
    stack = ExitStack()
    thread = threading.Thread(target=lambda: stack.enter_context(typing.cast(Any, var)))
    thread.start()
    thread.join()
    stack.close()
    assert var.log.fetch() == ["None"]


def test_a_block_waits_for_operations_on_other_interpreters(
    env: LoopbackInterpreter, other: LoopbackInterpreter
) -> None:
    var = env.put(Recorder())
    with pytest.raises(KeyError, match="elsewhere"), var:
        bad = other.put({})["elsewhere"]
    del bad
    assert var.log.fetch() == ["KeyError"]


def test_an_error_of_the_block_survives_an_exit_that_fails(env: LoopbackInterpreter) -> None:
    class Fails(Recorder):
        def __exit__(self, kind: Any, error: Any, trace: Any) -> Any:
            raise RuntimeError("exit failed")

    with pytest.raises(RuntimeError, match="exit failed") as caught, env.put(Fails()):
        raise ValueError("of the block")
    assert isinstance(caught.value.__context__, ValueError)


def test_what_is_no_context_manager_says_so(env: LoopbackInterpreter) -> None:
    with pytest.raises(TypeError, match="context manager protocol"), env.put(5):
        pass


def test_an_exception_without_a_pickle_reaches_the_remote_exit_as_its_text(env: LoopbackInterpreter) -> None:
    class Unpicklable(Exception):
        def __reduce__(self) -> Any:
            raise TypeError("no")

    var = env.put(Recorder())
    with pytest.raises(Unpicklable), var:
        raise Unpicklable
    assert var.log.fetch() == ["RemoteError"]

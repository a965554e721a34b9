# ruff: noqa: T100
"""Python's debugger in code of users: it stops there, and shows their frames."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import cloudpickle
import pytest

from ray_proxy.files import PACKAGE
from ray_proxy.interpreter import debugger, kept
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.interpreter.lines import Lines
from ray_proxy.protocol import Call, Frame, Import, Pickled, Put, Ref, Reply


@pytest.fixture
def interpreter() -> Iterator[Interpreter]:
    interpreter = Interpreter(frames=kept.here)
    interpreter.open("s")
    kept.here.always = True
    yield interpreter
    kept.here.always = False
    interpreter.close("s")


@pytest.fixture
def debug(
    interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[Reply, str]]:
    """Runs a function while these commands are typed; gives the reply, and what the debugger has shown."""

    def debug(function: Any, *commands: str, number: int = 1) -> tuple[Reply, str]:
        typed = list(commands)

        def ask(text: str, hidden: bool) -> str | None:
            assert text == "(Pdb) "
            return typed.pop(0) if typed else None

        monkeypatch.setattr(sys, "breakpointhook", debugger.stop)
        monkeypatch.delenv("PYTHONBREAKPOINT", raising=False)
        with Lines(ask).installed():
            put = Put(1, Pickled(cloudpickle.dumps(function), []))
            trace = sys.gettrace()
            reply = interpreter.execute("s", Frame(number, [put, Call(2, Ref(1), [])]))
            assert sys.gettrace() is trace
        assert typed == []
        return reply, capfd.readouterr().out

    return debug


TO_NEXT = ["n"] if sys.version_info >= (3, 13) else []
"""It stops at the call of `breakpoint` there, and after it before."""


def stops() -> int:
    secret = 41
    breakpoint()
    secret += 1
    return secret


def calls() -> int:
    return stops() + 1


def test_it_stops_at_the_line_of_the_caller_and_shows_its_variables(debug: Any) -> None:
    reply, shown = debug(stops, "p secret", "c")
    assert "stops()" in shown
    assert "41" in shown.splitlines()
    assert reply.values == [(1, 42)]


def test_where_shows_the_frames_of_the_user_alone(debug: Any) -> None:
    _, shown = debug(calls, "where", "up", "up", "c")
    assert "calls()" in shown
    assert "stops()" in shown
    assert PACKAGE not in shown
    assert "pytest" not in shown
    assert "Oldest frame" in shown


def test_variables_can_be_changed(debug: Any) -> None:
    reply, _ = debug(stops, "secret = 99", "c")
    assert reply.values == [(1, 100)]


@pytest.mark.parametrize("step", ["n", "s", "r"])
def test_steps_lead_through_code_of_the_user_and_never_into_ours(debug: Any, step: str) -> None:
    def inner() -> int:
        return 5

    def outer() -> int:
        breakpoint()
        one = inner()
        return one + 1

    typed = [*TO_NEXT, *[step] * {"n": 3, "s": 6, "r": 1}[step]]
    reply, shown = debug(outer, *typed, "c") if step == "r" else debug(outer, *typed)
    assert reply.values == [(1, 6)]
    assert PACKAGE not in shown


def test_a_quit_is_an_error_of_the_call(debug: Any) -> None:
    reply, _ = debug(stops, "q")
    assert [error.type_name for error in reply.errors] == ["bdb.BdbQuit"]


def test_the_end_of_input_quits(debug: Any) -> None:
    reply, _ = debug(stops)
    assert [error.type_name for error in reply.errors] == ["bdb.BdbQuit"]


def test_a_coroutine_is_stepped_over_what_it_awaits(debug: Any) -> None:
    async def waits() -> int:
        import asyncio

        breakpoint()
        await asyncio.sleep(0.01)
        later = 7
        return later

    import asyncio

    def run() -> int:
        return asyncio.new_event_loop().run_until_complete(waits())

    reply, shown = debug(run, *TO_NEXT, "n", "n", "p later", "c")
    assert "7" in shown.splitlines()
    assert reply.values == [(1, 7)]


def test_another_debugger_can_be_named(debug: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent() -> int:
        import os

        os.environ["PYTHONBREAKPOINT"] = "0"
        breakpoint()
        return 1

    reply, shown = debug(silent)
    assert (reply.values, shown) == ([(1, 1)], "")


# ---------------------------------------------------------------------------------------- post-mortem


def fails(x: int) -> float:
    inner = x * 2
    return inner / 0


def test_the_frames_of_an_error_can_be_looked_into(debug: Any) -> None:
    reply, _ = debug(lambda: fails(21))
    assert reply.failures
    reply, shown = debug(lambda: debugger.post_mortem("s", (1, 1)), "p inner, x", "where", "q", number=2)
    assert reply.values == [(1, True)]
    assert "(42, 21)" in shown
    assert "fails(" in shown
    assert PACKAGE not in shown


def test_without_frames_nothing_is_debugged(interpreter: Interpreter) -> None:
    assert not debugger.post_mortem("s", (7, 0))


def test_it_is_found_there_by_its_name(interpreter: Interpreter) -> None:
    assert not interpreter.execute("s", Frame(1, [Import(1, "ray_proxy.interpreter.debugger")])).failures

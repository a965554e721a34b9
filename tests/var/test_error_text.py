"""The text of an error that holds a Var never raises; that of the Var itself raises the Var's error, as ever."""

from __future__ import annotations

import builtins
import contextlib
import io
import logging
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from conftest import ROOT, LoopbackInterpreter

import ray_proxy
from ray_proxy import Var

error: Any = None
"""A global, for the functions below."""


class Told(Exception):
    """An error whose text is made by code of its own."""

    def __str__(self) -> str:
        return "told: " + self.text()

    def text(self) -> str:
        return ", ".join(str(arg) for arg in self.args)


class Box:
    """Has an error, or a Var, in different ways."""

    def __init__(self, content: Any) -> None:
        self._content = content
        self.plain = content

    @property
    def content(self) -> Any:
        return self._content if self._content is not None else self.plain

    @property
    def counted(self) -> Any:
        self.reads = getattr(self, "reads", 0) + 1
        return self._content


@pytest.fixture
def failed(env: LoopbackInterpreter) -> Var[Any]:
    return env.put({})["missing"]


def by_percent_s(e: Any) -> str:
    return "it failed: %s" % e  # noqa: UP031


def by_percent_tuple(e: Any) -> str:
    return "%s failed: %s" % ("it", e)  # noqa: UP031


def by_global(e: Any) -> str:
    global error
    error = e
    try:
        return str(error)
    finally:
        error = None


def by_closure(e: Any) -> str:
    return (lambda: str(e))()


def by_print(e: Any) -> str:
    file = io.StringIO()
    print("it failed:", e, file=file)
    return file.getvalue()


def by_two(e: Any) -> str:
    one = other = e
    return "{} {}".format(one, other)  # noqa: UP032


def by_traceback(e: Any) -> str:
    return "".join(traceback.format_exception(type(e), e, None))


def by_logging(e: Any) -> str:
    record = logging.LogRecord("name", logging.ERROR, "path", 1, "it failed: %s", (e,), None)
    return record.getMessage()


def by_handler(e: Any) -> str:
    try:
        raise e
    except Exception as caught:
        return str(caught)


def by_raises(e: Any) -> str:
    with pytest.raises(type(e)) as caught:
        raise e
    return str(caught.value)


def by_attribute(e: Any) -> str:
    box = Box(e)
    return str(box.plain)


def by_property(e: Any) -> str:
    box = Box(e)
    return str(box.content)


def by_item(e: Any) -> str:
    errors = [e]
    return str(errors[0])


def in_a_loop(e: Any) -> str:
    text = ""
    for _ in range(100):  # until Python has specialised the instruction
        text = str(e)
    return text


ASK: list[Callable[[Any], str]] = [
    lambda e: str(e),
    lambda e: repr(e),
    lambda e: f"{e}",
    lambda e: f"{e!s}",
    lambda e: f"it failed: {e!r:>10}",
    lambda e: "it failed: {}".format(e),  # noqa: UP032
    lambda e: format(e),
    by_percent_s,
    by_percent_tuple,
    by_global,
    by_closure,
    by_print,
    by_two,
    by_traceback,
    by_logging,
    by_handler,
    by_raises,
    by_attribute,
    by_property,
    by_item,
    in_a_loop,
]
NAMES = [f"{at} {ask.__name__}" for at, ask in enumerate(ASK)]


@pytest.mark.parametrize("ask", ASK, ids=NAMES)
@pytest.mark.parametrize(
    "make", [KeyError, ValueError, lambda var: Told("more", var), lambda var: LookupError([{"of": var}], 2)]
)
def test_the_text_of_an_error_tells_of_the_var_and_the_remedy(
    failed: Var[Any], make: Callable[[Any], BaseException], ask: Callable[[Any], str]
) -> None:
    text = ask(make(failed))
    assert "<Var@loopback[loopb]: it has failed with KeyError('missing'); its fetch() raises that>" in text


@pytest.mark.parametrize("ask", ASK, ids=NAMES)
def test_the_text_of_the_var_itself_raises_its_error(failed: Var[Any], ask: Callable[[Any], str]) -> None:
    if ask is by_traceback or ask is by_handler or ask is by_raises:
        return  # a Var cannot be raised
    with pytest.raises(KeyError, match="missing"):
        ask(failed)


@pytest.mark.parametrize("ask", ASK, ids=NAMES)
def test_so_does_that_of_a_list_of_it(failed: Var[Any], ask: Callable[[Any], str]) -> None:
    if ask is by_traceback or ask is by_handler or ask is by_raises:
        return
    with pytest.raises(KeyError, match="missing"):
        ask([failed])


def test_it_raises_where_an_error_is_there_too(failed: Var[Any]) -> None:
    e = KeyError(failed)
    with pytest.raises(KeyError, match="missing"):
        print(e, failed, file=io.StringIO())
    with pytest.raises(KeyError, match="missing"):
        str(e.args[0])
    try:
        raise e
    except KeyError:
        with pytest.raises(KeyError, match="missing"):
            str(failed)


def test_it_raises_where_that_cannot_be_told(failed: Var[Any]) -> None:
    box = Box(KeyError(failed))
    with pytest.raises(KeyError, match="missing"):
        str(box.counted)
    assert box.reads == 1  # nothing was executed to find out


def test_a_var_that_has_a_value_is_told_in_the_text_of_an_error(env: LoopbackInterpreter) -> None:
    e, computed, known = KeyError(env.put([1])), ValueError(env.put([1]) + [2]), ValueError(env.put(3))
    assert str(e) == "Var@loopback[loopb]:[1]"
    assert str(computed) == "Var@loopback[loopb]:[1, 2]"
    assert str(known) == "Var@loopback[loopb]:3"


def test_the_text_of_an_error_leaves_the_errors_of_the_thread_to_its_next_wait(env: LoopbackInterpreter) -> None:
    numbers = env.put([1])
    numbers[5] = 0
    e = KeyError(numbers)
    assert str(e) == "Var@loopback[loopb]:[1]"
    with pytest.raises(IndexError):
        env.sync()


def test_the_text_of_an_error_of_a_session_that_has_ended(env: LoopbackInterpreter) -> None:
    e = KeyError(env.put([1]))
    env.destroy()
    text = str(e)
    assert "it has failed with InterpreterDiedError" in text


def test_the_errors_of_pandas_can_be_told(env: LoopbackInterpreter) -> None:
    frame = pd.DataFrame({"k": [1, 2, 3]})
    failed = env.put({})["missing"]
    try:
        frame[failed]
    except Exception as e:
        str(e)
        repr(e)
    with contextlib.suppress(KeyError):
        env.sync()


def test_an_error_that_nobody_catches_is_printed() -> None:
    program = """
import sys, threading
sys.path.insert(0, "tests")
from conftest import LoopbackInterpreter
env = LoopbackInterpreter.make()
def fail():
    if sys.argv[1] == "error":
        raise ValueError(env.put({})["missing"])
    env.put([1]).appendd.fetch()
if sys.argv[2] == "thread":
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
else:
    fail()
"""
    for kind, told in (
        ("error main", "it has failed with KeyError('missing')"),
        ("error thread", "it has failed with KeyError('missing')"),
        ("obj main", "has no attribute 'appendd'"),
        ("obj thread", "has no attribute 'appendd'"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", program, *kind.split()],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert told in done.stderr
        assert "exception str() failed" not in done.stderr


@pytest.mark.parametrize(
    "use",
    [
        lambda env, failed: env.run(print, (), failed),
        lambda env, failed: env.module(failed),
        lambda env, failed: env[failed],
        lambda env, failed: ray_proxy.fetch([failed]),
        lambda env, failed: env.run(print, (), [failed]),
    ],
    ids=["kwargs", "module", "name", "fetch", "list"],
)
def test_an_error_of_ours_that_tells_of_a_failed_var_is_that_error(
    env: LoopbackInterpreter, failed: Var[Any], use: Callable[[Any, Any], object]
) -> None:
    with pytest.raises(TypeError, match="whose repr fails"):
        use(env, failed)


class Listed:
    def __dir__(self) -> list[str]:
        asked.append("dir")
        return ["name"]


asked: list[str] = []


def test_printing_an_attribute_error_asks_the_interpreter_nothing(env: LoopbackInterpreter) -> None:
    with pytest.raises(AttributeError) as caught:
        env.run(Listed).nam.fetch()
    assert "name" in dir(caught.value.obj)
    asked.clear()
    text = "".join(traceback.format_exception(type(caught.value), caught.value, caught.value.__traceback__))
    assert "has no attribute 'nam'" in text
    assert asked == []


def test_print_may_be_another_function(failed: Var[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray puts one of its own there, which calls the builtin."""
    present: Any = builtins.print
    before = getattr(present, "__globals__", {}).get("_print", present)  # Ray may have put its own there already
    file = io.StringIO()

    def safe_print(*args: Any, **kwargs: Any) -> None:
        return before(*args, **kwargs)

    monkeypatch.setattr(builtins, "print", safe_print)
    error = KeyError(failed)
    print("it failed:", error, file=file)
    assert "its fetch() raises that" in file.getvalue()
    with pytest.raises(KeyError, match="missing"):
        print(failed, file=file)

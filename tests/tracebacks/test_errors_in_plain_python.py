"""What plain Python shows of errors of remote code: the user's own lines, the whole message, and none of our frames."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from conftest import LoopbackInterpreter

from ray_proxy import protocol
from ray_proxy.tracebacks.showing import text_of


def text_where(env: LoopbackInterpreter, fails: Callable[[], Any]) -> str:
    """What is shown where remote code does this."""
    with pytest.raises(BaseException) as raised:
        env.run(fails).fetch()  # asked
    text = text_of(raised.value)
    assert text is not None
    assert "ray_proxy/" not in text.replace(__file__, "")
    assert "RemoteTraceback" not in text
    assert text.count("# asked") == 1
    return text


class Odd(Exception):
    """One of each kind is made of it."""


def no_text(self: object) -> str:
    raise KeyError


def ends(self: object) -> str:
    raise SystemExit


def asked(self: object, name: str) -> str:
    raise KeyError(name)


def refuses(self: object, name: str, value: object) -> None:
    raise TypeError(name)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"__str__": no_text}, "<exception str() failed>"),
        ({"__str__": ends}, "<exception str() failed>"),
        ({"__getattr__": asked}, "odd"),
        ({"__setattr__": refuses}, "odd"),
        ({"__cause__": None, "__traceback__": None}, "odd"),
    ],
)
def test_of_an_odd_class(env: LoopbackInterpreter, members: dict[str, Any], message: str) -> None:
    kind = type("Kind", (Odd,), members)

    def fails() -> None:
        raise kind("odd")  # there

    text = text_where(env, fails)
    assert text.count("# there") == 1
    assert f"Kind: {message}\n" in text


@pytest.mark.parametrize("notes", [5, "text", [5, None]])
def test_with_odd_notes(env: LoopbackInterpreter, notes: object) -> None:
    def fails() -> None:
        error = Odd("odd")
        error.__notes__ = notes  # type: ignore[assignment]
        raise error  # there

    assert "# there" in text_where(env, fails)


def test_the_whole_message_is_shown(env: LoopbackInterpreter) -> None:
    def fails() -> None:
        raise Odd("line\n" * 300)

    assert text_where(env, fails).count("line\n") == 300


def test_what_has_led_to_it_there_has_no_lines_of_it(env: LoopbackInterpreter) -> None:
    def fails() -> None:
        try:
            raise KeyError("first")
        except KeyError as error:
            raise Odd("second") from error  # there

    text = text_where(env, fails)
    first, second = text.split("direct cause of the following exception")
    assert first.startswith("KeyError: 'first'\n")
    assert "# there" in second


def test_ctrl_c_that_was_pressed_again_is_one_error(env: LoopbackInterpreter) -> None:
    with pytest.raises(KeyboardInterrupt) as raised:
        try:
            env.run(lambda: 1 / 0).fetch()
        except ZeroDivisionError:
            try:
                raise KeyboardInterrupt
            except KeyboardInterrupt:
                raise KeyboardInterrupt  # noqa: B904
    text = text_of(raised.value)
    assert text is not None
    assert text.count("KeyboardInterrupt\n") - text.count("raise KeyboardInterrupt\n") == 1


@pytest.mark.skipif(sys.version_info < (3, 11), reason="there are no groups of errors before Python 3.11")
def test_of_a_group(env: LoopbackInterpreter) -> None:
    def fails() -> None:
        raise ExceptionGroup("all", [Odd("first"), Odd("line\n" * 100)])  # noqa: F821

    text = text_where(env, fails)
    assert "Odd: first\n" in text
    assert text.count("line\n") == 100

    def goes_on() -> None:
        try:
            fails()
        except ExceptionGroup as group:  # noqa: F821
            raise Odd("after") from group  # there

    first, second = text_where(env, goes_on).split("direct cause of the following exception")
    assert first.startswith("  | ExceptionGroup: all")
    assert "# there" in second


@pytest.mark.skipif(sys.version_info < (3, 11), reason="there are no groups of errors before Python 3.11")
def test_the_remote_text_of_a_group_has_no_lines_of_ours(env: LoopbackInterpreter) -> None:
    def fails() -> None:
        try:
            protocol.decode_frame(b"")
        except Exception as error:
            raise ExceptionGroup("all", [error]) from None  # noqa: F821

    with pytest.raises(ExceptionGroup) as raised:  # noqa: F821
        env.run(fails).fetch()
    assert 'protocol.decode_frame(b"")' in str(raised.value.__cause__)
    assert "ray_proxy/" not in str(raised.value.__cause__)

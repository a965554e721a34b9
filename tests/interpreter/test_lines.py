"""What code of users gets from `input`, `getpass` and `sys.stdin`, where lines are asked of somebody."""

from __future__ import annotations

import builtins
import getpass
import io
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ray_proxy.interpreter.lines import Lines


class Typist:
    """Tells lines, one after the other, and keeps what was shown."""

    def __init__(self, *lines: str | None) -> None:
        self.lines = list(lines)
        self.asked: list[tuple[str, bool]] = []

    def ask(self, text: str, hidden: bool) -> str | None:
        self.asked.append((text, hidden))
        return self.lines.pop(0)


@pytest.fixture
def types() -> Iterator[Callable[..., Typist]]:
    installed: list[Lines] = []

    def types(*lines: str | None) -> Typist:
        typist = Typist(*lines)
        installed.append(Lines(typist.ask))
        installed[-1].install()
        return typist

    yield types
    for lines in reversed(installed):
        lines.uninstall()


def test_input_shows_its_text_and_gives_the_line(types: Any) -> None:
    typist = types("Ada")
    assert input("name? ") == "Ada"
    assert typist.asked == [("name? ", False)]


def test_what_is_shown_may_be_any_object(types: Any) -> None:
    typist = types("", "")
    input(17)
    input()
    assert typist.asked == [("17", False), ("", False)]


def test_getpass_hides_what_is_typed(types: Any) -> None:
    typist = types("secret", "other")
    assert (getpass.getpass(), getpass.getpass("Key: ")) == ("secret", "other")
    assert typist.asked == [("Password: ", True), ("Key: ", True)]


@pytest.mark.parametrize("ask", [lambda: input("name? "), lambda: getpass.getpass()])
def test_the_end_of_input_is_an_eof_error(types: Any, ask: Callable[[], str]) -> None:
    types(None)
    with pytest.raises(EOFError):
        ask()


def test_the_stream_gives_a_line_at_a_time(types: Any) -> None:
    typist = types("one", "two")
    assert sys.stdin.readline() == "one\n"
    assert len(typist.asked) == 1
    assert sys.stdin.readline() == "two\n"


def test_the_stream_is_iterated_and_read_to_its_end(types: Any) -> None:
    types("one", "", "zwei ä", None, "more", None)
    assert list(sys.stdin) == ["one\n", "\n", "zwei ä\n"]
    assert sys.stdin.read() == "more\n"


def test_after_its_end_the_stream_asks_again(types: Any) -> None:
    types(None, "more")
    assert (sys.stdin.readline(), sys.stdin.readline()) == ("", "more\n")


def test_a_long_line_comes_whole(types: Any) -> None:
    types("x" * 100_000)
    assert sys.stdin.readline() == "x" * 100_000 + "\n"


def test_the_bytes_below_the_stream_are_there(types: Any) -> None:
    types("ä")
    assert sys.stdin.buffer.readline() == "ä\n".encode()


def test_the_stream_is_no_terminal_and_has_no_file(types: Any) -> None:
    types()
    assert not sys.stdin.isatty()
    with pytest.raises(io.UnsupportedOperation):
        sys.stdin.fileno()


def test_an_error_of_who_asks_comes_through_the_stream(types: Any) -> None:
    def ask(text: str, hidden: bool) -> str | None:
        raise KeyboardInterrupt

    with Lines(ask).installed(), pytest.raises(KeyboardInterrupt):
        sys.stdin.readline()


def test_a_stream_that_user_code_has_put_there_is_read(types: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    types()
    monkeypatch.setattr(sys, "stdin", io.StringIO("from a text\n"))
    assert input() == "from a text"


def test_the_functions_are_pickled_by_their_names(types: Any) -> None:
    types()
    for function in (builtins.input, getpass.getpass):
        assert pickle.loads(pickle.dumps(function)) is function


def test_afterwards_all_is_as_it_was() -> None:
    before = builtins.input, getpass.getpass, sys.stdin
    with Lines(Typist().ask).installed():
        assert builtins.input is not before[0]
    assert (builtins.input, getpass.getpass, sys.stdin) == before


def test_other_threads_read_what_was_there_before(types: Any) -> None:
    types("before", "and before")
    with Lines(Typist("now").ask, others=frozenset({threading.get_ident()})).installed():
        assert input() == "before"
        assert sys.stdin.readline() == "and before\n"

"""Where code of users gets the lines that it asks for: `input`, `getpass.getpass` and `sys.stdin`.

Knows not who types them.
"""

from __future__ import annotations

import builtins
import contextlib
import getpass
import io
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, TextIO

Ask = Callable[[str, bool], "str | None"]
"""Gives the line for a text that is shown, without its end; None: there is no more input. It may be typed unseen."""


class Lines:
    """Puts functions and a stream in the place of Python's own, which ask.

    Args:
        others: threads whose code is not meant: it has what was there before.
    """

    def __init__(self, ask: Ask, others: frozenset[int] = frozenset()) -> None:
        self._ask = ask
        self._others = others
        self._before: Any = None
        self.stdin: TextIO = io.TextIOWrapper(io.BufferedReader(_Typed(self._line)), "utf-8", "replace")
        self._functions = self._made()

    def install(self) -> None:
        self._before = builtins.input, getpass.getpass, sys.stdin
        builtins.input, getpass.getpass = self._functions
        sys.stdin = self.stdin

    def uninstall(self) -> None:
        builtins.input, getpass.getpass, sys.stdin = self._before

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        self.install()
        try:
            yield
        finally:
            self.uninstall()

    def _is_meant(self) -> bool:
        return threading.get_ident() not in self._others

    def _line(self) -> str | None:
        """The next line of the stream."""
        if self._is_meant():
            return self._ask("", False)
        before = self._before[2]
        line: str = "" if before is None else before.readline()
        return line.removesuffix("\n") if line else None

    def _made(self) -> tuple[Callable[..., str], Callable[..., str]]:
        """As functions of those modules, by whose names they are pickled."""

        def input(prompt: object = "", /) -> str:
            if not self._is_meant() or sys.stdin is not self.stdin:  # code of the user has put another one there
                line: str = self._before[0](prompt)
                return line
            return _or_end(self._ask(str(prompt), False))

        def getpass(prompt: str = "Password: ", stream: Any = None, **options: Any) -> str:
            if not self._is_meant():
                line: str = self._before[1](prompt, stream, **options)
                return line
            return _or_end(self._ask(str(prompt), True))

        for function, module in ((input, "builtins"), (getpass, "getpass")):
            function.__module__, function.__qualname__ = module, function.__name__
        input.__doc__, getpass.__doc__ = builtins.input.__doc__, _GETPASS
        return input, getpass


_GETPASS = getpass.getpass.__doc__


def _or_end(line: str | None) -> str:
    if line is None:
        raise EOFError("EOF when reading a line")
    return line


class _Typed(io.RawIOBase):
    """The bytes of lines that come one by one. After the end of input, it asks again, as a terminal does."""

    name = "<stdin>"
    mode = "r"

    def __init__(self, line: Callable[[], str | None]) -> None:
        self._line = line
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        if not self._rest:
            line = self._line()
            if line is None:
                return 0
            self._rest = f"{line}\n".encode(errors="replace")
        part, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)

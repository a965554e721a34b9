"""IPython's `%pdb on` and `%debug`: for an error of remote code, the frames that are in the interpreter.

While `%pdb` is on, interpreters keep the frames of this process's errors.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable
from typing import Any

from ..errors import RayProxyError
from ..session.connected import conversations, on_begin
from ..session.failure import failure_of
from ..var.debugging import pm

_EVENTS = ("pre_run_cell", "post_run_cell")
_installed: dict[int, _Debugging] = {}
"""By the ids of their shells."""


class _Debugging:
    """What is put into one shell."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._is_on = False
        """Interpreters keep frames."""
        self._debugger: Callable[..., Any] = shell.debugger
        self._pdb: Callable[..., Any] = shell.find_line_magic("pdb")
        shell.debugger = self._debug
        shell.magics_manager.magics["line"]["pdb"] = functools.wraps(self._pdb)(lambda line: self._switch(line))
        for event in _EVENTS:
            shell.events.register(event, self._follow)
        on_begin.append(self._begin)
        self._follow()

    def remove(self) -> None:
        on_begin.remove(self._begin)
        for event in _EVENTS:
            self._shell.events.unregister(event, self._follow)
        self._shell.magics_manager.magics["line"]["pdb"] = self._pdb
        del self._shell.debugger
        if self._is_on:
            self._tell(False)

    def _debug(self, force: bool = False) -> Any:
        """In the place of `shell.debugger`, which is called after an error while `%pdb` is on, and by `%debug`."""
        error = getattr(sys, "last_value", None)
        if (force or self._shell.call_pdb) and error is not None and failure_of(error) is not None:
            with contextlib.suppress(RayProxyError):  # its frames are not kept: those of this process are shown
                return pm(error)
        return self._debugger(force=force)

    def _switch(self, line: str) -> Any:
        """In the place of `%pdb`."""
        try:
            return self._pdb(line)
        finally:
            self._follow()

    def _follow(self, *_: object) -> None:
        """Code may have switched it, too."""
        if self._is_on != bool(self._shell.call_pdb):
            self._is_on = not self._is_on
            self._tell(self._is_on)

    def _tell(self, wanted: bool) -> None:
        for session in conversations():
            if session.line.is_wanted and not session.is_broken():
                _keep(session, wanted)

    def _begin(self, session: Any) -> None:
        if self._is_on:
            _keep(session, True)


def _keep(session: Any, wanted: bool) -> None:
    """Have frames of errors kept for a session from now on, or no more."""
    if session.link is None:
        return

    def keep(session: str, wanted: bool) -> None:  # it travels by value: older releases have no such file
        try:
            from ray_proxy.interpreter.kept import here
        except ImportError:
            return
        here.want(session, wanted)

    with contextlib.suppress(RayProxyError):  # it has just ended
        session.env().run(keep, (session.name, wanted))


def install(shell: Any) -> None:
    if id(shell) not in _installed:
        _installed[id(shell)] = _Debugging(shell)


def uninstall(shell: Any) -> None:
    if id(shell) in _installed:
        _installed.pop(id(shell)).remove()

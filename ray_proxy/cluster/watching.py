"""Edits that are pushed as files are saved, also into a loop that runs in an interpreter: `watch`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

from ..errors import RayProxyWarning
from ..protocol import Applied, Code, Deliver, Message, Older, Status, Text
from ..session.bringing import LOOK, Bringing, Brought
from ..session.callers import Asker, Here, Where
from .link import client
from .projects import project_of
from .remote import RemoteInterpreter

_AGAIN = 2.0
"""Seconds between two looks which modules the interpreter has."""


class _Watcher:
    """What `Bringing` takes for a session: what it submits is delivered at once."""

    minor = 4

    def __init__(self, env: RemoteInterpreter, tell: Callable[[str], object]) -> None:
        self._env = env
        self._tell = tell
        self.name = ""

    def submit(self, key: Any, message: Message) -> None:
        assert isinstance(key, Brought)
        assert isinstance(message, Code)
        told = self._env.control(Deliver("", message, now=True))
        if "refused" in told:
            self._tell(f"refused: {told['refused']}")
        else:
            older = [Older(*each) for each in told.get("older", ())]
            key.value = Applied(told.get("applied", ""), told.get("notes", []), older)
            if key.value.edits:
                self._tell(key.value.edits)
        key.settle()

    submit_first = submit

    def asker(self) -> Asker:
        return None, 0, Here()

    caller = asker

    def warn(self, text: str, category: type[RayProxyWarning], place: Where | None) -> None:
        self._tell(text)

    def deliver(self, code: Code) -> None:
        """Nothing is asked of a watcher."""

    def label(self) -> str:
        return self._env.session.label()


def _find(module: str, file: str) -> None:
    """Have a module found whose file is here, wherever this process was started."""
    folder = os.path.dirname(file)
    depth = module.count(".") + (os.path.basename(file) == "__init__.py")
    for _ in range(depth):
        folder = os.path.dirname(folder)
    if os.path.isfile(file) and folder not in sys.path:
        sys.path.append(folder)


def watch(env: RemoteInterpreter, tell: Callable[[str], object], goes_on: Callable[[], bool] = lambda: True) -> None:
    """Apply edits of the interpreter's project code as their files are saved on this machine.

    A function that runs goes on with its old text; the next call has the new one.

    Args:
        tell: is given what was applied, or refused, in words.
        goes_on: asked about fifty times a second; False ends it.

    Raises:
        InterpreterDiedError: it has ended.
    """
    project = project_of(True)
    assert project is not None
    owner, bringing = _Watcher(env, tell), Bringing(project, client())
    known, due = -1, 0.0
    while goes_on():
        if time.monotonic() > due:
            due = time.monotonic() + _AGAIN
            listed = env.control(Status()).get("code", [])
            for told in listed:
                _find(told["module"], told["file"])
            bringing.meet(
                Text(told["module"], bytes.fromhex(told["digest"]), told["file"], int(told["saved"] * 1e9))
                for told in listed
            )
            if bringing.count() != known:
                known = bringing.count()
                tell(f"watching {known} of the {len(listed)} modules that the interpreter has")
        bringing.look(owner)
        time.sleep(LOOK)

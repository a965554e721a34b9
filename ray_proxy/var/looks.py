"""What is known of a remote object, told within a moment also while the interpreter is busy: for Tab and help.

Sends no operation. What does not answer in time is told from what was heard of the object's class before.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import weakref
from collections.abc import Callable
from typing import Any

from ..looking.reading import ABSENT
from ..looking.steps import Path, look
from ..protocol import Describe, Error
from ..session.asked import UNKNOWN
from ..session.session import Handle, Session

MOMENT = 0.3
"""Seconds in all."""
_KEPT = 512
"""Answers about classes that are kept."""

_types: dict[tuple[str, str, int, str, str], str] = {}
"""Names of the classes of what was looked at: by interpreter, session, id, name and path."""
_told: dict[tuple[str, str, str], Any] = {}
"""What was told of the objects of a class: by interpreter, class, aspect."""
_sent: dict[tuple[str, int], Callable[[], object]] = {}
"""Weakly, definitions of this process that variables were made of: by session and id."""
_workers: list[_Worker] = []
"""Those that are free."""


class _Worker(threading.Thread):
    """Makes requests, one at a time; one that hangs keeps it, and another is made."""

    def __init__(self) -> None:
        super().__init__(name="ray-proxy-look", daemon=True)
        self.requests: queue.SimpleQueue[_Request] = queue.SimpleQueue()

    def run(self) -> None:
        while True:
            request = self.requests.get()
            with contextlib.suppress(Exception):  # it has ended, or is not reached
                request.told = request.link.control(request.what).get("described")
            _workers.append(self)
            request.done.set()
            del request


class _Request:
    def __init__(self, link: Any, what: Describe) -> None:
        self.link: Any = link
        self.what: Describe = what
        self.told: dict[str, Any] | None = None
        self.done: threading.Event = threading.Event()


def sent_from_here(handle: Handle, definition: object) -> None:
    """This function or class was sent, and the variable is that."""
    with contextlib.suppress(TypeError):  # no weak reference to such a thing can be made
        _keep(_sent, (handle.session.name, handle.id), weakref.ref(definition))


def look_at(handle: Handle, path: Path, aspect: str) -> dict[str, Any]:
    """What `protocol.Describe` gives of a variable, or of what a path leads to from there."""
    failure = handle.failure
    if failure is not None:
        error = failure.error
        text = error.text if isinstance(error, Error) else f"{type(error).__name__}: {error}"
        return {"found": False, "failed": text.strip()}
    if handle.is_known() and handle.value is not UNKNOWN:
        return look(handle.value, path, aspect, 2000, lively=False)
    definition = _sent.get((handle.session.name, handle.id), _none)()
    if definition is not None:
        return look(definition, path, aspect, 2000, lively=False)
    if handle.session.link is None:
        return _ask_here(handle, path, aspect)
    return _ask(handle.session, handle.id, "", path, aspect)


def _ask_here(handle: Handle, path: Path, aspect: str) -> dict[str, Any]:
    """In an interpreter of this process, which has no control connection, and is free whenever this runs."""
    if path or aspect != "members":
        return {"found": False}
    try:
        names: list[str] = handle.session.ask("dir", handle)
    except Exception:
        return {"found": False}
    return {"found": True, "type": "", "members": names}


def look_at_name(session: Session, name: str, path: Path, aspect: str) -> dict[str, Any]:
    """The same for a named variable; without a name, about all names."""
    return _ask(session, 0, name, path, aspect)


def text_of(told: dict[str, Any]) -> str:
    """What was told about an object, as text for a terminal."""
    if not told.get("found"):
        failed = told.get("failed")
        return f"failed: {failed}" if failed else "Nothing is known of it yet: it is still to be computed."
    about: dict[str, str] = told.get("about") or {}
    head = f"{about.get('text', '')}{about.get('signature', '')}"
    return "\n\n".join(part for part in (told.get("type", ""), head, about.get("docstring", "")) if part)


def names_for_tab(handle: Handle) -> list[str]:
    """What `rlcompleter` offers after ``v.``"""
    return [*look_at(handle, [], "members").get("members", ()), "env", "fetch"]


def _ask(session: Session, id: int, name: str, path: Path, aspect: str) -> dict[str, Any]:
    told: dict[str, Any] | None = None
    if session.link is not None and session.line.is_begun and session.minor >= 5 and session.broken is None:
        what = Describe(session.name, id, name, path, aspect)  # type: ignore[arg-type]
        told = _within_a_moment(_Request(session.link, what))
    where = (session.interpreter, session.name, id, name, repr(path))
    if told is not None and not told.get("found") and told.get("running") is False:
        return told  # it was asked itself, and there is no such thing
    if told is None or not told.get("found"):
        kind = _types.get(where)
        known = ABSENT if kind is None or aspect == "keys" else _told.get((session.interpreter, kind, aspect), ABSENT)
        return {"found": False} if known is ABSENT else {"found": True, "type": kind, aspect: known}
    if told.get("type"):
        _keep(_types, where, told["type"])
        if aspect != "keys":
            _keep(_told, (session.interpreter, told["type"], aspect), told.get(aspect))
    return told


def _within_a_moment(request: _Request) -> dict[str, Any] | None:
    try:
        worker = _workers.pop()
    except IndexError:
        if sum(isinstance(thread, _Worker) for thread in threading.enumerate()) >= 8:
            return None  # that many hang
        worker = _Worker()
        worker.start()
    worker.requests.put(request)
    request.done.wait(MOMENT)
    return request.told


def _none() -> None:
    return None


def _keep(table: dict[Any, Any], key: Any, value: Any) -> None:
    table[key] = value
    while len(table) > _KEPT:
        table.pop(next(iter(table)), None)

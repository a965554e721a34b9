"""What a session needs of a channel, and of the process it runs in.

Code may come between any two calls of ours, on the same thread, and use the same session: a signal handler, a
finalizer, a callback of a weak reference, a tracer. A lock does not help against that, so what changes shared state

1. prepares everything in locals: this may be interrupted, entered again, and thrown away;
2. checks, by identity or number, that nobody has changed the state meanwhile;
3. commits by plain stores, or by one call of C, on the line of the check: a tracer comes between any two lines.

Who loses the check prepares again. Between check and commit stands no call, because Python runs handlers, and switches
threads, at calls and at jumps back (CPython 3.10 to 3.14, with its global lock). What a loop tests is a local, for a
handler may run after an attribute was tested; and what is stored is made before the check, for making it may run the
garbage collector.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from typing import Protocol

from ..files import PACKAGE

_LIBRARY = os.path.dirname(os.__file__) + os.sep
_INSTALLED = f"{os.sep}site-packages{os.sep}"


def is_of_others(error: BaseException) -> bool:
    """Whether a signal handler, or other code that came in the middle of ours, has raised this error, and no channel:
    an alarm raises TimeoutError, which is an OSError, too."""
    at = error.__traceback__
    while at is not None:
        file = at.tb_frame.f_code.co_filename
        if not file.startswith(PACKAGE):
            of_channels = f"{_INSTALLED}ray{os.sep}" if _INSTALLED in file else _LIBRARY
            return of_channels not in file
        at = at.tb_next
    return False


class Channel(Protocol):
    """What carries frames to an interpreter and replies back, whole and in order.

    An interrupt (Ctrl-C) may come anywhere in `send` and `pump`, and loses nothing.
    """

    def send(self, data: bytes, number: int = 0) -> None:
        """Take a frame, and send what can be sent without waiting. Frames are numbered upwards; one that was taken
        before is not taken again, save where it has no number (0). Raises `OSError`."""

    def push(self) -> None:
        """Send what can be sent of the backlog without waiting. Raises `OSError`."""

    def pump(self, timeout: float | None) -> Sequence[bytes]:
        """Replies that were not confirmed yet; where there are none, wait at most `timeout` seconds for some,
        sending what is left. Raises `OSError` at the channel's end."""

    def wake(self) -> None:
        """Have a `pump` return that waits further out on this thread: what it waits for has been read meanwhile."""

    def confirm(self, answers: Sequence[bytes], beside: int = 0) -> None:
        """These, which `pump` gave, have been dealt with; perhaps they were before. So many of them do not count."""

    def backlog(self) -> int:
        """Bytes that were taken and not yet sent."""

    def fileno(self) -> int:
        """The file descriptor that becomes readable with a reply, -1 where there is none."""

    received: int
    """How many replies were confirmed, that count."""
    may_be_cut: bool
    """Whether it can be dead without either end being told, as a connection between nodes."""

    def close(self) -> None:
        """Say goodbye: the session ends. Idempotent."""

    def drop(self) -> None:
        """Let go of a channel that is lost; the session may go on over another one. Idempotent."""

    def abandon(self) -> None:
        """Let go of it in a child process, without ending it for the parent."""


class Hosting:
    """What a process that hosts an interpreter tells the sessions it has with other interpreters."""

    path: list[str] = []
    """The interpreters in whose calls the user code that runs now is nested; its own is last, also between calls."""
    thread: int | None = None
    """The thread that runs user code…"""
    wait: Callable[[Channel | None, float], None] | None = None
    """… and how it waits for a channel, or without one: serving what is nested in its own call."""
    wait_for_tasks: Callable[[float], None] | None = None
    """… and how it waits for so many seconds for tasks of its cluster: serving them, too…"""
    serve_in: Callable[[asyncio.AbstractEventLoop], None] | None = None
    """… and has an event loop of its own, on that thread, do the same."""
    rebuilding: bool = False
    """Its state is being rebuilt: another interpreter that is rebuilt, too, may wait for this one, so it is not waited
    for without end."""
    wake: Callable[[], None] | None = None
    """Ends such a wait: what it waits for was read by another thread."""


hosting: Hosting = Hosting()

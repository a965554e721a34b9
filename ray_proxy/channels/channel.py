"""What a session needs of a channel, and of the process it runs in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol


class Channel(Protocol):
    """What carries frames to an interpreter and replies back, whole and in order.

    An interrupt (Ctrl-C) may come between any two lines of `send` and `pump`, and loses nothing.
    """

    def send(self, data: bytes) -> None:
        """Take a frame, and send what can be sent without waiting. The same object twice is one frame. Raises
        `OSError`."""

    def push(self) -> None:
        """Send what can be sent of the backlog without waiting. Raises `OSError`."""

    def pump(self, timeout: float | None) -> Sequence[bytes]:
        """Replies that were not confirmed yet; where there are none, wait at most `timeout` seconds for some,
        sending what is left. Raises `OSError` at the channel's end."""

    def confirm(self) -> None:
        """What `pump` gave has been dealt with."""

    def backlog(self) -> int:
        """Bytes that were taken and not yet sent."""

    def fileno(self) -> int:
        """The file descriptor that becomes readable with a reply, -1 where there is none."""

    received: int
    """How many replies were confirmed."""
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
    serve_in: Callable[[asyncio.AbstractEventLoop], None] | None = None
    """… and has an event loop of its own, on that thread, do the same."""
    rebuilding: bool = False
    """Its state is being rebuilt: another interpreter that is rebuilt, too, may wait for this one, so it is not waited
    for without end."""
    wake: Callable[[], None] | None = None
    """Ends such a wait: what it waits for was read by another thread."""


hosting: Hosting = Hosting()

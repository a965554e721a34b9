"""What a session needs of a channel, and of the process it runs in."""

from __future__ import annotations

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

    def close(self) -> None:
        """Idempotent."""

    def abandon(self) -> None:
        """Let go of it in a child process, without ending it for the parent."""


class Hosting:
    """What a process that hosts an interpreter tells the sessions it has with other interpreters."""

    path: list[str] = []
    """The interpreters in whose calls the user code that runs now is nested; its own is last, also between calls."""
    thread: int | None = None
    """The thread that runs user code…"""
    wait: Callable[[Channel, float], None] | None = None
    """… and how it waits for a channel: serving what is nested in its own call."""
    wake: Callable[[], None] | None = None
    """Ends such a wait: what it waits for was read by another thread."""


hosting: Hosting = Hosting()

"""The channel of a session, while there is one, and what is known of it while there is none: `Line`."""

from __future__ import annotations

import time
import weakref
from typing import Any, Protocol, TypeVar

from ..channels.channel import Channel
from ..protocol import Control
from .flag import Flag

E = TypeVar("E", bound=BaseException)


class Link(Protocol):
    """How a session gets at its interpreter, beside the channel. It may not hold the session."""

    def connect(self, session: Any) -> None:
        """Bring about `attach` or `fail`: at first, and each time that the channel was lost. Has its own thread."""

    def is_there(self, seconds: float) -> bool:
        """Whether the interpreter's process shows in that time that it lives. Raises `InterpreterDiedError` where it
        is known to have ended, and `OSError` where the session goes on in another one."""

    def control(self, request: Control) -> dict[str, Any]:
        """Make a request beside the channel; gives the interpreter's status. Raises `InterpreterDiedError`."""

    def interrupt(self, session: str, frames: list[int]) -> None:
        """Have these frames of the session of that name interrupted."""

    def cancel(self, session: str, messages: list[tuple[int, int]]) -> None:
        """Have the coroutines of these messages cancelled, each named by the number of its frame, and its index."""


class Line:
    """What becomes of a session's channels. One at a time carries its frames; it may be lost and replaced.

    Its owner's end lets the channel go, too.
    """

    def __init__(self, owner: object, is_wanted: bool) -> None:
        self.is_wanted: bool = is_wanted
        """Somebody needs a channel, or it comes without being asked for."""
        self.channel: Channel | None = None
        self.ready: Flag = Flag()
        """Nobody waits for a channel any more: it is there, or never comes."""
        self.is_begun: bool = False
        """The interpreter knows the session: another channel resumes it."""
        self.lost: tuple[float, OSError] | None = None
        """Since when (`time.monotonic`) it is lost or silent, and how that was noticed; None while it is not."""
        self._answers = 0
        """How many have come over channels that are lost."""
        self._held: list[Channel] = []
        # No __del__: it would run while others can still get at the session through a weak reference.
        weakref.finalize(owner, _close, self._held).atexit = False

    def attach(self, channel: Channel) -> None:
        self.is_begun = True
        self.lost = None
        self.channel = channel
        self._held[:] = [channel]

    def lose(self, channel: Channel, error: OSError, since: float | None) -> bool:
        """The channel carries no more. False where another thread has noticed that."""
        if self.channel is channel: self.channel = None  # noqa: E701  # fmt: skip
        else:
            return False  # another thread has noticed it, too
        self._answers += channel.received
        self.lost = (time.monotonic() if since is None else since, bare(error))
        self.ready.clear()
        return True

    def end(self) -> Channel | None:
        """No channel comes any more; gives the last one, to be closed."""
        channel, self.channel = self.channel, None
        self.ready.set()
        return channel

    def taken(self) -> int:
        """How many answers of the interpreter have come, over all channels."""
        channel = self.channel
        return self._answers + (0 if channel is None else channel.received)

    def resumption(self) -> tuple[bool, int]:
        """Whether the next channel shall resume the session, and how many answers have come."""
        return self.is_begun, self._answers

    def leave(self) -> None:
        """In a forked process, whose parent goes on with the channel."""
        channel, self.channel = self.channel, None
        self._held.clear()
        if channel is not None:
            channel.abandon()
        self.ready = Flag()

    def begin_anew(self) -> None:
        """Another session begins, which the interpreter does not know."""
        self.is_wanted, self.is_begun, self._answers = False, False, 0


def bare(error: E) -> E:
    """The error without the frames it came through: kept with them, it would keep what its finder's caller holds."""
    for part in (error, error.__cause__, error.__context__):
        if part is not None:
            part.__traceback__ = None
    return error


def _close(held: list[Channel]) -> None:
    for channel in held:
        channel.close()

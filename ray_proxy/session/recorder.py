"""The log of one client: `Recorder` writes what a session sends, and what is answered."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable

from ..logs.records import began
from ..logs.store import RecordingStore
from ..logs.writer import Writer
from ..protocol import Applied, Code, Frame, Output, Reply, encode
from ..values.codec import Codec


class Recorder:
    """Records a session from one of its frames on.

    Args:
        path: of the log, on this node. Raises `LogError` where it cannot be written.
        limit: size in bytes at which it stops.
        session, interpreter, host: whose conversation it is, with whom, and where that runs.
        first: the number of the first frame that is recorded; answers to earlier ones are not.
        warn: hears, once, why the recording has stopped by itself.
    """

    def __init__(
        self,
        path: str,
        limit: int,
        session: str,
        interpreter: str,
        host: str,
        first: int,
        codec: Codec,
        warn: Callable[[str], None],
    ) -> None:
        self._session, self._first, self._codec = session, first, codec
        self._last = first - 1
        """Number of the last frame that was recorded."""
        self._writer = writer = Writer(path, began("client", interpreter, host, codec.store is not None), limit)
        writer.opened(session, f"{platform.node()}[{os.getpid()}]")
        writer.on_stop = lambda reason: warn(writer.complaint())
        if codec.store is not None:
            codec.store = RecordingStore(codec.store, writer, inside=False)

    @property
    def path(self) -> str:
        return self._writer.path

    def sent(self, number: int, data: bytes) -> None:
        """A frame leaves, perhaps not for the first time."""
        if number > self._last:
            self._writer.sent(self._session, data)
            self._last = number  # after: rather is it recorded twice than never

    def answered(self, frame: int, data: bytes) -> None:
        """The reply to a frame has come, or with 0 the refusal of an unknown one."""
        if frame >= self._first or not frame:
            self._writer.answered(self._session, data)

    def wrote(self, output: Output) -> None:
        """What user code has written has come."""
        self._writer.wrote(self._session, output.stream, output.data, output.left_out)

    def told(self, line: str | None, hidden: bool) -> None:
        """The user has typed a line for user code."""
        self._writer.told(self._session, None if hidden else line, hidden)

    def delivered(self, code: Code) -> None:
        """Project code leaves beside the frames: as the only frame of a session of its own, before the answer to what
        waits for it."""
        answer = Reply(1, 1, [(0, Applied(""))])
        self._writer.delivered(code.client, encode(Frame(1, [code])), encode(answer))

    def abandon(self) -> None:
        """This process was forked: its parent records."""
        self._writer.abandon()

    def close(self) -> None:
        if isinstance(self._codec.store, RecordingStore):
            self._codec.store = self._codec.store.store
        self._writer.close()

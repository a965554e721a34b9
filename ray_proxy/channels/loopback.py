"""A channel to an interpreter of the same process: no sockets, no threads, no Ray.

Frames and replies are encoded and decoded as on any other channel, so what works here works there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from ..errors import ProtocolError
from ..interpreter.interpreter import Interpreter
from ..protocol import Frame, Refused, decode_frame, encode, frame_number


class _Taken:
    """A frame that was taken.

    Attributes:
        executed: how far it came.
        is_running: it is being executed, further out on this thread, or by another one.
        is_stuck: it needs what is being executed further out.
    """

    __slots__ = ("executed", "frame", "is_running", "is_stuck")

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.executed = 0
        self.is_running = self.is_stuck = False


class LoopbackChannel:
    """Executes each frame at once, in the sender's thread."""

    def __init__(self, interpreter: Interpreter, session: str) -> None:
        self._interpreter = interpreter
        self._session = session
        self._replies: deque[bytes] = deque()
        self._taken = 0
        """Number of the last frame that was taken."""
        self._queue: dict[_Taken, None] = {}
        """Frames that were taken and are not executed, or need what is being executed further out."""
        self._open = True
        self.received: int = 0
        self.may_be_cut: bool = False
        interpreter.open(session)

    def send(self, data: bytes, number: int = 0) -> None:
        if not self._open:
            raise ConnectionError("the loopback channel is closed")
        try:
            taken = _Taken(decode_frame(data))
        except ProtocolError as error:
            refused = encode(Refused(frame_number(data), str(error)))
            if not number or number > self._taken: self._taken = number or self._taken; self._replies.append(refused)  # noqa: E701, E702  # fmt: skip
            return
        if not number or number > self._taken: self._taken, self._queue[taken] = number or self._taken, None  # noqa: E701  # fmt: skip
        self._execute(may_stop=False)
        self._execute(may_stop=True)

    def _execute(self, may_stop: bool) -> None:
        """Go on with what was taken, in its order; `may_stop` at what still has to wait. What comes in between does the
        same, so it executes first what was taken before it."""
        for taken in list(self._queue):
            while True:
                reply = None
                try:
                    if taken in self._queue and not taken.is_running: taken.is_running = True; reply = self._interpreter.execute(self._session, taken.frame, taken.executed)  # noqa: E501, E701, E702  # fmt: skip
                except BaseException:
                    self._queue.pop(taken, None)
                    raise
                if reply is None:
                    break
                data, is_over = encode(reply), reply.executed == len(taken.frame.messages)
                if reply.executed == taken.executed and self._interpreter.not_yet:
                    taken.is_stuck, taken.is_running = True, False
                    if may_stop:
                        return
                    break
                taken.executed, taken.is_running, taken.is_stuck = reply.executed, False, False; self._replies.append(data); is_over and self._queue.pop(taken)  # noqa: E501, E702  # fmt: skip

    def pump(self, timeout: float | None) -> list[bytes]:
        if not self._open:
            raise ConnectionError("the loopback channel is closed")
        answers = list(self._replies)
        if not answers and timeout is None and any(taken.is_stuck for taken in list(self._queue)):
            raise ConnectionError("this waits for a result of what it has interrupted, on the same thread")
        return answers

    def wake(self) -> None:
        pass

    def confirm(self, answers: Sequence[bytes], beside: int = 0) -> None:
        for answer in answers:
            if self._replies and self._replies[0] is answer: self._replies.popleft(); self.received += 1  # noqa: E701, E702  # fmt: skip

    def push(self) -> None:
        pass

    def backlog(self) -> int:
        return 0

    def fileno(self) -> int:
        return -1

    def abandon(self) -> None:
        self._open = False

    def close(self) -> None:
        if self._open:
            self._open = False
            self._interpreter.close(self._session)

    def drop(self) -> None:
        self.close()

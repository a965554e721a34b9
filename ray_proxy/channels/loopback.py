"""A channel to an interpreter of the same process: no sockets, no threads, no Ray.

Frames and replies are encoded and decoded as on any other channel, so what works here works there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from ..errors import ProtocolError
from ..interpreter.interpreter import Interpreter
from ..protocol import Frame, Refused, decode_frame, encode, frame_number


class LoopbackChannel:
    """Executes each frame at once, in the sender's thread."""

    def __init__(self, interpreter: Interpreter, session: str) -> None:
        self._interpreter = interpreter
        self._session = session
        self._replies: deque[bytes] = deque()
        self._taken = 0
        """Number of the last frame that was taken."""
        self._unfinished: dict[int, tuple[Frame, int]] = {}
        """Frames that need what is being executed further out, and how far they came."""
        self._open = True
        self.received: int = 0
        self.may_be_cut: bool = False
        interpreter.open(session)

    def send(self, data: bytes, number: int = 0) -> None:
        if not self._open:
            raise ConnectionError("the loopback channel is closed")
        frame, refused = None, b""
        try:
            frame = decode_frame(data)
        except ProtocolError as error:
            refused = encode(Refused(frame_number(data), str(error)))
        if number and number <= self._taken:
            return
        self._taken = max(number, self._taken)
        if frame is None:
            self._replies.append(refused)
            return
        self._execute(frame, 0)
        self._finish()

    def _execute(self, frame: Frame, executed: int) -> None:
        while executed < len(frame.messages):
            reply = self._interpreter.execute(self._session, frame, executed)
            if reply.executed == executed and self._interpreter.not_yet:
                self._unfinished[frame.number] = frame, executed
                return
            executed = reply.executed
            self._replies.append(encode(reply))

    def _finish(self) -> None:
        """Go on with what had to wait, in its order."""
        while self._unfinished:
            number = min(self._unfinished)
            found = self._unfinished.pop(number, None)
            if found is not None:
                self._execute(*found)
                if number in self._unfinished:
                    return

    def pump(self, timeout: float | None) -> list[bytes]:
        if not self._open:
            raise ConnectionError("the loopback channel is closed")
        answers = list(self._replies)
        if not answers and timeout is None and self._unfinished:
            raise ConnectionError("this waits for a result of what it has interrupted, on the same thread")
        return answers

    def wake(self) -> None:
        pass

    def confirm(self, answers: Sequence[bytes]) -> None:
        for answer in answers:
            if self._replies and self._replies[0] is answer:
                self._replies.popleft()
                self.received += 1

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

"""A channel to an interpreter of the same process: no sockets, no threads, no Ray.

Frames and replies are encoded and decoded as on any other channel, so what works here works there.
"""

from __future__ import annotations

from collections import deque

from ..errors import ProtocolError
from ..interpreter.interpreter import Interpreter
from ..protocol import Refused, decode_frame, encode, frame_number


class LoopbackChannel:
    """Executes each frame at once, in the sender's thread."""

    def __init__(self, interpreter: Interpreter, session: str) -> None:
        self._interpreter = interpreter
        self._session = session
        self._replies: deque[bytes] = deque()
        self._taken: bytes | None = None
        self._given: list[bytes] = []
        self._open = True
        self.received: int = 0
        self.may_be_cut: bool = False
        interpreter.open(session)

    def send(self, data: bytes) -> None:
        if not self._open:
            raise ConnectionError("the loopback channel is closed")
        if data is self._taken:
            return
        self._taken = data
        try:
            frame = decode_frame(data)
        except ProtocolError as error:
            self._replies.append(encode(Refused(frame_number(data), str(error))))
            return
        executed = -1
        while executed < len(frame.messages):
            reply = self._interpreter.execute(self._session, frame, max(executed, 0))
            executed = reply.executed
            self._replies.append(encode(reply))

    def pump(self, timeout: float | None) -> list[bytes]:
        if not self._open:
            raise ConnectionError("the loopback channel is closed")
        self._given = list(self._replies)
        return self._given

    def confirm(self) -> None:
        for _ in self._given:
            self._replies.popleft()
        self.received += len(self._given)
        self._given = []

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

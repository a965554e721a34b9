"""What one client is told beside the answers to its frames: outputs and prompts, which have numbers of their own.

They are not counted as answers, because those are confirmed by frames, and a client sends none while it waits for a
long call. Knows no sockets, and not who writes. The caller holds the lock of the client's work.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ..channels.socket import framed
from ..protocol import Display, Output, Prompt, encode

WINDOW = 1 << 20
"""Bytes of what was sent that are kept for a client whose connection is lost."""
_HALF = 1 << 19
"""Bytes that wait for a slow client, of the oldest as of the newest. What comes between them is dropped."""
_TOGETHER = 1 << 16
"""What follows on the same stream is joined up to so many bytes, and what is longer is divided."""

_OBJECT = 100
"""Bytes that a short piece takes beside its own."""

Make = Callable[[int], "Output | Prompt"]
"""Makes what is told, with its number."""


@dataclass(slots=True, frozen=True)
class Piece:
    """Something written: to stdout, 1, or stderr, 2.

    Attributes:
        origin: that of the frame it was written for.
        left_out: so many bytes before it were dropped.
        at: when (seconds since the epoch).
        late: no client could take it then.
        display: may be shown in its place.
    """

    stream: int
    data: bytes
    origin: int = 0
    left_out: int = 0
    at: float = 0.0
    late: bool = False
    display: Display | None = None

    @property
    def size(self) -> int:
        """Its bytes."""
        forms = () if self.display is None else self.display.forms.values()
        return len(self.data) + sum(map(len, forms))

    @property
    def weight(self) -> int:
        """Bytes that it takes to keep it, about."""
        return self.size + _OBJECT

    def made(self, number: int) -> Output:
        at = self.at if self.late else 0.0
        return Output(number, 1 if self.stream == 1 else 2, self.data, self.origin, self.left_out, at, self.display)

    def follows(self, other: Piece) -> bool:
        """Whether it may be joined with what was written before it."""
        return (
            not self.left_out
            and self.display is other.display is None
            and (self.stream, self.origin, self.late) == (other.stream, other.origin, other.late)
            and (not self.late or self.at == other.at)
            and len(self.data) + len(other.data) <= _TOGETHER
        )

    def replaces(self, other: Piece) -> bool:
        """Whether what was written just before it need not be seen: a display that this one takes the place of."""
        mine, others = self.display, other.display
        return (
            mine is not None
            and others is not None
            and mine.update
            and others.update
            and (mine.id, self.origin, self.late) == (others.id, other.origin, other.late)
        )

    def parts(self) -> Iterator[Piece]:
        """The same in pieces that are not too long. What is displayed is whole."""
        if self.display is not None:
            yield self
            return
        yield self if len(self.data) <= _TOGETHER else replace(self, data=self.data[:_TOGETHER])
        for start in range(_TOGETHER, len(self.data), _TOGETHER):
            yield replace(self, data=self.data[start : start + _TOGETHER], left_out=0)

    def without(self, count: int) -> Piece | None:
        """What is left of it without the first so many bytes; None: nothing."""
        if count >= len(self.data) or self.display is not None:
            return None
        return replace(self, data=self.data[count:], left_out=self.left_out + count)


@dataclass(slots=True, frozen=True)
class _Sent:
    number: int
    packet: bytes
    end: int
    """Where it ends among all bytes of the connection."""
    told: Piece | Make


class Outputs:
    """The outputs and prompts of one client: those that wait, and the last ones that were sent."""

    def __init__(self) -> None:
        self.prints: bool = False
        """The client shows outputs, and answers prompts."""
        self.heir: str = ""
        """Who gets what it does not take."""
        self.number: int = 0
        """Of the last one that was sent."""
        self._first: deque[Piece | Make] = deque()
        """What waits: the oldest of it…"""
        self._first_bytes = 0
        self._last: deque[Piece | Make] = deque()
        """… and the newest, of which something may have been dropped before that."""
        self._last_bytes = 0
        self._sent: deque[_Sent] = deque()
        self._sent_bytes = 0
        self._lost_at: int | None = None
        """The connection was lost after so many bytes."""

    def any(self) -> bool:
        """Whether something waits to be sent."""
        return bool(self._first or self._last)

    def add(self, piece: Piece) -> None:
        """Have this wait to be sent: one of the `parts`."""
        if not self._last:
            before = self._first[-1] if self._first else None
            if self._first_bytes + piece.weight <= _HALF:
                self._first_bytes += _append(self._first, before, piece)
                return
        before = self._last[-1] if self._last else None
        self._last_bytes += _append(self._last, before, piece)
        self._drop()

    def tell(self, make: Make) -> bool:
        """Have something wait to be sent that is never dropped; whether the client is one that can be told."""
        if self.prints:
            (self._last or self._first).append(make)
        return self.prints

    def _drop(self) -> None:
        """Drop what is too much, the oldest of the newest."""
        last = self._last
        left_out = 0
        while self._last_bytes > _HALF and len(last) > 1:  # a picture may be larger
            oldest = last.popleft()
            if not isinstance(oldest, Piece):
                self._first.append(oldest)
                continue
            over = self._last_bytes - _HALF
            rest = oldest.without(over)
            if rest is not None:
                self._last_bytes -= over
                last.appendleft(rest)
            else:
                self._last_bytes -= oldest.weight
                left_out += oldest.size + oldest.left_out
        if left_out:
            for at, told in enumerate(last):
                if isinstance(told, Piece):
                    last[at] = replace(told, left_out=told.left_out + left_out)
                    return

    def next(self, before: int) -> bytes | None:
        """What is to be sent next, as it travels; None: nothing waits. So many bytes go before it."""
        told: Piece | Make
        if self._first:
            told = self._first.popleft()
            self._first_bytes -= told.weight if isinstance(told, Piece) else 0
        elif self._last:
            told = self._last.popleft()
            self._last_bytes -= told.weight if isinstance(told, Piece) else 0
        else:
            return None
        self.number += 1
        packet = framed(encode(told.made(self.number) if isinstance(told, Piece) else told(self.number)))
        self._keep(_Sent(self.number, packet, before + len(packet), told))
        return packet

    def _keep(self, sent: _Sent) -> None:
        self._sent.append(sent)
        self._sent_bytes += len(sent.packet)
        while self._sent_bytes > WINDOW and len(self._sent) > 1:
            self._sent_bytes -= len(self._sent.popleft().packet)

    def resume(self, taken: int) -> bytes:
        """Over a new connection. The client has taken those up to this number: what was sent of the others, once more.
        In a process that has not told those, the numbers go on."""
        self._lost_at = None
        before = 0
        self.number = max(self.number, taken)
        again, self._sent, self._sent_bytes = self._sent, deque(), 0
        for sent in again:
            if sent.number > taken:
                before += len(sent.packet)
                self._keep(replace(sent, end=before))
        return b"".join([sent.packet for sent in self._sent])

    def lose(self, pushed: int) -> None:
        """The connection is lost, over which so many bytes went."""
        if self._lost_at is None:
            self._lost_at = pushed

    def leave(self) -> list[Piece]:
        """The client has gone for ever: what it cannot have taken is others' now."""
        lost_at = self._lost_at
        told = [sent.told for sent in self._sent if lost_at is not None and sent.end > lost_at]
        told += [*self._first, *self._last]
        self._first.clear()
        self._last.clear()
        self._sent.clear()
        self._first_bytes = self._last_bytes = self._sent_bytes = 0
        self.prints = False
        return [each for each in told if isinstance(each, Piece)]


def _append(pieces: deque[Piece | Make], before: Piece | Make | None, piece: Piece) -> int:
    """Gives by how much they weigh more."""
    if isinstance(before, Piece) and piece.follows(before):
        pieces[-1] = replace(before, data=before.data + piece.data)
        return len(piece.data)
    if isinstance(before, Piece) and piece.replaces(before):
        pieces[-1] = replace(piece, left_out=before.left_out + piece.left_out)
        return piece.weight - before.weight
    pieces.append(piece)
    return piece.weight

"""What was written and nobody took, for those who come later; and the last of all that was written.

Knows no clients.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace

from .outputs import Piece

KEPT = 1 << 20
"""Bytes that are kept for each heir, and of all that was written."""
_HEIRS = 32
"""For so many heirs something is kept."""


class _Last:
    """The last of what was written."""

    def __init__(self) -> None:
        self.pieces: deque[Piece] = deque()
        self._bytes = 0

    def add(self, piece: Piece) -> None:
        if piece.weight > KEPT // 2:
            piece = replace(piece, display=None)
        self.pieces.append(piece)
        self._bytes += piece.weight
        while self._bytes > KEPT:
            oldest = self.pieces.popleft()
            over = self._bytes - KEPT
            rest = oldest.without(over)
            if rest is not None:
                self._bytes -= over
                self.pieces.appendleft(rest)
            else:
                self._bytes -= oldest.weight
                following = self.pieces[0]
                left_out = following.left_out + oldest.size + oldest.left_out
                self.pieces[0] = replace(following, left_out=left_out)


class Kept:
    """Used by any thread. All pieces have their times."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_heir: dict[str, _Last] = {}
        """The one that something was kept for last is the last."""
        self._all = _Last()

    def note(self, piece: Piece) -> None:
        """This was written."""
        with self._lock:
            self._all.add(replace(piece, display=None) if piece.display is not None else piece)

    def written(self, since: float) -> list[tuple[int, bytes]]:
        """What was written since then, as far as it is kept: stream and bytes."""
        with self._lock:
            return [(piece.stream, piece.data) for piece in self._all.pieces if piece.at >= since]

    def keep(self, heir: str, piece: Piece) -> None:
        """Nobody has taken it. It is for a client of that heir; where there is none, for whoever comes and is alone."""
        with self._lock:
            last = self._by_heir.pop(heir, None) or _Last()
            self._by_heir[heir] = last
            last.add(piece)
            if len(self._by_heir) > _HEIRS:
                del self._by_heir[next(iter(self._by_heir))]

    def take(self, heir: str, all: bool) -> list[Piece]:
        """What is kept for one who has come, in the order of time; nobody gets it again."""
        with self._lock:
            heirs = list(self._by_heir) if all else [heir] if heir else []
            found = [self._by_heir.pop(each).pieces for each in heirs if each in self._by_heir]
        return sorted((piece for pieces in found for piece in pieces), key=lambda piece: piece.at)

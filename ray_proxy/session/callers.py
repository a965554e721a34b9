"""Who asks: the thread (`Here`), and the line of user code (`caller`); and the blocks that it is in (`Scope`)."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar, Token
from sys import _getframe
from types import CodeType, FrameType
from typing import Any, NamedTuple

from ..files import PACKAGE
from . import origins
from .failure import Failure, Pending

Where = tuple[CodeType, int]
"""A line of code."""


NOBODY = 1
"""Number of the thread of what nobody has asked for, as the word of what was dropped."""


class Here:
    """What a session keeps of a thread that uses it."""

    __slots__ = ("__weakref__", "errors", "held", "last", "move", "number", "origin", "place")

    def __init__(self, number: int = NOBODY, move: Callable[[Here, Any], None] = lambda here, place: None) -> None:
        self.number: int = number
        """By which the interpreter tells the threads of a session apart."""
        self.errors: Pending = Pending()
        """Of operations without a result."""
        self.last: Any = None
        """The key of its last operation that may yet add to them."""
        self.held: list[object] = []
        """What must live until the message that is being made is submitted; each message has a list of its own."""
        self.place: Any = Here
        """Where its last operation was asked for (`origins.current`)…"""
        self.origin: int = 0
        """… and the number of that."""
        self.move: Callable[[Here, Any], None] = move
        """Called where the next one is asked for elsewhere."""


class ThreadState(threading.local):
    """What a session keeps of each thread that uses it.

    Args:
        numbers: gives each its number, from the one after `NOBODY` on.
        several: called for each thread but the first.
        move: called where a thread goes on at another place (`origins.current`).
    """

    def __init__(
        self, numbers: Iterator[int], several: Callable[[], object], move: Callable[[Here, Any], None]
    ) -> None:
        self.here: Here = Here(next(numbers), move)
        if self.here.number > NOBODY + 1:
            several()


Asker = tuple[CodeType | None, int, Here]
"""Who asks for an operation: the code, its instruction (`f_lasti`), and the thread. The line is looked up where it is
shown, for that takes longer than all else of an operation."""

_BETWEEN = (PACKAGE, contextlib.contextmanager.__code__.co_filename)
"""Files whose lines ask for nothing of themselves: ours, and what enters and leaves our `with` blocks."""


_KNOWN = 1000


class _Between(dict[str, bool]):
    """Whether a file is one of those, by its name."""

    def __missing__(self, name: str) -> bool:
        if len(self) >= _KNOWN:  # code may be made without end, each under a name of its own
            self.clear()
        is_between = self[name] = name.startswith(_BETWEEN)
        return is_between


between: _Between = _Between()


def outside(frame: FrameType | None) -> FrameType | None:
    """The innermost of a frame and its callers that is none of ours."""
    while frame is not None and between[frame.f_code.co_filename]:
        frame = frame.f_back
    return frame


def caller(here: Here) -> Asker:
    """What asked for the operation, outside this package, in this thread."""
    if (current := origins.current) is not None and (place := current()) is not here.place:
        here.move(here, place)
    frame = outside(_getframe(2))
    return (None, 0, here) if frame is None else (frame.f_code, frame.f_lasti, here)


def where(asker: Asker | None) -> Where | None:
    """The line that has asked, where it is known."""
    if asker is None or asker[0] is None:
        return None
    return asker[0], _line(asker[0], asker[1])


def _line(code: CodeType, instruction: int) -> int:
    return next((line for start, end, line in code.co_lines() if start <= instruction < end and line), 0)


def places_of(askers: Iterable[Asker | None]) -> tuple[list[tuple[str, int, str]], list[int]]:
    """Which lines have asked for these messages, as `Frame.places` and `Frame.lines` say it."""
    places: list[tuple[str, int, str]] = []
    lines: list[int] = []
    known: dict[tuple[int, int], int] = {}
    """By line."""
    seen: dict[tuple[int, int], int] = {}
    """By instruction, which a loop asks from again and again. The askers keep their code, and so its id, alive."""
    for asker in askers:
        code, instruction = (None, 0) if asker is None else asker[:2]
        if code is None:
            lines.append(0)
            continue
        key = id(code), instruction  # to hash a code object takes long
        position = seen.get(key)
        if position is None:
            line = _line(code, instruction)
            position = known.get((id(code), line))
            if position is None:
                places.append((code.co_filename, line, code.co_name))
                position = known[id(code), line] = len(places)
            seen[key] = position
        lines.append(position)
    return places, lines


# ------------------------------------------------------------------------------------------------ blocks


class Block:
    """A `with` statement over a Var: the operations of its block, and their errors."""

    __slots__ = ("failures", "is_open", "owner", "sessions")

    def __init__(self, owner: object) -> None:
        self.owner: object = owner
        """The handle of the Var."""
        self.is_open: bool = True
        """Its errors are not handed to `__exit__` yet."""
        self.failures: list[tuple[int, Failure]] = []
        """Each with the place of its operation among all that blocks hold."""
        self.sessions: set[Any] = set()
        """That operations of the block were given to."""


class Scope(NamedTuple):
    """What the code that runs now, in its thread or task, stands in. It is replaced as a whole."""

    blocks: tuple[Block, ...] = ()
    """The blocks `with v`."""
    eager: tuple[int, ...] = ()
    """By their `id`, the sessions whose operations wait for their results."""


scope: ContextVar[Scope | None] = ContextVar("ray_proxy_scope", default=None)
"""None outside of all blocks, so that each operation sees quickly that there is nothing to heed."""

_places = itertools.count(1)

Standing = tuple[int, tuple[Block, ...]]
"""Where an operation stands among all operations inside blocks, and its blocks."""


def standing(session: object) -> Standing:
    """Of an operation that is being given to that session."""
    entered = scope.get()
    if entered is None or not entered.blocks:
        return 0, ()
    for block in entered.blocks:
        block.sessions.add(session)
    return next(_places), entered.blocks


def enter(*, block: Block | None = None, eager: int | None = None) -> Token[Scope | None]:
    """From here on the running code is in this block, or its operations on the session of that `id` wait."""
    entered = scope.get() or Scope()
    return scope.set(
        Scope(
            entered.blocks if block is None else (*entered.blocks, block),
            entered.eager if eager is None else (*entered.eager, eager),
        )
    )


def leave(block: Block) -> None:
    entered = scope.get()
    if entered is not None:
        rest = Scope(tuple(other for other in entered.blocks if other is not block), entered.eager)
        scope.set(rest if rest != Scope() else None)

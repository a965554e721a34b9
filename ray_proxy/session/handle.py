"""What a session knows of the variables that it asked for: `Handle`; and of the blocks that they stand in: `Block`.

Data and its bookkeeping only. Who sends, who waits and who raises is decided in `session`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from .callers import Here, Where
from .failure import Failure

if TYPE_CHECKING:
    from .session import Session

UNKNOWN: Any = type("UNKNOWN", (), {"__repr__": lambda self: "UNKNOWN"})()


class Block:
    """A `with` statement over a Var: the operations of its block, and their errors."""

    __slots__ = ("failures", "is_open", "owner", "sessions")

    def __init__(self, owner: Handle) -> None:
        self.owner: Handle = owner
        self.is_open: bool = True
        """Its errors are not handed to `__exit__` yet."""
        self.failures: list[tuple[int, Failure]] = []
        """Each with the place of its operation among all that blocks hold."""
        self.sessions: set[Session] = set()


blocks: ContextVar[tuple[Block, ...]] = ContextVar("ray_proxy_blocks", default=())
"""The `with` blocks that this thread, or task of an event loop, is in."""
_places = itertools.count(1)


class Handle:
    """What a session knows of one variable; with id 0, of a value that was asked for.

    Attributes:
        settled: its operation was executed, or failed.
        left: an in-place operation, and its variable is the very object of the left operand.
        place: where it stands among all operations inside `with` blocks.
        quiet: an operation without a result: its error is raised at the thread's next wait.
        value: the value, if it is small and immutable and rode along, or was asked for; else `UNKNOWN`.
        failure: why it has no value.
        hashed: the hash of the value, where that is known and stays.
    """

    __slots__ = (
        "__weakref__",
        "blocks",
        "callbacks",
        "dropped",
        "failure",
        "hashed",
        "here",
        "id",
        "left",
        "place",
        "quiet",
        "session",
        "settled",
        "value",
        "where",
    )

    def __init__(self, session: Session, id: int, here: Here, where: Where | None) -> None:
        self.session: Session = session
        self.id: int = id
        self.here: Here = here
        self.where: Where | None = where
        self.blocks: tuple[Block, ...] = blocks.get()
        self.place: int = next(_places) if self.blocks else 0
        self.settled: bool = False
        self.dropped: bool = False
        self.quiet: bool = False
        self.left: bool = False
        self.value: Any = UNKNOWN
        self.failure: Failure | None = None
        self.hashed: int | None = None
        self.callbacks: list[Callable[[], None]] | None = None

    def is_known(self) -> bool:
        """Whether the value is known here, so that no trip is needed for it."""
        return self.value is not UNKNOWN and self.settled and self.failure is None

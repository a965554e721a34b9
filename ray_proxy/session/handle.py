"""What a session knows of the variables that it asked for: `Handle`, and why one has no value: `Failure`.

Data and its bookkeeping only. Who sends, who waits and who raises is decided in `session`.
"""

from __future__ import annotations

import contextlib
import itertools
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any

from ..errors import RemoteError, RemoteTraceback
from ..files import PACKAGE
from ..protocol import Error
from ..values.codec import Codec
from ..values.exceptions import copied, last_shown

if TYPE_CHECKING:
    from .session import Session

UNKNOWN: Any = type("UNKNOWN", (), {"__repr__": lambda self: "UNKNOWN"})()


class ThreadState(threading.local):
    """What a session keeps of each thread that uses it."""

    def __init__(self) -> None:
        self.here: Here = Here()


class Here:
    __slots__ = ("__weakref__", "errors", "held", "unsettled")

    def __init__(self) -> None:
        self.errors: deque[Failure] = deque()
        """Errors of operations without a result, each raised at this thread's next wait."""
        self.unsettled: deque[weakref.ref[Handle]] = deque()
        """Operations that may yet add to them."""
        self.held: list[object] = []
        """What must live until the message that is being made has been submitted."""


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

    def __init__(self, session: Session, id: int, here: Here, where: tuple[CodeType, int] | None) -> None:
        self.session: Session = session
        self.id: int = id
        self.here: Here = here
        self.where: tuple[CodeType, int] | None = where
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


class Failure:
    """One error of a remote operation, shared by all handles that fail because of it."""

    __slots__ = (
        "__weakref__",
        "blocks",
        "codec",
        "error",
        "here",
        "host",
        "pending",
        "seen",
        "synced",
        "vars",
        "where",
    )

    def __init__(self, error: Error | BaseException, where: tuple[CodeType, int] | None, host: str, codec: Codec):
        self.error: Error | BaseException = error
        self.where: tuple[CodeType, int] | None = where
        self.host: str = host
        self.codec: Codec = codec
        self.seen: bool = False
        self.synced: bool = False
        """A `sync` of its thread has passed it by."""
        self.pending: bool = False
        """It is among a thread's pending errors."""
        self.vars: int = 0
        """How many live Vars have it."""
        self.here: weakref.ref[Here] | None = None
        """Whose operation it was; dead when that thread has ended."""
        self.blocks: list[Block] = []
        """Whose operations have failed with it."""

    def is_lost(self) -> bool:
        """Whether nobody has seen it, and nobody is left who could."""
        if self.seen or self.vars or any(block.is_open for block in self.blocks):
            return False
        return not self.pending or self.here is None or self.here() is None

    def is_interrupt(self) -> bool:
        return isinstance(self.error, Error) and self.error.type_name == KeyboardInterrupt.__name__

    def exception(self) -> BaseException:
        """A new exception of the original type, so that no two `raise` share a traceback."""
        error = self.error
        if isinstance(error, BaseException):
            try:
                return copied(error)
            except Exception:  # a class that cannot be made without its own `__new__`
                return error
        fresh: BaseException = RemoteError(error.type_name, error.text)
        if error.value is not None:
            with contextlib.suppress(Exception):  # whatever its unpickling raises: then RemoteError tells its text
                loaded = self.codec.load(error.value)
                if isinstance(loaded, BaseException):
                    fresh = loaded
        with contextlib.suppress(Exception):  # a class may refuse
            last_shown(fresh).__cause__ = RemoteTraceback(self.text())
        return fresh

    def obj(self) -> str:
        """The token under which the `obj` of an AttributeError can be claimed; empty where there is none."""
        return self.error.obj if isinstance(self.error, Error) else ""

    def __del__(self) -> None:
        with contextlib.suppress(Exception):  # half made, or the interpreter is shutting down
            session = self.codec.target() if self.obj() and self.codec.target is not None else None
            if session is not None:
                session.release(self.obj())  # type: ignore[attr-defined]

    def text(self) -> str:
        """Where the operation was asked for, and the remote traceback."""
        place = "" if self.where is None else f'  File "{self.where[0].co_filename}", line {self.where[1]}, '
        place += "" if self.where is None else f"in {self.where[0].co_name}: the operation that failed\n"
        if isinstance(self.error, BaseException):
            return f"{place}{type(self.error).__name__}: {self.error}"
        return f"{place}In the interpreter {self.host}:\n{self.error.traceback}"


_BETWEEN = (PACKAGE, contextlib.contextmanager.__code__.co_filename)
"""Files whose lines ask for nothing of themselves: ours, and what enters and leaves our `with` blocks."""


def caller() -> tuple[CodeType, int] | None:
    """The line outside this package that asked for the operation."""
    frame = sys._getframe(2)
    while frame.f_code.co_filename.startswith(_BETWEEN):
        if frame.f_back is None:
            return None
        frame = frame.f_back
    return frame.f_code, frame.f_lineno


def line_of(frame: FrameType, code: CodeType) -> tuple[CodeType, int] | None:
    """The line that a frame of this code is at, where that is outside this package. `caller`, without the search: each
    look at a frame costs 0.2 µs where an audit hook listens, and on 3.12 and later Ray's `filelock` does."""
    return None if code.co_filename.startswith(_BETWEEN) else (code, frame.f_lineno)

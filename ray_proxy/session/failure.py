"""Why an operation has no result: `Failure`; and those that nobody has seen, which are logged: `Unseen`."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
import weakref
from asyncio import CancelledError
from collections import deque
from types import CodeType
from typing import Protocol

from ..errors import RemoteError, RemoteTraceback
from ..protocol import Error
from ..values.codec import Codec
from ..values.exceptions import copied, last_shown, set_cause

logger: logging.Logger = logging.getLogger("ray_proxy")
_CANCELLED = f"{CancelledError.__module__}.{CancelledError.__qualname__}"
PENDING = 64
"""So many errors of one thread are kept until it waits…"""
UNSEEN = 256
"""… and so many of a session until somebody sees them; of others there is a count."""
TEXTS = 10
"""So many are logged a second, each…"""
LONGEST = 4096
"""… with about so many characters at most."""


class Block(Protocol):
    """A `with` statement that an operation stands in."""

    is_open: bool
    """Its errors are not handed to `__exit__` yet."""


class Failure:
    """One error of a remote operation, shared by all variables that fail because of it."""

    __slots__ = (
        "__weakref__",
        "blocks",
        "codec",
        "counted",
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
        self.counted: bool = False
        """There was no room to keep it among those that nobody has seen."""
        self.vars: set[int] = set()
        """Ids of the live Vars that have it."""
        self.here: weakref.ref[object] | None = None
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

    def is_cancellation(self) -> bool:
        return isinstance(self.error, Error) and self.error.type_name == _CANCELLED

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
        cause = RemoteTraceback(self.text())
        set_cause(last_shown(fresh), cause)
        _failures[cause] = self
        return fresh

    def tell_of_more(self, error: BaseException, more: int) -> None:
        """Note at this failure's exception how many others it stands for."""
        text = f"+ {more:,} more: so many other operations of this thread, without a result, have failed since"
        if sys.version_info >= (3, 11):
            error.add_note(text)
        else:
            set_cause(last_shown(error), RemoteTraceback(f"{self.text()}\n{text}"))

    def obj(self) -> str:
        """The token under which the `obj` of an AttributeError can be claimed; empty where there is none."""
        return self.error.obj if isinstance(self.error, Error) else ""

    def __del__(self) -> None:
        try:
            session = self.codec.target() if self.obj() and self.codec.target is not None else None
            if session is not None:
                session.release(self.obj())  # type: ignore[attr-defined]
        except Exception:  # half made; or Python is shutting down, and `contextlib` is gone, too
            pass

    def text(self) -> str:
        """Where the operation was asked for, and the remote traceback."""
        place = "" if self.where is None else f'  File "{self.where[0].co_filename}", line {self.where[1]}, '
        place += "" if self.where is None else f"in {self.where[0].co_name}: the operation that failed\n"
        if isinstance(self.error, BaseException):
            return f"{place}{type(self.error).__name__}: {self.error}"
        return f"{place}In the interpreter {self.host}:\n{self.error.traceback}"


_failures: weakref.WeakKeyDictionary[RemoteTraceback, Failure] = weakref.WeakKeyDictionary()
"""Of what each is."""


def failure_of(error: BaseException) -> Failure | None:
    """The failure of a remote operation that this exception was raised for; None: it was raised here."""
    cause = last_shown(error)
    return _failures.get(cause) if isinstance(cause, RemoteTraceback) else None


class Pending:
    """The errors of a thread's operations without a result. Its next wait raises the first, and tells of the others."""

    def __init__(self) -> None:
        self.failures: deque[Failure] = deque()
        self.more: int = 0
        """How many there are beside these, which are not kept."""

    def __bool__(self) -> bool:
        return bool(self.failures)

    def add(self, failure: Failure) -> bool:
        """Whether it is kept. Others are counted."""
        failure.pending = True
        if len(self.failures) < PENDING:
            self.failures.append(failure)
            return True
        self.more += 1
        return False

    def take(self) -> tuple[list[Failure], int]:
        """Those that nobody has seen, and how many more there are; none are left."""
        failures = []
        while self.failures:
            failure = self.failures.popleft()
            if not failure.seen and failure not in failures:
                failures.append(failure)
        more, self.more = self.more, 0
        return failures, more


class Unseen:
    """The failures of a session that nobody has seen, in order. Those that nobody can see any more are logged.

    What is kept and what is logged are bounded; of the rest there is a count.
    """

    def __init__(self) -> None:
        self._failures: dict[Failure, None] = {}
        self._more = 0
        """How many there are beside these, as far as is known."""
        self._pending: list[tuple[weakref.ref[object], Pending]] = []
        """Of threads with more pending errors than are kept."""
        self.may_be_lost: bool = False
        """Some may have been lost since they were last looked at."""
        self._second = 0.0
        self._logged = 0
        """How many texts were logged since then (`time.monotonic`)."""

    def add(self, failure: Failure) -> None:
        if failure.seen or failure in self._failures:
            return
        if len(self._failures) < UNSEEN:
            self._failures[failure] = None
        elif not failure.counted:
            failure.counted = True
            self._more += 1
        self.may_be_lost = True

    def count(self, here: object, pending: Pending) -> None:
        """A thread has more pending errors than are kept."""
        if all(other is not pending for _, other in self._pending):
            self._pending.append((weakref.ref(here), pending))
        self.may_be_lost = True

    def see(self, failure: Failure) -> None:
        """Somebody is about to see it."""
        failure.seen = True
        self._failures.pop(failure, None)
        if failure.counted:
            failure.counted = False
            self._more -= 1

    def of(self, here: object) -> list[Failure]:
        """Those of operations of a thread, by its `Here`."""
        return [failure for failure in list(self._failures) if failure.here is not None and failure.here() is here]

    def log_lost(self) -> None:
        """Log those that nobody is left to see."""
        self.may_be_lost = False
        more = 0
        for here, pending in list(self._pending):
            if here() is None or not pending.more:
                self._pending.remove((here, pending))
                more += pending.more
        self._log([failure for failure in list(self._failures) if failure.is_lost()], more)

    def log_all(self) -> None:
        more = self._more + sum(pending.more for _, pending in self._pending)
        self._more = 0
        self._pending.clear()
        self._log(list(self._failures), more)

    def clear(self) -> None:
        self._failures.clear()
        self._pending.clear()
        self._more = 0

    def _log(self, failures: list[Failure], more: int) -> None:
        for failure in failures:
            if failure.seen:
                continue
            self.see(failure)
            if time.monotonic() - self._second >= 1:
                self._second, self._logged = time.monotonic(), 0
            if self._logged >= TEXTS:
                more += 1
                continue
            self._logged += 1
            text = failure.error.text if isinstance(failure.error, Error) else repr(failure.error)
            logger.error(
                "ray_proxy: an operation failed and nobody asked for its value: %s\n%s",
                shortened(text, LONGEST // 8),
                shortened(failure.text(), LONGEST),
            )
        if more:
            logger.error("ray_proxy: %d more operations failed, and nobody asked for their values", more)


def shortened(text: str, length: int) -> str:
    """A text of at most about that many characters: its beginning and, for it says most, its end."""
    if len(text) <= length:
        return text
    return f"{text[: length // 4]}\n[… {len(text) - length:,} characters …]\n{text[-(length - length // 4) :]}"

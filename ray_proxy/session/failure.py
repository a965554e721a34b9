"""Why an operation has no result: `Failure`; and those that nobody has seen, which are logged: `Unseen`."""

from __future__ import annotations

import contextlib
import logging
import weakref
from collections.abc import Iterable
from types import CodeType
from typing import Protocol

from ..errors import RemoteError, RemoteTraceback
from ..protocol import Error
from ..values.codec import Codec
from ..values.exceptions import copied, last_shown

logger: logging.Logger = logging.getLogger("ray_proxy")


class Block(Protocol):
    """A `with` statement that an operation stands in."""

    is_open: bool
    """Its errors are not handed to `__exit__` yet."""


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


class Unseen:
    """The failures of a session that nobody has seen, in order. Those that nobody can see any more are logged."""

    def __init__(self) -> None:
        self._failures: dict[Failure, None] = {}
        self.may_be_lost: bool = False
        """Some may have been lost since they were last looked at."""

    def add(self, failure: Failure) -> None:
        if not failure.seen:
            self._failures[failure] = None
            self.may_be_lost = True

    def see(self, failure: Failure) -> None:
        """Somebody is about to see it."""
        failure.seen = True
        self._failures.pop(failure, None)

    def of(self, here: object) -> list[Failure]:
        """Those of operations of a thread, by its `Here`."""
        return [failure for failure in list(self._failures) if failure.here is not None and failure.here() is here]

    def log_lost(self) -> None:
        """Log those that nobody is left to see."""
        self.may_be_lost = False
        self._log(failure for failure in list(self._failures) if failure.is_lost())

    def log_all(self) -> None:
        self._log(list(self._failures))

    def clear(self) -> None:
        self._failures.clear()

    def _log(self, failures: Iterable[Failure]) -> None:
        for failure in failures:
            if not failure.seen:
                self.see(failure)
                text = failure.error.text if isinstance(failure.error, Error) else repr(failure.error)
                logger.error(
                    "ray_proxy: an operation failed and nobody asked for its value: %s\n%s", text, failure.text()
                )

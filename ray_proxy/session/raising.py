"""Which error a thread hears, and when: `Raising`."""

from __future__ import annotations

import contextlib
from abc import abstractmethod
from collections.abc import Callable
from typing import Any, Protocol

from ..protocol import Error
from .connected import Connected
from .failure import Failure


class Failing(Protocol):
    """A variable or a question."""

    @property
    def failure(self) -> Failure | None: ...


class Last:
    """Which remote error somebody has seen last in this process. It keeps none alive."""

    def __init__(self) -> None:
        self.session: Callable[[], Any] | None = None
        """Where it was seen…"""
        self.error: Error | None = None
        """… and where it has happened: without its value."""

    def note(self, failure: Failure) -> None:
        error = failure.error
        if isinstance(error, Error) and failure.codec.target is not None:
            self.session = failure.codec.target
            self.error = Error(error.session, error.frame, error.message, error.type_name, "", "")


last: Last = Last()


class Raising(Connected):
    """A conversation whose errors come up where a value is needed, each once."""

    @abstractmethod
    def claim_obj(self, token: str) -> Any:
        """The `obj` of an AttributeError, which the interpreter keeps under this token; None where it cannot be had."""

    def sync(self, timeout: float | None = None) -> None:
        """Wait until all that was asked so far is done. Raises this thread's first error that it has not seen."""
        self.note_effect()  # others may have synced before, whose operations loops shall see
        here = self.thread.here
        self.settle(timeout)
        mine = self.ledger.unseen.of(here)
        first = next((failure for failure in mine if not (failure.seen or failure.synced)), None)
        for failure in mine:
            failure.synced = True
        pending, more = here.errors.take()
        if first is not None:
            raise self._see_for(first, pending, more)

    def clear_way(self) -> None:
        """Raise this thread's pending errors now: before what must not be done in vain, such as taking an item."""
        last = self.thread.here.last
        if last is not None:
            self.wait(last)
        self.raise_pending()

    def raise_failure(self, target: Failing) -> None:
        """Raise what this thread must hear before it gets a value: its pending error, then that of the target."""
        self.raise_pending()
        failure = target.failure
        if failure is not None:
            raise self.see(failure)

    def raise_pending(self) -> None:
        """Raise the first error of this thread's operations without a result, once, for all of them."""
        # Asked each time a value is needed, so no method of ours is called to find that there is nothing.
        if self.ledger.notices.texts:
            self.ledger.notices.issue()
        errors = self.thread.here.errors
        if errors.failures:
            failures, more = errors.take()
            if failures:
                raise self._see_for(failures[0], failures, more)

    def see(self, failure: Failure) -> BaseException:
        """The failure's exception, which somebody is about to see."""
        self.ledger.unseen.see(failure)
        last.note(failure)
        error = failure.exception()
        if failure.obj() and isinstance(error, AttributeError):
            with contextlib.suppress(Exception):  # the class refuses
                error.obj = self.claim_obj(failure.obj())
        return error

    def _see_for(self, failure: Failure, pending: list[Failure], more: int) -> BaseException:
        """The failure's exception, which stands for those that were pending as well: none of them is raised again."""
        others = [other for other in pending if other is not failure]
        for other in others:
            self.ledger.unseen.see(other)
        error = self.see(failure)
        if others or more:
            failure.tell_of_more(error, len(others) + more)
        return error

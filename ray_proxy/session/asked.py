"""What is asked for and has no variable: `Question`; and values that were asked for and that nobody waits for any more,
which are kept for who asks again: `Asked`."""

from __future__ import annotations

import time
from typing import Any

from .callers import Asker, Here, Standing
from .failure import Failure

UNKNOWN: Any = type("UNKNOWN", (), {"__repr__": lambda self: "UNKNOWN"})()
_NOBODY: Asker = (None, 0, Here())
FRESH = 10.0
"""Seconds for which an answer that nobody waited for is as good as a new one."""


class Question:
    """An operation without a variable, or a value that was asked for.

    Attributes:
        asker: who asks.
        quiet: an operation without a result: its error is raised at the thread's next wait.
        settled: it was executed, or failed.
        value: what was asked for, as an operand; `UNKNOWN` before it is there, and where it is None.
        failure: why there is no value.
        dropped: nobody will take the value.
        standing: the blocks that it stands in.
    """

    __slots__ = ("asker", "dropped", "failure", "quiet", "settled", "standing", "value")

    def __init__(self, asker: Asker, standing: Standing = (0, ()), quiet: bool = False) -> None:
        self.asker: Asker = asker
        self.standing: Standing = standing
        self.quiet: bool = quiet
        self.settled: bool = False
        self.dropped: bool = False
        self.value: Any = UNKNOWN
        self.failure: Failure | None = None

    def fail(self) -> None:
        """It fails, of which nobody has heard yet."""

    def settle(self) -> None:
        """It is answered. Who has asked is let go: that thread may hold this as its last operation."""
        self.settled = True
        self.asker = _NOBODY


class Request(Question):
    """Asks for the value of a variable.

    Attributes:
        target: the id of the variable.
        form: how its value shall come.
        operations: the last one that the session had seen when it was asked.
        answered: when its answer came, once nobody waited for it (`time.monotonic`).
        interrupted: its frame was, or it was cancelled; where it was not executed before that, it fails with
            KeyboardInterrupt, or CancelledError.
    """

    __slots__ = ("answered", "form", "interrupted", "operations", "target")

    def __init__(self, target: int, form: str, asker: Asker, standing: Standing) -> None:
        super().__init__(asker, standing)
        self.target: int = target
        self.form: str = form
        self.operations: int = 0
        self.answered: float | None = None
        self.interrupted: bool = False

    def is_withdrawn(self) -> bool:
        failure = self.failure if self.interrupted else None
        return failure is not None and (failure.is_interrupt() or failure.is_cancellation())


class Asked:
    """The requests of a session that were given up, by a timeout or a cancellation; at most one a variable.

    Without that, `fetch` with a short timeout in a loop would ask again each time, for a value that takes longer to
    come, and never see it.
    """

    def __init__(self) -> None:
        self.given_up: dict[int, Request] = {}
        """By the ids of their variables."""

    def again(self, target: int, form: str, operations: int) -> tuple[Request | None, Request | None]:
        """A request for the same that is as good as a new one, if no operation came between; and one that is of no use
        any more."""
        request = self.given_up.pop(target, None) if self.given_up else None
        if request is None:
            return None, None
        is_fresh = request.answered is None or time.monotonic() - request.answered < FRESH
        is_sure = not request.interrupted or form == "await"  # who awaits asks again where it was withdrawn
        if is_fresh and is_sure and (request.form, request.operations, request.failure) == (form, operations, None):
            return request, None
        return None, request

    def give_up(self, request: Request) -> Request | None:
        """Keep a request. Gives one that is of no use any more."""
        if request.failure is not None:
            return request
        if request.settled:
            note_answer(request)
        before = self.given_up.pop(request.target, None)
        self.given_up[request.target] = request
        return None if before is request else before

    def forget(self, targets: list[int]) -> list[Request]:
        """These variables are dropped. Gives requests that are of no use any more."""
        found = [self.given_up.pop(target, None) for target in targets]
        return [request for request in found if request is not None]

    def stale(self) -> list[Request]:
        """Takes out those whose answers have waited too long."""
        if not self.given_up:
            return []
        since = time.monotonic() - FRESH
        old = [id for id, one in list(self.given_up.items()) if one.answered is not None and one.answered < since]
        return [request for id in old if (request := self.given_up.pop(id, None)) is not None]

    def clear(self) -> None:
        self.given_up.clear()


def note_answer(request: Request) -> None:
    """Its answer is there, and nobody waits for it."""
    if request.answered is None:
        request.answered = time.monotonic()

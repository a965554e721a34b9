"""Values that were asked for: one that nobody waits for any more is kept for who asks for it again."""

from __future__ import annotations

import functools
import time

from .callers import Here, Where
from .handle import Handle

FRESH = 10.0
"""Seconds for which an answer that nobody waited for is as good as a new one."""


class Question(Handle):
    """Asks for the value of a variable.

    Attributes:
        target: the id of the variable.
        form: how its value shall come.
        operations: how many the session had seen when it was asked.
        answered: when its answer came, once nobody waited for it (`time.monotonic`).
        interrupted: its frame was; where it was not executed before that, it fails with KeyboardInterrupt.
    """

    __slots__ = ("answered", "form", "interrupted", "operations", "target")

    def __init__(self, target: Handle, form: str, here: Here, where: Where | None) -> None:
        super().__init__(target.session, 0, here, where)
        self.target: int = target.id
        self.form: str = form
        self.operations: int = 0
        self.answered: float | None = None
        self.interrupted: bool = False

    def is_withdrawn(self) -> bool:
        return self.interrupted and self.failure is not None and self.failure.is_interrupt()


class Asked:
    """The questions of a session that were given up, by a timeout or a cancellation; at most one a variable.

    Without that, `fetch` with a short timeout in a loop would ask again each time, for a value that takes longer to
    come, and never see it.
    """

    def __init__(self) -> None:
        self._given_up: dict[int, Question] = {}

    def again(self, target: int, form: str, operations: int) -> tuple[Question | None, Question | None]:
        """A question for the same that is as good as a new one, if no operation came between; and one that is of no use
        any more."""
        question = self._given_up.pop(target, None) if self._given_up else None
        if question is None:
            return None, None
        is_fresh = question.answered is None or time.monotonic() - question.answered < FRESH
        is_sure = not question.interrupted or form == "await"  # who awaits asks again where it was withdrawn
        if is_fresh and is_sure and (question.form, question.operations, question.failure) == (form, operations, None):
            return question, None
        return None, question

    def give_up(self, question: Question) -> Question | None:
        """Keep a question. Gives one that is of no use any more."""
        if question.failure is not None:
            return question
        before = self._given_up.pop(question.target, None)
        question.callbacks = [*(question.callbacks or ()), functools.partial(_note_answer, question)]
        if question.settled:  # looked at after the callback was set
            _note_answer(question)
        self._given_up[question.target] = question
        return None if before is question else before

    def forget(self, target: int) -> Question | None:
        """The variable is dropped. Gives a question that is of no use any more."""
        return self._given_up.pop(target, None) if self._given_up else None

    def stale(self) -> list[Question]:
        """Takes out those whose answers have waited too long."""
        if not self._given_up:
            return []
        since = time.monotonic() - FRESH
        old = [id for id, one in list(self._given_up.items()) if one.answered is not None and one.answered < since]
        return [question for id in old if (question := self._given_up.pop(id, None)) is not None]

    def clear(self) -> None:
        self._given_up.clear()


def _note_answer(question: Question) -> None:
    if question.answered is None:
        question.answered = time.monotonic()

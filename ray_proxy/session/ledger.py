"""What became of a session's operations: `Ledger` has it by the ids of their variables, from when they are given until
their variables are dropped.

A reply may be taken twice, and in the middle of taking it, by code that interrupts us: what is settled is left alone.
Knows neither channels nor the bytes of frames, and waits for nothing.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from operator import itemgetter
from typing import Any, Protocol, Union

from ..errors import ProtocolError
from ..protocol import Bulk, Bytes, Error, Ref, Reply, Stored
from .asked import Question
from .callers import Asker, Standing, where
from .failure import PENDING, Failure, Unseen
from .notices import Notices

Key = Union[int, Question, list[int], None]
"""What a message is for: the variable of that id; a question; the ids that a `Del` tells of; or nothing."""

_first: Callable[[Any], int] = itemgetter(0)


class Flight:
    """A frame that was cut: its bytes, what its messages are for, and how many of them are answered."""

    __slots__ = ("answered", "data", "interrupted", "keys")

    def __init__(self, keys: Sequence[Key], data: bytes) -> None:
        self.keys: Sequence[Key] = keys
        self.data: bytes = data
        self.answered: int = 0
        self.interrupted: bool = False
        """By the thread that waited for it, where KeyboardInterrupt was raised, and once is enough."""


class Owner(Protocol):
    """The session, as far as its ledger needs it."""

    name: str

    def failure(self, error: Error | Exception, asker: Asker | None) -> Failure:
        """An error, and who asked for the operation that failed."""

    def discard(self, operand: Bulk | Stored) -> None:
        """Nobody will take this bulk value."""

    def drop(self, id: int) -> None:
        """The variable is no longer needed."""


class Ledger:
    """What is known of each variable, and of what has none.

    Args:
        owner: whose ledger it is; held weakly, as it holds this.
    """

    def __init__(self, owner: Owner) -> None:
        self._owner = weakref.ref(owner)
        self.unsettled: dict[int, Asker] = {}
        """Operations that are not executed yet, as far as is known, and who has asked for them."""
        self.values: dict[int, Any] = {}
        """Values that are small and never change, and so came along."""
        self.failures: dict[int, Failure] = {}
        """Why there is no value."""
        self.left: dict[int, None] = {}
        """Results of operators in place that are the very object of the left operand."""
        self.standing: dict[int, Standing] = {}
        """Operations in blocks."""
        self.hashes: dict[int, int] = {}
        """Hashes of values, where they are known and stay."""
        self.with_keys: dict[int, int] = {}
        """Variables that have `keys`, as was found after that operation of their session."""
        self.parts: dict[int, range] = {}
        """Of tuples that came with their parts, the ids of these; not of those whose parts were taken."""
        self.watched: dict[int | Question, list[Callable[[], None]]] = {}
        """Whom to call, from any thread and perhaps more than once, when something is settled."""
        self.unseen: Unseen = Unseen()
        self.notices: Notices = Notices()
        self._known: weakref.WeakValueDictionary[tuple[str, int, int], Failure] = weakref.WeakValueDictionary()

    def is_settled(self, key: int | Question) -> bool:
        return key.settled if isinstance(key, Question) else key not in self.unsettled

    def asker_of(self, key: Key) -> Asker | None:
        """Who asks for it, unless it is settled."""
        if isinstance(key, int):
            return self.unsettled.get(key)
        return key.asker if isinstance(key, Question) and not key.settled else None

    # ---------------------------------------------------------------------------------------- replies

    def take(self, reply: Reply, flight: Flight) -> None:
        """Note what a reply tells of a frame. Raises `ProtocolError` where it tells of what is not there."""
        try:
            self._take(reply, flight)
        except IndexError:
            raise ProtocolError(
                f"the reply to frame {reply.frame} tells of a message or an error that is not there"
            ) from None

    def _take(self, reply: Reply, flight: Flight) -> None:
        keys, unsettled, values = flight.keys, self.unsettled, self.values
        if reply.executed < 0:
            raise IndexError
        for index, value in reply.values:
            if index < 0:
                raise IndexError
            key = keys[index]
            if type(key) is int:
                if key not in unsettled:
                    continue
                if type(value) is Bytes:
                    values[key] = value.data
                elif type(value) is Ref:
                    self.left[key] = None
                else:
                    values[key] = value
            elif isinstance(key, Question):
                if not key.dropped:
                    key.value = value
                elif isinstance(value, (Bulk, Stored)):
                    self._discard(value)
        if reply.warnings or reply.failures:
            self._take_problems(reply, flight)
        watched = self.watched
        for key in keys[flight.answered : reply.executed]:
            if type(key) is int:
                unsettled.pop(key, None)
            elif isinstance(key, Question):
                key.settle()
            elif key is not None:
                self._forget(key)  # type: ignore[arg-type]
                continue
            if watched:  # now, for what comes next may forget it
                self.call_back((key,))
        flight.answered = max(flight.answered, reply.executed)

    def _take_problems(self, reply: Reply, flight: Flight) -> None:
        keys, owner = flight.keys, self._owner()
        numbers = [*map(_first, reply.warnings), *(number for pair in reply.failures for number in pair)]
        numbers += [error.message for error in reply.errors] if reply.failures else []
        if min(numbers) < 0:
            raise IndexError
        for index, text in reply.warnings:
            asker = self.asker_of(keys[index])
            if index >= flight.answered:
                self.notices.add(text, where(asker))
        if not reply.failures or owner is None:
            return
        failures = [self._failure(owner, reply, error, keys) for error in reply.errors]
        for failure in failures:
            if flight.interrupted and failure.is_interrupt():
                self.unseen.see(failure)
        for index, at in reply.failures:
            key = keys[index]
            if type(key) is int or isinstance(key, Question):
                self.fail(key, failures[at])

    def _failure(self, owner: Owner, reply: Reply, error: Error, keys: Sequence[Key]) -> Failure:
        name = error.session, error.frame, error.message
        failure = self._known.get(name)
        if failure is None:
            is_ours = error.session == owner.name and error.frame == reply.frame
            failure = owner.failure(error, self.asker_of(keys[error.message]) if is_ours else None)
            self._known[name] = failure
        return failure

    def fail(self, key: int | Question, failure: Failure) -> None:
        """This is why an operation has no value, or which error its thread shall hear of."""
        if isinstance(key, Question):
            if key.failure is failure or key.settled:
                return
            key.fail()
            asker, standing, is_pending, key.standing = key.asker, key.standing, key.quiet, (0, ())
        else:
            found = self.unsettled.get(key)
            if found is None or self.failures.get(key) is failure:
                return
            # In place, and failed: then its variable is the left operand, as it was.
            asker, standing, is_pending = found, self.standing.pop(key, (0, ())), key in self.left
        here = asker[2]
        for block in standing[1]:
            if len(block.failures) < PENDING:
                block.failures.append((standing[0], failure))
                failure.blocks.append(block)
        if is_pending:
            if not here.errors.add(failure):
                self.unseen.count(here, here.errors)
                return
        elif isinstance(key, Question):
            key.failure = failure  # raised by who asked
            return
        else:
            self.failures[key] = failure
            failure.vars.add(key)
        failure.here = failure.here or weakref.ref(here)
        self.unseen.add(failure)

    def refuse(self, key: Key, error: Exception) -> None:
        """What cannot be sent at all has failed."""
        owner = self._owner()
        if owner is not None and (type(key) is int or isinstance(key, Question)):
            self.fail(key, owner.failure(error, self.asker_of(key)))
            self.settle(key)

    def settle(self, key: int | Question) -> None:
        """It is answered by nobody else."""
        if isinstance(key, Question):
            key.settle()
        else:
            self.unsettled.pop(key, None)
        self.call_back((key,))

    def _forget(self, ids: list[int]) -> None:
        """These variables are gone: it is the last that is heard of them."""
        values, unsettled = self.values, self.unsettled
        if len(ids) < 4:  # as in a chain, where each is told of by itself
            for id in ids:
                values.pop(id, None)
                unsettled.pop(id, None)
        else:
            deque(map(values.pop, ids, repeat(None)), maxlen=0)
            deque(map(unsettled.pop, ids, repeat(None)), maxlen=0)
        if self.parts:
            owner = self._owner()
            for id in self.parts.keys() & ids:
                for part in self.parts.pop(id, ()):
                    if owner is not None:
                        owner.drop(part)
        if self.left or self.standing or self.hashes or self.with_keys or self.failures:
            self._forget_all_of(ids)

    def _forget_all_of(self, ids: list[int]) -> None:
        for table in (self.left, self.standing, self.hashes, self.with_keys):
            if table:
                for id in ids:
                    table.pop(id, None)
        if self.failures:
            for id in ids:
                failure = self.failures.pop(id, None)
                if failure is not None:
                    failure.vars.discard(id)
                    self.unseen.may_be_lost = True

    def watch(self, key: int | Question, callback: Callable[[], None]) -> bool:
        """Have this called, from any thread and perhaps more than once, when something is settled; at once where it is.
        Whether it is still to come."""
        self.watched[key] = [*self.watched.get(key, ()), callback]
        if not self.is_settled(key):  # looked at after the callback was noted
            return True
        self.call_back((key,))
        return False

    def call_back(self, keys: Iterable[Key]) -> None:
        """Call those who watch what is settled now."""
        for key in keys:
            if type(key) is int or isinstance(key, Question):
                for callback in self.watched.pop(key, ()):
                    callback()

    def _discard(self, operand: Bulk | Stored) -> None:
        owner = self._owner()
        if owner is not None:
            owner.discard(operand)

    # -------------------------------------------------------------------------------------- the end

    def fail_all(self, keys: Iterable[Key], failure: Failure) -> int:
        """These will never be answered. Gives the number of those without a result."""
        lost = 0
        keys = [key for key in keys if type(key) is int or isinstance(key, Question)]
        for key in keys:
            if isinstance(key, Question):
                lost += key.quiet and not key.settled
                if not key.settled:
                    key.failure = failure
                    key.settle()
            elif key in self.unsettled:
                self.failures.setdefault(key, failure)
                self.unsettled.pop(key, None)
        self.call_back(keys)
        return lost

    def forked(self) -> None:
        """In a forked process: what became of operations is asked for when it is needed; who waits is not here."""
        for table in (self.unsettled, self.standing, self.watched, self.unseen):
            table.clear()
        self._known.clear()

"""Which waits there are in this process; and, where one is cancelled, that of the coroutine it was for: `Cancelling`.

Only the interpreter knows what runs a coroutine: it is told which messages, and leaves alone those that run none.
"""

from __future__ import annotations

import contextlib
import functools
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from ..interpreter.table import operands_of
from ..logs.opcodes import variables_in
from ..protocol import Message, Pickled, Ref, decode_frame
from .asked import Question, Request
from .ledger import Key, Ledger
from .outbox import Outbox
from .reader import Owner as Waiting, Reader
from .watching import Watch


class Owner(Waiting, Protocol):
    """The session whose waits these are."""

    name: str
    minor: int
    link: Any
    ledger: Ledger
    outbox: Outbox
    reader: Reader


class Cancelling:
    """The waits of a session, and what is cancelled with them."""

    def __init__(self) -> None:
        self.waits: dict[object, Sequence[int | Question]] = {}
        """What each wait is for."""
        self._keys: deque[int | Question] = deque()
        """What is to be cancelled, and not sent yet."""
        self._watch = Watch()
        """Sends it: who cancels an `await` waits for nothing."""

    def forked(self) -> None:
        """In a forked process: the threads that wait are not here."""
        self.waits.clear()
        self._keys.clear()
        self._watch.forked()

    def cancel(self, owner: Owner, key: int | Question) -> None:
        """A wait for this was cancelled: so is the coroutine that its message runs, unless another wait needs it.

        Does not wait for that.
        """
        ledger = owner.ledger
        if owner.link is None or ledger.is_settled(key) or self._is_wanted(owner, key):
            return
        if isinstance(key, Request):
            key.interrupted = True
        if not ledger.watch(key, functools.partial(_see, ledger, key)):
            return
        self._keys.append(key)
        with contextlib.suppress(RuntimeError):  # no thread is left
            self._watch.add(functools.partial(self._send, owner))

    def _send(self, owner: Owner) -> None:
        keys = set()
        while self._keys:
            keys.add(self._keys.popleft())
        owner.reader.wait(owner, lambda: all(key not in keys for key, _ in _waiting(owner)), None)  # until it is cut
        found = [
            (number, index)
            for number, flight in owner.outbox.flights.copy().items()
            for index, key in enumerate(flight.keys)
            if _is_of_operation(key) and key in keys and not owner.ledger.is_settled(key)
        ]
        if found and owner.minor >= 2:
            owner.link.cancel(owner.name, found)

    def _is_wanted(self, owner: Owner, key: int | Question) -> bool:
        """Whether another wait of this process is for that, or for what depends on it."""
        waits = {other for keys in self.waits.copy().values() for other in keys}
        return bool(waits) and not waits.isdisjoint(_dependents(_under_way(owner), key))


def _is_of_operation(key: Key) -> bool:
    return type(key) is int or isinstance(key, Question)


def _waiting(owner: Owner) -> list[tuple[Any, Message]]:
    """Messages that are in no frame yet."""
    return [pair for pair in owner.outbox.pending.copy() if _is_of_operation(pair[0])]


def _under_way(owner: Owner) -> Iterator[tuple[Any, Message]]:
    """All messages that are not answered, in their order."""
    waiting = _waiting(owner)  # first: rather are they seen twice
    for flight in owner.outbox.flights.copy().values():
        yield from zip(flight.keys, decode_frame(flight.data).messages)
    yield from waiting


def _dependents(messages: Iterable[tuple[Any, Message]], key: int | Question) -> set[int | Question]:
    """That operation, and those that need its variable, or what was made of that."""
    found = {key}
    for other, message in messages:
        if _is_of_operation(other) and not found.isdisjoint(_needed(message)):
            found.add(other)
    return found


def _needed(message: Message) -> Iterator[int]:
    """The variables that a message works on."""
    for operand in operands_of(message):
        if type(operand) is Ref:
            yield operand.id
        elif type(operand) is Pickled:
            yield from variables_in(operand.data)


def _see(ledger: Ledger, key: int | Question) -> None:
    """It was cancelled by who waited for it: nobody has to hear of that."""
    failure = key.failure if isinstance(key, Question) else ledger.failures.get(key)
    if failure is not None and failure.is_cancellation():
        ledger.unseen.see(failure)

"""A frame in execution: what is told of it, at its end, or soon where one of its messages takes long.

Knows neither user code nor time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from .. import protocol
from ..protocol import Bytes, Error, Frame, Items, Ref, Reply
from ..values.codec import rides_along
from .operators import INPLACE_OPERATORS
from .table import MISSING, Failed, Variables

REPLY_BYTES = 1024 * 1024
"""A reply with more bytes of values than this is sent before the rest of its frame is executed."""


class Run:
    """A frame in execution, of this client, from its message `start` on: makes the replies.

    What is noted of a message is complete once `at` is past it. So another thread can tell of what is done while the
    message after it is executed; the lock keeps what two threads tell in order.

    Args:
        told: by index, the values of an earlier reply to the same messages. Small immutable ones are what clients know
            of their variables, so they are put there in the place of what comes out now, which the reply tells.
        send: takes what is told before the end.
    """

    __slots__ = (
        "_answered", "_send", "_table", "at", "created", "failures", "lock", "messages", "number", "session",
        "since", "thread", "told", "until", "values", "warnings",
    )  # fmt: skip

    def __init__(
        self,
        here: Variables,
        frame: Frame,
        start: int = 0,
        told: Mapping[int, Any] | None = None,
        send: Callable[[Reply], object] | None = None,
    ) -> None:
        self._table = here.table
        self.session: str = here.name
        self.number: int = frame.number
        self.thread: int = frame.thread
        self.messages: list[Any] = frame.messages
        self._answered = start
        """So many messages of the frame were told of."""
        self._send = send
        self.at: int = start
        """Index of the message that is executed now."""
        self.since: float = time.time()
        """When it was begun."""
        self.until: float = 0.0
        """No other message is begun after this time (`time.perf_counter`)."""
        self.lock: threading.Lock = threading.Lock()
        """Held where something is told, and that is recorded."""
        self.told: Mapping[int, Any] | None = told
        self.values: list[tuple[int, Any]] = []
        self.failures: list[tuple[int, Error]] = []
        self.created: list[int] = []
        """The messages that have made a variable of a type that may ride along, and that the client does not know."""
        self.warnings: list[tuple[int, str]] = []

    def fail(self, index: int, failed: Failed) -> None:
        """This message has failed. Its variable has, too; or it is the left operand, as it was.

        It may be done already, or have failed otherwise before: an interrupt came at its very end.
        """
        message = self.messages[index]
        for noted in (self.values, self.failures):
            while noted and noted[-1][0] == index:
                noted.pop()
        while self.created[-1:] == [index]:
            self.created.pop()
        self.failures.append((index, failed.error))
        id: int = getattr(message, "id", -1)
        if id > 0 and type(message) is not protocol.Iter:
            self._table[id] = failed
            if type(message) is protocol.Op and message.op in INPLACE_OPERATORS:
                self._keep_left(message, index)
                if rides_along(self._table[id]):
                    self.created.append(index)
            self.keep_told(index, id)

    def note_left(self, message: protocol.Op, index: int, result: object) -> None:
        """Tell whether the result of an operation in place is the very object of its left operand."""
        left = message.args[0]
        if type(left) is Ref and self._table.get(left.id) is result and not rides_along(result):
            self.values.append((index, Ref(left.id)))

    def _keep_left(self, message: protocol.Op, index: int) -> None:
        """After a failed in-place operation the name stands for the unchanged left operand."""
        left = message.args[0] if message.args else None
        if type(left) is Ref:
            value = self._table.get(left.id, MISSING)
            if type(value) is not Failed:
                self._table[message.id] = value
                self.values.append((index, Ref(left.id)))

    def keep_told(self, index: int, id: int) -> None:
        """Put what a client knows of a variable into the place of what has come out; that is told in `values`."""
        if self.told is None or index not in self.told:
            return
        value, now = self.told[index], self._table[id]
        value = value.data if type(value) is Bytes else value
        if not rides_along(value) or (type(now) is type(value) and repr(now) == repr(value)):
            return
        if self.created[-1:] == [index]:
            self.created.pop()
        if rides_along(now):
            self.values.append((index, Bytes(now) if type(now) is bytes else now))
        self._table[id] = value

    def keep_told_items(self, index: int, id: int) -> None:
        """The same for the items of an `Iter`."""
        items = None if self.told is None else self.told.get(index)
        if type(items) is not Items:
            return
        table, first = self._table, id
        if items.parts:
            first += self.messages[index].count
        for at, item in enumerate(items.values, first):
            value = item.data if type(item) is Bytes else item
            if rides_along(value):
                now = table.get(at)
                table[at] = value if not items.dtype or now is None else type(now)(value)  # type: ignore[call-arg]
        if items.parts:
            for at in range(len(items.values) // items.parts):
                part = first + at * items.parts
                table[id + at] = tuple([table.get(part + nth) for nth in range(items.parts)])

    def value(self, id: int) -> object:
        """What stands in the table for this id, whatever it is."""
        return self._table.get(id)

    def reply(self, executed: int) -> Reply:
        """What was not told, where so many messages of the frame are done."""
        with self.lock:
            return self._reply(executed)

    def tell(self, now: float) -> None:
        """Tell what is done, if the message that is executed now is the last, and takes long. For another thread."""
        if now < self.until or self._send is None:  # first: a message that ends after this time ends the run
            return
        with self.lock:
            at = self.at
            if at > self._answered:
                self._send(self._reply(at))

    def _reply(self, stop: int) -> Reply:
        start, self._answered = self._answered, stop
        values = [told for told in self.values if start <= told[0] < stop]
        table, messages = self._table, self.messages
        for at in self.created:
            if start <= at < stop:
                value: Any = table.get(messages[at].id, MISSING)
                kind = type(value)
                if kind is float or kind is bool or (kind is int and -(2**63) <= value < 2**63):
                    values.append((at, value))
                elif kind is not Failed and rides_along(value):  # not deleted meanwhile
                    values.append((at, Bytes(value) if kind is bytes else value))
        errors: list[Error] = []
        failures: list[tuple[int, int]] = []
        numbers: dict[int, int] = {}
        for at, error in self.failures:
            if start <= at < stop:
                nth = numbers.setdefault(id(error), len(errors))
                if nth == len(errors):
                    errors.append(error)
                failures.append((at, nth))
        warnings = [warning for warning in self.warnings if start <= warning[0] < stop]
        return Reply(self.number, stop, values, failures, errors, warnings)

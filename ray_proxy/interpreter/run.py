"""What is told of a frame in execution: results, failures, and what rides along.

Knows neither user code nor time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import protocol
from ..protocol import Bytes, Error, Frame, Items, Ref, Reply
from ..values.codec import rides_along
from .operators import INPLACE_OPERATORS
from .table import MISSING, Failed, Variables

REPLY_BYTES = 1024 * 1024
"""A reply with more bytes of values than this is sent before the rest of its frame is executed."""


class Run:
    """A frame in execution, of this client: makes the reply.

    Args:
        told: by index, the values of an earlier reply to the same messages. Small immutable ones are what clients know
            of their variables, so they are put there in the place of what comes out now, which the reply tells.
    """

    __slots__ = ("_number", "_table", "created", "errors", "failures", "told", "values", "warnings")

    def __init__(self, here: Variables, frame: Frame, told: Mapping[int, Any] | None = None) -> None:
        self._table = here.table
        self._number = frame.number
        self.told: Mapping[int, Any] | None = told
        self.values: list[tuple[int, Any]] = []
        self.failures: list[tuple[int, int]] = []
        self.errors: list[Error] = []
        self.created: list[tuple[int, int]] = []
        """Index and id of the variables that were made, and that the client does not know."""
        self.warnings: list[tuple[int, str]] = []

    def fail(self, index: int, message: protocol.Message, failed: Failed) -> None:
        """This message has failed. Its variable has, too; or it is the left operand, as it was."""
        errors = self.errors
        nth = next((nth for nth, error in enumerate(errors) if error is failed.error), len(errors))
        if nth == len(errors):
            errors.append(failed.error)
        self.failures.append((index, nth))
        id: int = getattr(message, "id", -1)
        if id > 0 and type(message) is not protocol.Iter:
            self._table[id] = failed
            if type(message) is protocol.Op and message.op in INPLACE_OPERATORS:
                self._keep_left(message, index)
                self.created.append((index, id))
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
            if value is not MISSING and type(value) is not Failed:
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
        if (index, id) in self.created[-1:]:
            self.created.pop()
        self._ride_along([(index, id)])
        self._table[id] = value

    def keep_told_items(self, index: int, id: int) -> None:
        """The same for the items of an `Iter`."""
        items = None if self.told is None else self.told.get(index)
        if type(items) is Items:
            for at, item in enumerate(items.values, id):
                value = item.data if type(item) is Bytes else item
                if rides_along(value):
                    self._table[at] = value

    def _ride_along(self, created: list[tuple[int, int]]) -> None:
        """Tell the small immutable ones of the variables, given by index and id, that messages have made."""
        table, values = self._table, self.values
        for at, id in created:
            value = table.get(id, MISSING)
            if rides_along(value):
                values.append((at, Bytes(value) if type(value) is bytes else value))

    def reply(self, executed: int) -> Reply:
        """What is told, where so many messages of the frame are done."""
        self._ride_along(self.created)
        return Reply(self._number, executed, self.values, self.failures, self.errors, self.warnings)

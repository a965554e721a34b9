"""The variables of one client, and what stands in their place where there is no value.

Knows not how a message is executed.
"""

from __future__ import annotations

from typing import Any

from ..errors import StaleVarError
from ..protocol import Bulk, Error, Frame, Message, Pickled, Ref
from ..values.codec import Codec
from ..values.definitions import Definitions
from ..values.store import Store
from .leases import Given


class Failed:
    """Stands in the table for a variable whose operation failed."""

    __slots__ = ("error",)

    def __init__(self, error: Error) -> None:
        self.error: Error = error


MISSING: Any = Failed(None)  # type: ignore[arg-type]
"""What a look-up gives where there is no variable. It is a `Failed`, so that who reads an operand asks for one type."""


class DependsOnFailed(Exception):
    def __init__(self, failed: Failed) -> None:
        self.failed = failed


class NotYet(BaseException):
    """The message waits, or needs a variable whose operation is executed further out, or later."""


class Variables:
    """The variables of one client, and how its values are coded."""

    __slots__ = ("codec", "given", "late", "late_tokens", "name", "overtaken", "running", "table")

    def __init__(self, given: Given, store: Store | None, known: Definitions, minor: int) -> None:
        self.given: Given = given
        self.name: str = given.session
        session = given.session
        self.table: dict[int, object] = {}
        self.running: list[Frame] = []
        """Frames of it that are being executed, each in the middle of the one before."""
        self.overtaken: list[list[Message]] = []
        """Messages that came before those that are executed now, and are still to be executed: of other threads."""
        self.late: list[int] = []
        """Ids of variables that are dropped once none of these needs them…"""
        self.late_tokens: list[str] = []
        """… and tokens, once there are none."""
        self.codec: Codec = Codec(store, session, self.variable, known=known)
        self.codec.minor = minor

    def variable(self, id: int) -> object:
        value = self.table.get(id, MISSING)
        if value is MISSING:
            if self.is_to_come(id):
                raise NotYet
            raise StaleVarError(
                f"variable {id} is not in the interpreter: it was deleted, or cleared by delete_unnamed_vars; "
                "keep what must last under a name, with env.put_named"
            )
        if type(value) is Failed:
            raise DependsOnFailed(value)
        return value

    def is_to_come(self, id: int) -> bool:
        """Whether a frame that is being executed further out, or is still to be executed, makes this variable."""
        frames = [*(frame.messages for frame in self.running[:-1]), *self.overtaken]
        return any(getattr(message, "id", 0) == id for messages in frames for message in messages)

    def unneeded(self, ids: list[int]) -> list[int]:
        """Which of these, and of those that are late, can be dropped now; the others are late."""
        operands = [operand for messages in self.overtaken for message in messages for operand in operands_of(message)]
        needed = {operand.id for operand in operands if type(operand) is Ref}
        hidden = any(type(operand) in (Pickled, Bulk) for operand in operands)
        ids = [*self.late, *ids]
        self.late = [id for id in ids if hidden or id in needed]
        return [] if hidden else [id for id in ids if id not in needed]


def operands_of(message: Any) -> list[Any]:
    """All operands of a message, whatever its kind."""
    operands = [getattr(message, name, None) for name in ("obj", "value", "function")]
    return [*operands, *getattr(message, "args", ()), *getattr(message, "kwargs", {}).values()]

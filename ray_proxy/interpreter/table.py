"""The variables of one client, and what stands in their place where there is no value.

Knows not how a message is executed.
"""

from __future__ import annotations

from typing import Any

from ..errors import StaleVarError
from ..protocol import Error, Frame
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
    """The message needs a variable whose operation is being executed, further out."""


class Variables:
    """The variables of one client, and how its values are coded."""

    __slots__ = ("codec", "given", "name", "running", "table")

    def __init__(self, given: Given, store: Store | None, known: Definitions, minor: int) -> None:
        self.given: Given = given
        self.name: str = given.session
        session = given.session
        self.table: dict[int, object] = {}
        self.running: list[Frame] = []
        """Frames of it that are being executed, each in the middle of the one before."""
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
        """Whether a frame that is being executed further out makes this variable."""
        return any(getattr(message, "id", 0) == id for frame in self.running[:-1] for message in frame.messages)

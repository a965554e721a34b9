"""What an interpreter was created with."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from ..doors import stand_behind
from ..interpreter.leases import LEASE
from ..logs.writer import LIMIT
from ..server.server import GRACE

OUTPUTS: tuple[str | None, ...] = ("client", "ray", None)


class Settings(msgspec.Struct, frozen=True):
    """What an interpreter was created with, beside Ray's options.

    It travels as a pickle to an actor that may be of an older release: fields are only added, at the end, and are not
    in the pickle where they have their defaults.
    """

    grace: float = GRACE
    """Seconds for which a session whose channel was lost is kept, and a silent interpreter waited for."""
    lease: float = LEASE
    """Seconds for which a pickled Var is held after its last pickling or claim."""
    record: str = ""
    """Path of the log, where there shall be one, on the node of the interpreter."""
    record_limit: int = LIMIT
    """Bytes at which it stops."""
    recover: bool = False
    """Where Ray restarts the process, its state is rebuilt from the log."""
    output: str | None = "client"
    """Who is told what user code writes to stdout and stderr: the client that it runs for; None: nobody. With "ray", it
    is left to Ray."""
    debug: bool = False
    """The frames of errors are kept for a debugger."""

    def __post_init__(self) -> None:
        if not isinstance(self.record_limit, int) or self.record_limit <= 0:
            raise ValueError(f"record_limit is a number of bytes above 0, not {self.record_limit!r}")
        if self.recover and not self.record:
            raise ValueError(
                "recover=True needs a log to recover from: record=path, where every node sees the same file"
            )
        if self.output not in OUTPUTS:
            raise ValueError(f"output is 'client', 'ray' or None, not {self.output!r}")
        if not isinstance(self.debug, bool):
            raise ValueError(f"debug is True or False, not {self.debug!r}")
        for name in ("grace", "lease"):
            seconds = getattr(self, name)
            if not isinstance(seconds, (int, float)) or not 0 < seconds < math.inf:
                raise ValueError(f"{name} is a number of seconds above 0, not {seconds!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        values = list(msgspec.structs.astuple(self))
        defaults = list(self.__struct_defaults__)
        while values and values[-1] == defaults[-1]:
            values.pop()
            defaults.pop()
        return Settings, tuple(values)


stand_behind("ray_proxy.actor", Settings)

"""The texts that an interpreter has been sent, and by whom. Any thread may ask; each change is one line."""

from __future__ import annotations

import time
from dataclasses import dataclass

from .texts import ModuleText


@dataclass(frozen=True, slots=True)
class Held:
    """One text that is in force.

    Attributes:
        sender: the client that sent it, as HOST:PID. Empty for what was found on this disk.
        since: when it came, in seconds since the epoch.
    """

    text: ModuleText
    sender: str
    since: float


class Sources:
    """The project code of an interpreter: one text of each module.

    Attributes:
        revision: another object whenever a text has come: what was not there before may be there now.
    """

    def __init__(self) -> None:
        self.revision: object = object()
        self._held: dict[str, Held] = {}

    def take(self, text: ModuleText, sender: str) -> None:
        """From now on, this is the text of its module."""
        self._held[text.name] = Held(text, sender, time.time())
        self.revision = object()

    def put_back(self, name: str, held: Held | None) -> None:
        """What was taken of this module is not in force, but this, as before."""
        if held is None:
            self._held.pop(name, None)
        else:
            self._held[name] = held
        self.revision = object()

    def would_take(self, text: ModuleText, sender: str) -> bool:
        """Whether a text that no one insists on should take the place of the one in force.

        So it is where there is none, or where the file was written later. What was found on this disk gives way to any
        other text: when a copy was written says nothing about its age. A client's own text gives way to the next one of
        the same client: a file that is put back is as old as it was, and two may be saved within one tick of the clock.
        """
        held = self._held.get(text.name)
        if held is None:
            return True
        is_next = held.sender in ("", sender) or text.mtime_ns > held.text.mtime_ns
        return held.text.digest != text.digest and is_next

    def get(self, name: str) -> ModuleText | None:
        held = self._held.get(name)
        return None if held is None else held.text

    def held(self, name: str) -> Held | None:
        return self._held.get(name)

    def owner_of(self, name: str) -> str | None:
        """The client that sent a module, or else the nearest of its parent packages. None if none is known."""
        while name:
            held = self._held.get(name)
            if held is not None and held.sender:
                return held.sender
            name = name.rpartition(".")[0]
        return None

    def listing(self) -> list[Held]:
        """All that is in force, by the names of the modules."""
        return [held for _, held in sorted(dict(self._held).items())]

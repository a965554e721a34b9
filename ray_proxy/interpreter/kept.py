"""The frames of errors, with all that their variables hold, kept for a debugger: those of the last few of a client.

Nothing is kept unless that was asked for. Knows not what a debugger is.
"""

from __future__ import annotations

import traceback

from ..files import PACKAGE

MOST = 5
"""So many errors of a client have their frames kept."""
_OUT_OF_MEMORY = {"MemoryError", "torch.OutOfMemoryError", "torch.cuda.OutOfMemoryError"}
"""What is held then is what is wanted back."""

Place = tuple[int, int]
"""Where an error has happened in its session: number of the frame, and index of the message."""


class Frames:
    """Exceptions with their tracebacks."""

    def __init__(self) -> None:
        self.always: bool = False
        """Those of all clients are kept."""
        self._wanted: set[str] = set()
        """The sessions whose errors are."""
        self._kept: dict[str, dict[Place, BaseException]] = {}

    def want(self, session: str, wanted: bool = True) -> None:
        """Whether those of this session are kept from now on."""
        (self._wanted.add if wanted else self._wanted.discard)(session)

    def are_wanted(self, session: str) -> bool:
        return self.always or session in self._wanted

    def keep(self, session: str, place: Place, problem: BaseException) -> None:
        """Keep those of this error, if code of users is among them, and the memory was not exhausted."""
        if _is_of_memory(problem) or not _has_frames(problem):
            return
        kept = self._kept.setdefault(session, {})
        kept[place] = problem
        while len(kept) > MOST:
            del kept[next(iter(kept))]

    def get(self, session: str, place: Place) -> BaseException | None:
        return self._kept.get(session, {}).get(place)

    def leave(self, session: str) -> list[object]:
        """The session has ended. Gives what was kept of it, to be let go of."""
        self._wanted.discard(session)
        return list(self._kept.pop(session, {}).values())

    def count(self) -> int:
        """Of how many errors there are frames."""
        return sum(map(len, tuple(self._kept.values())))


here: Frames = Frames()
"""Those of this process, where it is there for one interpreter."""


def _has_frames(problem: BaseException) -> bool:
    return any(
        not frame.f_code.co_filename.startswith(PACKAGE) for frame, _ in traceback.walk_tb(problem.__traceback__)
    )


def _is_of_memory(problem: BaseException) -> bool:
    """Whether it is an error of memory that is exhausted, or has come of one, whose frames it would keep, too."""
    seen: list[BaseException] = []
    todo: list[BaseException | None] = [problem]
    while todo:
        part = todo.pop()
        if part is None or any(part is other for other in seen):
            continue
        seen.append(part)
        if any(_name(kind) in _OUT_OF_MEMORY for kind in type(part).__mro__):
            return True
        todo += [part.__cause__, part.__context__]
    return False


def _name(kind: type) -> str:
    name = kind.__qualname__
    return name if kind.__module__ == "builtins" else f"{kind.__module__}.{name}"

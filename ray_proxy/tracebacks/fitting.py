"""How much of an error fits into the lines that a cell may show: of its chain, frames and messages.

Knows neither IPython nor how lines are printed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .lines import Line, chain, everything_of, is_any_ours, place_of

MOST = 25
"""Lines that an error takes at most."""
_LINKS = 3
"""Errors of a chain: the one that was raised, and those before it."""
_FRAMES = 5
"""Frames of one error."""
_CAUSE_FRAMES = 2
"""Frames of each that led to it."""
_OF_CAUSE = 5
"""Lines that a frame of those takes: its own, the empty one after it, and three of text."""
_BESIDE = 2
"""Lines that a frame takes beside its text."""
_LEAST, _WANTED = 2, 5
"""Lines of text that a frame has."""
_BETWEEN = 3
"""Lines between two errors."""
_MESSAGE = 8
"""Lines of a message, where all of it does not fit…"""
_CAUSE_MESSAGE = 3
"""… and of that of an error before it."""
_LONGEST = 2000
"""Characters of a line of a message."""


@dataclass
class Link:
    """An error of a chain, as it is shown."""

    error: BaseException
    lines: list[Line]
    text: str
    """Its message, as far as that fits."""
    is_cut: bool
    """That is not as the error itself has it."""
    notes: list[str] = field(default_factory=list)
    """What stands behind the message."""


@dataclass
class Shown:
    """What is shown of an error: the links of its chain, the last one first."""

    links: list[Link]
    context: int
    """Lines of text that each frame of the first has."""


def fitted(error: BaseException) -> Shown | None:
    """What is shown of an error of ours, or of one in whose chain there is one; None: it is to be shown as it is."""
    errors = chain(error)
    if not is_any_ours(errors):
        return None
    left_out = len(errors) - _LINKS
    errors = errors[:_LINKS]
    links, seen, place = [], set(), ""
    for at, one in enumerate(errors):
        lines = [line for line in everything_of(one) if (line.file, line.number) not in seen or not at]
        seen |= {(line.file, line.number) for line in lines}
        notes = _notes_of(one)
        if place_of(one) not in ("", place):
            place = place_of(one)
            notes.append(place)
        links.append(Link(one, lines, *_message(one, _CAUSE_MESSAGE if at else _MESSAGE), notes))
    if left_out > 0:
        links[-1].notes.append(f"… {left_out} error{'s' * (left_out > 1)} before it not shown")
    return Shown(links, _fit_frames(links))


def clipped(text: str) -> list[str]:
    """The lines of a text, without the middle of those that do not fit."""
    lines = text.splitlines()
    if len(lines) <= MOST:
        return lines
    half = MOST // 2
    return [*lines[:half], f"… {len(lines) - 2 * half:,} lines are left out …", *lines[len(lines) - half :]]


def _fit_frames(links: list[Link]) -> int:
    """Leave out frames that do not fit. Gives how many lines of text each of the first error's has."""
    first, *causes = links
    room = MOST - 1 - _BETWEEN * len(causes)
    room -= sum(1 + link.text.count("\n") + 1 + sum(1 + note.count("\n") for note in link.notes) for link in links)
    spare = room - min(2, len(first.lines)) * (_BESIDE + _LEAST)
    for cause in causes:
        count = max(0, min(_CAUSE_FRAMES, len(cause.lines), spare // _OF_CAUSE))
        cause.lines = cause.lines[len(cause.lines) - count :]
        spare -= count * _OF_CAUSE
        room -= count * _OF_CAUSE
    count = max(1, min(_FRAMES, len(first.lines), room // (_BESIDE + _LEAST)))
    if count < len(first.lines):
        first.lines = [*first.lines[: count // 2], *first.lines[len(first.lines) - (count - count // 2) :]]
    return max(_LEAST, min(_WANTED, room // count - _BESIDE))


def _message(error: BaseException, most: int) -> tuple[str, bool]:
    """The message as far as it fits, and whether it is cut."""
    try:
        text = str(error)
    except Exception as problem:
        return f"<its str() raises {type(problem).__name__}>", True
    lines = [_shortened(line) for line in text.split("\n")]
    if len(lines) > most:
        half = most // 2
        count = len(lines) - 2 * half
        hint = "str(sys.last_value) has them"
        lines = [*lines[:half], f"… {count:,} lines are left out; {hint}", *lines[len(lines) - half :]]
    shown = "\n".join(lines)
    return shown, shown != text


def _shortened(line: str) -> str:
    if len(line) <= _LONGEST:
        return line
    half = _LONGEST // 2
    return f"{line[:half]} … {len(line) - 2 * half:,} characters are left out … {line[-half:]}"


def _notes_of(error: BaseException) -> list[str]:
    notes = getattr(error, "__notes__", None)
    if not isinstance(notes, (list, tuple)):
        return []
    shown = []
    for note in notes:
        lines = [_shortened(line) for line in str(note).split("\n")]
        shown.append("\n".join([*lines[:_CAUSE_MESSAGE], "…"] if len(lines) > _CAUSE_MESSAGE + 1 else lines))
    return shown

"""How much of an error fits into the lines that a cell may show: of its chain, frames, messages and notes.

Knows neither IPython nor how lines are printed. An error itself is never changed, and may be of any class: what it says
of itself is asked for once.
"""

from __future__ import annotations

import itertools
import re
import sys
from dataclasses import dataclass

from ..errors import printable
from ..values.exceptions import part_of
from .lines import Line, chain, everything_of, is_any_ours, notes_of, place_of, shown_chain

MOST = 25
"""Lines that an error takes at most."""
HERE = "sys.last_value"
"""Where an error is found when it was shown."""
_LINKS = 3
"""Errors of a chain: the one that was raised, the one before it, and the first of all."""
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
_MESSAGE = 8, 4, 3
"""Lines of a message, or of notes, where not all of them fit: of one error, and of the last of two or three…"""
_CAUSE_MESSAGE = 3, 2, 1
"""… and of each before it."""
_NOTE = 3
"""Lines of a note, of several."""
_LONGEST = 2000
"""Characters of a message…"""
_SHORTEST = 200
"""… as many has each line of it in any case…"""
_WIDEST = 2500
"""… and at most that has any line, with the name of the error."""
_NAME = 200
"""Characters of the name of a class."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_POINTER = re.compile(r"-+> ?\d")
"""What the line of a frame begins with that it is at."""


@dataclass
class Link:
    """An error of a chain, as it is shown."""

    error: BaseException
    lines: list[Line]
    text: str
    """Its message, as far as that fits."""
    notes: list[str]
    """What stands behind the message."""


@dataclass
class Shown:
    """What is shown of an error: the links of its chain, the last one first."""

    links: list[Link]
    context: int
    """Lines of text that each frame of the first has."""


def fitted(error: BaseException) -> Shown | None:
    """What is shown of an error of ours, or of one in whose chain there is one; None: it is to be shown as it is."""
    if not is_any_ours(chain(error)):
        return None
    errors = shown_chain(error)
    places = _places(errors)
    left_out = len(errors) - _LINKS
    if left_out > 0:
        errors = [*errors[: _LINKS - 1], errors[-1]]
        places = [*places[: _LINKS - 1], places[-1]]
    links, seen, told = [], set(), ""
    for at, (one, place) in enumerate(zip(errors, places)):
        lines = [line for line in everything_of(one) if (line.file, line.number) not in seen or not at]
        seen |= {(line.file, line.number) for line in lines}
        most = (_CAUSE_MESSAGE if at else _MESSAGE)[len(errors) - 1]
        text = shortened(message_of(one), most, f"str({place})")
        notes = _notes(one, most, place)
        if place_of(one) not in ("", told):
            told = place_of(one)
            notes.append(told)
        links.append(Link(one, lines, text, notes))
    if left_out > 0:
        links[-1].notes.append(f"… {left_out} error{'s' * (left_out > 1)} behind it not shown")
    return Shown(links, _fit_frames(links))


def message_of(error: BaseException) -> str:
    """Its text; in words, where that cannot be told."""
    try:
        return str(error)
    except BaseException as problem:  # whatever it does: it is an error that is shown
        return f"<its str() raises {name_of(type(problem))}>"


def name_of(kind: type) -> str:
    """The name of a class, as one line that is not too long."""
    name = printable(type.__getattribute__(kind, "__name__"))
    return name if len(name) <= _NAME else f"{name[:_NAME]}…"


def stand_in(error: BaseException, text: str, notes: list[str]) -> BaseException:
    """An error that looks the same, with this message and these notes, and nothing else."""
    kind = type(error)
    if sys.version_info < (3, 11):
        text = "\n".join([text, *notes])
    names = {"__module__": kind.__module__, "__qualname__": name_of(kind)}
    made: BaseException
    if isinstance(error, SyntaxError):
        base = next(one for one in (TabError, IndentationError, SyntaxError) if isinstance(error, one))
        line, offset = error.text, error.offset or 0
        if isinstance(line, str) and len(line) > _SHORTEST:
            begin = max(0, offset - _SHORTEST // 2)
            line, offset = line[begin : begin + _SHORTEST], offset - begin
        place = error.filename, error.lineno, offset, line
        made = type(name_of(kind), (base,), names)(shortened(str(error.msg), _MESSAGE[0], HERE), place)
    else:
        made = type(name_of(kind), (Exception,), {**names, "__str__": lambda self: text})()
    if sys.version_info >= (3, 11):
        made.__notes__ = notes
    return made


def clipped(text: str, where: str = "") -> list[str]:
    """The lines of a text, without the middle of those that do not fit.

    Args:
        where: what has all of them.
    """
    lines = [_narrowed(line, _WIDEST) for line in text.splitlines()]
    return lines if len(lines) <= MOST else _middle_out(lines, MOST - 1, where)


def held(blocks: list[str], context: int) -> list[str]:
    """The lines of a traceback that a shell has made, so that they are not too many.

    First of all, frames are as long as they should be, where a statement of many lines has made them longer.

    Args:
        context: how many lines of text a frame has.
    """
    parts = [block.split("\n") for block in blocks]
    if sum(map(len, parts)) > MOST:
        parts = [_around_pointer(lines, max(context, _LEAST)) for lines in parts]
    return clipped("\n".join("\n".join(lines) for lines in parts), HERE)


def plain(text: str) -> str:
    """A text without colours."""
    return _COLOUR.sub("", text)


def _around_pointer(lines: list[str], most: int) -> list[str]:
    """The lines of a frame: its own, and those around the one that it is at."""
    last = len(lines) - (not lines[-1])
    at = next((at for at, line in enumerate(lines) if _POINTER.match(plain(line))), None)
    if at is None or last <= most + 1:
        return lines
    begin = max(1, min(at - most // 2, last - most))
    return [lines[0], *lines[begin : begin + most], *lines[last:]]


def _middle_out(lines: list[str], most: int, where: str = "") -> list[str]:
    """So many lines, where there are more, and one that tells how many there are beside."""
    if len(lines) <= most:
        return lines
    half = most // 2
    hint = f"; {where} has them" if where else " …"
    return [*lines[: most - half], f"… {len(lines) - most:,} lines are left out{hint}", *lines[len(lines) - half :]]


def _narrowed(line: str, most: int) -> str:
    if len(line) <= most:
        return line
    line = plain(line)
    half = most // 2
    return f"{line[:half]} … {len(line) - 2 * half:,} characters are left out … {line[len(line) - half :]}"


def shortened(text: str, most: int, where: str) -> str:
    """A text of so many lines at most, and not too wide; `where` has all of it."""
    lines = text.splitlines()
    if len(lines) <= most and len(text) <= _LONGEST:
        return "\n".join(lines)
    lines = _middle_out(lines, most, where)
    return "\n".join(_narrowed(line, max(_SHORTEST, _LONGEST // len(lines))) for line in lines)


def _notes(error: BaseException, most: int, place: str) -> list[str]:
    """Those of an error, as far as they fit."""
    notes = []
    for note in notes_of(error):
        text = note if isinstance(note, str) else _note_text(note)
        lines = text.splitlines()
        cut = [*lines[: _NOTE - 1], f"… {len(lines) - _NOTE + 1:,} lines are left out"]
        notes.append("\n".join(_narrowed(line, _LONGEST // 4) for line in (lines if len(lines) <= _NOTE else cut)))
    left = 0
    while len(notes) > 1 and sum(1 + note.count("\n") for note in notes) > most:
        del notes[len(notes) // 2]
        left += 1
    if left:
        notes.insert((len(notes) + 1) // 2, f"… {left:,} note{'s' * (left > 1)} left out; {place}.__notes__ has all")
    return notes


def _note_text(note: object) -> str:
    try:
        return str(note)
    except BaseException as problem:  # whatever it does
        return f"<a note whose str() raises {name_of(type(problem))}>"


def _places(errors: list[BaseException]) -> list[str]:
    """How each error of a chain is found."""
    places = [HERE]
    for error, before in itertools.pairwise(errors):
        is_cause = part_of(error, "__cause__") is before
        places.append(f"{places[-1]}.{'__cause__' if is_cause else '__context__'}")
    return places


def _fit_frames(links: list[Link]) -> int:
    """Leave out frames that do not fit. Gives how many lines of text each of the first error's has."""
    first, *causes = links
    first.lines, repeated = _without_repeated(first.lines)
    room = MOST - 1 - _BETWEEN * len(causes)
    room -= sum(1 + _height(link.text) + sum(map(_height, link.notes)) for link in links)
    spare = room - min(2, len(first.lines)) * (_BESIDE + _LEAST)
    for cause in reversed(causes):  # where it began comes first
        count = max(0, min(_CAUSE_FRAMES, len(cause.lines), spare // _OF_CAUSE))
        cause.lines = cause.lines[len(cause.lines) - count :]
        spare -= count * _OF_CAUSE
        room -= count * _OF_CAUSE
    count = max(1, min(_FRAMES, len(first.lines), room // (_BESIDE + _LEAST)))
    if repeated or count < len(first.lines):
        room -= 1
        count = max(1, min(count, room // (_BESIDE + _LEAST)))
        first.notes.append("… frames are left out; ray_proxy.show_all_frames() has them shown")
    if count < len(first.lines):
        first.lines = [*first.lines[: count // 2], *first.lines[len(first.lines) - (count - count // 2) :]]
    return max(_LEAST, min(_WANTED, room // count - _BESIDE))


def _without_repeated(lines: list[Line]) -> tuple[list[Line], bool]:
    """Lines, each of a recursion twice at most; and whether there were more."""
    kept: list[Line] = []
    for line in lines:
        same = [one for one in kept[-2:] if (one.file, one.number) == (line.file, line.number)]
        if len(same) < 2:
            kept.append(line)
        else:
            kept[-1] = line
    return kept, len(kept) < len(lines)


def _height(text: str) -> int:
    return max(1, len(text.splitlines()))

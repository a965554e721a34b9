"""Which lines of an error are shown: those of the user, here and in the interpreter, and the innermost of a library.

Nothing of the error is changed. Knows neither IPython nor how lines are printed.
"""

from __future__ import annotations

import functools
import linecache
import os
import site
import sys
import sysconfig
from collections.abc import Iterable
from types import FrameType, TracebackType
from typing import Any, NamedTuple

from ..errors import RayProxyError, RemoteTraceback
from ..files import PACKAGE
from ..protocol import Error
from ..session.failure import Failure, failure_of
from ..values.exceptions import part_of

ALL: bool = False
"""Whether errors are shown with all their frames, as Python does: see `show_all_frames`."""
MOST = 8
"""So many lines are shown at most."""
NOTE = "ray_proxy: "
"""With this the notes begin that this package adds to errors."""
_LONGEST_CHAIN = 32
_SINCE = 5
"""The minor version of the protocol with which errors tell their frames."""
_THERE = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


class Line(NamedTuple):
    """A line of a traceback."""

    file: str
    first: int
    """The first line of its code…"""
    number: int
    """… and its own."""
    name: str
    """Of its function."""
    text: str
    frame: FrameType | None = None
    """Where it is of this process…"""
    instruction: int = 0
    """… and its instruction (`tb_lasti`)."""


def show_all_frames(wanted: bool = True) -> None:
    """Show errors of remote code with all frames, those of ray_proxy and of libraries too, as Python does; or not.

    By default, and with False, an error that is shown has the lines of your own code alone, here and in the
    interpreter, and the innermost one of a library. Handlers, `logging` and debuggers see all of it in any case.
    """
    global ALL
    ALL = wanted


def notes_of(error: BaseException) -> list[Any]:
    """Its notes, which may be anything."""
    notes = part_of(error, "__dict__").get("__notes__")
    return list(notes) if type(notes) in (list, tuple) else []


def following(error: BaseException) -> BaseException | None:
    """The error that is shown before this one: its cause, or context; None where that is the remote text, or where an
    error of this package says what another one, of a library that it has called, had to say."""
    found: BaseException | None = part_of(error, "__cause__")
    if found is None and not part_of(error, "__suppress_context__"):
        found = part_of(error, "__context__")
    if found is None or isinstance(found, RemoteTraceback):
        return None
    if isinstance(error, RayProxyError) and not _here(part_of(found, "__traceback__"), keep_last=False):
        return None
    return found


def chain(error: BaseException) -> list[BaseException]:
    """An error, and those that are shown before it."""
    links, seen = [error], {id(error)}
    while len(links) < _LONGEST_CHAIN and (before := following(links[-1])) is not None and id(before) not in seen:
        links.append(before)
        seen.add(id(before))
    return links


def shown_chain(error: BaseException) -> list[BaseException]:
    """An error, and those before it that say more: where Ctrl-C was pressed again, the first time does not."""
    links = chain(error)
    again = isinstance(error, KeyboardInterrupt) and any(isinstance(link, KeyboardInterrupt) for link in links[1:])
    return links[:1] if again else links


def own_failure(error: BaseException) -> Failure | None:
    """The failure of the remote operation that this error itself is raised for; not that of one which has led to it."""
    failure = failure_of(error)
    if failure is not None and any(part_of(before, "__traceback__") is not None for before in chain(error)[1:]):
        return None  # that was raised here, and this one is of the code that has handled it
    return failure


def is_ours(error: BaseException) -> bool:
    """Whether it is of a remote operation, has passed by this package, or has a note of it."""
    if own_failure(error) is not None or isinstance(error, RayProxyError):
        return True
    if any(isinstance(note, str) and note.startswith(NOTE) for note in notes_of(error)):
        return True
    at = part_of(error, "__traceback__")
    while at is not None:
        if at.tb_frame.f_code.co_filename.startswith(PACKAGE):
            return True
        at = at.tb_next
    return False


def is_any_ours(errors: Iterable[BaseException]) -> bool:
    """Whether one of them is not shown as Python shows it."""
    return any(lines_of(error) is not None for error in errors)


def lines_of(error: BaseException) -> list[Line] | None:
    """What is shown of an error of ours, outermost first; None: it is to be shown as it is."""
    if ALL or not is_ours(error):
        return None
    failure = own_failure(error)
    if failure is not None and (not isinstance(failure.error, Error) or failure.codec.minor < _SINCE):
        return None  # an older release tells no frames
    return some(everything_of(error))


def everything_of(error: BaseException) -> list[Line]:
    """The lines of an error that may be shown, ours or not, outermost first: all of them."""
    failure = own_failure(error)
    if failure is None or not isinstance(failure.error, Error):
        return _here(part_of(error, "__traceback__"), keep_last=not isinstance(error, KeyboardInterrupt))
    lines = _here(part_of(error, "__traceback__"), keep_last=False)
    asked = _asked(failure)
    if asked is not None and not any((line.file, line.number) == (asked.file, asked.number) for line in lines):
        lines.append(asked)
    return [*lines, *_remote(failure.error)]


def place_of(error: BaseException) -> str:
    """Where it has happened, in words; empty for here."""
    failure = own_failure(error)
    return "" if failure is None else f"in the interpreter {failure.host}"


def _here(at: TracebackType | None, keep_last: bool) -> list[Line]:
    found: list[Line] = []
    outside: Line | None = None
    while at is not None:
        code = at.tb_frame.f_code
        if not code.co_filename.startswith(PACKAGE):
            text = linecache.getline(code.co_filename, at.tb_lineno, at.tb_frame.f_globals).strip()
            outside = Line(
                code.co_filename, code.co_firstlineno, at.tb_lineno, code.co_name, text, at.tb_frame, at.tb_lasti
            )
            if not is_of_library(code.co_filename):
                found.append(outside)
        at = at.tb_next
    if keep_last and outside is not None and outside not in found:
        found.append(outside)
    return found


def _asked(failure: Failure) -> Line | None:
    """The line that asked for the operation, if it is the user's."""
    if failure.where is None or is_of_library(failure.where[0].co_filename):
        return None
    code, number = failure.where
    return Line(
        code.co_filename,
        code.co_firstlineno,
        number,
        code.co_name,
        linecache.getline(code.co_filename, number).strip(),
    )


def _remote(error: Error) -> list[Line]:
    lines = [Line(*frame) for frame in error.frames]
    return [line for at, line in enumerate(lines, 1) if at == len(lines) or not is_of_library(line.file)]


def some(lines: list[Line]) -> list[Line]:
    """The first and the last of them, where they are many."""
    if len(lines) <= MOST:
        return lines
    left = len(lines) - MOST + 1
    return [*lines[:3], Line("", 0, 0, "", f"… {left:,} lines are left out"), *lines[len(lines) - MOST + 4 :]]


def is_of_library(file: str) -> bool:
    """Whether a file, of this machine or of another one, is of Python itself or of a package that is installed."""
    if file.startswith("<frozen ") or any(part in file for part in _THERE):
        return True
    return file.startswith(_libraries()) or f"{os.sep}lib{os.sep}python3." in file


@functools.cache
def _libraries() -> tuple[str, ...]:
    paths: list[Any] = [*sysconfig.get_paths().values(), *site.getsitepackages(), os.path.dirname(os.__file__)]
    places = {os.path.join(path, "") for path in paths if isinstance(path, str) and path}
    scripts = os.path.join(sysconfig.get_path("scripts"), "")
    return tuple(place for place in places if place not in (scripts, os.path.join(sys.prefix, ""), os.sep))

"""An exception as `protocol.Error`: its name, its text, its traceback, its pickle.

All of it runs code of users, which may do anything. Knows not how a message is executed.
"""

from __future__ import annotations

import linecache
import traceback
from collections.abc import Callable
from typing import TypeVar

from ..files import PACKAGE
from ..protocol import Error, Pickled
from ..values.codec import Codec
from ..values.exceptions import is_small, part_of
from .leases import Leases
from .run import REPLY_BYTES
from .table import Variables

T = TypeVar("T")

_MOST_FRAMES = 20
"""So many frames of a traceback travel, the outermost and the innermost."""
_LONGEST_LINE = 300
_LARGEST_ERROR = 64 * 1024
"""Characters of an error's text and of its traceback that travel."""


def error_of(here: Variables, leases: Leases, frame: int, message: int, problem: BaseException) -> Error:
    """What a client is told of an exception that this message of it has raised."""
    kind = type(problem)
    name = _guarded(lambda: _plain(_qualified(kind))) or _plain(type.__repr__(kind))
    minor = here.codec.minor
    value, left = _guarded(lambda: _small_pickle(here.codec, problem)) or (None, [])
    obj = vars(AttributeError)["obj"].__get__(problem) if isinstance(problem, AttributeError) else None
    return Error(
        session=here.name,
        frame=frame,
        message=message,
        type_name=name,
        text=_guarded(lambda: _plain(repr(problem))) or f"<{name} whose repr fails>",
        traceback=_guarded(lambda: _plain(_formatted(problem) + _left_there(left))) or name,
        value=value,
        obj=(
            ""
            if is_small(obj) or value is None or minor < 2
            else leases.keep_obj(here.given, obj, f"{frame}.{message}")
        ),
        frames=_guarded(lambda: _frames(problem)) or [],
    )


def bare_error_of(here: Variables, frame: int, message: int, problem: BaseException) -> Error:
    """The same, without any code of users."""
    name = _plain(type.__repr__(type(problem)))
    return Error(here.name, frame, message, name, f"<{name} whose text cannot be told>", name)


def _qualified(kind: type) -> str:
    """The name of a class, as its metaclass tells it."""
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _formatted(problem: BaseException) -> str:
    """The traceback, without the lines of this package, which are of no use to a reader."""
    whole = traceback.TracebackException(type(problem), problem, part_of(problem, "__traceback__"))
    todo: list[traceback.TracebackException] = [whole]
    while todo:
        part = todo.pop()
        part.stack = traceback.StackSummary.from_list(
            [line for line in part.stack if not line.filename.startswith(PACKAGE)]
        )
        todo += filter(None, (part.__cause__ or part.__context__, *(getattr(part, "exceptions", None) or ())))
    return "".join(whole.format())


def _frames(problem: BaseException) -> list[tuple[str, int, int, str, str]]:
    """Those of the traceback, without ours: file, first line of the code, line, function, and its text."""
    frames: list[tuple[str, int, int, str, str]] = []
    at = part_of(problem, "__traceback__")
    while at is not None:
        code = at.tb_frame.f_code
        if not code.co_filename.startswith(PACKAGE):
            frames.append((code.co_filename, code.co_firstlineno, at.tb_lineno, code.co_name, ""))
            if len(frames) > 2 * _MOST_FRAMES:
                del frames[_MOST_FRAMES]
        at = at.tb_next
    return [
        (_plain(file), first, line, _plain(name), _plain(linecache.getline(file, line).strip()[:_LONGEST_LINE]))
        for file, first, line, name, _ in frames
    ]


def _small_pickle(to: Codec, problem: BaseException) -> tuple[Pickled | None, list[str]]:
    # An exception is kept for as long as a variable depends on it, so it must not be large or hold on to views.
    codec = Codec(variable=to.variable, known=to.known)  # with no store beside the channel
    codec.minor = to.minor
    return codec.dump_error(problem, REPLY_BYTES)


def _left_there(left: list[str]) -> str:
    """Tells what of an exception does not come with it."""
    if not left:
        return ""
    return f"(Left in the interpreter, because it cannot be pickled or is large: {'; '.join(left)}.)\n"


def _guarded(work: Callable[[], T]) -> T | None:
    """The result of work that runs code of a user's exception, which may do anything."""
    try:
        return work()
    except BaseException:
        return None


def _plain(text: str) -> str:
    """As it can travel: of exactly the type `str`, without lone surrogates, and not too long."""
    text = str.__str__(text).encode(errors="backslashreplace").decode()
    half = _LARGEST_ERROR // 2
    if len(text) > 2 * half:
        text = f"{text[:half]}\n[… {len(text) - 2 * half:,} characters left out …]\n{text[-half:]}"
    return text

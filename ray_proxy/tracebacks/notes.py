"""Notes at errors of code that was given a Var and wanted the real thing: which Var it is, and the remedy.

A note that is not there does no harm, and one that is wrong does: an error that may be about something else has none.
"""

from __future__ import annotations

import ast
import contextlib
import re
import struct
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any

from ..files import PACKAGE
from ..session.failure import failure_of
from ..values.exceptions import part_of
from ..var.interface import Var, handle_of
from ..var.looks import look_at
from .given import UNNAMED, Given, argument, called, failed, given_to, is_of_module, statement_at, value_of, within
from .lines import NOTE, is_of_library, notes_of

_KINDS = (TypeError, AttributeError, NotImplementedError, struct.error)
_NAMED = re.compile(r"\bVar\b")
"""Where the text of an error has this, it is about a Var."""
_OF_CALLS = re.compile(
    r"\b(takes|missing)\b.*\bargument|\barguments?, got \d|(unexpected|invalid) keyword|multiple values for"
)
"""… with this it is about how many arguments there are, or their names…"""
_OF_OTHERS = re.compile(r"^'\w+' object |(\bnot|\bgot|:) '?\w+'?$|, \w+ found$|^unsupported operand")
"""… and with this, of C code, about one of another type."""
_NUMBER = re.compile(r"\barg(?:ument)? (\d+)\b")
"""Which argument it is about."""
_INNERMOST = 2
"""In so many frames of libraries, where the error was raised, the Var is looked for."""


def add_note(error: BaseException) -> str | None:
    """Add the note, once, where there is one; gives it."""
    notes = notes_of(error)
    for note in notes:
        if isinstance(note, str) and note.startswith(NOTE):
            return note
    fresh = note_for(error)
    if fresh is not None:
        part_of(error, "__dict__")["__notes__"] = [*notes, fresh]  # before Python 3.11, errors have no `add_note`
    return fresh


def note_for(error: BaseException) -> str | None:
    """The note for an error that passes out of code which was given a Var; None where it is about something else."""
    if not isinstance(error, Exception) or failure_of(error) is not None:
        return None
    text = str(error)
    if not _NAMED.search(text) and (not isinstance(error, _KINDS) or _OF_CALLS.search(text)):
        return None
    steps = list(_steps(part_of(error, "__traceback__")))
    users = [at for at, step in enumerate(steps) if _is_users(step.tb_frame)]
    if not users:
        return None
    step = steps[users[-1]]
    frame = step.tb_frame
    inner = [one.tb_frame for one in steps[users[-1] + 1 :] if not one.tb_frame.f_code.co_filename.startswith(PACKAGE)]
    statement = statement_at(frame, step.tb_lineno)
    if statement is None:
        node = None
    elif isinstance(statement, ast.Raise) and statement.exc is not None and type(value_of(statement.exc, frame)) is Var:
        name, var = called(statement.exc), value_of(statement.exc, frame)
        return f"{NOTE}{_what(name, var)}; to raise the error itself: raise {name}.fetch()"
    else:
        node = failed(statement, step, bool(inner or _NAMED.search(text)))
    given = _given(error, text, node, frame, inner)
    if not given:
        return None
    name, var = given[0]
    remedy = f"{name}.fetch()" if name != UNNAMED else "its fetch()"
    there = _call_there(node, frame)
    call = f", or call it there: {there}" if there and name != UNNAMED else ""
    return f"{NOTE}{_what(name, var)}; where the object itself is needed, pass {remedy}{call}"


def _given(error: Exception, text: str, node: ast.AST | None, frame: FrameType, inner: list[FrameType]) -> Given:
    """The Vars that an error is about."""
    given = given_to(node, frame) if node is not None else []
    if inner:
        where_raised = [value for one in inner[-_INNERMOST:] for value in one.f_locals.values()]
        met = [var for value in where_raised for _, var in within(value)]
        same = [(name, var) for name, var in given if any(var is one for one in met)]
        return same or (given if met else []) or [(UNNAMED, var) for var in met]  # it may be a part of what was given
    if _NAMED.search(text):
        return given
    if isinstance(error, AttributeError):  # of what the attribute was asked for
        return []
    number = _NUMBER.search(text)
    about = argument(node, int(number[1])) if number is not None and node is not None else None
    if _OF_OTHERS.search(text) or (number is not None and about is None):
        return []
    return given if about is None else [(name, var) for name, var in given if var is value_of(about, frame)]


def _what(name: str, var: Any) -> str:
    handle = handle_of(var)
    kind = ""
    with contextlib.suppress(Exception):  # it cannot be told
        kind = str(look_at(handle, [], "about").get("type", ""))
    return f"{name} is a Var{f' of {kind}' if kind else ''} in {handle.session.label()}"


def _steps(at: TracebackType | None) -> Iterator[TracebackType]:
    while at is not None:
        yield at
        at = at.tb_next


def _is_users(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    return not (file.startswith(PACKAGE) or is_of_library(file))


def _call_there(node: ast.AST | None, frame: FrameType) -> str:
    """A call of one argument, as it is done in the interpreter; empty where that is not so clear."""
    if not isinstance(node, ast.Call) or len(node.args) != 1 or node.keywords or not is_of_module(node.func, frame):
        return ""
    given = called(node.args[0])
    return f"env.remote({ast.unparse(node.func)})({given})" if given != UNNAMED else ""

"""Notes at errors of code that was given a Var and wanted the real thing: which Var it is, and the remedy.

No code of users is called for it: names are looked up where the error has passed by.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import linecache
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any

from ..files import PACKAGE
from ..session.failure import failure_of
from ..values.exceptions import part_of
from ..var.interface import Var, handle_of
from ..var.looks import look_at
from .lines import NOTE, is_of_library, notes_of

_KINDS = (TypeError, AttributeError, ValueError, NotImplementedError)
_LONGEST = 40
_MOST, _DEEPEST = 1000, 6
"""So many values are looked at, in containers within containers."""


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
    if not isinstance(error, _KINDS) or failure_of(error) is not None:
        return None
    frames = list(_frames(part_of(error, "__traceback__")))
    users = [at for at, (frame, _) in enumerate(frames) if _is_users(frame)]
    if not users:
        return None
    frame, number = frames[users[-1]]
    inner = [one for one, _ in frames[users[-1] + 1 :] if not one.f_code.co_filename.startswith(PACKAGE)]
    statement = _statement(frame, number)
    raised = isinstance(statement, ast.Raise) and statement.exc is not None and _value(statement.exc, frame)
    if isinstance(statement, ast.Raise) and type(raised) is Var and statement.exc is not None:
        name = _called(statement.exc)
        return f"{NOTE}{_what(name, raised)}; to raise the error itself: raise {name}.fetch()"
    given = _given_by(statement, frame) if statement is not None else []
    if inner:
        passed = list(_vars_in(_arguments(inner[0])))
        given = [(name, var) for name, var in given if any(var is one for one in passed)] or [
            ("the argument", var) for var in passed
        ]
    elif isinstance(error, ValueError) and "Var" not in str(error):
        return None  # of C code, which says what is wrong with a value that it could read
    if not given:
        return None
    name, var = given[0]
    remedy = f"{name}.fetch()" if name.isidentifier() else "its fetch()"
    there = _call_there(statement)
    call = f", or call it there: {there}" if there and name.isidentifier() else ""
    return f"{NOTE}{_what(name, var)}; where the object itself is needed, pass {remedy}{call}"


def _what(name: str, var: Any) -> str:
    handle = handle_of(var)
    kind = ""
    with contextlib.suppress(Exception):  # it cannot be told
        kind = str(look_at(handle, [], "about").get("type", ""))
    return f"{name} is a Var{f' of {kind}' if kind else ''} in {handle.session.label()}"


def _frames(at: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    while at is not None:
        yield at.tb_frame, at.tb_lineno
        at = at.tb_next


def _is_users(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    return not (file.startswith(PACKAGE) or is_of_library(file))


def _statement(frame: FrameType, number: int) -> ast.stmt | None:
    """The innermost statement of that line."""
    lines = linecache.getlines(frame.f_code.co_filename, frame.f_globals)
    try:
        tree = ast.parse("".join(lines))
    except (SyntaxError, ValueError):
        return None
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= number <= (node.end_lineno or node.lineno)
    ]
    return max(found, key=lambda node: (node.lineno, -(node.end_lineno or 0)), default=None)


def _given_by(statement: ast.stmt, frame: FrameType) -> list[tuple[str, Any]]:
    """The Vars that the calls of a statement are given, each with its name."""
    found = []
    for node in ast.walk(statement):
        if isinstance(node, ast.Call):
            for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                values = [(_called(part), _value(part, frame)) for part in _parts(argument)]
                found += [(name, value) for name, value in values if type(value) is Var]
        elif isinstance(node, ast.Subscript) and type(value := _value(node.slice, frame)) is Var:
            found.append((_called(node.slice), value))
    return found


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, (ast.List, ast.Tuple, ast.Set, ast.Dict)):
        for part in node.elts if not isinstance(node, ast.Dict) else [*filter(None, node.keys), *node.values]:
            yield from _parts(part)
    elif isinstance(node, ast.Starred):
        yield from _parts(node.value)
    else:
        yield node


def _value(node: ast.expr, frame: FrameType) -> Any:
    """What a name stands for, or an attribute of plain objects; None for all else."""
    if isinstance(node, ast.Name):
        name = node.id
        return frame.f_locals.get(name, frame.f_globals.get(name))
    if isinstance(node, ast.Attribute):
        owner = _value(node.value, frame)
        if owner is not None and type(owner) is not Var:
            value = inspect.getattr_static(owner, node.attr, None)
            return value if type(value) is Var else None
    return None


def _vars_in(values: list[Any]) -> Iterator[Any]:
    """The Vars among some values, and in plain containers among them."""
    todo, left = [(value, 0) for value in reversed(values)], _MOST
    while todo and left:
        value, depth = todo.pop()
        left -= 1
        if type(value) is Var:
            yield value
        elif depth < _DEEPEST and type(value) in (list, tuple, set, frozenset):
            todo += [(part, depth + 1) for part in value]
        elif depth < _DEEPEST and type(value) is dict:
            todo += [(part, depth + 1) for item in value.items() for part in item]


def _called(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) <= _LONGEST else "the argument"


def _arguments(frame: FrameType) -> list[Any]:
    code = frame.f_code
    count = code.co_argcount + code.co_kwonlyargcount
    values = [frame.f_locals.get(name) for name in code.co_varnames[:count]]
    if code.co_flags & inspect.CO_VARARGS:
        values += frame.f_locals.get(code.co_varnames[count], ())
        count += 1
    if code.co_flags & inspect.CO_VARKEYWORDS:
        values += frame.f_locals.get(code.co_varnames[count], {}).values()
    return values


def _call_there(statement: ast.stmt | None) -> str:
    """The one call of a statement, if it has one argument, as it is done in the interpreter; empty where that is not so
    clear."""
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)] if statement is not None else []
    if len(calls) != 1 or len(calls[0].args) != 1 or calls[0].keywords:
        return ""
    function, argument = calls[0].func, ast.unparse(calls[0].args[0])
    is_clear = isinstance(function, (ast.Name, ast.Attribute)) and len(argument) <= _LONGEST
    return f"env.remote({ast.unparse(function)})({argument})" if is_clear else ""

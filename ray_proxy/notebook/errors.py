"""Errors of remote code in IPython: one error, with the user's own lines, here and there.

The shell's own display makes the text, in whichever mode it is; it is given a traceback that holds just those lines.
The error itself has its traceback and its causes again when that is done.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import linecache
import os
import re
import sys
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from ..tracebacks.fitting import Link, clipped, fitted
from ..tracebacks.lines import Line
from ..tracebacks.notes import add_note
from ..tracebacks.showing import text_of_group

_MAGIC = "get_ipython().run_cell_magic('remote'"
_FILE = re.compile(r'File "([^"\n]+)", line (\d+)')
_MARK = "_ray_proxy_before"


def install(shell: Any) -> None:
    if hasattr(shell.showtraceback, _MARK):
        return
    before = shell.showtraceback

    @functools.wraps(before)
    def showtraceback(exc_tuple: Any = None, *args: Any, **kwargs: Any) -> Any:
        try:
            kind, error, trace = shell._get_exc_info(exc_tuple)
        except ValueError:  # there is none
            return before(exc_tuple, *args, **kwargs)
        note, group, shown = None, None, None
        with contextlib.suppress(Exception):  # a fault of ours is no reason to show nothing
            note = add_note(error)
            group = text_of_group(error)
            shown = fitted(error)
        if group is not None:
            shell._showtraceback(kind, error, clipped(with_cells(shell, group)))
            if shell.call_pdb:
                shell.debugger(force=True)
            return None
        if shown is None:
            with _last_lines(shell, [note]):
                return before(exc_tuple, *args, **kwargs)
        for link in shown.links:
            link.lines = [line for line in link.lines if line.file and not line.text.startswith(_MAGIC)] or link.lines
        try:
            with _debugger_later(shell), _as_shown(shown.links) as one, _context(shell, shown.context):
                if isinstance(error, SyntaxError):
                    kwargs["running_compiled_code"] = False  # the line that is wrong says all
                with _last_lines(shell, [note, *shown.links[0].notes]):
                    return before((type(one), one, one.__traceback__), *args, **{**kwargs, "tb_offset": 0})
        finally:  # `%debug` wants the frames themselves
            sys.last_type, sys.last_value, sys.last_traceback = kind, error, trace
            if sys.version_info >= (3, 12):
                sys.last_exc = error

    setattr(showtraceback, _MARK, before)
    shell.showtraceback = showtraceback


def uninstall(shell: Any) -> None:
    with contextlib.suppress(AttributeError):
        if hasattr(shell.showtraceback, _MARK):
            del shell.showtraceback


def with_cells(shell: Any, text: str) -> str:
    """A traceback, with the numbers of cells in the place of their files."""

    def named(found: re.Match[str]) -> str:
        cell = cell_of(shell, found[1])
        return f"{cell}, line {found[2]}" if cell else found[0]

    return _FILE.sub(named, text)


def cell_of(shell: Any, file: str) -> str:
    """What IPython calls a file that stands for a cell; empty: it stands for none."""
    try:
        kind, name = shell.compile.format_code_name(file)
    except Exception:  # it is no cell, or this release does not tell
        return ""
    return f"{kind} {name}"


@contextlib.contextmanager
def _as_shown(links: list[Link]) -> Iterator[BaseException]:
    """Within, the errors of a chain are as they are shown: with the tracebacks, messages and notes that fit, and no
    remote text as their cause. Gives the first one."""
    shown = [link.error if not link.is_cut else _stand_in(link) for link in links]
    saved = []
    for error in shown:
        notes = getattr(error, "__notes__", None)
        saved.append(
            (error, error.__cause__, error.__context__, error.__suppress_context__, error.__traceback__, notes)
        )
    try:
        for at, (one, link) in enumerate(zip(shown, links)):
            before = shown[at + 1] if at + 1 < len(shown) else None
            if before is None or link.error.__cause__ is links[at + 1].error:
                one.__cause__, one.__suppress_context__ = before, True
            else:
                one.__cause__, one.__context__, one.__suppress_context__ = None, before, False
            one.__traceback__ = _traceback(link.lines)
            if sys.version_info >= (3, 11):
                one.__notes__ = link.notes
        yield shown[0]
    finally:
        for error, cause, context, suppressed, trace, notes in saved:
            with contextlib.suppress(Exception):
                error.__context__ = context
                error.__cause__, error.__suppress_context__ = cause, suppressed
                error.__traceback__ = trace
            with contextlib.suppress(Exception):
                if notes is not None:
                    error.__notes__ = notes  # type: ignore[attr-defined]
                else:
                    del error.__notes__  # type: ignore[attr-defined]


def _stand_in(link: Link) -> BaseException:
    """An error of the same name, with the message that is shown: that of the error itself is too long, or has none."""
    kind = type(link.error)
    names = {"__module__": kind.__module__, "__qualname__": kind.__qualname__, "__str__": lambda self: link.text}
    made: BaseException = type(kind.__name__, (Exception,), names)()
    return made


@contextlib.contextmanager
def _debugger_later(shell: Any) -> Iterator[None]:
    """The debugger that is opened within, while `%pdb` is on, is opened at the end, when the error is itself again."""
    asked: list[bool] = []
    before = vars(shell).get("debugger")
    shell.debugger = lambda force=False: asked.append(force)
    try:
        yield
    finally:
        del shell.debugger
        if before is not None:
            shell.debugger = before
    for force in asked:
        shell.debugger(force=force)


@contextlib.contextmanager
def _last_lines(shell: Any, lines: list[str | None]) -> Iterator[None]:
    """Within, these are the last lines of what is shown: before Python 3.11, errors have no notes."""
    wanted = [f"{line}\n" for line in lines if line]
    if sys.version_info >= (3, 11) or not wanted:
        yield
        return
    before = shell._showtraceback
    shell._showtraceback = lambda kind, error, text: before(kind, error, [*text, *wanted])
    try:
        yield
    finally:
        del shell._showtraceback


@contextlib.contextmanager
def _context(shell: Any, wanted: int) -> Iterator[None]:
    """Within, each frame of the error itself is shown with so many lines; those of others have three."""
    display = shell.InteractiveTB
    before = display.structured_traceback
    try:
        names = inspect.signature(before).parameters
        name = next(name for name in ("context", "number_of_lines_of_context") if name in names)
    except (StopIteration, TypeError, ValueError):
        yield
        return
    display.structured_traceback = functools.partial(before, **{name: wanted})
    try:
        yield
    finally:
        del display.structured_traceback


def _traceback(lines: list[Line]) -> TracebackType | None:
    """A traceback of these lines: frames of this process are themselves, those of others are made."""
    made: TracebackType | None = None
    for line in reversed(lines):
        if not line.file:
            continue
        if line.frame is not None:
            made = TracebackType(made, line.frame, line.instruction, line.number)
            continue
        frame = _frame(line)
        if frame is not None:
            made = TracebackType(made, frame.tb_frame, frame.tb_lasti, line.number)
    return made


def _frame(line: Line) -> TracebackType | None:
    """One whose code has that file and name, and whose text is found."""
    _have_text(line)
    source = "\n" * max(0, line.number - max(1, line.first)) + "raise _error"
    code = compile(source, line.file, "exec").replace(co_name=line.name, co_firstlineno=max(1, line.first))
    try:
        exec(code, {"_error": _Made(), "__name__": "", "__file__": line.file})
    except _Made as error:
        trace = error.__traceback__
        return None if trace is None else trace.tb_next
    return None


class _Made(Exception):
    """Raised to have a frame."""


def _have_text(line: Line) -> None:
    """Where this machine has no such file, or an interpreter's cell is not known here, its line is."""
    if not line.text or linecache.getline(line.file, line.number).strip() or os.path.exists(line.file):
        return
    entry: Any = linecache.cache.get(line.file, ())
    known = list(entry[2]) if len(entry) == 4 else []
    known += ["\n"] * (line.number - len(known))
    known[line.number - 1] = f"{line.text}\n"
    linecache.cache[line.file] = sum(map(len, known)), None, known, line.file

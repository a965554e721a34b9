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
import sys
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from ..tracebacks.lines import Line, chain, following, lines_of, place_of
from ..tracebacks.notes import add_note

_BUDGET = 19
"""So many lines of text all frames may take, with what is between them…"""
_HEAD = 2
"""… of which each takes so many beside its own."""
_MOST = 5
"""So many frames are shown of one error."""
_MAGIC = "get_ipython().run_cell_magic('remote'"
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
        note = None
        with contextlib.suppress(Exception):
            note = add_note(error)
        try:
            links = [(link, _lines_of(link)) for link in chain(error)]
        except Exception:  # a fault of ours, and no reason to show nothing
            links = []
        ours = [line for _, lines in links for line in lines or ()]
        if all(lines is None for _, lines in links):
            with _last_lines(shell, [note]):
                return before(exc_tuple, *args, **kwargs)
        last = _last_lines(shell, [note, place_of(error)])
        with _debugger_later(shell), _shown(links), _context(shell, ours), last:
            try:
                if links[0][1] is not None:
                    trace_shown = error.__traceback__
                    if isinstance(error, SyntaxError):
                        kwargs["running_compiled_code"] = False  # the line that is wrong says all
                    return before((kind, error, trace_shown), *args, **{**kwargs, "tb_offset": 0})
                return before(exc_tuple, *args, **kwargs)
            finally:
                sys.last_traceback = trace  # `%debug` wants the frames themselves

    setattr(showtraceback, _MARK, before)
    shell.showtraceback = showtraceback


def uninstall(shell: Any) -> None:
    with contextlib.suppress(AttributeError):
        if hasattr(shell.showtraceback, _MARK):
            del shell.showtraceback


def _lines_of(error: BaseException) -> list[Line] | None:
    """What is shown of an error of ours. A remote cell is shown by its own lines, and not by the call that IPython has
    made of it; of many lines, only so many as there is room for."""
    lines = lines_of(error)
    if lines is None:
        return None
    lines = [line for line in lines if line.file and not line.text.startswith(_MAGIC)] or lines
    return lines if len(lines) <= _MOST else [*lines[:2], *lines[-(_MOST - 2) :]]


@contextlib.contextmanager
def _shown(links: list[tuple[BaseException, list[Line] | None]]) -> Iterator[None]:
    """Within, errors of ours have the traceback that is shown, no remote text as their cause, and a note that says
    where they have happened."""
    saved = []
    places = [place_of(link) if lines is not None else "" for link, lines in links]
    for (link, lines), place in zip(links, places):
        notes = list(getattr(link, "__notes__", []))
        saved.append((link, link.__cause__, link.__context__, link.__suppress_context__, link.__traceback__, notes))
        with contextlib.suppress(Exception):
            if following(link) is None:
                link.__cause__, link.__suppress_context__ = None, True
            if lines is not None:
                link.__traceback__ = _traceback(lines)
        if place and sys.version_info >= (3, 11):
            with contextlib.suppress(Exception):
                link.add_note(place)
    try:
        yield
    finally:
        for link, cause, context, suppressed, trace, notes in saved:
            with contextlib.suppress(Exception):
                link.__context__ = context
                link.__cause__, link.__suppress_context__ = cause, suppressed
                link.__traceback__ = trace
            with contextlib.suppress(Exception):
                if notes:
                    link.__notes__ = notes  # type: ignore[attr-defined]
                else:
                    del link.__notes__  # type: ignore[attr-defined]


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
def _context(shell: Any, lines: list[Line]) -> Iterator[None]:
    """Within, each frame is shown with as many lines around it as there is room for."""
    count = max(1, len([line for line in lines if line.file]))
    wanted = max(1, min(5, _BUDGET // count - _HEAD))
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

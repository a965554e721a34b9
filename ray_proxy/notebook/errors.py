"""Errors of remote code in IPython: one error, with the user's own lines, here and there.

The shell's own display makes the text, in whichever mode it is, of an error that looks like this one and holds just
those lines. The error itself is not changed.
"""

from __future__ import annotations

import contextlib
import functools
import linecache
import os
import re
import sys
from types import TracebackType
from typing import Any

from IPython.core.error import UsageError

from ..tracebacks.fitting import HERE, Link, Shown, clipped, fitted, held, message_of, plain, stand_in
from ..tracebacks.lines import Line, is_of_library
from ..tracebacks.notes import add_note
from ..tracebacks.showing import is_group, text_of_group, text_of_link
from ..values.exceptions import part_of

_MAGIC = "get_ipython().run_cell_magic('remote'"
_FILE = re.compile(r'File "([^"\n]+)", line (\d+)')
_MARK = "_ray_proxy_before"
_EVENT = "post_run_cell"
_STORING = "_format_exception_for_storage"
"""What newer releases of IPython make of an error, for `%notebook`."""


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
        if kind is UsageError:  # of a magic: a line
            return before(exc_tuple, *args, **kwargs)
        made = None
        with contextlib.suppress(Exception):  # a fault of ours is no reason to show nothing
            add_note(error)
        with contextlib.suppress(Exception):
            made = _made(shell, error, only=bool(kwargs.get("exception_only")))
        if made is None:
            return before(exc_tuple, *args, **kwargs)
        looks_like, lines = made
        shell._showtraceback(type(looks_like), looks_like, lines)
        # The debugger, which `%pdb on` opens at once, wants the frames themselves.
        sys.last_type, sys.last_value, sys.last_traceback = kind, error, trace
        if sys.version_info >= (3, 12):
            sys.last_exc = error
        shell.InteractiveTB.tb = None
        if shell.call_pdb and not issubclass(kind, SyntaxError) and not kwargs.get("exception_only"):
            shell.debugger(force=True)
        return None

    setattr(showtraceback, _MARK, before)
    shell.showtraceback = showtraceback
    if hasattr(shell, _STORING):
        setattr(shell, _STORING, functools.partial(_stored, shell, getattr(shell, _STORING)))
    shell.events.register(_EVENT, _have_a_text)


def uninstall(shell: Any) -> None:
    if hasattr(shell.showtraceback, _MARK):
        del shell.showtraceback
        vars(shell).pop(_STORING, None)
        shell.events.unregister(_EVENT, _have_a_text)


def _have_a_text(result: Any) -> None:
    """A kernel asks the error of a cell for its text, and would not answer the front end where that raises."""
    error: BaseException | None = result.error_in_exec
    if error is None:
        return
    try:
        str(error)
    except BaseException:  # whatever it does
        result.error_in_exec = stand_in(error, message_of(error), [])


def _stored(shell: Any, before: Any, error: BaseException, *args: Any, **kwargs: Any) -> Any:
    """What the history of the shell keeps of an error: what is shown."""
    made = None
    with contextlib.suppress(Exception):
        made = _made(shell, error, only=False)
    if made is None:
        return before(error, *args, **kwargs)
    return {"ename": type(made[0]).__name__, "evalue": str(made[0]), "traceback": made[1]}


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


def _made(shell: Any, error: BaseException, only: bool) -> tuple[BaseException, list[str]] | None:
    """What is shown of an error: an error that looks like it, and the lines. None: it is shown as it is.

    Args:
        only: nothing but its message.
    """
    group = text_of_group(error, fits=True)
    if group is not None:
        looks_like = stand_in(error, message_of(error), [])
        return looks_like, clipped(with_cells(shell, group), f"{HERE}.exceptions" if is_group(error) else HERE)
    shown = fitted(error)
    if shown is None:
        return None
    first = shown.links[0]
    for link in shown.links:
        link.lines = [line for line in link.lines if line.file and not line.text.startswith(_MAGIC)] or link.lines
    looks_like = _looks_like(shown.links)
    try:
        blocks = _with_texts(_blocks(shell, looks_like, shown, only), first.lines)
    except Exception:  # this release of IPython has no place for it
        blocks = [text_of_link(looks_like, first.lines)]
    return looks_like, held(blocks, shown.context)


def _with_texts(blocks: list[str], lines: list[Line]) -> list[str]:
    """The blocks of frames. Where a file is not here, its line is known, and what the shell has found is another."""
    made = list(blocks)
    for line in lines:
        if line.frame is not None or not line.text or os.path.exists(line.file):
            continue
        end = f"{os.path.basename(line.file)}:{line.number}"
        for at, block in enumerate(made):
            head = block.split("\n", 1)[0]
            if re.search(rf"{re.escape(end)}(, in .*)?$", plain(head)):
                if line.text not in plain(block):
                    made[at] = f"{head}\n----> {line.number} {line.text}\n"
                break
    return made


def _blocks(shell: Any, error: BaseException, shown: Shown, only: bool) -> list[str]:
    """The lines of frames and messages, as the shell makes them."""
    display = shell.InteractiveTB
    if isinstance(error, SyntaxError):
        lines = [
            line for line in shown.links[0].lines if not (line.text.startswith(_MAGIC) or is_of_library(line.file))
        ]
        entries = [(line.file, line.number, line.name, line.text) for line in lines]
        made = shell.SyntaxTB.structured_traceback(type(error), error, entries)
        return "".join(made).splitlines()
    if only:
        words = "An exception has occurred, use %tb to see the full traceback."
        return [words, "", *display.get_exception_only(type(error), error)]
    return list(display.structured_traceback(type(error), error, error.__traceback__, 0, shown.context))


def _looks_like(links: list[Link]) -> BaseException:
    """An error that looks like the first of a chain, with those before it."""
    shown = [stand_in(link.error, link.text, link.notes) for link in links]
    for at, (one, link) in enumerate(zip(shown, links)):
        one.__traceback__ = _traceback(link.lines)
        if at + 1 == len(shown):
            break
        if part_of(link.error, "__cause__") is None:
            one.__context__ = shown[at + 1]
        else:
            one.__cause__ = shown[at + 1]
    return shown[0]


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

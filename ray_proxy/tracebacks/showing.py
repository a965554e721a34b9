"""Errors of remote code on a terminal: `sys.excepthook`, and that of threads."""

from __future__ import annotations

import contextlib
import functools
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

from .lines import Line, chain, lines_of, place_of
from .notes import add_note


def text_of(error: BaseException) -> str | None:
    """An error, with those that have led to it, as it is shown; None: as Python shows it, for none of them is ours."""
    links = chain(error)
    if all(lines_of(link) is None for link in links):
        return None
    parts: list[str] = []
    for at, link in reversed(list(enumerate(links))):
        parts.append(_text_of_link(link))
        if at:
            parts.append(_CAUSE if links[at - 1].__cause__ is link else _CONTEXT)
    return "".join(parts)


_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"


def _text_of_link(error: BaseException) -> str:
    lines = lines_of(error)
    told: list[str] = []
    if lines is not None:
        told = [part for line in lines for part in _told(line)]
    elif error.__traceback__ is not None:
        told = traceback.format_tb(error.__traceback__)
    if told:
        told.insert(0, "Traceback (most recent call last):\n")
    bare = traceback.TracebackException(type(error), error, None)
    bare.__cause__ = bare.__context__ = None
    told += bare.format_exception_only()
    place = place_of(error)
    return "".join([*told, f"{place}\n" if place else ""])


def _told(line: Line) -> list[str]:
    if not line.file:
        return [f"  {line.text}\n"]
    text = f"    {line.text}\n" if line.text else ""
    return [f'  File "{line.file}", line {line.number}, in {line.name}\n{text}']


def show(error: BaseException) -> bool:
    """Print an error of ours to stderr; whether it was one, and not to be shown as it is."""
    note = None
    with contextlib.suppress(Exception):
        note = add_note(error)
    with contextlib.suppress(Exception):
        text = text_of(error)
        if text is not None and sys.stderr is not None:
            print(text, end="", file=sys.stderr, flush=True)
            return True
    if note and sys.version_info < (3, 11) and sys.stderr is not None:
        traceback.print_exception(type(error), error, error.__traceback__)
        print(note, file=sys.stderr, flush=True)
        return True
    return False


def _is_plain(hook: Callable[..., Any]) -> bool:
    """Whether it shows errors as Python does, and no more than that: Ray's tells Ray of it, too, which knows it."""
    return hook is sys.__excepthook__ or getattr(hook, "__module__", "").partition(".")[0] == "ray"


def install() -> None:
    """From now on errors of ours that nobody handles are shown so. What else handles them does so before or after."""
    before: Callable[..., Any] = sys.excepthook
    if getattr(before, "__module__", "") != __name__:

        @functools.wraps(before)
        def hook(kind: type[BaseException], error: BaseException, trace: Any) -> None:
            if error is None or not _is_plain(before) or not show(error):
                before(kind, error, trace)

        hook.__module__ = __name__
        sys.excepthook = hook
    of_threads: Callable[..., Any] = threading.excepthook
    if getattr(of_threads, "__module__", "") != __name__:

        @functools.wraps(of_threads)
        def thread_hook(args: Any) -> None:
            plain = of_threads is threading.__excepthook__ and args.exc_value is not None
            if plain and args.exc_type is not SystemExit and lines_of(args.exc_value) is not None:
                name = args.thread.name if args.thread is not None else threading.get_ident()
                print(f"Exception in thread {name}:", file=sys.stderr, flush=True)
                if show(args.exc_value):
                    return
            of_threads(args)

        thread_hook.__module__ = __name__
        threading.excepthook = thread_hook

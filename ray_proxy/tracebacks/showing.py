"""Errors of remote code on a terminal: `sys.excepthook`, and that of threads."""

from __future__ import annotations

import builtins
import contextlib
import functools
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import Any

from .lines import Line, chain, everything_of, following, is_any_ours, lines_of, place_of, some
from .notes import add_note


def text_of(error: BaseException) -> str | None:
    """An error, with those that have led to it, as it is shown; None: as Python shows it, for none of them is ours."""
    links = chain(error)
    if any(is_group(link) for link in links):
        return text_of_group(error)
    if not is_any_ours(links):
        return None
    parts: list[str] = []
    for at, link in reversed(list(enumerate(links))):
        parts.append(_text_of_link(link))
        if at:
            parts.append(_CAUSE if links[at - 1].__cause__ is link else _CONTEXT)
    return "".join(parts)


def text_of_group(error: BaseException) -> str | None:
    """An error in whose chain there are groups of errors, as it is shown; None: there are none, or none of ours."""
    if not any(is_group(link) for link in chain(error)) or not is_any_ours(_within(error)):
        return None
    told = traceback.TracebackException(type(error), error, error.__traceback__)
    _trim(told, error, set())
    return "".join(told.format())


def is_group(error: BaseException) -> bool:
    """Whether it is several errors at once."""
    return isinstance(error, getattr(builtins, "BaseExceptionGroup", ()))


def _within(error: BaseException) -> Iterator[BaseException]:
    """An error, those that have led to it, and those of groups."""
    todo, seen = [error], set[int]()
    while todo and len(seen) < _MOST_WITHIN:
        one = todo.pop()
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            todo += [*chain(one)[1:], *getattr(one, "exceptions", ())]


def _trim(told: Any, error: BaseException, seen: set[int]) -> None:
    """Have what is told of an error show the lines of users alone."""
    if told is None or id(error) in seen:
        return
    seen.add(id(error))
    frames = [
        traceback.FrameSummary(line.file, line.number, line.name, line=line.text)
        for line in _some_of(everything_of(error))
    ]
    told.stack = traceback.StackSummary.from_list(frames)
    before = following(error)
    if before is None:
        told.__cause__ = told.__context__ = None
    for one in (told.__cause__, told.__context__):
        if before is not None:
            _trim(one, before, seen)
    place = place_of(error)
    if place:
        told.__notes__ = [*(told.__notes__ or ()), place]
    for one, member in zip(told.exceptions or (), getattr(error, "exceptions", ())):
        _trim(one, member, seen)


def _some_of(lines: list[Line]) -> list[Line]:
    return lines if len(lines) <= _MOST_OF_MEMBER else [lines[0], *lines[len(lines) - _MOST_OF_MEMBER + 1 :]]


_MOST_OF_MEMBER = 3
"""Lines of an error of a group."""
_MOST_WITHIN = 1000
_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"


def _text_of_link(error: BaseException) -> str:
    told = [part for line in some(everything_of(error)) for part in _told(line)]
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

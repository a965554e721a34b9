"""Errors of remote code on a terminal: `sys.excepthook`, and that of threads."""

from __future__ import annotations

import builtins
import contextlib
import functools
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ..session.failure import Failure
from ..values.exceptions import part_of
from .fitting import MOST, message_of, shortened, stand_in
from .lines import (
    Line,
    chain,
    everything_of,
    following,
    is_any_ours,
    is_of_library,
    notes_of,
    own_failure,
    place_of,
    shown_chain,
    some,
)
from .notes import add_note


def text_of(error: BaseException) -> str | None:
    """An error, with those that have led to it, as it is shown; None: as Python shows it, for none of them is ours."""
    links = chain(error)
    if any(is_group(link) for link in links):
        return text_of_group(error)
    if not is_any_ours(links):
        return None
    links = shown_chain(error)
    failures = [own_failure(link) for link in links]
    parts: list[str] = []
    for at, link in reversed(list(enumerate(links))):
        if failures[at] is not None and failures[at] in failures[:at]:  # of what has led to it there, no lines are told
            parts.append(text_of_link(link, []))
        else:
            parts.append(text_of_link(link, some(everything_of(link)), place_of(link)))
        if at:
            parts.append(_CONTEXT if part_of(links[at - 1], "__cause__") is None else _CAUSE)
    return "".join(parts)


def text_of_group(error: BaseException, fits: bool = False) -> str | None:
    """An error in whose chain there are groups of errors, as it is shown; None: there are none, or none of ours.

    Args:
        fits: it has about as many lines as a cell may show, where that can be done.
    """
    if not any(is_group(link) for link in chain(error)) or not is_shown(error):
        return None
    for members in (_MOST_WITHIN, *range(_MEMBERS, -1, -1)):
        told = traceback.TracebackException(type(error), error, None)
        _trim(told, error, _Trimming([members], fits, set(), []))
        text = "".join(told.format())
        if not fits or len(text.splitlines()) <= MOST:
            break
    return text


def is_shown(error: BaseException) -> bool:
    """Whether it is ours, or has led to it, or is one of a group."""
    return is_any_ours(_within(error))


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


class _Trimming(NamedTuple):
    """How what is told of errors is trimmed."""

    members: list[int]
    """So many errors of groups have lines yet, the others but their message."""
    fits: bool
    """Messages are cut, too."""
    seen: set[int]
    failures: list[Failure]
    """Those whose lines are told. Of what has led to them there, none are."""


def _trim(told: Any, error: BaseException, how: _Trimming, is_member: bool = False) -> None:
    """Have what is told of an error show the lines of users alone."""
    if told is None or id(error) in how.seen:
        return
    how.seen.add(id(error))
    failure = own_failure(error)
    is_told = failure is not None and failure in how.failures
    how.failures.extend([failure] if failure is not None else [])
    lines = [] if is_told else everything_of(error)
    if is_group(error):  # what has gathered it says nothing
        lines = [line for line in lines if not is_of_library(line.file)] or lines
    if is_member and lines:
        how.members[0] -= 1
        lines = lines if how.members[0] >= 0 else []
    if len(lines) > _MOST_OF_EACH:
        lines = [lines[0], *lines[len(lines) - _MOST_OF_EACH + 1 :]]
    told.stack = traceback.StackSummary.from_list(
        [traceback.FrameSummary(line.file, line.number, line.name, line=line.text) for line in lines]
    )
    if how.fits:
        told._str = shortened(message_of(error), 2, "")  # what its lines are made of, in all releases so far
    before = following(error)
    if before is None:
        told.__cause__ = told.__context__ = None
    for one in (told.__cause__, told.__context__):
        if before is not None:
            _trim(one, before, how)
    place = place_of(error)
    if place and not is_told:
        told.__notes__ = [*(told.__notes__ or ()), place]
    for one, member in zip(told.exceptions or (), getattr(error, "exceptions", ())):
        _trim(one, member, how, is_member=True)


_MOST_OF_EACH = 3
"""Lines of a group, and of each error in it."""
_MEMBERS = 3
"""So many of these have lines at most, where not all of them fit."""
_MOST_WITHIN = 1000
_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"


def text_of_link(error: BaseException, lines: list[Line], place: str = "") -> str:
    """One error, with these lines of its traceback."""
    told = [part for line in lines for part in _told(line)]
    if told:
        told.insert(0, "Traceback (most recent call last):\n")
    try:
        told += _bare(error)
    except Exception:  # its class does not let itself be asked
        told += _bare(stand_in(error, message_of(error), []))
    if sys.version_info < (3, 11):
        told += [f"{note}\n" for note in notes_of(error) if isinstance(note, str)]
    return "".join([*told, f"{place}\n" if place else ""])


def _bare(error: BaseException) -> list[str]:
    """Its message and notes."""
    bare = traceback.TracebackException(type(error), error, None)
    bare.__cause__ = bare.__context__ = None
    return list(bare.format_exception_only())


def _told(line: Line) -> list[str]:
    if not line.file:
        return [f"  {line.text}\n"]
    text = f"    {line.text}\n" if line.text else ""
    return [f'  File "{line.file}", line {line.number}, in {line.name}\n{text}']


def show(error: BaseException) -> bool:
    """Print an error of ours to stderr; whether it was one, and not to be shown as it is."""
    with contextlib.suppress(Exception):
        add_note(error)
    with contextlib.suppress(Exception):
        text = text_of(error)
        if text is not None and sys.stderr is not None:
            print(text, end="", file=sys.stderr, flush=True)
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
            if plain and args.exc_type is not SystemExit and is_shown(args.exc_value):
                name = args.thread.name if args.thread is not None else threading.get_ident()
                print(f"Exception in thread {name}:", file=sys.stderr, flush=True)
                if show(args.exc_value):
                    return
            of_threads(args)

        thread_hook.__module__ = __name__
        threading.excepthook = thread_hook

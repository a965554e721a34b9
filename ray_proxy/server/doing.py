"""What an interpreter is doing, in words, for whoever asks while it does that.

Runs no code of users: that may be what hangs.
"""

from __future__ import annotations

import sys
import time
import types
from collections.abc import Iterable
from typing import Any

from ..channels.channel import hosting
from ..files import PACKAGE
from ..interpreter.interpreter import Interpreter, is_await
from ..interpreter.run import Run
from ..protocol import BEHIND, Call, Del, Fetch, Frame, GetAttr, Op, Ref
from .interrupts import LOOK, Interrupts
from .work import Task, Work

_DEEPEST = 12
"""So many lines of user code are told, the innermost ones."""
_LONGEST = 300
"""Characters of each."""
_OF_RESULTS = {Del, Fetch}
"""What is done with a result alone."""


def doing(interpreter: Interpreter, interrupts: Interrupts) -> list[str]:
    """The message that is executed, or what is done beside messages; then the lines of user code, innermost last."""
    calls, runs = interrupts.calls[:], interpreter.runs[:]
    if not calls and not interrupts.collecting:
        return []
    session, number = calls[-1] if calls else ("", 0)
    if not calls:
        what = "the garbage collector"
    elif session == LOOK:
        what = "a look at a variable"
    elif number:
        what = _message(runs[-1]) if runs else f"a frame of {session}"
    else:
        what = f"the end of the session {session}" if session else "the end of leases"
    return [_plain(line) for line in (what, *_lines())]


def waits(works: Iterable[Work]) -> list[str]:
    """The messages that wait for something of this process, as for a lock, while others go on."""
    now = time.monotonic()
    return [
        _plain(
            f"{wait.name} (frame {work.call(task)[1]} of session {work.session}), for {now - wait.since:.0f} s"
            f"{_told_behind(_behind(work, task))}"
        )
        for work in works
        for task in work.waiting[:]
        if (wait := task.wait) is not None
    ]


def _behind(work: Work, task: Task) -> int:
    """How many operations of the same thread come after that which waits, and are for more than its result."""
    tasks = tuple(work.tasks)
    rest: list[Any] = [task.frame.messages[task.executed + 1 :]] if isinstance(task.frame, Frame) else []
    rest += [
        other.frame.messages for other in tasks if isinstance(other.frame, Frame) and _is_behind(other.frame, task)
    ]
    return sum(type(message) not in _OF_RESULTS and not is_await(message) for some in rest for message in some)


def _told_behind(count: int) -> str:
    return f", with {count} operation{'s' * (count > 1)} of its thread {BEHIND}" if count else ""


def _is_behind(frame: Frame, task: Task) -> bool:
    return isinstance(task.frame, Frame) and frame.number > task.frame.number and frame.thread == task.frame.thread


def _message(run: Run) -> str:
    at = min(run.at, len(run.messages) - 1)
    message = run.messages[at] if run.messages else None
    kind = type(message)
    text = kind.__name__.lower()
    if isinstance(message, Op):
        text = f"the operator {message.op}"
    elif isinstance(message, GetAttr):
        text = f"the attribute {message.name}"
    elif isinstance(message, Call):
        function = run.value(message.function.id) if type(message.function) is Ref else None
        text = "a call" if type(function) is not types.BuiltinFunctionType else f"a call of {function.__name__}"
    return f"{text} (message {at} of frame {run.number} of session {run.session})"


def _lines() -> list[str]:
    """Where the thread of user code is, without the lines of this package and of what has called it."""
    lines: list[str] = []
    frame: Any = sys._current_frames().get(hosting.thread or 0)
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(PACKAGE):
            if code.co_name == "serve":
                break
        elif len(lines) < _DEEPEST:
            lines.append(f"{code.co_filename}:{frame.f_lineno} in {code.co_name}")
        frame = frame.f_back
    return lines[::-1]


def _plain(text: str) -> str:
    """As it can travel."""
    return text[-_LONGEST:].encode(errors="backslashreplace").decode()

"""Python's debugger, as code of users is debugged in an interpreter: it stops in that, and shows no frame of ours.

It reads what to do by `input`, and prints; so it talks with whoever answers that.
"""

from __future__ import annotations

import inspect
import os
import pdb  # noqa: T100
import sys
from types import FrameType
from typing import Any

from ..files import PACKAGE
from . import kept

_LIBRARY = os.path.dirname(os.__file__) + os.sep
_INSTALLED = f"{os.sep}site-packages{os.sep}"
_SUSPENDED = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
"""Code that may return to who has called it and go on later."""


class Debugger(pdb.Pdb):
    """Stops in code of users, and in libraries that it calls; not in this package, nor in what that calls."""

    def __init__(self) -> None:
        super().__init__(nosigint=True)  # Ctrl-C comes by a signal of ours

    def stop_here(self, frame: FrameType) -> bool:
        return not _is_below_ours(frame) and super().stop_here(frame)

    def dispatch_return(self, frame: FrameType, arg: Any) -> Any:
        trace = super().dispatch_return(frame, arg)
        outer = frame.f_back
        if _is_ours(outer) or (_is_below_ours(outer) and not frame.f_code.co_flags & _SUSPENDED):
            self.set_continue()  # the message is done; what follows is not what is debugged
        return trace

    def get_stack(self, f: FrameType | None, t: Any) -> tuple[list[tuple[FrameType, int]], int]:
        """Without what has led to the code of the user, and what has served it."""
        stack, index = super().get_stack(f, t)
        current = stack[index] if stack else None
        begin = next((at + 1 for at, (frame, _) in enumerate(stack) if _is_ours(frame)), 0)
        shown = [entry for entry in stack[begin:] if not _is_ours(entry[0])] or stack
        return shown, shown.index(current) if current in shown else len(shown) - 1


def stop(*args: Any, **kwargs: Any) -> Any:
    """What `breakpoint()` does in code of users; ``PYTHONBREAKPOINT`` names something else, as ever."""
    if args or kwargs or os.environ.get("PYTHONBREAKPOINT"):
        return sys.__breakpointhook__(*args, **kwargs)  # noqa: T100
    return Debugger().set_trace(sys._getframe().f_back)


def post_mortem(session: str, place: kept.Place) -> bool:
    """Debug an error of a session, if its frames are kept; whether they are."""
    problem = kept.here.get(session, tuple(place))  # type: ignore[arg-type]
    if problem is None:
        return False
    debugger = Debugger()
    debugger.reset()
    debugger.interaction(None, problem if sys.version_info >= (3, 13) else problem.__traceback__)  # type: ignore[arg-type]
    return True


NOT_KEPT = (
    f"the frames of this error are not in the interpreter. They are kept of the last {kept.MOST} errors of a client if "
    "the interpreter was created with debug=True, or after %pdb on in IPython: do that, and have it fail again. "
    "Those of an error for want of memory never are"
)


def _is_ours(frame: FrameType | None) -> bool:
    return frame is not None and frame.f_code.co_filename.startswith(PACKAGE)


def _is_below_ours(frame: FrameType | None) -> bool:
    """Whether it is of this package, or of the standard library and called by this package."""
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(PACKAGE):
            return True
        if not (file.startswith("<frozen ") or (file.startswith(_LIBRARY) and _INSTALLED not in file)):
            return False
        frame = frame.f_back
    return False

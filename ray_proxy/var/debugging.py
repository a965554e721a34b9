"""`pm`: the debugger on the frames of a remote error, where these are: in the interpreter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import RayProxyError
from ..protocol import Error
from ..session.failure import failure_of
from ..session.raising import last


def pm(error: BaseException | None = None) -> None:
    """Debug a remote error after it has happened: Python's debugger opens on the frames that have led to it, with what
    their variables hold, in the interpreter; its commands are typed here. ``q`` leaves it.

    Frames are kept of the last 5 errors of a client, never of those for want of memory, and only by an interpreter that
    was created with ``debug=True``, or once ``%pdb on`` was said in IPython. Call it on the main thread, which alone
    can ask its user.

    Args:
        error: an exception that was raised for a remote operation; by default the last one of this process.

    Raises:
        RayProxyError: it is no remote error, there is none, or its frames are not kept; the text says the remedy.
        InterpreterDiedError: the interpreter has ended.
    """
    session, there = _place_of(error)
    if session is None:
        raise RayProxyError("the session of this error has ended here, and with it what the interpreter has kept of it")
    if not session.speaks(5):
        session.raise_broken()
        raise RayProxyError(f"the interpreter {session.label()} runs an older release, which keeps no frames of errors")
    from ..interpreter.debugger import NOT_KEPT, post_mortem  # not before somebody debugs

    before = last.session, last.error
    try:
        is_kept = session.env().run(post_mortem, (there.session, (there.frame, there.message))).fetch()
    finally:
        last.session, last.error = before  # an error of this call is none of the user
    if not is_kept:
        raise RayProxyError(NOT_KEPT)


def _place_of(error: BaseException | None) -> tuple[Any, Error]:
    """The session that has seen it, and where it has happened."""
    here: Callable[[], Any] | None = last.session
    there: Error | BaseException | None = last.error
    if error is not None:
        if not isinstance(error, BaseException):
            raise TypeError(f"pm takes an exception that was raised for a remote operation, not {error!r}")
        failure = failure_of(error)
        here, there = (None, None) if failure is None else (failure.codec.target, failure.error)
    if here is None or not isinstance(there, Error):
        what = "no remote error was raised in this process" if error is None else f"{error!r} is no remote error"
        raise RayProxyError(f"{what}, so no interpreter has frames of it; for those of this process: pdb.pm()")
    return here(), there

"""`help(v)` and `pydoc.render_doc(v)` where the remote object cannot be asked at once: what is known is shown.

`pydoc` asks an object for dozens of attributes, and would wait for each.
"""

from __future__ import annotations

import contextlib
import pydoc
import time
from typing import Any

from . import looks
from .interface import Var, handle_of

_render_doc: Any = pydoc.render_doc


def _render(thing: Any, title: str = "Python Library Documentation: %s", *args: Any, **kwargs: Any) -> str:
    """In the place of `pydoc.render_doc`."""
    if type(thing) is Var:
        known = _known(thing)
        if known is not None:
            return title % "a remote object" + "\n\n" + known
    text: str = _render_doc(thing, title, *args, **kwargs)
    return text


def _known(var: Any) -> str | None:
    """What is known of one that failed, waits, or is where something else runs; None: it can be asked itself."""
    handle = handle_of(var)
    session = handle.session
    if session.link is None or handle.is_known():
        return None
    with contextlib.suppress(TimeoutError):
        session.reader.wait(session, lambda: handle.settled, time.monotonic() + looks.MOMENT)
    told = looks.look_at(handle, [], "about")
    is_free = handle.settled and told.get("running") is False
    return None if is_free else looks.text_of(told)


def install() -> None:
    pydoc.render_doc = _render

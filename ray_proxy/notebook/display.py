"""Vars as IPython displays them: one question, whose answer is made where the object lives; one error, if it fails.

In a kernel of Jupyter, a Var that is still being computed is shown at once as what runs, and replaced in its place.
"""

from __future__ import annotations

import contextlib
import functools
import html
import threading
import time
import uuid
from typing import Any

from ..session import origins
from ..session.session import Session
from ..tracebacks.showing import text_of
from ..var.core import wrap
from ..var.gathering import wait
from ..var.interface import Var, handle_of
from ..var.state import running, state, status_of

MOMENT = 0.4
"""Seconds that a cell waits for what it shows."""
_MAKING = 2.0
"""Seconds more for what is computed, and takes long to be made into what is shown: a library is imported first."""
_THERE = "ray_proxy.looking.bundles"
_SINCE = 5
"""The minor version of the protocol with which bundles came."""
_MARK = "_ray_proxy_before"


def install(shell: Any) -> None:
    formatter = shell.display_formatter
    if hasattr(formatter.format, _MARK):
        return
    before = formatter.format

    @functools.wraps(before)
    def format(obj: Any, include: Any = None, exclude: Any = None) -> Any:
        if type(obj) is not Var:
            return before(obj, include=include, exclude=exclude)
        return _format(shell, obj), {}

    setattr(format, _MARK, before)
    formatter.format = format


def uninstall(shell: Any) -> None:
    formatter = shell.display_formatter
    before = getattr(formatter.format, _MARK, None)
    if before is not None:
        formatter.format = before


def _format(shell: Any, var: Any) -> dict[str, Any]:
    """The bundle of a Var; empty where it is displayed by the way, for it is not there yet. Raises its error."""
    asked = _ask(var)
    kernel = getattr(shell, "kernel", None) is not None
    wait([asked], timeout=MOMENT if kernel else None)
    if not handle_of(asked).settled and handle_of(var).settled and state(asked) == "running":
        wait([asked], timeout=_MAKING)  # it is there, and just made into a picture
    if handle_of(asked).settled:
        return _bundle(var, asked)
    name = uuid.uuid4().hex
    shell.display_pub.publish(_pending(var), {}, transient={"display_id": name})
    place = origins.current() if origins.current is not None else None
    threading.Thread(
        target=_replace, args=(shell, var, asked, name, origins.number_of(place)), name="ray-proxy-display", daemon=True
    ).start()
    return {}


def _ask(var: Any) -> Any:
    """The bundle, as it will be."""
    session: Session = handle_of(var).session
    if not session.speaks(_SINCE):
        return wrap(session.op("repr", handle_of(var)))
    module = wrap(session.module(_THERE))
    function = wrap(session.getattr(handle_of(module), "bundle"))
    return wrap(session.call(handle_of(function), [handle_of(var)], {}))


def _bundle(var: Any, asked: Any) -> dict[str, Any]:
    made = asked.fetch()
    session = handle_of(var).session
    bundle: dict[str, Any] = {"text/plain": made} if isinstance(made, str) else dict(made)
    text = str(bundle.get("text/plain", ""))
    bundle["text/plain"] = f"Var@{session.label()}:{chr(10) if chr(10) in text else ''}{text}"
    return bundle


def _pending(var: Any) -> dict[str, Any]:
    """What is shown of a Var that is still being computed."""
    session = handle_of(var).session
    status = status_of(session)
    since = running(handle_of(var), status)
    doing = [str(line) for line in status.get("doing", ())]
    if since is not None:
        words = f"running since {_clock(since)}"
    elif status.get("running"):
        words = f"waits since {_clock(time.time())} behind what runs since {_clock(float(status['running'][-1][3]))}"
    else:
        words = f"{state(var)} since {_clock(time.time())}"
    where = f": {doing[-1]}" if len(doing) > 1 else ""
    text = f"Var@{session.label()}: {words}{where}"
    return {"text/plain": text, "text/html": f"<em>{html.escape(text)}</em>"}


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))


def _replace(shell: Any, var: Any, asked: Any, name: str, origin: int) -> None:
    """When it is done, show it in the place of what stands for it."""
    try:
        bundle = _bundle(var, asked)
    except BaseException as error:
        bundle = {"text/plain": text_of(error) or f"{type(error).__name__}: {error}"}
        bundle["text/html"] = f"<pre style='color: #b22b31'>{html.escape(bundle['text/plain'])}</pre>"
    with contextlib.suppress(Exception):  # the kernel ends
        origins.run_at(
            origin, lambda: shell.display_pub.publish(bundle, {}, transient={"display_id": name}, update=True)
        )

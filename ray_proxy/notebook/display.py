"""Vars as IPython displays them: one question, whose answer is made where the object lives; one error, if it fails.

In a kernel of Jupyter, a Var that is still being computed is shown at once as what runs, and replaced in its place.
"""

from __future__ import annotations

import contextlib
import functools
import html
import json
import re
import threading
import time
import uuid
from contextvars import ContextVar
from typing import Any

from ..protocol import Display
from ..session import origins
from ..session.asked import Request
from ..session.printing import printer
from ..session.session import Handle, Session
from ..tracebacks.fitting import clipped, message_of
from ..tracebacks.showing import text_of, text_of_group
from ..var.core import wrap
from ..var.interface import Var, handle_of
from ..var.state import running, state, status_of
from .errors import cell_of, with_cells

MOMENT = 0.35
"""Seconds that a cell waits for what it shows…"""
_TELLING = 0.1
"""… and for what its interpreter is at."""
_MAKING = 2.0
"""Seconds more for what is computed, and takes long to be made into what is shown: a library is imported first."""
_THERE = "ray_proxy.looking.bundles"
_SINCE = 5
"""The minor version of the protocol with which bundles came."""
_MARK = "_ray_proxy_before"
_JSON = re.compile(r"[/+]json$")
"""MIME types of which the form is no text."""


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
    if getattr(shell, "kernel", None) is not None:
        printer.display = functools.partial(_show, shell)


def uninstall(shell: Any) -> None:
    printer.display = None
    formatter = shell.display_formatter
    before = getattr(formatter.format, _MARK, None)
    if before is not None:
        formatter.format = before


def _show(shell: Any, display: Display) -> None:
    """Show what remote code displays, in the cell of this place."""
    place, variable = origins.current and origins.current(), getattr(shell.display_pub, "_parent_header", None)
    if place and isinstance(variable, ContextVar):  # the streams have others
        variable.set(place)
    if display.clear:
        shell.display_pub.clear_output(wait=display.clear == "wait")
        return
    forms = {kind: json.loads(text) if _JSON.search(kind) else text for kind, text in display.forms.items()}
    transient = {"display_id": display.id} if display.id else {}
    shell.display_pub.publish(forms, {}, transient=transient, update=display.update)


def _format(shell: Any, var: Any) -> dict[str, Any]:
    """The bundle of a Var; empty where it is displayed by the way, for it is not there yet. Raises its error."""
    handle = handle_of(var)
    session: Session = handle.session
    if handle.is_known():
        session.raise_pending()
        return {"text/plain": f"Var@{session.label()}:{handle.value!r}"}
    made = _made(handle, rich="text/html" in shell.display_formatter.active_types)
    # Asked for at once, and not when it is made: by then other calls may be next.
    asked = session.request(handle_of(made))
    if getattr(shell, "kernel", None) is None or _is_there(session, asked, MOMENT):
        return _bundle(session, asked)
    status = status_of(session, _TELLING)
    if handle.settled and running(handle_of(made), status) is not None and _is_there(session, asked, _MAKING):
        return _bundle(session, asked)
    name = uuid.uuid4().hex
    shell.display_pub.publish(_pending(shell, var, status), {}, transient={"display_id": name})
    place = origins.current() if origins.current is not None else None
    threading.Thread(
        target=_replace,
        args=(shell, session, asked, name, origins.number_of(place)),
        name="ray-proxy-display",
        daemon=True,
    ).start()
    return {}


def _made(handle: Handle, rich: bool) -> Any:
    """A Var of what the bundle will be."""
    session: Session = handle.session
    if not session.speaks(_SINCE):
        return wrap(session.op("repr", handle))
    module = wrap(session.module(_THERE))
    function = wrap(session.getattr(handle_of(module), "bundle"))
    return wrap(session.call(handle_of(function), [handle], {} if rich else {"rich": False}))


def _is_there(session: Session, asked: Request, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        session.wait(asked, seconds)
    return asked.settled


def _bundle(session: Session, asked: Request) -> dict[str, Any]:
    """Waits for it."""
    made = session.value(asked)
    bundle: dict[str, Any] = {"text/plain": made} if isinstance(made, str) else dict(made)
    text = str(bundle.get("text/plain", ""))
    bundle["text/plain"] = f"Var@{session.label()}:{chr(10) if chr(10) in text else ''}{text}"
    return bundle


def _in_cell(shell: Any, line: str) -> str:
    """A line of what is being done, with the number of its cell in the place of the file."""
    found = re.fullmatch(r"(.+):(\d+) in (.+)", line)
    cell = cell_of(shell, found[1]) if found is not None else ""
    return f"{cell}, line {found[2]}, in {found[3]}" if cell and found is not None else line


def _pending(shell: Any, var: Any, status: dict[str, Any]) -> dict[str, Any]:
    """What is shown of a Var that is still being computed."""
    handle = handle_of(var)
    since = running(handle, status)
    others = status.get("running")
    if since is not None:
        words = f"running since {_clock(since)}"
    elif others and not handle.settled:
        words = f"waits behind what runs since {_clock(float(others[-1][3]))}"
    elif others:
        words = f"{state(var)}, and is shown after what runs since {_clock(float(others[-1][3]))}"
    else:
        words = str(state(var))
    doing = [str(line) for line in status.get("doing", ())]
    where = f": {_in_cell(shell, doing[-1])}" if len(doing) > 1 else ""
    text = f"Var@{handle.session.label()}: {words}{where}"
    return {"text/plain": text, "text/html": f"<em>{html.escape(text)}</em>"}


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))


def _replace(shell: Any, session: Session, asked: Request, name: str, origin: int) -> None:
    """When it is done, show it in the place of what stands for it."""
    try:
        bundle = _bundle(session, asked)
    except BaseException as error:
        text = text_of_group(error, fits=True) or text_of(error) or f"{type(error).__name__}: {message_of(error)}"
        bundle = {"text/plain": "\n".join(clipped(with_cells(shell, text)))}
        bundle["text/html"] = f"<pre style='color: #b22b31'>{html.escape(bundle['text/plain'])}</pre>"
    with contextlib.suppress(Exception):  # the kernel ends
        origins.run_at(
            origin, lambda: shell.display_pub.publish(bundle, {}, transient={"display_id": name}, update=True)
        )

"""Where in this process an operation is asked for, and what its remote code writes is shown: as a cell of a notebook.

In a kernel of Jupyter, stdout knows by a context variable which cell runs in a thread or task; its value stands for the
cell. In an interpreter, it is the call that is executed: by that, it is also known in whose calls the operation is
nested, though another thread sends it, while another call is executed. Elsewhere there is but one place.
"""

from __future__ import annotations

import contextvars
import functools
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, NamedTuple

from ..channels.channel import hosting

_KNOWN = 1000
"""So many origins are known at one time; what comes later of older ones is shown where the process is now."""
_CELL = "_ray_proxy_cell"

current: Callable[[], Any] | None = None
"""What stands for the place in which this thread, or task, is; None: this process has but one place."""

_variables: tuple[ContextVar[Any], ...] = ()
"""What has the place: in ipykernel 6, each stream has a variable of its own, with the same value. One is asked."""
_starter = _CELL
"""The attribute of a thread that notes where it was started: it has a context of its own."""
_owner: Callable[[], Any] | None = None
"""In an interpreter: whose the output is of the code that runs in this thread."""
_numbers: OrderedDict[object, int] = OrderedDict()
_places: dict[int, Any] = {}
_last = 0
_lock = threading.Lock()


class _Call(NamedTuple):
    """A call that an interpreter executes."""

    path: tuple[str, ...]
    owner: Any
    """Whose its output is."""


def number_of(place: Any) -> int:
    """The number of a place, as `current` gives it: 0, or the same each time."""
    global _last
    if place is None:
        place = getattr(threading.current_thread(), _starter, None)
    if not place:
        return 0
    if _owner is not None:
        place = _Call(tuple(place), _owner())
    key = place.get("msg_id") if isinstance(place, dict) else place
    with _lock:
        number = _numbers.get(key)
        if number is None:
            _last += 1
            number = _numbers[key] = _last
            while len(_numbers) > _KNOWN:
                _places.pop(_numbers.popitem(last=False)[1], None)
        _places[number] = place
        return number


def run_at(number: int, function: Callable[[], object]) -> None:
    """Call a function as if this thread were at the place of that number."""
    place, variables = _places.get(number), _variables
    if isinstance(place, _Call):
        place = place.owner
    if place is None or not variables:
        function()
        return

    def there() -> None:
        for variable in variables:
            variable.set(place)
        function()

    contextvars.copy_context().run(there)


def path_of(number: int) -> list[str]:
    """In whose calls that is nested which is asked for at the place of that number (`Frame.path`)."""
    if _owner is None:
        return hosting.path
    place = _places.get(number)
    return list(place.path) if isinstance(place, _Call) else hosting.path[-1:]


def use_calls(variable: ContextVar[Any], owner: Callable[[], Any]) -> None:
    """This process hosts an interpreter: places are the calls that it executes from now on.

    Args:
        variable: by its value, what code writes is whose it is.
        owner: gives that in this thread.
    """
    global current, _variables, _owner
    current, _variables, _owner = _executed, (variable,), owner


def _executed() -> list[str]:
    """The path of what is executed now: a list of its own for each call."""
    return hosting.path


def use(variable: ContextVar[Any], starter: str, *others: ContextVar[Any]) -> None:
    """Places are the values of this variable from now on, or what a thread has as this attribute. The others are kept
    the same."""
    global current, _variables, _starter
    if variable not in _variables:
        _variables, _starter = (variable, *others), starter
        current = functools.partial(variable.get, None)


def find() -> None:
    """See whether this process is a kernel of Jupyter."""
    variable, other = (getattr(stream, "_parent_header", None) for stream in (sys.stdout, sys.stderr))
    if current is None and isinstance(variable, ContextVar) and "ipykernel" in sys.modules:
        use(variable, _CELL, *[other] if isinstance(other, ContextVar) and other is not variable else [])
        _note_in_threads(variable)


@functools.cache
def _note_in_threads(variable: ContextVar[Any]) -> None:
    """From now on it is noted in which cell a thread is started."""
    start = threading.Thread.start

    @functools.wraps(start)
    def noting(self: threading.Thread) -> None:
        place = variable.get(None)
        setattr(self, _CELL, getattr(threading.current_thread(), _CELL, None) if place is None else place)
        start(self)

    threading.Thread.start = noting  # type: ignore[method-assign]


def forked() -> None:
    """In a forked process, another thread may have held the lock."""
    global _lock
    _lock = threading.Lock()

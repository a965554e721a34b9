"""A tracer or debugger that shows all locals, in the middle of our code, meets no half-made Var.

It calls `repr` on each local of each frame of ours, as a debugger does that shows them. That of a Var waits for the
text of the remote value, so it is a wait in the middle of whatever our code does.
"""

from __future__ import annotations

import pprint
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from alone import alone
from conftest import LoopbackInterpreter
from rig import Rig

import ray_proxy
from ray_proxy import Var

PACKAGE = str(Path(ray_proxy.__file__).parent)
PATIENCE = 5.0


class Debugger:
    """Shows all locals, at each line of our files."""

    def __init__(self, show: Callable[[Any], object]) -> None:
        self.show = show
        self.shown = 0
        self.broken: dict[str, str] = {}
        """What had no text: by where it was, its error."""

    def __call__(self, frame: FrameType, event: str, arg: object) -> Any:
        if not frame.f_code.co_filename.startswith(PACKAGE) or frame.f_code.co_name == "__del__":
            return None  # not ours; or of a Var that is no more
        for name, value in list(frame.f_locals.items()):
            try:
                self.show(value)
                self.shown += 1
            except Exception as error:
                where = f"{frame.f_code.co_filename.removeprefix(PACKAGE)}, {frame.f_code.co_name}"
                self.broken.setdefault(f"{where}: {name}", repr(error))
        return self


def only_vars(value: Any) -> object:
    """The text of a Var, and of no other object."""
    return repr(value) if type(value) is Var else None


SHOW = {"repr": repr, "pprint": pprint.pformat, "vars alone": only_vars, "type": lambda value: isinstance(value, dict)}


def make(over: str) -> Any:
    return LoopbackInterpreter.make() if over == "loopback" else Rig().connect(past_cable=True)


def use_vars_while_a_debugger_shows(over: str, how: str) -> None:
    env = make(over)
    items = env.put([1, 2])
    env.sync(timeout=PATIENCE)
    debugger = Debugger(SHOW[how])
    sys.settrace(debugger)
    try:
        made = items + [3]
        made.append(4)
        made[0] = 0
        value = made.fetch(timeout=PATIENCE)
        length, first, text = len(items), items[0] + 1, f"{made}"
        given = [int(item) for item in items]
        called = env.run(sorted, (made,), {"reverse": True}).fetch(timeout=PATIENCE)
        ready, _ = ray_proxy.wait([made], timeout=PATIENCE)
    finally:
        sys.settrace(None)
    assert debugger.shown > 100
    assert not debugger.broken, pprint.pformat(debugger.broken)
    assert value == [0, 2, 3, 4]
    assert (length, first.fetch(timeout=PATIENCE), text, given) == (2, 2, "[0, 2, 3, 4]", [1, 2])
    assert called == [4, 3, 2, 0]
    assert ready
    assert ready[0] is made
    assert items.fetch(timeout=PATIENCE) == [1, 2]


TODAY = "`wrap` has a Var without its handle for one line, and a text that is asked for in the middle of a wait hangs"


@pytest.mark.parametrize("over", ["loopback", "socket"])
@pytest.mark.parametrize("how", ["repr", "pprint", "vars alone"])
def test_a_debugger_that_shows_all_locals_of_ours_finds_each_var_whole(over: str, how: str) -> None:
    alone(use_vars_while_a_debugger_shows, over, how)


@pytest.mark.parametrize("over", ["loopback", "socket"])
def test_a_debugger_that_only_asks_for_the_class_finds_each_var_whole(over: str) -> None:
    """`isinstance` asks the Var for its `__class__`."""
    alone(use_vars_while_a_debugger_shows, over, "type")


def use_vars_traced_by_nobody_else(over: str) -> None:
    """The same operations with a tracer that shows nothing: the program itself holds."""
    env = make(over)
    items = env.put([1, 2])
    sys.settrace(Debugger(lambda value: None))
    try:
        made = items + [3]
        made[0] = 0
        value = made.fetch(timeout=PATIENCE)
    finally:
        sys.settrace(None)
    assert value == [0, 2, 3]


@pytest.mark.parametrize("over", ["loopback", "socket"])
def test_a_tracer_that_touches_nothing_changes_nothing(over: str) -> None:
    alone(use_vars_traced_by_nobody_else, over)


class Late:
    """A finalizer or callback sees Vars in the locals of the frame that it interrupts, as a profiler does."""

    def __init__(self, seen: list[str]) -> None:
        self.seen = seen

    def __del__(self) -> None:
        frame = sys._getframe(1)
        while frame is not None:
            for value in list(frame.f_locals.values()):
                if type(value) is Var:
                    self.seen.append(repr(value))
            frame = frame.f_back  # type: ignore[assignment]


def look_from_a_finalizer(over: str) -> None:
    env = make(over)
    items = env.put([1])
    env.sync(timeout=PATIENCE)
    seen: list[str] = []
    files = (PACKAGE,)

    def hook(frame: FrameType, event: str, arg: object) -> None:
        if event in ("call", "c_return") and frame.f_code.co_filename.startswith(files):
            try:
                Late(seen)
            except Exception as error:
                seen.append(repr(error))

    unraised: list[str] = []
    sys.unraisablehook = lambda problem: unraised.append(repr(problem.exc_value))
    sys.setprofile(hook)
    try:
        made = items + [2]
        value = made.fetch(timeout=PATIENCE)
    finally:
        sys.setprofile(None)
    assert value == [1, 2]
    assert seen
    assert not unraised, unraised[:3]


@pytest.mark.parametrize("over", ["loopback", "socket"])
def test_a_finalizer_that_looks_at_the_locals_of_its_callers_finds_each_var_whole(over: str) -> None:
    alone(look_from_a_finalizer, over)

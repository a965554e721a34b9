"""Code that Python runs in the middle of ours, on the same thread, may use Vars as anywhere else.

That is a signal handler, a finalizer, a callback of a weak reference, or a tracer. What holds, wherever it comes:

- Each operation is executed exactly once.
- The operations of the interrupted code are executed in their order, and so are those of the code that interrupts.
  Where two calls do not overlap in time, the earlier one is executed first; where one is made in the middle of the
  other, its operation comes just before or just after that of the other.
- A wait there ends with the value, and so does the wait that it interrupts.

Most tests enter at *every* call that our files make or get, so nothing depends on when a signal comes.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from alone import alone
from conftest import LoopbackInterpreter, eventually
from rig import Rig

import ray_proxy
from ray_proxy.session.printing import printer

PACKAGE = Path(ray_proxy.__file__).parent
CONVERSING = tuple(str(PACKAGE / room) + os.sep for room in ("session", "channels"))
AROUND = (str(PACKAGE / "var") + os.sep,)
"""What calls the session, and has no state of its own."""
PATIENCE = 5.0
"""Seconds after which a wait has failed."""
EXECUTED: list[tuple[str, int]] = []
"""By whom, and the how manieth: what the interpreter, which is in this process, has executed."""
SPEAKING: list[Callable[[], None]] = []
"""Called for each of these, in the interpreter's thread."""


class Log:
    """A remote object; an assignment to its items is an operation without a result."""

    def __setitem__(self, who: str, number: int) -> None:
        EXECUTED.append((who, number))
        for speak in SPEAKING:
            speak()

    def add(self, who: str, number: int) -> int:
        EXECUTED.append((who, number))
        return number


class Conversation:
    """What the main code, and the code that interrupts it, ask of a log in an interpreter; and what must come of it."""

    def __init__(self, over: str) -> None:
        self.rig = Rig() if over == "socket" else None
        self.env: Any = LoopbackInterpreter.make() if self.rig is None else self.rig.connect(past_cable=True)
        self.interpreter = self.env.interpreter if self.rig is None else self.rig.interpreter
        self.log = self.env.put(Log())
        self.base = self.env.put([0])
        self.env.sync(timeout=PATIENCE)
        self.given: dict[str, int] = {"main": 0, "inner": 0}
        self.returned = 0
        """How many operations of the main code have returned."""
        self.between: list[tuple[int, int]] = []
        """For each operation of the code that interrupts: how many of the main code had returned before, and begun."""
        self.wrong: list[str] = []

    def tell(self, who: str) -> None:
        """An operation without a result."""
        number, before = self.given[who], self.returned
        self.given[who] += 1
        if who == "inner":
            self.between.append((before, self.given["main"]))
        self.log[who] = number

    def ask(self, who: str, var: Any, expected: object) -> None:
        """Wait for a value."""
        try:
            value = var.fetch(timeout=PATIENCE)
        except BaseException as error:
            self.wrong.append(f"{who} waited in vain: {error!r:.200}")
            raise
        if value != expected:
            self.wrong.append(f"{who} expected {expected}, and got {value}")

    def main(self, count: int) -> None:
        """The code that is interrupted."""
        for _ in range(count):
            self.step()

    def step(self) -> None:
        number = self.given["main"]
        self.tell("main")
        self.returned += 1
        if number % 3 == 0:
            self.ask("main", self.base + [number], [0, number])
        if number % 5 == 0:
            self.env.put([number])  # and is dropped

    def check(self, nested: bool = False) -> None:
        """All were executed, once, in order, and nothing is left. `nested`: what interrupts was interrupted, too."""
        self.env.sync(timeout=PATIENCE)
        executed = list(EXECUTED)
        for who in ("main", "inner"):
            theirs = [number for by, number in executed if by == who]
            assert sorted(theirs) == list(range(self.given[who])), f"{who}: {missing_or_twice(theirs, self.given[who])}"
            assert (nested and who == "inner") or theirs == sorted(theirs)
        place = {entry: at for at, entry in enumerate(executed)}
        for number, (returned, begun) in enumerate(self.between):
            at = place["inner", number]
            assert all(place["main", before] < at for before in range(max(0, returned - 2), returned))
            assert all(at < place["main", after] for after in range(begun, min(begun + 2, self.given["main"])))
        assert not self.wrong, self.wrong[:3]
        assert not self.env.session.has_pending()
        eventually(lambda: self.env.sync(timeout=PATIENCE) or self.interpreter.count() <= 2, PATIENCE)
        assert self.interpreter.count() == 2  # the log and the list: what was dropped is gone


def missing_or_twice(numbers: list[int], count: int) -> str:
    missing = [number for number in range(count) if number not in set(numbers)]
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    return f"of {count}, {len(missing)} were not executed, {missing[:5]}, and {len(twice)} more than once, {twice[:5]}"


class AtEachCall:
    """Does something at each call that a file of these rooms makes or gets, and at each return of a call to C, where
    Python handles signals.

    What it does is traced as well, down to `depth`: there, only at each `rarely`-th call, or there would be no end.
    """

    def __init__(
        self, action: Callable[[], None], depth: int = 1, rooms: tuple[str, ...] = CONVERSING, rarely: int = 97
    ) -> None:
        self.action = action
        self.rooms = rooms
        self.depth = depth
        self.rarely = rarely
        self.level = 0
        self.calls = 0

    def _traced(self) -> None:
        sys.setprofile(self)  # Python 3.11 does not go on by itself
        self.action()

    def __call__(self, frame: FrameType, event: str, arg: object) -> None:
        if event not in ("call", "c_call", "c_return") or not frame.f_code.co_filename.startswith(self.rooms):
            return
        self.calls += 1
        if self.level >= self.depth or (self.level and self.calls % self.rarely):
            return
        self.level += 1
        try:
            if self.level < self.depth:
                sys.call_tracing(self._traced, ())
            else:
                self.action()
        finally:
            self.level -= 1


# --------------------------------------------------------------------------------- by what it is interrupted


def by_tracer(action: Callable[[], None]) -> Callable[[], None]:
    return action


def by_finalizer(action: Callable[[], None]) -> Callable[[], None]:
    class Resource:
        def __del__(self) -> None:
            action()

    return lambda: Resource() and None


def by_weak_reference(action: Callable[[], None]) -> Callable[[], None]:
    def drop() -> None:
        thing = Resource()
        held = weakref.ref(thing, lambda _: action())
        del thing
        del held

    class Resource:
        pass

    return drop


def by_signal(action: Callable[[], None]) -> Callable[[], None]:
    signal.signal(signal.SIGUSR1, lambda *_: action())
    return lambda: signal.raise_signal(signal.SIGUSR1)


def by_nothing(action: Callable[[], None]) -> Callable[[], None]:
    return lambda: None


WAYS = {"tracer": by_tracer, "finalizer": by_finalizer, "weak reference": by_weak_reference, "signal": by_signal}
MAKE = {**WAYS, "nothing": by_nothing}


def enter_at_each_call(over: str, way: str, fetches_each: int, depth: int, count: int, around: bool = False) -> None:
    """The program of most tests: `count` operations, and at each call in the middle of them another one."""
    conversation = Conversation(over)

    def action() -> None:
        conversation.tell("inner")
        if fetches_each and conversation.given["inner"] % fetches_each == 0:
            number = conversation.given["inner"]
            conversation.ask("inner", conversation.base + [number], [0, number])

    hook = AtEachCall(MAKE[way](action), depth, AROUND if around else CONVERSING)
    sys.setprofile(hook)
    try:
        conversation.main(count)
    finally:
        sys.setprofile(None)
    assert conversation.given["inner"] > 5 * count or way == "nothing"
    conversation.check(nested=depth > 1)


@pytest.mark.parametrize("over", ["socket", "loopback"])
def test_the_program_holds_where_nothing_interrupts(over: str) -> None:
    alone(enter_at_each_call, over, "nothing", 0, 1, 40)


@pytest.mark.parametrize("over", ["socket", "loopback"])
@pytest.mark.parametrize("way", WAYS)
def test_a_wait_just_before_or_after_an_operation_ends_with_the_value(over: str, way: str) -> None:
    alone(enter_at_each_call, over, way, 7, 2, 40, True)


TODAY = "a frame that is sent in the middle of another's sending takes its number, and the operations of one are lost"


@pytest.mark.parametrize("over", ["socket", "loopback"])
@pytest.mark.parametrize("way", WAYS)
def test_an_operation_in_the_middle_of_any_other_is_executed_once(over: str, way: str) -> None:
    alone(enter_at_each_call, over, way, 0, 1, 40)


@pytest.mark.parametrize("over", ["socket", "loopback"])
@pytest.mark.parametrize("way", WAYS)
def test_a_wait_in_the_middle_of_any_operation_ends_with_the_value(over: str, way: str) -> None:
    alone(enter_at_each_call, over, way, 7, 1, 40)


@pytest.mark.parametrize("over", ["socket", "loopback"])
def test_what_interrupts_may_be_interrupted_itself(over: str) -> None:
    alone(enter_at_each_call, over, "tracer", 7, 2, 12)


# --------------------------------------------------------------------------------------------- at each line


class AtEachLine:
    """A tracer, as a debugger is one, that does something at each line of our files."""

    def __init__(self, action: Callable[[], None]) -> None:
        self.action = action

    def __call__(self, frame: FrameType, event: str, arg: object) -> Any:
        if not frame.f_code.co_filename.startswith(CONVERSING):
            return None
        self.action()
        return self


def enter_at_each_line(over: str, fetches_each: int, count: int) -> None:
    conversation = Conversation(over)

    def action() -> None:
        conversation.tell("inner")
        if fetches_each and conversation.given["inner"] % fetches_each == 0:
            number = conversation.given["inner"]
            conversation.ask("inner", conversation.base + [number], [0, number])

    sys.settrace(AtEachLine(action))
    try:
        conversation.main(count)
    finally:
        sys.settrace(None)
    assert conversation.given["inner"] > 5 * count, "it was hardly ever interrupted"
    conversation.check()


@pytest.mark.parametrize("over", ["socket", "loopback"])
@pytest.mark.parametrize("fetches_each", [0, 7], ids=["tells", "waits"])
def test_a_tracer_that_uses_vars_at_each_line_of_ours_disturbs_nothing(over: str, fetches_each: int) -> None:
    alone(enter_at_each_line, over, fetches_each, 30)


def wait_at_each_line_in_turn(over: str) -> None:
    """Between any two lines, several frames are sent and answered: the first time at the first line, and so on."""
    conversation = Conversation(over)
    lines = at = 0

    def action() -> None:
        nonlocal lines
        lines += 1
        if lines == at:
            for _ in range(3):
                conversation.tell("inner")
                conversation.ask("inner", conversation.base + [at], [0, at])

    while lines >= at:
        lines, at = 0, at + 1
        sys.settrace(AtEachLine(action))
        try:
            conversation.tell("main")
            conversation.returned += 1
            conversation.ask("main", conversation.base + [at], [0, at])
        finally:
            sys.settrace(None)
    assert at > 100
    conversation.check()


@pytest.mark.parametrize("over", ["socket", "loopback"])
def test_frames_between_any_two_lines_of_ours_disturb_nothing(over: str) -> None:
    alone(wait_at_each_line_in_turn, over)


def wait_at_each_line_while_output_comes() -> None:
    """As above, while the interpreter tells what code writes: that is no answer, and is written once, in its order."""
    conversation = Conversation("socket")
    rig, session, file = conversation.rig, conversation.env.session, io.StringIO()
    assert rig is not None
    conversation.env.output(file=file)
    lines = at = 0

    def speak() -> None:
        rig.server.printing._tell(session.name, 0, 1, b"%d\n" % len(EXECUTED), 0)

    SPEAKING.append(speak)

    def ask(who: str) -> None:
        for _ in range(2):
            conversation.tell(who)
            conversation.ask(who, conversation.base + [at], [0, at])

    def action() -> None:
        nonlocal lines
        lines += 1
        if lines == at:
            ask("inner")

    while lines >= at:
        lines, at = 0, at + 1
        sys.settrace(AtEachLine(action))
        try:
            ask("main")
            conversation.returned += 2
        finally:
            sys.settrace(None)
        if at % 50 == 0:
            session.line.channel.drop()
            conversation.env.sync(timeout=PATIENCE)  # they meet again, and compare what each has counted
    assert at > 100
    conversation.check()
    printer.show()
    assert file.getvalue().split() == [str(number) for number in range(1, len(EXECUTED) + 1)]


def test_output_between_any_two_lines_of_ours_is_written_once_and_counts_as_no_answer() -> None:
    alone(wait_at_each_line_while_output_comes)


# ------------------------------------------------------------------------------------ the very Var, the same wait


def fetch_what_is_being_fetched(way: str) -> None:
    """In the middle of the wait for a Var, at every call, that very Var is waited for."""
    conversation = Conversation("socket")
    values = []

    def action() -> None:
        nonlocal calls
        calls += 1
        if calls % 5 == 0:
            values.append(var.fetch(timeout=PATIENCE))

    calls = 0
    var: Any = None
    hook = AtEachCall(MAKE[way](action))
    for number in range(10):
        var = conversation.base + [number]
        sys.setprofile(hook)
        try:
            assert var.fetch(timeout=PATIENCE) == [0, number]
        finally:
            sys.setprofile(None)
        assert values
        assert values == [[0, number]] * len(values)
        values.clear()
    var = None
    conversation.check()


@pytest.mark.parametrize("way", ["tracer", "signal"])
def test_the_var_that_is_waited_for_may_be_waited_for_by_what_interrupts(way: str) -> None:
    alone(fetch_what_is_being_fetched, way)


def interrupt_a_wait_for_what_takes_long(inner: str) -> None:
    """The wait sleeps in the system when the signal comes; the handler uses another Var, and the wait goes on."""
    conversation = Conversation("socket")
    gates.append(threading.Event())
    slow: Any = conversation.env.run(wait_for_gate)
    quick: Any = conversation.base + [1]
    seen: list[object] = []

    def handler(*_: object) -> None:
        conversation.tell("inner")
        if inner == "waits":
            seen.append(quick.fetch(timeout=PATIENCE))

    signal.signal(signal.SIGUSR1, handler)

    def interrupt() -> None:
        for _ in range(3):
            time.sleep(0.05)
            os.kill(os.getpid(), signal.SIGUSR1)
        gates[0].set()

    if inner == "waits":  # what is behind the slow call waits for it, so the gate has to be opened before
        gates[0].set()
    threading.Thread(target=interrupt).start()
    assert slow.fetch(timeout=PATIENCE) == "open"
    eventually(lambda: conversation.given["inner"] == 3)
    assert seen == [[0, 1]] * len(seen)
    slow = quick = None
    conversation.check()


gates: list[threading.Event] = []


def wait_for_gate() -> str:
    gates[-1].wait(30)
    return "open"


@pytest.mark.parametrize("inner", ["tells", "waits"])
def test_a_signal_handler_uses_vars_while_the_main_thread_sleeps_in_a_wait(inner: str) -> None:
    alone(interrupt_a_wait_for_what_takes_long, inner)


# ---------------------------------------------------------------------------------------------- a rain of signals


def rain_of_signals(fetches_each: int, seconds: float) -> None:
    """As real signals come: at any instruction, and from outside."""
    conversation = Conversation("socket")
    busy = False

    def handler(*_: object) -> None:
        nonlocal busy
        if busy:
            return
        busy = True
        try:
            conversation.tell("inner")
            if fetches_each and conversation.given["inner"] % fetches_each == 0:
                number = conversation.given["inner"]
                conversation.ask("inner", conversation.base + [number], [0, number])
        finally:
            busy = False

    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until:
            conversation.step()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    assert conversation.given["inner"] > 100
    conversation.check()


@pytest.mark.parametrize("fetches_each", [0, 3], ids=["tells", "waits"])
def test_signals_that_rain_lose_and_repeat_nothing(fetches_each: int) -> None:
    alone(rain_of_signals, fetches_each, 4.0, seconds=30)

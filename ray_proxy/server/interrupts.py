"""Interrupts: a signal brings them from a control connection to the innermost call of user code.

Knows no sockets. Its methods say which thread calls them; `calls` and `interrupted` may be read by any.
"""

from __future__ import annotations

import gc
import importlib
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from ..channels.channel import hosting
from ..interpreter.interpreter import Interpreter
from ..protocol import Cancel, Interrupt

SIGNAL = signal.SIGUSR1
"""Brings an interrupt to the thread of user code, where it breaks a sleep, a wait for a lock, and `ray.get`."""

_handler: Callable[[int], Any] = importlib.import_module("_signal").getsignal
"""As `signal.getsignal`, which looks for the handler among its own constants first: 2.3 µs, and this is 0.04."""

LOOK = " look"
"""Stands for a session where an object is asked about itself, for who looks at a variable."""

Call = tuple[str, int]
"""Session and number of a frame; number 0 is the end of that session, and of leases where the session is empty."""


class Interrupts:
    """Which frames are to be interrupted, and which are being executed."""

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter
        self.calls: list[Call] = []
        """The frames that are being executed now, each nested in the one before."""
        self.interrupted: set[Call] = set()
        """Frames in whose user code KeyboardInterrupt shall be raised; what is left of them is withdrawn.

        It is changed in one step each: threads of control connections add to it.
        """
        self.terminated: bool = False
        """The process was told to end."""
        self.closed = False
        self.collecting: bool = False
        """The garbage collector runs in the thread of user code, perhaps between two calls: finalizers may hang."""
        self.waiting: Callable[[], set[Call]] = set
        """Gives the frames that have stopped before a message that waits for something of this process."""
        self._raised = False
        """The innermost call has been interrupted already."""
        self._beside = False
        """What runs now shall be interrupted, and that is no call."""
        self._unseen = False
        """An interrupt was signalled, and the thread of user code has not noticed it."""
        self._signalled = False
        self._works: deque[Callable[[], None]] = deque()
        """What the thread of user code shall do as soon as it can."""
        self.wake: Callable[[], None] = lambda: None
        """Wakes the thread of user code where it waits for frames."""
        self._before_sigterm: Callable[[int, Any], Any] = lambda number, frame: None

    # ----------------------------------------------------------------------- the thread of a control connection

    def ask(self, request: Interrupt, is_here: Callable[[str], bool]) -> None:
        """Interrupt frames of a session, where that is here; or whatever is executed now, else what waits. The signal
        brings the matter to the thread of user code."""
        innermost = set(self.calls[-1:])
        meant = innermost or self.waiting()
        if request.session:
            meant = {(request.session, frame) for frame in request.frames} if is_here(request.session) else set()
        self.interrupted |= meant
        if not request.session:
            self._beside = True
        if meant & innermost:
            self._raised = False  # it may have been interrupted before, and hang somewhere else now
        self._unseen = True
        if self._signal():
            threading.Thread(target=self._insist, name="ray-proxy-interrupt", daemon=True).start()

    def cancel(self, request: Cancel, is_here: Callable[[str], bool]) -> None:
        """Cancel coroutines of a session, where that is here."""
        if is_here(request.session):
            for frame, message in request.messages:
                self._interpreter.cancel(request.session, frame, message)

    def do_soon(self, work: Callable[[], None]) -> None:
        """Have the thread of user code do this, in the middle of a call or between two."""
        self._works.append(work)
        self.wake()
        self._unseen = True
        if self._signal():
            threading.Thread(target=self._insist, name="ray-proxy-interrupt", daemon=True).start()

    def do_between(self, work: Callable[[], None]) -> None:
        """Have the thread of user code do this between two calls; in a call only if something else interrupts that."""
        self._works.append(work)
        self.wake()

    def _signal(self) -> bool:
        """Signal the thread of user code. Whether that can reach it.

        User code may have taken the signal for itself, and by default it ends the process: then what is left of the
        frame is withdrawn, once the code returns.
        """
        thread = hosting.thread
        if thread is None or not self._signalled or _handler(SIGNAL) != self._on_signal:
            return False
        signal.pthread_kill(thread, SIGNAL)
        return True

    def _insist(self) -> None:
        """Signal again until it is seen: one that comes just before a system call begins does not break that."""
        pause = 0.02
        while True:
            time.sleep(pause)
            if not self._unseen or self.closed or not self._signal():
                return
            pause = min(2 * pause, 1)

    # ------------------------------------------------------------------------------- the thread of user code

    def listen(self) -> None:
        """Hear signals from now on, where this is the main thread."""
        gc.callbacks.append(self._on_collection)
        if threading.current_thread() is threading.main_thread():
            signal.signal(SIGNAL, self._on_signal)
            self._signalled = True
            before = signal.getsignal(signal.SIGTERM)
            if callable(before) and getattr(before, "__self__", None) is not self:
                self._before_sigterm = before
                signal.signal(signal.SIGTERM, self._on_sigterm)

    def listen_no_more(self) -> None:
        """Nothing is served any more."""
        gc.callbacks.remove(self._on_collection)
        self.collecting = False

    def _on_collection(self, phase: str, info: dict[str, int]) -> None:
        if threading.get_ident() == hosting.thread:
            self.collecting = phase == "start"

    def _on_sigterm(self, number: int, frame: Any) -> None:
        """The process shall end: what is raised for that is no error of the user code that happens to run."""
        self.terminated = True
        self._interpreter.progress = list(self._interpreter.progress)  # what is shared stays as it is now
        self._before_sigterm(number, frame)

    def listen_again(self) -> None:
        """User code may have taken the signal for itself."""
        if self._signalled and _handler(SIGNAL) != self._on_signal:
            signal.signal(SIGNAL, self._on_signal)

    def begin(self, call: Call) -> bool:
        """This frame is the innermost one from now on; gives what `end` is to be told."""
        raised, self._raised = self._raised, False
        self.calls.append(call)
        return raised

    def end(self, raised: bool) -> None:
        self.calls.pop()
        self._raised = raised

    def is_over(self, call: Call) -> None:
        """All of this frame is done."""
        self.interrupted.discard(call)
        self._interpreter.forget_cancelled(*call)

    def go_on(self) -> None:
        """The innermost call was interrupted, and goes on all the same: it asks its user what to do. So does the rest
        of what its client has asked for."""
        if self._raised and self.calls and self.calls[-1] in self.interrupted:
            session = self.calls[-1][0]
            self._raised = False
            self.interrupted -= {call for call in tuple(self.interrupted) if call[0] == session}

    def do_works(self) -> None:
        """Do what is to be done soon. It does not raise."""
        while self._works:
            self._works.popleft()()

    def forget(self, session: str) -> None:
        """Nothing of this session is executed any more."""
        self.interrupted -= {call for call in tuple(self.interrupted) if call[0] == session}
        self._interpreter.forget_cancelled(session)

    def _on_signal(self, number: int, frame: Any) -> None:
        self._unseen = False
        beside, self._beside = self._beside, False
        if self._interpreter.interruptible:
            self._do_within()
            self.raise_due()
        elif beside and self.collecting and not (frame and frame.f_code is _COLLECTION):
            raise KeyboardInterrupt  # Python lets nothing leave the finalizer that is interrupted
        else:  # we are at work between two messages
            self._interpreter.overdue = self._do_overdue

    def _do_within(self) -> None:
        """In the middle of user code: what interrupts that is not interrupted itself."""
        self._interpreter.interruptible = False
        try:
            self.do_works()
        finally:
            self._interpreter.interruptible = True

    def _do_overdue(self) -> None:
        self._do_within()
        self.raise_due()

    def raise_due(self) -> None:
        """Raise, if the innermost call is to be interrupted. A frame that runs later is withdrawn when it comes."""
        if self.calls and self.calls[-1] in self.interrupted and not self._raised:
            self._raised = self._interpreter.interrupted = True
            raise KeyboardInterrupt


_COLLECTION = Interrupts._on_collection.__code__
"""What is raised here would leave `collecting` as it was."""

"""Code in an interpreter waits for a line of input: the user of this process types it: `Prompts`.

Only the main thread can ask its user, and it does so where it waits for that interpreter, holding no lock: in a kernel
of Jupyter no other may, and a script's other threads do not own the terminal. Whatever thread reads a prompt leaves it
here. Who awaits in an event loop of the main thread is called there.
"""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import contextvars
import functools
import getpass
import logging
import signal
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from ..errors import RayProxyError, printable
from ..protocol import Prompt, Tell
from .asked import Question
from .printing import printer

logger: logging.Logger = logging.getLogger("ray_proxy")

_AGAIN = 0.2
"""Seconds after which a line is told again, where the interpreter is out of reach."""
_REMIND = 0.5
"""Seconds after which the user hears of a prompt that nobody answers."""


class Owner(Protocol):
    """The session of prompts."""

    name: str
    reader: Any
    ledger: Any

    @property
    def link(self) -> Any: ...
    def is_broken(self) -> bool: ...
    def label(self) -> str: ...
    def interrupt(self, key: int | Question) -> bool:
        """Have what is waited for interrupted; whether it may end of that."""

    def note_line(self, line: str | None, hidden: bool) -> None:
        """This is told."""

    def say(self, text: str, origin: int) -> None:
        """Show a line of ours, where what remote code of this origin prints is shown."""


class Prompts:
    """The prompts of one session that the user has not seen yet."""

    def __init__(self) -> None:
        self.forked()

    def forked(self) -> None:
        """In a forked process: another session begins."""
        self._waiting: dict[int, Prompt] = {}
        self._last = 0
        """Number of the last one that the user has seen."""
        self._attended = 0
        """So many waits of the main thread will answer, each in the middle of the one before."""
        self._callbacks: dict[object, Callable[[], None]] = {}
        """What calls the main thread where it waits for something else, or in an event loop."""
        self._has_warned = False

    def add(self, owner: Owner, prompt: Prompt) -> None:
        """Take a prompt, perhaps once more. For any thread that reads."""
        if prompt.number <= self._last or prompt.number in self._waiting:
            return
        self._waiting[prompt.number] = prompt
        for callback in list(self._callbacks.values()):
            callback()
        if not self._attended:
            timer = threading.Timer(_REMIND, self._remind, (weakref.ref(owner), prompt))
            timer.daemon = True
            with contextlib.suppress(RuntimeError):  # no thread is left
                timer.start()

    def _remind(self, ref: weakref.ref[Any], prompt: Prompt) -> None:
        owner = ref()
        if owner is None or prompt.number not in self._waiting or self._attended or self._callbacks:
            return
        text = f" ({printable(prompt.text.strip())})" if prompt.text.strip() else ""
        owner.say(
            f"code in the interpreter {owner.label()} asks for input{text}: fetch its Var, or env.sync(), to answer",
            prompt.origin,
        )

    # ---------------------------------------------------------------------------------- the main thread

    def wait(self, owner: Owner, done: Callable[[], bool], keys: Sequence[int | Question], until: float | None) -> bool:
        """Wait as the reader does, and answer meanwhile, where this is the main thread. `until` is later by the time
        that the user takes. True: the user has pressed Ctrl-C at a prompt, and what was waited for has ended of that.
        """
        if owner.link is None or not _is_main():
            owner.reader.wait(owner, done, until)
            return False
        self._attended += 1
        try:
            while True:
                owner.reader.wait(owner, lambda: done() or bool(self._waiting), until)
                if done() or not self._waiting:
                    return False
                since = time.monotonic()
                if self.answer(owner, keys):
                    return True
                until = None if until is None else until + time.monotonic() - since
        finally:
            self._attended -= 1

    def answer_due(self, owner: Owner, keys: Sequence[int | Question]) -> bool:
        """The same as `answer`, where there is a prompt, and this is the main thread."""
        return bool(self._waiting) and _is_main() and self.answer(owner, keys)

    def answer(self, owner: Owner, keys: Sequence[int | Question], in_loop: bool = False) -> bool:
        """Have the user answer the first prompt. On Ctrl-C, the first of these that is not settled is interrupted;
        whether it has ended of that: the code may go on, and ask again."""
        number = min(self._waiting)
        self._last = max(self._last, number)
        prompt = self._waiting.pop(number)
        try:
            printer.show()  # what was written before
            line = self._typed(prompt, in_loop)
        except KeyboardInterrupt:
            owner.note_line(None, prompt.hidden)
            return self._interrupt(owner, keys, number, in_loop)
        except BaseException:  # of a signal handler: the next wait asks again
            self._waiting[number] = prompt
            raise
        owner.note_line(line, prompt.hidden)
        try:
            self._tell(owner, number, line)
        except KeyboardInterrupt:
            return self._interrupt(owner, keys, number, in_loop)
        return False

    def _typed(self, prompt: Prompt, in_loop: bool) -> str | None:
        """What the user types; None: no more."""
        ask = getpass.getpass if prompt.hidden else builtins.input
        try:
            with _interruptible() if in_loop else contextlib.nullcontext():
                return str(ask(prompt.text)).encode(errors="replace").decode()
        except EOFError:
            return None
        except Exception as error:
            if _is_of_handler(error):
                raise
            if not self._has_warned:
                self._has_warned = True
                logger.warning(
                    "ray_proxy: remote code asks for input (%s), and reads its end, for nobody can be asked here: "
                    "%s: %s",
                    printable(prompt.text.strip()),
                    type(error).__name__,
                    error,
                )
            return None

    def _tell(self, owner: Owner, number: int, line: str | None) -> None:
        """Tell the interpreter; while it is out of reach, until the session has ended."""
        while not owner.is_broken():
            try:
                owner.link.control(Tell(owner.name, number, line))
                return
            except (RayProxyError, OSError):
                with contextlib.suppress(TimeoutError):
                    owner.reader.wait(owner, owner.is_broken, time.monotonic() + _AGAIN)

    def _interrupt(self, owner: Owner, keys: Sequence[int | Question], number: int, in_loop: bool) -> bool:
        is_settled = owner.ledger.is_settled
        key = next((key for key in keys if not is_settled(key)), None)
        is_sent = key is not None and owner.interrupt(key)
        self._tell(owner, number, None)  # another thread than that of the call may have asked
        if in_loop:
            return False
        if is_sent:
            with contextlib.suppress(KeyboardInterrupt):  # a second one leaves at once
                owner.reader.wait(owner, lambda: is_settled(key) or bool(self._waiting), None)
                return bool(is_settled(key))
        return True

    # -------------------------------------------------------------------------------------- event loops

    @contextlib.contextmanager
    def called(self, callback: Callable[[], None]) -> Iterator[None]:
        """Where the main thread waits for something else meanwhile, this wakes it, from any thread."""
        token = object()
        if _is_main():
            self._callbacks[token] = callback
            if self._waiting:
                callback()
        try:
            yield
        finally:
            self._callbacks.pop(token, None)

    def awaited(self, owner: Owner, key: int | Question) -> contextlib.AbstractContextManager[None]:
        """The main thread awaits this in its event loop, which calls it to answer."""
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()

        def answer() -> None:
            while self._waiting and self._callbacks:
                self.answer(owner, (key,), in_loop=True)

        def call() -> None:
            with contextlib.suppress(RuntimeError):  # it was closed meanwhile
                loop.call_soon_threadsafe(functools.partial(context.copy().run, answer))

        return self.called(call)


def _is_main() -> bool:
    return threading.get_ident() == threading.main_thread().ident


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C is KeyboardInterrupt: in an event loop it cancels a task otherwise, and what blocks that goes on."""
    before = signal.getsignal(signal.SIGINT)
    if before in (signal.SIG_IGN, None, signal.default_int_handler):
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _is_of_handler(error: BaseException) -> bool:
    """Whether the handler of a signal has raised it, which came while the user was asked."""
    handlers = [signal.getsignal(number) for number in signal.valid_signals()]
    codes = {getattr(getattr(handler, "__func__", handler), "__code__", None) for handler in handlers} - {None}
    at = error.__traceback__
    while at is not None:
        if at.tb_frame.f_code in codes:
            return True
        at = at.tb_next
    return False

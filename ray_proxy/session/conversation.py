"""One client's conversation with one interpreter: messages go out in frames, and what becomes of them comes back.

Its parts do the work: the `Outbox` has what is not answered yet, the `Ledger` what became of it, the `Reader` waits,
the `Line` is the way there. This puts them together. How a session lasts is said in `connected`, and what its messages
mean in `session`; it must never know sockets, or Ray.

Threads: any number may use a session. One thread a process, the ticker, sends what nobody waits for.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import logging
import sys
import threading
import time
import uuid
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from ..channels.channel import Channel, hosting, is_of_others
from ..errors import ProtocolError, RayProxyWarning
from ..interpreter.messages import SESSION_FREE
from ..protocol import (
    MINOR,
    Ask,
    Bulk,
    Code,
    Del,
    Error,
    Message,
    Op,
    Output,
    Prompt,
    Refused,
    Stored,
    Welcome,
    decode_answer,
)
from ..values.codec import Codec
from ..values.definitions import Cell
from ..values.store import Store
from . import origins
from .asked import Asked, Question, Request
from .bringing import Bringing, decline
from .callers import NOBODY, Asker, ThreadState, Where, caller, where
from .cancelling import Cancelling
from .failure import Failure
from .forking import Leases
from .ledger import Key, Ledger
from .line import Line, Link, bare
from .outbox import FRAME_BYTES, FRAME_MESSAGES, Outbox
from .printing import Outputs, printer
from .prompts import Prompts
from .pulse import GRACE, Pulse
from .reader import Reader, deadline
from .ticker import ticker
from .watching import Watch

logger: logging.Logger = logging.getLogger("ray_proxy")

BACKLOG = 1024 * 1024
"""Bytes that may wait for a slow interpreter before operations wait too."""
CONFIRM = 8 * 1024 * 1024
"""Bytes of replies after which they are confirmed by a frame of their own, where no other one leaves."""
_READ_ALONG = 8
"""So many frames under way are enough to read, beside sending, what nobody waits for."""
_MANY = 100
"""Variables that are dropped at once, after which what lists them is made smaller."""
_HARMLESS = frozenset({"len", "length_hint"})
"""Operators that Python asks for on its own when it begins to read a sequence."""


class Conversation(ABC):
    """Messages that are given, sent, answered and waited for; see `Connected` for its arguments."""

    def __init__(self, store: Store | None = None, link: Link | None = None) -> None:
        self.name: str = uuid.uuid4().hex
        self.codec: Codec = Codec(store, self.name, target=weakref.ref(self))
        self.host: str = "?"
        self.interpreter: str = "?"
        self.grace: float = GRACE
        """Seconds for which the interpreter is waited for when the link is lost or silent."""
        self.hindrance: str = ""
        """What keeps the interpreter from being reached, and somebody may put right, as far as the link knows."""
        self.minor: int = MINOR
        """The version of the protocol that is spoken: the older one of ours and the interpreter's."""
        self.operations: int = 0
        """Number of the last operation that may have an effect; reading ahead watches it. No two have the same."""
        self.is_lively: bool = False
        """It has begun, is not broken, and the ticker is awake for it. Else who adds a message calls `enliven`."""
        self.line: Line = Line(self, is_wanted=link is None)
        self.ledger: Ledger = Ledger(self)
        self.outbox: Outbox = Outbox(self.line, self.ledger)
        self.reader: Reader = Reader()
        self.asked: Asked = Asked()
        self.link: Link | None = link
        self.thread: ThreadState = ThreadState(itertools.count(NOBODY + 1), self.outbox.note_threads, self.outbox.move)
        self.next_id: Callable[[], int] = itertools.count(1).__next__
        self._next_quiet: Callable[[], int] = itertools.count(-1, -1).__next__
        """Numbers of operations that have no variable."""
        # What each operation needs, at hand.
        self.pending: list[tuple[Key, Message]] = self.outbox.pending
        self.dead: dict[int, None] = self.outbox.dead
        self.unsettled: dict[int, Asker] = self.ledger.unsettled
        self.empty_cells: dict[str, Cell] = self.codec.empty

        self.broken: Failure | None = None
        self._lock = threading.RLock()
        """Of what begins and ends, and what is made once. No pipelined operation takes it."""
        self.leases: Leases = Leases()
        self.pulse: Pulse = Pulse()
        self.cancelling: Cancelling = Cancelling()
        self.watch: Watch = Watch()
        self.outputs: Outputs = Outputs()
        self.prompts: Prompts = Prompts()
        self.prints: bool = link is not None
        """The interpreter may tell what its code writes, as far as we know."""
        self.code: Bringing | None = None
        """Brings this client's project code there."""

    # -------------------------------------------------------------------------------------- messages

    def submit(self, key: Key, message: Message, changes: bool = True) -> None:
        """Add a message, in its turn. Its key is in the ledger already. Raises why the session is broken.

        Args:
            changes: it may have an effect, as far as its kind says nothing else.
        """
        has_effect = type(message) not in SESSION_FREE
        if self.dead or self.outbox.released or self.codec.gone:
            self.bury()
        if self.empty_cells and has_effect:
            self.fill()
        self.pending.append((key, message))
        if not self.is_lively:
            self.enliven()
        if has_effect and changes and not (type(message) is Op and message.op in _HARMLESS):
            self.operations = key if type(key) is int else self._next_quiet()
        if len(self.pending) >= FRAME_MESSAGES or self.outbox.bytes >= FRAME_BYTES:
            self.flush()

    def submit_first(self, key: Key, message: Message) -> None:
        """Add a message before all that are pending; for `send`."""
        self.outbox.add_first(key, message)
        self.operations = self._next_quiet()

    def asker(self) -> Asker | None:
        """Who asks for the first message that is pending and was asked for: dropped variables are not."""
        return next((asker for key, _ in list(self.pending) if (asker := self.ledger.asker_of(key)) is not None), None)

    def caller(self) -> Asker:
        """Whoever calls this."""
        return caller(self.thread.here)

    @property
    def is_attentive(self) -> bool:
        """The interpreter may ask for project code, or tell what code writes, at any time."""
        return self.code is not None or self.prints

    def note_effect(self) -> None:
        """Something was given that may have an effect, and has no variable."""
        self.operations = self._next_quiet()

    def count_from(self, id: int) -> None:
        """The next variable has this id."""
        self.next_id = itertools.count(id).__next__

    def enliven(self) -> None:
        """Have what is pending sent soon; begin where that is to be done. Raises why the session is broken."""
        if not self.line.is_wanted:
            self.start()
        ticker.hold(self)
        ticker.wake()
        self.is_lively = True
        if self.broken is not None:
            self.is_lively = False
            ticker.release(self)
            self.lose_all(self.broken)
            raise self.broken.exception()

    def rest(self) -> None:
        """Nothing is pending."""
        self.is_lively = False

    def bury(self) -> None:
        """Add the word of what was dropped here."""
        dead = self.dead
        if dead:
            ids = list(dead)
            self.pending.append((ids, Del(ids)))
            for id in ids:  # after: rather is it told twice, which does no harm, than never
                dead.pop(id, None)
            if len(ids) > _MANY:
                _shrink(dead, ids[0])
            if self.asked.given_up:
                for request in self.asked.forget(ids):
                    self.abandon(request)
        if self.outbox.released or self.codec.gone:
            self.outbox.release(self.codec, self.minor)

    def has_pending(self) -> bool:
        return bool(self.pending)

    def flush(self) -> None:
        """Send the pending messages. Waits only where the interpreter is far behind."""
        self.send()
        outbox, channel = self.outbox, self.line.channel
        if channel is None:
            if self.link is not None and outbox.is_overfull():
                self.reader.wait(self, lambda: not (self._is_connecting() and outbox.is_overfull()), None)
        elif len(outbox.flights) > _READ_ALONG:
            self.reader.lead(self, never, 0)
            if channel.backlog() > BACKLOG:
                self.drain_to(BACKLOG, None)

    def send(self) -> None:
        """Send what is pending and can be sent without waiting."""
        outbox = self.outbox
        if self.dead or outbox.released or self.codec.gone:
            self.bury()
        channel = self.line.channel
        if channel is None:
            if self.broken is not None:
                self.lose_all(self.broken)
            return
        try:
            if not outbox.flights:
                self.pulse.heard = time.monotonic()
            self.outbox.unconfirmed = 0
            if self.code is not None and self.pending and time.monotonic() > self.code.due:
                self.code.look(self)
            outbox.cut()
            outbox.push()
        except OSError as error:
            if is_of_others(error):
                raise
            self.lose(channel, error)

    def _is_connecting(self) -> bool:
        return self.line.channel is None and self.broken is None

    def drain_to(self, limit: int, until: float | None) -> None:
        """Wait until at most that many bytes wait to be sent."""

        def done() -> bool:
            channel = self.line.channel
            if channel is not None:
                try:
                    channel.push()
                except OSError as error:  # the thread that reads finds out as well
                    if is_of_others(error):
                        raise
            return channel is None or channel.backlog() <= limit

        # In short turns: a thread that reads for all of us does not watch whether there is room to send.
        while not done():
            if until is not None and time.monotonic() > until:
                raise TimeoutError(f"the interpreter {self.label()} does not take what is sent to it")
            with contextlib.suppress(TimeoutError):
                self.prompts.wait(self, done, (), time.monotonic() + 0.01)

    def drop(self, id: int) -> None:
        """The variable is no longer needed here. Safe in `__del__`: takes no lock, sends nothing, never raises."""
        if self.broken is None:
            self.dead[id] = None

    def release(self, token: str) -> None:
        """The object of an error of this session is no longer needed. As safe in `__del__` as `drop`."""
        if self.broken is None and token.startswith(f"{self.name}."):  # a forked child has not got it from its parent
            self.outbox.released[token] = None

    # --------------------------------------------------------------------------------------- waiting

    def wait(self, key: int | Question, timeout: float | None = None) -> None:
        """Wait until something is settled. Raises `TimeoutError` after `timeout` seconds, and cancels nothing."""
        until = deadline(timeout)
        if isinstance(key, Question):
            if not key.settled:
                self.wait_until(lambda: key.settled, (key,), until)
        elif key in self.unsettled:
            unsettled = self.unsettled
            self.wait_until(lambda: key not in unsettled, (key,), until)

    def wait_until(self, done: Callable[[], bool], keys: Sequence[int | Question], until: float | None) -> None:
        """Wait until `done` says so, which some of these bring about. `until` is a time of `time.monotonic`."""
        self.flush()
        waits, token = self.cancelling.waits, object()
        try:
            waits[token] = keys
            is_interrupted = self.prompts.wait(self, done, keys, until)
        except KeyboardInterrupt:
            for key in keys:
                if not self.ledger.is_settled(key):
                    self.interrupt_for(key)
                    break
            raise
        finally:
            waits.pop(token, None)
        if is_interrupted:
            raise KeyboardInterrupt

    def _see_to(self, key: int | Question) -> None:
        """Have this settled, for those who wait for it without a thread."""
        self.flush()
        self.reader.wait(self, lambda: self.ledger.is_settled(key), None)

    def interrupt_for(self, key: int | Question) -> None:
        """The wait for this was interrupted: so shall be what it waits for, of this thread's operations.

        Returns when that has ended; a second interrupt leaves at once.
        """
        if self.interrupt(key):
            with contextlib.suppress(Exception):
                self.prompts.wait(self, lambda: self.ledger.is_settled(key), (key,), None)

    def interrupt(self, key: int | Question) -> bool:
        """Have what this waits for interrupted, of this thread's operations; whether that may end of it."""
        asker = self.ledger.asker_of(key)
        if self.link is None or self.line.channel is None or asker is None:
            return False
        mine = []
        for number, flight in self.outbox.flights.copy().items():
            askers = map(self.ledger.asker_of, flight.keys)
            if any(other is not None and other[2] is asker[2] for other in askers):
                flight.interrupted = True
                mine.append(number)
                for waiting in flight.keys:
                    if isinstance(waiting, Request):
                        waiting.interrupted = True
        with contextlib.suppress(Exception):  # then the interpreter is gone, or does not answer
            self.link.interrupt(self.name, mine)
            return True
        return False

    def on_settled(self, key: int | Question, callback: Callable[[], None]) -> None:
        """Call back, from any thread and perhaps more than once, when something is settled; at once where it is."""
        if self.ledger.watch(key, callback):
            self.flush()
            self.watch.add(functools.partial(self._see_to, key))

    def off_settled(self, key: int | Question, callback: Callable[[], None]) -> None:
        """Call back no more."""
        watched = self.ledger.watched
        rest = [other for other in watched.get(key, ()) if other is not callback]
        if rest:
            watched[key] = rest
        else:
            watched.pop(key, None)

    def turn(self, seconds: float) -> bool:
        """Where this thread runs an interpreter's user code: serve nested calls for a moment. Whether it does."""
        if hosting.wait is None or hosting.thread != threading.get_ident():
            return False
        hosting.wait(self.line.channel, seconds)
        return True

    def settle(self, timeout: float | None = None) -> None:
        """Wait until all that was asked so far is done; raises nothing for it."""
        question = Question(caller(self.thread.here))
        self.submit(question, Del([]))
        self.wait(question, timeout)
        self.ledger.notices.issue()
        self.raise_broken()

    # --------------------------------------------------------------------------------------- answers

    def receive(self, data: bytes) -> bool:
        """Take an answer, perhaps once more; whether it counts as one. Raises `ProtocolError`."""
        answer = decode_answer(data)
        recorder = self.outbox.recorder
        if isinstance(answer, Output):
            if self.outputs.take(answer) and recorder is not None:
                recorder.wrote(answer)
            return False
        if isinstance(answer, Prompt):
            self.prompts.add(self, answer)
            self.outputs.note(answer.number)
            return False
        if recorder is not None:
            recorder.answered(0 if isinstance(answer, Ask) else answer.frame, data)
        if isinstance(answer, Refused):
            self._refused(answer)
            return True
        if isinstance(answer, Ask):
            if self.code is not None:
                self.code.answer(self, answer)
            else:
                decline(self, answer)
            return True
        flight = self.outbox.flights.get(answer.frame)
        if flight is not None:
            self.ledger.take(answer, flight)
            if flight.answered >= len(flight.keys):
                self.outbox.answered(answer.frame)
        return True

    def _refused(self, answer: Refused) -> None:
        failure = Failure(ProtocolError(answer.reason), None, self.label(), self.codec)
        # Of an unknown frame: none is answered any more. Otherwise it may have come twice, over two channels.
        for number in [answer.frame] if answer.frame else list(self.outbox.flights):
            flight = self.outbox.flights.get(number)
            for key in () if flight is None else flight.keys:
                if type(key) is int or isinstance(key, Question):
                    self.ledger.fail(key, failure)
                    self.ledger.settle(key)
            self.outbox.answered(number)

    def note_line(self, line: str | None, hidden: bool) -> None:
        """This is told to code that waits for a line of input: it is recorded before the answer to that can come."""
        if self.outbox.recorder is not None:
            self.outbox.recorder.told(line, hidden)

    def say(self, text: str, origin: int) -> None:
        """Show a line of ours, where what remote code of this origin prints is shown."""
        printer.show()
        with contextlib.suppress(Exception):  # it is closed, or none
            origins.run_at(origin, lambda: print(text, file=sys.stderr, flush=True))

    def heard(self, answers: Sequence[bytes]) -> None:
        """The interpreter keeps replies until it hears that they were taken, which the next frame says."""
        self.pulse.heard = time.monotonic()
        self.outbox.unconfirmed += sum(map(len, answers))
        if self.outbox.unconfirmed > CONFIRM:
            with contextlib.suppress(Exception):  # whoever reads finds out
                self.submit(None, Del([]))
                self.flush()

    def failure(self, error: Error | Exception, asker: Asker | None) -> Failure:
        return Failure(error, where(asker), self.label(), self.codec)

    def discard(self, operand: Bulk | Stored) -> None:
        """Nobody will take this bulk value."""
        if self.codec.store is not None:
            self.codec.store.discard(operand.token)

    def label(self) -> str:
        return f"{self.host}[{self.interpreter[:5]}]"

    def abandon(self, question: Question) -> None:
        """Nobody will take the value of this question."""
        question.dropped = True
        if question.settled and isinstance(question.value, (Bulk, Stored)):
            self.discard(question.value)

    # -------------------------------------------------------------------------------- beginning and end

    def meet(self, welcome: Welcome) -> None:
        """This is what the interpreter has said of itself."""
        self.outbox.has_places = welcome.records
        self.minor = self.codec.minor = welcome.minor
        self.outbox.tells_threads = welcome.minor >= 3
        self.prints = welcome.minor >= 5
        if welcome.minor < 4:
            self.outbox.strip(Code)
        elif self.code is not None:
            self.code.meet(welcome.texts)
        self.interpreter, self.host, self.grace = welcome.interpreter, welcome.host, welcome.grace
        self.hindrance = ""

    def begin_anew(self) -> None:
        """In a forked process: as a session of its own, which nobody knows yet."""
        # Nothing of Ray works in a forked process, so bulk values go through the channel, too.
        self.name = uuid.uuid4().hex
        before, self.codec = self.codec, Codec(None, self.name, target=weakref.ref(self))
        self.codec.on_named, self.codec.project = before.on_named, before.project
        self.empty_cells = self.codec.empty
        self.line.begin_anew()
        self.rest()

    def break_off(self, error: BaseException) -> Failure:
        """Nothing is taken from now on. Gives why: this error, or an earlier one."""
        if self.broken is None:
            self.broken = Failure(bare(error), None, self.host, self.codec)
        self.rest()
        return self.broken

    def is_broken(self) -> bool:
        return self.broken is not None

    def raise_broken(self) -> None:
        """Raise why the session has ended, if it has."""
        if self.broken is not None:
            raise self.broken.exception()

    def lose_all(self, broken: Failure) -> None:
        """What is not answered never will be."""
        lost = self.ledger.fail_all([*self.outbox.drop(), *self.unsettled.copy()], broken)
        if lost:
            count = "an operation" if lost == 1 else f"{lost} operations"
            logger.error(
                "ray_proxy: %s without a result %s lost: %s", count, "was" if lost == 1 else "were", broken.error
            )

    # ----------------------------------------------------------------- what `connected` adds, and `session`

    @abstractmethod
    def start(self) -> None:
        """Begin to connect. Called by the first message at the latest."""

    @abstractmethod
    def lose(self, channel: Channel, error: OSError, since: float | None = None) -> None:
        """A channel is lost: the session goes on over another one, if that comes within the grace time."""

    @abstractmethod
    def fail(self, error: BaseException, goodbye: bool = True) -> None:
        """Every operation that waits, and every later one, raises this error. The interpreter hears a `goodbye`."""

    @abstractmethod
    def tick(self) -> bool:
        """Called by the ticker: send what has waited for a moment. Whether it shall come again soon."""

    @abstractmethod
    def expects(self) -> int:
        """What becomes readable where the interpreter says something that nobody here waits for; -1: nothing does."""

    @abstractmethod
    def look_soon(self) -> None:
        """That is readable: the next tick reads."""

    @abstractmethod
    def warn(self, text: str, category: type[RayProxyWarning], place: Where | None) -> None:
        """Have a thread of the user warned when it comes by."""

    @abstractmethod
    def deliver(self, code: Code) -> None:
        """Answer what the interpreter has asked for of the project code. Raises `InterpreterDiedError`."""

    @abstractmethod
    def fill(self) -> None:
        """Send the content of closure cells that were empty when they were sent, and are not now."""


def never() -> bool:
    return False


def _shrink(ids: dict[int, None], one: int) -> None:
    """Have a dict out of which many were taken make its table anew, which it does when that is full.

    Else whoever lists it looks at each place where something was, for each operation that follows. It cannot be
    replaced or cleared: finalizers put more in at any time.
    """
    size = ids.__sizeof__()
    for _ in range(size // 16):  # more than there are places: another thread may be at it, too, and be done
        ids[one] = None
        ids.pop(one, None)
        if ids.__sizeof__() != size:
            break

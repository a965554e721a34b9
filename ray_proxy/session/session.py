"""One client's conversation with one interpreter: operations become messages, messages become frames,
replies settle what was asked, and errors come up where a value is needed.

It talks to a channel, whichever that is, and deals in `Handle`s. It must never know the Python data model
(that is `var`), sockets, or Ray.

Threads: any number may use a session. There is no reader thread, because waking one costs more than the whole
trip: the thread that waits reads the channel itself, for itself and for all others who wait (leader and
followers). One thread a process, the ticker, sends what nobody waits for.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import itertools
import logging
import queue
import threading
import time
import uuid
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any, Literal, Protocol

from ..channels.channel import Channel, hosting
from ..errors import InterpreterDiedError, LogError, NotPicklableError, ProtocolError, RayProxyWarning
from ..interpreter.leases import lease_token
from ..interpreter.messages import SESSION_FREE
from ..interpreter.operators import INPLACE_OPERATORS
from ..protocol import (
    MINOR,
    Bulk,
    Bytes,
    Call,
    Claim,
    Clear,
    Declined,
    Del,
    DelNamed,
    Error,
    Fetch,
    Forget,
    Fork,
    Frame,
    GetAttr,
    GetNamed,
    Import,
    Inherit,
    Items,
    Iter,
    Kept,
    Lease,
    Message,
    Names,
    Op,
    Operand,
    Put,
    Ref,
    Refused,
    Release,
    Reply,
    SetNamed,
    Stored,
    Welcome,
    decode_answer,
    encode,
)
from ..values.codec import BULK, MOVED_BULK, Codec, inline_size, rides_along, shown
from ..values.definitions import ABSENT, carrier
from ..values.pickler import Binding
from ..values.store import Store
from .asked import Asked, Question
from .callers import ThreadState, Where, caller, places_of
from .failure import PENDING, Failure, Unseen
from .forking import Children, tell_of_forks
from .frames import awaits, fitting, up_to_await
from .handle import UNKNOWN, Handle
from .line import Line, bare
from .notices import Notices
from .pulse import GRACE, Pulse
from .recorder import Recorder
from .ticker import ticker

logger: logging.Logger = logging.getLogger("ray_proxy")

FRAME_MESSAGES = 256
"""A frame leaves when it has this many messages…"""
FRAME_BYTES = 256 * 1024
"""… or its pickled operands this many bytes, or after `ticker.MOMENT`."""
PATIENCE = 5.0
"""Seconds that the end of this process waits for work that was asked for."""
BACKLOG = 1024 * 1024
"""Bytes that may wait for a slow interpreter before operations wait too."""
COLLECTED = (100_000, 64 * 1024 * 1024)
"""So many messages, or bytes of operands, collect while there is no channel, before operations wait for one."""
_SELDOM = 0.3
_CONFIRM = 8 * 1024 * 1024
"""Bytes of replies after which they are confirmed by a frame of their own, where no other one leaves."""


class Link(Protocol):
    """How a session gets at its interpreter, beside the channel. It may not hold the session."""

    def connect(self, session: Session) -> None:
        """Bring about `attach` or `fail`: at first, and each time that the channel was lost. Has its own thread."""

    def is_there(self, seconds: float) -> bool:
        """Whether the interpreter's process shows in that time that it lives. Raises `InterpreterDiedError` where it
        is known to have ended, and `OSError` where the session goes on in another one."""

    def interrupt(self, session: str, frames: list[int]) -> None:
        """Have these frames of the session of that name interrupted."""


class _Flight:
    """A frame that was sent: its bytes, the handles of its messages, and how many messages are answered."""

    __slots__ = ("answered", "data", "failures", "handles", "interrupted")

    def __init__(self, handles: list[Handle | None], data: bytes, failures: list[Failure]) -> None:
        self.handles = handles
        self.data = data
        self.failures = failures
        """Of variables that are dropped when this is answered: what depends on one has failed with the same until then,
        whether that was seen or not."""
        self.answered = 0
        self.interrupted = False
        """By the thread that waited for it, where KeyboardInterrupt was raised, and once is enough."""


def as_var(handle: Handle) -> Any:
    """A handle as users see it: what `var` puts in the place of this."""
    return handle


_eager: ContextVar[tuple[int, ...]] = ContextVar("ray_proxy_eager", default=())


class Session:
    """A conversation with one interpreter.

    Operations may be given before the channel is there: they collect until `attach`, or fail with the error
    given to `fail`.

    Args:
        store: carries bulk values beside the channel; None: everything goes through it.
        eager: every operation waits for its result.
        link: brings the channel about, and another one when it is lost; None: a lost channel is the end.
        env: makes the interpreter as users see it. May not hold the session, which ends when nobody refers to it.
    """

    def __init__(
        self,
        store: Store | None = None,
        eager: bool = False,
        link: Link | None = None,
        env: Callable[[Session], Any] = lambda session: None,
    ) -> None:
        self.name: str = uuid.uuid4().hex
        self.eager = eager
        self.codec: Codec = Codec(store, self.name, target=weakref.ref(self))
        self.host: str = "?"
        self.interpreter: str = "?"
        self.grace: float = GRACE
        self.hindrance: str = ""
        """What keeps the interpreter from being reached, and somebody may put right, as far as the link knows."""
        """Seconds for which the interpreter is waited for when the link is lost or silent."""
        self._link, self._make_env = link, env
        self._env: Callable[[], Any] = lambda: None
        self.operations: int = 0
        """Counts messages with an effect; reading ahead watches it."""
        self._classes = 0
        """How many of them ask for a class, as `asyncio` does before it awaits: those change nothing."""
        self._started = link is None
        self._recorder: Recorder | None = None
        self._is_recorded = False
        """The interpreter records."""
        self.minor: int = MINOR
        """The version of the protocol that is spoken: the older one of ours and the interpreter's."""
        self._unconfirmed = 0
        """Bytes of replies since the last frame left."""
        self.line: Line = Line(self)
        self._pulse = Pulse()
        self._broken: Failure | None = None
        self._closed = False
        self._lock = threading.RLock()
        self._leasing = threading.RLock()
        """Held from the numbering of a lease until its message is among the others."""
        self._leases = 0
        self._children = Children()
        self._looked = 0.0
        """When the ticker shall look again after what changes seldom."""
        self._fork_token: str | None = None
        self._ids = itertools.count(1)
        self._block = 1 << 40
        self._pending: list[Message] = []
        self._handles: list[Handle | None] = []
        self._bytes = 0
        self._awaiting = 0
        """How many pending messages await something, at most."""
        self._parting: list[Failure] = []
        """Failures of dropped variables, which the next frame keeps."""
        self._number = 0
        self._flights: dict[int, _Flight] = {}
        self._outbox: tuple[bytes, ...] = ()
        """Encoded frames that the channel has not taken yet."""
        self._dead: deque[Handle] = deque()
        self._released: deque[str] = deque()
        """Tokens of what nobody will claim any more."""
        self._kept: deque[tuple[float, object]] = deque(maxlen=64)
        self.unseen: Unseen = Unseen()
        self.notices: Notices = Notices()
        self._failures: weakref.WeakValueDictionary[tuple[str, int, int], Failure] = weakref.WeakValueDictionary()
        self._reading: Any = threading.RLock()
        """Held by the thread that reads replies for all."""
        self._followers: deque[Any] = deque()
        """A locked lock for each thread that waits for what the reading one brings."""
        self._ticked = -1
        self._asked = Asked()
        self._thread = ThreadState()
        self._watched: queue.SimpleQueue[Handle] = queue.SimpleQueue()
        self._watching = threading.Lock()
        self._held = False
        _sessions.add(self)
        ticker.add(self)

    # ------------------------------------------------------------------------------------ the channel

    def attach(self, channel: Channel, welcome: Welcome) -> None:
        """The channel is there, and this is what the interpreter has said: what has collected leaves."""
        with self._lock:
            self._is_recorded, self.minor = welcome.records, welcome.minor
            self.codec.minor = self.minor
            self.interpreter, self.host, self.grace = welcome.interpreter, welcome.host, welcome.grace
            self.hindrance = ""
            if self._broken is not None:
                channel.close()  # it was closed, or destroyed, while we connected
            else:
                # An interrupt may have left a flight whose messages are pending still: it is not among the numbers.
                again = range(welcome.frames + 1, self._number + 1)
                self._outbox = tuple(flight.data for number, flight in self._flights.items() if number in again)
                self._pulse.heard = time.monotonic()
                self.line.attach(channel)
            self.line.ready.set()
        self.flush()

    def resumption(self) -> tuple[bool, int]:
        """Whether the next channel shall resume the session, and how many answers it has taken."""
        with self._lock:
            return self.line.resumption()

    def start(self) -> None:
        """Begin to connect, in a thread of its own. Called by the first message at the latest."""
        with self._lock:
            if self._started or self._broken is not None:
                return
            self._started = True
            if self._fork_token is not None:
                self._begin_as_child(self._fork_token)
        self._connect()

    def _connect(self) -> None:
        assert self._link is not None
        try:
            threading.Thread(target=self._link.connect, args=(self,), name="ray-proxy-connect", daemon=True).start()
        except RuntimeError as error:  # nobody would ever end the wait for it
            self.fail(InterpreterDiedError(f"the interpreter {self.label()} cannot be reached: {error}"))

    def lose(self, channel: Channel, error: OSError, since: float | None = None) -> None:
        """A channel is lost: the session goes on over another one, if that comes within the grace time."""
        with self._lock:
            if not self.line.lose(channel, error, since):
                return
            self._outbox = ()  # made anew of the flights
        channel.drop()
        self._tell_followers()
        if self._link is None:
            self.fail(InterpreterDiedError(f"the channel to the interpreter is closed: {error}"))
        else:
            self._connect()

    def wait_ready(self, timeout: float | None = None) -> None:
        """Wait until the channel is there. Raises what `fail` was given, or `TimeoutError`."""
        self.start()
        if not self.line.ready.wait(timeout):
            raise TimeoutError(
                f"the interpreter {self.label()} is not there yet; wait longer, or see by `ray status` what Ray lacks"
            )
        if self._broken is not None:
            raise self._broken.exception()

    def is_broken(self) -> bool:
        return self._broken is not None

    def env(self) -> Any:
        """The interpreter as users see it: always the same object while anybody holds it."""
        with self._lock:
            env = self._env()
            if env is None:
                env = self._make_env(self)
                self._env = weakref.ref(env)
            return env

    def fail(self, error: BaseException, goodbye: bool = True) -> None:
        """Every operation that waits, and every later one, raises this error. The interpreter hears a `goodbye`."""
        with self._lock:
            if self._broken is None:
                self._broken = Failure(bare(error), None, self.host, self.codec)
            handles = [handle for flight in self._flights.values() for handle in flight.handles] + self._handles
            self._flights.clear()
            self._pending, self._handles, self._bytes, self._outbox, self._parting = [], [], 0, (), []
            self._dead.clear()
            self._released.clear()
            channel = self.line.end()
        lost = 0
        for handle in handles:
            if handle is not None and not handle.settled:
                lost += handle.quiet
                handle.failure = self._broken
                self._settle(handle)
        if lost:
            logger.error("ray_proxy: %d operations without a result were lost: %s", lost, error)
        if channel is not None:
            (channel.close if goodbye else channel.drop)()
        ticker.release(self)
        self._tell_followers()
        if self.codec.store is not None:
            with contextlib.suppress(Exception):
                self.codec.store.forget(self.name)

    def finish(self) -> None:
        """Send all that was asked for, and wait a while for its execution, before the process ends."""
        if self._pending or self._flights or self._dead:
            self.line.ready.wait(10)
            self._send()
            self._drain_to(0, time.monotonic() + PATIENCE)
            try:
                self.settle(timeout=PATIENCE)
            except TimeoutError:
                logger.warning(
                    "This process ends while the interpreter %s is still at work for it; env.sync() waits for that",
                    self.label(),
                )

    def close(self) -> None:
        """Send what is pending and let the channel go. Idempotent; raises nothing."""
        if not self._closed:
            with contextlib.suppress(Exception):
                self._send()
            self._closed = True
            ticker.discard(self)
            self.unseen.log_all()
            self.fail(
                InterpreterDiedError(
                    "this client has closed its session with the interpreter; rif.get(name) begins another"
                )
            )

    # ------------------------------------------------------------------------------------ recording

    def has_store(self) -> bool:
        """Whether bulk values travel beside the channel."""
        return self.codec.store is not None

    def begin_recording(self, path: str, limit: int) -> None:
        """Record what is sent from now on, and its answers. Raises `LogError`, also where that is done already."""
        self.start()
        self._wait(self.line.ready.is_set, None)
        self.flush()
        with self._lock:
            if self._broken is not None:
                raise self._broken.exception()
            if self._recorder is not None:
                raise LogError(f"this process records the interpreter to {self._recorder.path} already; end that first")
            first = self._number + 1
            self._recorder = Recorder(
                path, limit, self.name, self.interpreter, self.host, first, self.codec, self.notices.add
            )

    def end_recording(self) -> None:
        """Record no more, once what was asked for is done."""
        if self._recorder is None:
            return  # in a forked child, whose parent records
        try:
            with contextlib.suppress(Exception):  # then there is no answer to record
                self.settle()
        finally:
            with self._lock:
                recorder, self._recorder = self._recorder, None
                if recorder is not None:
                    recorder.close()

    # ------------------------------------------------------------------------------------ fork

    def before_fork(self) -> None:
        """Have all variables kept for the child, which begins a session of its own when it needs one."""
        if self._started and self._link is not None:
            self.line.ready.wait(PATIENCE)
        self._leasing.acquire()
        self._lock.acquire()
        self._children.expect_none()
        if self._fork_token is not None and not self._started:
            return  # ourselves a child that has not begun: our children inherit from the same process
        self._fork_token = None
        if self.line.is_begun and self._broken is None:  # also without a channel: a claim waits for its lease
            self._leases += 1
            self._fork_token = lease_token(self.name, self._leases, uuid.uuid4().hex)
            self._children.expect()
            self._append(Fork(self._fork_token), None)
            with contextlib.suppress(OSError):  # whoever reads finds out
                self._send()

    def after_fork_in_parent(self) -> None:
        if self._children.is_expected():
            assert self._fork_token is not None
            self._children.add(self._fork_token)
            self._fork_token = None
        self._lock.release()
        self._leasing.release()

    def after_fork_in_child(self) -> None:
        """The connection is the parent's, and locks may be held by threads that are not here."""
        self._children.forget()
        self.line.leave()
        self._lock, self._reading, self._leasing = threading.RLock(), threading.RLock(), threading.RLock()
        for flight in self._flights.values():
            for handle in flight.handles:
                if handle is not None:
                    handle.settled = True  # what became of it is asked for when it is needed
        self._pending, self._handles, self._bytes, self._outbox, self._parting = [], [], 0, (), []
        for state in (self._flights, self._dead, self._released, self.unseen, self._followers, self._kept, self._asked):
            state.clear()
        self._failures.clear()
        self._watching = threading.Lock()
        self._watched = queue.SimpleQueue()
        self._held = False
        self._pulse.forked()
        self._awaiting = 0
        if self._recorder is not None:
            self._recorder.abandon()
            self._recorder = None
        if self._broken is not None:
            self.line.ready.set()
            return
        if self._fork_token is None and (self.line.is_begun or self._started):
            error = "this process was forked before the interpreter was there; call env.sync() before the fork"
            self._broken = Failure(InterpreterDiedError(error), None, self.host, self.codec)
            self.line.ready.set()
            return
        # Nothing of Ray works in a forked process, so bulk values go through the channel, too.
        self.name = uuid.uuid4().hex
        self.codec = Codec(None, self.name, target=weakref.ref(self))
        self._started = False
        self.line.begin_anew()
        self._unconfirmed = self._number = self._leases = 0

    def _begin_as_child(self, token: str) -> None:
        """The first message of a forked process: its variables are those of its parent, at the moment of the fork."""
        handle = Handle(self, 0, self._thread.here, None)
        handle.quiet = True
        self._pending[:0], self._handles[:0] = [Inherit(token), Release(token)], [handle, None]
        self._fork_token = None
        ticker.add(self)

    def inherit(self, token: str, ids: Sequence[int]) -> None:
        """Begin with the variables that are kept under a token and have these ids; before anything else."""
        handle = Handle(self, 0, self._thread.here, None)
        handle.quiet = True
        self._submit(Inherit(token, self.has_store()), handle)
        self._submit(Release(token), Handle(self, 0, self._thread.here, None))
        self._ids = itertools.count(max((id for id in ids if id < self._block), default=0) + 1)
        self._block = max([self._block - 1, *ids]) + 1

    def known(self, id: int) -> Handle:
        """A variable of that id, which the interpreter has."""
        return self._item(id, Kept())

    def _look_after_children(self) -> None:
        """What was kept for a child that has ended is let go."""
        for token in self._children.ended():
            with contextlib.suppress(Exception):  # a broken session keeps nothing
                self._submit(Release(token), Handle(self, 0, self._thread.here, None))

    # ------------------------------------------------------------------------------------- operations

    def put(self, value: object, binding: Binding | None = None) -> Handle:
        operand = self.operand(value, "the value", argument=False, binding=binding)
        handle = self._add(lambda id: Put(id, operand))
        if rides_along(value):
            handle.value = value
        return handle

    def getattr(self, target: Handle, name: str, where: Where | None = None) -> Handle:
        ref = Ref(target.id)
        text = _text(name, "the name of an attribute")
        if text == "__class__":
            self._classes += 1
        return self._add(lambda id: GetAttr(id, ref, text), where)

    def call(self, function: object, args: Iterable[object], kwargs: dict[str, object]) -> Handle:
        target = self.operand(function, "the function")
        given = [self.operand(argument, f"argument {position}") for position, argument in enumerate(args, 1)]
        named = {
            _text(name, "a keyword"): self.operand(argument, f"argument {name!r}") for name, argument in kwargs.items()
        }
        return self._add(lambda id: Call(id, target, given, named))

    def op(self, name: str, *args: object) -> Handle:
        operands = self._operands(args)
        handle = self._add(lambda id: Op(id, name, operands))
        if name in INPLACE_OPERATORS:
            self._note_unsettled(handle)
        return handle

    def module(self, name: str) -> Handle:
        text = _text(name, "the name of a module")
        return self._add(lambda id: Import(id, text))

    def get_named(self, name: str) -> Handle:
        text = _text(name, "the name of a variable")
        return self._add(lambda id: GetNamed(id, text))

    def claim(self, token: str) -> Handle:
        return self._add(lambda id: Claim(id, token))

    def tell(self, name: str, *args: object) -> None:
        """An operation without a result: its error is raised at this thread's next wait, once."""
        self._say(Op(0, name, self._operands(args)))

    def set_named(self, name: str, value: object) -> None:
        text = _text(name, "the name of a variable")
        self._say(SetNamed(text, self.operand(value, f"the value of {name!r}", argument=False)))

    def del_named(self, name: str) -> None:
        self._say(DelNamed(_text(name, "the name of a variable")))

    def clear(self) -> None:
        """Drop all variables of this session; those Vars are stale from here on."""
        self._say(Clear())

    def lease(self, target: Handle) -> str:
        """Have a variable kept for whoever claims the returned token.

        When this returns, the interpreter knows this session, and the lease is on its way: a claim that overtakes
        it waits for it there.
        """
        with self._leasing:
            self._leases += 1
            token = lease_token(self.name, self._leases, uuid.uuid4().hex)
            handle = self._queue_quietly(Lease(Ref(target.id), token))
        self._heed(handle)
        self.wait_ready()
        self.flush()
        return token

    def ask(self, name: str, *args: object) -> Any:
        """The value of an operation, which keeps no variable. Waits."""
        return self.value(self.question(Op(0, name, self._operands(args))))

    def begin(self, message: Callable[[int], Message]) -> Handle:
        """A message with a result, in no mode waited for: whoever gives it waits, and sees its error."""
        handle = Handle(self, next(self._ids), self._thread.here, caller())
        self._submit(message(handle.id), handle)
        return handle

    def begin_getattr(self, target: Handle, name: str) -> Handle:
        ref = Ref(target.id)
        text = _text(name, "the name of an attribute")
        return self.begin(lambda id: GetAttr(id, ref, text))

    def names(self) -> list[str]:
        names: list[str] = self.value(self.question(Names()))
        return names

    def fetch(self, target: Handle, timeout: float | None = None, copy: bool = True) -> Any:
        """The value of a variable. Raises its error, or `TimeoutError` after `timeout` seconds."""
        if target.is_known():
            self.raise_pending()
            return target.value
        return self.value(self.request(target), timeout, copy)

    def request(self, target: Handle, form: Literal["value", "ref"] = "value") -> Question:
        """Ask for a variable's value without waiting; `value` waits."""
        return self._request(target, form, Fetch(Ref(target.id), form))

    def request_awaited(self, target: Handle) -> Question:
        """Ask for what ``await`` gives of a variable, without waiting."""
        if self.minor < 2:
            return self.request(target)
        return self._request(target, "await", Op(0, "await", [Ref(target.id)]))

    def _request(self, target: Handle, form: str, message: Message) -> Question:
        """A question, or one for the same that was given up."""
        again, useless = self._asked.again(target.id, form, self.operations - self._classes)
        if useless is not None:
            self.abandon(useless)
        if again is not None:
            return again
        question = Question(target, form, self._thread.here, caller())
        if form == "await":
            with self._lock:
                self._awaiting += 1
        self._submit(message, question)
        question.operations = self.operations - self._classes
        return question

    def give_up(self, question: Handle) -> None:
        """Nobody waits for this question any more; its answer is kept for who asks for the same again."""
        useless = self._asked.give_up(question) if isinstance(question, Question) else question
        if useless is not None:
            self.abandon(useless)

    def cancel(self, question: Handle) -> None:
        """Nobody waits for this question any more: what it awaits is cancelled, if it does. Does not wait for that.

        It concerns nothing else: what stands before it in its frame is waited for, which the interpreter answers first.
        """
        self.give_up(question)
        for number, flight in list(self._flights.items()):
            waiting = [handle for handle in flight.handles if handle is not None and not handle.settled]
            if self._link is None or not waiting or waiting[-1] is not question:
                continue
            if len(waiting) > 1:
                self.on_settled(waiting[-2], functools.partial(self.cancel, question))
                return
            if isinstance(question, Question):
                question.interrupted = True
            with contextlib.suppress(RuntimeError):  # no thread is left
                threading.Thread(target=self._interrupt, args=(self._link, [number]), daemon=True).start()

    def _interrupt(self, link: Link, numbers: list[int]) -> None:
        with contextlib.suppress(Exception):  # then the interpreter is gone, or does not answer
            link.interrupt(self.name, numbers)

    def value(self, question: Handle, timeout: float | None = None, copy: bool = True) -> Any:
        """Wait for the value of a question."""
        try:
            self.wait(question, timeout)
            self.raise_failure(question)
        except BaseException:
            self.give_up(question)
            raise
        value = question.value
        return None if value is UNKNOWN else self.codec.load(value, copy)

    def export(self, target: Handle, owner: str) -> Operand:
        """The value of a variable, as an operand for a message of the session `owner`. Waits."""
        if target.value is not UNKNOWN and target.failure is None:
            return self.codec.dump(target.value)
        question = self.question(Fetch(Ref(target.id), "move", owner))
        self.wait(question)
        self.raise_failure(question)
        operand: Operand = None if question.value is UNKNOWN else question.value  # as `value` takes it
        return operand

    def bring(self, foreign: Handle) -> Handle:
        """Move a variable of another interpreter here: when this returns, it is computed and on its way."""
        operand = foreign.session.export(foreign, self.name)
        here = self._thread.here
        held, here.held = here.held, []  # of the message that is being made, not of this one
        try:
            handle = self._add(lambda id: Put(id, operand))
        finally:
            here.held = held
        # What is in the object store lives with the process that made it, until it has been taken.
        source = [foreign.session]
        handle.callbacks = [source.clear]
        if handle.settled:
            source.clear()
        return handle

    def items(self, target: Handle, start: int, count: int) -> Items | Declined:
        """The next items of a variable, as `protocol.Iter` gives them, with a handle for each. Waits."""
        self.clear_way()
        with self._lock:
            first, self._block = self._block, self._block + count
            if start < 0:
                self.operations += 1  # `next` runs code of the user's objects, as operations do
        question = self.question(Iter(first, Ref(target.id), start, count))
        try:
            self.wait(question)
        except BaseException:
            for id in range(first, first + count):
                self.drop(self._item(id, Kept()))
            raise
        if question.failure is not None:
            raise self.see(question.failure)
        answer: Items | Declined = question.value
        if isinstance(answer, Items) and len(answer.values) <= count:
            answer.values = [self._item(first + at, value) for at, value in enumerate(answer.values)]  # type: ignore[misc]
        elif not isinstance(answer, Declined) or start != 0:
            raise ProtocolError(f"for {count} items the interpreter gives {answer!r:.100}")
        return answer

    def _item(self, id: int, value: object) -> Handle:
        item = Handle(self, id, self._thread.here, None)
        item.settled = True
        if type(value) is not Kept:
            item.value = value.data if type(value) is Bytes else value
        return item

    def sync(self, timeout: float | None = None) -> None:
        """Wait until all that was asked so far is done. Raises this thread's first error that it has not seen."""
        here = self._thread.here
        self.settle(timeout)
        mine = self.unseen.of(here)
        first = next((failure for failure in mine if not (failure.seen or failure.synced)), None)
        for failure in mine:
            failure.synced = True
        pending, more = here.errors.take()
        if first is not None:
            raise self._see_for(first, pending, more)

    def clear_way(self) -> None:
        """Raise this thread's pending errors now: before what must not be done in vain, such as taking an item."""
        unsettled = self._thread.here.unsettled
        while unsettled:
            handle = unsettled[0]()
            if handle is not None:
                self.wait(handle)
            unsettled.popleft()
        self.raise_pending()

    def _note_unsettled(self, handle: Handle) -> None:
        unsettled = handle.here.unsettled
        while unsettled and ((first := unsettled[0]()) is None or first.settled):
            unsettled.popleft()
        unsettled.append(weakref.ref(handle))

    def settle(self, timeout: float | None = None) -> None:
        """Wait until all that was asked so far is done; raises nothing for it."""
        self.wait(self.question(Del([])), timeout)
        self.notices.issue()
        if self._broken is not None:
            raise self._broken.exception()

    @contextlib.contextmanager
    def eagerly(self) -> Iterator[None]:
        """Within the block, and in this thread or task alone, every operation waits for its result."""
        token = _eager.set((*_eager.get(), id(self)))
        try:
            yield
        finally:
            _eager.reset(token)
        self.sync()

    def drop(self, handle: Handle) -> None:
        """The variable is no longer needed here. Safe in `__del__`: takes no lock, sends nothing, never raises."""
        if self._broken is None:
            self._dead.append(handle)

    def release(self, token: str) -> None:
        """The object of an error of this session is no longer needed. As safe in `__del__` as `drop`."""
        if self._broken is None and token.startswith(f"{self.name}."):  # a forked child has not got it from its parent
            self._released.append(token)

    def keep(self, thing: object) -> None:
        """Hold something for a third of a second."""
        self._kept.append((time.monotonic() + 0.3, thing))

    # ---------------------------------------------------------------------------------------- waiting

    def wait(self, handle: Handle, timeout: float | None = None) -> None:
        """Wait until a handle is settled. Raises `TimeoutError` after `timeout` seconds, and cancels nothing."""
        if not handle.settled:
            self.wait_until(lambda: handle.settled, (handle,), None if timeout is None else time.monotonic() + timeout)

    def wait_until(self, done: Callable[[], bool], handles: Sequence[Handle], until: float | None) -> None:
        """Wait until `done` says so, which some of these handles bring about. `until` is a time of `time.monotonic`."""
        self.flush()
        try:
            self._wait(done, until)
        except KeyboardInterrupt:
            for handle in handles:
                if not handle.settled:
                    self.interrupt_for(handle)
                    break
            raise

    def interrupt_for(self, handle: Handle) -> None:
        """The wait for this handle was interrupted: so shall be what it waits for, of this thread's operations.

        Returns when that has ended; a second interrupt leaves at once.
        """
        if self._link is None or self.line.channel is None:
            return
        here = handle.here
        mine = []
        for number, flight in list(self._flights.items()):
            if any(waiting is not None and waiting.here is here for waiting in flight.handles):
                flight.interrupted = True
                mine.append(number)
                for waiting in flight.handles:
                    if isinstance(waiting, Question):
                        waiting.interrupted = True
        with contextlib.suppress(Exception):  # then the interpreter is gone, or does not answer
            self._link.interrupt(self.name, mine)
            self._wait(lambda: handle.settled, None)

    def raise_failure(self, handle: Handle) -> None:
        """Raise what this thread must hear before it gets a value: its pending error, then the handle's own."""
        self.raise_pending()
        if handle.failure is not None:
            raise self.see(handle.failure)

    def raise_pending(self) -> None:
        """Raise the first error of this thread's operations without a result, once, for all of them."""
        if self.notices:
            self.notices.issue()
        errors = self._thread.here.errors
        if errors:
            failures, more = errors.take()
            if failures:
                raise self._see_for(failures[0], failures, more)

    def on_settled(self, handle: Handle, callback: Callable[[], None]) -> None:
        """Call back, from any thread and perhaps more than once, when a handle is settled; at once where it is."""
        with self._lock:
            watched = handle.callbacks is not None
            handle.callbacks = [*(handle.callbacks or ()), callback]
        if handle.settled:  # looked at after the callback was set, as `_settle` does it the other way round
            callback()
            return
        self.flush()
        if watched:
            return
        self._watched.put(handle)
        if self._watching.acquire(blocking=False):
            threading.Thread(target=self._watch, name="ray-proxy-watch", daemon=True).start()

    def off_settled(self, handle: Handle, callback: Callable[[], None]) -> None:
        """Call back no more."""
        with self._lock:
            if handle.callbacks is not None:
                handle.callbacks = [other for other in handle.callbacks if other is not callback]

    def turn(self, seconds: float) -> bool:
        """Where this thread runs an interpreter's user code: serve nested calls for a moment. Whether it does."""
        if hosting.wait is None or hosting.thread != threading.get_ident():
            return False
        hosting.wait(self.line.channel, seconds)
        return True

    def _watch(self) -> None:
        """Read replies for those who wait without a thread of their own (await, `ray_proxy.wait`)."""
        while True:
            try:
                handle = self._watched.get(timeout=1)
            except queue.Empty:
                self._watching.release()
                # One that was put between the two lines above found the lock taken.
                if self._watched.empty() or not self._watching.acquire(blocking=False):
                    return
                continue
            with contextlib.suppress(Exception):  # it is the handle's failure too
                self.wait(handle)
            del handle

    def _wait(self, done: Callable[[], bool], until: float | None) -> None:
        while not done():
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                if self.line.channel is not None:
                    self._lead(0, done)  # what has come is taken, also where nobody waits for more
                    if done():
                        return
                if not self.line.ready.is_set():
                    raise TimeoutError(
                        f"the interpreter {self.label()} does not answer yet: {self.hindrance}"
                        if self.hindrance
                        else f"the link to the interpreter {self.label()} is lost, and was not restored in the given "
                        f"time; wait longer: its grace time is {self.grace:g} s"
                        if self.line.is_begun
                        else f"Ray has not placed the interpreter {self.label()} in the given time; wait longer, or "
                        "see by `ray status` which resources it lacks"
                    )
                raise TimeoutError(
                    f"no answer from the interpreter {self.label()} in the given time; the operation goes on there: "
                    "ask again with a longer timeout, or end it with env.interrupt()"
                )
            if hosting.wait is not None and hosting.thread == threading.get_ident():
                # Serve calls that are nested in our own meanwhile, holding no lock while we do.
                if self.line.channel is None or not self._lead(0, done):
                    hosting.wait(self.line.channel, 0.05 if left is None else min(left, 0.05))
            elif self.line.channel is None:
                if not self.line.ready.is_set():
                    self.line.ready.wait(left)
                elif not done():  # the session broke, and what waits is failed by whoever found out
                    time.sleep(0.001)
            elif not self._lead(left, done):
                self._follow(left, done)

    def _lead(self, timeout: float | None, done: Callable[[], bool]) -> bool:
        """Read replies for everybody, unless another thread does."""
        taken: deque[bool] = deque()
        arrived = False
        try:
            # One call takes the lock and notes it, so that an interrupt finds both or neither.
            taken.extend(map(self._reading.acquire, (False,)))
            if not taken[0]:
                return False
            channel = self.line.channel
            if channel is not None and not done():
                try:
                    answers = channel.pump(timeout)
                    for data in answers:
                        self._receive(data)
                    channel.confirm()
                    arrived = bool(answers)
                    if arrived:
                        self._pulse.heard = time.monotonic()
                        self._confirm(answers)
                except OSError as error:
                    self.lose(channel, error)
                except ProtocolError as error:
                    self.fail(error)
        finally:
            if taken and taken[0] and self._reading._is_owned():
                # Also what an interrupt, in this very place, once kept from being released.
                self._reading._release_save()
                self._tell_followers()
        return arrived or timeout != 0

    def _confirm(self, answers: Sequence[bytes]) -> None:
        """The interpreter keeps replies until it hears that they were taken, which the next frame says."""
        self._unconfirmed += sum(map(len, answers))
        if self._unconfirmed > _CONFIRM:
            with contextlib.suppress(Exception):  # whoever reads finds out
                self._submit(Del([]), Handle(self, 0, self._thread.here, None))
                self._send()

    def is_waiting(self) -> bool:
        """Whether the interpreter owes an answer."""
        return bool(self._flights) and self._broken is None

    def silence(self, seconds: float) -> str:
        """Says that the interpreter was silent for so long."""
        since = time.strftime("%H:%M:%S", time.localtime(time.time() - seconds))
        return (
            f"the link to the interpreter {self.label()} is silent since {since}, which is {seconds:.0f} s (its grace "
            f"time is {self.grace:g} s): its process is stopped, its node is lost, or the network between is cut; once "
            "it is back, rif.get(name) begins anew, and named variables are there"
        )

    def _follow(self, timeout: float | None, done: Callable[[], bool]) -> None:
        """Wait until the thread that reads brings something, or reads no more."""
        follower = threading.Lock()
        follower.acquire()
        self._followers.append(follower)
        if done():
            return
        if self._reading.acquire(False):  # looked at after we were noted, so that no news is missed
            self._reading.release()
            return
        # A second at most: an interrupt may have come between our being taken off the list and told.
        follower.acquire(timeout=1 if timeout is None else min(timeout, 1))

    def _tell_followers(self) -> None:
        if hosting.wake is not None and hosting.thread != threading.get_ident():
            hosting.wake()
        while self._followers:
            with contextlib.suppress(IndexError):
                self._followers.popleft().release()

    # ------------------------------------------------------------------------------------- submission

    def operand(self, value: object, what: str, *, argument: bool = True, binding: Binding | None = None) -> Operand:
        """Operand of a local value or a `Handle`. `what` names it in errors; for the others see `Codec.dump`."""
        if type(value) is Handle:
            return Ref(self.here(value))
        held = self._thread.here.held
        try:
            bulk = BULK if self._bytes < BULK else MOVED_BULK
            operand = self.codec.dump(value, what, bulk, argument=argument, binding=binding)
        except BaseException:
            for thing in held:  # the operands before it were made for nothing
                if isinstance(thing, (Bulk, Stored)):
                    self._discard(thing)
            held.clear()
            raise
        if type(operand) is not int:
            self._bytes += inline_size(operand)
            if type(operand) in (Bulk, Stored):
                held.append(operand)
        if self.codec.warnings:
            where = caller()
            while self.codec.warnings:
                self.notices.add(self.codec.warnings.pop(), where)
            self.notices.issue()
        return operand

    def here(self, handle: Handle) -> int:
        """The id of a handle's variable in this interpreter, where it is moved first if it lives in another."""
        if handle.session is self:
            return handle.id
        moved = self.bring(handle)
        self.hold(_Moved(moved))
        return moved.id

    def hold(self, thing: object) -> None:
        """Keep something until the message that is being made has been submitted."""
        self._thread.here.held.append(thing)

    def _operands(self, values: Iterable[object]) -> list[Operand]:
        return [self.operand(value, f"operand {position}") for position, value in enumerate(values, 1)]

    def _fill(self) -> None:
        """Send the content of closure cells that were empty when they were sent, and are not now."""
        for token, cell in list(self.codec.empty.items()):
            if cell.content() is not ABSENT:
                self.codec.empty.pop(token, None)
                with contextlib.suppress(NotPicklableError):  # whoever needs it hears that it is missing there
                    self.drop(self._add(functools.partial(Put, value=self.operand(carrier(cell), "a closure cell"))))
            elif not cell.is_used():
                self.codec.empty.pop(token, None)

    def _add(self, message: Callable[[int], Message], where: Where | None = None) -> Handle:
        """A message with a result; `where` is the line that asks, if it is known."""
        handle = Handle(self, next(self._ids), self._thread.here, where or caller())
        self._submit(message(handle.id), handle)
        if self._is_eager():
            try:
                self.wait(handle)
                self.raise_failure(handle)
            except BaseException:
                self.drop(handle)
                raise
        return handle

    def _say(self, message: Message) -> None:
        """A message without a result."""
        self._heed(self._queue_quietly(message))

    def _queue_quietly(self, message: Message) -> Handle:
        handle = Handle(self, 0, self._thread.here, caller())
        handle.quiet = True
        self._submit(message, handle)
        return handle

    def _heed(self, handle: Handle) -> None:
        if self._is_eager():
            self.wait(handle)
            self.raise_pending()

    def _is_eager(self) -> bool:
        return self.eager or id(self) in _eager.get()

    def question(self, message: Message) -> Handle:
        """A message whose value is in the reply."""
        handle = Handle(self, 0, self._thread.here, caller())
        self._submit(message, handle)
        return handle

    def _submit(self, message: Message, handle: Handle) -> None:
        here = handle.here
        if self.codec.empty and type(message) not in SESSION_FREE:
            self._fill()
        with self._lock:
            if self._broken is not None:
                raise self._broken.exception()
            if not self._started:
                self.start()
            if self._dead or self._released or self.codec.gone:
                self._bury()
            self._append(message, handle)
            if not self._held:
                self._held = True
                ticker.hold(self)
            if type(message) not in SESSION_FREE and not (type(message) is Op and message.op in _HARMLESS):
                self.operations += 1
        for block in handle.blocks:
            block.sessions.add(self)
        if handle.quiet:
            self._note_unsettled(handle)
        if here.held:
            here.held = []
        if len(self._pending) >= FRAME_MESSAGES or self._bytes >= FRAME_BYTES:
            self.flush()
        elif not ticker.awake:
            ticker.wake()

    def _bury(self) -> None:
        """Tell the interpreter of dropped variables; account for errors that nobody saw. Under the lock."""
        ids = []
        while True:
            try:
                handle = self._dead.popleft()
            except IndexError:
                break
            handle.dropped = True
            ids.append(handle.id)
            question = self._asked.forget(handle.id)
            if question is not None:
                self.abandon(question)
            if handle.failure is not None:
                handle.failure.vars -= 1
                self.unseen.may_be_lost = True
                self._parting.append(handle.failure)
        if ids:
            self._append(Del(ids), None)
        while self._released:
            self._append(Release(self._released.popleft()), None)
        if self.line.is_begun and self.codec.gone:
            tokens = self.codec.ended()
            if self.minor >= 2:
                self._append(Forget(tokens), None)

    def _append(self, message: Message, handle: Handle | None) -> None:
        """Add to the pending messages, under the lock. A handle that an interrupt left without its message is replaced:
        else all after it would be those of other messages."""
        self._handles[len(self._pending) :] = (handle,)
        self._pending.append(message)

    def flush(self) -> None:
        """Send the pending messages. Waits only where the interpreter is far behind."""
        channel = self.line.channel
        try:
            self._send()
        except OSError as error:
            if channel is not None:
                self.lose(channel, error)
            return
        if channel is None and self._is_overfull():
            self._wait(lambda: not self._is_overfull(), None)
        if channel is not None and channel.backlog() > BACKLOG:
            self._drain_to(BACKLOG, None)

    def _is_overfull(self) -> bool:
        without = self.line.channel is None and self._broken is None and self._link is not None
        return without and (len(self._pending) >= COLLECTED[0] or self._bytes >= COLLECTED[1])

    def _drain_to(self, limit: int, until: float | None) -> None:
        """Wait until at most that many bytes wait to be sent."""

        def done() -> bool:
            channel = self.line.channel
            if channel is not None:
                with contextlib.suppress(OSError):  # then the thread that reads finds out as well
                    channel.push()
            return channel is None or channel.backlog() <= limit

        # In short turns: a thread that reads for all of us does not watch whether there is room to send.
        while not done():
            if until is not None and time.monotonic() > until:
                raise TimeoutError(f"the interpreter {self.label()} does not take what is sent to it")
            with contextlib.suppress(TimeoutError):
                self._wait(done, time.monotonic() + 0.01)

    def _send(self) -> None:
        with self._lock:
            if self._dead or self._released or self.codec.gone:
                self._bury()
            channel = self.line.channel
            if channel is None:
                return
            while self._pending:
                number = self._number + 1
                messages = self._pending[:FRAME_MESSAGES]
                if self._awaiting:
                    messages = messages[: up_to_await(messages)]
                data, end = self._encode(number, messages, self._handles[: len(messages)])
                last, rest = self._pending[end - 1], self._pending[end:]
                handles, their_handles = self._handles[:end], self._handles[end:]
                if not self._flights:
                    self._pulse.heard = time.monotonic()
                self._unconfirmed = 0
                if self._recorder is not None:
                    self._recorder.sent(data)
                self._flights[number] = _Flight(handles, data, [] if rest else self._parting)
                if not rest:
                    self._parting = []
                # One statement, so that an interrupt finds the messages either pending or in the outbox.
                self._outbox, self._pending, self._handles, self._bytes, self._number = (
                    (*self._outbox, data),
                    rest,
                    their_handles,
                    0,
                    number,
                )
                if self._awaiting and awaits(last):
                    self._awaiting -= 1
            while self._outbox:
                channel.send(self._outbox[0])
                self._outbox = self._outbox[1:]

    def _encode(self, number: int, messages: list[Message], handles: list[Handle | None]) -> tuple[bytes, int]:
        """A frame of as many of these messages as fit, and how many it has. What cannot be sent at all fails here."""

        def frame(messages: list[Message]) -> bytes:
            asked = map(_where, handles[: len(messages)])
            places, lines = places_of(asked) if self._is_recorded or self._recorder is not None else ([], [])
            return encode(Frame(number, messages, hosting.path, self.line.taken(), places, lines))

        try:
            return fitting(messages, frame)
        except Exception as error:
            handle = handles[0]
            if handle is not None:
                self._assign(handle, Failure(error, handle.where, self.label(), self.codec))
                self._settle(handle)
            return frame([Del([])]), 1

    def has_pending(self) -> bool:
        return bool(self._pending)

    def tick(self) -> bool:
        """Called by the ticker: send what has waited for a moment. Whether it shall come again soon."""
        while self._kept and self._kept[0][0] < time.monotonic():
            self._kept.popleft()
        if (self._dead or self._released or self.codec.gone) and not self._pending:
            with self._lock:
                self._bury()
        if self.unseen.may_be_lost and not self._flights and not self._pending:
            self.unseen.log_lost()
        now = time.monotonic()
        seldom = now > self._looked
        if seldom:
            self._looked = now + _SELDOM
        if (self._flights or seldom) and self.line.channel is not None:
            # Nobody may ever wait: then replies are read here, and what they hold on to is let go. And a channel that
            # was lost while nothing is asked for has to be replaced before the interpreter gives up the session.
            self._lead(0, lambda: False)
        if seldom:
            with contextlib.suppress(RayProxyWarning):  # nobody waits who could be told by an error
                self.notices.issue(now - _SELDOM)
            self.codec.known.sweep()
            for question in self._asked.stale():
                self.abandon(question)
            if self._link is not None:
                self._pulse.look(self, self._link)
            self._look_after_children()
        channel = self.line.channel
        if channel is not None and channel.backlog():
            with contextlib.suppress(OSError):
                channel.push()
            return True
        if self._held:
            with self._lock:
                if not (self._pending or self._outbox or self._flights or self.unseen.may_be_lost):
                    self._held = False
                    self._parting = []  # nothing is left that could fail with them
                    ticker.release(self)
        if not self._pending or self.line.channel is None:
            return bool(self._pending)
        if self._ticked == self._number:
            self.flush()
        else:
            self._ticked = self._number
        return True

    # ---------------------------------------------------------------------------------------- replies

    def _receive(self, data: bytes) -> None:
        """Take a reply. Doing it again, after an interrupt in the middle, does no harm."""
        answer = decode_answer(data)
        recorder = self._recorder
        if recorder is not None:
            recorder.answered(answer.frame, data)
        if type(answer) is Refused:
            self._refused(answer)
            return
        assert isinstance(answer, Reply)
        with self._lock:
            flight = self._flights.get(answer.frame)
            if flight is None:
                return
            handles = flight.handles
            try:
                self._note(answer, flight)
            except IndexError:
                raise ProtocolError(
                    f"the reply to frame {answer.frame} tells of a message or an error that is not there"
                ) from None
        for handle in handles[flight.answered : answer.executed]:
            if handle is not None:
                handle.settled = True
                if handle.callbacks is not None:
                    self._settle(handle)
        flight.answered = max(flight.answered, answer.executed)
        if answer.executed >= len(handles):
            self._flights.pop(answer.frame, None)

    def _note(self, answer: Reply, flight: _Flight) -> None:
        """Give handles their values and failures. Raises `IndexError` where there is none of that number."""
        handles = flight.handles
        lowest = min([0, answer.executed, *(index for index, _ in (*answer.values, *answer.warnings))])
        if answer.failures:
            lowest = min([lowest, *(part for pair in answer.failures for part in pair)])
            lowest = min([lowest, *(error.message for error in answer.errors)])
        if lowest < 0:
            raise IndexError
        for index, value in answer.values:
            handle = handles[index]
            if handle is None:
                continue
            if handle.dropped and type(value) in (Bulk, Stored):
                self._discard(value)
            elif handle.id and type(value) is Bytes:
                handle.value = value.data
            elif type(value) is Ref:
                handle.left = True
            else:
                handle.value = value
        for index, text in answer.warnings:
            handle = handles[index]
            self.notices.add(text, _where(handle))
        if answer.failures:
            failures = [self._failure(answer, error, handles) for error in answer.errors]
            for failure in failures:
                if flight.interrupted and failure.is_interrupt():
                    self.unseen.see(failure)
            for index, at in answer.failures:
                handle = handles[index]
                if handle is not None:
                    self._assign(handle, failures[at])

    def _settle(self, handle: Handle) -> None:
        handle.settled = True
        for callback in handle.callbacks or ():
            callback()
        handle.callbacks = None

    def _refused(self, answer: Refused) -> None:
        with self._lock:
            failure = Failure(ProtocolError(answer.reason), None, self.label(), self.codec)
            # Of an unknown frame: none is answered any more. Otherwise it may have come twice, over two channels.
            numbers = [answer.frame] if answer.frame else list(self._flights)
            flights = [self._flights.pop(number) for number in numbers if number in self._flights]
            handles = [handle for flight in flights for handle in flight.handles]
            for handle in handles:
                if handle is not None and not handle.settled:
                    self._assign(handle, failure)
        for handle in handles:
            if handle is not None:
                self._settle(handle)

    def _assign(self, handle: Handle, failure: Failure) -> None:
        """This is why the handle has no value, or which error its thread shall hear of."""
        if handle.failure is failure:
            return
        for block in handle.blocks:
            if len(block.failures) < PENDING:
                block.failures.append((handle.place, failure))
                failure.blocks.append(block)
        if handle.quiet or handle.left:
            # Without a result, or in place: then the variable is the unchanged left operand.
            if not handle.here.errors.add(failure):
                self.unseen.count(handle.here, handle.here.errors)
                return
        else:
            handle.failure = failure
            if handle.id and not handle.dropped:
                failure.vars += 1
            elif handle.id:
                self._parting.append(failure)
        if handle.quiet or handle.id:  # the error of a question is raised by who asked
            failure.here = failure.here or weakref.ref(handle.here)
            self.unseen.add(failure)

    def _failure(self, answer: Reply, error: Error, handles: list[Handle | None]) -> Failure:
        key = (error.session, error.frame, error.message)
        failure = self._failures.get(key)
        if failure is None:
            where = None
            if error.session == self.name and error.frame == answer.frame:
                handle = handles[error.message]
                where = None if handle is None else handle.where
            failure = self._failures[key] = Failure(error, where, self.label(), self.codec)
        return failure

    def abandon(self, question: Handle) -> None:
        """Nobody will take the value of this question."""
        with self._lock:
            question.dropped = True
            if question.settled and type(question.value) in (Bulk, Stored):
                self._discard(question.value)

    def _discard(self, value: Any) -> None:
        if self.codec.store is not None:
            self.codec.store.discard(value.token)

    def see(self, failure: Failure) -> BaseException:
        """The failure's exception, which somebody is about to see."""
        self.unseen.see(failure)
        error = failure.exception()
        if failure.obj() and isinstance(error, AttributeError):
            with contextlib.suppress(Exception):  # the class refuses
                error.obj = self._claim_obj(failure.obj())
        return error

    def _see_for(self, failure: Failure, pending: list[Failure], more: int) -> BaseException:
        """The failure's exception, which stands for those that were pending as well: none of them is raised again."""
        others = [other for other in pending if other is not failure]
        for other in others:
            self.unseen.see(other)
        error = self.see(failure)
        if others or more:
            failure.tell_of_more(error, len(others) + more)
        return error

    def take_obj(self, token: str) -> Any:
        """The `obj` of an AttributeError that is a value, as a Var; it is kept for that no longer."""
        var = self._claim_obj(token)
        self.release(token)
        return var

    def _claim_obj(self, token: str) -> Any:
        try:
            return as_var(self._claim_quietly(token))
        except Exception:  # the session has ended
            return None

    def _claim_quietly(self, token: str) -> Handle:
        """Claim what belongs to an error: that it is no longer there is told to who uses it, and to nobody else."""
        here = self._thread.here
        handle = Handle(self, next(self._ids), here, None)
        handle.blocks = ()

        def settled() -> None:
            if handle.failure is not None:
                self.unseen.see(handle.failure)

        handle.callbacks = [settled]
        held, here.held = here.held, []  # of a message that is being made
        try:
            self._submit(Claim(handle.id, token), handle)
        finally:
            here.held = held
        return handle

    def label(self) -> str:
        return f"{self.host}[{self.interpreter[:5]}]"


class _Moved:
    """A variable that was moved here for one message, and is dropped with it."""

    __slots__ = ("handle",)

    def __init__(self, handle: Handle) -> None:
        self.handle = handle

    def __del__(self) -> None:
        self.handle.session.drop(self.handle)


def _where(handle: Handle | None) -> Where | None:
    return None if handle is None else handle.where


_HARMLESS = frozenset({"len", "length_hint"})
"""Operators that Python asks for on its own when it begins to read a sequence."""


def _text(name: object, what: str) -> str:
    """A name, as it can travel. Raises `TypeError` or `ValueError`."""
    if not isinstance(name, str):
        raise TypeError(f"{what} is a str, not a {type(name).__qualname__}: {shown(name)}")
    if not name.isascii():
        try:
            name.encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"{what} cannot have lone surrogates: {name!r}") from error
    return name if type(name) is str else str.__str__(name)


_sessions: weakref.WeakSet[Session] = weakref.WeakSet()


def close_all() -> None:
    """At the end of the process: what was asked for is sent, and errors that nobody saw are logged."""
    for session in list(_sessions):
        with contextlib.suppress(BaseException):
            session.finish()
        session.close()


atexit.register(close_all)
tell_of_forks(lambda: list(_sessions))

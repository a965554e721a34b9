"""How a session lasts: it connects, goes on over another channel, is forked, recorded, and ends: `Connected`."""

from __future__ import annotations

import contextlib
import functools
import logging
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

from ..channels.channel import Channel
from ..errors import InterpreterDiedError, LogError, RayProxyWarning
from ..protocol import BEHIND, Code, Deliver, Fork, Inherit, Release, Welcome
from ..values.store import Store
from . import origins
from .asked import Question
from .bringing import Bringing
from .callers import Where
from .conversation import Conversation, never
from .line import Link
from .recorder import Recorder
from .ticker import ATTENTIVE, ticker

logger: logging.Logger = logging.getLogger("ray_proxy")

PLACING = 10.0
"""Seconds that the end of this process waits for interpreters that are not there yet, and have work to do, …"""
PATIENCE = 5.0
"""… then until all is sent, and as many until it is done: for all interpreters together."""
_TOLD = 8
"""So many standstills are remembered, lest one is logged twice."""
_SELDOM = 0.3
"""Seconds between two looks at what changes seldom."""


on_begin: list[Callable[[Any], None]] = []
"""Called with each session that begins to connect: may give it messages."""


class Connected(Conversation):
    """A conversation with its link, for as long as it lasts.

    Messages may be given before the channel is there: they collect until `attach`, or fail with the error given to
    `fail`.

    Args:
        store: carries bulk values beside the channel; None: everything goes through it.
        link: brings the channel about, and another one when it is lost; None: a lost channel is the end.
    """

    def __init__(self, store: Store | None = None, link: Link | None = None) -> None:
        super().__init__(store, link)
        self.is_apart: bool = False
        """The interpreter has an object store that this process has not."""
        self._is_closed = False
        self._told: list[object] = []
        """The last standstills of the interpreter, and waits there, that were logged."""
        self._ticked = -1
        self._looked = 0.0
        """When the ticker shall look again after what changes seldom."""
        origins.find()
        _conversations.add(self)
        ticker.add(self)

    # ---------------------------------------------------------------------------------- the channel

    def start(self) -> None:
        """Begin to connect, in a thread of its own. Called by the first message at the latest."""
        with self._lock:
            if self.line.is_wanted or self.broken is not None:
                return
            self.line.is_wanted = True
            token = self.leases.inherit()
            if token is not None:
                self._begin_as_child(token)
            elif self.is_apart:
                self.pending.insert(0, (None, Inherit("")))  # nothing; and whoever inherits has no object store
            for begin in on_begin:
                begin(self)
        self._connect()

    def _connect(self) -> None:
        assert self.link is not None
        try:
            threading.Thread(target=self.link.connect, args=(self,), name="ray-proxy-connect", daemon=True).start()
        except RuntimeError as error:  # nobody would ever end the wait for it
            self.fail(InterpreterDiedError(f"the interpreter {self.label()} cannot be reached: {error}"))

    def attach(self, channel: Channel, welcome: Welcome) -> None:
        """The channel is there, and this is what the interpreter has said: what has collected leaves."""
        with self._lock:
            self.meet(welcome)
            if self.broken is not None:
                channel.close()  # it was closed, or destroyed, while we connected
            else:
                self.outbox.again(welcome.frames)
                self.pulse.heard = time.monotonic()
                self.line.attach(channel)
            self.line.ready.set()
        self.flush()

    def resumption(self) -> tuple[bool, int]:
        """Whether the next channel shall resume the session, and how many answers it has taken."""
        with self._lock:
            return self.line.resumption()

    def lose(self, channel: Channel, error: OSError, since: float | None = None) -> None:
        """A channel is lost: the session goes on over another one, if that comes within the grace time."""
        if not self.line.lose(channel, error, since):
            return
        channel.drop()
        self.reader.tell_all()
        if self.link is None:
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
        self.raise_broken()

    def speaks(self, minor: int) -> bool:
        """Whether the interpreter knows that version of the protocol. Waits until it has said which it knows."""
        if not self.line.is_begun and self.broken is None:
            self.start()
            self.reader.wait(self, lambda: self.line.is_begun or self.broken is not None, None)
        return self.minor >= minor

    def is_waiting(self) -> bool:
        """Whether the interpreter owes an answer."""
        return bool(self.outbox.flights) and self.broken is None

    def silence(self, seconds: float) -> str:
        """Says that the interpreter was silent for so long."""
        since = time.strftime("%H:%M:%S", time.localtime(time.time() - seconds))
        return (
            f"the link to the interpreter {self.label()} is silent since {since}, which is {seconds:.0f} s (its grace "
            f"time is {self.grace:g} s): its process is stopped, its node is lost, or the network between is cut; once "
            "it is back, rif.get(name) begins anew, and named variables are there"
        )

    def note_status(self, status: dict[str, Any]) -> None:
        """What the interpreter does while an answer is long in coming: said once, where it waits and we wait behind."""
        for wait in status.get("waits", ()):
            what = str(wait).partition(", for ")[0]
            if f" of session {self.name})" in what and str(wait).endswith(BEHIND) and what not in self._told:
                self._told = [*self._told[-_TOLD:], what]
                logger.warning(
                    "ray_proxy: operations of a thread of this process wait in the interpreter %s behind its own %s. "
                    "Have another thread or process end that wait, give it a timeout, or end it with env.interrupt().",
                    self.label(),
                    what,
                )
        standstill = status.get("standstill")
        if not isinstance(standstill, dict) or standstill.get("computes"):
            return
        if self.name not in standstill.get("behind", ()):
            return
        place = {name: standstill.get(name) for name in ("file", "line", "function", "since")}
        if place in self._told:
            return
        self._told = [*self._told[-_TOLD:], place]
        logger.warning(
            "ray_proxy: operations of this process wait in the interpreter %s behind a call that waits at %s:%s, in "
            "%s, since %s. If it waits for what one of them shall do, let it do so by fetch or await, by a call of "
            "its own (v.acquire(), v.get()), or with a timeout; env.interrupt() ends it.",
            self.label(),
            place["file"],
            place["line"],
            place["function"],
            time.strftime("%H:%M:%S", time.localtime(float(place["since"] or 0))),
        )

    # ------------------------------------------------------------------------------------- the end

    def fail(self, error: BaseException, goodbye: bool = True) -> None:
        """Every operation that waits, and every later one, raises this error. The interpreter hears a `goodbye`."""
        with self._lock:
            broken = self.break_off(error)
            channel = self.line.end()
        self.lose_all(broken)
        if channel is not None:
            (channel.close if goodbye else channel.drop)()
        ticker.release(self)
        self.reader.tell_all()
        if self.codec.store is not None:
            with contextlib.suppress(Exception):
                self.codec.store.forget(self.name)

    def has_work(self) -> bool:
        """Whether something was asked for that is not done, as far as is known."""
        return bool(self.pending or self.outbox.flights or self.dead)

    def finish(self, until: float) -> None:
        """Wait until that time for what was asked for to be done, before the process ends."""
        try:
            if not self.line.ready.is_set():
                raise TimeoutError
            self.settle(timeout=max(0.0, until - time.monotonic()))
        except TimeoutError:
            logger.warning(
                "This process ends while the interpreter %s is still at work for it; env.sync() waits for that",
                self.label(),
            )

    def close(self) -> None:
        """Send what is pending and let the channel go. Idempotent; raises nothing."""
        if not self._is_closed:
            with contextlib.suppress(Exception):
                self.send()
            self._is_closed = True
            ticker.discard(self)
            self.ledger.unseen.log_all()
            self.fail(
                InterpreterDiedError(
                    "this client has closed its session with the interpreter; rif.get(name) begins another"
                )
            )

    def has_store(self) -> bool:
        """Whether bulk values travel beside the channel."""
        return self.codec.store is not None

    # ---------------------------------------------------------------------------------- project code

    def set_code(self, code: Bringing | None) -> None:
        """Bring this client's project code to the interpreter from now on, or none any more."""
        self.code = code
        self.codec.on_named = None if code is None else functools.partial(_name, weakref.ref(self), code)
        self.codec.project = "" if code is None else code.called

    def push_code(self) -> None:
        """Put this client's texts in the place of those that are in force, and wait for that."""
        if self.code is not None:
            self.code.push(self)
            self.settle()

    def warn(self, text: str, category: type[RayProxyWarning], place: Where | None) -> None:
        """Have a thread of the user warned when it comes by."""
        self.ledger.notices.add(text, place, category)

    def deliver(self, code: Code) -> None:
        """Answer what the interpreter has asked for. Raises `InterpreterDiedError`."""
        recorder = self.outbox.recorder
        if recorder is not None:
            recorder.delivered(code)
        if self.link is not None:
            self.link.control(Deliver(self.name, code))

    # ------------------------------------------------------------------------------------- recording

    def begin_recording(self, path: str, limit: int) -> None:
        """Record what is sent from now on, and its answers. Raises `LogError`, also where that is done already."""
        self.start()
        self.reader.wait(self, self.line.ready.is_set, None)
        self.flush()
        with self._lock:
            self.raise_broken()
            if self.outbox.recorder is not None:
                raise LogError(
                    f"this process records the interpreter to {self.outbox.recorder.path} already; end that first"
                )
            first = self.outbox.number + 1
            self.outbox.recorder = Recorder(
                path, limit, self.name, self.interpreter, self.host, first, self.codec, self.ledger.notices.add
            )

    def end_recording(self) -> None:
        """Record no more, once what was asked for is done."""
        if self.outbox.recorder is None:
            return  # in a forked child, whose parent records
        try:
            with contextlib.suppress(Exception):  # then there is no answer to record
                self.settle()
        finally:
            with self._lock:
                recorder, self.outbox.recorder = self.outbox.recorder, None
                if recorder is not None:
                    recorder.close()

    # ------------------------------------------------------------------------------------------ fork

    def expect_fork(self, until: float) -> None:
        """Wait for the interpreter, at most until that time: the child can use none that was not there."""
        if self.line.is_wanted and self.link is not None:
            self.line.ready.wait(max(0.0, until - time.monotonic()))

    def before_fork(self) -> None:
        """Have all variables kept for the child, which begins a session of its own when it needs one."""
        self.leases.lock.acquire()
        self._lock.acquire()
        can_inherit = self.line.is_begun and self.broken is None  # also without a channel: a claim waits for its lease
        token = self.leases.before_fork(self.name, self.line.is_wanted, can_inherit)
        if token is not None:
            self.pending.append((None, Fork(token)))
            if self.line.channel is not None:
                with contextlib.suppress(OSError):  # whoever reads finds out
                    self.outbox.cut()
                    self.outbox.push()

    def after_fork_in_parent(self) -> None:
        self.leases.after_fork_in_parent()
        self._lock.release()
        self.leases.lock.release()

    def after_fork_in_child(self) -> None:
        """The connection is the parent's, and locks may be held by threads that are not here."""
        self.line.leave()
        self._lock = threading.RLock()
        for part in (self.leases, self.ledger, self.outbox, self.reader, self.pulse, self.watch, self.cancelling):
            part.forked()
        self.prompts.forked()
        self.outputs.forked()
        self.asked.clear()
        if self.broken is None and self.leases.inherited is None and (self.line.is_begun or self.line.is_wanted):
            error = "this process was forked before the interpreter was there; call env.sync() before the fork"
            self.break_off(InterpreterDiedError(error))
        if self.broken is not None:
            self.line.ready.set()
        else:
            self.begin_anew()

    def _begin_as_child(self, token: str) -> None:
        """The first message of a forked process: its variables are those of its parent, at the moment of the fork."""
        inherited = Question((None, 0, self.thread.here), quiet=True)
        self.pending[:0] = [(inherited, Inherit(token)), (None, Release(token))]
        ticker.add(self)

    # ---------------------------------------------------------------------------------------- ticker

    def tick(self) -> bool:
        """Called by the ticker: send what has waited for a moment. Whether it shall come again soon."""
        outbox = self.outbox
        if (self.dead or outbox.released or self.codec.gone) and not self.pending:
            self.bury()
        if self.ledger.unseen.may_be_lost and not outbox.flights and not self.pending:
            self.ledger.unseen.log_lost()
        now = time.monotonic()
        seldom = now > self._looked
        if seldom:
            self._looked = now + (ATTENTIVE if self.is_attentive else _SELDOM)
        if (outbox.flights or seldom) and self.line.channel is not None:
            # Nobody may ever wait: then replies are read here, and what they hold on to is let go. And a channel that
            # was lost while nothing is asked for has to be replaced before the interpreter gives up the session.
            self.reader.lead(self, never, 0)
        if seldom:
            self._tick_seldom(now)
        if outbox.unsent:  # the thread that others have left them to was interrupted
            self.send()
        channel = self.line.channel
        if channel is not None and channel.backlog():
            with contextlib.suppress(OSError):
                channel.push()
            return True
        if not self.pending:
            self.rest()
            if not (outbox.unsent or outbox.flights or self.ledger.unseen.may_be_lost):
                ticker.release(self)
            if not self.pending:
                return False
            ticker.hold(self)  # for what was given meanwhile
        if self.line.channel is None:
            return True
        if self._ticked == outbox.number:
            self.flush()
        else:
            self._ticked = outbox.number
        return True

    def expects(self) -> int:
        """What becomes readable where the interpreter says something that nobody here waits for; -1: nothing does."""
        channel = self.line.channel
        return -1 if channel is None or not self.prints or self.reader.is_led() else channel.fileno()

    def look_soon(self) -> None:
        """That is readable: the next tick reads."""
        self._looked = 0.0

    def _tick_seldom(self, now: float) -> None:
        with contextlib.suppress(RayProxyWarning):  # nobody waits who could be told by an error
            self.ledger.notices.issue(now - _SELDOM)
        self.codec.known.sweep()
        for request in self.asked.stale():
            self.abandon(request)
        if self.link is not None:
            self.pulse.look(self, self.link)
        for token in self.leases.ended():  # what was kept for a child that has ended is let go
            with contextlib.suppress(Exception):  # a broken session keeps nothing
                self.submit(None, Release(token))


def _name(session: weakref.ref[Connected], code: Bringing, names: set[str], files: set[str]) -> None:
    """The next message of a session names these modules, and has functions from these files."""
    here = session()
    if here is not None:
        code.name(here, names, files)


_conversations: weakref.WeakSet[Connected] = weakref.WeakSet()


def conversations() -> list[Connected]:
    """Those of this process that have not ended."""
    return list(_conversations)


def finish_all() -> None:
    """Before the process ends: send all that was asked for, and wait a while until it is done. All interpreters have
    the same time, in which they work side by side."""
    working = [conversation for conversation in conversations() if conversation.has_work()]
    until = time.monotonic() + PLACING
    for conversation in working:
        conversation.line.ready.wait(max(0.0, until - time.monotonic()))
    until = time.monotonic() + PATIENCE
    for conversation in working:
        conversation.send()
    for conversation in working:
        with contextlib.suppress(Exception):
            conversation.drain_to(0, until)
    until = time.monotonic() + PATIENCE
    for conversation in working:
        with contextlib.suppress(Exception):
            conversation.finish(until)

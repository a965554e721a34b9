"""Executes messages over a table of variables: ``execute(session, frame) -> reply``.

No sockets, no threads, no Ray: a test of it is a list of messages. Whoever owns an `Interpreter` calls it from
one thread at a time, the one on which user code shall run.
"""

from __future__ import annotations

import contextlib
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .. import protocol
from ..protocol import MINOR, Bulk, Declined, Error, Frame, Op, Pickled, Put, Ref, Reply, Stored
from ..values.codec import inline_size
from ..values.definitions import Definitions
from ..values.exceptions import detach
from ..values.store import Store
from ..values.streams import Copies
from .code import ProjectCode
from .coroutines import Coroutines
from .kept import Frames
from .leases import LEASE, Inheritance, Leases
from .messages import MAKING, Messages
from .names import Names, executing
from .operators import HALVES, INPLACE_OPERATORS, is_awaitable
from .run import REPLY_BYTES, Run
from .table import MISSING, DependsOnFailed, Failed, NotYet, Variables, operands_of
from .telling import bare_error_of, error_of
from .waits import Wait

DEEPEST = 64
"""So many frames, each in the middle of the one before, are told apart by `Interpreter.progress`."""

_PROBLEMS = 8
"""So many, each while the one before is told of, and only the class of the last is told: none of their code runs."""
_NOT_LITERAL = {Ref, Pickled, Bulk, Stored}


class Interpreter:
    """Variables, names, and the execution of messages on them.

    Args:
        name: what `Welcome` and error texts call this interpreter.
        store: carries bulk values; None: everything travels in frames.
        clock: seconds, which never jump; decides when leases end.
        lease: seconds that a lease lasts, from its beginning or its last claim.
        known: the classes and functions that have come by value. By default it has its own; one that has a process to
            itself takes those of the process (`definitions.here`).
        code: what it does with project code; by default as a guest in a process that has modules of its own.
        frames: where those of errors are kept for a debugger, if they are wanted.
    """

    def __init__(
        self,
        name: str = "local",
        store: Store | None = None,
        clock: Callable[[], float] = time.monotonic,
        lease: float = LEASE,
        known: Definitions | None = None,
        code: ProjectCode | None = None,
        frames: Frames | None = None,
    ) -> None:
        self.name = name
        self.frames: Frames = Frames() if frames is None else frames
        self._code = code
        self.known: Definitions = Definitions() if known is None else known
        self._leases = Leases(clock, lease)
        self.coroutines: Coroutines = Coroutines()
        self._sessions: dict[str, Variables] = {}
        self._names: Names = Names()
        self._messages = Messages(store, self._names, self._leases, self.coroutines, lambda: self.code)
        self.runs: list[Run] = []
        """What is being executed, each in the middle of the one before. Other threads may read it."""
        self.coroutines.name = self._message
        self.interruptible: bool = False
        """Messages are being executed: a signal handler may raise here, and it will be the error of one of them."""
        self.overdue: Callable[[], None] | None = None
        """An interrupt came between two messages: this raises it within the next one, if its frame is meant."""
        self.interrupted: bool = False
        """A signal handler does raise: what is left of the frame is not executed in the same go."""
        self.not_yet: bool = False
        """The last frame stopped before a message that waits, or needs what is being executed further out, or later."""
        self.held: Wait | None = None
        """What the message waits for before which the last frame stopped."""
        self.progress: Any = [0] * (2 * DEEPEST + 1)
        """What is being executed now, so that others can know it: how many frames, each in the middle of the one
        before; and of each a number that its owner gives it, and the index of the message. May be shared memory."""

    @property
    def code(self) -> ProjectCode:
        """The project code that clients have sent."""
        if self._code is None:
            self._code = ProjectCode(is_guest=True)
        return self._code

    def texts(self) -> list[protocol.Text]:
        """The texts of project code that are in force."""
        return [] if self._code is None else self._code.texts()

    def end_code(self) -> None:
        """Import project code no more; modules that the process has of its own are as they were."""
        if self._code is not None:
            self._code.end()
        self._names.remove()

    @property
    def store(self) -> Store | None:
        """What carries bulk values."""
        return self._messages.store

    def give_way(self) -> None:
        """From now on, a message that waits for something of this process, as for a lock, stops its frame meanwhile."""
        self._messages.locks.gives_way = True

    def repeat(self, repeats: bool) -> None:
        """Whether what is executed now was executed before, in this order: then it gives way to nothing."""
        self._messages.locks.repeats = repeats

    def overtake(self, session: str, frames: list[list[protocol.Message]]) -> None:
        """What is executed next of this session goes before these messages, of other threads: they wait."""
        if session in self._sessions:
            self._sessions[session].overtaken = frames

    def _message(self) -> tuple[str, int, int] | None:
        """The message that is executed now, as `cancel` names it."""
        return (self.runs[-1].session, self.runs[-1].number, self.runs[-1].at) if self.runs else None

    def cancel(self, session: str, frame: int, message: int) -> None:
        """Cancel the coroutine that this message runs, or will run, if it runs one. For any thread."""
        self.coroutines.cancel((session, frame, message))

    def forget_cancelled(self, *names: object) -> None:
        """What was to be cancelled of this session, or of this frame of it, is over: its name, and the number."""
        cancelled = self.coroutines.cancelled
        if cancelled:
            cancelled -= {one for one in tuple(cancelled) if one[: len(names)] == names}

    # -------------------------------------------------------------------------------------- sessions

    def open(self, session: str, minor: int = MINOR) -> None:
        """Begin a session: a table of its own for the variables of one client, which speaks that version."""
        given, leases = self._leases.open(session), self._leases
        here = self._sessions[session] = Variables(given, self.store, self.known, minor)
        here.codec.keep = lambda obj: leases.keep_obj(given, obj)

    def is_open(self, session: str) -> bool:
        """Whether that session has begun, and is not over."""
        return session in self._sessions

    def speak(self, session: str, minor: int) -> None:
        """From now on the client of this session speaks that version: it may have been another process's before."""
        if session in self._sessions:
            self._sessions[session].codec.minor = minor

    def warn(self, session: str, text: str) -> None:
        """Have the client of this session warned with its next reply, if the version that it speaks has warnings."""
        here = self._sessions.get(session)
        if here is not None and here.codec.minor >= 2:
            here.codec.warnings.append(text)

    def close(self, session: str, at: float | None = None) -> None:
        """End a session, at that time or now: its variables are gone; names and leases stay."""
        ended = self._sessions.pop(session, None)
        if ended is not None:
            self._leases.close(session)
            held: tuple[dict[Any, Any], ...] = (ended.table, ended.given.objs, ended.codec.held)
            values = [value for each in held for value in each.values()] + self.frames.leave(session)
            for each in held:
                each.clear()
            self.let_go(values)
            self._leases.orphan(session, at)
            if self.store is not None:
                self.store.forget(session)

    def let_go(self, values: list[object]) -> None:
        """Drop what nobody else may refer to, one by one. Finalizers are code of users, which an interrupt ends."""
        values.reverse()
        hooks = self.coroutines.hook()
        over = False
        try:
            while not over:
                try:
                    self.interruptible = True
                    self._raise_overdue()
                    while values:
                        values.pop()
                    self.coroutines.close_forsaken()
                    over = True
                    self.interruptible = False
                except BaseException:  # an interrupt that came between two of them, or while they were waited for
                    self.interruptible = False
        finally:
            sys.set_asyncgen_hooks(*hooks)

    def _raise_overdue(self) -> None:
        if self.overdue is not None:
            overdue, self.overdue = self.overdue, None
            overdue()

    def abandon_after_fork(self) -> None:
        """In a child of user code: when it returns from that, it ends, and executes nothing more."""
        for run in self.runs:
            run.lock = threading.Lock()  # a thread that is not here may have held it
        self.progress = list(self.progress)  # what is shared tells of the parent
        self._messages.abandon_after_fork()

    def count(self) -> int:
        """Number of variables of all sessions, names and leases not counted."""
        return sum(len(session.table) for session in tuple(self._sessions.values()))

    def variables(self, session: str) -> list[int]:
        """Ids of the variables of a session, save those whose operation has failed."""
        table = self._sessions[session].table
        return sorted(id for id, value in table.items() if type(value) is not Failed)

    def names(self) -> list[str]:
        return list(self._names)

    def looked_at(self, session: str, id: int, name: str) -> list[object]:
        """The object of that id or name alone, if there is one. Any thread may ask: each look-up is one step."""
        if name:
            found = self._names.table.get(name, MISSING) if name in self._names else MISSING
        else:
            here = self._sessions.get(session)
            found = MISSING if here is None else here.table.get(id, MISSING)
        return [] if type(found) is Failed else [found]

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Code of users runs in this beside messages: a signal handler may raise here."""
        before = self.interruptible
        try:
            self.interruptible = True
            self._raise_overdue()
            yield
        finally:
            self.interruptible = before

    # ---------------------------------------------------------------------------------------- leases

    @property
    def clock(self) -> Callable[[], float]:
        """By which leases end."""
        return self._leases.clock

    @property
    def lease_seconds(self) -> float:
        return self._leases.seconds

    def leased(self) -> int:
        """Number of leases that have not ended."""
        return self._leases.count()

    def is_to_come(self, token: str) -> bool:
        """Whether a lease may still come: its session is there, and has not given it yet."""
        return self._leases.is_to_come(token)

    def claim(self, token: str) -> object:
        """The object leased under a token; the lease starts anew. Raises `StaleVarError`."""
        return self._leases.claim(token)

    def is_due(self, now: float | None = None) -> bool:
        """Whether there are leases whose time is over."""
        return self._leases.is_due(now)

    def expire(self, now: float | None = None) -> list[object]:
        """Let go of the leases whose time is over; gives what they have held."""
        return self._leases.expire(now)

    def rehost(self, store: Store | None, clock: Callable[[], float] = time.monotonic, same_time: bool = False) -> None:
        """Go on with this store and this clock. Leases keep the time that they have left; or they end when they were to
        end, if it tells the `same_time`."""
        self._leases.rehost(clock, same_time)
        self._messages.store = store
        for session in self._sessions.values():
            if session.codec.store is not None:
                session.codec.store = store

    def keep(self, session: str, token: str) -> None:
        """Keep all variables of a session under a token, as `Fork` does, for one lease."""
        here = self._sessions[session]
        self._leases.keep(token, Inheritance(here.table, here.codec.held))

    # -------------------------------------------------------------------------------------- execution

    def execute(
        self,
        session: str,
        frame: Frame,
        start: int = 0,
        seconds: float = math.inf,
        stop: int | None = None,
        number: int = 0,
        at: float | None = None,
        told: Mapping[int, Any] | None = None,
        send: Callable[[Reply], object] | None = None,
        wait: Wait | None = None,
    ) -> Reply:
        """Execute the messages of a frame from `start` on, in order, up to `stop`.

        Stops early, between two messages, once `seconds` have passed or the reply has grown large, so that
        frames can be answered bit by bit: ``reply.executed`` says how far it came. It also stops before a message
        that needs a variable which is being made further out, in a call that has led here: see `not_yet`. `number` is
        what `progress` calls it. `at`: leases are judged by this time, and not by the clock's, so that whoever executes
        it again can do the same. `told`: by index, the values of an earlier reply to the same messages. Small immutable
        ones are what clients know of their variables, so they are put there in the place of what comes out now, which
        the reply tells. `send` is called by whoever calls `Run.tell`, in another thread, with replies that come before
        the one which is returned. `wait`: what the first of these messages has begun to wait for, when this frame was
        stopped before it (`held`).
        """
        here = self._sessions[session]
        self._messages.resumed, self.held = wait, None
        size = len(frame.messages)
        run = Run(here, frame, start, told, send)
        here.running.append(frame)
        copies, here.codec.copies = here.codec.copies, Copies()  # those of the message that has led here
        leases = self._leases
        before, leases.at = leases.at, at
        depth = self.progress[0]
        slot = 2 * min(depth, DEEPEST - 1) + 1
        self.progress[slot], self.progress[slot + 1] = number, start
        self.progress[0] = depth + 1
        hooks = self.coroutines.hook()
        run.until = time.perf_counter() + seconds
        self.runs.append(run)
        names = executing.set(self._names)
        try:
            stop = size if stop is None else min(stop, size)
            return run.reply(self._execute(here, frame, start, stop, slot + 1, run))
        finally:
            executing.reset(names)
            self.runs.pop()
            sys.set_asyncgen_hooks(*hooks)
            self.progress[0] = depth
            leases.at = before
            here.codec.copies = copies
            here.running.pop()

    def _execute(self, here: Variables, frame: Frame, start: int, stop: int, slot: int, run: Run) -> int:
        """Gives how many messages of the frame are done.

        An interrupt may be raised anywhere between the first message and the last: it is the error of the one that is
        being done. So whatever runs code of users is inside the `try`, also what tells of an error and lets go of it.
        """
        self.not_yet = self.interrupted = False
        handled = sys.exc_info()[1]
        """What whoever has led here is handling, in this thread: no context of what is raised here."""
        messages: list[Any] = frame.messages
        nested = len(here.running) > 1 or bool(here.overtaken)
        table, codec = here.table, here.codec
        values, created = run.values, run.created
        handlers = self._messages.handlers  # a fork changes what is in it
        forsaken, closing = self.coroutines.forsaken, self.coroutines.closing
        copies, warnings = codec.copies, codec.warnings
        clock, until = time.perf_counter, run.until
        waits = stop - 1 if start < stop - 1 and is_await(messages[stop - 1]) else -1
        done, size, over = start, 0, False
        problems: list[BaseException] = []
        message = result = None
        while not over:
            try:
                self.interruptible = True
                self._raise_overdue()
                if here.late or here.late_tokens:
                    self._messages.drop_late(here)
                if problems:
                    self._fail(here, run, done, problems, handled)
                    problems.clear()
                    self._look_after(here, run, done)
                    done += 1
                    if self.interrupted or clock() > until:
                        stop = done
                while done < stop:
                    run.at = self.progress[slot] = done  # looked up: a fork, or the end of the process, changes it
                    message = messages[done]
                    if nested and _needs(here, message):
                        self.not_yet = True
                        break
                    if done == waits and is_awaitable(table.get(message.args[0].id)):
                        break  # it may wait for long: what came before it is answered first
                    kind = type(message)
                    result = handlers[kind](here, message)
                    if kind in MAKING and message.id:
                        if result is NotImplemented and kind is Op and message.op in HALVES:
                            values.append((done, Declined()))
                        else:
                            table[message.id] = result
                            shape = type(result)
                            if (
                                shape is int
                                or shape is float
                                or shape is str
                                or shape is bool
                                or result is None
                                or shape is bytes
                            ) and (kind is not Put or _is_new(message)):
                                created.append(done)  # the sender of a literal knows it already
                            if kind is Op and message.op in INPLACE_OPERATORS:
                                run.note_left(message, done, result)
                            if run.told is not None:
                                run.keep_told(done, message.id)
                    elif result is not None:
                        size += self._answer(here, run, done, message, result)
                        if size > REPLY_BYTES:
                            until = -math.inf
                    if forsaken or closing or warnings or copies.before:
                        self._look_after(here, run, done)
                    done += 1
                    if clock() > until:
                        break
                message = result = None
                over = True
                self.interruptible = False
            except BaseException as caught:
                self.interruptible = False
                if type(caught) is NotYet:
                    self.not_yet = over = True
                    self.held, self._messages.held = self._messages.held, None
                elif done < stop:
                    problems.append(caught)
                else:
                    over = True  # an interrupt that came when all was done
        return done

    def _answer(self, here: Variables, run: Run, index: int, message: Any, result: object) -> int:
        """Note what a message has given that makes no variable; gives about how many bytes that has."""
        kind = type(message)
        answer: Any = result
        if getattr(message, "id", -1) == 0:
            declined = result is NotImplemented and kind is Op and message.op in HALVES
            answer = Declined() if declined else here.codec.dump(result, "the result")
        run.values.append((index, answer))
        if kind is protocol.Iter and run.told is not None:
            run.keep_told_items(index, message.id)
        return inline_size(answer)

    def _look_after(self, here: Variables, run: Run, index: int) -> None:
        """What this message has left behind: generators that nobody refers to, streams that were written, warnings."""
        codec = here.codec
        if self.coroutines.forsaken or self.coroutines.closing:
            self.coroutines.close_forsaken()
        if codec.copies.before and (written := codec.copies.written()) is not None:
            codec.warnings.append(written)
        if codec.warnings:
            run.warnings += [(index, text) for text in codec.warnings]
            codec.warnings.clear()

    def _fail(
        self, here: Variables, run: Run, index: int, problems: list[BaseException], handled: BaseException | None
    ) -> None:
        """This message has failed with the last of these problems; those before have come while that was told of."""
        problem = problems[-1]
        if handled is not None:
            detach(problem, handled)
        if self.frames.are_wanted(here.name) and type(problem) is not DependsOnFailed:
            self.frames.keep(here.name, (run.number, index), problem)
        self._messages.discard(run.messages[index])  # it may not have been taken
        if type(problem) is DependsOnFailed:
            failed = problem.failed
        elif len(problems) < _PROBLEMS:
            failed = Failed(error_of(here, self._leases, run.number, index, problem))
        else:
            failed = Failed(bare_error_of(here, run.number, index, problem))
        run.fail(index, failed)

    def withdraw(
        self,
        session: str,
        frame: Frame,
        start: int,
        problem: BaseException | Error,
        stop: int | None = None,
        deletions: bool = False,
    ) -> Reply:
        """Execute nothing of a frame, from `start` on, up to `stop`: each of its messages fails with that problem.

        Save those that free variables, lest they stay for ever; unless `deletions` fail, too.
        """
        here = self._sessions[session]
        if not isinstance(problem, Error):
            problem = error_of(here, self._leases, frame.number, start, problem)
        withdrawn = Failed(problem)
        run = Run(here, frame, start)
        stop = len(frame.messages) if stop is None else stop
        for index in range(start, stop):
            message = frame.messages[index]
            if type(message) in (protocol.Del, protocol.Forget) and not deletions:
                self._messages.handlers[type(message)](here, message)
                continue
            self._messages.discard(message)
            # What depends on a failed variable fails with its error, as ever: it is the same failure there.
            before = (here.table.get(operand.id) for operand in operands_of(message) if type(operand) is Ref)
            failed = (value for value in before if type(value) is Failed and value is not MISSING)
            run.fail(index, next(failed, withdrawn))
        return run.reply(stop)

    def keep_told(self, session: str, frame: Frame, start: int, stop: int, told: Mapping[int, Any]) -> None:
        """What `told` does for `execute`, for messages that were executed or withdrawn before."""
        here = self._sessions[session]
        run = Run(here, frame, start, told)
        for index, message in enumerate(frame.messages[start:stop], start):
            id: int = getattr(message, "id", 0)
            if type(message) is protocol.Iter:
                run.keep_told_items(index, id)
            elif id in here.table:
                run.keep_told(index, id)


def is_await(message: protocol.Message) -> bool:
    """Whether it gives what ``await`` gives of a variable."""
    return type(message) is protocol.Op and message.op == "await" and [type(arg) for arg in message.args] == [Ref]


def _is_new(message: Put) -> bool:
    """Whether the value is not one that the message has as it is."""
    return type(message.value) in _NOT_LITERAL


def _needs(here: Variables, message: Any) -> bool:
    """Whether an operand of a message is still to come: asked before anything of it is taken from the store."""
    return any(
        type(operand) is Ref and here.is_to_come(operand.id) and operand.id not in here.table
        for operand in operands_of(message)
    )

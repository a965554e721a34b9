"""Executes messages over a table of variables: ``execute(session, frame) -> reply``.

No sockets, no threads, no Ray: a test of it is a list of messages. Whoever owns an `Interpreter` calls it from
one thread at a time, the one on which user code shall run.
"""

from __future__ import annotations

import asyncio
import builtins
import concurrent.futures
import contextlib
import copy
import importlib
import inspect
import math
import operator
import os
import sys
import time
import traceback
import types
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from .. import protocol
from ..errors import NotPicklableError, ProtocolError, StaleVarError
from ..protocol import MINOR, Bulk, Bytes, Declined, Error, Frame, Items, Kept, Pickled, Ref, Reply, Stored
from ..values.codec import MOVED_BULK, Codec, inline_size, rides_along, travels_as_reference
from ..values.definitions import Definitions
from ..values.exceptions import bare_exception, detach, is_small
from ..values.store import Store
from ..values.streams import Copies

T = TypeVar("T")

BINARY = "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and or xor".split()
"""Operators with a reflected form: ``x + y`` asks ``x.__add__(y)``, then ``y.__radd__(x)``."""
INPLACE = [name for name in BINARY if name != "divmod"]
COMPARISONS = {"eq": "eq", "ne": "ne", "lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}
"""Each comparison with its reflection."""


def _function(name: str) -> Callable[..., Any]:
    if name == "divmod":
        return divmod
    function: Callable[..., Any] = getattr(operator, {"and": "and_", "or": "or_"}.get(name, name))
    return function


def _half(method: str) -> Callable[[Any, Any], Any]:
    """One side of a binary operator, as the language asks it: on the type, NotImplemented where missing."""

    def half(target: Any, other: Any) -> Any:
        function = _special(type(target), method)
        return NotImplemented if function is None else function(target, other)

    return half


def _special(kind: type, method: str) -> Any:
    """A special method of a type, as operators find it: not that of its metaclass; None where there is none."""
    return getattr(kind, method) if any(method in vars(base) for base in kind.__mro__) else None


def _left_half(name: str, reflected: str) -> Callable[..., Any]:
    method = f"__{name}__"
    half = _half(method)

    def left_half(target: Any, other: Any, last: bool = False) -> Any:
        return half(target, other) if _yields(target, other, name, reflected) == last else NotImplemented

    return left_half


def _yields(left: Any, right: Any, name: str, reflected: str) -> bool:
    """Whether the language asks the right operand first, and the left one last."""
    ours, theirs = type(left), type(right)
    special = _special(theirs, reflected)
    if ours is not theirs and ours in theirs.__mro__:
        # A subclass on the right: in comparisons always, else if it has a reflected method of its own.
        return name in COMPARISONS or (special is not None and special is not _special(ours, reflected))
    if name not in _OF_SEQUENCES or special is None or theirs is int:
        return False
    return _is_of_sequences(_special(ours, f"__{name}__")) and _is_of_sequences(_special(ours, reflected), True)


_OF_SEQUENCES = {"add", "mul"}


def _is_of_sequences(method: Any, missing: bool = False) -> bool:
    """Whether it is the concatenation, or the repetition, of a builtin sequence, which the language tries only after
    the reflected operator of any other type."""
    if method is None:
        return missing
    return isinstance(method, types.WrapperDescriptorType) and issubclass(method.__objclass__, Sequence)


def _right_half(name: str) -> Callable[[Any, Any], Any]:
    half = _half(f"__r{name}__")
    # Where both are of one type, the language does not ask the same operator again.
    return lambda target, other: NotImplemented if type(target) is type(other) else half(target, other)


def _inplace_half(name: str) -> Callable[..., Any]:
    method = f"__i{name}__"
    half, plain, reflected = _half(method), _left_half(name, f"__r{name}__"), f"__r{name}__"

    def inplace_half(target: Any, other: Any, last: bool = False) -> Any:
        late = _is_of_sequences(_special(type(target), method)) and _yields(target, other, name, reflected)
        result = half(target, other) if late == last else NotImplemented
        return plain(target, other, last) if result is NotImplemented else result

    return inplace_half


def _implements(target: object, *methods: str) -> bool:
    return any(_special(type(target), method) is not None for method in methods)


def _awaited(method: str) -> Callable[..., Any]:
    """A special method that is awaited by the statement it belongs to."""

    async def run(target: Any, *args: Any) -> Any:
        return await getattr(type(target), method)(target, *args)

    return run


def _enter(target: Any) -> Any:
    kind = type(target)
    if not (hasattr(kind, "__enter__") and hasattr(kind, "__exit__")):
        raise TypeError(f"{kind.__qualname__!r} object does not support the context manager protocol")
    return kind.__enter__(target)


def _exit(target: Any, error: BaseException | None) -> bool:
    """Whether the error was swallowed."""
    return bool(type(target).__exit__(target, *_exc_info(error)))


def _await(target: Any) -> Any:
    """What ``await target`` gives; the target itself, where it cannot be awaited, or travels as a reference."""
    return _awaiting(target) if _is_awaitable(target) else target


def _is_awaitable(target: Any) -> bool:
    kind = type(target)
    if travels_as_reference(kind):
        return False  # an ObjectRef, a Var: they come to whoever awaits, and can be awaited there
    if kind is types.GeneratorType:
        return bool(target.gi_code.co_flags & inspect.CO_ITERABLE_COROUTINE)
    return _special(kind, "__await__") is not None or isinstance(target, concurrent.futures.Future)


async def _awaiting(target: Any) -> Any:
    if isinstance(target, asyncio.Future):
        loop = target.get_loop()
        if loop is not asyncio.get_running_loop() and loop.is_running():  # in a thread of user code
            target = asyncio.run_coroutine_threadsafe(_awaiting(target), loop)
    if isinstance(target, concurrent.futures.Future):
        target = asyncio.wrap_future(target)  # so that the loop does its other work meanwhile
    return await target


def _idle_loop(target: Any) -> asyncio.AbstractEventLoop | None:
    """The event loop of a future, where it is another one that nobody runs: one that user code has made before it
    knew of ours."""
    if not isinstance(target, asyncio.Future):
        return None
    loop = target.get_loop()
    return None if loop.is_running() or loop.is_closed() else loop


async def _aexit(target: Any, error: BaseException | None) -> bool:
    return bool(await type(target).__aexit__(target, *_exc_info(error)))


def _exc_info(error: BaseException | None) -> tuple[Any, Any, Any]:
    return (None, None, None) if error is None else (type(error), error, error.__traceback__)


OPERATORS: dict[str, Callable[..., Any]] = {
    **{name: _function(name) for name in BINARY},
    **{f"i{name}": getattr(operator, f"i{name}") for name in INPLACE},
    **{name: getattr(operator, name) for name in COMPARISONS},
    **{name: getattr(operator, name) for name in ("neg", "pos", "invert", "index", "truth", "contains")},
    **{name: getattr(builtins, name) for name in ("abs", "round", "int", "float", "complex", "len", "hash")},
    **{name: getattr(builtins, name) for name in ("repr", "format", "bytes", "dir", "iter", "reversed")},
    **{name: getattr(builtins, name) for name in ("setattr", "delattr", "aiter", "isinstance", "issubclass")},
    **{name: getattr(operator, name) for name in ("getitem", "setitem", "delitem", "length_hint")},
    **{name: getattr(math, name) for name in ("floor", "ceil", "trunc")},
    **{name: getattr(copy, name) for name in ("copy", "deepcopy")},
    "enter": _enter,
    "exit": _exit,
    "aenter": _awaited("__aenter__"),
    "aexit": _aexit,
    "anext": _awaited("__anext__"),
    "await": _await,
    "implements": _implements,
    # The halves of an operator whose operands live in two interpreters: each is asked where its target lives.
    # Where the language asks the left one after the right one, it is asked again with a third argument, True.
    **{f"__{name}__": _left_half(name, f"__r{name}__") for name in BINARY},
    **{f"__r{name}__": _right_half(name) for name in BINARY},
    **{f"__i{name}__": _inplace_half(name) for name in INPLACE},
    **{f"__{name}__": _left_half(name, f"__{back}__") for name, back in COMPARISONS.items()},
}
"""The operators that `Op` can name. ``isinstance``, ``truth``… are as in `builtins` and `operator`."""

_SEQUENCES: dict[Any, bool] = {list: False, tuple: True, str: True, bytes: True, range: True, bytearray: False}
"""Builtin sequences that can be read ahead, and whether they are immutable."""

_MISSING = object()

_LEAST_RECURSION = 200

DEEPEST = 64
"""So many frames, each in the middle of the one before, are told apart by `Interpreter.progress`."""

REPLY_BYTES = 1024 * 1024
"""A reply with more bytes of values than this is sent before the rest of its frame is executed."""

CLOSING = 1.0
"""Seconds that the `finally` of asynchronous generators is waited for that nobody refers to any more; then it goes on
beside the next coroutine."""

NESTED_COROUTINE = (
    "a coroutine cannot be run by a call that is nested inside another coroutine of the same interpreter; "
    "make the inner function a plain one, or use a second interpreter"
)

__all__ = ["bare_exception"]
"""Pickles name it as of this module."""

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
"""Where this package's own files lie: lines in them are of no use to a person who reads a traceback."""


class _Failed:
    """Stands in the table for a variable whose operation failed."""

    __slots__ = ("error",)

    def __init__(self, error: Error) -> None:
        self.error = error


class _DependsOnFailed(Exception):
    def __init__(self, failed: _Failed) -> None:
        self.failed = failed


class _NotYet(BaseException):
    """The message needs a variable whose operation is being executed, further out."""


class _Session:
    """The variables of one client, and how its values are coded."""

    __slots__ = ("codec", "kept", "leased", "name", "objs", "running", "table")

    def __init__(
        self, name: str, store: Store | None, known: Definitions, minor: int, keep: Callable[[_Session, object], str]
    ) -> None:
        self.name = name
        self.table: dict[int, object] = {}
        self.running: list[Frame] = []
        """Frames of it that are being executed, each in the middle of the one before."""
        self.leased = 0
        """The number of its last lease; they come in order."""
        self.objs: dict[str, _Leased] = {}
        """By token, the `obj` of its last AttributeErrors…"""
        self.kept = 0
        """… and how many were parts of values."""
        self.codec = Codec(store, name, self.variable, known=known)
        self.codec.minor = minor
        self.codec.keep = lambda obj: keep(self, obj)

    def variable(self, id: int) -> object:
        value = self.table.get(id, _MISSING)
        if value is _MISSING:
            if self.is_to_come(id):
                raise _NotYet
            raise StaleVarError(
                f"variable {id} is not in the interpreter: it was deleted, or cleared by delete_unnamed_vars; "
                "keep what must last under a name, with env.put_named"
            )
        if type(value) is _Failed:
            raise _DependsOnFailed(value)
        return value

    def is_to_come(self, id: int) -> bool:
        """Whether a frame that is being executed further out makes this variable."""
        return any(getattr(message, "id", 0) == id for frame in self.running[:-1] for message in frame.messages)


class _Inheritance(dict[int, object]):
    """What is leased by `Fork`: the table of a session, and the definitions that it holds, as they were."""

    def __init__(self, session: _Session) -> None:
        super().__init__(session.table)
        self.held = dict(session.codec.held)


class _Leased:
    __slots__ = ("expires", "value")

    def __init__(self, value: Any, expires: float) -> None:
        self.value = value
        self.expires = expires


_OBJ = ".obj."
"""Stands in the token of the obj of an AttributeError, between the session and what it belongs to."""
LEASE = 600.0
"""Seconds that a pickled Var is held after its last pickling or claim, where nothing else is said."""


def lease_token(session: str, number: int, secret: str) -> str:
    """Names a session's lease of that number, counted from 1."""
    return f"{session}.{number}.{secret}"


KEPT_OBJS = 16
"""So many objects of AttributeErrors are kept for a session to claim."""


def _lease_number(text: str) -> int:
    """The number in the token of a lease; 0 where a peer has written none."""
    return int(text) if text.isdecimal() and len(text) < 20 else 0


class Interpreter:
    """Variables, names, and the execution of messages on them.

    Args:
        name: what `Welcome` and error texts call this interpreter.
        store: carries bulk values; None: everything travels in frames.
        clock: seconds, which never jump; decides when leases end.
        lease: seconds that a lease lasts, from its beginning or its last claim.
        known: the classes and functions that have come by value. By default it has its own; one that has a process to
            itself takes those of the process (`definitions.here`).
    """

    def __init__(
        self,
        name: str = "local",
        store: Store | None = None,
        clock: Callable[[], float] = time.monotonic,
        lease: float = LEASE,
        known: Definitions | None = None,
    ) -> None:
        self.name = name
        self.store = store
        self.known: Definitions = Definitions() if known is None else known
        self.clock: Callable[[], float] = clock
        self._at: float | None = None
        """The time of what is being executed, where its owner has told it: then leases are judged by that."""
        self.lease_seconds: float = lease
        self._sessions: dict[str, _Session] = {}
        self._names: dict[str, object] = {}
        self._leases: dict[str, _Leased] = {}
        self.loop: asyncio.AbstractEventLoop | None = None
        """That of coroutines, once there is one."""
        self._forsaken: deque[AsyncGenerator[Any, Any]] = deque()
        """Asynchronous generators that nobody refers to any more, and whose `finally` has not run."""
        self._closing: set[asyncio.Task[None]] = set()
        """What runs it in our event loop…"""
        self._late: set[asyncio.Task[None]] = set()
        """… and has not ended in time."""
        self.serve_in: Callable[[asyncio.AbstractEventLoop], None] = lambda loop: None
        """Told of the event loop of coroutines, once there is one."""
        self.interruptible: bool = False
        """A message is being executed: a signal handler may raise here, and it will be that message's error."""
        self.overdue: Callable[[], None] | None = None
        """An interrupt came between two messages: this raises it within the next one, if its frame is meant."""
        self.interrupted: bool = False
        """A signal handler does raise: what is left of the frame is not executed in the same go."""
        self.not_yet: bool = False
        """The last frame stopped before a message that needs what is being executed further out."""
        self.progress: Any = [0] * (2 * DEEPEST + 1)
        """What is being executed now, so that others can know it: how many frames, each in the middle of the one
        before; and of each a number that its owner gives it, and the index of the message. May be shared memory."""
        self._handlers: dict[type, Callable[[_Session, Any], object]] = {
            protocol.Put: self._put,
            protocol.GetAttr: self._getattr,
            protocol.Call: self._call,
            protocol.Op: self._op,
            protocol.Iter: self._iter,
            protocol.Fetch: self._fetch,
            protocol.Del: self._del,
            protocol.Import: self._import,
            protocol.SetNamed: self._set_named,
            protocol.GetNamed: self._get_named,
            protocol.DelNamed: self._del_named,
            protocol.Names: self._list_names,
            protocol.Lease: self._lease,
            protocol.Claim: self._claim,
            protocol.Clear: self._clear,
            protocol.Fork: self._fork,
            protocol.Inherit: self._inherit,
            protocol.Release: self._release,
            protocol.Forget: self._forget,
        }

    # -------------------------------------------------------------------------------------- sessions

    def open(self, session: str, minor: int = MINOR) -> None:
        """Begin a session: a table of its own for the variables of one client, which speaks that version."""
        self._sessions[session] = _Session(session, self.store, self.known, minor, self._keep_obj)

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

    def _now(self) -> float:
        return self.clock() if self._at is None else self._at

    def close(self, session: str, at: float | None = None) -> None:
        """End a session, at that time or now: its variables are gone; names and leases stay."""
        ended = self._sessions.pop(session, None)
        if ended is not None:
            with self._hooked():
                ended.table.clear()
                ended.objs.clear()
                ended.codec.held.clear()
                self._close_forsaken()
            over = (self._now() if at is None else at) + self.lease_seconds
            for token, leased in list(self._leases.items()):
                if leased.expires == math.inf and token.startswith(session + "."):
                    leased.expires = over
            if self.store is not None:
                self.store.forget(session)

    def abandon_after_fork(self) -> None:
        """In a child of user code: when it returns from that, it ends, and executes nothing more."""
        self.progress = list(self.progress)  # what is shared tells of the parent
        self._handlers = dict.fromkeys(self._handlers, lambda here, message: os._exit(0))

    def count(self) -> int:
        """Number of variables of all sessions, names and leases not counted."""
        return sum(len(session.table) for session in tuple(self._sessions.values()))

    def variables(self, session: str) -> list[int]:
        """Ids of the variables of a session, save those whose operation has failed."""
        table = self._sessions[session].table
        return sorted(id for id, value in table.items() if type(value) is not _Failed)

    def names(self) -> list[str]:
        return list(self._names)

    def leased(self) -> int:
        """Number of leases that have not ended."""
        return len(self._leases)

    def is_to_come(self, token: str) -> bool:
        """Whether a lease may still come: its session is there, and has not given it yet."""
        name, _, rest = token.partition(".")
        session, number = self._sessions.get(name), rest.partition(".")[0]
        return session is not None and _lease_number(number) > session.leased

    def rehost(self, store: Store | None, clock: Callable[[], float] = time.monotonic, same_time: bool = False) -> None:
        """Go on with this store and this clock. Leases keep the time that they have left; or they end when they were to
        end, if it tells the `same_time`."""
        later = 0.0 if same_time else clock() - self.clock()
        for leased in self._leases.values():
            leased.expires += later
        self.store, self.clock = store, clock
        for session in self._sessions.values():
            for kept in session.objs.values():
                kept.expires += later
            if session.codec.store is not None:
                session.codec.store = store

    def keep(self, session: str, token: str) -> None:
        """Keep all variables of a session under a token, as `Fork` does, for one lease."""
        kept = _Inheritance(self._sessions[session])
        self._leases[token] = _Leased(kept, self._now() + self.lease_seconds)

    def expire(self, now: float | None = None) -> list[object]:
        """Let go of the leases whose time is over; gives what they have held."""
        now = self._now() if now is None else now
        gone: list[object] = []
        for held in (self._leases, *[session.objs for session in list(self._sessions.values())]):
            over = [token for token, leased in list(held.items()) if leased.expires <= now]
            gone += [held.pop(token).value for token in over]
        return gone

    def claim(self, token: str) -> object:
        """The object leased under a token; the lease starts anew. Raises `StaleVarError`."""
        value = self._claimed(token)
        if type(value) is _Inheritance:
            raise ProtocolError("the token of a Fork is not that of a single variable")
        return value

    def _claimed(self, token: str) -> object:
        self.expire()
        leased = self._leases.get(token)
        if leased is None and _OBJ in token:
            return self._claimed_obj(token)
        if leased is None:
            raise StaleVarError(
                f"the pickled Var is no longer held by its interpreter: a pickle is kept for {self.lease_seconds:g} s "
                "after its last pickling or claim; keep a value that must last longer under a name, with "
                "env.put_named, or create the interpreter with a longer time, rif.create(lease=seconds)"
            )
        leased.expires = max(leased.expires, self._now() + self.lease_seconds)
        return leased.value

    def _keep_obj(self, here: _Session, obj: object, error: str = "") -> str:
        """Keep the `obj` of an AttributeError for the session; gives its token, which is the same in every replay.

        Args:
            error: where it was raised; empty, where it is part of a value.
        """
        here.kept += not error
        token = f"{here.name}{_OBJ}{error or f'value.{here.kept}'}"
        here.objs[token] = _Leased(obj, self._now() + self.lease_seconds)
        while len(here.objs) > KEPT_OBJS:
            del here.objs[next(iter(here.objs))]
        return token

    def _claimed_obj(self, token: str) -> object:
        session = self._sessions.get(token.partition(_OBJ)[0])
        kept = None if session is None else session.objs.get(token)
        if kept is None:
            raise StaleVarError(
                "the obj of this AttributeError is no longer held by its interpreter, which keeps the last "
                f"{KEPT_OBJS} of a session; use the Var whose attribute was asked for, or name what must last, with "
                "env.put_named"
            )
        return kept.value

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
    ) -> Reply:
        """Execute the messages of a frame from `start` on, in order, up to `stop`.

        Stops early, between two messages, once `seconds` have passed or the reply has grown large, so that
        frames can be answered bit by bit: ``reply.executed`` says how far it came. It also stops before a message
        that needs a variable which is being made further out, in a call that has led here: see `not_yet`. `number` is
        what `progress` calls it. `at`: leases are judged by this time, and not by the clock's, so that whoever executes
        it again can do the same. `told`: by index, the values of an earlier reply to the same messages. Small immutable
        ones are what clients know of their variables, so they are put there in the place of what comes out now, which
        the reply tells.
        """
        here = self._sessions[session]
        here.running.append(frame)
        copies, here.codec.copies = here.codec.copies, Copies()  # those of the message that has led here
        before, self._at = self._at, at
        depth = self.progress[0]
        slot = 2 * min(depth, DEEPEST - 1) + 1
        self.progress[slot], self.progress[slot + 1] = number, start
        self.progress[0] = depth + 1
        try:
            messages = frame.messages if stop is None else frame.messages[:stop]
            with self._hooked():
                return self._execute(here, frame, start, seconds, messages, slot + 1, told)
        finally:
            self.progress[0] = depth
            self._at = before
            here.codec.copies = copies
            here.running.pop()

    def _execute(
        self,
        here: _Session,
        frame: Frame,
        start: int,
        seconds: float,
        messages: list[protocol.Message],
        slot: int,
        told: Mapping[int, Any] | None,
    ) -> Reply:
        self.not_yet = False
        handled = sys.exc_info()[1]
        """What whoever has led here is handling, in this thread: no context of what is raised here."""
        table = here.table
        values: list[tuple[int, Any]] = []
        failures: list[tuple[int, int]] = []
        errors: list[Error] = []
        created: list[tuple[int, int]] = []
        warnings: list[tuple[int, str]] = []
        until = time.perf_counter() + seconds
        size = 0
        index = start
        waits = len(messages) - 1 if messages and _is_await(messages[-1]) else -1
        for index in range(start, len(messages)):
            message = messages[index]
            self.progress[slot] = index  # looked up: a fork, or the end of the process, changes who is told
            id: int = getattr(message, "id", -1)
            if len(here.running) > 1 and _needs(here, message):
                self.not_yet = True
                index -= 1
                break
            if start < index == waits and _is_awaitable(table.get(message.args[0].id)):  # type: ignore[union-attr]
                index -= 1  # it may wait for long: what came before it is answered first
                break
            try:
                self.interruptible = True
                if self.overdue is not None:
                    overdue, self.overdue = self.overdue, None
                    overdue()
                result = self._handlers[type(message)](here, message)
                self.interruptible = False
                if id > 0 and type(message) is not protocol.Iter:
                    if result is NotImplemented and type(message) is protocol.Op and message.op in _HALVES:
                        values.append((index, Declined()))
                    else:
                        table[id] = result
                        if type(message) is not protocol.Put or type(message.value) in _NOT_LITERAL:
                            created.append((index, id))  # the sender of a literal knows it already
                        if type(message) is protocol.Op and message.op in INPLACE_OPERATORS:
                            self._note_left(here, message, index, result, values)
                        if told is not None and index in told:
                            _keep_told(table, index, id, told[index], created, values)
                elif result is not None:
                    answer = result
                    if id == 0:
                        declined = result is NotImplemented and type(message) is protocol.Op and message.op in _HALVES
                        answer = Declined() if declined else here.codec.dump(result, "the result")
                    values.append((index, answer))
                    size += inline_size(answer)
                    if told is not None and type(message) is protocol.Iter:
                        _keep_told_items(table, id, told.get(index))
            except _NotYet:
                self.interruptible = False
                self.not_yet = True
                index -= 1
                break
            except BaseException as problem:
                self.interruptible = False
                if handled is not None:
                    detach(problem, handled)
                if self.store is not None:
                    for token in tokens(message):
                        self.store.discard(token)  # it may not have been taken
                if isinstance(problem, _DependsOnFailed):
                    failed = problem.failed
                else:
                    failed = _Failed(self._error(here, frame.number, index, problem))
                nth = next((nth for nth, error in enumerate(errors) if error is failed.error), len(errors))
                if nth == len(errors):
                    errors.append(failed.error)
                failures.append((index, nth))
                if id > 0 and type(message) is not protocol.Iter:
                    table[id] = failed
                    if type(message) is protocol.Op and message.op in INPLACE_OPERATORS:
                        self._keep_left(here, message, index, values)
                        created.append((index, id))
                    if told is not None and index in told:
                        _keep_told(table, index, id, told[index], created, values)
                if self.interrupted:
                    self.interrupted = False
                    break
            if self._forsaken or self._closing:
                self._close_forsaken()
            if here.codec.copies.before and (written := here.codec.copies.written()) is not None:
                here.codec.warnings.append(written)
            if here.codec.warnings:
                warnings += [(index, text) for text in here.codec.warnings]
                here.codec.warnings.clear()
            if time.perf_counter() > until or size > REPLY_BYTES:
                break
        else:
            index = len(messages) - 1
        _ride_along(table, created, values)
        return Reply(frame.number, index + 1, values, failures, errors, warnings)

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
        error = problem if isinstance(problem, Error) else self._error(here, frame.number, start, problem)
        withdrawn = _Failed(error)
        values: list[tuple[int, Any]] = []
        failures = []
        errors: list[Error] = []
        created = []
        stop = len(frame.messages) if stop is None else stop
        for index in range(start, stop):
            message = frame.messages[index]
            if type(message) in (protocol.Del, protocol.Forget) and not deletions:
                self._handlers[type(message)](here, message)
                continue
            if self.store is not None:
                for token in tokens(message):
                    self.store.discard(token)
            # What depends on a failed variable fails with its error, as ever: it is the same failure there.
            before = (here.table.get(operand.id) for operand in _operands(message) if type(operand) is Ref)
            failed = next((value for value in before if type(value) is _Failed), withdrawn)
            at = next((at for at, error in enumerate(errors) if error is failed.error), len(errors))
            if at == len(errors):
                errors.append(failed.error)
            failures.append((index, at))
            id: int = getattr(message, "id", -1)
            if id > 0 and type(message) is not protocol.Iter:
                here.table[id] = failed
                if type(message) is protocol.Op and message.op in INPLACE_OPERATORS:
                    self._keep_left(here, message, index, values)
                    created.append((index, id))
        _ride_along(here.table, created, values)
        return Reply(frame.number, stop, values, failures, errors)

    def keep_told(self, session: str, frame: Frame, start: int, stop: int, told: Mapping[int, Any]) -> None:
        """What `told` does for `execute`, for messages that were executed or withdrawn before."""
        table = self._sessions[session].table
        for index, message in enumerate(frame.messages[start:stop], start):
            id: int = getattr(message, "id", 0)
            if type(message) is protocol.Iter:
                _keep_told_items(table, id, told.get(index))
            elif id in table and index in told:
                _keep_told(table, index, id, told[index], [], [])

    def _note_left(
        self, here: _Session, message: protocol.Op, index: int, result: object, values: list[tuple[int, Any]]
    ) -> None:
        left = message.args[0]
        if type(left) is Ref and here.table.get(left.id) is result and not rides_along(result):
            values.append((index, Ref(left.id)))

    def _keep_left(self, here: _Session, message: protocol.Op, index: int, values: list[tuple[int, Any]]) -> None:
        """After a failed in-place operation the name stands for the unchanged left operand."""
        left = message.args[0] if message.args else None
        if type(left) is Ref:
            value = here.table.get(left.id, _MISSING)
            if value is not _MISSING and type(value) is not _Failed:
                here.table[message.id] = value
                values.append((index, Ref(left.id)))

    def _error(self, here: _Session, frame: int, message: int, problem: BaseException) -> Error:
        kind = type(problem)
        name = _guarded(lambda: _plain(_qualified(kind))) or _plain(type.__repr__(kind))
        minor = here.codec.minor
        value, left = _guarded(lambda: _small_pickle(here.codec, problem)) or (None, [])
        obj = vars(AttributeError)["obj"].__get__(problem) if isinstance(problem, AttributeError) else None
        return Error(
            session=here.name,
            frame=frame,
            message=message,
            type_name=name,
            text=_guarded(lambda: _plain(repr(problem))) or f"<{name} whose repr fails>",
            traceback=_guarded(lambda: _plain(_formatted(problem) + _left_there(left))) or name,
            value=value,
            obj="" if is_small(obj) or value is None or minor < 2 else self._keep_obj(here, obj, f"{frame}.{message}"),
        )

    def _run(self, coroutine: Coroutine[Any, Any, Any], loop: asyncio.AbstractEventLoop | None = None) -> Any:
        """Run a coroutine to its end on the loop that lives as long as the interpreter, or on this one."""
        if self.loop is None:
            self.loop = loop or asyncio.new_event_loop()
        if self.loop.is_running():
            coroutine.close()
            raise RuntimeError(NESTED_COROUTINE)
        loop = loop or self.loop
        self.serve_in(loop)
        asyncio.set_event_loop(loop)
        if loop is self.loop:
            loop.call_soon(self._hook)
        task = loop.create_task(coroutine)
        try:
            return loop.run_until_complete(task)
        except BaseException:
            if not task.done():  # an interrupt came between: it must not go on with the next coroutine
                task.cancel()
                with contextlib.suppress(BaseException):
                    loop.run_until_complete(task)
            raise

    # ------------------------------------------------------------- the end of asynchronous generators

    @contextlib.contextmanager
    def _hooked(self) -> Iterator[None]:
        """Within the block, asynchronous generators are made known to us."""
        hooks = sys.get_asyncgen_hooks()
        self._hook()
        try:
            yield
        finally:
            sys.set_asyncgen_hooks(*hooks)

    def _hook(self) -> None:
        sys.set_asyncgen_hooks(finalizer=self._forsake)

    def _forsake(self, generator: AsyncGenerator[Any, Any]) -> None:
        """Nobody refers to it any more. Called in whichever thread has noticed."""
        self._forsaken.append(generator)
        loop = self.loop
        if loop is not None and loop.is_running():
            with contextlib.suppress(RuntimeError):  # it has been closed
                loop.call_soon_threadsafe(self._begin_to_close)

    def _begin_to_close(self) -> None:
        while self._forsaken:
            task = asyncio.get_running_loop().create_task(_closed(self._forsaken.popleft()))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
            task.add_done_callback(self._late.discard)

    def _close_forsaken(self) -> None:
        """Have their `finally` run, for a second at most."""
        if not (self._forsaken or self._closing) or asyncio._get_running_loop() is not None:
            return  # a loop that runs does so itself

        async def close() -> None:
            self._begin_to_close()
            if self._closing:
                _, late = await asyncio.wait(self._closing, timeout=CLOSING)
                self._late |= late
                self._closing -= late

        self._run(close())

    # --------------------------------------------------------------------------------------- messages

    def _put(self, here: _Session, message: protocol.Put) -> object:
        value = here.codec.load(message.value)
        if type(message.value) is Stored and self.store is not None:
            return self.store.get(value)
        return value

    def _getattr(self, here: _Session, message: protocol.GetAttr) -> object:
        return getattr(here.codec.load(message.obj), message.name)

    def _call(self, here: _Session, message: protocol.Call) -> object:
        load = here.codec.load
        function = load(message.function)
        args = [load(argument) for argument in message.args]
        kwargs = {name: load(argument) for name, argument in message.kwargs.items()}
        try:
            result = function(*args, **kwargs)
        finally:
            if sys.getrecursionlimit() < _LEAST_RECURSION:  # user code has lowered it so far that ours would fail
                sys.setrecursionlimit(_LEAST_RECURSION)
        return self._run(result) if type(result) is types.CoroutineType else result

    def _op(self, here: _Session, message: protocol.Op) -> object:
        function = OPERATORS.get(message.op)
        if function is None:
            raise ProtocolError(f"there is no operator {message.op!r}")
        load = here.codec.load
        args = [load(argument) for argument in message.args]
        result = function(*args)
        if message.op not in _AWAITED or type(result) is not types.CoroutineType:
            return result
        return self._run(result, _idle_loop(args[0]) if message.op == "await" else None)

    def _iter(self, here: _Session, message: protocol.Iter) -> Items | Declined:
        source = here.variable(message.obj.id)
        frozen = False
        if message.start >= 0:
            kind = type(source)
            if kind not in _SEQUENCES:
                return Declined()
            frozen = _SEQUENCES[kind]
            ahead = source[message.start : message.start + message.count + 1]  # type: ignore[index]
            items, end = ahead[: message.count], len(ahead) <= message.count
        else:
            items, end = [], False
            for _ in range(message.count):
                try:
                    items.append(next(source))  # type: ignore[call-overload]
                except StopIteration as stop:
                    if stop.value is not None and not items:
                        raise  # what a generator has returned travels with it
                    end = True
                    break
                except BaseException:
                    if not items:
                        raise
                    break  # what was taken is not lost; most iterators then have nothing more to give
        values: list[Any] = []
        for id, item in enumerate(items, message.id):
            here.table[id] = item
            values.append((Bytes(item) if type(item) is bytes else item) if rides_along(item) else Kept())
        return Items(values, end, frozen)

    def _fetch(self, here: _Session, message: protocol.Fetch) -> object:
        value = here.variable(message.obj.id)
        if message.form == "ref":
            if self.store is None:
                raise NotPicklableError("a reference was asked for, but there is no object store beside this channel")
            return Stored(self.store.leave_value(value, here.name))
        operand = (
            here.codec.dump(value, "the value asked for", MOVED_BULK, message.owner or None)
            if message.form == "move"
            else here.codec.dump(value, "the value asked for")
        )
        return operand

    def _del(self, here: _Session, message: protocol.Del) -> None:
        for id in message.ids:
            here.table.pop(id, None)

    def _forget(self, here: _Session, message: protocol.Forget) -> None:
        for token in message.tokens:
            here.codec.held.pop(token, None)

    def _import(self, here: _Session, message: protocol.Import) -> object:
        try:
            return importlib.import_module(message.module)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{message.module}.".startswith(f"{error.name}."):
                raise  # of a module that this one needs
            raise ModuleNotFoundError(
                f"{error}. It has to be installed where the interpreter runs, for example by its option "
                "runtime_env={'pip': [...]}",
                name=error.name,
            ) from None

    def _set_named(self, here: _Session, message: protocol.SetNamed) -> None:
        self._names[message.name] = here.codec.load(message.value)

    def _get_named(self, here: _Session, message: protocol.GetNamed) -> object:
        return self._names[message.name]

    def _del_named(self, here: _Session, message: protocol.DelNamed) -> None:
        del self._names[message.name]

    def _list_names(self, here: _Session, message: protocol.Names) -> object:
        return here.codec.dump(list(self._names))

    def _lease(self, here: _Session, message: protocol.Lease) -> None:
        self._note_lease(here, message.token)  # first: who claims one that fails must not wait for it
        value = here.table.get(message.obj.id, _MISSING)
        if value is _MISSING:
            here.variable(message.obj.id)
        self._leases[message.token] = _Leased(value, self._now() + self.lease_seconds)

    def _note_lease(self, here: _Session, token: str) -> None:
        name, number, _ = [*token.split(".", 2), "", ""][:3]
        if name != here.name or _lease_number(number) <= here.leased:
            raise ProtocolError(f"{token[:100]!r} is not the token of a next lease of its session")
        here.leased = _lease_number(number)

    def _fork(self, here: _Session, message: protocol.Fork) -> None:
        self._note_lease(here, message.token)
        self._leases[message.token] = _Leased(_Inheritance(here), math.inf)  # until its session ends

    def _inherit(self, here: _Session, message: protocol.Inherit) -> None:
        if not message.bulk:
            here.codec.store = None  # all goes through its channel
        kept = self._claimed(message.token)
        if type(kept) is not _Inheritance:
            raise ProtocolError("the token of a single variable is not that of a Fork")
        here.table.update(kept)
        here.codec.held.update(kept.held)

    def _release(self, here: _Session, message: protocol.Release) -> None:
        self._leases.pop(message.token, None)
        here.objs.pop(message.token, None)

    def _claim(self, here: _Session, message: protocol.Claim) -> object:
        value = self.claim(message.token)
        if type(value) is _Failed:
            raise _DependsOnFailed(value)
        return value

    def _clear(self, here: _Session, message: protocol.Clear) -> None:
        here.table.clear()


SESSION_FREE: frozenset[type] = frozenset(
    {protocol.Put, protocol.Fetch, protocol.Iter, protocol.Del, protocol.Names}
    | {protocol.Lease, protocol.Fork, protocol.Inherit, protocol.Release, protocol.Forget}
)
"""Messages that run no code of the user's objects, so that none of them can change a list that is read ahead; save
`Iter` of an iterator."""

_NOT_LITERAL = {Ref, Pickled, Bulk, Stored}
_AWAITED = {"aenter", "aexit", "anext", "await"}
_HALVES = {name for name in OPERATORS if name.startswith("__")}
INPLACE_OPERATORS = {f"i{name}" for name in INPLACE} | {f"__i{name}__" for name in INPLACE}
"""Operators whose result may be the very object of the left operand; it stays what it was where they fail."""


def _is_await(message: protocol.Message) -> bool:
    return type(message) is protocol.Op and message.op == "await" and [type(arg) for arg in message.args] == [Ref]


def _needs(here: _Session, message: Any) -> bool:
    """Whether an operand of a message is still to come: asked before anything of it is taken from the store."""
    return any(
        type(operand) is Ref and here.is_to_come(operand.id) and operand.id not in here.table
        for operand in _operands(message)
    )


def _ride_along(table: dict[int, object], created: list[tuple[int, int]], values: list[tuple[int, Any]]) -> None:
    """Add the small immutable ones of the variables, given by index and id, that messages have made."""
    for at, id in created:
        value = table.get(id, _MISSING)
        if rides_along(value):
            values.append((at, Bytes(value) if type(value) is bytes else value))


def _keep_told(
    table: dict[int, object],
    index: int,
    id: int,
    value: Any,
    created: list[tuple[int, int]],
    values: list[tuple[int, Any]],
) -> None:
    """Put what a client knows of a variable into the place of what has come out; that is told in `values`."""
    value, now = value.data if type(value) is Bytes else value, table[id]
    if not rides_along(value) or (type(now) is type(value) and repr(now) == repr(value)):
        return
    if (index, id) in created[-1:]:
        created.pop()
    _ride_along(table, [(index, id)], values)
    table[id] = value


def _keep_told_items(table: dict[int, object], id: int, items: Any) -> None:
    """The same for the items of an `Iter`."""
    if type(items) is Items:
        for at, item in enumerate(items.values, id):
            value = item.data if type(item) is Bytes else item
            if rides_along(value):
                table[at] = value


def _operands(message: Any) -> list[Any]:
    operands = [getattr(message, name, None) for name in ("obj", "value", "function")]
    return [*operands, *getattr(message, "args", ()), *getattr(message, "kwargs", {}).values()]


def tokens(message: Any) -> list[str]:
    """Under which values for a message wait in the store."""
    return [operand.token for operand in _operands(message) if isinstance(operand, (Bulk, Stored))]


def _qualified(kind: type) -> str:
    """The name of a class, as its metaclass tells it."""
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _formatted(problem: BaseException) -> str:
    """The traceback, without the lines of this package, which are of no use to a reader."""
    whole = traceback.TracebackException(type(problem), problem, problem.__traceback__)
    part: traceback.TracebackException | None = whole
    while part is not None:
        part.stack = traceback.StackSummary.from_list(
            [line for line in part.stack if not line.filename.startswith(PACKAGE)]
        )
        part = part.__cause__ or part.__context__
    return "".join(whole.format())


async def _closed(generator: AsyncGenerator[Any, Any]) -> None:
    try:
        await generator.aclose()
    except Exception as problem:
        asyncio.get_running_loop().call_exception_handler(
            {"message": "the end of an asynchronous generator has failed", "exception": problem, "asyncgen": generator}
        )


def _small_pickle(to: Codec, problem: BaseException) -> tuple[Pickled | None, list[str]]:
    # An exception is kept for as long as a variable depends on it, so it must not be large or hold on to views.
    codec = Codec(variable=to.variable, known=to.known)  # with no store beside the channel
    codec.minor = to.minor
    return codec.dump_error(problem, REPLY_BYTES)


def _left_there(left: list[str]) -> str:
    """Tells what of an exception does not come with it."""
    if not left:
        return ""
    return f"(Left in the interpreter, because it cannot be pickled or is large: {'; '.join(left)}.)\n"


def _guarded(work: Callable[[], T]) -> T | None:
    """The result of work that runs code of a user's exception, which may do anything."""
    try:
        return work()
    except BaseException:
        return None


def _plain(text: str) -> str:
    """As it can travel: of exactly the type `str`, without lone surrogates, and not too long."""
    text = str.__str__(text).encode(errors="backslashreplace").decode()
    half = _LARGEST_ERROR // 2
    if len(text) > 2 * half:
        text = f"{text[:half]}\n[… {len(text) - 2 * half:,} characters left out …]\n{text[-half:]}"
    return text


_LARGEST_ERROR = 64 * 1024
"""Characters of an error's text and of its traceback that travel."""

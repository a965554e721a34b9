"""What each message does: one method for one kind.

Knows neither frames nor replies, nor time.
"""

from __future__ import annotations

import functools
import importlib
import itertools
import os
import sys
import types
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .. import protocol
from ..errors import NotPicklableError, ProtocolError
from ..protocol import Bulk, Bytes, Declined, Items, Kept, Ref, Stored
from ..values.codec import MOVED_BULK, rides_along
from ..values.store import Store
from .code import ProjectCode
from .coroutines import Coroutines, idle_loop
from .leases import Inheritance, Leases
from .names import Names
from .operators import OPERATORS
from .reading import SEQUENCES, Reading
from .table import MISSING, DependsOnFailed, Failed, NotYet, Variables, operands_of
from .waits import METHOD_OF_C, OF_C, OF_PYTHON, Locks, Plan, Planner, Wait, planner_of, planner_of_block

_AWAITED = {"aenter", "aexit", "anext", "await"}
_ENTER, _EXIT = OPERATORS["enter"], OPERATORS["exit"]
_LEAST_RECURSION = 200

SESSION_FREE: frozenset[type] = frozenset(
    {protocol.Put, protocol.Fetch, protocol.Iter, protocol.Del, protocol.Names}
    | {protocol.Lease, protocol.Fork, protocol.Inherit, protocol.Release, protocol.Forget}
)
"""Messages that run no code of the user's objects, so that none of them can change a list that is read ahead; save
`Iter` of an iterator."""


MAKING: frozenset[type] = frozenset(
    {protocol.Put, protocol.GetAttr, protocol.Call, protocol.Op, protocol.Import, protocol.GetNamed, protocol.Claim}
)
"""Messages whose result is the variable of their id."""


class Messages:
    """Does what messages say.

    Args:
        store: carries bulk values; None: everything travels in frames.
        names: the named variables.
        leases: what is kept for other sessions.
        coroutines: runs those that user code makes.
        code: gives the project code that clients have sent.
    """

    def __init__(
        self,
        store: Store | None,
        names: Names,
        leases: Leases,
        coroutines: Coroutines,
        code: Callable[[], ProjectCode],
    ) -> None:
        self.store = store
        self._names = names
        self._leases = leases
        self._coroutines = coroutines
        self._run = coroutines.run
        self.locks: Locks = Locks()
        self.resumed: Wait | None = None
        """What the message that comes now has begun to wait for before…"""
        self.held: Wait | None = None
        """… and what the last one has begun, or goes on, to wait for."""
        self.handlers: dict[type, Callable[[Variables, Any], object]] = {
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
            protocol.Code: lambda here, message: code().take(message),
        }
        """What does each kind, given whose variables are meant."""

    def abandon_after_fork(self) -> None:
        """In a child of user code: the first message ends it."""
        for kind in self.handlers:
            self.handlers[kind] = lambda here, message: os._exit(0)

    def discard(self, message: protocol.Message) -> None:
        """What waits in the store for a message is not taken any more."""
        if self.store is not None:
            for token in tokens(message):
                self.store.discard(token)

    def _put(self, here: Variables, message: protocol.Put) -> object:
        value = here.codec.load(message.value)
        if type(message.value) is Stored and self.store is not None:
            return self.store.get(value)
        return value

    # Operands are read here, not by `Codec.load`, in what comes most often: a call for each costs more than all else.

    def _getattr(self, here: Variables, message: protocol.GetAttr) -> object:
        target = message.obj
        if type(target) is Ref:
            value = here.table.get(target.id, MISSING)
            return getattr(here.variable(target.id) if type(value) is Failed else value, message.name)
        return getattr(here.codec.load(target), message.name)

    def _call(self, here: Variables, message: protocol.Call) -> object:
        function: Any = message.function
        if type(function) is Ref:
            value = here.table.get(function.id, MISSING)
            function = here.variable(function.id) if type(value) is Failed else value
        else:
            function = here.codec.load(function)
        kind = type(function)
        if (
            id(type(function.__self__)) in OF_C
            if kind is types.BuiltinFunctionType
            else (kind is types.MethodType and id(function.__func__) in OF_PYTHON) or kind is METHOD_OF_C
        ):
            planner = planner_of(function)
            if planner is not None:
                operands = message.args, message.kwargs
                return self._in_turns(here, message, planner, function.__self__, function, *operands)
        args = _loaded(here, message.args)
        kwargs = message.kwargs
        try:
            if kwargs:
                result = function(*args, **dict(zip(kwargs, _loaded(here, kwargs.values()))))
            else:
                result = function(*args)
        finally:
            if sys.getrecursionlimit() < _LEAST_RECURSION:  # user code has lowered it so far that ours would fail
                sys.setrecursionlimit(_LEAST_RECURSION)
        return self._run(result) if type(result) is types.CoroutineType else result

    def _op(self, here: Variables, message: protocol.Op) -> object:
        function = OPERATORS.get(message.op)
        if function is None:
            raise ProtocolError(f"there is no operator {message.op!r}")
        table = here.table
        operands: list[Any] = message.args
        args: list[Any] = []
        for operand in operands:
            kind = type(operand)
            if kind is Ref:
                value = table.get(operand.id, MISSING)
                args.append(here.variable(operand.id) if type(value) is Failed else value)
            elif kind is int or kind is float or kind is str:
                args.append(operand)
            else:
                args.append(here.codec.load(operand))
        if function is _ENTER or function is _EXIT:
            planner = planner_of_block(message.op, args[0])
            if planner is not None:
                enter = functools.partial(function, *args)
                result = self._in_turns(here, message, planner, args[0], enter, [], {})
                return result if function is _ENTER else False
        result = function(*args)
        if type(result) is not types.CoroutineType or message.op not in _AWAITED:
            return result
        return self._run(result, idle_loop(args[0]) if message.op == "await" else None)

    def _in_turns(
        self,
        here: Variables,
        message: Any,
        planner: Planner,
        target: Any,
        function: Callable[..., Any],
        operands: list[Any],
        named: dict[str, Any],
    ) -> object:
        """A call that may wait for something of this process, as for a lock. Raises `NotYet` while it does, if that
        gives way."""
        wait, self.resumed = self.resumed, None
        if wait is None or wait.call is not message:
            # Large arguments are not taken from the store before they are needed: the log says of what is taken that
            # its message has begun.
            gives_way = self.locks.gives_way and not self.locks.repeats
            is_light = gives_way and any(type(operand) is Bulk for operand in (*operands, *named.values()))
            plan = self._plan(here, planner, target, operands, named, is_light)
            if plan is None or not gives_way:
                if plan is not None and plan.whole is not None:
                    return plan.whole()
                return function(*_loaded(here, operands), **dict(zip(named, _loaded(here, named.values()))))
            wait = Wait(
                message,
                f"{type(target).__name__}.{message.op if type(message) is protocol.Op else function.__name__}",
                plan,
                is_light,
                functools.partial(self._coroutines.is_cancelled, self._coroutines.name()),
            )
        if wait.is_light and wait.is_due():
            wait.plan = self._plan(here, planner, target, operands, named, False) or wait.plan
            wait.is_light = False
        done, result = (False, None) if wait.is_light else wait.attempt()
        if not done:
            self.held = wait
            raise NotYet
        return result

    def _plan(
        self,
        here: Variables,
        planner: Planner,
        target: Any,
        operands: list[Any],
        named: dict[str, Any],
        is_light: bool,
    ) -> Plan | None:
        """How that is tried; None: not at all."""
        values = [*operands, *named.values()]
        values = _loaded(here, [None if is_light and type(value) is Bulk else value for value in values])
        args, rest = values[: len(operands)], values[len(operands) :]
        owner = here.name, here.running[-1].thread
        try:
            return planner(self.locks, owner, target, *args, **dict(zip(named, rest)))
        except TypeError:
            return None

    def _iter(self, here: Variables, message: protocol.Iter) -> Items | Declined:
        source: Any = here.variable(message.obj.id)
        start, count = message.start, message.count
        frozen, dtype = False, ""
        plain: list[Any] = []
        if start >= 0:
            kind = type(source)
            if kind in SEQUENCES:
                frozen = SEQUENCES[kind]
                ahead = source[start : start + count + 1]
                items, end = ahead[:count], len(ahead) <= count
            elif isinstance(source, Reading):
                items, end = source.read(start, count)
                frozen = source.frozen
                dtype, plain = source.scalars(items)
            else:
                return Declined()
        else:
            items, end = [], False
            for _ in range(count):
                try:
                    items.append(next(source))
                except StopIteration as stop:
                    if stop.value is not None and not items:
                        raise  # what a generator has returned travels with it
                    end = True
                    break
                except BaseException:
                    if not items:
                        raise
                    break  # what was taken is not lost; most iterators then have nothing more to give
        here.table.update(enumerate(items, message.id))
        parts = _width(items, message.parts)
        if parts:
            items = list(itertools.chain.from_iterable(items))
            here.table.update(enumerate(items, message.id + count))
        values = plain if dtype else [_told(item) for item in items]
        return Items(values, end, frozen, parts, dtype)

    def _fetch(self, here: Variables, message: protocol.Fetch) -> object:
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

    def _del(self, here: Variables, message: protocol.Del) -> None:
        pop = here.table.pop
        for id in here.unneeded(message.ids) if here.overtaken or here.late else message.ids:
            pop(id, None)

    def _forget(self, here: Variables, message: protocol.Forget) -> None:
        if here.overtaken:
            here.late_tokens += message.tokens
            return
        for token in message.tokens:
            here.codec.held.pop(token, None)

    def drop_late(self, here: Variables) -> None:
        """Drop what was to be dropped while frames that came before were still to be executed."""
        self._del(here, protocol.Del([]))
        if not here.overtaken:
            tokens, here.late_tokens = here.late_tokens, []
            self._forget(here, protocol.Forget(tokens))

    def _import(self, here: Variables, message: protocol.Import) -> object:
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

    def _set_named(self, here: Variables, message: protocol.SetNamed) -> None:
        self._names[message.name] = here.codec.load(message.value)

    def _get_named(self, here: Variables, message: protocol.GetNamed) -> object:
        return self._names[message.name]

    def _del_named(self, here: Variables, message: protocol.DelNamed) -> None:
        del self._names[message.name]

    def _list_names(self, here: Variables, message: protocol.Names) -> object:
        return here.codec.dump(list(self._names))

    def _lease(self, here: Variables, message: protocol.Lease) -> None:
        self._leases.note(here.given, message.token)  # first: who claims one that fails must not wait for it
        value = here.table.get(message.obj.id, MISSING)
        if value is MISSING:
            here.variable(message.obj.id)
        self._leases.keep(message.token, value)

    def _fork(self, here: Variables, message: protocol.Fork) -> None:
        self._leases.note(here.given, message.token)
        self._leases.keep_for_fork(message.token, Inheritance(here.table, here.codec.held))

    def _inherit(self, here: Variables, message: protocol.Inherit) -> None:
        if not message.bulk:
            here.codec.store = None  # all goes through its channel
        kept = self._leases.inherit(message.token)
        here.table.update(kept)
        here.codec.held.update(kept.held)

    def _release(self, here: Variables, message: protocol.Release) -> None:
        self._leases.release(here.given, message.token)

    def _claim(self, here: Variables, message: protocol.Claim) -> object:
        value = self._leases.claim(message.token)
        if type(value) is Failed:
            raise DependsOnFailed(value)
        return value

    def _clear(self, here: Variables, message: protocol.Clear) -> None:
        here.table.clear()


def _width(items: Sequence[Any], most: int) -> int:
    """Of how many parts each of these is a tuple, where that is so and they are not too many; else 0."""
    if not most or not items or set(map(type, items)) != {tuple}:
        return 0
    lengths = set(map(len, items))
    return max(lengths) if len(lengths) == 1 and max(lengths) <= most else 0


def _told(item: Any) -> Any:
    """What is told of an item."""
    if not rides_along(item):
        return Kept()
    return Bytes(item) if type(item) is bytes else item


def _loaded(here: Variables, operands: Iterable[Any]) -> list[Any]:
    """The values of operands."""
    table = here.table
    values: list[Any] = []
    for operand in operands:
        kind = type(operand)
        if kind is Ref:
            value = table.get(operand.id, MISSING)
            values.append(here.variable(operand.id) if type(value) is Failed else value)
        elif kind is int or kind is float or kind is str or kind is bool or operand is None:
            values.append(operand)
        else:
            values.append(here.codec.load(operand))
    return values


def tokens(message: Any) -> list[str]:
    """Under which values for a message wait in the store."""
    return [operand.token for operand in operands_of(message) if isinstance(operand, (Bulk, Stored))]

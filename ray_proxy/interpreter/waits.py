"""Calls that wait for something of their own process, as for a lock, and what they are when they do not wait: `Wait`.

User code has one thread, so a call that waited there would keep out whoever is to end its wait. So it is tried without
waiting, and tried again when there is something to be had. Knows neither messages nor frames.

A reentrant lock belongs to a thread, and all messages are executed by one: so who holds it is kept here, a thread of a
client (`Locks`).
"""

from __future__ import annotations

import contextlib
import math
import queue
import threading
import time
import weakref
from asyncio import CancelledError
from collections.abc import Callable
from concurrent.futures import Future
from types import BuiltinFunctionType, MethodType
from typing import Any, NamedTuple

Owner = tuple[str, int]
"""A session, and the thread of it."""

_LOCK: Any = type(threading.Lock())
_RLOCK: Any = type(threading.RLock())
METHOD_OF_C: Any = type(queue.SimpleQueue().get)
"""Another type of those, on some versions of Python."""
_QUEUES = {queue.Queue, queue.LifoQueue, queue.PriorityQueue}


class Plan(NamedTuple):
    """How a call is done without waiting.

    Attributes:
        seconds: for how long it would wait; None: without end.
        is_ready: whether it is worth trying. It runs no code of users, and changes nothing.
        now: the call, without waiting.
        had: whether that result says that it has what it waits for.
        missing: errors that say that it has not.
        whole: the call with its wait, where that is more than the call of the object.
        give_up: what must be done where nobody waits any more.
    """

    seconds: float | None
    is_ready: Callable[[], bool]
    now: Callable[[], object]
    had: Callable[[Any], object] = lambda result: True
    missing: tuple[type[BaseException], ...] = ()
    whole: Callable[[], object] | None = None
    give_up: Callable[[], object] = lambda: None


class Wait:
    """A call that has begun to wait.

    Args:
        call: whatever tells it from others: the message.
        name: of what is called, for people.
        plan: how it is tried.
        is_light: that has not all arguments, which are large.
        is_cancelled: whether who has waited for it was cancelled, and nobody else needs it.
    """

    __slots__ = ("call", "is_cancelled", "is_light", "name", "plan", "since", "until")

    def __init__(
        self,
        call: object,
        name: str,
        plan: Plan,
        is_light: bool = False,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self.call: object = call
        self.is_cancelled: Callable[[], bool] = is_cancelled
        self.is_light: bool = is_light
        self.name: str = name
        self.plan: Plan = plan
        self.since: float = time.monotonic()
        """When it began."""
        self.until: float | None = None if plan.seconds is None else self.since + plan.seconds
        """When it ends at the latest; both as `time.monotonic`."""

    def is_over(self) -> bool:
        """Whether it has waited for as long as it was to."""
        return self.until is not None and time.monotonic() >= self.until

    def is_due(self) -> bool:
        """Whether it is worth trying."""
        return self.is_cancelled() or self.is_over() or self.plan.is_ready()

    def attempt(self) -> tuple[bool, object]:
        """Whether it is done, and with which result. Raises what the call raises, and `CancelledError`."""
        if self.is_cancelled():
            self.plan.give_up()
            raise CancelledError
        over = self.is_over()
        if not over and not self.plan.is_ready():
            return False, None
        try:
            result = self.plan.now()
        except self.plan.missing:
            if over:
                raise
            return False, None
        return bool(over or self.plan.had(result)), result


class Locks:
    """Which threads of which clients hold a reentrant lock by messages of their own, and how often: one thread, save
    where a log is executed again, in which a `Condition` that was waited for has let go of it."""

    def __init__(self) -> None:
        self._holders: weakref.WeakKeyDictionary[Any, dict[Owner, int]] = weakref.WeakKeyDictionary()
        self._lost: weakref.WeakKeyDictionary[Any, dict[Owner, int]] = weakref.WeakKeyDictionary()
        """Whose wait for a condition was interrupted, and could not take the lock again: as often, it lets go of it in
        vain."""
        self.gives_way: bool = False
        """What waits lets others go on."""
        self.repeats: bool = False
        """A log is executed again: each lock can be had that could be had then."""

    def held(self, lock: Any, owner: Owner) -> int:
        """How often it holds it."""
        return self._holders.get(lock, {}).get(owner, 0)

    def is_free(self, lock: Any, owner: Owner) -> bool:
        """Whether nobody else holds it."""
        holders = self._holders.get(lock)
        if holders and not lock._is_owned():
            holders.clear()  # code of users has released it
        return not holders or set(holders) == {owner}

    def is_ready(self, lock: Any, owner: Owner) -> bool:
        """Whether it can be had now: threads of user code may hold it, too."""
        return self.is_free(lock, owner) and lock.acquire(False) and lock.release() is None

    def acquire(self, lock: Any, owner: Owner, taken: Callable[[], Any], is_sure: bool = False) -> Any:
        """Take it. False where another client has it, unless it `is_sure` to be had; else what `taken` gives, which
        does so."""
        if not (is_sure and self.repeats) and not self.is_free(lock, owner):
            return False
        result = taken()
        if result:
            holders = self._holders.setdefault(lock, {})
            holders[owner] = holders.get(owner, 0) + 1
        return result

    def release(self, lock: Any, owner: Owner, released: Callable[[], Any]) -> Any:
        """Let go of it. Raises `RuntimeError` where another client has it."""
        holders = self._holders.get(lock, {})
        if owner not in holders:
            if _less(self._lost.get(lock, {}), owner):
                return None
            if not self.is_free(lock, owner):
                raise RuntimeError(
                    "cannot release un-acquired lock: another client, or another thread of this one, has it"
                )
        result = released()
        _less(holders, owner)
        return result

    def put_down(self, lock: Any, owner: Owner) -> int:
        """Let go of it as often as it was taken; gives that."""
        count = self._holders.get(lock, {}).pop(owner, 0)
        for _ in range(count):
            lock.release()
        return count

    def take_up(self, lock: Any, owner: Owner, count: int) -> None:
        """Take it again as often; it is ready."""
        for _ in range(count):
            self.acquire(lock, owner, lambda: lock.acquire(False))

    def lose(self, lock: Any, owner: Owner, count: int) -> None:
        """It cannot be taken again, and its owner does not know."""
        if self.is_ready(lock, owner):
            self.take_up(lock, owner, count)
        else:
            self._lost.setdefault(lock, {})[owner] = count


def _less(counts: dict[Owner, int], owner: Owner) -> bool:
    """Count one less; whether there was one."""
    count = counts.pop(owner, 0)
    if count > 1:
        counts[owner] = count - 1
    return count > 0


Planner = Callable[..., "Plan | None"]
"""Makes the plan of a call, of the locks, the owner, the object and the arguments. None: it is called as it is, because
it does not wait, or refuses such arguments. Raises `TypeError` where these are not those of the call."""


def _seconds(timeout: Any, endless: Any = None) -> float | None:
    """Raises `TypeError` where that is no number of seconds."""
    if timeout is None and endless is None:
        return None
    if type(timeout) not in (int, float):
        raise TypeError
    if timeout == endless:
        return None
    if not 0 <= timeout <= threading.TIMEOUT_MAX:
        raise TypeError
    return float(timeout)


def _lock(locks: Locks, owner: Owner, lock: Any, blocking: Any = True, timeout: Any = -1) -> Plan | None:
    if not blocking:
        return None
    return Plan(_seconds(timeout, -1), lambda: not lock.locked(), lambda: lock.acquire(False), bool)


def _rlock(locks: Locks, owner: Owner, lock: Any, blocking: Any = True, timeout: Any = -1) -> Plan | None:
    def now() -> Any:
        return locks.acquire(lock, owner, lambda: lock.acquire(False))

    def whole() -> Any:
        return locks.acquire(lock, owner, lambda: lock.acquire(blocking, timeout), seconds is None)

    seconds = _seconds(timeout, -1) if blocking else 0
    return Plan(seconds, lambda: locks.is_ready(lock, owner), now, bool, whole=whole)


def _release_rlock(locks: Locks, owner: Owner, lock: Any, *error: Any) -> Plan:
    def now() -> Any:
        return locks.release(lock, owner, lock.release)

    return Plan(0, lambda: True, now, whole=now)


def _inner(locks: Locks, owner: Owner, condition: Any) -> Plan | None:
    """The lock of a condition, as `with` takes it."""
    planner = {_LOCK: _lock, _RLOCK: _rlock}.get(type(condition._lock))
    return None if planner is None else planner(locks, owner, condition._lock)


def _release_inner(locks: Locks, owner: Owner, condition: Any, *error: Any) -> Plan | None:
    return _release_rlock(locks, owner, condition._lock) if type(condition._lock) is _RLOCK else None


def _wait(locks: Locks, owner: Owner, condition: Any, timeout: Any = None) -> Plan | None:
    """`Condition.wait`, where messages have taken its lock. Making the plan begins it: others can take the lock."""
    lock = condition._lock
    if type(condition) is not threading.Condition or type(lock) is not _RLOCK or not locks.held(lock, owner):
        return None
    if not (locks.gives_way or locks.repeats):
        return None
    seconds = _seconds(timeout)
    if locks.repeats:  # who has notified then may have done so already
        return Plan(0, lambda: True, lambda: True, whole=lambda: True)
    until = math.inf if seconds is None else time.monotonic() + seconds
    waiter, waiters = threading.Lock(), vars(condition)["_waiters"]
    if locks.is_free(lock, owner):
        waiter.acquire()
        waiters.append(waiter)
    # Else others have it in the midst of our wait, which was begun by a process that has died: it may be over.
    count = locks.put_down(lock, owner)

    def is_ready() -> bool:
        return (not waiter.locked() or time.monotonic() >= until) and locks.is_ready(lock, owner)

    def now() -> bool:
        notified = not waiter.locked()
        forget()
        locks.take_up(lock, owner, count)
        return notified

    def forget() -> None:
        with contextlib.suppress(ValueError):
            waiters.remove(waiter)

    def give_up() -> None:
        forget()
        locks.lose(lock, owner, count)

    return Plan(None, is_ready, now, give_up=give_up)


def _semaphore(locks: Locks, owner: Owner, semaphore: Any, blocking: Any = True, timeout: Any = None) -> Plan | None:
    if type(semaphore) not in (threading.Semaphore, threading.BoundedSemaphore) or not blocking:
        return None
    return Plan(_seconds(timeout), lambda: semaphore._value > 0, lambda: semaphore.acquire(False), bool)


def _event(locks: Locks, owner: Owner, event: Any, timeout: Any = None) -> Plan | None:
    if type(event) is not threading.Event:
        return None
    return Plan(_seconds(timeout), event.is_set, event.is_set, bool)


def _join(locks: Locks, owner: Owner, thread: Any, timeout: Any = None) -> Plan | None:
    if type(thread).is_alive is not threading.Thread.is_alive or thread is threading.current_thread():
        return None
    if not thread.is_alive():
        return None  # or it has not begun, which is an error
    return Plan(_seconds(timeout), lambda: not thread.is_alive(), lambda: thread.join(0))


def _is_shut(queue: Any) -> bool:
    """Whether it was shut down, as can be done from Python 3.13 on."""
    return bool(getattr(queue, "is_shutdown", False))


def _get(locks: Locks, owner: Owner, source: Any, block: Any = True, timeout: Any = None) -> Plan | None:
    if type(source) not in _QUEUES or not block:
        return None
    return Plan(
        _seconds(timeout),
        lambda: bool(source.queue) or _is_shut(source),
        lambda: source.get(False),
        missing=(queue.Empty,),
    )


def _get_simple(locks: Locks, owner: Owner, source: Any, block: Any = True, timeout: Any = None) -> Plan | None:
    if not block:
        return None
    return Plan(_seconds(timeout), lambda: not source.empty(), lambda: source.get(False), missing=(queue.Empty,))


def _put(locks: Locks, owner: Owner, sink: Any, item: Any, block: Any = True, timeout: Any = None) -> Plan | None:
    if type(sink) not in _QUEUES or not block or sink.maxsize <= 0:
        return None
    return Plan(
        _seconds(timeout),
        lambda: len(sink.queue) < sink.maxsize or _is_shut(sink),
        lambda: sink.put(item, False),
        missing=(queue.Full,),
    )


def _join_queue(locks: Locks, owner: Owner, worked: Any) -> Plan | None:
    if type(worked) not in _QUEUES:
        return None
    return Plan(None, lambda: not worked.unfinished_tasks, worked.join)


def _of_future(outcome: Callable[..., object]) -> Planner:
    """For `Future.result`, or `Future.exception`."""

    def plan(locks: Locks, owner: Owner, future: Any, timeout: Any = None) -> Plan | None:
        if type(future) is not Future or future.done():
            return None
        return Plan(_seconds(timeout), future.done, lambda: outcome(future, 0))

    return plan


def _enter_lock(locks: Locks, owner: Owner, lock: Any) -> Plan | None:
    return _lock(locks, owner, lock)


def _enter_rlock(locks: Locks, owner: Owner, lock: Any) -> Plan | None:
    return _rlock(locks, owner, lock)


OF_C: dict[int, dict[str, Planner]] = {
    id(_LOCK): {"acquire": _lock, "acquire_lock": _lock, "__enter__": _enter_lock},
    id(_RLOCK): {
        "acquire": _rlock,
        "__enter__": _enter_rlock,
        "release": _release_rlock,
        "__exit__": _release_rlock,
    },
    id(queue.SimpleQueue): {"get": _get_simple},
}
"""By the `id` of a type written in C, and the name of its method."""
OF_PYTHON: dict[int, Planner] = {
    id(function): planner
    for function, planner in (
        (threading.Semaphore.acquire, _semaphore),
        (threading.Event.wait, _event),
        (threading.Condition.wait, _wait),
        (threading.Thread.join, _join),
        (queue.Queue.get, _get),
        (queue.Queue.put, _put),
        (queue.Queue.join, _join_queue),
        (Future.result, _of_future(Future.result)),
        (Future.exception, _of_future(Future.exception)),
    )
}
"""By the `id` of the function of a method."""
_BLOCKS: dict[str, dict[int, Planner]] = {
    "enter": {
        id(_LOCK): _enter_lock,
        id(_RLOCK): _enter_rlock,
        id(threading.Condition): _inner,
        id(threading.Semaphore): _semaphore,
        id(threading.BoundedSemaphore): _semaphore,
    },
    "exit": {id(_RLOCK): _release_rlock, id(threading.Condition): _release_inner},
}
"""By operator, and the `id` of the exact type."""


def planner_of(function: Any) -> Planner | None:
    """Makes the plan of a call of this bound method, if it is one that waits, or ends such a wait."""
    kind = type(function)
    if kind is MethodType:
        return OF_PYTHON.get(id(function.__func__))
    if kind is BuiltinFunctionType or kind is METHOD_OF_C:
        methods = OF_C.get(id(type(function.__self__)))
        return None if methods is None else methods.get(function.__name__)
    return None


def planner_of_block(operator: str, target: object) -> Planner | None:
    """The same of a `with` block that is entered, or left."""
    return _BLOCKS[operator].get(id(type(target)))

"""Waiting for Vars and bringing their values: one after the other, all in one trip, or in an event loop."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import queue
import time
from collections.abc import Generator, Iterable, Iterator
from typing import Any, TypeVar, overload

from ..channels.channel import hosting
from ..protocol import Del
from ..session.asked import Question
from ..session.printing import printer
from ..session.reader import deadline
from ..session.session import Handle, Session
from .bar import bar_of
from .core import checked
from .ctrl_c import is_ctrl_c
from .interface import Var, handle_of

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")


async def settled(session: Session, key: int | Question) -> None:
    """Wait in an event loop until a variable, by its id, or a question is settled."""
    if session.ledger.is_settled(key):
        return
    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not future.done():
            future.set_result(None)

    def wake_soon() -> None:
        try:
            loop.call_soon_threadsafe(wake)
        except RuntimeError:  # the loop was closed meanwhile: nobody waits any more
            pass

    if hosting.serve_in is not None:
        hosting.serve_in(loop)  # what we wait for may call us
    session.on_settled(key, wake_soon)
    with session.prompts.awaited(session, key):
        await future
    printer.catch_up()


async def awaited(session: Session, key: int | Question, made: int | None = None) -> None:
    """As `settled`, of what a statement awaits: where that is cancelled, so is the coroutine of the operation, and of
    the one that makes the variable `made`; Ctrl-C interrupts them."""
    keys = [key] if made is None else [key, made]
    token, cancelled = object(), None
    session.cancelling.waits[token] = keys
    try:
        await settled(session, key)
    except BaseException as error:
        cancelled = error
    finally:
        session.cancelling.waits.pop(token, None)
    if cancelled is None:
        return
    if is_ctrl_c():
        session.interrupt_for(key)
    for each in reversed(keys):
        session.cancel(each)
    try:
        raise cancelled
    finally:
        del cancelled  # it refers to this frame


async def value_of(var: Any) -> Any:
    """What `await v` gives."""
    handle = handle_of(var)
    session = handle.session
    if handle.is_known():
        session.raise_pending()
        return handle.value
    if not session.line.is_begun:
        await awaited(session, session.question(Del([])), handle.id)  # then it is known how to ask
    while True:
        question = session.request_awaited(handle)
        await awaited(session, question, handle.id)
        if not question.is_withdrawn():  # by who awaited it before, and was cancelled
            return session.value(question)


@overload
def fetch(a: Var[A], /, *, timeout: float | None = None, copy: bool = True, progress: bool = False) -> tuple[A]: ...


@overload
def fetch(
    a: Var[A], b: Var[B], /, *, timeout: float | None = None, copy: bool = True, progress: bool = False
) -> tuple[A, B]: ...


@overload
def fetch(
    a: Var[A], b: Var[B], c: Var[C], /, *, timeout: float | None = None, copy: bool = True, progress: bool = False
) -> tuple[A, B, C]: ...


@overload
def fetch(
    a: Var[A],
    b: Var[B],
    c: Var[C],
    d: Var[D],
    /,
    *,
    timeout: float | None = None,
    copy: bool = True,
    progress: bool = False,
) -> tuple[A, B, C, D]: ...


@overload
def fetch(
    a: Var[A],
    b: Var[B],
    c: Var[C],
    d: Var[D],
    e: Var[E],
    /,
    *,
    timeout: float | None = None,
    copy: bool = True,
    progress: bool = False,
) -> tuple[A, B, C, D, E]: ...


@overload
def fetch(*vars: Var[T], timeout: float | None = None, copy: bool = True, progress: bool = False) -> tuple[T, ...]: ...


def fetch(*vars: Var[Any], timeout: float | None = None, copy: bool = True, progress: bool = False) -> tuple[Any, ...]:
    """The values of many Vars, in one trip to each of their interpreters.

    Args:
        timeout: seconds for all together.
        copy: as for `Var.fetch`.
        progress: show a bar.

    Raises:
        TypeError: an argument is no Var.
        TimeoutError: they did not all come in time; nothing is cancelled.
        InterpreterDiedError: an interpreter has ended.
        Exception: the error of the first Var that failed; the others stay as they are.
    """
    until = deadline(timeout)
    handles = [checked(var) for var in vars]
    questions = [handle.session.request(handle) for handle in handles]
    for session in {handle.session for handle in handles}:
        session.flush()
    values: list[Any] = []
    token = object()
    asked: dict[Session, list[Question]] = {}
    for handle, question in zip(handles, questions):
        asked.setdefault(handle.session, []).append(question)
    try:
        for session, of_session in asked.items():
            session.cancelling.waits[token] = of_session
        # All are there before one is taken: then none has to be asked for again.
        with bar_of(len(handles), progress) as bar:
            for handle, question in zip(handles, questions):
                handle.session.wait(question, None if until is None else max(0.0, until - time.monotonic()))
                bar.update()
                if question.failure is not None:
                    break
        for handle, question in zip(handles, questions):
            values.append(handle.session.value(question, None, copy))
    except BaseException:
        for handle, question in list(zip(handles, questions))[len(values) :]:
            handle.session.give_up(question)
        raise
    finally:
        for session in asked:
            session.cancelling.waits.pop(token, None)
    return tuple(values)


def wait(
    vars: Iterable[Var[T]], num_returns: int = 1, timeout: float | None = None, *, progress: bool = False
) -> tuple[list[Var[T]], list[Var[T]]]:
    """Wait until `num_returns` of the Vars are computed (or failed), as `ray.wait` does.

    An interpreter answers at the end of a frame, or between two of its operations once it has taken 5 ms. What was
    computed just before a long operation is told of while that runs, unless it lets no other thread run.

    Args:
        timeout: seconds; None waits for as long as it takes.
        progress: show a bar.

    Returns:
        At most `num_returns` Vars that are done, and the others, each in the order given.

    Raises:
        ValueError: `num_returns` is not between 0 and the number of Vars.
    """
    vars = _listed(vars)
    if not 0 <= num_returns <= len(vars):
        raise ValueError(f"num_returns is {num_returns}, but there are {len(vars)} Vars")
    handles = _handles(vars)
    arrived: set[int] = set()
    with (
        contextlib.closing(_arriving(handles, timeout)) as arrivals,
        contextlib.suppress(TimeoutError),
        bar_of(num_returns, progress) as bar,
    ):
        for at in itertools.islice(arrivals, num_returns):
            arrived.add(at)
            bar.update()
    for session in {handle.session for handle in handles}:
        session.raise_pending()
    return (
        [var for at, var in enumerate(vars) if at in arrived],
        [var for at, var in enumerate(vars) if at not in arrived],
    )


def as_completed(vars: Iterable[Var[T]], timeout: float | None = None, *, progress: bool = False) -> Iterator[Var[T]]:
    """The Vars in the order in which they are computed (or fail), each as soon as `wait` would give it.

    Args:
        timeout: seconds for all together.
        progress: show a bar.

    Raises:
        TypeError: one of them is no Var.
        TimeoutError: not all were computed in that time.
    """
    listed = _listed(vars)
    arriving = _arriving(_handles(listed), timeout)
    return (listed[at] for at in (_with_bar(arriving, len(listed)) if progress else arriving))


def progress(vars: Iterable[Var[T]], timeout: float | None = None) -> list[Var[T]]:
    """Show a bar until all Vars are computed, or have failed; gives them, in their order.

    The error of one that has failed is raised where its value is needed.

    Args:
        timeout: seconds for all together; then those that are not done go on.

    Raises:
        TypeError: one of them is no Var.
    """
    listed = _listed(vars)
    wait(listed, len(listed), timeout, progress=True)
    return listed


def _with_bar(arriving: Iterator[int], total: int) -> Iterator[int]:
    with bar_of(total, True) as bar:
        for at in arriving:
            bar.update()
            yield at


def _handles(vars: list[Var[T]]) -> list[Handle]:
    """Raises `TypeError` where one is no Var."""
    try:
        return list(map(handle_of, vars))  # many may be waited for again and again
    except TypeError:
        pass
    return [checked(var) for var in vars]


def _arriving(handles: list[Handle], timeout: float | None) -> Generator[int, None, None]:
    """The positions of handles, as they settle. Raises `TimeoutError` where one is not in time."""
    until = deadline(timeout)
    return _arrivals(handles, until)


def _arrivals(handles: list[Handle], until: float | None) -> Generator[int, None, None]:
    # The loops over all handles call no Python code: many may be waited for one after the other.
    missing = list(range(len(handles)))
    while missing:
        # In the order in which they were asked for, and so computed.
        settled = [
            at for id, at in sorted([(handles[at].id, at) for at in missing]) if id not in handles[at].session.unsettled
        ]
        if not settled:
            _wait_for_any([handles[at] for at in missing], len(handles), until)
            continue
        yield from settled
        found = set(settled)
        missing = [at for at in missing if at not in found]


def _wait_for_any(handles: list[Handle], count: int, until: float | None) -> None:
    """Wait until one of these, of which there are `count` with those that have settled, settles, too."""
    try:
        if len({handle.session for handle in handles}) == 1:
            session, ids = handles[0].session, [handle.id for handle in handles]
            unsettled = session.unsettled
            session.wait_until(lambda: not unsettled.keys() >= set(ids), ids, until)
        else:
            _wait_for_any_of_many(handles, until)
    except TimeoutError:
        raise TimeoutError(f"{len(handles)} of {count} Vars are not computed yet") from None


def _wait_for_any_of_many(handles: list[Handle], until: float | None) -> None:
    """The same of handles of several sessions."""
    news: queue.SimpleQueue[None] = queue.SimpleQueue()
    callback = functools.partial(news.put, None)
    ids: dict[Session, list[int]] = {}
    for handle in handles:
        ids.setdefault(handle.session, []).append(handle.id)
    try:
        for session, of_session in ids.items():
            session.cancelling.waits[callback] = of_session
        for handle in handles:
            handle.session.on_settled(handle.id, callback)
        with contextlib.ExitStack() as called:
            for session in ids:
                called.enter_context(session.prompts.called(callback))
            while not any(handle.settled for handle in handles):
                left = None if until is None else until - time.monotonic()
                if left is not None and left <= 0:
                    raise TimeoutError
                if not handles[0].session.turn(0.02 if left is None else min(left, 0.02)):
                    with contextlib.suppress(queue.Empty):
                        news.get(timeout=left)
                for session, of_session in ids.items():
                    if session.prompts.answer_due(session, of_session):
                        raise KeyboardInterrupt
    except KeyboardInterrupt:
        for session in {handle.session for handle in handles}:
            session.interrupt_for(next(handle.id for handle in handles if handle.session is session))
        raise
    finally:
        for session in ids:
            session.cancelling.waits.pop(callback, None)
        for handle in handles:
            handle.session.off_settled(handle.id, callback)
        printer.catch_up()


def _listed(vars: Iterable[Var[T]]) -> list[Var[T]]:
    if type(vars) is Var:
        raise TypeError("a list of Vars is needed, not a Var; its items are Vars: list(v)")
    return list(vars)


def ref(var: Var[Any]) -> Any:
    """A Ray `ObjectRef` of the value, made in the interpreter: the value does not pass through this process."""
    handle = checked(var)
    return handle.session.value(handle.session.request(handle, "ref"))

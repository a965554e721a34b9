"""The blocks `with v` and `async with v`: entered and left there, with the errors of their operations."""

from __future__ import annotations

import contextlib
import operator
from typing import Any

from ..errors import NotPicklableError, RemoteError
from ..protocol import Del, Op, Ref
from ..session.asked import Question
from ..session.callers import Block, enter as enter_block, leave as leave_block, scope
from ..session.session import Handle, Session
from .core import wrap
from .gathering import awaited
from .interface import handle_of


def enter(var: Any) -> Any:
    """``with v`` begins."""
    handle = handle_of(var)
    session = handle.session
    session.clear_way()
    entered = session.op("enter", handle)
    result = wrap(entered)
    session.wait(entered.id)
    if entered.failure is not None:
        session.raise_failure(entered)
    _open_block(handle)
    return result


def leave(var: Any, error: BaseException | None) -> bool:
    """``with v`` ends; whether the error is swallowed. Raises the first that nobody has seen of those in the block."""
    handle = handle_of(var)
    block = _close_block(handle)
    for session in block.sessions:
        session.settle()
    missed = _first_missed(handle.session, block, error)
    question = _exit_question("exit", handle, error or missed)
    handle.session.wait(question)
    return _swallowed(handle.session, question, missed)


async def enter_async(var: Any) -> Any:
    """As `enter`, of ``async with v``."""
    handle = handle_of(var)
    session = handle.session
    await awaited(session, session.question(Del([])))
    session.raise_pending()
    entered = session.op("aenter", handle)
    result = wrap(entered)
    try:
        await awaited(session, entered.id)
    except BaseException as error:
        _leave_if_entered(var, entered, error)
        raise
    if entered.failure is not None:
        session.raise_failure(entered)
    _open_block(handle)
    return result


def _leave_if_entered(var: Any, entered: Handle, error: BaseException) -> None:
    """Nobody waits for the remote `__aenter__` any more: should it be done all the same, it is undone."""
    session = entered.session

    def undo() -> None:
        if entered.failure is None:
            with contextlib.suppress(Exception):  # the session has ended
                _exit_question("aexit", handle_of(var), error)

    session.on_settled(entered.id, undo)


async def leave_async(var: Any, error: BaseException | None) -> bool:
    """As `leave`, of ``async with v``."""
    handle = handle_of(var)
    block = _close_block(handle)
    try:
        for session in block.sessions:
            await awaited(session, session.question(Del([])))
    except BaseException as cancelled:
        _first_missed(handle.session, block, cancelled)
        _exit_question("aexit", handle, error or cancelled)
        raise
    missed = _first_missed(handle.session, block, error)
    question = _exit_question("aexit", handle, error or missed)
    await awaited(handle.session, question)
    return _swallowed(handle.session, question, missed)


def _open_block(owner: Handle) -> None:
    enter_block(block=Block(owner))


def _close_block(owner: Handle) -> Block:
    """The innermost open block of this Var; an empty one where it was opened in another thread or task."""
    entered = scope.get()
    for block in reversed(() if entered is None else entered.blocks):
        if block.owner is owner:
            leave_block(block)
            return block
    return Block(owner)


def _first_missed(session: Session, block: Block, error: BaseException | None) -> BaseException | None:
    """The first error of the block's operations that nobody has seen, where it ends without one; it is over then."""
    unseen = [(place, failure) for place, failure in block.failures if not failure.seen]
    missed = session.see(min(unseen, key=operator.itemgetter(0))[1]) if unseen and error is None else None
    block.is_open = False
    block.failures.clear()  # they refer to the block
    for session in block.sessions:
        session.ledger.unseen.may_be_lost = True
    return missed


def _exit_question(name: str, handle: Handle, error: BaseException | None) -> Question:
    """Ask for the remote `__exit__`; an error that has no pickle goes as a stand-in of its text."""
    session = handle.session
    held: list[object] = []
    try:
        operand = session.operand(error, "the error of the block", held)
    except NotPicklableError:
        stand_in = RemoteError(type(error).__qualname__, repr(error))
        operand = session.operand(stand_in, "the error of the block", held)
    return session.question(Op(0, name, [Ref(handle.id), operand]))


def _swallowed(session: Session, question: Question, missed: BaseException | None) -> bool:
    if question.failure is not None:
        session.raise_failure(question)
    if missed is not None and not question.value:
        raise missed
    return bool(question.value)

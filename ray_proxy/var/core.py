"""What every other file of this room needs: a Var of a handle, operands, operations.

Each operation of user code passes here. It must never know what Python asks of a `Var`.
"""

from __future__ import annotations

from types import FrameType
from typing import Any

from ..protocol import Call, GetAttr, Message, Op, Operand, Ref
from ..session import origins, session as sessions
from ..session.callers import between, outside, scope
from ..session.outbox import FRAME_MESSAGES
from ..session.session import Handle, Session
from ..values import codec as pickling
from .interface import Var, handle_of, set_handle

_new_object = object.__new__

PLAIN = frozenset({float, bool, type(None)})
"""Types whose values travel as they are."""
_INT = 1 << 63


def wrap(handle: Handle) -> Var[Any]:
    """The Var of a handle."""
    # On one line, so that a debugger which shows all locals meets no half-made Var.
    return ((var := _new_object(Var)), set_handle(var, handle))[0]


def operation(session: Session, id: int, message: Message, frame: FrameType | None) -> Var[Any]:
    """Add a message that runs code of the user's objects, and gives a variable. This is the way of nearly all that a
    program does, so it is written out: `Session` has the same in parts.

    Args:
        frame: of the code that asks, or of one of ours that it has called.
    """
    if frame is not None and between[frame.f_code.co_filename]:
        frame = outside(frame)
    here = session.thread.here
    if (current := origins.current) is not None and (place := current()) is not here.place:
        here.move(here, place)
    asker = (None, 0, here) if frame is None else (frame.f_code, frame.f_lasti, here)
    if scope.get() is not None or session.eager or session.empty_cells:
        return wrap(session.add(id, message, asker))
    pending = session.pending
    if session.dead:
        session.bury()
    session.unsettled[id] = asker
    session.operations = id
    # On one line, as above. The Var comes before its message: if an interrupt comes here, its end has that forgotten.
    var = ((var := _new_object(Var)), set_handle(var, Handle(session, id)), pending.append((id, message)))[0]  # type: ignore[func-returns-value]
    if not session.is_lively:
        session.enliven()
    if len(pending) >= FRAME_MESSAGES:
        session.flush()
    return var


def attribute_of(handle: Handle, name: str, frame: FrameType) -> Var[Any]:
    """``v.name``, asked for by the code of that frame."""
    session = handle.session
    id = session.next_id()
    text = name if name.isascii() and type(name) is str else sessions.name_of(name, "the name of an attribute")
    return operation(session, id, GetAttr(id, Ref(handle.id), text), frame)


def operator_of(name: str, handle: Handle, other: object, is_right: bool, frame: FrameType) -> Var[Any] | None:
    """``v + other``, or with `is_right` ``other + v``; None where the other operand does not travel as it is."""
    kind = type(other)
    there: Operand
    if kind is int:
        if not -_INT <= other < _INT:  # type: ignore[operator]
            return None
        there = other  # type: ignore[assignment]
    elif kind is Var:
        known = handle_of(other)
        if known.session is not handle.session:
            return None
        there = Ref(known.id)
    elif kind in PLAIN:
        there = other  # type: ignore[assignment]
    else:
        return None
    session = handle.session
    id = session.next_id()
    return operation(session, id, Op(id, name, [there, Ref(handle.id)] if is_right else [Ref(handle.id), there]), frame)


def call_of(handle: Handle, args: tuple[Any, ...], kwargs: dict[str, Any], frame: FrameType) -> Var[Any]:
    """``v(*args, **kwargs)``."""
    session = handle.session
    given: list[Operand] = []
    for argument in args:
        kind = type(argument)
        if kind is Var and (known := handle_of(argument)).session is session:
            given.append(Ref(known.id))
        elif kind in PLAIN or (kind is int and -_INT <= argument < _INT):
            given.append(argument)
        else:
            break
    if kwargs or len(given) < len(args):
        named = {name: operand(argument) for name, argument in kwargs.items()}
        return wrap(session.call(handle, [operand(argument) for argument in args], named))
    id = session.next_id()
    return operation(session, id, Call(id, Ref(handle.id), given), frame)


def operand(value: object) -> object:
    return handle_of(value) if type(value) is Var else value


def checked(var: Any) -> Handle:
    if type(var) is not Var:
        hint = "; several are given one by one: fetch(*vars)" if isinstance(var, (list, tuple)) else ""
        raise TypeError(f"a Var is needed, not a {type(var).__qualname__}: {pickling.shown(var)}{hint}")
    return handle_of(var)


def unary(name: str, var: Any, *args: object) -> Var[Any]:
    handle = handle_of(var)
    return wrap(handle.session.op(name, handle, *map(operand, args)))


def ask(name: str, var: Any, *args: object) -> Any:
    handle = handle_of(var)
    return handle.session.ask(name, handle, *map(operand, args))


def call_there(var: Any, function: object, args: Any, kwargs: Any) -> Var[Any]:
    """Call a local function where a Var lives."""
    given = [operand(argument) for argument in args]
    named = {name: operand(argument) for name, argument in kwargs.items()}
    return wrap(handle_of(var).session.call(function, given, named))


def attr(var: Var[Any], name: str) -> Var[Any]:
    """A remote attribute by name, also one that `Var` shadows: ``attr(v, "fetch")``."""
    handle = checked(var)
    return wrap(handle.session.getattr(handle, name))


sessions.as_var = wrap

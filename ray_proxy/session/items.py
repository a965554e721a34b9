"""Items of a variable: `read` waits for the next ones."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Sequence
from typing import Any

from ..errors import ProtocolError
from ..protocol import Bytes, Declined, Items, Iter, Kept, Ref
from .session import Handle, Session

_PLAIN: frozenset[type] = frozenset({type(None), bool, int, float, str})


def read(target: Handle, start: int, count: int, parts: int = 0) -> Items | Declined:
    """The next items of a variable, as `protocol.Iter` gives them, with a handle for each. Waits.

    Args:
        parts: tuples of at most so many small values come along with these: see `Ledger.parts`.
    """
    session = target.session
    session.clear_way()
    first = session.next_id() if count == 1 and not parts else session.reserve(count * (1 + parts))
    message = Iter(first, Ref(target.id), start, count, parts)
    if start < 0:
        session.note_effect()  # `next` runs code of the user's objects, as operations do
    question = session.question(message)
    try:
        session.wait(question)
    except BaseException:
        for id in message.ids():
            session.drop(id)
        raise
    if question.failure is not None:
        raise session.see(question.failure)
    answer: Items | Declined = question.value
    if isinstance(answer, Items):
        _take(session, message, answer)
    elif not isinstance(answer, Declined) or start != 0:
        raise _not_fitting(message, answer)
    return answer


def _take(session: Session, message: Iter, answer: Items) -> None:
    """Note what is known of items, and put handles into the place of their values."""
    first, values, width, known = message.id, answer.values, answer.parts, session.ledger.values
    size, rest = divmod(len(values), width or 1)
    if size > message.count or rest or width > message.parts:
        raise _not_fitting(message, answer)
    ids = range(first, first + size)
    told = ids
    if width:
        start = first + message.count
        stop = start + size * width
        told = range(start, stop)
        parts = map(range, range(start, stop, width), range(start + width, stop + width, width))
        session.ledger.parts.update(zip(ids, parts))
    if answer.dtype:
        known.update(zip(told, _scalars(answer.dtype, values)))
    elif _PLAIN.issuperset(map(type, values)):
        known.update(zip(told, values))
    else:
        pairs = zip(told, values)
        some = [(id, value) for id, value in pairs if type(value) is not Kept]
        known.update([(id, value.data if type(value) is Bytes else value) for id, value in some])
    answer.values = list(map(Handle, itertools.repeat(session), ids))  # type: ignore[arg-type]


def _not_fitting(message: Iter, answer: object) -> ProtocolError:
    return ProtocolError(f"for {message.count} items the interpreter gives {answer!r:.100}")


def _scalars(dtype: str, values: Sequence[Any]) -> list[Any]:
    """The values, as numpy scalars of that type; none where this process has no numpy: then they are not known here."""
    try:
        numpy = importlib.import_module("numpy")
    except ImportError:
        return []
    try:
        return list(numpy.array(values, dtype))
    except (TypeError, ValueError, OverflowError) as error:
        raise ProtocolError(f"the interpreter gives what is no {dtype!r} of numpy: {error}") from error

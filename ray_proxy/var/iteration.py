"""Iteration over a remote object: item by item, or of a builtin sequence many a trip."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from ..protocol import Declined
from ..session.session import Handle
from .core import unary, wrap
from .gathering import awaited
from .interface import Var, handle_of

_AHEAD = 16
"""Items of a list that are read at the first trip; each further trip reads four times as many…"""
_MOST_AHEAD = 1024
"""… up to this many."""


def iterate(var: Any) -> Iterator[Any]:
    """`iter(v)`. Fails at once, as Python does, where the remote object cannot be iterated."""
    handle = handle_of(var)
    session = handle.session
    remote = wrap(session.op("iter", handle))
    operations = session.operations
    first = session.items(handle, 0, _AHEAD)
    session.raise_failure(handle_of(remote))
    if isinstance(first, Declined):
        return _Items(remote)
    return _Sequence(var, first, operations)


def next_item(var: Any) -> Any:
    """`next(v)`."""
    handle = handle_of(var)
    answer = handle.session.items(handle, -1, 1)
    assert not isinstance(answer, Declined)
    if not answer.values:
        raise StopIteration
    return wrap(cast(Handle, answer.values[0]))


class _Items:
    """Items of a remote iterator, one trip each: it must not be advanced unasked."""

    def __init__(self, remote: Var[Any]) -> None:
        self._remote = remote

    def __iter__(self) -> _Items:
        return self

    def __next__(self) -> Any:
        return next(self._remote)


class _Sequence:
    """Items of a builtin sequence, read ahead; what is unread is read again once anything else was done there."""

    def __init__(self, var: Var[Any], batch: Any, operations: int) -> None:
        self._var: Var[Any] | None = var
        self._position = 0
        self._ahead = _AHEAD
        self._take(batch, operations)

    def _take(self, batch: Any, operations: int) -> None:
        self._items = [wrap(item) for item in reversed(batch.values)]
        self._end, self._frozen, self._operations = batch.end, batch.frozen, operations

    def __iter__(self) -> _Sequence:
        return self

    def __next__(self) -> Any:
        if self._var is None:
            raise StopIteration
        session = handle_of(self._var).session
        if not self._frozen and session.operations != self._operations:
            # Where the loop works on this interpreter, reading far ahead is for nothing.
            self._read(1 if self._items else self._further())
        elif not self._items and not self._end:
            self._read(self._further())
        if not self._items:
            self._var = None  # for good, as with any iterator
            raise StopIteration
        self._position += 1
        return self._items.pop()

    def _further(self) -> int:
        return min(self._ahead * 4, _MOST_AHEAD)

    def _read(self, ahead: int) -> None:
        session = handle_of(self._var).session
        operations = session.operations
        # Only then is anything changed here: what this raises may be the error of an earlier operation.
        self._take(session.items(handle_of(self._var), self._position, ahead), operations)
        self._ahead = ahead


class AsyncItems:
    """Items of a remote asynchronous iterator."""

    def __init__(self, remote: Any) -> None:
        self._remote = remote

    def __aiter__(self) -> AsyncItems:
        return self

    async def __anext__(self) -> Any:
        item = unary("anext", self._remote)
        handle = handle_of(item)
        await awaited(handle.session, handle.id)
        handle.session.raise_failure(handle)
        return item

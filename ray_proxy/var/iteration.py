"""Iteration over a remote object: many items a trip, where nobody can notice that they are read ahead; else one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar, cast

from ..protocol import Declined, Items
from ..session import items
from ..session.session import Handle
from .core import checked, unary, wrap
from .gathering import awaited
from .interface import Var, handle_of, set_handle

T = TypeVar("T")

_AHEAD = 16
"""Items that are read at the first trip; each further trip reads four times as many…"""
_MOST_AHEAD = 1024
"""… up to this many."""
_PARTS = 4
"""Tuples of at most so many small values come with their parts, for `for key, value in v.items()`."""
_READING = 3
"""The minor of the protocol that has the operator `iterate`."""

_new_object = object.__new__


def iterate(var: Any) -> Iterator[Any]:
    """`iter(v)`. Fails at once, as Python does, where the remote object cannot be iterated."""
    handle = handle_of(var)
    session = handle.session
    ledger = session.ledger
    if ledger.parts and handle.id in ledger.parts:
        session.raise_pending()
        ids = ledger.parts.pop(handle.id, None)
        if ids is not None:
            return iter([((var := _new_object(Var)), set_handle(var, Handle(session, id)))[0] for id in ids])
    reads = session.speaks(_READING)
    remote = wrap(session.op("iterate" if reads else "iter", handle))
    operations = session.operations
    source = remote if reads else var
    first = items.read(handle_of(source), 0, _AHEAD, _PARTS if reads else 0)
    session.raise_failure(handle_of(remote))
    if isinstance(first, Declined):
        return _Items(remote)
    return _Ahead(source, _MOST_AHEAD, False, first, operations)


def next_item(var: Any) -> Any:
    """`next(v)`."""
    answer = items.read(handle_of(var), -1, 1)
    assert not isinstance(answer, Declined)
    if not answer.values:
        raise StopIteration
    return wrap(cast(Handle, answer.values[0]))


def prefetch(var: Var[Iterable[T]], n: int) -> Iterator[Var[T]]:
    """The items of a remote iterable, of which up to `n` are read ahead of the loop: one trip for many.

    ``for item in v`` takes one item a trip from an iterator, such as a generator, because its code may do anything: it
    runs when the loop asks for an item, and not before. With this, it runs sooner, by up to `n` items; also for items
    that the loop never uses, where it is left early. An error comes after the items before it. The first trip reads one
    item, and each further one twice as many.

    A builtin container, an array of numpy or a Series of pandas is read as ``for item in v`` does it, which sees what
    the loop does to it; at most `n` items ahead.

    Args:
        n: items, at least 1.

    Raises:
        TypeError: it is no Var; the remote object cannot be iterated.
        ValueError: `n` is below 1.
    """
    handle = checked(var)
    if n < 1:
        raise ValueError(f"n is {n}, but at least 1 item has to be read at a time")
    session = handle.session
    if n == 1 or not session.speaks(_READING):
        return iterate(var)
    remote = wrap(session.op("iterate", handle, True))
    session.wait(handle_of(remote).id)
    session.raise_failure(handle_of(remote))
    return _Ahead(remote, n, True)


class _Items:
    """Items of a remote iterator, one trip each: it must not be advanced unasked."""

    def __init__(self, remote: Var[Any]) -> None:
        self._remote = remote

    def __iter__(self) -> _Items:
        return self

    def __next__(self) -> Any:
        return next(self._remote)


class _Batch:
    """Items that were read at once."""

    __slots__ = ("begin", "end", "frozen", "operations", "size", "unread")

    def __init__(self, items: Items | None, begin: int, operations: int) -> None:
        handles: Any = () if items is None else items.values
        self.unread: list[Var[Any]] = [
            ((var := _new_object(Var)), set_handle(var, handle))[0] for handle in reversed(handles)
        ]
        """Those that were not used, the next one last."""
        self.begin = begin
        """How many were used before these."""
        self.size = len(self.unread)
        self.end = items is not None and items.end
        self.frozen = items is not None and items.frozen
        self.operations = operations


class _Ahead:
    """Items that are read ahead. What is unread is read again once anything else was done in the interpreter, unless
    nothing can change it.

    The order of a set, for one, is stable only while it is not changed. So it is read there by Python's own iterators,
    which raise what Python raises where the set has changed (`interpreter.reading`). From here comes how many items the
    loop has used, no more. Several threads may share it: each item is one's.

    Args:
        source: has the items; None once they are at an end.
        most: reads at most so many at once.
        runs_code: reading may run code of the user's objects.
    """

    def __init__(
        self, source: Var[Any], most: int, runs_code: bool, first: Items | None = None, operations: int = 0
    ) -> None:
        self._source: Var[Any] | None = source
        self._session = handle_of(source).session
        self._most, self._runs_code = most, runs_code
        self._ahead = 0 if first is None else _AHEAD
        self._batch = _Batch(first, 0, operations)

    def __iter__(self) -> _Ahead:
        return self

    def __next__(self) -> Any:
        while True:
            batch = self._batch
            if batch.frozen or self._session.operations == batch.operations:
                if batch.unread:
                    try:
                        return batch.unread.pop()
                    except IndexError:  # another thread has taken the last
                        continue
                if batch.end:
                    self._source = None  # for good, as with any iterator
            if self._source is None:
                raise StopIteration
            # Where the loop works on this interpreter, reading far ahead is for nothing.
            fresh = self._read(batch, 1 if batch.unread else self._further())
            if fresh is None:
                continue
            if not fresh.size:
                self._source = None
                raise StopIteration
            try:
                return fresh.unread.pop()  # whatever was done meanwhile, as by a tracer: it was read just now
            except IndexError:
                continue

    def _further(self) -> int:
        faster = 2 if self._runs_code else 4
        return min(max(self._ahead * faster, 1), self._most)

    def _read(self, batch: _Batch, ahead: int) -> _Batch | None:
        """Read what follows what was used of a batch; None where another thread has done so before."""
        source, session = self._source, self._session
        if source is None:
            return None
        if self._runs_code:
            session.note_effect()
        operations, used = session.operations, batch.begin + batch.size - len(batch.unread)
        found = items.read(handle_of(source), used, ahead, _PARTS if session.minor >= _READING else 0)
        assert not isinstance(found, Declined)
        # Only now is anything changed here: what that raises may be the error of an earlier operation.
        fresh = _Batch(found, used, operations)
        if self._batch is batch: self._batch, self._ahead = fresh, ahead; return fresh  # noqa: E701, E702  # fmt: skip
        return None


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

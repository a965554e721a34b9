"""What an iteration is read from, ahead of the loop: `Reading`, and the operator that begins one.

Reading ahead may run no code that would not have run, and the loop must see what it would have seen. So only containers
whose iteration is Python's or numpy's own are read ahead; any other iterator, where its user asks for that.

Knows neither messages nor variables.
"""

from __future__ import annotations

import gc
import sys
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from operator import is_, itemgetter, length_hint
from typing import Any

SEQUENCES: dict[type, bool] = {list: False, tuple: True, str: True, bytes: True, range: True, bytearray: False}
"""Builtin sequences, each of which is its own reading, and whether they are immutable."""
_HEAP_TYPE = 1 << 9
"""Of `type.__flags__`: a class statement has made it."""
_PASSED_FOR_ONE = 1000
"""So many items are passed over, to read ahead again, for each one that was read since: that takes less than a trip."""


class Reading:
    """A container, or an iterator, of which items are read by their place, also again."""

    frozen = False
    """What was read is never read again, whatever happens."""

    def read(self, start: int, count: int) -> tuple[list[Any], bool]:
        """At most `count` items after the first `start`, which the loop has used; and whether no more follow."""
        raise NotImplementedError

    def scalars(self, items: list[Any]) -> tuple[str, list[Any]]:
        """The numpy type of items that are scalars, and their plain values; or no type."""
        return "", []


def iterate(source: Any, ahead: bool = False) -> Any:
    """What the items of `source` are read from.

    A builtin sequence itself; a reading of a set, a dict, a view of one, an array of numpy, or a Series of pandas. Else
    what `iter` gives; with `ahead`, a reading of that. A subclass with an `__iter__` of its own is something else.
    """
    kind = type(source)
    if kind in SEQUENCES:
        return source
    base = _base(kind)
    if base is tuple:
        return tuple.__getitem__(source, slice(None))
    if base is frozenset:
        return _Frozen(source)
    if base in _TABLES:
        return _Table(*_TABLES[base](source))
    if _is_array(source):
        return _Array(source)
    iterator = iter(source)
    array = _array_of(iterator) if kind is _found("pandas", "Series") else None
    if array is not None:
        return _Array(array, plain=True)
    return _Buffer(iterator) if ahead else iterator


class _Frozen(Reading):
    """A frozenset."""

    frozen = True

    def __init__(self, source: frozenset[Any]) -> None:
        self._source = source
        self._at, self._items = 0, frozenset.__iter__(source)

    def read(self, start: int, count: int) -> tuple[list[Any], bool]:
        if start != self._at:  # a forked process goes on, and so does its parent
            self._items = _after(frozenset.__iter__(self._source), start)
        items = list(islice(self._items, count))
        self._at = start + len(items)
        return items, len(items) < count


class _Table(Reading):
    """A set, or a dict or a view of one.

    Python's own iterator gives the items, and so raises what Python raises where the container has changed. A second
    one stands where the loop was when the last items were read. If the loop did not use all of these, because it did
    something else meanwhile, the second one takes the place of the first. It passes over what was used, and so sees
    whether that is still there: where as many items have come as gone, for which Python promises nothing, this may
    raise Python's RuntimeError sooner.

    Args:
        make: makes an iterator.
        key: what of that which it gives the container is ordered by; None: all.
        value: what of it is an item; None: all.
        changed: Python's error where some were replaced by others.
    """

    def __init__(
        self,
        make: Callable[[], Iterator[Any]],
        key: Callable[[Any], Any] | None,
        value: Callable[[Any], Any] | None,
        changed: str,
    ) -> None:
        self._make, self._key, self._value, self._changed = make, key, value, changed
        self._first: Iterator[Any] = make()
        self._at = 0
        """Where it stands."""
        self._second: Iterator[Any] | None = make()
        self._between: list[Any] = []
        """What the first one has given since the second one's place."""
        self._since = 0
        """So many items were read since the second one was made."""
        self._broken = ""
        """The error that comes after what was read."""
        self._ended = False
        """The first one has come to its end, for good; the loop may not have asked for that yet."""

    def read(self, start: int, count: int) -> tuple[list[Any], bool]:
        self._go_to(start)
        if self._broken:
            raise RuntimeError(self._broken)
        if self._second is None and count > 1:
            if self._since * _PASSED_FOR_ONE < start:
                count = 1
            else:
                self._second, self._since = _after(self._make(), start), 0
        # Not past the last item, before the loop asks for that: an iterator at its end sees no more changes.
        wanted = min(count, max(length_hint(self._first), 1))
        items: list[Any] = []
        try:
            items.extend(islice(self._first, wanted))
        except RuntimeError as error:
            if not items:
                raise
            self._broken = str(error)
        self._at += len(items)
        self._since += len(items)
        self._between = items if self._second is not None else []
        given = items if self._value is None else list(map(self._value, items))
        self._ended = len(items) < wanted and not self._broken
        return given, len(items) < count and not self._broken

    def _go_to(self, start: int) -> None:
        """Have the first iterator stand there. Raises `RuntimeError` where the container has changed."""
        used = start - (self._at - len(self._between))
        if used < 0 or start > self._at:  # a forked process goes on, and so does its parent
            self._first, self._second, self._at = _after(self._make(), start), None, start
            self._between, self._broken = [], ""
        elif start == self._at and not (self._ended and self._second is not None):
            if self._second is not None:
                _pass_over(self._second, used)
        else:
            assert self._second is not None
            passed = list(islice(self._second, used))
            before, now = self._between[:used], passed
            if self._key is not None:
                before, now = list(map(self._key, before)), list(map(self._key, now))
            self._broken = "" if len(now) == used and all(map(is_, before, now)) else self._changed
            self._first, self._second, self._at = self._second, None, start
        self._between = []


class _Array(Reading):
    """An array of numpy, by its places, as its own iterator reads it; `plain`: as `ndarray.item` does."""

    def __init__(self, array: Any, plain: bool = False) -> None:
        if not array.ndim:
            iter(array)  # raises what numpy raises
        self._array, self._plain = array, plain

    def read(self, start: int, count: int) -> tuple[list[Any], bool]:
        ahead = self._array[start : start + count + 1]
        end, ahead = len(ahead) <= count, ahead[:count]
        return ahead.tolist() if self._plain else list(ahead), end

    def scalars(self, items: list[Any]) -> tuple[str, list[Any]]:
        dtype = self._array.dtype
        if self._plain or self._array.ndim != 1 or dtype.kind not in "biuf" or dtype.itemsize > 8:
            return "", []
        name = dtype.newbyteorder("=").str
        is_named = sys.modules["numpy"].dtype(name).type is dtype.type  # several C types may have one size
        return (name, [item.item() for item in items]) if is_named else ("", [])


class _Buffer(Reading):
    """An iterator whose user wants it to be advanced ahead of the loop. What the loop has not used is kept."""

    frozen = True

    def __init__(self, iterator: Iterator[Any]) -> None:
        self._iterator = iterator
        self._start = 0
        self._items: deque[Any] = deque()
        """What it has given after the first `_start` items."""
        self._error: BaseException | None = None
        """What it has raised after these."""

    def read(self, start: int, count: int) -> tuple[list[Any], bool]:
        items = self._items
        while items and self._start < start:
            items.popleft()
            self._start += 1
        self._start = start
        if not items and self._error is not None:
            error, self._error = self._error, None
            raise error
        end = False
        while len(items) < count and self._error is None and not end:
            try:
                items.append(next(self._iterator))
            except StopIteration as stop:
                if stop.value is None:
                    end = True
                elif not items:
                    raise  # what a generator has returned travels with it
                else:
                    self._error = stop
            except Exception as error:
                if not items:
                    raise
                self._error = error
        return list(islice(items, count)), end


def _after(iterator: Iterator[Any], count: int) -> Iterator[Any]:
    """The iterator, after so many of its items."""
    _pass_over(iterator, count)
    return iterator


def _pass_over(iterator: Iterator[Any], count: int) -> None:
    deque(islice(iterator, count), maxlen=0)


# ------------------------------------------------------------------------------------- what is read how

_KEY, _VALUE = itemgetter(0), itemgetter(1)
_SET = "Set changed size during iteration"
_DICT = "dictionary keys changed during iteration"


def _values(view: Any) -> Any:
    # Through the dict itself, for `view.mapping` would ask a subclass. A values view refers to nothing else.
    return partial(iter, dict.items(gc.get_referents(view)[0])), _KEY, _VALUE, _DICT


_TABLES: dict[type, Callable[[Any], tuple[Any, Any, Any, str]]] = {
    set: lambda source: (partial(set.__iter__, source), None, None, _SET),
    dict: lambda source: (partial(dict.__iter__, source), None, None, _DICT),
    type({}.keys()): lambda view: (partial(iter, view), None, None, _DICT),
    type({}.values()): _values,
    type({}.items()): lambda view: (partial(iter, view), _KEY, None, _DICT),
}
"""How iterators over a container are made; see `_Table`."""


def _base(kind: type) -> Any:
    """The type whose `__iter__` this one has, found without any code of a metaclass or a descriptor."""
    if type(kind) is not type:
        return None
    return next((base for base in kind.__mro__ if "__iter__" in base.__dict__), None)


def _is_array(source: Any) -> bool:
    """Whether it is an array of numpy, of exactly that type. Looks at no attribute of a user's class."""
    kind = type(source)
    return type(kind) is type and not kind.__flags__ & _HEAP_TYPE and kind is _found("numpy", "ndarray")


def _found(module: str, name: str) -> Any:
    """What a library has under that name, if user code has imported it; else a type that nothing has."""
    return getattr(sys.modules.get(module), name, _found)


def _array_of(iterator: Any) -> Any:
    """The array behind what pandas gives for ``iter(series)``, where that is ``map(array.item, range(len(array)))``."""
    if type(iterator) is not map:
        return None
    reduced: Any = iterator.__reduce__()
    item, *places = reduced[1]
    array: Any = getattr(item, "__self__", None)
    if not _is_array(array) or item != array.item or list(map(type, places)) != [type(iter(range(0)))]:
        return None
    reduced = places[0].__reduce__()
    (numbers,), at = reduced[1:]
    return array if numbers == range(len(array)) and not at else None

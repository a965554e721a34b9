"""What random programs work on: classes that use the data model in every way, and functions to call.

An interpreter imports this module as any process does. Nothing here depends on addresses, on the order of sets, or on
anything but its arguments; nothing that is iterated grows by being iterated.
"""

from __future__ import annotations

import contextlib
import enum
import functools
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Oops(Exception):
    """Raised on purpose; its number tells by which."""


# --------------------------------------------------------------------------------------------- operators


class Adder:
    """In place it changes itself, and returns itself."""

    def __init__(self, n: Any = 0) -> None:
        self.n = n

    def __add__(self, other: Any) -> Adder:
        return Adder(self.n + getattr(other, "n", other))

    def __radd__(self, other: Any) -> Adder:
        return Adder(other + self.n)

    def __iadd__(self, other: Any) -> Adder:
        self.n += getattr(other, "n", other)
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Adder) and bool(self.n == other.n)

    __hash__ = None  # type: ignore[assignment]


@functools.total_ordering
@dataclass(frozen=True, eq=True)
class Exact:
    """A number without any operator in place: those give a new object."""

    n: Any

    def __add__(self, other: Any) -> Exact:
        return Exact(self.n + other.n) if isinstance(other, Exact) else NotImplemented

    def __sub__(self, other: Any) -> Exact:
        return Exact(self.n - other.n) if isinstance(other, Exact) else NotImplemented

    def __rsub__(self, other: Any) -> Exact:
        return Exact(other - self.n)

    def __lt__(self, other: Any) -> bool:
        return bool(self.n < other.n) if isinstance(other, Exact) else NotImplemented


class Swaps:
    """In place it gives something else."""

    def __init__(self, content: Any = 1) -> None:
        self.content = content

    def __iadd__(self, other: Any) -> list[Any]:
        return [self.content, other]

    def __isub__(self, other: Any) -> None:
        self.content = other

    def __imul__(self, other: Any) -> Any:
        return other

    def __ior__(self, other: Any) -> Any:
        return self.content


class Declines:
    """Answers NotImplemented to everything."""

    def _decline(self, *args: Any) -> Any:
        return NotImplemented

    __add__ = __radd__ = __iadd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __lt__ = __le__ = __eq__ = _decline
    __hash__ = object.__hash__


class Reflects:
    """Has the reflected operators alone."""

    def __init__(self, n: Any = 0) -> None:
        self.n = n

    def __radd__(self, other: Any) -> tuple[str, Any]:
        return ("radd", self.n)

    def __rmul__(self, other: Any) -> tuple[str, Any]:
        return ("rmul", other)

    def __ror__(self, other: Any) -> Reflects:
        return self


class Base:
    """Asked after a subclass on the right."""

    def __init__(self, n: Any = 0) -> None:
        self.n = n

    def __add__(self, other: Any) -> Any:
        return ("add", type(self).__name__, getattr(other, "n", other))

    def __radd__(self, other: Any) -> Any:
        return ("radd", type(self).__name__, getattr(other, "n", other))

    def __lt__(self, other: Any) -> Any:
        return ["lt", type(self).__name__]

    def __gt__(self, other: Any) -> Any:
        return ["gt", type(self).__name__]


class Derived(Base):
    """Asked before its base, on the right."""

    def __radd__(self, other: Any) -> Any:
        return ["derived", getattr(other, "n", other)]

    def __gt__(self, other: Any) -> Any:
        return ["derived"]


class Inherits(Base):
    """Adds nothing to its base."""


class Yields(Base):
    """Is asked first, and declines."""

    def __radd__(self, other: Any) -> Any:
        return NotImplemented

    def __gt__(self, other: Any) -> Any:
        return NotImplemented


class Raises:
    """Whatever is done with it raises."""

    def __init__(self, tag: Any = 0) -> None:
        self.tag = tag

    def _raise(self, *args: Any) -> Any:
        raise Oops(self.tag)

    __add__ = __radd__ = __iadd__ = __sub__ = __mul__ = __neg__ = __eq__ = __lt__ = __bool__ = __len__ = _raise
    __getitem__ = __setitem__ = __delitem__ = __contains__ = __iter__ = __call__ = __int__ = __index__ = _raise
    __repr__ = __hash__ = __copy__ = _raise
    risky = property(_raise, _raise, _raise)


class Halfway:
    """In place, and at an item, it does half of its work and then raises."""

    def __init__(self, done: Any = None) -> None:
        self.done = [] if done is None else done

    def __iadd__(self, other: Any) -> Any:
        self.done.append(other)
        raise Oops("halfway")

    def __setitem__(self, key: Any, value: Any) -> None:
        self.done += [key, value]
        raise Oops("set")

    def __iter__(self) -> Iterator[Any]:
        yield 1
        yield self
        raise Oops("no more")


class Matrix:
    def __init__(self, *rows: Any) -> None:
        self.rows = rows

    def __matmul__(self, other: Any) -> Any:
        return Matrix(self.rows, other.rows) if isinstance(other, Matrix) else NotImplemented

    def __rmatmul__(self, other: Any) -> Any:
        return ("rmatmul", other)

    def __imatmul__(self, other: Any) -> Matrix:
        self.rows += (other,)
        return self


class Converts:
    """Every conversion, each with a different result."""

    def __init__(self, n: Any = 3) -> None:
        self.n = n

    def __bool__(self) -> bool:
        return bool(self.n != 3)

    def __int__(self) -> int:
        return 10

    def __float__(self) -> float:
        return 10.5

    def __complex__(self) -> complex:
        return 10j

    def __index__(self) -> int:
        return 1

    def __len__(self) -> Any:
        return self.n

    def __bytes__(self) -> bytes:
        return b"converted"

    def __format__(self, spec: str) -> str:
        return f"<{spec}>"

    def __repr__(self) -> str:
        return f"Converts({self.n!r})"

    def __round__(self, digits: Any = None) -> Any:
        return ("round", digits)

    def __floor__(self) -> str:
        return "floor"

    def __ceil__(self) -> list[Any]:
        return [self]

    def __trunc__(self) -> int:
        return 4

    def __neg__(self) -> Converts:
        return self

    def __abs__(self) -> Converts:
        return Converts(abs(self.n))

    def __invert__(self) -> Any:
        return NotImplemented


class Compares:
    """Compares to what is no bool, as arrays do."""

    def __init__(self, *items: Any) -> None:
        self.items = items

    def __eq__(self, other: object) -> Any:
        return [item == other for item in self.items]

    def __lt__(self, other: Any) -> Any:
        return Compares(*self.items, other)

    def __bool__(self) -> bool:
        raise ValueError("the truth of many items is ambiguous")

    __hash__ = None  # type: ignore[assignment]


# --------------------------------------------------------------------------------------------- containers


class Box:
    """Hands items, length and calls on to what is in it."""

    def __init__(self, content: Any = None) -> None:
        self.content = content

    def __getitem__(self, key: Any) -> Any:
        return self.content[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self.content[key] = value

    def __delitem__(self, key: Any) -> None:
        del self.content[key]

    def __contains__(self, item: Any) -> bool:
        return item in self.content

    def __len__(self) -> int:
        return len(self.content)

    def __iter__(self) -> Iterator[Any]:
        return iter(tuple(self.content))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return (self.content, args, kwargs)

    def take(self, content: Any) -> Any:
        """Exchanges the content; gives the old one."""
        old, self.content = self.content, content
        return old

    def itself(self) -> Box:
        return self


class Letters:
    """Iterated in the old way, by items."""

    def __init__(self, text: str = "abc") -> None:
        self.text = text

    def __getitem__(self, key: Any) -> Any:
        return self.text[key]

    def __len__(self) -> int:
        return len(self.text) + 1


class SubList(list[Any]):
    """A list that is not read ahead."""

    def __radd__(self, other: Any) -> SubList:
        return SubList([other, *self])

    def last(self) -> Any:
        return self[-1]


class SubDict(dict[Any, Any]):
    def __missing__(self, key: Any) -> Any:
        return ("missing", key)


class SubInt(int):
    def __add__(self, other: Any) -> Any:
        return SubInt(int(self) + int(other))

    __radd__ = __add__


class SubStr(str):
    def __mod__(self, other: Any) -> Any:
        return ("mod", other)

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = str.__hash__


# --------------------------------------------------------------------------------------------- attributes


@dataclass
class Point:
    x: Any = 0
    y: Any = field(default_factory=list)

    def moved(self, x: Any = 1, *, y: Any = 1) -> Point:
        self.x += x
        self.y += y
        return self


@dataclass(frozen=True, order=True)
class Key:
    """Hashable by value."""

    k: Any


class Slots:
    __slots__ = ("x", "y")

    def __init__(self, x: Any = 1) -> None:
        self.x = x


class Guarded:
    """An attribute that takes only numbers, and one that is made as it is asked for."""

    def __init__(self) -> None:
        self._x: Any = 0

    @property
    def x(self) -> Any:
        return self._x

    @x.setter
    def x(self, value: Any) -> None:
        if not isinstance(value, (int, float)):
            raise ValueError(f"no number: {type(value).__name__}")
        self._x = value

    @property
    def y(self) -> list[Any]:
        return [self._x]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return ("made", name)


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Couple(NamedTuple):
    left: Any
    right: Any


# --------------------------------------------------------------------------------------------- iterators, `with`


class Countdown:
    """An iterator with a state that can be pickled."""

    def __init__(self, n: int = 3) -> None:
        self.n = n

    def __iter__(self) -> Countdown:
        return self

    def __next__(self) -> int:
        if self.n <= 0:
            raise StopIteration
        self.n -= 1
        return self.n


class Recorder:
    """A context manager that notes how it was left."""

    def __init__(self, *swallowed: str) -> None:
        self.log: list[Any] = []
        self.swallowed = swallowed

    def __enter__(self) -> Recorder:
        self.log.append("enter")
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        self.log.append(None if kind is None else kind.__name__)
        return kind is not None and kind.__name__ in self.swallowed


class BadEnter(Recorder):
    def __enter__(self) -> Any:
        self.log.append("enter")
        raise Oops("enter")


class BadExit(Recorder):
    def __enter__(self) -> Any:
        return self.log

    def __exit__(self, kind: Any, error: Any, trace: Any) -> Any:
        self.log.append("exit")
        raise Oops("exit")


@contextlib.contextmanager
def noting(log: Any) -> Generator[Any, None, None]:
    log.append("begin")
    try:
        yield log
    except Oops as error:
        log.append(f"{error}")
    finally:
        log.append("end")


# ------------------------------------------------------------------------------------ classes that are values

_CLASSES = {
    kind: dict(vars(kind))
    for kind in list(globals().values())
    if getattr(kind, "__module__", "") == __name__ and isinstance(kind, type)
}


def restore_classes() -> bool:
    """Give classes the attributes that they had before a program has set any. Whether it has."""
    is_changed = False
    for kind, before in _CLASSES.items():
        for name, value in dict(vars(kind)).items():
            if name not in before:
                delattr(kind, name)
            elif value is not before[name]:
                setattr(kind, name, before[name])
            else:
                continue
            is_changed = True
        for name in before.keys() - vars(kind).keys():
            setattr(kind, name, before[name])
            is_changed = True
    return is_changed

"""What fuzzed frames work on: values, functions and classes whose work is bounded, whatever they are given.

A frame can name everything here, and nothing it does here lasts: the classes and the module cannot be changed, and
`tidy` takes off functions what was put on them.
"""

from __future__ import annotations

import asyncio
import pickle
import sys
import types
import weakref
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Any, ClassVar

from ray_proxy.interpreter.operators import BINARY, COMPARISONS, INPLACE

PRIME = 1009


class Fixed(type):
    """The metaclass of classes that stay as they are, because all who use the process share them."""

    def __setattr__(cls, name: str, value: object) -> None:
        raise TypeError(f"{cls.__name__} stays as it is")

    def __delattr__(cls, name: str) -> None:
        raise TypeError(f"{cls.__name__} stays as it is")


def _small(value: object) -> int | None:
    """A number to calculate with, if it is one."""
    if isinstance(value, Number):
        return value.value
    return value % PRIME if type(value) in (bool, int) else None  # type: ignore[operator]


def _forward(name: str) -> Callable[..., Any]:
    def method(self: Number, other: object, *rest: object) -> Any:
        number = _small(other)
        return NotImplemented if number is None else Number(self.value * 31 + number + len(name))

    return method


def _in_place(name: str) -> Callable[..., Any]:
    def method(self: Number, other: object) -> Any:
        number = _small(other)
        if number is None:
            return NotImplemented
        if number == 13:
            raise ArithmeticError("no thirteen")
        self.value = (self.value + number) % PRIME
        return self if number % 2 else Number(number)  # the very object, or another one

    return method


def _comparison(name: str) -> Callable[..., Any]:
    def method(self: Number, other: object) -> Any:
        number = _small(other)
        return NotImplemented if number is None else (self.value + len(name)) % 2 < number % 2

    return method


_OPERATORS = {
    **{f"__{name}__": _forward(name) for name in BINARY},
    **{f"__r{name}__": _forward(f"r{name}") for name in BINARY},
    **{f"__i{name}__": _in_place(name) for name in INPLACE},
    **{f"__{name}__": _comparison(name) for name in COMPARISONS if name not in ("eq", "ne")},
}


class Number(metaclass=Fixed):
    """Has all operators, and stays below `PRIME`, so that no power of it takes long."""

    __slots__ = ("__weakref__", "value")
    alive: ClassVar[weakref.WeakSet[Number]] = weakref.WeakSet()

    def __init__(self, value: object = 0) -> None:
        self.value: int = (_small(value) or 0) % PRIME
        self.alive.add(self)

    for _name, _method in _OPERATORS.items():
        locals()[_name] = _method
    del _name, _method

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and other.value == self.value

    def __hash__(self) -> int:
        return self.value

    def __repr__(self) -> str:
        return f"Number({self.value})"

    def __reduce__(self) -> Any:
        return Number, (self.value,)

    def __neg__(self) -> Number:
        return Number(-self.value)

    def __pos__(self) -> Number:
        return self

    def __invert__(self) -> Number:
        return Number(~self.value)

    def __abs__(self) -> int:
        return self.value

    def __round__(self, digits: object = None) -> Number:
        return self

    def __floor__(self) -> int:
        return self.value

    __ceil__ = __trunc__ = __index__ = __int__ = __floor__

    def __float__(self) -> float:
        return float(self.value)

    def __complex__(self) -> complex:
        return complex(self.value, 1)

    def __format__(self, spec: str) -> str:
        return f"{self.value}{spec[:10]}"

    def double(self) -> Number:
        return Number(2 * self.value)

    def add(self, other: object = 1, *, twice: object = False) -> Number:
        return Number(self.value + (_small(other) or 0) * (2 if twice else 1))


class Right(Number):
    """On the right side of an operator it is asked first."""

    def __radd__(self, other: object) -> str:
        return "right"

    def __lt__(self, other: object) -> Any:
        return "less"


class Bag(list[Any], metaclass=Fixed):
    """A list that is none of Python's: its items cannot be read ahead."""


class Text(str, metaclass=Fixed):
    """A str that is none of Python's: it does not ride along."""


class Row(metaclass=Fixed):
    """Has items, attributes and a size of its own."""

    limit = 20

    def __init__(self) -> None:
        self.items: dict[Any, Any] = {number: Number(number) for number in range(5)}
        self.left = Number(1)

    def __getitem__(self, key: object) -> Any:
        return self.items[key]

    def __setitem__(self, key: object, value: object) -> None:
        if len(self.items) >= self.limit:
            raise MemoryError("the row is full")
        self.items[key] = value

    def __delitem__(self, key: object) -> None:
        del self.items[key]

    def __contains__(self, key: object) -> bool:
        return key in self.items

    def __len__(self) -> int:
        return len(self.items)

    __length_hint__ = __len__

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self.items))

    def __reversed__(self) -> Iterator[Any]:
        yield from reversed(list(self.items))

    def __bytes__(self) -> bytes:
        return bytes(len(self.items))

    def __dir__(self) -> list[str]:
        return ["items", "left"]

    def __copy__(self) -> Row:
        return Row()

    def __deepcopy__(self, memo: object) -> Row:
        return Row()

    def __enter__(self) -> int:
        return 7

    def __exit__(self, kind: object, error: object, trace: object) -> bool:
        return isinstance(error, ValueError)

    async def __aenter__(self) -> Row:
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, kind: object, error: object, trace: object) -> bool:
        await asyncio.sleep(0)
        return isinstance(error, ValueError)

    def __reduce__(self) -> Any:
        return Row, ()


class Odd(metaclass=Fixed):
    """Gives nothing that Python expects of an object."""

    def __getattr__(self, name: str) -> Any:
        raise SilentError(name)

    def __len__(self) -> int:
        return -1

    def __bool__(self) -> Any:
        return "maybe"

    def __hash__(self) -> Any:
        return "no hash"

    def __eq__(self, other: object) -> Any:
        raise SilentError("no comparison")

    def __repr__(self) -> Any:
        return 5

    def __format__(self, spec: str) -> Any:
        return None

    def __dir__(self) -> Any:
        return 5

    def __reduce_ex__(self, protocol: object) -> Any:
        return 5

    def __index__(self) -> Any:
        return "no index"

    def __iter__(self) -> Any:
        return 5

    def __next__(self) -> Any:
        raise LeavingError("in the middle")

    def __iadd__(self, other: object) -> Any:
        raise LeavingError("in place")

    def __del__(self) -> None:
        raise ValueError("nobody hears of this")

    def __exit__(self, *args: object) -> Any:
        raise NamelessError


class Buffer(metaclass=Fixed):
    """Travels with bytes beside its pickle."""

    def __init__(self, data: Any = b"") -> None:
        self.data = bytes(data[:5000])

    def __reduce_ex__(self, protocol: Any) -> Any:
        return Buffer, (pickle.PickleBuffer(bytearray(self.data)),)


# -------------------------------------------------------------------------------------------------- errors


class OwnError(Exception, metaclass=Fixed):
    """No builtin."""


class StrictError(Exception, metaclass=Fixed):
    """Made of other arguments than those it keeps."""

    def __init__(self, first: object, second: object) -> None:
        super().__init__("strict")


class SilentError(Exception, metaclass=Fixed):
    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    __str__ = __repr__


class SurrogateError(Exception, metaclass=Fixed):
    def __repr__(self) -> str:
        return "\udc80"


class UnpicklableError(Exception, metaclass=Fixed):
    def __reduce_ex__(self, protocol: object) -> Any:
        raise LeavingError("no pickle")


class _Nameless(Fixed):
    def __getattribute__(cls, name: str) -> Any:
        if name == "__qualname__":
            raise RuntimeError("no name")
        return super().__getattribute__(name)


class NamelessError(Exception, metaclass=_Nameless):
    """One that does not even tell the name of its class."""


class LeavingError(BaseException, metaclass=Fixed):
    """What `except Exception` does not catch."""


ERRORS: dict[str, Callable[[], BaseException]] = {
    "own": lambda: OwnError("own", 1),
    "strict": lambda: StrictError(1, 2),
    "silent": SilentError,
    "surrogate": SurrogateError,
    "unpicklable": UnpicklableError,
    "nameless": NamelessError,
    "leaving": lambda: LeavingError("leaving"),
    "exit": lambda: SystemExit(3),
    "interrupt": KeyboardInterrupt,
    "generator": GeneratorExit,
    "stop": lambda: StopIteration(5),
    "memory": lambda: MemoryError("not really"),
    "recursion": lambda: RecursionError("not really"),
    "large": lambda: ValueError("x" * 200_000),
    "lone": lambda: ValueError("\udc80"),
}


# ------------------------------------------------------------------------------------------------ functions


def identity(value: object) -> object:
    return value


def number(value: object = 3) -> Number:
    return Number(value)


def row() -> Row:
    return Row()


def bag(*items: object) -> Bag:
    return Bag(items[:5])


def right() -> Right:
    return Right(2)


def odd() -> Odd:
    return Odd()


def arguments(*args: object, **kwargs: object) -> tuple[int, list[str]]:
    return len(args), sorted(kwargs)[:10]


def nothing(*args: object) -> object:
    return NotImplemented


def fails(name: object = "own", *args: object) -> None:
    make = ERRORS.get(name) if isinstance(name, str) else None
    raise ValueError("failed") if make is None else make()


def fails_in_a_chain() -> None:
    try:
        fails("strict")
    except StrictError as error:
        raise OwnError("outer") from error


def count(last: object = 5) -> Generator[object, None, str]:
    yield from range((_small(last) or 0) % 50)
    return "end"


def count_and_fail() -> Iterator[object]:
    yield from (1, "two", [3])
    raise OwnError("fourth")


def at_once(error: object = "stop") -> Iterator[object]:
    fails(error)
    yield None


async def after_a_turn(value: object = None) -> object:
    await asyncio.sleep(0)
    return value


async def fails_after_a_turn(name: object = "own") -> None:
    await asyncio.sleep(0)
    fails(name)


async def count_asynchronously(last: object = 5) -> AsyncIterator[object]:
    for item in count(last):
        yield item


def _deep() -> list[Any]:
    value: list[Any] = []
    for _ in range(3000):
        value = [value]
    return value


ONE = 1
TEXT = "x" * 300
LONE = "\udc80"
NAMED = Text("own")
SPAN = range(100)
PAIR = (1, "two")
LARGE = bytes(2_100_000)
DEEP = _deep()
HUGE = 1 << 20_000
SLICE = slice(1, 3)


class _Playground(types.ModuleType):
    def __setattr__(self, name: str, value: object) -> None:
        raise TypeError("the playground stays as it is")

    def __delattr__(self, name: str) -> None:
        raise TypeError("the playground stays as it is")


def tidy() -> None:
    """Take off functions what was put on them."""
    for value in list(globals().values()):
        if isinstance(value, types.FunctionType):
            value.__dict__.clear()


sys.modules[__name__].__class__ = _Playground

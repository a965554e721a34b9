"""A small shop: the user's own classes, on which the cases are checked.

Each shape that a class can have in Python's type system occurs once; nothing here is executed.
"""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import ClassVar, Generic, NamedTuple, Protocol, TypedDict, TypeVar, overload

from typing_extensions import Self

T = TypeVar("T")
R = TypeVar("R")
K = TypeVar("K")
P = TypeVar("P", bound="Product")


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"

    def darker(self) -> Color:
        return self

    @property
    def code(self) -> int:
        return 1


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Extent(NamedTuple):
    width: int
    unit: str

    def doubled(self) -> Extent:
        return Extent(self.width * 2, self.unit)


class Address(TypedDict):
    street: str
    number: int


class Money:
    """Operators with overloads, reflected ones, comparisons, and what the built-in functions ask for."""

    digits: ClassVar[int] = 2

    def __init__(self, cents: int, currency: str = "EUR") -> None:
        self.cents = cents
        self.currency = currency

    @classmethod
    def parse(cls, text: str) -> Self:
        return cls(int(text))

    @staticmethod
    def rounded(amount: float, digits: int = 2) -> int:
        return int(round(amount, digits))

    def __add__(self, other: Money) -> Money:
        return self

    def __sub__(self, other: Money) -> Money:
        return self

    def __mul__(self, factor: int) -> Money:
        return self

    def __rmul__(self, factor: int) -> Money:
        return self

    @overload
    def __truediv__(self, other: Money) -> float: ...
    @overload
    def __truediv__(self, other: int) -> Money: ...
    def __truediv__(self, other: Money | int) -> float | Money:
        return 1.0

    def __matmul__(self, rate: Rate) -> Price:
        return Price(self.cents)

    def __divmod__(self, parts: int) -> tuple[Money, Money]:
        return self, self

    def __iadd__(self, other: Money) -> Self:
        return self

    def __neg__(self) -> Money:
        return self

    def __abs__(self) -> Money:
        return self

    def __lt__(self, other: Money) -> bool:
        return True

    def __le__(self, other: Money) -> bool:
        return True

    def __int__(self) -> int:
        return self.cents


class Rate:
    def __init__(self, percent: float) -> None:
        self.percent = percent

    def __radd__(self, base: int) -> float:
        return base + self.percent


class Price(Money):
    """A subclass whose operator gives more than its base's."""

    def __add__(self, other: Money) -> Price:
        return self

    @property
    def gross(self) -> Money:
        return self


class Priced(Protocol):
    @property
    def price(self) -> Money: ...


class Sku:
    """A descriptor."""

    @overload
    def __get__(self, product: None, owner: type) -> Sku: ...
    @overload
    def __get__(self, product: object, owner: type) -> str: ...
    def __get__(self, product: object | None, owner: type) -> Sku | str:
        return "sku"

    def __set__(self, product: object, value: str) -> None: ...


@dataclass
class Product:
    """A dataclass with properties, a descriptor, and methods that give its own class."""

    name: str
    price: Money
    tags: list[str] = field(default_factory=list)
    parent: Product | None = None

    sku = Sku()

    @property
    def label(self) -> str:
        return self.name

    @property
    def discount(self) -> float:
        return 0.0

    @discount.setter
    def discount(self, value: float) -> None: ...

    def describe(self, width: int, sep: str = " ") -> str:
        return sep * width

    def related(self) -> Sequence[Product]:
        return [self]

    def renamed(self, name: str, *, keep_tags: bool = True) -> Self:
        return self

    def replaces(self, other: Product) -> bool:
        return self is other

    def size(self) -> Extent:
        return Extent(1, "cm")

    def color(self) -> Color:
        return Color.RED


@dataclass
class Book(Product):
    """Overrides with a narrower result."""

    pages: int = 0

    def related(self) -> list[Book]:
        return [self]

    def chapter(self, number: int) -> str:
        return str(number)


@dataclass
class Toy(Product):
    age: int = 3

    def chapter(self, number: int) -> bytes:
        return bytes(number)


class Basket(Generic[T]):
    """A generic container."""

    def __init__(self, items: Sequence[T]) -> None:
        self.items = list(items)
        self.best: T = items[0]

    def add(self, item: T) -> None: ...

    def first(self) -> T:
        return self.items[0]

    def last(self) -> T | None:
        return None

    def extend(self, items: Sequence[T]) -> Basket[T]:
        return self

    def map(self, function: Callable[[T], R]) -> Basket[R]:
        return Basket([function(item) for item in self.items])

    def pairs(self, other: Basket[K]) -> list[tuple[T, K]]:
        return list(zip(self.items, other.items))

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> list[T]: ...
    def __getitem__(self, at: int | slice) -> T | list[T]:
        return self.items[at]

    def __setitem__(self, at: int, item: T) -> None: ...

    def __delitem__(self, at: int) -> None: ...

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __reversed__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return 0

    def __contains__(self, item: object) -> bool:
        return False

    def __call__(self, count: int) -> list[T]:
        return self.items[:count]

    def __or__(self, other: Basket[T]) -> Basket[T]:
        return self

    def __enter__(self) -> list[T]:
        return self.items

    def __exit__(self, kind: object, error: BaseException | None, trace: TracebackType | None) -> None: ...


class Warehouse:
    """Everything that is awaited."""

    async def stock(self, name: str) -> int:
        return len(name)

    async def fetch_all(self, *names: str) -> list[Product]:
        return []

    def deliveries(self) -> AsyncIterator[Product]:
        raise NotImplementedError

    async def __aenter__(self) -> Basket[Product]:
        raise NotImplementedError

    async def __aexit__(self, kind: object, error: BaseException | None, trace: TracebackType | None) -> None: ...


class Ledger:
    """Overloads, variadic parameters, a nested class, a callable attribute."""

    class Entry:
        def __init__(self, amount: Money) -> None:
            self.amount = amount

    last: Entry | None = None
    notify: Callable[[str], int]
    owner: Address
    extent: tuple[int, str]

    def __init__(self, title: str, *entries: Entry, strict: bool = False) -> None:
        self.title = title

    def record(self, *amounts: Money, reason: str, **details: int) -> Entry:
        return Ledger.Entry(amounts[0])

    @overload
    def find(self, key: int) -> Entry: ...
    @overload
    def find(self, key: str, limit: int = 1) -> list[Entry]: ...
    def find(self, key: int | str, limit: int = 1) -> Entry | list[Entry]:
        return []

    def look_up(self, key: int | str) -> int | str:
        return key

    def entries(self) -> Iterator[Entry]:
        return iter([])

    def cheapest(self, products: Sequence[P]) -> P:
        return products[0]

    def sum_of(self, goods: list[Money]) -> Money:
        return goods[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: TracebackType | None) -> None: ...


def total(goods: Sequence[Priced], tax: float = 0.0) -> Money:
    return goods[0].price


def greet(name: str, *, times: int = 1) -> str:
    return name * times


def countdown(start: int) -> Iterator[int]:
    return iter(range(start))


def first_of(items: Sequence[T]) -> T:
    return items[0]


async def ship(product: Product, days: int = 1) -> str:
    return product.name

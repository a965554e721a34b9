"""What only the mypy plugin knows: names that a type does not have, and classes for which nothing was generated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from shop import Basket, Money, Product, greet
from typing_extensions import assert_type

from ray_proxy import IRemoteInterpreter, Var

T = TypeVar("T")


@dataclass
class Point:
    """A class of this file."""

    x: int
    y: float = 0.0

    def moved(self, by: int, *, up: float = 0.0) -> Point:
        return self

    def __add__(self, other: Point) -> Point:
        return self

    def __getitem__(self, axis: int) -> float:
        return self.y

    async def later(self) -> str:
        return ""


class Box(Generic[T]):
    def __init__(self, content: T) -> None:
        self.content = content

    def swapped(self, content: T) -> T:
        return self.content


class Named(Protocol):
    @property
    def name(self) -> str: ...


def misspelt(
    s: Var[str], v: Var[list[int]], product: Var[Product], basket: Var[Basket[int]], point: Var[Point]
) -> None:
    s.uppr()  # error
    s.upper().lowr()  # error
    v.appendd(3)  # error
    v[0].bit_lenght()  # error
    product.nme  # error
    product.price.sents  # error
    product.related()[0].nme  # error
    basket.frist()  # error
    point.z  # error
    point.moved(3).z  # error
    s.uppr = "a"  # error
    product.nme = s  # error
    point.z = 3  # error


def nothing_generated(point: Var[Point], box: Var[Box[str]], named: Var[Named], n: Var[int], s: Var[str]) -> None:
    assert_type(point.x, Var[int])
    assert_type(point.moved(3), Var[Point])
    assert_type(point.moved(n, up=1.5).y, Var[float])
    assert_type(point + point, Var[Point])
    assert_type(point + Point(3), Var[Point])
    assert_type(Point(3) + point, Var[Point])
    assert_type(point[n], Var[float])
    assert_type(point.later(), Var[str])
    assert_type(box.content, Var[str])
    assert_type(box.swapped(s).upper(), Var[str])
    assert_type(named.name, Var[str])
    point.x = n
    point.moved(s)  # error
    point.moved("a")  # error
    point.moved()  # error
    point.moved(3, 4)  # error
    point.x = s  # error
    point + 3  # error
    point["a"]  # error
    point[s]  # error
    box.swapped(n)  # error
    box.content = n  # error
    named.name = s  # error
    point(3)  # error


def keywords(
    env: IRemoteInterpreter, f: Var[Callable[[int], str]], s: Var[str], n: Var[int], money: Var[Money]
) -> None:
    assert_type(env.remote(greet)("a", times=n), Var[str])
    assert_type(env.remote(greet)(name=s), Var[str])
    assert_type(env.remote(greet)(s, times=n), Var[str])
    assert_type(env.remote(Point)(n, y=1.5), Var[Point])
    assert_type(env.run(greet, (), {"name": s}), Var[str])
    env.remote(greet)(s, times=s)  # error
    env.remote(greet)(name=n)  # error
    env.remote(greet)(nme=s)  # error
    env.remote(Point)(s)  # error
    f(money)  # error

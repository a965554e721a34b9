"""What Python itself asks of an object: truth, length, iteration, membership, `with`, `await` and calls."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from shop import Basket, Ledger, Product, Warehouse
from typing_extensions import assert_type

from ray_proxy import IRemoteInterpreter, Var


def values_needed_here(x: Var[int], s: Var[str], v: Var[list[int]], f: Var[float]) -> None:
    assert_type(x.fetch(), int)
    assert_type(v.fetch(), list[int])
    assert_type(v.fetch(timeout=1.5), list[int])
    assert_type(v.fetch(copy=False), list[int])
    assert_type(v[0].fetch() + 1, int)
    assert_type(x.env, IRemoteInterpreter)
    assert_type(bool(x), bool)
    assert_type(not s, bool)
    assert_type(len(v), int)
    assert_type(len(s), int)
    assert_type(int(x), int)
    assert_type(float(f).hex(), str)
    assert_type(str(x), str)
    assert_type(repr(v), str)
    assert_type(hash(s), int)
    assert_type(f"{x:>3}", str)
    assert_type(3 in v, bool)
    assert_type(x in v, bool)
    assert_type("a" not in s, bool)
    assert_type([1.5][x], float)
    x.fetch("soon")  # error
    x.fetch(until=3)  # error
    x.env = x  # error
    len(x)  # error  # limit: mypy pyrefly
    v.fetch().upper()  # error


def iteration(v: Var[list[int]], s: Var[str], words: Var[dict[str, int]], lines: Var[Iterator[bytes]]) -> None:
    for item in v:
        assert_type(item, Var[int])
    for character in s:
        assert_type(character, Var[str])
    for key in words:
        assert_type(key, Var[str])
    for line in lines:
        assert_type(line, Var[bytes])
    for number, item in enumerate(v):
        assert_type(number, int)
        assert_type(item, Var[int])
    for item, character in zip(v, s):
        assert_type(item, Var[int])
        assert_type(character, Var[str])
    first, *rest = v
    assert_type(first, Var[int])
    assert_type(rest, list[Var[int]])
    assert_type(next(lines), Var[bytes])
    assert_type(next(iter(v)), Var[int])
    assert_type(list(v), list[Var[int]])
    assert_type([item + 1.5 for item in v], list[Var[float]])
    assert_type({character for character in s}, set[Var[str]])  # noqa: C416
    for item in v:
        item.upper()  # error
    lines.append(3)  # error


def not_iterable(x: Var[int], f: Var[float]) -> None:
    for _ in x:  # error  # limit: pyrefly
        pass
    next(f)  # error  # limit: mypy pyrefly
    x + "a"  # error


def blocks(lock: Var[threading.Lock], ledger: Var[Ledger], basket: Var[Basket[str]], x: Var[int]) -> None:
    with lock:
        assert_type(lock.locked(), Var[bool])
    with lock as held:
        assert_type(held, Var[bool])
    with ledger as same:
        assert_type(same, Var[Ledger])
        assert_type(same.title, Var[str])
    with basket as items:
        assert_type(items, Var[list[str]])
    with lock, ledger as same:
        assert_type(same, Var[Ledger])
    assert_type(lock.acquire(timeout=1), Var[bool])
    with x:  # error
        pass
    lock.acquire("now")  # error


async def waiting(
    x: Var[int], depot: Var[Warehouse], name: Var[str], numbers: Var[AsyncIterator[int]], soon: Var[Awaitable[str]]
) -> None:
    assert_type(await x, int)
    assert_type(await name.upper(), str)
    assert_type(depot.stock("a"), Var[int])
    assert_type(depot.stock(name) + 1.5, Var[float])
    assert_type(await depot.stock(name), int)
    assert_type(depot.fetch_all("a", name), Var[list[Product]])
    assert_type(depot.fetch_all("a")[0].name, Var[str])
    async for number in numbers:
        assert_type(number, Var[int])
    async for product in depot.deliveries():
        assert_type(product, Var[Product])
        assert_type(product.name, Var[str])
    async with depot as basket:
        assert_type(basket, Var[Basket[Product]])
    (await x).upper()  # error
    depot.stock(3)  # error
    depot.stock(x)  # error
    depot.fetch_all("a", 3)  # error
    depot.stock()  # error


def calls(
    plain: Var[Callable[[int, str], float]],
    none: Var[Callable[[], list[int]]],
    anything: Var[Callable[..., bytes]],
    soon: Var[Callable[[str], Awaitable[int]]],
    n: Var[int],
    s: Var[str],
) -> None:
    assert_type(plain(1, "a"), Var[float])
    assert_type(plain(n, "a"), Var[float])
    assert_type(plain(1, s), Var[float])
    assert_type(plain(n, s), Var[float])
    assert_type(none(), Var[list[int]])
    assert_type(none()[0], Var[int])
    assert_type(anything(1, "a", k=n), Var[bytes])
    plain(1)  # error
    plain("a", "a")  # error
    plain(s, s)  # error
    plain(n, n)  # error
    plain(n, s, n)  # error
    none(3)  # error
    n(3)  # error
    s()  # error


def untyped(x: Var[Any], n: Var[int]) -> None:
    assert_type(x.anything, Var[Any])
    assert_type(x.name, Var[Any])  # limit: mypy
    assert_type(x.upper(), Var[Any])  # limit: mypy pyrefly ty
    assert_type(x["a"], Var[Any])
    assert_type(x(1, n, k="a"), Var[Any])
    assert_type(x + 1, Var[Any])
    assert_type(x.shape[0](3), Var[Any])  # limit: mypy
    x.name = 3
    x["a"] = n
    for item in x:
        assert_type(item, Var[Any])
    n.upper()  # error

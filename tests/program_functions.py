"""The functions that random programs call."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from program_values import Oops


def same(x: Any) -> Any:
    return x


def pair(x: Any) -> Any:
    return (x, [x])


def appended(items: Any, x: Any) -> Any:
    items.append(x)
    return items


def keywords(*args: Any, **kwargs: Any) -> Any:
    return [*args, kwargs]


def fails(tag: Any = 0) -> Any:
    raise Oops(tag)


def fails_after(items: Any, tag: Any = 0) -> Any:
    items.append(tag)
    raise Oops(tag)


def leaves(code: Any = 3) -> Any:
    raise SystemExit(code)


def numbers(n: int = 3) -> Generator[Any, Any, str]:
    for i in range(min(n, 30)):
        yield [i]
    return "returned"


def drain(items: Any) -> Iterator[Any]:
    """Takes from a list what it gives."""
    while items:
        yield items.pop()


def feed(items: Any, n: int = 3) -> Iterator[Any]:
    """Appends to a list what it gives."""
    for i in range(min(n, 30)):
        items.append(i)
        yield i


async def later(x: Any) -> Any:
    return x


async def fails_later(tag: Any = 0) -> Any:
    raise Oops(tag)


def partition(objects: Any) -> list[int]:
    """For each of several objects, the first among them that is the same."""
    return [next(at for at, other in enumerate(objects) if other is one) for one in objects]


def bubble_sorted(items: Any) -> list[Any]:
    result = list(items)
    for end in range(len(result) - 1, 0, -1):
        for at in range(end):
            if result[at + 1] < result[at]:
                result[at], result[at + 1] = result[at + 1], result[at]
    return result


def running_totals(items: Any) -> list[Any]:
    totals: list[Any] = []
    for item in items:
        totals.append(totals[-1] + item if totals else item)
    return totals


def truthy_first(items: Any) -> list[Any]:
    return [item for item in items if item] + [item for item in items if not item]


def without_repeats(items: Any) -> list[Any]:
    kept: list[Any] = []
    for item in items:
        if item not in kept:
            kept.append(item)
    return kept

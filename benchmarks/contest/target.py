"""The object that is worked on: the same in the processes of all contenders."""

from __future__ import annotations

from types import SimpleNamespace


def double(x: int) -> int:
    return x * 2


class Target:
    """Has a method, a sum, and something to reach by attributes and items."""

    def __init__(self) -> None:
        self.a = SimpleNamespace(b=[double])
        self.total = 0

    def f(self, x: int) -> int:
        return x * 2

    def plus(self, x: int) -> int:
        return x + 1

    def add(self, x: int) -> int:
        """For those that cannot name a result before it is there: the object keeps the sum."""
        self.total += x
        return self.total

# ruff: noqa: E501  (an expression that holds stands on one line)
"""Edits of what Python 3.12 brought: see `test_cases.py`."""

from __future__ import annotations

from case import Case, case

CASES: list[Case] = [
    case(
        "a generic function and class of PEP 695",
        """
        def first[T](items: list[T]) -> T: return items[0]
        class Box[T]:
            def __init__(self, v: T): self.v = v
            def get(self) -> T: return self.v
        """,
        "s['f'] = m.first; s['b'] = m.Box[int](1)",
        """
        def first[T](items: list[T]) -> T: return items[-1]
        class Box[T]:
            def __init__(self, v: T): self.v = v
            def get(self) -> list[T]: return [self.v]
        """,
        "s['f']([1, 2]) == 2 and m.first is s['f'] and s['b'].get() == [1] and isinstance(s['b'], m.Box) and m.Box[int](2).get() == [2]",
    ),
    case(
        "a type alias of PEP 695",
        """
        type Name = str
        def f(a: Name): return a
        """,
        "",
        """
        type Name = int
        def f(a: Name): return a
        """,
        "m.Name.__value__ is int and m.f.__annotations__['a'] is m.Name",
    ),
    case(
        "an f-string with quotes inside, beside an edited line",
        """
        K = {'a': 1}
        def f(): return f"{K["a"]}"
        """,
        "s['f'] = m.f",
        """
        K = {'a': 2}
        def f(): return f"{K["a"]}!"
        """,
        "s['f']() == '2!'",
    ),
]

"""What is measured: each work, its sizes, and the rows of the table that come of it.

A work is a method of the contenders: those that have it take part. Its first argument is the size, how many operations
or items or bytes. It returns the seconds (or bytes) of the whole, or several by the names of the work's parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .figures import BYTES, MEGABYTES, MICROS, MILLIS, RATE, Unit


@dataclass(frozen=True)
class Row:
    """A row of the table. ``{size}`` in its title is the size of the work, ``{megabytes}`` in megabytes."""

    key: str
    title: str
    unit: Unit
    part: str = ""
    """Which part of what the work returns; empty where it returns one number."""


@dataclass(frozen=True)
class Work:
    """A work, and how it is measured.

    Attributes:
        quick: its size with ``--quick``.
        args: further arguments of the method.
        rounds: the most rounds it takes part in, where a round is long and its spread small.
        fresh: each sample is taken in a new process.
        warm: a tenth of it is done once before the first sample, and not counted.
    """

    method: str
    rows: Sequence[Row]
    size: int
    quick: int
    args: tuple[object, ...] = ()
    rounds: int = 1000
    fresh: bool = False
    warm: bool = True


def _work(key: str, title: str, unit: Unit, size: int, quick: int, *args: object, method: str = "") -> Work:
    return Work(method or key, [Row(key, title, unit)], size, quick, args)


def _iteration(kind: str, title: str) -> Work:
    return _work(f"iterate_{kind}", f"loop over {title}", RATE, 20_000, 4_000, kind, method="iterate")


def _bulk(method: str, title: str) -> list[Work]:
    title += ", {megabytes:g} MB"
    return [
        _work(f"{method}_{size}MB", title, MILLIS, size * 10**6, min(size, 32) * 10**6, method=method)
        for size in (1, 16, 256)
    ]


WORKS: list[Work] = [
    _work("chain", "chain of `v = v + 1`, then a fetch", RATE, 100_000, 10_000),
    _work("fan", "fan of `n + i`, all kept, then dropped", RATE, 100_000, 10_000),
    _work("pipeline", "messages of `v.a.b[0](1)`, pipelined", RATE, 40_000, 8_000),
    _work("truth", "`bool(n == 10)`", MICROS, 2_000, 500),
    _work("call", "`obj.f(3).fetch()`", MICROS, 2_000, 500),
    *[
        _work(
            f"threads_{count}",
            f"calls that wait, {count} thread{'s' * (count > 1)}",
            RATE,
            1_600,
            320,
            count,
            method="threads",
        )
        for count in (1, 4, 16)
    ],
    _iteration("list", "a list"),
    _iteration("tuple", "a tuple"),
    _iteration("range", "a range"),
    _iteration("str", "a str"),
    _iteration("set", "a set"),
    _iteration("frozenset", "a frozenset"),
    _iteration("dict", "a dict"),
    _iteration("keys", "the keys of a dict"),
    _iteration("values", "the values of a dict"),
    _iteration("items", "the items of a dict, key and value"),
    _iteration("array", "a 1-d array"),
    _iteration("series", "a Series"),
    _iteration("generator", "a generator"),
    *_bulk("put", "put of an array"),
    *_bulk("fetch", "fetch of an array, writable"),
    *_bulk("view", "fetch of an array, read-only view"),
    _work("across", "`here + there` of two interpreters", MICROS, 200, 50),
    Work(
        "recording",
        [
            Row("recording_client", "`record=`: processor time an operation more, client", MICROS, "client"),
            Row("recording_interpreter", "the same, interpreter", MICROS, "interpreter"),
        ],
        size=20_000,
        quick=5_000,
    ),
    Work(
        "memory",
        [
            Row("memory_client", "memory of a live Var of an int, client", BYTES, "client"),
            Row("memory_interpreter", "the same, interpreter", BYTES, "interpreter"),
        ],
        size=100_000,
        quick=20_000,
        rounds=3,
        fresh=True,
        warm=False,
    ),
    Work(
        "dropped",
        [
            Row("dropped_client_1", "growth by {size} Vars made and dropped, client", MEGABYTES, "client 1"),
            Row("dropped_client_2", "the same after twice as many, client", MEGABYTES, "client 2"),
            Row(
                "dropped_interpreter_1",
                "growth by {size} Vars made and dropped, interpreter",
                MEGABYTES,
                "interpreter 1",
            ),
            Row("dropped_interpreter_2", "the same after twice as many, interpreter", MEGABYTES, "interpreter 2"),
        ],
        size=1_000_000,
        quick=20_000,
        rounds=2,
        fresh=True,
        warm=False,
    ),
    Work("creation", [Row("creation", "a new interpreter (actor) and its first value", MILLIS)], 1, 1, warm=False),
    Work(
        "imports",
        [Row("imports", "`import ray_proxy` after `import ray` (Ray: `import ray`)", MILLIS)],
        1,
        1,
        rounds=5,
        warm=False,
    ),
]

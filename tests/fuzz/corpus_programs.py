"""The programs whose conversations are recorded, and then changed at random."""

from __future__ import annotations

import contextlib
from typing import Any

import playground
from cable import CableInterpreter as Env
from conversing import PROGRAM
from playground import Buffer, Number

from ray_proxy import fetch
from ray_proxy.var.interface import handle_of


def computes(env: Env, other: Env) -> None:
    box = env.module("playground")
    number: Any = box.number(3)
    mixed = [number + 1, 2 - number, number**2, number @ number, divmod(number, 4), number << 1, -number, ~number]
    mixed += [abs(number), round(number, 1), number // box.ONE, number & 6, 5 | number, box.right() < number]
    text = env.put("a text") + " and more"
    real = env.put(2.5) * 3
    assert fetch(text, real)[1] == 7.5
    assert int(number) == 3
    assert bool(mixed[0]), float(number)
    assert [complex(number), hash(number), len(text), f"{number:>4}", repr(number), str(mixed[1])]
    assert (env.put(10) > 3).fetch()


def works_in_place(env: Env, other: Env) -> None:
    box = env.module("playground")
    number: Any = box.number(4)
    number += 1
    number += 2
    number *= 3
    items: Any = env.put([1, 2])
    items += [3]
    whole: Any = env.put(1)
    whole += 2
    failed: Any = box.number(5)
    failed -= 13
    with contextlib.suppress(ArithmeticError):
        env.sync()
    assert fetch(items, whole) == ([1, 2, 3], 3)
    odd: Any = box.odd()
    with contextlib.suppress(BaseException):
        odd += 1
        odd.fetch()


def holds_items(env: Env, other: Env) -> None:
    row: Any = env.run(playground.row)
    row[7] = "seven"
    row["näme"] = env.put([1, 2, 3])
    del row[0]
    assert 7 in row, len(row)
    assert list(reversed(row)), dir(row)
    row.left = 5
    row.left.real.fetch()
    del row.left
    with contextlib.suppress(AttributeError):
        row.left.fetch()
    items: Any = env.put([1, "two", b"three", None, 4.5, [6], "y" * 300])
    assert [str(item) for item in items]
    assert items[1].fetch() == "two"
    items.append(row)
    assert items.pop().items.fetch()
    assert [part.fetch() for part in env.put((1, 2))]
    assert [letter.fetch() for letter in env.put("abc")]
    assert [one.fetch() for one in env.module("playground").SPAN]
    keys: Any = env.put({"a": 1, "b": [2]})
    assert [key.fetch() for key in keys.items()]
    assert bytes(env.put(b"x")) == b"x"


def iterates(env: Env, other: Env) -> None:
    box = env.module("playground")
    assert [number.fetch() for number in box.count(4)]
    for make in (box.count_and_fail, box.at_once, box.fails):
        with contextlib.suppress(BaseException):
            for item in make():
                item.fetch()
    assert list(box.bag(1, 2))
    with contextlib.suppress(BaseException):
        next(box.odd())


def calls(env: Env, other: Env) -> None:
    number = env.run(playground.number, (5,))
    more = number.add(2, twice=True)
    assert more.double().add(other=number).fetch()
    assert env.run(playground.arguments, (1, number, [number, {"k": more}]), {"b": more, "a": "text"}).fetch()
    assert env.remote(playground.identity)({"deep": [number, (more,)]}).fetch()
    assert env.put([number, {"k": more}]).fetch()
    assert env.put({1, "two", None}).fetch()
    assert env.put(Buffer(b"out of band" * 20)).data.fetch()
    assert env.put(b"\0" * 300).fetch()
    assert env.put("y" * 300).fetch()
    assert env.put(1 << 70).fetch()
    assert env.put(playground.Text("own")).fetch()


def fails(env: Env, other: Env) -> None:
    box = env.module("playground")
    for name in playground.ERRORS:
        failed = box.fails(name)
        with contextlib.suppress(BaseException):
            (failed + 1).fetch()
    for value in (box.fails_in_a_chain(), box.absent, env.module("nowhere.at_all"), env.put(1) / 0, box()):
        with contextlib.suppress(Exception):
            fetch(value, value + 1)
    for value in (box.DEEP, box.LONE, box.HUGE, box.odd(), box.count(3), box.nothing()):
        with contextlib.suppress(BaseException):
            value.fetch()
        with contextlib.suppress(BaseException):
            repr(value)
    with contextlib.suppress(Exception):
        box.number(1).other = 3
        env.sync()


def waits(env: Env, other: Env) -> None:
    box = env.module("playground")

    session, row, many = env.session, box.row(), box.count_asynchronously(1)
    assert box.after_a_turn([1]).fetch() == [1]
    with contextlib.suppress(BaseException):
        box.fails_after_a_turn("leaving").fetch()
    # As `async with` and `async for` ask, which would need an event loop of this thread, as the interpreter does.
    session.fetch(session.op("aenter", handle_of(row)))
    assert session.ask("aexit", handle_of(row), ValueError("swallowed"))
    ticks = session.op("aiter", handle_of(many))
    with contextlib.suppress(StopAsyncIteration):
        for _ in range(3):
            session.fetch(session.op("anext", ticks))
    with box.row() as seven:
        assert seven == 7
    with contextlib.suppress(ValueError), box.row():
        raise ValueError("swallowed")
    number: Any = env.put(5)
    with contextlib.suppress(TypeError), number:
        pass


def names(env: Env, other: Env) -> None:
    env.put_named("näme", [1, 2])
    env["other"] = env["näme"]
    assert env.instance_names() == ["näme", "other"]
    env["other"].append(3)
    del env["näme"]
    with contextlib.suppress(KeyError):
        env["näme"].fetch()
    env.delete_unnamed_vars()
    assert "other" in env
    env.put(2).fetch()


def leases(env: Env, other: Env) -> None:
    number = env.run(playground.number, (8,))
    failed = env.run(playground.fails)
    tokens = [env.session.lease(handle_of(var)) for var in (number, failed)]
    claimed = [env.session.claim(token) for token in tokens]
    assert env.session.fetch(claimed[0]) == Number(8)
    with contextlib.suppress(playground.OwnError):
        env.session.fetch(claimed[1])
    with contextlib.suppress(Exception):
        env.session.fetch(env.session.claim("session8.1.gone"))


def moves(env: Env, other: Env) -> None:
    number = env.run(playground.number, (2,))
    theirs = other.run(playground.number, (3,))
    assert (number + theirs).fetch()
    assert (theirs - number).fetch()
    assert (env.put(2) * theirs).fetch()
    assert number == theirs or number < theirs
    theirs += number
    other.put([number, env.put("text"), env.module("playground").TEXT * 300]).fetch()
    env.run(playground.arguments, (theirs, [theirs])).fetch()


def carries_bulk(env: Env, other: Env) -> None:
    large: Any = env.put(bytes(2_100_000))
    assert len(large) == 2_100_000
    assert len(env.module("playground").LARGE.fetch()) == 2_100_000
    reference = env.session.value(env.session.request(handle_of(large), "ref"))
    assert len(env.put(reference)) == 2_100_000
    other.put([env.module("playground").TEXT * 300]).fetch()


def is_eager(env: Env, other: Env) -> None:
    with env.eager():
        number: Any = env.run(playground.number, (2,))
        number += 1
        number.value = 5
        with contextlib.suppress(playground.OwnError):
            env.run(playground.fails)
    assert len(fetch(*[env.put(item) for item in range(40)])) == 40


PROGRAMS: list[PROGRAM] = [
    *(computes, works_in_place, holds_items, iterates, calls, fails, waits, names, leases, moves, carries_bulk),
    is_eager,
]

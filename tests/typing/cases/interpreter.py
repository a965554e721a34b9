"""Functions of the interpreter and of the package: `put`, `remote`, `run`, names, `fetch`, `wait`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from shop import Basket, Book, Money, Product, countdown, first_of, greet, ship
from typing_extensions import assert_type

import ray_proxy
from ray_proxy import IRemoteInterpreter, Var


def put(env: IRemoteInterpreter, x: int, s: str, v: list[int], t: tuple[int, str], money: Money) -> None:
    assert_type(env.put(x), Var[int])
    assert_type(env.put(s), Var[str])
    assert_type(env.put(v), Var[list[int]])
    assert_type(env.put(t), Var[tuple[int, str]])
    assert_type(env.put([1, 2]), Var[list[int]])
    assert_type(env.put({"a": 1}), Var[dict[str, int]])
    assert_type(env.put(money), Var[Money])
    assert_type(env.put(Product("a", money)).name, Var[str])
    assert_type(env.put(3) + 1.5, Var[float])
    assert_type(env.put("a") + "b", Var[str])
    assert_type(env.put("a") * 3, Var[str])
    assert_type(env.put("a").upper(), Var[str])
    assert_type(env.put_named("x", v), Var[list[int]])
    env.put(3) + "a"  # error
    env.put("a").append(3)  # error
    env.put_named(3, x)  # error
    env.put()  # error


def put_a_literal(env: IRemoteInterpreter) -> None:
    x: Var[int] = env.put(3)
    s: Var[str] = env.put("a")
    assert_type(x + 1, Var[int])
    assert_type(s + "a", Var[str])
    wrong: Var[str] = env.put(3)  # error
    wrong.upper()
    x.upper()  # error


def put_a_var(env: IRemoteInterpreter, x: Var[int], v: Var[list[str]]) -> None:
    assert_type(env.put(x), Var[int])
    assert_type(env.put(v)[0], Var[str])
    assert_type(env.put_named("x", v), Var[list[str]])
    env.put(x).upper()  # error


def names(env: IRemoteInterpreter, x: Var[int]) -> None:
    assert_type(env["x"], Var[Any])
    assert_type(env.get_named("x"), Var[Any])
    assert_type(env.get_named_instances(), dict[str, Var[Any]])
    assert_type("x" in env, bool)
    assert_type(env["model"].forward(x), Var[Any])
    env["x"] = x
    env["x"] = 3
    del env["x"]
    env[3]  # error


def move_a_function(env: IRemoteInterpreter, name: Var[str], n: Var[int], names: Var[list[str]]) -> None:
    remote_greet = env.remote(greet)
    assert_type(remote_greet("a"), Var[str])
    assert_type(remote_greet(name), Var[str])
    assert_type(remote_greet("a", times=2), Var[str])
    assert_type(remote_greet("a").upper(), Var[str])
    assert_type(env.put(greet)("a"), Var[str])
    for number in env.remote(countdown)(3):
        assert_type(number, Var[int])
    assert_type(env.remote(countdown)(n), Var[Iterator[int]])
    assert_type(env.remote(first_of)(["a"]), Var[str])  # limit: mypy ty
    remote_greet(3)  # error
    remote_greet(n)  # error
    remote_greet()  # error
    remote_greet("a", times="b")  # error
    remote_greet("a", tims=2)  # error
    remote_greet("a", 2)  # error
    env.remote(3)  # error


def move_as_a_decorator(env: IRemoteInterpreter, n: Var[int], s: Var[str]) -> None:
    @env.remote
    def half(x: int) -> float:
        return x / 2

    @env.remote
    async def later(x: int) -> str:
        return str(x)

    assert_type(half(3), Var[float])
    assert_type(half(n), Var[float])
    assert_type(later(3), Var[str])
    assert_type(later(n), Var[str])
    half("a")  # error
    half(s)  # error
    half()  # error
    later(s)  # error


def move_a_class(env: IRemoteInterpreter, money: Var[Money], name: Var[str], n: Var[int]) -> None:
    remote_product = env.remote(Product)
    assert_type(remote_product("a", Money(3)), Var[Product])
    assert_type(remote_product("a", money), Var[Product])
    assert_type(remote_product(name, money), Var[Product])
    assert_type(remote_product(name, price=money, tags=["a", name]), Var[Product])
    assert_type(env.put(Money).parse("3"), Var[Money])
    assert_type(env.put(Money).parse(name), Var[Money])
    assert_type(env.put(Money)(n), Var[Money])
    remote_product(3, money)  # error
    remote_product(name, name)  # error
    remote_product(name)  # error
    remote_product(name, price=money, tag=["a"])  # error
    env.put(Money).parse(3)  # error
    env.put(Money)(name)  # error


def run(env: IRemoteInterpreter, name: Var[str], n: Var[int], book: Var[Book], goods: Var[list[Product]]) -> None:
    assert_type(env.run(greet, ("a",)), Var[str])
    assert_type(env.run(greet, (name,)), Var[str])
    assert_type(env.run(greet, ("a",), {"times": 2}), Var[str])
    assert_type(env.run(greet, (name,), {"times": n}), Var[str])
    assert_type(env.run(countdown, (n,)), Var[Iterator[int]])
    assert_type(env.run(ship, (book,)), Var[str])
    assert_type(env.run(Product, (name, Money(3))), Var[Product])
    assert_type(env.run(isinstance, (name, str)), Var[bool])
    assert_type(env.run(first_of, (goods,)), Var[Product])  # limit: ty
    assert_type(env.run(lambda: greet("a")), Var[str])
    env.run(greet, (3,))  # error
    env.run(greet, (n,))  # error
    env.run(greet, "a")  # error
    env.run(3)  # error
    env.run(ship, (name,))  # error


def run_a_var(env: IRemoteInterpreter, f: Var[Callable[[int], str]], n: Var[int], s: Var[str]) -> None:
    assert_type(env.run(f, (3,)), Var[str])
    assert_type(env.run(f, (n,)), Var[str])
    env.run(f, (s,))  # error  # limit: pyrefly
    env.run(3, ())  # error


def many(x: Var[int], s: Var[str], basket: Var[Basket[str]], numbers: Var[list[int]]) -> None:
    assert_type(ray_proxy.fetch(x), tuple[int])
    assert_type(ray_proxy.fetch(x, s), tuple[int, str])
    assert_type(ray_proxy.fetch(x, s, basket), tuple[int, str, Basket[str]])
    assert_type(ray_proxy.fetch(x, s, timeout=3, copy=False), tuple[int, str])
    assert_type(ray_proxy.wait([x, x]), tuple[list[Var[int]], list[Var[int]]])
    assert_type(ray_proxy.wait([s], num_returns=1, timeout=2)[0], list[Var[str]])
    for done in ray_proxy.as_completed([x, x]):
        assert_type(done, Var[int])
    assert_type(ray_proxy.prefetch(numbers, 10), Iterator[Var[int]])
    assert_type(ray_proxy.attr(x, "fetch"), Var[Any])
    ray_proxy.fetch(3)  # error
    ray_proxy.fetch([x, s])  # error
    ray_proxy.wait([3])  # error
    ray_proxy.wait(x, num_returns="1")  # error
    ray_proxy.as_completed([3])  # error
    ray_proxy.attr(3, "fetch")  # error
    ray_proxy.prefetch(x, 10)  # error
    ray_proxy.prefetch([3], 10)  # error

"""Modules: `env.module("name")` and `env.put(module)`."""

from __future__ import annotations

import math

import shop
from shop import Book, Money, Product
from typing_extensions import assert_type

from ray_proxy import IRemoteInterpreter, Var


def of_the_library(env: IRemoteInterpreter, x: Var[float], n: Var[int], s: Var[str]) -> None:
    remote_math = env.module("math")
    assert_type(remote_math.pi, Var[float])
    assert_type(remote_math.sqrt(2.0), Var[float])
    assert_type(remote_math.sqrt(x), Var[float])
    assert_type(remote_math.gcd(3, n), Var[int])
    assert_type(remote_math.isclose(x, 1.5, rel_tol=x), Var[bool])
    assert_type(remote_math.sqrt(x) + 1, Var[float])
    remote_math.sqrt("a")  # error
    remote_math.sqrt(s)  # error
    remote_math.sqrt()  # error
    remote_math.gcd(n, s)  # error
    remote_math.isclose(x, 1.5, tol=x)  # error
    remote_math.sqroot(x)  # error: plugin
    env.module(3)  # error


def of_the_user(env: IRemoteInterpreter, product: Var[Product], book: Var[Book], s: Var[str], n: Var[int]) -> None:
    remote_shop = env.module("shop")
    assert_type(remote_shop.greet("a"), Var[str])
    assert_type(remote_shop.greet(s, times=n), Var[str])
    assert_type(remote_shop.total([product]), Var[Money])
    assert_type(remote_shop.total([product, book], tax=0.5), Var[Money])
    assert_type(remote_shop.ship(book), Var[str])
    assert_type(remote_shop.first_of([book]), Var[Book])
    assert_type(remote_shop.Money(n), Var[Money])
    assert_type(remote_shop.Money.parse(s), Var[Money])
    assert_type(remote_shop.Product(s, Money(3)).name, Var[str])
    assert_type(remote_shop.Money, Var[type[Money]])
    for number in remote_shop.countdown(n):
        assert_type(number, Var[int])
    remote_shop.greet(3)  # error
    remote_shop.greet(n)  # error
    remote_shop.greet(s, n)  # error
    remote_shop.greet(s, times=s)  # error
    remote_shop.total([s])  # error  # limit: pyrefly ty
    remote_shop.ship(s)  # error
    remote_shop.Money(s)  # error
    remote_shop.Money.parse(n)  # error
    remote_shop.gret("a")  # error: plugin
    remote_shop.Product(s)  # error


def put(env: IRemoteInterpreter, x: Var[float], s: Var[str]) -> None:
    assert_type(env.put(math).sqrt(x), Var[float])
    assert_type(env.put(math).pi, Var[float])
    assert_type(env.put(shop).greet(s), Var[str])
    env.put(math).sqrt(s)  # error
    env.module("math").sqrt(s)  # error


def unknown(env: IRemoteInterpreter, name: str, x: Var[int]) -> None:
    env.module(name).anything(x)
    env.module("no.such.module").anything(x)
    x.upper()  # error

"""The user's classes: generics, overloads, operators, variadic parameters, containers of Vars as arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from shop import Address, Basket, Book, Ledger, Money, Price, Product, Rate
from typing_extensions import assert_type

from ray_proxy import Var


def generics(basket: Var[Basket[int]], words: Var[Basket[str]], books: Var[Basket[Book]], n: Var[int]) -> None:
    assert_type(basket.first(), Var[int])
    assert_type(basket.last(), Var[int | None])
    assert_type(basket.best, Var[int])
    assert_type(basket.items, Var[list[int]])
    assert_type(basket.first() + 1.5, Var[float])
    assert_type(words.first().upper(), Var[str])
    assert_type(books.first().pages, Var[int])
    assert_type(books.items[0].chapter(n), Var[str])
    assert_type(basket.extend([1, 2]), Var[Basket[int]])
    assert_type(basket.extend([n, 2]).first(), Var[int])
    assert_type(basket.extend([n, n]), Var[Basket[int]])
    assert_type(basket.map(str), Var[Basket[str]])
    assert_type(basket.pairs(words), Var[list[tuple[int, str]]])
    assert_type(basket.pairs(words)[0][1], Var[str])
    assert_type(basket.pairs(Basket([b"a"])), Var[list[tuple[int, bytes]]])
    assert_type(basket | basket, Var[Basket[int]])
    assert_type(basket | Basket([1]), Var[Basket[int]])
    assert_type(basket.add(3), Var[None])
    assert_type(basket.add(n), Var[None])
    basket.best = 3
    basket.best = n
    basket.add("a")  # error
    basket.add(words.first())  # error
    words.add(n)  # error
    basket.extend(["a"])  # error
    basket.extend([words.first()])  # error
    basket.best = "a"  # error  # limit: mypy
    basket.first().upper()  # error
    basket | words  # error
    basket.frist()  # error: plugin
    books.first().age  # error


def items(basket: Var[Basket[int]], n: Var[int], s: Var[str]) -> None:
    assert_type(basket[0], Var[int])
    assert_type(basket[n], Var[int])
    assert_type(basket[0:2], Var[list[int]])
    assert_type(len(basket), int)
    assert_type(3 in basket, bool)
    assert_type(n in basket, bool)
    assert_type(basket(3), Var[list[int]])
    assert_type(basket(n), Var[list[int]])
    assert_type(basket(count=n)[0], Var[int])
    assert_type(reversed(basket), Var[Iterator[int]])  # limit: mypy pyright basedpyright pyrefly ty
    for item in basket:
        assert_type(item, Var[int])
    basket[0] = 3
    basket[0] = n
    basket[n] = n
    del basket[0]
    del basket[n]
    basket["a"]  # error
    basket[s]  # error
    basket[0] = "a"  # error
    basket[0] = s  # error
    basket[s] = n  # error
    del basket[s]  # error
    basket("a")  # error
    basket(s)  # error
    basket()  # error
    basket(3, 4)  # error


def make_generics(of_basket: Var[type[Basket[int]]], n: Var[int], s: Var[str], v: Var[list[int]]) -> None:
    assert_type(of_basket([1]), Var[Basket[int]])
    assert_type(of_basket([n]), Var[Basket[int]])
    assert_type(of_basket(v), Var[Basket[int]])
    of_basket(["a"])  # error  # limit: mypy pyright basedpyright pyrefly ty
    of_basket([s])  # error  # limit: mypy pyright basedpyright pyrefly ty
    of_basket(3)  # error


def overloads(ledger: Var[Ledger], n: Var[int], s: Var[str], f: Var[float]) -> None:
    assert_type(ledger.find(3), Var[Ledger.Entry])
    assert_type(ledger.find(n), Var[Ledger.Entry])
    assert_type(ledger.find("a"), Var[list[Ledger.Entry]])
    assert_type(ledger.find(s), Var[list[Ledger.Entry]])
    assert_type(ledger.find(s, limit=n), Var[list[Ledger.Entry]])
    assert_type(ledger.find(n).amount.cents, Var[int])
    assert_type(ledger.find(s, n)[0].amount, Var[Money])
    assert_type(ledger.look_up(n), Var[int | str])
    ledger.find(1.5)  # error
    ledger.find(f)  # error
    ledger.find(3, limit=2)  # error
    ledger.find("a", s)  # error
    ledger.find(n)[0]  # error
    ledger.find(s).amount  # error
    ledger.look_up(f)  # error


def parameters(ledger: Var[Ledger], of_ledger: Var[type[Ledger]], money: Var[Money], n: Var[int], s: Var[str]) -> None:
    assert_type(ledger.record(reason="a"), Var[Ledger.Entry])
    assert_type(ledger.record(money, Money(3), money, reason=s), Var[Ledger.Entry])
    assert_type(ledger.record(reason="a", days=3, weeks=n), Var[Ledger.Entry])
    assert_type(of_ledger("a"), Var[Ledger])
    assert_type(of_ledger(s, ledger.find(3), strict=True), Var[Ledger])
    assert_type(ledger.last, Var[Ledger.Entry | None])
    assert_type(ledger.extent[1].upper(), Var[str])
    assert_type(ledger.owner, Var[Address])
    assert_type(ledger.notify("a"), Var[int])
    assert_type(ledger.notify(s), Var[int])
    assert_type(ledger.notify, Var[Callable[[str], int]])
    assert_type(ledger.Entry(money), Var[Ledger.Entry])
    assert_type(ledger.Entry(Money(3)).amount, Var[Money])
    assert_type(ledger.title, Var[str])
    for entry in ledger.entries():
        assert_type(entry.amount, Var[Money])
    ledger.record(money)  # error
    ledger.record(s, reason="a")  # error
    ledger.record(money, reason=n)  # error
    ledger.record(reason="a", days="b")  # error
    ledger.record(reason="a", days=s)  # error
    of_ledger(n)  # error
    of_ledger(s, s)  # error
    of_ledger(s, stict=True)  # error
    ledger.notify(3)  # error
    ledger.notify(n)  # error
    ledger.entires()  # error: plugin
    ledger.Entry()  # error  # limit: mypy
    ledger.Entry(s)  # error


def containers_of_vars(ledger: Var[Ledger], product: Var[Product], book: Var[Book], money: Var[Money]) -> None:
    assert_type(ledger.cheapest([book]), Var[Book])
    assert_type(ledger.cheapest([book, book]).pages, Var[int])
    assert_type(ledger.cheapest((product, product)), Var[Product])
    assert_type(ledger.sum_of([money]), Var[Money])
    assert_type(ledger.sum_of([money, Money(3)]), Var[Money])
    assert_type(ledger.sum_of([Money(3), Money(4)]), Var[Money])
    ledger.cheapest([money])  # error
    ledger.cheapest([3])  # error
    ledger.sum_of([book])  # error
    ledger.sum_of(["a"])  # error
    ledger.sum_of(money)  # error


def operators(money: Var[Money], price: Var[Price], rate: Var[Rate], n: Var[int], s: Var[str], local: Money) -> None:
    assert_type(money + money, Var[Money])
    assert_type(money + local, Var[Money])
    assert_type(local + money, Var[Money])
    assert_type(money - local, Var[Money])
    assert_type(local - money, Var[Money])
    assert_type(money * 3, Var[Money])
    assert_type(money * n, Var[Money])
    assert_type(3 * money, Var[Money])
    assert_type(n * money, Var[Money])
    assert_type(n * local, Var[Money])
    assert_type(money / money, Var[float])
    assert_type(money / local, Var[float])
    assert_type(local / money, Var[float])
    assert_type(money / 2, Var[Money])
    assert_type(money / n, Var[Money])
    assert_type(money @ rate, Var[Price])
    assert_type(money @ Rate(1.5), Var[Price])
    assert_type(local @ rate, Var[Price])
    assert_type(n + rate, Var[float])
    assert_type(3 + rate, Var[float])
    assert_type(divmod(money, n), Var[tuple[Money, Money]])  # limit: ty
    assert_type(-money, Var[Money])
    assert_type(abs(money), Var[Money])
    assert_type(int(money), int)
    assert_type(money < local, Var[bool])
    assert_type(money <= money, Var[bool])
    assert_type(money > local, Var[bool])
    assert_type(price + money, Var[Price])
    assert_type(price + local, Var[Price])
    assert_type(price * 2, Var[Money])
    assert_type((price + money).gross.cents, Var[int])
    money += local
    money += money
    assert_type(money, Var[Money])
    money + 3  # error
    money + n  # error
    3 + money  # error
    money - s  # error
    money * 1.5  # error
    money * s  # error
    s * money  # error
    money / s  # error
    money @ 3  # error
    s + rate  # error
    money < 3  # error
    money < n  # error
    ~money  # error
    money // 2  # error
    money += 3  # error

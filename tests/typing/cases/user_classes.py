"""The user's classes: attributes, properties, methods, inheritance, constructors, enums and records."""

from __future__ import annotations

from collections.abc import Sequence

from shop import Address, Book, Color, Extent, Ledger, Level, Money, Priced, Product, Toy
from typing_extensions import assert_type

from ray_proxy import Var


def attributes(product: Var[Product], money: Var[Money], name: Var[str], n: Var[int]) -> None:
    assert_type(product.name, Var[str])
    assert_type(product.price, Var[Money])
    assert_type(product.price.cents, Var[int])
    assert_type(product.tags[0].upper(), Var[str])
    assert_type(product.parent, Var[Product | None])
    assert_type(product.label, Var[str])
    assert_type(product.discount, Var[float])
    assert_type(product.sku, Var[str])
    assert_type(money.digits, Var[int])
    assert_type(money.currency, Var[str])
    assert_type(product.name + "a", Var[str])
    product.name.append("a")  # error
    product.cents  # error
    product.upper()  # error
    product.nme  # error: plugin
    product.price.cent  # error: plugin
    name.price  # error
    n.currency  # error


def set_attributes(product: Var[Product], money: Var[Money], name: Var[str], n: Var[int], f: Var[float]) -> None:
    product.name = "a"
    product.name = name
    product.price = Money(3)
    product.price = money
    product.price.cents = n
    product.tags = ["a"]
    product.parent = None
    product.parent = product
    product.discount = 0.5
    product.discount = f
    product.sku = "a"
    product.sku = name
    product.tags += ["a"]
    product.price.cents += 1
    assert_type(product.name, Var[str])
    assert_type(product.discount, Var[float])
    product.name = 3  # error  # limit: mypy
    product.name = n  # error  # limit: mypy
    product.price = name  # error  # limit: mypy
    product.label = "a"  # error
    product.tags = [1]  # error  # limit: mypy
    product.discount = "a"  # error  # limit: mypy
    product.discount = name  # error  # limit: mypy
    product.sku = 3  # error  # limit: mypy
    product.sku = n  # error  # limit: mypy
    product.price.cents = "a"  # error  # limit: mypy
    product.label = name  # error


def methods(product: Var[Product], n: Var[int], s: Var[str]) -> None:
    assert_type(product.describe(3), Var[str])
    assert_type(product.describe(n), Var[str])
    assert_type(product.describe(n, s), Var[str])
    assert_type(product.describe(width=n, sep=s), Var[str])
    assert_type(product.describe(sep="a", width=3), Var[str])
    assert_type(product.renamed("a"), Var[Product])
    assert_type(product.renamed(s, keep_tags=False), Var[Product])
    assert_type(product.replaces(product), Var[bool])
    assert_type(product.replaces(Product("a", Money(3))), Var[bool])
    assert_type(product.related(), Var[Sequence[Product]])
    assert_type(product.related()[0].name, Var[str])
    assert_type(product.size().doubled().width, Var[int])
    assert_type(product.color().darker(), Var[Color])
    assert_type(product == product, Var[bool])
    product.describe()  # error
    product.describe("a")  # error
    product.describe(s)  # error
    product.describe(3, 4)  # error
    product.describe(3, n)  # error
    product.describe(3, "a", 4)  # error
    product.describe(wdth=3)  # error
    product.describe(width=s)  # error
    product.renamed("a", False)  # error
    product.renamed("a", keep_tag=True)  # error
    product.renamed(3)  # error
    product.replaces(s)  # error
    product.describ(3)  # error: plugin
    product.replaces("a")  # error


def inheritance(book: Var[Book], toy: Var[Toy], product: Var[Product], n: Var[int], s: Var[str]) -> None:
    assert_type(book.name, Var[str])
    assert_type(book.pages, Var[int])
    assert_type(book.related(), Var[list[Book]])
    assert_type(book.related()[0].pages, Var[int])
    assert_type(book.renamed("a"), Var[Book])
    assert_type(book.renamed(s).pages, Var[int])
    assert_type(book.describe(n), Var[str])
    assert_type(book.chapter(n), Var[str])
    assert_type(toy.chapter(n), Var[bytes])
    assert_type(product.replaces(book), Var[bool])
    assert_type(toy.label, Var[str])
    book.name = s
    book.pages = n
    book.parent = toy
    same: Var[Product] = book
    assert_type(same.name, Var[str])
    product.pages  # error
    product.chapter(3)  # error
    toy.pages  # error
    book.age  # error
    book.pages = s  # error  # limit: mypy
    book.chapter(s)  # error
    toy.chapter()  # error
    book.label = s  # error
    book.paegs  # error: plugin
    wrong: Var[Book] = product  # error
    wrong.chapter(s)  # error


def constructors(
    of_product: Var[type[Product]], of_money: Var[type[Money]], money: Var[Money], s: Var[str], n: Var[int]
) -> None:
    assert_type(of_product("a", Money(3)), Var[Product])
    assert_type(of_product(s, money), Var[Product])
    assert_type(of_product(name=s, price=money), Var[Product])
    assert_type(of_money(3), Var[Money])
    assert_type(of_money(n, s), Var[Money])
    assert_type(of_money(3, currency="USD").cents, Var[int])
    assert_type(of_money.parse("3"), Var[Money])
    assert_type(of_money.parse(s), Var[Money])
    assert_type(of_money.rounded(1.5), Var[int])
    assert_type(of_money.rounded(1.5, digits=n), Var[int])
    assert_type(of_money.digits, Var[int])
    assert_type(money.parse(s), Var[Money])
    assert_type(money.rounded(1.5), Var[int])
    of_product("a")  # error
    of_product("a", s)  # error
    of_product(n, money)  # error
    of_product(name=s, prce=money)  # error
    of_money("a")  # error
    of_money(s)  # error
    of_money.parse(3)  # error
    of_money.parse(n)  # error
    of_money.rounded("a")  # error
    of_money.rounded(s)  # error
    of_money()  # error  # limit: mypy
    money.parse(n)  # error


def enums(color: Var[Color], level: Var[Level], of_color: Var[type[Color]], s: Var[str], n: Var[int]) -> None:
    assert_type(color.name.upper(), Var[str])
    assert_type(color.darker(), Var[Color])
    assert_type(color.code, Var[int])
    assert_type(color == Color.RED, Var[bool])
    assert_type(level + 1, Var[int])
    assert_type(level.bit_length(), Var[int])
    assert_type(of_color("red"), Var[Color])
    assert_type(of_color(s).darker(), Var[Color])
    assert_type(of_color.RED.darker(), Var[Color])
    color.darker(3)  # error
    color.code = 3  # error
    color + 1  # error
    color.drker()  # error: plugin
    level + "a"  # error
    color.upper()  # error


def records(extent: Var[Extent], address: Var[Address], s: Var[str], n: Var[int]) -> None:
    assert_type(extent.width, Var[int])
    assert_type(extent.unit.upper(), Var[str])
    assert_type(extent[0], Var[int])
    assert_type(extent[1], Var[str])
    assert_type(extent.doubled(), Var[Extent])
    assert_type(address["street"], Var[str])
    assert_type(address["number"], Var[int])
    address["street"] = s
    address["number"] = 3
    extent.width = 3  # error
    extent["a"]  # error
    extent[0].upper()  # error
    extent.unit + 3  # error
    address[3]  # error
    address["street"] = 3  # error
    address["number"] = s  # error
    extent.with_unit("a")  # error: plugin
    extent.doubled(3)  # error


def unions(either: Var[Book | Toy], number: Var[int | float], n: Var[int], s: Var[str]) -> None:
    assert_type(either.name, Var[str])
    assert_type(either.label.upper(), Var[str])
    assert_type(either.chapter(3), Var[str | bytes])  # limit: mypy
    assert_type(either.chapter(n), Var[str | bytes])  # limit: mypy
    assert_type(either.describe(n), Var[str])
    assert_type(either.renamed("a"), Var[Book | Toy])
    assert_type(number * 2.5, Var[float])
    assert_type(either.fetch(), Book | Toy)
    either.name = s
    either.chapter("a")  # error
    either.name = n  # error  # limit: mypy
    either.pages  # error
    either.upper()  # error


def protocols(priced: Var[Priced], ledger: Var[Ledger], s: Var[str]) -> None:
    assert_type(priced.price, Var[Money])
    assert_type(priced.price.cents, Var[int])
    priced.price.upper()  # error
    priced.price = Money(3)  # error
    priced.name  # error

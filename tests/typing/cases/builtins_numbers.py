"""Numbers: `int`, `float`, `complex` and `bool`."""

from __future__ import annotations

from typing_extensions import assert_type

from ray_proxy import Var


def integers(x: Var[int], y: Var[int], f: Var[float], s: Var[str]) -> None:
    assert_type(x + 1, Var[int])
    assert_type(x + y, Var[int])
    assert_type(1 + x, Var[int])
    assert_type(x - y, Var[int])
    assert_type(2 - x, Var[int])
    assert_type(x * 2, Var[int])
    assert_type(x / y, Var[float])
    assert_type(x // 2, Var[int])
    assert_type(x % y, Var[int])
    assert_type(x & 1, Var[int])
    assert_type(x << y, Var[int])
    assert_type(-x, Var[int])
    assert_type(~x, Var[int])
    assert_type(abs(x), Var[int])
    assert_type(divmod(x, 2), Var[tuple[int, int]])  # limit: ty
    assert_type(x.real, Var[int])
    assert_type(x.bit_length(), Var[int])
    assert_type(x.to_bytes(2, "big"), Var[bytes])
    assert_type(x.to_bytes(y, byteorder="big", signed=True), Var[bytes])
    assert_type(x.conjugate() + 1, Var[int])
    x + "a"  # error
    "a" + x  # error
    x + s  # error
    x - s  # error
    x & f  # error
    x & 1.5  # error
    x.upper()  # error
    x.real = 3  # error
    x.to_bytes("2", "big")  # error
    x.to_bytes(s, "big")  # error
    x.to_bytes(2, "big", sign=True)  # error
    x[0]  # error
    x()  # error
    x.bit_lenght()  # error: plugin
    x.bit_length(1)  # error


def mixed(x: Var[int], f: Var[float], c: Var[complex], b: Var[bool]) -> None:
    assert_type(x + 1.5, Var[float])
    assert_type(1.5 + x, Var[float])
    assert_type(x + f, Var[float])
    assert_type(f - x, Var[float])
    assert_type(2.5 / x, Var[float])
    assert_type(f + 1j, Var[complex])
    assert_type(c * x, Var[complex])
    assert_type(b + b, Var[int])
    assert_type(b & b, Var[bool])
    assert_type(b & True, Var[bool])
    assert_type(b | x, Var[int])
    f + "a"  # error
    f // c  # error
    c < 1j  # error


def floats(f: Var[float], n: Var[int], c: Var[complex]) -> None:
    assert_type(f * 2, Var[float])
    assert_type(f**2, Var[float])
    assert_type(f // 2, Var[float])
    assert_type(-f, Var[float])
    assert_type(abs(f), Var[float])
    assert_type(round(f), Var[int])
    assert_type(round(f, 1), Var[float])
    assert_type(round(f, n), Var[float])
    assert_type(f.is_integer(), Var[bool])
    assert_type(f.as_integer_ratio(), Var[tuple[int, int]])
    assert_type(f.hex(), Var[str])
    assert_type(c.imag, Var[float])
    assert_type(abs(c), Var[float])
    assert_type(c.conjugate(), Var[complex])
    f.is_integer(3)  # error
    f.bit_length()  # error
    c.is_integer()  # error
    f.hexx()  # error: plugin
    f & 1  # error


def comparisons(x: Var[int], y: Var[int], f: Var[float], s: Var[str]) -> None:
    assert_type(x < 3, Var[bool])
    assert_type(3 < x, Var[bool])
    assert_type(x >= f, Var[bool])
    assert_type(x == y, Var[bool])
    assert_type(x == 1, Var[bool])
    assert_type(x != 1, Var[bool])
    assert_type(s == "a", Var[bool])
    assert_type(s <= "b", Var[bool])
    x < "a"  # error
    x < s  # error


def in_place(x: Var[int], y: Var[int], f: Var[float]) -> None:
    x += 1
    x += y
    x *= 2
    x <<= y
    assert_type(x, Var[int])
    f += 1
    f /= x
    assert_type(f, Var[float])
    x += "a"  # error

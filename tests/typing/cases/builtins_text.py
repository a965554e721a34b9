"""Text and bytes: `str`, `bytes` and `bytearray`."""

from __future__ import annotations

from typing_extensions import assert_type

from ray_proxy import Var


def text(s: Var[str], t: Var[str], n: Var[int], words: Var[list[str]], b: Var[bytes], plain: str) -> None:
    assert_type(s + "a", Var[str])
    assert_type(s + t, Var[str])
    assert_type("a" + s, Var[str])
    assert_type(s * 2, Var[str])
    assert_type(s * n, Var[str])
    assert_type(2 * s, Var[str])
    assert_type(n * s, Var[str])
    assert_type(n * plain, Var[str])
    assert_type(plain + s, Var[str])
    assert_type(s % 3, Var[str])
    assert_type(s[0], Var[str])
    assert_type(s[n], Var[str])
    assert_type(s[1:3], Var[str])
    assert_type(s[n:], Var[str])
    assert_type(s.upper(), Var[str])
    assert_type(s.upper().lower().strip(), Var[str])
    assert_type(s.split(","), Var[list[str]])
    assert_type(s.split(t, n), Var[list[str]])
    assert_type(s.split(",")[0].upper(), Var[str])
    assert_type(s.join(["a", "b"]), Var[str])
    assert_type(s.join(words), Var[str])
    assert_type(s.join([t, "b"]), Var[str])
    assert_type(s.encode(), Var[bytes])
    assert_type(s.encode(encoding="utf-8"), Var[bytes])
    assert_type(s.startswith(t), Var[bool])
    assert_type(s.find("a", n), Var[int])
    assert_type(s.replace("a", t), Var[str])
    assert_type(s.partition("a"), Var[tuple[str, str, str]])
    assert_type(s.partition("a")[2], Var[str])
    assert_type(s.splitlines(True), Var[list[str]])
    assert_type(s.count(t), Var[int])
    s + 1  # error
    s + n  # error
    1 + s  # error
    s + b  # error
    s * 1.5  # error
    s["a"]  # error
    s[t]  # error
    s[0] = "a"  # error
    s.upper(3)  # error
    s.split(n)  # error
    s.split(",", maxsplt=2)  # error
    s.join([1, 2])  # error
    s.join(3)  # error
    s.replace("a")  # error
    s.decode()  # error
    s.append("a")  # error
    s.is_integer()  # error
    s.uper()  # error: plugin
    s.length  # error: plugin
    s.startswith(n)  # error


def octets(b: Var[bytes], c: Var[bytes], n: Var[int], array: Var[bytearray], s: Var[str]) -> None:
    assert_type(b + b"a", Var[bytes])
    assert_type(b + c, Var[bytes])
    assert_type(b * n, Var[bytes])
    assert_type(b[0], Var[int])
    assert_type(b[0:2], Var[bytes])
    assert_type(b.decode(), Var[str])
    assert_type(b.decode("utf-8", errors=s), Var[str])
    assert_type(b.hex(), Var[str])
    assert_type(b.split(c), Var[list[bytes]])
    assert_type(b < c, Var[bool])
    assert_type(array[n], Var[int])
    assert_type(array.pop(), Var[int])
    assert_type(array.upper(), Var[bytearray])
    assert_type(array.append(n), Var[None])
    array[0] = 3
    array[0] = n
    array += b
    assert_type(array, Var[bytearray])
    b + s  # error
    b[s]  # error
    b[0] = 1  # error
    b.encode()  # error
    b.decode(3)  # error
    b.decod()  # error: plugin
    array[0] = s  # error
    array.append(s)  # error

"""The standard library: `decimal`, `fractions`, `re` and `collections`."""

from __future__ import annotations

import re
from collections import Counter, OrderedDict, defaultdict, deque
from decimal import Decimal
from fractions import Fraction

from typing_extensions import assert_type

from ray_proxy import Var


def decimals(d: Var[Decimal], e: Var[Decimal], n: Var[int], s: Var[str], of_decimal: Var[type[Decimal]]) -> None:
    assert_type(d + e, Var[Decimal])
    assert_type(d + 1, Var[Decimal])
    assert_type(d + n, Var[Decimal])
    assert_type(1 + d, Var[Decimal])
    assert_type(n + d, Var[Decimal])
    assert_type(d * Decimal("2"), Var[Decimal])
    assert_type(Decimal("2") / d, Var[Decimal])
    assert_type(d**2, Var[Decimal])
    assert_type(-d, Var[Decimal])
    assert_type(abs(d), Var[Decimal])
    assert_type(d.quantize(Decimal("0.1")), Var[Decimal])
    assert_type(d.quantize(e), Var[Decimal])
    assert_type(d.sqrt(), Var[Decimal])
    assert_type(d.is_nan(), Var[bool])
    assert_type(round(d), Var[int])
    assert_type(round(d, 2), Var[Decimal])
    assert_type(d < 3, Var[bool])
    assert_type(of_decimal("1.5"), Var[Decimal])
    assert_type(of_decimal(s), Var[Decimal])
    assert_type(of_decimal.from_float(1.5), Var[Decimal])
    d + "a"  # error
    d + 1.5  # error
    d + s  # error
    d.quantize("a")  # error
    d.quantize(s)  # error
    d.real = 3  # error
    d < "a"  # error
    d.sqroot()  # error: plugin
    d[0]  # error
    of_decimal.from_float("a")  # error


def fractions(f: Var[Fraction], g: Var[Fraction], n: Var[int], x: Var[float], s: Var[str]) -> None:
    assert_type(f + g, Var[Fraction])
    assert_type(f + 1, Var[Fraction])
    assert_type(f + n, Var[Fraction])
    assert_type(n + f, Var[Fraction])
    assert_type(1 - f, Var[Fraction])
    assert_type(f * 2.0, Var[float])
    assert_type(f * x, Var[float])
    assert_type(2.0 * f, Var[float])
    assert_type(x / f, Var[float])
    assert_type(f / Fraction(1, 2), Var[Fraction])
    assert_type(f.numerator, Var[int])
    assert_type(f.limit_denominator(n), Var[Fraction])
    assert_type(f < 3, Var[bool])
    f.numerator = 3  # error
    f + "a"  # error
    f + s  # error
    f.limit_denominator("a")  # error
    f.denominater  # error: plugin
    f < s  # error


def patterns(
    p: Var[re.Pattern[str]], b: Var[re.Pattern[bytes]], m: Var[re.Match[str]], s: Var[str], n: Var[int]
) -> None:
    assert_type(p.pattern, Var[str])
    assert_type(b.pattern, Var[bytes])
    assert_type(p.match("a"), Var[re.Match[str] | None])
    assert_type(p.fullmatch(s, n), Var[re.Match[str] | None])
    assert_type(b.search(b"a"), Var[re.Match[bytes] | None])
    assert_type(p.sub("a", s), Var[str])
    assert_type(p.sub("a", "b", count=n), Var[str])
    assert_type(b.sub(b"a", b"b"), Var[bytes])
    assert_type(p.groups, Var[int])
    assert_type(p.groupindex["a"], Var[int])
    assert_type(m.start(), Var[int])
    assert_type(m.span(n), Var[tuple[int, int]])
    assert_type(m.string, Var[str])
    assert_type(m.re, Var[re.Pattern[str]])
    assert_type(m.re.pattern.upper(), Var[str])
    for found in p.finditer(s):
        assert_type(found, Var[re.Match[str]])
    p.match(3)  # error
    p.match(b"a")  # error
    p.match(n)  # error
    b.match("a")  # error
    b.match(s)  # error
    p.sub("a")  # error
    p.flags = 3  # error
    m.span(1.5)  # error
    m.match("a")  # error
    p.mach("a")  # error: plugin
    p.upper()  # error


def counters(c: Var[Counter[str]], d: Var[Counter[str]], s: Var[str], n: Var[int]) -> None:
    assert_type(c["a"], Var[int])
    assert_type(c[s], Var[int])
    assert_type(c.most_common(), Var[list[tuple[str, int]]])
    assert_type(c.most_common(n), Var[list[tuple[str, int]]])
    assert_type(c.most_common(1)[0], Var[tuple[str, int]])
    assert_type(c.most_common(1)[0][0].upper(), Var[str])
    assert_type(c + d, Var[Counter[str]])
    assert_type(c & d, Var[Counter[str]])
    assert_type(c.copy(), Var[Counter[str]])
    for word in c:
        assert_type(word, Var[str])
    for pair in c.items():
        assert_type(pair[1], Var[int])
    c["a"] = 3
    c[s] = n
    c.update(["a"])
    c.update([s, "a"])
    c[n]  # error
    c["a"] = "b"  # error
    c[n] = 3  # error
    c.most_common("a")  # error
    c.most_common(s)  # error
    c.mostcommon()  # error: plugin
    c.update(3)  # error
    c.append("a")  # error


def queues(q: Var[deque[int]], n: Var[int], s: Var[str]) -> None:
    assert_type(q.popleft(), Var[int])
    assert_type(q.appendleft(n), Var[None])
    assert_type(q[0], Var[int])
    assert_type(q.maxlen, Var[int | None])
    assert_type(q.copy(), Var[deque[int]])
    assert_type(q + q, Var[deque[int]])
    for number in q:
        assert_type(number, Var[int])
    q[0] = n
    q += q
    q.appendleft("a")  # error
    q.appendleft(s)  # error
    q.maxlen = 3  # error
    q["a"]  # error
    q[0] = s  # error
    q.popleft(3)  # error
    q.poplef()  # error: plugin
    q + 3  # error


def mappings(ordered: Var[OrderedDict[str, int]], lists: Var[defaultdict[str, list[int]]], n: Var[int]) -> None:
    assert_type(ordered["a"], Var[int])
    assert_type(ordered.popitem(last=False), Var[tuple[str, int]])
    assert_type(ordered.move_to_end("a"), Var[None])
    assert_type(ordered.copy(), Var[OrderedDict[str, int]])
    assert_type(lists["a"], Var[list[int]])
    assert_type(lists["a"].append(n), Var[None])
    assert_type(lists["a"][0], Var[int])
    for items in lists.values():
        assert_type(items, Var[list[int]])
    ordered["a"] = n
    lists["a"] = [n]  # limit: mypy pyright basedpyright pyrefly ty
    ordered.move_to_end(3)  # error
    ordered.popitem(last=n, first=n)  # error
    ordered[3]  # error
    lists["a"] = 3  # error
    lists["a"].append("a")  # error
    lists["a"] = [n, "a"]  # error

"""Containers: `list`, `dict`, `set`, `frozenset`, `tuple`, `range` and `slice`."""

from __future__ import annotations

from typing_extensions import assert_type

from ray_proxy import Var


def lists(v: Var[list[int]], w: Var[list[int]], n: Var[int], s: Var[str], nested: Var[list[list[str]]]) -> None:
    assert_type(v[0], Var[int])
    assert_type(v[n], Var[int])
    assert_type(v[0:2], Var[list[int]])
    assert_type(v[n:], Var[list[int]])
    assert_type(v[0] + 1.5, Var[float])
    assert_type(nested[0], Var[list[str]])
    assert_type(nested[0][1].upper(), Var[str])
    assert_type(v + w, Var[list[int]])
    assert_type(v + [3], Var[list[int]])
    assert_type([3] + v, Var[list[int]])
    assert_type(v * 2, Var[list[int]])
    assert_type(2 * v, Var[list[int]])
    assert_type(v.pop(), Var[int])
    assert_type(v.pop(n), Var[int])
    assert_type(v.index(3), Var[int])
    assert_type(v.count(n), Var[int])
    assert_type(v.copy(), Var[list[int]])
    assert_type(v.append(3), Var[None])
    assert_type(v.append(n), Var[None])
    assert_type(v.extend([1, 2]), Var[None])
    assert_type(v.extend([n, 2]), Var[None])
    assert_type(v.extend(w), Var[None])
    assert_type(v.insert(n, 3), Var[None])
    assert_type(v.sort(reverse=True), Var[None])
    assert_type(v == w, Var[bool])
    v[0] = 3
    v[0] = n
    v[n] = n
    v[0:2] = [1, 2]
    del v[0]
    del v[n]
    v += [4]
    v += w
    assert_type(v, Var[list[int]])
    v[0].upper()  # error
    v["a"]  # error
    v[s]  # error
    v[0] = "a"  # error
    v[0] = s  # error
    v["a"] = 1  # error
    v.append("a")  # error
    v.append(s)  # error
    v.extend(3)  # error
    v.extend(["a"])  # error
    v.pop("a")  # error
    v.insert(3)  # error
    v.keys()  # error
    v.sort(reversed=True)  # error
    v.apend(3)  # error: plugin
    v + 3  # error
    v += 3  # error


def dicts(d: Var[dict[str, int]], e: Var[dict[str, int]], k: Var[str], n: Var[int]) -> None:
    assert_type(d["a"], Var[int])
    assert_type(d[k], Var[int])
    assert_type(d.get("a"), Var[int | None])
    assert_type(d.get("a", 3), Var[int])
    assert_type(d.get(k, n), Var[int])
    assert_type(d.pop("a"), Var[int])
    assert_type(d.setdefault("a", n), Var[int])
    assert_type(d.popitem(), Var[tuple[str, int]])
    assert_type(d.popitem()[0], Var[str])
    assert_type(d.copy(), Var[dict[str, int]])
    assert_type(d.update({"a": 1}), Var[None])
    assert_type(d.update({"a": n}), Var[None])
    assert_type(d.update(e), Var[None])
    assert_type(d | e, Var[dict[str, int]])
    assert_type(d | {"a": 1}, Var[dict[str, int]])
    assert_type(d == e, Var[bool])
    for key in d:
        assert_type(key, Var[str])
    for key in d.keys():  # noqa: SIM118
        assert_type(key, Var[str])
    for value in d.values():
        assert_type(value, Var[int])
    for item in d.items():
        assert_type(item, Var[tuple[str, int]])
        assert_type(item[0], Var[str])
        assert_type(item[1], Var[int])
    d["a"] = 3
    d["a"] = n
    d[k] = n
    del d["a"]
    del d[k]
    d |= e
    assert_type(d, Var[dict[str, int]])
    d[3]  # error
    d[n]  # error
    d["a"] = "b"  # error
    d["a"] = k  # error
    d[3] = 3  # error
    d.pop(3)  # error
    d.get()  # error
    d.append("a")  # error
    d.update(3)  # error
    d.itmes()  # error: plugin
    del d[n]  # error


def sets(a: Var[set[int]], b: Var[set[int]], f: Var[frozenset[str]], n: Var[int], s: Var[str]) -> None:
    assert_type(a | b, Var[set[int]])
    assert_type(a & b, Var[set[int]])
    assert_type(a - {1}, Var[set[int]])
    assert_type(a ^ b, Var[set[int]])
    assert_type(a.union(b), Var[set[int]])
    assert_type(a.pop(), Var[int])
    assert_type(a.add(n), Var[None])
    assert_type(a.issubset([1]), Var[bool])
    assert_type(a <= b, Var[bool])
    assert_type(f | f, Var[frozenset[str]])
    assert_type(f.intersection(["a"]), Var[frozenset[str]])
    assert_type(f.copy(), Var[frozenset[str]])
    a |= b
    assert_type(a, Var[set[int]])
    a.add("a")  # error
    a.add(s)  # error
    a[0]  # error
    a + b  # error
    f.add("a")  # error
    f.intersecton(["a"])  # error: plugin
    a | 3  # error


def tuples(t: Var[tuple[int, str]], many: Var[tuple[int, ...]], n: Var[int], s: Var[str]) -> None:
    assert_type(t[0], Var[int])
    assert_type(t[1], Var[str])
    assert_type(t[1].upper(), Var[str])
    assert_type(many[0], Var[int])
    assert_type(many[n], Var[int])
    assert_type(many[1:], Var[tuple[int, ...]])
    assert_type(many + many, Var[tuple[int, ...]])
    assert_type(many.index(3), Var[int])
    assert_type(t.count("a"), Var[int])
    for item in many:
        assert_type(item, Var[int])
    t["a"]  # error
    many[s]  # error
    t[0].upper()  # error
    many[0] = 3  # error
    many.append(3)  # error
    t.cuont(3)  # error: plugin
    many + 3  # error


def ranges(r: Var[range], part: Var[slice[int, int, int]], v: Var[list[int]], s: Var[str]) -> None:
    assert_type(r[0], Var[int])
    assert_type(r[1:], Var[range])
    assert_type(r.start, Var[int])
    assert_type(r.count(3), Var[int])
    assert_type(part.start, Var[int])
    assert_type(part.indices(3), Var[tuple[int, int, int]])
    assert_type(v[part], Var[list[int]])
    for number in r:
        assert_type(number, Var[int])
    r.start = 3  # error
    r[s]  # error
    r[0] = 3  # error
    part.indices("a")  # error
    r.stat  # error: plugin
    r.append(3)  # error

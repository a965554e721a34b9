"""What mypy knows of Vars under the plugin, as programs with what it says of each line."""

from __future__ import annotations

COMMON = """
from __future__ import annotations
import asyncio, enum, math, re, sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence, Sized
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePath
from typing import (
    Any, ClassVar, Final, Generic, Literal, NamedTuple, ParamSpec, Protocol, Self, TypedDict, TypeVar, overload
)
import ray_proxy
from ray_proxy import IRemoteInterpreter, Var

T = TypeVar("T")

class Color(enum.Enum):
    RED = 1
    def label(self) -> str: ...  # type: ignore[empty-body]

class Movie(TypedDict):
    name: str
    year: int

class Point(NamedTuple):
    x: int
    y: str

class Box(Generic[T]):
    count: int
    LIMIT: Final = 3
    kind: ClassVar[str] = ""
    callback: Callable[[int], str]
    def __init__(self, item: T) -> None: self.item = item
    @property
    def read_only(self) -> int: return 1
    @property
    def both(self) -> int: return 1
    @both.setter
    def both(self, value: int | str) -> None: ...
    def me(self) -> Self: return self
    @classmethod
    def make(cls, item: T) -> Box[T]: return cls(item)
    @staticmethod
    def static(x: int) -> str: return ""
    def many(self, *xs: int, key: str, **more: float) -> list[T]: return []
    @overload
    def over(self, x: int) -> str: ...
    @overload
    def over(self, x: str) -> bytes: ...
    def over(self, x: object) -> object: ...
    def __call__(self, x: int) -> bytes: return b""
    def __enter__(self) -> Self: return self
    def __exit__(self, *error: object) -> None: ...
    async def __aenter__(self) -> Self: return self
    async def __aexit__(self, *error: object) -> None: ...
    def __aiter__(self) -> AsyncIterator[T]: ...  # type: ignore[empty-body]
    async def slow(self) -> T: return self.item

class Swallows:
    def __enter__(self) -> int: return 1
    def __exit__(self, *error: object) -> bool: return True

class OnlyRight:
    def __radd__(self, other: int) -> str: return ""

class OnlyLeft:
    def __add__(self, other: bytes) -> str: return ""

class Vector:
    def __eq__(self, other: object) -> list[bool]: ...  # type: ignore[override]

class Goes(Protocol):
    speed: int
    def go(self, n: int) -> str: ...

def two(x: int, *, y: str = "") -> float: return 1.0
async def later(x: int) -> list[int]: return []
"""
TWINS = {
    "Path": (
        "v.parent; v.parent.name; v.with_suffix('.a'); v / 'a'; 'a' / v; v.exists(); v.nope; v.with_suffix(1); v + 1; "
        "v.open(); v.glob('*')"
    ),
    "int": (
        "v + 1; 1 + v; v + 1.5; 1.5 - v; v / 2; v // 2; v ** 2; v < 1; v == 1; v.real; -v; ~v; v & True; "
        "v.bit_length(); v + 'a'; v[0]; v(); v @ v; abs(v); divmod(v, 2); pow(v, 2); round(v); round(v / 2); "
        "round(v / 2, 1); v.to_bytes(1, 'big')"
    ),
    "str": (
        "v + 'a'; 'a' + v; v * 2; 2 * v; v % 1; v[0]; v[1:]; v['a']; v.split(); v.join(['a']); v.join([1]); v.uper(); "
        "-v; v < 1; v.encode(); v.partition('a')[2]; abs(v)"
    ),
    "list[int]": (
        "v[0]; v[0:1]; v['a']; v + [1]; v + ['a']; [1] + v; v * 2; v.index(1); v.copy(); v.append('a'); v.pop(); "
        "v.sort(key=lambda x: -x); v == [1]; v < [1]"
    ),
    "dict[str, int]": (
        "v['a']; v[1]; v.get('a'); v.get('a', 1); v.get('a', None); v.items(); v.keys(); v | {'b': 1}; "
        "v.setdefault('a', 'b'); v.nope"
    ),
    "tuple[int, str]": "v[0]; v[1]; v[-1]; v[2]; v[0:1]; v + (1.5,); v.count(1); v == (1, 'a')",
    "Counter[str]": "v.most_common(1); v.most_common(1)[0][1]; v['a']; v + v; v.total()",
    "datetime": "v - v; v - timedelta(1); v.date(); v + v; v.replace(year=1); v.replace(yaer=1); timedelta(1) + v",
    "Decimal": "v + 1; 1 + v; v + 1.5; v.sqrt(); v < 1; v.as_tuple().digits",
    "Fraction": "v * 2.0; 2 * v; v + v; v.numerator",
    "Box[int]": (
        "v.item; v.read_only; v.both; v.me(); v.me().item; v.make(1); v.static(1); v.kind; v.static('a'); "
        "v.many(1, key='a', z=1.5); v.many('a', key='a'); v.many(1); v.many(1, key=1); v.over(1); v.over('a'); "
        "v.over(1.5); v.callback(1); v.callback('a'); v(1); v('a')"
    ),
    "type[Box[int]]": "v(1); v('a'); v.make(1); v.kind; v.static(1); v.nope",
    "type[Color]": "v(1); v['RED']; v.nope",
    "Color": "v.label(); v.nope",
    "Movie": "v['name']; v['nmae']; v.get('year'); v.keys(); v | {'year': 1}",
    "Point": "v.x; v[1]; v[2]; v.y.upper(); v._replace(x=1); v.z",
    "Literal['a']": "v.upper(); v + 'b'; v.nope",
    "None": "v.nope; v()",
    "int | str": "v.real; v == 1; v * 2; v + 1",
    "Path | None": "v.name; v.exists(); v()",
    "Goes": "v.speed; v.go(1); v.go('a')",
    "Callable[[int, str], float]": "v(1, 'a'); v(1); v('a', 1)",
    "Vector": "v == v; v != v",
    "re.Pattern[str]": "v.match('a'); v.match(b'a'); v.sub('a', 'b')",
}
"""Types, and expressions that mean the same over a value of that type as over its Var."""
SPECIFICATIONS = {
    "every argument can be a Var": """
        def f(p: Var[Path], s: Var[str], n: Var[int], c: Var[Counter[str]], xs: list[Var[int]], ys: Var[list[int]]):
            p.with_suffix(s)  #: Var[Path]
            p.with_suffix(n)  # error: "with_suffix" of "PurePath" has incompatible type "int"; expected "str"
            c.most_common(n=n)  #: Var[list[tuple[str, int]]]
            s.join([s, "a"])  #: Var[str]
            s.join([s, n])  # error: List item 1 has incompatible type "int"; expected "str"
            ys.extend(xs)
            ys.extend([1, *xs, n])
            math.nope  # error: Module has no attribute "nope"
    """,
    "type variables are solved with values and Vars": """
        def f(d: Var[dict[str, int]], s: Var[str], n: Var[int], p: Var[Path]):
            d.get(s, n)  #: Var[int]
            d.get("a", s)  #: Var[int | str]
            d.setdefault(s, n)  #: Var[int]
            d.setdefault(s, p)  # error: incompatible type "Path"; expected "int"
    """,
    "a method that is not called is a Var of a function": """
        def f(p: Var[Path]):
            p.exists  #: Var[def () -> bool]
            g = p.with_suffix
            g(".a")  #: Var[Path]
            g(1)  # error: Argument 1 to "with_suffix" of "PurePath" has incompatible type "int"
            list(map(g, ["a"]))  #: list[Var[Path]]
    """,
    "both operands can be Vars": """
        def f(n: Var[int], s: Var[str], r: Var[OnlyRight], l: Var[OnlyLeft], b: Var[bytes], t: Var[datetime]):
            n + n  #: Var[int]
            s * n  #: Var[str]
            n * s  #: Var[str]
            n + s  # error: Unsupported operand types for + ("int" and "str")
            n + r  #: Var[str]
            1 + r  #: Var[str]
            s + r  # error: Unsupported operand types for + ("str" and "OnlyRight")
            "a" + r  # error: Unsupported operand types for +
            l + b  #: Var[str]
            OnlyLeft() + b  #: Var[str]
            datetime.now() - t  #: Var[timedelta]
            1 == n  #: Var[bool]
            1 < n  #: Var[bool]
            Path() / s  #: Var[Path]
            n < s  # error: Unsupported operand types for < ("int" and "str")
    """,
    "an in-place operator is that of T, or else an assignment of the binary one": """
        def f(n: Var[int], l: Var[list[int]], s: Var[str], x: Var[float], b: Var[Box[int]]):
            n += 1
            n += n
            n += 1.5  # error: expression has type "Var[float]", variable has type "Var[int]"
            n += "a"  # error: Unsupported operand types for + ("int" and "str")
            l += (1, n)
            l += ["a"]  # error: List item 0 has incompatible type "str"; expected "int"
            x = n
            x += 1.5
            x  #: Var[float]
            l[0] += n
            b.count += n
            b.count += "a"  # error: Unsupported operand types for + ("int" and "str")
    """,
    "items are got, set and deleted by values and Vars": """
        def f(l: Var[list[int]], n: Var[int], s: Var[str], d: Var[dict[str, int]], m: Var[Movie]):
            l[n]  #: Var[int]
            l[n:]  #: Var[list[int]]
            l[s]  # error: No overload variant of "__getitem__" of "list" matches argument type "str"
            l[0] = n
            l[0] = s  # error: No overload variant of "__setitem__" of "list" matches argument types "int", "str"
            l[0:1] = [n]
            d[s] = n
            d[n] = n  # error: Invalid index type "int" for "dict[str, int]"; expected type "str"
            m["year"] = n
            m["year"] = s  # error: Value of "year" has incompatible type "str"; expected "int"
            m["yaer"] = n  # error: TypedDict "Movie" has no key "yaer"
            s[0] = "a"  # error: Unsupported target for indexed assignment ("str")
            del l[n], d[s]
            del l["a"]  # error: Argument 1 to "__delitem__" of "list" has incompatible type "str"
    """,
    "an attribute takes a value or a Var of what T's attribute takes": """
        def f(b: Var[Box[int]], n: Var[int], s: Var[str]):
            b.item = 1
            b.item = n
            b.item = s  # error: expression has type "Var[str]", variable has type "int | Var[int]"
            b.both = s
            b.both  #: Var[int]
            b.both = 1.5  # error: Incompatible types in assignment
            b.read_only = 1  # error: Property "read_only" defined in "Box" is read-only
            b.LIMIT = 4  # error: Cannot assign to final attribute "LIMIT"
            b.nope = 1  # error: "Box[int]" has no attribute "nope"
            del b.item
            del b.nope  # error: "Box[int]" has no attribute "nope"
    """,
    "what waits gives a value of this process": """
        def f(l: Var[list[int]], n: Var[int], s: Var[str], x: Var[float], b: Var[bytes]):
            max(l)  #: Var[int]
            sorted(l)  #: list[Var[int]]
            len(l)  #: int
            len(n)  # error: Argument 1 to "len" has incompatible type "Var[int]"; expected "Sized"
            n in l  #: bool
            1 in n  # error: Unsupported right operand type for in ("int")
            not n  #: bool
            bool(n)  #: bool
            int(s)  #: int
            int(x)  #: int
            int(l)  # error: Argument 1 to "int" has incompatible type "Var[list[int]]"
            float(n)  #: float
            complex(n)  #: complex
            bytes(b)  #: bytes
            hash(n)  #: int
            str(n)  #: str
            [1, 2][n]  #: int
            [1, 2][x]  # error: "Var[float]"
            {n: 1}  #: dict[Var[int], int]
            n.fetch()  #: int
            range(n)  #: range
    """,
    "iteration gives Vars of the items": """
        def f(l: Var[list[int]], d: Var[dict[str, int]], n: Var[int], i: Var[Iterator[str]], k: Var[type[Color]]):
            for item in l:
                item  #: Var[int]
            for no in n:  # error: "int" has no attribute "__iter__"
                pass
            for color in k:
                color  #: Var[Color]
            [x for x in d]  #: list[Var[str]]
            next(iter(l))  #: Var[int]
            next(i)  #: Var[str]
            list(l)  #: list[Var[int]]
            sorted(l, key=lambda x: x.fetch())  #: list[Var[int]]
            sum(l, n)  #: Var[int]
            list(zip(l, d))  #: list[tuple[Var[int], Var[str]]]
    """,
    "a tuple is unpacked by position": """
        def f(t: Var[tuple[int, str]], d: Var[dict[str, int]], n: Var[tuple[int, tuple[str, bytes]]], p: Var[Point]):
            a, b = t
            a  #: Var[int]
            b  #: Var[str]
            c, *e = t
            e  #: list[Var[str]]
            g, (h, i) = n
            i  #: Var[bytes]
            x, y = p
            y  #: Var[str]
            (j, k), m = t, 1
            k  #: Var[str]
            b, a = t  # error: Incompatible types in assignment
            q, r, s = t  # error: Need more than 2 values to unpack (3 expected)
            for key, value in d.items():
                key  #: Var[str]
                value  #: Var[int]
            {u: w for w, u in d.items()}  #: dict[Var[int], Var[str]]
            for _ in range(2):
                o, a = (1, a)
                a, z = divmod(a, 2)
                z  #: Var[int]
        class Holds:
            def __init__(self, t: Var[tuple[int, str]]) -> None:
                self.a, self.b = t
        def g(h: Holds):
            h.b  #: Var[str]
    """,
    "a with block enters the remote object, and swallows what T does": """
        def f(b: Var[Box[int]], n: Var[int]):
            with b as inside:
                inside  #: Var[Box[int]]
            with n:  # error: "int" has no attribute "__enter__"
                pass
        def swallows(s: Var[Swallows]) -> int:  # error: Missing return statement
            with s as inside:
                return inside.fetch()
        def raises(b: Var[Box[int]]) -> int:
            with b:
                return 1
    """,
    "async code": """
        async def f(b: Var[Box[int]], n: Var[int]):
            await n  #: int
            b.slow()  #: Var[int]
            await b.slow()  #: int
            async with b as inside:
                inside  #: Var[Box[int]]
            async for item in b:
                item  #: Var[int]
            async with n:  # error: "int" has no attribute "__aenter__"
                pass
            async for no in n:  # error: "int" has no attribute "__aiter__"
                pass
    """,
    "a Var of anything is never an error": """
        def f(a: Var[Any], n: Var[int]):
            a.b.c(1, *[2], d=3)[4] + 5  #: Var[Any]
            1 + a  #: Var[Any]
            "a" + a  #: Var[Any]
            n + a  #: Var[Any]
            -a  #: Var[Any]
            a == 1  #: Var[Any]
            len(a)  #: int
            1 in a  #: bool
            int(a)  #: int
            a[0] = a
            a.b = 1
            a += 1
            del a[0], a.b
            for item in a:
                item  #: Var[Any]
            x, y = a
            y  #: Var[Any]
            with a as inside:
                inside  #: Var[Any]
            abs(a)  #: Var[Any]
            n.to_bytes(a, a)  #: Var[bytes]
    """,
    "members of a type variable are those of its bound": """
        B = TypeVar("B", bound=Box[int])
        P = ParamSpec("P")
        def f(b: Var[B], t: Var[T], g: Var[Callable[P, T]], *args: P.args, **kwargs: P.kwargs) -> Var[B]:
            b.item  #: Var[int]
            t.nope  # error: "T" has no attribute "nope"
            g(*args, **kwargs)  #: Var[T]
            return b.me()
        def first(v: Var[Sequence[T]]) -> Var[T]:
            return v[0]
        def g(l: Var[list[int]], b: Var[Box[int]]):
            first(l)  #: Var[int]
    """,
    "a Var is held against protocols by the members of T": """
        def sized(x: Sized) -> None: ...
        def iterable(x: Iterable[Var[int]]) -> None: ...
        def function(x: Callable[[int], Var[bytes]]) -> None: ...
        def f(l: Var[list[int]], n: Var[int], b: Var[Box[int]], s: Var[list[str]]):
            sized(l)
            sized(n)  # error: Argument 1 to "sized" has incompatible type "Var[int]"; expected "Sized"
            iterable(l)
            iterable(s)  # error: Argument 1 to "iterable" has incompatible type "Var[list[str]]"
            function(b)
            function(l)  # error: Argument 1 to "function" has incompatible type "Var[list[int]]"
            v: Var[Sequence[float]] = l
    """,
    "modules and classes that are put": """
        import math
        def f(env: IRemoteInterpreter, n: Var[int], p: Var[Path]):
            m = env.put(math)
            m.sin(n)  #: Var[float]
            m.pi  #: Var[float]
            m.sin("a")  # error: Argument 1 to "sin" has incompatible type "str"
            m.sni  # error: Module has no attribute "sni"
            env.module("math").cos(1)  #: Var[float]
            env.module("imaplib").IMAP4  #: Var[Any]
            c = env.put(Path)
            c("a", p)  #: Var[Path]
            c(1)  # error: Argument 1 to "Path" has incompatible type "int"
            c.cwd()  #: Var[Path]
            env.put(Box)(n)  #: Var[Box[int]]
            env.put(Color).RED  #: Var[Color]
            env.put(sys.exit)(1)
            n  #: Var[int]
    """,
    "functions that are moved keep their signature": """
        def f(env: IRemoteInterpreter, n: Var[int]):
            r = env.remote(two)
            r(n)  #: Var[float]
            r(n, y=1)  # error: Argument "y" to "two" has incompatible type "int"; expected "str"
            r(1, z=1)  # error: Unexpected keyword argument "z" for "two"
            r()  # error: Missing positional argument "x" in call to "two"
            env.remote(later)(n)  #: Var[list[int]]
            @env.remote
            def decorated(x: int, y: str) -> bytes: return b""
            decorated(n, "a")  #: Var[bytes]
            decorated("a", n)  # error: Argument 1 to "decorated" has incompatible type "str"; expected "int"
    """,
    "run checks the call that it makes": """
        def f(env: IRemoteInterpreter, n: Var[int], s: Var[str], ns: list[Var[int]], g: Var[Callable[[int], str]]):
            env.run(two, (n,))  #: Var[float]
            env.run(two, (1,), {"y": s})  #: Var[float]
            env.run(two, args=(1,), kwargs={"y": "a"})  #: Var[float]
            env.run(two, ("a",))  # error: Argument 1 to "two" has incompatible type "str"; expected "int"
            env.run(two, (1,), {"z": 1})  # error: Unexpected keyword argument "z" for "two"
            env.run(two)  # error: Missing positional argument "x" in call to "two"
            env.run(two, ns)  #: Var[float]
            env.run(later, (1,))  #: Var[list[int]]
            env.run(g, (n,))  #: Var[str]
            env.run(isinstance, (n, int))  #: Var[bool]
            env.run(lambda: 1)  #: Var[int]
            env.run(two, "a")  # error: "run" takes a tuple of arguments and a dict of keyword arguments, not a "str"
    """,
    "fetch and attr know their Vars": """
        def f(n: Var[int], s: Var[str], b: Var[Box[int]]):
            ray_proxy.fetch(n, s)  #: tuple[int, str]
            ray_proxy.fetch(n, timeout=1)  #: tuple[int]
            ray_proxy.attr(b, "item")  #: Var[int]
            ray_proxy.attr(b, "nope")  #: Var[Any]
    """,
    "a wanted type is known where the value is made": """
        def f(env: IRemoteInterpreter, l: Var[list[int]], d: Var[dict[str, list[int]]]):
            x: Var[list[float]] = env.put([])
            y: Var[list[int]] = l + []
            d["a"] = []
            d.setdefault("a", []).append(1)
            l.append([])  # error: Argument 1 to "append" of "list" has incompatible type "list[Never]"
    """,
    "an optional result has to be checked there": """
        def f(m: Var[re.Pattern[str]]):
            m.match("a")  #: Var[Match[str] | None]
            m.match("a").group()  # error: Item "None" of "Match[str] | None" has no attribute "group"
    """,
}
"""Programs, with what mypy says of a line: ``#: TYPE`` of the expression, ``# error: TEXT``, or nothing."""
OVERLAY = """
    from typing import Any, TypeVar
    from ray_proxy.var import Var
    T = TypeVar("T")
    class _real:
        def __get__(self, obj: Any, owner: Any) -> Var[str]: ...
    class Members:
        real: _real
        def __add__(self, other: Any) -> Var[bytes]: ...
        def __len__(self) -> str: ...
        def __call__(self) -> None: ...
    class Interpreter:
        def put(self, value: T) -> Var[T]: ...
        def put_named(self, name: str, value: T) -> Var[T]: ...
        def module(self, name: str) -> Var[Any]: ...
"""
"""An overlay that is wrong, so that it shows wherever it counts."""

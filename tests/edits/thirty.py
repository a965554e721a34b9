# ruff: noqa: E501  (an expression that holds stands on one line)
"""Thirty edits of a module that is alive: name -> (text before, code that makes state `s` with the module `m`, text after,
what must hold of `m` and `s` then). Other tools are compared by the same thirty."""

from __future__ import annotations

CASES: dict[str, tuple[str, str, str, str]] = {
    "function body": (
        """\
def f(): return 1
""",
        "s['g'] = m.f",
        """\
def f(): return 2
""",
        "m.f() == 2 and s['g']() == 2",
    ),
    "default argument": (
        """\
def f(a=1): return a
""",
        "s['g'] = m.f",
        """\
def f(a=2): return a
""",
        "m.f() == 2 and s['g']() == 2",
    ),
    "new parameter": (
        """\
def f(a): return a
""",
        "s['g'] = m.f",
        """\
def f(a, b=5): return a + b
""",
        "m.f(1) == 6 and s['g'](1) == 6",
    ),
    "method body, live instance": (
        """\
class A:
    def __init__(self): self.w = 7
    def p(self): return self.w
""",
        "s['a'] = m.A()",
        """\
class A:
    def __init__(self): self.w = 7
    def p(self): return self.w * 2
""",
        "s['a'].p() == 14 and isinstance(s['a'], m.A)",
    ),
    "method added": (
        """\
class A:
    pass
""",
        "s['a'] = m.A()",
        """\
class A:
    def q(self): return 3
""",
        "s['a'].q() == 3",
    ),
    "method removed": (
        """\
class A:
    def q(self): return 3
""",
        "s['a'] = m.A()",
        """\
class A:
    pass
""",
        "not hasattr(s['a'], 'q')",
    ),
    "property changed": (
        """\
class A:
    @property
    def x(self): return 1
""",
        "s['a'] = m.A()",
        """\
class A:
    @property
    def x(self): return 2
""",
        "s['a'].x == 2",
    ),
    "class attribute": (
        """\
class A:
    k = 1
""",
        "s['a'] = m.A()",
        """\
class A:
    k = 2
""",
        "s['a'].k == 2",
    ),
    "base class changed": (
        """\
class B:
    def h(self): return 1
class A:
    pass
""",
        "s['a'] = m.A()",
        """\
class B:
    def h(self): return 1
class A(B):
    pass
""",
        "s['a'].h() == 1",
    ),
    "constant changed": (
        """\
K = 1
def f(): return K
""",
        "",
        """\
K = 2
def f(): return K
""",
        "m.f() == 2",
    ),
    "state kept": (
        """\
CACHE = {}
def put(k): CACHE[k] = 1
def f(): return len(CACHE)
""",
        "m.put('a'); m.put('b')",
        """\
CACHE = {}
def put(k): CACHE[k] = 1
def f(): return len(CACHE) + 100
""",
        "m.f() == 102",
    ),
    "function added": (
        """\
x = 1
""",
        "",
        """\
x = 1
def g(): return 9
""",
        "m.g() == 9",
    ),
    "function removed": (
        """\
def f(): return 1
def g(): return 2
""",
        "",
        """\
def f(): return 1
""",
        "not hasattr(m, 'g') and m.f() == 1",
    ),
    "decorated": (
        """\
import functools
@functools.lru_cache
def f(): return 1
""",
        "m.f(); s['g'] = m.f",
        """\
import functools
@functools.lru_cache
def f(): return 2
""",
        "m.f() == 2 and s['g']() == 2",
    ),
    "own decorator": (
        """\
import functools
def d(f):
    @functools.wraps(f)
    def w(): return f() + 10
    return w
@d
def f(): return 1
""",
        "s['g'] = m.f",
        """\
import functools
def d(f):
    @functools.wraps(f)
    def w(): return f() + 10
    return w
@d
def f(): return 2
""",
        "m.f() == 12 and s['g']() == 12",
    ),
    "decorator edited": (
        """\
import functools
def d(f):
    @functools.wraps(f)
    def w(): return f() + 10
    return w
@d
def f(): return 1
""",
        "s['g'] = m.f",
        """\
import functools
def d(f):
    @functools.wraps(f)
    def w(): return f() + 20
    return w
@d
def f(): return 1
""",
        "m.f() == 21 and s['g']() == 21",
    ),
    "dataclass field added": (
        """\
from dataclasses import dataclass
@dataclass
class P:
    a: int = 1
""",
        "s['p'] = m.P()",
        """\
from dataclasses import dataclass
@dataclass
class P:
    a: int = 1
    b: int = 2
""",
        "m.P().b == 2 and s['p'].a == 1 and isinstance(s['p'], m.P)",
    ),
    "enum member added": (
        """\
import enum
class E(enum.Enum):
    A = 1
""",
        "s['e'] = m.E.A",
        """\
import enum
class E(enum.Enum):
    A = 1
    B = 2
""",
        "m.E.B.value == 2 and s['e'] is m.E.A",
    ),
    "bound method held": (
        """\
class A:
    def p(self): return 1
""",
        "s['b'] = m.A().p",
        """\
class A:
    def p(self): return 2
""",
        "s['b']() == 2",
    ),
    "super() in method": (
        """\
class B:
    def p(self): return 1
class A(B):
    def p(self): return super().p()
""",
        "s['a'] = m.A()",
        """\
class B:
    def p(self): return 1
class A(B):
    def p(self): return super().p() + 1
""",
        "s['a'].p() == 2",
    ),
    "async function": (
        """\
async def f(): return 1
""",
        "s['g'] = m.f",
        """\
async def f(): return 2
""",
        "__import__('asyncio').run(s['g']()) == 2",
    ),
    "import added": (
        """\
def f(): return 1
""",
        "",
        """\
import math
def f(): return math.pi
""",
        "m.f() > 3",
    ),
    "static and class methods": (
        """\
class A:
    @staticmethod
    def s(): return 1
    @classmethod
    def c(cls): return 1
""",
        "s['a'] = m.A()",
        """\
class A:
    @staticmethod
    def s(): return 2
    @classmethod
    def c(cls): return 2
""",
        "s['a'].s() == 2 and s['a'].c() == 2",
    ),
    "syntax error keeps the old": (
        """\
def f(): return 1
""",
        "",
        """\
def f(: return 2
""",
        "m.f() == 1",
    ),
    "error on import keeps the old": (
        """\
def f(): return 1
""",
        "",
        """\
def f(): return 2
raise ValueError('x')
""",
        "m.f() == 1",
    ),
    "slots added": (
        """\
class A:
    __slots__ = ('a',)
    def p(self): return 1
""",
        "s['a'] = m.A()",
        """\
class A:
    __slots__ = ('a', 'b')
    def p(self): return 2
""",
        "m.A().p() == 2",
    ),
    "generator function": (
        """\
def g():
    yield 1
""",
        "s['g'] = m.g",
        """\
def g():
    yield 2
""",
        "list(s['g']()) == [2]",
    ),
    "closure factory": (
        """\
def mk(n):
    def f(x): return x + n
    return f
""",
        "s['f'] = m.mk(1)",
        """\
def mk(n):
    def f(x): return x * 100 + n
    return f
""",
        "m.mk(1)(1) == 101 and s['f'](1) == 101",
    ),
    "partial held": (
        """\
import functools
def f(a, b): return a + b
""",
        "s['p'] = __import__('functools').partial(m.f, 1)",
        """\
import functools
def f(a, b): return a * 10 + b
""",
        "s['p'](2) == 12",
    ),
    "class variable container kept": (
        """\
class A:
    seen = []
    def p(self): self.seen.append(1); return len(self.seen)
""",
        "s['a'] = m.A(); s['a'].p()",
        """\
class A:
    seen = []
    def p(self): self.seen.append(1); return len(self.seen) * 10
""",
        "s['a'].p() == 20",
    ),
}

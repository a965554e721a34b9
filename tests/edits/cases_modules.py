# ruff: noqa: E501  (an expression that holds stands on one line)
"""Edits of what stands at module level, and of several modules: see `test_cases.py`."""

from __future__ import annotations

from case import Case, case

CASES: list[Case] = [
    case(
        "an unchanged load is never executed again",
        """
        LOADS = []
        def load():
            LOADS.append(1)
            return object()
        MODEL = load()
        def f(): return 1
        """,
        "s['model'] = m.MODEL",
        """
        LOADS = []
        def load():
            LOADS.append(1)
            return object()

        # moved
        MODEL = load()
        def f(): return 2
        """,
        "m.MODEL is s['model'] and m.LOADS == [1] and m.f() == 2 and not report.notes",
    ),
    case(
        "an unchanged load that uses what was edited stays, and it is told",
        """
        def load(): return ['old']
        MODEL = load()
        """,
        "s['model'] = m.MODEL",
        """
        def load(): return ['new']
        MODEL = load()
        """,
        "m.MODEL is s['model'] and report.notes == ('$: MODEL (line 2) was not edited and stays as it is, although it uses load',)",
    ),
    case(
        "an edited load is executed",
        """
        def load(n): return [n]
        MODEL = load(1)
        """,
        "s['model'] = m.MODEL",
        """
        def load(n): return [n]
        MODEL = load(2)
        """,
        "m.MODEL == [2]",
    ),
    case(
        "what is computed from an edited constant follows",
        """
        K = 2
        X = K * 10
        def f(a=X): return a
        """,
        "",
        """
        K = 3
        X = K * 10
        def f(a=X): return a
        """,
        "m.X == 30 and m.f() == 30",
    ),
    case(
        "module __getattr__",
        """
        def __getattr__(name): return 'old ' + name
        """,
        "assert m.thing == 'old thing'",
        """
        def __getattr__(name): return 'new ' + name
        """,
        "m.thing == 'new thing'",
    ),
    case(
        "from m import K in another module",
        {"m": "K = 1\ndef f(): return 'old'\n", "user": "from $ import K, f\nDOUBLE = K * 2\ndef g(): return K, f()\n"},
        "s['g'] = module('user').g",
        {"m": "K = 5\ndef f(): return 'new'\n"},
        "s['g']() == (5, 'new') and module('user').DOUBLE == 10",
    ),
    case(
        "from m import f as g",
        {"m": "def f(): return 1\n", "user": "from $ import f as g\n"},
        "s['g'] = module('user').g",
        {"m": "def f(): return 2\n"},
        "module('user').g() == 2 and s['g']() == 2",
    ),
    case(
        "from m import f as g, where f becomes an object of another kind",
        {"m": "def f(): return 1\n", "user": "from $ import f as g\n"},
        "s['g'] = module('user').g",
        {"m": "import functools\ndef h(a): return a\nf = functools.partial(h, 2)\n"},
        "module('user').g() == 2",
    ),
    case(
        "star imports",
        {"m": "A = 1\ndef f(): return A\n", "user": "from $ import *\ndef g(): return A, f()\n"},
        "s['g'] = module('user').g",
        {"m": "A = 2\ndef f(): return A * 10\n"},
        "s['g']() == (2, 20)",
    ),
    case(
        "a star import with __all__ edited",
        {"m": "__all__ = ['A']\nA = 1\nB = 1\n", "user": "from $ import *\n"},
        "",
        {"m": "__all__ = ['A', 'B']\nA = 2\nB = 3\n"},
        "module('user').A == 2 and m.__all__ == ['A', 'B']",
    ),
    case(
        "circular imports",
        {
            "m": "from __future__ import annotations\nclass A:\n    def f(self):\n        from $_b import B\n        return B().g()\n",
            "b": "import $\nclass B($.A):\n    def g(self): return 1\n",
        },
        "s['a'] = m.A(); s['b'] = module('b').B()",
        {
            "m": "from __future__ import annotations\nclass A:\n    def f(self):\n        from $_b import B\n        return B().g() + 100\n",
            "b": "import $\nclass B($.A):\n    def g(self): return 2\n",
        },
        "s['a'].f() == 102 and s['b'].g() == 2 and isinstance(s['b'], m.A)",
    ),
    case(
        "a new name imported from a module that is edited later in the same edit",
        {"m": "X = 1\n", "other": "Y = 1\n"},
        "",
        {"m": "from $_other import Z\nX = Z\n", "other": "Y = 1\nZ = 7\n"},
        "m.X == 7",
    ),
    case(
        "a name imported from another edited module is the new one, in this order",
        {"m": "def f(): return 1\n", "b": "from $ import f\nV = [f()]\n"},
        "",
        {"b": "from $ import f\nV = [f(), f()]\n", "m": "K = 3\ndef f(): return K\n"},
        "module('b').f() == 3 and len(module('b').V) == 2",
    ),
    case(
        "a constant imported from another edited module is the new one, in any order",
        {"m": "K = 1\n", "b": "from $ import K\nX = 1\n"},
        "",
        {"b": "from $ import K\nX = K + 100\n", "m": "K = 2\n"},
        "module('b').K == 2 and module('b').X == 102",
    ),
    case(
        "a moved class: to another module, both edited",
        {"m": "class A:\n    def f(self): return 1\n", "b": "X = 1\n"},
        "s['a'] = m.A()",
        {"m": "from $_b import A\n", "b": "X = 1\nclass A:\n    def f(self): return 2\n"},
        "m.A is module('b').A and s['a'].f() == 2 and isinstance(s['a'], m.A)",
    ),
    case(
        "a moved function: to another module, both edited",
        {"m": "def f(): return 1\n", "b": "X = 1\n"},
        "s['f'] = m.f",
        {"m": "from $_b import f\n", "b": "X = 1\ndef f(): return 2\n"},
        "m.f is module('b').f and s['f']() == 2",
    ),
    case(
        "conditional definitions: the test edited",
        """
        FAST = True
        if FAST:
            def f(): return 'fast'
        else:
            def f(): return 'slow'
        """,
        "s['f'] = m.f",
        """
        FAST = False
        if FAST:
            def f(): return 'fast'
        else:
            def f(): return 'slow'
        """,
        "m.f() == 'slow' and s['f']() == 'slow'",
    ),
    case(
        "conditional definitions: the branch that runs edited",
        """
        import sys
        if sys.version_info > (3,):
            def f(): return 1
        else:
            def f(): return 0
        """,
        "s['f'] = m.f",
        """
        import sys
        if sys.version_info > (3,):
            def f(): return 2
        else:
            def f(): return 0
        """,
        "s['f']() == 2 and m.f is s['f']",
    ),
    case(
        "if TYPE_CHECKING",
        """
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            import nowhere
        def f(): return 1
        """,
        "",
        """
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            import nowhere
            import nowhere_else
        def f(): return 2
        """,
        "m.f() == 2 and not hasattr(m, 'nowhere_else')",
    ),
    case(
        "try/except ImportError: another module is tried, and is not there",
        """
        try:
            import nowhere_1
        except ImportError:
            nowhere_1 = None
        """,
        "",
        """
        try:
            import nowhere_1
            import nowhere_2
        except ImportError:
            nowhere_1 = None
            nowhere_2 = 'none'
        """,
        "m.nowhere_1 is None and m.nowhere_2 == 'none'",
    ),
    case(
        "try/except ImportError: what is tried is edited, the handler is not",
        """
        try:
            from math import pi as number
        except ImportError:
            number = 3
        """,
        "",
        """
        try:
            from math import nothing as number
        except ImportError:
            number = 3
        """,
        "m.number == 3",
    ),
    case(
        "try/except: the handler that runs is edited",
        """
        try:
            import nowhere_1 as x
        except ImportError:
            def x(): return 1
        """,
        "s['x'] = m.x",
        """
        try:
            import nowhere_1 as x
        except ImportError:
            def x(): return 2
        """,
        "m.x() == 2 and s['x']() == 2",
    ),
    case(
        "a lock and a counter at module level stay",
        """
        import itertools, threading
        LOCK = threading.Lock()
        IDS = itertools.count()
        def next_id():
            with LOCK: return next(IDS)
        """,
        "m.next_id(); m.next_id(); m.LOCK.acquire(); s['lock'] = m.LOCK",
        """
        import itertools, threading
        LOCK = threading.Lock()
        IDS = itertools.count()
        def next_id():
            with LOCK: return next(IDS) * 100
        """,
        "m.LOCK is s['lock'] and m.LOCK.locked() and (m.LOCK.release(), m.next_id())[1] == 200",
    ),
    case(
        "a key that the program has put into a dict stays when the line is edited",
        """
        TABLE = {'a': 1, 'b': 2}
        """,
        "s['t'] = m.TABLE; m.TABLE['mine'] = 9",
        """
        TABLE = {'a': 10, 'c': 3}
        """,
        "m.TABLE is s['t'] and m.TABLE == {'a': 10, 'mine': 9, 'c': 3}",
    ),
    case(
        "del at module level",
        """
        tmp = 1
        X = tmp + 1
        del tmp
        """,
        "",
        """
        tmp = 5
        X = tmp + 1
        del tmp
        """,
        "m.X == 6 and not hasattr(m, 'tmp')",
    ),
    case(
        "del is added",
        """
        helper = 1
        X = 2
        """,
        "",
        """
        helper = 1
        X = 2
        del helper
        """,
        "not hasattr(m, 'helper')",
    ),
    case(
        "a for loop at module level that fills a table",
        """
        SQUARES = {}
        for i in range(3):
            SQUARES[i] = i * i
        """,
        "s['t'] = m.SQUARES",
        """
        SQUARES = {}
        for i in range(4):
            SQUARES[i] = i * i * 10
        """,
        "m.SQUARES == {0: 0, 1: 10, 2: 40, 3: 90} and m.SQUARES is s['t']",
    ),
    case(
        "with at module level",
        """
        import contextlib
        with contextlib.suppress(ValueError):
            X = 1
        """,
        "",
        """
        import contextlib
        with contextlib.suppress(ValueError):
            X = 2
            raise ValueError
        """,
        "m.X == 2",
    ),
    case(
        "a walrus",
        """
        if (n := 10) > 5:
            BIG = n
        """,
        "",
        """
        if (n := 20) > 5:
            BIG = n
        """,
        "m.BIG == 20 and m.n == 20",
    ),
    case(
        "type aliases",
        """
        from typing import Optional
        Name = Optional[str]
        def f(a: Name): return a
        """,
        "s['f'] = m.f",
        """
        from typing import Optional
        Name = Optional[int]
        def f(a: Name): return a
        """,
        "m.Name == __import__('typing').Optional[int] and s['f'].__annotations__['a'] == m.Name",
    ),
    case(
        "the docstring of the module",
        """
        'old'
        X = 1
        """,
        "",
        """
        'new'
        X = 1
        """,
        "m.__doc__ == 'new'",
    ),
    case(
        "the docstring of the module goes",
        """
        'old'
        X = 1
        """,
        "",
        """
        X = 1
        'no docstring'
        """,
        "m.__doc__ is None",
    ),
    case(
        "annotations of a module",
        """
        x: int = 1
        y: str
        """,
        "",
        """
        x: float = 1
        z: bytes
        """,
        "m.__annotations__ == {'x': float, 'z': bytes} and m.x == 1",
    ),
    case(
        "names that were removed go, and what the program has set stays",
        """
        import math
        A = 1
        B = 2
        """,
        "m.mine = 3",
        """
        A = 1
        """,
        "not hasattr(m, 'B') and not hasattr(m, 'math') and m.A == 1 and m.mine == 3",
    ),
    case(
        "two statements on a line",
        """
        a = 1; b = 2
        def f(): return 1
        def g(): return 1
        """,
        "m.a = 5",
        """
        a = 1; b = 3
        def f(): return 1
        def g(): return 2
        """,
        "m.b == 3 and m.a == 5 and m.g() == 2",
    ),
    case(
        "tuple targets and a chained assignment",
        """
        a, (b, *c) = 1, (2, 3, 4)
        d = e = []
        """,
        "s['d'] = m.d",
        """
        a, (b, *c) = 1, (2, 3, 5)
        d = e = [1]
        """,
        "m.c == [3, 5] and m.d == [1] and m.d is m.e",
    ),
    case(
        "an augmented assignment",
        """
        PATHS = ['a']
        PATHS += ['b']
        """,
        "s['p'] = m.PATHS",
        """
        PATHS = ['a']
        PATHS += ['c']
        """,
        "m.PATHS == ['a', 'c']",
    ),
    case(
        "reformatted text changes nothing",
        """
        LOADS = []
        def load(): LOADS.append(1); return object()
        MODEL = load()
        TABLE = {'a': 1,
                 'b': 2}
        """,
        "m.TABLE['a'] = 5; s['model'] = m.MODEL",
        """
        LOADS = [
        ]


        def load():
            LOADS.append(1)
            return object()


        MODEL = (load())
        TABLE = {
            'a': 1,
            'b': 2,
        }
        """,
        "m.MODEL is s['model'] and m.TABLE['a'] == 5 and m.LOADS == [1]",
    ),
    case(
        "an annotation added to a load does not load again",
        """
        LOADS = []
        def load(): LOADS.append(1); return object()
        MODEL = load()
        """,
        "s['model'] = m.MODEL",
        """
        LOADS = []
        def load(): LOADS.append(1); return object()
        MODEL: object = load()
        """,
        "m.MODEL is s['model'] and m.LOADS == [1] and m.__annotations__ == {'MODEL': object}",
    ),
    case(
        "an import exchanged for another of the same name",
        """
        import json as codec
        def f(): return codec.__name__
        """,
        "s['f'] = m.f",
        """
        import pickle as codec
        def f(): return codec.__name__
        """,
        "s['f']() == 'pickle'",
    ),
    case(
        "an else that is added to an if that was not edited",
        """
        if X_IS_SET if 'X_IS_SET' in globals() else False:
            A = 1
        B = 1
        """,
        "",
        """
        if X_IS_SET if 'X_IS_SET' in globals() else False:
            A = 1
        else:
            A = 2
        B = 1
        """,
        "m.A == 2",
    ),
    case(
        "a line inside a string that looks like code",
        """
        TEXT = '''
        a = 1
        b = 2
        '''
        C = 1
        """,
        "",
        """
        TEXT = '''
        a = 3
        b = 2
        '''
        C = 1
        """,
        "'a = 3' in m.TEXT and not hasattr(m, 'a')",
    ),
]
CASES += [
    case(
        "a new name travels along a chain of star imports",
        {"m": "A = 1\n", "b": "from $ import *\n", "c": "from $_b import *\n"},
        "",
        {"m": "A = 2\nNEW = 3\n"},
        "module('c').NEW == 3 and module('c').A == 2",
    ),
    case(
        "a removed name goes along a chain of star imports",
        {"m": "A = 1\nGONE = 1\n", "b": "from $ import *\n", "c": "from $_b import *\n"},
        "",
        {"m": "A = 1\n"},
        "not hasattr(module('b'), 'GONE') and not hasattr(module('c'), 'GONE')",
    ),
    case(
        "a constant travels along a chain of imports with other names",
        {"m": "A = 1\n", "b": "from $ import A as B\n", "c": "from $_b import B as C\nD = C + 1\n"},
        "",
        {"m": "A = 5\n"},
        "module('c').D == 6",
    ),
    case(
        "an import behind an edited star import wins",
        {"m": "A = 'm'\n", "b": "A = 'b'\n", "c": "from $ import *\nfrom $_b import A\nX = 1\n"},
        "",
        {"c": "X = 1\nfrom $ import *\nfrom $_b import A\n"},
        "module('c').A == 'b'",
    ),
]
CASES += [
    case(
        "a function that carries an attribute named as one of functions",
        """
        def deco(f):
            def w(*, __to=None): return f()
            w.__dict__['__kwdefaults__'] = {}
            return w
        @deco
        def f(): return 1
        """,
        "s['f'] = m.f",
        """
        def deco(f):
            def w(*, __to=None): return f()
            w.__dict__['__kwdefaults__'] = {}
            return w
        def same(f): return f
        @deco
        @same
        def f(): return 2
        """,
        "s['f']() == 2 and m.f() == 2",
    ),
]

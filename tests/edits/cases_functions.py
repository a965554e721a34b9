# ruff: noqa: E501  (an expression that holds stands on one line)
"""Edits of functions, decorators and what calls them: see `test_cases.py`."""

from __future__ import annotations

from case import Case, case

CASES: list[Case] = [
    case(
        "a decorator with arguments: a changed argument reaches the live wrapper",
        """
        def times(n):
            def deco(f):
                def w(x): return f(x) * n
                return w
            return deco
        @times(2)
        def f(x): return x
        """,
        "s['g'] = m.f",
        """
        def times(n):
            def deco(f):
                def w(x): return f(x) * n
                return w
            return deco
        @times(3)
        def f(x): return x + 1
        """,
        "m.f(1) == 6 and s['g'](1) == 6 and s['g'] is m.f",
    ),
    case(
        "a wrapper's own counter stays",
        """
        def counted(f):
            calls = 0
            def w():
                nonlocal calls
                calls += 1
                return f(), calls
            return w
        @counted
        def f(): return 'a'
        """,
        "m.f(); m.f()",
        """
        def counted(f):
            calls = 0
            def w():
                nonlocal calls
                calls += 1
                return f(), calls
            return w
        @counted
        def f(): return 'b'
        """,
        "m.f() == ('b', 3)",
    ),
    case(
        "singledispatch: an edited implementation is the one that is called",
        """
        import functools
        @functools.singledispatch
        def show(x): return 'any'
        @show.register
        def _(x: int): return 'int'
        @show.register
        def _(x: str): return 'str'
        """,
        "s['show'] = m.show; assert m.show(1) == 'int'",
        """
        import functools
        @functools.singledispatch
        def show(x): return 'any'
        @show.register
        def _(x: int): return 'INT'
        @show.register
        def _(x: str): return 'str'
        """,
        "s['show'](1) == 'INT' and s['show']('a') == 'str' and s['show'](None) == 'any'",
    ),
    case(
        "singledispatch: the general function edited keeps its implementations",
        """
        import functools
        @functools.singledispatch
        def show(x): return 'any'
        @show.register(int)
        def show_int(x): return 'int'
        """,
        "s['show'] = m.show",
        """
        import functools
        @functools.singledispatch
        def show(x): return 'ANY'
        @show.register(int)
        def show_int(x): return 'int'
        """,
        "s['show'](1) == 'int' and s['show'](None) == 'ANY' and m.show(None) == 'ANY' and m.show(2) == 'int'",
    ),
    case(
        "a context manager of contextlib",
        """
        import contextlib
        @contextlib.contextmanager
        def opened():
            yield 1
        """,
        "s['c'] = m.opened",
        """
        import contextlib
        @contextlib.contextmanager
        def opened():
            yield 2
        """,
        "s['c']().__enter__() == 2 and m.opened is s['c']",
    ),
    case(
        "an async generator",
        """
        async def numbers():
            yield 1
        """,
        "s['g'] = m.numbers",
        """
        async def numbers():
            yield 2
            yield 3
        """,
        "(lambda a: __import__('asyncio').run(a))(s['collect'](s['g'])) == [2, 3]",
        prelude="async def collect(g): return [x async for x in g()]\ns['collect'] = collect",
    ),
    case(
        "a suspended generator ends with its old text",
        """
        def g():
            yield 1
            yield 'old'
        """,
        "s['i'] = m.g(); next(s['i'])",
        """
        def g():
            yield 1
            yield 'new'
        """,
        "next(s['i']) == 'old' and list(m.g()) == [1, 'new']",
    ),
    case(
        "a suspended coroutine ends with its old text",
        """
        async def f(): return 'old'
        """,
        "s['c'] = m.f()",
        """
        async def f(): return 'new'
        """,
        "asyncio.run(s['c']) == 'old' and asyncio.run(m.f()) == 'new'",
    ),
    case(
        "a plain function becomes a generator",
        """
        def f(): return [1]
        """,
        "s['f'] = m.f",
        """
        def f():
            yield 2
        """,
        "list(s['f']()) == [2] and list(m.f()) == [2]",
    ),
    case(
        "a generator becomes a plain function",
        """
        def f():
            yield 1
        """,
        "s['f'] = m.f",
        """
        def f(): return [2]
        """,
        "s['f']() == [2] and m.f() == [2]",
    ),
    case(
        "a function becomes a coroutine function",
        """
        def f(): return 1
        """,
        "s['f'] = m.f",
        """
        async def f(): return 2
        """,
        "asyncio.run(s['f']()) == 2 and asyncio.run(m.f()) == 2",
    ),
    case(
        "a decorator is added",
        """
        def loud(f): return lambda: f() + '!'
        def f(): return 'a'
        """,
        "s['f'] = m.f",
        """
        def loud(f): return lambda: f() + '!'
        @loud
        def f(): return 'a'
        """,
        "m.f() == 'a!'",
    ),
    case(
        "a decorator is removed",
        """
        def loud(f): return lambda: f() + '!'
        @loud
        def f(): return 'a'
        """,
        "s['f'] = m.f",
        """
        def loud(f): return lambda: f() + '!'
        def f(): return 'b'
        """,
        "m.f() == 'b' and s['f']() == 'b'",
    ),
    case(
        "a class that decorates functions: its instance stays, with its state",
        """
        class Task:
            def __init__(self, f): self.f, self.calls = f, 0
            def __call__(self):
                self.calls += 1
                return self.f(), self.calls
        @Task
        def job(): return 'old'
        """,
        "s['j'] = m.job; m.job()",
        """
        class Task:
            def __init__(self, f): self.f, self.calls = f, 0
            def __call__(self):
                self.calls += 1
                return self.f(), self.calls
        @Task
        def job(): return 'new'
        """,
        "s['j']() == ('new', 2) and m.job is s['j']",
    ),
    case(
        "a registry that a decorator fills has each function once",
        """
        ROUTES = []
        def route(f):
            ROUTES.append(f)
            return f
        @route
        def a(): return 1
        @route
        def b(): return 2
        """,
        "",
        """
        ROUTES = []
        def route(f):
            ROUTES.append(f)
            return f
        @route
        def a(): return 10
        @route
        def b(): return 2
        """,
        "[f() for f in m.ROUTES] == [10, 2]",
    ),
    case(
        "a registry that refuses a name twice",
        """
        BY_NAME = {}
        def register(f):
            if f.__name__ in BY_NAME: raise KeyError('twice')
            BY_NAME[f.__name__] = f
            return f
        @register
        def a(): return 1
        """,
        "",
        """
        BY_NAME = {}
        def register(f):
            if f.__name__ in BY_NAME: raise KeyError('twice')
            BY_NAME[f.__name__] = f
            return f
        @register
        def a(): return 2
        """,
        "m.BY_NAME['a']() == 2 and m.BY_NAME['a'] is m.a and len(m.BY_NAME) == 1",
    ),
    case(
        "a registry that holds a wrapper of what the name is bound to, and refuses a name twice",
        """
        BY_NAME = {}
        class Dispatch:
            def __init__(self, f):
                self.orig, self.name = f, f.__name__
                if self.name in BY_NAME: raise KeyError('twice')
                BY_NAME[self.name] = self
            def __call__(self): return self.orig()
        def checked(f):
            def w(): return f() + 1
            w.__name__ = f.name
            return w
        @checked
        @Dispatch
        def a(): return 1
        """,
        "s['d'] = m.BY_NAME['a']; s['a'] = m.a",
        """
        BY_NAME = {}
        class Dispatch:
            def __init__(self, f):
                self.orig, self.name = f, f.__name__
                if self.name in BY_NAME: raise KeyError('twice')
                BY_NAME[self.name] = self
            def __call__(self): return self.orig()
        def checked(f):
            def w(): return f() + 1
            w.__name__ = f.name
            return w
        @checked
        @Dispatch
        def a(): return 5
        """,
        "m.a() == 6 and s['a']() == 6 and m.BY_NAME['a']() == 5 and s['d']() == 5 and len(m.BY_NAME) == 1",
    ),
    case(
        "a renamed function: the old name goes",
        """
        def f(): return 1
        """,
        "s['f'] = m.f",
        """
        def g(): return 1
        """,
        "m.g() == 1 and not hasattr(m, 'f') and s['f']() == 1",
    ),
    case(
        "a default that is an object: the new one is used",
        """
        DEFAULT = object()
        def f(a=[1]): return a
        """,
        "s['f'] = m.f; s['d'] = m.DEFAULT",
        """
        DEFAULT = object()
        def f(a=[2], *, b=DEFAULT): return a, b
        """,
        "s['f']() == ([2], m.DEFAULT) and m.DEFAULT is s['d']",
    ),
    case(
        "a default that reads an edited constant",
        """
        K = 1
        def f(a=K): return a
        """,
        "s['f'] = m.f",
        """
        K = 2
        def f(a=K): return a
        """,
        "s['f']() == 2",
    ),
    case(
        "lambdas in a dict",
        """
        OPS = {'inc': lambda x: x + 1, 'dec': lambda x: x - 1}
        """,
        "s['inc'] = m.OPS['inc']; s['ops'] = m.OPS",
        """
        OPS = {'inc': lambda x: x + 10, 'dec': lambda x: x - 1}
        """,
        "m.OPS['inc'](1) == 11 and s['inc'](1) == 11 and s['ops'] is m.OPS",
    ),
    case(
        "a function that gains a variable of its factory",
        """
        def make(n):
            k = n * 2
            def f(): return n
            return f
        """,
        "s['f'] = m.make(1)",
        """
        def make(n):
            k = n * 2
            def f(): return n + k
            return f
        """,
        "m.make(1)() == 3 and s['f']() == 1 and 'make.<locals>.f' in report.notes[0] and 'k' in report.notes[0]",
    ),
    case(
        "lru_cache: a neighbour's edit keeps what is cached",
        """
        import functools
        LOADS = []
        @functools.lru_cache
        def get_model():
            LOADS.append(1)
            return object()
        def f(): return 1
        """,
        "s['model'] = m.get_model()",
        """
        import functools
        LOADS = []
        @functools.lru_cache
        def get_model():
            LOADS.append(1)
            return object()
        def f(): return 2
        """,
        "m.get_model() is s['model'] and m.f() == 2 and len(m.LOADS) == 1",
    ),
    case(
        "wraps: the signature and the docstring are the new ones",
        """
        import functools
        def d(f):
            @functools.wraps(f)
            def w(*a, **k): return f(*a, **k)
            return w
        @d
        def f(a):
            "old"
            return a
        """,
        "s['f'] = m.f",
        """
        import functools
        def d(f):
            @functools.wraps(f)
            def w(*a, **k): return f(*a, **k)
            return w
        @d
        def f(a, b=2):
            "new"
            return a + b
        """,
        "s['f'](1) == 3 and str(__import__('inspect').signature(s['f'])) == '(a, b=2)' and s['f'].__wrapped__.__doc__ == 'new'",
    ),
    case(
        "doctest strings: the new example",
        '''
        def f():
            """
            >>> f()
            1
            """
            return 1
        ''',
        "s['f'] = m.f",
        '''
        def f():
            """
            >>> f()
            2
            """
            return 2
        ''',
        "__import__('doctest').testmod(m).failed == 0 and '2' in s['f'].__doc__",
    ),
    case(
        "a global counter keeps its value",
        """
        count = 0
        def bump():
            global count
            count += 1
            return count
        """,
        "m.bump(); m.bump()",
        """
        count = 0
        def bump():
            global count
            count += 10
            return count
        """,
        "m.bump() == 12",
    ),
    case(
        "a bound method in a callback list",
        """
        class A:
            def on(self): return 1
        """,
        "s['calls'] = [m.A().on]",
        """
        class A:
            def on(self): return 2
        """,
        "[c() for c in s['calls']] == [2]",
    ),
    case(
        "a function that becomes a class",
        """
        def thing(): return 'function'
        """,
        "s['t'] = m.thing",
        """
        class thing:
            pass
        """,
        "isinstance(m.thing(), m.thing) and isinstance(s['t'](), m.thing)",
    ),
    case(
        "annotations of a function",
        """
        def f(a: int) -> int: return a
        """,
        "s['f'] = m.f",
        """
        def f(a: str) -> str: return a
        """,
        "s['f'].__annotations__ == {'a': str, 'return': str}",
    ),
    case(
        "nested functions two deep keep their variables",
        """
        def outer(a):
            def middle(b):
                def inner(): return a + b
                return inner
            return middle
        """,
        "s['i'] = m.outer(1)(2)",
        """
        def outer(a):
            def middle(b):
                def inner(): return (a + b) * 100
                return inner
            return middle
        """,
        "s['i']() == 300",
    ),
    case(
        "functions that moved in the text, none edited",
        """
        def a(): return 1
        def b(): return 2
        """,
        "s['a'], s['b'] = m.a, m.b",
        """
        def b(): return 2


        def a(): return 1
        """,
        "s['a'] is m.a and m.a() == 1 and m.b() == 2 and m.a.__code__.co_firstlineno == 4 and m.b.__code__.co_firstlineno == 1",
    ),
    case(
        "recursion through the module",
        """
        def fact(n): return 1 if n < 2 else n * fact(n - 1)
        """,
        "s['f'] = m.fact",
        """
        def fact(n): return 1 if n < 2 else n + fact(n - 1)
        """,
        "s['f'](4) == 10",
    ),
    case(
        "a removed decorator argument and a keyword-only default",
        """
        def f(*, a=1): return a
        """,
        "s['f'] = m.f",
        """
        def f(*, a=1, b=2): return a + b
        """,
        "s['f']() == 3",
    ),
    case(
        "partialmethod and partial in a class",
        """
        import functools
        class A:
            def set(self, v): return ('old', v)
            on = functools.partialmethod(set, True)
        """,
        "s['a'] = m.A()",
        """
        import functools
        class A:
            def set(self, v): return ('new', v)
            on = functools.partialmethod(set, True)
        """,
        "s['a'].on() == ('new', True)",
    ),
]
CASES += [
    case(
        "a name that gets another function leaves both as they are",
        """
        def f(): return 1
        def g(): return 2
        handler = f
        TABLE = {'a': f}
        """,
        "",
        """
        def f(): return 1
        def g(): return 2
        handler = g
        TABLE = {'a': g}
        """,
        "m.handler() == 2 and m.f() == 1 and m.g() == 2 and m.TABLE['a'] is m.g",
    ),
    case(
        "a decorator's argument that is another function leaves both as they are",
        """
        def plus(x): return x + 1
        def minus(x): return x - 1
        def then(other):
            def deco(f):
                def w(x): return other(f(x))
                return w
            return deco
        @then(plus)
        def f(x): return x
        """,
        "s['f'] = m.f",
        """
        def plus(x): return x + 1
        def minus(x): return x - 1
        def then(other):
            def deco(f):
                def w(x): return other(f(x))
                return w
            return deco
        @then(minus)
        def f(x): return x
        """,
        "s['f'](1) == 0 and m.plus(1) == 2 and m.minus(1) == 0",
    ),
    case(
        "a definition in the place of an import leaves what was imported as it is",
        """
        from math import sqrt
        from textwrap import dedent
        """,
        "",
        """
        def sqrt(x): return 'mine'
        def dedent(x): return 'mine'
        """,
        "m.sqrt(4) == m.dedent(4) == 'mine' and __import__('math').sqrt(4) == 2 and __import__('textwrap').dedent(' a') == 'a'",
    ),
    case(
        "an alias of a decorated function follows",
        """
        class Task:
            def __init__(self, f): self.f = f
            def __call__(self): return self.f()
        def other(f): return f
        @Task
        def f(): return 1
        alias = f
        """,
        "",
        """
        class Task:
            def __init__(self, f): self.f = f
            def __call__(self): return self.f()
        def other(f): return f
        @other
        def f(): return 2
        alias = f
        """,
        "m.alias is m.f and m.alias() == 2 and not report.notes",
    ),
]

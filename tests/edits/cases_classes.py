# ruff: noqa: E501  (an expression that holds stands on one line)
"""Edits of classes: see `test_cases.py`."""

from __future__ import annotations

from case import Case, case

CASES: list[Case] = [
    case(
        "a metaclass edited: the classes of it see the new one",
        """
        class Meta(type):
            def tag(cls): return 'old'
        class A(metaclass=Meta): pass
        """,
        "s['A'] = m.A; s['a'] = m.A()",
        """
        class Meta(type):
            def tag(cls): return 'new'
        class A(metaclass=Meta): pass
        """,
        "s['A'].tag() == 'new' and s['A'] is m.A and isinstance(s['a'], m.A)",
    ),
    case(
        "a metaclass that registers its classes has each once",
        """
        CLASSES = []
        class Meta(type):
            def __init__(cls, *a):
                super().__init__(*a)
                CLASSES.append(cls)
        class A(metaclass=Meta):
            def f(self): return 1
        """,
        "s['A'] = m.A",
        """
        CLASSES = []
        class Meta(type):
            def __init__(cls, *a):
                super().__init__(*a)
                CLASSES.append(cls)
        class A(metaclass=Meta):
            def f(self): return 2
        """,
        "m.CLASSES == [m.A] and m.A is s['A'] and m.A().f() == 2",
    ),
    case(
        "__init_subclass__ that registers has each class once",
        """
        class Base:
            known = {}
            def __init_subclass__(cls, **k):
                if cls.__name__ in Base.known: raise KeyError('twice')
                Base.known[cls.__name__] = cls
        class A(Base):
            def f(self): return 1
        """,
        "s['a'] = m.A()",
        """
        class Base:
            known = {}
            def __init_subclass__(cls, **k):
                if cls.__name__ in Base.known: raise KeyError('twice')
                Base.known[cls.__name__] = cls
        class A(Base):
            def f(self): return 2
        """,
        "m.Base.known == {'A': m.A} and s['a'].f() == 2 and type(s['a']) is m.A",
    ),
    case(
        "__subclasses__ names an edited class once",
        """
        class Base: pass
        class A(Base): x = 1
        """,
        "",
        """
        class Base: pass
        class A(Base): x = 2
        """,
        "m.Base.__subclasses__() == [m.A]",
    ),
    case(
        "a descriptor class",
        """
        class Field:
            def __set_name__(self, owner, name): self.name = name
            def __get__(self, o, t=None): return (self.name, 'old')
        class A:
            x = Field()
        """,
        "s['a'] = m.A()",
        """
        class Field:
            def __set_name__(self, owner, name): self.name = name
            def __get__(self, o, t=None): return (self.name, 'new')
        class A:
            x = Field()
            y = Field()
        """,
        "s['a'].x == ('x', 'new') and s['a'].y == ('y', 'new')",
    ),
    case(
        "a Generic class",
        """
        from typing import Generic, TypeVar
        T = TypeVar('T')
        class Box(Generic[T]):
            def __init__(self, v): self.v = v
            def get(self): return self.v
        """,
        "s['b'] = m.Box[int](1)",
        """
        from typing import Generic, TypeVar
        T = TypeVar('T')
        class Box(Generic[T]):
            def __init__(self, v): self.v = v
            def get(self): return [self.v]
        """,
        "s['b'].get() == [1] and isinstance(s['b'], m.Box) and m.Box[int](2).get() == [2]",
    ),
    case(
        "a plain class becomes Generic",
        """
        class Box:
            def get(self): return 1
        """,
        "s['b'] = m.Box(); s['b'].w = 5",
        """
        from typing import Generic, TypeVar
        T = TypeVar('T')
        class Box(Generic[T]):
            def get(self): return 2
        """,
        "s['b'].get() == 2 and s['b'].w == 5 and isinstance(s['b'], m.Box) and m.Box[int]().get() == 2",
    ),
    case(
        "a Protocol that gains a method",
        """
        from typing import Protocol, runtime_checkable
        @runtime_checkable
        class Runs(Protocol):
            def run(self): ...
        class A:
            def run(self): return 1
        """,
        "assert isinstance(m.A(), m.Runs)",
        """
        from typing import Protocol, runtime_checkable
        @runtime_checkable
        class Runs(Protocol):
            def run(self): ...
            def stop(self): ...
        class A:
            def run(self): return 1
        """,
        "not isinstance(m.A(), m.Runs)",
    ),
    case(
        "an ABC: an abstract method more, and one that is implemented",
        """
        import abc
        class Base(abc.ABC):
            @abc.abstractmethod
            def f(self): ...
        class A(Base):
            def f(self): return 1
        """,
        "s['a'] = m.A(); m.Base.register(int)",
        """
        import abc
        class Base(abc.ABC):
            @abc.abstractmethod
            def f(self): ...
            @abc.abstractmethod
            def g(self): ...
        class A(Base):
            def f(self): return 1
            def g(self): return 2
        """,
        "s['a'].g() == 2 and isinstance(s['a'], m.Base) and isinstance(1, m.Base) and m.Base.__abstractmethods__ == {'f', 'g'}",
    ),
    case(
        "a plain class becomes an ABC",
        """
        class Base: pass
        class A(Base):
            def f(self): return 1
        """,
        "s['a'] = m.A()",
        """
        import abc
        class Base(abc.ABC):
            @abc.abstractmethod
            def f(self): ...
        class A(Base):
            def f(self): return 2
        """,
        "s['a'].f() == 2 and isinstance(s['a'], m.Base) and isinstance(s['a'], m.A)",
    ),
    case(
        "a nested class",
        """
        class A:
            class Inner:
                def f(self): return 1
        """,
        "s['i'] = m.A.Inner()",
        """
        class A:
            class Inner:
                def f(self): return 2
        """,
        "s['i'].f() == 2 and isinstance(s['i'], m.A.Inner)",
    ),
    case(
        "a class decorator that replaces nothing",
        """
        def tagged(tag):
            def deco(cls):
                cls.tag = tag
                return cls
            return deco
        @tagged('old')
        class A:
            def f(self): return 1
        """,
        "s['a'] = m.A()",
        """
        def tagged(tag):
            def deco(cls):
                cls.tag = tag
                return cls
            return deco
        @tagged('new')
        class A:
            def f(self): return 2
        """,
        "s['a'].tag == 'new' and s['a'].f() == 2",
    ),
    case(
        "dataclass(slots=True) with a field more",
        """
        from dataclasses import dataclass
        @dataclass(slots=True)
        class P:
            a: int = 1
            def f(self): return 'old'
        """,
        "s['p'] = m.P(5)",
        """
        from dataclasses import dataclass
        @dataclass(slots=True)
        class P:
            a: int = 1
            b: int = 2
            def f(self): return 'new'
        """,
        "m.P(1, 3).b == 3 and m.P().f() == 'new' and s['p'].f() == 'new' and s['p'].a == 5 and 'P' in report.notes[0] and '1 live instance' in report.notes[0]",
    ),
    case(
        "dataclass(slots=True), a method edited",
        """
        from dataclasses import dataclass
        @dataclass(slots=True)
        class P:
            a: int = 1
            def f(self): return 'old'
        """,
        "s['p'] = m.P(5)",
        """
        from dataclasses import dataclass
        @dataclass(slots=True)
        class P:
            a: int = 1
            def f(self): return 'new'
        """,
        "s['p'].f() == 'new' and isinstance(s['p'], m.P) and s['p'] == m.P(5) and not report.notes",
    ),
    case(
        "a frozen dataclass with a method and a default edited",
        """
        from dataclasses import dataclass
        @dataclass(frozen=True)
        class P:
            a: int
            b: int = 1
        """,
        "s['p'] = m.P(5)",
        """
        from dataclasses import dataclass
        @dataclass(frozen=True)
        class P:
            a: int
            b: int = 2
            def sum(self): return self.a + self.b
        """,
        "s['p'].sum() == 6 and m.P(5).sum() == 7 and s['p'] in {s['p']}",
    ),
    case(
        "a dataclass gets order=True",
        """
        from dataclasses import dataclass
        @dataclass
        class P:
            a: int
        """,
        "s['p'] = m.P(5)",
        """
        from dataclasses import dataclass
        @dataclass(order=True)
        class P:
            a: int
        """,
        "s['p'] < m.P(6)",
    ),
    case(
        "a NamedTuple with a field more",
        """
        from typing import NamedTuple
        class P(NamedTuple):
            a: int
            b: int = 2
        """,
        "s['p'] = m.P(1)",
        """
        from typing import NamedTuple
        class P(NamedTuple):
            a: int
            b: int = 2
            c: int = 3
            def total(self): return sum(self)
        """,
        "m.P(1).c == 3 and isinstance(s['p'], m.P) and s['p'].total() == 3 and s['p'].b == 2",
    ),
    case(
        "collections.namedtuple with a field less",
        """
        import collections
        P = collections.namedtuple('P', 'a b')
        """,
        "s['p'] = m.P(1, 2)",
        """
        import collections
        P = collections.namedtuple('P', 'a')
        """,
        "m.P(1).a == 1 and isinstance(s['p'], m.P) and not hasattr(m.P, 'b')",
    ),
    case(
        "an Enum with values changed, a member removed, and a method",
        """
        import enum
        class E(enum.Enum):
            A = 1
            B = 2
        """,
        "s['e'] = m.E.A; s['d'] = {m.E.A: 'a'}",
        """
        import enum
        class E(enum.Enum):
            A = 10
            C = 3
            def f(self): return self.value * 2
        """,
        "s['e'].value == 10 and s['e'] is m.E.A and m.E(10) is s['e'] and not hasattr(m.E, 'B') and s['e'].f() == 20 and s['d'][m.E.A] == 'a' and list(m.E) == [m.E.A, m.E.C]",
    ),
    case(
        "an IntEnum member with another value: told",
        """
        import enum
        class E(enum.IntEnum):
            A = 1
            B = 2
        """,
        "s['a'], s['b'] = m.E.A, m.E.B",
        """
        import enum
        class E(enum.IntEnum):
            A = 5
            B = 2
        """,
        "m.E.A == 5 and s['b'] is m.E.B and 'E.A' in report.notes[0]",
    ),
    case(
        "a Flag with a member more",
        """
        import enum
        class F(enum.Flag):
            A = 1
            B = 2
        """,
        "s['ab'] = m.F.A | m.F.B",
        """
        import enum
        class F(enum.Flag):
            A = 1
            B = 2
            C = 4
        """,
        "m.F.A in s['ab'] and (m.F.A | m.F.C).value == 5 and isinstance(s['ab'], m.F)",
    ),
    case(
        "__slots__: a method edited only",
        """
        class A:
            __slots__ = ('a',)
            def __init__(self): self.a = 1
            def f(self): return self.a
        """,
        "s['a'] = m.A()",
        """
        class A:
            __slots__ = ('a',)
            def __init__(self): self.a = 1
            def f(self): return self.a + 1
        """,
        "s['a'].f() == 2 and isinstance(s['a'], m.A)",
    ),
    case(
        "__slots__ changed: instances have the new methods, and it is told",
        """
        class A:
            __slots__ = ('a',)
            def f(self): return 1
        """,
        "s['a'] = m.A(); s['a'].a = 5",
        """
        class A:
            __slots__ = ('a', 'b')
            def f(self): return 2
            def g(self): return self.a
        """,
        "s['a'].f() == 2 and s['a'].g() == 5 and report.notes == ('$.A: its __slots__ differ; 1 live instance keeps the old layout with the new methods',)",
    ),
    case(
        "functools.cached_property: edited, so computed again",
        """
        import functools
        class A:
            @functools.cached_property
            def x(self): return 1
            @functools.cached_property
            def y(self): return object()
        """,
        "s['a'] = m.A(); s['a'].x; s['y'] = s['a'].y",
        """
        import functools
        class A:
            @functools.cached_property
            def x(self): return 2
            @functools.cached_property
            def y(self): return object()
        """,
        "s['a'].x == 2 and s['a'].y is s['y']",
    ),
    case(
        "a property gets a setter",
        """
        class A:
            _x = 1
            @property
            def x(self): return self._x
        """,
        "s['a'] = m.A()",
        """
        class A:
            _x = 1
            @property
            def x(self): return self._x
            @x.setter
            def x(self, v): self._x = v * 2
        """,
        "(setattr(s['a'], 'x', 4), s['a'].x)[1] == 8",
    ),
    case(
        "a method becomes a property, and a property a method",
        """
        class A:
            def x(self): return 1
            @property
            def y(self): return 1
        """,
        "s['a'] = m.A()",
        """
        class A:
            @property
            def x(self): return 2
            def y(self): return 2
        """,
        "s['a'].x == 2 and s['a'].y() == 2",
    ),
    case(
        "a method becomes static, a static one a classmethod",
        """
        class A:
            def x(self): return 1
            @staticmethod
            def y(): return 1
        """,
        "s['a'] = m.A()",
        """
        class A:
            @staticmethod
            def x(): return 2
            @classmethod
            def y(cls): return cls
        """,
        "s['a'].x() == 2 and s['a'].y() is m.A",
    ),
    case(
        "what the program has set on a class stays",
        """
        class A:
            k = 1
            n = 1
            def f(self): return 1
        """,
        "m.A.k = 5; m.A.extra = 'x'",
        """
        class A:
            k = 1
            n = 2
            def f(self): return 2
        """,
        "m.A.k == 5 and m.A.n == 2 and m.A.extra == 'x'",
    ),
    case(
        "x = load() in a class body is not loaded again",
        """
        LOADS = []
        def load():
            LOADS.append(1)
            return object()
        class A:
            model = load()
            def f(self): return 1
        """,
        "s['m'] = m.A.model",
        """
        LOADS = []
        def load():
            LOADS.append(1)
            return object()
        class A:
            model = load()
            def f(self): return 2
        """,
        "m.A.model is s['m'] and m.LOADS == [1] and m.A().f() == 2",
    ),
    case(
        "a base is removed",
        """
        class B:
            def h(self): return 1
        class A(B):
            pass
        """,
        "s['a'] = m.A()",
        """
        class B:
            def h(self): return 1
        class A:
            def g(self): return 2
        """,
        "s['a'].g() == 2 and not hasattr(s['a'], 'h') and isinstance(s['a'], m.A)",
    ),
    case(
        "a base in the middle is exchanged",
        """
        class B:
            def h(self): return 'b'
        class C:
            def h(self): return 'c'
        class A(B): pass
        class D(A): pass
        """,
        "s['d'] = m.D()",
        """
        class B:
            def h(self): return 'b'
        class C:
            def h(self): return 'c'
        class A(C): pass
        class D(A): pass
        """,
        "s['d'].h() == 'c'",
    ),
    case(
        "super() and __class__ in edited and new methods",
        """
        class B:
            def f(self): return ['b']
        class A(B):
            def f(self): return super().f()
        """,
        "s['a'] = m.A(); s['f'] = s['a'].f",
        """
        class B:
            def f(self): return ['b']
        class A(B):
            def f(self): return ['a', *super().f()]
            def g(self): return __class__
        """,
        "s['f']() == ['a', 'b'] and s['a'].g() is m.A and m.A().f() == ['a', 'b']",
    ),
    case(
        "a method gains super()",
        """
        class B:
            def f(self): return 'b'
        class A(B):
            def f(self): return 'a'
        """,
        "s['a'] = m.A(); s['f'] = s['a'].f",
        """
        class B:
            def f(self): return 'b'
        class A(B):
            def f(self): return 'a' + super().f()
        """,
        "s['a'].f() == 'ab' and s['f']() == 'ab'",
    ),
    case(
        "operators, hash and equality",
        """
        class V:
            def __init__(self, x): self.x = x
            def __eq__(self, o): return self.x == o.x
        """,
        "s['v'] = m.V(1)",
        """
        class V:
            def __init__(self, x): self.x = x
            def __eq__(self, o): return self.x == o.x
            def __hash__(self): return hash(self.x)
            def __add__(self, o): return V(self.x + o.x)
            def __len__(self): return 3
        """,
        "(s['v'] + m.V(2)).x == 3 and len(s['v']) == 3 and hash(s['v']) == hash(1)",
    ),
    case(
        "__getattr__ and __call__ are added, __len__ goes",
        """
        class A:
            def __len__(self): return 1
        """,
        "s['a'] = m.A()",
        """
        class A:
            def __getattr__(self, n): return n
            def __call__(self): return 'called'
        """,
        "s['a'].foo == 'foo' and s['a']() == 'called' and not hasattr(m.A, '__len__')",
    ),
    case(
        "a context manager class, with a live block",
        """
        class C:
            log = []
            def __enter__(self): return self
            def __exit__(self, *e): self.log.append('old')
        """,
        "s['c'] = m.C(); s['c'].__enter__()",
        """
        class C:
            log = []
            def __enter__(self): return self
            def __exit__(self, *e): self.log.append('new')
        """,
        "(s['c'].__exit__(), m.C.log)[1] == ['new']",
    ),
    case(
        "an exception class that an except clause holds",
        """
        class Wrong(Exception):
            def text(self): return 'old'
        def f():
            raise Wrong
        """,
        "s['W'] = m.Wrong",
        """
        class Wrong(ValueError):
            def text(self): return 'new'
        def f():
            raise Wrong
        """,
        "s['catch'](m.f, ValueError).text() == 'new' and isinstance(s['catch'](m.f, s['W']), m.Wrong)",
        prelude="def catch(f, kind):\n    try: f()\n    except kind as e: return e\ns['catch'] = catch",
    ),
    case(
        "weak references to a class, and WeakKeyDictionary",
        """
        import weakref
        class A:
            def f(self): return 1
        REF = weakref.ref(A)
        TABLE = weakref.WeakKeyDictionary({A: 'a'})
        """,
        "",
        """
        import weakref
        class A:
            def f(self): return 2
        REF = weakref.ref(A)
        TABLE = weakref.WeakKeyDictionary({A: 'a'})
        """,
        "m.REF() is m.A and m.TABLE[m.A] == 'a'",
    ),
    case(
        "pickles of instances made before",
        """
        class A:
            def __init__(self): self.x = 1
            def f(self): return self.x
        """,
        "import pickle; s['p'] = pickle.dumps(m.A()); s['c'] = pickle.dumps(m.A)",
        """
        class A:
            def __init__(self): self.x = 1
            def f(self): return self.x * 5
        """,
        "__import__('pickle').loads(s['p']).f() == 5 and __import__('pickle').loads(s['c']) is m.A",
    ),
    case(
        "a subclass in another module that was not edited",
        {
            "m": """
            class Base:
                def f(self): return 1
            """,
            "sub": """
            from $ import Base
            class A(Base):
                def g(self): return self.f() + 1
            """,
        },
        "s['a'] = module('sub').A()",
        """
        class Other: pass
        class Base(Other):
            def f(self): return 10
        """,
        "s['a'].g() == 11 and isinstance(s['a'], m.Base) and isinstance(s['a'], m.Other)",
    ),
    case(
        "__class_getitem__ and __match_args__",
        """
        class A:
            __match_args__ = ('x',)
            def __init__(self): self.x, self.y = 1, 2
        """,
        "s['a'] = m.A()",
        """
        class A:
            __match_args__ = ('y',)
            def __init__(self): self.x, self.y = 1, 2
            def __class_getitem__(cls, k): return k
        """,
        "m.A[3] == 3 and m.A.__match_args__ == ('y',)",
    ),
    case(
        "a TypedDict and its annotations",
        """
        from typing import TypedDict
        class D(TypedDict):
            a: int
        """,
        "s['D'] = m.D",
        """
        from typing import TypedDict
        class D(TypedDict):
            a: int
            b: str
        """,
        "set(m.D.__annotations__) == {'a', 'b'} and m.D.__required_keys__ == {'a', 'b'}",
    ),
    case(
        "instances that a list and a dict of the module hold",
        """
        class A:
            def f(self): return 1
        ALL = [A(), A()]
        """,
        "s['all'] = m.ALL",
        """
        class A:
            def f(self): return 2
        ALL = [A(), A()]
        """,
        "[a.f() for a in m.ALL] == [2, 2] and m.ALL is s['all']",
    ),
    case(
        "a field of a NamedTuple that has another place is read there",
        """
        from typing import NamedTuple
        class N(NamedTuple):
            x: int = 1
            y: int = 5
        """,
        "",
        """
        from typing import NamedTuple
        class N(NamedTuple):
            y: int = 5
            x: int = 1
        """,
        "m.N() == (5, 1) and m.N().x == 1 and m.N().y == 5",
    ),
]

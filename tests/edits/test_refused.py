"""Edits that are refused: everything is as it was before, and the mended text is applied next time."""

from __future__ import annotations

import gc
import linecache
import sys
import traceback
from typing import Any

import pytest
from live import Live

from ray_proxy.edits.applying import apply
from ray_proxy.edits.report import NewText, UnknownText

RICH = """
import enum, functools
REGISTRY, TABLE, SEEN = [], {'a': 1}, {1}
def register(f):
    REGISTRY.append(f)
    TABLE[f.__name__] = f
    return f
@register
def f(): return 1
@functools.lru_cache
def cached(): return 1
def make(n):
    def inner(): return n
    return inner
class E(enum.Enum):
    A = 1
class Base:
    pass
class A(Base):
    k = 1
    items = []
    def m(self): return 1
    @property
    def p(self): return 1
    @staticmethod
    def s(): return 1
class Plain:
    def m(self): return 1
K = 1
D = K * 10
GONE = 1
"""
RICH_EDITED = """
'A docstring.'
import enum, functools
REGISTRY, TABLE, SEEN = [0], {'a': 2, 'b': 3}, {2}
def register(f):
    REGISTRY.append(f)
    TABLE[f.__name__] = f
    return f
@register
def f(a=1): return 2
@register
def g(): return 2
@functools.lru_cache
def cached(): return 2
def make(n):
    def inner(): return n * 2
    return inner
class E(enum.Enum):
    A = 2
    B = 3
class Base:
    x: int = 5
class A(Base):
    k = 2
    items = [1]
    other = 3
    def m(self): return super().__repr__()
    @property
    def p(self): return 2
    @classmethod
    def s(cls): return 2
class Plain(Base):
    __slots__ = ('slot',)
    def m(self): return 2
K = 2
D = K * 10
NEW = 1
raise LookupError('refused')
"""


def state(live: Live) -> dict[str, Any]:
    """What can be seen of the module and of the objects that are held."""
    m, s = live.m, live.s
    return {
        "names": {name: id(value) for name, value in vars(m).items()},
        "order": list(vars(m)),
        "containers": (list(m.REGISTRY), dict(m.TABLE), set(m.SEEN), list(m.A.items)),
        "classes": {
            cls.__name__: ({name: id(value) for name, value in vars(cls).items()}, cls.__bases__, type(cls))
            for cls in (m.E, m.Base, m.A, m.Plain)
        },
        "codes": (m.f.__code__, m.make.__code__, s["closure"].__code__, m.A.m.__code__, m.f.__defaults__),
        "members": (list(m.E), m.E.A.value, dict(m.E._value2member_map_)),
        "results": (m.f(), m.cached(), s["closure"](), s["a"].m(), s["a"].p, s["a"].s(), s["plain"].m(), s["bound"]()),
        "kinds": (type(s["a"]), type(s["plain"]), isinstance(s["a"], m.A)),
        "linecache": linecache.getlines(m.__file__),
    }


@pytest.fixture
def rich(live: Live) -> Live:
    live.load(m=RICH)
    live.run("s.update(closure=m.make(3), a=m.A(), plain=m.Plain(), bound=m.A().m, model=m.cached()); m.A.k = 7")
    return live


def test_everything_is_as_it_was_after_an_error_at_the_end(rich: Live) -> None:
    before = state(rich)
    with pytest.raises(LookupError, match="refused"):
        rich.edit(m=RICH_EDITED)
    assert state(rich) == before


def test_classes_of_a_refused_text_leave_nothing_behind(rich: Live) -> None:
    with pytest.raises(LookupError):
        rich.edit(m=RICH_EDITED)
    gc.collect()
    assert rich.m.Base.__subclasses__() == [rich.m.A]


def test_the_mended_text_is_applied_against_the_text_in_force(rich: Live) -> None:
    with pytest.raises(LookupError):
        rich.edit(m=RICH_EDITED)
    rich.edit(m=RICH_EDITED.replace("raise LookupError('refused')", ""))
    assert (rich.m.f(), rich.s["a"].p, rich.s["closure"](), rich.m.D, rich.m.A.k) == (2, 2, 6, 20, 2)
    assert not hasattr(rich.m, "GONE")


def test_a_syntax_error_names_file_line_and_text(live: Live) -> None:
    live.load(m="def f(): return 1\n")
    with pytest.raises(SyntaxError) as caught:
        live.edit(m="def f(): return 1\n\ndef g(: return 2\n")
    assert (caught.value.filename, caught.value.lineno) == (live.m.__file__, 3)
    assert "def g(:" in str(caught.value.text)
    assert live.m.f() == 1


def test_an_error_of_the_compiler_names_file_line_and_text(live: Live) -> None:
    live.load(m="def f(): return 1\n")
    with pytest.raises(SyntaxError) as caught:
        live.edit(m="def f(): return 1\n\nreturn 5\n")
    assert (caught.value.filename, caught.value.lineno) == (live.m.__file__, 3)
    assert "return 5" in str(caught.value.text)


def test_an_error_of_indentation_between_statements_that_were_not_edited(live: Live) -> None:
    live.load(m="a = 1\nb = 2\nc = 3\n")
    with pytest.raises(IndentationError) as caught:
        live.edit(m="a = 1\n  b = 2\nc = 3\n")
    assert caught.value.lineno == 2


def test_a_string_that_is_left_open(live: Live) -> None:
    live.load(m="a = 1\nb = 2\nc = 3\n")
    with pytest.raises(SyntaxError):
        live.edit(m="a = 1\nb = '''2\nc = 3\n")
    assert live.m.b == 2


def test_a_null_byte_is_refused(live: Live) -> None:
    live.load(m="a = 1\n")
    with pytest.raises((SyntaxError, ValueError)):
        live.edit(m="a = 1\nb = '\0'\n")
    assert live.m.a == 1


def test_the_traceback_shows_the_refused_text_and_nothing_of_the_engine(live: Live) -> None:
    live.load(m="def check(x): return 1 / x\nA = 1\n")
    with pytest.raises(ZeroDivisionError) as caught:
        live.edit(m="def check(x): return 1 / x\n# a comment\nA = check(0)\n")
    text = "".join(traceback.format_exception(caught.value))
    assert f'{live.name}.py", line 3, in <module>' in text
    assert "A = check(0)" in text
    assert "return 1 / x" in text
    assert "binding" not in text
    assert text.count("ray_proxy/edits") == 1


def test_the_traceback_of_a_class_body_shows_its_line(live: Live) -> None:
    live.load(m="class A:\n    x = 1\n")
    with pytest.raises(ZeroDivisionError) as caught:
        live.edit(m="class A:\n    x = 1\n    y = 1 / 0\n")
    text = "".join(traceback.format_exception(caught.value))
    assert "line 3, in A" in text
    assert "y = 1 / 0" in text


def test_tracebacks_of_the_text_in_force_show_it_after_a_refusal(live: Live) -> None:
    live.load(m="def f():\n    return 1 / 0  # old\n")
    with pytest.raises(LookupError):
        live.edit(m="# moved\ndef f():\n    return 2 / 0  # new\nraise LookupError\n")
    with pytest.raises(ZeroDivisionError) as caught:
        live.m.f()
    assert "# old" in "".join(traceback.format_exception(caught.value))


def test_one_refused_text_undoes_all_of_its_edit(live: Live) -> None:
    live.load(m="def f(): return 1\nX = []\n", b="import $\nY = 1\n")
    with pytest.raises(ValueError, match="b"):
        live.edit(m="def f(): return 2\nX = [1]\nZ = 1\n", b="import $\nY = 2\n$.X.append(5)\nraise ValueError('b')\n")
    assert (live.m.f(), live.m.X, hasattr(live.m, "Z"), live.module("b").Y) == (1, [], False, 1)  # type: ignore[attr-defined]


def test_a_syntax_error_in_the_last_text_changes_nothing_of_the_first(live: Live) -> None:
    live.load(m="RUNS = []\ndef f(): return 1\n", b="Y = 1\n")
    with pytest.raises(SyntaxError):
        live.edit(m="RUNS = []\ndef f(): return 2\nRUNS.append(1)\n", b="Y = \n")
    assert (live.m.f(), live.m.RUNS) == (1, [])


def test_names_that_other_modules_took_are_given_back(live: Live) -> None:
    live.load(m="K = 1\n", b="from $ import K\nX = K * 2\n", c="Z = 1\n")
    with pytest.raises(ValueError):
        live.edit(m="K = 5\n", c="Z = 1\nraise ValueError\n")
    assert (live.module("b").K, live.module("b").X) == (1, 2)  # type: ignore[attr-defined]


def test_a_module_that_a_refused_text_has_imported_is_forgotten(live: Live) -> None:
    live.load(m="A = 1\n")
    live.path("new").write_text("X = 1\n")
    with pytest.raises(ValueError):
        live.edit(m=f"import {live.module_name('new')}\nraise ValueError\n")
    assert live.module_name("new") not in sys.modules


def test_an_import_that_fails_is_the_text_s_own_error(live: Live) -> None:
    live.load(m="A = 1\n")
    with pytest.raises(ModuleNotFoundError, match="nowhere_at_all"):
        live.edit(m="A = 2\nimport nowhere_at_all\n")
    assert live.m.A == 1


def test_an_interrupt_undoes_the_edit(live: Live) -> None:
    live.load(m="def f(): return 1\n")
    with pytest.raises(KeyboardInterrupt):
        live.edit(m="def f(): return 2\nraise KeyboardInterrupt\n")
    assert live.m.f() == 1


def test_system_exit_undoes_the_edit(live: Live) -> None:
    live.load(m="def f(): return 1\n")
    with pytest.raises(SystemExit):
        live.edit(m="def f(): return 2\nimport sys\nsys.exit()\n")
    assert live.m.f() == 1
    assert not hasattr(live.m, "sys")


def test_a_registry_of_another_module_is_as_it_was(live: Live) -> None:
    live.load(
        lib="ALL = {}\ndef register(f):\n    ALL[f.__name__] = f\n    return f\n",
        m="from $_lib import register\n@register\ndef f(): return 1\n",
    )
    lib: Any = live.module("lib")
    user: Any = live.module("m")
    with pytest.raises(ValueError):
        live.edit(
            m="from $_lib import register\n@register\ndef f(): return 2\n@register\ndef g(): ...\nraise ValueError\n"
        )
    assert lib.ALL == {"f": user.f}
    assert lib.ALL["f"]() == 1


def test_garbage_collection_goes_on_after_a_refusal(live: Live) -> None:
    live.load(m="A = 1\n")
    with pytest.raises(ValueError):
        live.edit(m="raise ValueError\n")
    assert gc.isenabled()


def test_a_module_that_is_not_loaded_cannot_be_edited() -> None:
    with pytest.raises(UnknownText, match="not in sys.modules") as caught:
        apply([NewText("never_imported", "A = 1\n", "never_imported.py")])
    assert caught.value.module == "never_imported"


def test_a_module_whose_text_was_not_remembered_cannot_be_edited() -> None:
    with pytest.raises(UnknownText, match="remember"):
        apply([NewText("textwrap", "A = 1\n", "textwrap.py")])


def test_many_refusals_and_edits_in_turn(live: Live) -> None:
    live.load(m="def f(): return 0\nclass A:\n    def g(self): return 0\n")
    a = live.m.A()
    for number in range(1, 15):
        text = f"def f(): return {number}\nclass A:\n    x{number} = 1\n    def g(self): return {number}\n"
        with pytest.raises(ZeroDivisionError):
            live.edit(m=text + "1 / 0\n")
        assert (live.m.f(), a.g()) == (number - 1, number - 1)
        live.edit(m=text)
        assert (live.m.f(), a.g(), type(a) is live.m.A) == (number, number, True)
    assert [name for name in vars(live.m.A) if name.startswith("x")] == ["x14"]


def test_a_refused_text_leaves_the_implementations_of_a_dispatching_function(live: Live) -> None:
    head = "import functools\n@functools.singledispatch\ndef s(x): return 'obj'\n"
    live.load(m=head + "@s.register\ndef _(x: int): return 'int'\n@s.register\ndef _(x: str): return 'str'\n")
    with pytest.raises(ZeroDivisionError):
        live.edit(m=head + "@s.register\ndef _(x: list): return 'list'\n1 / 0\n")
    assert (live.m.s(1), live.m.s("a"), live.m.s([])) == ("int", "str", "obj")

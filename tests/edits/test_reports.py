"""What an edit tells: what changed, and what could not be applied to live objects."""

from __future__ import annotations

import gc
import linecache
import sys
from types import ModuleType

from live import Live

from ray_proxy.edits.applying import apply, remember
from ray_proxy.edits.report import Changes, NewText, Report


def test_functions_are_counted(live: Live) -> None:
    live.load(m="def f(): return 1\ndef g(): return 1\ndef h(): return 1\nK = 1\n")
    report = live.edit(m="def f(): return 2\ndef g(): return 2\ndef h(): return 2\nK = 1\n")
    assert str(report) == f"edit {live.name} (3 functions)"
    assert report.changed == {live.name: Changes(("f", "g", "h"), (), ())}


def test_classes_functions_and_names_of_several_modules_are_counted(live: Live) -> None:
    live.load(m="class A: pass\ndef f(): ...\ndef g(): ...\n", helpers="X = 1\nGONE = 1\n")
    report = live.edit(m="class A: x = 1\ndef f(): return 1\ndef g(): return 1\n", helpers="X = 2\n")
    assert str(report) == f"edit {live.name} (1 class, 2 functions), {live.name}_helpers (2 names)"
    assert report.changed[f"{live.name}_helpers"].names == ("X", "GONE")


def test_an_edit_of_a_comment_changes_nothing(live: Live) -> None:
    live.load(m="K = []\ndef f(): return 1\n")
    report = live.edit(m="# a comment\nK = []  # another\ndef f(): return 1\n")
    assert str(report) == f"edit {live.name} (no definitions)"
    assert report.changed == {live.name: Changes()}


def test_what_follows_from_a_changed_name_is_told_with_it(live: Live) -> None:
    live.load(m="K = 1\nD = K * 2\n", user="from $ import K\nT = K * 3\n")
    report = live.edit(m="K = 2\nD = K * 2\n")
    assert report.changed[live.name].names == ("K", "D")
    assert report.changed[f"{live.name}_user"].names == ("K", "T")


def test_no_edits_are_no_edit() -> None:
    assert apply([]) == Report({}, ())


def test_the_number_of_instances_is_told(live: Live) -> None:
    live.load(m="class A:\n    __slots__ = ('a',)\n")
    live.s["all"] = [live.m.A() for _ in range(3)]
    report = live.edit(m="class A:\n    __slots__ = ('a', 'b')\n")
    assert report.notes == (
        f"{live.name}.A: its __slots__ differ; 3 live instances keep the old layout with the new methods",
    )


NAMED = "from typing import NamedTuple\nclass N(NamedTuple):\n"


def test_the_number_of_named_tuples_of_other_fields_is_told(live: Live) -> None:
    live.load(m=NAMED + "    x: int = 1\n    def p(self): return self.x\nclass Below(N): pass\n")
    live.s["all"] = [live.m.N(), live.m.N(), live.m.Below()]
    report = live.edit(
        m=NAMED + "    x: int = 1\n    y: int = 5\n    def p(self): return self.x + 1\nclass Below(N): pass\n"
    )
    assert report.notes == (
        f"{live.name}.N: its fields differ; 3 live instances keep the old values with the new methods",
    )
    assert live.s["all"][0].p() == 2
    assert live.m.N() == (1, 5)


def test_a_class_over_a_named_tuple_of_other_fields_is_told(live: Live) -> None:
    text = "from collections import namedtuple\nclass N(namedtuple('N', {})): pass\n"
    live.load(m=text.format("'x'"))
    live.s["one"] = live.m.N(1)
    (note,) = live.edit(m=text.format("'x y'")).notes
    assert note.startswith(f"{live.name}.N: its fields differ; 1 live instance keeps the old values")


def test_named_tuples_of_the_same_fields_are_not_told(live: Live) -> None:
    live.load(m=NAMED + "    x: int = 1\n    def p(self): return 1\n")
    live.s["one"] = live.m.N()
    assert live.edit(m=NAMED + "    x: int = 2\n    def p(self): return 2\n").notes == ()


def test_other_fields_of_named_tuples_of_which_none_is_alive_are_not_told(live: Live) -> None:
    live.load(m=NAMED + "    x: int = 1\n")
    assert live.edit(m=NAMED + "    y: int = 1\n").notes == ()


def test_instances_that_move_are_not_told(live: Live) -> None:
    live.load(m="class B: pass\nclass A: pass\n")
    live.s["a"] = live.m.A()
    assert live.edit(m="class B: pass\nclass A(B): pass\n").notes == ()
    assert isinstance(live.s["a"], live.m.A)


def test_linecache_has_the_text_in_force(live: Live) -> None:
    live.load(m="A = 1\n")
    live.edit(m="A = 2\nB = 3\n")
    live.path("m").write_text("something else\n")
    linecache.checkcache()
    assert linecache.getline(live.m.__file__, 2) == "B = 3\n"


def test_linecache_has_a_text_whose_file_is_not_here() -> None:
    module = ModuleType("not_here")
    module.__file__ = "/nowhere/not_here.py"
    sys.modules["not_here"] = module
    try:
        exec(compile("A = 1\n", module.__file__, "exec"), module.__dict__)
        remember(module, "A = 1\n")
        assert linecache.getline("/nowhere/not_here.py", 1) == "A = 1\n"
        apply([NewText("not_here", "A = 2\n", "/nowhere/not_here.py")])
        linecache.checkcache()
        assert linecache.getline("/nowhere/not_here.py", 1) == "A = 2\n"
    finally:
        del sys.modules["not_here"]


def test_a_text_is_kept_no_longer_than_its_module() -> None:
    module = ModuleType("short_lived")
    remember(module, "A = 1\n")
    from ray_proxy.edits import applying

    assert module in applying._texts
    before = len(applying._texts)
    del module
    gc.collect()
    assert len(applying._texts) < before


def test_line_numbers_follow_the_text(live: Live) -> None:
    live.load(m="def f(): return 1\n\ndef g():\n    return [x for x in range(2)]\n")
    live.edit(m="def f():\n    # longer\n    return 1\n\ndef g():\n    return [x for x in range(2)]\n")
    assert live.m.g.__code__.co_firstlineno == 5
    inner = [code for code in live.m.g.__code__.co_consts if hasattr(code, "co_firstlineno")]
    assert [code.co_firstlineno for code in inner] == [6] * len(inner)

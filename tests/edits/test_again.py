"""What goes with one edit and comes back with a later one."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from live import Live

HEAD = "import functools\n@functools.singledispatch\ndef s(x): return 'obj'\n"
INT = "@s.register\ndef _(x: int): return 'int'\n"
STR = "@s.register\ndef _(x: str): return 'str'\n"


def test_an_implementation_that_went_and_came_back_is_called_for_its_type_only(live: Live) -> None:
    live.load(m=HEAD + INT + STR)
    live.edit(m=HEAD + STR)
    live.edit(m=HEAD + INT + STR)
    assert (live.m.s(1), live.m.s("a"), live.m.s([])) == ("int", "str", "obj")


def test_a_class_that_was_cut_and_pasted_is_the_same_class(live: Live) -> None:
    live.load(m="class M:\n    n = 0\n    def p(self): return 1\nREG = {}\n")
    value = live.m.M()
    bound = value.p
    live.m.M.n = 7
    live.edit(m="REG = {}\n")
    assert value.p() == 1
    live.edit(m="class M:\n    n = 0\n    def p(self): return 2\nREG = {}\n")
    assert type(value) is live.m.M
    assert (value.p(), bound(), value.n) == (2, 2, 7)


def test_a_class_that_was_renamed_and_renamed_back_is_the_same_class(live: Live) -> None:
    live.load(m="class A: x = 1\n")
    value = live.m.A()
    live.edit(m="class B: x = 1\n")
    live.edit(m="class A: x = 2\n")
    assert type(value) is live.m.A
    assert value.x == 2


def test_a_class_that_came_back_follows_later_edits(live: Live) -> None:
    live.load(m="class M:\n    def p(self): return 1\n")
    value = live.m.M()
    for text in ("", "class M:\n    def p(self): return 2\n", "class M:\n    def p(self): return 3\n"):
        live.edit(m=text)
    assert value.p() == 3


def test_a_refused_return_of_a_class_leaves_it_where_it_is_held(live: Live) -> None:
    live.load(m="class M:\n    def p(self): return 1\nHELD = []\n")
    live.m.HELD.append(live.m.M)
    live.s["by"] = {"M": live.m.M}
    live.edit(m="HELD = []\n")
    with pytest.raises(ZeroDivisionError):
        live.edit(m="class M:\n    def p(self): return 2\nHELD = []\n1 / 0\n")
    kind = live.s["by"]["M"]
    assert kind().p() == 1
    assert not hasattr(live.m, "M")
    live.edit(m="class M:\n    def p(self): return 3\nHELD = []\n")
    assert live.m.M is kind
    assert kind().p() == 3


def test_a_class_that_nobody_holds_is_not_kept_for_its_return(live: Live) -> None:
    live.load(m="class M: pass\n")
    kind = weakref.ref(live.m.M)
    live.edit(m="")
    gc.collect()
    assert kind() is None


def test_a_class_that_has_moved_to_another_module_and_back_has_its_instances(live: Live) -> None:
    live.load(m="class S:\n    def who(self): return 1\n", b="X = 1\n")
    value = live.m.S()
    live.edit(b="X = 1\nclass S:\n    def who(self): return 2\n", m="from $_b import S\n")
    bound = value.who
    assert value.who() == 2
    live.edit(b="X = 1\n", m="class S:\n    def who(self): return 3\n")
    assert type(value) is live.m.S
    assert live.m.S.__module__ == live.name
    assert (value.who(), bound()) == (3, 3)


def test_a_class_that_comes_back_in_two_edits_after_its_move_has_its_instances(live: Live) -> None:
    live.load(m="class S:\n    def who(self): return 1\n", b="X = 1\n")
    value = live.m.S()
    live.edit(b="class S:\n    def who(self): return 2\n", m="from $_b import S\n")
    live.edit(b="X = 1\n", m="Y = 1\n")
    live.edit(m="class S:\n    def who(self): return 3\n")
    assert type(value) is live.m.S
    assert value.who() == 3


def test_a_class_of_the_name_of_an_imported_one_that_goes_on_is_another_class(live: Live) -> None:
    live.load(b="class S:\n    def who(self): return 'b'\n", m="from $_b import S\n")
    m: Any = live.module("m")
    value = m.S()
    live.edit(m="class S:\n    def who(self): return 'm'\n")
    assert value.who() == "b"
    assert not isinstance(value, m.S)

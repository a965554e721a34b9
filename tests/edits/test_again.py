"""What goes with one edit and comes back with a later one."""

from __future__ import annotations

from live import Live

HEAD = "import functools\n@functools.singledispatch\ndef s(x): return 'obj'\n"
INT = "@s.register\ndef _(x: int): return 'int'\n"
STR = "@s.register\ndef _(x: str): return 'str'\n"


def test_an_implementation_that_went_and_came_back_is_called_for_its_type_only(live: Live) -> None:
    live.load(m=HEAD + INT + STR)
    live.edit(m=HEAD + STR)
    live.edit(m=HEAD + INT + STR)
    assert (live.m.s(1), live.m.s("a"), live.m.s([])) == ("int", "str", "obj")

"""Edited imports bind names, and change nothing of the modules that they name."""

from __future__ import annotations

import copy
import os.path

import pytest
from live import Live

USED = "def fast(x): return 'fast'\ndef slow(x): return 'slow'\nDEFAULTS = {'a': 1}\nOTHERS = {'b': 2}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from $_u import fast as algo", "from $_u import slow as algo"),
        (
            "try:\n    from $_u import fast as algo\nexcept ImportError: pass",
            "try:\n    from $_u import slow as algo\nexcept ImportError: pass",
        ),
        ("from $_u import *\nalgo = fast", "from $_u import *\nalgo = slow"),
    ],
)
def test_another_function_is_imported_and_the_first_stays_as_it_was(live: Live, before: str, after: str) -> None:
    use = "\ndef f(): return algo(1)\n"
    live.load(u=USED, x=before + use)
    x, u = live.module("x"), live.module("u")
    assert x.f() == "fast"  # type: ignore[attr-defined]
    live.edit(x=after + use)
    assert (x.f(), u.fast(1), u.slow(1)) == ("slow", "fast", "slow")  # type: ignore[attr-defined]
    live.edit(x=before + use)
    assert (x.f(), u.fast(1), u.slow(1)) == ("fast", "fast", "slow")  # type: ignore[attr-defined]


def test_a_container_that_is_imported_no_more_is_still_its_module_s(live: Live) -> None:
    live.load(u=USED, x="from $_u import DEFAULTS as options\n")
    held = [live.module("u").DEFAULTS]  # type: ignore[attr-defined]
    live.edit(x="from $_u import OTHERS as options\n")
    u = live.module("u")
    assert (held, u.DEFAULTS, u.OTHERS) == ([{"a": 1}], {"a": 1}, {"b": 2})  # type: ignore[attr-defined]


def test_a_module_of_python_s_own_is_left_alone(live: Live) -> None:
    x = live.load(x="from copy import copy as c\nfrom os.path import join as j\n")
    before = copy.copy.__code__, os.path.join.__code__
    live.edit(x="from copy import deepcopy as c\nfrom os.path import dirname as j\n")
    assert (copy.copy.__code__, os.path.join.__code__) == before
    assert (x.c, x.j) == (copy.deepcopy, os.path.dirname)


def test_a_name_that_was_imported_and_is_defined_now(live: Live) -> None:
    live.load(u=USED, x="from $_u import fast\n")
    live.edit(x="def fast(x): return 'own'\n")
    assert (live.module("x").fast(1), live.module("u").fast(1)) == ("own", "fast")  # type: ignore[attr-defined]

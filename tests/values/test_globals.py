"""Functions that travel by value share their globals and closure cells there as they do here.

Most run twice, with an interpreter of this process and with one that has a process to itself. Code of the user's is in
cells of a notebook.
"""

from __future__ import annotations

import importlib
import threading
from typing import Any

import pytest
import sending
from notebook import Notebook, Solitary, notebook, solitary  # noqa: F401 the fixtures

from ray_proxy import RayProxyWarning

env = sending.env
cells = sending.cells
_warnings_are_errors = sending.warnings_are_errors


def test_a_global_that_changed_here_travels_again(cells: Notebook) -> None:
    cells.cell("""
        LR = 0.1
        def train(): return LR
    """)
    assert cells.env.run(cells["train"]).fetch() == 0.1
    cells["LR"] = 0.2
    assert cells.env.run(cells["train"]).fetch() == 0.2
    cells["LR"] = 0.1
    assert cells.env.run(cells["train"]).fetch() == 0.1


def test_a_global_that_did_not_change_here_is_what_remote_code_has_made_of_it(cells: Notebook) -> None:
    cells.cell("""
        LR = 0.1
        SEEN = []
        def train():
            global LR
            LR /= 2
            SEEN.append(LR)
            return LR
        def seen(): return SEEN
    """)
    assert [cells.env.run(cells["train"]).fetch() for _ in range(3)] == [0.05, 0.025, 0.0125]
    assert cells.env.run(cells["seen"]).fetch() == [0.05, 0.025, 0.0125]
    assert (cells["LR"], cells["SEEN"]) == (0.1, [])


def test_a_global_that_was_changed_in_place_here_travels_again(cells: Notebook) -> None:
    cells.cell("""
        CONFIG = {"rate": 1}
        def rate(): return CONFIG["rate"]
    """)
    assert cells.env.run(cells["rate"]).fetch() == 1
    cells["CONFIG"]["rate"] = 2
    assert cells.env.run(cells["rate"]).fetch() == 2


@pytest.mark.parametrize("change", ["STATE.append(5)", "global STATE; STATE = [5]"])
def test_where_both_sides_changed_a_global_ours_wins_and_a_warning_names_it(cells: Notebook, change: str) -> None:
    cells.cell(f"""
        STATE = [0]
        def work():
            {change}
        def state(): return STATE
    """)
    cells.env.run(cells["work"])
    assert cells.env.run(cells["state"]).fetch() == ([0, 5] if "append" in change else [5])
    cells["STATE"].append(1)
    with pytest.warns(
        RayProxyWarning, match="the global 'STATE' of state was changed in the interpreter, and here"
    ) as told:
        assert cells.env.run(cells["state"]).fetch() == [0, 1]
    assert len(told) == 1
    assert cells.env.run(cells["state"]).fetch() == [0, 1]


def test_a_global_that_only_changed_here_is_told_of_by_nobody(cells: Notebook) -> None:
    cells.cell("""
        NAMES = {"a", "b", "c", "d"}
        def names(): return sorted(NAMES)
    """)
    cells.env.run(cells["names"]).fetch()
    cells["NAMES"].add("e")
    assert cells.env.run(cells["names"]).fetch() == ["a", "b", "c", "d", "e"]


def test_a_registry_of_functions_that_grows_here_travels_again(cells: Notebook) -> None:
    cells.cell("""
        KNOWN = {}
        def register(function):
            KNOWN[function.__name__] = function
            return function
        @register
        def double(x): return 2 * x
        def call(name, x): return KNOWN[name](x)
        def names(): return sorted(KNOWN)
    """)
    assert cells.env.run(cells["call"], ("double", 4)).fetch() == 8
    cells.cell("""
        @register
        def triple(x): return 3 * x
    """)
    assert cells.env.run(cells["call"], ("triple", 4)).fetch() == 12
    assert cells.env.run(cells["names"]).fetch() == ["double", "triple"]


def test_functions_and_methods_share_the_globals_of_their_module(cells: Notebook) -> None:
    cells.cell("""
        CACHE = {}
        def put(key): CACHE[key] = 1
        def size(): return len(CACHE)
        class Store:
            def size(self): return len(CACHE)
    """)
    store = cells.env.put(cells["Store"]())
    put = cells.env.put(cells["put"])
    put("a")
    cells.env.run(cells["put"], ("b",))
    assert (cells.env.run(cells["size"]).fetch(), store.size()) == (2, 2)
    assert cells["CACHE"] == {}


def test_a_global_that_remote_code_has_made_is_there_for_the_next_function(cells: Notebook) -> None:
    cells.cell("""
        def load():
            global MODEL
            MODEL = [1, 2]
        def use(): return MODEL
    """)
    cells.env.run(cells["load"])
    assert cells.env.run(cells["use"]).fetch() == [1, 2]
    assert "MODEL" not in cells
    cells.env.put(cells["use"]).fetch()
    assert "MODEL" not in cells


def test_globals_outlast_the_functions_that_use_them(cells: Notebook) -> None:
    cells.cell("STEP = 0")
    for number in range(1, 4):
        cells.cell("""
            def step():
                global STEP
                STEP += 1
                return STEP
        """)
        assert cells.env.run(cells["step"]).fetch() == number
        del cells.module.step  # type: ignore[attr-defined]
        cells.env.sync()


def test_functions_that_came_before_see_a_global_that_travels_again(cells: Notebook) -> None:
    cells.cell("""
        LR = 1
        def first(): return LR
        def second(): return LR
    """)
    first = cells.env.put(cells["first"])
    cells["LR"] = 2
    cells.env.run(cells["second"]).fetch()
    assert first() == 2


def test_helpers_that_functions_call_are_found_again(cells: Notebook) -> None:
    cells.cell("""
        def helper(x): return x + 1
        def work(x): return helper(x) * 2
    """)
    assert cells.env.run(cells["work"], (1,)).fetch() == 4
    cells.cell("def helper(x): return x + 10")
    assert cells.env.run(cells["work"], (1,)).fetch() == 22


def test_a_global_may_be_a_var(cells: Notebook) -> None:
    cells.cell("""
        model = env.put([1])
        def grow(): model.append(len(model) + 1)
    """)
    cells.env.run(cells["grow"])
    cells.env.run(cells["grow"])
    assert cells["model"].fetch() == [1, 2, 3]


def test_functions_share_a_closure_cell(cells: Notebook) -> None:
    cells.cell("""
        def make():
            count = 0
            def increment():
                nonlocal count
                count += 1
            def value(): return count
            return increment, value
        increment, value = make()
    """)
    increment = cells.env.put(cells["increment"])
    increment()
    increment()
    assert cells.env.run(cells["value"]).fetch() == 2
    cells["increment"]()
    assert cells["value"]() == 1
    with pytest.warns(
        RayProxyWarning,
        match="'count', which make.<locals>.value closes over, was changed in the interpreter, and here",
    ):
        assert cells.env.run(cells["value"]).fetch() == 1


def test_decorated_functions_share_a_closure_cell(cells: Notebook) -> None:
    cells.cell("""
        def make():
            count = 0
            @env.remote
            def increment():
                nonlocal count
                count += 1
            @env.remote
            def value(): return count
            return increment, value
        increment, value = make()
        increment()
        seen = value().fetch()
    """)
    assert cells["seen"] == 1


def test_closures_of_different_calls_share_nothing(cells: Notebook) -> None:
    cells.cell("""
        def make(start):
            def value(): return start
            return value
        values = [make(start) for start in range(5)]
    """)
    there = [cells.env.put(value) for value in cells["values"]]
    assert [value().fetch() for value in there] == [0, 1, 2, 3, 4]


def test_a_function_that_was_made_there_uses_our_globals_here(cells: Notebook) -> None:
    cells.cell("""
        SCALE = 2
        def make():
            def scale(x): return x * SCALE
            return scale
    """)
    scale = cells.env.run(cells["make"]).fetch()
    cells["SCALE"] = 10
    assert scale(1) == 10


def test_each_fetch_of_a_closure_that_was_made_there_is_a_copy(cells: Notebook) -> None:
    cells.cell("""
        def make():
            count = 0
            def increment():
                nonlocal count
                count += 1
                return count
            return increment
    """)
    there = cells.env.run(cells["make"])
    assert there() == 1
    one = there.fetch()
    assert (one(), one()) == (2, 3)
    assert there() == 2
    assert (there.fetch()(), one()) == (3, 4)


def test_functions_whose_globals_are_no_module_share_them(cells: Notebook) -> None:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec("SEEN = []\ndef see(x): SEEN.append(x)\ndef seen(): return SEEN", namespace)
    see = cells.env.put(namespace["see"])
    see(1)
    assert cells.env.run(namespace["seen"]).fetch() == [1]


def test_two_notebooks_share_nothing(solitary: Solitary) -> None:  # noqa: F811
    one, other = Notebook("one_notebook"), Notebook("other_notebook")
    try:
        for notebook in (one, other):
            notebook.cell("SEEN = []\ndef see(): SEEN.append(1); return len(SEEN)")
        assert [solitary.connect().run(notebook["see"]).fetch() for notebook in (one, other, one)] == [1, 1, 2]
    finally:
        one.close()
        other.close()


def test_a_load_that_fails_changes_nothing(cells: Notebook) -> None:
    cells.cell("""
        class Failing:
            def __init__(self): self.fails = False
            def __reduce__(self): return (fail, ()) if self.fails else (Failing, ())
        def fail(): raise ValueError("cannot be loaded")
        RATE, LAST = 1, Failing()
        def rate(): return RATE
        def both(): return RATE, LAST
    """)
    there = cells.env.put(cells["rate"])
    assert there() == 1
    cells.env.run(cells["both"]).fetch()
    cells["RATE"], cells["LAST"].fails = 2, True
    with pytest.raises(ValueError, match="cannot be loaded"):
        cells.env.run(cells["both"]).fetch()
    assert there() == 1
    cells["LAST"].fails = False
    assert cells.env.run(cells["both"]).fetch()[0] == 2
    assert there() == 2


# -------------------------------------------------------------------------------- functions of Python, replaced


class Kernel:
    """As that of Jupyter, which nothing can pickle."""

    def __init__(self) -> None:
        self.lock = threading.Lock()

    def raw_input(self, prompt: str = "") -> str:
        return ""


@pytest.mark.parametrize("name", ["builtins.input", "getpass.getpass"])
def test_what_a_notebook_puts_in_the_place_of_a_function_travels_by_its_name(
    solitary: Solitary,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    env = solitary.connect()
    monkeypatch.setattr(name, Kernel().raw_input)
    module, function = name.split(".")
    asked = getattr(importlib.import_module(module), function)
    assert env.run(lambda one, asked=asked: (one is asked, one.__module__), (asked,)).fetch() == (True, module)
    env.destroy()

"""Classes and functions that a cell of a notebook defines again."""

from __future__ import annotations

import itertools
import linecache
import textwrap
import types
from typing import Any

import pytest

from ray_proxy.edits.applying import redefine

cells = itertools.count()


class Notebook:
    """Runs cells in one namespace; the last one may define something again."""

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {"__name__": "__main__"}
        self.notes: list[str] = []

    def run(self, cell: str, known: bool = True) -> None:
        text = textwrap.dedent(cell)
        file = f"<cell {next(cells)}>"
        if known:
            linecache.cache[file] = (len(text), None, text.splitlines(True), file)
        exec(compile(text, file, "exec"), self.namespace)

    def again(self, name: str, cell: str, known: bool = True) -> Any:
        old = self.namespace[name]
        self.run(cell, known)
        lives = redefine(old, self.namespace[name], self.notes)
        self.namespace[name] = lives
        return lives

    def __getitem__(self, name: str) -> Any:
        return self.namespace[name]


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


def test_instances_of_a_class_that_is_defined_again_run_its_new_methods(notebook: Notebook) -> None:
    notebook.run("class A:\n    def f(self): return 1\n")
    cls, a = notebook["A"], notebook["A"]()
    assert notebook.again("A", "class A:\n    def f(self): return 2\n    def g(self): return 3\n") is cls
    assert (a.f(), a.g(), isinstance(a, cls)) == (2, 3, True)


def test_a_function_that_is_defined_again_is_the_same_object(notebook: Notebook) -> None:
    notebook.run("def f(a): return a\n")
    f = notebook["f"]
    assert notebook.again("f", "def f(a, b=2): return a + b\n") is f
    assert f(1) == 3


def test_closures_that_the_old_definition_has_made_run_the_new_text(notebook: Notebook) -> None:
    notebook.run("def make(n):\n    def f(): return n\n    return f\n")
    closure = notebook["make"](3)
    notebook.again("make", "def make(n):\n    def f(): return n * 10\n    return f\n")
    assert closure() == 30


def test_what_the_program_has_set_on_a_class_stays_where_its_text_is_the_same(notebook: Notebook) -> None:
    notebook.run("class A:\n    k = 1\n    n = 1\n    def f(self): return 1\n")
    notebook["A"].k = 5
    notebook.again("A", "class A:\n    k = 1\n    n = 2\n    def f(self): return 2\n")
    assert (notebook["A"].k, notebook["A"].n) == (5, 2)


def test_without_the_texts_the_new_definition_wins_but_a_filled_container_stays(notebook: Notebook) -> None:
    notebook.run("class A:\n    seen = []\n    k = 1\n    def f(self): return 1\n", known=False)
    notebook["A"].seen.append(1)
    notebook.again("A", "class A:\n    seen = []\n    k = 2\n    def f(self): return 2\n", known=False)
    assert (notebook["A"].seen, notebook["A"].k) == ([1], 2)


def test_a_removed_method_goes(notebook: Notebook) -> None:
    notebook.run("class A:\n    def f(self): return 1\n    def g(self): return 1\n")
    a = notebook["A"]()
    notebook.again("A", "class A:\n    def f(self): return 1\n")
    assert not hasattr(a, "g")


def test_super_in_a_class_that_is_defined_again_means_the_class_that_lives_on(notebook: Notebook) -> None:
    notebook.run("class B:\n    def f(self): return 'b'\nclass A(B):\n    def f(self): return super().f()\n")
    a = notebook["A"]()
    notebook.again("A", "class A(B):\n    def f(self): return 'a' + super().f()\n")
    assert a.f() == "ab"


def test_a_new_base_of_a_class_directly_under_object(notebook: Notebook) -> None:
    notebook.run("class B:\n    def h(self): return 1\nclass A:\n    pass\n")
    a, held = notebook["A"](), [notebook["A"]]
    lives = notebook.again("A", "class A(B):\n    def f(self): return 2\n")
    assert (a.h(), a.f(), isinstance(a, lives), held) == (1, 2, True, [lives])


def test_a_dataclass_with_another_field(notebook: Notebook) -> None:
    notebook.run("from dataclasses import dataclass\n@dataclass\nclass P:\n    a: int = 1\n")
    p = notebook["P"](5)
    notebook.again(
        "P", "@dataclass\nclass P:\n    a: int = 1\n    b: int = 2\n    def s(self): return self.a + self.b\n"
    )
    assert (p.s(), notebook["P"](1, 1).s()) == (7, 2)


def test_an_enum_keeps_its_members(notebook: Notebook) -> None:
    notebook.run("import enum\nclass E(enum.Enum):\n    A = 1\n")
    member = notebook["E"].A
    notebook.again("E", "class E(enum.Enum):\n    A = 1\n    B = 2\n")
    assert notebook["E"].A is member
    assert notebook["E"].B.value == 2


def test_slots_that_differ_are_told(notebook: Notebook) -> None:
    notebook.run("class A:\n    __slots__ = ('a',)\n    def f(self): return 1\n")
    a = notebook["A"]()
    notebook.again("A", "class A:\n    __slots__ = ('a', 'b')\n    def f(self): return 2\n")
    assert a.f() == 2
    assert notebook.notes == [
        "__main__.A: its __slots__ differ; 1 live instance keeps the old layout with the new methods"
    ]


def test_a_decorated_function_keeps_its_wrapper(notebook: Notebook) -> None:
    notebook.run("import functools\n@functools.lru_cache\ndef f(): return 1\n")
    f = notebook["f"]
    assert f() == 1
    assert notebook.again("f", "@functools.lru_cache\ndef f(): return 2\n") is f
    assert f() == 2


def test_a_function_whose_globals_are_others_is_called_with_its_own(notebook: Notebook) -> None:
    notebook.run("K = 1\ndef f(): return K\n")
    other = Notebook()
    other.run("K = 2\ndef f(): return K * 10\n")
    f = notebook["f"]
    redefine(f, other["f"])
    assert f() == 20


def test_a_class_whose_globals_are_others_has_methods_with_their_own(notebook: Notebook) -> None:
    notebook.run("K = 1\nclass A:\n    def f(self): return K\n")
    other = Notebook()
    other.run("K = 2\nclass A:\n    def f(self): return K * 10\n    def g(self): return K\n")
    a = notebook["A"]()
    bound = a.f
    redefine(notebook["A"], other["A"])
    assert (a.f(), a.g(), bound()) == (20, 2, 20)


def test_an_object_that_is_the_same_stays(notebook: Notebook) -> None:
    notebook.run("def f(): return 1\n")
    assert redefine(notebook["f"], notebook["f"]) is notebook["f"]


def test_a_class_that_is_defined_again_many_times(notebook: Notebook) -> None:
    notebook.run("class B: pass\nclass A(B):\n    def f(self): return 0\n")
    a = notebook["A"]()
    for number in range(1, 20):
        notebook.again("A", f"class A(B):\n    def f(self): return {number}\n    def g{number}(self): return 1\n")
        assert a.f() == number
    assert [name for name in dir(a) if name.startswith("g")] == ["g19"]
    assert notebook["B"].__subclasses__() == [notebook["A"]]


def test_what_an_earlier_text_has_made_and_is_not_collected_yet_is_not_taken_for_the_live_one() -> None:
    notebook: dict[str, Any] = {"__name__": "notebook"}
    exec("def f(): return 0", notebook)
    left = notebook["f"]
    f = notebook["f"] = types.FunctionType(left.__code__, notebook, "f")
    for number in range(1, 4):
        exec(f"def f(): return {number}", notebook)
        assert redefine(f, notebook["f"]) is f
        assert (f(), left()) == (number, number)

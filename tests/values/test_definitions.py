"""Classes and functions that travel by value: their names, their lifetimes, and what older peers understand.

Most run twice, with an interpreter of this process and with one that has a process to itself. Code of the user's is in
cells of a notebook.
"""

from __future__ import annotations

import gc
import pickle
from collections import deque
from typing import Any

import cloudpickle
import pytest
import sending
from conftest import LoopbackInterpreter, eventually
from notebook import Notebook, Solitary, notebook, solitary  # noqa: F401 the fixtures

from ray_proxy import NotPicklableError, Var
from ray_proxy.values.codec import Codec
from ray_proxy.values.definitions import Definitions

env = sending.env
cells = sending.cells
_warnings_are_errors = sending.warnings_are_errors


# --------------------------------------------------------------------------------------------- `env.remote`


def test_a_recursive_function_is_found_by_its_name(cells: Notebook) -> None:
    cells.cell("""
        @env.remote
        def factorial(n): return 1 if n < 2 else n * factorial(n - 1)
    """)
    assert cells["factorial"](5) == 120


def test_two_functions_call_each_other(cells: Notebook) -> None:
    cells.cell("""
        @env.remote
        def even(n): return n == 0 or odd(n - 1)
        @env.remote
        def odd(n): return n != 0 and even(n - 1)
    """)
    assert cells["even"](6)
    assert not cells["odd"](4)


def test_they_do_so_inside_a_function(cells: Notebook) -> None:
    cells.cell("""
        def inside(n):
            @env.remote
            def fibonacci(n): return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)
            @env.remote
            def even(n): return n == 0 or odd(n - 1)
            @env.remote
            def odd(n): return n != 0 and even(n - 1)
            return fibonacci(n).fetch(), even(n).fetch(), odd(n).fetch()
    """)
    assert cells["inside"](6) == (8, True, False)
    assert cells["inside"](7) == (13, False, True)


def test_a_function_that_outlives_the_one_that_made_it_finds_itself(cells: Notebook) -> None:
    cells.cell("""
        def make():
            @env.remote
            def fibonacci(n): return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)
            return fibonacci
        fibonacci = make()
    """)
    gc.collect()
    assert cells["fibonacci"](6) == 8


def test_a_cell_that_runs_again_gives_the_new_function(cells: Notebook) -> None:
    for text in ("old", "new"):
        cells.cell(f"""
            @env.remote
            def walk(n): return ["{text}"] if n == 0 else ["{text}"] + walk(n - 1)
        """)
    assert cells["walk"](2).fetch() == ["new", "new", "new"]


def test_a_class_finds_itself_by_its_name(cells: Notebook) -> None:
    cells.cell("""
        @env.remote
        class Node:
            def child(self): return Node()
            @classmethod
            def make(cls): return cls()
    """)
    assert cells.env.run(isinstance, (cells["Node"]().child(), cells["Node"])).fetch()


def test_a_cached_function_finds_itself(cells: Notebook) -> None:
    cells.cell("""
        import functools
        @env.remote
        @functools.cache
        def fibonacci(n): return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)
    """)
    assert cells["fibonacci"](60).fetch() == 1548008755920
    assert cells["fibonacci"].cache_info().currsize == 61


def test_a_wrapped_function_finds_itself(cells: Notebook) -> None:
    cells.cell("""
        import functools
        def twice(function):
            @functools.wraps(function)
            def inner(*args): return function(*args)
            return inner
        @env.remote
        @twice
        def factorial(n): return 1 if n < 2 else n * factorial(n - 1)
    """)
    assert cells["factorial"](5) == 120


def test_a_name_that_stands_for_something_else_here_is_left_alone(cells: Notebook) -> None:
    cells.cell("""
        def helper(): return "ours"
        def make():
            def helper(): return "another"
            return helper
        def use(): return helper()
        other = env.remote(make())
        same = env.remote(helper)
    """)
    assert cells.env.run(cells["use"]).fetch() == "ours"
    assert cells["same"]() == "ours"
    assert cells["other"]() == "another"


def test_a_function_inside_another_gives_its_name_to_nobody(cells: Notebook) -> None:
    cells.cell("""
        def make():
            def len(x): return "mine"
            return len
        mine = env.remote(make())
        def count(): return len([1, 2])
    """)
    assert cells.env.run(cells["count"]).fetch() == 2


def test_a_var_may_be_given_to_remote(cells: Notebook) -> None:
    double = cells.env.put(lambda x: 2 * x)
    assert cells.env.remote(double)(4) == 8


# ------------------------------------------------------------------------------------------------ lifetimes


def held(env: Any) -> dict[str, int]:
    return env.interpreter.known.counts()


def test_what_is_shared_ends_with_the_last_function_on_both_sides(notebook: Notebook) -> None:  # noqa: F811
    env = LoopbackInterpreter.make()
    notebook.env = env
    notebook.cell("""
        def make(number):
            data = [number] * 10
            def closure(): return data
            class Kind:
                def method(self): return data
            return closure, Kind
    """)
    for number in range(10_000 // 2):
        closure, kind = notebook["make"](number)
        env.put(closure)
        env.run(kind).method()
        if number % 100 == 0:
            env.sync()
    del closure, kind
    gc.collect()

    def is_flat() -> bool:
        gc.collect()
        env.sync()
        env.session.codec.known.sweep()
        counts = held(env)
        return counts["functions"] <= 2 and counts["classes"] <= 2 and counts["cells"] <= 2

    eventually(is_flat)
    codec = env.session.codec
    assert len(codec._sent) <= 2
    assert not codec.gone
    assert not codec.empty
    assert len(codec._functions_of) == 0
    env.destroy()


def test_a_function_lives_there_as_long_as_here(notebook: Notebook) -> None:  # noqa: F811
    env = LoopbackInterpreter.make()
    notebook.cell("def work(): pass")
    env.run(notebook["work"]).fetch()
    assert held(env)["functions"] == 1
    del notebook.module.work  # type: ignore[attr-defined]
    env.sync()
    assert held(env)["functions"] == 0
    env.destroy()


def test_all_goes_with_the_session(notebook: Notebook) -> None:  # noqa: F811
    env = LoopbackInterpreter.make()
    notebook.cell("X = [1]\ndef work(): return X\nclass Kind: pass")
    env.put([notebook["work"], notebook["Kind"]])
    env.sync()
    assert held(env) == {"functions": 1, "classes": 1, "namespaces": 1, "cells": 0}
    env.destroy()
    gc.collect()
    assert not any(held(env).values())


def test_what_a_closure_holds_is_let_go_here(notebook: Notebook) -> None:  # noqa: F811
    env = LoopbackInterpreter.make()
    notebook.cell("""
        import weakref
        class Large: pass
        def make():
            large = Large()
            return (lambda: large), weakref.ref(large)
        closure, seen = make()
    """)
    env.put(notebook["closure"])
    notebook["closure"] = None
    eventually(lambda: gc.collect() >= 0 and notebook["seen"]() is None)
    env.destroy()


# ----------------------------------------------------------------------------------- what older peers understand


def test_a_pickle_can_be_loaded_by_cloudpickle_alone(notebook: Notebook) -> None:  # noqa: F811
    notebook.cell("""
        import functools
        RATE = 3
        class Point:
            __slots__ = ("x",)
            def double(self): return self.x * RATE
        def make(n):
            def add(x): return x + n + RATE
            return add
        point, add = Point(), make(1)
        point.x = 2
    """)
    operand: Any = Codec(known=Definitions()).dump([notebook["point"], notebook["add"]])
    point, add = pickle.loads(operand.data, buffers=operand.buffers)
    assert (point.double(), add(1), add.__name__) == (6, 5, "add")


def test_what_cloudpickle_alone_has_written_can_be_loaded(notebook: Notebook) -> None:  # noqa: F811
    notebook.cell("RATE = 3\nclass Point:\n    def rate(self): return RATE\ndef add(x): return x + RATE")
    from ray_proxy.protocol import Pickled

    data = cloudpickle.dumps([notebook["Point"](), notebook["add"]])
    codec = Codec(variable=lambda id: None, known=Definitions())
    point, add = codec.load(Pickled(data))
    assert (point.rate(), add(1)) == (3, 4)
    again, _ = codec.load(Pickled(data))
    assert type(again) is type(point)


def test_what_cannot_travel_is_told_of(cells: Notebook) -> None:
    cells.cell("import threading\nLOCK = threading.Lock()\ndef work():\n    with LOCK: pass")
    with pytest.raises(NotPicklableError):
        cells.env.run(cells["work"])
    assert isinstance(cells.env.put(1), Var)


class TakenByAnother(deque[str]):
    """Another thread takes what is there between a look and a pop."""

    def popleft(self) -> str:
        self.clear()
        return super().popleft()


def test_two_threads_may_ask_at_once_what_has_ended() -> None:
    codec = Codec()
    codec.gone = TakenByAnother(["token"])
    assert codec.ended() == []

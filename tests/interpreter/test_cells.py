"""Cells in an interpreter: their globals are the named variables, and what they define again stays alive."""

from __future__ import annotations

import inspect
import json
import pickle
import subprocess
import sys
import textwrap
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import LoopbackInterpreter

from ray_proxy import CodeKeptWarning, Var, cells, replay
from ray_proxy.interpreter import cells as cells_there
from ray_proxy.interpreter.names import MODULE


@pytest.fixture
def env() -> Iterator[LoopbackInterpreter]:
    env = LoopbackInterpreter.make()
    yield env
    env.interpreter.end_code()


def value(env: Any, source: str) -> Any:
    var = cells.run(env, source)
    return var if var is None else var.fetch()


# ------------------------------------------------------------------------------------------------- globals


def test_what_a_cell_assigns_is_a_named_variable(env: LoopbackInterpreter) -> None:
    assert value(env, "x = 5") is None
    assert env["x"] == 5


def test_a_named_variable_is_a_global_of_cells_and_their_functions(env: LoopbackInterpreter) -> None:
    value(env, "def double():\n    return 2 * x")
    env["x"] = 4
    assert value(env, "double()") == 8
    env["x"] = 5
    assert env["double"]() == 10


def test_cells_see_each_other_and_imports_stay(env: LoopbackInterpreter) -> None:
    value(env, "import math\ndef area(r):\n    return math.pi * r ** 2")
    assert value(env, "round(area(1), 2)") == 3.14


def test_a_name_that_is_deleted_is_gone_for_both(env: LoopbackInterpreter) -> None:
    value(env, "x = y = 1\ndel x")
    assert list(env) == ["y"]
    del env["y"]
    with pytest.raises(NameError, match="y"):
        value(env, "y")


def test_what_python_keeps_in_a_module_is_no_name(env: LoopbackInterpreter) -> None:
    value(env, "x: int = 1")
    assert list(env) == ["x"]
    assert "__builtins__" not in env
    with pytest.raises(KeyError):
        env["__name__"].fetch()
    env["__builtins__"] = 5
    with pytest.raises(ValueError, match="'__builtins__' is what Python itself keeps"):
        env.sync()


def test_interpreters_of_one_process_have_names_of_their_own(env: LoopbackInterpreter) -> None:
    other = LoopbackInterpreter.make("other")
    value(env, "x = 1\ndef get():\n    return x")
    value(other, "x = 2")
    assert value(env, "get()") == 1
    other.interpreter.end_code()


def test_the_guard_of_a_script_holds(env: LoopbackInterpreter) -> None:
    assert value(env, "def main():\n    return 7\nif __name__ == '__main__':\n    x = main()\nx") == 7


# ------------------------------------------------------------------------------------------------- results


@pytest.mark.parametrize(
    ("source", "result"),
    [("1 + 1", 2), ("x = 3\nx", 3), ("x = 3", None), ("", None), ("3;", None), ("None", None), ("'a'  # note", "a")],
)
def test_the_last_expression_is_the_result(env: LoopbackInterpreter, source: str, result: object) -> None:
    assert value(env, source) == result


def test_a_large_result_stays_there(env: LoopbackInterpreter) -> None:
    var = cells.run(env, "list(range(1000))")
    assert isinstance(var, Var)
    assert len(var) == 1000


def test_await_stands_outside_of_functions(env: LoopbackInterpreter) -> None:
    assert value(env, "import asyncio\nx = await asyncio.sleep(0, 5)\nawait asyncio.sleep(0, x + 1)") == 6


def test_a_future_import_holds_in_its_cell(env: LoopbackInterpreter) -> None:
    value(env, "from __future__ import annotations\ndef f(x: not_there): pass")
    with pytest.raises(NameError):
        value(env, "def g(x: not_there): pass" if sys.version_info < (3, 14) else "not_there")


# -------------------------------------------------------------------------------------------------- errors


def test_what_was_assigned_before_an_error_stays(env: LoopbackInterpreter) -> None:
    with pytest.raises(ZeroDivisionError):
        value(env, "x = 1\n1 / 0\nx = 2")
    assert env["x"] == 1


def test_a_traceback_has_the_lines_of_the_cell(env: LoopbackInterpreter) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        cells.run(env, "def f():\n    return 1 / 0  # here\n\nf()", "<my cell>")
    text = str(caught.value.__cause__)
    assert 'File "<my cell>", line 4, in <module>' in text
    assert "return 1 / 0  # here" in text
    assert "cells.py" not in text.partition("In the interpreter")[2]


def test_a_broken_cell_executes_nothing(env: LoopbackInterpreter) -> None:
    with pytest.raises(SyntaxError) as caught:
        value(env, "x = 1\ndef f(:")
    assert caught.value.lineno == 2
    assert list(env) == []


def test_the_source_of_a_function_is_found_there(env: LoopbackInterpreter) -> None:
    value(env, "def f():\n    return 1\n")
    assert env.module("inspect").getsource(env["f"]) == "def f():\n    return 1\n"


# -------------------------------------------------------------------------------- definitions, once more


def test_live_objects_have_the_methods_of_a_class_that_is_defined_again(env: LoopbackInterpreter) -> None:
    value(env, "class Model:\n    def predict(self): return 1\nmodel = Model()\npredict = model.predict")
    value(env, "class Model:\n    def predict(self): return 2")
    assert value(env, "model.predict(), predict(), type(model) is Model") == (2, 2, True)


def test_whoever_holds_a_function_has_its_new_text(env: LoopbackInterpreter) -> None:
    value(env, "def f(): return 1\nholders = [f, {'f': f}]")
    held = env["f"]
    value(env, "def f(): return 2")
    assert value(env, "holders[0](), holders[1]['f'](), holders[0] is f") == (2, 2, True)
    assert held() == 2


def test_a_definition_of_the_same_text_stays_as_it_is(env: LoopbackInterpreter) -> None:
    source = "class Counter:\n    total = 0\n    def add(self): Counter.total += 1\nCounter().add()"
    value(env, source)
    kind = env["Counter"]
    value(env, source)
    assert value(env, "Counter.total") == 2
    assert env.module("operator").is_(env["Counter"], kind)


def test_decorators_and_defaults_are_executed_each_time(env: LoopbackInterpreter) -> None:
    source = "calls = globals().get('calls', 0) + 1\ndef f(x=calls): return x"
    value(env, source)
    value(env, source)
    assert value(env, "f()") == 2


def test_a_definition_within_a_condition_takes_its_place_too(env: LoopbackInterpreter) -> None:
    value(env, "if True:\n    def f(): return 1\nheld = f")
    value(env, "try:\n    def f(): return 2\nfinally:\n    pass")
    assert value(env, "held(), held is f") == (2, True)


def test_a_function_that_was_imported_is_left_alone(env: LoopbackInterpreter) -> None:
    value(env, "from json import dumps")
    value(env, "def dumps(x): return 'mine'")
    assert json.dumps(1) == "1"
    assert value(env, "dumps(1)") == "mine"


def test_what_a_live_class_cannot_take_is_told(env: LoopbackInterpreter) -> None:
    value(env, "class A:\n    __slots__ = ('x',)\na = A()")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value(env, "class A:\n    __slots__ = ('x', 'y')")
    assert [warning.category for warning in caught] == [CodeKeptWarning]


# ------------------------------------------------------------------------------------------------- pickles


def test_an_instance_of_a_class_of_a_cell_is_pickled_there(env: LoopbackInterpreter) -> None:
    assert value(
        env,
        "import pickle\nclass A:\n    def __init__(self): self.x = 5\n"
        "b = pickle.loads(pickle.dumps(A()))\n(b.x, type(b) is A)",
    ) == (5, True)


def test_an_instance_is_fetched_and_comes_back_as_the_same_class(env: LoopbackInterpreter) -> None:
    value(env, "class A:\n    def f(self): return 5\na = A()")
    here = env["a"].fetch()
    assert here.f() == 5
    env["back"] = here
    assert value(env, "type(back) is A")


def test_data_classes_and_hints_find_their_module(env: LoopbackInterpreter) -> None:
    source = """
        from dataclasses import dataclass, asdict
        from typing import get_type_hints
        @dataclass
        class Point:
            x: "int"
            other: "Point | None" = None
        asdict(Point(1)), sorted(get_type_hints(Point))
    """
    assert value(env, textwrap.dedent(source)) == ({"x": 1, "other": None}, ["other", "x"])


def test_the_module_is_gone_with_the_interpreter() -> None:
    env = LoopbackInterpreter.make()
    value(env, "x = 1")
    assert MODULE in sys.modules
    env.interpreter.end_code()
    assert MODULE not in sys.modules
    assert pickle.dumps(1)


# ---------------------------------------------------------------------------------------------------- logs


def test_cells_are_replayed(env: LoopbackInterpreter, tmp_path: Path) -> None:
    with env.record(tmp_path / "log"):
        value(env, "class A:\n    def f(self): return 1\na = A()")
        value(env, "class A:\n    def f(self): return 2")
        assert value(env, "a.f()") == 2
    report = replay(tmp_path / "log")
    assert report, str(report)
    assert report.problem is None


# ------------------------------------------------------------------------------------------------- listing


def test_a_listing_tells_names_types_sizes_and_texts(env: LoopbackInterpreter) -> None:
    value(env, "import numpy as np\na = np.zeros((3, 2))\nb = [1, 2]\nc = 'x' * 1000\nd = 5")
    listed = {entry.name: entry for entry in cells.listing(env)}
    assert listed["a"][1:3] == ("numpy.ndarray", "3×2")
    assert listed["b"][1:] == ("list", "2", "[1, 2]")
    assert len(listed["c"].text) <= 80
    assert listed["d"][1:] == ("int", "", "5")


def test_an_object_that_cannot_be_shown_is_listed_all_the_same(env: LoopbackInterpreter) -> None:
    value(env, "class Bad:\n    def __repr__(self): raise ValueError('no')\nbad = Bad()")
    (_, bad) = cells.listing(env)
    assert (bad.name, bad.type) == ("bad", "Bad")


def test_cells_of_other_processes_have_other_names(env: LoopbackInterpreter) -> None:
    value(env, "def mine():\n    return 1")
    script = "from ray_proxy import cells; print(cells.file_of('def theirs():\\n    return 2'))"
    file = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip()
    env.run(cells_there.run, ("def theirs():\n    return 2", file)).fetch()
    assert env.run(inspect.getsource, (env["mine"],)).fetch() == "def mine():\n    return 1"
    assert env.run(inspect.getsource, (env["theirs"],)).fetch() == "def theirs():\n    return 2"

"""A cell that is run again, here or in another kernel of the same project, changes live objects as an edit does.

Each runs twice, with an interpreter of this process and with one that has a process to itself.
"""

from __future__ import annotations

import linecache
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sending
from conftest import LoopbackInterpreter
from notebook import Notebook, Solitary, notebook, solitary  # noqa: F401 the fixtures

from ray_proxy.project.project import Project
from ray_proxy.session import loopback
from ray_proxy.session.bringing import Bringing
from ray_proxy.values.definitions import Definitions

env = sending.env
_warnings_are_errors = sending.warnings_are_errors


@pytest.fixture
def cells(notebook: Notebook, env: Any) -> Notebook:  # noqa: F811
    """A notebook of a project."""
    notebook.env = env
    env.session.set_code(Bringing(Project(False), "cells", uuid.uuid4().hex))
    return notebook


@pytest.fixture
def kernel(cells: Notebook, request: pytest.FixtureRequest) -> Iterator[Callable[..., None]]:
    """Restarts the kernel: what it has defined is gone, and it has a session of its own with the same interpreter."""
    others: list[Any] = []

    def restart(project: str = "") -> None:
        before = cells.env
        before.sync()
        cells.module.__dict__.clear()
        cells.module.__dict__["__name__"] = "notebook"
        # As in another process: nothing of what this one has named or sent is known.
        known = Definitions()
        if isinstance(before, LoopbackInterpreter):
            other = loopback.connect(before.interpreter, env=LoopbackInterpreter).env()
            other.interpreter = before.interpreter
        else:
            other = request.getfixturevalue("solitary").connect()
        other.session.codec.known = known
        other.session.set_code(Bringing(Project(False), "cells", project or before.session.codec.project))
        others.append(other)
        cells.env = other

    yield restart
    for other in others:
        other.destroy()


MODEL = """
    class Model:
        seen = []
        rate = 0.1
        def __init__(self): self.weight = 5
        def predict(self, x):
            self.seen.append(x)
            return self.weight * x
"""


def test_a_live_object_runs_the_methods_of_a_class_that_is_defined_again(cells: Notebook) -> None:
    cells.cell(MODEL)
    model = cells.env.run(cells["Model"])
    assert model.predict(2) == 10
    cells.cell(MODEL.replace("* x", "* x + 1000"))
    again = cells.env.put(cells["Model"])
    assert model.predict(2) == 1010
    assert cells.env.run(isinstance, (model, again))
    assert cells.env.run(isinstance, (model, cells["Model"]))


def test_what_is_fetched_is_of_the_class_that_was_defined_last(cells: Notebook) -> None:
    cells.cell(MODEL)
    model = cells.env.run(cells["Model"])
    first = cells["Model"]
    cells.cell(MODEL.replace("* x", "* x + 1000"))
    cells.env.put(cells["Model"])
    assert type(model.fetch()) is cells["Model"]
    assert type(model.fetch()) is not first


def test_attributes_that_the_text_leaves_alone_stay_as_they_were_set(cells: Notebook) -> None:
    cells.cell(MODEL + "    def change(model): type(model).rate = 0.7\n")
    model = cells.env.run(cells["Model"])
    model.predict(1)
    cells.env.run(cells["change"], (model,))
    cells.cell(MODEL.replace("* x", "* x * 2"))
    cells.env.put(cells["Model"])
    assert (model.rate.fetch(), model.seen.fetch()) == (0.7, [1])


def test_an_attribute_whose_line_is_edited_changes(cells: Notebook) -> None:
    cells.cell(MODEL)
    model = cells.env.run(cells["Model"])
    cells.cell(MODEL.replace("0.1", "0.2"))
    cells.env.put(cells["Model"])
    assert model.rate == 0.2


def test_a_function_that_is_held_runs_its_new_text(cells: Notebook) -> None:
    cells.cell("def double(x): return 2 * x")
    held = cells.env.put([cells["double"]])
    cells.cell("def double(x): return 20 * x")
    assert cells.env.run(cells["double"], (1,)) == 20
    assert held[0](1) == 20


def test_a_function_under_a_decorator_keeps_its_wrapper(cells: Notebook) -> None:
    text = """
        import functools
        def counted(f):
            @functools.wraps(f)
            def wrapper(x):
                wrapper.calls += 1
                return f(x)
            wrapper.calls = 0
            return wrapper
        @counted
        def double(x): return 2 * x
    """
    cells.cell(text)
    held = cells.env.put([cells["double"]])
    assert held[0](1) == 2
    cells.cell(text.replace("2 * x", "20 * x"))
    cells.env.put(cells["double"])
    assert held[0](1) == 20


def test_what_one_text_makes_in_a_loop_is_not_one_thing(cells: Notebook) -> None:
    cells.cell("""
        made = []
        for number in range(3):
            def same(x, number=number): return x + number
            made.append(env.put(same))
    """)
    assert [var(10).fetch() for var in cells["made"]] == [10, 11, 12]


def test_functions_within_functions_are_not_known_by_their_names(cells: Notebook) -> None:
    cells.cell("""
        def make(number):
            def inner(x): return x + number
            return inner
        one, two = env.put(make(1)), env.put(make(2))
    """)
    assert (cells["one"](10).fetch(), cells["two"](10).fetch()) == (11, 12)


def test_another_kernel_of_the_project_goes_on_with_the_live_objects(
    cells: Notebook, kernel: Callable[..., None]
) -> None:
    cells.cell(MODEL)
    cells.env["model"] = cells.env.run(cells["Model"])
    cells.env["model"].predict(2).fetch()
    kernel()
    cells.cell(MODEL.replace("* x", "* x + 1000"))
    cells.env.put(cells["Model"])
    model = cells.env["model"]
    assert model.predict(2) == 1010
    assert isinstance(model.fetch(), cells["Model"])
    assert model.seen.fetch() == [2, 2]


def test_its_globals_take_the_place_of_those_of_the_first(cells: Notebook, kernel: Callable[..., None]) -> None:
    text = "FACTOR = 2\ndef scaled(x): return FACTOR * x"
    cells.cell(text)
    cells.env["held"] = cells.env.put([cells["scaled"]])
    assert cells.env["held"][0](1) == 2
    kernel()
    cells.cell(text.replace("2", "3"))
    cells.env.put(cells["scaled"])
    assert cells.env["held"][0](1) == 3


def test_a_kernel_of_another_project_has_classes_of_its_own(cells: Notebook, kernel: Callable[..., None]) -> None:
    cells.cell(MODEL)
    cells.env["model"] = cells.env.run(cells["Model"])
    kernel("another")
    cells.cell(MODEL.replace("* x", "* x + 1000"))
    cells.env.put(cells["Model"])
    assert cells.env["model"].predict(2) == 10


def test_without_a_project_a_class_that_is_defined_again_is_a_new_one(cells: Notebook) -> None:
    cells.env.session.set_code(None)
    cells.cell(MODEL)
    model = cells.env.run(cells["Model"])
    cells.cell(MODEL.replace("* x", "* x + 1000"))
    again = cells.env.run(cells["Model"])
    assert (model.predict(2).fetch(), again.predict(2).fetch()) == (10, 1010)


def test_a_definition_that_cannot_be_loaded_changes_nothing(cells: Notebook) -> None:
    cells.cell(MODEL)
    model = cells.env.run(cells["Model"])
    cells.cell(
        MODEL.replace("* x", "* x + 1000")
        + """
    class Broken:
        def __reduce__(self): return (lambda: 1 / 0), ()
    """
    )
    with pytest.raises(ZeroDivisionError):
        cells.env.put([cells["Model"], cells["Broken"]()]).fetch()
    assert model.predict(2) == 10


def test_its_traceback_has_the_text_of_the_cell(cells: Notebook) -> None:
    text = "def fails():\n    raise ValueError('x')  # here\n"
    linecache.cache["<cell>"] = len(text), None, text.splitlines(True), "<cell>"
    exec(compile(text, "<cell>", "exec"), vars(cells.module))
    with pytest.raises(ValueError, match="x") as caught:
        cells.env.run(cells["fails"]).fetch()
    assert "File \"<cell>\", line 2, in fails\n    raise ValueError('x')  # here" in str(caught.value.__cause__)


def elsewhere(text: str) -> Any:
    """A function `f` of the notebook's module name that has globals of its own, as an `exec` in a dict makes it."""
    names: dict[str, Any] = {"__name__": "notebook"}
    exec(compile(text, "<elsewhere>", "exec"), names)
    return names["f"]


def test_a_function_is_defined_again_beside_one_of_its_name_that_has_other_globals(cells: Notebook) -> None:
    cells.cell("def f(): return 'the first'")
    held = cells.env.put(cells["f"])
    assert held() == "the first"
    for number in range(6):
        other = elsewhere(f"base = {number}\ndef f(): return base")
        assert cells.env.run(other) == number
        cells.cell(f"def f(): return 'again {number}'")
        assert cells.env.run(cells["f"]) == f"again {number}"
        assert held() == f"again {number}"


@pytest.mark.parametrize("text", ["def f(): yield 2", "async def f(): return 2", "f = lambda: 2"])
def test_a_function_that_becomes_one_of_another_kind(cells: Notebook, text: str) -> None:
    cells.cell("def f(): return 1")
    held = cells.env.put(cells["f"])
    assert held() == 1
    for _ in range(3):
        cells.cell(text)
        result = cells.env.run(cells["f"]).fetch() if "yield" not in text else next(cells.env.run(cells["f"])).fetch()
        assert result == 2
        cells.cell("def f(): return 1")
        assert cells.env.run(cells["f"]) == 1

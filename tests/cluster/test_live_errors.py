"""Wrong edits, through real Ray: who hears of them, and that the old text goes on; and what tracebacks show."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import pytest
from saved import MODEL, Saved

from ray_proxy import RemoteInterpreter


@pytest.fixture
def env(first: RemoteInterpreter) -> RemoteInterpreter:
    return first


def unnamed(env: RemoteInterpreter, name: str) -> Any:
    """A module there, by a message that names none."""
    return env.run(lambda name: __import__("sys").modules[name], (name,))


# ------------------------------------------------------------------------------------------------- wrong edits


def test_a_syntax_error_is_raised_at_the_operation_with_its_file_line_and_text(
    there: RemoteInterpreter, saved: Saved
) -> None:
    module = saved.module("syntax", MODEL)
    model = there.run(module.Model)
    there.sync()
    saved.edit("syntax.py", "return self.state * x", "return self.state *")
    with pytest.raises(SyntaxError) as caught:
        there.run(module.evaluate, (model,)).fetch()
    error = caught.value
    line = (saved.folder / "syntax.py").read_text().splitlines().index("        return self.state *") + 1
    assert (error.filename, error.lineno) == (str(saved.folder / "syntax.py"), line)
    assert error.text is not None
    assert error.text.strip() == "return self.state *"


def test_an_exception_of_an_edit_is_raised_at_the_operation_with_its_file_and_line(
    there: RemoteInterpreter, saved: Saved
) -> None:
    module = saved.module("excepted", MODEL)
    model = there.run(module.Model)
    there.sync()
    saved.edit("excepted.py", "LOADED = []", "LOADED = [][7]")
    with pytest.raises(IndexError) as caught:
        there.run(module.evaluate, (model,)).fetch()
    told = "".join(traceback.format_exception(caught.value))
    # The file by another name, under which a traceback shows the refused text.
    assert f'File "{saved.folder}/./excepted.py", line 2' in told
    assert "LOADED = [][7]" in told


def test_a_wrong_edit_is_raised_where_its_module_was_named_not_where_something_waits(
    there: RemoteInterpreter, saved: Saved
) -> None:
    module = saved.module("blamed", MODEL)
    there.run(module.Model).predict(3).fetch()

    def name_it() -> str:
        saved.edit("blamed.py", "LOADED = []", "LOADED = [][7]")
        with pytest.raises(IndexError) as caught:
            there.run(module.loaded).fetch()
        return str(caught.value.__cause__)

    for _ in range(50):
        there.put(1)  # waits to be sent
    assert "in name_it: the operation that failed" in name_it()
    there.sync()


def test_what_names_a_module_whose_text_cannot_be_compiled_is_not_executed(
    there: RemoteInterpreter, saved: Saved
) -> None:
    module = saved.module("uncompiled", "CALLS = []\ndef call():\n    CALLS.append(1)\n    return len(CALLS)\n")
    assert there.run(module.call) == 1
    saved.edit("uncompiled.py", "return len(CALLS)", "return len(CALLS")
    for _ in range(2):
        with pytest.raises(SyntaxError) as caught:
            there.run(module.call)
        assert (caught.value.filename, caught.value.lineno) == (str(saved.folder / "uncompiled.py"), 4)
    saved.edit("uncompiled.py", "return len(CALLS", "return -len(CALLS)")
    assert there.run(module.call) == -2


def test_of_two_files_none_is_applied_if_one_is_wrong(there: RemoteInterpreter, saved: Saved) -> None:
    saved.write("wrong_lower.py", "def unit():\n    return 1\n")
    upper = saved.module("wrong_upper", "import wrong_lower\n\ndef double():\n    return 2 * wrong_lower.unit()\n")
    assert there.run(upper.double) == 2
    double = there.run(getattr, (unnamed(there, "wrong_upper"), "double"))
    saved.edit("wrong_lower.py", "return 1", "return 10")
    saved.edit("wrong_upper.py", "return 2", "return (2")
    with pytest.raises(SyntaxError):
        there.run(upper.double).fetch()
    assert double() == 2
    saved.edit("wrong_upper.py", "return (2", "return 3")
    assert there.run(upper.double) == 30


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [(SyntaxError, "return self.state * x", "return self.state *"), (IndexError, "LOADED = []", "LOADED = [][7]")],
    ids=["syntax", "exception"],
)
def test_the_old_text_goes_on_until_a_wrong_edit_is_mended(
    there: RemoteInterpreter, saved: Saved, kind: type[Exception], right: str, wrong: str
) -> None:
    name = f"mended_{kind.__name__}"
    module = saved.module(name, MODEL)
    model = there.run(module.Model)
    assert model.predict(3) == 15
    saved.edit(f"{name}.py", right, wrong)
    saved.edit(f"{name}.py", "def evaluate", "def is_new():\n    return True\n\ndef evaluate")
    with pytest.raises(kind):
        there.run(module.evaluate, (model,)).fetch()
    assert model.predict(3) == 15
    with pytest.raises(AttributeError):
        there.run(getattr, (unnamed(there, name), "is_new")).fetch()
    with pytest.raises(kind):  # whoever names it again is told again
        there.run(module.evaluate, (model,)).fetch()
    saved.edit(f"{name}.py", wrong, right.replace("self.state", "2 * self.state"))
    assert there.run(module.evaluate, (model,)).fetch() in (500, 1000)
    assert there.run(getattr, (unnamed(there, name), "is_new"))()


# ------------------------------------------------------------------------------------------------- tracebacks


def test_a_traceback_shows_the_text_that_was_executed(env: RemoteInterpreter, saved: Saved) -> None:
    module = saved.module("traced", "def fail():\n    return 1 // 0\n")
    with pytest.raises(ZeroDivisionError) as caught:
        env.run(module.fail).fetch()
    assert lines_of(caught.value, saved.folder / "traced.py") == ["2 return 1 // 0"]
    saved.edit("traced.py", "def fail():\n    return 1 // 0", "def fail():\n    x = 5\n    return x // 0")
    with pytest.raises(ZeroDivisionError) as caught:
        env.run(module.fail).fetch()
    assert lines_of(caught.value, saved.folder / "traced.py") == ["3 return x // 0"]


def lines_of(error: BaseException, file: Path) -> list[str]:
    """The lines of a file in the traceback of the interpreter: each with its number and text."""
    lines = str(error.__cause__).splitlines()
    found = []
    for at, line in enumerate(lines):
        if line.strip().startswith(f'File "{file}", line '):
            number = line.split(", line ")[1].split(",")[0]
            found.append(f"{number} {lines[at + 1].strip()}")
    return found


def test_inspect_gives_the_source_that_is_executed(env: RemoteInterpreter, saved: Saved) -> None:
    module = saved.module(
        "inspected",
        "import inspect\n\ndef give():\n    return 1\n\ndef source():\n    return inspect.getsource(give)\n",
    )
    assert env.run(module.source) == "def give():\n    return 1\n"
    saved.edit("inspected.py", "return 1", "return 1 + 1")
    assert env.run(module.source) == "def give():\n    return 1 + 1\n"

"""`v?` and Shift-Tab in a real kernel."""

from __future__ import annotations

import re
import time

import pytest
from kernels import Kernel
from test_tab import BOUND, FAILED, THINGS

MORE = """
def area(width: int, height: int = 2) -> int:
    "How large it is."
    return width * height

f = env.remote(area)
five = env.put(5)
env.sync()
"""


@pytest.fixture(scope="module")
def asking(kernel: Kernel) -> Kernel:
    assert kernel.cell(THINGS + MORE + FAILED).errors == []
    return kernel


def shown(kernel: Kernel, code: str, detail: int = 0) -> str:
    begun = time.monotonic()
    text = kernel.inspect(code, detail)
    assert time.monotonic() - begun < BOUND
    return text


def test_a_function(asking: Kernel) -> None:
    text = shown(asking, "f")
    assert "area(width: int, height: int = 2) -> int" in text
    assert "How large it is." in text
    assert "return width * height" in shown(asking, "f", 1)


def test_an_instance_and_its_method(asking: Kernel) -> None:
    assert "Nosy" in shown(asking, "v")
    text = shown(asking, "v.train")
    assert "train(epochs=3)" in text
    assert "Trains it." in text


def test_values_and_tables(asking: Kernel) -> None:
    assert "5" in shown(asking, "five")
    assert "int" in shown(asking, "five")
    assert "DataFrame" in shown(asking, "df")
    assert "one" in shown(asking, "d")


def test_one_that_failed_says_so_and_logs_nothing(asking: Kernel) -> None:
    assert "failed: ValueError" in shown(asking, "bad")
    cell = asking.cell("1")
    assert (cell.text("stderr"), cell.errors) == ("", [])


def test_the_cell_magic_shows_the_same(asking: Kernel) -> None:
    cell = asking.cell("f?")
    assert cell.errors == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("%pdef f", "area(width: int, height: int = 2) -> int"),
        ("%pdoc f", "How large it is."),
        ("%psource f", "return width * height"),
        ("%pfile f", "return width * height"),
        ("%pdef five", "No definition header found for five"),
        ("%psource five", "No source found for five"),
        ("%pdoc bad", "No documentation found for bad"),
    ],
)
def test_the_magics_of_ipython_tell_of_the_remote_object(asking: Kernel, line: str, words: str) -> None:
    cell = asking.cell(line)
    pages = [page["data"]["text/plain"] for page in (cell.reply or {}).get("payload", ())]
    assert words in re.sub(r"\x1b\[[0-9;]*m", "", "".join([cell.text(), *pages]))
    assert cell.errors == []


def test_while_the_interpreter_is_busy(asking: Kernel) -> None:
    asking.cell("busy = env.run(spin, (4,))\nwhile not env.status()['busy']: pass")
    assert "How large it is." in shown(asking, "f")
    assert "Nosy" in shown(asking, "v")
    assert "nothing is known" in shown(asking, "busy")
    assert asking.cell("print(env.status()['busy'])").text() == "True\n"
    asking.cell("busy.fetch()")


def test_sends_nothing(asking: Kernel) -> None:
    before = asking.cell("print(env.session.operations)").text()
    for code in ("f", "v", "v.train", "bad", "d"):
        shown(asking, code, 1)
    assert asking.cell("print(env.session.operations)").text() == before

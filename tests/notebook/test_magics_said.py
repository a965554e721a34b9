"""What the magics say of an interpreter that is there already, or is there no more."""

from __future__ import annotations

import pytest
from kernels import Cell, Kernel


@pytest.fixture(scope="module")
def loaded(kernel: Kernel) -> Kernel:
    assert kernel.cell("%load_ext ray_proxy").errors == []
    return kernel


def usage_error(cell: Cell) -> str:
    assert cell.errors == []
    text = cell.text("stderr")
    assert text.startswith("UsageError: ")
    return text


def test_options_that_may_do_nothing_are_told_once(loaded: Kernel) -> None:
    first = "%%remote said --num_cpus 0\nx = 1"
    assert loaded.cell(first).text() == ""
    assert loaded.cell(first).text() == ""
    assert loaded.cell("%%remote said\nx = 2").text() == ""
    other = "%%remote said --num_cpus 1 --debug True\nx = 3"
    text = loaded.cell(other).text()
    assert "'said' is there already, so --num_cpus, --debug may do nothing" in text
    assert "destroy('said')" in text
    assert loaded.cell(other).text() == ""


def test_a_new_one_in_the_place_of_one_that_ended_says_so(loaded: Kernel) -> None:
    loaded.cell("%%remote ends --num_cpus 0\nx = 1")
    loaded.cell("%remote ends\nRemoteInterpreterFactory().destroy('ends')")
    for line in ("%remote_env", "%remote_get x", "%remote_put loaded"):
        loaded.cell("loaded = 1")
        text = usage_error(loaded.cell(line))
        assert "no interpreter named 'ends'" in text
        assert "%remote ends creates one" in text
    cell = loaded.cell("%%remote --num_cpus 0\nx = 5\nx")
    assert "'ends' has ended; this is a new one, without its variables" in cell.text()
    assert cell.result.endswith(":5")
    assert loaded.cell("%remote_env").errors == []


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("%%remote 'said\nx", "No closing quotation"),
        ("%%remote said --name other\nx", "the name stands alone"),
        ("%remote_env said ends", "of one interpreter"),
    ],
)
def test_a_wrong_use_is_a_line(loaded: Kernel, cell: str, words: str) -> None:
    assert words in usage_error(loaded.cell(cell))


def test_what_cannot_be_pickled_is_one_error(loaded: Kernel) -> None:
    loaded.cell("import threading; lock = threading.Lock()\n%remote said --num_cpus 0")
    cell = loaded.cell("%remote_put lock")
    (text,) = cell.errors
    assert "Another exception" not in text
    assert "direct cause" not in text
    assert len(text.splitlines()) <= 25
    assert text.splitlines()[-1].startswith("NotPicklableError: the value, a lock")

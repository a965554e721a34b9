"""`examples/story.ipynb` runs, and what its text promises is so, with the restart that it asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from conftest import ROOT
from kernels import Cell, Kernel

STORY = [
    "".join(cell["source"])
    for cell in json.loads((ROOT / "examples" / "story.ipynb").read_text())["cells"]
    if cell["cell_type"] == "code"
]
AFTER = next(place for place, code in enumerate(STORY) if place and code.startswith("%load_ext"))
"""The first cell after the restart."""


class Told:
    """The story as it was told: the text and what it shows of each cell."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.cells: list[Cell] = []

    def tell(self, code: str) -> None:
        self.cells.append(self.kernel.cell(code))

    def cell(self, text: str) -> Cell:
        """The first cell with that text."""
        return next(cell for cell, code in zip(self.cells, STORY) if text in code)


@pytest.fixture(scope="module")
def told(cluster: str) -> Iterator[Told]:
    kernel = Kernel(cluster)
    story = Told(kernel)
    try:
        for code in STORY[:AFTER]:
            story.tell(code)
        training = story.cells[-1]
        kernel.until(lambda: "%|" in training.text("stderr"))
        kernel.restart()
        for code in STORY[AFTER:]:
            story.tell(code)
        yield story
    finally:
        kernel.cell("import ray_proxy; ray_proxy.RemoteInterpreterFactory().destroy('story')")
        kernel.close()


def test_it_fails_where_it_says_so_and_nowhere_else(told: Told) -> None:
    mistake = told.cell("loss(model")
    assert [cell for cell in told.cells if cell.errors] == [mistake]
    (error,) = mistake.errors
    assert "return np.mean((model.predict(x) - y) ** 2)" in error
    assert "/ray_proxy/" not in error
    assert "run_cell_magic" not in error
    assert len(set(re.findall(r"Cell In\[\d+\]", error))) == 1  # all of it is in that cell
    assert error.count("\n") < 25


def test_the_model_is_loaded_once_and_says_so_in_its_cell(told: Told) -> None:
    shown = "".join(cell.text() for cell in told.cells)
    assert shown.count("loading part") == 3
    assert told.cell("class Model").text().count("loading part") == 3


def test_what_is_there_is_listed(told: Told) -> None:
    listing = told.cell("%remote_env").displays[0]["text/plain"]
    assert [line.split()[:2] for line in listing.splitlines() if line.startswith("model")] == [["model", "Model"]]


def test_training_draws_one_bar_in_its_cell(told: Told) -> None:
    bar = told.cell("from tqdm").text("stderr")
    assert "200/200" in bar
    assert bar.count("\n") == 1


def test_a_figure_is_a_picture(told: Told) -> None:
    (figure,) = told.cell("import Figure").displays
    assert figure["image/png"]


def test_an_edit_is_in_the_object_that_was_loaded(told: Told) -> None:
    code = next(code for code in STORY if "The simple curves: sines" in code)
    cell = told.cells[STORY.index(code)]
    assert "loading" not in cell.text()
    assert cell.displays[0]["image/png"]


def test_a_call_that_nobody_waits_for_draws_below_its_cell(told: Told) -> None:
    assert "/600" in told.cells[AFTER - 1].text("stderr")


def test_after_the_restart_the_model_is_there_and_trained(told: Told) -> None:
    assert told.cells[-1].text().endswith("1000 epochs\n")
    assert told.cells[-1].displays[0]["image/png"]


def test_what_was_printed_meanwhile_is_shown_once(told: Told) -> None:
    shown = "".join(cell.text("stderr") for cell in told.cells[AFTER:])
    assert (
        len(re.findall(r"600/600[^\r\n]*\n", shown)) == 1
    )  # tqdm may draw its last step twice, and ends the line once

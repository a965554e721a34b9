"""The notebook among the examples runs as it says, and the model outlives the kernel."""

from __future__ import annotations

from collections.abc import Iterator

import nbformat
import pytest
from conftest import ROOT
from kernels import Cell, Kernel

from ray_proxy import RemoteInterpreterFactory, cells

STORY = ROOT / "examples" / "story.ipynb"


@pytest.fixture(scope="module")
def story(cluster: str) -> Iterator[Kernel]:
    kernel = Kernel(cluster)
    yield kernel
    kernel.close()
    RemoteInterpreterFactory().get("story", namespace=cells.NAMESPACE).destroy()


def sources() -> list[str]:
    return [cell["source"] for cell in nbformat.read(STORY, 4)["cells"] if cell["cell_type"] == "code"]


def run(kernel: Kernel, words: str) -> Cell:
    """Run the cell that has these words."""
    (source,) = [source for source in sources() if words in source]
    cell = kernel.cell(source)
    assert cell.errors == []
    return cell


def test_the_story(story: Kernel) -> None:
    story.cell("%load_ext ray_proxy")
    loading = run(story, "%%remote story")
    assert "loading ...\nloaded\n" in loading.text()
    assert "loading" not in run(story, "%%remote story").text()
    story.cell("%remote story")
    assert "model" in run(story, "%remote_env").displays[0]["text/plain"]
    assert run(story, 'model = env["model"]').result.endswith(":array([0., 0.])")
    run(story, "def fit")
    training = run(story, "model.fit(x")
    assert "100/100" in training.text("stderr")
    assert training.result.endswith(":array([ 3., -1.])")
    assert "100 epochs" in run(story, "the last loss").text()
    assert "image/png" in run(story, "Figure(").displays[0]
    story.restart()
    again = run(story, "weights:")
    assert "weights: [ 3. -1.]" in again.text()
    assert "loading" not in again.text()


def test_it_is_kept_without_outputs() -> None:
    assert all(not cell.get("outputs") for cell in nbformat.read(STORY, 4)["cells"])

"""The examples that users see run as they stand: the seed's, those of the README, and the quickstart."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT
from pages import code_blocks

SEED = ROOT / "tests" / "seed"
"""The first examples of this project, verbatim: the code blocks of the document that it began with."""


def test_the_first_example_of_the_seed(run_program: Callable[..., str]) -> None:
    printed = run_program((SEED / "first.txt").read_text())
    assert re.search(r"^Var@\S+\[\w{5}\]:'x'$", printed, re.MULTILINE)
    assert re.search(r"^Var@\S+\[\w{5}\]:10$", printed, re.MULTILINE)


@pytest.mark.torch
def test_the_gpu_example_of_the_seed_without_a_gpu(run_program: Callable[..., str]) -> None:
    """This machine may have no GPU, so `.cuda()` is left out, and a CPU asked for in place of a GPU."""
    code = (SEED / "gpu.txt").read_text()
    assert ".cuda()" in code
    without_gpu = code.replace(".cuda()", "").replace("num_gpus=1", "num_cpus=1")
    run_program(without_gpu + "\nassert r_x.cpu().fetch().tolist() == list(range(1, 11))\n")


@pytest.mark.torch
def test_the_multi_interpreter_example_of_the_seed_without_a_gpu(run_program: Callable[..., str]) -> None:
    """This machine may have no GPU, so `.cuda()` is left out, and a CPU asked for in place of a GPU."""
    code = (SEED / "multi.txt").read_text().replace(".cuda()", "").replace("num_gpus=1", "num_cpus=1")
    run_program(code + "\nassert y.fetch().tolist() == list(range(0, 20, 2))\n")


def test_the_multi_interpreter_example_with_numpy(run_program: Callable[..., str]) -> None:
    code = (SEED / "multi.txt").read_text().replace(".cuda()", "").replace("num_gpus=1", "num_cpus=1")
    run_program(code.replace("torch", "numpy") + "\nassert y.fetch().tolist() == list(range(0, 20, 2))\n")


@pytest.mark.parametrize("number", range(len(code_blocks("README.md"))))
def test_the_blocks_of_the_readme(run_program: Callable[..., str], number: int) -> None:
    run_program(code_blocks("README.md")[number])


def test_the_block_of_the_page_on_typing(run_program: Callable[..., str]) -> None:
    (block,) = code_blocks("docs/typing.md")
    assert run_program(block) == "REMOTE\n"


def test_the_quickstart(run_program: Callable[..., str]) -> None:
    code = (ROOT / "examples" / "quickstart.py").read_text()
    assert "they agree" in run_program(code.replace("ray.shutdown()", ""))


def test_the_model_that_processes_threads_and_coroutines_share(run_program: Callable[..., str]) -> None:
    code = (ROOT / "examples" / "shared_model.py").read_text()
    printed = run_program(code.replace("include_dashboard=False, ", ""))
    assert printed.count("[0, 1, 4, 9, 16, 25, 36, 49]") == 3
    assert "one model was asked 24 times" in printed


def test_the_model_whose_file_is_edited_while_it_is_in_memory(run_program: Callable[..., str], tmp_path: Path) -> None:
    program = (
        "import pathlib, ray, runpy, sys\n"
        "ray.init(log_to_driver=False)\n"
        "runpy.run_path(sys.argv[1])['main'](pathlib.Path(sys.argv[2]))\n"
    )
    printed = run_program(program, str(ROOT / "examples" / "live_model" / "run.py"), str(tmp_path)).splitlines()
    assert printed[0].startswith("predict(10) is 5.0, after ")
    assert printed[1:4] == [
        "a method was edited: predict(10) is 21.0",
        "score(model) is 21.0",
        "it is the same model: it was asked 3 times",
    ]
    assert printed[4].startswith("a parenthesis is missing in line ")
    assert printed[5:] == [
        "the old text goes on: predict(10) is 21.0",
        "mended: score(model) is -21.0",
        "the weights were loaded 1 time",
    ]

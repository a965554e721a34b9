"""Vars as the result of a cell: made where they live, and shown in its place."""

from __future__ import annotations

import pytest
from kernels import Cell, Kernel


@pytest.fixture(autouse=True)
def idle(kernel: Kernel) -> None:
    """What a test before has left to do is done: else what is shown waits behind it."""
    assert kernel.cell("env.sync()").errors == []


def shown(cell: Cell) -> dict[str, str]:
    """The one bundle that it shows."""
    assert cell.errors == []
    (bundle,) = cell.displays
    return bundle


def test_plain_text_has_the_mark_of_a_var(kernel: Kernel) -> None:
    assert shown(kernel.cell("env.put([1, 2])"))["text/plain"].endswith(":[1, 2]")


def test_a_frame_is_a_table(kernel: Kernel) -> None:
    kernel.cell("import pandas as pd\nframe = env.put(pd.DataFrame({'a': [1, 2]}))\nenv.sync()")
    bundle = shown(kernel.cell("frame"))
    assert "<table" in bundle["text/html"]


@pytest.mark.parametrize(
    ("method", "kind"),
    [("html", "text/html"), ("markdown", "text/markdown"), ("svg", "image/svg+xml"), ("latex", "text/latex")],
)
def test_the_forms_of_an_object_are_made_there(kernel: Kernel, method: str, kind: str) -> None:
    cell = kernel.cell(f"class Shown:\n    def _repr_{method}_(self): return 'made there'\nenv.put(Shown())")
    assert shown(cell)[kind] == "made there"


def test_a_figure_is_a_picture(kernel: Kernel) -> None:
    kernel.cell(
        "def figure():\n"
        "    from matplotlib.figure import Figure\n"
        "    figure = Figure()\n"
        "    figure.subplots().plot([1, 2])\n"
        "    return figure\n"
        "picture = env.run(figure); env.sync()"
    )
    assert shown(kernel.cell("picture"))["image/png"].startswith("iVBOR")
    assert shown(kernel.cell("env.put([picture, picture])"))["text/html"].count("<img") == 2
    assert kernel.cell("import sys; 'matplotlib' in sys.modules").result == "False"


def test_a_figure_of_plotly_is_shown(kernel: Kernel) -> None:
    kernel.cell(
        "def figure():\n"
        "    import plotly.graph_objects as go\n"
        "    return go.Figure(go.Bar(y=[1]))\n"
        "f = env.run(figure); env.sync()"
    )
    bundle = shown(kernel.cell("f"))
    assert any("plotly" in kind or kind == "text/html" for kind in bundle)


def test_a_huge_value_is_cut_there(kernel: Kernel) -> None:
    assert len(shown(kernel.cell("env.put(0); env.run(lambda: 'x' * 10**7)"))["text/plain"]) < 110_000


def test_it_is_one_result_and_the_var_stays_what_it_is(kernel: Kernel) -> None:
    cell = kernel.cell("env.put([1, 2])")
    assert [one["type"] for one in cell.outputs] == ["execute_result"]
    assert kernel.cell("type(_) is ray_proxy.Var").result == "True"


def test_what_is_still_computed_is_shown_as_that_and_replaced(kernel: Kernel) -> None:
    cell = kernel.cell("slow = env.run(time.sleep, (2,))\nslow", 1.9)
    assert "running since" in shown(cell)["text/plain"]
    other = kernel.cell("ray_proxy.state(slow)", 1.5)
    assert other.result == "'running'"
    kernel.until(lambda: cell.outputs[0].get("updates") == 1)
    assert shown(cell)["text/plain"].endswith(":None")
    assert kernel.cell("ray_proxy.state(slow)").result == "'done'"


def test_one_that_fails_later_shows_its_error_once_in_its_place(kernel: Kernel) -> None:
    cell = kernel.cell("def late():\n    time.sleep(1)\n    return 1 / 0\nw = env.run(late)\nw")
    kernel.until(lambda: cell.outputs[0].get("updates") == 1)
    kernel.settle()
    assert len(cell.outputs) == 1
    assert cell.outputs[0]["updates"] == 1
    assert shown(cell)["text/plain"].count("ZeroDivisionError") == 1


def test_one_that_fails_later_with_an_error_without_a_text_is_replaced_too(kernel: Kernel) -> None:
    cell = kernel.cell(
        "class Mute(Exception):\n    def __str__(self): raise KeyError\n"
        "def late():\n    time.sleep(1)\n    raise Mute\nw = env.run(late)\nw"
    )
    kernel.until(lambda: cell.outputs[0].get("updates") == 1)
    assert "Mute" in shown(cell)["text/plain"]


def test_display_shows_several(kernel: Kernel) -> None:
    cell = kernel.cell("display(env.put(1), 'here', env.put(2))")
    assert [bundle["text/plain"].rpartition(":")[2] for bundle in cell.displays] == ["1", "'here'", "2"]


def test_a_bar_is_shown_while_they_are_computed(kernel: Kernel) -> None:
    cell = kernel.cell("vars = [env.run(time.sleep, (0.05,)) for _ in range(3)]\nlen(ray_proxy.progress(vars))")
    assert cell.result == "3"
    assert "3/3" in cell.text("stderr") + str(cell.displays)


def test_tqdm_takes_a_var(kernel: Kernel) -> None:
    cell = kernel.cell("from tqdm import tqdm\nsum(x for x in tqdm(env.put([1, 2, 3]))).fetch()")
    assert cell.result == "6"
    assert "3/3" in cell.text("stderr")


SLOW = """
def slow(seconds):
    time.sleep(seconds)
    return [seconds]
"""


def test_what_is_done_is_shown_also_while_the_next_one_runs(kernel: Kernel) -> None:
    kernel.cell(SLOW)
    first = kernel.cell("first = env.run(slow, (1,))\nfirst")
    second = kernel.cell("second = env.run(slow, (5,))\nsecond")
    assert "waits behind" in shown(second)["text/plain"]
    kernel.until(lambda: first.outputs[0].get("updates") == 1)
    assert shown(first)["text/plain"].endswith(":[1]")
    assert kernel.cell("ray_proxy.state(second)").result == "'running'"
    kernel.until(lambda: second.outputs[0].get("updates") == 1)


def test_a_value_that_is_known_is_shown_also_while_another_call_runs(kernel: Kernel) -> None:
    kernel.cell(SLOW)
    cell = kernel.cell("known = env.put(5)\nenv.sync()\nbusy = env.run(slow, (2,))\nknown")
    assert [one["type"] for one in cell.outputs] == ["execute_result"]
    assert cell.result.endswith(":5")
    kernel.cell("busy.fetch()")


def test_nothing_of_it_is_left_there(kernel: Kernel) -> None:
    kernel.cell(
        "import gc\nv = env.put([1, 2])\nenv.sync(); gc.collect(); env.sync()\nbefore = env.status()['variables']"
    )
    for _ in range(3):
        kernel.cell("v;\ndisplay(v)")
    cell = kernel.cell("gc.collect(); env.sync(); env.status()['variables'] - before")
    assert cell.result == "0"

"""What remote code displays is shown in the cell that asked: `display`, and figures of matplotlib."""

from __future__ import annotations

import pytest
from kernels import Cell, Kernel


@pytest.fixture(autouse=True, scope="module")
def cells(kernel: Kernel) -> None:
    assert kernel.cell("%load_ext ray_proxy").errors == []
    assert remote(kernel, "import time\nimport matplotlib.pyplot as plt").errors == []


def remote(kernel: Kernel, text: str) -> Cell:
    return kernel.cell(f"%%remote displays --num_cpus 0\n{text}")


def kinds(cell: Cell) -> list[str]:
    """What it shows, one after the other."""
    assert cell.errors == []
    shown = []
    for one in cell.outputs:
        if one["type"] == "stream":
            shown += one["text"].split()
        else:
            shown.append("picture" if "image/png" in one["data"] else one["data"]["text/plain"].partition(":")[2])
    return shown


def test_an_object_is_displayed_in_its_forms(kernel: Kernel) -> None:
    cell = remote(kernel, "class Shown:\n    def _repr_html_(self): return '<b>made there</b>'\ndisplay(Shown())")
    assert [bundle["text/html"] for bundle in cell.displays] == ["<b>made there</b>"]


def test_a_figure_is_shown_between_what_is_printed(kernel: Kernel) -> None:
    cell = remote(kernel, "print('before')\nplt.plot([1, 2])\nplt.show()\nprint('after')")
    assert kinds(cell) == ["before", "picture", "after"]
    assert cell.text("stderr") == ""


def test_what_is_drawn_is_shown_at_the_end_of_the_cell(kernel: Kernel) -> None:
    cell = remote(kernel, "plt.plot([1, 2]);")
    assert kinds(cell) == ["picture"]
    assert kinds(remote(kernel, "print('nothing more')")) == ["nothing", "more"]


def test_a_figure_that_is_the_result_is_shown_once(kernel: Kernel) -> None:
    cell = remote(kernel, "figure, axes = plt.subplots()\naxes.plot([1, 2])\nfigure")
    assert [sorted(bundle) for bundle in cell.displays] == [["image/png", "text/plain"]]


def test_a_figure_of_a_function_is_shown_in_the_cell_that_called_it(kernel: Kernel) -> None:
    kernel.cell(
        "def draw(seconds):\n"
        "    import time, matplotlib.pyplot as plt\n"
        "    time.sleep(seconds)\n"
        "    plt.plot([1, 2])\n"
        "    plt.show()"
    )
    assert kinds(kernel.cell("env.run(draw, (0,)).fetch()")) == ["picture"]
    cell = kernel.cell("v = env.run(draw, (0.5,))")
    kernel.cell("env.sync()")
    kernel.until(lambda: cell.displays)
    assert kinds(cell) == ["picture"]


def test_a_figure_that_showed_itself_is_not_shown_again(kernel: Kernel) -> None:
    assert kinds(remote(kernel, "figure, _ = plt.subplots()\nfigure.show()")) == ["picture"]


def test_what_others_have_drawn_is_not_shown_at_the_end_of_a_cell(kernel: Kernel) -> None:
    kernel.cell(
        "def draw():\n    import matplotlib.pyplot as plt\n    plt.figure()\n    return plt.get_fignums()\n"
        "import ray_proxy\nthere = ray_proxy.cells.interpreter('displays')"
    )
    drawn = kernel.cell("print(there.run(draw).fetch())").text()
    assert kinds(remote(kernel, "print('mine')")) == ["mine"]
    assert remote(kernel, "print(plt.get_fignums()); plt.close('all')").text() == drawn


def test_what_was_displayed_is_replaced_in_its_place(kernel: Kernel) -> None:
    cell = remote(kernel, "handle = display({'text/plain': 'one'}, raw=True, display_id=True)")
    assert [bundle["text/plain"] for bundle in cell.displays] == ["one"]
    later = remote(kernel, "handle.update({'text/plain': 'two'}, raw=True)")
    assert [bundle["text/plain"] for bundle in cell.displays] == ["two"]
    assert later.displays == []


def test_output_is_cleared(kernel: Kernel) -> None:
    cell = remote(
        kernel,
        "from IPython.display import clear_output, display\nfor n in range(3):\n"
        "    clear_output()\n    display({'text/plain': f'{n}'}, raw=True)",
    )
    assert [bundle["text/plain"] for bundle in cell.displays] == ["2"]


def test_what_ipython_displays_there_is_shown_here(kernel: Kernel) -> None:
    cell = remote(
        kernel, "from IPython.display import HTML, Markdown, display\ndisplay(HTML('<i>x</i>'), Markdown('y'))"
    )
    assert [bundle.get("text/html", bundle.get("text/markdown")) for bundle in cell.displays] == ["<i>x</i>", "y"]


def test_an_error_after_it_leaves_it(kernel: Kernel) -> None:
    cell = remote(kernel, "plt.plot([1, 2])\n1 / 0")
    assert [one["type"] for one in cell.outputs] == ["display_data", "error"]


def test_what_another_interpreter_displays_for_a_remote_call_comes_through(kernel: Kernel) -> None:
    kernel.cell(
        "def nested(other):\n"
        "    return other.run(lambda: display({'text/html': '<b>nested</b>', 'text/plain': 'x'}, raw=True)).fetch()\n"
        "other = RemoteInterpreterFactory().create(num_cpus=0)"
    )
    cell = kernel.cell("env.run(nested, (other,)).fetch()")
    assert [bundle["text/html"] for bundle in cell.displays] == ["<b>nested</b>"]


@pytest.mark.parametrize("update", ["h.update(n)", "display(n)", "print(n)"])
def test_stop_ends_a_flood(kernel: Kernel, update: str) -> None:
    cell = kernel.start(
        "%%remote displays --num_cpus 0\nh = display('begun', display_id=True)\n"
        f"for n in range(10**9):\n    {update}  # flood"
    )
    kernel.until(lambda: len(cell.outputs) > 0)
    kernel.settle(1.0)
    kernel.interrupt()
    cell.wait()
    assert "KeyboardInterrupt" in cell.errors[0]
    assert kernel.cell("1").result == "1"

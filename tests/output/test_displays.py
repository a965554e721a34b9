"""What code displays, in the process where it runs: its text in the place where it is shown, and its forms beside."""

from __future__ import annotations

import builtins
import io
import os
import subprocess
import sys
import threading
from contextlib import redirect_stdout
from typing import Any

import pytest
from alone import alone
from written import Heard

from ray_proxy.looking import displaying


class Shown:
    def __repr__(self) -> str:
        return "its text"

    def _repr_html_(self) -> str:
        return "<b>its html</b>"


def captured(work: Any) -> Heard:
    with Heard() as heard:
        displaying.show = heard.capture.display
        heard.capture.begin("x", 5)
        work()
        heard.capture.drain("x")
    return heard


def shown(heard: Heard) -> list[tuple[str, dict[str, str]]]:
    return [(data.decode(), display["forms"]) for data, display in heard.displays]  # type: ignore[index]


# ---------------------------------------------------------------------------------------------- its place


def between_prints() -> None:
    def work() -> None:
        print("before", end="")
        displaying.display(Shown())
        print("after")

    heard = captured(work)
    assert heard.pieces == [("x", 5, 1, b"before", 0), ("x", 5, 1, b"its text\n", 0), ("x", 5, 1, b"after\n", 0)]
    assert shown(heard) == [("its text\n", {"text/html": "<b>its html</b>", "text/plain": "its text"})]


def test_it_stands_between_what_is_printed() -> None:
    alone(between_prints)


def several_at_once() -> None:
    heard = captured(lambda: [displaying.display(number) for number in range(3)])
    assert [text for text, _ in shown(heard)] == ["0\n", "1\n", "2\n"]


def test_those_that_follow_on_each_other_are_told_apart() -> None:
    alone(several_at_once)


def in_a_thread() -> None:
    def work() -> None:
        thread = threading.Thread(target=displaying.display, args=("from a thread",))
        thread.start()
        heard.capture.begin("y", 0)
        thread.join()

    with Heard() as heard:
        displaying.show = heard.capture.display
        heard.capture.begin("x", 5)
        work()
        heard.capture.drain("x")
    assert [(session, data) for session, _, _, data, _ in heard.pieces] == [("x", b"'from a thread'\n")]


def test_a_threads_is_whose_the_thread_is() -> None:
    alone(in_a_thread)


def in_a_child() -> None:
    def work() -> None:
        child = os.fork()
        if child == 0:
            displaying.display(Shown())
            os._exit(0)
        os.waitpid(child, 0)

    heard = captured(work)
    assert heard.of("x") == "its text\n"
    assert heard.displays == []


def test_of_a_forked_child_the_text_is_seen() -> None:
    alone(in_a_child)


def cleared() -> None:
    heard = captured(lambda: displaying.display(1, clear=True))
    assert [display.get("clear") for _, display in heard.displays] == ["wait", None]  # type: ignore[attr-defined]


def test_clearing_is_told_though_it_has_no_text() -> None:
    alone(cleared)


# ---------------------------------------------------------------------------------- without a capture


def written(*args: Any, **options: Any) -> str:
    file = io.StringIO()
    with redirect_stdout(file):
        displaying.display(*args, **options)
    return file.getvalue()


def test_where_nothing_is_captured_the_text_is_written() -> None:
    assert written(Shown(), [1, 2]) == "its text\n[1, 2]\n"


def test_a_bundle_without_text_says_what_it_is() -> None:
    assert written({"image/png": "iVBO"}, raw=True) == "<image/png>\n"


def test_a_name_is_given_where_it_is_asked_for() -> None:
    with redirect_stdout(io.StringIO()):
        assert displaying.display(1) is None
        named = displaying.display(1, display_id="name")
        made = displaying.display(1, display_id=True)
    assert named is not None
    assert named.display_id == "name"
    assert made is not None
    assert len(made.display_id) == 32


def test_code_has_it_without_an_import_only_while_it_is_installed() -> None:
    before = getattr(builtins, "display", None)
    with displaying.installed():
        assert getattr(builtins, "display") is displaying.display  # noqa: B009
    assert getattr(builtins, "display", None) is before


# -------------------------------------------------------------------------------------- other packages


def program(text: str, **environ: str) -> str:
    """What a program writes, in which displays are installed."""
    done = subprocess.run(
        [sys.executable, "-c", f"from ray_proxy.looking import displaying\ndisplaying.install()\n{text}"],
        env={**{name: value for name, value in os.environ.items() if name != "MPLBACKEND"}, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_functions_of_ipython_display_here() -> None:
    pytest.importorskip("IPython")
    assert program("from IPython.display import HTML, display\ndisplay(HTML('x'), display_id='name')") == (
        "<IPython.core.display.HTML object>\n"
    )
    assert "ray_proxy" in program("import IPython.display\nprint(IPython.display.update_display.__module__)")


def test_a_module_is_as_others_import_it() -> None:
    pytest.importorskip("IPython")
    text = (
        "import IPython.core.display_functions as m\n"
        "print(type(m.__loader__).__name__, m.__spec__.loader is m.__loader__)"
    )
    assert program(text) == "SourceFileLoader True\n"
    assert program(f"{text}\nprint('exec_module' in vars(m.__loader__))").endswith("False\n")


DRAW = "import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()\nprint(plt.get_fignums())"


def test_matplotlib_shows_figures_and_closes_them() -> None:
    pytest.importorskip("matplotlib")
    assert program(DRAW) == "<Figure size 640x480 with 1 Axes>\n[]\n"


def test_a_figure_shows_itself() -> None:
    pytest.importorskip("matplotlib")
    text = "import matplotlib.pyplot as plt\nfigure, _ = plt.subplots()\nfigure.show()\nprint(plt.get_fignums())"
    assert program(text) == "<Figure size 640x480 with 1 Axes>\n[1]\n"


@pytest.mark.parametrize("first", ["", "import matplotlib; matplotlib.use('svg')\n"], ids=["environment", "use"])
def test_another_backend_that_is_asked_for_is_used(first: str) -> None:
    pytest.importorskip("matplotlib")
    asked = {} if first else {"MPLBACKEND": "svg"}
    text = f"{first}import matplotlib.pyplot as plt\nplt.plot([1])\nprint(plt.get_backend())"
    assert program(text, **asked) == "svg\n"


PLOTLY = "import plotly.graph_objects as go\ngo.Figure(go.Bar(y=[1])).show()"


def test_plotly_shows_figures() -> None:
    pytest.importorskip("plotly")
    assert program(PLOTLY) == "<Figure of plotly>\n"
    assert program(PLOTLY, PLOTLY_RENDERER="json") == "<application/json>\n"

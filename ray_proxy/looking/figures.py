"""The backend of matplotlib in an interpreter: `plt.show()` displays all figures, as a notebook does.

It imports matplotlib, and is imported by that alone.
"""

from __future__ import annotations

from typing import Any

from matplotlib._pylab_helpers import Gcf  # type: ignore[import-not-found, unused-ignore]
from matplotlib.backend_bases import FigureManagerBase  # type: ignore[import-not-found, unused-ignore]
from matplotlib.backends.backend_agg import FigureCanvasAgg  # type: ignore[import-not-found, unused-ignore]

from .displaying import display


class FigureManager(FigureManagerBase):  # type: ignore[misc, unused-ignore]
    """Has no window."""

    was_shown: bool = False

    def show(self) -> None:
        """`figure.show()`."""
        self.was_shown = True
        display(self.canvas.figure)

    @classmethod
    def pyplot_show(cls, *, block: object = None) -> None:
        """`plt.show()`: displays the figures, and closes them."""
        show_all()


class FigureCanvas(FigureCanvasAgg):  # type: ignore[misc, unused-ignore]
    manager_class: Any = FigureManager


def show_all() -> None:
    """Display all figures, and close them."""
    try:
        for manager in Gcf.get_all_fig_managers():
            display(manager.canvas.figure)
    finally:
        Gcf.destroy_all()


def numbers() -> frozenset[Any]:
    """Those of all figures."""
    return frozenset(manager.num for manager in Gcf.get_all_fig_managers())


def show_rest(before: frozenset[Any], result: object) -> None:
    """Display the figures that are not among those numbers, and close them; not what was shown, nor what is or contains
    the result."""
    shown = result if isinstance(result, (list, tuple)) else [result]
    for manager in Gcf.get_all_fig_managers():
        if manager.num not in before:
            figure = manager.canvas.figure
            try:
                if not (getattr(manager, "was_shown", False) or any(one is figure for one in shown)):
                    display(figure)
            finally:
                Gcf.destroy(manager)

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

    def show(self) -> None:
        """`figure.show()`."""
        display(self.canvas.figure)

    @classmethod
    def pyplot_show(cls, *, block: object = None) -> None:
        """`plt.show()`: displays the figures, and closes them."""
        show_all()


class FigureCanvas(FigureCanvasAgg):  # type: ignore[misc, unused-ignore]
    manager_class: Any = FigureManager


def show_all(result: object = None) -> None:
    """Display all figures, save what is or contains the result, and close them."""
    shown = result if isinstance(result, (list, tuple)) else [result]
    try:
        for manager in Gcf.get_all_fig_managers():
            figure = manager.canvas.figure
            if not any(one is figure for one in shown):
                display(figure)
    finally:
        Gcf.destroy_all()

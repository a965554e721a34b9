"""What remote code displays: `display`, as in a notebook, and figures that matplotlib shows.

Where no notebook can be told, the text of an object is written instead.
"""

from __future__ import annotations

import builtins
import contextlib
import json
import os
import sys
import uuid
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from . import bundles
from .imported import Imported

Show = Callable[[str, dict[str, Any]], None]
"""Takes a text, and what a notebook may show in its place: the fields of `protocol.Display`."""
_FIGURES = f"{__package__}.figures"
"""The backend of matplotlib. It imports that."""


def _write(text: str, display: dict[str, Any]) -> None:
    sys.stdout.write(text)


show: Show = _write


class Handle:
    """What was displayed under an id. Later, it can be replaced in its place."""

    def __init__(self, display_id: str | None = None) -> None:
        self.display_id: str = display_id or uuid.uuid4().hex

    def display(self, obj: object, **options: Any) -> None:
        """Display an object under this id."""
        display(obj, display_id=self.display_id, **options)

    def update(self, obj: object, **options: Any) -> None:
        """Display an object in the place of what was displayed under this id."""
        update_display(obj, display_id=self.display_id, **options)


def display(
    *objs: object,
    include: object = None,
    exclude: object = None,
    metadata: object = None,
    transient: object = None,
    display_id: str | bool | None = None,
    raw: bool = False,
    clear: bool = False,
    update: bool = False,
    **kwargs: object,
) -> Handle | None:
    """Display objects in the notebook of the client whose call this is, as IPython's `display` does.

    A client in a terminal shows their text.

    Args:
        display_id: under which `update_display` replaces them; True: a new one.
        raw: the objects are bundles: forms by their MIME types.
        clear: remove what the cell shows, when the first is shown.

    Returns:
        A `Handle`, where there is an id.
    """
    if clear:
        clear_output(wait=True)
    handle = Handle(None if display_id is True else str(display_id)) if display_id else None
    for obj in objs:
        forms = dict(obj) if raw and isinstance(obj, dict) else bundles.bundle(obj)
        _show(forms, "" if handle is None else handle.display_id, update)
    return handle


def update_display(obj: object, *, display_id: str, **options: Any) -> None:
    """Display an object in the place of what was displayed under that id."""
    display(obj, display_id=display_id, update=True, **options)


def publish_display_data(
    data: dict[str, Any], metadata: object = None, *, transient: dict[str, Any] | None = None, **options: Any
) -> None:
    """Display a bundle: forms by their MIME types."""
    _show(data, str((transient or {}).get("display_id", "")), bool(options.get("update")))


def clear_output(wait: bool = False) -> None:
    """Remove what the cell shows: at once, or when it shows something else."""
    show("", {"clear": "wait" if wait else "now"})


def _show(forms: dict[str, Any], id: str = "", update: bool = False) -> None:
    texts = {}
    room = bundles.LARGEST
    for kind, data in forms.items():
        text = data if isinstance(data, str) else json.dumps(data)
        if len(text) <= room:
            texts[str(kind)] = text.encode(errors="replace").decode()
            room -= len(text)
    text = texts.get("text/plain", f"<{', '.join(map(str, forms))}>")
    show(f"{text}\n", {"forms": texts, "id": id, "update": update})


# ---------------------------------------------------------------------------------------- finding its way


def install() -> None:
    """Code of this process displays by these functions, also where it imports those of IPython; matplotlib shows its
    figures so, unless another backend is asked for."""
    setattr(builtins, "display", display)  # noqa: B010
    _imports.install()


@contextlib.contextmanager
def installed() -> Iterator[None]:
    """Within, the same is so, save of what was imported before."""
    before = getattr(builtins, "display", None)
    is_installed = _imports in sys.meta_path
    setattr(builtins, "display", display)  # noqa: B010
    if not is_installed:
        _imports.install()
    try:
        yield
    finally:
        if not is_installed:
            sys.meta_path.remove(_imports)
        if before is None:
            delattr(builtins, "display")
        else:
            setattr(builtins, "display", before)  # noqa: B010


def _take_place(module: ModuleType) -> None:
    """Of functions of IPython, which write text where no shell of it runs."""
    for function in (display, update_display, publish_display_data, clear_output):
        if hasattr(module, function.__name__):
            setattr(module, function.__name__, function)


def _use_backend(module: Any) -> None:
    with contextlib.suppress(Exception):  # of a release that knows no such backend: figures are shown as the last value
        if module.rcParams._get_backend_or_none() is None:
            module.use(f"module://{_FIGURES}")


def _use_renderer(module: Any) -> None:
    """Of plotly, which would open a browser on that machine."""

    def render(self: Any, figure: dict[str, Any]) -> None:
        text = json.dumps(figure, default=str) if to_json is None else to_json(figure, validate=False)
        _show({"application/vnd.plotly.v1+json": text, "text/plain": "<Figure of plotly>"})

    with contextlib.suppress(Exception):  # of a release that has no such renderers
        if "PLOTLY_RENDERER" not in os.environ:
            to_json = getattr(sys.modules.get("plotly.io._json"), "to_json", None)
            module.renderers["ray_proxy"] = type("Renderer", (module.ExternalRenderer,), {"render": render})()
            module.renderers.default = "ray_proxy"


_imports = Imported(
    {
        "IPython.core.display_functions": _take_place,
        "IPython.core.display": _take_place,
        "matplotlib": _use_backend,
        "plotly.io._renderers": _use_renderer,
    }
)


def drawn() -> frozenset[Any]:
    """What pyplot has drawn so far and not shown, by number."""
    figures = sys.modules.get(_FIGURES)
    return frozenset() if figures is None else figures.numbers()


def show_figures(before: frozenset[Any], result: object) -> None:
    """At the end of a cell: show what pyplot has drawn since then. A figure that is its result is shown as that."""
    figures = sys.modules.get(_FIGURES)
    if figures is not None:
        figures.show_rest(before, result)

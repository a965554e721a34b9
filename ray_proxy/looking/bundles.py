"""What a notebook shows of an object, made where that lives: texts and pictures, by their MIME types.

A client calls `bundle` by its name. Nothing of IPython or matplotlib has to be at the client, nor IPython here.
"""

from __future__ import annotations

import base64
import io
import json
import pprint
import sys
from collections.abc import Callable
from typing import Any

LONGEST_TEXT = 100_000
"""Characters of plain text that travel…"""
LARGEST = 10_000_000
"""… and of any other form: a larger one is left out."""
_MOST_FIGURES = 20
_MOST_ITEMS = 1000
"""So many items are set out in lines."""
_METHODS = {
    "text/html": "_repr_html_",
    "text/markdown": "_repr_markdown_",
    "image/svg+xml": "_repr_svg_",
    "image/png": "_repr_png_",
    "image/jpeg": "_repr_jpeg_",
    "text/latex": "_repr_latex_",
    "application/json": "_repr_json_",
}
_BYTES = ("image/png", "image/jpeg")


def bundle(obj: Any, rich: bool = True) -> dict[str, Any]:
    """The forms of an object that a notebook can show, by their MIME types, as IPython makes them.

    Pictures are base64. A form that cannot be made, or is too large, is left out; plain text is cut. A list or tuple of
    figures and images is shown as these, one below the other.

    Args:
        rich: not plain text alone, as for a terminal.

    Raises:
        Exception: of its `repr`, where there is no other form.
    """
    shown = _forms(obj) if rich else {}
    if rich and type(obj) in (list, tuple) and 0 < len(obj) <= _MOST_FIGURES and all(map(_is_picture, obj)):
        pictures = list(filter(None, map(_as_html, map(_forms, obj))))
        if pictures and sum(map(len, pictures)) <= LARGEST:
            shown["text/html"] = "<br>".join(pictures)
    try:
        shown["text/plain"] = _cut(shown.get("text/plain") or _plain(obj))
    except Exception:
        if not shown:
            raise
        shown["text/plain"] = f"<{type(obj).__qualname__}, whose repr fails>"
    return shown


def _forms(obj: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if _is_figure(obj):
        png = _guarded(lambda: _png(obj))
        if png:
            shown["image/png"] = png
        return shown
    if isinstance(obj, type):  # its methods are for its instances
        return shown
    if _is_of(obj, "plotly.basedatatypes", "BaseFigure"):  # its own bundle is what its process would show: nothing
        _take(shown, "application/vnd.plotly.v1+json", _guarded(lambda: json.loads(obj.to_json())))
    made = _guarded(lambda: _method(obj, "_repr_mimebundle_")(include=None, exclude=None))
    if isinstance(made, tuple):
        made = made[0]
    if isinstance(made, dict):
        for kind, data in made.items():
            _take(shown, str(kind), data)
    for kind, name in _METHODS.items():
        if kind not in shown:
            _take(shown, kind, _guarded(lambda name=name: _method(obj, name)()))  # type: ignore[misc]
    return shown


def _method(obj: Any, name: str) -> Callable[..., Any]:
    """A method of the object's class; not what answers to any name."""
    if not hasattr(type(obj), name) and name not in getattr(obj, "__dict__", {}):
        raise AttributeError(name)
    method: Callable[..., Any] = getattr(obj, name)
    return method


def _take(shown: dict[str, Any], kind: str, data: Any) -> None:
    if isinstance(data, tuple):  # with metadata
        data = data[0] if data else None
    if data is None:
        return
    if isinstance(data, bytes):
        data = base64.b64encode(data).decode() if kind in _BYTES else data.decode("utf-8", "replace")
    if isinstance(data, str):
        if len(data) <= LARGEST or kind == "text/plain":
            shown[kind] = str(data)
        return
    text = _guarded(lambda: json.dumps(data))
    if text is not None and len(text) <= LARGEST:
        shown[kind] = json.loads(text)  # of plain types, whatever it was


def _is_figure(obj: Any) -> bool:
    return _is_of(obj, "matplotlib.figure", "Figure")


def _is_picture(obj: Any) -> bool:
    return _is_figure(obj) or _is_of(obj, "plotly.basedatatypes", "BaseFigure") or _is_of(obj, "PIL.Image", "Image")


def _is_of(obj: Any, module: str, name: str) -> bool:
    """Whether it is of that class, whose module is loaded then."""
    kind = getattr(sys.modules.get(module), name, None)
    return isinstance(kind, type) and issubclass(type(obj), kind)


def _as_html(forms: dict[str, Any]) -> str | None:
    picture = forms.get("image/png")
    return forms.get("text/html") if picture is None else f'<img src="data:image/png;base64,{picture}">'


def _png(figure: Any) -> str:
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # type: ignore[import-not-found, unused-ignore]

    file = io.BytesIO()
    canvas = figure.canvas
    try:
        FigureCanvasAgg(figure).print_figure(file, format="png", bbox_inches="tight", dpi=figure.dpi)
    finally:
        figure.set_canvas(canvas)
    return base64.b64encode(file.getvalue()).decode()


def _plain(obj: Any) -> str:
    """As IPython writes it, where the object knows how, and IPython is here; its import takes a second."""
    if hasattr(type(obj), "_repr_pretty_"):
        try:
            from IPython.lib.pretty import pretty
        except ImportError:
            pass
        else:
            text: str = pretty(obj)  # type: ignore[no-untyped-call, unused-ignore]
            return text
    if type(obj) in (list, tuple, dict, set, frozenset) and len(obj) <= _MOST_ITEMS:
        return pprint.pformat(obj, sort_dicts=False, width=100)
    return repr(obj)


def _cut(text: str) -> str:
    if len(text) <= LONGEST_TEXT:
        return text
    half = LONGEST_TEXT // 2
    return f"{text[:half]}\n… {len(text) - 2 * half:,} characters are left out …\n{text[-half:]}"


def _guarded(work: Callable[[], Any]) -> Any:
    """The result of user code that may fail, as one that has no such form does: then there is none."""
    try:
        return work()
    except Exception:
        return None

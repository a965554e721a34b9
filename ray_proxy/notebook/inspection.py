"""`v?`, `v??` and Shift-Tab show what is there, and ask no more than once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..var.interface import Var
from .paths import Place, place_of

_installed: dict[int, _Inspection] = {}


def install(shell: Any) -> None:
    uninstall(shell)
    _installed[id(shell)] = _Inspection(shell)


def uninstall(shell: Any) -> None:
    part = _installed.pop(id(shell), None)
    if part is not None:
        part.remove()


class _Inspection:
    """What is put into one shell."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._find: Callable[..., Any] = shell._ofind
        self._info: Callable[..., Any] = shell.inspector.info
        shell._ofind = self.find
        shell.inspector.info = self.info
        self._pages: dict[str, Callable[..., Any]] = {}
        for name, page in (("pdef", _definition), ("pdoc", _documentation), ("psource", _source), ("pfile", _file)):
            self._pages[name] = getattr(shell.inspector, name)
            setattr(shell.inspector, name, functools.partial(self.page, name, page))

    def remove(self) -> None:
        del self._shell._ofind, self._shell.inspector.info
        for name in self._pages:
            delattr(self._shell.inspector, name)

    def page(self, name: str, page: Callable[[Any, str, dict[str, str]], None], obj: Any, *args: Any) -> None:
        """In the place of a method of `Inspector` for ``%pdoc`` and its kin."""
        if type(obj) is Place:
            page(self._shell.inspector, str(args[0]) if args else "", fields(obj, 1))
        else:
            self._pages[name](obj, *args)

    def find(self, oname: str, namespaces: Any = None) -> Any:
        """In the place of `InteractiveShell._ofind`, which would evaluate the parts of a name."""
        place = place_of(oname, self._shell.user_ns, self._shell.user_global_ns)
        if place is None or (place.is_interpreter and not place.path):
            return self._find(oname, namespaces)
        from IPython.core.oinspect import OInfo

        return OInfo(ismagic=False, isalias=False, found=True, namespace="Interactive", parent=None, obj=place)

    def info(self, obj: Any, oname: str = "", info: Any = None, detail_level: int = 0) -> Any:
        """In the place of `Inspector.info`."""
        place = Place(obj, [], True) if type(obj) is Var else obj
        if type(place) is not Place:
            return self._info(obj, oname=oname, info=info, detail_level=detail_level)
        from IPython.core.oinspect import InfoDict

        told: dict[str, Any] = dict.fromkeys(InfoDict.__annotations__)
        told.update(name=oname, found=True, isclass=False, isalias=False, ismagic=False, namespace="Interactive")
        return {**told, **fields(place, detail_level)}


def fields(place: Place, detail: int) -> dict[str, str]:
    """As IPython names what it shows."""
    told = place.look("about")
    if not told.get("found"):
        failed = told.get("failed")
        text = f"failed: {failed}" if failed else "nothing is known of it yet"
        return {"type_name": "Var", "string_form": text}
    about: dict[str, str] = told.get("about") or {}
    shown = {
        "type_name": told.get("type", ""),
        "string_form": about.get("text", ""),
        "docstring": about.get("docstring", "<no docstring>"),
        "file": about.get("file", ""),
    }
    if about.get("signature"):
        name = place.path[-1][1] if place.path else ""
        shown["definition"] = f"{name or _name(about)}{about['signature']}"
    if detail and about.get("source"):
        shown["source"] = about["source"]
    return {name: value for name, value in shown.items() if value}


def _definition(inspector: Any, name: str, told: dict[str, str]) -> None:
    print(told.get("definition") or f"No definition header found for {name}")


def _documentation(inspector: Any, name: str, told: dict[str, str]) -> None:
    _show(told.get("docstring"), f"No documentation found for {name}")


def _source(inspector: Any, name: str, told: dict[str, str]) -> None:
    _show(told.get("source"), f"No source found for {name}", inspector.format)


def _file(inspector: Any, name: str, told: dict[str, str]) -> None:
    """Its text is there, and perhaps not here: what is known of it is the source of the object."""
    _show(
        told.get("source"),
        f"No file found for {name}",
        lambda text: f"{told.get('file', '')}\n\n{inspector.format(text)}",
    )


def _show(text: str | None, missing: str, as_shown: Callable[[str], str] = str) -> None:
    if not text:
        print(missing)
        return
    from IPython.core import page

    page.page(as_shown(text))


def _name(about: dict[str, str]) -> str:
    """Of a function or class: the last word of how it is shown."""
    words = about.get("text", "").strip("<>").split(" at ")[0].split()
    return words[1].strip("'").rpartition(".")[2] if len(words) > 1 and words[0] in ("function", "class") else ""

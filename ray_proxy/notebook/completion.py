"""Tab on a Var: members, keys, chains, with and without jedi, which are not asked then: they would send operations."""

from __future__ import annotations

import re
from typing import Any

from .paths import before, place_of

_MEMBER = re.compile(r"\.(\w*)\Z")
_KEY = re.compile(r"""\[\s*(?P<quote>['"]?)(?P<begun>[^'"\[\]]*)\Z""")
_installed: dict[int, Any] = {}
"""Matchers, by the ids of their shells."""


def install(shell: Any) -> None:
    uninstall(shell)
    from IPython.core.completer import SimpleCompletion, context_matcher

    @context_matcher()  # type: ignore[untyped-decorator]
    def ray_proxy_matcher(context: Any) -> dict[str, Any]:
        text = context.line_with_cursor[: context.cursor_position]
        if "\n" not in context.line_with_cursor:
            text = context.text_until_cursor
        found = matches(text, shell.user_ns, shell.user_global_ns)
        if found is None:
            return {"completions": [], "suppress": False}
        fragment, kind, names = found
        return {
            "completions": [SimpleCompletion(text=name, type=kind) for name in names],
            "matched_fragment": fragment,
            "suppress": True,
            "ordered": True,
        }

    _installed[id(shell)] = ray_proxy_matcher
    shell.Completer.custom_matchers.insert(0, ray_proxy_matcher)


def uninstall(shell: Any) -> None:
    matcher = _installed.pop(id(shell), None)
    if matcher in shell.Completer.custom_matchers:
        shell.Completer.custom_matchers.remove(matcher)


def matches(text: str, *namespaces: dict[str, Any]) -> tuple[str, str, list[str]] | None:
    """What may stand at the end of a text: how much of it is there, its kind, and all of it. None: that is about
    nothing remote."""
    member = _MEMBER.search(text)
    if member is not None:
        place = place_of(before(text[: member.start()]), *namespaces)
        return None if place is None else (member[1], "instance", _members(place, member[1]))
    key = _KEY.search(text)
    place = None if key is None else place_of(before(text[: key.start()]), *namespaces)
    if key is None or place is None:
        return None
    quote, begun = key["quote"], key["begun"]
    if not quote and begun and not begun.strip("-").isdigit():
        return None  # a name: ``d[na``
    names = []
    for known in place.look("keys").get("keys", ()):
        shown = known if quote and type(known) is str else repr(known)
        if shown.startswith(begun) and (not quote or type(known) is str):
            names.append(shown)
    return begun, "dict key", names


def _members(place: Any, begun: str) -> list[str]:
    names = list(place.look("members").get("members", ()))
    if not place.is_interpreter and not place.path:
        names += [name for name in ("fetch", "env") if name not in names]
    found = [name for name in names if name.startswith(begun)]
    return found if begun.startswith("_") else [name for name in found if not name.startswith("_")]

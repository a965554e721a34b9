"""Tab on a Var: members, keys, chains, with and without jedi, which are not asked then: they would send operations."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any

from ..var.interface import Var
from .paths import before, opening, place_of

_MEMBER = re.compile(r"\.(\w*)\Z")
_KEY = re.compile(r"""\[\s*(?P<quote>['"]?)(?P<begun>[^'"\[\]]*)\Z""")
_ARGUMENT = re.compile(r"[(,]\s*(\w*)\Z")
_USED = re.compile(r"\b(\w+)\s*=(?!=)")
_PIECE = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[(,]\s*[\w/*]*|[\[{)\]}]""")
"""What counts in a signature: texts, brackets, and the names behind commas."""
_installed: dict[int, _Completion] = {}
"""By the ids of their shells."""


def install(shell: Any) -> None:
    uninstall(shell)
    _installed[id(shell)] = _Completion(shell)


def uninstall(shell: Any) -> None:
    part = _installed.pop(id(shell), None)
    if part is not None:
        part.remove()


class _Completion:
    """What is put into one shell.

    Not as one more matcher: where one finds nothing, or is told not to suppress others, IPython asks all of them.
    """

    def __init__(self, shell: Any) -> None:
        from IPython.core.completer import SimpleCompletion

        self._shell = shell
        self._completion: Callable[..., Any] = SimpleCompletion
        self._complete: Callable[..., Any] = shell.Completer._complete
        shell.Completer._complete = self.complete

    def remove(self) -> None:
        del self._shell.Completer._complete

    def complete(
        self,
        *,
        cursor_line: int,
        cursor_pos: int | None,
        line_buffer: str | None = None,
        text: str | None = None,
        full_text: str | None = None,
    ) -> Any:
        """In the place of `IPCompleter._complete`."""
        line = line_buffer or (full_text.split("\n")[cursor_line] if full_text else text or "")
        namespaces = self._shell.user_ns, self._shell.user_global_ns
        found = matches(line[:cursor_pos], *namespaces)
        if found is None:
            with self._hidden():
                completed = self._complete(
                    cursor_line=cursor_line,
                    cursor_pos=cursor_pos,
                    line_buffer=line_buffer,
                    text=text,
                    full_text=full_text,
                )
            earlier = full_text.split("\n")[:cursor_line] if full_text else []
            fragment, names = parameters("\n".join([*earlier, line[:cursor_pos]]), *namespaces)
            if names:
                completions = [self._completion(text=f"{name}=", type="param") for name in names]
                first = {"completions": completions, "matched_fragment": fragment, "ordered": True}
                completed = {"ray_proxy": first, **completed}
            return completed
        fragment, kind, names = found
        completions = [self._completion(text=name, type=kind) for name in names]
        return {"ray_proxy": {"completions": completions, "matched_fragment": fragment, "ordered": True}}

    @contextlib.contextmanager
    def _hidden(self) -> Iterator[None]:
        """Names of Vars stand for a number: jedi would ask each for its class, to show that beside its name, and knows
        nothing to complete behind ``f(`` where f is None."""
        completer = self._shell.Completer
        before = completer.namespace, completer.global_namespace
        completer.namespace, completer.global_namespace = map(_without_vars, before)
        try:
            yield
        finally:
            completer.namespace, completer.global_namespace = before


def _without_vars(names: dict[str, Any]) -> dict[str, Any]:
    return {name: 0 if type(value) is Var else value for name, value in dict(names).items()}


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


def parameters(text: str, *namespaces: dict[str, Any]) -> tuple[str, list[str]]:
    """The names that may stand at the end of a text, within a call of something remote: ``v.f(1, al``; and how much of
    one is there."""
    begun = _ARGUMENT.search(text)
    at = None if begun is None else opening(text)
    place = None if at is None else place_of(before(text[:at]), *namespaces)
    if begun is None or at is None or place is None or (place.is_interpreter and not place.path):
        return "", []
    about = place.look("about").get("about") or {}
    used = set(_USED.findall(text[at:]))
    names = [name for name in _named(about.get("signature", "")) if name.startswith(begun[1]) and name not in used]
    return begun[1], names


def _named(signature: str) -> list[str]:
    """The names of a signature by which arguments can be given. Defaults and annotations may be any text."""
    names: list[str] = []
    depth = 0
    for part in _PIECE.findall(signature.partition(" -> ")[0]):
        if part[0] in "([{":
            depth += 1
        elif part[0] in ")]}":
            depth -= 1
        elif depth == 1 and part[0] == ",":
            name = part[1:].strip()
            if name == "/":
                names.clear()
            elif name.isidentifier():
                names.append(name)
        if depth == 1 and part[0] == "(":
            name = part[1:].strip()
            names += [name] if name.isidentifier() and name != "self" else []
    return names


def _members(place: Any, begun: str) -> list[str]:
    names = list(place.look("members").get("members", ()))
    if not place.is_interpreter and not place.path:
        names += [name for name in ("fetch", "env") if name not in names]
    found = [name for name in names if name.startswith(begun)]
    return found if begun.startswith("_") else [name for name in found if not name.startswith("_")]

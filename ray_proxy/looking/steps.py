"""From an object along a path, and what is there: what `protocol.Describe` asks for."""

from __future__ import annotations

from typing import Any

from . import asking, describing, reading
from .reading import ABSENT, kind_of, type_name

Path = list[tuple[Any, Any]]
"""Steps: ``("attribute", name)`` or ``("item", key)``."""


def look(obj: object, path: Path, aspect: str, limit: int, lively: bool) -> dict[str, Any]:
    """The answer to a request, where that is the object; `lively`: code of users may run."""
    way: Any = asking if lively else reading
    for kind, key in path:
        obj = way.attribute(obj, key) if kind == "attribute" else way.item(obj, key)
        if obj is ABSENT:
            return {"found": False}
    told: dict[str, Any] = {"found": True, "type": type_name(kind_of(obj))}
    if aspect == "members":
        told["members"] = way.members(obj)[:limit]
    elif aspect == "keys":
        told["keys"] = [_sent(key) for key in way.keys(obj, limit)]
    else:
        about = asking.about if lively else describing.about
        told["about"] = {name: _sent(value) for name, value in about(obj).items()}
    return told


def _sent(value: Any) -> Any:
    """As it can travel."""
    if type(value) is str:
        return value.encode(errors="backslashreplace").decode()
    if type(value) is int and not -(1 << 63) <= value < 1 << 64:
        return str(value)
    return value

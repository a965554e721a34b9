"""The protocol as a JSON Schema (draft 2020-12), for readers and tools of other languages.

It knows the structs of `protocol` and nothing else.
"""

from __future__ import annotations

import inspect
import json
from typing import Any, Union

import msgspec

from .. import protocol
from ..protocol import MAJOR, MINOR, Answer, Control, Frame, Hello, Refused, Welcome

VERSION: str = f"{MAJOR}.{MINOR}"

_NOTE = (
    "What a client and an interpreter of ray-proxy say to each other. On the wire it is MessagePack: where this schema "
    "has a string with contentEncoding base64, a MessagePack bin stands there; a number may also be infinite or NaN, "
    "and an integer lies between -2**63 and 2**64 - 1. Each struct is an array whose first item is its tag; the title "
    "of an item is the name of that field. Items past those listed are of a later minor version, and are ignored. "
    "The meaning of all this is told by docs/protocol.md."
)
_ROOTS: dict[str, tuple[Any, str]] = {
    "hello": (Hello, "The first thing that a client says on a connection."),
    "welcome": (Union[Welcome, Refused], "The interpreter's answer to it."),
    "frame": (Frame, "What a client says from then on, if its role is frames."),
    "answer": (Answer, "What the interpreter says to that."),
    "control": (Control, "What a client says, if its role is control."),
    "status": (dict[str, Any], "What the interpreter says to that."),
}
"""What travels: by its name, how it is decoded and who says it."""


def schema() -> dict[str, Any]:
    """The schema of this version. Validates whatever travels; each kind of it by its anchor, as in ``#frame``."""
    roots, structs = msgspec.json.schema_components([kind for kind, _ in _ROOTS.values()])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:ray-proxy:protocol:{VERSION}",
        "title": f"ray-proxy protocol {VERSION}",
        "version": VERSION,
        "description": _NOTE,
        "anyOf": [
            {"$anchor": name, "description": text, **root} for (name, (_, text)), root in zip(_ROOTS.items(), roots)
        ],
        "$defs": {name: _described(structs[name], getattr(protocol, name)) for name in sorted(structs)},
    }


def text() -> str:
    """The same as a file."""
    return json.dumps(schema(), indent=2) + "\n"


def _described(definition: dict[str, Any], kind: type[msgspec.Struct]) -> dict[str, Any]:
    """With the names of the fields, and the docstring as it reads in any release of Python."""
    tag, *items = definition["prefixItems"]
    return {
        **definition,
        "description": inspect.cleandoc(kind.__doc__ or "").replace("``", "`"),
        "prefixItems": [tag, *({"title": name, **item} for name, item in zip(kind.__struct_fields__, items))],
    }

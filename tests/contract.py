"""Keeps the published protocol true: the tables of docs/protocol.md, and what was frozen of each version.

    python tests/contract.py tables    writes the tables of docs/protocol.md, from protocol.py
    python tests/contract.py freeze    writes tests/schemas/<version>.json, for a version that is not frozen yet

`breaches` knows what a later version may change, as docs/protocol.md says it.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from ray_proxy import protocol
from ray_proxy.interpreter.operators import OPERATORS
from ray_proxy.tools import schema

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "protocol.md"
SCHEMAS = ROOT / "tests" / "schemas"

Schema = dict[str, Any]

# ---------------------------------------------------------------------------------------------- the tables

STRUCTS: dict[str, type[msgspec.Struct]] = {
    kind.__name__: kind for kind in protocol._Tagged.__subclasses__() if kind.__module__ == protocol.__name__
}
UNIONS = {"operand": protocol.Operand, "message": protocol.Message, "result": protocol.Result}
_BLOCK = re.compile(r"(<!-- protocol\.py: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_SCALARS = {bool: "bool", int: "int", float: "float", str: "str", bytes: "bin", bytearray: "bin", type(None): "null"}


def with_tables(page: str) -> str:
    """The page with its tables as protocol.py has them."""
    return _BLOCK.sub(lambda found: found[1] + _block(found[2]) + found[3], page)


def blocks(page: str) -> list[str]:
    """What the page has tables of."""
    return [found[2] for found in _BLOCK.finditer(page)]


def _block(name: str) -> str:
    if name == "version":
        return f"This is version **{schema.VERSION}**.\n"
    if name in UNIONS:
        return f"{_members(UNIONS[name])}.\n"
    kind = STRUCTS[name]
    fields = _fields(kind)
    shape = ", ".join([f'"{kind.__struct_config__.tag}"', *(field for field, _, _ in fields)])
    text = f"`[{shape}]`\n\n{_description(kind)}\n"
    if fields:
        text += "\n| field | type | default |\n| --- | --- | --- |\n"
        text += "".join(f"| `{field}` | {kind} | {default} |\n" for field, kind, default in fields)
    return text


def _description(kind: type[msgspec.Struct]) -> str:
    """The docstring, where structs are called by their tags."""
    text = inspect.cleandoc(kind.__doc__ or "").replace("``", "`")
    return re.sub(r"`(\w+)`", lambda found: _type(STRUCTS[found[1]]) if found[1] in STRUCTS else found[0], text)


def _fields(kind: type[msgspec.Struct]) -> list[tuple[str, str, str]]:
    """Name, type and default of each field."""
    types = get_type_hints(kind, include_extras=True)
    return [
        (field.name, _type(types[field.name]), "" if field.required else f"`{_default(field)}`")
        for field in msgspec.structs.fields(kind)
    ]


def _default(field: Any) -> str:
    made = field.default_factory is not msgspec.NODEFAULT
    return json.dumps(field.default_factory() if made else field.default)


def _type(kind: Any) -> str:
    for name, union in UNIONS.items():
        if kind == union:
            return f"[{name}](#{name}s)"
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        (meta,) = args[1:]
        return f"{_type(args[0])} ≥ {meta.ge}"
    if origin is Union:
        return _members(kind)
    if origin is Literal:
        return " or ".join(f'`"{literal}"`' for literal in args)
    if origin is list:
        return f"array of {_type(args[0])}"
    if origin is dict:
        return f"map of {_type(args[0])} to {_type(args[1])}"
    if origin is tuple:
        return f"pair of {' and '.join(map(_type, args))}"
    if kind in _SCALARS:
        return _SCALARS[kind]
    tag = kind.__struct_config__.tag
    return f"[`{tag}`](#{tag})"


def _members(union: Any) -> str:
    members = [_type(member) for member in get_args(union)]
    return f"{', '.join(members[:-1])} or {members[-1]}"


# ------------------------------------------------------------------------------------- what may be changed


def stored(folder: Path = SCHEMAS) -> dict[tuple[int, int], Schema]:
    """The schemas that were frozen, by version, in order."""
    found = [json.loads(path.read_text()) for path in folder.glob("*.json")]
    return {version(one): one for one in sorted(found, key=version)}


def stored_operators(folder: Path = SCHEMAS) -> dict[tuple[int, int], list[str]]:
    """The names of the operators of each version."""
    return {one: (folder / f"{one[0]}.{one[1]}.operators").read_text().split() for one in stored(folder)}


def version(one: Schema) -> tuple[int, int]:
    major, minor = map(int, one["version"].split("."))
    return major, minor


def bare(one: Any) -> Any:
    """A schema without what is for people, and with its unions in one order: releases of msgspec differ in that."""
    if isinstance(one, list):
        return [bare(item) for item in one]
    if not isinstance(one, dict):
        return one
    plain = {name: bare(value) for name, value in one.items() if name != "description"}
    for name in ("anyOf", "enum"):
        if name in plain:
            plain[name] = sorted(plain[name], key=json.dumps)
    return plain


def breaches(earlier: Schema, later: Schema) -> list[str]:
    """What a peer of the earlier version could not live with in the later one."""
    earlier, later = bare(earlier), bare(later)
    same_major = version(earlier)[0] == version(later)[0]
    found = _breaches_for_ever(earlier["$defs"], later["$defs"])
    if not same_major:
        return found
    for name, before in earlier["$defs"].items():
        after = later["$defs"].get(name)
        found += [f"{name} is gone"] if after is None else _breaches_of(name, before, after)
    roots = {root["$anchor"]: root for root in later["anyOf"]}
    for before in earlier["anyOf"]:
        name = before["$anchor"]
        if name not in roots:
            found.append(f"{name} is gone")
        elif not _takes(roots[name], before):
            found.append(f"{name} is not all that it was")
    return found


def _breaches_for_ever(earlier: Schema, later: Schema) -> list[str]:
    """What even another major may not change: how peers find out that they do not understand each other."""
    found = []
    if earlier["Refused"] != later.get("Refused"):
        found.append("Refused stays the same for ever")
    if earlier["Hello"]["prefixItems"][:3] != later.get("Hello", {"prefixItems": []})["prefixItems"][:3]:
        found.append("the first three elements of Hello stay the same for ever")
    return found


def _breaches_of(struct: str, earlier: Schema, later: Schema) -> list[str]:
    before, after = earlier["prefixItems"], later["prefixItems"]
    found = []
    if before[0] != after[0]:
        found.append(f"{struct} has another tag")
    for at, field in enumerate(before[1:], 1):
        name = f"{struct}.{field['title']}"
        now = after[at] if at < len(after) else None
        if now is None:
            found.append(f"{name} is gone")
        elif now["title"] != field["title"]:
            found.append(f"{struct}.{now['title']} stands where {name} stood")
        elif ("default" in now, now.get("default")) != ("default" in field, field.get("default")):
            found.append(f"{name} has another default")
        elif struct == "Hello" and now != field:
            found.append(f"{name} has another type, and is said before the peer's version is known")
        elif not _takes(now, field):
            found.append(f"{name} does not take all that it took")
    found += [
        f"{struct}.{now['title']} was added without a default" for now in after[len(before) :] if "default" not in now
    ]
    return found


def _takes(later: Schema, earlier: Schema) -> bool:
    """Whether a type is the same as an earlier one, save that unions and enumerations have gained members."""
    drop = {"title", "default", "$anchor"}
    later, earlier = ({name: one[name] for name in one.keys() - drop} for one in (later, earlier))
    if later == earlier:
        return True
    if "anyOf" in later or "anyOf" in earlier:
        now, then = (one.get("anyOf", [one]) for one in (later, earlier))
        return all(any(_takes(new, old) for new in now) for old in then)
    if later.keys() != earlier.keys():
        return False
    return all(_part_takes(name, later[name], earlier[name]) for name in later)


def _part_takes(name: str, later: Any, earlier: Any) -> bool:
    if name == "enum":
        return set(earlier) <= set(later)
    if name == "prefixItems":  # of a pair
        return len(later) == len(earlier) and all(map(_takes, later, earlier))
    if name in ("items", "additionalProperties") and isinstance(later, dict) and isinstance(earlier, dict):
        return _takes(later, earlier)
    return bool(later == earlier)


REMEDY = (
    "a version of the protocol that was frozen is not changed: raise MINOR in ray_proxy/protocol.py, or MAJOR where "
    "docs/protocol.md asks for that, and run: python tests/contract.py freeze"
)


def freeze(folder: Path = SCHEMAS) -> Path:
    """Write down the present version. Raises `SystemExit` where it was written down, or breaks a promise."""
    path = folder / f"{schema.VERSION}.json"
    if path.exists():
        raise SystemExit(f"{path} exists; {REMEDY}")
    present = schema.schema()
    found = [breach for earlier in stored(folder).values() for breach in breaches(earlier, present)]
    if found:
        raise SystemExit(f"version {schema.VERSION} breaks what earlier ones have promised: {'; '.join(found)}")
    folder.mkdir(exist_ok=True)
    path.write_text(schema.text())
    path.with_suffix(".operators").write_text("".join(f"{name}\n" for name in sorted(OPERATORS)))
    return path


if __name__ == "__main__":
    if sys.argv[1:] == ["tables"]:
        PAGE.write_text(with_tables(PAGE.read_text()))
    elif sys.argv[1:] == ["freeze"]:
        print(freeze())
    else:
        raise SystemExit(__doc__)

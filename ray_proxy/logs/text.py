"""Messages, operands and values as people read them: ``v9 = v3 + 1``.

What stands in a log does nothing to a terminal, and is shortened. No pickle is loaded.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Any

from .. import protocol
from ..errors import printable
from ..protocol import Applied, Bulk, Bytes, Declined, Items, Kept, Message, Pickled, Ref, Stored
from .opcodes import pickled_type

Place = tuple[str, int, str]
"""A line of code: file, line, function."""
_LONGEST = 60
"""Characters of a scalar that are shown."""
MOST_LISTED = 1000
"""So many operands, or items, are shown."""
LONGEST_ERROR = 600
"""Characters of an error's text, or of a refusal, that are shown."""
_BINARY = {
    "add": "+", "sub": "-", "mul": "*", "matmul": "@", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**",
    "lshift": "<<", "rshift": ">>", "and": "&", "or": "|", "xor": "^",
}  # fmt: skip
_COMPARED = {"eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">="}
_FORMS: dict[tuple[str, int], str] = {
    **{(op, 2): f"{{}} {sign} {{}}" for op, sign in {**_BINARY, **_COMPARED}.items()},
    **{(f"i{op}", 2): f"({{}} {sign}= {{}})" for op, sign in _BINARY.items()},
    **{(op, 1): f"{sign}{{}}" for op, sign in (("neg", "-"), ("pos", "+"), ("invert", "~"))},
    **{(op, 1): f"{{}}.__{op}__()" for op in ("enter", "aenter", "anext")},
    **{(op, 2): f"{{}}.__{op}__({{}})" for op in ("exit", "aexit")},
    ("truth", 1): "bool({})",
    ("contains", 2): "{1} in {0}",
    ("getitem", 2): "{}[{}]",
    ("setitem", 3): "{}[{}] = {}",
    ("delitem", 2): "del {}[{}]",
    ("setattr", 3): "{}.{} = {}",
    ("delattr", 2): "del {}.{}",
}
"""How operators with so many operands are written; all others, as a call of a method or function."""


def render(message: Message) -> str:
    """A message as a statement: ``v9 = v3 + 1``."""
    id: Any = getattr(message, "id", 0)
    text = _EXPRESSIONS[type(message)](message)
    return f"v{id} = {text}" if id and not isinstance(message, protocol.Iter) else text


def show(value: Any) -> str:
    """An operand, or a value of a reply."""
    if isinstance(value, Ref):
        return f"v{value.id}"
    if isinstance(value, Bytes):
        return shorten(repr(value.data))
    if isinstance(value, Pickled):
        size = len(value.data) + sum(map(len, value.buffers))
        return f"<{printable(pickled_type(value.data))}, {size:,} bytes>"
    if isinstance(value, Bulk):
        return f"<a bulk value, {value.size:,} bytes>"
    if isinstance(value, Stored):
        return "<an ObjectRef>"
    if isinstance(value, Kept):
        return "…"
    if isinstance(value, Declined):
        return "NotImplemented"
    if isinstance(value, Applied):
        older = (f"{older.module} is newer there" for older in value.older)
        words = chain([value.edits] if value.edits else [], value.notes, older)
        return shorten(listed(words, bool(value.edits) + len(value.notes) + len(value.older)), LONGEST_ERROR)
    if isinstance(value, Items):
        told = map(show, value.values)
        texts = (f"({', '.join(item)})" for item in zip(*[told] * value.parts)) if value.parts else told
        items = listed(texts, len(value.values) // (value.parts or 1))
        return f"[{shorten(items)}]" if value.end else f"[{shorten(items)}] and more"
    return shorten(repr(value))


def shorten(text: str, longest: int = 2 * _LONGEST) -> str:
    """On one line, of a length that can be read."""
    text = text if len(text) <= longest else f"{text[: longest // 2]}…{text[-longest // 4 :]}"
    return printable(text)


def located(place: Place | None, path: bool = False, function: bool = False) -> str:
    """A line of code, in brackets; with the whole path of its file, and with its function, if these are wanted."""
    if place is None:
        return ""
    file = shorten(place[0] if path else os.path.basename(place[0]), LONGEST_ERROR)
    return f"({file}:{place[1]} in {shorten(place[2])})" if function else f"({file}:{place[1]})"


def listed(texts: Iterator[str], count: int) -> str:
    """Texts, one after the other, as long as somebody may read them."""
    rest = [f"… and {count - MOST_LISTED:,} more"] if count > MOST_LISTED else []
    return ", ".join([*islice(texts, MOST_LISTED), *rest])


def _call(message: protocol.Call) -> str:
    named = (f"{shorten(name)}={show(value)}" for name, value in message.kwargs.items())
    arguments = listed(chain(map(show, message.args), named), len(message.args) + len(message.kwargs))
    return f"{show(message.function)}({arguments})"


def _op(message: protocol.Op) -> str:
    op, args = message.op, [show(arg) for arg in message.args[:MOST_LISTED]]
    if len(args) < len(message.args):
        args.append(f"… and {len(message.args) - len(args):,} more")
    if op in ("setattr", "delattr") and len(args) > 1 and isinstance(message.args[1], str):
        args[1] = shorten(message.args[1])
    form = _FORMS.get((op, len(args)))
    if form is not None:
        return form.format(*args)
    if op.startswith("__") and args:
        return f"{args[0]}.{shorten(op)}({', '.join(args[1:])})"
    return f"{shorten(op)}({', '.join(args)})"


def _iter(message: protocol.Iter) -> str:
    source = show(message.obj)
    if message.start < 0:
        return f"next {message.count} of {source} as v{message.id}…"
    return f"{source}[{message.start}:{message.start + message.count}] as v{message.id}…"


def _fetch(message: protocol.Fetch) -> str:
    how = {"value": "", "move": " for another interpreter", "ref": " as an ObjectRef"}[message.form]
    return f"fetch {show(message.obj)}{how}"


def _code(message: protocol.Code) -> str:
    names = [shorten(module.name) for module in message.modules]
    names += [f"{shorten(told.package)}/{shorten(told.path)}" for told in message.resources]
    names += [f"no {shorten(name)}" for name in message.absent]
    return f"{'push' if message.push else 'code'} {listed(iter(names), len(names))}"


def _token(text: str) -> str:
    return printable(text if len(text) <= 20 else f"{text[:8]}…{text[-4:]}")


_EXPRESSIONS: dict[type, Callable[[Any], str]] = {
    protocol.Put: lambda message: show(message.value),
    protocol.GetAttr: lambda message: f"{show(message.obj)}.{shorten(message.name)}",
    protocol.Call: _call,
    protocol.Op: _op,
    protocol.Iter: _iter,
    protocol.Fetch: _fetch,
    protocol.Del: lambda message: (
        "del " + listed((f"v{id}" for id in message.ids), len(message.ids)) if message.ids else "sync"
    ),
    protocol.Import: lambda message: f"import {shorten(message.module)}",
    protocol.SetNamed: lambda message: f"env[{show(message.name)}] = {show(message.value)}",
    protocol.GetNamed: lambda message: f"env[{show(message.name)}]",
    protocol.DelNamed: lambda message: f"del env[{show(message.name)}]",
    protocol.Names: lambda message: "list(env)",
    protocol.Lease: lambda message: f"lease {show(message.obj)} as {_token(message.token)}",
    protocol.Claim: lambda message: f"claim {_token(message.token)}",
    protocol.Clear: lambda message: "del all variables",
    protocol.Fork: lambda message: f"keep all variables for a fork as {_token(message.token)}",
    protocol.Inherit: lambda message: f"inherit {_token(message.token)}",
    protocol.Release: lambda message: f"release {_token(message.token)}",
    protocol.Code: _code,
    protocol.Forget: lambda message: f"forget {len(message.tokens)} functions or classes",
}

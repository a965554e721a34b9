"""A log as people read it: its operations, one after the other, each a line; and where two logs part.

Operations are numbered from 1 in the order of their answers, over all clients. Nothing of a log is executed here, and
no pickle is loaded: of a pickled operand its type is read off the pickle's opcodes, and its size is told.
"""

from __future__ import annotations

import builtins
import hashlib
import math
import os
import pickletools
import re
from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Any, NamedTuple

from msgspec import Struct

from .. import protocol
from ..errors import StaleVarError, printable
from ..protocol import Bulk, Bytes, Declined, Error, Items, Kept, Message, Pickled, Ref, Refused, Stored
from .log import Digest, Ended, Frames, Left, Log, Opened, Part, Record, Recovered, Restored, Step, Stopped, Value
from .naming import Name, Sessions, Variables, masked_pickle, taken_out
from .sameness import masked

Place = tuple[str, int, str]
"""A line of code: file, line, function."""
_LONGEST = 60
"""Characters of a scalar that are shown."""
_MOST_LISTED = 1000
"""So many operands, or items, are shown."""
_LONGEST_ERROR = 600
"""The same of an error's text, and of a refusal."""


class Operation(NamedTuple):
    """A message of a log, and what became of it.

    `client` counts the sessions of the log from 1. `value` is what was asked for, or rode along; `UNTOLD` where
    there is none. `error` is its failure, `first` whether it is where the error first happened. `refused` is why its
    frame was not executed. Neither of them, and not `answered`: nobody knows what became of it.
    """

    number: int
    time: float
    seconds: float
    """From the sending, or the beginning, of its frame to the answer."""
    client: int
    session: str
    frame: int
    at: int
    """Its index in the frame."""
    message: Message | None
    """None: the frame cannot be read."""
    place: Place | None
    answered: bool
    value: Any
    error: Error | None
    first: bool
    refused: str | None

    def __str__(self) -> str:
        return "  ".join(filter(None, (self.line(), self.where())))

    def line(self, who: str = "") -> str:
        """What was asked for, and what came of it: ``#17 v9 = v3 + 1 -> 11``."""
        return f"#{self.number} {who}{self.text} {self.outcome}".rstrip()

    def where(self, path: bool = False, function: bool = False) -> str:
        """The line of code that asked for it: ``(train.py:13)``; empty where that is not known."""
        return located(self.place, path, function)

    @property
    def failed(self) -> bool:
        return self.error is not None or self.refused is not None

    def concerns(self, variable: int) -> bool:
        """Whether it makes, uses or deletes the variable of that id."""
        message = self.message
        if isinstance(message, protocol.Del):
            return variable in message.ids
        return variable in made(message) or variable in references(message)

    def ids(self) -> tuple[int, int] | None:
        """The lowest and the highest id of the variables that it makes, uses or deletes; None: of none."""
        new = made(self.message)
        of_new = (new[0], new[-1]) if new else ()
        deleted = self.message.ids if isinstance(self.message, protocol.Del) else ()
        ids = [*of_new, *deleted, *references(self.message)]
        return (min(ids), max(ids)) if ids else None

    def as_dict(self) -> dict[str, Any]:
        """As JSON can say it: scalars stand for themselves, any other value is an object with its `kind`."""
        error, place = self.error, self.place
        return {
            "number": self.number,
            "time": self.time,
            "seconds": self.seconds,
            "client": self.client,
            "session": self.session,
            "frame": self.frame,
            "message": self.at,
            "kind": None if self.message is None else type(self.message).__name__,
            "text": self.text,
            "id": getattr(self.message, "id", None),
            "references": list(references(self.message)),
            "place": None if place is None else {"file": place[0], "line": place[1], "function": place[2]},
            "answered": self.answered,
            "outcome": self.outcome,
            "value": None if self.value is UNTOLD else _as_json(self.value),
            "error": error and {"type": error.type_name, "text": error.text, "traceback": error.traceback},
            "first": self.first,
            "refused": self.refused,
        }

    @property
    def text(self) -> str:
        """What was asked for: ``v9 = v3 + 1``."""
        return "a frame that cannot be read" if self.message is None else render(self.message)

    @property
    def outcome(self) -> str:
        """What came of it: ``-> 11``, ``!! ZeroDivisionError('division by zero')``, or nothing that is worth a word."""
        value, id = self.value, getattr(self.message, "id", None)
        if self.refused is not None:
            return f"!! refused: {shorten(self.refused, _LONGEST_ERROR)}"
        if self.error is not None:
            return f"!! {shorten(self.error.text, _LONGEST_ERROR)}" + ("" if self.first else " (of an operand)")
        if not self.answered:
            return "?? never answered"
        if value is UNTOLD or (id and not isinstance(value, (Items, Declined))):
            return ""  # it is in its variable
        return f"-> {show(value)}"


UNTOLD: Any = type("UNTOLD", (), {"__repr__": lambda self: "UNTOLD"})()


class Note(NamedTuple):
    """What has happened beside the operations, in words; `client` is 0 where it concerns none of them."""

    time: float
    text: str
    client: int = 0
    name: str = ""
    """How a client that begins calls itself."""


def operations(log: Log | str | os.PathLike[str]) -> Iterator[Operation]:
    """The operations of a log, or of that in a file, as a stream. Raises `LogError`."""
    log = log if isinstance(log, Log) else Log(log)
    return (event for event in events(log) if isinstance(event, Operation))


def events(log: Log) -> Iterator[Operation | Note]:
    """The operations of a log, and what else has happened."""
    frames = Frames(log)
    for record in log:
        step = frames.take(record)
        if step is not None:
            yield from operations_of(step)
        elif not isinstance(record, (Part, Value, Left)):
            yield from _notes(record, frames)
    for step in frames.rest():
        yield from operations_of(step)


def _notes(record: Record, frames: Frames) -> Iterator[Note]:
    if isinstance(record, Opened):
        client = frames.client(record.session)
        yield Note(record.time, f"client {client} is {shorten(record.client)}", client, record.client)
    elif isinstance(record, Ended):
        client = frames.client(record.session)
        yield Note(record.time, f"client {client} has gone", client)
    elif isinstance(record, Recovered):
        yield Note(record.time, "the process of the interpreter died; a new one has rebuilt its state")
    elif isinstance(record, Restored):
        yield Note(record.time, "restored in a new interpreter")
    elif isinstance(record, Stopped) and record.reason:
        yield Note(record.time, f"the recording stops: {shorten(record.reason, _LONGEST_ERROR)}")


def operations_of(step: Step) -> Iterator[Operation]:
    """The operations of a step."""
    frame, answer, client, session = step.frame, step.answer, step.client, step.session
    refused = answer.reason if isinstance(answer, Refused) else None
    seconds = step.seconds
    answered = answer is not None
    if frame is None:
        number = 0 if answer is None else answer.frame
        yield Operation(
            step.number, step.sent, seconds, client, session, number, 0, None, None, answered, UNTOLD, None, False,
            refused,
        )  # fmt: skip
        return
    values, failures = outcomes(answer)
    lines, places = frame.lines, frame.places
    for index in range(step.start, step.stop):
        line = lines[index] if index < len(lines) else 0
        place = places[line - 1] if 0 < line <= len(places) else None
        error = failures.get(index)
        first = error is not None and (error.session, error.frame, error.message) == (session, frame.number, index)
        yield Operation(
            step.number + index - step.start, step.sent, seconds, client, session, frame.number, index,
            frame.messages[index], place, answered, values.get(index, UNTOLD), error, first, refused,
        )  # fmt: skip


def outcomes(answer: Any) -> tuple[dict[int, Any], dict[int, Error]]:
    """Values and errors of a reply, by the index of their message."""
    if not isinstance(answer, protocol.Reply):
        return {}, {}
    return dict(answer.values), {index: answer.errors[at] for index, at in answer.failures}


# ------------------------------------------------------------------------------------------------ text

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
    if isinstance(value, Items):
        items = _listed(map(show, value.values), len(value.values))
        return f"[{shorten(items)}]" if value.end else f"[{shorten(items)}] and more"
    return shorten(repr(value))


def references(message: Any) -> Iterator[int]:
    """Ids of the variables that a message names as its operands, or inside of them."""
    for operand in _operands(message):
        if isinstance(operand, Ref):
            yield operand.id
        elif isinstance(operand, Pickled) and b"resolve" in operand.data:
            yield from _read_off(operand.data)[1]


def made(message: Any) -> range:
    """Ids of the variables that a message makes."""
    id: int = getattr(message, "id", 0)
    return range(id, id + (message.count if isinstance(message, protocol.Iter) else 1)) if id else range(0)


def _operands(message: Any) -> list[Any]:
    operands = [getattr(message, name, None) for name in ("obj", "value", "function")]
    return [*operands, *getattr(message, "args", ()), *getattr(message, "kwargs", {}).values()]


def _as_json(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"kind": "float", "text": show(value)}
    if isinstance(value, Items):
        return {"kind": "items", "values": [_as_json(item) for item in value.values], "end": value.end}
    return {"kind": type(value).__name__.lower(), "text": show(value)}


def shorten(text: str, longest: int = 2 * _LONGEST) -> str:
    """On one line, of a length that can be read."""
    text = text if len(text) <= longest else f"{text[: longest // 2]}…{text[-longest // 4 :]}"
    return printable(text)


def located(place: Place | None, path: bool = False, function: bool = False) -> str:
    """A line of code, in brackets; with the whole path of its file, and with its function, if these are wanted."""
    if place is None:
        return ""
    file = shorten(place[0] if path else os.path.basename(place[0]), _LONGEST_ERROR)
    return f"({file}:{place[1]} in {shorten(place[2])})" if function else f"({file}:{place[1]})"


def _listed(texts: Iterator[str], count: int) -> str:
    """Texts, one after the other, as long as somebody may read them."""
    rest = [f"… and {count - _MOST_LISTED:,} more"] if count > _MOST_LISTED else []
    return ", ".join([*islice(texts, _MOST_LISTED), *rest])


def _call(message: protocol.Call) -> str:
    named = (f"{shorten(name)}={show(value)}" for name, value in message.kwargs.items())
    arguments = _listed(chain(map(show, message.args), named), len(message.args) + len(message.kwargs))
    return f"{show(message.function)}({arguments})"


def _op(message: protocol.Op) -> str:
    op, args = message.op, [show(arg) for arg in message.args[:_MOST_LISTED]]
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
        "del " + _listed((f"v{id}" for id in message.ids), len(message.ids)) if message.ids else "sync"
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
    protocol.Forget: lambda message: f"forget {len(message.tokens)} functions or classes",
}


# ---------------------------------------------------------------------------------------------- pickles


def pickled_type(data: bytes) -> str:
    """What can be told of a pickle's value without loading it: the name of its type, or else ``pickle``.

    Of a class or function that is pickled by its name, ``global`` and that. Where a function makes the value, and is
    none that is well known, its name stands for that of the type.
    """
    return _read_off(data)[0]


class _Known(NamedTuple):
    """What is known of an object inside a pickle."""

    type: str
    scalar: str | int | None = None
    """What it is, if it is a str or an int."""
    items: tuple[_Known, ...] = ()
    """Of a tuple."""
    name: str = ""
    """By which it is pickled, a class or function."""
    makes: str = "pickle"
    """The type of what it makes when it is called."""


def _read_off(data: bytes) -> tuple[str, list[int]]:
    """The type of a pickle's value, and the ids of the variables in it.

    Of a pickle with very many opcodes only the first are looked at one by one: the type is then told by how it begins
    and ends, and every int that a function is called with counts as a variable's id.
    """
    stack: list[_Known] = []
    marks: list[int] = []
    memo: dict[int, _Known] = {}
    variables: list[int] = []
    try:
        for number, (code, argument, at) in enumerate(pickletools.genops(data)):
            name = code.name
            if number == _MOST_OPCODES:
                calls = _IDS.finditer(data, max(0, (at or 0) - _LONGEST_CALL)) if b"resolve" in data else ()
                variables += [int.from_bytes(found[found.lastindex or 0], "little") for found in calls]
                return _type_of_many(stack, data), variables
            if name in _SCALARS:
                kind = _SCALARS[name] or type(argument).__name__
                stack.append(_Known(kind, argument if isinstance(argument, (str, int)) else None))
            elif name == "MEMOIZE":
                memo[len(memo)] = stack[-1]
            elif name in _GETS:
                stack.append(memo[int(argument)])  # type: ignore[arg-type]
            elif name in _PUTS:
                memo[int(argument)] = stack[-1]  # type: ignore[arg-type]
            elif name == "MARK":
                marks.append(len(stack))
            elif name in _TAKE:
                count, kind = _TAKE[name]
                at = marks.pop() if count is None else len(stack) - count
                items = tuple(stack[at:])
                del stack[at:]
                if kind:
                    stack.append(_Known(kind, None, items if kind == "tuple" else ()))
            elif name == "STACK_GLOBAL":
                stack[-2:] = [_global(str(stack[-2].scalar), str(stack[-1].scalar))]
            elif name == "GLOBAL":
                stack.append(_global(*str(argument).split(" ", 1)))
            elif name in ("REDUCE", "NEWOBJ", "NEWOBJ_EX"):
                *_, function, arguments = stack[:-1] if name == "NEWOBJ_EX" else stack
                del stack[-3 if name == "NEWOBJ_EX" else -2 :]
                stack.append(_called(function, arguments.items, variables))
            elif name == "DUP":
                stack.append(stack[-1])
            elif name == "STOP":
                return stack[-1].type, variables
            elif name not in ("PROTO", "FRAME", "READONLY_BUFFER"):
                break
    except Exception:  # of whatever is in bytes that are no pickle
        pass
    return "pickle", variables


def _type_of_many(stack: list[_Known], data: bytes) -> str:
    """The type of a value whose pickle is at work for long: most often it was begun first, and is filled until the end.

    A value that is called into being, or taken from the memo, in the end may be anything.
    """
    end = data[:-1].removesuffix(b"\x94")[-1:]  # what it is memoized by
    if end in _ENDS:
        return _ENDS[end]
    first = stack[0].type if stack else ""
    return "pickle" if end not in _FILLS or first.startswith("global ") else first or "pickle"


def _called(function: _Known, arguments: tuple[_Known, ...], variables: list[int]) -> _Known:
    """What a class or function makes of these arguments."""
    if function.name == _VARIABLE:
        variables += [argument.scalar for argument in arguments if isinstance(argument.scalar, int)]
    elif function.name == "cloudpickle.cloudpickle._builtin_type":
        return _global("types", str(arguments[0].scalar))
    elif function.name in _CLASSES:  # of such a name
        return _Known("type", makes=str(arguments[1].scalar))
    return _Known(function.makes)


def _global(module: str, name: str) -> _Known:
    if module in ("builtins", "__builtin__"):
        kind = getattr(builtins, name, None)
        is_class = isinstance(kind, type) and kind is not reversed  # that makes one of several types
        return _Known(f"global {name}", name=name, makes=name if is_class else "pickle")
    name = f"{module}.{name}"
    return _Known(f"global {name}", name=name, makes=_RESULTS.get(name, name))


_MOST_OPCODES = 5000
"""So many of a pickle are looked at one by one, which takes some milliseconds."""
_ENDS = {**dict.fromkeys((b"t", b"\x85", b"\x86", b"\x87"), "tuple"), b"\x91": "frozenset"}
"""Opcodes that make of all there is the value…"""
_FILLS = {b"a", b"e", b"s", b"u", b"\x90", b"b"}
"""… and those that put something into it."""
_FRAMING = rb"(?:\x95.{8})?"
_INTS = [rb"K(.)", rb"M(..)", rb"J(.{4})", *(b"\x8a%c(.{%d})" % (size, size) for size in range(5, 10))]
_IDS = re.compile(
    rb"(?=(?:" + b"|".join(_INTS) + rb")" + _FRAMING + rb"\x85(?:\x94|q.|r.{4})?" + _FRAMING + rb"R)", re.DOTALL
)
"""A call with an int, as that which gives a variable…"""
_LONGEST_CALL = 50
"""… and so many bytes are enough for it."""
_VARIABLE = "ray_proxy.pickling.resolve"
_GETS = {"GET", "BINGET", "LONG_BINGET"}
_PUTS = {"PUT", "BINPUT", "LONG_BINPUT"}
_SCALARS = {
    **dict.fromkeys(("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4"), ""),
    **dict.fromkeys(("STRING", "BINSTRING", "SHORT_BINSTRING"), "str"),
    **dict.fromkeys(("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"), "str"),
    **dict.fromkeys(("BINBYTES", "SHORT_BINBYTES", "BINBYTES8"), "bytes"),
    "BYTEARRAY8": "bytearray", "NEXT_BUFFER": "buffer", "NONE": "NoneType", "NEWTRUE": "bool", "NEWFALSE": "bool",
    "FLOAT": "float", "BINFLOAT": "float", "EMPTY_LIST": "list", "EMPTY_TUPLE": "tuple", "EMPTY_DICT": "dict",
    "EMPTY_SET": "set",
}  # fmt: skip
"""Opcodes that add an object, with its type; empty: the type of their argument."""
_TAKE: dict[str, tuple[int | None, str]] = {
    "APPENDS": (None, ""), "SETITEMS": (None, ""), "ADDITEMS": (None, ""), "POP_MARK": (None, ""),
    "TUPLE": (None, "tuple"), "LIST": (None, "list"), "DICT": (None, "dict"), "FROZENSET": (None, "frozenset"),
    "POP": (1, ""), "APPEND": (1, ""), "BUILD": (1, ""), "SETITEM": (2, ""),
    "TUPLE1": (1, "tuple"), "TUPLE2": (2, "tuple"), "TUPLE3": (3, "tuple"),
}  # fmt: skip
"""Opcodes that take so many objects, or all above the last mark (None), and what they make of them."""
_CLASSES = {f"cloudpickle.cloudpickle._make_skeleton_{kind}" for kind in ("class", "enum")}
_RESULTS = {
    "cloudpickle.cloudpickle._make_function": "function",
    "cloudpickle.cloudpickle.subimport": "module",
    "cloudpickle.cloudpickle.dynamic_subimport": "module",
    "copyreg._reconstructor": "pickle",
    "types.MethodType": "method",
    "re._compile": "re.Pattern",
    "array._array_reconstructor": "array.array",
    "numpy._core.numeric._frombuffer": "numpy.ndarray",
    "numpy.core.numeric._frombuffer": "numpy.ndarray",
    "numpy._core.multiarray._reconstruct": "numpy.ndarray",
    "numpy.core.multiarray._reconstruct": "numpy.ndarray",
    "numpy._core.multiarray.scalar": "numpy.generic",
    "numpy.core.multiarray.scalar": "numpy.generic",
    "torch._utils._rebuild_tensor_v2": "torch.Tensor",
    _VARIABLE: "Var",
}
"""Types of what well known functions make that pickles call."""


# ---------------------------------------------------------------------------------------------- difference


class Parting(NamedTuple):
    """Where two logs part: the last operations that they share, and the first that each has on its own."""

    shared: list[Operation]
    ours: Operation | None
    theirs: Operation | None


def part(ours: Log, theirs: Log, context: int = 3) -> Parting | None:
    """Where two logs part; None: nowhere.

    Variables are the same where they have come in the same order, in each session; what their ids are does not matter.
    Not compared are times, lines of code, tokens, addresses (``0x7f…``), and when variables were deleted.
    """
    shared: deque[Operation] = deque(maxlen=context)
    one, two = _compared(ours), _compared(theirs)
    while True:
        a, b = next(one, None), next(two, None)
        if a is None and b is None:
            return None
        if a is None or b is None or not a.is_like(b):
            return Parting(list(shared), a and a.operation, b and b.operation)
        shared.append(a.operation)


class _Compared(NamedTuple):
    """An operation, and what is compared of it."""

    operation: Operation
    asked: Any
    value: Any

    def is_like(self, other: _Compared) -> bool:
        if self.asked != other.asked:
            return False
        # Whether the value of a variable rides along depends on when that was deleted.
        told = UNTOLD not in (self.operation.value, other.operation.value)
        return self.value == other.value or (not told and bool(getattr(self.operation.message, "id", 0)))


def _compared(log: Log) -> Iterator[_Compared]:
    frames, contents = Frames(log), _Contents()
    for record in log:
        if isinstance(record, Ended) and not frames.waits(record.session):
            contents.sessions.end(record.session)
        step = frames.take(record)
        contents.take(record)
        if step is not None:
            yield from _compared_of(step, contents)
    for step in frames.rest():
        yield from _compared_of(step, contents)


def _compared_of(step: Step, contents: _Contents) -> Iterator[_Compared]:
    texts: dict[int, str] = {}
    """Of errors, without addresses: very many messages may have failed with the same one."""
    for operation in operations_of(step):
        message, variables = operation.message, contents.sessions.of(operation.session)
        if isinstance(message, (protocol.Del, protocol.Forget)):
            continue
        contents.sessions.take(operation.session, message)
        asked = contents.of(message, variables)
        error: Any = operation.error
        if error is not None:
            if id(error) not in texts:
                texts[id(error)] = _text_of(error, variables)
            error = error.type_name, texts[id(error)], operation.first
        what = (operation.client, operation.answered, operation.refused, error, asked)
        yield _Compared(operation, what, contents.of(operation.value, variables))


def _text_of(error: Error, variables: Variables) -> str:
    text = masked(error.text)
    if error.type_name == _STALE:  # it tells the id
        text = _VARIABLE_OF.sub(lambda found: f"variable {variables.name(int(found[1]))}", text)
    return text


_STALE = f"{StaleVarError.__module__}.{StaleVarError.__qualname__}"
_VARIABLE_OF = re.compile(r"\bvariable (\d{1,19})\b", re.ASCII)


class _Contents:
    """What is compared of messages and values; bulk values are known by their digests."""

    def __init__(self) -> None:
        self.sessions: Sessions = Sessions()
        self._parts: dict[str, Digest] = {}
        self._digests: dict[str, str] = {}

    def take(self, record: Record) -> None:
        """Note what this record tells of a bulk value, or of who has which variables."""
        if isinstance(record, Part):
            self._parts.setdefault(record.token, Digest()).add(record.buffer, record.data)
        elif isinstance(record, Value):
            self._digests[record.token] = self._parts.pop(record.token, Digest()).text(record.buffers)
        elif isinstance(record, Left):
            self._digests[record.token] = record.digest
        elif isinstance(record, Restored):
            self.sessions.keep(record.session, record.token)

    def of(self, value: Any, variables: Variables) -> Any:
        if isinstance(value, Ref):
            return Ref, variables.name(value.id)
        if isinstance(value, Pickled):
            data, ids = taken_out(value.data)
            return "pickled", masked_pickle(data), [variables.name(id) for id in ids], value.buffers
        if isinstance(value, Bulk):
            return "bulk", value.size, self._digests.pop(value.token, None)
        if isinstance(value, Struct):
            names = [name for name in value.__struct_fields__ if name not in ("id", "token", "owner")]
            return type(value), _made(value, variables), [self.of(getattr(value, name), variables) for name in names]
        if isinstance(value, list):
            few = len(value) <= _MOST_LISTED
            return [self.of(item, variables) for item in value] if few else self._of_many(value, variables)
        if isinstance(value, dict):
            return {name: self.of(item, variables) for name, item in sorted(value.items())}
        if isinstance(value, str):
            return masked(value)
        return type(value), repr(value)  # by which 1, 1.0 and True differ, and nan does not

    def _of_many(self, values: list[Any], variables: Variables) -> tuple[int, bytes]:
        """Of very many, so that they take no memory."""
        whole = hashlib.blake2b(digest_size=16)
        for value in values:
            whole.update(repr(self.of(value, variables)).encode(errors="backslashreplace") + b"\n")
        return len(values), whole.digest()


def _made(message: Any, variables: Variables) -> Name | None:
    """The variables that a message makes, by their order."""
    id: int = getattr(message, "id", 0)
    if not id:
        return None
    return variables.make_items(id, message.count) if isinstance(message, protocol.Iter) else variables.make(id)

"""A log as people read it: its operations, one after the other, each a line; and where two logs part.

Operations are numbered from 1 in the order of their answers, over all clients. Nothing of a log is executed here, and
no pickle is loaded: of a pickled operand its type is read off the pickle's opcodes, and its size is told.
"""

from __future__ import annotations

import pickletools
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from . import protocol
from .logs import Ended, Frames, Log, Opened, Recovered, Restored, Step, Stopped
from .protocol import (
    Bulk,
    Bytes,
    Declined,
    Error,
    Items,
    Kept,
    Message,
    Pickled,
    Ref,
    Refused,
    Stored,
)

Place = tuple[str, int, str]
"""A line of code: file, line, function."""
_LONGEST = 60
"""Characters of a scalar that are shown."""


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
    place: Place | None
    answered: bool
    value: Any
    error: Error | None
    first: bool
    refused: str | None

    @property
    def failed(self) -> bool:
        return self.error is not None or self.refused is not None

    def concerns(self, variable: int) -> bool:
        """Whether it makes, uses or deletes the variable of that id; inside a pickle it would not be seen."""
        message = self.message
        if isinstance(message, protocol.Del):
            return variable in message.ids
        if isinstance(message, protocol.Iter) and message.id <= variable < message.id + message.count:
            return True
        return getattr(message, "id", 0) == variable or variable in references(message)

    def as_dict(self) -> dict[str, Any]:
        """As JSON can say it."""
        error = self.error
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
            "place": None if self.place is None else dict(zip(("file", "line", "function"), self.place)),
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
        if self.refused is not None:
            return f"!! refused: {self.refused}"
        if self.error is not None:
            return f"!! {shorten(self.error.text)}" + ("" if self.first else " (of an operand)")
        if not self.answered:
            return "?? never answered"
        keeps_variable = bool(getattr(self.message, "id", 0)) and not isinstance(self.value, Items)
        if self.value is UNTOLD or keeps_variable:
            return ""
        return f"-> {show(self.value)}"


UNTOLD: Any = type("UNTOLD", (), {"__repr__": lambda self: "UNTOLD"})()


def operations(log: Log) -> Iterator[Operation]:
    """The operations of a log, as a stream."""
    return (event for event in events(log) if isinstance(event, Operation))


def events(log: Log) -> Iterator[Operation | str]:
    """The operations of a log, and what else has happened, in words."""
    frames = Frames()
    numbers = Numbers()
    for record in log:
        if type(record) is Opened:
            yield f"client {numbers.client(record.session)} is {record.client}"
        elif type(record) is Ended:
            yield f"client {numbers.client(record.session)} has gone"
        elif type(record) is Recovered:
            yield "the process of the interpreter died; a new one has rebuilt its state"
        elif type(record) is Restored:
            yield "restored in a new interpreter"
        elif type(record) is Stopped and record.reason:
            yield f"the recording stops: {record.reason}"
        step = frames.take(record)
        if step is not None:
            yield from numbers.operations(step)
    for left in frames.unanswered():
        if left.frame is not None:
            stop = len(left.frame.messages)
            step = Step(left.session, left.frame, left.answered, stop, None, left.time, 0.0)
            yield from numbers.operations(step)


class Numbers:
    """Numbers operations and clients."""

    def __init__(self) -> None:
        self.last = 0
        self._clients: dict[str, int] = {}

    def client(self, session: str) -> int:
        return self._clients.setdefault(session, len(self._clients) + 1)

    def operations(self, step: Step) -> Iterator[Operation]:
        """The operations of a step."""
        frame, answer = step.frame, step.answer
        refused = answer.reason if isinstance(answer, Refused) else None
        if frame is None:
            self.last += 1
            number = answer.frame if isinstance(answer, Refused) else 0
            yield self._operation(step, number, 0, None, None, UNTOLD, None, refused)
            return
        values, failures = outcomes(answer)
        for index in range(step.start, step.stop):
            self.last += 1
            line = frame.lines[index] if index < len(frame.lines) else 0
            place = frame.places[line - 1] if 0 < line <= len(frame.places) else None
            yield self._operation(
                step, frame.number, index, frame.messages[index], place, values.get(index, UNTOLD),
                failures.get(index), refused,
            )  # fmt: skip

    def _operation(
        self,
        step: Step,
        frame: int,
        index: int,
        message: Message | None,
        place: Place | None,
        value: Any,
        error: Error | None,
        refused: str | None,
    ) -> Operation:
        first = error is not None and (error.session, error.frame, error.message) == (step.session, frame, index)
        seconds = max(0.0, step.answered - step.sent) if step.answered else 0.0
        return Operation(
            self.last, step.sent, seconds, self.client(step.session), step.session, frame, index, message, place,
            step.answer is not None, value, error, first, refused,
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
    "eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=",
}  # fmt: skip
_UNARY = {"neg": "-", "pos": "+", "invert": "~"}


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
        return f"<{pickled_type(value.data)}, {size:,} bytes>"
    if isinstance(value, Bulk):
        return f"<a bulk value, {value.size:,} bytes>"
    if isinstance(value, Stored):
        return "<an ObjectRef>"
    if isinstance(value, Kept):
        return "…"
    if isinstance(value, Declined):
        return "NotImplemented"
    if isinstance(value, Items):
        items = ", ".join(map(show, value.values))
        return f"[{shorten(items)}]" if value.end else f"[{shorten(items)}] and more"
    return shorten(repr(value))


def references(message: Any) -> Iterator[int]:
    """Ids of the variables that a message names as its operands."""
    operands = [getattr(message, name, None) for name in ("obj", "value", "function")]
    operands += [*getattr(message, "args", ()), *getattr(message, "kwargs", {}).values()]
    return (operand.id for operand in operands if isinstance(operand, Ref))


def _as_json(value: Any) -> Any:
    """A scalar as it is; anything else by its type and size."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Items):
        return [_as_json(item) for item in value.values]
    return show(value)


def shorten(text: str) -> str:
    """On one line, of a length that can be read."""
    text = text.replace("\n", "\\n")
    return text if len(text) <= 2 * _LONGEST else f"{text[:_LONGEST]}…{text[-_LONGEST // 2 :]}"


def _arguments(args: list[Any], kwargs: dict[str, Any]) -> str:
    return ", ".join([*map(show, args), *(f"{name}={show(value)}" for name, value in kwargs.items())])


def _call(message: protocol.Call) -> str:
    return f"{show(message.function)}({_arguments(message.args, message.kwargs)})"


def _op(message: protocol.Op) -> str:
    op, args = message.op, [show(arg) for arg in message.args]
    if op in _BINARY and len(args) == 2:
        return f"{args[0]} {_BINARY[op]} {args[1]}"
    if op in _UNARY and len(args) == 1:
        return f"{_UNARY[op]}{args[0]}"
    if op[:1] == "i" and op[1:] in _BINARY and len(args) == 2:
        return f"({args[0]} {_BINARY[op[1:]]}= {args[1]})"
    if len(args) >= 2 and op in ("getitem", "setitem", "delitem"):
        item = f"{args[0]}[{args[1]}]"
        return {"getitem": item, "setitem": f"{item} = {args[-1]}", "delitem": f"del {item}"}[op]
    if len(args) >= 2 and op in ("setattr", "delattr") and isinstance(message.args[1], str):
        name = f"{args[0]}.{message.args[1]}"
        return f"{name} = {args[-1]}" if op == "setattr" else f"del {name}"
    if op == "contains" and len(args) == 2:
        return f"{args[1]} in {args[0]}"
    if op == "truth":
        op = "bool"
    if op in ("enter", "exit", "aenter", "aexit", "anext"):
        op = f"__{op}__"
    if op.startswith("__") and args:
        return f"{args[0]}.{op}({', '.join(args[1:])})"
    return f"{op}({', '.join(args)})"


def _iter(message: protocol.Iter) -> str:
    source = show(message.obj)
    if message.start < 0:
        return f"next {message.count} of {source} as v{message.id}…"
    return f"{source}[{message.start}:{message.start + message.count}] as v{message.id}…"


def _fetch(message: protocol.Fetch) -> str:
    how = {"value": "", "move": " for another interpreter", "ref": " as an ObjectRef"}[message.form]
    return f"fetch {show(message.obj)}{how}"


def _token(text: str) -> str:
    return text if len(text) <= 20 else f"{text[:8]}…{text[-4:]}"


_EXPRESSIONS: dict[type, Callable[[Any], str]] = {
    protocol.Put: lambda message: show(message.value),
    protocol.GetAttr: lambda message: f"{show(message.obj)}.{message.name}",
    protocol.Call: _call,
    protocol.Op: _op,
    protocol.Iter: _iter,
    protocol.Fetch: _fetch,
    protocol.Del: lambda message: "del " + ", ".join(f"v{id}" for id in message.ids) if message.ids else "sync",
    protocol.Import: lambda message: f"import {message.module}",
    protocol.SetNamed: lambda message: f"env[{message.name!r}] = {show(message.value)}",
    protocol.GetNamed: lambda message: f"env[{message.name!r}]",
    protocol.DelNamed: lambda message: f"del env[{message.name!r}]",
    protocol.Names: lambda message: "list(env)",
    protocol.Lease: lambda message: f"lease {show(message.obj)} as {_token(message.token)}",
    protocol.Claim: lambda message: f"claim {_token(message.token)}",
    protocol.Clear: lambda message: "del all variables",
    protocol.Fork: lambda message: f"keep all variables for a fork as {_token(message.token)}",
    protocol.Inherit: lambda message: f"inherit {_token(message.token)}",
    protocol.Release: lambda message: f"release {_token(message.token)}",
}


def pickled_type(data: bytes) -> str:
    """The name of the type of a pickle's value, as far as that can be told without loading it; else ``pickle``."""
    stack: list[tuple[str, str]] = []
    """Types of values, and the text of those that are strings."""
    marks: list[int] = []
    memo: dict[int, tuple[str, str]] = {}
    try:
        for code, argument, _ in pickletools.genops(data):
            name = code.name
            if name == "STOP":
                return stack[-1][0]
            elif name == "MARK":
                marks.append(len(stack))
            elif name == "MEMOIZE":
                memo[len(memo)] = stack[-1]
            elif name in ("BINGET", "LONG_BINGET"):
                assert argument is not None
                stack.append(memo[argument])
            elif name == "STACK_GLOBAL":
                module, qualified = stack[-2][1], stack[-1][1]
                stack[-2:] = [(qualified if module == "builtins" else f"{module}.{qualified}", "")]
            elif name in ("REDUCE", "NEWOBJ", "NEWOBJ_EX"):
                del stack[-2 if name == "NEWOBJ_EX" else -1 :]
                kind = stack.pop()[0]
                stack.append((_RESULTS.get(kind, kind), ""))
            elif name in ("APPENDS", "SETITEMS", "ADDITEMS"):
                del stack[marks.pop() :]
            elif name in ("APPEND", "BUILD", "POP"):
                stack.pop()
            elif name == "SETITEM":
                del stack[-2:]
            elif name in ("TUPLE", "FROZENSET"):
                del stack[marks.pop() :]
                stack.append((name.lower(), ""))
            elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
                del stack[-int(name[-1]) :]
                stack.append(("tuple", ""))
            elif name not in ("PROTO", "FRAME", "READONLY_BUFFER"):
                kind = _PRODUCTS.get(name, type(argument).__name__)
                stack.append((kind, argument if isinstance(argument, str) else ""))
    except Exception:  # of whatever is in bytes that are no pickle
        pass
    return "pickle"


_PRODUCTS = {
    "NONE": "NoneType", "NEWTRUE": "bool", "NEWFALSE": "bool", "EMPTY_LIST": "list", "EMPTY_DICT": "dict",
    "EMPTY_SET": "set", "EMPTY_TUPLE": "tuple", "BYTEARRAY8": "bytearray", "NEXT_BUFFER": "buffer",
}  # fmt: skip
_RESULTS = {
    "cloudpickle.cloudpickle._make_function": "function",
    "cloudpickle.cloudpickle._make_skeleton_class": "type",
    "cloudpickle.cloudpickle.subimport": "module",
    "numpy._core.numeric._frombuffer": "numpy.ndarray",
    "numpy.core.numeric._frombuffer": "numpy.ndarray",
    "numpy._core.multiarray._reconstruct": "numpy.ndarray",
    "torch._utils._rebuild_tensor_v2": "torch.Tensor",
    "ray_proxy.pickling.resolve": "Var",
}
"""Types of what well known functions make that pickles call."""


# ---------------------------------------------------------------------------------------------- difference

_TOKEN = re.compile(r"\b[0-9a-f]{8}…\w{4}")
ADDRESS: re.Pattern[str] = re.compile(r"\b0x[0-9a-fA-F]{6,}")
"""An address in the text of a value or an error: differs from run to run."""


class Parting(NamedTuple):
    """Where two logs part: the last operations that they share, and the first that each has on its own."""

    shared: list[Operation]
    ours: Operation | None
    theirs: Operation | None


def part(ours: Log, theirs: Log, context: int = 3) -> Parting | None:
    """Where two logs part; None: nowhere. Times, lines of code and tokens are not compared."""
    shared: list[Operation] = []
    one, two = operations(ours), operations(theirs)
    while True:
        a, b = next(one, None), next(two, None)
        if a is None and b is None:
            return None
        if a is None or b is None or _likeness(a) != _likeness(b):
            return Parting(shared, a, b)
        shared = [*shared, a][-context:]


def _likeness(operation: Operation) -> tuple[Any, ...]:
    value = operation.value
    if isinstance(value, (Pickled, Bulk)):
        value = show(value)
    elif isinstance(value, str):
        value = ADDRESS.sub("0x…", value)
    error = operation.error and (operation.error.type_name, ADDRESS.sub("0x…", operation.error.text))
    text = _TOKEN.sub("…", operation.text)
    kind = type(value)
    return operation.client, text, kind, repr(value), error, operation.refused is None, operation.answered

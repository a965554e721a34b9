"""What can be told of a pickle without loading it, from its opcodes: the type of its value, and the variables in it.

There are two readers, because they have to bear other lengths. `pickled_type` and `variables_in` keep account of the
whole stack, for some thousand opcodes, and guess the rest. `taken_out` must find each id and where it stands, in a
pickle of any length and without memory for it, so it knows but the two topmost objects of the stack.

Must never know logs.
"""

from __future__ import annotations

import builtins
import pickletools
import re
from typing import NamedTuple, Union

_MODULE, _FUNCTION = "ray_proxy.pickling", "resolve"
"""What a pickle calls to get a variable, with its id…"""
_SIGN = _FUNCTION.encode()
"""… and bytes that are in each such pickle."""


def pickled_type(data: bytes) -> str:
    """What can be told of a pickle's value without loading it: the name of its type, or else ``pickle``.

    Of a class or function that is pickled by its name, ``global`` and that. Where a function makes the value, and is
    none that is well known, its name stands for that of the type.
    """
    return _read_off(data)[0]


def variables_in(data: bytes) -> list[int]:
    """The ids of the variables in a pickle."""
    return _read_off(data)[1] if _SIGN in data else []


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
                calls = _IDS.finditer(data, max(0, (at or 0) - _LONGEST_CALL)) if _SIGN in data else ()
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
_VARIABLE = f"{_MODULE}.{_FUNCTION}"
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


class _Id(NamedTuple):
    """The id in a pickle, and where it stands."""

    id: int
    start: int
    stop: int


class _Arguments(NamedTuple):
    id: _Id


_RESOLVE = object()
_Hint = Union[str, _Id, _Arguments, object, None]
"""What is known of an object in a pickle: only what may lead to the call of that function is."""


def taken_out(data: bytes) -> tuple[bytes, list[int]]:
    """A pickle without the ids of the variables in it, and these; where it cannot be read, as it is.

    Sizes that depend on how long an id is, those of the frames of a pickle, are left out as well.
    """
    if _SIGN not in data:
        return data, []
    memo: dict[int, _Hint] = {}
    memoized = 0
    under: _Hint = None
    top: _Hint = None
    found: list[_Id] = []
    frames: list[tuple[int, int]] = []
    try:
        for number, (code, argument, at) in enumerate(pickletools.genops(data)):
            name = code.name
            assert at is not None
            if number >= _MOST_TAKEN or name in _PUTS:  # these are of older protocols, which our codec does not write
                return data, []
            if name == "MEMOIZE":
                if top is not None:
                    memo[memoized] = top
                memoized += 1
            elif name == "FRAME":
                frames.append((at, at + 9))
            elif name in _GETS:
                under, top = top, memo.get(int(argument))  # type: ignore[arg-type]
            elif name in _TEXTS:
                under, top = top, argument if argument in (_MODULE, _FUNCTION) else None
            elif name == "STACK_GLOBAL":
                is_ours = under == _MODULE and top == _FUNCTION
                under, top = None, _RESOLVE if is_ours else None
            elif name in _INTEGERS:
                size = _INTEGERS[name] or 2 + data[at + 1]
                under, top = top, _Id(int(argument), at, at + size)  # type: ignore[arg-type]
            elif name == "TUPLE1" and under is _RESOLVE and isinstance(top, _Id):
                top = _Arguments(top)
            elif name == "REDUCE" and under is _RESOLVE and isinstance(top, _Arguments):
                found.append(top.id)
                under = top = None
            elif name != "PROTO":
                under = top = None
    except Exception:  # of whatever is in bytes that are no pickle
        return data, []
    if not found:
        return data, []
    left_out = sorted({*frames, *((id.start, id.stop) for id in found)})
    starts = [0, *(stop for _, stop in left_out)]
    stops = [*(start for start, _ in left_out), len(data)]
    return b"".join(data[start:stop] for start, stop in zip(starts, stops)), [id.id for id in found]


_MOST_TAKEN = 1_000_000
"""So many are looked at for the ids alone, which needs no memory."""
_TEXTS = {"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"}
_INTEGERS = {"BININT1": 2, "BININT2": 3, "BININT": 5, "LONG1": 0}
"""And how long they are, where that is fixed."""

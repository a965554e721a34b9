"""Whether the text of an object is asked for as a part of the text of an error that holds it.

``str(error)`` asks the objects in `error.args` for theirs. Python says nothing of why it asks, so the code of the
caller is looked at: the instruction that it executes, and what that was given. The answer is yes only where this is
known for certain: all operands are loaded just before, none of them is the object or could ask it, and one is an
exception that holds it; or the caller is itself at work in the `__str__` of such an exception. Nothing is executed for
it, save that attributes are read once more.

It knows nothing of the rest of the package, save what exceptions carry.
"""

from __future__ import annotations

import builtins
import dis
import functools
import inspect
import io
import threading
import types
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any

from ..values.exceptions import parts

Load = Callable[[FrameType], Any]
"""Gives an operand of an instruction, as it is now."""

_DEEPEST = 32
"""So many frames are looked at."""
_SEARCH = "_compute_suggestion_error"
_TEXTS = ("__str__", "__repr__", "__format__")
_LOADS = {"LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_NAME", "LOAD_GLOBAL", "LOAD_DEREF", "LOAD_CLASSDEREF"}
_SCALARS = (type(None), bool, int, float, complex, str, bytes, type(...))
_SILENT = (
    *(type, types.FunctionType, types.WrapperDescriptorType, types.MethodDescriptorType, types.ModuleType),
    *(types.TracebackType, types.FrameType, types.CodeType, io.IOBase),
)
"""Kinds of objects that ask no others for their texts."""
_CONTAINERS = (tuple, list, set, frozenset)


def is_part_of_error_text(obj: object, asker: FrameType | None) -> bool:
    """Whether the frame `asker` asks for the text of `obj` because it, or who has called it, makes that of an error."""
    if asker is None:
        return True  # no code runs: Python itself prints the error that nobody has caught
    return _is_given_error(obj, asker) or _is_inside_error(obj, asker)


def is_part_of_report(obj: object, asker: FrameType | None) -> bool:
    """Whether the names of `obj` are asked for where an AttributeError is printed, which looks for similar ones."""
    # So the function of `traceback` is called, and that of `exceptiongroup`, which takes its place before Python 3.11.
    return is_part_of_error_text(obj, asker) or (asker is not None and asker.f_code.co_name == _SEARCH)


def _is_given_error(obj: object, asker: FrameType) -> bool:
    loads = _operands(asker.f_code, asker.f_lasti)
    if _stands_for_print(asker.f_code):
        loads = (_variable(asker.f_code.co_varnames[asker.f_code.co_argcount + asker.f_code.co_kwonlyargcount]),)
    if loads is None:
        return False
    try:
        found = [_look(obj, load(asker)) for load in loads]
    except Exception:  # of what could not be read
        return False
    return None not in found and True in found


def _stands_for_print(code: CodeType) -> bool:
    """Whether it is that of a function that some library, Ray for one, has put into the place of `print`."""
    present: Any = builtins.print
    return type(present) is types.FunctionType and present.__code__ is code and bool(code.co_flags & inspect.CO_VARARGS)


def _is_inside_error(obj: object, asker: FrameType | None) -> bool:
    for _ in range(_DEEPEST):
        if asker is None:
            break
        code = asker.f_code
        if code.co_name in _TEXTS and code.co_argcount:
            owner = asker.f_locals.get(code.co_varnames[0])
            if issubclass(type(owner), BaseException) and _holds(owner, obj):
                return True
        asker = asker.f_back
    return False


def _look(obj: object, operand: Any) -> bool | None:
    """Whether an operand is an error that holds `obj`; None, where the text of `obj` may be asked for otherwise."""
    kind = type(operand)
    if issubclass(kind, BaseException):
        return _holds(operand, obj)
    if kind in _SCALARS or issubclass(kind, _SILENT):
        return False
    if kind is types.BuiltinMethodType or kind is types.MethodWrapperType:
        return False if _look(obj, operand.__self__) is False else None
    if kind is threading.ExceptHookArgs:
        return _look(obj, operand.exc_value)
    if kind in _CONTAINERS:
        found = [_look(obj, item) for item in operand]
        return None if None in found else True in found
    return None


def _holds(container: Any, obj: object, depth: int = 4) -> bool:
    """Whether an object is somewhere in an exception, or in a container in it."""
    kind = type(container)
    if issubclass(kind, BaseException):
        inside: Any = parts(container)
    elif kind is dict:
        inside = [*container, *container.values()]
    elif kind in _CONTAINERS:
        inside = container
    else:
        return False
    return any(item is obj or (depth > 0 and _holds(item, obj, depth - 1)) for item in inside)


# ---------------------------------------------------------------------------------------------- reading code


@functools.lru_cache(maxsize=1024)
def _operands(code: CodeType, at: int) -> tuple[Load, ...] | None:
    """How the operands of an instruction are loaded; None where that cannot be told, or it asks for no texts."""
    before: list[dis.Instruction] = []
    for instruction in dis.get_instructions(code):
        if instruction.offset > at:
            break
        if instruction.is_jump_target:
            before.clear()  # what is loaded may have been loaded elsewhere
        before.append(instruction)
    if not before:
        return None
    count = _count(before.pop())
    if count is None:
        return None
    reader = _Reader(before)
    try:
        return tuple(reader.take() for _ in range(count))
    except (LookupError, ValueError):
        return None


def _count(instruction: dis.Instruction) -> int | None:
    """How many operands an instruction takes that may ask them for their texts, and what it calls."""
    name, arg = instruction.opname, instruction.arg or 0
    if name in ("CALL", "PRECALL", "CALL_FUNCTION", "CALL_METHOD"):
        return arg + 1
    if name in ("CALL_KW", "CALL_FUNCTION_KW"):
        return arg + 2
    if name == "FORMAT_VALUE":
        return 2 if arg & 4 else 1
    if name == "FORMAT_WITH_SPEC" or name == "BINARY_MODULO" or (name == "BINARY_OP" and instruction.argrepr == "%"):
        return 2
    if name in ("FORMAT_SIMPLE", "CONVERT_VALUE", "PRINT_EXPR") or (name == "CALL_INTRINSIC_1" and arg == 1):
        return 1
    return None


class _Reader:
    """Reads backwards how values came onto the stack, as long as they were only loaded."""

    def __init__(self, before: list[dis.Instruction]) -> None:
        self._before = [line for line in before if line.opname not in ("PRECALL", "KW_NAMES", "PUSH_NULL", "NOP")]
        self._more: list[Load] = []

    def take(self) -> Load:
        if self._more:
            return self._more.pop()
        line = self._before.pop()
        name, value = line.opname, line.argval
        if name in _LOADS:
            return _variable(value)
        if name == "LOAD_CONST":
            return lambda frame: value
        if name == "LOAD_FAST_LOAD_FAST":
            self._more.append(_variable(value[0]))
            return _variable(value[1])
        if name in ("LOAD_ATTR", "LOAD_METHOD"):
            owner = self.take()
            return lambda frame: _attribute(owner(frame), value)
        if name == "BINARY_SUBSCR":
            key, owner = self.take(), self.take()
            return lambda frame: _item(owner(frame), key(frame))
        if name == "BUILD_TUPLE":
            loads = [self.take() for _ in range(line.arg or 0)]
            return lambda frame: tuple(load(frame) for load in loads)
        raise LookupError(name)


def _variable(name: str) -> Load:
    def load(frame: FrameType) -> Any:
        for names in (frame.f_locals, frame.f_globals, frame.f_builtins):
            if name in names:
                return names[name]
        return getattr(builtins, name)

    return load


def _item(owner: Any, key: Any) -> Any:
    if type(owner) not in (list, tuple, dict) or type(key) not in (int, str):
        raise LookupError(key)
    return owner[key]


def _attribute(owner: Any, name: str) -> Any:
    """An attribute, where reading it runs no code of users but that of a property which only reads."""
    found = inspect.getattr_static(owner, name)
    if isinstance(found, property):
        if not _only_reads(found.fget):
            raise LookupError(name)
        return found.fget(owner)  # type: ignore[misc]
    if isinstance(found, (types.MemberDescriptorType, types.GetSetDescriptorType, types.MethodDescriptorType)):
        return found.__get__(owner)
    if hasattr(type(found), "__get__") and not isinstance(owner, types.ModuleType):
        raise LookupError(name)
    return found


def _only_reads(getter: Any) -> bool:
    if not isinstance(getter, types.FunctionType):
        return False
    return all(line.opname in _READING for line in _without_assertions(getter.__code__))


def _without_assertions(code: CodeType) -> Iterator[dis.Instruction]:
    failing = False
    for line in dis.get_instructions(code):
        failing = (failing or line.opname == "LOAD_ASSERTION_ERROR") and not line.is_jump_target
        if not failing:
            yield line


_READING = {
    *"RESUME NOP LOAD_FAST LOAD_FAST_CHECK LOAD_FAST_LOAD_FAST LOAD_GLOBAL LOAD_CONST LOAD_ATTR BINARY_SUBSCR".split(),
    *"IS_OP COMPARE_OP CONTAINS_OP TO_BOOL POP_TOP RETURN_VALUE RETURN_CONST COPY DUP_TOP UNARY_NOT".split(),
    *"POP_JUMP_IF_TRUE POP_JUMP_IF_FALSE POP_JUMP_IF_NONE POP_JUMP_IF_NOT_NONE JUMP_FORWARD".split(),
    *"POP_JUMP_FORWARD_IF_TRUE POP_JUMP_FORWARD_IF_FALSE".split(),
    *"POP_JUMP_FORWARD_IF_NONE POP_JUMP_FORWARD_IF_NOT_NONE".split(),
}
"""Instructions that change nothing."""

"""Which instruction of the calling frame asks: the syntax ``v.name``, ``f(**v)``, a pattern, or a probe (`hasattr`,
`getattr`, C code).

CPython keeps `co_code`, which shows what is specialised or traced as it was compiled, with the code object (20 to 40 ns
a look). So there is no cache here, that could keep code alive or give one code's bytes for another's. It knows the
instructions of CPython 3.10 to 3.13; elsewhere nothing can be told, and `TELLS` is False. This file must never know
what a `Var` is.
"""

from __future__ import annotations

import opcode
import sys
from types import CodeType, FrameType

PROBE = 0
"""A call asks, or C code that is called: `hasattr`, `getattr`, numpy. Also what is compiled, as by Cython."""
SYNTAX = 1
"""``v.name``"""
MERGE = 2
"""``f(**v)`` or ``{**v}``"""
PATTERN = 3
"""``case C(name=…)``"""

TELLS: bool = sys.implementation.name == "cpython" and (3, 10) <= sys.version_info < (3, 14)
"""Whether the instructions of this Python are known. Where not, `asked` takes all but `keys`, which few ask for save
`dict(v)`, for the syntax, and `is_inplace` says no."""

_OPCODES: dict[str, int] = opcode.opmap if TELLS else {}
_ASKED = {
    _OPCODES[name]: kind
    for kind, names in {
        SYNTAX: ("LOAD_ATTR", "LOAD_METHOD"),
        MERGE: ("DICT_MERGE", "DICT_UPDATE"),
        PATTERN: ("MATCH_CLASS",),
    }.items()
    for name in names
    if name in _OPCODES
}
_EXTENDED_ARG = _OPCODES.get("EXTENDED_ARG", -1)
_CACHE = _OPCODES.get("CACHE", -1)
_NAME_SHIFT = int(sys.version_info >= (3, 12))
"""LOAD_ATTR also says, in its lowest bit, whether it loads a method."""
_BINARY_OP = _OPCODES.get("BINARY_OP", -1)
_INPLACE_OPERATORS = range(13, 26)
"""The arguments of BINARY_OP that stand for ``+=``, ``&=``, …"""
_INPLACE = frozenset(code for name, code in _OPCODES.items() if name.startswith("INPLACE_"))
"""What 3.10 has instead."""


def asked(code: CodeType, at: int, name: str) -> int:
    """How the attribute of that name is asked for by the instruction of `code` that begins at that byte (`f_lasti`):
    PROBE, SYNTAX, MERGE or PATTERN."""
    instructions = code.co_code
    if at < 0:
        return PROBE
    try:
        while instructions[at] == _CACHE:  # 3.12 stands behind an instruction that it has specialised
            at -= 2
        while instructions[at] == _EXTENDED_ARG:  # 3.10 stands before an instruction with a long argument
            at += 2
        kind = _ASKED.get(instructions[at], PROBE)
        if kind != SYNTAX:
            return kind
        argument = instructions[at + 1]
        if instructions[at - 2] == _EXTENDED_ARG:
            argument = _extended(instructions, at)
        # Where it loads another name, C code that was called by it asks: a property of a compiled class, for one.
        return SYNTAX if code.co_names[argument >> _NAME_SHIFT] == name else PROBE
    except IndexError:  # a frame that compiled code has made for tracebacks has no instructions
        return PROBE


def _extended(instructions: bytes, at: int) -> int:
    """The argument of an instruction, of more than eight bits."""
    argument, shift = instructions[at + 1], 8
    while (at := at - 2) >= 0 and instructions[at] == _EXTENDED_ARG:
        argument |= instructions[at + 1] << shift
        shift += 8
    return argument


def _asked_by_name(code: CodeType, at: int, name: str) -> int:
    return PROBE if name == "keys" else SYNTAX


if not TELLS:
    asked = _asked_by_name


def is_inplace(frame: FrameType) -> bool:
    """Whether what this frame is executing is ``x += y`` or another operator in place; ``x + y`` is not, nor is a call,
    of `operator.iadd` for one."""
    instructions = frame.f_code.co_code
    at = frame.f_lasti
    if not 0 <= at < len(instructions) - 1:  # a frame that compiled code has made
        return False
    if instructions[at] == _BINARY_OP:
        return instructions[at + 1] in _INPLACE_OPERATORS
    return instructions[at] in _INPLACE

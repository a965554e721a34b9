"""What a module imports while it is imported: read from its compiled code, which is exact and quick.

Parsing 200 modules takes over a second. Their compiled code lies beside them, because they were imported.
"""

from __future__ import annotations

import marshal
import opcode
from collections.abc import Iterator
from importlib.util import MAGIC_NUMBER, cache_from_source
from types import CodeType

from .texts import ModuleText

_IMPORT_NAME = opcode.opmap["IMPORT_NAME"]
_EXTENDED_ARG = opcode.opmap["EXTENDED_ARG"]
_LOAD_CONST = opcode.opmap["LOAD_CONST"]
_OPTIMIZED = 1
"""The flag of the code of a function, which a class body and a module do not have."""


def imports_of(text: ModuleText) -> tuple[str, ...]:
    """The absolute names of modules that a text imports when it is executed, in the order of the text.

    A name of `from a import b` may be a module or not: both `a` and `a.b` are among them. What stands in functions is
    not, and a text that cannot be compiled imports nothing.
    """
    code = _code_of(text)
    if code is None:
        return ()
    package = text.name if text.package else text.name.rpartition(".")[0]
    found: dict[str, None] = {}
    for name, level, attributes in _statements(code):
        full = _absolute(name, level, package)
        if full:
            found[full] = None
            found.update((f"{full}.{attribute}", None) for attribute in attributes)
    return tuple(found)


def _absolute(name: str, level: int, package: str) -> str:
    if not level:
        return name
    parts = package.split(".") if package else []
    if level > len(parts):
        return ""
    return ".".join([*parts[: len(parts) - level + 1], *([name] if name else [])])


def _code_of(text: ModuleText) -> CodeType | None:
    try:
        with open(cache_from_source(text.file), "rb") as stream:
            compiled = stream.read()
        # the header: magic number, flags, mtime in seconds and size of the source
        stamp = (text.mtime_ns // 1_000_000_000 & 0xFFFFFFFF, len(text.text) & 0xFFFFFFFF)
        header = MAGIC_NUMBER + b"\0\0\0\0" + b"".join(part.to_bytes(4, "little") for part in stamp)
        if compiled.startswith(header):
            code = marshal.loads(memoryview(compiled)[16:])
            if isinstance(code, CodeType):
                return code
    except (OSError, NotImplementedError, EOFError, ValueError, TypeError):
        pass
    try:
        return compile(text.text, text.file, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _statements(code: CodeType) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """The name, level and attributes of each import that is executed with this code."""
    operations, arguments = code.co_code[::2], code.co_code[1::2]
    at = operations.find(_IMPORT_NAME)
    while at >= 0:
        name = code.co_names[_argument(operations, arguments, at)]
        attributes, before = _constant(code, operations, arguments, at)
        level, _ = _constant(code, operations, arguments, before)
        yield name, level if isinstance(level, int) else 0, attributes if isinstance(attributes, tuple) else ()
        at = operations.find(_IMPORT_NAME, at + 1)
    for constant in code.co_consts:
        if isinstance(constant, CodeType) and not constant.co_flags & _OPTIMIZED:
            yield from _statements(constant)


def _argument(operations: bytes, arguments: bytes, at: int) -> int:
    value, shift = arguments[at], 8
    while at and operations[at - 1] == _EXTENDED_ARG:
        at -= 1
        value |= arguments[at] << shift
        shift += 8
    return value


def _constant(code: CodeType, operations: bytes, arguments: bytes, at: int) -> tuple[object, int]:
    """What the instruction before one loads, and where it stands."""
    at -= 1
    while at >= 0 and operations[at] == _EXTENDED_ARG:
        at -= 1
    if at < 0 or operations[at] != _LOAD_CONST:
        return None, max(at, 0)
    return code.co_consts[_argument(operations, arguments, at)], at

"""Code objects of an old text, and those of a new one that take their place."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from types import CodeType

Successors = dict[CodeType, tuple[CodeType, bool]]
"""Old code to new code, and whether it is that of a function inside a function: such functions are not made anew."""


def nested_codes(code: CodeType) -> list[CodeType]:
    return [constant for constant in code.co_consts if isinstance(constant, CodeType)]


def all_codes(code: CodeType) -> Iterator[CodeType]:
    """The code, and all codes inside it."""
    yield code
    for part in nested_codes(code):
        yield from all_codes(part)


def meaning(code: CodeType) -> tuple[object, ...]:
    """What two codes have in common that do the same, wherever they stand."""
    constants = tuple(meaning(part) if isinstance(part, CodeType) else (type(part), part) for part in code.co_consts)
    counts = (code.co_argcount, code.co_kwonlyargcount, code.co_posonlyargcount, code.co_flags)
    return (code.co_code, code.co_names, code.co_varnames, code.co_freevars, counts, constants)


def moved(code: CodeType, lines: int) -> CodeType:
    """The same code so many lines below."""
    if not lines:
        return code
    constants = tuple(moved(part, lines) if isinstance(part, CodeType) else part for part in code.co_consts)
    return code.replace(co_firstlineno=code.co_firstlineno + lines, co_consts=constants)


def pair(olds: Iterable[CodeType], news: Iterable[CodeType], into: Successors, inside: bool = False) -> None:
    """Pair codes by name: those that do the same, at the same place or elsewhere, then the others in order. Then the
    codes inside them."""
    groups: dict[str, tuple[list[CodeType], list[CodeType]]] = {}
    for side, codes in enumerate((olds, news)):
        for code in codes:
            groups.setdefault(code.co_name, ([], []))[side].append(code)
    for before, after in groups.values():
        if len(before) == len(after) > 1:
            for old, new in [*zip(before, after)]:
                if meaning(new) == meaning(old):
                    before.remove(old)
                    after.remove(new)
                    _pair_one(old, new, into, inside)
        if len(before) > 1 or len(after) > 1:
            for old in before[:]:
                same = next((new for new in after if meaning(new) == meaning(old)), None)
                if same is not None:
                    before.remove(old)
                    after.remove(same)
                    _pair_one(old, same, into, inside)
        for old, new in zip(before, after):
            _pair_one(old, new, into, inside)


def _pair_one(old: CodeType, new: CodeType, into: Successors, inside: bool) -> None:
    into[old] = (new, inside)
    is_function = bool(old.co_flags & inspect.CO_OPTIMIZED) and not old.co_name.startswith("<generic")
    pair(nested_codes(old), nested_codes(new), into, inside or is_function)

"""Which Vars an expression was given, by the text of the line and the frame: each with what it is called there.

No code of users is called for it: names are looked up, also in plain containers, and attributes that are plainly there.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import linecache
import sys
from collections.abc import Iterator
from types import FrameType, ModuleType, TracebackType
from typing import Any

from ..var.interface import Var

UNNAMED = "the argument"
"""What has no short name."""
_LONGEST = 40
_MOST, _DEEPEST = 1000, 6
"""So many values are looked at, in containers within containers."""
_WORKS = (ast.Call, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Subscript)
"""Expressions that may fail in themselves."""

Given = list[tuple[str, Any]]


def statement_at(frame: FrameType, number: int) -> ast.stmt | None:
    """The innermost statement of that line."""
    lines = linecache.getlines(frame.f_code.co_filename, frame.f_globals)
    try:
        tree = ast.parse("".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= number <= (node.end_lineno or node.lineno)
    ]
    return max(found, key=lambda node: (node.lineno, -(node.end_lineno or 0)), default=None)


def failed(statement: ast.stmt, at: TracebackType, is_about_var: bool) -> ast.AST | None:
    """What of a statement has failed; None: it cannot be told.

    Args:
        is_about_var: before Python 3.11, which tells no columns, it is taken to be what was given a Var.
    """
    if sys.version_info < (3, 11):
        works = [node for node in ast.walk(statement) if isinstance(node, _WORKS)]
        if len(works) > 1:
            works = [node for node in works if is_about_var and given_to(node, at.tb_frame)]
        return works[0] if works else statement
    positions = itertools.islice(at.tb_frame.f_code.co_positions(), at.tb_lasti // 2, None)
    line, last, begin, end = next(positions, (None, None, None, None))
    same = [
        node
        for node in ast.walk(statement)
        if isinstance(node, (ast.expr, ast.stmt))
        and (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset) == (line, last, begin, end)
    ]
    return same[-1] if same else None


def given_to(node: ast.AST, frame: FrameType) -> Given:
    """The Vars that an expression is given, not those of expressions within it."""
    found: Given = []
    parts = [node] if isinstance(node, (ast.Name, ast.Attribute)) else list(ast.iter_child_nodes(node))
    for part in parts:
        found += _of_part(part.value if isinstance(part, ast.keyword) else part, frame)
    return found


def _of_part(node: ast.AST, frame: FrameType) -> Iterator[tuple[str, Any]]:
    if isinstance(node, (ast.List, ast.Tuple, ast.Set, ast.Dict)):
        for part in node.elts if not isinstance(node, ast.Dict) else [*filter(None, node.keys), *node.values]:
            yield from _of_part(part, frame)
    elif isinstance(node, (ast.Starred, ast.FormattedValue, ast.Slice)):
        for child in ast.iter_child_nodes(node):
            yield from _of_part(child, frame)
    elif isinstance(node, (ast.GeneratorExp, ast.ListComp, ast.SetComp)):
        for comprehension in node.generators:
            yield from _of_part(comprehension.iter, frame)
    elif isinstance(node, ast.expr):
        for path, var in within(value_of(node, frame)):
            yield called(node, path), var


def argument(call: ast.AST, number: int) -> ast.AST | None:
    """The positional argument of a call of that number, from 1 on."""
    return call.args[number - 1] if isinstance(call, ast.Call) and 0 < number <= len(call.args) else None


def value_of(node: ast.AST, frame: FrameType) -> Any:
    """What a name stands for, an attribute of plain objects, or an item of plain containers; None for all else."""
    if isinstance(node, ast.Name):
        return frame.f_locals.get(node.id, frame.f_globals.get(node.id))
    if isinstance(node, ast.Attribute):
        owner = value_of(node.value, frame)
        if owner is not None and type(owner) is not Var:
            value = inspect.getattr_static(owner, node.attr, None)
            return value if type(value) in (Var, list, tuple, dict, set, frozenset) else None
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        owner = value_of(node.value, frame)
        if type(owner) in (list, tuple, dict):
            try:
                return owner[node.slice.value]
            except (LookupError, TypeError):
                return None
    return None


def within(value: Any) -> Iterator[tuple[str | None, Any]]:
    """The Vars in a value, which may be one, and in plain containers in it; each with its path, if it has one."""
    todo: list[tuple[str | None, Any, int]] = [("", value, 0)]
    left = _MOST
    while todo and left:
        path, one, depth = todo.pop()
        left -= 1
        if type(one) is Var:
            yield path, one
        elif depth == _DEEPEST:
            continue
        elif type(one) in (list, tuple):
            items = enumerate(itertools.islice(one, left))
            todo += reversed([(None if path is None else f"{path}[{at}]", item, depth + 1) for at, item in items])
        elif type(one) in (set, frozenset):
            todo += [(None, item, depth + 1) for item in itertools.islice(one, left)]
        elif type(one) is dict:
            for key, item in itertools.islice(one.items(), left):
                is_plain = path is not None and type(key) in (str, int)
                todo += [(None, key, depth + 1), (f"{path}[{key!r}]" if is_plain else None, item, depth + 1)]


def called(node: ast.AST, path: str | None = "") -> str:
    """What an expression is called, or what is at a path in it."""
    text = ast.unparse(node) + (path or "")
    return UNNAMED if path is None or len(text) > _LONGEST else text


def is_of_module(function: ast.AST, frame: FrameType) -> bool:
    """Whether a function is found by a name, in a module, or is one of text: one that an interpreter has, too."""
    if isinstance(function, ast.Attribute):
        root: ast.AST = function.value
        while isinstance(root, ast.Attribute):
            root = root.value
        return isinstance(root, ast.Constant) or isinstance(value_of(root, frame), ModuleType)
    return isinstance(function, ast.Name)

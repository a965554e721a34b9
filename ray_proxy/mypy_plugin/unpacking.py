"""``a, b = v``: among which targets a Var is divided, and keeping mypy from giving all of them the same type."""

from __future__ import annotations

from collections.abc import Iterator

from mypy.nodes import (
    AssignmentStmt,
    Context,
    DictionaryComprehension,
    Expression,
    ForStmt,
    GeneratorExpr,
    ListExpr,
    MemberExpr,
    NameExpr,
    TempNode,
    TupleExpr,
)
from mypy.types import (
    Type,
)

from .declared import ANYTHING


def targets_of(scope: Context, source: Context, count: int) -> list[Expression] | None:
    """The targets among which the value of an expression is divided; None if it is not, or if that is not clear."""
    found = [
        targets
        for place, target in _assignments(scope)
        for divided, targets in _divisions(place, target)
        if divided is source or (isinstance(divided, TempNode) and _same_place(divided, source))
    ]
    if len(found) > 1:
        found = [targets for targets in found if len(targets) == count]
    return found[0] if len(found) == 1 else None


def _assignments(scope: Context) -> Iterator[tuple[Context, Expression]]:
    """What is assigned in a function or file, and of what: an expression, or what stands in its place for mypy."""
    for node in _nodes(scope):
        if isinstance(node, AssignmentStmt):
            yield from ((node.rvalue, target) for target in node.lvalues)
        elif isinstance(node, ForStmt):
            yield TempNode(ANYTHING, context=node), node.index
        elif isinstance(node, (GeneratorExpr, DictionaryComprehension)):
            yield from ((TempNode(ANYTHING, context=node), target) for target in node.indices)


def _divisions(source: Context, target: Expression) -> Iterator[tuple[Context, list[Expression]]]:
    if not isinstance(target, (TupleExpr, ListExpr)):
        return
    yield source, target.items
    parts: list[Context] = [TempNode(ANYTHING, context=source)] * len(target.items)
    if isinstance(source, (TupleExpr, ListExpr)) and len(source.items) == len(parts):
        parts = [*source.items]
    for part, item in zip(parts, target.items):
        yield from _divisions(part, item)


def _same_place(node: Context, other: Context) -> bool:
    return isinstance(other, TempNode) and (node.line, node.column) == (other.line, other.column)


def _nodes(top: Context) -> Iterator[Context]:
    """All nodes of a syntax tree; mypy's own visitors cannot be inherited from."""
    waiting: list[object] = [top]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (list, tuple)):
            waiting.extend(node)
        elif isinstance(node, Context) and not isinstance(node, NameExpr):
            yield node
            waiting.extend(getattr(node, name, None) for name in getattr(node, "__match_args__", ()) if name != "node")
            if isinstance(node, AssignmentStmt):
                waiting.append(node.rvalue)


_away: dict[Context, tuple[list[Expression], list[Expression]]] = {}
"""Targets that are away from the program, by the last of those that stand for them meanwhile."""


def targets_away(targets: list[Expression], anything: Type) -> None:
    """Let mypy, which goes on with each of the targets now, find such as take anything.

    An assignment to the last of these asks `hooks._attribute`, which puts back what belongs there.
    """
    own = [*targets]
    targets[:] = [MemberExpr(TempNode(anything, context=target), "target") for target in targets]
    for target, instead in zip(own, targets):
        instead.set_line(target)
    _away[targets[-1]] = targets, own


def targets_back(last: Context) -> None:
    if last in _away:
        targets, own = _away.pop(last)
        targets[:] = own

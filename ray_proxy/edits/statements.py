"""A statement of a module, and what can be read from it: which names it binds, which it reads, what it says.

Only what runs at import counts. The body of a function runs later, so what it reads does not matter here.
"""

from __future__ import annotations

import ast
import copy
import functools
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from types import FunctionType
from typing import Any

_DISPATCHING = functools.singledispatch(lambda value: None).__code__  # type: ignore[attr-defined]
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
BLOCKS: tuple[type[ast.AST], ...] = (ast.If, ast.Try, getattr(ast, "TryStar", ast.Try))
"""The statements whose parts are compared and executed one by one."""
ASSIGNMENTS = (ast.Assign, ast.AnnAssign, ast.AugAssign)


def executed(node: ast.AST, class_bodies: bool = False) -> Iterator[ast.AST]:
    """The nodes that run when the statement runs."""
    yield node
    children: list[ast.AST | None]
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
        annotations = [argument.annotation for argument in every if argument is not None]
        children = [*node.decorator_list, *arguments.defaults, *arguments.kw_defaults, node.returns, *annotations]
    elif isinstance(node, ast.Lambda):
        children = [*node.args.defaults, *node.args.kw_defaults]
    elif isinstance(node, ast.ClassDef) and not class_bodies:
        children = [*node.decorator_list, *node.bases, *node.keywords]
    else:
        children = list(ast.iter_child_nodes(node))
    for child in children:
        if child is not None:
            yield from executed(child, class_bodies)


def bound_by(node: ast.AST) -> Iterator[str]:
    """The names that a statement binds, or deletes. A star stands for those that `import *` binds."""
    for part in executed(node):
        if isinstance(part, DEFINITIONS):
            yield part.name
        elif isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load):
            yield part.id
        elif isinstance(part, (ast.Import, ast.ImportFrom)):
            yield from ((alias.asname or alias.name.split(".")[0]) for alias in part.names)
        elif isinstance(part, ast.ExceptHandler) and part.name:
            yield part.name
        elif type(part).__name__ == "TypeAlias":
            yield part.name.id  # type: ignore[attr-defined]


def read_by(node: ast.AST) -> set[str]:
    """The names that are read when the statement runs, also dotted ones."""
    found: set[str] = set()
    for part in executed(node, class_bodies=True):
        if isinstance(part, (ast.Name, ast.Attribute)) and isinstance(part.ctx, ast.Load):
            name = dotted(part)
            if name is not None:
                found.add(name)
    return found


def dotted(node: ast.AST) -> str | None:
    """`a.b` of `a.b`, and of nothing else."""
    if isinstance(node, ast.Name):
        return node.id
    if not isinstance(node, ast.Attribute):
        return None
    before = dotted(node.value)
    return None if before is None else f"{before}.{node.attr}"


def meant(expression: ast.expr, namespace: Mapping[str, Any]) -> Any:
    """What `name`, `name.attribute` or a call of it means now, without asking any code of the program."""
    if isinstance(expression, ast.Call):
        return meant(expression.func, namespace)
    if isinstance(expression, ast.Attribute):
        owner = meant(expression.value, namespace)
        return getattr(owner, "__dict__", {}).get(expression.attr)
    return namespace.get(expression.id) if isinstance(expression, ast.Name) else None


def is_computed(node: ast.AST) -> bool:
    """Whether the expression only computes, so that it does no harm to evaluate it again."""
    return not any(isinstance(part, (ast.Call, ast.Await, ast.Yield, ast.NamedExpr)) for part in ast.walk(node))


def base_name(node: ast.AST | None) -> str | None:
    """`x` of `x.a[1].append(2)`."""
    while not isinstance(node, ast.Name):
        if node is None:
            return None
        targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
        node = getattr(node, "value", None) or getattr(node, "func", None) or targets[0]
        if not isinstance(node, ast.AST):
            return None
    return node.id


def target_of(node: ast.AST) -> ast.AST | None:
    """The first target of an assignment."""
    if isinstance(node, ast.Assign):
        return node.targets[0]
    return node.target if isinstance(node, (ast.AnnAssign, ast.AugAssign)) else None


def without_annotation(node: ast.stmt) -> str:
    """The meaning of a statement as text: without places, and without the annotation of a name that gets a value."""
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        node = ast.Assign([node.target], node.value, lineno=0)
    return ast.dump(node)


class Facts:
    """What a node says, found once. Versions of a text share it for what they have in common."""

    def __init__(self, node: ast.stmt) -> None:
        self.node: ast.stmt = node

    @cached_property
    def binds(self) -> frozenset[str]:
        return frozenset(bound_by(self.node))

    @cached_property
    def reads(self) -> frozenset[str]:
        return frozenset(read_by(self.node))

    @cached_property
    def meaning(self) -> str:
        return without_annotation(self.node)


class Statement:
    """A statement at its place in one version of a text.

    Attributes:
        shift: how many lines it stands below where its node says.
        parent: the `if` or `try` that it is in.
        children: the statements in it, if it is an `if` or `try`.
        is_docstring: whether it is the docstring of the module.
    """

    __slots__ = ("children", "facts", "is_docstring", "node", "parent", "shift")

    def __init__(self, facts: Facts, shift: int, parent: Statement | None = None, is_docstring: bool = False) -> None:
        self.facts: Facts = facts
        self.node: ast.stmt = facts.node
        self.shift: int = shift
        self.parent: Statement | None = parent
        self.is_docstring: bool = is_docstring
        self.children: list[Statement] = [Statement(Facts(node), shift, self) for node in parts_of(self.node)]

    def moved(self, lines: int) -> Statement:
        """The same statement so many lines below."""
        other = copy.copy(self)
        other.shift += lines
        other.children = [child.moved(lines) for child in self.children]
        for child in other.children:
            child.parent = other
        return other

    @property
    def first(self) -> int:
        """Its first line, counted from one, with decorators."""
        decorators: list[ast.expr] = getattr(self.node, "decorator_list", [])
        return min([self.node.lineno, *(decorator.lineno for decorator in decorators)]) + self.shift

    @property
    def last(self) -> int:
        return (self.node.end_lineno or self.node.lineno) + self.shift

    @property
    def is_block(self) -> bool:
        return isinstance(self.node, BLOCKS)

    @property
    def binds(self) -> frozenset[str]:
        """The names that it binds; for a block, only those that its parts do not."""
        if self.is_docstring:
            return frozenset({"__doc__"})
        if self.is_block:
            handlers: list[ast.ExceptHandler] = getattr(self.node, "handlers", [])
            return frozenset(handler.name for handler in handlers if handler.name)
        return self.facts.binds

    @property
    def reads(self) -> frozenset[str]:
        return self.facts.reads

    def within(self) -> Iterator[Statement]:
        """Itself, and all that stands in it, in the order of the text."""
        yield self
        for child in self.children:
            yield from child.within()

    def placed(self) -> ast.stmt:
        """Its node, with the lines of this version of the text."""
        if not self.shift:
            return self.node
        node = copy.deepcopy(self.node)
        return ast.increment_lineno(node, self.shift)


def parts_of(node: ast.stmt) -> list[ast.stmt]:
    """The statements in an `if` or `try`, in the order of the text."""
    if not isinstance(node, BLOCKS):
        return []
    bodies = [getattr(node, "body", []), *(handler.body for handler in getattr(node, "handlers", []))]
    bodies += [getattr(node, "orelse", []), getattr(node, "finalbody", [])]
    return [part for body in bodies for part in body]


def definition_named(name: str, statements: Sequence[Statement]) -> Definition | None:
    """The last class or function of that name."""
    for statement in reversed(statements):
        if isinstance(statement.node, DEFINITIONS) and statement.node.name == name:
            return statement.node
    return None


def assignment_to(name: str, statements: Sequence[Statement]) -> ast.stmt | None:
    """The last assignment to that name alone."""
    for statement in reversed(statements):
        if isinstance(statement.node, (ast.Assign, ast.AnnAssign)) and statement.binds == {name}:
            return statement.node
    return None


def dispatchers_of(statement: Statement, namespace: Mapping[str, Any]) -> list[FunctionType]:
    """The dispatching functions with which a definition is registered: `@f.register` or `@f.register(int)`."""
    node, found = statement.node, []
    if isinstance(node, DEFINITIONS):
        for decorator in node.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if isinstance(called, ast.Attribute) and called.attr == "register":
                dispatcher = meant(called.value, namespace)
                if type(dispatcher) is FunctionType and dispatcher.__code__ is _DISPATCHING:
                    found.append(dispatcher)
    return found

"""The code of what runs: one piece for each statement of the module, so that each binds its names at once.

In an `if` or `try`, what does not run is left out, and each statement asks whether it may, and says when it is done.
"""

from __future__ import annotations

import ast
import bisect
import copy
import sys
from collections.abc import Iterator, Sequence, Set
from types import CodeType
from typing import TypeVar

from .codes import Successors, all_codes, moved, nested_codes, pair
from .plan import Plan
from .statements import DEFINITIONS, Facts, Statement, definition_named, is_computed, target_of
from .texts import is_text

MAY_RUN, DONE, LIVE = "@may run", "@done", "@live"
"""Names that no program can have. In the module's namespace while a piece that uses them runs."""
Node = TypeVar("Node", ast.stmt, ast.If, ast.Expr, ast.Pass, ast.Call, ast.AnnAssign, ast.Assign, ast.ClassDef)


class Piece:
    """A statement of the module, compiled.

    Attributes:
        runs: whether something in it runs. If not, it was compiled for the codes of its functions.
        guarded: whether it asks for each of its parts.
    """

    __slots__ = ("code", "guarded", "runs", "statement")

    def __init__(self, statement: Statement, code: CodeType, runs: bool, guarded: bool) -> None:
        self.statement: Statement = statement
        self.code: CodeType = code
        self.runs: bool = runs
        self.guarded: bool = guarded


class Program:
    """What of the new text is compiled.

    Attributes:
        pieces: in the order of the text.
        parts: the statements inside pieces, by the number with which they ask.
        successors: which code takes the place of which.
        new_codes: the ids of the codes of the new text: none of them has a successor, though an old one be equal to it.
        unmoved: statements whose functions keep their codes, save for the lines: (first, last, lines to move).
    """

    def __init__(self, plan: Plan, file: str) -> None:
        self._plan: Plan = plan
        self._file: str = file
        self.parts: list[Statement] = []
        self.pieces: list[Piece] = [*self._compile()]
        self.successors: Successors = {}
        self.unmoved: list[tuple[int, int, int]] = []
        self.new_codes: set[int] = set()
        self._pair()

    def _compile(self) -> Iterator[Piece]:
        plan, flags = self._plan, self._plan.new.flags
        for statement in plan.new.statements:
            parts = list(statement.within())
            runs = any(part in plan.runs for part in parts)
            if not runs and not any(part in plan.loose for part in parts):
                continue
            if is_text(statement.node) and not statement.is_docstring:
                continue  # alone it would be the docstring
            if statement.is_block and runs:
                node = self._guarded_block(statement)
            else:
                node = self._prepared(statement, runs)
            binds_annotation = not runs and node is not statement.node
            if statement.shift:
                node = ast.increment_lineno(copy.deepcopy(node), statement.shift)
            yield Piece(statement, self._code(node, flags), runs or binds_annotation, statement.is_block and runs)

    def _code(self, node: ast.stmt, flags: int) -> CodeType:
        try:
            code: CodeType = compile(ast.Module([node], []), self._file, "exec", flags, dont_inherit=True)
        except SyntaxError as error:
            lines = self._plan.new.lines
            if error.lineno is not None and 0 < error.lineno <= len(lines):
                error.text = lines[error.lineno - 1] + "\n"  # the compiler has looked into the file, if there is one
            raise
        return code

    # What is compiled of a statement

    def _prepared(self, statement: Statement, runs: bool) -> ast.stmt:
        node = statement.node
        if runs and isinstance(node, ast.ClassDef):
            return self._sparing(statement, node)
        if not runs and isinstance(node, ast.AnnAssign) and node.value is not None:  # only its annotation can be new
            return _at(ast.AnnAssign(node.target, node.annotation, None, node.simple), node)
        return node

    def _guarded_block(self, statement: Statement) -> ast.stmt:
        children = {id(child.node): child for child in statement.children}
        block = copy.copy(statement.node)
        for field in ("body", "orelse", "finalbody"):
            nodes: list[ast.stmt] = getattr(block, field, [])
            if nodes:
                setattr(block, field, self._guarded([children[id(node)] for node in nodes], field == "body", block))
        handlers: list[ast.ExceptHandler] = []
        for handler in getattr(block, "handlers", []):
            handlers.append(copy.copy(handler))
            handlers[-1].body = self._guarded([children[id(node)] for node in handler.body], True, block)
        if handlers:
            block.handlers = handlers  # type: ignore[attr-defined]
        return block

    def _guarded(self, statements: Sequence[Statement], needs_one: bool, block: ast.stmt) -> list[ast.stmt]:
        plan = self._plan
        out: list[ast.stmt] = []
        for statement in statements:
            parts = list(statement.within())
            if not any(part in plan.runs or part in plan.loose or part in plan.in_handlers for part in parts):
                continue
            if statement.is_block:
                out.append(self._guarded_block(statement))
                continue
            node = self._prepared(statement, statement in plan.runs or statement in plan.in_handlers)
            number = len(self.parts)
            self.parts.append(statement)
            body = [node, _at(ast.Expr(_call(DONE, node, number)), node)]
            out.append(_at(ast.If(_call(MAY_RUN, node, number), body, []), node))
        return out or ([_at(ast.Pass(), block)] if needs_one else [])

    def _sparing(self, statement: Statement, node: ast.ClassDef) -> ast.stmt:
        """Unedited `x = load()` in the body of a plain class is not computed again: the live value is used.

        This holds also where what it was computed from has changed, as for the assignments of a module. What a
        decorator may have put in the place of a value is computed again.
        """
        live = self._plan.namespace.get(node.name)
        if node.keywords or type(live) is not type:
            return node
        stable = stable_names(old_definition(self._plan, statement), node, frozenset())
        body: list[ast.stmt] = []
        for part in node.body:
            target = target_of(part)
            value: ast.expr | None = getattr(part, "value", None)
            if isinstance(target, ast.Name) and value is not None and not isinstance(part, ast.AugAssign):
                name = target.id
                is_its_own = not node.decorator_list or (
                    isinstance(part, ast.Assign) and not hasattr(vars(live).get(name), "__get__")
                )
                if name in stable and name in vars(live) and is_its_own and not is_computed(value):
                    part = _at(ast.Assign([target], _call(LIVE, part, node.name, name)), part)
            body.append(part)
        fields = {field: getattr(node, field) for field in node._fields}
        return _at(ast.ClassDef(**{**fields, "body": body}), node)

    # Which code becomes which

    def _pair(self) -> None:
        plan = self._plan
        compiled = {part for piece in self.pieces for part in piece.statement.within()}
        kept: set[Statement] = set()
        for new, old in plan.old_of.items():
            if old is not None and not new.is_block and new not in compiled:
                kept.add(old)
                if old.first != new.first:
                    self.unmoved.append((old.first, old.last, new.first - old.first))
        self.unmoved.sort()
        olds: list[CodeType] = []
        for statement in plan.old.statements:
            if any(part not in kept and not part.is_block for part in statement.within()):
                module = ast.Module([statement.placed()], [])
                olds += nested_codes(compile(module, self._file, "exec", plan.old.flags, True))
        stay = [(old.first, old.last) for old in kept if old.parent is not None]
        olds = [code for code in olds if not any(first <= code.co_firstlineno <= last for first, last in stay)]
        news = [code for piece in self.pieces for code in nested_codes(piece.code)]
        pair(olds, news, self.successors)
        self._pair_alternatives(olds, news)
        self.new_codes.update(id(code) for new in news for code in all_codes(new))

    def _pair_alternatives(self, olds: Sequence[CodeType], news: Sequence[CodeType]) -> None:
        """Of several definitions of a name one is left: whichever of them lives becomes it."""
        decorated = {old.node.name for old in self._plan.olds if getattr(old.node, "decorator_list", ())}  # type: ignore[attr-defined]
        by_name: dict[str, list[CodeType]] = {}
        for new in news:
            by_name.setdefault(new.co_name, []).append(new)
        for old in olds:
            left = by_name.get(old.co_name, ())
            if old not in self.successors and len(left) == 1 and old.co_name not in decorated:
                self.successors[old] = (left[0], False)

    def moved(self, code: CodeType) -> CodeType | None:
        """The code of an unedited function, where its statement has moved."""
        at = bisect.bisect_right(self.unmoved, (code.co_firstlineno, sys.maxsize, 0)) - 1
        if at >= 0 and code.co_firstlineno <= self.unmoved[at][1]:
            return moved(code, self.unmoved[at][2])
        return None


def old_definition(plan: Plan, statement: Statement) -> ast.stmt | None:
    """What the old text said where the new one has this definition or assignment."""
    node = statement.node
    if isinstance(node, DEFINITIONS):
        return definition_named(node.name, plan.olds)
    for old in plan.olds:
        if isinstance(old.node, (ast.Assign, ast.AnnAssign)) and old.binds == statement.binds:
            return old.node
    return None


def stable_names(old: ast.AST | None, new: ast.AST | None, changed: Set[str]) -> set[str]:
    """The names of a class body whose statements were not edited, and use nothing that changed."""
    if not isinstance(old, ast.ClassDef) or not isinstance(new, ast.ClassDef):
        return set()
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    touched: set[str] = set()
    for said, body in ((before, old.body), (after, new.body)):
        for facts in map(Facts, body):
            for name in facts.binds:
                said.setdefault(name, []).append(facts.meaning)
            if body is new.body and not isinstance(facts.node, DEFINITIONS) and facts.reads & changed:
                touched |= facts.binds
    return {name for name, meanings in after.items() if before.get(name) == meanings} - touched


def _at(node: Node, place: ast.stmt) -> Node:
    """Give a node, and what is new in it, the place of a statement."""
    return ast.fix_missing_locations(ast.copy_location(node, place))


def _call(name: str, place: ast.stmt, *arguments: str | int) -> ast.Call:
    constants: list[ast.expr] = [ast.Constant(argument) for argument in arguments]
    return _at(ast.Call(ast.Name(name, ast.Load()), constants, []), place)

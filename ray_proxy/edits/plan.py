"""Which statements of the new text run, and which names of the old one go.

What was edited or is new runs. Of what was not edited, this runs: definitions whose decorators, defaults, bases or
class bodies read something that changed, assignments that only compute with it, and what is put into a container that
is made anew. An assignment that calls something keeps its value.
"""

from __future__ import annotations

import ast
import itertools
import sys
from collections.abc import Iterable, Sequence
from types import FunctionType
from typing import Any

from .statements import (
    ASSIGNMENTS,
    DEFINITIONS,
    Statement,
    base_name,
    definition_named,
    dispatchers_of,
    is_computed,
    read_by,
    target_of,
)
from .texts import Text

_COMPUTED = (int, float, complex, str, bytes, bool, type(None), tuple, frozenset, range, type(...), dict)
"""Values that may be computed again: what makes them is all that they are, or (dict) they are filled again in place."""


class Plan:
    """The comparison of two versions of a module's text.

    Attributes:
        old_of: for each new statement, the old one that says the same, or None.
        runs: the statements that run.
        in_handlers: those that run only if what runs in their `try` raises.
        loose: statements that say the same in other words or columns: their code is compiled anew, but does not run.
        dependents: those that run though they were not edited.
        changed: the names that have another meaning now.
        lost: the names that the old text bound, and the new one does not.
        unregistered: old definitions, registered with dispatching functions, that go or run again.
        alike: definitions that are registered so, where several have one name.
        unannotated: the names that the old text annotated, and the new one does not.
        kept: statements that were not edited and keep their value, with the names that changed and that they use.
    """

    def __init__(
        self, old: Text, new: Text, head: int, tail: int, namespace: dict[str, Any], seed: Iterable[str] = ()
    ) -> None:
        self.old: Text = old
        self.new: Text = new
        self.namespace: dict[str, Any] = namespace
        self._seed: frozenset[str] = frozenset(seed)
        self.olds: list[Statement] = old.flat
        self.news: list[Statement] = new.flat
        self.loose: set[Statement] = set()
        self.old_of: dict[Statement, Statement | None] = self._match(head, tail)
        self.runs: set[Statement] = set()
        self.in_handlers: set[Statement] = set()
        self.dependents: set[Statement] = set()
        self.changed: set[str] = set(self._seed)
        self.kept: list[tuple[Statement, list[str]]] = []
        self.alike: set[Statement] = set()
        self._registered_again: set[Statement] = set()
        self._made: set[str] = set()
        self._select()
        stay = {self.old_of[new] for new in self.news if new not in self.runs}
        self.unregistered: list[Statement] = [
            old for old in self.olds if old not in stay and isinstance(old.node, DEFINITIONS)
        ]
        self.lost: set[str] = self._find_lost()
        self.unannotated: set[str] = _annotated(self.olds) - _annotated(self.news)

    # What says the same

    def _match(self, head: int, tail: int) -> dict[Statement, Statement | None]:
        olds, news = self.old.statements, self.new.statements
        pairs: dict[Statement, Statement | None] = {}
        same = [*zip(olds[:head], news[:head]), *zip(olds[len(olds) - tail :], news[len(news) - tail :])]
        for old, new in same:
            pairs.update(zip(new.within(), old.within()))
        middle_old = [part for top in olds[head : len(olds) - tail] for part in top.within()]
        middle_new = [part for top in news[head : len(news) - tail] for part in top.within()]
        pool: dict[tuple[Any, ...], list[Statement]] = {}
        for old in middle_old:
            pool.setdefault(_lines_of(old, self.old), []).append(old)
        unmatched = []
        for new in middle_new:
            alike = pool.get(_lines_of(new, self.new))
            pairs[new] = alike.pop(0) if alike else None
            if not alike and pairs[new] is None:
                unmatched.append(new)
        if unmatched:
            taken = {id(old) for old in pairs.values()}
            late: dict[str, list[Statement]] = {}
            for old in middle_old:
                if id(old) not in taken:
                    late.setdefault(old.facts.meaning, []).append(old)
            for new in unmatched:
                alike = late.get(new.facts.meaning)
                if alike:
                    pairs[new] = alike.pop(0)
                    self.loose.add(new)
        leaves = [new for new in middle_new if not new.is_block]
        for one, other in itertools.pairwise(leaves):  # two on one line: only columns tell their codes apart
            if one.last >= other.first:
                self.loose |= {one, other}
        for new in middle_new:  # what was found out about the old statement holds for the same one
            same_as = pairs[new]
            if same_as is not None and new not in self.loose:
                new.facts.__dict__.update({k: v for k, v in vars(same_as.facts).items() if k != "node"})
        return pairs

    # What runs

    def _select(self) -> None:
        leaves = [new for new in self.news if not new.is_block]
        self.runs |= {new for new in leaves if self.old_of[new] is None}
        self._select_reordered(leaves)
        self._select_behind_stars(leaves)
        self._select_registrations()
        if not self.runs and not self._seed and not any(self.old_of[new] is None for new in self.news):
            return
        tests = {ast.dump(old.node.test) for old in self.olds if isinstance(old.node, ast.If)}
        for new in self.news:
            if new.parent is not None and new.parent in self.runs:
                self.runs.add(new)
            elif new.is_block:
                if isinstance(new.node, ast.If) and self._is_other_test(new, new.node, tests):
                    self.runs.add(new)
            elif new not in self.runs:
                self._follow(new)
            if new in self.runs and not new.is_block and new not in self._registered_again:
                self.changed |= new.binds - self._imported_before(new.node)
                if isinstance(new.node, ASSIGNMENTS):
                    self._made |= new.binds
        for new in self.news:
            if isinstance(new.node, ast.Try) or type(new.node).__name__ == "TryStar":
                self._select_handlers(new)

    def _imported_before(self, node: ast.AST) -> set[str]:
        """The names of an edited import that the old text took from the same place."""
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            return set()
        before = {origin for old in self.olds for origin in _origins(old.node)}
        return {name for name, *_ in before & _origins(node)}

    def _select_reordered(self, leaves: Sequence[Statement]) -> None:
        """If several statements bind a name, their order counts: if that changed, all of them run."""
        before: dict[str, list[Statement]] = {}
        after: dict[str, list[Statement]] = {}
        for old in self.olds:
            if not old.is_block:
                for name in old.binds:
                    before.setdefault(name, []).append(old)
        for new in leaves:
            for name in new.binds:
                after.setdefault(name, []).append(self.old_of[new] or new)
        several = {name for name, order in after.items() if len(order) > 1 and before.get(name) != order}
        if several:
            self.runs |= {new for new in leaves if new.binds & several}

    def _select_behind_stars(self, leaves: Sequence[Statement]) -> None:
        """What an edited `import *` binds is not known: imports behind it may bind the same names, and win."""
        stars = [at for at, new in enumerate(leaves) if new in self.runs and "*" in new.binds]
        if stars:
            for new in leaves[stars[0] :]:
                if isinstance(new.node, (ast.Import, ast.ImportFrom)):
                    self.runs.add(new)
                    self.dependents.add(new)

    def _select_registrations(self) -> None:
        """If an implementation of a dispatching function comes, goes or changes, all of this module are registered
        again: one that goes may have hidden another."""
        stay = {self.old_of[new] for new in self.news if new not in self.runs}
        moving = [new for new in self.news if new in self.runs] + [old for old in self.olds if old not in stay]
        touched = {found for statement in moving for found in dispatchers_of(statement, self.namespace)}
        if not touched:
            return
        registering = [new for new in self.news if not touched.isdisjoint(dispatchers_of(new, self.namespace))]
        self._registered_again = {new for new in registering if new not in self.runs}
        self.runs |= self._registered_again
        self.dependents |= self._registered_again
        several = _defined_twice(self.olds) | _defined_twice(self.news)
        self.alike = {new for new in registering if new.binds & several}

    def _is_other_test(self, new: Statement, node: ast.If, tests: set[str]) -> bool:
        if self.old_of[new] is None and ast.dump(node.test) not in tests:
            return True
        return bool(read_by(node.test) & self.changed)

    def _follow(self, new: Statement) -> None:
        """Decide about a statement that was not edited."""
        if not self.changed and not self._made:
            return
        hit = new.reads & self.changed
        node = new.node
        if isinstance(node, DEFINITIONS):
            if isinstance(node, ast.ClassDef) and hit:
                hit = hit - self._inherited(node, hit)
            decorators = {base_name(decorator) for decorator in node.decorator_list}
            if hit or any(self._fills(name) for name in decorators if name):
                self.runs.add(new)
                self.dependents.add(new)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and hit and isinstance(target_of(node), ast.Name):
            values = [self.namespace.get(name) for name in new.binds]
            stays = new.binds & (self.old.stated | self.new.stated)
            is_alias = isinstance(node.value, (ast.Name, ast.Attribute))
            if is_alias or (
                is_computed(node) and not stays and all(isinstance(v, (*_COMPUTED, FunctionType, type)) for v in values)
            ):
                self.runs.add(new)
                self.dependents.add(new)
            elif needed := hit - self._held_alone(node, hit):
                self.kept.append((new, sorted(needed)))
        elif base_name(node) in self._made or (
            isinstance(node, (ast.For, ast.While, ast.With)) and new.reads & self._made
        ):
            self.runs.add(new)
            self.dependents.add(new)

    def _held_alone(self, node: ast.AST, hit: Iterable[str]) -> set[str]:
        """The functions and classes among these names of which a value holds no more than the object, or instances:
        they change in place, so nothing of it is old."""
        called = {n.func.id for n in ast.walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
        named = {n.value.id for n in ast.walk(node) if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)}
        values = {name: self.namespace.get(name) for name in hit if name not in named}
        return {
            name
            for name, value in values.items()
            if isinstance(value, type) or (isinstance(value, FunctionType) and name not in called)
        }

    def _inherited(self, node: ast.ClassDef, hit: Iterable[str]) -> set[str]:
        """The classes among these names, if the class merely inherits: they change in place, and it follows."""
        live = self.namespace.get(node.name)
        if type(live) is not type or node.decorator_list:
            return set()
        return {name for name in hit if isinstance(self.namespace.get(name), type) and name not in self._seed}

    def _fills(self, decorator: str) -> bool:
        """Whether the decorator's text uses a container that is made anew: then what it decorates is put in again."""
        if not self._made:
            return False
        node = definition_named(decorator, self.news)
        return node is not None and any(isinstance(n, ast.Name) and n.id in self._made for n in ast.walk(node))

    def _select_handlers(self, block: Statement) -> None:
        bodies = {id(node) for node in getattr(block.node, "body", [])}
        handled = {id(n) for handler in getattr(block.node, "handlers", []) for n in handler.body}
        if any(part in self.runs for child in block.children if id(child.node) in bodies for part in child.within()):
            for child in block.children:
                if id(child.node) in handled:
                    self.in_handlers |= {part for part in child.within() if part not in self.runs}

    # What goes

    def _find_lost(self) -> set[str]:
        bound = {name for new in self.news for name in new.binds}
        lost = {name for old in self.olds for name in old.binds} - bound - {"*"}
        before, after = _starred(self.olds), _starred(self.news)
        for module in before - after:
            source = vars(sys.modules[module]) if module in sys.modules else {}
            public = source.get("__all__", [name for name in source if not name.startswith("_")])
            lost |= {n for n in public if n in source and self.namespace.get(n, self) is source[n]} - bound
        return {name for name in lost if name in self.namespace}


def _lines_of(statement: Statement, text: Text) -> tuple[Any, ...]:
    """A cheap identity of a statement: its lines, and its columns in them."""
    node = statement.node
    return (node.col_offset, node.end_col_offset, *text.lines[statement.first - 1 : statement.last])


def _defined_twice(statements: Iterable[Statement]) -> set[str]:
    names = [statement.node.name for statement in statements if isinstance(statement.node, DEFINITIONS)]
    return {name for name in names if names.count(name) > 1}


def _annotated(statements: Iterable[Statement]) -> set[str]:
    targets = [statement.node.target for statement in statements if isinstance(statement.node, ast.AnnAssign)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _origins(node: ast.AST) -> set[tuple[str, ...]]:
    """The names that an import binds, each with what it means."""
    if isinstance(node, ast.ImportFrom):
        source = "." * node.level + (node.module or "")
        return {(alias.asname or alias.name, source, alias.name) for alias in node.names if alias.name != "*"}
    if isinstance(node, ast.Import):
        return {(alias.asname or alias.name.split(".")[0], alias.name, alias.asname or "") for alias in node.names}
    return set()


def _starred(statements: Iterable[Statement]) -> set[str]:
    nodes = [statement.node for statement in statements]
    return {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"}

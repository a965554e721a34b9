"""What a case expects of a type checker, line by line, and whether a checker's report meets it.

A case is a file of functions over Vars. Each simple statement of such a function is one expectation, on one line:

- ``assert_type(expression, Var[X])``: the checker gives the expression exactly that type;
- a line that ends with ``# error``: the checker reports an error there; with ``# error: plugin``, the mypy plugin
  does, and of the others nothing is expected;
- any other statement, such as ``v.name = var``, and the head of a block: nothing is reported.

``# limit: ty pyrefly`` names the checkers that cannot do it. If one can after all, that is a failure too, so that no
limit outlives its cause. Every function ends with an error for all: a checker that takes the rest of a function for
unreachable reports nothing there, and is found out.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from checkers import MODES, Mode, Said

Kind = Literal["type", "error", "silence"]


@dataclass(frozen=True)
class Expectation:
    """What is expected of one line.

    Attributes:
        kind: the given type, an error, or no report at all.
        plugin: only the mypy plugin has to meet it.
        limits: the modes that cannot meet it.
    """

    line: int
    source: str
    kind: Kind
    plugin: bool = False
    limits: frozenset[Mode] = frozenset()

    def is_met(self, said: Said) -> bool:
        return bool(said.errors) == (self.kind == "error")

    def text(self) -> str:
        if self.kind == "error":
            return "an error"
        return "this type" if self.kind == "type" else "no error"


@dataclass
class Outcome:
    """How many expectations of a case a checker met, and a text for each that it did not meet as foretold.

    Attributes:
        passed: those that were met.
        total: those that this mode is held to, limits included.
    """

    passed: int = 0
    total: int = 0
    failures: list[str] = field(default_factory=list)


class BadCase(Exception):
    """A case is not written as a case is."""


def read(case: Path) -> list[Expectation]:
    """The expectations of a case.

    Raises:
        BadCase: an expectation takes several lines, a mark is not known or has no statement, or a function does not
            end with an error for all.
    """
    text = case.read_text()
    lines = text.splitlines()
    marks = dict(_marks(text, case))
    expectations = []
    for function in ast.parse(text).body:
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        own = []
        for statement in _statements(function.body):
            line = statement.lineno
            error, plugin, limits = marks.pop(line, (False, False, frozenset()))
            if not isinstance(statement, _BLOCKS) and statement.end_lineno != line:
                raise BadCase(f"{case.name}:{line}: an expectation is one line")
            kind: Kind = "error" if error else "type" if _is_assert_type(statement) else "silence"
            own.append(Expectation(line, lines[line - 1].strip(), kind, plugin, limits))
        last = max(own, key=lambda expectation: expectation.line)
        if last.kind != "error" or last.plugin or last.limits:
            raise BadCase(f"{case.name}:{last.line}: {function.name} does not end with an error for all")
        expectations += own
    for line in marks:
        raise BadCase(f"{case.name}:{line}: a mark without a statement of a case")
    return expectations


def judge(case: Path, report: dict[int, Said], mode: Mode) -> Outcome:
    """Hold what a checker said of a case against what the case expects."""
    outcome = Outcome()
    report = dict(report)
    for expectation in read(case):
        said = report.pop(expectation.line, Said())
        if expectation.plugin and mode != "mypy-plugin":
            continue
        met = expectation.is_met(said)
        outcome.total += 1
        outcome.passed += met
        if met == (mode in expectation.limits):
            expected = f"to be a limit of {mode}, and it is none" if met else expectation.text()
            outcome.failures.append(_failure(case, expectation.line, expectation.source, expected, said))
    lines = case.read_text().splitlines()
    for line, said in sorted(report.items()):
        if said.errors:
            outcome.failures.append(
                _failure(case, line, lines[line - 1].strip(), "no error outside of the cases", said)
            )
    return outcome


def _failure(case: Path, line: int, source: str, expected: str, said: Said) -> str:
    heard = [str(error) for error in said.errors] or ["nothing"]
    return "\n".join([f"{case.name}:{line}: {source}", f"    expected {expected}", *(f"    said {it}" for it in heard)])


_BLOCKS = (ast.For, ast.AsyncFor, ast.With, ast.AsyncWith)
_IGNORED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Pass)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a function that are expectations: not those of functions inside it."""
    for statement in body:
        if isinstance(statement, _IGNORED):
            continue
        yield statement
        if isinstance(statement, _BLOCKS):
            yield from _statements(statement.body)


def _is_assert_type(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(ast.Call(func=ast.Name("assert_type"))):
            return True
    return False


def _marks(text: str, case: Path) -> Iterator[tuple[int, tuple[bool, bool, frozenset[Mode]]]]:
    """By line: whether an error is expected, whether of the plugin only, and whose limit it is."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.COMMENT:
            continue
        parts = [part.strip() for part in token.string.split("#") if part.strip() and "noqa" not in part]
        error = plugin = False
        limits: frozenset[Mode] = frozenset()
        for part in parts:
            if part in ("error", "error: plugin"):
                error, plugin = True, part.endswith("plugin")
            elif (found := re.fullmatch(r"limit: ([a-z -]+)", part)) and set(found[1].split()) <= set(MODES):
                limits = frozenset(mode for mode in MODES if mode in found[1].split())
            else:
                raise BadCase(f"{case.name}:{token.start[0]}: unknown mark {part!r}")
        if parts:
            yield token.start[0], (error, plugin, limits)

"""A version of a module's text, and the next one, of which only the part that differs is parsed.

The first version is parsed whole, once it is edited. The next one takes over the statements at the head and the end
whose lines are the same, and parses what stands between them as if it stood alone. If that is an error, perhaps it
belongs to what stands around it (an `else`, say), and the whole text is parsed. So errors are those of the whole text.
"""

from __future__ import annotations
import __future__

import ast
import re
from functools import cached_property

from .statements import Facts, Statement

_LINE_ENDS = re.compile(r"\r\n|\r|\n")
_GLOBALS = re.compile(r"^[ \t]+global[ \t]+(.*)$", re.MULTILINE)
_FROM = re.compile(r"^[ \t]*from[ \t]+([.\w]+)[ \t]+import\b", re.MULTILINE)


class Text:
    """One version of the text of a module."""

    def __init__(self, source: str, file: str) -> None:
        self.source: str = source
        self.file: str = file

    @cached_property
    def lines(self) -> list[str]:
        return _LINE_ENDS.split(self.source)

    def for_linecache(self) -> tuple[int, None, list[str], str]:
        """An entry that stays, whatever is on the disk."""
        return len(self.source), None, [line + "\n" for line in self.lines], self.file

    @cached_property
    def statements(self) -> list[Statement]:
        """The statements of the module, without those inside `if` and `try`."""
        tree = ast.parse(self.source, self.file)
        return [Statement(Facts(node), 0, None, not at and is_text(node)) for at, node in enumerate(tree.body)]

    @property
    def flat(self) -> list[Statement]:
        """All statements that run at import, blocks before their parts."""
        return [part for statement in self.statements for part in statement.within()]

    @cached_property
    def stated(self) -> frozenset[str]:
        """The names that some function declares `global`."""
        return frozenset(re.findall(r"\w+", " ".join(_GLOBALS.findall(self.source))))

    @cached_property
    def sources(self) -> frozenset[str]:
        """The modules that some line takes names from, as it says them. Found without parsing."""
        return frozenset(_FROM.findall(self.source))

    @cached_property
    def flags(self) -> int:
        """How the compiler is told of the `from __future__` imports."""
        flags = 0
        for statement in self.statements[:10]:
            node = statement.node
            if isinstance(node, ast.ImportFrom) and node.module == "__future__":
                for alias in node.names:
                    flags |= getattr(__future__, alias.name).compiler_flag
        return flags

    def edited(self, source: str, file: str) -> tuple[Text, int, int]:
        """The next version, and how many statements at its head and at its end are as they were.

        Raises:
            SyntaxError: of the new text, with its file, line and text.
        """
        new = Text(source, file)
        head, tail = self._common(new.lines)
        if head or tail:
            start = self.statements[head - 1].last if head else 0
            behind = len(self.lines) - (self.statements[-tail].first - 1) if tail else 0
            middle = new.lines[start : len(new.lines) - behind]
            try:
                nodes = ast.parse("\n".join(middle) + ("\n" if tail else ""), file).body
            except (SyntaxError, ValueError, RecursionError):
                head = tail = 0
            else:
                for node in nodes:
                    ast.increment_lineno(node, start)
                moved = len(new.lines) - len(self.lines)
                new.statements = [
                    *self.statements[:head],
                    *(Statement(Facts(n), 0, None, not head and not at and is_text(n)) for at, n in enumerate(nodes)),
                    *(statement.moved(moved) for statement in self.statements[len(self.statements) - tail :]),
                ]
                if not head and new.statements and tail:  # what stands first now may be the docstring, or no longer
                    for at, statement in enumerate(new.statements):
                        statement.is_docstring = not at and is_text(statement.node)
        _ = new.statements  # parsed now, if it was not: an error is that of the whole text
        return new, head, tail

    def _common(self, lines: list[str]) -> tuple[int, int]:
        """How many statements at the head and at the end have the same lines in both."""
        olds = self.lines
        most = min(len(olds), len(lines))
        same = next((at for at in range(most) if olds[at] != lines[at]), most)
        most -= same
        behind = next((at for at in range(most) if olds[-1 - at] != lines[-1 - at]), most)
        head = 0
        statements = self.statements
        count = len(statements)
        for at, statement in enumerate(statements):
            if statement.last > same:
                break
            if at + 1 == count or statements[at + 1].first > statement.last:  # not two on one line
                head = at + 1
        tail = 0
        for at in range(count - 1, head - 1, -1):
            if statements[at].first <= len(olds) - behind:
                break
            if at == 0 or statements[at - 1].last < statements[at].first:
                tail = count - at
        return head, tail


def is_text(node: ast.stmt) -> bool:
    """Whether the statement is a string and nothing else."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)

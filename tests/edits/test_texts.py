"""A text of which only a part is parsed has the statements of the whole."""

from __future__ import annotations

import ast
import random
from pathlib import Path

import pytest

from ray_proxy.edits.statements import Statement
from ray_proxy.edits.texts import Text

FILES = sorted(Path(__file__).parents[2].joinpath("ray_proxy", "edits").glob("*.py"))
PIECES = [
    "x = 1",
    "",
    "    y = 2",
    "else:",
    "if x:",
    '"""',
    "'''",
    ")",
    "(",
    "# a comment",
    "@decorator",
    "\\",
    "a; b",
    ";",
]


def shown(statements: list[Statement]) -> list[str]:
    return [ast.dump(statement.placed(), include_attributes=True) for statement in statements]


def whole(source: str) -> list[str] | SyntaxError:
    try:
        return [ast.dump(node, include_attributes=True) for node in ast.parse(source).body]
    except SyntaxError as error:
        return error


def drawn(source: str, draw: random.Random) -> str:
    """The source with a few lines changed."""
    lines = source.split("\n")
    for _ in range(draw.randint(1, 3)):
        at = draw.randrange(len(lines) + 1)
        kind = draw.randrange(4)
        if kind == 0:
            del lines[at : at + draw.randint(1, 4)]
        elif kind == 1:
            lines[at:at] = [draw.choice(PIECES)]
        elif kind == 2:
            lines[at:at] = lines[at - 5 : at]
        elif lines[at : at + 1]:
            lines[at] = lines[at] + draw.choice(["  # more", " + 1", ")", ": pass"])
    return "\n".join(lines)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_what_is_parsed_in_part_equals_what_is_parsed_whole(file: Path) -> None:
    draw = random.Random(file.name)
    source = file.read_text()
    text = Text(source, "f.py")
    for _ in range(40):
        source = drawn(text.source, draw)
        expected = whole(source)
        if isinstance(expected, SyntaxError):
            with pytest.raises(SyntaxError) as caught:
                text.edited(source, "f.py")
            assert (caught.value.lineno, caught.value.msg) == (expected.lineno, expected.msg)
            continue
        new, head, _ = text.edited(source, "f.py")
        assert shown(new.statements) == expected
        assert shown(new.statements[:head]) == shown(text.statements[:head])
        assert [s.is_docstring for s in new.statements[1:]] == [False] * (len(new.statements) - 1)
        text = new


def test_only_the_statement_that_differs_is_parsed() -> None:
    text = Text("a = 1\nb = 2\nc = 3\n", "f.py")
    new, head, tail = text.edited("a = 1\nb = 20\n\nc = 3\n", "f.py")
    assert (head, tail) == (1, 1)
    assert new.statements[0] is text.statements[0]
    assert new.statements[2].node is text.statements[2].node
    assert (new.statements[2].first, new.statements[2].last) == (4, 4)


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_all_kinds_of_line_ends(ends: str) -> None:
    text = Text(ends.join(["a = 1", "b = 2", "c = 3", ""]), "f.py")
    new, head, tail = text.edited(ends.join(["a = 1", "b = 20", "c = 3", ""]), "f.py")
    assert (head, tail) == (1, 1)
    assert [statement.first for statement in new.statements] == [1, 2, 3]


def test_a_form_feed_ends_no_line() -> None:
    text = Text("a = 1\n\x0cb = 2\nc = 3\n", "f.py")
    new, _, _ = text.edited("a = 1\n\x0cb = 2\nc = 4\n", "f.py")
    assert [statement.first for statement in new.statements] == [1, 2, 3]


def test_the_docstring_is_the_first_statement_only() -> None:
    text = Text("'doc'\na = 1\n", "f.py")
    assert [s.is_docstring for s in text.statements] == [True, False]
    new, _, _ = text.edited("b = 1\n'doc'\na = 1\n", "f.py")
    assert [s.is_docstring for s in new.statements] == [False, False, False]
    again, _, _ = new.edited("'doc'\na = 1\n", "f.py")
    assert [s.is_docstring for s in again.statements] == [True, False]

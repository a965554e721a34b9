"""Errors of any class and size: a failing cell shows one, of at most 25 lines, with none of our frames."""

from __future__ import annotations

import sys

import pytest
from kernels import Cell, Kernel


def failing(kernel: Kernel, body: str, tail: str = "env.run(fails).fetch()  # asked") -> str:
    """The one error that is shown, where remote code does this."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return error_of(kernel.cell(f"def fails():\n{lines}{tail}"))


def error_of(cell: Cell) -> str:
    assert [one["type"] for one in cell.outputs if one["type"] != "stream"] == ["error"], cell.outputs
    assert cell.text("stderr") == ""
    assert cell.reply is not None
    assert cell.reply["status"] == "error"
    text = cell.errors[0]
    assert len(text.splitlines()) <= 25, text
    assert "ray_proxy/" not in text
    assert "site-packages" not in text
    assert "RemoteTraceback" not in text
    return text


CLASS = "class Odd(Exception):\n    {}\nraise Odd('odd')"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (CLASS.format("def __str__(self): raise KeyError"), "Odd: <its str() raises KeyError>"),
        (CLASS.format("def __str__(self): raise SystemExit"), "Odd: <its str() raises SystemExit>"),
        (CLASS.format("def __str__(self): return 5"), "Odd: <its str() raises TypeError>"),
        (CLASS.format("def __repr__(self): raise KeyError"), "Odd: odd"),
        (CLASS.format("def __getattr__(self, name): raise KeyError(name)"), "Odd: odd"),
        (CLASS.format("def __setattr__(self, name, value): raise TypeError(name)"), "Odd: odd"),
        (CLASS.format("__traceback__ = __cause__ = property(lambda self: None)"), "Odd: odd"),
        (CLASS.format("def __eq__(self, other): raise KeyError"), "Odd: odd"),
        ("raise type('A\\nB', (Exception,), {})('odd')", "A\\nB: odd"),
        ("raise type('A' * 100_000, (Exception,), {})('odd')", f"{'A' * 200}…: odd"),
        ("class Stop(KeyboardInterrupt): pass\nraise Stop('now')", "Stop: now"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("raise KeyError('x' * 50_000)", "characters are left out …"),
    ],
)
def test_of_an_odd_class(kernel: Kernel, body: str, message: str) -> None:
    text = failing(kernel, body)
    assert message in text
    assert text.count("# asked") == 1
    assert len(text) < 5000


@pytest.mark.skipif(sys.version_info < (3, 11), reason="before Python 3.11, notes are not shown")
@pytest.mark.parametrize(
    ("notes", "words"),
    [
        ("5", "in the interpreter"),
        ("[5, 'good']", "5\ngood\nin the interpreter"),
        ("[type('Mute', (), {'__str__': lambda self: 1 / 0})()]", "<a note whose str() raises ZeroDivisionError>"),
        ("[f'note {n}' for n in range(100)]", "note 3\n… 92 notes left out; sys.last_value.__notes__ has all\nnote 96"),
        ("['\\n'.join(map(str, range(300)))]", "0\n1\n… 298 lines are left out\nin the interpreter"),
    ],
)
def test_with_odd_notes(kernel: Kernel, notes: str, words: str) -> None:
    assert words in failing(kernel, f"error = ValueError('x')\nerror.__notes__ = {notes}\nraise error")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("exec('x = (', {})", "'(' was never closed"),
        ("compile('def f(:', 'there.py', 'exec')", "File there.py:1"),
        ("compile('x' * 100_000 + ' 5', 'there.py', 'exec')", "invalid syntax"),
        ("exec('if 1:\\nx = 1', {})", "IndentationError"),
    ],
)
def test_of_syntax_that_was_met_there(kernel: Kernel, code: str, words: str) -> None:
    text = failing(kernel, code)
    assert words in text
    assert "# asked" in text
    assert code in text
    assert len(text) < 2000


def test_of_lines_that_end_otherwise(kernel: Kernel) -> None:
    assert "left out" in failing(kernel, "raise ValueError('a\\r\\nb\\rc\\x0cd\\u2028e\\x85' * 60)")


def test_a_statement_of_many_lines_does_not_push_out_the_others(kernel: Kernel) -> None:
    numbers = "\n".join(f"    {n}," for n in range(60))
    text = failing(kernel, f"return sum([\n{numbers}\n1 / 0])  # there", f"env.run(fails, (\n{numbers}\n)[:0]).fetch()")
    assert all(words in text for words in (")[:0]).fetch()", "env.run(fails, (", "# there", "ZeroDivisionError"))


def test_a_line_of_source_that_is_too_long_is_cut(kernel: Kernel) -> None:
    text = failing(kernel, f"return 1 / 0  # {'q' * 10_000}")
    assert "characters are left out" in text
    assert len(text) < 8000


def test_of_a_recursion_it_is_said_that_frames_are_left_out(kernel: Kernel) -> None:
    text = failing(kernel, "def deep(n):\n    return deep(n + 1)\nreturn deep(0)")
    assert text.count("return deep(n + 1)") in (2, 3, 4)
    assert "… frames are left out; ray_proxy.show_all_frames() has them shown" in text


def test_where_a_long_chain_began_is_shown(kernel: Kernel) -> None:
    kernel.cell("def first(): return 1 / 0")
    text = error_of(
        kernel.cell(
            "def wraps(n):\n    try:\n        return wraps(n - 1) if n else env.run(first).fetch()\n"
            "    except Exception as error:\n        raise LookupError('a\\n' * 40)  # raised\nwraps(3)"
        )
    )
    assert text.index("ZeroDivisionError: division by zero") < text.index("… 2 errors behind it not shown")
    assert "… 39 lines are left out; str(sys.last_value.__context__) has them" in text
    assert kernel.cell("import sys; len(str(sys.last_value.__context__).splitlines())").result == "40"


def test_the_error_is_not_changed(kernel: Kernel) -> None:
    error_of(
        kernel.cell(
            "def first(): return 1 / 0\ntry:\n    env.run(first).fetch()\nexcept Exception as error:\n"
            "    caught, cause, carried = error, error.__cause__, dict(vars(error))\n    raise"
        )
    )
    same = "caught.__cause__ is cause, caught.__suppress_context__, vars(caught) == carried"
    assert kernel.cell(same).result == "(True, True, True)"
    last = "import sys; sys.last_value is caught, sys.last_traceback is caught.__traceback__"
    assert kernel.cell(last).result == "(True, True)"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="there are no groups of errors before Python 3.11")
def test_of_a_group_where_not_all_fits(kernel: Kernel) -> None:
    text = error_of(
        kernel.cell(
            "import asyncio\ndef there(i):\n    return 1 / i  # there\nasync def task():\n"
            "    return env.run(there, (0,)).fetch()  # asked\n"
            "async with asyncio.TaskGroup() as group:\n    for _ in range(4): group.create_task(task())"
        )
    )
    assert text.count("ZeroDivisionError: division by zero") == 4
    assert "# there" in text
    assert "taskgroups.py" not in text
    text = failing(kernel, "raise ExceptionGroup('all', [ValueError('m\\n' * 100), KeyError('k' * 100_000)])")
    assert "ValueError: m\n" in text
    assert "… 98 lines are left out …" in text
    assert "characters are left out" in text
    assert len(text) < 8000


@pytest.mark.skipif(sys.version_info < (3, 11), reason="there are no groups of errors before Python 3.11")
def test_of_a_group_with_an_odd_error(kernel: Kernel) -> None:
    text = failing(kernel, "class Mute(Exception):\n    def __str__(self): raise KeyError\n"
                           "raise ExceptionGroup('all', [Mute(1), ValueError('x')])")  # fmt: skip
    assert "Mute: <its str() raises KeyError>" in text
    assert "ValueError: x" in text

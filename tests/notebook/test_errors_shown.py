"""A failing cell shows one error, with the user's own lines, here and there."""

from __future__ import annotations

import sys

import pytest
from kernels import Cell, Kernel

CODE = """
def g(y):
    return 1 / y  # here


def f(x):
    return g(x - 1)
"""


@pytest.fixture(scope="module")
def failing(kernel: Kernel) -> Kernel:
    assert kernel.cell(CODE).errors == []
    assert kernel.cell("v = env.run(f, (1,))  # asked").errors == []
    return kernel


def error_of(cell: Cell) -> str:
    """The one error of a cell that fails, which is all that it shows."""
    assert [one["type"] for one in cell.outputs if one["type"] != "stream"] == ["error"], cell.outputs
    assert cell.text("stderr") == ""
    return cell.errors[0]


def check(text: str) -> None:
    assert len(text.splitlines()) <= 25
    for words in ("# asked", "return g(x - 1)", "return 1 / y", "ZeroDivisionError: division by zero"):
        assert text.count(words) == 1, text
    assert "ray_proxy/" not in text
    assert "in the interpreter" in text
    assert "RemoteTraceback" not in text


def test_where_the_value_is_needed(failing: Kernel) -> None:
    text = error_of(failing.cell("v.fetch()"))
    check(text)
    assert text.count("v.fetch()") == 1


@pytest.mark.parametrize("code", ["v", "[v]", "display(v)", "print(v)", "{'a': v}"])
def test_where_it_is_shown(failing: Kernel, code: str) -> None:
    check(error_of(failing.cell(code)))


@pytest.mark.parametrize("mode", ["Plain", "Verbose", "Minimal"])
def test_in_each_mode_of_the_shell(failing: Kernel, mode: str) -> None:
    failing.cell(f"%xmode {mode}")
    try:
        text = error_of(failing.cell("v.fetch()"))
    finally:
        failing.cell("%xmode Context")
    assert "ray_proxy/" not in text
    assert "ZeroDivisionError: division by zero" in text
    assert len(text.splitlines()) <= 25


def test_an_operator_that_fails_has_its_line(failing: Kernel) -> None:
    text = error_of(failing.cell("w = env.put(1) / 0  # divided\nw.fetch()"))
    assert "# divided" in text
    assert len(text.splitlines()) <= 25


def test_a_recursion_is_short(failing: Kernel) -> None:
    text = error_of(failing.cell("def deep(n):\n    return deep(n + 1)\nenv.run(deep, (0,)).fetch()"))
    assert "RecursionError" in text
    assert len(text.splitlines()) <= 25


def test_of_many_frames_each_has_its_text(failing: Kernel) -> None:
    functions = "".join(f"def h{n}(): return h{n + 1}()\n" for n in range(5))
    text = error_of(failing.cell(f"{functions}def h5(): return 1 / 0\nenv.run(h0).fetch()  # asked"))
    assert len(text.splitlines()) <= 25
    assert all(words in text for words in ("# asked", "return h1()", "return h5()", "return 1 / 0"))


def test_of_a_long_message_the_middle_is_left_out(failing: Kernel) -> None:
    cell = failing.cell("def wordy(): raise ValueError('\\n'.join(map(str, range(300))))\nenv.run(wordy).fetch()")
    text = error_of(cell)
    assert len(text.splitlines()) <= 25
    assert "ValueError: 0\n1\n2\n3\n… 292 lines are left out; str(sys.last_value) has them\n296\n" in text
    assert failing.cell("import sys; len(str(sys.last_value).splitlines())").result == "300"


def test_of_a_long_line_too(failing: Kernel) -> None:
    text = error_of(failing.cell("def wordy(): raise ValueError('x' * 10_000)\nenv.run(wordy).fetch()"))
    assert "… 8,000 characters are left out …" in text
    assert len(text) < 4000


def test_an_error_without_a_text_is_shown(failing: Kernel) -> None:
    cell = failing.cell(  # not raised by the cell: the kernel itself asks for the text then
        "class Mute(Exception):\n    def __str__(self): raise KeyError\n"
        "def mute(): raise Mute\ntry: env.run(mute).fetch()  # asked\nexcept Mute: get_ipython().showtraceback()"
    )
    text = error_of(cell)
    assert "Mute: <its str() raises KeyError>\nin the interpreter" in text
    assert "# asked" in text
    assert "ray_proxy/" not in text


REMOTE_CHAIN = """
def chained(depth):
    if not depth:
        raise KeyError("the first")
    try:
        chained(depth - 1)
    except Exception as error:
        raise RuntimeError(f"after {depth}") from error  # chained
env.run(chained, (DEPTH,)).fetch()  # asked
"""


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_a_remote_chain_fits(failing: Kernel, depth: int) -> None:
    text = error_of(failing.cell(REMOTE_CHAIN.replace("DEPTH", str(depth))))
    assert len(text.splitlines()) <= 25
    assert text.count("# asked") == 1
    assert text.index("KeyError: 'the first'") < text.rindex(f"RuntimeError: after {depth}\nin the interpreter")
    assert ("… 3 errors behind it not shown" in text) == (depth == 5)


def test_a_local_chain_over_a_remote_one_fits(failing: Kernel) -> None:
    text = error_of(
        failing.cell(
            "def wrapped(n):\n    try:\n        return wrapped(n - 1) if n else v.fetch()\n"
            "    except Exception as error:\n        raise LookupError(n) from error  # raised\nwrapped(1)"
        )
    )
    assert len(text.splitlines()) <= 25
    assert "ZeroDivisionError: division by zero" in text
    assert "ray_proxy/" not in text
    assert text.splitlines()[-1] == "LookupError: 1"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="there are no groups of errors before Python 3.11")
def test_a_group_of_remote_errors(failing: Kernel) -> None:
    cell = failing.cell(
        "import asyncio\nasync def task():\n    await env.run(f, (1,))  # asked\n"
        "async with asyncio.TaskGroup() as group:\n    group.create_task(task())  # grouped"
    )
    text = error_of(cell)
    assert len(text.splitlines()) <= 25
    assert "ray_proxy/" not in text
    assert "site-packages" not in text
    assert all(
        words in text for words in ("Cell In[", "# asked", "return 1 / y", "ZeroDivisionError: division by zero")
    )
    text = error_of(failing.cell("def several(): raise ExceptionGroup('all', [KeyError(n) for n in range(15)])\n"
                                 "env.run(several).fetch()"))  # fmt: skip
    assert len(text.splitlines()) <= 25
    assert "ray_proxy/" not in text


def test_stop_again_where_remote_code_goes_on(failing: Kernel) -> None:
    cell = failing.start(
        "def stubborn():\n    import time\n    for n in range(40):\n        try:\n            time.sleep(0.1)\n"
        "        except KeyboardInterrupt:\n            print('not yet', flush=True)\n"
        "print('begun', flush=True); env.run(stubborn).fetch()  # asked"
    )
    failing.until(lambda: "begun" in cell.text())
    failing.settle(0.5)
    failing.interrupt()
    failing.until(lambda: "not yet" in cell.text())
    failing.interrupt()
    text = error_of(cell.wait())
    assert "KeyboardInterrupt" in text
    assert "ray_proxy/" not in text
    assert "# asked" in text
    failing.cell("env.sync()")


def test_of_a_library_the_innermost_line_is_shown(failing: Kernel) -> None:
    text = error_of(failing.cell("env.module('json').loads('{')"))
    assert text.count("json/decoder.py") == 1
    assert "json/__init__.py" not in text


def test_the_error_itself_has_its_cause_and_frames(failing: Kernel) -> None:
    cell = failing.cell(
        "try:\n    v.fetch()\nexcept ZeroDivisionError as error:\n    caught = error\n"
        "(type(caught.__cause__).__name__, caught.__traceback__.tb_next is not None)"
    )
    assert cell.result == "('RemoteTraceback', True)"
    error_of(failing.cell("raise caught"))
    assert failing.cell("type(caught.__cause__).__name__").result == "'RemoteTraceback'"


def test_an_error_of_our_own_is_shown_without_our_lines(failing: Kernel) -> None:
    text = error_of(failing.cell("env.output(since='yesterday')"))
    assert "since is a time" in text
    assert "ray_proxy/" not in text


def test_an_error_that_is_none_of_ours_is_as_it_was(failing: Kernel) -> None:
    text = error_of(failing.cell("import json\njson.loads('{')"))
    assert "json/__init__.py" in text


def test_all_frames_are_shown_on_request(failing: Kernel) -> None:
    failing.cell("ray_proxy.show_all_frames()")
    try:
        text = error_of(failing.cell("v.fetch()"))
    finally:
        failing.cell("ray_proxy.show_all_frames(False)")
    assert "RemoteTraceback" in text
    assert "ray_proxy/" in text


def test_what_was_shown_is_not_logged_later(failing: Kernel) -> None:
    cell = failing.cell("x = env.run(f, (1,))\nx")
    failing.cell("del x\nOut.clear(); _ = __ = ___ = None\nimport gc; gc.collect(); env.sync()")
    failing.settle(0.5)
    assert "ray_proxy" not in cell.text("stderr")


def test_tb_and_debug_still_work(failing: Kernel) -> None:
    failing.cell("v.fetch()")
    assert "ZeroDivisionError" in failing.cell("%tb").text() + "".join(failing.cell("%tb").errors)
    cell = failing.cell("%debug", answers=["w", "q"])
    assert "fetch" in cell.text()


@pytest.mark.parametrize("clause", [" from error", ""])
def test_an_error_that_a_remote_one_has_led_to_is_shown_behind_it(failing: Kernel, clause: str) -> None:
    text = error_of(
        failing.cell(
            "def load():\n"
            "    try:\n"
            "        v.fetch()  # wrapped\n"
            "    except ZeroDivisionError as error:\n"
            f"        raise RuntimeError('cannot load'){clause}  # raised here\n"
            "load()"
        )
    )
    first, second = text.split("RuntimeError", 1)[0], text[text.rindex("RuntimeError: cannot load") :]
    assert "ray_proxy/" not in text
    assert text.index("return 1 / y") < text.index("ZeroDivisionError: division by zero") < text.rindex("# raised")
    assert text.count("in the interpreter") == 1
    assert "in the interpreter" not in second
    assert first


@pytest.mark.parametrize("code", ["%%remote errors --num_cpus 0\nx+", "%%remote errors --num_cpus 0\nreturn 5"])
def test_a_remote_cell_with_a_syntax_error_shows_its_line(failing: Kernel, code: str) -> None:
    failing.cell("%load_ext ray_proxy")
    text = failing.cell(code).errors[0]
    assert "SyntaxError" in text
    assert "line 2" in text
    assert "interactiveshell" not in text
    assert len(text.splitlines()) <= 8
    assert "ray_proxy/" not in text


GONE = r"""
def define():
    import linecache
    text = "# a comment\n\ndef old(x):\n    y = x\n    return 1 / y\n"
    linecache.cache["/gone/cell.py"] = len(text), None, text.splitlines(True), "/gone/cell.py"
    names = {}
    exec(compile(text, "/gone/cell.py", "exec"), names)
    return names["old"]
old = env.run(define)
env.sync()
"""


def test_the_line_of_a_cell_that_is_not_here_any_more_is_shown(failing: Kernel) -> None:
    assert failing.cell(GONE).errors == []
    text = error_of(failing.cell("old(0).fetch()"))
    assert "/gone/cell.py:5" in text
    assert "----> 5 return 1 / y" in text


# --------------------------------------------------------------------------------------------------- notes


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("d = env.put({1: 2})\nimport json\njson.dumps(d)", "d is a Var of dict in"),
        ("d = env.put(ValueError('x'))\nraise d", "raise d.fetch()"),
        ("d = env.put('x')\n''.join([d])", "pass d.fetch()"),
        ("d = env.put(1)\nimport json\njson.dumps({'a': [d]})", "env.remote(json.dumps)({'a': [d]})"),
        ("import subprocess\nsubprocess.run([env.put('ls')])", "the argument is a Var"),
    ],
)
def test_a_note_says_what_would_help(failing: Kernel, code: str, words: str) -> None:
    text = error_of(failing.cell(code))
    assert words in text


@pytest.mark.parametrize(
    "code",
    [
        "import math\nmath.sqrt(env.put('x'))",
        "int(env.put('x'))",
        "d = env.put([1])\nint('x', 'y')",
        "raise ValueError('x')",
    ],
)
def test_there_is_no_note_where_the_error_is_about_something_else(failing: Kernel, code: str) -> None:
    assert "ray_proxy:" not in error_of(failing.cell(code))

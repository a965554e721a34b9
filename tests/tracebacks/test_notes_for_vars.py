"""An error of code that was given a Var, and wanted the real thing, has a note; one about something else has none."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import pytest
from conftest import LoopbackInterpreter

from ray_proxy.tracebacks.notes import add_note

POSITIONS = pytest.mark.skipif(sys.version_info < (3, 11), reason="before Python 3.11, no code tells its columns")
numbers = itertools.count()
MODULES = "import base64, collections, importlib, json, os, pathlib, re, socket, struct, subprocess, zlib"


def note(env: LoopbackInterpreter, folder: Path, value: object, code: str) -> str:
    """The note at the error of this code, in which `v` is a Var; empty where it has none."""
    path = folder / f"code{next(numbers)}.py"
    path.write_text(f"{MODULES}\n{code}\n")
    with pytest.raises(Exception) as raised:
        exec(compile(path.read_text(), str(path), "exec"), {"v": env.put(value), "env": env})
    found = add_note(raised.value) or ""
    assert found == add_note(raised.value) or not found
    return found


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        ({1: 2}, "json.dumps({'a': [v]})", "pass v.fetch(), or call it there: env.remote(json.dumps)({'a': [v]})"),
        ({1: 2}, "d = {'a': [v]}\njson.dumps(d)", "pass d['a'][0].fetch()"),
        ({1: 2}, "json.dumps(obj=v)", "pass v.fetch()"),
        ({1: 2}, "class H: pass\nh = H()\nh.v = v\njson.dumps(h.v)", "h.v is a Var"),
        ({1: 2}, "d = {'k': v}\njson.dumps(d['k'])", "d['k'] is a Var"),
        ({1: 2}, "def f(x):\n    return json.dumps(x)\nf(v)", "x is a Var"),
        (b"ab", "struct.pack('2s', v)", "pass v.fetch()"),
        ("x", "''.join(['a', v])", "pass v.fetch()"),
        ("x", "l = ['a', v]\n''.join(l)", "pass l[1].fetch()"),
        ("x", "''.join(x for x in [v])", "v is a Var"),
        ("/", "open(v)", "env.remote(open)(v)"),
        ("/", "with open(v) as file:\n    pass", "pass v.fetch()"),
        ("ls", "subprocess.run(['ls', v])", "pass v.fetch()"),
        ("ls", "subprocess.run(['ls'], env={'A': v})", "pass v.fetch()"),
        ("ls", "os.path.join('a', v)", "pass v.fetch()"),
        ("ls", "pathlib.Path(v)", "pass v.fetch()"),
        ("x", "re.match('x', v)", "pass v.fetch()"),
        ("x", "'abc'.replace('a', v)", "pass v.fetch()"),
        ("x", "v in 'abc'", "pass v.fetch()"),
        ("x", "importlib.import_module(v)", "v is a Var"),
        ("x", "exec(v)", "pass v.fetch()"),
        ("x", "getattr(1, v)", "pass v.fetch()"),
        ("x", "socket.gethostbyname(v)", "pass v.fetch()"),
        (b"x", "zlib.compress(v)", "pass v.fetch()"),
        (b"x", "base64.b64encode(v)", "pass v.fetch()"),
        (3, "collections.deque([], v)", "pass v.fetch()"),
        ("x", "class File:\n    write = ''.join\nFile.write([v])", "pass v.fetch()"),
        (ValueError("x"), "raise v", "raise v.fetch()"),
    ],
)
def test_it_says_what_would_help(
    env: LoopbackInterpreter, tmp_path: Path, value: object, code: str, words: str
) -> None:
    assert words in note(env, tmp_path, value, code)


def test_a_call_of_what_is_here_is_not_advised(env: LoopbackInterpreter, tmp_path: Path) -> None:
    found = note(env, tmp_path, "x", "import io\nfile = io.StringIO()\nfile.write(v)")
    assert found.endswith("pass v.fetch()")


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (3, "int('x', v)"),
        (3, "def f(x): raise TypeError('mine')\nf(v)"),
        (3, "def f(x, y): pass\nf(v)"),
        (3, "len(v, v)"),
        (3, "print(v, nothing=3)"),
        (3, "json.loads('{', parse_int=v)"),
        (3, "json.dumps([object(), 1]), v"),
        (3, "def default(o): raise TypeError('mine')\njson.dumps([v, object()], default=default)"),
        (3, "x = 3\nx(v)"),
        (3, "class A: pass\nA().nothing(v)"),
        (3, "isinstance(v, 3)"),
        (3, "''.join([1, v])"),
        (3, "(v + 'a').fetch()"),
        (3, "env.run(len, (v,)).fetch()"),
        (3, "x = [v]\n1 + 'a'"),
        (3, "raise KeyError('x')"),
    ],
)
def test_an_error_about_something_else_has_none(
    env: LoopbackInterpreter, tmp_path: Path, value: object, code: str
) -> None:
    assert note(env, tmp_path, value, code) == ""


@pytest.mark.parametrize(
    "code",
    [
        "print(v); 1 + 'a'",
        "print(v, 1 + 'a')",
        "print(v, ''.join([1, 2]))",
        "print(v, [].index('a', 'b'))",
    ],
)
def test_an_error_of_another_part_of_the_line_has_none(env: LoopbackInterpreter, tmp_path: Path, code: str) -> None:
    assert note(env, tmp_path, 3, code) == ""


@POSITIONS
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("print(3, ''.join([v]))", "v is a Var"),
        ("len([]), exec(v)", "v is a Var"),
        ("raise KeyError from v", "v is a Var"),
    ],
)
def test_it_is_found_in_a_part_of_the_line(env: LoopbackInterpreter, tmp_path: Path, code: str, words: str) -> None:
    assert words in note(env, tmp_path, "x", code)

"""Cells that run in an interpreter: text whose globals are its named variables.

A client calls `run` by its name, as any function; so a cell stands in logs, and is executed again, as any call does.
This file must never know who calls.
"""

from __future__ import annotations
import __future__

import ast
import linecache
import reprlib
import warnings
import weakref
from collections.abc import Iterator
from inspect import CO_COROUTINE
from types import CodeType, FunctionType
from typing import Any, NamedTuple, Union

from ..edits.redefining import redefine
from ..errors import CodeKeptWarning
from ..looking.displaying import drawn, show_figures
from .names import MODULE, Names, executing

_Definition = Union[ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef]
_SHAPED = ("numpy", "pandas", "polars", "torch", "xarray", "scipy", "jax", "jaxlib", "tensorflow")
"""Packages whose objects tell their shape, or length, at no cost."""
_LONGEST = 80
"""Characters of an object's text that a listing has."""


class _Step(NamedTuple):
    """A statement of a cell."""

    code: CodeType
    defines: dict[str, str]
    """The names of functions and classes that it defines, each with what tells its text from others; empty where it
    has to be executed, whatever its text."""


def run(source: str, file: str) -> Any:
    """Execute a cell; gives the value of its last expression, if a statement that is one ends it.

    A function or class that the cell defines again takes the place of the live one, as in an edited module; one whose
    text is the same is left as it is. What was assigned before an error, or an interrupt, stays. With ``await`` outside
    of functions, a coroutine is returned, which does it. At the end, figures that pyplot has drawn are displayed.

    Args:
        source: its text.
        file: what tracebacks call it.

    Raises:
        SyntaxError: of the text. Then nothing of it is executed.
    """
    names = executing.get()
    steps = _steps(source, file)
    linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
    names.install()
    if any(step.code.co_flags & CO_COROUTINE for step in steps):
        return _run_awaiting(names, steps)
    result, before = None, drawn()
    try:
        for step in steps:
            live = _live(names, step)
            if live is not None:
                result = eval(step.code, names.table)
                _take_places(names, step, live)
    finally:
        show_figures(before, result)
    return result


async def _run_awaiting(names: Names, steps: list[_Step]) -> Any:
    result, before = None, drawn()
    try:
        for step in steps:
            live = _live(names, step)
            if live is not None:
                result = eval(step.code, names.table)
                if step.code.co_flags & CO_COROUTINE:
                    result = await result
                _take_places(names, step, live)
    finally:
        show_figures(before, result)
    return result


def _steps(source: str, file: str) -> list[_Step]:
    tree = compile(source, file, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, True)
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    steps: list[_Step] = []
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            for alias in statement.names:
                flags |= getattr(__future__, alias.name).compiler_flag if hasattr(__future__, alias.name) else 0
        _let_main_run(statement)
        is_result = statement is tree.body[-1] and isinstance(statement, ast.Expr)
        part: Any = ast.Expression(statement.value) if is_result else ast.Module([statement], [])
        code = compile(part, file, "eval" if is_result else "exec", flags, True)
        steps.append(_Step(code, dict(_defined(statement))))
    return steps


def _let_main_run(statement: ast.stmt) -> None:
    """``if __name__ == "__main__":`` holds in a cell, though its module has another name."""
    if isinstance(statement, ast.If) and ast.dump(statement.test) in _MAIN:
        statement.test = ast.copy_location(ast.Constant(True), statement.test)


_MAIN = {ast.dump(ast.parse(text, mode="eval").body) for text in ("__name__ == '__main__'", "'__main__' == __name__")}


def _defined(statement: ast.AST) -> Iterator[tuple[str, str]]:
    """Functions and classes that a statement defines in the namespace of the cell."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield statement.name, ast.dump(statement) if _is_plain(statement) else ""
        return
    if isinstance(statement, (ast.If, ast.For, ast.While, ast.Try, ast.With, ast.AsyncFor, ast.AsyncWith, ast.Match)):
        for part in ast.iter_child_nodes(statement):
            for name, _ in _defined(part):
                yield name, ""
    elif isinstance(statement, (ast.ExceptHandler, ast.match_case)):
        for part in statement.body:
            for name, _ in _defined(part):
                yield name, ""


def _is_plain(definition: _Definition) -> bool:
    """Whether executing it again could do nothing else than make the same again."""
    if definition.decorator_list:
        return False
    if not isinstance(definition, ast.ClassDef):
        defaults = [*definition.args.defaults, *definition.args.kw_defaults]
        return all(default is None or isinstance(default, ast.Constant) for default in defaults)
    if definition.keywords or definition.bases:
        return False  # a base may be another class than it was
    for part in definition.body:
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)) and _is_plain(part):
            continue
        value = getattr(part, "value", None)
        if isinstance(part, (ast.Assign, ast.AnnAssign, ast.Expr)) and isinstance(value, (ast.Constant, type(None))):
            continue
        if not isinstance(part, ast.Pass):
            return False
    return True


# ------------------------------------------------------------------------------------- definitions, again


def _live(names: Names, step: _Step) -> dict[str, Any] | None:
    """What is live of that which a statement defines; None: all of it, from the same text, so that nothing is to do."""
    table, texts = names.table, names.texts
    live = {name: table[name] for name in step.defines if _is_ours(name, table.get(name))}
    is_same = bool(step.defines) and all(
        text and name in live and name in texts and texts[name][0] == text and texts[name][1]() is live[name]
        for name, text in step.defines.items()
    )
    return None if is_same else live


def _take_places(names: Names, step: _Step, live: dict[str, Any]) -> None:
    """Let what was live become as what a statement has just defined."""
    for name, text in step.defines.items():
        new, old = names.table.get(name), live.get(name)
        if old is not None and new is not old and type(new) is type(old) and _is_ours(name, new):
            notes: list[str] = []
            names.table[name] = redefine(old, new, notes)
            for note in notes:
                warnings.warn(note, CodeKeptWarning, stacklevel=3)
        if _is_ours(name, names.table.get(name)):
            names.texts[name] = text, weakref.ref(names.table[name])


def _is_ours(name: str, value: object) -> bool:
    """Whether a cell has defined that function or class under that name."""
    return isinstance(value, (FunctionType, type)) and (value.__module__, value.__qualname__) == (MODULE, name)


# ------------------------------------------------------------------------------------------------ listing


class Entry(NamedTuple):
    """A named variable, in words."""

    name: str
    type: str
    size: str
    """The shape of an array or a frame, or the length."""
    text: str
    """The first characters of its `repr`."""


def listing() -> list[Entry]:
    """The named variables, in the order in which they were given. A client calls it by its name, too."""
    names = executing.get()
    return [
        Entry(name, _type_of(value), _size_of(value), _text_of(value))
        for name, value in names.table.copy().items()
        if name in names
    ]


def _type_of(value: object) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ in ("builtins", MODULE) else f"{kind.__module__}.{kind.__qualname__}"


def _size_of(value: Any) -> str:
    try:
        if type(value).__module__.partition(".")[0] in _SHAPED:
            shape = getattr(value, "shape", None)
            if isinstance(shape, tuple):
                return "×".join(map(str, shape)) or "scalar"
            return f"{len(value):,}"
        if type(value) in (str, bytes, bytearray, list, tuple, dict, set, frozenset, range):
            return f"{len(value):,}"
    except Exception:  # of a library: then it has no size that could be told
        pass
    return ""


class _Shortener(reprlib.Repr):
    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = self.maxlong = _LONGEST
        self.maxlist = self.maxtuple = self.maxdict = self.maxset = self.maxfrozenset = 8
        self.maxlevel = 3


def _text_of(value: object) -> str:
    try:
        text = " ".join(_Shortener().repr(value).split())
    except Exception as error:
        return f"<its repr raises {type(error).__name__}>"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

"""Pieces of a stub's text: overloads, docstrings, notes."""

from __future__ import annotations

from .source import definition

_LONGEST_NOTE = 400


def overloads(functions: list[list[str]]) -> list[str]:
    if len(functions) == 1:
        return functions[0]
    return [line for lines in functions for line in ["    @overload", *lines]]


def distinct(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    seen: dict[str, str] = {}
    for of, gives in pairs:
        seen.setdefault(of, gives)
    return list(seen.items())


def described(name: str, first: list[str], pairs: list[tuple[str, str]], doc: str) -> list[str]:
    """A method of the interpreter: each overload has the docstring, because editors show that of the one that fits."""
    functions = []
    for taken, gives in pairs:
        lines = definition("    ", name, ["self", *first, taken], gives, "")
        functions.append([*lines[:-1], lines[-1].rstrip(), *docstring("        ", doc)])
    return overloads(functions)


def note(signature: str, doc: str) -> str:
    if len(signature) > _LONGEST_NOTE:
        signature = f"{signature[:_LONGEST_NOTE]}…"
    return f"```python\n{signature}\n```\n{doc}".rstrip()


def summary(doc: str) -> str:
    return doc.strip().partition("\n")[0]


def docstring(indent: str, text: str) -> list[str]:
    if not text:
        return []
    text = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if text.endswith('"'):
        text += " "
    lines = [line.rstrip() for line in text.split("\n")]
    if len(lines) == 1:
        return [f'{indent}"""{lines[0]}"""']
    return [f'{indent}"""{lines[0]}', *(f"{indent}{line}".rstrip() for line in lines[1:]), f'{indent}"""']

"""What random projects load, and how the operations on them are executed in an interpreter."""

from __future__ import annotations

import importlib
import inspect
import pickle
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

loaded: list[str] = []
"""What was loaded, in order."""


def load(name: str, value: int) -> int:
    """Stands for what takes long, and must happen once."""
    loaded.append(name)
    return value * 10 + 7


def loads() -> list[str]:
    """What was loaded since this was asked last."""
    found = loaded[:]
    loaded.clear()
    return found


def copied(value: Any) -> Any:
    """The value pickled, and loaded again."""
    return pickle.loads(pickle.dumps(value))


def derived(cls: type) -> Any:
    """An instance of a subclass that no text knows."""
    return type("Derived", (cls,), {})(1)


def assigned(owner: Any, name: str, value: int) -> None:
    setattr(owner, name, value)


def put(container: Any, value: int) -> None:
    if isinstance(container, dict):
        container[value] = value
    elif isinstance(container, list):
        container.append(value)
    else:
        container.add(value)


def taken(container: Any) -> None:
    """Remove the first that is in it."""
    if container and isinstance(container, dict):
        container.pop(next(iter(container)))
    elif container:
        container.pop(0) if isinstance(container, list) else container.remove(min(container))


TOOLS: dict[str, Callable[..., Any]] = {
    tool.__name__: tool for tool in (loads, copied, derived, assigned, put, taken, partial)
}


def make(expression: str, modules: Mapping[str, str], names: Sequence[str], *objects: Any) -> Any:
    """The value of an expression over modules and objects, by name. Modules are imported when they are named."""
    known = {**TOOLS, **dict(zip(names, objects))}
    for short, name in modules.items():
        if short in expression:
            known[short] = importlib.import_module(name)
    return eval(expression, known)


def ask(expression: str, modules: Mapping[str, str], names: Sequence[str], *objects: Any) -> str:
    """What is to be seen of the value; or the type of the error."""
    try:
        return repr(plain(make(expression, modules, names, *objects)))
    except Exception as error:
        return type(error).__name__


def plain(value: Any) -> Any:
    """Generators and coroutines run to their ends; sets are sorted."""
    if inspect.isgenerator(value):
        return [plain(item) for item in value]
    if inspect.iscoroutine(value):
        try:
            value.send(None)
        except StopIteration as end:
            return plain(end.value)
        raise AssertionError("it waits")
    if isinstance(value, (tuple, list)):
        return type(value)(plain(item) for item in value)
    if isinstance(value, set):
        return sorted(value)
    return value

"""The live functions of a module: each gets the code of the new text, and stays the same object.

Where it cannot (it needs other variables around it, or a generator becomes a plain function), it calls the new one.
"""

from __future__ import annotations

import functools
import gc
import inspect
from collections.abc import Callable, Iterable, Sequence
from types import CellType, CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from .codes import meaning
from .journal import Journal
from .replaced import Replaced

_KIND = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
_ATTRIBUTES = ("__defaults__", "__kwdefaults__", "__annotations__", "__doc__", "__qualname__", "__type_params__")
Successor = Callable[[CodeType], "tuple[CodeType, bool] | None"]


def find_functions(namespaces: Sequence[dict[str, Any]]) -> dict[int, list[FunctionType]]:
    """The functions whose globals are these, wherever they are held, by the id of the globals."""
    found: dict[int, list[FunctionType]] = {id(namespace): [] for namespace in namespaces}
    if len(namespaces) == 1:
        candidates = gc.get_referrers(namespaces[0])
    else:
        candidates = gc.get_objects()
    for candidate in candidates:
        if type(candidate) is FunctionType:
            functions = found.get(id(candidate.__globals__))
            if functions is not None:
                functions.append(candidate)
    return found


class LiveFunctions:
    """The functions of one module during one edit.

    Attributes:
        settled: those that need nothing more.
        made: those that a statement of the new text has made anew.
        altered: those that do something else now.
        adopted: the new functions that live ones have become, since this list was cleared.
    """

    def __init__(
        self, namespace: dict[str, Any], journal: Journal, replaced: Replaced, note: Callable[[str], None]
    ) -> None:
        self._namespace: dict[str, Any] = namespace
        self._journal: Journal = journal
        self._replaced: Replaced = replaced
        self._note: Callable[[str], None] = note
        self._live: dict[FunctionType, tuple[CodeType, bool]] = {}
        self._by_code: dict[int, list[FunctionType]] = {}
        self._successor: Successor = lambda code: None
        self.settled: set[FunctionType] = set()
        self.made: set[FunctionType] = set()
        self.altered: set[FunctionType] = set()
        self.adopted: list[FunctionType] = []

    def find(self, functions: Iterable[FunctionType], successor: Successor, first: Iterable[FunctionType] = ()) -> None:
        """Of several that have the same code, these come first, and those that are found by their names: the others may
        be what an earlier text has made, which live ones have become, and which is not collected yet."""
        self._successor = successor
        for function in functions:
            successor_of_it = successor(function.__code__)
            if successor_of_it is not None:
                self._live[function] = successor_of_it
                self._by_code.setdefault(id(successor_of_it[0]), []).append(function)
        ids = set(map(id, first))
        for same in self._by_code.values():
            if len(same) > 1:
                same.sort(key=lambda one: not (id(one) in ids or self._is_named(one)))

    def _is_named(self, function: FunctionType) -> bool:
        names: Any = self._namespace
        found: Any = None
        for name in function.__qualname__.split("."):
            found = names.get(name)
            names = vars(found) if isinstance(found, type) else {}
        return getattr(found, "__func__", found) is function

    def __contains__(self, function: object) -> bool:
        return function in self._live

    def closures(self) -> list[FunctionType]:
        return list(self._live)

    def is_inner(self, function: FunctionType) -> bool:
        """Whether the function was made by a call of another one."""
        return function in self._live and self._live[function][1]

    def code_now(self, function: FunctionType) -> CodeType:
        """The code that the function has, or will have at the end of the edit."""
        successor = self._successor(function.__code__)
        return function.__code__ if successor is None else successor[0]

    def settle(self, everything: bool) -> None:
        """Give live functions their codes; at first only those that no statement will make anew."""
        for function, (code, inner) in self._live.items():
            if function in self.settled or function.__code__ is code:
                continue
            if everything or inner or meaning(function.__code__) == meaning(code):
                self.swap(function, code)

    def adopt(self, new: FunctionType, fresh: bool) -> None:
        """The new text has made a function: the live one of the same place becomes it."""
        for function in self._by_code.get(id(new.__code__), ()):
            if self.is_inner(function) or function is new or self._replaced.holds(new):
                continue
            if self.swap(function, new.__code__, new, fresh):
                self._replaced.put(new, function)
                self.adopted.append(new)

    def swap(
        self, function: FunctionType, code: CodeType, new: FunctionType | None = None, fresh: bool = False
    ) -> bool:
        """Give a function another code, and what else the new function has. False: it calls the new one instead.

        Args:
            function: the live one.
            code: what it shall execute.
            new: the function that the new text has made, if it has.
            fresh: whether attributes that decorators have set are taken from the new one.
        """
        old = function.__code__
        if meaning(old) != meaning(code):
            self.altered.add(function)
        elsewhere = new is not None and new.__globals__ is not function.__globals__
        if elsewhere or code.co_freevars != old.co_freevars or (code.co_flags ^ old.co_flags) & _KIND:
            self._replace(function, code, new)
            return False
        self._journal.set_code(function, code)
        self.settled.add(function)
        if new is not None:
            self.made.add(function)
            for name in _ATTRIBUTES:
                if hasattr(new, name) and getattr(function, name) is not getattr(new, name):
                    self._journal.set(function, name, getattr(new, name))
            for name, value in vars(new).items():
                if name != "__wrapped__" and (fresh or name not in vars(function)):
                    self._journal.set_item(vars(function), name, value)
        return True

    def _replace(self, function: FunctionType, code: CodeType, new: FunctionType | None) -> None:
        cells: dict[str, CellType] = {}
        if new is not None:
            cells.update(zip(new.__code__.co_freevars, new.__closure__ or ()))
        cells.update(zip(function.__code__.co_freevars, function.__closure__ or ()))
        missing = [name for name in code.co_freevars if name not in cells]
        if missing:
            name = f"{function.__module__}.{function.__qualname__}"
            self._note(f"{name}: a live closure keeps its old text, for it has no variable {', '.join(missing)}")
            self.settled.add(function)
            return
        if new is None:
            closure = tuple(cells[name] for name in code.co_freevars)
            new = FunctionType(code, self._namespace, function.__name__, function.__defaults__, closure)
            new.__kwdefaults__ = function.__kwdefaults__
            new.__qualname__ = function.__qualname__
        self.forward(function, new)

    def forward(self, function: FunctionType, to: Callable[..., Any]) -> None:
        """Let a function that cannot become another one call it."""
        self.settled.add(function)
        code = _forwarder(len(function.__closure__ or ()), inspect.iscoroutinefunction(to))
        self._journal.set_code(function, code.replace(co_name=function.__name__))
        self._journal.set(function, "__defaults__", None)
        self._journal.set(function, "__kwdefaults__", {"__to": to})
        self._journal.set(function, "__wrapped__", to)


@functools.lru_cache(maxsize=64)
def _forwarder(cells: int, is_coroutine: bool) -> CodeType:
    """The code of a function over so many cells that calls another one."""
    names = [f"c{number}" for number in range(cells)]
    uses = f"({', '.join(names)},)" if names else "pass"
    start, wait = ("async ", "await ") if is_coroutine else ("", "")
    text = (
        f"def outer({', '.join(names)}):\n"
        f"  {start}def forward(*args, __to, **kwargs):\n"
        f"    if 0: {uses}\n"
        f"    return {wait}__to(*args, **kwargs)\n"
        f"  return forward\n"
    )
    namespace: dict[str, Any] = {}
    exec(compile(text, __file__, "exec"), namespace)
    made: FunctionType = namespace["outer"](*names)
    return made.__code__


def functions_in(value: object, namespace: dict[str, Any], live: LiveFunctions) -> Iterable[FunctionType]:
    """Functions of the module that a new value holds, inside wrappers of any kind."""
    todo: list[tuple[Any, int]] = [(value, 0)]
    seen: set[int] = set()
    while todo and len(seen) < 3000:
        part, depth = todo.pop()
        if id(part) in seen or depth > 8:
            continue
        seen.add(id(part))
        if isinstance(part, type):
            if part.__module__ == namespace["__name__"] and (depth == 0 or part is not namespace.get(part.__name__)):
                todo += [(held, depth + 1) for held in vars(part).values()]
            continue
        if isinstance(part, (ModuleType, CodeType, FrameType, str, bytes, int, float)) or part is namespace:
            continue
        if type(part) is dict and ("__builtins__" in part or len(part) > 500):
            continue
        if type(part) is FunctionType:
            if part in live:
                continue
            if part.__globals__ is namespace:
                yield part
        todo += [(held, depth + 1) for held in gc.get_referents(part)]


def is_filled(cell: CellType) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:
        return False
    return True

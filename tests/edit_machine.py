"""Runs a random history in an interpreter, and compares what it gives with what it must."""

from __future__ import annotations

import itertools
from typing import Any

import edit_probes
from edit_history import Ask, Edit, History, Make
from talks import Talk, loaded, pickled

from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.protocol import Call, Code, Error, Module, Ref, Reply

_numbers = itertools.count()
_ASK, _MAKE = pickled(edit_probes.ask), pickled(edit_probes.make)


class Disagreement(AssertionError):
    """The interpreter and the model gave different results."""


class Machine:
    """Executes the steps of one history, in modules of its own."""

    def __init__(self, history: History) -> None:
        self._history: History = history
        self._prefix: str = f"edited{next(_numbers)}"
        self._interpreter: Interpreter = Interpreter("here")
        self._talk: Talk = Talk(self._interpreter, "first")
        self._held: dict[str, int] = {}
        self._versions: int = 0
        self._modules: Any = pickled({f"m{at}": self._filled(name) for at, name in enumerate(history.names)})

    def run(self) -> None:
        """Raises `Disagreement` at the first step that gives something else; the history is told with it."""
        history = self._history
        edit_probes.loaded.clear()
        try:
            self._edit(Edit(dict(zip(history.names, history.texts))))
            for number, step in enumerate(history.steps):
                try:
                    self._step(step)
                except Disagreement as error:
                    raise Disagreement(self._told(number, error)) from None
        finally:
            self._interpreter.close("first")
            self._interpreter.end_code()

    def _told(self, number: int, error: Disagreement) -> str:
        steps = self._history.steps[: number + 1]
        told = History(self._history.names, self._history.is_package, self._history.texts, steps)
        return f"\n{told}\n{error}"

    def _filled(self, text: str) -> str:
        return text.replace("$", self._prefix)

    def _step(self, step: Edit | Ask | Make) -> None:
        if isinstance(step, Edit):
            self._edit(step)
        elif isinstance(step, Ask):
            given = self._evaluated(0, _ASK, step.expression)
            if given != step.expected:
                raise Disagreement(f"it is {given}")
        else:
            self._held[step.target] = number = self._held.get(step.target, 1 + len(self._held))
            self._evaluated(number, _MAKE, step.expression)

    def _evaluated(self, number: int, function: Any, expression: str) -> Any:
        names = [name for name in self._held if name in expression]
        objects = [Ref(self._held[name]) for name in names]
        call = Call(number, function, [expression, self._modules, pickled(names), *objects])
        return loaded(dict(_checked(self._talk(call)).values).get(0))

    def _edit(self, edit: Edit) -> None:
        self._versions += 1
        modules = [self._module(name, text) for name, text in edit.texts.items()]
        if self._versions == 1 and self._history.is_package:
            modules.insert(0, Module(self._prefix, b"", f"/{self._prefix}/__init__.py", "package"))
        reply = self._talk(Code(modules))
        raised = None if not reply.failures else reply.errors[0]
        if edit.error is None:
            _checked(reply)
        elif raised is None or raised.type_name.rpartition(".")[2] != edit.error:
            raise Disagreement(f"it is {raised and _text(raised)}")

    def _module(self, name: str, text: str) -> Module:
        name = self._filled(name)
        return Module(name, self._filled(text).encode(), f"/{name.replace('.', '/')}.py", mtime_ns=self._versions)


def _checked(reply: Reply) -> Reply:
    if reply.failures:
        raise Disagreement(f"it raises {_text(reply.errors[0])}")
    return reply


def _text(error: Error) -> str:
    return error.traceback or error.text

"""Which operations of a log may have other values each time: those that are marked, and what depends on them."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Sequence
from typing import Any

from .. import protocol
from ..interpreter.operators import INPLACE_OPERATORS
from ..protocol import Items, Ref
from .operations import Operation, made, references


class Volatile:
    """Which operations are compared by their type alone: those that are marked, and what depends on them."""

    def __init__(self, marks: Sequence[str]) -> None:
        self._marked = {mark for mark in marks if mark[:1] in ("#", "v") and mark[1:].isdecimal()}
        self._patterns = [mark for mark in marks if mark not in self._marked]
        self._matched: set[str] = set()
        self._variables: dict[str, set[int]] = {}
        """By session, those that depend on marked operations…"""
        self._names: set[str] = set()
        """… names that do…"""
        self._tokens: dict[str, set[int]] = {}
        """… and what is kept under a token, of a `Fork` the variables."""

    def take(self, operation: Operation) -> bool:
        """Whether this operation is volatile. They are to be taken in their order."""
        message = operation.message
        variables = self._variables.setdefault(operation.session, set())
        if isinstance(message, protocol.Del):
            variables.difference_update(message.ids)
        elif isinstance(message, protocol.Fork):
            self._tokens[message.token] = set(variables)
        elif isinstance(message, protocol.Inherit):
            variables |= self._tokens.get(message.token, set())
        elif isinstance(message, protocol.Clear):
            variables.clear()
        volatile = self._is_volatile(operation, variables)
        if volatile:
            variables.update(_made(operation))
            variables.update(_changed(message))
        if isinstance(message, (protocol.SetNamed, protocol.DelNamed)):
            (self._names.add if volatile else self._names.discard)(message.name)
        elif isinstance(message, protocol.Lease) and volatile:
            self._tokens[message.token] = set()
        return volatile

    def unmatched(self) -> list[str]:
        """Marks that no operation has matched, in their order."""
        return [mark for mark in (*sorted(self._marked), *self._patterns) if mark not in self._matched]

    def _is_volatile(self, operation: Operation, variables: set[int]) -> bool:
        message = operation.message
        ids = made(message)
        marks = {f"#{operation.number}"} & self._marked
        marks |= {mark for mark in self._marked if mark[0] == "v" and int(mark[1:]) in ids}
        if self._patterns:
            text = operation.text
            marks |= {pattern for pattern in self._patterns if fnmatch.fnmatchcase(text, pattern)}
        self._matched |= marks
        if marks or not variables.isdisjoint(references(message)):
            return True
        if isinstance(message, protocol.GetNamed) and message.name in self._names:
            return True
        return isinstance(message, protocol.Claim) and message.token in self._tokens


def _made(operation: Operation) -> range:
    """Ids of the variables that an operation has made: of items, only so many as there were."""
    ids = made(operation.message)
    return ids[: len(operation.value.values)] if isinstance(operation.value, Items) else ids[:1]


def _changed(message: Any) -> Iterator[int]:
    """The variable that an assignment changes, which from then on depends on what was assigned."""
    if isinstance(message, protocol.Op) and (message.op in ("setitem", "setattr") or message.op in INPLACE_OPERATORS):
        yield from (operand.id for operand in message.args[:1] if isinstance(operand, Ref))

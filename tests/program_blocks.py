"""Random programs: statements with statements inside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from program_machine import Machine, Stopped
from program_operand import Operand
from program_statements import Harmless, Statement


@dataclass(frozen=True)
class Loop(Statement):
    """A loop over one variable, or over several at once; it ends after so many turns at the latest."""

    targets: tuple[str, ...]
    variables: tuple[Operand, ...]
    turns: int
    body: tuple[Statement, ...]

    def lines(self) -> list[str]:
        over = [f"{variable}" for variable in self.variables]
        text = f"zip({', '.join(over)})" if len(over) > 1 else over[0]
        return [f"for {', '.join(self.targets)} in islice({text}, {self.turns}):", *_inside(self.body)]

    def operands(self) -> list[Operand]:
        return list(self.variables)

    def operation(self) -> str:
        return "iter"

    def run(self, machine: Machine) -> None:
        iterators = [machine.iterate(machine.pool[variable.source]) for variable in self.variables]
        for _ in range(self.turns):
            try:
                items = [machine.advance(iterator) for iterator in iterators]
            except Stopped as stopped:
                if isinstance(stopped.model, StopIteration):
                    return
                raise
            for target, item in zip(self.targets, items):
                machine.bind(target, item)
            for statement in self.body:
                machine.run(statement)


@dataclass(frozen=True)
class With(Harmless):
    target: str
    manager: Operand
    body: tuple[Statement, ...]

    def lines(self) -> list[str]:
        return [f"with {self.manager} as {self.target}:", *_inside(self.body)]

    def operands(self) -> list[Operand]:
        return [self.manager]

    def run(self, machine: Machine) -> None:
        manager = machine.pool[self.manager.source]
        machine.bind(self.target, machine.enter(manager))
        try:
            for statement in self.body:
                machine.run(statement)
        except Stopped as stopped:
            if not machine.leave(manager, stopped):
                raise
        else:
            machine.leave(manager, None)


@dataclass(frozen=True)
class Eagerly(Harmless):
    home: int
    body: tuple[Statement, ...]

    def lines(self) -> list[str]:
        return [f"with env{self.home}.eager():", *_inside(self.body)]

    def operands(self) -> list[Operand]:
        return []

    def run(self, machine: Machine) -> None:
        if machine.model.is_sync_ambiguous(machine.model.homes[self.home]):
            return
        with machine.eagerly(self.home):
            for statement in self.body:
                machine.run(statement)


def _inside(body: Iterable[Statement]) -> list[str]:
    return [f"    {line}" for statement in body for line in statement.lines()] or ["    pass"]

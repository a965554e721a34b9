"""Random programs: what they are made of.

A program is a list of statements over the variables ``v0`` to ``v7``, which live in two interpreters. Its `repr` is
what it does, line by line. Each statement of the outermost level stands in a `try` of its own, so that a program goes
on after an error, as a person in a notebook does. `program_drawing` draws them, `program_machine` runs them.
"""

from __future__ import annotations

import collections
import types
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from program_described import picklable
from program_machine import Machine, Pair
from program_operand import Operand
from program_operations import (
    ASKS,
    INPLACE,
    KEEPS,
    LAZY,
    ORDERLESS,
    SHARED,
    TELLS,
    has_iterator,
    has_order,
    is_modest_in,
    size,
)

# --------------------------------------------------------------------------------------------- statements


class Statement:
    """A line of a program, perhaps with lines inside. It is printed as Python."""

    def operands(self) -> list[Operand]:
        found: list[Operand] = []
        for part in fields(self):  # type: ignore[arg-type]
            value = getattr(self, part.name)
            values = value if isinstance(value, tuple) else [value]
            for item in values:
                if isinstance(item, tuple):  # a keyword with its value
                    item = item[1]
                if isinstance(item, Operand):
                    found.append(item)
        return found

    def operation(self) -> str:
        """What decides whether it can be done with a set, or with an iterator."""
        return ""

    def is_feasible(self, values: Sequence[Any], machine: Machine) -> bool:
        """Whether its result is the same by the language, and of a size that is no burden."""
        name = self.operation()
        return (
            sum(map(size, values)) < 600
            and (name in ORDERLESS or not has_order(values))
            and (name in KEEPS or not has_iterator(values))
            and self.is_modest(values)
        )

    def is_modest(self, values: Sequence[Any]) -> bool:
        """Whether an operation on numbers, or so many times something, stays small."""
        return is_modest_in(self.operation(), values)

    def run(self, machine: Machine) -> None:
        raise NotImplementedError

    def lines(self) -> list[str]:
        return [str(self)]


class Harmless(Statement):
    """Does nothing with the values of its operands but pass them on."""

    def is_feasible(self, values: Sequence[Any], machine: Machine) -> bool:
        return True


@dataclass(frozen=True)
class Put(Harmless):
    target: str
    home: int
    value: Operand

    def __str__(self) -> str:
        return f"{self.target} = env{self.home}.put({self.value})"

    def run(self, machine: Machine) -> None:
        machine.bind(self.target, machine.put(self.home, self.value))


@dataclass(frozen=True)
class Alias(Harmless):
    target: str
    source: Operand

    def __str__(self) -> str:
        return f"{self.target} = {self.source}"

    def run(self, machine: Machine) -> None:
        machine.bind(self.target, machine.pool[self.source.source])


@dataclass(frozen=True)
class Operation(Statement):
    target: str
    form: str
    given: tuple[Operand, ...]

    def __str__(self) -> str:
        return f"{self.target} = {LAZY[self.form][0].format(*self.given)}"

    def operation(self) -> str:
        return self.form

    def is_feasible(self, values: Sequence[Any], machine: Machine) -> bool:
        return super().is_feasible(values, machine) and _can_meet(self, values, machine)

    def run(self, machine: Machine) -> None:
        machine.bind(self.target, machine.lazy(LAZY[self.form][1], self.given))


@dataclass(frozen=True)
class InPlace(Statement):
    target: Operand
    form: str
    right: Operand

    def __str__(self) -> str:
        return INPLACE[self.form][0].format(self.target, self.right)

    def operation(self) -> str:
        return "" if self.form == "add" else self.form

    def is_modest(self, values: Sequence[Any]) -> bool:
        return is_modest_in(self.form, values)

    def is_feasible(self, values: Sequence[Any], machine: Machine) -> bool:
        # `x *= [1]` does not ask the list where `x` is of a class written in Python, while `x * [1]` does: a whim of
        # CPython that an operator between two interpreters does not have.
        whim = self.form == "mul" and hasattr(type(values[0]), "__index__") and type(values[0]) not in (int, bool)
        if whim and machine.lives_in_two(self.operands()):
            return False
        return super().is_feasible(values, machine) and _can_meet(self, values, machine)

    def run(self, machine: Machine) -> None:
        name = self.target.source
        machine.bind(name, machine.inplace(name, INPLACE[self.form][1], self.right))


def _can_meet(statement: Statement, values: Sequence[Any], machine: Machine) -> bool:
    """Where operands live in two interpreters, one after the other may be asked, so that each must have a pickle."""
    return not machine.lives_in_two(statement.operands()) or all(map(picklable, values))


@dataclass(frozen=True)
class GetAttr(Harmless):
    target: str
    variable: Operand
    name: str

    def __str__(self) -> str:
        return f"{self.target} = {self.variable}.{self.name}"

    def run(self, machine: Machine) -> None:
        machine.bind(self.target, machine.getattr(machine.pool[self.variable.source], self.name))


@dataclass(frozen=True)
class Call(Statement):
    """A method, a Var that is called, or a function that is run."""

    target: str | None
    home: int
    function: Operand
    method: str
    given: tuple[Operand, ...]
    named: tuple[tuple[str, Operand], ...] = ()

    def __str__(self) -> str:
        before = "" if self.target is None else f"{self.target} = "
        args = [*map(str, self.given), *(f"{name}={value}" for name, value in self.named)]
        if self.method:
            return f"{before}{self.function}.{self.method}({', '.join(args)})"
        if self.function.is_name:
            return f"{before}{self.function}({', '.join(args)})"
        given = ", ".join(map(str, self.given)) + "," * (len(self.given) == 1)
        named = "".join(f"{name!r}: {value}, " for name, value in self.named).removesuffix(", ")
        return f"{before}env{self.home}.run({self.function}, ({given}){f', {{{named}}}' * bool(self.named)})"

    def operation(self) -> str:
        return self.method or ("" if self.function.is_name else self.function.source)

    def is_feasible(self, values: Sequence[Any], machine: Machine) -> bool:
        if self.method and isinstance(values[0], SHARED) and not isinstance(values[0], types.ModuleType):
            return False
        return super().is_feasible(values, machine)

    def is_modest(self, values: Sequence[Any]) -> bool:
        return is_modest_in(self.operation(), values[1:])

    def run(self, machine: Machine) -> None:
        function: Pair | Operand = machine.pool[self.function.source] if self.function.is_name else self.function
        if self.method:
            assert isinstance(function, Pair)
            function = machine.getattr(function, self.method)
        machine.bind(self.target, machine.call(function, self.given, dict(self.named), self.home))


@dataclass(frozen=True)
class Tell(Statement):
    form: str
    given: tuple[Operand, ...]

    def __str__(self) -> str:
        return TELLS[self.form][0].format(*self.given)

    def operation(self) -> str:
        return self.form

    def is_feasible(self, values: Sequence[Any], machine: Machine) -> bool:
        return not isinstance(values[0], SHARED) and super().is_feasible(values, machine)

    def run(self, machine: Machine) -> None:
        machine.tell(TELLS[self.form][1], self.given)


@dataclass(frozen=True)
class Ask(Statement):
    form: str
    given: tuple[Operand, ...]

    def __str__(self) -> str:
        return ASKS[self.form][0].format(*self.given)

    def operation(self) -> str:
        return self.form

    def run(self, machine: Machine) -> None:
        machine.ask(ASKS[self.form][1], self.given, ASKS[self.form][2])


@dataclass(frozen=True)
class Fetch(Harmless):
    variables: tuple[Operand, ...]

    def __str__(self) -> str:
        if len(self.variables) == 1:
            return f"{self.variables[0]}.fetch()"
        return f"fetch({', '.join(map(str, self.variables))})"

    def run(self, machine: Machine) -> None:
        pairs = [machine.pool[variable.source] for variable in self.variables]
        if len(pairs) == 1:
            machine.fetch(pairs[0])
        else:
            machine.fetch_many(pairs)


# ------------------------------------------------------------------------------------- statements: iteration


@dataclass(frozen=True)
class Iterate(Statement):
    iterator: str
    variable: Operand

    def __str__(self) -> str:
        return f"{self.iterator} = iter({self.variable})"

    def operation(self) -> str:
        return "iter"

    def run(self, machine: Machine) -> None:
        machine.iterators[self.iterator] = machine.iterate(machine.pool[self.variable.source])


@dataclass(frozen=True)
class Advance(Harmless):
    target: str
    iterator: str

    def __str__(self) -> str:
        return f"{self.target} = next({self.iterator})"

    def run(self, machine: Machine) -> None:
        if self.iterator in machine.iterators:
            machine.bind(self.target, machine.advance(machine.iterators[self.iterator]))


@dataclass(frozen=True)
class Next(Statement):
    target: str
    variable: Operand

    def __str__(self) -> str:
        return f"{self.target} = next({self.variable})"

    def operation(self) -> str:
        return "next"

    def run(self, machine: Machine) -> None:
        machine.bind(self.target, machine.following(machine.pool[self.variable.source]))


@dataclass(frozen=True)
class Unpack(Statement):
    targets: tuple[str, ...]
    variable: Operand

    def __str__(self) -> str:
        return f"{', '.join(self.targets)}{',' * (len(self.targets) == 1)} = {self.variable}"

    def operation(self) -> str:
        return "iter"

    def run(self, machine: Machine) -> None:
        values = machine.unpacked(machine.pool[self.variable.source], len(self.targets))
        for target, value in zip(self.targets, values):
            machine.bind(target, value)


# ------------------------------------------------------------------------------------- statements: names


@dataclass(frozen=True)
class SetNamed(Harmless):
    home: int
    name: str
    value: Operand

    def __str__(self) -> str:
        return f"env{self.home}[{self.name!r}] = {self.value}"

    def run(self, machine: Machine) -> None:
        machine.set_named(self.home, self.name, self.value)


@dataclass(frozen=True)
class GetNamed(Harmless):
    target: str
    home: int
    name: str

    def __str__(self) -> str:
        return f"{self.target} = env{self.home}[{self.name!r}]"

    def run(self, machine: Machine) -> None:
        machine.bind(self.target, machine.get_named(self.home, self.name))


@dataclass(frozen=True)
class Plain(Harmless):
    """A statement of the interpreter itself."""

    home: int
    form: str

    def __str__(self) -> str:
        text = {"names": "instance_names", "clear": "delete_unnamed_vars", "flush": "session.flush"}
        return f"env{self.home}.{text.get(self.form, self.form)}()"

    def run(self, machine: Machine) -> None:
        getattr(machine, self.form)(self.home)


@dataclass(frozen=True)
class DelNamed(Harmless):
    home: int
    name: str

    def __str__(self) -> str:
        return f"del env{self.home}[{self.name!r}]"

    def run(self, machine: Machine) -> None:
        machine.del_named(self.home, self.name)


@dataclass(frozen=True)
class Delete(Harmless):
    variable: Operand

    def __str__(self) -> str:
        return f"del {self.variable}"

    def run(self, machine: Machine) -> None:
        del machine.pool[self.variable.source]


@dataclass(frozen=True)
class Algorithm(Statement):
    name: str
    variable: Operand

    def __str__(self) -> str:
        return f"{self.name}({self.variable})"

    def is_feasible(self, values: Sequence[Any], machine: Machine) -> bool:
        # Pipelined, a sum goes on after an item that cannot be added, and would meet the next error first.
        plain = isinstance(values[0], (list, tuple, dict, str, bytes, bytearray, range, collections.deque))
        return plain and super().is_feasible(values, machine) and size(values[0]) < 60

    def run(self, machine: Machine) -> None:
        machine.algorithm(self.name, machine.pool[self.variable.source])


@dataclass(frozen=True)
class Program:
    statements: tuple[Statement, ...]
    frame: int
    """Messages after which a frame leaves."""
    sliced: bool
    """Each message of a frame is answered by a reply of its own."""

    def __repr__(self) -> str:
        return self.marked(-1)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """How Hypothesis prints it."""
        printer.text(f"\n{self!r}")

    def marked(self, at: int) -> str:
        """Its lines, with a mark at one of its statements."""
        lines = [f"# frames of {self.frame} messages{', answered one by one' * self.sliced}"]
        for number, statement in enumerate(self.statements):
            lines += [("> " if number == at else "  ") + line for line in statement.lines()]
        return "\n".join(lines)

"""Runs statements through Vars and on the model at once, and compares all that can be seen.

Each method is one operation of a program. The same function is applied to the Vars and to the objects of the model;
where both raise the same error, the program raises it (`Stopped`).
"""

from __future__ import annotations

import contextlib
import decimal
import fractions
import functools
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import program_functions
from program_described import copied, described, error_described, objects_in, picklable
from program_model import (
    Given,
    Items,
    Model,
    Raised,
    Variable,
    finished,
    itself,
)
from program_operand import NAMESPACE, OPERATORS, REFLECTED, Operand, compiled

import ray_proxy
from ray_proxy import Var

if TYPE_CHECKING:
    from program_statements import Program, Statement

# --------------------------------------------------------------------------------------------- both sides at once


class Disagreement(AssertionError):
    """Vars and plain objects gave different results."""


class Stopped(Exception):
    """The program has raised: the errors of both sides."""

    def __init__(self, real: BaseException, model: BaseException) -> None:
        self.real = real
        self.model = model


@dataclass(frozen=True)
class Pair:
    """A variable: as a Var, and in the model."""

    real: Any
    model: Variable


class Machine:
    """Runs a program through Vars and on the model, and compares all that can be seen."""

    def __init__(self, envs: Sequence[Any], eager: bool) -> None:
        self.envs = envs
        self.model = Model(eager)
        self.pool: dict[str, Pair] = {}
        self.iterators: dict[str, tuple[Any, Items]] = {}
        self.steps = 0

    # ------------------------------------------------------------------------------------- comparing

    def both(self, real: Callable[[], Any], model: Callable[[], Any], text: bool = True) -> tuple[Any, Any]:
        """Do it on both sides. Raises `Stopped` where both raise the same; without `text`, of the same type."""
        given, problem = None, None
        try:
            given = real()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            error.__traceback__ = error.__context__ = None  # they hold Vars
            problem = error
        self.model.observed = None if problem is None else error_described(problem)
        try:
            expected = model()
        except Raised as raised:
            if problem is None:
                kind = type(given).__name__
                raise Disagreement(f"expected {error_described(raised.error)}, got a {kind}") from None
            alike = type(problem) is type(raised.error)
            if not alike or (text and error_described(problem) != error_described(raised.error)):
                expected = error_described(raised.error)
                raise Disagreement(f"expected {expected}, got {error_described(problem)}") from problem
            raise Stopped(problem, raised.error) from None
        if problem is not None:
            raise Disagreement(f"expected no error, got {error_described(problem)}") from problem
        return given, expected

    def alike(self, real: object, model: object) -> None:
        if described(real) != described(model):
            raise Disagreement(f"expected {described(model)}, got {described(real)}")

    # ------------------------------------------------------------------------------------- operands

    def given(self, operand: Operand) -> Given:
        variables = {name: self.pool[name].model for name in operand.names}
        return Given(compiled(operand.source), operand.names, variables, NAMESPACE)

    def real(self, operand: Operand) -> Any:
        if operand.is_name:
            return self.pool[operand.source].real
        return eval(compiled(operand.source), {**NAMESPACE, **{name: self.pool[name].real for name in operand.names}})

    def home_of(self, operands: Iterable[Operand]) -> Any:
        """Where an operation is done: where the first operand lives that is a Var itself."""
        return next(self.pool[operand.source].model.home for operand in operands if operand.is_name)

    def tell_all(self, operands: Iterable[Operand], asked: Variable | None = None) -> None:
        """Before what can raise an error of its own: let no value that may be known stand before an untold error."""
        variables = [self.pool[name].model for operand in operands for name in operand.names]
        for variable in [*variables, *([] if asked is None else [asked])]:
            while variable.home.has_untold() and variable.may_be_known():
                with contextlib.suppress(Stopped):
                    self.names(variable.home.number)

    # ------------------------------------------------------------------------------------- operations

    def bind(self, target: str | None, pair: Pair) -> None:
        if target is not None:
            self.pool[target] = pair

    def put(self, home: int, operand: Operand) -> Pair:
        value, where = self.given(operand), self.model.homes[home]
        if where.eager:
            self.tell_all([operand])
        return Pair(*self.both(lambda: self.envs[home].put(self.real(operand)), lambda: self.model.put(where, value)))

    def lazy(self, function: Callable[..., Any], operands: Sequence[Operand]) -> Pair:
        """An operation of the language with a result."""
        variables = [self.pool[operand.source].model for operand in operands[:2] if operand.is_name]
        if len(variables) == 2 and variables[0].home is not variables[1].home and function in OPERATORS:
            return self.across(function, operands)
        home, given = self.home_of(operands), [self.given(operand) for operand in operands]
        if home.eager:
            self.tell_all(operands)
        asked = function
        if not operands[0].is_name and function in REFLECTED:
            asked = _reflected(function)
        return Pair(
            *self.both(lambda: function(*map(self.real, operands)), lambda: self.model.lazy(home, given, asked))
        )

    def across(self, function: Callable[..., Any], operands: Sequence[Operand]) -> Pair:
        """An operator on two Vars of different interpreters."""
        left, right = (self.pool[operand.source] for operand in operands)
        self.tell_all(operands)
        at: list[int] = []

        def ask() -> Any:
            result = function(left.real, right.real)
            at.append(next(number for number, env in enumerate(self.envs) if result.env is env))
            return result

        def expect() -> Variable:
            return self.model.across(left.model, right.model, function, at[0] if at else None)

        # Which interpreter's operand is named first in the text is no part of what is promised.
        return Pair(*self.both(ask, expect, text=False))

    def inplace(self, target: str, function: Callable[..., Any], right: Operand) -> Pair:
        left = self.pool[target]
        if right.is_name and self.pool[right.source].model.home is not left.model.home:
            result = self.across(function, [Operand(target), right])
            return left if result.real is left.real else result
        given = [self.given(Operand(target)), self.given(right)]
        if left.model.home.eager:
            self.tell_all([right])
        real, model = self.both(
            lambda: function(left.real, self.real(right)), lambda: self.model.inplace(left.model, given, function)
        )
        if real is left.real and described(model.value) != described(left.model.value):
            raise Disagreement("the Var of the left operand came back, which has another value")
        return left if real is left.real else Pair(real, model)

    def getattr(self, pair: Pair, name: str) -> Pair:
        syntax = compiled(f"v.{name}")  # `getattr` would be a probe
        return Pair(*self.both(lambda: eval(syntax, {"v": pair.real}), lambda: self.model.getattr(pair.model, name)))

    def call(self, function: Pair | Operand, operands: Sequence[Operand], named: dict[str, Operand], home: int) -> Pair:
        """``function(*operands, **named)``, by `env.run` where the function is not a Var."""
        everything = [*operands, *named.values()]
        where = function.model.home if isinstance(function, Pair) else self.model.homes[home]
        given = [self.given(operand) for operand in everything]
        if where.eager:
            self.tell_all(everything)

        def real() -> Any:
            args = [self.real(operand) for operand in operands]
            kwargs = {name: self.real(operand) for name, operand in named.items()}
            if isinstance(function, Pair):
                return function.real(*args, **kwargs)
            return self.envs[home].run(self.real(function), args, kwargs)

        def called(target: Any, *values: Any) -> Any:
            kwargs = dict(zip(named, values[len(operands) :]))
            return finished(target(*values[: len(operands)], **kwargs))

        if isinstance(function, Pair):
            given.insert(0, itself(function.model))
        else:
            given.insert(0, self.given(function))
        return Pair(*self.both(real, lambda: self.model.lazy(where, given, called)))

    def tell(self, function: Callable[..., None], operands: Sequence[Operand]) -> None:
        home, given = self.home_of(operands), [self.given(operand) for operand in operands]
        if home.eager:
            self.tell_all(operands[1:])
        self.both(lambda: function(*map(self.real, operands)), lambda: self.model.tell(home, given, function))

    def ask(self, function: Callable[..., Any], operands: Sequence[Operand], known: bool) -> None:
        """A value that is needed here. `known`: no trip is made for it where it is known already."""
        variable = self.pool[operands[0].source].model
        given = [self.given(operand) for operand in operands]
        self.tell_all(operands[1:], variable if known else None)

        def ask() -> Any:
            answer = function(*map(self.real, operands))
            return answer.partition(":")[2] if function is repr else answer  # after where it lives

        real, expected = self.both(ask, lambda: self.model.ask(variable.home, given, function))
        if function is not hash or _hashes_alike(variable.value):
            self.alike(real, expected)

    def fetch(self, pair: Pair) -> None:
        real, expected = self.both(lambda: pair.real.fetch(), lambda: self.model.fetch(pair.model))
        self.alike(real, expected)

    def fetch_many(self, pairs: Sequence[Pair]) -> None:
        real, expected = self.both(
            lambda: list(ray_proxy.fetch(*[pair.real for pair in pairs])),
            lambda: self.model.fetch_many([pair.model for pair in pairs]),
        )
        self.alike(real, expected)

    # ------------------------------------------------------------------------------------- iteration and `with`

    def iterate(self, pair: Pair) -> tuple[Any, Items]:
        return self.both(lambda: iter(pair.real), lambda: self.model.iterate(pair.model))

    def advance(self, iterator: tuple[Any, Items]) -> Pair:
        return Pair(*self.both(lambda: next(iterator[0]), lambda: self.model.advance(iterator[1])))

    def following(self, pair: Pair) -> Pair:
        return Pair(*self.both(lambda: next(pair.real), lambda: self.model.following(pair.model)))

    def unpacked(self, pair: Pair, count: int) -> list[Pair]:
        def unpack() -> list[Any]:
            if count == 1:
                [a] = pair.real
                return [a]
            if count == 2:
                a, b = pair.real
                return [a, b]
            a, b, c = pair.real
            return [a, b, c]

        real, model = self.both(unpack, lambda: self.model.unpacked(pair.model, count))
        return [Pair(*both) for both in zip(real, model)]

    def enter(self, pair: Pair) -> Pair:
        # `__enter__` of the type, as the statement asks it
        return Pair(*self.both(lambda: type(pair.real).__enter__(pair.real), lambda: self.model.enter(pair.model)))

    def leave(self, pair: Pair, stopped: Stopped | None) -> bool:
        """The end of a `with`: whether an error of its block was swallowed."""

        def leave() -> Any:
            error = None if stopped is None else stopped.real
            return type(pair.real).__exit__(pair.real, None if error is None else type(error), error, None)

        real, expected = self.both(leave, lambda: self.model.leave(None if stopped is None else stopped.model))
        self.alike(real, expected)
        return bool(expected)

    @contextlib.contextmanager
    def eagerly(self, home: int) -> Any:
        where = self.model.homes[home]
        block = self.envs[home].eager()
        block.__enter__()
        where.eager += 1
        try:
            yield
        except BaseException as error:
            where.eager -= 1
            block.__exit__(type(error), error, None)
            raise
        where.eager -= 1
        self.both(lambda: block.__exit__(None, None, None), lambda: self.model.sync(where))

    # ------------------------------------------------------------------------------------- names, and the rest

    def set_named(self, home: int, name: str, operand: Operand) -> None:
        where, given = self.model.homes[home], self.given(operand)
        if where.eager:
            self.tell_all([operand])

        def set_named() -> None:
            self.envs[home][name] = self.real(operand)

        def expect() -> None:
            variable = self.model.put(where, given)
            self.model.tell(where, [itself(variable)], functools.partial(operator.setitem, where.names, name))

        self.both(set_named, expect)

    def get_named(self, home: int, name: str) -> Pair:
        where = self.model.homes[home]
        return Pair(
            *self.both(lambda: self.envs[home][name], lambda: self.model.lazy(where, [], lambda: where.names[name]))
        )

    def del_named(self, home: int, name: str) -> None:
        where = self.model.homes[home]
        self.both(
            lambda: self.envs[home].del_named(name),
            lambda: self.model.tell(where, [], functools.partial(operator.delitem, where.names, name)),
        )

    def names(self, home: int) -> None:
        where = self.model.homes[home]
        self.alike(*self.both(lambda: self.envs[home].instance_names(), lambda: self.model.names(where)))

    def sync(self, home: int) -> None:
        where = self.model.homes[home]
        if not self.model.is_sync_ambiguous(where):
            self.both(lambda: self.envs[home].sync(), lambda: self.model.sync(where))

    def flush(self, home: int) -> None:
        self.envs[home].session.flush()

    def clear(self, home: int) -> None:
        where = self.model.homes[home]
        self.iterators.clear()
        for name, pair in list(self.pool.items()):
            if pair.model.home is where and pair.model.may_be_known():
                del self.pool[name]  # it may be known here, or not, and then it would be stale
        self.both(lambda: self.envs[home].delete_unnamed_vars(), lambda: self.model.clear(where))

    def algorithm(self, name: str, pair: Pair) -> None:
        """A function of this process, on Vars: whatever it does is the same on the object."""
        if self.model.homes[0].has_untold() or self.model.homes[1].has_untold() or not pair.model.is_whole():
            return
        function = eval(compiled(name), dict(NAMESPACE))

        def expect() -> Any:
            try:
                return _each_described(function(pair.model.value))
            except BaseException as error:
                raise Raised(error) from None

        self.alike(*self.both(lambda: _each_described(_fetched(function(pair.real))), expect, text=False))

    # ------------------------------------------------------------------------------------- a whole program

    def run(self, statement: Statement) -> None:
        """Run one statement, if it can be run; it may raise `Stopped`."""
        if not self.can_run(statement):
            return
        self.steps += 1
        statement.run(self)

    def run_program(self, program: Program) -> None:
        for number, statement in enumerate(program.statements):
            try:
                with contextlib.suppress(Stopped):
                    self.run(statement)
            except Disagreement as error:
                raise Disagreement(f"{error}\nat the marked line of\n{program.marked(number)}") from error.__cause__
        try:
            self.finish()
        except Disagreement as error:
            raise Disagreement(f"{error}\nafter\n{program!r}") from error.__cause__

    def can_run(self, statement: Statement) -> bool:
        operands = statement.operands()
        if not all(name in self.pool for operand in operands for name in operand.names):
            return False
        values = []
        for operand in operands:
            variables = [self.pool[name].model for name in operand.names]
            if all(variable.is_whole() for variable in variables):
                values.append(self.given(operand).value({n: self.pool[n].model.value for n in operand.names}))
            else:
                values.append(None)
        return statement.is_feasible(values, self)

    def lives_in_two(self, operands: Iterable[Operand]) -> bool:
        """Whether those of the operands that are Vars live in different interpreters."""
        return len({self.pool[operand.source].model.home for operand in operands if operand.is_name}) > 1

    def finish(self) -> None:
        """All that is left of a program: every variable, which are the same object, names, and errors nobody saw."""
        self.iterators.clear()
        for home in self.model.homes:
            while home.has_untold():
                with contextlib.suppress(Stopped):
                    self.names(home.number)
            for name in list(home.names):
                self.pool[f"named {name} {home.number}"] = self.get_named(home.number, name)
        for pair in self.pool.values():
            with contextlib.suppress(Stopped):
                self.fetch(pair)
        for home in self.model.homes:
            pairs = [pair for pair in self.pool.values() if _is_identified(pair.model) and pair.model.home is home]
            real = self.envs[home.number].run(program_functions.partition, ([pair.real for pair in pairs],))
            self.alike(real.fetch(), program_functions.partition([pair.model.value for pair in pairs]))
            # Together, so that it is seen which parts they share.
            pairs = [pair for pair in pairs if picklable(pair.model.value)]
            real = self.envs[home.number].put([pair.real for pair in pairs])
            self.alike(real.fetch(), copied([pair.model.value for pair in pairs]))
            for _ in range(2):
                with contextlib.suppress(Stopped):
                    self.sync(home.number)

    def drop(self) -> None:
        """Let go of everything; raises nothing."""
        self.pool.clear()
        self.iterators.clear()
        self.model.blocks.clear()


def _is_identified(variable: Variable) -> bool:
    return variable.is_whole() and has_identity(variable.value)


def has_identity(value: object) -> bool:
    """Whether it means something which object it is. It does not for numbers and text: the language leaves that to the
    implementation, and they are other objects each time that they travel."""
    return type(value) not in (int, float, complex, str, bytes)


def _reflected(comparison: Callable[..., Any]) -> Callable[..., Any]:
    """A comparison whose left operand is no Var: Python asks the Var for the reflected one, and does not say what was
    written."""
    return lambda left, right: REFLECTED[comparison](right, left)


def _hashes_alike(value: object) -> bool:
    """Whether its hash is the same in all processes, and for all objects of that value."""
    return all(
        type(part) in (int, bool, float, complex, tuple, fractions.Fraction, decimal.Decimal) and part == part
        for part in objects_in([value])
    )


def _each_described(value: Any) -> Any:
    """Each of several results for itself: they were fetched one by one."""
    return list(map(described, value)) if type(value) in (list, tuple) else described(value)


def _fetched(value: Any) -> Any:
    if type(value) is Var:
        return value.fetch()
    if type(value) in (list, tuple):
        return type(value)(_fetched(item) for item in value)
    return value

# ruff: noqa: E501 (what programs are drawn of stands in long lines)
"""Random programs: their statements, how they are run through Vars and on the model at once, and how they are drawn.

A program is a list of statements over the variables ``v0`` to ``v7``, which live in two interpreters. Its `repr` is what
it does, line by line. Each statement of the outermost level stands in a `try` of its own, so that a program goes on after
an error, as a person in a notebook does.
"""

from __future__ import annotations

import collections
import contextlib
import copy
import datetime
import decimal
import enum
import fractions
import functools
import itertools
import math
import operator
import re
import types
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import program_values
from hypothesis import strategies as st
from program_model import (
    Given,
    Items,
    Model,
    Raised,
    Variable,
    copied,
    described,
    error_described,
    finished,
    itself,
    kind_described,
    objects_in,
    picklable,
)

import ray_proxy
from ray_proxy import Var

NAMESPACE: dict[str, Any] = {
    **{name: value for name, value in vars(program_values).items() if getattr(value, "__module__", "") != "typing"},
    **{name: getattr(operator, name) for name in ("is_", "add", "iadd", "getitem", "contains")},
    **{"Fraction": fractions.Fraction, "Decimal": decimal.Decimal, "deque": collections.deque},
    **{"datetime": datetime.datetime, "date": datetime.date, "timedelta": datetime.timedelta},
    **{"nan": math.nan, "inf": math.inf, "suppress": contextlib.suppress, "nullcontext": contextlib.nullcontext},
    **{"partial": functools.partial, "islice": itertools.islice},
}
NAMES = [f"v{number}" for number in range(8)]
_NAME = re.compile(r"\bv\d\b")


@functools.lru_cache(10_000)
def _compiled(source: str) -> types.CodeType:
    return compile(source, "<program>", "eval")


@dataclass(frozen=True)
class Operand:
    """An expression of Python, in which variables may stand."""

    source: str

    def __str__(self) -> str:
        return self.source

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_NAME.findall(self.source)))

    @property
    def is_name(self) -> bool:
        return self.source in NAMES


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
        self.listing: list[str] = []
        """What was executed."""

    # ------------------------------------------------------------------------------------- comparing

    def both(self, real: Callable[[], Any], model: Callable[[], Any], text: bool = True) -> tuple[Any, Any]:
        """Do it on both sides. Raises `Stopped` where both raise the same; `text`: also its text is the same."""
        explain = error_described if text else kind_described
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
            if explain(problem) != explain(raised.error):
                raise Disagreement(
                    f"expected {error_described(raised.error)}, got {error_described(problem)}"
                ) from problem
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
        return Given(_compiled(operand.source), operand.names, variables, NAMESPACE)

    def real(self, operand: Operand) -> Any:
        if operand.is_name:
            return self.pool[operand.source].real
        return eval(_compiled(operand.source), {**NAMESPACE, **{name: self.pool[name].real for name in operand.names}})

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
        return Pair(
            *self.both(lambda: self.envs[home].put(self.real(operand)), lambda: self.model.put_literal(where, value))
        )

    def lazy(self, function: Callable[..., Any], operands: Sequence[Operand]) -> Pair:
        """An operation of the language with a result."""
        variables = [self.pool[operand.source].model for operand in operands[:2] if operand.is_name]
        if len(variables) == 2 and variables[0].home is not variables[1].home and function in ACROSS:
            return self.across(function, operands)
        home, given = self.home_of(operands), [self.given(operand) for operand in operands]
        if home.eager:
            self.tell_all(operands)
        asked = function
        if not operands[0].is_name and function in REFLECTED:
            asked = _reflected(function)
        return Pair(
            *self.both(
                lambda: function(*map(self.real, operands)),
                lambda: self.model.lazy(home, given, asked),
            )
        )

    def across(self, function: Callable[..., Any], operands: Sequence[Operand], inplace: bool = False) -> Pair:
        left, right = (self.pool[operand.source] for operand in operands)
        self.tell_all(operands)
        at: list[int] = []

        def ask() -> Any:
            result = function(left.real, right.real)
            at.append(next(number for number, env in enumerate(self.envs) if result.env is env))
            return result

        def expect() -> Variable:
            return self.model.across(left.model, right.model, function, inplace, at[0] if at else None)

        # Which interpreter's operand is named first in the text is no part of what is promised.
        return Pair(*self.both(ask, expect, text=False))

    def inplace(self, target: str, function: Callable[..., Any], right: Operand) -> Pair:
        left = self.pool[target]
        if right.is_name and self.pool[right.source].model.home is not left.model.home:
            result = self.across(function, [Operand(target), right], inplace=True)
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
        return Pair(*self.both(lambda: getattr(pair.real, name), lambda: self.model.getattr(pair.model, name)))

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
            variable = self.model.put_literal(where, given)
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
        function = eval(_compiled(name), dict(NAMESPACE))

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
        return statement.is_feasible(values, self) and self._can_be_moved(statement, values)

    def _can_be_moved(self, statement: Statement, values: Sequence[Any]) -> bool:
        """An operator asks the operands of two interpreters one after the other, so that both must be able to move."""
        if not isinstance(statement, (Operation, InPlace)):
            return True
        homes = {self.pool[operand.source].model.home for operand in statement.operands() if operand.is_name}
        return len(homes) < 2 or all(map(picklable, values))

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
            pairs = [pair for pair in self.pool.values() if _has_identity(pair.model) and pair.model.home is home]
            real = self.envs[home.number].run(program_values.partition, ([pair.real for pair in pairs],))
            self.alike(real.fetch(), program_values.partition([pair.model.value for pair in pairs]))
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


def _has_identity(variable: Variable) -> bool:
    """Whether it means something which object it is. It does not where the language leaves that to the implementation,
    and a value that travels as itself is another object each time: numbers, and text."""
    return variable.is_whole() and type(variable.value) not in (int, float, complex, str, bytes)


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


# --------------------------------------------------------------------------------------------- the operations

BINARY: dict[str, tuple[str, Callable[..., Any]]] = {
    "add": ("{} + {}", operator.add),
    "sub": ("{} - {}", operator.sub),
    "mul": ("{} * {}", operator.mul),
    "matmul": ("{} @ {}", operator.matmul),
    "truediv": ("{} / {}", operator.truediv),
    "floordiv": ("{} // {}", operator.floordiv),
    "mod": ("{} % {}", operator.mod),
    "divmod": ("divmod({}, {})", divmod),
    "pow": ("{} ** {}", operator.pow),
    "lshift": ("{} << {}", operator.lshift),
    "rshift": ("{} >> {}", operator.rshift),
    "and": ("{} & {}", operator.and_),
    "or": ("{} | {}", operator.or_),
    "xor": ("{} ^ {}", operator.xor),
    "eq": ("{} == {}", operator.eq),
    "ne": ("{} != {}", operator.ne),
    "lt": ("{} < {}", operator.lt),
    "le": ("{} <= {}", operator.le),
    "gt": ("{} > {}", operator.gt),
    "ge": ("{} >= {}", operator.ge),
}
LAZY: dict[str, tuple[str, Callable[..., Any]]] = {
    **BINARY,
    "neg": ("-{}", operator.neg),
    "pos": ("+{}", operator.pos),
    "invert": ("~{}", operator.invert),
    "abs": ("abs({})", abs),
    "round": ("round({})", round),
    "round_to": ("round({}, {})", round),
    "floor": ("floor({})", math.floor),
    "ceil": ("ceil({})", math.ceil),
    "trunc": ("trunc({})", math.trunc),
    "reversed": ("reversed({})", reversed),
    "copy": ("copy({})", copy.copy),
    "deepcopy": ("deepcopy({})", copy.deepcopy),
    "getitem": ("{}[{}]", operator.getitem),
    "modpow": ("pow({}, {}, {})", pow),
}
"""Operations of the language with a result."""
INPLACE: dict[str, tuple[str, Callable[..., Any]]] = {
    name: (text.replace(" {}", "= {}"), getattr(operator, "i" + name))
    for name, (text, _) in BINARY.items()
    if hasattr(operator, "i" + name)
}
TELLS: dict[str, tuple[str, Callable[..., Any]]] = {
    "setitem": ("{}[{}] = {}", operator.setitem),
    "delitem": ("del {}[{}]", operator.delitem),
    "setattr": ("setattr({}, {}, {})", setattr),
    "delattr": ("delattr({}, {})", delattr),
}
"""Operations without a result."""
ASKS: dict[str, tuple[str, Callable[..., Any], bool]] = {
    "bool": ("bool({})", bool, True),
    "len": ("len({})", len, False),
    "int": ("int({})", int, True),
    "float": ("float({})", float, True),
    "complex": ("complex({})", complex, True),
    "index": ("index({})", operator.index, True),
    "hash": ("hash({})", hash, True),
    "repr": ("repr({})", repr, True),
    "bytes": ("bytes({})", bytes, False),
    "format": ("format({}, {})", format, False),
    "contains": ("contains({}, {})", operator.contains, False),
}
"""What Python must know now, and whether a known value answers it."""
ACROSS = {function for _, function in [*BINARY.values(), *INPLACE.values()]}
REFLECTED: dict[Any, Callable[..., Any]] = {
    operator.eq: operator.eq,
    operator.ne: operator.ne,
    operator.lt: operator.gt,
    operator.gt: operator.lt,
    operator.le: operator.ge,
    operator.ge: operator.le,
}

ORDERLESS = set(
    "and or xor sub eq ne lt le gt ge copy deepcopy getitem bool len contains setitem setattr delattr "
    "append add discard remove insert get setdefault count take itself clear issubset issuperset isdisjoint union "
    "intersection difference symmetric_difference same pair appended partition is_ len bool isinstance content".split()
)
"""Operations that give the same for two sets that are equal, whose order may differ: by the history of the set, and from
process to process."""
KEEPS = set(
    "same pair appended is_ partition append insert get setdefault count take itself next iter type callable isinstance "
    "list tuple sum sorted len bool any all max min enumerate zip islice keywords setattr delattr eq ne copy".split()
)
"""Operations on what may hold an iterator, which change nothing while they exhaust it: an iterator over a list that
grows meanwhile has no end."""
SHARED = (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType, enum.Enum)
"""Objects of which a process has one: what is written on them would be seen by both sides."""


def _has_address(value: Any) -> bool:
    """Whether the text of a value tells where in memory it is."""
    try:
        return " at 0x" in repr(value)
    except Exception:
        return False


def _has_order(values: Sequence[Any]) -> bool:
    return any(isinstance(part, (set, frozenset)) and len(part) > 1 for part in objects_in(values))


def _has_iterator(values: Sequence[Any]) -> bool:
    return any(hasattr(type(part), "__next__") for part in objects_in(values))


def _size(value: object, left: int = 600) -> int:
    """About how large a value is, written out; it ends soon after `left`."""
    total, waiting = 0, [value]
    while waiting and total < left:
        part = waiting.pop()
        total += 1
        if isinstance(part, (str, bytes, bytearray)):
            total += len(part) // 16
        elif isinstance(part, int):
            total += part.bit_length() // 16
        elif isinstance(part, fractions.Fraction):
            total += (part.numerator.bit_length() + part.denominator.bit_length()) // 16
        elif isinstance(part, (list, tuple, set, frozenset, collections.deque)):
            waiting += list(type(part).__iter__(part))
        elif isinstance(part, dict):
            waiting += [*dict.keys(part), *dict.values(part)]
        if not isinstance(part, SHARED):
            waiting += list(getattr(part, "__dict__", {}).values())
    return total


def _bits(value: object) -> int:
    if isinstance(value, fractions.Fraction):
        return value.numerator.bit_length() + value.denominator.bit_length()
    return value.bit_length() if isinstance(value, int) else 0


def _is_plain(value: object) -> bool:
    """Whether its `repr` is an expression for it."""
    return all(type(part) in (int, str, list, tuple, dict, bool, bytes) for part in objects_in([value]))


def _is_modest(name: str, values: Sequence[Any]) -> bool:
    """Whether an operation on numbers, or on how many, stays small."""
    if name == "repr":
        return not _has_address(values[0])
    if name in ("bytes", "bytearray"):
        return _bits(values[0]) < 10
    if name == "round_to":
        return _bits(values[1]) < 6
    if name == "lshift":
        return _bits(values[1]) < 10
    if name == "pow":
        return not isinstance(values[1], int) or _bits(values[0]) * abs(values[1]) < 4000
    if name == "modpow":
        return all(_bits(value) < 4000 for value in values)
    if name == "mul":
        for one, other in (values, values[::-1]):
            if isinstance(one, int) and isinstance(other, (str, bytes, bytearray, list, tuple, collections.deque)):
                return _bits(one) < 10 and max(one, 0) * _size(other) < 600
    return True


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
            sum(map(_size, values)) < 600
            and (name in ORDERLESS or not _has_order(values))
            and (name in KEEPS or not _has_iterator(values))
            and self.is_modest(values)
        )

    def is_modest(self, values: Sequence[Any]) -> bool:
        return _is_modest(self.operation(), values)

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
        return _is_modest(self.form, values)

    def run(self, machine: Machine) -> None:
        name = self.target.source
        machine.bind(name, machine.inplace(name, INPLACE[self.form][1], self.right))


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
        return _is_modest(self.operation(), values[1:])

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


# ------------------------------------------------------------------------------------- statements: blocks and names


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
        return plain and super().is_feasible(values, machine) and _size(values[0]) < 60

    def run(self, machine: Machine) -> None:
        machine.algorithm(self.name, machine.pool[self.variable.source])


def _inside(body: Iterable[Statement]) -> list[str]:
    return [f"    {line}" for statement in body for line in statement.lines()] or ["    pass"]


@dataclass(frozen=True)
class Program:
    statements: tuple[Statement, ...]
    frame: int
    """Messages after which a frame leaves."""
    sliced: bool
    """Each message of a frame is answered by a reply of its own."""

    def __repr__(self) -> str:
        return self.marked(-1)

    def marked(self, at: int) -> str:
        lines = [f"# frames of {self.frame} messages{', answered one by one' * self.sliced}"]
        for number, statement in enumerate(self.statements):
            lines += [("> " if number == at else "  ") + line for line in statement.lines()]
        return "\n".join(lines)


# --------------------------------------------------------------------------------------------- drawing


class Scout(Machine):
    """Runs a program on the model alone, as it is drawn, so that operations fit what is there."""

    def __init__(self) -> None:
        super().__init__([None, None], eager=False)

    def both(self, real: Callable[[], Any], model: Callable[[], Any], text: bool = True) -> tuple[Any, Any]:
        try:
            return object(), model()
        except Raised as raised:
            raise Stopped(raised.error, raised.error) from None

    def alike(self, real: object, model: object) -> None:
        pass

    def unpacked(self, pair: Pair, count: int) -> list[Pair]:
        return [
            Pair(object(), variable) for variable in self.both(int, lambda: self.model.unpacked(pair.model, count))[1]
        ]

    @contextlib.contextmanager
    def eagerly(self, home: int) -> Any:
        yield

    def flush(self, home: int) -> None:
        pass


ATOMS = (
    "0 1 2 -1 7 True False None 0.5 -0.0 nan inf 1e308 2**63 -(2**70) 1j 'a' 'ab' '' 'é' '\\ud800' 'x'*300 b'ab' b'\\0'*300 "
    "Fraction(1,3) Decimal('1.1') Color.RED datetime(2020,1,2) timedelta(days=1) ... int Exact(1) Key(1)"
).split()
COLLECTIONS = [
    *("[]", "[1, 2, 3]", "[3, 1, 2]", "['b', 'a']", "[[1], [2]]", "[[]] * 2", "list(range(20))", "list(range(100))"),
    *("()", "(1, 2)", "('a', [1])", "(1, 2) * 20", "{}", "{'a': 1, 'b': 2}", "{1: [1], 2: [2]}", "SubDict(a=1)"),
    *("set()", "{1}", "{1, 2, 3}", "frozenset({1, 2})", "range(5)", "range(40)", "bytearray(b'abc')", "deque([1, 2])"),
    *("SubList([1, 2])", "Couple(1, [2])", "Letters()", "Box([1, 2])", "Box({})", "slice(1, 3)"),
]
OBJECTS = [
    *(
        "Adder(1)",
        "Exact(2)",
        "Swaps()",
        "Declines()",
        "Reflects(1)",
        "Base(1)",
        "Derived(2)",
        "Inherits()",
        "Yields()",
        "Raises(1)",
        "Halfway()",
    ),
    *("Matrix(1)", "Converts()", "Converts(-1)", "Converts('x')", "Compares(1, 2)", "Box([1])", "Box(5)", "SubInt(5)"),
    *(
        "SubStr('ab')",
        "Point()",
        "Point(1, 2)",
        "Key('a')",
        "Slots()",
        "Guarded()",
        "Couple(1, 2)",
        "Oops(5)",
        "object()",
    ),
]
MANAGERS = [
    "Recorder()",
    "Recorder('Oops', 'TypeError', 'AttributeError')",
    "Recorder('TypeError')",
    "Recorder('KeyError')",
] + [*("BadEnter()", "BadExit()", "nullcontext(3)")]
ITERATORS = ["iter([1, 2, 3])", "Countdown()", "reversed([1, 2])", "iter('ab')", "enumerate('ab')", "iter(range(3))"]
FUNCTIONS = ["same", "pair", "appended", "keywords", "fails", "len", "Box", "Point", "Adder", "list"]

CONSTANTS: dict[str, list[str]] = {
    "any": [*ATOMS, *COLLECTIONS, *OBJECTS],
    "number": [atom for atom in ATOMS if atom[0] in "-0127nTF"] + ["1j", "Decimal('1.1')", "Exact(1)"],
    "small": ["0", "1", "2", "-1", "3"],
    "key": ["'a'", "1", "0", "'b'", "(1,)", "None", "Key(1)"],
    "items": [source for source in COLLECTIONS if not source.startswith("{1,")] + ["'ab'", "b'ab'", *ITERATORS],
    "list": ["[]", "[1, 2]", "list(range(20))"],
    "text": ["'a'", "''", "'b,c'", "'é'", "'AbC'", "' x '", "'x' * 300", "SubStr('ab')"],
    "mapping": ["{'a': 1}", "{}", "{1: [2]}", "SubDict(a=1)"],
    "set": ["{1}", "set()", "{1, 2}", "frozenset({2})"],
    "slice": ["slice(None)", "slice(1, None)", "slice(None, None, -1)", "slice(0, 2)", "slice(0, 1, 1)"],
    "bytes": ["b'a'", "b''", "bytearray(b'b')"],
    "type": ["int", "list", "(int, str)", "Base", "5"],
    "manager": MANAGERS,
    "iterator": ITERATORS,
    "indexed": COLLECTIONS,
    "mutable": ["[1, 2, 3]", "{'a': 1}", "Box([1, 2])", "SubDict(a=1)", "bytearray(b'abc')", "Halfway()"],
    "tuple": ["(1,)", "()", "('a', [1])"],
    "object": OBJECTS,
    "callable": FUNCTIONS,
}
FITS: dict[str, Callable[[Any], bool]] = {
    "any": lambda value: True,
    "number": lambda value: isinstance(value, (int, float, complex, fractions.Fraction, decimal.Decimal)),
    "small": lambda value: type(value) is int and abs(value) < 10,
    "key": lambda value: type(value) in (int, str, program_values.Key, bool),
    "items": lambda value: hasattr(type(value), "__iter__"),
    "list": lambda value: isinstance(value, list),
    "text": lambda value: isinstance(value, str),
    "mapping": lambda value: isinstance(value, dict),
    "set": lambda value: isinstance(value, (set, frozenset)),
    "slice": lambda value: isinstance(value, slice),
    "bytes": lambda value: isinstance(value, (bytes, bytearray)),
    "type": lambda value: isinstance(value, type),
    "manager": lambda value: hasattr(type(value), "__enter__"),
    "iterator": lambda value: hasattr(type(value), "__next__"),
    "indexed": lambda value: hasattr(type(value), "__getitem__"),
    "mutable": lambda value: hasattr(type(value), "__setitem__"),
    "tuple": lambda value: isinstance(value, tuple),
    "object": lambda value: hasattr(value, "__dict__") and not isinstance(value, SHARED),
    "callable": lambda value: callable(value) and not isinstance(value, program_values.Guarded),
}
COMPARED = "eq ne lt le gt ge".split()
OPERATORS: dict[str, list[str]] = {
    "number": "add sub mul truediv floordiv mod divmod pow lshift rshift and or xor".split() + COMPARED,
    "text": ["add", "add", "mul", "mod", *COMPARED],
    "bytes": ["add", "mul", *COMPARED],
    "list": ["add", "add", "add", "mul", *COMPARED],
    "tuple": ["add", "add", "mul", *COMPARED],
    "mapping": ["or", "or", "eq", "ne"],
    "set": ["or", "and", "xor", "sub", *COMPARED],
    "any": ["add", "add", "add", "eq", "ne", "lt", "gt", "mul", "sub", "or", "matmul"],
}
"""Which operators make sense with which kind."""
AROUND = ["[{}]", "({}, 1)", "{{'a': {}}}", "[{}, {}]", "Box({})", "({}, {})", "Point({}, [1])", "[[{}], {}]"]
"""Arguments in which variables stand."""

METHODS: dict[type, list[str]] = {
    list: "append(any) extend(items) insert(small,any) pop() pop(small) remove(any) reverse() sort() index(any) count(any) "
    "clear() copy() append(any) extend(list)".split(),
    dict: "get(key) get(key,any) pop(key) pop(key,any) setdefault(key,any) update(mapping) keys() values() items() popitem() "
    "clear() copy()".split(),
    set: "add(key) discard(key) remove(key) update(set) union(items) intersection(set) issubset(set) copy() pop()".split(),
    frozenset: "union(set) issuperset(set) difference(set) copy()".split(),
    str: "upper() split() split(text) join(items) replace(text,text) encode() find(text) startswith(text) strip() "
    "partition(text) isdigit() count(text) swapcase()".split(),
    bytes: "decode() upper() split() find(bytes) join(items) hex()".split(),
    bytearray: "append(small) extend(bytes) decode() pop() reverse() find(bytes)".split(),
    tuple: "index(any) count(any)".split(),
    int: "bit_length() conjugate() as_integer_ratio()".split(),
    float: "is_integer() hex() as_integer_ratio()".split(),
    range: "index(small) count(small)".split(),
    collections.deque: "append(any) appendleft(any) pop() popleft() rotate(small) extend(items)".split(),
    program_values.Box: "take(any) itself()".split(),
    program_values.Point: "moved() moved(number)".split(),
    program_values.SubList: "last() append(any)".split(),
    program_values.Key: [],
    datetime.datetime: "isoformat() weekday() toordinal()".split(),
    fractions.Fraction: "limit_denominator() as_integer_ratio()".split(),
    decimal.Decimal: "is_nan() as_tuple() to_integral_value()".split(),
}
RUNS = (
    "same(any) pair(any) appended(list,any) appended(list,any) keywords(any,any) fails(tag) fails(tag) fails_after(list,tag) "
    "leaves(tag) numbers(small) drain(list) feed(list) later(any) fails_later(tag) is_(any,any) is_(any,any) sorted(items) "
    "list(items) tuple(items) dict(mapping) len(items) sum(items) max(items) type(any) isinstance(any,type) iter(items) "
    "iter(items) next(iterator) enumerate(items) zip(items,items) repr(any) abs(number) callable(any) noting(list) Box(any) "
    "Point(any,any) Recorder() Countdown(small) bytes(items) bytearray(items) deque(items) reversed(items) object()"
).split()
CLOSURES = ["lambda: {}", "lambda: [{}, {}]", "lambda x: ({}, x)", "lambda: {}.append(1)"]
ATTRIBUTES = "x y n content real left log keys risky done rows k value last".split()
ALGORITHMS = "list tuple sorted max sum any all bubble_sorted running_totals truthy_first without_repeats".split()
FORMATS = ["'>5'", "'.2f'", "'x'", "'%'"]


class _Writer:
    """Draws the statements of a program, one after another."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.scout = Scout()
        self.tags = 0
        self.depth = 0

    # ------------------------------------------------------------------------------------- choices

    def pick(self, items: Sequence[Any]) -> Any:
        return items[self.draw(st.integers(0, len(items) - 1))] if len(items) > 1 else items[0]

    def chance(self, percent: int) -> bool:
        """Smaller programs are those where it is False."""
        return bool(self.draw(st.integers(0, 99)) >= 100 - percent)

    def target(self) -> str:
        free = [name for name in NAMES if name not in self.scout.pool]
        return free[0] if free and not self.chance(20) else str(self.pick(NAMES))

    def fitting(self, kind: str, home: int | None = None) -> list[str]:
        return [
            name
            for name, pair in self.scout.pool.items()
            if pair.model.is_whole() and FITS[kind](pair.model.value) and home in (None, pair.model.home.number)
        ]

    def variable(self, kind: str = "any", home: int | None = None) -> Operand:
        """A name; seldom one of another kind, or of what has failed."""
        fitting = self.fitting(kind, home)
        return Operand(self.pick(fitting if fitting and not self.chance(10) else list(self.scout.pool)))

    def fits(self, kind: str, make: Callable[[Operand], Statement]) -> Statement:
        """A statement about a variable of that kind; where there is none, one that makes it, or one about any other."""
        if self.fitting(kind) or self.chance(5):
            return make(self.variable(kind))
        if self.chance(50):
            return self.method()
        return Put(self.target(), self.home(), Operand(self.pick(CONSTANTS[kind])))

    def operand(self, kind: str, home: int | None = None) -> Operand:
        """A name, or an expression; mostly of that kind."""
        if kind == "tag":
            self.tags += 1
            return Operand(str(self.tags))
        where = None if self.chance(25) else home
        if self.scout.pool and self.chance(55):
            return self.variable(kind, where)
        if kind == "any" and self.scout.pool and self.chance(40):
            text = self.pick(AROUND)
            return Operand(text.format(*[self.variable("any", where) for _ in range(text.count("{}"))]))
        if kind in ("number", "any") and self.chance(15):
            numbers = st.one_of(st.integers(-(2**66), 2**66), st.floats())
            return Operand(f"{self.draw(numbers)!r}")
        if kind == "text" and self.chance(20):
            return Operand(ascii(self.draw(st.text(st.characters(codec=None), max_size=4))))
        return Operand(self.pick(CONSTANTS[kind] if not self.chance(5) else CONSTANTS["any"]))

    def home(self) -> int:
        return int(self.chance(30))

    def call(self, text: str, home: int | None = None) -> tuple[str, tuple[Operand, ...]]:
        """A function, or method, and its arguments: ``pop(small)``."""
        name, _, kinds = text.removesuffix(")").partition("(")
        return name, tuple(self.operand(kind, home) for kind in kinds.split(",") if kind)

    # ------------------------------------------------------------------------------------- statements

    def put(self) -> Statement:
        kind = self.pick(
            ["any", "object", "list", "number", "text", "mapping", "items", "manager", "iterator", "callable"]
        )
        where = self.home()
        if self.scout.pool and self.chance(15):
            return Put(self.target(), where, self.operand("any", where))
        return Put(self.target(), where, Operand(self.pick(CONSTANTS[kind])))

    def binary(self) -> Statement:
        left = self.variable()
        form, right = self._operator(left, BINARY)
        if self.chance(15):
            constants = ["1", "0.5", "'a'", "[1]", "(1,)", "{'a': 2}", "{1}", "None", "b'a'", "2j"]
            left, right = Operand(self.pick(constants)), left
            if left.source[-1] == "'" and form == "mod":
                form = "add"  # `"%s" % v` is an operation on a text of this process
        return Operation(self.target(), form, (left, right))

    def _operator(self, left: Operand, forms: Iterable[str]) -> tuple[str, Operand]:
        """An operator that a variable probably has, and an operand for it."""
        model = self.scout.pool[left.source].model
        kind = next(kind for kind in OPERATORS if kind == "any" or (model.is_whole() and FITS[kind](model.value)))
        usual = [form for form in OPERATORS.get(kind, []) if form in forms]
        form = self.pick(usual if usual and not self.chance(15) else list(forms))
        elsewhere = self.fitting(kind, 1 - model.home.number) or self.fitting("any", 1 - model.home.number)
        if elsewhere and self.chance(20):
            return form, Operand(self.pick(elsewhere))
        if kind in ("text", "list", "bytes", "tuple") and form == "mul":
            kind = "small"
        elif (
            form in COMPARED
            and kind != "any"
            and self.chance(30)
            and _size(model.value) < 20
            and _is_plain(model.value)
        ):
            return form, Operand(repr(model.value))  # equal, and another object
        return form, self.operand(kind if not self.chance(20) else "any", model.home.number)

    def unary(self) -> Statement:
        form = self.pick(
            "neg pos abs round round_to floor ceil trunc reversed copy copy deepcopy deepcopy modpow invert".split()
        )
        kind = {"reversed": "list", "copy": "any", "deepcopy": "any", "modpow": "small"}.get(form, "number")
        kinds = {"round_to": ["small"], "modpow": ["small", "small"]}.get(form, [])
        given = [self.operand(kind) for kind in kinds]
        return self.fits(kind, lambda first: Operation(self.target(), form, (first, *given)))

    def item(self) -> Statement:
        return self.fits("indexed", lambda first: Operation(self.target(), "getitem", (first, self.key(first))))

    def key(self, of: Operand) -> Operand:
        """What it can be asked for an item by."""
        model = self.scout.pool[of.source].model
        if isinstance(model.value, dict):
            own = [repr(key) for key in model.value if type(key) in (int, str)]
            return Operand(self.pick(own)) if own and self.chance(60) else self.operand("key", model.home.number)
        return self.operand(self.pick(["small", "small", "slice"]), model.home.number)

    def inplace(self) -> Statement:
        target = self.variable()
        return InPlace(target, *self._operator(target, INPLACE))

    def tell(self) -> Statement:
        form = self.pick(["setitem", "setitem", "delitem", "setattr", "delattr"])
        if form in ("setattr", "delattr"):
            name = Operand(repr(self.pick(ATTRIBUTES)))
            return self.fits("object", lambda first: self._told(form, first, name))
        return self.fits("mutable", lambda first: self._told(form, first, self.key(first)))

    def _told(self, form: str, first: Operand, key: Operand) -> Statement:
        given = (first, key)
        home = self.scout.pool[first.source].model.home.number
        return Tell(form, (*given, self.operand("any", home)) if form in ("setitem", "setattr") else given)

    def method(self) -> Statement:
        variable = self.variable()
        model = self.scout.pool[variable.source].model
        kind = type(model.value) if model.is_whole() and not self.chance(10) else self.pick(list(METHODS))
        methods = METHODS.get(kind) or ["append(any)", "get(key)", "copy()", "nope()"]
        name, given = self.call(self.pick(methods), model.home.number)
        return Call(self.target() if self.chance(60) else None, 0, variable, name, given)

    def run(self) -> Statement:
        home = self.home()
        if self.chance(12):
            text = self.pick(CLOSURES)
            function = text.format(*[self.variable("any", home) for _ in range(text.count("{}"))])
            return Call(self.target(), home, Operand(function), "", (self.operand("any", home),) * text.count(" x"))
        name, given = self.call(self.pick(RUNS), home)
        named = (("key", self.operand("any", home)),) * (name == "keywords")
        return Call(self.target() if self.chance(80) else None, home, Operand(name), "", given, named)

    def called(self) -> Statement:
        given = tuple(self.operand("any", 0) for _ in range(self.pick([1, 0, 2])))
        return self.fits("callable", lambda function: Call(self.target(), 0, function, "", given))

    def attribute(self) -> Statement:
        variable = self.variable()
        model = self.scout.pool[variable.source].model
        own = [name for name in getattr(model.value, "__dict__", {}) if name.isidentifier() and name[0] != "_"]
        names = own if own and isinstance(own, list) and not self.chance(20) else ATTRIBUTES
        return GetAttr(self.target(), variable, self.pick(names))

    def ask(self) -> Statement:
        form = self.pick([*ASKS, "bool", "len", "repr", "contains"])
        first = self.variable({"len": "items", "contains": "items"}.get(form, "number" if self.chance(50) else "any"))
        home = self.scout.pool[first.source].model.home.number
        if form == "format":
            return Ask(form, (first, Operand(self.pick(FORMATS))))
        return Ask(form, (first, self.operand("any", home)) if form == "contains" else (first,))

    def fetch(self) -> Statement:
        return Fetch(tuple(self.variable() for _ in range(self.pick([1, 1, 1, 2, 3]))))

    def iterate(self) -> Statement:
        return self.fits("items", lambda variable: Iterate(self.pick(["i0", "i1"]), variable))

    def advance(self) -> Statement:
        if self.scout.iterators and self.chance(70):
            return Advance(self.target(), self.pick(list(self.scout.iterators)))
        return self.fits("iterator", lambda variable: Next(self.target(), variable))

    def unpack(self) -> Statement:
        return self.fits("items", self._unpacked)

    def _unpacked(self, variable: Operand) -> Statement:
        value = self.scout.pool[variable.source].model.value
        right = len(value) if isinstance(value, (list, tuple, dict, str)) and not self.chance(30) else 2
        return Unpack(tuple(self.pick(NAMES) for _ in range(min(max(right, 1), 3))), variable)

    def name(self) -> Statement:
        home, name = self.home(), self.pick(["a", "b"])
        known = list(self.scout.model.homes[home].names)
        name = self.pick(known) if known and not self.chance(20) else name
        form = self.pick(["get", "get", "set", "del"]) if known else self.pick(["set"] * 8 + ["get", "del"])
        if form == "set":
            return SetNamed(home, name, self.operand("any", home))
        return GetNamed(self.target(), home, name) if form == "get" else DelNamed(home, name)

    def alias(self) -> Statement:
        return Alias(self.target(), self.variable())

    def delete(self) -> Statement:
        return Delete(self.variable())

    def plain(self) -> Statement:
        form = self.pick("flush flush flush sync sync names clear".split())
        return Plain(self.home(), "sync" if form == "clear" and (self.depth or self.chance(50)) else form)

    def algorithm(self) -> Statement:
        fitting = [
            name
            for name, pair in self.scout.pool.items()
            if pair.model.is_whole() and isinstance(pair.model.value, (list, tuple, dict, str, range))
        ]
        return Algorithm(self.pick(ALGORITHMS), Operand(self.pick(fitting))) if fitting else self.put()

    # ------------------------------------------------------------------------------------- blocks

    def loop(self) -> Statement:
        return self.fits("items", self._loop)

    def _loop(self, first: Operand) -> Statement:
        variables = (first, *(self.variable("items") for _ in range(self.pick([0, 0, 0, 1]))))
        targets = tuple(self.pick(NAMES) for _ in variables)
        turns = self.pick([3, 1, 20])
        if self.depth > 1:
            turns = min(turns, 3)
        self._try(Loop(targets, variables, 1, ()))
        return Loop(targets, variables, turns, self.body())

    def with_(self) -> Statement:
        return self.fits("manager", self._with)

    def _with(self, manager: Operand) -> Statement:
        target = self.target()
        self._try(With(target, manager, ()))
        return With(target, manager, self.body())

    def eagerly(self) -> Statement:
        return Eagerly(self.home(), self.body())

    def body(self) -> tuple[Statement, ...]:
        self.depth += 1
        try:
            return tuple(self.statement() for _ in range(self.pick([1, 2, 3])))
        finally:
            self.depth -= 1

    def _try(self, statement: Statement) -> None:
        with contextlib.suppress(Stopped):
            self.scout.run(statement)

    def statement(self) -> Statement:
        if not self.scout.pool:
            statement = self.put()
        else:
            kinds = BLOCKS if self.depth < 2 and self.chance(12) else INSIDE if self.depth else SIMPLE
            statement = getattr(self, self.pick(kinds))()
        if not isinstance(statement, (Loop, With, Eagerly)):  # what is in those was tried as it was drawn
            self._try(statement)
        return statement


SIMPLE = (
    "put put binary binary binary binary unary unary item item inplace inplace inplace inplace tell tell tell method method "
    "method method method run run run run called attribute attribute ask ask ask fetch iterate advance advance unpack name "
    "name alias delete plain algorithm"
).split()
INSIDE = [*SIMPLE, *["advance", "method", "inplace"] * 5]
BLOCKS = "loop loop loop with_ with_ eagerly".split()


@st.composite
def programs(draw: st.DrawFn, most: int = 25) -> Program:
    """Programs of up to so many statements, not counted those in blocks."""
    writer = _Writer(draw)
    statements = [writer.statement() for _ in range(draw(st.integers(1, most)))]
    frame = draw(st.sampled_from([256, 1, 2, 3, 5, 8, 16, 64]))
    return Program(tuple(statements), frame, draw(st.booleans()))

"""How random programs are drawn: statement after statement, each of which probably fits what is there."""

from __future__ import annotations

import collections
import contextlib
import datetime
import decimal
import fractions
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import program_values
from hypothesis import strategies as st
from program_blocks import Eagerly, Loop, With
from program_described import objects_in
from program_machine import Machine, Pair, Stopped
from program_model import Raised
from program_operand import NAMES, Operand
from program_operations import ASKS, BINARY, INPLACE, SHARED, size
from program_statements import (
    Advance,
    Algorithm,
    Alias,
    Ask,
    Call,
    Delete,
    DelNamed,
    Fetch,
    GetAttr,
    GetNamed,
    InPlace,
    Iterate,
    Next,
    Operation,
    Plain,
    Program,
    Put,
    SetNamed,
    Statement,
    Tell,
    Unpack,
)


def _is_plain(value: object) -> bool:
    """Whether its `repr` is a short expression for it."""
    return size(value) < 20 and all(
        type(part) in (int, str, list, tuple, dict, bool, bytes) for part in objects_in([value])
    )


class Scout(Machine):
    """Runs a program on the model alone, as it is drawn, so that its operations fit what is there."""

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
        _, variables = self.both(int, lambda: self.model.unpacked(pair.model, count))
        return [Pair(object(), variable) for variable in variables]

    @contextlib.contextmanager
    def eagerly(self, home: int) -> Any:
        yield

    def flush(self, home: int) -> None:
        pass


def _listed(text: str) -> list[str]:
    return [source.strip() for source in text.split(";")]


# --------------------------------------------------------------------------------------------- what can be drawn

ATOMS = _listed(
    "0; 1; 2; -1; 7; True; False; None; 0.5; -0.0; nan; inf; 1e308; 2**63; -(2**70); 1j; 'a'; 'ab'; ''; 'é'; '\\ud800';"
    "'x' * 300; b'ab'; b'0' * 300; Fraction(1, 3); Decimal('1.1'); Color.RED; datetime(2020, 1, 2); timedelta(days=1);"
    "...; int; Exact(1); Key(1)"
)
COLLECTIONS = _listed(
    "[]; [1, 2, 3]; [3, 1, 2]; ['b', 'a']; [[1], [2]]; [[]] * 2; list(range(20)); list(range(100)); (); (1, 2);"
    "('a', [1]); (1, 2) * 20; {}; {'a': 1, 'b': 2}; {1: [1], 2: [2]}; SubDict(a=1); set(); {1}; {1, 2, 3};"
    "frozenset({1, 2}); range(5); range(40); bytearray(b'abc'); deque([1, 2]); SubList([1, 2]); Couple(1, [2]);"
    "Letters(); Box([1, 2]); Box({}); slice(1, 3)"
)
OBJECTS = _listed(
    "Adder(1); Exact(2); Swaps(); Declines(); Reflects(1); Base(1); Derived(2); Inherits(); Yields(); Raises(1);"
    "Halfway(); Matrix(1); Converts(); Converts(-1); Converts('x'); Compares(1, 2); Box([1]); Box(5); SubInt(5);"
    "SubStr('ab'); Point(); Point(1, 2); Key('a'); Slots(); Guarded(); Couple(1, 2); Oops(5); object()"
)
MANAGERS = _listed(
    "Recorder(); Recorder('Oops', 'TypeError', 'AttributeError'); Recorder('TypeError'); Recorder('KeyError');"
    "BadEnter(); BadExit(); nullcontext(3)"
)
ITERATORS = _listed("iter([1, 2, 3]); Countdown(); reversed([1, 2]); iter('ab'); enumerate('ab'); iter(range(3))")

CONSTANTS: dict[str, list[str]] = {
    "any": [*ATOMS, *COLLECTIONS, *OBJECTS],
    "number": [atom for atom in ATOMS if atom[0] in "-0127nTFD"],
    "small": ["0", "1", "2", "-1", "3"],
    "key": ["'a'", "1", "0", "'b'", "(1,)", "None", "Key(1)"],
    "items": [*COLLECTIONS, "'ab'", "b'ab'", *ITERATORS],
    "list": ["[]", "[1, 2]", "list(range(20))"],
    "text": ["'a'", "''", "'b,c'", "'é'", "'AbC'", "' x '", "'x' * 300", "SubStr('ab')"],
    "mapping": ["{'a': 1}", "{}", "{1: [2]}", "SubDict(a=1)"],
    "set": ["{1}", "set()", "{1, 2}", "frozenset({2})"],
    # No steps but 1: assigning what takes from the same list to one crashes CPython 3.10 to 3.12.1 (gh-120384).
    "slice": ["slice(None)", "slice(1, None)", "slice(-1, None)", "slice(0, 2)", "slice(0, 1, 1)"],
    "bytes": ["b'a'", "b''", "bytearray(b'b')"],
    "type": ["int", "list", "(int, str)", "Base", "5"],
    "manager": MANAGERS,
    "iterator": ITERATORS,
    "indexed": COLLECTIONS,
    "mutable": ["[1, 2, 3]", "{'a': 1}", "Box([1, 2])", "SubDict(a=1)", "bytearray(b'abc')", "Halfway()"],
    "tuple": ["(1,)", "()", "('a', [1])"],
    "object": OBJECTS,
    "callable": "same pair appended keywords fails len Box Point Adder list".split(),
}
"""Expressions of each kind…"""
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
    "callable": callable,
}
"""… and which values are of it."""
UNARY = "neg pos abs round round_to floor ceil trunc reversed copy deepcopy modpow invert".split()
COMPARED = "eq ne lt le gt ge".split()
USUAL: dict[str, list[str]] = {
    "number": "add sub mul truediv floordiv mod divmod pow lshift rshift and or xor".split() + COMPARED,
    "text": ["add", "add", "mul", "mod", *COMPARED],
    "bytes": ["add", "mul", *COMPARED],
    "list": ["add", "add", "add", "mul", *COMPARED],
    "tuple": ["add", "add", "mul", *COMPARED],
    "mapping": ["or", "or", "eq", "ne"],
    "set": ["or", "and", "xor", "sub", *COMPARED],
    "any": ["add", "add", "add", "eq", "ne", "lt", "gt", "mul", "sub", "or", "matmul"],
}
"""Operators that make sense with each kind."""
AROUND = ["[{}]", "({}, 1)", "{{'a': {}}}", "[{}, {}]", "Box({})", "({}, {})", "Point({}, [1])", "[[{}], {}]"]
"""Arguments in which variables stand."""

METHODS: dict[type, list[str]] = {
    list: "append(any) extend(items) insert(small,any) pop() pop(small) remove(any) reverse() sort() index(any) "
    "count(any) clear() copy() append(any) extend(list)".split(),
    dict: "get(key) get(key,any) pop(key) pop(key,any) setdefault(key,any) update(mapping) keys() values() items() "
    "popitem() clear() copy()".split(),
    set: "add(key) discard(key) remove(key) update(set) union(items) intersection(set) issubset(set) copy() "
    "pop()".split(),
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
    "same(any) pair(any) appended(list,any) appended(list,any) keywords(any,any) fails(tag) fails(tag) "
    "fails_after(list,tag) leaves(tag) numbers(small) drain(list) feed(list) later(any) fails_later(tag) "
    "is_(any,any) is_(any,any) sorted(items) list(items) tuple(items) dict(mapping) len(items) sum(items) "
    "max(items) type(any) isinstance(any,type) iter(items) iter(items) next(iterator) enumerate(items) "
    "zip(items,items) repr(any) abs(number) callable(any) noting(list) Box(any) Point(any,any) Recorder() "
    "Countdown(small) bytes(items) bytearray(items) deque(items) reversed(items) object()"
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
        kind = self.pick("any object list number text mapping items manager iterator callable".split())
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
        kind = next(kind for kind in USUAL if kind == "any" or (model.is_whole() and FITS[kind](model.value)))
        form = self.pick([form for form in USUAL[kind] if form in forms] if not self.chance(15) else list(forms))
        elsewhere = self.fitting(kind, 1 - model.home.number) or self.fitting("any", 1 - model.home.number)
        if elsewhere and self.chance(20):
            return form, Operand(self.pick(elsewhere))
        if kind in ("text", "list", "bytes", "tuple") and form == "mul":
            kind = "small"
        elif form in COMPARED and kind != "any" and _is_plain(model.value) and self.chance(30):
            return form, Operand(repr(model.value))  # equal, and another object
        return form, self.operand(kind if not self.chance(20) else "any", model.home.number)

    def unary(self) -> Statement:
        form = self.pick([*UNARY, "copy", "deepcopy"])
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
        own = [name for name in getattr(model.value, "__dict__", {}) if name[0] != "_"]
        return GetAttr(self.target(), variable, self.pick(own if own and not self.chance(20) else ATTRIBUTES))

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
    "put put binary binary binary binary unary unary item item inplace inplace inplace inplace tell tell tell "
    "method method method method method run run run run called attribute attribute ask ask ask fetch iterate "
    "advance advance unpack name name alias delete plain algorithm"
).split()
INSIDE = [*SIMPLE, *["advance", "method", "inplace"] * 5]
BLOCKS = "loop loop loop with_ with_ eagerly".split()


@st.composite
def programs(draw: st.DrawFn, most: int = 25) -> Program:
    """Programs of up to so many statements, not counted those in blocks."""
    writer = _Writer(draw)
    statements = [writer.statement() for _ in range(draw(st.integers(1, most)))]
    frame = draw(st.sampled_from([256, 1, 2, 3, 5, 8]) | st.integers(1, 256))
    return Program(tuple(statements), frame, draw(st.booleans()))

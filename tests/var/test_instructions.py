"""Which instruction of a frame asks for an attribute: the syntax, a dict merge, a pattern, or a probe."""

from __future__ import annotations

import gc
import operator
import sys
import tracemalloc
import types
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ray_proxy.var.instructions import MERGE, PATTERN, PROBE, SYNTAX, TELLS, asked, is_inplace

pytestmark = pytest.mark.skipif(not TELLS, reason="the instructions of this Python are not known")


class Asked:
    """Notes how each of its attributes, and its operators, were asked for."""

    def __init__(self) -> None:
        object.__setattr__(self, "log", [])

    def __getattribute__(self, name: str) -> Any:
        log = object.__getattribute__(self, "log")
        if name == "log":
            return log
        frame = sys._getframe(1)
        log.append((name, asked(frame.f_code, frame.f_lasti, name)))
        if name == "keys":
            return lambda: ["a"]
        return self

    def __getitem__(self, key: object) -> int:
        return 1

    def __call__(self, *args: object) -> Asked:
        return self

    def __radd__(self, other: object) -> bool:
        return is_inplace(sys._getframe(1))

    __rmul__ = __ror__ = __rsub__ = __rxor__ = __rpow__ = __radd__


@pytest.fixture
def var() -> Asked:
    return Asked()


SYNTAXES: dict[str, Callable[[Any], object]] = {
    "function": lambda v: v.name,
    "method": lambda v: v.name(),
    "chain": lambda v: v.name.name,
    "comprehension": lambda v: [i.name for i in [v]],
    "generator": lambda v: list(i.name for i in [v]),  # noqa: C400
    "inner function": lambda v: (lambda: v.name())(),
    "eval": lambda v: eval("v.name", {"v": v}),
    "exec": lambda v: exec("v.name", {"v": v}),
    "augmented": lambda v: exec("x += v.name", {"v": v, "x": []}),
}
PROBES: dict[str, Callable[[Any], object]] = {
    "hasattr": lambda v: hasattr(v, "name"),
    "getattr": lambda v: getattr(v, "name"),  # noqa: B009
    "getattr with a default": lambda v: getattr(v, "name", None),
    "attrgetter": lambda v: operator.attrgetter("name")(v),
    "map": lambda v: list(map(operator.attrgetter("name"), [v])),
    "the method by its class": lambda v: type(v).__getattribute__(v, "name"),
    "sort by a key": lambda v: sorted([v], key=operator.attrgetter("name")),
}


@pytest.fixture(params=["plain", "specialised", "traced", "specialised, then traced"])
def times(request: pytest.FixtureRequest) -> Iterator[int]:
    """How often a program runs, so that Python specialises it, or traces it."""
    how: str = request.param
    before = sys.gettrace()
    if "traced" in how:
        sys.settrace(lambda frame, event, argument: sys.gettrace())
    yield 300 if "specialised" in how else 1
    sys.settrace(before)


@pytest.mark.parametrize("program", SYNTAXES.values(), ids=SYNTAXES.keys())
def test_the_syntax_is_told(var: Asked, program: Callable[[Any], object], times: int) -> None:
    for _ in range(times):
        try:
            program(var)
        except TypeError:
            pass
    assert {(name, kind) for name, kind in var.log} == {("name", SYNTAX)}


@pytest.mark.parametrize("program", PROBES.values(), ids=PROBES.keys())
def test_a_probe_is_told(var: Asked, program: Callable[[Any], object], times: int) -> None:
    for _ in range(times):
        try:
            program(var)
        except TypeError:
            pass
    assert {(name, kind) for name, kind in var.log} == {("name", PROBE)}


def test_a_merge_is_told_in_calls_and_in_displays(var: Asked, times: int) -> None:
    for _ in range(times):
        assert dict(**var) == {"a": 1}
        assert {**var} == {"a": 1}
    assert set(var.log) == {("keys", MERGE)}


def test_dict_and_update_are_probes(var: Asked) -> None:
    dict(var)
    {}.update(var)
    assert set(var.log) == {("keys", PROBE)}


def test_a_class_pattern_is_told(var: Asked, times: int) -> None:
    for _ in range(times):
        match var:
            case Asked(name=other):
                assert other is var
    assert set(var.log) == {("name", PATTERN)}


def test_a_name_beyond_the_first_256_is_told(var: Asked) -> None:
    many = "\n".join(f"    v.n{number}" for number in range(700))
    space: dict[str, Any] = {}
    exec(f"def f(v):\n{many}", space)
    for _ in range(20):
        space["f"](var)
    assert {kind for _, kind in var.log} == {SYNTAX}
    assert len(set(var.log)) == 700


def test_a_name_that_the_caller_mangles_is_told() -> None:
    class Holder:
        def ask(self, v: Any) -> None:
            v.__private

    var = Asked()
    Holder().ask(var)
    assert var.log == [("_Holder__private", SYNTAX)]


def test_c_code_that_is_called_by_an_attribute_of_another_object_is_a_probe(var: Asked) -> None:
    class Holder:
        value = property(operator.attrgetter("inner"))  # as a property of a compiled class does

    holder = Holder()
    holder.inner = var  # type: ignore[attr-defined]

    class Deep:
        value = property(operator.attrgetter("inner.name"))

    deep = Deep()
    deep.inner = var  # type: ignore[attr-defined]
    for _ in range(300):
        deep.value
    assert set(var.log) == {("name", PROBE)}


def test_an_operator_in_place_is_told(var: Asked, times: int) -> None:
    for _ in range(times):
        for symbol in ("+", "*", "|", "-", "^", "**"):
            space: dict[str, Any] = {"x": [], "y": [], "v": var}
            exec(f"x {symbol}= v\ny = y {symbol} v", space)
            assert (space["x"], space["y"]) == (True, False)


def test_an_operator_in_place_is_told_in_a_loop_that_is_specialised(var: Asked) -> None:
    def run() -> tuple[object, object]:
        x: Any = []
        y: Any = 0
        for _ in range(300):
            x = []
            x += var
            y = y + var
        return x, y

    assert run() == (True, False)


def test_a_call_is_no_operator_in_place(var: Asked) -> None:
    assert operator.iadd([], var) is False


def test_nothing_of_a_code_object_is_kept(var: Asked) -> None:
    space = {"v": var}
    code = compile("v.name", "<text>", "eval")
    eval(code, space)
    gone = weakref.ref(code)
    del code
    assert gone() is None


def test_memory_is_flat_over_100_000_texts(var: Asked) -> None:
    space = {"v": var}

    def run(count: int) -> None:
        for number in range(count):
            eval(f"v.name if {number} else v", space)
            if number % 1000 == 0:
                var.log.clear()
                sys.intern(str(number))

    run(1000)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    run(100_000)
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 200_000


def test_code_at_an_address_that_is_used_again_is_told_by_its_own_instructions(var: Asked) -> None:
    for _ in range(500):
        var.log.clear()
        eval("v.name", {"v": var})
        eval("getattr(v, 'name')", {"v": var})
        assert [kind for _, kind in var.log] == [SYNTAX, PROBE]


def test_a_frame_without_instructions_asks_by_a_probe() -> None:
    class Frame:
        f_lasti = -1
        f_code = types.SimpleNamespace(co_code=b"", co_names=())

    frame: Any = Frame()
    for at in (-1, 0, 4):
        Frame.f_lasti = at
        assert asked(frame.f_code, at, "name") == PROBE
        assert not is_inplace(frame)

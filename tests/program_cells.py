"""Random notebooks: cells define functions and classes, and what they share changes on both sides.

A notebook runs three times at once: for real, here and in an interpreter; and as two plain modules, one for each side,
between which the rule of docs/protocol.md is applied by hand. All that can be seen is compared after each step. The
same notebooks ask about remote objects, hash them, unpack them, and add them to local containers.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from notebook import Notebook

import ray_proxy
from ray_proxy import RayProxyWarning, Var

GLOBALS: dict[str, list[Any]] = {
    "A": [0, 1, 7],
    "B": [[], [1], [1, [2]]],
    "C": [{}, {"x": 1}, {"x": [1], "y": "z"}],
}
"""Names that cells share, and what they stand for at the beginning and when they are bound anew."""

BODIES: dict[str, tuple[str, str]] = {
    "read": ("A B C", "return A, list(B), dict(C)"),
    "count": ("A", "global A; A += 1; return A"),
    "push": ("A B", "B.append(A); return list(B)"),
    "swap": ("B", "global B; B = [*B, len(B)]; return list(B)"),
    "note": ("B C", "C[len(C)] = list(B); return sorted(map(str, C))"),
    "call": ("A helper", "return helper(A)"),
    "make": ("A", "global A; A += 1; return Kind(A).total()"),
}
"""Of functions: which names they use, and what they do."""
HELPERS = ["return x + A", "B.append(x); return len(B)", "return [x, C]"]
HELPER_USES = ["A", "B", "C"]
KIND = """
class Kind:
    made = 0
    log = []
    def __init__(self, x):
        Kind.made += 1
        self.x = x
    def total(self):
        Kind.log.append(self.x)
        return self.x, Kind.made, len(Kind.log), A
    def __eq__(self, other): return isinstance(other, Kind) and self.x == other.x
    def __hash__(self): return hash(self.x)
"""
HASHABLE = ["x" * 300, b"y" * 300, (1, ("a",)), frozenset({1, 2}), 3, "short", 2**70, None, 1.5]
MAPPINGS = [{}, {"a": 1, "b": [2]}, {"a": {"a": 3}}]


class Side:
    """A plain module that stands for one of the two sides."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"__name__": "side"}

    def cell(self, code: str) -> None:
        exec(code, self.names)


class Cells:
    """A notebook with an interpreter, and what it should be."""

    def __init__(self, env: Any) -> None:
        self.env = env
        self.real = Notebook("cells")
        self.here, self.there = Side(), Side()
        self.sent: dict[str, Any] = {}
        """By name, the value that was sent last…"""
        self.came: dict[str, Any] = {}
        """… and the one that it has made there, before anything changed it."""
        self.code: dict[str, str] = {}
        self.defined: dict[str, str] = {}
        """What is set up on the other side, as it was when it was sent."""
        self.uses: dict[str, str] = {}
        self.functions: list[tuple[Var[Any], Any]] = []
        self.instances: list[tuple[Var[Any], Any]] = []
        for name, values in GLOBALS.items():
            self.bind(name, values[0])
        self.define("helper", f"def helper(x): {HELPERS[0]}", HELPER_USES[0])
        self.define("Kind", KIND, "A")

    # ------------------------------------------------------------------------------------ this side

    def bind(self, name: str, value: Any) -> None:
        self.real[name], self.here.names[name] = copy.deepcopy(value), copy.deepcopy(value)

    def define(self, name: str, code: str, uses: str) -> None:
        self.real.cell(code)
        self.here.cell(code)
        self.code[name], self.uses[name] = code, uses

    def step_bind(self, name: str, at: int) -> None:
        self.bind(name, GLOBALS[name][at])

    def step_change(self, name: str) -> None:
        """In place, where it can be."""
        for names in (vars(self.real.module), self.here.names):
            value = names[name]
            if isinstance(value, list):
                value.append("here")
            elif isinstance(value, dict):
                value["here"] = len(value)
            else:
                names[name] += 100

    def step_define(self, body: str) -> None:
        uses, code = BODIES[body]
        self.define(body, f"def {body}(): {code}", f"{uses} Kind" if body == "make" else uses)

    def step_helper(self, at: int) -> None:
        self.define("helper", f"def helper(x): {HELPERS[at]}", HELPER_USES[at])

    def step_local(self, body: str) -> None:
        if body in self.uses:
            assert self.real[body]() == self.here.names[body]()

    def step_set_on_class(self, value: int) -> None:
        self.real["Kind"].made = self.here.names["Kind"].made = value

    # ---------------------------------------------------------------------------------- the other side

    def send(self, name: str) -> list[str]:
        """A definition travels; gives the globals that both sides have changed."""
        both, todo, seen = [], [name], set()
        while todo:
            name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            if name in self.code:
                self._set_up(name)
                todo += self.uses[name].split()
            else:
                both += self._send_global(name)
        return both

    def _set_up(self, name: str) -> None:
        if self.defined.get(name) is not self.code[name]:
            self.defined[name] = self.code[name]
            self.there.cell(self.code[name])
            if name == "Kind":  # its attributes travel with it, once
                here = self.here.names["Kind"]
                self.there.names["Kind"].made = here.made
                self.there.names["Kind"].log = list(here.log)

    def _send_global(self, name: str) -> list[str]:
        value, both = self.here.names[name], []
        if name not in self.sent or self.sent[name] != value:
            if name in self.sent and self.there.names[name] not in (self.came[name], value):
                both.append(name)
            self.sent[name], self.came[name] = copy.deepcopy(value), copy.deepcopy(value)
            self.there.names[name] = copy.deepcopy(value)
        return both

    def told(self, work: Callable[[], Any], both: list[str]) -> Any:
        """The result of work, which warns of these names and nothing else."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            result = work()
        texts = [str(warning.message) for warning in caught if issubclass(warning.category, RayProxyWarning)]
        assert sorted(text.split("'")[1] for text in texts) == sorted(both), (texts, both)
        return result

    def step_run(self, body: str) -> None:
        if body in self.uses:
            both = self.send(body)
            there = self.told(lambda: self.env.run(self.real[body]).fetch(), both)
            assert there == self.there.names[body]()

    def step_put(self, body: str) -> None:
        if body in self.uses:
            both = self.send(body)
            var = self.told(lambda: self._put(self.real[body]), both)
            self.functions.append((var, self.there.names[body]))

    def _put(self, value: Any) -> Var[Any]:
        var = self.env.put(value)
        self.env.sync()
        return var

    def step_call(self, at: int) -> None:
        if self.functions:
            var, function = self.functions[at % len(self.functions)]
            assert var().fetch() == function()

    def step_instance(self, x: int) -> None:
        real, _ = self.real["Kind"](x), self.here.names["Kind"](x)
        both = self.send("Kind")
        var = self.told(lambda: self._put(real), both)
        there = self.there.names["Kind"].__new__(self.there.names["Kind"])
        there.x = x
        self.instances.append((var, there))

    def step_total(self, at: int) -> None:
        if self.instances:
            var, instance = self.instances[at % len(self.instances)]
            assert var.total().fetch() == instance.total()

    def step_fetch(self, at: int) -> None:
        """It comes back as an instance of the class that is here, which stays as it is."""
        if self.instances:
            var, instance = self.instances[at % len(self.instances)]
            back = var.fetch()
            assert back.x == instance.x
            assert type(back).__name__ == "Kind"

    def step_fetch_function(self, at: int) -> None:
        if self.functions:
            var, function = self.functions[at % len(self.functions)]
            assert var.fetch().__name__ == function.__name__

    # ------------------------------------------------------------------------------- questions and containers

    def step_ask(self, at: int, name: str) -> None:
        if self.instances:
            var, instance = self.instances[at % len(self.instances)]
            assert hasattr(var, name) == hasattr(instance, name)
            found = getattr(var, name, "missing")
            assert ("missing" if isinstance(found, str) else "there") == (
                "there" if hasattr(instance, name) else "missing"
            )

    def step_hash(self, at: int) -> None:
        value = HASHABLE[at]
        var = self.env.put(value)
        assert hash(var) == hash(value)
        assert value in {var}
        assert {value: 1}[var] == 1

    def step_unpack(self, at: int) -> None:
        mapping = MAPPINGS[at]
        var = self.env.put(mapping)
        for unpacked in ((lambda **given: given)(**var), dict(var), {**var}):
            assert list(unpacked) == list(mapping)
            assert all(type(key) is str for key in unpacked)
            assert [value.fetch() for value in unpacked.values()] == list(mapping.values())

    def step_in_place(self, at: int) -> None:
        for local, name, value in (([1], "+", [2, 3]), ([1], "*", at), ({1}, "|", {2}), ({1, 2}, "-", {at})):
            kept, expected = local, copy.deepcopy(local)
            var = self.env.put(value)
            if name == "+":
                local += var  # type: ignore[assignment,operator]
                expected += value  # type: ignore[assignment,operator]
            elif name == "*":
                local *= var  # type: ignore[assignment,operator]
                expected *= value  # type: ignore[assignment,operator]
            elif name == "|":
                local |= var  # type: ignore[operator]
                expected |= value  # type: ignore[operator]
            else:
                local -= var  # type: ignore[operator]
                expected -= value  # type: ignore[operator]
            assert local is kept
            assert sorted(map(_plain, local)) == sorted(expected)

    # ------------------------------------------------------------------------------------------------------

    def compare(self) -> None:
        """What this side shares is what its own code has made of it."""
        for name in GLOBALS:
            assert self.real[name] == self.here.names[name], name
        real, here = self.real["Kind"], self.here.names["Kind"]
        assert (real.made, real.log) == (here.made, here.log)

    def run(self, steps: list[tuple[Any, ...]]) -> None:
        for name, *args in steps:
            getattr(self, f"step_{name}")(*args)
            self.compare()
        self.env.sync()

    def close(self) -> None:
        self.functions.clear()
        self.instances.clear()
        self.real.close()


def _plain(item: Any) -> Any:
    return item.fetch() if isinstance(item, Var) else item


def _steps() -> st.SearchStrategy[tuple[Any, ...]]:
    names, bodies, few = st.sampled_from(list(GLOBALS)), st.sampled_from(list(BODIES)), st.integers(0, 2)

    def step(name: str, *args: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
        return st.tuples(st.just(name), *args)

    return st.one_of(
        step("bind", names, few),
        step("change", names),
        step("define", bodies),
        step("define", bodies),
        step("helper", few),
        step("local", bodies),
        step("set_on_class", few),
        step("run", bodies),
        step("run", bodies),
        step("run", bodies),
        step("put", bodies),
        step("call", st.integers(0, 9)),
        step("call", st.integers(0, 9)),
        step("instance", few),
        step("total", st.integers(0, 9)),
        step("fetch", st.integers(0, 9)),
        step("fetch_function", st.integers(0, 9)),
        step("ask", st.integers(0, 9), st.sampled_from(["x", "total", "nope", "__len__", "__hash__", "made"])),
        step("hash", st.integers(0, len(HASHABLE) - 1)),
        step("unpack", few),
        step("in_place", few),
    )


def notebooks() -> st.SearchStrategy[list[tuple[Any, ...]]]:
    """The steps of notebooks that define most of what they use."""
    begin = st.lists(st.tuples(st.just("define"), st.sampled_from(list(BODIES))), min_size=2, max_size=5)
    return st.tuples(begin, st.lists(_steps(), min_size=3, max_size=25)).map(lambda parts: [*parts[0], *parts[1]])


assert ray_proxy

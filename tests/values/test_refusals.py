"""What cannot be pickled is refused by name: which part of the value, where it is, why, and what to do instead."""

from __future__ import annotations

import collections
import dataclasses
import functools
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import cloudpickle
import numpy as np
import pytest
from conftest import LoopbackInterpreter

from ray_proxy import NotPicklableError

LOCK = threading.Lock()


@pytest.fixture(scope="module", autouse=True)
def _by_value() -> Iterator[None]:
    """As if these functions and classes were a notebook's."""
    import test_refusals

    cloudpickle.register_pickle_by_value(test_refusals)
    yield
    cloudpickle.unregister_pickle_by_value(test_refusals)


def refusal(work: Callable[[], object]) -> str:
    with pytest.raises(NotPicklableError) as caught:
        work()
    assert caught.value.__cause__ is not None
    return str(caught.value)


class Holder:
    def __init__(self) -> None:
        self._lock = threading.Lock()


class Slots:
    __slots__ = ("inner", "unset")

    def __init__(self, inner: object) -> None:
        self.inner = inner


@dataclasses.dataclass
class Data:
    x: object


class Model:
    locks = [LOCK]


class Computed:
    def __getstate__(self) -> dict[str, Any]:
        return {"made": threading.Lock()}


Pair = collections.namedtuple("Pair", "one two")


def uses_global() -> Any:
    return LOCK


def uses_other() -> Any:
    return uses_global()


def closes_over(thing: object) -> Callable[[], object]:
    lock = thing
    return lambda: lock


def of_default(lock: Any = LOCK) -> None: ...


PLACES: dict[str, tuple[Callable[[], object], str]] = {
    "the value itself": (threading.Lock, ""),
    "containers and an attribute": (lambda: {"deep": [Holder()]}, ", ['deep'][0]._lock"),
    "a slot": (lambda: Slots([threading.Lock()]), ", .inner[0]"),
    "a dataclass": (lambda: Data(Data(threading.Lock())), ", .x.x"),
    "a named tuple": (lambda: Pair(1, threading.Lock()), ", .two"),
    "a set": (lambda: {"tags": {threading.Lock()}}, ", ['tags'], an item of it"),
    "a key": (lambda: {threading.Lock(): 1}, ", a key of it"),
    "a deque": (lambda: collections.deque([1, threading.Lock()]), ", [1]"),
    "a partial": (lambda: functools.partial(print, end=threading.Lock()), ", .keywords['end']"),
    "a bound method": (lambda: [Holder().__init__], ", [0].__self__._lock"),
    "an exception": (lambda: ValueError("text", threading.Lock()), ", .args[1]"),
    "a closure": (lambda: closes_over(threading.Lock()), ", closed-over 'lock'"),
    "inside a closure": (lambda: [closes_over({"a": [LOCK]})], ", [0], closed-over 'lock'['a'][0]"),
    "a default": (lambda: of_default, ", the default of 'lock'"),
    "a global": (lambda: uses_global, ", global 'LOCK' of uses_global"),
    "a global of a global": (lambda: uses_other, ", global 'uses_global' of uses_other, global 'LOCK' of uses_global"),
    "a class": (lambda: Model, ", Model.locks[0]"),
    "the class of an object": (lambda: {"model": Model()}, ", ['model'], Model.locks[0]"),
    "what an object gives of itself": (lambda: [Computed()], ", [0], inside it"),
    "an array of objects": (lambda: {"array": np.array([LOCK], dtype=object)}, ", ['array'], inside it"),
}


@pytest.mark.parametrize("name", PLACES)
def test_the_place_of_the_part_at_fault_is_named(env: LoopbackInterpreter, name: str) -> None:
    make, place = PLACES[name]
    text = refusal(lambda: env.run(print, (1, make())))
    assert text.startswith(f"argument 2{place}, a lock: <unlocked _thread.lock object at 0x"), text
    assert "cannot be pickled: cannot pickle '_thread.lock' object; " in text


@pytest.mark.parametrize("name", PLACES)
def test_the_same_in_a_value_that_is_fetched(env: LoopbackInterpreter, name: str) -> None:
    make, place = PLACES[name]
    env.interpreter._names["held"] = make()  # no message can bring it there
    text = refusal_of_fetch(env)
    assert text.startswith(f"the value asked for{place}, a lock: "), text
    assert text.endswith("; leave it where it is, and fetch a part of it, or what env.run(function, (v,)) makes of it")


def refusal_of_fetch(env: LoopbackInterpreter) -> str:
    with pytest.raises(NotPicklableError) as caught:
        env["held"].fetch()
    return str(caught.value)


def test_every_way_of_giving_a_value_is_named(env: LoopbackInterpreter) -> None:
    bad = [threading.Lock()]
    values = env.put([])
    assert refusal(lambda: env.put(bad)).startswith("the value, [0], a lock")
    assert refusal(lambda: env.run(print, (), {"sep": bad})).startswith("argument 'sep', [0], a lock")
    assert refusal(lambda: env.run(closes_over(bad))).startswith("the function, closed-over 'lock'[0], a lock")
    assert refusal(lambda: values + bad).startswith("operand 2, [0], a lock")
    assert refusal(lambda: env.__setitem__("name", bad)).startswith("the value, [0], a lock")


def test_the_original_reason_is_told_and_is_the_cause(env: LoopbackInterpreter) -> None:
    class Refuses:
        def __getstate__(self) -> NoReturn:
            raise RuntimeError("the reason of its own")

    with pytest.raises(
        NotPicklableError, match=r"argument 1, \[0\], a .*cannot be pickled: the reason of its own"
    ) as e:
        env.run(print, ([Refuses()],))
    assert type(e.value.__cause__) is RuntimeError


def test_the_remedy_fits_the_place(env: LoopbackInterpreter) -> None:
    def remedy(value: object) -> str:
        return refusal(lambda: env.put(value)).rpartition("object; ")[2]

    inside = "create it inside the function, or let the function use one of the interpreter, "
    assert remedy(LOCK) == (
        "create it in the interpreter instead, with env.run(function), as in env.run(threading.Lock)"
    )
    assert remedy(closes_over(LOCK)) == inside + "lock = env.run(threading.Lock)"
    assert remedy(uses_global) == inside + "LOCK = env.run(threading.Lock)"
    assert remedy(closes_over([LOCK])) == inside + "as env.run(threading.Lock) gives it"
    assert remedy(of_default) == (
        "create it inside the function, or pass one of the interpreter, lock=env.run(threading.Lock)"
    )
    assert remedy(Model()).startswith("create it in a method of the class, or move the class to a module")
    assert remedy(Holder()) == (
        "create the Holder in the interpreter instead, with env.run(function), or leave this out of its pickle, "
        "with __getstate__"
    )
    assert remedy(number for number in range(3)).endswith(", or pass a list of what it yields")


def test_the_remedies_work(env: LoopbackInterpreter) -> None:
    lock = env.run(threading.Lock)
    assert env.run(lambda: lock.acquire(False)) == True  # noqa: E712
    assert env.run(Holder)._lock.locked() == False  # noqa: E712


def test_a_part_is_found_in_a_value_that_contains_itself(env: LoopbackInterpreter) -> None:
    value: list[object] = [LOCK]
    value.insert(0, value)
    assert refusal(lambda: env.put(value)).startswith("the value, [1], a lock")


def test_the_search_calls_nothing_of_the_users(env: LoopbackInterpreter) -> None:
    class Shy:
        def __init__(self) -> None:
            self.__dict__["lock"] = LOCK

        def __getattribute__(self, name: str) -> Any:
            if name not in ("__reduce_ex__", "__getstate__", "__dict__", "__class__", "__reduce__"):
                called.append(name)
            return object.__getattribute__(self, name)

        @property
        def computed(self) -> NoReturn:
            raise AssertionError("was called")

        def __eq__(self, other: object) -> NoReturn:
            raise AssertionError("was called")

        def __bool__(self) -> NoReturn:
            raise AssertionError("was called")

        __hash__ = object.__hash__

    called: list[str] = []
    shy = Shy()
    with pytest.raises(TypeError):
        cloudpickle.dumps(shy)
    before, called[:] = set(called), []
    assert refusal(lambda: env.put([shy])).startswith("the value, [0].lock, a lock")
    assert set(called) <= before


def test_a_var_in_the_value_is_not_looked_into(env: LoopbackInterpreter) -> None:
    var = env.put([1])
    assert refusal(lambda: env.put([var, LOCK])).startswith("the value, [1], a lock")


@pytest.mark.parametrize("depth", [10, 10_000])
def test_the_search_ends_in_a_huge_value(env: LoopbackInterpreter, depth: int) -> None:
    values = [{"number": [number]} for number in range(depth)]
    began = time.monotonic()
    assert re.match(r"the value, (\[|a list: )", refusal(lambda: env.put([values, values, values, [[[Holder()]]]])))
    assert time.monotonic() - began < 5


def test_a_part_that_is_too_deep_is_told_without_its_place(env: LoopbackInterpreter) -> None:
    value: list[object] = [LOCK]
    for _ in range(100):
        value = [value]
    text = refusal(lambda: env.put(value))
    assert text.startswith("the value, a list: [[")
    assert "cannot pickle '_thread.lock' object (inside it, at a lock: <unlocked" in text


def test_nothing_is_sent_and_the_interpreter_goes_on(env: LoopbackInterpreter) -> None:
    values = env.put([])
    refusal(lambda: values.append(Holder()))
    assert values.fetch() == []

"""Two logs in which the same is done with variables of other numbers are the same, and any other two are not."""

from __future__ import annotations

import copy
import functools
import pickle
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudpickle
import msgspec
import pytest
from conftest import LoopbackInterpreter
from recording import answered, log_of, sent

from ray_proxy import Log
from ray_proxy.logs.opcodes import taken_out
from ray_proxy.logs.parting import part
from ray_proxy.logs.records import Ended, Opened, Restored
from ray_proxy.protocol import (
    Call,
    Claim,
    Del,
    Error,
    Fetch,
    Forget,
    Fork,
    GetNamed,
    Inherit,
    Items,
    Iter,
    Kept,
    Lease,
    Message,
    Op,
    Pickled,
    Put,
    Ref,
    Reply,
    SetNamed,
)
from ray_proxy.values.codec import resolve


class Inside:
    """A variable inside a value, as a pickle has it."""

    def __init__(self, id: int) -> None:
        self.id = id

    def __reduce__(self) -> Any:
        return resolve, (self.id,)


def holding(*ids: int, **more: Any) -> Pickled:
    return Pickled(cloudpickle.dumps([*map(Inside, ids), more], protocol=5))


def log(*messages: Message, session: str = "s", number: int = 1, values: Any = ()) -> list[Any]:
    return [
        sent(number, *messages, session=session),
        answered(Reply(number, len(messages), list(values)), session=session),
    ]


def alike(ours: list[Any], theirs: list[Any]) -> bool:
    forth, back = part(log_of(*ours), log_of(*theirs)), part(log_of(*theirs), log_of(*ours))
    assert (forth is None) == (back is None)
    return forth is None


# ------------------------------------------------------------------------------------ recordings of one client


def parted(env: LoopbackInterpreter, folder: Path, *programs: Callable[[LoopbackInterpreter], Any]) -> str | None:
    """Where the recordings of two programs part, one after the other in one session."""
    paths = [folder / f"{at}.rplog" for at in range(len(programs))]
    for path, program in zip(paths, programs):
        with env.record(path):
            program(env)
    parting = part(*map(Log, paths))
    return None if parting is None else f"{parting.ours and parting.ours.line()} | {parting.theirs}"


class Model:
    def __init__(self) -> None:
        self.weights = [1.0]

    def step(self, function: Callable[[float], float]) -> Model:
        self.weights.append(function(self.weights[-1]))
        return self


def train(env: LoopbackInterpreter) -> None:
    rate = 2.0
    values = env.put([3.0, 1.0])
    values.append(values[0])
    values.append([values, {"deep": values}])
    array = env.module("numpy").arange(10.0)
    model = env.put(Model())
    model.step(lambda x: x * rate)
    env["model"] = model
    env["model"].step(functools.partial(max, 3.0))
    for item in env.put([[1], [2], [3]]):
        item.append(array)
    for number in env.put(iter([1, 2, 3])):
        assert number
    assert env.run(lambda pairs: len(pairs), ([values, model],)).fetch() == 2
    with pytest.raises(ZeroDivisionError):
        (values[0] / 0).fetch()
    assert (array + values[0]).sum().fetch() == 75.0


def test_the_same_code_twice(env: LoopbackInterpreter, tmp_path: Path) -> None:
    assert parted(env, tmp_path, train, train) is None


def test_what_was_made_before_the_recording_began(env: LoopbackInterpreter, tmp_path: Path) -> None:
    here = [env.put([1, 2]), env.put([3, 4])]

    def work(_: LoopbackInterpreter, order: tuple[int, int, int]) -> None:
        for at in order:
            here[at].append(here[order[0]])

    first = functools.partial(work, order=(0, 1, 0))
    assert parted(env, tmp_path, first, first) is None
    (tmp_path / "other").mkdir()
    assert parted(env, tmp_path / "other", first, functools.partial(work, order=(0, 1, 1))) is not None


def append(env: LoopbackInterpreter, one: int, other: int) -> None:
    values = [env.put([1]), env.put([1])]
    values[one].append(values[other])


@pytest.mark.parametrize("pair", [(0, 1), (1, 0), (1, 1)])
def test_which_variable_is_given_to_which(env: LoopbackInterpreter, tmp_path: Path, pair: tuple[int, int]) -> None:
    assert parted(env, tmp_path, functools.partial(append, one=0, other=0), lambda env: append(env, *pair)) is not None


def test_which_variable_is_inside_a_value(env: LoopbackInterpreter, tmp_path: Path) -> None:
    def put(env: LoopbackInterpreter, one: int, other: int) -> None:
        values = [env.put([1]), env.put([1])]
        env.put({"a": values[one], "b": [values[other], "text"]}).clear()

    assert parted(env, tmp_path, functools.partial(put, one=0, other=1), functools.partial(put, one=1, other=1))


def test_another_constant_in_a_function(env: LoopbackInterpreter, tmp_path: Path) -> None:
    def call(env: LoopbackInterpreter, function: Callable[[int], int]) -> None:
        env.run(function, (1,)).fetch()

    one, other = (functools.partial(call, function=function) for function in (lambda x: (x, 3)[0], lambda x: (x, 4)[0]))
    assert parted(env, tmp_path, one, other) is not None


def test_threads_of_another_number_before(env: LoopbackInterpreter, tmp_path: Path) -> None:
    def before(env: LoopbackInterpreter) -> None:
        [env.put(number) for number in range(300)]
        train(env)

    with env.record(tmp_path / "before.rplog"):
        before(env)
    assert parted(env, tmp_path, train, train) is None


# ------------------------------------------------------------------------------------------- logs made by hand


def test_variables_of_other_numbers() -> None:
    one = log(Put(1, 1), Put(2, 2), Op(3, "add", [Ref(1), Ref(2)]), Fetch(Ref(3)), values=[(3, 3)])
    other = log(Put(70, 1), Put(80, 2), Op(75, "add", [Ref(70), Ref(80)]), Fetch(Ref(75)), values=[(3, 3)])
    assert alike(one, other)
    for left, right, fetched in ((70, 70, 75), (80, 70, 75), (70, 80, 80), (70, 81, 75)):
        messages = Put(70, 1), Put(80, 2), Op(75, "add", [Ref(left), Ref(right)]), Fetch(Ref(fetched))
        assert not alike(one, log(*messages, values=[(3, 3)]))


def test_a_variable_that_is_made_again() -> None:
    assert alike(log(Put(1, 1), Put(1, 1), Fetch(Ref(1))), log(Put(5, 1), Put(5, 1), Fetch(Ref(5))))
    assert not alike(log(Put(1, 1), Put(1, 1), Fetch(Ref(1))), log(Put(1, 1), Put(2, 1), Fetch(Ref(1))))


def test_named_arguments_in_another_order() -> None:
    def call(kwargs: dict[str, Any]) -> list[Any]:
        return log(Call(9, Ref(4), [], kwargs))

    assert alike(call({"a": Ref(1), "b": Ref(2)}), call({"b": Ref(7), "a": Ref(6)}))
    assert not alike(call({"a": Ref(1), "b": Ref(2)}), call({"a": Ref(1), "b": Ref(1)}))


def test_values_that_are_variables() -> None:
    def changed(id: int, same: int) -> list[Any]:
        return log(Put(id, 1), Put(id + 1, 1), Op(id + 2, "iadd", [Ref(id), 1]), values=[(2, Ref(same))])

    assert alike(changed(1, 1), changed(11, 11))
    assert not alike(changed(1, 1), changed(11, 12))


def test_names_and_what_is_given_for_them() -> None:
    assert alike(log(SetNamed("x", Ref(1)), GetNamed(2, "x")), log(SetNamed("x", Ref(7)), GetNamed(9, "x")))
    assert not alike(log(Put(1, 1), Put(2, 1), SetNamed("x", Ref(1))), log(Put(1, 1), Put(2, 1), SetNamed("x", Ref(2))))


def test_items_of_an_iteration() -> None:
    def items(first: int, used: int, count: int = 16) -> list[Any]:
        kept = Items([Kept(), Kept()], True)
        return log(Put(1, 1), Iter(first, Ref(1), 0, count), Fetch(Ref(first + used)), values=[(1, kept)])

    assert alike(items(100, 1), items(1 << 40, 1))
    assert not alike(items(100, 0), items(1 << 40, 1))
    assert not alike(items(100, 0), items(100, 0, 17))
    assert not alike(items(100, 15), items(100, 16))


def test_iterations_of_any_size_cost_nothing() -> None:
    def items(start: int, used: int) -> list[Any]:
        messages = [Iter(start + at * 10**12, Ref(1), 0, 10**12) for at in range(1000)]
        return log(*messages, Fetch(Ref(start + used)))

    began = time.perf_counter()
    assert alike(items(2, 5 * 10**12 + 7), items(10**15, 5 * 10**12 + 7))
    assert not alike(items(2, 5 * 10**12 + 7), items(10**15, 6 * 10**12 + 7))
    huge = log(Iter(2**62, Ref(1), 0, 2**63), Iter(1, Ref(1), 0, 2**63), Put(2**63, Ref(2**64 - 1)))
    assert alike(huge, copy.deepcopy(huge))
    assert time.perf_counter() - began < 5


def test_iterations_whose_variables_overlap_are_compared_by_number() -> None:
    def overlapping(shift: int) -> list[Any]:
        return log(Put(7, 1), Iter(5, Ref(9), 0, 10), Fetch(Ref(6 + shift)))

    assert alike(overlapping(0), overlapping(0))
    assert not alike(overlapping(0), overlapping(1))


def test_sessions_have_variables_of_their_own() -> None:
    def both(one: int, other: int, used: int) -> list[Any]:
        return [
            *log(Put(one, 1), session="a"),
            *log(Put(other, 1), session="b"),
            *log(Fetch(Ref(used)), session="b", number=2),
        ]

    assert alike(both(1, 1, 1), both(5, 6, 6))
    assert not alike(both(1, 1, 1), both(5, 6, 5))


def forked(first: int, used: int, token: str) -> list[Any]:
    return [
        *log(Put(first, 1), Put(first + 1, 1), Fork(token), session="a"),
        *log(Put(first + 2, 1), session="a", number=2),
        *log(Inherit(token), Fetch(Ref(used)), Put(first + 2, 1), Fetch(Ref(first + 2)), session="b"),
    ]


def test_a_fork_has_the_variables_of_its_parent() -> None:
    assert alike(forked(1, 2, "t"), forked(11, 12, "u"))
    assert not alike(forked(1, 2, "t"), forked(11, 11, "u"))
    assert not alike(forked(1, 2, "t"), forked(11, 13, "u"))


def test_what_is_restored_has_the_variables_of_the_session() -> None:
    def restored(first: int, used: int) -> list[Any]:
        return [
            *log(Put(first, 1), Put(first + 1, 1), session="a"),
            Restored(1.0, "a", "t"),
            Ended(1.0, "a"),
            Opened(1.0, "b", "node[1]"),
            *log(Inherit("t"), Fetch(Ref(used)), session="b"),
        ]

    assert alike(restored(1, 2), restored(11, 12))
    assert not alike(restored(1, 2), restored(11, 11))


def test_many_forks_of_forks() -> None:
    def chain(first: int) -> list[Any]:
        records = log(Put(first, 1), Fork("0"), session="0")
        for at in range(1, 2000):
            records += log(Inherit(str(at - 1)), Put(first + at, at), Fork(str(at)), session=str(at))
        return records

    assert alike(chain(1), chain(1))
    assert not alike(chain(1), log(Put(1, 1)))


def test_what_was_never_answered_when_a_session_ended() -> None:
    def ended(used: int) -> list[Any]:
        return [*log(Put(1, 1), Put(2, 1)), sent(2, Fetch(Ref(used))), Ended(2.0, "s")]

    assert alike(ended(1), ended(1))
    assert not alike(ended(1), ended(2))


def test_tokens_and_when_functions_ended_are_not_compared() -> None:
    def leased(token: str, *forgotten: str) -> list[Any]:
        forget = [Forget(list(forgotten))] if forgotten else []
        return log(Put(1, 1), Lease(Ref(1), token), *forget, Claim(2, token), Del([1, 2]))

    assert alike(leased("a"), leased("b", "one", "two"))


def test_the_number_in_the_text_of_a_variable_that_is_gone_is_not_compared() -> None:
    def gone(id: int, used: int) -> list[Any]:
        text = f"StaleVarError('variable {used} is not in the interpreter')"
        error = Error("s", 1, 2, "ray_proxy.errors.StaleVarError", text, "")
        return [
            sent(1, Put(id, 1), Put(id + 1, 1), Fetch(Ref(used))),
            answered(Reply(1, 3, [], [(2, 0)], [error])),
        ]

    assert alike(gone(1, 1), gone(8, 8))
    assert not alike(gone(1, 1), gone(8, 9))


# --------------------------------------------------------------------------------------------- inside of pickles


@pytest.mark.parametrize("ids", [(1, 2, 1), (200, 70_000, 200), (2**31, 2**40, 2**31), (2**62, 2**63 - 1, 2**62)])
def test_ids_of_any_size_are_found(ids: tuple[int, int, int]) -> None:
    data, found = taken_out(holding(*ids, text="x" * 300, numbers=[1, 2, 200]).data)
    assert found == list(ids)
    assert data == taken_out(holding(5, 6, 5, text="x" * 300, numbers=[1, 2, 200]).data)[0]


def test_numbers_that_are_no_ids_are_compared() -> None:
    assert not alike(log(Put(1, holding(1, n=5))), log(Put(1, holding(1, n=6))))
    other = pickle.dumps([resolve, 5, (6,)], 5)
    assert taken_out(other) == (other, [])


def test_bytes_that_are_no_pickle_are_compared_as_they_are() -> None:
    for data in (b"resolve", b"\x80\x05resolve.", holding(1).data[:-3], pickle.dumps(Inside(3), 2), b"\x95resolve"):
        assert taken_out(data) == (data, [])


def test_a_pickle_of_very_many_opcodes_is_not_read_to_its_end() -> None:
    data = b"\x80\x05" + b"N0" * 3_000_000 + holding(1).data[2:]
    began = time.perf_counter()
    assert taken_out(data) == (data, [])
    assert time.perf_counter() - began < 10


# ------------------------------------------------------------------------------------------------- at random


def program(random: random.Random, length: int) -> list[Message]:
    ids = list(range(1, 9))
    messages: list[Message] = []
    for _ in range(length):
        a, b, c = (random.choice(ids) for _ in range(3))
        kind = random.randrange(5)
        if kind == 0:
            messages.append(Put(a, 1))
        elif kind == 1:
            messages.append(Op(a, "add", [Ref(b), Ref(c)]))
        elif kind == 2:
            messages.append(Call(a, Ref(b), [Ref(c)], {"x": Ref(a), "y": Ref(b)}))
        elif kind == 3:
            messages.append(Put(a, holding(b, c)))
        else:
            messages.append(Fetch(Ref(a)))
    return messages


def renamed(value: Any, names: dict[int, int]) -> Any:
    """The message with these ids in the place of its own."""
    if isinstance(value, Ref):
        return Ref(names[value.id])
    if isinstance(value, Pickled):
        return holding(*(names[id] for id in taken_out(value.data)[1]))
    if isinstance(value, list):
        return [renamed(item, names) for item in value]
    if isinstance(value, dict):
        return {name: renamed(item, names) for name, item in value.items()}
    if isinstance(value, msgspec.Struct):
        fields = {name: renamed(getattr(value, name), names) for name in value.__struct_fields__ if name != "id"}
        own = {"id": names[value.id]} if hasattr(value, "id") else {}  # type: ignore[attr-defined]
        return type(value)(**own, **fields)
    return value


def used(value: Any) -> list[int]:
    """All ids of a message, in a fixed order."""
    if isinstance(value, Ref):
        return [value.id]
    if isinstance(value, Pickled):
        return taken_out(value.data)[1]
    if isinstance(value, list):
        return [id for item in value for id in used(item)]
    if isinstance(value, dict):
        return used(list(value.values()))
    if isinstance(value, msgspec.Struct):
        own = [value.id] if hasattr(value, "id") else []  # type: ignore[attr-defined]
        return own + [id for name in value.__struct_fields__ for id in used(getattr(value, name)) if name != "id"]
    return []


@pytest.mark.parametrize("seed", range(200))
def test_programs_are_the_same_where_a_renaming_makes_one_of_the_other(seed: int) -> None:
    dice = random.Random(seed)
    messages = program(dice, dice.randrange(1, 15))
    names = dict(zip(range(1, 9), dice.sample(range(1, 100_000), 8)))
    other = [renamed(message, names) for message in messages]
    assert alike(log(*messages), log(*other))
    at = dice.randrange(len(other))
    near = {**{id: id for id in names.values()}, dice.choice(list(names.values())): dice.choice(list(names.values()))}
    changed = [*other[:at], renamed(other[at], near), *other[at + 1 :]]
    pairs = set(zip(used(messages), used(changed)))
    is_renaming = len(pairs) == len({one for one, _ in pairs}) == len({two for _, two in pairs})
    assert alike(log(*messages), log(*changed)) == is_renaming


def test_many_variables_take_little() -> None:
    count = 20_000
    first = [record for at in range(count) for record in log(Put(at + 1, at), number=at + 1)]
    other = [record for at in range(count) for record in log(Put(at + 10**6, at), number=at + 1)]
    assert alike(first, other)

"""What a loop over a remote container reads ahead: it sees what a local one sees, and runs no code of its own."""

from __future__ import annotations

import multiprocessing
import sys
import threading
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import LoopbackInterpreter, eventually, press_ctrl_c

from ray_proxy import RemoteInterpreter, Var
from ray_proxy.interpreter.reading import iterate
from ray_proxy.session import loopback
from ray_proxy.var.interface import handle_of

MANY = 3000

CONTAINERS: dict[str, Callable[[range], Any]] = {
    "list": list,
    "tuple": tuple,
    "range": lambda numbers: numbers,
    "str": lambda numbers: "".join(chr(33 + number % 90) for number in numbers),
    "bytes": lambda numbers: bytes(number % 256 for number in numbers),
    "set": set,
    "frozenset": frozenset,
    "dict": dict.fromkeys,
    "defaultdict": lambda numbers: defaultdict(int, dict.fromkeys(numbers, 1)),
    "Counter": Counter,
    "subclass of set": type("Numbers", (set,), {}),
    "namedtuple": lambda numbers: namedtuple("Numbers", [f"n{number}" for number in numbers])(*numbers),
    "floats": lambda numbers: np.arange(len(numbers)) / 3,
    "flags": lambda numbers: np.array([number % 3 == 0 for number in numbers]),
    "Series": lambda numbers: pd.Series([number / 7 for number in numbers]),
}


def frames(env: LoopbackInterpreter) -> int:
    """So many frames have left."""
    number: int = env.session.outbox.number
    return number


@pytest.mark.parametrize("kind", CONTAINERS)
def test_many_items_come_with_each_trip(env: LoopbackInterpreter, kind: str) -> None:
    local = CONTAINERS[kind](range(MANY))
    values = env.put(local)
    before = frames(env)
    given = [var.fetch() for var in values]
    assert frames(env) - before < 12
    expected = list(local)
    assert given == expected
    assert list(map(type, given)) == list(map(type, expected))


@pytest.mark.parametrize("view", ["keys", "values", "items"])
def test_so_they_do_from_the_views_of_a_dict(env: LoopbackInterpreter, view: str) -> None:
    local = {number: str(number) for number in range(MANY)}
    values = env.run(getattr, (local, view))()
    before = frames(env)
    if view == "items":
        given: Any = [(key.fetch(), value.fetch()) for key, value in values]
    else:
        given = [var.fetch() for var in values]
    assert frames(env) - before < 16
    assert given == list(getattr(local, view)())


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 64, 80, 81])
@pytest.mark.parametrize("kind", ["list", "set", "frozenset", "dict", "floats"])
def test_of_any_size(env: LoopbackInterpreter, kind: str, size: int) -> None:
    local = CONTAINERS[kind](range(size))
    assert [var.fetch() for var in env.put(local)] == list(local)


# ------------------------------------------------------------------------------------------------ changes


def after_all_items(values: Any, size: int, change: Callable[[Any], object]) -> tuple[type[Exception], str]:
    """How a loop ends whose container is changed once all of its items are used."""
    items = iter(values)
    for _ in range(size):
        next(items)
    change(values)
    with pytest.raises((RuntimeError, StopIteration)) as raised:
        next(items)
    return raised.type, str(raised.value)


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17])
@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (set, lambda values: values.add("new")),
        (set, lambda values: values.copy()),
        (dict.fromkeys, lambda values: values.setdefault("new", 1)),
        (dict.fromkeys, lambda values: values.get("new")),
    ],
    ids=["set that grows", "set", "dict that grows", "dict"],
)
def test_a_change_after_the_last_item_is_seen(
    env: LoopbackInterpreter, kind: Callable[[range], Any], change: Callable[[Any], object], size: int
) -> None:
    local = after_all_items(kind(range(size)), size, change)
    assert after_all_items(env.put(kind(range(size))), size, change) == local


VIEWS: dict[str, Callable[[Any], Any]] = {
    "": lambda values: values,
    "keys": lambda values: values.keys(),
    "values": lambda values: values.values(),
    "items": lambda values: values.items(),
}


def swap_seen(values: Any, seen: Any) -> None:
    if isinstance(values, dict):
        del values[seen]
        values["new"] = 1
    else:
        values.remove(seen)
        values.add("new")


CHANGES: dict[str, tuple[Callable[[], Any], Callable[[Any, Any], object]]] = {
    "a key is added": (lambda: dict.fromkeys("abcdef", 1), lambda values, seen: values.setdefault("new", 2)),
    "a key is deleted": (lambda: dict.fromkeys("abcdef", 1), lambda values, seen: values.pop("f", None)),
    "the key is deleted": (lambda: dict.fromkeys("abcdef", 1), lambda values, seen: values.pop(seen)),
    "all are deleted": (lambda: dict.fromkeys("abcdef", 1), lambda values, seen: values.clear()),
    "a value is replaced": (lambda: dict.fromkeys("abcdef", 1), lambda values, seen: values.update(e=5)),
    "an unread key is replaced": (
        lambda: dict.fromkeys("abcdef", 1), lambda values, seen: [values.pop("f", None), values.update(g=5)]
    ),
    "an item is added": (lambda: {1, 2, 3, 4}, lambda values, seen: values.add(5)),
    "an item that is there is added": (lambda: {1, 2, 3, 4}, lambda values, seen: values.add(2)),
    "an item is removed": (lambda: {1, 2, 3, 4}, lambda values, seen: values.discard(4)),
    "the item is removed": (lambda: {1, 2, 3, 4}, lambda values, seen: values.discard(seen)),
    "all are removed": (lambda: {1, 2, 3, 4}, lambda values, seen: values.clear()),
    "a list grows": (lambda: [1, 2, 3, 4], lambda values, seen: len(values) < 9 and values.append(5)),
    "a list shrinks": (lambda: [1, 2, 3, 4], lambda values, seen: values.pop()),
    "an array changes": (lambda: np.arange(5.0), lambda values, seen: values.__setitem__(3, 7.5)),
    "a deque grows": (lambda: deque([1, 2, 3, 4]), lambda values, seen: values.append(5)),
}  # fmt: skip


def looped(values: Any, view: str, change: Callable[[Any], object], at: int) -> list[Any]:
    """What a loop sees that changes what it loops over at its item of that number; its error last."""
    seen: list[Any] = []
    iterator = iter(VIEWS[view](values))
    try:
        for item in iterator:
            fetched = item.fetch() if isinstance(item, Var) else item
            seen.append(fetched)
            if len(seen) == at:
                change(fetched[0] if view == "items" else fetched)
    except RuntimeError as error:
        seen.append(repr(error))
        with pytest.raises(RuntimeError):
            next(iterator)
    else:
        assert next(iterator, None) is None
    return seen


@pytest.mark.parametrize("at", [1, 2, 4])
@pytest.mark.parametrize("what", CHANGES)
def test_a_change_in_the_loop_does_what_it_does_here(env: LoopbackInterpreter, what: str, at: int) -> None:
    make, change = CHANGES[what]
    local = make()
    views = ["", "keys", "values", "items"] if isinstance(local, dict) else [""]
    if "the key" in what:
        views.remove("values")
    for view in views:
        local, remote = make(), env.put(make())
        expected = looped(local, view, lambda seen, local=local: change(local, seen), at)  # type: ignore[misc]
        assert looped(remote, view, lambda seen, remote=remote: env.run(change, (remote, seen)), at) == expected  # type: ignore[misc]


@pytest.mark.parametrize("make", [lambda: dict.fromkeys("abcdef", 1), lambda: set("abcdef")], ids=["dict", "set"])
def test_where_a_used_item_was_replaced_it_raises(env: LoopbackInterpreter, make: Callable[[], Any]) -> None:
    """Locally a set shows the new item or not, and a dict raises this at the end, if the loop comes so far."""
    remote = env.put(make())
    seen = looped(remote, "", lambda seen: env.run(swap_seen, (remote, seen)), 2)
    assert seen[2:] in (
        ["RuntimeError('dictionary keys changed during iteration')"],
        ["RuntimeError('Set changed size during iteration')"],
    )


@pytest.mark.parametrize("view", ["", "keys", "items", "values"])
def test_where_the_last_key_was_put_in_again_it_raises_as_here(env: LoopbackInterpreter, view: str) -> None:
    for values in ({"a": 1}, env.put({"a": 1})):
        with pytest.raises(RuntimeError, match="dictionary keys changed during iteration"):
            for _ in VIEWS[view](values):
                values["b"] = values.pop("a")
                values["a"] = values.pop("b")


def test_what_another_client_changes_is_noticed_at_the_next_trip(env: LoopbackInterpreter) -> None:
    other = loopback.connect(env.interpreter, False, LoopbackInterpreter).env()
    for value, text in (
        (dict.fromkeys(range(100)), "dictionary changed size during iteration"),
        (set(range(100)), "Set changed size during iteration"),
    ):
        env["values"] = env.put(value)
        env.sync()
        seen = []
        with pytest.raises(RuntimeError, match=text):
            for var in env["values"]:
                seen.append(int(var))
                if len(seen) == 1:
                    other["values"].pop(*[99] * isinstance(value, dict))
                    other.sync()
        assert seen == list(range(len(seen)))
        assert len(seen) < 100
    other.destroy()


def test_a_loop_that_works_on_the_interpreter_reads_what_is_unread_again(env: LoopbackInterpreter) -> None:
    local = dict.fromkeys(range(200), 0)
    remote = env.put(local)
    seen = []
    for key, value in remote.items():
        seen.append((int(key), int(value)))
        if seen[-1][0] % 10 == 0 and seen[-1][0] < 199:
            remote[key + 1] = key
    expected = []
    for number, value_here in local.items():
        expected.append((number, value_here))
        if number % 10 == 0 and number < 199:
            local[number + 1] = number
    assert seen == expected


def test_nested_loops(env: LoopbackInterpreter) -> None:
    for local in ({1, 2, 3}, dict.fromkeys("abc"), np.arange(3), [1, 2, 3], frozenset({1, 2})):
        remote = env.put(local)
        assert [(a.fetch(), b.fetch()) for a in remote for b in remote] == [(a, b) for a in local for b in local]


def test_what_python_makes_of_an_iterator(env: LoopbackInterpreter) -> None:
    local = {"a": 1, "b": 2, "c": 3}
    remote = env.put(local)
    assert [(n, key.fetch()) for n, key in enumerate(remote)] == list(enumerate(local))
    assert [(key.fetch(), n) for key, n in zip(remote, range(2))] == list(zip(local, range(2)))
    first, *rest = remote
    assert (first.fetch(), [var.fetch() for var in rest]) == ("a", ["b", "c"])
    assert "b" in remote
    assert "d" not in remote.values()
    assert 2 in remote.values()
    assert [var.fetch() for var in reversed(remote)] == ["c", "b", "a"]
    assert [var.fetch() for var in reversed(env.put([1, 2]))] == [2, 1]
    assert sorted(int(var) for var in env.put({3, 1, 2})) == [1, 2, 3]
    assert max(map(float, env.put(np.array([1.5, 2.5])))) == 2.5


def test_what_cannot_be_iterated_fails_as_here(env: LoopbackInterpreter) -> None:
    for value in (5, None, np.array(1.5)):
        with pytest.raises(TypeError) as here:
            iter(value)  # type: ignore[call-overload]
        with pytest.raises(TypeError) as there:
            iter(env.put(value))
        assert str(there.value) == str(here.value)


# ---------------------------------------------------------------------------------------------- users' code


def make_noisy(base: Any, log: Any) -> Any:
    class Noisy(base):  # type: ignore[misc]
        def __iter__(self) -> Iterator[Any]:
            log.append("iter")
            for item in list(base.__iter__(self)):
                log.append("next")
                yield item

    return Noisy([(1, 2), (3, 4), (5, 6)])


@pytest.mark.parametrize("base", [list, tuple, set, frozenset, dict, deque, Counter, OrderedDict])
def test_a_subclass_that_iterates_itself_is_not_read_ahead(env: LoopbackInterpreter, base: Any) -> None:
    log = env.put([])
    values = env.run(make_noisy, (base, log))
    iterator = iter(values)
    assert log.fetch() == []
    next(iterator)
    assert log.fetch() == ["iter", "next"]
    next(iterator)
    assert log.fetch() == ["iter", "next", "next"]


class Told:
    """A key that tells of each time it is hashed or compared."""

    asked: list[str] = []

    def __hash__(self) -> int:
        self.asked.append("hash")
        return 1

    def __eq__(self, other: object) -> bool:
        self.asked.append("eq")
        return self is other


@pytest.mark.parametrize("view", ["", "keys", "values", "items"])
def test_keys_are_neither_hashed_nor_compared(env: LoopbackInterpreter, view: str) -> None:
    keys = env.run(lambda kind: [kind() for _ in range(40)], (Told,))
    table = env.run(lambda keys: dict.fromkeys(keys, 1), (keys,))
    asked = env.run(lambda keys: keys[0].asked, (keys,))
    env.run(lambda asked: asked.clear(), (asked,)).fetch()
    count = 0
    for _ in env.run(getattr, (table, view))() if view else table:
        count += 1
        if count % 7 == 0:
            table.keys  # what is unread is read again
    assert count == 40
    assert asked.fetch() == []
    chosen = env.run(set, (keys,))
    env.run(lambda asked: asked.clear(), (asked,)).fetch()
    assert sum(1 for _ in chosen) == 40
    assert asked.fetch() == []


def test_an_iterator_that_a_user_holds_is_advanced_by_what_was_used(env: LoopbackInterpreter) -> None:
    for value in ({1, 2, 3}, {1: 2, 2: 3, 3: 4}, [1, 2, 3], np.array([1, 2, 3])):
        iterator = env.run(iter, (value,))
        for var in iterator:
            assert int(var) == 1
            break
        assert int(next(iterator)) == 2


def test_no_library_is_imported_for_it(env: LoopbackInterpreter, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("numpy", "pandas"):
        monkeypatch.delitem(sys.modules, name)
    for value in ([1], {1}, {1: 2}, (1,), "a"):
        assert sum(1 for _ in env.put(value)) == 1
    assert sum(1 for _ in env.run(iter, ([1],))) == 1
    assert "numpy" not in sys.modules
    assert "pandas" not in sys.modules


# --------------------------------------------------------------------------------------------- parts, arrays


def test_pairs_come_with_their_parts(env: LoopbackInterpreter) -> None:
    pairs = [(number, f"{number}") for number in range(50)]
    remote = env.put(pairs)
    before = frames(env)
    assert [(int(a), b.fetch()) for a, b in remote] == pairs
    assert frames(env) - before < 5
    three = env.put([(1, None, b"x"), (2, 1.5, "y")])
    assert [[part.fetch() for part in item] for item in three] == [[1, None, b"x"], [2, 1.5, "y"]]


def test_parts_are_the_objects_that_are_there(env: LoopbackInterpreter) -> None:
    table = env.put({float("nan"): [1], "b": 2})
    for key, value in table.items():
        assert env.run(lambda table, key, value: table[key] is value, (table, key, value)).fetch()


def test_a_pair_can_be_taken_apart_again_and_wrongly(env: LoopbackInterpreter) -> None:
    for item in env.put([(1, 2), (3, 4)]):
        first, second = item
        assert (int(first), int(second)) == item.fetch()
        first, second = item
        assert (int(first), int(second)) == item.fetch()
        assert len(item) == 2
        assert item[1] == second
    for item in env.put([(1, 2)]):
        with pytest.raises(ValueError, match=r"too many values to unpack \(expected 1\)"):
            (_,) = item
    for item in env.put([(1, 2)]):
        with pytest.raises(ValueError, match=r"not enough values to unpack \(expected 3, got 2\)"):
            _, _, _ = item


def test_tuples_of_several_lengths_and_long_ones(env: LoopbackInterpreter) -> None:
    for value in ([(1, 2), (3,)], [()], [tuple(range(9))] * 2, [(1, 2), [3, 4]], [([1], {}), ([2], {})]):
        assert [[part.fetch() for part in item] for item in env.put(value)] == [list(item) for item in value]


@pytest.mark.parametrize("dtype", ["f8", "f4", "f2", "i8", "i1", "u8", "?", ">f8", "c16", "M8[s]", "U3", "O"])
def test_items_of_arrays_are_what_they_are_here(env: LoopbackInterpreter, dtype: str) -> None:
    local = np.array([0, 1, 100, 7], "i8").astype(dtype)
    if dtype == "u8":
        local[0] = 2**64 - 1
    for here, there in zip(local, env.put(local)):
        assert env.run(type, (there,)).fetch() is type(here)
        fetched = there.fetch()
        assert type(fetched) is type(here)
        assert fetched == here
        assert repr(there).endswith(repr(here))
        assert f"{there}" == f"{here}"


def test_scalars_of_another_c_type_of_the_same_size(env: LoopbackInterpreter) -> None:
    numbers = env.run(lambda: np.array([1, 2], np.longlong))
    assert [env.run(type, (var,)).__name__ for var in numbers] == [np.longlong.__name__] * 2
    assert list(map(int, numbers)) == [1, 2]


def test_rows_of_an_array_are_views(env: LoopbackInterpreter) -> None:
    matrix = env.put(np.zeros((3, 2)))
    for row in matrix:
        row[1] = 5
    assert matrix.sum().fetch() == 15


def test_a_series_gives_what_it_gives_here(env: LoopbackInterpreter) -> None:
    for local in (
        pd.Series([1.5, 2.5]),
        pd.Series([1, 2]),
        pd.Series(["a", "b"]),
        pd.Series([True, False]),
        pd.Series(pd.to_datetime(["2020-01-01"])),
        pd.Series([], dtype=float),
    ):
        given = [var.fetch() for var in env.put(local)]
        assert given == list(local)
        assert list(map(type, given)) == list(map(type, local))


# ----------------------------------------------------------------------------------------- what is left behind


@pytest.mark.parametrize("value", [{1, 2, 3}, {(1, 2), (3, 4)}, {1: 2}, [(1, 2)] * 100, np.arange(9.0)], ids=repr)
def test_a_loop_that_is_left_early_leaves_nothing(env: LoopbackInterpreter, value: Any) -> None:
    for _ in env.put(value):
        break
    del _
    eventually(lambda: knows_nothing(env))


def test_so_does_one_over_pairs_of_which_one_was_taken_apart(env: LoopbackInterpreter) -> None:
    for item in env.put({number: number for number in range(100)}).items():
        key, value = item
        del item, key, value
        break
    eventually(lambda: knows_nothing(env))


def knows_nothing(env: LoopbackInterpreter) -> bool:
    """Whether neither the interpreter nor this session has anything of a variable."""
    env.sync()
    ledger = env.session.ledger
    return not (env.interpreter.count() or ledger.parts or ledger.values)


def test_a_loop_to_its_end_leaves_nothing(env: LoopbackInterpreter) -> None:
    for key, value in env.put({1: 2, 3: 4}).items():
        assert value == key + 1
    del key, value
    eventually(lambda: knows_nothing(env))


def test_to_an_older_interpreter_it_says_nothing_new(env: LoopbackInterpreter, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Any] = []
    execute = env.interpreter.execute

    def execute_and_note(session: str, frame: Any, *args: Any) -> Any:
        said.extend(frame.messages)
        return execute(session, frame, *args)

    monkeypatch.setattr(env.interpreter, "execute", execute_and_note)
    env.session.minor = 2
    assert [int(var) for var in env.put({1, 2, 3})] == [1, 2, 3]
    assert [int(var) for var in env.put([1, 2, 3])] == [1, 2, 3]
    assert [(int(key), int(value)) for key, value in env.put({1: 2}).items()] == [(1, 2)]
    assert [float(var) for var in env.put(np.arange(2.0))] == [0, 1]
    assert "iterate" not in {getattr(message, "op", "") for message in said}
    assert not any(getattr(message, "parts", 0) for message in said)


def test_a_reading_goes_back_where_a_forked_process_goes_on() -> None:
    for source in (
        {1, 2, 3, 4},
        frozenset({1, 2, 3, 4}),
        dict.fromkeys((1, 2, 3, 4)),
        dict.fromkeys((1, 2, 3, 4)).keys(),
    ):
        reading = iterate(source)
        for start, count, expected in ((0, 2, [1, 2]), (2, 1, [3]), (0, 3, [1, 2, 3]), (1, 9, [2, 3, 4]), (3, 2, [4])):
            assert reading.read(start, count)[0] == expected


@pytest.mark.parametrize(
    "container",
    [list(range(500)), range(500), set(range(500)), dict.fromkeys(range(500)), np.arange(500)],
    ids=lambda container: type(container).__name__,
)
def test_threads_that_share_an_iterator_get_each_item_once(first: RemoteInterpreter, container: Any) -> None:
    shared, got = iter(first.put(container)), list[int]()
    threads = [threading.Thread(target=lambda: got.extend(int(item) for item in shared)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(got) == list(range(500))


def test_items_are_read_again_after_a_sync(first: RemoteInterpreter) -> None:
    """Another process may have changed the container, and have synced."""
    values = first.put([1, 2, 3, 4])
    seen = []
    for var in values:
        seen.append(int(var))
        if len(seen) == 2:
            changed_elsewhere(first, values)
            first.sync()
    assert seen == [1, 2]


def changed_elsewhere(env: RemoteInterpreter, values: Any) -> None:
    context = multiprocessing.get_context("fork")

    def clear() -> None:
        values.clear()
        env.sync()

    child = context.Process(target=clear)
    child.start()
    child.join(60)
    assert child.exitcode == 0


def test_ctrl_c_in_a_loop(first: RemoteInterpreter) -> None:
    def slowly() -> Iterator[int]:
        import time

        yield 1
        time.sleep(60)
        yield 2

    values = first.put({1, 2, 3})
    seen = []
    first.sync()
    presser = press_ctrl_c(lambda: len(seen) == 2 and first.status()["busy"])
    with pytest.raises(KeyboardInterrupt):
        for var in values:
            seen.append(int(var))
            if var == 2:
                for item in first.run(slowly):
                    assert item == 1
    presser.join()
    assert seen == [1, 2]
    assert [int(var) for var in values] == [1, 2, 3]
    assert handle_of(values).session.ledger.parts == {}

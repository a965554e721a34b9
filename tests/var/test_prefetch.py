"""`prefetch`: items that are read ahead of the loop because its writer wants that."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from conftest import LoopbackInterpreter, eventually, press_ctrl_c

from ray_proxy import RemoteInterpreter, Var, prefetch


def logged(log: Any, size: int = 20) -> Iterator[int]:
    for number in range(size):
        log.append(number)
        yield number


def failing(size: int) -> Iterator[int]:
    yield from range(size)
    raise ValueError("half way")


def ending(size: int) -> Any:
    yield from range(size)
    return "the end"


def test_a_generator_runs_ahead_of_the_loop_by_n_items_at_most(env: LoopbackInterpreter) -> None:
    log = env.put([])
    values = prefetch(env.run(logged, (log,)), 5)
    assert log.fetch() == []
    for at, var in enumerate(values):
        assert int(var) == at
        assert len(log.fetch()) <= at + 5
    assert len(log.fetch()) == 20


@pytest.mark.parametrize(("n", "most"), [(1, 1010), (10, 120), (1000, 20)])
def test_many_come_with_each_trip(env: LoopbackInterpreter, n: int, most: int) -> None:
    generator = env.run(lambda: (number for number in range(1000)))
    env.sync()
    before = env.session.outbox.number
    assert [int(var) for var in prefetch(generator, n)] == list(range(1000))
    assert env.session.outbox.number - before <= most


@pytest.mark.parametrize("n", [1, 2, 3, 7, 100])
def test_an_error_comes_after_the_items_before_it(env: LoopbackInterpreter, n: int) -> None:
    for size in range(6):
        seen = []
        values = prefetch(env.run(failing, (size,)), n)
        with pytest.raises(ValueError, match="half way"):
            for var in values:
                seen.append(int(var))
        assert seen == list(range(size))
        assert list(values) == []


@pytest.mark.parametrize("n", [1, 2, 3, 7, 100])
def test_it_ends_where_the_generator_returns_something(env: LoopbackInterpreter, n: int) -> None:
    for size in range(6):
        assert [int(var) for var in prefetch(env.run(ending, (size,)), n)] == list(range(size))


def test_who_leaves_the_loop_can_go_on_with_it(env: LoopbackInterpreter) -> None:
    values = prefetch(env.run(logged, ([],)), 8)
    assert [int(var) for var in itertools.islice(values, 5)] == [0, 1, 2, 3, 4]
    env.put(1)
    assert [int(var) for var in values] == list(range(5, 20))


def test_it_leaves_nothing(env: LoopbackInterpreter) -> None:
    for _ in prefetch(env.run(lambda: ([number] for number in range(100))), 50):
        break
    del _
    eventually(lambda: env.interpreter.count() == 0)


def test_what_its_code_changes_is_seen_by_another_loop(env: LoopbackInterpreter) -> None:
    def drain(values: Any) -> Any:
        while values:
            yield values.pop()

    values = env.put([1, 2, 3, 4, 5, 6])
    taken = prefetch(env.run(drain, (values,)), 2)
    seen = [(int(var), int(next(taken))) for var in values]
    assert seen == [(1, 6), (2, 5), (3, 4)]


@pytest.mark.parametrize("value", [[1, 2, 3], (1, 2, 3), {1, 2, 3}, {1: 4, 2: 5, 3: 6}, range(1, 4), np.arange(1, 4)])
def test_a_container_is_read_as_ever(env: LoopbackInterpreter, value: Any) -> None:
    assert [int(var) for var in prefetch(env.put(value), 2)] == [1, 2, 3]
    if isinstance(value, list):
        remote = env.put(value)
        for var in prefetch(remote, 10):
            if var < 3:
                remote.append(var + 10)
        assert remote.fetch() == [1, 2, 3, 11, 12]


def test_pairs_can_be_taken_apart(env: LoopbackInterpreter) -> None:
    pairs = prefetch(env.run(enumerate, (["a", "b"],)), 10)
    assert [(int(at), text.fetch()) for at, text in pairs] == [(0, "a"), (1, "b")]


def test_wrong_arguments(env: LoopbackInterpreter) -> None:
    with pytest.raises(ValueError, match="n is 0"):
        prefetch(env.put([1]), 0)
    with pytest.raises(TypeError, match="a Var is needed, not a list"):
        prefetch([1], 5)  # type: ignore[arg-type]
    number: Var[Any] = env.put(5)
    with pytest.raises(TypeError, match="'int' object is not iterable"):
        prefetch(number, 5)


def test_an_older_interpreter_is_asked_for_one_at_a_time(env: LoopbackInterpreter) -> None:
    env.session.minor = 2
    log = env.put([])
    values = prefetch(env.run(logged, (log,)), 5)
    assert int(next(values)) == 0
    assert log.fetch() == [0]


def test_ctrl_c_loses_no_item(first: RemoteInterpreter) -> None:
    def with_a_pause() -> Any:
        import time

        class Numbers:
            at = 0

            def __iter__(self) -> Any:
                return self

            def __next__(self) -> int:
                self.at += 1
                if self.at == 3:
                    time.sleep(60)
                if self.at == 7:
                    raise StopIteration
                return self.at

        return Numbers()

    values = prefetch(first.run(with_a_pause), 10)
    assert int(next(values)) == 1
    first.sync()
    presser = press_ctrl_c(lambda: first.status()["busy"])
    with pytest.raises(KeyboardInterrupt):
        next(values)
    presser.join()
    assert [int(var) for var in values] == [2, 4, 5, 6]

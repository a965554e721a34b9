"""Iteration over remote objects, and what is read ahead."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import LoopbackInterpreter, eventually


def test_iteration_over_a_list_sees_what_the_loop_does_to_it(env: LoopbackInterpreter) -> None:
    local, values = [1, 2, 3], env.put([1, 2, 3])
    for item in local:
        if item < 3:
            local.append(item + 10)
    for var in values:
        if var < 3:
            values.append(var + 10)
    assert values.fetch() == local


def test_an_iterator_is_never_read_ahead(env: LoopbackInterpreter) -> None:
    log = env.put([])

    def numbers(log: Any) -> Any:
        for number in range(5):
            log.append(number)
            yield number

    generator = env.run(numbers, (log,))
    assert next(generator) == 0
    assert log.fetch() == [0]


def test_unread_items_hold_nothing(env: LoopbackInterpreter) -> None:
    assert next(iter(env.put([object() for _ in range(100)]))) is not None
    eventually(lambda: env.interpreter.count() == 0)


def test_a_loop_over_a_list_sees_what_an_iterator_does_to_it(env: LoopbackInterpreter) -> None:
    def drain(values: Any) -> Any:
        while values:
            yield values.pop()

    values = env.put([1, 2, 3, 4])
    taken = env.run(drain, (values,))
    seen = []
    for var in values:
        seen.append((int(var), int(next(taken))))
    assert seen == [(1, 4), (2, 3)]


def test_an_iteration_that_never_begins_holds_nothing(env: LoopbackInterpreter) -> None:
    iterator = iter(env.put(["a", "b"]))
    del iterator
    env.sync()
    assert env.interpreter.count() == 0


def test_an_iteration_goes_on_after_the_error_of_another_operation(env: LoopbackInterpreter) -> None:
    values, fixed = env.put([1, 2, 3]), env.put(())
    iterator = iter(values)
    assert next(iterator) == 1
    fixed[0] = 1
    with pytest.raises(TypeError):
        next(iterator)
    values.append(4)
    assert [int(var) for var in iterator] == [2, 3, 4]
    values.append(5)
    assert list(iterator) == []


def test_iteration_over_an_endless_range(env: LoopbackInterpreter) -> None:
    for item in env.put(range(10**30)):
        assert item == 0
        break

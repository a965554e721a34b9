"""`fetch`, `wait` and `as_completed`: many Vars at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conftest import LoopbackInterpreter
from rig import Rig

import ray_proxy


def test_fetch_of_many(env: LoopbackInterpreter, other: LoopbackInterpreter) -> None:
    assert ray_proxy.fetch(env.put([1]), other.put([2]), env.put(3)) == ([1], [2], 3)
    assert ray_proxy.fetch() == ()
    with pytest.raises(KeyError):
        ray_proxy.fetch(env.put([1]), env.put({})["missing"])
    with pytest.raises(TypeError, match="a Var is needed, not a int: 5"):
        ray_proxy.fetch(5)  # type: ignore[arg-type]


def test_wait_gives_done_and_not_done(env: LoopbackInterpreter) -> None:
    variables = [env.put(i) for i in range(3)]
    done, waiting = ray_proxy.wait(variables, num_returns=3)
    assert ([int(v) for v in done], waiting) == ([0, 1, 2], [])
    with pytest.raises(ValueError, match="num_returns is 4"):
        ray_proxy.wait(variables, num_returns=4)


def test_as_completed_gives_each_once(env: LoopbackInterpreter) -> None:
    variables = [env.put(i) for i in range(5)]
    assert sorted(int(v) for v in ray_proxy.as_completed(variables)) == [0, 1, 2, 3, 4]


def test_wait_and_as_completed_take_any_iterable(env: LoopbackInterpreter) -> None:
    assert [int(var) for var in ray_proxy.as_completed(env.put(i) for i in range(3))] == [0, 1, 2]
    assert len(ray_proxy.wait((env.put(i) for i in range(3)), num_returns=3)[0]) == 3
    with pytest.raises(TypeError, match="a list of Vars"):
        ray_proxy.wait(env.put([1]))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"fetch\(\*vars\)"):
        ray_proxy.fetch([env.put(1)])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wait",
    [
        lambda env, timeout: env.put([1]).fetch(timeout=timeout),
        lambda env, timeout: ray_proxy.fetch(env.put([1]), timeout=timeout),
        lambda env, timeout: ray_proxy.wait([env.put([1])], timeout=timeout),
        lambda env, timeout: list(ray_proxy.as_completed([env.put([1])], timeout=timeout)),
        lambda env, timeout: env.sync(timeout),
    ],
    ids=["v.fetch", "fetch", "wait", "as_completed", "sync"],
)
def test_a_timeout_is_a_number_of_seconds(env: LoopbackInterpreter, wait: Callable[[Any, Any], object]) -> None:
    with pytest.raises(TypeError, match="a timeout is a number of seconds, or None, and not 'soon'"):
        wait(env, "soon")
    with pytest.raises(TypeError, match="not Var@"):
        wait(env, env.put(1.0))
    with pytest.raises(ValueError, match="and not nan"):
        wait(env, float("nan"))
    wait(env, 10**6)


def test_wait_raises_pending_errors_and_gives_no_more_than_was_asked_for(env: LoopbackInterpreter) -> None:
    variables = [env.put([i]) for i in range(3)]
    done, rest = ray_proxy.wait(variables)
    assert (len(done), len(rest)) == (1, 2)
    del env.put({})["missing"]
    with pytest.raises(KeyError):
        ray_proxy.wait([env.put([1])])


def test_as_completed_gives_vars_in_the_order_in_which_they_were_computed() -> None:
    rig = Rig()
    try:
        env = rig.connect()
        variables = [env.put([at]) * 2 for at in range(50)]
        assert list(map(id, ray_proxy.as_completed(variables))) == list(map(id, variables))
    finally:
        rig.close()


def test_as_completed_complains_at_once() -> None:
    with pytest.raises(TypeError, match="a Var is needed"):
        ray_proxy.as_completed([1])  # type: ignore[list-item]


def test_polling_with_wait_leaves_nothing_behind(env: LoopbackInterpreter) -> None:
    var = env.put(1)
    for _ in range(100):
        ray_proxy.wait([var], timeout=0)
    assert not env.session.ledger.watched

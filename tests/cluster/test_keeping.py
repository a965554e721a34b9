"""An interpreter lives while any process uses it, also one whose handle Ray does not count."""

from __future__ import annotations

import multiprocessing
from typing import Any

import pytest
from conftest import eventually

from ray_proxy import RemoteInterpreter, RemoteInterpreterFactory
from ray_proxy.cluster import keeping, liveness

SPAWN = multiprocessing.get_context("spawn")


def is_kept(id: str) -> bool:
    """Whether all else in this process has let go of it."""
    return id in keeping.keeper.kept


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of this process."""
    monkeypatch.setattr(keeping, "PATIENCE", 0.0)


def has_ended(id: str) -> bool:
    return liveness.verdict(id) is not None


def test_one_that_was_made_in_another_is_kept_there(first: RemoteInterpreter) -> None:
    def make() -> Any:
        env = RemoteInterpreterFactory().create()
        return env, env.put([5])

    env, var = first.run(make).fetch()
    id = env.id
    eventually(lambda: bool(first.run(lambda: id in keeping.keeper.kept).fetch()))
    assert not has_ended(id)
    assert var.fetch() == [5]
    first.run(lambda: setattr(keeping, "PATIENCE", 0.0)).fetch()
    del env, var
    eventually(lambda: has_ended(id))


def hold(var: Any, told: Any, end: Any) -> None:
    told.put(var.fetch())
    end.wait(60)
    told.put(var.fetch())


@pytest.mark.parametrize("way", ["fork", "spawn"])
@pytest.mark.usefixtures("patience")
def test_one_that_another_process_uses_outlives_its_var_here(rif: RemoteInterpreterFactory, way: str) -> None:
    context: Any = multiprocessing.get_context(way)
    env = rif.create()
    env.sync()
    id, var = env.id, env.put([1])
    told, end = context.Queue(), context.Event()
    child = context.Process(target=hold, args=(var, told, end))
    child.start()
    assert told.get(timeout=30) == [1]
    del env, var
    eventually(lambda: is_kept(id))
    assert not has_ended(id)
    end.set()
    assert told.get(timeout=30) == [1]
    child.join(30)
    eventually(lambda: has_ended(id))


def test_one_on_its_way_is_kept_for_a_while(rif: RemoteInterpreterFactory) -> None:
    queue: Any = SPAWN.Queue()
    env = rif.create()
    id = env.id
    queue.put((env, env.put([1])))
    del env
    eventually(lambda: is_kept(id))
    env, var = queue.get(timeout=30)
    assert env.id == id
    assert var.fetch() == [1]
    assert not has_ended(id)


@pytest.mark.usefixtures("patience")
def test_what_nobody_uses_ends(rif: RemoteInterpreterFactory) -> None:
    env = rif.create()
    id = env.id
    env.__reduce__()
    env.sync()
    del env
    eventually(lambda: has_ended(id))

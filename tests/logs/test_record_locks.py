"""What has waited for a lock or a queue, in the log of an interpreter, and when its process dies."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import eventually
from lives import FolderStore, Lives, Mother
from recording import sames
from rig import SOON, Rig

pytestmark = pytest.mark.usefixtures("hosting_as_before")


def in_thread(work: Callable[[], object]) -> Callable[[], Any]:
    """Begin it; gives what waits for its result."""
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(work()), daemon=True)
    thread.start()

    def result() -> Any:
        thread.join(SOON)
        return results[0]

    return result


def waiting(status: Callable[[], dict[str, Any]], so_many: int = 1) -> None:
    eventually(lambda: len(status()["waits"]) == so_many)


@pytest.mark.parametrize("by_client", [False, True])
def test_a_replay_does_what_has_waited_at_its_place(
    recorded_rig: Rig, path: str, tmp_path: Path, by_client: bool
) -> None:
    env, other = recorded_rig.connect(), recorded_rig.connect()
    recording = contextlib.ExitStack()
    if by_client:
        path = str(tmp_path / "client.rplog")
        recording.enter_context(env.record(path))
    lock, items = env.module("threading").Lock(), env.module("queue").Queue()
    seen, gone = env.put([]), [env.put([n]) for n in range(10)]
    lock.acquire()
    env.sync()

    def behind() -> Any:
        lock.acquire()
        for n in range(10):
            seen.append(gone[n])
        gone.clear()
        lock.release()
        seen.append(items.get())
        return seen.fetch()

    result = in_thread(behind)
    waiting(recorded_rig.host.status)
    eventually(lambda: not gone)
    assert [env.put([n]).fetch() for n in range(5)] == [[n] for n in range(5)]
    assert other.put([7]).fetch() == [7]
    lock.release()
    env.sync()
    waiting(recorded_rig.host.status)
    items.put("last")
    assert result() == [*([n] for n in range(10)), "last"]
    recording.close()
    sames(path)


def test_what_waits_when_the_process_dies_goes_on_to_wait_in_the_next(lives: Lives) -> None:
    env, other = lives.connect(), lives.connect()
    lock, items = env.module("threading").Lock(), env.module("queue").Queue()
    reentrant = env.module("threading").RLock()
    env["reentrant"] = reentrant
    seen, gone = env.put([]), [env.put([0])]
    lock.acquire()
    reentrant.acquire()
    env.sync()

    def behind() -> Any:
        lock.acquire()
        seen.append(gone.pop())
        return len(seen)

    results = [in_thread(behind), in_thread(lambda: items.get().fetch())]
    others = in_thread(lambda: other["reentrant"].acquire().fetch())
    waiting(lives.status, 3)
    eventually(lambda: not gone)
    assert env.put([1]).fetch() == [1]
    lives.kill()
    lives.begin()
    waiting(lives.status, 3)
    assert env.put([2]).fetch() == [2]
    items.put(5)
    assert results[1]() == 5
    lives.kill()
    lives.begin()
    waiting(lives.status, 2)
    lock.release()
    assert results[0]() == 1
    reentrant.release()
    assert others() is True
    assert seen.fetch() == [[0]]


def test_a_large_value_that_waits_for_room_is_put_by_the_next_process(mother: Mother, tmp_path: Path) -> None:
    store = str(tmp_path / "store")
    with Lives(mother, tmp_path / "here.rplog", store=store) as lives:
        env = lives.connect()
        items = env.module("queue").Queue(1)
        items.put(0)
        env.sync()
        result = in_thread(lambda: items.put(np.ones(1_000_000)).fetch())
        waiting(lives.status)
        lives.kill()
        lives.begin()
        waiting(lives.status)
        assert items.get().fetch() == 0
        assert result() is None
        assert items.get().fetch().sum() == 1_000_000
        assert FolderStore(store).count() == 0


def test_a_condition_in_a_replay_and_when_the_process_dies(lives: Lives) -> None:
    env, other = lives.connect(), lives.connect()
    env["condition"], env["items"] = env.module("threading").Condition(), []
    env.sync()

    def consume() -> Any:
        with other["condition"] as _, other["condition"]:
            while not other["items"]:
                other["condition"].wait()
            return other["items"].pop().fetch()

    def give(item: str) -> None:
        with env["condition"]:
            env["items"].append(item)
            env["condition"].notify()

    for death in (False, True):
        result = in_thread(consume)
        waiting(lives.status)
        if death:
            lives.kill()
            lives.begin()
            waiting(lives.status)
        give(str(death))
        assert result() == str(death)
    result = in_thread(consume)
    waiting(lives.status)
    with env["condition"]:
        lives.kill()  # another client has the lock in the midst of the wait
        lives.begin()
        env["items"].append("last")
        env["condition"].notify()
    assert result() == "last"
    env.destroy()
    other.destroy()
    assert lives.end() == 0
    sames(lives.path)

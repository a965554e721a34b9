"""`rif.restore`: an interpreter with the state that a message log tells of."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pytest
from conftest import eventually

from ray_proxy import InterpreterDiedError, LogError, RemoteInterpreter, RemoteInterpreterFactory, Var, replay
from ray_proxy.logs import recovery
from ray_proxy.var.interface import handle_of

Restore = Callable[..., RemoteInterpreter]
slow = pytest.mark.faults  # so that the ordinary suite stays quick


class Recorded:
    """A log, and what was in the interpreter that it is of."""

    def __init__(self, path: Path, rif: RemoteInterpreterFactory) -> None:
        self.path = path
        env = rif.create(record=path)
        self.list = env.put([1, 2])
        self.pair = env.run(lambda value: (value, value), (self.list,))
        self.list.append(3)
        env["list"] = self.list
        self.squares = env.run(lambda: (number * number for number in range(100)))
        assert [next(self.squares).fetch() for _ in range(3)] == [0, 1, 4]
        self.array = env.put(np.arange(300_000.0))
        self.array += 1
        assert self.array[0].fetch() == 1
        self.double = env.run(lambda: lambda number: 2 * number)
        self.ids = {name: handle_of(var).id for name, var in vars(self).items() if isinstance(var, Var)}
        env.sync()
        self.id = env.id
        env.destroy()


@pytest.fixture(scope="module")
def recorded(rif: RemoteInterpreterFactory, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return Recorded(tmp_path_factory.mktemp("restore") / "session.rplog", rif)


@pytest.fixture
def restore(rif: RemoteInterpreterFactory) -> Iterator[Restore]:
    envs: list[RemoteInterpreter] = []

    def restore(log: str | os.PathLike[str], **options: Any) -> RemoteInterpreter:
        envs.append(rif.restore(log, **options))
        return envs[-1]

    yield restore
    for env in envs:
        env.destroy()


def restored(env: RemoteInterpreter, recorded: Recorded, name: str) -> Var[Any]:
    assert env.restored is not None
    return env.restored[recorded.ids[name]]


def test_the_same_names_and_ids_with_the_same_state(recorded: Recorded, restore: Restore) -> None:
    env = restore(recorded.path)
    assert env.id != recorded.id
    assert env.restored is not None
    assert env.restored.report
    assert env.restored.report.different == 0
    assert list(env) == ["list"]
    assert set(recorded.ids.values()) <= set(env.restored)
    same = restored(env, recorded, "list")
    same.append(4)
    assert env["list"].fetch() == [1, 2, 3, 4]
    assert restored(env, recorded, "pair")[1].fetch() == [1, 2, 3, 4]
    assert next(restored(env, recorded, "squares")) == 9
    assert restored(env, recorded, "array").fetch().tolist() == list(range(1, 300_001))
    assert restored(env, recorded, "double")(21) == 42
    assert (env.put(1) + 1).fetch() == 2  # new ids are not in the way of old ones
    assert same.fetch() == [1, 2, 3, 4]


def test_two_side_by_side_have_nothing_in_common(recorded: Recorded, restore: Restore) -> None:
    one, two = restore(recorded.path), restore(recorded.path)
    one["list"].append(4)
    assert (one["list"].fetch(), two["list"].fetch()) == ([1, 2, 3, 4], [1, 2, 3])


def test_a_var_outlives_the_mapping_and_what_is_dropped_is_freed(recorded: Recorded, restore: Restore) -> None:
    env = restore(recorded.path)
    kept = restored(env, recorded, "list")
    assert env.restored is not None
    env.sync()
    assert env.status()["variables"] == len(env.restored)
    env.restored = None
    eventually(lambda: env.status()["variables"] == 1)
    assert env.status()["leases"] == 0
    assert kept.fetch() == [1, 2, 3]


def test_a_recording_that_begins_with_the_old_one_tells_true_and_can_be_restored_from(
    recorded: Recorded, restore: Restore, tmp_path: Path
) -> None:
    again, third = tmp_path / "again.rplog", tmp_path / "third.rplog"
    env = restore(recorded.path, record=again)
    same = restored(env, recorded, "list")
    same.append(4)
    id = handle_of(same).id
    env.sync()
    env.destroy()
    report = replay(again)
    assert report, report
    env = restore(again, record=third)
    assert env.restored is not None
    env.restored[id].append(5)
    assert env["list"].fetch() == [1, 2, 3, 4, 5]
    env.destroy()
    report = replay(third)
    assert report, report


def test_what_has_turned_out_otherwise_is_listed_with_what_it_was(
    rif: RemoteInterpreterFactory, restore: Restore, tmp_path: Path
) -> None:
    path, file = tmp_path / "session.rplog", tmp_path / "read.txt"
    file.write_text("was there")
    with rif.create(record=path) as env:
        text = env.run(lambda name: Path(name).read_text(), (str(file),))
        lines = env.run(lambda name: Path(name).read_text().split(), (str(file),))
        clock = env.run(time.time)
        kept = env.put([1])
        now = clock.fetch()
        assert (text.fetch(), lines.fetch(), kept.fetch()) == ("was there", ["was", "there"], [1])
        ids = [handle_of(var).id for var in (text, lines, clock, kept)]
    file.unlink()
    env = restore(path)
    assert env.restored is not None
    assert not env.restored.report
    told = {difference.text.partition(" ")[0]: difference for difference in env.restored.report.differences}
    assert {f"v{id}" for id in ids[:3]} <= set(told)
    assert "was there" in told[f"v{ids[0]}"].was
    assert "FileNotFoundError" in told[f"v{ids[0]}"].now
    assert told[f"v{ids[0]}"].place is not None
    assert ids[1] not in env.restored
    assert env.restored[ids[3]].fetch() == [1]
    # Small values that clients were told of are what they were.
    assert env.restored[ids[0]].upper().fetch() == "WAS THERE"
    assert (env.restored[ids[2]] + 0).fetch() == now


@slow
def test_a_log_that_was_torn_by_a_kill(rif: RemoteInterpreterFactory, restore: Restore, tmp_path: Path) -> None:
    path = tmp_path / "session.rplog"
    env = rif.create(record=path)
    env["x"] = env.put([1])
    env.sync()
    os.kill(env.status()["pid"], signal.SIGKILL)
    with pytest.raises(InterpreterDiedError):
        env.put([1]).fetch()
    with open(path, "ab") as file:
        file.write((5000).to_bytes(4, "big") + b"torn")
    env = restore(path)
    assert env["x"].fetch() == [1]
    assert env.restored is not None
    assert "torn" in str(env.restored.report.problem)


@slow
def test_the_variables_of_one_client_of_several(
    rif: RemoteInterpreterFactory, restore: Restore, tmp_path: Path, run_program: Callable[..., str]
) -> None:
    path = tmp_path / "session.rplog"
    env = rif.create(record=path, name="several clients")
    ours = [env.put([number]) for number in range(3)]
    env.sync()
    printed = run_program(
        "import os, ray\n"
        "from ray_proxy import RemoteInterpreterFactory\n"
        "ray.init(log_to_driver=False, namespace='tests')\n"
        "env = RemoteInterpreterFactory().get('several clients')\n"
        "theirs = env.put(['theirs'])\n"
        "theirs.fetch()\n"
        "print(os.getpid(), flush=True)\n"
        "os._exit(0)\n"
    )
    env.sync()
    env.destroy()
    del ours
    by_default = restore(path).restored
    assert by_default is not None
    assert sorted(var.fetch()[0] for var in by_default.values()) == [0, 1, 2]
    with pytest.raises(LogError, match="no client 'nobody'"):
        restore(path, client="nobody")
    if len(by_default.clients) > 1:  # Ray may have told of the other's end before
        theirs = restore(path, client=f"[{printed.strip()}]").restored
        assert theirs is not None
        assert [var.fetch() for var in theirs.values()] == [["theirs"]]


@slow
def test_a_log_of_the_client_s_own(first: RemoteInterpreter, restore: Restore, tmp_path: Path) -> None:
    path = tmp_path / "client.rplog"
    with first.record(path):
        x = first.put([1])
        x.append(2)
        big = first.put(np.arange(300_000.0))
        assert (x.fetch(), float(big.sum())) == ([1, 2], sum(range(300_000)))
    env = restore(path)
    assert env.restored is not None
    assert env.restored[handle_of(x).id].fetch() == [1, 2]
    assert len(env.restored[handle_of(big).id]) == 300_000


def test_options_are_those_of_create(recorded: Recorded, rif: RemoteInterpreterFactory, restore: Restore) -> None:
    env = restore(recorded.path, name="restored by name", num_cpus=1, eager=True, lifetime="detached")
    assert rif.get("restored by name") is env
    assert env.session.eager
    assert cloudpickle.loads(cloudpickle.dumps(env))["list"].fetch() == [1, 2, 3]


@slow
def test_it_recovers_from_its_own_log(recorded: Recorded, restore: Restore, tmp_path: Path) -> None:
    env = restore(recorded.path, record=tmp_path / "new.rplog", recover=True, max_restarts=3)
    x = restored(env, recorded, "list")
    x.append(4)
    killer = env.run(os._exit, (1,))
    x.append(5)
    with pytest.raises(InterpreterDiedError, match="died while this was being executed"):
        killer.fetch(timeout=60)
    assert x.fetch() == [1, 2, 3, 4, 5]
    assert next(restored(env, recorded, "squares")) == 9


# ------------------------------------------------------------------------------------------------ what is refused


def running() -> int:
    """How many processes host interpreters."""
    count = 0
    for number in filter(str.isdecimal, os.listdir("/proc")):
        try:
            line = Path(f"/proc/{number}/cmdline").read_bytes()
        except OSError:
            continue
        count += b"RestorableProcess" in line
    return count


def test_what_is_no_log(rif: RemoteInterpreterFactory, tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"cannot be read: No such file"):
        rif.restore(tmp_path / "missing.rplog")
    other = tmp_path / "other.txt"
    other.write_text("no log")
    with pytest.raises(LogError, match="is no message log"):
        rif.restore(other)
    other.write_text("")
    with pytest.raises(LogError):
        rif.restore(other)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"recover": True, "record": "x"}, "recover=True needs max_restarts"),
        ({"recover": True, "max_restarts": 1}, "recover=True needs a log to recover from: record=path"),
        ({"get_if_exists": True, "name": "x"}, "get_if_exists cannot be given"),
        ({"max_concurrency": 2}, "max_concurrency cannot be given"),
        ({"record_limit": 0, "record": "x"}, "record_limit is a number of bytes above 0"),
    ],
)
def test_options_that_are_refused(
    recorded: Recorded, rif: RemoteInterpreterFactory, options: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        rif.restore(recorded.path, **options)


@slow
def test_a_new_log_that_is_there_already_leaves_nothing_running(
    recorded: Recorded, rif: RemoteInterpreterFactory, tmp_path: Path
) -> None:
    path = tmp_path / "there.rplog"
    path.write_text("somebody's")
    for restarts in (0, 3):
        before = time.monotonic()
        with pytest.raises(LogError, match=r"there\.rplog exists, and a recording never replaces a file"):
            rif.restore(recorded.path, record=path, recover=restarts > 0, max_restarts=restarts)
        assert time.monotonic() - before < 20
    eventually(lambda: running() == 0, 20)
    assert path.read_text() == "somebody's"
    assert not os.path.exists(f"{path}{recovery.PROGRESS}")


def test_a_client_that_is_not_there_leaves_no_new_log(
    recorded: Recorded, rif: RemoteInterpreterFactory, tmp_path: Path
) -> None:
    path = tmp_path / "new.rplog"
    with pytest.raises(LogError, match="no client"):
        rif.restore(recorded.path, client="nobody", record=path)
    eventually(lambda: running() == 0, 20)
    assert not path.exists()

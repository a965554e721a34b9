"""Project code where the client or the interpreter is of the release before there was live code."""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from releases import Peer, Release, close, make_releases
from saved import Saved

from ray_proxy import RayProxyWarning, RemoteInterpreter, RemoteInterpreterFactory

pytestmark = pytest.mark.faults  # of starting processes


@pytest.fixture(scope="module")
def v1_3(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The last release that knows no live code."""
    return make_releases(tmp_path_factory.mktemp)["1.3"]


@pytest.fixture(scope="module")
def driver(cluster: str, v1_3: Release) -> Iterator[Peer]:
    driver = Peer(v1_3, "driver", str(v1_3.folder), RAY_ADDRESS=cluster)
    yield driver
    close([driver])


@pytest.fixture
def saved(tmp_path: Path) -> Iterator[Saved]:
    with Saved(tmp_path / "source") as saved:
        yield saved


@pytest.fixture
def old(rif: RemoteInterpreterFactory, driver: Peer, saved: Saved) -> Iterator[RemoteInterpreter]:
    """An interpreter of that release, which has the folder of modules on its path."""
    name = f"old-{uuid.uuid4().hex}"
    driver.ask("create", name, f"{driver.release.folder}:{saved.folder}")
    env = rif.get(name)
    yield env
    env.destroy()


def test_an_older_interpreter_imports_code_from_its_own_disk_with_one_warning(
    old: RemoteInterpreter, saved: Saved
) -> None:
    one = saved.module("old_one", "def give():\n    return 1\n")
    two = saved.module("old_two", "def give():\n    return 2\n")
    with pytest.warns(RayProxyWarning, match="knows no live code"):
        assert old.run(one.give).fetch() == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error", RayProxyWarning)
        assert old.run(two.give).fetch() == 2
        saved.edit("old_one.py", "return 1", "return 3")
        assert old.run(one.give).fetch() == 1


def test_an_older_interpreter_of_which_no_code_is_used_is_no_warning(old: RemoteInterpreter) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", RayProxyWarning)
        assert old.put([1]) + [2] == [1, 2]
        assert old.run(len, ("abc",)) == 3
        old.sync()


def test_an_older_interpreter_lists_no_code(old: RemoteInterpreter) -> None:
    assert old.code() == []


def test_a_module_that_an_older_interpreter_does_not_have_is_not_found_as_ever(
    old: RemoteInterpreter, saved: Saved, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    with Saved(tmp_path / "other") as elsewhere, warnings.catch_warnings():
        warnings.simplefilter("ignore", RayProxyWarning)
        module = elsewhere.module("not_there_at_all", "def give():\n    return 1\n")
        with pytest.raises(ModuleNotFoundError, match="not_there_at_all"):
            old.run(module.give).fetch()


def test_an_older_client_works_with_an_interpreter_that_has_live_code(
    rif: RemoteInterpreterFactory, driver: Peer, saved: Saved
) -> None:
    name = f"new-{uuid.uuid4().hex}"
    env = rif.create(name=name, num_cpus=0)
    module = saved.module("new_one", "class Thing:\n    def give(self):\n        return 1\n")
    thing = env.run(module.Thing)
    assert thing.give() == 1
    assert driver.ask("runs", {"name": name})["version"] != list(driver.release.version)
    driver.ask("values", {"name": name})
    saved.edit("new_one.py", "return 1", "return 2")
    assert env.run(module.Thing.give, (thing,)) == 2
    env.destroy()

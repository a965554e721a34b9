"""Errors name the value at fault and the remedy."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import cloudpickle
import pytest
from conftest import ROOT

from ray_proxy import LogError, NotPicklableError, RemoteInterpreter, RemoteInterpreterFactory


@pytest.fixture
def local_module(first: RemoteInterpreter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A module that can be imported here, and not by interpreters, which run already."""
    first.sync()
    (tmp_path / "only_here.py").write_text("class Point:\n    x = 3\n\ndef double(number):\n    return 2 * number\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("only_here")
    del sys.modules["only_here"]


# -------------------------------------------------------------------------------- versions


def test_client_and_interpreter_of_different_major_versions(
    rif: RemoteInterpreterFactory, cluster: str, tmp_path: Path
) -> None:
    env = rif.create(name="of this version")
    env.sync()
    shutil.copytree(ROOT / "ray_proxy", tmp_path / "ray_proxy")
    protocol = tmp_path / "ray_proxy" / "protocol.py"
    protocol.write_text(re.sub(r"(?m)^MAJOR(.*)= (\d+)", r"MAJOR\1= 1 + \2", protocol.read_text()))
    program = (
        "import ray, ray_proxy\n"
        "ray.init(namespace='tests', log_to_driver=False)\n"
        "try:\n"
        "    ray_proxy.RemoteInterpreterFactory()['of this version'].put(1).fetch()\n"
        "except ray_proxy.VersionError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "RAY_ADDRESS": cluster, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert re.search(
        r"the client speaks version \d+\.\d+ of the protocol and the interpreter version \d+\.\d+", done.stdout
    )
    assert "install the same release of ray-proxy on both sides" in done.stdout
    env.destroy()


# ------------------------------------------------------------------------------- what is not installed there, or here

BY_VALUE = r"register_pickle_by_value\(module\)"


@pytest.fixture
def without_code(first: RemoteInterpreter) -> Iterator[RemoteInterpreter]:
    """An interpreter to which no project code is brought."""
    env = RemoteInterpreterFactory().create(code=False)
    yield env
    env.destroy()


def test_a_class_whose_module_the_interpreter_lacks(without_code: RemoteInterpreter, local_module: ModuleType) -> None:
    with pytest.raises(
        ModuleNotFoundError, match=rf"No module named 'only_here'.*install it where the interpreter runs.*{BY_VALUE}"
    ) as caught:
        without_code.put(local_module.Point()).x.fetch()
    assert caught.value.name == "only_here"


def test_a_function_and_a_container_whose_module_the_interpreter_lacks(
    without_code: RemoteInterpreter, local_module: ModuleType
) -> None:
    with pytest.raises(ModuleNotFoundError, match=f"'only_here'.*{BY_VALUE}"):
        without_code.run(local_module.double, (1,)).fetch()
    with pytest.raises(ModuleNotFoundError, match=f"'only_here'.*{BY_VALUE}"):
        without_code.put([{"point": local_module.Point()}]).fetch()


def test_the_remedy_for_a_missing_module_helps(first: RemoteInterpreter, local_module: ModuleType) -> None:
    cloudpickle.register_pickle_by_value(local_module)
    try:
        assert first.put(local_module.Point()).x == 3
        assert first.run(local_module.double, (2,)) == 4
    finally:
        cloudpickle.unregister_pickle_by_value(local_module)


def test_a_name_that_the_module_of_the_interpreter_lacks(
    first: RemoteInterpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def newer() -> None:
        """As if a newer version of the standard library had it."""

    newer.__module__, newer.__qualname__ = "string", "newer"
    monkeypatch.setattr("string.newer", newer, raising=False)
    with pytest.raises(AttributeError, match=f"Can't get attribute 'newer' on .*in the same version.*{BY_VALUE}"):
        first.run(newer).fetch()


def test_a_value_whose_module_is_missing_here(first: RemoteInterpreter) -> None:
    def make() -> Any:
        import sys
        import types

        module = types.ModuleType("only_there")
        exec("class Point: pass", module.__dict__)
        module.Point.__module__ = "only_there"
        sys.modules["only_there"] = module
        return module.Point()

    with pytest.raises(ModuleNotFoundError, match="'only_there'.*install it in this process"):
        first.run(make).fetch()


def test_a_module_that_is_not_installed_there(first: RemoteInterpreter) -> None:
    with pytest.raises(
        ModuleNotFoundError, match="No module named 'nope'.*installed where the interpreter runs.*runtime_env"
    ):
        first.module("nope").fetch()
    with pytest.raises(ModuleNotFoundError, match="'os.nope'.*runtime_env"):
        first.module("os.nope").fetch()


def test_a_value_whose_own_unpickling_fails(first: RemoteInterpreter) -> None:
    class Broken:
        def __getstate__(self) -> dict[str, int]:
            return {"x": 1}

        def __setstate__(self, state: object) -> None:
            raise ValueError("a state from another version")

    with pytest.raises(ValueError, match="a state from another version") as caught:
        first.put(Broken()).fetch()
    assert "__setstate__" in str(caught.value.__cause__)


# --------------------------------------------------------------------------------------------- what cannot be pickled


def unpicklable(tmp_path: Path) -> dict[str, tuple[Callable[[], Any], str]]:
    return {
        "a lock": (threading.Lock, "lock"),
        "a generator": (lambda: (number for number in range(3)), "generator"),
        "an open file": (lambda: open(tmp_path / "written", "w"), "TextIOWrapper"),
    }


@pytest.mark.parametrize("name", unpicklable(Path()))
def test_an_argument_that_cannot_be_pickled(first: RemoteInterpreter, tmp_path: Path, name: str) -> None:
    make, kind = unpicklable(tmp_path)[name]
    remedy = r"cannot be pickled: .*; create it in the interpreter instead, with env.run\(function\)"
    value = make()
    with pytest.raises(NotPicklableError, match=f"the value, a {kind}: .*{remedy}"):
        first.put(value)
    with pytest.raises(NotPicklableError, match=f"argument 2, a {kind}: .*{remedy}"):
        first.run(print, (1, value))
    with pytest.raises(NotPicklableError, match=rf"argument 'sep', \['inside'\]\[0\], a {kind}: .*{remedy}"):
        first.run(print, (), {"sep": {"inside": [value]}})
    assert first.put([1]).fetch() == [1]


@pytest.mark.parametrize("name", unpicklable(Path()))
def test_a_result_that_cannot_be_pickled(first: RemoteInterpreter, tmp_path: Path, name: str) -> None:
    make, kind = unpicklable(tmp_path)[name]
    remedy = r"cannot be pickled: .*; leave it where it is, and fetch a part of it, or what env.run\(function, \(v,\)\)"
    with pytest.raises(NotPicklableError, match=f"the value asked for, a {kind}: .*{remedy}"):
        first.run(make).fetch()
    with pytest.raises(NotPicklableError, match=rf"the value asked for, \['inside'\]\[0\], a {kind}: .*{remedy}"):
        first.run(lambda: {"inside": [make()]}).fetch()
    assert first.put([1]).fetch() == [1]


def test_a_log_that_exists_already(rif: RemoteInterpreterFactory, tmp_path: Path) -> None:
    path = tmp_path / "session.rplog"
    path.write_text("what is there")
    with pytest.raises(LogError, match=r"could not be started: .*session\.rplog exists.* choose another name$"):
        rif.create(record=path).put(1).fetch()
    assert path.read_text() == "what is there"


def test_a_log_in_a_folder_that_is_not_there(rif: RemoteInterpreterFactory, tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"cannot be written: No such file or directory$"):
        rif.create(record=tmp_path / "nowhere" / "session.rplog").put(1).fetch()

"""The first minutes with a cluster: names that are taken or gone, and an interpreter that Ray cannot place yet."""

from __future__ import annotations

import itertools
import logging
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import ray
from conftest import ROOT, eventually
from pages import code_blocks

from ray_proxy import InterpreterDiedError, InterpreterNotFoundError, RemoteInterpreter, RemoteInterpreterFactory


def not_found(rif: RemoteInterpreterFactory, name: str, namespace: str | None = None) -> str:
    with pytest.raises(InterpreterNotFoundError) as caught:
        rif.get(name, namespace)
    return str(caught.value)


# ------------------------------------------------------------------------------------------------------- names


def test_a_name_that_is_taken_is_told_with_what_gives_the_interpreter(rif: RemoteInterpreterFactory) -> None:
    with rif.create(name="taken", num_cpus=0) as env:
        env.put(1).fetch()
        with pytest.raises(ValueError, match="'taken' is already taken in the Ray namespace 'tests'") as caught:
            rif.create(name="taken")
        assert isinstance(caught.value, ray.exceptions.ActorAlreadyExistsError)
        assert "rif.get('taken') gives" in str(caught.value)
        assert "rif.get_or_create('taken') gives it or creates one" in str(caught.value)
        assert rif.get_or_create("taken").id == env.id


def test_the_same_in_another_namespace(rif: RemoteInterpreterFactory) -> None:
    with rif.create(name="taken there", namespace="theirs", num_cpus=0):
        with pytest.raises(ValueError, match="in the Ray namespace 'theirs'") as caught:
            rif.create(name="taken there", namespace="theirs")
        assert "rif.get('taken there', namespace='theirs')" in str(caught.value)


def test_a_name_that_never_was(rif: RemoteInterpreterFactory) -> None:
    text = not_found(rif, "never")
    assert text.startswith("there is no interpreter named 'never' in the Ray namespace 'tests'; one that shall outlive")
    assert "needs lifetime='detached'" in text


def test_an_interpreter_that_was_destroyed_has_ended(rif: RemoteInterpreterFactory) -> None:
    env = rif.create(name="destroyed", lifetime="detached", num_cpus=0)
    env.put(1).fetch()
    env.destroy()
    eventually(lambda: "any more" in not_found(rif, "destroyed"))
    text = not_found(rif, "destroyed")
    assert re.search(r"'destroyed' in the Ray namespace 'tests' any more: it has ended at \d\d:\d\d:\d\d\. ", text)
    assert "ray.kill" in text
    assert text.endswith("; rif.get_or_create('destroyed') creates another one")


def test_an_interpreter_that_died_has_ended_with_a_reason(rif: RemoteInterpreterFactory) -> None:
    env = rif.create(name="died", num_cpus=0)
    os.kill(int(env.run(os.getpid)), signal.SIGKILL)
    with pytest.raises(InterpreterDiedError):
        env.put([1]).fetch()
    text = not_found(rif, "died")
    assert "has ended at" in text
    assert "worker process has died" in text
    assert "needs lifetime='detached'" in text


def test_the_last_of_that_name_is_told_of(rif: RemoteInterpreterFactory) -> None:
    rif.create(name="twice", num_cpus=0).destroy()
    eventually(lambda: "any more" in not_found(rif, "twice"))
    env = rif.create(name="twice", num_cpus=0)
    os.kill(int(env.run(os.getpid)), signal.SIGKILL)
    with pytest.raises(InterpreterDiedError):
        env.put([1]).fetch()
    assert "worker process has died" in not_found(rif, "twice")


@pytest.mark.parametrize("again", ["create", "get_or_create"])
def test_the_name_of_one_that_died_is_free_at_once(rif: RemoteInterpreterFactory, again: str) -> None:
    env = rif.create(name=f"phoenix {again}", num_cpus=0)
    os.kill(int(env.run(os.getpid)), signal.SIGKILL)
    with pytest.raises(InterpreterDiedError):
        env.put([1]).fetch()
    with getattr(rif, again)(name=f"phoenix {again}", num_cpus=0) as new:
        assert new.id != env.id
        assert new.put([1]).fetch() == [1]


def test_a_name_in_another_namespace_is_found(rif: RemoteInterpreterFactory) -> None:
    with rif.create(name="elsewhere", namespace="theirs", num_cpus=0) as env:
        env.put(1).fetch()
        text = not_found(rif, "elsewhere")
        assert text == (
            "there is no interpreter named 'elsewhere' in the Ray namespace 'tests'; one of that name is in the "
            "namespace 'theirs': rif.get('elsewhere', namespace='theirs')"
        )
        assert rif.get("elsewhere", namespace="theirs").id == env.id


# ------------------------------------------------------------------------------------------------------- placing


@pytest.fixture
def soon(monkeypatch: Any, caplog: Any) -> Any:
    """What is said of waiting, which is said after a tenth of a second."""
    monkeypatch.setattr("ray_proxy.cluster.link._WARN_AFTER", 0.1)
    caplog.set_level(logging.WARNING, "ray_proxy")
    return caplog


def said(caplog: Any, env: RemoteInterpreter) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if f"Still waiting for Ray to place the interpreter {env.id[:5]}" in record.getMessage()
    ]


def test_what_no_node_has_is_said_to_be_so(rif: RemoteInterpreterFactory, soon: Any) -> None:
    env = rif.create(num_gpus=64, resources={"antenna": 2})
    eventually(lambda: any("No node" in text for text in said(soon, env)))
    text = next(text for text in said(soon, env) if "No node" in text)
    assert "which asks for CPU=1, GPU=64, antenna=2. No node of the cluster has as much, whatever is free" in text
    assert re.search(r"\S+\[\w{5}\] has CPU=16, GPU=\d+, antenna=0; `ray status` tells", text)
    env.destroy()


def test_what_is_not_free_is_said_to_be_so(rif: RemoteInterpreterFactory, soon: Any) -> None:
    with rif.create(num_cpus=16) as first:
        first.put(1).fetch()
        second = rif.create(num_cpus=16)
        eventually(lambda: bool(said(soon, second)))
        assert re.search(r", which asks for CPU=16\. \S+\[\w{5}\] has free CPU=0; ", said(soon, second)[0])
        assert not said(soon, first)
    assert second.put([1]).fetch(timeout=60) == [1]
    second.destroy()


def test_an_interpreter_whose_process_starts_is_not_said_to_wait(
    rif: RemoteInterpreterFactory, soon: Any, tmp_path: Path
) -> None:
    slow = tmp_path / "python"
    slow.write_text(f'#!/bin/sh\nsleep 3\nexec {sys.executable} "$@"\n')
    slow.chmod(0o755)
    env = rif.create(runtime_env={"py_executable": str(slow)}, num_cpus=1)
    assert env.put([1]).fetch() == [1]
    assert not said(soon, env)
    env.destroy()


def test_it_is_said_ever_more_seldom(rif: RemoteInterpreterFactory, soon: Any) -> None:
    env = rif.create(num_gpus=64)
    eventually(lambda: len(said(soon, env)) >= 4, 30)
    times = [record.created for record in soon.records if env.id[:5] in record.getMessage()]
    gaps = [later - sooner for sooner, later in itertools.pairwise(times)]
    assert gaps[-1] > 1.5 * gaps[0]
    env.destroy()


def test_the_repr_of_an_interpreter_that_is_not_placed(rif: RemoteInterpreterFactory) -> None:
    env = rif.create(num_gpus=64)
    assert repr(env) == f"<RemoteInterpreter [{env.id[:5]}] that is being placed by Ray>"
    env.destroy()
    assert repr(env) == f"<RemoteInterpreter [{env.id[:5]}] that was not reached>"
    with rif.create(num_cpus=0) as placed:
        placed.put(1).fetch()
        assert repr(placed) == f"<RemoteInterpreter {placed.get_host()}[{placed.id[:5]}]>"


# ------------------------------------------------------------------------------------- a Ray that outlives its drivers


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


class Home:
    """A user's machine: a home of its own, and a Ray that this user starts in a terminal."""

    def __init__(self, folder: str) -> None:
        self.environment = {
            "HOME": folder,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "RAY_TMPDIR": folder,
        }
        self.ray: subprocess.Popen[str] | None = None

    def run(self, *command: str, **more: str) -> str:
        environment = {**self.environment, **more}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start_ray(self) -> str:
        """The README's `ray start --head`, beside the other Rays of the machine; gives its address."""
        address = f"127.0.0.1:{(port := free_port())}"
        ports = [f"--port={port}", f"--ray-client-server-port={free_port()}"]
        small = ["--num-cpus=2", "--object-store-memory=100000000", "--include-dashboard=false"]
        quiet = ["--disable-usage-stats", "--node-ip-address=127.0.0.1"]
        command = ["ray", "start", "--head", "--block", *ports, *small, *quiet]
        self.ray = subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, text=True)
        assert self.ray.stdout is not None
        for line in self.ray.stdout:
            if "Ray runtime started" in line:
                return address
        raise AssertionError("it did not start")

    def stop(self) -> None:
        if self.ray is not None:
            self.ray.terminate()
            self.ray.communicate(timeout=60)


@pytest.fixture
def home() -> Iterator[Home]:
    folder = tempfile.mkdtemp(prefix="h", dir="/tmp")  # short: Ray has sockets there
    home = Home(folder)
    yield home
    home.stop()
    shutil.rmtree(folder, ignore_errors=True)


TOKEN = ("ray", "get-auth-token", "--generate")


@pytest.mark.parametrize("has_token", [True, False])
def test_the_readmes_story_of_a_notebook_that_is_restarted(home: Home, has_token: bool) -> None:
    block = code_blocks("README.md")[1]
    ending = block[block.index("rif.destroy") :]
    if has_token:
        home.run(*TOKEN)
    home.start_ray()
    first, second = (home.run(sys.executable, "-c", block.replace(ending, "")) for _ in range(2))
    assert re.search(r"^Var@.*:\[\d+, ", first, re.MULTILINE)
    assert first.splitlines()[-1] == second.splitlines()[-1]  # the same object
    home.run(sys.executable, "-c", block)


def test_a_driver_that_names_the_address_needs_the_mode(home: Home) -> None:
    home.run(*TOKEN)
    address = home.start_ray()
    home.run(sys.executable, "-c", code_blocks("README.md")[1], RAY_AUTH_MODE="token", RAY_ADDRESS=address)

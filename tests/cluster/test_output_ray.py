"""What code prints in an interpreter that Ray hosts: who gets it, in which files it is, and what is not shown again."""

from __future__ import annotations

import glob
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import ray
from conftest import eventually
from rig import Client, function

from ray_proxy import RemoteInterpreter, RemoteInterpreterFactory
from ray_proxy.channels.socket import dial
from ray_proxy.cluster.published import find
from ray_proxy.protocol import Call, Output, Reply


class Near:
    """Where an interpreter listens, for a client of this test's own."""

    def __init__(self, env: RemoteInterpreter) -> None:
        self.env = env

    def dial(self, tcp: bool = False) -> socket.socket:
        published = find(self.env.id)
        assert published is not None
        return dial(published.address, published.key, not tcp)


def client(env: RemoteInterpreter, session: str, **more: Any) -> Client:
    return Client(Near(env), session, False, False, prints=True, **more)  # type: ignore[arg-type]


def said(client: Client, text: str, origin: int = 0) -> list[Output]:
    """The outputs of a call that prints."""
    client.send(Call(0, function(print), [text]), origin=origin)
    return outputs(client)


def outputs(client: Client) -> list[Output]:
    """What is told before the next frame is done."""
    found: list[Output] = []
    while True:
        answer = client.answer()
        if isinstance(answer, Output):
            found.append(answer)
        elif isinstance(answer, Reply):
            return found


def logs(pattern: str, id: str = "") -> str:
    """What is in these files of Ray's."""
    folder = ray._private.worker._global_node.get_logs_dir_path()
    return "".join(Path(path).read_text(errors="replace") for path in glob.glob(f"{folder}/{pattern}") if id in path)


@pytest.fixture(scope="module")
def env(rif: RemoteInterpreterFactory) -> Iterator[RemoteInterpreter]:
    env = rif.create()
    env.sync()
    yield env
    env.destroy()


def test_it_comes_to_the_client_and_is_in_files_of_its_own(env: RemoteInterpreter) -> None:
    near = client(env, "near")
    (output,) = said(near, "seen by one client", origin=4)
    assert (output.stream, output.data, output.origin) == (1, b"seen by one client\n", 4)
    near.channel.close()
    assert "seen by one client\n" in logs("ray-proxy-*.out", env.id)
    assert "seen by one client" not in logs("worker-*")


def test_an_interpreter_may_leave_its_output_to_ray(rif: RemoteInterpreterFactory) -> None:
    with rif.create(output="ray") as env:
        env.sync()
        near = client(env, "near")
        assert said(near, "left to Ray") == []
        near.channel.close()
        eventually(lambda: "left to Ray\n" in logs("worker-*.out"))
        assert "left to Ray" not in logs("ray-proxy-*")


def test_an_interpreter_may_tell_nobody(rif: RemoteInterpreterFactory) -> None:
    with rif.create(output=None) as env:
        env.sync()
        near = client(env, "near")
        assert said(near, "told to nobody") == []
        near.channel.close()
        assert "told to nobody\n" in logs("ray-proxy-*.out", env.id)
        after = client(env, "after")
        assert said(after, "neither") == []
        after.channel.close()


@pytest.mark.parametrize("output", ["stdout", "", False, 1])
def test_other_words_are_refused(rif: RemoteInterpreterFactory, output: Any) -> None:
    with pytest.raises(ValueError, match="output is 'client', 'ray' or None, not "):
        rif.create(output=output)


def test_what_recovery_executes_again_is_not_shown_again(rif: RemoteInterpreterFactory, tmp_path: Path) -> None:
    with rif.create(record=tmp_path / "log", recover=True, max_restarts=1) as env:
        env.sync()
        before = find(env.id)
        near = client(env, "near")
        assert [output.data for output in said(near, "once")] == [b"once\n"]
        os.kill(env.status()["pid"], signal.SIGKILL)
        eventually(lambda: find(env.id) not in (None, before), 60)
        again = client(env, "near", resume=True, answers=1, output=1)
        again.number, again.sizes = near.number, near.sizes
        told = said(again, "later")
        assert [(output.number, output.data) for output in told] == [(2, b"later\n")]
        again.channel.close()
        near.channel.close()
        assert logs("ray-proxy-*.out", env.id).count("once\n") == 2


def test_what_restore_executes_again_is_not_shown_again(rif: RemoteInterpreterFactory, tmp_path: Path) -> None:
    with rif.create(record=tmp_path / "log") as env:
        env.run(print, ("recorded",)).fetch()
    with rif.restore(tmp_path / "log") as env:
        near = client(env, "near", heir="anyone")
        assert [output.data for output in said(near, "new")] == [b"new\n"]
        near.channel.close()


def crash() -> None:
    import ctypes

    print("last words")
    ctypes.string_at(0)


def test_a_crash_leaves_its_last_words_in_ray_s_logs(rif: RemoteInterpreterFactory) -> None:
    env = rif.create()
    env.sync()
    near = client(env, "near")
    near.send(Call(0, function(crash), []))
    eventually(lambda: "Segmentation fault" in logs("ray-proxy-*.err", env.id))
    assert "last words\n" in logs("ray-proxy-*.out", env.id)
    near.channel.close()
    env.destroy()


QUIET = """
import sys, time
import ray, ray_proxy
ray.init(logging_level="error", log_to_driver=True)
with ray_proxy.RemoteInterpreterFactory().create() as env:
    env.run(print, ("hello from there",)).fetch()
    time.sleep(2)
"""


def test_ray_does_not_print_it_with_a_prefix(cluster: str) -> None:
    import subprocess

    environment = {**os.environ, "RAY_ADDRESS": cluster}
    done = subprocess.run(
        [sys.executable, "-c", QUIET], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert "InterpreterProcess pid" not in done.stdout + done.stderr

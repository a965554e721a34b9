"""Where the key of an interpreter must never be seen: asked of a real one."""

from __future__ import annotations

import base64
import logging
import os
import pickle
import stat
import subprocess
from pathlib import Path
from traceback import format_exception

import cloudpickle
import pytest
import ray
from conftest import eventually
from rig import linux

from ray_proxy import InterpreterDiedError, RemoteInterpreter, RemoteInterpreterFactory
from ray_proxy.channels.socket import Address, dial
from ray_proxy.cluster import published as publishing
from ray_proxy.errors import AuthenticationError


@pytest.fixture(scope="module")
def published(first: RemoteInterpreter) -> publishing.Published:
    first.sync()
    found = publishing.find(first.id)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def forms(published: publishing.Published) -> list[bytes]:
    """The ways in which a key is written, and 16 bytes of it as they are."""
    key = published.key
    encoded = base64.b64encode(key)[:40]
    written = [key.hex().encode(), key.hex().upper().encode(), encoded, base64.urlsafe_b64encode(key)[:40]]
    return [*written, repr(key)[2:-1].encode(), key[:16]]


def is_in(forms: list[bytes], text: object) -> bool:
    data = text if isinstance(text, bytes) else str(text).encode(errors="surrogateescape")
    return any(form in data for form in forms)


def test_a_key_would_be_found(published: publishing.Published, forms: list[bytes]) -> None:
    assert is_in(forms, repr({"key": published.key}))
    assert is_in(forms, pickle.dumps(published.key))
    assert is_in(forms, f"key {published.key.hex()}")


def test_no_repr_or_status_shows_the_key(
    first: RemoteInterpreter, published: publishing.Published, forms: list[bytes]
) -> None:
    var = first.put([1])
    shown = [published, first, var, first.status(), vars(first), first.session, vars(first.session), first.actor]
    for value in shown:
        assert not is_in(forms, repr(value))
        assert not is_in(forms, f"{value!s} {value}")


def test_no_pickle_holds_the_key(first: RemoteInterpreter, forms: list[bytes]) -> None:
    var = first.put([1])
    for value in (first, var, [var, {"env": first}], lambda: (first, var)):
        assert not is_in(forms, cloudpickle.dumps(value))


def test_no_error_shows_the_key(
    rif: RemoteInterpreterFactory, first: RemoteInterpreter, published: publishing.Published, forms: list[bytes]
) -> None:
    errors: list[BaseException] = []
    try:
        first.run(int, ("x",)).fetch()
    except ValueError as error:
        errors.append(error)
    for address in (published.address, Address("/no/such/socket", "127.0.0.1", 1)):
        for same_node in (True, False):
            try:
                dial(address, published.key[::-1], same_node)
            except (OSError, AuthenticationError) as error:
                errors.append(error)
    other = rif.create()
    other.sync()
    key = publishing.find(other.id).key  # type: ignore[union-attr]
    with pytest.raises(InterpreterDiedError) as died:
        other.run(os._exit, (1,)).fetch(timeout=60)
    assert len(errors) == 5
    for shown in [*errors, died.value]:
        text = "".join(format_exception(shown))
        assert not is_in(
            [*forms, published.key[::-1].hex().encode(), key.hex().encode(), repr(key)[2:-1].encode()], text
        )


def test_nothing_that_is_logged_shows_the_key(rif: RemoteInterpreterFactory, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), rif.create() as env:
        env.put([1]).fetch()
        found = publishing.find(env.id)
        assert found is not None
        with pytest.raises((OSError, AuthenticationError)):
            dial(found.address, bytes(32), same_node=True)
        env.run(print, ("a line in the log",)).fetch()
    logged = caplog.text.encode()
    folder = Path(ray._private.worker._global_node.get_session_dir_path())
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name.startswith("worker-") for path in files)
    for text in [logged, *(path.read_bytes() for path in files)]:
        assert found.key.hex().encode() not in text
        assert repr(found.key)[2:-1].encode() not in text
        assert base64.b64encode(found.key)[:40] not in text
        assert found.key not in text


@linux
def test_no_process_has_the_key_in_its_arguments_or_environment(forms: list[bytes]) -> None:
    seen = 0
    for process in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                data = (process / name).read_bytes()
            except OSError:
                continue  # another user's, or gone
            seen += 1
            assert not is_in(forms, data)
    assert seen > 4


def test_no_variable_of_the_environment_within_the_interpreter_is_the_key(
    first: RemoteInterpreter, forms: list[bytes]
) -> None:
    assert not is_in(forms, first.run(lambda: repr(dict(os.environ))).fetch())


def test_the_socket_of_an_interpreter_is_in_a_folder_of_its_owner_alone(published: publishing.Published) -> None:
    folder = os.stat(os.path.dirname(published.address.path))
    assert stat.S_IMODE(folder.st_mode) == 0o700
    assert folder.st_uid == os.getuid()
    assert stat.S_ISSOCK(os.stat(published.address.path).st_mode)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_another_user_cannot_open_the_socket(published: publishing.Published) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", 'test -S "$0" || echo out of reach', published.address.path],
        user=65534,
        group=65534,
        extra_groups=[],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stdout == "out of reach\n"
    assert os.path.exists(published.address.path)


def test_each_process_of_an_interpreter_has_a_key_of_its_own(rif: RemoteInterpreterFactory) -> None:
    env = rif.create(max_restarts=1)
    env.sync()
    before = publishing.find(env.id)
    with pytest.raises(InterpreterDiedError):
        env.run(os._exit, (1,)).fetch(timeout=60)
    eventually(lambda: publishing.find(env.id) not in (None, before), 30)
    after = publishing.find(env.id)
    env.destroy()
    assert before is not None
    assert after is not None
    assert before.key != after.key

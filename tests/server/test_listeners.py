"""Where clients of an interpreter's own node knock: a Unix socket, or the TCP socket where that cannot be."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from pathlib import Path

import pytest
from rig import Host, hello

from ray_proxy.channels.socket import Address, dial
from ray_proxy.server.listeners import Listeners


@pytest.fixture
def far(tmp_path: Path) -> str:
    """A folder in which a socket has no room: its path is longer than 107 bytes."""
    folder = tmp_path / ("x" * 100)
    folder.mkdir()
    return str(folder)


def test_a_new_client_comes_by_tcp_where_the_socket_was_removed() -> None:
    host = Host(bind="127.0.0.1")
    client = host.connect()
    shutil.rmtree(os.path.dirname(host.server.address.path))
    with host.dial() as connection:
        assert connection.family == socket.AF_INET
        hello(connection, "second")
        connection.sendall(b"\0\0\0\0")
    assert client.works()
    host.close()


def test_without_tcp_the_error_names_what_is_missing(host: Host) -> None:
    with pytest.raises(FileNotFoundError):
        dial(Address("/nowhere/frames.sock", "", 0), host.server.key, True)


def test_a_folder_with_a_long_path_does_no_harm(far: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", far)
    listeners = Listeners(None, far)
    assert len(listeners.address.path) < 100
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(listeners.address.path)
    listeners.close()
    assert os.listdir(far) == []
    assert not os.path.exists(os.path.dirname(listeners.address.path))


def test_where_there_is_no_folder_at_all_there_is_tcp(far: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", far)
    monkeypatch.setattr("ray_proxy.server.listeners._SHORT", ())
    listeners = Listeners("127.0.0.1", far)
    assert listeners.address.path == ""
    with socket.socket() as connection:
        connection.connect((listeners.address.host, listeners.address.port))
    listeners.close()
    with pytest.raises(OSError, match="too long"):
        Listeners(None, far)

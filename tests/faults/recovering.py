"""Interpreters that recover, with a log each."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ray_proxy import RemoteInterpreter, RemoteInterpreterFactory

Create = Callable[..., RemoteInterpreter]


@pytest.fixture
def create(rif: RemoteInterpreterFactory, tmp_path: Path) -> Iterator[Create]:
    """Creates interpreters that recover, with a log each."""
    envs: list[RemoteInterpreter] = []

    def create(**options: Any) -> RemoteInterpreter:
        path = tmp_path / f"session{len(envs)}.rplog"
        envs.append(rif.create(**{"record": path, "recover": True, "max_restarts": 20, **options}))
        return envs[-1]

    yield create
    for env in envs:
        env.destroy()


@pytest.fixture
def env(create: Create) -> RemoteInterpreter:
    return create()


def kill(env: RemoteInterpreter, number: int = signal.SIGKILL) -> None:
    os.kill(env.status()["pid"], number)

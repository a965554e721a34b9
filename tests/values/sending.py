"""Interpreters to which code of the user's is sent by value: one of this process, and one with a process to itself."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import LoopbackInterpreter
from notebook import Notebook, Solitary, notebook, solitary  # noqa: F401 the fixtures

from ray_proxy import RayProxyWarning


@pytest.fixture(params=["loopback", "process"])
def env(request: pytest.FixtureRequest) -> Iterator[Any]:
    env = LoopbackInterpreter.make() if request.param == "loopback" else request.getfixturevalue("solitary").connect()
    yield env
    env.destroy()


@pytest.fixture
def cells(notebook: Notebook, env: Any) -> Notebook:  # noqa: F811
    notebook.env = env
    return notebook


@pytest.fixture(autouse=True)
def warnings_are_errors() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error", RayProxyWarning)
        yield

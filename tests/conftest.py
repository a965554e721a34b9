"""Fixtures that all tests share: an interpreter of this process, and one on a real Ray."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ray_proxy.channels import loopback
from ray_proxy.env import SessionInterpreter
from ray_proxy.interpreter import Interpreter


class LoopbackInterpreter(SessionInterpreter):
    """An interpreter of this process, as users would see it."""

    interpreter: Interpreter

    @classmethod
    def make(cls, name: str = "loopback", eager: bool = False) -> LoopbackInterpreter:
        interpreter = Interpreter(name)
        env: LoopbackInterpreter = loopback.connect(interpreter, eager, cls).env()
        env.interpreter = interpreter
        return env

    @property
    def id(self) -> str:
        return self.session.interpreter

    def status(self) -> dict[str, Any]:
        return {"variables": self.interpreter.count()}

    def get_host(self) -> str:
        return self.session.host

    def destroy(self) -> None:
        self.session.close()


@pytest.fixture
def env() -> Iterator[LoopbackInterpreter]:
    with LoopbackInterpreter.make() as env:
        yield env


@pytest.fixture
def other() -> Iterator[LoopbackInterpreter]:
    with LoopbackInterpreter.make("other") as env:
        yield env

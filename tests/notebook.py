"""A notebook for tests: a module whose functions and classes travel by value, as those of `__main__` do.

And an interpreter with a process to itself, without Ray: run as a program, this serves one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import cloudpickle
import pytest

ROOT = Path(__file__).parent.parent


class Notebook:
    """Its cells are executed in one module; what they define are its items."""

    def __init__(self, name: str = "notebook") -> None:
        self.module = sys.modules[name] = ModuleType(name)
        self.env: Any = None
        cloudpickle.register_pickle_by_value(self.module)

    def cell(self, code: str) -> None:
        """Run code in it, which knows the interpreter as `env`."""
        vars(self.module)["env"] = self.env
        exec(compile(textwrap.dedent(code), f"<{self.module.__name__}>", "exec"), vars(self.module))

    def __getitem__(self, name: str) -> Any:
        return vars(self.module)[name]

    def __setitem__(self, name: str, value: object) -> None:
        vars(self.module)[name] = value

    def __contains__(self, name: str) -> bool:
        return name in vars(self.module)

    def close(self) -> None:
        cloudpickle.unregister_pickle_by_value(self.module)
        del sys.modules[self.module.__name__]
        vars(self.module).clear()


class Solitary:
    """The process of an interpreter, and the sessions with it."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.path, key = json.loads(self.process.stdout.readline())
        self.key = bytes.fromhex(key)
        self.envs: list[Any] = []

    def connect(self) -> Any:
        from cable import CableInterpreter, CableLink

        from ray_proxy.session.session import Session

        env = Session(None, link=CableLink(self.path, self.key), env=CableInterpreter).env()
        self.envs.append(env)
        return env

    def close(self) -> None:
        for env in self.envs:
            env.destroy()
        assert self.process.stdin is not None
        self.process.stdin.close()  # upon which it ends
        try:
            self.process.wait(10)
        finally:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module")
def solitary() -> Iterator[Solitary]:
    process = Solitary()
    yield process
    process.close()


@pytest.fixture
def notebook() -> Iterator[Notebook]:
    notebook = Notebook()
    yield notebook
    notebook.close()


def _serve() -> None:
    from ray_proxy.interpreter.interpreter import Interpreter
    from ray_proxy.server.server import Server
    from ray_proxy.values import definitions

    wanted = threading.Event()
    server = Server(Interpreter("solitary", known=definitions.here), "solitary", wanted.set)
    print(json.dumps([server.address.path, server.key.hex()]), flush=True)
    threading.Thread(target=_end_with_parent, args=(server,), daemon=True).start()
    while True:
        wanted.wait()
        wanted.clear()
        server.serve()


def _end_with_parent(server: Any) -> None:
    import os

    sys.stdin.read()
    server.close()
    os._exit(0)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    _serve()

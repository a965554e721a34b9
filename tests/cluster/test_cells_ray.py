"""Cells and magics in a real interpreter, from plain IPython in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import ROOT

from ray_proxy import RemoteInterpreter, RemoteInterpreterFactory, cells


@pytest.fixture(scope="module")
def env() -> Iterator[RemoteInterpreter]:
    env = RemoteInterpreterFactory().create(num_cpus=0)
    yield env
    env.destroy()


@pytest.fixture
def name(rif: RemoteInterpreterFactory) -> Iterator[str]:
    name = f"cells-{uuid.uuid4().hex[:8]}"
    yield name
    rif.get(name, namespace=cells.NAMESPACE).destroy()


@pytest.fixture
def ipython(cluster: str, tmp_path: Path) -> Callable[[str], str]:
    """Runs a script of IPython; gives what it prints."""

    def run(script: str) -> str:
        path = tmp_path / "script.ipy"
        path.write_text("%load_ext ray_proxy\n" + textwrap.dedent(script))
        environ = {
            **os.environ,
            "RAY_ADDRESS": cluster,
            "PYTHONPATH": str(ROOT),
            "IPYTHONDIR": str(tmp_path / "ipython"),
        }
        done = subprocess.run(
            [sys.executable, "-m", "IPython", "--no-banner", "--colors=nocolor", str(path)],
            env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=90, check=False,
        )  # fmt: skip
        return done.stdout + done.stderr

    return run


def test_a_cell_runs_in_the_interpreter_of_its_name(ipython: Callable[[str], str], name: str, cluster: str) -> None:
    said = ipython(
        f"""
        get_ipython().run_cell_magic("remote", "{name} --num_cpus 0", "import os\\nx = 5\\npid = os.getpid()")
        import os
        from ray_proxy import RemoteInterpreterFactory
        env = RemoteInterpreterFactory().get("{name}")
        print("x is", env["x"].fetch(), bool(env["pid"] != os.getpid()))
        y = 7
        %remote {name}
        %remote_put y
        z = get_ipython().run_cell_magic("remote", "-o total", "total = x + y\\ntotal * 2")
        print("z is", z.fetch(), "total is", total.fetch())
        %remote_get total
        print("total here is", total, type(total).__name__)
        print(get_ipython().run_line_magic("remote_env", ""))
        """
    )
    assert f"ray_proxy: connected to Ray at {cluster}, namespace 'ray_proxy'" in said, said
    assert "x is 5 True" in said, said
    assert "z is 24 total is 12" in said
    assert "total here is 12 int" in said
    table = [line.split() for line in said[said.index("name ") :].splitlines()]
    assert table[0] == ["name", "type", "size", "value"]
    assert ["total", "int", "12"] in table


WRONG = [
    ('run_cell_magic("remote", "", "1")', "which interpreter?"),
    ('run_line_magic("remote_put", "x")', "which interpreter?"),
    ('run_cell_magic("remote", "a b", "1")', "one interpreter, not 'a' and 'b'"),
    ('run_cell_magic("remote", "a --num_cpus", "1")', "--num_cpus needs a value"),
    ('run_cell_magic("remote", "a -x", "1")', "there is no option -x"),
    ('run_cell_magic("remote", "NAME --num_cpus 0", "x = 1\\n%time x")', "'%time x' is IPython's own syntax"),
    ('run_cell_magic("remote", "NAME -o y", "x = 1")', "-o y: the interpreter has no variable"),
    ('run_line_magic("remote", "NAME -o y")', "-o is for cells"),
    ('run_line_magic("remote", "NAME") and get_ipython().run_line_magic("remote_put", "")', "which variables?"),
    ('run_line_magic("remote_put", "not_there")', "there is no variable not_there here"),
    ('run_line_magic("remote_get", "not_there")', "the interpreter has no variable not_there"),
]


def test_what_is_wrong_is_told_in_a_line(ipython: Callable[[str], str], name: str) -> None:
    script = ["from IPython.core.error import UsageError"]
    for call, _ in WRONG:
        script += ["try:", f"    get_ipython().{call.replace('NAME', name)}", "except UsageError as e: print('!!', e)"]
    said = [line[3:] for line in ipython("\n".join(script)).splitlines() if line.startswith("!! ")]
    assert len(said) == len(WRONG), said
    for line, (_, words) in zip(said, WRONG):
        assert words in line


def test_functions_see_what_any_client_sets(env: RemoteInterpreter) -> None:
    cells.run(env, "def double():\n    return 2 * x")
    env["x"] = 4
    assert env["double"]() == 8


def test_await_and_imports(env: RemoteInterpreter) -> None:
    result = cells.run(env, "import asyncio\nawait asyncio.sleep(0.01, 5)")
    assert result is not None
    assert result.fetch() == 5


def test_an_instance_of_a_class_of_a_cell_comes_here(env: RemoteInterpreter) -> None:
    cells.run(env, "class A:\n    def f(self): return 5\na = A()")
    assert env["a"].fetch().f() == 5


def test_a_process_that_is_spawned_there_finds_what_travels_by_value(env: RemoteInterpreter) -> None:
    source = """
        import cloudpickle, subprocess, sys
        class B:
            x = 3
        program = "import pickle, sys; print(pickle.load(sys.stdin.buffer).x)"
        subprocess.run([sys.executable, "-c", program], input=cloudpickle.dumps(B()), capture_output=True).stdout
    """
    result = cells.run(env, textwrap.dedent(source))
    assert result is not None
    assert result.fetch() == b"3\n"


def test_an_interrupt_keeps_what_was_assigned(env: RemoteInterpreter) -> None:
    def press() -> None:
        until = time.monotonic() + 20
        while not env.status()["busy"] and time.monotonic() < until:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        cells.run(env, "import time\nkept = 1\nwhile True:\n    time.sleep(0.01)")
    thread.join()
    assert env["kept"] == 1

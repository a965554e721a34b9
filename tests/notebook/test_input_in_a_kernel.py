"""In a kernel of Jupyter: remote code asks its cell for a line; breakpoint, post-mortem, and the stop button."""

from __future__ import annotations

import os
import queue
import time
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ROOT

import ray_proxy
from ray_proxy import RemoteInterpreter, RemoteInterpreterFactory

manager = pytest.importorskip("jupyter_client.manager")
SOON = 60.0
BEGIN = """
import ray, ray_proxy
ray.init(address={address!r}, namespace="tests", log_to_driver=False, logging_level="ERROR")
env = ray_proxy.RemoteInterpreterFactory().get("notebook-input")

def talk():
    print("hello")
    name = input("name? ")
    print("hi", name)
    return name

def key():
    import getpass
    return getpass.getpass("key: ")

def stops():
    secret = 41
    breakpoint()
    return secret + 1

def fails(x):
    inner = x * 2
    return inner / 0
"""


class Cell:
    """What a cell has shown: texts of its streams, prompts, and the names of its errors."""

    def __init__(self) -> None:
        self.text = ""
        self.prompts: list[str] = []
        self.errors: list[str] = []


class Kernel:
    """A kernel in a process of its own."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.manager = manager.KernelManager()
        self.manager.start_kernel(env=environment)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=SOON)

    def cell(self, code: str, answers: tuple[str, ...] = (), interrupt: bool = False, allow_stdin: bool = True) -> Cell:
        """Execute a cell; each prompt is answered by the next line, or else by the stop button, once."""
        cell, lines = Cell(), list(answers)
        number = self.client.execute(code, allow_stdin=allow_stdin)
        until = time.monotonic() + SOON
        while time.monotonic() < until:
            try:
                asked = self.client.get_stdin_msg(timeout=0)
                cell.prompts.append(asked["content"]["prompt"])
                if lines:
                    self.client.input(lines.pop(0))
                else:
                    assert interrupt, f"nothing is left to answer {cell.prompts}, after {cell.text}"
                    interrupt = False
                    self.manager.interrupt_kernel()
            except queue.Empty:
                pass
            try:
                message = self.client.get_iopub_msg(timeout=0.02)
            except queue.Empty:
                continue
            content: Any = message["content"]
            if message["parent_header"].get("msg_id") != number:
                continue
            if message["msg_type"] == "stream":
                cell.text += content["text"]
            elif message["msg_type"] == "error":
                cell.errors.append(content["ename"])
            elif message["msg_type"] == "status" and content["execution_state"] == "idle":
                assert lines == []
                return cell
        raise AssertionError(f"the cell does not end; it has shown: {cell.text}{cell.prompts}{cell.errors}")

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def env(rif: RemoteInterpreterFactory) -> Iterator[RemoteInterpreter]:
    env = rif.create(num_cpus=0, name="notebook-input")
    env.sync()
    yield env
    env.destroy()


@pytest.fixture(scope="module")
def kernel(env: RemoteInterpreter, cluster: str) -> Iterator[Kernel]:
    kernel = Kernel()
    try:
        assert kernel.cell(BEGIN.format(address=cluster)).errors == []
        yield kernel
    finally:
        kernel.close()


def test_a_line_is_asked_for_by_the_cell(kernel: Kernel) -> None:
    cell = kernel.cell("print('got', env.run(talk).fetch())", ("Ada",))
    assert cell.prompts == ["name? "]
    assert cell.text == "hello\nhi Ada\ngot Ada\n"


def test_where_the_cell_awaits_it_asks_too(kernel: Kernel) -> None:
    cell = kernel.cell("print('got', await env.run(talk))", ("Eve",))
    assert (cell.prompts, cell.text) == (["name? "], "hello\nhi Eve\ngot Eve\n")


def test_a_hidden_line_is_asked_for_as_a_password(kernel: Kernel) -> None:
    cell = kernel.cell("print(env.run(key).fetch() == 'secret')", ("secret",))
    assert (cell.prompts, cell.text) == (["key: "], "True\n")


@pytest.mark.parametrize("code", ["env.run(talk).fetch()", "await env.run(talk)"])
def test_the_stop_button_at_a_prompt_is_one_keyboard_interrupt(kernel: Kernel, code: str) -> None:
    cell = kernel.cell(code, interrupt=True)
    assert cell.errors == ["KeyboardInterrupt"]
    assert kernel.cell("print(env.run(abs, (-3,)).fetch())").text == "3\n"
    assert kernel.cell(code, ("Ada",)).text == "hello\nhi Ada\n"


def test_where_the_front_end_cannot_ask_it_is_the_end_of_input(kernel: Kernel) -> None:
    cell = kernel.cell("env.run(talk).fetch()", allow_stdin=False)
    assert cell.errors == ["EOFError"]
    assert cell.prompts == []


def test_a_call_that_nobody_waits_for_is_answered_by_the_cell_that_does(kernel: Kernel) -> None:
    assert kernel.cell("v = env.run(talk)").prompts == []
    assert kernel.cell("v.fetch()", ("late",)).prompts == ["name? "]


def test_a_breakpoint_is_debugged_in_the_cell(kernel: Kernel) -> None:
    cell = kernel.cell("print('got', env.run(stops).fetch())", ("p secret", "w", "c"))
    assert cell.prompts == ["(Pdb) "] * 3
    assert "41\n" in cell.text
    assert "stops()" in cell.text
    assert ray_proxy.__path__[0] not in cell.text
    assert cell.text.endswith("got 42\n")


def test_without_kept_frames_pm_tells_the_remedy(kernel: Kernel) -> None:
    assert kernel.cell("env.run(fails, (21,)).fetch()").errors == ["ZeroDivisionError"]
    assert kernel.cell("ray_proxy.pm()").errors == ["RayProxyError"]


def test_while_pdb_is_on_a_remote_error_opens_the_remote_frames(kernel: Kernel) -> None:
    try:
        cell = kernel.cell("%pdb on\nenv.run(fails, (21,)).fetch()", ("p inner, x", "q"))
        assert cell.errors == ["ZeroDivisionError"]
        assert cell.prompts == ["(Pdb) "] * 2
        assert "(42, 21)" in cell.text
        assert kernel.cell("ray_proxy.pm()", ("p x", "q")).text.count("21\n") == 1
        assert kernel.cell("%debug", ("p inner", "q")).text.count("42\n") == 1
        assert "1" in kernel.cell("print(env.status()['frames'])").text
        local = kernel.cell("1 / 0", ("q",))
        assert local.prompts == ["ipdb> "]
    finally:
        kernel.cell("%pdb off")
    assert kernel.cell("env.run(fails, (1,)).fetch()").prompts == []
    assert kernel.cell("print(env.status()['frames'])").text == "1\n"


def test_a_shell_is_as_it_was_once_the_extension_is_unloaded(kernel: Kernel) -> None:
    kernel.cell("%load_ext ray_proxy")
    cell = kernel.cell(
        "%unload_ext ray_proxy\n"
        "shell = get_ipython()\n"
        "print('debugger' in vars(shell), shell.find_line_magic('pdb').__module__)"
    )
    assert cell.text == "False IPython.core.magics.execution\n"
    assert kernel.cell("%load_ext ray_proxy\nprint('debugger' in vars(shell))").text.endswith("True\n")

"""In a kernel of Jupyter: remote code asks its cell for a line; breakpoint, post-mortem, and the stop button."""

from __future__ import annotations

import pytest
from kernels import Kernel

import ray_proxy

STOP = "\x03"
"""The stop button, at a prompt."""
CODE = """
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


@pytest.fixture(autouse=True)
def code(kernel: Kernel) -> None:
    assert kernel.cell(CODE).errors == []


def test_a_line_is_asked_for_by_the_cell(kernel: Kernel) -> None:
    cell = kernel.cell("print('got', env.run(talk).fetch())", answers=["Ada"])
    assert kernel.prompts == ["name? "]
    assert cell.text() == "hello\nhi Ada\ngot Ada\n"


def test_where_the_cell_awaits_it_asks_too(kernel: Kernel) -> None:
    cell = kernel.cell("print('got', await env.run(talk))", answers=["Eve"])
    assert (kernel.prompts, cell.text()) == (["name? "], "hello\nhi Eve\ngot Eve\n")


def test_a_hidden_line_is_asked_for_as_a_password(kernel: Kernel) -> None:
    cell = kernel.cell("print(env.run(key).fetch() == 'secret')", answers=["secret"])
    assert (kernel.prompts, kernel.asked["password"], cell.text()) == (["key: "], True, "True\n")


@pytest.mark.parametrize("code", ["env.run(talk).fetch()", "await env.run(talk)"])
def test_the_stop_button_at_a_prompt_is_one_keyboard_interrupt(kernel: Kernel, code: str) -> None:
    (error,) = kernel.cell(code, answers=[STOP]).errors
    assert "KeyboardInterrupt" in error
    assert kernel.cell("print(env.run(abs, (-3,)).fetch())").text() == "3\n"
    assert kernel.cell(code, answers=["Ada"]).text() == "hello\nhi Ada\n"


def test_where_the_front_end_cannot_ask_it_is_the_end_of_input(kernel: Kernel) -> None:
    (error,) = kernel.start("env.run(talk).fetch()", allow_stdin=False).wait().errors
    assert "EOFError" in error
    assert kernel.prompts == []


def test_a_call_that_nobody_waits_for_is_answered_by_the_cell_that_does(kernel: Kernel) -> None:
    before = kernel.cell("v = env.run(talk)")
    kernel.until(lambda: "asks for input (name?): fetch its Var, or env.sync(), to answer" in before.text("stderr"))
    assert kernel.prompts == []
    assert kernel.cell("v.fetch()", answers=["late"]).result == "'late'"
    assert before.text() == "hello\nhi late\n"


def test_a_breakpoint_is_debugged_in_the_cell(kernel: Kernel) -> None:
    cell = kernel.cell("print('got', env.run(stops).fetch())", answers=["p secret", "w", "c"])
    assert kernel.prompts == ["(Pdb) "] * 3
    assert "41\n" in cell.text()
    assert "stops()" in cell.text()
    assert ray_proxy.__path__[0] not in cell.text()
    assert cell.text().endswith("got 42\n")


def test_without_kept_frames_pm_tells_the_remedy(kernel: Kernel) -> None:
    assert "ZeroDivisionError" in kernel.cell("env.run(fails, (21,)).fetch()").errors[0]
    (error,) = kernel.cell("ray_proxy.pm()").errors
    assert "debug=True, or after %pdb on" in error


def test_while_pdb_is_on_a_remote_error_opens_the_remote_frames(kernel: Kernel) -> None:
    try:
        cell = kernel.cell("%pdb on\nenv.run(fails, (21,)).fetch()", answers=["p inner, x", "q"])
        assert len(cell.errors) == 1
        assert kernel.prompts == ["(Pdb) "] * 2
        assert "(42, 21)" in cell.text()
        assert kernel.cell("ray_proxy.pm()", answers=["p x", "q"]).text().count("21\n") == 1
        assert kernel.cell("%debug", answers=["p inner", "q"]).text().count("42\n") == 1
        assert kernel.cell("print(env.status()['frames'])").text() == "1\n"
        kernel.cell("1 / 0", answers=["q"])
        assert kernel.prompts == ["ipdb> "]
    finally:
        kernel.cell("%pdb off")
    kernel.cell("env.run(fails, (1,)).fetch()")
    assert kernel.cell("print(env.status()['frames'])").text() == "1\n"


def test_an_interpreter_that_is_begun_while_pdb_is_on_keeps_frames_too(kernel: Kernel) -> None:
    try:
        kernel.cell("%pdb on\nother = RemoteInterpreterFactory().create(num_cpus=0)")
        assert "42" in kernel.cell("other.run(fails, (21,)).fetch()", answers=["p inner", "q"]).text()
    finally:
        kernel.cell("%pdb off\nother.destroy()")


def test_a_shell_is_as_it_was_once_the_extension_is_unloaded(kernel: Kernel) -> None:
    kernel.cell("%load_ext ray_proxy")
    cell = kernel.cell(
        "%unload_ext ray_proxy\n"
        "shell = get_ipython()\n"
        "print('debugger' in vars(shell), shell.find_line_magic('pdb').__module__)"
    )
    assert cell.text() == "False IPython.core.magics.execution\n"
    assert kernel.cell("%load_ext ray_proxy\nprint('debugger' in vars(shell))").text().endswith("True\n")

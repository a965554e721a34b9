"""`input()`, `getpass()` and the debugger in remote code talk with the terminal of whoever has called it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from conftest import eventually
from terminal import Terminal, terminal

import ray_proxy
from ray_proxy import RayProxyError, RemoteInterpreter, RemoteInterpreterFactory

GRACE = 2.0
BEGIN = """
import asyncio, os, sys, threading, time
import ray, ray_proxy
ray.init(address={address!r}, namespace="tests", log_to_driver=False, logging_level="ERROR")
rif = ray_proxy.RemoteInterpreterFactory()
env = rif.get({name!r})

def ask(text="name? "):
    return "hi " + input(text)

def ask_hidden():
    import getpass
    return len(getpass.getpass("key: "))

def ask_or_end():
    try:
        return input("name? ")
    except EOFError:
        return "the end"
    except KeyboardInterrupt:
        return "interrupted"

print("begins", flush=True)
"""

Run = Callable[[str], Terminal]


@pytest.fixture(scope="module")
def env(rif: RemoteInterpreterFactory) -> Iterator[RemoteInterpreter]:
    env = rif.create(num_cpus=0, name="input", debug=True, grace=GRACE)
    env.sync()
    yield env
    env.destroy()


@pytest.fixture
def run(env: RemoteInterpreter, cluster: str, tmp_path: Path) -> Iterator[Run]:
    """Runs a program in a terminal, which has the interpreter `env`."""
    with ExitStack() as stack:

        def run(program: str) -> Terminal:
            path = tmp_path / "program.py"
            begin = BEGIN.format(address=cluster, name="input")
            running = stack.enter_context(terminal(path, begin + program))
            running.expect("begins")
            return running

        yield run


def test_the_terminal_of_the_caller_answers(run: Run) -> None:
    there = run("print(env.run(ask).fetch())")
    there.answer("name? ", "Ada")
    assert "hi Ada" in there.ends()


def test_what_is_hidden_is_not_shown(run: Run) -> None:
    there = run("print('length', env.run(ask_hidden).fetch())")
    there.answer("key: ", "secret")
    shown = there.ends()
    assert "length 6" in shown
    assert "secret" not in shown


def test_the_stream_asks_too(run: Run) -> None:
    there = run("print(env.run(lambda: [line for line in __import__('sys').stdin]).fetch())")
    for line in ("one", "two"):
        there.enter(f"{line}\n")
        there.expect(line)
    there.enter("\x04")
    assert "['one\\n', 'two\\n']" in there.ends()


def test_the_end_of_input_is_one_there(run: Run) -> None:
    there = run("print('got', env.run(ask_or_end).fetch())")
    there.expect("name? ")
    there.enter("\x04")
    assert "got the end" in there.ends()


def test_other_waits_of_the_main_thread_answer_too(run: Run) -> None:
    there = run(
        """
v = env.run(ask, ("one? ",)); env.sync(); print(v.fetch())
v = env.run(ask, ("two? ",)); ray_proxy.wait([v]); print(v.fetch())
other = rif.create(num_cpus=0)
v, w = env.run(ask, ("three? ",)), other.run(ask, ("four? ",))
ray_proxy.wait([v, w], 2); print(v.fetch(), w.fetch())
print(env.run(ask, ("five? ",)) == "hi 5")
"""
    )
    there.answer("one? ", "1")
    there.answer("two? ", "2")
    asked = {"three? ": "3", "four? ": "4"}
    while asked:
        there.expect("? ")
        text = next(text for text in asked if there.shown[: there._seen].endswith(text))
        there.type(asked.pop(text) + "\n")
    there.expect("hi 3 hi 4")
    there.answer("five? ", "5")
    assert "True" in there.ends()


def test_an_await_in_the_main_thread_answers(run: Run) -> None:
    there = run(
        """
async def main():
    print(await env.run(ask))
    print(*await asyncio.gather(*[w for w in map(asyncio.ensure_future, [get(), get()])]))

async def get():
    return await env.run(ask, ("more? ",))

asyncio.run(main())
"""
    )
    there.answer("name? ", "Ada")
    there.answer("more? ", "Eve")
    there.answer("more? ", "Eve")
    assert "hi Eve hi Eve" in there.ends()


def test_code_of_any_thread_and_of_a_coroutine_may_ask(run: Run) -> None:
    there = run(
        """
def in_thread():
    import threading
    found = []
    thread = threading.Thread(target=lambda: found.append(input("thread? ")))
    thread.start()
    thread.join()
    return found

async def in_coroutine():
    return input("coroutine? ")

async def main():
    print(await env.run(in_coroutine))

print(env.run(in_thread).fetch())
asyncio.run(main())
"""
    )
    there.answer("thread? ", "one")
    there.expect("['one']")
    there.answer("coroutine? ", "two")
    there.expect("two")
    there.ends()


def test_where_nobody_waits_the_user_is_told_how_to_answer(run: Run) -> None:
    there = run(
        """
v = env.run(ask)
while not os.path.exists(sys.argv[0] + ".go"):
    time.sleep(0.05)
print(v.fetch())
"""
    )
    there.expect("asks for input (name?): fetch its Var, or env.sync(), to answer")
    (Path(there.process.args[-1] + ".go")).touch()  # type: ignore[index, operator]
    there.answer("name? ", "Ada")
    assert "hi Ada" in there.ends()


def test_ctrl_c_at_the_prompt_is_one_keyboard_interrupt_and_all_goes_on(run: Run) -> None:
    there = run(
        """
try:
    print(env.run(ask).fetch())
except KeyboardInterrupt:
    print("interrupted here")
print(env.run(abs, (-5,)).fetch())
print(env.run(ask).fetch())
"""
    )
    there.expect("name? ")
    there.interrupt()
    there.expect("interrupted here")
    there.expect("5")
    there.answer("name? ", "Ada")
    assert "hi Ada" in there.ends()


def test_ctrl_c_at_the_prompt_is_raised_there(run: Run) -> None:
    there = run(
        """
v = env.run(ask_or_end)
try:
    v.fetch()
except KeyboardInterrupt:
    print("here, too:", v.fetch())
"""
    )
    there.expect("name? ")
    there.interrupt()
    assert "here, too: interrupted" in there.ends()


def test_ctrl_c_at_the_prompt_of_an_await(run: Run) -> None:
    there = run(
        """
async def main():
    try:
        await env.run(ask)
    except KeyboardInterrupt:
        print("interrupted here")
    print(await env.run(abs, (-5,)))

asyncio.run(main())
"""
    )
    there.expect("name? ")
    there.interrupt()
    there.expect("interrupted here")
    assert "5" in there.ends()


def test_an_interrupt_by_another_client_leaves_the_wait(run: Run, env: RemoteInterpreter) -> None:
    there = run("print('got', env.run(ask_or_end).fetch())")
    there.expect("name? ")
    env.interrupt()
    there.type("too late\n")
    assert "got interrupted" in there.ends()


def test_a_client_that_dies_at_its_prompt_leaves_the_end_of_input(run: Run, tmp_path: Path) -> None:
    there = run(
        """
def note():
    with open(path, "w") as file:
        file.write(ask_or_end())

path = sys.argv[0] + ".got"
env.run(note).fetch()
"""
    )
    there.expect("name? ")
    os.kill(there.process.pid, 9)
    got = tmp_path / "program.py.got"
    eventually(lambda: got.exists() and got.read_text() == "the end", 20)


def test_without_a_terminal_it_reads_the_end_and_the_user_is_warned_once(run: Run) -> None:
    there = run(
        """
sys.stdin = None
print("got", env.run(ask_or_end).fetch(), env.run(ask_or_end).fetch())
"""
    )
    there.expect("nobody can be asked here")
    shown = there.ends()
    assert "got the end the end" in shown
    assert "nobody can be asked" not in shown


def test_in_a_test_the_end_of_input_is_read(env: RemoteInterpreter) -> None:
    def ask_or_end() -> str:
        try:
            return input("name? ")
        except EOFError:
            return "the end"

    assert env.run(ask_or_end).fetch() == "the end"


def test_the_end_of_a_script_answers(run: Run) -> None:
    there = run("env['answer'] = env.run(ask)")
    there.answer("name? ", "Ada")
    there.ends()


def test_an_answer_comes_to_code_of_another_interpreter_that_was_called(run: Run) -> None:
    there = run(
        """
other = rif.create(num_cpus=0)
print(other.run(lambda env, ask: "through " + env.run(ask).fetch(), (env, ask)).fetch())
"""
    )
    there.answer("name? ", "Ada")
    assert "through hi Ada" in there.ends()


def test_a_thread_that_outlives_its_call_asks_whoever_has_started_it(run: Run) -> None:
    there = run(
        """
def starts(path):
    import threading
    def later():
        with open(path, "w") as file:
            file.write(input("later? "))
    threading.Thread(target=later).start()

path = sys.argv[0] + ".got"
env.run(starts, (path,)).fetch()
while not os.path.exists(path) or not open(path).read():
    env.sync()
    time.sleep(0.01)
print("got", open(path).read())
"""
    )
    there.answer("later? ", "Ada")
    assert "got Ada" in there.ends()


def test_the_user_may_think_for_longer_than_the_grace_time(run: Run, env: RemoteInterpreter) -> None:
    there = run("print(env.run(ask).fetch())")
    there.expect("name? ")
    time.sleep(GRACE + 1)
    assert (env.status()["clients"], env.status()["lost"]) == (2, 0)
    there.type("Ada\n")
    assert "hi Ada" in there.ends()


def test_through_a_relay_it_is_the_same(run: Run) -> None:
    there = run(
        """
env = ray_proxy.RemoteInterpreterFactory(relay=True).create(num_cpus=0)
print(env.run(ask).fetch())
try:
    env.run(ask, ("more? ",)).fetch()
except KeyboardInterrupt:
    print("interrupted here")
"""
    )
    there.answer("name? ", "Ada")
    there.expect("hi Ada")
    there.expect("more? ")
    there.interrupt()
    assert "interrupted here" in there.ends()


def test_a_forked_child_of_the_client_answers_for_itself(run: Run) -> None:
    there = run(
        """
env.sync()
child = os.fork()
if child == 0:
    print("in the child:", env.run(ask).fetch(), flush=True)
    os._exit(0)
os.waitpid(child, 0)
print("in the parent:", env.run(ask, ("more? ",)).fetch())
"""
    )
    there.answer("name? ", "Ada")
    there.expect("in the child: hi Ada")
    there.answer("more? ", "Eve")
    assert "in the parent: hi Eve" in there.ends()


def test_a_forked_child_of_remote_code_reads_the_end_of_input(env: RemoteInterpreter) -> None:
    def in_a_child() -> str:
        import os

        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.write(writing, input("name? ").encode())
            except EOFError:
                os.write(writing, b"the end")
            os._exit(0)
        os.waitpid(child, 0)
        return os.read(reading, 100).decode()

    assert env.run(in_a_child).fetch(timeout=20) == "the end"


def test_what_was_written_before_stands_before_the_prompt(run: Run) -> None:
    there = run(
        """
def talk():
    print("hello")
    name = input("name? ")
    print("hi", name)

for _ in range(3):
    env.run(talk).fetch()
print("done")
"""
    )
    for _ in range(3):
        there.answer("hello\nname? ", "Ada")
        there.expect("hi Ada\n")
    assert "done" in there.ends()


def test_a_breakpoint_is_debugged_here(run: Run) -> None:
    there = run(
        """
def stops():
    secret = 41
    breakpoint()
    return secret + 1

def calls():
    return stops()

print("got", env.run(calls).fetch())
"""
    )
    there.answer("(Pdb) ", "p secret")
    assert "41" in there.expect("(Pdb) ")
    there.type("w\n")
    stack = there.expect("(Pdb) ")
    assert "calls()" in stack
    assert "stops()" in stack
    assert "ray" not in stack
    there.type("secret = 99\n")
    there.answer("(Pdb) ", "c")
    assert "got 100" in there.ends()


def test_ctrl_c_at_a_debugger_asks_again(run: Run) -> None:
    """As it does without an interpreter between."""
    there = run(
        """
def stops():
    secret = 41
    breakpoint()
    return secret + 1

print("got", env.run(stops).fetch())
"""
    )
    there.expect("(Pdb) ")
    there.interrupt()
    there.expect("--KeyboardInterrupt--")
    there.answer("(Pdb) ", "c")
    assert "got 42" in there.ends()


# ---------------------------------------------------------------------------------------- post-mortem


FAILS = """
def fails(x):
    inner = x * 2
    return inner / 0

def fail(env=env):
    try:
        env.run(fails, (21,)).fetch()
    except ZeroDivisionError as error:
        return error
"""


def test_the_frames_of_the_last_remote_error_are_debugged_here(run: Run) -> None:
    there = run(FAILS + "fail(); ray_proxy.pm(); print('left', env.run(abs, (-3,)).fetch())")
    there.answer("(Pdb) ", "p inner, x")
    assert "(42, 21)" in there.expect("(Pdb) ")
    there.type("w\n")
    assert "ray_proxy" not in there.expect("(Pdb) ")
    there.type("q\n")
    assert "left 3" in there.ends()


def test_those_of_another_error_can_be_named(run: Run) -> None:
    there = run(FAILS + "first = fail(); env.run(abs, (-3,)).fetch(); fail(); ray_proxy.pm(first)")
    there.answer("(Pdb) ", "q")
    there.ends()


def test_the_status_counts_errors_whose_frames_are_kept(rif: RemoteInterpreterFactory) -> None:
    env = rif.create(num_cpus=0, debug=True)

    def fails() -> None:
        raise ValueError("on purpose")

    for _ in range(7):
        with pytest.raises(ValueError, match="on purpose"):
            env.run(fails).fetch()
    assert env.status()["frames"] == 5
    env.destroy()


def test_without_kept_frames_the_remedy_is_told(rif: RemoteInterpreterFactory) -> None:
    env = rif.create(num_cpus=0)

    def fails() -> None:
        raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose") as raised:
        env.run(fails).fetch()
    for error in (None, raised.value):
        with pytest.raises(RayProxyError, match="debug=True"):
            ray_proxy.pm(error)
    assert env.status()["frames"] == 0
    env.destroy()


def test_without_debug_what_a_failing_call_holds_is_freed_at_once(rif: RemoteInterpreterFactory) -> None:
    env = rif.create(num_cpus=0)

    def fails() -> None:
        import builtins
        import weakref

        local = {1, 2}
        builtins.of_the_failed_call = weakref.ref(local)  # type: ignore[attr-defined]
        raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        env.run(fails).fetch()
    assert env.run(lambda: __import__("builtins").of_the_failed_call() is None).fetch()
    env.destroy()


@pytest.mark.parametrize("error", [ValueError("of here"), KeyError("of here")])
def test_what_is_no_remote_error_is_refused(error: Exception) -> None:
    with pytest.raises(RayProxyError, match="no remote error"):
        ray_proxy.pm(error)


def test_what_is_no_error_is_refused() -> None:
    with pytest.raises(TypeError, match="an exception"):
        ray_proxy.pm("an error")  # type: ignore[arg-type]


def test_debug_is_true_or_false(rif: RemoteInterpreterFactory) -> None:
    with pytest.raises(ValueError, match="debug is True or False"):
        rif.create(debug="yes")  # type: ignore[arg-type]

"""`input()` and `getpass()` in remote code are answered in the terminal of whoever has called it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import eventually
from terminal import Run, programs

from ray_proxy import RemoteInterpreter, RemoteInterpreterFactory

GRACE = 2.0


@pytest.fixture(scope="module")
def env(rif: RemoteInterpreterFactory) -> Iterator[RemoteInterpreter]:
    env = rif.create(num_cpus=0, name="input", grace=GRACE)
    env.sync()
    yield env
    env.destroy()


@pytest.fixture
def run(env: RemoteInterpreter, cluster: str, tmp_path: Path) -> Iterator[Run]:
    with programs(cluster, "input", tmp_path) as run:
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
    # What comes behind an interrupted call in its frame is withdrawn: the value is asked for by another one.
    there = run("v = env.run(ask_or_end)\nray_proxy.wait([v])\nprint('got', v.fetch())")
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

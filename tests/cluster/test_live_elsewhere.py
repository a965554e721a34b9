"""Project code in an interpreter that has none of its files: what is sent, what is asked for, and of whom."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import forks
import pytest
from conftest import ROOT, eventually
from saved import Saved

from ray_proxy import RemoteInterpreter, RemoteInterpreterFactory


@pytest.fixture
def saved(tmp_path: Path) -> Iterator[Saved]:
    with Saved(tmp_path / "source") as saved:
        yield saved


@pytest.fixture
def env(first: RemoteInterpreter) -> RemoteInterpreter:
    return first


def late(saved: Saved, name: str, value: int, body: str = "") -> Any:
    """A module whose function imports another one when it is called, which is not loaded here."""
    saved.write(f"{name}_leaf.py", f"VALUE = {value}\n")
    give = f"import time\n\ndef give(*given):\n    import {name}_leaf\n    return {name}_leaf.VALUE\n"
    return saved.module(f"{name}_root", give + body)


# ---------------------------------------------------------------------------------------------- what was sent stays


def test_the_interpreter_has_none_of_the_files(env: RemoteInterpreter, saved: Saved) -> None:
    paths = env.run(lambda: list(__import__("sys").path)).fetch()
    assert str(saved.folder) not in paths


GONE = """
    import gone_leaf

    class Thing:
        def give(self):
            return gone_leaf.VALUE
"""


def test_what_was_sent_stays_when_its_files_are_gone(env: RemoteInterpreter, saved: Saved) -> None:
    saved.write("gone_leaf.py", "VALUE = 1\n")
    root = saved.module(
        "gone_root", "import gone_leaf\n\nclass Thing:\n    def give(self):\n        return gone_leaf.VALUE\n"
    )
    thing = env.run(root.Thing)
    env.sync()
    saved.take_away()
    assert thing.give() == 1
    assert env.run(root.Thing).give() == 1


def test_what_nobody_has_is_an_ordinary_module_not_found(env: RemoteInterpreter, saved: Saved) -> None:
    root = saved.module("lacking", "def give():\n    import is_nowhere_at_all\n")
    with pytest.raises(ModuleNotFoundError, match="^No module named 'is_nowhere_at_all'$"):
        env.run(root.give).fetch()


def test_a_module_that_was_saved_after_it_was_asked_for_is_found(env: RemoteInterpreter, saved: Saved) -> None:
    root = saved.module("saved_late", "def give():\n    import saved_later\n    return saved_later.VALUE\n")
    with pytest.raises(ModuleNotFoundError):
        env.run(root.give).fetch()
    saved.write("saved_later.py", "VALUE = 8\n")
    saved.edit("saved_late.py", "def give():", "def give() -> int:")
    assert env.run(root.give) == 8


# -------------------------------------------------------------------------------------------- who answers, and when


def test_an_import_is_answered_while_this_process_does_something_else(
    env: RemoteInterpreter, saved: Saved, tmp_path: Path
) -> None:
    done = tmp_path / "done"
    body = "\ndef note(path):\n    with open(path, 'w') as file:\n        file.write(str(give()))\n"
    root = late(saved, "ticked", 11, body)
    env.run(root.note, (str(done),))
    eventually(lambda: done.exists() and done.read_text() == "11")


THREAD = """
import threading

def joined():
    found = []
    thread = threading.Thread(target=lambda: found.append(give()))
    thread.start()
    thread.join(20)
    return found
"""


def test_an_import_in_a_thread_that_the_main_thread_waits_for(env: RemoteInterpreter, saved: Saved) -> None:
    assert env.run(late(saved, "threaded", 12, THREAD).joined) == [12]


FORK = """
import os

def child():
    reading, writing = os.pipe()
    if not os.fork():
        try:
            os.write(writing, repr(give()).encode())
        except BaseException as error:
            os.write(writing, type(error).__name__.encode())
        os._exit(0)
    os.close(writing)
    with open(reading) as file:
        return file.read()
"""


def test_a_forked_child_of_user_code_hears_at_once_that_nobody_answers(env: RemoteInterpreter, saved: Saved) -> None:
    assert env.run(late(saved, "there_forked", 13, FORK).child) == "ModuleNotFoundError"


def test_a_forked_child_of_this_process_answers(env: RemoteInterpreter, saved: Saved) -> None:
    root = late(saved, "forked", 14)
    env.sync()
    assert forks.in_child(lambda: env.run(root.give).fetch()) == "14"


def test_an_edit_reaches_the_interpreter_from_a_forked_child(env: RemoteInterpreter, saved: Saved) -> None:
    root = saved.module("edited_by_child", "def give():\n    return 1\n")
    assert env.run(root.give) == 1

    def work() -> int:
        saved.edit("edited_by_child.py", "return 1", "return 2")
        return int(env.run(root.give).fetch())

    assert forks.in_child(work) == "2"


def test_an_import_is_answered_over_a_relay(cluster: str, saved: Saved) -> None:
    env = RemoteInterpreterFactory(relay=True).create(num_cpus=0)
    root = late(saved, "relayed", 15)
    assert env.run(root.give) == 15
    saved.edit("relayed_leaf.py", "15", "16")
    assert env.run(root.give) == 16
    env.destroy()


# ------------------------------------------------------------------------------------------- a second interpreter

PASSING = """
    import between_leaf

    class Thing:
        def give(self):
            return between_leaf.VALUE

    def hand_over(env):
        return env.run(Thing)

    def value(env):
        return env.run(Thing).give().fetch()
"""


def test_an_interpreter_passes_on_what_it_was_sent(
    first: RemoteInterpreter, second: RemoteInterpreter, saved: Saved
) -> None:
    saved.write("between_leaf.py", "VALUE = 1\n")
    root = saved.module("between_root", PASSING)
    assert first.run(root.value, (second,)) == 1
    assert {"between_leaf", "between_root"} <= {live.module for live in second.code()}


def test_an_interpreter_passes_on_edits_of_what_it_was_sent(
    first: RemoteInterpreter, second: RemoteInterpreter, saved: Saved
) -> None:
    saved.write("between_leaf2.py", "VALUE = 1\n")
    root = saved.module("between_root2", PASSING.replace("between_leaf", "between_leaf2"))
    assert first.run(root.value, (second,)) == 1
    saved.edit("between_leaf2.py", "VALUE = 1", "VALUE = 2")
    assert first.run(root.value, (second,)) == 2


ASKING_ON = """
def value(rif):
    env = rif.create(num_cpus=0)
    return env.run(give).fetch()
"""


def test_an_interpreter_asks_its_client_for_what_another_one_asks_it_for(
    first: RemoteInterpreter, rif: RemoteInterpreterFactory, saved: Saved
) -> None:
    root = late(saved, "asked_on", 17, ASKING_ON)
    assert first.run(root.value, (rif,)) == 17


def test_a_value_that_moves_between_interpreters_brings_its_class(
    first: RemoteInterpreter, second: RemoteInterpreter, saved: Saved
) -> None:
    root = saved.module("moved_root", "class Thing:\n    def give(self):\n        return 21\n")
    thing = first.run(root.Thing)
    assert second.run(lambda thing: thing.give(), (thing,)) == 21


# -------------------------------------------------------------------------------------------- nobody who answers

CLIENT = """
import sys, time
sys.path.insert(0, sys.argv[1])
import ray, ray_proxy
ray.init(namespace="tests", log_to_driver=False, logging_level="error")
env = ray_proxy.RemoteInterpreterFactory().get(sys.argv[2])
import orphan.root
env["thing"] = env.run(orphan.root.Thing)
env.sync()
print(ray_proxy.cluster.link.client(), flush=True)
sys.stdin.read()
"""
ROOT_MODULE = """
    class Thing:
        def give(self):
            import orphan.leaf
            return orphan.leaf.VALUE
"""


class Other:
    """A process that has the project code of a folder, and may be killed."""

    def __init__(self, cluster: str, saved: Saved, name: str, root: str = ROOT_MODULE) -> None:
        self.folder = saved.folder
        saved.write("orphan/__init__.py", "")
        saved.write("orphan/root.py", root)
        saved.write("orphan/leaf.py", "VALUE = 1\n")
        self.process = subprocess.Popen(
            [sys.executable, "-c", CLIENT, str(saved.folder), name],
            env={**os.environ, "RAY_ADDRESS": cluster, "PYTHONPATH": str(ROOT)},
            cwd=os.sep,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.name = self.process.stdout.readline().strip()
        assert self.name, "it has failed"

    def kill(self) -> None:
        """With its files, which another process of this machine would find."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.process.kill()
        self.process.wait()


@pytest.fixture
def alone(rif: RemoteInterpreterFactory) -> Iterator[tuple[str, RemoteInterpreter]]:
    """An interpreter, and its name, where this process has no project code."""
    name = f"alone-{uuid.uuid4().hex}"
    env = rif.create(name=name, num_cpus=0, code=False)
    yield name, env
    env.destroy()


def test_what_a_module_imports_names_who_sent_that_module(
    alone: tuple[str, RemoteInterpreter], cluster: str, tmp_path: Path
) -> None:
    text = ROOT_MODULE.replace("orphan.leaf", "orphan_beside")
    other = Other(cluster, Saved(tmp_path / "of_the_other"), alone[0], text)
    other.kill()
    with pytest.raises(ModuleNotFoundError) as caught:
        alone[1]["thing"].give().fetch()
    assert "'orphan_beside'" in str(caught.value)
    assert other.name in str(caught.value)


@pytest.fixture
def other(cluster: str, tmp_path: Path, alone: tuple[str, RemoteInterpreter]) -> Iterator[Other]:
    other = Other(cluster, Saved(tmp_path / "of_the_other"), alone[0])
    yield other
    other.kill()


def test_with_the_client_gone_what_it_has_sent_stays(alone: tuple[str, RemoteInterpreter], other: Other) -> None:
    other.kill()
    assert alone[1].run(lambda thing: type(thing).__module__, (alone[1]["thing"],)) == "orphan.root"


def test_an_import_that_nobody_is_left_for_names_the_module_and_the_client(
    alone: tuple[str, RemoteInterpreter], other: Other
) -> None:
    other.kill()
    with pytest.raises(ModuleNotFoundError) as caught:
        alone[1]["thing"].give().fetch()
    assert "'orphan.leaf'" in str(caught.value)
    assert other.name in str(caught.value)


def test_a_client_that_never_had_the_package_does_not_hide_who_had_it(
    rif: RemoteInterpreterFactory, alone: tuple[str, RemoteInterpreter], other: Other
) -> None:
    other.kill()
    env = rif.get(alone[0], code=True)
    with pytest.raises(ModuleNotFoundError) as caught:
        env["thing"].give().fetch()
    assert other.name in str(caught.value)


def test_another_client_answers_for_what_the_call_of_this_one_imports(
    alone: tuple[str, RemoteInterpreter], other: Other
) -> None:
    assert alone[1]["thing"].give() == 1


def test_a_client_that_is_killed_while_it_is_asked_holds_up_nobody_for_long(
    alone: tuple[str, RemoteInterpreter], other: Other
) -> None:
    os.kill(other.process.pid, signal.SIGSTOP)  # it is there, and does not answer
    thing = alone[1]["thing"]
    assert thing.__class__.__name__ == "Thing"
    alone[1].sync()
    began = time.monotonic()
    value = thing.give()
    alone[1].session.flush()
    other.kill()
    with pytest.raises(ModuleNotFoundError):
        value.fetch()
    assert time.monotonic() - began < 10


# ------------------------------------------------------------------------------------------------- data files

DATA = """
    import importlib.resources
    import pkgutil

    def read(name):
        return importlib.resources.files("withdata").joinpath(name).read_text()

    def size(name):
        return len(pkgutil.get_data("withdata", name))

    def names():
        return sorted(entry.name for entry in importlib.resources.files("withdata").iterdir())
"""


@pytest.fixture
def data(saved: Saved) -> Any:
    saved.write("withdata/__init__.py", DATA)
    saved.write("withdata/words.txt", "some words")
    (saved.folder / "withdata" / "most.bin").write_bytes(bytes(1 << 20))
    (saved.folder / "withdata" / "more.bin").write_bytes(bytes((1 << 20) + 1))
    return saved.load("withdata")


def test_data_files_of_a_package_are_read_from_its_client(there: RemoteInterpreter, data: Any) -> None:
    assert there.run(data.read, ("words.txt",)) == "some words"
    assert {"words.txt", "most.bin", "__init__.py"} <= set(there.run(data.names).fetch())


def test_a_data_file_of_1_mb_is_sent_and_a_larger_one_says_what_to_do(there: RemoteInterpreter, data: Any) -> None:
    assert there.run(data.size, ("most.bin",)) == 1 << 20
    with pytest.raises(OSError, match=r"1 MB.*env\.put"):
        there.run(data.size, ("more.bin",)).fetch()


def test_a_data_file_that_is_not_there_is_not_found(there: RemoteInterpreter, data: Any) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent\.txt"):
        there.run(data.read, ("absent.txt",)).fetch()


def test_a_module_that_the_interpreter_could_find_itself_is_this_process_s_all_the_same(
    there: RemoteInterpreter, saved: Saved
) -> None:
    """On one machine, Ray has the folder of the driver's script on the path of its workers."""
    saved.write("beside_top.py", "import beside_helper\ndef ask():\n    return beside_helper.answer()\n")
    saved.write("beside_helper.py", "def answer():\n    return 1\n")
    there.run(lambda folder: __import__("sys").path.append(folder), (str(saved.folder),))
    top = there.module("beside_top")
    assert top.ask() == 1
    saved.edit("beside_helper.py", "return 1", "return 2")
    eventually(lambda: bool(top.ask() == 2))
    assert {module.module for module in there.code()} >= {"beside_top", "beside_helper"}

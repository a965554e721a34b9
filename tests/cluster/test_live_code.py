"""Live code, through real Ray: an edited file, and objects in an interpreter that run its new text."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator

import pytest
from conftest import ROOT, eventually
from saved import MODEL, Saved

from ray_proxy import RemoteInterpreter, RemoteInterpreterFactory


@pytest.fixture
def env(first: RemoteInterpreter) -> RemoteInterpreter:
    return first


# ------------------------------------------------------------------------------------------- what is loaded stays


def test_a_call_that_names_an_edited_module_runs_the_new_text_at_once(env: RemoteInterpreter, saved: Saved) -> None:
    module = saved.module("named_at_once", MODEL)
    model = env.run(module.Model)
    assert env.run(module.evaluate, (model,)) == 500
    saved.edit("named_at_once.py", "self.state * x", "1000 + self.state * x")
    assert env.run(module.evaluate, (model,)) == 1500


def test_a_method_call_that_names_nothing_runs_the_new_text_soon(env: RemoteInterpreter, saved: Saved) -> None:
    module = saved.module("named_nothing", MODEL)
    model = env.run(module.Model)
    assert model.predict(3) == 15
    saved.edit("named_nothing.py", "self.state * x", "1000 + self.state * x")
    eventually(lambda: model.predict(3).fetch() == 1015)


def test_an_edit_loads_nothing_again(env: RemoteInterpreter, saved: Saved) -> None:
    module = saved.module("loaded_once", MODEL)
    model = env.run(module.Model)
    for factor in range(2, 6):
        saved.edit("loaded_once.py", "self.state * x", f"{factor} * self.state * x")
        env.run(module.evaluate, (model,)).fetch()
    assert env.run(module.evaluate, (model,)) == 5 * 4 * 3 * 2 * 5 * 100
    assert env.run(module.loaded) == 1


def test_an_edit_keeps_the_state_and_the_identity_of_objects(env: RemoteInterpreter, saved: Saved) -> None:
    module = saved.module("identity", MODEL)
    model = env.run(module.Model)
    model.state = 7
    before = env.run(id, (model,)).fetch()
    saved.edit("identity.py", "self.state * x", "-self.state * x")
    assert env.run(module.evaluate, (model,)) == -700
    assert env.run(id, (model,)) == before


def test_objects_of_before_an_edit_are_instances_of_the_class_after_it(env: RemoteInterpreter, saved: Saved) -> None:
    module = saved.module("instances", MODEL)
    model = env.run(module.Larger)
    saved.edit("instances.py", "class Larger(Model):\n    pass", "class Larger(Model):\n    more = 1")
    assert env.run(module.is_model, (model,))
    assert model.more == 1
    assert isinstance(env.run(module.Larger).fetch(), module.Larger)


def test_an_edit_executes_no_statement_that_was_not_edited(env: RemoteInterpreter, saved: Saved) -> None:
    module = saved.module("unedited", MODEL)
    env.run(module.WEIGHTS.get, ("weight",)).fetch()
    assert env.run(module.loaded) == 1
    saved.edit("unedited.py", '"weight": 10', '"weight": 20')
    assert env.run(module.loaded) == 1
    saved.edit("unedited.py", "WEIGHTS = load()", "WEIGHTS = [load()]")
    assert env.run(module.loaded) == 2


ANOTHER_PROCESS = """
import sys
sys.path.insert(0, sys.argv[1])
import ray, ray_proxy
ray.init(namespace="tests", log_to_driver=False, logging_level="error")
env = ray_proxy.RemoteInterpreterFactory().get(sys.argv[2])
"""


@pytest.fixture
def named(rif: RemoteInterpreterFactory) -> Iterator[str]:
    name = f"live-{uuid.uuid4().hex}"
    env = rif.create(name=name, num_cpus=0)
    yield name
    env.destroy()


def test_a_new_process_after_an_edit_finds_the_old_object_with_the_new_text(
    rif: RemoteInterpreterFactory, named: str, saved: Saved, run_program: Callable[..., str]
) -> None:
    saved.write("restarted.py", MODEL)
    first = "import restarted\nenv['model'] = env.run(restarted.Model)\nprint(env['model'].predict(3).fetch())"
    unnamed = "print(env['model'].predict(3).fetch())"
    naming = "import restarted as m\nprint(env.run(m.evaluate, (env['model'],)).fetch(), env.run(m.loaded).fetch())"

    def run(program: str) -> str:
        return run_program(ANOTHER_PROCESS + program, str(saved.folder), named).strip()

    assert run(first) == "15"
    saved.edit("restarted.py", "self.state * x", "100 + self.state * x")
    assert run(unnamed) == "115"
    saved.edit("restarted.py", "100 + self", "200 + self")
    assert run(naming) == "700 1"


# --------------------------------------------------------------------------------------------- what is one edit


def test_two_files_that_were_edited_are_one_edit(env: RemoteInterpreter, saved: Saved) -> None:
    saved.write("one_lower.py", "def unit():\n    return 1\n")
    upper = saved.module("one_upper", "import one_lower\n\ndef double():\n    return 2 * one_lower.unit()\n")
    assert env.run(upper.double) == 2
    saved.edit("one_lower.py", "unit():\n    return 1", "element():\n    return 10")
    saved.edit("one_upper.py", "one_lower.unit()", "one_lower.element()")
    assert env.run(upper.double) == 20


def test_a_file_that_was_only_touched_is_no_edit(env: RemoteInterpreter, saved: Saved) -> None:
    module = saved.module("touched", MODEL)
    env.run(module.loaded).fetch()
    taken = taken_at(env, "touched")
    os.utime(saved.folder / "touched.py")
    assert env.run(module.loaded) == 1
    assert taken_at(env, "touched") == taken


def test_a_file_that_is_put_back_with_its_old_time_is_an_edit(env: RemoteInterpreter, saved: Saved) -> None:
    module = saved.module("put_back", "def give():\n    return 1\n")
    before = (saved.folder / "put_back.py").stat().st_mtime_ns
    assert env.run(module.give) == 1
    saved.edit("put_back.py", "return 1", "return 2")
    assert env.run(module.give) == 2
    saved.edit("put_back.py", "return 2", "return 1")
    os.utime(saved.folder / "put_back.py", ns=(before, before))
    assert env.run(module.give) == 1


def test_a_text_that_waits_to_be_sent_is_not_applied_after_a_newer_one(env: RemoteInterpreter, saved: Saved) -> None:
    module = saved.module("overtaken", "def give():\n    return 1\n")
    for number in range(1, 30):
        env.run(module.give)
        saved.edit("overtaken.py", f"return {number}\n", f"return {number + 1}\n")
        assert env.run(module.give) == number + 1


def test_in_every_thread_what_begins_20_ms_after_a_save_runs_the_new_text(env: RemoteInterpreter, saved: Saved) -> None:
    module = saved.module("threads", "class Model:\n    def number(self):\n        return 0\n")
    model = env.run(module.Model)
    saves = [(0, time.monotonic() - 1)]
    calls, old = [0, 0, 0], []
    is_over = threading.Event()

    def use(thread: int) -> None:
        while not is_over.is_set():
            began = time.monotonic()
            least = max(number for number, at in saves if at < began - 0.02)
            var = env.run(module.Model.number, (model,)) if calls[thread] % 3 == 0 else model.number()
            if calls[thread] % 2:
                time.sleep(0.001)  # another thread, or the ticker, sends it
            if var.fetch() < least:
                old.append((thread, least))
            calls[thread] += 1

    threads = [threading.Thread(target=use, args=(thread,)) for thread in range(len(calls))]
    for thread in threads:
        thread.start()
    for number in range(1, 40):
        before = list(calls)
        eventually(lambda before=before: all(now > then + 4 for now, then in zip(calls, before)))  # type: ignore[misc]
        saved.edit("threads.py", f"return {number - 1}\n", f"return {number}\n")
        saves.append((number, time.monotonic()))
    is_over.set()
    for thread in threads:
        thread.join()
    assert old == []
    eventually(lambda: model.number().fetch() == 39)


def taken_at(env: RemoteInterpreter, name: str) -> float:
    (taken,) = (live.taken for live in env.code() if live.module == name)
    return taken


# ------------------------------------------------------------------------------------------- what is project code


def test_a_package_with_relative_imports_and_sub_packages_comes_whole(env: RemoteInterpreter, saved: Saved) -> None:
    saved.write("whole/__init__.py", "from .inner import number\n")
    saved.write("whole/base.py", "NUMBER = 4\n")
    saved.write(
        "whole/inner/__init__.py", "from ..base import NUMBER\nfrom .leaf import plus\n\nnumber = plus(NUMBER)\n"
    )
    saved.write("whole/inner/leaf.py", "def plus(x):\n    return x + 1\n\ndef deep():\n    return plus(1)\n")
    leaf = saved.load("whole.inner.leaf")
    assert env.run(leaf.deep) == 2
    saved.edit("whole/inner/leaf.py", "x + 1", "x + 10")
    assert env.run(leaf.deep) == 11


def test_modules_of_a_namespace_package_come(env: RemoteInterpreter, saved: Saved) -> None:
    saved.write("spaced/part/one.py", "from . import two\n\ndef give():\n    return two.VALUE\n")
    saved.write("spaced/part/two.py", "VALUE = 2\n")
    one = saved.load("spaced.part.one")
    assert env.run(one.give) == 2
    saved.edit("spaced/part/two.py", "VALUE = 2", "VALUE = 22")
    assert env.run(one.give) == 22


def test_an_import_within_a_function_is_asked_for_when_it_is_executed(env: RemoteInterpreter, saved: Saved) -> None:
    saved.write("late_leaf.py", "def give():\n    return 3\n")
    late = saved.module("late_root", "def give():\n    import late_leaf\n    return late_leaf.give()\n")
    assert env.run(late.give) == 3
    assert {"late_leaf", "late_root"} <= {live.module for live in env.code()}
    saved.edit("late_leaf.py", "return 3", "return 4")
    assert env.run(late.give) == 4


def test_an_edit_may_import_a_module_that_is_new(env: RemoteInterpreter, saved: Saved) -> None:
    root = saved.module("grown", "def give():\n    return 1\n")
    assert env.run(root.give) == 1
    saved.write("grown_leaf.py", "VALUE = 5\n")
    saved.edit("grown.py", "def give():\n    return 1", "import grown_leaf\n\ndef give():\n    return grown_leaf.VALUE")
    assert env.run(root.give) == 5
    saved.edit("grown_leaf.py", "5", "6")
    assert env.run(root.give) == 6


def test_only_what_is_imported_is_sent(env: RemoteInterpreter, saved: Saved) -> None:
    saved.write("partly/__init__.py", "")
    saved.write("partly/used.py", "def give():\n    return 1\n")
    saved.write("partly/unused.py", "def give():\n    return 2\n")
    used = saved.load("partly.used")
    saved.load("partly.unused")
    assert env.run(used.give) == 1
    sent = {live.module for live in env.code()}
    assert ("partly.used" in sent, "partly.unused" in sent) == (True, False)


BESIDE = """
    class Thing:
        def tell(self):
            return "beside"

    def told(thing):
        return thing.tell()
"""
SCRIPT = """
    import os, pathlib, sys
    import ray, ray_proxy
    import beside
    ray.init(namespace="tests", log_to_driver=False, logging_level="error")
    env = ray_proxy.RemoteInterpreterFactory().create(num_cpus=0)
    thing = env.run(beside.Thing)
    print(thing.tell().fetch())
    file = pathlib.Path(beside.__file__)
    file.write_text(file.read_text().replace("beside", "edited"))
    print(env.run(beside.told, (thing,)).fetch())
    env.destroy()
"""


def test_a_module_beside_a_script_is_project_code(cluster: str, saved: Saved) -> None:
    saved.write(
        "beside.py", "class Thing:\n    def tell(self):\n        return 'beside'\n\ndef told(t):\n    return t.tell()\n"
    )
    script = saved.write("script.py", SCRIPT)
    environ = {**os.environ, "RAY_ADDRESS": cluster, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(script)], env=environ, cwd=os.sep, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.stdout.split() == ["beside", "edited"], done.stderr

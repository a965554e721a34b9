"""Live code of several clients, and what `code=` names."""

from __future__ import annotations

import os
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import ray
from conftest import eventually
from saved import Saved

from ray_proxy import CodeChangedWarning, RemoteInterpreter, RemoteInterpreterFactory

Run = Callable[..., str]


@pytest.fixture
def saved(tmp_path: Path) -> Iterator[Saved]:
    with Saved(tmp_path / "source") as saved:
        yield saved


@pytest.fixture
def theirs(tmp_path: Path) -> Saved:
    """The folder of another client."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    return Saved(folder)


@pytest.fixture
def name() -> str:
    return f"live-{uuid.uuid4().hex}"


@pytest.fixture
def env(rif: RemoteInterpreterFactory, name: str) -> Iterator[RemoteInterpreter]:
    env = rif.create(name=name, num_cpus=0)
    yield env
    env.destroy()


def modules(env: RemoteInterpreter) -> set[str]:
    """Those that the interpreter has from clients."""
    return {live.module for live in env.code()}


def give(value: object) -> str:
    return f"def give():\n    return {value!r}\n"


# ------------------------------------------------------------------------------------------------ what code= names


@pytest.fixture
def create(rif: RemoteInterpreterFactory) -> Iterator[Callable[..., RemoteInterpreter]]:
    envs: list[RemoteInterpreter] = []

    def create(**options: Any) -> RemoteInterpreter:
        envs.append(rif.create(num_cpus=0, **options))
        return envs[-1]

    yield create
    for env in envs:
        env.destroy()


def test_with_code_false_nothing_is_sent(create: Callable[..., RemoteInterpreter], saved: Saved) -> None:
    root = saved.module("unsent", give(1))
    env = create(code=False)
    with pytest.raises(ModuleNotFoundError, match="unsent"):
        env.run(root.give).fetch()
    assert env.code() == []


def test_a_package_that_is_named_is_sent_and_nothing_else(
    create: Callable[..., RemoteInterpreter], saved: Saved
) -> None:
    saved.write("named_package/__init__.py", "")
    saved.write("named_package/part.py", give(1))
    part, beside = saved.load("named_package.part"), saved.module("beside_it", give(2))
    env = create(code=["named_package"])
    assert env.run(part.give) == 1
    with pytest.raises(ModuleNotFoundError, match="beside_it"):
        env.run(beside.give).fetch()
    assert modules(env) == {"named_package", "named_package.part"}


def test_a_file_that_is_named_by_its_path_is_sent_and_its_edits(
    create: Callable[..., RemoteInterpreter], saved: Saved
) -> None:
    root = saved.module("by_path", give(1))
    env = create(code=[str(saved.folder / "by_path.py")])
    assert env.run(root.give) == 1
    saved.edit("by_path.py", "1", "2")
    assert env.run(root.give) == 2


@pytest.mark.parametrize("wrong", [["no_such_module_anywhere"], "no_such_module_anywhere", ["./no/such/path.py"], [""]])
def test_code_that_names_what_is_not_there_is_refused(
    rif: RemoteInterpreterFactory, env: RemoteInterpreter, name: str, wrong: Any
) -> None:
    for way in (rif.create, lambda code: rif.get(name, code=code), lambda code: rif.get_or_create(name, code=code)):
        with pytest.raises(ValueError, match="code"):
            way(code=wrong)


def test_code_that_is_no_list_of_names_is_a_type_error(rif: RemoteInterpreterFactory) -> None:
    for wrong in (5, [5], None):
        with pytest.raises(TypeError, match="code"):
            rif.create(code=wrong)  # type: ignore[arg-type]


def test_get_turns_code_off_in_a_process_that_had_it_on(
    rif: RemoteInterpreterFactory, env: RemoteInterpreter, name: str, saved: Saved
) -> None:
    root = saved.module("turned_off", give(1))
    assert env.run(root.give) == 1
    again = rif.get(name, code=False)
    saved.edit("turned_off.py", "1", "2")
    time.sleep(0.03)  # after which any frame would bring the edit
    assert again.run(root.give) == 1
    assert rif.get(name, code=True).run(root.give) == 2


def test_get_or_create_turns_code_off_and_on(
    rif: RemoteInterpreterFactory, env: RemoteInterpreter, name: str, saved: Saved
) -> None:
    root = saved.module("turned_on", give(1))
    with pytest.raises(ModuleNotFoundError):
        rif.get_or_create(name, code=False).run(root.give).fetch()
    assert rif.get_or_create(name, code=True).run(root.give) == 1


def test_a_process_that_turned_code_on_is_asked_and_one_that_turned_it_off_declines(
    rif: RemoteInterpreterFactory, create: Callable[..., RemoteInterpreter], name: str, saved: Saved
) -> None:
    saved.write("turned_leaf.py", "VALUE = 1\n")
    root = saved.module("turned_root", "def give():\n    import turned_leaf\n    return turned_leaf.VALUE\n")
    create(name=name, code=False).sync()
    env = rif.get(name, code=True)
    env["give"] = env.remote(root.give)
    env.sync()
    rif.get(name, code=False)
    began = time.monotonic()
    with pytest.raises(ModuleNotFoundError, match="turned_leaf"):
        env["give"]().fetch()
    assert time.monotonic() - began < 5  # it does not wait for an answer in vain
    rif.get(name, code=True)
    saved.edit("turned_root.py", "def give():", "def give() -> int:")  # what was absent once is not asked for again
    assert env.run(root.give) == 1


def test_get_without_code_leaves_what_was_said_before(
    rif: RemoteInterpreterFactory, create: Callable[..., RemoteInterpreter], name: str, saved: Saved
) -> None:
    root = saved.module("left_off", give(1))
    create(name=name, code=False).sync()
    with pytest.raises(ModuleNotFoundError):
        rif.get(name).run(root.give).fetch()


# ---------------------------------------------------------------------------------------------------- two clients

OTHER = """
import sys, warnings
sys.path.insert(0, sys.argv[1])
warnings.simplefilter("always")
warnings.showwarning = lambda message, category, *place: print(category.__name__, message, sep=": ")
import ray, ray_proxy
ray.init(namespace="tests", log_to_driver=False, logging_level="error")
env = ray_proxy.RemoteInterpreterFactory().get(sys.argv[2])
import shared
"""
ASK = "print(env.run(shared.give).fetch())\n"


def test_a_client_with_an_older_text_runs_the_newer_and_is_warned_once(
    env: RemoteInterpreter, name: str, saved: Saved, theirs: Saved, run_program: Run
) -> None:
    theirs.write("shared.py", give("old"))
    os.utime(theirs.folder / "shared.py", (1_000_000_000, 1_000_000_000))
    ours = saved.module("shared", give("new"))
    assert env.run(ours.give) == "new"
    printed = run_program(OTHER + ASK * 3, str(theirs.folder), name).splitlines()
    told = [line for line in printed if line.startswith("CodeChangedWarning")]
    assert [line for line in printed if line not in told] == ["new", "new", "new"]
    assert len(told) == 1
    (live,) = (live for live in env.code() if live.module == "shared")
    saved_at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(live.saved))
    assert all(word in told[0] for word in ("shared", live.client, saved_at))
    assert f"[{os.getpid()}]" in live.client


def test_a_client_with_a_newer_text_puts_it_in_force_for_the_other(
    env: RemoteInterpreter, name: str, saved: Saved, theirs: Saved, run_program: Run
) -> None:
    ours = saved.module("shared", give("old"))
    os.utime(saved.folder / "shared.py", (1_000_000_000, 1_000_000_000))
    assert env.run(ours.give) == "old"
    theirs.write("shared.py", give("new"))
    assert run_program(OTHER + ASK, str(theirs.folder), name).split() == ["new"]
    assert env.run(ours.give) == "new"
    saved.edit("shared.py", "old", "newest")
    assert env.run(ours.give) == "newest"


def test_push_puts_the_older_text_in_force(
    env: RemoteInterpreter, name: str, saved: Saved, theirs: Saved, run_program: Run
) -> None:
    theirs.write("shared.py", give("old"))
    os.utime(theirs.folder / "shared.py", (1_000_000_000, 1_000_000_000))
    ours = saved.module("shared", give("new"))
    assert env.run(ours.give) == "new"
    program = OTHER + ASK + "print([live.module for live in env.code(push=True)])\n" + ASK
    printed = run_program(program, str(theirs.folder), name).splitlines()
    assert [line for line in printed if not line.startswith("CodeChangedWarning")] == ["new", "['shared']", "old"]
    assert env.run(ours.give) == "old"


def test_a_client_is_not_warned_of_its_own_edits(env: RemoteInterpreter, saved: Saved) -> None:
    root = saved.module("only_mine", give(0))
    with warnings.catch_warnings():
        warnings.simplefilter("error", CodeChangedWarning)
        for number in range(5):
            value = env.run(root.give)
            saved.edit("only_mine.py", repr(number), repr(number + 1))
            assert value.fetch() in (number, number + 1)
            eventually(lambda number=number: env.run(root.give).fetch() == number + 1)  # type: ignore[misc]
        env.sync()


def test_what_the_interpreter_has_is_listed_with_who_sent_it_and_when(env: RemoteInterpreter, saved: Saved) -> None:
    before = time.time()
    root = saved.module("listed", give(1))
    assert env.code() == []
    env.run(root.give).fetch()
    (live,) = env.code()
    assert (live.module, live.file) == ("listed", str(saved.folder / "listed.py"))
    assert len(bytes.fromhex(live.digest)) == 16
    assert live.saved == pytest.approx((saved.folder / "listed.py").stat().st_mtime)
    assert before - 1 < live.taken < time.time() + 1
    assert f"[{os.getpid()}]" in live.client
    saved.edit("listed.py", "1", "2")
    env.run(root.give).fetch()
    (edited,) = env.code()
    assert edited.digest != live.digest
    assert edited.taken > live.taken


def test_a_module_that_this_process_finds_later_is_looked_at_from_then_on(
    saved: Saved, rif: RemoteInterpreterFactory, run_program: Callable[..., str]
) -> None:
    """Another process attaches, makes a call, and has the module on its path only then."""
    name, module = uuid.uuid4().hex, saved.module("found_later", "def answer():\n    return 1\n")
    named = rif.create(name=name, num_cpus=0)
    named["answer"] = named.run(getattr, (module, "answer"))
    named.sync()
    program = f"""
import ray, sys, time
from pathlib import Path
from ray_proxy import RemoteInterpreterFactory
ray.init(namespace={ray.get_runtime_context().namespace!r})
env = RemoteInterpreterFactory().get(sys.argv[1])
assert env["answer"]() == 1
sys.path.insert(0, sys.argv[2])
import found_later
file = Path(found_later.__file__)
file.write_text(file.read_text().replace("return 1", "return 2"))
until = time.monotonic() + 20
while env["answer"]() == 1 and time.monotonic() < until:
    pass
print(env["answer"]().fetch())
"""
    assert run_program(program, name, str(saved.folder)).strip() == "2"
    named.destroy()

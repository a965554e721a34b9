"""Live code in message logs: what is told of edits, and executing them again without the files."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import ROOT, eventually
from saved import LOGGED, Saved

from ray_proxy import Log, RemoteInterpreter, RemoteInterpreterFactory, operations, replay
from ray_proxy.tools.cli import main

MODEL = (
    LOGGED
    + """
    def one():
        return 1

    def two():
        return 2

    def three():
        return 3
"""
)


@pytest.fixture
def saved(tmp_path: Path) -> Iterator[Saved]:
    with Saved(tmp_path / "source") as saved:
        saved.write("logged_helper.py", "def factor():\n    return 2\n")
        saved.write("logged_late.py", "VALUE = 'late'\n")
        yield saved


class Logged(NamedTuple):
    """An interpreter, its log, and that of this client."""

    env: RemoteInterpreter
    there: str
    here: str
    model: Any
    """In the interpreter."""

    @property
    def logs(self) -> tuple[str, str]:
        return self.there, self.here


@pytest.fixture
def logged(rif: RemoteInterpreterFactory, saved: Saved, tmp_path: Path) -> Iterator[Logged]:
    """A model that was used, edited twice, used after each, and has imported another module when it was called."""
    there, here = str(tmp_path / "there.rplog"), str(tmp_path / "here.rplog")
    env = rif.create(num_cpus=0, record=there)
    with env.record(here):
        module = saved.module("logged", MODEL)
        model = env.run(module.Model)
        assert model.predict(3) == 6
        saved.edit("logged_helper.py", "return 2", "return 3")
        eventually(lambda: env.run(module.Model.predict, (model, 3)).fetch() == 9)
        for number in ("1", "2", "3"):
            saved.edit("logged.py", f"return {number}\n", f"return {number}0\n")
        assert env.run(module.two) == 20
        assert model.late() == "late"
        saved.edit("logged.py", "return x *", "return (x *")
        eventually(lambda: is_refused(model))
        saved.edit("logged.py", "return (x *", "return 100 + x *")
        assert env.run(module.Model.predict, (model, 3)) == 109
        assert env.run(module.count, (model,)).fetch()[1] == 1
    yield Logged(env, there, here, model)
    env.destroy()


def is_refused(model: Any) -> bool:
    """Whether an operation that names nothing has brought a wrong edit."""
    try:
        model.late().fetch()
    except SyntaxError:
        return True
    return False


def shown(log: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What the command prints of a log, line by line."""
    main(["log", "show", log])
    return capsys.readouterr().out.splitlines()


# ------------------------------------------------------------------------------------------------ what is told


def test_an_edit_is_told_with_what_it_has_changed(logged: Logged, capsys: pytest.CaptureFixture[str]) -> None:
    for log in logged.logs:
        lines = shown(log, capsys)
        assert any("edit logged (3 functions)" in line for line in lines), log
        assert any("edit logged_helper (1 function)" in line for line in lines), log
        assert any("code logged !! SyntaxError" in line for line in lines), log


def test_a_module_that_was_asked_for_stands_in_both_logs_before_what_imports_it(logged: Logged) -> None:
    for log in logged.logs:
        texts = [operation.text for operation in operations(Log(log))]
        (uses, *_) = (at for at, text in enumerate(texts) if text.endswith(".late"))
        called = f"= {texts[uses].split()[0]}()"  # what is before that may be told while it waits
        assert texts.index("code logged_late") < next(at for at, text in enumerate(texts) if text.endswith(called))


# ------------------------------------------------------------------------------------------------ replay

REPLAY = """
import sys
from ray_proxy import replay
for log in sys.argv[1:]:
    report = replay(log)
    print(bool(report), report.operations > 10, "logged" in sys.modules)
    assert report, str(report)
"""


def elsewhere(program: str, *arguments: str, seed: int | None = None) -> list[str]:
    """What a program prints in a process that has none of the files."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    if seed is not None:
        environ["PYTHONHASHSEED"] = str(seed)
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, env=environ, cwd=os.sep, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_both_logs_are_replayed_where_no_file_is(logged: Logged, saved: Saved) -> None:
    saved.take_away()
    assert elsewhere(REPLAY, *logged.logs) == ["True True False"] * 2


def test_a_replay_in_this_process_leaves_its_modules_as_they_are(logged: Logged, saved: Saved) -> None:
    logged.env.destroy()
    here = {name: sys.modules[name] for name in ("logged", "logged_helper")}
    contents = {name: dict(vars(module)) for name, module in here.items()}
    report = replay(logged.here)
    assert report, str(report)
    assert {name: sys.modules[name] for name in here} == here
    assert {name: dict(vars(module)) for name, module in here.items()} == contents
    assert here["logged"].two() == 2
    assert "logged_late" not in sys.modules


OWN = """
import sys, types
from ray_proxy import replay
own = types.ModuleType("logged")
own.one = lambda: "own"
sys.modules["logged"] = own
finders = list(sys.meta_path)
report = replay(sys.argv[1])
assert report, str(report)
print(sys.modules["logged"] is own, own.one(), sys.meta_path == finders, "logged_helper" in sys.modules)
"""


def test_the_interpreters_log_is_replayed_in_a_process_with_other_modules_of_the_same_names(logged: Logged) -> None:
    seed = Log(logged.there).began.hash_seed
    assert elsewhere(OWN, logged.there, seed=seed) == ["True own True False"]


# ------------------------------------------------------------------------------------------------------ restored


def test_a_restored_interpreter_has_the_text_of_the_end_without_the_files(
    rif: RemoteInterpreterFactory, logged: Logged, saved: Saved
) -> None:
    logged.env["model"] = logged.model
    logged.env.sync()
    saved.take_away()
    env = rif.restore(logged.there, num_cpus=0, code=False)
    assert env.restored is not None
    assert env.restored.report, str(env.restored.report)
    assert env["model"].predict(3) == 109
    assert env["model"].late() == "late"
    env.destroy()


def test_a_restored_interpreter_takes_the_next_edit(
    rif: RemoteInterpreterFactory, logged: Logged, saved: Saved
) -> None:
    logged.env["model"] = logged.model
    logged.env.sync()
    env = rif.restore(logged.there, num_cpus=0)
    saved.edit("logged.py", "100 + x", "1000 + x")
    assert env.run(saved.load("logged").Model.predict, (env["model"], 3)) == 1009
    assert env.run(saved.load("logged").count, (env["model"],)).fetch()[1] == 1
    env.destroy()

"""Live code of interpreters that recover, and of those that Ray restarts without: what was sent is there again."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import recovering
from recovering import Create, kill
from saved import LOGGED, Saved

from ray_proxy import InterpreterDiedError, RemoteInterpreterFactory, replay

create = recovering.create
pytestmark = pytest.mark.faults


@pytest.fixture
def saved(tmp_path: Path) -> Iterator[Saved]:
    with Saved(tmp_path / "source") as saved:
        saved.write("logged_helper.py", "def factor():\n    return 2\n")
        saved.write("logged_late.py", "VALUE = 'late'\n")
        yield saved


def test_a_recovered_interpreter_goes_on_with_its_code_and_takes_edits(
    create: Create, saved: Saved, tmp_path: Path
) -> None:
    env = create(num_cpus=0)
    module = saved.module("logged", LOGGED)
    model = env.run(module.Model)
    assert model.predict(3) == 6
    saved.edit("logged_helper.py", "return 2", "return 3")
    assert env.run(module.Model.predict, (model, 3)) == 9
    assert model.late() == "late"
    kill(env)
    assert model.predict(3).fetch(timeout=60) == 9
    assert env.run(module.count, (model,)).fetch() == (3, 1)
    saved.edit("logged.py", "return x *", "return 100 + x *")
    assert env.run(module.Model.predict, (model, 3)) == 109
    kill(env)
    assert model.predict(3).fetch(timeout=60) == 109
    assert env.run(module.count, (model,)).fetch() == (5, 1)
    report = replay(tmp_path / "session0.rplog")
    assert report, str(report)


def test_an_edit_that_is_saved_while_the_interpreter_is_dead_is_applied_when_it_is_back(
    create: Create, saved: Saved
) -> None:
    env = create(num_cpus=0)
    module = saved.module("logged", LOGGED)
    model = env.run(module.Model)
    assert model.predict(3) == 6
    kill(env)
    saved.edit("logged_helper.py", "return 2", "return 4")
    assert env.run(module.Model.predict, (model, 3)).fetch(timeout=60) == 12
    assert env.run(module.count, (model,)).fetch() == (2, 1)


def test_without_recovery_a_restarted_interpreter_is_sent_the_code_again(
    rif: RemoteInterpreterFactory, saved: Saved
) -> None:
    name = f"live-{uuid.uuid4().hex}"
    env = rif.create(name=name, num_cpus=0, max_restarts=3)
    module = saved.module("logged", LOGGED)
    assert env.run(module.load) == 10
    kill(env)
    with pytest.raises(InterpreterDiedError):
        env.run(module.load).fetch(timeout=60)
    again = rif.get(name)
    assert again.run(module.load) == 10
    again.destroy()

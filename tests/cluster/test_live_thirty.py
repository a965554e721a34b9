"""The thirty edits by which tools are compared, through an interpreter: files are saved, and live objects follow."""

from __future__ import annotations

import importlib
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from ray_proxy import RemoteInterpreter

sys.path.append(str(ROOT / "tests" / "edits"))
from thirty import CASES

BROKEN = ("syntax error keeps the old", "error on import keeps the old")


def prepare(name: str, state: str) -> dict[str, Any]:
    """There: what is made of the module before it is edited."""
    import importlib

    made: dict[str, Any] = {}
    exec(state, {"m": importlib.import_module(name), "s": made})
    return made


def holds(name: str, made: dict[str, Any], condition: str) -> bool:
    import sys

    return bool(eval(condition, {"m": sys.modules[name], "s": made}))


@pytest.fixture
def name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.syspath_prepend(str(tmp_path))
    name = f"thirty_{uuid.uuid4().hex[:8]}"
    yield name
    sys.modules.pop(name, None)


@pytest.mark.parametrize("case", CASES)
def test_an_edit_reaches_what_was_made_before(first: RemoteInterpreter, name: str, tmp_path: Path, case: str) -> None:
    before, state, after, condition = CASES[case]
    (tmp_path / f"{name}.py").write_text(before)
    module = importlib.import_module(name)
    first.put(module)
    made = first.run(prepare, (name, state))
    first.sync()
    (tmp_path / f"{name}.py").write_text(after)
    if case in BROKEN:
        with pytest.raises((SyntaxError, ValueError)):
            first.put(module).fetch()
    else:
        first.put(module)
    assert first.run(holds, (name, made, condition))

"""Project code where the process has modules of its own: those of its disk are edited; a guest leaves them alone."""

from __future__ import annotations

import importlib
import os
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ray_proxy.interpreter.code import ProjectCode
from ray_proxy.protocol import Code, Module


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """One that was imported from this disk, and compiled there."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    name = f"of_this_disk_{uuid.uuid4().hex[:8]}"
    (tmp_path / f"{name}.py").write_text("loads = []\ndef load(): loads.append(1)\nload()\ndef f(): return 1\n")
    yield importlib.import_module(name)
    sys.modules.pop(name, None)


def code(module: ModuleType, text: str, saved: int = 2**62) -> Code:
    return Code([Module(module.__name__, text.encode(), "/elsewhere.py", "module", saved)], "client")


def edited(module: Any) -> str:
    return Path(module.__file__).read_text().replace("return 1", "return 2")


def test_a_module_of_this_disk_is_edited_in_place(module: Any) -> None:
    here = ProjectCode()
    assert here.take(code(module, edited(module))).edits == f"edit {module.__name__} (1 function)"
    assert (module.f(), module.loads) == (2, [1])
    here.end()


def test_a_client_s_text_takes_its_place_whenever_it_was_saved(module: Any) -> None:
    here = ProjectCode()
    here.take(code(module, edited(module), saved=1))
    assert module.f() == 2
    here.end()


def test_where_its_file_has_changed_since_the_import_all_of_the_text_is_executed(module: Any) -> None:
    text = edited(module)
    Path(module.__file__).write_text(text + "# a comment\n")
    os.utime(module.__file__, (1, 1))
    here = ProjectCode()
    here.take(code(module, text + "# a comment\n"))
    assert module.f() == 2
    here.end()


def test_a_guest_puts_modules_of_the_process_aside_until_it_ends(module: Any) -> None:
    here = ProjectCode(is_guest=True)
    here.take(code(module, "def f(): return 'guest'"))
    assert importlib.import_module(module.__name__).f() == "guest"
    assert module.f() == 1
    here.end()
    assert sys.modules[module.__name__] is module
    assert module.f() == 1


def test_what_only_a_guest_has_is_gone_at_its_end() -> None:
    here, name = ProjectCode(is_guest=True), f"guest_{uuid.uuid4().hex[:8]}"
    here.take(Code([Module(name, b"x = 1", "/guest.py")], "client"))
    assert importlib.import_module(name).x == 1
    here.end()
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(name)

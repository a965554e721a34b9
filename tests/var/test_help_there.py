"""`help(v)`, `dir(v)` and Tab in plain Python, over Ray."""

from __future__ import annotations

import pydoc
import rlcompleter
import time
from typing import Any

import pytest
from conftest import eventually

from ray_proxy import RemoteInterpreter, Var

BOUND = 2.0


def area(width: int, height: int = 2) -> int:
    """How large it is."""
    return width * height


class Model:
    """A model."""

    def __init__(self) -> None:
        self.weight = 1


def spin(seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


def shown(thing: Any) -> str:
    begun = time.monotonic()
    text = pydoc.plain(pydoc.render_doc(thing))
    assert time.monotonic() - begun < BOUND
    return text


def offered(text: str, **names: Any) -> list[str]:
    completer = rlcompleter.Completer(names)
    found: list[str] = []
    while (match := completer.complete(text, len(found))) is not None:
        found.append(match)
    return found


def test_help_is_about_the_remote_object(first: RemoteInterpreter) -> None:
    first["model"] = first.run(Model)
    text = shown(first.remote(area)) + shown(first["model"])
    assert "How large it is." in text
    assert "fetch" not in text


def test_help_of_the_class_is_as_it_was() -> None:
    assert "fetch" in pydoc.plain(pydoc.render_doc(Var))


def test_help_does_not_wait_for_what_runs(first: RemoteInterpreter) -> None:
    function, model = first.remote(area), first.run(Model)
    first.sync()
    busy = first.run(spin, (4,))
    first.session.flush()
    eventually(lambda: bool(first.status()["busy"]))
    assert "How large it is." in shown(function)
    assert "A model." in shown(model)
    assert "Nothing is known of it yet" in shown(busy)
    assert first.status()["busy"]
    busy.fetch()


def test_help_of_one_that_failed_says_so(first: RemoteInterpreter) -> None:
    failed = first.run(int, ("x",))
    assert "failed: ValueError" in shown(failed)
    with pytest.raises(ValueError, match="x"):
        failed.fetch()


def test_tab_in_plain_python_waits_for_nothing(first: RemoteInterpreter) -> None:
    model = first.run(Model)
    first.sync()
    assert "m.weight" in {match.rstrip("(") for match in offered("m.we", m=model)}
    busy = first.run(spin, (3,))
    first.session.flush()
    eventually(lambda: bool(first.status()["busy"]))
    begun = time.monotonic()
    assert "m.weight" in {match.rstrip("(") for match in offered("m.we", m=model)}
    assert time.monotonic() - begun < BOUND
    assert first.status()["busy"]
    busy.fetch()

"""Forks, and the end of the process, while interpreters are not there yet: all are waited for together."""

from __future__ import annotations

import logging
import time

import pytest
from forks import in_child
from rig import Rig

from ray_proxy import Var
from ray_proxy.session import connected, forking

MANY = 20
WAIT = 0.5
ONE_AFTER_ANOTHER = MANY * WAIT


def unplaced(rig: Rig) -> list[Var[int]]:
    """A Var of each of many interpreters that cannot be reached."""
    rig.cable.plugged = False
    return [rig.connect().put(number) for number in range(MANY)]


def test_a_fork_waits_as_long_for_many_interpreters_as_for_one(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forking, "PATIENCE", WAIT)
    made = unplaced(rig)
    began = time.monotonic()
    assert in_child(lambda: 1) == "1"
    assert time.monotonic() < began + ONE_AFTER_ANOTHER / 2
    rig.cable.plugged = True
    assert [var.fetch() for var in made] == list(range(MANY))


def test_so_does_the_end_of_the_process_which_tells_of_each(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(connected, "PLACING", WAIT)
    monkeypatch.setattr(connected, "PATIENCE", WAIT)
    made = unplaced(rig)
    began = time.monotonic()
    with caplog.at_level(logging.WARNING):
        connected.finish_all()
    assert time.monotonic() < began + ONE_AFTER_ANOTHER / 2
    assert len([record for record in caplog.records if "still at work for it" in record.message]) == MANY
    assert len(made) == MANY


def test_work_is_done_before_the_process_ends_though_other_interpreters_are_not_there(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connected, "PLACING", WAIT)
    ready = rig.connect()
    ready.sync()
    made = unplaced(rig)
    ready["done"] = 1
    connected.finish_all()
    assert rig.interpreter.names() == ["done"]
    assert len(made) == MANY

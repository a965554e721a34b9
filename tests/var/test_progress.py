"""Bars: `progress`, and `progress=True` of what waits; by tqdm, or as text where that is not installed."""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest
from conftest import LoopbackInterpreter

import ray_proxy
from ray_proxy import RemoteInterpreter, Var


@pytest.fixture(params=["tqdm", "text"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "text":
        monkeypatch.setitem(sys.modules, "tqdm", None)
        monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    else:
        pytest.importorskip("tqdm")
    return str(request.param)


@pytest.fixture
def vars(first: RemoteInterpreter) -> list[Var[int]]:
    return [first.run(pow, (n, 2)) for n in range(3)]


@pytest.mark.usefixtures("kind")
class TestBars:
    def test_progress_shows_all_of_them_and_gives_them_back(
        self, vars: list[Var[int]], capsys: pytest.CaptureFixture[str]
    ) -> None:
        done = ray_proxy.progress(iter(vars))
        assert [a is b for a, b in zip(done, vars)] == [True, True, True]
        assert [ray_proxy.state(var) for var in done] == ["done"] * 3
        shown = capsys.readouterr()
        assert "0/3" in shown.err
        assert "3/3" in shown.err.rpartition("\r")[2]
        assert shown.out == ""

    def test_of_those_that_fail_nothing_is_raised(
        self, first: RemoteInterpreter, capsys: pytest.CaptureFixture[str]
    ) -> None:
        good, bad = ray_proxy.progress([first.put(1), first.run(int, ("x",))])
        assert (ray_proxy.state(good), ray_proxy.state(bad)) == ("done", "failed")
        assert "2/2" in capsys.readouterr().err
        with pytest.raises(ValueError, match="invalid literal"):
            bad.fetch()

    def test_after_its_time_those_that_are_not_done_go_on(
        self, there: RemoteInterpreter, capsys: pytest.CaptureFixture[str]
    ) -> None:
        soon, late = there.put([1]), there.run(time.sleep, (3600,))
        ray_proxy.progress([soon, late], timeout=0.5)
        assert (ray_proxy.state(soon), ray_proxy.state(late)) == ("done", "running")
        assert "1/2" in capsys.readouterr().err.rpartition("\r")[2]

    def test_fetch_shows_one(self, vars: list[Var[int]], capsys: pytest.CaptureFixture[str]) -> None:
        assert ray_proxy.fetch(*vars, progress=True) == (0, 1, 4)
        assert "3/3" in capsys.readouterr().err

    def test_wait_shows_those_that_it_waits_for(self, vars: list[Var[int]], capsys: pytest.CaptureFixture[str]) -> None:
        ray_proxy.wait(vars, 2, progress=True)
        assert "2/2" in capsys.readouterr().err

    def test_as_completed_shows_one(self, vars: list[Var[int]], capsys: pytest.CaptureFixture[str]) -> None:
        assert len(list(ray_proxy.as_completed(vars, progress=True))) == 3
        assert "3/3" in capsys.readouterr().err

    def test_put_shows_one_and_the_value_has_arrived(
        self, first: RemoteInterpreter, capsys: pytest.CaptureFixture[str]
    ) -> None:
        there = first.put(np.zeros(4_000_000), progress=True)
        assert ray_proxy.state(there) == "done"
        assert "2/2" in capsys.readouterr().err
        assert there.sum().fetch() == 0

    def test_an_error_ends_the_line(self, first: RemoteInterpreter, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(ValueError, match="invalid literal"):
            ray_proxy.fetch(first.put([1]), first.run(int, ("x",)), progress=True)
        assert capsys.readouterr().err.endswith("\n")


def test_without_it_nothing_is_shown(vars: list[Var[int]], capsys: pytest.CaptureFixture[str]) -> None:
    ray_proxy.fetch(*vars)
    ray_proxy.wait(vars, 3)
    list(ray_proxy.as_completed(vars))
    assert capsys.readouterr() == ("", "")


def test_without_stderr_there_is_no_bar(env: LoopbackInterpreter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert ray_proxy.fetch(env.put(1), env.put(2), progress=True) == (1, 2)


def test_tqdm_knows_how_long_a_var_is(first: RemoteInterpreter, capsys: pytest.CaptureFixture[str]) -> None:
    tqdm = pytest.importorskip("tqdm").tqdm
    assert [item.fetch() for item in tqdm(first.put([1, 2, 3]))] == [1, 2, 3]
    assert "3/3" in capsys.readouterr().err


def test_nothing_is_a_full_bar(capsys: pytest.CaptureFixture[str]) -> None:
    assert ray_proxy.progress([]) == []

"""The fixtures for pytest users: each test is a run of pytest of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT

from ray_proxy import replay

pytest_plugins = ["pytester"]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with an interpreter `env` for its tests, and with the plugin, whether it is installed or not."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeini("[pytest]\naddopts = -p ray_proxy.pytest_plugin")
    pytester.makeconftest(
        f"""
        import importlib.util
        import pytest

        spec = importlib.util.spec_from_file_location("ours", {str(ROOT / "tests" / "conftest.py")!r})
        ours = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(ours)

        @pytest.fixture
        def env():
            env = ours.LoopbackInterpreter.make()
            yield env
            env.destroy()
        """
    )
    return pytester


def outcomes(run: pytest.Pytester, code: str) -> dict[str, int]:
    run.makepyfile(code)
    return run.runpytest_subprocess("-q").parseoutcomes()


def test_a_recorded_test_gives_a_log_that_replays(run: pytest.Pytester) -> None:
    code = """
        def test_sum(env, record_log):
            record_log(env, "logs/sum.rplog")
            assert (env.put(40) + 2).fetch() == 42
    """
    assert outcomes(run, code) == {"passed": 1}
    report = replay(run.path / "logs" / "sum.rplog")
    assert report
    assert report.operations >= 3


def test_without_a_path_the_log_is_temporary(run: pytest.Pytester) -> None:
    code = """
        def test_sum(env, record_log, tmp_path):
            path = record_log(env)
            assert path.parent == tmp_path
            env.sync()
            assert path.stat().st_size > 0
    """
    assert outcomes(run, code) == {"passed": 1}


def test_a_test_that_fails_leaves_the_stored_log_as_it_was(run: pytest.Pytester) -> None:
    stored = run.path / "stored.rplog"
    stored.write_bytes(b"as it was")
    code = """
        def test_sum(env, record_log):
            record_log(env, "stored.rplog")
            assert (env.put(40) + 2).fetch() == 43
    """
    assert outcomes(run, code) == {"failed": 1}
    assert stored.read_bytes() == b"as it was"


def passing(run: pytest.Pytester, *options: str) -> Path:
    """A test that passes, and would store a log where there is one already."""
    stored = run.path / "stored.rplog"
    stored.write_bytes(b"as it was")
    run.makepyfile(
        """
        def test_sum(env, record_log):
            record_log(env, "stored.rplog")
            assert (env.put(40) + 2).fetch() == 42
        """
    )
    assert run.runpytest_subprocess("-q", *options).parseoutcomes() == {"passed": 1}
    return stored


def test_a_stored_log_stays_as_it_is(run: pytest.Pytester) -> None:
    assert passing(run).read_bytes() == b"as it was"


def test_stored_logs_are_replaced_where_that_is_asked_for(run: pytest.Pytester) -> None:
    assert replay(passing(run, "--record-logs"))


def test_a_log_that_is_not_there_is_told_in_a_line(run: pytest.Pytester) -> None:
    run.makepyfile('def test_it(replay_log): replay_log("nowhere.rplog")')
    result = run.runpytest_subprocess("-q")
    assert result.parseoutcomes() == {"failed": 1}
    result.stdout.fnmatch_lines(["*nowhere.rplog cannot be read: No such file*record_log*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def recorded(run: pytest.Pytester, line: str) -> Path:
    """A log of a function of the module `code`, as it was then."""
    run.makepyfile(code="def price(amount): return amount * 2")
    test = f"""
        def test_price(env, record_log):
            record_log(env, "price.rplog")
            {line}
    """
    assert outcomes(run, test) == {"passed": 1}
    return run.path / "price.rplog"


def test_a_stored_log_replays_while_the_code_answers_as_it_did(run: pytest.Pytester) -> None:
    recorded(run, "assert env.module('code').price(4).fetch() == 8")
    code = """
        def test_price_is_as_it_was(replay_log):
            assert replay_log("price.rplog").operations == 6
    """
    assert outcomes(run, code) == {"passed": 1}


def test_a_stored_log_fails_where_the_code_answers_otherwise(run: pytest.Pytester) -> None:
    recorded(run, "assert env.module('code').price(4).fetch() == 8")
    run.makepyfile(code="def price(amount): return amount * 3")
    run.makepyfile(test_replay='def test_it(replay_log): replay_log("price.rplog")')
    result = run.runpytest_subprocess("-q", "test_replay.py")
    assert result.parseoutcomes() == {"failed": 1}
    result.stdout.fnmatch_lines(["*price.rplog: *differ*", "*was 8*", "*is  12*"])


def test_what_may_differ_is_told(run: pytest.Pytester) -> None:
    recorded(run, "env.module('time').time().fetch()")
    code = """
        def test_it(replay_log):
            replay_log("price.rplog", volatile=["v3"])
    """
    assert outcomes(run, code) == {"passed": 1}

"""The fixtures for pytest users: each test is a run of pytest of its own, most of them in this process."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from conftest import ROOT

from ray_proxy import replay

pytest_plugins = ["pytester"]


# The plugin was imported by the run of pytest that this is a test of.
INI = "[pytest]\nfilterwarnings = ignore::pytest.PytestAssertRewriteWarning\n"


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with an interpreter `env` for its tests, and with the plugin, whether it is installed or not."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    # Runs follow each other so fast that the time of a changed module does not tell that what is compiled of it is old.
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    pytester.makeini(INI + "addopts = -p ray_proxy.pytest_plugin")
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
    return run.runpytest_inprocess("-q").parseoutcomes()


def test_a_recorded_test_gives_a_log_that_replays(run: pytest.Pytester) -> None:
    code = """
        def test_sum(env, record_log):
            record_log(env, "logs/sum.rplog")
            assert (env.put(40) + 2).fetch() == 42
    """
    run.makepyfile(code)
    assert run.runpytest_subprocess("-q").parseoutcomes() == {"passed": 1}  # as users run it, in a process of its own
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
    assert run.runpytest_inprocess("-q", *options).parseoutcomes() == {"passed": 1}
    return stored


def test_a_stored_log_stays_as_it_is(run: pytest.Pytester) -> None:
    assert passing(run).read_bytes() == b"as it was"


def test_stored_logs_are_replaced_where_that_is_asked_for(run: pytest.Pytester) -> None:
    assert replay(passing(run, "--record-logs"))


def test_a_log_that_is_not_there_is_told_in_a_line(run: pytest.Pytester) -> None:
    run.makepyfile('def test_it(replay_log): replay_log("nowhere.rplog")')
    result = run.runpytest_inprocess("-q")
    assert result.parseoutcomes() == {"failed": 1}
    result.stdout.fnmatch_lines(["*nowhere.rplog cannot be read: No such file*record_log*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def recorded(run: pytest.Pytester, line: str) -> Path:
    """A log of a function of the module `prices`, as it was then."""
    run.makepyfile(prices="def price(amount): return amount * 2")
    test = f"""
        def test_price(env, record_log):
            record_log(env, "price.rplog")
            {line}
    """
    assert outcomes(run, test) == {"passed": 1}
    return run.path / "price.rplog"


def test_a_stored_log_replays_while_the_code_answers_as_it_did(run: pytest.Pytester) -> None:
    recorded(run, "assert env.module('prices').price(4).fetch() == 8")
    code = """
        def test_price_is_as_it_was(replay_log):
            assert replay_log("price.rplog").operations == 6
    """
    assert outcomes(run, code) == {"passed": 1}


def test_a_stored_log_fails_where_the_code_answers_otherwise(run: pytest.Pytester) -> None:
    recorded(run, "assert env.module('prices').price(4).fetch() == 8")
    run.makepyfile(prices="def price(amount): return amount * 3")
    run.makepyfile(test_prices='def test_it(replay_log): replay_log("price.rplog")')
    result = run.runpytest_inprocess("-q", "test_prices.py")
    assert result.parseoutcomes() == {"failed": 1}
    result.stdout.fnmatch_lines(["*price.rplog: *differ*", "*was 8*", "*is  12*"])


def test_what_may_differ_is_told(run: pytest.Pytester) -> None:
    recorded(run, "env.module('time').time().fetch()")
    code = """
        def test_it(replay_log):
            replay_log("price.rplog", volatile=["v3"])
    """
    assert outcomes(run, code) == {"passed": 1}


@pytest.mark.parametrize("mode", ["none", "once", "all"])
def test_a_stored_log_is_replaced_in_the_mode_all_alone(run: pytest.Pytester, mode: str) -> None:
    stored = passing(run, "--record-mode", mode).read_bytes()
    assert (stored != b"as it was") == (mode == "all")


@pytest.mark.parametrize("mode", ["once", "all"])
def test_a_log_that_is_not_there_is_stored(run: pytest.Pytester, mode: str) -> None:
    passing(run).unlink()
    assert run.runpytest_inprocess("-q", "--record-mode", mode).parseoutcomes() == {"passed": 1}
    assert replay(run.path / "stored.rplog")


def test_in_the_mode_none_a_log_that_is_not_there_fails_the_test_and_says_how_to_record_it(
    run: pytest.Pytester,
) -> None:
    run.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.parametrize("name", ["a b"])
        def test_sum(env, record_log, name):
            record_log(env, "logs/stored.rplog")
        """
    )
    result = run.runpytest_inprocess("-q", "--record-mode", "none")
    assert result.parseoutcomes() == {"failed": 1}
    result.stdout.fnmatch_lines(
        ["*logs/stored.rplog is not there*`pytest --record-mode once 'test_it.py::test_sum[[]a b[]]'`*"]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    assert not (run.path / "logs").exists()


def test_in_the_mode_none_a_temporary_log_is_recorded_and_a_stored_one_replayed(run: pytest.Pytester) -> None:
    recorded(run, "assert (env.put(40) + 2).fetch() == 42")
    run.makepyfile(
        """
        def test_sum(env, record_log):
            path = record_log(env)
            env.sync()
            assert path.stat().st_size > 0

        def test_replay(replay_log):
            replay_log("price.rplog")
        """
    )
    result = run.runpytest_inprocess("-q", "--record-mode", "none")
    assert result.parseoutcomes() == {"passed": 2}


def test_modes_that_contradict_each_other_are_refused(run: pytest.Pytester) -> None:
    result = run.runpytest_inprocess("--record-logs", "--record-mode", "none")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--record-logs stores all logs, and --record-mode none does not*"])
    assert run.runpytest_inprocess("--record-mode", "sometimes").ret == pytest.ExitCode.USAGE_ERROR


@pytest.fixture
def recording(run: pytest.Pytester) -> pytest.Pytester:
    """With a plugin that has an option of the same name, as pytest-recording has it."""
    run.syspathinsert()
    package = run.mkpydir("pytest_recording")
    (package / "plugin.py").write_text(
        "def pytest_addoption(parser):\n"
        "    modes = ('once', 'new_episodes', 'none', 'all', 'rewrite')\n"
        "    parser.getgroup('recording').addoption('--record-mode', default=None, choices=modes)\n"
    )
    return run


THEIRS, OURS = ("-p", "pytest_recording.plugin"), ("-p", "ray_proxy.pytest_plugin")


@pytest.mark.parametrize("order", [(*THEIRS, *OURS), (*OURS, *THEIRS)], ids=["first", "last"])
@pytest.mark.parametrize(
    ("mode", "replaced"), [("none", False), ("once", False), ("new_episodes", False), ("all", True), ("rewrite", True)]
)
def test_beside_pytest_recording_its_modes_are_taken(
    recording: pytest.Pytester, order: tuple[str, ...], mode: str, replaced: bool
) -> None:
    recording.makeini(INI)
    assert (passing(recording, *order, "--record-mode", mode).read_bytes() != b"as it was") == replaced


def test_beside_pytest_recording_a_log_is_stored_without_a_mode(recording: pytest.Pytester) -> None:
    passing(recording, *THEIRS).unlink()
    assert recording.runpytest_inprocess("-q", *THEIRS).parseoutcomes() == {"passed": 1}
    assert (recording.path / "stored.rplog").exists()


def test_where_pytest_recording_is_there_and_not_used_the_modes_are_ours(recording: pytest.Pytester) -> None:
    assert passing(recording, "--record-mode", "all").read_bytes() != b"as it was"


def test_a_replay_takes_a_tolerance(run: pytest.Pytester) -> None:
    recorded(run, "assert env.module('prices').price(4.0).fetch() == 8.0")
    run.makepyfile(prices="def price(amount): return amount * 2.0000000001")
    run.makepyfile(
        test_prices="""
        def test_near(replay_log):
            replay_log("price.rplog", rtol=1e-9)

        def test_exact(replay_log):
            replay_log("price.rplog")
        """
    )
    assert run.runpytest_inprocess("-q", "test_prices.py").parseoutcomes() == {"passed": 1, "failed": 1}

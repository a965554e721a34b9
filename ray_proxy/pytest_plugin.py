"""Fixtures for pytest: `record_log` records what a test asks of an interpreter, `replay_log` replays a stored log.

A log that was stored while everything was right is a test of all that the interpreter's code answers since then, and
needs no Ray. Nothing of Ray is imported before a fixture is used.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .logs.report import Report
    from .var.interface import IRemoteInterpreter

_passed = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[Any]:
    report: pytest.TestReport = yield  # type: ignore[assignment]
    if report.when == "call":
        item.stash[_passed] = report.passed
    return report  # type: ignore[return-value]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("ray-proxy").addoption(
        "--record-logs", action="store_true", help="short for --record-mode all, and for message logs alone"
    )
    if importlib.util.find_spec("pytest_recording") is None:
        _add_record_mode(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, parser: pytest.Parser) -> None:
    # pytest-recording has an option of this name, too, and plugins come in any order. Now it is there, if it comes.
    if not hasattr(early_config.option, "record_mode"):
        _add_record_mode(parser)


def _add_record_mode(parser: pytest.Parser) -> None:
    parser.getgroup("ray-proxy").addoption(
        "--record-mode",
        choices=("none", "once", "all"),
        default=None,
        help="which message logs record_log stores: none; once (default), what is not there yet; all, in place of what "
        "is there",
    )


def pytest_configure(config: pytest.Config) -> None:
    mode = config.getoption("record_mode", None)
    if config.getoption("record_logs", False) and _MODES.get(mode or "all") != "all":
        raise pytest.UsageError(
            f"--record-logs stores all logs, and --record-mode {mode} does not: leave one of them out"
        )


_MODES = {"none": "none", "once": "once", "new_episodes": "once", "all": "all", "rewrite": "all"}
"""What a mode means for logs; those of pytest-recording among them, which records HTTP."""


def _mode(config: pytest.Config) -> str:
    if config.getoption("record_logs", False):
        return "all"
    return _MODES.get(config.getoption("record_mode", None) or "once", "once")


@pytest.fixture
def record_log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """``record_log(env)`` records what this test asks of an interpreter, from here to the test's end.

    It returns the path of the log: a file of the test's temporary folder, or the one that is given, relative to the
    folder of the test. That one is stored when the test has passed, if it is not there yet; with
    ``pytest --record-mode all``, in place of what is there. With ``--record-mode none``, as in CI, nothing is stored,
    and a test fails whose log is not there. Ask for the fixture after the one of the interpreter, which it needs to
    the end.

    ::

        def test_training(env, record_log):
            record_log(env, "logs/training.rplog")
            assert train(env).fetch() > 0.9

    Raises `LogError` as `IRemoteInterpreter.record` does.
    """
    stored: list[tuple[Path, Path]] = []
    mode = _mode(request.config)
    with contextlib.ExitStack() as recordings:

        def record(env: IRemoteInterpreter, path: str | os.PathLike[str] | None = None) -> Path:
            here = tmp_path / f"{len(stored)}.rplog"
            there = here if path is None else request.path.parent / path
            if mode == "none" and path is not None and not there.exists():
                record = f"pytest --record-mode once {shlex.quote(request.node.nodeid)}"
                pytest.fail(
                    f"{there} is not there, and --record-mode none stores nothing; `{record}` records it for "
                    "version control",
                    pytrace=False,
                )
            recordings.enter_context(env.record(here))
            stored.append((here, there))
            return there

        yield record
    if mode != "none" and request.node.stash.get(_passed, False):
        for here, there in stored:
            if here != there and (mode == "all" or not there.exists()):
                there.parent.mkdir(parents=True, exist_ok=True)
                there.write_bytes(here.read_bytes())


@pytest.fixture
def replay_log(request: pytest.FixtureRequest) -> Callable[..., Report]:
    """``replay_log(path)`` executes a log again, in this process, and fails the test where an answer differs.

    The path is relative to the folder of the test. ``volatile=``, ``by_type=``, ``rtol=`` and ``atol=`` say what may
    differ, as for `replay`, whose report is returned.

    ::

        def test_training_is_as_it_was(replay_log):
            replay_log("logs/training.rplog", volatile=["* = v1.seconds"], rtol=1e-6)
    """

    def run(path: str | os.PathLike[str], **options: Any) -> Report:
        from .errors import LogError
        from .logs.replaying import replay

        log, problem = request.path.parent / path, ""
        try:
            report = replay(log, **options)
        except LogError as error:
            problem = str(error)
            if not log.exists():
                problem += f"; record_log(env, {os.fspath(path)!r}) stores a log"
        if problem:  # here, and not above: the error tells all that there is to tell
            pytest.fail(problem, pytrace=False)
        if not report:
            pytest.fail(f"{path}: {report}", pytrace=False)
        return report

    return run

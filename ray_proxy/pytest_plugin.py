"""Fixtures for pytest: `record_log` records what a test asks of an interpreter, `replay_log` replays a stored log.

A log that was stored while everything was right is a test of all that the interpreter's code answers since then, and
needs no Ray. Nothing of Ray is imported before a fixture is used.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .interface import IRemoteInterpreter
    from .replayer import Report

_passed = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[Any]:
    report: pytest.TestReport = yield  # type: ignore[assignment]
    if report.when == "call":
        item.stash[_passed] = report.passed
    return report  # type: ignore[return-value]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("ray-proxy").addoption(
        "--record-logs", action="store_true", help="replace the message logs that record_log has stored before"
    )


@pytest.fixture
def record_log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """``record_log(env)`` records what this test asks of an interpreter, from here to the test's end.

    It returns the path of the log: a file of the test's temporary folder, or the one that is given, relative to the
    folder of the test. That one is stored when the test has passed, if it is not there yet; with
    ``pytest --record-logs``, in place of what is there. Ask for the fixture after the one of the interpreter, which it
    needs to the end.

    ::

        def test_training(env, record_log):
            record_log(env, "logs/training.rplog")
            assert train(env).fetch() > 0.9

    Raises `LogError` as `IRemoteInterpreter.record` does.
    """
    stored: list[tuple[Path, Path]] = []
    with contextlib.ExitStack() as recordings:

        def record(env: IRemoteInterpreter, path: str | os.PathLike[str] | None = None) -> Path:
            here = tmp_path / f"{len(stored)}.rplog"
            recordings.enter_context(env.record(here))
            there = here if path is None else request.path.parent / path
            there.parent.mkdir(parents=True, exist_ok=True)
            stored.append((here, there))
            return there

        yield record
    if request.node.stash.get(_passed, False):
        for here, there in stored:
            if here != there and (request.config.getoption("--record-logs") or not there.exists()):
                there.write_bytes(here.read_bytes())


@pytest.fixture
def replay_log(request: pytest.FixtureRequest) -> Callable[..., Report]:
    """``replay_log(path)`` executes a log again, in this process, and fails the test where an answer differs.

    The path is relative to the folder of the test. ``volatile=`` and ``by_type=`` say what may differ, as for `replay`,
    whose report is returned.

    ::

        def test_training_is_as_it_was(replay_log):
            replay_log("logs/training.rplog", volatile=["* = v1.seconds"])
    """

    def run(path: str | os.PathLike[str], **options: Any) -> Report:
        from .errors import LogError
        from .replayer import replay

        try:
            report = replay(request.path.parent / path, **options)
        except LogError as error:
            pytest.fail(f"{error}; record_log(env, {os.fspath(path)!r}) stores a log", pytrace=False)
        if not report:
            pytest.fail(f"{path}: {report}", pytrace=False)
        return report

    return run

"""The golden logs: recorded once by version 1, and replayed as they are by each release that speaks version 1."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest
from conftest import ROOT

from ray_proxy import protocol, replay
from ray_proxy.interpreter.operators import OPERATORS
from ray_proxy.logs.operations import Operation, operations
from ray_proxy.logs.reader import Log
from ray_proxy.logs.records import Answered, Record, Sent, Told, Wrote
from ray_proxy.protocol import Items, Refused, Reply

LOGS = sorted((ROOT / "tests" / "logs" / "v1").glob("*.rplog"))


def told() -> list[Operation]:
    return [operation for path in LOGS for operation in operations(path)]


def records() -> list[Record]:
    return [record for path in LOGS for record in Log(path)]


def tags(union: Any) -> set[str]:
    return {kind.__name__ for kind in get_args(union)}


def operands(message: Any) -> list[Any]:
    found = [getattr(message, name) for name in ("value", "obj", "function") if hasattr(message, name)]
    return [*found, *getattr(message, "args", ()), *getattr(message, "kwargs", {}).values()]


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_a_golden_log_replays(path: Path) -> None:
    report = replay(path)
    assert report, str(report)
    assert report.problem is None
    assert report.unanswered == 0


def test_they_have_every_message() -> None:
    assert {type(operation.message).__name__ for operation in told()} >= tags(protocol.Message)


def test_they_have_what_code_has_written_and_asked_for() -> None:
    assert {type(record) for record in records()} >= {Wrote, Told}


def test_what_code_writes_is_the_same() -> None:
    assert replay(ROOT / "tests" / "logs" / "v1" / "written.rplog", output=True)


def test_they_have_every_operand() -> None:
    assert {type(operand).__name__ for operation in told() for operand in operands(operation.message)} >= tags(
        protocol.Operand
    )


def test_they_have_every_result() -> None:
    results = [operation.value for operation in told()]
    kinds = {type(value).__name__ for value in results}
    kinds |= {type(item).__name__ for value in results if isinstance(value, Items) for item in value.values}
    assert kinds >= tags(protocol.Result) | {"Kept"}


def test_they_have_every_operator() -> None:
    assert {operation.message.op for operation in told() if isinstance(operation.message, protocol.Op)} >= set(
        OPERATORS
    )


def test_they_have_every_error_of_the_interpreter() -> None:
    ours = {
        "BulkTransferError",
        "DeadlockError",
        "NotPicklableError",
        "ProtocolError",
        "StaleVarError",
    }
    theirs = {
        "AttributeError",
        "GeneratorExit",
        "IndexError",
        "KeyError",
        "KeyboardInterrupt",
        "ModuleNotFoundError",
        "StopAsyncIteration",
        "StopIteration",
        "SystemExit",
        "TypeError",
        "ValueError",
        "ZeroDivisionError",
    }
    failed = {operation.error.type_name for operation in told() if operation.error is not None}
    assert failed >= {f"ray_proxy.errors.{name}" for name in ours} | theirs
    texts = "\n".join(operation.error.text for operation in told() if operation.error is not None)
    for path in (
        "is not in the interpreter",  # a variable that was deleted
        "no longer held by its interpreter",  # a lease that has ended
        "is not the token of a next lease",
        "the token of a Fork is not that of a single variable",
        "the token of a single variable is not that of a Fork",
        "there is no operator",
        "cannot be pickled",
        "no object store beside",
        "It has to be installed where the interpreter runs",
        "whose repr fails",
    ):
        assert path in texts, path


def test_they_have_refused_frames_and_what_depends_on_errors() -> None:
    assert any(operation.refused for operation in told())
    assert any(operation.error is not None and not operation.first for operation in told())
    assert any(operation.error is not None and operation.error.value is None for operation in told())


def test_they_have_slices_and_calls_in_the_middle_of_others() -> None:
    assert any(isinstance(record, Sent) and record.within is not None for record in records())
    replies = [protocol.decode_answer(record.data) for record in records() if isinstance(record, Answered)]
    assert any(isinstance(reply, Reply) and reply.executed == 3 for reply in replies)
    assert any(isinstance(reply, Refused) for reply in replies)
    frames = [record.data for record in records() if isinstance(record, Sent)]
    assert any(b"a driver's" in data for data in frames)


def test_they_tell_the_version_that_they_are_of() -> None:
    assert {Log(path).began.major for path in LOGS} == {1}

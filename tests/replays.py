"""Logs to be executed again: what is in them, what is changed in them, and what a replay says of that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cloudpickle
import msgspec
from recording import Recorded, content

from ray_proxy import Log, Report, replay
from ray_proxy.logs.records import Answered, Record
from ray_proxy.protocol import Fetch, Op, Pickled, Put, Ref, Reply, decode_answer, encode


def function(code: str) -> Pickled:
    """A function, as an expression says it; by value."""
    return Pickled(
        cloudpickle.dumps(eval(code, {"__builtins__": __builtins__, "cloudpickle": cloudpickle}), protocol=5)
    )


def doctored(recorded: Recorded, change: Callable[[Any], Any]) -> bytes:
    """The content of a log in which this was made of each answer; None: it is left out."""
    records: list[Record] = []
    for record in recorded.log():
        if isinstance(record, Answered):
            answer = change(decode_answer(record.data))
            if answer is None:
                continue
            record = msgspec.structs.replace(record, data=encode(answer))
        records.append(record)
    return content(*records)


def differences(report: Report) -> list[tuple[str, str, str]]:
    """Of each its operation, what it was, and what it is."""
    assert report.different == len(report.differences)
    assert bool(report) == (not report.differences)
    return [(f"#{found.number} {found.text}", found.was, found.now) for found in report.differences]


def same(log: Log) -> Report:
    """The report of a replay that found nothing; twice, because nothing of the first may be left."""
    first, again = replay(log), replay(log)
    assert str(first).replace(f"{first.seconds:.2f}", "") == str(again).replace(f"{again.seconds:.2f}", "")
    assert not first.differences, str(first)
    assert first
    return first


shelf: list[Callable[[], None]] = []
"""What recorded code calls, in its order; nothing of it is in the log."""


def call_back() -> None:
    """Recorded code."""
    shelf.pop(0)()


def failing(recorded: Recorded) -> None:
    """Record a division that fails, and an operation that depends on it."""
    recorded.ask(Put(1, 1), Op(2, "truediv", [Ref(1), 0]), Op(3, "add", [Ref(2), 1]), Fetch(Ref(1)))


def changed(reply: Reply, **fields: Any) -> Reply:
    """A reply whose only error has these fields."""
    return msgspec.structs.replace(reply, errors=[msgspec.structs.replace(reply.errors[0], **fields)])


class Box:
    """A class without an equality of its own."""

    def __init__(self, content: object) -> None:
        self.content = content


class Grumpy:
    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no")

    __hash__ = None  # type: ignore[assignment]

"""A log executed again: it is as recorded, it is read as a stream, and the report says so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from conftest import LoopbackInterpreter
from recording import BEGAN, Recorded, answered, content, pickled, sent
from replays import doctored, function, same, shelf

from ray_proxy import Log, LogError, Report, operations, replay
from ray_proxy.logs.records import Answered, Ended, Opened, Record, Sent
from ray_proxy.protocol import (
    Bytes,
    Call,
    Claim,
    Clear,
    Del,
    DelNamed,
    Fetch,
    Fork,
    Frame,
    GetAttr,
    GetNamed,
    Import,
    Inherit,
    Iter,
    Lease,
    Message,
    Names,
    Op,
    Pickled,
    Put,
    Ref,
    Refused,
    Release,
    Reply,
    SetNamed,
    encode,
)

# ---------------------------------------------------------------------------------------------- what is the same


OF_EVERY_KIND: list[list[Message]] = [
    [Put(1, 1), Put(2, "text"), Put(3, Bytes(b"x")), Put(4, pickled([1, {"a": {2}}])), Fetch(Ref(4)), Fetch(Ref(1))],
    [Op(5, "add", [Ref(1), 1]), Op(6, "truediv", [Ref(1), 0]), Fetch(Ref(6)), Op(7, "add", [Ref(6), 1])],
    [GetAttr(8, Ref(4), "append"), Call(0, Ref(8), [Ref(5)]), Fetch(Ref(4)), Call(9, Ref(8), [1, 2])],
    [Put(10, function("lambda *a, **k: (a, k)")), Call(0, Ref(10), [1, Ref(4)], {"k": Ref(3)})],
    [Op(11, "iadd", [Ref(4), pickled([5])]), Op(12, "iadd", [Ref(1), 1]), Op(13, "iadd", [Ref(4), 5]), Fetch(Ref(13))],
    [Op(0, "__add__", [Ref(4), 1]), Op(14, "__add__", [Ref(4), 1]), Op(0, "__radd__", [Ref(1), 2])],
    [Iter(20, Ref(4), 0, 2), Iter(30, Ref(4), 2, 50), Iter(90, Ref(1), 0, 3), Op(15, "iter", [Ref(4)])],
    [Iter(100, Ref(15), -1, 2), Iter(110, Ref(15), -1, 99), Iter(120, Ref(4), -1, 2)],
    [Import(16, "math"), GetAttr(17, Ref(16), "pi"), Fetch(Ref(17)), Fetch(Ref(16)), Import(18, "no such module")],
    [
        SetNamed("a", Ref(4)),
        SetNamed("b", 5),
        Names(),
        GetNamed(19, "a"),
        DelNamed("b"),
        DelNamed("b"),
        GetNamed(40, "b"),
    ],
    [
        Del([5, 6]),
        Fetch(Ref(5)),
        Lease(Ref(4), "s.1.x"),
        Lease(Ref(4), "s.1.y"),
        Claim(41, "s.1.x"),
        Claim(42, "s.9.x"),
    ],
    [Fork("s.2.x"), Inherit("s.2.x"), Inherit("s.1.x"), Release("s.2.x"), Inherit("s.2.x"), Fetch(Ref(41))],
    [Op(0, "nonsense", [1]), Op(43, "repr", [Ref(16)]), Put(44, Pickled(b"garbage")), Fetch(Ref(4), "move")],
    [Put(45, float("nan")), Fetch(Ref(45)), Fetch(Ref(4), "ref"), Clear(), Fetch(Ref(4)), GetNamed(46, "a"), Names()],
    [],
]


def test_messages_of_every_kind(recorded: Recorded) -> None:
    for messages in OF_EVERY_KIND:
        recorded.ask(*messages)
    report = same(recorded.log())
    assert report.operations == sum(map(len, OF_EVERY_KIND))
    assert str(report).endswith(" s: every answer is as recorded")


def test_several_clients_and_sessions_that_end(recorded: Recorded) -> None:
    recorded.ask(Put(1, pickled([1])), SetNamed("shared", Ref(1)), session="a")
    recorded.ask(GetNamed(1, "shared"), Op(2, "iadd", [Ref(1), pickled([2])]), session="b")
    recorded.ask(Fetch(Ref(1)), session="a")
    recorded.close("a")
    recorded.ask(Fetch(Ref(1)), session="b")
    recorded.close("b")
    recorded.ask(GetNamed(1, "shared"), Fetch(Ref(1)), session="c")
    assert [op.value for op in operations(recorded.log())][-1] == pickled([1, 2])
    assert same(recorded.log()).operations == 8


def test_a_frame_that_was_answered_in_slices(recorded: Recorded) -> None:
    frame = recorded.send(Put(1, 1), Op(2, "add", [Ref(1), 1]), Del([1]), Fetch(Ref(2)), Op(3, "add", [Ref(1), 1]))
    recorded.execute(frame, stop=1)
    recorded.ask(Put(1, 5), session="other")
    recorded.execute(frame, start=1, stop=4)
    recorded.execute(frame, start=4)
    assert same(recorded.log()).operations == 6


def test_a_reply_that_was_cut_for_its_size(recorded: Recorded) -> None:
    text = "x" * 60_000
    frame = recorded.send(Put(1, text), *[Fetch(Ref(1)) for _ in range(60)])
    executed = 0
    while executed < 61:
        executed = recorded.execute(frame, start=executed).executed
    slices = [record for record in recorded.log() if isinstance(record, Answered)]
    assert len(slices) > 3
    assert same(recorded.log()).operations == 61


def test_a_frame_that_was_nested_in_a_call(recorded: Recorded) -> None:
    """What comes before that call has to be done first, and the call after what was nested in it."""
    shelf.clear()
    frame = recorded.send(
        Import(1, "replays"),
        GetAttr(2, Ref(1), "call_back"),
        SetNamed("n", 1),
        Call(0, Ref(2)),
        GetNamed(3, "n"),
        Names(),
    )
    recorded.open("inner")

    def nested() -> None:
        inner = recorded.send(GetNamed(1, "n"), SetNamed("n", 2), session="inner", within=("s", 1, 3), path=["x"])
        recorded.execute(inner, "inner")

    shelf.append(nested)
    reply = recorded.execute(frame)
    assert dict(reply.values)[4] == 2
    shelf.append(lambda: None)  # in a replay, what was nested is executed on its own
    shelf.append(lambda: None)
    assert same(recorded.log()).operations == 8


def test_what_was_refused_is_not_executed(recorded: Recorded) -> None:
    recorded.ask(Put(1, pickled([1])))
    recorded.send(Op(2, "iadd", [Ref(1), pickled([2])]))
    recorded.writer.write(answered(Refused(2, "no")))
    recorded.writer.write(Sent(recorded.now, "s", b"garbage"))
    recorded.writer.write(answered(Refused(0, "garbage")))
    recorded._numbers["s"] = 2
    recorded.ask(Fetch(Ref(1)))
    report = same(recorded.log())
    assert report.operations == 2
    assert [op.number for op in operations(recorded.log())] == [1, 2, 3, 4]


def test_what_a_session_of_users_asks_for(tmp_path: Path, env: LoopbackInterpreter) -> None:
    with env.record(tmp_path / "session.rplog"):
        v = env.put([3, 1, 2])
        v.sort()
        assert v == [1, 2, 3]
        assert list(v) == [1, 2, 3]
        v[0] = 5
        v += [4]
        assert v[-1] == 4
        assert env.run(lambda values: sum(values), (v,)).fetch() == 14
        with pytest.raises(IndexError):
            v[10].fetch()
        assert 5 in v
        env["kept"] = v
        assert env["kept"].fetch() == [5, 2, 3, 4]
        math = env.module("math")
        assert math.sqrt(16.0) == 4.0
        array = env.put(np.arange(1000.0))
        assert float((array * 2).sum()) == 999_000.0
        assert (array + array).fetch().shape == (1000,)
        assert "{1, 2}" in repr(env.put({1, 2}))
        del v
    report = same(Log(tmp_path / "session.rplog"))
    assert report.operations > 30


def test_a_log_may_be_given_by_its_path_or_its_content(recorded: Recorded) -> None:
    recorded.ask(Put(1, 1), Fetch(Ref(1)))
    recorded.log()
    for source in (recorded.path, str(recorded.path), recorded.path.read_bytes(), Log(recorded.path)):
        assert replay(source).operations == 2


def test_a_log_of_nothing(recorded: Recorded) -> None:
    report = replay(recorded.log())
    assert (report.operations, bool(report)) == (0, True)


def test_no_log_at_all(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="cannot be read"):
        replay(tmp_path / "missing.rplog")


# ---------------------------------------------------------------------------------------------------- the report


def test_the_text_of_a_report(recorded: Recorded) -> None:
    for number in range(1, 31):
        recorded.ask(Op(0, "add", [number, 1000]))
    log = doctored(recorded, lambda reply: Reply(reply.frame, 1, [(0, 1)]))
    report = replay(log)
    assert (report.different, len(report.differences), bool(report)) == (30, 10, False)
    lines = str(report).splitlines()
    assert lines[0] == f"30 operations in {report.seconds:.2f} s: 30 answers differ"
    assert lines[1:4] == ["#1 1 + 1000", "    was 1", "    is  1001"]
    assert lines[-1] == "… and 20 more"
    assert len(lines) == 32
    report = replay(log, differences=2)
    assert (report.different, len(report.differences)) == (30, 2)
    assert replay(log, differences=100).differences[29].number == 30


def test_a_report_of_many_operations() -> None:
    assert str(Report(1_234_567, 12.345)) == "1,234,567 operations in 12.35 s: every answer is as recorded"


def test_what_the_recorded_code_prints_is_not_shown_again(
    recorded: Recorded, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded.ask(Call(0, pickled(print), ["hello"]))
    replay(recorded.log())
    assert capsys.readouterr().out == "hello\n"


# --------------------------------------------------------------------------------------------------- as a stream


def test_a_log_is_replayed_without_being_held_in_memory(recorded: Recorded) -> None:
    """What is read and answered leaves nothing behind."""
    import tracemalloc

    text = "x" * 10_000
    for _ in range(300):
        recorded.ask(Put(1, text), Fetch(Ref(1)), Del([1]))
    log = recorded.log()
    assert recorded.path.stat().st_size > 5_000_000
    replay(log)
    tracemalloc.start()
    try:
        assert replay(log, volatile=["#1"])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3_000_000


def frames(number: int) -> Iterator[Record]:
    yield BEGAN
    yield Opened(1.0, "s", "node[1]")
    for at in range(1, number + 1):
        yield sent(at, Op(0, "add", [at, 1]))
        yield answered(Reply(at, 1, [(0, at + 1)]))


def test_many_frames() -> None:
    report = replay(content(*frames(5000)))
    assert (report.operations, bool(report)) == (5000, True)


def test_time_is_as_it_was_only_for_leases(recorded: Recorded) -> None:
    recorded.ask(Call(0, function("lambda: __import__('time').time() > 1_700_000_000")))
    assert time.time() > 1_700_000_000
    same(recorded.log())


def test_frames_without_an_end(recorded: Recorded) -> None:
    recorded.writer.write(Ended(1.0, "nobody"))
    recorded.writer.write(Sent(1.0, "s", encode(Frame(1, [Put(1, 1)])), ("nobody", 3, 4)))
    recorded.writer.write(Opened(1.0, "s", "late"))
    assert replay(recorded.log()).unanswered == 1

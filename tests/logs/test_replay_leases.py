"""Leases, forks and recoveries in a replay."""

from __future__ import annotations

from pathlib import Path

from recording import Recorded, pickled
from replays import same

from ray_proxy import operations
from ray_proxy.logs.records import Recovered, Restored
from ray_proxy.protocol import Claim, Fetch, Fork, Inherit, Lease, Op, Put, Ref, Release


def test_leases_end_as_they_did_when_recorded(recorded: Recorded) -> None:
    recorded.ask(Put(1, pickled([1])), Lease(Ref(1), "s.1.x"), Lease(Ref(1), "s.2.x"))
    recorded.now += 500
    recorded.ask(Claim(1, "s.1.x"), Fetch(Ref(1)), session="other")
    recorded.now += 500
    recorded.ask(Claim(2, "s.1.x"), Claim(3, "s.2.x"), Fetch(Ref(2)), session="other")
    recorded.now += 600
    recorded.ask(Claim(4, "s.1.x"), session="other")
    failed = [op.number for op in operations(recorded.log()) if op.failed]
    assert failed == [7, 9]
    same(recorded.log())


def test_leases_last_as_long_as_those_of_the_recorded_interpreter(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path / "session.rplog", lease=10)
    recorded.ask(Put(1, pickled([1])), Lease(Ref(1), "s.1.x"))
    recorded.now += 9
    recorded.ask(Claim(2, "s.1.x"))
    recorded.now += 11
    recorded.ask(Claim(3, "s.1.x"))
    assert [op.number for op in operations(recorded.log()) if op.failed] == [4]
    same(recorded.log())


def test_a_claim_is_judged_at_the_time_at_which_it_was_executed(recorded: Recorded) -> None:
    """Which is before a long call that was answered with it."""
    recorded.ask(Put(1, pickled([1])), Lease(Ref(1), "s.1.x"))
    recorded.now += 590
    frame = recorded.send(Claim(2, "s.1.x"), Op(0, "add", [1, 1]))
    reply = recorded.interpreter.execute("s", frame)
    recorded.now += 5000  # so long took the second message
    recorded.answer(reply)
    recorded.ask(Claim(3, "s.1.x"))
    assert [op.number for op in operations(recorded.log()) if op.failed] == [5]
    same(recorded.log())


def test_what_a_fork_keeps_ends_one_lease_after_its_session(recorded: Recorded) -> None:
    recorded.ask(Put(1, pickled([1])), Fork("s.1.x"))
    recorded.now += 5000
    recorded.ask(Inherit("s.1.x"), Fetch(Ref(1)), session="child")
    recorded.close()
    recorded.now += 500
    recorded.ask(Inherit("s.1.x"), Fetch(Ref(1)), session="second")
    recorded.now += 1500
    recorded.ask(Inherit("s.1.x"), session="third")
    assert [op.number for op in operations(recorded.log()) if op.failed] == [7]
    same(recorded.log())


def test_sessions_share_what_they_lease_and_inherit(recorded: Recorded) -> None:
    recorded.ask(Put(1, pickled([1])), Lease(Ref(1), "s.1.x"), Fork("s.2.x"))
    recorded.ask(Claim(7, "s.1.x"), Op(8, "iadd", [Ref(7), pickled([2])]), session="other")
    recorded.ask(Inherit("s.2.x"), Release("s.2.x"), Fetch(Ref(1)), session="child")
    recorded.ask(Fetch(Ref(1)))
    assert [op.value for op in operations(recorded.log())][-1] == pickled([1, 2])
    same(recorded.log())


def test_what_was_restored_is_kept_again(recorded: Recorded) -> None:
    recorded.ask(Put(1, pickled([1])))
    recorded.interpreter.keep("s", "s.restored.x")
    recorded.writer.write(Restored(recorded.now, "s", "s.restored.x"))
    recorded.close()
    recorded.ask(Inherit("s.restored.x", True), Fetch(Ref(1)), session="new")
    same(recorded.log())


def test_what_was_recovered_goes_on(recorded: Recorded) -> None:
    recorded.ask(Put(1, pickled([1])))
    recorded.writer.write(Recovered(recorded.now, 5))
    recorded.ask(Fetch(Ref(1)))
    same(recorded.log())

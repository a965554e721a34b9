"""What was interrupted when it was recorded is not done again; and replays beside an event loop."""

from __future__ import annotations

import asyncio
import signal
import threading

import pytest
from recording import Recorded, pickled
from replays import function, same, shelf

from ray_proxy import Report, operations, replay
from ray_proxy.errors import DeadlockError, InterpreterDiedError
from ray_proxy.protocol import Call, Clear, Del, Fetch, GetAttr, Import, Iter, Message, Op, Put, Ref


def withdrawn(recorded: Recorded, problem: BaseException, messages: list[Message], done: int) -> None:
    """A frame of which so many messages were executed, and the rest withdrawn."""
    frame = recorded.send(*messages)
    recorded.execute(frame, stop=done)
    recorded.answer(recorded.interpreter.withdraw("s", frame, done, problem))


@pytest.mark.parametrize(
    "problem", [KeyboardInterrupt(), DeadlockError("cycle"), InterpreterDiedError("died")], ids=repr
)
def test_what_was_withdrawn_is_not_executed(recorded: Recorded, problem: BaseException) -> None:
    recorded.ask(Put(1, pickled([])), GetAttr(2, Ref(1), "append"))
    append = [Call(id, Ref(2), [id]) for id in range(5)]
    withdrawn(recorded, problem, [append[0], *append[3:], Op(5, "add", [Ref(3), 1]), Clear(), Del([3])], 1)
    recorded.ask(Fetch(Ref(1)), *[Fetch(Ref(id)) for id in (2, 3, 4, 5)])
    report = same(recorded.log())
    assert report.withheld == 3  # what depends on them fails of itself, and variables are deleted in any case
    assert report.operations == 2 + 1 + 2 + 5
    assert "3 operations were interrupted when recorded, and not executed again" in str(report)


def test_a_call_that_was_interrupted_in_its_middle(recorded: Recorded) -> None:
    recorded.ask(Put(1, pickled([])), GetAttr(2, Ref(1), "append"), Put(3, function(INTERRUPTED)))
    recorded.ask(Call(4, Ref(3), [Ref(1)]), Call(0, Ref(2), [2]), Op(5, "add", [Ref(4), 1]), Fetch(Ref(5)))
    report = replay(recorded.log())
    assert report, str(report)
    assert (report.operations, report.withheld) == (6, 1)  # what depends on it fails anew, of itself


INTERRUPTED = "lambda values: (_ for _ in ()).throw(KeyboardInterrupt())"


def test_an_operation_in_place_that_was_interrupted_stands_for_its_left_operand(recorded: Recorded) -> None:
    class Slow:
        def __init__(self) -> None:
            self.values = [1]

        def __iadd__(self, other: object) -> Slow:
            raise KeyboardInterrupt

    recorded.ask(Put(1, pickled(Slow())), Op(2, "iadd", [Ref(1), 1]), GetAttr(3, Ref(2), "values"), Fetch(Ref(3)))
    report = same(recorded.log())
    assert (report.operations, report.withheld) == (3, 1)


def test_an_iteration_that_was_interrupted(recorded: Recorded) -> None:
    recorded.ask(
        Put(1, function("lambda: (x if x < 2 else (_ for _ in ()).throw(KeyboardInterrupt()) for x in range(9))"))
    )
    recorded.ask(Call(2, Ref(1)), Iter(10, Ref(2), -1, 5), Iter(20, Ref(2), -1, 5))
    assert replay(recorded.log())


def test_a_call_that_raises_the_interrupt_itself_is_taken_for_interrupted(recorded: Recorded) -> None:
    recorded.ask(Put(1, function(INTERRUPTED)), Call(0, Ref(1), [1]))
    report = replay(recorded.log())
    assert (bool(report), report.withheld) == (True, 1)


def test_a_coroutine_that_was_refused_inside_another_one_is_not_run(recorded: Recorded) -> None:
    """A replay executes what was nested on its own, where it would run."""
    shelf.clear()
    recorded.ask(Import(1, __name__), GetAttr(2, Ref(1), "call_back_in_a_coroutine"))
    frame = recorded.send(Call(0, Ref(2)))
    recorded.open("inner")

    def nested() -> None:
        here: list[Message] = [Import(1, __name__), GetAttr(2, Ref(1), "call_back_in_a_coroutine"), Call(0, Ref(2))]
        inner = recorded.send(*here, session="inner", within=("s", 2, 0))
        recorded.execute(inner, "inner")

    shelf.append(nested)
    recorded.execute(frame)
    (failed,) = [op for op in operations(recorded.log()) if op.failed]
    assert "nested inside another coroutine" in failed.outcome
    shelf.extend([lambda: None] * 2)
    report = same(recorded.log())
    assert report.withheld == 1


async def call_back_in_a_coroutine() -> None:
    shelf.pop(0)()


def test_the_event_loop_of_a_replay_ends_with_it(recorded: Recorded) -> None:
    loops: list[asyncio.AbstractEventLoop] = []
    shelf[:] = [lambda: None, lambda: loops.append(asyncio.get_running_loop())]
    recorded.ask(Import(1, __name__), GetAttr(2, Ref(1), "call_back_in_a_coroutine"), Call(0, Ref(2)))
    replay(recorded.log())
    assert [loop.is_closed() for loop in loops] == [True]


def test_coroutines_are_replayed_where_an_event_loop_is_running(recorded: Recorded) -> None:
    """As in a notebook."""
    shelf[:] = [lambda: None] * 3
    recorded.ask(Import(1, __name__), GetAttr(2, Ref(1), "call_back_in_a_coroutine"), Call(0, Ref(2)))

    async def notebook() -> Report:
        return same(recorded.log())

    assert asyncio.run(notebook()).operations == 3


def test_an_interrupt_where_an_event_loop_is_running_ends_the_replay(recorded: Recorded) -> None:
    interrupted = threading.Event()
    done: list[int] = []
    shelf[:] = [lambda: None, lambda: done.append(1)]
    recorded.ask(Import(1, "replays"), GetAttr(2, Ref(1), "call_back"))
    recorded.ask(Call(0, Ref(2)))
    recorded.ask(Call(0, Ref(2)))
    log = recorded.log()

    def signal_ourselves_and_wait() -> None:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        assert interrupted.wait(10)

    shelf[:] = [signal_ourselves_and_wait, lambda: done.append(2)]

    async def notebook() -> None:
        with pytest.raises(KeyboardInterrupt):
            replay(log)
        interrupted.set()
        while any(thread.name == "ray-proxy-replay" for thread in threading.enumerate()):
            await asyncio.sleep(0.001)

    loop = asyncio.new_event_loop()  # asyncio.run would take the interrupt for itself
    try:
        loop.run_until_complete(asyncio.wait_for(notebook(), 10))
    finally:
        loop.close()
    assert done == [1]


def test_what_depends_on_another_frames_interrupted_call_is_executed(recorded: Recorded) -> None:
    recorded.ask(Put(1, function(INTERRUPTED)), Call(2, Ref(1), [1]))
    recorded.ask(Fetch(Ref(2)), Op(3, "add", [1, 1]), Fetch(Ref(3)))
    report = same(recorded.log())
    assert (report.operations, report.withheld) == (4, 1)

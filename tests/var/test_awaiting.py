"""`await v` awaits what the remote value awaits."""

from __future__ import annotations

import asyncio
import concurrent.futures
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from typing import Any

import cloudpickle
import pytest
import ray
from awaitables import Ready, awaited, numbers, soon
from conftest import LoopbackInterpreter, eventually

import ray_proxy
from ray_proxy import NotPicklableError, RemoteInterpreter, Var
from ray_proxy.channels.loopback import LoopbackChannel
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.protocol import MAJOR, MINOR, Fetch, Message, Welcome
from ray_proxy.session.session import Session
from ray_proxy.var.interface import handle_of

# Its functions and classes travel by value: an interpreter does not have this file.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


# -------------------------------------------------------------------------------------- what is awaited


def coroutine() -> Any:
    return [soon("of a coroutine")]


def future() -> Any:
    future = asyncio.get_event_loop().create_future()
    future.set_result("of a future")
    return future


def future_of_later() -> Any:
    loop = asyncio.get_event_loop()
    future = loop.create_future()
    loop.call_later(0.01, future.set_result, "of a later future")
    return future


def task() -> Any:
    return asyncio.get_event_loop().create_task(soon("of a task", 0.01))


@types.coroutine
def _old() -> Iterator[Any]:
    yield from asyncio.sleep(0).__await__()
    return "of a generator"


def old_coroutine() -> Any:
    return [_old()]


def concurrent_future() -> Any:
    return concurrent.futures.ThreadPoolExecutor(1).submit(lambda: time.sleep(0.05) or "of a thread")


def future_of_a_loop_in_a_thread() -> Any:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()

    async def make() -> list[Any]:
        return [asyncio.ensure_future(soon("of a loop in a thread", 0.01))]

    (task,) = asyncio.run_coroutine_threadsafe(make(), loop).result()
    return task


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (Ready, 7),
        (future, "of a future"),
        (future_of_later, "of a later future"),
        (task, "of a task"),
        (concurrent_future, "of a thread"),
        (future_of_a_loop_in_a_thread, "of a loop in a thread"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_an_awaitable_is_awaited(first: RemoteInterpreter, make: Callable[[], Any], expected: object) -> None:
    assert awaited(first.run(make)) == expected


@pytest.mark.parametrize(
    ("make", "expected"), [(coroutine, "of a coroutine"), (old_coroutine, "of a generator")], ids=["async", "old"]
)
def test_a_coroutine_object_is_awaited(first: RemoteInterpreter, make: Callable[[], Any], expected: object) -> None:
    var = first.run(make)[0]
    assert awaited(var) == expected


def test_a_coroutine_object_is_awaited_once_as_anywhere(first: RemoteInterpreter) -> None:
    var = first.run(coroutine)[0]
    awaited(var)
    with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
        awaited(var)


def test_futures_of_a_loop_that_user_code_has_made_first_are_awaited(rif: Any) -> None:
    env = rif.create()
    waiting = env.run(future_of_later)

    async def one() -> int:
        return 1

    assert env.run(one).fetch() == 1  # by now the interpreter has a loop of its own
    assert awaited(waiting) == "of a later future"
    assert awaited(env.run(task)) == "of a task"
    env.destroy()


def test_a_concurrent_future_lets_the_loop_go_on(first: RemoteInterpreter) -> None:
    """The thread's work is done by a task of the loop that waits for the thread."""

    def make() -> Any:
        handed, done = threading.Event(), concurrent.futures.Future[str]()

        async def work() -> None:
            await asyncio.sleep(0.01)
            handed.set()

        asyncio.get_event_loop().create_task(work())
        threading.Thread(target=lambda: done.set_result(str(handed.wait(10)))).start()
        return done

    awaited(first.run(Ready))  # the loop is there
    assert awaited(first.run(make)) == "True"


def test_asynchronous_generators_are_driven_by_await(first: RemoteInterpreter) -> None:
    async def main() -> None:
        ends = first.put([])
        source = first.run(numbers, (ends,))
        assert await (await anext(source)) == 0
        assert await source.asend(5) == 5
        assert await source.__anext__() is None
        assert await source.athrow(ValueError("9")) == 9
        assert await source.aclose() is None
        assert ends == ["ended"]
        with pytest.raises(StopAsyncIteration):
            await source.asend(None)

    asyncio.run(main())


def test_an_object_ref_comes_as_it_is(first: RemoteInterpreter) -> None:
    ref = awaited(first.put([ray.put("stored")])[0])
    assert isinstance(ref, ray.ObjectRef)
    assert ray.get(ref) == "stored"


def test_a_var_of_a_var_comes_as_a_var(first: RemoteInterpreter, second: RemoteInterpreter) -> None:
    inner = awaited(first.run(lambda other: [other.put([1, 2])], (second,))[0])
    assert type(inner) is Var
    assert awaited(inner) == [1, 2]


# ---------------------------------------------------------------------------------- what is not awaited


PLAIN: list[Any] = [5, "text", None, 2.5, [1, "two"], {"a": 1}, "x" * 1000, 2**70, b"b" * 2_000_000]


@pytest.mark.parametrize("value", PLAIN, ids=lambda value: f"{value!r:.20}")
def test_any_other_value_is_fetched(first: RemoteInterpreter, value: object) -> None:
    assert awaited(first.put(value)) == value
    assert awaited(first.run(lambda value: value, (value,))) == value


def test_any_other_value_is_fetched_in_the_middle_of_a_running_loop(env: LoopbackInterpreter) -> None:
    assert awaited(env.put([1, 2])) == [1, 2]


def test_a_known_value_takes_no_trip(env: LoopbackInterpreter, monkeypatch: pytest.MonkeyPatch) -> None:
    var = env.put(5)
    env.sync()
    monkeypatch.setattr(env.session, "question", lambda message: pytest.fail("a trip"))
    assert awaited(var) == 5


def test_a_value_without_a_pickle_is_an_error(first: RemoteInterpreter) -> None:
    with pytest.raises(NotPicklableError):
        awaited(first.run(threading.Lock))
    with pytest.raises(NotPicklableError):
        awaited(first.run(lambda: [Ready(threading.Lock())])[0])  # nor has what it gives


# ----------------------------------------------------------------------------------------------- errors


def test_the_error_of_an_awaitable_is_raised(first: RemoteInterpreter) -> None:
    async def fails() -> None:
        raise KeyError("in the coroutine")

    def failed() -> Any:
        future = concurrent.futures.Future[None]()
        future.set_exception(ValueError("in the future"))
        return future

    with pytest.raises(KeyError, match="in the coroutine") as caught:
        awaited(first.run(lambda: [fails()])[0])
    assert isinstance(caught.value.__cause__, ray_proxy.RemoteTraceback)
    with pytest.raises(ValueError, match="in the future"):
        awaited(first.run(failed))


def test_a_failed_var_raises_its_error(first: RemoteInterpreter) -> None:
    with pytest.raises(KeyError, match="missing"):
        awaited(first.put({})["missing"])


def test_a_remote_future_that_was_cancelled_raises_so(first: RemoteInterpreter) -> None:
    def cancelled() -> Any:
        future = concurrent.futures.Future[None]()
        future.cancel()
        return future

    with pytest.raises(asyncio.CancelledError):
        awaited(first.run(cancelled))


# ------------------------------------------------------------------------------------------ cancellation


class Never:
    """Awaits for ever, and tells how that has ended."""

    def __init__(self) -> None:
        self.ended = ""

    def __await__(self) -> Iterator[Any]:
        try:
            yield from asyncio.sleep(3600).__await__()
        except BaseException as error:
            self.ended = type(error).__name__
            raise


def test_wait_for_cancels_what_is_awaited_there(first: RemoteInterpreter) -> None:
    never = first.run(Never)

    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(never, 0.1)

    asyncio.run(main())
    assert never.ended == "CancelledError"  # and the interpreter goes on


def test_a_cancelled_task_cancels_what_it_awaits_there(first: RemoteInterpreter) -> None:
    never = first.run(Never)
    first.sync()

    async def main() -> None:
        task = asyncio.ensure_future(never)
        looks = 0
        while looks < 5:  # it is busy a moment before it awaits
            looks = looks + 1 if first.status()["busy"] else 0
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert never.ended == "CancelledError"


def test_a_call_goes_on_whose_value_is_not_awaited_any_more(first: RemoteInterpreter) -> None:
    async def main() -> None:
        slow = first.run(lambda: time.sleep(0.3) or "done")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(slow, 0.05)
        assert await slow == "done"

    asyncio.run(main())


def test_cancelling_waits_for_what_stands_before_it_in_its_frame(first: RemoteInterpreter) -> None:
    async def main() -> None:
        never = first.run(Never)
        first.sync()
        slow = first.run(lambda: time.sleep(0.3) or "done")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(never, 0.05)
        assert slow == "done"
        # The interrupt may come before the interpreter begins to await it: then it never does.
        assert never.ended.fetch() in ("CancelledError", "")

    asyncio.run(main())


def test_cancelling_works_whatever_is_sent_behind_it(first: RemoteInterpreter) -> None:
    never, dies = first.run(Never), first.put([])
    first.sync()
    made = first.put([1]) + [2]
    question = first.session.request_awaited(handle_of(never))
    del dies  # what is sent next says so
    first.session.flush()
    eventually(lambda: first.status()["busy"])
    first.session.cancel(question)
    assert made.fetch(timeout=30) == [1, 2]
    assert never.ended.fetch(timeout=30) in ("CancelledError", "")


def test_cancelling_leaves_other_operations_alone(first: RemoteInterpreter) -> None:
    async def main() -> None:
        items, never = first.put([]), first.run(Never)
        task = asyncio.ensure_future(never)
        await asyncio.sleep(0)
        for item in range(100):
            items.append(item)
        other = asyncio.ensure_future(items)
        await asyncio.sleep(0.05)
        task.cancel()
        assert await other == list(range(100))

    asyncio.run(main())


# ------------------------------------------------------------------------------------------ side by side


def test_two_tasks_await_two_vars_of_one_interpreter(first: RemoteInterpreter) -> None:
    def make() -> list[Any]:
        return [soon(number, 0.02) for number in range(4)]

    async def main() -> list[Any]:
        made = first.run(make)
        variables = [*[made[number] for number in range(4)], first.run(future), first.put([1])]
        return await asyncio.gather(*map(asyncio.ensure_future, variables))

    assert asyncio.run(main()) == [0, 1, 2, 3, "of a future", [1]]


def test_the_loop_here_goes_on_meanwhile(first: RemoteInterpreter) -> None:
    async def main() -> int:
        ticks = 0
        task = asyncio.ensure_future(first.run(lambda: [soon(1, 0.3)])[0])
        while not task.done():
            await asyncio.sleep(0.01)
            ticks += 1
        return ticks

    assert asyncio.run(main()) > 5


def test_a_nested_call_awaits_plain_values_and_no_coroutines(
    first: RemoteInterpreter, second: RemoteInterpreter
) -> None:
    """There is one event loop: what is nested in a coroutine can run no other one."""

    async def outer(second: Any, first: Any, name: str) -> Any:
        async def inside() -> Any:
            return await first[name]

        return await second.run(inside)

    first.put_named("plain", [1, 2])
    first.put_named("awaitable", first.run(Ready))
    assert first.run(outer, (second, first, "plain")).fetch() == [1, 2]
    with pytest.raises(RuntimeError, match="use a second interpreter"):
        first.run(outer, (second, first, "awaitable")).fetch()


def test_await_inside_an_interpreter(first: RemoteInterpreter, second: RemoteInterpreter) -> None:
    async def inside(var: Any) -> Any:
        return await var

    assert first.run(inside, (second.run(Ready),)).fetch() == 7


# -------------------------------------------------------------------------------------- older interpreters


def test_an_older_interpreter_is_asked_for_the_value(env: LoopbackInterpreter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(env.session, "minor", 1)
    asked: list[Message] = []
    submit = env.session.submit
    monkeypatch.setattr(
        env.session, "submit", lambda key, message, *changes: asked.append(message) or submit(key, message, *changes)
    )
    var = env.put([1])
    env.sync()
    asked.clear()
    assert awaited(var) == [1]
    assert [type(message) for message in asked] == [Fetch]


def test_it_is_asked_for_only_once_the_version_is_known() -> None:
    """Before, the interpreter may turn out to be an older one."""
    interpreter = Interpreter("late")
    session = Session()
    env = LoopbackInterpreter(session)

    async def main() -> Any:
        var = env.put([1, 2])
        task = asyncio.ensure_future(var)
        await asyncio.sleep(0)
        attach(session, interpreter, minor=1)
        return await task

    assert asyncio.run(main()) == [1, 2]
    env.destroy()


def attach(session: Session, interpreter: Interpreter, minor: int = MINOR) -> None:
    session.attach(LoopbackChannel(interpreter, session.name), Welcome(MAJOR, minor, interpreter.name, "here", 1))

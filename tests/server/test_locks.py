"""Locks, events and queues of the interpreter, waited for by messages: whoever is to end such a wait goes on."""

from __future__ import annotations

import concurrent.futures
import contextlib
import functools
import queue
import threading
from collections.abc import Callable
from typing import Any

import pytest
from conftest import eventually
from rig import SOON, Host, Rig, hello

from ray_proxy.channels.socket import framed
from ray_proxy.protocol import Call, GetAttr, Import, Interrupt, Op, Ref, encode

pytestmark = pytest.mark.usefixtures("hosting_as_before")


@pytest.fixture
def shared(rig: Rig) -> tuple[Any, Any]:
    """Two clients of one interpreter."""
    return rig.connect(), rig.connect()


def begun(*work: Callable[[], object]) -> list[concurrent.futures.Future[Any]]:
    """Each in a thread of its own."""

    def run(one: Callable[[], object], future: concurrent.futures.Future[Any]) -> None:
        try:
            future.set_result(one())
        except BaseException as error:
            future.set_exception(error)

    futures: list[concurrent.futures.Future[Any]] = [concurrent.futures.Future() for _ in work]
    for pair in zip(work, futures):
        threading.Thread(target=run, args=pair, daemon=True).start()
    return futures


def waiting(rig: Rig, so_many: int = 1) -> None:
    """Until so many operations wait there."""
    eventually(lambda: len(rig.host.status()["waits"]) == so_many)


@pytest.mark.parametrize("kind", ["Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition"])
def test_threads_of_one_client_exclude_each_other(rig: Rig, kind: str) -> None:
    env = rig.connect()
    lock, done = getattr(env.module("threading"), kind)(), []
    both = threading.Barrier(2)

    def work(n: int) -> None:
        both.wait(SOON)
        for _ in range(5):
            with lock:
                done.append(n)
                env.put(n)
                env.sync()
                done.append(n)

    for future in begun(lambda: work(0), lambda: work(1)):
        future.result(SOON)
    assert sorted(done) == [0] * 10 + [1] * 10
    assert done[::2] == done[1::2]  # what was in a block stands together


@pytest.mark.parametrize("kind", ["Lock", "RLock"])
def test_clients_exclude_each_other(rig: Rig, shared: tuple[Any, Any], kind: str) -> None:
    first, second = shared
    first.put_named("lock", getattr(first.module("threading"), kind)())
    first.sync()
    here, there = first.get_named("lock"), second.get_named("lock")
    leave = threading.Event()

    def hold() -> bool:
        taken: bool = there.acquire().fetch()
        held.set_result(taken)
        assert leave.wait(SOON)
        there.release()
        second.sync()
        return taken

    held: concurrent.futures.Future[bool] = concurrent.futures.Future()
    with here:
        (future,) = begun(hold)
        waiting(rig)
        assert first.put([1]).fetch() == [1]
        assert not held.done()
    assert held.result(SOON) is True
    assert here.acquire(False).fetch() is False
    leave.set()
    assert future.result(SOON) is True
    assert here.acquire(False).fetch() is True


def test_a_reentrant_lock_belongs_to_a_thread_of_a_client(rig: Rig, shared: tuple[Any, Any]) -> None:
    first, second = shared
    first.put_named("lock", first.module("threading").RLock())
    first.sync()
    here, there = first.get_named("lock"), second.get_named("lock")
    with here:
        with here:
            assert there.acquire(False).fetch() is False
            assert there.acquire(timeout=0.01).fetch() is False
            with pytest.raises(RuntimeError, match="another client"):
                there.release().fetch()
        (future,) = begun(lambda: there.acquire().fetch())
        waiting(rig)
    assert future.result(SOON) is True


@pytest.mark.parametrize("kind", ["Queue", "LifoQueue", "PriorityQueue", "SimpleQueue"])
def test_a_get_waits_for_the_put_of_another_thread(rig: Rig, kind: str) -> None:
    env = rig.connect()
    items = getattr(env.module("queue"), kind)()
    (future,) = begun(lambda: items.get().fetch())
    waiting(rig)
    items.put(5)
    assert future.result(SOON) == 5


def test_a_put_waits_for_room(rig: Rig, shared: tuple[Any, Any]) -> None:
    first, second = shared
    first.put_named("items", first.module("queue").Queue(1))
    first.get_named("items").put(1)
    first.sync()
    (future,) = begun(lambda: (first.get_named("items").put([2]).fetch(), first.get_named("items").join().fetch()))
    waiting(rig)
    items = second.get_named("items")
    assert [items.get().fetch(), items.get().fetch()] == [1, [2]]
    waiting(rig)  # for the end of the work on them
    items.task_done()
    items.task_done()
    assert future.result(SOON) == (None, None)


def test_an_event_a_thread_and_a_future_are_waited_for(rig: Rig) -> None:
    env = rig.connect()
    event = env.module("threading").Event()
    pool = env.module("concurrent.futures").ThreadPoolExecutor(1)
    thread = env.module("threading").Thread(target=event.wait)
    thread.start()
    result = pool.submit(event.wait)
    futures = begun(
        lambda: event.wait().fetch(),
        lambda: thread.join().fetch(),
        lambda: result.result().fetch(),
        lambda: result.exception().fetch(),
    )
    waiting(rig, 4)
    event.set()
    assert [future.result(SOON) for future in futures] == [True, None, True, None]


@pytest.mark.parametrize(
    ("ask", "outcome"),
    [
        (lambda there: there.locked.acquire(True, 0.05).fetch(), False),
        (lambda there: there.locked.acquire(timeout=0.05).fetch(), False),
        (lambda there: there.semaphore.acquire(timeout=0.05).fetch(), False),
        (lambda there: there.event.wait(0.05).fetch(), False),
        (lambda there: there.items.get(timeout=0.05).fetch(), queue.Empty),
        (lambda there: there.items.get(True, 0).fetch(), queue.Empty),
        (lambda there: there.simple.get(True, 0.05).fetch(), queue.Empty),
        (lambda there: there.full.put(2, timeout=0.05).fetch(), queue.Full),
        (lambda there: there.future.result(0.05).fetch(), concurrent.futures.TimeoutError),
        (lambda there: there.locked.acquire(False).fetch(), False),
        (lambda there: there.items.get(False).fetch(), queue.Empty),
        (lambda there: there.items.get_nowait().fetch(), queue.Empty),
        (lambda there: there.locked.acquire(False, 1).fetch(), ValueError),
        (lambda there: there.locked.acquire(True, -3).fetch(), ValueError),
        (lambda there: there.locked.acquire(timeout="long").fetch(), TypeError),
        (lambda there: there.items.get(timeout=-1).fetch(), ValueError),
        (lambda there: there.items.get(1, 2, 3, 4).fetch(), TypeError),
    ],
)
def test_a_wait_with_a_timeout_ends_as_it_does_in_python(rig: Rig, ask: Callable[[Any], Any], outcome: Any) -> None:
    def things() -> Any:
        there = type("There", (), {})()
        there.locked, there.semaphore, there.event = threading.Lock(), threading.Semaphore(0), threading.Event()
        there.items, there.simple, there.full = queue.Queue(), queue.SimpleQueue(), queue.Queue(1)
        there.future = concurrent.futures.Future()
        there.locked.acquire()
        there.full.put(1)
        return there

    there = rig.connect().run(things)
    if isinstance(outcome, type):
        with pytest.raises(outcome):
            ask(there)
    else:
        assert ask(there) is outcome


def test_operations_of_a_thread_stay_in_order_behind_a_wait(rig: Rig) -> None:
    env = rig.connect()
    lock, seen = env.module("threading").Lock(), env.put([])
    lock.acquire()
    env.sync()

    def behind() -> Any:
        lock.acquire()
        seen.append("behind")
        text = seen.copy()
        env.session.flush()
        seen.append("later")
        for n in range(1000):  # many frames
            seen.append(n)
        return text.fetch(), len(seen)

    (future,) = begun(behind)
    waiting(rig)
    for n in range(1000):
        seen.append(str(n))
    assert seen.fetch() == [str(n) for n in range(1000)]
    lock.release()
    text, length = future.result(SOON)
    assert (len(text), text[-1], length) == (1001, "behind", 2002)


def test_what_a_wait_makes_can_be_used_by_another_thread(rig: Rig) -> None:
    env = rig.connect()
    items, made = env.module("queue").Queue(), []
    (asks,) = begun(lambda: made.append(items.get()))
    asks.result(SOON)
    waiting(rig)
    (uses,) = begun(lambda: (made[0] + [2]).fetch())
    items.put([1])
    assert uses.result(SOON) == [1, 2]


def test_variables_that_a_waiting_thread_needs_are_dropped_later(rig: Rig) -> None:
    env = rig.connect()
    lock, items = env.module("threading").Lock(), [env.put([n]) for n in range(3)]
    lock.acquire()
    env.sync()

    def behind() -> Any:
        lock.acquire()
        total = items[0] + items[1] + items[2]
        items.clear()
        lock.release()
        env.session.flush()
        return total.fetch()

    (future,) = begun(behind)
    waiting(rig)
    eventually(lambda: not items)
    env.put([1])
    assert env.put([2]).fetch() == [2]  # deletions have gone with this
    lock.release()
    assert future.result(SOON) == [0, 1, 2]
    env.sync()
    eventually(lambda: env.put(0).fetch() == 0 and rig.interpreter.count() <= 3)


def test_who_waited_first_has_it_first(rig: Rig) -> None:
    env, order = rig.connect(), []
    lock = env.module("threading").Lock()
    lock.acquire()
    env.sync()

    def take(n: int) -> None:
        other = clients[n]
        with other.get_named("lock"):
            order.append(n)

    env.put_named("lock", lock)
    env.sync()
    clients = [rig.connect() for _ in range(4)]
    futures = []
    for n in range(4):
        futures += begun(lambda n=n: take(n))
        waiting(rig, n + 1)
    lock.release()
    env.sync()
    for future in futures:
        future.result(SOON)
    assert order == [0, 1, 2, 3]


def test_a_thread_of_user_code_ends_a_wait(rig: Rig) -> None:
    def delayed() -> Any:
        items: queue.Queue[int] = queue.Queue()
        threading.Timer(0.1, items.put, (7,)).start()
        return items

    assert rig.connect().run(delayed).get().fetch() == 7


def test_an_interrupt_ends_the_wait_and_what_is_behind_it_in_its_frame(host: Host) -> None:
    client = host.connect()
    client.ask(Import(1, "threading"), GetAttr(2, Ref(1), "Lock"), Call(3, Ref(2)), GetAttr(4, Ref(3), "acquire"))
    assert client.ask(Call(0, Ref(4))).values == [(0, True)]
    client.send(Op(0, "add", [1, 2]), Call(0, Ref(4)), Op(0, "add", [1, 2]))
    eventually(lambda: len(host.status()["waits"]) == 1)
    assert "lock.acquire" in host.status()["waits"][0]
    interrupt(host)
    reply = client.reply()
    assert reply.values == [(0, 3)]
    assert [index for index, _ in reply.failures] == [1, 2]
    assert {error.type_name for error in reply.errors} == {"KeyboardInterrupt"}
    assert client.works()


def interrupt(host: Host) -> None:

    with host.dial() as connection:
        hello(connection, role="control")
        connection.sendall(framed(encode(Interrupt("", []))))
        connection.recv(1)


def test_a_client_that_tells_of_no_threads_keeps_all_in_order(host: Host) -> None:
    first, second = host.connect("first"), host.connect("second")
    lock = [Import(1, "threading"), GetAttr(2, Ref(1), "Lock"), Call(3, Ref(2)), GetAttr(4, Ref(3), "acquire")]
    assert first.ask(*lock, Call(0, Ref(4)), GetAttr(5, Ref(3), "release")).values == [(4, True)]
    first.send(Call(0, Ref(4)))
    first.send(Call(0, Ref(5)))
    eventually(lambda: len(host.status()["waits"]) == 1)
    assert second.works()
    assert len(host.status()["waits"]) == 1
    interrupt(host)
    assert first.reply().errors[0].type_name == "KeyboardInterrupt"
    assert not first.reply().failures


def test_the_end_of_a_client_ends_its_waits(rig: Rig, shared: tuple[Any, Any]) -> None:
    first, second = shared
    first.put_named("lock", first.module("threading").Lock())
    first.get_named("lock").acquire()
    first.sync()
    second.get_named("lock").acquire()
    second.session.flush()
    waiting(rig)
    second.destroy()
    waiting(rig, 0)
    eventually(lambda: rig.host.status()["clients"] == 1)
    first.get_named("lock").release()
    assert first.get_named("lock").acquire(False).fetch() is True


def test_locks_and_queues_of_many_threads_and_clients_over_a_link_that_breaks(rig: Rig) -> None:
    """Nothing is lost or done twice: what a lock guards is counted right, and each item is taken once."""
    clients = [rig.connect() for _ in range(3)]
    env = clients[0]
    env["lock"], env["items"], env["count"] = env.module("threading").RLock(), env.module("queue").Queue(2), [0]
    env.sync()
    rig.break_after((2_000, 20_000), seed=1)
    taken: list[int] = []

    def add(client: Any) -> None:
        lock, count = client["lock"], client["count"]
        for _ in range(10):
            with lock:
                before = count[0].fetch()
                count[0] = before + 1

    def pipelined(client: Any) -> None:
        lock, count = client["lock"], client["count"]
        for _ in range(10):
            lock.acquire()
            count[0] += 1
            lock.release()
        client.sync()

    def give(client: Any) -> None:
        for n in range(30):
            client["items"].put(n)
        client.sync()

    def take(client: Any) -> None:
        for _ in range(30):
            taken.append(client["items"].get().fetch())

    work = [functools.partial(one, client) for client in clients for one in (add, pipelined, give, take)]
    for future in begun(*work):
        future.result(6 * SOON)
    assert env["count"].fetch() == [60]
    assert sorted(taken) == sorted(3 * [*range(30)])
    assert rig.host.status()["waits"] == []


def guarded(rig: Rig) -> tuple[Any, Any, Any, Any]:
    """Two clients, each with the same condition."""
    first, second = rig.connect(), rig.connect()
    first["condition"] = first.module("threading").Condition()
    first.sync()
    return first, first["condition"], second, second["condition"]


def test_a_condition_is_waited_for_and_its_lock_can_be_taken_meanwhile(rig: Rig) -> None:
    first, here, second, there = guarded(rig)
    first["items"] = []
    first.sync()

    def consume() -> Any:
        items = second["items"]
        with there:
            while not items:
                there.wait()
            return items.pop(0).fetch()

    (future,) = begun(consume)
    waiting(rig)
    with here:
        here.notify()  # in vain: nothing is there
        first.sync()
    waiting(rig)
    with here:
        first["items"].append("a")
        here.notify_all()
        waiting(rig)  # for the lock
        assert first.put([1]).fetch() == [1]
    assert future.result(SOON) == "a"
    with here:
        assert here.wait(0.05).fetch() is False
    with pytest.raises(RuntimeError, match="un-acquired"):
        here.wait().fetch()


def test_an_interrupted_wait_for_a_condition_leaves_its_block_as_ever(rig: Rig) -> None:
    first, here, _, there = guarded(rig)

    def wait() -> None:
        with there, there:
            there.wait().fetch()

    for is_taken in (False, True):
        (future,) = begun(wait)
        waiting(rig)
        block = here if is_taken else contextlib.nullcontext()
        with block:
            interrupt(rig.host)
            waiting(rig, 0)
        with pytest.raises(KeyboardInterrupt):
            future.result(SOON)
        assert here.acquire(False).fetch() is True
        here.release()
        first.sync()

"""Interpreters through a relay, forced from an ordinary driver."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import ray
import test_abroad
import test_between_interpreters
import test_bulk
import test_deferred_errors
import test_gathering
import test_interrupts
import test_iteration
import test_meaning
import test_ray
from conftest import ROOT, eventually

import ray_proxy
from ray_proxy import InterpreterDiedError, RemoteInterpreter, RemoteInterpreterFactory
from ray_proxy.cluster import liveness, relayed
from ray_proxy.cluster.relayed import RelayChannel
from ray_proxy.protocol import MAJOR, MINOR, Frame, Hello, Op, decode_answer, encode

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def rif(cluster: str) -> RemoteInterpreterFactory:
    return RemoteInterpreterFactory(relay=True)


@pytest.fixture(scope="module")
def eager_env(rif: RemoteInterpreterFactory) -> Iterator[RemoteInterpreter]:
    env = rif.create(eager=True)
    yield env
    env.destroy()


@pytest.fixture
def env(first: RemoteInterpreter) -> RemoteInterpreter:
    return first


@pytest.fixture
def other(second: RemoteInterpreter) -> RemoteInterpreter:
    return second


def station(env: RemoteInterpreter) -> Any:
    """What this process knows of its relay."""
    return ray_proxy.cluster.remote._links[env.session]._station  # type: ignore[attr-defined]


def pid_of_relay(env: RemoteInterpreter) -> int:
    pid: int = liveness._actor(station(env).actor._actor_id.hex()).pid
    return pid


# ----------------------------------------------------------- what holds of interpreters holds through a relay

ctrl_c = test_interrupts.ctrl_c

_SAME: dict[ModuleType, str] = {
    test_between_interpreters: """
        test_the_result_lives_with_the_left_operand
        test_equality_across_interpreters
    """,
    test_deferred_errors: """
        test_an_error_surfaces_where_the_value_is_needed
        test_a_dependent_var_reports_the_same_first_error
        test_the_error_tells_the_remote_traceback_and_the_local_line
        test_an_error_of_an_operation_without_result_is_raised_at_the_next_wait_once
        test_an_error_without_result_belongs_to_its_thread
        test_sync_raises_the_first_error_that_was_not_seen
    """,
    test_gathering: """
        test_fetch_of_many
        test_wait_gives_done_and_not_done
        test_as_completed_gives_each_once
    """,
    test_iteration: """
        test_iteration_over_a_list_sees_what_the_loop_does_to_it
        test_an_iterator_is_never_read_ahead
    """,
    test_meaning: """
        test_a_long_pipeline_leaves_in_several_frames
        test_eager_raises_where_the_operation_stands
        test_eager_hasattr_is_true_or_false
        test_an_eager_block_waits_in_its_thread_alone
        test_a_failed_in_place_operation_loses_nothing
        test_await_gives_the_value
        test_await_raises_the_error
        test_gather_of_vars_as_futures
    """,
    test_ray: """
        test_a_named_interpreter_is_found
        test_destroy_by_name
        test_two_interpreters_work_at_the_same_time
        test_as_completed_and_wait_over_interpreters
        test_results_of_a_long_frame_come_as_they_are_ready
        test_many_threads_use_one_interpreter
        test_many_tasks_of_an_event_loop
        test_dropping_the_last_handle_ends_the_process
        test_destroy_ends_the_process_at_once
    """,
    test_abroad: """
        test_a_var_works_in_a_ray_task
        test_an_interpreter_works_in_a_ray_task
        test_a_pickled_var_is_the_same_variable_here
        test_small_operands_move_in_frames
        test_a_call_that_comes_back_to_its_own_interpreter
    """,
    test_bulk: """
        test_many_large_arguments_of_one_call
        test_many_large_results_of_one_frame
        test_an_object_ref_comes_back_as_one
    """,
    test_interrupts: """
        test_ctrl_c_interrupts_the_remote_call_and_raises_here
        test_what_is_queued_behind_the_interrupted_call_is_withdrawn
    """,
}
for module, names in _SAME.items():
    globals().update({name: getattr(module, name) for name in names.split()})


# ------------------------------------------------------------------------------------------------- the relay


def test_frames_go_through_one_relay_of_this_process(first: RemoteInterpreter, second: RemoteInterpreter) -> None:
    assert (first.put(1) + 1, second.put(1) + 1) == (2, 2)
    assert isinstance(first.session.line.channel, RelayChannel)
    assert station(first) is station(second)
    assert first.status()["clients"] == 1


def test_the_key_does_not_leave_the_cluster(first: RemoteInterpreter) -> None:
    first.sync()
    assert ray_proxy.cluster.remote._links[first.session].published.key == b""


def test_frames_arrive_in_order_whatever_their_size(first: RemoteInterpreter) -> None:
    seen = first.put([])
    for number in range(60):
        # Ray passes large arguments by its object store, and does not keep their order with small ones.
        seen.append((number, b"x" * (300_000 if number % 3 == 0 else 10)))
        first.session.flush()
    assert [number for number, _ in seen.fetch()] == list(range(60))


def test_what_waits_for_a_slow_interpreter_is_bounded(first: RemoteInterpreter) -> None:
    first.run(time.sleep, (1,))
    total = first.put(0)
    for _ in range(100):
        total = total + first.run(len, (b"x" * 200_000,))
        channel = first.session.line.channel
        assert channel is not None
        assert channel.backlog() < 4_000_000
    assert total == 100 * 200_000


def test_20_mb_both_ways_arrive_as_writable_as_they_left(first: RemoteInterpreter) -> None:
    big = np.arange(2_500_000.0)
    remote = first.put(big)
    remote += 1
    remote[0] = 7
    back = remote.fetch()
    back[1] = 9
    assert (back[0], back[1], back[2], big[0]) == (7, 9, 3, 0)


def test_a_relay_that_is_killed_is_replaced_and_each_operation_is_executed_once(first: RemoteInterpreter) -> None:
    count = first.put([0])
    count.fetch()
    killed = station(first)
    for number in range(3000):
        count[0] += 1
        if number == 1500:
            ray.kill(killed.actor)
    assert count[0] == 3000
    assert station(first) is not killed


def test_a_relay_that_is_killed_while_an_answer_is_awaited(first: RemoteInterpreter, second: RemoteInterpreter) -> None:
    first.sync()
    second.sync()
    value = first.run(lambda: [time.sleep(1), 5][1])
    first.session.flush()
    eventually(lambda: first.status()["busy"])
    os.kill(pid_of_relay(first), signal.SIGKILL)
    assert value.fetch(timeout=30) == 5
    assert second.put([1]).fetch(timeout=30) == [1]


def test_a_relay_that_is_stopped_is_replaced(first: RemoteInterpreter) -> None:
    first.sync()
    stopped = station(first)
    os.kill(pid_of_relay(first), signal.SIGSTOP)
    assert first.put([1]).fetch(timeout=60) == [1]
    assert station(first) is not stopped


def test_a_link_from_the_relay_that_is_cut_is_restored(rif: RemoteInterpreterFactory) -> None:
    with rif.create() as env:
        count = env.put([0])
        env.sync()
        count[0] += 1
        channel = env.session.line.channel
        assert isinstance(channel, RelayChannel)
        ray.get(station(env).actor.close.remote(channel._passage, None))
        count[0] += 1
        assert count[0] == 2
        assert env.session.line.channel is not channel


def test_an_interpreter_that_dies_is_an_error_with_the_reason_at_once(rif: RemoteInterpreterFactory) -> None:
    env = rif.create()
    pid = int(env.run(os.getpid))
    call = env.run(time.sleep, (60,))
    env.session.flush()
    threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
    start = time.monotonic()
    with pytest.raises(InterpreterDiedError, match="has ended. The actor is dead because its worker process has died"):
        call.fetch()
    assert time.monotonic() - start < 6
    with pytest.raises(InterpreterDiedError):
        env.put([1]).fetch()


def test_the_relay_ends_when_nobody_uses_it(run_program: Callable[..., str]) -> None:
    printed = run_program(
        "import ray, ray_proxy, time\n"
        "from ray_proxy.cluster import liveness, remote\n"
        "ray.init(log_to_driver=False)\n"
        "env = ray_proxy.RemoteInterpreterFactory(relay=True).create()\n"
        "env.sync()\n"
        "id = remote._links[env.session]._station.actor._actor_id.hex()\n"
        "assert liveness.verdict(id) is None\n"
        "del env\n"
        "until = time.monotonic() + 20\n"
        "while liveness.verdict(id) is None:\n"
        "    assert time.monotonic() < until\n"
        "    time.sleep(0.01)\n"
        "print('ended')\n"
    )
    assert printed == "ended\n"


def test_a_client_that_is_killed_is_not_kept(rif: RemoteInterpreterFactory, cluster: str) -> None:
    with rif.create(name="mourning") as env:
        env.sync()
        code = (
            "import ray, ray_proxy, os, signal\n"
            "ray.init(namespace='tests', log_to_driver=False)\n"
            "env = ray_proxy.RemoteInterpreterFactory(relay=True)['mourning']\n"
            "kept = env.put([1])\n"
            "assert env.status()['clients'] == 2\n"
            "os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        driver = subprocess.run([sys.executable, "-c", code], env={**os.environ, "RAY_ADDRESS": cluster}, cwd=ROOT)
        assert driver.returncode == -signal.SIGKILL
        eventually(lambda: env.status()["clients"] == 1 and env.status()["variables"] == 0)


def test_what_was_asked_for_is_sent_before_the_process_ends(
    rif: RemoteInterpreterFactory, run_program: Callable[..., str]
) -> None:
    run_program(
        "import ray, ray_proxy\n"
        "ray.init(namespace='tests', log_to_driver=False)\n"
        "env = ray_proxy.RemoteInterpreterFactory(relay=True).create(name='left', lifetime='detached')\n"
        "env['weights'] = [1, 2]\n"
    )
    left = rif["left"]
    assert left["weights"].fetch() == [1, 2]
    assert left.status()["clients"] == 1  # the other one has said goodbye
    rif.destroy("left")


def test_after_ray_shutdown_nothing_starts_a_new_ray(run_program: Callable[..., str]) -> None:
    printed = run_program(
        "import ray, ray_proxy, time\n"
        "ray.init(log_to_driver=False)\n"
        "env = ray_proxy.RemoteInterpreterFactory(relay=True).create()\n"
        "env.sync()\n"
        "call = env.run(time.sleep, (60,))\n"
        "env.session.flush()\n"
        "ray.shutdown()\n"
        "for ask in (call.fetch, env.put(1).fetch if not env.session.is_broken() else call.fetch):\n"
        "    try:\n"
        "        ask()\n"
        "    except ray_proxy.InterpreterDiedError as error:\n"
        "        print(error)\n"
        "print(ray.is_initialized())\n"
    )
    assert printed.count("Ray was shut down in this process") == 2
    assert printed.endswith("False\n")


def test_a_forked_child_is_told_that_a_relay_is_out_of_reach(run_program: Callable[..., str]) -> None:
    printed = run_program(
        "import os, ray, ray_proxy\n"
        "ray.init(log_to_driver=False)\n"
        "var = ray_proxy.RemoteInterpreterFactory(relay=True).create().put([1])\n"
        "var.fetch()\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    try:\n"
        "        var.fetch()\n"
        "    except ray_proxy.InterpreterDiedError as error:\n"
        "        print(error, flush=True)\n"
        "    os._exit(0)\n"
        "os.waitpid(child, 0)\n"
        "print((var + [3]).fetch())\n"
    )
    assert "this process was forked, and a relay is reached by Ray" in printed
    assert printed.endswith("[1, 3]\n")


def test_an_interrupt_in_any_line_of_the_channel_loses_no_frame_and_no_answer(first: RemoteInterpreter) -> None:
    first.sync()
    link = ray_proxy.cluster.remote._links[first.session]
    hello = Hello(MAJOR, MINOR, uuid.uuid4().hex, "frames")
    channel, _ = link._open(hello, 10)
    answered: list[int] = []
    frames = 40
    for number in range(1, frames + 1):
        data = encode(Frame(number, [Op(0, "add", [number, 0])]))
        _interrupted_after(number // 2, lambda data=data, number=number: channel.send(data, number))
        channel.send(data, number)
        until = time.monotonic() + 30
        while len(answered) < number:
            assert time.monotonic() < until

            def take() -> None:
                answers = channel.pump(5)
                taken = [decode_answer(answer).frame for answer in answers]
                channel.confirm(answers)
                answered.extend(taken)

            _interrupted_after(number // 2, lambda: channel.pump(0.01))
            take()
    assert answered == list(range(1, frames + 1))
    assert channel.received == frames
    assert channel.backlog() == 0
    channel.close()
    eventually(lambda: first.status()["clients"] == 1)


def _interrupted_after(lines: int, work: Callable[[], object]) -> None:
    """Do it, with an interrupt before the line of `relay.py` that is executed after so many others."""
    left = lines

    def trace(frame: Any, event: str, _: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename != relayed.__file__:
            return None
        if event == "line":
            left -= 1
            if left == 0:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)

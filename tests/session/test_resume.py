"""A session outlives its channel: what was asked for is executed exactly once, whatever becomes of the link."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from types import FrameType
from typing import Any

import pytest
from conftest import ROOT, eventually
from forks import in_child
from rig import Rig

from ray_proxy import InterpreterDiedError, fetch
from ray_proxy.channels.socket import SocketChannel, dial, framed, receive_frame
from ray_proxy.errors import ProtocolError, SessionLostError
from ray_proxy.protocol import MAJOR, MINOR, Hello, Refused, decode_welcome, encode
from ray_proxy.server import floor
from ray_proxy.session import conversation, forking, outbox
from ray_proxy.var.interface import handle_of

# ------------------------------------------------------------------------------------------- exactly once


def test_a_cut_channel_is_replaced(rig: Rig) -> None:
    env = rig.connect()
    x = env.put([1, 2])
    assert fetch(x) == ([1, 2],)
    rig.cable.cut()
    assert (x + [3]).fetch() == [1, 2, 3]
    assert rig.cable.connections == 2


def test_a_channel_that_is_cut_while_somebody_waits_is_replaced(rig: Rig) -> None:
    env = rig.connect()
    gate = threading.Event()
    gates.append(gate)
    waited = env.run(wait_for_gate)
    threading.Timer(0.2, lambda: (rig.cable.cut(), gate.set())).start()
    assert waited.fetch() == "open"


gates: list[threading.Event] = []


def wait_for_gate() -> str:
    gates.pop().wait(30)
    return "open"


@pytest.mark.parametrize("seed", range(6))
def test_each_operation_is_executed_once_however_often_the_channel_breaks(rig: Rig, seed: int) -> None:
    env = rig.connect()
    rig.break_after((1000, 40_000), seed)
    x = env.put([])
    for number in range(2000):
        x.append(number)
        if number % 97 == 0:
            assert len(x) == number + 1
    assert x.fetch() == list(range(2000))
    assert rig.cable.connections > 5


def test_frames_that_were_left_to_a_thread_that_sends_over_a_lost_channel_go_over_the_next(rig: Rig) -> None:
    env = rig.connect()
    env.sync()
    lost = env.session.line.channel
    inside, go_on = threading.Event(), threading.Event()
    values = []

    def stop(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code is SocketChannel.send.__code__ and not inside.is_set():
            inside.set()
            go_on.wait(10)

    def work() -> None:
        sys.setprofile(stop)
        values.append(env.put([1]).fetch(timeout=10))

    thread = threading.Thread(target=work)
    thread.start()
    inside.wait(10)
    rig.cable.cut()
    eventually(lambda: env.session.line.channel not in (None, lost))
    eventually(lambda: all(thread.name != "ray-proxy-connect" for thread in threading.enumerate()))
    go_on.set()
    thread.join()
    assert values == [[1]]


def test_large_values_come_whole_over_channels_that_break(rig: Rig) -> None:
    env = rig.connect()
    rig.break_after((400_000, 900_000), 1)
    text = "".join(map(str, range(50_000)))
    assert [env.put([text, number]).fetch() for number in range(8)] == [[text, number] for number in range(8)]
    assert rig.cable.connections > 3


def test_threads_that_wait_all_get_their_values_over_a_new_channel(rig: Rig) -> None:
    env = rig.connect()
    env.sync()
    rig.break_after((800, 6000), 2)
    results: dict[int, list[int]] = {}

    def work(number: int) -> None:
        results[number] = [(env.put(number) + other).fetch() for other in range(50)]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results == {number: [number + other for other in range(50)] for number in range(8)}


def test_an_error_is_raised_once_though_its_answer_was_lost(rig: Rig) -> None:
    env = rig.connect()
    rig.break_after((500, 8000), 3)
    for _ in range(30):
        with pytest.raises(ZeroDivisionError):
            (env.put(1) / 0).fetch()
    assert env.put(5).fetch() == 5


def test_variables_and_names_stay_while_the_link_is_lost(rig: Rig) -> None:
    env = rig.connect()
    env["kept"] = x = env.put({"a": 1})
    env.sync()
    rig.cable.plugged = False
    rig.cable.cut()
    eventually(lambda: env.session.line.lost is not None and rig.server.status()["lost"] == 1)  # though nobody asks
    assert rig.interpreter.count() == 1
    rig.cable.plugged = True
    assert x["a"].fetch() == 1
    assert rig.server.status()["lost"] == 0


def test_a_timeout_while_the_link_is_lost_says_so(rig: Rig) -> None:
    env = rig.connect()
    x = env.put([1])
    env.sync()
    rig.cable.plugged = False
    rig.cable.cut()
    eventually(lambda: env.session.line.lost is not None)
    with pytest.raises(TimeoutError, match="link to the interpreter .* is lost"):
        x.fetch(timeout=0.1)
    rig.cable.plugged = True
    assert x.fetch() == [1]


def test_answers_are_kept_no_longer_than_until_they_are_confirmed(rig: Rig) -> None:
    env = rig.connect()
    for _ in range(100):
        env.put("x" * 10_000)[0].fetch()
    work = rig.server._clients.present[0].work
    assert len(work.answers) <= 2
    assert work.kept == sum(map(len, work.answers))


def test_a_client_that_only_receives_confirms_too(rig: Rig) -> None:
    env = rig.connect()
    large = env.run(bytes, (1_000_000,))
    for _ in range(40):
        env.session.request(handle_of(large))
    env.sync()
    eventually(lambda: rig.server._clients.present[0].work.kept < 2 * conversation.CONFIRM)


class _Interrupted:
    """Ctrl-C comes before the next thing is in a container of the session."""

    interrupted = False

    def interrupt(self) -> None:
        if not self.interrupted:
            self.interrupted = True
            raise KeyboardInterrupt


class InterruptedList(_Interrupted, list):  # type: ignore[type-arg]
    def append(self, item: object) -> None:
        self.interrupt()
        super().append(item)


class InterruptedDict(_Interrupted, dict):  # type: ignore[type-arg]
    def __setitem__(self, key: object, item: object) -> None:
        self.interrupt()
        super().__setitem__(key, item)


@pytest.mark.parametrize("place", ["pending", "unsettled"])
def test_an_interrupt_in_the_middle_of_an_operation_gives_no_other_its_answer(rig: Rig, place: str) -> None:
    env = rig.connect()
    env.sync()
    session: Any = env.session
    part, container = (session.outbox, InterruptedList()) if place == "pending" else (session.ledger, InterruptedDict())
    setattr(session, place, container)
    setattr(part, place, container)
    with pytest.raises(KeyboardInterrupt):
        env.put([1])
    assert [env.put([number])[0].fetch(timeout=10) for number in range(5)] == list(range(5))


def test_a_refusal_that_comes_twice_fails_nothing_else(rig: Rig) -> None:
    env = rig.connect()
    env.put(1).fetch()
    var = env.put([2])
    rig.cable.held.set()
    waiting = env.session.request(handle_of(var))
    env.session.flush()
    env.session.receive(encode(Refused(1, "of a frame that is dealt with")))
    rig.cable.held.clear()
    assert env.session.value(waiting) == [2]


# --------------------------------------------------------------------------------------------- the grace time


def test_a_session_that_is_lost_for_longer_than_the_grace_time_is_given_up(short_rig: Rig) -> None:
    env = short_rig.connect()
    x = env.put([1])
    env.sync()
    short_rig.cable.plugged = False
    short_rig.cable.cut()
    eventually(lambda: short_rig.interpreter.count() == 0)
    with pytest.raises(InterpreterDiedError, match=r"silent since \d\d:\d\d:\d\d.*grace time is 0.5 s"):
        x.fetch()


def test_a_client_that_comes_back_too_late_hears_that_its_variables_are_gone(rig: Rig) -> None:
    env = rig.connect()
    x = env.put([1])
    env.sync()
    rig.cable.plugged = False
    rig.cable.cut()
    eventually(lambda: rig.server.status()["lost"] == 1)
    rig.server._watch.grace = 0.01
    eventually(lambda: rig.server.status()["clients"] == 0)
    rig.cable.plugged = True
    with pytest.raises(SessionLostError, match="unnamed variables"):
        x.fetch()


def test_after_a_lost_session_a_new_one_finds_the_names(short_rig: Rig) -> None:
    env = short_rig.connect()
    env["kept"] = [1]
    env.sync()
    short_rig.cable.plugged = False
    short_rig.cable.cut()
    eventually(lambda: short_rig.interpreter.count() == 0)
    short_rig.cable.plugged = True
    assert short_rig.connect()["kept"].fetch() == [1]


def test_a_client_that_says_goodbye_is_gone_at_once(rig: Rig) -> None:
    env = rig.connect()
    x = env.put([1])
    env.sync()
    assert rig.interpreter.count() == 1
    env.destroy()
    eventually(lambda: rig.interpreter.count() == 0, 3)
    del x


def test_the_variables_of_a_killed_process_are_gone_within_seconds(rig: Rig) -> None:
    ours = rig.connect()
    ours.put([0])
    keep = ours.put([1])
    ours.sync()
    program = (
        "import sys, time\n"
        "sys.path.insert(0, 'tests')\n"
        "from cable import CableInterpreter, CableLink\n"
        "from ray_proxy.session.session import Session\n"
        "link = CableLink(sys.argv[1], bytes.fromhex(sys.argv[2]))\n"
        "env = Session(link=link, env=CableInterpreter).env()\n"
        "held = [env.put([number]) for number in range(10)]\n"
        "env['named'] = held[0]\n"
        "env.sync()\n"
        "print('ready', flush=True)\n"
        "time.sleep(100)\n"
    )
    arguments = [sys.executable, "-c", program, rig.server.address.path, rig.server.key.hex()]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    gc.collect()
    eventually(lambda: rig.interpreter.count() == 11)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    eventually(lambda: rig.interpreter.count() == 1, 15)
    assert (keep.fetch(), ours["named"].fetch()) == ([1], [0])


# -------------------------------------------------------------------------------------------------- silence


@pytest.fixture
def quick_pulse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ray_proxy.session.pulse.PULSE", 0.1)


@pytest.mark.usefixtures("quick_pulse")
def test_a_silent_link_is_not_waited_for_past_the_grace_time(short_rig: Rig) -> None:
    env = short_rig.connect()
    x = env.put([1])
    env.sync()
    short_rig.cable.held.set()
    with pytest.raises(InterpreterDiedError, match=r"silent since \d\d:\d\d:\d\d, which is \d s"):
        x.fetch()
    with pytest.raises(InterpreterDiedError, match="silent since"):
        env.put(1).fetch()


@pytest.mark.usefixtures("quick_pulse")
def test_silence_within_the_grace_time_loses_nothing(rig: Rig) -> None:
    env = rig.connect()
    x = env.put([])
    env.sync()
    rig.cable.held.set()
    threading.Timer(1, rig.cable.held.clear).start()
    for number in range(10):
        x.append(number)
    assert x.fetch() == list(range(10))
    assert rig.cable.connections >= 1


@pytest.mark.usefixtures("quick_pulse")
def test_a_long_call_of_a_living_interpreter_is_waited_for(short_rig: Rig) -> None:
    env = short_rig.connect()
    assert env.run(time.sleep, (1.5,)).fetch() is None  # three times its grace time


# --------------------------------------------------------------------------------------------- the handshake


def greet(rig: Rig, hello: Hello) -> None:
    with dial(rig.server.address, rig.server.key, True) as connection:
        connection.sendall(framed(encode(hello)))
        decode_welcome(receive_frame(connection, time.monotonic() + 5))


def test_a_session_that_nobody_knows_cannot_be_resumed(rig: Rig) -> None:
    with pytest.raises(SessionLostError):
        greet(rig, Hello(MAJOR, MINOR, "unknown", resume=True))


def test_a_second_session_cannot_take_the_name_of_one_that_is_there(rig: Rig) -> None:
    env = rig.connect()
    env.sync()
    with pytest.raises(ProtocolError, match="already"):
        greet(rig, Hello(MAJOR, MINOR, env.session.name))
    assert env.put(1).fetch() == 1


def test_a_frame_that_comes_out_of_turn_ends_the_session(rig: Rig) -> None:
    env = rig.connect()
    env.sync()
    env.session.outbox.number += 1
    with pytest.raises(ProtocolError, match="frame 3 came where frame 2 was due"):
        env.put([1]).fetch()


# ------------------------------------------------------------------------------------------------------ fork


def test_a_forked_child_uses_the_variables_of_its_parent(rig: Rig) -> None:
    env = rig.connect()
    x = env.put([1])
    assert in_child(lambda: (x + [2]).fetch()) == "[1, 2]"
    x.append(5)
    assert x.fetch() == [1, 5]


def test_what_a_child_changes_its_parent_sees(rig: Rig) -> None:
    x = rig.connect().put([1])
    in_child(lambda: (x.append(2), x.fetch()))
    assert x.fetch() == [1, 2]


def test_operations_that_wait_to_be_sent_belong_to_the_parent(rig: Rig) -> None:
    env = rig.connect()
    x = env.put([])
    env.sync()
    x.append(1)
    y = x + [2]
    assert in_child(lambda: y.fetch()) == "[1, 2]"
    assert x.fetch() == [1]


def test_a_child_that_drops_a_variable_takes_nothing_from_its_parent(rig: Rig) -> None:
    env = rig.connect()
    held = [env.put([1])]
    env.sync()
    in_child(lambda: (held.clear(), env.put(1).fetch()))
    assert held[0].fetch() == [1]


def test_a_child_keeps_what_its_parent_drops(rig: Rig) -> None:
    env = rig.connect(past_cable=True)
    held = [env.put([1])]
    env.sync()
    ours, theirs = os.pipe()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.read(ours, 1)  # until the parent has dropped it
        os.write(writing, repr(held[0].fetch()).encode())
        os._exit(0)
    held.clear()
    env.sync()
    os.write(theirs, b"!")
    os.waitpid(child, 0)
    assert os.read(reading, 100) == b"[1]"
    for number in (ours, theirs, reading, writing):
        os.close(number)
    eventually(lambda: rig.interpreter.count() == 0)


def test_what_was_kept_for_a_child_is_let_go_when_it_ends(rig: Rig) -> None:
    env = rig.connect(past_cable=True)  # so that the server sees the child's process
    x = env.put([1])
    env.sync()
    assert in_child(lambda: "unused") == "'unused'"
    assert in_child(lambda: x.fetch()) == "[1]"
    eventually(lambda: rig.interpreter.leased() == 0 and rig.server.status()["clients"] == 1, 15)
    assert rig.interpreter.count() == 1


def test_a_grandchild_inherits_too(rig: Rig) -> None:
    x = rig.connect().put([1])
    x.fetch()
    assert in_child(lambda: in_child(lambda: x.fetch())) == repr("[1]")
    assert in_child(lambda: (x.fetch(), in_child(lambda: x.fetch()))) == repr(([1], "[1]"))


def test_children_of_many_forks_work_side_by_side(rig: Rig) -> None:
    x = rig.connect().put([1])
    x.fetch()
    pids = []
    for number in range(6):
        pid = os.fork()
        if not pid:
            ok = [(x + [number, other]).fetch() for other in range(20)] == [[1, number, other] for other in range(20)]
            os._exit(0 if ok else 1)
        pids.append(pid)
    assert [os.waitpid(pid, 0)[1] for pid in pids] == [0] * 6


def test_a_fork_waits_for_an_interpreter_that_is_nearly_there(rig: Rig) -> None:
    x = rig.connect().put([1])
    assert in_child(lambda: x.fetch()) == "[1]"


def test_a_fork_before_the_interpreter_is_there_is_an_error_with_the_remedy(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forking, "PATIENCE", 0.1)
    rig.cable.plugged = False
    env = rig.connect()
    x = env.put([1])
    assert "call env.sync() before the fork" in in_child(lambda: x.fetch())
    rig.cable.plugged = True
    assert x.fetch() == [1]


def test_a_session_that_nobody_used_before_the_fork_begins_in_the_child(rig: Rig) -> None:
    env = rig.connect()
    assert in_child(lambda: env.put([1]).fetch()) == "[1]"


def test_the_patience_of_a_server_is_a_second(rig: Rig) -> None:
    assert floor.TURN == 1.0  # the figures of the tests above build on it


def test_operations_wait_where_too_many_have_collected_without_a_link(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "COLLECTED", (1000, 10_000))
    rig.cable.plugged = False
    env = rig.connect()
    done: list[int] = []

    def work() -> None:
        x = env.put([])
        for number in range(3000):
            x.append(number)
            done.append(number)
        assert x.fetch() == list(range(3000))

    thread = threading.Thread(target=work)
    thread.start()
    eventually(lambda: len(env.session.pending) >= 1000)
    time.sleep(0.2)  # it would go on, if it did not wait
    assert len(done) < 1500
    rig.cable.plugged = True
    thread.join(20)
    assert len(done) == 3000

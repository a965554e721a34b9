"""What user code writes reaches the client that it runs for, and is kept where nobody takes it.

Each test runs in a process of its own, whose output is captured: `served`.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alone import alone
from conftest import eventually
from rig import Client, Host, ask_status, function, hello
from written import Heard

from ray_proxy.protocol import (
    Bytes,
    Call,
    Code,
    Deliver,
    Display,
    Frame,
    Import,
    Module,
    Op,
    Output,
    Prompt,
    Reply,
    Written,
    decode_answer,
    encode,
)
from ray_proxy.server.kept import KEPT, Kept
from ray_proxy.server.outputs import WINDOW, Outputs, Piece


@contextlib.contextmanager
def served(grace: float = 30.0, on_output: Callable[[str, int, bytes, int], None] | None = None) -> Iterator[Host]:
    """A server, all of whose output is captured."""
    with Heard() as heard:
        host = Host(grace=grace, capture=heard.capture)
        if on_output is not None:
            host.server.printing.on_output = on_output
        try:
            yield host
        finally:
            host.close()


def call(of: Callable[..., object], *args: Any) -> Call:
    return Call(0, function(of), list(args))


def until_reply(client: Client) -> list[Output]:
    """The outputs that come before the next frame is done."""
    outputs: list[Output] = []
    while True:
        answer = client.answer()
        if isinstance(answer, Output):
            outputs.append(answer)
            continue
        assert isinstance(answer, Reply), answer
        if answer.executed == client.sizes[answer.frame]:
            return outputs


def text(outputs: list[Output]) -> str:
    return b"".join(output.data for output in outputs).decode()


def hears(client: Client, end: str) -> list[Output]:
    """The outputs up to one that ends so."""
    outputs: list[Output] = []
    while not text(outputs).endswith(end):
        answer = client.answer()
        if isinstance(answer, Output):
            outputs.append(answer)
    return outputs


def again(client: Client, answers: int, output: int) -> Client:
    """The same session over a new connection, of one who has taken so many."""
    resumed = client.host.connect(prints=True, resume=True, answers=answers, output=output)
    resumed.number, resumed.sizes = client.number, client.sizes
    return resumed


# ------------------------------------------------------------------------------------------------- whose


def in_order() -> None:
    with served() as host:
        client = host.connect(prints=True)
        client.send(call(print, "one"), call(os.write, 2, Bytes(b"two\n")), call(print, "three", ""), origin=7)
        outputs = until_reply(client)
        assert [(o.number, o.stream, o.data, o.origin) for o in outputs] == [
            (1, 1, b"one\n", 7),
            (2, 2, b"two\n", 7),
            (3, 1, b"three \n", 7),
        ]
        client.send(call(print, "no end", 5), origin=8)
        (output,) = until_reply(client)
        assert (output.number, output.data, output.origin, output.at, output.left_out) == (4, b"no end 5\n", 8, 0, 0)


def test_it_comes_before_the_reply_that_says_what_printed_it_is_done() -> None:
    alone(in_order)


def of_each() -> None:
    with served() as host:
        one, two = host.connect("one", prints=True), host.connect("two", prints=True)
        for number in range(20):
            one.send(call(print, "one", number))
            two.send(call(os.system, f"echo two {number}"))
        for number in range(20):
            assert text(until_reply(one)) == f"one {number}\n"
            assert text(until_reply(two)) == f"two {number}\n"


def test_each_client_gets_its_own() -> None:
    alone(of_each)


def from_a_busy_reader() -> None:
    with served() as host:
        clients = [host.connect(f"c{number}", prints=True) for number in range(2)]
        for turn in range(400):
            for number, client in enumerate(clients):
                client.send(call(os.write, 1, Bytes(b"%d of %d\n" % (turn, number))))
        for turn in range(400):
            for number, client in enumerate(clients):
                assert text(until_reply(client)) == f"{turn} of {number}\n"


def test_the_reply_waits_for_what_the_thread_that_reads_is_just_telling() -> None:
    alone(from_a_busy_reader)


def live() -> None:
    with served() as host:
        client = host.connect(prints=True)
        gate = os.pipe()
        client.send(call(print, "begins"), call(os.read, gate[0], 1), call(print, "ends"))
        assert text(hears(client, "begins\n")) == "begins\n"
        os.write(gate[1], b"!")
        assert text(until_reply(client)) == "ends\n"
        client.send(call(loop_until, 1))
        assert text(hears(client, "loops\n")) == "loops\n"
        assert text(until_reply(client)) == ""


def loop_until(seconds: float) -> None:
    print("loops")
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


def test_it_comes_while_the_code_runs_that_writes_it() -> None:
    alone(live)


def start_late(line: str) -> None:
    threading.Timer(0.1, print, [line]).start()


def after_the_reply() -> None:
    with served() as host:
        client, other = host.connect("one", prints=True), host.connect("two", prints=True)
        client.send(call(start_late, "late"), origin=3)
        until_reply(client)
        other.send(call(loop_until, 0.3))
        assert [(output.data, output.origin) for output in hears(client, "late\n")] == [(b"late\n", 3)]
        assert text(until_reply(other)) == "loops\n"


def test_a_thread_that_outlives_its_call_prints_for_its_client_while_another_is_served() -> None:
    alone(after_the_reply)


def old_clients() -> None:
    with served() as host:
        older = host.connect("older", minor=4)
        older.send(call(print, "for the older one"))
        assert until_reply(older) == []
        silent = host.connect("silent")
        silent.send(call(print, "for the silent one"))
        assert until_reply(silent) == []
        older.channel.close()
        silent.channel.close()
        eventually(host.has_ended)
        newer = host.connect("newer", prints=True)
        outputs = hears(newer, "silent one\n")
        assert text(outputs) == "for the older one\nfor the silent one\n"
        assert all(output.at for output in outputs)


def test_who_does_not_print_is_told_nothing_and_it_is_kept() -> None:
    alone(old_clients)


def an_edit() -> None:
    with served() as host:
        editor, other = host.connect("editor", prints=True), host.connect("other", prints=True)
        editor.send(text_of("edited_there", "x = 1"), Import(1, "edited_there"))
        assert until_reply(editor) == []
        other.send(call(loop_until, 0.5))
        assert text(hears(other, "loops\n")) == "loops\n"
        assert "applied" in host.status(Deliver("editor", text_of("edited_there", "print('new')", 2), now=True))
        assert text(hears(editor, "new\n")) == "new\n"
        assert until_reply(other) == []


def text_of(module: str, source: str, mtime_ns: int = 1) -> Code:
    return Code([Module(module, source.encode(), f"/{module}.py", "module", mtime_ns)])


def test_what_an_edit_prints_that_is_applied_in_a_call_of_another_client_is_the_editor_s() -> None:
    alone(an_edit)


def a_fork() -> None:
    with served() as host:
        client = host.connect(prints=True)
        client.send(call(fork_and_return))
        assert text(until_reply(client)) == "child\nno end"
        assert client.works()


def fork_and_return() -> None:
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    else:
        print("child")
        print("no end", end="")


def test_a_forked_child_that_returns_from_user_code_has_written_all() -> None:
    alone(a_fork)


def hook() -> None:
    seen: list[Any] = []
    with served(on_output=lambda *written: seen.append(written)) as host:
        client = host.connect(prints=True)
        client.send(call(print, "one"), origin=5)
        until_reply(client)
        assert seen == [("first", 1, b"one\n", 0)]


def test_the_hook_is_told_before_the_answer_comes() -> None:
    alone(hook)


# --------------------------------------------------------------------------------------- it cannot harm


def slow() -> None:
    with served() as host:
        client, other = host.connect("slow", prints=True), host.connect("other", prints=True)
        client.send(call(print_lines, 200_000, 99))
        other.send(Op(0, "add", [1, 2]))
        assert until_reply(other) == []  # executed when the client that reads nothing has printed 20 MB
        outputs = until_reply(client)
        got, left_out = len(text(outputs)), sum(output.left_out for output in outputs)
        assert got + left_out == 20_000_000
        assert left_out > 15_000_000
        assert text(outputs).startswith("x" * 99 + "\n")
        assert len([output for output in outputs if output.left_out]) == 1
        assert client.works()


def print_lines(count: int, length: int) -> None:
    for _ in range(count):
        print("x" * length)


def at_once() -> None:
    with served() as host:
        client = host.connect(prints=True)
        for _ in range(20):
            client.send(call(write_at_once, 1_000_000))
            outputs = until_reply(client)
            assert sum(output.left_out for output in outputs) == 0
            assert text(outputs) == "x" * 999_999 + "\n"


def write_at_once(length: int) -> None:
    os.write(1, b"x" * (length - 1) + b"\n")


def test_a_megabyte_at_once_comes_whole() -> None:
    alone(at_once)


def test_a_client_that_does_not_read_holds_up_nobody_and_gets_the_beginning_and_the_end() -> None:
    alone(slow, seconds=60)


def reading_late() -> None:
    with served() as host:
        client = host.connect(prints=True)
        client.send(call(print_lines, 10_000, 99), call(time.sleep, 1.5))
        time.sleep(0.3)
        begun = time.monotonic()
        outputs: list[Output] = []
        while len(text(outputs)) + sum(output.left_out for output in outputs) < 1_000_000:
            answer = client.answer()
            assert isinstance(answer, Output), "the whole comes while the call still runs"
            outputs.append(answer)
        assert time.monotonic() - begun < 1.0


def test_what_waits_for_a_slow_client_is_sent_though_the_main_thread_is_busy() -> None:
    alone(reading_late)


# ------------------------------------------------------------------------------- lost, and those who come


def resumed() -> None:
    with served() as host:
        client = host.connect(prints=True)
        client.send(call(print, "one"))
        client.send(call(print, "two"))
        assert text(until_reply(client) + until_reply(client)) == "one\ntwo\n"
        client.send(call(time.sleep, 0.2), call(print, "three"))
        eventually(lambda: host.status()["busy"])
        outputs = until_reply(again(client, 2, 1))
        assert [(output.number, output.data) for output in outputs] == [(2, b"two\n"), (3, b"three\n")]


def test_what_was_not_taken_when_the_link_was_lost_comes_again() -> None:
    alone(resumed)


def while_away() -> None:
    with served() as host:
        client = host.connect(prints=True)
        gate = os.pipe()
        client.send(call(os.read, gate[0], 1), call(print, "meanwhile"))
        eventually(lambda: host.status()["busy"])
        client.channel.abandon()
        os.write(gate[1], b"!")
        eventually(lambda: not host.status()["busy"])
        assert text(until_reply(again(client, 0, 0))) == "meanwhile\n"


def test_what_is_printed_while_a_session_is_lost_waits_for_it() -> None:
    alone(while_away)


def to_the_heir() -> None:
    with served() as host:
        client = host.connect("before", prints=True, heir="notebook")
        stays = host.connect("stays", prints=True, heir="another")
        client.send(call(start_late, "of the dead one"))
        until_reply(client)
        client.channel.close()
        stays.send(call(print, "mine"))
        assert text(until_reply(stays)) == "mine\n"
        eventually(lambda: "notebook" in host.server.printing._kept._by_heir)
        stranger = host.connect("stranger", prints=True)
        assert stranger.works()
        heir = host.connect("after", prints=True, heir="notebook")
        (output,) = hears(heir, "\n")
        assert (output.number, output.data, output.origin) == (1, b"of the dead one\n", 0)
        assert 0 <= time.time() - output.at < 10
        twin = host.connect("twin", prints=True, heir="notebook")
        assert twin.works()
        assert heir.works()


def test_what_a_dead_session_prints_goes_to_its_heir_once() -> None:
    alone(to_the_heir)


def to_one_who_is_alone() -> None:
    with served() as host:
        client = host.connect("before", prints=True, heir="one notebook")
        client.send(call(start_late, "for whoever comes"))
        until_reply(client)
        client.channel.close()
        eventually(host.has_ended)
        eventually(lambda: bool(host.server.printing._kept._by_heir))
        after = host.connect("after", prints=True, heir="another notebook")
        assert text(hears(after, "\n")) == "for whoever comes\n"


def test_who_comes_and_is_alone_gets_it_all() -> None:
    alone(to_one_who_is_alone)


DYING = """
import os, signal, socket, sys, time
sys.path[:0] = {paths!r}
from rig import dial, framed, encode, hello, Frame
from ray_proxy.channels.socket import Address
connection = dial(Address(sys.argv[1], "", 0), bytes.fromhex(sys.argv[2]), True)
hello(connection, "dying", prints=True, heir="notebook")
connection.sendall(framed(bytes.fromhex(sys.argv[3])))
time.sleep(60)
"""


def count_for(seconds: float) -> None:
    for number in range(int(seconds / 0.05)):
        print("tick", number)
        time.sleep(0.05)


def killed_meanwhile() -> None:
    with served() as host:
        stays = host.connect("stays", prints=True, heir="another")
        frame = encode(Frame(1, [call(count_for, 3.0)])).hex()
        program = DYING.format(paths=sys.path)
        arguments = [host.server.address.path, host.server.key.hex(), frame]
        child = subprocess.Popen([sys.executable, "-c", program, *arguments])
        eventually(lambda: host.status()["busy"], 30)
        time.sleep(0.3)
        child.kill()
        child.wait()
        time.sleep(0.3)  # it prints on meanwhile: for nobody yet
        heir = host.connect("heir", prints=True, heir="notebook")
        assert host.status()["busy"]
        outputs = hears(heir, "tick 59\n")
        lines = text(outputs).splitlines()
        assert lines == [f"tick {number}" for number in range(60 - len(lines), 60)]
        assert len(lines) > 45
        assert all(output.at for output in outputs)
        assert stays.works()


def test_the_heir_of_a_killed_client_hears_the_rest_while_its_call_still_runs() -> None:
    alone(killed_meanwhile, seconds=60)


def written() -> None:
    with served() as host:
        client = host.connect(prints=True)
        client.send(call(print, "one"), call(os.write, 2, Bytes(b"two\n")))
        until_reply(client)
        between = time.time()
        client.send(call(print, "three"))
        until_reply(client)
        with host.dial() as connection:
            hello(connection, "", role="control")
            told = ask_status(connection, Written())["written"]
            assert told == [[1, b"one\n"], [2, b"two\n"], [1, b"three\n"]]
            assert ask_status(connection, Written(between))["written"] == [[1, b"three\n"]]


def test_the_last_that_was_written_can_be_asked_for() -> None:
    alone(written)


# ------------------------------------------------------------------------------------------- the windows


def sent(outputs: Outputs, before: int = 0) -> list[Output | Prompt]:
    found = []
    while (packet := outputs.next(before)) is not None:
        before += len(packet)
        found.append(decode_answer(packet[4:]))
    return found  # type: ignore[return-value]


def add(outputs: Outputs, data: bytes) -> None:
    for part in Piece(1, data).parts():
        outputs.add(part)


def test_what_is_too_much_is_dropped_from_the_middle() -> None:
    outputs = Outputs()
    outputs.prints = True
    for number in range(4000):
        outputs.add(Piece(1, b"%04d" % number + b"x" * 996))
    told = sent(outputs)
    data = b"".join(output.data for output in told if isinstance(output, Output))
    assert data.startswith(b"0000")
    assert data[-1000:].startswith(b"3999")
    assert len(data) <= 1 << 20
    gaps = [output.left_out for output in told if isinstance(output, Output) and output.left_out]
    assert gaps == [4_000_000 - len(data)]
    assert [output.number for output in told] == list(range(1, len(told) + 1))


def test_a_prompt_is_never_dropped() -> None:
    outputs = Outputs()
    outputs.prints = True
    add(outputs, b"x" * 500_000)
    outputs.tell(lambda number: Prompt(number, "name? "))
    for _ in range(3):
        add(outputs, b"y" * 500_000)
    told = sent(outputs)
    (at,) = [at for at, each in enumerate(told) if isinstance(each, Prompt)]
    assert {each.data[:1] for each in told[:at] if isinstance(each, Output)} == {b"x"}
    assert {each.data[:1] for each in told[at + 1 :] if isinstance(each, Output)} == {b"y"}


def picture(size: int, name: str = "") -> Piece:
    return Piece(1, b"a picture\n", display=Display({"image/png": "x" * size}, name))


def test_what_is_displayed_is_told_with_its_text() -> None:
    outputs = Outputs()
    outputs.add(Piece(1, b"before "))
    outputs.add(picture(5))
    outputs.add(Piece(1, b"after"))
    told = [(output.data, output.display) for output in sent(outputs) if isinstance(output, Output)]
    assert told == [(b"before ", None), (b"a picture\n", Display({"image/png": "xxxxx"})), (b"after", None)]


def test_a_picture_that_is_larger_than_the_window_comes_whole() -> None:
    outputs = Outputs()
    for part in picture(WINDOW * 2).parts():
        outputs.add(part)
    (told,) = sent(outputs)
    assert isinstance(told, Output)
    assert told.display is not None
    assert len(told.display.forms["image/png"]) == WINDOW * 2


def test_of_many_pictures_the_first_and_the_last_come_and_the_others_are_counted() -> None:
    outputs = Outputs()
    for number in range(100):
        outputs.add(picture(100_000, str(number)))
    told = [output for output in sent(outputs) if isinstance(output, Output)]
    names = [output.display.id for output in told if output.display is not None]
    assert names[0] == "0"
    assert names[-1] == "99"
    assert len(names) < 12
    assert sum(output.left_out for output in told) == (100 - len(names)) * 100_010


def test_of_displays_that_replace_each_other_the_last_one_waits() -> None:
    outputs = Outputs()
    for number in range(1000):
        outputs.add(Piece(1, b"%d" % number, display=Display({"text/plain": f"{number}"}, "id", number > 0)))
    told = [output.data for output in sent(outputs) if isinstance(output, Output)]
    assert told == [b"0", b"999"]


def test_of_a_large_picture_that_nobody_takes_the_text_is_kept() -> None:
    kept = Kept()
    kept.keep("", picture(KEPT))
    kept.keep("", picture(1000))
    large, small = kept.take("anyone", all=True)
    assert (large.data, large.display) == (b"a picture\n", None)
    assert small.display == picture(1000).display


def test_what_was_displayed_is_text_where_all_that_was_written_is_asked_for() -> None:
    kept = Kept()
    kept.note(picture(1000))
    assert kept.written(0.0) == [(1, b"a picture\n")]


def test_numbers_go_on_in_a_process_that_has_not_told_the_earlier_ones() -> None:
    outputs = Outputs()
    assert outputs.resume(41) == b""
    outputs.add(Piece(1, b"new"))
    assert [told.number for told in sent(outputs)] == [42]


def test_so_much_is_sent_again_as_the_window_holds() -> None:
    outputs = Outputs()
    for _ in range(100):
        outputs.add(Piece(1, b"x" * 50_000))
        sent(outputs)
    assert WINDOW - 60_000 < len(outputs.resume(0)) <= WINDOW
    assert outputs.resume(100) == b""


def test_what_was_not_pushed_when_a_connection_broke_is_the_heir_s() -> None:
    outputs = Outputs()
    outputs.add(Piece(1, b"gone"))
    first = outputs.next(0)
    outputs.add(Piece(1, b"half"))
    assert first is not None
    outputs.next(len(first))
    outputs.add(Piece(1, b"waits"))
    outputs.lose(len(first) + 1)
    assert [piece.data for piece in outputs.leave()] == [b"half", b"waits"]
    assert outputs.leave() == []


def test_the_last_is_kept_and_what_was_before_is_counted() -> None:
    kept = Kept()
    for number in range(3000):
        kept.keep("", Piece(1, b"%04d" % number + b"x" * 996, at=float(number)))
    pieces = kept.take("anyone", all=True)
    assert KEPT * 0.85 < sum(len(piece.data) for piece in pieces) <= KEPT
    assert sum(len(piece.data) + piece.left_out for piece in pieces) == 3_000_000
    assert kept.take("anyone", all=True) == []


def test_heirs_get_their_own() -> None:
    kept = Kept()
    kept.keep("one", Piece(1, b"one", at=1.0))
    kept.keep("", Piece(1, b"nobody", at=2.0))
    kept.keep("two", Piece(1, b"two", at=3.0))
    assert [piece.data for piece in kept.take("one", all=False)] == [b"one"]
    assert kept.take("", all=False) == []
    assert [piece.data for piece in kept.take("three", all=True)] == [b"nobody", b"two"]


pytestmark = pytest.mark.usefixtures("hosting_as_before")

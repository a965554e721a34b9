"""Outputs are taken once each, in order, whatever becomes of the link; and they are no answers."""

from __future__ import annotations

import importlib
import io
import sys
import threading
import time
from contextvars import ContextVar
from typing import Any

import pytest
from alone import alone
from conftest import eventually
from rig import SOON, Rig

from ray_proxy.protocol import Display, Output
from ray_proxy.session import origins
from ray_proxy.session.printing import Outputs, printer
from ray_proxy.var.interface import handle_of


@pytest.fixture
def taken() -> tuple[Outputs, io.StringIO]:
    outputs = Outputs()
    outputs.file = io.StringIO()
    return outputs, outputs.file


def test_what_comes_twice_is_written_once(taken: tuple[Outputs, io.StringIO]) -> None:
    outputs, file = taken
    assert [outputs.take(Output(number, 1, b"%d" % number)) for number in (1, 2, 1, 2, 3)] == [
        True,
        True,
        False,
        False,
        True,
    ]
    printer.show()
    assert file.getvalue() == "123"
    assert outputs.taken == 3


def test_characters_are_put_together_by_origin_and_stream(taken: tuple[Outputs, io.StringIO]) -> None:
    outputs, file = taken
    half, rest = "ä".encode()[:1], "ä".encode()[1:]
    for number, (stream, origin, data) in enumerate([(1, 1, half), (2, 1, b"!"), (1, 2, b"?"), (1, 1, rest)], 1):
        outputs.take(Output(number, 1 if stream == 1 else 2, data, origin))
    printer.show()
    assert file.getvalue() == "!?ä"


def test_what_is_no_text_is_shown_as_that(taken: tuple[Outputs, io.StringIO]) -> None:
    outputs, file = taken
    outputs.take(Output(1, 1, b"\xff\xfe\n"))
    printer.show()
    assert file.getvalue() == "\ufffd\ufffd\n"


@pytest.mark.parametrize(("count", "words"), [(999, "999 bytes"), (5_000, "5 kB"), (3_200_000, "3.2 MB")])
def test_what_was_left_out_is_told(taken: tuple[Outputs, io.StringIO], count: int, words: str) -> None:
    outputs, file = taken
    outputs.take(Output(1, 1, b"begun"))
    outputs.take(Output(2, 1, b"end\n", left_out=count))
    printer.show()
    assert file.getvalue() == f"begun\n… {words} left out\nend\n"


def test_what_was_kept_is_marked_once(taken: tuple[Outputs, io.StringIO]) -> None:
    outputs, file = taken
    for number in (1, 2):
        outputs.take(Output(number, 1, b"kept %d\n" % number, at=time.time()))
    outputs.take(Output(3, 1, b"now\n"))
    printer.show()
    first, *rest = file.getvalue().splitlines()
    assert first.startswith("[written at ")
    assert rest == ["kept 1", "kept 2", "now"]


def test_a_stream_may_print_itself(taken: tuple[Outputs, io.StringIO]) -> None:
    outputs, file = taken

    class Stream(io.StringIO):
        def write(self, text: str) -> int:
            printer.show()  # as a signal handler in the middle of ours does, that waits for a Var
            return file.write(text)

    outputs.file = Stream()
    outputs.take(Output(1, 1, b"one\n"))
    outputs.take(Output(2, 1, b"two\n"))
    printer.show()
    assert file.getvalue() == "one\ntwo\n"


def test_what_is_displayed_is_text_where_no_notebook_shows_it(taken: tuple[Outputs, io.StringIO]) -> None:
    outputs, file = taken
    outputs.take(Output(1, 1, b"begun"))
    outputs.take(Output(2, 1, b" its text\n", display=Display({"text/html": "html"})))
    outputs.take(Output(3, 1, b"", display=Display(clear="now")))
    printer.show()
    assert file.getvalue() == "begun its text\n"


def written_while_more_comes() -> None:
    seen: list[str] = []

    class Stream(io.StringIO):
        def write(self, text: str) -> int:
            seen.append(text)
            outputs.take(Output(outputs.taken + 1, 1, b"more\n"))
            return len(text)

    outputs = Outputs()
    outputs.file = Stream()
    outputs.take(Output(1, 1, b"first\n"))
    printer.show()
    assert "first\n" in seen


def test_who_waits_for_what_was_written_does_not_wait_for_what_comes_meanwhile() -> None:
    alone(written_while_more_comes)


def displayed_in_a_notebook() -> None:
    shown: list[str] = []

    class Stream(io.StringIO):
        def write(self, text: str) -> int:
            shown.append(text)
            return len(text)

    sys.stdout = Stream()
    printer.display = lambda display: shown.append(display.forms["text/html"])
    outputs = Outputs()
    outputs.take(Output(1, 1, b"begun"))
    outputs.take(Output(2, 1, b"its text\n", at=1.0, display=Display({"text/html": "<b>"})))
    outputs.take(Output(3, 1, b"rest"))
    printer.show()
    assert [shown[0], shown[1].endswith("while nobody was here:]\n"), *shown[2:]] == ["begun", True, "<b>", "rest"]


def test_a_notebook_is_given_what_is_displayed_in_the_place_of_its_text() -> None:
    alone(displayed_in_a_notebook)


def test_outside_of_a_kernel_there_is_one_place() -> None:
    assert origins.current is None
    ran: list[int] = []
    origins.run_at(5, lambda: ran.append(1))
    assert ran == [1]


class CellStream(io.StringIO):
    """As those of ipykernel 6 are, each of which knows by itself which cell runs."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._parent_header: ContextVar[Any] = ContextVar(name)
        self.written: list[tuple[str, str]] = []

    def write(self, text: str) -> int:
        self.written.append((self._parent_header.get({"msg_id": "none"})["msg_id"], text))
        return len(text)


def write_into_cells() -> None:
    importlib.import_module("ipykernel")
    streams = sys.stdout, sys.stderr = CellStream("out"), CellStream("err")
    origins.find()
    assert origins.current is not None
    numbers = {}
    for cell in ("one", "two"):
        for stream in streams:
            stream._parent_header.set({"msg_id": cell})
        numbers[cell] = origins.number_of(origins.current())
    outputs = Outputs()
    for number, (stream_number, cell) in enumerate([(1, "one"), (2, "one"), (2, "two"), (1, "two")], 1):
        outputs.take(Output(number, 1 if stream_number == 1 else 2, cell.encode(), numbers[cell]))
    printer.show()
    for stream in streams:
        assert stream.written == [("one", "one"), ("two", "two")]


def test_both_streams_write_into_the_cell_where_each_has_its_own_variable() -> None:
    pytest.importorskip("ipykernel")
    alone(write_into_cells)


# --------------------------------------------------------------------------------------------- over cut links


def tell(rig: Rig, session: str, number: int) -> None:
    rig.server.printing._tell(session, 0, 1, b"line %d %s\n" % (number, b"x" * 1000), 0)


def test_each_output_comes_once_and_answers_are_counted_without_them(rig: Rig) -> None:
    env = rig.connect()
    env.sync()
    session = env.session
    file = io.StringIO()
    env.output(file=file)
    rig.break_after((70_000, 150_000), seed=5)  # a piece that waits is as long as 64 KiB
    before = rig.cable.connections

    def speak() -> None:
        for number in range(1_000):
            tell(rig, session.name, number)
            if not number % 20:
                time.sleep(0.002)

    speaker = threading.Thread(target=speak)
    speaker.start()
    values = [env.put(number) + 1 for number in range(300)]
    assert [int(value.fetch()) for value in values] == list(range(1, 301))
    speaker.join()
    env.sync()
    eventually(lambda: file.getvalue().count("\n") == 1_000)
    assert [int(line.split()[1]) for line in file.getvalue().splitlines()] == list(range(1_000))
    assert rig.cable.connections > before + 5
    assert env.put(1) == 1


def test_a_reader_that_stops_gets_the_ends_and_a_word_of_the_middle(rig: Rig) -> None:
    env = rig.connect()
    env.sync()
    file = io.StringIO()
    env.output(file=file)
    rig.cable.held.set()
    for number in range(60_000):
        rig.server.printing._tell(env.session.name, 0, 1, b"%059d\n" % number, 0)
    rig.cable.held.clear()
    env.sync()
    eventually(lambda: file.getvalue().endswith(f"{59_999:059}\n"))
    text = file.getvalue()
    assert text.startswith(f"{0:059}\n")
    assert text.count(" left out\n") == 1
    assert len(text) < 1_500_000


def test_a_wait_is_not_over_while_another_thread_writes_what_came_before(rig: Rig) -> None:
    env = rig.connect()
    env.sync()
    begun, may_end, seen = threading.Event(), threading.Event(), []

    class Slow(io.StringIO):
        def write(self, text: str) -> int:
            if text:
                begun.set()
                may_end.wait(SOON)
                seen.append(text)
            return len(text)

    env.output(file=Slow())
    tell(rig, env.session.name, 0)
    assert begun.wait(SOON)  # the thread that writes where nobody waits has taken it
    waiter = threading.Thread(target=lambda: seen.append(str(env.put(1).fetch())))
    waiter.start()
    waiter.join(0.5)
    may_end.set()
    waiter.join(SOON)
    assert [text[:6] for text in seen] == ["line 0", "1"]


def test_a_value_that_is_known_already_waits_for_what_came_before(rig: Rig) -> None:
    env = rig.connect()
    env.sync()
    begun, may_end, seen = threading.Event(), threading.Event(), []

    class Slow(io.StringIO):
        def write(self, text: str) -> int:
            if text:
                begun.set()
                may_end.wait(SOON)
                seen.append(text)
            return len(text)

    env.output(file=Slow())
    tell(rig, env.session.name, 0)
    var = env.put(1) + 1
    assert begun.wait(SOON)
    eventually(handle_of(var).is_known)  # the ticker has read it, for nobody waits
    waiter = threading.Thread(target=lambda: seen.append(str(var.fetch())))
    waiter.start()
    waiter.join(0.5)
    may_end.set()
    waiter.join(SOON)
    assert [text[:6] for text in seen] == ["line 0", "2"]

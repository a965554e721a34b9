"""Project code at the interpreter's end: what is sent, asked for, and delivered beside the frames."""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import eventually
from rig import SOON, Client, Host

from ray_proxy.logs.records import began
from ray_proxy.logs.replaying import replay
from ray_proxy.logs.writer import Writer
from ray_proxy.protocol import (
    Applied,
    Ask,
    Call,
    Code,
    Deliver,
    GetAttr,
    Import,
    Module,
    Older,
    Op,
    Ref,
    Reply,
    Text,
)
from ray_proxy.server import asking

pytestmark = pytest.mark.usefixtures("hosting_as_before")


@pytest.fixture
def name(host: Host) -> Iterator[str]:
    """Of a module that is nowhere. What was imported from texts is gone afterwards."""
    host.interpreter.code.install()
    yield f"nowhere_{uuid.uuid4().hex[:8]}"
    host.interpreter.end_code()


def text(name: str, source: str, saved: int = 1, client: str = "client", **options: bool) -> Code:
    return Code([Module(name, source.encode(), f"/{name}.py", "module", saved)], client, **options)


def imported(client: Client, name: str) -> list[object]:
    """What `name.f()` gives."""
    return [
        value
        for _, value in client.ask(Import(1, name), GetAttr(2, Ref(1), "f"), Call(0, Ref(2))).values
        if not isinstance(value, Applied)
    ]


def asked_for(client: Client) -> Ask:
    answer = client.answer()
    assert isinstance(answer, Ask)
    return answer


def error_of(reply: Reply) -> str:
    return reply.errors[0].text


# --------------------------------------------------------------------------------------------- what is sent


def test_a_module_is_imported_from_the_text_that_was_sent(host: Host, name: str) -> None:
    client = host.connect()
    assert client.ask(text(name, "def f(): return 7")).values == [(0, Applied(""))]
    assert imported(client, name) == [7]


def test_another_text_edits_the_live_module(host: Host, name: str) -> None:
    client = host.connect()
    client.ask(text(name, "loaded = []\ndef load(): loaded.append(1)\nload()\ndef f(): return len(loaded)"))
    assert imported(client, name) == [1]
    edited = "loaded = []\ndef load(): loaded.append(1)\nload()\ndef f(): return 10 * len(loaded)"
    reply = client.ask(text(name, edited, 2), Call(0, Ref(2)))
    assert reply.values == [(0, Applied(f"edit {name} (1 function)")), (1, 10)]


def test_all_edits_of_a_message_are_applied_or_none(host: Host, name: str) -> None:
    client, other = host.connect(), f"{name}_other"
    client.ask(text(name, "def f(): return 1"), text(other, "x = 1"), Import(3, other))
    assert imported(client, name) == [1]
    both = Code([*text(name, "def f(): return 2", 2).modules, *text(other, "x = 1 / 0", 2).modules], "client")
    reply = client.ask(both, Call(0, Ref(2)))
    assert "ZeroDivisionError" in error_of(reply)
    assert reply.values == [(1, 1)]
    mended = Code([*both.modules[:1], *text(other, "x = 2", 3).modules], "client")
    assert client.ask(mended, Call(0, Ref(2))).values[-1] == (1, 2)


def test_a_text_that_was_saved_earlier_is_not_taken(host: Host, name: str) -> None:
    first, second = host.connect("first"), host.connect("second")
    first.ask(text(name, "def f(): return 1", 5))
    applied = second.ask(text(name, "def f(): return 2", 4, "other")).values
    assert applied == [(0, Applied("", [], [Older(name, "client", 5)]))]
    assert imported(second, name) == [1]


def test_what_is_pushed_is_taken_in_any_case(host: Host, name: str) -> None:
    client = host.connect()
    client.ask(text(name, "def f(): return 1", 5))
    assert imported(client, name) == [1]
    client.ask(text(name, "def f(): return 2", 4, push=True))
    assert imported(client, name) == [2]


@pytest.mark.parametrize("taken", ["queue", "os.path", "ray", "ray_proxy.session", "__main__"])
def test_no_module_of_python_or_of_ours_is_hidden_or_edited(host: Host, taken: str) -> None:
    client = host.connect()
    before = sys.modules[taken]
    assert "Rename it" in error_of(client.ask(text(taken, "x = 1")))
    assert sys.modules[taken] is before


def test_a_newcomer_is_told_which_texts_are_in_force(host: Host, name: str) -> None:
    client = host.connect("first")
    client.ask(text(name, "x = 1", 5))
    (told,) = host.connect("second").welcome.texts
    assert told == Text(name, host.interpreter.code.sources.get(name).digest, f"/{name}.py", 5)  # type: ignore[union-attr]
    (listed,) = host.status()["code"]
    assert (listed["module"], listed["client"], listed["saved"]) == (name, "client", 5e-9)


# --------------------------------------------------------------------------------------- what is asked for


def deliver(host: Host, session: str, code: Code) -> dict[str, object]:
    return host.status(Deliver(session, code))


def test_an_import_asks_the_client_and_waits_for_its_answer(host: Host, name: str) -> None:
    client = host.connect(code=True)
    client.send(Import(1, name), GetAttr(2, Ref(1), "f"), Call(0, Ref(2)))
    assert asked_for(client) == Ask([name])
    deliver(host, "first", text(name, "def f(): return 7"))
    assert client.reply().values == [(2, 7)]


def test_also_in_a_thread_that_the_main_thread_waits_for(host: Host, name: str) -> None:
    client = host.connect(code=True)
    client.ask(text(f"{name}_main", MAIN.format(name=name)))
    client.send(Import(1, f"{name}_main"), GetAttr(2, Ref(1), "f"), Call(0, Ref(2)))
    assert asked_for(client) == Ask([name])
    deliver(host, "first", text(name, "x = 5"))
    assert client.reply().values[-1] == (2, 5)
    sys.modules.pop(f"{name}_main")


MAIN = """
import threading
def f():
    found = []
    def work():
        import {name}
        found.append({name}.x)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return found[0]
"""


def test_what_the_client_has_not_got_is_not_found(host: Host, name: str) -> None:
    client = host.connect(code=True)
    client.send(Import(1, name))
    assert asked_for(client) == Ask([name])
    deliver(host, "first", Code([], absent=[name]))
    assert f"No module named {name!r}" in error_of(client.reply())


def test_then_another_client_is_asked(host: Host, name: str) -> None:
    first, second = host.connect("first", code=True), host.connect("second", code=True)
    first.send(Import(1, name))
    assert asked_for(first) == Ask([name])
    deliver(host, "first", Code([], absent=[name]))
    assert asked_for(second) == Ask([name])
    deliver(host, "second", text(name, "x = 1"))
    assert first.reply().failures == []


def test_a_client_that_has_not_said_so_is_not_asked(host: Host, name: str) -> None:
    client = host.connect()
    assert f"No module named {name!r}" in error_of(client.ask(Import(1, name)))


def test_a_client_that_hangs_up_is_not_waited_for(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "_HUNG_UP", 0.1)
    short = Host(grace=1.0)
    short.interpreter.code.install()
    first, second = short.connect("first", code=True), short.connect("second")
    first.send(Import(1, name))
    assert asked_for(first) == Ask([name])
    first.channel.drop()
    assert second.works()
    eventually(lambda: short.status()["lost"] == 0, SOON)
    short.close()
    short.interpreter.end_code()


def test_one_that_does_not_answer_is_waited_for_so_long(host: Host, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "PATIENCE", 0.2)
    client = host.connect(code=True)
    client.send(Import(1, name))
    assert asked_for(client) == Ask([name])
    assert f"No module named {name!r}" in error_of(client.reply())


def test_what_is_delivered_edits_nothing(host: Host, name: str) -> None:
    client = host.connect()
    client.ask(text(name, "def f(): return 1"))
    deliver(host, "first", text(name, "def f(): return 2", 2))
    assert imported(client, name) == [1]


# ----------------------------------------------------------------------------------- edits while code runs


def test_an_edit_that_comes_beside_the_frames_waits_for_no_call(host: Host, name: str) -> None:
    client = host.connect()
    client.ask(text(name, "def f(): return 1"))
    assert imported(client, name) == [1]
    assert (
        host.status(Deliver("", text(name, "def f(): return 2", 2), now=True))["applied"] == f"edit {name} (1 function)"
    )
    assert imported(client, name) == [2]


def test_one_that_is_refused_says_why(host: Host, name: str) -> None:
    client = host.connect()
    client.ask(text(name, "def f(): return 1"))
    assert imported(client, name) == [1]
    assert "SyntaxError" in host.status(Deliver("", text(name, "def f(: return 2", 2), now=True))["refused"]
    assert imported(client, name) == [1]


# -------------------------------------------------------------------------------------------------- the log


def test_a_log_has_what_was_delivered_before_what_has_waited_for_it(tmp_path: Path) -> None:
    path = str(tmp_path / "log")
    host = Host(log=Writer(path, began("interpreter", "here", "here", False)))
    host.interpreter.code.install()
    name = f"nowhere_{uuid.uuid4().hex[:8]}"
    client = host.connect(code=True)
    client.send(Op(0, "add", [1, 2]), Import(1, name), GetAttr(2, Ref(1), "f"), Call(0, Ref(2)))
    answers = [client.answer()]
    if not isinstance(answers[0], Ask):  # what is before the import may be told first
        answers.append(client.answer())
    assert answers[-1] == Ask([name])
    deliver(host, "first", text(name, "def f(): return 7"))
    until = time.monotonic() + SOON
    while not (isinstance(answers[-1], Reply) and answers[-1].executed == 4) and time.monotonic() < until:
        answers.append(client.answer())
    host.close()
    host.interpreter.end_code()
    assert host.server.log is not None
    host.server.log.close()
    report = replay(path)
    assert report, str(report)
    assert name not in sys.modules

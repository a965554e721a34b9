"""Code of users waits for a line: the client whose code it is is asked, and answers beside the frames."""

from __future__ import annotations

import getpass
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import eventually
from rig import Client, Host, function, shelf

from ray_proxy import Log, operations, replay
from ray_proxy.channels.socket import SocketChannel, framed, receive_frame
from ray_proxy.interpreter.lines import Lines
from ray_proxy.logs.operations import Note, events
from ray_proxy.logs.records import began
from ray_proxy.logs.writer import Writer
from ray_proxy.protocol import (
    MAJOR,
    MINOR,
    Call,
    Hello,
    Message,
    Prompt,
    Put,
    Ref,
    Reply,
    Tell,
    decode_welcome,
    encode,
)

pytestmark = pytest.mark.usefixtures("hosting_as_before")


@pytest.fixture(autouse=True)
def asks(host: Host) -> Iterator[None]:
    shelf["ask"] = host.server.prompting.ask
    yield
    shelf.clear()


def asking(text: str = "name? ", hidden: bool = False) -> list[Message]:
    """A call that waits for a line, and gives it in a list."""

    def ask() -> list[Any]:
        import rig

        return [rig.shelf["ask"](text, hidden)]

    return [Put(1, function(ask)), Call(2, Ref(1), []), Call(0, Ref(3), [Ref(2)])]


def ask(client: Client, text: str = "name? ", hidden: bool = False) -> None:
    client.send(Put(3, function(repr)), *asking(text, hidden))


def prompt(client: Client) -> Prompt:
    while not isinstance(answer := client.answer(), Prompt):
        pass
    return answer


def line(client: Client) -> Any:
    """What the call has got."""
    while not (isinstance(answer := client.answer(), Reply) and answer.values):
        pass
    return answer.values[-1][1]


def tell(host: Host, number: int, text: str | None, session: str = "first") -> dict[str, Any]:
    return host.status(Tell(session, number, text))


def test_the_client_whose_code_waits_is_asked_and_answers(host: Host) -> None:
    client = host.connect(prints=True)
    ask(client)
    asked = prompt(client)
    assert (asked.number, asked.text, asked.hidden) == (1, "name? ", False)
    tell(host, asked.number, "Ada")
    assert line(client) == "['Ada']"


def test_what_is_typed_may_be_hidden(host: Host) -> None:
    client = host.connect(prints=True)
    ask(client, "Key: ", hidden=True)
    asked = prompt(client)
    assert (asked.text, asked.hidden) == ("Key: ", True)
    tell(host, asked.number, "secret")
    assert line(client) == "['secret']"


def test_the_client_may_have_no_more_input(host: Host) -> None:
    client = host.connect(prints=True)
    ask(client)
    tell(host, prompt(client).number, None)
    assert line(client) == "[None]"


def test_prompts_have_numbers(host: Host) -> None:
    client = host.connect(prints=True)
    for number in (1, 2, 3):
        ask(client)
        assert prompt(client).number == number
        tell(host, number, str(number))
        assert line(client) == f"['{number}']"


def test_a_client_that_does_not_print_is_not_asked(host: Host) -> None:
    client = host.connect()
    ask(client)
    assert line(client) == "[None]"


def test_a_client_of_an_older_version_is_not_asked(host: Host) -> None:
    client = host.connect(prints=True, minor=4)
    ask(client)
    assert line(client) == "[None]"


def test_meanwhile_the_status_is_told_and_others_wait(host: Host) -> None:
    client, other = host.connect(prints=True), host.connect("other")
    ask(client)
    asked = prompt(client)
    other.send(Put(1, 1))
    assert host.status()["busy"]
    tell(host, asked.number, "")
    assert line(client) == "['']"
    other.reply()


def test_a_line_that_nobody_waits_for_does_nothing(host: Host) -> None:
    client = host.connect(prints=True)
    ask(client)
    asked = prompt(client)
    tell(host, asked.number + 1, "another")
    tell(host, asked.number, "elsewhere", session="other")
    tell(host, asked.number, "first")
    tell(host, asked.number, "again")
    assert line(client) == "['first']"


def test_the_wait_ends_where_the_client_says_goodbye(host: Host) -> None:
    client, other = host.connect(prints=True), host.connect("other")
    ask(client)
    prompt(client)
    client.channel.close()
    assert other.works()


@pytest.fixture
def impatient() -> Iterator[Host]:
    host = Host(grace=0.2)
    shelf["ask"] = host.server.prompting.ask
    yield host
    host.close()


def test_the_wait_ends_where_the_client_is_gone_for_the_grace_time(impatient: Host) -> None:
    client, other = impatient.connect(prints=True), impatient.connect("other")
    ask(client)
    prompt(client)
    client.channel.drop()
    assert other.works()


def test_a_client_that_was_lost_is_asked_again(host: Host) -> None:
    client = host.connect(prints=True)
    ask(client)
    number = prompt(client).number
    client.channel.drop()
    eventually(lambda: host.status()["lost"] == 1)
    connection = host.dial()
    connection.sendall(
        framed(encode(Hello(MAJOR, MINOR, "first", "frames", resume=True, prints=True, output=number - 1)))
    )
    decode_welcome(receive_frame(connection, time.monotonic() + 5))
    client.channel = SocketChannel(connection)
    assert prompt(client).number == number
    tell(host, number, "back again")
    assert line(client) == "['back again']"


def test_a_thread_whose_client_nobody_knows_gets_no_line(host: Host) -> None:
    got: list[str | None] = []
    thread = threading.Thread(target=lambda: got.append(host.server.prompting.ask("name? ")))
    thread.start()
    thread.join(5)
    assert got == [None]


# ------------------------------------------------------------------------------------- executed again


@pytest.fixture
def path(tmp_path: Path) -> str:
    return os.fspath(tmp_path / "log")


@pytest.fixture
def recorded(path: str) -> Iterator[Host]:
    host = Host(log=Writer(path, began("interpreter", "here", "here", False)))
    shelf["ask"] = host.server.prompting.ask
    with Lines(host.server.prompting.ask).installed():
        yield host
    host.close()


def asking_twice() -> list[Message]:
    def ask() -> str:
        def line() -> str:
            try:
                return input("name? ")
            except EOFError:
                return "nothing"

        return f"{line()} and {line()}"

    return [Put(1, function(ask)), Call(2, Ref(1), [])]


def told_twice(host: Host, lines: list[str | None]) -> Log:
    client = host.connect(prints=True)
    client.send(*asking_twice())
    for told in lines:
        tell(host, prompt(client).number, told)
    line(client)
    host.close()
    assert host.server.log is not None
    host.server.log.close()
    return Log(host.server.log.path)


@pytest.mark.parametrize("lines", [["Ada", "Eve"], [None, "Eve"], ["Ada", None]])
def test_executed_again_code_gets_the_lines_that_it_got(recorded: Host, lines: list[str | None]) -> None:
    log = told_twice(recorded, lines)
    assert replay(log)
    assert [operation.value for operation in operations(log)][-1] == " and ".join(told or "nothing" for told in lines)


def test_the_log_shows_the_lines(recorded: Host) -> None:
    log = told_twice(recorded, ["Ada", None])
    notes = [(event.client, event.text) for event in events(log) if isinstance(event, Note)]
    assert (1, "typed: Ada") in notes
    assert (1, "a line was asked for, and there was none") in notes


def ask_for_length() -> int:
    return len(getpass.getpass())


def test_what_is_hidden_is_not_in_the_log(recorded: Host, path: str) -> None:
    client = recorded.connect(prints=True)
    client.send(Put(1, function(ask_for_length)), Call(0, Ref(1), []))
    tell(recorded, prompt(client).number, "a secret word")
    assert line(client) == 13
    notes = [event.text for event in events(Log(path)) if isinstance(event, Note)]
    assert "a line was asked for, and typed unseen" in notes
    assert b"a secret word" not in Path(path).read_bytes()


def test_code_that_was_told_nothing_reads_the_end_of_input_when_it_is_executed_again(path: str) -> None:
    """Also where who executes it has a terminal."""
    host = Host(log=Writer(path, began("interpreter", "here", "here", False)))

    def ask() -> str:
        try:
            return input("name? ")
        except (EOFError, OSError):
            return "nothing"

    try:
        with Lines(lambda text, hidden: None).installed():
            host.connect().ask(Put(1, function(ask)), Call(2, Ref(1), []))
    finally:
        host.close()
    typed: list[str] = []
    with Lines(lambda text, hidden: typed.append(text) or "typed here").installed():
        assert replay(path)
    assert typed == []

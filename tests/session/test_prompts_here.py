"""The user answers code in an interpreter that asks for a line: on the main thread, where that waits."""

from __future__ import annotations

import asyncio
import builtins
import getpass
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from cable import CableInterpreter, CableLink
from conftest import eventually
from msgspec.structs import replace
from rig import Rig, shelf

import ray_proxy
from ray_proxy.logs.operations import Note, events
from ray_proxy.logs.reader import Log
from ray_proxy.protocol import Hello, Prompt, Welcome
from ray_proxy.session.session import Session

pytestmark = pytest.mark.usefixtures("hosting_as_before")


class Link(CableLink):
    """Of a client that prints."""

    def _open(self, hello: Hello, seconds: float) -> tuple[socket.socket, Welcome]:
        return super()._open(replace(hello, prints=True), seconds)


@pytest.fixture
def connect(rig: Rig) -> Iterator[Callable[[], CableInterpreter]]:
    shelf["ask"] = rig.server.prompting.ask

    def connect() -> CableInterpreter:
        session = Session(link=Link(rig.cable.path, rig.server.key), env=CableInterpreter)
        env: CableInterpreter = session.env()
        rig.envs.append(env)
        return env

    yield connect
    shelf.clear()


@pytest.fixture
def env(connect: Callable[[], CableInterpreter]) -> CableInterpreter:
    return connect()


class User:
    """Types a line at each prompt."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.types: Callable[[], str] = lambda: "Ada"
        monkeypatch.setattr(builtins, "input", self.input)
        monkeypatch.setattr(getpass, "getpass", lambda prompt: f"hidden {self.input(prompt)}")

    def input(self, prompt: str) -> str:
        assert threading.current_thread() is threading.main_thread()
        self.asked.append(prompt)
        return self.types()


@pytest.fixture
def user(monkeypatch: pytest.MonkeyPatch) -> User:
    return User(monkeypatch)


def ask(text: str = "name? ", hidden: bool = False) -> str:
    import rig

    return f"got {rig.shelf['ask'](text, hidden)}"


def ask_in_a_thread() -> str:
    """The thread asks for whoever has called."""
    got: list[str] = []
    thread = threading.Thread(target=lambda: got.append(ask()))
    thread.start()
    thread.join()
    return got[0]


def test_who_waits_in_the_main_thread_is_asked(env: CableInterpreter, user: User) -> None:
    assert env.run(ask).fetch() == "got Ada"
    assert env.run(ask, ("age? ",)).fetch() == "got Ada"
    assert user.asked == ["name? ", "age? "]


def test_what_is_hidden_is_asked_for_by_getpass(env: CableInterpreter, user: User) -> None:
    assert env.run(ask, ("key: ", True)).fetch() == "got hidden Ada"


def test_any_wait_for_that_interpreter_answers(env: CableInterpreter, user: User) -> None:
    x = env.put([1])
    v = env.run(ask)
    assert x.fetch() == [1]
    assert len(user.asked) == 1
    env.run(ask)
    env.sync()
    ray_proxy.wait([env.run(ask)])
    assert len(user.asked) == 3
    assert v.fetch() == "got Ada"


def test_waits_for_several_interpreters_answer(connect: Callable[[], CableInterpreter], user: User) -> None:
    one, two = connect(), connect()
    v, w = one.run(ask), two.run(ask)
    ray_proxy.wait([v, w], 2)
    assert (v.fetch(), w.fetch()) == ("got Ada", "got Ada")


def test_who_awaits_in_the_main_thread_is_asked(env: CableInterpreter, user: User) -> None:
    async def main() -> list[Any]:
        return await asyncio.gather(asyncio.sleep(0.01), _await(env.run(ask)), _await(env.run(ask)))

    assert asyncio.run(main())[1:] == ["got Ada", "got Ada"]


async def _await(var: Any) -> Any:
    return await var


def test_the_time_of_the_user_does_not_count(env: CableInterpreter, user: User) -> None:
    def slowly() -> str:
        time.sleep(0.6)
        return "Ada"

    user.types = slowly
    assert env.run(ask).fetch(timeout=0.5) == "got Ada"


def test_another_thread_does_not_ask_and_the_next_wait_of_the_main_thread_does(
    env: CableInterpreter, user: User, capfd: pytest.CaptureFixture[str]
) -> None:
    got: list[str] = []
    thread = threading.Thread(target=lambda: got.append(env.run(ask).fetch()))
    thread.start()
    shown = ""

    def is_told() -> bool:
        nonlocal shown
        out, err = capfd.readouterr()
        shown += out + err
        return "asks for input (name?): fetch its Var, or env.sync(), to answer" in shown

    eventually(is_told)
    assert user.asked == []
    env.sync()
    thread.join(10)
    assert got == ["got Ada"]


def test_the_end_of_input_here_is_one_there(env: CableInterpreter, user: User) -> None:
    def types() -> str:
        raise EOFError

    user.types = types
    assert env.run(ask).fetch() == "got None"


def test_where_nobody_can_be_asked_it_reads_the_end_and_that_is_said_once(
    env: CableInterpreter, user: User, caplog: pytest.LogCaptureFixture
) -> None:
    def types() -> str:
        raise OSError("there is no terminal")

    user.types = types
    assert [env.run(ask).fetch() for _ in range(2)] == ["got None", "got None"]
    assert [record.message for record in caplog.records] == [
        "ray_proxy: remote code asks for input (name?), and reads its end, for nobody can be asked here: "
        "OSError: there is no terminal"
    ]


def test_ctrl_c_is_raised_once_and_the_next_call_works(env: CableInterpreter, user: User) -> None:
    def types() -> str:
        raise KeyboardInterrupt

    user.types = types
    with pytest.raises(KeyboardInterrupt):
        env.run(ask).fetch()
    user.types = lambda: "Eve"
    assert env.run(ask).fetch() == "got Eve"
    assert len(user.asked) == 2


def test_what_a_signal_handler_raises_leaves_the_wait_and_the_next_one_asks_again(
    env: CableInterpreter, user: User
) -> None:
    class Alarm(Exception):
        pass

    def ring(number: int, frame: FrameType | None) -> None:
        raise Alarm

    before = signal.signal(signal.SIGUSR2, ring)

    def types() -> str:
        signal.raise_signal(signal.SIGUSR2)
        return "never"

    try:
        user.types = types
        v = env.run(ask)
        with pytest.raises(Alarm):
            v.fetch()
    finally:
        signal.signal(signal.SIGUSR2, before)
    user.types = lambda: "again"
    assert v.fetch() == "got again"


def test_a_line_is_told_though_the_link_was_cut_while_it_was_typed(rig: Rig, env: CableInterpreter, user: User) -> None:
    def types() -> str:
        rig.cable.plugged = False
        rig.cable.cut()
        threading.Timer(0.3, lambda: setattr(rig.cable, "plugged", True)).start()
        return "Ada"

    user.types = types
    assert env.run(ask).fetch() == "got Ada"
    assert len(user.asked) == 1


@pytest.mark.parametrize("bytes", [700, 750, 800, 850, 900])
def test_a_prompt_is_answered_once_though_the_link_breaks(
    rig: Rig, env: CableInterpreter, user: User, bytes: int
) -> None:
    env.sync()
    rig.break_after((bytes, bytes + 1), 1)
    assert env.run(ask).fetch() == "got Ada"
    assert len(user.asked) == 1


def test_code_that_goes_on_after_an_interrupt_asks_again(env: CableInterpreter, user: User) -> None:
    """As a debugger does."""

    def ask_twice() -> str:
        return f"{ask('one? ')} and {ask('two? ')}"

    lines: list[Callable[[], str]] = [interrupts, lambda: "Eve"]
    user.types = lambda: lines.pop(0)()
    assert env.run(ask_twice).fetch() == "got None and got Eve"


def interrupts() -> str:
    raise KeyboardInterrupt


def test_what_is_typed_is_in_the_log_of_the_client(
    env: CableInterpreter, user: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log"

    def name() -> str:
        return input("name? ")

    with monkeypatch.context() as there, env.record(path):
        there.setattr(builtins, "input", lambda text: shelf["ask"](text) if _is_there() else user.input(text))
        assert env.run(name).fetch() == "Ada"
    assert "typed: Ada" in [event.text for event in events(Log(path)) if isinstance(event, Note)]
    assert ray_proxy.replay(path)


def _is_there() -> bool:
    return threading.current_thread() is not threading.main_thread()


def test_a_prompt_that_comes_twice_is_one(env: CableInterpreter, user: User) -> None:
    for _ in range(2):
        env.session.prompts.add(env.session, Prompt(3, "name? "))
    env.sync()
    env.session.prompts.add(env.session, Prompt(3, "name? "))
    env.sync()
    assert user.asked == ["name? "]

"""A signal handler that raises an error, as one for an alarm does: it is raised where the handler came, and nothing
else fails by it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from conftest import LoopbackInterpreter
from rig import Rig

import ray_proxy
import ray_proxy.protocol

HERE = Path(ray_proxy.__file__).parent
SENDING = tuple(str(HERE / "session" / name) for name in ("outbox.py", "frames.py"))
WAITING = tuple(str(HERE / name) for name in ("session/conversation.py", "session/reader.py", "channels/socket.py"))


class Alarm(Exception):
    pass


class AtCall:
    """Raises once, where these files have made so many calls: those that make frames."""

    def __init__(self, at: int, error: type[Exception] = Alarm, files: tuple[str, ...] = SENDING) -> None:
        self.left = at
        self.error = error
        self.files = files

    def __call__(self, frame: FrameType, event: str, arg: object) -> None:
        if event not in ("call", "c_return") or not frame.f_code.co_filename.startswith(self.files):
            return
        self.left -= 1
        if self.left == 0:
            raise self.error("from a handler")


def give_and_send(env: Any, at: int) -> tuple[bool, list[int]]:
    """Operations that have been given, and are sent while the handler comes: whether it did, and what was executed."""
    values = env.put([])
    env.sync()
    for number in range(3):
        values.append(number)
    raised = False
    sys.setprofile(AtCall(at))
    try:
        env.session.flush()
    except Alarm:
        raised = True
    finally:
        sys.setprofile(None)
    return raised, values.fetch()


def test_it_is_raised_where_it_came_and_each_operation_is_executed_once(env: LoopbackInterpreter) -> None:
    raised = 0
    for at in range(1, 80):
        came, executed = give_and_send(env, at)
        assert executed == [0, 1, 2], at
        raised += came
        if not came:
            break  # it would have come later than all of it
    assert raised > 10
    env.sync()


def test_what_cannot_be_encoded_fails_by_itself_all_the_same(env: LoopbackInterpreter) -> None:
    handle = env.session.begin(lambda id: ray_proxy.protocol.Put(id, "\ud800"))
    other = env.put([1])
    assert other.fetch() == [1]
    assert handle.failure is not None
    with pytest.raises(UnicodeEncodeError):
        env.session.fetch(handle)


def wait_and_be_raised_at(env: Any, at: int, error: type[Exception]) -> bool:
    """Whether a handler came while a value was waited for, and has raised. Fails where that was not heard of."""
    values = env.put([])
    env.sync()
    values.append(1)
    hook = AtCall(at, error, WAITING)
    heard = False
    sys.setprofile(hook)
    try:
        values.fetch(timeout=20)
    except error as problem:
        heard = "from a handler" in str(problem)
    finally:
        sys.setprofile(None)
    assert heard is (hook.left <= 0), at
    assert values.fetch(timeout=20) == [1]
    return heard


@pytest.mark.parametrize("error", [Alarm, TimeoutError, ConnectionResetError], ids=lambda error: error.__name__)
def test_whatever_is_raised_comes_out_of_a_wait_also_what_a_lost_link_raises(rig: Rig, error: type[Exception]) -> None:
    env = rig.connect()
    at = 1
    while wait_and_be_raised_at(env, at, error):
        at += 1
    assert at > 30

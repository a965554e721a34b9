"""An interpreter can always be interrupted and asked, whatever code of users it happens to run.

Code of users does not only run in calls. A `__repr__`, `__reduce__`, `__del__` or finalizer written in Python may run
when an error is told, when a value is pickled, when a variable or a name is dropped, when a session or a lease ends, or
in the middle of anything, by the garbage collector. Where it hangs,

- the interpreter counts as busy,
- `status()` names what hangs,
- `env.interrupt()` ends it, and the interpreter goes on.
"""

from __future__ import annotations

import gc
import os
import sys
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import cloudpickle
import pytest
from conftest import eventually

from ray_proxy import RemoteInterpreter, RemoteInterpreterFactory
from ray_proxy.session.session import Session
from ray_proxy.var.env import SessionInterpreter
from ray_proxy.var.interface import handle_of

# Its functions and classes travel by value: an interpreter does not have this file.
cloudpickle.register_pickle_by_value(sys.modules[__name__])

PATIENCE = 20.0
SOON = 4.0
"""Seconds after which what hangs has failed."""


def hangs_here() -> None:
    """Hangs, and says when that has ended."""
    try:
        time.sleep(60)
    finally:
        os.environ["HANG"] = "ended"


def is_ended() -> bool:
    return os.environ.get("HANG") == "ended"


class HangsInRepr(Exception):
    def __repr__(self) -> str:
        hangs_here()
        return "HangsInRepr()"


class HangsInText(Exception):
    def __str__(self) -> str:
        hangs_here()
        return "text"


class HangsInReduce:
    def __reduce__(self) -> Any:
        hangs_here()
        return str, ()


class ErrorHangsInReduce(Exception):
    def __reduce__(self) -> Any:
        hangs_here()
        return str, ()


class HangsInDel:
    def __del__(self) -> None:
        hangs_here()


class HangsInFinalizer:
    """Nothing of its own runs at its end, but a callback of a weak reference."""

    def __init__(self) -> None:
        weakref.finalize(self, hangs_here).atexit = False


class HangsInCycle:
    """The garbage collector finds it, wherever that happens to run."""

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        hangs_here()


def fails(kind: Callable[[], BaseException]) -> None:
    raise kind()


def fails_with_a_local(kind: Callable[[], object]) -> None:
    """The traceback holds the local until the error was told."""
    local = kind()
    raise ValueError(f"with {type(local).__name__}")


def collected_while_a_result_is_pickled() -> Any:
    gc.collect()
    gc.disable()
    HangsInCycle()
    return Collects()


class Collects:
    """The garbage collector runs while this is pickled."""

    def __reduce__(self) -> Any:
        gc.collect()
        gc.enable()
        return str, ()


# ------------------------------------------------------------------------------- the ways in which it begins
# Each begins the hang, and gives what must be held meanwhile.


def error_repr(env: RemoteInterpreter) -> Any:
    return env.run(fails, (HangsInRepr,))


def error_text(env: RemoteInterpreter) -> Any:
    return env.run(fails, (HangsInText,))


def error_reduce(env: RemoteInterpreter) -> Any:
    return env.run(fails, (ErrorHangsInReduce,))


def error_local(env: RemoteInterpreter) -> Any:
    return env.run(fails_with_a_local, (HangsInDel,))


def fetched_value(env: RemoteInterpreter) -> Any:
    var = env.run(HangsInReduce)
    return var, env.session.request(handle_of(var))


def awaited_value(env: RemoteInterpreter) -> Any:
    var = env.run(HangsInReduce)
    return var, env.session.request_awaited(handle_of(var))


def dropped_var(env: RemoteInterpreter) -> Any:
    env.run(HangsInDel)
    return env.put(1)  # what is sent next says that it was dropped


def dropped_finalizer(env: RemoteInterpreter) -> Any:
    env.run(HangsInFinalizer)
    return env.put(1)


def dropped_name(env: RemoteInterpreter) -> Any:
    env["name"] = env.run(HangsInDel)
    env.sync()
    del env["name"]


def collected(env: RemoteInterpreter) -> Any:
    var = env.run(collected_while_a_result_is_pickled)
    return var, env.session.request_awaited(handle_of(var))


def session_that_ends(env: RemoteInterpreter) -> Any:
    other = Client(Session(link=env.session.link))
    var = other.run(HangsInDel)
    other.sync()
    other.session.close()
    return var


def lease_that_ends(env: RemoteInterpreter) -> Any:
    cloudpickle.dumps(env.run(HangsInDel))  # and it is dropped, but for its lease of a second
    env.sync()


class Client(SessionInterpreter):
    """A session of its own with an interpreter."""

    id = get_host = status = interrupt = destroy = None  # type: ignore[assignment]


BEGIN: dict[str, Callable[[RemoteInterpreter], Any]] = {
    "the repr of an error": error_repr,
    "the str of an error": error_text,
    "the pickling of an error": error_reduce,
    "a local of a failed call": error_local,
    "the pickling of a fetched value": fetched_value,
    "the pickling of an awaited value": awaited_value,
    "a dropped Var": dropped_var,
    "a finalizer of a dropped Var": dropped_finalizer,
    "a dropped name": dropped_name,
    "the garbage collector, in the middle of our work": collected,
    "the end of a session": session_that_ends,
    "the end of a lease": lease_that_ends,
}
ENV: dict[str, dict[str, Any]] = {"the end of a lease": {"lease": 1.0}}


@pytest.fixture
def start(rif: RemoteInterpreterFactory) -> Iterator[Callable[[str], RemoteInterpreter]]:
    """Begins a hang in an interpreter of its own; gives that."""
    envs: list[RemoteInterpreter] = []
    held: list[Any] = []

    def begin(where: str) -> RemoteInterpreter:
        env = rif.create(num_cpus=0, **ENV.get(where, {}))
        envs.append(env)
        env.sync()
        held.append(BEGIN[where](env))
        env.session.flush()
        return env

    yield begin
    for env in envs:
        env.destroy()
    held.clear()


NAMED = ["the repr of an error", "the pickling of a fetched value", "a dropped Var", "the end of a session"]


def stays_busy(env: RemoteInterpreter) -> bool:
    """Whether it is busy for a while: it may be so for a moment before the hang begins."""
    for _ in range(8):
        if not env.status()["busy"]:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize("where", BEGIN)
def test_the_interpreter_counts_as_busy(start: Callable[[str], RemoteInterpreter], where: str) -> None:
    env = start(where)
    eventually(lambda: stays_busy(env), SOON)


@pytest.mark.parametrize("where", NAMED)
def test_status_names_what_hangs(start: Callable[[str], RemoteInterpreter], where: str) -> None:
    """The function and its line are somewhere in the status."""
    env = start(where)
    eventually(lambda: "hangs_here" in repr(env.status()), SOON)


@pytest.mark.parametrize("where", BEGIN)
def test_an_interrupt_ends_it(start: Callable[[str], RemoteInterpreter], where: str) -> None:
    env = start(where)
    answer = env.put([1])
    eventually(lambda: "hangs_here" in repr(env.status()), PATIENCE)  # an earlier interrupt is nothing
    env.interrupt()
    until = time.monotonic() + SOON
    while True:
        try:
            assert answer.fetch(timeout=0.5) == [1]
            if env.run(is_ended).fetch(timeout=0.5):
                break
            assert time.monotonic() < until, "it hangs on, beside the thread of user code"
            env.interrupt()
        except KeyboardInterrupt:  # it was withdrawn with the frame that was interrupted
            answer = env.put([1])
        except TimeoutError:
            assert time.monotonic() < until, "it hangs on"
            env.interrupt()
    eventually(lambda: not env.status()["busy"])

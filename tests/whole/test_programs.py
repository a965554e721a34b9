"""Random programs give the same through Vars as on plain objects: values, errors, and which objects are the same.

`make programs` runs many, drawn anew; the ordinary suite runs a few that are always the same. A program that fails is
printed as it was shrunk, and its first wrong line is marked.
"""

from __future__ import annotations

import collections
import contextlib
import contextvars
import gc
import itertools
import logging
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from cable import CableInterpreter, CableLink
from conftest import ROOT, LoopbackInterpreter
from hypothesis import HealthCheck, given, seed, settings
from program_amount import MANY, SEED
from program_drawing import programs
from program_machine import Machine
from program_statements import Program
from program_values import restore_classes

from ray_proxy import RemoteInterpreter
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.protocol import Frame, Reply
from ray_proxy.server import executing
from ray_proxy.session import conversation, loopback, outbox
from ray_proxy.session.session import Session
from ray_proxy.session.ticker import ticker
from ray_proxy.var import core

SHARES = {"loopback": 0.5, "socket": 0.25, "actor": 0.15, "interrupted": 0.2}
"""How many of all run over which channel: half of them pipelined, half eager; those that are interrupted, pipelined."""
FEW = {"loopback": 300, "socket": 50, "actor": 30, "interrupted": 30}
"""Programs of the ordinary suite over each channel, pipelined; and as many eager."""
AT_ONCE = 10
"""Programs that are drawn in one go of Hypothesis: it draws the next ones as variations of these."""
GO = settings(max_examples=AT_ONCE, database=None, deadline=None, suppress_health_check=list(HealthCheck))


class Sliced(Interpreter):
    """Can answer each message of a frame by a reply of its own, as a slow server does."""

    one_by_one = False

    def execute(self, session: str, frame: Frame, start: int = 0, seconds: float = math.inf, **options: Any) -> Reply:
        return super().execute(session, frame, start, 0 if self.one_by_one else seconds, **options)


class Ran:
    """Counts what was run."""

    def __init__(self) -> None:
        self.programs: dict[str, set[int]] = collections.defaultdict(set)
        """Hashes of different ones, for each channel and mode."""
        self.steps: collections.Counter[str] = collections.Counter()
        self.began = time.monotonic()

    def note(self, what: str, program: Program, steps: int) -> None:
        self.programs[what].add(hash(program))
        self.steps[what] += steps

    def __str__(self) -> str:
        lines = [
            f"{what:20} {len(seen):7,} programs {self.steps[what]:9,} steps" for what, seen in self.programs.items()
        ]
        programs = sum(map(len, self.programs.values()))
        total = f"{'all':20} {programs:7,} programs {self.steps.total():9,} steps"
        return "\n".join([*lines, f"{total} in {time.monotonic() - self.began:.0f} s; PROGRAMS_SEED={SEED}"])


def check(test: Callable[[Program], None], channel: str, eager: bool, ran: Ran) -> None:
    """Run a test for so many different programs."""
    what = mode(channel, eager)
    count = MANY * SHARES[channel] / 2 if MANY else FEW[channel]
    for number in itertools.count():
        if len(ran.programs[what]) >= count:
            return
        seed(f"{SEED} {what} {number}")(GO(given(programs())(test)))()


def mode(channel: str, eager: bool) -> str:
    return f"{channel}, {'eager' if eager else 'pipelined'}"


@pytest.fixture(scope="module")
def ran() -> Iterator[Ran]:
    ran = Ran()
    yield ran
    if MANY:
        print(f"\n{ran}")


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Errors that programs do not look at are logged: thousands of them."""
    logger = logging.getLogger("ray_proxy")
    logger.disabled = True
    yield
    logger.disabled = False


def run(program: Program, envs: Sequence[Any], eager: bool, ran: Ran, channel: str) -> None:
    """Run a program, compare what is left of it, and leave nothing."""
    machine = Machine(envs, eager)
    with pytest.MonkeyPatch.context() as patch:
        for part in (outbox, conversation, core):
            patch.setattr(part, "FRAME_MESSAGES", program.frame)
        for env in envs:
            patch.setattr(env.session, "eager", eager)
        machine.run_program(program)
        machine.drop()
        for env in envs:
            for name in env.instance_names():
                env.del_named(name)
        is_changed = restore_classes()  # a program may set an attribute of a class: here, and where it lives
        for env in envs:
            if is_changed:
                env.run(restore_classes)
            with contextlib.suppress(BaseException):  # errors of variables that the program has dropped
                env.sync()
    ran.note(mode(channel, eager), program, machine.steps)


def left_over(env: Any, count: Callable[[], int]) -> int:
    """How many variables there are, once what this process has dropped is gone."""
    ticker.drop_kept()  # what `v.__class__` holds for a third of a second
    env.session.settle()
    if count():
        gc.collect()
        env.session.settle()
    return count()


both_ways = pytest.mark.parametrize("eager", [False, True], ids=["pipelined", "eager"])


@both_ways
def test_programs_over_loopback(eager: bool, ran: Ran) -> None:
    def test(program: Program) -> None:
        envs = []
        for name in ("first", "second"):
            interpreter = Sliced(name)
            interpreter.one_by_one = program.sliced
            env: LoopbackInterpreter = loopback.connect(interpreter, env=LoopbackInterpreter).env()
            env.interpreter = interpreter
            envs.append(env)
        try:
            run(program, envs, eager, ran, "loopback")
            assert [left_over(env, env.interpreter.count) for env in envs] == [0, 0], program
        finally:
            for env in envs:
                env.destroy()

    check(test, "loopback", eager, ran)


SERVER = """
import builtins, os, sys, threading
from ray_proxy.server import executing, server
from ray_proxy.interpreter.interpreter import Interpreter

wanted = threading.Semaphore(0)
interpreter = Interpreter(sys.argv[1])
builtins.count = interpreter.count
executing.SLICE = float(sys.argv[2])
served = server.Server(interpreter, "here", wanted.release)
print(served.address.path, served.key.hex(), flush=True)

def end_with_parent():
    sys.stdin.read()
    served.close()
    os._exit(0)

threading.Thread(target=end_with_parent, daemon=True).start()
while True:
    wanted.acquire()
    served.serve()
"""


@contextlib.contextmanager
def serving(name: str, slice: float) -> Iterator[CableLink]:
    """An interpreter in a process of its own, without Ray, and the way to it."""
    folders = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, name, str(slice)],
        env={**os.environ, "PYTHONPATH": folders},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        path, key = process.stdout.readline().split()
        yield CableLink(path, bytes.fromhex(key))


@contextlib.contextmanager
def connected(links: list[CableLink], program: Program) -> Iterator[list[CableInterpreter]]:
    """New sessions with these interpreters, in which the program leaves no variables."""
    envs: list[CableInterpreter] = [Session(link=link, env=CableInterpreter).env() for link in links]
    try:
        yield envs
        for env in envs:
            assert left_over(env, lambda: env.run(eval, ("count()",)).fetch()) == 0, program  # noqa: B023
    finally:
        for env in envs:
            env.destroy()


@both_ways
def test_programs_over_sockets(eager: bool, ran: Ran) -> None:
    def test(program: Program) -> None:
        with connected(links, program) as envs:
            run(program, envs, eager, ran, "socket")

    with serving("first", executing.SLICE) as first, serving("second", 0) as second:
        links = [first, second]
        check(test, "socket", eager, ran)


class Meddling:
    """Code that comes in between, on the same thread, and uses Vars of the same sessions: a signal handler each
    millisecond, and finalizers that the garbage collector calls.

    It gives operations and does not wait, because a wait raises what the program is to hear; so it runs in a context of
    its own, outside of eager blocks.
    """

    def __init__(self, envs: Sequence[Any]) -> None:
        self.envs = envs
        for env in envs:
            env.run(exec, ("import builtins; builtins.notes = []",))
        self.given = 0
        self.is_busy = False

    def note(self) -> None:
        number, self.given = self.given, self.given + 1
        for env in self.envs:  # by no Var that is kept, for programs drop all
            contextvars.Context().run(env.run, eval, (f"notes.append({number})",))

    def come(self, *_: object) -> None:
        if not self.is_busy:
            self.is_busy = True
            self.note()
            Finalized(self.note)
            self.is_busy = False

    def __enter__(self) -> Meddling:
        self.before = signal.signal(signal.SIGVTALRM, self.come)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.001, 0.001)
        return self

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, self.before)
        gc.collect()  # with the last finalizers

    def check(self) -> None:
        """All was executed once."""
        for env in self.envs:
            assert sorted(env.run(eval, ("notes",)).fetch()) == list(range(self.given))


class Finalized:
    """Garbage at once, whose end is noticed by the garbage collector, wherever that runs."""

    def __init__(self, end: Callable[[], None]) -> None:
        self.cycle = self
        self.end = end

    def __del__(self) -> None:
        self.end()


def test_programs_while_handlers_and_finalizers_use_vars(ran: Ran) -> None:
    given, counting = 0, ran

    def test(program: Program) -> None:
        nonlocal given
        with connected(links, program) as envs:
            meddling = Meddling(envs)
            with meddling:
                run(program, envs, False, counting, "interrupted")
            meddling.check()
            given += meddling.given

    with serving("first", executing.SLICE) as first, serving("second", 0) as second:
        links = [first, second]
        # How many come in between depends on how long the programs take.
        for counting in (ran, *(Ran() for _ in range(9))):
            check(test, "interrupted", False, counting)
            if given > 20:
                break
    assert given > 20


@both_ways
def test_programs_over_actors(first: RemoteInterpreter, second: RemoteInterpreter, eager: bool, ran: Ran) -> None:
    def test(program: Program) -> None:
        run(program, envs, eager, ran, "actor")

    envs = [first, second]
    for env in envs:
        env.module("sys").path.append(str(ROOT / "tests"))  # where the classes of programs are imported from
    check(test, "actor", eager, ran)
    assert [left_over(env, lambda: env.status()["variables"]) for env in envs] == [0, 0]  # noqa: B023

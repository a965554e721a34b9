"""Random programs give the same through Vars as on plain objects: values, errors, and which objects are the same.

`make programs` runs many, drawn anew; the ordinary suite runs a few that are always the same. A program that fails is
printed as it was shrunk, and its first wrong line is marked.
"""

from __future__ import annotations

import collections
import contextlib
import gc
import itertools
import logging
import math
import os
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

from ray_proxy import RemoteInterpreter
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.protocol import Frame, Reply
from ray_proxy.server import executing
from ray_proxy.session import loopback, session as session_module
from ray_proxy.session.session import Session

SHARES = {"loopback": 0.6, "socket": 0.25, "actor": 0.15}
"""How many of all run over which channel: half of them pipelined, half eager."""
FEW = {"loopback": 300, "socket": 50, "actor": 30}
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
        patch.setattr(session_module, "FRAME_MESSAGES", program.frame)
        for env in envs:
            patch.setattr(env.session, "eager", eager)
        machine.run_program(program)
        machine.drop()
        for env in envs:
            for name in env.instance_names():
                env.del_named(name)
            with contextlib.suppress(BaseException):  # errors of variables that the program has dropped
                env.sync()
    ran.note(mode(channel, eager), program, machine.steps)


def left_over(env: Any, count: Callable[[], int]) -> int:
    """How many variables there are, once what this process has dropped is gone."""
    env.session._kept.clear()  # what `v.__class__` holds for a third of a second
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


@both_ways
def test_programs_over_sockets(eager: bool, ran: Ran) -> None:
    def test(program: Program) -> None:
        envs = [Session(link=link, env=CableInterpreter).env() for link in links]
        try:
            run(program, envs, eager, ran, "socket")
            for env in envs:
                assert left_over(env, lambda: env.run(eval, ("count()",)).fetch()) == 0, program  # noqa: B023
        finally:
            for env in envs:
                env.destroy()

    with serving("first", executing.SLICE) as first, serving("second", 0) as second:
        links = [first, second]
        check(test, "socket", eager, ran)


@both_ways
def test_programs_over_actors(first: RemoteInterpreter, second: RemoteInterpreter, eager: bool, ran: Ran) -> None:
    def test(program: Program) -> None:
        run(program, envs, eager, ran, "actor")

    envs = [first, second]
    for env in envs:
        env.module("sys").path.append(str(ROOT / "tests"))  # where the classes of programs are imported from
    check(test, "actor", eager, ran)
    assert [left_over(env, lambda: env.status()["variables"]) for env in envs] == [0, 0]  # noqa: B023

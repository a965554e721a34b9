"""Random programs give the same through Vars as on plain objects: values, errors, and which objects are the same.

`make programs` runs many, drawn anew; the ordinary suite runs a few that are always the same. A program that fails is
printed as it was shrunk, and its first wrong line is marked.
"""

from __future__ import annotations

import collections
import contextlib
import gc
import logging
import math
import os
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from cable import Rig
from conftest import ROOT, LoopbackInterpreter
from hypothesis import HealthCheck, given, settings
from random_programs import Machine, Program, programs

from ray_proxy import RemoteInterpreter, session as session_module
from ray_proxy.channels import loopback, server as server_module
from ray_proxy.interpreter import Interpreter
from ray_proxy.protocol import Frame, Reply

MANY = int(os.environ.get("PROGRAMS", "0"))
"""So many programs in all; 0: the few of the ordinary suite."""
SHARES = {"loopback": 0.6, "socket": 0.25, "actor": 0.15}
"""How many of all run over which channel: half of them pipelined, half eager."""
FEW = {"loopback": 150, "socket": 40, "actor": 25}
"""Programs of the ordinary suite over each channel, pipelined; and as many eager."""


def drawn(channel: str) -> Any:
    """How programs are drawn."""
    return settings(
        max_examples=math.ceil(MANY * SHARES[channel] / 2) if MANY else FEW[channel],
        derandomize=not MANY,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


class Sliced(Interpreter):
    """Can answer each message of a frame by a reply of its own, as a slow server does."""

    one_by_one = False

    def execute(
        self, session: str, frame: Frame, start: int = 0, seconds: float = math.inf, *args: Any, **kwargs: Any
    ) -> Reply:
        return super().execute(session, frame, start, 0 if self.one_by_one else seconds, *args, **kwargs)


class Ran:
    """Counts what was run."""

    def __init__(self) -> None:
        self.programs: collections.Counter[str] = collections.Counter()
        self.steps: collections.Counter[str] = collections.Counter()
        self.began = time.monotonic()

    def __str__(self) -> str:
        lines = [f"{what:20} {self.programs[what]:7,} programs {self.steps[what]:9,} steps" for what in self.programs]
        total = f"{'all':20} {self.programs.total():7,} programs {self.steps.total():9,} steps"
        return "\n".join([*lines, f"{total} in {time.monotonic() - self.began:.0f} s"])


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
        if program.sliced:
            patch.setattr(server_module, "SLICE", 0)
        for env in envs:
            patch.setattr(env.session, "eager", eager)
        machine.run_program(program)
        machine.drop()
        for env in envs:
            for name in env.instance_names():
                env.del_named(name)
            with contextlib.suppress(BaseException):  # errors of variables that the program has dropped
                env.sync()
    what = f"{channel}, {'eager' if eager else 'pipelined'}"
    ran.programs[what] += 1
    ran.steps[what] += machine.steps


def left_over(env: Any) -> int:
    """How many variables there are, once what this process has dropped is gone."""
    env.session._kept.clear()  # what `v.__class__` holds for a third of a second
    env.session.settle()
    if env.status()["variables"]:
        gc.collect()
        env.session.settle()
    return int(env.status()["variables"])


both_ways = pytest.mark.parametrize("eager", [False, True], ids=["pipelined", "eager"])


@both_ways
def test_programs_over_loopback(eager: bool, ran: Ran) -> None:
    @drawn("loopback")
    @given(programs())
    def check(program: Program) -> None:
        envs = []
        for name in ("first", "second"):
            interpreter = Sliced(name)
            interpreter.one_by_one = program.sliced
            env: LoopbackInterpreter = loopback.connect(interpreter, env=LoopbackInterpreter).env()
            env.interpreter = interpreter
            envs.append(env)
        try:
            run(program, envs, eager, ran, "loopback")
            assert [left_over(env) for env in envs] == [0, 0], program
        finally:
            for env in envs:
                env.destroy()

    check()


@both_ways
def test_programs_over_sockets(eager: bool, ran: Ran) -> None:
    rigs: list[Rig] = []

    @drawn("socket")
    @given(programs())
    def check(program: Program) -> None:
        envs = [rig.connect(past_cable=True) for rig in rigs]
        try:
            run(program, envs, eager, ran, "socket")
            for rig, env in zip(rigs, envs):
                env.session._kept.clear()
                env.session.settle()
                assert rig.interpreter.count() == 0, program
        finally:
            for env in envs:
                env.destroy()

    with contextlib.ExitStack() as stack:
        for _ in range(2):
            rigs.append(Rig())
            stack.callback(rigs[-1].close)
        check()


@both_ways
def test_programs_over_actors(first: RemoteInterpreter, second: RemoteInterpreter, eager: bool, ran: Ran) -> None:
    @drawn("actor")
    @given(programs())
    def check(program: Program) -> None:
        run(program, envs, eager, ran, "actor")

    envs = [first, second]
    for env in envs:
        env.module("sys").path.append(str(ROOT / "tests"))  # where the classes of programs are imported from
    check()
    assert [left_over(env) for env in envs] == [0, 0]

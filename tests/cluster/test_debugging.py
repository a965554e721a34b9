"""`breakpoint()` in remote code, and the post-mortem debugger on a remote error, are used in the user's terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from terminal import Run, programs

import ray_proxy
from ray_proxy import RayProxyError, RemoteInterpreter, RemoteInterpreterFactory


@pytest.fixture(scope="module")
def env(rif: RemoteInterpreterFactory) -> Iterator[RemoteInterpreter]:
    env = rif.create(num_cpus=0, name="debugged", debug=True)
    env.sync()
    yield env
    env.destroy()


@pytest.fixture
def run(env: RemoteInterpreter, cluster: str, tmp_path: Path) -> Iterator[Run]:
    with programs(cluster, "debugged", tmp_path) as run:
        yield run


def test_a_breakpoint_is_debugged_here(run: Run) -> None:
    there = run(
        """
def stops():
    secret = 41
    breakpoint()
    return secret + 1

def calls():
    return stops()

print("got", env.run(calls).fetch())
"""
    )
    there.answer("(Pdb) ", "p secret")
    assert "41" in there.expect("(Pdb) ")
    there.type("w\n")
    stack = there.expect("(Pdb) ")
    assert "calls()" in stack
    assert "stops()" in stack
    assert "ray" not in stack
    there.type("secret = 99\n")
    there.answer("(Pdb) ", "c")
    assert "got 100" in there.ends()


def test_ctrl_c_at_a_debugger_asks_again(run: Run) -> None:
    """As it does without an interpreter between."""
    there = run(
        """
def stops():
    secret = 41
    breakpoint()
    return secret + 1

print("got", env.run(stops).fetch())
"""
    )
    there.expect("(Pdb) ")
    there.interrupt()
    there.expect("--KeyboardInterrupt--")
    there.answer("(Pdb) ", "c")
    assert "got 42" in there.ends()


# ---------------------------------------------------------------------------------------- post-mortem


FAILS = """
def fails(x):
    inner = x * 2
    return inner / 0

def fail(env=env):
    try:
        env.run(fails, (21,)).fetch()
    except ZeroDivisionError as error:
        return error
"""


def test_the_frames_of_the_last_remote_error_are_debugged_here(run: Run) -> None:
    there = run(FAILS + "fail(); ray_proxy.pm(); print('left', env.run(abs, (-3,)).fetch())")
    there.answer("(Pdb) ", "p inner, x")
    assert "(42, 21)" in there.expect("(Pdb) ")
    there.type("w\n")
    assert "ray_proxy" not in there.expect("(Pdb) ")
    there.type("q\n")
    assert "left 3" in there.ends()


def test_those_of_another_error_can_be_named(run: Run) -> None:
    there = run(FAILS + "first = fail(); env.run(abs, (-3,)).fetch(); fail(); ray_proxy.pm(first)")
    there.answer("(Pdb) ", "q")
    there.ends()


def test_the_status_counts_errors_whose_frames_are_kept(rif: RemoteInterpreterFactory) -> None:
    env = rif.create(num_cpus=0, debug=True)

    def fails() -> None:
        raise ValueError("on purpose")

    for _ in range(7):
        with pytest.raises(ValueError, match="on purpose"):
            env.run(fails).fetch()
    assert env.status()["frames"] == 5
    env.destroy()


def test_without_kept_frames_the_remedy_is_told(rif: RemoteInterpreterFactory) -> None:
    env = rif.create(num_cpus=0)

    def fails() -> None:
        raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose") as raised:
        env.run(fails).fetch()
    for error in (None, raised.value):
        with pytest.raises(RayProxyError, match="debug=True"):
            ray_proxy.pm(error)
    assert env.status()["frames"] == 0
    env.destroy()


def test_without_debug_what_a_failing_call_holds_is_freed_at_once(rif: RemoteInterpreterFactory) -> None:
    env = rif.create(num_cpus=0)

    def fails() -> None:
        import builtins
        import weakref

        local = {1, 2}
        builtins.of_the_failed_call = weakref.ref(local)  # type: ignore[attr-defined]
        raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        env.run(fails).fetch()
    assert env.run(lambda: __import__("builtins").of_the_failed_call() is None).fetch()
    env.destroy()


@pytest.mark.parametrize("error", [ValueError("of here"), KeyError("of here")])
def test_what_is_no_remote_error_is_refused(error: Exception) -> None:
    with pytest.raises(RayProxyError, match="no remote error"):
        ray_proxy.pm(error)


def test_what_is_no_error_is_refused() -> None:
    with pytest.raises(TypeError, match="an exception"):
        ray_proxy.pm("an error")  # type: ignore[arg-type]


def test_debug_is_true_or_false(rif: RemoteInterpreterFactory) -> None:
    with pytest.raises(ValueError, match="debug is True or False"):
        rif.create(debug="yes")  # type: ignore[arg-type]

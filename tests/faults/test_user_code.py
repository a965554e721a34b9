"""User code that does what no code should: its error arrives; the interpreter is whole, or known to be dead."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import eventually
from programs import Driver, run_on_own_cluster

from ray_proxy import InterpreterDiedError, NotPicklableError, RemoteError, RemoteInterpreter, RemoteInterpreterFactory

pytestmark = pytest.mark.faults

DEADLINE = 3 * 2.0
"""Seconds for what shall be known, or done, within two."""


@pytest.fixture(scope="module")
def driver(cluster: str) -> Iterator[Driver]:
    driver = Driver(cluster)
    yield driver
    driver.kill()


class Used:
    """An interpreter that this process and another one use."""

    def __init__(self, rif: RemoteInterpreterFactory, driver: Driver) -> None:
        self.env = rif.create(name="used by two")
        self.driver = driver
        self.kept = self.env.put([1])
        self.env["named"] = 5
        driver.run("theirs = factory['used by two'].put([3]); theirs.fetch()")

    def pid(self) -> int:
        pid: int = self.env.status()["pid"]
        return pid

    def run(self, function: Callable[..., Any], *args: object) -> Any:
        return self.env.run(function, args).fetch(timeout=30)

    def assert_whole(self) -> None:
        """What both have there is there, and it can be asked and interrupted."""
        assert (self.kept + [2]).fetch(timeout=30) == [1, 2]
        assert self.env["named"] == 5
        self.driver.run("assert (theirs + [4]).fetch(timeout=30) == [3, 4]")
        sleeping = self.env.run(time.sleep, (60,))
        self.env.session.flush()
        eventually(lambda: self.env.status()["busy"], DEADLINE)
        began = time.monotonic()
        self.env.interrupt()
        with pytest.raises(KeyboardInterrupt):
            sleeping.fetch(timeout=30)
        assert time.monotonic() - began < DEADLINE


@pytest.fixture
def used(rif: RemoteInterpreterFactory, driver: Driver) -> Iterator[Used]:
    used = Used(rif, driver)
    yield used
    with contextlib.suppress(InterpreterDiedError):
        used.env.destroy()
    driver.run("del theirs")


def is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


# ------------------------------------------------------------------------------------ errors with their own types


def raising() -> dict[str, tuple[Callable[[], Any], type[BaseException], str]]:
    """Functions that raise, with the type and the text that arrive; local ones, so that they travel by value."""

    class Own(BaseException):
        pass

    class WithoutText(Exception):
        def __repr__(self) -> str:
            raise ValueError("no text")

        __str__ = __repr__

    class WithoutPickle(Exception):
        def __reduce__(self) -> Any:
            raise ValueError("no pickle")

    def raiser(error: Callable[[], BaseException]) -> Callable[[], None]:
        def function() -> None:
            raise error()

        return function

    def coroutine(error: Callable[[], BaseException]) -> Callable[[], Any]:
        async def function() -> None:
            raise error()

        return function

    def recursive() -> Any:
        return recursive()

    def nested() -> Any:
        value: list[Any] = []
        for _ in range(200_000):
            value = [value]
        return value

    return {
        "SystemExit": (raiser(lambda: SystemExit(4)), SystemExit, "4"),
        "SystemExit in a coroutine": (coroutine(lambda: SystemExit(4)), SystemExit, "4"),
        "KeyboardInterrupt": (raiser(lambda: KeyboardInterrupt("mine")), KeyboardInterrupt, "mine"),
        "KeyboardInterrupt in a coroutine": (coroutine(lambda: KeyboardInterrupt("mine")), KeyboardInterrupt, "mine"),
        "GeneratorExit": (raiser(lambda: GeneratorExit("over")), GeneratorExit, "over"),
        "own BaseException": (raiser(lambda: Own("own")), Own, "own"),
        "no text": (raiser(lambda: WithoutText("hidden")), WithoutText, "hidden"),
        "no pickle": (raiser(lambda: WithoutPickle("why")), RemoteError, "WithoutPickle"),
        "deep recursion": (recursive, RecursionError, "maximum recursion depth"),
        "deep recursion in C": (lambda: repr(nested()), RecursionError, "maximum recursion depth"),
        "result that is too deep to be pickled": (nested, NotPicklableError, "deep"),
    }


@pytest.mark.parametrize("name", raising())
def test_what_user_code_raises_arrives_and_harms_nobody(used: Used, name: str) -> None:
    function, kind, text = raising()[name]
    with pytest.raises(BaseException) as caught:
        used.run(function)
    assert type(caught.value).__qualname__ == kind.__qualname__
    assert text in str(caught.value.args)
    used.assert_whole()


# ------------------------------------------------------------------------------------------------ what does no harm


def harmless() -> dict[str, Callable[[], Any]]:
    """Functions after which the interpreter shall be whole, though they change what is the whole process's."""

    def flood() -> None:
        import sys

        for _ in range(100):
            sys.stdout.write("x" * 499_999 + "\n")
            sys.stderr.write(("y" * 99 + "\n") * 5_000)

    def signals(handler: Any) -> Callable[[], None]:
        def change() -> None:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
                signal.signal(number, handler)

        return change

    def threads() -> None:
        import threading
        import time

        def fail() -> None:
            raise SystemExit("in a thread")

        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
        threading.Thread(target=fail).start()

    def removed_folder() -> None:
        import os
        import tempfile

        folder = tempfile.mkdtemp()
        os.chdir(folder)
        os.rmdir(folder)

    def no_stdout() -> None:
        import sys

        sys.stdout = sys.stderr = None

    def no_collector() -> None:
        import gc

        gc.disable()

    def low_limit() -> None:
        import sys

        for limit in range(1, 1000):
            with contextlib.suppress(RecursionError):
                sys.setrecursionlimit(limit)
                return

    def own_loop() -> None:
        import asyncio

        asyncio.run(asyncio.sleep(0.01))

    def pool() -> None:
        import multiprocessing

        with multiprocessing.get_context("fork").Pool(2) as pool:
            assert pool.map(abs, [-1, -2]) == [1, 2]

    return {
        "100 MB of output": flood,
        "signals to SIG_DFL": signals(signal.SIG_DFL),
        "signals to SIG_IGN": signals(signal.SIG_IGN),
        "signals to a function": signals(lambda number, frame: None),
        "threads": threads,
        "no working directory": removed_folder,
        "no stdout": no_stdout,
        "no garbage collector": no_collector,
        "the lowest recursion limit": low_limit,
        "asyncio.run": own_loop,
        "a pool of processes": pool,
    }


@pytest.mark.parametrize("name", harmless())
def test_what_user_code_does_to_its_process_does_no_harm(used: Used, name: str) -> None:
    used.run(harmless()[name])
    with pytest.raises(ZeroDivisionError):
        used.run(lambda: 1 / 0)
    used.assert_whole()


def test_a_coroutine_runs_after_asyncio_run(used: Used) -> None:
    async def answer() -> int:
        return 7

    used.run(harmless()["asyncio.run"])
    assert used.run(answer) == 7


@pytest.mark.parametrize("handler", [signal.SIG_DFL, signal.SIG_IGN], ids=["SIG_DFL", "SIG_IGN"])
def test_an_interrupt_while_the_running_code_has_taken_its_signal_does_not_end_the_process(
    used: Used, handler: Any
) -> None:
    def takes_the_signal() -> str:
        import signal
        import time

        signal.signal(signal.SIGUSR1, handler)
        time.sleep(2)
        return "done"

    busy = used.env.run(takes_the_signal)
    used.env.session.flush()
    eventually(lambda: used.env.status()["busy"])
    time.sleep(0.5)  # it has taken the signal by now; if not, the test asks less
    used.env.interrupt()
    with contextlib.suppress(KeyboardInterrupt):
        busy.fetch(timeout=30)
    used.assert_whole()


def test_what_is_printed_after_closing_the_standard_files_reaches_no_client(used: Used, cluster: str) -> None:
    def close() -> None:
        import os

        for number in range(3):
            os.close(number)

    def talk() -> None:
        for _ in range(1000):
            for number in range(3):
                with contextlib.suppress(OSError):
                    os.write(number, b"this is for a terminal\n")

    used.run(close)
    late = [Driver(cluster) for _ in range(2)]
    for other in late:
        other.run("var = factory['used by two'].put([3]); var.fetch()")
    used.run(talk)
    for other in late:
        other.run("assert (var + [4]).fetch(timeout=10) == [3, 4]")
        other.kill()
    used.assert_whole()


def test_processes_that_are_left_running_do_no_harm(used: Used) -> None:
    def leave() -> int:
        import subprocess

        return subprocess.Popen(["sleep", "1000"]).pid

    left = used.run(leave)
    used.assert_whole()
    with contextlib.suppress(ProcessLookupError):
        os.kill(left, signal.SIGKILL)


def test_a_forked_child_that_returns_from_user_code_serves_nobody(used: Used) -> None:
    def fork() -> int:
        return os.fork()

    parent = used.pid()
    child = used.run(fork)
    assert child > 0
    assert {used.run(os.getpid) for _ in range(10)} == {parent}
    eventually(lambda: not is_alive(child), DEADLINE)
    used.assert_whole()


# ------------------------------------------------------------------------------------------------ the end of a process


def ending() -> dict[str, Callable[[], Any]]:
    def leave() -> None:
        import os

        os._exit(3)

    def crash() -> None:
        import ctypes

        ctypes.string_at(0)

    def crash_with_a_child() -> None:
        import os
        import time

        if not os.fork():
            time.sleep(20)
            os._exit(0)
        os._exit(3)

    return {"os._exit": leave, "segmentation fault": crash, "os._exit with a child that lives": crash_with_a_child}


@pytest.mark.parametrize("name", ending())
def test_the_end_of_an_interpreter_is_an_error_with_the_reason_and_others_go_on(
    used: Used, first: RemoteInterpreter, name: str
) -> None:
    elsewhere = first.put([1])
    began = time.monotonic()
    with pytest.raises(InterpreterDiedError, match="worker process has died"):
        used.run(ending()[name])
    assert time.monotonic() - began < DEADLINE
    with pytest.raises(InterpreterDiedError, match="worker process has died"):
        used.kept.fetch(timeout=30)
    assert (elsewhere + [2]).fetch() == [1, 2]


def test_an_interpreter_whose_memory_ray_takes_for_too_much_is_an_error_with_the_reason() -> None:
    with open("/proc/meminfo") as file:
        kilobytes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in file)}
    whole, used = kilobytes["MemTotal"], kilobytes["MemTotal"] - kilobytes["MemAvailable"]
    printed = run_on_own_cluster(
        """
env = factory.create()  # the only one: Ray ends others too while the memory of the first is not yet free again
pid = env.run(os.getpid).fetch()

def grow():
    held = []
    for _ in range(32):
        held.append(bytearray(b"x") * (64 << 20))
    time.sleep(60)

growing = env.run(grow)
env.session.flush()
while os.path.exists(f"/proc/{pid}"):
    time.sleep(0.01)
began = time.monotonic()
try:
    growing.fetch(timeout=30)
except InterpreterDiedError as error:
    print(time.monotonic() - began)
    print(error)
""",
        RAY_memory_usage_threshold=f"{(used + 1_300_000) / whole:.4f}",
        RAY_memory_monitor_refresh_ms="100",
        RAY_worker_killing_policy_by_group="true",
    )
    seconds, _, reason = printed.partition("\n")
    assert float(seconds) < DEADLINE
    assert "running low on memory" in reason


@pytest.mark.parametrize("daemon", [True, False], ids=["daemon", "no daemon"])
def test_a_thread_that_still_runs_does_not_keep_an_interpreter_that_nobody_holds(
    rif: RemoteInterpreterFactory, daemon: bool
) -> None:
    def start(daemon: bool) -> None:
        import threading
        import time

        threading.Thread(target=time.sleep, args=(60,), daemon=daemon).start()

    env = rif.create()
    pid = env.run(os.getpid).fetch()
    env.run(start, (daemon,)).fetch()
    del env
    eventually(lambda: not is_alive(pid), 15)

"""Fixtures that all tests share: interpreters of this process, and interpreters on a real Ray."""

from __future__ import annotations

import contextlib
import gc
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import ray

from ray_proxy import RemoteInterpreter, RemoteInterpreterFactory
from ray_proxy.channels.channel import hosting
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.session import loopback
from ray_proxy.session.reader import Reader
from ray_proxy.var.env import SessionInterpreter

if TYPE_CHECKING:
    from kernels import Kernel
    from live import Live
    from lives import Lives, Mother
    from recording import Recorded
    from rig import Host, Rig
    from saved import Saved

ROOT = Path(__file__).parent.parent
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as under nohup, and in background jobs of a shell
    signal.signal(signal.SIGINT, signal.default_int_handler)  # for tests that press Ctrl-C, and what they start

# The figures of the typing suite are those of exact versions of the checkers and of numpy, which need Python 3.11.
collect_ignore = ["typing"] if sys.version_info < (3, 11) else []


LONG = """
    typing/test_completion whole/test_first_steps whole/test_examples cluster/test_ray whole/test_programs
    protocol/test_fuzz server/test_interrupts logs/test_log_seed session/test_reentry logs/test_restore
    stubs/test_stubgen server/test_always_asked var/test_waits session/test_frames_by_bytes cluster/test_versions
    cluster/test_input server/test_output_there notebook/test_output_in_cells notebook/test_display_shown
    cluster/test_output_reaches notebook/test_errors_shown notebook/test_tab notebook/test_story
    notebook/test_input_in_a_kernel cluster/test_output_ray
    logs/test_apart tools/test_benchmarks logs/test_log_storms logs/test_log_no_room
""".split()
"""The files that take longest. They come first, so that processes that share the tests end at about the same time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {str(ROOT / "tests" / f"{name}.py"): place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(str(item.path), len(LONG)))


def pytest_collection_finish() -> None:
    """What was imported, and the tests themselves, stay: searches for garbage, of which tests make many, skip them."""
    gc.collect()
    gc.freeze()


class LoopbackInterpreter(SessionInterpreter):
    """An interpreter of this process, as users would see it: no Ray, no sockets."""

    interpreter: Interpreter

    @classmethod
    def make(cls, name: str = "loopback", eager: bool = False) -> LoopbackInterpreter:
        interpreter = Interpreter(name)
        env: LoopbackInterpreter = loopback.connect(interpreter, eager, cls).env()
        env.interpreter = interpreter
        return env

    @property
    def id(self) -> str:
        return self.session.interpreter

    def status(self) -> dict[str, Any]:
        return {"variables": self.interpreter.count()}

    def get_host(self) -> str:
        return self.session.host

    def interrupt(self) -> None:
        """User code runs in the caller's own thread: there is nobody else to interrupt it."""

    def destroy(self) -> None:
        self.session.close()


def label(value: object) -> str:
    """Of a case of a test: the repr of a value, save what differs between processes, which must agree on the cases."""
    if isinstance(value, (set, frozenset)):
        return f"{type(value).__name__}({sorted(map(label, value))})"
    return re.sub(r" at 0x\w+", "", repr(value), flags=re.IGNORECASE)


@pytest.fixture(scope="module", autouse=True)
def _nothing_stays_open() -> Iterator[None]:
    """Interpreters and servers are cycles: the files and sockets that they have are closed when they are collected."""
    yield
    gc.collect()


@pytest.fixture
def env() -> Iterator[LoopbackInterpreter]:
    env = LoopbackInterpreter.make()
    yield env
    env.destroy()


@pytest.fixture
def other() -> Iterator[LoopbackInterpreter]:
    env = LoopbackInterpreter.make("other")
    yield env
    env.destroy()


@pytest.fixture
def eager_env() -> Iterator[LoopbackInterpreter]:
    env = LoopbackInterpreter.make("eager", eager=True)
    yield env
    env.destroy()


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """A local Ray for the whole run; gives its address."""
    context = ray.init(
        num_cpus=16,  # logical: most interpreters of the tests wait for each other
        include_dashboard=False,
        log_to_driver=False,
        namespace="tests",
        _node_ip_address="127.0.0.1",
        object_store_memory=1_500_000_000,
    )
    yield context.address_info["gcs_address"]
    ray.shutdown()


@pytest.fixture(scope="session")
def rif(cluster: str) -> RemoteInterpreterFactory:
    return RemoteInterpreterFactory(ray)


@pytest.fixture(scope="module")
def kernel(cluster: str) -> Iterator[Kernel]:
    """A kernel of Jupyter that knows the cluster, with an interpreter as `env`."""
    from kernels import Kernel

    kernel = Kernel(cluster)
    begun = kernel.cell(BEGIN)
    assert begun.errors == []
    yield kernel
    kernel.close()


BEGIN = """
import ray, ray_proxy, time
ray.init(address="auto", namespace="kernels", log_to_driver=False, logging_level="ERROR")
from ray_proxy import RemoteInterpreterFactory
env = RemoteInterpreterFactory().create(num_cpus=0)
env.sync()
"""


@pytest.fixture(scope="module")
def first(rif: RemoteInterpreterFactory) -> Iterator[RemoteInterpreter]:
    env = rif.create()
    yield env
    env.destroy()


@pytest.fixture(scope="module")
def second(rif: RemoteInterpreterFactory) -> Iterator[RemoteInterpreter]:
    env = rif.create()
    yield env
    env.destroy()


@pytest.fixture
def run_program(cluster: str) -> Callable[..., str]:
    """Runs a program in a process of its own, as another driver of the cluster; gives what it printed."""

    def run(code: str, *args: str, timeout: float = 120) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code, *args],
            env={**os.environ, "RAY_ADDRESS": cluster},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def main_thread_waits() -> bool:
    """Whether the main thread waits for an interpreter: from now on, and not before, that is what Ctrl-C interrupts."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame is not None and frame.f_code is not Reader.wait.__code__:
        frame = frame.f_back
    return frame is not None


def press_ctrl_c(busy: Callable[[], object], times: int = 1) -> threading.Thread:
    """Have Ctrl-C pressed once the main thread waits for an interpreter that is `busy`; gives the thread that does."""

    def press() -> None:
        eventually(lambda: main_thread_waits() and busy())
        for _ in range(times):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.3)  # between two presses of a person

    thread = threading.Thread(target=press)
    thread.start()
    return thread


def eventually(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for a condition that must come true; the test fails if it does not in that time."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come true in time"
        time.sleep(0.01)


_MOUNT = """
import subprocess, tempfile
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", tempfile.mkdtemp()], check=True)
"""


def of_its_own_mounts() -> tuple[str, ...]:
    """Begins a command that may mount file systems, which nobody else sees; skips the test where that cannot be had."""
    for options in (["--mount"], ["--user", "--map-root-user", "--mount"]):
        command = ["unshare", *options]
        with contextlib.suppress(OSError):
            probe = [*command, sys.executable, "-c", _MOUNT]
            if subprocess.run(probe, capture_output=True, timeout=60, check=False).returncode == 0:
                return tuple(command)
    pytest.skip("this user may not mount a file system of its own (unshare --mount)")


@pytest.fixture(scope="module")
def mother() -> Iterator[Mother]:
    """Makes the processes of interpreters that recover."""
    from lives import Mother  # here: tests of the pytest plugin use this file in other folders

    mother = Mother()
    yield mother
    mother.close()


@pytest.fixture
def lives(mother: Mother, tmp_path: Path) -> Iterator[Lives]:
    from lives import Lives

    with Lives(mother, tmp_path / "session.rplog") as lives:
        yield lives


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    """Modules that are edited while they are loaded."""
    from live import living

    yield from living(tmp_path)


@pytest.fixture
def saved(tmp_path: Path) -> Iterator[Saved]:
    """A project that is edited."""
    from saved import Saved

    with Saved(tmp_path) as saved:
        yield saved


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Of a log that a test writes."""
    return str(tmp_path / "session.rplog")


@pytest.fixture
def recorded(tmp_path: Path) -> Recorded:
    from recording import Recorded

    return Recorded(tmp_path / "session.rplog")


@pytest.fixture
def rig() -> Iterator[Rig]:
    """An interpreter with its server, and a cable to it."""
    from rig import Rig

    rig = Rig()
    yield rig
    rig.close()


@pytest.fixture
def recorded_rig(path: str) -> Iterator[Rig]:
    """The same, where the interpreter is recorded."""
    from rig import Rig

    rig = Rig(log=path)
    yield rig
    rig.close()


@pytest.fixture
def short_rig() -> Iterator[Rig]:
    """Lost sessions are kept for half a second."""
    from rig import Rig

    rig = Rig(grace=0.5)
    yield rig
    rig.close()


@pytest.fixture
def host() -> Iterator[Host]:
    """A server in this process, on a Unix socket and on TCP."""
    from rig import Host

    host = Host(bind="127.0.0.1")
    yield host
    host.close()


@pytest.fixture
def there(rif: RemoteInterpreterFactory) -> Iterator[RemoteInterpreter]:
    """An interpreter in a process of its own; what a test has left running there ends with it."""
    env = rif.create(num_cpus=0)
    env.sync()
    yield env
    env.destroy()


@pytest.fixture
def recorded_host(path: str) -> Iterator[Host]:
    """The same, where the interpreter is recorded."""
    from rig import Host

    from ray_proxy.logs.records import began
    from ray_proxy.logs.writer import Writer

    log = Writer(path, began("interpreter", "here", "this host", False))
    host = Host(log=log)
    yield host
    host.close()
    log.close()


@pytest.fixture
def short_host() -> Iterator[Host]:
    """One whose leases, and whose patience with lost clients, are short."""
    from rig import Host

    host = Host(lease=0.01, grace=0.2)
    yield host
    host.close()


@pytest.fixture
def hosting_as_before() -> Iterator[None]:
    """What a server in this process tells the sessions here is taken back."""
    from rig import shelf

    before = hosting.path, hosting.thread, hosting.wait
    yield
    hosting.path, hosting.thread, hosting.wait = before
    shelf.clear()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    from rig import SOON

    one, other = socket.socketpair()
    with one, other:
        one.settimeout(SOON)
        other.settimeout(SOON)
        yield one, other

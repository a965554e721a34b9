"""An interpreter whose process can be killed, and which goes on in another one: everything of a recovery save Ray.

A process that has imported everything makes those processes by fork, so that hundreds of deaths are tested in seconds.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import pickle
import queue
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from cable import CableInterpreter, CableLink

from ray_proxy import RayProxyWarning
from ray_proxy.channels.channel import hosting
from ray_proxy.channels.socket import Address, dial, framed, receive_frame
from ray_proxy.errors import BulkTransferError
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.logs import recovery
from ray_proxy.logs.rebuilding import Client
from ray_proxy.logs.writer import LIMIT
from ray_proxy.output.owners import OWNER, owner
from ray_proxy.protocol import MAJOR, MINOR, Hello, Status, decode_status, encode
from ray_proxy.server import executing
from ray_proxy.server.server import Server
from ray_proxy.session import origins
from ray_proxy.session.session import Session

PACKAGE = os.path.dirname(os.path.dirname(recovery.__file__))
"""Whose lines are counted."""


def failed(error: BaseException) -> int:
    """Of how many failed operations an error tells: itself, and those that its note counts."""
    text = "\n".join([*getattr(error, "__notes__", ()), str(error.__cause__)])
    more = re.search(r"^\+ ([\d,]+) more", text, re.MULTILINE)
    return 1 + (int(more[1].replace(",", "")) if more else 0)


class DiedAtOnceError(Exception):
    """A process has died before it could be reached."""


class Lives:
    """An interpreter with its log, and the process that it has now."""

    def __init__(self, mother: Mother, path: Path, **options: Any) -> None:
        self.mother = mother
        self.path = str(path)
        self.options = options
        self.pid = 0
        self.envs: list[CableInterpreter] = []
        self.begin()

    def begin(self, **options: Any) -> str:
        """Start a process; gives what it says of its recovery. Raises what went wrong in it."""
        told = self.mother.ask({"path": self.path, **self.options, **options})
        if told.get("error") == "":
            raise DiedAtOnceError
        if "error" in told:
            raise RuntimeError(told["error"])
        self.pid = told["pid"]
        report: str = told["report"]
        return report

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self.wait()

    def wait(self) -> int:
        """Wait for the end of the process; gives its exit status."""
        pid, self.pid = self.pid, 0
        status: int = self.mother.ask({"wait": pid})["status"]
        return status

    def die_and_begin(self) -> None:
        """Wait until the process has ended by what it does, and start the next."""
        self.wait()
        self.begin()

    def end(self) -> int:
        """End the process in order, once its last client has gone."""
        os.kill(self.pid, signal.SIGHUP)
        return self.wait()

    def status(self) -> dict[str, Any]:
        hello = Hello(MAJOR, MINOR, "", "control")
        connection, _ = LivesLink(self.path)._open(hello, 5)
        with connection:
            connection.sendall(framed(encode(Status())))
            return decode_status(receive_frame(connection, time.monotonic() + 5))

    def connect(self) -> CableInterpreter:
        env = connect(self.path, self.options.get("store"))
        self.envs.append(env)
        return env

    def __enter__(self) -> Lives:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for env in self.envs:
            env.destroy()
        if self.pid:
            self.kill()


def connect(path: str, store: str | None = None) -> CableInterpreter:
    """A client of the interpreter with this log."""
    beside = FolderStore(store) if store else None
    env: CableInterpreter = Session(beside, link=LivesLink(path), env=CableInterpreter).env()
    return env


class LivesLink(CableLink):
    """To the process that there is: its address lies beside the log, as it would in Ray's store."""

    def __init__(self, path: str) -> None:
        super().__init__(path, b"")

    def _dial(self, seconds: float) -> socket.socket:
        address = json.loads(Path(self.path + ".address").read_text())
        return dial(Address(address["socket"], "", 0), bytes.fromhex(address["key"]), True, seconds)


class FolderStore:
    """`store.Store` in a folder. As in Ray's, a value is gone with the process that has left it."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self._folder.mkdir(exist_ok=True)

    def leave(self, parts: Sequence[pickle.PickleBuffer], *owners: str) -> str:
        token = uuid.uuid4().hex
        self.leave_again(token, [bytes(part.raw()) for part in parts])
        return token

    def leave_again(self, token: str, parts: Sequence[bytes], *owners: str) -> None:
        (self._folder / token).write_bytes(pickle.dumps((os.getpid(), list(parts))))

    def take(self, token: str) -> list[memoryview]:
        path = self._folder / token
        if not self._is_there(path):
            raise BulkTransferError("a large value was lost on its way")
        _, parts = pickle.loads(path.read_bytes())
        path.unlink()
        return [memoryview(part) for part in parts]

    def count(self) -> int:
        """How many values are on their way."""
        return sum(map(self._is_there, self._folder.iterdir()))

    def _is_there(self, path: Path) -> bool:
        if not path.exists():
            return False
        owner, _ = pickle.loads(path.read_bytes())
        return os.path.exists(f"/proc/{owner}")

    def discard(self, token: str) -> None:
        (self._folder / token).unlink(missing_ok=True)

    def forget(self, owner: str) -> None:
        """Whose a value is was not noted."""

    def is_ref(self, value: object) -> bool:
        return False

    def leave_value(self, value: object, *owners: str) -> str:
        raise NotImplementedError

    leave_ref = take_ref = get = leave_value  # type: ignore[assignment]


class Clocks:
    """The clocks of an interpreter's processes, by files: those of this machine, and what a test adds to them."""

    def __init__(self, path: str) -> None:
        self.path = path
        Path(path).touch()
        os.truncate(path, 16)
        with open(path, "r+b") as file:
            self._added = memoryview(mmap.mmap(file.fileno(), 16)).cast("d")

    def steady(self) -> float:
        return time.monotonic() + self._added[0]

    def wall(self) -> float:
        return time.time() + self._added[1]

    def pass_by(self, seconds: float) -> None:
        """So much time has passed."""
        self._added[0] += seconds
        self._added[1] += seconds

    def jump(self, seconds: float) -> None:
        """The clock on the wall is set, forward or back."""
        self._added[1] += seconds


class Mother:
    """The process that makes the others."""

    def __init__(self, environment: dict[str, str] | None = None) -> None:
        self._folder = tempfile.mkdtemp(prefix="lives_")  # of sockets, whose paths must be short
        arguments = [sys.executable, __file__, self._folder]
        path = os.pathsep.join(sys.path)  # the functions of tests travel by name
        self._process = subprocess.Popen(
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **(environment or {}), "PYTHONPATH": path},
        )

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(request), file=self._process.stdin, flush=True)
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        return told

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)
        shutil.rmtree(self._folder)


# ------------------------------------------------------------------------------------------- in the processes

_peers: dict[str, CableInterpreter] = {}


def peer(path: str) -> CableInterpreter:
    """For user code: another interpreter, or the one that it runs in."""
    if path not in _peers:
        _peers[path] = connect(path)
    return _peers[path]


class Tally:
    """An object with state."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def add(self, number: int) -> int:
        """In two steps, and not at once: no process shall be found to have done the first alone."""
        self.seen.append(-number)
        until = time.perf_counter() + 0.0003
        while time.perf_counter() < until:
            pass
        self.seen[-1] = number
        return len(self.seen)


def open_files(pid: int = 0) -> list[str]:
    """Of a process, or of this one."""
    folder = f"/proc/{pid or 'self'}/fd"
    paths = []
    for number in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):  # that of the folder itself
            paths.append(os.readlink(f"{folder}/{number}"))
    return paths


def told(caught: list[warnings.WarningMessage]) -> list[str]:
    """The warnings of ours."""
    return [str(warning.message) for warning in caught if issubclass(warning.category, RayProxyWarning)]


def _serve_mother() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request:
            _, status = os.waitpid(request["wait"], 0)
            told: dict[str, Any] = {"status": status}
        else:
            reading, writing = os.pipe()
            pid = os.fork()
            if not pid:
                os.close(reading)
                _live(writing, **request)
            os.close(writing)
            with open(reading) as pipe:
                told = {"pid": pid, **json.loads(pipe.read() or '{"error": ""}')}
            if "error" in told:
                os.waitpid(pid, 0)
        print(json.dumps(told), flush=True)


def _live(
    pipe: int,
    path: str,
    name: str = "lives",
    grace: float = 30.0,
    lease: float = 600.0,
    limit: int = LIMIT,
    store: str = "",
    resumes: bool = False,
    slice: float = executing.SLICE,
    largest: int = executing._LARGEST,
    die_at: int = 0,
    clocks: str = "",
    room: int = -1,
) -> None:
    """What a process does: go on with the log that is there, or begin one."""
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    hosting.path = [name]
    origins.use_calls(OWNER, owner)
    executing.SLICE, executing._LARGEST = slice, largest
    beside = FolderStore(store) if store else None
    make_room = _have_no_room(path, room) if room >= 0 else lambda: None
    interpreter = Interpreter(name, beside, lease=lease)
    given = Clocks(clocks) if clocks else None
    times = {} if given is None else {"clock": given.steady, "wall": given.wall}
    lines = _count_lines(die_at)
    report = ""
    clients: list[Client] = []
    try:
        if resumes or os.path.exists(path):
            log, recovered = recovery.resume(interpreter, path, limit, beside and beside.leave_again, **times)
            make_room()
            clients, report = recovered.clients, str(recovered.report)
        else:
            log = recovery.record(interpreter, path, limit, True, **times)
        starts: queue.SimpleQueue[bool] = queue.SimpleQueue()
        server = Server(
            interpreter, "here", lambda: starts.put(True), parent=sys.argv[1], grace=grace, log=log, clients=clients
        )
    except Exception as error:
        _tell(pipe, {"error": f"{type(error).__name__}: {error}"})
        os._exit(1)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    signal.signal(signal.SIGHUP, lambda number, frame: starts.put(False))
    address = {"socket": server.address.path, "key": server.key.hex()}
    Path(path + ".fresh").write_text(json.dumps(address))
    os.rename(path + ".fresh", path + ".address")
    _tell(pipe, {"report": report})
    with contextlib.suppress(SystemExit):
        while starts.get():
            server.serve()
    server.close()
    recovery.end(log)
    sys.settrace(None)
    Path(path + ".lines").write_text(str(lines[0]))
    os._exit(0)


def _have_no_room(path: str, room: int) -> Callable[[], None]:
    """For a moment, a log has room for so many bytes more, as on a disk that is full; gives what ends the moment."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(path) + room, before[1]))

    def make_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    threading.Timer(0.05, make_room).start()
    return make_room


def _tell(pipe: int, told: dict[str, Any]) -> None:
    os.write(pipe, json.dumps(told).encode())
    os.close(pipe)


def _count_lines(die_at: int) -> list[int]:
    """Count the lines of the package that the main thread executes from now on, and die before that one; 0: never."""
    count = [0]

    def line(frame: FrameType, event: str, argument: object) -> Any:
        if event == "line":
            count[0] += 1
            if count[0] == die_at:
                os.kill(os.getpid(), signal.SIGKILL)
        return line

    def call(frame: FrameType, event: str, argument: object) -> Any:
        return line if frame.f_code.co_filename.startswith(PACKAGE) else None

    if die_at:
        sys.settrace(call)
    return count


def die_once_in(name: str, path: str) -> None:
    """For user code: the process dies when it next calls a function of the package of that name; no later one does."""

    def call(frame: FrameType, event: str, argument: object) -> Any:
        if frame.f_code.co_name == name and frame.f_code.co_filename.startswith(PACKAGE):
            os.kill(os.getpid(), signal.SIGKILL)

    marker = Path(f"{path}.died")
    if not marker.exists():
        marker.touch()
        sys.settrace(call)


if __name__ == "__main__":
    sys.modules["lives"] = sys.modules["__main__"]
    _serve_mother()

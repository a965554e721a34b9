"""A restart without room or right to write the log: it is waited for."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from conftest import ROOT, of_its_own_mounts
from lives import Lives, told

from ray_proxy.logs import recovery

RESUMES = r"""
import contextlib, logging, os, pickle, resource, shutil, signal, sys, threading, time
from pathlib import Path
import msgspec
from ray_proxy import protocol
from ray_proxy.logs import recovery
from ray_proxy.errors import LogError
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.logs.reader import Log
from ray_proxy.logs.writer import LIMIT
from ray_proxy.protocol import Call, Fetch, Frame, Pickled, Put, Ref, GetAttr, encode
from ray_proxy.logs.replaying import replay

logging.basicConfig(stream=sys.stdout, format="%(message)s")
folder, path = sys.argv[1], os.path.join(sys.argv[1], "session.rplog")

def die():
    "Leave what a process does that was killed in the middle of a long frame."
    child = os.fork()
    if child:
        assert os.waitpid(child, 0)[1] == signal.SIGKILL
        return
    interpreter = Interpreter("lives")
    log = recovery.record(interpreter, path, LIMIT, True)
    interpreter.open("s")
    log.opened("s", "client")
    first = Frame(1, [Put(1, Pickled(pickle.dumps([1])))])
    log.sent("s", encode(first))
    log.answered("s", encode(interpreter.execute("s", first, number=1)))
    appends = [[GetAttr(id, Ref(1), "append"), Call(id + 1, Ref(id), [id], {})] for id in range(10, 40, 2)]
    messages = sum(appends, [])
    second = Frame(2, [*messages, Fetch(Ref(1)), Fetch(Ref(1))])
    log.sent("s", encode(second))
    interpreter.progress[:3] = memoryview(b"".join(n.to_bytes(8, sys.byteorder) for n in (1, 2, 30))).cast("Q")
    os.kill(os.getpid(), signal.SIGKILL)

def told():
    "What the log tells, save times and processes."
    records = list(Log(path))
    none = {"time": 0.0, "steady": None}
    timeless = [msgspec.structs.replace(r, **{name: none[name] for name in none if hasattr(r, name)}) for r in records]
    return [r if type(r).__name__ != "Recovered" else "recovered" for r in timeless]

def resume(tell=lambda text: None):
    interpreter = Interpreter("lives")
    writer, recovered = recovery.resume(interpreter, path, LIMIT, tell=tell)
    writer.abandon()
    work = [(client.taken, len(client.answers), len(client.work)) for client in recovered.clients]
    return interpreter._sessions["s"].table[1], work, told()
"""
BY_BYTES = (
    RESUMES
    + r"""
recovery._TRY_AGAIN = 0.01
die()
saved = folder + ".saved"
shutil.copytree(folder, saved)
whole = resume()
room = os.path.getsize(path) - os.path.getsize(saved + "/session.rplog")
no_limit = (resource.RLIM_INFINITY, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
class Killed(BaseException): pass
waits = 0
for kills in (False, True):
    for at in [*range(0, room + 40, 7), room - 1, room]:
        shutil.rmtree(folder); shutil.copytree(saved, folder)
        texts = []
        def tell(text):
            texts.append(text)
            resource.setrlimit(resource.RLIMIT_FSIZE, no_limit)
            if kills and text: raise Killed
        resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(path) + at, no_limit[1]))
        try:
            result = resume(tell)
        except Killed:
            result = resume()
        resource.setrlimit(resource.RLIMIT_FSIZE, no_limit)
        assert result[:2] == whole[:2], (at, result, whole)
        if not kills: assert result == whole, (at, result[2], whole[2])
        assert replay(path).problem is None
        assert sorted(os.listdir(folder)) == ["session.rplog", "session.rplog.now"]
        waits += bool(texts)
        assert not texts or kills or texts[-1] == ""
print("waits", waits > 20, "room", room)
"""
)


def run(program: str, *arguments: str, within: tuple[str, ...] = (), timeout: float = 100) -> str:
    done = subprocess.run(
        [*within, sys.executable, "-c", program, *arguments],
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_wherever_the_room_ends_in_a_recovery_it_waits_and_nothing_is_lost_or_torn(tmp_path: Path) -> None:
    """The limit of the system on the size of files ends a write at any byte, as a full disk does."""
    folder = tmp_path / "log"
    folder.mkdir()
    assert "waits True" in run(BY_BYTES, str(folder)), "it never waited"


FULL = (
    RESUMES
    + r"""
import subprocess
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=True)
die()
def fill():
    with open(folder + "/filler", "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True: file.write(bytes(512))
fill()
def tell(text):
    print("told", text)
    if text: threading.Timer(0.5, os.unlink, [folder + "/filler"]).start()
print("result", resume(tell)[0])
with contextlib.suppress(FileNotFoundError): os.unlink(folder + "/filler")
fill()
try:
    recovery.record(Interpreter("new"), folder + "/new.rplog", LIMIT, True)
except LogError as error:
    print("first", error, sorted(os.listdir(folder)))
"""
)


def test_a_disk_that_is_full_at_a_restart_is_waited_for_and_at_a_first_start_it_is_an_error(tmp_path: Path) -> None:
    printed = run(FULL, str(tmp_path), within=of_its_own_mounts())
    path = f"{tmp_path}/session.rplog.now"
    assert f"restarted, and waits before it goes on: {path} cannot be written: No space left on device; make" in printed
    assert f"told {path} cannot be written: No space left on device; make room there\n" in printed
    assert "\ntold \n" in printed
    assert "result [1, 10, 12" in printed
    assert f"first {tmp_path}/new.rplog cannot be written: No space left" in printed
    assert "['filler', 'session.rplog', 'session.rplog.now']" in printed


READ_ONLY = (
    RESUMES
    + r"""
import subprocess
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=True)
die()
mount = lambda how: subprocess.run(["mount", "-o", "remount," + how, folder], check=True)
mount("ro")
def tell(text):
    print("told", text)
    if text: threading.Timer(0.5, mount, ["rw"]).start()
print("result", resume(tell)[0])
"""
)


def test_a_read_only_file_system_is_waited_for(tmp_path: Path) -> None:
    printed = run(READ_ONLY, str(tmp_path), within=of_its_own_mounts())
    path = f"{tmp_path}/session.rplog"
    assert f"told {path} cannot be written: Read-only file system; make the file system writable\n" in printed
    assert "result [1, 10, 12" in printed


NO_RIGHT = (
    RESUMES
    + r"""
if os.getuid() == 0:  # who may do anything: be somebody else
    os.chown(folder, 65534, 65534)
    os.seteuid(65534)
die()
def restrict(): os.chmod(path, 0o000); os.chmod(folder, 0o500)
def allow(): os.chmod(folder, 0o700); os.chmod(path, 0o600)
restrict()
def tell(text):
    print("told", text)
    if text: threading.Timer(0.5, allow).start()
print("result", resume(tell)[0])
"""
)


def test_a_log_that_the_user_may_not_write_is_waited_for(tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents[:3]):
        if os.getuid() == 0 and folder != Path("/tmp"):
            folder.chmod(0o711)  # so that another user finds the way
    folder = tmp_path / "log"
    folder.mkdir()
    printed = run(NO_RIGHT, str(folder))
    told = f"told {folder}/session.rplog cannot be written: Permission denied; give the user of the interpreter the"
    assert told in printed
    assert "result [1, 10, 12" in printed


WHAT_NOBODY_PUTS_RIGHT = (
    RESUMES
    + r"""
die()
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(path), hard))
def tell(text):
    if text:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        os.unlink(path)  # somebody makes room
before = time.monotonic()
interpreter = Interpreter("lives")
writer, _ = recovery.resume(interpreter, path, LIMIT, tell=tell)
print(writer.stopped, time.monotonic() - before < 20)
"""
)


def test_a_log_that_is_removed_while_it_is_waited_for_is_waited_for_no_more(tmp_path: Path) -> None:
    assert "the log was removed while it was written True" in run(WHAT_NOBODY_PUTS_RIGHT, str(tmp_path))


def test_what_is_waited_for_is_said_at_growing_intervals(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr("ray_proxy.logs.recovery.time.monotonic", lambda: now[0])
    monkeypatch.setattr("ray_proxy.logs.recovery.time.sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    patience = recovery.Patience("lives")
    times = []
    while now[0] < 5000:
        said = len(caplog.records)
        at = now[0]
        assert patience.waits(OSError(28, "No space left on device"), "it cannot be written: No space left on device")
        if len(caplog.records) > said:
            times.append(at - 1000)
    between = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert times[0] == 0
    assert [round(seconds / 10) for seconds in between[:4]] == [1, 2, 4, 8]
    assert all(600 <= seconds < 606 for seconds in between[7:])
    assert not patience.waits(OSError(2, "No such file"), "it is gone")


def test_a_pipe_in_the_place_of_a_log_is_told(lives: Lives) -> None:
    lives.connect().put([1]).fetch()
    lives.kill()
    os.unlink(lives.path)
    os.mkfifo(lives.path)
    with pytest.raises(RuntimeError, match="no regular file, as a log is one, but a pipe"):
        lives.begin()


def test_who_records_its_own_session_is_warned_too(lives: Lives, tmp_path: Path) -> None:
    env, path = lives.connect(), tmp_path / "mine.rplog"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with env.record(path):
            x = env.put([1])
            assert x.fetch() == [1]
            os.unlink(path)
            x.append(2)
            assert x.fetch() == [1, 2]
    what = f"the recording of lives to {path} has stopped: the log was removed while it was written"
    assert told(caught) == [f"{what}. What follows is not in the log; the work goes on"]

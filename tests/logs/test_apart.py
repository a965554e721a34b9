"""A call in a process of its own: it has an end, whatever it does."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import eventually

from ray_proxy.logs import apart
from ray_proxy.logs.apart import hash_seed

Tell = Callable[[Any], None]


def call(function: Callable[..., Any], *arguments: Any, seed: int | None = None, timeout: float | None = 60) -> Any:
    return apart.call("test_apart", function.__name__, *arguments, seed=seed, timeout=timeout)


def of_texts(tell: Tell, numbers: Any) -> tuple[int | None, int]:
    return hash_seed(), hash("a text")


def working(tell: Tell, numbers: Any, path: str) -> str:
    numbers[0], numbers[200] = 7, -7
    tell("half")
    return os.path.join(os.getcwd(), path)


def raising(tell: Tell, numbers: Any) -> None:
    raise LookupError("nothing is there")


def waiting(tell: Tell, numbers: Any) -> None:
    tell("half")
    while True:
        time.sleep(1000)


def holding(tell: Tell, numbers: Any) -> None:
    """What holds Python's lock cannot end itself."""
    tell("half")
    sum(range(10**13))


def exiting(tell: Tell, numbers: Any) -> None:
    tell("half")
    os._exit(3)


def aborting(tell: Tell, numbers: Any) -> None:
    os.abort()


def forking(tell: Tell, numbers: Any, path: str) -> None:
    """A child outlives the process, and holds the pipe."""
    if not (pid := os.fork()):
        time.sleep(1000)
    Path(path).write_text(str(pid))
    os._exit(0)


def asking(tell: Tell, numbers: Any) -> str:
    return sys.stdin.read()


def printing(tell: Tell, numbers: Any) -> None:
    print("hello")


def test_it_has_the_hash_seed_that_it_is_given() -> None:
    one, other = call(of_texts, seed=4711).result, call(of_texts, seed=4711).result
    assert one == other
    assert one[0] == 4711
    assert call(of_texts, seed=None).result[0] is None


def test_it_has_our_folder_and_tells_its_result() -> None:
    told = call(working, "here")
    assert (told.ended, told.result) == ("", os.path.join(os.getcwd(), "here"))
    assert (told.numbers[0], told.numbers[200]) == (7, -7)


def test_what_it_raises_is_raised() -> None:
    with pytest.raises(LookupError, match="nothing is there"):
        call(raising)


@pytest.mark.parametrize("function", [waiting, holding])
def test_it_is_ended_when_its_time_is_over(function: Callable[..., Any]) -> None:
    told = call(function, timeout=0.3)
    assert told.ended == "it was ended after 0.3 s"
    assert told.result == "half"


def test_its_own_end_is_told() -> None:
    told = call(exiting, timeout=None)
    assert (told.ended, told.result) == ("its process has ended itself, with exit code 3", "half")
    assert call(aborting, timeout=None).ended == "its process was ended by SIGABRT"


def test_what_it_has_started_ends_with_it(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    assert "exit code 0" in call(forking, str(path), timeout=None).ended
    eventually(lambda: not is_there(int(path.read_text())))


def test_nobody_can_be_asked() -> None:
    assert call(asking).result == ""


def test_what_it_prints_goes_where_ours_does(capfd: pytest.CaptureFixture[str]) -> None:
    call(printing)
    assert capfd.readouterr().out == "hello\n"


def test_what_it_prints_goes_to_a_stream_that_is_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    call(printing)
    assert capsys.readouterr().out == "hello\n"


def test_it_ends_with_the_process_that_has_called(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    program = (
        f"import sys; sys.path[:] = {sys.path!r}\n"
        f"from ray_proxy.logs import apart\n"
        f"apart.call('test_apart', 'noting', {str(path)!r}, seed=None, timeout=None)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program])
    try:
        eventually(lambda: path.exists() and path.read_text())
        assert is_there(int(path.read_text()))
    finally:
        process.kill()
        process.wait()
    eventually(lambda: not is_there(int(path.read_text())))


def noting(tell: Tell, numbers: Any, path: str) -> None:
    Path(path + ".fresh").write_text(str(os.getpid()))
    os.rename(path + ".fresh", path)
    time.sleep(1000)


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False

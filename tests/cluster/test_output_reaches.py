"""What remote code writes reaches whoever asked: on `sys.stdout` and `sys.stderr` of that moment, before its value."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, eventually

from ray_proxy import RemoteInterpreter, RemoteInterpreterFactory

SCRIPT = """
import sys
from ray_proxy import RemoteInterpreterFactory
import ray
ray.init(address="auto", namespace="tests", log_to_driver=False, logging_level="ERROR")
env = RemoteInterpreterFactory().create(num_cpus=0)
def talk(words, seconds=0.0):
    import time
    time.sleep(seconds)
    print(words)
    return words
"""


def talk(words: str, seconds: float = 0.0, to: str = "stdout") -> str:
    import sys
    import time

    time.sleep(seconds)
    print(words, file=getattr(sys, to))
    return words


@pytest.fixture(scope="module")
def env(rif: RemoteInterpreterFactory) -> Iterator[RemoteInterpreter]:
    env = rif.create(num_cpus=0)
    env.sync()
    yield env
    env.destroy()


@pytest.fixture
def script(cluster: str, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a program that has an interpreter as `env`."""

    def run(text: str, shell: str = "", **more: Any) -> subprocess.CompletedProcess[str]:
        path = tmp_path / "program.py"
        path.write_text(SCRIPT + textwrap.dedent(text))
        command = f"{sys.executable} {path} {shell}"
        environ = {**os.environ, "RAY_ADDRESS": cluster, "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            ["bash", "-c", command], env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=90, check=False
        )

    return run


# ------------------------------------------------------------------------------------------------- streams


def test_capsys_sees_both_streams_before_the_value(env: RemoteInterpreter, capsys: pytest.CaptureFixture[str]) -> None:
    assert env.run(talk, ("one",)).fetch() == "one"
    assert capsys.readouterr() == ("one\n", "")
    assert env.run(talk, ("two", 0.0, "stderr")).fetch() == "two"
    assert capsys.readouterr() == ("", "two\n")


def test_capfd_sees_it(env: RemoteInterpreter, capfd: pytest.CaptureFixture[str]) -> None:
    env.run(talk, ("one",)).fetch()
    assert capfd.readouterr().out == "one\n"


def test_it_comes_where_nobody_waits(env: RemoteInterpreter, capsys: pytest.CaptureFixture[str]) -> None:
    var = env.run(talk, ("late", 0.2))
    found: list[str] = []

    def came() -> bool:
        found.append(capsys.readouterr().out)
        return "".join(found) == "late\n"

    eventually(came)
    del var


def test_a_redirection_is_heeded(env: RemoteInterpreter, capsys: pytest.CaptureFixture[str]) -> None:
    here = io.StringIO()
    with contextlib.redirect_stdout(here):
        env.run(talk, ("one",)).fetch()
    assert (here.getvalue(), capsys.readouterr().out) == ("one\n", "")


class Raising(io.StringIO):
    def write(self, text: str) -> int:
        raise RuntimeError("this stream raises")


@pytest.mark.parametrize("stream", [None, Raising(), "closed"], ids=["none", "raising", "closed"])
def test_a_stream_that_takes_nothing_harms_no_call(
    env: RemoteInterpreter, stream: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if stream == "closed":
        stream = io.StringIO()
        stream.close()
    monkeypatch.setattr(sys, "stdout", stream)
    assert env.run(talk, ("one",)).fetch() == "one"


def test_the_order_of_both_streams_is_kept(env: RemoteInterpreter) -> None:
    both = io.StringIO()

    def alternate() -> None:
        import sys

        for number in range(20):
            print(number, file=[sys.stdout, sys.stderr][number % 2])

    with env.output(file=both):
        env.run(alternate).fetch()
    assert both.getvalue().split() == [str(number) for number in range(20)]


def test_characters_that_travel_in_pieces_are_whole(env: RemoteInterpreter, capsys: pytest.CaptureFixture[str]) -> None:
    def pieces() -> None:
        import os
        import time

        for byte in "grüße\n".encode():
            os.write(1, bytes([byte]))
            time.sleep(0.02)

    env.run(pieces).fetch()
    assert capsys.readouterr().out == "grüße\n"


def test_a_flood_is_complete_where_it_is_read(env: RemoteInterpreter) -> None:
    def flood() -> None:
        for number in range(20_000):
            print(number, "x" * 40)

    taken = io.StringIO()
    with env.output(file=taken):
        env.run(flood).fetch()
    lines = taken.getvalue().splitlines()
    assert [int(line.split()[0]) for line in lines if line[0].isdigit()][-1] == 19_999
    assert len(lines) == 20_000 or any("left out" in line for line in lines)


# ----------------------------------------------------------------------------------------------------- API


def test_output_goes_into_a_file_for_a_block(env: RemoteInterpreter, capsys: pytest.CaptureFixture[str]) -> None:
    taken = io.StringIO()
    with env.output(file=taken):
        env.run(talk, ("in",)).fetch()
    env.run(talk, ("out",)).fetch()
    assert (taken.getvalue(), capsys.readouterr().out) == ("in\n", "out\n")


def test_output_goes_into_a_file_from_now_on(env: RemoteInterpreter, capsys: pytest.CaptureFixture[str]) -> None:
    taken = io.StringIO()
    env.output(file=taken)
    env.run(talk, ("in",)).fetch()
    env.output(file=None)
    env.run(talk, ("out",)).fetch()
    assert (taken.getvalue(), capsys.readouterr().out) == ("in\n", "out\n")


def test_what_was_written_is_told_again(env: RemoteInterpreter) -> None:
    begun = time.time()
    env.run(talk, ("told again",)).fetch()
    assert "told again\n" in env.output(since=begun)
    assert "told again\n" in env.output(since=timedelta(minutes=1))
    assert env.output(since=time.time() + 60) == ""


@pytest.mark.parametrize(
    "wrong", [{"since": "today"}, {"file": 5}, {"file": io.BytesIO()}, {}, {"file": None, "since": 0}]
)
def test_what_is_wrong_is_refused(env: RemoteInterpreter, wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        env.output(**wrong)


@pytest.mark.parametrize("output", ["ray", None])
def test_an_interpreter_that_tells_nobody(
    rif: RemoteInterpreterFactory, output: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    env = rif.create(num_cpus=0, output=output)
    assert env.run(talk, ("quiet",)).fetch() == "quiet"
    assert capsys.readouterr().out == ""
    env.destroy()


# --------------------------------------------------------------------------------------- threads and forks


def test_threads_here_get_theirs(env: RemoteInterpreter) -> None:
    taken = io.StringIO()
    with env.output(file=taken):
        threads = [threading.Thread(target=lambda n=n: env.run(talk, (f"t{n}",)).fetch()) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(taken.getvalue().split()) == [f"t{n}" for n in range(8)]


def test_a_forked_child_has_its_own(env: RemoteInterpreter, capfd: pytest.CaptureFixture[str]) -> None:
    env.run(talk, ("parent",)).fetch()
    child = os.fork()
    if child == 0:
        try:
            env.run(talk, ("child",)).fetch()
            sys.stdout.flush()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    env.run(talk, ("again",)).fetch()
    assert capfd.readouterr().out.split() == ["parent", "child", "again"]


def test_what_an_interpreter_has_asked_of_another_one_comes_through(
    env: RemoteInterpreter, rif: RemoteInterpreterFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    other = rif.create(num_cpus=0)

    def nested() -> str:
        print("outer")
        return str(other.run(talk, ("inner",)).fetch())

    assert env.run(nested).fetch() == "inner"
    assert capsys.readouterr().out == "outer\ninner\n"
    other.destroy()


def test_what_a_call_has_asked_of_another_one_without_waiting_is_its_clients(
    env: RemoteInterpreter, rif: RemoteInterpreterFactory
) -> None:
    other = rif.create(num_cpus=0)

    def begin(words: str, seconds: float) -> None:
        other.run(talk, (words, seconds))

    mine, theirs = io.StringIO(), io.StringIO()
    with env.output(file=mine):
        env.run(begin, ("mine", 0.0)).fetch()
        eventually(lambda: "mine" in mine.getvalue())
        told, tells = os.pipe()
        child = os.fork()
        if child == 0:
            with contextlib.suppress(BaseException), env.output(file=theirs):
                env.run(begin, ("theirs", 0.5)).fetch()
                os.write(tells, b"!")
                eventually(lambda: "theirs" in theirs.getvalue())
                os._exit(0)
            os._exit(1)
        os.read(told, 1)
        env.run(time.sleep, (1.0,)).fetch()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert mine.getvalue() == "mine\n"
    other.destroy()


def test_what_is_displayed_is_text_in_a_terminal(
    env: RemoteInterpreter, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def show() -> None:
        print("before")
        display({"a": [1, 2]})  # type: ignore[name-defined]  # noqa: F821
        print("after")

    env.run(show).fetch()
    assert capsys.readouterr().out == "before\n{'a': [1, 2]}\nafter\n"
    with (tmp_path / "out").open("w") as file, env.output(file=file):
        env.run(show).fetch()
    assert (tmp_path / "out").read_text() == "before\n{'a': [1, 2]}\nafter\n"
    assert env.output(since=timedelta(minutes=5)).endswith("before\n{'a': [1, 2]}\nafter\n")


# ------------------------------------------------------------------------------------------------- scripts


def test_a_script_prints_into_a_file_what_its_last_call_prints(script: Any, tmp_path: Path) -> None:
    done = script("print('begin')\nv = env.run(talk, ('the last words', 0.3))", shell=f"> {tmp_path}/out")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").read_text() == "begin\nthe last words\n"


def test_a_reader_that_closes_ends_no_call(script: Any) -> None:
    done = script(
        """
        for number in range(200):
            env.run(talk, (f"line {number}",)).fetch()
        print("done", file=sys.stderr)
        """,
        shell="| head -1",
    )
    assert done.stdout == "line 0\n"
    assert "done" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_error_that_ends_a_script_is_shown_with_its_own_lines(script: Any) -> None:
    done = script("def fail(x):\n    return 1 / x  # here\nenv.run(fail, (0,)).fetch()  # asked")
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert len(lines) <= 12
    assert "# asked" in done.stderr
    assert "# here" in done.stderr
    assert "ray_proxy/" not in done.stderr
    assert lines[-2:-1] == ["ZeroDivisionError: division by zero"]


def test_an_error_that_a_remote_one_has_led_to_is_shown_behind_it(script: Any) -> None:
    done = script(
        """
        def fail(x):
            return {}[x]  # there
        try:
            env.run(fail, (3,)).fetch()
        except KeyError as error:
            raise RuntimeError("cannot load") from error  # here
        """
    )
    text = done.stderr
    assert "ray_proxy/" not in text
    assert text.index("# there") < text.index("KeyError: 3") < text.index("direct cause") < text.index("# here")
    assert text.rstrip().endswith("RuntimeError: cannot load")


def test_it_is_shown_so_whichever_package_was_imported_first(cluster: str, tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(
        "import ray\n"
        "ray.init(address='auto', namespace='tests', log_to_driver=False, logging_level='ERROR')\n"
        "import ray_proxy\n"
        "env = ray_proxy.RemoteInterpreterFactory().create(num_cpus=0)\n"
        "env.run(divmod, (1, 0)).fetch()\n"
    )
    environ = {**os.environ, "RAY_ADDRESS": cluster, "PYTHONPATH": str(ROOT)}
    for text in (path.read_text(), path.read_text().replace("import ray\n", "import ray, ray_proxy\n")):
        path.write_text(text)
        done = subprocess.run(
            [sys.executable, str(path)], env=environ, capture_output=True, text=True, timeout=90, check=False
        )
        assert "ray_proxy/" not in done.stderr, done.stderr
        assert "ZeroDivisionError" in done.stderr


def test_an_error_of_a_thread_is_shown_so_too(script: Any) -> None:
    done = script(
        """
        import threading
        thread = threading.Thread(target=lambda: env.run(divmod, (1, 0)).fetch())  # asked
        thread.start()
        thread.join()
        """
    )
    assert "Exception in thread" in done.stderr
    assert "ray_proxy/" not in done.stderr


def test_an_error_that_is_none_of_ours_is_as_python_shows_it(script: Any) -> None:
    done = script("import json\njson.loads('{')")
    assert "json/decoder.py" in done.stderr
    assert "json/__init__.py" in done.stderr

"""Streams: which of them travel, and what is said of those that do not, or that are written to in vain."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import multiprocessing
import os
import pickle
import socket
import sys
import tarfile
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import LoopbackInterpreter

from ray_proxy import NotPicklableError, RayProxyWarning
from ray_proxy.protocol import Pickled
from ray_proxy.values.codec import Codec


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = tmp_path / "file.txt"
    path.write_text("text")
    return str(path)


# ruff: noqa: SIM115 – who asks for one of these closes it
FILES: dict[str, Callable[[str], Any]] = {
    "text to read": open,
    "text to write": lambda path: open(path, "a"),
    "bytes to read": lambda path: open(path, "rb"),
    "bytes to write": lambda path: open(path, "ab"),
    "bytes to change": lambda path: open(path, "r+b"),
    "unbuffered": lambda path: open(path, "rb", buffering=0),
    "temporary": lambda path: tempfile.NamedTemporaryFile(),
    "gzip": lambda path: gzip.open(path + ".gz", "wb"),
    "bz2": lambda path: bz2.open(path + ".bz2", "wb"),
    "zip": lambda path: zipfile.ZipFile(path + ".zip", "w"),
    "tar": lambda path: tarfile.open(path + ".tar", "w"),
    "socket": lambda path: socket.socket(),
    "pipe": lambda path: os.fdopen(os.open(os.devnull, os.O_RDONLY)),
    "pipe of multiprocessing": lambda path: multiprocessing.Pipe()[0],
}


@contextlib.contextmanager
def opened(name: str, path: str) -> Iterator[Any]:
    stream = FILES[name](path)
    try:
        yield stream
    finally:
        stream.close()


def refusal(work: Callable[[], object]) -> str:
    with pytest.raises(NotPicklableError) as caught:
        work()
    return str(caught.value)


# ------------------------------------------------------------------------------------------------------ open files


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("name", FILES)
def test_an_open_file_is_refused_everywhere(env: LoopbackInterpreter, path: str, name: str) -> None:
    with opened(name, path) as stream:
        kind = type(stream).__qualname__
        why = "cannot be pickled: it belongs to the process that has opened it; create it in"
        for text, work in {
            "argument 2, ['to'][0]": lambda: env.run(print, (1, {"to": [stream]})),
            "argument 'file'": lambda: env.run(print, (), {"file": stream}),
            "the value": lambda: env.put(stream),
            "the value, [0]": lambda: env.__setitem__("name", [stream]),
            "the function, closed-over 'stream'": lambda: env.run(lambda: stream),
            "operand 2": lambda: env.put([]) + stream,
        }.items():
            told = refusal(work)
            assert told.startswith(f"{text}, a {kind}: "), told
            assert why in told
    assert env.put([1]).fetch() == [1]


@pytest.mark.parametrize("name", FILES)
def test_an_open_file_of_the_interpreter_is_not_fetched(env: LoopbackInterpreter, path: str, name: str) -> None:
    with opened(name, path) as stream:
        env.interpreter._names["held"] = [stream]
        told = refusal(lambda: env["held"].fetch())
        assert told.startswith(f"the value asked for, [0], a {type(stream).__qualname__}: ")
        assert "it belongs to the process that has opened it; leave it where it is" in told


def test_the_remedy_names_the_path_and_the_mode(env: LoopbackInterpreter, path: str) -> None:
    with open(path) as reading, open(path, "ab") as writing:
        told = refusal(lambda: env.run(print, (reading,)))
        assert told.endswith(f"as in env.run(open, ({path!r},)), or pass the path or the content")
        assert f"env.run(open, ({path!r}, 'ab'))" in refusal(lambda: env.run(print, (writing,)))
    assert env.run(open, (path,)).read().fetch() == "text"


def test_a_closed_file_is_refused_too(env: LoopbackInterpreter, path: str) -> None:
    with open(path) as stream:
        pass
    assert refusal(lambda: env.put([stream])).startswith("the value, [0], a TextIOWrapper")


def test_standard_input_is_refused(env: LoopbackInterpreter) -> None:
    assert "a TextIOWrapper: " in refusal(lambda: env.run(print, (sys.__stdin__,)))


def test_standard_output_travels_as_the_remote_one(env: LoopbackInterpreter, capsys: Any) -> None:
    for stream in (sys.stdout, sys.stderr):
        env.run(print, ("told",), {"file": stream}).fetch()
        assert env.put({"to": stream}).fetch() == {"to": stream}
    assert capsys.readouterr() == ("told\n", "told\n")


def test_standard_output_that_was_replaced_travels_as_the_remote_one(env: LoopbackInterpreter) -> None:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        env.run(print, ("told",), {"file": sys.stdout}).fetch()
    assert out.getvalue() == "told\n"  # on loopback, the interpreter's is this one


def test_standard_output_may_be_anything(env: LoopbackInterpreter, monkeypatch: Any) -> None:
    class Teed:
        def __init__(self) -> None:
            self.file = open(os.devnull)
            self.texts: list[str] = []

        def write(self, text: str) -> None:
            self.texts.append(text)

    out, other = Teed(), Teed()
    with out.file, other.file:
        monkeypatch.setattr(sys, "stdout", out)
        env.run(print, ("told",), {"file": out}).fetch()
        assert refusal(lambda: env.put(other)).startswith("the value, .file, a TextIOWrapper: ")
        monkeypatch.undo()
    assert "".join(out.texts) == "told\n"


class Reopened(io.FileIO):
    def __reduce_ex__(self, protocol: Any) -> Any:
        return Reopened, (self.name,)


def test_a_file_with_a_way_of_its_own_to_travel_travels(env: LoopbackInterpreter, path: str) -> None:
    with Reopened(path) as stream:
        assert env.run(lambda stream: stream.read(), (stream,)).fetch() == b"text"


# ------------------------------------------------------------------------------------------------------ in memory


class Log(io.StringIO):
    """One of a user's."""


def at_end() -> dict[str, Any]:
    written = io.StringIO()
    written.write("what was written")
    read = io.BytesIO(b"what was read")
    read.read()
    return {"empty": io.StringIO(), "empty bytes": io.BytesIO(), "written": written, "read": read, "subclass": Log()}


@pytest.mark.parametrize("name", at_end())
def test_a_stream_at_its_end_is_refused_in_arguments(env: LoopbackInterpreter, name: str) -> None:
    stream = at_end()[name]
    kind = type(stream).__qualname__
    for place, work in {
        "argument 1": lambda: env.run(print, (stream,)),
        "argument 'file', [0]": lambda: env.run(print, (), {"file": [stream]}),
        "the function, closed-over 'stream'": lambda: env.run(lambda: stream.write("")),
        "the function, .__self__": lambda: env.run(stream.write, ("",)),
        "argument 2, ['log']": lambda: env.put({}).update(1, {"log": stream}),
        "operand 2, [0]": lambda: env.put([]) + [stream],
    }.items():
        told = refusal(work)
        assert told.startswith(f"{place}, a {kind}: "), told
        assert "it is at its end: nothing is left to read" in told
        made = "io.BytesIO" if isinstance(stream, io.BytesIO) else "io.StringIO"
        assert f"env.run({made})" in told
        assert told.endswith("; or seek(0) first, if it is to be read; or env.put it, where a copy is what you mean")


def test_the_remedies_for_it_work(env: LoopbackInterpreter) -> None:
    stream = env.run(io.StringIO)
    env.run(print, ("told",), {"file": stream})
    assert stream.getvalue().fetch() == "told\n"
    env.run(lambda: stream.write("again"))
    assert stream.getvalue().fetch() == "told\nagain"


@pytest.mark.parametrize("name", at_end())
def test_put_and_fetch_copy_it(env: LoopbackInterpreter, name: str) -> None:
    stream = at_end()[name]
    env["named"] = stream
    for copy in (env.put(stream), env.put({"in": [stream]})["in"][0], env.put_named("other", stream), env["named"]):
        arrived = copy.fetch()
        assert type(arrived) is type(stream)
        assert arrived is not stream
        assert (arrived.getvalue(), arrived.tell()) == (stream.getvalue(), stream.tell())


def test_put_refuses_one_that_a_function_in_the_value_closes_over(env: LoopbackInterpreter) -> None:
    stream = io.StringIO()
    told = refusal(lambda: env.put({"write": lambda text: stream.write(text)}))
    assert told.startswith("the value, ['write'], closed-over 'stream', a StringIO: ")
    assert told.endswith(
        "stream = env.run(io.StringIO); or seek(0) first, if it is to be read; or env.put it, where a "
        "copy is what you mean"
    )
    assert refusal(lambda: env.remote(lambda: stream)).startswith("the value, closed-over 'stream', a StringIO: ")


def test_a_function_that_was_put_and_closes_over_one_is_fetched(env: LoopbackInterpreter) -> None:
    def make() -> Callable[[], str]:
        stream = io.StringIO()
        return stream.getvalue

    assert env.run(make).fetch()() == ""


@pytest.mark.filterwarnings("error")
def test_one_with_something_to_read_is_copied(env: LoopbackInterpreter) -> None:
    text, data = io.StringIO("first\nsecond\n"), io.BytesIO(b"data")
    text.readline()
    assert env.run(lambda streams: streams[0].read(), ([text],)).fetch() == "second\n"
    assert env.run(lambda: data.read()).fetch() == b"data"
    assert (text.tell(), data.tell()) == (6, 0)


@pytest.mark.filterwarnings("error")
def test_a_subclass_arrives_as_it_is(env: LoopbackInterpreter) -> None:
    log = Log("text")
    log.owner = log  # type: ignore[attr-defined]
    assert env.run(lambda log: (type(log).__name__, log.owner is log, log.read()), (log,)).fetch() == (
        "Log",
        True,
        "text",
    )


@pytest.mark.parametrize("newline", [None, "", "\n", "\r\n"])
def test_a_copy_is_equal_whatever_its_line_ends(env: LoopbackInterpreter, newline: str | None) -> None:
    stream = io.StringIO("a\nb\r\nc", newline=newline)
    with warnings.catch_warnings(action="error") if sys.version_info >= (3, 11) else contextlib.nullcontext():
        assert env.run(lambda stream: stream.readlines(), (stream,)).fetch() == stream.readlines()


def test_a_mark_changes_nothing_for_who_does_not_know_it() -> None:
    operand = Codec().dump([io.StringIO("text"), io.BytesIO(b"data")], argument=True)
    assert isinstance(operand, Pickled)
    assert b"StringIO.__setstate__" in operand.data
    assert b"BytesIO.__setstate__" in operand.data
    assert b"ray_proxy" not in operand.data
    assert [stream.read() for stream in pickle.loads(operand.data)] == ["text", b"data"]


def test_a_class_and_its_methods_are_what_they_are(env: LoopbackInterpreter) -> None:
    for thing in (io.StringIO, io.StringIO.__setstate__, io.BytesIO.read, str.upper):
        assert env.put([thing]).fetch()[0] is thing
    assert env.run(lambda kind: isinstance(kind("x"), io.StringIO), (io.StringIO,)).fetch() is True


# ---------------------------------------------------------------------------------------------- a copy is written to


def told(work: Callable[[], object]) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        work()
    found = [warning for warning in caught if warning.category is RayProxyWarning]
    assert all(warning.filename == __file__ for warning in found)
    return [str(warning.message) for warning in found]


WRITERS: dict[str, Callable[[Any], object]] = {
    "appends": lambda stream: (stream.seek(0, 2), stream.write("x")),
    "overwrites": lambda stream: stream.write("x"),
    "truncates": lambda stream: stream.truncate(1),
    "fails after it": lambda stream: (stream.write("x"), 1 / 0),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_copy_that_is_written_is_warned_of_once(env: LoopbackInterpreter, name: str) -> None:
    def work() -> None:
        with contextlib.suppress(ZeroDivisionError):
            env.run(WRITERS[name], (io.StringIO("text"),)).fetch()

    (text,) = told(work)
    assert text.startswith("a StringIO came as an argument and was written to: that was a copy")
    assert "with env.run(type), pass that Var, and fetch its getvalue()" in text


def test_many_copies_that_one_operation_writes_are_one_warning(env: LoopbackInterpreter) -> None:
    def write(streams: Any) -> None:
        streams["a"][0].write("x")
        streams["b"].write(b"x")

    streams = {"a": [Log("text")], "b": io.BytesIO(b"data")}
    assert len(told(lambda: env.run(write, (streams,)).fetch())) == 1


def test_one_that_a_function_closes_over_is_watched(env: LoopbackInterpreter) -> None:
    stream = io.BytesIO(b"data")
    assert len(told(lambda: env.run(lambda: stream.write(b"x")).fetch())) == 1


def test_a_copy_that_was_read_or_put_is_not_warned_of(env: LoopbackInterpreter) -> None:
    def work() -> None:
        stream = io.StringIO("text")
        env.run(lambda stream: (stream.read(), stream.seek(0), stream.close()), (stream,)).fetch()
        put = env.put(stream)
        put.write("x")
        env.run(lambda stream: stream.write("x"), (put,)).fetch()
        env.run(lambda streams: streams[0].write("x"), ([put],)).fetch()

    assert told(work) == []


def test_a_copy_is_watched_only_while_its_operation_runs(env: LoopbackInterpreter) -> None:
    def work() -> None:
        kept = env.run(lambda stream: stream, (io.StringIO("text"),))
        kept.write("x")
        env.sync()

    assert told(work) == []
    assert not next(iter(env.interpreter._sessions.values())).codec.copies.before

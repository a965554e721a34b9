"""A call in a process of its own: with a hash seed, which a process has from its beginning, and with an end.

Knows nothing of the rest of the package.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import math
import mmap
import os
import pickle
import select
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from typing import IO, Any, NamedTuple

SEED = "PYTHONHASHSEED"
"""The variable of the environment by which a process is told its hash seed."""
LARGEST_SEED = 2**32 - 1
_NUMBERS = 256
"""So many numbers the process shares with whoever has started it."""
_START = 120.0
"""Seconds that the start of the process may take, which are not the call's."""
_LOOK = 0.2
"""Seconds between looks at whether the process is there: what it has started may hold its end of the pipe open."""
_HEAD = struct.Struct(">Q")


class Told(NamedTuple):
    """What has become of a call."""

    ended: str
    """Why it gave nothing; empty: it has given its result."""
    result: Any
    """That, or else what it has told last."""
    numbers: list[int]
    """What it has shared."""


def hash_seed() -> int | None:
    """By which this process hashes texts; None where that was left to chance."""
    told = os.environ.get(SEED, "")
    return int(told) if told.isdecimal() and not sys.flags.ignore_environment else None


def call(module: str, function: str, *arguments: Any, seed: int | None, timeout: float | None) -> Told:
    """Call ``module.function(tell, numbers, *arguments)`` in a new process, with the folder and the paths of this one.

    `tell` takes anything that can be pickled; `numbers` is shared memory of integers. What the function prints goes
    where ours does. The process, and those that it has started, end with the call, and with this process.

    Args:
        seed: of its hashes; None: left to chance.
        timeout: seconds after which it is ended; None: never.

    Raises:
        Exception: what the function has raised.
    """
    out, err = _file_of(sys.stdout), _file_of(sys.stderr)
    environment = {**os.environ, SEED: "random" if seed is None else str(seed)}
    reading, writing = os.pipe()
    with tempfile.TemporaryFile() as shared, open(reading, "rb", buffering=0) as answers:
        os.truncate(shared.fileno(), 8 * _NUMBERS)
        numbers = memoryview(mmap.mmap(shared.fileno(), 8 * _NUMBERS)).cast("q")
        program = f"from {__name__} import _serve; _serve({shared.fileno()}, {writing})"
        process = subprocess.Popen(
            [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}; {program}"],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=err,
            env=environment,
            pass_fds=[shared.fileno(), writing],
            start_new_session=True,  # Ctrl-C is ours to answer
        )
        os.close(writing)
        printed = [_pass_on(process.stdout, sys.stdout), _pass_on(process.stderr, sys.stderr)]
        try:
            with contextlib.suppress(BrokenPipeError):
                assert process.stdin is not None
                process.stdin.write(pickle.dumps((module, function, arguments)))
                process.stdin.flush()
            ended, result = _listen(answers, process, timeout)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for thread in printed:
                thread.join(1)  # what it has started, in a session of its own, may print on
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
        if ended == _GONE:
            ended = _end_of(process.returncode)
        return Told(ended, result, list(numbers))


_GONE = "gone"


def _listen(answers: io.FileIO, process: subprocess.Popen[bytes], timeout: float | None) -> tuple[str, Any]:
    """Why the process has given no result, or nothing; and the result, or the last that it has told."""
    poll = select.poll()
    poll.register(answers, select.POLLIN)
    until, data, told = time.monotonic() + _START, bytearray(), None
    has_begun = False
    while True:
        is_over = process.poll() is not None  # before we look: what it has said last is there by then
        if not poll.poll(0 if is_over else 1000 * max(0.0, min(until - time.monotonic(), _LOOK))):
            if is_over:
                return _GONE, told
            if time.monotonic() > until:
                return (f"it was ended after {timeout:g} s" if has_begun else "its process did not start"), told
            continue
        chunk = answers.read(1 << 20)
        if not chunk:  # it ends, or has closed what is ours
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK)
            return _GONE, told
        data += chunk
        while len(data) >= _HEAD.size and len(data) >= _HEAD.size + _HEAD.unpack_from(data)[0]:
            end = _HEAD.size + _HEAD.unpack_from(data)[0]
            kind, value = pickle.loads(memoryview(bytes(data[_HEAD.size : end])))
            del data[:end]
            if kind == "begun":
                has_begun, until = True, time.monotonic() + (math.inf if timeout is None else timeout)
            elif kind == "told":
                told = value
            elif kind == "raised":
                raise value
            else:
                return "", value


def _file_of(stream: Any) -> int:
    """Where goes what is printed there; if that is no file, as in a notebook, a pipe."""
    try:
        stream.flush()
        number: int = stream.fileno()
    except (AttributeError, OSError, ValueError):
        return subprocess.PIPE
    return number


def _pass_on(pipe: IO[bytes] | None, stream: Any) -> threading.Thread:
    """Print to `stream` what comes through the pipe, if there is one."""

    def pass_on() -> None:
        if pipe is not None:
            with pipe, contextlib.suppress(Exception):  # nobody listens, perhaps
                while chunk := os.read(pipe.fileno(), 1 << 16):
                    stream.write(chunk.decode(errors="replace"))

    thread = threading.Thread(target=pass_on, name="ray-proxy-print", daemon=True)
    thread.start()
    return thread


def _end_of(code: int) -> str:
    """Of a process that has not answered."""
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"its process was ended by {signal.Signals(-code).name}"
    return f"its process has ended itself, with exit code {code}"


def _serve(shared: int, writing: int) -> None:
    """What the process does."""
    parent = os.fdopen(os.dup(0), "rb")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    module, function, arguments = pickle.load(parent)
    threading.Thread(target=_end_with, args=(parent,), name="ray-proxy-apart", daemon=True).start()
    numbers = memoryview(mmap.mmap(shared, 8 * _NUMBERS)).cast("q")
    os.set_inheritable(writing, False)
    lock = threading.Lock()

    def send(kind: str, value: Any) -> None:
        data = pickle.dumps((kind, value))
        with lock:
            data = _HEAD.pack(len(data)) + data
            while data:
                data = data[os.write(writing, data) :]

    work: Callable[..., Any] = getattr(importlib.import_module(module), function)
    send("begun", None)
    try:
        answer = "result", work(lambda value: send("told", value), numbers, *arguments)
    except BaseException as error:
        answer = "raised", error
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    send(*answer)
    time.sleep(3600)  # to be ended, with all that the call has left


def _end_with(parent: io.BufferedReader) -> None:
    """End once the process that has started us is gone: it never says more."""
    parent.read()
    os.killpg(os.getpid(), signal.SIGKILL)

"""How an interpreter outlives its process: what that records while it works, and how a new one goes on from there.

Beside the log of an interpreter that recovers lies a small file that says what is being executed just now. It is memory
of the process and of the file at once: it outlives a process that is killed, and costs nothing to write.

Knows files, logs and the interpreter; must never know sockets or Ray.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import shutil
import socket
import time
from collections.abc import Callable

from .apart import hash_seed
from .errors import LogError, printable
from .interpreter import DEEPEST, Interpreter
from .logs import ABANDONED, Log, RecordingStore, Restored, Stopped, Writer, began, open_log
from .replayer import LONGEST_REASON, Recovery
from .transcript import shorten

PROGRESS = ".now"
"""Ends the name of the file that says what is being executed."""
_NUMBERS = 2 * DEEPEST + 1
"""Of `Interpreter.progress`; after them comes one that is not 0 where the log does not tell all."""
_SIZE = 8 * (_NUMBERS + 1)


def record(
    interpreter: Interpreter,
    path: str,
    limit: int,
    recovers: bool,
    clock: Callable[[], float] = time.monotonic,
    wall: Callable[[], float] = time.time,
) -> Writer:
    """Record an interpreter from its beginning; with what a recovery needs, if it `recovers`. Raises `LogError`.

    Args:
        clock, wall: as for `Writer`.
    """
    has_store, lease = interpreter.store is not None, interpreter.lease_seconds
    first = began("interpreter", interpreter.name, socket.gethostname(), has_store, lease, hash_seed())
    log = Writer(path, first, limit, clock=clock, wall=wall)
    try:
        _note(interpreter, log, recovers)
    except LogError:
        discard(log)
        raise
    return log


def resume(
    interpreter: Interpreter,
    path: str,
    limit: int,
    leave_again: Callable[..., None] | None = None,
    clock: Callable[[], float] = time.monotonic,
    wall: Callable[[], float] = time.time,
) -> tuple[Writer, Recovery]:
    """Rebuild the state of an interpreter whose process has died, and go on with its log.

    Args:
        interpreter: a fresh one.
        limit: bytes at which the recording stops.
        leave_again: leaves a value for a client once more, given its token, its buffers, and the names of its owners.
        clock, wall: as for `Writer`.

    Raises:
        LogError: the log cannot be read or written, or does not tell all.
    """
    log, store = Log(path), interpreter.store
    if log.began.interpreter != interpreter.name:
        raise LogError(f"{path} is the log of another interpreter, {printable(log.began.interpreter[:5])}")
    if _has_writer(path):
        _part_with_others(path)
    progress, stopped = _last_progress(path)
    _require_all(log, stopped)
    recovery = Recovery(log, interpreter)
    writer = Writer(path, log.began, limit, log.end, clock, wall)
    writer.go_on_at(recovery.now)
    writer.frames = recovery.frames
    outside = None if store is None else RecordingStore(store, writer, inside=True)
    for sent, data in recovery.answers(progress, outside):
        sent.at = writer.answered(sent.session, data)
    writer.recovered()
    interpreter.rehost(store, writer.now, same_time=True)
    _note(interpreter, writer, True)
    if leave_again is not None:
        for value in recovery.values():
            with contextlib.suppress(Exception):  # then who wants it is told that it was lost
                leave_again(value.token, value.parts, *value.owners)
    return writer, recovery


def _require_all(log: Log, stopped: bool) -> None:
    """Before anything of it is executed: raise `LogError` where a log does not tell all."""
    reason = ""
    for record in log:
        if isinstance(record, Stopped):
            reason = record.reason
        elif isinstance(record, Restored):
            reason = ""  # what the old log lacked, the interpreter never had
    if reason or stopped:
        reason = shorten(reason, LONGEST_REASON) or "its recording had stopped"
        raise LogError(f"{log.name} does not tell all of the interpreter's past, because {reason}")


def end(log: Writer) -> None:
    """The interpreter ends in order, unless its log was abandoned: then another process may go on with it."""
    log.close()
    if log.stopped != ABANDONED:
        with contextlib.suppress(OSError):
            os.unlink(log.path + PROGRESS)


def discard(log: Writer) -> None:
    """Nothing has come of it: leave no file behind."""
    log.abandon()
    for path in (log.path, log.path + PROGRESS):
        with contextlib.suppress(OSError):
            os.unlink(path)


def _note(interpreter: Interpreter, log: Writer, recovers: bool) -> None:
    """Record to this log from now on, and what a recovery has to know."""
    store = interpreter.store
    recorded = None if store is None else RecordingStore(store, log, inside=True)
    interpreter.rehost(recorded, log.now, same_time=True)
    if recovers:
        progress = _progress(log.path)

        def note_stop() -> None:
            progress[_NUMBERS] = 1

        log.on_stop = note_stop
        if log.stopped is not None:
            note_stop()
        interpreter.progress = progress


def _has_writer(path: str) -> bool:
    """Whether a process that lives writes to a log (`Writer` locks it). Raises `LogError`.

    Ray may take a process for dead that goes on later, as on a node that was silent. It has the log open still.
    """
    try:
        with open(path, "r+b") as file:  # as a lock in NFS demands
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError as error:
        raise LogError(f"{path} cannot be read: {error.strerror}") from error
    except OSError:  # of a file system without locks
        pass
    return False


def _part_with_others(path: str) -> None:
    """Put a copy of a log in its place: whoever has the old one open writes to that. Raises `LogError`."""
    path = os.path.realpath(path)
    fresh = f"{path}.{os.getpid()}"
    try:
        with open(path, "rb") as old, open(fresh, "xb", opener=_private) as new:
            shutil.copyfileobj(old, new, 1 << 20)
        os.replace(fresh, path)
    except OSError as error:
        raise LogError(f"{path} cannot be copied, which another process has open still: {error.strerror}") from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _progress(path: str) -> memoryview:
    """`Interpreter.progress`, in a file beside the log. Raises `LogError`."""
    fresh = f"{path}{PROGRESS}.{os.getpid()}"
    try:
        with open(fresh, "w+b") as file:
            file.write(bytes(_SIZE))  # and no hole, for which the disk might have no room when it is written
            file.flush()
            memory = mmap.mmap(file.fileno(), _SIZE)
        os.replace(fresh, path + PROGRESS)  # there is a whole one at any time
    except OSError as error:
        raise LogError(f"{path}{PROGRESS} cannot be written: {error.strerror}") from error
    return memoryview(memory).cast("Q")


def _last_progress(path: str) -> tuple[list[int] | None, bool]:
    """What the process that has died has left there, None where that cannot be had; and whether its log had stopped."""
    try:
        with open_log(path + PROGRESS) as file:
            numbers = file.read(_SIZE + 1)
    except (OSError, LogError):
        return None, False
    if len(numbers) != _SIZE:
        return None, False
    *progress, stopped = memoryview(numbers).cast("Q")
    return progress, stopped != 0

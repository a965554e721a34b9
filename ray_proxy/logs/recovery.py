"""How an interpreter outlives its process: what that records while it works, and how a new one goes on from there.

Beside the log of an interpreter that recovers lies a small file that says what is being executed just now. It is memory
of the process and of the file at once: it outlives a process that is killed, and costs nothing to write.

Knows files, logs and the interpreter; must never know sockets or Ray.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import logging
import mmap
import os
import shutil
import socket
import time
from collections.abc import Callable
from typing import IO, TypeVar

from ..errors import LogError, printable
from ..interpreter.interpreter import DEEPEST, Interpreter
from .apart import hash_seed
from .reader import Log, open_log
from .rebuilding import Recovery
from .records import Restored, Stopped, began
from .replayer import LONGEST_REASON
from .store import RecordingStore
from .text import shorten
from .writer import ABANDONED, Writer

logger: logging.Logger = logging.getLogger("ray_proxy.process")
T = TypeVar("T")

PROGRESS = ".now"
"""Ends the name of the file that says what is being executed."""
_NUMBERS = 2 * DEEPEST + 1
"""Of `Interpreter.progress`; after them comes one that is not 0 where the log does not tell all…"""
_SIZE = 8 * (_NUMBERS + 1)
_WHY = 1024 - 16
"""… and a text of so many bytes, which says why; zeros follow it. Earlier releases have written none."""
_STOPPED = "its recording had stopped"
_REMEDIES = {
    errno.ENOSPC: "make room there",
    errno.EDQUOT: "make room there, or raise the quota",
    errno.EFBIG: "raise the limit of the size of files",
    errno.EROFS: "make the file system writable",
    errno.EACCES: "give the user of the interpreter the right to write there",
    errno.EPERM: "give the user of the interpreter the right to write there",
}
"""What somebody may put right while a process waits."""
_TRY_AGAIN = 0.1
"""Seconds after which a process that waits for that tries again; it does so ever more seldom…"""
_TRY_SELDOM = 5.0
"""… down to once in so many."""
_WARN_AGAIN = 10.0
"""Seconds after which it says so again; and so on after twice as many…"""
_WARN_SELDOM = 600.0
"""… up to so many."""


class Patience:
    """Waits until a log can be written again, and says so.

    Whatever else is wrong with a log is no matter of waiting: nobody puts right what is gone or damaged.

    Args:
        name: the interpreter's.
        tell: told what is waited for, and an empty text once that is over.
    """

    def __init__(self, name: str, tell: Callable[[str], None] = lambda text: None) -> None:
        self._name = name
        self._tell = tell
        self._since = 0.0
        """When the waiting began; 0: there is none."""
        self._wait = self._said = self._warn = 0.0

    def do(self, work: Callable[[], T]) -> T:
        """The result of work, which is begun anew for as long as it raises a `LogError` for want of room or rights."""
        while True:
            try:
                result = work()
            except LogError as error:
                if not isinstance(error.__cause__, OSError) or not self.waits(error.__cause__, str(error)):
                    raise
            else:
                self.end()
                return result

    def waits(self, error: OSError, text: str) -> bool:
        """Wait a moment, if somebody may put that right."""
        remedy = _REMEDIES.get(error.errno or 0)
        if remedy is None:
            return False
        now = time.monotonic()
        if not self._since:
            self._since, self._wait, self._said, self._warn = now, _TRY_AGAIN, now, 0.0
            self._tell(f"{text}; {remedy}")
        if now >= self._said + self._warn:
            self._said, self._warn = now, min(max(_WARN_AGAIN, 2 * self._warn), _WARN_SELDOM)
            logger.warning(
                "ray_proxy: the process of the interpreter %s was restarted, and waits before it goes on: %s; %s. "
                "Nothing is lost meanwhile.",
                self._name[:5],
                text,
                remedy,
            )
        time.sleep(self._wait)
        self._wait = min(1.5 * self._wait, _TRY_SELDOM)
        return True

    def end(self) -> None:
        """What was waited for has come."""
        if self._since:
            self._since = 0.0
            self._tell("")


def record(
    interpreter: Interpreter,
    path: str,
    limit: int,
    recovers: bool,
    patience: Patience | None = None,
    clock: Callable[[], float] = time.monotonic,
    wall: Callable[[], float] = time.time,
) -> Writer:
    """Record an interpreter from its beginning; with what a recovery needs, if it `recovers`. Raises `LogError`.

    Args:
        patience: with it, it waits where there is no room or no right to write.
        clock, wall: as for `Writer`.
    """
    if patience is not None:
        return patience.do(lambda: record(interpreter, path, limit, recovers, None, clock, wall))
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
    tell: Callable[[str], None] = lambda text: None,
    clock: Callable[[], float] = time.monotonic,
    wall: Callable[[], float] = time.time,
) -> tuple[Writer, Recovery]:
    """Rebuild the state of an interpreter whose process has died, and go on with its log.

    Where there is no room or no right to write that, it waits.

    Args:
        interpreter: a fresh one.
        limit: bytes at which the recording stops.
        leave_again: leaves a value for a client once more, given its token, its buffers, and the names of its owners.
        tell: told what it waits for, and an empty text once that is over.
        clock, wall: as for `Writer`.

    Raises:
        LogError: the log is gone, cannot be read, or does not tell all.
    """
    patience = Patience(interpreter.name, tell)
    _, stopped = _last_progress(path)
    if stopped not in ("", _STOPPED):
        raise _tells_not_all(path, stopped)  # whatever is in its place
    is_shared = patience.do(lambda: _has_writer(path))
    log, store = Log(path), interpreter.store
    if log.began.interpreter != interpreter.name:
        raise LogError(f"{path} is the log of another interpreter, {printable(log.began.interpreter[:5])}")
    if is_shared:
        patience.do(lambda: _part_with_others(path))
    progress, stopped = _last_progress(path)
    _require_all(log, stopped)
    recovery = Recovery(log, interpreter)
    writer = patience.do(lambda: Writer(path, log.began, limit, log.end, clock, wall))
    writer.go_on_at(recovery.now)

    def waits(error: OSError) -> bool:
        before = writer.now()
        has_waited = patience.waits(error, f"{path} cannot be written: {error.strerror}")
        writer.go_on_at(before)  # no time passes before it goes on
        return has_waited

    writer.waits = waits
    writer.frames = recovery.frames
    outside = None if store is None else RecordingStore(store, writer, inside=True)
    for sent, data in recovery.answers(progress, outside):
        sent.at = writer.answered(sent.session, data)
    writer.recovered()
    patience.end()
    interpreter.rehost(store, writer.now, same_time=True)
    patience.do(lambda: _note(interpreter, writer, True))
    writer.waits = lambda error: False
    if leave_again is not None:
        for value in recovery.values():
            with contextlib.suppress(Exception):  # then who wants it is told that it was lost
                leave_again(value.token, value.parts, *value.owners)
    return writer, recovery


def _require_all(log: Log, stopped: str) -> None:
    """Before anything of it is executed: raise `LogError` where a log does not tell all."""
    reason = ""
    for record in log:
        if isinstance(record, Stopped):
            reason = record.reason
        elif isinstance(record, Restored):
            reason = ""  # what the old log lacked, the interpreter never had
    if reason or stopped:
        raise _tells_not_all(log.name, reason or stopped)


def _tells_not_all(path: str, reason: str) -> LogError:
    return LogError(f"{path} does not tell all of the interpreter's past, because {shorten(reason, LONGEST_REASON)}")


def end(log: Writer) -> None:
    """The interpreter ends in order, unless its log was abandoned: then another process may go on with it."""
    log.close()
    if log.stopped != ABANDONED and not log.is_replaced():  # else it may be another interpreter's
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
    if recovers:
        progress, why = _progress(log.path)

        def note_stop(reason: str) -> None:
            text = reason.encode()[:_WHY]
            why[: len(text)] = text
            progress[_NUMBERS] = 1

        log.on_stop, log.is_recovered_from = note_stop, True
        if log.stopped is not None:
            note_stop(log.stopped)
        interpreter.progress = progress
    store = interpreter.store
    recorded = None if store is None else RecordingStore(store, log, inside=True)
    interpreter.rehost(recorded, log.now, same_time=True)


def _has_writer(path: str) -> bool:
    """Whether a process that lives writes to a log (`Writer` locks it). Raises `LogError`.

    Ray may take a process for dead that goes on later, as on a node that was silent. It has the log open still.
    """
    try:
        with open(path, "r+b", 0) as file:  # as a lock in NFS demands; what is no regular file has no buffer
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            except OSError:  # of a file system without locks
                pass
    except FileNotFoundError as error:
        raise LogError(f"{path} cannot be read: {error.strerror}") from error
    except OSError as error:
        raise LogError(f"{path} cannot be written: {error.strerror}") from error
    return False


def _part_with_others(path: str) -> None:
    """Put copies in the place of a log and of what lies beside it: whoever has the old ones open writes to these.

    What lies beside it goes first: the others note there that their log was replaced. Raises `LogError`.
    """
    for name in (path + PROGRESS, os.path.realpath(path)):
        fresh = f"{name}.{os.getpid()}"
        try:
            with open(name, "rb") as old, _fresh(fresh) as new:
                shutil.copyfileobj(old, new, 1 << 20)
            os.replace(fresh, name)
        except OSError as error:
            _discard(fresh)  # it may have taken the last room
            if isinstance(error, FileNotFoundError) and name != os.path.realpath(path):
                continue
            raise LogError(
                f"{name} cannot be copied, which another process has open still: {error.strerror}"
            ) from error


def _fresh(path: str) -> IO[bytes]:
    """A new file, for us alone whatever the umask. One of a process that has died before may be in its place."""
    _discard(path)
    file = open(path, "x+b", opener=lambda name, flags: os.open(name, flags, 0o600))  # noqa: SIM115
    with contextlib.suppress(OSError):  # of a file system without modes
        os.fchmod(file.fileno(), 0o600)
    return file


def _discard(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


def _progress(path: str) -> tuple[memoryview, memoryview]:
    """`Interpreter.progress`, and a text, in a file beside the log. Raises `LogError`."""
    fresh = f"{path}{PROGRESS}.{os.getpid()}"
    try:
        with _fresh(fresh) as file:
            file.write(bytes(_SIZE + _WHY))  # and no hole, for which the disk might have no room when it is written
            file.flush()
            memory = memoryview(mmap.mmap(file.fileno(), _SIZE + _WHY))
        os.replace(fresh, path + PROGRESS)  # there is a whole one at any time
    except OSError as error:
        _discard(fresh)
        raise LogError(f"{path}{PROGRESS} cannot be written: {error.strerror}") from error
    return memory[:_SIZE].cast("Q"), memory[_SIZE:]


def _last_progress(path: str) -> tuple[list[int] | None, str]:
    """What the process that has died has left there, None where that cannot be had; and why its recording had stopped.

    An empty reason: it had not.
    """
    try:
        with open_log(path + PROGRESS) as file:
            content = file.read(_SIZE + _WHY + 1)
    except (OSError, LogError):
        return None, ""
    if len(content) not in (_SIZE, _SIZE + _WHY):
        return None, ""
    *progress, stopped = memoryview(content[:_SIZE]).cast("Q")
    why = content[_SIZE:].rstrip(bytes(1)).decode(errors="ignore")
    return progress, (why or _STOPPED) if stopped else ""

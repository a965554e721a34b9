"""The file of a message log: bytes are added at its end, and what others do to it meanwhile is noticed.

Must never know what the bytes are. Whoever uses it sees to it that one thread at a time does.
"""

from __future__ import annotations

import contextlib
import fcntl
import os

from ..errors import LogError


class LogFile:
    """A file that is open for adding, and locked meanwhile (`flock`).

    Args:
        path: the file, which must not exist.
        head: how it begins.
        after: go on in a file that exists, after so many bytes: what is torn behind them is cut off.

    Attributes:
        size: bytes of the file up to the last that was added as a whole.

    Raises:
        LogError: the file cannot be made, or is there already; or it has fewer than `after` bytes.
    """

    def __init__(self, path: str, head: bytes, after: int = 0) -> None:
        self.path = path
        self.size: int = after
        self._place = os.path.abspath(path)  # user code may change the folder
        self._inode = self._device = 0
        flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
        try:
            self._file = os.open(path, flags if after else flags | os.O_CREAT | os.O_EXCL, 0o600)
            with contextlib.suppress(OSError):  # of a file system without locks
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            try:
                if self.cut() < after:
                    raise LogError(f"{path} was cut since it was read: it had {after:,} bytes")
                if not after:
                    with contextlib.suppress(OSError):  # of a file system without modes
                        os.fchmod(self._file, 0o600)  # whatever the umask
                    self.add(head)
            except (OSError, LogError):
                os.close(self._file)
                if not after:
                    os.unlink(path)
                raise
        except FileExistsError:
            raise LogError(
                f"{path} exists, and a recording never replaces a file: move it away, or choose another name"
            ) from None
        except OSError as error:
            raise LogError(f"{path} cannot be written: {error.strerror}") from error

    def add(self, data: bytes) -> None:
        """Add these bytes; `size` tells whether it was done as a whole. Raises `OSError`."""
        written = os.write(self._file, data)
        while written < len(data):
            written += os.write(self._file, data[written:])
        self.size += len(data)

    def lost(self) -> str:
        """What others have done to the file, by which it is lost; empty: nothing. What they have added is cut off."""
        try:
            there = os.stat(self._place)
        except (FileNotFoundError, NotADirectoryError):
            moved = os.fstat(self._file).st_nlink > 0
            return f"the log was {'moved away' if moved else 'removed'} while it was written"
        except OSError:  # we may not look there any more, as after `os.setuid`
            there = os.fstat(self._file)
        if not self._is_ours(there):
            return "the log was replaced by another file while it was written"
        if there.st_size < self.size:
            return f"the log was cut from {self.size:,} to {there.st_size:,} bytes while it was written"
        if there.st_size > self.size:
            os.ftruncate(self._file, self.size)
        return ""

    def is_replaced(self) -> bool:
        """Whether another file is in its place."""
        with contextlib.suppress(OSError):
            return not self._is_ours(os.stat(self._place))
        return False

    def _is_ours(self, there: os.stat_result) -> bool:
        return there.st_ino == self._inode and there.st_dev == self._device

    def cut(self) -> int:
        """Cut off what an interrupt, the end of a process or a full disk has left of bytes that were not added whole.

        Gives how many bytes there were. Raises `OSError`.
        """
        there = os.fstat(self._file)
        self._inode, self._device = there.st_ino, there.st_dev
        if there.st_size > self.size:
            os.ftruncate(self._file, self.size)
        return there.st_size

    def close(self) -> None:
        os.close(self._file)

"""Linux's inotify: the kernel notes what happens in folders, and one call tells whether anything did."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import struct
import termios
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

_MODIFY, _CLOSE_WRITE, _MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x2, 0x8, 0x40, 0x80, 0x100, 0x200
_DELETE_SELF, _MOVE_SELF, _UNMOUNT, _OVERFLOW, _IGNORED = 0x400, 0x800, 0x2000, 0x4000, 0x8000
_ONLYDIR = 0x1000000
_WRITTEN = _MODIFY | _CLOSE_WRITE | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE | _DELETE_SELF | _MOVE_SELF | _ONLYDIR
_HEADER = struct.Struct("iIII")
_NOTHING = b"\0\0\0\0"
_DEAF = {
    0x6969: "nfs", 0x517B: "smb", 0xFF534D42: "cifs", 0xFE534D42: "smb2", 0x01021997: "9p", 0x65735546: "fuse",
    0x5346414F: "afs", 0x00C36400: "ceph", 0x0BD00BD0: "lustre", 0x47504653: "gpfs", 0x19830326: "beegfs",
    0x9FA0: "proc", 0x62656572: "sysfs",
}  # fmt: skip
"""The file systems, by the numbers that `statfs` gives, where files change without this kernel's doing."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happened.

    Attributes:
        watch: the folder's number. -1 if events were lost: anything may have happened.
        name: of the file in the folder. Empty if the folder itself went, or was moved.
    """

    watch: int
    name: str

    @property
    def lost(self) -> bool:
        return self.watch < 0


class Inotify:
    """One descriptor with its watches. It is closed on exec, and when the object dies; a forked child needs its own.

    Raises:
        OSError: there is no inotify on this platform, or this user has too many.
    """

    def __init__(self) -> None:
        self._descriptor = -1
        self._close: Callable[[int], None] = os.close  # for a death at the end of the process
        self._library: Any = ctypes.CDLL(None, use_errno=True)
        if not hasattr(self._library, "inotify_init1"):
            raise OSError(errno.ENOSYS, "no inotify here")
        self._descriptor = self._checked(self._library.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK))
        self._unread: deque[bytes] = deque()

    def __del__(self) -> None:
        if self._descriptor >= 0:
            self._close(self._descriptor)

    def watch(self, folder: str) -> int:
        """The number of a folder's watch; the same for the same folder. Raises OSError if it cannot be watched."""
        return self._checked(self._library.inotify_add_watch(self._descriptor, os.fsencode(folder), _WRITTEN))

    def watch_file(self, file: str) -> int:
        """The number of the watch of a file that is told of when it is written to, under an empty name."""
        return self._checked(self._library.inotify_add_watch(self._descriptor, os.fsencode(file), _MODIFY))

    def fileno(self) -> int:
        """Readable while something happened that `events` has not told."""
        return self._descriptor

    def hears(self, folder: str) -> bool:
        """Whether it is told of all changes in a folder: not of those that other machines make on a shared disk."""
        found = ctypes.create_string_buffer(512)  # a `struct statfs`, which begins with the type
        if self._library.statfs(os.fsencode(folder), found):
            return False
        return ctypes.c_long.from_buffer(found).value & 0xFFFFFFFF not in _DEAF

    def unwatch(self, watch: int) -> None:
        self._library.inotify_rm_watch(self._descriptor, watch)

    def any(self) -> bool:
        """Whether something happened that `events` has not told. Under a microsecond."""
        return fcntl.ioctl(self._descriptor, termios.FIONREAD, _NOTHING) != _NOTHING or bool(self._unread)

    def events(self) -> Iterator[Event]:
        """What happened. An event is forgotten only when the one after it is asked for: an interrupt loses none."""
        try:
            while fcntl.ioctl(self._descriptor, termios.FIONREAD, _NOTHING) != _NOTHING:
                # Read and noted within one call from C, between which no signal handler runs.
                self._unread.extend(map(os.read, (self._descriptor,), (1 << 16,)))
        except BlockingIOError:
            pass
        while self._unread:
            yield from _parsed(self._unread[0])
            self._unread.popleft()

    @staticmethod
    def _checked(answer: int) -> int:
        if answer < 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
        return answer


def _parsed(events: bytes) -> Iterator[Event]:
    at = 0
    while at < len(events):
        watch, mask, _, length = _HEADER.unpack_from(events, at)
        at += _HEADER.size
        name = os.fsdecode(events[at : at + length].rstrip(b"\0"))
        at += length
        if mask & _OVERFLOW:
            yield Event(-1, "")
        else:
            yield Event(watch, "" if mask & (_DELETE_SELF | _MOVE_SELF | _UNMOUNT | _IGNORED) else name)

"""Which of some files may have changed since they were last looked at, without looking at all of them.

Linux tells of the folders that they lie in. What cannot be watched is due every few milliseconds: all files where there
is no inotify, or no more watches, or a disk that other machines write to; folders that are gone, which may come back;
and folders whose path leads elsewhere now, because one above them was replaced.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field

from .inotify import Inotify

_ROUND = 0.005
"""Seconds between two looks at a folder that is watched: whether its path still leads there. One at a time."""
_POLL = 0.015
"""Seconds between two looks at what cannot be watched."""


@dataclass(slots=True)
class _Folder:
    """A folder that files lie in.

    Attributes:
        files: by their names in the folder, the files as they were given: one may be a link that leads here.
        watch: the number of its watch. None: it is not watched.
        identity: device and inode. None: it is gone.
    """

    path: str
    files: dict[str, set[str]] = field(default_factory=dict)
    watch: int | None = None
    identity: tuple[int, int] | None = None


class Watches:
    """Files, and which of them are due. One thread at a time.

    Args:
        notified: by inotify, where there is one. False: all are looked at.

    Attributes:
        due: files that may have changed. Whoever has looked at one takes it out.
    """

    def __init__(self, notified: bool = True) -> None:
        self.due: set[str] = set()
        self._folders: dict[str, _Folder] = {}
        self._by_watch: dict[int, list[_Folder]] = {}
        self._unwatched: dict[str, _Folder] = {}
        self._turn: list[_Folder] = []
        self._next_round = self._next_poll = 0.0
        self._inotify: Inotify | None = None
        try:
            self._inotify = Inotify() if notified else None
        except (OSError, AttributeError):
            pass  # not Linux, or too many of this user: all is looked at

    def add(self, file: str) -> None:
        """From now on, a change of this file makes it due. So does that of the file that a link leads to."""
        for path in {file, os.path.realpath(file)}:
            place, name = os.path.split(path)
            folder = self._folders.get(place)
            if folder is None:
                folder = _Folder(place)
                self._watch(folder)
                self._folders[place] = folder
            folder.files.setdefault(name, set()).add(file)

    def any(self) -> bool:
        """Whether `refresh` may find something, or has. Cheap; any thread may ask."""
        # Another thread may be at it: what happened goes from the kernel to `due`, and nothing is missed in this order.
        if (self._inotify is not None and self._inotify.any()) or self.due:
            return True
        now = time.monotonic()
        return now >= self._next_round or (bool(self._unwatched) and now >= self._next_poll)

    def refresh(self) -> None:
        """Brings `due` up to date."""
        if self._inotify is not None:
            for event in self._inotify.events():
                if event.lost:
                    for folder in self._folders.values():
                        self._make_due(folder)
                elif event.name:
                    for folder in self._by_watch.get(event.watch, ()):
                        self.due |= folder.files.get(event.name, set())
                else:
                    for folder in list(self._by_watch.get(event.watch, ())):
                        self._lose(folder)
        now = time.monotonic()
        if now >= self._next_round:
            self._next_round = now + _ROUND
            self._look_at_one()
        if self._unwatched and now >= self._next_poll:
            self._next_poll = now + _POLL
            self._poll()

    def _look_at_one(self) -> None:
        """Whether the path of a watched folder still leads to it. A folder above it may have been replaced."""
        if not self._turn:
            self._turn = [folder for folder in self._folders.values() if folder.watch is not None]
        if self._turn:
            folder = self._turn[-1]
            if folder.watch is not None and _identity(folder.path) != folder.identity:
                self._lose(folder)
            del self._turn[-1:]

    def _poll(self) -> None:
        for folder in list(self._unwatched.values()):
            identity = _identity(folder.path)
            if identity is not None:
                if folder.identity is None:  # it has come back
                    self._watch(folder)
                self._make_due(folder)

    def _watch(self, folder: _Folder) -> None:
        identity = _identity(folder.path)
        watch = None
        if identity is not None and self._inotify is not None and self._inotify.hears(folder.path):
            try:
                watch = self._inotify.watch(folder.path)
            except OSError:
                pass  # no more watches for this user, or it was removed just now
        folder.identity, folder.watch = identity, watch
        if watch is None:
            self._unwatched[folder.path] = folder
        else:
            self._by_watch.setdefault(watch, []).append(folder)
            self._unwatched.pop(folder.path, None)

    def _lose(self, folder: _Folder) -> None:
        """A folder is no longer where it was. Its files are due; those of one that has taken its place, too."""
        self._make_due(folder)
        watch, folder.watch, folder.identity = folder.watch, None, None
        self._unwatched[folder.path] = folder
        self._next_poll = 0.0
        if watch is not None and watch in self._by_watch:
            others = [other for other in self._by_watch[watch] if other is not folder]
            if others:
                self._by_watch[watch] = others
            else:
                del self._by_watch[watch]
                if self._inotify is not None:
                    self._inotify.unwatch(watch)

    def _make_due(self, folder: _Folder) -> None:
        self.due |= {file for files in folder.files.values() for file in files}


def _identity(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return (status.st_dev, status.st_ino)

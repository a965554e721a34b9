"""What of the project was edited since the interpreter was given it. One `Looks` for each conversation with one.

Threads, signal handlers and finalizers may call it in the midst of itself. What it is told is noted in a deque first,
and done when nobody else is at it. A look that comes within another one of its own thread finds nothing; one of another
thread waits its turn. A text counts as given once `sent` says so, hence a look that is cut short loses nothing.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from types import FrameType

from .project import Project
from .texts import ModuleText, Signature, read_module, signature_of
from .watches import Watches

_EMPTY = 1_000_000_000
"""Nanoseconds after which a file that was emptied is taken to be so."""


@dataclass(slots=True)
class _Given:
    """What the interpreter was given last of a module.

    Attributes:
        signature: of the file that has the text with `digest`. None: not known.
        refused: the text is not in force.
    """

    name: str
    file: str
    package: bool
    digest: bytes
    signature: Signature | None = None
    refused: bool = False


class Looks:
    """Looks for edits of the modules that an interpreter has.

    Args:
        project: orders what was edited.
        notified: by the system, where it can. False: files are looked at, as suits a disk that other machines write to.
    """

    def __init__(self, project: Project, notified: bool = True) -> None:
        self._project = project
        self._notified = notified
        self._given: dict[str, _Given] = {}
        self._told: deque[tuple[tuple[ModuleText, ...], bool]] = deque()
        self._by_file: dict[str, set[str]] = {}
        self._emptied: set[str] = set()
        """Files that have been empty for a moment."""
        self._passed_on: set[str] = set()
        """Modules that this process was sent itself, which have no file here."""
        self._revision = project.revision
        self._begin()

    def _begin(self) -> None:
        """Watches all that was given: at first nothing; in a forked child, all that the parent had given.

        The parent's descriptor and its lock are of no use to a child.
        """
        watches = Watches(self._notified)
        for file in self._by_file:
            watches.add(file)
        watches.due.update(self._by_file)
        self._lock = threading.RLock()
        self._watches = watches
        self._process = os.getpid()

    def sent(self, texts: Iterable[ModuleText]) -> None:
        """The interpreter was given these, or has them. They are edits no more, until their files differ."""
        self._told.append((tuple(texts), False))
        self._settle()

    def refused(self, texts: Iterable[ModuleText]) -> None:
        """The interpreter could not apply these, which were one edit. They come again, all, when a file has changed."""
        self._told.append((tuple(texts), True))
        self._settle()

    def changed(self, names: Collection[str] | None = None) -> list[ModuleText]:
        """The modules of the interpreter whose files differ now from what it was given, in the order of import.

        Without an edit it takes about a microsecond on Linux. A file that was removed is no edit; it is one when it
        comes back with another text.

        Args:
            names: modules that are looked at in any case, even where the system tells of no change (a network disk).
        """
        if self._process != os.getpid():
            self._begin()
        is_same = self._project.revision is self._revision
        if is_same and not names and not self._told and not self._watches.any():
            return []
        with self._lock:
            if self._is_at_it():
                return []
            self._note()
            return self._look(names or ())

    def _is_at_it(self) -> bool:
        """Whether this call comes in the midst of another one, by the frames: an interrupt would leave a flag set."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            if frame.f_code in _CHANGING and frame.f_locals.get("self") is self:
                return True
            frame = frame.f_back
        return False

    # ------------------------------------------------------------------------------------------ what was given

    def _settle(self) -> None:
        if self._process != os.getpid():
            self._begin()
        with self._lock:
            if not self._is_at_it():
                self._note()

    def _note(self) -> None:
        """Does what was told. Each is forgotten when it is done: done twice, it does no harm."""
        while self._told:
            texts, refused = self._told[0]
            for text in texts:
                if not text.namespace:
                    if refused:
                        self._note_refused(text)
                    else:
                        self._note_sent(text)
            self._told.popleft()

    def _note_sent(self, text: ModuleText) -> None:
        given = _Given(text.name, text.file, text.package, text.digest)
        if self._project.sent(text.name) is not None:
            self._given[text.name] = given
            self._passed_on.add(text.name)
            return
        self._by_file.setdefault(text.file, set()).add(text.name)
        self._watches.add(text.file)  # first, so that nothing that is written from here on is missed
        try:
            signature = signature_of(text.file)
            if signature[:2] == (text.mtime_ns, len(text.text)):
                given.signature = signature
        except OSError:
            pass
        if given.signature is None:
            self._watches.due.add(text.file)
        self._given[text.name] = given

    def _note_refused(self, text: ModuleText) -> None:
        if text.name not in self._given:
            self._note_sent(text)
        given = self._given[text.name]
        given.refused = given.refused or given.digest == text.digest

    # ------------------------------------------------------------------------------------------ looking

    def _look(self, names: Collection[str]) -> list[ModuleText]:
        self._watches.refresh()
        found: dict[str, ModuleText] = {}
        self._revision = self._project.revision
        for name in self._passed_on:
            sent = self._project.sent(name)
            if sent is not None and sent.digest != self._given[name].digest:
                found[name] = sent
        named = (name for name in names if name in self._given and name not in self._passed_on)
        files = self._watches.due.union(self._given[name].file for name in named)
        for file in files:
            differing = [text for name in self._by_file[file] if (text := self._differing(self._given[name]))]
            if differing:
                found.update((text.name, text) for text in differing)
            elif file not in self._emptied:
                self._watches.due.discard(file)
        if not found:
            return []
        for given in list(self._given.values()):
            if given.refused and given.name not in found:
                try:
                    sent = self._project.sent(given.name)
                    found[given.name] = sent or read_module(given.name, given.file, given.package)[0]
                except OSError:
                    pass
        if len(found) == 1:
            return list(found.values())
        return [found[name] for name in self._project.order(name for name in self._given if name in found)]

    def _differing(self, given: _Given) -> ModuleText | None:
        """The text of a module's file, if it differs from what was given."""
        try:
            if signature_of(given.file) == given.signature:
                return None
            text, signature = read_module(given.name, given.file, given.package)
        except OSError:  # removed: its folder is watched, and tells if it comes back
            given.signature = None
            return None
        if text.digest != given.digest:
            if not text.text and time.time_ns() - text.mtime_ns < _EMPTY:
                self._emptied.add(given.file)  # it is being saved: without its text, its classes would be gone
                return None
            self._emptied.discard(given.file)
            return text
        self._emptied.discard(given.file)
        self._watches.add(given.file)  # what was put in its place may be a link
        given.signature = signature
        return None


_CHANGING = (Looks._note.__code__, Looks._look.__code__)

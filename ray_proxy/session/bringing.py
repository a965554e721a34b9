"""How a client's project code comes into the interpreter, and what is changed in it: `Bringing`.

A message that names a module comes after its text, and those of what it imports. Before a frame leaves, edited files
are looked for. What else an import there needs is asked for, and answered by a thread of its own.

Any thread may be here, also in a finalizer or a signal handler. Must never know channels.
"""

from __future__ import annotations

import contextlib
import linecache
import logging
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple, Protocol

from ..doors import stand_behind
from ..errors import CodeChangedWarning, CodeKeptWarning, RayProxyWarning
from ..project.looks import Looks
from ..project.project import LARGEST_RESOURCE, Project
from ..project.texts import ModuleText, Resource as Found
from ..protocol import Applied, Ask, Code, Message, Module, Resource, Text
from .asked import Question
from .callers import Asker, Where, where

logger: logging.Logger = logging.getLogger("ray_proxy")
LOOK = 0.02
"""Seconds between two looks for edited files."""
_TURN = 0.2
"""Seconds for which a thread waits while another one looks. That may be interrupted, for as long as it likes."""
_MEET = 0.5
"""Seconds between two looks for modules that were not found."""
_FILES = 1000
"""So many files of code that travels by value are shown there, at most."""
_UNPACKED = "/runtime_resources/"
"""In the paths of what Ray has unpacked for a process (`runtime_env`)."""
_OLD = (
    "the interpreter {} is of a release that knows no live code: edits of {} do not reach it. Install the same release "
    "of ray-proxy on both sides"
)


class LiveModule(NamedTuple):
    """A module of project code that an interpreter has from its clients.

    Attributes:
        module: its name.
        digest: of the text in force: BLAKE2b, 16 bytes, in hexadecimal.
        file: where that was saved, at the client.
        saved: when the file changed last…
        taken: … and when the interpreter took its text, both in seconds since 1970.
        client: who sent it, in words.
    """

    module: str
    digest: str
    file: str
    saved: float
    taken: float
    client: str


class Owner(Protocol):
    """The session."""

    name: str
    minor: int

    def submit(self, key: Any, message: Message) -> None: ...
    def label(self) -> str: ...

    def submit_first(self, key: Any, message: Message) -> None:
        """Add a message before all that are pending."""

    def asker(self) -> Asker | None:
        """Who asks for the first message that is pending and was asked for."""

    def caller(self) -> Asker:
        """Whoever calls this."""

    def warn(self, text: str, category: type[RayProxyWarning], place: Where | None) -> None:
        """Have a thread of the user warned when it comes by."""

    def deliver(self, code: Code) -> None:
        """Answer `Ask`."""


class Brought(Question):
    """Texts on their way, and what became of them."""

    __slots__ = ("_bringing", "_owner", "texts")

    def __init__(self, asker: Asker, bringing: Bringing, owner: Owner, texts: Sequence[ModuleText]) -> None:
        super().__init__(asker, quiet=True)
        self._bringing: Bringing | None = bringing
        self._owner = weakref.ref(owner)
        self.texts: Sequence[ModuleText] = texts

    def fail(self) -> None:
        if self._bringing is not None:
            self._bringing.refuse(self.texts)

    def settle(self) -> None:
        bringing, self._bringing = self._bringing, None
        place, owner = where(self.asker), self._owner()
        super().settle()
        if bringing is not None and owner is not None:
            bringing.note(owner, self, place)


class Bringing:
    """What a session does for its project code.

    Args:
        project: what is project code here.
        client: names this client, for people.
        called: the name of the project: what another process with the same one defines by value takes the place of
            what this process has defined.
    """

    def __init__(self, project: Project, client: str, called: str = "") -> None:
        self.project = project
        self.client = client
        self.called = called
        self._looks = Looks(project)
        self._sent: set[str] = set()
        """The modules that the interpreter was given."""
        self._refused: dict[str, ModuleText] = {}
        """What it has refused: that comes again when a file has changed that may mend it, or where it is named."""
        self._is_broken = False
        """Among that is a text which no other file can mend: it cannot be compiled."""
        self._unmet: dict[str, Text] = {}
        """Modules that the interpreter has, and this process has not found…"""
        self._meet_at = 0.0
        """… and when it looks for them again (`time.monotonic`)."""
        self._lines: dict[str, list[str]] = {}
        """Of files of code that travels by value, the lines that the interpreter has."""
        self._told: set[str] = set()
        """Modules of which a warning was issued."""
        self.due: float = 0.0
        """When files are looked at again (`time.monotonic`)."""
        self._turn = threading.RLock()
        self._process = os.getpid()

    # ------------------------------------------------------------------------------------- what is sent

    def name(self, owner: Owner, names: Iterable[str], files: Iterable[str] = ()) -> None:
        """The next message names these modules, and has functions from these files."""
        shown = [text for file in files if (text := self._shown(file)) is not None] if owner.minor >= 4 else []
        if shown:
            owner.submit(None, Code([], self.client, resources=shown))
        ours = [name for name in names if self.project.has(name)]
        if not ours:
            return
        if owner.minor < 4:
            self._warn_of_old(owner, ours[0], where(owner.caller()))
            return
        with self._in_turn():
            texts = self._looks.changed(ours)
            # An edit goes before all that waits to be sent: other threads may have given that long after it was saved.
            submit = owner.submit_first if texts else owner.submit
            new = [name for name in ours if name not in self._sent]
            if new:
                texts += [text for text in self.project.closure(new) if text.name not in self._sent]
            if not (texts or self._refused.keys().isdisjoint(ours)):
                texts = [self.project.text(name) or text for name, text in self._refused.items()]
            self._raise_broken(texts, ours)
            self._send_in_order(owner, texts, submit, owner.caller())

    def _raise_broken(self, texts: list[ModuleText], named: list[str]) -> None:
        """Raise the SyntaxError of an edit: what names its module is not even asked for, lest the old text runs. What
        else is wrong with an edit is known only there."""
        try:
            for text in texts:
                refused = self._refused.get(text.name)
                is_new = text.name in self._sent and (refused is None or refused.digest != text.digest)
                if is_new or (refused is not None and text.name in named):
                    _compile(text)
        except (SyntaxError, ValueError, RecursionError):
            self._note_sent(texts)
            self.refuse(texts)
            raise

    def _shown(self, file: str) -> Resource | None:
        """The text of a file as `linecache` has it, for tracebacks there; None where it is there."""
        lines = linecache.getlines(file)
        if not lines or self._lines.get(file) is lines or len(self._lines) >= _FILES:
            return None
        self._lines[file] = lines
        text = "".join(lines).encode(errors="replace")
        return Resource("", file, "file", text) if len(text) <= LARGEST_RESOURCE else None

    def look(self, owner: Owner) -> None:
        """A frame is about to leave: what was edited goes first."""
        asker = owner.asker()
        if asker is None:  # nobody would hear of a wrong text
            return
        with self._in_turn():
            began = time.monotonic()
            if began > self.due:  # else another thread has looked meanwhile
                if self._unmet:
                    self._meet_again(began)
                texts = self._looks.changed() if owner.minor >= 4 else []
                self._send_in_order(owner, texts, owner.submit_first, asker)
                # Not before: a frame of another thread must not overtake what is found.
                self.due = began + LOOK

    @contextlib.contextmanager
    def _in_turn(self) -> Iterator[None]:
        """What one thread finds and sends, no other finds, too, nor does its frame leave before that."""
        if self._process != os.getpid():
            self._process, self._turn = os.getpid(), threading.RLock()
        turn = self._turn
        is_ours = turn.acquire(timeout=_TURN)
        try:
            yield
        finally:
            if is_ours:
                turn.release()

    def push(self, owner: Owner) -> None:
        """Send all texts, whatever is in force there."""
        texts = [text for name in self._sent.copy() if (text := self.project.text(name)) is not None]
        self._send(owner, texts, owner.submit, owner.caller(), push=True)

    def meet(self, texts: Iterable[Text]) -> None:
        """The interpreter has these texts: of those that are of this client's project, too, edits are looked for."""
        for told in texts:
            text = None if told.module in self._sent else self.project.text(told.module)
            if text is not None and (told.module in sys.modules or text.file == told.file):
                if text.digest != told.digest:
                    text = replace(text, text=b"", mtime_ns=0, digest=told.digest)
                self._note_sent([text])
            elif told.module not in self._sent:
                self._unmet[told.module] = told

    def _meet_again(self, now: float) -> None:
        """What was not found may have been imported meanwhile, or its file has come back."""
        if now > self._meet_at:
            self._meet_at = now + _MEET
            unmet, self._unmet = self._unmet, {}
            self.meet(unmet.values())

    def _send_in_order(
        self, owner: Owner, texts: list[ModuleText], submit: Callable[[Any, Message], None], asker: Asker
    ) -> None:
        """Send what has changed, and with it what was refused. Where that stands in files that are as they were, it
        comes on its own, behind what may mend it: it shall not keep others out."""
        refused = self._refused
        rest = [text for text in texts if text.name in refused and text.digest == refused[text.name].digest]
        changed = [text for text in texts if text not in rest]
        if not rest or not refused.keys().isdisjoint(text.name for text in changed):
            parts = [texts]
        else:
            parts = [changed, [] if self._is_broken and changed else rest]
        if submit == owner.submit_first:
            parts.reverse()
        for part in parts:
            if part:
                self._send(owner, part, submit, asker)

    def _send(
        self,
        owner: Owner,
        texts: list[ModuleText],
        submit: Callable[[Any, Message], None],
        asker: Asker,
        push: bool = False,
    ) -> None:
        brought = Brought(asker, self, owner, texts)
        self._note_sent(texts)
        submit(brought, Code([*map(_module, texts)], self.client, push))

    def count(self) -> int:
        """How many modules are looked at."""
        return len(self._sent)

    def _note_sent(self, texts: Iterable[ModuleText]) -> None:
        self._looks.sent(texts)
        self._sent.update(text.name for text in texts)

    # --------------------------------------------------------------------------------- what became of it

    def refuse(self, texts: Sequence[ModuleText]) -> None:
        """The interpreter has not taken these. Whoever names one next shall hear of it again."""
        self._looks.refused(texts)
        self._refused.update((text.name, text) for text in texts)
        self._is_broken = not all(map(_can_be_compiled, self._refused.values()))

    def note(self, owner: Owner, brought: Brought, place: Where | None) -> None:
        """These texts were answered."""
        applied = brought.value
        if owner.minor < 4:  # it was given before that was known
            self._warn_of_old(owner, brought.texts[-1].name, place)
            return
        if not isinstance(applied, Applied):
            self.refuse(brought.texts)
            return
        for text in brought.texts:
            self._refused.pop(text.name, None)
        if applied.edits:
            logger.info("ray_proxy: %s in the interpreter %s", applied.edits, owner.label())
        for note in applied.notes:
            self._warn(owner, note, note, CodeKeptWarning, place)
        for older in applied.older:
            saved = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(older.mtime_ns / 1e9))
            told = (
                f"the interpreter {owner.label()} runs another text of {older.module} than yours: one that was saved "
                f"later, at {saved}, and came from {older.client or 'another client'}. env.code(push=True) puts yours "
                "in its place"
            )
            self._warn(owner, f"{older.module} {older.mtime_ns}", told, CodeChangedWarning, place)

    def _warn_of_old(self, owner: Owner, module: str, place: Where | None) -> None:
        self._warn(owner, "", _OLD.format(owner.label(), module), RayProxyWarning, place)

    def _warn(self, owner: Owner, what: str, text: str, category: type[RayProxyWarning], place: Where | None) -> None:
        """Warn of something once."""
        if what not in self._told:
            self._told.add(what)
            owner.warn(text, category, place)

    # ---------------------------------------------------------------------------------- what is asked for

    def answer(self, owner: Owner, ask: Ask) -> None:
        """An import there waits for project code."""
        _soon(self._answer, owner, ask)

    def _answer(self, owner: Owner, ask: Ask) -> None:
        try:
            code = self._found(ask)
        except Exception:
            logger.exception("ray_proxy: project code that the interpreter %s asks for is not found", owner.label())
            code = _none_of(ask)
        owner.deliver(code)

    def _found(self, ask: Ask) -> Code:
        texts: dict[str, ModuleText] = {}
        for name in ask.modules:
            if name not in texts:
                self.project.seek(name)
                found = self.project.closure([name])
                texts.update((text.name, text) for text in found if text.name == name or text.name not in self._sent)
        absent = [name for name in ask.modules if name not in texts]
        packages = {_top(name) for name in [*absent, *(package for package, _ in ask.resources)]}
        absent += sorted(name for name in packages.difference(absent) if not self.project.has(name))
        resources = [_resource(package, path, self.project) for package, path in ask.resources]
        self._note_sent(list(texts.values()))
        return Code([*map(_module, texts.values())], self.client, False, absent, resources)


def decline(owner: Owner, ask: Ask) -> None:
    """An import there waits for project code, of which this client has none."""
    _soon(lambda owner, ask: owner.deliver(_none_of(ask)), owner, ask)


def _soon(work: Callable[[Owner, Ask], None], owner: Owner, ask: Ask) -> None:
    """By another thread, for this one may be anywhere."""

    def run() -> None:
        with contextlib.suppress(Exception):  # the interpreter has ended
            work(owner, ask)

    thread = threading.Thread(target=run, name="ray-proxy-code", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no thread is left, or the process ends
        run()


def _none_of(ask: Ask) -> Code:
    names = [*ask.modules, *(package for package, _ in ask.resources)]
    absent = dict.fromkeys([*names, *map(_top, names)])
    return Code([], "", False, [*absent], [Resource(*key, "none", b"") for key in ask.resources])


def _top(name: str) -> str:
    return name.partition(".")[0]


def _compile(text: ModuleText) -> None:
    try:
        compile(text.source, text.file, "exec", dont_inherit=True)
    except SyntaxError as error:
        text.show_line(error)
        raise


def _can_be_compiled(text: ModuleText) -> bool:
    try:
        _compile(text)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True


def _module(text: ModuleText) -> Module:
    kind: Literal["module", "package", "namespace"] = "package" if text.package else "module"
    # When a file was written that Ray has unpacked says nothing about the age of its text.
    mtime_ns = 0 if _UNPACKED in text.file else text.mtime_ns
    return Module(text.name, text.text, text.file, "namespace" if text.namespace else kind, mtime_ns)


def _resource(package: str, path: str, project: Project) -> Resource:
    try:
        found: Found | None = project.resource(package, path)
    except OSError as error:
        return Resource(package, path, "none", b"", problem=str(error))
    if found is None:
        return Resource(package, path, "none", b"")
    if found.names is None:
        return Resource(package, path, "file", found.data)
    return Resource(package, path, "folder", b"", list(found.names))


stand_behind("ray_proxy", LiveModule)

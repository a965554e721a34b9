"""What travels of project code: the text of a module, and a data file of a package. Both halves of this room know it.

The client half (`Project`, `Looks`) makes them from files, the interpreter half (`Sources`, `Importer`) uses them where
there may be no such file. Nothing here touches a module that is loaded.
"""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass
from importlib.util import decode_source

from ..errors import RayProxyError

Signature = tuple[int, int, int]
"""What tells cheaply that a file was not changed: mtime in nanoseconds, size, inode."""

_YOUNG = 20_000_000
"""Nanoseconds after its last write for which a file may be half written."""
_PATIENCE = 0.1
"""Seconds after which a file that does not come to rest is taken as it is."""


class Unanswered(RayProxyError, LookupError):
    """No client is left that could say whether it has a module or a data file."""


def digest(text: bytes) -> bytes:
    """What identifies a text: 16 bytes."""
    return hashlib.blake2b(text, digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class ModuleText:
    """The text of one module, as its client has it.

    Attributes:
        text: the bytes of the file. `source` honours its coding cookie. Empty for a namespace package.
        file: the absolute path at the client. Of a namespace package, its folder.
        package: other modules may lie beneath it. True for a namespace package.
        mtime_ns: when the file was last written, by the client's clock.
        digest: of `text`.
        namespace: a folder without an `__init__.py`.
    """

    name: str
    text: bytes
    file: str
    package: bool
    mtime_ns: int
    digest: bytes
    namespace: bool = False

    @property
    def source(self) -> str:
        """The text, decoded. Raises SyntaxError if it cannot be."""
        try:
            return decode_source(self.text)
        except SyntaxError as error:
            error.filename = self.file
            raise
        except UnicodeDecodeError as error:
            raise SyntaxError(f"(unicode error) {error}", (self.file, None, None, None)) from None

    def show_line(self, error: SyntaxError) -> None:
        """An error of this text shows the line of it. The compiler has looked for a file of that name on this disk,
        which may be another one, or have another text by now."""
        if error.filename != self.file or error.lineno is None:
            return
        line = next(iter(self.source.splitlines(keepends=True)[error.lineno - 1 : error.lineno]), None)
        end = error.end_lineno, error.end_offset
        error.text = line
        error.args = error.msg, (error.filename, error.lineno, error.offset, line, *end)

    @property
    def folder(self) -> str:
        """Where the submodules and data files of a package lie, at the client."""
        return self.file if self.namespace else os.path.dirname(self.file)


@dataclass(frozen=True, slots=True)
class Resource:
    """A data file or a folder in a project package.

    Attributes:
        path: below the folder of the package, with slashes. Empty for that folder itself.
        data: what the file holds. Empty for a folder.
        names: what a folder holds; folders among them end with a slash. None for a file.
    """

    package: str
    path: str
    data: bytes
    names: tuple[str, ...] | None


def namespace_text(name: str, folder: str) -> ModuleText:
    """The text of a namespace package, which has none."""
    return ModuleText(name, b"", folder, True, 0, digest(b""), True)


def read_module(name: str, file: str, package: bool) -> tuple[ModuleText, Signature]:
    """Reads a module's file, once it has come to rest. Raises OSError if there is no such file."""
    text, signature = _read_settled(file)
    return ModuleText(name, text, file, package, signature[0], digest(text)), signature


def signature_of(file: str) -> Signature:
    """The signature of a file. Raises OSError if there is none."""
    status = os.stat(file)
    return (status.st_mtime_ns, status.st_size, status.st_ino)


def _read(file: str) -> tuple[bytes, Signature]:
    with open(file, "rb", buffering=0) as stream:
        status = os.fstat(stream.fileno())
        return stream.readall(), (status.st_mtime_ns, status.st_size, status.st_ino)


def _read_settled(file: str) -> tuple[bytes, Signature]:
    """The text of a file that may be in the midst of being written.

    A young text is taken once two reads agree, if it ends with a newline. What is empty, or ends amid a line, may be
    the first half of more, and is taken when it is no longer young.
    """
    end = time.monotonic() + _PATIENCE
    found = _read(file)
    agreed = False
    while 0 <= time.time_ns() - found[1][0] < _YOUNG and time.monotonic() < end:
        if agreed and found[0].endswith(b"\n"):
            break
        time.sleep(0.001)
        try:
            again = _read(file)
        except FileNotFoundError:  # an editor removes a file just before it puts another one in its place
            agreed = False
            continue
        agreed = again == found
        found = again
    return found

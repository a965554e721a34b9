"""The exceptions of Ray-Proxy. Each names the value at fault and the remedy.

A failure of remote *user code* is not among them: it is raised here with its original type (see
`RemoteTraceback` for what it carries). This file knows nothing of the rest of the package.
"""

from __future__ import annotations


def printable(text: str) -> str:
    """Text that does nothing to a terminal, and is one line: control and bidirectional characters are escaped."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text
    )  # fmt: skip


class RayProxyError(Exception):
    """Base of every error that Ray-Proxy itself raises."""


class ProtocolError(RayProxyError):
    """A frame, reply or hello that the schema refuses. The message says which field and why."""


class VersionError(ProtocolError):
    """Client and interpreter speak different major versions of the protocol."""


class AuthenticationError(RayProxyError):
    """The peer of a channel did not prove that it knows the key."""


class InterpreterDiedError(RayProxyError):
    """The interpreter's process ended, or the link to it was lost for longer than its grace time."""


class SessionLostError(InterpreterDiedError):
    """The interpreter lives, but has given this client's session up: its unnamed variables are gone."""


class DeadlockError(RayProxyError):
    """A call waits for an interpreter that waits for this very call, and cannot serve it meanwhile.

    The message names the cycle.
    """


class InterpreterNotFoundError(RayProxyError, LookupError):
    """No interpreter of that name is alive in this Ray namespace."""


class StaleVarError(RayProxyError, LookupError):
    """A `Var` whose variable no longer exists in its interpreter, or a pickled `Var` claimed too late."""


class NotPicklableError(RayProxyError, TypeError):
    """An argument, or a value asked for, that cannot be pickled. Nothing was sent and nothing was changed."""


class BulkTransferError(RayProxyError):
    """A value that went through Ray's object store did not arrive."""


class LogError(RayProxyError):
    """A message log cannot be written, read, or restored from. The message names the file, and why.

    It is one line, in which nothing that stands in a log does anything to a terminal.
    """

    def __str__(self) -> str:
        return printable(super().__str__())


class RemoteError(RayProxyError):
    """Stands for a remote exception that cannot be rebuilt in this process.

    Attributes:
        type_name: qualified name of the original class, for example ``"mypkg.MyError"``.
        original: ``repr`` of the original exception.
    """

    def __init__(self, type_name: str, original: str) -> None:
        super().__init__(type_name, original)
        self.type_name = type_name
        self.original = original

    def __str__(self) -> str:
        return f"{self.original} (a {self.type_name}, which cannot be rebuilt in this process)"


class RemoteTraceback(Exception):
    """The last cause of every error raised for a remote operation: Python prints it first.

    It is the ``__cause__`` of the error itself, unless that had a cause, or a context that Python prints: these stay as
    they were, and this is the cause of the last one in that chain.

    Its text is the local file and line of the operation that failed, then the remote traceback. Carrying
    remote text as the cause is an idea of `concurrent.futures`.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return "\n" + self.text


class RayProxyWarning(UserWarning):
    """Something was done that may not be what was meant. The text names it and the remedy.

    It is issued for the line that asked for the operation, in the thread that waits next.
    """


class ResourceError(RayProxyError, OSError):
    """A data file of project code that cannot be had in an interpreter. The message names it, and the remedy."""


class CodeChangedWarning(RayProxyWarning):
    """The interpreter runs a text of a module of project code that was saved later than this client's own."""


class CodeKeptWarning(RayProxyWarning):
    """Something of an edit could not be applied to objects that are alive: they are as they were. The text says why."""


class StubgenError(RayProxyError):
    """An overlay of types cannot be made. The message names what is at fault; no file was changed."""

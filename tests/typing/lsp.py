"""A minimal client of a language server: opens a document, and asks for completions and hovers.

Every wait has a deadline. Knows the three servers that the tests use; knows nothing of what they shall answer.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from checkers import binary

SERVERS: dict[str, tuple[str, ...]] = {
    "basedpyright": ("basedpyright-langserver", "--stdio"),
    "pyrefly": ("pyrefly", "lsp", "--indexing-mode", "none"),  # which is for finding references, and takes long
    "ty": ("ty", "server"),
}

ASK_AGAIN = (-32801, -32802)
"""Error codes of an answer that the server dropped because the document, or what it knows of it, has changed."""

CAPABILITIES = {
    "workspace": {"configuration": True, "workspaceFolders": True},
    "textDocument": {
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "completion": {"completionItem": {"snippetSupport": False}},
    },
}


class ServerError(Exception):
    """The server has ended, answered with an error, or not in time."""


@dataclass(frozen=True)
class Completions:
    """What a server offers at one place.

    Attributes:
        names: the offered names.
        complete: False where the server may offer others once more letters are typed.
    """

    names: frozenset[str]
    complete: bool


class Server:
    """A language server in a process of its own, over one folder; a context manager, which ends the process.

    Args:
        name: one of `SERVERS`.
        folder: the project, with the configuration that the server reads there.
        settings: what the server is told, by section, when it asks the editor for its settings.
        timeout: seconds that an answer may take.

    Raises:
        CheckerMissing: it is not installed beside this interpreter.
    """

    def __init__(self, name: str, folder: Path, settings: dict[str, Any] | None = None, timeout: float = 240) -> None:
        program, *options = SERVERS[name]
        self.name = name
        self.timeout = timeout
        self._settings = settings or {}
        self._last = 0
        self._versions: dict[Path, int] = {}
        self._messages: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [str(binary(program)), *options],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            start_new_session=True,  # a signal for the tests is none for it; `close` ends all of its processes
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input: IO[bytes] = self._process.stdin
        self._reader = threading.Thread(target=self._read, args=[self._process.stdout], daemon=True)
        self._reader.start()
        try:
            self._initialize(folder)
        except BaseException:
            self.close()
            raise

    def _initialize(self, folder: Path) -> None:
        uri = folder.as_uri()
        parameters = {
            "processId": os.getpid(),
            "rootUri": uri,
            "workspaceFolders": [{"uri": uri, "name": folder.name}],
            "capabilities": CAPABILITIES,
            "initializationOptions": self._settings,
        }
        self.request("initialize", parameters)
        self.notify("initialized", {})

    @property
    def has_ended(self) -> bool:
        """Whether it has ended by itself."""
        return self._process.poll() is not None

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Ask the server to end; kill it if it does not in five seconds."""
        with suppress(ServerError, OSError):
            self.request("shutdown", None, timeout=5)
            self.notify("exit", None)
        with suppress(OSError):
            self._input.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)  # some are a program that started another
            self._process.wait()
        self._reader.join()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._complaints.close()

    # ------------------------------------------------------------------------------------ documents

    def show(self, path: Path, text: str) -> None:
        """Open a document with a text, or change its text; nothing is written to the disk."""
        version = self._versions[path] = self._versions.get(path, 0) + 1
        document = {"uri": path.as_uri(), "version": version}
        if version == 1:
            opened = {**document, "languageId": "python", "text": text}
            self.notify("textDocument/didOpen", {"textDocument": opened})
        else:
            changes = {"textDocument": document, "contentChanges": [{"text": text}]}
            self.notify("textDocument/didChange", changes)

    def completions(self, path: Path, line: int, column: int) -> Completions:
        """What is offered at a place, counted from zero."""
        answer = self._at("completion", path, line, column)
        items = answer["items"] if isinstance(answer, dict) else answer or []
        complete = not (isinstance(answer, dict) and answer.get("isIncomplete"))
        return Completions(frozenset(item["label"].removesuffix("()") for item in items), complete)

    def members(self, path: Path, text: str, names: Iterable[str] = ()) -> frozenset[str]:
        """What is offered at the end of a text, such as one that ends with ``x.``.

        Args:
            names: where the server does not offer all at once, the first letters of those of them that are missing
                are typed, as a user would do it, and what is offered then is added.
        """
        found = self._after(path, text)
        offered = set(found.names)
        if not found.complete:
            for start in sorted({name[:2] for name in set(names) - offered}):
                offered |= self._after(path, text + start).names
        return frozenset(offered)

    def _after(self, path: Path, text: str) -> Completions:
        self.show(path, text + "\n")
        lines = text.split("\n")
        return self.completions(path, len(lines) - 1, len(lines[-1]))

    def hover(self, path: Path, line: int, column: int) -> str:
        """What is shown at a place, as text; empty for nothing."""
        answer = self._at("hover", path, line, column)
        contents = answer["contents"] if answer else ""
        parts = contents if isinstance(contents, list) else [contents]
        return "\n".join(part if isinstance(part, str) else part["value"] for part in parts)

    def _at(self, method: str, path: Path, line: int, column: int) -> Any:
        place = {"textDocument": {"uri": path.as_uri()}, "position": {"line": line, "character": column}}
        return self.request(f"textDocument/{method}", place)

    # ------------------------------------------------------------------------------------- messages

    def request(self, method: str, parameters: object, timeout: float | None = None) -> Any:
        """The server's answer. Its own questions, which come in between, are answered.

        Raises:
            ServerError: it answered with an error, not in time, or has ended.
        """
        until = time.monotonic() + (self.timeout if timeout is None else timeout)
        while True:
            answer = self._answer(method, parameters, until)
            error = answer.get("error")
            if error is None:
                return answer["result"]
            if error.get("code") not in ASK_AGAIN:
                raise ServerError(f"{self.name} answers {method} with {error}")

    def notify(self, method: str, parameters: object) -> None:
        """Tell the server something that has no answer."""
        self._send({"method": method, "params": parameters})

    def _answer(self, method: str, parameters: object, until: float) -> dict[str, Any]:
        self._last += 1
        number = self._last
        self._send({"id": number, "method": method, "params": parameters})
        while True:
            try:
                message = self._messages.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                raise ServerError(f"{self.name} does not answer {method} in time") from None
            if message is None:
                self._messages.put(None)
                raise ServerError(f"{self.name} has ended: {self._last_words()}")
            if "method" in message:
                self._reply(message)
            elif message.get("id") == number:
                return message

    def _reply(self, question: dict[str, Any]) -> None:
        if "id" not in question:
            return  # a notification
        result = None
        if question["method"] == "workspace/configuration":
            result = [self._settings.get(item.get("section"), {}) for item in question["params"]["items"]]
        self._send({"id": question["id"], "result": result})

    def _send(self, message: dict[str, Any]) -> None:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        try:
            self._input.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
            self._input.flush()
        except OSError as error:
            raise ServerError(f"{self.name} has ended: {self._last_words()}") from error

    def _read(self, output: IO[bytes]) -> None:
        """In a thread of its own: hand on every message, and None at the end."""
        length = 0
        while line := output.readline():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            elif not line.strip():
                self._messages.put(json.loads(output.read(length)))
        self._messages.put(None)

    def _last_words(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._complaints.seek(0)
        said = self._complaints.read()[-2000:].decode(errors="replace") or "it said nothing"
        return f"with {self._process.returncode}: {said}"


def place_of(text: str, marked: str) -> tuple[int, int]:
    """Line and column, counted from zero, of the last letter of the one occurrence of a text."""
    assert text.count(marked) == 1, f"{marked!r} occurs {text.count(marked)} times"
    before: Sequence[str] = text[: text.index(marked) + len(marked) - 1].split("\n")
    return len(before) - 1, len(before[-1])

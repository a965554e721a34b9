"""Releases of the package, each in a folder of its own, and processes that run them.

One is this release, and some are wheels of older ones, each named by its version of the protocol. Two are made up: a
newer one, in which each struct that travels has a field more, and one of the next major.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import peer
import pytest
from conftest import ROOT

from ray_proxy.protocol import MAJOR, MINOR

WHEELS = ROOT / "tests" / "wheels"
OLDER = ("1.0", "1.1", "1.2", "1.3", "1.4")
ADDED = "unknown to others"
"""What the newer release says in the field that it has in everything."""


@dataclass
class Release:
    """A package in a folder, and the version of the protocol that it speaks."""

    folder: Path
    version: tuple[int, int]


def unpacked(folder: Path, version: str) -> Release:
    (wheel,) = (WHEELS / f"protocol-{version}").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    major, minor = version.split(".")
    return Release(folder, (int(major), int(minor)))


def _newer(folder: Path) -> Release:
    shutil.copytree(ROOT / "ray_proxy", folder / "ray_proxy", ignore=shutil.ignore_patterns("__pycache__"))
    _rewrite(folder, "protocol.py", rf"^MINOR = {MINOR}$", "MINOR = 99")
    for file, base in (("protocol.py", "_Tagged"), ("cluster/published.py", r"msgspec\.Struct")):
        kinds = "Published" if file == "cluster/published.py" else r"\w+"
        # A class ends where two blank lines are.
        end_of_class = rf"^(class {kinds}\({base}\):\n(?:.*\n)+?)(?=\n\n)"
        _rewrite(folder, file, end_of_class, rf"\g<1>    added: str = {ADDED!r}\n")
    return Release(folder, (MAJOR, 99))


def _next_major(folder: Path) -> Release:
    unpacked(folder, OLDER[0])
    _rewrite(folder, "protocol.py", r"^MAJOR = 1$", "MAJOR = 2")
    return Release(folder, (2, 0))


def _rewrite(folder: Path, file: str, pattern: str, replacement: str) -> None:
    path = folder / "ray_proxy" / file
    text, count = re.subn(pattern, replacement, path.read_text(), flags=re.MULTILINE)
    assert count > 0
    path.write_text(text)


def make_releases(folder: Callable[[str], Path]) -> dict[str, Release]:
    """All of them, by name; `folder` makes a new one."""
    older = {version: unpacked(folder(version), version) for version in OLDER}
    present = Release(ROOT, (MAJOR, MINOR))
    return {"present": present, **older, "newer": _newer(folder("newer")), "next_major": _next_major(folder("major"))}


class Peer:
    """A process that runs `peer` with the package of a release."""

    def __init__(self, release: Release, *args: str, **environ: str) -> None:
        self.release = release
        self.process = subprocess.Popen(
            [sys.executable, peer.__file__, *args],
            env={**os.environ, "PYTHONPATH": str(release.folder), **environ},
            cwd=os.sep,  # where Ray has workers look for packages first: there are none
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @cached_property
    def hello(self) -> dict[str, Any]:
        """What it says first: which release it is, and how it is reached."""
        hello = self._answer()
        assert_runs(hello, self.release)
        return hello

    @property
    def address(self) -> dict[str, Any]:
        """How an interpreter is reached."""
        return {name: self.hello[name] for name in ("path", "key", "pid", "name")}

    def ask(self, topic: str, *args: object) -> Any:
        """Have it hold a conversation; gives its result. The test fails with what has failed there."""
        assert self.hello
        assert self.process.stdin is not None
        print(json.dumps([topic, *args]), file=self.process.stdin, flush=True)
        answer = self._answer()
        if "error" in answer:
            pytest.fail(f"{topic!r} in {self.hello['file']}:\n{answer['error']}", pytrace=False)
        return answer["result"]

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the process has ended"
        return json.loads(line)


def close(peers: Iterable[Peer]) -> None:
    """End these processes."""
    processes = [peer.process for peer in peers]
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()  # upon which it ends
    for process in processes:
        try:
            process.wait(30)
        finally:
            process.kill()
            process.wait()


def assert_runs(found: dict[str, Any], release: Release) -> None:
    """A process says which package it runs: it is that release."""
    assert Path(found["file"]).is_relative_to(release.folder)
    assert tuple(found["version"]) == release.version


def assert_refused(said: list[str], client: Release, interpreter: Release) -> None:
    """What a client has heard of an interpreter of another major, whatever it did."""
    assert len(said) > 1
    theirs, ours = (re.escape(f"version {end.version[0]}.{end.version[1]}") for end in (client, interpreter))
    for text in said:
        assert re.search(rf"the client speaks {theirs} .* the interpreter {ours};", text)
        assert "install the same release" in text


def in_the_future(said: Any) -> Any:
    """A struct as it travels, with more fields in it and in all that is in it."""
    if isinstance(said, msgspec.Struct):
        fields = [in_the_future(getattr(said, name)) for name in said.__struct_fields__]
        return [said.__struct_config__.tag, *fields, ADDED, {"added": [1]}]
    return [in_the_future(part) for part in said] if isinstance(said, list) else said
